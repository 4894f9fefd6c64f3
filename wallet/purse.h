/* SPDX-License-Identifier: ISC */
/* The wallet's money: which accounts are its own, payments kept before they are sent, and a history
 * read from all blocks, so that no node learns whose it is. Everything kept is in the agent's
 * sealed folder (wallet/safe.h). Amounts and nonces are proven under final headers
 * (wallet/trust.h).
 *
 * An account is 0, 1, ... (made by its owner, to be given away as addresses) or that of an income
 * (epoch and attempt, made by a claim). They are not tied to one another by anybody until money of
 * two of them meets in one place. Blocking; one thread an object. */
#ifndef WEAL_WALLET_PURSE_H
#define WEAL_WALLET_PURSE_H

#include "wallet/app.h"
#include "wallet/gen/purse_gen.h"
#include "wallet/psa.h"

enum { WEAL_PURSE_GAP = 20 /* accounts looked for beyond the last one made, after a restore */ };

struct weal_purse_account {
    char name[24]; /* "0", "income/7" or "income/7.1" */
    uint8_t key[32];
    bool income;
    uint32_t index; /* of an account, or the epoch of an income */
    uint8_t attempt;
    struct weal_app_account at; /* by weal_purse_look */
};

struct weal_purse {
    struct weal_psa *psa; /* kept */
    struct weal_purse_accounts *kept;
    struct weal_purse_account *list; /* heap */
    size_t n;
};

/* NO_MEMORY, IO, CORRUPT. */
WEAL_MUST_USE enum weal_err weal_purse_open(struct weal_purse *p, struct weal_psa *psa);
void weal_purse_close(struct weal_purse *p);
/* One more account, durable before this returns. */
WEAL_MUST_USE enum weal_err weal_purse_more(struct weal_purse *p);
/* Keeps what was found: accounts up to count, and an income. */
WEAL_MUST_USE enum weal_err weal_purse_found(struct weal_purse *p, uint32_t count, uint32_t epoch,
                                             uint8_t attempt, bool income);
/* By name; NULL: there is none. */
struct weal_purse_account *weal_purse_find(struct weal_purse *p, const char *name);
/* The secret of an account; wiped by the caller. */
void weal_purse_secret(const struct weal_purse *p, const struct weal_purse_account *x,
                       uint8_t secret[32]);
/* What every account has, or the one --account names alone, proven; 0 or an exit code after saying
 * why. */
int weal_purse_look(struct weal_app *a, struct weal_purse *p);

/* ---- payments ---- */

/* Keeps a payment that is about to be sent, or what became of it. */
WEAL_MUST_USE enum weal_err weal_purse_payment_keep(struct weal_purse *p, const uint8_t id[32],
                                                    const struct weal_purse_payment *v);
/* Calls fn for every payment kept; the first that does not return OK ends it. */
typedef enum weal_err weal_purse_payment_fn(void *ctx, const uint8_t id[32],
                                            const struct weal_purse_payment *v);
WEAL_MUST_USE enum weal_err weal_purse_payments(const struct weal_purse *p,
                                                weal_purse_payment_fn *fn, void *ctx);

/* ---- history ---- */

enum weal_purse_kind {
    WEAL_PURSE_PAID = 1,
    WEAL_PURSE_RECEIVED,
    WEAL_PURSE_INCOME,
    WEAL_PURSE_FAILED
};

/* Reads all blocks since the last time, or from the first one when again is set; tells how far it
 * is. 0 or an exit code after saying why; what was read before that is kept. */
int weal_purse_scan(struct weal_app *a, struct weal_purse *p, bool again,
                    void (*progress)(void *ctx, uint64_t at, uint64_t of), void *ctx);
/* All lines kept, oldest first, on the heap; *n of them. NULL with *n 0: none, or the records can't
 * be read (then *e says why). */
struct weal_purse_entry *weal_purse_history(const struct weal_purse *p, size_t *n,
                                            enum weal_err *e);

#endif
