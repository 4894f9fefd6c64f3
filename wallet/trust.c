/* SPDX-License-Identifier: ISC */
#include "wallet/trust.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "consensus/light/roots.h"
#include "crypto/tree/tree.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
};
enum { VALUE_MAX = 65536, WALK_MAX = 64, TRIES = 100, TRY_MS = 30 };

static enum weal_trust_result fail(struct weal_trust *t, enum weal_trust_result r, const char *name,
                                   const char *sentence) {
    snprintf(t->name, sizeof t->name, "%s", name);
    snprintf(t->sentence, sizeof t->sentence, "%s", sentence);
    return r;
}
static enum weal_trust_result lie(struct weal_trust *t, enum weal_verdict v) {
    return fail(t, WEAL_TRUST_LIE, weal_verdict_name(v), weal_verdict_sentence(v));
}
static enum weal_trust_result contradiction(struct weal_trust *t) {
    return fail(t, WEAL_TRUST_LIE, "wallet-checkpoint",
                "the node shows another block than the trusted one at that height; it lies or "
                "follows a fork");
}
static enum weal_trust_result no_memory(struct weal_trust *t) {
    return fail(t, WEAL_TRUST_MEMORY, "no-memory", weal_err_text(WEAL_ERR_NO_MEMORY));
}

static enum weal_trust_result call(struct weal_trust *t, const char *method, json_t *params,
                                   json_t **out) {
    enum weal_err e = weal_wallet_rpc_call(t->rpc, method, params, out);
    if (e == WEAL_OK) return WEAL_TRUST_OK;
    if (e == WEAL_ERR_INVALID && t->rpc->error[0]) {
        return fail(t, WEAL_TRUST_NODE, t->rpc->error, t->rpc->sentence);
    }
    return fail(t, WEAL_TRUST_NODE, "wallet-node",
                e == WEAL_ERR_CORRUPT ? "the node's answer is no JSON-RPC"
                                      : "no node answers there; is weald running?");
}

static json_t *hex_json(const uint8_t *p, size_t n) {
    char text[2 * 64 + 1];
    sodium_bin2hex(text, sizeof text, p, n);
    return json_string(text);
}

/* ---- genesis ---- */

static enum weal_trust_result begin(struct weal_trust *t, const struct weal_genesis *g) {
    struct weal_set set = {.n = g->validators_n};
    uint64_t bonds[WEAL_SET_MAX], weights[WEAL_SET_MAX];
    const char *which;
    bool whole;
    enum weal_verdict v = weal_genesis_check(g, &which);
    if (v != WEAL_ACCEPT) return lie(t, v);
    weal_genesis_params(&t->params, g, &whole);
    weal_genesis_lineage(t->chain.lineage, g, t->chain.id);
    t->genesis_ms = g->time_ms;
    memcpy(t->prefix, g->prefix.p, g->prefix.n);
    memcpy(t->name_of_chain, g->name.p, g->name.n);
    for (unsigned i = 0; i < set.n; i++) bonds[i] = g->validators[i].bond;
    weal_set_weights(bonds, weights, set.n);
    for (unsigned i = 0; i < set.n; i++) {
        memcpy(set.v[i].account, g->validators[i].account, 32);
        memcpy(set.v[i].seat, g->validators[i].seat, 32);
        set.v[i].weight = weights[i];
    }
    /* the root of height 0 is not known and never used: records are proven under later headers */
    static const uint8_t no_root[32];
    v = weal_light_init(&t->base, t->chain.id, t->params.term_blocks, &set, NULL, t->chain.id,
                        no_root);
    t->genesis = t->past = t->at = t->base;
    return v == WEAL_ACCEPT ? WEAL_TRUST_OK : lie(t, v);
}

enum weal_trust_result weal_trust_open(struct weal_trust *t, struct weal_wallet_rpc *rpc,
                                       const uint8_t *chain) {
    json_t *answer;
    memset(t, 0, sizeof *t);
    t->rpc = rpc;
    enum weal_trust_result r = call(t, "chain.genesis", NULL, &answer);
    if (r != WEAL_TRUST_OK) return r;
    uint8_t *bytes = malloc(WEAL_GENESIS_SIZE_MAX);
    struct weal_genesis *g = calloc(1, sizeof *g);
    if (!bytes || !g) {
        r = no_memory(t);
    } else {
        size_t n =
            weal_wallet_hex(json_object_get(answer, "genesis"), bytes, WEAL_GENESIS_SIZE_MAX);
        weal_genesis_chain_id(t->chain.id, weal_bytes(bytes, n));
        if (chain && memcmp(chain, t->chain.id, 32) != 0) {
            r = fail(t, WEAL_TRUST_CHAIN, "wallet-other-chain",
                     "the node's genesis is not that of the chain this wallet was made for");
        } else if (!weal_genesis_decode(g, weal_bytes(bytes, n))) {
            r = lie(t, WEAL_V_ENCODING);
        } else {
            r = begin(t, g);
        }
    }
    free(bytes);
    free(g);
    json_decref(answer);
    return r;
}

/* ---- headers ---- */

struct fetched {
    uint8_t bytes[WEAL_HEADER_SIZE_MAX], id[32];
    size_t n;
    struct weal_header head;
    uint8_t cert[WEAL_CERTIFICATE_SIZE_MAX];
    size_t cert_n; /* 0: it has none of its own */
};

static enum weal_trust_result fetch(struct weal_trust *t, uint64_t height, struct fetched *f) {
    json_t *answer;
    enum weal_trust_result r =
        call(t, "chain.header", json_pack("{s:I}", "height", (json_int_t)height), &answer);
    if (r != WEAL_TRUST_OK) return r;
    f->n = weal_wallet_hex(json_object_get(answer, "header"), f->bytes, sizeof f->bytes);
    f->cert_n = weal_wallet_hex(json_object_get(answer, "certificate"), f->cert, sizeof f->cert);
    json_decref(answer);
    struct weal_rd rd = weal_rd(weal_bytes(f->bytes, f->n));
    weal_header_get(&rd, &f->head);
    if (!weal_rd_done(&rd)) return lie(t, WEAL_V_ENCODING);
    if (f->head.height != height) return lie(t, WEAL_V_LIGHT_HEIGHT);
    weal_header_id(f->id, weal_bytes(f->bytes, f->n));
    return WEAL_TRUST_OK;
}

static enum weal_trust_result accept(struct weal_trust *t, struct weal_light *l,
                                     const struct fetched *f) {
    struct weal_certificate cert;
    struct weal_rd rd = weal_rd(weal_bytes(f->cert, f->cert_n));
    weal_certificate_get(&rd, &cert);
    if (!weal_rd_done(&rd)) return lie(t, WEAL_V_ENCODING);
    enum weal_verdict v = weal_light_header_var(l, weal_bytes(f->bytes, f->n), &cert, NULL);
    if (v != WEAL_ACCEPT) return lie(t, v);
    t->headers++;
    return WEAL_TRUST_OK;
}

/* The set of a term, from the state; it need not be proven, since its hash is known already. */
static enum weal_trust_result set_fetch(struct weal_trust *t, uint32_t term, struct weal_set *set) {
    uint8_t key[5] = {TABLE_TERM}, *value = malloc(VALUE_MAX);
    struct weal_st_term *record = malloc(sizeof *record);
    json_t *answer = NULL;
    weal_put_be32(key + 1, term);
    enum weal_trust_result r =
        value && record
            ? call(t, "state.get", json_pack("{s:o}", "key", hex_json(key, sizeof key)), &answer)
            : no_memory(t);
    if (r == WEAL_TRUST_OK) {
        size_t n = weal_wallet_hex(json_object_get(answer, "value"), value, VALUE_MAX);
        struct weal_rd rd = weal_rd(weal_bytes(value, n));
        weal_st_term_get(&rd, record);
        if (!weal_rd_done(&rd) || record->members_n > WEAL_SET_MAX) {
            r = lie(t, WEAL_V_ENCODING);
        } else {
            *set = (struct weal_set){.n = record->members_n};
            for (unsigned i = 0; i < set->n; i++) {
                memcpy(set->v[i].account, record->members[i].account, 32);
                memcpy(set->v[i].seat, record->members[i].seat, 32);
                set->v[i].weight = record->members[i].weight;
            }
        }
    }
    json_decref(answer);
    free(record);
    free(value);
    return r;
}

/* Brings l to the start of this term: the last header of each term fixes the next one's set. */
static enum weal_trust_result reach_term(struct weal_trust *t, struct weal_light *at,
                                         uint32_t term) {
    struct fetched f;
    struct weal_set next;
    while (at->term < term) {
        uint64_t boundary = ((uint64_t)at->term + 1) * t->params.term_blocks;
        struct weal_light l = *at;
        enum weal_trust_result r = WEAL_TRUST_OK;
        if (l.height != boundary) { /* a checkpoint may be that block already */
            r = fetch(t, boundary, &f);
            if (r == WEAL_TRUST_OK) r = accept(t, &l, &f);
        }
        if (r == WEAL_TRUST_OK && l.height == t->saved.height &&
            memcmp(l.id, t->saved.id, 32) != 0) {
            r = contradiction(t);
        }
        if (r == WEAL_TRUST_OK) r = set_fetch(t, l.term + 1, &next);
        if (r != WEAL_TRUST_OK) return r;
        enum weal_verdict v = weal_light_next_term(&l, &next);
        if (v != WEAL_ACCEPT) return lie(t, v);
        *at = l;
    }
    return WEAL_TRUST_OK;
}

/* The light client at, or before, this header of its term. */
static enum weal_trust_result reach(struct weal_trust *t, const struct weal_header *h,
                                    struct weal_light *out) {
    bool later = h->term > t->base.term || (h->term == t->base.term && h->height > t->base.height);
    struct weal_light *from = later ? &t->base : &t->past;
    if (!later && t->past.term > h->term) t->past = t->genesis;
    enum weal_trust_result r = reach_term(t, from, h->term);
    *out = *from;
    return r;
}

enum weal_trust_result weal_trust_term(struct weal_trust *t, uint32_t term,
                                       struct weal_light *out) {
    const struct weal_header h = {.term = term, .height = term * t->params.term_blocks};
    if (term == 0) return *out = t->genesis, WEAL_TRUST_OK;
    return reach(t, &h, out);
}

enum weal_trust_result weal_trust_resume(struct weal_trust *t, const struct weal_light *saved,
                                         bool walk) {
    struct fetched f;
    if (saved->height == 0) return WEAL_TRUST_OK;
    enum weal_trust_result r = fetch(t, saved->height, &f);
    if (r == WEAL_TRUST_NODE && strcmp(t->name, "rpc-not-found") == 0) {
        return fail(t, r, "node-behind",
                    "the node has not reached a block that this wallet verified before");
    }
    if (r != WEAL_TRUST_OK) return r;
    if (memcmp(f.id, saved->id, 32) != 0) return contradiction(t);
    t->saved = *saved;
    if (!walk) t->base = t->at = *saved;
    return WEAL_TRUST_OK;
}

enum weal_trust_result weal_trust_checkpoint(struct weal_trust *t, uint64_t height,
                                             const uint8_t id[32]) {
    struct fetched f;
    struct weal_set set;
    struct weal_light l;
    enum weal_trust_result r = fetch(t, height, &f);
    if (r != WEAL_TRUST_OK) return r;
    if (memcmp(f.id, id, 32) != 0) return contradiction(t);
    if (f.head.term == 0) {
        set = t->genesis.set;
    } else {
        r = set_fetch(t, f.head.term, &set);
        if (r != WEAL_TRUST_OK) return r;
    }
    enum weal_verdict v =
        weal_light_init(&l, t->chain.id, t->params.term_blocks, &set, &f.head, NULL, NULL);
    if (v != WEAL_ACCEPT) return lie(t, v);
    t->base = t->at = l;
    return WEAL_TRUST_OK;
}

enum weal_trust_result weal_trust_header(struct weal_trust *t, uint64_t height) {
    struct fetched first, f;
    struct weal_light l;
    enum weal_trust_result r = fetch(t, height, &first);
    if (r != WEAL_TRUST_OK) return r;
    f = first;
    for (unsigned tries = 0; f.cert_n == 0; tries++) {
        struct fetched next;
        if (tries == WALK_MAX || f.head.height % t->params.term_blocks == 0) {
            return lie(t, WEAL_V_LIGHT_CERTIFICATE);
        }
        r = fetch(t, f.head.height + 1, &next);
        if (r != WEAL_TRUST_OK) return r;
        if (memcmp(next.head.parent, f.id, 32) != 0) return lie(t, WEAL_V_LIGHT_CERTIFICATE);
        f = next;
    }
    r = reach(t, &f.head, &l);
    if (r == WEAL_TRUST_OK) r = accept(t, &l, &f);
    if (r != WEAL_TRUST_OK) return r;
    l.height = height; /* all of its ancestors are final with it */
    l.time_ms = first.head.time_ms;
    memcpy(l.id, first.id, 32);
    memcpy(l.state_root, first.head.state_root, 32);
    t->at = l;
    return WEAL_TRUST_OK;
}

/* ---- records ---- */

static bool pause_a_little(void) {
    struct timespec ts = {0, TRY_MS * 1000000};
    nanosleep(&ts, NULL);
    return true;
}

/* One answer of state.get, and the header it stands under. *again: its header is not there yet. */
static enum weal_trust_result record_once(struct weal_trust *t, struct weal_bytes key,
                                          uint8_t *value, size_t *n, bool *present, bool *again) {
    json_t *answer;
    enum weal_trust_result r =
        call(t, "state.get", json_pack("{s:o}", "key", hex_json(key.p, key.n)), &answer);
    *again = false;
    if (r != WEAL_TRUST_OK) return r;
    json_int_t height = json_integer_value(json_object_get(answer, "height"));
    uint8_t *proof = malloc(WEAL_TREE_PROOF_MAX);
    *present = json_is_true(json_object_get(answer, "present"));
    *n = weal_wallet_hex(json_object_get(answer, "value"), value, VALUE_MAX);
    size_t proof_n =
        !proof ? 0 : weal_wallet_hex(json_object_get(answer, "proof"), proof, WEAL_TREE_PROOF_MAX);
    json_decref(answer);
    if (!proof) r = no_memory(t);
    if (r == WEAL_TRUST_OK && height <= 0) {
        r = fail(t, WEAL_TRUST_NODE, "wallet-no-block", "the chain has no final block yet");
        *again = true;
    }
    if (r == WEAL_TRUST_OK) {
        r = weal_trust_header(t, (uint64_t)height);
        *again = r == WEAL_TRUST_NODE && strcmp(t->name, "rpc-not-found") == 0;
    }
    if (r == WEAL_TRUST_OK) {
        struct weal_bytes p = weal_bytes(proof, proof_n);
        enum weal_verdict v = *present
                                  ? weal_light_present_var(&t->at, key, weal_bytes(value, *n), p)
                                  : weal_light_absent_var(&t->at, key, p);
        if (v != WEAL_ACCEPT) r = lie(t, v);
    }
    free(proof);
    return r;
}

enum weal_trust_result weal_trust_record(struct weal_trust *t, struct weal_bytes key,
                                         uint8_t *value, size_t *n, bool *present) {
    bool again;
    enum weal_trust_result r;
    unsigned tries = 0;
    do {
        r = record_once(t, key, value, n, present, &again);
    } while (again && ++tries < TRIES && pause_a_little());
    return r;
}

/* ---- receipts ---- */

static enum weal_trust_result receipts_check(struct weal_trust *t, const json_t *list,
                                             const struct weal_header *h, const uint8_t id[32],
                                             char code[64]) {
    struct weal_roots roots;
    uint8_t root[32];
    bool found = false;
    weal_roots_init(&roots);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *tx = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(tx, "code"));
        uint8_t item[32 + 64];
        struct weal_wr w = weal_wr(item, sizeof item);
        if (weal_wallet_hex(json_object_get(tx, "id"), item, 32) != 32 || !name) {
            return lie(t, WEAL_V_ENCODING);
        }
        w.n = 32;
        if (!*name) name = weal_verdict_name(WEAL_ACCEPT);
        weal_wr_text(&w, name);
        if (w.failed) return lie(t, WEAL_V_ENCODING);
        weal_roots_add(&roots, weal_wr_done(&w));
        if (memcmp(item, id, 32) == 0) {
            found = true;
            snprintf(code, 64, "%s", name);
        }
    }
    weal_roots_final(&roots, root);
    if (memcmp(root, h->receipt_root, 32) != 0) {
        return fail(t, WEAL_TRUST_LIE, "wallet-receipt-root",
                    "the block's transactions and codes do not lead to its receipt root");
    }
    return found ? WEAL_TRUST_OK
                 : fail(t, WEAL_TRUST_LIE, "wallet-receipt-absent",
                        "the transaction is not in the block the node named");
}

enum weal_trust_result weal_trust_receipt(struct weal_trust *t, uint64_t height,
                                          const uint8_t id[32], char code[64]) {
    struct fetched f;
    json_t *answer = NULL;
    enum weal_trust_result r = weal_trust_header(t, height);
    if (r == WEAL_TRUST_OK) r = fetch(t, height, &f);
    if (r == WEAL_TRUST_OK && memcmp(f.id, t->at.id, 32) != 0) {
        r = lie(t, WEAL_V_LIGHT_CERTIFICATE);
    }
    if (r == WEAL_TRUST_OK) {
        r = call(t, "chain.block", json_pack("{s:I}", "height", (json_int_t)height), &answer);
    }
    if (r == WEAL_TRUST_OK) {
        r = receipts_check(t, json_object_get(answer, "transactions"), &f.head, id, code);
    }
    json_decref(answer);
    return r;
}
