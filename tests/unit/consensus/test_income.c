/* SPDX-License-Identifier: ISC */
/* The whole way to a first income: enrolment, cohort, activity, note cohort, claim, transfer; and
 * what is refused on it. Rows CC-22..33, T-21. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "tests/support/chain.h"

enum { PEOPLE = 16 };

static struct chain *c;
static struct chain_person people[PEOPLE];
static struct chain_tx txs[PEOPLE], *list[PEOPLE];

static void publish(uint32_t epoch) {
    static struct chain_tx key;
    struct chain_tx *one[1] = {&key};
    chain_module_key(c, &key, epoch);
    chain_block(c, one, 1, 50);
}

/* Everybody makes note n of this epoch. */
static void act(uint32_t epoch, uint8_t n) {
    for (unsigned i = 0; i < PEOPLE; i++) {
        assert_true(chain_activity(c, &txs[i], &people[i], epoch, n));
    }
    chain_block(c, list, PEOPLE, 50);
}

static void deal_notes(void) {
    chain_blocks(c, 1, c->p.window_activity_ms);
    chain_blocks(c, 81, 50);
}

/* People dealt and usable. */
static int setup_people(void **state) {
    (void)state;
    for (unsigned i = 0; i < PEOPLE; i++) list[i] = &txs[i];
    c = chain_new(NULL);
    chain_populate(c, people, PEOPLE);
    return 0;
}
/* And with a note each, dealt; the note's epoch has ended. */
static int setup_notes(void **state) {
    setup_people(state);
    chain_until_epoch(c, chain_epoch(c) + 1);
    uint32_t epoch = chain_epoch(c);
    publish(epoch);
    act(epoch, 1);
    deal_notes();
    chain_until_epoch(c, epoch + 1);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    chain_free(c);
    return 0;
}
static enum weal_verdict try(struct chain_tx *t) {
    return chain_try(c, t, NULL);
}

/* ---- claims ---- */

static void cc_30_only_receipts_trigger_issuance(void **state) {
    (void)state;
    struct weal_st_supply s;
    chain_supply(c, WEAL_ASSET_IBC, &s);
    assert_int_equal(s.minted, 0); /* enrolling and acting issue nothing */
    for (unsigned i = 0; i < PEOPLE; i++) {
        assert_true(chain_claim(c, &txs[i], &people[i], people[i].epoch));
        assert_int_equal(try(&txs[i]), WEAL_ACCEPT);
    }
    chain_block(c, list, PEOPLE, 50);
    chain_supply(c, WEAL_ASSET_IBC, &s);
    assert_int_equal(s.minted, PEOPLE * c->p.income_micro);
    assert_int_equal(s.stored, s.minted);
    assert_true(chain_conserved(c));
}

static void cc_31_issuance_is_paid_to_the_claimed_account(void **state) {
    (void)state;
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    chain_block(c, list, 1, 50);
    assert_int_equal(chain_balance(c, people[0].account, WEAL_ASSET_IBC), 168000000);
    assert_int_equal(c->receipts[0].code, WEAL_ACCEPT);
}

static void cc_32_income_pays_human_sellers(void **state) {
    (void)state;
    uint8_t secret[32], seller[32];
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    chain_block(c, list, 1, 50);
    chain_account(c, secret, seller);
    chain_transfer(c, &txs[0], people[0].account_secret, seller, WEAL_ASSET_IBC, 20000000);
    chain_block(c, list, 1, 50);
    assert_int_equal(chain_balance(c, seller, WEAL_ASSET_IBC), 20000000);
    assert_int_equal(chain_balance(c, people[0].account, WEAL_ASSET_IBC), 148000000);
}

static void cc_33_issuance_and_velocity_are_counted_per_epoch(void **state) {
    (void)state;
    uint8_t secret[32], seller[32];
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    chain_block(c, list, 1, 50);
    chain_account(c, secret, seller);
    chain_transfer(c, &txs[0], people[0].account_secret, seller, WEAL_ASSET_IBC, 20000000);
    chain_block(c, list, 1, 50);
    _Alignas(64) uint8_t mem[65536];
    struct weal_draft d;
    struct weal_ctx x;
    chain_look(c, &x, &d, mem, sizeof mem);
    assert_int_equal(x.tally.stats.claims, 1);
    assert_int_equal(x.tally.stats.issued, 168000000);
    assert_int_equal(x.tally.stats.moved, 20000000);
}

static void t_21_claim_twice(void **state) {
    (void)state;
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    chain_block(c, list, 1, 50);
    assert_int_equal(try(&txs[0]), WEAL_V_CLAIM_TAG_SHOWN);
    /* with another note of the same person: the tag is the same */
    uint32_t claimed = people[0].epoch, now = chain_epoch(c);
    publish(now);
    act(now, 2);
    deal_notes();
    assert_true(chain_claim(c, &txs[0], &people[0], claimed));
    assert_int_equal(try(&txs[0]), WEAL_V_CLAIM_TAG_SHOWN);
}

static void t_21_claim_two_in_one_block_or_state(void **state) {
    (void)state;
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    assert_true(chain_claim(c, &txs[1], &people[0], people[0].epoch));
    uint8_t body[8192];
    struct weal_header h;
    chain_header(c, &h, 50);
    size_t n = chain_body(body, sizeof body, list, 2);
    assert_int_equal(chain_execute(c, &h, weal_bytes(body, n)), WEAL_V_CLAIM_TAG_SHOWN);
    assert_int_equal(c->result.culprit, 1);
}

static void t_21_claim_four_epochs_late_is_paid(void **state) {
    (void)state;
    chain_until_epoch(c, people[0].epoch + 4);
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    assert_int_equal(try(&txs[0]), WEAL_ACCEPT);
    chain_block(c, list, 1, 50);
}

static void t_21_claim_five_epochs_late_is_refused(void **state) {
    (void)state;
    chain_until_epoch(c, people[0].epoch + 5);
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    assert_int_equal(try(&txs[0]), WEAL_V_CLAIM_LATE);
}

static void t_21_claim_of_a_running_epoch_is_refused(void **state) {
    (void)state;
    assert_true(chain_claim(c, &txs[0], &people[0], chain_epoch(c)));
    assert_int_equal(try(&txs[0]), WEAL_V_CLAIM_NOT_ENDED);
}

static void t_21_claim_without_receipt_is_refused(void **state) {
    (void)state;
    /* a human key in place of a note, and a note of nobody's making */
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    uint64_t cohort;
    uint16_t version;
    struct weal_st_ring ring;
    assert_true(chain_human_cohort(c, people[0].key, &cohort, &version, &ring));
    txs[0].tx.act.income_claim.cohort = cohort;
    chain_encode(&txs[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_COHORT_UNKNOWN); /* a cohort of another kind */
    txs[0].tx.act.income_claim.cohort = 999;
    chain_encode(&txs[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_COHORT_UNKNOWN);
    txs[0].tx.act.income_claim.cohort = 0;
    chain_encode(&txs[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_COHORT_UNKNOWN);
}

static void t_21_claim_with_replayed_receipt_is_refused(void **state) {
    (void)state;
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    chain_block(c, list, 1, 50);
    /* the same note for the epoch before: tag unseen, nullifier seen */
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch - 1));
    assert_int_equal(try(&txs[0]), WEAL_V_CLAIM_NOTE_SPENT);
    assert_int_equal(c->verified, 0); /* before any proof work */
}

static void cc_30_a_note_claims_no_epoch_after_its_dealing(void **state) {
    (void)state;
    chain_until_epoch(c, people[0].epoch + 2);
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch + 1));
    assert_int_equal(try(&txs[0]), WEAL_V_CLAIM_NOTE_EARLY);
}

static void x_03_income_goes_to_a_fresh_account(void **state) {
    (void)state;
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    memcpy(txs[0].tx.act.income_claim.to, c->faucet, 32);
    chain_claim_seal(c, &txs[0], &people[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_CLAIM_DESTINATION);
}

static void cc_24_a_changed_claim_does_not_prove(void **state) {
    (void)state;
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    struct chain_tx t = txs[0];
    t.tx.act.income_claim.to[5] ^= 1; /* a thief's account */
    chain_encode(&t);
    assert_int_equal(try(&t), WEAL_V_TX_PROOF);
    t = txs[0];
    t.b[t.n - 1] ^= 0x40; /* a scalar not below the order, or a wrong one */
    assert_int_not_equal(try(&t), WEAL_ACCEPT);
    t = txs[0];
    t.tx.act.income_claim.proof.n -= 32;
    chain_encode(&t);
    assert_int_equal(try(&t), WEAL_V_LENGTH);
    /* in a block it makes the block invalid */
    t = txs[0];
    t.tx.act.income_claim.to[5] ^= 1;
    chain_encode(&t);
    struct chain_tx *one[1] = {&t};
    uint8_t body[4096];
    struct weal_header h, good;
    chain_block(c, list, 0, 50);
    chain_header(c, &h, 50);
    good = h;
    size_t n = chain_body(body, sizeof body, one, 1);
    enum weal_verdict v = chain_execute(c, &good, weal_bytes(body, n));
    assert_int_equal(v, WEAL_V_BLOCK_TX_ROOT); /* roots are looked at before proofs */
}

/* ---- activity ---- */

static void cc_27_an_act_is_witnessed_by_a_module(void **state) {
    (void)state;
    uint32_t epoch = chain_epoch(c);
    assert_true(chain_activity(c, &txs[0], &people[0], epoch, 1));
    assert_int_equal(try(&txs[0]), WEAL_V_MODULE_NO_KEY);
    publish(epoch);
    struct chain_tx t = txs[0];
    t.tx.act.activity.module = 3;
    chain_activity_seal(c, &t, &people[0]);
    assert_int_equal(try(&t), WEAL_V_MODULE_UNKNOWN);
    t = txs[0];
    t.tx.act.activity.module_pop[40] ^= 1;
    chain_encode(&t);
    assert_int_equal(try(&t), WEAL_V_TX_PROOF);
    assert_int_equal(try(&txs[0]), WEAL_ACCEPT);
    assert_int_equal(c->verified, 3); /* ring, refund, module: one batch */
}

static void cc_27_two_notes_an_epoch_and_no_third(void **state) {
    (void)state;
    uint32_t epoch = chain_epoch(c);
    publish(epoch);
    assert_true(chain_activity(c, &txs[0], &people[0], epoch, 1));
    chain_block(c, list, 1, 50);
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_TAG_SHOWN);
    struct chain_person again = people[0];
    assert_true(chain_activity(c, &txs[0], &again, epoch, 1)); /* another note, same tag */
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_TAG_SHOWN);
    assert_int_equal(c->verified, 0);
    assert_true(chain_activity(c, &txs[0], &again, epoch, 2));
    chain_block(c, list, 1, 50);
    assert_true(chain_activity(c, &txs[0], &again, epoch, 2));
    txs[0].tx.act.activity.n = 3;
    chain_encode(&txs[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_N);
}

static void cc_27_an_act_counts_in_its_epoch_and_the_next(void **state) {
    (void)state;
    uint32_t epoch = chain_epoch(c);
    publish(epoch);
    chain_until_epoch(c, epoch + 1);
    assert_true(chain_activity(c, &txs[0], &people[0], epoch, 1));
    assert_int_equal(try(&txs[0]), WEAL_ACCEPT);
    assert_true(chain_activity(c, &txs[1], &people[1], epoch + 2, 1));
    assert_int_equal(try(&txs[1]), WEAL_V_ACTIVITY_EPOCH);
    chain_until_epoch(c, epoch + 2);
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_EPOCH);
}

static void cc_28_module_keys_are_public_and_one_an_epoch(void **state) {
    (void)state;
    uint32_t epoch = chain_epoch(c);
    chain_module_key(c, &txs[0], epoch);
    chain_block(c, list, 1, 50);
    chain_module_key(c, &txs[0], epoch);
    assert_int_equal(try(&txs[0]), WEAL_V_MODULE_KEY_SET);
    chain_module_key(c, &txs[0], epoch + 5);
    assert_int_equal(try(&txs[0]), WEAL_V_MODULE_KEY_EPOCH);
    chain_module_key(c, &txs[0], epoch - 1);
    assert_int_equal(try(&txs[0]), WEAL_V_MODULE_KEY_EPOCH);
    chain_module_key(c, &txs[0], epoch + 4);
    assert_int_equal(try(&txs[0]), WEAL_ACCEPT);
    txs[0].tx.act.module_key.module = 9;
    chain_encode(&txs[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_MODULE_UNKNOWN);
    chain_module_key(c, &txs[0], epoch + 1);
    memset(txs[0].tx.act.module_key.key, 0, 32);
    chain_encode(&txs[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_POINT);
}

static void cc_28_note_keys_are_used_once(void **state) {
    (void)state;
    uint32_t epoch = chain_epoch(c);
    publish(epoch);
    assert_true(chain_activity(c, &txs[0], &people[0], epoch, 1));
    chain_block(c, list, 1, 50);
    struct chain_person p = people[0];
    assert_true(chain_activity(c, &txs[0], &p, epoch, 2));
    memcpy(txs[0].tx.act.activity.note, people[0].note, 32);
    chain_encode(&txs[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_NOTE_KNOWN);
    memcpy(txs[0].tx.act.activity.note, people[3].key, 32);
    chain_encode(&txs[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_NOTE_KNOWN);
    memcpy(txs[0].tx.act.activity.note, c->genesis.validators[0].seat, 32);
    chain_encode(&txs[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_NOTE_KNOWN);
}

static void cc_29_pool_is_the_cohorts_place_or_above(void **state) {
    (void)state;
    uint32_t epoch = chain_epoch(c);
    publish(epoch);
    assert_true(chain_activity(c, &txs[0], &people[0], epoch, 1));
    txs[0].tx.act.activity.pool = WEAL_BYTES_LIT("CA-ON-TOR");
    chain_activity_seal(c, &txs[0], &people[0]);
    assert_int_equal(try(&txs[0]), WEAL_ACCEPT);
    txs[0].tx.act.activity.pool = WEAL_BYTES_LIT("US");
    chain_activity_seal(c, &txs[0], &people[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_POOL);
    txs[0].tx.act.activity.pool = WEAL_BYTES_LIT("ca");
    chain_activity_seal(c, &txs[0], &people[0]);
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_POOL);
}

static void cc_27_a_module_witnesses_up_to_its_limit(void **state) {
    (void)state;
    chain_free(c);
    c = chain_new(&(struct chain_options){.module_max = 2});
    chain_populate(c, people, PEOPLE);
    uint32_t epoch = chain_epoch(c);
    publish(epoch);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(chain_activity(c, &txs[i], &people[i], epoch, 1));
    }
    chain_block(c, list, 2, 50);
    assert_int_equal(try(&txs[2]), WEAL_V_MODULE_LIMIT);
}

static void cc_23_a_note_never_becomes_a_human_key(void **state) {
    (void)state;
    struct chain_person p;
    chain_person(c, &p);
    memcpy(p.key, people[0].note, 32);
    chain_enrol(c, &txs[0], &p, "CA");
    assert_int_equal(try(&txs[0]), WEAL_V_HUMAN_KEY_NOTE);
}

/* A single note waits in vain, lapses, and is made again under the same n. */
static void cc_27_a_lapsed_note_is_made_again(void **state) {
    (void)state;
    uint32_t epoch = chain_epoch(c);
    uint64_t cohort;
    uint16_t version;
    struct weal_st_ring ring;
    publish(epoch);
    assert_true(chain_activity(c, &txs[0], &people[0], epoch, 1));
    chain_block(c, list, 1, 50);
    chain_until_epoch(c, epoch + 1);
    assert_false(chain_note_cohort(c, people[0].note, &cohort, &version, &ring));
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_TAG_SHOWN);
    chain_until_epoch(c, epoch + 2); /* the lapse is worked off in the first block */
    struct chain_person p = people[0];
    assert_true(chain_activity(c, &txs[0], &p, epoch, 1));
    assert_int_equal(try(&txs[0]), WEAL_ACCEPT);
    struct chain_tx elsewhere = txs[0]; /* two rings for one tag would leave their intersection */
    elsewhere.tx.act.activity.cohort++;
    chain_encode(&elsewhere);
    assert_int_equal(try(&elsewhere), WEAL_V_ACTIVITY_REDO_COHORT);
    chain_block(c, list, 1, 50);
    chain_until_epoch(c, epoch + 4);
    assert_true(chain_activity(c, &txs[0], &p, epoch, 1)); /* tag dropped, but far too late */
    assert_int_equal(try(&txs[0]), WEAL_V_ACTIVITY_EPOCH);
}

/* ---- time ---- */

static void x_10_demurrage_is_lazy_and_exact(void **state) {
    (void)state;
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    chain_block(c, list, 1, 50);
    uint64_t expect = 168000000, steps = 0;
    uint64_t t0 = c->genesis.time_ms, step = c->p.demurrage_step_ms;
    uint64_t from = (c->time_ms - t0) / step;
    for (unsigned i = 0; i < 40; i++) {
        chain_blocks(c, 1, step / 2);
        for (; steps < (c->time_ms + 1 - t0) / step - from; steps++) expect = expect * 98 / 100;
        assert_int_equal(chain_balance(c, people[0].account, WEAL_ASSET_IBC), expect);
    }
    assert_true(steps >= 19);
    /* burned when next written, to the last micro-unit */
    struct weal_st_supply before, s;
    chain_supply(c, WEAL_ASSET_IBC, &before);
    chain_transfer(c, &txs[0], people[0].account_secret, c->faucet, WEAL_ASSET_IBC, 1000000);
    chain_block(c, list, 1, 50);
    chain_supply(c, WEAL_ASSET_IBC, &s);
    assert_int_equal(s.burned - before.burned, 168000000 - expect);
    assert_true(chain_conserved(c));
}

static void cc_33_claims_survive_a_stop_of_the_chain(void **state) {
    (void)state;
    /* claimable for four more epochs, and the chain stands still for a hundred: the stop extends
     * the deadline by its length */
    uint64_t epochs = 100;
    assert_true(epochs * c->p.epoch_ms > c->p.stop_ms);
    chain_blocks(c, 1, epochs * c->p.epoch_ms);
    assert_true(chain_claim(c, &txs[0], &people[0], people[0].epoch));
    assert_int_equal(try(&txs[0]), WEAL_ACCEPT);
    chain_until_epoch(c, people[0].epoch + 4 + (uint32_t)epochs);
    assert_int_equal(try(&txs[0]), WEAL_ACCEPT);
    chain_until_epoch(c, people[0].epoch + 6 + (uint32_t)epochs);
    assert_int_equal(try(&txs[0]), WEAL_V_CLAIM_LATE);
}

static unsigned count(enum weal_table table) {
    _Alignas(64) uint8_t mem[65536];
    struct weal_draft d;
    struct weal_ctx x;
    chain_look(c, &x, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(table), k = prefix;
    struct weal_bytes v;
    unsigned n = 0;
    while (weal_next(&x, &prefix, &k, &v)) n++;
    return n;
}

static void x_02_sets_that_expire_are_dropped(void **state) {
    (void)state;
    for (unsigned i = 0; i < PEOPLE; i++) chain_claim(c, &txs[i], &people[i], people[i].epoch);
    chain_block(c, list, PEOPLE, 50);
    assert_int_equal(count(WEAL_T_TAG), 2 * PEOPLE);
    assert_int_equal(count(WEAL_T_NULLIFIER), PEOPLE);
    chain_until_epoch(c, people[0].epoch + 4);
    chain_blocks(c, 2, 50);
    assert_int_equal(count(WEAL_T_TAG), PEOPLE); /* activity tags have gone, income tags not */
    chain_until_epoch(c, people[0].epoch + 6);
    chain_blocks(c, 2, 50);
    assert_int_equal(count(WEAL_T_TAG), 0);
    assert_int_equal(count(WEAL_T_NULLIFIER), 0);
    assert_int_equal(count(WEAL_T_NOTE), PEOPLE); /* unique for ever */
}

#define PEOPLE_TEST(f) cmocka_unit_test_setup_teardown(f, setup_people, teardown)
#define NOTES_TEST(f) cmocka_unit_test_setup_teardown(f, setup_notes, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        NOTES_TEST(cc_30_only_receipts_trigger_issuance),
        NOTES_TEST(cc_31_issuance_is_paid_to_the_claimed_account),
        NOTES_TEST(cc_32_income_pays_human_sellers),
        NOTES_TEST(cc_33_issuance_and_velocity_are_counted_per_epoch),
        NOTES_TEST(t_21_claim_twice),
        NOTES_TEST(t_21_claim_two_in_one_block_or_state),
        NOTES_TEST(t_21_claim_four_epochs_late_is_paid),
        NOTES_TEST(t_21_claim_five_epochs_late_is_refused),
        NOTES_TEST(t_21_claim_of_a_running_epoch_is_refused),
        NOTES_TEST(t_21_claim_without_receipt_is_refused),
        NOTES_TEST(t_21_claim_with_replayed_receipt_is_refused),
        NOTES_TEST(cc_30_a_note_claims_no_epoch_after_its_dealing),
        NOTES_TEST(x_03_income_goes_to_a_fresh_account),
        NOTES_TEST(cc_24_a_changed_claim_does_not_prove),
        PEOPLE_TEST(cc_27_an_act_is_witnessed_by_a_module),
        PEOPLE_TEST(cc_27_two_notes_an_epoch_and_no_third),
        PEOPLE_TEST(cc_27_an_act_counts_in_its_epoch_and_the_next),
        PEOPLE_TEST(cc_28_module_keys_are_public_and_one_an_epoch),
        PEOPLE_TEST(cc_28_note_keys_are_used_once),
        PEOPLE_TEST(cc_29_pool_is_the_cohorts_place_or_above),
        PEOPLE_TEST(cc_27_a_lapsed_note_is_made_again),
        PEOPLE_TEST(cc_27_a_module_witnesses_up_to_its_limit),
        NOTES_TEST(cc_23_a_note_never_becomes_a_human_key),
        NOTES_TEST(x_10_demurrage_is_lazy_and_exact),
        NOTES_TEST(cc_33_claims_survive_a_stop_of_the_chain),
        NOTES_TEST(x_02_sets_that_expire_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
