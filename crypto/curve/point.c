/* SPDX-License-Identifier: ISC */
/* Single points, portable: what is needed once in a batch, and the strictness of decoding. */
#include "crypto/curve/curve.h"

#include "crypto/base/bytes.h"
#include "crypto/curve/curve_int.h"
#include "crypto/curve/fe_u64.h"

#include "crypto/curve/decode.h"

/* 1/sqrt(a - d), RFC 9496 section 4.1 */
static const struct weal_fe fe_invsqrt_a_minus_d = {
    {0x0fdaa805d40ea, 0x2eb482e57d339, 0x007610274bc58, 0x6510b613dc8ff, 0x786c8905cfaff}};

/* The generator: of the base point's coset the pair that DECODE gives. */
static const struct weal_point96 base96 = {
    {0x6d, 0x93, 0xc1, 0x86, 0x61, 0x63, 0xc0, 0xfb, 0xb5, 0x5b, 0xfa, 0xea, 0xb4, 0xe8,
     0xab, 0x9d, 0xd5, 0x40, 0xc8, 0x77, 0xdc, 0x3c, 0x77, 0xe3, 0x42, 0xbd, 0x4a, 0x71,
     0x16, 0x4b, 0xfe, 0x25, 0xc9, 0xc7, 0xa5, 0x63, 0xa0, 0x5b, 0x3d, 0x9d, 0xdd, 0x62,
     0xad, 0x99, 0xbf, 0xa8, 0x7d, 0x1c, 0xe1, 0x99, 0xc1, 0xa7, 0xd1, 0x3d, 0xbf, 0x28,
     0xbb, 0xbb, 0x4d, 0x57, 0x7d, 0x85, 0x36, 0x05, 0x85, 0x55, 0x85, 0x78, 0xfa, 0xed,
     0x36, 0x54, 0x61, 0x3b, 0x55, 0x33, 0xdc, 0x17, 0x26, 0xd9, 0x73, 0xa6, 0xbc, 0x22,
     0x34, 0x82, 0xe4, 0xa5, 0x57, 0x9a, 0xf3, 0x60, 0x97, 0x84, 0xee, 0x10}};

static struct ext ext_of(const struct weal_point *p) {
    return (struct ext){p->x, p->y, p->z, p->t};
}
static void ext_put(struct weal_point *out, struct ext p) {
    *out = (struct weal_point){fe_carry(p.x), fe_carry(p.y), fe_carry(p.z), fe_carry(p.t)};
}
static struct affine affine_of(const struct weal_point96 *p) {
    const uint8_t *b = p->b;
    return affine_load(&b, 0);
}

const struct weal_point96 *weal_point96_base(void) {
    return &base96;
}

void weal_point_identity(struct weal_point *out) {
    ext_put(out, ext_identity());
}

void weal_point96_identity(struct weal_point96 *out) {
    *out = (struct weal_point96){{[0] = 1, [32] = 1}};
}

void weal_point_from96(struct weal_point *out, const struct weal_point96 *p) {
    ext_put(out, ext_from_affine(affine_of(p)));
}

void weal_point_add(struct weal_point *out, const struct weal_point *a,
                    const struct weal_point *b) {
    ext_put(out, ext_add_cached(ext_of(a), ext_to_cached(ext_of(b))));
}

void weal_point_sub(struct weal_point *out, const struct weal_point *a,
                    const struct weal_point *b) {
    ext_put(out, ext_add_cached(ext_of(a), cached_neg_if(1, ext_to_cached(ext_of(b)))));
}

void weal_point_double(struct weal_point *out, const struct weal_point *a) {
    ext_put(out, ext_double(ext_of(a)));
}

void weal_point_neg(struct weal_point *out, const struct weal_point *a) {
    ext_put(out, (struct ext){fe_carry(fe_sub(fe_small(0), a->x)), a->y, a->z,
                              fe_carry(fe_sub(fe_small(0), a->t))});
}

void weal_point96_neg(struct weal_point96 *out, const struct weal_point96 *p) {
    struct affine q = affine_of(p);
    uint8_t *b = out->b;
    fe_store(&b, 0, q.b);
    fe_store(&b, 32, q.a);
    fe_store(&b, 64, fe_sub(fe_small(0), q.c));
}

/* ---- decoding ---- */

/* What RFC 9496 section 4.3.1 step 1 asks of the bytes: s < p and not negative (even). */
static enum weal_point_status bytes_check_var(const uint8_t b[32]) {
    uint64_t w0 = weal_le64(b), w1 = weal_le64(b + 8), w2 = weal_le64(b + 16),
             w3 = weal_le64(b + 24);
    if ((w0 | w1 | w2 | w3) == 0) return WEAL_POINT_IDENTITY;
    if ((w0 & 1) != 0 || w3 >> 63 != 0) return WEAL_POINT_BAD;
    bool top = w3 == UINT64_MAX >> 1 && w2 == UINT64_MAX && w1 == UINT64_MAX;
    return top && w0 >= UINT64_MAX - 18 ? WEAL_POINT_BAD : WEAL_POINT_OK;
}

bool weal_points_decode_var(struct weal_point96 *out, uint8_t *status, const uint8_t *const *in,
                            size_t n) {
    for (size_t i = 0; i < n; i++) status[i] = (uint8_t)bytes_check_var(in[i]);
    switch (weal_curve_level()) {
#if WEAL_CURVE_X86
    case WEAL_CURVE_IFMA:
        weal_decode_ifma(out, status, in, n);
        break;
    case WEAL_CURVE_AVX2:
        weal_decode_avx2(out, status, in, n);
        break;
#else
    case WEAL_CURVE_IFMA:
    case WEAL_CURVE_AVX2:
#endif
    case WEAL_CURVE_U64:
    case WEAL_CURVE_LEVELS:
        weal_decode_u64(out, status, in, n);
        break;
    }
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        if (status[i] == WEAL_POINT_OK) continue;
        all = false;
        weal_point96_identity(&out[i]);
    }
    return all;
}

/* ---- encoding ---- */

static fe fe_abs(fe a) {
    a = fe_freeze(a);
    return fe_is_odd(a) ? fe_freeze(fe_sub(fe_small(0), a)) : a;
}

/* 1/sqrt(w) for w a square or 0 (then 0); either root */
static fe fe_invsqrt(fe w) {
    fe w3 = fe_mul(fe_sqr(w), w);
    fe w7 = fe_mul(fe_sqr(w3), w);
    struct fe2 z = {{w7, fe_small(1)}};
    fe r = fe_mul(w3, fe2_pow22523(z).v[0]);
    fe check = fe_freeze(fe_mul(fe_sqr(r), w));
    return fe_is_equal(check, fe_small(1)) ? r : fe_mul(r, fe_sqrtm1);
}

/* RFC 9496 section 4.3.2; u1 u2^2 is a square for every point of the curve */
static void encode(uint8_t out[32], fe x, fe y, fe z, fe t) {
    fe u1 = fe_mul(fe_add(z, y), fe_sub(z, y));
    fe u2 = fe_mul(x, y);
    fe r = fe_invsqrt(fe_mul(u1, fe_sqr(u2)));
    fe den1 = fe_mul(r, u1), den2 = fe_mul(r, u2);
    fe z_inv = fe_mul(fe_mul(den1, den2), t);
    fe den_inv = den2;
    if (fe_is_odd(fe_freeze(fe_mul(t, z_inv)))) { /* rotate */
        fe ix = fe_mul(x, fe_sqrtm1), iy = fe_mul(y, fe_sqrtm1);
        den_inv = fe_mul(den1, fe_invsqrt_a_minus_d);
        x = iy;
        y = ix;
    }
    if (fe_is_odd(fe_freeze(fe_mul(x, z_inv)))) y = fe_carry(fe_sub(fe_small(0), y));
    fe s = fe_abs(fe_mul(den_inv, fe_sub(z, y)));
    fe_store(&out, 0, s);
}

void weal_point_encode_var(uint8_t out[32], const struct weal_point *p) {
    encode(out, p->x, p->y, p->z, p->t);
}

void weal_point96_encode_var(uint8_t out[32], const struct weal_point96 *p) {
    struct weal_point q;
    weal_point_from96(&q, p);
    weal_point_encode_var(out, &q);
}

/* ---- comparing ---- */

bool weal_point_equal_var(const struct weal_point *a, const struct weal_point *b) {
    fe x1y2 = fe_freeze(fe_mul(a->x, b->y)), y1x2 = fe_freeze(fe_mul(a->y, b->x));
    if (fe_is_equal(x1y2, y1x2)) return true;
    fe y1y2 = fe_freeze(fe_mul(a->y, b->y)), x1x2 = fe_freeze(fe_mul(a->x, b->x));
    return fe_is_equal(y1y2, x1x2);
}

bool weal_point_is_identity_var(const struct weal_point *p) {
    return fe_is_zero(fe_freeze(p->x)) || fe_is_zero(fe_freeze(p->y));
}

/* ---- normalising ---- */

static fe fe_invert(fe a) {
    /* a^(p-2) = (a^(2^252 - 3))^8 a^3 */
    struct fe2 z = {{a, fe_small(1)}};
    fe r = fe2_sqr_n(fe2_pow22523(z), 3).v[0];
    return fe_mul(r, fe_mul(fe_sqr(a), a));
}

void weal_points_to96_var(struct weal_point96 *out, const struct weal_point *p, size_t n,
                          struct weal_fe *scratch) {
    fe product = fe_small(1);
    for (size_t i = 0; i < n; i++) {
        scratch[i] = product;
        product = fe_mul(product, p[i].z);
    }
    WEAL_ASSERT(!fe_is_zero(fe_freeze(product)));
    fe inverse = fe_invert(product);
    for (size_t i = n; i-- > 0;) {
        fe z_inv = fe_mul(inverse, scratch[i]);
        inverse = fe_mul(inverse, p[i].z);
        fe x = fe_mul(p[i].x, z_inv), y = fe_mul(p[i].y, z_inv);
        uint8_t *b = out[i].b;
        fe_store(&b, 0, fe_add(y, x));
        fe_store(&b, 32, fe_sub(y, x));
        fe_store(&b, 64, fe_mul(fe_mul(x, y), fe_2d));
    }
}
