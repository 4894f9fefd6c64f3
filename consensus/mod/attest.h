/* SPDX-License-Identifier: ISC */
/* Quorums of attestors. Private to the human module. */
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

#endif
