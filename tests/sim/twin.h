/* SPDX-License-Identifier: ISC */
/* The ledger once more, plain and slow: what consensus/LEDGER.md says, over arrays that are
 * searched from end to end, to predict every balance and every refusal. It shares with the ledger
 * the generated records, the parameters, the names of refusals and the hashes of crypto/, and no
 * line of consensus/exec or consensus/mod: an error would have to be made twice to hide. It takes
 * transactions decoded, and is told whether their signatures and proofs hold. Of validators it
 * knows bonds, who is paid, and who is accused, as it is told. Where LEDGER.md says only what is
 * refused, not which refusal comes first, the twin has the order that refusals have in the daemon.
 * One thread; aborts when one of its arrays is full. */
#ifndef WEAL_TESTS_SIM_TWIN_H
#define WEAL_TESTS_SIM_TWIN_H

#include "consensus/gen/tx_gen.h"
#include "consensus/params.h"
#include "crypto/base/verdict.h"

enum {
    TWIN_ACCOUNTS = 4096,
    TWIN_BONDS = 16,
    TWIN_OFFENCES = 256,
    TWIN_EVENTS = 8192,
};

struct twin_account {
    uint8_t key[32];
    bool exists;
    uint64_t nonce, it, ibc; /* ibc as it was at `step` */
    uint64_t step;
};
struct twin_bond {
    uint8_t account[32];
    uint64_t micro;
};
struct twin_offence {
    uint8_t account[32];
    uint32_t term;
};
struct twin_supply {
    uint64_t minted, burned;
};

enum twin_event_kind {
    ON_EMPTIED,
};
struct twin_event {
    unsigned clock; /* 0 height, 1 time, 2 height, after those of time */
    uint64_t due, number;
    enum twin_event_kind kind;
    uint8_t key[32];
    uint64_t a;
};

struct twin {
    struct weal_params p;
    uint64_t genesis_ms, height, now;
    uint64_t parent_bytes, reward;
    bool arrival;
    unsigned accounts_n, bonds_n, offences_n, events_n;
    uint64_t events_made;
    struct twin_account accounts[TWIN_ACCOUNTS];
    struct twin_bond bonds[TWIN_BONDS];
    struct twin_offence offences[TWIN_OFFENCES];
    struct twin_supply supply[3];
    struct twin_event events[TWIN_EVENTS];
};

/* ---- what a driver calls ---- */
/* The state of genesis, without its grants and bonds. */
struct twin *twin_new(const struct weal_params *p, uint64_t genesis_ms);
void twin_free(struct twin *w);
void twin_grant(struct twin *w, const uint8_t key[32], uint64_t micro);
void twin_bond(struct twin *w, const uint8_t account[32], uint64_t micro);

/* What is said of a transaction beside its bytes. */
struct twin_told {
    size_t bytes;
    bool proofs;              /* its signatures and proofs hold */
    struct twin_offence whom; /* evidence: who is accused, in which term */
};

/* What a node says to this transaction on arrival, on the tip's state. */
enum weal_verdict twin_arrival(struct twin *w, const struct weal_tx *tx, struct twin_told told);
/* What is refused by the bytes alone, before any state. */
enum weal_verdict twin_form(const struct weal_tx *tx);

/* A block: begin, its transactions in order, end. twin_execute: why it cannot be in the block, or
 * ACCEPT and what it must say there. */
void twin_begin(struct twin *w, uint64_t height, uint64_t time_ms);
enum weal_verdict twin_execute(struct twin *w, const struct weal_tx *tx, struct twin_told told,
                               enum weal_verdict *receipt);
void twin_end(struct twin *w, const uint8_t proposer[32], size_t body);

/* ---- its tables ---- */
const struct twin_account *twin_find(const struct twin *w, const uint8_t key[32]);
/* Balance now; assets as in consensus/tx.h. */
uint64_t twin_balance(const struct twin *w, const uint8_t key[32], unsigned asset);
/* Stored balances and bonds, before demurrage not yet burned. */
uint64_t twin_stored(const struct twin *w, unsigned asset);

/* ---- between its parts ---- */
struct twin_account *twin_account(struct twin *w, const uint8_t key[32]); /* made when missing */
void twin_event(struct twin *w, unsigned clock, uint64_t due, enum twin_event_kind kind,
                const uint8_t *key, uint64_t a);

#endif
