/* SPDX-License-Identifier: ISC */
/* One peer's socket: bytes from the kernel to its link, bytes from its link to the kernel. One
 * buffer is sealed and written at a time, and the kernel is told to hold little that is unsent, so
 * that what is more urgent can still overtake. */
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "crypto/base/bug.h"
#include "node/io/net_int.h"

/* ---- beginning and end ---- */

struct net_conn *net_conn_new(struct weal_net *net, uint64_t id, const struct weal_net_addr *addr,
                              bool inbound) {
    struct net_conn *c = (struct net_conn *)calloc(1, sizeof *c);
    if (!c) return NULL;
    c->link_mem = aligned_alloc(16, (weal_link_footprint() + 15) / 16 * 16);
    c->rx = (uint8_t *)malloc(CONN_RX + CONN_TX);
    if (!c->link_mem || !c->rx || net->conn_n == NET_CONNS) {
        free(c->link_mem);
        free(c->rx);
        free(c);
        return NULL;
    }
    c->tx = c->rx + CONN_RX;
    c->net = net;
    c->id = id;
    c->addr = *addr;
    c->inbound = inbound;
    c->since_ms = uv_now(net->loop);
    uv_tcp_init(net->loop, &c->tcp);
    uv_timer_init(net->loop, &c->wait);
    c->tcp.data = c->wait.data = c->connect.data = c->write.data = c;
    c->open_handles = 2;
    net->open_handles += 2;
    net->conn[net->conn_n++] = c;
    return c;
}

static void on_closed(uv_handle_t *h) {
    struct net_conn *c = (struct net_conn *)h->data;
    struct weal_net *net = c->net;
    if (--c->open_handles == 0) {
        sodium_memzero(c->link_mem, sizeof(struct weal_link));
        free(c->link_mem);
        free(c->rx);
        free(c);
    }
    net_handle_closed(net);
}

void net_conn_doom(struct net_conn *c, enum weal_verdict why) {
    if (c->doomed || c->closed) return;
    c->doomed = true;
    c->why = why;
    net_conn_touch(c);
}

void net_conn_close(struct net_conn *c) {
    if (c->closed) return;
    c->closed = true;
    if (c->link) {
        if (c->connected && c->why != WEAL_V_P2P_CLOSED && !c->writing) {
            weal_link_reject(c->link, c->why);
            size_t n = weal_link_pull(c->link, c->tx, CONN_TX, uv_now(c->net->loop));
            uv_buf_t b = uv_buf_init((char *)c->tx, (unsigned)n);
            if (n != 0) (void)uv_try_write((uv_stream_t *)&c->tcp, &b, 1); /* a courtesy */
        }
        weal_link_close(c->link);
    }
    net_conn_gone(c);
    uv_close((uv_handle_t *)&c->tcp, on_closed);
    uv_close((uv_handle_t *)&c->wait, on_closed);
}

/* ---- writing ---- */

void net_conn_touch(struct net_conn *c) {
    c->dirty = true;
    net_arm(c->net);
}

static void on_wait(uv_timer_t *t);
static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *buf);
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf);

static void on_written(uv_write_t *w, int status) {
    struct net_conn *c = (struct net_conn *)w->data;
    c->writing = false;
    if (c->closed) return;
    if (status < 0) {
        net_conn_doom(c, WEAL_V_P2P_CLOSED);
    } else {
        net_conn_touch(c);
    }
}

/* Seals and writes until the kernel is full, nothing waits, or this turn's share is spent. */
void net_conn_flush(struct net_conn *c) {
    c->dirty = false;
    if (c->closed) return;
    if (c->rested && !c->doomed) {
        c->rested = false;
        c->reading = uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) == 0;
        if (!c->reading) net_conn_doom(c, WEAL_V_P2P_CLOSED);
    }
    for (size_t turn = 0; c->link && c->connected && !c->writing && turn < CONN_TURN;) {
        size_t n = weal_link_pull(c->link, c->tx, CONN_TX, uv_now(c->net->loop));
        if (n == 0) {
            uint32_t ms = weal_link_wait(c->link);
            if (ms != 0 && !uv_is_active((uv_handle_t *)&c->wait)) {
                uv_timer_start(&c->wait, on_wait, ms, 0);
            }
            break;
        }
        turn += n;
        if (turn >= CONN_TURN) net_conn_touch(c);
        uv_buf_t b = uv_buf_init((char *)c->tx, (unsigned)n);
        int done = uv_try_write((uv_stream_t *)&c->tcp, &b, 1);
        if (done == (int)n) continue;
        if (done < 0 && done != UV_EAGAIN) {
            net_conn_doom(c, WEAL_V_P2P_CLOSED);
            break;
        }
        if (done > 0) b = uv_buf_init((char *)c->tx + done, (unsigned)(n - (size_t)done));
        c->writing = true;
        if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &b, 1, on_written) != 0) {
            c->writing = false;
            net_conn_doom(c, WEAL_V_P2P_CLOSED);
        }
    }
    if (c->doomed) net_conn_close(c);
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *buf) {
    struct net_conn *c = (struct net_conn *)h->data;
    (void)want;
    *buf = uv_buf_init((char *)c->rx + c->rx_n, (unsigned)(CONN_RX - c->rx_n));
}

/* Gives the link what has come, and its messages to the network. */
static void process(struct net_conn *c) {
    size_t at = 0;
    enum weal_link_got got = WEAL_LINK_MESSAGE;
    struct weal_frame_msg msg;
    while (!c->doomed && got != WEAL_LINK_MORE && got != WEAL_LINK_WAIT) {
        size_t used;
        enum weal_link_state was = c->link->state;
        c->net->reading = c;
        got = weal_link_read(c->link, c->rx + at, c->rx_n - at, &used, uv_now(c->net->loop), &msg);
        c->net->reading = NULL;
        at += used;
        if (got == WEAL_LINK_UP) net_conn_opened(c);
        if (got == WEAL_LINK_MESSAGE) net_conn_message(c, msg.type, msg.bytes);
        if (got == WEAL_LINK_REFUSED) net_conn_doom(c, msg.verdict);
        /* the link may have something to say of its own: handshake, hello, pong */
        if (was != WEAL_LINK_OPEN || got == WEAL_LINK_MORE) net_conn_touch(c);
    }
    if (c->doomed) return;
    memmove(c->rx, c->rx + at, c->rx_n - at);
    c->rx_n -= at;
    if (got == WEAL_LINK_WAIT) {
        if (c->reading) uv_read_stop((uv_stream_t *)&c->tcp);
        c->reading = false;
        uv_timer_start(&c->wait, on_wait, msg.wait_ms, 0);
    } else if (!c->reading) {
        c->reading = uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) == 0;
        if (!c->reading) net_conn_doom(c, WEAL_V_P2P_CLOSED);
    }
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
    struct net_conn *c = (struct net_conn *)s->data;
    (void)buf;
    if (n == 0 || c->closed) return;
    if (n < 0) {
        net_conn_doom(c, WEAL_V_P2P_CLOSED);
        return;
    }
    c->rx_n += (size_t)n;
    process(c);
    /* one peer's flood must not keep the others' votes waiting for long */
    if (c->turn != c->net->turn) c->turn_rx = 0;
    c->turn = c->net->turn;
    c->turn_rx += (size_t)n;
    if (c->turn_rx >= CONN_TURN_RX && c->reading && !c->doomed) {
        uv_read_stop((uv_stream_t *)&c->tcp);
        c->reading = false;
        c->rested = true;
        net_conn_touch(c);
    }
}

static void on_wait(uv_timer_t *t) {
    struct net_conn *c = (struct net_conn *)t->data;
    if (c->closed) return;
    net_conn_touch(c);
    if (!c->reading && !c->rested) process(c);
}

/* ---- connecting ---- */

void net_conn_begin(struct net_conn *c) {
    struct weal_net *net = c->net;
    uint8_t ephemeral[32];
    uv_os_fd_t fd;
    int lowat = CONN_LOWAT;
    uv_tcp_nodelay(&c->tcp, 1);
    if (uv_fileno((uv_handle_t *)&c->tcp, &fd) == 0) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
    }
    randombytes_buf(ephemeral, sizeof ephemeral);
    c->connected = true;
    c->link = weal_link_init(c->link_mem, net->link, !c->inbound, c->expects ? c->expect : NULL,
                             ephemeral, net->head_height, net->head_id, uv_now(net->loop));
    c->reading = uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) == 0;
    if (!c->reading) net_conn_doom(c, WEAL_V_P2P_CLOSED);
    net_conn_touch(c);
}

static void on_connect(uv_connect_t *req, int status) {
    struct net_conn *c = (struct net_conn *)req->data;
    if (c->closed) return;
    if (status < 0) {
        net_conn_doom(c, WEAL_V_P2P_CLOSED);
    } else {
        net_conn_begin(c);
    }
}

void net_conn_dial(struct net_conn *c, const uint8_t *identity) {
    struct sockaddr_storage to;
    net_sockaddr(&c->addr, &to);
    c->expects = identity != NULL;
    if (identity) memcpy(c->expect, identity, 32);
    if (uv_tcp_connect(&c->connect, &c->tcp, (const struct sockaddr *)&to, on_connect) != 0) {
        net_conn_doom(c, WEAL_V_P2P_CLOSED);
    }
}
