/* SPDX-License-Identifier: ISC */
/* The peers core under any sequence of events, four bytes each, with a host that obeys. The oracle:
 * at most peers_max connections, each closed at most once, no dial to a place already dialled, at
 * most one open connection an identity, and the saved book always loads. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "p2p/peers.h"

enum { MAX = 12, CONNS = 192, NAMED = 64 }; /* the input names the first 64 */

static struct {
    uint64_t id;
    struct weal_peers_addr addr;
    bool out, up, closing;
    uint8_t identity;
} conn[CONNS];
static uint64_t admitted;

static int find(uint64_t id) {
    for (int i = 0; i < CONNS; i++) {
        if (id != 0 && conn[i].id == id) return i;
    }
    return -1;
}
static int add(uint64_t id, const struct weal_peers_addr *a, bool out) {
    int n = 0, at = -1;
    for (int i = 0; i < CONNS; i++) {
        if (conn[i].id == 0) {
            if (at < 0) at = i;
        } else {
            n += !conn[i].closing;
        }
    }
    WEAL_ASSERT(n < MAX && at >= 0 && id != 0);
    memset(&conn[at], 0, sizeof conn[at]);
    conn[at].id = id;
    conn[at].addr = *a;
    conn[at].out = out;
    return at;
}

static void emit(void *ctx, const struct weal_peers_effect *e) {
    int i = find(e->conn);
    switch (e->kind) {
    case WEAL_PEERS_DIAL:
        WEAL_ASSERT(i < 0 && e->addr.port != 0);
        for (int k = 0; k < CONNS; k++) {
            WEAL_ASSERT(conn[k].id == 0 || !conn[k].out || conn[k].closing ||
                        memcmp(&conn[k].addr, &e->addr, sizeof e->addr) != 0);
        }
        add(e->conn, &e->addr, true);
        break;
    case WEAL_PEERS_ADMIT:
        WEAL_ASSERT(i < 0);
        add(e->conn, (const struct weal_peers_addr *)ctx, false);
        admitted++;
        break;
    case WEAL_PEERS_TURN_AWAY:
        WEAL_ASSERT(e->why != WEAL_ACCEPT);
        break;
    case WEAL_PEERS_CLOSE:
        WEAL_ASSERT(i >= 0 && !conn[i].closing);
        conn[i].closing = true;
        break;
    case WEAL_PEERS_ASK_ADDRS:
        WEAL_ASSERT(i >= 0 && conn[i].up && !conn[i].closing);
        break;
    case WEAL_PEERS_SAVE:
        break;
    }
}

static struct weal_peers_addr address(uint8_t x) {
    struct weal_peers_addr a = {.port = (uint16_t)(1 + x % 3)};
    a.ip[10] = a.ip[11] = 0xff;
    a.ip[12] = x & 8 ? 127 : 10;
    a.ip[13] = x >> 6;
    a.ip[15] = x >> 4 & 3;
    return a;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static void *mem, *other;
    static uint8_t book[WEAL_PEERS_BOOK_MAX];
    const struct weal_peers_limits limits = {.peers_max = MAX, .outbound = 3, .pex = true};
    uint8_t own[32], seed[32] = {5};
    if (n > 1 << 12) return 0;
    if (!mem) mem = malloc(weal_peers_footprint()), other = malloc(weal_peers_footprint());
    memset(own, 3, sizeof own);
    memset(conn, 0, sizeof conn);
    struct weal_peers *p = weal_peers_init(mem, &limits, own, seed);
    uint64_t now = 1;
    for (size_t i = 0; i + 4 <= n; i += 4) {
        struct weal_peers_event ev = {.kind = (enum weal_peers_event_kind)(data[i] % 9)};
        struct weal_peers_known k[4];
        int c = data[i + 1] % NAMED;
        ev.conn = conn[c].id;
        ev.addr = address(data[i + 2]);
        memset(ev.identity, 1 + data[i + 2] % 5, 32);
        ev.listen_port = data[i + 3];
        ev.why = (enum weal_verdict)(data[i + 2] % WEAL_V_COUNT);
        ev.weight = data[i + 3];
        ev.for_ms = (uint64_t)data[i + 3] * 1000;
        ev.has_identity = data[i + 3] & 1;
        memset(k, 0, sizeof k);
        for (int j = 0; j < 4; j++) k[j].addr = address((uint8_t)(data[i + 3] + 37 * j));
        ev.addrs = k, ev.addrs_n = 4;
        if (ev.kind == WEAL_PEERS_UP) {
            if (ev.conn == 0 || conn[c].up || conn[c].closing) continue;
            conn[c].up = true;
            conn[c].identity = ev.identity[0];
        }
        if (ev.kind == WEAL_PEERS_DOWN) conn[c].id = 0;
        if (ev.kind == WEAL_PEERS_TICK) now += (uint64_t)data[i + 1] << (data[i + 2] % 16);
        if (ev.kind == WEAL_PEERS_KEEP && data[i + 1] > 40) continue;
        weal_peers_step(p, &ev, now, emit, &ev.addr);
        for (int a = 0; a < CONNS; a++) {
            for (int b = a + 1; b < CONNS; b++) {
                WEAL_ASSERT(conn[a].id == 0 || conn[b].id == 0 || !conn[a].up || !conn[b].up ||
                            conn[a].closing || conn[b].closing ||
                            conn[a].identity != conn[b].identity);
            }
        }
    }
    struct weal_wr w = weal_wr(book, sizeof book);
    weal_peers_save(p, &w);
    WEAL_ASSERT(!w.failed);
    struct weal_peers *q = weal_peers_init(other, &limits, own, seed);
    WEAL_ASSERT(weal_peers_load(q, weal_wr_done(&w)));
    (void)!weal_peers_load(q, weal_bytes(data, n));
    return 0;
}
