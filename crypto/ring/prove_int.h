/* SPDX-License-Identifier: ISC */
/* Private to the provers: scalars and points on secrets, all libsodium's constant-time code. Return
 * values of libsodium that depend on a secret are not looked at: the result bytes are right. */
#ifndef WEAL_CRYPTO_RING_PROVE_INT_H
#define WEAL_CRYPTO_RING_PROVE_INT_H

#include <sodium.h>

#include "crypto/ring/ring.h"
#include "crypto/ring/secret.h"

typedef struct {
    uint8_t b[32];
} secret_scalar;

/* Eight ones for 1, none for 0. Through an empty instruction, so that no compiler can know that a
 * mask has two values only, and branch on it (clang 14 does). */
static inline uint8_t secret_mask(uint8_t bit) {
    uint8_t mask = (uint8_t)(0u - bit);
    __asm__("" : "+r"(mask));
    return mask;
}
/* 1 if a == b, else 0. */
static inline uint8_t secret_equal(uint32_t a, uint32_t b) {
    uint32_t d = a ^ b;
    __asm__("" : "+r"(d));
    d = (d | (0u - d)) >> 31;
    __asm__("" : "+r"(d));
    return (uint8_t)(1 ^ d);
}

static inline void secret_mul(secret_scalar *out, const secret_scalar *a, const secret_scalar *b) {
    crypto_core_ristretto255_scalar_mul(out->b, a->b, b->b);
}
static inline void secret_add(secret_scalar *out, const secret_scalar *a, const secret_scalar *b) {
    crypto_core_ristretto255_scalar_add(out->b, a->b, b->b);
}
static inline void secret_sub(secret_scalar *out, const secret_scalar *a, const secret_scalar *b) {
    crypto_core_ristretto255_scalar_sub(out->b, a->b, b->b);
}
/* sum += s * base. base is public, s and sum are not. */
static inline void secret_addmul(uint8_t sum[32], const secret_scalar *s, const uint8_t base[32]) {
    uint8_t term[32];
    (void)!crypto_scalarmult_ristretto255(term, s->b, base);
    (void)!crypto_core_ristretto255_add(sum, sum, term);
    sodium_memzero(term, sizeof term);
}
/* sum += s * G, by libsodium's fixed-base tables. */
static inline void secret_addmul_base(uint8_t sum[32], const secret_scalar *s) {
    uint8_t term[32];
    (void)!crypto_scalarmult_ristretto255_base(term, s->b);
    (void)!crypto_core_ristretto255_add(sum, sum, term);
    sodium_memzero(term, sizeof term);
}

/* nonce-seed and nonce of SPEC.md, section 6.2. */
struct secret_nonces {
    uint8_t seed[64];
};
void secret_nonces_init(struct secret_nonces *s, const uint8_t *secret, size_t secret_n,
                        const uint8_t d[64], const uint8_t random[32]);
void secret_nonce(secret_scalar *out, const struct secret_nonces *s, const char *label,
                  uint32_t index);

#endif
