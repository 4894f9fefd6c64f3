/* SPDX-License-Identifier: ISC */
/* Time, chance, and the run of whole nodes. */
#include "tests/sim/node_world.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "consensus/light/set.h"
#include "crypto/base/bug.h"
#include "crypto/sig/sig.h"
#include "tests/sim/oracle.h"
#include "tests/support/rng.h"

enum {
    START_MS = 1000,
    LIVE_HEIGHTS = 6,
    LIVE_MS = 180000,
    STAY_MS = 5000,
    TERM_MS = 900000,
    AWAY_MS = 600000,
    WATCH_US = 250000
};

/* ---- chance ---- */

uint64_t nw_random(struct node_world *w) {
    return test_rng(&w->rng);
}
uint64_t nw_below(struct node_world *w, uint64_t n) {
    return test_rng(&w->rng) % n;
}
bool nw_fault_due(struct node_world *w, enum nw_fault kind, uint16_t node) {
    uint32_t number = w->out->faults++;
    char text[SIM_PICTURE_TEXT];
    if (w->o.without >> kind & 1) return false;
    if (w->o.keep && !sim_kept(w->o.keep, w->o.keep_n, number)) return false;
    bool often = kind == NW_F_TWICE || kind == NW_F_REORDER || kind == NW_F_SLOW;
    if (w->o.picture && !often && kind != NW_F_LOSS) {
        snprintf(text, sizeof text, "%s #%u", nw_kind_of_world.faults[kind], number);
        sim_picture_mark(w->o.picture, w->now_us, node, text);
    }
    return true;
}
bool nw_fault(struct node_world *w, enum nw_fault kind, uint16_t node, uint32_t ppm) {
    return ppm != 0 && nw_below(w, 1000000) < ppm && nw_fault_due(w, kind, node);
}

/* ---- transcript, trace, breach ---- */

void nw_mix(struct node_world *w, uint64_t x) {
    uint64_t h = (w->transcript ^ x) * UINT64_C(0xff51afd7ed558ccd);
    w->transcript = h ^ (h >> 32);
}
void nw_mix_bytes(struct node_world *w, const uint8_t *p, size_t n) {
    for (; n >= 8; p += 8, n -= 8) nw_mix(w, weal_le64(p));
    for (; n > 0; p++, n--) nw_mix(w, *p);
}

void nw_note(struct node_world *w, uint16_t node, uint16_t from, uint8_t kind, uint64_t a,
             uint64_t b, const char *text) {
    struct nw_trace *t = &w->trace[w->trace_n++ % NW_TRACE_MAX];
    *t = (struct nw_trace){w->now_us, node, from, kind, a, b, ""};
    snprintf(t->text, sizeof t->text, "%s", text);
}

static const char *word(const struct nw_trace *t) {
    switch (t->kind) {
    case NW_MAIL:
        return "receives (type, bytes)";
    case NW_RESTART:
        return "starts";
    case NW_PARTITION:
        return "partition (parted, one-way)";
    case NW_STALL:
        return "stands still (ms)";
    case NW_JUMP:
        return "clock (ms ahead)";
    case NW_LINK_UP:
        return "connected to";
    case NW_LINK_DOWN:
        return "disconnected from";
    case NW_KINDS:
        return "a byte rots (at, of)";
    case 200:
        return "says";
    case 201:
        return "blames";
    case 202:
        return "dies (cut, final)";
    case 203:
        return "disk";
    case 205:
        return "is away (until height)";
    case 204:
        return "final (height, id)";
    case 211:
        return "signs notarize (view, block)";
    case 212:
        return "signs nullify (view)";
    case 213:
        return "signs finalize (view, block)";
    default:
        return "event";
    }
}

void nw_breach(struct node_world *w, const char *format, ...) {
    if (w->out->breach) return;
    w->out->breach = w->over = true;
    va_list ap;
    va_start(ap, format);
    vsnprintf(w->out->what, sizeof w->out->what, format, ap);
    va_end(ap);
    if (w->o.silent) return;
    fprintf(stderr, "BREACH node world seed %llu at %llu.%03llu ms: %s\n",
            (unsigned long long)w->o.seed, (unsigned long long)(w->now_us / 1000),
            (unsigned long long)(w->now_us % 1000), w->out->what);
    nw_menu_print(w);
    uint64_t keep = w->o.verbose ? NW_TRACE_MAX : 60;
    uint64_t first = w->trace_n > keep ? w->trace_n - keep : 0;
    for (uint64_t i = first; i < w->trace_n; i++) {
        const struct nw_trace *t = &w->trace[i % NW_TRACE_MAX];
        fprintf(stderr, "  %10llu us  node %-2u %-28s %2u  %llu %llx %s\n",
                (unsigned long long)t->at, t->node, word(t), t->from, (unsigned long long)t->a,
                (unsigned long long)t->b, t->text);
    }
}

/* ---- time ---- */

static bool sooner(const struct nw_event *a, const struct nw_event *b) {
    return a->at < b->at || (a->at == b->at && a->seq < b->seq);
}

void nw_at(struct node_world *w, uint64_t at_us, struct nw_event e) {
    if (w->queue_n == w->queue_cap) {
        w->queue_cap = w->queue_cap * 2 + 256;
        w->queue = realloc(w->queue, w->queue_cap * sizeof *w->queue);
        WEAL_ASSERT(w->queue);
    }
    e.at = at_us;
    e.seq = w->seq++;
    size_t i = w->queue_n++;
    for (; i > 0 && sooner(&e, &w->queue[(i - 1) / 2]); i = (i - 1) / 2)
        w->queue[i] = w->queue[(i - 1) / 2];
    w->queue[i] = e;
}

static struct nw_event pop(struct node_world *w) {
    struct nw_event top = w->queue[0], last = w->queue[--w->queue_n];
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

/* ---- people ---- */

struct chain *people_chain(struct node_world *w) {
    return w->chain;
}
uint64_t people_wall_ms(const struct node_world *w) {
    return w->chain->genesis.time_ms + w->now_us / 1000 - START_MS;
}
uint64_t people_random(struct node_world *w) {
    return test_rng(&w->people_rng);
}
uint64_t people_below(struct node_world *w, uint64_t n) {
    return test_rng(&w->people_rng) % n;
}
uint64_t people_answer_height(const struct node_world *w) {
    return w->answer_height;
}
void people_foretold(struct node_world *w, uint64_t n) {
    w->out->foretold += n;
}
bool people_healed(const struct node_world *w) {
    return w->healed;
}
bool people_terms_short(const struct node_world *w) {
    return w->f.term_blocks != 0;
}
bool people_may_leave(const struct node_world *w, unsigned validator) {
    return validator < w->keys_n && w->mobile[validator];
}
void people_submit(struct node_world *w, unsigned node, uint64_t delay_ms, struct weal_bytes tx,
                   uint64_t tag) {
    nw_submit(w, (uint16_t)(node % w->nodes_n), w->now_us + delay_ms * 1000, tx, tag, true);
}
void people_breach(struct node_world *w, const char *format, ...) {
    char text[200];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    nw_breach(w, "%s: %s", w->people->name, text);
}

void nw_submit(struct node_world *w, uint16_t node, uint64_t at_us, struct weal_bytes tx,
               uint64_t tag, bool people) {
    if (w->submissions_n == w->submissions_cap) {
        w->submissions_cap = w->submissions_cap * 2 + 64;
        w->submissions = realloc(w->submissions, w->submissions_cap * sizeof *w->submissions);
        WEAL_ASSERT(w->submissions);
    }
    struct nw_submission *s = malloc(sizeof *s);
    WEAL_ASSERT(s);
    *s = (struct nw_submission){.tag = tag, .node = &w->node[node], .people = people, .busy = true};
    w->submissions[w->submissions_n] = s;
    nw_at(w, at_us,
          (struct nw_event){.kind = NW_SUBMIT,
                            .node = node,
                            .arg = w->submissions_n++,
                            .mail = nw_mail_new(0, tx)});
}

/* ---- events of the world itself ---- */

static void again(struct node_world *w, uint8_t kind, uint64_t ms) {
    nw_at(w, w->now_us + ms * 1000, (struct nw_event){.kind = kind});
}

static void partition(struct node_world *w) {
    if (w->healed) return;
    w->parted = !w->parted && nw_fault_due(w, NW_F_PARTITION, 0);
    nw_note(w, 0, 0, NW_PARTITION, w->parted, w->f.one_way, "");
    for (unsigned i = 0; i < w->nodes_n; i++) w->side[i] = (uint8_t)nw_below(w, 2);
    for (uint16_t i = 0; i < w->nodes_n; i++) {
        for (uint16_t k = 0; k < i; k++) {
            if (!w->parted)
                nw_link_up(w, i, k);
            else if (w->f.reset_at_partition && w->side[i] != w->side[k])
                nw_link_down(w, i, k);
        }
    }
    again(w, NW_PARTITION,
          1 + nw_below(w, w->parted ? w->f.partition_for_ms : w->f.partition_every_ms));
}

static void world_event(struct node_world *w, const struct nw_event *e) {
    struct nw_node *any = &w->node[nw_below(w, w->nodes_n)];
    if (w->healed) return;
    switch (e->kind) {
    case NW_PARTITION:
        partition(w);
        break;
    case NW_STALL:
        again(w, NW_STALL, w->f.stall_every_ms);
        if (!nw_fault_due(w, NW_F_STALL, any->id)) break;
        any->stalled_until = w->now_us + (1 + nw_below(w, w->f.stall_for_ms)) * 1000;
        nw_note(w, any->id, any->id, NW_STALL, (any->stalled_until - w->now_us) / 1000, 0, "");
        break;
    case NW_CRASH_ALL:
        again(w, NW_CRASH_ALL, w->f.crash_all_every_ms);
        if (!nw_fault_due(w, NW_F_CRASH_ALL, any->id)) break;
        for (unsigned i = 0; i < w->nodes_n; i++) {
            struct nw_node *o = &w->node[i];
            if (!o->core) continue;
            nw_crash(o, (enum weal_disk_mem_cut)nw_below(w, 3));
            nw_at(w, w->now_us + 1000 + nw_below(w, 2000000),
                  (struct nw_event){.kind = NW_RESTART, .node = o->id, .gen = o->gen});
        }
        break;
    case NW_JUMP:
        again(w, NW_JUMP, w->f.jump_every_ms);
        if (!nw_fault_due(w, NW_F_JUMP, any->id)) break;
        any->skew_ms = (int64_t)nw_below(w, 2 * w->f.jump_ms) - w->f.jump_ms;
        nw_note(w, any->id, any->id, NW_JUMP, (uint64_t)any->skew_ms, 0, "");
        break;
    default:
        WEAL_ASSERT(false);
    }
}

/* ---- who may leave is switched off for a term and more ---- */

static bool nobody_away(struct node_world *w) {
    for (uint16_t i = 0; i < w->nodes_n; i++) {
        struct nw_node *o = &w->node[i];
        if (o->away_until == 0) continue;
        if (w->finals_n < o->away_until && w->now_us < o->away_us + AWAY_MS * UINT64_C(1000))
            return false;
        o->away_until = 0;
        nw_at(w, w->now_us, (struct nw_event){.kind = NW_RESTART, .node = i, .gen = o->gen});
    }
    return true;
}

/* One at a time, so that the others go on; most Byzantine nodes vote. */
static void away(struct node_world *w) {
    if (!w->f.away || w->healed || !nobody_away(w) || nw_below(w, 16) != 0) return;
    uint64_t blocks = w->chain->p.term_blocks, number = w->finals_n / blocks;
    struct nw_node *o = &w->node[nw_below(w, w->nodes_n)];
    unsigned faulty = 1, sit = 0;
    for (unsigned key = 0; key < w->keys_n; key++) { /* the first nodes are the keys' own */
        faulty += (w->node[key].tricks & (NW_SILENT | NW_DOUBLE | NW_TWIN | NW_RESTORE)) != 0;
        sit += nw_term_place(w, (uint32_t)number, key) != WEAL_SET_NOBODY;
    }
    if (!o->core || !people_may_leave(w, o->key) || 3 * faulty >= sit) return;
    if (!nw_fault_due(w, NW_F_AWAY, o->id)) return;
    nw_crash(o, (enum weal_disk_mem_cut)nw_below(w, 3));
    o->away_until = (number + 2) * blocks - nw_below(w, w->chain->p.freeze_blocks);
    o->away_us = w->now_us;
    nw_note(w, o->id, o->id, 205, o->away_until, 0, "");
}

/* ---- the run ---- */

static uint64_t views_so_far(struct node_world *w) {
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct weal_bft_status st;
        if (!w->node[i].core || !nw_honest(&w->node[i])) continue;
        weal_bft_status(weal_core_bft(w->node[i].core), &st);
        if (st.term > w->term_top) {
            w->views_before += w->view_top;
            w->view_top = 0;
            w->term_top = st.term;
        }
        if (st.term == w->term_top && st.view > w->view_top) w->view_top = st.view;
    }
    return w->views_before + w->view_top;
}

static void all_up(struct node_world *w) {
    for (uint16_t i = 0; i < w->nodes_n; i++) {
        struct nw_node *o = &w->node[i];
        o->stalled_until = o->away_until = 0;
        if (o->core) {
            for (uint16_t k = 0; k < i; k++) nw_link_up(w, i, k);
            nw_at(w, w->now_us, (struct nw_event){.kind = NW_TURN, .node = i, .gen = o->gen});
        } else {
            nw_at(w, w->now_us + 1000,
                  (struct nw_event){.kind = NW_RESTART, .node = i, .gen = o->gen});
        }
    }
}

/* The longest stretch of views that an honest node knows to be without finality. */
static uint64_t gap(const struct node_world *w) {
    uint64_t views = 0;
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct weal_bft_status st;
        if (!w->node[i].core || !nw_honest(&w->node[i])) continue;
        weal_bft_status(weal_core_bft(w->node[i].core), &st);
        if (st.view > st.final_view + views) views = st.view - st.final_view;
    }
    return views;
}

/* From here on the network keeps its promises; adversaries go on. */
static void heal(struct node_world *w) {
    struct nw_faults *f = &w->f;
    w->healed = true;
    w->healed_us = w->now_us;
    w->healed_height = w->finals_n;
    w->healed_gap = gap(w);
    w->parted = false;
    f->loss_ppm = f->slow_ppm = f->reset_ppm = f->crash_ppm = f->crash_write_ppm = f->eio_ppm =
        f->full_ppm = f->apply_fail_ppm = f->twice_ppm = f->reorder_ppm = f->drought = 0;
    f->link_bytes_ms = 0;
    if (f->latency_max_us > 100000) f->latency_max_us = 100000;
    if (f->sync_max_us > 5000) f->sync_max_us = 5000;
    if (f->apply_max_us > 50000) f->apply_max_us = 50000;
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct nw_node *o = &w->node[i];
        if (o->skew_ms > 300 || o->skew_ms < -300) o->skew_ms = 0;
        *weal_disk_mem_faults(o->mem_disk) = (struct weal_disk_mem_faults){0};
    }
    all_up(w);
}

static uint64_t target(const struct node_world *w) {
    uint64_t t = w->healed_height + LIVE_HEIGHTS;
    /* the last block before an upgrade may stay certified, for nobody can build above it */
    return w->upgrade != 0 && t + 1 >= w->upgrade ? w->upgrade - 2 : t;
}

/* A validator that was brought up to date by block sync is in the agreement of that height, too;
 * where terms are short everybody is in the term of its next block. */
static bool in_term(const struct nw_node *o) {
    struct weal_bft_status st;
    struct weal_core_stat core;
    weal_bft_status(weal_core_bft(o->core), &st);
    weal_core_stat(o->core, &core);
    if (o->w->f.term_blocks != 0 && o->w->upgrade == 0 && st.term != o->final / o->w->f.term_blocks)
        return false;
    return o->key == NW_KEYS_MAX || st.final_height + 64 > o->final || core.halted;
}

static bool all_live(const struct node_world *w) {
    for (unsigned i = 0; i < w->nodes_n; i++) {
        const struct nw_node *o = &w->node[i];
        struct weal_core_stat st;
        if (!nw_honest(o)) continue;
        /* at an upgrade nobody goes on, and a follower that lacks less than what starts block sync
         * has nobody to learn from */
        uint64_t slack = w->upgrade != 0 && o->key == NW_KEYS_MAX ? 4 : 0;
        if (!o->core || o->final + slack < target(w) || !in_term(o)) return false;
        weal_core_stat(o->core, &st);
        if (w->upgrade != 0 && o->final + 1 == w->upgrade && st.needs_version == 0) return false;
    }
    return true;
}

/* And nothing else is waited for. */
static bool done(const struct node_world *w) {
    if (w->stays && w->now_us < w->healed_us + nw_settled_us(w) + STAY_MS * UINT64_C(1000))
        return false;
    return nw_terms_done(w) && all_live(w);
}

/* How long going on may take: where no block was final for hundreds of views, and who remembered
 * them was restarted, their nullifications are made again, 16 in some seconds
 * (consensus/bft/mend.c)
 */
static uint64_t patience_ms(const struct node_world *w) {
    return LIVE_MS + 250 * w->healed_gap;
}

static void watch(struct node_world *w) {
    w->views = views_so_far(w);
    bool enough = w->views >= w->o.views + w->f.drought || w->now_us > UINT64_C(1800) * 1000000 ||
                  (w->upgrade != 0 && w->finals_n + 2 >= w->upgrade);
    if (!w->healed && enough) heal(w);
    nw_check_together(w);
    away(w);
    for (uint16_t i = 0; i < w->nodes_n; i++)
        if (!nw_honest(&w->node[i]) && w->node[i].core) nw_trick_tick(&w->node[i]);
    if (w->healed && w->now_us > w->healed_us + patience_ms(w) * 1000 && !all_live(w)) {
        for (unsigned i = 0; i < w->nodes_n; i++) {
            const struct nw_node *o = &w->node[i];
            struct weal_bft_status st = {0};
            if (o->core) weal_bft_status(weal_core_bft(o->core), &st);
            fprintf(stderr,
                    "  node %u key %u tricks %x up %d term %u view %llu final %llu (agreement: "
                    "%llu in view %llu) mute %s\n",
                    i, o->key, o->tricks, o->core != NULL, st.term, (unsigned long long)st.view,
                    (unsigned long long)o->final, (unsigned long long)st.final_height,
                    (unsigned long long)st.final_view,
                    o->core && weal_bft_mute_name(&st) ? weal_bft_mute_name(&st) : "-");
        }
        nw_breach(w, "V1: not all honest nodes reach height %llu within %llu ms of healing",
                  (unsigned long long)target(w), (unsigned long long)patience_ms(w));
    }
    if (w->healed && w->now_us > w->healed_us + TERM_MS * UINT64_C(1000) && !nw_terms_done(w))
        nw_breach(w, "V1: no whole term within %d ms of healing", TERM_MS);
    nw_at(w, w->now_us + WATCH_US, (struct nw_event){.kind = NW_WATCH});
}

static void deliver(struct node_world *w, struct nw_event *e) {
    struct nw_node *o = &w->node[e->node];
    if (e->kind == NW_SUBMIT) {
        struct nw_submission *s = w->submissions[e->arg];
        if (o->core) {
            nw_arrive(o, e);
            return;
        }
        if (s->busy) nw_lost(w, s);
        nw_mail_drop(e->mail);
        return;
    }
    if (e->kind == NW_LINK_UP && e->arg == NW_NEVER) { /* the world's: connect again */
        nw_link_up(w, e->node, e->from);
        return;
    }
    if (e->gen != o->gen) {
        nw_mail_drop(e->mail);
        return;
    }
    if (e->kind == NW_RESTART) {
        if (!o->core) nw_start(o);
    } else if (e->kind == NW_TURN) {
        if (o->core && e->at >= o->turn_at) nw_turn(o);
    } else {
        nw_arrive(o, e);
    }
}

static void event(struct node_world *w, struct nw_event *e) {
    w->now_us = e->at;
    w->out->events++;
    nw_mix(w, e->at << 8 | e->kind);
    if (e->kind == NW_WATCH) {
        watch(w);
    } else if (e->kind == NW_PEOPLE) {
        uint64_t next = w->people->wake(w->people_ctx, w->now_us / 1000);
        if (next != NW_NEVER) {
            uint64_t at = next * 1000 > w->now_us ? next * 1000 : w->now_us + 1000;
            nw_at(w, at, (struct nw_event){.kind = NW_PEOPLE});
        }
    } else if (e->kind == NW_PARTITION || e->kind == NW_STALL || e->kind == NW_CRASH_ALL ||
               e->kind == NW_JUMP) {
        world_event(w, e);
    } else {
        deliver(w, e);
    }
}

static void run_until_live(struct node_world *w) {
    while (!w->over && w->queue_n != 0 && !(w->healed && done(w))) {
        struct nw_event e = pop(w);
        event(w, &e);
    }
}

/* All lose power at once; everybody stands where it stood, and the network goes on. */
static void power_cut(struct node_world *w) {
    for (unsigned i = 0; i < w->nodes_n; i++) {
        if (w->node[i].core) nw_crash(&w->node[i], WEAL_DISK_LOSE_ALL);
    }
    w->healed_us = w->now_us;
    w->healed_height = w->finals_n;
    all_up(w);
    run_until_live(w);
}

static void schedule(struct node_world *w) {
    for (uint16_t i = 0; i < w->nodes_n; i++) {
        uint64_t at = w->node[i].late ? 5000000 + nw_below(w, 20000000) : nw_below(w, 5000);
        nw_at(w, w->now_us + at, (struct nw_event){.kind = NW_RESTART, .node = i});
    }
    if (w->f.partition_every_ms != 0) again(w, NW_PARTITION, w->f.partition_every_ms);
    if (w->f.stall_every_ms != 0) again(w, NW_STALL, w->f.stall_every_ms);
    if (w->f.crash_all_every_ms != 0) again(w, NW_CRASH_ALL, w->f.crash_all_every_ms);
    if (w->f.jump_every_ms != 0) again(w, NW_JUMP, w->f.jump_every_ms);
    again(w, NW_WATCH, 100);
    again(w, NW_PEOPLE, 0);
}

static void world_free(struct node_world *w) {
    w->healed = true;
    if (w->people->end) w->people->end(w->people_ctx);
    w->people = &(struct people){.name = "none"};
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct nw_node *o = &w->node[i];
        nw_crash(o, WEAL_DISK_LOSE_NONE);
        nw_storage_free(o);
        nw_backup_free(&o->backup);
        free(o->lie.body);
        WEAL_ASSERT(o->heap.pieces == 0);
        free(o->inbox);
        free(o->work);
    }
    for (size_t i = 0; i < w->queue_n; i++) nw_mail_drop(w->queue[i].mail);
    for (unsigned i = 0; i < w->old_n; i++) nw_mail_drop(w->old[i]);
    for (size_t i = 0; i < w->submissions_n; i++) free(w->submissions[i]);
    free(w->submissions);
    free(w->queue);
    free(w->finals);
    free(w->votes);
    free(w->terms);
    chain_free(w->chain);
}

/* The first of the list, or in one seed of four another. */
static const struct people *population(struct node_world *w) {
    unsigned n = 0, mine = 0;
    for (; people_all[n]; n++)
        if (w->o.people && strcmp(people_all[n]->name, w->o.people) == 0) mine = n;
    uint64_t draw = people_random(w);
    if (!w->o.people && n > 1 && draw % 4 == 3) mine = 1 + (unsigned)(draw / 4 % (n - 1));
    return people_all[mine];
}

bool nw_people_known(const char *name) {
    for (unsigned n = 0; people_all[n]; n++)
        if (strcmp(people_all[n]->name, name) == 0) return true;
    return false;
}

void nw_run(const struct sim_options *o, struct nw_result *out) {
    struct node_world *w = calloc(1, sizeof *w);
    WEAL_ASSERT(w);
    *out = (struct nw_result){0};
    w->o = *o;
    w->out = out;
    w->rng = o->seed;
    w->people_rng = o->seed ^ UINT64_C(0x70656f706c65);
    w->terms_rng = o->seed ^ UINT64_C(0x7365617473);
    w->extra_rng = o->seed ^ UINT64_C(0x6578747261);
    w->now_us = START_MS * UINT64_C(1000);
    w->real = o->real_signatures == 1 || (o->real_signatures < 0 && o->seed % 50 == 0);
    w->people = population(w);
    w->o.views += w->people->views;
    if (!w->real) oracle_on();
    nw_menu_draw(w);
    w->stays = o->seed % 8 == 3 && w->upgrade == 0;
    nw_terms_begin(w);
    w->people_ctx = w->people->begin(w, o->seed);
    schedule(w);
    run_until_live(w);
    if (!w->over) power_cut(w);
    if (!w->over) nw_check_end(w);
    out->views = views_so_far(w);
    out->heights = w->finals_n;
    out->terms = w->term_top;
    out->transcript = w->transcript;
    out->virtual_ms = w->now_us / 1000;
    out->oracle = oracle_answers();
    world_free(w);
    oracle_off();
    free(w);
}

/* ---- for who knows worlds in general ---- */

static void run_general(const struct sim_options *o, struct sim_result *out) {
    struct nw_result r;
    nw_run(o, &r);
    *out = (struct sim_result){.breach = r.breach,
                               .faults = r.faults,
                               .tricks = r.tricks,
                               .transcript = r.transcript,
                               .views = r.views,
                               .heights = r.heights};
    memcpy(out->what, r.what, sizeof out->what);
}

const struct sim_kind nw_kind_of_world = {run_general, nw_fault_words, NW_FAULTS, NW_TRICK_ALL};
