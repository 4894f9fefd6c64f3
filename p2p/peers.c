/* SPDX-License-Identifier: ISC */
#include "p2p/peers.h"

#include "p2p/addrbook.h"
#include "p2p/gen/msg_gen.h"

#define NOBODY UINT32_MAX /* not a kept peer */
/* Beside those that stand, some that were told to close, whose end is not yet heard of. */
enum { CONNS = WEAL_P2P_PEERS_MAX + 32 };

struct kept {
    struct weal_peers_known is; /* identity: wanted, or learnt at the first connection */
    bool wanted;                /* the operator named the identity */
    uint64_t conn;              /* 0: none */
    uint32_t failures;
    uint64_t next_ms;
};

struct conn {
    uint64_t id; /* 0: free */
    struct weal_peers_addr addr;
    uint8_t identity[32];
    bool inbound, up, closing, rotated; /* rotated: closed to make room for another address */
    uint32_t kept;                      /* index, or NOBODY */
    int32_t score;
    uint64_t score_ms, asked_ms;
};

struct ban {
    uint8_t key[32]; /* an identity, or an address and 16 zeros */
    uint64_t until_ms;
    uint32_t times;
};

/* A bad score outlives its connection. */
struct past {
    uint8_t identity[32];
    int32_t score; /* 0: free */
    uint64_t score_ms;
};

/* Who came lately: a handshake costs more than asking for one. */
struct arrival {
    uint32_t group;
    uint64_t at_ms;
};

struct weal_peers {
    struct weal_peers_limits limits;
    uint8_t identity[32];
    uint64_t next_id;
    struct kept kept[WEAL_PEERS_KEPT_MAX];
    uint32_t kept_n;
    struct conn conn[CONNS];
    struct ban ban[WEAL_P2P_BANS_MAX];
    struct past past[WEAL_P2P_BANS_MAX];
    uint32_t past_at;
    struct arrival arrival[WEAL_P2P_BANS_MAX];
    uint32_t arrival_at;
    struct weal_addrbook book;
    uint64_t rotated_ms;
    /* of the step under way */
    uint64_t now_ms;
    weal_peers_emit *emit;
    void *ctx;
};

/* ---- what misbehaviour costs ---- */

int32_t weal_peers_weight(enum weal_verdict why) {
    switch ((int)why) {
    /* nobody's fault, or nobody's that could be proven */
    case WEAL_ACCEPT:
    case WEAL_V_P2P_MAGIC:
    case WEAL_V_P2P_VERSION:
    case WEAL_V_P2P_CHAIN:
    case WEAL_V_P2P_HANDSHAKE:
    case WEAL_V_P2P_IDENTITY:
    case WEAL_V_P2P_SELF:
    case WEAL_V_P2P_REFUSED:
    case WEAL_V_P2P_MEMORY:
    case WEAL_V_P2P_TIMEOUT:
    case WEAL_V_P2P_SILENT:
    case WEAL_V_P2P_STALLED:
    case WEAL_V_P2P_CLOSED:
    case WEAL_V_P2P_FULL:
    case WEAL_V_P2P_DUPLICATE:
    case WEAL_V_P2P_BANNED:
    case WEAL_V_P2P_SHUTDOWN:
    case WEAL_V_P2P_DECRYPT: /* anybody on the path can flip a bit */
        return 0;
    case WEAL_V_P2P_UNASKED:
    case WEAL_V_P2P_PING:
        return 50;
    case WEAL_V_P2P_FLOOD:
        return 200;
    case WEAL_V_P2P_INVALID:
        return 1000;
    default: /* malformed under authentication, or refused by whoever understands it */
        return 500;
    }
}

static int32_t faded(const struct conn *c, uint64_t now_ms) {
    uint64_t halves = (now_ms - c->score_ms) / WEAL_P2P_SCORE_HALF_MS;
    return halves > 30 ? 0 : c->score / (1 << halves);
}

static void score_add(struct conn *c, int32_t weight, uint64_t now_ms) {
    int64_t s = (int64_t)faded(c, now_ms) + weight;
    uint64_t halves = (now_ms - c->score_ms) / WEAL_P2P_SCORE_HALF_MS;
    c->score_ms += halves * WEAL_P2P_SCORE_HALF_MS;
    if (s > WEAL_P2P_SCORE_MAX) s = WEAL_P2P_SCORE_MAX;
    if (s < 2 * WEAL_P2P_SCORE_BAN) s = 2 * WEAL_P2P_SCORE_BAN;
    c->score = (int32_t)s;
}

/* ---- small look-ups ---- */

static struct conn *conn_find(const struct weal_peers *p, uint64_t id) {
    for (uint32_t i = 0; id != 0 && i < CONNS; i++) {
        if (p->conn[i].id == id) return (struct conn *)&p->conn[i];
    }
    return NULL;
}

static struct conn *conn_new(struct weal_peers *p, const struct weal_peers_addr *addr, bool in) {
    uint32_t used = 0;
    struct conn *free = NULL;
    for (uint32_t i = 0; i < CONNS; i++) {
        if (p->conn[i].id != 0) {
            used += !p->conn[i].closing; /* who makes room is on the way out */
        } else if (!free) {
            free = &p->conn[i];
        }
    }
    if (!free || used >= p->limits.peers_max) return NULL;
    *free = (struct conn){.id = ++p->next_id, .addr = *addr, .inbound = in, .kept = NOBODY};
    free->score = WEAL_P2P_SCORE_START;
    free->score_ms = p->now_ms;
    return free;
}

static bool known(const uint8_t identity[32]) {
    return !weal_is_zero32(identity);
}

static struct ban *ban_find(const struct weal_peers *p, const uint8_t key[32]) {
    for (uint32_t i = 0; i < WEAL_P2P_BANS_MAX; i++) {
        if (p->ban[i].times != 0 && memcmp(p->ban[i].key, key, 32) == 0) {
            return (struct ban *)&p->ban[i];
        }
    }
    return NULL;
}

static bool banned(const struct weal_peers *p, const uint8_t key[32], uint64_t now_ms) {
    const struct ban *b = ban_find(p, key);
    return b && now_ms < b->until_ms;
}

bool weal_peers_banned(const struct weal_peers *p, const uint8_t ip[16], uint64_t now_ms) {
    uint8_t key[32] = {0};
    memcpy(key, ip, 16);
    return banned(p, key, now_ms);
}

static void out(struct weal_peers *p, enum weal_peers_effect_kind kind, const struct conn *c,
                enum weal_verdict why) {
    struct weal_peers_effect e = {.kind = kind, .conn = c ? c->id : 0, .why = why};
    if (c) e.addr = c->addr;
    p->emit(p->ctx, &e);
}

static void close_conn(struct weal_peers *p, struct conn *c, enum weal_verdict why) {
    if (c->closing) return;
    c->closing = true;
    out(p, WEAL_PEERS_CLOSE, c, why);
}

/* ---- bans ---- */

/* for_ms 0: by the number of times; the oldest ban makes room. */
static void ban_key(struct weal_peers *p, const uint8_t key[32], uint64_t for_ms, uint64_t max_ms) {
    struct ban *b = ban_find(p, key);
    for (uint32_t i = 0; !b && i < WEAL_P2P_BANS_MAX; i++) {
        if (p->ban[i].times == 0) b = &p->ban[i];
    }
    if (!b) {
        b = &p->ban[0];
        for (uint32_t i = 1; i < WEAL_P2P_BANS_MAX; i++) {
            if (p->ban[i].until_ms < b->until_ms) b = &p->ban[i];
        }
        b->times = 0;
    }
    memcpy(b->key, key, 32);
    uint64_t ms = for_ms;
    if (ms == 0) {
        ms = p->limits.ban_ms << (b->times < 10 ? b->times : 10);
        if (ms > max_ms) ms = max_ms;
    }
    b->times++;
    b->until_ms = p->now_ms + ms;
}

static void ban_peer(struct weal_peers *p, struct conn *c, enum weal_verdict why) {
    uint8_t key[32] = {0};
    /* who the operator wants to be connected with comes back soon, whatever it did */
    uint64_t max_ms = c->kept != NOBODY ? WEAL_P2P_DIAL_MAX_MS : WEAL_P2P_BAN_MAX_MS;
    if (known(c->identity)) ban_key(p, c->identity, 0, max_ms);
    memcpy(key, c->addr.ip, 16);
    if (!weal_addrbook_loopback(c->addr.ip) && c->kept == NOBODY) ban_key(p, key, 0, max_ms);
    close_conn(p, c, why);
    c->score = 0; /* paid for */
}

static void on_ban(struct weal_peers *p, const struct weal_peers_event *e) {
    uint8_t key[32] = {0};
    memcpy(key, e->addr.ip, 16);
    if (e->for_ms == 0) {
        struct ban *b = ban_find(p, key);
        if (b) memset(b, 0, sizeof *b);
        return;
    }
    ban_key(p, key, e->for_ms, e->for_ms);
    for (uint32_t i = 0; i < CONNS; i++) {
        struct conn *c = &p->conn[i];
        if (c->id != 0 && memcmp(c->addr.ip, e->addr.ip, 16) == 0) {
            close_conn(p, c, WEAL_V_P2P_BANNED);
        }
    }
}

uint32_t weal_peers_bans(const struct weal_peers *p, struct weal_peers_banned *out, uint32_t cap,
                         uint64_t now_ms) {
    static const uint8_t zeros[16];
    uint32_t n = 0;
    for (uint32_t i = 0; i < WEAL_P2P_BANS_MAX; i++) {
        const struct ban *b = &p->ban[i];
        if (b->times == 0 || b->until_ms <= now_ms) continue;
        if (n < cap) {
            out[n] = (struct weal_peers_banned){.until_ms = b->until_ms, .times = b->times};
            out[n].is_address = memcmp(b->key + 16, zeros, 16) == 0;
            memcpy(out[n].key, b->key, 32);
        }
        n++;
    }
    return n < cap ? n : cap;
}

/* ---- connections ---- */

/* True when the group has had its share of this while; counts the arrival otherwise. */
static bool too_many(struct weal_peers *p, uint32_t group) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < WEAL_P2P_BANS_MAX; i++) {
        const struct arrival *a = &p->arrival[i];
        n += i < p->arrival_at && a->group == group &&
             p->now_ms - a->at_ms < WEAL_P2P_ACCEPT_WINDOW_MS;
    }
    if (n >= WEAL_P2P_GROUP_ACCEPTS) return true;
    p->arrival[p->arrival_at++ % WEAL_P2P_BANS_MAX] = (struct arrival){group, p->now_ms};
    return false;
}

static uint32_t inbound_of(const struct weal_peers *p, uint32_t group) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < CONNS; i++) {
        const struct conn *c = &p->conn[i];
        n += c->id != 0 && c->inbound && !c->closing && weal_addrbook_group(c->addr.ip) == group;
    }
    return n;
}

/* Who makes room for somebody of a group that has so many connections here: the youngest of the
 * group with most of them, if that has more even without it. NULL: nobody. So a few networks can't
 * keep all others out. */
static struct conn *crowded(struct weal_peers *p, uint32_t group) {
    struct conn *best = NULL;
    uint32_t most = group + 1;
    for (uint32_t i = 0; i < CONNS; i++) {
        struct conn *c = &p->conn[i];
        if (c->id == 0 || !c->inbound || c->closing || c->kept != NOBODY) continue;
        if (weal_addrbook_loopback(c->addr.ip)) continue;
        uint32_t n = inbound_of(p, weal_addrbook_group(c->addr.ip));
        if (n < most || (n == most && (!best || c->id < best->id))) continue;
        most = n;
        best = c;
    }
    return best;
}

static void on_accepted(struct weal_peers *p, const struct weal_peers_event *e) {
    enum weal_verdict why = WEAL_ACCEPT;
    uint32_t all = 0, inbound = 0, group = inbound_of(p, weal_addrbook_group(e->addr.ip));
    uint32_t reserved = p->limits.outbound + p->kept_n;
    for (uint32_t i = 0; i < CONNS; i++) {
        const struct conn *c = &p->conn[i];
        all += c->id != 0 && !c->closing;
        inbound += c->id != 0 && c->inbound && !c->closing;
    }
    bool full = all >= p->limits.peers_max ||
                (reserved < p->limits.peers_max && inbound >= p->limits.peers_max - reserved);
    if (weal_peers_banned(p, e->addr.ip, p->now_ms)) why = WEAL_V_P2P_BANNED;
    if (why == WEAL_ACCEPT && !weal_addrbook_loopback(e->addr.ip) &&
        (group >= WEAL_P2P_GROUP_INBOUND_MAX || too_many(p, weal_addrbook_group(e->addr.ip)))) {
        why = WEAL_V_P2P_FULL;
    }
    if (why == WEAL_ACCEPT && full) {
        struct conn *gives_way = crowded(p, group);
        if (gives_way) {
            close_conn(p, gives_way, WEAL_V_P2P_FULL);
        } else {
            why = WEAL_V_P2P_FULL;
        }
    }
    struct conn *c = why == WEAL_ACCEPT ? conn_new(p, &e->addr, true) : NULL;
    if (c) {
        out(p, WEAL_PEERS_ADMIT, c, WEAL_ACCEPT);
    } else {
        out(p, WEAL_PEERS_TURN_AWAY, NULL, why == WEAL_ACCEPT ? WEAL_V_P2P_FULL : why);
    }
}

/* Two connections with one identity: both ends must let go of the same one. Which of them is to go:
 * of opposite directions, the one dialled by the greater identity; of two inbound, the older (its
 * dialler has forgotten it); of two outbound, the newer (two addresses of one node). */
static struct conn *duplicate(struct weal_peers *p, struct conn *was, struct conn *now) {
    if (was->inbound == now->inbound) return now->inbound ? was : now;
    bool we_are_greater = memcmp(p->identity, now->identity, 32) > 0;
    return now->inbound == we_are_greater ? was : now;
}

static void remember(struct weal_peers *p, const struct conn *c) {
    if (!known(c->identity) || c->score >= 0) return;
    struct past *was = &p->past[p->past_at++ % WEAL_P2P_BANS_MAX];
    memcpy(was->identity, c->identity, 32);
    was->score = c->score;
    was->score_ms = c->score_ms;
}

static void recall(struct weal_peers *p, struct conn *c) {
    for (uint32_t i = 0; i < WEAL_P2P_BANS_MAX; i++) {
        struct past *was = &p->past[i];
        if (was->score == 0 || memcmp(was->identity, c->identity, 32) != 0) continue;
        c->score = was->score;
        c->score_ms = was->score_ms;
        was->score = 0;
    }
}

static void on_up(struct weal_peers *p, const struct weal_peers_event *e) {
    struct conn *c = conn_find(p, e->conn);
    if (!c || c->closing) return;
    memcpy(c->identity, e->identity, 32);
    c->up = true;
    c->score_ms = p->now_ms;
    recall(p, c);
    if (banned(p, c->identity, p->now_ms)) {
        close_conn(p, c, WEAL_V_P2P_BANNED);
        return;
    }
    for (uint32_t i = 0; i < CONNS; i++) {
        struct conn *was = &p->conn[i];
        if (was == c || was->id == 0 || !was->up || was->closing) continue;
        if (memcmp(was->identity, c->identity, 32) != 0) continue;
        close_conn(p, duplicate(p, was, c), WEAL_V_P2P_DUPLICATE);
    }
    /* whoever is to be kept is kept by either connection; a dial teaches its identity */
    for (uint32_t i = 0; i < p->kept_n; i++) {
        struct kept *k = &p->kept[i];
        if (k->conn == c->id && !k->wanted) memcpy(k->is.identity, c->identity, 32);
        if (memcmp(k->is.identity, c->identity, 32) == 0) {
            c->kept = i;
            k->failures = 0;
        }
    }
    /* where it can be reached, if we know that by having reached it, or by its own word */
    struct weal_peers_known k = {.addr = c->addr};
    memcpy(k.identity, c->identity, 32);
    if (c->inbound) k.addr.port = e->listen_port;
    struct weal_addrbook_entry *b = weal_addrbook_find(&p->book, &k.addr);
    bool changed = !b && weal_addrbook_add(&p->book, &k, weal_addrbook_group(c->addr.ip));
    b = weal_addrbook_find(&p->book, &k.addr);
    if (b && !c->inbound) {
        changed |= !b->tried || memcmp(b->is.identity, c->identity, 32) != 0;
        memcpy(b->is.identity, c->identity, 32);
        b->tried = true;
        b->failures = 0;
    }
    if (changed) out(p, WEAL_PEERS_SAVE, NULL, WEAL_ACCEPT);
}

static uint64_t backoff(struct weal_peers *p, uint32_t failures, uint64_t max_ms) {
    uint64_t ms = (uint64_t)WEAL_P2P_DIAL_BASE_MS << (failures < 16 ? failures : 16);
    if (ms > max_ms) ms = max_ms;
    return ms / 2 + weal_addrbook_draw(&p->book, (uint32_t)(ms / 2 + 1));
}

static void on_down(struct weal_peers *p, const struct weal_peers_event *e) {
    struct conn *c = conn_find(p, e->conn);
    if (!c) return;
    /* what we closed ourselves has been paid for */
    int32_t cost = c->closing ? 0 : weal_peers_weight(e->why);
    if (cost != 0) score_add(c, -cost, p->now_ms);
    if (cost != 0 && c->score <= WEAL_P2P_SCORE_BAN) {
        c->closing = true;
        ban_peer(p, c, e->why);
    }
    remember(p, c);
    for (uint32_t i = 0; i < p->kept_n; i++) {
        struct kept *k = &p->kept[i];
        if (k->conn != c->id) continue;
        k->conn = 0;
        k->next_ms = p->now_ms + backoff(p, k->failures, WEAL_P2P_DIAL_PERSISTENT_MAX_MS);
        k->failures++;
    }
    struct weal_addrbook_entry *b = c->inbound ? NULL : weal_addrbook_find(&p->book, &c->addr);
    if (b) {
        b->next_ms = p->now_ms + backoff(p, b->failures, WEAL_P2P_DIAL_MAX_MS);
        if (c->rotated) b->next_ms = p->now_ms + WEAL_P2P_ROTATE_MS;
        if (b->failures < 255) b->failures++;
        if (!c->up && b->failures > 10) b->used = false;
    }
    memset(c, 0, sizeof *c);
}

static bool connected(const struct weal_peers *p, const struct weal_peers_known *k) {
    if (memcmp(k->identity, p->identity, 32) == 0) return true; /* ourselves */
    for (uint32_t i = 0; i < CONNS; i++) {
        const struct conn *c = &p->conn[i];
        if (c->id == 0 || c->closing) continue;
        if (!c->inbound && weal_addrbook_same(&c->addr, &k->addr)) return true;
        if (c->up && known(k->identity) && memcmp(c->identity, k->identity, 32) == 0) return true;
    }
    return false;
}

static struct conn *dial(struct weal_peers *p, const struct weal_peers_known *k, bool wanted) {
    struct conn *c = conn_new(p, &k->addr, false);
    if (!c) return NULL;
    struct weal_peers_effect e = {.kind = WEAL_PEERS_DIAL, .conn = c->id, .addr = k->addr};
    e.has_identity = wanted;
    memcpy(e.identity, k->identity, 32);
    p->emit(p->ctx, &e);
    return c;
}

static void dial_kept(struct weal_peers *p) {
    for (uint32_t i = 0; i < p->kept_n; i++) {
        struct kept *k = &p->kept[i];
        if (k->conn != 0 || p->now_ms < k->next_ms || connected(p, &k->is)) continue;
        if (known(k->is.identity) && banned(p, k->is.identity, p->now_ms)) continue;
        struct conn *c = dial(p, &k->is, k->wanted);
        if (!c) return;
        c->kept = i;
        k->conn = c->id;
    }
}

enum choice { ANCHORS, REACHED, ANY };

static bool dialable(const struct weal_peers *p, const struct weal_addrbook_entry *b,
                     enum choice among) {
    if (!b->used || p->now_ms < b->next_ms) return false;
    if ((among == ANCHORS && !b->anchor) || (among == REACHED && !b->tried)) return false;
    if (connected(p, &b->is) || weal_peers_banned(p, b->is.addr.ip, p->now_ms)) return false;
    for (uint32_t i = 0; i < CONNS; i++) {
        const struct conn *c = &p->conn[i];
        if (c->id != 0 && !c->inbound && !weal_addrbook_loopback(c->addr.ip) &&
            weal_addrbook_group(c->addr.ip) == weal_addrbook_group(b->is.addr.ip)) {
            return false;
        }
    }
    return true;
}

static struct weal_addrbook_entry *choose(struct weal_peers *p, enum choice among) {
    uint32_t at = weal_addrbook_draw(&p->book, WEAL_P2P_ADDRS_MAX);
    for (uint32_t i = 0; i < WEAL_P2P_ADDRS_MAX; i++) {
        struct weal_addrbook_entry *b = &p->book.entry[(at + i) % WEAL_P2P_ADDRS_MAX];
        if (dialable(p, b, among)) return b;
    }
    return NULL;
}

/* When every dialled connection stands, one of them, drawn, makes room for another address once in
 * a while: whoever got hold of all of them does not keep them. */
static void rotate(struct weal_peers *p) {
    struct conn *drawn = NULL;
    if (p->rotated_ms == 0) p->rotated_ms = p->now_ms | 1;
    if (p->now_ms - p->rotated_ms < WEAL_P2P_ROTATE_MS || !choose(p, ANY)) return;
    p->rotated_ms = p->now_ms | 1;
    for (uint32_t i = 0, n = 0; i < CONNS; i++) {
        struct conn *c = &p->conn[i];
        if (!c->up || c->closing || c->inbound || c->kept != NOBODY) continue;
        if (weal_addrbook_draw(&p->book, ++n) == 0) drawn = c;
    }
    if (!drawn) return;
    drawn->rotated = true;
    close_conn(p, drawn, WEAL_V_P2P_FULL);
}

/* One dial a tick from the book, never two to one address group. */
static void dial_book(struct weal_peers *p) {
    uint32_t outbound = 0;
    for (uint32_t i = 0; i < CONNS; i++) {
        const struct conn *c = &p->conn[i];
        outbound += c->id != 0 && !c->inbound && c->kept == NOBODY;
    }
    if (p->limits.outbound != 0 && outbound >= p->limits.outbound) rotate(p);
    if (outbound >= p->limits.outbound) return;
    struct weal_addrbook_entry *b = choose(p, ANCHORS);
    if (!b && weal_addrbook_draw(&p->book, 2) == 0) b = choose(p, REACHED);
    if (!b) b = choose(p, ANY);
    if (!b) return;
    b->anchor = false;
    b->next_ms = p->now_ms + WEAL_P2P_DIAL_MAX_MS;
    dial(p, &b->is, false);
}

static void on_tick(struct weal_peers *p) {
    dial_kept(p);
    dial_book(p);
    for (uint32_t i = 0; p->limits.pex && i < CONNS; i++) {
        struct conn *c = &p->conn[i];
        if (c->id == 0 || !c->up || c->closing || c->inbound) continue;
        if (c->asked_ms != 0 && p->now_ms - c->asked_ms < WEAL_P2P_PEX_MS) continue;
        c->asked_ms = p->now_ms | 1;
        out(p, WEAL_PEERS_ASK_ADDRS, c, WEAL_ACCEPT);
    }
}

static void on_addrs(struct weal_peers *p, const struct weal_peers_event *e) {
    const struct conn *c = conn_find(p, e->conn);
    bool changed = false;
    if (!c || !p->limits.pex) return;
    for (uint32_t i = 0; i < e->addrs_n && i < WEAL_P2P_PEX_ADDRS; i++) {
        const struct weal_peers_known *k = &e->addrs[i];
        /* only somebody on this machine may speak of addresses on this machine */
        if (weal_addrbook_loopback(k->addr.ip) && !weal_addrbook_loopback(c->addr.ip)) continue;
        if (memcmp(k->identity, p->identity, 32) == 0) continue;
        changed |= weal_addrbook_add(&p->book, k, weal_addrbook_group(c->addr.ip));
    }
    if (changed) out(p, WEAL_PEERS_SAVE, NULL, WEAL_ACCEPT);
}

static void on_keep(struct weal_peers *p, const struct weal_peers_event *e) {
    for (uint32_t i = 0; i < p->kept_n; i++) {
        if (weal_addrbook_same(&p->kept[i].is.addr, &e->addr)) return;
    }
    if (p->kept_n == WEAL_PEERS_KEPT_MAX) return;
    struct kept *k = &p->kept[p->kept_n++];
    *k = (struct kept){.is = {.addr = e->addr}, .wanted = e->has_identity};
    if (e->has_identity) memcpy(k->is.identity, e->identity, 32);
    dial_kept(p);
}

void weal_peers_step(struct weal_peers *p, const struct weal_peers_event *e, uint64_t now_ms,
                     weal_peers_emit *emit, void *ctx) {
    struct conn *c = conn_find(p, e->conn);
    p->now_ms = now_ms;
    p->emit = emit;
    p->ctx = ctx;
    switch (e->kind) {
    case WEAL_PEERS_KEEP:
        on_keep(p, e);
        break;
    case WEAL_PEERS_ACCEPTED:
        on_accepted(p, e);
        break;
    case WEAL_PEERS_UP:
        on_up(p, e);
        break;
    case WEAL_PEERS_DOWN:
        on_down(p, e);
        break;
    case WEAL_PEERS_BLAME:
        if (!c || c->closing) break;
        score_add(c, -weal_peers_weight(e->why), now_ms);
        if (c->score <= WEAL_P2P_SCORE_BAN) ban_peer(p, c, e->why);
        break;
    case WEAL_PEERS_PRAISE:
        if (c && e->weight > 0) score_add(c, e->weight, now_ms);
        break;
    case WEAL_PEERS_ADDRS:
        on_addrs(p, e);
        break;
    case WEAL_PEERS_BAN:
        on_ban(p, e);
        break;
    case WEAL_PEERS_TICK:
        on_tick(p);
        break;
    }
}

size_t weal_peers_footprint(void) {
    return sizeof(struct weal_peers);
}

struct weal_peers *weal_peers_init(void *mem, const struct weal_peers_limits *limits,
                                   const uint8_t identity[32], const uint8_t seed[32]) {
    struct weal_peers *p = (struct weal_peers *)mem;
    memset(p, 0, sizeof *p);
    p->limits = *limits;
    if (p->limits.peers_max > WEAL_P2P_PEERS_MAX) p->limits.peers_max = WEAL_P2P_PEERS_MAX;
    if (p->limits.ban_ms == 0) p->limits.ban_ms = WEAL_P2P_BAN_MS;
    memcpy(p->identity, identity, 32);
    weal_addrbook_init(&p->book, weal_le64(seed));
    return p;
}

int32_t weal_peers_score(const struct weal_peers *p, uint64_t conn, uint64_t now_ms) {
    const struct conn *c = conn_find(p, conn);
    return c ? faded(c, now_ms) : 0;
}

bool weal_peers_kept(const struct weal_peers *p, uint64_t conn) {
    const struct conn *c = conn_find(p, conn);
    return c && c->kept != NOBODY;
}

uint32_t weal_peers_up(const struct weal_peers *p) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < CONNS; i++) n += p->conn[i].up && !p->conn[i].closing;
    return n;
}

/* ---- the book outside ---- */

uint32_t weal_peers_addrs(struct weal_peers *p, struct weal_peers_known *known_out, uint32_t cap) {
    uint32_t n = 0, at = weal_addrbook_draw(&p->book, WEAL_P2P_ADDRS_MAX);
    for (uint32_t i = 0; n < cap && i < WEAL_P2P_ADDRS_MAX; i++) {
        const struct weal_addrbook_entry *b = &p->book.entry[(at + i) % WEAL_P2P_ADDRS_MAX];
        bool kept = false; /* the operator's own addresses are not handed on */
        for (uint32_t k = 0; k < p->kept_n; k++) {
            kept |= weal_addrbook_same(&p->kept[k].is.addr, &b->is.addr);
        }
        if (b->used && b->tried && !kept) known_out[n++] = b->is;
    }
    return n;
}

static const uint8_t book_magic[4] = {'W', 'B', 'K', '2'};
enum { NEVER_REACHED, IS_REACHED, IS_ANCHOR };

/* The oldest connections that were dialled from the book. */
static uint32_t anchors(const struct weal_peers *p, const struct conn *out[WEAL_P2P_ANCHORS]) {
    uint32_t n = 0;
    for (uint64_t after = 0; n < WEAL_P2P_ANCHORS; after = out[n++]->id) {
        const struct conn *oldest = NULL;
        for (uint32_t i = 0; i < CONNS; i++) {
            const struct conn *c = &p->conn[i];
            if (!c->up || c->closing || c->inbound || c->kept != NOBODY || c->id <= after) continue;
            if (!oldest || c->id < oldest->id) oldest = c;
        }
        if (!oldest) break;
        out[n] = oldest;
    }
    return n;
}

void weal_peers_save(const struct weal_peers *p, struct weal_wr *w) {
    const struct conn *first[WEAL_P2P_ANCHORS];
    uint32_t firsts = anchors(p, first), carried = WEAL_P2P_ANCHORS - firsts;
    uint16_t n = 0;
    for (uint32_t i = 0; i < WEAL_P2P_ADDRS_MAX; i++) n += p->book.entry[i].used;
    weal_wr_copy(w, book_magic, sizeof book_magic);
    weal_wr_u16(w, n);
    for (uint32_t i = 0; i < WEAL_P2P_ADDRS_MAX; i++) {
        const struct weal_addrbook_entry *b = &p->book.entry[i];
        if (!b->used) continue;
        struct weal_p2p_addr a = {.port = b->is.addr.port};
        memcpy(a.ip, b->is.addr.ip, 16);
        memcpy(a.identity, b->is.identity, 32);
        weal_p2p_addr_put(w, &a);
        bool anchor = false;
        for (uint32_t k = 0; k < firsts; k++)
            anchor |= weal_addrbook_same(&first[k]->addr, &b->is.addr);
        if (!anchor && b->anchor && carried != 0) { /* of the last time, not dialled since */
            anchor = true;
            carried--;
        }
        weal_wr_u8(w, !b->tried ? NEVER_REACHED : anchor ? IS_ANCHOR : IS_REACHED);
        weal_wr_u32(w, b->source);
    }
}

bool weal_peers_load(struct weal_peers *p, struct weal_bytes book) {
    for (int pass = 0; pass < 2; pass++) { /* look, then take */
        struct weal_rd r = weal_rd(book);
        const uint8_t *m = weal_rd_take(&r, 4);
        uint16_t n = weal_rd_u16(&r);
        if (!m || memcmp(m, book_magic, 4) != 0 || n > WEAL_P2P_ADDRS_MAX) return false;
        for (uint16_t i = 0; i < n && !r.failed; i++) {
            struct weal_p2p_addr a;
            weal_p2p_addr_get(&r, &a);
            uint8_t mark = weal_rd_u8(&r);
            uint32_t source = weal_rd_u32(&r);
            struct weal_peers_known k = {.addr = {.port = a.port}};
            memcpy(k.addr.ip, a.ip, 16);
            memcpy(k.identity, a.identity, 32);
            if (mark > IS_ANCHOR) return false;
            if (pass == 0 || r.failed) continue;
            /* one that was reached does not count for who told it, and is not refused for it */
            if (weal_addrbook_add(&p->book, &k, mark == NEVER_REACHED ? source : 0)) {
                struct weal_addrbook_entry *b = weal_addrbook_find(&p->book, &k.addr);
                b->source = source;
                b->tried = mark != NEVER_REACHED;
                b->anchor = mark == IS_ANCHOR;
            }
        }
        if (!weal_rd_done(&r)) return false;
    }
    return true;
}
