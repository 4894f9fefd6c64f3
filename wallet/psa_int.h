/* SPDX-License-Identifier: ISC */
/* Shared by the two halves of the agent: psa.c (records, visits) and psa_step.c (what is done
 * when). */
#ifndef WEAL_WALLET_PSA_INT_H
#define WEAL_WALLET_PSA_INT_H

#include "wallet/psa.h"

/* Notes the event, writes the record, and lets it view what was written. Nothing may be sent on the
 * strength of a change before this returned OK. what 0: no event. */
WEAL_MUST_USE enum weal_err psa_keep(struct weal_psa *p, struct weal_receipt *r, uint8_t what,
                                     uint64_t now_ms);
/* A moment within the policy's delay, or now. */
uint64_t psa_later(const struct weal_psa *p, uint64_t now_ms);
enum weal_err psa_fail(struct weal_psa *p, enum weal_err e, const char *name, const char *sentence);
void psa_tell(struct weal_psa *p, const struct weal_receipt *r, bool signing, const char *format,
              ...) __attribute__((format(printf, 4, 5)));
/* One step, if one is due. *waits: it waits for a time or an epoch. */
WEAL_MUST_USE enum weal_err psa_step(struct weal_psa *p, struct weal_receipt *r, uint64_t now_ms,
                                     bool *waits);

#endif
