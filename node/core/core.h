/* SPDX-License-Identifier: ISC */
/* The node without its shell: agreement, blocks, mempool, gossip, sync, log and block files
 * composed into one deterministic machine. It has no clock, socket, thread or key; what it needs
 * from outside is in host.h. The daemon and the simulator run the same object code.
 *
 * TURNS. Everything that comes in (a message, a worker's result, the time) is given by a call below
 * and worked off at once; what it causes to leave is held back. weal_core_turn ends the turn: it
 * makes every body and every record of the log durable, one fdatasync for each of the two files,
 * and only then releases votes, certificates and deliveries. A host calls it once for all that
 * arrived together. After WEAL_ERR_IO or NO_SPACE from it the core is stopped for good: restart and
 * replay.
 *
 * One thread. Memory from the heap, bounded by the limits of its parts. */
#ifndef WEAL_NODE_CORE_CORE_H
#define WEAL_NODE_CORE_CORE_H

#include "consensus/bft/bft.h"
#include "node/core/chain.h"
#include "node/core/host.h"
#include "node/mempool/mempool.h"

struct weal_core_config {
    struct weal_host host;
    uint8_t chain_id[32];
    uint8_t account[32]; /* own BIP340 key if a validator, else zeros */
    struct weal_bft_config pace;
    struct weal_mempool_limits mempool;
    uint32_t sync_behind; /* heights behind at which block sync starts */

    /* storage, opened by the host and kept until weal_core_free */
    struct weal_disk *disk; /* log and block files */
    struct weal_mem mem;
    struct weal_kv *kv;
    uint8_t instance[16]; /* of the data directory */
    bool log_may_be_new;  /* false: a missing log means it was lost (no vote this term) */
    uint32_t wal_segment_bytes;
    uint32_t compact_records; /* after so many the log is rewritten in short; 0: 20,000 */
    uint8_t seed[32];         /* for hash tables and gossip moments */
    uint8_t gossip_salt[16];  /* the short_salt of our hellos */

    /* genesis, when the database is empty */
    struct weal_bytes genesis; /* canonical record */
};

struct weal_core;

/* Opens log and blocks, executes what is final but not applied, replays the agreement's log. The
 * host must be ready to be called. *why names what is wrong with a refused genesis. */
WEAL_MUST_USE enum weal_err weal_core_new(const struct weal_core_config *c, uint64_t now_ms,
                                          uint64_t wall_ms, struct weal_core **out);
/* Does not sync: what has left is durable. The applier must be idle. */
void weal_core_free(struct weal_core *c);

/* ---- what comes in ---- */
void weal_core_clock(struct weal_core *c, uint64_t now_ms,
                     uint64_t wall_ms);    /* before the others */
void weal_core_start(struct weal_core *c); /* once; may send */
void weal_core_peer_up(struct weal_core *c, uint64_t peer, const uint8_t salt[16], uint64_t head);
void weal_core_peer_down(struct weal_core *c, uint64_t peer);
void weal_core_message(struct weal_core *c, uint64_t peer, unsigned type, struct weal_bytes bytes);
void weal_core_wake(struct weal_core *c);                          /* the time asked for has come */
void weal_core_applied(struct weal_core *c, enum weal_err result); /* host->apply has ended */
void weal_core_worked(struct weal_core *c, struct weal_host_work *w); /* host->work has run it */
/* A transaction from a client. The answer comes through done, in this turn or a later one. */
typedef void weal_core_submitted(void *ctx, const uint8_t id[32], enum weal_verdict v);
void weal_core_submit(struct weal_core *c, struct weal_bytes tx, weal_core_submitted *done,
                      void *ctx);
/* Another thread could not read this block in its file: it is looked at, and mended. */
void weal_core_unread(struct weal_core *c, uint64_t height);
/* Stops voting (disk nearly full, operator) or allows it again, at any time; stops taking
 * transactions. */
void weal_core_hold(struct weal_core *c, bool no_votes, bool no_transactions);

WEAL_MUST_USE enum weal_err weal_core_turn(struct weal_core *c);

/* ---- looking; between turns ---- */
/* Upper bounds of the buckets of latencies, in milliseconds; one more bucket has none. */
#define WEAL_CORE_LATENCY_BOUNDS                                                                   \
    {                                                                                              \
        2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 35, 50, 75, 100, 125, 150, 175, 200, 250, 300, 500,  \
            1000, 2000, 5000, 20000                                                                \
    }
enum { WEAL_CORE_LATENCY_BUCKETS = 27 };
struct weal_core_stat {
    uint64_t turns, wal_syncs, block_syncs;
    uint64_t txs_final, blocks_final;
    uint64_t checked, refused; /* transactions on arrival */
    uint64_t incomes, income_micro;
    /* from a block's header time to its finality here: sum, count, count of each bucket */
    uint64_t finality_us_sum, finality_n, finality_in[WEAL_CORE_LATENCY_BUCKETS];
    uint64_t applied_height, final_height, tip_time_ms;
    uint32_t apply_lag;
    bool syncing, halted;
    uint32_t needs_version; /* an upgrade is next that this program does not know; 0: none */
};
void weal_core_stat(const struct weal_core *c, struct weal_core_stat *out);
const struct weal_bft *weal_core_bft(const struct weal_core *c);
struct weal_chain *weal_core_chain(struct weal_core *c);
struct weal_store *weal_core_store(struct weal_core *c);
const struct weal_mempool *weal_core_mempool(const struct weal_core *c);
const struct weal_set *weal_core_set(const struct weal_core *c); /* of the current term */

#endif
