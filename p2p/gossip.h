/* SPDX-License-Identifier: ISC */
/* Transactions: announce, then fetch. A verified transaction is announced to every peer that is not
 * known to have it, as an 8-byte id under the receiver's salt, in batches that leave at random
 * moments; a receiver fetches an unknown id from one announcer at a time and turns to the next when
 * that one is late. So a transaction crosses a link about once, and the moment of an announcement
 * says little about its origin.
 * The core never sees a transaction but to hash it; the host keeps the pool. Pure and bounded; time
 * and randomness are arguments. Effects are complete messages and orders to the host. */
#ifndef WEAL_P2P_GOSSIP_H
#define WEAL_P2P_GOSSIP_H

#include "crypto/base/verdict.h"
#include "p2p/gen/msg_gen.h"
#include "p2p/limits.h"

enum weal_gossip_event_kind {
    WEAL_GOSSIP_PEER_UP,   /* peer, salt: its short_salt */
    WEAL_GOSSIP_PEER_DOWN, /* peer */
    WEAL_GOSSIP_ANNOUNCED, /* peer, announce */
    WEAL_GOSSIP_ASKED,     /* peer, get */
    WEAL_GOSSIP_DATA,      /* peer, data */
    WEAL_GOSSIP_ADDED,     /* id, size: verified and in the pool; peer: who gave it, or 0 */
    WEAL_GOSSIP_FORGET,    /* id: left the pool unfinished; may be fetched again */
    WEAL_GOSSIP_TICK       /* every WEAL_P2P_ANNOUNCE_TICK_MS or so */
};

struct weal_gossip_event {
    enum weal_gossip_event_kind kind;
    uint64_t peer;
    uint8_t salt[16], id[32];
    uint32_t size;
    const struct weal_p2p_tx_announce *announce;
    const struct weal_p2p_tx_get *get;
    const struct weal_p2p_tx_data *data;
};

enum weal_gossip_effect_kind {
    WEAL_GOSSIP_SEND_ANNOUNCE, /* to peer: announce */
    WEAL_GOSSIP_SEND_GET,      /* to peer: get */
    WEAL_GOSSIP_SERVE,         /* to peer: the transactions serve[0..serve_n), or gone */
    WEAL_GOSSIP_CHECK,         /* tx bytes, new here, from peer: verify and add to the pool */
    WEAL_GOSSIP_BLAME          /* peer, verdict: provably against the protocol */
};

/* Effects are handed over one by one, during the step; pointers are valid for the call. */
struct weal_gossip_effect {
    enum weal_gossip_effect_kind kind;
    uint64_t peer;
    const struct weal_p2p_tx_announce *announce;
    const struct weal_p2p_tx_get *get;
    const uint8_t (*serve)[32];      /* zeros: no longer to be had */
    const uint8_t (*serve_short)[8]; /* the same, as the peer named them, for gone */
    uint32_t serve_n;
    struct weal_bytes tx;
    uint8_t id[32]; /* of tx */
    enum weal_verdict verdict;
};
typedef void weal_gossip_emit(void *ctx, const struct weal_gossip_effect *effect);

struct weal_gossip_limits {
    uint32_t peers_max; /* 1..1024 */
};

struct weal_gossip;
size_t weal_gossip_footprint(const struct weal_gossip_limits *limits);
/* mem: footprint bytes (some 9 MB and 0.5 MB a peer, of which half is touched only under load).
 * salt: our own short_salt, as in our hello. seed: 32 random bytes for the moments of sending. */
struct weal_gossip *weal_gossip_init(void *mem, const struct weal_gossip_limits *limits,
                                     const uint8_t salt[16], const uint8_t seed[32]);
void weal_gossip_step(struct weal_gossip *g, const struct weal_gossip_event *event, uint64_t now_ms,
                      weal_gossip_emit *emit, void *ctx);
/* When the next tick is due; UINT64_MAX when nothing waits. */
uint64_t weal_gossip_wake(const struct weal_gossip *g);

/* SipHash-2-4 of a transaction id under a salt. */
void weal_gossip_short_id(uint8_t out[8], const uint8_t salt[16], const uint8_t id[32]);

struct weal_gossip_stats {
    uint64_t announced, heard, fetched, served, duplicates, expired, overflowed;
    uint32_t wanted; /* now */
};
void weal_gossip_stats_get(const struct weal_gossip *g, struct weal_gossip_stats *out);

#endif
