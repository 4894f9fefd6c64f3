/* SPDX-License-Identifier: ISC */
/* Keys, typed tables, counters, calendar. */
#include "consensus/exec/ctx.h"

/* ---- keys ---- */

struct weal_key weal_key(enum weal_table t) {
    struct weal_key k;
    k.b[0] = (uint8_t)t;
    k.n = 1;
    return k;
}
void weal_key_u8(struct weal_key *k, uint8_t v) {
    WEAL_ASSERT(k->n + 1 <= sizeof k->b);
    k->b[k->n++] = v;
}
void weal_key_u16(struct weal_key *k, uint16_t v) {
    weal_key_u8(k, (uint8_t)(v >> 8));
    weal_key_u8(k, (uint8_t)v);
}
void weal_key_u32(struct weal_key *k, uint32_t v) {
    WEAL_ASSERT(k->n + 4 <= sizeof k->b);
    weal_put_be32(k->b + k->n, v);
    k->n += 4;
}
void weal_key_u64(struct weal_key *k, uint64_t v) {
    WEAL_ASSERT(k->n + 8 <= sizeof k->b);
    weal_put_be64(k->b + k->n, v);
    k->n += 8;
}
void weal_key_32(struct weal_key *k, const uint8_t v[32]) {
    WEAL_ASSERT(k->n + 32 <= sizeof k->b);
    memcpy(k->b + k->n, v, 32);
    k->n += 32;
}
void weal_key_path(struct weal_key *k, struct weal_bytes jurisdiction) {
    WEAL_ASSERT(jurisdiction.n <= 24 && k->n + 1 + jurisdiction.n <= sizeof k->b);
    k->b[k->n++] = (uint8_t)jurisdiction.n;
    if (jurisdiction.n != 0) memcpy(k->b + k->n, jurisdiction.p, jurisdiction.n);
    k->n += jurisdiction.n;
}
struct weal_key weal_key_of32(enum weal_table t, const uint8_t v[32]) {
    struct weal_key k = weal_key(t);
    weal_key_32(&k, v);
    return k;
}
struct weal_key weal_key_of64(enum weal_table t, uint64_t v) {
    struct weal_key k = weal_key(t);
    weal_key_u64(&k, v);
    return k;
}

/* ---- tables ---- */

static void stick(struct weal_ctx *c, enum weal_err e) {
    if (c->err == WEAL_OK) c->err = e;
}

static bool get(struct weal_ctx *c, const struct weal_key *k, struct weal_bytes *value) {
    enum weal_err e = weal_draft_get(c->d, weal_key_bytes(k), value);
    if (e != WEAL_OK && e != WEAL_ERR_NOT_FOUND) stick(c, e);
    return e == WEAL_OK;
}
static void put(struct weal_ctx *c, const struct weal_key *k, const struct weal_wr *w) {
    WEAL_ASSERT(!w->failed);
    enum weal_err e = weal_draft_put(c->d, weal_key_bytes(k), weal_wr_done(w));
    if (e != WEAL_OK) stick(c, e);
}

#define T(ID, byte, name, key, record)                                                             \
    bool weal_##name##_load(struct weal_ctx *c, const struct weal_key *k,                          \
                            struct weal_##record *out) {                                           \
        struct weal_bytes v;                                                                       \
        memset(out, 0, sizeof *out);                                                               \
        if (!get(c, k, &v)) return false;                                                          \
        struct weal_rd r = weal_rd(v);                                                             \
        weal_##record##_get(&r, out);                                                              \
        if (weal_rd_done(&r)) return true;                                                         \
        memset(out, 0, sizeof *out);                                                               \
        stick(c, WEAL_ERR_CORRUPT);                                                                \
        return false;                                                                              \
    }                                                                                              \
    void weal_##name##_store(struct weal_ctx *c, const struct weal_key *k,                         \
                             const struct weal_##record *x) {                                      \
        uint8_t buf[sizeof(struct weal_##record) + 256];                                           \
        struct weal_wr w = weal_wr(buf, sizeof buf);                                               \
        weal_##record##_put(&w, x);                                                                \
        put(c, k, &w);                                                                             \
    }
#include "consensus/exec/tables.def"
#undef T

bool weal_has(struct weal_ctx *c, const struct weal_key *k) {
    struct weal_bytes v;
    return get(c, k, &v);
}
void weal_drop(struct weal_ctx *c, const struct weal_key *k) {
    enum weal_err e = weal_draft_del(c->d, weal_key_bytes(k));
    if (e != WEAL_OK) stick(c, e);
}
bool weal_next(struct weal_ctx *c, const struct weal_key *prefix, struct weal_key *after,
               struct weal_bytes *value) {
    struct weal_bytes key;
    enum weal_err e =
        weal_draft_next(c->d, weal_key_bytes(prefix), weal_key_bytes(after), &key, value);
    if (e != WEAL_OK && e != WEAL_ERR_NOT_FOUND) stick(c, e);
    if (e != WEAL_OK) return false;
    if (key.n > sizeof after->b) {
        stick(c, WEAL_ERR_CORRUPT);
        return false;
    }
    memcpy(after->b, key.p, key.n);
    after->n = key.n;
    return true;
}

/* ---- the context ---- */

static struct weal_key supply_key(unsigned asset) {
    struct weal_key k = weal_key(WEAL_T_SUPPLY);
    weal_key_u8(&k, (uint8_t)asset);
    return k;
}
static struct weal_key epoch_key(uint32_t epoch) {
    struct weal_key k = weal_key(WEAL_T_EPOCH);
    weal_key_u32(&k, epoch);
    return k;
}

bool weal_ctx_open(struct weal_ctx *c, struct weal_exec *x, struct weal_draft *d, uint64_t height,
                   uint64_t now_ms) {
    memset(c, 0, sizeof *c);
    c->x = x;
    c->d = d;
    c->height = height;
    c->now_ms = now_ms;
    struct weal_key k = weal_key(WEAL_T_PARAMS);
    struct weal_st_params r;
    if (!weal_params_load(c, &k, &r) || !weal_params_from_record(&c->p, &r)) return false;
    k = weal_key(WEAL_T_CHAIN);
    if (!weal_chain_load(c, &k, &c->chain)) return false;
    c->epoch = weal_epoch_at(&c->p, c->chain.genesis_ms, now_ms);
    c->step = now_ms < c->chain.genesis_ms
                  ? 0
                  : (uint32_t)((now_ms - c->chain.genesis_ms) / c->p.demurrage_step_ms);
    c->term = weal_term_at(&c->p, height);
    for (unsigned a = 1; a < WEAL_ASSETS; a++) {
        k = supply_key(a);
        weal_supply_load(c, &k, &c->tally.supply[a]);
    }
    k = epoch_key(c->epoch);
    weal_epoch_load(c, &k, &c->tally.stats);
    c->tally.cohorts = c->chain.cohorts;
    c->tally.deadlines = c->chain.deadlines;
    return c->err == WEAL_OK;
}

void weal_ctx_close(struct weal_ctx *c) {
    struct weal_key k;
    for (unsigned a = 1; a < WEAL_ASSETS; a++) {
        k = supply_key(a);
        weal_supply_store(c, &k, &c->tally.supply[a]);
    }
    k = epoch_key(c->epoch);
    weal_epoch_store(c, &k, &c->tally.stats);
    c->chain.cohorts = c->tally.cohorts;
    c->chain.deadlines = c->tally.deadlines;
    k = weal_key(WEAL_T_CHAIN);
    weal_chain_store(c, &k, &c->chain);
}

struct weal_ctx_mark weal_ctx_mark(const struct weal_ctx *c) {
    return (struct weal_ctx_mark){weal_draft_mark(c->d), c->tally};
}
void weal_ctx_rewind(struct weal_ctx *c, const struct weal_ctx_mark *m) {
    weal_draft_rewind(c->d, m->draft);
    c->tally = m->tally;
}

/* ---- calendar ---- */

enum { DAY_MS = 86400000 };

/* Days since 1970 of a date; after Howard Hinnant, "chrono-compatible low-level date algorithms".
 */
static uint64_t days_of(uint32_t year, unsigned month, unsigned day) {
    uint64_t y = (uint64_t)year - (month <= 2);
    uint64_t era = y / 400, yoe = y - era * 400;
    uint64_t doy = (153u * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
    uint64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}
uint64_t weal_date_ms(uint32_t year, unsigned month, unsigned day) {
    return days_of(year, month, day) * DAY_MS;
}
uint32_t weal_year_of(uint64_t ms) {
    uint64_t z = ms / DAY_MS + 719468;
    uint64_t era = z / 146097, doe = z - era * 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153;
    return (uint32_t)(yoe + era * 400 + (mp >= 10));
}
