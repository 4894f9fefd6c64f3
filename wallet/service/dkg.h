/* SPDX-License-Identifier: ISC */
/* How attestors make their common VOPRF key without a dealer, or renew their shares of it: the
 * arithmetic of crypto/oprf/threshold.h as a machine of messages. Nobody ever has the key.
 *
 * Five phases; in each every member says one thing to all, signed (Ed25519) over the session:
 *
 *   HASH      the hash of its dealing
 *   DEAL      the dealing, and a share for each member, sealed to that member (crypto_box)
 *   COMPLAIN  whose share does not fit its dealing, or whose dealing is not here
 *   ANSWER    the shares that were complained about, in the clear
 *   CONFIRM   the hash of everything said before, as it arrived here
 *
 * A phase ends when all have spoken, or when the caller says that the time is up. A dealer is left
 * out who was silent in HASH or DEAL, whose dealing is not what its hash promised, or who did not
 * answer every complaint with a share that fits. The rest are qualified; their dealings add up. A
 * complaint that is answered well costs the complainer its secrecy towards that one dealer, nobody
 * else anything: a false one gains nothing.
 *
 * Messages are public and may come from anybody, in any order, twice; the caller brings each
 * member's messages to every other (asking everybody for all they have: one honest path is enough).
 * Who signs two different messages of one phase is exposed by them: the ceremony ends and names it.
 * If what members heard differs otherwise (one closed a phase before a message arrived), CONFIRM
 * differs, the ceremony ends without a key, and is done again with a new session.
 *
 * Bound: with fewer than t dishonest members the key is unknown to them, and nobody could choose it
 * (hashes come before dealings; who withholds its dealing afterwards has one bit, as in Gennaro et
 * al., J. Cryptology 2007, section 4.2, which does not help against a VOPRF's security).
 *
 * Pure: randomness is an argument, time is the caller's. Secrets go to libsodium only. */
#ifndef WEAL_WALLET_SERVICE_DKG_H
#define WEAL_WALLET_SERVICE_DKG_H

#include "crypto/oprf/threshold.h"

enum {
    WEAL_DKG_N_MAX = 16,
    WEAL_DKG_T_MAX = 7, /* n is at least 2t + 1 */
    WEAL_DKG_SEALED = 24 + 16 + 32,
    WEAL_DKG_BODY_MAX = WEAL_DKG_T_MAX * 32 + WEAL_DKG_N_MAX * WEAL_DKG_SEALED,
    WEAL_DKG_HEAD = 1 + 1 + 2, /* phase, from, bytes of the body */
    WEAL_DKG_MESSAGE_MAX = WEAL_DKG_HEAD + WEAL_DKG_BODY_MAX + 64
};

enum weal_dkg_phase {
    WEAL_DKG_HASH,
    WEAL_DKG_DEAL,
    WEAL_DKG_COMPLAIN,
    WEAL_DKG_ANSWER,
    WEAL_DKG_CONFIRM,
    WEAL_DKG_PHASES
};

enum weal_dkg_state {
    WEAL_DKG_RUNNING,
    WEAL_DKG_DONE,
    WEAL_DKG_EQUIVOCATED, /* culprit signed two messages of one phase */
    WEAL_DKG_DIFFERS,     /* culprit heard something else than we did, or dealt too late */
    WEAL_DKG_TOO_FEW      /* fewer than t qualified */
};

struct weal_dkg_member {
    uint8_t sign[32]; /* Ed25519 */
    uint8_t box[32];  /* X25519 */
};

/* What all must agree on beforehand; its hash is the session. */
struct weal_dkg_roster {
    uint8_t nonce[32]; /* new for every attempt */
    uint32_t n, t;
    bool renewal; /* dealings of zero: shares change, the key does not */
    struct weal_dkg_member member[WEAL_DKG_N_MAX]; /* holder j is member[j - 1] */
};

struct weal_dkg_message {
    uint16_t n; /* 0: not there */
    uint8_t bytes[WEAL_DKG_MESSAGE_MAX];
};

struct weal_dkg {
    struct weal_dkg_roster roster;
    uint8_t session[32];
    uint32_t self; /* holder, 1..n */
    uint8_t sign[64], box[32];
    uint8_t coefficient[WEAL_DKG_T_MAX][32];
    uint8_t deal_random[WEAL_DKG_N_MAX][24];
    struct weal_dkg_message said[WEAL_DKG_PHASES][WEAL_DKG_N_MAX];
    enum weal_dkg_phase phase; /* which this member speaks in next, or waits in */
    enum weal_dkg_state state;
    uint32_t culprit; /* holder; 0: nobody */
    /* after DONE */
    uint32_t qualified; /* bit j - 1 */
    uint8_t share[32];
    struct weal_dealing
        key; /* commitments; point 0 is the public key, or the identity at renewal */
};

/* Secrets are copied; random: 64 bytes for each of t coefficients, then 24 for each of n shares.
 * LENGTH: roster out of its limits, or self is not the owner of sign and box; SCALAR: a coefficient
 * came out as zero (cannot be met). */
enum { WEAL_DKG_RANDOM = WEAL_DKG_T_MAX * 64 + WEAL_DKG_N_MAX * 24 };
WEAL_MUST_USE enum weal_verdict weal_dkg_init(struct weal_dkg *d,
                                              const struct weal_dkg_roster *roster, uint32_t self,
                                              const uint8_t sign[64], const uint8_t box[32],
                                              const uint8_t random[WEAL_DKG_RANDOM]);
/* Wipes it. */
void weal_dkg_release(struct weal_dkg *d);

/* Takes a message, own or another's. ENCODING, OPRF_SHARE (signature or sender is wrong): dropped.
 * Never fails for one that is here already. */
WEAL_MUST_USE enum weal_verdict weal_dkg_take(struct weal_dkg *d, struct weal_bytes message);
/* Goes on as far as it can; time_up ends the present phase without those who are silent. True when
 * something changed: own messages are in said then, to be shown to all. */
bool weal_dkg_step(struct weal_dkg *d, bool time_up);

/* What is there of member from (0..n-1) in a phase; n 0: nothing. */
struct weal_bytes weal_dkg_said(const struct weal_dkg *d, enum weal_dkg_phase phase, uint32_t from);

#endif
