/* SPDX-License-Identifier: ISC */
/* RFC 9496 section 4.3.1, DECODE, in two vectors of FE_LANES lanes: a single chain of 254 squarings
 * would wait for itself half of the time. Written once, compiled by each back end. Private. */
#ifndef WEAL_CRYPTO_CURVE_DECODE_H
#define WEAL_CRYPTO_CURVE_DECODE_H

#include "crypto/curve/lanes.h"

enum { DECODE_WIDE = 2 * FE_LANES };

struct fe2 {
    fe v[2];
};

FE_FN struct fe2 fe2_mul(struct fe2 a, struct fe2 b) {
    return (struct fe2){
        {fe_mul(fe_red(a.v[0]), fe_red(b.v[0])), fe_mul(fe_red(a.v[1]), fe_red(b.v[1]))}};
}

/* a^(2^n), n > 0 */
static struct fe2 fe2_sqr_n(struct fe2 a, int n) {
    fe x = a.v[0], y = a.v[1];
    do {
        x = fe_sqr(fe_red(x));
        y = fe_sqr(fe_red(y));
    } while (--n > 0);
    return (struct fe2){{x, y}};
}

/* z^((p-5)/8) = z^(2^252 - 3): 251 squarings, 11 multiplications (Bernstein's chain) */
static struct fe2 fe2_pow22523(struct fe2 z) {
    struct fe2 t0 = fe2_sqr_n(z, 1);              /* 2 */
    struct fe2 t1 = fe2_mul(z, fe2_sqr_n(t0, 2)); /* 9 */
    t0 = fe2_mul(t0, t1);                         /* 11 */
    t0 = fe2_mul(t1, fe2_sqr_n(t0, 1));           /* 2^5 - 1 */
    t0 = fe2_mul(fe2_sqr_n(t0, 5), t0);           /* 2^10 - 1 */
    t1 = fe2_mul(fe2_sqr_n(t0, 10), t0);          /* 2^20 - 1 */
    t1 = fe2_mul(fe2_sqr_n(t1, 20), t1);          /* 2^40 - 1 */
    t0 = fe2_mul(fe2_sqr_n(t1, 10), t0);          /* 2^50 - 1 */
    t1 = fe2_mul(fe2_sqr_n(t0, 50), t0);          /* 2^100 - 1 */
    t1 = fe2_mul(fe2_sqr_n(t1, 100), t1);         /* 2^200 - 1 */
    t0 = fe2_mul(fe2_sqr_n(t1, 50), t0);          /* 2^250 - 1 */
    return fe2_mul(fe2_sqr_n(t0, 2), z);          /* 2^252 - 3 */
}

FE_FN fe fe_one_less(fe a) { /* 1 - a */
    return fe_carry(fe_sub(fe_small(1), a));
}

/* The rest of DECODE for one vector, given s, v u2^2 and its power: lanes that hold an element. */
static unsigned decode_finish(uint8_t *const *out, fe s, fe u1, fe u2, fe v, fe w, fe power,
                              fe w3) {
    /* r = w^3 (w^7)^((p-5)/8) is the inverse root of w, up to a fourth root of 1 */
    fe r = fe_carry(fe_mul(w3, fe_carry(power)));
    fe check = fe_freeze(fe_mul(fe_carry(fe_sqr(r)), w));
    fe minus = fe_freeze(fe_sub(fe_small(0), check));
    fe one = fe_small(1), i = fe_broadcast(&fe_sqrtm1);
    unsigned right = fe_is_equal(check, one), flip = fe_is_equal(minus, one);
    unsigned flip_i = fe_is_equal(minus, i);
    r = fe_sel(flip | flip_i, fe_carry(fe_mul(r, i)), r);

    fe den_x = fe_carry(fe_mul(r, u2));
    fe den_y = fe_carry(fe_mul(fe_carry(fe_mul(r, den_x)), v));
    fe x = fe_freeze(fe_mul(fe_carry(fe_add(s, s)), den_x));
    x = fe_sel(fe_is_odd(x), fe_freeze(fe_sub(fe_small(0), x)), x);
    fe y = fe_freeze(fe_mul(u1, den_y));
    fe t = fe_freeze(fe_mul(x, y));
    fe_store(out, 0, fe_add(y, x));
    fe_store(out, 32, fe_sub(y, x));
    fe_store(out, 64, fe_mul(t, fe_broadcast(&fe_2d)));
    return (right | flip) & ~fe_is_odd(t) & ~fe_is_zero(y);
}

/* in: DECODE_WIDE strings below p and even; out: as many forms, undefined where the bit returned
 * for it is 0. */
static unsigned decode_wide(uint8_t *const *out, const uint8_t *const *in) {
    fe s[2], u1[2], u2[2], v[2];
    struct fe2 w, w3, w7;
    for (int k = 0; k < 2; k++) {
        s[k] = fe_load(in + k * FE_LANES, 0);
        fe ss = fe_carry(fe_sqr(s[k]));
        u1[k] = fe_one_less(ss);
        u2[k] = fe_carry(fe_add(fe_small(1), ss));
        fe u22 = fe_carry(fe_sqr(u2[k]));
        fe du1 = fe_carry(fe_mul(fe_carry(fe_sqr(u1[k])), fe_broadcast(&fe_d)));
        /* v = -d u1^2 - u2^2 */
        v[k] = fe_carry(fe_sub(fe_small(0), fe_carry(fe_add(du1, u22))));
        w.v[k] = fe_carry(fe_mul(v[k], u22));
        fe w2 = fe_carry(fe_sqr(w.v[k]));
        w3.v[k] = fe_carry(fe_mul(w2, w.v[k]));
        fe w6 = fe_carry(fe_sqr(w3.v[k]));
        w7.v[k] = fe_carry(fe_mul(w6, w.v[k]));
    }
    struct fe2 power = fe2_pow22523(w7);
    unsigned ok = 0;
    for (int k = 0; k < 2; k++)
        ok |=
            decode_finish(out + k * FE_LANES, s[k], u1[k], u2[k], v[k], w.v[k], power.v[k], w3.v[k])
            << (k * FE_LANES);
    return ok;
}

/* The body of a back end's weal_decode_*: curve_int.h has the contract. */
__attribute__((unused)) static void decode_all(struct weal_point96 *out, uint8_t *status,
                                               const uint8_t *const *in, size_t n) {
    static const uint8_t zeros[32];
    struct weal_point96 spill;
    for (size_t at = 0; at < n; at += DECODE_WIDE) {
        const uint8_t *p[DECODE_WIDE];
        uint8_t *o[DECODE_WIDE];
        size_t here = n - at < DECODE_WIDE ? n - at : DECODE_WIDE;
        for (size_t i = 0; i < DECODE_WIDE; i++) {
            bool use = i < here && status[at + i] == WEAL_POINT_OK;
            p[i] = use ? in[at + i] : zeros;
            o[i] = i < here ? out[at + i].b : spill.b;
        }
        unsigned ok = decode_wide(o, p);
        for (size_t i = 0; i < here; i++)
            if (!(ok >> i & 1)) status[at + i] = WEAL_POINT_BAD;
    }
}

#endif
