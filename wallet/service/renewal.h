/* SPDX-License-Identifier: ISC */
/* What an attestor has on its disk of its share, and of renewals of it (README.md here, "Renewal").
 * Every file is written whole (weal_file_keep), so a crash leaves the old or the new; which share
 * is in force is never a matter of files but of the chain, whose commitment says it.
 *
 *   share.key          the share, and of which renewal it is (0: the first ceremony)
 *   share-SESSION.key  a share that will be in force when the chain says so; there may be several
 *   session-SESSION    a ceremony under way: what it began with, and all that was said
 *   renewal.box        secret of the key to which shares of the coming renewal are sealed
 *
 * SESSION: 16 hex digits of the roster's nonce. Blocking. */
#ifndef WEAL_WALLET_SERVICE_RENEWAL_H
#define WEAL_WALLET_SERVICE_RENEWAL_H

#include "wallet/enrol.h"
#include "wallet/service/dkg.h"

struct weal_renewal {
    char dir[512];
    uint32_t number;               /* the quorum's count of renewals when it is in force */
    struct weal_dkg_roster roster; /* whole */
    uint8_t random[WEAL_DKG_RANDOM];
};

/* Keeps the share of the first ceremony. */
WEAL_MUST_USE enum weal_err weal_share_keep(const char *dir, const uint8_t share[32]);
/* The share whose commitment the chain has after so many renewals. One that waited becomes
 * share.key and the old one is destroyed, with all else of renewals up to this one.
 * NOT_FOUND: none here; an older one is destroyed. BUSY: ours is of a later renewal than the node
 * knows. CORRUPT: share.key is damaged, or of another chain. IO. */
WEAL_MUST_USE enum weal_err weal_share_choose(const char *dir, const uint8_t commitment[32],
                                              uint32_t renewals, uint8_t share[32]);

/* The box key of the coming renewal, made when there is none and make is set. NOT_FOUND. */
WEAL_MUST_USE enum weal_err weal_renewal_box(const char *dir, bool make, uint8_t secret[32],
                                             uint8_t box[32]);

/* Completes a roster (nonce, n, t, members) from the session's file if there is one, so that a
 * ceremony goes on as it began, else from the chain, and keeps it before a word is said.
 * INVALID: it is of a renewal that is over, or not the next one. */
WEAL_MUST_USE enum weal_err weal_renewal_begin(struct weal_renewal *r, const char *dir,
                                               const struct weal_dkg_roster *roster,
                                               const struct weal_quorum *quorum,
                                               const uint8_t chain_id[32]);
/* Gives a machine made of r what had been said. */
WEAL_MUST_USE enum weal_err weal_renewal_restore(const struct weal_renewal *r, struct weal_dkg *d);
/* Keeps all that was said; a weal_ceremony_keep. ctx is the weal_renewal. */
enum weal_err weal_renewal_save(void *ctx, const struct weal_dkg *d);
/* Keeps the outcome until the chain decides. */
WEAL_MUST_USE enum weal_err weal_renewal_stage(const struct weal_renewal *r,
                                               const struct weal_dkg *d);
void weal_renewal_release(struct weal_renewal *r);

#endif
