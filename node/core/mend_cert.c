/* SPDX-License-Identifier: ISC */
/* Certificates that have gone bad in the files. Nothing says what their bytes were, but any that
 * makes the block final is as good: asked for by height, as block sync does, checked under the set
 * of its own term, which the state keeps and its root proves, and written where the old one was
 * when it is as long. One with more signatures than that gives up the lightest; of one with fewer
 * the next peer's is asked for. Few nodes keep a certificate of every block, so that a block stays
 * without is no fault: a later one's stands for it. */
#include "node/core/core_int.h"

#include <stdlib.h>

#include "consensus/light/cert.h"

/* Every peer twice, and eight at least. */
enum { ASK_EVERY_MS = 300, BUSY_MS = 50, ASK_MIN = 8, CERT_BYTES = 16384 };

bool core_cert_missing(const struct weal_block_where *where, const struct weal_block_read *read) {
    return where->cert.size != 0 && read->cert.n == 0;
}

void core_cert_damaged(struct weal_core *c, const struct weal_block_where *where) {
    struct core_cert_want *room = NULL; /* rather a free one than one that was given up */
    for (size_t i = 0; i < CORE_CERT_WANTS_MAX; i++) {
        struct core_cert_want *w = &c->cert_wants[i];
        if (w->state != CERT_NONE && memcmp(w->where.id, where->id, 32) == 0) return;
        if (w->state == CERT_NONE && (!room || room->state != CERT_NONE)) room = w;
        if (w->state == CERT_GIVEN_UP && !room) room = w;
    }
    if (!room) return; /* it is met again */
    *room = (struct core_cert_want){.state = CERT_ASKED, .where = *where, .next_ms = c->now_ms};
    core_log(c, WEAL_HOST_WARN, "certificate-damaged", "height=%llu segment=%u at=%llu",
             (unsigned long long)where->height, where->cert.segment,
             (unsigned long long)where->cert.at);
}

static void give_up(struct weal_core *c, struct core_cert_want *w, const char *why) {
    w->state = CERT_GIVEN_UP;
    core_log(c, WEAL_HOST_WARN, "certificate-not-mended", "height=%llu error=%s",
             (unsigned long long)w->where.height, why);
}

static void ask(struct weal_core *c, struct core_cert_want *w) {
    uint8_t buf[WEAL_P2P_CAP_REQUEST];
    struct weal_wr wr = weal_wr(buf, sizeof buf);
    w->next_ms = c->now_ms + ASK_EVERY_MS;
    if (c->peers_n == 0) return;
    if (w->asked >= ASK_MIN && w->asked >= 2 * c->peers_n) {
        give_up(c, w, w->unfit ? "length-differs" : "no-peer-has-one");
        return;
    }
    struct weal_p2p_block_get get = {WEAL_SYNC_REQUEST_END | (uint32_t)(w - c->cert_wants),
                                     w->where.height, 1};
    weal_p2p_block_get_put(&wr, &get);
    uint32_t to = w->asked % c->peers_n;
    c->host.send(c->host.ctx, c->peers[to], WEAL_P2P_BLOCK_GET, weal_wr_done(&wr));
    if (c->cert_owed[to] != UINT8_MAX) c->cert_owed[to]++;
    w->asked++;
}

void core_certs_wake(struct weal_core *c) {
    for (size_t i = 0; i < CORE_CERT_WANTS_MAX; i++) {
        struct core_cert_want *w = &c->cert_wants[i];
        if (w->state == CERT_ASKED && w->next_ms <= c->now_ms) ask(c, w);
    }
}

uint64_t core_certs_next(const struct weal_core *c) {
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < CORE_CERT_WANTS_MAX; i++) {
        const struct core_cert_want *w = &c->cert_wants[i];
        if (w->state == CERT_ASKED && w->next_ms < at) at = w->next_ms;
    }
    return at;
}

bool core_certs_missing(const struct weal_core *c) {
    for (size_t i = 0; i < CORE_CERT_WANTS_MAX; i++) {
        if (c->cert_wants[i].state == CERT_ASKED || c->cert_wants[i].state == CERT_WRITTEN)
            return true;
    }
    return false;
}

/* ---- answers ---- */

/* Takes out the signer of least weight, if those that are left suffice. sigs has room for all. */
static bool lighten(struct weal_certificate *x, const struct weal_set *set, uint8_t *sigs) {
    uint64_t weight = 0;
    size_t n = 0, at = 0;
    uint16_t least = WEAL_SET_NOBODY;
    for (uint16_t i = 0; i < set->n; i++) {
        if (!weal_signers_has(x->signers, i)) continue;
        weight += set->v[i].weight;
        if (least == WEAL_SET_NOBODY || set->v[i].weight < set->v[least].weight) {
            least = i;
            at = n;
        }
        n++;
    }
    if (n < 2 || weight - set->v[least].weight < weal_set_quorum(set->total)) return false;
    memmove(sigs, x->signatures.p, 64 * at);
    memmove(sigs + 64 * at, x->signatures.p + 64 * (at + 1), 64 * (n - at - 1));
    x->signers[least / 8] &= (uint8_t) ~(1u << least % 8);
    x->signatures = weal_bytes(sigs, 64 * (n - 1));
    return true;
}

/* Begins to write it, shortened to the room there is. */
static enum weal_err fit(struct weal_core *c, const struct weal_block_where *where,
                         struct weal_certificate *x, const struct weal_set *set) {
    static uint8_t bytes[CERT_BYTES], sigs[64 * WEAL_SET_MAX]; /* one thread */
    for (;;) {
        struct weal_wr w = weal_wr(bytes, sizeof bytes);
        weal_certificate_put(&w, x);
        if (w.failed) return WEAL_ERR_CORRUPT;
        enum weal_err e = core_mending_begin(c, where, true, weal_bytes(NULL, 0), weal_wr_done(&w));
        if (e != WEAL_ERR_CORRUPT || !lighten(x, set, sigs)) return e;
    }
}

static enum weal_verdict take(struct weal_core *c, struct core_cert_want *w,
                              const struct weal_p2p_block *in, struct weal_set *set) {
    struct weal_header head;
    struct weal_certificate cert;
    uint8_t id[32];
    weal_header_id(id, in->header);
    if (memcmp(id, w->where.id, 32) != 0) return WEAL_ACCEPT; /* of no use, and no proof of a lie */
    struct weal_rd hr = weal_rd(in->header), cr = weal_rd(in->cert);
    weal_header_get(&hr, &head);
    weal_certificate_get(&cr, &cert);
    if (!weal_rd_done(&hr) || !weal_rd_done(&cr)) return WEAL_V_ENCODING;
    if (cert.kind != WEAL_VOTE_FINALIZE || memcmp(cert.digest, id, 32) != 0 ||
        cert.term != head.term)
        return WEAL_V_SYNC_CERTIFICATE;
    if (!core_term_set(c, head.term, set)) {
        give_up(c, w, "set-unreadable");
        return WEAL_ACCEPT;
    }
    struct weal_cert_context at = {c->cfg.chain_id, head.term, set, NULL};
    enum weal_verdict v = weal_cert_verify_var(&at, &cert);
    if (v != WEAL_ACCEPT) return v;
    enum weal_err e = fit(c, &w->where, &cert, set);
    if (e == WEAL_OK) w->state = CERT_WRITTEN;
    w->unfit |= e == WEAL_ERR_CORRUPT;
    return WEAL_ACCEPT;
}

/* An answer to each question, no more: they are large. */
static bool was_asked(struct weal_core *c, uint64_t peer) {
    for (uint32_t i = 0; i < c->peers_n; i++) {
        if (c->peers[i] != peer || c->cert_owed[i] == 0) continue;
        c->cert_owed[i]--;
        return true;
    }
    return false;
}

void core_cert_answer(struct weal_core *c, uint64_t peer, const struct weal_p2p_blocks *m) {
    uint32_t k = m->request & ~(uint32_t)WEAL_SYNC_REQUEST_END;
    struct core_cert_want *w = k < CORE_CERT_WANTS_MAX ? &c->cert_wants[k] : NULL;
    if (!was_asked(c, peer)) {
        c->host.blame(c->host.ctx, peer, WEAL_V_P2P_UNASKED);
        return;
    }
    if (!w || w->state != CERT_ASKED || m->from != w->where.height) return; /* late */
    if (c->mending) {
        w->next_ms = c->now_ms + BUSY_MS;
        return;
    }
    if (m->blocks_n == 0 || m->blocks[0].cert.n == 0) {
        w->next_ms = c->now_ms; /* it has none: the next */
        return;
    }
    struct weal_set *set = malloc(sizeof *set);
    if (!set) return;
    enum weal_verdict v = take(c, w, &m->blocks[0], set);
    free(set);
    if (v != WEAL_ACCEPT) c->host.blame(c->host.ctx, peer, v);
    if (w->state == CERT_ASKED) w->next_ms = c->now_ms;
}

void core_cert_mended(struct weal_core *c, const struct weal_block_where *where, enum weal_err e) {
    for (size_t i = 0; i < CORE_CERT_WANTS_MAX; i++) {
        struct core_cert_want *w = &c->cert_wants[i];
        if (w->state != CERT_WRITTEN || memcmp(w->where.id, where->id, 32) != 0) continue;
        if (e != WEAL_OK) {
            give_up(c, w, weal_err_name(e));
            return;
        }
        w->state = CERT_NONE;
        core_log(c, WEAL_HOST_WARN, "certificate-mended", "height=%llu",
                 (unsigned long long)where->height);
    }
}
