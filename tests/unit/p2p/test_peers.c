/* SPDX-License-Identifier: ISC */
/* Whom to be connected with: dialling, limits, duplicates, scores, bans that end, addresses. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "p2p/addrbook.h"
#include "p2p/peers.h"

struct host {
    struct weal_peers *p;
    struct weal_peers_effect e[512];
    uint32_t n;
    uint64_t now;
};

static void collect(void *ctx, const struct weal_peers_effect *e) {
    struct host *h = ctx;
    assert_true(h->n < 512);
    h->e[h->n++] = *e;
}
static void step(struct host *h, struct weal_peers_event ev) {
    h->n = 0;
    weal_peers_step(h->p, &ev, h->now, collect, h);
}
static void host_init(struct host *h, uint8_t identity, uint32_t peers_max, uint32_t outbound) {
    struct weal_peers_limits limits = {.peers_max = peers_max, .outbound = outbound, .pex = true};
    uint8_t id[32], seed[32] = {3};
    memset(h, 0, sizeof *h);
    memset(id, identity, 32);
    h->now = 1000;
    h->p = weal_peers_init(malloc(weal_peers_footprint()), &limits, id, seed);
}
static struct weal_peers_addr ip(int a, int b, int c, int d, uint16_t port) {
    struct weal_peers_addr x = {.port = port};
    x.ip[10] = x.ip[11] = 0xff;
    x.ip[12] = (uint8_t)a, x.ip[13] = (uint8_t)b, x.ip[14] = (uint8_t)c, x.ip[15] = (uint8_t)d;
    return x;
}
static uint64_t accept_from(struct host *h, struct weal_peers_addr a, enum weal_verdict *why) {
    step(h, (struct weal_peers_event){.kind = WEAL_PEERS_ACCEPTED, .addr = a});
    assert_int_equal(h->n, 1);
    if (why) *why = h->e[0].why;
    return h->e[0].kind == WEAL_PEERS_ADMIT ? h->e[0].conn : 0;
}
static void up(struct host *h, uint64_t conn, uint8_t identity) {
    struct weal_peers_event ev = {.kind = WEAL_PEERS_UP, .conn = conn, .listen_port = 99};
    memset(ev.identity, identity, 32);
    step(h, ev);
}
static void down(struct host *h, uint64_t conn, enum weal_verdict why) {
    step(h, (struct weal_peers_event){.kind = WEAL_PEERS_DOWN, .conn = conn, .why = why});
}
static bool closes(const struct host *h, uint64_t conn, enum weal_verdict why) {
    for (uint32_t i = 0; i < h->n; i++) {
        if (h->e[i].kind == WEAL_PEERS_CLOSE && h->e[i].conn == conn)
            return unit_seen(h->e[i].why) == why;
    }
    return false;
}
static const struct weal_peers_effect *dialled(const struct host *h) {
    for (uint32_t i = 0; i < h->n; i++) {
        if (h->e[i].kind == WEAL_PEERS_DIAL) return &h->e[i];
    }
    return NULL;
}

static void kept_peers_are_dialled_with_back_off(void **state) {
    (void)state;
    struct host h;
    host_init(&h, 1, 16, 0);
    step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_KEEP, .addr = ip(1, 2, 3, 4, 5)});
    const struct weal_peers_effect *d = dialled(&h);
    assert_non_null(d);
    uint64_t last = h.now, gap = 0;
    uint32_t dials = 1;
    for (int i = 0; i < 6000; i++) { /* ten minutes of failures */
        if (d) {
            if (dials > 8) assert_in_range(h.now - last, 2400, 5200);
            gap = h.now - last;
            last = h.now;
            down(&h, d->conn, WEAL_V_P2P_CLOSED);
            dials++;
        }
        h.now += 100;
        step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
        d = dialled(&h);
    }
    assert_in_range(dials, 100, 300);
    assert_true(gap > 2000);
    /* once up, nothing is dialled; its inbound connection counts as well */
    while (!d) {
        h.now += 100;
        step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
        d = dialled(&h);
    }
    uint64_t conn = d->conn;
    up(&h, conn, 9);
    assert_true(weal_peers_kept(h.p, conn));
    h.now += 60000;
    step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
    assert_null(dialled(&h));
    down(&h, conn, WEAL_V_P2P_CLOSED);
    uint64_t in = accept_from(&h, ip(1, 2, 3, 4, 40000), NULL);
    up(&h, in, 9);
    h.now += 60000;
    step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
    assert_null(dialled(&h));
    assert_true(weal_peers_kept(h.p, in));
    free(h.p);
}

static void inbound_is_limited_by_group_and_by_number(void **state) {
    (void)state;
    struct host h;
    enum weal_verdict why;
    host_init(&h, 1, 20, 4);
    for (int i = 0; i < WEAL_P2P_GROUP_INBOUND_MAX; i++) {
        assert_true(accept_from(&h, ip(10, 1, 0, i, 1000), NULL) != 0);
    }
    assert_int_equal(accept_from(&h, ip(10, 1, 9, 9, 1000), &why), 0);
    assert_int_equal(why, WEAL_V_P2P_FULL);
    uint32_t n = WEAL_P2P_GROUP_INBOUND_MAX;
    while (n < 16) n += accept_from(&h, ip(20 + (int)n, 1, 0, 1, 1000), &why) != 0;
    /* four places stay free for dialling */
    assert_int_equal(accept_from(&h, ip(10, 1, 9, 9, 1000), &why), 0);
    assert_int_equal(why, WEAL_V_P2P_FULL);
    free(h.p);
    host_init(&h, 1, 20, 4); /* who comes and goes quickly has its share of a while, too */
    uint32_t came = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t c = accept_from(&h, ip(10, 1, 0, i, 1000), &why);
        came += c != 0;
        if (c != 0) down(&h, c, WEAL_V_P2P_CLOSED);
    }
    assert_int_equal(came, WEAL_P2P_GROUP_ACCEPTS);
    h.now += WEAL_P2P_ACCEPT_WINDOW_MS + 1;
    assert_true(accept_from(&h, ip(10, 1, 0, 0, 1000), NULL) != 0);
    free(h.p);
    host_init(&h, 1, 20, 4); /* one machine: no group limit */
    for (int i = 0; i < 12; i++) {
        assert_true(accept_from(&h, ip(127, 0, 0, 1, (uint16_t)(1000 + i)), NULL) != 0);
    }
    free(h.p);
}

/* A few networks can't take every place: the youngest of the most crowded makes room, as long as
 * somebody with fewer places comes. */
static void a_crowd_makes_room(void **state) {
    (void)state;
    struct host h;
    host_init(&h, 1, 16, 4); /* twelve places */
    uint64_t crowd[3][4];
    for (int g = 0; g < 3; g++) {
        for (int k = 0; k < 4; k++) {
            crowd[g][k] = accept_from(&h, ip(10 + g, 1, 0, k, 1000), NULL);
            assert_true(crowd[g][k] != 0);
        }
    }
    uint32_t admitted = 0;
    for (int i = 0; i < 40; i++) {
        step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_ACCEPTED,
                                           .addr = ip(50 + i, 1, 0, 1, 1000)});
        if (h.n == 1) break; /* turned away */
        assert_int_equal(h.n, 2);
        assert_int_equal(h.e[0].kind, WEAL_PEERS_CLOSE);
        assert_int_equal(h.e[0].why, WEAL_V_P2P_FULL);
        assert_int_equal(h.e[1].kind, WEAL_PEERS_ADMIT);
        if (i == 0) assert_int_equal(h.e[0].conn, crowd[2][3]);
        admitted++;
        down(&h, h.e[0].conn, WEAL_V_P2P_FULL);
    }
    assert_int_equal(admitted, 9); /* until every group has one */
    assert_int_equal(h.e[0].kind, WEAL_PEERS_TURN_AWAY);
    free(h.p);
    /* whom the operator named stays */
    host_init(&h, 1, 4, 1);
    step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_KEEP, .addr = ip(9, 1, 0, 1, 5)});
    up(&h, dialled(&h)->conn, 9);
    uint64_t a = accept_from(&h, ip(10, 1, 0, 1, 1), NULL);
    uint64_t b = accept_from(&h, ip(10, 1, 0, 2, 1), NULL);
    up(&h, b, 9); /* the same node dialled us: one of the two goes, the other is kept */
    step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_ACCEPTED, .addr = ip(11, 1, 0, 1, 1)});
    for (uint32_t i = 0; i < h.n; i++)
        assert_false(h.e[i].kind == WEAL_PEERS_CLOSE && h.e[i].conn == b);
    assert_true(a != 0);
    free(h.p);
}

static uint32_t tick_until_dial(struct host *h, uint32_t ticks) {
    for (uint32_t i = 1; i <= ticks; i++) {
        h->now += 100;
        step(h, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
        if (dialled(h)) return i;
    }
    return 0;
}

static void learn(struct host *h, uint64_t conn, int group, int n) {
    struct weal_peers_known k[WEAL_P2P_PEX_ADDRS];
    memset(k, 0, sizeof k);
    for (int i = 0; i < n; i++) {
        k[i].addr = ip(group + i, 1, 1, 1, 77);
        k[i].identity[0] = (uint8_t)(group + i);
    }
    step(h, (struct weal_peers_event){
                .kind = WEAL_PEERS_ADDRS, .conn = conn, .addrs = k, .addrs_n = (uint32_t)n});
}

/* Whoever holds all the connections we dialled does not hold them for ever. */
static void dialled_connections_make_room_in_turn(void **state) {
    (void)state;
    struct host h;
    host_init(&h, 1, 16, 2);
    uint64_t c = accept_from(&h, ip(9, 9, 9, 9, 1), NULL), got[2];
    learn(&h, c, 40, 2);
    for (int i = 0; i < 2; i++) {
        assert_true(tick_until_dial(&h, 50) != 0);
        got[i] = dialled(&h)->conn;
        up(&h, got[i], (uint8_t)(20 + i));
    }
    /* with no other address known they stay */
    assert_int_equal(tick_until_dial(&h, 2 * WEAL_P2P_ROTATE_MS / 100), 0);
    learn(&h, c, 60, 4);
    uint64_t closed = 0;
    for (int i = 0; i < WEAL_P2P_ROTATE_MS / 100 + 2 && closed == 0; i++) {
        h.now += 100;
        step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
        for (uint32_t k = 0; k < h.n; k++)
            if (h.e[k].kind == WEAL_PEERS_CLOSE) closed = h.e[k].conn;
    }
    assert_true(closed == got[0] || closed == got[1]);
    down(&h, closed, WEAL_V_P2P_FULL);
    assert_true(tick_until_dial(&h, 50) != 0);
    assert_in_range(dialled(&h)->addr.ip[12], 60, 63); /* another, not the same again */
    free(h.p);
}

/* Where it was connected to comes first after a restart, whatever else is in the book; and a group
 * that has told us its share tells us no more because we have restarted. */
static void a_book_remembers_anchors_and_sources(void **state) {
    (void)state;
    struct host h, g;
    static uint8_t mem[2][WEAL_PEERS_BOOK_MAX];
    host_init(&h, 1, 16, 3);
    uint64_t c = accept_from(&h, ip(9, 9, 9, 9, 1), NULL);
    learn(&h, c, 40, 3);
    uint8_t first[2] = {0, 0};
    for (int i = 0; i < 3; i++) {
        assert_true(tick_until_dial(&h, 50) != 0);
        if (i < 2) first[i] = dialled(&h)->addr.ip[12];
        up(&h, dialled(&h)->conn, (uint8_t)(20 + i));
    }
    learn(&h, c, 130, WEAL_P2P_PEX_ADDRS);
    struct weal_wr w = weal_wr(mem[0], sizeof mem[0]), again = weal_wr(mem[1], sizeof mem[1]);
    weal_peers_save(h.p, &w);
    for (uint8_t round = 0; round < 5; round++) {
        host_init(&g, 1, 16, 3);
        g.now = 5000 + 77 * round;
        assert_true(weal_peers_load(g.p, weal_wr_done(&w)));
        for (int i = 0; i < 2; i++) {
            assert_true(tick_until_dial(&g, 50) != 0);
            uint8_t at = dialled(&g)->addr.ip[12];
            assert_true(at == first[0] || at == first[1]);
        }
        uint64_t from = accept_from(&g, ip(9, 9, 9, 9, 1), NULL);
        learn(&g, from, 60, WEAL_P2P_PEX_ADDRS);
        again.n = 0;
        weal_peers_save(g.p, &again);
        assert_int_equal(weal_le16(mem[1] + 4), weal_le16(mem[0] + 4));
        free(g.p);
    }
    free(h.p);
}

/* Both ends let go of the same one of two crossing connections. */
static void crossing_connections_leave_one(void **state) {
    (void)state;
    for (int swap = 0; swap < 2; swap++) {
        struct host a, b;
        host_init(&a, swap ? 2 : 1, 16, 0), host_init(&b, swap ? 1 : 2, 16, 0);
        uint8_t ida = swap ? 2 : 1, idb = swap ? 1 : 2;
        step(&a, (struct weal_peers_event){.kind = WEAL_PEERS_KEEP, .addr = ip(1, 1, 1, 1, 1)});
        uint64_t a_out = dialled(&a)->conn;
        step(&b, (struct weal_peers_event){.kind = WEAL_PEERS_KEEP, .addr = ip(2, 2, 2, 2, 2)});
        uint64_t b_out = dialled(&b)->conn;
        uint64_t a_in = accept_from(&a, ip(2, 2, 2, 2, 3), NULL);
        uint64_t b_in = accept_from(&b, ip(1, 1, 1, 1, 3), NULL);
        up(&a, a_out, idb), up(&a, a_in, idb); /* a sees its own first */
        bool a_keeps_out = closes(&a, a_in, WEAL_V_P2P_DUPLICATE);
        assert_true(a_keeps_out != closes(&a, a_out, WEAL_V_P2P_DUPLICATE));
        up(&b, b_out, ida), up(&b, b_in, ida); /* b too */
        bool b_keeps_in = closes(&b, b_out, WEAL_V_P2P_DUPLICATE);
        assert_true(b_keeps_in != closes(&b, b_in, WEAL_V_P2P_DUPLICATE));
        assert_int_equal(a_keeps_out, b_keeps_in);
        free(a.p), free(b.p);
    }
    struct host h; /* dialled anew by a peer that restarted: the new one stays */
    host_init(&h, 1, 16, 0);
    uint64_t was = accept_from(&h, ip(5, 5, 5, 5, 1), NULL);
    up(&h, was, 7);
    uint64_t now = accept_from(&h, ip(5, 5, 5, 5, 2), NULL);
    up(&h, now, 7);
    assert_true(closes(&h, was, WEAL_V_P2P_DUPLICATE));
    free(h.p);
}

static void bans_are_for_the_provable_and_end(void **state) {
    (void)state;
    struct host h;
    enum weal_verdict why;
    host_init(&h, 1, 16, 0);
    struct weal_peers_addr a = ip(9, 9, 9, 9, 1);
    uint64_t c = accept_from(&h, a, NULL);
    up(&h, c, 7);
    /* what is nobody's fault never adds up */
    const enum weal_verdict innocent[] = {WEAL_V_P2P_TIMEOUT, WEAL_V_P2P_SILENT, WEAL_V_P2P_STALLED,
                                          WEAL_V_P2P_CLOSED,  WEAL_V_P2P_CHAIN,  WEAL_V_P2P_DECRYPT,
                                          WEAL_V_P2P_MEMORY,  WEAL_V_P2P_REFUSED};
    for (int i = 0; i < 1000; i++) {
        step(&h, (struct weal_peers_event){
                     .kind = WEAL_PEERS_BLAME, .conn = c, .why = innocent[i % 8]});
        assert_int_equal(h.n, 0);
    }
    assert_int_equal(weal_peers_score(h.p, c, h.now), 0);
    /* small offences fade: 19 of them, then an hour, then 19 more */
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 19; i++) {
            step(&h, (struct weal_peers_event){
                         .kind = WEAL_PEERS_BLAME, .conn = c, .why = WEAL_V_P2P_UNASKED});
            assert_int_equal(h.n, 0);
        }
        h.now += 60 * 60 * 1000;
    }
    /* one proof of invalid consensus data is enough */
    step(&h,
         (struct weal_peers_event){.kind = WEAL_PEERS_BLAME, .conn = c, .why = WEAL_V_P2P_INVALID});
    assert_true(closes(&h, c, WEAL_V_P2P_INVALID));
    down(&h, c, WEAL_V_P2P_INVALID);
    assert_true(weal_peers_banned(h.p, a.ip, h.now));
    assert_int_equal(accept_from(&h, a, &why), 0);
    assert_int_equal(why, WEAL_V_P2P_BANNED);
    /* from another address it is known by its key */
    uint64_t other = accept_from(&h, ip(8, 8, 8, 8, 1), NULL);
    up(&h, other, 7);
    assert_true(closes(&h, other, WEAL_V_P2P_BANNED));
    down(&h, other, WEAL_V_P2P_BANNED);
    h.now += WEAL_P2P_BAN_MS;
    assert_false(weal_peers_banned(h.p, a.ip, h.now));
    c = accept_from(&h, a, NULL);
    up(&h, c, 7);
    assert_int_equal(h.n == 0 || !closes(&h, c, WEAL_V_P2P_BANNED), 1);
    /* the second ban is twice as long */
    step(&h,
         (struct weal_peers_event){.kind = WEAL_PEERS_BLAME, .conn = c, .why = WEAL_V_P2P_INVALID});
    down(&h, c, WEAL_V_P2P_INVALID);
    h.now += WEAL_P2P_BAN_MS + 1;
    assert_true(weal_peers_banned(h.p, a.ip, h.now));
    h.now += WEAL_P2P_BAN_MS;
    assert_false(weal_peers_banned(h.p, a.ip, h.now));
    free(h.p);
}

/* Who breaks the protocol and comes back at once gets no clean slate. */
static void a_bad_score_outlives_the_connection(void **state) {
    (void)state;
    struct host h;
    host_init(&h, 1, 16, 0);
    int rounds = 0;
    for (; rounds < 10; rounds++) {
        uint64_t c = accept_from(&h, ip(127, 0, 0, 1, (uint16_t)(1000 + rounds)), NULL);
        assert_true(c != 0); /* loopback addresses are not banned */
        up(&h, c, 7);
        if (closes(&h, c, WEAL_V_P2P_BANNED)) break;
        down(&h, c, WEAL_V_P2P_PIECE);
    }
    assert_int_equal(rounds, 2);
    uint64_t c = accept_from(&h, ip(127, 0, 0, 1, 2000), NULL); /* others there are not meant */
    up(&h, c, 8);
    assert_false(closes(&h, c, WEAL_V_P2P_BANNED));
    free(h.p);
}

static void the_operator_can_ban_and_pardon(void **state) {
    (void)state;
    struct host h;
    host_init(&h, 1, 16, 0);
    struct weal_peers_addr a = ip(9, 9, 9, 9, 1);
    uint64_t c = accept_from(&h, a, NULL);
    step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_BAN, .addr = a, .for_ms = 5000});
    assert_true(closes(&h, c, WEAL_V_P2P_BANNED));
    assert_true(weal_peers_banned(h.p, a.ip, h.now));
    step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_BAN, .addr = a, .for_ms = 0});
    assert_false(weal_peers_banned(h.p, a.ip, h.now));
    free(h.p);
}

static void addresses_are_learnt_kept_and_bounded(void **state) {
    (void)state;
    struct host h, g;
    host_init(&h, 1, 64, 4);
    uint64_t c = accept_from(&h, ip(9, 9, 9, 9, 1), NULL);
    up(&h, c, 7);
    /* one group can teach us so many and no more */
    struct weal_peers_known k[WEAL_P2P_PEX_ADDRS];
    memset(k, 0, sizeof k);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < WEAL_P2P_PEX_ADDRS; i++) k[i].addr = ip(50 + round, i, 1, 1, 77);
        step(&h,
             (struct weal_peers_event){
                 .kind = WEAL_PEERS_ADDRS, .conn = c, .addrs = k, .addrs_n = WEAL_P2P_PEX_ADDRS});
    }
    static uint8_t mem[WEAL_PEERS_BOOK_MAX];
    struct weal_wr w = weal_wr(mem, sizeof mem);
    weal_peers_save(h.p, &w);
    assert_false(w.failed);
    assert_int_equal(weal_le16(mem + 4), WEAL_P2P_ADDRS_GROUP_MAX);
    /* dials are spread over groups and limited in number */
    for (int i = 0; i < 50; i++) {
        h.now += 100;
        step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
    }
    h.now += 100;
    step(&h, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
    assert_null(dialled(&h));
    /* what was never reached is not handed on; what was, is */
    assert_int_equal(weal_peers_addrs(h.p, k, WEAL_P2P_PEX_ADDRS), 0);
    host_init(&g, 2, 64, 4);
    assert_true(weal_peers_load(g.p, weal_wr_done(&w)));
    step(&g, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
    const struct weal_peers_effect *d = dialled(&g);
    assert_non_null(d);
    up(&g, d->conn, 42);
    assert_int_equal(weal_peers_addrs(g.p, k, WEAL_P2P_PEX_ADDRS), 1);
    assert_int_equal(k[0].identity[0], 42);
    /* a book that is cut or altered is refused whole */
    for (size_t n = 0; n < w.n; n += 7) {
        struct host x;
        host_init(&x, 3, 4, 1);
        assert_false(weal_peers_load(x.p, weal_bytes(mem, n)));
        step(&x, (struct weal_peers_event){.kind = WEAL_PEERS_TICK});
        assert_null(dialled(&x));
        free(x.p);
    }
    free(h.p), free(g.p);
}

static void strangers_cannot_point_us_at_ourselves(void **state) {
    (void)state;
    struct host h;
    host_init(&h, 1, 64, 4);
    uint64_t c = accept_from(&h, ip(9, 9, 9, 9, 1), NULL);
    up(&h, c, 7);
    struct weal_peers_known k[3];
    memset(k, 0, sizeof k);
    k[0].addr = ip(127, 0, 0, 1, 80);
    k[1].addr = ip(224, 0, 0, 1, 80);
    k[2].addr = ip(5, 5, 5, 5, 80);
    memset(k[2].identity, 1, 32); /* our own key */
    step(&h,
         (struct weal_peers_event){.kind = WEAL_PEERS_ADDRS, .conn = c, .addrs = k, .addrs_n = 3});
    assert_int_equal(h.n, 0); /* nothing to save */
    free(h.p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_peers_are_dialled_with_back_off),
        cmocka_unit_test(inbound_is_limited_by_group_and_by_number),
        cmocka_unit_test(a_crowd_makes_room),
        cmocka_unit_test(dialled_connections_make_room_in_turn),
        cmocka_unit_test(a_book_remembers_anchors_and_sources),
        cmocka_unit_test(crossing_connections_leave_one),
        cmocka_unit_test(bans_are_for_the_provable_and_end),
        cmocka_unit_test(a_bad_score_outlives_the_connection),
        cmocka_unit_test(the_operator_can_ban_and_pardon),
        cmocka_unit_test(addresses_are_learnt_kept_and_bounded),
        cmocka_unit_test(strangers_cannot_point_us_at_ourselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
