/* SPDX-License-Identifier: ISC */
#include "wallet/enrol.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/oprf/threshold.h"
#include "wallet/place.h"
#include "wallet/service/sealed.h"
#include "wallet/service/serve.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    ANSWER_MS = 5000,
    RENEWED_TRIES = 20, /* until wallet, nodes and attestors see the same renewal */
    RENEWED_MS = 500
};

/* ---- the registry ---- */

enum weal_err weal_enrol_look(void *ctx, uint8_t table, struct weal_bytes key, uint8_t *value,
                              size_t *n) {
    return weal_look_record(ctx, table, key, value, n);
}

static enum weal_err record_quorum(struct weal_st_quorum *q, weal_enrol_record *read, void *ctx,
                                   uint8_t *value) {
    size_t n;
    enum weal_err e = read(ctx, TABLE_QUORUM, weal_bytes(NULL, 0), value, &n);
    if (e != WEAL_OK) return e;
    struct weal_rd rd = weal_rd(weal_bytes(value, n));
    weal_st_quorum_get(&rd, q);
    return weal_rd_done(&rd) ? WEAL_OK : WEAL_ERR_CORRUPT;
}

static enum weal_err record_attestor(struct weal_quorum_member *m, uint16_t i,
                                     weal_enrol_record *read, void *ctx, uint8_t *value) {
    uint8_t key[2] = {(uint8_t)(i >> 8), (uint8_t)i};
    struct weal_st_attestor a;
    size_t n;
    enum weal_err e = read(ctx, TABLE_ATTESTOR, WEAL_BYTES(key), value, &n);
    if (e != WEAL_OK) return e;
    struct weal_rd rd = weal_rd(weal_bytes(value, n));
    weal_st_attestor_get(&rd, &a);
    memcpy(m->key, a.key, 32);
    memcpy(m->share, a.share, 32);
    m->active = a.active != 0;
    return weal_rd_done(&rd) ? WEAL_OK : WEAL_ERR_CORRUPT;
}

enum weal_err weal_quorum_renewals(uint32_t *n, weal_enrol_record *read, void *ctx) {
    struct weal_st_quorum record;
    uint8_t *value = malloc(65536);
    if (!value) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = record_quorum(&record, read, ctx, value);
    free(value);
    if (e == WEAL_OK) *n = record.renewals;
    return e;
}

enum weal_err weal_quorum_read(struct weal_quorum *q, weal_enrol_record *read, void *ctx) {
    struct weal_st_quorum record, after;
    uint8_t *value = malloc(65536);
    enum weal_err e = value ? WEAL_ERR_BUSY : WEAL_ERR_NO_MEMORY;
    for (int tries = 0; e == WEAL_ERR_BUSY && tries < 5; tries++) {
        memset(q, 0, sizeof *q);
        e = record_quorum(&record, read, ctx, value);
        if (e != WEAL_OK) break;
        q->t = record.t;
        q->n = record.n < WEAL_ENROL_ATTESTORS ? record.n : WEAL_ENROL_ATTESTORS;
        q->renewals = record.renewals;
        memcpy(q->voprf, record.voprf, 32);
        for (uint16_t i = 0; e == WEAL_OK && i < q->n; i++) {
            e = record_attestor(&q->member[i], i, read, ctx, value);
        }
        /* a renewal may have come between two records: commitments of two are never mixed */
        if (e == WEAL_OK) e = record_quorum(&after, read, ctx, value);
        if (e == WEAL_OK && after.renewals != record.renewals) e = WEAL_ERR_BUSY;
    }
    free(value);
    return e;
}

bool weal_quorum_answer_good(const struct weal_quorum *q, uint16_t index, const uint8_t blinded[32],
                             const uint8_t evaluated[32], const uint8_t proof[64]) {
    return index < q->n && q->member[index].active &&
           weal_oprf_check((const uint8_t(*)[32])blinded, (const uint8_t(*)[32])evaluated, 1,
                           q->member[index].share, proof) == WEAL_ACCEPT;
}

/* ---- asking ---- */

static enum weal_err refuse(struct weal_enrol *e, enum weal_err err, const char *name,
                            const char *sentence) {
    snprintf(e->name, sizeof e->name, "%s", name);
    snprintf(e->sentence, sizeof e->sentence, "%s", sentence);
    return err;
}

enum weal_err weal_enrol_open(struct weal_enrol *e, const struct weal_act_chain *chain,
                              weal_enrol_record *record, void *ctx, const char *addresses) {
    const char *at = addresses;
    memset(e, 0, sizeof *e);
    e->chain = *chain;
    e->record = record;
    e->ctx = ctx;
    e->liar = -1;
    for (uint16_t i = 0;; i++) {
        struct weal_place place;
        size_t n = strcspn(at, ",");
        if (n != 0) {
            const char *why = i < WEAL_ENROL_ATTESTORS ? weal_place_read(&place, at, n, 0)
                                                       : "at most 16 attestors are asked";
            if (why) {
                (void)refuse(e, WEAL_ERR_INVALID, "wallet-attestors", "");
                snprintf(e->sentence, sizeof e->sentence, "attestor %u, %.*s: %s", i,
                         n < 80 ? (int)n : 80, at, why);
                return WEAL_ERR_INVALID;
            }
            weal_wallet_rpc_init(&e->rpc[i], place.host, place.port);
            e->rpc[i].timeout_ms = ANSWER_MS;
        }
        at += n;
        if (*at != ',') break;
        at++;
    }
    return weal_quorum_read(&e->quorum, record, ctx);
}

void weal_enrol_release(struct weal_enrol *e) {
    for (int i = 0; i < WEAL_ENROL_ATTESTORS; i++) {
        if (e->rpc[i].port != 0) weal_wallet_rpc_release(&e->rpc[i]);
    }
    memset(e, 0, sizeof *e);
}

struct question { /* secrets and evidence of one enrolment */
    char text[WEAL_EVIDENCE_MAX];
    size_t text_n;
    uint8_t blind[32], blinded[32];
    uint16_t who[WEAL_SHARE_T_MAX]; /* attestors whose answers stand below */
    uint8_t answer[WEAL_SHARE_T_MAX][32], proof[WEAL_SHARE_T_MAX][64];
    unsigned answers;
};

static json_t *evidence_json(const struct weal_enrol *e, const struct weal_document *v,
                             const struct question *q) {
    return json_pack("{s:{s:s, s:s, s:s, s:s}, s:o, s:I}", "evidence", "jurisdiction",
                     v->jurisdiction, "kind", v->kind, "number", v->number, "born", v->born,
                     "blind", weal_serve_hex(q->blind, 32), "renewals",
                     (json_int_t)e->quorum.renewals);
}

/* An attestor's refusal. */
static void refused(struct weal_enrol *e, uint16_t i) {
    (void)refuse(e, WEAL_ERR_INVALID, e->rpc[i].error, e->rpc[i].sentence);
    if (strcmp(e->name, "attestor-renewal") == 0) e->renewed = true;
}

/* True when the attestor's answer is there and right. */
static bool ask(struct weal_enrol *e, uint16_t i, const struct weal_document *v,
                struct question *q) {
    json_t *r;
    uint8_t evaluated[32], proof[64];
    if (e->rpc[i].port == 0 || !e->quorum.member[i].active) return false;
    enum weal_err err = weal_sealed_call(&e->rpc[i], e->quorum.member[i].key, "evaluate",
                                         evidence_json(e, v, q), &r);
    if (err != WEAL_OK) {
        if (err == WEAL_ERR_INVALID) refused(e, i);
        return false;
    }
    bool good = weal_serve_bytes(r, "evaluated", evaluated, 32) &&
                weal_serve_bytes(r, "proof", proof, 64) &&
                weal_quorum_answer_good(&e->quorum, i, q->blinded, evaluated, proof);
    json_decref(r);
    if (!good) {
        e->liar = i;
        return false;
    }
    q->who[q->answers] = i;
    memcpy(q->answer[q->answers], evaluated, 32);
    memcpy(q->proof[q->answers++], proof, 64);
    return true;
}

static enum weal_err handle_make(struct weal_enrol *e, const struct weal_document *v,
                                 struct question *q, uint8_t handle[32]) {
    uint8_t whole[32], out[64];
    uint32_t holders[WEAL_SHARE_T_MAX];
    uint16_t n = e->quorum.n, first = (uint16_t)randombytes_uniform(n);
    for (uint16_t k = 0; k < n && q->answers < e->quorum.t; k++) {
        ask(e, (uint16_t)((first + k) % n), v, q);
    }
    if (q->answers < e->quorum.t) {
        if (e->name[0] != 0 && e->liar < 0) return WEAL_ERR_INVALID; /* as an attestor said */
        return refuse(e, WEAL_ERR_BUSY, "enrol-too-few",
                      "fewer attestors answered usably than are needed; try again later");
    }
    for (unsigned k = 0; k < q->answers; k++) holders[k] = q->who[k] + 1u;
    if (weal_oprf_combine(whole, holders, (const uint8_t(*)[32])q->answer, q->answers) !=
            WEAL_ACCEPT ||
        weal_oprf_finalize(out, weal_bytes((const uint8_t *)q->text, q->text_n), q->blind, whole) !=
            WEAL_ACCEPT) {
        return refuse(e, WEAL_ERR_CORRUPT, "enrol-combine", "the answers do not combine");
    }
    memcpy(handle, out, 32);
    sodium_memzero(out, sizeof out);
    return WEAL_OK;
}

static json_t *answers_json(const struct question *q) {
    json_t *list = json_array();
    for (unsigned k = 0; k < q->answers; k++) {
        json_array_append_new(list, json_pack("{s:i, s:o, s:o}", "attestor", (int)q->who[k],
                                              "evaluated", weal_serve_hex(q->answer[k], 32),
                                              "proof", weal_serve_hex(q->proof[k], 64)));
    }
    return list;
}

/* Signatures of t attestors, in the order of the registry. */
static enum weal_err sign(struct weal_enrol *e, const struct weal_document *v,
                          const struct question *q, struct weal_act *a) {
    struct weal_human_enrol *r = &a->tx.act.human_enrol;
    r->attests_n = 0;
    for (uint16_t i = 0; i < e->quorum.n && r->attests_n < e->quorum.t; i++) {
        json_t *answer, *params;
        if (e->rpc[i].port == 0 || !e->quorum.member[i].active) continue;
        params = evidence_json(e, v, q);
        json_object_set_new(params, "answers", answers_json(q));
        json_object_set_new(params, "tx", weal_serve_hex(a->bytes, a->n));
        enum weal_err err =
            weal_sealed_call(&e->rpc[i], e->quorum.member[i].key, "sign", params, &answer);
        if (err == WEAL_ERR_INVALID) {
            refused(e, i);
            /* a refusal by rule is the same everywhere */
            if (strcmp(e->name, "attestor-handle-known") == 0) return err;
        }
        if (err != WEAL_OK) continue;
        struct weal_tx_attest *s = &r->attests[r->attests_n];
        s->attestor = i;
        if (weal_serve_bytes(answer, "pop", s->pop, 64))
            r->attests_n++;
        else
            e->liar = i;
        json_decref(answer);
    }
    if (r->attests_n == e->quorum.t) return WEAL_OK;
    if (e->name[0] != 0) return WEAL_ERR_INVALID;
    return refuse(e, WEAL_ERR_BUSY, "enrol-too-few",
                  "fewer attestors signed than are needed; try again later");
}

/* Once, with the registry as it was read. */
static enum weal_err attempt(struct weal_enrol *e, const struct weal_document *evidence,
                             const uint8_t x[32], const char *jurisdiction, uint64_t valid_until,
                             struct weal_act *out) {
    struct question q = {0};
    uint8_t handle[32], random[32];
    e->liar = -1;
    e->renewed = false;
    e->name[0] = e->sentence[0] = 0;
    q.text_n = weal_evidence_text(q.text, evidence);
    if (q.text_n == 0) {
        return refuse(e, WEAL_ERR_INVALID, "evidence-unreadable",
                      "evidence wants jurisdiction, kind, number, and a date of birth such as "
                      "1990-02-03");
    }
    weal_secret_fresh(q.blind);
    randombytes_buf(random, sizeof random);
    enum weal_err err = weal_oprf_blind(q.blinded, weal_bytes((const uint8_t *)q.text, q.text_n),
                                        q.blind) == WEAL_ACCEPT
                            ? handle_make(e, evidence, &q, handle)
                            : WEAL_ERR_INVALID;
    if (err == WEAL_OK && weal_act_enrol(out, &e->chain, x, handle, jurisdiction, valid_until,
                                         random) != WEAL_ACCEPT) {
        err = refuse(e, WEAL_ERR_INVALID, "enrol-jurisdiction",
                     "the jurisdiction is a path such as CA-ON-TOR of at most 24 characters");
    }
    if (err == WEAL_OK) err = sign(e, evidence, &q, out);
    if (err == WEAL_OK && !weal_act_seal(out)) err = WEAL_ERR_INVALID;
    sodium_memzero(&q, sizeof q);
    sodium_memzero(random, sizeof random);
    return err;
}

/* Whether another renewal is why it failed; what was refused by rule is refused in all of them. */
static bool again(const struct weal_enrol *e) {
    return e->renewed && strncmp(e->name, "evidence-", 9) != 0 &&
           strcmp(e->name, "attestor-handle-known") != 0 &&
           strcmp(e->name, "attestor-other-key") != 0;
}

enum weal_err weal_enrol_act(struct weal_enrol *e, const struct weal_document *evidence,
                             const uint8_t x[32], const char *jurisdiction, uint64_t valid_until,
                             struct weal_act *out) {
    enum weal_err err = attempt(e, evidence, x, jurisdiction, valid_until, out);
    for (int tries = 0; err != WEAL_OK && again(e) && tries < RENEWED_TRIES; tries++) {
        struct timespec a_while = {0, RENEWED_MS * 1000000};
        if (tries != 0) nanosleep(&a_while, NULL); /* the first may be ours alone */
        enum weal_err read = weal_quorum_read(&e->quorum, e->record, e->ctx);
        if (read != WEAL_OK) {
            return refuse(e, read, "enrol-registry", "the registry of attestors cannot be read");
        }
        err = attempt(e, evidence, x, jurisdiction, valid_until, out);
    }
    return err;
}
