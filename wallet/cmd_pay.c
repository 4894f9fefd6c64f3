/* SPDX-License-Identifier: ISC */
/* weal pay: what is due is looked up and proven, shown, signed and kept here, sent, and followed
 * until receipts in final blocks prove what became of it. A payment that was interrupted, by
 * whatever, is gone on with by the next command that pays. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "wallet/app_agent.h"
#include "wallet/send.h"
#include "wallet/uri.h"

/* A payment may enter a block for this many blocks; then it is void and can be made again. */
enum { VALID_BLOCKS = 600, POLL_MS = 50, PATIENCE_MS = 120000, PARTS = 16 };

struct wish {
    uint8_t to[32], asset;
    uint64_t micro;
    struct { /* what each account gives */
        struct weal_purse_account *from;
        uint64_t micro, fee;
        size_t send; /* its place in the list of sends */
    } part[PARTS];
    unsigned parts;
    const struct weal_send *instead; /* the same payment, refused before; or NULL */
};

static int usage(const struct weal_app *a, const char *sentence) {
    return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage", "%s", sentence);
}

static uint64_t valid(const struct weal_app *a) {
    uint64_t n = a->valid != 0 ? a->valid : VALID_BLOCKS;
    return n < a->trust.params.valid_blocks_max ? n : a->trust.params.valid_blocks_max;
}

/* ---- what is wanted ---- */

static int arguments(struct weal_app *a, int argc, char **argv, struct wish *w) {
    struct weal_uri uri = {0};
    if (argc < 1 || argc > 3)
        return usage(a, "say: weal pay ADDRESS AMOUNT [IBC|IT], or a request");
    if (!weal_uri_read(&uri, argv[0])) {
        return usage(a, "this payment request is not one: weal:ADDRESS?amount=1.5&asset=IBC");
    }
    w->asset = uri.asset ? uri.asset : WEAL_ASSET_IBC;
    w->micro = uri.micro;
    if (argc == 1 && w->micro == 0)
        return usage(a, "say how much: weal pay ADDRESS AMOUNT [IBC|IT]");
    uint64_t micro;
    if (argc > 1 && !weal_amount_read(&micro, argv[1])) {
        return usage(a, "an amount is above 0 and has at most six decimal places");
    }
    if (argc > 1 && w->micro != 0 && w->micro != micro) {
        return usage(a, "the request asks for another amount");
    }
    if (argc > 1) w->micro = micro;
    uint8_t asset = w->asset;
    if (argc == 3 && !weal_asset_read(&asset, argv[2])) return usage(a, "an asset is IBC or IT");
    if (uri.asset && asset != uri.asset) return usage(a, "the request asks for another asset");
    w->asset = asset;
    int code = weal_app_file(a);
    return code == 0 ? weal_app_address(a, w->to, uri.address) : code;
}

static uint64_t on_its_way(const struct weal_sends *s, const struct weal_purse_account *x,
                           uint8_t asset) {
    uint64_t sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct weal_transfer *t = &s->list[i].transfer;
        if (s->list[i].code[0] != 0 || t->asset != asset || memcmp(t->from, x->key, 32) != 0)
            continue;
        sum += t->fee;
        for (uint16_t k = 0; k < t->outputs_n; k++) sum += t->outputs[k].amount;
    }
    return sum;
}

/* What an account can give beside a fee. */
static uint64_t free_of(const struct weal_sends *s, const struct weal_purse_account *x,
                        uint8_t asset, uint64_t fee) {
    uint64_t have = x->at.micro[asset], gone = on_its_way(s, x, asset) + fee;
    return have > gone ? have - gone : 0;
}

/* The account that has just enough, or else the fewest that have enough together. */
static bool choose(const struct weal_app *a, struct weal_purse *p, const struct weal_sends *s,
                   struct wish *w, uint64_t fee) {
    struct weal_purse_account *best = NULL;
    w->parts = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct weal_purse_account *x = &p->list[i];
        uint64_t have = free_of(s, x, w->asset, fee);
        if (a->from && strcmp(a->from, x->name) != 0) continue;
        if (w->instead && memcmp(w->instead->transfer.from, x->key, 32) != 0) continue;
        if (have >= w->micro && (!best || have < free_of(s, best, w->asset, fee))) best = x;
    }
    if (best) {
        w->part[0].from = best;
        w->part[0].micro = w->micro;
        w->parts = 1;
        return true;
    }
    uint64_t left = w->micro;
    while (left != 0 && w->parts < PARTS && !a->from && !w->instead) {
        best = NULL;
        for (size_t i = 0; i < p->n; i++) {
            struct weal_purse_account *x = &p->list[i];
            bool taken = false;
            for (unsigned k = 0; k < w->parts; k++) taken |= w->part[k].from == x;
            uint64_t have = free_of(s, x, w->asset, fee);
            if (!taken && have != 0 && (!best || have > free_of(s, best, w->asset, fee))) best = x;
        }
        if (!best) return false;
        uint64_t have = free_of(s, best, w->asset, fee);
        w->part[w->parts].from = best;
        w->part[w->parts++].micro = have < left ? have : left;
        left -= have < left ? have : left;
    }
    return left == 0 && w->parts != 0;
}

/* ---- making ---- */

static int part_make(struct weal_app *a, struct weal_purse *p, struct weal_sends *s,
                     const struct wish *w, unsigned k, uint64_t fee, struct weal_act *act) {
    const struct weal_purse_account *x = w->part[k].from;
    uint8_t secret[32];
    /* the number of the refused one: whoever may still send that, both can't get in */
    uint64_t nonce = w->instead ? w->instead->transfer.nonce : weal_sends_nonce(s, x);
    weal_purse_secret(p, x, secret);
    enum weal_verdict v =
        weal_act_transfer(act, &a->trust.chain, secret, nonce, (enum weal_asset)w->asset, w->to,
                          w->part[k].micro, fee, a->trust.at.height + valid(a));
    sodium_memzero(secret, sizeof secret);
    if (v == WEAL_ACCEPT) return 0;
    return weal_app_fail(a, WEAL_EXIT_REFUSED, weal_verdict_name(v), "%s",
                         weal_verdict_sentence(v));
}

static int plan(struct weal_app *a, struct weal_purse *p, struct weal_sends *s, struct wish *w) {
    static struct weal_act act;
    char have[WEAL_AMOUNT_TEXT], want[WEAL_AMOUNT_TEXT];
    uint64_t all = 0, fee;
    if (a->from && !weal_purse_find(p, a->from)) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-account",
                             "there is no account %s; weal accounts lists them", a->from);
    }
    /* the size does not depend on accounts and amounts: made once to measure */
    w->part[0].from = &p->list[0];
    w->part[0].micro = w->micro;
    int code = part_make(a, p, s, w, 0, 0, &act);
    if (code != 0) return code;
    fee = weal_app_fee(a, act.n);
    bool enough = choose(a, p, s, w, fee);
    for (unsigned k = 0; k < w->parts; k++) w->part[k].fee = fee;
    if (enough) return 0;
    for (size_t i = 0; i < p->n; i++) {
        if (!a->from || strcmp(a->from, p->list[i].name) == 0)
            all += free_of(s, &p->list[i], w->asset, 0);
    }
    weal_amount_write(have, all);
    weal_amount_write(want, fee);
    return weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-balance",
                         "you have %s %s; the amount and a fee of %s for each account are more",
                         have, weal_asset_name(w->asset), want);
}

static bool agreed(const struct weal_app *a) {
    char answer[16];
    if (a->yes || a->json || !isatty(0)) return true;
    fputs("Pay this? [y/N] ", stdout);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void show(const struct weal_app *a, const struct wish *w) {
    char amount[WEAL_AMOUNT_TEXT], fee[WEAL_AMOUNT_TEXT], to[WEAL_ADDRESS_TEXT];
    const char *asset = weal_asset_name(w->asset);
    weal_amount_write(amount, w->micro);
    weal_address_write(to, a->file.prefix, w->to);
    printf("You pay %s %s to\n  %s\n", amount, asset, to);
    for (unsigned k = 0; k < w->parts; k++) {
        weal_amount_write(amount, w->part[k].micro);
        weal_amount_write(fee, w->part[k].fee);
        printf("  %s from account %s, fee %s\n", amount, w->part[k].from->name, fee);
    }
    printf("Void after block %llu.\n", (unsigned long long)(a->trust.at.height + valid(a)));
    if (w->parts > 1) {
        printf(
            "These %u accounts are not tied to one another so far. Paid to one place at one time, "
            "they\nare likely one person's, for everybody who looks.\n",
            w->parts);
    }
}

/* ---- following ---- */

static void pause_ms(unsigned ms) {
    struct timespec ts = {0, (long)ms * 1000000};
    nanosleep(&ts, NULL);
}

/* Until all are over, or patience ends. 0: all are over. */
static int follow(struct weal_app *a, struct weal_sends *s, bool once) {
    uint64_t begin = weal_app_now_ms(), shown = 0;
    for (;;) {
        bool left = false;
        for (size_t i = 0; i < s->n; i++) {
            int code = weal_sends_step(a, &s->list[i], weal_app_now_ms());
            if (code != 0) return code;
            left |= s->list[i].code[0] == 0;
        }
        uint64_t waited = weal_app_now_ms() - begin;
        if (!left || once || waited > PATIENCE_MS) {
            if (shown != 0) fputs("\r\033[K", stderr);
            if (!left || once) return 0;
            return weal_app_fail(
                a, WEAL_EXIT_NODE, "wallet-not-final",
                "not final yet; it is kept, and the next weal pay goes on with it");
        }
        if (!a->json && isatty(2) && waited / 1000 > shown) {
            shown = waited / 1000;
            fprintf(stderr, "\rwaiting for a final block, %llu s", (unsigned long long)shown);
        }
        pause_ms(POLL_MS);
    }
}

static json_t *send_json(const struct weal_send *x) {
    char fee[WEAL_AMOUNT_TEXT];
    weal_amount_write(fee, x->transfer.fee);
    const char *status = x->code[0] == 0 ? "sent" : x->v.height != 0 ? "final" : x->code;
    return json_pack("{s:o, s:s, s:s, s:I, s:I, s:b}", "id", weal_app_hex(x->id, 32), "status",
                     status, "fee", fee, "height", (json_int_t)x->v.height, "valid_until",
                     (json_int_t)x->transfer.valid_until, "verified", x->v.height != 0);
}

static bool accepted(const struct weal_send *x) {
    return strcmp(x->code, weal_verdict_name(WEAL_ACCEPT)) == 0;
}

static int failed(const struct weal_app *a, const struct weal_send *x) {
    if (x->v.height != 0) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, x->code,
                             "the payment failed in block %llu; its fee is spent",
                             (unsigned long long)x->v.height);
    }
    if (strcmp(x->code, "expired") == 0) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-expired",
                             "no block took it up to %llu, so none can any more; nothing was paid",
                             (unsigned long long)x->transfer.valid_until);
    }
    if (strcmp(x->code, "number-used") == 0) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-number-used",
                             "another payment of this account has its number, so this one cannot "
                             "get in; look at weal history before you pay again");
    }
    return weal_app_fail(a, WEAL_EXIT_REFUSED, x->code,
                         "the node refused it (weal explain %s); until block %llu somebody might "
                         "still send it, so look at weal history before you pay again",
                         x->code, (unsigned long long)x->transfer.valid_until);
}

/* What became of earlier ones in the meantime: an item of a list, or a sentence. */
static void earlier(const struct weal_app *a, const struct weal_send *x, json_t *list) {
    char amount[WEAL_AMOUNT_TEXT], to[WEAL_ADDRESS_TEXT];
    if (a->json) {
        json_array_append_new(list, send_json(x));
        return;
    }
    weal_amount_write(amount, x->transfer.outputs[0].amount);
    weal_address_write(to, a->file.prefix, x->transfer.outputs[0].to);
    printf("An earlier payment, of %s %s to\n  %s\n", amount, weal_asset_name(x->transfer.asset),
           to);
    if (accepted(x))
        printf("is final too, in block %llu.\n", (unsigned long long)x->v.height);
    else
        printf("did not get in: %s\n", x->code);
}

/* What became of these, and of earlier ones. */
static int told(struct weal_app *a, const struct weal_sends *s, const size_t *which, unsigned n,
                uint64_t took) {
    json_t *list = json_array();
    for (unsigned k = 0; k < n; k++) {
        const struct weal_send *x = &s->list[which[k]];
        if (x->code[0] != 0 && !accepted(x)) {
            json_decref(list);
            return failed(a, x);
        }
        json_array_append_new(list, send_json(x));
    }
    json_t *others = json_array();
    for (size_t i = 0; i < s->n; i++) {
        bool mine = false;
        for (unsigned k = 0; k < n; k++) mine |= which[k] == i;
        if (!mine && s->list[i].news) earlier(a, &s->list[i], others);
    }
    if (a->json) {
        json_t *o = json_object();
        if (json_array_size(others) != 0) json_object_set(o, "earlier", others);
        if (n == 1) json_object_update(o, json_array_get(list, 0));
        json_object_set(o, "payments", list);
        json_object_set_new(o, "took_ms", json_integer((json_int_t)took));
        weal_app_json(o);
    }
    for (unsigned k = 0; k < n && !a->json; k++) {
        const struct weal_send *x = &s->list[which[k]];
        char id[65];
        sodium_bin2hex(id, sizeof id, x->id, 32);
        if (x->code[0] == 0)
            printf("Sent. Look for it with: weal tx %s\n", id);
        else
            printf("Paid: final in block %llu after %llu.%03llu s, proven by its receipt.\n  %s\n",
                   (unsigned long long)x->v.height, (unsigned long long)(took / 1000),
                   (unsigned long long)(took % 1000), id);
    }
    json_decref(list);
    json_decref(others);
    return 0;
}

/* Tells, and only then keeps it. */
static int end(struct weal_app *a, struct weal_purse *p, struct weal_sends *s, const size_t *which,
               unsigned n, uint64_t took) {
    int code = told(a, s, which, n, took), kept = 0;
    fflush(stdout);
    for (unsigned k = 0; k < n && kept == 0; k++) kept = weal_sends_told(a, p, &s->list[which[k]]);
    for (size_t i = 0; i < s->n && code == 0 && kept == 0; i++) {
        kept = weal_sends_told(a, p, &s->list[i]);
    }
    return code != 0 ? code : kept;
}

/* ---- the command ---- */

/* One that was begun before, with the same payee, amount and asset. */
static bool begun(const struct weal_sends *s, const struct wish *w, size_t *which) {
    for (size_t i = 0; i < s->n; i++) {
        const struct weal_transfer *t = &s->list[i].transfer;
        if (t->asset == w->asset && t->outputs_n == 1 && t->outputs[0].amount == w->micro &&
            memcmp(t->outputs[0].to, w->to, 32) == 0) {
            return *which = i, true;
        }
    }
    return false;
}

/* One that a node refused: asked about once more. Refused again, w makes another in its place. */
static int refused_before(struct weal_app *a, struct weal_send *x, struct wish *w, bool *known) {
    int code = weal_sends_step(a, x, weal_app_now_ms());
    if (code != 0) return code;
    if (weal_send_refused(x)) w->instead = x;
    *known = !w->instead && strcmp(x->code, "expired") != 0;
    return 0;
}

static int pay(struct weal_app *a, struct weal_purse *p, struct weal_sends *s, struct wish *w) {
    static struct weal_act act;
    size_t which[PARTS];
    uint64_t begin;
    int code = 0;
    bool known = !a->again && begun(s, w, &which[0]);
    if (known && s->list[which[0]].refused) {
        code = refused_before(a, &s->list[which[0]], w, &known);
    }
    if (code != 0) return code;
    if (known) {
        if (!a->json) {
            puts("This payment was begun before and is gone on with; --again makes it twice.");
        }
        begin = weal_app_now_ms();
        code = follow(a, s, a->no_wait);
        return code == 0 ? end(a, p, s, which, 1, weal_app_now_ms() - begin) : code;
    }
    code = follow(a, s, true); /* others of before are sent again on the way */
    if (code == 0) code = weal_purse_look(a, p);
    if (code == 0) code = plan(a, p, s, w);
    if (code != 0) return code;
    if (!a->json) show(a, w);
    if (!agreed(a)) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-declined", "nothing was paid");
    }
    begin = weal_app_now_ms();
    for (unsigned k = 0; k < w->parts && code == 0; k++) {
        code = part_make(a, p, s, w, k, w->part[k].fee, &act);
        if (code != 0) break;
        enum weal_err e = weal_sends_add(s, p, &act, weal_app_now_ms());
        if (e != WEAL_OK) {
            return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_err_text(e));
        }
        which[k] = s->n - 1;
    }
    if (code == 0) code = follow(a, s, a->no_wait);
    return code == 0 ? end(a, p, s, which, w->parts, weal_app_now_ms() - begin) : code;
}

int weal_cmd_pay(struct weal_app *a, int argc, char **argv) {
    struct wish w = {0};
    struct weal_psa psa;
    struct weal_look look;
    struct weal_purse purse;
    struct weal_sends sends;
    int code = arguments(a, argc, argv, &w);
    if (code == 0) code = weal_app_trust(a);
    if (code == 0) code = weal_app_agent(a, &psa, &look);
    if (code != 0) return code;
    code = weal_app_purse(a, &purse, &psa);
    if (code == 0) {
        code = weal_sends_open(a, &purse, &sends);
        if (code == 0) {
            code = pay(a, &purse, &sends, &w);
            weal_sends_close(&sends);
        }
        weal_purse_close(&purse);
    }
    weal_psa_close(&psa);
    weal_look_release(&look);
    if (code == 0) code = weal_app_fresh(a);
    return code;
}
