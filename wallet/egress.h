/* SPDX-License-Identifier: ISC */
/* The list of everything the wallet's program says to others: when, to whom, which question. A line
 * is written before the question is sent, so the list is complete whenever the process ends (a
 * power cut may take its last lines). Each line is sealed to its owner (crypto_box_seal): commands
 * that ask for no password can add to it, and only the seed reads it. Sizes are rounded, so the
 * file shows how many questions there were and nothing of them.
 *
 * For the whole process; one thread. */
#ifndef WEAL_WALLET_EGRESS_H
#define WEAL_WALLET_EGRESS_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

/* Makes the folder and the key that lines are sealed to, if they are not there. IO, NO_SPACE. */
WEAL_MUST_USE enum weal_err weal_egress_make(const char *folder, const uint8_t seed[32]);
/* From here on every question of this process is listed; nothing happens where no key was made. */
void weal_egress_begin(const char *folder);
/* A question is about to leave. False: it could not be listed, and must not be sent. */
WEAL_MUST_USE bool weal_egress_tell(const char *host, uint16_t port, const char *method);

/* Calls fn for every line, oldest first. CORRUPT: a line is not this wallet's, or was altered. */
typedef void weal_egress_fn(void *ctx, uint64_t time_ms, const char *text);
WEAL_MUST_USE enum weal_err weal_egress_read(const char *folder, const uint8_t seed[32],
                                             weal_egress_fn *fn, void *ctx);

#endif
