/* SPDX-License-Identifier: ISC */
/* Agreement's view of the world: messages checked and handed to it, its questions about blocks
 * answered by the chain, bodies asked for where they are missing, finality passed on. */
#include "node/core/core_int.h"

#include <stdlib.h>

/* ---- finality ---- */

static void latency_count(struct weal_core *c, uint64_t ms) {
    static const uint32_t bound[] = WEAL_CORE_LATENCY_BOUNDS;
    _Static_assert(sizeof bound / sizeof *bound + 1 == WEAL_CORE_LATENCY_BUCKETS, "one without");
    uint32_t k = 0;
    while (k + 1 < WEAL_CORE_LATENCY_BUCKETS && ms > bound[k]) k++;
    c->stat.finality_in[k]++;
    c->stat.finality_us_sum += ms * 1000;
    c->stat.finality_n++;
}

static void final_each(void *ctx, struct weal_chain_block *b) {
    struct weal_core *c = ctx;
    c->stat.blocks_final++;
    c->stat.txs_final += b->receipts_n;
    c->stat.tip_time_ms = b->head.time_ms;
    if (c->wall_ms >= b->head.time_ms) latency_count(c, c->wall_ms - b->head.time_ms);
    core_log(c, WEAL_HOST_DEBUG, "final", "height=%llu transactions=%u",
             (unsigned long long)b->head.height, b->receipts_n);
    core_txs_final(c, b);
    if (c->host.final) c->host.final(c->host.ctx, b);
}

enum weal_err core_finalize(struct weal_core *c, struct weal_chain_block *b,
                            struct weal_bytes cert) {
    enum weal_err e = weal_chain_finalize(c->chain, b, cert, final_each, c);
    if (e != WEAL_OK) {
        core_fail(c, e, "finalize");
        return e;
    }
    core_txs_again(c);
    c->changed = c->pending_stale = true;
    core_our_head(c);
    return WEAL_OK;
}

struct core_want *core_want_slot(struct weal_core *c, const uint8_t id[32]) {
    struct core_want *empty = NULL;
    for (size_t i = 0; i < CORE_WANTS_MAX; i++) {
        struct core_want *w = &c->wants[i];
        if (w->used && memcmp(w->id, id, 32) == 0) return w;
        if (!w->used && !empty) empty = w;
    }
    if (!empty) { /* the oldest question is the least useful: agreement has moved on */
        empty = &c->wants[0];
        for (size_t i = 1; i < CORE_WANTS_MAX; i++) {
            if (c->wants[i].next_ms < empty->next_ms) empty = &c->wants[i];
        }
    }
    *empty = (struct core_want){.used = true, .leader = WEAL_SET_NOBODY};
    memcpy(empty->id, id, 32);
    empty->next_ms = c->now_ms + CORE_WANT_WAIT_MS;
    return empty;
}

/* A block that the agreement's log calls certified was executed before a restart and is in its
 * file: it is brought back when it is built upon, not before. */
static struct weal_chain_block *recall(struct weal_core *c, const uint8_t id[32]) {
    struct weal_chain_block *b = weal_chain_find(c->chain, id);
    if (b && b->status != WEAL_CHAIN_KNOWN) return b;
    if (!core_load_line(c, id)) return NULL;
    b = weal_chain_find(c->chain, id);
    return b && core_redo_line(c, b) == WEAL_OK ? b : NULL;
}

void core_deliver(struct weal_core *c, const uint8_t digest[32], struct weal_bytes cert) {
    if (memcmp(digest, weal_chain_applied_id(c->chain), 32) == 0) return;
    struct weal_chain_block *b = recall(c, digest);
    if (b && b->final) return;
    if (b && b->status == WEAL_CHAIN_EXECUTED) {
        enum weal_err e = core_finalize(c, b, cert);
        WEAL_ASSERT(e != WEAL_OK || b->final);
        return;
    }
    /* final, and not here: fetch it; block sync brings it too, by height */
    free((void *)(uintptr_t)c->late_cert.p);
    uint8_t *copy = malloc(cert.n + 1);
    c->late_cert = weal_bytes(copy, copy ? cert.n : 0);
    if (!copy) return;
    memcpy(copy, cert.p, cert.n);
    memcpy(c->late_id, digest, 32);
    core_want_slot(c, digest);
}

void core_floor(struct weal_core *c, struct weal_bytes cert_bytes, struct weal_bytes header) {
    struct weal_certificate cert;
    struct weal_rd rd = weal_rd(cert_bytes);
    weal_certificate_get(&rd, &cert);
    if (!weal_rd_done(&rd) || cert.term != c->term.term) return;
    core_step(c, &(struct weal_bft_event){.kind = WEAL_BFT_FLOOR,
                                          .u.floor = {.cert = &cert, .header = header}});
}

/* ---- bodies ---- */

static bool body_send(struct weal_core *c, uint64_t peer, const uint8_t id[32],
                      struct weal_bytes header, struct weal_bytes body, uint8_t why) {
    struct weal_p2p_body m = {.why = why, .header = header, .body = body};
    memcpy(m.id, id, 32);
    struct weal_wr w = weal_wr(c->msg, CORE_MSG_MAX);
    weal_p2p_body_put(&w, &m);
    if (w.failed) return false;
    if (peer != 0)
        c->host.send(c->host.ctx, peer, WEAL_P2P_BODY, weal_wr_done(&w));
    else
        c->host.broadcast(c->host.ctx, WEAL_P2P_BODY, weal_wr_done(&w), WEAL_HOST_VALIDATORS);
    return true;
}

bool core_send_body(struct weal_core *c, uint64_t peer, const struct weal_chain_block *b,
                    uint8_t why) {
    return body_send(c, peer, b->id, b->header, b->body, why);
}

/* Reads a block that is in the database already; *buf is the caller's to free. */
static bool applied_read(struct weal_core *c, const uint8_t id[32], void **buf,
                         struct weal_block_read *read) {
    struct weal_block_where where;
    struct weal_kv_snap *snap;
    *buf = NULL;
    if (weal_kv_snap_open(c->cfg.kv, &snap) != WEAL_OK) return false;
    bool found = weal_block_index_get_id(snap, id, &where) == WEAL_OK;
    weal_kv_snap_close(snap);
    return found && core_applied_read(c, &where, buf, read);
}

/* Who lacks but the last one is not so far behind that it would ask for whole ranges, and its vote
 * may be the one that is needed. */
static void body_from_files(struct weal_core *c, uint64_t peer, const uint8_t id[32]) {
    struct weal_block_read read;
    void *buf;
    if (applied_read(c, id, &buf, &read)) body_send(c, peer, id, read.header, read.body, 2);
    free(buf);
}

void core_forward(struct weal_core *c, const struct weal_bft_effect *e) {
    struct weal_chain_block *b = weal_chain_find(c->chain, e->u.forward.digest);
    for (uint16_t i = 0; b && i < c->set.n; i++) {
        if (!weal_signers_has(e->u.forward.to, i) || i == c->term.self) continue;
        uint64_t peer = c->host.peer_of(c->host.ctx, c->set.v[i].account);
        if (peer != 0) core_send_body(c, peer, b, 1);
    }
}

static void body_ask(struct weal_core *c, struct core_want *w) {
    uint8_t buf[64];
    struct weal_p2p_body_get get;
    struct weal_wr wr = weal_wr(buf, sizeof buf);
    uint64_t peer = 0;
    memcpy(get.id, w->id, 32);
    weal_p2p_body_get_put(&wr, &get);
    if (w->asked == 0 && w->leader < c->set.n) {
        peer = c->host.peer_of(c->host.ctx, c->set.v[w->leader].account);
    }
    if (peer == 0 && c->peers_n != 0) peer = c->peers[w->asked % c->peers_n];
    if (peer != 0) c->host.send(c->host.ctx, peer, WEAL_P2P_BODY_GET, weal_wr_done(&wr));
    w->asked++;
    w->next_ms = c->now_ms + CORE_WANT_AGAIN_MS;
}

/* A question nobody can answer is dropped after this many rounds; block sync remains. */
enum { WANT_ROUNDS = 60 };

void core_wants_wake(struct weal_core *c) {
    for (size_t i = 0; i < CORE_WANTS_MAX; i++) {
        struct core_want *w = &c->wants[i];
        if (!w->used || w->next_ms > c->now_ms) continue;
        if (w->asked < WANT_ROUNDS) {
            body_ask(c, w);
            continue;
        }
        if (w->mend) core_mend_lost(c, w->id);
        w->used = false;
    }
}

uint64_t core_wants_next(const struct weal_core *c) {
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < CORE_WANTS_MAX; i++) {
        if (c->wants[i].used && c->wants[i].next_ms < at) at = c->wants[i].next_ms;
    }
    return at;
}

/* ---- answering the agreement ---- */

static void answer(struct weal_core *c, enum weal_bft_event_kind kind, uint64_t view,
                   const struct weal_chain_block *b) {
    struct weal_bft_event ev = {.kind = kind};
    bool ok = b->status == WEAL_CHAIN_EXECUTED;
    ev.u.block.view = view;
    memcpy(ev.u.block.digest, b->id, 32);
    ev.u.block.answer = ok ? WEAL_BFT_OK : WEAL_BFT_INVALID;
    if (ok) ev.u.block.header = b->header;
    /* of a block of a later version nothing can be said, and nothing is held against it */
    if (b->why == WEAL_V_BLOCK_TOO_NEW) ev.u.block.answer = WEAL_BFT_LATER;
    if (!ok && b->why != WEAL_V_BLOCK_TOO_NEW) {
        core_log(c, WEAL_HOST_INFO, "block-invalid", "height=%llu view=%llu why=%s",
                 (unsigned long long)b->head.height, (unsigned long long)b->head.view,
                 weal_verdict_name(b->why));
    }
    core_step(c, &ev);
}

/* Executes b when it can be; true when its status is settled. */
static bool settle(struct weal_core *c, struct weal_chain_block *b) {
    enum weal_verdict why;
    if (b->status != WEAL_CHAIN_KNOWN) return true;
    if (!weal_chain_ready(c->chain, b)) return false;
    enum weal_err e = core_execute(c, b, &why);
    if (e == WEAL_OK) return true;
    /* depth limits pass when the applier has caught up; anything else is the disk's */
    if (!core_passes(e)) core_fail(c, e, "execute");
    return false;
}

/* A block that is in the database was executed and is final. The agreement asks for such a one when
 * its log, written in short, kept the finalization and not the header; nobody could answer it, and
 * no leader could build on it. */
static void want_applied(struct weal_core *c, struct core_want *w) {
    struct weal_block_read read;
    void *buf;
    if (applied_read(c, w->id, &buf, &read)) {
        struct core_want done = *w;
        struct weal_bft_event ev = {.kind = WEAL_BFT_VERIFIED};
        w->used = false;
        memcpy(ev.u.block.digest, done.id, 32);
        ev.u.block.answer = WEAL_BFT_OK;
        ev.u.block.header = read.header;
        ev.u.block.view = done.verify_view;
        if (done.verify) core_step(c, &ev);
        ev.kind = WEAL_BFT_CERTIFIED;
        ev.u.block.view = done.certify_view;
        if (done.certify) core_step(c, &ev);
    }
    free(buf);
}

/* Answers every question about b that can be answered now. */
static void want_try(struct weal_core *c, struct core_want *w) {
    struct weal_chain_block *b = weal_chain_find(c->chain, w->id);
    if (!b && w->mend) return;
    if (!b && w->asked == 0 && core_load_line(c, w->id)) b = weal_chain_find(c->chain, w->id);
    if (!b) {
        if (w->asked == 0) want_applied(c, w);
        return;
    }
    b->wanted = true;
    if (b->status == WEAL_CHAIN_KNOWN && !weal_chain_ready(c->chain, b)) {
        recall(c, b->head.parent);
    }
    if (!settle(c, b)) {
        if (!weal_chain_ready(c->chain, b) && !weal_chain_find(c->chain, b->head.parent)) {
            core_want_slot(c, b->head.parent);
        }
        return;
    }
    struct core_want done = *w;
    w->used = false;
    if (done.verify) answer(c, WEAL_BFT_VERIFIED, done.verify_view, b);
    if (done.certify) answer(c, WEAL_BFT_CERTIFIED, done.certify_view, b);
    if (b->status == WEAL_CHAIN_EXECUTED && c->late_cert.n != 0 &&
        memcmp(b->id, c->late_id, 32) == 0) {
        struct weal_bytes cert = c->late_cert;
        c->late_cert = weal_bytes(NULL, 0);
        core_deliver(c, done.id, cert);
        free((void *)(uintptr_t)cert.p);
    }
}

/* A block has arrived or was executed: whoever waits for it, or stands on it, is tried again. Ends:
 * each pass that goes on settles at least one question, and there are at most CORE_WANTS_MAX. */
void core_wants_try(struct weal_core *c) {
    bool again = true;
    for (int pass = 0; again && pass < CORE_WANTS_MAX; pass++) {
        again = false;
        for (size_t i = 0; i < CORE_WANTS_MAX; i++) {
            if (!c->wants[i].used) continue;
            want_try(c, &c->wants[i]);
            again |= !c->wants[i].used;
        }
    }
}

static void todo_block(struct weal_core *c, const struct weal_bft_effect *e, bool verify) {
    struct core_want *w = core_want_slot(c, e->u.block.digest);
    if (verify) {
        w->verify = true;
        w->verify_view = e->u.block.view;
    } else {
        w->certify = true;
        w->certify_view = e->u.block.view;
    }
    if (w->leader == WEAL_SET_NOBODY) w->leader = e->u.block.leader;
    core_wants_try(c);
}

static void build_failed(struct weal_core *c, const struct weal_bft_effect *e, const char *why) {
    struct weal_bft_event ev = {.kind = WEAL_BFT_BUILD_FAILED};
    ev.u.block.view = e->u.build.view;
    core_log(c, WEAL_HOST_WARN, "build-failed", "view=%llu why=%s",
             (unsigned long long)e->u.build.view, why);
    core_step(c, &ev);
}

static void todo_build(struct weal_core *c, const struct weal_bft_effect *e) {
    struct weal_chain_block *parent = NULL, *b;
    bool on_base = memcmp(e->u.build.parent.id, weal_chain_applied_id(c->chain), 32) == 0;
    if (!on_base) parent = recall(c, e->u.build.parent.id);
    if (!on_base && (!parent || parent->status != WEAL_CHAIN_EXECUTED)) {
        if (!parent) core_want_slot(c, e->u.build.parent.id); /* for the next time */
        build_failed(c, e, "parent");
        return;
    }
    struct weal_header h = {.version = WEAL_PROTOCOL_VERSION,
                            .term = c->term.term,
                            .height = e->u.build.parent.height + 1,
                            .view = e->u.build.view,
                            .parent_view = e->u.build.parent_view,
                            .proposer = e->u.build.proposer};
    h.time_ms = c->wall_ms > e->u.build.parent.time_ms ? c->wall_ms : e->u.build.parent.time_ms + 1;
    memcpy(h.chain, c->cfg.chain_id, 32);
    memcpy(h.parent, e->u.build.parent.id, 32);
    memcpy(h.justification_hash, e->u.build.justification_hash, 32);
    uint8_t scope[WEAL_SCOPE_TEXT_MAX], message[32];
    size_t scope_n = weal_scope_beacon(scope, h.term, h.view);
    weal_exec_beacon_message(message, c->cfg.chain_id, h.term, h.view, h.parent);
    if (!c->host.owntag(c->host.ctx, c->lineage, weal_bytes(scope, scope_n), WEAL_BYTES(message),
                        h.beacon_tag, h.beacon_proof)) {
        build_failed(c, e, "beacon");
        return;
    }
    struct weal_exec_source source = core_source(c, on_base ? NULL : parent);
    enum weal_verdict why;
    enum weal_err err = weal_chain_build(c->chain, on_base ? NULL : parent, &h, &source, &b, &why);
    if (err != WEAL_OK || why != WEAL_ACCEPT) {
        if (err != WEAL_OK && err != WEAL_ERR_FULL && err != WEAL_ERR_BUSY)
            core_fail(c, err, "build");
        build_failed(c, e, err != WEAL_OK ? weal_err_name(err) : weal_verdict_name(why));
        /* the last block of our version may be certified and never become final, for nobody here
         * can build above it: without this, views would be nullified without end */
        if (err == WEAL_OK && why == WEAL_V_BLOCK_TOO_NEW)
            core_version_look(c, on_base ? weal_chain_final_state(c->chain) : parent->state,
                              h.height);
        return;
    }
    core_send_body(c, 0, b, 0); /* an unvoted body is harmless, so it may leave before the sync */
    struct weal_bft_event ev = {.kind = WEAL_BFT_BUILT};
    ev.u.block.view = e->u.build.view;
    ev.u.block.header = b->header;
    core_step(c, &ev);
}

void core_todo_run(struct weal_core *c, const struct core_todo *t) {
    switch (t->kind) {
    case TODO_SIGNED:
        core_step(c, &(struct weal_bft_event){
                         .kind = WEAL_BFT_SIGNED, .u.vote = &t->vote, .refused = t->refused});
        break;
    case TODO_BUILD:
        todo_build(c, &t->effect);
        break;
    case TODO_VERIFY:
        todo_block(c, &t->effect, true);
        break;
    case TODO_CERTIFY:
        todo_block(c, &t->effect, false);
        break;
    case TODO_TERM:
        core_term_over(c);
        break;
    }
}

/* ---- messages ---- */

/* The agreement's message without its tag, in the peer protocol's wrapping. */
void core_send_bft(struct weal_core *c, const struct weal_bft_effect *e, struct weal_bytes bytes) {
    struct weal_rd rd = weal_rd(bytes);
    uint16_t kind = weal_rd_u16(&rd);
    struct weal_bytes inner = weal_bytes(rd.p, rd.n);
    struct weal_wr w = weal_wr(c->msg, CORE_MSG_MAX);
    unsigned type;
    if (kind == WEAL_BFT_MESSAGE_VOTE) {
        weal_p2p_vote_put(&w, &(struct weal_p2p_vote){inner});
        type = WEAL_P2P_VOTE;
    } else if (kind == WEAL_BFT_MESSAGE_CERTIFICATE) {
        weal_p2p_cert_put(&w, &(struct weal_p2p_cert){inner});
        type = WEAL_P2P_CERT;
    } else if (kind == WEAL_BFT_MESSAGE_PROPOSAL) {
        weal_p2p_proposal_put(&w, &(struct weal_p2p_proposal){inner});
        type = WEAL_P2P_PROPOSAL;
    } else {
        struct weal_cert_request q;
        weal_cert_request_get(&rd, &q);
        weal_p2p_view_get_put(
            &w, &(struct weal_p2p_view_get){q.term, q.first, (uint16_t)(q.last - q.first + 1)});
        type = WEAL_P2P_VIEW_GET;
    }
    WEAL_ASSERT(!w.failed && !rd.failed);
    if (e->kind == WEAL_BFT_SEND)
        c->host.send(c->host.ctx, e->u.peer, type, weal_wr_done(&w));
    else
        c->host.broadcast(c->host.ctx, type, weal_wr_done(&w), WEAL_HOST_VALIDATORS);
}

static void on_vote(struct weal_core *c, uint64_t peer, struct weal_rd *rd) {
    struct weal_p2p_vote m;
    struct weal_vote vote;
    weal_p2p_vote_get(rd, &m);
    struct weal_rd in = weal_rd(m.vote);
    weal_vote_get(&in, &vote);
    if (!weal_rd_done(rd) || !weal_rd_done(&in)) {
        c->host.blame(c->host.ctx, peer, WEAL_V_ENCODING);
        return;
    }
    if (vote.term != c->term.term) return; /* late or early, never a fault */
    enum weal_verdict v = weal_vote_verify_var(&c->certs, &vote);
    if (v != WEAL_ACCEPT) {
        c->host.blame(c->host.ctx, peer, v);
        return;
    }
    core_step(c, &(struct weal_bft_event){
                     .kind = WEAL_BFT_VOTE, .peer = (uint32_t)peer, .u.vote = &vote});
}

static void cert_in(struct weal_core *c, uint64_t peer, struct weal_bytes bytes) {
    struct weal_certificate cert;
    struct weal_rd in = weal_rd(bytes);
    weal_certificate_get(&in, &cert);
    if (!weal_rd_done(&in)) {
        c->host.blame(c->host.ctx, peer, WEAL_V_ENCODING);
        return;
    }
    if (cert.term != c->term.term) return;
    enum weal_verdict v = weal_cert_verify_var(&c->certs, &cert);
    if (v != WEAL_ACCEPT) {
        c->host.blame(c->host.ctx, peer, v);
        return;
    }
    core_step(c, &(struct weal_bft_event){
                     .kind = WEAL_BFT_CERT, .peer = (uint32_t)peer, .u.cert = &cert});
}

static void on_proposal(struct weal_core *c, uint64_t peer, struct weal_rd *rd) {
    struct weal_p2p_proposal m;
    struct weal_proposal p;
    weal_p2p_proposal_get(rd, &m);
    struct weal_rd in = weal_rd(m.proposal);
    weal_proposal_get(&in, &p);
    if (!weal_rd_done(rd) || !weal_rd_done(&in)) {
        c->host.blame(c->host.ctx, peer, WEAL_V_ENCODING);
        return;
    }
    if (p.term != c->term.term) return;
    enum weal_verdict v = weal_proposal_verify_var(&c->certs, &p);
    if (v != WEAL_ACCEPT) {
        c->host.blame(c->host.ctx, peer, v);
        return;
    }
    core_step(c, &(struct weal_bft_event){
                     .kind = WEAL_BFT_PROPOSAL, .peer = (uint32_t)peer, .u.proposal = &p});
}

/* A body is taken when somebody here wants it, or when it is pushed near the tip. */
static void on_body(struct weal_core *c, uint64_t peer, struct weal_rd *rd) {
    struct weal_p2p_body m;
    struct weal_chain_block *b;
    weal_p2p_body_get(rd, &m);
    if (!weal_rd_done(rd)) {
        c->host.blame(c->host.ctx, peer, WEAL_V_ENCODING);
        return;
    }
    bool wanted = false;
    for (size_t i = 0; i < CORE_WANTS_MAX; i++) {
        struct core_want *w = &c->wants[i];
        if (!w->used || memcmp(w->id, m.id, 32) != 0) continue;
        if (w->mend) {
            core_mend(c, w, peer, &m);
            return;
        }
        wanted = true;
    }
    if (weal_chain_find(c->chain, m.id) == NULL) {
        struct weal_header h;
        struct weal_rd hr = weal_rd(m.header);
        weal_header_get(&hr, &h);
        uint64_t final = weal_chain_final_height(c->chain);
        if (weal_rd_done(&hr) && (h.height <= final || h.height > final + 2 * WEAL_BFT_DEPTH))
            return;
    }
    enum weal_verdict v = weal_chain_add(c->chain, m.id, m.header, m.body, wanted, &b);
    if (v == WEAL_V_CHAIN_FULL) return;
    if (v != WEAL_ACCEPT) {
        c->host.blame(c->host.ctx, peer, v);
        return;
    }
    core_wants_try(c);
}

static void on_body_get(struct weal_core *c, uint64_t peer, struct weal_rd *rd) {
    struct weal_p2p_body_get m;
    weal_p2p_body_get_get(rd, &m);
    if (!weal_rd_done(rd)) return;
    struct weal_chain_block *b = weal_chain_find(c->chain, m.id);
    if (b)
        core_send_body(c, peer, b, 2);
    else
        body_from_files(c, peer, m.id);
}

static void on_view_get(struct weal_core *c, uint64_t peer, struct weal_rd *rd) {
    struct weal_p2p_view_get m;
    weal_p2p_view_get_get(rd, &m);
    if (!weal_rd_done(rd) || m.term != c->term.term || m.count == 0 || m.count > 64 ||
        m.from > UINT64_MAX - 64) {
        return;
    }
    struct weal_cert_request q = {(uint32_t)m.term, m.from, m.from + m.count - 1};
    core_step(c, &(struct weal_bft_event){
                     .kind = WEAL_BFT_REQUEST, .peer = (uint32_t)peer, .u.request = &q});
}

void core_agree_message(struct weal_core *c, uint64_t peer, unsigned type,
                        struct weal_bytes bytes) {
    struct weal_rd rd = weal_rd(bytes);
    if (type == WEAL_P2P_VOTE)
        on_vote(c, peer, &rd);
    else if (type == WEAL_P2P_PROPOSAL)
        on_proposal(c, peer, &rd);
    else if (type == WEAL_P2P_BODY)
        on_body(c, peer, &rd);
    else if (type == WEAL_P2P_BODY_GET)
        on_body_get(c, peer, &rd);
    else if (type == WEAL_P2P_VIEW_GET)
        on_view_get(c, peer, &rd);
    else if (type == WEAL_P2P_CERT) {
        struct weal_p2p_cert m;
        weal_p2p_cert_get(&rd, &m);
        cert_in(c, peer, weal_rd_done(&rd) ? m.cert : weal_bytes(NULL, 0));
    } else if (type == WEAL_P2P_VIEWS) {
        struct weal_p2p_views m;
        weal_p2p_views_get(&rd, &m);
        for (uint16_t i = 0; weal_rd_done(&rd) && i < m.certs_n; i++)
            cert_in(c, peer, m.certs[i].cert);
    }
}
