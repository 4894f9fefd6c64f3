/* SPDX-License-Identifier: ISC */
/* Seeded numbers for tests (splitmix64): one seed, one run. */
#ifndef WEAL_TESTS_SUPPORT_RNG_H
#define WEAL_TESTS_SUPPORT_RNG_H

#include <stdint.h>

static inline uint64_t test_rng(uint64_t *s) {
    uint64_t z = *s += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
/* 0..n-1 */
static inline uint64_t test_below(uint64_t *s, uint64_t n) {
    return test_rng(s) % n;
}

#endif
