/* SPDX-License-Identifier: ISC */
/* Whom to be connected with: dialling with back-off, limits on who comes in, one connection an
 * identity, scores, bans that expire, and the addresses of others. A state machine without sockets:
 * events in, orders out.
 *
 * What costs a peer its good name is only what is provably against the protocol (weights in
 * peers.c); lateness, silence and disagreement cost it nothing but the connection. Scores fade; a
 * ban ends. Loopback addresses are never banned and have no group limit, so a network on one
 * machine works; there, bans go by identity.
 *
 * Against who wants to choose our connections for us: when all places for those who come are taken,
 * the youngest of the most crowded address group makes room for somebody of a group that has fewer;
 * one of the dialled connections in turn makes room for another address; addresses that were
 * reached are preferred in every second dial; two that were connected with at the last save come
 * first after a restart; and what one group told us is bounded also over restarts. */
#ifndef WEAL_P2P_PEERS_H
#define WEAL_P2P_PEERS_H

#include "crypto/base/bytes.h"
#include "crypto/base/verdict.h"
#include "p2p/limits.h"

struct weal_peers_addr {
    uint8_t ip[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint16_t port;
};

enum weal_peers_event_kind {
    WEAL_PEERS_KEEP,     /* addr, identity if has_identity: always be connected with it */
    WEAL_PEERS_ACCEPTED, /* addr: somebody connected; answered by ADMIT or TURN_AWAY */
    WEAL_PEERS_UP,       /* conn, identity, listen_port: handshake and hello are done */
    WEAL_PEERS_DOWN,     /* conn, why: gone, or a dial failed */
    WEAL_PEERS_BLAME,    /* conn, why */
    WEAL_PEERS_PRAISE,   /* conn, weight */
    WEAL_PEERS_ADDRS,    /* conn, addrs, addrs_n: an answer to ASK_ADDRS */
    WEAL_PEERS_BAN,      /* addr.ip, for_ms; 0 lifts it */
    WEAL_PEERS_TICK
};

struct weal_peers_known {
    struct weal_peers_addr addr;
    uint8_t identity[32]; /* zeros: not known */
};

struct weal_peers_event {
    enum weal_peers_event_kind kind;
    uint64_t conn;
    struct weal_peers_addr addr;
    uint8_t identity[32];
    bool has_identity;
    uint16_t listen_port;
    enum weal_verdict why;
    int32_t weight;
    uint64_t for_ms;
    const struct weal_peers_known *addrs;
    uint32_t addrs_n;
};

enum weal_peers_effect_kind {
    WEAL_PEERS_DIAL,      /* conn, addr, identity if has_identity */
    WEAL_PEERS_ADMIT,     /* conn: the number of the accepted connection */
    WEAL_PEERS_TURN_AWAY, /* why: close the accepted connection */
    WEAL_PEERS_CLOSE,     /* conn, why; DOWN must follow */
    WEAL_PEERS_ASK_ADDRS, /* conn */
    WEAL_PEERS_SAVE       /* the address book has changed */
};

struct weal_peers_effect {
    enum weal_peers_effect_kind kind;
    uint64_t conn;
    struct weal_peers_addr addr;
    uint8_t identity[32];
    bool has_identity;
    enum weal_verdict why;
};
typedef void weal_peers_emit(void *ctx, const struct weal_peers_effect *effect);

struct weal_peers_limits {
    uint32_t peers_max; /* 1..WEAL_P2P_PEERS_MAX */
    uint32_t outbound;  /* dialled from the address book; 0: none */
    bool pex;
    uint64_t ban_ms; /* length of a first ban; 0: WEAL_P2P_BAN_MS */
};

enum { WEAL_PEERS_KEPT_MAX = 64 };

struct weal_peers;
size_t weal_peers_footprint(void);
/* identity: our own. seed: 32 random bytes. */
struct weal_peers *weal_peers_init(void *mem, const struct weal_peers_limits *limits,
                                   const uint8_t identity[32], const uint8_t seed[32]);
/* emit is called during the step and must not call back into the core. */
void weal_peers_step(struct weal_peers *p, const struct weal_peers_event *event, uint64_t now_ms,
                     weal_peers_emit *emit, void *ctx);

/* Fading score of a connection, at most WEAL_P2P_SCORE_MAX. */
int32_t weal_peers_score(const struct weal_peers *p, uint64_t conn, uint64_t now_ms);
bool weal_peers_kept(const struct weal_peers *p, uint64_t conn);
bool weal_peers_banned(const struct weal_peers *p, const uint8_t ip[16], uint64_t now_ms);
uint32_t weal_peers_up(const struct weal_peers *p);

/* Who is banned now: an identity, or an IP address in the first 16 bytes; at most cap, how many. */
struct weal_peers_banned {
    uint8_t key[32];
    bool is_address;
    uint64_t until_ms;
    uint32_t times;
};
uint32_t weal_peers_bans(const struct weal_peers *p, struct weal_peers_banned *out, uint32_t cap,
                         uint64_t now_ms);

/* Addresses reached by us, for an answer to a peer: at most cap, drawn at random. */
uint32_t weal_peers_addrs(struct weal_peers *p, struct weal_peers_known *out, uint32_t cap);

/* The book as bytes, and back: 4 bytes "WBK2", a count, and for each address its record
 * (msg.schema), a byte (0 never reached, 1 reached, 2 reached and to be dialled first), and the
 * group that told us. Loading refuses what is malformed (false), keeping nothing of it. */
enum { WEAL_PEERS_BOOK_MAX = 8 + WEAL_P2P_ADDRS_MAX * 55 };
void weal_peers_save(const struct weal_peers *p, struct weal_wr *w);
WEAL_MUST_USE bool weal_peers_load(struct weal_peers *p, struct weal_bytes book);

/* What a verdict costs; 0 for what is nobody's fault. */
int32_t weal_peers_weight(enum weal_verdict why);

#endif
