/* SPDX-License-Identifier: ISC */
/* People, honest and not, against the ledger's twin, in every test run: enrolments, cohorts, keys,
 * notes, claims. */
#include "tests/unit/unit.h"

#include <limits.h>

#include "tests/sim/node_world.h"

static void holds(uint64_t seed, uint64_t views, bool calm, int real, struct nw_result *r) {
    struct sim_options o = {.seed = seed,
                            .views = views,
                            .byzantine = UINT_MAX,
                            .real_signatures = real,
                            .people = "people",
                            .calm = calm};
    nw_run(&o, r);
    if (r->breach) fail_msg("seed %llu: %s", (unsigned long long)seed, r->what);
}

static void all_is_as_foretold(void **state) {
    (void)state;
    struct nw_result r;
    uint64_t foretold = 0, txs = 0, crashes = 0;
    for (uint64_t seed = 2; seed < 6; seed++) {
        holds(seed, 200, false, 0, &r);
        foretold += r.foretold;
        txs += r.txs;
        crashes += r.crashes;
    }
    assert_true(foretold > 2000 && txs > 500 && crashes > 10);
}

static void real_signatures_change_nothing(void **state) {
    (void)state;
    struct nw_result oracle, real;
    holds(2, 20, true, 0, &oracle);
    holds(2, 20, true, 1, &real);
    assert_true(oracle.oracle > 1000 && real.oracle == 0);
    assert_true(oracle.txs == real.txs && oracle.refused == real.refused);
    assert_true(oracle.foretold == real.foretold && real.foretold > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_as_foretold),
        cmocka_unit_test(real_signatures_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
