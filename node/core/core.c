/* SPDX-License-Identifier: ISC */
/* Turns and effects. Events go into the agreement; its effects are performed in their order, those
 * that leave the process only after the sync at the end of the turn. */
#include "node/core/core_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void core_log(struct weal_core *c, enum weal_host_level level, const char *event,
              const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->host.log(c->host.ctx, level, event, text);
}

void core_fail(struct weal_core *c, enum weal_err e, const char *where) {
    if (c->failed != WEAL_OK) return;
    c->failed = e;
    c->stat.halted = true;
    core_log(c, WEAL_HOST_ERROR, "core-failed", "where=%s error=%s", where, weal_err_name(e));
}

/* ---- work that follows ---- */

struct core_todo *core_todo_push(struct weal_core *c, enum core_todo_kind kind) {
    if (c->todo_n == c->todo_cap) {
        uint32_t cap = c->todo_cap == 0 ? 32 : c->todo_cap * 2;
        struct core_todo *grown = malloc(cap * sizeof *grown);
        if (!grown) { /* what is pushed is lost: the core has failed, and releases nothing more */
            core_fail(c, WEAL_ERR_NO_MEMORY, "todo");
            c->todo_lost = (struct core_todo){.kind = kind};
            return &c->todo_lost;
        }
        for (uint32_t i = 0; i < c->todo_n; i++) {
            grown[i] = c->todo[(c->todo_head + i) % c->todo_cap];
        }
        free(c->todo);
        c->todo = grown;
        c->todo_cap = cap;
        c->todo_head = 0;
    }
    struct core_todo *t = &c->todo[(c->todo_head + c->todo_n++) % c->todo_cap];
    *t = (struct core_todo){.kind = kind};
    return t;
}

/* ---- effects ---- */

/* An effect that finds no room ends the core before anything of its turn is released. */
static void hold(struct weal_core *c, const struct weal_bft_effect *e) {
    if (c->held_n == c->held_cap) {
        uint32_t cap = c->held_cap == 0 ? 64 : c->held_cap * 2;
        struct core_held *grown = realloc(c->held, cap * sizeof *grown);
        if (!grown) {
            core_fail(c, WEAL_ERR_NO_MEMORY, "held");
            return;
        }
        c->held = grown;
        c->held_cap = cap;
    }
    if (c->held_bytes_cap - c->held_bytes_n < e->bytes.n) {
        size_t cap = c->held_bytes_cap * 2 + e->bytes.n + 4096;
        uint8_t *grown = realloc(c->held_bytes, cap);
        if (!grown) {
            core_fail(c, WEAL_ERR_NO_MEMORY, "held");
            return;
        }
        c->held_bytes = grown;
        c->held_bytes_cap = cap;
    }
    struct core_held *h = &c->held[c->held_n++];
    *h = (struct core_held){*e, c->held_bytes_n, e->bytes.n};
    if (e->bytes.n != 0) memcpy(c->held_bytes + c->held_bytes_n, e->bytes.p, e->bytes.n);
    c->held_bytes_n += e->bytes.n;
}

static void sign(struct weal_core *c, const struct weal_vote *vote) {
    struct core_todo *t = core_todo_push(c, TODO_SIGNED);
    t->vote = *vote;
    enum weal_verdict v = weal_guard_take(&c->guard, vote);
    t->refused = v != WEAL_ACCEPT || !c->host.sign(c->host.ctx, &t->vote);
    if (t->refused) {
        core_log(c, WEAL_HOST_WARN, "vote-not-signed", "term=%u view=%llu kind=%u why=%s",
                 vote->term, (unsigned long long)vote->view, vote->kind, weal_verdict_name(v));
    }
}

static void fetch(struct weal_core *c, const struct weal_bft_effect *e) {
    uint8_t buf[WEAL_P2P_CAP_REQUEST];
    uint64_t span = e->u.fetch.last - e->u.fetch.first;
    struct weal_p2p_view_get get = {c->term.term, e->u.fetch.first,
                                    (uint16_t)(span < 63 ? span + 1 : 64)};
    struct weal_wr w = weal_wr(buf, sizeof buf);
    weal_p2p_view_get_put(&w, &get);
    uint64_t peer = 0;
    if (e->u.fetch.hint < c->set.n) {
        peer = c->host.peer_of(c->host.ctx, c->set.v[e->u.fetch.hint].account);
    }
    if (peer != 0)
        c->host.send(c->host.ctx, peer, WEAL_P2P_VIEW_GET, weal_wr_done(&w));
    else
        c->host.broadcast(c->host.ctx, WEAL_P2P_VIEW_GET, weal_wr_done(&w), WEAL_HOST_VALIDATORS);
}

static void perform(struct weal_core *c, const struct weal_bft_effect *e) {
    enum weal_err err;
    uint64_t lsn;
    switch (e->kind) {
    case WEAL_BFT_APPEND:
        /* the end of a segment is a sync of the log: bodies come before it */
        err = weal_wal_fits(c->wal, e->bytes.n) ? WEAL_OK : weal_blocks_sync(c->blocks);
        if (err == WEAL_OK) err = weal_wal_append(c->wal, CORE_WAL_BFT, e->bytes, &lsn);
        if (err != WEAL_OK) core_fail(c, err, "wal-append");
        c->wal_records++;
        break;
    case WEAL_BFT_SIGN:
        sign(c, &e->u.vote);
        break;
    case WEAL_BFT_TIMER_SET:
        c->bft_wake_ms = e->u.at_ms;
        break;
    case WEAL_BFT_BUILD:
    case WEAL_BFT_VERIFY:
    case WEAL_BFT_CERTIFY:
        /* the header comes again with the body: nothing borrowed is kept */
        core_todo_push(c, e->kind == WEAL_BFT_BUILD    ? TODO_BUILD
                          : e->kind == WEAL_BFT_VERIFY ? TODO_VERIFY
                                                       : TODO_CERTIFY)
            ->effect = *e;
        break;
    case WEAL_BFT_FETCH:
        fetch(c, e);
        break;
    case WEAL_BFT_ALARM:
        core_log(c, WEAL_HOST_ERROR, "agreement-alarm", "alarm=%s",
                 weal_bft_alarm_name(e->u.alarm));
        break;
    case WEAL_BFT_BROADCAST:
    case WEAL_BFT_SEND:
    case WEAL_BFT_FORWARD:
    case WEAL_BFT_DELIVER:
    case WEAL_BFT_TERM_OVER:
    case WEAL_BFT_EVIDENCE:
        hold(c, e);
        break;
    }
}

void core_step(struct weal_core *c, const struct weal_bft_event *event) {
    weal_bft_effects_reset(&c->fx);
    weal_bft_step(c->bft, event, c->now_ms, c->wall_ms, &c->fx);
    for (size_t i = 0; i < c->fx.n; i++) perform(c, &c->fx.e[i]);
}

/* ---- the end of a turn ---- */

static void evidence_submit(struct weal_core *c, struct weal_bytes evidence) {
    static struct weal_tx tx; /* large; one thread */
    uint8_t buf[2048];
    struct weal_wr w = weal_wr(buf, sizeof buf);
    tx.version = WEAL_TX_VERSION;
    tx.act_kind = WEAL_TX_EVIDENCE_TX;
    tx.act.evidence_tx.evidence = evidence;
    weal_tx_put(&w, &tx);
    core_log(c, WEAL_HOST_WARN, "evidence", "bytes=%zu", evidence.n);
    if (!w.failed) core_tx_queue(c, weal_wr_done(&w), 0, NULL, NULL);
}

static void release(struct weal_core *c, const struct core_held *h, struct weal_bytes bytes) {
    switch (h->effect.kind) {
    case WEAL_BFT_BROADCAST:
    case WEAL_BFT_SEND:
        core_send_bft(c, &h->effect, bytes);
        break;
    case WEAL_BFT_FORWARD:
        core_forward(c, &h->effect);
        break;
    case WEAL_BFT_DELIVER:
        core_deliver(c, h->effect.u.deliver.digest, bytes);
        break;
    case WEAL_BFT_TERM_OVER:
        core_deliver(c, h->effect.u.deliver.digest, bytes);
        core_todo_push(c, TODO_TERM);
        break;
    case WEAL_BFT_EVIDENCE:
        evidence_submit(c, bytes);
        break;
    case WEAL_BFT_APPEND:
    case WEAL_BFT_SIGN:
    case WEAL_BFT_TIMER_SET:
    case WEAL_BFT_BUILD:
    case WEAL_BFT_VERIFY:
    case WEAL_BFT_CERTIFY:
    case WEAL_BFT_FETCH:
    case WEAL_BFT_ALARM:
        break;
    }
}

/* Bodies first, then the log: a vote in the log never speaks of a body that could be lost. */
enum weal_err core_make_durable(struct weal_core *c) {
    struct weal_wal_stat wal;
    enum weal_err e = weal_blocks_sync(c->blocks);
    if (e != WEAL_OK) return e;
    weal_chain_synced(c->chain);
    weal_wal_stat(c->wal, &wal);
    if (wal.next_lsn == wal.synced_lsn + 1) return WEAL_OK;
    c->stat.wal_syncs++;
    e = weal_wal_sync(c->wal);
    if (e == WEAL_OK && c->log_new) {
        if (!c->host.began(c->host.ctx)) return WEAL_ERR_IO;
        c->log_new = false;
    }
    return e;
}

static void pending_tell(struct weal_core *c) {
    if (!c->pending_stale && c->now_ms < c->pending_again_ms) return;
    bool pending = core_txs_pending(c);
    c->pending_stale = false;
    c->pending_again_ms = c->now_ms + 50;
    if (pending == c->pending_told) return;
    c->pending_told = pending;
    core_step(c, &(struct weal_bft_event){.kind = WEAL_BFT_PENDING, .u.pending = pending});
}

/* A page of the database that several blocks change is written once if they are applied together:
 * so they gather, unless they change but little. */
static bool apply_due(struct weal_core *c) {
    struct weal_store_stat st;
    uint64_t waiting = weal_chain_final_height(c->chain) - weal_chain_applied_height(c->chain);
    if (c->applying || waiting == 0) {
        c->apply_at_ms = UINT64_MAX;
        return false;
    }
    if (c->apply_at_ms == UINT64_MAX) c->apply_at_ms = c->now_ms + CORE_APPLY_WAIT_MS;
    weal_store_stat(c->store, &st);
    return c->now_ms >= c->apply_at_ms || waiting >= CORE_APPLY_BLOCKS ||
           st.overlay_bytes >= CORE_APPLY_BYTES || st.overlay_bytes < CORE_APPLY_LITTLE;
}

static void apply_start(struct weal_core *c) {
    if (!apply_due(c) || !weal_chain_apply_job(c->chain, c->job.blocks, &c->job.n)) return;
    c->applying = true;
    c->host.apply(c->host.ctx, &c->job);
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static void wake_set(struct weal_core *c) {
    uint64_t at = least(c->bft_wake_ms, weal_gossip_wake(c->gossip));
    at = least(at, weal_sync_wake(c->sync));
    at = least(at, core_txs_next(c));
    at = least(at, c->head_again_ms);
    at = least(at, core_wants_next(c));
    at = least(at, core_mend_next(c));
    if (c->apply_at_ms > c->now_ms) at = least(at, c->apply_at_ms); /* else: at the next sync */
    if (core_catchup_ready(c)) at = c->now_ms;
    if (weal_chain_unsynced(c->chain)) at = least(at, c->now_ms + CORE_SYNC_WAIT_MS);
    if (!c->pending_told) at = least(at, c->pending_again_ms + 50);
    c->host.wake_at(c->host.ctx, at);
}

static void hold_tell(struct weal_core *c) {
    core_step(c, &(struct weal_bft_event){.kind = WEAL_BFT_HOLD,
                                          .u.held = c->hold_votes || c->stat.needs_version != 0});
}

/* Before the height of an upgrade that this program does not know it stops voting and says what is
 * needed; it stays up for reading. */
static void version_look(struct weal_core *c) {
    uint64_t height = weal_chain_final_height(c->chain);
    if (c->looked_height == height + 1) return;
    c->looked_height = height + 1;
    core_version_look(c, weal_chain_final_state(c->chain), height + 1);
}

void core_version_look(struct weal_core *c, struct weal_state *state, uint64_t height) {
    struct weal_view at;
    uint32_t version;
    if (c->stat.needs_version != 0 || weal_chain_look(c->chain, state, &at) != WEAL_OK) return;
    if (!weal_exec_too_old(&at, height, &version)) return;
    c->stat.needs_version = version;
    c->changed = true;
    core_log(c, WEAL_HOST_ERROR, "upgrade-needed", "height=%llu version=%u ours=%u",
             (unsigned long long)height, version, WEAL_PROTOCOL_VERSION);
    hold_tell(c);
}

/* Final or not, such a block is neither wrong nor ours to execute: it waits for the program that
 * can, and its senders are not to blame. */
bool core_too_new(struct weal_core *c, const struct weal_chain_block *b) {
    if (b->status != WEAL_CHAIN_INVALID || b->why != WEAL_V_BLOCK_TOO_NEW) return false;
    core_version_look(c, b->parent ? b->parent->state : weal_chain_final_state(c->chain),
                      b->head.height);
    return true;
}

enum weal_err weal_core_turn(struct weal_core *c) {
    c->stat.turns++;
    version_look(c);
    core_catchup_run(c);
    do {
        while (c->todo_n != 0 && c->failed == WEAL_OK) {
            struct core_todo t = c->todo[c->todo_head];
            c->todo_head = (c->todo_head + 1) % c->todo_cap;
            c->todo_n--;
            core_todo_run(c, &t);
        }
        pending_tell(c);
        if (c->todo_n != 0 && c->failed == WEAL_OK) continue;
        enum weal_err e = c->failed == WEAL_OK ? core_make_durable(c) : c->failed;
        if (e != WEAL_OK) {
            core_fail(c, e, "sync");
            return e;
        }
        /* releasing may give new effects: they wait for the next round */
        struct core_held *held = c->held;
        uint8_t *bytes = c->held_bytes;
        uint32_t n = c->held_n;
        c->held = NULL;
        c->held_bytes = NULL;
        c->held_n = c->held_cap = 0;
        c->held_bytes_n = c->held_bytes_cap = 0;
        for (uint32_t i = 0; i < n; i++) {
            release(c, &held[i], weal_bytes(bytes + held[i].at, held[i].n));
        }
        if (!c->held) { /* nothing new: keep the memory */
            c->held = held;
            c->held_cap = n;
            c->held_bytes = bytes;
            c->held_bytes_cap = 0;
        } else {
            free(held);
            free(bytes);
        }
    } while (c->todo_n != 0 || c->held_n != 0);
    enum weal_err e = core_log_shorten(c);
    if (e != WEAL_OK) core_fail(c, e, "compact");
    apply_start(c);
    wake_set(c);
    if (c->changed) {
        c->changed = false;
        c->host.changed(c->host.ctx);
    }
    return c->failed;
}

/* ---- what comes in ---- */

void weal_core_clock(struct weal_core *c, uint64_t now_ms, uint64_t wall_ms) {
    if (now_ms > c->now_ms) c->now_ms = now_ms; /* monotonic, whatever the host says */
    c->wall_ms = wall_ms;
}

void weal_core_start(struct weal_core *c) {
    c->started = true;
    c->scrub_height = weal_chain_applied_height(c->chain);
    core_step(c, &(struct weal_bft_event){.kind = WEAL_BFT_START});
    core_floor_raise(c);
    /* who asks us first may be behind: it must not wait for our next block to learn it */
    core_our_head(c);
}

void weal_core_wake(struct weal_core *c) {
    if (c->bft_wake_ms <= c->now_ms) {
        c->bft_wake_ms = UINT64_MAX;
        core_step(c, &(struct weal_bft_event){.kind = WEAL_BFT_TIMER});
    }
    if (!c->applying) c->sync_paused = false;
    if (c->head_again_ms <= c->now_ms) core_head_tell(c);
    core_wants_wake(c);
    core_mend_wake(c);
    core_txs_wake(c);
    if (weal_gossip_wake(c->gossip) <= c->now_ms) {
        core_gossip(c, &(struct weal_gossip_event){.kind = WEAL_GOSSIP_TICK});
    }
    if (weal_sync_wake(c->sync) <= c->now_ms) {
        core_sync(c, &(struct weal_sync_event){.kind = WEAL_SYNC_TICK});
    }
}

void weal_core_peer_up(struct weal_core *c, uint64_t peer, const uint8_t salt[16], uint64_t head) {
    struct weal_gossip_event g = {.kind = WEAL_GOSSIP_PEER_UP, .peer = peer};
    memcpy(g.salt, salt, 16);
    if (c->peers_n < CORE_PEERS_MAX) {
        c->cert_owed[c->peers_n] = 0;
        c->peers[c->peers_n++] = peer;
    }
    core_gossip(c, &g);
    core_sync(c,
              &(struct weal_sync_event){.kind = WEAL_SYNC_PEER_HEAD, .peer = peer, .height = head});
    c->changed = true;
}

void weal_core_peer_down(struct weal_core *c, uint64_t peer) {
    for (uint32_t i = 0; i < c->peers_n; i++) {
        if (c->peers[i] != peer) continue;
        c->peers[i] = c->peers[--c->peers_n];
        c->cert_owed[i] = c->cert_owed[c->peers_n];
    }
    core_gossip(c, &(struct weal_gossip_event){.kind = WEAL_GOSSIP_PEER_DOWN, .peer = peer});
    core_sync(c, &(struct weal_sync_event){.kind = WEAL_SYNC_PEER_DOWN, .peer = peer});
    c->changed = true;
}

void weal_core_message(struct weal_core *c, uint64_t peer, unsigned type, struct weal_bytes bytes) {
    switch (type) {
    case WEAL_P2P_VOTE:
    case WEAL_P2P_CERT:
    case WEAL_P2P_PROPOSAL:
    case WEAL_P2P_BODY:
    case WEAL_P2P_BODY_GET:
    case WEAL_P2P_VIEW_GET:
    case WEAL_P2P_VIEWS:
        core_agree_message(c, peer, type, bytes);
        break;
    case WEAL_P2P_HEAD:
    case WEAL_P2P_BLOCKS:
    case WEAL_P2P_BLOCK_GET:
        core_catchup_message(c, peer, type, bytes);
        break;
    case WEAL_P2P_TX_ANNOUNCE:
    case WEAL_P2P_TX_GET:
    case WEAL_P2P_TX_DATA:
        core_tx_message(c, peer, type, bytes);
        break;
    default: /* a number from outside */
        break;
    }
}

void weal_core_applied(struct weal_core *c, enum weal_err result) {
    /* the blocks do follow what this core applied: then the database says another thing by now */
    if (result == WEAL_ERR_INVALID) result = WEAL_ERR_CORRUPT;
    c->applying = c->sync_paused = false;
    weal_chain_applied(c->chain, result);
    if (result != WEAL_OK) core_fail(c, result, "apply");
    c->changed = true;
}

void weal_core_worked(struct weal_core *c, struct weal_host_work *w) {
    w->done(c, w);
}

void weal_core_submit(struct weal_core *c, struct weal_bytes tx, weal_core_submitted *done,
                      void *ctx) {
    core_tx_queue(c, tx, 0, done, ctx);
}

void weal_core_unread(struct weal_core *c, uint64_t height) {
    core_mend_look(c, height);
}

void weal_core_hold(struct weal_core *c, bool no_votes, bool no_transactions) {
    c->hold_txs = no_transactions;
    if (c->hold_votes == no_votes) return;
    c->hold_votes = no_votes;
    c->changed = true;
    hold_tell(c);
}

/* ---- looking ---- */

void weal_core_stat(const struct weal_core *c, struct weal_core_stat *out) {
    struct weal_sync_stats sync;
    weal_sync_stats_get(c->sync, &sync);
    *out = c->stat;
    out->applied_height = weal_chain_applied_height(c->chain);
    out->final_height = weal_chain_final_height(c->chain);
    out->apply_lag = (uint32_t)(out->final_height - out->applied_height);
    out->syncing = sync.in_flight != 0 || sync.waiting != 0;
}
const struct weal_bft *weal_core_bft(const struct weal_core *c) {
    return c->bft;
}
struct weal_chain *weal_core_chain(struct weal_core *c) {
    return c->chain;
}
struct weal_store *weal_core_store(struct weal_core *c) {
    return c->store;
}
const struct weal_mempool *weal_core_mempool(const struct weal_core *c) {
    return c->mempool;
}
const struct weal_set *weal_core_set(const struct weal_core *c) {
    return &c->set;
}
