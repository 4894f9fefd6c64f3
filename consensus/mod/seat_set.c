/* SPDX-License-Identifier: ISC */
/* Terms: the next set, silent seats.
 *
 * "Signed nothing in a whole term" is observed as "proposed nothing": signatures are not in blocks,
 * proposers are. A seat is judged only when its weight let it expect at least 32 turns, so that a
 * small one is never silenced by chance; and it is judged when the next set is fixed, 128 blocks
 * before the term's end. */
#include "consensus/mod/seat_int.h"

enum { TURNS_MIN = 32, SEATS_MIN = 4 };

struct weal_key weal_term_key(uint32_t term) {
    struct weal_key k = weal_key(WEAL_T_TERM);
    weal_key_u32(&k, term);
    return k;
}

/* ---- sets ---- */

bool weal_seat_set(struct weal_ctx *c, uint32_t term, struct weal_set *out) {
    struct weal_key k = weal_term_key(term);
    struct weal_st_term t;
    if (!weal_term_load(c, &k, &t)) return false;
    out->n = t.members_n;
    for (unsigned i = 0; i < t.members_n; i++) {
        memcpy(out->v[i].account, t.members[i].account, 32);
        memcpy(out->v[i].seat, t.members[i].seat, 32);
        out->v[i].weight = t.members[i].weight;
    }
    return weal_set_check(out) == WEAL_ACCEPT;
}

/* Proposed nothing, though its weight let it expect to. */
static bool silent_now(struct weal_ctx *c, const struct weal_set *now, const uint8_t seat[32]) {
    uint64_t weight = 0, blocks = c->height - (uint64_t)c->term * c->p.term_blocks;
    for (unsigned i = 0; i < now->n; i++) {
        if (memcmp(now->v[i].seat, seat, 32) == 0) weight = now->v[i].weight;
    }
    __extension__ typedef unsigned __int128 u128; /* factors under 2^53 and 2^24 */
    if (weight == 0 || (u128)weight * blocks < (u128)now->total * TURNS_MIN) return false;
    struct weal_key k = weal_key_of32(WEAL_T_PRESENCE, seat);
    struct weal_st_presence p;
    return !weal_presence_load(c, &k, &p) || p.term != c->term || p.blocks == 0;
}

/* All that may sit in the next set, at most WEAL_SET_MAX by bond, ordered by seat key; their weight
 * is the bond as yet. */
static unsigned candidates(struct weal_ctx *c, const struct weal_set *now,
                           struct weal_validator *out) {
    struct weal_key prefix = weal_key(WEAL_T_SEAT), k = prefix;
    struct weal_bytes v;
    unsigned n = 0;
    while (weal_next(c, &prefix, &k, &v)) {
        struct weal_st_seat s;
        const uint8_t *key = k.b + 1;
        if (!weal_seat_get(c, key, &s) || s.removed || weal_is_zero32(s.account)) continue;
        if (!s.silent && silent_now(c, now, key)) {
            struct weal_st_seat before = s;
            s.silent = 1;
            weal_seat_put(c, key, &before, &s);
        }
        if (s.silent || !weal_seat_holds(c, &s) || s.bond < c->p.bond_min_micro) continue;
        unsigned at = n;
        if (n == WEAL_SET_MAX) { /* full: the smallest bond makes room, ties to the lower key */
            at = 0;
            for (unsigned i = 1; i < n; i++) {
                if (out[i].weight <= out[at].weight) at = i;
            }
            if (out[at].weight >= s.bond) continue;
            memmove(&out[at], &out[at + 1], (n - at - 1) * sizeof *out);
            at = --n;
        }
        memcpy(out[at].account, s.account, 32);
        memcpy(out[at].seat, key, 32);
        out[at].weight = s.bond;
        n++;
    }
    return n;
}

static void fix_next(struct weal_ctx *c, const struct weal_set *now) {
    struct weal_set next;
    uint64_t bonds[WEAL_SET_MAX] = {0}, weights[WEAL_SET_MAX];
    next.n = (uint16_t)candidates(c, now, next.v);
    for (unsigned i = 0; i < next.n; i++) bonds[i] = next.v[i].weight;
    weal_set_weights(bonds, weights, next.n);
    for (unsigned i = 0; i < next.n; i++) next.v[i].weight = weights[i];
    if (next.n < SEATS_MIN || weal_set_check(&next) != WEAL_ACCEPT) next = *now;
    struct weal_st_term t = {.first = ((uint64_t)c->term + 1) * c->p.term_blocks + 1,
                             .members_n = next.n};
    weal_set_hash(t.set_hash, &next);
    for (unsigned i = 0; i < next.n; i++) {
        memcpy(t.members[i].account, next.v[i].account, 32);
        memcpy(t.members[i].seat, next.v[i].seat, 32);
        t.members[i].weight = next.v[i].weight;
    }
    struct weal_key k = weal_term_key(c->term + 1);
    weal_term_store(c, &k, &t);
}

/* ---- end of block ---- */

static void count_proposer(struct weal_ctx *c, const uint8_t seat[32]) {
    struct weal_key k = weal_key_of32(WEAL_T_PRESENCE, seat);
    struct weal_st_presence p;
    weal_presence_load(c, &k, &p);
    if (p.term != c->term) p = (struct weal_st_presence){.term = c->term, .blocks = 0};
    p.blocks++;
    weal_presence_store(c, &k, &p);
}

static void end_term(struct weal_ctx *c) {
    struct weal_key k = weal_term_key(c->term), nk = weal_term_key(c->term + 1);
    struct weal_st_term t;
    if (weal_term_load(c, &k, &t)) {
        t.end_ms = c->now_ms;
        weal_term_store(c, &k, &t);
    }
    if (weal_term_load(c, &nk, &t)) {
        memcpy(t.beacon, c->chain.beacon, 32);
        weal_term_store(c, &nk, &t);
    }
}

void weal_seat_end(struct weal_ctx *c, const struct weal_header *h) {
    struct weal_set now;
    uint64_t in_term = (c->height - 1) % c->p.term_blocks + 1;
    uint64_t freeze = c->p.term_blocks - c->p.freeze_blocks;
    if (!weal_seat_set(c, c->term, &now) || h->proposer >= now.n) return;
    count_proposer(c, now.v[h->proposer].seat);
    if (in_term == freeze) fix_next(c, &now);
    if (in_term == c->p.term_blocks) end_term(c);
}
