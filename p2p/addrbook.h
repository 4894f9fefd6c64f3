/* SPDX-License-Identifier: ISC */
/* Where other nodes may be found. Bounded, and bounded again per address group that told us, so
 * that one network cannot fill the book. An address that has been reached ("tried") is replaced
 * only by another such. Private to p2p; peers.c owns the book. */
#ifndef WEAL_P2P_ADDRBOOK_H
#define WEAL_P2P_ADDRBOOK_H

#include "p2p/peers.h"

struct weal_addrbook_entry {
    struct weal_peers_known is;
    uint32_t source; /* address group that told us */
    bool used, tried;
    bool anchor; /* connected with when the book was saved: dialled before others, once */
    uint8_t failures;
    uint64_t next_ms; /* not dialled before */
};

struct weal_addrbook {
    struct weal_addrbook_entry entry[WEAL_P2P_ADDRS_MAX];
    uint64_t rng;
};

void weal_addrbook_init(struct weal_addrbook *b, uint64_t seed);
/* A /16 of IPv4, a /32 of IPv6. */
uint32_t weal_addrbook_group(const uint8_t ip[16]);
bool weal_addrbook_loopback(const uint8_t ip[16]);
/* Neither unspecified, multicast nor broadcast, and with a port. */
bool weal_addrbook_usable(const struct weal_peers_addr *a);
bool weal_addrbook_same(const struct weal_peers_addr *a, const struct weal_peers_addr *b);

/* Adds or refreshes; true when the book has changed. */
bool weal_addrbook_add(struct weal_addrbook *b, const struct weal_peers_known *k, uint32_t source);
struct weal_addrbook_entry *weal_addrbook_find(struct weal_addrbook *b,
                                               const struct weal_peers_addr *a);
/* A number below n (n > 0), evenly enough. */
uint32_t weal_addrbook_draw(struct weal_addrbook *b, uint32_t n);

#endif
