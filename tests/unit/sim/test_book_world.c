/* SPDX-License-Identifier: ISC */
/* The world of address books in every test run: seeds that once found something, a spread of
 * others, and the promise that a seed is a transcript. */
#include "tests/unit/unit.h"

#include <limits.h>

#include "tests/sim/book_world.h"

static struct sim_options options(uint64_t seed) {
    return (struct sim_options){.seed = seed, .byzantine = UINT_MAX};
}

static void holds(const struct sim_options *o, struct bw_result *r) {
    bw_run(o, r);
    if (r->breach) fail_msg("seed %llu: %s", (unsigned long long)o->seed, r->what);
}

/* Each of these was eclipsed, or believed more than its share; tests/sim/README.md says what. */
static void seeds_that_found_something(void **state) {
    (void)state;
    static const uint64_t seeds[] = {2, 3, 5, 11};
    struct bw_result r;
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        struct sim_options o = options(seeds[i]);
        holds(&o, &r);
    }
}

static void a_spread_of_seeds(void **state) {
    (void)state;
    struct bw_result r;
    uint64_t told = 0, evicted = 0, bans = 0, restarts = 0, refused = 0;
    for (uint64_t seed = 1000; seed < 1012; seed++) {
        struct sim_options o = options(seed);
        holds(&o, &r);
        told += r.told;
        evicted += r.evicted;
        bans += r.bans;
        restarts += r.restarts;
        refused += r.refused;
    }
    /* the attacks do happen */
    assert_true(told > 100000 && evicted > 100 && bans > 20 && restarts > 50 && refused > 1000);
}

static void a_newcomer_among_friends(void **state) {
    (void)state;
    struct sim_options o = options(7);
    struct bw_result r;
    o.calm = true;
    holds(&o, &r);
    assert_int_equal(r.foes, 0);
    assert_int_equal(r.bans, 0);
    assert_int_equal(r.restarts, 0);
}

static void a_seed_is_a_transcript(void **state) {
    (void)state;
    struct sim_options o = options(12);
    struct bw_result one, two;
    holds(&o, &one);
    holds(&o, &two);
    assert_int_equal(one.transcript, two.transcript);
    o.seed++;
    holds(&o, &two);
    assert_int_not_equal(one.transcript, two.transcript);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_that_found_something),
        cmocka_unit_test(a_spread_of_seeds),
        cmocka_unit_test(a_newcomer_among_friends),
        cmocka_unit_test(a_seed_is_a_transcript),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
