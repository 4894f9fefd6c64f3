/* SPDX-License-Identifier: ISC */
/* weal-adversary: a peer that means harm, behind a real handshake; for tests.
 *
 *   weal-adversary attack CHAIN PORT MODE [COUNT [SEED]]   dials 127.0.0.1:PORT and does it
 *   weal-adversary relay CHAIN LISTEN UPSTREAM MODE [SEED] listens, and passes everything on
 * between who dials and an honest node, altered
 *
 * CHAIN is the chain id in hex; SEED makes the identity, so that a ban can be met again. attack
 * ends when the other side closes or 8 s have passed, and prints one JSON object: was the link up,
 * what the other side gave as its reason. Modes of attack: oversize, type, record, junk, votes,
 * requests, announce, unasked, pings, halfopen, drip. Modes of relay: none, body, header, cert,
 * silent, slow, heads, short. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crypto/base/bug.h"
#include "p2p/link.h"

enum { RX = 1 << 17, TX = 1 << 17, LINKS = 64, ATTACK_MS = 8000, SLOW_MS = 4000, HELD = 64 };

struct held { /* a message of a slow relay */
    uint64_t at_ms;
    unsigned type;
    uint8_t *bytes;
    size_t n;
};

struct end { /* one connection */
    int fd;  /* -1: free */
    struct weal_link *link;
    void *mem;
    uint8_t rx[RX], tx[TX];
    size_t rx_n, tx_n, tx_at;
    int other; /* of a relay */
    bool up;
    struct weal_link_config config; /* the program's, but with an identity of its own upstream */
    char why[64];
    struct held held[HELD];
    unsigned held_n;
    uint64_t wait_until;
};

static struct end ends[LINKS];
static struct weal_link_config config;
static const char *role, *mode;
static uint64_t head_height;

static uint64_t now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static uint8_t *lend(void *ctx, size_t n) {
    (void)ctx;
    return malloc(n);
}
static void give_back(void *ctx, uint8_t *p, size_t n) {
    (void)ctx;
    (void)n;
    free(p);
}
static void release(void *ctx, void *token) {
    (void)ctx;
    free(token);
}

static bool is(const char *what) {
    return strcmp(mode, what) == 0;
}

/* ---- connections ---- */

static int dial(uint16_t port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        if (fd >= 0) close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static int end_open(int fd, bool initiator) {
    uint8_t ephemeral[32], id[32] = {0};
    int i = 0;
    while (i < LINKS && ends[i].fd >= 0) i++;
    if (fd < 0 || i == LINKS) return -1;
    struct end *e = &ends[i];
    void *mem = e->mem ? e->mem : aligned_alloc(16, (weal_link_footprint() + 15) / 16 * 16);
    memset(e, 0, sizeof *e);
    e->fd = fd;
    e->mem = mem;
    e->other = -1;
    e->config = config;
    if (initiator && strcmp(role, "relay") == 0) {
        randombytes_buf(e->config.identity_secret, 32);
        (void)!weal_noise_keypair(e->config.identity, e->config.identity_secret);
    }
    randombytes_buf(ephemeral, sizeof ephemeral);
    e->link =
        weal_link_init(mem, &e->config, initiator, NULL, ephemeral, head_height, id, now_ms());
    return i;
}

static void end_close(int i) {
    struct end *e = &ends[i];
    if (e->fd < 0) return;
    close(e->fd);
    weal_link_close(e->link);
    for (unsigned k = 0; k < e->held_n; k++) free(e->held[k].bytes);
    e->fd = -1;
    if (e->other >= 0) {
        int other = e->other;
        e->other = -1;
        ends[other].other = -1;
        end_close(other);
    }
}

static bool say(struct end *e, unsigned type, const void *bytes, size_t n) {
    uint8_t *copy = malloc(n + 1);
    memcpy(copy, bytes, n);
    bool ok = weal_link_send(e->link, type, weal_bytes(copy, n), copy) == WEAL_OK;
    if (!ok) free(copy);
    return ok;
}

/* As much as the socket takes now. False: it is gone. */
static bool flush(struct end *e) {
    for (;;) {
        if (e->tx_at == e->tx_n) {
            e->tx_at = 0;
            e->tx_n = weal_link_pull(e->link, e->tx, TX, now_ms());
            if (e->tx_n == 0) return true;
        }
        ssize_t k = send(e->fd, e->tx + e->tx_at, e->tx_n - e->tx_at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (k < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        e->tx_at += (size_t)k;
    }
}

/* ---- attacks ---- */

/* Sealed as a record of the session, whatever it says. */
static void raw(struct end *e, const uint8_t *plain, uint16_t n) {
    uint8_t record[2 + 16384 + 16];
    weal_put_le16(record, (uint16_t)(n + WEAL_NOISE_TAG));
    if (weal_noise_seal(&e->link->out.cipher, weal_bytes(record, 2), plain, n, record + 2)) {
        (void)!send(e->fd, record, (size_t)n + 18, MSG_NOSIGNAL);
    }
}

static void piece(struct end *e, uint8_t type, uint32_t total) {
    uint8_t plain[7 + 64] = {type, 64, 0};
    weal_put_le32(plain + 3, total);
    raw(e, plain, sizeof plain);
}

static void junk(struct end *e, unsigned type, size_t n) {
    uint8_t bytes[8192];
    randombytes_buf(bytes, n);
    say(e, type, bytes, n);
}

static void announce(struct end *e) {
    static struct weal_p2p_tx_announce m;
    uint8_t bytes[WEAL_P2P_CAP_TX_ANNOUNCE];
    struct weal_wr w = weal_wr(bytes, sizeof bytes);
    m.ids_n = 512;
    for (int i = 0; i < 512; i++) {
        randombytes_buf(m.ids[i].short_id, 8);
        m.ids[i].size = 200;
    }
    weal_p2p_tx_announce_put(&w, &m);
    say(e, WEAL_P2P_TX_ANNOUNCE, bytes, w.n);
}

static void request(struct end *e, uint32_t k) {
    uint8_t bytes[64];
    struct weal_wr w = weal_wr(bytes, sizeof bytes);
    struct weal_p2p_block_get m = {.request = k, .from = 1, .count = 64};
    weal_p2p_block_get_put(&w, &m);
    say(e, WEAL_P2P_BLOCK_GET, bytes, w.n);
}

static void unasked(struct end *e) {
    static struct weal_p2p_tx_data m;
    static const uint8_t tx[200];
    uint8_t bytes[1024];
    struct weal_wr w = weal_wr(bytes, sizeof bytes);
    m.txs_n = 1;
    m.txs[0].tx = WEAL_BYTES(tx);
    weal_p2p_tx_data_put(&w, &m);
    say(e, WEAL_P2P_TX_DATA, bytes, w.n);
}

static void attack_once(struct end *e, uint32_t k) {
    uint8_t bad[2] = {0xff, 0xff};
    if (is("oversize")) piece(e, WEAL_P2P_BODY, 0xfffffff0);
    if (is("type")) piece(e, 99, 64);
    if (is("record")) (void)!send(e->fd, bad, 2, MSG_NOSIGNAL);
    if (is("junk")) junk(e, WEAL_P2P_BLOCKS, 300);
    if (is("votes")) junk(e, WEAL_P2P_VOTE, 180);
    if (is("requests")) request(e, k);
    if (is("announce")) announce(e);
    if (is("unasked")) unasked(e);
    if (is("pings")) junk(e, WEAL_P2P_PONG, 8);
}

/* Connections that never shake hands; or that do, a byte a second. */
static int silent(uint16_t port, long count) {
    int open = 0, closed = 0, fds[1024];
    struct timespec second = {1, 0};
    for (long i = 0; i < count && i < 1024; i++) {
        fds[i] = dial(port);
        open += fds[i] >= 0;
    }
    for (int s = 0; s < ATTACK_MS / 1000 + 6; s++) {
        closed = 0;
        for (int i = 0; i < open; i++) {
            char c = 'x';
            if (is("drip")) (void)!send(fds[i], &c, 1, MSG_NOSIGNAL);
            if (recv(fds[i], &c, 1, MSG_DONTWAIT | MSG_PEEK) == 0) closed++;
        }
        nanosleep(&second, NULL);
    }
    printf("{\"open\": %d, \"closed\": %d}\n", open, closed);
    return 0;
}

/* ---- relaying ---- */

/* Flips a byte in the last block of an answer that has such a part: in what, the mode says. */
static void alter(struct weal_p2p_blocks *m, uint8_t *copy, struct weal_bytes from) {
    for (unsigned i = m->blocks_n; i-- > 0;) {
        const struct weal_p2p_block *b = &m->blocks[i];
        struct weal_bytes part = is("header") ? b->header : is("cert") ? b->cert : b->body;
        if (part.n == 0) continue;
        copy[(size_t)(part.p - from.p) + part.n / 2] ^= 1;
        return;
    }
}

static bool pass(struct end *to, unsigned type, struct weal_bytes b) {
    static struct weal_p2p_blocks m;
    bool blocks = type == WEAL_P2P_BLOCKS;
    if (blocks && is("silent")) return true;
    uint8_t *copy = malloc(b.n + 1);
    memcpy(copy, b.p, b.n);
    if (blocks && (is("body") || is("header") || is("cert"))) {
        struct weal_rd r = weal_rd(b);
        weal_p2p_blocks_get(&r, &m);
        if (weal_rd_done(&r)) alter(&m, copy, b);
    }
    if (blocks && is("slow") && to->held_n < HELD) {
        to->held[to->held_n++] = (struct held){now_ms() + SLOW_MS, type, copy, b.n};
        return true;
    }
    bool ok = say(to, type, copy, blocks && is("short") ? b.n - b.n / 3 : b.n);
    free(copy);
    return ok;
}

static void held_send(struct end *e) {
    while (e->held_n != 0 && e->held[0].at_ms <= now_ms()) {
        say(e, e->held[0].type, e->held[0].bytes, e->held[0].n);
        free(e->held[0].bytes);
        memmove(e->held, e->held + 1, --e->held_n * sizeof *e->held);
    }
}

/* ---- the loop ---- */

static void got_message(struct end *e, unsigned type, struct weal_bytes bytes) {
    if (e->other >= 0 && ends[e->other].up) (void)pass(&ends[e->other], type, bytes);
}

/* What has come. False: the connection is over. */
static bool take(struct end *e) {
    ssize_t k = recv(e->fd, e->rx + e->rx_n, RX - e->rx_n, MSG_DONTWAIT);
    if (k == 0 || (k < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) return false;
    if (k > 0) e->rx_n += (size_t)k;
    size_t at = 0;
    for (;;) {
        struct weal_frame_msg msg;
        size_t used;
        enum weal_link_got g =
            weal_link_read(e->link, e->rx + at, e->rx_n - at, &used, now_ms(), &msg);
        at += used;
        if (g == WEAL_LINK_UP) e->up = true;
        if (g == WEAL_LINK_MESSAGE) got_message(e, msg.type, msg.bytes);
        if (g == WEAL_LINK_REFUSED) {
            const char *theirs = e->link->reason;
            snprintf(e->why, sizeof e->why, "%.63s",
                     *theirs ? theirs : weal_verdict_name(msg.verdict));
            return false;
        }
        if (g == WEAL_LINK_MORE || g == WEAL_LINK_WAIT) break;
    }
    memmove(e->rx, e->rx + at, e->rx_n - at);
    e->rx_n -= at;
    return true;
}

static int attack(uint16_t port, long count) {
    int i = end_open(dial(port), true);
    uint64_t begin = now_ms();
    long done = 0;
    if (i < 0) return puts("{\"up\": false, \"why\": \"not accepted\"}"), 0;
    struct end *e = &ends[i];
    bool alive = true, was_up = false;
    while (alive && now_ms() - begin < ATTACK_MS) {
        struct pollfd p = {e->fd, POLLIN, 0};
        poll(&p, 1, done < count && e->up ? 0 : 20);
        alive = take(e);
        was_up |= e->up;
        for (int k = 0; alive && e->up && done < count && k < 64; k++) {
            if (weal_frame_waiting(&e->link->out) > 1 << 20) break;
            attack_once(e, (uint32_t)done++);
        }
        alive = alive && flush(e);
    }
    (void)take(e); /* the reason may still lie there */
    printf("{\"up\": %s, \"sent\": %ld, \"closed\": %s, \"why\": \"%s\", \"after_ms\": %llu}\n",
           was_up ? "true" : "false", done, alive ? "false" : "true", e->why,
           (unsigned long long)(now_ms() - begin));
    end_close(i);
    return 0;
}

static int relay(uint16_t port, uint16_t upstream) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 16) != 0) {
        return perror("listen"), 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd p[LINKS + 1] = {{listener, POLLIN, 0}};
        int who[LINKS + 1] = {-1}, n = 1;
        for (int i = 0; i < LINKS; i++) {
            if (ends[i].fd < 0) continue;
            bool writes = ends[i].tx_at != ends[i].tx_n;
            p[n] = (struct pollfd){ends[i].fd, (short)(POLLIN | (writes ? POLLOUT : 0)), 0};
            who[n++] = i;
        }
        poll(p, (nfds_t)n, 20);
        if (p[0].revents != 0) {
            int in = end_open(accept(listener, NULL, NULL), false);
            int out = in < 0 ? -1 : end_open(dial(upstream), true);
            if (in >= 0 && out < 0) end_close(in);
            if (out >= 0) {
                ends[in].other = out;
                ends[out].other = in;
            }
        }
        for (int k = 1; k < n; k++) {
            struct end *e = &ends[who[k]];
            if (e->fd < 0) continue;
            held_send(e);
            bool ok = take(e) && weal_link_tick(e->link, now_ms()) == WEAL_ACCEPT && flush(e);
            if (!ok) {
                printf("{\"closed\": %d, \"why\": \"%s\"}\n", who[k], e->why);
                fflush(stdout);
                end_close(who[k]);
            }
        }
    }
}

int main(int argc, char **argv) {
    static const uint8_t salt[16] = {7};
    uint8_t seed[32];
    bool relays = argc >= 6 && strcmp(argv[1], "relay") == 0;
    bool attacks = argc >= 5 && strcmp(argv[1], "attack") == 0;
    if (sodium_init() < 0 || (!relays && !attacks) ||
        !weal_hex_read(argv[2], strlen(argv[2]), config.chain, 32)) {
        fprintf(stderr, "usage: weal-adversary attack CHAIN PORT MODE [COUNT [SEED]]\n"
                        "       weal-adversary relay CHAIN LISTEN UPSTREAM MODE [SEED]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    role = argv[1];
    mode = argv[relays ? 5 : 4];
    const char *name = argc > 6 ? argv[6] : "nobody";
    crypto_generichash(seed, 32, (const uint8_t *)name, strlen(name), NULL, 0);
    memcpy(config.identity_secret, seed, 32);
    if (!weal_noise_keypair(config.identity, config.identity_secret)) return 1;
    memcpy(config.short_salt, salt, sizeof salt);
    snprintf(config.agent, sizeof config.agent, "adversary/1");
    config.version = WEAL_P2P_VERSION;
    config.roles = 1;
    config.host = (struct weal_frame_host){NULL, lend, give_back, release};
    head_height = is("heads") ? 1000000000 : 0;
    for (int i = 0; i < LINKS; i++) ends[i].fd = -1;
    if (relays) return relay((uint16_t)atoi(argv[3]), (uint16_t)atoi(argv[4]));
    long count = argc > 5 ? atol(argv[5]) : 1;
    if (is("halfopen") || is("drip")) return silent((uint16_t)atoi(argv[3]), count);
    return attack((uint16_t)atoi(argv[3]), count);
}
