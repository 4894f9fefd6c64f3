/* SPDX-License-Identifier: ISC */
#include "wallet/app.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "wallet/checkpoint.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    OLD_MS = 600000 /* a header older than this is worth a warning */
};

/* ---- speaking ---- */

int weal_app_json(json_t *o) {
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
    return 0;
}

json_t *weal_app_hex(const uint8_t *p, size_t n) {
    char text[2 * 64 + 1];
    sodium_bin2hex(text, sizeof text, p, n);
    return json_string(text);
}

int weal_app_fail(const struct weal_app *a, enum weal_exit code, const char *name,
                  const char *format, ...) {
    char sentence[512];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    if (a->json) {
        weal_app_json(json_pack("{s:{s:s, s:s}}", "error", "name", name, "sentence", sentence));
    } else {
        fprintf(stderr, "weal: %s (%s)\n", sentence, name);
    }
    return (int)code;
}

int weal_app_fail_trust(const struct weal_app *a, enum weal_trust_result r) {
    const struct weal_trust *t = &a->trust;
    if (r == WEAL_TRUST_LIE) {
        return weal_app_fail(a, WEAL_EXIT_LIE, t->name,
                             "do not trust this node: what it answered did not verify: %s",
                             t->sentence);
    }
    enum weal_exit code = r == WEAL_TRUST_CHAIN    ? WEAL_EXIT_LIE
                          : r == WEAL_TRUST_MEMORY ? WEAL_EXIT_REFUSED
                                                   : WEAL_EXIT_NODE;
    return weal_app_fail(a, code, t->name, "%s", t->sentence);
}

/* ---- the wallet's file and password ---- */

int weal_app_file(struct weal_app *a) {
    enum weal_err e = weal_vault_read(a->path, &a->file);
    if (e == WEAL_OK) return 0;
    if (e == WEAL_ERR_NOT_FOUND) {
        return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-absent",
                             "there is no wallet at %s; make one with `weal create`", a->path);
    }
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-file", "%s: %s", a->path, weal_err_text(e));
}

/* One line without its end; false at the end of input or when it is too long. */
static bool line_read(FILE *in, char *out, size_t cap) {
    if (!fgets(out, (int)cap, in)) return false;
    size_t n = strcspn(out, "\r\n");
    bool whole = out[n] != 0 || feof(in);
    out[n] = 0;
    return whole;
}

static bool ask(const char *prompt, char *out, size_t cap) {
    FILE *tty = fopen("/dev/tty", "r+e");
    struct termios shown, hidden;
    if (!tty) return false;
    bool can = tcgetattr(fileno(tty), &shown) == 0;
    if (can) hidden = shown, hidden.c_lflag &= ~(tcflag_t)ECHO;
    /* before the question: who answers at once must neither be shown nor be thrown away */
    if (can) tcsetattr(fileno(tty), TCSAFLUSH, &hidden);
    fputs(prompt, tty);
    fflush(tty);
    rewind(tty);
    bool ok = line_read(tty, out, cap);
    if (can) tcsetattr(fileno(tty), TCSADRAIN, &shown);
    fputc('\n', tty);
    fclose(tty);
    return ok;
}

int weal_app_password(const struct weal_app *a, bool fresh, char password[1024]) {
    char again[1024];
    if (a->password_file) {
        FILE *in = fopen(a->password_file, "re");
        bool ok = in && line_read(in, password, 1024);
        if (in) fclose(in);
        if (ok) return 0;
        return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-password-file",
                             "cannot read a password from %s", a->password_file);
    }
    if (!ask("Password of this wallet: ", password, 1024) ||
        (fresh && !ask("The same once more: ", again, sizeof again))) {
        return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-no-terminal",
                             "no terminal to ask for the password; use --password-file");
    }
    bool same = !fresh || strcmp(password, again) == 0;
    if (fresh) sodium_memzero(again, sizeof again);
    if (same) return 0;
    sodium_memzero(password, 1024);
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-password-differs",
                         "the two passwords are not the same");
}

int weal_app_seed(struct weal_app *a, uint8_t seed[32]) {
    char password[1024];
    int code = weal_app_password(a, false, password);
    if (code != 0) return code;
    enum weal_err e = weal_vault_open(seed, &a->file, weal_bytes(password, strlen(password)));
    sodium_memzero(password, sizeof password);
    if (e == WEAL_OK) return 0;
    if (e == WEAL_ERR_NO_MEMORY) {
        return weal_app_fail(a, WEAL_EXIT_WALLET, "no-memory", "%s", weal_err_text(e));
    }
    return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-password",
                         "this is not the password, or the wallet's file was altered");
}

int weal_app_address(const struct weal_app *a, uint8_t key[32], const char *text) {
    switch (weal_address_read(key, a->file.prefix, text)) {
    case WEAL_ADDRESS_OK:
        return 0;
    case WEAL_ADDRESS_PREFIX:
        return weal_app_fail(a, WEAL_EXIT_REFUSED, "address-chain",
                             "this address is of another chain; those of this one begin with %s1",
                             a->file.prefix);
    case WEAL_ADDRESS_FORM:
        break;
    }
    return weal_app_fail(a, WEAL_EXIT_REFUSED, "address-form",
                         "this is no address: a character is wrong or missing");
}

static bool checkpoint_parse(const char *text, uint64_t *height, uint8_t id[32]) {
    char *end;
    if (*text < '1' || *text > '9') return false;
    errno = 0;
    unsigned long long h = strtoull(text, &end, 10);
    *height = h;
    return errno == 0 && h <= INT64_MAX && *end == ':' &&
           weal_hex_read(end + 1, strlen(end + 1), id, 32);
}

int weal_app_trust(struct weal_app *a) {
    struct weal_light saved;
    uint64_t height = 0;
    uint8_t id[32];
    if (a->checkpoint && !checkpoint_parse(a->checkpoint, &height, id)) {
        return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage",
                             "--checkpoint takes a height, a colon and 64 hex digits of a block");
    }
    enum weal_trust_result r = weal_trust_open(&a->trust, &a->rpc, a->file.chain);
    if (r == WEAL_TRUST_OK &&
        weal_checkpoint_read(a->path, &saved, a->file.chain, a->trust.params.term_blocks)) {
        r = weal_trust_resume(&a->trust, &saved, a->from_genesis);
    }
    if (r == WEAL_TRUST_OK && a->checkpoint && !a->from_genesis) {
        r = weal_trust_checkpoint(&a->trust, height, id);
    }
    return r == WEAL_TRUST_OK ? 0 : weal_app_fail_trust(a, r);
}

void weal_app_trust_keep(const struct weal_app *a) {
    const struct weal_light *l = &a->trust.base;
    bool start = l->term != 0 && l->height == l->term * l->term_blocks;
    if (!start || l->height <= a->trust.saved.height) return;
    enum weal_err e = weal_checkpoint_write(a->path, l);
    if (e != WEAL_OK) {
        fprintf(stderr, "weal: the checkpoint could not be kept: %s (wallet-checkpoint-file)\n",
                weal_err_text(e));
    }
}

bool weal_app_stale(const struct weal_app *a) {
    uint64_t limit = a->max_age_ms != 0 ? a->max_age_ms : OLD_MS;
    uint64_t now = weal_app_now_ms();
    return now > a->trust.at.time_ms && now - a->trust.at.time_ms > limit;
}

int weal_app_fresh(const struct weal_app *a) {
    char age[32];
    weal_app_trust_keep(a);
    if (!weal_app_stale(a)) return 0;
    weal_app_age(age, a->trust.at.time_ms);
    fprintf(stderr, "weal: this node's newest block is of %s; it may be behind (node-behind)\n",
            age);
    return a->max_age_ms != 0 ? WEAL_EXIT_STALE : 0;
}

/* ---- amounts ---- */

bool weal_amount_read(uint64_t *micro, const char *text) {
    uint64_t x = 0;
    int places = -1; /* digits after the point; -1: no point yet */
    bool digits = false;
    for (const char *p = text; *p; p++) {
        if (*p == '.' && places < 0) {
            places = 0;
            continue;
        }
        if (*p < '0' || *p > '9' || places == 6 || __builtin_mul_overflow(x, UINT64_C(10), &x) ||
            __builtin_add_overflow(x, (uint64_t)(*p - '0'), &x)) {
            return false;
        }
        digits = true;
        if (places >= 0) places++;
    }
    for (int i = places < 0 ? 0 : places; i < 6; i++) {
        if (__builtin_mul_overflow(x, UINT64_C(10), &x)) return false;
    }
    *micro = x;
    return digits && x != 0;
}

void weal_amount_write(char text[WEAL_AMOUNT_TEXT], uint64_t micro) {
    int n = snprintf(text, WEAL_AMOUNT_TEXT, "%llu.%06llu", (unsigned long long)(micro / 1000000),
                     (unsigned long long)(micro % 1000000));
    while (text[n - 1] == '0') text[--n] = 0;
    if (text[n - 1] == '.') text[n - 1] = 0;
}

bool weal_asset_read(uint8_t *asset, const char *text) {
    if (strcasecmp(text, "IT") == 0) return *asset = WEAL_ASSET_IT, true;
    if (strcasecmp(text, "IBC") == 0) return *asset = WEAL_ASSET_IBC, true;
    return false;
}

const char *weal_asset_name(uint8_t asset) {
    return asset == WEAL_ASSET_IT ? "IT" : asset == WEAL_ASSET_IBC ? "IBC" : "?";
}

/* ---- accounts ---- */

/* As the ledger brings a balance to the present: one floor a step. */
static uint64_t melt(const struct weal_params *p, uint64_t b, uint64_t from, uint64_t to) {
    uint64_t keep = 1000000 - p->demurrage_ppm;
    for (; from < to && b != 0; from++) {
        b = b / 1000000 * keep + b % 1000000 * keep / 1000000;
    }
    return b;
}

int weal_app_account(struct weal_app *a, const uint8_t key[32], struct weal_app_account *out) {
    uint8_t at[33] = {TABLE_ACCOUNT}, *value = malloc(65536);
    size_t n;
    memset(out, 0, sizeof *out);
    memcpy(at + 1, key, 32);
    if (!value) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, "no-memory", "the system gave no memory");
    }
    struct weal_trust *t = &a->trust;
    enum weal_trust_result r = weal_trust_record(t, WEAL_BYTES(at), value, &n, &out->exists);
    if (r == WEAL_TRUST_OK && out->exists) {
        struct weal_st_account s;
        struct weal_rd rd = weal_rd(weal_bytes(value, n));
        weal_st_account_get(&rd, &s);
        out->nonce = s.nonce;
        uint64_t step = (t->at.time_ms - t->genesis_ms) / t->params.demurrage_step_ms;
        for (unsigned i = 0; i < s.balances_n; i++) {
            const struct weal_st_balance *b = &s.balances[i];
            if (b->asset >= WEAL_ASSETS) continue;
            out->micro[b->asset] =
                b->asset == WEAL_ASSET_IBC ? melt(&t->params, b->micro, b->step, step) : b->micro;
        }
    }
    free(value);
    return r == WEAL_TRUST_OK ? 0 : weal_app_fail_trust(a, r);
}

uint64_t weal_app_now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void weal_app_age(char out[32], uint64_t time_ms) {
    uint64_t now = weal_app_now_ms(), s = now > time_ms ? (now - time_ms) / 1000 : 0;
    if (s < 3) {
        snprintf(out, 32, "just now");
    } else if (s < 120) {
        snprintf(out, 32, "%llu s ago", (unsigned long long)s);
    } else if (s < 7200) {
        snprintf(out, 32, "%llu min ago", (unsigned long long)(s / 60));
    } else {
        snprintf(out, 32, "%llu hours ago", (unsigned long long)(s / 3600));
    }
}

uint64_t weal_app_fee(struct weal_app *a, size_t bytes) {
    json_t *o;
    bool quiet = false;
    if (weal_wallet_rpc_call(&a->rpc, "tx.fee", json_pack("{s:I}", "bytes", (json_int_t)bytes),
                             &o) == WEAL_OK) {
        quiet = json_is_true(json_object_get(o, "quiet"));
        json_decref(o);
    }
    const struct weal_params *p = &a->trust.params;
    return quiet ? 0 : p->fee_byte_micro * bytes + p->fee_sig_micro;
}
