/* SPDX-License-Identifier: ISC */
/* Buckets, counts and the room for clients of node/rpc/limits.h, with the time in our hands. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "node/rpc/limits.h"

static const struct weal_rpc_bounds bounds = {.rate = 10,
                                              .connections = 8,
                                              .connections_each = 2,
                                              .subscriptions = 3,
                                              .subscriptions_each = 2};
static struct weal_rpc_limits l;

static unsigned take_all(struct weal_rpc_client *c, uint64_t now_ms) {
    unsigned n = 0;
    while (n < 1000 && weal_rpc_limits_take(&l, c, 0, now_ms) == 0) n++;
    return n;
}

static void a_bucket_holds_two_seconds_and_fills_at_the_rate(void **state) {
    (void)state;
    weal_rpc_limits_init(&l, &bounds);
    struct weal_rpc_client *c = weal_rpc_limits_open(&l, 0x0a000001, 5000);
    assert_int_equal(take_all(c, 5000), 20);
    assert_int_equal(weal_rpc_limits_take(&l, c, 0, 5000), 100); /* the wait that is said */
    assert_int_equal(weal_rpc_limits_take(&l, c, 0, 5099), 1);
    assert_int_equal(weal_rpc_limits_take(&l, c, 0, 5100), 0); /* is enough */
    assert_int_equal(take_all(c, 6100), 10);
    assert_int_equal(take_all(c, UINT64_C(1) << 60), 20); /* a long time is a full bucket */
    assert_int_equal(take_all(c, 7000), 0);               /* a clock that goes back gives nothing */
    assert_int_equal(l.refused[WEAL_RPC_LIMIT_RATE], 6);
    assert_int_equal(l.requests, 20 + 1 + 10 + 20 + 6);
}

static void a_large_text_costs_more_but_never_more_than_a_bucket(void **state) {
    (void)state;
    weal_rpc_limits_init(&l, &bounds);
    struct weal_rpc_client *c = weal_rpc_limits_open(&l, 0x0a000001, 0);
    assert_int_equal(weal_rpc_limits_take(&l, c, 4 * WEAL_RPC_COST_BYTES, 0), 0);
    assert_int_equal(take_all(c, 0), 15);
    assert_int_equal(weal_rpc_limits_take(&l, c, 1 << 20, 0), 2000);
    assert_int_equal(weal_rpc_limits_take(&l, c, 1 << 20, 2000), 0);
    assert_int_equal(take_all(c, 2000), 0);
}

static void this_machine_is_not_limited_unless_it_is_said(void **state) {
    (void)state;
    struct weal_rpc_bounds b = bounds;
    weal_rpc_limits_init(&l, &b);
    struct weal_rpc_client *c = weal_rpc_limits_open(&l, 0x7f000001, 0);
    for (int i = 0; i < 100; i++) {
        assert_true(weal_rpc_limits_admit(&l, 0x7f000001));
        assert_ptr_equal(weal_rpc_limits_open(&l, 0x7f000002, 0), c);
        assert_true(weal_rpc_limits_subscribe(&l, c));
    }
    assert_false(weal_rpc_limits_crowded(&l, c));
    assert_int_equal(take_all(c, 0), 1000);
    assert_int_equal(l.connections + l.subscriptions, 0); /* takes nothing from strangers */
    b.limit_local = true;
    weal_rpc_limits_init(&l, &b);
    assert_int_equal(take_all(weal_rpc_limits_open(&l, 0x7f000001, 0), 0), 20);
}

static void connections_of_one_and_of_all_are_counted(void **state) {
    (void)state;
    weal_rpc_limits_init(&l, &bounds);
    struct weal_rpc_client *c = NULL, *other;
    for (int i = 0; i < 4; i++) {
        assert_true(weal_rpc_limits_admit(&l, 1));
        c = weal_rpc_limits_open(&l, 1, 0);
        assert_int_equal(weal_rpc_limits_crowded(&l, c), i >= 2); /* told why */
    }
    assert_false(weal_rpc_limits_admit(&l, 1)); /* not even heard */
    other = weal_rpc_limits_open(&l, 2, 0);
    assert_false(weal_rpc_limits_crowded(&l, other));
    for (uint32_t a = 3; a < 14; a++) {
        assert_true(weal_rpc_limits_admit(&l, a));
        assert_int_equal(weal_rpc_limits_crowded(&l, weal_rpc_limits_open(&l, a, 0)), a > 5);
    }
    assert_false(weal_rpc_limits_admit(&l, 99)); /* twice as many as may be */
    for (int i = 0; i < 4; i++) weal_rpc_limits_close(&l, c);
    assert_true(weal_rpc_limits_admit(&l, 1));
    assert_int_equal(l.connections, 12);
}

static void subscriptions_of_one_and_of_all_are_counted(void **state) {
    (void)state;
    weal_rpc_limits_init(&l, &bounds);
    struct weal_rpc_client *a = weal_rpc_limits_open(&l, 1, 0), *b = weal_rpc_limits_open(&l, 2, 0);
    assert_true(weal_rpc_limits_subscribe(&l, a));
    assert_true(weal_rpc_limits_subscribe(&l, a));
    assert_false(weal_rpc_limits_subscribe(&l, a));
    assert_true(weal_rpc_limits_subscribe(&l, b));
    assert_false(weal_rpc_limits_subscribe(&l, b)); /* of all */
    weal_rpc_limits_unsubscribe(&l, a);
    assert_true(weal_rpc_limits_subscribe(&l, b));
    assert_int_equal(l.refused[WEAL_RPC_LIMIT_SUBSCRIPTIONS], 2);
}

/* A bucket outlives its connection, so that to reconnect is no way around it; and a crowd of
 * addresses pushes out who was silent longest, never who is connected. */
static void a_client_that_reconnects_finds_its_bucket(void **state) {
    (void)state;
    weal_rpc_limits_init(&l, &bounds);
    struct weal_rpc_client *stays = weal_rpc_limits_open(&l, 1, 0), *c;
    assert_int_equal(take_all(stays, 0), 20);
    c = weal_rpc_limits_open(&l, 2, 1000);
    assert_int_equal(take_all(c, 1000), 20);
    weal_rpc_limits_close(&l, c);
    c = weal_rpc_limits_open(&l, 2, 1000);
    assert_int_equal(take_all(c, 1000), 0);
    weal_rpc_limits_close(&l, c);
    for (uint32_t a = 3; a < 3 + 2 * WEAL_RPC_CLIENTS_MAX; a++) {
        c = weal_rpc_limits_open(&l, a, 2000 + a);
        weal_rpc_limits_close(&l, c);
    }
    assert_int_equal(stays->address, 1);
    assert_int_equal(take_all(stays, 0), 0);
    c = weal_rpc_limits_open(&l, 2, 90000); /* forgotten meanwhile */
    assert_int_equal(take_all(c, 90000), 20);
}

static void a_refusal_names_the_limit_and_its_key(void **state) {
    (void)state;
    struct weal_rpc_bounds widest = {.rate = 1000000,
                                     .connections = 1000,
                                     .connections_each = 1000,
                                     .subscriptions = 1000,
                                     .subscriptions_each = 1000};
    char text[WEAL_RPC_LIMIT_TEXT];
    weal_rpc_limits_init(&l, &widest);
    weal_rpc_limits_say(&l, WEAL_RPC_LIMIT_RATE, 2000, text);
    assert_string_equal(text, "an address may ask 1000000 times a second (rpc.rate); "
                              "try again in 2000 ms");
    weal_rpc_limits_say(&l, WEAL_RPC_LIMIT_CONNECTIONS, 0, text);
    assert_non_null(strstr(text, "try again")); /* the longest is whole */
    weal_rpc_limits_say(&l, WEAL_RPC_LIMIT_SUBSCRIPTIONS, 0, text);
    assert_non_null(strstr(text, "try again"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_holds_two_seconds_and_fills_at_the_rate),
        cmocka_unit_test(a_large_text_costs_more_but_never_more_than_a_bucket),
        cmocka_unit_test(this_machine_is_not_limited_unless_it_is_said),
        cmocka_unit_test(connections_of_one_and_of_all_are_counted),
        cmocka_unit_test(subscriptions_of_one_and_of_all_are_counted),
        cmocka_unit_test(a_client_that_reconnects_finds_its_bucket),
        cmocka_unit_test(a_refusal_names_the_limit_and_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
