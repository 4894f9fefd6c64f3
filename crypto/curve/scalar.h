/* SPDX-License-Identifier: ISC */
/* Integers mod l = 2^252 + 27742317777372353535851937790883648493, the order of ristretto255, for
 * public data: VARIABLE TIME. Secret scalars belong to libsodium's
 * crypto_core_ristretto255_scalar_*.
 *
 * A weal_scalar always holds the canonical value, w[0] + 2^64 w[1] + ... < l; every function takes
 * and gives canonical values, so equality is equality of words. Outputs may be inputs.
 * Pure; any thread. */
#ifndef WEAL_CRYPTO_CURVE_SCALAR_H
#define WEAL_CRYPTO_CURVE_SCALAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/base/bug.h"

struct weal_scalar {
    uint64_t w[4];
};

/* Strict: false, and out = 0, when the 32 little-endian bytes are >= l. Zero is accepted. */
bool weal_scalar_decode_var(struct weal_scalar *out, const uint8_t b[32]) WEAL_MUST_USE;
void weal_scalar_encode(uint8_t out[32], const struct weal_scalar *a);
/* 64 little-endian bytes mod l: how every challenge is made (SPEC, hash_to_scalar). */
void weal_scalar_reduce64_var(struct weal_scalar *out, const uint8_t b[64]);
/* 16 little-endian bytes: the weights of a batch. */
void weal_scalar_from128(struct weal_scalar *out, const uint8_t b[16]);
void weal_scalar_from_u64(struct weal_scalar *out, uint64_t v);

void weal_scalar_add_var(struct weal_scalar *out, const struct weal_scalar *a,
                         const struct weal_scalar *b);
void weal_scalar_sub_var(struct weal_scalar *out, const struct weal_scalar *a,
                         const struct weal_scalar *b);
void weal_scalar_neg_var(struct weal_scalar *out, const struct weal_scalar *a);
void weal_scalar_mul_var(struct weal_scalar *out, const struct weal_scalar *a,
                         const struct weal_scalar *b);
/* out = a b + c, one reduction. */
void weal_scalar_muladd_var(struct weal_scalar *out, const struct weal_scalar *a,
                            const struct weal_scalar *b, const struct weal_scalar *c);
/* out = 1/a; a must not be 0 (asserted). */
void weal_scalar_invert_var(struct weal_scalar *out, const struct weal_scalar *a);

static inline bool weal_scalar_is_zero_var(const struct weal_scalar *a) {
    return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}
static inline bool weal_scalar_equal_var(const struct weal_scalar *a, const struct weal_scalar *b) {
    return a->w[0] == b->w[0] && a->w[1] == b->w[1] && a->w[2] == b->w[2] && a->w[3] == b->w[3];
}

#endif
