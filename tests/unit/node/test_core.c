/* SPDX-License-Identifier: ISC */
/* The composed core on a virtual network: agreement, transactions, crashes, catching up. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "p2p/msg.h"
#include "tests/support/nodes.h"

static void four_validators_make_blocks(void **state) {
    (void)state;
    struct nodes *w = nodes_new(4, 4, 2);
    assert_true(nodes_reach(w, 20, 60000));
    nodes_agree(w);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(w->node[i].blamed, 0);
    nodes_free(w);
}

static void one_of_four_down_does_not_stop_the_rest(void **state) {
    (void)state;
    struct nodes *w = nodes_new(4, 4, 2);
    assert_true(nodes_reach(w, 5, 60000));
    nodes_kill(w, 2, WEAL_DISK_LOSE_ALL);
    assert_true(nodes_reach(w, 30, 120000));
    nodes_free(w);
}

/* kill -9 and power cuts of any node, and of all, in loops: nothing final is lost, all agree. */
static void killed_nodes_come_back(void **state) {
    (void)state;
    struct nodes *w = nodes_new(4, 4, 2);
    uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 7, last = 0;
    w->verbose = getenv("VERBOSE") != NULL;
    for (int round = 0; round < 40; round++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t victim = (uint32_t)(seed >> 33) % 5;
        nodes_run(w, 100 + (seed >> 40) % 400);
        uint64_t before[4];
        for (uint32_t i = 0; i < 4; i++) before[i] = nodes_height(w, i);
        enum weal_disk_mem_cut cut = (enum weal_disk_mem_cut)((seed >> 50) % 3);
        for (uint32_t i = 0; i < 4; i++) {
            if (victim == 4 || i == victim) nodes_kill(w, i, cut);
        }
        nodes_run(w, (seed >> 45) % 100);
        for (uint32_t i = 0; i < 4; i++) {
            if (w->node[i].core) continue;
            assert_int_equal(nodes_restart(w, i), WEAL_OK);
            assert_true(nodes_height(w, i) >= before[i]); /* reported final is never lost */
        }
        uint64_t top = 0;
        for (uint32_t i = 0; i < 4; i++) top = nodes_height(w, i) > top ? nodes_height(w, i) : top;
        assert_true(top >= last);
        last = top;
        assert_true(nodes_reach(w, top + 3, 60000));
        nodes_agree(w);
    }
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(w->node[i].blamed, 0);
    nodes_free(w);
}

/* A validator comes back one to three blocks behind, too few for block sync, and without it there
 * is no quorum: the others hold what it lacks in their files only, and must give it from there. */
static void one_block_behind_and_needed(void **state) {
    (void)state;
    for (uint64_t behind = 1; behind <= 3; behind++) {
        struct nodes *w = nodes_new(4, 4, 2);
        assert_true(nodes_reach(w, 10, 60000));
        nodes_kill(w, 3, WEAL_DISK_LOSE_NONE);
        assert_true(nodes_reach(w, 10 + behind, 60000));
        nodes_kill(w, 2, WEAL_DISK_LOSE_NONE);
        nodes_run(w, 2000); /* the applier has put all of it into the database */
        assert_int_equal(nodes_restart(w, 3), WEAL_OK);
        assert_true(nodes_reach(w, 20, 200000));
        nodes_agree(w);
        nodes_free(w);
    }
}

/* A disk that is nearly full: the node is told to vote no more, follows the others, and votes again
 * as soon as it may, without an alarm. */
static void a_held_validator_follows_and_votes_again(void **state) {
    (void)state;
    struct nodes *w = nodes_new(4, 4, 2);
    struct weal_bft_status before, held, after;
    assert_true(nodes_reach(w, 10, 60000));
    weal_core_hold(w->node[1].core, true, true);
    weal_bft_status(weal_core_bft(w->node[1].core), &before);
    assert_false(before.voting);
    assert_string_equal(weal_bft_mute_name(&before), "held");
    assert_true(nodes_reach(w, 40, 120000));
    weal_bft_status(weal_core_bft(w->node[1].core), &held);
    assert_int_equal(held.votes_signed, before.votes_signed);
    weal_core_hold(w->node[1].core, false, false);
    assert_true(nodes_reach(w, 60, 120000));
    weal_bft_status(weal_core_bft(w->node[1].core), &after);
    assert_true(after.voting && after.votes_signed > held.votes_signed);
    assert_int_equal(after.alarm, WEAL_BFT_ALARM_NONE);
    assert_null(weal_bft_mute_name(&after));
    /* three more are held: nothing becomes final without them, and all goes on with them */
    for (uint32_t i = 0; i < 3; i++) weal_core_hold(w->node[i].core, true, false);
    nodes_run(w, 100);
    uint64_t top = nodes_height(w, 3);
    nodes_run(w, 20000);
    assert_int_equal(nodes_height(w, 3), top);
    for (uint32_t i = 0; i < 3; i++) weal_core_hold(w->node[i].core, false, false);
    assert_true(nodes_reach(w, top + 10, 120000));
    nodes_agree(w);
    nodes_free(w);
}

static void a_newcomer_catches_up(void **state) {
    (void)state;
    struct nodes *w = nodes_new(5, 4, 2);
    nodes_kill(w, 4, WEAL_DISK_LOSE_ALL);
    assert_true(nodes_reach(w, 100, 40000));
    w->verbose = getenv("VERBOSE") != NULL;
    assert_int_equal(nodes_restart(w, 4), WEAL_OK);
    assert_true(nodes_reach(w, 110, 30000));
    nodes_agree(w);
    nodes_free(w);
}

static void lossy_network(void **state) {
    (void)state;
    struct nodes *w = nodes_new(4, 4, 20);
    w->loss_ppm = 100000;
    assert_true(nodes_reach(w, 20, 600000));
    nodes_agree(w);
    nodes_free(w);
}

/* A term is 600 blocks on devnet: the set changes hands, and a node restarts across it. */
static void terms_follow_each_other(void **state) {
    (void)state;
    struct nodes *w = nodes_new(4, 4, 1);
    assert_true(nodes_reach(w, 590, 1200000));
    nodes_kill(w, 1, WEAL_DISK_LOSE_SOME);
    assert_true(nodes_reach(w, 610, 120000));
    assert_int_equal(nodes_restart(w, 1), WEAL_OK);
    assert_true(nodes_reach(w, 625, 120000));
    struct weal_bft_status st;
    weal_bft_status(weal_core_bft(w->node[1].core), &st);
    assert_int_equal(st.term, 1);
    nodes_agree(w);
    nodes_free(w);
}

/* The log is rewritten in short again and again while the applier lags behind, through the ends of
 * terms; nodes and whole networks are killed at any moment of it. Nothing final is lost, and the
 * network goes on: what a start takes from the old part is still there. */
static void killed_around_compaction(void **state) {
    (void)state;
    struct nodes *w = nodes_new(4, 4, 2);
    uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 11, top = 0;
    w->verbose = getenv("VERBOSE") != NULL;
    w->compact_records = 30;
    w->segment_bytes = 64 << 10;
    w->apply_ms = 1500;
    for (uint32_t i = 0; i < 4; i++) nodes_kill(w, i, WEAL_DISK_LOSE_ALL);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(nodes_restart(w, i), WEAL_OK);
    for (int round = 0; round < 40; round++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t victim = (uint32_t)(seed >> 33) % 6;
        nodes_run(w, 500 + (seed >> 40) % 2500);
        uint64_t before[4];
        for (uint32_t i = 0; i < 4; i++) before[i] = nodes_height(w, i);
        for (uint32_t i = 0; i < 4; i++) {
            if (victim >= 4 || i == victim)
                nodes_kill(w, i, (enum weal_disk_mem_cut)((seed >> (50 + i)) % 3));
        }
        for (uint32_t i = 0; i < 4; i++) {
            if (w->node[i].core) continue;
            assert_int_equal(nodes_restart(w, i), WEAL_OK);
            assert_true(nodes_height(w, i) >= before[i]);
        }
        for (uint32_t i = 0; i < 4; i++) top = nodes_height(w, i) > top ? nodes_height(w, i) : top;
        assert_true(nodes_reach(w, top + 3, 60000));
        nodes_agree(w);
    }
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(w->node[i].blamed, 0);
    nodes_free(w);
}

/* The case that needs the old part: a term has ended, the applier has not got there, the next term
 * finalizes nothing, and the log is rewritten many times. The short form knows nothing of the term
 * before; when all are killed, only the old part can lead out of it. */
static void killed_before_a_term_is_applied(void **state) {
    (void)state;
    struct nodes *w = nodes_new(4, 4, 1);
    struct weal_bft_status st = {0};
    w->compact_records = 40;
    w->segment_bytes = 64 << 10;
    w->backoff_cap_ms = 300;
    for (uint32_t i = 0; i < 4; i++) nodes_kill(w, i, WEAL_DISK_LOSE_ALL);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(nodes_restart(w, i), WEAL_OK);
    assert_true(nodes_reach(w, 590, 1200000));
    w->apply_ms = 1000000000;
    assert_true(nodes_reach(w, 600, 60000));
    w->lost_type = WEAL_P2P_PROPOSAL;
    for (int k = 0; k < 10000 && st.view < 400; k++) {
        nodes_run(w, 100);
        weal_bft_status(weal_core_bft(w->node[0].core), &st);
    }
    assert_int_equal(st.term, 1);
    assert_int_equal(st.final_view, 0);
    assert_true(st.view >= 400);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(nodes_height(w, i), 600);
    for (uint32_t i = 0; i < 4; i++) nodes_kill(w, i, WEAL_DISK_LOSE_ALL);
    w->lost_type = 0;
    w->apply_ms = 0;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(nodes_restart(w, i), WEAL_OK);
        assert_int_equal(nodes_height(w, i), 600);
    }
    assert_true(nodes_reach(w, 605, 60000));
    nodes_agree(w);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(w->node[i].blamed, 0);
    nodes_free(w);
}

int main(void) {
    if (getenv("ONLY")) cmocka_set_test_filter(getenv("ONLY"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_validators_make_blocks),
        cmocka_unit_test(one_of_four_down_does_not_stop_the_rest),
        cmocka_unit_test(killed_nodes_come_back),
        cmocka_unit_test(killed_around_compaction),
        cmocka_unit_test(killed_before_a_term_is_applied),
        cmocka_unit_test(one_block_behind_and_needed),
        cmocka_unit_test(a_held_validator_follows_and_votes_again),
        cmocka_unit_test(a_newcomer_catches_up),
        cmocka_unit_test(lossy_network),
        cmocka_unit_test(terms_follow_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
