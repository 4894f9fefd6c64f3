/* SPDX-License-Identifier: ISC */
/* Shared by net.c (the network: who is connected, what is sent to whom) and conn.c (one socket).
 * Private to node/io. */
#ifndef WEAL_NODE_IO_NET_INT_H
#define WEAL_NODE_IO_NET_INT_H

#include "node/io/net.h"
#include "p2p/peers.h"

enum {
    CONN_RX = 128 << 10,                 /* receive buffer */
    CONN_TX = 4 * WEAL_P2P_RECORD_MAX,   /* sealed at once: what a vote may have to wait for */
    CONN_TURN_RX = 512 << 10,            /* bytes read from one peer in one turn */
    CONN_TURN = 1 << 20,                 /* bytes written to one peer in one turn */
    CONN_LOWAT = 128 << 10,              /* unsent bytes the kernel may hold */
    NET_CONNS = WEAL_P2P_PEERS_MAX + 16, /* some are being turned away */
    NET_EFFECTS = 4 * WEAL_P2P_PEERS_MAX
};

/* Message bytes shared by the queues of many peers. */
struct net_buf {
    uint32_t refs;
    size_t n;
    uint8_t bytes[];
};

struct net_conn {
    struct weal_net *net;
    uint64_t id;
    uv_tcp_t tcp;
    uv_timer_t wait; /* budget overdrawn, or pacing */
    uv_connect_t connect;
    uv_write_t write;
    struct weal_link *link;
    void *link_mem;
    struct weal_net_addr addr;
    bool inbound, connected, up, writing, reading, dirty, doomed, closed;
    enum weal_verdict why;
    uint8_t expect[32];
    bool expects;
    uint64_t since_ms, pex_got_ms;
    bool pex_asked, rested; /* rested: has been read enough for this turn */
    uint32_t turn;          /* the turn turn_rx counts in */
    size_t turn_rx;
    uint8_t open_handles;
    size_t rx_n;
    uint8_t *rx, *tx;
};

struct weal_net {
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_timer_t tick;
    uv_prepare_t prepare;
    uv_idle_t idle;
    struct weal_net_callbacks cb;
    struct weal_link_config *link; /* in a locked page */
    struct weal_peers *peers;
    struct weal_peers_effect effect[NET_EFFECTS];
    uint32_t effects, working;
    struct net_conn *conn[NET_CONNS];
    struct net_conn *accepting; /* while the peers core is asked about it */
    uint32_t conn_n;
    struct weal_net_addr listen;
    uint64_t head_height, head_ms;
    bool head_due;
    uint8_t head_id[32];
    /* bytes lent to links: in all, and to peers that are neither validators nor kept, who may have
     * half; and the connection on whose behalf a link is called */
    size_t reassembly, reassembly_others;
    const struct net_conn *reading;
    uint32_t turn;
    uint32_t ticks, open_handles;
    bool listening, stopping, pex, armed;
    void (*done)(void *ctx);
    void *done_ctx;
};

/* ---- conn.c ---- */

/* NULL: no memory. Registers itself with net. */
struct net_conn *net_conn_new(struct weal_net *net, uint64_t id, const struct weal_net_addr *addr,
                              bool inbound);
/* The accepted socket is in c->tcp; false when it is already gone. */
void net_conn_begin(struct net_conn *c);
void net_conn_dial(struct net_conn *c, const uint8_t *identity);
/* Something was queued: flush at the end of the turn. */
void net_conn_touch(struct net_conn *c);
void net_conn_flush(struct net_conn *c);
/* Close at the end of the turn; the first reason stays. */
void net_conn_doom(struct net_conn *c, enum weal_verdict why);
/* Closes now; c is freed when its handles are. Tells net by net_conn_gone. */
void net_conn_close(struct net_conn *c);

/* ---- net.c ---- */

void net_conn_opened(struct net_conn *c);
void net_conn_message(struct net_conn *c, unsigned type, struct weal_bytes bytes);
void net_conn_gone(struct net_conn *c);
void net_handle_closed(struct weal_net *net);
void net_trace(struct weal_net *net, uint64_t peer, const char *what, enum weal_verdict why);
void net_arm(struct weal_net *net);
void net_sockaddr(const struct weal_net_addr *a, struct sockaddr_storage *out);

#endif
