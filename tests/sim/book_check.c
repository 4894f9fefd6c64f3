/* SPDX-License-Identifier: ISC */
/* What must hold in the world of address books. Who is connected, banned and told about is counted
 * here once more, from what the cores ordered and what the adversaries did. */
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "p2p/addrbook.h"
#include "tests/sim/book_world.h"

enum {
    OWN_MAX = WEAL_P2P_PEERS_MAX,
    ADDRESS = 18 + 32, /* bytes of an address in a book */
    BOOK_ENTRY = (WEAL_PEERS_BOOK_MAX - 8) / WEAL_P2P_ADDRS_MAX,
};

struct mine {
    const struct bw_conn *c;
    uint8_t side;
    uint32_t group; /* of the other end */
};

static const struct weal_peers_addr *other_end(const struct bw_world *w, const struct bw_conn *c,
                                               unsigned side) {
    static const struct weal_peers_addr nowhere;
    if (side == 1) return &c->from;
    return c->party[1] == UINT16_MAX ? &nowhere : bw_addr(w, c->party[1]);
}

static unsigned connections(const struct bw_node *o, struct mine out[OWN_MAX]) {
    const struct bw_world *w = o->w;
    unsigned n = 0;
    for (uint32_t i = 0; i < w->conns_top; i++) {
        const struct bw_conn *c = &w->conn[i];
        for (uint8_t s = 0; c->used && s < 2; s++) {
            if (c->party[s] != o->id || c->id[s] == 0 || c->gone[s] || n == OWN_MAX) continue;
            out[n++] = (struct mine){c, s, weal_addrbook_group(other_end(w, c, s)->ip)};
        }
    }
    return n;
}

static unsigned inbound(const struct mine *m, unsigned n, uint32_t group, unsigned *near) {
    unsigned all = 0;
    *near = 0;
    for (unsigned i = 0; i < n; i++) {
        all += m[i].side == 1;
        *near += m[i].side == 1 && m[i].group == group;
    }
    return all;
}

static unsigned places(const struct bw_node *o) {
    unsigned reserved = o->limits.outbound + o->kept_n;
    return o->limits.peers_max > reserved ? o->limits.peers_max - reserved : o->limits.peers_max;
}

static bool is_kept(const struct bw_node *o, const struct weal_peers_addr *a) {
    for (unsigned i = 0; i < o->kept_n; i++)
        if (weal_addrbook_same(bw_addr(o->w, o->kept[i]), a)) return true;
    return false;
}

/* ---- bans ---- */

static struct bw_ban *ban_of(struct bw_world *w, uint16_t node, const uint8_t key[32]) {
    for (unsigned i = 0; i < w->bans_n; i++)
        if (w->ban[i].node == node && memcmp(w->ban[i].key, key, 32) == 0) return &w->ban[i];
    return NULL;
}

static bool of_honest(const struct bw_world *w, const struct weal_peers_banned *b) {
    for (unsigned i = 0; i < w->nodes_n; i++)
        if (b->is_address ? memcmp(b->key, w->node[i].addr.ip, 16) == 0
                          : memcmp(b->key, w->node[i].identity, 32) == 0)
            return true;
    return false;
}

static void check_ban(struct bw_node *o, const struct weal_peers_banned *b) {
    struct bw_world *w = o->w;
    struct bw_ban *was = ban_of(w, o->id, b->key);
    if (was && was->until_ms == b->until_ms) return;
    if (of_honest(w, b)) bw_breach(w, "node %u bans an honest node", o->id);
    if (o->offences == 0) bw_breach(w, "node %u bans where nobody offended", o->id);
    /* an address has several connections: each may offend */
    if (was && was->offences == o->offences)
        bw_breach(w, "node %u bans once more, and nobody has offended again", o->id);
    if (!was) {
        WEAL_ASSERT(w->bans_n < BW_BANS_MAX);
        was = &w->ban[w->bans_n++];
        *was = (struct bw_ban){.node = o->id};
        memcpy(was->key, b->key, 32);
    }
    /* twice as long each time, a day at most; whom the operator named comes back in a minute */
    uint64_t ms = (uint64_t)WEAL_P2P_BAN_MS << (was->times < 10 ? was->times : 10);
    uint64_t got = b->until_ms - w->now_ms;
    if (ms > WEAL_P2P_BAN_MAX_MS) ms = WEAL_P2P_BAN_MAX_MS;
    if (got != ms && !(got == WEAL_P2P_DIAL_MAX_MS && ms > got))
        bw_breach(w, "node %u bans for %llu ms, the %u. time", o->id, (unsigned long long)got,
                  was->times + 1);
    was->until_ms = b->until_ms;
    was->offences = o->offences;
    was->times++;
    w->out->bans++;
    bw_note(w, o->id, o->id, "bans %s for %llu s", b->is_address ? "an address" : "an identity",
            (unsigned long long)got / 1000);
}

static bool banned(struct bw_world *w, uint16_t node, const uint8_t key[32]) {
    const struct bw_ban *b = ban_of(w, node, key);
    return b && w->now_ms < b->until_ms;
}

static void check_bans(struct bw_node *o) {
    struct weal_peers_banned list[WEAL_P2P_BANS_MAX];
    struct bw_world *w = o->w;
    uint32_t n = weal_peers_bans(o->peers, list, WEAL_P2P_BANS_MAX, w->now_ms);
    for (uint32_t i = 0; i < n; i++) check_ban(o, &list[i]);
    uint8_t zeros[16] = {0};
    for (unsigned i = 0; i < w->bans_n && n < WEAL_P2P_BANS_MAX; i++) {
        const struct bw_ban *b = &w->ban[i];
        if (b->node != o->id || memcmp(b->key + 16, zeros, 16) != 0) continue;
        if (weal_peers_banned(o->peers, b->key, w->now_ms) != (w->now_ms < b->until_ms))
            bw_breach(w, "node %u: a ban does not end when it should", o->id);
    }
}

void bw_check_offence(struct bw_node *o, const struct bw_conn *c, unsigned side) {
    o->offences++;
    if (bw_honest(o->w, c->party[1 - side]))
        bw_breach(o->w, "node %u blames honest node %u", o->id, c->party[1 - side]);
}

/* ---- limits ---- */

void bw_check_step(struct bw_node *o) {
    struct bw_world *w = o->w;
    struct mine m[OWN_MAX];
    if (!o->up) return;
    unsigned n = connections(o, m), in = 0, out = 0;
    for (unsigned i = 0; i < n; i++) {
        unsigned near = 0;
        bool kept = weal_peers_kept(o->peers, m[i].c->id[m[i].side]) ||
                    is_kept(o, other_end(w, m[i].c, m[i].side));
        in += m[i].side == 1;
        out += m[i].side == 0 && !kept;
        for (unsigned k = 0; m[i].side == 1 && k < n; k++)
            near += m[k].side == 1 && m[k].group == m[i].group;
        if (near > WEAL_P2P_GROUP_INBOUND_MAX)
            bw_breach(w, "node %u has %u inbound connections of one group", o->id, near);
    }
    if (n > o->limits.peers_max || in > places(o))
        bw_breach(w, "node %u has %u connections, %u inbound", o->id, n, in);
    if (out > o->limits.outbound) bw_breach(w, "node %u has dialled %u from its book", o->id, out);
    check_bans(o);
}

/* Who was let in, or had to be turned away because all was full, has had one try of its group. */
static void note_arrival(struct bw_node *o, uint32_t group) {
    enum { CAME = sizeof o->came / sizeof *o->came };
    o->came[o->came_n % CAME].group = group;
    o->came[o->came_n++ % CAME].at_ms = o->w->now_ms;
}

void bw_check_admitted(struct bw_node *o, const struct weal_peers_addr *from) {
    struct bw_world *w = o->w;
    uint32_t group = weal_addrbook_group(from->ip), n = 1;
    uint8_t key[32] = {0};
    enum { CAME = sizeof o->came / sizeof *o->came };
    for (uint32_t i = 0; i < CAME && i < o->came_n; i++)
        n += o->came[i].group == group && w->now_ms - o->came[i].at_ms < WEAL_P2P_ACCEPT_WINDOW_MS;
    if (n > WEAL_P2P_GROUP_ACCEPTS)
        bw_breach(w, "node %u admits %u of one group within a while", o->id, n);
    note_arrival(o, group);
    memcpy(key, from->ip, 16);
    if (banned(w, o->id, key)) bw_breach(w, "node %u admits a banned address", o->id);
}

void bw_check_turned_away(struct bw_node *o, const struct weal_peers_addr *from,
                          enum weal_verdict why) {
    struct bw_world *w = o->w;
    struct mine m[OWN_MAX];
    uint8_t key[32] = {0};
    memcpy(key, from->ip, 16);
    if (why == WEAL_V_P2P_BANNED) {
        if (!banned(w, o->id, key)) bw_breach(w, "node %u takes an address for banned", o->id);
        return;
    }
    /* full: its group has its share, or came too often, or no place can be made */
    uint32_t group = weal_addrbook_group(from->ip), came = 0;
    unsigned n = connections(o, m), near, all = inbound(m, n, group, &near);
    for (uint32_t i = 0; i < 256 && i < o->came_n; i++)
        came +=
            o->came[i].group == group && w->now_ms - o->came[i].at_ms < WEAL_P2P_ACCEPT_WINDOW_MS;
    if (near >= WEAL_P2P_GROUP_INBOUND_MAX || came >= WEAL_P2P_GROUP_ACCEPTS) return;
    note_arrival(o, group);
    if (all < places(o) && n < o->limits.peers_max)
        bw_breach(w, "node %u turns somebody away and has room (%u of %u, group %u, came %u)",
                  o->id, all, places(o), near, came);
    for (unsigned i = 0; i < n; i++) {
        const struct bw_conn *c = m[i].c;
        unsigned crowd;
        if (m[i].side == 0 || weal_peers_kept(o->peers, c->id[1])) continue;
        inbound(m, n, m[i].group, &crowd);
        if (crowd > near + 1)
            bw_breach(w, "node %u keeps somebody out who has %u places, and one group has %u",
                      o->id, near, crowd);
    }
}

/* Where it was connected to when its book was saved comes first, whatever else is in the book. */
static void check_anchors(struct bw_node *o, const struct weal_peers_effect *e,
                          const struct mine *m, unsigned n) {
    for (unsigned i = 0; i < o->anchors_n; i++) {
        if (!weal_addrbook_same(&o->anchor[i], &e->addr)) continue;
        o->anchor[i] = o->anchor[--o->anchors_n];
        return;
    }
    for (unsigned i = 0; i < o->anchors_n; i++) {
        uint16_t who = bw_party_at(o->w, &o->anchor[i]);
        bool busy = false; /* connected, or somebody near it is */
        for (unsigned k = 0; k < n; k++)
            busy |= m[k].group == weal_addrbook_group(o->anchor[i].ip) ||
                    m[k].c->party[1 - m[k].side] == who;
        uint8_t key[32] = {0};
        memcpy(key, o->anchor[i].ip, 16);
        if (!busy && !banned(o->w, o->id, key))
            bw_breach(o->w, "node %u dials others before its anchors", o->id);
    }
}

void bw_check_dial(struct bw_node *o, const struct weal_peers_effect *e) {
    struct bw_world *w = o->w;
    struct mine m[OWN_MAX];
    uint8_t key[32] = {0};
    memcpy(key, e->addr.ip, 16);
    if (!weal_addrbook_usable(&e->addr) || weal_addrbook_loopback(e->addr.ip))
        bw_breach(w, "node %u dials where nobody may", o->id);
    if (is_kept(o, &e->addr)) return;
    if (banned(w, o->id, key)) bw_breach(w, "node %u dials a banned address", o->id);
    unsigned n = connections(o, m);
    for (unsigned i = 0; i < n; i++)
        if (m[i].side == 0 && m[i].group == weal_addrbook_group(e->addr.ip) &&
            m[i].c->party[1] != UINT16_MAX)
            bw_breach(w, "node %u dials twice into one group", o->id);
    check_anchors(o, e, m, n);
}

void bw_check_close(struct bw_node *o, const struct bw_conn *c, unsigned side,
                    enum weal_verdict why) {
    struct bw_world *w = o->w;
    bool honest = bw_honest(w, c->party[1 - side]);
    bw_note(w, o->id, c->party[1 - side], "closes: %s", weal_verdict_name(why));
    if (why == WEAL_V_P2P_FULL) w->out->evicted++;
    if (honest && why == WEAL_V_P2P_BANNED)
        bw_breach(w, "node %u takes honest node %u for banned", o->id, c->party[1 - side]);
}

/* ---- books ---- */

void bw_check_answer(struct bw_node *o, const struct weal_p2p_pex *pex) {
    struct bw_world *w = o->w;
    for (uint16_t i = 0; i < pex->addrs_n; i++) {
        struct weal_peers_addr a = {.port = pex->addrs[i].port};
        memcpy(a.ip, pex->addrs[i].ip, 16);
        uint16_t who = bw_party_at(w, &a);
        if (bw_made_up_by(&a) != UINT32_MAX || who == UINT16_MAX)
            bw_breach(w, "node %u hands on an address it can't have reached", o->id);
        if (is_kept(o, &a)) bw_breach(w, "node %u hands on its operator's address", o->id);
        if (who != UINT16_MAX && bw_honest(w, who) &&
            memcmp(w->node[who].identity, pex->addrs[i].identity, 32) != 0)
            bw_breach(w, "node %u hands on a false identity", o->id);
    }
}

struct entry {
    struct weal_peers_addr addr;
    uint8_t identity[32];
    uint8_t mark;
};

/* Reads a saved book; how many entries, or UINT_MAX. */
static unsigned book_read(struct weal_bytes b, struct entry *out) {
    struct weal_rd r = weal_rd(b);
    weal_rd_take(&r, 4);
    unsigned n = weal_rd_u16(&r);
    for (unsigned i = 0; i < n && i < WEAL_P2P_ADDRS_MAX; i++) {
        struct weal_p2p_addr a;
        weal_p2p_addr_get(&r, &a);
        out[i].addr.port = a.port;
        memcpy(out[i].addr.ip, a.ip, 16);
        memcpy(out[i].identity, a.identity, 32);
        const uint8_t *rest = weal_rd_take(&r, BOOK_ENTRY - ADDRESS);
        if (rest) out[i].mark = rest[0];
    }
    return weal_rd_done(&r) && n <= WEAL_P2P_ADDRS_MAX ? n : UINT32_MAX;
}

/* A book keeps its limits, over any number of restarts, and comes back as it was. */
void bw_check_book(struct bw_node *o) {
    static struct entry e[WEAL_P2P_ADDRS_MAX];
    static uint8_t mem[2][WEAL_PEERS_BOOK_MAX];
    struct bw_world *w = o->w;
    unsigned by[BW_GROUPS_MAX] = {0};
    struct weal_wr wr = weal_wr(mem[0], sizeof mem[0]), again = weal_wr(mem[1], sizeof mem[1]);
    weal_peers_save(o->peers, &wr);
    unsigned n = wr.failed ? UINT32_MAX : book_read(weal_wr_done(&wr), e);
    if (n == UINT32_MAX) {
        bw_breach(w, "node %u: its book is larger than it may be", o->id);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned inventor = bw_made_up_by(&e[i].addr);
        if (inventor < BW_GROUPS_MAX && ++by[inventor] > WEAL_P2P_ADDRS_GROUP_MAX)
            bw_breach(w, "node %u believes %u addresses that one group made up", o->id,
                      by[inventor]);
        if (inventor != UINT32_MAX && e[i].mark != 0)
            bw_breach(w, "node %u says it has reached an address where nobody is", o->id);
        if (!weal_addrbook_usable(&e[i].addr) || weal_addrbook_loopback(e[i].addr.ip))
            bw_breach(w, "node %u keeps an address nobody may dial", o->id);
        if (memcmp(e[i].identity, o->identity, 32) == 0)
            bw_breach(w, "node %u keeps itself in its book", o->id);
    }
    unsigned firsts = 0;
    for (unsigned i = 0; i < n; i++) firsts += e[i].mark == 2;
    if (firsts > WEAL_P2P_ANCHORS) bw_breach(w, "node %u has %u anchors", o->id, firsts);
    void *p = malloc(weal_peers_footprint());
    uint8_t seed[32] = {1};
    WEAL_ASSERT(p);
    struct weal_peers *copy = weal_peers_init(p, &o->limits, o->identity, seed);
    if (!weal_peers_load(copy, weal_wr_done(&wr))) bw_breach(w, "node %u: own book refused", o->id);
    weal_peers_save(copy, &again);
    if (again.n != wr.n || memcmp(mem[0], mem[1], wr.n) != 0)
        bw_breach(w, "node %u: its book does not come back whole", o->id);
    free(p);
}

/* A process that starts knows of no bans, and of its anchors by the book it saved. */
void bw_check_started(struct bw_node *o) {
    static struct entry e[WEAL_P2P_ADDRS_MAX];
    struct bw_world *w = o->w;
    for (unsigned i = 0; i < w->bans_n;) {
        if (w->ban[i].node == o->id)
            w->ban[i] = w->ban[--w->bans_n];
        else
            i++;
    }
    o->offences = 0;
    o->anchors_n = 0;
    unsigned n = o->saved_n == 0 ? 0 : book_read(weal_bytes(o->saved, o->saved_n), e);
    for (unsigned i = 0; n != UINT32_MAX && i < n; i++)
        if (e[i].mark == 2 && o->anchors_n < WEAL_P2P_ANCHORS)
            o->anchor[o->anchors_n++] = e[i].addr;
    bw_check_book(o);
}

/* ---- who hears of the head ---- */

static bool in_book(const struct bw_node *o) {
    static struct entry e[WEAL_P2P_ADDRS_MAX];
    static uint8_t mem[WEAL_PEERS_BOOK_MAX];
    struct weal_wr wr = weal_wr(mem, sizeof mem);
    weal_peers_save(o->peers, &wr);
    unsigned n = book_read(weal_wr_done(&wr), e);
    for (unsigned i = 0; n != UINT32_MAX && i < n; i++) {
        uint16_t who = bw_party_at(o->w, &e[i].addr);
        if (e[i].mark != 0 && who < o->w->nodes_n && o->w->node[who].named) return true;
    }
    return false;
}

static bool near_head(const struct bw_node *o) {
    return o->up && o->w->now_ms - o->head <= BW_LAG_MS;
}

void bw_check_heads(struct bw_world *w) {
    uint64_t since = w->now_ms - w->healed_at;
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct bw_node *o = &w->node[i];
        if (since == 0) o->reached_honest = o->named || in_book(o);
        if (!o->reached_honest) continue;
        if (near_head(o)) {
            uint64_t *most = o->named ? &w->out->reached_ms : &w->out->found_ms;
            if (o->lagging_since != 0 && since > *most) *most = since;
            o->lagging_since = 0;
            continue;
        }
        if (o->lagging_since == 0) o->lagging_since = w->now_ms;
        if (o->named && since > BW_REACH_MS)
            bw_breach(w, "%s %u is eclipsed: no head for %llu s, %llu s after healing",
                      i == w->newcomer ? "newcomer" : "node", i,
                      (unsigned long long)(w->now_ms - o->head) / 1000,
                      (unsigned long long)since / 1000);
        if (!o->named && since > BW_FIND_MS && o->lagging_since <= w->healed_at + BW_LAG_MS)
            bw_breach(w, "node %u does not find back by its book", i);
    }
}

bool bw_check_done(const struct bw_world *w) {
    if (!w->healed || w->now_ms < w->healed_at + BW_REACH_MS + BW_STAY_MS) return false;
    for (unsigned i = 0; i < w->nodes_n; i++) {
        const struct bw_node *o = &w->node[i];
        bool ever = o->lagging_since == 0 || o->lagging_since > w->healed_at + BW_LAG_MS;
        if (o->reached_honest && !o->named && !ever) return false;
    }
    return true;
}
