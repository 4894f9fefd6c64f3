/* SPDX-License-Identifier: ISC */
/* Account signatures verified ahead of the execution, by the host's workers: the dearest part of a
 * block of transfers, and the one that asks no state. What a worker found good is noted in the
 * cache of verified signatures just before the block is executed; whatever it did not find good,
 * or never came to, the execution verifies itself. So workers can save work and decide nothing.
 * Private to node/core. The core's thread. */
#ifndef WEAL_NODE_CORE_AHEAD_H
#define WEAL_NODE_CORE_AHEAD_H

#include "node/core/core_int.h"

struct core_ahead; /* the transactions of some bodies */

/* Gives the bodies' transactions to the workers. The bytes stay until over is called, from a later
 * turn, or the bodies have nothing for workers: then the result is NULL and over is not called. */
struct core_ahead *core_ahead_begin(struct weal_core *c, const struct weal_bytes *bodies, size_t n,
                                    void (*over)(struct weal_core *c, void *ctx), void *ctx);
/* Notes what was found good. After over. */
void core_ahead_use(struct weal_core *c, struct core_ahead *a);
void core_ahead_free(struct core_ahead *a); /* NULL is fine */

#endif
