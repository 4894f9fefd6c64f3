/* SPDX-License-Identifier: ISC */
/* Gossip between several cores in one process: every transaction reaches everybody, crosses a link
 * about once, and no announcer's failure loses it. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/hash/hash.h"
#include "p2p/gossip.h"

enum { NODES = 5, TXS = 600, MAIL = 1 << 16 };

struct mail {
    uint64_t at_ms, seq;
    uint32_t from, to;
    enum weal_gossip_event_kind kind;
    union {
        struct weal_p2p_tx_announce announce;
        struct weal_p2p_tx_get get;
        struct {
            uint32_t n, gone_n;
            uint32_t tx[512];
            uint8_t gone[512][8];
        } data;
    } u;
};

struct node {
    struct weal_gossip *g;
    uint8_t salt[16];
    bool has[TXS], checking[TXS];
    uint32_t received[TXS]; /* times its bytes came */
    uint32_t blamed;
    enum weal_verdict why; /* of the last blame */
    bool mute;             /* answers nothing */
};

struct world {
    struct node node[NODES + 1];
    struct mail *mail[MAIL];
    uint32_t n;
    uint64_t now, seq, rng, last_ms; /* last_ms: of the last delivery */
    uint8_t tx[TXS][64], id[TXS][32];
    uint32_t me; /* whose step is under way */
};

static uint32_t draw(struct world *w, uint32_t n) {
    w->rng ^= w->rng << 13;
    w->rng ^= w->rng >> 7;
    w->rng ^= w->rng << 17;
    return (uint32_t)((w->rng >> 11) % n);
}

static int tx_of(struct world *w, const uint8_t id[32]) {
    for (int i = 0; i < TXS; i++) {
        if (memcmp(w->id[i], id, 32) == 0) return i;
    }
    return -1;
}

static struct mail *post(struct world *w, uint32_t from, uint32_t to, uint64_t ms,
                         enum weal_gossip_event_kind kind) {
    struct mail *m = calloc(1, sizeof *m);
    assert_true(w->n < MAIL);
    m->at_ms = w->now + ms;
    m->seq = w->seq++;
    m->from = from;
    m->to = to;
    m->kind = kind;
    w->mail[w->n++] = m;
    return m;
}

static void on_effect(void *ctx, const struct weal_gossip_effect *e) {
    struct world *w = ctx;
    struct node *n = &w->node[w->me];
    uint32_t to = (uint32_t)e->peer;
    uint64_t ms = 1 + draw(w, 30);
    switch (e->kind) {
    case WEAL_GOSSIP_SEND_ANNOUNCE:
        post(w, w->me, to, ms, WEAL_GOSSIP_ANNOUNCED)->u.announce = *e->announce;
        break;
    case WEAL_GOSSIP_SEND_GET:
        post(w, w->me, to, ms, WEAL_GOSSIP_ASKED)->u.get = *e->get;
        break;
    case WEAL_GOSSIP_SERVE: {
        if (n->mute) break;
        struct mail *m = post(w, w->me, to, ms, WEAL_GOSSIP_DATA);
        for (uint32_t i = 0; i < e->serve_n; i++) {
            int t = tx_of(w, e->serve[i]);
            if (t >= 0 && n->has[t]) {
                m->u.data.tx[m->u.data.n++] = (uint32_t)t;
            } else {
                memcpy(m->u.data.gone[m->u.data.gone_n++], e->serve_short[i], 8);
            }
        }
        break;
    }
    case WEAL_GOSSIP_CHECK: {
        int t = tx_of(w, e->id);
        assert_true(t >= 0);
        n->received[t]++;
        w->last_ms = w->now;
        n->checking[t] = true;
        break;
    }
    case WEAL_GOSSIP_BLAME:
        w->node[to].blamed++;
        w->node[to].why = e->verdict;
        break;
    }
}

static void step(struct world *w, uint32_t me, struct weal_gossip_event *ev) {
    w->me = me;
    weal_gossip_step(w->node[me].g, ev, w->now, on_effect, w);
    for (int t = 0; t < TXS; t++) { /* the host verifies after the step */
        if (!w->node[me].checking[t]) continue;
        w->node[me].checking[t] = false;
        w->node[me].has[t] = true;
        struct weal_gossip_event add = {
            .kind = WEAL_GOSSIP_ADDED, .peer = ev->peer, .size = sizeof w->tx[t]};
        memcpy(add.id, w->id[t], 32);
        weal_gossip_step(w->node[me].g, &add, w->now, on_effect, w);
    }
}

static void deliver(struct world *w, struct mail *m) {
    static struct weal_p2p_tx_data data;
    struct weal_gossip_event ev = {.kind = m->kind, .peer = m->from};
    ev.announce = &m->u.announce;
    if (m->kind == WEAL_GOSSIP_ASKED) ev.get = &m->u.get;
    if (m->kind == WEAL_GOSSIP_DATA) {
        uint32_t t = 0, g = 0; /* split as the wire's caps demand */
        do {
            for (data.txs_n = 0; data.txs_n < 256 && t < m->u.data.n; data.txs_n++, t++) {
                data.txs[data.txs_n].tx = WEAL_BYTES(w->tx[m->u.data.tx[t]]);
            }
            for (data.gone_n = 0; data.gone_n < 256 && g < m->u.data.gone_n; data.gone_n++, g++) {
                memcpy(data.gone[data.gone_n].short_id, m->u.data.gone[g], 8);
            }
            ev.data = &data;
            step(w, m->to, &ev);
        } while (t < m->u.data.n || g < m->u.data.gone_n);
        return;
    }
    step(w, m->to, &ev);
}

static bool turn(struct world *w) {
    uint64_t at = UINT64_MAX, seq = UINT64_MAX;
    uint32_t which = 0, ticker = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        struct mail *m = w->mail[i];
        if (m->at_ms > at || (m->at_ms == at && m->seq > seq)) continue;
        at = m->at_ms, seq = m->seq, which = i;
    }
    for (uint32_t i = 1; i <= NODES; i++) {
        uint64_t wake = weal_gossip_wake(w->node[i].g);
        if (wake < at) at = wake, ticker = i;
    }
    if (at == UINT64_MAX) return false;
    if (at > w->now) w->now = at;
    if (ticker != 0) {
        step(w, ticker, &(struct weal_gossip_event){.kind = WEAL_GOSSIP_TICK});
        return true;
    }
    struct mail *m = w->mail[which];
    w->mail[which] = w->mail[--w->n];
    deliver(w, m);
    free(m);
    return true;
}

static struct world *world_new(uint64_t seed) {
    struct world *w = calloc(1, sizeof *w);
    struct weal_gossip_limits limits = {.peers_max = NODES};
    w->rng = seed * 2654435761u + 88172645463325252u;
    for (int t = 0; t < TXS; t++) {
        for (int i = 0; i < 64; i++) w->tx[t][i] = (uint8_t)draw(w, 256);
        weal_hash256_one(w->id[t], WEAL_TAG_TX_ID, WEAL_BYTES(w->tx[t]));
    }
    for (uint32_t i = 1; i <= NODES; i++) {
        uint8_t key[32];
        memset(key, (int)(i + seed), 32);
        memset(w->node[i].salt, (int)i, 16);
        w->node[i].g =
            weal_gossip_init(malloc(weal_gossip_footprint(&limits)), &limits, w->node[i].salt, key);
    }
    return w;
}
static void connect2(struct world *w, uint32_t a, uint32_t b) {
    struct weal_gossip_event ev = {.kind = WEAL_GOSSIP_PEER_UP, .peer = b};
    memcpy(ev.salt, w->node[b].salt, 16);
    step(w, a, &ev);
    ev.peer = a;
    memcpy(ev.salt, w->node[a].salt, 16);
    step(w, b, &ev);
}
static void mesh(struct world *w) {
    for (uint32_t a = 1; a <= NODES; a++) {
        for (uint32_t b = a + 1; b <= NODES; b++) connect2(w, a, b);
    }
}
static void submit(struct world *w, uint32_t node, int t) {
    struct weal_gossip_event ev = {.kind = WEAL_GOSSIP_ADDED, .size = sizeof w->tx[t]};
    memcpy(ev.id, w->id[t], 32);
    w->node[node].has[t] = true;
    step(w, node, &ev);
}
static void world_free(struct world *w) {
    for (uint32_t i = 0; i < w->n; i++) free(w->mail[i]);
    for (uint32_t i = 1; i <= NODES; i++) free(w->node[i].g);
    free(w);
}

static void everything_reaches_everybody_once(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct world *w = world_new(seed);
        mesh(w);
        for (int t = 0; t < TXS; t++) submit(w, 1 + draw(w, NODES), t);
        while (turn(w)) {
        }
        for (uint32_t i = 1; i <= NODES; i++) {
            for (int t = 0; t < TXS; t++) {
                assert_true(w->node[i].has[t]);
                assert_true(w->node[i].received[t] <= 1);
            }
            assert_int_equal(w->node[i].blamed, 0);
            struct weal_gossip_stats st;
            weal_gossip_stats_get(w->node[i].g, &st);
            assert_int_equal(st.wanted, 0);
        }
        assert_true(w->last_ms < 1000);
        world_free(w);
    }
}

/* Some peers announce and never deliver: the next announcer is asked, nobody is blamed. */
static void mute_announcers_only_cost_time(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct world *w = world_new(seed);
        mesh(w);
        w->node[2].mute = true;
        for (int t = 0; t < 100; t++) submit(w, 1, t), submit(w, 2, t);
        while (turn(w)) {
        }
        for (uint32_t i = 1; i <= NODES; i++) {
            for (int t = 0; t < 100; t++) assert_true(w->node[i].has[t]);
            assert_int_equal(w->node[i].blamed, 0);
        }
        assert_true(w->last_ms < 3 * WEAL_P2P_FETCH_MS);
        world_free(w);
    }
}

/* An announcer leaves before it delivers. */
static void a_leaving_announcer_is_replaced(void **state) {
    (void)state;
    struct world *w = world_new(9);
    mesh(w);
    w->node[2].mute = true;
    submit(w, 2, 0);
    for (int i = 0; i < 8; i++) turn(w);
    submit(w, 1, 0);
    for (uint32_t i = 3; i <= NODES; i++) {
        step(w, i, &(struct weal_gossip_event){.kind = WEAL_GOSSIP_PEER_DOWN, .peer = 2});
    }
    while (turn(w)) {
    }
    for (uint32_t i = 3; i <= NODES; i++) assert_true(w->node[i].has[0]);
    assert_true(w->last_ms < WEAL_P2P_FETCH_MS);
    world_free(w);
}

static void what_breaks_the_protocol_is_blamed(void **state) {
    (void)state;
    struct world *w = world_new(7);
    connect2(w, 1, 2);
    static struct weal_p2p_tx_data data;
    static struct weal_p2p_tx_get get;
    static struct weal_p2p_tx_announce announce;
    struct weal_gossip_event ev = {.kind = WEAL_GOSSIP_DATA, .peer = 2, .data = &data};
    data.txs_n = 1;
    data.txs[0].tx = WEAL_BYTES(w->tx[0]);
    step(w, 1, &ev); /* never asked */
    assert_int_equal(w->node[2].blamed, 1);
    assert_int_equal(w->node[2].why, WEAL_V_P2P_UNASKED);
    assert_false(w->node[1].has[0]);
    data.txs_n = 0;
    step(w, 1, &ev); /* empty */
    assert_int_equal(w->node[2].blamed, 2);
    assert_int_equal(w->node[2].why, WEAL_V_P2P_MESSAGE);
    ev = (struct weal_gossip_event){.kind = WEAL_GOSSIP_ANNOUNCED, .peer = 2};
    ev.announce = &announce;
    step(w, 1, &ev); /* empty */
    assert_int_equal(w->node[2].blamed, 3);
    assert_int_equal(w->node[2].why, WEAL_V_P2P_MESSAGE);
    announce.ids_n = 1; /* of no size */
    step(w, 1, &ev);
    assert_int_equal(w->node[2].blamed, 4);
    assert_int_equal(w->node[2].why, WEAL_V_P2P_MESSAGE);
    /* the same transaction asked for again and again */
    submit(w, 1, 5);
    while (turn(w)) {
    }
    get.ids_n = 1;
    weal_gossip_short_id(get.ids[0].short_id, w->node[2].salt, w->id[5]);
    ev = (struct weal_gossip_event){.kind = WEAL_GOSSIP_ASKED, .peer = 2, .get = &get};
    for (int i = 0; i < 3; i++) step(w, 1, &ev);
    assert_int_equal(w->node[2].blamed, 5);
    assert_int_equal(w->node[2].why, WEAL_V_P2P_FLOOD);
    world_free(w);
}

/* A flood of announcements stays within the tables, and the core keeps working. */
static void floods_are_bounded(void **state) {
    (void)state;
    struct world *w = world_new(8);
    connect2(w, 1, 2);
    connect2(w, 1, 3);
    w->node[2].mute = true;
    static struct weal_p2p_tx_announce a;
    struct weal_gossip_event ev = {.kind = WEAL_GOSSIP_ANNOUNCED, .peer = 2, .announce = &a};
    struct weal_gossip_stats st;
    for (int k = 0; k < 200; k++) {
        a.ids_n = 512;
        for (int i = 0; i < 512; i++) {
            for (int b = 0; b < 8; b++) a.ids[i].short_id[b] = (uint8_t)draw(w, 256);
            a.ids[i].size = 100;
        }
        step(w, 1, &ev);
        weal_gossip_stats_get(w->node[1].g, &st);
        assert_true(st.wanted <= WEAL_P2P_FETCH_PEER_MAX);
    }
    assert_true(st.overflowed > 0);
    submit(w, 3, 1);
    while (turn(w)) {
    }
    assert_true(w->node[1].has[1]);
    weal_gossip_stats_get(w->node[1].g, &st);
    assert_int_equal(st.wanted, 0);
    world_free(w);
}

/* Left the pool unfinished, announced again: fetched again. */
static void what_is_forgotten_can_come_back(void **state) {
    (void)state;
    struct world *w = world_new(10);
    connect2(w, 1, 2);
    submit(w, 1, 0);
    while (turn(w)) {
    }
    assert_int_equal(w->node[2].received[0], 1);
    struct weal_gossip_event ev = {.kind = WEAL_GOSSIP_FORGET};
    memcpy(ev.id, w->id[0], 32);
    step(w, 2, &ev);
    connect2(w, 1, 2); /* already up: no effect */
    step(w, 1, &(struct weal_gossip_event){.kind = WEAL_GOSSIP_PEER_DOWN, .peer = 2});
    step(w, 2, &(struct weal_gossip_event){.kind = WEAL_GOSSIP_PEER_DOWN, .peer = 1});
    connect2(w, 1, 2);
    submit(w, 1, 0);
    while (turn(w)) {
    }
    assert_int_equal(w->node[2].received[0], 2);
    world_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_reaches_everybody_once),
        cmocka_unit_test(mute_announcers_only_cost_time),
        cmocka_unit_test(a_leaving_announcer_is_replaced),
        cmocka_unit_test(what_breaks_the_protocol_is_blamed),
        cmocka_unit_test(floods_are_bounded),
        cmocka_unit_test(what_is_forgotten_can_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
