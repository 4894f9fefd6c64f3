/* SPDX-License-Identifier: ISC */
/* A worker pool of our own (libuv's is shared with DNS and files, and its queue has no bound).
 * A job has a const input and an output of its own; work() runs on a worker, done() on the loop's
 * thread, in the order in which jobs finish. Two lanes: urgent jobs are taken first.
 * Jobs are the caller's memory from submit to done. */
#ifndef WEAL_NODE_IO_POOL_H
#define WEAL_NODE_IO_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "crypto/base/err.h"

struct weal_job {
    void (*work)(struct weal_job *job, unsigned worker); /* worker: 0..threads-1, for scratch */
    void (*done)(struct weal_job *job); /* may submit again, or free job; NULL: nothing to do */
    struct weal_job *next;              /* the pool's */
};

struct weal_pool;

/* threads: 1..64; queue_max: jobs waiting in one lane; nice: how far the threads stand back behind
 * others of this machine when processors are short, 0..19. */
WEAL_MUST_USE enum weal_err weal_pool_new(struct weal_pool **out, uv_loop_t *loop, unsigned threads,
                                          uint32_t queue_max, int nice, const char *name);
/* WEAL_ERR_BUSY when the lane is full. Loop thread only. */
WEAL_MUST_USE enum weal_err weal_pool_submit(struct weal_pool *pool, struct weal_job *job,
                                             bool urgent);
uint32_t weal_pool_waiting(struct weal_pool *pool); /* in both lanes, not yet begun */
unsigned weal_pool_threads(const struct weal_pool *pool);
/* Finishes what was submitted, calls every done, joins the threads; blocks. Loop thread only. The
 * pool's handle closes on the next turns of the loop, which frees it. */
void weal_pool_free(struct weal_pool *pool);

#endif
