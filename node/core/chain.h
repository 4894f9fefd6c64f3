/* SPDX-License-Identifier: ISC */
/* The tree of blocks above what the database holds: headers and bodies as they arrive, the state
 * after each that was executed, which of them are final, and the applier's queue.
 *
 *   known      header and body are here, and the body is the header's
 *   executed   on its parent's state; held open in memory and in its segment file
 *   final      with all its ancestors; never undone
 *   applied    in the database; leaves this tree
 *
 * A block executes once; building, voting and certifying share the result. Abandoned branches go
 * when something final rules them out. Bounded: WEAL_CHAIN_BLOCKS_MAX blocks and body_bytes_max
 * bytes; a block nobody asked for is refused at the limit, one that is being agreed on is not.
 * One thread, the core's. Memory from the heap. */
#ifndef WEAL_NODE_CORE_CHAIN_H
#define WEAL_NODE_CORE_CHAIN_H

#include "consensus/exec/exec.h"
#include "storage/apply.h"
#include "storage/block.h"
#include "storage/state.h"

enum {
    WEAL_CHAIN_BLOCKS_MAX = 1024,
    WEAL_CHAIN_ARENA = 96 << 20, /* address space of one execution; touched as needed */
    WEAL_CHAIN_HEADER_MAX = 1024,
};

enum weal_chain_status { WEAL_CHAIN_KNOWN, WEAL_CHAIN_EXECUTED, WEAL_CHAIN_INVALID };

struct weal_chain_block {
    uint8_t id[32];
    struct weal_header head;
    struct weal_bytes header, body; /* owned */
    struct weal_bytes cert;         /* encoded finalization of this very block, or empty; owned */
    struct weal_chain_block
        *parent;                   /* NULL above the applied one, or while the parent is unknown */
    struct weal_state *state;      /* once executed */
    struct weal_receipt *receipts; /* owned; receipts_n of them */
    uint32_t receipts_n;
    struct weal_exec_result result;
    enum weal_chain_status status;
    enum weal_verdict why; /* INVALID */
    bool final;
    bool wanted; /* named by a proposal or certificate; not dropped to make room */
    struct weal_chain_block *hash_next, *next, *prev;
};

struct weal_chain_config {
    struct weal_kv *kv;
    struct weal_blocks *blocks;
    struct weal_store *store;
    struct weal_state *base; /* as weal_store_open gave it; taken over */
    uint8_t base_id[32];     /* block id of the base; the chain id at height 0 */
    struct weal_exec *exec;  /* kept; its batch is used for whole blocks */
    uint64_t body_bytes_max;
};

struct weal_chain;

struct weal_chain *weal_chain_new(const struct weal_chain_config *c); /* NULL: no memory */
void weal_chain_free(struct weal_chain *c);

/* ---- blocks ---- */
struct weal_chain_block *weal_chain_find(struct weal_chain *c, const uint8_t id[32]);
/* Whether header and body are those of id: encoding, block-id, block-tx-root, or ACCEPT. */
WEAL_MUST_USE enum weal_verdict weal_chain_block_check(const uint8_t id[32],
                                                       struct weal_bytes header,
                                                       struct weal_bytes body,
                                                       struct weal_header *head);
/* Takes a header and its body; copies both. Verdicts: encoding, block-id (the header is another
 * one's), block-tx-root (the body is not the header's), chain-full. *out is the block, new or
 * known. */
WEAL_MUST_USE enum weal_verdict weal_chain_add(struct weal_chain *c, const uint8_t id[32],
                                               struct weal_bytes header, struct weal_bytes body,
                                               bool wanted, struct weal_chain_block **out);
/* True when the block can be executed: its parent is executed or is the base. */
bool weal_chain_ready(const struct weal_chain *c, const struct weal_chain_block *b);
/* Executes a ready block and puts it into its segment file (durable after the next sync); nothing
 * to do when it was. *why is ACCEPT or why it is invalid, for ever. Errors are the machine's. */
WEAL_MUST_USE enum weal_err weal_chain_execute(struct weal_chain *c, struct weal_chain_block *b,
                                               enum weal_verdict *why);
/* Builds on parent (NULL: the base). head as for weal_exec_propose. */
WEAL_MUST_USE enum weal_err weal_chain_build(struct weal_chain *c, struct weal_chain_block *parent,
                                             struct weal_header *head,
                                             const struct weal_exec_source *source,
                                             struct weal_chain_block **out, enum weal_verdict *why);

/* ---- finality ---- */
typedef void weal_chain_each(void *ctx, struct weal_chain_block *b);
/* Makes b and its ancestors final, oldest first; each is called for every one that was not. All are
 * executed. cert: of b. Branches that are now impossible go. */
WEAL_MUST_USE enum weal_err weal_chain_finalize(struct weal_chain *c, struct weal_chain_block *b,
                                                struct weal_bytes cert, weal_chain_each *each,
                                                void *ctx);
/* The last final block; NULL while that is the base. */
struct weal_chain_block *weal_chain_final(const struct weal_chain *c);
uint64_t weal_chain_final_height(const struct weal_chain *c);
const uint8_t *weal_chain_final_id(const struct weal_chain *c);
struct weal_state *weal_chain_final_state(const struct weal_chain *c); /* borrowed */

/* ---- applying ---- */
/* The block files have been synced: what is final up to now may be applied. Before that, a power
 * cut could leave the database with the place of a certificate that is not there. */
void weal_chain_synced(struct weal_chain *c);
/* True when something final waits for weal_chain_synced. */
bool weal_chain_unsynced(const struct weal_chain *c);
/* Fills a job with final, synced blocks that are not applied, in order; false when there are none
 * or a job is out. The blocks stay until weal_chain_applied. */
bool weal_chain_apply_job(struct weal_chain *c, struct weal_apply_block *blocks, size_t *n);
/* The job has ended; on OK its blocks leave the tree. */
void weal_chain_applied(struct weal_chain *c, enum weal_err result);
uint64_t weal_chain_applied_height(const struct weal_chain *c);
const uint8_t *weal_chain_applied_id(const struct weal_chain *c);

/* ---- looking ---- */
/* A view of a state for questions and checks: valid until the next applied. */
WEAL_MUST_USE enum weal_err weal_chain_look(struct weal_chain *c, struct weal_state *state,
                                            struct weal_view *out);

#endif
