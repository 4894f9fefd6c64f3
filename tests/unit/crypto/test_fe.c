/* SPDX-License-Identifier: ISC */
/* The field of each back end against schoolbook arithmetic, with limbs at the edges of the bounds
 * that the table in fe_u64.h allows. In paranoid builds every result is checked against it too. */
#include "tests/unit/unit.h"

#include "crypto/curve/curve.h"
#include "tests/support/fe_check.h"

#ifdef WEAL_PARANOID
enum { ROUNDS = 3000 };
#else
enum { ROUNDS = 200000 }; /* some ten operations each, 4 and 8 lanes of a quarter of them */
#endif

static void has(enum weal_curve_level level) {
    enum weal_curve_level now = weal_curve_level();
    if (!weal_curve_level_force(level)) skip();
    weal_curve_level_force(now);
}

static void u64_agrees(void **state) {
    (void)state;
    assert_int_equal(fe_check_u64(1, ROUNDS), 0);
}
static void avx2_agrees(void **state) {
    (void)state;
    has(WEAL_CURVE_AVX2);
    assert_int_equal(fe_check_avx2(2, ROUNDS / 4), 0);
}
static void ifma_agrees(void **state) {
    (void)state;
    has(WEAL_CURVE_IFMA);
    assert_int_equal(fe_check_ifma(3, ROUNDS / 4), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(u64_agrees),
        cmocka_unit_test(avx2_agrees),
        cmocka_unit_test(ifma_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
