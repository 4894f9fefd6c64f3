/* SPDX-License-Identifier: ISC */
/* The population `ledger`: people who pay and cheat, with the twin (twin.h) beside them, which
 * must have said in advance what the network answers them, what every final block does and what is
 * in the tables. node_ledger.c compares, node_ledger_tables.c whole
 * tables, node_ledger_terms.c those of validators, node_ledger_pool.c what
 * is said to wait; node_ledger_pay.c makes payments. `people` is the same with people beside:
 * node_ledger_enrol.c, node_ledger_act.c, node_ledger_life.c. It needs more views, as cohorts do.
 */
#ifndef WEAL_TESTS_SIM_NODE_LEDGER_H
#define WEAL_TESTS_SIM_NODE_LEDGER_H

#include "tests/sim/node_world.h"
#include "tests/sim/twin.h"
#include "tests/support/rng.h"

enum {
    LEDGER_PURSES = 12,
    LEDGER_TRIES = 1 << 16,
    LEDGER_PEOPLE = 26,
    LEDGER_NOTES = 4096,
    LEDGER_CLAIMS = 4096,
    LEDGER_SEATS = 10, /* of people */
};

/* Something submitted; its number is the tag. */
struct ledger_try {
    uint8_t *bytes;
    size_t n;
    uint8_t id[32];
    struct twin_told told;
    uint64_t final; /* height; 0: not yet */
    const char *what;
};

struct ledger_purse {
    uint8_t secret[32], key[32];
    uint64_t sent; /* the highest nonce submitted */
    uint64_t seen, since_ms;
};

/* Somebody honest, most of the time. */
struct ledger_person {
    struct chain_person p, next, last; /* the key, one to be rotated to, the one before */
    uint64_t sent_ms;                  /* when the last enrolment was submitted */
};

/* A note that was submitted: its owner's key, t, tag, epoch and n are in p. */
struct ledger_note {
    struct chain_person p;
    uint64_t sent_ms; /* when the last claim with it was submitted */
};
/* The account of a claim. */
struct ledger_claim {
    uint8_t secret[32], account[32];
    bool taken; /* it is a purse now */
};

/* A seat's key, and the account it is, or will be, bound to. */
struct ledger_seat {
    uint8_t x[32], key[32], secret[32], account[32];
    bool free;        /* a founder's that may leave the set */
    uint64_t sent_ms; /* when the last lease was submitted */
};

struct ledger {
    struct node_world *w;
    struct chain *c;
    struct twin *twin;
    uint64_t pause_ms;
    struct ledger_try *tries;
    size_t tries_n;
    struct ledger_purse purse[LEDGER_PURSES]; /* the first is the faucet */
    bool peopled;
    struct ledger_person person[LEDGER_PEOPLE];
    unsigned notes_n, claims_n;
    uint64_t key_sent_ms;
    struct ledger_note note[LEDGER_NOTES];
    struct ledger_claim claim[LEDGER_CLAIMS];
    unsigned founders, holders;
    struct ledger_seat seat[NW_KEYS_MAX + LEDGER_SEATS]; /* founders first */
};

/* Hands t to some node; what: in words, for a breach. */
void ledger_submit(struct ledger *x, const struct chain_tx *t, bool proofs, const char *what);
/* The same when not all of it holds, or not all of it fails. */
void ledger_submit_as(struct ledger *x, const struct chain_tx *t, struct twin_told told,
                      const char *what);
void ledger_tables(struct ledger *x);
void ledger_seats(struct ledger *x);
/* After every dealing, too: whoever were to prove over a wrong ring could not. */
void ledger_cohorts(struct ledger *x);
/* After every block: the records of the term and of the next one. */
void ledger_terms(struct ledger *x);
/* The first six bytes in hex. */
void ledger_short(char out[13], const uint8_t b[32]);

/* A pool's word that it has this, or a rival of it: could it? */
void ledger_pool_said(struct ledger *x, const struct ledger_try *y, const struct weal_tx *tx,
                      enum weal_verdict said);
void ledger_pool_final(struct ledger *x, const uint8_t id[32], uint64_t height);

void ledger_pay_begin(struct ledger *x);
void ledger_pay(struct ledger *x, uint64_t now_ms);
/* The faucet pays so much. */
void ledger_fund(struct ledger *x, const uint8_t account[32], uint64_t micro, uint64_t now_ms);

void ledger_people_begin(struct ledger *x);
/* Enrols who is not enrolled yet, or cheats. False: nothing to do at present. */
bool ledger_enrol(struct ledger *x, uint64_t now_ms);
/* An act, a claim, a module's key, or a cheat with one of them. False: nobody can. */
bool ledger_act(struct ledger *x, uint64_t now_ms);
/* Something that happens to a record, or an act with a key that may be no more. */
bool ledger_life(struct ledger *x);

void ledger_seats_begin(struct ledger *x);
/* Something about a validator's seat: founders', and in `people` those that people lease. */
bool ledger_seat(struct ledger *x, uint64_t now_ms);
bool ledger_evidence(struct ledger *x, struct chain_tx *t);
bool ledger_renewal(struct ledger *x);
void ledger_attestors(struct ledger *x);

#endif
