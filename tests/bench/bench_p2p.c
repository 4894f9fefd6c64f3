/* SPDX-License-Identifier: ISC */
/* What the network costs on one core: handshakes, small and large messages through seal and open,
 * gossip's bookkeeping; and two nodes over loopback, one thread each: throughput, and how long a
 * vote takes while bodies fill the pipe.   bench_p2p [--json] [--quick] */
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"
#include "node/io/net.h"
#include "p2p/gossip.h"

static bool json, quick;

static double now_s(void) {
    return (double)uv_hrtime() / 1e9;
}
static void show(const char *name, double value, const char *unit) {
    if (json) {
        printf("{\"bench\":\"p2p\",\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"}\n", name, value,
               unit);
    } else {
        printf("%-44s %14.6g %s\n", name, value, unit);
    }
    fflush(stdout);
}

/* ---- links without sockets ---- */

static uint8_t *take(void *ctx, size_t n) {
    (void)ctx;
    return malloc(n);
}
static void give(void *ctx, uint8_t *p, size_t n) {
    (void)ctx, (void)n;
    free(p);
}
static struct weal_link_config cfg[2];
static void *mem[2];
static struct weal_link *link_[2];
static uint8_t wire[1 << 20];
static uint64_t got_msgs, got_bytes;

static void feed(struct weal_link *l, size_t n) {
    size_t at = 0, used;
    struct weal_frame_msg m;
    for (;;) {
        enum weal_link_got got = weal_link_read(l, wire + at, n - at, &used, 1, &m);
        at += used;
        WEAL_ASSERT(got != WEAL_LINK_REFUSED);
        if (got == WEAL_LINK_MESSAGE) got_msgs++, got_bytes += m.bytes.n;
        if (got == WEAL_LINK_MORE) return;
        if (got == WEAL_LINK_WAIT) { /* the bench outruns any budget: give credit */
            for (int c = 0; c < WEAL_P2P_CLASSES; c++) l->in.bucket[c].tokens = 1 << 26;
        }
    }
}
static void credit(struct weal_link *l) {
    for (int c = 0; c < WEAL_P2P_CLASSES; c++) l->out.queue[c].pace.tokens = 1 << 26;
}
static void shake(void) {
    for (int i = 0; i < 2; i++) {
        uint8_t eph[32], head[32] = {0};
        randombytes_buf(eph, sizeof eph);
        memset(cfg[i].identity_secret, 1 + i, 32);
        WEAL_ASSERT(weal_noise_keypair(cfg[i].identity, cfg[i].identity_secret));
        cfg[i].version = 1;
        cfg[i].host = (struct weal_frame_host){NULL, take, give, NULL};
        if (!mem[i]) mem[i] = malloc(weal_link_footprint());
        link_[i] = weal_link_init(mem[i], &cfg[i], i == 0, NULL, eph, 0, head, 1);
    }
    size_t n, m;
    do {
        if ((n = weal_link_pull(link_[0], wire, sizeof wire, 1)) != 0) feed(link_[1], n);
        if ((m = weal_link_pull(link_[1], wire, sizeof wire, 1)) != 0) feed(link_[0], m);
    } while (n + m != 0);
    WEAL_ASSERT(link_[0]->state == WEAL_LINK_OPEN && link_[1]->state == WEAL_LINK_OPEN);
}

static void bench_handshake(void) {
    int n = quick ? 200 : 2000;
    double t = now_s();
    for (int i = 0; i < n; i++) {
        shake();
        if (i + 1 < n) weal_link_close(link_[0]), weal_link_close(link_[1]);
    }
    show("handshake, both ends", (now_s() - t) / n * 1e6, "us");
}

/* Messages of one size, `batch` at a time. */
static void bench_messages(const char *name, unsigned type, size_t size, int batch, double bytes) {
    static uint8_t msg[2 << 20];
    int n = (int)(bytes / (double)size / batch) + 1;
    double sealing = 0, opening = 0;
    char line[80];
    for (int i = 0; i < n; i++) {
        credit(link_[0]);
        double t = now_s();
        for (int k = 0; k < batch; k++) {
            WEAL_ASSERT(weal_link_send(link_[0], type, weal_bytes(msg, size), NULL) == WEAL_OK);
        }
        for (size_t got; (got = weal_link_pull(link_[0], wire, sizeof wire, 1)) != 0;) {
            double u = now_s();
            sealing += u - t;
            feed(link_[1], got);
            t = now_s();
            opening += t - u;
        }
    }
    double msgs = (double)n * batch;
    snprintf(line, sizeof line, "%s: messages sealed", name);
    show(line, msgs / sealing, "1/s");
    snprintf(line, sizeof line, "%s: messages opened", name);
    show(line, msgs / opening, "1/s");
    snprintf(line, sizeof line, "%s: sealed and opened on one core", name);
    show(line, msgs * (double)size / (sealing + opening) / 1e6, "MB/s");
}

/* ---- gossip ---- */

static uint64_t effects;
static void count(void *ctx, const struct weal_gossip_effect *e) {
    (void)ctx, (void)e;
    effects++;
}
static void bench_gossip(void) {
    struct weal_gossip_limits limits = {.peers_max = 16};
    uint8_t salt[16] = {1}, seed[32] = {2};
    struct weal_gossip *g =
        weal_gossip_init(malloc(weal_gossip_footprint(&limits)), &limits, salt, seed);
    for (uint64_t p = 1; p <= 4; p++) {
        struct weal_gossip_event ev = {.kind = WEAL_GOSSIP_PEER_UP, .peer = p};
        weal_gossip_step(g, &ev, 0, count, NULL);
    }
    int n = quick ? 20000 : 500000;
    double t = now_s();
    for (int i = 0; i < n; i++) {
        struct weal_gossip_event ev = {.kind = WEAL_GOSSIP_ADDED, .size = 200};
        memcpy(ev.id, &i, sizeof i);
        weal_gossip_step(g, &ev, (uint64_t)i / 100, count, NULL);
        if (i % 100 == 0) {
            ev.kind = WEAL_GOSSIP_TICK;
            weal_gossip_step(g, &ev, (uint64_t)i / 100, count, NULL);
        }
    }
    show("gossip: a transaction announced to 4 peers", (now_s() - t) / n * 1e9, "ns");
    free(g);
}

/* ---- two nodes on loopback ---- */

struct node {
    uv_loop_t loop;
    struct weal_net *net;
    uint64_t peer;
    uint64_t bytes, msgs;
    double lat[20000];
    uint32_t lat_n;
    bool echo;
    uv_async_t quit;
};
static void on_up(void *ctx, const struct weal_net_peer *p) {
    ((struct node *)ctx)->peer = p->id;
}
static void on_down(void *ctx, uint64_t peer, enum weal_verdict why) {
    (void)ctx, (void)peer, (void)why;
}
static void on_message(void *ctx, uint64_t peer, unsigned type, struct weal_bytes b) {
    struct node *n = ctx;
    n->bytes += b.n;
    n->msgs++;
    if (type != WEAL_P2P_VOTE) return;
    if (n->echo) {
        (void)weal_net_send(n->net, peer, type, b);
    } else if (n->lat_n < 20000) {
        double sent;
        memcpy(&sent, b.p, sizeof sent);
        n->lat[n->lat_n++] = now_s() - sent;
    }
}
static void on_quit(uv_async_t *h) {
    uv_stop(h->loop);
}
static void node_start(struct node *n, int which) {
    struct weal_net_callbacks cb = {n, on_up, on_down, on_message, NULL, NULL};
    struct weal_net_config c = {.listening = true, .agent = "bench"};
    memset(c.identity_secret, which, 32);
    WEAL_ASSERT(weal_net_addr_read("127.0.0.1:0", &c.listen));
    uv_loop_init(&n->loop);
    uv_async_init(&n->loop, &n->quit, on_quit);
    WEAL_ASSERT(weal_net_start(&n->net, &n->loop, &c, &cb) == WEAL_OK);
}
static void *node_run(void *arg) {
    uv_run(&((struct node *)arg)->loop, UV_RUN_DEFAULT);
    return NULL;
}
static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static void bench_sockets(void) {
    static struct node a, b;
    static uint8_t body[1 << 20], vote[130];
    pthread_t thread;
    node_start(&a, 1), node_start(&b, 2);
    b.echo = true;
    struct weal_net_addr to = weal_net_listening(b.net);
    pthread_create(&thread, NULL, node_run, &b);
    WEAL_ASSERT(weal_net_keep(a.net, &to, NULL) == WEAL_OK);
    while (a.peer == 0) uv_run(&a.loop, UV_RUN_ONCE);
    for (int loaded = 0; loaded < 2; loaded++) {
        double start = now_s(), length = quick ? 0.5 : 3;
        uint64_t sent = 0;
        double next = start;
        a.lat_n = 0;
        while (now_s() - start < length) {
            if (loaded) {
                struct weal_net_stats st;
                weal_net_stats_get(a.net, a.peer, &st);
                if (st.waiting_bytes < 8 << 20 &&
                    weal_net_send(a.net, a.peer, WEAL_P2P_BODY, WEAL_BYTES(body)) == WEAL_OK) {
                    sent += sizeof body;
                }
            }
            if (now_s() >= next) {
                double t = now_s();
                memcpy(vote, &t, sizeof t);
                (void)weal_net_send(a.net, a.peer, WEAL_P2P_VOTE, WEAL_BYTES(vote));
                next += 0.002;
            }
            uv_run(&a.loop, UV_RUN_NOWAIT);
        }
        qsort(a.lat, a.lat_n, sizeof *a.lat, by_value);
        WEAL_ASSERT(a.lat_n > 10);
        const char *how = loaded ? "behind bodies" : "idle";
        char line[80];
        snprintf(line, sizeof line, "vote there and back, %s, median", how);
        show(line, a.lat[a.lat_n / 2] * 1e6, "us");
        snprintf(line, sizeof line, "vote there and back, %s, 99th", how);
        show(line, a.lat[a.lat_n - 1 - a.lat_n / 100] * 1e6, "us");
        if (loaded) {
            struct weal_net_stats st;
            weal_net_stats_get(a.net, a.peer, &st);
            show("bodies over loopback", (double)(sent - st.waiting_bytes) / length / 1e6, "MB/s");
        }
    }
    uv_async_send(&b.quit);
    pthread_join(thread, NULL);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        json |= strcmp(argv[i], "--json") == 0;
        quick |= strcmp(argv[i], "--quick") == 0;
    }
    if (sodium_init() < 0) return 1;
    double bytes = quick ? 20e6 : 500e6;
    bench_handshake();
    bench_messages("vote alone (130 B)", WEAL_P2P_VOTE, 130, 1, bytes / 20);
    bench_messages("votes in a turn (32 x 130 B)", WEAL_P2P_VOTE, 130, 32, bytes / 10);
    bench_messages("body (1 MiB)", WEAL_P2P_BODY, 1 << 20, 1, bytes);
    bench_gossip();
    bench_sockets();
    return 0;
}
