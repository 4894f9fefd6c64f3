/* SPDX-License-Identifier: ISC */
#include "node/io/signals.h"

#include <signal.h>
#include <unistd.h>

static void on_signal(uv_signal_t *h, int signum) {
    struct weal_signals *s = (struct weal_signals *)h->data;
    if (signum == SIGHUP) {
        if (s->reload) s->reload(s->ctx);
        return;
    }
    if (s->seen++ != 0) _exit(128 + SIGINT); /* asked twice: now */
    s->stop(s->ctx, signum);
}

enum weal_err weal_signals_start(struct weal_signals *s, uv_loop_t *loop,
                                 void (*stop)(void *ctx, int signum), void (*reload)(void *ctx),
                                 void *ctx) {
    uv_signal_t *h[] = {&s->on_int, &s->on_term, &s->on_hup};
    const int signum[] = {SIGINT, SIGTERM, SIGHUP};
    s->stop = stop;
    s->reload = reload;
    s->ctx = ctx;
    s->seen = 0;
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 3; i++) {
        if (uv_signal_init(loop, h[i]) != 0) return WEAL_ERR_IO;
        h[i]->data = s;
        uv_unref((uv_handle_t *)h[i]); /* they alone don't keep a loop alive */
    }
    for (int i = 0; i < 3; i++) {
        if (uv_signal_start(h[i], on_signal, signum[i]) != 0) return WEAL_ERR_IO;
    }
    return WEAL_OK;
}

void weal_signals_stop(struct weal_signals *s) {
    uv_close((uv_handle_t *)&s->on_int, NULL);
    uv_close((uv_handle_t *)&s->on_term, NULL);
    uv_close((uv_handle_t *)&s->on_hup, NULL);
}
