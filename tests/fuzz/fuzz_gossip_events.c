/* SPDX-License-Identifier: ISC */
/* Gossip under any sequence of events, three bytes each: kind, peer, argument. Transactions are 256
 * small ones, named by a byte. The oracle: what is to be checked was not known before and hashes to
 * its id, requests go to who announced, answers hold only what exists, tables stay in bounds. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"
#include "p2p/gossip.h"

enum { PEERS = 6 };

static const uint8_t salt[16] = {1, 2, 3};
static uint8_t tx[256][8], id[256][32], own[256][8];
static bool checked[256], told[PEERS + 1][256];
static uint32_t emitted;

static void emit(void *ctx, const struct weal_gossip_effect *e) {
    (void)ctx;
    emitted++;
    WEAL_ASSERT(e->peer >= 1 && e->peer <= PEERS);
    switch (e->kind) {
    case WEAL_GOSSIP_SEND_ANNOUNCE:
        WEAL_ASSERT(e->announce->ids_n >= 1 && e->announce->ids_n <= WEAL_P2P_ANNOUNCE_IDS);
        break;
    case WEAL_GOSSIP_SEND_GET:
        WEAL_ASSERT(e->get->ids_n >= 1 && e->get->ids_n <= WEAL_P2P_ANNOUNCE_IDS);
        for (uint16_t i = 0; i < e->get->ids_n; i++) {
            bool found = false;
            for (int t = 0; t < 256; t++) {
                found |= told[e->peer][t] && memcmp(own[t], e->get->ids[i].short_id, 8) == 0;
            }
            WEAL_ASSERT(found);
        }
        break;
    case WEAL_GOSSIP_SERVE:
        WEAL_ASSERT(e->serve_n >= 1 && e->serve_n <= WEAL_P2P_ANNOUNCE_IDS);
        break;
    case WEAL_GOSSIP_CHECK: {
        uint8_t want[32];
        weal_hash256_one(want, WEAL_TAG_TX_ID, e->tx);
        WEAL_ASSERT(memcmp(want, e->id, 32) == 0);
        WEAL_ASSERT(!checked[e->tx.p[0]]);
        checked[e->tx.p[0]] = true;
        break;
    }
    case WEAL_GOSSIP_BLAME:
        WEAL_ASSERT(e->verdict != WEAL_ACCEPT);
        break;
    }
}

static void setup(void) {
    for (int t = 0; t < 256; t++) {
        memset(tx[t], t, 8);
        weal_hash256_one(id[t], WEAL_TAG_TX_ID, WEAL_BYTES(tx[t]));
        weal_gossip_short_id(own[t], salt, id[t]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static struct weal_p2p_tx_announce announce;
    static struct weal_p2p_tx_get get;
    static struct weal_p2p_tx_data txs;
    static void *mem;
    struct weal_gossip_limits limits = {.peers_max = PEERS - 1};
    const uint8_t seed[32] = {7};
    if (n > 1 << 12) return 0;
    if (!mem) setup(), mem = malloc(weal_gossip_footprint(&limits));
    struct weal_gossip *g = weal_gossip_init(mem, &limits, salt, seed);
    uint64_t now = 0;
    memset(checked, 0, sizeof checked);
    memset(told, 0, sizeof told);
    for (size_t i = 0; i + 3 <= n; i += 3) {
        struct weal_gossip_event ev = {.kind = (enum weal_gossip_event_kind)(data[i] % 8)};
        uint8_t arg = data[i + 2];
        ev.peer = 1 + data[i + 1] % PEERS;
        ev.announce = &announce, ev.get = &get, ev.data = &txs;
        memset(ev.salt, (int)ev.peer, 16);
        memcpy(ev.id, id[arg], 32);
        ev.size = 8;
        uint16_t many = (uint16_t)(data[i] >> 5); /* 0..7 at once */
        announce.ids_n = get.ids_n = txs.txs_n = many;
        txs.gone_n = data[i] >> 7;
        if (txs.gone_n) memcpy(txs.gone[0].short_id, own[arg], 8);
        for (uint16_t k = 0; k < many; k++) {
            uint8_t t = (uint8_t)(arg + k);
            memcpy(announce.ids[k].short_id, own[t], 8);
            announce.ids[k].size = 8;
            weal_gossip_short_id(get.ids[k].short_id, ev.salt, id[t]);
            txs.txs[k].tx = WEAL_BYTES(tx[t]);
            if (ev.kind == WEAL_GOSSIP_ANNOUNCED) told[ev.peer][t] = true;
        }
        if (ev.kind == WEAL_GOSSIP_FORGET) checked[arg] = false;
        if (ev.kind == WEAL_GOSSIP_ADDED) checked[arg] = true;
        if (ev.kind == WEAL_GOSSIP_TICK) now += (uint64_t)arg * 16;
        emitted = 0;
        weal_gossip_step(g, &ev, now, emit, NULL);
        WEAL_ASSERT(emitted < 1024);
        struct weal_gossip_stats st;
        weal_gossip_stats_get(g, &st);
        WEAL_ASSERT(st.wanted <= 256);
    }
    return 0;
}
