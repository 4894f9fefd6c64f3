/* SPDX-License-Identifier: ISC */
/* Connections, and the shell around one peers core: what node/io/net.c does with sockets, in
 * virtual time. Orders are obeyed after the step that gave them, those of nested steps after them.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "tests/sim/book_world.h"

uint64_t bw_latency(struct bw_world *w) {
    return w->latency_min_ms + bw_below(w, w->latency_max_ms - w->latency_min_ms + 1);
}

static bool cut_off(const struct bw_world *w, const struct bw_conn *c) {
    return w->parted && bw_honest(w, c->party[0]) && bw_honest(w, c->party[1]) &&
           w->side[c->party[0]] != w->side[c->party[1]];
}

static void conn_free(struct bw_conn *c) {
    uint32_t gen = c->gen + 1;
    *c = (struct bw_conn){.gen = gen};
}

static struct bw_conn *conn_new(struct bw_world *w, uint16_t from, uint16_t to) {
    for (uint32_t i = 0; i < BW_CONNS_MAX; i++) {
        struct bw_conn *c = &w->conn[i];
        if (c->used) continue;
        *c = (struct bw_conn){.used = true, .gen = c->gen, .party = {from, to}};
        if (i >= w->conns_top) w->conns_top = i + 1;
        return c;
    }
    bw_breach(w, "more connections than the world holds");
    return NULL;
}

static void conn_at(struct bw_world *w, const struct bw_conn *c, uint64_t after_ms,
                    struct bw_event e) {
    e.conn = (uint32_t)(c - w->conn);
    e.gen = c->gen;
    bw_at(w, w->now_ms + after_ms, e);
}

static void down_at(struct bw_world *w, const struct bw_conn *c, unsigned side, uint64_t after_ms,
                    enum weal_verdict why) {
    conn_at(w, c, after_ms,
            (struct bw_event){.kind = BW_DOWN, .side = (uint8_t)side, .arg = (uint64_t)why});
}

/* ---- orders of a core ---- */

static struct bw_conn *conn_of(struct bw_node *o, uint64_t id, unsigned *side) {
    struct bw_world *w = o->w;
    for (uint32_t i = 0; i < w->conns_top; i++) {
        struct bw_conn *c = &w->conn[i];
        for (unsigned s = 0; c->used && s < 2; s++) {
            if (c->party[s] != o->id || c->id[s] != id || c->gone[s]) continue;
            *side = s;
            return c;
        }
    }
    return NULL;
}

static void dial(struct bw_node *o, const struct weal_peers_effect *e) {
    struct bw_world *w = o->w;
    uint16_t to = bw_party_at(w, &e->addr);
    struct bw_conn *c = conn_new(w, o->id, to);
    bw_check_dial(o, e);
    if (!c) return;
    w->out->dials++;
    c->id[0] = e->conn;
    c->from = o->addr;
    c->from.port = (uint16_t)(20000 + bw_below(w, 40000));
    c->has_wanted = e->has_identity;
    memcpy(c->wanted, e->identity, 32);
    bool nobody = to == UINT16_MAX || (bw_honest(w, to) && !w->node[to].up) || cut_off(w, c);
    if (nobody || (!w->healed && bw_fault(w, BW_F_LOSS, o->id, w->loss_ppm))) {
        c->gone[1] = true;
        down_at(w, c, 0, WEAL_P2P_DIAL_TIMEOUT_MS, WEAL_V_P2P_TIMEOUT);
    } else {
        conn_at(w, c, bw_latency(w), (struct bw_event){.kind = BW_ARRIVE});
    }
}

void bw_foe_dial(struct bw_world *w, uint16_t foe, uint16_t node) {
    struct bw_conn *c = w->node[node].up ? conn_new(w, foe, node) : NULL;
    if (!c) return;
    c->from = *bw_addr(w, foe);
    c->from.port = (uint16_t)(20000 + bw_below(w, 40000));
    conn_at(w, c, bw_latency(w), (struct bw_event){.kind = BW_ARRIVE});
}

void bw_tell(struct bw_world *w, uint32_t conn, unsigned to, enum bw_kind kind,
             struct bw_mail *mail) {
    struct bw_conn *c = &w->conn[conn];
    if (cut_off(w, c)) {
        free(mail);
        return;
    }
    conn_at(w, c, bw_latency(w),
            (struct bw_event){.kind = (uint8_t)kind, .side = (uint8_t)to, .mail = mail});
}

static void obey(struct bw_node *o, const struct weal_peers_effect *e) {
    struct bw_world *w = o->w;
    unsigned side;
    struct bw_conn *c = e->conn != 0 ? conn_of(o, e->conn, &side) : NULL;
    switch (e->kind) {
    case WEAL_PEERS_DIAL:
        dial(o, e);
        break;
    case WEAL_PEERS_CLOSE:
        if (!c) break;
        bw_check_close(o, c, side, e->why);
        bw_close(w, (uint32_t)(c - w->conn), side, e->why);
        break;
    case WEAL_PEERS_ASK_ADDRS:
        if (!c) break;
        c->asked[side] = true;
        w->out->pex++;
        bw_tell(w, (uint32_t)(c - w->conn), 1 - side, BW_ASK, NULL);
        break;
    case WEAL_PEERS_SAVE: {
        struct weal_wr wr = weal_wr(o->saved, sizeof o->saved);
        weal_peers_save(o->peers, &wr);
        if (wr.failed) bw_breach(w, "node %u: its book is larger than it may be", o->id);
        o->saved_n = wr.n;
        break;
    }
    case WEAL_PEERS_ADMIT:
        w->conn[o->accepting].id[1] = e->conn;
        break;
    case WEAL_PEERS_TURN_AWAY:
        w->conn[o->accepting].lost = true;
        w->out->refused++;
        bw_check_turned_away(o, &w->conn[o->accepting].from, e->why);
        break;
    }
}

static void collect(void *ctx, const struct weal_peers_effect *e) {
    struct bw_node *o = ctx;
    if (o->fx_n == sizeof o->fx / sizeof *o->fx)
        bw_breach(o->w, "node %u: more orders than a step may give", o->id);
    else
        o->fx[o->fx_n++] = *e;
}

void bw_step(struct bw_node *o, const struct weal_peers_event *e) {
    weal_peers_step(o->peers, e, o->w->now_ms, collect, o);
    if (o->working++ == 0) {
        for (uint32_t i = 0; i < o->fx_n && !o->w->over; i++) {
            struct weal_peers_effect now = o->fx[i];
            bw_mix(o->w, (uint64_t)o->id << 48 ^ (uint64_t)now.kind << 40 ^ now.conn);
            obey(o, &now);
        }
        o->fx_n = 0;
        if (!o->w->over) bw_check_step(o);
    }
    o->working--;
}

/* ---- connections ---- */

static void gone(struct bw_world *w, struct bw_conn *c, unsigned side, enum weal_verdict why) {
    if (c->gone[side]) return;
    c->gone[side] = true;
    uint16_t party = c->party[side];
    uint64_t id = c->id[side];
    if (c->gone[0] && c->gone[1]) conn_free(c);
    if (!bw_honest(w, party) || id == 0 || !w->node[party].up) return;
    bw_step(&w->node[party],
            &(struct weal_peers_event){.kind = WEAL_PEERS_DOWN, .conn = id, .why = why});
}

void bw_close(struct bw_world *w, uint32_t conn, unsigned side, enum weal_verdict why) {
    struct bw_conn *c = &w->conn[conn];
    c->lost = true;
    if (!c->gone[1 - side]) {
        uint64_t after = cut_off(w, c) ? WEAL_P2P_SILENCE_MS : bw_latency(w);
        down_at(w, c, 1 - side, after, WEAL_V_P2P_CLOSED);
    }
    gone(w, c, side, why);
}

static void arrive(struct bw_world *w, struct bw_conn *c) {
    uint16_t to = c->party[1];
    bool takes = true;
    if (bw_honest(w, to)) {
        struct bw_node *o = &w->node[to];
        if (o->up) {
            struct weal_peers_event e = {.kind = WEAL_PEERS_ACCEPTED, .addr = c->from};
            o->accepting = (uint32_t)(c - w->conn);
            bw_step(o, &e);
            if (!c->used) return; /* it made room for nobody */
        }
        takes = o->up && c->id[1] != 0;
        if (takes) bw_check_admitted(o, &c->from);
    }
    if (!takes) {
        c->gone[1] = true;
        down_at(w, c, 0, bw_latency(w), WEAL_V_P2P_REFUSED);
        return;
    }
    bool mute = !bw_honest(w, to) && (w->tricks & BW_MUTE) && bw_below(w, 3) == 0;
    if (mute) {
        c->gone[1] = true;
        down_at(w, c, 0, WEAL_P2P_HANDSHAKE_MS, WEAL_V_P2P_TIMEOUT);
        return;
    }
    conn_at(w, c, 2 * bw_latency(w), (struct bw_event){.kind = BW_UP});
}

static const uint8_t *identity(const struct bw_world *w, const struct bw_conn *c, unsigned side) {
    uint16_t party = c->party[side];
    if (bw_honest(w, party)) return w->node[party].identity;
    return c->mask ? c->mask_identity : w->foe[party - w->nodes_n].identity;
}

static void both_up(struct bw_world *w, struct bw_conn *c) {
    uint32_t at = (uint32_t)(c - w->conn), gen = c->gen;
    if (c->lost || c->gone[0] || c->gone[1]) return;
    for (unsigned s = 0; s < 2; s++) {
        if (bw_honest(w, c->party[s]) || !(w->tricks & BW_MASKS)) continue;
        c->mask = true;
        for (unsigned i = 0; i < 32; i++) c->mask_identity[i] = (uint8_t)bw_below(w, 256);
        c->mask_identity[0] = 0xee;
    }
    if (c->party[0] == c->party[1]) {
        bw_close(w, at, 0, WEAL_V_P2P_SELF);
        return;
    }
    if (c->has_wanted && memcmp(c->wanted, identity(w, c, 1), 32) != 0) {
        bw_close(w, at, 0, WEAL_V_P2P_IDENTITY);
        return;
    }
    c->up = true;
    c->up_ms = w->now_ms;
    for (unsigned s = 0; s < 2; s++) {
        if (!c->used || c->gen != gen || c->gone[s] || !bw_honest(w, c->party[s])) continue;
        struct weal_peers_event e = {.kind = WEAL_PEERS_UP, .conn = c->id[s]};
        uint16_t peer = c->party[1 - s];
        memcpy(e.identity, identity(w, c, 1 - s), 32);
        e.listen_port = bw_addr(w, peer)->port;
        bw_step(&w->node[c->party[s]], &e);
    }
}

/* ---- addresses asked and told, as in net.c ---- */

static void on_ask(struct bw_world *w, struct bw_conn *c, unsigned side) {
    struct bw_node *o = &w->node[c->party[side]];
    struct weal_peers_known known[WEAL_P2P_PEX_ADDRS];
    static struct weal_p2p_pex pex;
    uint8_t mem[WEAL_P2P_CAP_PEX];
    if (c->answered_ms[side] != 0 && w->now_ms - c->answered_ms[side] < WEAL_P2P_PEX_MS) return;
    c->answered_ms[side] = w->now_ms | 1;
    pex.addrs_n = (uint16_t)weal_peers_addrs(o->peers, known, WEAL_P2P_PEX_ADDRS);
    for (uint16_t i = 0; i < pex.addrs_n; i++) {
        memcpy(pex.addrs[i].ip, known[i].addr.ip, 16);
        pex.addrs[i].port = known[i].addr.port;
        memcpy(pex.addrs[i].identity, known[i].identity, 32);
    }
    bw_check_answer(o, &pex);
    struct weal_wr wr = weal_wr(mem, sizeof mem);
    weal_p2p_pex_put(&wr, &pex);
    if (wr.failed) bw_breach(w, "node %u: its answer is longer than it may be", o->id);
    bw_tell(w, (uint32_t)(c - w->conn), 1 - side, BW_ANSWER, bw_mail_new(weal_wr_done(&wr)));
}

static void blame(struct bw_world *w, struct bw_conn *c, unsigned side, enum weal_verdict why) {
    struct bw_node *o = &w->node[c->party[side]];
    bw_check_offence(o, c, side);
    bw_step(o,
            &(struct weal_peers_event){.kind = WEAL_PEERS_BLAME, .conn = c->id[side], .why = why});
}

static void on_answer(struct bw_world *w, struct bw_conn *c, unsigned side, struct weal_bytes b) {
    static struct weal_p2p_pex pex;
    struct weal_peers_known known[WEAL_P2P_PEX_ADDRS];
    struct weal_rd rd = weal_rd(b);
    weal_p2p_pex_get(&rd, &pex);
    if (!weal_rd_done(&rd)) {
        blame(w, c, side, WEAL_V_P2P_MESSAGE);
        return;
    }
    if (!c->asked[side]) {
        blame(w, c, side, WEAL_V_P2P_UNASKED);
        return;
    }
    c->asked[side] = false;
    w->out->told += pex.addrs_n;
    for (uint16_t i = 0; i < pex.addrs_n; i++) {
        memcpy(known[i].addr.ip, pex.addrs[i].ip, 16);
        known[i].addr.port = pex.addrs[i].port;
        memcpy(known[i].identity, pex.addrs[i].identity, 32);
    }
    bw_step(&w->node[c->party[side]], &(struct weal_peers_event){.kind = WEAL_PEERS_ADDRS,
                                                                 .conn = c->id[side],
                                                                 .addrs = known,
                                                                 .addrs_n = pex.addrs_n});
}

void bw_conn_event(struct bw_world *w, const struct bw_event *e) {
    struct bw_conn *c = &w->conn[e->conn];
    if (!c->used || c->gen != e->gen) return;
    uint16_t party = c->party[e->side];
    switch (e->kind) {
    case BW_ARRIVE:
        if (!c->lost) arrive(w, c);
        break;
    case BW_UP:
        both_up(w, c);
        break;
    case BW_DOWN:
        c->lost = true;
        gone(w, c, e->side, (enum weal_verdict)e->arg);
        break;
    case BW_ASK:
        if (c->gone[e->side] || !c->up) break;
        if (bw_honest(w, party))
            on_ask(w, c, e->side);
        else
            bw_foe_asked(w, e->conn, e->side);
        break;
    case BW_ANSWER:
        if (c->gone[e->side] || !bw_honest(w, party)) break;
        on_answer(w, c, e->side, weal_bytes(e->mail->bytes, e->mail->n));
        break;
    default:
        WEAL_ASSERT(false);
    }
}

/* ---- start and end ---- */

void bw_node_start(struct bw_node *o) {
    struct bw_world *w = o->w;
    uint8_t seed[32] = {0};
    weal_put_le64(seed, bw_below(w, UINT64_MAX));
    o->up = true;
    o->start_ms = w->now_ms;
    o->head = 0;
    o->came_n = 0;
    o->peers = weal_peers_init(o->mem, &o->limits, o->identity, seed);
    if (o->saved_n != 0 && !weal_peers_load(o->peers, weal_bytes(o->saved, o->saved_n)))
        o->saved_n = 0; /* unreadable: as if there were none */
    bw_note(w, o->id, o->id, "starts, book of %zu bytes", o->saved_n);
    bw_check_started(o);
    for (unsigned i = 0; i < o->kept_n; i++)
        bw_step(o, &(struct weal_peers_event){.kind = WEAL_PEERS_KEEP,
                                              .addr = *bw_addr(w, o->kept[i])});
    bw_at(w, w->now_ms + 1 + bw_below(w, w->tick_ms),
          (struct bw_event){.kind = BW_TICK, .node = o->id, .arg = o->start_ms});
}

/* The process ends: its connections are closed by the system. */
void bw_node_stop(struct bw_node *o) {
    struct bw_world *w = o->w;
    o->up = false;
    for (uint32_t i = 0; i < w->conns_top; i++) {
        for (unsigned s = 0; s < 2; s++) {
            struct bw_conn *c = &w->conn[i];
            if (c->used && c->party[s] == o->id && !c->gone[s])
                bw_close(w, i, s, WEAL_V_P2P_SHUTDOWN);
        }
    }
}
