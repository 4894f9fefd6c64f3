/* SPDX-License-Identifier: ISC */
/* The body of fe_check_*.c. The reference is schoolbook arithmetic on 32-bit digits, which shares
 * nothing with any back end. */
#include <string.h>

#include "tests/support/fe_check.h"
#include "tests/support/rng.h"

/* ---- reference: values below 2^256 in eight digits ---- */

struct big {
    uint32_t d[8];
};

static void big_reduce(struct big *r, const uint64_t x[16]) { /* x: columns below 2^48 */
    uint64_t c = 0, lo[8];
    uint32_t n[18] = {0};
    for (int i = 0; i < 18; i++) {
        c += i < 16 ? x[i] : 0;
        n[i] = (uint32_t)c;
        c >>= 32;
    }
    /* 2^256 = 38, twice; then 2^255 = 19 and at most one subtraction */
    for (int i = 0; i < 8; i++) lo[i] = n[i] + 38ULL * n[i + 8] + (i < 2 ? 1444ULL * n[i + 16] : 0);
    for (int round = 0; round < 3; round++) {
        c = 0;
        for (int i = 0; i < 8; i++) {
            c += lo[i];
            lo[i] = (uint32_t)c;
            c >>= 32;
        }
        lo[0] += 38 * c;
    }
    for (int round = 0; round < 2; round++) {
        uint64_t top = lo[7] >> 31;
        lo[7] &= 0x7fffffff;
        c = 19 * top;
        for (int i = 0; i < 8; i++) {
            c += lo[i];
            lo[i] = (uint32_t)c;
            c >>= 32;
        }
    }
    uint64_t t[8];
    c = 19;
    for (int i = 0; i < 8; i++) {
        c += lo[i];
        t[i] = (uint32_t)c;
        c >>= 32;
    }
    int over = (int)(t[7] >> 31);
    t[7] &= 0x7fffffff;
    for (int i = 0; i < 8; i++) r->d[i] = (uint32_t)(over ? t[i] : lo[i]);
}

static struct big big_mul(struct big a, struct big b) {
    uint64_t x[16] = {0};
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            uint64_t p = (uint64_t)a.d[i] * b.d[j];
            x[i + j] += (uint32_t)p;
            x[i + j + 1] += p >> 32;
        }
    struct big r;
    big_reduce(&r, x);
    return r;
}
static struct big big_add(struct big a, struct big b) {
    uint64_t x[16] = {0};
    for (int i = 0; i < 8; i++) x[i] = (uint64_t)a.d[i] + b.d[i];
    struct big r;
    big_reduce(&r, x);
    return r;
}
static struct big big_small(uint64_t v) {
    return (struct big){{(uint32_t)v, (uint32_t)(v >> 32)}};
}
static struct big big_sub(struct big a, struct big b) { /* a + (p - 1) b */
    struct big minus = {{0xffffffec, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                         0xffffffff, 0x7fffffff}};
    return big_add(a, big_mul(minus, b));
}
static struct big big_bytes(const uint8_t b[32]) {
    struct big r;
    for (int i = 0; i < 8; i++) r.d[i] = weal_le32(b + 4 * i);
    r.d[7] &= 0x7fffffff;
    return big_add(r, big_small(0));
}

/* ---- operands ---- */

enum { LIMBS = sizeof(fe) / FE_LANES / 8 };

/* Limbs up to their bound: often 0, 1, the bound, a power of two or one less. */
static fe any_fe(uint64_t *s, uint64_t even, uint64_t odd, struct big value[FE_LANES]) {
    uint64_t l[LIMBS][FE_LANES];
    memset(value, 0, FE_LANES * sizeof *value);
    for (int j = 0; j < FE_LANES; j++) {
        struct big weight = big_small(1);
        uint64_t style = test_rng(s) % 4;
        for (int i = 0; i < LIMBS; i++) {
            uint64_t most = LIMBS == 10 && i % 2 == 1 ? odd : even, r = test_rng(s), v;
            switch (style == 0 ? 7 : style == 1 ? 6 : r % 8) {
            case 0:
                v = 0;
                break;
            case 1:
                v = 1;
                break;
            case 2:
                v = most - (r >> 8) % 20;
                break;
            case 3:
                v = UINT64_C(1) << (r >> 8) % 60;
                break;
            case 4:
                v = (UINT64_C(1) << (r >> 8) % 60) - 1;
                break;
            case 5:
                v = (UINT64_C(1) << (LIMBS == 10 ? 26 - i % 2 : 51)) - 1 - (r >> 8) % 20;
                break;
            case 6:
                v = most;
                break;
            default:
                v = test_rng(s) % (most + 1);
                break;
            }
            if (v > most) v = most;
            l[i][j] = v;
            value[j] = big_add(value[j], big_mul(big_small(v), weight));
            int step = LIMBS == 10 ? 26 - i % 2 : 51;
            weight = big_mul(weight, big_small(UINT64_C(1) << step));
        }
    }
    fe o;
    memcpy(&o, l, sizeof o);
    return o;
}

static uint64_t differs(fe got, const struct big want[FE_LANES]) {
    uint8_t b[FE_LANES][33], *at[FE_LANES]; /* rows at odd places */
    uint64_t wrong = 0;
    for (int j = 0; j < FE_LANES; j++) at[j] = b[j];
    fe_store(at, 1, got);
    for (int j = 0; j < FE_LANES; j++)
        for (int i = 0; i < 8; i++) {
            if (weal_le32(b[j] + 1 + 4 * i) == want[j].d[i]) continue;
            wrong++;
            break;
        }
    return wrong;
}

/* ---- the checks ---- */

static uint64_t check_arithmetic(uint64_t *s) {
    struct big a[FE_LANES], b[FE_LANES], c[FE_LANES], m[FE_LANES], q[FE_LANES], d[FE_LANES],
        e[FE_LANES], n[FE_LANES], w[FE_LANES];
    uint64_t wrong = 0;
    fe fa = any_fe(s, CHECK_A_EVEN, CHECK_A_ODD, a), fb = any_fe(s, CHECK_B_EVEN, CHECK_B_ODD, b);
    fe fc = any_fe(s, CHECK_S_EVEN, CHECK_S_ODD, c), fw = any_fe(s, CHECK_W, CHECK_W, w);
    unsigned mask = (unsigned)test_rng(s) & ((1U << FE_LANES) - 1);
    fe fr = fe_carry(fc);
    for (int j = 0; j < FE_LANES; j++) {
        m[j] = big_mul(a[j], b[j]);
        q[j] = big_mul(b[j], b[j]);
        d[j] = big_sub(b[j], c[j]);
        e[j] = big_add(b[j], c[j]);
        n[j] = mask >> j & 1 ? big_sub(big_small(0), c[j]) : c[j];
    }
    wrong += differs(fe_mul(fa, fb), m);
    wrong += differs(fe_sqr(fb), q);
    wrong += differs(fe_sub(fb, fc), d);
    wrong += differs(fe_add(fb, fc), e);
    wrong += differs(fe_carry(fw), w);
    wrong += differs(fe_red(fa), a);
    wrong += differs(fe_freeze(fw), w);
    wrong += differs(fe_neg_if(mask, fr), n);
    /* what a carried operand and a product of extremes give can be multiplied again */
    fe p = fe_red(fe_mul(fa, fb));
    for (int j = 0; j < FE_LANES; j++) m[j] = big_mul(m[j], m[j]);
    wrong += differs(fe_mul(p, p), m);
    wrong += differs(fe_sqr(p), m);
    return wrong;
}

static uint64_t check_masks(uint64_t *s) {
    struct big a[FE_LANES], b[FE_LANES], x[FE_LANES];
    uint64_t wrong = 0;
    fe fa = fe_freeze(any_fe(s, CHECK_B_EVEN, CHECK_B_ODD, a));
    fe fb = fe_freeze(any_fe(s, CHECK_B_EVEN, CHECK_B_ODD, b));
    unsigned mask = (unsigned)test_rng(s) & ((1U << FE_LANES) - 1);
    fe mixed = fe_sel(mask, fa, fb), none = fe_sel(mask, fe_small(0), fa);
    for (int j = 0; j < FE_LANES; j++) {
        x[j] = mask >> j & 1 ? a[j] : b[j];
        static const struct big zero;
        bool is_zero = memcmp(&a[j], &zero, sizeof zero) == 0;
        bool same = (mask >> j & 1) || memcmp(&a[j], &b[j], sizeof zero) == 0;
        wrong += (fe_is_odd(fa) >> j & 1) != (a[j].d[0] & 1);
        wrong += (fe_is_zero(none) >> j & 1) != ((mask >> j & 1) || is_zero);
        wrong += (fe_is_equal(mixed, fa) >> j & 1) != same;
    }
    return wrong + differs(mixed, x);
}

static uint64_t check_memory(uint64_t *s) {
    uint8_t b[FE_LANES][40];
    const uint8_t *at[FE_LANES];
    struct big x[FE_LANES], v[4][FE_LANES];
    for (int j = 0; j < FE_LANES; j++) {
        uint64_t style = test_rng(s) % 3; /* random, near p, near 2^256 */
        for (int i = 0; i < 40; i++) b[j][i] = (uint8_t)(style == 0 ? test_rng(s) : 0xff);
        b[j][3] = (uint8_t)test_rng(s);
        if (style == 1) b[j][34] = 0x7f;
        at[j] = b[j];
        x[j] = big_bytes(b[j] + 3);
    }
    uint64_t wrong = differs(fe_load(at, 3), x);
    uint64_t rows[FE_LANES][20], *to[FE_LANES];
    const uint64_t *from[FE_LANES];
    fe in[4], out[4];
    for (int j = 0; j < FE_LANES; j++) from[j] = to[j] = rows[j];
    for (int c = 0; c < 4; c++) in[c] = fe_carry(any_fe(s, CHECK_W, CHECK_W, v[c]));
    fe_rows_store(to, in);
    fe_rows_load(out, from);
    for (int c = 0; c < 4; c++) wrong += differs(out[c], v[c]);
    return wrong;
}

static uint64_t check_all(uint64_t seed, unsigned rounds) {
    uint64_t wrong = 0;
    for (unsigned i = 0; i < rounds; i++)
        wrong += check_arithmetic(&seed) + check_masks(&seed) + check_memory(&seed);
    return wrong;
}

/* ---- work for the bench ---- */

static uint64_t work(enum fe_work what, unsigned count, unsigned *lanes) {
    struct big ignore[FE_LANES];
    uint64_t seed = count, out;
    fe w = fe_carry(any_fe(&seed, CHECK_S_EVEN, CHECK_S_ODD, ignore)), x = w, y = w, z = w;
    const fe k = fe_carry(any_fe(&seed, CHECK_S_EVEN, CHECK_S_ODD, ignore));
    *lanes = FE_LANES;
    switch (what) {
    case FE_WORK_MUL:
        for (unsigned i = 0; i < count; i++) w = fe_red(fe_mul(w, k));
        break;
    case FE_WORK_SQR:
        for (unsigned i = 0; i < count; i++) w = fe_red(fe_sqr(w));
        break;
    case FE_WORK_MUL4:
        for (unsigned i = 0; i < count; i += 4) {
            w = fe_red(fe_mul(w, k)), x = fe_red(fe_mul(x, k));
            y = fe_red(fe_mul(y, k)), z = fe_red(fe_mul(z, k));
        }
        break;
    case FE_WORK_SQR4:
        for (unsigned i = 0; i < count; i += 4) {
            w = fe_red(fe_sqr(w)), x = fe_red(fe_sqr(x));
            y = fe_red(fe_sqr(y)), z = fe_red(fe_sqr(z));
        }
        break;
    }
    w = fe_freeze(fe_add(fe_carry(fe_add(w, x)), fe_carry(fe_add(y, z))));
    memcpy(&out, &w, sizeof out);
    return out;
}
