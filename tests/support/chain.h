/* SPDX-License-Identifier: ISC */
/* A chain in memory for tests and benches: genesis with four validators, five attestors (t = 2) and
 * a value module, all of whose secrets are derived from one seed; blocks that are proposed, then
 * executed again by a second draft and compared; people who enrol, act and claim with real proofs.
 * Aborts on what should not happen; what a test asks about it gets as a verdict. */
#ifndef WEAL_TESTS_SUPPORT_CHAIN_H
#define WEAL_TESTS_SUPPORT_CHAIN_H

#include "consensus/exec/ctx.h"
#include "consensus/exec/exec.h"
#include "consensus/exec/genesis_apply.h"
#include "consensus/light/set.h"
#include "storage/apply.h"
#include "storage/kv_mem.h"
#include "storage/state.h"

enum {
    CHAIN_VALIDATORS = 4,
    CHAIN_ATTESTORS = 5,
    CHAIN_ATTESTORS_MAX = 8,
    CHAIN_T = 2,
    CHAIN_TXS_MAX = 8192,
    CHAIN_BODY_MAX = 1 << 22,
    CHAIN_UNAPPLIED = 32,
};

struct chain_options {
    unsigned validators;   /* 0: 4 */
    const uint64_t *bonds; /* one for each; NULL: 1,000 IT */
    unsigned attestors;    /* 0: 5; 8 at most */
    struct weal_params *params;
    const uint8_t *pilot;
    const struct weal_genesis_upgrade *upgrades;
    unsigned upgrades_n;
    uint32_t module_max; /* 0: a million */
    uint64_t lapse;      /* of founding seats; 0: never */
    uint64_t time_ms;    /* of genesis; 0: 2026-01-01 */
    bool once;           /* don't execute proposals a second time */
};

struct chain_tx {
    uint8_t b[WEAL_TX_SIZE_MAX];
    size_t n;
    struct weal_tx tx; /* to be changed and sealed again */
};

struct chain {
    struct weal_genesis genesis;
    struct weal_params p;
    uint8_t genesis_bytes[1 << 16];
    size_t genesis_n;
    uint8_t id[32], lineage[32];
    bool once, quiet;
    uint64_t seed;
    /* secrets */
    unsigned validators, attestors;
    uint8_t account_secret[WEAL_SET_MAX][32], seat_secret[WEAL_SET_MAX][32];
    uint8_t attestor_secret[CHAIN_ATTESTORS_MAX][32], module_secret[32], faucet_secret[32];
    uint8_t faucet[32];
    /* storage */
    struct weal_kv *kv;
    struct weal_store *store;
    struct weal_reader reader;
    struct weal_state *tip;
    struct weal_apply_block unapplied[CHAIN_UNAPPLIED];
    unsigned unapplied_n;
    uint8_t tip_id[32];
    uint64_t height, time_ms, view;
    /* execution */
    struct weal_exec exec;
    void *batch_mem, *keep_mem, *scratch;
    uint8_t *arena_mem, *arena2_mem;
    size_t arena_cap;
    uint8_t *body;
    size_t body_n;
    struct weal_receipt *receipts;
    struct weal_exec_result result;
    struct weal_header header;            /* of the last block */
    void (*tamper)(struct weal_draft *d); /* spoils the state chain_execute starts from */
    uint32_t receipts_max;                /* room chain_execute gives; CHAIN_TXS_MAX */
    uint32_t verified;                    /* proofs verified by the last try */
};

/* Everything is on the heap; NULL options: the devnet preset. */
struct chain *chain_new(const struct chain_options *o);
void chain_free(struct chain *c);

/* 32 deterministic bytes that nobody else in the test gets; a secret scalar. */
void chain_random(struct chain *c, uint8_t out[32]);
void chain_secret(struct chain *c, uint8_t out[32]);
void chain_account(struct chain *c, uint8_t secret[32], uint8_t key[32]);

/* ---- blocks ---- */

/* Checks a transaction as on arrival, proofs included. */
enum weal_verdict chain_try(struct chain *c, const struct chain_tx *t, struct weal_tx_info *info);
/* A block with these, dt ms after the last; all of them must be taken. The receipts are
 * c->receipts[i]. Proposed by validator (view mod validators). */
void chain_block(struct chain *c, struct chain_tx *const *txs, size_t n, uint64_t dt_ms);
/* Empty blocks. */
void chain_blocks(struct chain *c, unsigned n, uint64_t dt_ms);
/* Offers candidates as a mempool would; returns how many were taken. */
size_t chain_propose(struct chain *c, struct chain_tx *const *txs, size_t n, uint64_t dt_ms);
/* Executes this block on the tip; on acceptance it becomes the tip. */
enum weal_verdict chain_execute(struct chain *c, const struct weal_header *h,
                                struct weal_bytes body);
/* A header for the next block, roots not filled in; beacon shown by its proposer. */
void chain_header(struct chain *c, struct weal_header *h, uint64_t dt_ms);
/* A body of raw transactions. */
size_t chain_body(uint8_t *out, size_t cap, struct chain_tx *const *txs, size_t n);

/* ---- reading the tip ---- */

/* A context of the next block for typed reads; holds until the next block. */
void chain_look(struct chain *c, struct weal_ctx *ctx, struct weal_draft *d, void *mem, size_t n);
uint64_t chain_balance(struct chain *c, const uint8_t account[32], enum weal_asset asset);
uint64_t chain_nonce(struct chain *c, const uint8_t account[32]);
void chain_supply(struct chain *c, enum weal_asset asset, struct weal_st_supply *out);
/* Scans all tables: stored amounts are what the counters say. */
bool chain_conserved(struct chain *c);

/* ---- account transactions ---- */
void chain_transfer(struct chain *c, struct chain_tx *t, const uint8_t secret[32],
                    const uint8_t to[32], enum weal_asset asset, uint64_t amount);
/* Signs t->tx again and encodes it; for account acts with the account's secret. */
void chain_sign(struct chain *c, struct chain_tx *t, const uint8_t secret[32]);
/* Encodes t->tx as it is. */
void chain_encode(struct chain_tx *t);
/* Signing hash of t->tx. */
void chain_hash(struct chain *c, const struct chain_tx *t, uint8_t hash[32]);
void chain_pop(struct chain *c, uint8_t out[64], const uint8_t secret[32], const char *role,
               const uint8_t hash[32]);
/* The first n attestors (from index `first`) sign. */
uint16_t chain_attest(struct chain *c, struct weal_tx_attest *list, const uint8_t hash[32],
                      unsigned first, unsigned n);

/* ---- people ---- */
struct chain_person {
    uint8_t x[32], key[32], handle[32];
    /* the last activity note */
    uint8_t t[32], note[32], tag[32];
    uint32_t epoch;
    uint8_t n;
    /* the last claim's account */
    uint8_t account_secret[32], account[32];
};
void chain_person(struct chain *c, struct chain_person *p);
void chain_enrol(struct chain *c, struct chain_tx *t, const struct chain_person *p,
                 const char *jurisdiction);
void chain_enrol_seal(struct chain *c, struct chain_tx *t, const struct chain_person *p,
                      unsigned attestors);
/* The module publishes its key of an epoch. */
void chain_module_key(struct chain *c, struct chain_tx *t, uint32_t epoch);
/* The cohort a key was dealt into and its newest ring; false while it waits. */
bool chain_human_cohort(struct chain *c, const uint8_t key[32], uint64_t *cohort, uint16_t *version,
                        struct weal_st_ring *ring);
bool chain_note_cohort(struct chain *c, const uint8_t note[32], uint64_t *cohort, uint16_t *version,
                       struct weal_st_ring *ring);
/* An activity of p in this epoch, proved over p's cohort; false when p has none. */
bool chain_activity(struct chain *c, struct chain_tx *t, struct chain_person *p, uint32_t epoch,
                    uint8_t n);
void chain_activity_seal(struct chain *c, struct chain_tx *t, const struct chain_person *p);
/* A claim with p's last note to a fresh account. */
bool chain_claim(struct chain *c, struct chain_tx *t, struct chain_person *p, uint32_t epoch);
void chain_claim_seal(struct chain *c, struct chain_tx *t, const struct chain_person *p);
/* A ring proof for t->tx over a human cohort; the proof is written to *proof. */
bool chain_ring_prove(struct chain *c, const struct chain_tx *t, uint8_t *proof,
                      const struct weal_st_ring *ring, struct weal_scope scope, const uint8_t *key,
                      const uint8_t (*secrets)[32], const uint8_t *tag, const uint8_t *nullifier);

/* n people enrolled, dealt and usable: some 90 blocks. */
void chain_populate(struct chain *c, struct chain_person *people, unsigned n);
uint32_t chain_epoch(const struct chain *c);
/* Runs blocks until the given epoch has begun. */
void chain_until_epoch(struct chain *c, uint32_t epoch);

#endif
