/* SPDX-License-Identifier: ISC */
/* The mempool against a plain model: an array that is searched, never indexed. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "node/mempool/mempool.h"

static const uint8_t key[16] = {1, 2, 3};
static const uint8_t payload[400];

static struct weal_mempool *pool(uint32_t entries) {
    struct weal_mempool_limits limits = {entries, 1 << 20, 0};
    struct weal_mempool *m = weal_mempool_new(&limits, key);
    assert_non_null(m);
    return m;
}

static struct weal_mempool_tx fee_tx(uint32_t id, uint32_t sender, uint64_t nonce, uint64_t rate) {
    struct weal_mempool_tx tx = {.lane = WEAL_LANE_FEE, .nonce = nonce, .fee_rate = rate};
    weal_put_le32(tx.id, id);
    weal_put_le32(tx.sender, sender);
    tx.valid_until = UINT64_MAX;
    tx.bytes = weal_bytes(payload, 100);
    return tx;
}
static struct weal_mempool_tx human_tx(uint32_t id, uint32_t tag) {
    struct weal_mempool_tx tx = {.lane = WEAL_LANE_HUMAN, .tags_n = 1, .valid_until = UINT64_MAX};
    weal_put_le32(tx.id, id);
    weal_put_le32(tx.tags[0], tag);
    tx.bytes = weal_bytes(payload, 300);
    return tx;
}
static uint32_t pick(struct weal_mempool *m, enum weal_mempool_lane lane) {
    uint8_t id[32];
    struct weal_bytes b;
    return weal_mempool_pick_next(m, lane, id, &b) ? weal_le32(id) : 0;
}

static void one_entry_per_id_tag_and_nonce(void **state) {
    (void)state;
    struct weal_mempool *m = pool(100);
    struct weal_mempool_tx a = human_tx(1, 7), b = human_tx(2, 7), c = fee_tx(3, 9, 1, 1000);
    assert_int_equal(weal_mempool_add(m, &a), WEAL_ACCEPT);
    assert_int_equal(weal_mempool_add(m, &a), WEAL_V_POOL_KNOWN);
    assert_int_equal(weal_mempool_add(m, &b), WEAL_V_POOL_TAG_RESERVED);
    assert_int_equal(weal_mempool_add(m, &c), WEAL_ACCEPT);
    struct weal_mempool_tx slightly = fee_tx(4, 9, 1, 1100), enough = fee_tx(5, 9, 1, 1125);
    assert_int_equal(weal_mempool_add(m, &slightly), WEAL_V_POOL_FEE_LOW);
    assert_int_equal(weal_mempool_add(m, &enough), WEAL_ACCEPT);
    assert_null(weal_mempool_get(m, c.id).p);
    assert_int_equal(weal_mempool_info(m).fee, 1);
    struct weal_mempool_tx low = fee_tx(6, 9, 0, 1), gap = fee_tx(7, 9, 65, 1);
    assert_int_equal(weal_mempool_add(m, &low), WEAL_V_POOL_NONCE_LOW);
    assert_int_equal(weal_mempool_add(m, &gap), WEAL_V_POOL_NONCE_GAP);
    weal_mempool_settle(m, &b); /* the tag became final elsewhere */
    assert_null(weal_mempool_get(m, a.id).p);
    weal_mempool_free(m);
}

static void picks_by_fee_rate_in_nonce_order_and_past_ancestors(void **state) {
    (void)state;
    struct weal_mempool *m = pool(100);
    struct weal_mempool_tx txs[] = {
        fee_tx(1, 1, 2, 9000), fee_tx(2, 1, 1, 10), fee_tx(3, 2, 1, 500), fee_tx(4, 3, 2, 9999),
        human_tx(10, 1),       human_tx(11, 2),     fee_tx(5, 2, 3, 700),
    };
    for (size_t i = 0; i < sizeof txs / sizeof *txs; i++) {
        assert_int_equal(weal_mempool_add(m, &txs[i]), WEAL_ACCEPT);
    }
    weal_mempool_pick_begin(m);
    assert_int_equal(pick(m, WEAL_LANE_FEE), 3);
    assert_int_equal(pick(m, WEAL_LANE_FEE), 2);
    assert_int_equal(pick(m, WEAL_LANE_HUMAN), 10);
    assert_int_equal(pick(m, WEAL_LANE_FEE), 1); /* its nonce waited for 2 */
    assert_int_equal(pick(m, WEAL_LANE_FEE), 0); /* 4 and 5 have gaps before them */
    assert_int_equal(pick(m, WEAL_LANE_HUMAN), 11);
    assert_int_equal(pick(m, WEAL_LANE_HUMAN), 0);
    weal_mempool_pick_begin(m);
    weal_mempool_pick_skip(m, txs[1].id);
    weal_mempool_pick_skip(m, txs[4].id);
    assert_int_equal(pick(m, WEAL_LANE_FEE), 1);
    assert_int_equal(pick(m, WEAL_LANE_HUMAN), 11);
    weal_mempool_settle(m, &txs[1]);
    weal_mempool_pick_begin(m);
    assert_int_equal(pick(m, WEAL_LANE_FEE), 1);
    weal_mempool_expire(m, 5);
    assert_int_equal(weal_mempool_info(m).expired, 0);
    weal_mempool_free(m);
}

static void a_full_pool_keeps_who_pays_more(void **state) {
    (void)state;
    struct weal_mempool *m = pool(64);
    for (uint32_t i = 1; i <= 64; i++) {
        struct weal_mempool_tx tx = fee_tx(i, i, 1, 100 * i);
        assert_int_equal(weal_mempool_add(m, &tx), WEAL_ACCEPT);
    }
    struct weal_mempool_tx cheap = fee_tx(100, 100, 1, 50), dear = fee_tx(101, 101, 1, 5000);
    assert_int_equal(weal_mempool_add(m, &cheap), WEAL_V_POOL_FEE_LOW);
    assert_int_equal(weal_mempool_add(m, &dear), WEAL_ACCEPT);
    struct weal_mempool_tx first = fee_tx(1, 1, 1, 100);
    assert_null(weal_mempool_get(m, first.id).p);
    assert_non_null(weal_mempool_get(m, dear.id).p);
    assert_true(weal_mempool_info(m).fee_rate_min >= 100);
    weal_mempool_free(m);
}

static void what_can_never_fit_is_refused(void **state) {
    (void)state;
    struct weal_mempool_limits limits = {100, 4096, 0};
    struct weal_mempool *m = weal_mempool_new(&limits, key);
    static const uint8_t large[4097];
    struct weal_mempool_tx tx = fee_tx(1, 1, 1, 1000);
    assert_non_null(m);
    tx.bytes = weal_bytes(large, sizeof large);
    assert_int_equal(weal_mempool_add(m, &tx), WEAL_V_POOL_FULL);
    /* humans have half of the places, and pay nothing that could move one of them out */
    for (uint32_t i = 1; weal_mempool_info(m).human < 50 && i < 100; i++) {
        tx = human_tx(i + 1, i);
        tx.bytes.n = 8;
        assert_int_equal(weal_mempool_add(m, &tx), WEAL_ACCEPT);
    }
    tx = human_tx(999, 999);
    tx.bytes.n = 8;
    assert_int_equal(weal_mempool_add(m, &tx), WEAL_V_POOL_FULL);
    weal_mempool_free(m);
}

static void one_peer_gets_its_share(void **state) {
    (void)state;
    struct weal_mempool_limits limits = {100, 1 << 20, 2};
    struct weal_mempool *m = weal_mempool_new(&limits, key);
    assert_non_null(m);
    for (uint32_t i = 1; i <= 3; i++) {
        struct weal_mempool_tx tx = human_tx(i, i);
        tx.origin = 77;
        assert_int_equal(weal_mempool_add(m, &tx), i < 3 ? WEAL_ACCEPT : WEAL_V_POOL_ORIGIN_SHARE);
    }
    struct weal_mempool_tx other = human_tx(4, 4);
    other.origin = 78;
    assert_int_equal(weal_mempool_add(m, &other), WEAL_ACCEPT);
    weal_mempool_drop(m, other.id);
    weal_mempool_free(m);
}

/* Round and round, whatever comes and goes between; accounts' transactions are passed over. */
static void every_act_is_looked_at_again(void **state) {
    (void)state;
    struct weal_mempool *m = pool(1000);
    unsigned seen[200] = {0};
    uint8_t id[32];
    assert_null(weal_mempool_again(m, id).p);
    for (uint32_t i = 0; i < 200; i++) {
        struct weal_mempool_tx h = human_tx(i, i), f = fee_tx(1000 + i, i, 1, 5);
        assert_int_equal(weal_mempool_add(m, i % 2 ? &h : &f), WEAL_ACCEPT);
    }
    for (uint32_t i = 0; i < 2000; i++) {
        struct weal_bytes b = weal_mempool_again(m, id);
        if (!b.p) continue;
        assert_int_equal(b.n, 300);
        seen[weal_le32(id)]++;
        if (weal_le32(id) == 77) weal_mempool_drop(m, id);
    }
    for (uint32_t i = 0; i < 200; i++) assert_true(i % 2 && i != 77 ? seen[i] > 5 : seen[i] < 2);
    assert_int_equal(seen[77], 1);
    weal_mempool_free(m);
}

static uint32_t seed = 12345;
static uint32_t rnd(uint32_t k) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % k;
}

/* Random adds, settles and picks; counts and every selection agree with an array of copies. */
static void agrees_with_a_plain_model(void **state) {
    (void)state;
    enum { N = 400 };
    static struct weal_mempool_tx model[N];
    uint32_t n = 0, next_id = 1;
    uint64_t settled[20] = {0};
    struct weal_mempool *m = pool(100000);
    for (int step = 0; step < 20000; step++) {
        uint32_t sender = rnd(20);
        if (rnd(10) < 6 && n < N) {
            struct weal_mempool_tx tx =
                fee_tx(next_id++, sender, settled[sender] + 1 + rnd(10), 1 + rnd(50));
            tx.account_nonce = settled[sender];
            uint32_t same = N;
            for (uint32_t i = 0; i < n; i++) {
                if (weal_le32(model[i].sender) == sender && model[i].nonce == tx.nonce) same = i;
            }
            enum weal_verdict v = weal_mempool_add(m, &tx);
            bool better =
                same == N || (tx.fee_rate > model[same].fee_rate &&
                              tx.fee_rate - model[same].fee_rate >= model[same].fee_rate / 8);
            assert_int_equal(v, better ? WEAL_ACCEPT : WEAL_V_POOL_FEE_LOW);
            if (better) model[same == N ? n++ : same] = tx;
        } else if (rnd(4) == 0) {
            settled[sender]++;
            struct weal_mempool_tx tx = fee_tx(next_id++, sender, settled[sender], 1);
            weal_mempool_settle(m, &tx);
            for (uint32_t i = 0; i < n;) {
                if (weal_le32(model[i].sender) == sender && model[i].nonce <= settled[sender]) {
                    model[i] = model[--n];
                } else {
                    i++;
                }
            }
        }
        assert_int_equal(weal_mempool_info(m).fee, n);
        if (step % 50 != 0) continue;
        uint64_t at[20];
        memcpy(at, settled, sizeof at);
        weal_mempool_pick_begin(m);
        for (;;) {
            uint64_t best = 0;
            for (uint32_t i = 0; i < n; i++) {
                if (model[i].nonce == at[weal_le32(model[i].sender)] + 1 &&
                    model[i].fee_rate > best) {
                    best = model[i].fee_rate;
                }
            }
            uint32_t got = pick(m, WEAL_LANE_FEE), i = 0;
            assert_int_equal(got == 0, best == 0);
            if (got == 0) break;
            while (weal_le32(model[i].id) != got) assert_true(++i < n);
            assert_int_equal(model[i].fee_rate, best);
            assert_int_equal(model[i].nonce, at[weal_le32(model[i].sender)] + 1);
            at[weal_le32(model[i].sender)]++;
        }
    }
    weal_mempool_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_entry_per_id_tag_and_nonce),
        cmocka_unit_test(picks_by_fee_rate_in_nonce_order_and_past_ancestors),
        cmocka_unit_test(a_full_pool_keeps_who_pays_more),
        cmocka_unit_test(what_can_never_fit_is_refused),
        cmocka_unit_test(one_peer_gets_its_share),
        cmocka_unit_test(every_act_is_looked_at_again),
        cmocka_unit_test(agrees_with_a_plain_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
