/* SPDX-License-Identifier: ISC */
/* The mempool: verified transactions waiting for a block, in two lanes.
 *
 *   human lane   ring-, tag- and face-signed acts; free; served by arrival
 *   fee lane     account transactions; served by fee rate, each account's own in nonce order
 *
 * What it guarantees: at most one entry per id, per tag or nullifier, per (account, nonce); bounded
 * entries and bytes; an entry is dropped only when it is in a final block, can never enter one any
 * more, was replaced by one paying at least an eighth more, or had the lowest fee rate when the
 * pool was full. It never looks at the state: what it is told is what it knows. Deterministic; no
 * clock; one thread (the core's). Memory comes from the heap, up to the limits, and is given back.
 */
#ifndef WEAL_NODE_MEMPOOL_MEMPOOL_H
#define WEAL_NODE_MEMPOOL_MEMPOOL_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"
#include "crypto/base/verdict.h"

enum {
    WEAL_MEMPOOL_TAGS_MAX = 6,   /* tags and nullifiers one transaction reserves */
    WEAL_MEMPOOL_NONCES_MAX = 64 /* how far ahead of its account a nonce may be */
};

enum weal_mempool_lane { WEAL_LANE_HUMAN, WEAL_LANE_FEE };

/* What the pool must know of a transaction. Borrowed for the call. */
struct weal_mempool_tx {
    uint8_t id[32];
    enum weal_mempool_lane lane;
    struct weal_bytes bytes;
    uint64_t valid_until;   /* last height at which it may be included; UINT64_MAX: no limit */
    uint8_t sender[32];     /* fee lane: the account */
    uint64_t nonce;         /* fee lane */
    uint64_t account_nonce; /* fee lane: the account's last used nonce, at the tip */
    uint64_t fee_rate;      /* fee lane: micro-units for 1,000 bytes */
    uint8_t tags[WEAL_MEMPOOL_TAGS_MAX][32];
    uint32_t tags_n;
    uint64_t origin; /* peer or client it came from, for its share; 0: ourselves */
};

struct weal_mempool_limits {
    uint32_t entries_max;    /* 16..4,000,000 */
    uint64_t bytes_max;      /* transaction bytes, both lanes together */
    uint32_t per_origin_max; /* entries one peer may have in the pool; 0: no limit */
};

struct weal_mempool_info {
    uint32_t human, fee; /* entries */
    uint64_t bytes;
    uint64_t fee_rate_min; /* what the cheapest entry of a full pool pays; 0 while there is room */
    uint64_t added, evicted, replaced, expired;
};

struct weal_mempool;

/* NULL when the system gives no memory. key: 16 secret random bytes for the hash tables. */
struct weal_mempool *weal_mempool_new(const struct weal_mempool_limits *limits,
                                      const uint8_t key[16]);
void weal_mempool_free(struct weal_mempool *m);

/* Takes a verified transaction; its bytes are copied. Refusals: pool-known, pool-tag-reserved,
 * pool-nonce-low, pool-nonce-gap, pool-fee-low (replacement or full pool), pool-full,
 * pool-origin-share. */
WEAL_MUST_USE enum weal_verdict weal_mempool_add(struct weal_mempool *m,
                                                 const struct weal_mempool_tx *tx);

/* Before any proof work: the verdict weal_mempool_add would give for id and tags alone. */
enum weal_verdict weal_mempool_precheck(const struct weal_mempool *m, const uint8_t id[32],
                                        const uint8_t (*tags)[32], uint32_t tags_n);

/* The bytes of an entry, valid until the next call that changes the pool; .p is NULL if unknown. */
struct weal_bytes weal_mempool_get(const struct weal_mempool *m, const uint8_t id[32]);

/* A transaction became final (or turned out impossible): drops it and whatever it rules out: the
 * account's entries up to its nonce, other holders of its tags. */
void weal_mempool_settle(struct weal_mempool *m, const struct weal_mempool_tx *tx);
void weal_mempool_drop(struct weal_mempool *m, const uint8_t id[32]);
/* Drops what can no longer enter a block of this height. */
void weal_mempool_expire(struct weal_mempool *m, uint64_t height);

/* Looking again at what waits in the human lane, some at a time, round and round: the bytes of the
 * next one within the next WEAL_MEMPOOL_LOOK places, and its id; .p is NULL when there is none.
 * Valid until the next call that changes the pool. */
enum { WEAL_MEMPOOL_LOOK = 64 };
struct weal_bytes weal_mempool_again(struct weal_mempool *m, uint8_t id[32]);

/* ---- choosing what to propose ----
 * begin; skip the transactions of the unfinalized ancestors; then next until it gives none.
 * human_first says which lane to draw from; both keep their own place. Any other call that changes
 * the pool ends the selection. */
void weal_mempool_pick_begin(struct weal_mempool *m);
void weal_mempool_pick_skip(struct weal_mempool *m, const uint8_t id[32]);
bool weal_mempool_pick_next(struct weal_mempool *m, enum weal_mempool_lane lane, uint8_t id[32],
                            struct weal_bytes *bytes);

struct weal_mempool_info weal_mempool_info(const struct weal_mempool *m);

#endif
