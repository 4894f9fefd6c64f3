/* SPDX-License-Identifier: ISC */
/* Validator sets: order, hash, quorum, leader table. */
#include "consensus/light/set.h"

#include "consensus/draw.h"
#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"

enum weal_verdict weal_set_check(struct weal_set *s) {
    if (s->n < 1 || s->n > WEAL_SET_MAX) return WEAL_V_SET_SIZE;
    uint64_t total = 0;
    for (uint16_t i = 0; i < s->n; i++) {
        const struct weal_validator *v = &s->v[i];
        if (i != 0 && memcmp(s->v[i - 1].seat, v->seat, 32) >= 0) return WEAL_V_SET_ORDER;
        if (weal_set_find_var(s, v->account) != i) return WEAL_V_SET_ACCOUNT;
        if (v->weight < 1 || v->weight >= WEAL_SET_WEIGHT_MAX - total) return WEAL_V_SET_WEIGHT;
        total += v->weight;
    }
    s->total = total;
    return WEAL_ACCEPT;
}

void weal_set_hash(uint8_t out[32], const struct weal_set *s) {
    uint8_t flat[WEAL_SET_MAX * 72];
    WEAL_ASSERT(s->n <= WEAL_SET_MAX);
    struct weal_wr w = weal_wr(flat, sizeof flat);
    for (uint16_t i = 0; i < s->n; i++) {
        weal_wr_copy(&w, s->v[i].account, 32);
        weal_wr_copy(&w, s->v[i].seat, 32);
        weal_wr_u64(&w, s->v[i].weight);
    }
    weal_hash256_one(out, WEAL_TAG_SET, weal_wr_done(&w));
}

uint64_t weal_set_quorum(uint64_t total) {
    WEAL_ASSERT(total < WEAL_SET_WEIGHT_MAX);
    return 2 * total / 3 + 1; /* rounded down, then more than it */
}

uint16_t weal_set_find_var(const struct weal_set *s, const uint8_t account[32]) {
    for (uint16_t i = 0; i < s->n; i++)
        if (memcmp(s->v[i].account, account, 32) == 0) return i;
    return WEAL_SET_NOBODY;
}

/* Slots of each validator by largest remainder; they add up to WEAL_LEADER_SLOTS. */
static void leader_shares(uint16_t share[WEAL_SET_MAX], const struct weal_set *s) {
    uint64_t rest[WEAL_SET_MAX];
    unsigned given = 0;
    for (uint16_t i = 0; i < s->n; i++) {
        uint64_t scaled = s->v[i].weight * WEAL_LEADER_SLOTS;
        share[i] = (uint16_t)(scaled / s->total); /* rounded down */
        rest[i] = scaled % s->total;
        given += share[i];
    }
    for (; given < WEAL_LEADER_SLOTS; given++) {
        uint16_t best = 0;
        for (uint16_t i = 1; i < s->n; i++)
            if (rest[i] > rest[best]) best = i;
        share[best]++;
        rest[best] = 0;
    }
}

void weal_set_leaders(uint16_t table[WEAL_LEADER_SLOTS], const struct weal_set *s, uint32_t term,
                      const uint8_t beacon[32]) {
    uint16_t share[WEAL_SET_MAX], slot = 0;
    WEAL_ASSERT(s->n >= 1 && s->n <= WEAL_SET_MAX && s->total >= 1);
    leader_shares(share, s);
    for (uint16_t i = 0; i < s->n; i++)
        for (uint16_t k = 0; k < share[i]; k++) table[slot++] = i;
    uint8_t text[32];
    struct weal_wr purpose = weal_wr(text, sizeof text);
    weal_wr_text(&purpose, "leader/");
    weal_wr_dec(&purpose, term);
    struct weal_draw draw;
    weal_draw_init(&draw, beacon, weal_wr_done(&purpose));
    weal_draw_shuffle_var(&draw, table, WEAL_LEADER_SLOTS, sizeof *table);
}

/* ---- weights ---- */

enum { CAP_SEATS = 10 };

static bool cap_holds(const uint64_t *bonds, unsigned n, uint64_t cap) {
    uint64_t sum = 0, ten;
    for (unsigned i = 0; i < n; i++) sum += bonds[i] < cap ? bonds[i] : cap;
    return !__builtin_mul_overflow(cap, (uint64_t)CAP_SEATS, &ten) && ten <= sum;
}

void weal_set_weights(const uint64_t *bonds, uint64_t *weights, unsigned n) {
    uint64_t total = 0;
    if (n < CAP_SEATS) {
        for (unsigned i = 0; i < n; i++) weights[i] = 1;
        return;
    }
    /* 10 c <= sum min(bond, c) holds from 0 up to one largest c: the sum is concave in c */
    uint64_t low = 0, high = UINT64_MAX / CAP_SEATS;
    while (low < high) {
        uint64_t mid = low + (high - low + 1) / 2;
        if (cap_holds(bonds, n, mid)) {
            low = mid;
        } else {
            high = mid - 1;
        }
    }
    for (unsigned i = 0; i < n; i++) {
        weights[i] = bonds[i] < low ? bonds[i] : low;
        total += weights[i];
    }
    unsigned shift = 0;
    while (total >> shift >= WEAL_SET_WEIGHT_MAX / 2) shift++;
    for (unsigned i = 0; i < n; i++) {
        weights[i] >>= shift;
        if (weights[i] == 0) weights[i] = 1;
    }
}
