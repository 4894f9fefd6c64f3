/* SPDX-License-Identifier: ISC */
/* weal accounts, history, receipt, check: the owner's money over time, and proofs of it for others.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "wallet/app_agent.h"
#include "wallet/checkpoint.h"
#include "wallet/purse.h"
#include "wallet/receipt.h"

static int usage(const struct weal_app *a, const char *sentence) {
    return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage", "%s", sentence);
}

struct open {
    struct weal_psa psa;
    struct weal_look look;
    struct weal_purse purse;
};

static int open_all(struct weal_app *a, struct open *o) {
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_trust(a);
    if (code == 0) code = weal_app_agent(a, &o->psa, &o->look);
    if (code != 0) return code;
    code = weal_app_purse(a, &o->purse, &o->psa);
    if (code != 0) {
        weal_psa_close(&o->psa);
        weal_look_release(&o->look);
    }
    return code;
}

static void close_all(struct open *o) {
    weal_purse_close(&o->purse);
    weal_psa_close(&o->psa);
    weal_look_release(&o->look);
}

int weal_app_purse(struct weal_app *a, struct weal_purse *p, struct weal_psa *psa) {
    enum weal_err e = weal_purse_open(p, psa);
    if (e == WEAL_OK) return 0;
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_err_text(e));
}

int weal_app_own(struct weal_app *a, uint8_t key[32]) {
    struct open o;
    memcpy(key, a->file.account, 32);
    if (!a->from) return 0;
    int code = open_all(a, &o);
    if (code != 0) return code;
    const struct weal_purse_account *x = weal_purse_find(&o.purse, a->from);
    if (x)
        memcpy(key, x->key, 32);
    else
        code = weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-account",
                             "there is no account %s; weal accounts lists them", a->from);
    close_all(&o);
    return code;
}

/* ---- accounts ---- */

static void account_text(const struct weal_app *a, const struct weal_purse_account *x) {
    char address[WEAL_ADDRESS_TEXT], amount[WEAL_AMOUNT_TEXT];
    weal_address_write(address, a->file.prefix, x->key);
    printf("%-12s %s\n", x->name, address);
    for (uint8_t asset = WEAL_ASSETS - 1; asset > 0; asset--) {
        if (x->at.micro[asset] == 0) continue;
        weal_amount_write(amount, x->at.micro[asset]);
        printf("%29s %s\n", amount, weal_asset_name(asset));
    }
}

static json_t *account_json(const struct weal_app *a, const struct weal_purse_account *x) {
    char address[WEAL_ADDRESS_TEXT], amount[WEAL_AMOUNT_TEXT];
    weal_address_write(address, a->file.prefix, x->key);
    json_t *o = json_pack("{s:s, s:s, s:I}", "name", x->name, "address", address, "nonce",
                          (json_int_t)x->at.nonce);
    for (uint8_t asset = 1; asset < WEAL_ASSETS; asset++) {
        weal_amount_write(amount, x->at.micro[asset]);
        json_object_set_new(o, weal_asset_name(asset), json_string(amount));
    }
    return o;
}

static void accounts_show(const struct weal_app *a, const struct weal_purse *p) {
    char sum[WEAL_AMOUNT_TEXT];
    json_t *list = json_array(), *all = json_object();
    for (size_t i = 0; i < p->n; i++) {
        if (a->from && strcmp(a->from, p->list[i].name) != 0) continue;
        if (a->json)
            json_array_append_new(list, account_json(a, &p->list[i]));
        else
            account_text(a, &p->list[i]);
    }
    if (!a->json) puts("Together");
    for (uint8_t asset = WEAL_ASSETS - 1; asset > 0; asset--) {
        uint64_t micro = 0;
        for (size_t i = 0; i < p->n; i++) micro += p->list[i].at.micro[asset];
        weal_amount_write(sum, micro);
        json_object_set_new(all, weal_asset_name(asset), json_string(sum));
        if (!a->json) printf("%29s %s\n", sum, weal_asset_name(asset));
    }
    if (a->json) {
        weal_app_json(json_pack("{s:O, s:O, s:I}", "accounts", list, "together", all, "height",
                                (json_int_t)a->trust.at.height));
    }
    json_decref(list);
    json_decref(all);
}

int weal_cmd_accounts(struct weal_app *a, int argc, char **argv) {
    struct open o;
    bool more = argc == 1 && strcmp(argv[0], "new") == 0;
    if (argc > 1 || (argc == 1 && !more))
        return usage(a, "say: weal accounts, or weal accounts new");
    int code = open_all(a, &o);
    if (code != 0) return code;
    if (more) {
        enum weal_err e = weal_purse_more(&o.purse);
        if (e != WEAL_OK) {
            code = weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_err_text(e));
        } else {
            char name[24];
            snprintf(name, sizeof name, "%lu", (unsigned long)o.purse.kept->count - 1);
            const struct weal_purse_account *x = weal_purse_find(&o.purse, name);
            if (x && a->json)
                weal_app_json(account_json(a, x));
            else if (x)
                account_text(a, x);
        }
    } else {
        code = weal_purse_look(a, &o.purse);
        if (code == 0) accounts_show(a, &o.purse);
        if (code == 0) code = weal_app_fresh(a);
    }
    close_all(&o);
    return code;
}

/* ---- history ---- */

static const char *kind_words(uint8_t kind) {
    static const char *const words[] = {"", "paid", "received", "income", "failed"};
    return kind < sizeof words / sizeof *words ? words[kind] : "?";
}

static const char *name_of(struct weal_purse *p, const uint8_t key[32]) {
    for (size_t i = 0; i < p->n; i++) {
        if (memcmp(p->list[i].key, key, 32) == 0) return p->list[i].name;
    }
    return "?";
}

static void entry_text(const struct weal_app *a, struct weal_purse *p,
                       const struct weal_purse_entry *x) {
    char at[32], amount[WEAL_AMOUNT_TEXT], other[WEAL_ADDRESS_TEXT] = "";
    time_t s = (time_t)(x->time_ms / 1000);
    struct tm tm;
    strftime(at, sizeof at, "%Y-%m-%d %H:%M:%S", localtime_r(&s, &tm));
    weal_amount_write(amount, x->micro);
    if (x->kind != WEAL_PURSE_INCOME) weal_address_write(other, a->file.prefix, x->other);
    printf("%s  %-8s %14s %-3s  %-10s %s%s\n", at, kind_words(x->kind), amount,
           weal_asset_name(x->asset), name_of(p, x->mine),
           x->kind == WEAL_PURSE_RECEIVED ? "from "
           : x->kind == WEAL_PURSE_INCOME ? ""
                                          : "to ",
           other);
}

static json_t *entry_json(const struct weal_app *a, struct weal_purse *p,
                          const struct weal_purse_entry *x) {
    char amount[WEAL_AMOUNT_TEXT], fee[WEAL_AMOUNT_TEXT], other[WEAL_ADDRESS_TEXT];
    weal_amount_write(amount, x->micro);
    weal_amount_write(fee, x->fee);
    weal_address_write(other, a->file.prefix, x->other);
    return json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s*, s:o}", "height",
                     (json_int_t)x->height, "time_ms", (json_int_t)x->time_ms, "what",
                     kind_words(x->kind), "amount", amount, "asset", weal_asset_name(x->asset),
                     "fee", fee, "account", name_of(p, x->mine), "other",
                     x->kind == WEAL_PURSE_INCOME ? NULL : other, "id", weal_app_hex(x->id, 32));
}

static void progress(void *ctx, uint64_t at, uint64_t of) {
    static uint64_t shown;
    const struct weal_app *a = ctx;
    uint64_t now = weal_app_now_ms();
    bool last = at >= of;
    if (a->json || !isatty(2) || (!last && now - shown < 200)) return;
    if (last && shown != 0) fputs("\r\033[K", stderr);
    if (!last) {
        fprintf(stderr, "\rreading blocks: %llu of %llu", (unsigned long long)at,
                (unsigned long long)of);
        shown = now;
    }
}

static int history_show(struct weal_app *a, struct weal_purse *p, uint64_t from, uint64_t to,
                        size_t limit) {
    size_t n, k = 0;
    enum weal_err e;
    struct weal_purse_entry *all = weal_purse_history(p, &n, &e);
    if (e != WEAL_OK) {
        return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_err_text(e));
    }
    for (size_t i = 0; i < n; i++) { /* the newest `limit` of the range */
        bool meant = !a->from || strcmp(a->from, name_of(p, all[i].mine)) == 0;
        if (meant && all[i].height >= from && all[i].height <= to) all[k++] = all[i];
    }
    size_t first = k > limit ? k - limit : 0;
    json_t *list = json_array();
    for (size_t i = first; i < k; i++) {
        if (a->json)
            json_array_append_new(list, entry_json(a, p, &all[i]));
        else
            entry_text(a, p, &all[i]);
    }
    if (a->json) {
        weal_app_json(json_pack("{s:O, s:I, s:I, s:b}", "history", list, "lines", (json_int_t)n,
                                "height", (json_int_t)a->trust.at.height, "verified", 1));
    } else if (k == 0) {
        puts("Nothing yet.");
    } else if (first != 0) {
        printf("... and %zu earlier lines: weal history FROM TO, or --limit\n", first);
    }
    json_decref(list);
    free(all);
    return 0;
}

int weal_cmd_history(struct weal_app *a, int argc, char **argv) {
    struct open o;
    char *end;
    uint64_t range[2] = {0, UINT64_MAX};
    bool again = argc != 0 && strcmp(argv[0], "again") == 0;
    for (int i = again; i < argc && i - again < 2; i++) {
        range[i - again] = strtoull(argv[i], &end, 10);
        if (argv[i][0] < '0' || argv[i][0] > '9' || *end != 0) argc = 9;
    }
    if (argc > 2 + again) {
        return usage(a, "say: weal history [again] [FROM [TO]] with heights of blocks");
    }
    int code = open_all(a, &o);
    if (code != 0) return code;
    if (weal_look_refresh(&o.look) != WEAL_OK) {
        code = weal_app_fail(a, WEAL_EXIT_NODE, "wallet-node", "the node does not answer");
    }
    /* the newest header first: up to there it is read */
    struct weal_app_account acct;
    if (code == 0) code = weal_app_account(a, a->file.account, &acct);
    if (code == 0) code = weal_purse_scan(a, &o.purse, again, progress, a);
    if (code == 0 && a->from && !weal_purse_find(&o.purse, a->from)) {
        code = weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-account",
                             "there is no account %s; weal accounts lists them", a->from);
    }
    if (code == 0) {
        code = history_show(a, &o.purse, range[0], range[1], a->limit ? a->limit : 100);
    }
    close_all(&o);
    if (code == 0) code = weal_app_fresh(a);
    return code;
}

/* ---- receipts ---- */

int weal_cmd_receipt(struct weal_app *a, int argc, char **argv) {
    uint8_t id[32];
    json_t *answer, *doc;
    if (argc != 1 || !weal_hex_read(argv[0], strlen(argv[0]), id, 32)) {
        return usage(a, "say: weal receipt ID, the 64 hex digits that weal pay printed");
    }
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_trust(a);
    if (code != 0) return code;
    if (weal_wallet_rpc_call(&a->rpc, "tx.status", json_pack("{s:s}", "id", argv[0]), &answer) !=
        WEAL_OK) {
        return weal_app_fail(a, WEAL_EXIT_NODE, "wallet-node", "the node does not answer");
    }
    json_int_t height = json_integer_value(json_object_get(answer, "height"));
    json_decref(answer);
    if (height <= 0) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-not-final",
                             "the node knows of no final block with it");
    }
    enum weal_trust_result r = weal_receipt_make(&a->trust, (uint64_t)height, id, &doc);
    if (r != WEAL_TRUST_OK) return weal_app_fail_trust(a, r);
    json_dumpf(doc, stdout, a->json ? JSON_COMPACT : JSON_INDENT(1));
    putchar('\n');
    json_decref(doc);
    weal_app_trust_keep(a);
    return 0;
}

/* A light client of the receipt's term: by the kept checkpoint if it is of that term, else by a
 * node and the walk. */
static int light_of(struct weal_app *a, const struct weal_receipt_doc *d, struct weal_light *l) {
    if (weal_checkpoint_read(a->path, l, a->file.chain, 0) && l->term == d->term) return 0;
    int code = weal_app_trust(a);
    if (code != 0) return code;
    enum weal_trust_result r = weal_trust_term(&a->trust, d->term, l);
    return r == WEAL_TRUST_OK ? 0 : weal_app_fail_trust(a, r);
}

static void check_show(const struct weal_app *a, const struct weal_receipt_doc *d) {
    char at[32], amount[WEAL_AMOUNT_TEXT], address[WEAL_ADDRESS_TEXT];
    time_t s = (time_t)(d->time_ms / 1000);
    struct tm tm;
    strftime(at, sizeof at, "%Y-%m-%d %H:%M:%S", localtime_r(&s, &tm));
    bool did = strcmp(d->code, weal_verdict_name(WEAL_ACCEPT)) == 0;
    printf("Final in block %llu at %s; it %s%s.\n", (unsigned long long)d->height, at,
           did ? "did what it says" : "failed: ", did ? "" : d->code);
    if (d->tx.act_kind != WEAL_TX_TRANSFER) return;
    const struct weal_transfer *t = &d->tx.act.transfer;
    weal_address_write(address, a->file.prefix, t->from);
    printf("From %s\n", address);
    for (uint16_t i = 0; i < t->outputs_n; i++) {
        weal_amount_write(amount, t->outputs[i].amount);
        weal_address_write(address, a->file.prefix, t->outputs[i].to);
        printf("  %s %s to %s\n", amount, weal_asset_name(t->asset), address);
    }
}

int weal_cmd_check(struct weal_app *a, int argc, char **argv) {
    static struct weal_receipt_doc d;
    static struct weal_light l;
    json_error_t at;
    if (argc != 1) return usage(a, "say: weal check FILE, a receipt made by weal receipt");
    int code = weal_app_file(a);
    if (code != 0) return code;
    json_t *doc = json_load_file(argv[0], JSON_REJECT_DUPLICATES, &at);
    if (!doc) return weal_app_fail(a, WEAL_EXIT_USAGE, "receipt-form", "%s: %s", argv[0], at.text);
    if (!weal_receipt_read(&a->trust, doc, &d)) {
        code = weal_app_fail(a, WEAL_EXIT_LIE, a->trust.name, "%s", a->trust.sentence);
    } else if (memcmp(d.chain, a->file.chain, 32) != 0) {
        code = weal_app_fail(a, WEAL_EXIT_LIE, "wallet-chain", "the receipt is of another chain");
    }
    if (code == 0) code = light_of(a, &d, &l);
    enum weal_verdict v = code == 0 ? weal_receipt_final(doc, &l) : WEAL_ACCEPT;
    json_decref(doc);
    if (code == 0 && v != WEAL_ACCEPT) {
        code =
            weal_app_fail(a, WEAL_EXIT_LIE, weal_verdict_name(v), "%s", weal_verdict_sentence(v));
    }
    if (code != 0) return code;
    if (a->json) {
        return weal_app_json(json_pack("{s:o, s:I, s:I, s:s, s:b}", "id", weal_app_hex(d.id, 32),
                                       "height", (json_int_t)d.height, "time_ms",
                                       (json_int_t)d.time_ms, "code", d.code, "verified", 1));
    }
    check_show(a, &d);
    return 0;
}
