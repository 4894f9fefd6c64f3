/* SPDX-License-Identifier: ISC */
/* What the commands of `weal` share: options, the ways to speak (sentences for people, JSON for
 * programs), and errors, each with a stable name and an exit code. */
#ifndef WEAL_WALLET_APP_H
#define WEAL_WALLET_APP_H

#include <jansson.h>

#include "wallet/address.h"
#include "wallet/trust.h"
#include "wallet/vault.h"

/* Exit codes, as in the manual page. */
enum weal_exit {
    WEAL_EXIT_OK = 0,
    WEAL_EXIT_REFUSED = 1, /* the chain or this wallet refuses */
    WEAL_EXIT_USAGE = 2,
    WEAL_EXIT_NODE = 3,   /* no usable answer from the node */
    WEAL_EXIT_LIE = 4,    /* the node's answer did not verify, or it is of another chain */
    WEAL_EXIT_WALLET = 5, /* the wallet's file or its password */
    WEAL_EXIT_STALE = 6,  /* true, but older than --max-age */
};

struct weal_app {
    bool json, light, yes, no_wait, from_genesis, hurry, again;
    uint64_t max_age_ms;       /* 0: not given; an old block is then only warned of */
    const char *checkpoint;    /* HEIGHT:HASH the user trusts, or NULL */
    const char *from;          /* name of the account that is meant, or NULL */
    size_t limit;              /* history: lines shown; 0: not given */
    uint64_t valid;            /* pay: blocks it may wait for; 0: not given */
    const char *path;          /* of the wallet's file */
    const char *password_file; /* or NULL: asked at the terminal */
    const char *words_file;    /* restore: or NULL: standard input */
    const char *chain;         /* create, restore: chain id that must be met, hex; or NULL */
    char host[64];
    uint16_t port;
    char *default_path; /* owned */
    struct weal_wallet_rpc rpc;
    struct weal_trust trust;
    struct weal_vault_file file;
};

/* A command: arguments after its name. Returns an exit code. */
typedef int weal_command(struct weal_app *a, int argc, char **argv);
weal_command weal_cmd_create, weal_cmd_restore, weal_cmd_address, weal_cmd_balance, weal_cmd_pay,
    weal_cmd_request, weal_cmd_status, weal_cmd_enrol, weal_cmd_visit, weal_cmd_receipts,
    weal_cmd_claim, weal_cmd_auto, weal_cmd_journal, weal_cmd_egress, weal_cmd_policy, weal_cmd_tx,
    weal_cmd_verify, weal_cmd_explain, weal_cmd_accounts, weal_cmd_history, weal_cmd_receipt,
    weal_cmd_check, weal_cmd_seat;

/* Prints the error (to stderr, or with --json as one object) and returns code. */
int weal_app_fail(const struct weal_app *a, enum weal_exit code, const char *name,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same, of a result of trust.h. */
int weal_app_fail_trust(const struct weal_app *a, enum weal_trust_result r);
/* Prints one JSON object and frees it; returns 0. */
int weal_app_json(json_t *o);
json_t *weal_app_hex(const uint8_t *p, size_t n);

/* Reads the wallet's file into a->file; 0 or an exit code after saying why. */
int weal_app_file(struct weal_app *a);
/* Asks for the password (twice when it is new) and returns it in password, ended by 0. */
int weal_app_password(const struct weal_app *a, bool fresh, char password[1024]);
/* Asks for the password and opens the seed, which the caller wipes. */
int weal_app_seed(struct weal_app *a, uint8_t seed[32]);
/* The account of an address of the wallet's chain; 0 or an exit code after saying what is wrong. */
int weal_app_address(const struct weal_app *a, uint8_t key[32], const char *text);
/* Opens a->trust on the wallet's chain, from --checkpoint, the saved checkpoint or the genesis; the
 * file must have been read. */
int weal_app_trust(struct weal_app *a);
/* Keeps the newest term verified for the next run; a failure is warned of, no more. */
void weal_app_trust_keep(const struct weal_app *a);

/* The end of a command that looked at the newest block: keeps what was verified, and warns of an
 * old block, since a node can withhold what it cannot forge. 0, or STALE with --max-age. */
int weal_app_fresh(const struct weal_app *a);
bool weal_app_stale(const struct weal_app *a);

/* ---- amounts: decimal, up to six places, and an asset ---- */
enum { WEAL_AMOUNT_TEXT = 24 };
/* False unless text is digits, at most one point and at most six places, above 0. */
bool weal_amount_read(uint64_t *micro, const char *text);
void weal_amount_write(char text[WEAL_AMOUNT_TEXT], uint64_t micro);
bool weal_asset_read(uint8_t *asset, const char *text);
const char *weal_asset_name(uint8_t asset);

/* ---- accounts as the chain keeps them ---- */
struct weal_app_account {
    bool exists;
    uint64_t nonce;
    uint64_t micro[WEAL_ASSETS]; /* IBC brought to the time of the header, demurrage taken off */
};
int weal_app_account(struct weal_app *a, const uint8_t key[32], struct weal_app_account *out);
/* The fee a node cannot talk up: bytes and one signature at the genesis' rates; nothing while
 * blocks are quiet, by the node's word (if that is wrong the payment is refused, or void in the
 * end). */
uint64_t weal_app_fee(struct weal_app *a, size_t bytes);
/* "just now", "12 s ago", "3 min ago" of a header's time, by this machine's clock. */
void weal_app_age(char out[32], uint64_t time_ms);
uint64_t weal_app_now_ms(void);

#endif
