/* SPDX-License-Identifier: ISC */
/* People of the chain in memory: enrolment, activity, claim, with real proofs. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/chain.h"

#define MUST(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void begin(struct chain_tx *t, uint16_t kind) {
    memset(&t->tx, 0, sizeof t->tx);
    t->tx.version = WEAL_TX_VERSION;
    t->tx.act_kind = kind;
}

uint16_t chain_attest(struct chain *c, struct weal_tx_attest *list, const uint8_t hash[32],
                      unsigned first, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        list[i].attestor = (uint16_t)(first + i);
        chain_pop(c, list[i].pop, c->attestor_secret[first + i], WEAL_ROLE_ATTESTOR, hash);
    }
    return (uint16_t)n;
}

void chain_person(struct chain *c, struct chain_person *p) {
    memset(p, 0, sizeof *p);
    chain_secret(c, p->x);
    MUST(weal_human_key(p->key, p->x));
    chain_random(c, p->handle);
}

/* ---- enrolment ---- */

void chain_enrol_seal(struct chain *c, struct chain_tx *t, const struct chain_person *p,
                      unsigned attestors) {
    struct weal_human_enrol *e = &t->tx.act.human_enrol;
    uint8_t hash[32];
    chain_hash(c, t, hash);
    chain_pop(c, e->pop, p->x, WEAL_ROLE_KEY, hash);
    e->attests_n = chain_attest(c, e->attests, hash, 0, attestors);
    chain_encode(t);
}

void chain_enrol(struct chain *c, struct chain_tx *t, const struct chain_person *p,
                 const char *jurisdiction) {
    begin(t, WEAL_TX_HUMAN_ENROL);
    struct weal_human_enrol *e = &t->tx.act.human_enrol;
    memcpy(e->key, p->key, 32);
    e->handles_n = 1;
    memcpy(e->handles[0].handle, p->handle, 32);
    e->jurisdiction = e->pool = weal_bytes(jurisdiction, strlen(jurisdiction));
    e->valid_until = c->height + 1000;
    chain_enrol_seal(c, t, p, CHAIN_T);
}

/* ---- cohorts ---- */

static bool newest(struct weal_ctx *x, uint64_t cohort, uint16_t *version,
                   struct weal_st_ring *ring) {
    struct weal_key k = weal_key_of64(WEAL_T_COHORT, cohort);
    struct weal_st_cohort r;
    if (cohort == 0 || !weal_cohort_load(x, &k, &r) || r.dissolved) return false;
    *version = r.version;
    k = weal_key_of64(WEAL_T_RING, cohort);
    weal_key_u16(&k, r.version);
    return weal_ring_load(x, &k, ring);
}

bool chain_human_cohort(struct chain *c, const uint8_t key[32], uint64_t *cohort, uint16_t *version,
                        struct weal_st_ring *ring) {
    _Alignas(64) uint8_t mem[65536];
    struct weal_draft d;
    struct weal_ctx x;
    struct weal_st_human h;
    chain_look(c, &x, &d, mem, sizeof mem);
    struct weal_key k = weal_key_of32(WEAL_T_HUMAN, key);
    if (!weal_human_load(&x, &k, &h) || h.place != 2) return false;
    *cohort = h.entry;
    return newest(&x, h.entry, version, ring);
}

bool chain_note_cohort(struct chain *c, const uint8_t note[32], uint64_t *cohort, uint16_t *version,
                       struct weal_st_ring *ring) {
    _Alignas(64) uint8_t mem[65536];
    struct weal_draft d;
    struct weal_ctx x;
    struct weal_st_note n;
    chain_look(c, &x, &d, mem, sizeof mem);
    struct weal_key k = weal_key_of32(WEAL_T_NOTE, note);
    if (!weal_note_load(&x, &k, &n)) return false;
    *cohort = n.cohort;
    return newest(&x, n.cohort, version, ring);
}

bool chain_ring_prove(struct chain *c, const struct chain_tx *t, uint8_t *proof,
                      const struct weal_st_ring *ring, struct weal_scope scope, const uint8_t *key,
                      const uint8_t (*secrets)[32], const uint8_t *tag, const uint8_t *nullifier) {
    uint8_t keys[16 * 32], text[WEAL_SCOPE_TEXT_MAX], hash[32], random[32];
    uint32_t at = UINT32_MAX;
    for (uint32_t i = 0; i < ring->keys_n; i++) {
        memcpy(keys + 32 * i, ring->keys[i].key, 32);
        if (memcmp(ring->keys[i].key, key, 32) == 0) at = i;
    }
    if (at == UINT32_MAX) return false;
    chain_hash(c, t, hash);
    struct weal_ring_statement s = {.shape = nullifier ? WEAL_RING_NOTE : WEAL_RING_HUMAN,
                                    .chain = WEAL_BYTES(c->lineage),
                                    .scope = weal_bytes(text, weal_scope_text(text, scope)),
                                    .message = WEAL_BYTES(hash),
                                    .keys = keys,
                                    .r = ring->keys_n,
                                    .tag = tag,
                                    .nullifier = nullifier};
    chain_random(c, random);
    return weal_ring_prove(proof, &s, at, secrets, random) == WEAL_ACCEPT;
}

static void make_tag(struct chain *c, uint8_t tag[32], const uint8_t x[32], uint8_t shape,
                     struct weal_scope scope) {
    uint8_t text[WEAL_SCOPE_TEXT_MAX];
    MUST(weal_tag(tag, x, WEAL_BYTES(c->lineage), shape,
                  weal_bytes(text, weal_scope_text(text, scope))));
}

/* ---- activity ---- */

void chain_module_key(struct chain *c, struct chain_tx *t, uint32_t epoch) {
    uint8_t secret[32], hash[32];
    begin(t, WEAL_TX_MODULE_KEY);
    struct weal_module_key *m = &t->tx.act.module_key;
    m->epoch = epoch;
    chain_secret(c, secret);
    MUST(weal_human_key(m->key, secret));
    chain_hash(c, t, hash);
    chain_pop(c, m->pop, c->module_secret, WEAL_ROLE_MODULE, hash);
    chain_encode(t);
}

static uint8_t proof_buf[2][WEAL_RING_PROOF_LIMIT];

void chain_activity_seal(struct chain *c, struct chain_tx *t, const struct chain_person *p) {
    struct weal_activity *a = &t->tx.act.activity;
    struct weal_scope scope = {WEAL_SCOPE_ACTIVITY, a->epoch, a->n};
    uint64_t cohort;
    uint16_t version;
    struct weal_st_ring ring;
    uint8_t hash[32], random[32], text[WEAL_SCOPE_TEXT_MAX], secrets[2][32];
    MUST(chain_human_cohort(c, p->key, &cohort, &version, &ring));
    MUST(chain_ring_prove(c, t, proof_buf[0], &ring, scope, p->key, (const uint8_t(*)[32])p->x,
                          p->tag, NULL));
    a->proof = weal_bytes(proof_buf[0], WEAL_RING_HUMAN_BYTES);
    chain_hash(c, t, hash);
    struct weal_linear_statement s = {.kind = WEAL_LINEAR_REFUND,
                                      .chain = WEAL_BYTES(c->lineage),
                                      .message = WEAL_BYTES(hash),
                                      .shape = WEAL_RING_HUMAN,
                                      .scope = weal_bytes(text, weal_scope_text(text, scope)),
                                      .tag = p->tag,
                                      .note = p->note};
    memcpy(secrets[0], p->x, 32);
    memcpy(secrets[1], p->t, 32);
    chain_random(c, random);
    MUST(weal_linear_prove(a->refund, &s, (const uint8_t(*)[32])secrets, random) == WEAL_ACCEPT);
    chain_pop(c, a->module_pop, c->module_secret, WEAL_ROLE_MODULE, hash);
    chain_encode(t);
    a->proof = weal_bytes(t->b + t->n - 64 - 128 - WEAL_RING_HUMAN_BYTES, WEAL_RING_HUMAN_BYTES);
}

bool chain_activity(struct chain *c, struct chain_tx *t, struct chain_person *p, uint32_t epoch,
                    uint8_t n) {
    struct weal_st_ring ring;
    begin(t, WEAL_TX_ACTIVITY);
    struct weal_activity *a = &t->tx.act.activity;
    if (!chain_human_cohort(c, p->key, &a->cohort, &a->version, &ring)) return false;
    a->epoch = p->epoch = epoch;
    a->n = p->n = n;
    a->pool = WEAL_BYTES_LIT("CA");
    make_tag(c, p->tag, p->x, WEAL_RING_HUMAN, (struct weal_scope){WEAL_SCOPE_ACTIVITY, epoch, n});
    chain_secret(c, p->t);
    MUST(weal_note_key(p->note, p->x, p->t));
    memcpy(a->tag, p->tag, 32);
    memcpy(a->note, p->note, 32);
    chain_activity_seal(c, t, p);
    return true;
}

/* ---- claims ---- */

void chain_claim_seal(struct chain *c, struct chain_tx *t, const struct chain_person *p) {
    struct weal_income_claim *x = &t->tx.act.income_claim;
    uint64_t cohort;
    uint16_t version;
    struct weal_st_ring ring;
    uint8_t secrets[2][32];
    memcpy(secrets[0], p->x, 32);
    memcpy(secrets[1], p->t, 32);
    MUST(chain_note_cohort(c, p->note, &cohort, &version, &ring));
    MUST(chain_ring_prove(c, t, proof_buf[1], &ring,
                          (struct weal_scope){WEAL_SCOPE_INCOME, x->epoch, 0}, p->note,
                          (const uint8_t(*)[32])secrets, x->tag, x->nullifier));
    x->proof = weal_bytes(proof_buf[1], WEAL_RING_NOTE_BYTES);
    chain_encode(t);
    x->proof = weal_bytes(t->b + t->n - WEAL_RING_NOTE_BYTES, WEAL_RING_NOTE_BYTES);
}

bool chain_claim(struct chain *c, struct chain_tx *t, struct chain_person *p, uint32_t epoch) {
    struct weal_st_ring ring;
    begin(t, WEAL_TX_INCOME_CLAIM);
    struct weal_income_claim *x = &t->tx.act.income_claim;
    if (!chain_note_cohort(c, p->note, &x->cohort, &x->version, &ring)) return false;
    x->epoch = epoch;
    make_tag(c, x->tag, p->x, WEAL_RING_NOTE, (struct weal_scope){WEAL_SCOPE_INCOME, epoch, 0});
    MUST(weal_nullifier(x->nullifier, p->t));
    chain_account(c, p->account_secret, p->account);
    memcpy(x->to, p->account, 32);
    chain_claim_seal(c, t, p);
    return true;
}

/* ---- a population ---- */

void chain_populate(struct chain *c, struct chain_person *people, unsigned n) {
    struct chain_tx *txs = calloc(n, sizeof *txs);
    struct chain_tx **list = calloc(n, sizeof *list);
    MUST(txs && list);
    for (unsigned i = 0; i < n; i++) {
        chain_person(c, &people[i]);
        chain_enrol(c, &txs[i], &people[i], "CA-ON-TOR");
        list[i] = &txs[i];
    }
    for (unsigned i = 0; i < n; i += 500) chain_block(c, list + i, n - i < 500 ? n - i : 500, 50);
    free(txs);
    free(list);
    chain_blocks(c, 1, c->p.challenge_ms);    /* challenge over: they wait */
    chain_blocks(c, 1, c->p.window_human_ms); /* the window closes */
    chain_blocks(c, 81, 50);                  /* dealt after 16, usable after 80 */
}
