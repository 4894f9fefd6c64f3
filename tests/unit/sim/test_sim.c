/* SPDX-License-Identifier: ISC */
/* The simulator in every test run: seeds that once found something, a spread of new ones, and the
 * promise that a seed is a transcript. */
#include "tests/unit/unit.h"

#include <limits.h>
#include <stdio.h>

#include "tests/sim/sim.h"
#include "tests/support/dir.h"

static struct sim_options options(uint64_t seed) {
    return (struct sim_options){
        .seed = seed, .views = 200, .byzantine = UINT_MAX, .real_signatures = -1};
}

static void holds(const struct sim_options *o, struct sim_result *r) {
    sim_run(o, r);
    if (r->breach) fail_msg("seed %llu: %s", (unsigned long long)o->seed, r->what);
    assert_true(r->views >= o->views / 2);
}

/* Each of these broke something while the code was written; tests/sim/README.md says what. */
static void seeds_that_found_something(void **state) {
    (void)state;
    static const uint64_t seeds[] = {5,   6,   19,    35,    47,    60,   85,
                                     100, 328, 20133, 20163, 40510, 44438};
    struct sim_result r;
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        struct sim_options o = options(seeds[i]);
        holds(&o, &r);
    }
}

static void a_hundred_seeds(void **state) {
    (void)state;
    struct sim_result r;
    uint64_t crashes = 0, evidence = 0, nullified = 0, terms = 0;
    for (uint64_t seed = 1000; seed < 1092; seed++) {
        struct sim_options o = options(seed);
        holds(&o, &r);
        crashes += r.crashes;
        evidence += r.evidence;
        nullified += r.nullified;
        terms += r.terms;
    }
    /* the faults do happen */
    assert_true(crashes > 100 && evidence > 100 && nullified > 100 && terms > 100);
}

/* V4: without faults every view is finalized, terms change, and nobody is accused. */
static void calm_seeds_lose_no_view(void **state) {
    (void)state;
    struct sim_result r;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct sim_options o = options(seed);
        o.calm = true;
        o.real_signatures = seed == 1;
        holds(&o, &r);
        assert_int_equal(r.nullified, 0);
        assert_int_equal(r.evidence, 0);
        assert_int_equal(r.crashes, 0);
    }
}

static void a_seed_is_a_transcript(void **state) {
    (void)state;
    struct sim_result one, two, other;
    for (uint64_t seed = 7; seed < 10; seed++) {
        struct sim_options o = options(seed);
        holds(&o, &one);
        holds(&o, &two);
        assert_int_equal(one.transcript, two.transcript);
        assert_int_equal(one.messages, two.messages);
        o.seed += 50;
        holds(&o, &other);
        assert_int_not_equal(one.transcript, other.transcript);
    }
}

/* A breach without a bug: a Byzantine node that the checkers take for an honest one. */
static void breach_by_belief(struct sim_options *o) {
    *o = options(11);
    o->nodes = 4;
    o->byzantine = 1;
    o->tricks = TRICK_EQUIVOCATE | TRICK_DOUBLE_VOTE;
    o->silent = true;
    o->believed = true; /* the checkers are told that all are honest */
}

static void a_breach_is_made_small(void **state) {
    (void)state;
    struct sim_options o;
    struct sim_result r;
    struct sim_shrunk s;
    breach_by_belief(&o);
    sim_run(&o, &r);
    assert_true(r.breach);
    sim_shrink(&sim_bft, &o, 150, &s);
    assert_true(s.r.breach && s.runs <= 150);
    assert_true(s.o.keep_n <= s.faults / 2 + 1); /* it needs none of the network's faults */
    assert_true(s.o.without != 0);
    /* what is printed can be run again: the same breach, the same transcript */
    struct sim_options again = s.o;
    sim_run(&again, &r);
    assert_string_equal(r.what, s.r.what);
    assert_int_equal(r.transcript, s.r.transcript);
    /* and drawn */
    char dir[TEST_DIR_MAX], path[TEST_DIR_MAX + 16], head[64] = "";
    test_dir_make(dir);
    snprintf(path, sizeof path, "%s/a.svg", dir);
    again.picture = sim_picture_new();
    sim_run(&again, &r);
    assert_int_equal(r.transcript, s.r.transcript); /* drawing changes nothing */
    assert_true(sim_picture_write(again.picture, path, r.what, 100));
    sim_picture_free(again.picture);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(head, sizeof head, f));
    assert_non_null(strstr(head, "<svg"));
    fclose(f);
    test_dir_remove(dir);
    sim_shrunk_free(&s);
}

static void faults_have_words(void **state) {
    (void)state;
    uint32_t bits;
    assert_true(sim_faults_read(&sim_bft, "loss,exec", &bits));
    assert_int_equal(bits, 1u << FAULT_LOSS | 1u << FAULT_EXEC);
    assert_true(sim_faults_read(&sim_bft, "", &bits));
    assert_false(sim_faults_read(&sim_bft, "loss,fire", &bits));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_that_found_something), cmocka_unit_test(a_hundred_seeds),
        cmocka_unit_test(calm_seeds_lose_no_view),    cmocka_unit_test(a_seed_is_a_transcript),
        cmocka_unit_test(a_breach_is_made_small),     cmocka_unit_test(faults_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
