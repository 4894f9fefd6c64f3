/* SPDX-License-Identifier: ISC */
/* Blocks: header rules, bodies, roots, proposing, sameness on two states, upgrades by height.
 * Rows. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "consensus/light/roots.h"
#include "tests/support/chain.h"

static struct chain *c;
static struct chain_tx t, *one[1] = {&t};

static int setup(void **state) {
    (void)state;
    c = chain_new(NULL);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    chain_free(c);
    return 0;
}

static void headers_are_refused_by_name(void **state) {
    (void)state;
    static const struct {
        size_t at, n;
        enum weal_verdict v;
    } bad[] = {
#define F(field, verdict)                                                                          \
    {offsetof(struct weal_header, field), sizeof((struct weal_header){0}.field), verdict}
        F(version, WEAL_V_BLOCK_VERSION),       F(chain, WEAL_V_BLOCK_CHAIN),
        F(height, WEAL_V_BLOCK_HEIGHT),         F(proposer, WEAL_V_BLOCK_BEACON),
        F(view, WEAL_V_BLOCK_BEACON),           F(parent, WEAL_V_BLOCK_BEACON),
        F(beacon_tag, WEAL_V_BLOCK_BEACON),     F(beacon_proof, WEAL_V_BLOCK_BEACON),
        F(tx_root, WEAL_V_BLOCK_TX_ROOT),       F(receipt_root, WEAL_V_BLOCK_RECEIPT_ROOT),
        F(state_root, WEAL_V_BLOCK_STATE_ROOT), F(set_hash, WEAL_V_BLOCK_SET),
        F(next_set_hash, WEAL_V_BLOCK_SET),
    };
    struct weal_header good, h;
    struct weal_bytes none = {NULL, 0};
    chain_blocks(c, 3, 50);
    /* a good one: what a proposer made, taken back */
    struct chain *twin = chain_new(NULL);
    chain_blocks(twin, 3, 50);
    chain_blocks(twin, 1, 50);
    good = twin->header;
    chain_free(twin);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        h = good;
        ((uint8_t *)&h)[bad[i].at] ^= 1;
        enum weal_verdict v = chain_execute(c, &h, none);
        if (unit_seen(v) != bad[i].v) fail_msg("case %u: %s", i, weal_verdict_name(v));
        assert_null(c->result.state);
    }
    h = good;
    h.term = 1;
    assert_int_equal(chain_execute(c, &h, none), WEAL_V_BLOCK_TERM);
    h = good;
    h.time_ms = c->time_ms;
    assert_int_equal(chain_execute(c, &h, none), WEAL_V_BLOCK_TIME);
    h = good;
    h.proposer = 4;
    assert_int_equal(chain_execute(c, &h, none), WEAL_V_BLOCK_PROPOSER);
    assert_int_equal(chain_execute(c, &good, none), WEAL_ACCEPT);
    assert_int_equal(chain_execute(c, &good, none), WEAL_V_BLOCK_HEIGHT);
}

static void bodies_are_whole_transactions(void **state) {
    (void)state;
    uint8_t secret[32], key[32], body[1024];
    struct weal_header h;
    chain_account(c, secret, key);
    chain_transfer(c, &t, c->faucet_secret, key, WEAL_ASSET_IT, 1000000);
    chain_header(c, &h, 50);
    size_t n = chain_body(body, sizeof body, one, 1);
    for (size_t cut = 1; cut < n; cut += 7) {
        assert_int_not_equal(chain_execute(c, &h, weal_bytes(body, n - cut)), WEAL_ACCEPT);
    }
    assert_int_equal(chain_execute(c, &h, weal_bytes(body, n - 1)), WEAL_V_BLOCK_BODY);
    memset(body + n, 0, 4); /* an empty transaction */
    assert_int_equal(chain_execute(c, &h, weal_bytes(body, n + 4)), WEAL_V_BLOCK_BODY);
    assert_int_equal(chain_execute(c, &h, weal_bytes(body, n + 3)), WEAL_V_BLOCK_BODY);
    body[4] = 9;
    assert_int_equal(chain_execute(c, &h, weal_bytes(body, n)), WEAL_V_TX_VERSION);
    assert_int_equal(c->result.culprit, 0);
    uint8_t *large = calloc(1, 3 << 20);
    assert_int_equal(chain_execute(c, &h, weal_bytes(large, c->p.block_bytes_max + 1)),
                     WEAL_V_BLOCK_SIZE);
    free(large);
}

static void x_12_roots_commit_to_ids_and_codes(void **state) {
    (void)state;
    struct weal_roots r;
    uint8_t a[32], b[32];
    weal_roots_init(&r);
    weal_roots_final(&r, a);
    uint8_t seen[40][32];
    for (unsigned i = 0; i < 40; i++) { /* every count another root, and none a prefix's */
        uint8_t item[32] = {(uint8_t)i};
        memcpy(seen[i], a, 32);
        weal_roots_add(&r, WEAL_BYTES(item));
        weal_roots_final(&r, a);
        for (unsigned k = 0; k <= i; k++) assert_memory_not_equal(seen[k], a, 32);
    }
    struct weal_roots s;
    weal_roots_init(&s);
    for (unsigned i = 0; i < 40; i++) {
        uint8_t item[32] = {(uint8_t)(i == 13 ? 14 : i == 14 ? 13 : i)};
        weal_roots_add(&s, WEAL_BYTES(item));
    }
    weal_roots_final(&s, b);
    assert_memory_not_equal(a, b, 32);
}

static void x_12_every_item_has_a_path_to_the_root(void **state) {
    (void)state;
    for (uint32_t count = 1; count <= 40; count++) {
        struct weal_roots r;
        uint8_t root[32], leaves[40][32], copy[40][32], path[WEAL_ROOTS_PATH_MAX][32];
        weal_roots_init(&r);
        for (uint32_t i = 0; i < count; i++) {
            uint8_t item[2] = {(uint8_t)i, 7};
            weal_roots_leaf(leaves[i], WEAL_BYTES(item));
            weal_roots_add(&r, WEAL_BYTES(item));
        }
        weal_roots_final(&r, root);
        for (uint32_t i = 0; i < count; i++) {
            uint8_t item[2] = {(uint8_t)i, 7}, other[2] = {(uint8_t)i, 8};
            memcpy(copy, leaves, sizeof copy);
            unsigned n = weal_roots_path(path, copy, count, i);
            const uint8_t(*p)[32] = (const uint8_t(*)[32])path;
            assert_true(weal_roots_check(root, count, i, WEAL_BYTES(item), p, n));
            assert_false(weal_roots_check(root, count, i, WEAL_BYTES(other), p, n));
            assert_false(weal_roots_check(root, count + 1, i, WEAL_BYTES(item), p, n));
            assert_false(weal_roots_check(root, count, count, WEAL_BYTES(item), p, n));
            assert_false(weal_roots_check(root, count, i, WEAL_BYTES(item), p, n + 1));
            if (n != 0) assert_false(weal_roots_check(root, count, i, WEAL_BYTES(item), p, n - 1));
            if (count > 1) {
                uint32_t j = (i + 1) % count;
                assert_false(weal_roots_check(root, count, j, WEAL_BYTES(item), p, n));
            }
        }
    }
}

/* One history, executed on a second chain whose database is applied at other heights. */
static void x_10_two_states_one_root(void **state) {
    (void)state;
    enum { PEOPLE = 12, BLOCKS = 120 };
    static struct chain_person people[PEOPLE];
    static struct chain_tx txs[PEOPLE], *list[PEOPLE];
    struct chain *other = chain_new(NULL);
    for (unsigned i = 0; i < PEOPLE; i++) {
        chain_person(c, &people[i]);
        list[i] = &txs[i];
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        size_t n = 0;
        uint64_t dt = i % 40 == 7 ? 5000 : 50;
        if (i == 1) {
            for (; n < PEOPLE; n++) chain_enrol(c, &txs[n], &people[n], "CA");
        } else if (i % 5 == 0) {
            uint8_t secret[32], key[32];
            chain_account(c, secret, key);
            chain_transfer(c, &txs[0], c->faucet_secret, key, WEAL_ASSET_IT, 100000 + i);
            n = 1;
        }
        chain_block(c, list, n, dt);
        assert_int_equal(chain_execute(other, &c->header, weal_bytes(c->body, c->body_n)),
                         WEAL_ACCEPT);
        assert_memory_equal(weal_state_root(c->tip), weal_state_root(other->tip), 32);
    }
    uint64_t cohort;
    uint16_t version;
    struct weal_st_ring ring;
    assert_true(chain_human_cohort(other, people[0].key, &cohort, &version, &ring));
    chain_free(other);
}

static void spoil_supply(struct weal_draft *d) {
    struct weal_ctx x = {.d = d};
    struct weal_key k = weal_key(WEAL_T_SUPPLY);
    struct weal_st_supply s;
    weal_key_u8(&k, WEAL_ASSET_IT);
    assert_true(weal_supply_load(&x, &k, &s));
    s.stored++; /* as if one micro-unit had come from nowhere */
    weal_supply_store(&x, &k, &s);
}
static void spoil_params(struct weal_draft *d) {
    struct weal_key k = weal_key(WEAL_T_PARAMS);
    assert_int_equal(weal_draft_del(d, weal_key_bytes(&k)), WEAL_OK);
}

static void x_07_a_block_that_does_not_conserve_is_refused(void **state) {
    (void)state;
    struct weal_header h;
    chain_header(c, &h, 50);
    struct weal_roots none;
    weal_roots_init(&none);
    weal_roots_final(&none, h.tx_root);
    c->tamper = spoil_supply;
    assert_int_equal(chain_execute(c, &h, weal_bytes(NULL, 0)), WEAL_V_BLOCK_CONSERVATION);
    c->tamper = spoil_params;
    assert_int_equal(chain_execute(c, &h, weal_bytes(NULL, 0)), WEAL_V_BLOCK_STATE);
    c->tamper = NULL;
}

static void a_block_has_a_limit_of_transactions(void **state) {
    (void)state;
    uint8_t secret[32], key[32], body[1024];
    struct weal_header h;
    chain_account(c, secret, key);
    chain_transfer(c, &t, c->faucet_secret, key, WEAL_ASSET_IT, 1000000);
    chain_header(c, &h, 50);
    size_t n = chain_body(body, sizeof body, one, 1);
    c->receipts_max = 0;
    assert_int_equal(chain_execute(c, &h, weal_bytes(body, n)), WEAL_V_BLOCK_FULL);
}

/* ---- proposing ---- */

static void the_human_lane_gets_its_half(void **state) {
    (void)state;
    struct weal_params p;
    weal_params_preset(&p, WEAL_PRESET_DEVNET);
    p.block_bytes_max = 65536;
    chain_free(c);
    c = chain_new(&(struct chain_options){.params = &p});
    enum { HUMANS = 300, TRANSFERS = 500 };
    struct chain_tx *txs = calloc(HUMANS + TRANSFERS, sizeof *txs);
    struct chain_tx **list = calloc(HUMANS + TRANSFERS, sizeof *list);
    for (unsigned i = 0; i < HUMANS + TRANSFERS; i++) {
        struct chain_person person;
        uint8_t secret[32], key[32];
        list[i] = &txs[i];
        if (i >= TRANSFERS) {
            chain_person(c, &person);
            chain_enrol(c, &txs[i], &person, "CA");
            continue;
        }
        chain_account(c, secret, key);
        chain_transfer(c, &txs[i], c->faucet_secret, key, WEAL_ASSET_IT, 100000);
        txs[i].tx.act.transfer.nonce = i + 1;
        chain_sign(c, &txs[i], c->faucet_secret);
    }
    size_t taken = chain_propose(c, list, HUMANS + TRANSFERS, 50);
    assert_true(taken < HUMANS + TRANSFERS && c->body_n <= p.block_bytes_max);
    assert_true(c->body_n > p.block_bytes_max - 1000);
    size_t human = 0;
    struct weal_body_iter it = weal_body_iter(weal_bytes(c->body, c->body_n));
    struct weal_bytes tx;
    while (weal_body_next(&it, &tx)) {
        struct weal_tx_info info;
        assert_int_equal(weal_tx_info(tx, &info), WEAL_ACCEPT);
        if (info.lane == WEAL_EXEC_HUMAN) human += tx.n + 4;
    }
    assert_true(human > p.block_bytes_max / 2 - 600 && human <= p.block_bytes_max / 2);
    /* alone it gets all */
    chain_free(c);
    c = chain_new(&(struct chain_options){.params = &p});
    for (unsigned i = 0; i < HUMANS; i++) {
        struct chain_person person;
        chain_person(c, &person);
        chain_enrol(c, &txs[i], &person, "CA");
    }
    chain_propose(c, list, HUMANS, 50);
    assert_true(c->body_n > p.block_bytes_max - 1000);
    free(txs);
    free(list);
}

static bool none_known(void *ctx, const uint8_t key[32]) {
    (void)ctx;
    (void)key;
    return false;
}
static unsigned noted;
static void note(void *ctx, const uint8_t key[32]) {
    (void)ctx;
    (void)key;
    noted++;
}

static void what_is_not_known_is_not_verified_on_the_voting_path(void **state) {
    (void)state;
    struct chain_person person;
    chain_person(c, &person);
    chain_enrol(c, &t, &person, "CA");
    c->exec.cache = (struct weal_exec_cache){none_known, note, NULL};
    assert_int_equal(chain_propose(c, one, 1, 50), 0); /* skipped, and the block is good */
    noted = 0;
    assert_int_equal(chain_try(c, &t, NULL), WEAL_ACCEPT);
    assert_int_equal(noted, 3);
    c->exec.cache = (struct weal_exec_cache){NULL, NULL, NULL};
    assert_int_equal(chain_propose(c, one, 1, 50), 1);
}

/* ---- upgrades ---- */

static void a_program_too_old_stops_before_the_upgrade(void **state) {
    (void)state;
    struct weal_genesis_upgrade up = {.height = 6, .version = WEAL_PROTOCOL_VERSION + 1};
    chain_free(c);
    c = chain_new(&(struct chain_options){.upgrades = &up, .upgrades_n = 1});
    chain_blocks(c, 5, 50);
    struct weal_view v;
    uint32_t version;
    assert_int_equal(weal_view_open(&v, c->tip, &c->reader), WEAL_OK);
    assert_true(weal_exec_too_old(&v, 6, &version));
    assert_int_equal(version, WEAL_PROTOCOL_VERSION + 1);
    struct weal_header h;
    chain_header(c, &h, 50);
    assert_int_equal(chain_execute(c, &h, weal_bytes(NULL, 0)), WEAL_V_BLOCK_TOO_NEW);
    h.version = WEAL_PROTOCOL_VERSION;
    assert_int_equal(chain_execute(c, &h, weal_bytes(NULL, 0)), WEAL_V_BLOCK_TOO_NEW);
    assert_int_equal(c->height, 5); /* and has lost nothing */
}

static void pending_tells_what_waits(void **state) {
    (void)state;
    struct weal_view v;
    struct chain_person person;
    assert_int_equal(weal_view_open(&v, c->tip, &c->reader), WEAL_OK);
    assert_false(weal_exec_pending(&v, c->time_ms + 1000000));
    chain_person(c, &person);
    chain_enrol(c, &t, &person, "CA");
    chain_block(c, one, 1, 50);
    assert_int_equal(weal_view_open(&v, c->tip, &c->reader), WEAL_OK);
    assert_false(weal_exec_pending(&v, c->time_ms + c->p.challenge_ms - 1));
    assert_true(weal_exec_pending(&v, c->time_ms + c->p.challenge_ms));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(headers_are_refused_by_name),
        TEST(bodies_are_whole_transactions),
        TEST(x_12_roots_commit_to_ids_and_codes),
        TEST(x_12_every_item_has_a_path_to_the_root),
        TEST(x_10_two_states_one_root),
        TEST(x_07_a_block_that_does_not_conserve_is_refused),
        TEST(a_block_has_a_limit_of_transactions),
        TEST(the_human_lane_gets_its_half),
        TEST(what_is_not_known_is_not_verified_on_the_voting_path),
        TEST(a_program_too_old_stops_before_the_upgrade),
        TEST(pending_tells_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
