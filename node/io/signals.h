/* SPDX-License-Identifier: ISC */
/* SIGINT and SIGTERM as a callback on the loop; SIGPIPE ignored; a second signal of the same kind
 * ends the process at once (exit 130), for an operator who means it. SIGHUP, when wanted, asks for
 * reopening logs and reloading what can be reloaded. */
#ifndef WEAL_NODE_IO_SIGNALS_H
#define WEAL_NODE_IO_SIGNALS_H

#include <uv.h>

#include "crypto/base/err.h"

struct weal_signals {
    uv_signal_t on_int, on_term, on_hup;
    void (*stop)(void *ctx, int signum);
    void (*reload)(void *ctx); /* may be NULL */
    void *ctx;
    int seen;
};

/* s is the caller's and must stay until the loop has run after weal_signals_stop. */
WEAL_MUST_USE enum weal_err weal_signals_start(struct weal_signals *s, uv_loop_t *loop,
                                               void (*stop)(void *ctx, int signum),
                                               void (*reload)(void *ctx), void *ctx);
void weal_signals_stop(struct weal_signals *s);

#endif
