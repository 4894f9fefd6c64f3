/* SPDX-License-Identifier: ISC */
/* The canonical genesis: its rules, the chain id, the first state. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "tests/support/chain.h"

static struct chain *c;
static struct weal_genesis g;

static int setup(void **state) {
    (void)state;
    c = chain_new(NULL);
    g = c->genesis;
    return 0;
}
static int teardown(void **state) {
    (void)state;
    chain_free(c);
    return 0;
}
static enum weal_verdict check(void) {
    const char *name;
    enum weal_verdict v = weal_genesis_check(&g, &name);
    g = c->genesis;
    return v;
}

static void rules_are_refused_by_name(void **state) {
    (void)state;
    assert_int_equal(check(), WEAL_ACCEPT);
    g.validators_n = 0;
    assert_int_equal(check(), WEAL_V_GENESIS_VALIDATORS);
    g.validators[1] = g.validators[0];
    assert_int_equal(check(), WEAL_V_GENESIS_VALIDATORS);
    memcpy(g.validators[3].account, g.validators[0].account, 32);
    assert_int_equal(check(), WEAL_V_GENESIS_VALIDATORS);
    memset(g.validators[0].seat, 0, 32);
    assert_int_equal(check(), WEAL_V_GENESIS_VALIDATORS);
    g.validators[2].lapse = 0;
    assert_int_equal(check(), WEAL_V_GENESIS_VALIDATORS);
    g.t = 3; /* of five: n >= 2t + 1 */
    assert_int_equal(check(), WEAL_V_GENESIS_ATTESTORS);
    g.t = 0;
    assert_int_equal(check(), WEAL_V_GENESIS_ATTESTORS);
    memcpy(g.attestors[4].key, g.attestors[0].key, 32);
    assert_int_equal(check(), WEAL_V_GENESIS_ATTESTORS);
    g.attestors[1].share[31] |= 0x80;
    assert_int_equal(check(), WEAL_V_GENESIS_ATTESTORS);
    memset(g.voprf, 0, 32);
    assert_int_equal(check(), WEAL_V_GENESIS_ATTESTORS);
    g.modules[0].category = WEAL_BYTES_LIT("Health");
    assert_int_equal(check(), WEAL_V_GENESIS_MODULES);
    g.modules[0].name = WEAL_BYTES_LIT("\n");
    assert_int_equal(check(), WEAL_V_GENESIS_MODULES);
    g.grants[0].micro = UINT64_MAX;
    assert_int_equal(check(), WEAL_V_GENESIS_ACCOUNTS);
    g.grants[0].micro = 0;
    assert_int_equal(check(), WEAL_V_GENESIS_ACCOUNTS);
    g.grants_n = 2;
    g.grants[1] = g.grants[0];
    assert_int_equal(check(), WEAL_V_GENESIS_ACCOUNTS);
    g.upgrades_n = 1;
    g.upgrades[0] = (struct weal_genesis_upgrade){.height = 9, .version = 1};
    assert_int_equal(check(), WEAL_V_GENESIS_UPGRADES);
    g.upgrades_n = 1;
    g.upgrades[0] = (struct weal_genesis_upgrade){.height = 1, .version = 2};
    assert_int_equal(check(), WEAL_V_GENESIS_UPGRADES);
    g.params_n--;
    assert_int_equal(check(), WEAL_V_GENESIS_PARAM);
    g.params[0].value = 0;
    assert_int_equal(check(), WEAL_V_GENESIS_PARAM);
    g.name = WEAL_BYTES_LIT("Two Words");
    assert_int_equal(check(), WEAL_V_GENESIS_PARAM);
}

static void the_chain_id_is_of_every_byte(void **state) {
    (void)state;
    uint8_t id[32], b[1 << 16];
    memcpy(b, c->genesis_bytes, c->genesis_n);
    for (size_t i = 0; i < c->genesis_n; i += 97) {
        b[i] ^= 1;
        weal_genesis_chain_id(id, weal_bytes(b, c->genesis_n));
        assert_memory_not_equal(id, c->id, 32);
        b[i] ^= 1;
    }
    weal_genesis_chain_id(id, weal_bytes(b, c->genesis_n));
    assert_memory_equal(id, c->id, 32);
    uint8_t lineage[32];
    weal_genesis_lineage(lineage, &g, id);
    assert_memory_equal(lineage, id, 32);
    memset(g.lineage, 5, 32);
    weal_genesis_lineage(lineage, &g, id);
    assert_memory_equal(lineage, g.lineage, 32);
}

static void the_first_state_is_whole(void **state) {
    (void)state;
    assert_true(chain_conserved(c));
    assert_int_equal(chain_balance(c, c->faucet, WEAL_ASSET_IT), 1000000000000);
    struct weal_st_supply it;
    chain_supply(c, WEAL_ASSET_IT, &it);
    assert_int_equal(it.minted, 1000000000000 + 4 * 1000000000ull); /* grants and bonds */
    struct weal_view v;
    struct weal_st_term t;
    struct weal_st_chain chain;
    assert_int_equal(weal_view_open(&v, c->tip, &c->reader), WEAL_OK);
    assert_true(weal_exec_chain(&v, &chain));
    assert_memory_equal(chain.beacon, c->id, 32);
    assert_true(weal_exec_term(&v, 0, &t));
    assert_int_equal(t.members_n, 4);
    assert_int_equal(t.first, 1);
    assert_memory_equal(t.beacon, c->id, 32);
    struct chain *twin = chain_new(NULL);
    assert_memory_equal(weal_state_root(c->tip), weal_state_root(twin->tip), 32);
    chain_free(twin);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(rules_are_refused_by_name),
        TEST(the_chain_id_is_of_every_byte),
        TEST(the_first_state_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
