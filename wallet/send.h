/* SPDX-License-Identifier: ISC */
/* Payments on their way: kept before they are sent (wallet/purse.h), sent again until their fate is
 * proven, and only the very same bytes. A payment is over when the receipt of a final block shows
 * its code, when no block can take it any more (its last height is past, proven, and its number
 * unused), or when the node refused it outright; then its number is used for the next one, so that
 * even a node that refuses, and sends it on later, cannot make two payments of one. */
#ifndef WEAL_WALLET_SEND_H
#define WEAL_WALLET_SEND_H

#include "wallet/purse.h"

enum { WEAL_SEND_MAX = 64 };

struct weal_send {
    uint8_t id[32];
    uint8_t bytes[4096]; /* the transaction; v.act views it */
    struct weal_transfer transfer;
    struct weal_purse_payment v;
    char code[64]; /* v.code views it; empty: on its way */
    uint64_t sent_ms;
    bool refused; /* by a node, in an earlier run: somebody may still send it, we don't */
    char was[64]; /* why */
    bool news;    /* over, and its owner has not been told */
};

struct weal_sends {
    struct weal_send *list; /* heap, WEAL_SEND_MAX places */
    size_t n;
};

/* Was refused by a node; it may yet get in until its last height. */
bool weal_send_refused(const struct weal_send *x);

/* All payments that are not over, those refused too. 0 or an exit code after saying why. */
int weal_sends_open(struct weal_app *a, struct weal_purse *p, struct weal_sends *out);
void weal_sends_close(struct weal_sends *s);
/* The number of the account's next transaction: after its last one, and after those on their way.
 */
uint64_t weal_sends_nonce(const struct weal_sends *s, const struct weal_purse_account *x);
/* Keeps the act as a payment on its way; nothing is sent yet. FULL: too many are on their way. */
WEAL_MUST_USE enum weal_err weal_sends_add(struct weal_sends *s, struct weal_purse *p,
                                           const struct weal_act *act, uint64_t now_ms);
/* Looks at one, sends it if that is due, and finds out what became of it. 0 or an exit code after
 * saying why; a node that is silent is no error. */
int weal_sends_step(struct weal_app *a, struct weal_send *x, uint64_t now_ms);
/* Keeps what became of it, after its owner was told: until then the same command, said again, means
 * the same payment. 0 or an exit code after saying why. */
int weal_sends_told(struct weal_app *a, struct weal_purse *p, struct weal_send *x);

#endif
