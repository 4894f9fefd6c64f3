/* SPDX-License-Identifier: ISC */
/* One node on one libuv loop: the core (node/core) given a network, a disk, keys and a clock. The
 * daemon makes one from its configuration; tests make several in one process.
 *
 * Threads: the loop's is the core's; the applier writes the database on a worker of the pool; who
 * reads (RPC) has readers of his own, see node/core/api.h. */
#ifndef WEAL_NODE_NODE_H
#define WEAL_NODE_NODE_H

#include <uv.h>

#include "node/core/api.h"
#include "node/core/core.h"
#include "node/io/net.h"
#include "node/io/pool.h"

/* A validator's secrets; copied to locked pages, the caller wipes his own. */
struct weal_node_keys {
    uint8_t account[32]; /* BIP340: signs votes */
    uint8_t seat[32];    /* ristretto255 scalar: shows beacon tags */
};

struct weal_node_config {
    const char *datadir;               /* exists; made by the caller */
    struct weal_bytes genesis;         /* canonical */
    const struct weal_node_keys *keys; /* NULL: follows only */
    uint8_t identity_secret[32];       /* of the peer protocol */
    const char *agent;

    struct weal_net_addr listen;
    bool listening, pex;
    const struct weal_net_addr *peers; /* kept connected */
    size_t peers_n;
    uint32_t peers_max, outbound; /* 0: defaults */
    uint64_t ban_ms;              /* of a first ban; 0: default */

    struct weal_bft_config pace;
    struct weal_mempool_limits mempool;
    uint64_t map_bytes; /* database address space; 0: default */
    uint32_t wal_segment_bytes, sync_behind;

    void *ctx;
    void (*log)(void *ctx, enum weal_host_level level, const char *event, const char *text);
    void (*failed)(void *ctx, enum weal_err e); /* the core has stopped for good */
};

struct weal_node;

/* Opens everything and executes what is final but not applied; on failure a log line says what and
 * nothing is left open. LOCKED: another process has the data directory. */
WEAL_MUST_USE enum weal_err weal_node_new(const struct weal_node_config *c, uv_loop_t *loop,
                                          struct weal_node **out);
/* Begins to talk and to vote; until then it only answers through its api. An error is the
 * network's, which has not begun then. */
WEAL_MUST_USE enum weal_err weal_node_start(struct weal_node *n);
/* Stops talking, waits for the applier, closes everything, frees; done is called on the loop. */
void weal_node_stop(struct weal_node *n, void (*done)(void *ctx), void *ctx);

struct weal_core *weal_node_core(struct weal_node *n);
struct weal_net *weal_node_net(struct weal_node *n);
struct weal_kv *weal_node_kv(struct weal_node *n);
/* As weal_core_hold; on the loop. */
void weal_node_hold(struct weal_node *n, bool no_votes, bool no_transactions);
struct weal_disk *weal_node_disk(struct weal_node *n);
const uint8_t *weal_node_chain_id(const struct weal_node *n);
/* What other threads use; lives until the node is gone. */
struct weal_api *weal_node_api(struct weal_node *n);

#endif
