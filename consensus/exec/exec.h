/* SPDX-License-Identifier: ISC */
/* Execution: what a transaction may do, what a block must be, and the state after it. A pure
 * function of parent state, header and body: no clock, no randomness, no configuration.
 *
 *   weal_tx_check      a transaction on arrival: verdict, and what the mempool must know of it
 *   weal_exec_block    a block on its parent's state: verdict, receipts, roots
 *   weal_exec_propose  a new block from candidates
 *
 * Order of cost: encoding, then limits, then what the state already rules out (a tag that was
 * shown, a nonce that was used), then signatures and proofs. Proofs are gathered in one batch; one
 * that was verified before is known by (statement digest, proof), an account signature by the
 * transaction id, and neither is verified again.
 *
 * A failing account transaction pays its fee, uses its nonce and changes nothing else; any other
 * that fails makes the block invalid. Secrets never come here: the beacon's owntag is made by the
 * signer and handed in with the header.
 *
 * Verdicts: consensus/LEDGER.md. One thread per struct weal_exec; several may read one state. */
#ifndef WEAL_CONSENSUS_EXEC_EXEC_H
#define WEAL_CONSENSUS_EXEC_EXEC_H

#include "consensus/gen/block_gen.h"
#include "consensus/params.h"
#include "consensus/tx.h"
#include "crypto/base/arena.h"
#include "crypto/base/err.h"
#include "crypto/base/verdict.h"
#include "crypto/batch/batch.h"
#include "storage/state.h"

enum {
    WEAL_EXEC_TXS_MAX = 65535,     /* transactions of a block */
    WEAL_EXEC_RESERVES_MAX = 6,    /* what one transaction keeps others from having */
    WEAL_EXEC_NONCES_AHEAD = 64,   /* weal_tx_check: how far ahead a nonce may be */
    WEAL_EXEC_DEADLINES_MAX = 512, /* deadlines one block works off */
    WEAL_EXEC_SCRATCH = 1u << 17,  /* bytes of scratch memory struct weal_exec needs */
    WEAL_EXEC_KEEP = 192,          /* bytes kept for each proof of the batch */
};

/* Was this proof, or signature, verified before? key: hash of (D, proof), or the transaction's id
 * for BIP340 signatures. note() says one was verified by us. Either may be NULL. */
struct weal_exec_cache {
    bool (*known)(void *ctx, const uint8_t key[32]);
    void (*note)(void *ctx, const uint8_t key[32]);
    void *ctx;
};

/* What executing needs besides its input. Filled by the caller; constant while in use. */
struct weal_exec {
    uint8_t chain_id[32];
    struct weal_exec_cache cache;
    struct weal_batch *batch; /* equations gather here */
    struct weal_arena keep;   /* what the batch borrows: WEAL_EXEC_KEEP bytes a proof */
    uint8_t *scratch;         /* WEAL_EXEC_SCRATCH bytes, aligned to 16 */
    uint8_t random[32];       /* weights of the batch: fresh random bytes at least once a process,
                               * unknown to others; each verification draws its own from them */
    uint64_t draws;           /* 0 at first */
};

/* Empties the batch and what it borrowed: before the first weal_tx_check of a round. */
void weal_exec_reset(struct weal_exec *x);
/* Verifies the batch of a round and notes in the cache what held. Results by item: batch.h. */
bool weal_exec_verify(struct weal_exec *x);

enum weal_exec_lane { WEAL_EXEC_HUMAN, WEAL_EXEC_FEE };

/* What a mempool must know. reserves: 32-byte values of which no two waiting transactions may share
 * one (tags, nullifiers, notes, keys, handles, ...). */
struct weal_tx_info {
    uint8_t id[32];
    uint16_t kind; /* WEAL_TX_... */
    enum weal_exec_lane lane;
    uint32_t bytes;
    uint64_t valid_until; /* UINT64_MAX: no limit */
    uint8_t sender[32];   /* fee lane */
    uint64_t nonce;
    uint64_t account_nonce; /* last used, in the state it was checked against */
    uint64_t fee;           /* micro-units of the asset it is paid in */
    uint64_t fee_rate;      /* micro-units for 1,000 bytes */
    uint8_t reserves[WEAL_EXEC_RESERVES_MAX][32];
    uint32_t reserves_n;
    uint32_t proofs; /* proofs appended to the batch; 0: nothing left to verify */
};

/* Checks a transaction against the state `at` (of the tip) as if in the next block. Appends what
 * must be proved to x->batch under the item number `item`; the transaction is good once the batch
 * is (weal_exec_verify). A nonce up to 64 ahead is accepted here. info is filled as far as it got.
 * The transaction's bytes, and state and reader of the view, must stay until the batch is verified.
 * BATCH_FULL: verify, reset, try again. */
WEAL_MUST_USE enum weal_verdict weal_tx_check(struct weal_exec *x, const struct weal_view *at,
                                              struct weal_bytes tx, uint32_t item,
                                              struct weal_tx_info *info);

/* Which of these transactions are signed by the accounts that pay for them; no state is asked. id
 * is what the cache of struct weal_exec knows one by, filled for all that can be read. What was
 * found good is noted in the cache, anything else is left to the execution. Many at once are far
 * cheaper than one by one. Pure; any thread. */
struct weal_tx_signed {
    struct weal_bytes tx; /* in; borrowed */
    uint8_t id[32];
    bool good;
};
bool weal_txs_signed_var(const uint8_t chain_id[32], struct weal_tx_signed *t, size_t n);

/* Bytes, lanes and what it reserves, without a state: for precheck and for settling final blocks.
 */
WEAL_MUST_USE enum weal_verdict weal_tx_info(struct weal_bytes tx, struct weal_tx_info *info);

/* ---- blocks ----
 * A body is its transactions in order, each a u32 length and its bytes; nothing else. */
struct weal_receipt {
    uint8_t id[32];
    enum weal_verdict code; /* 0, or why an account transaction did nothing but pay its fee */
};

/* Writes a draft must have room for, given the size of the body. */
#define WEAL_EXEC_WRITES(body_bytes) (65536 + (uint32_t)(body_bytes) / 16)

struct weal_exec_result {
    uint8_t state_root[32], tx_root[32], receipt_root[32];
    uint8_t set_hash[32], next_set_hash[32]; /* of this term, of the next */
    uint32_t txs;
    uint32_t culprit;  /* on a refusal: the transaction it was for, or UINT32_MAX */
    enum weal_err err; /* with block-state: what the machine did wrong; the block may be good */
    bool term_ends;    /* this is the last block of its term */
    struct weal_state *state; /* sealed; the caller's reference. NULL on a refusal */
};

/* The smallest and largest body, transactions one by one. next: false at the end; *bad when the
 * bytes are not whole transactions. */
struct weal_body_iter {
    struct weal_rd rd;
    bool bad;
};
struct weal_body_iter weal_body_iter(struct weal_bytes body);
bool weal_body_next(struct weal_body_iter *it, struct weal_bytes *tx);

/* Executes header and body on an empty draft over the parent's state, and seals it: on acceptance
 * out->state is the state after the block, whose root the header carries. On a refusal drop the
 * draft. The draft needs room for WEAL_EXEC_WRITES(body bytes) writes. receipts: room for
 * receipts_max; BLOCK_FULL past that. The store's owner thread. */
WEAL_MUST_USE enum weal_verdict
weal_exec_block(struct weal_exec *x, struct weal_draft *draft, const struct weal_header *header,
                struct weal_bytes body, struct weal_receipt *receipts, uint32_t receipts_max,
                struct weal_exec_result *out);

/* Where candidates come from: next gives one of the lane in its own order, false when it has no
 * more. drop tells that one failed now and why. */
struct weal_exec_source {
    bool (*next)(void *ctx, enum weal_exec_lane lane, struct weal_bytes *tx);
    void (*drop)(void *ctx, const uint8_t id[32], enum weal_verdict why);
    void *ctx;
};

/* Builds a block. header comes with chain id, term, height, view, parent view, parent id, time,
 * proposer, beacon and justification; version, roots and set hashes are filled in. Candidates that
 * fail are skipped; those whose signature or proofs the cache does not know are skipped too (never
 * verified on the voting path); without a cache they are taken as verified. The human lane gets at
 * least half of block_bytes_max when it wants it. The body is written to body[0..cap). */
WEAL_MUST_USE enum weal_verdict
weal_exec_propose(struct weal_exec *x, struct weal_draft *draft, struct weal_header *header,
                  const struct weal_exec_source *source, uint8_t *body, size_t cap, size_t *body_n,
                  struct weal_receipt *receipts, uint32_t receipts_max,
                  struct weal_exec_result *out);

/* ---- the beacon ---- */
/* What the proposer's owntag signs: BLAKE2b-256 "weal/beacon" (chain id, term u32, view u64, parent
 * id), little-endian. Its scope is weal_scope_beacon, its chain the lineage's. */
void weal_exec_beacon_message(uint8_t out[32], const uint8_t chain_id[32], uint32_t term,
                              uint64_t view, const uint8_t parent_id[32]);

/* ---- questions the node asks of a state ---- */
/* True when a block built now, at now_ms, would do something by itself: a deadline is due, or a
 * closed window waits for its heights. Counts as a pending transaction for the pace. */
bool weal_exec_pending(const struct weal_view *at, uint64_t now_ms);
/* Parameters and the chain record of a state; false when the state is no chain's or not readable.
 */
bool weal_exec_params(const struct weal_view *at, struct weal_params *out);
bool weal_exec_chain(const struct weal_view *at, struct weal_st_chain *out);
/* A term's set; false when it is not fixed yet. Large: give it static or arena memory. */
bool weal_exec_term(const struct weal_view *at, uint32_t term, struct weal_st_term *out);
/* The protocol version in force at the next height of this state: what its header says. True when
 * this program is too old for it: stop before it and name the version. */
bool weal_exec_too_old(const struct weal_view *at, uint64_t height, uint32_t *version);

/* ---- records held against the root ----
 * The database gives bytes; only the tree says whether they are those that were agreed on. */
enum { WEAL_EXEC_KEY_MAX = 8 };
enum weal_exec_record { WEAL_EXEC_PARAMS, WEAL_EXEC_CHAIN, WEAL_EXEC_TERM };
/* The key of one; term counts for TERM only. out holds it. */
struct weal_bytes weal_exec_key(uint8_t out[WEAL_EXEC_KEY_MAX], enum weal_exec_record record,
                                uint32_t term);
/* OK: the record is what the state's root says; NOT_FOUND: there is none, nor should be; CORRUPT:
 * it is another, or gone; else the database's. Any thread, as the view. */
WEAL_MUST_USE enum weal_err weal_exec_whole(const struct weal_view *at, struct weal_bytes key);
/* Whether this value is the one under the root, whatever the database gives. */
bool weal_exec_would_be(const struct weal_view *at, struct weal_bytes key, struct weal_bytes value);
/* Whether it becomes that one when one bit of it is turned, which is then done: memory and buses
 * lose single bits, and no disk sees it. As many hashes as it has bits. */
bool weal_exec_one_bit(const struct weal_view *at, struct weal_bytes key, uint8_t *value, size_t n);

#endif
