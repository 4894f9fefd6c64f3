/* SPDX-License-Identifier: ISC */
#include "node/rpc/limits.h"

#include <stdio.h>
#include <string.h>

#include "crypto/base/bug.h"

void weal_rpc_limits_init(struct weal_rpc_limits *l, const struct weal_rpc_bounds *is) {
    memset(l, 0, sizeof *l);
    l->is = *is;
    l->local.unlimited = true;
    WEAL_ASSERT(is->connections <= WEAL_RPC_CLIENT_CONNECTIONS_MAX);
}

static uint64_t bucket_milli(const struct weal_rpc_limits *l) {
    return (uint64_t)l->is.rate * WEAL_RPC_BURST_S * 1000;
}

/* rate tokens a second are rate thousandths a millisecond. */
static void fill(const struct weal_rpc_limits *l, struct weal_rpc_client *c, uint64_t now_ms) {
    uint64_t full = bucket_milli(l), past = now_ms > c->filled_ms ? now_ms - c->filled_ms : 0;
    if (past > WEAL_RPC_BURST_S * 1000) past = WEAL_RPC_BURST_S * 1000;
    c->milli += past * l->is.rate;
    if (c->milli > full) c->milli = full;
    c->filled_ms = now_ms;
}

static bool is_unlimited(const struct weal_rpc_limits *l, uint32_t address) {
    return address >> 24 == 127 && !l->is.limit_local;
}

static struct weal_rpc_client *find(struct weal_rpc_limits *l, uint32_t address) {
    for (size_t i = 0; i < WEAL_RPC_CLIENTS_MAX; i++) {
        if (l->client[i].used && l->client[i].address == address) return &l->client[i];
    }
    return NULL;
}

bool weal_rpc_limits_admit(struct weal_rpc_limits *l, uint32_t address) {
    if (is_unlimited(l, address)) return true;
    const struct weal_rpc_client *c = find(l, address);
    bool ok = l->connections < 2 * l->is.connections &&
              (!c || c->connections < 2 * l->is.connections_each);
    if (!ok) weal_rpc_limits_refused(l, WEAL_RPC_LIMIT_CONNECTIONS);
    return ok;
}

/* A free entry, else that of whoever has been silent longest: its bucket is full again, or nearly.
 * There is one: fewer sockets are admitted than there are entries. */
static struct weal_rpc_client *room(struct weal_rpc_limits *l) {
    struct weal_rpc_client *best = NULL;
    for (size_t i = 0; i < WEAL_RPC_CLIENTS_MAX; i++) {
        struct weal_rpc_client *c = &l->client[i];
        if (!c->used) return c;
        if (c->connections == 0 && (!best || c->filled_ms < best->filled_ms)) best = c;
    }
    WEAL_ASSERT(best);
    return best;
}

struct weal_rpc_client *weal_rpc_limits_open(struct weal_rpc_limits *l, uint32_t address,
                                             uint64_t now_ms) {
    if (is_unlimited(l, address)) {
        l->local.connections++;
        return &l->local;
    }
    struct weal_rpc_client *c = find(l, address);
    if (!c) {
        c = room(l);
        *c = (struct weal_rpc_client){
            .address = address, .filled_ms = now_ms, .milli = bucket_milli(l), .used = true};
    }
    c->connections++;
    l->connections++;
    return c;
}

void weal_rpc_limits_close(struct weal_rpc_limits *l, struct weal_rpc_client *c) {
    WEAL_ASSERT(c->connections != 0);
    c->connections--;
    if (!c->unlimited) l->connections--;
}

bool weal_rpc_limits_crowded(const struct weal_rpc_limits *l, const struct weal_rpc_client *c) {
    return !c->unlimited &&
           (c->connections > l->is.connections_each || l->connections > l->is.connections);
}

uint64_t weal_rpc_limits_take(struct weal_rpc_limits *l, struct weal_rpc_client *c, size_t bytes,
                              uint64_t now_ms) {
    l->requests++;
    if (c->unlimited || l->is.rate == 0) return 0;
    uint64_t cost = 1000 + (uint64_t)(bytes / WEAL_RPC_COST_BYTES) * 1000;
    /* what costs more than a bucket holds takes a whole one */
    if (cost > bucket_milli(l)) cost = bucket_milli(l);
    fill(l, c, now_ms);
    if (c->milli >= cost) {
        c->milli -= cost;
        return 0;
    }
    weal_rpc_limits_refused(l, WEAL_RPC_LIMIT_RATE);
    return (cost - c->milli + l->is.rate - 1) / l->is.rate;
}

bool weal_rpc_limits_subscribe(struct weal_rpc_limits *l, struct weal_rpc_client *c) {
    if (!c->unlimited &&
        (l->subscriptions >= l->is.subscriptions || c->subscriptions >= l->is.subscriptions_each)) {
        weal_rpc_limits_refused(l, WEAL_RPC_LIMIT_SUBSCRIPTIONS);
        return false;
    }
    c->subscriptions++;
    if (!c->unlimited) l->subscriptions++;
    return true;
}

void weal_rpc_limits_unsubscribe(struct weal_rpc_limits *l, struct weal_rpc_client *c) {
    WEAL_ASSERT(c->subscriptions != 0);
    c->subscriptions--;
    if (!c->unlimited) l->subscriptions--;
}

void weal_rpc_limits_say(const struct weal_rpc_limits *l, enum weal_rpc_limit which,
                         uint64_t wait_ms, char out[static WEAL_RPC_LIMIT_TEXT]) {
    switch (which) {
    case WEAL_RPC_LIMIT_RATE:
        snprintf(out, WEAL_RPC_LIMIT_TEXT,
                 "an address may ask %u times a second (rpc.rate); try again in %llu ms",
                 l->is.rate, (unsigned long long)wait_ms);
        return;
    case WEAL_RPC_LIMIT_CONNECTIONS:
        snprintf(out, WEAL_RPC_LIMIT_TEXT,
                 "%u connections may be open, %u of one address (rpc.connections, "
                 "rpc.connections_each); close one and try again",
                 l->is.connections, l->is.connections_each);
        return;
    case WEAL_RPC_LIMIT_SUBSCRIPTIONS:
        snprintf(out, WEAL_RPC_LIMIT_TEXT,
                 "%u subscriptions may stand, %u of one address (rpc.subscriptions, "
                 "rpc.subscriptions_each); end one and try again",
                 l->is.subscriptions, l->is.subscriptions_each);
        return;
    case WEAL_RPC_LIMITS:
    default:
        WEAL_ASSERT(false); /* one of the three */
    }
}

void weal_rpc_limits_refused(struct weal_rpc_limits *l, enum weal_rpc_limit which) {
    l->refused[which]++;
}
