/* SPDX-License-Identifier: ISC */
/* The tables of gossip.c: bounded, fixed in size, over public data (variable time). Private. */
#ifndef WEAL_P2P_GOSSIP_INT_H
#define WEAL_P2P_GOSSIP_INT_H

#include "p2p/gossip.h"

/* ---- wanted ids: a hash table with linear probing ---- */

struct gossip_want {
    uint64_t id; /* short id under our salt; 0: free */
    uint64_t announcer[WEAL_P2P_FETCH_ANNOUNCERS];
    uint64_t asked; /* peer; 0: nobody now */
    uint64_t due_ms;
    uint8_t announcers, tried; /* announcers[0..tried) have been asked */
};

enum {
    GOSSIP_PEERS_MAX = 1024,
    GOSSIP_WANT_SLOTS = 2 * WEAL_P2P_FETCHES_MAX,
    GOSSIP_KNOWN_SLOTS = 2 * WEAL_P2P_KNOWN_IDS,
    GOSSIP_RECENT = 1 << 17, /* transactions whose id can still be asked for */
    GOSSIP_SENT_SETS = 4096, /* announced to a peer, four to a set */
    GOSSIP_SENT_WAYS = 4,
    GOSSIP_HEARD = 8192,  /* announced by a peer */
    GOSSIP_SERVED_MAX = 3 /* times one transaction is served to one peer */
};

struct gossip_wants {
    struct gossip_want slot[GOSSIP_WANT_SLOTS];
    uint64_t key;
    uint32_t n;
};
struct gossip_want *gossip_want_find(struct gossip_wants *t, uint64_t id);
struct gossip_want *gossip_want_add(struct gossip_wants *t, uint64_t id); /* NULL: full */
void gossip_want_drop(struct gossip_wants *t, struct gossip_want *w);

/* ---- known ids: two generations; the older is forgotten when the newer is full ---- */

struct gossip_known {
    uint64_t slot[2][GOSSIP_KNOWN_SLOTS]; /* 0 free, 1 deleted */
    uint32_t n[2], now;
    uint64_t key;
};
bool gossip_known_has(const struct gossip_known *k, uint64_t id);
void gossip_known_add(struct gossip_known *k, uint64_t id);
void gossip_known_drop(struct gossip_known *k, uint64_t id);

/* ---- what we announced to one peer, under its salt ---- */

struct gossip_sent {
    uint64_t id;
    uint32_t ref; /* number of the transaction in the ring of recent ones */
    uint32_t served;
};
struct gossip_sents {
    struct gossip_sent slot[GOSSIP_SENT_SETS][GOSSIP_SENT_WAYS];
    uint8_t turn[GOSSIP_SENT_SETS];
};
void gossip_sent_add(struct gossip_sents *t, uint64_t id, uint32_t ref);
struct gossip_sent *gossip_sent_find(struct gossip_sents *t, uint64_t id);

#endif
