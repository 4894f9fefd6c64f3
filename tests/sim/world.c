/* SPDX-License-Identifier: ISC */
/* Time, chance, terms, blocks, and the run of one seed: trouble first, then healing, then the check
 * that everybody honest goes on. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"
#include "crypto/sig/sig.h"
#include "tests/sim/sim.h"

/* ---- chance: splitmix64 ---- */

uint64_t sim_random(struct sim_world *w) {
    uint64_t z = (w->rng += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
uint64_t sim_below(struct sim_world *w, uint64_t n) {
    return sim_random(w) % n; /* the bias does not matter here */
}
bool sim_chance(struct sim_world *w, uint32_t ppm) {
    return ppm != 0 && sim_below(w, 1000000) < ppm;
}
bool sim_fault_due(struct sim_world *w, enum sim_fault_kind kind, uint16_t node) {
    uint32_t number = w->out->faults++;
    if (w->o.without >> kind & 1) return false;
    if (w->o.keep && !sim_kept(w->o.keep, w->o.keep_n, number)) return false;
    bool often = kind == FAULT_LATER || kind == FAULT_IDLE || kind == FAULT_TWICE;
    if (w->o.picture && node != UINT16_MAX && !often && kind != FAULT_LOSS)
        sim_draw_mark(w, node, "%s #%u", sim_bft.faults[kind], number);
    return true;
}
bool sim_fault(struct sim_world *w, enum sim_fault_kind kind, uint16_t node, uint32_t ppm) {
    return sim_chance(w, ppm) && sim_fault_due(w, kind, node);
}
static uint32_t between(struct sim_world *w, uint32_t a, uint32_t b) {
    return a + (uint32_t)sim_below(w, (uint64_t)b - a + 1);
}

/* ---- transcript and trace ---- */

void sim_mix(struct sim_world *w, uint64_t x) {
    uint64_t h = (w->transcript ^ x) * UINT64_C(0xff51afd7ed558ccd);
    w->transcript = h ^ (h >> 32);
}
void sim_mix_bytes(struct sim_world *w, const uint8_t *p, size_t n) {
    for (; n >= 8; p += 8, n -= 8) sim_mix(w, weal_le64(p));
    for (; n > 0; p++, n--) sim_mix(w, *p);
}
void sim_note(struct sim_world *w, uint16_t node, uint16_t from, uint8_t kind, uint32_t term,
              uint64_t a, uint64_t b) {
    w->trace[w->trace_n++ % SIM_TRACE_MAX] =
        (struct sim_trace){w->now_us, node, from, kind, a, b, term};
}

static const char *trace_word(uint8_t kind) {
    switch (kind) {
    case EVENT_MSG:
        return "receives from";
    case EVENT_TIMER:
        return "timer";
    case EVENT_SYNCED:
        return "synced";
    case EVENT_EXECUTED:
        return "executed";
    case EVENT_RESTART:
        return "restarts";
    case 100 + WEAL_BFT_VERIFIED:
        return "verified (view, answer)";
    case 100 + WEAL_BFT_CERTIFIED:
        return "certified (view, answer)";
    case 71:
        return "signs notarize (view, block)";
    case 72:
        return "signs nullify (view)";
    case 73:
        return "signs finalize (view, block)";
    case 80:
        return "enters view";
    case 81:
        return "finalizes height (height, block)";
    case 90:
        return "raises alarm";
    case 91:
        return "crashes (unsynced bytes)";
    case 92:
        return "has lost its disk";
    default:
        return "event";
    }
}

void sim_breach(struct sim_world *w, const char *format, ...) {
    if (w->out->breach) return;
    w->out->breach = true;
    va_list ap;
    va_start(ap, format);
    vsnprintf(w->out->what, sizeof w->out->what, format, ap);
    va_end(ap);
    if (w->o.silent) return;
    fprintf(stderr, "BREACH seed %llu at %llu.%03llu ms: %s\n", (unsigned long long)w->o.seed,
            (unsigned long long)(w->now_us / 1000), (unsigned long long)(w->now_us % 1000),
            w->out->what);
    uint64_t first = w->trace_n > SIM_TRACE_MAX ? w->trace_n - SIM_TRACE_MAX : 0;
    if (w->trace_n - first > 60 && !w->o.verbose) first = w->trace_n - 60;
    for (uint64_t i = first; i < w->trace_n; i++) {
        const struct sim_trace *t = &w->trace[i % SIM_TRACE_MAX];
        fprintf(stderr, "  %9llu us  node %-2u term %u  %-32s %llu %llx\n",
                (unsigned long long)t->at, t->node, t->term, trace_word(t->kind),
                (unsigned long long)t->a, (unsigned long long)t->b);
    }
}

/* ---- time ---- */

static bool sooner(const struct sim_event *a, const struct sim_event *b) {
    return a->at < b->at || (a->at == b->at && a->seq < b->seq);
}

void sim_at(struct sim_world *w, uint64_t at_us, struct sim_event e) {
    if (w->heap_n == w->heap_cap) {
        w->heap_cap = w->heap_cap * 2 + 256;
        w->heap = realloc(w->heap, w->heap_cap * sizeof *w->heap);
    }
    e.at = at_us;
    e.seq = w->seq++;
    size_t i = w->heap_n++;
    for (; i > 0 && sooner(&e, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
        w->heap[i] = w->heap[(i - 1) / 2];
    w->heap[i] = e;
}

static struct sim_event heap_pop(struct sim_world *w) {
    struct sim_event top = w->heap[0], last = w->heap[--w->heap_n];
    size_t i = 0;
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= w->heap_n) break;
        if (c + 1 < w->heap_n && sooner(&w->heap[c + 1], &w->heap[c])) c++;
        if (!sooner(&w->heap[c], &last)) break;
        w->heap[i] = w->heap[c];
        i = c;
    }
    w->heap[i] = last;
    return top;
}

/* ---- blocks ---- */

void sim_state_root(uint8_t out[32], const uint8_t parent[32], const uint8_t tx_root[32]) {
    const struct weal_bytes parts[] = {weal_bytes(parent, 32), weal_bytes(tx_root, 32)};
    weal_hash256(out, WEAL_TAG_STATE, parts, 2);
}

uint32_t sim_block_find(const struct sim_world *w, const uint8_t id[32]) {
    if (w->index_n == 0) return UINT32_MAX;
    for (uint32_t i = weal_le32(id) & (w->index_n - 1);; i = (i + 1) & (w->index_n - 1)) {
        uint32_t b = w->index[i];
        if (b == UINT32_MAX) return b;
        if (memcmp(w->blocks[b].id, id, 32) == 0) return b;
    }
}

static void index_put(struct sim_world *w, uint32_t block) {
    uint32_t i = weal_le32(w->blocks[block].id) & (w->index_n - 1);
    while (w->index[i] != UINT32_MAX) i = (i + 1) & (w->index_n - 1);
    w->index[i] = block;
}

uint32_t sim_block_add(struct sim_world *w, const struct sim_block *b) {
    if (w->blocks_n == w->blocks_cap) {
        uint32_t cap = w->blocks_cap * 2 + 256;
        w->blocks = realloc(w->blocks, cap * sizeof *w->blocks);
        w->finals = realloc(w->finals, cap * sizeof *w->finals);
        for (unsigned i = 0; i < w->nodes_n; i++) node_blocks_grow(w, &w->nodes[i], cap);
        w->blocks_cap = cap;
        w->index_n = 1;
        while (w->index_n < cap * 2) w->index_n *= 2;
        w->index = realloc(w->index, w->index_n * sizeof *w->index);
        memset(w->index, 0xff, w->index_n * sizeof *w->index);
        for (uint32_t i = 0; i < w->blocks_n; i++) index_put(w, i);
    }
    w->blocks[w->blocks_n] = *b;
    index_put(w, w->blocks_n);
    return w->blocks_n++;
}

/* ---- terms ---- */

/* Some validators rest for a term, weights change; the Byzantine ones stay under a third. */
static void term_draw(struct sim_world *w, struct sim_term *t, uint32_t term) {
    /* dice of its own: a term looks the same whenever it is drawn */
    struct sim_world dice = {.rng = w->o.seed * UINT64_C(0x2545f4914f6cdd1d) + term};
    for (int tries = 0;; tries++) {
        uint64_t bad = 0;
        bool weighted = tries < 32 && sim_below(&dice, 2) == 0;
        t->set.n = 0;
        for (uint16_t k = 0; k < w->keys_n; k++) {
            bool rests = tries < 32 && w->keys_n > 5 && sim_below(&dice, 6) == 0;
            if (rests) continue;
            struct weal_validator v = {.weight = weighted ? 1 + sim_below(&dice, 5) : 1};
            memcpy(v.account, w->account[k], 32);
            weal_hash256_one(v.seat, "sim/seat", weal_bytes(w->account[k], 32));
            if (w->key_byzantine[k] || k == w->fragile) bad += v.weight;
            uint16_t i = t->set.n++;
            for (; i > 0 && memcmp(t->set.v[i - 1].seat, v.seat, 32) > 0; i--)
                t->set.v[i] = t->set.v[i - 1];
            t->set.v[i] = v;
        }
        if (t->set.n >= 4 && weal_set_check(&t->set) == WEAL_ACCEPT && bad * 3 < t->set.total)
            return;
        WEAL_ASSERT(tries < 1000);
    }
}

struct sim_term *sim_term(struct sim_world *w, uint32_t term) {
    WEAL_ASSERT(term < SIM_TERMS_MAX);
    if (w->terms[term]) return w->terms[term];
    struct sim_term *t = w->terms[term] = calloc(1, sizeof *t);
    term_draw(w, t, term);
    t->quorum = weal_set_quorum(t->set.total);
    weal_set_hash(t->set_hash, &t->set);
    uint8_t beacon[32] = {0};
    weal_put_le64(beacon, w->o.seed);
    weal_put_le32(beacon + 8, term);
    weal_set_leaders(t->leaders, &t->set, term, beacon);
    for (uint16_t k = 0; k < w->keys_n; k++) {
        t->index_of[k] = weal_set_find_var(&t->set, w->account[k]);
        if (t->index_of[k] != WEAL_SET_NOBODY) t->key_of[t->index_of[k]] = k;
    }
    if (term > w->out->terms) w->out->terms = term;
    return t;
}

/* ---- the menu of a seed ---- */

static void draw_faults(struct sim_world *w) {
    struct sim_faults *f = &w->f;
    *f = (struct sim_faults){.latency_min_us = 200,
                             .latency_max_us = 2000,
                             .sync_min_us = 80,
                             .sync_max_us = 400,
                             .exec_max_us = 2000,
                             .down_ms = 3000};
    weal_bft_config_lan(&w->config);
    w->config.backoff_cap_ms = 8000;
    w->config.standstill_ms = 4000;
    w->config.skip_timeout_ms = 2000;
    w->config.skip_cap_ms = 20000;
    w->config.forward = (enum weal_bft_forward)between(w, 0, 2);
    if (w->o.calm) return;
    if (sim_below(w, 3) == 0) f->latency_max_us = between(w, 5000, 200000);
    if (sim_below(w, 3) == 0) {
        f->slow_ppm = between(w, 1000, 60000);
        f->slow_us = between(w, 100000, 3000000);
    }
    if (sim_below(w, 2) == 0) f->loss_ppm = between(w, 1000, 150000);
    if (sim_below(w, 3) == 0) f->twice_ppm = between(w, 1000, 200000);
    if (sim_below(w, 3) == 0) {
        f->partition_every_ms = between(w, 2000, 20000);
        f->partition_for_ms = between(w, 500, 15000);
        f->one_way = sim_below(w, 2) == 0;
    }
    if (sim_below(w, 2) == 0) f->crash_ppm = between(w, 50, 2500);
    if (sim_below(w, 4) == 0) f->crash_all_every_ms = between(w, 2000, 20000);
    f->down_ms = between(w, 1, 6000);
    if (sim_below(w, 4) == 0) f->sync_max_us = between(w, 500, 60000);
    if (sim_below(w, 4) == 0) f->exec_max_us = between(w, 2000, 400000);
    if (sim_below(w, 3) == 0) f->skew_ms = between(w, 1, 200);
    if (sim_below(w, 6) == 0) f->jump_every_ms = between(w, 5000, 30000);
    if (sim_below(w, 3) == 0) f->later_ppm = between(w, 1000, 500000);
    if (sim_below(w, 4) == 0) f->idle_ppm = 500000;
    if (sim_below(w, 3) == 0) f->compact_ppm = between(w, 1000, 50000);
    if (w->o.without >> FAULT_LATENCY & 1) f->latency_max_us = 2000;
    if (w->o.without >> FAULT_SYNC & 1) f->sync_max_us = 400;
    if (w->o.without >> FAULT_EXEC & 1) f->exec_max_us = 2000;
    if (w->o.without >> FAULT_SKEW & 1) f->skew_ms = 0;
}

static void draw_keys(struct sim_world *w) {
    for (uint16_t k = 0; k < w->keys_n; k++) {
        uint8_t seed[16];
        weal_put_le64(seed, w->o.seed);
        weal_put_le64(seed + 8, k);
        weal_hash256_one(w->secret[k], "sim/secret", WEAL_BYTES(seed));
        if (w->real)
            WEAL_ASSERT(weal_sig_public(w->account[k], w->secret[k]));
        else
            weal_hash256_one(w->account[k], "sim/account", weal_bytes(w->secret[k], 32));
    }
}

static void draw_nodes(struct sim_world *w) {
    static const unsigned sizes[] = {4, 4, 4, 4, 5, 6, 7, 7, 10};
    unsigned n = w->o.nodes != 0 ? w->o.nodes : sizes[sim_below(w, sizeof sizes / sizeof *sizes)];
    unsigned most = (n - 1) / 3;
    unsigned bad = w->o.byzantine != UINT_MAX ? w->o.byzantine
                   : w->o.calm                ? 0
                                              : (unsigned)sim_below(w, most + 1);
    WEAL_ASSERT(bad <= most && n + bad < SIM_NODES_MAX);
    w->keys_n = n;
    w->nodes = calloc(n + bad, sizeof *w->nodes);
    w->nodes_n = 0;
    for (unsigned i = 0; i < n; i++) {
        struct sim_node *s = &w->nodes[w->nodes_n];
        s->id = s->key = (uint16_t)w->nodes_n++;
        if (i >= bad) continue;
        s->tricks = w->o.tricks != 0 ? w->o.tricks : 1u << sim_below(w, 10);
        if (w->o.tricks == 0 && sim_below(w, 2) == 0) s->tricks |= 1u << sim_below(w, 8);
        w->out->tricks |= s->tricks;
        s->tricks &= ~w->o.without_tricks;
        if (s->tricks == 0) continue; /* honest after all */
        w->key_byzantine[i] = true;
    }
    for (unsigned i = 0; i < bad; i++) { /* the second machine of a twin */
        if (!(w->nodes[i].tricks & TRICK_TWIN)) continue;
        struct sim_node *s = &w->nodes[w->nodes_n];
        *s = w->nodes[i];
        s->id = (uint16_t)w->nodes_n++;
    }
    /* a machine that loses its log is out until a term begins anew: it counts as a fault of a third
     */
    w->fragile = UINT_MAX;
    if (bad == 0 && !w->o.calm && w->f.jump_every_ms == 0 && sim_below(w, 2) == 0) {
        w->fragile = (unsigned)sim_below(w, n);
        w->f.wipe_ppm = 300000;
    }
    size_t mem = weal_bft_footprint(SIM_NODES_MAX);
    for (unsigned i = 0; i < w->nodes_n; i++) {
        w->nodes[i].mem = aligned_alloc(64, (mem + 63) / 64 * 64);
        w->nodes[i].skew_ms = w->f.skew_ms == 0 ? 0 : (int64_t)sim_below(w, w->f.skew_ms + 1);
    }
}

/* ---- the run ---- */

static void world_event(struct sim_world *w, const struct sim_event *e) {
    switch (e->kind) {
    case EVENT_PARTITION:
        w->parted = !w->parted && !w->healed && sim_fault_due(w, FAULT_PARTITION, UINT16_MAX);
        for (unsigned i = 0; i < w->nodes_n; i++) w->side[i] = (uint8_t)sim_below(w, 2);
        if (w->f.partition_every_ms != 0 && !w->healed) {
            uint64_t ms = w->parted ? w->f.partition_for_ms : w->f.partition_every_ms;
            sim_at(w, w->now_us + (1 + sim_below(w, ms)) * 1000,
                   (struct sim_event){.kind = EVENT_PARTITION, .node = UINT16_MAX});
        }
        break;
    case EVENT_CRASH_ALL:
        if (w->healed) break;
        for (unsigned i = 0; i < w->nodes_n && sim_fault_due(w, FAULT_CRASH_ALL, UINT16_MAX); i++)
            node_crash(w, &w->nodes[i]);
        sim_at(w, w->now_us + w->f.crash_all_every_ms * UINT64_C(1000),
               (struct sim_event){.kind = EVENT_CRASH_ALL, .node = UINT16_MAX});
        break;
    case EVENT_JUMP: {
        if (w->healed) break;
        struct sim_node *s = &w->nodes[sim_below(w, w->nodes_n)];
        int64_t skew = (int64_t)sim_below(w, 20000) - 10000;
        if (sim_fault_due(w, FAULT_JUMP, s->id)) s->skew_ms = skew;
        sim_at(w, w->now_us + w->f.jump_every_ms * UINT64_C(1000),
               (struct sim_event){.kind = EVENT_JUMP, .node = UINT16_MAX});
        break;
    }
    default:
        node_event(w, &w->nodes[e->node], e);
    }
}

static uint64_t views_so_far(const struct sim_world *w) {
    uint64_t sum = 0;
    for (unsigned t = 0; t < SIM_TERMS_MAX; t++)
        if (w->terms[t]) sum += w->terms[t]->high_view;
    return sum;
}

/* From here on the network keeps its promises; adversaries go on. */
static void heal(struct sim_world *w) {
    struct sim_faults *f = &w->f;
    w->healed = true;
    w->healed_us = w->now_us;
    w->healed_height = w->finals_n;
    w->parted = false;
    f->loss_ppm = f->slow_ppm = f->crash_ppm = f->later_ppm = f->compact_ppm = 0;
    if (f->latency_max_us > 100000) f->latency_max_us = 100000;
    if (f->exec_max_us > 50000) f->exec_max_us = 50000;
    if (f->sync_max_us > 5000) f->sync_max_us = 5000;
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct sim_node *s = &w->nodes[i];
        s->skew_ms = 0;
        if (!s->up)
            sim_at(w, w->now_us + 1, (struct sim_event){.kind = EVENT_RESTART, .node = s->id});
    }
}

/* V1, V2, V3: after healing everybody honest gets at least this much further, and together. */
enum { LIVE_HEIGHTS = 6, LIVE_MS = 180000 };

static bool all_live(const struct sim_world *w) {
    for (unsigned i = 0; i < w->nodes_n; i++) {
        const struct sim_node *s = &w->nodes[i];
        if (s->tricks != 0) continue;
        if (!s->up || s->applied < w->healed_height + LIVE_HEIGHTS) return false;
    }
    return true;
}

static void watch(struct sim_world *w) {
    bool enough = views_so_far(w) >= w->o.views * 3 / 4 || w->now_us > UINT64_C(1200) * 1000000;
    if (!w->healed && enough) heal(w);
    check_together(w);
    if (w->healed && w->now_us > w->healed_us + LIVE_MS * UINT64_C(1000) && !all_live(w)) {
        for (unsigned i = 0; i < w->nodes_n; i++) {
            struct weal_bft_status st;
            weal_bft_status(w->nodes[i].bft, &st);
            fprintf(stderr,
                    "  node %u tricks %u up %d term %u view %llu final %llu height %llu applied "
                    "%llu voting %d alarm %d over %d\n",
                    i, w->nodes[i].tricks, w->nodes[i].up, st.term, (unsigned long long)st.view,
                    (unsigned long long)st.final_view, (unsigned long long)st.final_height,
                    (unsigned long long)w->nodes[i].applied, st.voting, (int)st.alarm,
                    st.term_over);
        }
        sim_breach(w, "V1: not all honest nodes finalize %d more blocks within %d ms of healing",
                   LIVE_HEIGHTS, LIVE_MS);
    }
}

static void schedule(struct sim_world *w) {
    struct sim_event e = {.kind = EVENT_PARTITION, .node = UINT16_MAX};
    if (w->f.partition_every_ms != 0) sim_at(w, w->f.partition_every_ms * UINT64_C(1000), e);
    e.kind = EVENT_CRASH_ALL;
    if (w->f.crash_all_every_ms != 0) sim_at(w, w->f.crash_all_every_ms * UINT64_C(1000), e);
    e.kind = EVENT_JUMP;
    if (w->f.jump_every_ms != 0) sim_at(w, w->f.jump_every_ms * UINT64_C(1000), e);
}

static void world_free(struct sim_world *w) {
    for (size_t i = 0; i < w->heap_n; i++) sim_msg_drop(w->heap[i].msg);
    for (unsigned i = 0; i < w->old_n; i++) sim_msg_drop(w->old[i]);
    for (unsigned i = 0; i < w->nodes_n; i++) node_free(&w->nodes[i]);
    check_free(w);
    for (unsigned i = 0; i < SIM_TERMS_MAX; i++) free(w->terms[i]);
    free(w->heap);
    free(w->nodes);
    free(w->blocks);
    free(w->finals);
    free(w->index);
    free(w->fx.e);
    free(w->fx.buf);
    free(w->cache);
    free(w);
}

void sim_run(const struct sim_options *o, struct sim_result *out) {
    struct sim_world *w = calloc(1, sizeof *w);
    memset(out, 0, sizeof *out);
    w->o = *o;
    w->out = out;
    w->rng = o->seed ^ UINT64_C(0x5eed5eed5eed5eed);
    w->real = o->real_signatures == 1 || (o->real_signatures < 0 && o->seed % 50 == 7);
    if (w->real) w->cache = calloc(1, sizeof *w->cache);
    w->fx.cap = WEAL_BFT_EFFECTS_MAX;
    w->fx.e = calloc(w->fx.cap, sizeof *w->fx.e);
    w->fx.buf_cap = weal_bft_effects_bytes(SIM_NODES_MAX);
    w->fx.buf = malloc(w->fx.buf_cap);
    weal_hash256_one(w->chain, WEAL_TAG_CHAIN, weal_bytes(&o->seed, sizeof o->seed));
    draw_faults(w);
    draw_nodes(w);
    draw_keys(w);
    static const uint64_t lengths[] = {5, 12, 30, 100, 1000000};
    w->term_blocks = lengths[sim_below(w, 5)];
    struct sim_block genesis = {.height = 0};
    memcpy(genesis.id, w->chain, 32);
    sim_block_add(w, &genesis);
    w->finals[0] = 0;
    schedule(w);
    for (unsigned i = 0; i < w->nodes_n; i++) node_start(w, &w->nodes[i]);
    uint64_t looked = 0;
    while (w->heap_n != 0 && !out->breach) {
        struct sim_event e = heap_pop(w);
        w->now_us = e.at;
        sim_mix(w, e.at ^ (uint64_t)e.kind << 56 ^ (uint64_t)e.node << 40);
        if (e.kind == EVENT_RESTART) sim_note(w, e.node, e.from, e.kind, 0, e.arg, 0);
        world_event(w, &e);
        sim_msg_drop(e.msg);
        if (++looked % 64 == 0) watch(w);
        if (looked % 64 == 0 && w->healed && all_live(w) && views_so_far(w) >= o->views) break;
        if (w->terms[SIM_TERMS_MAX - 2]) break; /* out of terms */
    }
    if (w->heap_n == 0) sim_breach(w, "V1: nothing left to happen");
    out->views = views_so_far(w);
    out->heights = w->finals_n;
    out->transcript = w->transcript;
    out->virtual_ms = w->now_us / 1000;
    if (o->calm && !out->breach && out->nullified != 0)
        sim_breach(w, "V4: %llu views were nullified without any fault",
                   (unsigned long long)out->nullified);
    world_free(w);
}
