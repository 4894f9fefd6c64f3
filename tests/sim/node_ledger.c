/* SPDX-License-Identifier: ISC */
/* The population `ledger` against its twin: every answer that was given on one known state, every
 * transaction of every final block, all supplies after every block, whole tables now and then. */
#include "tests/sim/node_ledger.h"

#include <stdlib.h>

#include "consensus/light/cert.h"
#include "consensus/mod/module.h"
#include "crypto/base/bug.h"
#include "crypto/sig/sig.h"

static const char *const ASSET[] = {"", "IT", "IBC"};

/* ---- genesis ---- */

/* Everything that takes months takes seconds, so that a seed sees it happen. */
static void genesis(struct chain_options *o, uint64_t seed) {
    struct weal_params *p = o->params;
    uint64_t rng = seed ^ UINT64_C(0x6c6564676572);
    p->demurrage_step_ms = 1000 + test_rng(&rng) % 9000;
    p->demurrage_ppm = 5000 + test_rng(&rng) % 65000;
    p->block_bytes_max = 65536;
    p->valid_blocks_max = 60 + test_rng(&rng) % 200;
    p->account_min_micro = 1 + test_rng(&rng) % 200000;
    p->stop_ms = 1500 + test_rng(&rng) % 6000;
    if (test_rng(&rng) % 4 == 0) p->slash_ppm = test_rng(&rng) % 1000001;
    p->challenge_ms = 100 + test_rng(&rng) % 3000;
    p->window_human_ms = 100 + test_rng(&rng) % 3000;
    p->cohort_grace_ms = test_rng(&rng) % 10000;
    p->window_activity_ms = 100 + test_rng(&rng) % 3000;
    p->epoch_ms = (4000u << test_rng(&rng) % 4) + test_rng(&rng) % 2000;
    p->claim_epochs = 1 + test_rng(&rng) % 6;
    p->suspension_ms = 500 + test_rng(&rng) % 20000;
    p->revocation_delay_ms = 500 + test_rng(&rng) % 20000;
    p->cool_down_ms = test_rng(&rng) % 20000;
    p->rotation_epochs = 1 + test_rng(&rng) % 3;
    p->validity_ms = (30000u << test_rng(&rng) % 5) + test_rng(&rng) % 10000;
    p->renewal_ms = 1 + test_rng(&rng) % p->validity_ms;
    p->renewal_grace_ms = test_rng(&rng) % 20000;
    p->income_micro = 1 + test_rng(&rng) % 50000000;
    if (test_rng(&rng) % 3 == 0) o->module_max = (uint32_t)(11 + test_rng(&rng) % 30);
    p->bond_min_micro = 100000000 + test_rng(&rng) % 900000000;
    p->unbonding_ms = 500 + test_rng(&rng) % 20000;
    p->evidence_age_ms = 1 + test_rng(&rng) % p->unbonding_ms;
    uint64_t dice = test_rng(&rng) % 6;
    if (dice == 0) o->time_ms = twin_date(2026, 12) - test_rng(&rng) % 40000;
    if (dice == 1) o->time_ms = twin_date(2027, 1) - test_rng(&rng) % 40000;
    if (test_rng(&rng) % 8 == 0) o->lapse = 20 + test_rng(&rng) % 200;
    /* who withdraws a revocation are others than the 2t who revoked: that takes six at least */
    if (test_rng(&rng) % 3 == 0) o->attestors = 6 + (unsigned)(test_rng(&rng) % 3);
    if (test_rng(&rng) % 4 == 0) /* many wait for one dealing */
        p->window_human_ms = 3000 + test_rng(&rng) % 9000;
}

static void *begin(struct node_world *w, uint64_t seed) {
    (void)seed;
    struct ledger *x = calloc(1, sizeof *x);
    WEAL_ASSERT(x);
    x->w = w;
    x->c = people_chain(w);
    x->tries = calloc(LEDGER_TRIES, sizeof *x->tries);
    WEAL_ASSERT(x->tries);
    const struct weal_genesis *g = &x->c->genesis;
    x->twin = twin_new(&x->c->p, g->time_ms, x->c->id, g->modules[0].epoch_max);
    uint8_t shares[TWIN_ATTESTORS][32];
    WEAL_ASSERT(g->attestors_n <= TWIN_ATTESTORS);
    for (unsigned i = 0; i < g->attestors_n; i++) memcpy(shares[i], g->attestors[i].share, 32);
    twin_attestors(x->twin, g->t, g->attestors_n, g->voprf, (const uint8_t(*)[32])shares);
    for (unsigned i = 0; i < g->grants_n; i++)
        twin_grant(x->twin, g->grants[i].account, g->grants[i].micro);
    for (unsigned i = 0; i < g->validators_n; i++)
        twin_found(x->twin, g->validators[i].account, g->validators[i].seat, g->validators[i].bond,
                   g->validators[i].lapse);
    twin_founded(x->twin);
    x->pause_ms = 20 + people_below(w, 400);
    ledger_pay_begin(x);
    return x;
}

static void *begin_ledger(struct node_world *w, uint64_t seed) {
    struct ledger *x = begin(w, seed);
    ledger_seats_begin(x);
    return x;
}

static void *begin_people(struct node_world *w, uint64_t seed) {
    struct ledger *x = begin(w, seed);
    x->peopled = true;
    ledger_people_begin(x);
    ledger_seats_begin(x);
    return x;
}

static void end(void *ctx) {
    struct ledger *x = ctx;
    for (size_t i = 0; i < x->tries_n; i++) free(x->tries[i].bytes);
    free(x->tries);
    twin_free(x->twin);
    free(x);
}

/* ---- submitting, and what is answered ---- */

void ledger_submit(struct ledger *x, const struct chain_tx *t, bool proofs, const char *what) {
    ledger_submit_as(x, t, (struct twin_told){.signature = proofs, .proofs = proofs, .point = true},
                     what);
}

void ledger_submit_as(struct ledger *x, const struct chain_tx *t, struct twin_told told,
                      const char *what) {
    if (x->tries_n == LEDGER_TRIES) return;
    struct ledger_try *y = &x->tries[x->tries_n];
    told.bytes = t->n;
    *y = (struct ledger_try){.bytes = malloc(t->n + 1), .n = t->n, .told = told, .what = what};
    WEAL_ASSERT(y->bytes);
    memcpy(y->bytes, t->b, t->n);
    weal_tx_id(y->id, weal_bytes(t->b, t->n));
    uint64_t delay = people_below(x->w, 3) == 0 ? people_below(x->w, 500) : 0;
    people_submit(x->w, (unsigned)people_below(x->w, 16), delay, weal_bytes(y->bytes, y->n),
                  x->tries_n++);
}

/* What the pool says of a transaction that the ledger would take. */
static bool pool_says(enum weal_verdict v) {
    return v == WEAL_V_POOL_NONCE_LOW || v == WEAL_V_POOL_NONCE_GAP || v == WEAL_V_POOL_FEE_LOW ||
           v == WEAL_V_POOL_FULL || v == WEAL_V_POOL_ORIGIN_SHARE;
}
/* What is said before anybody asks the ledger. */
static bool nobody_asked(enum weal_verdict v) {
    return v == PEOPLE_NO_ANSWER || v == WEAL_V_POOL_BUSY || v == WEAL_V_NODE_HOLDS;
}

static const char *name(enum weal_verdict v) {
    return v == WEAL_ACCEPT ? "yes" : weal_verdict_name(v);
}

static void compare_answer(struct ledger *x, const struct ledger_try *y, enum weal_verdict said) {
    struct weal_tx tx;
    struct weal_bytes bytes = weal_bytes(y->bytes, y->n);
    if (nobody_asked(said)) return;
    bool whole = weal_tx_decode(&tx, bytes);
    WEAL_ASSERT(whole); /* as this population makes them */
    enum weal_verdict v = twin_form(&tx);
    if (v == WEAL_ACCEPT) {
        if (said == WEAL_V_POOL_KNOWN || said == WEAL_V_POOL_TAG_RESERVED) {
            ledger_pool_said(x, y, &tx, said);
            return;
        }
        if (people_answer_height(x->w) != x->twin->height) return;
        v = twin_arrival(x->twin, &tx, y->told);
    }
    people_foretold(x->w, 1);
    if (pool_says(said)) said = WEAL_ACCEPT;
    if (said != v)
        people_breach(x->w, "%s is answered with '%s' at height %llu; the twin says '%s'", y->what,
                      name(said), (unsigned long long)x->twin->height, name(v));
}

static void answer(void *ctx, uint64_t tag, const uint8_t id[32], enum weal_verdict v) {
    struct ledger *x = ctx;
    (void)id;
    compare_answer(x, &x->tries[tag], v);
}

/* ---- final blocks ---- */

void ledger_short(char out[13], const uint8_t b[32]) {
    for (unsigned i = 0; i < 6; i++) {
        out[2 * i] = "0123456789abcdef"[b[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[b[i] & 15];
    }
    out[12] = 0;
}

/* Do the votes hold, and contradict each other? */
static bool evidence_holds(const struct ledger *x, const struct weal_tx *tx) {
    static struct weal_set set; /* large; one thread */
    struct weal_evidence e;
    struct weal_rd rd = weal_rd(tx->act.evidence_tx.evidence);
    weal_evidence_get(&rd, &e);
    const struct twin_term *t = twin_term(x->twin, e.votes[0].term);
    if (!weal_rd_done(&rd) || !t) return false;
    set.n = (uint16_t)t->n;
    for (unsigned i = 0; i < t->n; i++) {
        memcpy(set.v[i].account, t->members[i].account, 32);
        memcpy(set.v[i].seat, t->members[i].seat, 32);
        set.v[i].weight = t->members[i].weight;
    }
    struct weal_cert_context ctx = {x->c->id, e.votes[0].term, &set, NULL};
    return weal_set_check(&set) == WEAL_ACCEPT && weal_evidence_verify_var(&ctx, &e) == WEAL_ACCEPT;
}

/* What was told of it when it was submitted; the accounts' signatures and votes, which nodes hand
 * in, too, are looked at again. */
static struct twin_told told_of(struct ledger *x, const struct weal_tx *tx, size_t n,
                                const uint8_t id[32]) {
    struct twin_told told = {.bytes = n};
    const uint8_t *sig = NULL, *from = NULL;
    uint8_t hash[32];
    for (size_t i = 0; i < x->tries_n; i++)
        if (memcmp(x->tries[i].id, id, 32) == 0) told = x->tries[i].told;
#define PAID(act_) sig = tx->act.act_.sig, from = tx->act.act_.from
    if (tx->act_kind == WEAL_TX_TRANSFER) PAID(transfer);
    if (tx->act_kind == WEAL_TX_SEAT_BIND) PAID(seat_bind);
    if (tx->act_kind == WEAL_TX_SEAT_BOND) PAID(seat_bond);
    if (tx->act_kind == WEAL_TX_SEAT_UNBOND) PAID(seat_unbond);
    if (tx->act_kind == WEAL_TX_SEAT_RETURN) PAID(seat_return);
#undef PAID
    weal_tx_signing_hash(hash, x->c->id, tx);
    if (sig) told.signature = weal_sig_verify_var(sig, hash, from);
    if (sig && tx->act_kind != WEAL_TX_SEAT_BIND) told.proofs = true; /* it has no others */
    if (tx->act_kind == WEAL_TX_EVIDENCE_TX) told.proofs = evidence_holds(x, tx);
    return told;
}

static void one_final(struct ledger *x, const struct people_tx *t, uint64_t height) {
    struct weal_tx tx;
    enum weal_verdict receipt, v;
    char id[13];
    ledger_short(id, t->id);
    people_foretold(x->w, 1);
    ledger_pool_final(x, t->id, height);
    if (!weal_tx_decode(&tx, t->bytes)) {
        people_breach(x->w, "transaction %s of block %llu is none", id, (unsigned long long)height);
        return;
    }
    v = twin_execute(x->twin, &tx, told_of(x, &tx, t->bytes.n, t->id), &receipt);
    if (v != WEAL_ACCEPT)
        people_breach(x->w, "block %llu holds %s (kind %x); the twin refuses it: %s",
                      (unsigned long long)height, id, tx.act_kind, name(v));
    else if (receipt != t->code)
        people_breach(x->w, "%s (kind %x) ends in block %llu with '%s'; the twin says '%s'", id,
                      tx.act_kind, (unsigned long long)height, name(t->code), name(receipt));
}

static void compare_supply(struct ledger *x) {
    for (unsigned a = 1; a <= 2; a++) {
        struct weal_st_supply s;
        chain_supply(x->c, (enum weal_asset)a, &s);
        const struct twin_supply *t = &x->twin->supply[a];
        uint64_t stored = twin_stored(x->twin, a);
        if (s.minted != t->minted || s.burned != t->burned || s.stored != stored)
            people_breach(x->w,
                          "%s after block %llu: minted %llu burned %llu stored %llu; the twin has "
                          "%llu %llu %llu",
                          ASSET[a], (unsigned long long)x->twin->height,
                          (unsigned long long)s.minted, (unsigned long long)s.burned,
                          (unsigned long long)s.stored, (unsigned long long)t->minted,
                          (unsigned long long)t->burned, (unsigned long long)stored);
    }
}

static void final(void *ctx, const struct people_block *b) {
    struct ledger *x = ctx;
    size_t body = 0;
    unsigned cohorts = x->twin->cohorts_n;
    twin_begin(x->twin, b->head->height, b->head->time_ms, b->head->beacon_tag);
    for (uint32_t i = 0; i < b->txs_n; i++) {
        one_final(x, &b->txs[i], b->head->height);
        body += 4 + b->txs[i].bytes.n;
    }
    if (b->head->term != twin_term_now(x->twin))
        people_breach(x->w, "block %llu is of term %u; for the twin of %u",
                      (unsigned long long)b->head->height, b->head->term, twin_term_now(x->twin));
    else if (b->head->proposer >= twin_term(x->twin, b->head->term)->n)
        people_breach(x->w, "the proposer of block %llu has no seat for the twin",
                      (unsigned long long)b->head->height);
    else
        twin_end(x->twin, b->head->proposer, body);
    compare_supply(x);
    ledger_terms(x);
    if (x->twin->cohorts_n != cohorts) ledger_cohorts(x);
}

static void check(void *ctx) {
    ledger_tables(ctx);
}

static uint64_t wake(void *ctx, uint64_t now_ms) {
    struct ledger *x = ctx;
    bool done = false;
    if (people_below(x->w, 6) == 0) {
        done = ledger_seat(x, now_ms);
    } else if (x->peopled && people_below(x->w, 4) != 0) {
        uint64_t dice = people_below(x->w, 24);
        if (dice == 23 && people_below(x->w, 3) == 0) done = ledger_renewal(x);
        if (dice == 0) done = ledger_life(x);
        if (dice != 0 && dice < 16) done = ledger_act(x, now_ms);
        if (!done) done = ledger_enrol(x, now_ms);
    }
    if (!done) ledger_pay(x, now_ms);
    return now_ms + x->pause_ms;
}

extern const struct people people_ledger;
const struct people people_ledger = {
    .name = "ledger",
    .genesis = genesis,
    .begin = begin_ledger,
    .end = end,
    .wake = wake,
    .answer = answer,
    .final = final,
    .check = check,
};

extern const struct people people_people;
const struct people people_people = {
    .name = "people",
    .views = 300,
    .genesis = genesis,
    .begin = begin_people,
    .end = end,
    .wake = wake,
    .answer = answer,
    .final = final,
    .check = check,
};
