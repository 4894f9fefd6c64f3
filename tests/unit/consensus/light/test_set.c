/* SPDX-License-Identifier: ISC */
#include "tests/unit/unit.h"

#include "consensus/light/set.h"

static void fill(struct weal_set *s, uint16_t n, const uint64_t *weights) {
    memset(s, 0, sizeof *s);
    s->n = n;
    for (uint16_t i = 0; i < n; i++) {
        s->v[i].account[0] = s->v[i].seat[0] = (uint8_t)(i + 1);
        s->v[i].weight = weights ? weights[i] : 1;
    }
}

/* More than two thirds, never two thirds: 3 of 4, 5 of 7, 7 of 10; 3 of 3 and 2 of 2. */
static void quorum_is_more_than_two_thirds(void **state) {
    (void)state;
    static const uint64_t want[][2] = {{1, 1}, {2, 2}, {3, 3},  {4, 3},    {5, 4},   {6, 5},
                                       {7, 5}, {9, 7}, {10, 7}, {100, 67}, {128, 86}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_true(weal_set_quorum(want[i][0]) == want[i][1]);
    for (uint64_t w = 1; w < 5000; w++) {
        uint64_t q = weal_set_quorum(w);
        assert_true(3 * q > 2 * w && 3 * (q - 1) <= 2 * w);
        /* two quorums share more than a third: one honest weight at least */
        assert_true(3 * (2 * q - w) > w);
    }
    uint64_t big = WEAL_SET_WEIGHT_MAX - 1;
    assert_true(3 * weal_set_quorum(big) > 2 * big);
}

static void refusals_are_named(void **state) {
    (void)state;
    struct weal_set s;
    fill(&s, 4, NULL);
    assert_int_equal(weal_set_check(&s), WEAL_ACCEPT);
    assert_true(s.total == 4);
    s.n = 0;
    assert_int_equal(weal_set_check(&s), WEAL_V_SET_SIZE);
    s.n = WEAL_SET_MAX + 1;
    assert_int_equal(weal_set_check(&s), WEAL_V_SET_SIZE);
    fill(&s, 4, NULL);
    s.v[2].seat[0] = 2;
    assert_int_equal(weal_set_check(&s), WEAL_V_SET_ORDER);
    fill(&s, 4, NULL);
    s.v[3].account[0] = 1;
    assert_int_equal(weal_set_check(&s), WEAL_V_SET_ACCOUNT);
    fill(&s, 4, NULL);
    s.v[1].weight = 0;
    assert_int_equal(weal_set_check(&s), WEAL_V_SET_WEIGHT);
    s.v[1].weight = WEAL_SET_WEIGHT_MAX;
    assert_int_equal(weal_set_check(&s), WEAL_V_SET_WEIGHT);
    s.v[1].weight = UINT64_MAX;
    assert_int_equal(weal_set_check(&s), WEAL_V_SET_WEIGHT);
}

/* Slots follow weights within one; ties go to the lower index; all 1,024 are given. */
static void leader_slots_follow_weights(void **state) {
    (void)state;
    struct weal_set s;
    uint16_t table[WEAL_LEADER_SLOTS];
    uint8_t beacon[32] = {7};
    static const uint64_t weights[] = {5, 1, 1, 1, 3};
    fill(&s, 5, weights);
    assert_int_equal(weal_set_check(&s), WEAL_ACCEPT);
    weal_set_leaders(table, &s, 1, beacon);
    unsigned count[5] = {0};
    for (unsigned i = 0; i < WEAL_LEADER_SLOTS; i++) count[table[i]]++;
    /* 1024/11 = 93.09: 465.45, 93.09 x3, 279.27; one slot over, to the largest remainder */
    assert_int_equal(count[0], 466);
    assert_int_equal(count[1], 93);
    assert_int_equal(count[3], 93);
    assert_int_equal(count[4], 279);
    fill(&s, 7, NULL); /* 146.28 each: two over, to the two lowest */
    assert_int_equal(weal_set_check(&s), WEAL_ACCEPT);
    weal_set_leaders(table, &s, 1, beacon);
    unsigned seven[7] = {0};
    for (unsigned i = 0; i < WEAL_LEADER_SLOTS; i++) seven[table[i]]++;
    for (unsigned i = 0; i < 7; i++) assert_int_equal(seven[i], i < 2 ? 147 : 146);
}

static void hash_binds_order_keys_and_weights(void **state) {
    (void)state;
    struct weal_set s, t;
    uint8_t a[32], b[32];
    fill(&s, 4, NULL);
    weal_set_hash(a, &s);
    for (int what = 0; what < 4; what++) {
        t = s;
        if (what == 0) t.v[1].weight++;
        if (what == 1) t.v[1].account[31] ^= 1;
        if (what == 2) t.v[3].seat[31] ^= 1;
        if (what == 3) t.n--;
        weal_set_hash(b, &t);
        assert_memory_not_equal(a, b, 32);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quorum_is_more_than_two_thirds),
        cmocka_unit_test(refusals_are_named),
        cmocka_unit_test(leader_slots_follow_weights),
        cmocka_unit_test(hash_binds_order_keys_and_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
