/* SPDX-License-Identifier: ISC */
/* What the core asks of whoever runs it: the daemon (libuv, real keys) or a simulator (virtual
 * time, one seed). The core itself has no clock, socket, thread or randomness; every call it makes
 * outward is in this struct. Functions return at once, on the core's thread, and must not call back
 * into the core; answers come later as calls of core.h. */
#ifndef WEAL_NODE_CORE_HOST_H
#define WEAL_NODE_CORE_HOST_H

#include "consensus/gen/block_gen.h"
#include "crypto/base/err.h"
#include "crypto/base/verdict.h"
#include "storage/apply.h"

struct weal_chain_block;
struct weal_core;

/* Pure work for another thread: run reads what no one changes meanwhile and writes what is the
 * work's own. Afterwards the host hands it back by weal_core_worked, which calls done. */
struct weal_host_work {
    void (*run)(struct weal_host_work *w);
    void (*done)(struct weal_core *c, struct weal_host_work *w);
};

enum weal_host_audience { WEAL_HOST_ALL, WEAL_HOST_VALIDATORS };
enum weal_host_level { WEAL_HOST_DEBUG, WEAL_HOST_INFO, WEAL_HOST_WARN, WEAL_HOST_ERROR };

/* A job for the applier's thread: weal_apply(kv, blocks, n). One at a time. */
struct weal_host_apply {
    struct weal_apply_block blocks[WEAL_APPLY_BLOCKS_MAX];
    size_t n;
};

struct weal_host {
    void *ctx;

    /* messages; bytes are borrowed for the call. Types are p2p/msg.def's. */
    void (*send)(void *ctx, uint64_t peer, unsigned type, struct weal_bytes bytes);
    void (*broadcast)(void *ctx, unsigned type, struct weal_bytes bytes,
                      enum weal_host_audience to);
    uint64_t (*peer_of)(void *ctx, const uint8_t validator[32]); /* 0: not connected */
    void (*blame)(void *ctx, uint64_t peer, enum weal_verdict why);
    void (*head)(void *ctx, uint64_t height, const uint8_t id[32]);

    /* secrets stay with the host. sign: fills v->signature, false when there is no key; the guard
     * has allowed it. owntag: the seat key's tag and proof for a scope (shape HUMAN). */
    bool (*sign)(void *ctx, struct weal_vote *v);
    bool (*owntag)(void *ctx, const uint8_t lineage[32], struct weal_bytes scope,
                   struct weal_bytes message, uint8_t tag[32], uint8_t proof[96]);

    /* called once, after the first records of a new log are durable and before anything leaves: the
     * host remembers, durably and outside the log's folder, that this log has begun. A log that has
     * begun and is missing later was lost, and the node must not vote. */
    bool (*began)(void *ctx);

    void (*random)(void *ctx, uint8_t *out, size_t n);
    void (*wake_at)(void *ctx, uint64_t now_ms); /* call weal_core_wake then; replaces the former */
    void (*apply)(void *ctx, const struct weal_host_apply *job); /* answered by weal_core_applied */

    /* Takes work; every work taken is handed back, in any order, before the core is freed. False:
     * it is not taken (no threads, too much waits) and the core does without. May be NULL. */
    bool (*work)(void *ctx, struct weal_host_work *w);

    /* a block has become final, oldest first; borrowed for the call. May be NULL. */
    void (*final)(void *ctx, const struct weal_chain_block *b);
    /* something an operator or client may look at has changed; at most once a turn */
    void (*changed)(void *ctx);
    /* event: a stable name; text: key=value pairs. No peer can reach WARN or above by itself. */
    void (*log)(void *ctx, enum weal_host_level level, const char *event, const char *text);
};

#endif
