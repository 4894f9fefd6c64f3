/* SPDX-License-Identifier: ISC */
/* Whole nodes in the simulator, in every test run: seeds that once found something, a spread of new
 * ones, and the promise that a seed is a transcript. */
#include "tests/unit/unit.h"

#include <limits.h>

#include "tests/sim/node_world.h"

static void holds(uint64_t seed, bool calm, struct nw_result *r) {
    struct nw_options o = {.seed = seed,
                           .views = 200,
                           .byzantine = UINT_MAX,
                           .real_signatures = -1,
                           .people = "payers",
                           .calm = calm};
    nw_run(&o, r);
    if (r->breach) fail_msg("seed %llu: %s", (unsigned long long)seed, r->what);
}

/* Each of these broke something while the code was written; tests/sim/README.md says what. */
static void seeds_that_found_something(void **state) {
    (void)state;
    static const uint64_t seeds[] = {6, 13, 14, 107, 109, 1003, 1057, 1109, 1232, 2031, 2041};
    struct nw_result r;
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) holds(seeds[i], false, &r);
}

static void a_spread_of_seeds(void **state) {
    (void)state;
    struct nw_result r;
    uint64_t crashes = 0, blamed = 0, txs = 0, refused = 0;
    for (uint64_t seed = 100; seed < 112; seed++) {
        holds(seed, false, &r);
        crashes += r.crashes;
        blamed += r.blamed;
        txs += r.txs;
        refused += r.refused;
    }
    /* the faults do happen, and people pay all the same */
    assert_true(crashes > 100 && blamed > 100 && txs > 100 && refused > 10);
}

static void calm_seeds_lose_no_view(void **state) {
    (void)state;
    struct nw_result r;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        holds(seed, true, &r);
        assert_int_equal(r.blamed, 0);
        assert_true(r.heights + 8 > r.views);
    }
}

/* The same seed is the same run, to the last byte sent. */
static void a_seed_is_a_transcript(void **state) {
    (void)state;
    struct nw_result a, b;
    holds(3, false, &a);
    holds(3, false, &b);
    assert_true(a.transcript == b.transcript);
    assert_true(a.events == b.events);
    holds(4, false, &b);
    assert_false(a.transcript == b.transcript);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_that_found_something),
        cmocka_unit_test(a_spread_of_seeds),
        cmocka_unit_test(calm_seeds_lose_no_view),
        cmocka_unit_test(a_seed_is_a_transcript),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
