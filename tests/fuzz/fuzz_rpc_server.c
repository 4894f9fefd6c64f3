/* SPDX-License-Identifier: ISC */
/* Any bytes on a connection to the RPC port, in pieces: the real server, on a thread and a socket
 * of its own. The first byte says how they come: raw; as the body of a POST, whose length may be
 * less than what follows; as frames of a WebSocket, with lengths that may be lies. Whatever came,
 * what is answered is HTTP, the connection ends soon after our side of it does, and the next caller
 * is served. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "crypto/base/bug.h"
#include "node/rpc/rpc.h"
#include "storage/kv_mem.h"
#include "tests/support/mem.h"

#define COOKIE "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
enum {
    PIECES_MAX = 16,
    PIECE_WAIT_US = 100,
    ANSWER_MS = 2,
    DEADLINE_MS = 10000,
    ANSWER_MAX = 65536
};

static struct weal_rpc *server;
static struct weal_api *api;

static void nothing(void *ctx) {
    (void)ctx;
}
static void stop(void) {
    weal_rpc_stop(server);
    weal_api_free(api);
}

static void start(void) {
    static const uint8_t chain[32] = {1};
    static struct test_mem mem;
    static struct weal_kv *kv;
    test_mem_init(&mem);
    WEAL_ASSERT(weal_kv_mem_new(&mem.mem, &kv) == WEAL_OK);
    api = weal_api_new(NULL, kv, NULL, chain, weal_bytes(chain, 32));
    WEAL_ASSERT(api);
    weal_api_on_submit(api, nothing, NULL);
    struct weal_rpc_config c = {.api = api,
                                .host = "127.0.0.1",
                                .cookie = COOKIE,
                                .agent = "fuzz",
                                .bounds = {.connections = 1000, .connections_each = 1000},
                                .stop = nothing};
    WEAL_ASSERT(weal_rpc_start(&c, &server) == WEAL_OK);
    WEAL_ASSERT(atexit(stop) == 0);
}

static int dial(void) {
    struct sockaddr_in at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    WEAL_ASSERT(fd >= 0 && uv_ip4_addr("127.0.0.1", weal_rpc_port(server), &at) == 0);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* gone at once: thousands of connections a second must not use up the ports */
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    WEAL_ASSERT(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

/* False when the server has closed. */
static bool put(int fd, const uint8_t *p, size_t n) {
    while (n != 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* What comes, behind the `at` bytes that came before, until nothing does for so long or the end. */
static size_t take(int fd, uint8_t *out, size_t at, int ms, bool *ended) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint8_t rest[4096];
    *ended = false;
    while (poll(&p, 1, ms) > 0) {
        bool room = at < ANSWER_MAX;
        ssize_t got = recv(fd, room ? out + at : rest, room ? ANSWER_MAX - at : sizeof rest, 0);
        if (got <= 0) {
            *ended = true;
            break;
        }
        if (room) at += (size_t)got;
    }
    return at;
}

static void served(void) {
    static const char ask[] = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    static uint8_t answer[ANSWER_MAX];
    bool ended;
    int fd = dial();
    WEAL_ASSERT(put(fd, (const uint8_t *)ask, sizeof ask - 1));
    size_t n = take(fd, answer, 0, DEADLINE_MS, &ended);
    WEAL_ASSERT(ended && n > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0);
    WEAL_ASSERT(memmem(answer, n, "ok\n", 3));
    close(fd);
}

/* ---- what is sent ---- */

struct bytes {
    uint8_t b[1 << 17];
    size_t n;
};

static void add(struct bytes *o, const void *p, size_t n) {
    if (n > sizeof o->b - o->n) n = sizeof o->b - o->n;
    if (n != 0) memcpy(o->b + o->n, p, n);
    o->n += n;
}

/* An even second byte tells the body's length as it is, an odd one half of it. */
static void as_post(struct bytes *o, const uint8_t *data, size_t n) {
    char head[256];
    bool less = n != 0 && (data[0] & 1);
    if (n != 0) data++, n--;
    int head_n = snprintf(head, sizeof head,
                          "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
                          "Content-Length: %zu\r\n\r\n",
                          COOKIE, less ? n / 2 : n);
    add(o, head, (size_t)head_n);
    add(o, data, n);
}

/* Frames: a byte of flags and opcode, a byte of length (over 127: the frame says it is longer). */
static void as_frames(struct bytes *o, const uint8_t *data, size_t n) {
    static const char upgrade[] =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: weal\r\n\r\n";
    static const uint8_t mask[4] = {1, 2, 3, 4};
    add(o, upgrade, sizeof upgrade - 1);
    while (n >= 2) {
        uint8_t flags = data[0], payload[127];
        bool lies = data[1] & 128;
        size_t len = data[1] & 127;
        data += 2;
        n -= 2;
        if (len > n) len = n;
        for (size_t i = 0; i < len; i++) payload[i] = data[i] ^ mask[i % 4];
        uint8_t head[10] = {flags, (uint8_t)(128 | len)};
        size_t head_n = 2;
        if (len > 125 || lies) {
            head[1] = 128 | 126;
            head[2] = lies ? flags : 0;
            head[3] = (uint8_t)len;
            head_n = 4;
        }
        add(o, head, head_n);
        add(o, mask, 4);
        add(o, payload, len);
        data += len;
        n -= len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static struct bytes out;
    static uint8_t answer[ANSWER_MAX];
    bool ended = false;
    if (!server) start();
    /* a submission waits for a core that never comes */
    if (n == 0 || memmem(data, n, "submit", 6)) return 0;
    unsigned how = data[0] & 3;
    size_t piece = 1 + (size_t)(data[0] >> 2) * 7;
    out.n = 0;
    if (how == 1)
        as_post(&out, data + 1, n - 1);
    else if (how == 2)
        as_frames(&out, data + 1, n - 1);
    else
        add(&out, data + 1, n - 1);
    int fd = dial();
    for (size_t at = 0, k = 0; at < out.n; k++) {
        size_t len = k + 1 < PIECES_MAX && out.n - at > piece ? piece : out.n - at;
        if (k != 0) usleep(PIECE_WAIT_US);
        if (!put(fd, out.b + at, len)) break;
        at += len;
    }
    size_t got = take(fd, answer, 0, ANSWER_MS, &ended);
    if (!ended) {
        shutdown(fd, SHUT_WR);
        got = take(fd, answer, got, DEADLINE_MS, &ended);
    }
    WEAL_ASSERT(ended);
    WEAL_ASSERT(got == 0 || (got >= 7 && memcmp(answer, "HTTP/1.", 7) == 0));
    close(fd);
    served();
    return 0;
}
