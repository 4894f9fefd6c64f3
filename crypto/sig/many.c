/* SPDX-License-Identifier: ISC */
/* BIP340, Batch Verification: signatures (R, s) of P on m hold together iff
 *
 *     (sum of a s) G = sum of a R + sum of (a e) P,    e = H(R, P, m),
 *
 * with weights a that the signers could not know: here odd numbers of 128 bits, a hash of all that
 * is verified.
 * The group's order is prime, so there is no cofactor about which one and many could disagree; a
 * sum that holds by chance is one in 2^127. A sum that does not hold says nothing of the single
 * ones: those are then asked of libsecp256k1, one by one, and its word is what is given. */
#include "crypto/sig/sig.h"

#include "crypto/curve/curve.h"
#include "crypto/hash/hash.h"
#include "crypto/sig/many_int.h"

enum { FEW = 4 }; /* below, one by one is cheaper */

__extension__ typedef unsigned __int128 u128;

static const uint64_t prime[4] = {0xfffffffefffffc2f, UINT64_MAX, UINT64_MAX, UINT64_MAX};
static const uint64_t order[4] = {0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe,
                                  UINT64_MAX};
static const uint64_t order_c[3] = {0x402da1732fc9bebf, 0x4551231950b75fc4, 1}; /* 2^256 - order */

/* Big endian; false unless below m. */
static bool number_load(uint64_t out[4], const uint8_t in[32], const uint64_t m[4]) {
    for (int i = 0; i < 4; i++) out[i] = weal_be64(in + 24 - 8 * i);
    for (int i = 3; i >= 0; i--)
        if (out[i] != m[i]) return out[i] < m[i];
    return false;
}

/* r mod order, for r of six words. Each round brings what is above 2^256 down by 127 bits or to a
 * last carry, so there are at most three. */
static void order_reduce(uint64_t out[4], uint64_t r[6]) {
    while ((r[4] | r[5]) != 0) {
        uint64_t high[2] = {r[4], r[5]};
        r[4] = r[5] = 0;
        for (int i = 0; i < 2; i++) {
            u128 c = 0;
            for (int k = 0; k < 6 - i; k++) {
                c += (u128)r[i + k] + (k < 3 ? (u128)high[i] * order_c[k] : 0);
                r[i + k] = (uint64_t)c;
                c >>= 64;
            }
        }
    }
    uint64_t less[4];
    u128 borrow = 0;
    for (int i = 0; i < 4; i++) {
        u128 d = (u128)r[i] - order[i] - borrow;
        less[i] = (uint64_t)d;
        borrow = d >> 64 & 1;
    }
    memcpy(out, borrow != 0 ? r : less, 32);
}

/* a b mod order; a below 2^128 */
static void order_mul(uint64_t out[4], const uint64_t a[4], const uint64_t b[4]) {
    uint64_t r[6] = {0};
    for (int i = 0; i < 2; i++) {
        u128 c = 0;
        for (int k = 0; k < 4; k++) {
            c += (u128)a[i] * b[k] + r[i + k];
            r[i + k] = (uint64_t)c;
            c >>= 64;
        }
        r[i + 4] = (uint64_t)c;
    }
    order_reduce(out, r);
}

static void order_add(uint64_t sum[4], const uint64_t b[4]) {
    uint64_t r[6] = {0};
    u128 c = 0;
    for (int i = 0; i < 4; i++) {
        c += (u128)sum[i] + b[i];
        r[i] = (uint64_t)c;
        c >>= 64;
    }
    r[4] = (uint64_t)c;
    order_reduce(sum, r);
}

/* e; begun: a hash that has the tag in it already */
static void challenge(uint64_t e[4], const crypto_hash_sha256_state *begun,
                      const struct weal_sig_item *s) {
    crypto_hash_sha256_state st = *begun;
    uint8_t hash[32];
    uint64_t r[6] = {0};
    crypto_hash_sha256_update(&st, s->sig, 32);
    crypto_hash_sha256_update(&st, s->pub, 32);
    crypto_hash_sha256_update(&st, s->digest, 32);
    crypto_hash_sha256_final(&st, hash);
    for (int i = 0; i < 4; i++) r[i] = weal_be64(hash + 24 - 8 * i);
    order_reduce(e, r);
}

/* Weights from everything in the group. They are odd: none is 0, and nothing passed over. */
static void weights(struct sig_group *g, const struct weal_sig_item *item) {
    struct weal_transcript t;
    uint8_t seed[64], four[64];
    weal_transcript_init(&t, "sig-weights");
    weal_transcript_open(&t, "signatures", g->n * (64 + 32 + 32));
    for (size_t i = 0; i < g->n; i++) {
        weal_transcript_more(&t, item[i].sig, 64);
        weal_transcript_more(&t, item[i].digest, 32);
        weal_transcript_more(&t, item[i].pub, 32);
    }
    weal_transcript_final(&t, seed);
    for (size_t i = 0; i < g->n; i++) {
        if (i % 4 == 0) {
            weal_transcript_init(&t, "sig-weights");
            weal_transcript_frame(&t, "seed", seed, sizeof seed);
            weal_transcript_frame_u32(&t, "at", (uint32_t)i);
            weal_transcript_final(&t, four);
        }
        g->weight[i][0] = weal_le64(four + 16 * (i % 4)) | 1;
        g->weight[i][1] = weal_le64(four + 16 * (i % 4) + 8);
        g->weight[i][2] = g->weight[i][3] = 0;
    }
}

bool sig_group_var(const struct weal_sig_item *item, size_t n) {
    struct sig_group g;
    uint64_t total[4] = {0}, s[4], e[4];
    uint8_t bytes[32], xy[64];
    crypto_hash_sha256_state begun;
    if (n == 0 || n > SIG_GROUP || weal_curve_level() != WEAL_CURVE_IFMA) return false;
    g.n = n;
    sig_tag_begin(&begun, "BIP0340/challenge");
    weights(&g, item);
    for (size_t i = 0; i < n; i++) {
        if (!number_load(g.rx[i], item[i].sig, prime) ||
            !number_load(g.px[i], item[i].pub, prime) || !number_load(s, item[i].sig + 32, order)) {
            return false;
        }
        order_mul(s, g.weight[i], s);
        order_add(total, s);
        challenge(e, &begun, &item[i]);
        order_mul(g.k[i], g.weight[i], e);
    }
    for (int i = 0; i < 4; i++) weal_put_be64(bytes + 24 - 8 * i, total[i]);
    if (!sig_base_mul(xy, bytes)) return false; /* 0: never seen */
    (void)number_load(g.sum[0], xy, prime);
    (void)number_load(g.sum[1], xy + 32, prime);
    return sig_group_holds_ifma(&g);
}

bool weal_sig_verify_many_var(bool *ok, const struct weal_sig_item *item, size_t n) {
    bool all = true;
    for (size_t from = 0, to; from < n; from = to) {
        to = n - from < SIG_GROUP ? n : from + SIG_GROUP;
        bool hold = to - from >= FEW && sig_group_var(item + from, to - from);
        for (size_t i = from; i < to; i++) {
            ok[i] = hold || weal_sig_verify_var(item[i].sig, item[i].digest, item[i].pub);
            all &= ok[i];
        }
    }
    return all;
}
