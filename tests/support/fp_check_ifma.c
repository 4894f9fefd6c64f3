/* SPDX-License-Identifier: ISC */
#include "tests/support/fp_check.h"

#if defined(__AVX512IFMA__)
#include "crypto/sig/fp_ifma.h"
#include "tests/support/rng.h"

/* ---- reference: values mod p in eight digits ---- */

__extension__ typedef unsigned __int128 u128;

struct big {
    uint32_t d[8];
};

static const struct big big_p = {{0xfffffc2f, 0xfffffffe, UINT32_MAX, UINT32_MAX, UINT32_MAX,
                                  UINT32_MAX, UINT32_MAX, UINT32_MAX}};

/* x: columns of 32 bits, each below 2^63 */
static struct big big_reduce(const uint64_t x[17]) {
    uint32_t n[20] = {0};
    u128 c = 0;
    for (int i = 0; i < 20; i++) {
        c += i < 17 ? x[i] : 0;
        n[i] = (uint32_t)c;
        c >>= 32;
    }
    for (int round = 0; round < 12; round++) { /* 2^256 = 2^32 + 977 */
        uint64_t t[20] = {0};
        for (int i = 0; i < 8; i++) t[i] = n[i];
        for (int i = 8; i < 20; i++) {
            t[i - 8] += UINT64_C(977) * n[i];
            t[i - 7] += n[i];
        }
        c = 0;
        for (int i = 0; i < 20; i++) {
            c += t[i];
            n[i] = (uint32_t)c;
            c >>= 32;
        }
    }
    struct big r, less;
    memcpy(r.d, n, sizeof r.d);
    int64_t borrow = 0;
    for (int i = 0; i < 8; i++) {
        borrow += (int64_t)r.d[i] - big_p.d[i];
        less.d[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    return borrow < 0 ? r : less;
}

static struct big big_mul(struct big a, struct big b) {
    uint64_t lo[17] = {0};
    for (int i = 0; i < 8; i++) {
        for (int k = 0; k < 8; k++) {
            uint64_t m = (uint64_t)a.d[i] * b.d[k];
            lo[i + k] += (uint32_t)m;
            lo[i + k + 1] += m >> 32;
        }
    }
    return big_reduce(lo);
}

static struct big big_sum(struct big a, uint64_t times_a, struct big b, uint64_t times_b) {
    uint64_t x[17] = {0};
    for (int i = 0; i < 8; i++) x[i] = a.d[i] * times_a + b.d[i] * times_b;
    return big_reduce(x);
}

/* ---- lanes ---- */

static struct big lane_of(fp a, int lane) {
    uint64_t x[17] = {0};
    for (int i = 0; i < 5; i++) {
        uint64_t v[FP_LANES];
        _mm512_storeu_si512(v, a.l[i]);
        int bit = 52 * i;
        u128 w = (u128)v[lane] << (bit % 32);
        for (int k = 0; k < 3; k++) x[bit / 32 + k] += (uint32_t)(w >> (32 * k));
    }
    return big_reduce(x);
}

/* Limbs at random, or 0, or as large as they may be, or the limbs of p and its neighbours. */
static fp operand(uint64_t *rng, unsigned low, unsigned top) {
    uint64_t v[5][FP_LANES];
    for (int lane = 0; lane < FP_LANES; lane++) {
        uint64_t near_p = test_below(rng, 8);
        for (int i = 0; i < 5; i++) {
            uint64_t most = (UINT64_C(1) << (i == 4 ? top : low)) - 1;
            uint64_t how = test_below(rng, 8);
            v[i][lane] = how == 0 ? 0 : how == 1 ? most : test_rng(rng) & most;
            if (near_p == 0) v[i][lane] = i == 0 ? FP_P0 : i == 4 ? FP_M48 : FP_M52;
        }
        if (near_p == 0) v[0][lane] += test_below(rng, 3) - 1;
    }
    fp o;
    for (int i = 0; i < 5; i++) o.l[i] = _mm512_loadu_si512(v[i]);
    return o;
}

static uint64_t differ(fp got, const struct big want[FP_LANES]) {
    uint64_t wrong = 0;
    for (int i = 0; i < FP_LANES; i++) {
        struct big g = lane_of(got, i);
        wrong += memcmp(&g, &want[i], sizeof g) != 0;
    }
    return wrong;
}

static uint64_t one_round(uint64_t *rng) {
    fp a = operand(rng, 52, 49), b = operand(rng, 52, 49), wide = operand(rng, 62, 62);
    unsigned mask = (unsigned)test_below(rng, 256);
    struct big x[FP_LANES], y[FP_LANES], w[FP_LANES], want[FP_LANES];
    const struct big zero = {{0}};
    uint64_t wrong = 0;
    for (int i = 0; i < FP_LANES; i++)
        x[i] = lane_of(a, i), y[i] = lane_of(b, i), w[i] = lane_of(wide, i);
#define EACH(expression)                                                                           \
    for (int i = 0; i < FP_LANES; i++) want[i] = expression
    EACH(big_mul(x[i], y[i]));
    wrong += differ(fp_mul(a, b), want);
    EACH(big_mul(x[i], x[i]));
    wrong += differ(fp_sqr(a), want);
    EACH(w[i]);
    wrong += differ(fp_red(wide), want);
    EACH(big_sum(x[i], 21, zero, 0));
    wrong += differ(fp_red(fp_mul21(a)), want);
    EACH(big_sum(x[i], 2, y[i], 1));
    wrong += differ(fp_red(fp_add(a, fp_add(a, b))), want);
    /* x - 2 y: 2 y is 2 p - 2 y taken from 0 */
    for (int i = 0; i < FP_LANES; i++) {
        struct big minus;
        int64_t borrow = 0;
        for (int k = 0; k < 8; k++) {
            borrow += (int64_t)big_p.d[k] - y[i].d[k];
            minus.d[k] = (uint32_t)borrow;
            borrow >>= 32;
        }
        want[i] = big_sum(x[i], 1, minus, 2);
    }
    wrong += differ(fp_red(fp_sub(a, fp_add(b, b))), want);

    /* frozen: the digits themselves, and what is asked of them */
    fp f = fp_freeze(wide);
    unsigned odd = fp_is_odd(f), zeros = fp_is_zero(fp_sub(a, fp_red(a)));
    fp neg = fp_neg_if(mask, a);
    for (int i = 0; i < FP_LANES; i++) {
        uint64_t v[5][FP_LANES], words[FP_LANES][4] = {{0}};
        for (int k = 0; k < 5; k++) _mm512_storeu_si512(v[k], f.l[k]);
        for (int k = 0; k < 4; k++) words[i][k] = w[i].d[2 * k] | (uint64_t)w[i].d[2 * k + 1] << 32;
        fp loaded = fp_load((const uint64_t(*)[4])words);
        for (int k = 0; k < 5; k++) {
            uint64_t l[FP_LANES];
            _mm512_storeu_si512(l, loaded.l[k]);
            wrong += l[i] != v[k][i];
        }
        wrong += (odd >> i & 1) != (w[i].d[0] & 1);
        struct big n = lane_of(neg, i);
        struct big back = mask >> i & 1 ? big_sum(n, 1, x[i], 1) : n;
        struct big expected = mask >> i & 1 ? zero : x[i];
        wrong += memcmp(&back, &expected, sizeof back) != 0;
    }
    return wrong + (zeros != 0xff);
}

uint64_t fp_check_ifma(uint64_t seed, unsigned rounds) {
    uint64_t wrong = 0;
    while (rounds-- > 0) wrong += one_round(&seed);
    return wrong;
}
#else
uint64_t fp_check_ifma(uint64_t seed, unsigned rounds) {
    (void)seed, (void)rounds;
    return UINT64_MAX;
}
#endif
