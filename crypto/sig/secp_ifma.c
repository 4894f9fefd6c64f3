/* SPDX-License-Identifier: ISC */
/* A group of BIP340 signatures at once, eight in the lanes of a vector: lift both x of each, make
 * tables of the small multiples, then one chain of doublings for all (Straus), four bits at a time.
 *
 * Points are projective, X : Y : Z for (X/Z, Y/Z), by the complete formulas of Renes, Costello and
 * Batina, EUROCRYPT 2016, algorithms 7 and 9 (a = 0, 3 b = 21): the group has odd order, so no case
 * is special, not even equal points, opposite ones or the identity 0 : 1 : 0. */
#include "crypto/sig/many_int.h"

#if defined(__x86_64__)
#include "crypto/sig/fp_ifma.h"

enum {
    VECTORS = SIG_GROUP / FP_LANES,
    ENTRIES = 8,   /* a table: P, 2P, ... 8P */
    DIGITS = 65,   /* of a number below 2^256: -8 to 7, the last 0 or 1 */
    DIGITS_R = 33, /* of one below 2^128 */
};

struct point { /* coordinates reduced */
    fp x, y, z;
};
struct table {
    struct point entry[ENTRIES];
};

/* Algorithm 7: 12 multiplications. */
__attribute__((noinline)) static void point_add(struct point *out, const struct point *p,
                                                const struct point *q) {
    fp t0 = fp_mul(p->x, q->x), t1 = fp_mul(p->y, q->y), t2 = fp_mul(p->z, q->z);
    fp t3 = fp_mul(fp_red(fp_add(p->x, p->y)), fp_red(fp_add(q->x, q->y)));
    fp t4 = fp_mul(fp_red(fp_add(p->y, p->z)), fp_red(fp_add(q->y, q->z)));
    fp y3 = fp_mul(fp_red(fp_add(p->x, p->z)), fp_red(fp_add(q->x, q->z)));
    t3 = fp_red(fp_sub(t3, fp_add(t0, t1)));
    t4 = fp_red(fp_sub(t4, fp_add(t1, t2)));
    y3 = fp_red(fp_mul21(fp_sub(y3, fp_add(t0, t2))));
    t0 = fp_red(fp_add(t0, fp_add(t0, t0)));
    t2 = fp_red(fp_mul21(t2));
    fp z3 = fp_red(fp_add(t1, t2));
    t1 = fp_red(fp_sub(t1, t2));
    out->x = fp_red(fp_sub(fp_mul(t3, t1), fp_mul(t4, y3)));
    out->y = fp_red(fp_add(fp_mul(t1, z3), fp_mul(y3, t0)));
    out->z = fp_red(fp_add(fp_mul(z3, t4), fp_mul(t0, t3)));
}

/* Algorithm 9: 6 multiplications and 2 squarings. */
__attribute__((noinline)) static void point_double(struct point *out, const struct point *p) {
    fp t0 = fp_sqr(p->y), t1 = fp_mul(p->y, p->z), xy = fp_mul(p->x, p->y);
    fp t2 = fp_red(fp_mul21(fp_sqr(p->z)));
    fp z3 = fp_add(t0, t0);
    z3 = fp_add(z3, z3);
    z3 = fp_red(fp_add(z3, z3)); /* 8 Y^2 */
    fp x3 = fp_mul(t2, z3), y3 = fp_red(fp_add(t0, t2));
    out->z = fp_mul(t1, z3);
    fp t2_3 = fp_red(fp_add(t2, fp_add(t2, t2)));
    t0 = fp_red(fp_sub(t0, t2_3));
    out->y = fp_red(fp_add(x3, fp_mul(t0, y3)));
    fp x = fp_mul(t0, xy);
    out->x = fp_red(fp_add(x, x));
}

/* ---- lifting ---- */

struct pair {
    fp r, p;
};

/* a^(2^n) of both: a single chain of squarings would wait for itself half of the time */
static struct pair pair_sqr_n(struct pair a, int n) {
    do {
        a.r = fp_sqr(a.r);
        a.p = fp_sqr(a.p);
    } while (--n > 0);
    return a;
}
FP_FN struct pair pair_mul(struct pair a, struct pair b) {
    return (struct pair){fp_mul(a.r, b.r), fp_mul(a.p, b.p)};
}

/* a^((p+1)/4), the square root where there is one. The exponent is 223 ones, 0, 22 ones, 4 zeros,
 * 2 ones, 2 zeros; xk is a^(2^k - 1). */
static struct pair pair_sqrt(struct pair a) {
    struct pair x2 = pair_mul(pair_sqr_n(a, 1), a);
    struct pair x3 = pair_mul(pair_sqr_n(x2, 1), a);
    struct pair x6 = pair_mul(pair_sqr_n(x3, 3), x3);
    struct pair x9 = pair_mul(pair_sqr_n(x6, 3), x3);
    struct pair x11 = pair_mul(pair_sqr_n(x9, 2), x2);
    struct pair x22 = pair_mul(pair_sqr_n(x11, 11), x11);
    struct pair x44 = pair_mul(pair_sqr_n(x22, 22), x22);
    struct pair x88 = pair_mul(pair_sqr_n(x44, 44), x44);
    struct pair x176 = pair_mul(pair_sqr_n(x88, 88), x88);
    struct pair x220 = pair_mul(pair_sqr_n(x176, 44), x44);
    struct pair t = pair_mul(pair_sqr_n(x220, 3), x3); /* x223 */
    t = pair_mul(pair_sqr_n(t, 23), x22);
    t = pair_mul(pair_sqr_n(t, 6), x2);
    return pair_sqr_n(t, 2);
}

FP_FN fp cube_plus_7(fp x) {
    return fp_red(fp_add(fp_mul(fp_sqr(x), x), fp_small(7)));
}

/* The even y of x; the lanes where there is none. */
FP_FN unsigned even(struct point *out, fp x, fp y, fp yy) {
    unsigned bad = ~fp_is_zero(fp_sub(fp_sqr(y), yy)) & 0xff;
    y = fp_freeze(y);
    *out = (struct point){x, fp_neg_if(fp_is_odd(y), y), fp_small(1)};
    return bad;
}

/* BIP340 lift_x of eight R and eight P; the lanes where an x has no point. */
static unsigned lift(struct point *r, struct point *p, const uint64_t (*rx)[4],
                     const uint64_t (*px)[4]) {
    struct pair x = {fp_load(rx), fp_load(px)};
    struct pair yy = {cube_plus_7(x.r), cube_plus_7(x.p)};
    struct pair y = pair_sqrt(yy);
    return even(r, x.r, y.r, yy.r) | even(p, x.p, y.p, yy.p);
}

/* ---- the sum ---- */

static void table_make(struct table *t, const struct point *p) {
    struct point *e = t->entry;
    e[0] = *p;
    for (int i = 2; i <= ENTRIES; i += 2) {
        point_double(&e[i - 1], &e[i / 2 - 1]);
        if (i < ENTRIES) point_add(&e[i], &e[i - 1], p);
    }
}

/* digit[i][lane]: -8 to 7 */
static void digits_make(int8_t (*digit)[FP_LANES], const uint64_t (*k)[4], int count) {
    for (int lane = 0; lane < FP_LANES; lane++) {
        int carry = 0;
        for (int i = 0; i < count; i++) {
            int d = i == 64 ? carry : (int)(k[lane][i / 16] >> (i % 16 * 4) & 15) + carry;
            carry = i < 64 && d >= 8;
            digit[i][lane] = (int8_t)(d - 16 * carry);
        }
    }
}

/* Adds digit times point in every lane. */
static void add_digit(struct point *sum, const struct table *t, const int8_t digit[FP_LANES]) {
    __m512i d = _mm512_cvtepi8_epi64(_mm_loadl_epi64((const __m128i *)(const void *)digit));
    __m512i size = _mm512_abs_epi64(d);
    struct point q = {fp_small(0), fp_small(1), fp_small(0)};
    for (int i = 0; i < ENTRIES; i++) {
        __mmask8 is = _mm512_cmpeq_epi64_mask(size, fp_all((uint64_t)i + 1));
        const struct point *e = &t->entry[i];
        for (int w = 0; w < 5; w++) {
            q.x.l[w] = _mm512_mask_mov_epi64(q.x.l[w], is, e->x.l[w]);
            q.y.l[w] = _mm512_mask_mov_epi64(q.y.l[w], is, e->y.l[w]);
            q.z.l[w] = _mm512_mask_mov_epi64(q.z.l[w], is, e->z.l[w]);
        }
    }
    q.y = fp_neg_if(_mm512_movepi64_mask(d), q.y);
    point_add(sum, sum, &q);
}

FP_FN fp rotated(fp a, int by) {
    __m512i at = _mm512_and_si512(
        _mm512_add_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), fp_all((uint64_t)by)),
        fp_all(7));
    for (int i = 0; i < 5; i++) a.l[i] = _mm512_permutexvar_epi64(at, a.l[i]);
    return a;
}

/* Every lane becomes the sum of all. */
static void join(struct point *p) {
    for (int by = 4; by >= 1; by /= 2) {
        struct point q = {rotated(p->x, by), rotated(p->y, by), rotated(p->z, by)};
        point_add(p, p, &q);
    }
}

/* Whether p is the affine point (x, y). */
static bool is_point(const struct point *p, const uint64_t xy[2][4]) {
    uint64_t x[FP_LANES][4], y[FP_LANES][4];
    for (int i = 0; i < FP_LANES; i++) {
        memcpy(x[i], xy[0], 32);
        memcpy(y[i], xy[1], 32);
    }
    unsigned same = fp_is_zero(fp_sub(fp_mul(fp_load((const uint64_t(*)[4])x), p->z), p->x)) &
                    fp_is_zero(fp_sub(fp_mul(fp_load((const uint64_t(*)[4])y), p->z), p->y)) &
                    ~fp_is_zero(p->z);
    return (same & 1) != 0;
}

bool sig_group_holds_ifma(struct sig_group *g) {
    struct table r[VECTORS], p[VECTORS];
    int8_t digit_r[VECTORS][DIGITS_R][FP_LANES], digit_p[VECTORS][DIGITS][FP_LANES];
    size_t vectors = (g->n + FP_LANES - 1) / FP_LANES;
    for (size_t i = g->n; i < vectors * FP_LANES; i++) { /* any points, no times */
        memcpy(g->rx[i], g->rx[0], 32);
        memcpy(g->px[i], g->px[0], 32);
        memset(g->weight[i], 0, 32);
        memset(g->k[i], 0, 32);
    }
    for (size_t v = 0; v < vectors; v++) {
        size_t at = v * FP_LANES;
        struct point lr, lp;
        if (lift(&lr, &lp, (const uint64_t(*)[4])g->rx + at, (const uint64_t(*)[4])g->px + at) != 0)
            return false;
        table_make(&r[v], &lr);
        table_make(&p[v], &lp);
        digits_make(digit_r[v], (const uint64_t(*)[4])g->weight + at, DIGITS_R);
        digits_make(digit_p[v], (const uint64_t(*)[4])g->k + at, DIGITS);
    }
    struct point sum = {fp_small(0), fp_small(1), fp_small(0)};
    for (int i = DIGITS - 1; i >= 0; i--) {
        for (int b = 0; b < 4 && i != DIGITS - 1; b++) point_double(&sum, &sum);
        for (size_t v = 0; v < vectors; v++) {
            add_digit(&sum, &p[v], digit_p[v][i]);
            if (i < DIGITS_R) add_digit(&sum, &r[v], digit_r[v][i]);
        }
    }
    join(&sum);
    return is_point(&sum, (const uint64_t(*)[4])g->sum);
}
#else
bool sig_group_holds_ifma(struct sig_group *g) {
    (void)g;
    return false;
}
#endif
