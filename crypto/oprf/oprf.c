/* SPDX-License-Identifier: ISC */
/* RFC 9497 in the order of its sections. Hashing into the group is RFC 9380's expand_message_xmd
 * for 64 bytes, which is one block of SHA-512. */
#include "crypto/oprf/oprf.h"

#include <sodium.h>

#include "crypto/ring/ring.h"
#include "crypto/ring/secret.h"

#define CONTEXT "OPRFV1-\x01-ristretto255-SHA512"
#define TAG_GROUP "HashToGroup-" CONTEXT
#define TAG_SCALAR "HashToScalar-" CONTEXT
#define TAG_DERIVE "DeriveKeyPair" CONTEXT
#define TAG_SEED "Seed-" CONTEXT

typedef crypto_hash_sha512_state sha;

static void add(sha *h, const void *p, size_t n) {
    if (n != 0) crypto_hash_sha512_update(h, p, n);
}
static void add_u16(sha *h, size_t n) {
    const uint8_t b[2] = {(uint8_t)(n >> 8), (uint8_t)n};
    add(h, b, 2);
}
static void add_framed(sha *h, const void *p, size_t n) {
    add_u16(h, n);
    add(h, p, n);
}

/* expand_message_xmd to 64 bytes: open, add the message, close. */
static void expand_open(sha *h) {
    static const uint8_t pad[128];
    crypto_hash_sha512_init(h);
    add(h, pad, sizeof pad);
}
static void expand_close(sha *h, uint8_t out[64], const char *tag, size_t tag_n) {
    const uint8_t length_zero[3] = {0, 64, 0}, one = 1, tag_length = (uint8_t)tag_n;
    uint8_t first[64];
    add(h, length_zero, 3);
    add(h, tag, tag_n);
    add(h, &tag_length, 1);
    crypto_hash_sha512_final(h, first);
    crypto_hash_sha512_init(h);
    add(h, first, 64);
    add(h, &one, 1);
    add(h, tag, tag_n);
    add(h, &tag_length, 1);
    crypto_hash_sha512_final(h, out);
    sodium_memzero(first, sizeof first);
    sodium_memzero(h, sizeof *h);
}
static void close_scalar(sha *h, uint8_t out[32], const char *tag, size_t tag_n) {
    uint8_t wide[64];
    expand_close(h, wide, tag, tag_n);
    crypto_core_ristretto255_scalar_reduce(out, wide);
    sodium_memzero(wide, sizeof wide);
}

static enum weal_verdict group_of(uint8_t out[32], struct weal_bytes input) {
    sha h;
    uint8_t wide[64];
    if (input.n > WEAL_OPRF_INPUT_MAX) return WEAL_V_LENGTH;
    expand_open(&h);
    add(&h, input.p, input.n);
    expand_close(&h, wide, TAG_GROUP, sizeof TAG_GROUP - 1);
    crypto_core_ristretto255_from_hash(out, wide);
    sodium_memzero(wide, sizeof wide);
    bool zero = weal_is_zero32(out);
    SECRET_DECLASSIFY(&zero, sizeof zero); /* nobody knows an input for which it is true */
    return zero ? WEAL_V_IDENTITY : WEAL_ACCEPT;
}

/* Whether a secret is a scalar above 0 may be known: it always is, and the caller is told. */
static bool secret_good(const uint8_t x[32]) {
    bool good = weal_secret_valid(x);
    SECRET_DECLASSIFY(&good, sizeof good);
    return good;
}

static enum weal_verdict point_check(const uint8_t p[32]) {
    enum weal_verdict v = weal_point_form_check(p);
    if (v != WEAL_ACCEPT) return v;
    return crypto_core_ristretto255_is_valid_point(p) ? WEAL_ACCEPT : WEAL_V_POINT;
}

/* scalar * point; the identity is its own encoding, 32 zero bytes, whatever libsodium returns. */
static void mul(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32]) {
    uint8_t r[32];
    int identity = crypto_scalarmult_ristretto255(r, scalar, point);
    SECRET_DECLASSIFY(&identity, sizeof identity); /* never of a secret: the order is a prime */
    if (identity != 0) memset(r, 0, 32);
    memcpy(out, r, 32);
    sodium_memzero(r, sizeof r);
}
static void mul_add(uint8_t sum[32], const uint8_t scalar[32], const uint8_t point[32]) {
    uint8_t r[32];
    mul(r, scalar, point);
    crypto_core_ristretto255_add(sum, sum, r);
}

enum weal_verdict weal_oprf_key_derive(uint8_t key[32], uint8_t public_key[32],
                                       const uint8_t seed[32], struct weal_bytes info) {
    if (info.n > 65535) return WEAL_V_LENGTH;
    for (unsigned i = 0; i < 256; i++) {
        const uint8_t counter = (uint8_t)i;
        sha h;
        expand_open(&h);
        add(&h, seed, 32);
        add_framed(&h, info.p, info.n);
        add(&h, &counter, 1);
        close_scalar(&h, key, TAG_DERIVE, sizeof TAG_DERIVE - 1);
        if (weal_human_key(public_key, key)) return WEAL_ACCEPT;
    }
    return WEAL_V_SCALAR;
}

enum weal_verdict weal_oprf_blind(uint8_t blinded[32], struct weal_bytes input,
                                  const uint8_t blind[32]) {
    uint8_t p[32];
    enum weal_verdict v = group_of(p, input);
    if (v == WEAL_ACCEPT && !secret_good(blind)) v = WEAL_V_SCALAR;
    if (v == WEAL_ACCEPT)
        mul(blinded, blind, p);
    else
        memset(blinded, 0, 32);
    sodium_memzero(p, sizeof p);
    return v;
}

/* Section 2.2.1. m = sum of d_i * blinded_i, z = the same of evaluated when it is given. */
static void composites(uint8_t m[32], uint8_t *z, const uint8_t public_key[32],
                       const uint8_t (*blinded)[32], const uint8_t (*evaluated)[32], size_t n) {
    sha h;
    uint8_t seed[64], d[32];
    crypto_hash_sha512_init(&h);
    add_framed(&h, public_key, 32);
    add_framed(&h, TAG_SEED, sizeof TAG_SEED - 1);
    crypto_hash_sha512_final(&h, seed);
    memset(m, 0, 32);
    if (z) memset(z, 0, 32);
    for (size_t i = 0; i < n; i++) {
        expand_open(&h);
        add_framed(&h, seed, 64);
        add_u16(&h, i);
        add_framed(&h, blinded[i], 32);
        add_framed(&h, evaluated[i], 32);
        add(&h, "Composite", 9);
        close_scalar(&h, d, TAG_SCALAR, sizeof TAG_SCALAR - 1);
        mul_add(m, d, blinded[i]);
        if (z) mul_add(z, d, evaluated[i]);
    }
}

static void challenge(uint8_t c[32], const uint8_t public_key[32], const uint8_t m[32],
                      const uint8_t z[32], const uint8_t t2[32], const uint8_t t3[32]) {
    sha h;
    expand_open(&h);
    add_framed(&h, public_key, 32);
    add_framed(&h, m, 32);
    add_framed(&h, z, 32);
    add_framed(&h, t2, 32);
    add_framed(&h, t3, 32);
    add(&h, "Challenge", 9);
    close_scalar(&h, c, TAG_SCALAR, sizeof TAG_SCALAR - 1);
}

enum weal_verdict weal_oprf_evaluate(uint8_t (*evaluated)[32], uint8_t proof[64],
                                     const uint8_t (*blinded)[32], size_t n, const uint8_t key[32],
                                     const uint8_t public_key[32], const uint8_t nonce[32]) {
    uint8_t m[32], z[32], t2[32], t3[32], ck[32];
    memset(proof, 0, 64);
    if (n == 0 || n > WEAL_OPRF_BATCH_MAX) return WEAL_V_LENGTH;
    memset(evaluated, 0, 32 * n);
    if (!secret_good(key) || !secret_good(nonce)) return WEAL_V_SCALAR;
    for (size_t i = 0; i < n; i++) {
        enum weal_verdict v = point_check(blinded[i]);
        if (v != WEAL_ACCEPT) return v;
    }
    for (size_t i = 0; i < n; i++) mul(evaluated[i], key, blinded[i]);
    composites(m, NULL, public_key, blinded, (const uint8_t(*)[32])evaluated, n);
    mul(z, key, m);
    crypto_scalarmult_ristretto255_base(t2, nonce);
    mul(t3, nonce, m);
    challenge(proof, public_key, m, z, t2, t3);
    crypto_core_ristretto255_scalar_mul(ck, proof, key);
    crypto_core_ristretto255_scalar_sub(proof + 32, nonce, ck);
    sodium_memzero(ck, sizeof ck);
    return WEAL_ACCEPT;
}

/* Below the order; zero is a scalar too. */
static bool scalar_good(const uint8_t s[32]) {
    return weal_is_zero32(s) || weal_secret_valid(s);
}

enum weal_verdict weal_oprf_check(const uint8_t (*blinded)[32], const uint8_t (*evaluated)[32],
                                  size_t n, const uint8_t public_key[32], const uint8_t proof[64]) {
    uint8_t m[32], z[32], t2[32], t3[32], c[32];
    enum weal_verdict v = point_check(public_key);
    if (n == 0 || n > WEAL_OPRF_BATCH_MAX) return WEAL_V_LENGTH;
    for (size_t i = 0; i < n && v == WEAL_ACCEPT; i++) {
        v = point_check(blinded[i]);
        if (v == WEAL_ACCEPT) v = point_check(evaluated[i]);
    }
    if (v != WEAL_ACCEPT) return v;
    if (!scalar_good(proof) || !scalar_good(proof + 32)) return WEAL_V_SCALAR;
    composites(m, z, public_key, blinded, evaluated, n);
    if (crypto_scalarmult_ristretto255_base(t2, proof + 32) != 0) memset(t2, 0, 32);
    mul_add(t2, proof, public_key);
    mul(t3, proof + 32, m);
    mul_add(t3, proof, z);
    challenge(c, public_key, m, z, t2, t3);
    return memcmp(c, proof, 32) == 0 ? WEAL_ACCEPT : WEAL_V_OPRF_PROOF;
}

static void output_of(uint8_t output[64], struct weal_bytes input, const uint8_t element[32]) {
    sha h;
    crypto_hash_sha512_init(&h);
    add_framed(&h, input.p, input.n);
    add_framed(&h, element, 32);
    add(&h, "Finalize", 8);
    crypto_hash_sha512_final(&h, output);
    sodium_memzero(&h, sizeof h);
}

enum weal_verdict weal_oprf_finalize(uint8_t output[64], struct weal_bytes input,
                                     const uint8_t blind[32], const uint8_t evaluated[32]) {
    uint8_t inverse[32], element[32];
    enum weal_verdict v = point_check(evaluated);
    memset(output, 0, 64);
    if (v != WEAL_ACCEPT) return v;
    if (input.n > WEAL_OPRF_INPUT_MAX) return WEAL_V_LENGTH;
    if (!secret_good(blind)) return WEAL_V_SCALAR;
    (void)!crypto_core_ristretto255_scalar_invert(inverse, blind); /* it is not zero */
    mul(element, inverse, evaluated);
    output_of(output, input, element);
    sodium_memzero(inverse, sizeof inverse);
    sodium_memzero(element, sizeof element);
    return WEAL_ACCEPT;
}

enum weal_verdict weal_oprf_output(uint8_t output[64], struct weal_bytes input,
                                   const uint8_t key[32]) {
    uint8_t element[32];
    enum weal_verdict v = group_of(element, input);
    memset(output, 0, 64);
    if (v == WEAL_ACCEPT && !secret_good(key)) v = WEAL_V_SCALAR;
    if (v == WEAL_ACCEPT) {
        mul(element, key, element);
        output_of(output, input, element);
    }
    sodium_memzero(element, sizeof element);
    return v;
}
