/* SPDX-License-Identifier: ISC */
/* Quorums of attestors, and the renewal of their shares. Private to the human module. */
#ifndef WEAL_CONSENSUS_MOD_ATTEST_H
#define WEAL_CONSENSUS_MOD_ATTEST_H

#include "consensus/mod/module.h"

/* Accepts when the list is ascending, of active attestors, none of them in `without`, and at least
 * t (or 2t when grave) long. *mask: bit i for attestor i. Signatures are attest_prove's. */
enum weal_verdict weal_attest_check(struct weal_ctx *c, const struct weal_tx_attest *list,
                                    unsigned n, bool grave, uint64_t without, uint64_t *mask);
enum weal_verdict weal_attest_prove(struct weal_ctx *c, const struct weal_tx_attest *list,
                                    unsigned n);
bool weal_quorum_get(struct weal_ctx *c, struct weal_st_quorum *out);

/* attestor.renew: the commitments of all shares change at once, to points of one polynomial of
 * degree t - 1 whose constant is the common key; so any t of the new shares answer as any t of the
 * old did. That attestors have the shares is said by 2t signatures. */
enum weal_verdict weal_attest_renew_form(const struct weal_tx *tx);
void weal_attest_renew_reserve(const struct weal_tx *tx, struct weal_tx_info *info);
enum weal_verdict weal_attest_renew_check(struct weal_ctx *c, const struct weal_tx *tx);
enum weal_verdict weal_attest_renew_prove(struct weal_ctx *c, const struct weal_tx *tx);
enum weal_verdict weal_attest_renew_apply(struct weal_ctx *c, const struct weal_tx *tx);

#endif
