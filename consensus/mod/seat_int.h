/* SPDX-License-Identifier: ISC */
/* Validator seats. Private to the seat module: seat.c has the acts of seats, seat_set.c terms and
 * weights, seat_evidence.c what conflicting votes cost. */
#ifndef WEAL_CONSENSUS_MOD_SEAT_INT_H
#define WEAL_CONSENSUS_MOD_SEAT_INT_H

#include "consensus/light/set.h"
#include "consensus/mod/module.h"

bool weal_seat_get(struct weal_ctx *c, const uint8_t key[32], struct weal_st_seat *out);
/* Writes a seat and counts its bond and unbonding amounts as stored IT. before: as it was read. */
void weal_seat_put(struct weal_ctx *c, const uint8_t key[32], const struct weal_st_seat *before,
                   const struct weal_st_seat *after);
/* Founding and until its lapse, or leased now. */
bool weal_seat_holds(const struct weal_ctx *c, const struct weal_st_seat *s);
struct weal_key weal_term_key(uint32_t term);

/* End of block: counts the proposer, fixes the next set, ends the term. */
void weal_seat_end(struct weal_ctx *c, const struct weal_header *h);

enum weal_verdict weal_evidence_form(const struct weal_tx *tx);
void weal_evidence_reserve(const struct weal_tx *tx, struct weal_tx_info *info);
enum weal_verdict weal_evidence_check(struct weal_ctx *c, const struct weal_tx *tx);
enum weal_verdict weal_evidence_prove(struct weal_ctx *c, const struct weal_tx *tx);
enum weal_verdict weal_evidence_apply(struct weal_ctx *c, const struct weal_tx *tx);

#endif
