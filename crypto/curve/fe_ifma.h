/* SPDX-License-Identifier: ISC */
/* The field in eight lanes of AVX-512 IFMA: five limbs of 51 bits, limb i of all lanes in one
 * register. The 52-bit multiply-add reads only the low 52 bits of an operand, so operands must be
 * carried; products are left uncarried (< 2^60), since whatever is added to them needs a carry
 * anyway: one carry for each operand, none for results. Table of bounds: fe_u64.h. */
#ifndef WEAL_CRYPTO_CURVE_FE_IFMA_H
#define WEAL_CRYPTO_CURVE_FE_IFMA_H

#include <immintrin.h>

#include "crypto/base/bytes.h"
#include "crypto/curve/curve.h"

enum { FE_LANES = 8 };
typedef struct {
    __m512i l[5];
} fe;

#ifdef WEAL_PARANOID /* checks in every operation: inlined, a sanitizer would compile for minutes  \
                      */
#define FE_FN static inline __attribute__((unused))
#else
#define FE_FN static inline __attribute__((always_inline, unused))
#endif
#define FE_M51 ((UINT64_C(1) << 51) - 1)

FE_FN __m512i fe_all(uint64_t v) {
    return _mm512_set1_epi64((long long)v);
}

FE_FN void fe_check(fe a, unsigned bits) {
#ifdef WEAL_PARANOID
    for (int i = 0; i < 5; i++) {
        __m512i high = _mm512_srl_epi64(a.l[i], _mm_cvtsi32_si128((int)bits));
        WEAL_ASSERT(_mm512_test_epi64_mask(high, high) == 0);
    }
#else
    (void)a, (void)bits;
#endif
}

FE_FN fe fe_broadcast(const struct weal_fe *a) {
    fe o;
    for (int i = 0; i < 5; i++) o.l[i] = fe_all(a->l[i]);
    return o;
}
FE_FN fe fe_small(uint64_t v) {
    __m512i z = _mm512_setzero_si512();
    return (fe){{fe_all(v), z, z, z, z}};
}

FE_FN fe fe_add(fe a, fe b) {
    fe o;
    for (int i = 0; i < 5; i++) o.l[i] = _mm512_add_epi64(a.l[i], b.l[i]);
    return o;
}

FE_FN fe fe_sub_from(uint64_t p0, uint64_t p1, fe a, fe b) {
    fe o;
#ifdef WEAL_PARANOID
    for (int i = 0; i < 5; i++)
        WEAL_ASSERT(_mm512_cmpgt_epu64_mask(b.l[i], fe_all(i == 0 ? p0 : p1)) == 0);
#endif
    o.l[0] = _mm512_add_epi64(a.l[0], _mm512_sub_epi64(fe_all(p0), b.l[0]));
    for (int i = 1; i < 5; i++)
        o.l[i] = _mm512_add_epi64(a.l[i], _mm512_sub_epi64(fe_all(p1), b.l[i]));
    return o;
}
/* a + 2^11 p - b */
FE_FN fe fe_sub(fe a, fe b) {
    return fe_sub_from((FE_M51 - 18) << 11, FE_M51 << 11, a, b);
}

FE_FN fe fe_carry(fe a) {
    fe_check(a, 63);
    const __m512i m = fe_all(FE_M51);
    __m512i c0 = _mm512_srli_epi64(a.l[0], 51), c1 = _mm512_srli_epi64(a.l[1], 51);
    __m512i c2 = _mm512_srli_epi64(a.l[2], 51), c3 = _mm512_srli_epi64(a.l[3], 51);
    __m512i c4 = _mm512_srli_epi64(a.l[4], 51);
    fe o;
    o.l[0] = _mm512_madd52lo_epu64(_mm512_and_si512(a.l[0], m), c4, fe_all(19));
    o.l[1] = _mm512_add_epi64(_mm512_and_si512(a.l[1], m), c0);
    o.l[2] = _mm512_add_epi64(_mm512_and_si512(a.l[2], m), c1);
    o.l[3] = _mm512_add_epi64(_mm512_and_si512(a.l[3], m), c2);
    o.l[4] = _mm512_add_epi64(_mm512_and_si512(a.l[4], m), c3);
    return o;
}
FE_FN fe fe_red(fe a) {
    return fe_carry(a);
}
FE_FN fe fe_red3(fe a) {
    return fe_carry(a);
}

/* low + 2 high, the high part of column k - 1 standing at twice the weight of column k */
FE_FN __m512i fe_join(__m512i lo, __m512i hi) {
    return _mm512_add_epi64(lo, _mm512_add_epi64(hi, hi));
}
/* z + 19 w without a multiplier */
FE_FN __m512i fe_plus19(__m512i z, __m512i w) {
    __m512i t = _mm512_add_epi64(_mm512_slli_epi64(w, 4), _mm512_add_epi64(w, w));
    return _mm512_add_epi64(_mm512_add_epi64(z, w), t);
}

#define LO(c, x, y) _mm512_madd52lo_epu64(c, x, y)
#define HI(c, x, y) _mm512_madd52hi_epu64(c, x, y)

/* Nine low and nine high columns: each low sum < 5 2^52, each high sum < 5 2^50.1 (operands
 * carried, < 2^51 + 2^18) or < 5 2^52 (operands < 2^52): joined < 15 2^52, folded < 300 2^52 <
 * 2^60.3. */
FE_FN fe fe_mul(fe a, fe b) {
    fe_check(a, 52), fe_check(b, 52);
    const __m512i z = _mm512_setzero_si512();
    __m512i l0, l1, l2, l3, l4, l5, l6, l7, l8, h0, h1, h2, h3, h4, h5, h6, h7, h8;
    l0 = LO(z, a.l[0], b.l[0]), h0 = HI(z, a.l[0], b.l[0]);
    l1 = LO(z, a.l[0], b.l[1]), h1 = HI(z, a.l[0], b.l[1]);
    l2 = LO(z, a.l[0], b.l[2]), h2 = HI(z, a.l[0], b.l[2]);
    l3 = LO(z, a.l[0], b.l[3]), h3 = HI(z, a.l[0], b.l[3]);
    l4 = LO(z, a.l[0], b.l[4]), h4 = HI(z, a.l[0], b.l[4]);
    l1 = LO(l1, a.l[1], b.l[0]), h1 = HI(h1, a.l[1], b.l[0]);
    l2 = LO(l2, a.l[1], b.l[1]), h2 = HI(h2, a.l[1], b.l[1]);
    l3 = LO(l3, a.l[1], b.l[2]), h3 = HI(h3, a.l[1], b.l[2]);
    l4 = LO(l4, a.l[1], b.l[3]), h4 = HI(h4, a.l[1], b.l[3]);
    l5 = LO(z, a.l[1], b.l[4]), h5 = HI(z, a.l[1], b.l[4]);
    l2 = LO(l2, a.l[2], b.l[0]), h2 = HI(h2, a.l[2], b.l[0]);
    l3 = LO(l3, a.l[2], b.l[1]), h3 = HI(h3, a.l[2], b.l[1]);
    l4 = LO(l4, a.l[2], b.l[2]), h4 = HI(h4, a.l[2], b.l[2]);
    l5 = LO(l5, a.l[2], b.l[3]), h5 = HI(h5, a.l[2], b.l[3]);
    l6 = LO(z, a.l[2], b.l[4]), h6 = HI(z, a.l[2], b.l[4]);
    l3 = LO(l3, a.l[3], b.l[0]), h3 = HI(h3, a.l[3], b.l[0]);
    l4 = LO(l4, a.l[3], b.l[1]), h4 = HI(h4, a.l[3], b.l[1]);
    l5 = LO(l5, a.l[3], b.l[2]), h5 = HI(h5, a.l[3], b.l[2]);
    l6 = LO(l6, a.l[3], b.l[3]), h6 = HI(h6, a.l[3], b.l[3]);
    l7 = LO(z, a.l[3], b.l[4]), h7 = HI(z, a.l[3], b.l[4]);
    l4 = LO(l4, a.l[4], b.l[0]), h4 = HI(h4, a.l[4], b.l[0]);
    l5 = LO(l5, a.l[4], b.l[1]), h5 = HI(h5, a.l[4], b.l[1]);
    l6 = LO(l6, a.l[4], b.l[2]), h6 = HI(h6, a.l[4], b.l[2]);
    l7 = LO(l7, a.l[4], b.l[3]), h7 = HI(h7, a.l[4], b.l[3]);
    l8 = LO(z, a.l[4], b.l[4]), h8 = HI(z, a.l[4], b.l[4]);
    fe o;
    o.l[0] = fe_plus19(l0, fe_join(l5, h4));
    o.l[1] = fe_plus19(fe_join(l1, h0), fe_join(l6, h5));
    o.l[2] = fe_plus19(fe_join(l2, h1), fe_join(l7, h6));
    o.l[3] = fe_plus19(fe_join(l3, h2), fe_join(l8, h7));
    o.l[4] = fe_plus19(fe_join(l4, h3), fe_join(z, h8));
    fe_check(o, 61);
    return o;
}

/* Cross products once, doubled in the sum. */
FE_FN fe fe_sqr(fe a) {
    fe_check(a, 52);
    const __m512i z = _mm512_setzero_si512();
    __m512i l0, l1, l2, l3, l4, l5, l6, l7, l8, h0, h1, h2, h3, h4, h5, h6, h7, h8;
    l1 = LO(z, a.l[0], a.l[1]), h1 = HI(z, a.l[0], a.l[1]);
    l2 = LO(z, a.l[0], a.l[2]), h2 = HI(z, a.l[0], a.l[2]);
    l3 = LO(z, a.l[0], a.l[3]), h3 = HI(z, a.l[0], a.l[3]);
    l4 = LO(z, a.l[0], a.l[4]), h4 = HI(z, a.l[0], a.l[4]);
    l5 = LO(z, a.l[1], a.l[4]), h5 = HI(z, a.l[1], a.l[4]);
    l3 = LO(l3, a.l[1], a.l[2]), h3 = HI(h3, a.l[1], a.l[2]);
    l4 = LO(l4, a.l[1], a.l[3]), h4 = HI(h4, a.l[1], a.l[3]);
    l5 = LO(l5, a.l[2], a.l[3]), h5 = HI(h5, a.l[2], a.l[3]);
    l6 = LO(z, a.l[2], a.l[4]), h6 = HI(z, a.l[2], a.l[4]);
    l7 = LO(z, a.l[3], a.l[4]), h7 = HI(z, a.l[3], a.l[4]);
#define TWICE(x) _mm512_add_epi64(x, x)
    l2 = LO(TWICE(l2), a.l[1], a.l[1]), h2 = HI(TWICE(h2), a.l[1], a.l[1]);
    l4 = LO(TWICE(l4), a.l[2], a.l[2]), h4 = HI(TWICE(h4), a.l[2], a.l[2]);
    l6 = LO(TWICE(l6), a.l[3], a.l[3]), h6 = HI(TWICE(h6), a.l[3], a.l[3]);
    l0 = LO(z, a.l[0], a.l[0]), h0 = HI(z, a.l[0], a.l[0]);
    l8 = LO(z, a.l[4], a.l[4]), h8 = HI(z, a.l[4], a.l[4]);
    l1 = TWICE(l1), h1 = TWICE(h1), l3 = TWICE(l3), h3 = TWICE(h3);
    l5 = TWICE(l5), h5 = TWICE(h5), l7 = TWICE(l7), h7 = TWICE(h7);
#undef TWICE
    fe o;
    o.l[0] = fe_plus19(l0, fe_join(l5, h4));
    o.l[1] = fe_plus19(fe_join(l1, h0), fe_join(l6, h5));
    o.l[2] = fe_plus19(fe_join(l2, h1), fe_join(l7, h6));
    o.l[3] = fe_plus19(fe_join(l3, h2), fe_join(l8, h7));
    o.l[4] = fe_plus19(fe_join(l4, h3), fe_join(z, h8));
    fe_check(o, 61);
    return o;
}
#undef LO
#undef HI

FE_FN fe fe_freeze(fe a) {
    const __m512i m = fe_all(FE_M51), k19 = fe_all(19);
    a = fe_carry(fe_carry(a));
    __m512i q = _mm512_srli_epi64(_mm512_add_epi64(a.l[0], k19), 51);
    for (int i = 1; i < 5; i++) q = _mm512_srli_epi64(_mm512_add_epi64(a.l[i], q), 51);
    a.l[0] = _mm512_madd52lo_epu64(a.l[0], q, k19);
    for (int i = 0; i < 4; i++) {
        a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srli_epi64(a.l[i], 51));
        a.l[i] = _mm512_and_si512(a.l[i], m);
    }
    a.l[4] = _mm512_and_si512(a.l[4], m);
    return a;
}

FE_FN unsigned fe_is_odd(fe frozen) {
    return _mm512_test_epi64_mask(frozen.l[0], fe_all(1));
}
FE_FN unsigned fe_is_zero(fe frozen) {
    __m512i any = frozen.l[0];
    for (int i = 1; i < 5; i++) any = _mm512_or_si512(any, frozen.l[i]);
    return _mm512_testn_epi64_mask(any, any);
}
FE_FN unsigned fe_is_equal(fe fa, fe fb) {
    __mmask8 eq = 0xff;
    for (int i = 0; i < 5; i++) eq = _mm512_mask_cmpeq_epi64_mask(eq, fa.l[i], fb.l[i]);
    return eq;
}
FE_FN fe fe_sel(unsigned mask, fe yes, fe no) {
    fe o;
    for (int i = 0; i < 5; i++) o.l[i] = _mm512_mask_mov_epi64(no.l[i], (__mmask8)mask, yes.l[i]);
    return o;
}
FE_FN fe fe_neg_if(unsigned mask, fe a) {
    __mmask8 k = (__mmask8)mask;
    fe_check(a, 52);
    a.l[0] = _mm512_mask_sub_epi64(a.l[0], k, fe_all((FE_M51 - 18) << 1), a.l[0]);
    for (int i = 1; i < 5; i++)
        a.l[i] = _mm512_mask_sub_epi64(a.l[i], k, fe_all(FE_M51 << 1), a.l[i]);
    return a;
}

/* ---- memory: four words of eight rows, and back ---- */

#define FE_IDX_A _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13)
#define FE_IDX_B _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15)

FE_FN __m512i fe_pair(const void *lo, const void *hi) {
    __m256i a = _mm256_loadu_si256((const __m256i *)lo);
    __m256i b = _mm256_loadu_si256((const __m256i *)hi);
    return _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
}
#define FE_LOAD4(w, p, off)                                                                        \
    do {                                                                                           \
        __m512i r0_ = fe_pair((p)[0] + (off), (p)[4] + (off));                                     \
        __m512i r1_ = fe_pair((p)[1] + (off), (p)[5] + (off));                                     \
        __m512i r2_ = fe_pair((p)[2] + (off), (p)[6] + (off));                                     \
        __m512i r3_ = fe_pair((p)[3] + (off), (p)[7] + (off));                                     \
        __m512i a_ = _mm512_unpacklo_epi64(r0_, r1_), b_ = _mm512_unpackhi_epi64(r0_, r1_);        \
        __m512i c_ = _mm512_unpacklo_epi64(r2_, r3_), d_ = _mm512_unpackhi_epi64(r2_, r3_);        \
        (w)[0] = _mm512_permutex2var_epi64(a_, FE_IDX_A, c_);                                      \
        (w)[1] = _mm512_permutex2var_epi64(b_, FE_IDX_A, d_);                                      \
        (w)[2] = _mm512_permutex2var_epi64(a_, FE_IDX_B, c_);                                      \
        (w)[3] = _mm512_permutex2var_epi64(b_, FE_IDX_B, d_);                                      \
    } while (0)

FE_FN void fe_split(void *lo, void *hi, __m512i v) {
    _mm256_storeu_si256((__m256i *)lo, _mm512_castsi512_si256(v));
    _mm256_storeu_si256((__m256i *)hi, _mm512_extracti64x4_epi64(v, 1));
}
#define FE_STORE4(p, off, w)                                                                       \
    do {                                                                                           \
        __m512i a_ = _mm512_unpacklo_epi64((w)[0], (w)[1]);                                        \
        __m512i b_ = _mm512_unpackhi_epi64((w)[0], (w)[1]);                                        \
        __m512i c_ = _mm512_unpacklo_epi64((w)[2], (w)[3]);                                        \
        __m512i d_ = _mm512_unpackhi_epi64((w)[2], (w)[3]);                                        \
        fe_split((p)[0] + (off), (p)[4] + (off), _mm512_permutex2var_epi64(a_, FE_IDX_A, c_));     \
        fe_split((p)[1] + (off), (p)[5] + (off), _mm512_permutex2var_epi64(b_, FE_IDX_A, d_));     \
        fe_split((p)[2] + (off), (p)[6] + (off), _mm512_permutex2var_epi64(a_, FE_IDX_B, c_));     \
        fe_split((p)[3] + (off), (p)[7] + (off), _mm512_permutex2var_epi64(b_, FE_IDX_B, d_));     \
    } while (0)

FE_FN __m512i fe_mid(__m512i lo, __m512i hi, unsigned right, unsigned left) {
    __m512i v = _mm512_or_si512(_mm512_srli_epi64(lo, right), _mm512_slli_epi64(hi, left));
    return _mm512_and_si512(v, fe_all(FE_M51));
}
FE_FN fe fe_load(const uint8_t *const *p, size_t off) {
    __m512i w[4];
    fe o;
    FE_LOAD4(w, p, off);
    o.l[0] = _mm512_and_si512(w[0], fe_all(FE_M51));
    o.l[1] = fe_mid(w[0], w[1], 51, 13);
    o.l[2] = fe_mid(w[1], w[2], 38, 26);
    o.l[3] = fe_mid(w[2], w[3], 25, 39);
    o.l[4] = _mm512_and_si512(_mm512_srli_epi64(w[3], 12), fe_all(FE_M51));
    return o;
}
FE_FN void fe_store(uint8_t *const *p, size_t off, fe a) {
    a = fe_freeze(a);
    __m512i w[4];
    w[0] = _mm512_or_si512(a.l[0], _mm512_slli_epi64(a.l[1], 51));
    w[1] = _mm512_or_si512(_mm512_srli_epi64(a.l[1], 13), _mm512_slli_epi64(a.l[2], 38));
    w[2] = _mm512_or_si512(_mm512_srli_epi64(a.l[2], 26), _mm512_slli_epi64(a.l[3], 25));
    w[3] = _mm512_or_si512(_mm512_srli_epi64(a.l[3], 39), _mm512_slli_epi64(a.l[4], 12));
    FE_STORE4(p, off, w);
}

/* The twenty limbs of four elements, in order. */
FE_FN void fe_rows_load(fe out[4], const uint64_t *const *row) {
    __m512i v[20];
    for (int k = 0; k < 5; k++) FE_LOAD4(v + 4 * k, row, 4 * k);
    for (int c = 0; c < 4; c++)
        for (int i = 0; i < 5; i++) out[c].l[i] = v[5 * c + i];
}
FE_FN void fe_rows_store(uint64_t *const *row, const fe in[4]) {
    __m512i v[20];
    for (int c = 0; c < 4; c++)
        for (int i = 0; i < 5; i++) v[5 * c + i] = in[c].l[i];
    for (int k = 0; k < 5; k++) FE_STORE4(row, 4 * k, v + 4 * k);
}

#endif
