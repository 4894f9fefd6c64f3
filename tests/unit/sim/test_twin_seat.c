/* SPDX-License-Identifier: ISC */
/* What the twin reckons of its own about validators, against the words of consensus/LEDGER.md: the
 * cap on weights, by trying every c; the calendar, by known days. */
#include "tests/unit/unit.h"

#include "tests/sim/twin.h"
#include "tests/support/rng.h"

enum { MOST = 24, BOND = 60 };

/* The largest c with 10 c <= sum min(bond, c). */
static uint64_t largest(const uint64_t *bonds, unsigned n) {
    uint64_t best = 0;
    for (uint64_t c = 1; c <= MOST * BOND; c++) {
        uint64_t sum = 0;
        for (unsigned i = 0; i < n; i++) sum += bonds[i] < c ? bonds[i] : c;
        if (10 * c <= sum) best = c;
    }
    return best;
}

static void weights_are_the_rule_s(void **state) {
    (void)state;
    uint64_t rng = 7, bonds[MOST], weights[MOST];
    for (unsigned round = 0; round < 500; round++) {
        unsigned n = 1 + (unsigned)(test_rng(&rng) % MOST);
        uint64_t few = test_rng(&rng) % 2 ? BOND : 1 + test_rng(&rng) % 5;
        for (unsigned i = 0; i < n; i++)
            bonds[i] = 1 + test_rng(&rng) % (test_rng(&rng) % 3 == 0 ? BOND : few);
        uint64_t c = largest(bonds, n);
        twin_weights(bonds, weights, n);
        for (unsigned i = 0; i < n; i++) {
            uint64_t rule = n < 10 ? 1 : bonds[i] < c ? bonds[i] : c;
            assert_int_equal(weights[i], rule);
        }
    }
}

static void days_are_the_calendar_s(void **state) {
    (void)state;
    assert_int_equal(twin_date(2026, 1), 1767225600000);
    assert_int_equal(twin_date(2026, 12), 1796083200000);
    assert_int_equal(twin_date(2028, 3), 1835481600000); /* behind a 29 February */
    assert_int_equal(twin_year(twin_date(2027, 1) - 1), 2026);
    assert_int_equal(twin_year(twin_date(2027, 1)), 2027);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_the_rule_s),
        cmocka_unit_test(days_are_the_calendar_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
