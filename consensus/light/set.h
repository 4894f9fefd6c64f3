/* SPDX-License-Identifier: ISC */
/* A term's validator set: who may vote and with what weight. Ordered by seat-key bytes, rising and
 * distinct; its hash stands in every header. Pure; any thread. */
#ifndef WEAL_CONSENSUS_LIGHT_SET_H
#define WEAL_CONSENSUS_LIGHT_SET_H

#include "crypto/base/bytes.h"
#include "crypto/base/verdict.h"

enum {
    WEAL_SET_MAX = 128, /* validators in a term */
    WEAL_LEADER_SLOTS = 1024,
    WEAL_SET_NOBODY = 0xffff, /* index of one who is not in the set */
};
/* Total weight stays under this, so that weight * 1024 fits 64 bits. */
#define WEAL_SET_WEIGHT_MAX (UINT64_C(1) << 53)

struct weal_validator {
    uint8_t account[32]; /* BIP340 key: signs votes */
    uint8_t seat[32];    /* ristretto255 key: beacon tags; orders the set */
    uint64_t weight;     /* at least 1 */
};

struct weal_set {
    uint16_t n; /* 1..WEAL_SET_MAX */
    struct weal_validator v[WEAL_SET_MAX];
    uint64_t total; /* sum of the weights; filled by weal_set_check */
};

/* Accepts a set that is ordered, distinct, of weights >= 1 whose sum is under the limit, and fills
 * total. The verdict names what is wrong. */
enum weal_verdict weal_set_check(struct weal_set *s);

/* BLAKE2b-256 ("weal/validators") over (account, seat, weight u64) in order. */
void weal_set_hash(uint8_t out[32], const struct weal_set *s);

/* The least weight that is more than two thirds of the total: floor(2W/3) + 1. */
uint64_t weal_set_quorum(uint64_t total);

/* Weights of n bonds (at least 1 each on return): 1 under ten seats, else min(bond, c), c the
 * largest integer with 10 c <= sum min(bond, c); halved until the total is under the set's limit.
 */
void weal_set_weights(const uint64_t *bonds, uint64_t *weights, unsigned n);

/* Index of the validator with this account key, or WEAL_SET_NOBODY. Variable time. */
uint16_t weal_set_find_var(const struct weal_set *s, const uint8_t account[32]);

/* Fills the leader table of a term: slots by largest remainder of the weights (ties to the lower
 * index), shuffled by the draw with purpose "leader/<term>" and the beacon at the term's start.
 * leader(view) = table[view mod 1024]. The set must have passed weal_set_check. */
void weal_set_leaders(uint16_t table[WEAL_LEADER_SLOTS], const struct weal_set *s, uint32_t term,
                      const uint8_t beacon[32]);

#endif
