/* SPDX-License-Identifier: ISC */
/* The ledger's twin against the network, in every test run (tests/sim/twin.h): what was answered,
 * what final blocks did and what stands in the tables is what was foretold. */
#include "tests/unit/unit.h"

#include <limits.h>

#include "tests/sim/node_world.h"
#include "tests/sim/twin.h"

static void holds(uint64_t seed, uint64_t views, bool calm, struct nw_result *r) {
    struct sim_options o = {.seed = seed,
                            .views = views,
                            .byzantine = UINT_MAX,
                            .real_signatures = -1,
                            .people = "ledger",
                            .calm = calm};
    nw_run(&o, r);
    if (r->breach) fail_msg("seed %llu: %s", (unsigned long long)seed, r->what);
}

static void all_is_as_foretold(void **state) {
    (void)state;
    struct nw_result r;
    uint64_t foretold = 0, txs = 0, crashes = 0;
    for (uint64_t seed = 4; seed < 10; seed++) {
        holds(seed, 200, false, &r);
        foretold += r.foretold;
        txs += r.txs;
        crashes += r.crashes;
    }
    assert_true(foretold > 2000 && txs > 500 && crashes > 20);
}

static void a_calm_network_leaves_little_untold(void **state) {
    (void)state;
    struct nw_result r;
    holds(1, 200, true, &r);
    assert_true(r.foretold > r.txs + r.refused * 2 / 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_as_foretold),
        cmocka_unit_test(a_calm_network_leaves_little_untold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
