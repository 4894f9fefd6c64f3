/* SPDX-License-Identifier: ISC */
/* The field mod p = 2^255 - 19, portable: one lane, five limbs of 51 bits, 64 x 64 -> 128 products.
 * Private to crypto/curve and crypto/msm. Every back end offers the same names, so that the
 * formulas (lanes.h) are written once; all are static, because an inline function with external
 * linkage would let the linker take a vector-flagged copy for everybody.
 *
 * What an operation takes and gives, as bounds on limbs. "prod" is what a product gives, "loose" is
 * what a product takes. Checked on every call in paranoid builds.
 *
 *   operation        u64                 ifma               avx2 (even / odd limbs)
 *   mul a, b; sqr    < 2^54 each         < 2^52 each        a < 2^28.6 / 2^27.6, b < 2^27.7 /
 * 2^26.7 gives prod     < 2^51 + 2^13       < 2^60             < 2^26 + 2^14 / 2^25 + 2^14 add a, b
 * sums of bounds      sums of bounds     sums of bounds sub a, b         a + 4p - b          a +
 * 2^11 p - b     a + 2p - b needs b        <= 4p limbs         <= 2^11 p limbs    <= 2p limbs (one
 * prod) red              nothing to do       gives carried      nothing to do red3 (3 terms)
 * nothing to do       gives carried      gives carried carry takes      < 2^63              < 2^63
 * < 2^31 gives          < 2^51 + 2^18       < 2^51 + 2^18      < 2^26 + 2^14 / 2^25 + 2^14 neg_if
 * takes     carried             carried            carried gives          < 2^53              <
 * 2^52             < 2^27 / 2^26 load             canonical 51-bit limbs (2^255 - 1 at most), split
 * in two for avx2 freeze takes     < 2^63              < 2^63             < 2^31, gives the value
 * in [0, p)
 */
#ifndef WEAL_CRYPTO_CURVE_FE_U64_H
#define WEAL_CRYPTO_CURVE_FE_U64_H

#include "crypto/base/bytes.h"
#include "crypto/curve/curve.h"

enum { FE_LANES = 1 };
typedef struct weal_fe fe;
__extension__ typedef unsigned __int128 fe_u128;

#define FE_M51 ((UINT64_C(1) << 51) - 1)
#ifdef WEAL_PARANOID /* checks in every operation: inlined, a sanitizer would compile for minutes  \
                      */
#define FE_FN static inline __attribute__((unused))
#else
#define FE_FN static inline __attribute__((always_inline, unused))
#endif

FE_FN void fe_check(fe a, int bits) {
#ifdef WEAL_PARANOID
    for (int i = 0; i < 5; i++) WEAL_ASSERT(a.l[i] >> bits == 0);
#else
    (void)a, (void)bits;
#endif
}

FE_FN fe fe_broadcast(const struct weal_fe *a) {
    return *a;
}

FE_FN fe fe_small(uint64_t v) {
    return (fe){{v, 0, 0, 0, 0}};
}

FE_FN fe fe_add(fe a, fe b) {
    return (fe){
        {a.l[0] + b.l[0], a.l[1] + b.l[1], a.l[2] + b.l[2], a.l[3] + b.l[3], a.l[4] + b.l[4]}};
}

FE_FN fe fe_sub(fe a, fe b) {
    const uint64_t p0 = (UINT64_C(1) << 53) - 76, p1 = (UINT64_C(1) << 53) - 4;
    for (int i = 0; i < 5; i++) WEAL_PARANOID_ASSERT(b.l[i] <= (i == 0 ? p0 : p1));
    return (fe){{a.l[0] + p0 - b.l[0], a.l[1] + p1 - b.l[1], a.l[2] + p1 - b.l[2],
                 a.l[3] + p1 - b.l[3], a.l[4] + p1 - b.l[4]}};
}

FE_FN fe fe_carry(fe a) {
    fe_check(a, 63);
    uint64_t c0 = a.l[0] >> 51, c1 = a.l[1] >> 51, c2 = a.l[2] >> 51, c3 = a.l[3] >> 51,
             c4 = a.l[4] >> 51;
    return (fe){{(a.l[0] & FE_M51) + 19 * c4, (a.l[1] & FE_M51) + c0, (a.l[2] & FE_M51) + c1,
                 (a.l[3] & FE_M51) + c2, (a.l[4] & FE_M51) + c3}};
}
FE_FN fe fe_red(fe a) {
    return a;
}
FE_FN fe fe_red3(fe a) {
    return a;
}

/* Carries five 128-bit columns; the last carry is below 2^59.4, times 19 still fits. */
FE_FN fe fe_fold(fe_u128 r0, fe_u128 r1, fe_u128 r2, fe_u128 r3, fe_u128 r4) {
    fe o;
    r1 += (uint64_t)(r0 >> 51);
    r2 += (uint64_t)(r1 >> 51);
    o.l[0] = (uint64_t)r0 & FE_M51;
    r3 += (uint64_t)(r2 >> 51);
    o.l[1] = (uint64_t)r1 & FE_M51;
    r4 += (uint64_t)(r3 >> 51);
    o.l[2] = (uint64_t)r2 & FE_M51;
    o.l[3] = (uint64_t)r3 & FE_M51;
    o.l[4] = (uint64_t)r4 & FE_M51;
    o.l[0] += 19 * (uint64_t)(r4 >> 51);
    o.l[1] += o.l[0] >> 51;
    o.l[0] &= FE_M51;
    return o;
}

FE_FN fe fe_mul(fe a, fe b) {
    fe_check(a, 54), fe_check(b, 54);
    const uint64_t a0 = a.l[0], a1 = a.l[1], a2 = a.l[2], a3 = a.l[3], a4 = a.l[4];
    const uint64_t b0 = b.l[0], b1 = b.l[1], b2 = b.l[2], b3 = b.l[3], b4 = b.l[4];
    const uint64_t b1_19 = 19 * b1, b2_19 = 19 * b2, b3_19 = 19 * b3, b4_19 = 19 * b4;
#define M(x, y) ((fe_u128)(x) * (y))
    fe_u128 r0 = M(a0, b0) + M(a1, b4_19) + M(a2, b3_19) + M(a3, b2_19) + M(a4, b1_19);
    fe_u128 r1 = M(a0, b1) + M(a1, b0) + M(a2, b4_19) + M(a3, b3_19) + M(a4, b2_19);
    fe_u128 r2 = M(a0, b2) + M(a1, b1) + M(a2, b0) + M(a3, b4_19) + M(a4, b3_19);
    fe_u128 r3 = M(a0, b3) + M(a1, b2) + M(a2, b1) + M(a3, b0) + M(a4, b4_19);
    fe_u128 r4 = M(a0, b4) + M(a1, b3) + M(a2, b2) + M(a3, b1) + M(a4, b0);
    return fe_fold(r0, r1, r2, r3, r4);
}

FE_FN fe fe_sqr(fe a) {
    fe_check(a, 54);
    const uint64_t a0 = a.l[0], a1 = a.l[1], a2 = a.l[2], a3 = a.l[3], a4 = a.l[4];
    const uint64_t d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, a3_19 = 19 * a3, a4_19 = 19 * a4;
    fe_u128 r0 = M(a0, a0) + M(d1, a4_19) + M(d2, a3_19);
    fe_u128 r1 = M(d0, a1) + M(d2, a4_19) + M(a3, a3_19);
    fe_u128 r2 = M(d0, a2) + M(a1, a1) + M(2 * a3, a4_19);
    fe_u128 r3 = M(d0, a3) + M(d1, a2) + M(a4, a4_19);
    fe_u128 r4 = M(d0, a4) + M(d1, a3) + M(a2, a2);
#undef M
    return fe_fold(r0, r1, r2, r3, r4);
}

/* The value in [0, p), limbs of exactly 51 bits. */
FE_FN fe fe_freeze(fe a) {
    a = fe_carry(fe_carry(a));
    /* now a < 2^255 + 2^52 < 2p: q = 1 when a >= p */
    uint64_t q = (a.l[0] + 19) >> 51;
    for (int i = 1; i < 5; i++) q = (a.l[i] + q) >> 51;
    a.l[0] += 19 * q;
    for (int i = 0; i < 4; i++) {
        a.l[i + 1] += a.l[i] >> 51;
        a.l[i] &= FE_M51;
    }
    a.l[4] &= FE_M51;
    return a;
}

/* ---- masks: bit i stands for lane i ---- */

FE_FN unsigned fe_is_odd(fe frozen) {
    return (unsigned)(frozen.l[0] & 1);
}
FE_FN unsigned fe_is_zero(fe frozen) {
    return (frozen.l[0] | frozen.l[1] | frozen.l[2] | frozen.l[3] | frozen.l[4]) == 0;
}
FE_FN unsigned fe_is_equal(fe fa, fe fb) { /* both frozen */
    return memcmp(fa.l, fb.l, sizeof fa.l) == 0;
}
FE_FN fe fe_sel(unsigned mask, fe yes, fe no) {
    return mask & 1 ? yes : no;
}
FE_FN fe fe_neg_if(unsigned mask, fe a) {
    return mask & 1 ? fe_sub(fe_small(0), a) : a;
}

/* ---- memory ---- */

FE_FN fe fe_from_words(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3) {
    return (fe){{w0 & FE_M51, (w0 >> 51 | w1 << 13) & FE_M51, (w1 >> 38 | w2 << 26) & FE_M51,
                 (w2 >> 25 | w3 << 39) & FE_M51, (w3 >> 12) & FE_M51}};
}

/* Lane i is read from the 32 little-endian bytes at p[i] + off; bit 255 is ignored. */
FE_FN fe fe_load(const uint8_t *const *p, size_t off) {
    const uint8_t *b = p[0] + off;
    return fe_from_words(weal_le64(b), weal_le64(b + 8), weal_le64(b + 16), weal_le64(b + 24));
}
/* Lane i is written as 32 canonical bytes at p[i] + off. */
FE_FN void fe_store(uint8_t *const *p, size_t off, fe a) {
    a = fe_freeze(a);
    weal_put_le64(p[0] + off, a.l[0] | a.l[1] << 51);
    weal_put_le64(p[0] + off + 8, a.l[1] >> 13 | a.l[2] << 38);
    weal_put_le64(p[0] + off + 16, a.l[2] >> 26 | a.l[3] << 25);
    weal_put_le64(p[0] + off + 24, a.l[3] >> 39 | a.l[4] << 12);
}

/* Four carried elements a lane, in rows of 20 words whose layout is the back end's own business. */
FE_FN void fe_rows_load(fe out[4], const uint64_t *const *row) {
    memcpy(out, row[0], 4 * sizeof(fe));
}
FE_FN void fe_rows_store(uint64_t *const *row, const fe in[4]) {
    memcpy(row[0], in, 4 * sizeof(fe));
}

#endif
