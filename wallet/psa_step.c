/* SPDX-License-Identifier: ISC */
/* What the agent does with a receipt in each of its states. Every step that makes something to be
 * sent keeps it first; every step that sends may be repeated with the same bytes. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/base/verdict.h"
#include "wallet/keys.h"
#include "wallet/psa_int.h"
#include "wallet/service/serve.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    HUMANS = 1,
    NOTES = 2,        /* kinds of cohort */
    BLOCK = 64,       /* cohorts proven together with one's own */
    REDO_EPOCHS = 2,  /* after its last epoch a lapsed note may be made again for so many */
    RESEND_MS = 4000, /* a transaction not seen final is sent again after this */
    RETRY_MS = 2000,
    REDO_MS = 60000,
    ATTEMPTS = 32 /* destinations tried */
};

static void why_set(struct weal_receipt *r, const char *name) {
    static char text[64]; /* lives until the record is kept, which copies it */
    snprintf(text, sizeof text, "%s", name);
    r->r.why = weal_bytes((const uint8_t *)text, strlen(text));
}

static enum weal_err lose(struct weal_psa *p, struct weal_receipt *r, const char *name,
                          uint64_t now_ms) {
    psa_tell(p, r, false, "the receipt of epoch %lu is lost: %s", (unsigned long)r->r.epoch, name);
    why_set(r, name);
    r->r.state = WEAL_PSA_LOST;
    return psa_keep(p, r, WEAL_PSA_DID_LOSE, now_ms);
}

static enum weal_err move(struct weal_psa *p, struct weal_receipt *r, uint8_t state, uint8_t what,
                          uint64_t now_ms) {
    r->r.state = state;
    return psa_keep(p, r, what, now_ms);
}

static bool due(const struct weal_psa *p, const struct weal_receipt *r, uint64_t now_ms) {
    return p->hurry || now_ms >= r->r.due_ms;
}

/* ---- rings ---- */

/* Is the ring of this cohort the chain's? Asked for together with all others of its block, so that
 * the question is the same for all their members. */
static bool ring_is_chains(struct weal_psa *p, const struct weal_look_cohort *mine) {
    uint8_t *value = malloc(65536), *want = malloc(65536);
    bool good = value && want;
    uint64_t first = mine->id - mine->id % BLOCK;
    for (size_t i = 0; i < p->look->cohorts_n && good; i++) {
        const struct weal_look_cohort *k = &p->look->cohorts[i];
        uint8_t key[11] = {TABLE_RING};
        bool present = false;
        size_t n = 0;
        if (k->id < first || k->id - first >= BLOCK || k->dissolved) continue;
        weal_put_be64(key + 1, k->id);
        key[9] = (uint8_t)(k->ring.version >> 8);
        key[10] = (uint8_t)k->ring.version;
        struct weal_wr w = weal_wr(want, 65536);
        weal_st_ring_put(&w, &k->ring.ring);
        if (weal_trust_record(p->trust, WEAL_BYTES(key), value, &n, &present) != WEAL_TRUST_OK) {
            (void)psa_fail(p, WEAL_ERR_CORRUPT, p->trust->name, p->trust->sentence);
            good = false;
            break;
        }
        /* a newer version may have come since; then the next look has it */
        bool same = present && n == w.n && memcmp(value, want, n) == 0;
        if (!same && k == mine) {
            (void)psa_fail(p, WEAL_ERR_STALE, "wallet-ring", "the node's ring is not the chain's");
            good = false;
        }
    }
    free(value);
    free(want);
    return good;
}

static bool ring_proven(struct weal_psa *p, const struct weal_receipt *r,
                        const struct weal_look_cohort *mine) {
    if (ring_is_chains(p, mine)) return true;
    psa_tell(p, r, false, "nothing is signed: %s (%s)", p->sentence, p->name);
    return false;
}

enum weal_err weal_psa_ring(struct weal_psa *p, const struct weal_act_ring **out) {
    enum weal_err e = weal_look_refresh(p->look);
    if (e != WEAL_OK) return psa_fail(p, e, "wallet-node", "the node does not answer");
    const struct weal_look_cohort *mine = weal_look_cohort(p->look, HUMANS, p->key);
    if (!mine) {
        return psa_fail(p, WEAL_ERR_NOT_FOUND, "wallet-no-cohort",
                        "your human key is in no cohort yet: enrol, and wait for the end of the "
                        "challenge and the dealing");
    }
    *out = &mine->ring;
    return ring_is_chains(p, mine) ? WEAL_OK : WEAL_ERR_CORRUPT;
}

/* ---- sending ---- */

/* What a node says of a transaction. */
enum fate { FATE_WAITS, FATE_FINAL, FATE_REFUSED };

/* Sends unless it waits or is final; final only when its receipt proves it. name: of a refusal, by
 * the chain (FINAL with a code that is not accept is REFUSED) or by the node. */
static enum fate follow(struct weal_psa *p, struct weal_receipt *r, struct weal_bytes tx,
                        const uint8_t id[32], uint64_t not_height, uint64_t now_ms, char name[64],
                        uint64_t *height) {
    struct weal_wallet_rpc *rpc = p->look->rpc;
    json_t *o;
    bool known = false;
    *height = 0;
    name[0] = 0;
    if (weal_wallet_rpc_call(rpc, "tx.status", json_pack("{s:o}", "id", weal_serve_hex(id, 32)),
                             &o) != WEAL_OK) {
        return FATE_WAITS;
    }
    const char *status = json_string_value(json_object_get(o, "status"));
    uint64_t h = (uint64_t)json_integer_value(json_object_get(o, "height"));
    bool final = status && strcmp(status, "final") == 0 && h != 0 && h != not_height;
    known = status && strcmp(status, "pending") == 0;
    json_decref(o);
    if (final) {
        if (weal_trust_receipt(p->trust, h, id, name) != WEAL_TRUST_OK) return FATE_WAITS;
        *height = h;
        return strcmp(name, weal_verdict_name(WEAL_ACCEPT)) == 0 ? FATE_FINAL : FATE_REFUSED;
    }
    if (known || (r->sent_ms != 0 && now_ms - r->sent_ms < RESEND_MS)) return FATE_WAITS;
    r->sent_ms = now_ms;
    enum weal_err e = weal_wallet_rpc_call(
        rpc, "tx.submit", json_pack("{s:o}", "tx", weal_serve_hex(tx.p, tx.n)), &o);
    if (e == WEAL_OK) json_decref(o);
    if (e != WEAL_ERR_INVALID) return FATE_WAITS;
    snprintf(name, 64, "%s", rpc->error);
    return FATE_REFUSED;
}

static bool is(const char *name, enum weal_verdict v) {
    return strcmp(name, weal_verdict_name(v)) == 0;
}

/* ---- the activity ---- */

static const struct weal_look_cohort *note_cohort(struct weal_psa *p,
                                                  const struct weal_receipt *r) {
    uint8_t t[32], note[32];
    weal_keys_note(t, p->seed, r->r.epoch, r->r.n);
    bool is_key = weal_note_key(note, p->x, t);
    sodium_memzero(t, sizeof t);
    return is_key ? weal_look_cohort(p->look, NOTES, note) : NULL;
}

/* The country's part of a path: notes of a whole country hide one another. */
static void pool_of(char pool[25], const char *jurisdiction) {
    size_t n = strcspn(jurisdiction, "-");
    memcpy(pool, jurisdiction, n);
    pool[n] = 0;
}

static enum weal_err step_token(struct weal_psa *p, struct weal_receipt *r, uint64_t now_ms,
                                bool *waits) {
    static struct weal_act a;
    struct weal_psa_receipt *v = &r->r;
    uint8_t t[32], random[64];
    char pool[25];
    if (weal_look_epoch(p->look) > v->epoch + 1)
        return lose(p, r, weal_verdict_name(WEAL_V_ACTIVITY_EPOCH), now_ms);
    const struct weal_look_cohort *k = weal_look_cohort(p->look, HUMANS, p->key);
    *waits = true;
    if (!k || !due(p, r, now_ms) || !ring_proven(p, r, k)) return WEAL_OK;
    psa_tell(p, r, true,
             "that one of the %u humans of cohort %llu was active in epoch %lu at module %u; "
             "nobody learns which one",
             k->ring.ring.keys_n, (unsigned long long)k->id, (unsigned long)v->epoch, v->module);
    weal_keys_note(t, p->seed, v->epoch, v->n);
    randombytes_buf(random, sizeof random);
    pool_of(pool, k->jurisdiction);
    enum weal_verdict e = weal_act_activity(&a, &p->look->chain, p->x, t, v->epoch, v->n, &k->ring,
                                            pool, v->module, random);
    sodium_memzero(t, sizeof t);
    sodium_memzero(random, sizeof random);
    if (e != WEAL_ACCEPT) return lose(p, r, weal_verdict_name(e), now_ms);
    v->act = weal_bytes(a.bytes, a.n);
    *waits = false;
    return move(p, r, WEAL_PSA_BOUND, WEAL_PSA_DID_SIGN, now_ms);
}

/* Puts the module's signature into the activity kept. */
static bool act_complete(struct weal_receipt *r, const uint8_t pop[64]) {
    static struct weal_act a;
    memset(&a, 0, sizeof a);
    if (!weal_tx_decode(&a.tx, r->r.act)) return false;
    memcpy(a.tx.act.activity.module_pop, pop, 64);
    if (!weal_act_seal(&a)) return false;
    r->r.act = weal_bytes(a.bytes, a.n);
    memcpy(r->r.act_id, a.id, 32);
    return true;
}

static enum weal_err step_bound(struct weal_psa *p, struct weal_receipt *r, uint64_t now_ms,
                                bool *waits) {
    struct weal_psa_receipt *v = &r->r;
    struct weal_wallet_rpc rpc;
    char host[64] = "";
    uint8_t pop[64];
    json_t *o;
    if (r->sent_ms != 0 && now_ms - r->sent_ms < RETRY_MS) return *waits = true, WEAL_OK;
    r->sent_ms = now_ms;
    memcpy(host, v->host.p, v->host.n);
    weal_wallet_rpc_init(&rpc, host, v->port);
    rpc.timeout_ms = RETRY_MS;
    enum weal_err e = weal_wallet_rpc_call(
        &rpc, "redeem",
        json_pack("{s:I, s:o, s:o, s:o}", "epoch", (json_int_t)v->epoch, "serial",
                  weal_serve_hex(v->serial, 32), "token", weal_serve_hex(v->token, 64), "tx",
                  weal_serve_hex(v->act.p, v->act.n)),
        &o);
    if (e == WEAL_OK) {
        bool good = weal_serve_bytes(o, "pop", pop, 64) && act_complete(r, pop);
        json_decref(o);
        r->sent_ms = 0;
        e = good ? move(p, r, WEAL_PSA_SIGNED, WEAL_PSA_DID_REDEEM, now_ms)
                 : lose(p, r, "module-answer", now_ms);
    } else {
        bool over = weal_look_epoch(p->look) > v->epoch + 1;
        bool spent = e == WEAL_ERR_INVALID && strcmp(rpc.error, "module_redeemed") == 0;
        e = WEAL_OK;
        if (over || spent) { /* it was never on the chain: the epoch's number is free again */
            v->act = weal_bytes(NULL, 0);
            e = lose(p, r, spent ? "module-redeemed" : weal_verdict_name(WEAL_V_ACTIVITY_EPOCH),
                     now_ms);
        }
    }
    weal_wallet_rpc_release(&rpc);
    return e;
}

static enum weal_err noted(struct weal_psa *p, struct weal_receipt *r, uint64_t height,
                           uint64_t now_ms) {
    r->r.act_height = height;
    r->r.due_ms = 0;
    r->sent_ms = now_ms;
    return move(p, r, WEAL_PSA_NOTE, WEAL_PSA_DID_NOTE, now_ms);
}

static enum weal_err step_signed(struct weal_psa *p, struct weal_receipt *r, uint64_t now_ms,
                                 bool *waits) {
    struct weal_psa_receipt *v = &r->r;
    char name[64];
    uint64_t height;
    if (note_cohort(p, r)) return noted(p, r, v->act_height, now_ms);
    switch (follow(p, r, v->act, v->act_id, v->act_height, now_ms, name, &height)) {
    case FATE_FINAL:
        return noted(p, r, height, now_ms);
    case FATE_WAITS:
        *waits = true;
        break;
    case FATE_REFUSED:
        /* shown by nobody but the owner: it is in */
        if (is(name, WEAL_V_ACTIVITY_TAG_SHOWN)) return noted(p, r, v->act_height, now_ms);
        if (is(name, WEAL_V_ACTIVITY_EPOCH) || is(name, WEAL_V_ACTIVITY_REDO_COHORT) ||
            is(name, WEAL_V_COHORT_DISSOLVED) || is(name, WEAL_V_COHORT_VERSION_OLD) ||
            is(name, WEAL_V_MODULE_UNKNOWN) || height != 0) {
            return lose(p, r, name, now_ms);
        }
        break; /* full, busy, waiting already: it is sent again */
    }
    return WEAL_OK;
}

/* ---- the income ---- */

static bool epoch_used(const struct weal_psa *p, const struct weal_receipt *mine, uint32_t epoch) {
    for (size_t i = 0; i < p->n; i++) {
        const struct weal_psa_receipt *v = &p->receipts[i].r;
        if (&p->receipts[i] == mine) continue;
        if ((v->state == WEAL_PSA_CLAIM || v->state == WEAL_PSA_PAID) && v->claim_epoch == epoch)
            return true;
    }
    /* refused once because another device with this seed had claimed it */
    return mine->r.why.n != 0 && mine->r.claim_epoch == epoch && mine->r.claim_height == 0;
}

/* The epoch this note shall claim: its own, else the oldest that still can be; false: none now. */
static bool epoch_choose(const struct weal_psa *p, const struct weal_receipt *r, uint32_t dealt,
                         uint32_t *out) {
    uint32_t now = weal_look_epoch(p->look);
    uint32_t last = (uint32_t)p->look->claim_epochs;
    uint32_t first = now > last ? now - last : 0;
    if (r->r.epoch >= first && r->r.epoch < now && !epoch_used(p, r, r->r.epoch)) {
        return *out = r->r.epoch, true;
    }
    for (uint32_t e = first; e < now && e <= dealt; e++) {
        if (e != r->r.epoch && !epoch_used(p, r, e)) return *out = e, true;
    }
    return false;
}

static enum weal_err claim_make(struct weal_psa *p, struct weal_receipt *r,
                                const struct weal_look_cohort *k, uint32_t epoch, uint64_t now_ms) {
    static struct weal_act a;
    struct weal_psa_receipt *v = &r->r;
    uint8_t t[32], secret[32], random[32];
    psa_tell(p, r, true,
             "that one of the %u activity notes of cohort %llu claims the income of epoch %lu, to "
             "a new account",
             k->ring.ring.keys_n, (unsigned long long)k->id, (unsigned long)epoch);
    weal_keys_note(t, p->seed, v->epoch, v->n);
    weal_keys_income(secret, v->to, p->seed, epoch, v->attempt);
    sodium_memzero(secret, sizeof secret);
    randombytes_buf(random, sizeof random);
    enum weal_verdict e =
        weal_act_claim(&a, &p->look->chain, p->x, t, epoch, &k->ring, v->to, random);
    sodium_memzero(t, sizeof t);
    sodium_memzero(random, sizeof random);
    if (e != WEAL_ACCEPT) return lose(p, r, weal_verdict_name(e), now_ms);
    v->claim_epoch = epoch;
    v->claim = weal_bytes(a.bytes, a.n);
    memcpy(v->claim_id, a.id, 32);
    v->why = weal_bytes(NULL, 0);
    r->sent_ms = 0;
    return move(p, r, WEAL_PSA_CLAIM, WEAL_PSA_DID_CLAIM, now_ms);
}

static enum weal_err step_note(struct weal_psa *p, struct weal_receipt *r, uint64_t now_ms,
                               bool *waits) {
    struct weal_psa_receipt *v = &r->r;
    uint32_t now = weal_look_epoch(p->look), epoch;
    const struct weal_look_cohort *k = note_cohort(p, r);
    *waits = true;
    if (!k) {
        if (now > v->epoch + 1 + REDO_EPOCHS)
            return lose(p, r, weal_verdict_name(WEAL_V_ACTIVITY_EPOCH), now_ms);
        /* undealt when its last epoch ended: made again, by the same bytes */
        return now > v->epoch + 1 && (r->sent_ms == 0 || now_ms - r->sent_ms > REDO_MS)
                   ? move(p, r, WEAL_PSA_SIGNED, WEAL_PSA_DID_AGAIN, now_ms)
                   : WEAL_OK;
    }
    if (!epoch_choose(p, r, k->epoch, &epoch)) {
        bool over = now > k->epoch + p->look->claim_epochs;
        return over ? lose(p, r, weal_verdict_name(WEAL_V_CLAIM_LATE), now_ms) : WEAL_OK;
    }
    if (!p->policy.claim) return WEAL_OK;
    if (v->due_ms == 0) {
        v->due_ms = psa_later(p, now_ms);
        enum weal_err e = psa_keep(p, r, 0, now_ms);
        if (e != WEAL_OK) return e;
    }
    if (!due(p, r, now_ms) || !ring_proven(p, r, k)) return WEAL_OK;
    *waits = false;
    return claim_make(p, r, k, epoch, now_ms);
}

static enum weal_err claim_refused(struct weal_psa *p, struct weal_receipt *r, const char *name,
                                   uint64_t height, uint64_t now_ms) {
    struct weal_psa_receipt *v = &r->r;
    bool exists = is(name, WEAL_V_CLAIM_DESTINATION);
    if (is(name, WEAL_V_CLAIM_NOTE_SPENT)) return lose(p, r, name, now_ms);
    if (exists && v->attempt < ATTEMPTS) { /* somebody paid to it first: another one */
        v->attempt++;
        return move(p, r, WEAL_PSA_NOTE, WEAL_PSA_DID_AGAIN, now_ms);
    }
    if (is(name, WEAL_V_CLAIM_TAG_SHOWN) || is(name, WEAL_V_CLAIM_LATE)) {
        why_set(r, name);
        return move(p, r, WEAL_PSA_NOTE, WEAL_PSA_DID_AGAIN, now_ms);
    }
    if (is(name, WEAL_V_COHORT_VERSION_OLD) || height != 0) {
        return move(p, r, WEAL_PSA_NOTE, WEAL_PSA_DID_AGAIN, now_ms);
    }
    return WEAL_OK; /* full, busy, waiting already */
}

static enum weal_err step_claim(struct weal_psa *p, struct weal_receipt *r, uint64_t now_ms,
                                bool *waits) {
    struct weal_psa_receipt *v = &r->r;
    char name[64];
    uint64_t height;
    switch (follow(p, r, v->claim, v->claim_id, 0, now_ms, name, &height)) {
    case FATE_FINAL:
        v->claim_height = height;
        psa_tell(p, r, false, "the income of epoch %lu is yours, final in block %llu",
                 (unsigned long)v->claim_epoch, (unsigned long long)height);
        return move(p, r, WEAL_PSA_PAID, WEAL_PSA_DID_INCOME, now_ms);
    case FATE_WAITS:
        *waits = true;
        return WEAL_OK;
    case FATE_REFUSED:
        break;
    }
    return claim_refused(p, r, name, height, now_ms);
}

enum weal_err psa_step(struct weal_psa *p, struct weal_receipt *r, uint64_t now_ms, bool *waits) {
    switch ((enum weal_psa_state)r->r.state) {
    case WEAL_PSA_ASKED: /* only its owner can ask again, at the module */
        *waits = true;
        return weal_look_epoch(p->look) > r->r.epoch + 1 ? lose(p, r, "module-silent", now_ms)
                                                         : WEAL_OK;
    case WEAL_PSA_TOKEN:
        return step_token(p, r, now_ms, waits);
    case WEAL_PSA_BOUND:
        return step_bound(p, r, now_ms, waits);
    case WEAL_PSA_SIGNED:
        return step_signed(p, r, now_ms, waits);
    case WEAL_PSA_NOTE:
        return step_note(p, r, now_ms, waits);
    case WEAL_PSA_CLAIM:
        return step_claim(p, r, now_ms, waits);
    case WEAL_PSA_PAID:
    case WEAL_PSA_LOST:
        return WEAL_OK;
    }
    return lose(p, r, "wallet-record", now_ms);
}
