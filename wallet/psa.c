/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/oprf/oprf.h"
#include "wallet/keys.h"
#include "wallet/psa_int.h"
#include "wallet/service/serve.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    NOTES = 2, /* of an epoch */
    RECORD_MAX = WEAL_PSA_RECEIPT_SIZE_MAX + 1,
    MODULE_MS = 10000
};

char *weal_psa_folder(const char *wallet) {
    char *folder;
    return asprintf(&folder, "%s.agent", wallet) < 0 ? NULL : folder;
}

enum weal_err psa_fail(struct weal_psa *p, enum weal_err e, const char *name,
                       const char *sentence) {
    snprintf(p->name, sizeof p->name, "%s", name);
    snprintf(p->sentence, sizeof p->sentence, "%s", sentence);
    return e;
}

void psa_tell(struct weal_psa *p, const struct weal_receipt *r, bool signing, const char *format,
              ...) {
    char text[256];
    va_list args;
    if (!p->say) return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    p->say(p->ctx, &r->r, signing, text);
}

uint64_t psa_later(const struct weal_psa *p, uint64_t now_ms) {
    uint64_t most =
        p->policy.delay_s != 0 ? p->policy.delay_s * UINT64_C(1000) : p->look->window_ms;
    if (p->hurry || most == 0) return now_ms;
    return now_ms + randombytes_uniform(most < UINT32_MAX ? (uint32_t)most : UINT32_MAX);
}

/* ---- records ---- */

static void name_of(char out[48], uint32_t epoch, uint8_t n) {
    snprintf(out, 48, "receipt/%lu/%u", (unsigned long)epoch, n);
}

/* A record begins with the number of its form. */
static bool take(struct weal_receipt *r, uint8_t *bytes, size_t n) {
    struct weal_rd rd = weal_rd(weal_bytes(bytes, n));
    if (weal_rd_u8(&rd) != WEAL_PSA_RECEIPT_ID) return false;
    weal_psa_receipt_get(&rd, &r->r);
    r->bytes = bytes;
    return weal_rd_done(&rd);
}

enum weal_err psa_keep(struct weal_psa *p, struct weal_receipt *r, uint8_t what, uint64_t now_ms) {
    const uint16_t places = sizeof r->r.events / sizeof *r->r.events;
    char name[48];
    uint8_t *bytes = malloc(RECORD_MAX);
    if (!bytes) return psa_fail(p, WEAL_ERR_NO_MEMORY, "no-memory", "the system gave no memory");
    if (what != 0) {
        if (r->r.events_n < places) r->r.events_n++;
        r->r.events[r->r.events_n - 1] = (struct weal_psa_event){what, now_ms};
    }
    struct weal_wr w = weal_wr(bytes, RECORD_MAX);
    weal_wr_u8(&w, WEAL_PSA_RECEIPT_ID);
    weal_psa_receipt_put(&w, &r->r);
    name_of(name, r->r.epoch, r->r.n);
    enum weal_err e = w.failed ? WEAL_ERR_INVALID : weal_safe_put(&p->safe, name, weal_wr_done(&w));
    if (e != WEAL_OK) {
        free(bytes);
        return psa_fail(p, e, "wallet-record", weal_err_text(e));
    }
    free(r->bytes);
    return take(r, bytes, w.n) ? WEAL_OK : WEAL_ERR_CORRUPT;
}

/* Place for one more, in order; its record is all zeros. */
static struct weal_receipt *place(struct weal_psa *p, uint32_t epoch, uint8_t n) {
    if (p->n == p->cap) {
        size_t cap = p->cap * 2 + 16;
        struct weal_receipt *grown = realloc(p->receipts, cap * sizeof *grown);
        if (!grown) return NULL;
        p->receipts = grown;
        p->cap = cap;
    }
    size_t at = p->n++;
    for (; at > 0; at--) {
        const struct weal_psa_receipt *b = &p->receipts[at - 1].r;
        if (b->epoch < epoch || (b->epoch == epoch && b->n < n)) break;
        p->receipts[at] = p->receipts[at - 1];
    }
    p->receipts[at] = (struct weal_receipt){.r = {.epoch = epoch, .n = n}};
    return &p->receipts[at];
}

static enum weal_err load_one(void *ctx, struct weal_bytes record) {
    struct weal_psa *p = ctx;
    struct weal_receipt r = {0};
    if (record.n == 0 || record.p[0] != WEAL_PSA_RECEIPT_ID) return WEAL_OK;
    uint8_t *bytes = malloc(record.n);
    if (!bytes) return WEAL_ERR_NO_MEMORY;
    memcpy(bytes, record.p, record.n);
    if (!take(&r, bytes, record.n)) {
        free(bytes);
        return WEAL_ERR_CORRUPT;
    }
    struct weal_receipt *to = place(p, r.r.epoch, r.r.n);
    if (!to) {
        free(bytes);
        return WEAL_ERR_NO_MEMORY;
    }
    *to = r;
    return WEAL_OK;
}

static enum weal_err policy_load(struct weal_psa *p) {
    uint8_t *bytes = malloc(WEAL_SAFE_RECORD_MAX);
    size_t n;
    p->policy = (struct weal_psa_policy){.claim = 1};
    if (!bytes) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = weal_safe_get(&p->safe, "policy", bytes, &n);
    if (e == WEAL_OK) {
        struct weal_rd rd = weal_rd(weal_bytes(bytes, n));
        bool form = weal_rd_u8(&rd) == WEAL_PSA_POLICY_ID;
        weal_psa_policy_get(&rd, &p->policy);
        if (!form || !weal_rd_done(&rd)) e = WEAL_ERR_CORRUPT;
    }
    free(bytes);
    return e == WEAL_ERR_NOT_FOUND ? WEAL_OK : e;
}

enum weal_err weal_psa_policy_set(struct weal_psa *p, const struct weal_psa_policy *policy) {
    uint8_t bytes[WEAL_PSA_POLICY_SIZE_MAX + 1];
    struct weal_wr w = weal_wr(bytes, sizeof bytes);
    weal_wr_u8(&w, WEAL_PSA_POLICY_ID);
    weal_psa_policy_put(&w, policy);
    enum weal_err e = weal_safe_put(&p->safe, "policy", weal_wr_done(&w));
    if (e == WEAL_OK) p->policy = *policy;
    return e;
}

enum weal_err weal_psa_open(struct weal_psa *p, const char *folder, const uint8_t seed[32],
                            struct weal_look *look, struct weal_trust *trust) {
    uint8_t key[32];
    memset(p, 0, sizeof *p);
    p->look = look;
    p->trust = trust;
    memcpy(p->seed, seed, 32);
    weal_keys_human(p->x, seed, 0);
    weal_keys_safe(key, seed);
    enum weal_err e = weal_human_key(p->key, p->x)
                          ? weal_safe_open(&p->safe, folder, key, trust->chain.id)
                          : WEAL_ERR_CRYPTO;
    sodium_memzero(key, sizeof key);
    if (e == WEAL_OK) e = policy_load(p);
    if (e == WEAL_OK) e = weal_safe_each(&p->safe, load_one, p);
    if (e != WEAL_OK) weal_psa_close(p);
    return e;
}

void weal_psa_close(struct weal_psa *p) {
    for (size_t i = 0; i < p->n; i++) {
        sodium_memzero(&p->receipts[i].r, sizeof p->receipts[i].r);
        free(p->receipts[i].bytes);
    }
    free(p->receipts);
    weal_safe_close(&p->safe);
    sodium_memzero(p, sizeof *p);
    p->safe.lock = -1;
}

/* ---- a visit ---- */

/* Is this the key that the chain has for the module in the epoch? Proven. */
static bool key_published(struct weal_psa *p, uint16_t module, uint32_t epoch,
                          const uint8_t key[32]) {
    uint8_t at[7] = {TABLE_MODULE_EPOCH, (uint8_t)(module >> 8), (uint8_t)module};
    uint8_t *value = malloc(65536);
    size_t n;
    bool present = false;
    weal_put_be32(at + 3, epoch);
    bool good = value &&
                weal_trust_record(p->trust, WEAL_BYTES(at), value, &n, &present) == WEAL_TRUST_OK &&
                present && n >= 32 && memcmp(value, key, 32) == 0;
    free(value);
    return good;
}

/* Asks the module for its answer to the blinded serial, and checks it. */
static enum weal_err token_ask(struct weal_psa *p, struct weal_receipt *r) {
    struct weal_psa_receipt *v = &r->r;
    const struct weal_bytes in = WEAL_BYTES(v->serial);
    struct weal_wallet_rpc rpc;
    uint8_t blinded[1][32], answer[1][32], key[32], proof[64];
    char host[64] = "";
    json_t *o;
    memcpy(host, v->host.p, v->host.n);
    if (weal_oprf_blind(blinded[0], in, v->blind) != WEAL_ACCEPT) return WEAL_ERR_CRYPTO;
    weal_wallet_rpc_init(&rpc, host, v->port);
    rpc.timeout_ms = MODULE_MS;
    enum weal_err e = weal_wallet_rpc_call(&rpc, "visit",
                                           json_pack("{s:I, s:o}", "epoch", (json_int_t)v->epoch,
                                                     "blinded", weal_serve_hex(blinded[0], 32)),
                                           &o);
    if (e == WEAL_OK) {
        bool whole = weal_serve_bytes(o, "key", key, 32) &&
                     weal_serve_bytes(o, "evaluated", answer[0], 32) &&
                     weal_serve_bytes(o, "proof", proof, 64);
        json_decref(o);
        if (!whole) {
            e = psa_fail(p, WEAL_ERR_INVALID, "module-answer", "the module's answer is not whole");
        } else if (!key_published(p, v->module, v->epoch, key)) {
            e = psa_fail(p, WEAL_ERR_INVALID, "module-key",
                         "the module answered under a key that the chain does not have for it: one "
                         "made for you alone would mark you");
        } else if (weal_oprf_check((const uint8_t(*)[32])blinded, (const uint8_t(*)[32])answer, 1,
                                   key, proof) != WEAL_ACCEPT ||
                   weal_oprf_finalize(v->token, in, v->blind, answer[0]) != WEAL_ACCEPT) {
            e = psa_fail(p, WEAL_ERR_INVALID, "module-proof",
                         "the module's answer is not what its key makes of the question");
        }
    } else {
        bool said = e == WEAL_ERR_INVALID;
        (void)psa_fail(p, e, said ? rpc.error : "module-silent",
                       said ? rpc.sentence : "the module does not answer");
    }
    weal_wallet_rpc_release(&rpc);
    return e;
}

/* The receipt a visit now is about: one that was asked for in this epoch and not answered, or a new
 * one; or NULL. */
static struct weal_receipt *visit_place(struct weal_psa *p, uint32_t epoch, uint16_t module) {
    bool taken[NOTES + 1] = {false};
    for (size_t i = 0; i < p->n; i++) {
        struct weal_receipt *r = &p->receipts[i];
        if (r->r.epoch != epoch) continue;
        if (r->r.state == WEAL_PSA_ASKED && r->r.module == module) return r;
        /* a lost one whose activity was never sent leaves its number free */
        bool unsent =
            r->r.act.n == 0 && (r->r.state == WEAL_PSA_LOST || r->r.state == WEAL_PSA_ASKED);
        if (unsent) {
            memset(r->r.events, 0, sizeof r->r.events);
            r->r.events_n = 0;
            r->r.state = 0;
            return r;
        }
        if (r->r.n >= 1 && r->r.n <= NOTES) taken[r->r.n] = true;
    }
    for (uint8_t n = 1; n <= NOTES; n++) {
        if (!taken[n]) return place(p, epoch, n);
    }
    return NULL;
}

enum weal_err weal_psa_visit(struct weal_psa *p, uint16_t module, const char *host, uint16_t port,
                             const char *memo, uint64_t now_ms,
                             const struct weal_psa_receipt **out) {
    size_t host_n = strlen(host), memo_n = strlen(memo);
    if (host_n == 0 || host_n > 63 || port == 0) {
        return psa_fail(p, WEAL_ERR_INVALID, "wallet-usage", "a module answers at HOST:PORT");
    }
    if (memo_n > 1024) {
        return psa_fail(p, WEAL_ERR_INVALID, "wallet-memo", "a memo has at most 1024 bytes");
    }
    struct weal_receipt *r = visit_place(p, weal_look_epoch(p->look), module);
    if (!r) {
        return psa_fail(p, WEAL_ERR_INVALID, "wallet-visited",
                        "you have been witnessed twice in this epoch; more receipts do nothing");
    }
    struct weal_psa_receipt *v = &r->r;
    v->host = weal_bytes(host, host_n);
    v->port = port;
    if (v->state != WEAL_PSA_ASKED) {
        v->state = WEAL_PSA_ASKED;
        v->module = module;
        v->memo = weal_bytes(memo, memo_n);
        v->why = weal_bytes(NULL, 0);
        v->due_ms = 0;
        randombytes_buf(v->serial, sizeof v->serial);
        weal_secret_fresh(v->blind);
    }
    enum weal_err e = psa_keep(p, r, WEAL_PSA_DID_VISIT, now_ms);
    if (e == WEAL_OK) e = token_ask(p, r);
    if (e == WEAL_OK) {
        sodium_memzero(v->blind, sizeof v->blind);
        v->state = WEAL_PSA_TOKEN;
        v->due_ms = psa_later(p, now_ms);
        e = psa_keep(p, r, WEAL_PSA_DID_TOKEN, now_ms);
    }
    *out = v;
    return e;
}

/* ---- turns ---- */

enum weal_err weal_psa_turn(struct weal_psa *p, uint64_t now_ms, unsigned *moving,
                            unsigned *waiting) {
    enum weal_err e = WEAL_OK;
    *moving = *waiting = 0;
    for (size_t i = 0; i < p->n && e == WEAL_OK; i++) {
        struct weal_receipt *r = &p->receipts[i];
        bool waits = false;
        if (r->r.state == WEAL_PSA_PAID || r->r.state == WEAL_PSA_LOST) continue;
        e = psa_step(p, r, now_ms, &waits);
        if (r->r.state == WEAL_PSA_PAID || r->r.state == WEAL_PSA_LOST) continue;
        *moving += 1;
        *waiting += waits;
    }
    return e;
}

const char *weal_psa_state_words(uint8_t state) {
    static const char *const words[] = {"",
                                        "asked, no token yet",
                                        "token held",
                                        "being redeemed",
                                        "activity sent",
                                        "witnessed",
                                        "claim sent",
                                        "paid",
                                        "lost"};
    return state < sizeof words / sizeof *words ? words[state] : "unknown";
}

const char *weal_psa_what_words(uint8_t what) {
    static const char *const words[] = {"",
                                        "asked the module for a token",
                                        "received the token",
                                        "signed the activity",
                                        "redeemed the token",
                                        "the activity is final",
                                        "signed the claim",
                                        "the income is final",
                                        "gave up",
                                        "begins again: what was made did not get in"};
    return what < sizeof words / sizeof *words ? words[what] : "unknown";
}
