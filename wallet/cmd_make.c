/* SPDX-License-Identifier: ISC */
/* weal create, weal restore, weal address, weal request: the wallet itself and how to be paid. */
#include <libgen.h>
#include <qrencode.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wallet/app_agent.h"
#include "wallet/egress.h"
#include "wallet/keys.h"
#include "wallet/psa.h"
#include "wallet/words.h"

static int usage(const struct weal_app *a, const char *sentence) {
    return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage", "%s", sentence);
}

/* ---- making ---- */

/* The chain that the new wallet will belong to: the node's, which must be --chain when given. */
static int chain_choose(struct weal_app *a) {
    uint8_t want[32];
    if (a->chain && !weal_hex_read(a->chain, strlen(a->chain), want, 32)) {
        return usage(a, "--chain takes the 64 hex digits of a chain id");
    }
    enum weal_trust_result r = weal_trust_open(&a->trust, &a->rpc, a->chain ? want : NULL);
    if (r != WEAL_TRUST_OK) return weal_app_fail_trust(a, r);
    memcpy(a->file.chain, a->trust.chain.id, 32);
    snprintf(a->file.prefix, sizeof a->file.prefix, "%s", a->trust.prefix);
    return 0;
}

static void folder_make(const char *path) {
    char *copy = strdup(path);
    if (copy) mkdir(dirname(copy), 0700); /* if it fails, writing the file will say so */
    free(copy);
}

/* Seals the seed under a new password and writes the file. */
static int keep(struct weal_app *a, const uint8_t seed[32]) {
    char password[1024];
    uint8_t secret[32];
    int code = weal_app_password(a, true, password);
    if (code != 0) return code;
    weal_keys_account(secret, a->file.account, seed, 0);
    sodium_memzero(secret, sizeof secret);
    enum weal_err e = weal_vault_seal(&a->file, seed, weal_bytes(password, strlen(password)),
                                      a->light ? WEAL_VAULT_LIGHT : WEAL_VAULT_NORMAL);
    sodium_memzero(password, sizeof password);
    folder_make(a->path);
    if (e == WEAL_OK) e = weal_vault_write(a->path, &a->file);
    if (e == WEAL_OK) {
        char *folder = weal_psa_folder(a->path);
        e = folder ? weal_egress_make(folder, seed) : WEAL_ERR_NO_MEMORY;
        free(folder);
    }
    if (e == WEAL_OK) return 0;
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-file", "%s: %s", a->path, weal_err_text(e));
}

static int made(const struct weal_app *a, const char *verb, const char *words) {
    char address[WEAL_ADDRESS_TEXT];
    weal_address_write(address, a->file.prefix, a->file.account);
    if (a->json) {
        return weal_app_json(json_pack("{s:s, s:s, s:o, s:s, s:s*}", "wallet", a->path, "address",
                                       address, "chain", weal_app_hex(a->file.chain, 32), "account",
                                       "0", "words", words));
    }
    char id[65];
    sodium_bin2hex(id, sizeof id, a->file.chain, 32);
    printf("Your wallet is %s at %s.\n"
           "It belongs to the chain %s, whose id is\n  %s\n",
           verb, a->path, a->trust.name_of_chain, id);
    if (!a->chain) puts("Compare this id with one from a source you trust.");
    printf("Your address is\n  %s\n", address);
    if (words) {
        printf(
            "\nWrite these 24 words down on paper and show them to nobody. They are the wallet:\n"
            "who has them has your money, and without them nobody can give it back.\n\n");
        char copy[WEAL_WORDS_TEXT], *save = NULL;
        snprintf(copy, sizeof copy, "%s", words);
        unsigned i = 0;
        for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
            printf("  %2u. %-10s%s", i + 1, w, i % 4 == 3 ? "\n" : "");
            i++;
        }
        sodium_memzero(copy, sizeof copy);
    }
    return 0;
}

static int absent_check(const struct weal_app *a) {
    if (access(a->path, F_OK) != 0) return 0;
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-exists",
                         "there is a wallet at %s already; it is not overwritten", a->path);
}

int weal_cmd_create(struct weal_app *a, int argc, char **argv) {
    (void)argv;
    uint8_t seed[32];
    char words[WEAL_WORDS_TEXT];
    if (argc != 0) return usage(a, "weal create takes no argument");
    int code = absent_check(a);
    if (code == 0) code = chain_choose(a);
    if (code != 0) return code;
    randombytes_buf(seed, sizeof seed);
    code = keep(a, seed);
    weal_words_write(words, seed);
    sodium_memzero(seed, sizeof seed);
    if (code == 0) code = made(a, "made", words);
    sodium_memzero(words, sizeof words);
    return code;
}

static int words_take(const struct weal_app *a, uint8_t seed[32]) {
    char text[4096];
    unsigned at;
    FILE *in = a->words_file ? fopen(a->words_file, "re") : stdin;
    if (!in)
        return weal_app_fail(a, WEAL_EXIT_WALLET, "words-file", "cannot read %s", a->words_file);
    if (!a->words_file && isatty(0)) {
        fputs("Type your 24 words, then an empty line:\n", stderr);
    }
    size_t n = 0;
    while (n + 1 < sizeof text && fgets(text + n, (int)(sizeof text - n), in)) {
        if (text[n] == '\n') break;
        n += strlen(text + n);
    }
    text[n] = 0;
    if (a->words_file) fclose(in);
    enum weal_words_result r = weal_words_read(seed, text, &at);
    sodium_memzero(text, sizeof text);
    switch (r) {
    case WEAL_WORDS_OK:
        return 0;
    case WEAL_WORDS_COUNT:
        return weal_app_fail(a, WEAL_EXIT_WALLET, "words-count", "there must be 24 words");
    case WEAL_WORDS_UNKNOWN:
        return weal_app_fail(a, WEAL_EXIT_WALLET, "words-unknown",
                             "word %u is not in the list; look for a slip of the pen", at);
    case WEAL_WORDS_CHECKSUM:
        break;
    }
    return weal_app_fail(a, WEAL_EXIT_WALLET, "words-checksum",
                         "these words do not belong together: one is wrong or two are swapped");
}

int weal_cmd_restore(struct weal_app *a, int argc, char **argv) {
    (void)argv;
    uint8_t seed[32];
    if (argc != 0)
        return usage(
            a, "weal restore takes no argument; the words come from --words-file or are typed");
    int code = absent_check(a);
    if (code == 0) code = words_take(a, seed);
    if (code == 0) code = chain_choose(a);
    if (code == 0) code = keep(a, seed);
    sodium_memzero(seed, sizeof seed);
    return code == 0 ? made(a, "restored", NULL) : code;
}

/* ---- being paid ---- */

int weal_cmd_address(struct weal_app *a, int argc, char **argv) {
    (void)argv;
    uint8_t key[32];
    char address[WEAL_ADDRESS_TEXT];
    if (argc != 0) return usage(a, "weal address takes no argument");
    int code = weal_app_file(a);
    if (code != 0) return code;
    code = weal_app_own(a, key);
    if (code != 0) return code;
    weal_address_write(address, a->file.prefix, key);
    if (a->json) {
        return weal_app_json(
            json_pack("{s:s, s:o}", "address", address, "account", weal_app_hex(key, 32)));
    }
    puts(address);
    return 0;
}

/* Two modules a line by half blocks, with the quiet zone of four that readers want; dark on light
 * whatever the terminal's colours. */
static void qr_print(const QRcode *q) {
    static const char *const half[4] = {" ", "\xe2\x96\x84", "\xe2\x96\x80", "\xe2\x96\x88"};
    for (int y = -4; y < q->width + 4; y += 2) {
        fputs("\033[30;107m", stdout);
        for (int x = -4; x < q->width + 4; x++) {
            unsigned bits = 0;
            for (int k = 0; k < 2; k++) {
                int row = y + k;
                bool in = x >= 0 && x < q->width && row >= 0 && row < q->width;
                if (in && (q->data[row * q->width + x] & 1) != 0) bits |= k == 0 ? 2 : 1;
            }
            fputs(half[bits], stdout);
        }
        fputs("\033[0m\n", stdout);
    }
}

int weal_cmd_request(struct weal_app *a, int argc, char **argv) {
    char address[WEAL_ADDRESS_TEXT], amount[WEAL_AMOUNT_TEXT], uri[256];
    uint8_t key[32];
    uint64_t micro;
    uint8_t asset = WEAL_ASSET_IBC;
    if (argc < 1 || argc > 2) return usage(a, "say: weal request AMOUNT [IBC|IT]");
    if (!weal_amount_read(&micro, argv[0])) {
        return usage(a, "an amount is above 0 and has at most six decimal places");
    }
    if (argc == 2 && !weal_asset_read(&asset, argv[1])) return usage(a, "an asset is IBC or IT");
    int code = weal_app_file(a);
    if (code != 0) return code;
    code = weal_app_own(a, key);
    if (code != 0) return code;
    weal_address_write(address, a->file.prefix, key);
    weal_amount_write(amount, micro);
    snprintf(uri, sizeof uri, "weal:%s?amount=%s&asset=%s", address, amount,
             weal_asset_name(asset));
    if (a->json) {
        return weal_app_json(json_pack("{s:s, s:s, s:s, s:s}", "uri", uri, "address", address,
                                       "amount", amount, "asset", weal_asset_name(asset)));
    }
    QRcode *q = QRcode_encodeString(uri, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    printf("Ask to be paid %s %s with\n  %s\n\n", amount, weal_asset_name(asset), uri);
    if (q) qr_print(q);
    QRcode_free(q);
    return 0;
}
