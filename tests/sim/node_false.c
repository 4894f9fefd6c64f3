/* SPDX-License-Identifier: ISC */
/* Blocks that do not hold. A Byzantine leader builds an honest one; what leaves it instead says
 * something else in its header, or has other transactions under a root that fits them, with a good
 * signature of the leader's. Whoever is in league votes for it. Some get the honest one. */
#include <stdlib.h>

#include "consensus/gen/block_gen.h"
#include "consensus/light/cert.h"
#include "consensus/light/roots.h"
#include "crypto/base/bug.h"
#include "p2p/gen/msg_gen.h"
#include "p2p/msg.h"
#include "tests/sim/node_world.h"

enum { BODY_GROWS = WEAL_TX_SIZE_MAX + 1024 };

/* Time, a number, or a hash of the header is another. */
static void spoil_header(struct node_world *w, struct weal_header *h) {
    uint8_t *hashes[] = {h->state_root, h->receipt_root, h->tx_root,      h->set_hash,
                         h->parent,     h->beacon_tag,   h->beacon_proof, h->justification_hash,
                         h->chain,      h->next_set_hash};
    switch (nw_below(w, 6)) {
    case 0:
        h->time_ms += nw_below(w, 3) == 0 ? 3600000 + nw_below(w, 1u << 30) : nw_below(w, 20000);
        break;
    case 1:
        h->time_ms -= nw_below(w, nw_below(w, 2) ? 2000 : h->time_ms);
        break;
    case 2:
        switch (nw_below(w, 6)) {
        case 0:
            h->height += nw_below(w, 2) ? 1 : UINT64_MAX;
            break;
        case 1:
            h->view -= nw_below(w, h->view);
            break;
        case 2:
            h->parent_view = nw_below(w, h->view + 1);
            break;
        case 3:
            h->version++;
            break;
        case 4:
            h->proposer ^= (uint16_t)(1 + nw_below(w, 3));
            break;
        default:
            h->term += nw_below(w, 2) ? 1 : UINT32_MAX;
        }
        break;
    default:
        hashes[nw_below(w, sizeof hashes / sizeof *hashes)][nw_below(w, 32)] ^=
            (uint8_t)(1 + nw_below(w, 255));
    }
}

static void put(uint8_t *body, size_t *n, struct weal_bytes tx) {
    weal_put_le32(body + *n, (uint32_t)tx.n);
    memcpy(body + *n + 4, tx.p, tx.n);
    *n += 4 + tx.n;
}

/* Other transactions, under a root that is theirs: one left out, one twice, one changed, two in the
 * other order, one of nobody's, an end that is none. */
static size_t spoil_body(struct node_world *w, struct weal_bytes body, uint8_t *out) {
    struct weal_body_iter it = weal_body_iter(body);
    struct weal_bytes tx, held = {0};
    size_t n = 0;
    uint32_t count = 0, i = 0;
    while (weal_body_next(&it, &tx)) count++;
    uint64_t how = count == 0 ? 4 + nw_below(w, 2) : nw_below(w, 6);
    uint32_t at = (uint32_t)nw_below(w, count + 1);
    if (at == count && count != 0) at--;
    it = weal_body_iter(body);
    for (; weal_body_next(&it, &tx); i++) {
        if (i == at && how == 0) continue;
        if (i == at && how == 3 && i + 1 < count) {
            held = tx;
            continue;
        }
        put(out, &n, tx);
        if (i == at && how == 1) put(out, &n, tx);
        if (i == at && how == 2) out[n - 1 - nw_below(w, tx.n)] ^= (uint8_t)(1 + nw_below(w, 255));
        if (held.n != 0) put(out, &n, held), held.n = 0;
    }
    uint8_t some[300];
    size_t some_n = 1 + nw_below(w, sizeof some);
    for (size_t k = 0; k < some_n; k++) some[k] = (uint8_t)nw_random(w);
    if (how == 4) put(out, &n, weal_bytes(some, some_n));
    if (how == 5) memcpy(out + n, some, some_n), n += some_n;
    return n;
}

bool nw_body_root(struct weal_bytes body, uint8_t root[32]) {
    struct weal_body_iter it = weal_body_iter(body);
    struct weal_bytes tx;
    struct weal_roots r;
    bool good = true;
    weal_roots_init(&r);
    while (weal_body_next(&it, &tx)) {
        struct weal_tx_info info = {0};
        good = weal_tx_info(tx, &info) == WEAL_ACCEPT && good;
        weal_roots_add(&r, weal_bytes(info.id, 32));
    }
    weal_roots_final(&r, root);
    return good && !it.bad;
}

/* Everybody in league signs for it, as notarized and as final. */
static void league_votes(struct node_world *w, const struct nw_false *f,
                         const struct weal_header *h) {
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct nw_node *o = &w->node[i];
        struct weal_vote v = {.term = h->term, .view = h->view, .parent_view = h->parent_view};
        if (!(o->tricks & NW_INVALID) || !o->core) continue;
        v.signer = nw_term_place(w, h->term, o->key);
        memcpy(v.digest, f->id, 32);
        for (unsigned k = 0; v.signer != WEAL_SET_NOBODY && k < 2; k++) {
            v.kind = k == 0 ? WEAL_VOTE_NOTARIZE : WEAL_VOTE_FINALIZE;
            for (uint16_t to = 0; to < w->nodes_n; to++) nw_trick_vote(o, to, &v);
        }
    }
}

static void make(struct nw_node *o, const struct weal_p2p_body *m) {
    struct node_world *w = o->w;
    struct nw_false *f = &o->lie;
    struct weal_header h;
    struct weal_rd rd = weal_rd(m->header);
    weal_header_get(&rd, &h);
    WEAL_ASSERT(weal_rd_done(&rd));
    memcpy(f->of, m->id, 32);
    f->believers = nw_below(w, 3) == 0 ? nw_random(w) : UINT64_MAX;
    free(f->body);
    f->body = malloc(m->body.n + BODY_GROWS);
    WEAL_ASSERT(f->body);
    if (nw_below(w, 2)) {
        f->body_n = spoil_body(w, m->body, f->body);
        nw_body_root(weal_bytes(f->body, f->body_n), h.tx_root);
    } else {
        if (m->body.n != 0) memcpy(f->body, m->body.p, m->body.n);
        f->body_n = m->body.n;
        spoil_header(w, &h);
    }
    struct weal_wr wr = weal_wr(f->header, sizeof f->header);
    weal_header_put(&wr, &h);
    WEAL_ASSERT(weal_wr_done(&wr).n == sizeof f->header);
    weal_header_id(f->id, weal_bytes(f->header, sizeof f->header));
    if (memcmp(f->id, f->of, 32) == 0) {
        f->believers = 0;
        return;
    }
    w->out->invented++;
    league_votes(w, f, &h);
}

static bool send_body(struct nw_node *o, uint16_t to, struct weal_bytes b) {
    struct weal_p2p_body m;
    struct weal_rd rd = weal_rd(b);
    weal_p2p_body_get(&rd, &m);
    if (!weal_rd_done(&rd) || m.why != 0) return false;
    struct nw_false *f = &o->lie;
    if (memcmp(f->of, m.id, 32) != 0) make(o, &m);
    if (!(f->believers >> to & 1)) return false;
    memcpy(m.id, f->id, 32);
    m.header = weal_bytes(f->header, sizeof f->header);
    m.body = weal_bytes(f->body, f->body_n);
    uint8_t *out = malloc(b.n + BODY_GROWS);
    WEAL_ASSERT(out);
    struct weal_wr wr = weal_wr(out, b.n + BODY_GROWS);
    weal_p2p_body_put(&wr, &m);
    nw_trick_give(o, to, WEAL_P2P_BODY, weal_wr_done(&wr));
    free(out);
    return true;
}

static bool send_proposal(struct nw_node *o, uint16_t to, struct weal_bytes b) {
    struct weal_p2p_proposal m;
    struct weal_proposal p;
    struct weal_rd rd = weal_rd(b);
    weal_p2p_proposal_get(&rd, &m);
    struct weal_rd in = weal_rd(m.proposal);
    weal_proposal_get(&in, &p);
    const struct nw_false *f = &o->lie;
    if (!weal_rd_done(&rd) || !weal_rd_done(&in) || memcmp(p.digest, f->of, 32) != 0 ||
        p.signer != nw_term_place(o->w, p.term, o->key) || !(f->believers >> to & 1))
        return false;
    struct weal_vote v = {.kind = WEAL_VOTE_NOTARIZE,
                          .term = p.term,
                          .view = p.view,
                          .parent_view = p.parent_view,
                          .signer = p.signer};
    memcpy(v.digest, f->id, 32);
    if (!weal_vote_sign(&v, o->w->chain->id, o->w->chain->account_secret[o->key])) return false;
    memcpy(p.digest, f->id, 32);
    memcpy(p.signature, v.signature, 64);
    p.header = weal_bytes(f->header, sizeof f->header);
    uint8_t *inner = malloc(b.n + BODY_GROWS), *outer = malloc(b.n + BODY_GROWS);
    WEAL_ASSERT(inner && outer);
    struct weal_wr wr = weal_wr(inner, b.n + BODY_GROWS);
    weal_proposal_put(&wr, &p);
    m.proposal = weal_wr_done(&wr);
    wr = weal_wr(outer, b.n + BODY_GROWS);
    weal_p2p_proposal_put(&wr, &m);
    nw_trick_give(o, to, WEAL_P2P_PROPOSAL, weal_wr_done(&wr));
    free(inner);
    free(outer);
    return true;
}

/* Whoever got the false block is not told of a vote for the honest one: it would vote for neither.
 */
static bool hides(struct nw_node *o, uint16_t to, struct weal_bytes b) {
    struct weal_p2p_vote m;
    struct weal_vote v;
    struct weal_rd rd = weal_rd(b);
    weal_p2p_vote_get(&rd, &m);
    struct weal_rd in = weal_rd(m.vote);
    weal_vote_get(&in, &v);
    return weal_rd_done(&rd) && weal_rd_done(&in) && memcmp(v.digest, o->lie.of, 32) == 0 &&
           (o->lie.believers >> to & 1);
}

bool nw_false_send(struct nw_node *o, uint16_t to, unsigned type, struct weal_bytes b) {
    if (type == WEAL_P2P_BODY) return send_body(o, to, b);
    if (type == WEAL_P2P_VOTE) return hides(o, to, b);
    return type == WEAL_P2P_PROPOSAL && send_proposal(o, to, b);
}
