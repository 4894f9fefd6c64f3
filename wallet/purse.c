/* SPDX-License-Identifier: ISC */
#include "wallet/purse.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "wallet/keys.h"

enum { ACCOUNTS_MAX = 10000 };

/* ---- which accounts ---- */

static enum weal_err kept_load(struct weal_purse *p) {
    uint8_t *bytes = malloc(WEAL_SAFE_RECORD_MAX);
    size_t n;
    if (!bytes) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = weal_safe_get(&p->psa->safe, "accounts", bytes, &n);
    if (e == WEAL_OK) {
        struct weal_rd rd = weal_rd(weal_bytes(bytes, n));
        bool form = weal_rd_u8(&rd) == WEAL_PURSE_ACCOUNTS_ID;
        weal_purse_accounts_get(&rd, p->kept);
        if (!form || !weal_rd_done(&rd) || p->kept->count > ACCOUNTS_MAX) e = WEAL_ERR_CORRUPT;
    }
    free(bytes);
    if (e != WEAL_ERR_NOT_FOUND) return e;
    p->kept->count = 1;
    return WEAL_OK;
}

static enum weal_err kept_save(struct weal_purse *p, const struct weal_purse_accounts *v) {
    uint8_t *bytes = malloc(WEAL_PURSE_ACCOUNTS_SIZE_MAX + 1);
    if (!bytes) return WEAL_ERR_NO_MEMORY;
    struct weal_wr w = weal_wr(bytes, WEAL_PURSE_ACCOUNTS_SIZE_MAX + 1);
    weal_wr_u8(&w, WEAL_PURSE_ACCOUNTS_ID);
    weal_purse_accounts_put(&w, v);
    enum weal_err e = weal_safe_put(&p->psa->safe, "accounts", weal_wr_done(&w));
    free(bytes);
    return e;
}

static void add(struct weal_purse *p, bool income, uint32_t index, uint8_t attempt) {
    struct weal_purse_account *x = &p->list[p->n];
    uint8_t secret[32];
    for (size_t i = 0; i < p->n; i++) {
        if (p->list[i].income == income && p->list[i].index == index &&
            p->list[i].attempt == attempt)
            return;
    }
    *x = (struct weal_purse_account){.income = income, .index = index, .attempt = attempt};
    if (!income) {
        snprintf(x->name, sizeof x->name, "%lu", (unsigned long)index);
        weal_keys_account(secret, x->key, p->psa->seed, index);
    } else {
        int n = snprintf(x->name, sizeof x->name, "income/%lu", (unsigned long)index);
        if (attempt != 0) snprintf(x->name + n, sizeof x->name - (size_t)n, ".%u", attempt);
        weal_keys_income(secret, x->key, p->psa->seed, index, attempt);
    }
    sodium_memzero(secret, sizeof secret);
    p->n++;
}

static enum weal_err list_make(struct weal_purse *p) {
    size_t most = p->kept->count + (size_t)p->kept->incomes_n + p->psa->n;
    struct weal_purse_account *list = realloc(p->list, (most + 1) * sizeof *list);
    if (!list) return WEAL_ERR_NO_MEMORY;
    p->list = list;
    p->n = 0;
    for (uint32_t i = 0; i < p->kept->count; i++) add(p, false, i, 0);
    for (uint16_t i = 0; i < p->kept->incomes_n; i++) {
        add(p, true, p->kept->incomes[i].epoch, p->kept->incomes[i].attempt);
    }
    for (size_t i = 0; i < p->psa->n; i++) {
        const struct weal_psa_receipt *r = &p->psa->receipts[i].r;
        if (r->state == WEAL_PSA_PAID) add(p, true, r->claim_epoch, r->attempt);
    }
    return WEAL_OK;
}

enum weal_err weal_purse_open(struct weal_purse *p, struct weal_psa *psa) {
    memset(p, 0, sizeof *p);
    p->psa = psa;
    p->kept = calloc(1, sizeof *p->kept);
    enum weal_err e = p->kept ? kept_load(p) : WEAL_ERR_NO_MEMORY;
    if (e == WEAL_OK) e = list_make(p);
    if (e != WEAL_OK) weal_purse_close(p);
    return e;
}

void weal_purse_close(struct weal_purse *p) {
    free(p->kept);
    free(p->list);
    memset(p, 0, sizeof *p);
}

enum weal_err weal_purse_found(struct weal_purse *p, uint32_t count, uint32_t epoch,
                               uint8_t attempt, bool income) {
    struct weal_purse_accounts *v = malloc(sizeof *v);
    if (!v) return WEAL_ERR_NO_MEMORY;
    *v = *p->kept;
    bool known = !income;
    for (uint16_t i = 0; i < v->incomes_n && !known; i++) {
        known = v->incomes[i].epoch == epoch && v->incomes[i].attempt == attempt;
    }
    const uint16_t places = sizeof v->incomes / sizeof *v->incomes;
    if (!known && v->incomes_n < places) {
        v->incomes[v->incomes_n++] = (struct weal_purse_income){epoch, attempt};
    }
    if (count > v->count) v->count = count;
    enum weal_err e = WEAL_OK;
    if (v->count != p->kept->count || v->incomes_n != p->kept->incomes_n) e = kept_save(p, v);
    if (e == WEAL_OK) {
        *p->kept = *v;
        e = list_make(p);
    }
    free(v);
    return e;
}

enum weal_err weal_purse_more(struct weal_purse *p) {
    if (p->kept->count >= ACCOUNTS_MAX) return WEAL_ERR_FULL;
    return weal_purse_found(p, p->kept->count + 1, 0, 0, false);
}

struct weal_purse_account *weal_purse_find(struct weal_purse *p, const char *name) {
    for (size_t i = 0; i < p->n; i++) {
        if (strcmp(p->list[i].name, name) == 0) return &p->list[i];
    }
    return NULL;
}

void weal_purse_secret(const struct weal_purse *p, const struct weal_purse_account *x,
                       uint8_t secret[32]) {
    if (x->income)
        weal_keys_income(secret, NULL, p->psa->seed, x->index, x->attempt);
    else
        weal_keys_account(secret, NULL, p->psa->seed, x->index);
}

int weal_purse_look(struct weal_app *a, struct weal_purse *p) {
    for (size_t i = 0; i < p->n; i++) {
        /* asking for several tells the node that they are one person's */
        if (a->from && strcmp(a->from, p->list[i].name) != 0) continue;
        int code = weal_app_account(a, p->list[i].key, &p->list[i].at);
        if (code != 0) return code;
    }
    return 0;
}

/* ---- payments ---- */

enum weal_err weal_purse_payment_keep(struct weal_purse *p, const uint8_t id[32],
                                      const struct weal_purse_payment *v) {
    uint8_t bytes[WEAL_PURSE_PAYMENT_SIZE_MAX + 1];
    char name[80] = "payment/";
    struct weal_wr w = weal_wr(bytes, sizeof bytes);
    weal_wr_u8(&w, WEAL_PURSE_PAYMENT_ID);
    weal_purse_payment_put(&w, v);
    sodium_bin2hex(name + 8, sizeof name - 8, id, 32);
    return w.failed ? WEAL_ERR_INVALID : weal_safe_put(&p->psa->safe, name, weal_wr_done(&w));
}

struct walk {
    weal_purse_payment_fn *fn;
    void *ctx;
};

static enum weal_err payment_one(void *ctx, struct weal_bytes record) {
    struct walk *k = ctx;
    struct weal_purse_payment v;
    uint8_t id[32];
    if (record.n == 0 || record.p[0] != WEAL_PURSE_PAYMENT_ID) return WEAL_OK;
    struct weal_rd rd = weal_rd(weal_bytes(record.p + 1, record.n - 1));
    weal_purse_payment_get(&rd, &v);
    if (!weal_rd_done(&rd)) return WEAL_ERR_CORRUPT;
    weal_tx_id(id, v.act);
    return k->fn(k->ctx, id, &v);
}

enum weal_err weal_purse_payments(const struct weal_purse *p, weal_purse_payment_fn *fn,
                                  void *ctx) {
    struct walk k = {fn, ctx};
    return weal_safe_each(&p->psa->safe, payment_one, &k);
}
