/* SPDX-License-Identifier: ISC */
/* Transactions: queued as they come from peers and clients, checked in batches against the last
 * final state, kept in the mempool, announced, proposed, settled. Cheap refusals come before any
 * proof work; the queue is bounded in entries and bytes, and what one peer may hold of the pool is
 * the mempool's limit. */
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

struct batch {
    struct core_tx tx[CORE_TX_BATCH];
    struct weal_tx_info info[CORE_TX_BATCH];
    enum weal_verdict verdict[CORE_TX_BATCH];
    uint32_t n;
};

static void pool_tx(struct weal_mempool_tx *out, const struct weal_tx_info *info,
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
static void batch_verify(struct weal_core *c, struct batch *b) {
    const struct weal_batch *batch = c->exec_tx.batch;
    if (weal_exec_verify(&c->exec_tx)) return;
    for (uint32_t i = 0; i < weal_batch_count(batch); i++) {
        uint32_t item = weal_batch_item(batch, i);
        bool bad = weal_batch_result(batch, i) != WEAL_ACCEPT;
        if (bad && b->verdict[item] == WEAL_ACCEPT) b->verdict[item] = WEAL_V_TX_PROOF;
    }
}

/* Cheap refusals first, then proofs; a batch that is full is verified and a new one begun. */
static void batch_check(struct weal_core *c, struct batch *b) {
    struct weal_view at;
    enum weal_err e = weal_chain_look(c->chain, weal_chain_final_state(c->chain), &at);
    uint32_t gathered = 0;
    weal_exec_reset(&c->exec_tx);
    for (uint32_t i = 0; i < b->n; i++) {
        struct weal_bytes bytes = weal_bytes(b->tx[i].bytes, b->tx[i].n);
        struct weal_tx_info *info = &b->info[i];
        enum weal_verdict v = weal_tx_info(bytes, info);
        if (v == WEAL_ACCEPT) {
            v = weal_mempool_precheck(c->mempool, info->id, (const uint8_t(*)[32])info->reserves,
                                      info->reserves_n);
        }
        if (v == WEAL_ACCEPT && e != WEAL_OK) v = WEAL_V_POOL_BUSY;
        if (v == WEAL_ACCEPT) v = weal_tx_check(&c->exec_tx, &at, bytes, i, info);
        if (v == WEAL_V_BATCH_FULL && gathered != 0) {
            batch_verify(c, b);
            weal_exec_reset(&c->exec_tx);
            gathered = 0;
            v = weal_tx_check(&c->exec_tx, &at, bytes, i, info);
        }
        gathered += v == WEAL_ACCEPT;
        b->verdict[i] = v;
    }
    batch_verify(c, b);
}

static void batch_settle(struct weal_core *c, struct batch *b) {
    for (uint32_t i = 0; i < b->n; i++) {
        const struct core_tx *t = &b->tx[i];
        struct weal_tx_info *info = &b->info[i];
        enum weal_verdict v = b->verdict[i];
        struct weal_mempool_tx m;
        struct weal_gossip_event g = {.kind = WEAL_GOSSIP_FORGET, .peer = t->peer, .size = t->n};
        c->stat.checked++;
        if (v == WEAL_ACCEPT) {
            pool_tx(&m, info, weal_bytes(t->bytes, t->n), t->peer);
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

static void batch_run(struct weal_core *c) {
    struct batch *b = malloc(sizeof *b);
    if (!b) return;
    b->n = 0;
    while (c->txq_n != 0 && b->n < CORE_TX_BATCH) {
        b->tx[b->n] = c->txq[c->txq_head];
        c->txq_bytes -= b->tx[b->n++].n;
        c->txq_head = (c->txq_head + 1) % CORE_TX_QUEUE;
        c->txq_n--;
    }
    c->txq_due_ms = c->now_ms;
    batch_check(c, b);
    batch_settle(c, b);
    free(b);
}

void core_txs_wake(struct weal_core *c) {
    /* a few batches a turn, so that a flood of transactions leaves room for votes */
    for (int i = 0; i < 4 && c->txq_n != 0; i++) {
        if (c->txq_n < CORE_TX_BATCH && c->now_ms < c->txq_due_ms) return;
        batch_run(c);
    }
}

/* ---- gossip ---- */

static void serve(struct weal_core *c, const struct weal_gossip_effect *e) {
    static struct weal_p2p_tx_data m; /* some kilobytes; used at once */
    size_t bytes = 0;
    m.txs_n = m.gone_n = 0;
    for (uint32_t i = 0; i < e->serve_n; i++) {
        struct weal_bytes tx = weal_mempool_get(c->mempool, e->serve[i]);
        if (!tx.p && m.gone_n < WEAL_P2P_TX_DATA_MAX) {
            memcpy(m.gone[m.gone_n++].short_id, e->serve_short[i], 8);
        }
        if (tx.p) {
            m.txs[m.txs_n++].tx = tx;
            bytes += tx.n;
        }
        bool full = m.txs_n == WEAL_P2P_TX_DATA_MAX || bytes >= WEAL_P2P_TX_DATA_SOFT;
        if (!full && i + 1 < e->serve_n) continue;
        struct weal_wr w = weal_wr(c->msg, CORE_MSG_MAX);
        weal_p2p_tx_data_put(&w, &m);
        if (!w.failed) c->host.send(c->host.ctx, e->peer, WEAL_P2P_TX_DATA, weal_wr_done(&w));
        m.txs_n = m.gone_n = 0;
        bytes = 0;
    }
}

static void gossip_emit(void *ctx, const struct weal_gossip_effect *e) {
    struct weal_core *c = ctx;
    struct weal_wr w = weal_wr(c->msg, CORE_MSG_MAX);
    switch (e->kind) {
    case WEAL_GOSSIP_SEND_ANNOUNCE:
        weal_p2p_tx_announce_put(&w, e->announce);
        c->host.send(c->host.ctx, e->peer, WEAL_P2P_TX_ANNOUNCE, weal_wr_done(&w));
        break;
    case WEAL_GOSSIP_SEND_GET:
        weal_p2p_tx_get_put(&w, e->get);
        c->host.send(c->host.ctx, e->peer, WEAL_P2P_TX_GET, weal_wr_done(&w));
        break;
    case WEAL_GOSSIP_SERVE:
        serve(c, e);
        break;
    case WEAL_GOSSIP_CHECK:
        core_tx_queue(c, e->tx, e->peer, NULL, NULL);
        break;
    case WEAL_GOSSIP_BLAME:
        c->host.blame(c->host.ctx, e->peer, e->verdict);
        break;
    }
}

void core_gossip(struct weal_core *c, const struct weal_gossip_event *event) {
    weal_gossip_step(c->gossip, event, c->now_ms, gossip_emit, c);
}

void core_tx_message(struct weal_core *c, uint64_t peer, unsigned type, struct weal_bytes bytes) {
    static union {
        struct weal_p2p_tx_announce announce;
        struct weal_p2p_tx_get get;
        struct weal_p2p_tx_data data;
    } m; /* some kilobytes; used at once */
    struct weal_rd rd = weal_rd(bytes);
    struct weal_gossip_event g = {.peer = peer};
    if (type == WEAL_P2P_TX_ANNOUNCE) {
        weal_p2p_tx_announce_get(&rd, &m.announce);
        g.kind = WEAL_GOSSIP_ANNOUNCED;
        g.announce = &m.announce;
    } else if (type == WEAL_P2P_TX_GET) {
        weal_p2p_tx_get_get(&rd, &m.get);
        g.kind = WEAL_GOSSIP_ASKED;
        g.get = &m.get;
    } else {
        weal_p2p_tx_data_get(&rd, &m.data);
        g.kind = WEAL_GOSSIP_DATA;
        g.data = &m.data;
    }
    if (!weal_rd_done(&rd))
        c->host.blame(c->host.ctx, peer, WEAL_V_ENCODING);
    else
        core_gossip(c, &g);
}

/* ---- blocks ---- */

void core_txs_final(struct weal_core *c, const struct weal_chain_block *b) {
    struct weal_body_iter it = weal_body_iter(b->body);
    struct weal_bytes tx;
    struct weal_tx_info info;
    struct weal_mempool_tx m;
    while (weal_body_next(&it, &tx)) {
        if (weal_tx_info(tx, &info) != WEAL_ACCEPT) continue;
        pool_tx(&m, &info, tx, 0);
        weal_mempool_settle(c->mempool, &m);
        if (info.kind == WEAL_TX_INCOME_CLAIM) c->stat.incomes++;
    }
    if (b->head.height % 16 == 0) weal_mempool_expire(c->mempool, b->head.height + 1);
}

static bool source_next(void *ctx, enum weal_exec_lane lane, struct weal_bytes *tx) {
    struct weal_core *c = ctx;
    uint8_t id[32];
    return weal_mempool_pick_next(
        c->mempool, lane == WEAL_EXEC_HUMAN ? WEAL_LANE_HUMAN : WEAL_LANE_FEE, id, tx);
}

/* What fails on this parent may still do on another; what can never succeed expires. */
static void source_drop(void *ctx, const uint8_t id[32], enum weal_verdict why) {
    struct weal_core *c = ctx;
    (void)id;
    core_log(c, WEAL_HOST_DEBUG, "candidate-skipped", "why=%s", weal_verdict_name(why));
}

struct weal_exec_source core_source(struct weal_core *c, struct weal_chain_block *parent) {
    weal_mempool_pick_begin(c->mempool);
    for (struct weal_chain_block *b = parent; b && !b->final; b = b->parent) {
        for (uint32_t i = 0; i < b->receipts_n; i++) {
            weal_mempool_pick_skip(c->mempool, b->receipts[i].id);
        }
    }
    return (struct weal_exec_source){source_next, source_drop, c};
}

bool core_txs_pending(struct weal_core *c) {
    struct weal_mempool_info info = weal_mempool_info(c->mempool);
    struct weal_view at;
    if (info.human + info.fee != 0) return true;
    return weal_chain_look(c->chain, weal_chain_final_state(c->chain), &at) == WEAL_OK &&
           weal_exec_pending(&at, c->wall_ms);
}
