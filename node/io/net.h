/* SPDX-License-Identifier: ISC */
/* The peer-to-peer network on a libuv loop: listens, dials, shakes hands, keeps connections, and
 * passes messages by class. What it needs to decide is in p2p/ (link, peers); here are only the
 * sockets. Who composes agreement, gossip and sync on top sees whole messages of known types under
 * their caps, from authenticated peers, and sends messages by type.
 *
 * Threads: every call and every callback on the loop's own thread.
 * Ownership: bytes given are copied once, whatever the number of receivers; bytes in callbacks are
 * borrowed for the call. Peers are named by 64-bit numbers that are never used again.
 * Turns: what is sent during a loop turn leaves at its end, one write for each peer; a vote queued
 * behind a body overtakes it. */
#ifndef WEAL_NODE_IO_NET_H
#define WEAL_NODE_IO_NET_H

#include <uv.h>

#include "crypto/base/err.h"
#include "crypto/base/verdict.h"
#include "p2p/link.h"
#include "p2p/peers.h"
#include "p2p/msg.h"

/* "1.2.3.4:5678", "[::1]:5678"; no names: the caller resolves them. */
struct weal_net_addr {
    uint8_t ip[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint16_t port;
};
WEAL_MUST_USE bool weal_net_addr_read(const char *text, struct weal_net_addr *out);
enum { WEAL_NET_ADDR_TEXT = 56 };
void weal_net_addr_text(const struct weal_net_addr *a, char out[WEAL_NET_ADDR_TEXT]);

struct weal_net_peer {
    uint64_t id;
    struct weal_link_peer is; /* identity, proven validator key, head at hello, agent */
    struct weal_net_addr addr;
    bool inbound, persistent;
};

struct weal_net_stats {
    uint64_t sent_bytes[WEAL_P2P_CLASSES], got_bytes[WEAL_P2P_CLASSES];
    uint64_t sent_msgs[WEAL_P2P_CLASSES], got_msgs[WEAL_P2P_CLASSES];
    uint64_t dropped_msgs[WEAL_P2P_CLASSES]; /* queue full */
    uint64_t waiting_bytes;
    uint32_t rtt_ms; /* 0: not measured yet */
    int32_t score;
    uint64_t since_ms; /* loop time */
};

struct weal_net_callbacks {
    void *ctx;
    void (*peer_up)(void *ctx, const struct weal_net_peer *peer);
    void (*peer_down)(void *ctx, uint64_t peer, enum weal_verdict why); /* after peer_up only */
    /* One message of a type of msg.def other than hello, ping, pong, reject, pex_get and pex, which
     * are dealt with here. bytes are under the type's cap; their encoding is not yet checked. */
    void (*message)(void *ctx, uint64_t peer, unsigned type, struct weal_bytes bytes);
    /* The address book has changed: bytes to keep and give back at the next start. May be NULL. */
    void (*save)(void *ctx, struct weal_bytes book);
    /* A line for the log at debug level, stable name first. May be NULL. */
    void (*trace)(void *ctx, uint64_t peer, const char *what, enum weal_verdict why);
};

struct weal_net_config {
    uint8_t chain[32];
    uint8_t identity_secret[32]; /* X25519; copied to a locked page */
    const char *agent;
    uint8_t short_salt[16]; /* secret random, one a start: see gossip.h */
    uint32_t roles;
    /* a validator's role proof, see link.h; NULL: none */
    bool (*prove)(void *ctx, const uint8_t digest[32], uint8_t sig[64]);
    void *prove_ctx;
    uint8_t validator[32];

    struct weal_net_addr listen; /* port 0 with listening: any free one */
    bool listening, pex;
    uint32_t peers_max, outbound; /* 0: the defaults of limits.h */
    uint64_t ban_ms;              /* of a first ban; 0: the default */
    struct weal_bytes book;       /* as saved; may be empty */
};

struct weal_net;

/* Starts on loop, which must outlive it. WEAL_ERR_IO when listening fails, WEAL_ERR_INVALID for a
 * bad key, WEAL_ERR_NO_MEMORY. Makes the process ignore SIGPIPE. */
WEAL_MUST_USE enum weal_err weal_net_start(struct weal_net **out, uv_loop_t *loop,
                                           const struct weal_net_config *cfg,
                                           const struct weal_net_callbacks *cb);
/* Closes everything; done is called on the loop when nothing of it is left. */
void weal_net_stop(struct weal_net *net, void (*done)(void *ctx), void *ctx);

/* The address in use, with the real port. */
struct weal_net_addr weal_net_listening(const struct weal_net *net);
/* Our static public key. */
const uint8_t *weal_net_identity(const struct weal_net *net);

/* Keeps a connection to this address for ever, dialling again with back-off. identity: the static
 * key wanted there, or NULL for any. */
WEAL_MUST_USE enum weal_err weal_net_keep(struct weal_net *net, const struct weal_net_addr *addr,
                                          const uint8_t *identity);
/* Our last finalized block, for hellos and a head message, sent again when told again. */
void weal_net_head(struct weal_net *net, uint64_t height, const uint8_t id[32]);

/* Queues bytes for one peer. WEAL_ERR_NOT_FOUND: no such peer; WEAL_ERR_FULL: its queue is full. */
enum weal_err weal_net_send(struct weal_net *net, uint64_t peer, unsigned type,
                            struct weal_bytes bytes);

enum weal_net_audience { WEAL_NET_ALL, WEAL_NET_VALIDATORS, WEAL_NET_OTHERS };
/* Queues bytes for every peer of the audience but one (0: none left out); returns how many. */
uint32_t weal_net_broadcast(struct weal_net *net, unsigned type, struct weal_bytes bytes,
                            enum weal_net_audience who, uint64_t but);

/* The peer proven to hold this validator key; 0: not connected. */
uint64_t weal_net_validator(const struct weal_net *net, const uint8_t validator[32]);

/* Good: a positive weight for useful work. Bad: a provably invalid message; its weight is the
 * verdict's, see p2p/peers.h. Never report what is merely late, unknown or ambiguous. */
void weal_net_praise(struct weal_net *net, uint64_t peer, int32_t weight);
void weal_net_blame(struct weal_net *net, uint64_t peer, enum weal_verdict why);
/* Sends now what this turn has queued, instead of at its end. Not from within a callback. */
void weal_net_flush(struct weal_net *net);
/* Closes at the end of this turn; not a ban. */
void weal_net_disconnect(struct weal_net *net, uint64_t peer, enum weal_verdict why);
/* Bans an address and closes its connections; 0 lifts the ban. */
void weal_net_ban(struct weal_net *net, const uint8_t ip[16], uint64_t for_ms);

/* Who is banned now; at most cap, returns how many. Times are of the loop's clock. */
uint32_t weal_net_bans(const struct weal_net *net, struct weal_peers_banned *out, uint32_t cap);
/* Copies up to cap ids of open peers; returns how many there are. */
uint32_t weal_net_peers(const struct weal_net *net, uint64_t *ids, uint32_t cap);
bool weal_net_peer_get(const struct weal_net *net, uint64_t peer, struct weal_net_peer *out);
bool weal_net_stats_get(const struct weal_net *net, uint64_t peer, struct weal_net_stats *out);

#endif
