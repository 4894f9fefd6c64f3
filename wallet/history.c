/* SPDX-License-Identifier: ISC */
/* The wallet's history, read from all blocks and kept in pages. A page is written before the record
 * that says how far was read, so a crash repeats some blocks and doubles no line. */
#include <stdio.h>
#include <stdlib.h>

#include "wallet/keys.h"
#include "wallet/purse.h"

enum { PER_PAGE = 256, PLACES = 1 << 16, RANGE = 50, ATTEMPTS = 2 };

struct own {
    uint8_t key[32];
    bool used, income;
    uint32_t index;
    uint8_t attempt;
};

struct scan {
    struct weal_purse *p;
    uint64_t income_micro;
    struct own *own; /* open addressing by the first bytes of the key: they are uniform */
    struct weal_purse_page *page;
    struct weal_purse_scan at;
    uint32_t count; /* highest account seen and one */
    enum weal_err e;
};

/* ---- whose key ---- */

static struct own *slot(struct scan *s, const uint8_t key[32]) {
    size_t i = weal_le32(key) % PLACES;
    while (s->own[i].used && memcmp(s->own[i].key, key, 32) != 0) i = (i + 1) % PLACES;
    return &s->own[i];
}

static void own_add(struct scan *s, bool income, uint32_t index, uint8_t attempt) {
    uint8_t secret[32], key[32];
    if (income)
        weal_keys_income(secret, key, s->p->psa->seed, index, attempt);
    else
        weal_keys_account(secret, key, s->p->psa->seed, index);
    memset(secret, 0, sizeof secret);
    struct own *o = slot(s, key);
    *o = (struct own){.used = true, .income = income, .index = index, .attempt = attempt};
    memcpy(o->key, key, 32);
}

static bool own_init(struct scan *s) {
    uint32_t now = weal_look_epoch(s->p->psa->look);
    uint32_t first = now > PLACES / 8 ? now - PLACES / 8 : 0;
    s->own = calloc(PLACES, sizeof *s->own);
    if (!s->own) return false;
    for (uint32_t i = 0; i < s->p->kept->count + WEAL_PURSE_GAP; i++) own_add(s, false, i, 0);
    for (uint32_t e = first; e <= now; e++) {
        for (uint8_t k = 0; k < ATTEMPTS; k++) own_add(s, true, e, k);
    }
    for (size_t i = 0; i < s->p->n; i++) {
        if (s->p->list[i].income) own_add(s, true, s->p->list[i].index, s->p->list[i].attempt);
    }
    return true;
}

static const struct own *mine(struct scan *s, const uint8_t key[32]) {
    const struct own *o = slot(s, key);
    if (o->used && !o->income && o->index + 1 > s->count) s->count = o->index + 1;
    return o->used ? o : NULL;
}

/* ---- pages ---- */

static void page_name(char out[32], uint64_t k) {
    snprintf(out, 32, "history/%llu", (unsigned long long)k);
}

static enum weal_err page_read(const struct weal_purse *p, uint64_t k,
                               struct weal_purse_page *out) {
    char name[32];
    size_t n;
    uint8_t *bytes = malloc(WEAL_SAFE_RECORD_MAX);
    if (!bytes) return WEAL_ERR_NO_MEMORY;
    page_name(name, k);
    enum weal_err e = weal_safe_get(&p->psa->safe, name, bytes, &n);
    if (e == WEAL_OK) {
        struct weal_rd rd = weal_rd(weal_bytes(bytes, n));
        bool form = weal_rd_u8(&rd) == WEAL_PURSE_PAGE_ID;
        weal_purse_page_get(&rd, out);
        if (!form || !weal_rd_done(&rd)) e = WEAL_ERR_CORRUPT;
    }
    free(bytes);
    return e;
}

static enum weal_err page_write(struct scan *s) {
    char name[32];
    uint8_t *bytes = malloc(WEAL_PURSE_PAGE_SIZE_MAX + 1);
    if (!bytes) return WEAL_ERR_NO_MEMORY;
    struct weal_wr w = weal_wr(bytes, WEAL_PURSE_PAGE_SIZE_MAX + 1);
    weal_wr_u8(&w, WEAL_PURSE_PAGE_ID);
    weal_purse_page_put(&w, s->page);
    page_name(name, (s->at.entries - 1) / PER_PAGE);
    enum weal_err e = weal_safe_put(&s->p->psa->safe, name, weal_wr_done(&w));
    free(bytes);
    return e;
}

static enum weal_err scan_load(const struct weal_purse *p, struct weal_purse_scan *out) {
    uint8_t *bytes = malloc(WEAL_SAFE_RECORD_MAX);
    size_t n;
    *out = (struct weal_purse_scan){0};
    if (!bytes) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = weal_safe_get(&p->psa->safe, "history", bytes, &n);
    if (e == WEAL_OK) {
        struct weal_rd rd = weal_rd(weal_bytes(bytes, n));
        bool form = weal_rd_u8(&rd) == WEAL_PURSE_SCAN_ID;
        weal_purse_scan_get(&rd, out);
        if (!form || !weal_rd_done(&rd)) e = WEAL_ERR_CORRUPT;
    }
    free(bytes);
    return e == WEAL_ERR_NOT_FOUND ? WEAL_OK : e;
}

static enum weal_err scan_save(struct scan *s) {
    uint8_t bytes[WEAL_PURSE_SCAN_SIZE_MAX + 1];
    struct weal_wr w = weal_wr(bytes, sizeof bytes);
    weal_wr_u8(&w, WEAL_PURSE_SCAN_ID);
    weal_purse_scan_put(&w, &s->at);
    return weal_safe_put(&s->p->psa->safe, "history", weal_wr_done(&w));
}

/* ---- lines ---- */

static void line(struct scan *s, const struct weal_purse_entry *x) {
    if (s->e != WEAL_OK) return;
    if (s->at.entries % PER_PAGE == 0) s->page->entries_n = 0;
    s->page->entries[s->page->entries_n++] = *x;
    s->at.entries++;
    if (s->at.entries % PER_PAGE == 0) s->e = page_write(s);
}

static void transfer(struct scan *s, const struct weal_transfer *t, struct weal_purse_entry *x,
                     bool failed) {
    const struct own *from = mine(s, t->from);
    x->asset = t->asset;
    for (uint16_t i = 0; i < t->outputs_n; i++) {
        const struct own *to = mine(s, t->outputs[i].to);
        x->micro = t->outputs[i].amount;
        if (from) {
            x->kind = failed ? WEAL_PURSE_FAILED : WEAL_PURSE_PAID;
            x->fee = i == 0 ? t->fee : 0;
            memcpy(x->mine, t->from, 32);
            memcpy(x->other, t->outputs[i].to, 32);
            line(s, x);
        }
        if (to && !failed) {
            x->kind = WEAL_PURSE_RECEIVED;
            x->fee = 0;
            memcpy(x->mine, t->outputs[i].to, 32);
            memcpy(x->other, t->from, 32);
            line(s, x);
        }
    }
}

static void look_at(void *ctx, const struct weal_header *h, const uint8_t id[32],
                    struct weal_bytes bytes, const char *code) {
    static struct weal_tx tx;
    struct scan *s = ctx;
    struct weal_purse_entry x = {.height = h->height, .time_ms = h->time_ms};
    bool failed = *code != 0;
    memcpy(x.id, id, 32);
    if (!weal_tx_decode(&tx, bytes)) return;
    if (tx.act_kind == WEAL_TX_TRANSFER) transfer(s, &tx.act.transfer, &x, failed);
    if (tx.act_kind != WEAL_TX_INCOME_CLAIM || failed) return;
    const struct own *o = mine(s, tx.act.income_claim.to);
    if (!o) return;
    x.kind = WEAL_PURSE_INCOME;
    x.asset = WEAL_ASSET_IBC;
    x.micro = s->income_micro;
    memcpy(x.mine, tx.act.income_claim.to, 32);
    line(s, &x);
    if (o->income && s->e == WEAL_OK) {
        s->e = weal_purse_found(s->p, 0, o->index, o->attempt, true);
    }
}

/* ---- the scan ---- */

static int begin(struct weal_app *a, struct scan *s, bool again) {
    s->e = scan_load(s->p, &s->at);
    if (again) s->at = (struct weal_purse_scan){0};
    s->page = calloc(1, sizeof *s->page);
    if (!s->page || !own_init(s)) s->e = WEAL_ERR_NO_MEMORY;
    if (s->e == WEAL_OK && s->at.entries % PER_PAGE != 0) {
        s->e = page_read(s->p, s->at.entries / PER_PAGE, s->page);
        /* lines beyond what the record counts were of blocks that are read again */
        if (s->e == WEAL_OK) s->page->entries_n = (uint16_t)(s->at.entries % PER_PAGE);
    }
    if (s->e == WEAL_OK) return 0;
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_err_text(s->e));
}

static enum weal_err keep(struct scan *s, uint64_t height) {
    enum weal_err e = s->e;
    if (e == WEAL_OK && s->at.entries % PER_PAGE != 0) e = page_write(s);
    s->at.height = height;
    s->at.accounts = s->p->kept->count;
    if (e == WEAL_OK && s->count > s->p->kept->count) {
        e = weal_purse_found(s->p, s->count, 0, 0, false);
    }
    return e == WEAL_OK ? scan_save(s) : e;
}

int weal_purse_scan(struct weal_app *a, struct weal_purse *p, bool again,
                    void (*progress)(void *ctx, uint64_t at, uint64_t of), void *ctx) {
    struct scan s = {.p = p, .income_micro = a->trust.params.income_micro};
    uint64_t head = a->trust.at.height;
    unsigned most = RANGE;
    int code = begin(a, &s, again);
    while (code == 0 && s.at.height < head) {
        struct weal_purse_scan before = s.at;
        uint64_t left = head - s.at.height;
        unsigned n = left < most ? (unsigned)left : most;
        enum weal_trust_result r = weal_trust_blocks(&a->trust, s.at.height + 1, n, look_at, &s);
        if (r == WEAL_TRUST_NODE && n > 1) { /* too much in one answer */
            most = n / 4 + 1 < n ? n / 4 + 1 : 1;
            s.at = before;
            continue;
        }
        if (r != WEAL_TRUST_OK) {
            code = weal_app_fail_trust(a, r);
            break;
        }
        enum weal_err e = keep(&s, s.at.height + n);
        if (e != WEAL_OK) {
            code = weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_err_text(e));
        }
        if (progress) progress(ctx, s.at.height, head);
    }
    free(s.own);
    free(s.page);
    return code;
}

struct weal_purse_entry *weal_purse_history(const struct weal_purse *p, size_t *n,
                                            enum weal_err *e) {
    struct weal_purse_scan at;
    *n = 0;
    *e = scan_load(p, &at);
    if (*e != WEAL_OK || at.entries == 0) return NULL;
    struct weal_purse_page *page = malloc(sizeof *page);
    struct weal_purse_entry *all = calloc(at.entries, sizeof *all);
    if (!page || !all) *e = WEAL_ERR_NO_MEMORY;
    for (uint64_t k = 0; *e == WEAL_OK && *n < at.entries; k++) {
        *e = page_read(p, k, page);
        uint64_t left = at.entries - *n;
        size_t take = left < page->entries_n ? (size_t)left : page->entries_n;
        if (*e == WEAL_OK && take == 0) *e = WEAL_ERR_CORRUPT;
        if (*e == WEAL_OK) memcpy(all + *n, page->entries, take * sizeof *all);
        *n += take;
    }
    free(page);
    if (*e == WEAL_OK) return all;
    free(all);
    *n = 0;
    return NULL;
}
