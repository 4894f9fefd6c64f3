/* SPDX-License-Identifier: ISC */
/* Time, chance, what a seed is made of, and the run of the world of address books. */
#include "tests/sim/book_world.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "p2p/addrbook.h"
#include "tests/support/rng.h"

enum { START_MS = 1000, WATCH_MS = 1000, BOOK_EVERY_S = 60 };

static const char *const words[BW_FAULTS] = {"loss", "cut",     "partition", "restart",
                                             "book", "latency", "seedless"};

/* ---- chance, transcript, trace, breach ---- */

uint64_t bw_below(struct bw_world *w, uint64_t n) {
    return test_rng(&w->rng) % n;
}
bool bw_fault_due(struct bw_world *w, enum bw_fault kind, uint16_t node) {
    uint32_t number = w->out->faults++;
    char text[SIM_PICTURE_TEXT];
    if (w->o.without >> kind & 1) return false;
    if (w->o.keep && !sim_kept(w->o.keep, w->o.keep_n, number)) return false;
    snprintf(text, sizeof text, "%s #%u", words[kind], number);
    if (w->o.picture && kind != BW_F_LOSS)
        sim_picture_mark(w->o.picture, w->now_ms * 1000, node, text);
    return true;
}
bool bw_fault(struct bw_world *w, enum bw_fault kind, uint16_t node, uint32_t ppm) {
    return ppm != 0 && bw_below(w, 1000000) < ppm && bw_fault_due(w, kind, node);
}

void bw_mix(struct bw_world *w, uint64_t x) {
    uint64_t h = (w->transcript ^ x) * UINT64_C(0xff51afd7ed558ccd);
    w->transcript = h ^ (h >> 32);
}

void bw_note(struct bw_world *w, uint16_t node, uint16_t other, const char *format, ...) {
    struct bw_trace *t = &w->trace[w->trace_n++ % BW_TRACE_MAX];
    *t = (struct bw_trace){w->now_ms, node, other, ""};
    va_list ap;
    va_start(ap, format);
    vsnprintf(t->text, sizeof t->text, format, ap);
    va_end(ap);
}

void bw_breach(struct bw_world *w, const char *format, ...) {
    if (w->out->breach) return;
    w->out->breach = w->over = true;
    va_list ap;
    va_start(ap, format);
    vsnprintf(w->out->what, sizeof w->out->what, format, ap);
    va_end(ap);
    if (w->o.silent) return;
    fprintf(stderr, "BREACH book world seed %llu at %llu.%03llu s: %s\n",
            (unsigned long long)w->o.seed, (unsigned long long)(w->now_ms / 1000),
            (unsigned long long)(w->now_ms % 1000), w->out->what);
    fprintf(stderr,
            "  %u nodes (%u make heads, %u is the newcomer), %u adversaries in %u groups, "
            "tricks %x, places %u, outbound %u\n",
            w->nodes_n, w->makers_n, w->newcomer, w->foes_n, w->groups_n, w->tricks,
            w->node[0].limits.peers_max, w->node[0].limits.outbound);
    uint64_t keep = w->o.verbose ? BW_TRACE_MAX : 40;
    for (uint64_t i = w->trace_n > keep ? w->trace_n - keep : 0; i < w->trace_n; i++) {
        const struct bw_trace *t = &w->trace[i % BW_TRACE_MAX];
        fprintf(stderr, "  %8llu.%03llu s  node %-2u with %-3u %s\n",
                (unsigned long long)(t->at / 1000), (unsigned long long)(t->at % 1000), t->node,
                t->other, t->text);
    }
}

struct bw_mail *bw_mail_new(struct weal_bytes bytes) {
    struct bw_mail *m = malloc(sizeof *m + bytes.n);
    WEAL_ASSERT(m);
    m->n = bytes.n;
    memcpy(m->bytes, bytes.p, bytes.n);
    return m;
}

/* ---- places ---- */

const struct weal_peers_addr *bw_addr(const struct bw_world *w, uint16_t party) {
    return party < w->nodes_n ? &w->node[party].addr : &w->foe[party - w->nodes_n].addr;
}
uint16_t bw_party_at(const struct bw_world *w, const struct weal_peers_addr *a) {
    for (uint16_t i = 0; i < w->nodes_n + w->foes_n; i++)
        if (weal_addrbook_same(bw_addr(w, i), a)) return i;
    return UINT16_MAX;
}

static struct weal_peers_addr ipv4(unsigned a, unsigned b, unsigned c, unsigned d, unsigned port) {
    struct weal_peers_addr x = {.port = (uint16_t)port};
    x.ip[10] = x.ip[11] = 0xff;
    x.ip[12] = (uint8_t)a, x.ip[13] = (uint8_t)b, x.ip[14] = (uint8_t)c, x.ip[15] = (uint8_t)d;
    return x;
}

/* ---- time ---- */

static bool sooner(const struct bw_event *a, const struct bw_event *b) {
    return a->at < b->at || (a->at == b->at && a->seq < b->seq);
}

void bw_at(struct bw_world *w, uint64_t at_ms, struct bw_event e) {
    if (w->queue_n == w->queue_cap) {
        w->queue_cap = w->queue_cap * 2 + 256;
        w->queue = realloc(w->queue, w->queue_cap * sizeof *w->queue);
        WEAL_ASSERT(w->queue);
    }
    e.at = at_ms;
    e.seq = w->seq++;
    size_t i = w->queue_n++;
    for (; i > 0 && sooner(&e, &w->queue[(i - 1) / 2]); i = (i - 1) / 2)
        w->queue[i] = w->queue[(i - 1) / 2];
    w->queue[i] = e;
}

static struct bw_event pop(struct bw_world *w) {
    struct bw_event top = w->queue[0], last = w->queue[--w->queue_n];
    size_t i = 0;
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= w->queue_n) break;
        if (c + 1 < w->queue_n && sooner(&w->queue[c + 1], &w->queue[c])) c++;
        if (!sooner(&w->queue[c], &last)) break;
        w->queue[i] = w->queue[c];
        i = c;
    }
    if (w->queue_n != 0) w->queue[i] = last;
    return top;
}

/* ---- what a seed is made of ---- */

static void draw_foes(struct bw_world *w) {
    unsigned each = 2 + (unsigned)bw_below(w, 22);
    w->groups_n = w->o.calm ? 0 : 1 + (unsigned)bw_below(w, 12);
    for (unsigned g = 0; g < w->groups_n; g++) {
        for (unsigned k = 0; k < each && w->foes_n < BW_FOES_MAX; k++) {
            struct bw_foe *f = &w->foe[w->foes_n++];
            f->addr = ipv4(200 + g, 7, k, 1 + (unsigned)bw_below(w, 250), 8700 + k);
            for (unsigned i = 0; i < 32; i++) f->identity[i] = (uint8_t)bw_below(w, 256);
            f->identity[0] = 0xbb;
        }
    }
    for (unsigned bit = 1; bit <= BW_TRICK_ALL; bit <<= 1)
        if (bw_below(w, 2)) w->tricks |= bit;
    if (w->o.tricks != 0) w->tricks = w->o.tricks;
    w->tricks &= ~w->o.without_tricks;
    if (w->groups_n == 0) w->tricks = 0;
}

static void draw_nodes(struct bw_world *w) {
    unsigned outbound = 3 + (unsigned)bw_below(w, 6);
    /* fewer networks of adversaries than inbound places: against more, only an operator helps */
    unsigned peers =
        w->nodes_n + w->groups_n + outbound + BW_KEPT_MAX + 1 + (unsigned)bw_below(w, 20);
    for (uint16_t i = 0; i < w->nodes_n; i++) {
        struct bw_node *o = &w->node[i];
        o->w = w;
        o->id = i;
        bool beside = i % 4 == 3 && bw_below(w, 2); /* in one network with the one before */
        o->addr = ipv4(10 + i - beside, 1, i, 1, 8600 + i);
        for (unsigned k = 0; k < 32; k++) o->identity[k] = (uint8_t)bw_below(w, 256);
        o->identity[0] = 0xaa;
        o->limits =
            (struct weal_peers_limits){.peers_max = peers, .outbound = outbound, .pex = true};
        o->mem = malloc(weal_peers_footprint());
        WEAL_ASSERT(o->mem);
        bool loses = w->seedless && i >= w->makers_n && i != w->newcomer && bw_below(w, 2);
        o->named = !loses;
        for (unsigned k = 0; k < 3 && i > 0; k++) {
            uint16_t other = (uint16_t)bw_below(w, i < w->makers_n ? i : w->nodes_n);
            if (k == 0) other = (uint16_t)bw_below(w, i < w->makers_n ? i : w->makers_n);
            bool twice = false;
            for (unsigned n = 0; n < o->kept_n; n++) twice |= o->kept[n] == other;
            if (twice || other >= i || !w->node[other].named) continue;
            o->kept[o->kept_n++] = other;
        }
        if (w->foes_n != 0 && bw_below(w, 3) == 0) /* an operator was talked into this one */
            o->kept[o->kept_n++] = (uint16_t)(w->nodes_n + bw_below(w, w->foes_n));
    }
}

static void draw(struct bw_world *w) {
    w->nodes_n = 6 + (unsigned)bw_below(w, BW_NODES_MAX - 5);
    if (w->o.nodes != 0) w->nodes_n = w->o.nodes < BW_NODES_MAX ? w->o.nodes : BW_NODES_MAX;
    w->makers_n = 1 + (unsigned)bw_below(w, 3);
    w->newcomer = (uint16_t)(w->nodes_n - 1);
    w->seedless = bw_below(w, 2) && !(w->o.without >> BW_F_SEEDLESS & 1);
    draw_foes(w);
    draw_nodes(w);
    w->latency_min_ms = 5 + (uint32_t)bw_below(w, 50);
    w->latency_max_ms = w->latency_min_ms + (uint32_t)bw_below(w, 4) * 400;
    if (w->o.without >> BW_F_LATENCY & 1) w->latency_max_ms = w->latency_min_ms;
    w->tick_ms = 500;
    w->heal_ms = (600 + bw_below(w, 900)) * 1000;
    if (w->o.calm) return;
    w->loss_ppm = bw_below(w, 2) ? (uint32_t)bw_below(w, 300000) : 0;
    w->cut_ppm = bw_below(w, 2) ? (uint32_t)bw_below(w, 50000) : 0;
    w->restart_ppm = bw_below(w, 2) ? (uint32_t)bw_below(w, 8000) : 500;
    w->book_ppm = bw_below(w, 4) == 0 ? 300000 : 0;
    if (bw_below(w, 2)) {
        w->partition_every_s = 60 + (uint32_t)bw_below(w, 240);
        w->partition_for_s = 10 + (uint32_t)bw_below(w, 120);
    }
}

/* ---- the run ---- */

static void restart(struct bw_world *w, struct bw_node *o) {
    bw_node_stop(o);
    w->out->restarts++;
    if (o->saved_n != 0 && !w->healed && bw_fault(w, BW_F_BOOK, o->id, w->book_ppm))
        o->saved_n = bw_below(w, o->saved_n); /* none, or one that was cut */
    if (!o->named) o->kept_n = 0;             /* from here on it has only its book */
    bw_at(w, w->now_ms + 500 + bw_below(w, 30000),
          (struct bw_event){.kind = BW_START, .node = o->id});
}

static void trouble(struct bw_world *w) {
    uint64_t second = w->now_ms / 1000;
    for (uint16_t i = 0; i < w->nodes_n; i++) {
        if (w->node[i].up && bw_fault(w, BW_F_RESTART, i, w->restart_ppm)) restart(w, &w->node[i]);
    }
    for (uint32_t i = 0; i < w->conns_top && w->cut_ppm != 0; i++) {
        struct bw_conn *c = &w->conn[i];
        if (!c->used || !c->up || c->lost) continue;
        if (!bw_honest(w, c->party[0]) || !bw_honest(w, c->party[1])) continue;
        if (bw_fault(w, BW_F_CUT, c->party[0], w->cut_ppm)) bw_close(w, i, 0, WEAL_V_P2P_CLOSED);
    }
    if (w->partition_every_s == 0) return;
    if (!w->parted && second % w->partition_every_s == 0 && bw_fault_due(w, BW_F_PARTITION, 0)) {
        w->parted = true;
        w->partition_end = second + w->partition_for_s;
        for (unsigned i = 0; i < w->nodes_n; i++) w->side[i] = (uint8_t)bw_below(w, 2);
    }
    if (w->parted && second >= w->partition_end) w->parted = false;
}

/* Silence ends a connection; the head goes one step further along all others. */
static void links(struct bw_world *w) {
    uint64_t was[BW_NODES_MAX];
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct bw_node *o = &w->node[i];
        if (i < w->makers_n && o->up) o->head = w->now_ms;
        was[i] = o->head;
    }
    for (uint32_t i = 0; i < w->conns_top; i++) {
        struct bw_conn *c = &w->conn[i];
        if (!c->used || !c->up || c->lost) continue;
        uint16_t a = c->party[0], b = c->party[1];
        if (!bw_honest(w, a) || !bw_honest(w, b)) continue;
        if (w->parted && w->side[a] != w->side[b]) {
            c->silent_ms += WATCH_MS;
            if (c->silent_ms >= WEAL_P2P_SILENCE_MS) bw_close(w, i, 0, WEAL_V_P2P_SILENT);
            continue;
        }
        c->silent_ms = 0;
        if (was[b] > w->node[a].head) w->node[a].head = was[b];
        if (was[a] > w->node[b].head) w->node[b].head = was[a];
    }
}

static void heal(struct bw_world *w) {
    w->healed = true;
    w->healed_at = w->now_ms;
    w->parted = false;
    if (w->latency_max_ms > 500) w->latency_max_ms = 500;
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct bw_node *o = &w->node[i];
        if (!o->named && o->up && o->kept_n != 0) restart(w, o);
    }
}

static void watch(struct bw_world *w) {
    uint64_t second = w->now_ms / 1000;
    w->out->seconds = second;
    bool all_up = true;
    for (unsigned i = 0; i < w->nodes_n; i++) all_up &= w->node[i].up;
    if (!w->healed && w->now_ms >= w->heal_ms && all_up) heal(w);
    /* who has only a book is looked at when all of them have started with it */
    if (w->healed && !all_up) w->healed_at = w->now_ms + WATCH_MS;
    if (!w->healed) trouble(w);
    links(w);
    bw_foe_tick(w);
    if (second % BOOK_EVERY_S == 0)
        for (unsigned i = 0; i < w->nodes_n; i++)
            if (w->node[i].up) bw_check_book(&w->node[i]);
    if (w->healed && w->now_ms >= w->healed_at) bw_check_heads(w);
    bw_at(w, w->now_ms + WATCH_MS, (struct bw_event){.kind = BW_WATCH});
}

static void event(struct bw_world *w, struct bw_event *e) {
    w->now_ms = e->at;
    w->out->events++;
    bw_mix(w, e->at << 8 | e->kind);
    if (e->kind == BW_WATCH) {
        watch(w);
    } else if (e->kind == BW_START) {
        if (!w->node[e->node].up) bw_node_start(&w->node[e->node]);
    } else if (e->kind == BW_TICK) {
        struct bw_node *o = &w->node[e->node];
        if (!o->up || e->arg != o->start_ms) return;
        bw_step(o, &(struct weal_peers_event){.kind = WEAL_PEERS_TICK});
        bw_at(w, w->now_ms + w->tick_ms, *e);
    } else {
        bw_conn_event(w, e);
    }
}

void bw_run(const struct sim_options *o, struct bw_result *out) {
    struct bw_world *w = calloc(1, sizeof *w);
    WEAL_ASSERT(w);
    *out = (struct bw_result){0};
    w->o = *o;
    w->out = out;
    w->rng = o->seed;
    w->now_ms = START_MS;
    draw(w);
    for (uint16_t i = 0; i < w->nodes_n; i++) {
        uint64_t at = i == w->newcomer ? w->heal_ms / 4 + bw_below(w, w->heal_ms / 2) : 0;
        bw_at(w, START_MS + at + bw_below(w, 3000), (struct bw_event){.kind = BW_START, .node = i});
    }
    bw_at(w, START_MS, (struct bw_event){.kind = BW_WATCH});
    while (!w->over && !bw_check_done(w)) {
        struct bw_event e = pop(w);
        event(w, &e);
        free(e.mail);
    }
    out->transcript = w->transcript;
    out->tricks = w->tricks;
    out->nodes = w->nodes_n;
    out->foes = w->foes_n;
    out->groups = w->groups_n;
    for (size_t i = 0; i < w->queue_n; i++) free(w->queue[i].mail);
    for (unsigned i = 0; i < w->nodes_n; i++) free(w->node[i].mem);
    free(w->queue);
    free(w);
}

/* ---- for who knows worlds in general ---- */

static void run_general(const struct sim_options *o, struct sim_result *out) {
    struct bw_result r;
    bw_run(o, &r);
    *out = (struct sim_result){.breach = r.breach,
                               .faults = r.faults,
                               .tricks = r.tricks,
                               .transcript = r.transcript,
                               .views = r.seconds,
                               .events = r.events};
    memcpy(out->what, r.what, sizeof out->what);
}

const struct sim_kind bw_kind_of_world = {run_general, words, BW_FAULTS, BW_TRICK_ALL};
