/* SPDX-License-Identifier: ISC */
/* How attestors make their common VOPRF key without a dealer, or renew their shares of it: the
 * arithmetic of crypto/oprf/threshold.h as a machine of messages. Nobody ever has the key.
 *
 * Four phases; in each every member says one thing to all, signed (Ed25519) over the session:
 *
 *   HASH      the hash of its dealing
 *   DEAL      the dealing, and a share for each member, sealed to that member
 *   COMPLAIN  whose share does not fit its dealing, proven; whose dealing is not here
 *   CONFIRM   the hash of everything said before, as it arrived here
 *
 * A phase ends when all have spoken, or when the caller says that the time is up. A dealer is left
 * out who was silent in HASH or DEAL, whose dealing is not what its hash promised or, in a renewal,
 * is not of the share whose commitment all know; against whom one complaint is proven, or whom t
 * members had not heard in time. The rest are qualified; their dealings add up, weighted in a
 * renewal. A member of a renewal who has no share (lost, or missed the last renewal) says zeros for
 * hash and dealing, is complained about by nobody, and gets a share like the others.
 *
 * A share is sealed under the Diffie-Hellman point of dealer's and member's box keys. A complaint
 * shows that point with a proof (DLEQ) that it is the right one, so everybody opens the box and
 * sees: a false complaint is void. Only a share that was wrong anyway is ever shown (and, by the
 * same point, what the complainer sealed for that dealer, who knows it); a dealer never answers in
 * the open, which in a renewal would give its own share away. Box keys are made for one
 * session where a renewal is to help against shares stolen with the attestor's other secrets.
 *
 * Messages are public and may come from anybody, in any order, twice; the caller brings each
 * member's messages to every other (asking everybody for all they have: one honest path is enough).
 * Who signs two different messages of one phase is exposed by them: the ceremony ends and names it.
 * What arrives after a member has said CONFIRM is not taken. Who confirms something else than we
 * heard (it closed a phase before a message arrived, or lies) ends without an outcome; if t or more
 * do, or fewer than 2t confirm the same, we do too, and it is done again with a new session.
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
    WEAL_DKG_OPENED = 32 + 64,
    WEAL_DKG_BODY_MAX = WEAL_DKG_T_MAX * 32 + WEAL_DKG_N_MAX * WEAL_DKG_OPENED,
    WEAL_DKG_HEAD = 1 + 1 + 2, /* phase, from, bytes of the body */
    WEAL_DKG_MESSAGE_MAX = WEAL_DKG_HEAD + WEAL_DKG_BODY_MAX + 64
};

enum weal_dkg_phase {
    WEAL_DKG_HASH,
    WEAL_DKG_DEAL,
    WEAL_DKG_COMPLAIN,
    WEAL_DKG_CONFIRM,
    WEAL_DKG_PHASES
};

enum weal_dkg_state {
    WEAL_DKG_RUNNING,
    WEAL_DKG_DONE,
    WEAL_DKG_EQUIVOCATED, /* culprit signed two messages of one phase */
    WEAL_DKG_DIFFERS,     /* culprit heard something else than we did, or dealt badly and late */
    WEAL_DKG_TOO_FEW,     /* fewer than t qualified, or fewer than 2t confirmed */
    WEAL_DKG_OTHER_KEY    /* renewal: the commitments given are not of the key given */
};

struct weal_dkg_member {
    uint8_t sign[32]; /* Ed25519 */
    uint8_t box[32];  /* a ristretto255 point */
};

/* What all must agree on beforehand; its hash is the session. */
struct weal_dkg_roster {
    uint8_t nonce[32]; /* new for every attempt */
    uint32_t n, t;
    bool renewal;    /* shares change, the key does not; else the following are zero: */
    uint8_t of[32];  /* what is renewed: a name of chain and number of the renewal */
    uint8_t key[32]; /* the public key that stays */
    uint8_t prior[WEAL_DKG_N_MAX][32];             /* commitments of the present shares */
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
    bool deals; /* false: renewal without a share */
    uint8_t coefficient[WEAL_DKG_T_MAX][32];
    uint8_t deal_random[WEAL_DKG_N_MAX][24];
    uint8_t open_nonce[WEAL_DKG_N_MAX][32]; /* of complaints' proofs */
    struct weal_dkg_message said[WEAL_DKG_PHASES][WEAL_DKG_N_MAX];
    enum weal_dkg_phase phase; /* which this member speaks in next, or waits in */
    enum weal_dkg_state state;
    uint32_t culprit; /* holder; 0: nobody */
    /* after DONE */
    uint32_t qualified; /* bit j - 1 */
    uint8_t share[32];
    struct weal_dealing key; /* commitments; point 0 is the public key */
};

/* Secrets are copied; random: 64 bytes for each of t coefficients, then 24 for each of n shares,
 * then 64 for each of n complaints; a machine that is made again in the same session after a
 * restart is given the same. share: the present one at a renewal; NULL: none.
 * LENGTH: roster out of its limits, or self is not the owner of sign and box; POINT: a box key is
 * no point; OPRF_SHARE: the share is not the one of prior; SCALAR: one came out as zero (cannot be
 * met). */
enum { WEAL_DKG_RANDOM = WEAL_DKG_T_MAX * 64 + WEAL_DKG_N_MAX * (24 + 64) };
WEAL_MUST_USE enum weal_verdict weal_dkg_init(struct weal_dkg *d,
                                              const struct weal_dkg_roster *roster, uint32_t self,
                                              const uint8_t sign[64], const uint8_t box[32],
                                              const uint8_t *share,
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
