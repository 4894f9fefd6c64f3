/* SPDX-License-Identifier: ISC */
/* Block sync on a virtual network: what workers find, limits of the applier, peers that stand
 * still. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "tests/support/nodes.h"

enum { TRANSFERS = 40 };

/* A network of four and one more that is down, with transfers in its blocks. */
static struct nodes *network(uint64_t height) {
    struct nodes *w = nodes_new(5, 4, 2);
    uint8_t secret[32], to[32];
    struct chain_tx *t = malloc(sizeof *t);
    nodes_kill(w, 4, WEAL_DISK_LOSE_ALL);
    chain_account(w->chain, secret, to);
    for (uint64_t i = 1; i <= TRANSFERS; i++) {
        chain_transfer(w->chain, t, w->chain->faucet_secret, to, WEAL_ASSET_IT, 1000000);
        t->tx.act.transfer.nonce = i;
        chain_sign(w->chain, t, w->chain->faucet_secret);
        assert_int_equal(nodes_submit(w, (uint32_t)(i % 4), weal_bytes(t->b, t->n)), WEAL_ACCEPT);
    }
    free(t);
    assert_true(nodes_reach(w, height, 600000));
    w->verbose = getenv("VERBOSE") != NULL;
    return w;
}

static void end(struct nodes *w) {
    nodes_agree(w);
    for (uint32_t i = 0; i < w->n; i++) assert_int_equal(w->node[i].blamed, 0);
    nodes_free(w);
}

static void workers_look_at_signatures_first(void **state) {
    (void)state;
    struct nodes *w = network(80);
    assert_int_equal(nodes_restart(w, 4), WEAL_OK);
    assert_true(nodes_reach(w, 90, 30000));
    assert_true(w->node[4].worked != 0);
    end(w);
}

static void without_workers_it_is_done_in_place(void **state) {
    (void)state;
    struct nodes *w = network(80);
    w->no_work = true;
    assert_int_equal(nodes_restart(w, 4), WEAL_OK);
    assert_true(nodes_reach(w, 90, 30000));
    assert_int_equal(w->node[4].worked, 0);
    end(w);
}

/* A range that comes to the limit of unapplied blocks goes on as soon as there is room. */
static void a_slow_applier_makes_it_wait(void **state) {
    (void)state;
    struct nodes *w = network(400);
    w->apply_ms = 300;
    assert_int_equal(nodes_restart(w, 4), WEAL_OK);
    assert_true(nodes_reach(w, 400, 5000));
    end(w);
}

/* A network that stands still makes no blocks by which a newcomer would hear of its height. */
static void peers_that_stand_still_are_asked(void **state) {
    (void)state;
    struct nodes *w = network(80);
    for (uint32_t i = 0; i < 4; i++) nodes_kill(w, i, WEAL_DISK_LOSE_ALL);
    assert_int_equal(nodes_restart(w, 0), WEAL_OK);
    assert_int_equal(nodes_restart(w, 4), WEAL_OK);
    assert_true(nodes_reach(w, 80, 30000));
    end(w);
}

/* Killed in the middle of it, again and again, it goes on where it was. */
static void killed_while_catching_up(void **state) {
    (void)state;
    struct nodes *w = network(300);
    for (uint32_t round = 0; round < 12; round++) {
        assert_int_equal(nodes_restart(w, 4), WEAL_OK);
        nodes_run(w, 3 + 5 * round);
        nodes_kill(w, 4, (enum weal_disk_mem_cut)(round % 3));
    }
    assert_int_equal(nodes_restart(w, 4), WEAL_OK);
    assert_true(nodes_reach(w, 310, 30000));
    end(w);
}

int main(void) {
    if (getenv("ONLY")) cmocka_set_test_filter(getenv("ONLY"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_look_at_signatures_first),
        cmocka_unit_test(without_workers_it_is_done_in_place),
        cmocka_unit_test(a_slow_applier_makes_it_wait),
        cmocka_unit_test(peers_that_stand_still_are_asked),
        cmocka_unit_test(killed_while_catching_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
