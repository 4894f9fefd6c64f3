/* SPDX-License-Identifier: ISC */
/* The personal agent (PSA): turns visits at value modules into income, on its owner's device. A
 * receipt goes through these states, each written to the store before what it allows is sent, so
 * that a crash anywhere repeats the very same bytes and loses nothing:
 *
 *   ASKED   a blinded serial is chosen; the module is asked, and asked again with the same one
 *   TOKEN   the module's token is there, checked against the key the chain has; wait a random time
 *   BOUND   the activity is made, signed by the ring proof; the module redeems the token for it
 *   SIGNED  the module's signature is in it; sent until it is final
 *   NOTE    final; wait for the dealing, the end of the epoch, and a random time again
 *   CLAIM   the claim is made; sent until it is final
 *   PAID    done            LOST  cannot be paid any more; why says which rule
 *
 * What the owner may rely on:
 *  - nothing a network peer says makes it sign: it signs what its owner began (a visit) or allowed
 * in the policy, and says in words what it is about to sign before it does;
 *  - the ring it proves in is proven, under a final header, along with all cohorts of its block of
 * 64, so that no node can make up a ring of its own keys, nor learns in which cohort the owner is;
 *  - what was done, where and with whom (memo, module, times) is in the store only, sealed;
 *  - what follows from the seed is found again without the store: the note's secret and the account
 *    of an income are functions of the epoch.
 *
 * Blocking; one thread an object. Secrets are wiped by weal_psa_close. */
#ifndef WEAL_WALLET_PSA_H
#define WEAL_WALLET_PSA_H

#include "wallet/enrol.h"
#include "wallet/gen/psa_gen.h"
#include "wallet/look.h"
#include "wallet/safe.h"
#include "wallet/trust.h"

enum weal_psa_state {
    WEAL_PSA_ASKED = 1,
    WEAL_PSA_TOKEN,
    WEAL_PSA_BOUND,
    WEAL_PSA_SIGNED,
    WEAL_PSA_NOTE,
    WEAL_PSA_CLAIM,
    WEAL_PSA_PAID,
    WEAL_PSA_LOST,
};

/* What a receipt's list of events tells; kept in files, so numbers are for ever. */
enum weal_psa_what {
    WEAL_PSA_DID_VISIT = 1,  /* asked the module for a token */
    WEAL_PSA_DID_TOKEN = 2,  /* got it */
    WEAL_PSA_DID_SIGN = 3,   /* signed the activity */
    WEAL_PSA_DID_REDEEM = 4, /* the module signed it too, for the token */
    WEAL_PSA_DID_NOTE = 5,   /* the activity is final */
    WEAL_PSA_DID_CLAIM = 6,  /* signed the claim */
    WEAL_PSA_DID_INCOME = 7, /* the claim is final */
    WEAL_PSA_DID_LOSE = 8,   /* gave up */
    WEAL_PSA_DID_AGAIN = 9,  /* what was made did not get in, and is made anew */
};

struct weal_receipt {
    struct weal_psa_receipt r; /* its VAR fields view bytes */
    uint8_t *bytes;            /* heap: the record as it is kept */
    uint64_t sent_ms;          /* when its transaction was sent last; not kept */
};

/* Where the agent tells what it does; signing: it is about to sign what the text says. */
typedef void weal_psa_say(void *ctx, const struct weal_psa_receipt *r, bool signing,
                          const char *text);

struct weal_psa {
    struct weal_safe safe;
    struct weal_look *look;   /* kept; refreshed by the caller */
    struct weal_trust *trust; /* kept, open on the same chain */
    uint8_t seed[32], x[32], key[32];
    struct weal_psa_policy policy;
    struct weal_receipt *receipts; /* heap, by epoch and n */
    size_t n, cap;
    bool hurry; /* no random times: the owner said so */
    weal_psa_say *say;
    void *ctx;
    char name[64];      /* of the last failure: a stable name */
    char sentence[256]; /* and its sentence */
};

/* The folder of records beside a wallet's file, on the heap; NULL: no memory. */
char *weal_psa_folder(const char *wallet);

/* Opens the records of the wallet with this seed. LOCKED: another process is at them; CORRUPT,
 * IO, NO_MEMORY. */
WEAL_MUST_USE enum weal_err weal_psa_open(struct weal_psa *p, const char *folder,
                                          const uint8_t seed[32], struct weal_look *look,
                                          struct weal_trust *trust);
void weal_psa_close(struct weal_psa *p);

/* Enrols: the act is kept before it is sent, and sent again by the next call while it can still get
 * in (height: the chain's now). The attestors are only asked when there is none. INVALID: refused,
 * by name and sentence; BUSY: too few attestors; CLOSED, TIMEOUT: no node. */
WEAL_MUST_USE enum weal_err weal_psa_enrol(struct weal_psa *p, struct weal_enrol *attestors,
                                           const struct weal_document *evidence,
                                           const char *jurisdiction, uint64_t height,
                                           uint8_t id[32]);

/* At the module, now: a token for this epoch. A visit whose answer was lost is gone on with.
 * INVALID: refused, by name and sentence; CLOSED, TIMEOUT: the module does not answer (the visit
 * can be repeated); *out is the receipt, valid until the next call. */
WEAL_MUST_USE enum weal_err weal_psa_visit(struct weal_psa *p, uint16_t module, const char *host,
                                           uint16_t port, const char *memo, uint64_t now_ms,
                                           const struct weal_psa_receipt **out);

/* Does what is due, at most one step a receipt. OK: *moving receipts are neither paid nor lost, and
 * *waiting of them wait for a time or an epoch only. Failures of single receipts are told by say
 * and kept in why; IO, NO_SPACE, CORRUPT: the store fails, and nothing further was sent. */
WEAL_MUST_USE enum weal_err weal_psa_turn(struct weal_psa *p, uint64_t now_ms, unsigned *moving,
                                          unsigned *waiting);

WEAL_MUST_USE enum weal_err weal_psa_policy_set(struct weal_psa *p,
                                                const struct weal_psa_policy *policy);

/* The owner's ring among the humans, newest version, proven as above; valid until look is
 * refreshed. NOT_FOUND: not dealt yet; CORRUPT: the node's ring is not the chain's; name and
 * sentence say it. */
WEAL_MUST_USE enum weal_err weal_psa_ring(struct weal_psa *p, const struct weal_act_ring **out);

/* Words for a state and for an event. */
const char *weal_psa_state_words(uint8_t state);
const char *weal_psa_what_words(uint8_t what);

#endif
