/* SPDX-License-Identifier: ISC */
/* The field in four lanes of AVX2: ten limbs of 26 and 25 bits in turn, each in a 64-bit lane, so
 * that one vpmuludq multiplies a limb of four elements (Bernstein, Schwabe, CHES 2012). Limb i has
 * weight 2^ceil(25.5 i): two odd limbs need a factor 2, a column from 10 on a factor 19. Sums of
 * two products need no carry before the next multiplication. Table of bounds: fe_u64.h. */
#ifndef WEAL_CRYPTO_CURVE_FE_AVX2_H
#define WEAL_CRYPTO_CURVE_FE_AVX2_H

#include <immintrin.h>

#include "crypto/base/bytes.h"
#include "crypto/curve/curve.h"

enum { FE_LANES = 4 };
typedef struct {
    __m256i l[10];
} fe;

#define FE_FN static inline __attribute__((always_inline, unused))
#define FE_M51 ((UINT64_C(1) << 51) - 1)
#define FE_M26 ((UINT64_C(1) << 26) - 1)
#define FE_M25 ((UINT64_C(1) << 25) - 1)

FE_FN __m256i fe_all(uint64_t v) {
    return _mm256_set1_epi64x((long long)v);
}

/* Every even limb at most even, every odd one at most odd. */
FE_FN void fe_check(fe a, uint64_t even, uint64_t odd) {
#ifdef WEAL_PARANOID
    for (int i = 0; i < 10; i++) {
        __m256i over = _mm256_cmpgt_epi64(a.l[i], fe_all(i % 2 == 0 ? even : odd));
        WEAL_ASSERT(_mm256_testz_si256(over, over));
    }
#else
    (void)a, (void)even, (void)odd;
#endif
}
enum { FE_A_EVEN = 406800000, FE_A_ODD = 203400000 }; /* 2^28.6, 2^27.6 */
enum { FE_B_EVEN = 217900000, FE_B_ODD = 108950000 }; /* 2^27.7, 2^26.7 */

FE_FN fe fe_broadcast(const struct weal_fe *a) {
    fe o;
    for (int i = 0; i < 5; i++) {
        o.l[2 * i] = fe_all(a->l[i] & FE_M26);
        o.l[2 * i + 1] = fe_all(a->l[i] >> 26);
    }
    return o;
}
FE_FN fe fe_small(uint64_t v) {
    fe o;
    o.l[0] = fe_all(v);
    for (int i = 1; i < 10; i++) o.l[i] = _mm256_setzero_si256();
    return o;
}

FE_FN fe fe_add(fe a, fe b) {
    fe o;
    for (int i = 0; i < 10; i++) o.l[i] = _mm256_add_epi64(a.l[i], b.l[i]);
    return o;
}

/* limb i of 2p */
FE_FN __m256i fe_2p(int i) {
    return fe_all(i == 0 ? 2 * (FE_M26 - 18) : i % 2 == 0 ? 2 * FE_M26 : 2 * FE_M25);
}
FE_FN fe fe_sub(fe a, fe b) {
    fe_check(b, 2 * (FE_M26 - 18), 2 * FE_M25);
    fe o;
    for (int i = 0; i < 10; i++)
        o.l[i] = _mm256_add_epi64(a.l[i], _mm256_sub_epi64(fe_2p(i), b.l[i]));
    return o;
}

FE_FN __m256i fe_times19(__m256i c) {
    return _mm256_add_epi64(_mm256_slli_epi64(c, 4), _mm256_add_epi64(c, _mm256_add_epi64(c, c)));
}

FE_FN fe fe_carry(fe a) {
    fe_check(a, UINT32_MAX >> 1, UINT32_MAX >> 1);
    fe o;
    __m256i c[10];
    for (int i = 0; i < 10; i++) {
        c[i] = _mm256_srli_epi64(a.l[i], i % 2 == 0 ? 26 : 25);
        o.l[i] = _mm256_and_si256(a.l[i], fe_all(i % 2 == 0 ? FE_M26 : FE_M25));
    }
    o.l[0] = _mm256_add_epi64(o.l[0], fe_times19(c[9]));
    for (int i = 1; i < 10; i++) o.l[i] = _mm256_add_epi64(o.l[i], c[i - 1]);
    return o;
}
FE_FN fe fe_red(fe a) {
    return a;
}
FE_FN fe fe_red3(fe a) {
    return fe_carry(a);
}

#define FE_STEP(i, bits)                                                                           \
    do {                                                                                           \
        h[i + 1] = _mm256_add_epi64(h[i + 1], _mm256_srli_epi64(h[i], bits));                      \
        h[i] = _mm256_and_si256(h[i], fe_all((UINT64_C(1) << (bits)) - 1));                        \
    } while (0)

/* Columns < 2^63 to limbs < 2^26 + 2^18 and 2^25 + 2^18, in two chains side by side. */
FE_FN fe fe_columns(__m256i h[10]) {
    FE_STEP(0, 26);
    FE_STEP(4, 26);
    FE_STEP(1, 25);
    FE_STEP(5, 25);
    FE_STEP(2, 26);
    FE_STEP(6, 26);
    FE_STEP(3, 25);
    FE_STEP(7, 25);
    FE_STEP(4, 26);
    FE_STEP(8, 26);
    h[0] = _mm256_add_epi64(h[0], fe_times19(_mm256_srli_epi64(h[9], 25)));
    h[9] = _mm256_and_si256(h[9], fe_all(FE_M25));
    FE_STEP(0, 26);
    fe o;
    for (int i = 0; i < 10; i++) o.l[i] = h[i];
    fe_check(o, FE_M26 + (1 << 18), FE_M25 + (1 << 18));
    return o;
}

#define P(x, y) _mm256_mul_epu32(x, y)
#define ADD(x, y) _mm256_add_epi64(x, y)
#define SUM5(a, b, c, d, e) ADD(ADD(ADD(a, b), ADD(c, d)), e)
#define SUM6(a, b, c, d, e, f) ADD(SUM5(a, b, c, d, e), f)
#define SUM(a, b, c, d, e, f, g, h, i, j) ADD(SUM5(a, b, c, d, e), SUM5(f, g, h, i, j))

/* f: limb of a, d: doubled; g: limb of b, n: 19 times it, which fits 32 bits */
FE_FN fe fe_mul(fe a, fe b) {
    fe_check(a, FE_A_EVEN, FE_A_ODD), fe_check(b, FE_B_EVEN, FE_B_ODD);
    const __m256i k19 = fe_all(19);
    const __m256i f0 = a.l[0], f1 = a.l[1], f2 = a.l[2], f3 = a.l[3], f4 = a.l[4], f5 = a.l[5],
                  f6 = a.l[6], f7 = a.l[7], f8 = a.l[8], f9 = a.l[9];
    const __m256i g0 = b.l[0], g1 = b.l[1], g2 = b.l[2], g3 = b.l[3], g4 = b.l[4], g5 = b.l[5],
                  g6 = b.l[6], g7 = b.l[7], g8 = b.l[8], g9 = b.l[9];
    const __m256i d1 = ADD(f1, f1), d3 = ADD(f3, f3), d5 = ADD(f5, f5), d7 = ADD(f7, f7),
                  d9 = ADD(f9, f9);
    const __m256i n1 = P(g1, k19), n2 = P(g2, k19), n3 = P(g3, k19), n4 = P(g4, k19),
                  n5 = P(g5, k19), n6 = P(g6, k19), n7 = P(g7, k19), n8 = P(g8, k19),
                  n9 = P(g9, k19);
    __m256i h[10];
    h[0] = SUM(P(f0, g0), P(d1, n9), P(f2, n8), P(d3, n7), P(f4, n6), P(d5, n5), P(f6, n4),
               P(d7, n3), P(f8, n2), P(d9, n1));
    h[1] = SUM(P(f0, g1), P(f1, g0), P(f2, n9), P(f3, n8), P(f4, n7), P(f5, n6), P(f6, n5),
               P(f7, n4), P(f8, n3), P(f9, n2));
    h[2] = SUM(P(f0, g2), P(d1, g1), P(f2, g0), P(d3, n9), P(f4, n8), P(d5, n7), P(f6, n6),
               P(d7, n5), P(f8, n4), P(d9, n3));
    h[3] = SUM(P(f0, g3), P(f1, g2), P(f2, g1), P(f3, g0), P(f4, n9), P(f5, n8), P(f6, n7),
               P(f7, n6), P(f8, n5), P(f9, n4));
    h[4] = SUM(P(f0, g4), P(d1, g3), P(f2, g2), P(d3, g1), P(f4, g0), P(d5, n9), P(f6, n8),
               P(d7, n7), P(f8, n6), P(d9, n5));
    h[5] = SUM(P(f0, g5), P(f1, g4), P(f2, g3), P(f3, g2), P(f4, g1), P(f5, g0), P(f6, n9),
               P(f7, n8), P(f8, n7), P(f9, n6));
    h[6] = SUM(P(f0, g6), P(d1, g5), P(f2, g4), P(d3, g3), P(f4, g2), P(d5, g1), P(f6, g0),
               P(d7, n9), P(f8, n8), P(d9, n7));
    h[7] = SUM(P(f0, g7), P(f1, g6), P(f2, g5), P(f3, g4), P(f4, g3), P(f5, g2), P(f6, g1),
               P(f7, g0), P(f8, n9), P(f9, n8));
    h[8] = SUM(P(f0, g8), P(d1, g7), P(f2, g6), P(d3, g5), P(f4, g4), P(d5, g3), P(f6, g2),
               P(d7, g1), P(f8, g0), P(d9, n9));
    h[9] = SUM(P(f0, g9), P(f1, g8), P(f2, g7), P(f3, g6), P(f4, g5), P(f5, g4), P(f6, g3),
               P(f7, g2), P(f8, g1), P(f9, g0));
    return fe_columns(h);
}

/* d: twice, n: 19 times, m: 38 times the limb */
FE_FN fe fe_sqr(fe a) {
    fe_check(a, FE_B_EVEN, FE_B_ODD);
    const __m256i k19 = fe_all(19);
    const __m256i f0 = a.l[0], f1 = a.l[1], f2 = a.l[2], f3 = a.l[3], f4 = a.l[4], f5 = a.l[5],
                  f6 = a.l[6], f7 = a.l[7], f8 = a.l[8], f9 = a.l[9];
    const __m256i d0 = ADD(f0, f0), d1 = ADD(f1, f1), d2 = ADD(f2, f2), d3 = ADD(f3, f3),
                  d4 = ADD(f4, f4), d5 = ADD(f5, f5), d6 = ADD(f6, f6), d7 = ADD(f7, f7),
                  d8 = ADD(f8, f8), d9 = ADD(f9, f9);
    const __m256i n5 = P(f5, k19), n6 = P(f6, k19), n7 = P(f7, k19), n8 = P(f8, k19),
                  n9 = P(f9, k19);
    const __m256i m7 = ADD(n7, n7), m9 = ADD(n9, n9);
    __m256i h[10];
    h[0] = SUM6(P(f0, f0), P(d1, m9), P(d2, n8), P(d3, m7), P(d4, n6), P(d5, n5));
    h[1] = SUM5(P(d0, f1), P(d2, n9), P(d3, n8), P(d4, n7), P(d5, n6));
    h[2] = SUM6(P(d0, f2), P(d1, f1), P(d3, m9), P(d4, n8), P(d5, m7), P(f6, n6));
    h[3] = SUM5(P(d0, f3), P(d1, f2), P(d4, n9), P(d5, n8), P(d6, n7));
    h[4] = SUM6(P(d0, f4), P(d1, d3), P(f2, f2), P(d5, m9), P(d6, n8), P(d7, n7));
    h[5] = SUM5(P(d0, f5), P(d1, f4), P(d2, f3), P(d6, n9), P(d7, n8));
    h[6] = SUM6(P(d0, f6), P(d1, d5), P(d2, f4), P(d3, f3), P(d7, m9), P(f8, n8));
    h[7] = SUM5(P(d0, f7), P(d1, f6), P(d2, f5), P(d3, f4), P(d8, n9));
    h[8] = SUM6(P(d0, f8), P(d1, d7), P(d2, f6), P(d3, d5), P(f4, f4), P(d9, n9));
    h[9] = SUM5(P(d0, f9), P(d1, f8), P(d2, f7), P(d3, f6), P(d4, f5));
    return fe_columns(h);
}
#undef P
#undef ADD
#undef SUM5
#undef SUM6
#undef SUM

FE_FN fe fe_freeze(fe a) {
    fe o = fe_carry(fe_carry(a));
    __m256i *h = o.l, q = _mm256_srli_epi64(_mm256_add_epi64(h[0], fe_all(19)), 26);
    for (int i = 1; i < 10; i++)
        q = _mm256_srli_epi64(_mm256_add_epi64(h[i], q), i % 2 == 0 ? 26 : 25);
    h[0] = _mm256_add_epi64(h[0], fe_times19(q));
    for (int i = 0; i < 9; i++) FE_STEP(i, i % 2 == 0 ? 26 : 25);
    h[9] = _mm256_and_si256(h[9], fe_all(FE_M25));
    return o;
}

FE_FN unsigned fe_mask(__m256i equal) {
    return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
}
FE_FN unsigned fe_is_odd(fe frozen) {
    return fe_mask(_mm256_slli_epi64(frozen.l[0], 63));
}
FE_FN unsigned fe_is_zero(fe frozen) {
    __m256i any = frozen.l[0];
    for (int i = 1; i < 10; i++) any = _mm256_or_si256(any, frozen.l[i]);
    return fe_mask(_mm256_cmpeq_epi64(any, _mm256_setzero_si256()));
}
FE_FN unsigned fe_is_equal(fe fa, fe fb) {
    __m256i differ = _mm256_setzero_si256();
    for (int i = 0; i < 10; i++)
        differ = _mm256_or_si256(differ, _mm256_xor_si256(fa.l[i], fb.l[i]));
    return fe_mask(_mm256_cmpeq_epi64(differ, _mm256_setzero_si256()));
}
FE_FN __m256i fe_lanes(unsigned mask) {
    const __m256i bit = _mm256_setr_epi64x(1, 2, 4, 8);
    return _mm256_cmpeq_epi64(_mm256_and_si256(fe_all(mask), bit), bit);
}
FE_FN fe fe_sel(unsigned mask, fe yes, fe no) {
    __m256i m = fe_lanes(mask);
    fe o;
    for (int i = 0; i < 10; i++) o.l[i] = _mm256_blendv_epi8(no.l[i], yes.l[i], m);
    return o;
}
FE_FN fe fe_neg_if(unsigned mask, fe a) {
    return fe_sel(mask, fe_sub(fe_small(0), a), a);
}

/* ---- memory: four words of four rows, and back (its own inverse) ---- */

FE_FN void fe_transpose(__m256i w[4]) {
    __m256i a = _mm256_unpacklo_epi64(w[0], w[1]), b = _mm256_unpackhi_epi64(w[0], w[1]);
    __m256i c = _mm256_unpacklo_epi64(w[2], w[3]), d = _mm256_unpackhi_epi64(w[2], w[3]);
    w[0] = _mm256_permute2x128_si256(a, c, 0x20);
    w[1] = _mm256_permute2x128_si256(b, d, 0x20);
    w[2] = _mm256_permute2x128_si256(a, c, 0x31);
    w[3] = _mm256_permute2x128_si256(b, d, 0x31);
}
FE_FN __m256i fe_mid(__m256i lo, __m256i hi, int right, int left) {
    return _mm256_or_si256(_mm256_srli_epi64(lo, right), _mm256_slli_epi64(hi, left));
}
FE_FN fe fe_load(const uint8_t *const *p, size_t off) {
    __m256i w[4], v[5];
    for (int i = 0; i < 4; i++)
        w[i] = _mm256_loadu_si256((const __m256i *)(const void *)(p[i] + off));
    fe_transpose(w);
    v[0] = w[0];
    v[1] = fe_mid(w[0], w[1], 51, 13);
    v[2] = fe_mid(w[1], w[2], 38, 26);
    v[3] = fe_mid(w[2], w[3], 25, 39);
    v[4] = _mm256_srli_epi64(w[3], 12);
    fe o;
    for (int i = 0; i < 5; i++) {
        o.l[2 * i] = _mm256_and_si256(v[i], fe_all(FE_M26));
        o.l[2 * i + 1] = _mm256_and_si256(_mm256_srli_epi64(v[i], 26), fe_all(FE_M25));
    }
    return o;
}
FE_FN void fe_store(uint8_t *const *p, size_t off, fe a) {
    a = fe_freeze(a);
    __m256i w[4], v[5];
    for (int i = 0; i < 5; i++)
        v[i] = _mm256_or_si256(a.l[2 * i], _mm256_slli_epi64(a.l[2 * i + 1], 26));
    w[0] = _mm256_or_si256(v[0], _mm256_slli_epi64(v[1], 51));
    w[1] = fe_mid(v[1], v[2], 13, 38);
    w[2] = fe_mid(v[2], v[3], 26, 25);
    w[3] = fe_mid(v[3], v[4], 39, 12);
    fe_transpose(w);
    for (int i = 0; i < 4; i++) _mm256_storeu_si256((__m256i *)(void *)(p[i] + off), w[i]);
}

/* Two limbs to a word: carried limbs fit 32 bits. */
FE_FN void fe_rows_load(fe out[4], const uint64_t *const *row) {
    for (int k = 0; k < 5; k++) {
        __m256i w[4];
        for (int i = 0; i < 4; i++)
            w[i] = _mm256_loadu_si256((const __m256i *)(const void *)(row[i] + 4 * k));
        fe_transpose(w);
        for (int i = 0; i < 4; i++) {
            int at = 4 * k + i;
            out[at / 5].l[2 * (at % 5)] = _mm256_and_si256(w[i], fe_all(UINT32_MAX));
            out[at / 5].l[2 * (at % 5) + 1] = _mm256_srli_epi64(w[i], 32);
        }
    }
}
FE_FN void fe_rows_store(uint64_t *const *row, const fe in[4]) {
    for (int k = 0; k < 5; k++) {
        __m256i w[4];
        for (int i = 0; i < 4; i++) {
            int at = 4 * k + i;
            w[i] = _mm256_or_si256(in[at / 5].l[2 * (at % 5)],
                                   _mm256_slli_epi64(in[at / 5].l[2 * (at % 5) + 1], 32));
        }
        fe_transpose(w);
        for (int i = 0; i < 4; i++) _mm256_storeu_si256((__m256i *)(void *)(row[i] + 4 * k), w[i]);
    }
}

#endif
