/* SPDX-License-Identifier: ISC */
/* The field of secp256k1, p = 2^256 - 2^32 - 977, in eight lanes of AVX-512 IFMA: five limbs of 52
 * bits, limb i of all lanes in one register. Public data only: variable time is allowed, though
 * nothing here branches.
 *
 * BOUNDS. Reduced: limbs 0 to 3 below 2^52, limb 4 below 2^49; the value is then below 2^257, not
 * yet below p. The multiply-add reads the low 52 bits of an operand, so factors must be reduced;
 * all products, and whatever fp_red has seen, are. Sums and differences are not: their limbs stay
 * below 2^62 (fp_red's limit) if each adds up at most 500 reduced ones. */
#ifndef WEAL_CRYPTO_SIG_FP_IFMA_H
#define WEAL_CRYPTO_SIG_FP_IFMA_H

#include <immintrin.h>

#include "crypto/base/bug.h"
#include "crypto/base/bytes.h"

enum { FP_LANES = 8 };
typedef struct {
    __m512i l[5];
} fp;

#ifdef WEAL_PARANOID /* checks in every operation: inlined, a sanitizer would compile for minutes  \
                      */
#define FP_FN static inline __attribute__((unused))
#else
#define FP_FN static inline __attribute__((always_inline, unused))
#endif

#define FP_M52 ((UINT64_C(1) << 52) - 1)
#define FP_M48 ((UINT64_C(1) << 48) - 1)
#define FP_C UINT64_C(0x1000003d1)      /* 2^256 mod p */
#define FP_R UINT64_C(0x1000003d10)     /* 2^260 mod p */
#define FP_P0 UINT64_C(0xffffefffffc2f) /* limb 0 of p; 1 to 3 are FP_M52, 4 is FP_M48 */

FP_FN __m512i fp_all(uint64_t v) {
    return _mm512_set1_epi64((long long)v);
}

FP_FN void fp_check(fp a, unsigned low, unsigned top) {
#ifdef WEAL_PARANOID
    for (int i = 0; i < 5; i++) {
        __m512i high = _mm512_srl_epi64(a.l[i], _mm_cvtsi32_si128((int)(i == 4 ? top : low)));
        WEAL_ASSERT(_mm512_test_epi64_mask(high, high) == 0);
    }
#else
    (void)a, (void)low, (void)top;
#endif
}

FP_FN fp fp_small(uint64_t v) {
    __m512i z = _mm512_setzero_si512();
    return (fp){{fp_all(v), z, z, z, z}};
}

FP_FN fp fp_add(fp a, fp b) {
    fp o;
    for (int i = 0; i < 5; i++) o.l[i] = _mm512_add_epi64(a.l[i], b.l[i]);
    return o;
}

/* a + 8 p - b; b: the sum of at most two reduced ones */
FP_FN fp fp_sub(fp a, fp b) {
    fp_check(b, 53, 50);
    fp o;
    for (int i = 0; i < 5; i++) {
        uint64_t p = i == 0 ? FP_P0 : i == 4 ? FP_M48 : FP_M52;
        o.l[i] = _mm512_add_epi64(a.l[i], _mm512_sub_epi64(fp_all(p << 3), b.l[i]));
    }
    return o;
}

/* 21 a: 3 b of the curve's equation */
FP_FN fp fp_mul21(fp a) {
    fp o;
    for (int i = 0; i < 5; i++)
        o.l[i] = _mm512_add_epi64(
            _mm512_add_epi64(_mm512_slli_epi64(a.l[i], 4), _mm512_slli_epi64(a.l[i], 2)), a.l[i]);
    return o;
}

/* What is above 2^256 comes down first, so that one ripple is enough: limb 4 ends below 2^48 and a
 * carry of at most 2^10. */
FP_FN fp fp_red(fp a) {
    fp_check(a, 62, 62);
    const __m512i m = fp_all(FP_M52);
    __m512i top = _mm512_srli_epi64(a.l[4], 48);
    fp o;
    o.l[0] = _mm512_madd52lo_epu64(a.l[0], top, fp_all(FP_C));
    o.l[1] = _mm512_add_epi64(a.l[1], _mm512_srli_epi64(o.l[0], 52));
    o.l[2] = _mm512_add_epi64(a.l[2], _mm512_srli_epi64(o.l[1], 52));
    o.l[3] = _mm512_add_epi64(a.l[3], _mm512_srli_epi64(o.l[2], 52));
    o.l[4] =
        _mm512_add_epi64(_mm512_and_si512(a.l[4], fp_all(FP_M48)), _mm512_srli_epi64(o.l[3], 52));
    for (int i = 0; i < 4; i++) o.l[i] = _mm512_and_si512(o.l[i], m);
    fp_check(o, 52, 49);
    return o;
}

#define LO(c, x, y) _mm512_madd52lo_epu64(c, x, y)
#define HI(c, x, y) _mm512_madd52hi_epu64(c, x, y)

/* Ten columns of a product, each below 10 2^52, to five limbs: columns 5 to 9 are carried, so that
 * they can be factors, and come down as multiples of 2^260 mod p; so does what that makes above. */
FP_FN fp fp_fold(const __m512i lo[9], const __m512i hi[9]) {
    const __m512i m = fp_all(FP_M52), r = fp_all(FP_R);
    __m512i c[10];
    c[0] = lo[0];
    for (int i = 1; i < 9; i++) c[i] = _mm512_add_epi64(lo[i], hi[i - 1]);
    c[9] = hi[8];
    for (int i = 5; i < 9; i++) {
        c[i + 1] = _mm512_add_epi64(c[i + 1], _mm512_srli_epi64(c[i], 52));
        c[i] = _mm512_and_si512(c[i], m);
    }
    fp o;
    for (int i = 0; i < 5; i++) o.l[i] = LO(c[i], c[i + 5], r);
    for (int i = 1; i < 5; i++) o.l[i] = HI(o.l[i], c[i + 4], r);
    __m512i above = HI(_mm512_setzero_si512(), c[9], r);
    o.l[0] = LO(o.l[0], above, r);
    o.l[1] = HI(o.l[1], above, r);
    return fp_red(o);
}

FP_FN fp fp_mul(fp a, fp b) {
    fp_check(a, 52, 49), fp_check(b, 52, 49);
    __m512i lo[9], hi[9];
    for (int i = 0; i < 9; i++) lo[i] = hi[i] = _mm512_setzero_si512();
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
#pragma GCC unroll 5
        for (int k = 0; k < 5; k++) {
            lo[i + k] = LO(lo[i + k], a.l[i], b.l[k]);
            hi[i + k] = HI(hi[i + k], a.l[i], b.l[k]);
        }
    }
    return fp_fold(lo, hi);
}

/* Cross products once, doubled in the sum. */
FP_FN fp fp_sqr(fp a) {
    fp_check(a, 52, 49);
    __m512i lo[9], hi[9];
    for (int i = 0; i < 9; i++) lo[i] = hi[i] = _mm512_setzero_si512();
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
#pragma GCC unroll 5
        for (int k = i + 1; k < 5; k++) {
            lo[i + k] = LO(lo[i + k], a.l[i], a.l[k]);
            hi[i + k] = HI(hi[i + k], a.l[i], a.l[k]);
        }
    }
#pragma GCC unroll 9
    for (int i = 0; i < 9; i++) {
        lo[i] = _mm512_add_epi64(lo[i], lo[i]);
        hi[i] = _mm512_add_epi64(hi[i], hi[i]);
    }
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
        lo[2 * i] = LO(lo[2 * i], a.l[i], a.l[i]);
        hi[2 * i] = HI(hi[2 * i], a.l[i], a.l[i]);
    }
    return fp_fold(lo, hi);
}
#undef LO
#undef HI

/* The value below p. */
FP_FN fp fp_freeze(fp a) {
    a = fp_red(fp_red(a)); /* below 2^256: the second time there is at most one to bring down */
    fp s;
    s.l[0] = _mm512_add_epi64(a.l[0], fp_all(FP_C)); /* a + 2^256 - p: carries out iff a >= p */
    for (int i = 1; i < 5; i++) {
        s.l[i] = _mm512_add_epi64(a.l[i], _mm512_srli_epi64(s.l[i - 1], 52));
        s.l[i - 1] = _mm512_and_si512(s.l[i - 1], fp_all(FP_M52));
    }
    __mmask8 over = _mm512_test_epi64_mask(s.l[4], fp_all(FP_M48 + 1));
    s.l[4] = _mm512_and_si512(s.l[4], fp_all(FP_M48));
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_mask_mov_epi64(a.l[i], over, s.l[i]);
    fp_check(a, 52, 48);
    return a;
}

FP_FN unsigned fp_is_zero(fp a) {
    a = fp_freeze(a);
    __m512i any = a.l[0];
    for (int i = 1; i < 5; i++) any = _mm512_or_si512(any, a.l[i]);
    return _mm512_testn_epi64_mask(any, any);
}
FP_FN unsigned fp_is_odd(fp frozen) {
    return _mm512_test_epi64_mask(frozen.l[0], fp_all(1));
}
/* -a in the lanes of mask; a reduced */
FP_FN fp fp_neg_if(unsigned mask, fp a) {
    fp n = fp_red(fp_sub(fp_small(0), a));
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_mask_mov_epi64(a.l[i], (__mmask8)mask, n.l[i]);
    return a;
}

/* Lane i: the four words at w[i], least first, below p. */
FP_FN fp fp_load(const uint64_t (*w)[4]) {
    uint64_t t[5][FP_LANES];
    fp o;
    for (int i = 0; i < FP_LANES; i++) {
        t[0][i] = w[i][0] & FP_M52;
        t[1][i] = (w[i][0] >> 52 | w[i][1] << 12) & FP_M52;
        t[2][i] = (w[i][1] >> 40 | w[i][2] << 24) & FP_M52;
        t[3][i] = (w[i][2] >> 28 | w[i][3] << 36) & FP_M52;
        t[4][i] = w[i][3] >> 16;
    }
    for (int i = 0; i < 5; i++) o.l[i] = _mm512_loadu_si512(t[i]);
    return o;
}

#endif
