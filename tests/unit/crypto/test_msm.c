/* SPDX-License-Identifier: ISC */
/* The multiplication at every level against sums known beforehand: the points are known multiples
 * of G in all their representatives, so the result is one multiple of G, taken from libsodium. */
#include "tests/unit/unit.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/curve/scalar.h"
#include "crypto/msm/msm.h"
#include "tests/support/curve_help.h"

enum { POOL = 256, MOST = 3000 };

/* pool[i] = log[i] G; 0 is the identity */
static struct weal_point96 pool[POOL];
static struct weal_scalar pool_log[POOL];

static int pool_make(void **state) {
    (void)state;
    static struct weal_point p[POOL];
    static struct weal_fe scratch[POOL];
    struct weal_point base;
    weal_point_from96(&base, weal_point96_base());
    weal_point_identity(&p[0]);
    for (unsigned i = 1; i < POOL; i++) {
        weal_point_add(&p[i], &p[i - 1], &base);
        if (i % 3 == 0) weal_point_double(&p[i], &p[i]);
        weal_scalar_from_u64(&pool_log[i], 1);
        weal_scalar_add_var(&pool_log[i], &pool_log[i], &pool_log[i - 1]);
        if (i % 3 == 0) weal_scalar_add_var(&pool_log[i], &pool_log[i], &pool_log[i]);
    }
    weal_points_to96_var(pool, p, POOL, scratch);
    for (unsigned i = 0; i < POOL; i++) pool[i] = curve_coset(&pool[i], (int)(i / 5 % 4));
    return 0;
}

static struct weal_scalar scalars[MOST];
static const struct weal_point96 *points[MOST];
static struct weal_scalar expected_log;
static size_t count;

static void add_term(struct weal_scalar s, unsigned at) {
    scalars[count] = s;
    points[count++] = &pool[at % POOL];
    weal_scalar_muladd_var(&expected_log, &s, &pool_log[at % POOL], &expected_log);
}
static void begin(void) {
    count = 0;
    weal_scalar_from_u64(&expected_log, 0);
}

/* How many of the last points have a table; 0: none. */
static size_t fixed_n;

static void multiply(struct weal_point *r, uint8_t *mem, size_t n) {
    struct weal_point96 bases[WEAL_MSM_FIXED_MAX];
    struct weal_msm_table table;
    if (fixed_n == 0) {
        weal_msm_var(r, scalars, points, count, mem, n);
        return;
    }
    size_t bytes = weal_msm_table_footprint(fixed_n);
    void *rows = malloc(bytes);
    for (size_t i = 0; i < fixed_n; i++) bases[i] = *points[count - fixed_n + i];
    weal_msm_table_init(&table, bases, fixed_n, rows, bytes);
    weal_msm_table_var(r, scalars, points, count, &table, mem, n);
    free(rows);
}

static void run_at_level(void *arg) {
    size_t skew = *(size_t *)arg, n = weal_msm_footprint(count);
    uint8_t *mem = malloc(n + skew), want[32] = {0}, got[32], log[32];
    struct weal_point r;
    multiply(&r, mem + skew, n);
    weal_scalar_encode(log, &expected_log);
    if (!weal_scalar_is_zero_var(&expected_log)) crypto_scalarmult_ristretto255_base(want, log);
    weal_point_encode_var(got, &r);
    assert_memory_equal(got, want, 32);
    assert_int_equal(weal_point_is_identity_var(&r), weal_scalar_is_zero_var(&expected_log));
    free(mem);
}
static void run(void) {
    size_t skew = count % 13;
    curve_each_level(run_at_level, &skew);
}

static struct weal_scalar minus(uint64_t v) {
    struct weal_scalar s;
    weal_scalar_from_u64(&s, v);
    weal_scalar_neg_var(&s, &s);
    return s;
}
static struct weal_scalar any(unsigned seed) {
    uint8_t h[64];
    struct weal_scalar s;
    randombytes_buf_deterministic(h, 64,
                                  (const uint8_t[32]){(uint8_t)seed, (uint8_t)(seed >> 8), 3});
    weal_scalar_reduce64_var(&s, h);
    return s;
}

static void nothing_gives_the_identity(void **state) {
    (void)state;
    begin();
    run();
    for (unsigned i = 0; i < 20; i++) add_term(minus(0), i);
    run();
}

/* One and two points with all small scalars of both signs. */
static void small_cases_exhaustively(void **state) {
    (void)state;
    for (int a = -18; a <= 18; a++)
        for (int b = -18; b <= 18; b++) {
            struct weal_scalar x, y;
            weal_scalar_from_u64(&x, (uint64_t)abs(a));
            weal_scalar_from_u64(&y, (uint64_t)abs(b));
            if (a < 0) weal_scalar_neg_var(&x, &x);
            if (b < 0) weal_scalar_neg_var(&y, &y);
            begin();
            add_term(x, 1);
            if (b != -18) add_term(y, 2);
            run();
        }
}

/* Single bits, runs of ones, the middle of the range where the sign turns. */
static void scalars_at_every_edge(void **state) {
    (void)state;
    const struct weal_scalar half = {
        {0x2c09318d2e7ae9f6, 0x0a6f7cef517bce6b, 0, UINT64_C(1) << 59}};
    struct weal_scalar one;
    weal_scalar_from_u64(&one, 1);
    for (unsigned bit = 0; bit < 252; bit++) {
        struct weal_scalar s = {{0}}, t, u;
        s.w[bit / 64] = UINT64_C(1) << bit % 64;
        weal_scalar_sub_var(&t, &s, &one);
        weal_scalar_neg_var(&u, &s);
        begin();
        add_term(s, 200);
        run();
        add_term(t, bit), add_term(u, bit + 1);
        run();
    }
    begin();
    for (int d = -3; d <= 3; d++) {
        struct weal_scalar s;
        weal_scalar_from_u64(&s, (uint64_t)abs(d));
        d < 0 ? weal_scalar_sub_var(&s, &half, &s) : weal_scalar_add_var(&s, &half, &s);
        add_term(s, (unsigned)(d + 9));
        run();
    }
}

static void every_size_up_to_a_hundred_and_some_above(void **state) {
    (void)state;
    begin();
    for (unsigned n = 1; n <= 100; n++) {
        add_term(n % 11 == 0 ? minus(n) : n % 7 == 0 ? minus(0) : any(n), n * 5);
        run();
    }
    for (unsigned n = 101; n <= MOST; n++) {
        add_term(any(n), n * 7);
        if (n == 129 || n == 130 || n == 257 || n == 600 || n == 1023 || n == 1024 || n == MOST)
            run();
    }
}

/* Every digit the same: one bucket takes all points, other lanes have nothing. */
static void equal_scalars_and_equal_points(void **state) {
    (void)state;
    struct weal_scalar ones = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_C(0x07ffffffffffffff)}};
    begin();
    for (unsigned n = 0; n < 700; n++) add_term(ones, 9);
    run();
    begin();
    for (unsigned n = 0; n < 700; n++) add_term(any(1), n);
    run();
    begin();
    for (unsigned n = 0; n < 700; n++) add_term(n % 2 == 0 ? any(2) : minus(1), 0); /* identity */
    run();
}

static void what_cancels_is_the_identity(void **state) {
    (void)state;
    begin();
    for (unsigned n = 0; n < 300; n++) {
        struct weal_scalar s = any(n), t;
        weal_scalar_neg_var(&t, &s);
        add_term(s, n), add_term(t, n);
    }
    assert_true(weal_scalar_is_zero_var(&expected_log));
    run();
}

static void short_scalars(void **state) {
    (void)state;
    begin();
    for (unsigned n = 0; n < 500; n++) {
        struct weal_scalar s = any(n);
        s.w[2] = s.w[3] = 0;
        if (n % 2 == 1) weal_scalar_neg_var(&s, &s);
        add_term(s, n);
        if (n == 30 || n == 200) run();
    }
    run();
    for (unsigned n = 0; n < 500; n++) add_term(any(n), n + 1); /* mixed with long ones */
    run();
}

/* Tables take the last points: every number of them, with as many others as there may be. */
static void fixed_bases_are_points_like_others(void **state) {
    (void)state;
    for (unsigned fixed = 1; fixed <= 40; fixed++) {
        for (unsigned others = 0; others <= 60; others += 1 + fixed % 7 * 3) {
            begin();
            for (unsigned i = 0; i < others + fixed; i++) {
                unsigned kind = (i + fixed) % 9;
                add_term(kind == 0   ? minus(0)
                         : kind == 1 ? minus(i + 1)
                                     : any(i * 41 + fixed),
                         i * 3);
            }
            fixed_n = fixed;
            run();
        }
    }
    for (unsigned others = 0; others < 700; others += 173) { /* few, and so many that buckets win */
        begin();
        for (unsigned i = 0; i < others + 36; i++) add_term(any(i), i + 5);
        fixed_n = 36;
        run();
    }
    fixed_n = 0;
}

static void fixed_bases_at_every_edge(void **state) {
    (void)state;
    struct weal_scalar one;
    weal_scalar_from_u64(&one, 1);
    fixed_n = 3;
    for (unsigned bit = 0; bit < 252; bit++) {
        struct weal_scalar s = {{0}}, t, u;
        s.w[bit / 64] = UINT64_C(1) << bit % 64;
        weal_scalar_sub_var(&t, &s, &one);
        weal_scalar_neg_var(&u, &s);
        begin();
        add_term(t, 77);
        add_term(s, 200), add_term(t, bit), add_term(u, bit + 1);
        run();
    }
    begin(); /* short scalars of both signs, and equal bases */
    for (int d = -9; d <= 9; d++) add_term(d < 0 ? minus((uint64_t)-d) : any(0), 7);
    run();
    fixed_n = 0;
}

static void memory_grows_with_the_number_and_is_bounded(void **state) {
    (void)state;
    for (size_t n = 1; n < 60000; n++)
        assert_true(weal_msm_footprint(n) >= weal_msm_footprint(n - 1));
    assert_true(weal_msm_footprint(24000) <= 2500000 + 64 * 24000);
    assert_true(weal_msm_footprint(42) <= 500000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_gives_the_identity),
        cmocka_unit_test(small_cases_exhaustively),
        cmocka_unit_test(scalars_at_every_edge),
        cmocka_unit_test(every_size_up_to_a_hundred_and_some_above),
        cmocka_unit_test(equal_scalars_and_equal_points),
        cmocka_unit_test(what_cancels_is_the_identity),
        cmocka_unit_test(short_scalars),
        cmocka_unit_test(fixed_bases_are_points_like_others),
        cmocka_unit_test(fixed_bases_at_every_edge),
        cmocka_unit_test(memory_grows_with_the_number_and_is_bounded),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, pool_make, NULL);
}
