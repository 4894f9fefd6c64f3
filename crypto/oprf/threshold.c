/* SPDX-License-Identifier: ISC */
/* Polynomials in the exponent. Sums that can be the identity keep its encoding, 32 zero bytes. */
#include "crypto/oprf/threshold.h"

#include <sodium.h>

#include "crypto/hash/hash.h"
#include "crypto/ring/ring.h"

static void mul(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32]) {
    uint8_t r[32];
    if (crypto_scalarmult_ristretto255(r, scalar, point) != 0) memset(r, 0, 32);
    memcpy(out, r, 32);
}
static void small(uint8_t out[32], uint32_t v) {
    memset(out, 0, 32);
    weal_put_le32(out, v);
}
static bool index_good(uint32_t j) {
    return j >= 1 && j <= WEAL_SHARE_N_MAX;
}

enum weal_verdict weal_dealing_make(struct weal_dealing *out, const uint8_t (*coefficients)[32],
                                    uint32_t t) {
    memset(out, 0, sizeof *out);
    if (t == 0 || t > WEAL_SHARE_T_MAX) return WEAL_V_LENGTH;
    out->t = t;
    for (uint32_t k = 0; k < t; k++) {
        if (!weal_human_key(out->point[k], coefficients[k])) return WEAL_V_SCALAR;
    }
    return WEAL_ACCEPT;
}

void weal_dealing_share(uint8_t share[32], const uint8_t (*coefficients)[32], uint32_t t,
                        uint32_t j) {
    uint8_t at[32], sum[32];
    WEAL_ASSERT(index_good(j) && t >= 1 && t <= WEAL_SHARE_T_MAX);
    small(at, j);
    memcpy(sum, coefficients[t - 1], 32);
    for (uint32_t k = t - 1; k-- > 0;) {
        crypto_core_ristretto255_scalar_mul(sum, sum, at);
        crypto_core_ristretto255_scalar_add(sum, sum, coefficients[k]);
    }
    memcpy(share, sum, 32);
    sodium_memzero(sum, sizeof sum);
}

void weal_dealing_hash(uint8_t out[32], const struct weal_dealing *d, struct weal_bytes session) {
    uint8_t lengths[8];
    weal_put_le32(lengths, (uint32_t)session.n);
    weal_put_le32(lengths + 4, d->t);
    const struct weal_bytes parts[] = {WEAL_BYTES(lengths), session,
                                       weal_bytes(d->point, (size_t)32 * d->t)};
    weal_hash256(out, WEAL_TAG_DEALING, parts, 3);
}

enum weal_verdict weal_dealing_check(const struct weal_dealing *d, uint32_t t) {
    if (d->t != t || t == 0 || t > WEAL_SHARE_T_MAX) return WEAL_V_LENGTH;
    for (uint32_t k = 0; k < t; k++) {
        enum weal_verdict v = weal_point_form_check(d->point[k]);
        if (v != WEAL_ACCEPT) return v;
        if (!crypto_core_ristretto255_is_valid_point(d->point[k])) return WEAL_V_POINT;
    }
    return WEAL_ACCEPT;
}

void weal_share_commitment(uint8_t out[32], const struct weal_dealing *d, uint32_t j) {
    uint8_t at[32], sum[32];
    WEAL_ASSERT(index_good(j) && d->t >= 1 && d->t <= WEAL_SHARE_T_MAX);
    small(at, j);
    memcpy(sum, d->point[d->t - 1], 32);
    for (uint32_t k = d->t - 1; k-- > 0;) {
        mul(sum, at, sum);
        crypto_core_ristretto255_add(sum, sum, d->point[k]);
    }
    memcpy(out, sum, 32);
}

enum weal_verdict weal_dealing_share_check(const struct weal_dealing *d, uint32_t j,
                                           const uint8_t share[32]) {
    uint8_t mine[32], said[32];
    if (!index_good(j)) return WEAL_V_LENGTH;
    if (!weal_human_key(mine, share)) return WEAL_V_SCALAR;
    weal_share_commitment(said, d, j);
    return memcmp(mine, said, 32) == 0 ? WEAL_ACCEPT : WEAL_V_OPRF_SHARE;
}

void weal_dealing_add(struct weal_dealing *sum, const struct weal_dealing *more) {
    WEAL_ASSERT(sum->t == more->t && sum->t <= WEAL_SHARE_T_MAX);
    for (uint32_t k = 0; k < sum->t; k++) {
        crypto_core_ristretto255_add(sum->point[k], sum->point[k], more->point[k]);
    }
}

void weal_share_add(uint8_t sum[32], const uint8_t more[32]) {
    crypto_core_ristretto255_scalar_add(sum, sum, more);
}

void weal_dealing_scale(struct weal_dealing *d, const uint8_t weight[32]) {
    for (uint32_t k = 0; k < d->t; k++) mul(d->point[k], weight, d->point[k]);
}

void weal_share_scale(uint8_t share[32], const uint8_t weight[32]) {
    crypto_core_ristretto255_scalar_mul(share, share, weight);
}

/* Lagrange's coefficient of holder i at 0: product over k != i of j_k / (j_k - j_i). */
void weal_share_weight(uint8_t out[32], const uint32_t *holders, uint32_t t, uint32_t i) {
    uint8_t above[32], below[32], own[32], other[32], diff[32];
    small(above, 1);
    small(below, 1);
    small(own, holders[i]);
    for (uint32_t k = 0; k < t; k++) {
        if (k == i) continue;
        small(other, holders[k]);
        crypto_core_ristretto255_scalar_sub(diff, other, own);
        crypto_core_ristretto255_scalar_mul(above, above, other);
        crypto_core_ristretto255_scalar_mul(below, below, diff);
    }
    WEAL_ASSERT(crypto_core_ristretto255_scalar_invert(below, below) == 0); /* distinct indices */
    crypto_core_ristretto255_scalar_mul(out, above, below);
}

enum weal_verdict weal_oprf_combine(uint8_t evaluated[32], const uint32_t *holders,
                                    const uint8_t (*answers)[32], uint32_t t) {
    uint8_t sum[32] = {0}, term[32], scale[32];
    memset(evaluated, 0, 32);
    if (t == 0 || t > WEAL_SHARE_T_MAX) return WEAL_V_LENGTH;
    for (uint32_t i = 0; i < t; i++) {
        enum weal_verdict v = weal_point_form_check(answers[i]);
        if (!index_good(holders[i])) return WEAL_V_LENGTH;
        for (uint32_t k = 0; k < i; k++) {
            if (holders[k] == holders[i]) return WEAL_V_LENGTH;
        }
        if (v != WEAL_ACCEPT) return v;
        if (!crypto_core_ristretto255_is_valid_point(answers[i])) return WEAL_V_POINT;
    }
    for (uint32_t i = 0; i < t; i++) {
        weal_share_weight(scale, holders, t, i);
        mul(term, scale, answers[i]);
        crypto_core_ristretto255_add(sum, sum, term);
    }
    if (weal_is_zero32(sum)) return WEAL_V_IDENTITY;
    memcpy(evaluated, sum, 32);
    return WEAL_ACCEPT;
}
