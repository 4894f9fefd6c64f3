/* SPDX-License-Identifier: ISC */
/* The population `ledger`: people who pay and cheat, with the twin (twin.h) beside them, which
 * must have said in advance what the network answers them, what every final block does and what is
 * in the tables. node_ledger.c compares; node_ledger_pay.c makes payments. */
#ifndef WEAL_TESTS_SIM_NODE_LEDGER_H
#define WEAL_TESTS_SIM_NODE_LEDGER_H

#include "tests/sim/node_world.h"
#include "tests/sim/twin.h"
#include "tests/support/rng.h"

enum {
    LEDGER_PURSES = 12,
    LEDGER_TRIES = 1 << 16,
};

/* Something submitted; its number is the tag. */
struct ledger_try {
    uint8_t *bytes; /* NULL: answered */
    size_t n;
    bool proofs; /* signed and proved as it should be */
    const char *what;
};

struct ledger_purse {
    uint8_t secret[32], key[32];
    uint64_t sent; /* the highest nonce submitted */
    uint64_t seen, since_ms;
};

struct ledger {
    struct node_world *w;
    struct chain *c;
    struct twin *twin;
    uint64_t pause_ms;
    struct ledger_try *tries;
    size_t tries_n;
    struct ledger_purse purse[LEDGER_PURSES]; /* the first is the faucet */
};

/* Hands t to some node; what: in words, for a breach. */
void ledger_submit(struct ledger *x, const struct chain_tx *t, bool proofs, const char *what);

void ledger_pay_begin(struct ledger *x);
void ledger_pay(struct ledger *x, uint64_t now_ms);

#endif
