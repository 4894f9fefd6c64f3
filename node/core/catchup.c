/* SPDX-License-Identifier: ISC */
/* Block sync: finalized blocks served to peers and taken from them. What comes is believed only for
 * its certificates: a range is linked, executed and made final up to the last certificate in it. */
#include "node/core/core_int.h"

#include <stdlib.h>

#include "consensus/light/cert.h"
#include "node/core/ahead.h"

/* An answer as it came: its bytes, decoded, and what workers found of its signatures. It goes when
 * the sync core has released it and no worker reads it. */
struct core_answer {
    struct core_answer *next, *prev;
    struct core_ahead *ahead;
    bool looking, released; /* looking: workers have not finished */
    struct weal_p2p_blocks m;
    uint8_t bytes[];
};

/* ---- serving ---- */

enum { BLOCK_FRAME = 16, ANSWER_FRAME = 64 }; /* lengths and counts of the encoding, at most */

static void peers_blocks(struct weal_core *c, uint64_t peer, const struct weal_p2p_block_get *q) {
    static struct weal_p2p_blocks m; /* some kilobytes; used at once */
    void *bufs[WEAL_P2P_SYNC_BLOCKS] = {NULL};
    struct weal_kv_snap *snap = NULL;
    size_t bytes = 0;
    uint16_t certified = 0;
    m = (struct weal_p2p_blocks){
        .request = q->request, .head_height = weal_chain_final_height(c->chain), .from = q->from};
    if (weal_kv_snap_open(c->cfg.kv, &snap) != WEAL_OK) return;
    /* nothing is believed without a certificate above it: never closed before the first */
    for (uint16_t i = 0; i < q->count && (bytes < WEAL_P2P_SYNC_SOFT || certified == 0); i++) {
        struct weal_block_where where;
        struct weal_block_read read;
        uint64_t height = q->from + i;
        struct weal_chain_block *b = weal_chain_final(c->chain);
        while (b && b->head.height > height) b = b->parent;
        if (b && b->head.height == height) {
            m.blocks[i] = (struct weal_p2p_block){b->header, b->cert, b->body};
        } else {
            if (height > weal_chain_applied_height(c->chain) ||
                weal_block_index_get(snap, height, &where) != WEAL_OK) {
                break;
            }
            if (!core_applied_read(c, &where, &bufs[i], &read)) break;
            m.blocks[i] = (struct weal_p2p_block){read.header, read.cert, read.body};
        }
        bytes += m.blocks[i].body.n + m.blocks[i].header.n + m.blocks[i].cert.n + BLOCK_FRAME;
        if (bytes > CORE_MSG_MAX - ANSWER_FRAME) break;
        m.blocks_n = (uint16_t)(i + 1);
        if (m.blocks[i].cert.n != 0) certified = m.blocks_n;
    }
    m.blocks_n = certified; /* what follows the last certificate can't be believed */
    struct weal_wr w = weal_wr(c->msg, CORE_MSG_MAX);
    weal_p2p_blocks_put(&w, &m);
    if (!w.failed) c->host.send(c->host.ctx, peer, WEAL_P2P_BLOCKS, weal_wr_done(&w));
    for (size_t i = 0; i < WEAL_P2P_SYNC_BLOCKS; i++) free(bufs[i]);
    weal_kv_snap_close(snap);
}

/* ---- verifying ---- */

/* Takes one block of an answer into the chain, on top of the line so far. */
static enum weal_verdict link_block(struct weal_core *c, const struct weal_p2p_block *in,
                                    const uint8_t parent[32], struct weal_chain_block **out) {
    uint8_t id[32];
    weal_header_id(id, in->header);
    enum weal_verdict v = weal_chain_add(c->chain, id, in->header, in->body, true, out);
    if (v != WEAL_ACCEPT) return v;
    return memcmp((*out)->head.parent, parent, 32) == 0 ? WEAL_ACCEPT : WEAL_V_SYNC_LINK;
}

/* The certificate makes b final under the set of this term. */
static enum weal_verdict certificate_check(struct weal_core *c, struct weal_bytes bytes,
                                           const struct weal_chain_block *b) {
    struct weal_certificate cert;
    struct weal_rd rd = weal_rd(bytes);
    weal_certificate_get(&rd, &cert);
    if (!weal_rd_done(&rd)) return WEAL_V_ENCODING;
    if (cert.kind != WEAL_VOTE_FINALIZE || memcmp(cert.digest, b->id, 32) != 0 ||
        cert.term != b->head.term || cert.term != c->term.term) {
        return WEAL_V_SYNC_CERTIFICATE;
    }
    return weal_cert_verify_var(&c->certs, &cert);
}

enum outcome { GOOD, LIE, FAILED };

/* Executes blocks first..last, whose certificate holds, and makes them final. */
static enum outcome run(struct weal_core *c, struct weal_chain_block **line, uint32_t n,
                        struct weal_bytes cert, enum weal_verdict *why) {
    for (uint32_t i = 0; i < n; i++) {
        enum weal_err e = core_execute(c, line[i], why);
        if (e != WEAL_OK) {
            if (!core_passes(e)) core_fail(c, e, "sync-execute");
            return FAILED;
        }
        if (*why == WEAL_ACCEPT) continue;
        if (core_too_new(c, line[i])) return FAILED;
        /* more than two thirds signed what does not hold here: never go on quietly */
        core_log(c, WEAL_HOST_ERROR, "final-block-invalid", "height=%llu why=%s",
                 (unsigned long long)line[i]->head.height, weal_verdict_name(*why));
        core_fail(c, WEAL_ERR_HALTED, "final-block-invalid");
        return FAILED;
    }
    struct weal_chain_block *top = line[n - 1];
    if (core_finalize(c, top, cert) != WEAL_OK) return FAILED;
    if (top->head.height == c->term.last_height)
        core_term_over(c);
    else
        core_floor(c, cert, top->header);
    return GOOD;
}

static enum outcome verify(struct weal_core *c, const struct weal_p2p_blocks *m,
                           enum weal_verdict *why) {
    struct weal_chain_block *line[WEAL_P2P_SYNC_BLOCKS];
    uint8_t parent[32];
    uint32_t n = 0;
    memcpy(parent, weal_chain_final_id(c->chain), 32);
    for (uint16_t i = 0; i < m->blocks_n; i++) {
        const struct weal_p2p_block *in = &m->blocks[i];
        if (m->from + i <= weal_chain_final_height(c->chain)) continue; /* came another way */
        *why = link_block(c, in, parent, &line[n]);
        if (*why == WEAL_V_CHAIN_FULL) return FAILED;
        if (*why != WEAL_ACCEPT) return LIE;
        memcpy(parent, line[n]->id, 32);
        n++;
        if (in->cert.n == 0) continue;
        *why = certificate_check(c, in->cert, line[n - 1]);
        if (*why != WEAL_ACCEPT) return LIE;
        enum outcome o = run(c, line, n, in->cert, why);
        if (o != GOOD) return o;
        n = 0;
    }
    *why = WEAL_V_SYNC_CERTIFICATE;
    return n == 0 ? GOOD : LIE;
}

/* ---- answers ---- */

static void answer_free(struct weal_core *c, struct core_answer *a) {
    *(a->prev ? &a->prev->next : &c->answers) = a->next;
    if (a->next) a->next->prev = a->prev;
    core_ahead_free(a->ahead);
    free(a);
}

static void answer_release(struct weal_core *c, struct core_answer *a) {
    if (c->sync_answer == a) c->sync_answer = NULL;
    a->released = true;
    if (!a->looking) answer_free(c, a);
}

static void looked(struct weal_core *c, void *ctx) {
    struct core_answer *a = ctx;
    a->looking = false;
    if (a->released) answer_free(c, a);
}

static void look_ahead(struct weal_core *c, struct core_answer *a) {
    struct weal_bytes bodies[WEAL_P2P_SYNC_BLOCKS];
    for (uint16_t i = 0; i < a->m.blocks_n; i++) bodies[i] = a->m.blocks[i].body;
    a->ahead = core_ahead_begin(c, bodies, a->m.blocks_n, looked, a);
    a->looking = a->ahead != NULL;
}

void core_catchup_free(struct weal_core *c) {
    while (c->answers) {
        WEAL_ASSERT(!c->answers->looking);
        answer_free(c, c->answers);
    }
}

/* ---- executing a range ---- */

bool core_catchup_ready(const struct weal_core *c) {
    return c->sync_answer && !c->sync_answer->looking && !c->sync_paused && c->failed == WEAL_OK;
}

/* One range a turn: between two the turn's sync happens, the applier gets its next job and the
 * network is read. A range that stops at a limit goes on when the applier has made room. */
void core_catchup_run(struct weal_core *c) {
    if (!core_catchup_ready(c)) return;
    /* a body that came late may have made a term's last block final a moment ago: what is above it
     * has certificates of the next term, and its sender is not to blame */
    core_term_over(c);
    if (c->failed != WEAL_OK) return;
    struct core_answer *a = c->sync_answer;
    enum weal_verdict why = WEAL_ACCEPT;
    if (a->ahead) core_ahead_use(c, a->ahead);
    enum outcome o = verify(c, &a->m, &why);
    if (o == FAILED && c->failed == WEAL_OK &&
        weal_chain_final_height(c->chain) != weal_chain_applied_height(c->chain)) {
        c->sync_paused = true;
        return;
    }
    c->sync_answer = NULL;
    core_sync(c, &(struct weal_sync_event){.kind = o == GOOD  ? WEAL_SYNC_VERIFIED
                                                   : o == LIE ? WEAL_SYNC_INVALID
                                                              : WEAL_SYNC_FAILED,
                                           .range = c->sync_range,
                                           .height = weal_chain_final_height(c->chain),
                                           .verdict = why});
}

/* ---- driving the sync core ---- */

static void sync_emit(void *ctx, const struct weal_sync_effect *e) {
    struct weal_core *c = ctx;
    if (c->sync_fx_n == c->sync_fx_cap) {
        uint32_t cap = c->sync_fx_cap == 0 ? 128 : c->sync_fx_cap * 2;
        struct weal_sync_effect *grown = realloc(c->sync_fx, cap * sizeof *grown);
        if (!grown) { /* some kilobytes, bounded by the core's ranges: without them it ends */
            core_fail(c, WEAL_ERR_NO_MEMORY, "sync");
            return;
        }
        c->sync_fx = grown;
        c->sync_fx_cap = cap;
    }
    c->sync_fx[c->sync_fx_n++] = *e;
}

static void perform(struct weal_core *c, const struct weal_sync_effect *e) {
    uint8_t buf[WEAL_P2P_CAP_REQUEST];
    struct weal_wr w = weal_wr(buf, sizeof buf);
    switch (e->kind) {
    case WEAL_SYNC_ASK:
        weal_p2p_block_get_put(
            &w, &(struct weal_p2p_block_get){e->request, e->height, (uint16_t)e->count});
        c->host.send(c->host.ctx, e->peer, WEAL_P2P_BLOCK_GET, weal_wr_done(&w));
        break;
    case WEAL_SYNC_VERIFY:
        c->sync_answer = e->token;
        c->sync_range = e->range;
        break;
    case WEAL_SYNC_RELEASE:
        answer_release(c, e->token);
        break;
    case WEAL_SYNC_BLAME:
        c->host.blame(c->host.ctx, e->peer, e->verdict);
        break;
    case WEAL_SYNC_CAUGHT_UP:
        core_log(c, WEAL_HOST_INFO, "sync-caught-up", "height=%llu", (unsigned long long)e->height);
        break;
    }
}

/* The core hands effects over during its step and must not be called then, so they are collected
 * and worked off after it; what that causes joins the end of the line. */
void core_sync(struct weal_core *c, const struct weal_sync_event *event) {
    bool nested = c->sync_busy;
    weal_sync_step(c->sync, event, c->now_ms, sync_emit, c);
    if (nested) return;
    c->sync_busy = true;
    for (uint32_t i = 0; i < c->sync_fx_n; i++) {
        struct weal_sync_effect e = c->sync_fx[i];
        perform(c, &e);
    }
    c->sync_fx_n = 0;
    c->sync_busy = false;
}

/* Again and again, too: who lost the one message about the last block of a term, which is followed
 * by nothing that it could understand, would wait for ever, and the network for its vote. */
void core_head_tell(struct weal_core *c) {
    c->head_again_ms = c->now_ms + CORE_HEAD_AGAIN_MS;
    c->host.head(c->host.ctx, weal_chain_final_height(c->chain), weal_chain_final_id(c->chain));
}

void core_our_head(struct weal_core *c) {
    core_head_tell(c);
    core_sync(c, &(struct weal_sync_event){.kind = WEAL_SYNC_OUR_HEAD,
                                           .height = weal_chain_final_height(c->chain)});
}

static void on_blocks(struct weal_core *c, uint64_t peer, struct weal_bytes bytes) {
    struct core_answer *a = malloc(sizeof *a + bytes.n);
    if (!a) return;
    *a = (struct core_answer){.next = c->answers};
    memcpy(a->bytes, bytes.p, bytes.n);
    struct weal_rd rd = weal_rd(weal_bytes(a->bytes, bytes.n));
    weal_p2p_blocks_get(&rd, &a->m);
    if (!weal_rd_done(&rd)) {
        c->host.blame(c->host.ctx, peer, WEAL_V_ENCODING);
        free(a);
        return;
    }
    if (a->m.request >= WEAL_SYNC_REQUEST_END) { /* the sync core did not ask it */
        core_cert_answer(c, peer, &a->m);
        free(a);
        return;
    }
    if (c->answers) c->answers->prev = a;
    c->answers = a;
    look_ahead(c, a);
    core_sync(c, &(struct weal_sync_event){.kind = WEAL_SYNC_BLOCKS,
                                           .peer = peer,
                                           .request = a->m.request,
                                           .height = a->m.from,
                                           .head = a->m.head_height,
                                           .count = a->m.blocks_n,
                                           .bytes = (uint32_t)bytes.n,
                                           .token = a});
}

void core_catchup_message(struct weal_core *c, uint64_t peer, unsigned type,
                          struct weal_bytes bytes) {
    struct weal_rd rd = weal_rd(bytes);
    if (type == WEAL_P2P_BLOCKS) {
        on_blocks(c, peer, bytes);
    } else if (type == WEAL_P2P_HEAD) {
        struct weal_p2p_head m;
        weal_p2p_head_get(&rd, &m);
        if (weal_rd_done(&rd)) {
            core_sync(c, &(struct weal_sync_event){
                             .kind = WEAL_SYNC_PEER_HEAD, .peer = peer, .height = m.height});
        }
    } else {
        struct weal_p2p_block_get m;
        weal_p2p_block_get_get(&rd, &m);
        if (weal_rd_done(&rd) && m.count >= 1 && m.count <= WEAL_P2P_SYNC_BLOCKS &&
            m.from <= UINT64_MAX - WEAL_P2P_SYNC_BLOCKS) {
            peers_blocks(c, peer, &m);
        }
    }
}
