/* SPDX-License-Identifier: ISC */
/* attestor.renew: new commitments for all shares at once, of the same key. Row CC-26. */
#include "tests/unit/unit.h"

#include "consensus/mod/attest.h"
#include "crypto/oprf/threshold.h"
#include "tests/support/chain.h"

static struct chain *c;
static struct chain_tx t, *one[1] = {&t};
static uint8_t slope[32]; /* the new polynomial is key + slope x */

static int setup(void **state) {
    (void)state;
    c = chain_new(NULL);
    chain_secret(c, slope);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    chain_free(c);
    return 0;
}
static enum weal_verdict try(void) {
    return chain_try(c, &t, NULL);
}

static struct weal_attestor_renew *renewal(uint32_t serial) {
    struct weal_attestor_renew *r = &t.tx.act.attestor_renew;
    memset(&t.tx, 0, sizeof t.tx);
    t.tx.version = 1;
    t.tx.act_kind = WEAL_TX_ATTESTOR_RENEW;
    r->serial = serial;
    r->points_n = CHAIN_T - 1;
    assert_true(weal_human_key(r->points[0].point, slope));
    return r;
}
static void sign(unsigned first, unsigned n) {
    uint8_t hash[32];
    chain_hash(c, &t, hash);
    t.tx.act.attestor_renew.attests_n =
        chain_attest(c, t.tx.act.attestor_renew.attests, hash, first, n);
    chain_encode(&t);
}

static void look(struct weal_st_quorum *q, struct weal_st_attestor a[CHAIN_ATTESTORS]) {
    static _Alignas(64) uint8_t mem[65536];
    struct weal_draft d;
    struct weal_ctx x;
    chain_look(c, &x, &d, mem, sizeof mem);
    assert_true(weal_quorum_get(&x, q));
    for (uint16_t i = 0; i < CHAIN_ATTESTORS; i++) {
        struct weal_key k = weal_key(WEAL_T_ATTESTOR);
        weal_key_u16(&k, i);
        assert_true(weal_attestor_load(&x, &k, &a[i]));
    }
}

static void cc_26_shares_are_renewed_and_the_key_is_not(void **state) {
    struct weal_st_quorum q, after;
    struct weal_st_attestor a[CHAIN_ATTESTORS], b[CHAIN_ATTESTORS];
    struct weal_dealing polynomial = {.t = CHAIN_T};
    (void)state;
    look(&q, a);
    assert_int_equal(q.renewals, 0);
    memcpy(polynomial.point[0], q.voprf, 32);
    memcpy(polynomial.point[1], renewal(1)->points[0].point, 32);
    sign(1, 2 * CHAIN_T);
    assert_int_equal(try(), WEAL_ACCEPT);
    chain_block(c, one, 1, 50);
    look(&after, b);
    assert_int_equal(after.renewals, 1);
    assert_memory_equal(after.voprf, q.voprf, 32);
    for (uint16_t i = 0; i < CHAIN_ATTESTORS; i++) {
        uint8_t commitment[32];
        weal_share_commitment(commitment, &polynomial, i + 1u);
        assert_memory_equal(b[i].share, commitment, 32);
        assert_memory_not_equal(b[i].share, a[i].share, 32);
        assert_memory_equal(b[i].key, a[i].key, 32);
        assert_int_equal(b[i].active, 1);
        assert_int_equal(b[i].name.n, 8);
    }
    /* not once more, nor with what was signed for the first */
    assert_int_equal(try(), WEAL_V_ATTEST_SERIAL);
    renewal(2);
    sign(0, 2 * CHAIN_T);
    assert_int_equal(try(), WEAL_ACCEPT);
}

static void cc_26_renewals_are_refused_by_name(void **state) {
    (void)state;
    renewal(1);
    sign(0, 2 * CHAIN_T - 1);
    assert_int_equal(try(), WEAL_V_ATTEST_COUNT);
    renewal(0);
    sign(0, 2 * CHAIN_T);
    assert_int_equal(try(), WEAL_V_ATTEST_SERIAL);
    renewal(2);
    sign(0, 2 * CHAIN_T);
    assert_int_equal(try(), WEAL_V_ATTEST_SERIAL);
    renewal(1)->points_n = 0;
    sign(0, 2 * CHAIN_T);
    assert_int_equal(try(), WEAL_V_ATTEST_POINTS);
    renewal(1)->points_n = CHAIN_T;
    memcpy(t.tx.act.attestor_renew.points[1].point, c->genesis.voprf, 32);
    sign(0, 2 * CHAIN_T);
    assert_int_equal(try(), WEAL_V_ATTEST_POINTS);
    memset(renewal(1)->points[0].point, 0, 32); /* the identity: all shares would be the key */
    sign(0, 2 * CHAIN_T);
    assert_int_equal(try(), WEAL_V_ATTEST_POINTS);
    memset(renewal(1)->points[0].point, 0xff, 32);
    sign(0, 2 * CHAIN_T);
    assert_int_equal(try(), WEAL_V_ATTEST_POINTS);
    /* signatures are for these points */
    renewal(1);
    sign(0, 2 * CHAIN_T);
    memcpy(t.tx.act.attestor_renew.points[0].point, c->genesis.voprf, 32);
    chain_encode(&t);
    enum weal_verdict v = try();
    assert_true(v != WEAL_ACCEPT && v != WEAL_V_ATTEST_POINTS);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(cc_26_shares_are_renewed_and_the_key_is_not),
        TEST(cc_26_renewals_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
