/* SPDX-License-Identifier: ISC */
/* What one client of the RPC may take, so that none can starve the others: a token bucket of
 * requests for each address, and counts of its connections and subscriptions. Pure: the caller
 * brings the time and the memory; one thread.
 *
 * A request costs one token; a text over 16 KiB costs one more for each further 16 KiB. A bucket
 * fills at `rate` a second and holds two seconds' worth. Programs on this machine share one client
 * without limits, unless limit_local is set. Beyond twice its number of connections an address is
 * not even told why: the socket is closed. */
#ifndef WEAL_NODE_RPC_LIMITS_H
#define WEAL_NODE_RPC_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEAL_RPC_CLIENTS_MAX = 2048, /* addresses remembered at once; the quietest makes room */
    WEAL_RPC_CLIENT_CONNECTIONS_MAX = 1000, /* twice this fits into WEAL_RPC_CLIENTS_MAX */
    WEAL_RPC_BURST_S = 2,
    WEAL_RPC_COST_BYTES = 16384,
    WEAL_RPC_LIMIT_TEXT = 160,
};

/* Limits, as configured (node/config/config.def, section rpc); a rate of 0: none. */
struct weal_rpc_bounds {
    uint32_t rate;                                 /* requests a second of one address */
    uint32_t connections, subscriptions;           /* all clients together */
    uint32_t connections_each, subscriptions_each; /* of one address */
    bool limit_local; /* 127.0.0.0/8 has no privilege: a proxy for others stands there */
};

struct weal_rpc_client {
    uint32_t address; /* IPv4, host order */
    uint32_t connections, subscriptions;
    uint64_t filled_ms; /* when the bucket was last brought up to date */
    uint64_t milli;     /* thousandths of a token */
    bool used, unlimited;
};

/* Why a client is refused, for /metrics. */
enum weal_rpc_limit {
    WEAL_RPC_LIMIT_RATE,
    WEAL_RPC_LIMIT_CONNECTIONS,
    WEAL_RPC_LIMIT_SUBSCRIPTIONS,
    WEAL_RPC_LIMITS
};

struct weal_rpc_limits {
    struct weal_rpc_bounds is;
    uint32_t connections, subscriptions; /* of limited clients */
    uint64_t requests, refused[WEAL_RPC_LIMITS];
    struct weal_rpc_client local, client[WEAL_RPC_CLIENTS_MAX];
};

void weal_rpc_limits_init(struct weal_rpc_limits *l, const struct weal_rpc_bounds *is);

/* May one more socket of this address be open at all? */
bool weal_rpc_limits_admit(struct weal_rpc_limits *l, uint32_t address);
/* A socket that was admitted is open: its client, counted until _close. */
struct weal_rpc_client *weal_rpc_limits_open(struct weal_rpc_limits *l, uint32_t address,
                                             uint64_t now_ms);
void weal_rpc_limits_close(struct weal_rpc_limits *l, struct weal_rpc_client *c);
/* Are more connections open than may be served: of this client, or of all? */
bool weal_rpc_limits_crowded(const struct weal_rpc_limits *l, const struct weal_rpc_client *c);

/* Takes the cost of requests of this many bytes from the bucket. 0: taken; otherwise nothing was
 * taken, and milliseconds until it could be (at least 1). */
uint64_t weal_rpc_limits_take(struct weal_rpc_limits *l, struct weal_rpc_client *c, size_t bytes,
                              uint64_t now_ms);

/* One subscription more: may it be? */
bool weal_rpc_limits_subscribe(struct weal_rpc_limits *l, struct weal_rpc_client *c);
void weal_rpc_limits_unsubscribe(struct weal_rpc_limits *l, struct weal_rpc_client *c);

/* The sentence for who was refused: names the limit, its key and, for a rate, when to try again. */
void weal_rpc_limits_say(const struct weal_rpc_limits *l, enum weal_rpc_limit which,
                         uint64_t wait_ms, char out[static WEAL_RPC_LIMIT_TEXT]);
void weal_rpc_limits_refused(struct weal_rpc_limits *l, enum weal_rpc_limit which);

#endif
