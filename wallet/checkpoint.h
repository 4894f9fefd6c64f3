/* SPDX-License-Identifier: ISC */
/* What an earlier run of the wallet verified, kept beside the wallet's file (FILE.checkpoint), so
 * that the next run need not walk every term again: the light client at the start of the newest
 * term reached.
 *
 * Its hash guards against damage, not against an attacker, and no key is asked for: balances are
 * shown without a password, and whoever can write in this folder could as well exchange the chain
 * id in the wallet's file. A damaged file, or one of another chain, is as none: the walk begins at
 * the genesis. Written beside, synced and renamed. */
#ifndef WEAL_WALLET_CHECKPOINT_H
#define WEAL_WALLET_CHECKPOINT_H

#include "consensus/light/light.h"
#include "crypto/base/err.h"

enum { WEAL_CHECKPOINT_MAX = 32768 };

/* The encoded form, in out[WEAL_CHECKPOINT_MAX]; its length, or 0 when it does not fit. */
size_t weal_checkpoint_put(uint8_t *out, const struct weal_light *l);
/* False unless bytes are a whole, undamaged checkpoint of this chain and length of terms, at the
 * start of a term. term_blocks 0: as it says itself. */
bool weal_checkpoint_get(struct weal_light *l, struct weal_bytes bytes, const uint8_t chain[32],
                         uint64_t term_blocks);

/* False when there is none that can be used. */
bool weal_checkpoint_read(const char *wallet, struct weal_light *l, const uint8_t chain[32],
                          uint64_t term_blocks);
/* IO, NO_SPACE, NO_MEMORY: the old one, if any, stays. */
WEAL_MUST_USE enum weal_err weal_checkpoint_write(const char *wallet, const struct weal_light *l);

#endif
