/* SPDX-License-Identifier: ISC */
/* Ring proofs in numbers, for tests and benches: whole rings, every member of which proves once.
 * All follows from a seed; keys, nonces and messages are worth nothing. Heap; not for secrets. */
#ifndef WEAL_TESTS_SUPPORT_RINGSET_H
#define WEAL_TESTS_SUPPORT_RINGSET_H

#include "crypto/curve/curve.h"
#include "crypto/ring/ring.h"

/* A deterministic byte stream: SHA-512 of seed and counter. */
struct ringset_rng {
    uint64_t seed, count;
};
void ringset_bytes(struct ringset_rng *rng, void *out, size_t n);
uint32_t ringset_below(struct ringset_rng *rng, uint32_t n);
/* A scalar, neither 0 nor >= l. */
void ringset_scalar(struct ringset_rng *rng, uint8_t x[32]);
/* The encoding of a random element. */
void ringset_point(struct ringset_rng *rng, uint8_t p[32]);

struct ringset {
    uint32_t rings, r, per, proofs; /* proof i is by member i % per of ring i / per */
    uint16_t n, m;
    uint8_t shape;
    size_t proof_n;
    uint8_t (*keys)[32]; /* rings times r */
    struct weal_point96 *points;
    uint8_t (*secrets)[2][32]; /* from here on: one a proof */
    uint8_t (*tags)[32], (*nullifiers)[32], (*messages)[32];
    uint8_t *proof; /* proofs times proof_n bytes */
    struct weal_ring_statement *statements;
};

/* Fills set: `per` members of each ring prove, the other keys are random points. Two threads. */
void ringset_make(struct ringset *set, uint8_t shape, uint16_t n, uint16_t m, uint32_t r,
                  uint32_t rings, uint32_t per, uint64_t seed);
void ringset_free(struct ringset *set);
static inline struct weal_bytes ringset_proof(const struct ringset *set, uint32_t i) {
    return weal_bytes(set->proof + i * set->proof_n, set->proof_n);
}

#endif
