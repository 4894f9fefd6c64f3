/* SPDX-License-Identifier: ISC */
/* Cohorts: pools of waiting keys, windows, dealing, versions. One module for every kind of key.
 *
 * A pool's windows are numbered; `open` is the one that fills. A key goes to the first window, from
 * the open one on, that has room and no other key of its owner. The window closes when it holds 256
 * owners, or its timer has ended and it holds at least 11; 16 blocks later it is dealt: keys sorted
 * by bytes, shuffled by the beacon of that block, cut evenly into cohorts of 11 to 16. Of 17 to 21
 * the first 16 are dealt and the others go back to the open window; under 11 (keys have left
 * meanwhile) all do.
 * Invariants: rings hold 11..16 distinct keys; a key is in one window or in the newest version of
 * one cohort, never in two; versions are nested. */
#include "consensus/draw.h"
#include "consensus/mod/module.h"

enum { WINDOW_MAX = 256, RING_MIN = 11, RING_MAX = 16, EVEN_MIN = 22 };

static struct weal_key pool_key(enum weal_table t, struct weal_pool_ref p) {
    struct weal_key k = weal_key(t);
    weal_key_u8(&k, (uint8_t)p.kind);
    weal_key_path(&k, p.jurisdiction);
    return k;
}
static struct weal_key window_key(enum weal_table t, struct weal_pool_ref p, uint64_t window) {
    struct weal_key k = pool_key(t, p);
    weal_key_u64(&k, window);
    return k;
}
static struct weal_key entry_key(struct weal_pool_ref p, uint64_t window, uint64_t entry) {
    struct weal_key k = window_key(WEAL_T_ENTRY, p, window);
    weal_key_u64(&k, entry);
    return k;
}
static struct weal_key owner_key(struct weal_pool_ref p, uint64_t window, const uint8_t owner[32]) {
    struct weal_key k = window_key(WEAL_T_OWNER, p, window);
    weal_key_32(&k, owner);
    return k;
}
static struct weal_key ring_key(uint64_t cohort, uint16_t version) {
    struct weal_key k = weal_key_of64(WEAL_T_RING, cohort);
    weal_key_u16(&k, version);
    return k;
}

/* ---- windows ---- */

static void window_deadline(struct weal_ctx *c, enum weal_clock clock, uint64_t at,
                            enum weal_deadline kind, struct weal_pool_ref p, uint64_t window) {
    uint8_t what[9 + 24];
    struct weal_wr w = weal_wr(what, sizeof what);
    weal_wr_u8(&w, (uint8_t)p.kind);
    weal_wr_u64(&w, window);
    weal_wr_bytes(&w, p.jurisdiction);
    weal_deadline_add(c, clock, at, kind, weal_wr_done(&w));
}

static void start_timer(struct weal_ctx *c, struct weal_pool_ref p, uint64_t number,
                        struct weal_st_window *w) {
    uint64_t ms = p.kind == WEAL_POOL_HUMANS ? c->p.window_human_ms : c->p.window_activity_ms;
    w->timer_ms = c->now_ms + ms;
    window_deadline(c, WEAL_CLOCK_TIME, w->timer_ms, WEAL_D_WINDOW, p, number);
}

/* Closes the open window, and those behind it, as long as they are full or over. */
static void consider(struct weal_ctx *c, struct weal_pool_ref p, struct weal_st_pool *pool) {
    for (;;) {
        struct weal_key k = window_key(WEAL_T_WINDOW, p, pool->open);
        struct weal_st_window w;
        weal_window_load(c, &k, &w);
        if (w.count != 0 && w.timer_ms == 0) {
            start_timer(c, p, pool->open, &w);
            weal_window_store(c, &k, &w);
        }
        bool over = w.timer_ms != 0 && c->now_ms >= w.timer_ms;
        if (w.count < WINDOW_MAX && !(over && w.count >= RING_MIN)) return;
        w.closed = c->height;
        weal_window_store(c, &k, &w);
        window_deadline(c, WEAL_CLOCK_HEIGHT, c->height + c->p.deal_delay, WEAL_D_DEAL, p,
                        pool->open);
        pool->open++;
    }
}

void weal_pool_enter(struct weal_ctx *c, struct weal_pool_ref p, const struct weal_st_entry *e,
                     uint64_t *window, uint64_t *entry) {
    struct weal_key pk = pool_key(WEAL_T_POOL, p), wk, ok;
    struct weal_st_pool pool;
    struct weal_st_window w;
    weal_pool_load(c, &pk, &pool);
    uint64_t number = pool.open;
    for (;; number++) {
        wk = window_key(WEAL_T_WINDOW, p, number);
        weal_window_load(c, &wk, &w);
        ok = owner_key(p, number, e->owner);
        if (c->err != WEAL_OK || (w.count < WINDOW_MAX && !weal_has(c, &ok))) break;
    }
    *window = number;
    *entry = pool.entries++;
    struct weal_key ek = entry_key(p, number, *entry);
    weal_entry_store(c, &ek, e);
    weal_owner_store(c, &ok, &(struct weal_st_owner){.entry = *entry});
    w.count++;
    weal_window_store(c, &wk, &w);
    pool.waiting++;
    if (number == pool.open) consider(c, p, &pool);
    weal_pool_store(c, &pk, &pool);
}

/* Takes an entry out of its window; the pool's count is the caller's. */
static bool entry_remove(struct weal_ctx *c, struct weal_pool_ref p, uint64_t window,
                         uint64_t entry) {
    struct weal_key ek = entry_key(p, window, entry);
    struct weal_st_entry e;
    if (!weal_entry_load(c, &ek, &e)) return false;
    struct weal_key ok = owner_key(p, window, e.owner);
    weal_drop(c, &ok);
    weal_drop(c, &ek);
    struct weal_key wk = window_key(WEAL_T_WINDOW, p, window);
    struct weal_st_window w;
    if (weal_window_load(c, &wk, &w)) {
        WEAL_ASSERT(w.count > 0);
        w.count--;
        weal_window_store(c, &wk, &w);
    }
    return true;
}

void weal_pool_leave(struct weal_ctx *c, struct weal_pool_ref p, uint64_t window, uint64_t entry) {
    struct weal_key pk = pool_key(WEAL_T_POOL, p);
    struct weal_st_pool pool;
    if (!weal_pool_load(c, &pk, &pool) || !entry_remove(c, p, window, entry)) return;
    pool.waiting--;
    weal_pool_store(c, &pk, &pool);
}

/* ---- dealing ---- */

struct hand {
    struct weal_st_entry e;
    uint64_t number;
};

static unsigned gather(struct weal_ctx *c, struct weal_pool_ref p, uint64_t window,
                       struct hand *hands) {
    struct weal_key prefix = window_key(WEAL_T_ENTRY, p, window), k = prefix;
    struct weal_bytes v;
    unsigned n = 0;
    while (n < WINDOW_MAX && weal_next(c, &prefix, &k, &v)) {
        struct weal_rd r = weal_rd(v);
        weal_st_entry_get(&r, &hands[n].e);
        hands[n].number = weal_be64(k.b + k.n - 8);
        /* insertion by key bytes: a window is small, and this needs no library */
        struct hand h = hands[n];
        unsigned i = n++;
        for (; i > 0 && memcmp(hands[i - 1].e.key, h.e.key, 32) > 0; i--) hands[i] = hands[i - 1];
        hands[i] = h;
    }
    return n;
}

static uint16_t tell_dealt(struct weal_ctx *c, enum weal_pool_kind kind,
                           const struct weal_st_entry *e, uint64_t cohort) {
    switch (kind) {
    case WEAL_POOL_HUMANS:
        return weal_human_dealt(c, e, cohort);
    case WEAL_POOL_ACTIVITY:
        return weal_activity_dealt(c, e, cohort);
    }
    return 0;
}

static void make_cohort(struct weal_ctx *c, struct weal_pool_ref p, uint64_t closed,
                        const struct hand *hands, unsigned n) {
    uint64_t id = ++c->tally.cohorts;
    uint64_t usable = closed + c->p.usable_delay;
    uint64_t least = c->height + (c->p.usable_delay - c->p.deal_delay); /* dealt late: many due */
    struct weal_st_cohort cohort = {
        .kind = (uint8_t)p.kind,
        .jurisdiction = p.jurisdiction,
        .version = 1,
        .dealt = c->height,
        .usable = usable > least ? usable : least,
        .epoch = c->epoch,
    };
    struct weal_st_ring ring = {.keys_n = (uint16_t)n};
    for (unsigned i = 0; i < n; i++) {
        memcpy(ring.keys[i].key, hands[i].e.key, 32);
        uint16_t year = tell_dealt(c, p.kind, &hands[i].e, id);
        if (year > cohort.lease_year) cohort.lease_year = year;
    }
    struct weal_key k = weal_key_of64(WEAL_T_COHORT, id), rk = ring_key(id, 1);
    weal_cohort_store(c, &k, &cohort);
    weal_ring_store(c, &rk, &ring);
    weal_ring_points_store(c, id, 1, &ring);
    /* nothing happens then, but people wait for it: blocks are made until there */
    weal_deadline_add(c, WEAL_CLOCK_HEIGHT, cohort.usable, WEAL_D_USABLE, weal_bytes(NULL, 0));
}

/* A key that was not dealt goes to the open window. */
static void put_back(struct weal_ctx *c, struct weal_pool_ref p, const struct weal_st_entry *e) {
    uint64_t window, entry;
    weal_pool_enter(c, p, e, &window, &entry);
    if (p.kind == WEAL_POOL_HUMANS) weal_human_waits(c, e->key, window, entry);
}

static void deal(struct weal_ctx *c, struct weal_pool_ref p, uint64_t window) {
    struct weal_key wk = window_key(WEAL_T_WINDOW, p, window), pk = pool_key(WEAL_T_POOL, p);
    struct weal_st_window w;
    struct weal_st_pool pool;
    if (!weal_window_load(c, &wk, &w) || !weal_pool_load(c, &pk, &pool)) return;
    struct hand *hands = (struct hand *)(void *)c->x->scratch;
    _Static_assert(sizeof(struct hand) * WINDOW_MAX <= WEAL_EXEC_SCRATCH, "a window fits scratch");
    unsigned n = gather(c, p, window, hands);
    for (unsigned i = 0; i < n; i++) entry_remove(c, p, window, hands[i].number);
    weal_drop(c, &wk);
    pool.waiting -= n;
    weal_pool_store(c, &pk, &pool);

    uint8_t purpose[64];
    struct weal_wr text = weal_wr(purpose, sizeof purpose);
    weal_wr_text(&text, "cohort/");
    weal_wr_dec(&text, p.kind);
    weal_wr_text(&text, "/");
    weal_wr_bytes(&text, p.jurisdiction);
    weal_wr_text(&text, "/");
    weal_wr_dec(&text, window);
    struct weal_draw d;
    weal_draw_init(&d, c->chain.beacon, weal_wr_done(&text));
    if (n > 1) weal_draw_shuffle_var(&d, hands, n, sizeof *hands);

    unsigned dealt = n < RING_MIN ? 0 : n > RING_MAX && n < EVEN_MIN ? RING_MAX : n;
    unsigned cohorts = (dealt + RING_MAX - 1) / RING_MAX;
    for (unsigned i = 0, at = 0; i < cohorts; i++) {
        unsigned size = dealt / cohorts + (i < dealt % cohorts);
        make_cohort(c, p, w.closed, hands + at, size);
        at += size;
    }
    for (unsigned i = dealt; i < n; i++) put_back(c, p, &hands[i].e);
}

/* ---- versions ---- */

static void dissolve(struct weal_ctx *c, const struct weal_st_cohort *cohort,
                     const struct weal_st_ring *ring, const uint8_t leaver[32]) {
    for (unsigned i = 0; i < ring->keys_n; i++) {
        const uint8_t *key = ring->keys[i].key;
        if (memcmp(key, leaver, 32) == 0) continue;
        WEAL_ASSERT(cohort->kind == WEAL_POOL_HUMANS); /* notes never leave a cohort */
        weal_human_homeless(c, key);
    }
}

void weal_cohort_leave(struct weal_ctx *c, uint64_t id, const uint8_t key[32]) {
    struct weal_key ck = weal_key_of64(WEAL_T_COHORT, id);
    struct weal_st_cohort cohort;
    if (!weal_cohort_load(c, &ck, &cohort) || cohort.dissolved) return;
    struct weal_key rk = ring_key(id, cohort.version);
    struct weal_st_ring old, next = {0};
    if (!weal_ring_load(c, &rk, &old)) return;
    for (unsigned i = 0; i < old.keys_n; i++) {
        if (memcmp(old.keys[i].key, key, 32) != 0) next.keys[next.keys_n++] = old.keys[i];
    }
    if (next.keys_n == old.keys_n) return;
    old.until_ms = c->now_ms + c->p.cohort_grace_ms;
    weal_ring_store(c, &rk, &old);
    uint8_t what[10];
    weal_put_le64(what, id);
    weal_put_le16(what + 8, cohort.version);
    weal_deadline_add(c, WEAL_CLOCK_TIME, old.until_ms + 1, WEAL_D_OLD_RING, WEAL_BYTES(what));
    if (next.keys_n < RING_MIN) {
        cohort.dissolved = 1;
        weal_cohort_store(c, &ck, &cohort);
        dissolve(c, &cohort, &old, key);
        return;
    }
    cohort.version++;
    rk = ring_key(id, cohort.version);
    weal_ring_store(c, &rk, &next);
    weal_ring_points_store(c, id, cohort.version, &next);
    weal_cohort_store(c, &ck, &cohort);
}

enum weal_verdict weal_cohort_ring(struct weal_ctx *c, enum weal_pool_kind kind, uint64_t id,
                                   uint16_t version, struct weal_st_cohort *out,
                                   struct weal_st_ring *ring) {
    struct weal_key ck = weal_key_of64(WEAL_T_COHORT, id), rk = ring_key(id, version);
    if (!weal_cohort_load(c, &ck, out) || out->kind != kind) return WEAL_V_COHORT_UNKNOWN;
    if (version == 0 || version > out->version) return WEAL_V_COHORT_UNKNOWN;
    if (c->height < out->usable) return WEAL_V_COHORT_NOT_USABLE;
    if (!weal_ring_load(c, &rk, ring) || (ring->until_ms != 0 && c->now_ms > ring->until_ms)) {
        bool gone = out->dissolved && version == out->version;
        return gone ? WEAL_V_COHORT_DISSOLVED : WEAL_V_COHORT_VERSION_OLD;
    }
    return WEAL_ACCEPT;
}

/* ---- hooks ---- */

static void old_ring(struct weal_ctx *c, struct weal_bytes what) {
    if (what.n != 10) return;
    uint64_t id = weal_le64(what.p);
    uint16_t version = weal_le16(what.p + 8);
    struct weal_key rk = ring_key(id, version);
    weal_drop(c, &rk);
    weal_ring_points_drop(c, id, version);
}

static void due(struct weal_ctx *c, enum weal_deadline kind, struct weal_bytes what) {
    if (kind == WEAL_D_OLD_RING) {
        old_ring(c, what);
        return;
    }
    if (what.n < 9) return;
    struct weal_pool_ref p = {(enum weal_pool_kind)what.p[0], weal_bytes(what.p + 9, what.n - 9)};
    uint64_t window = weal_le64(what.p + 1);
    if (kind == WEAL_D_DEAL) {
        deal(c, p, window);
        return;
    }
    struct weal_key pk = pool_key(WEAL_T_POOL, p);
    struct weal_st_pool pool;
    if (!weal_pool_load(c, &pk, &pool) || pool.open != window) return;
    consider(c, p, &pool);
    weal_pool_store(c, &pk, &pool);
}

const struct weal_mod weal_mod_cohort = {.name = "cohort", .due = due};
