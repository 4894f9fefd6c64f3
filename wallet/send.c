/* SPDX-License-Identifier: ISC */
#include "wallet/send.h"

#include <stdio.h>
#include <stdlib.h>

#include "wallet/service/serve.h"

enum { RESEND_MS = 3000 };

static const char EXPIRED[] = "expired", USED[] = "number-used";

static bool is(struct weal_bytes code, const char *name) {
    return code.n == strlen(name) && memcmp(code.p, name, code.n) == 0;
}

/* ---- what is on its way ---- */

static enum weal_err take(void *ctx, const uint8_t id[32], const struct weal_purse_payment *v) {
    static struct weal_tx tx;
    struct weal_sends *s = ctx;
    bool refused = v->code.n != 0 && v->height == 0 && !is(v->code, EXPIRED) && !is(v->code, USED);
    if (v->code.n != 0 && !refused) return WEAL_OK;
    if (s->n == WEAL_SEND_MAX) return WEAL_ERR_FULL;
    struct weal_send *x = &s->list[s->n];
    if (v->code.n >= sizeof x->was) return WEAL_ERR_CORRUPT;
    *x = (struct weal_send){.v = *v, .refused = refused};
    if (refused) memcpy(x->was, v->code.p, v->code.n);
    x->v.code = weal_bytes(NULL, 0);
    if (v->act.n > sizeof x->bytes) return WEAL_ERR_CORRUPT;
    memcpy(x->id, id, 32);
    memcpy(x->bytes, v->act.p, v->act.n);
    x->v.act.p = x->bytes;
    if (!weal_tx_decode(&tx, x->v.act) || tx.act_kind != WEAL_TX_TRANSFER) return WEAL_ERR_CORRUPT;
    x->transfer = tx.act.transfer;
    s->n++;
    return WEAL_OK;
}

int weal_sends_open(struct weal_app *a, struct weal_purse *p, struct weal_sends *s) {
    s->n = 0;
    s->list = calloc(WEAL_SEND_MAX, sizeof *s->list);
    enum weal_err e = s->list ? weal_purse_payments(p, take, s) : WEAL_ERR_NO_MEMORY;
    if (e == WEAL_OK) return 0;
    weal_sends_close(s);
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_err_text(e));
}

void weal_sends_close(struct weal_sends *s) {
    free(s->list);
    s->list = NULL;
    s->n = 0;
}

uint64_t weal_sends_nonce(const struct weal_sends *s, const struct weal_purse_account *x) {
    uint64_t last = x->at.nonce;
    for (size_t i = 0; i < s->n; i++) {
        const struct weal_send *o = &s->list[i];
        bool waits = o->code[0] == 0 && memcmp(o->transfer.from, x->key, 32) == 0;
        if (waits && o->transfer.nonce > last) last = o->transfer.nonce;
    }
    return last + 1;
}

enum weal_err weal_sends_add(struct weal_sends *s, struct weal_purse *p, const struct weal_act *act,
                             uint64_t now_ms) {
    struct weal_purse_payment v = {.act = weal_bytes(act->bytes, act->n), .made_ms = now_ms};
    if (s->n == WEAL_SEND_MAX) return WEAL_ERR_FULL;
    enum weal_err e = weal_purse_payment_keep(p, act->id, &v);
    return e == WEAL_OK ? take(s, act->id, &v) : e;
}

bool weal_send_refused(const struct weal_send *x) {
    return x->code[0] != 0 && x->v.height == 0 && !is(x->v.code, EXPIRED) && !is(x->v.code, USED);
}

/* ---- one step ---- */

/* In memory only, until the owner was told: killed before that, the next run finds out again. */
static int over(struct weal_send *x, uint64_t height, const char *code) {
    snprintf(x->code, sizeof x->code, "%s", code);
    x->v.code = weal_bytes((const uint8_t *)x->code, strlen(x->code));
    x->v.height = height;
    x->news = true;
    return 0;
}

int weal_sends_told(struct weal_app *a, struct weal_purse *p, struct weal_send *x) {
    if (!x->news) return 0;
    x->news = false;
    enum weal_err e = weal_purse_payment_keep(p, x->id, &x->v);
    if (e == WEAL_OK) return 0;
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_err_text(e));
}

/* Can no block take it any more? Proven by the account's number and the header's height. */
static int expire(struct weal_app *a, struct weal_send *x) {
    struct weal_app_account now;
    int code = weal_app_account(a, x->transfer.from, &now);
    if (code != 0) return code;
    if (now.nonce >= x->transfer.nonce) return over(x, 0, USED);
    if (a->trust.at.height > x->transfer.valid_until) return over(x, 0, EXPIRED);
    return 0;
}

static int send(struct weal_app *a, struct weal_send *x) {
    json_t *o;
    enum weal_err e = weal_wallet_rpc_call(
        &a->rpc, "tx.submit", json_pack("{s:o}", "tx", weal_serve_hex(x->v.act.p, x->v.act.n)), &o);
    if (e == WEAL_OK) {
        json_decref(o);
        return 0;
    }
    const char *name = a->rpc.error;
    /* known, full, busy: it waits, or is sent again; its number used: looked at by expire */
    if (e != WEAL_ERR_INVALID || strncmp(name, "pool-", 5) == 0 ||
        strcmp(name, "tx-nonce-used") == 0 || strncmp(name, "rpc-", 4) == 0) {
        return 0;
    }
    return over(x, 0, name);
}

int weal_sends_step(struct weal_app *a, struct weal_send *x, uint64_t now_ms) {
    json_t *o;
    char code[64];
    if (x->code[0] != 0) return 0;
    if (weal_wallet_rpc_call(&a->rpc, "tx.status",
                             json_pack("{s:o}", "id", weal_serve_hex(x->id, 32)), &o) != WEAL_OK) {
        return 0;
    }
    const char *status = json_string_value(json_object_get(o, "status"));
    uint64_t height = (uint64_t)json_integer_value(json_object_get(o, "height"));
    bool final = status && strcmp(status, "final") == 0;
    bool pending = status && strcmp(status, "pending") == 0;
    json_decref(o);
    if (final) {
        enum weal_trust_result r = weal_trust_receipt(&a->trust, height, x->id, code);
        return r == WEAL_TRUST_OK ? over(x, height, code) : weal_app_fail_trust(a, r);
    }
    if (pending || (x->sent_ms != 0 && now_ms - x->sent_ms < RESEND_MS)) return 0;
    if (x->sent_ms != 0 || x->refused) {
        int e = expire(a, x);
        if (e != 0 || x->code[0] != 0) return e;
    }
    if (x->refused) { /* its owner was told; it is not sent again */
        snprintf(x->code, sizeof x->code, "%s", x->was);
        x->v.code = weal_bytes((const uint8_t *)x->code, strlen(x->code));
        return 0;
    }
    x->sent_ms = now_ms;
    return send(a, x);
}
