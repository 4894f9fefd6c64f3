/* SPDX-License-Identifier: ISC */
/* What other threads may see of a running node, and what they may hand to it. The core's thread
 * publishes an immutable snapshot at most once a turn; readers take a reference, look at the state
 * through a reader of their own, and never delay a vote. Finished blocks above the database are
 * kept in a short list until the applier has written them.
 *
 * Every function here may be called from any thread, but weal_api_publish, _final, _pump and
 * _peers_set, which are the core's. */
#ifndef WEAL_NODE_CORE_API_H
#define WEAL_NODE_CORE_API_H

#include "node/core/core.h"
#include "node/io/net.h"

enum {
    WEAL_API_RECENT = 512,
    WEAL_API_SUBMIT_MAX = 8192,
    WEAL_API_WAITING_MAX = 1 << 17, /* submissions whose end is watched for */
    WEAL_API_ENDED_MAX = 1 << 12,   /* refused or expired ones that are remembered */
    WEAL_API_PEERS_MAX = 144,
};

struct weal_api_validator {
    uint8_t account[32], seat[32];
    uint64_t weight;
    uint64_t blocks; /* of the recent ones, how many it proposed */
};

/* Immutable once published. */
struct weal_api_snapshot {
    int refs; /* atomic */
    uint64_t height, tip_time_ms, published_ms;
    uint8_t id[32];
    struct weal_state *state; /* after the tip */
    struct weal_bft_status bft;
    struct weal_core_stat core;
    struct weal_mempool_info pool;
    uint32_t peers;
    uint64_t started_ms;
    uint16_t validators_n;
    struct weal_api_validator validators[WEAL_SET_MAX];
    char *text; /* atomic; what a reader made of it for the others, NULL at first; malloc, owned */
};

/* A final block, immutable. */
struct weal_api_block {
    int refs; /* atomic */
    uint64_t height;
    uint8_t id[32];
    struct weal_header head;
    struct weal_bytes header, body, cert; /* owned */
    struct weal_receipt *receipts;        /* owned */
    uint32_t receipts_n;
    uint64_t final_ms; /* wall clock when it became final here */
};

/* A connected peer, as of the last look. */
struct weal_api_peer {
    struct weal_net_peer is;
    struct weal_net_stats stats;
    uint64_t connected_ms; /* how long */
};

struct weal_api;

struct weal_api *weal_api_new(struct weal_store *store, struct weal_kv *kv, struct weal_disk *disk,
                              const uint8_t chain_id[32], struct weal_bytes genesis);
void weal_api_free(struct weal_api *a);

/* ---- the core's side ---- */
void weal_api_publish(struct weal_api *a, struct weal_core *c, uint32_t peers, uint64_t wall_ms);
void weal_api_final(struct weal_api *a, const struct weal_chain_block *b, uint64_t wall_ms);
/* Hands waiting submissions to the core; answers come back through their callbacks, which run on
 * the core's thread. */
void weal_api_pump(struct weal_api *a, struct weal_core *c);
/* Whom we are connected to; at most WEAL_API_PEERS_MAX are kept. */
void weal_api_peers_set(struct weal_api *a, const struct weal_api_peer *list, size_t n);
/* Who is banned, by the clock now_ms is of. */
void weal_api_bans_set(struct weal_api *a, const struct weal_peers_banned *list, size_t n,
                       uint64_t now_ms);
/* Called (on any thread) when a submission waits: wakes the core's loop. Set before use. */
void weal_api_on_submit(struct weal_api *a, void (*wake)(void *ctx), void *ctx);
/* Called on the core's thread after each publish. Set before use. */
void weal_api_on_publish(struct weal_api *a, void (*wake)(void *ctx), void *ctx);

/* ---- anybody's ---- */
struct weal_api_snapshot *weal_api_snapshot(struct weal_api *a); /* NULL before the first */
void weal_api_snapshot_unref(struct weal_api_snapshot *s);
/* What the first reader to keep something kept, or NULL. keep takes over text. */
const char *weal_api_snapshot_text(struct weal_api_snapshot *s);
void weal_api_snapshot_keep(struct weal_api_snapshot *s, char *text);
/* BUSY when WEAL_API_SUBMIT_MAX wait. The bytes are copied. */
WEAL_MUST_USE enum weal_err weal_api_submit(struct weal_api *a, struct weal_bytes tx,
                                            weal_core_submitted *done, void *ctx);
/* A final block by height or id; NULL when there is none (yet). */
struct weal_api_block *weal_api_block(struct weal_api *a, uint64_t height);
struct weal_api_block *weal_api_block_by_id(struct weal_api *a, const uint8_t id[32]);
void weal_api_block_unref(struct weal_api_block *b);
/* Where a transaction became final: height, position, name of its code ("" for done). */
struct weal_api_tx {
    uint64_t height;
    uint32_t position;
    char code[40];
};
bool weal_api_tx(struct weal_api *a, const uint8_t id[32], struct weal_api_tx *out);
/* What became of a transaction submitted here that is not final. A refused one carries its verdict.
 * EXPIRED: it left the mempool without a block, because its last height has passed or others pay
 * more. Which were refused or expired is forgotten after WEAL_API_ENDED_MAX others. */
enum weal_api_standing {
    WEAL_API_UNKNOWN,
    WEAL_API_PENDING,
    WEAL_API_EXPIRED,
    WEAL_API_REFUSED,
};
enum weal_api_standing weal_api_standing(struct weal_api *a, const uint8_t id[32],
                                         enum weal_verdict *why);
/* Copies up to cap; returns how many. */
size_t weal_api_peers(struct weal_api *a, struct weal_api_peer *out, size_t cap);
/* The same of bans; until_ms is how long they still last. out NULL: only how many. */
size_t weal_api_bans(struct weal_api *a, struct weal_peers_banned *out, size_t cap);

struct weal_store *weal_api_store(struct weal_api *a);
const uint8_t *weal_api_chain_id(const struct weal_api *a);
struct weal_bytes weal_api_genesis(const struct weal_api *a);

#endif
