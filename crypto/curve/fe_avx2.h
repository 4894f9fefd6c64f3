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

#ifdef WEAL_PARANOID /* checks in every operation: inlined, a sanitizer would compile for minutes  \
                      */
#define FE_FN static inline __attribute__((unused))
#else
#define FE_FN static inline __attribute__((always_inline, unused))
#endif
/* Loops over limbs are written out: gcc unrolls ten rounds only after it has decided that the
 * struct lives in memory, and then copies it with `rep movs`. */
#define FE_EACH(step)                                                                              \
    step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7) step(8) step(9)
#define FE_BITS(i) ((i) % 2 == 0 ? 26 : 25)
#define FE_MASK(i) ((UINT64_C(1) << FE_BITS(i)) - 1)
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
    const __m256i z = _mm256_setzero_si256();
    return (fe){{fe_all(v), z, z, z, z, z, z, z, z, z}};
}

FE_FN fe fe_add(fe a, fe b) {
    fe o;
#define STEP(i) o.l[i] = _mm256_add_epi64(a.l[i], b.l[i]);
    FE_EACH(STEP)
#undef STEP
    return o;
}

/* limb i of 2p */
FE_FN __m256i fe_2p(int i) {
    return fe_all(i == 0 ? 2 * (FE_M26 - 18) : i % 2 == 0 ? 2 * FE_M26 : 2 * FE_M25);
}
FE_FN fe fe_sub(fe a, fe b) {
    fe_check(b, 2 * (FE_M26 - 18), 2 * FE_M25);
    fe o;
#define STEP(i) o.l[i] = _mm256_add_epi64(a.l[i], _mm256_sub_epi64(fe_2p(i), b.l[i]));
    FE_EACH(STEP)
#undef STEP
    return o;
}

FE_FN __m256i fe_times19(__m256i c) {
    return _mm256_add_epi64(_mm256_slli_epi64(c, 4), _mm256_add_epi64(c, _mm256_add_epi64(c, c)));
}

FE_FN fe fe_carry(fe a) {
    fe_check(a, UINT32_MAX >> 1, UINT32_MAX >> 1);
    fe o;
    __m256i c[11];
#define STEP(i)                                                                                    \
    c[i + 1] = _mm256_srli_epi64(a.l[i], FE_BITS(i));                                              \
    o.l[i] = _mm256_and_si256(a.l[i], fe_all(FE_MASK(i)));
    FE_EACH(STEP)
#undef STEP
    c[0] = fe_times19(c[10]);
#define STEP(i) o.l[i] = _mm256_add_epi64(o.l[i], c[i]);
    FE_EACH(STEP)
#undef STEP
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
#define STEP(i) o.l[i] = h[i];
    FE_EACH(STEP)
#undef STEP
    fe_check(o, FE_M26 + (1 << 18), FE_M25 + (1 << 18));
    return o;
}

/* Columns stay in registers and the first factor in memory, as an operand of vpmuludq: said with
 * empty assembly, because compilers otherwise keep factors and spill columns. */
#define IN_MEMORY(x) __asm__("" : "+m"(x))
#define IN_REGISTERS                                                                               \
    __asm__(""                                                                                     \
            : "+x"(h[0]), "+x"(h[1]), "+x"(h[2]), "+x"(h[3]), "+x"(h[4]), "+x"(h[5]), "+x"(h[6]),  \
              "+x"(h[7]), "+x"(h[8]), "+x"(h[9]))
#define MAC(k, x, y) h[k] = _mm256_add_epi64(h[k], _mm256_mul_epu32(y, x))
#define MUL(k, x, y) h[k] = _mm256_mul_epu32(y, x)
#define DOUBLE(x) _mm256_add_epi64(x, x)
#define TIMES19(x) _mm256_mul_epu32(x, fe_all(19))

/* f, d: limbs of a, odd ones doubled; g, n: a limb of b, 19 times it, which fits 32 bits */
FE_FN fe fe_mul(fe a, fe b) {
    fe_check(a, FE_A_EVEN, FE_A_ODD), fe_check(b, FE_B_EVEN, FE_B_ODD);
    __m256i h[10], g, n;
    fe f, d;
#define STEP(i) f.l[i] = a.l[i];
    FE_EACH(STEP)
#undef STEP
    d.l[1] = DOUBLE(a.l[1]);
    d.l[3] = DOUBLE(a.l[3]);
    d.l[5] = DOUBLE(a.l[5]);
    d.l[7] = DOUBLE(a.l[7]);
    d.l[9] = DOUBLE(a.l[9]);
    IN_MEMORY(f);
    IN_MEMORY(d.l[1]);
    IN_MEMORY(d.l[3]);
    IN_MEMORY(d.l[5]);
    IN_MEMORY(d.l[7]);
    IN_MEMORY(d.l[9]);
    g = b.l[0];
    MUL(0, f.l[0], g);
    MUL(1, f.l[1], g);
    MUL(2, f.l[2], g);
    MUL(3, f.l[3], g);
    MUL(4, f.l[4], g);
    MUL(5, f.l[5], g);
    MUL(6, f.l[6], g);
    MUL(7, f.l[7], g);
    MUL(8, f.l[8], g);
    MUL(9, f.l[9], g);
    IN_REGISTERS;
    g = b.l[1], n = TIMES19(g);
    MAC(1, f.l[0], g);
    MAC(2, d.l[1], g);
    MAC(3, f.l[2], g);
    MAC(4, d.l[3], g);
    MAC(5, f.l[4], g);
    MAC(6, d.l[5], g);
    MAC(7, f.l[6], g);
    MAC(8, d.l[7], g);
    MAC(9, f.l[8], g);
    MAC(0, d.l[9], n);
    IN_REGISTERS;
    g = b.l[2], n = TIMES19(g);
    MAC(2, f.l[0], g);
    MAC(3, f.l[1], g);
    MAC(4, f.l[2], g);
    MAC(5, f.l[3], g);
    MAC(6, f.l[4], g);
    MAC(7, f.l[5], g);
    MAC(8, f.l[6], g);
    MAC(9, f.l[7], g);
    MAC(0, f.l[8], n);
    MAC(1, f.l[9], n);
    IN_REGISTERS;
    g = b.l[3], n = TIMES19(g);
    MAC(3, f.l[0], g);
    MAC(4, d.l[1], g);
    MAC(5, f.l[2], g);
    MAC(6, d.l[3], g);
    MAC(7, f.l[4], g);
    MAC(8, d.l[5], g);
    MAC(9, f.l[6], g);
    MAC(0, d.l[7], n);
    MAC(1, f.l[8], n);
    MAC(2, d.l[9], n);
    IN_REGISTERS;
    g = b.l[4], n = TIMES19(g);
    MAC(4, f.l[0], g);
    MAC(5, f.l[1], g);
    MAC(6, f.l[2], g);
    MAC(7, f.l[3], g);
    MAC(8, f.l[4], g);
    MAC(9, f.l[5], g);
    MAC(0, f.l[6], n);
    MAC(1, f.l[7], n);
    MAC(2, f.l[8], n);
    MAC(3, f.l[9], n);
    IN_REGISTERS;
    g = b.l[5], n = TIMES19(g);
    MAC(5, f.l[0], g);
    MAC(6, d.l[1], g);
    MAC(7, f.l[2], g);
    MAC(8, d.l[3], g);
    MAC(9, f.l[4], g);
    MAC(0, d.l[5], n);
    MAC(1, f.l[6], n);
    MAC(2, d.l[7], n);
    MAC(3, f.l[8], n);
    MAC(4, d.l[9], n);
    IN_REGISTERS;
    g = b.l[6], n = TIMES19(g);
    MAC(6, f.l[0], g);
    MAC(7, f.l[1], g);
    MAC(8, f.l[2], g);
    MAC(9, f.l[3], g);
    MAC(0, f.l[4], n);
    MAC(1, f.l[5], n);
    MAC(2, f.l[6], n);
    MAC(3, f.l[7], n);
    MAC(4, f.l[8], n);
    MAC(5, f.l[9], n);
    IN_REGISTERS;
    g = b.l[7], n = TIMES19(g);
    MAC(7, f.l[0], g);
    MAC(8, d.l[1], g);
    MAC(9, f.l[2], g);
    MAC(0, d.l[3], n);
    MAC(1, f.l[4], n);
    MAC(2, d.l[5], n);
    MAC(3, f.l[6], n);
    MAC(4, d.l[7], n);
    MAC(5, f.l[8], n);
    MAC(6, d.l[9], n);
    IN_REGISTERS;
    g = b.l[8], n = TIMES19(g);
    MAC(8, f.l[0], g);
    MAC(9, f.l[1], g);
    MAC(0, f.l[2], n);
    MAC(1, f.l[3], n);
    MAC(2, f.l[4], n);
    MAC(3, f.l[5], n);
    MAC(4, f.l[6], n);
    MAC(5, f.l[7], n);
    MAC(6, f.l[8], n);
    MAC(7, f.l[9], n);
    IN_REGISTERS;
    g = b.l[9], n = TIMES19(g);
    MAC(9, f.l[0], g);
    MAC(0, d.l[1], n);
    MAC(1, f.l[2], n);
    MAC(2, d.l[3], n);
    MAC(3, f.l[4], n);
    MAC(4, d.l[5], n);
    MAC(5, f.l[6], n);
    MAC(6, d.l[7], n);
    MAC(7, f.l[8], n);
    MAC(8, d.l[9], n);
    IN_REGISTERS;
    return fe_columns(h);
}

/* Each product of two limbs once. d: doubled limbs; n, m: 19 and 38 times a limb. */
FE_FN fe fe_sqr(fe a) {
    fe_check(a, FE_B_EVEN, FE_B_ODD);
    __m256i h[10], n, m;
    fe f, d;
#define STEP(i) f.l[i] = a.l[i], d.l[i] = DOUBLE(a.l[i]);
    FE_EACH(STEP)
#undef STEP
    IN_MEMORY(f);
    IN_MEMORY(d);
    MUL(0, f.l[0], a.l[0]);
    MUL(1, d.l[0], a.l[1]);
    MUL(2, d.l[1], a.l[1]);
    MAC(2, d.l[0], a.l[2]);
    MUL(3, d.l[1], a.l[2]);
    MUL(4, f.l[2], a.l[2]);
    MAC(3, d.l[0], a.l[3]);
    MAC(4, d.l[1], d.l[3]);
    MUL(5, d.l[2], a.l[3]);
    MUL(6, d.l[3], a.l[3]);
    MAC(4, d.l[0], a.l[4]);
    MAC(5, d.l[1], a.l[4]);
    MAC(6, d.l[2], a.l[4]);
    MUL(7, d.l[3], a.l[4]);
    MUL(8, f.l[4], a.l[4]);
    n = TIMES19(a.l[5]), m = DOUBLE(n);
    MAC(5, d.l[0], a.l[5]);
    MAC(6, d.l[1], d.l[5]);
    MAC(7, d.l[2], a.l[5]);
    MAC(8, d.l[3], d.l[5]);
    MUL(9, d.l[4], a.l[5]);
    MAC(0, d.l[5], n);
    IN_REGISTERS;
    n = TIMES19(a.l[6]);
    MAC(6, d.l[0], a.l[6]);
    MAC(7, d.l[1], a.l[6]);
    MAC(8, d.l[2], a.l[6]);
    MAC(9, d.l[3], a.l[6]);
    MAC(0, d.l[4], n);
    MAC(1, d.l[5], n);
    MAC(2, f.l[6], n);
    IN_REGISTERS;
    n = TIMES19(a.l[7]), m = DOUBLE(n);
    MAC(7, d.l[0], a.l[7]);
    MAC(8, d.l[1], d.l[7]);
    MAC(9, d.l[2], a.l[7]);
    MAC(0, d.l[3], m);
    MAC(1, d.l[4], n);
    MAC(2, d.l[5], m);
    MAC(3, d.l[6], n);
    MAC(4, d.l[7], n);
    IN_REGISTERS;
    n = TIMES19(a.l[8]);
    MAC(8, d.l[0], a.l[8]);
    MAC(9, d.l[1], a.l[8]);
    MAC(0, d.l[2], n);
    MAC(1, d.l[3], n);
    MAC(2, d.l[4], n);
    MAC(3, d.l[5], n);
    MAC(4, d.l[6], n);
    MAC(5, d.l[7], n);
    MAC(6, f.l[8], n);
    IN_REGISTERS;
    n = TIMES19(a.l[9]), m = DOUBLE(n);
    MAC(9, d.l[0], a.l[9]);
    MAC(0, d.l[1], m);
    MAC(1, d.l[2], n);
    MAC(2, d.l[3], m);
    MAC(3, d.l[4], n);
    MAC(4, d.l[5], m);
    MAC(5, d.l[6], n);
    MAC(6, d.l[7], m);
    MAC(7, d.l[8], n);
    MAC(8, d.l[9], n);
    IN_REGISTERS;
    return fe_columns(h);
}
#undef MAC
#undef MUL
#undef TIMES19
#undef DOUBLE

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
#define STEP(i) o.l[i] = _mm256_blendv_epi8(no.l[i], yes.l[i], m);
    FE_EACH(STEP)
#undef STEP
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
#define FE_LOAD4(w, p, off)                                                                        \
    do {                                                                                           \
        (w)[0] = _mm256_loadu_si256((const __m256i *)(const void *)((p)[0] + (off)));              \
        (w)[1] = _mm256_loadu_si256((const __m256i *)(const void *)((p)[1] + (off)));              \
        (w)[2] = _mm256_loadu_si256((const __m256i *)(const void *)((p)[2] + (off)));              \
        (w)[3] = _mm256_loadu_si256((const __m256i *)(const void *)((p)[3] + (off)));              \
        fe_transpose(w);                                                                           \
    } while (0)
FE_FN fe fe_load(const uint8_t *const *p, size_t off) {
    __m256i w[4], v1, v2, v3, v4;
    FE_LOAD4(w, p, off);
    v1 = fe_mid(w[0], w[1], 51, 13);
    v2 = fe_mid(w[1], w[2], 38, 26);
    v3 = fe_mid(w[2], w[3], 25, 39);
    v4 = _mm256_srli_epi64(w[3], 12);
    const __m256i m26 = fe_all(FE_M26), m25 = fe_all(FE_M25);
#define HALVES(v) _mm256_and_si256(v, m26), _mm256_and_si256(_mm256_srli_epi64(v, 26), m25)
    return (fe){{HALVES(w[0]), HALVES(v1), HALVES(v2), HALVES(v3), HALVES(v4)}};
#undef HALVES
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
FE_FN fe fe_unpack(const __m256i *w) {
    const __m256i low = fe_all(UINT32_MAX);
    return (fe){{_mm256_and_si256(w[0], low), _mm256_srli_epi64(w[0], 32),
                 _mm256_and_si256(w[1], low), _mm256_srli_epi64(w[1], 32),
                 _mm256_and_si256(w[2], low), _mm256_srli_epi64(w[2], 32),
                 _mm256_and_si256(w[3], low), _mm256_srli_epi64(w[3], 32),
                 _mm256_and_si256(w[4], low), _mm256_srli_epi64(w[4], 32)}};
}
FE_FN void fe_rows_load(fe out[4], const uint64_t *const *row) {
    __m256i w[20];
    FE_LOAD4(w, row, 0);
    FE_LOAD4(w + 4, row, 4);
    FE_LOAD4(w + 8, row, 8);
    FE_LOAD4(w + 12, row, 12);
    FE_LOAD4(w + 16, row, 16);
    out[0] = fe_unpack(w), out[1] = fe_unpack(w + 5);
    out[2] = fe_unpack(w + 10), out[3] = fe_unpack(w + 15);
}
FE_FN void fe_pack(__m256i *w, fe a) {
    w[0] = _mm256_or_si256(a.l[0], _mm256_slli_epi64(a.l[1], 32));
    w[1] = _mm256_or_si256(a.l[2], _mm256_slli_epi64(a.l[3], 32));
    w[2] = _mm256_or_si256(a.l[4], _mm256_slli_epi64(a.l[5], 32));
    w[3] = _mm256_or_si256(a.l[6], _mm256_slli_epi64(a.l[7], 32));
    w[4] = _mm256_or_si256(a.l[8], _mm256_slli_epi64(a.l[9], 32));
}
FE_FN void fe_rows_store(uint64_t *const *row, const fe in[4]) {
    __m256i w[20];
    for (int i = 0; i < 4; i++) fe_pack(w + 5 * i, in[i]);
    for (int k = 0; k < 20; k += 4) {
        fe_transpose(w + k);
        for (int i = 0; i < 4; i++) _mm256_storeu_si256((__m256i *)(void *)(row[i] + k), w[k + i]);
    }
}

#endif
