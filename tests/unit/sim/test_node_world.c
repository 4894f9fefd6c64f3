/* SPDX-License-Identifier: ISC */
/* Whole nodes in the simulator, in every test run: seeds that once found something, a spread of new
 * ones, and the promise that a seed is a transcript. */
#include "tests/unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/node_world.h"
#include "tests/support/dir.h"

static void holds(uint64_t seed, bool calm, struct nw_result *r) {
    struct sim_options o = {.seed = seed,
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
    static const uint64_t seeds[] = {6, 13, 14, 107, 109, 1003, 1057, 1109, 1151, 1232, 2031, 2041};
    struct nw_result r;
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) holds(seeds[i], false, &r);
}

/* And with the population that its seed draws. */
static void a_seed_of_people_that_found_something(void **state) {
    (void)state;
    struct sim_options o = {.seed = 101456,
                            .views = 200,
                            .byzantine = UINT_MAX,
                            .real_signatures = -1,
                            .short_terms = 0};
    struct nw_result r;
    nw_run(&o, &r);
    if (r.breach) fail_msg("seed %llu: %s", (unsigned long long)o.seed, r.what);
}

/* And with terms that end, and sets that change. */
static void seeds_of_short_terms_that_found_something(void **state) {
    (void)state;
    static const uint64_t seeds[] = {114};
    struct nw_result r;
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        struct sim_options o = {.seed = seeds[i],
                                .views = 200,
                                .byzantine = UINT_MAX,
                                .real_signatures = -1,
                                .people = "payers",
                                .short_terms = 1};
        nw_run(&o, &r);
        if (r.breach) fail_msg("seed %llu: %s", (unsigned long long)seeds[i], r.what);
    }
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

/* Short terms: validators leave the set and come back to it, and it is so in every node. */
static void sets_change(void **state) {
    (void)state;
    static const bool calm[] = {true, false};
    struct nw_result r;
    for (unsigned i = 0; i < 2; i++) {
        struct sim_options o = {.seed = 6,
                                .views = 100,
                                .nodes = 6,
                                .byzantine = i,
                                .tricks = i ? NW_DOUBLE : 0,
                                .real_signatures = -1,
                                .people = "payers",
                                .calm = calm[i],
                                .short_terms = 1};
        nw_run(&o, &r);
        if (r.breach) fail_msg("%s", r.what);
        assert_true(r.sets >= 2 && r.terms >= 3 && r.whole_terms != 0);
        assert_true(calm[i] || r.evidence != 0);
    }
}

/* Twelve validators: bonds give them weights, two Byzantine ones have a fifth of them at most. */
static void a_crowd_has_weights(void **state) {
    (void)state;
    struct sim_options o = {.seed = 7,
                            .views = 60,
                            .nodes = 12,
                            .byzantine = 2,
                            .real_signatures = -1,
                            .people = "ledger"};
    struct nw_result r;
    nw_run(&o, &r);
    if (r.breach) fail_msg("%s", r.what);
    assert_true(r.weights >= 2 && r.foretold > 100);
}

/* A leader's blocks do not hold, each in another way: none becomes final. */
static void false_blocks_are_refused(void **state) {
    (void)state;
    struct sim_options o = {.seed = 3,
                            .views = 200,
                            .nodes = 4,
                            .byzantine = 1,
                            .tricks = NW_INVALID,
                            .real_signatures = -1,
                            .people = "ledger"};
    struct nw_result r;
    nw_run(&o, &r);
    if (r.breach) fail_msg("%s", r.what);
    assert_true(r.invented >= 20);
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

/* A breach, by belief: the checkers are told that twins are honest. It is made small, what is left
 * can be run again, and drawn. */
static void a_breach_is_made_small_and_drawn(void **state) {
    (void)state;
    struct sim_options o = {.seed = 31,
                            .views = 60,
                            .nodes = 4,
                            .byzantine = 1,
                            .tricks = NW_TWIN,
                            .people = "payers",
                            .believed = true,
                            .silent = true};
    struct nw_result r;
    struct sim_shrunk s;
    char dir[TEST_DIR_MAX], path[TEST_DIR_MAX + 16], line[64] = "";
    nw_run(&o, &r);
    assert_true(r.breach);
    sim_shrink(&nw_kind_of_world, &o, 40, &s);
    assert_true(s.r.breach && s.runs <= 40 && s.o.without != 0);
    nw_run(&s.o, &r);
    assert_string_equal(r.what, s.r.what);
    assert_int_equal(r.transcript, s.r.transcript);
    test_dir_make(dir);
    snprintf(path, sizeof path, "%s/a.svg", dir);
    s.o.picture = sim_picture_new();
    nw_run(&s.o, &r);
    assert_int_equal(r.transcript, s.r.transcript); /* drawing changes nothing */
    assert_true(sim_picture_write(s.o.picture, path, r.what, 100));
    sim_picture_free(s.o.picture);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(strstr(line, "<svg"));
    fclose(f);
    test_dir_remove(dir);
    sim_shrunk_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_that_found_something),
        cmocka_unit_test(a_seed_of_people_that_found_something),
        cmocka_unit_test(seeds_of_short_terms_that_found_something),
        cmocka_unit_test(a_spread_of_seeds),
        cmocka_unit_test(calm_seeds_lose_no_view),
        cmocka_unit_test(sets_change),
        cmocka_unit_test(a_crowd_has_weights),
        cmocka_unit_test(false_blocks_are_refused),
        cmocka_unit_test(a_seed_is_a_transcript),
        cmocka_unit_test(a_breach_is_made_small_and_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
