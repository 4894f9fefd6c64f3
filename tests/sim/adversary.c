/* SPDX-License-Identifier: ISC */
/* What Byzantine nodes do. Each runs the honest code as well, so that it stays in the game; its
 * output is bent here, and it signs what it likes, without a guard. */
#include "tests/sim/sim.h"

static void send_message(struct sim_world *w, struct sim_node *s, const struct weal_bft_message *m,
                         unsigned one_in) {
    static uint8_t buf[WEAL_BFT_MESSAGE_SIZE_MAX];
    struct weal_wr wr = weal_wr(buf, sizeof buf);
    weal_bft_message_put(&wr, m);
    struct sim_msg *x = sim_msg_new(MSG_BFT, 0, buf, wr.n);
    for (uint16_t i = 0; i < w->nodes_n; i++)
        if (one_in <= 1 || sim_below(w, one_in) == 0) sim_send(w, s->id, i, x);
    sim_msg_drop(x);
}

static void vote(struct sim_world *w, struct sim_node *s, uint8_t kind, uint64_t view,
                 uint64_t parent_view, const uint8_t digest[32], unsigned one_in) {
    struct weal_bft_message m = {.m_kind = WEAL_BFT_MESSAGE_VOTE};
    struct weal_vote *v = &m.m.vote;
    struct sim_term *t = sim_term(w, s->term);
    if (t->index_of[s->key] == WEAL_SET_NOBODY || view == 0) return;
    *v = (struct weal_vote){
        .kind = kind, .term = s->term, .view = view, .signer = t->index_of[s->key]};
    if (kind != WEAL_VOTE_NULLIFY) {
        v->parent_view = parent_view;
        memcpy(v->digest, digest, 32);
    }
    if (v->parent_view >= v->view || !sim_sign(w, v, s->key)) return;
    check_vote(w, s->key, v, w->o.believed);
    send_message(w, s, &m, one_in);
}

/* A second proposal for the same view, with another block, to the other half. */
static void equivocate(struct sim_world *w, struct sim_node *s, const struct weal_proposal *p) {
    struct weal_header h;
    struct weal_rd r = weal_rd(p->header);
    weal_header_get(&r, &h);
    uint32_t parent = sim_block_find(w, h.parent);
    if (!weal_rd_done(&r) || h.view != p->view || parent == UINT32_MAX) return;
    struct sim_block x = {.parent = parent, .term = s->term, .creator = s->key, .height = h.height};
    weal_put_le64(h.tx_root, sim_random(w));
    sim_state_root(h.state_root, w->blocks[parent].state_root, h.tx_root);
    memcpy(x.state_root, h.state_root, 32);
    struct weal_wr wr = weal_wr(x.header, sizeof x.header);
    weal_header_put(&wr, &h);
    x.header_n = wr.n;
    weal_header_id(x.id, weal_wr_done(&wr));
    uint32_t block = sim_block_add(w, &x);
    s->blocks[block] |= HAS | EXECUTED;
    struct weal_bft_message m = {.m_kind = WEAL_BFT_MESSAGE_PROPOSAL};
    m.m.proposal = *p;
    m.m.proposal.header = weal_bytes(x.header, x.header_n);
    memcpy(m.m.proposal.digest, x.id, 32);
    struct weal_vote v = {.kind = WEAL_VOTE_NOTARIZE,
                          .term = p->term,
                          .view = p->view,
                          .parent_view = p->parent_view,
                          .signer = p->signer};
    memcpy(v.digest, x.id, 32);
    if (!sim_sign(w, &v, s->key)) return;
    memcpy(m.m.proposal.signature, v.signature, 64);
    check_vote(w, s->key, &v, w->o.believed);
    struct sim_msg *body = sim_msg_new(MSG_BODY, block, NULL, 0);
    sim_broadcast(w, s->id, body);
    sim_msg_drop(body);
    send_message(w, s, &m, 2);
}

/* Instead of the honest proposal: one on a block some views back, with that block's certificate or
 * none, and no nullifications; if one node votes for it, a fork is near. */
static void stale(struct sim_world *w, struct sim_node *s, const struct weal_proposal *p) {
    struct weal_header h;
    struct weal_rd r = weal_rd(p->header);
    weal_header_get(&r, &h);
    uint32_t parent = sim_block_find(w, h.parent);
    if (!weal_rd_done(&r) || h.view != p->view || parent == UINT32_MAX || parent == 0) return;
    struct weal_header ph;
    struct weal_rd rp = weal_rd(weal_bytes(w->blocks[parent].header, w->blocks[parent].header_n));
    weal_header_get(&rp, &ph);
    if (ph.term != h.term) return;
    parent = w->blocks[parent].parent; /* its grandparent */
    h.parent_view = ph.parent_view;
    h.height--;
    memcpy(h.parent, w->blocks[parent].id, 32);
    weal_put_le64(h.tx_root, sim_random(w));
    sim_state_root(h.state_root, w->blocks[parent].state_root, h.tx_root);
    static uint8_t buf[WEAL_CERTIFICATE_SIZE_MAX + 8];
    struct weal_wr wj = weal_wr(buf, sizeof buf);
    struct weal_wr wc = weal_wr(buf + 1, sizeof buf - 3);
    bool has =
        h.parent_view != 0 && weal_bft_certificate(s->bft, WEAL_VOTE_NOTARIZE, h.parent_view, &wc);
    buf[0] = has;
    wj.n = has ? 1 + wc.n : 1;
    weal_wr_u16(&wj, 0);
    weal_justification_hash(h.justification_hash, weal_wr_done(&wj));
    struct sim_block x = {.parent = parent, .term = s->term, .creator = s->key, .height = h.height};
    memcpy(x.state_root, h.state_root, 32);
    struct weal_wr wr = weal_wr(x.header, sizeof x.header);
    weal_header_put(&wr, &h);
    x.header_n = wr.n;
    weal_header_id(x.id, weal_wr_done(&wr));
    uint32_t block = sim_block_add(w, &x);
    s->blocks[block] |= HAS | EXECUTED;
    struct weal_bft_message m = {.m_kind = WEAL_BFT_MESSAGE_PROPOSAL};
    struct weal_vote v = {.kind = WEAL_VOTE_NOTARIZE,
                          .term = p->term,
                          .view = p->view,
                          .parent_view = h.parent_view,
                          .signer = p->signer};
    memcpy(v.digest, x.id, 32);
    if (!sim_sign(w, &v, s->key)) return;
    m.m.proposal = (struct weal_proposal){
        .term = v.term, .view = v.view, .signer = v.signer, .parent_view = v.parent_view};
    memcpy(m.m.proposal.digest, v.digest, 32);
    memcpy(m.m.proposal.signature, v.signature, 64);
    m.m.proposal.header = weal_bytes(x.header, x.header_n);
    m.m.proposal.justification = weal_wr_done(&wj);
    check_vote(w, s->key, &v, w->o.believed);
    struct sim_msg *body = sim_msg_new(MSG_BODY, block, NULL, 0);
    sim_broadcast(w, s->id, body);
    sim_msg_drop(body);
    send_message(w, s, &m, 1);
}

static void garbage(struct sim_world *w, struct sim_node *s, const struct sim_msg *like) {
    struct sim_msg *m = sim_msg_new(MSG_BFT, 0, like->bytes, like->n);
    uint64_t flips = 1 + sim_below(w, 8);
    for (uint64_t i = 0; i < flips && m->n != 0; i++)
        m->bytes[sim_below(w, m->n)] ^= (uint8_t)(1u << sim_below(w, 8));
    if (sim_below(w, 4) == 0 && m->n > 8) m->n -= sim_below(w, 8);
    sim_broadcast(w, s->id, m);
    sim_msg_drop(m);
    if (w->old_n < 64) {
        struct sim_msg *keep = sim_msg_new(MSG_BFT, 0, like->bytes, like->n);
        w->old[w->old_n++] = keep;
    }
    if (w->old_n != 0) sim_broadcast(w, s->id, w->old[sim_below(w, w->old_n)]);
}

/* A certificate of a far view or another term, signed by this node alone. */
static void forge(struct sim_world *w, struct sim_node *s, uint64_t view) {
    struct weal_bft_message m = {.m_kind = WEAL_BFT_MESSAGE_CERTIFICATE};
    struct weal_certificate *x = &m.m.certificate;
    static uint8_t sigs[WEAL_SET_MAX * 64];
    struct sim_term *t = sim_term(w, s->term);
    if (t->index_of[s->key] == WEAL_SET_NOBODY) return;
    x->kind = (uint8_t)(1 + sim_below(w, 3));
    x->term = s->term + (uint32_t)sim_below(w, 2);
    x->view = view + sim_below(w, 600);
    memset(x->signers, 0, 16);
    struct weal_vote v = {.kind = x->kind, .term = x->term, .view = x->view};
    if (!sim_sign(w, &v, s->key)) return;
    for (uint16_t i = 0; i < t->set.n; i++) {
        x->signers[i / 8] |= (uint8_t)(1u << (i % 8));
        memcpy(sigs + i * 64, v.signature, 64);
    }
    x->signatures = weal_bytes(sigs, t->set.n * 64u);
    send_message(w, s, &m, 1);
}

/* Bends one effect that is about to leave; true when nothing else is to be sent. */
bool trick_send(struct sim_world *w, struct sim_node *s, struct sim_held *h) {
    struct weal_bft_message m;
    if (h->kind != WEAL_BFT_BROADCAST && h->kind != WEAL_BFT_SEND) return false;
    if ((s->tricks & TRICK_SILENT) && w->now_us < s->silent_until_us) return true;
    struct weal_rd r = weal_rd(weal_bytes(h->msg->bytes, h->msg->n));
    weal_bft_message_get(&r, &m);
    if ((s->tricks & TRICK_GARBAGE) && sim_below(w, 3) == 0) garbage(w, s, h->msg);
    if (m.m_kind == WEAL_BFT_MESSAGE_PROPOSAL && (s->tricks & TRICK_EQUIVOCATE)) {
        equivocate(w, s, &m.m.proposal);
        send_message(w, s, &m, 2);
        return true;
    }
    if (m.m_kind == WEAL_BFT_MESSAGE_PROPOSAL && (s->tricks & TRICK_STALE) &&
        sim_below(w, 2) == 0) {
        stale(w, s, &m.m.proposal);
        return true;
    }
    if (m.m_kind != WEAL_BFT_MESSAGE_VOTE) return false;
    const struct weal_vote *v = &m.m.vote;
    if (s->tricks & TRICK_NULLER) vote(w, s, WEAL_VOTE_NULLIFY, v->view + 1, 0, v->digest, 1);
    if (s->tricks & TRICK_DOUBLE_VOTE) {
        uint8_t other[32];
        memcpy(other, v->digest, 32);
        other[5] ^= 0x5a;
        unsigned half = 2;
        if (v->kind == WEAL_VOTE_FINALIZE)
            vote(w, s, WEAL_VOTE_NULLIFY, v->view, 0, other, half);
        else
            vote(w, s, WEAL_VOTE_FINALIZE, v->view, v->parent_view,
                 v->kind == WEAL_VOTE_NULLIFY ? other : v->digest, half);
        if (v->kind != WEAL_VOTE_NULLIFY && sim_below(w, 2) == 0)
            vote(w, s, v->kind, v->view, v->parent_view, other, half);
        if (v->kind == WEAL_VOTE_NOTARIZE && v->parent_view > 0)
            vote(w, s, v->kind, v->view, v->parent_view - 1, v->digest, half);
    }
    if (s->tricks & TRICK_EQUIVOCATE) {
        /* votes for whatever block of this view it knows */
        for (uint32_t i = w->blocks_n; i-- > 1 && i + 6 > w->blocks_n;) {
            struct weal_header x;
            struct weal_rd rh = weal_rd(weal_bytes(w->blocks[i].header, w->blocks[i].header_n));
            weal_header_get(&rh, &x);
            if (x.view == v->view && x.term == v->term)
                vote(w, s, (uint8_t)(sim_below(w, 2) ? WEAL_VOTE_NOTARIZE : WEAL_VOTE_FINALIZE),
                     x.view, x.parent_view, w->blocks[i].id, 2);
        }
    }
    return false;
}

/* Unprovoked acts. */
void trick_tick(struct sim_world *w, struct sim_node *s) {
    struct weal_bft_status st;
    if ((s->tricks & TRICK_SILENT) && w->now_us >= s->silent_until_us && sim_below(w, 200) == 0)
        s->silent_until_us = w->now_us + sim_below(w, 20000000);
    if ((s->tricks & TRICK_GARBAGE) && sim_below(w, 60) == 0) {
        weal_bft_status(s->bft, &st);
        forge(w, s, st.view);
    }
    if ((s->tricks & TRICK_VOTE_INVALID) && sim_below(w, 40) == 0 && w->blocks_n > 1) {
        uint32_t i = w->blocks_n - 1;
        struct weal_header x;
        struct weal_rd r = weal_rd(weal_bytes(w->blocks[i].header, w->blocks[i].header_n));
        weal_header_get(&r, &x);
        if (x.term == s->term) {
            vote(w, s, WEAL_VOTE_NOTARIZE, x.view, x.parent_view, w->blocks[i].id, 1);
            vote(w, s, WEAL_VOTE_FINALIZE, x.view, x.parent_view, w->blocks[i].id, 1);
        }
    }
}
