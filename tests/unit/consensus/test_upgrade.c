/* SPDX-License-Identifier: ISC */
/* An upgrade by height, crossed: this program contains the next build's execution (the two sources
 * that know the version, compiled for it, in place of the library's), and runs a chain across the
 * height at which test_block.c shows this build's to stop. */
#include "tests/unit/unit.h"

#define WEAL_PROTOCOL_VERSION 2
#include "consensus/exec/block.c"
#include "consensus/exec/check.c"
#include "tests/support/chain.h"

static void the_next_build_crosses(void **state) {
    (void)state;
    struct weal_genesis_upgrade up = {.height = 6, .version = 2};
    struct chain *c = chain_new(&(struct chain_options){.upgrades = &up, .upgrades_n = 1});
    chain_blocks(c, 5, 50);
    assert_int_equal(c->header.version, 1);
    struct weal_header h;
    chain_header(c, &h, 50);
    assert_int_equal(h.version, 2);
    h.version = 1; /* the old rules end there */
    assert_int_equal(chain_execute(c, &h, weal_bytes(NULL, 0)), WEAL_V_BLOCK_VERSION);
    chain_blocks(c, 5, 50);
    assert_int_equal(c->header.version, 2);
    struct weal_view v;
    struct weal_st_chain chain;
    assert_int_equal(weal_view_open(&v, c->tip, &c->reader), WEAL_OK);
    assert_true(weal_exec_chain(&v, &chain));
    assert_int_equal(chain.version, 2);
    assert_int_equal(chain.height, 10);
    chain_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_next_build_crosses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
