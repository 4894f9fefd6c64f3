/* SPDX-License-Identifier: ISC */
/* Scalars mod l = 2^252 + c, c < 2^125: a product is reduced by folding with 2^252 = -c, three
 * times, which needs no tables and no other form of a scalar. */
#include "crypto/curve/scalar.h"

#include "crypto/base/bytes.h"

__extension__ typedef unsigned __int128 u128;

static const uint64_t ell[4] = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};
enum { TOP_BITS = 60 }; /* of word 3 below 2^252 */
#define TOP_MASK ((UINT64_C(1) << TOP_BITS) - 1)

/* r = a + b, the carry out */
static inline uint64_t add4(uint64_t r[4], const uint64_t a[4], const uint64_t b[4]) {
    u128 t = 0;
    for (int i = 0; i < 4; i++) {
        t += (u128)a[i] + b[i];
        r[i] = (uint64_t)t;
        t >>= 64;
    }
    return (uint64_t)t;
}

/* r = a - b, the borrow out */
static inline uint64_t sub4(uint64_t r[4], const uint64_t a[4], const uint64_t b[4]) {
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        u128 t = (u128)a[i] - b[i] - borrow;
        r[i] = (uint64_t)t;
        borrow = (uint64_t)(t >> 64) & 1;
    }
    return borrow;
}

static inline bool below_ell(const uint64_t a[4]) {
    uint64_t t[4];
    return sub4(t, a, ell) == 1;
}

/* r[0..n+1] = a[0..n-1] * c */
static inline void mul_c(uint64_t *r, const uint64_t *a, int n) {
    u128 t = 0;
    for (int i = 0; i < n; i++) {
        t += (u128)a[i] * ell[0];
        r[i] = (uint64_t)t;
        t >>= 64;
    }
    r[n] = (uint64_t)t;
    t = 0;
    for (int i = 0; i < n; i++) {
        t += (u128)a[i] * ell[1] + r[i + 1];
        r[i + 1] = (uint64_t)t;
        t >>= 64;
    }
    r[n + 1] = (uint64_t)t;
}

/* hi[0..n-4] = x[0..n-1] >> 252, lo = x mod 2^252; n > 4 */
static inline void split252(uint64_t *hi, uint64_t lo[4], const uint64_t *x, int n) {
    for (int i = 3; i < n; i++)
        hi[i - 3] = x[i] >> TOP_BITS | (i + 1 < n ? x[i + 1] << (64 - TOP_BITS) : 0);
    memcpy(lo, x, 3 * sizeof *x);
    lo[3] = x[3] & TOP_MASK;
}

/* out = x mod l for any x < 2^512.
 * x = h 2^252 + x0 = x0 - h c, h < 2^260; h c = y < 2^385 = y0 - i c, i < 2^133; i c = z < 2^258
 * = z0 - j c, j < 2^6. So x = x0 - y0 + z0 - j c, which lies above -2^252 - 2^131 and below 2^253;
 * adding 2l makes it positive and below 2^255. */
static void reduce512(struct weal_scalar *out, const uint64_t x[8]) {
    uint64_t h[5], x0[4], y[7], i[4], y0[4], z[5], j[2], z0[4], jc[4] = {0};
    split252(h, x0, x, 8);
    mul_c(y, h, 5);
    split252(i, y0, y, 7);
    mul_c(z, i, 3); /* i[3] is 0: y < 2^385 */
    split252(j, z0, z, 5);
    mul_c(jc, j, 1);
    static const uint64_t ell2[4] = {0xb024c634b9eba7da, 0x29bdf3bd45ef39ac, 0, 0x2000000000000000};
    uint64_t r[4];
    add4(r, x0, z0);
    add4(r, r, ell2);
    sub4(r, r, y0);
    sub4(r, r, jc);
    uint64_t t[4];
    while (sub4(t, r, ell) == 0) memcpy(r, t, sizeof r);
    memcpy(out->w, r, sizeof r);
}

bool weal_scalar_decode_var(struct weal_scalar *out, const uint8_t b[32]) {
    struct weal_scalar s = {{weal_le64(b), weal_le64(b + 8), weal_le64(b + 16), weal_le64(b + 24)}};
    bool ok = below_ell(s.w);
    *out = ok ? s : (struct weal_scalar){{0}};
    return ok;
}

void weal_scalar_encode(uint8_t out[32], const struct weal_scalar *a) {
    for (int i = 0; i < 4; i++) weal_put_le64(out + 8 * i, a->w[i]);
}

void weal_scalar_reduce64_var(struct weal_scalar *out, const uint8_t b[64]) {
    uint64_t x[8];
    for (int i = 0; i < 8; i++) x[i] = weal_le64(b + 8 * i);
    reduce512(out, x);
}

void weal_scalar_from128(struct weal_scalar *out, const uint8_t b[16]) {
    *out = (struct weal_scalar){{weal_le64(b), weal_le64(b + 8), 0, 0}};
}

void weal_scalar_from_u64(struct weal_scalar *out, uint64_t v) {
    *out = (struct weal_scalar){{v, 0, 0, 0}};
}

void weal_scalar_add_var(struct weal_scalar *out, const struct weal_scalar *a,
                         const struct weal_scalar *b) {
    uint64_t t[4];
    add4(t, a->w, b->w); /* < 2^254 */
    if (sub4(out->w, t, ell) == 1) memcpy(out->w, t, sizeof t);
}

void weal_scalar_sub_var(struct weal_scalar *out, const struct weal_scalar *a,
                         const struct weal_scalar *b) {
    if (sub4(out->w, a->w, b->w) == 1) add4(out->w, out->w, ell);
}

void weal_scalar_neg_var(struct weal_scalar *out, const struct weal_scalar *a) {
    if (weal_scalar_is_zero_var(a))
        *out = *a;
    else
        sub4(out->w, ell, a->w);
}

static inline void mul_wide(uint64_t x[8], const uint64_t a[4], const uint64_t b[4],
                            const uint64_t plus[4]) {
    memcpy(x, plus, 4 * sizeof *x);
    for (int i = 0; i < 4; i++) {
        u128 t = 0;
        for (int k = 0; k < 4; k++) {
            t += (u128)a[i] * b[k] + x[i + k];
            x[i + k] = (uint64_t)t;
            t >>= 64;
        }
        x[i + 4] = (uint64_t)t;
    }
}

void weal_scalar_mul_var(struct weal_scalar *out, const struct weal_scalar *a,
                         const struct weal_scalar *b) {
    static const uint64_t zero[4];
    uint64_t x[8];
    mul_wide(x, a->w, b->w, zero);
    reduce512(out, x);
}

void weal_scalar_muladd_var(struct weal_scalar *out, const struct weal_scalar *a,
                            const struct weal_scalar *b, const struct weal_scalar *c) {
    uint64_t x[8];
    mul_wide(x, a->w, b->w, c->w);
    reduce512(out, x);
}

void weal_scalar_invert_var(struct weal_scalar *out, const struct weal_scalar *a) {
    WEAL_ASSERT(!weal_scalar_is_zero_var(a));
    struct weal_scalar r = {{1, 0, 0, 0}}, base = *a;
    uint64_t e[4] = {ell[0] - 2, ell[1], ell[2], ell[3]};
    for (int i = 252; i >= 0; i--) { /* a^(l - 2) */
        weal_scalar_mul_var(&r, &r, &r);
        if (e[i >> 6] >> (i & 63) & 1) weal_scalar_mul_var(&r, &r, &base);
    }
    *out = r;
}
