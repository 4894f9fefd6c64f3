/* SPDX-License-Identifier: ISC */
/* Links of the world of whole nodes: connections that come and go, with delay, bandwidth, loss,
 * repetition, reordering, and partitions in one or both directions. A connection keeps the order of
 * what it carries unless the menu says otherwise; what was under way when it broke is lost. */
#include <stdio.h>
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "p2p/gen/msg_gen.h"
#include "p2p/msg.h"
#include "tests/sim/node_world.h"

struct nw_mail *nw_mail_new(unsigned type, struct weal_bytes b) {
    struct nw_mail *m = malloc(sizeof *m + b.n);
    WEAL_ASSERT(m);
    *m = (struct nw_mail){.refs = 1, .type = type, .n = b.n};
    if (b.n != 0) memcpy(m->bytes, b.p, b.n);
    return m;
}

void nw_mail_drop(struct nw_mail *m) {
    if (m && --m->refs == 0) free(m);
}

static bool blocked(const struct node_world *w, uint16_t from, uint16_t to) {
    if (!w->parted || w->side[from] == w->side[to]) return false;
    return !w->f.one_way || w->side[from] == 0;
}

bool nw_linked(const struct node_world *w, uint16_t a, uint16_t b) {
    return w->link[a][b] & 1;
}

static void tell(struct node_world *w, uint16_t node, uint16_t peer, uint8_t kind) {
    uint64_t delay = w->f.latency_min_us + nw_below(w, 2000);
    uint64_t at = w->now_us + delay;
    if (at < w->link_last[peer][node]) at = w->link_last[peer][node];
    w->link_last[peer][node] = at;
    nw_at(w, at,
          (struct nw_event){.kind = kind,
                            .node = node,
                            .from = peer,
                            .gen = w->node[node].gen,
                            .link = w->link[peer][node],
                            .arg = w->node[peer].head});
}

void nw_link_up(struct node_world *w, uint16_t a, uint16_t b) {
    if (a == b || nw_linked(w, a, b) || !w->node[a].core || !w->node[b].core) return;
    if (w->parted && w->side[a] != w->side[b]) return;
    w->link[a][b]++;
    w->link[b][a]++;
    w->link_free[a][b] = w->link_free[b][a] = w->now_us;
    tell(w, a, b, NW_LINK_UP);
    tell(w, b, a, NW_LINK_UP);
}

void nw_link_down(struct node_world *w, uint16_t a, uint16_t b) {
    if (a == b || !nw_linked(w, a, b)) return;
    w->link[a][b]++;
    w->link[b][a]++;
    if (w->node[a].core) tell(w, a, b, NW_LINK_DOWN);
    if (w->node[b].core) tell(w, b, a, NW_LINK_DOWN);
}

/* A message in words: what it is of the agreement, or its name and size. */
static void words_of(char text[SIM_PICTURE_TEXT], const struct nw_mail *m) {
    static uint8_t whole[1 << 17];
    struct weal_rd r = weal_rd(weal_bytes(m->bytes, m->n));
    struct weal_wr w = weal_wr(whole, sizeof whole);
    struct weal_p2p_vote vote;
    struct weal_p2p_cert cert;
    struct weal_p2p_proposal proposal;
    const char *name = weal_p2p_type_info(m->type)->name;
    if (m->type == WEAL_P2P_VOTE) {
        weal_p2p_vote_get(&r, &vote);
        weal_wr_u16(&w, WEAL_BFT_MESSAGE_VOTE);
        weal_wr_bytes(&w, vote.vote);
    } else if (m->type == WEAL_P2P_CERT) {
        weal_p2p_cert_get(&r, &cert);
        weal_wr_u16(&w, WEAL_BFT_MESSAGE_CERTIFICATE);
        weal_wr_bytes(&w, cert.cert);
    } else if (m->type == WEAL_P2P_PROPOSAL) {
        weal_p2p_proposal_get(&r, &proposal);
        weal_wr_u16(&w, WEAL_BFT_MESSAGE_PROPOSAL);
        weal_wr_bytes(&w, proposal.proposal);
    }
    if (w.n != 0 && !w.failed && !r.failed)
        sim_picture_words(text, weal_wr_done(&w));
    else
        snprintf(text, SIM_PICTURE_TEXT, "%s, %zu bytes", name ? name : "noise", m->n);
}

static void draw(struct node_world *w, uint16_t from, uint16_t to, const struct nw_mail *m,
                 uint64_t arrives_us) {
    char text[SIM_PICTURE_TEXT];
    if (!w->o.picture) return;
    words_of(text, m);
    sim_picture_message(w->o.picture, w->now_us, arrives_us, from, to, text);
}

static void post(struct node_world *w, uint16_t from, uint16_t to, struct nw_mail *m,
                 uint64_t depart) {
    uint64_t delay =
        w->f.latency_min_us + nw_below(w, w->f.latency_max_us - w->f.latency_min_us + 1);
    if (nw_fault(w, NW_F_SLOW, from, w->f.slow_ppm)) delay += nw_below(w, w->f.slow_us + 1);
    uint64_t at = depart + delay;
    if (!nw_fault(w, NW_F_REORDER, from, w->f.reorder_ppm)) {
        if (at < w->link_last[from][to]) at = w->link_last[from][to];
        w->link_last[from][to] = at;
    }
    m->refs++;
    draw(w, from, to, m, at);
    nw_at(w, at,
          (struct nw_event){.kind = NW_MAIL,
                            .node = to,
                            .from = from,
                            .gen = w->node[to].gen,
                            .link = w->link[from][to],
                            .mail = m});
    w->out->messages++;
}

void nw_send(struct node_world *w, uint16_t from, uint16_t to, struct nw_mail *m) {
    if (from == to || !nw_linked(w, from, to) || blocked(w, from, to)) return;
    if (w->node[from].knows[to] != w->link[from][to]) return; /* on a connection that is no more */
    if (w->now_us >= w->sent.since_us + 1000000) {
        w->sent.since_us = w->now_us;
        w->sent.messages = 0;
    }
    if (++w->sent.messages > NW_STORM) {
        nw_breach(w, "V6: more than %d messages in a second; the last: type %u, node %u to %u",
                  (int)NW_STORM, m->type, from, to);
        return;
    }
    if (nw_fault(w, NW_F_LOSS, from, w->f.loss_ppm)) {
        draw(w, from, to, m, 0);
        return;
    }
    if (m->type == WEAL_P2P_PROPOSAL && w->views >= w->drought_from &&
        w->views < w->drought_from + w->f.drought)
        return;
    if (nw_fault(w, NW_F_RESET, from, w->f.reset_ppm)) {
        nw_link_down(w, from, to);
        nw_at(w, w->now_us + 20000 + nw_below(w, 2000000),
              (struct nw_event){.kind = NW_LINK_UP,
                                .node = from,
                                .from = to,
                                .gen = NW_NODES_MAX,
                                .arg = NW_NEVER});
        return;
    }
    uint64_t depart = w->now_us;
    if (w->node[from].busy_until > depart) depart = w->node[from].busy_until;
    if (w->f.link_bytes_ms != 0) {
        if (w->link_free[from][to] > depart) depart = w->link_free[from][to];
        depart += (m->n + 64) * 1000 / w->f.link_bytes_ms;
        w->link_free[from][to] = depart;
        if (depart > w->now_us + 60000000) return; /* its queue is full */
    }
    post(w, from, to, m, depart);
    if (nw_fault(w, NW_F_TWICE, from, w->f.twice_ppm)) post(w, from, to, m, depart);
}
