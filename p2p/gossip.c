/* SPDX-License-Identifier: ISC */
#include "p2p/gossip.h"

#include <sodium.h>

#include "crypto/hash/hash.h"
#include "p2p/gossip_int.h"

struct waiting { /* to be announced */
    uint64_t id;
    uint32_t size, ref;
};

struct peer {
    uint64_t id; /* 0: free */
    uint8_t salt[16];
    uint32_t asked;                /* ids asked of it and not answered */
    uint64_t asked_ever, got_ever; /* it can't give more than it was ever asked for */
    uint32_t get_n;                /* of the request being made in this step */
    uint64_t get[WEAL_P2P_ANNOUNCE_IDS];
    struct waiting queue[WEAL_P2P_ANNOUNCE_QUEUE];
    uint32_t head, count;
    struct gossip_sents sent;
    uint64_t heard[GOSSIP_HEARD]; /* short ids, under our salt, it announced */
};

struct due {
    uint64_t id, due_ms;
};

struct weal_gossip {
    struct weal_gossip_limits limits;
    uint64_t id[GOSSIP_PEERS_MAX]; /* of peer[], together: looked through often; 0: free */
    uint32_t used;                 /* places ever used */
    uint8_t salt[16];
    uint64_t rng, tick_ms;
    struct gossip_wants wants;
    struct gossip_known known;
    struct due due[2 * WEAL_P2P_FETCHES_MAX]; /* by time: every fetch has as long */
    uint32_t due_head, due_n;
    uint8_t recent[GOSSIP_RECENT][32];
    uint32_t recent_n; /* ever; the ring holds the last GOSSIP_RECENT */
    struct weal_gossip_stats stats;
    struct weal_p2p_tx_announce announce; /* being made */
    struct weal_p2p_tx_get get;
    uint8_t serve[WEAL_P2P_ANNOUNCE_IDS][32], serve_short[WEAL_P2P_ANNOUNCE_IDS][8];
    /* of the step under way */
    uint64_t now_ms;
    weal_gossip_emit *emit;
    void *ctx;
    struct peer peer[];
};

void weal_gossip_short_id(uint8_t out[8], const uint8_t salt[16], const uint8_t id[32]) {
    crypto_shorthash_siphash24(out, id, 32, salt);
}

/* 0 and 1 mark free and deleted slots. */
static uint64_t short_of(const uint8_t b[8]) {
    uint64_t v = weal_le64(b);
    return v < 2 ? v + 2 : v;
}
static uint64_t short_under(const uint8_t salt[16], const uint8_t id[32]) {
    uint8_t b[8];
    weal_gossip_short_id(b, salt, id);
    return short_of(b);
}

static bool coin(struct weal_gossip *g) {
    g->rng ^= g->rng >> 12;
    g->rng ^= g->rng << 25;
    g->rng ^= g->rng >> 27;
    return g->rng * 2685821657736338717u >> 63;
}

static struct peer *peer_find(struct weal_gossip *g, uint64_t id) {
    for (uint32_t i = 0; id != 0 && i < g->used; i++) {
        if (g->id[i] == id) return &g->peer[i];
    }
    return NULL;
}

static void blame(struct weal_gossip *g, const struct peer *p, enum weal_verdict why) {
    struct weal_gossip_effect e = {.kind = WEAL_GOSSIP_BLAME, .peer = p->id, .verdict = why};
    g->emit(g->ctx, &e);
}

/* ---- fetching ---- */

static void get_flush(struct weal_gossip *g, struct peer *p) {
    if (p->get_n == 0) return;
    g->get.ids_n = (uint16_t)p->get_n;
    for (uint32_t i = 0; i < p->get_n; i++) weal_put_le64(g->get.ids[i].short_id, p->get[i]);
    p->get_n = 0;
    struct weal_gossip_effect e = {.kind = WEAL_GOSSIP_SEND_GET, .peer = p->id, .get = &g->get};
    g->emit(g->ctx, &e);
}

static void flush_gets(struct weal_gossip *g) {
    for (uint32_t i = 0; i < g->used; i++) {
        if (g->id[i] != 0) get_flush(g, &g->peer[i]);
    }
}

/* Asks the next announcer that is here and has room; if all were asked, begins again once, then
 * gives up: whoever still wants to tell us announces again. */
static void want_ask(struct weal_gossip *g, struct gossip_want *w) {
    struct peer *p = NULL;
    while (!p && w->tried < w->announcers) {
        p = peer_find(g, w->announcer[w->tried++]);
        if (p && p->asked >= WEAL_P2P_FETCH_PEER_MAX) {
            g->stats.overflowed++;
            p = NULL;
        }
    }
    if (!p || g->due_n == 2 * WEAL_P2P_FETCHES_MAX) {
        g->stats.expired++;
        gossip_want_drop(&g->wants, w);
        return;
    }
    w->asked = p->id;
    w->due_ms = g->now_ms + WEAL_P2P_FETCH_MS;
    g->due[(g->due_head + g->due_n++) % (2 * WEAL_P2P_FETCHES_MAX)] =
        (struct due){w->id, w->due_ms};
    p->asked++;
    p->asked_ever++;
    p->get[p->get_n++] = w->id;
    if (p->get_n == WEAL_P2P_ANNOUNCE_IDS) get_flush(g, p);
}

/* It was asked of somebody who did not deliver. */
static void want_failed(struct weal_gossip *g, struct gossip_want *w) {
    struct peer *p = peer_find(g, w->asked);
    if (p && p->asked != 0) p->asked--;
    w->asked = 0;
    want_ask(g, w);
}

static void on_announced(struct weal_gossip *g, struct peer *p,
                         const struct weal_p2p_tx_announce *a) {
    if (a->ids_n == 0) {
        blame(g, p, WEAL_V_P2P_MESSAGE);
        return;
    }
    for (uint16_t i = 0; i < a->ids_n; i++) {
        uint64_t id = short_of(a->ids[i].short_id);
        if (a->ids[i].size == 0 || a->ids[i].size > WEAL_P2P_TX_MAX) {
            blame(g, p, WEAL_V_P2P_MESSAGE);
            return;
        }
        g->stats.heard++;
        p->heard[id % GOSSIP_HEARD] = id;
        if (gossip_known_has(&g->known, id)) {
            g->stats.duplicates++;
            continue;
        }
        struct gossip_want *w = gossip_want_find(&g->wants, id);
        bool fresh = w == NULL;
        if (fresh) w = gossip_want_add(&g->wants, id);
        if (!w) {
            g->stats.overflowed++;
            continue;
        }
        bool told = w->announcers == WEAL_P2P_FETCH_ANNOUNCERS;
        for (uint8_t k = 0; k < w->announcers; k++) told |= w->announcer[k] == p->id;
        if (!told) w->announcer[w->announcers++] = p->id;
        if (fresh) want_ask(g, w);
    }
}

static void on_data(struct weal_gossip *g, struct peer *p, const struct weal_p2p_tx_data *d) {
    if (d->txs_n == 0 && d->gone_n == 0) {
        blame(g, p, WEAL_V_P2P_MESSAGE);
        return;
    }
    for (uint16_t i = 0; i < d->txs_n; i++) {
        struct weal_gossip_effect e = {.kind = WEAL_GOSSIP_CHECK, .peer = p->id};
        if (++p->got_ever > p->asked_ever) {
            blame(g, p, WEAL_V_P2P_UNASKED);
            return;
        }
        e.tx = d->txs[i].tx;
        weal_hash256_one(e.id, WEAL_TAG_TX_ID, e.tx);
        uint64_t id = short_under(g->salt, e.id);
        struct gossip_want *w = gossip_want_find(&g->wants, id);
        if (!w) { /* late: another was faster, or nobody waits any more */
            g->stats.duplicates++;
            if (gossip_known_has(&g->known, id)) continue;
        } else {
            struct peer *asked = peer_find(g, w->asked);
            if (asked && asked->asked != 0) asked->asked--;
            gossip_want_drop(&g->wants, w);
        }
        gossip_known_add(&g->known, id);
        g->stats.fetched++;
        g->emit(g->ctx, &e);
    }
    for (uint16_t i = 0; i < d->gone_n; i++) {
        struct gossip_want *w = gossip_want_find(&g->wants, short_of(d->gone[i].short_id));
        if (w && w->asked == p->id) want_failed(g, w);
    }
}

static void expire(struct weal_gossip *g) {
    while (g->due_n != 0 && g->due[g->due_head].due_ms <= g->now_ms) {
        struct due d = g->due[g->due_head];
        g->due_head = (g->due_head + 1) % (2 * WEAL_P2P_FETCHES_MAX);
        g->due_n--;
        struct gossip_want *w = gossip_want_find(&g->wants, d.id);
        if (w && w->due_ms == d.due_ms) want_failed(g, w);
    }
}

/* ---- announcing ---- */

static void announce_flush(struct weal_gossip *g, struct peer *p) {
    while (p->count != 0) {
        struct weal_p2p_tx_announce *a = &g->announce;
        for (a->ids_n = 0; a->ids_n < WEAL_P2P_ANNOUNCE_IDS && p->count != 0; a->ids_n++) {
            const struct waiting *w = &p->queue[p->head];
            weal_put_le64(a->ids[a->ids_n].short_id, w->id);
            a->ids[a->ids_n].size = w->size;
            gossip_sent_add(&p->sent, w->id, w->ref);
            p->head = (p->head + 1) % WEAL_P2P_ANNOUNCE_QUEUE;
            p->count--;
        }
        g->stats.announced += a->ids_n;
        struct weal_gossip_effect e = {
            .kind = WEAL_GOSSIP_SEND_ANNOUNCE, .peer = p->id, .announce = a};
        g->emit(g->ctx, &e);
    }
}

static void on_added(struct weal_gossip *g, const struct weal_gossip_event *ev) {
    uint64_t own = short_under(g->salt, ev->id);
    struct gossip_want *w = gossip_want_find(&g->wants, own);
    if (w) {
        struct peer *asked = peer_find(g, w->asked);
        if (asked && asked->asked != 0) asked->asked--;
        gossip_want_drop(&g->wants, w);
    }
    gossip_known_add(&g->known, own);
    uint32_t ref = g->recent_n++;
    memcpy(g->recent[ref % GOSSIP_RECENT], ev->id, 32);
    for (uint32_t i = 0; i < g->used; i++) {
        struct peer *p = &g->peer[i];
        if (g->id[i] == 0 || p->id == ev->peer || p->heard[own % GOSSIP_HEARD] == own) continue;
        if (p->count == WEAL_P2P_ANNOUNCE_QUEUE) {
            g->stats.overflowed++;
            continue;
        }
        if (g->tick_ms == 0) g->tick_ms = g->now_ms + WEAL_P2P_ANNOUNCE_TICK_MS;
        p->queue[(p->head + p->count++) % WEAL_P2P_ANNOUNCE_QUEUE] =
            (struct waiting){short_under(p->salt, ev->id), ev->size, ref};
        if (p->count >= WEAL_P2P_ANNOUNCE_IDS) announce_flush(g, p);
    }
}

static void on_tick(struct weal_gossip *g) {
    expire(g);
    if (g->tick_ms == 0 || g->now_ms < g->tick_ms) return;
    bool wait = false;
    for (uint32_t i = 0; i < g->used; i++) {
        struct peer *p = &g->peer[i];
        if (g->id[i] == 0 || p->count == 0) continue;
        if (coin(g)) {
            announce_flush(g, p);
        } else {
            wait = true;
        }
    }
    g->tick_ms = wait ? g->now_ms + WEAL_P2P_ANNOUNCE_TICK_MS : 0;
}

static void on_asked(struct weal_gossip *g, struct peer *p, const struct weal_p2p_tx_get *get) {
    bool flood = false;
    uint32_t n = 0;
    if (get->ids_n == 0) {
        blame(g, p, WEAL_V_P2P_MESSAGE);
        return;
    }
    for (uint16_t i = 0; i < get->ids_n; i++) {
        struct gossip_sent *s = gossip_sent_find(&p->sent, short_of(get->ids[i].short_id));
        bool there = s && g->recent_n - s->ref <= GOSSIP_RECENT;
        if (there && s->served >= GOSSIP_SERVED_MAX) {
            flood = true;
            continue;
        }
        if (there) {
            s->served++;
            memcpy(g->serve[n], g->recent[s->ref % GOSSIP_RECENT], 32);
        } else {
            memset(g->serve[n], 0, 32);
        }
        memcpy(g->serve_short[n++], get->ids[i].short_id, 8);
    }
    g->stats.served += n;
    struct weal_gossip_effect e = {.kind = WEAL_GOSSIP_SERVE,
                                   .peer = p->id,
                                   .serve = (const uint8_t(*)[32])g->serve,
                                   .serve_short = (const uint8_t(*)[8])g->serve_short,
                                   .serve_n = n};
    if (n != 0) g->emit(g->ctx, &e);
    if (flood) blame(g, p, WEAL_V_P2P_FLOOD);
}

/* ---- peers ---- */

static void on_peer_up(struct weal_gossip *g, const struct weal_gossip_event *ev) {
    if (peer_find(g, ev->peer)) return;
    for (uint32_t i = 0; i < g->limits.peers_max; i++) {
        struct peer *p = &g->peer[i];
        if (g->id[i] != 0) continue;
        memset(p, 0, sizeof *p);
        p->id = g->id[i] = ev->peer;
        if (i == g->used) g->used++;
        memcpy(p->salt, ev->salt, 16);
        return;
    }
}

static void on_peer_down(struct weal_gossip *g, struct peer *p) {
    uint64_t id = p->id;
    g->id[p - g->peer] = 0;
    p->get_n = 0;
    for (uint32_t i = 0; g->wants.n != 0 && i < GOSSIP_WANT_SLOTS; i++) {
        /* dropping a want moves another here, so look again; each pass drops or re-asks it */
        while (g->wants.slot[i].id != 0 && g->wants.slot[i].asked == id) {
            want_failed(g, &g->wants.slot[i]);
        }
    }
}

void weal_gossip_step(struct weal_gossip *g, const struct weal_gossip_event *ev, uint64_t now_ms,
                      weal_gossip_emit *emit, void *ctx) {
    struct peer *p = peer_find(g, ev->peer);
    g->now_ms = now_ms;
    g->emit = emit;
    g->ctx = ctx;
    switch (ev->kind) {
    case WEAL_GOSSIP_PEER_UP:
        on_peer_up(g, ev);
        break;
    case WEAL_GOSSIP_PEER_DOWN:
        if (p) on_peer_down(g, p);
        break;
    case WEAL_GOSSIP_ANNOUNCED:
        if (p) on_announced(g, p, ev->announce);
        break;
    case WEAL_GOSSIP_ASKED:
        if (p) on_asked(g, p, ev->get);
        break;
    case WEAL_GOSSIP_DATA:
        if (p) on_data(g, p, ev->data);
        break;
    case WEAL_GOSSIP_ADDED:
        on_added(g, ev);
        break;
    case WEAL_GOSSIP_FORGET:
        gossip_known_drop(&g->known, short_under(g->salt, ev->id));
        break;
    case WEAL_GOSSIP_TICK:
        on_tick(g);
        break;
    }
    flush_gets(g);
}

uint64_t weal_gossip_wake(const struct weal_gossip *g) {
    uint64_t due = g->due_n != 0 ? g->due[g->due_head].due_ms : UINT64_MAX;
    return g->tick_ms != 0 && g->tick_ms < due ? g->tick_ms : due;
}

size_t weal_gossip_footprint(const struct weal_gossip_limits *limits) {
    return sizeof(struct weal_gossip) + limits->peers_max * sizeof(struct peer);
}

struct weal_gossip *weal_gossip_init(void *mem, const struct weal_gossip_limits *limits,
                                     const uint8_t salt[16], const uint8_t seed[32]) {
    struct weal_gossip *g = (struct weal_gossip *)mem;
    memset(g, 0, offsetof(struct weal_gossip, due)); /* what lies behind is written before read */
    g->due_head = g->due_n = g->recent_n = 0;
    memset(&g->stats, 0, sizeof g->stats);
    g->limits = *limits;
    if (g->limits.peers_max > GOSSIP_PEERS_MAX) g->limits.peers_max = GOSSIP_PEERS_MAX;
    memcpy(g->salt, salt, 16);
    g->rng = weal_le64(seed) | 1;
    g->wants.key = weal_le64(seed + 8);
    g->known.key = weal_le64(seed + 16);
    return g;
}

void weal_gossip_stats_get(const struct weal_gossip *g, struct weal_gossip_stats *out) {
    *out = g->stats;
    out->wanted = g->wants.n;
}
