/* SPDX-License-Identifier: ISC */
/* Transactions that were checked (check.c): announced, served, proposed, settled. What one peer may
 * hold of the pool is the mempool's limit. */
#include "node/core/core_int.h"

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
        core_pool_tx(&m, &info, tx, 0);
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

/* What fails on this parent may still do on another; what fails on the final state is dropped by
 * core_txs_again or expires. */
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
