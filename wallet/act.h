/* SPDX-License-Identifier: ISC */
/* Acts: transactions built and signed on the owner's device. Secrets go to libsodium and
 * libsecp256k1 only. Randomness is an argument. A built transaction is its canonical bytes; the
 * decoded form stays beside it, so that others (attestors, modules) can sign and it be sealed
 * again.
 */
#ifndef WEAL_WALLET_ACT_H
#define WEAL_WALLET_ACT_H

#include "consensus/gen/state_gen.h"
#include "consensus/tx.h"
#include "crypto/base/verdict.h"
#include "crypto/ring/ring.h"

/* Which chain an act is for. */
struct weal_act_chain {
    uint8_t id[32], lineage[32];
};

struct weal_act {
    struct weal_tx tx;
    uint8_t bytes[4096];
    size_t n;
    uint8_t id[32];
    /* what VAR fields view */
    uint8_t ring_proof[WEAL_RING_PROOF_LIMIT];
    char pool[25];
};

/* The ring of a cohort, as the ledger dealt it. */
struct weal_act_ring {
    uint64_t cohort;
    uint16_t version;
    struct weal_st_ring ring;
};

/* Encodes tx into bytes and id. False when a field is out of its limits. */
bool weal_act_seal(struct weal_act *a);
/* What every authority signs. */
void weal_act_hash(uint8_t hash[32], const struct weal_act_chain *c, const struct weal_act *a);
/* A pop of secret over role and hash: attestors, modules, seats and registrants. */
WEAL_MUST_USE enum weal_verdict weal_act_pop(uint8_t out[64], const struct weal_act_chain *c,
                                             const uint8_t secret[32], const char *role,
                                             const uint8_t hash[32], const uint8_t random[32]);

/* An account pays one other; fee in the same asset. */
WEAL_MUST_USE enum weal_verdict
weal_act_transfer(struct weal_act *a, const struct weal_act_chain *c, const uint8_t secret[32],
                  uint64_t nonce, enum weal_asset asset, const uint8_t to[32], uint64_t micro,
                  uint64_t fee, uint64_t valid_until);

/* The same to 1..16 accounts at once. */
WEAL_MUST_USE enum weal_verdict
weal_act_pay(struct weal_act *a, const struct weal_act_chain *c, const uint8_t secret[32],
             uint64_t nonce, enum weal_asset asset, const struct weal_tx_output *outputs,
             uint16_t outputs_n, uint64_t fee, uint64_t valid_until);

/* Enrolment of the key of x under one handle; the attestors' signatures are added after it, and
 * then it is sealed again. */
WEAL_MUST_USE enum weal_verdict weal_act_enrol(struct weal_act *a, const struct weal_act_chain *c,
                                               const uint8_t x[32], const uint8_t handle[32],
                                               const char *jurisdiction, uint64_t valid_until,
                                               const uint8_t random[32]);

/* An activity note of the epoch with secret t; the module's signature is added after it. random: 64
 * bytes. */
WEAL_MUST_USE enum weal_verdict
weal_act_activity(struct weal_act *a, const struct weal_act_chain *c, const uint8_t x[32],
                  const uint8_t t[32], uint32_t epoch, uint8_t n, const struct weal_act_ring *ring,
                  const char *pool, uint16_t module, const uint8_t random[64]);

/* The income of an ended epoch, for the note of (x, t), to a fresh account. */
WEAL_MUST_USE enum weal_verdict weal_act_claim(struct weal_act *a, const struct weal_act_chain *c,
                                               const uint8_t x[32], const uint8_t t[32],
                                               uint32_t epoch, const struct weal_act_ring *ring,
                                               const uint8_t to[32], const uint8_t random[32]);

/* ---- validator seats (consensus/LEDGER.md, 6) ---- */

/* The human of x leases the seat of this secret for a calendar year. random: 64 bytes. */
WEAL_MUST_USE enum weal_verdict
weal_act_seat_lease(struct weal_act *a, const struct weal_act_chain *c, const uint8_t x[32],
                    uint16_t year, const struct weal_act_ring *ring, const uint8_t seat[32],
                    const uint8_t random[64]);

/* What an account says of its seat; fees and amounts in micro-IT. */
struct weal_act_seat {
    uint64_t nonce, fee, valid_until;
    uint64_t amount;       /* bond, unbond */
    const uint8_t *seat;   /* bind: the seat's secret, 32 bytes */
    const uint8_t *random; /* bind: 32 bytes */
};
/* kind: WEAL_TX_SEAT_BIND, _BOND, _UNBOND or _RETURN; secret: the account's. */
WEAL_MUST_USE enum weal_verdict weal_act_seat(struct weal_act *a, const struct weal_act_chain *c,
                                              uint16_t kind, const uint8_t secret[32],
                                              const struct weal_act_seat *v);

#endif
