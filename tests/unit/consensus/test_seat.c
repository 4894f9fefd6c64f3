/* SPDX-License-Identifier: ISC */
/* Validator seats: lease, bind, bond, terms, weights, silence, evidence. Row X-01, ledger 4.5. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "consensus/light/cert.h"
#include "consensus/mod/seat_int.h"
#include "crypto/sig/sig.h"
#include "tests/support/chain.h"

enum { CROWD = 12 };
static struct chain *c;
static struct chain_tx t, *one[1] = {&t};
static struct chain_person people[CROWD];
static uint8_t seat_x[32], seat[32], owner[32], owner_key[32];

static int setup_with(const struct chain_options *o) {
    c = chain_new(o);
    chain_secret(c, seat_x);
    assert_true(weal_human_key(seat, seat_x));
    chain_account(c, owner, owner_key);
    chain_transfer(c, &t, c->faucet_secret, owner_key, WEAL_ASSET_IT, 5000000000);
    chain_block(c, one, 1, 50);
    return 0;
}
static int setup(void **state) {
    (void)state;
    return setup_with(NULL);
}
static int setup_people(void **state) {
    setup(state);
    chain_populate(c, people, CROWD);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    assert_true(chain_conserved(c));
    chain_free(c);
    return 0;
}
static enum weal_verdict try(void) {
    return chain_try(c, &t, NULL);
}

static struct weal_st_seat record(const uint8_t key[32]) {
    static _Alignas(64) uint8_t mem[65536];
    struct weal_draft d;
    struct weal_ctx x;
    struct weal_st_seat s;
    chain_look(c, &x, &d, mem, sizeof mem);
    weal_seat_get(&x, key, &s);
    return s;
}
static bool term_get(uint32_t term, struct weal_st_term *out) {
    struct weal_view v;
    assert_int_equal(weal_view_open(&v, c->tip, &c->reader), WEAL_OK);
    return weal_exec_term(&v, term, out);
}

/* ---- lease, bind ---- */

static uint8_t proof[WEAL_RING_PROOF_LIMIT];
static void lease_seal(const struct chain_person *p) {
    struct weal_seat_lease *x = &t.tx.act.seat_lease;
    struct weal_scope scope = {WEAL_SCOPE_FACE_VALIDATOR, x->year, 0};
    uint8_t text[WEAL_SCOPE_TEXT_MAX], hash[32];
    struct weal_st_ring ring;
    assert_true(chain_human_cohort(c, p->key, &x->cohort, &x->version, &ring));
    assert_true(weal_tag(x->tag, p->x, WEAL_BYTES(c->lineage), WEAL_RING_HUMAN,
                         weal_bytes(text, weal_scope_text(text, scope))));
    assert_true(chain_ring_prove(c, &t, proof, &ring, scope, p->key, (const uint8_t(*)[32])p->x,
                                 x->tag, NULL));
    x->proof = weal_bytes(proof, WEAL_RING_HUMAN_BYTES);
    chain_hash(c, &t, hash);
    chain_pop(c, x->pop, seat_x, WEAL_ROLE_SEAT, hash);
    chain_encode(&t);
}
static void lease(const struct chain_person *p, uint16_t year) {
    memset(&t.tx, 0, sizeof t.tx);
    t.tx.version = 1;
    t.tx.act_kind = WEAL_TX_SEAT_LEASE;
    t.tx.act.seat_lease.year = year;
    memcpy(t.tx.act.seat_lease.seat, seat, 32);
    lease_seal(p);
}
static void account_act(uint16_t kind) {
    memset(&t.tx, 0, sizeof t.tx);
    t.tx.version = 1;
    t.tx.act_kind = kind;
    uint64_t nonce = chain_nonce(c, owner_key) + 1;
#define FRAME(ID, field)                                                                           \
    if (kind == WEAL_TX_##ID) {                                                                    \
        memcpy(t.tx.act.field.from, owner_key, 32);                                                \
        t.tx.act.field.nonce = nonce;                                                              \
        t.tx.act.field.valid_until = c->height + 100;                                              \
    }
    FRAME(SEAT_BIND, seat_bind)
    FRAME(SEAT_BOND, seat_bond)
    FRAME(SEAT_UNBOND, seat_unbond)
    FRAME(SEAT_RETURN, seat_return)
#undef FRAME
}
static void bind(void) {
    uint8_t hash[32];
    account_act(WEAL_TX_SEAT_BIND);
    memcpy(t.tx.act.seat_bind.seat, seat, 32);
    chain_hash(c, &t, hash);
    chain_pop(c, t.tx.act.seat_bind.pop, seat_x, WEAL_ROLE_SEAT, hash);
    chain_sign(c, &t, owner);
}
static void bond(uint64_t amount) {
    account_act(WEAL_TX_SEAT_BOND);
    t.tx.act.seat_bond.amount = amount;
    chain_sign(c, &t, owner);
}
static void unbond(uint64_t amount) {
    account_act(WEAL_TX_SEAT_UNBOND);
    t.tx.act.seat_unbond.amount = amount;
    chain_sign(c, &t, owner);
}
static void go(void) {
    chain_block(c, one, 1, 50);
}

static void x_01_one_seat_a_human_and_year(void **state) {
    (void)state;
    lease(&people[0], 2025);
    assert_int_equal(try(), WEAL_V_SEAT_YEAR);
    lease(&people[0], 2027);
    assert_int_equal(try(), WEAL_V_SEAT_YEAR); /* opens on 1 December */
    lease(&people[0], 2026);
    assert_int_equal(try(), WEAL_ACCEPT);
    go();
    assert_int_equal(record(seat).lease_until_ms, weal_date_ms(2027, 2, 1));
    assert_int_equal(try(), WEAL_V_SEAT_TAG_SHOWN);
    lease(&people[1], 2026); /* another human, the same seat */
    assert_int_equal(try(), WEAL_V_SEAT_LEASED);
    chain_secret(c, seat_x);
    assert_true(weal_human_key(seat, seat_x));
    lease(&people[0], 2026); /* the same human, another seat */
    assert_int_equal(try(), WEAL_V_SEAT_TAG_SHOWN);
    memcpy(t.tx.act.seat_lease.seat, people[3].key, 32);
    memset(t.tx.act.seat_lease.tag, 7, 32);
    chain_encode(&t);
    assert_int_equal(try(), WEAL_V_HUMAN_KEY_KNOWN);
}

static void leases_of_the_next_year_open_in_december(void **state) {
    (void)state;
    struct weal_params p;
    weal_params_preset(&p, WEAL_PRESET_DEVNET);
    p.stop_ms = 31622400000; /* the test leaps; no stop of the chain is meant */
    chain_free(c);
    setup_with(&(struct chain_options){.params = &p});
    chain_populate(c, people, CROWD);
    lease(&people[0], 2026);
    go();
    chain_blocks(c, 1, weal_date_ms(2026, 12, 1) - c->time_ms - 2);
    lease(&people[0], 2027);
    assert_int_equal(try(), WEAL_V_SEAT_YEAR);
    chain_blocks(c, 1, 2);
    lease(&people[0], 2027);
    assert_int_equal(try(), WEAL_ACCEPT);
    go();
    assert_int_equal(record(seat).lease_until_ms, weal_date_ms(2028, 2, 1));
    assert_true(record(seat).lease_from_ms < c->time_ms); /* it runs on */
}

static void a_seat_is_bound_by_both_keys_and_once(void **state) {
    (void)state;
    bind();
    assert_int_equal(try(), WEAL_V_SEAT_UNKNOWN);
    lease(&people[0], 2026);
    go();
    bond(1);
    assert_int_equal(try(), WEAL_V_SEAT_NONE);
    bind();
    struct weal_seat_bind *b = &t.tx.act.seat_bind;
    b->pop[3] ^= 1;
    chain_sign(c, &t, owner);
    assert_int_equal(try(), WEAL_V_TX_PROOF);
    bind();
    chain_sign(c, &t, c->faucet_secret);
    assert_int_equal(try(), WEAL_V_TX_SIGNATURE);
    bind();
    assert_int_equal(try(), WEAL_ACCEPT);
    go();
    bind();
    assert_int_equal(try(), WEAL_V_SEAT_BOUND);
    assert_memory_equal(record(seat).account, owner_key, 32);
    account_act(WEAL_TX_SEAT_RETURN);
    chain_sign(c, &t, owner);
    assert_int_equal(try(), WEAL_V_SEAT_NOT_SILENT);
    bond(0);
    assert_int_equal(try(), WEAL_V_SEAT_BOND);
    bond(6000000000);
    assert_int_equal(try(), WEAL_V_SEAT_BALANCE);
    bond(2000000000);
    go();
    assert_int_equal(record(seat).bond, 2000000000);
    assert_int_equal(chain_balance(c, owner_key, WEAL_ASSET_IT), 3000000000);
    unbond(2000000001);
    assert_int_equal(try(), WEAL_V_SEAT_BOND);
    unbond(500000000);
    go();
    assert_int_equal(record(seat).unbonding, 500000000);
    assert_int_equal(chain_balance(c, owner_key, WEAL_ASSET_IT), 3000000000);
    assert_true(chain_conserved(c));
    chain_blocks(c, 1, c->p.unbonding_ms);
    assert_int_equal(record(seat).unbonding, 0);
    assert_int_equal(record(seat).unbondings, 0);
    assert_int_equal(chain_balance(c, owner_key, WEAL_ASSET_IT), 3500000000);
    for (unsigned i = 0; i < 16; i++) {
        unbond(1);
        go();
    }
    unbond(1);
    assert_int_equal(try(), WEAL_V_SEAT_UNBONDINGS);
}

static void a_rotated_key_leases_from_the_next_year(void **state) {
    (void)state;
    /* the cohort's mark, set when a rotated key is dealt into it */
    lease(&people[0], 2026);
    uint64_t id = t.tx.act.seat_lease.cohort;
    static _Alignas(64) uint8_t mem[1 << 17];
    struct weal_draft d;
    struct weal_ctx x;
    chain_look(c, &x, &d, mem, sizeof mem);
    struct weal_key k = weal_key_of64(WEAL_T_COHORT, id);
    struct weal_st_cohort co;
    assert_true(weal_cohort_load(&x, &k, &co));
    assert_int_equal(co.lease_year, 0);
    co.lease_year = 2027;
    weal_cohort_store(&x, &k, &co);
    const struct weal_act *act = weal_act_find(WEAL_TX_SEAT_LEASE);
    assert_int_equal(act->check(&x, &t.tx), WEAL_V_SEAT_YOUNG_KEY);
}

/* ---- weights ---- */

static void weights_are_capped(void **state) {
    (void)state;
    uint64_t b[20], w[20];
    for (unsigned i = 0; i < 20; i++) b[i] = 1000 * (i + 1);
    weal_set_weights(b, w, 9);
    for (unsigned i = 0; i < 9; i++) assert_int_equal(w[i], 1);
    weal_set_weights(b, w, 10); /* exactly ten: the smallest bond sets all */
    for (unsigned i = 0; i < 10; i++) assert_int_equal(w[i], 1000);
    for (unsigned n = 11; n <= 20; n++) {
        weal_set_weights(b, w, n);
        uint64_t sum = 0, cap = w[n - 1];
        for (unsigned i = 0; i < n; i++) {
            assert_int_equal(w[i], b[i] < cap ? b[i] : cap);
            sum += w[i];
        }
        assert_true(10 * cap <= sum);
        uint64_t more = 0; /* and no larger c would do */
        for (unsigned i = 0; i < n; i++) more += b[i] < cap + 1 ? b[i] : cap + 1;
        assert_true(10 * (cap + 1) > more || cap >= b[n - 1]);
    }
    for (unsigned i = 0; i < 20; i++) b[i] = UINT64_C(1) << 58;
    weal_set_weights(b, w, 20);
    assert_true(w[0] < WEAL_SET_WEIGHT_MAX / 20 && w[0] == w[19]);
}

/* ---- terms ---- */

static struct weal_params short_terms(void) {
    struct weal_params p;
    weal_params_preset(&p, WEAL_PRESET_DEVNET);
    p.term_blocks = 256;
    return p;
}

static void the_next_set_is_fixed_128_blocks_before(void **state) {
    (void)state;
    struct weal_params p = short_terms();
    chain_free(c);
    setup_with(&(struct chain_options){.params = &p});
    chain_populate(c, people, CROWD);
    lease(&people[0], 2026);
    go();
    bind();
    go();
    bond(999999999); /* one micro-IT short */
    go();
    struct weal_st_term now, next;
    assert_true(term_get(0, &now));
    assert_true(c->height < 128);
    chain_blocks(c, (unsigned)(127 - c->height), 50);
    assert_false(term_get(1, &next));
    assert_true(weal_is_zero32(c->header.next_set_hash));
    chain_blocks(c, 1, 50);
    assert_true(term_get(1, &next));
    assert_int_equal(next.members_n, 4); /* too little bond: not in it */
    assert_memory_equal(c->header.next_set_hash, next.set_hash, 32);
    assert_memory_equal(c->header.set_hash, now.set_hash, 32);
    bond(1);
    go(); /* after the freeze: for the term after */
    chain_blocks(c, (unsigned)(256 - c->height), 50);
    assert_true(c->result.term_ends);
    assert_true(term_get(1, &next));
    assert_int_equal(next.members_n, 4);
    struct weal_st_chain ch;
    struct weal_view v;
    assert_int_equal(weal_view_open(&v, c->tip, &c->reader), WEAL_OK);
    assert_true(weal_exec_chain(&v, &ch));
    assert_memory_equal(next.beacon, ch.beacon, 32);
    chain_blocks(c, 1, 50);
    assert_int_equal(c->header.term, 1);
    chain_blocks(c, 127, 50);
    assert_int_equal(c->height, 384);
    assert_true(term_get(2, &next));
    assert_int_equal(next.members_n, 5); /* the leased seat has joined */
    for (unsigned i = 1; i < 5; i++) {
        assert_true(memcmp(next.members[i - 1].seat, next.members[i].seat, 32) < 0);
        assert_int_equal(next.members[i].weight, 1);
    }
}

static void founding_seats_lapse(void **state) {
    (void)state;
    struct weal_params p = short_terms();
    chain_free(c);
    setup_with(&(struct chain_options){.params = &p, .lapse = 100});
    chain_blocks(c, (unsigned)(128 - c->height), 50);
    struct weal_st_term now, next;
    assert_true(term_get(0, &now) && term_get(1, &next));
    /* all four have lapsed: fewer than four seats with weight, the old set goes on */
    assert_memory_equal(now.set_hash, next.set_hash, 32);
}

/* Five founding validators, one of whom never proposes. */
static void a_silent_seat_loses_its_weight_until_it_asks_back(void **state) {
    (void)state;
    struct weal_params p = short_terms();
    p.term_blocks = 600;
    chain_free(c);
    setup_with(&(struct chain_options){.params = &p, .validators = 5});
    struct weal_st_term next;
    while (c->height < 472) {
        if ((c->view + 1) % 5 == 3) c->view++; /* validator 3's turns are skipped */
        chain_blocks(c, 1, 50);
    }
    assert_true(term_get(1, &next));
    assert_int_equal(next.members_n, 4);
    uint8_t key[32];
    memcpy(key, c->genesis.validators[3].seat, 32);
    assert_int_equal(record(key).silent, 1);
    assert_int_equal(record(key).bond, 1000000000); /* the bond stays */
    memcpy(owner, c->account_secret[3], 32);
    memcpy(owner_key, c->genesis.validators[3].account, 32);
    chain_transfer(c, &t, c->faucet_secret, owner_key, WEAL_ASSET_IT, 5000000);
    go();
    account_act(WEAL_TX_SEAT_RETURN);
    chain_sign(c, &t, owner);
    go();
    assert_int_equal(record(key).silent, 0);
}

/* In December a founder leases its seat for the year to come: it goes on as it was. */
static void a_founding_seat_that_is_leased_early_has_no_gap(void **state) {
    (void)state;
    struct weal_params p = short_terms();
    chain_free(c);
    setup_with(&(struct chain_options){
        .params = &p, .validators = 5, .time_ms = weal_date_ms(2026, 12, 10)});
    chain_populate(c, people, CROWD);
    memcpy(seat, c->genesis.validators[1].seat, 32);
    memcpy(seat_x, c->seat_secret[1], 32);
    lease(&people[0], 2027);
    go();
    assert_int_equal(record(seat).lease_until_ms, weal_date_ms(2028, 2, 1));
    struct weal_st_term next;
    assert_true(c->height < 128);
    chain_blocks(c, (unsigned)(128 - c->height), 50);
    assert_true(term_get(1, &next));
    assert_int_equal(next.members_n, 5);
}

/* ---- evidence ---- */

static struct weal_vote vote(unsigned who, uint8_t kind, uint64_t view, uint8_t block) {
    struct weal_vote v = {.kind = kind, .term = 0, .view = view, .signer = (uint16_t)who};
    memset(v.digest, block, 32);
    assert_true(weal_vote_sign(&v, c->id, c->account_secret[who]));
    return v;
}
static uint8_t evidence_bytes[WEAL_EVIDENCE_SIZE_MAX];
static void evidence(uint8_t kind, struct weal_vote a, struct weal_vote b) {
    struct weal_evidence e = {.kind = kind, .votes_n = 2, .votes = {a, b}};
    struct weal_wr w = weal_wr(evidence_bytes, sizeof evidence_bytes);
    weal_evidence_put(&w, &e);
    memset(&t.tx, 0, sizeof t.tx);
    t.tx.version = 1;
    t.tx.act_kind = WEAL_TX_EVIDENCE_TX;
    t.tx.act.evidence_tx.evidence = weal_wr_done(&w);
    chain_encode(&t);
}

static void conflicting_votes_cost_five_percent_and_the_seat(void **state) {
    (void)state;
    struct weal_tx_info info;
    evidence(1, vote(2, WEAL_VOTE_NOTARIZE, 9, 1), vote(2, WEAL_VOTE_NOTARIZE, 9, 1));
    assert_int_equal(try(), WEAL_V_EVIDENCE_INVALID); /* the same vote twice is nothing */
    evidence(1, vote(2, WEAL_VOTE_NOTARIZE, 9, 1), vote(2, WEAL_VOTE_NOTARIZE, 8, 2));
    assert_int_equal(try(), WEAL_V_EVIDENCE_INVALID);
    struct weal_vote forged = vote(2, WEAL_VOTE_NOTARIZE, 9, 2);
    forged.signature[5] ^= 1;
    evidence(1, vote(2, WEAL_VOTE_NOTARIZE, 9, 1), forged);
    assert_int_equal(try(), WEAL_V_EVIDENCE_INVALID);
    evidence(1, vote(2, WEAL_VOTE_NOTARIZE, 9, 1), vote(2, WEAL_VOTE_NOTARIZE, 9, 2));
    t.tx.act.evidence_tx.evidence.n--;
    chain_encode(&t);
    assert_int_equal(try(), WEAL_V_EVIDENCE_FORM);
    evidence(1, vote(2, WEAL_VOTE_NOTARIZE, 9, 1), vote(2, WEAL_VOTE_NOTARIZE, 9, 2));
    assert_int_equal(chain_try(c, &t, &info), WEAL_ACCEPT);
    assert_int_equal(info.lane, WEAL_EXEC_HUMAN); /* free: once a term and validator */
    struct weal_st_supply before, after;
    chain_supply(c, WEAL_ASSET_IT, &before);
    go();
    chain_supply(c, WEAL_ASSET_IT, &after);
    struct weal_st_seat s = record(c->genesis.validators[2].seat);
    assert_int_equal(s.bond, 950000000);
    assert_int_equal(s.removed, 1);
    assert_int_equal(after.burned - before.burned, 50000000);
    assert_int_equal(try(), WEAL_V_EVIDENCE_KNOWN);
    evidence(2, vote(2, WEAL_VOTE_FINALIZE, 11, 1), vote(2, WEAL_VOTE_FINALIZE, 11, 2));
    assert_int_equal(try(), WEAL_V_EVIDENCE_KNOWN);
    memcpy(owner, c->account_secret[2], 32);
    memcpy(owner_key, c->genesis.validators[2].account, 32);
    chain_transfer(c, &t, c->faucet_secret, owner_key, WEAL_ASSET_IT, 5000000);
    go();
    bond(1);
    assert_int_equal(try(), WEAL_V_SEAT_REMOVED);
    unbond(950000000); /* the rest is still his */
    go();
}

/* All that was on its way out is burned: nothing is paid, and no record is made for it, which
 * nobody would ever remove. */
static void what_was_slashed_away_opens_no_account(void **state) {
    (void)state;
    static _Alignas(64) uint8_t mem[65536];
    struct weal_params p;
    struct weal_draft d;
    struct weal_ctx x;
    struct weal_st_account a;
    weal_params_preset(&p, WEAL_PRESET_DEVNET);
    p.slash_ppm = 1000000;
    p.valid_blocks_max = 1000;
    chain_free(c);
    setup_with(&(struct chain_options){.params = &p});
    memcpy(owner, c->account_secret[2], 32);
    memcpy(owner_key, c->genesis.validators[2].account, 32);
    chain_transfer(c, &t, c->faucet_secret, owner_key, WEAL_ASSET_IT, 5000000);
    go();
    unbond(1000000000);
    go();
    chain_transfer(c, &t, owner, c->faucet, WEAL_ASSET_IT, 4950000); /* the rest is dust */
    go();
    evidence(1, vote(2, WEAL_VOTE_NOTARIZE, 9, 1), vote(2, WEAL_VOTE_NOTARIZE, 9, 2));
    go();
    assert_int_equal(record(c->genesis.validators[2].seat).unbonding, 0);
    chain_blocks(c, 1002, 1);
    struct weal_key k = weal_key_of32(WEAL_T_ACCOUNT, owner_key);
    chain_look(c, &x, &d, mem, sizeof mem);
    assert_false(weal_account_load(&x, &k, &a));
    assert_int_equal(record(c->genesis.validators[2].seat).unbondings, 1);
    chain_blocks(c, 1, c->p.unbonding_ms);
    assert_int_equal(record(c->genesis.validators[2].seat).unbondings, 0);
    chain_look(c, &x, &d, mem, sizeof mem);
    assert_false(weal_account_load(&x, &k, &a));
}

static void evidence_counts_for_its_age(void **state) {
    (void)state;
    struct weal_params p = short_terms();
    chain_free(c);
    setup_with(&(struct chain_options){.params = &p});
    evidence(1, vote(1, WEAL_VOTE_NOTARIZE, 9, 1), vote(1, WEAL_VOTE_NOTARIZE, 9, 2));
    struct chain_tx kept = t;
    kept.tx.act.evidence_tx.evidence = weal_bytes(kept.b + 5, kept.n - 5);
    t = kept;
    struct weal_vote later = vote(1, WEAL_VOTE_NOTARIZE, 9, 3);
    later.term = 1;
    assert_true(weal_vote_sign(&later, c->id, c->account_secret[1]));
    struct weal_vote later2 = later;
    memset(later2.digest, 4, 32);
    assert_true(weal_vote_sign(&later2, c->id, c->account_secret[1]));
    evidence(1, later, later2);
    assert_int_equal(try(), WEAL_V_EVIDENCE_TERM); /* of a term to come */
    chain_blocks(c, (unsigned)(256 - c->height), 50);
    t = kept;
    assert_int_equal(try(), WEAL_ACCEPT);
    chain_blocks(c, 1, c->p.evidence_age_ms - 1);
    assert_int_equal(try(), WEAL_ACCEPT);
    chain_blocks(c, 1, 1);
    assert_int_equal(try(), WEAL_V_EVIDENCE_TERM);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define PEOPLE_TEST(f) cmocka_unit_test_setup_teardown(f, setup_people, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        PEOPLE_TEST(x_01_one_seat_a_human_and_year),
        TEST(leases_of_the_next_year_open_in_december),
        PEOPLE_TEST(a_seat_is_bound_by_both_keys_and_once),
        PEOPLE_TEST(a_rotated_key_leases_from_the_next_year),
        cmocka_unit_test(weights_are_capped),
        TEST(the_next_set_is_fixed_128_blocks_before),
        TEST(founding_seats_lapse),
        TEST(a_silent_seat_loses_its_weight_until_it_asks_back),
        TEST(a_founding_seat_that_is_leased_early_has_no_gap),
        TEST(what_was_slashed_away_opens_no_account),
        TEST(conflicting_votes_cost_five_percent_and_the_seat),
        TEST(evidence_counts_for_its_age),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
