/* SPDX-License-Identifier: ISC */
/* Who uses the simulated network: the contract between the world of whole nodes (node_world.c) and
 * a population that enrols, pays, claims and cheats. The world knows nothing of the ledger's rules;
 * a population knows nothing of nodes and links. It gives transactions at virtual times, hears what
 * each was answered, sees every block that has become final, with its transactions and outcomes,
 * and may read every table. Whatever it finds wrong it says with people_breach.
 *
 * The world keeps a struct chain (tests/support/chain.h) that executes every final block again,
 * from genesis, on its own: its tip is the last final block of the network, its secrets are those
 * of genesis (attestors, module, faucet, validators), and its helpers (chain_enrol, chain_claim,
 * chain_transfer, chain_balance, chain_look, chain_supply ...) make and read what they make and
 * read in the tests of the ledger. Use them freely, but never its blocks (chain_block,
 * chain_propose, chain_execute, chain_populate, chain_until_epoch): these would leave the network's
 * chain.
 *
 * TIME. now_ms counts virtual milliseconds from 0; people_wall_ms is the unskewed clock, the one of
 * header times (nodes have clocks that differ from it). Chance only from people_random: the same
 * seed must give the same run.
 * SIGNATURES. In 49 of 50 seeds weal_sig_sign and weal_sig_verify_var are answered by an oracle
 * (oracle.h): a wrong signature is still refused, a right one still needs the secret.
 * TERMS. In about one seed of four (people_terms_short) terms are short and the set may change: a
 * chosen few of the honest validators, whose nodes stay up, may leave it and come back, all of them
 * at once if it happens so (people_may_leave); whoever else stays keeps faulty nodes under a third,
 * and at least four seats. With fewer than ten seats every weight is 1: bonds above the least one
 * change nothing. Lengths are in people_chain(w)->p; a validator is numbered as its secrets in
 * struct chain. A population that knows nothing of seats ignores all this.
 * A population with the name NULL does not exist. Populations are listed in node_people.c. */
#ifndef WEAL_TESTS_SIM_PEOPLE_H
#define WEAL_TESTS_SIM_PEOPLE_H

#include "tests/support/chain.h"

struct node_world;

/* A transaction of a final block. */
struct people_tx {
    uint8_t id[32];
    struct weal_bytes bytes; /* borrowed for the call */
    enum weal_verdict code;  /* ACCEPT, or why it paid its fee and did nothing else */
};
struct people_block {
    const struct weal_header *head;
    uint8_t id[32];
    const struct people_tx *txs; /* in the block's order */
    uint32_t txs_n;
};

/* The client's answer that never came: the node died, or the link to it. The transaction may or may
 * not become final. */
#define PEOPLE_NO_ANSWER WEAL_V_COUNT
/* What it was checked against is not known: the node went on between question and answer. */
#define PEOPLE_SEVERAL UINT64_MAX

struct people {
    const char *name;
    uint64_t views; /* more than those asked for, where much must happen first */
    /* Changes what genesis is made of (parameters, module limit); may be NULL. */
    void (*genesis)(struct chain_options *o, uint64_t seed);
    /* Before anything happens; the chain is at genesis. The result is ctx below. */
    void *(*begin)(struct node_world *w, uint64_t seed);
    void (*end)(void *ctx);
    /* At the time the last call (or begin: time 0) asked for: submit what is due. Returns when to
     * be called again, UINT64_MAX: never. */
    uint64_t (*wake)(void *ctx, uint64_t now_ms);
    /* What became of a people_submit; once for each. tag is the submitter's. May be NULL. */
    void (*answer)(void *ctx, uint64_t tag, const uint8_t id[32], enum weal_verdict v);
    /* The network's first finalization of this height; in order, none left out. The chain's tip is
     * this block. A transaction may be final though its answer was a refusal elsewhere, or none. */
    void (*final)(void *ctx, const struct people_block *b);
    /* Now and then, and once at the end after healing, when every node has the chain's tip: compare
     * whole tables with what they should be. May be NULL. */
    void (*check)(void *ctx);
};

/* ---- what a population may call ---- */
struct chain *people_chain(struct node_world *w);
uint64_t people_wall_ms(const struct node_world *w);
uint64_t people_random(struct node_world *w);
uint64_t people_below(struct node_world *w, uint64_t n); /* 0..n-1 */
/* From a client of node `node` (modulo the nodes there are), after delay_ms. Nothing is sent again
 * by itself. Bytes are copied. */
void people_submit(struct node_world *w, unsigned node, uint64_t delay_ms, struct weal_bytes tx,
                   uint64_t tag);
/* Within answer: the height of the final block on whose state the answer was given, if it was one;
 * else PEOPLE_SEVERAL. The population has seen that block; perhaps later ones, too. */
uint64_t people_answer_height(const struct node_world *w);
/* So many more statements of the population were compared with what became of them. */
void people_foretold(struct node_world *w, uint64_t n);
/* The faults are over, nodes are up: from here on what is submitted must become final soon. */
bool people_healed(const struct node_world *w);
/* Terms are short in this seed, and somebody may leave; drawn before genesis and begin. */
bool people_terms_short(const struct node_world *w);
/* May this validator's bond fall under bond_min, or its seat fall silent, at any time? Then nothing
 * else is to be kept to. Of the others no bond may do so, in any seed. */
bool people_may_leave(const struct node_world *w, unsigned validator);
/* An invariant does not hold: ends the run, with the seed and the last events in words. */
void people_breach(struct node_world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- populations (node_people.c): NULL at the end ---- */
extern const struct people *const people_all[];

#endif
