/* SPDX-License-Identifier: ISC */
#include "wallet/act.h"

#include <sodium.h>

#include "crypto/sig/sig.h"

static void begin(struct weal_act *a, uint16_t kind) {
    memset(a, 0, sizeof *a);
    a->tx.version = WEAL_TX_VERSION;
    a->tx.act_kind = kind;
}

bool weal_act_seal(struct weal_act *a) {
    struct weal_wr w = weal_wr(a->bytes, sizeof a->bytes);
    weal_tx_put(&w, &a->tx);
    a->n = w.failed ? 0 : w.n;
    if (w.failed) return false;
    weal_tx_id(a->id, weal_bytes(a->bytes, a->n));
    return true;
}

void weal_act_hash(uint8_t hash[32], const struct weal_act_chain *c, const struct weal_act *a) {
    weal_tx_signing_hash(hash, c->id, &a->tx);
}

enum weal_verdict weal_act_pop(uint8_t out[64], const struct weal_act_chain *c,
                               const uint8_t secret[32], const char *role, const uint8_t hash[32],
                               const uint8_t random[32]) {
    uint8_t message[WEAL_ROLE_MESSAGE_MAX], key[32];
    if (!weal_human_key(key, secret)) return WEAL_V_PROVER_WITNESS;
    struct weal_linear_statement s = {
        .kind = WEAL_LINEAR_POP,
        .chain = WEAL_BYTES(c->lineage),
        .message = weal_bytes(message, weal_role_message(message, role, hash)),
        .key = key};
    return weal_linear_prove(out, &s, (const uint8_t(*)[32])secret, random);
}

static enum weal_verdict sealed(struct weal_act *a) {
    return weal_act_seal(a) ? WEAL_ACCEPT : WEAL_V_ENCODING;
}

static void pool_set(struct weal_act *a, struct weal_bytes *field, const char *pool) {
    size_t n = strlen(pool) < sizeof a->pool - 1 ? strlen(pool) : sizeof a->pool - 1;
    memcpy(a->pool, pool, n);
    *field = weal_bytes(a->pool, n);
}

enum weal_verdict weal_act_pay(struct weal_act *a, const struct weal_act_chain *c,
                               const uint8_t secret[32], uint64_t nonce, enum weal_asset asset,
                               const struct weal_tx_output *outputs, uint16_t outputs_n,
                               uint64_t fee, uint64_t valid_until) {
    uint8_t hash[32];
    begin(a, WEAL_TX_TRANSFER);
    struct weal_transfer *t = &a->tx.act.transfer;
    if (outputs_n > sizeof t->outputs / sizeof *t->outputs) return WEAL_V_ENCODING;
    t->asset = (uint8_t)asset;
    t->nonce = nonce;
    t->fee = fee;
    t->valid_until = valid_until;
    t->outputs_n = outputs_n;
    memcpy(t->outputs, outputs, outputs_n * sizeof *outputs);
    if (!weal_sig_public(t->from, secret)) return WEAL_V_PROVER_WITNESS;
    weal_act_hash(hash, c, a);
    if (!weal_sig_sign(t->sig, hash, secret)) return WEAL_V_PROVER_WITNESS;
    return sealed(a);
}

enum weal_verdict weal_act_transfer(struct weal_act *a, const struct weal_act_chain *c,
                                    const uint8_t secret[32], uint64_t nonce, enum weal_asset asset,
                                    const uint8_t to[32], uint64_t micro, uint64_t fee,
                                    uint64_t valid_until) {
    struct weal_tx_output one = {.amount = micro};
    memcpy(one.to, to, 32);
    return weal_act_pay(a, c, secret, nonce, asset, &one, 1, fee, valid_until);
}

enum weal_verdict weal_act_enrol(struct weal_act *a, const struct weal_act_chain *c,
                                 const uint8_t x[32], const uint8_t handle[32],
                                 const char *jurisdiction, uint64_t valid_until,
                                 const uint8_t random[32]) {
    uint8_t hash[32];
    begin(a, WEAL_TX_HUMAN_ENROL);
    struct weal_human_enrol *e = &a->tx.act.human_enrol;
    if (!weal_human_key(e->key, x)) return WEAL_V_PROVER_WITNESS;
    e->handles_n = 1;
    memcpy(e->handles[0].handle, handle, 32);
    pool_set(a, &e->jurisdiction, jurisdiction);
    e->pool = e->jurisdiction;
    e->valid_until = valid_until;
    weal_act_hash(hash, c, a);
    enum weal_verdict v = weal_act_pop(e->pop, c, x, WEAL_ROLE_KEY, hash, random);
    return v == WEAL_ACCEPT ? sealed(a) : v;
}

/* A ring proof over the cohort by the key at its place; the proof goes to a->ring_proof. */
static enum weal_verdict ring_prove(struct weal_act *a, const struct weal_act_chain *c,
                                    const struct weal_act_ring *r, uint8_t shape,
                                    struct weal_scope scope, const uint8_t key[32],
                                    const uint8_t (*secrets)[32], const uint8_t *tag,
                                    const uint8_t *nullifier, const uint8_t random[32]) {
    uint8_t keys[WEAL_RING_MAX * 32], text[WEAL_SCOPE_TEXT_MAX], hash[32];
    uint32_t at = UINT32_MAX;
    for (uint32_t i = 0; i < r->ring.keys_n; i++) {
        memcpy(keys + 32 * (size_t)i, r->ring.keys[i].key, 32);
        if (memcmp(r->ring.keys[i].key, key, 32) == 0) at = i;
    }
    if (at == UINT32_MAX) return WEAL_V_PROVER_WITNESS;
    weal_act_hash(hash, c, a);
    struct weal_ring_statement s = {.shape = shape,
                                    .chain = WEAL_BYTES(c->lineage),
                                    .scope = weal_bytes(text, weal_scope_text(text, scope)),
                                    .message = WEAL_BYTES(hash),
                                    .keys = keys,
                                    .r = r->ring.keys_n,
                                    .tag = tag,
                                    .nullifier = nullifier};
    return weal_ring_prove(a->ring_proof, &s, at, secrets, random);
}

static bool tag_make(uint8_t tag[32], const struct weal_act_chain *c, const uint8_t x[32],
                     uint8_t shape, struct weal_scope scope) {
    uint8_t text[WEAL_SCOPE_TEXT_MAX];
    return weal_tag(tag, x, WEAL_BYTES(c->lineage), shape,
                    weal_bytes(text, weal_scope_text(text, scope)));
}

enum weal_verdict weal_act_activity(struct weal_act *a, const struct weal_act_chain *c,
                                    const uint8_t x[32], const uint8_t t[32], uint32_t epoch,
                                    uint8_t n, const struct weal_act_ring *ring, const char *pool,
                                    uint16_t module, const uint8_t random[64]) {
    struct weal_scope scope = {WEAL_SCOPE_ACTIVITY, epoch, n};
    uint8_t key[32], hash[32], secrets[2][32], text[WEAL_SCOPE_TEXT_MAX];
    begin(a, WEAL_TX_ACTIVITY);
    struct weal_activity *v = &a->tx.act.activity;
    v->epoch = epoch;
    v->n = n;
    v->cohort = ring->cohort;
    v->version = ring->version;
    v->module = module;
    pool_set(a, &v->pool, pool);
    if (!weal_human_key(key, x) || !weal_note_key(v->note, x, t) ||
        !tag_make(v->tag, c, x, WEAL_RING_HUMAN, scope)) {
        return WEAL_V_PROVER_WITNESS;
    }
    enum weal_verdict e = ring_prove(a, c, ring, WEAL_RING_HUMAN, scope, key,
                                     (const uint8_t(*)[32])x, v->tag, NULL, random);
    if (e != WEAL_ACCEPT) return e;
    v->proof = weal_bytes(a->ring_proof, WEAL_RING_HUMAN_BYTES);
    weal_act_hash(hash, c, a);
    struct weal_linear_statement s = {.kind = WEAL_LINEAR_REFUND,
                                      .chain = WEAL_BYTES(c->lineage),
                                      .message = WEAL_BYTES(hash),
                                      .shape = WEAL_RING_HUMAN,
                                      .scope = weal_bytes(text, weal_scope_text(text, scope)),
                                      .tag = v->tag,
                                      .note = v->note};
    memcpy(secrets[0], x, 32);
    memcpy(secrets[1], t, 32);
    e = weal_linear_prove(v->refund, &s, (const uint8_t(*)[32])secrets, random + 32);
    sodium_memzero(secrets, sizeof secrets);
    return e == WEAL_ACCEPT ? sealed(a) : e;
}

enum weal_verdict weal_act_claim(struct weal_act *a, const struct weal_act_chain *c,
                                 const uint8_t x[32], const uint8_t t[32], uint32_t epoch,
                                 const struct weal_act_ring *ring, const uint8_t to[32],
                                 const uint8_t random[32]) {
    struct weal_scope scope = {WEAL_SCOPE_INCOME, epoch, 0};
    uint8_t note[32], secrets[2][32];
    begin(a, WEAL_TX_INCOME_CLAIM);
    struct weal_income_claim *v = &a->tx.act.income_claim;
    v->epoch = epoch;
    v->cohort = ring->cohort;
    v->version = ring->version;
    memcpy(v->to, to, 32);
    if (!weal_note_key(note, x, t) || !weal_nullifier(v->nullifier, t) ||
        !tag_make(v->tag, c, x, WEAL_RING_NOTE, scope)) {
        return WEAL_V_PROVER_WITNESS;
    }
    memcpy(secrets[0], x, 32);
    memcpy(secrets[1], t, 32);
    enum weal_verdict e = ring_prove(a, c, ring, WEAL_RING_NOTE, scope, note,
                                     (const uint8_t(*)[32])secrets, v->tag, v->nullifier, random);
    sodium_memzero(secrets, sizeof secrets);
    if (e != WEAL_ACCEPT) return e;
    v->proof = weal_bytes(a->ring_proof, WEAL_RING_NOTE_BYTES);
    return sealed(a);
}

/* ---- seats ---- */

enum weal_verdict weal_act_seat_lease(struct weal_act *a, const struct weal_act_chain *c,
                                      const uint8_t x[32], uint16_t year,
                                      const struct weal_act_ring *ring, const uint8_t seat[32],
                                      const uint8_t random[64]) {
    struct weal_scope scope = {WEAL_SCOPE_FACE_VALIDATOR, year, 0};
    uint8_t key[32], hash[32];
    begin(a, WEAL_TX_SEAT_LEASE);
    struct weal_seat_lease *v = &a->tx.act.seat_lease;
    v->year = year;
    v->cohort = ring->cohort;
    v->version = ring->version;
    if (!weal_human_key(key, x) || !weal_human_key(v->seat, seat) ||
        !tag_make(v->tag, c, x, WEAL_RING_HUMAN, scope)) {
        return WEAL_V_PROVER_WITNESS;
    }
    enum weal_verdict e = ring_prove(a, c, ring, WEAL_RING_HUMAN, scope, key,
                                     (const uint8_t(*)[32])x, v->tag, NULL, random);
    if (e != WEAL_ACCEPT) return e;
    v->proof = weal_bytes(a->ring_proof, WEAL_RING_HUMAN_BYTES);
    weal_act_hash(hash, c, a);
    e = weal_act_pop(v->pop, c, seat, WEAL_ROLE_SEAT, hash, random + 32);
    return e == WEAL_ACCEPT ? sealed(a) : e;
}

/* Where each of the four keeps what they share. */
struct seat_fields {
    uint8_t *from, *sig;
    uint64_t *nonce, *fee, *valid_until;
};
#define SEAT_FIELDS(x)                                                                             \
    (struct seat_fields) {                                                                         \
        (x)->from, (x)->sig, &(x)->nonce, &(x)->fee, &(x)->valid_until                             \
    }

enum weal_verdict weal_act_seat(struct weal_act *a, const struct weal_act_chain *c, uint16_t kind,
                                const uint8_t secret[32], const struct weal_act_seat *v) {
    uint8_t hash[32];
    struct seat_fields f;
    begin(a, kind);
    switch (kind) {
    case WEAL_TX_SEAT_BIND:
        f = SEAT_FIELDS(&a->tx.act.seat_bind);
        if (!weal_human_key(a->tx.act.seat_bind.seat, v->seat)) return WEAL_V_PROVER_WITNESS;
        break;
    case WEAL_TX_SEAT_BOND:
        f = SEAT_FIELDS(&a->tx.act.seat_bond);
        a->tx.act.seat_bond.amount = v->amount;
        break;
    case WEAL_TX_SEAT_UNBOND:
        f = SEAT_FIELDS(&a->tx.act.seat_unbond);
        a->tx.act.seat_unbond.amount = v->amount;
        break;
    case WEAL_TX_SEAT_RETURN:
        f = SEAT_FIELDS(&a->tx.act.seat_return);
        break;
    default:
        return WEAL_V_ENCODING;
    }
    *f.nonce = v->nonce;
    *f.fee = v->fee;
    *f.valid_until = v->valid_until;
    if (!weal_sig_public(f.from, secret)) return WEAL_V_PROVER_WITNESS;
    weal_act_hash(hash, c, a);
    if (kind == WEAL_TX_SEAT_BIND) {
        enum weal_verdict e =
            weal_act_pop(a->tx.act.seat_bind.pop, c, v->seat, WEAL_ROLE_SEAT, hash, v->random);
        if (e != WEAL_ACCEPT) return e;
    }
    return weal_sig_sign(f.sig, hash, secret) ? sealed(a) : WEAL_V_PROVER_WITNESS;
}
