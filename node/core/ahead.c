/* SPDX-License-Identifier: ISC */
/* Transactions are cut into shares of some milliseconds, one work each, so that several threads
 * take part and none holds one for long. */
#include "node/core/ahead.h"

#include <stdlib.h>

enum { SHARE = 256 };

struct share {
    struct weal_host_work work; /* first: it is what comes back */
    struct core_ahead *all;
    struct share *next;
    uint8_t chain_id[32];
    uint32_t n;
    struct weal_tx_signed tx[SHARE];
};

struct core_ahead {
    struct share *first;
    uint32_t out; /* shares that are with the host */
    void (*over)(struct weal_core *c, void *ctx);
    void *ctx;
};

static void share_run(struct weal_host_work *w) {
    struct share *s = (struct share *)w;
    (void)weal_txs_signed_var(s->chain_id, s->tx, s->n);
}

static void share_done(struct weal_core *c, struct weal_host_work *w) {
    struct core_ahead *a = ((struct share *)w)->all;
    if (--a->out == 0) a->over(c, a->ctx);
}

/* Gives a share away; one that nobody takes is forgotten. */
static void give(struct weal_core *c, struct core_ahead *a, struct share *s) {
    if (!s) return;
    if (!c->host.work(c->host.ctx, &s->work)) {
        free(s);
        return;
    }
    s->next = a->first;
    a->first = s;
    a->out++;
}

static struct share *share_new(struct weal_core *c, struct core_ahead *a) {
    struct share *s = malloc(sizeof *s);
    if (!s) return NULL;
    s->work = (struct weal_host_work){share_run, share_done};
    s->all = a;
    s->n = 0;
    memcpy(s->chain_id, c->cfg.chain_id, 32);
    return s;
}

struct core_ahead *core_ahead_begin(struct weal_core *c, const struct weal_bytes *bodies, size_t n,
                                    void (*over)(struct weal_core *c, void *ctx), void *ctx) {
    struct core_ahead *a = c->host.work ? calloc(1, sizeof *a) : NULL;
    struct share *s = NULL;
    if (!a) return NULL;
    a->over = over;
    a->ctx = ctx;
    for (size_t i = 0; i < n; i++) {
        struct weal_body_iter it = weal_body_iter(bodies[i]);
        struct weal_bytes tx;
        while (weal_body_next(&it, &tx)) {
            if (s && s->n == SHARE) {
                give(c, a, s);
                s = NULL;
            }
            if (!s) s = share_new(c, a);
            if (!s) break;
            s->tx[s->n++].tx = tx;
        }
    }
    give(c, a, s);
    if (a->out != 0) return a;
    free(a);
    return NULL;
}

static void note(struct weal_core *c, const struct weal_tx_signed *tx, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (tx[i].good) weal_seen_add(&c->seen, tx[i].id);
}

void core_ahead_use(struct weal_core *c, struct core_ahead *a) {
    for (const struct share *s = a->first; s; s = s->next) note(c, s->tx, s->n);
}

void core_ahead_free(struct core_ahead *a) {
    if (!a) return;
    WEAL_ASSERT(a->out == 0);
    for (struct share *s = a->first, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    free(a);
}

/* Here and at once, those of one body that are not known yet. Ends at the first that does not hold:
 * the execution will refuse the block there, and a body of nothing but bad signatures, each dearer
 * than a good one, must not hold up a vote. */
static void ahead_now(struct weal_core *c, struct weal_bytes body) {
    enum { SOME = 64 };
    struct weal_tx_signed some[SOME];
    struct weal_body_iter it = weal_body_iter(body);
    struct weal_bytes tx;
    bool more = true, hold = true;
    while (more && hold) {
        uint32_t n = 0;
        while (n < SOME && (more = weal_body_next(&it, &tx))) {
            uint8_t id[32];
            weal_tx_id(id, tx);
            if (!weal_seen_has(&c->seen, id)) some[n++].tx = tx;
        }
        hold = weal_txs_signed_var(c->cfg.chain_id, some, n);
        note(c, some, n);
    }
}

enum weal_err core_execute(struct weal_core *c, struct weal_chain_block *b,
                           enum weal_verdict *why) {
    if (b->status == WEAL_CHAIN_KNOWN) ahead_now(c, b->body);
    return weal_chain_execute(c->chain, b, why);
}
