/* SPDX-License-Identifier: ISC */
/* Who wants to choose for others whom they are connected with. They are one mind with many
 * addresses: each owns a place in one of the adversaries' networks, takes part in handshakes under
 * keys of its own, and never tells a head. */
#include <string.h>

#include "tests/sim/book_world.h"

enum { MADE_UP = 0xfa, FILL_A_TICK = 12 };

/* An address where nobody is, of any network, that tells the checker whose invention it is. */
static void made_up(struct bw_world *w, unsigned group, struct weal_p2p_addr *a) {
    *a = (struct weal_p2p_addr){.port = (uint16_t)(1024 + bw_below(w, 60000))};
    a->ip[0] = 0x20;
    for (unsigned i = 1; i < 14; i++) a->ip[i] = (uint8_t)bw_below(w, 256);
    a->ip[14] = MADE_UP;
    a->ip[15] = (uint8_t)group;
}

unsigned bw_made_up_by(const struct weal_peers_addr *a) {
    return a->ip[0] == 0x20 && a->ip[14] == MADE_UP ? a->ip[15] : UINT32_MAX;
}

static unsigned group_of(const struct bw_world *w, uint16_t foe) {
    return w->foe[foe - w->nodes_n].addr.ip[12] - 200u;
}

static void absurd(struct bw_world *w, uint16_t victim, struct weal_p2p_addr *a) {
    static const uint8_t heads[4] = {127, 0, 224, 255};
    *a = (struct weal_p2p_addr){.port = 80};
    a->ip[10] = a->ip[11] = 0xff;
    uint64_t which = bw_below(w, 6);
    if (which < 4) {
        a->ip[12] = heads[which];
        a->ip[15] = 1;
    } else { /* itself, under its own key or another */
        memcpy(a->ip, w->node[victim].addr.ip, 16);
        a->port = w->node[victim].addr.port;
        if (which == 4) memcpy(a->identity, w->node[victim].identity, 32);
    }
}

static void lie(struct bw_world *w, uint16_t me, uint16_t victim, struct weal_p2p_addr *a) {
    unsigned kinds[4], n = 0;
    if (w->tricks & BW_FALSE) kinds[n++] = BW_FALSE;
    if (w->tricks & BW_OWN) kinds[n++] = BW_OWN;
    if (w->tricks & BW_MANGLE) kinds[n++] = BW_MANGLE;
    if (w->tricks & BW_ABSURD) kinds[n++] = BW_ABSURD;
    unsigned kind = n != 0 ? kinds[bw_below(w, n)] : BW_OWN;
    const struct bw_foe *own = &w->foe[bw_below(w, w->foes_n)];
    const struct bw_node *honest = &w->node[bw_below(w, w->nodes_n)];
    *a = (struct weal_p2p_addr){.port = own->addr.port};
    if (kind == BW_FALSE) {
        made_up(w, group_of(w, me), a);
    } else if (kind == BW_ABSURD) {
        absurd(w, victim, a);
    } else if (kind == BW_OWN) {
        memcpy(a->ip, own->addr.ip, 16);
        memcpy(a->identity, own->identity, 32);
    } else if (bw_below(w, 2)) { /* somebody else at an honest address */
        memcpy(a->ip, honest->addr.ip, 16);
        a->port = honest->addr.port;
        memcpy(a->identity, own->identity, 32);
    } else { /* an honest identity elsewhere */
        memcpy(a->ip, own->addr.ip, 16);
        memcpy(a->identity, honest->identity, 32);
    }
}

void bw_foe_asked(struct bw_world *w, uint32_t conn, unsigned side) {
    static struct weal_p2p_pex pex;
    uint8_t mem[WEAL_P2P_CAP_PEX];
    const struct bw_conn *c = &w->conn[conn];
    if (bw_below(w, 8) == 0) return; /* or says nothing */
    pex.addrs_n = WEAL_P2P_PEX_ADDRS;
    for (uint16_t i = 0; i < pex.addrs_n; i++)
        lie(w, c->party[side], c->party[1 - side], &pex.addrs[i]);
    struct weal_wr wr = weal_wr(mem, sizeof mem);
    weal_p2p_pex_put(&wr, &pex);
    bw_tell(w, conn, 1 - side, BW_ANSWER, bw_mail_new(weal_wr_done(&wr)));
}

/* Answers that nobody asked for, or bytes that are none. */
static void offend(struct bw_world *w, uint32_t conn, unsigned side) {
    uint8_t noise[40];
    struct weal_wr wr = weal_wr(noise, sizeof noise);
    static const struct weal_p2p_pex none = {.addrs_n = 0};
    if (bw_below(w, 2)) {
        weal_p2p_pex_put(&wr, &none);
    } else {
        for (unsigned i = 0; i < 33; i++) weal_wr_u8(&wr, 0xff);
    }
    bw_tell(w, conn, 1 - side, BW_ANSWER, bw_mail_new(weal_wr_done(&wr)));
}

void bw_foe_tick(struct bw_world *w) {
    for (uint32_t i = 0; i < w->conns_top; i++) {
        struct bw_conn *c = &w->conn[i];
        if (!c->used || !c->up) continue;
        unsigned side = bw_honest(w, c->party[0]);
        if (c->gone[side] || bw_honest(w, c->party[side])) continue;
        if ((w->tricks & BW_OFFEND) && bw_below(w, 200) == 0) offend(w, i, side);
        if (bw_below(w, 40) == 0) bw_tell(w, i, 1 - side, BW_ASK, NULL);
        if ((w->tricks & BW_CHURN) && bw_below(w, 20) == 0) bw_close(w, i, side, WEAL_V_P2P_CLOSED);
    }
    unsigned dials = w->tricks & BW_FILL ? FILL_A_TICK : 1;
    for (unsigned i = 0; w->foes_n != 0 && i < dials; i++) {
        uint16_t foe = (uint16_t)(w->nodes_n + bw_below(w, w->foes_n));
        /* the newcomer, and who makes the heads, more often than others */
        uint64_t whom = bw_below(w, 4);
        uint16_t victim = whom == 0   ? w->newcomer
                          : whom == 1 ? (uint16_t)bw_below(w, w->makers_n)
                                      : (uint16_t)bw_below(w, w->nodes_n);
        bw_foe_dial(w, foe, victim);
    }
}
