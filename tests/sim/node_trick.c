/* SPDX-License-Identifier: ISC */
/* What Byzantine nodes do. They run the honest code; what leaves it is changed, held back,
 * repeated, and more is sent: contradicting votes under their own key, noise, floods, false answers
 * to block sync, transactions that do not hold; false blocks are node_false.c's. They never forge
 * another's signature. */
#include <stdlib.h>

#include "consensus/light/cert.h"
#include "consensus/light/set.h"
#include "crypto/base/bug.h"
#include "p2p/gen/msg_gen.h"
#include "p2p/msg.h"
#include "tests/sim/node_world.h"

void nw_trick_give(struct nw_node *o, uint16_t to, unsigned type, struct weal_bytes b) {
    struct nw_mail *m = nw_mail_new(type, b);
    nw_send(o->w, o->id, to, m);
    nw_mail_drop(m);
}

static void give_all(struct nw_node *o, unsigned type, struct weal_bytes b) {
    for (uint16_t i = 0; i < o->w->nodes_n; i++) nw_trick_give(o, i, type, b);
}

/* The same bytes with some of them changed, or fewer. */
static void give_spoiled(struct nw_node *o, uint16_t to, unsigned type, struct weal_bytes b) {
    struct node_world *w = o->w;
    struct nw_mail *m = nw_mail_new(type, b);
    unsigned flips = 1 + (unsigned)nw_below(w, 3);
    while (flips-- > 0 && m->n != 0) { /* one draw a statement: compilers differ in their order */
        size_t at = nw_below(w, m->n);
        m->bytes[at] ^= (uint8_t)(1 + nw_below(w, 255));
    }
    if (m->n != 0 && nw_below(w, 4) == 0) m->n = nw_below(w, m->n);
    nw_send(w, o->id, to, m);
    nw_mail_drop(m);
}

static void keep(struct node_world *w, unsigned type, struct weal_bytes b) {
    unsigned at = w->old_n < NW_OLD_MAX ? w->old_n++ : (unsigned)nw_below(w, NW_OLD_MAX);
    nw_mail_drop(w->old[at]);
    w->old[at] = nw_mail_new(type, b);
}

/* An answer to block sync that is not true: heights, headers, bodies or certificates changed. */
static bool lie(struct nw_node *o, uint16_t to, struct weal_bytes b) {
    struct node_world *w = o->w;
    struct weal_p2p_blocks *m = malloc(sizeof *m);
    uint8_t *out = malloc(b.n + 4096), *copy = malloc(b.n + 1);
    WEAL_ASSERT(m && out && copy);
    memcpy(copy, b.p, b.n);
    struct weal_rd rd = weal_rd(weal_bytes(copy, b.n));
    struct weal_wr wr = weal_wr(out, b.n + 4096);
    weal_p2p_blocks_get(&rd, m);
    bool good = weal_rd_done(&rd) && m->blocks_n != 0;
    if (good) {
        struct weal_p2p_block *x = &m->blocks[nw_below(w, m->blocks_n)];
        struct weal_bytes *part[] = {&x->header, &x->cert, &x->body};
        struct weal_bytes *p = part[nw_below(w, 3)];
        switch (nw_below(w, 5)) {
        case 0:
            *p = (struct weal_bytes){p->p, 0};
            break;
        case 1:
            m->blocks_n--;
            break;
        case 2: /* a certificate of another block */
            x->cert = m->blocks[nw_below(w, m->blocks_n)].cert;
            break;
        case 3:
            m->head_height += 1000000;
            break;
        default:
            if (p->n != 0) copy[(size_t)(p->p - copy) + nw_below(w, p->n)] ^= 1;
        }
        weal_p2p_blocks_put(&wr, m);
        good = !wr.failed;
    }
    if (good) nw_trick_give(o, to, WEAL_P2P_BLOCKS, weal_wr_done(&wr));
    free(m);
    free(out);
    free(copy);
    return good;
}

bool nw_trick_send(struct nw_node *o, uint16_t to, unsigned type, struct weal_bytes b) {
    struct node_world *w = o->w;
    unsigned t = o->tricks;
    if (nw_below(w, 8) == 0) keep(w, type, b);
    if ((t & NW_SILENT) && w->now_us < o->silent_until) return true;
    if ((t & NW_DEAF) && (type == WEAL_P2P_BLOCKS || type == WEAL_P2P_VIEWS ||
                          (type == WEAL_P2P_BODY && nw_below(w, 2))))
        return true;
    if ((t & NW_INVALID) && nw_false_send(o, to, type, b)) return true;
    if ((t & NW_WITHHOLD) && type == WEAL_P2P_BODY && (to + o->final) % 3 != 0) return true;
    if ((t & NW_LIE) && type == WEAL_P2P_BLOCKS && nw_below(w, 4) != 0 && lie(o, to, b))
        return true;
    if ((t & NW_LIE) && type == WEAL_P2P_HEAD && nw_below(w, 4) == 0) {
        uint8_t buf[WEAL_P2P_HEAD_SIZE_MAX];
        struct weal_p2p_head m = {.height = o->head + nw_below(w, 100000)};
        struct weal_wr wr = weal_wr(buf, sizeof buf);
        weal_p2p_head_put(&wr, &m);
        nw_trick_give(o, to, type, weal_wr_done(&wr));
        return true;
    }
    if ((t & NW_GARBAGE) && nw_below(w, 6) == 0) {
        give_spoiled(o, to, type, b);
        return nw_below(w, 2) == 0;
    }
    return false;
}

/* ---- of their own accord ---- */

void nw_trick_vote(struct nw_node *o, uint16_t to, struct weal_vote *v) {
    uint8_t inner[WEAL_VOTE_SIZE_MAX], outer[WEAL_P2P_VOTE_SIZE_MAX];
    struct weal_wr wr = weal_wr(inner, sizeof inner);
    if (!weal_vote_sign(v, o->w->chain->id, o->w->chain->account_secret[o->key])) return;
    weal_vote_put(&wr, v);
    struct weal_p2p_vote m = {.vote = weal_wr_done(&wr)};
    wr = weal_wr(outer, sizeof outer);
    weal_p2p_vote_put(&wr, &m);
    nw_trick_give(o, to, WEAL_P2P_VOTE, weal_wr_done(&wr));
}

/* Where it sat in the last term, if it did. */
static void old_place(struct nw_node *o, struct weal_bft_status *st) {
    if (st->term == 0) return;
    uint16_t place = nw_term_place(o->w, st->term - 1, o->key);
    if (place == WEAL_SET_NOBODY) return;
    st->self = place;
    st->term--;
    st->view = 1 + nw_below(o->w, st->view + 50);
}

/* Every kind of vote in the view it is in, another block for each half of the network. */
static void double_votes(struct nw_node *o) {
    struct node_world *w = o->w;
    struct weal_bft_status st;
    weal_bft_status(weal_core_bft(o->core), &st);
    uint16_t n = weal_core_set(o->core)->n;
    if (w->f.term_blocks != 0 && nw_below(w, 4) == 0) {
        old_place(o, &st);
    } else if (st.self >= n) {
        if (w->f.term_blocks == 0) return;
        st.self = (uint16_t)nw_below(w, n); /* another's place, signed with its own key */
    }
    uint8_t some[32];
    for (unsigned i = 0; i < 32; i++) some[i] = (uint8_t)nw_random(w);
    for (uint16_t i = 0; i < w->nodes_n; i++) {
        struct weal_vote v = {.term = st.term, .signer = st.self};
        v.kind = (uint8_t)(1 + nw_below(w, 3));
        v.view = st.view + nw_below(w, 2);
        if (v.view == 0) continue;
        if (v.kind != WEAL_VOTE_NULLIFY) {
            v.parent_view = nw_below(w, v.view);
            if (nw_below(w, 3) != 0 && o->w->finals_n != 0)
                memcpy(v.digest, w->finals[1 + nw_below(w, w->finals_n)].id, 32);
            else
                memcpy(v.digest, some, 32);
        }
        nw_trick_vote(o, i, &v);
    }
}

static void noise(struct nw_node *o, uint16_t to) {
    static const uint8_t types[] = {WEAL_P2P_VOTE,     WEAL_P2P_CERT,     WEAL_P2P_PROPOSAL,
                                    WEAL_P2P_BODY,     WEAL_P2P_BLOCKS,   WEAL_P2P_BLOCK_GET,
                                    WEAL_P2P_BODY_GET, WEAL_P2P_VIEW_GET, WEAL_P2P_VIEWS,
                                    WEAL_P2P_TX_GET,   WEAL_P2P_TX_DATA,  WEAL_P2P_TX_ANNOUNCE,
                                    WEAL_P2P_HEAD};
    uint8_t bytes[512];
    size_t n = nw_below(o->w, sizeof bytes);
    for (size_t i = 0; i < n; i++) bytes[i] = nw_below(o->w, 3) ? 0 : (uint8_t)nw_random(o->w);
    unsigned type = types[nw_below(o->w, sizeof types)];
    nw_trick_give(o, to, type, weal_bytes(bytes, n));
}

/* Well-formed questions, many of them. */
static void questions(struct nw_node *o, uint16_t to) {
    struct node_world *w = o->w;
    uint8_t buf[WEAL_P2P_CAP_REQUEST];
    struct weal_wr wr = weal_wr(buf, sizeof buf);
    unsigned type;
    switch (nw_below(w, 3)) {
    case 0: {
        struct weal_p2p_block_get m = {.count = 64};
        type = WEAL_P2P_BLOCK_GET;
        m.request = (uint32_t)nw_random(w);
        m.from = nw_below(w, w->finals_n + 10);
        weal_p2p_block_get_put(&wr, &m);
        break;
    }
    case 1: {
        struct weal_p2p_body_get m;
        type = WEAL_P2P_BODY_GET;
        memcpy(m.id, w->finals_n ? w->finals[1 + nw_below(w, w->finals_n)].id : w->chain->id, 32);
        weal_p2p_body_get_put(&wr, &m);
        break;
    }
    default: {
        struct weal_p2p_view_get m = {.count = 64};
        type = WEAL_P2P_VIEW_GET;
        m.term = nw_below(w, 3);
        m.from = nw_below(w, 300);
        weal_p2p_view_get_put(&wr, &m);
    }
    }
    nw_trick_give(o, to, type, weal_wr_done(&wr));
}

/* A payment that looks well and is not signed by its payer. */
static void stuff(struct nw_node *o) {
    struct node_world *w = o->w;
    struct chain_tx *t = malloc(sizeof *t);
    struct weal_p2p_tx_data *m = calloc(1, sizeof *m);
    uint8_t *buf = malloc(1 << 17);
    WEAL_ASSERT(t && m && buf);
    unsigned n = 1 + (unsigned)nw_below(w, 8);
    for (unsigned i = 0; i < n; i++) {
        chain_transfer(w->chain, t, w->chain->faucet_secret, w->account[0], WEAL_ASSET_IT,
                       1000000 + nw_below(w, 1000));
        t->tx.act.transfer.nonce += nw_below(w, 60);
        t->tx.act.transfer.sig[nw_below(w, 64)] ^= 1;
        chain_encode(t);
        m->txs[0].tx = weal_bytes(t->b, t->n);
        m->txs_n = 1;
        struct weal_wr wr = weal_wr(buf, 1 << 17);
        weal_p2p_tx_data_put(&wr, m);
        if (!wr.failed) give_all(o, WEAL_P2P_TX_DATA, weal_wr_done(&wr));
        /* and as an honest node's client */
        uint16_t to = (uint16_t)nw_below(w, w->nodes_n);
        nw_submit(w, to, w->now_us, weal_bytes(t->b, t->n), 0, false);
    }
    free(t);
    free(m);
    free(buf);
}

void nw_trick_tick(struct nw_node *o) {
    struct node_world *w = o->w;
    uint16_t to = (uint16_t)nw_below(w, w->nodes_n);
    unsigned t = o->tricks;
    if ((t & NW_SILENT) && nw_below(w, 20) == 0)
        o->silent_until = w->now_us + nw_below(w, 10000000);
    if (t & NW_DOUBLE) double_votes(o);
    if ((t & NW_INVALID) && nw_below(w, 30) == 0) /* its blocks are an hour too early or too late */
        o->skew_ms = nw_below(w, 2) ? (int64_t)nw_below(w, 7200000) - 3600000 : 0;
    if ((t & NW_GARBAGE) && nw_below(w, 2)) noise(o, to);
    if ((t & NW_FLOOD) && nw_below(w, 4) == 0)
        for (unsigned i = 0; i < 200; i++) nw_below(w, 4) ? questions(o, to) : noise(o, to);
    if ((t & NW_REPLAY) && w->old_n != 0)
        for (unsigned i = 0; i < 8; i++) {
            struct nw_mail *m = w->old[nw_below(w, w->old_n)];
            nw_trick_give(o, to, m->type, weal_bytes(m->bytes, m->n));
        }
    if ((t & NW_STUFF) && nw_below(w, 2)) stuff(o);
    if ((t & NW_RESTORE) && !w->healed && nw_below(w, 40) == 0) o->dying = true;
}
