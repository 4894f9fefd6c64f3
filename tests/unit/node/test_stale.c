/* SPDX-License-Identifier: ISC */
/* What waits in the pool and can never enter a block any more leaves it, also when nothing takes
 * its tags: else whoever holds a tag would keep its owner from trying again, and blocks would be
 * made for it without end. */
#include "tests/unit/unit.h"

#include "tests/support/nodes.h"

static void strike(struct chain *c, struct chain_tx *t, const struct chain_person *p,
                   uint8_t reason) {
    uint8_t hash[32];
    *t = (struct chain_tx){.tx = {.version = WEAL_TX_VERSION, .act_kind = WEAL_TX_HUMAN_STRIKE}};
    struct weal_human_strike *s = &t->tx.act.human_strike;
    memcpy(s->key, p->key, 32);
    s->reason = reason;
    s->serial = 1;
    chain_hash(c, t, hash);
    s->attests_n = chain_attest(c, s->attests, hash, 0, CHAIN_T);
    chain_encode(t);
}

static uint32_t waiting(const struct nodes *w, uint32_t i) {
    return weal_mempool_info(weal_core_mempool(w->node[i].core)).human;
}

static void an_act_that_time_rules_out_leaves_the_pool(void **state) {
    (void)state;
    static struct chain_tx t; /* large */
    struct nodes *w = nodes_new(5, 4, 2);
    struct chain_person p;
    assert_true(nodes_reach(w, 3, 60000));
    chain_person(w->chain, &p);
    chain_enrol(w->chain, &t, &p, "CA");
    assert_int_equal(nodes_submit(w, 0, weal_bytes(t.b, t.n)), WEAL_ACCEPT);
    nodes_run(w, 2000);
    assert_int_equal(waiting(w, 4), 0);

    w->node[4].cut_off = true; /* it takes a strike, and nobody hears of it in time */
    strike(w->chain, &t, &p, 1);
    assert_int_equal(nodes_submit(w, 4, weal_bytes(t.b, t.n)), WEAL_ACCEPT);
    assert_int_equal(waiting(w, 4), 1);
    nodes_run(w, w->chain->p.challenge_ms + 1000);
    w->node[4].cut_off = false;
    nodes_run(w, 8000);
    assert_int_equal(waiting(w, 4), 0);
    strike(w->chain, &t, &p, 2);
    assert_int_equal(nodes_submit(w, 4, weal_bytes(t.b, t.n)), WEAL_V_HUMAN_CHALLENGE_OVER);
    nodes_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_act_that_time_rules_out_leaves_the_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
