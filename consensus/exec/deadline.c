/* SPDX-License-Identifier: ISC */
/* The one queue of deadlines. */
#include "consensus/mod/module.h"

/* A dealing decompresses up to 256 points: it counts as so many deadlines. */
enum { DEAL_COST = 32 };

static struct weal_key deadline_key(enum weal_clock clock, uint64_t due, uint64_t number) {
    struct weal_key k = weal_key(WEAL_T_DEADLINE);
    weal_key_u8(&k, (uint8_t)clock);
    weal_key_u64(&k, due);
    weal_key_u64(&k, number);
    return k;
}

void weal_deadline_add(struct weal_ctx *c, enum weal_clock clock, uint64_t due,
                       enum weal_deadline kind, struct weal_bytes what) {
    struct weal_key k = deadline_key(clock, due, c->tally.deadlines++);
    struct weal_st_deadline r = {.kind = (uint16_t)kind, .what = what};
    weal_deadline_store(c, &k, &r);
}

static const struct weal_mod *module_of(uint16_t kind) {
    switch ((enum weal_deadline)kind) {
#define D(ID, number, module, what)                                                                \
    case WEAL_D_##ID:                                                                              \
        return &weal_mod_##module;
#include "consensus/exec/deadlines.def"
#undef D
    }
    return NULL;
}

/* The first deadline of a clock, if it is due. */
static bool first_due(struct weal_ctx *c, enum weal_clock clock, uint64_t now, struct weal_key *key,
                      struct weal_st_deadline *out) {
    struct weal_key prefix = weal_key(WEAL_T_DEADLINE);
    weal_key_u8(&prefix, (uint8_t)clock);
    struct weal_bytes v;
    *key = prefix;
    if (!weal_next(c, &prefix, key, &v)) return false;
    if (key->n != 18 || weal_be64(key->b + 2) > now) return false;
    struct weal_rd r = weal_rd(v);
    weal_st_deadline_get(&r, out);
    if (weal_rd_done(&r)) return true;
    c->err = WEAL_ERR_CORRUPT;
    return false;
}

bool weal_deadline_waits(struct weal_ctx *c, enum weal_clock clock, bool at_any) {
    struct weal_key key;
    struct weal_st_deadline d;
    uint64_t now = clock == WEAL_CLOCK_TIME ? c->now_ms : c->height;
    return first_due(c, clock, at_any ? UINT64_MAX : now, &key, &d);
}

void weal_deadlines_run(struct weal_ctx *c) {
    unsigned left = WEAL_EXEC_DEADLINES_MAX;
    for (unsigned clock = 0; clock <= WEAL_CLOCK_LATER; clock++) {
        uint64_t now = clock == WEAL_CLOCK_TIME ? c->now_ms : c->height;
        struct weal_key key;
        struct weal_st_deadline d;
        while (left != 0 && c->err == WEAL_OK &&
               first_due(c, (enum weal_clock)clock, now, &key, &d)) {
            uint8_t what[120];
            size_t n = d.what.n;
            memcpy(what, d.what.p, n);
            const struct weal_mod *m = module_of(d.kind);
            weal_drop(c, &key);
            WEAL_ASSERT(m && m->due);
            m->due(c, (enum weal_deadline)d.kind, weal_bytes(what, n));
            unsigned cost = d.kind == WEAL_D_DEAL ? DEAL_COST : 1;
            left -= cost < left ? cost : left;
        }
    }
}
