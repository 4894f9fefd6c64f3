/* SPDX-License-Identifier: ISC */
/* Transactions on arrival: queued as they come from peers and clients, checked in batches against
 * the last final state, put into the mempool. The queue is bounded in entries and bytes.
 *
 * A batch goes through three steps. Here: cheap refusals, what the state rules out, and the proofs
 * (their ring points are read in place from a state that only this thread holds). At the host's
 * workers, in shares: account signatures, the dearest part of a transfer. Here again, batches in
 * their order, so that an account's transactions keep theirs: the mempool, the announcement, the
 * answer. So a flood of transactions takes some milliseconds of this thread at a time, and votes go
 * between. A host without workers gets the second step done at once. */
#include "node/core/core_int.h"

#include <stdlib.h>

static void tx_done(const struct core_tx *t, const uint8_t id[32], enum weal_verdict v) {
    if (t->done) t->done(t->ctx, id, v);
    free(t->bytes);
}

void core_tx_queue(struct weal_core *c, struct weal_bytes tx, uint64_t peer,
                   weal_core_submitted *done, void *ctx) {
    struct core_tx t = {.n = (uint32_t)tx.n, .peer = peer, .done = done, .ctx = ctx};
    uint8_t id[32];
    enum weal_verdict v = WEAL_ACCEPT;
    if (c->hold_txs)
        v = WEAL_V_NODE_HOLDS;
    else if (tx.n > WEAL_P2P_TX_MAX)
        v = WEAL_V_ENCODING;
    else if (c->txq_n == CORE_TX_QUEUE || c->txq_bytes + tx.n > CORE_TX_QUEUE_BYTES) {
        v = WEAL_V_POOL_BUSY;
    }
    if (v == WEAL_ACCEPT) t.bytes = malloc(tx.n + 1);
    if (v == WEAL_ACCEPT && !t.bytes) v = WEAL_V_POOL_BUSY;
    if (v != WEAL_ACCEPT) {
        weal_tx_id(id, tx);
        tx_done(&t, id, v);
        if (peer != 0) {
            struct weal_gossip_event g = {.kind = WEAL_GOSSIP_FORGET};
            memcpy(g.id, id, 32);
            core_gossip(c, &g);
        }
        return;
    }
    memcpy(t.bytes, tx.p, tx.n);
    if (c->txq_n == 0) c->txq_due_ms = c->now_ms + CORE_TX_WAIT_MS;
    c->txq[(c->txq_head + c->txq_n++) % CORE_TX_QUEUE] = t;
    c->txq_bytes += tx.n;
}

/* ---- a batch ---- */

enum { SHARE = 64, SHARES = CORE_TX_BATCH / SHARE };

struct share {                  /* what one worker does at a time */
    struct weal_host_work work; /* first: it is what comes back */
    struct core_check *check;
    uint32_t from, to;
};

struct core_check {
    struct core_check *next;
    struct core_tx tx[CORE_TX_BATCH];
    struct weal_tx_info info[CORE_TX_BATCH];
    enum weal_verdict verdict[CORE_TX_BATCH];
    bool by_worker[CORE_TX_BATCH]; /* its signature is still to be verified */
    uint32_t n, out;               /* out: shares that are with the host */
    uint8_t chain_id[32];
    struct share share[SHARES];
};

void core_pool_tx(struct weal_mempool_tx *out, const struct weal_tx_info *info,
                  struct weal_bytes bytes, uint64_t origin) {
    *out = (struct weal_mempool_tx){.lane = info->lane == WEAL_EXEC_HUMAN ? WEAL_LANE_HUMAN
                                                                          : WEAL_LANE_FEE,
                                    .bytes = bytes,
                                    .valid_until = info->valid_until,
                                    .nonce = info->nonce,
                                    .account_nonce = info->account_nonce,
                                    .fee_rate = info->fee_rate,
                                    .tags_n = info->reserves_n,
                                    .origin = origin};
    _Static_assert((int)WEAL_MEMPOOL_TAGS_MAX >= (int)WEAL_EXEC_RESERVES_MAX, "room for all tags");
    memcpy(out->id, info->id, 32);
    memcpy(out->sender, info->sender, 32);
    memcpy(out->tags, info->reserves, sizeof info->reserves);
}

/* Proofs of all items gathered so far at once; whose do not hold is named by the batch. */
static void proofs_verify(struct weal_core *c, struct core_check *b) {
    const struct weal_batch *batch = c->exec_tx.batch;
    if (weal_exec_verify(&c->exec_tx)) return;
    for (uint32_t i = 0; i < weal_batch_count(batch); i++) {
        uint32_t item = weal_batch_item(batch, i);
        bool bad = weal_batch_result(batch, i) != WEAL_ACCEPT;
        if (bad && b->verdict[item] == WEAL_ACCEPT) b->verdict[item] = WEAL_V_TX_PROOF;
    }
}

/* The cache that checks on arrival look into: a signature that is not known is put off, not
 * verified. Signatures are known by their transaction's id, so nothing else is passed over: an act
 * with a proof beside its signature asks for both. */
bool core_check_known(void *ctx, const uint8_t key[32]) {
    struct weal_core *c = ctx;
    if (weal_seen_has(&c->seen, key)) return true;
    bool signature = memcmp(key, c->check_id, 32) == 0;
    c->check_put_off |= signature;
    return signature;
}

static enum weal_verdict check_one(struct weal_core *c, struct core_check *b, uint32_t i,
                                   const struct weal_view *at) {
    struct weal_bytes bytes = weal_bytes(b->tx[i].bytes, b->tx[i].n);
    c->check_put_off = false;
    memcpy(c->check_id, b->info[i].id, 32);
    enum weal_verdict v = weal_tx_check(&c->exec_tx, at, bytes, i, &b->info[i]);
    b->by_worker[i] = c->check_put_off && v == WEAL_ACCEPT;
    return v;
}

/* Cheap refusals first, then proofs; when the proofs' batch is full it is verified and a new one
 * begun. */
static void check_here(struct weal_core *c, struct core_check *b) {
    struct weal_view at;
    enum weal_err e = weal_chain_look(c->chain, weal_chain_final_state(c->chain), &at);
    uint32_t gathered = 0;
    weal_exec_reset(&c->exec_tx);
    for (uint32_t i = 0; i < b->n; i++) {
        struct weal_tx_info *info = &b->info[i];
        enum weal_verdict v = weal_tx_info(weal_bytes(b->tx[i].bytes, b->tx[i].n), info);
        if (v == WEAL_ACCEPT) {
            v = weal_mempool_precheck(c->mempool, info->id, (const uint8_t(*)[32])info->reserves,
                                      info->reserves_n);
        }
        if (v == WEAL_ACCEPT && e != WEAL_OK) v = WEAL_V_POOL_BUSY;
        if (v == WEAL_ACCEPT) v = check_one(c, b, i, &at);
        if (v == WEAL_V_BATCH_FULL && gathered != 0) {
            proofs_verify(c, b);
            weal_exec_reset(&c->exec_tx);
            gathered = 0;
            v = check_one(c, b, i, &at);
        }
        gathered += v == WEAL_ACCEPT;
        b->verdict[i] = v;
    }
    proofs_verify(c, b);
}

/* At a worker: its own entries of the batch, nothing else. */
static void share_run(struct weal_host_work *w) {
    struct share *s = (struct share *)w;
    struct core_check *b = s->check;
    struct weal_tx_signed some[SHARE];
    uint32_t of[SHARE], n = 0;
    for (uint32_t i = s->from; i < s->to; i++) {
        if (!b->by_worker[i] || b->verdict[i] != WEAL_ACCEPT) continue;
        some[n].tx = weal_bytes(b->tx[i].bytes, b->tx[i].n);
        of[n++] = i;
    }
    (void)weal_txs_signed_var(b->chain_id, some, n);
    for (uint32_t i = 0; i < n; i++)
        if (!some[i].good) b->verdict[of[i]] = WEAL_V_TX_SIGNATURE;
}

static void check_settle(struct weal_core *c, struct core_check *b) {
    for (uint32_t i = 0; i < b->n; i++) {
        const struct core_tx *t = &b->tx[i];
        struct weal_tx_info *info = &b->info[i];
        enum weal_verdict v = b->verdict[i];
        struct weal_mempool_tx m;
        struct weal_gossip_event g = {.kind = WEAL_GOSSIP_FORGET, .peer = t->peer, .size = t->n};
        c->stat.checked++;
        if (v == WEAL_ACCEPT) {
            if (b->by_worker[i]) weal_seen_add(&c->seen, info->id);
            core_pool_tx(&m, info, weal_bytes(t->bytes, t->n), t->peer);
            v = weal_mempool_add(c->mempool, &m);
        }
        if (v == WEAL_ACCEPT)
            g.kind = WEAL_GOSSIP_ADDED;
        else
            c->stat.refused++;
        if (v == WEAL_ACCEPT || (v != WEAL_V_POOL_KNOWN && t->peer != 0)) {
            memcpy(g.id, info->id, 32);
            core_gossip(c, &g);
        }
        /* only what is invalid at every node counts against a peer */
        if (t->peer != 0 &&
            (v == WEAL_V_ENCODING || v == WEAL_V_TX_SIGNATURE || v == WEAL_V_TX_PROOF)) {
            c->host.blame(c->host.ctx, t->peer, v);
        }
        tx_done(t, info->id, v);
    }
    c->pending_stale = c->changed = true;
}

/* Batches leave in the order they came. */
static void checks_end(struct weal_core *c) {
    while (c->checks && c->checks->out == 0) {
        struct core_check *b = c->checks;
        c->checks = b->next;
        c->checks_n--;
        check_settle(c, b);
        free(b);
    }
}

static void share_done(struct weal_core *c, struct weal_host_work *w) {
    ((struct share *)w)->check->out--;
    checks_end(c);
    core_txs_wake(c);
}

static void share_give(struct weal_core *c, struct core_check *b, uint32_t k) {
    struct share *s = &b->share[k];
    *s = (struct share){
        {share_run, share_done}, b, k * SHARE, b->n < (k + 1) * SHARE ? b->n : (k + 1) * SHARE};
    bool any = false;
    for (uint32_t i = s->from; i < s->to; i++) any |= b->by_worker[i];
    if (!any) return;
    if (c->host.work && c->host.work(c->host.ctx, &s->work))
        b->out++;
    else
        share_run(&s->work);
}

enum { AGAIN = 8 }; /* acts a final block; about 50 us each */

void core_txs_again(struct weal_core *c) {
    struct weal_view at;
    struct weal_tx_info info;
    if (weal_chain_look(c->chain, weal_chain_final_state(c->chain), &at) != WEAL_OK) return;
    for (unsigned i = 0; i < AGAIN; i++) {
        struct weal_bytes bytes = weal_mempool_again(c->mempool, c->check_id);
        if (!bytes.p) return;
        weal_exec_reset(&c->exec_tx);
        enum weal_verdict v = weal_tx_check(&c->exec_tx, &at, bytes, 0, &info);
        if (v == WEAL_ACCEPT || v == WEAL_V_BATCH_FULL || v == WEAL_V_BLOCK_STATE) continue;
        core_log(c, WEAL_HOST_DEBUG, "candidate-dropped", "why=%s", weal_verdict_name(v));
        weal_mempool_drop(c->mempool, c->check_id);
    }
    weal_exec_reset(&c->exec_tx); /* proofs were verified when it came; here only gathered */
}

static void check_begin(struct weal_core *c) {
    struct core_check *b = malloc(sizeof *b);
    if (!b) return;
    b->n = b->out = 0;
    b->next = NULL;
    memcpy(b->chain_id, c->cfg.chain_id, 32);
    while (c->txq_n != 0 && b->n < CORE_TX_BATCH) {
        b->by_worker[b->n] = false;
        b->tx[b->n] = c->txq[c->txq_head];
        c->txq_bytes -= b->tx[b->n++].n;
        c->txq_head = (c->txq_head + 1) % CORE_TX_QUEUE;
        c->txq_n--;
    }
    c->txq_due_ms = c->now_ms;
    check_here(c, b);
    struct core_check **last = &c->checks;
    while (*last) last = &(*last)->next;
    *last = b;
    c->checks_n++;
    for (uint32_t k = 0; k * SHARE < b->n; k++) share_give(c, b, k);
    checks_end(c);
}

static bool check_due(const struct weal_core *c) {
    return c->txq_n != 0 && c->checks_n < CORE_CHECKS_MAX &&
           (c->txq_n >= CORE_TX_BATCH || c->now_ms >= c->txq_due_ms);
}

void core_txs_wake(struct weal_core *c) {
    /* few batches a turn, so that a flood of transactions leaves room for votes */
    for (int i = 0; i < CORE_CHECKS_MAX && check_due(c); i++) check_begin(c);
}

uint64_t core_txs_next(const struct weal_core *c) {
    if (c->txq_n == 0 || c->checks_n >= CORE_CHECKS_MAX) return UINT64_MAX;
    return c->txq_n >= CORE_TX_BATCH ? c->now_ms : c->txq_due_ms;
}

void core_txs_free(struct weal_core *c) {
    for (; c->txq_n != 0; c->txq_n--) {
        free(c->txq[c->txq_head].bytes);
        c->txq_head = (c->txq_head + 1) % CORE_TX_QUEUE;
    }
    WEAL_ASSERT(!c->checks); /* the host has handed everything back */
}
