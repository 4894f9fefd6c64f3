/* SPDX-License-Identifier: ISC */
/* The network: composes the peers core with sockets, and messages with their receivers. */
#include "node/io/net.h"

#include <signal.h>
#include <sodium.h>
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "node/io/net_int.h"

enum { TICK_MS = 100, LOAN_HEAD = 16 /* keeps alignment; holds whose loan it is */ };

static uint64_t now(const struct weal_net *net) {
    return uv_now(net->loop);
}

static struct net_conn *find(const struct weal_net *net, uint64_t id) {
    for (uint32_t i = 0; i < net->conn_n; i++) {
        if (net->conn[i]->id == id) return net->conn[i];
    }
    return NULL;
}

void net_trace(struct weal_net *net, uint64_t peer, const char *what, enum weal_verdict why) {
    if (net->cb.trace) net->cb.trace(net->cb.ctx, peer, what, why);
}

/* ---- the peers core and its orders ---- */

static void collect(void *ctx, const struct weal_peers_effect *e) {
    struct weal_net *net = (struct weal_net *)ctx;
    if (net->effects < NET_EFFECTS) net->effect[net->effects++] = *e;
}

static void book_save(struct weal_net *net) {
    if (!net->cb.save) return;
    uint8_t *mem = (uint8_t *)malloc(WEAL_PEERS_BOOK_MAX);
    if (!mem) return;
    struct weal_wr w = weal_wr(mem, WEAL_PEERS_BOOK_MAX);
    weal_peers_save(net->peers, &w);
    net->cb.save(net->cb.ctx, weal_wr_done(&w));
    free(mem);
}

static void send_record(struct weal_net *net, uint64_t peer, unsigned type, struct weal_wr *w) {
    if (!w->failed) (void)weal_net_send(net, peer, type, weal_wr_done(w));
}

static void step(struct weal_net *net, const struct weal_peers_event *event);

static void obey(struct weal_net *net, const struct weal_peers_effect *e) {
    struct net_conn *c = find(net, e->conn);
    switch (e->kind) {
    case WEAL_PEERS_DIAL: {
        struct weal_net_addr a = {.port = e->addr.port};
        memcpy(a.ip, e->addr.ip, 16);
        c = net->stopping ? NULL : net_conn_new(net, e->conn, &a, false);
        if (c) {
            net_conn_dial(c, e->has_identity ? e->identity : NULL);
        } else {
            struct weal_peers_event down = {.kind = WEAL_PEERS_DOWN, .conn = e->conn};
            down.why = WEAL_V_P2P_FULL;
            step(net, &down);
        }
        break;
    }
    case WEAL_PEERS_CLOSE:
        if (c) net_conn_doom(c, e->why);
        break;
    case WEAL_PEERS_ASK_ADDRS: {
        uint8_t mem[16];
        struct weal_wr w = weal_wr(mem, sizeof mem);
        weal_p2p_pex_get_put(&w, &(struct weal_p2p_pex_get){.count = WEAL_P2P_PEX_ADDRS});
        if (c) c->pex_asked = true;
        send_record(net, e->conn, WEAL_P2P_PEX_GET, &w);
        break;
    }
    case WEAL_PEERS_SAVE:
        book_save(net);
        break;
    case WEAL_PEERS_ADMIT:
        net->accepting->id = e->conn;
        break;
    case WEAL_PEERS_TURN_AWAY:
        net_conn_doom(net->accepting, e->why);
        break;
    }
}

/* One step of the core; its orders are obeyed after it, those of nested steps after them. */
static void step(struct weal_net *net, const struct weal_peers_event *event) {
    weal_peers_step(net->peers, event, now(net), collect, net);
    if (net->working++ == 0) {
        for (uint32_t i = 0; i < net->effects; i++) {
            struct weal_peers_effect e = net->effect[i];
            obey(net, &e);
        }
        net->effects = 0;
    }
    net->working--;
}

/* ---- what links borrow ---- */

static bool is_ours(const struct weal_net *net, const struct net_conn *c) {
    return c->link->peer.is_validator || weal_peers_kept(net->peers, c->id);
}
static uint8_t *lend(void *ctx, size_t n) {
    struct weal_net *net = (struct weal_net *)ctx;
    bool ours = is_ours(net, net->reading);
    if (n > WEAL_P2P_REASSEMBLY_MAX - net->reassembly) return NULL;
    if (!ours && n > WEAL_P2P_REASSEMBLY_MAX / 2 - net->reassembly_others) return NULL;
    uint8_t *p = (uint8_t *)malloc(n + LOAN_HEAD);
    if (!p) return NULL;
    p[0] = ours;
    net->reassembly += n;
    if (!ours) net->reassembly_others += n;
    return p + LOAN_HEAD;
}
static void give_back(void *ctx, uint8_t *p, size_t n) {
    struct weal_net *net = (struct weal_net *)ctx;
    p -= LOAN_HEAD;
    net->reassembly -= n;
    if (!p[0]) net->reassembly_others -= n;
    free(p);
}
static void release(void *ctx, void *token) {
    struct net_buf *b = (struct net_buf *)token;
    (void)ctx;
    if (--b->refs == 0) free(b);
}

/* ---- connections, as told by conn.c ---- */

void net_conn_opened(struct net_conn *c) {
    struct weal_net *net = c->net;
    struct weal_net_peer peer;
    struct weal_peers_event e = {.kind = WEAL_PEERS_UP, .conn = c->id};
    memcpy(e.identity, c->link->peer.identity, 32);
    e.listen_port = c->link->peer.listen_port;
    step(net, &e);
    if (c->doomed) return; /* a duplicate, or banned */
    c->up = true;
    net_trace(net, c->id, "peer-up", WEAL_ACCEPT);
    if (weal_net_peer_get(net, c->id, &peer)) net->cb.peer_up(net->cb.ctx, &peer);
}

static void on_pex_ask(struct net_conn *c) {
    struct weal_net *net = c->net;
    struct weal_peers_known known[WEAL_P2P_PEX_ADDRS];
    static struct weal_p2p_pex pex; /* loop thread only */
    uint8_t mem[WEAL_P2P_CAP_PEX];
    if (!net->pex || (c->pex_got_ms != 0 && now(net) - c->pex_got_ms < WEAL_P2P_PEX_MS)) return;
    c->pex_got_ms = now(net) | 1;
    pex.addrs_n = (uint16_t)weal_peers_addrs(net->peers, known, WEAL_P2P_PEX_ADDRS);
    for (uint16_t i = 0; i < pex.addrs_n; i++) {
        memcpy(pex.addrs[i].ip, known[i].addr.ip, 16);
        pex.addrs[i].port = known[i].addr.port;
        memcpy(pex.addrs[i].identity, known[i].identity, 32);
    }
    struct weal_wr w = weal_wr(mem, sizeof mem);
    weal_p2p_pex_put(&w, &pex);
    send_record(net, c->id, WEAL_P2P_PEX, &w);
}

static void on_pex(struct net_conn *c, struct weal_bytes bytes) {
    struct weal_net *net = c->net;
    static struct weal_p2p_pex pex;
    struct weal_peers_known known[WEAL_P2P_PEX_ADDRS];
    struct weal_rd r = weal_rd(bytes);
    weal_p2p_pex_get(&r, &pex);
    if (!weal_rd_done(&r)) {
        weal_net_blame(net, c->id, WEAL_V_P2P_MESSAGE);
        return;
    }
    if (!c->pex_asked) {
        weal_net_blame(net, c->id, WEAL_V_P2P_UNASKED);
        return;
    }
    c->pex_asked = false;
    for (uint16_t i = 0; i < pex.addrs_n; i++) {
        memcpy(known[i].addr.ip, pex.addrs[i].ip, 16);
        known[i].addr.port = pex.addrs[i].port;
        memcpy(known[i].identity, pex.addrs[i].identity, 32);
    }
    struct weal_peers_event e = {
        .kind = WEAL_PEERS_ADDRS, .conn = c->id, .addrs = known, .addrs_n = pex.addrs_n};
    step(net, &e);
}

void net_conn_message(struct net_conn *c, unsigned type, struct weal_bytes bytes) {
    if (type == WEAL_P2P_PEX_GET) {
        on_pex_ask(c);
    } else if (type == WEAL_P2P_PEX) {
        on_pex(c, bytes);
    } else if (c->up) {
        struct weal_rd rd = weal_rd(bytes);
        struct weal_p2p_head head;
        if (type == WEAL_P2P_HEAD) weal_p2p_head_get(&rd, &head);
        if (type == WEAL_P2P_HEAD && !rd.failed) c->link->peer.head_height = head.height;
        c->net->cb.message(c->net->cb.ctx, c->id, type, bytes);
    }
}

void net_conn_gone(struct net_conn *c) {
    struct weal_net *net = c->net;
    for (uint32_t i = 0; i < net->conn_n; i++) {
        if (net->conn[i] == c) {
            net->conn[i] = net->conn[--net->conn_n];
            break;
        }
    }
    net_trace(net, c->id, c->up ? "peer-down" : "peer-failed", c->why);
    struct weal_peers_event e = {.kind = WEAL_PEERS_DOWN, .conn = c->id, .why = c->why};
    step(net, &e);
    if (c->up) net->cb.peer_down(net->cb.ctx, c->id, c->why);
}

void net_handle_closed(struct weal_net *net) {
    if (--net->open_handles != 0 || !net->stopping) return;
    void (*done)(void *ctx) = net->done;
    void *ctx = net->done_ctx;
    sodium_free(net->link);
    free(net->peers);
    free(net);
    if (done) done(ctx);
}

/* ---- accepting ---- */

static void addr_of(const struct sockaddr_storage *from, struct weal_net_addr *out) {
    memset(out, 0, sizeof *out);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)from;
        out->ip[10] = out->ip[11] = 0xff;
        memcpy(out->ip + 12, &in->sin_addr, 4);
        out->port = ntohs(in->sin_port);
    } else {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)from;
        memcpy(out->ip, &in->sin6_addr, 16);
        out->port = ntohs(in->sin6_port);
    }
}

static void on_connection(uv_stream_t *s, int status) {
    struct weal_net *net = (struct weal_net *)s->data;
    struct sockaddr_storage from;
    int from_n = sizeof from;
    struct weal_net_addr a = {.port = 0};
    struct net_conn *c = status < 0 ? NULL : net_conn_new(net, 0, &a, true);
    if (!c) return;
    if (uv_accept(s, (uv_stream_t *)&c->tcp) != 0 ||
        uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&from, &from_n) != 0) {
        net_conn_doom(c, WEAL_V_P2P_CLOSED);
        return;
    }
    addr_of(&from, &c->addr);
    struct weal_peers_event e = {.kind = WEAL_PEERS_ACCEPTED, .addr = {.port = c->addr.port}};
    memcpy(e.addr.ip, c->addr.ip, 16);
    net->accepting = c;
    step(net, &e);
    net->accepting = NULL;
    net_conn_begin(c); /* also when it is turned away: it is told why */
}

/* ---- turns ---- */

static void on_idle(uv_idle_t *h) {
    (void)h;
}

void net_arm(struct weal_net *net) {
    if (net->armed || net->stopping) return;
    net->armed = true;
    uv_idle_start(&net->idle, on_idle); /* the loop does not sleep before it has flushed */
}

void weal_net_flush(struct weal_net *net) {
    net->armed = false;
    net->turn++;
    uv_idle_stop(&net->idle);
    for (uint32_t i = 0; i < net->conn_n;) {
        struct net_conn *c = net->conn[i];
        if (c->dirty) net_conn_flush(c);
        if (i < net->conn_n && net->conn[i] == c)
            i++; /* else it closed, and another took its place */
    }
}

static void on_prepare(uv_prepare_t *h) {
    struct weal_net *net = (struct weal_net *)h->data;
    if (net->armed) weal_net_flush(net);
}

static void head_send(struct weal_net *net) {
    if (!net->head_due || now(net) - net->head_ms < 1000) return;
    uint8_t mem[64];
    struct weal_wr w = weal_wr(mem, sizeof mem);
    struct weal_p2p_head head = {.height = net->head_height};
    memcpy(head.id, net->head_id, 32);
    weal_p2p_head_put(&w, &head);
    net->head_due = false;
    net->head_ms = now(net);
    weal_net_broadcast(net, WEAL_P2P_HEAD, weal_wr_done(&w), WEAL_NET_ALL, 0);
}

static void on_tick(uv_timer_t *t) {
    struct weal_net *net = (struct weal_net *)t->data;
    struct weal_peers_event e = {.kind = WEAL_PEERS_TICK};
    step(net, &e);
    head_send(net);
    for (uint32_t i = 0; i < net->conn_n; i++) {
        struct net_conn *c = net->conn[i];
        if (!c->connected) {
            if (now(net) - c->since_ms > WEAL_P2P_DIAL_TIMEOUT_MS) {
                net_conn_doom(c, WEAL_V_P2P_TIMEOUT);
            }
        } else if (net->ticks % 10 == i % 10) { /* each once a second, not all at once */
            enum weal_verdict why = weal_link_tick(c->link, now(net));
            if (why != WEAL_ACCEPT) net_conn_doom(c, why);
            net_conn_touch(c);
        }
    }
    net->ticks++;
}

/* ---- starting and stopping ---- */

static bool listen_on(struct weal_net *net, const struct weal_net_addr *a) {
    struct sockaddr_storage at;
    int at_n = sizeof at;
    net_sockaddr(a, &at);
    if (uv_tcp_bind(&net->listener, (const struct sockaddr *)&at, 0) != 0 ||
        uv_listen((uv_stream_t *)&net->listener, 128, on_connection) != 0 ||
        uv_tcp_getsockname(&net->listener, (struct sockaddr *)&at, &at_n) != 0) {
        return false;
    }
    addr_of(&at, &net->listen);
    return true;
}

static bool link_config(struct weal_net *net, const struct weal_net_config *cfg) {
    struct weal_link_config *l = net->link = (struct weal_link_config *)sodium_malloc(sizeof *l);
    if (!l) return false;
    memset(l, 0, sizeof *l);
    memcpy(l->chain, cfg->chain, 32);
    memcpy(l->identity_secret, cfg->identity_secret, 32);
    if (!weal_noise_keypair(l->identity, l->identity_secret)) return false;
    memcpy(l->short_salt, cfg->short_salt, sizeof l->short_salt);
    l->roles = cfg->roles;
    size_t n = cfg->agent ? strlen(cfg->agent) : 0;
    if (n > WEAL_P2P_USER_AGENT_MAX) n = WEAL_P2P_USER_AGENT_MAX;
    if (n != 0) memcpy(l->agent, cfg->agent, n);
    l->prove = cfg->prove;
    l->prove_ctx = cfg->prove_ctx;
    memcpy(l->validator, cfg->validator, 32);
    l->version = WEAL_P2P_VERSION;
    l->host = (struct weal_frame_host){net, lend, give_back, release};
    return true;
}

static void on_own_closed(uv_handle_t *h) {
    net_handle_closed((struct weal_net *)h->data);
}

static void shut(struct weal_net *net) {
    uv_handle_t *own[] = {(uv_handle_t *)&net->listener, (uv_handle_t *)&net->tick,
                          (uv_handle_t *)&net->prepare, (uv_handle_t *)&net->idle};
    net->stopping = true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) uv_close(own[i], on_own_closed);
}

enum weal_err weal_net_start(struct weal_net **out, uv_loop_t *loop,
                             const struct weal_net_config *cfg,
                             const struct weal_net_callbacks *cb) {
    struct weal_net *net = (struct weal_net *)calloc(1, sizeof *net);
    struct weal_peers_limits limits = {
        .peers_max = cfg->peers_max ? cfg->peers_max : WEAL_P2P_PEERS_MAX,
        .outbound = cfg->outbound ? cfg->outbound : WEAL_P2P_OUTBOUND,
        .pex = cfg->pex,
        .ban_ms = cfg->ban_ms};
    uint8_t seed[32];
    *out = NULL;
    if (!net) return WEAL_ERR_NO_MEMORY;
    signal(SIGPIPE,
           SIG_IGN); /* libuv writes with write(2): a closed socket is an error, no signal */
    void *mem = malloc(weal_peers_footprint());
    bool keyed = mem && link_config(net, cfg);
    if (!keyed) {
        enum weal_err err = mem && net->link ? WEAL_ERR_INVALID : WEAL_ERR_NO_MEMORY;
        sodium_free(net->link);
        free(mem);
        free(net);
        return err;
    }
    randombytes_buf(seed, sizeof seed);
    net->peers = weal_peers_init(mem, &limits, net->link->identity, seed);
    if (cfg->book.n != 0 && !weal_peers_load(net->peers, cfg->book)) {
        net_trace(net, 0, "address-book-unreadable", WEAL_ACCEPT);
    }
    net->loop = loop;
    net->cb = *cb;
    net->pex = cfg->pex;
    uv_tcp_init(loop, &net->listener);
    uv_timer_init(loop, &net->tick);
    uv_prepare_init(loop, &net->prepare);
    uv_idle_init(loop, &net->idle);
    net->listener.data = net->tick.data = net->prepare.data = net->idle.data = net;
    net->open_handles = 4;
    if (cfg->listening && !listen_on(net, &cfg->listen)) {
        shut(net);
        return WEAL_ERR_IO;
    }
    net->link->listen_port = net->listen.port;
    uv_timer_start(&net->tick, on_tick, TICK_MS, TICK_MS);
    uv_prepare_start(&net->prepare, on_prepare);
    *out = net;
    return WEAL_OK;
}

void weal_net_stop(struct weal_net *net, void (*done)(void *ctx), void *ctx) {
    net->done = done;
    net->done_ctx = ctx;
    shut(net);
    while (net->conn_n != 0) {
        struct net_conn *c = net->conn[0];
        if (!c->doomed) c->why = WEAL_V_P2P_SHUTDOWN;
        c->doomed = true;
        net_conn_close(c);
    }
}

/* ---- sending ---- */

static struct net_buf *buf_new(struct weal_bytes bytes) {
    struct net_buf *b = (struct net_buf *)malloc(sizeof *b + bytes.n);
    if (!b) return NULL;
    b->refs = 1;
    b->n = bytes.n;
    if (bytes.n != 0) memcpy(b->bytes, bytes.p, bytes.n);
    return b;
}

static enum weal_err queue(struct net_conn *c, unsigned type, struct net_buf *b) {
    b->refs++;
    enum weal_err err = weal_link_send(c->link, type, weal_bytes(b->bytes, b->n), b);
    if (err == WEAL_OK) {
        net_conn_touch(c);
        return err;
    }
    b->refs--;
    /* who does not take even votes is not there */
    if (err == WEAL_ERR_FULL && weal_p2p_type_info(type)->cls == WEAL_P2P_CLASS_VOTE) {
        net_conn_doom(c, WEAL_V_P2P_STALLED);
    }
    return err;
}

static bool sendable(const struct net_conn *c) {
    return c->up && !c->doomed && !c->closed;
}

enum weal_err weal_net_send(struct weal_net *net, uint64_t peer, unsigned type,
                            struct weal_bytes bytes) {
    struct net_conn *c = find(net, peer);
    if (!c || !sendable(c)) return WEAL_ERR_NOT_FOUND;
    struct net_buf *b = buf_new(bytes);
    if (!b) return WEAL_ERR_NO_MEMORY;
    enum weal_err err = queue(c, type, b);
    release(NULL, b);
    return err;
}

uint32_t weal_net_broadcast(struct weal_net *net, unsigned type, struct weal_bytes bytes,
                            enum weal_net_audience who, uint64_t but) {
    struct net_buf *b = buf_new(bytes);
    uint32_t n = 0;
    if (!b) return 0;
    for (uint32_t i = 0; i < net->conn_n; i++) {
        struct net_conn *c = net->conn[i];
        if (!sendable(c) || c->id == but) continue;
        bool validator = c->link->peer.is_validator;
        if (who == WEAL_NET_VALIDATORS && !validator) continue;
        if (who == WEAL_NET_OTHERS && validator) continue;
        n += queue(c, type, b) == WEAL_OK;
    }
    release(NULL, b);
    return n;
}

/* ---- the rest of the contract ---- */

struct weal_net_addr weal_net_listening(const struct weal_net *net) {
    return net->listen;
}

const uint8_t *weal_net_identity(const struct weal_net *net) {
    return net->link->identity;
}

enum weal_err weal_net_keep(struct weal_net *net, const struct weal_net_addr *addr,
                            const uint8_t *identity) {
    struct weal_peers_event e = {.kind = WEAL_PEERS_KEEP, .has_identity = identity != NULL};
    if (addr->port == 0) return WEAL_ERR_INVALID;
    e.addr.port = addr->port;
    memcpy(e.addr.ip, addr->ip, 16);
    if (identity) memcpy(e.identity, identity, 32);
    step(net, &e);
    return WEAL_OK;
}

void weal_net_head(struct weal_net *net, uint64_t height, const uint8_t id[32]) {
    net->head_height = height;
    net->head_due = true;
    memcpy(net->head_id, id, 32);
}

uint64_t weal_net_validator(const struct weal_net *net, const uint8_t validator[32]) {
    for (uint32_t i = 0; i < net->conn_n; i++) {
        const struct net_conn *c = net->conn[i];
        if (sendable(c) && c->link->peer.is_validator &&
            memcmp(c->link->peer.validator, validator, 32) == 0) {
            return c->id;
        }
    }
    return 0;
}

void weal_net_praise(struct weal_net *net, uint64_t peer, int32_t weight) {
    struct weal_peers_event e = {.kind = WEAL_PEERS_PRAISE, .conn = peer, .weight = weight};
    step(net, &e);
}

void weal_net_blame(struct weal_net *net, uint64_t peer, enum weal_verdict why) {
    struct weal_peers_event e = {.kind = WEAL_PEERS_BLAME, .conn = peer, .why = why};
    net_trace(net, peer, "blamed", why);
    step(net, &e);
}

void weal_net_disconnect(struct weal_net *net, uint64_t peer, enum weal_verdict why) {
    struct net_conn *c = find(net, peer);
    if (c) net_conn_doom(c, why);
}

void weal_net_ban(struct weal_net *net, const uint8_t ip[16], uint64_t for_ms) {
    struct weal_peers_event e = {.kind = WEAL_PEERS_BAN, .for_ms = for_ms};
    memcpy(e.addr.ip, ip, 16);
    step(net, &e);
}

uint32_t weal_net_peers(const struct weal_net *net, uint64_t *ids, uint32_t cap) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < net->conn_n; i++) {
        if (!sendable(net->conn[i])) continue;
        if (n < cap) ids[n] = net->conn[i]->id;
        n++;
    }
    return n;
}

uint32_t weal_net_bans(const struct weal_net *net, struct weal_peers_banned *out, uint32_t cap) {
    return weal_peers_bans(net->peers, out, cap, now(net));
}

bool weal_net_peer_get(const struct weal_net *net, uint64_t peer, struct weal_net_peer *out) {
    const struct net_conn *c = find(net, peer);
    if (!c || !sendable(c)) return false;
    *out = (struct weal_net_peer){.id = c->id, .is = c->link->peer, .addr = c->addr};
    out->inbound = c->inbound;
    out->persistent = weal_peers_kept(net->peers, peer);
    return true;
}

bool weal_net_stats_get(const struct weal_net *net, uint64_t peer, struct weal_net_stats *out) {
    const struct net_conn *c = find(net, peer);
    if (!c || !sendable(c)) return false;
    memset(out, 0, sizeof *out);
    for (int k = 0; k < WEAL_P2P_CLASSES; k++) {
        out->sent_bytes[k] = c->link->out.queue[k].sent_bytes;
        out->sent_msgs[k] = c->link->out.queue[k].sent_msgs;
        out->dropped_msgs[k] = c->link->out.queue[k].dropped_msgs;
        out->got_bytes[k] = c->link->in.got_bytes[k];
        out->got_msgs[k] = c->link->in.got_msgs[k];
    }
    out->waiting_bytes = weal_frame_waiting(&c->link->out);
    out->rtt_ms = c->link->rtt_ms;
    out->score = weal_peers_score(net->peers, peer, now(net));
    out->since_ms = c->since_ms;
    return true;
}
