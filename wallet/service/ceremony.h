/* SPDX-License-Identifier: ISC */
/* The ceremony of dkg.h over the network: every member serves what it has heard (method dkg.said)
 * and asks all others for theirs, until it is over. Plain HTTP: what is said is signed, and shares
 * are sealed to their owners. */
#ifndef WEAL_WALLET_SERVICE_CEREMONY_H
#define WEAL_WALLET_SERVICE_CEREMONY_H

#include "wallet/place.h"
#include "wallet/service/attestor.h"

struct weal_ceremony_place { /* where a member listens, and which attestor it is */
    uint8_t key[32];
    struct weal_place at;
};

/* {"session": 64 hex, "t": T, "renewal": false, "members": [{"name", "key", "sign", "box",
 * "address": "HOST:PORT"}, ...]}: the roster, and which holder (1..n) has this signing key; 0 and a
 * sentence in *why when it is none, or not ours. */
uint32_t weal_ceremony_roster(const json_t *text, const uint8_t key[32],
                              struct weal_dkg_roster *roster,
                              struct weal_ceremony_place places[WEAL_DKG_N_MAX], const char **why);

/* Puts what was said on the disk, before others hear what this member says next. */
typedef enum weal_err weal_ceremony_keep(void *ctx, const struct weal_dkg *d);

/* Takes part, listening on port; a phase lasts at most phase_ms. Returns when it is over and the
 * others have what they need from us (or after phase_ms more); d tells how. keep may be NULL: then
 * a member that dies must not come back to this session. IO: the port; keep's errors. */
WEAL_MUST_USE enum weal_err weal_ceremony_run(struct weal_dkg *d,
                                              const struct weal_ceremony_place *places,
                                              uint16_t port, unsigned phase_ms,
                                              weal_ceremony_keep *keep, void *ctx);

#endif
