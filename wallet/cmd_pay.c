/* SPDX-License-Identifier: ISC */
/* weal pay: what is due is looked up and proven, shown, signed here, sent, and followed until the
 * receipt in a final block proves what became of it. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "wallet/app.h"
#include "wallet/keys.h"

/* A payment may enter a block for this many blocks; then it is void and can be made again. */
enum { VALID_BLOCKS = 600, POLL_MS = 50, PATIENCE_MS = 120000 };

struct payment {
    uint8_t to[32], asset;
    uint64_t micro, fee;
    struct weal_act act;
};

static int usage(const struct weal_app *a, const char *sentence) {
    return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage", "%s", sentence);
}

static int node_fail(const struct weal_app *a) {
    bool said = a->rpc.error[0] != 0;
    return weal_app_fail(a, said ? WEAL_EXIT_REFUSED : WEAL_EXIT_NODE,
                         said ? a->rpc.error : "wallet-node", "%s",
                         said ? a->rpc.sentence : "the node does not answer");
}

static int arguments(struct weal_app *a, int argc, char **argv, struct payment *p) {
    p->asset = WEAL_ASSET_IBC;
    if (argc < 2 || argc > 3) return usage(a, "say: weal pay ADDRESS AMOUNT [IBC|IT]");
    if (!weal_amount_read(&p->micro, argv[1])) {
        return usage(a, "an amount is above 0 and has at most six decimal places");
    }
    if (argc == 3 && !weal_asset_read(&p->asset, argv[2])) return usage(a, "an asset is IBC or IT");
    int code = weal_app_file(a);
    return code == 0 ? weal_app_address(a, p->to, argv[0]) : code;
}

/* The secret of account 0; wiped by the caller. */
static int unlock(struct weal_app *a, uint8_t secret[32]) {
    uint8_t seed[32], key[32];
    int code = weal_app_seed(a, seed);
    if (code != 0) return code;
    weal_keys_account(secret, key, seed, 0);
    sodium_memzero(seed, sizeof seed);
    if (memcmp(key, a->file.account, 32) == 0) return 0;
    sodium_memzero(secret, 32);
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-password",
                         "this is not the password, or the wallet's file was altered");
}

/* The fee a node cannot talk up: bytes and one signature at the genesis' rates. */
static uint64_t fee_due(const struct weal_trust *t, size_t bytes) {
    return t->params.fee_byte_micro * bytes + t->params.fee_sig_micro;
}

static int build(struct weal_app *a, struct payment *p, const uint8_t secret[32]) {
    struct weal_app_account acct;
    char have[WEAL_AMOUNT_TEXT], want[WEAL_AMOUNT_TEXT];
    int code = weal_app_account(a, a->file.account, &acct);
    if (code != 0) return code;
    uint64_t until = a->trust.at.height + VALID_BLOCKS, sum;
    /* the size does not depend on the amounts: signed once to measure, once with the fee */
    for (int round = 0; round < 2; round++) {
        p->fee = round == 0 ? 0 : fee_due(&a->trust, p->act.n);
        enum weal_verdict v =
            weal_act_transfer(&p->act, &a->trust.chain, secret, acct.nonce + 1,
                              (enum weal_asset)p->asset, p->to, p->micro, p->fee, until);
        if (v != WEAL_ACCEPT) {
            return weal_app_fail(a, WEAL_EXIT_REFUSED, weal_verdict_name(v), "%s",
                                 weal_verdict_sentence(v));
        }
    }
    if (!__builtin_add_overflow(p->micro, p->fee, &sum) && sum <= acct.micro[p->asset]) return 0;
    weal_amount_write(have, acct.micro[p->asset]);
    weal_amount_write(want, p->fee);
    return weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-balance",
                         "you have %s %s; the amount and the fee of %s are more", have,
                         weal_asset_name(p->asset), want);
}

static bool agreed(const struct weal_app *a) {
    char answer[16];
    if (a->yes || a->json || !isatty(0)) return true;
    fputs("Pay this? [y/N] ", stdout);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* Waits until the node says it is final, showing that it waits; its height in *height. */
static int await(struct weal_app *a, const char *id, uint64_t *height) {
    uint64_t begin = weal_app_now_ms(), shown = 0;
    for (;;) {
        json_t *answer;
        if (weal_wallet_rpc_call(&a->rpc, "tx.status", json_pack("{s:s}", "id", id), &answer) !=
            WEAL_OK) {
            return node_fail(a);
        }
        const char *status = json_string_value(json_object_get(answer, "status"));
        bool final = status && strcmp(status, "final") == 0;
        *height = (uint64_t)json_integer_value(json_object_get(answer, "height"));
        json_decref(answer);
        uint64_t waited = weal_app_now_ms() - begin;
        if (final || waited > PATIENCE_MS) {
            if (shown != 0) fputs("\r\033[K", stderr);
            if (final) return 0;
            return weal_app_fail(a, WEAL_EXIT_NODE, "wallet-not-final",
                                 "not final yet; it may still become so: weal tx %s", id);
        }
        if (!a->json && isatty(2) && waited / 1000 > shown) {
            shown = waited / 1000;
            fprintf(stderr, "\rwaiting for a final block, %llu s", (unsigned long long)shown);
        }
        struct timespec ts = {0, POLL_MS * 1000000};
        nanosleep(&ts, NULL);
    }
}

static int send_and_follow(struct weal_app *a, const struct payment *p) {
    char *hex = malloc(2 * p->act.n + 1), id[65], code_name[64] = "";
    json_t *answer = NULL;
    uint64_t height = 0, begin = weal_app_now_ms();
    if (!hex) return weal_app_fail(a, WEAL_EXIT_REFUSED, "no-memory", "the system gave no memory");
    sodium_bin2hex(hex, 2 * p->act.n + 1, p->act.bytes, p->act.n);
    sodium_bin2hex(id, sizeof id, p->act.id, 32);
    a->rpc.error[0] = 0;
    enum weal_err e =
        weal_wallet_rpc_call(&a->rpc, "tx.submit", json_pack("{s:s}", "tx", hex), &answer);
    free(hex);
    json_decref(answer);
    if (e != WEAL_OK) return node_fail(a);
    if (!a->no_wait) {
        int code = await(a, id, &height);
        if (code != 0) return code;
        enum weal_trust_result r = weal_trust_receipt(&a->trust, height, p->act.id, code_name);
        if (r != WEAL_TRUST_OK) return weal_app_fail_trust(a, r);
        if (strcmp(code_name, weal_verdict_name(WEAL_ACCEPT)) != 0) {
            return weal_app_fail(a, WEAL_EXIT_REFUSED, code_name,
                                 "the payment failed in block %llu; its fee is spent",
                                 (unsigned long long)height);
        }
    }
    uint64_t took = weal_app_now_ms() - begin;
    if (a->json) {
        char fee[WEAL_AMOUNT_TEXT];
        weal_amount_write(fee, p->fee);
        return weal_app_json(json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:b}", "id", id, "status",
                                       a->no_wait ? "sent" : "final", "fee", fee, "height",
                                       (json_int_t)height, "valid_until",
                                       (json_int_t)p->act.tx.act.transfer.valid_until, "took_ms",
                                       (json_int_t)took, "verified", !a->no_wait));
    }
    if (a->no_wait) {
        printf("Sent. Look for it with: weal tx %s\n", id);
    } else {
        printf("Paid: final in block %llu after %llu.%03llu s, proven by its receipt.\n  %s\n",
               (unsigned long long)height, (unsigned long long)(took / 1000),
               (unsigned long long)(took % 1000), id);
    }
    return 0;
}

int weal_cmd_pay(struct weal_app *a, int argc, char **argv) {
    struct payment p = {0};
    uint8_t secret[32];
    char amount[WEAL_AMOUNT_TEXT], fee[WEAL_AMOUNT_TEXT];
    int code = arguments(a, argc, argv, &p);
    if (code == 0) code = weal_app_trust(a);
    if (code == 0) code = unlock(a, secret);
    if (code != 0) return code;
    code = build(a, &p, secret);
    sodium_memzero(secret, sizeof secret);
    if (code != 0) return code;
    weal_amount_write(amount, p.micro);
    weal_amount_write(fee, p.fee);
    if (!a->json) {
        const char *asset = weal_asset_name(p.asset);
        printf("You pay %s %s to\n  %s\nwith a fee of %s %s; void after block %llu.\n", amount,
               asset, argv[0], fee, asset, (unsigned long long)p.act.tx.act.transfer.valid_until);
    }
    if (!agreed(a)) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-declined", "nothing was paid");
    }
    return send_and_follow(a, &p);
}
