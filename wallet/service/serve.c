/* SPDX-License-Identifier: ISC */
#include "wallet/service/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crypto/ring/ring.h"

static uint64_t clock_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

enum weal_err weal_serve_start(struct weal_serve *s, uint16_t port, weal_serve_fn *fn, void *ctx) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t n = sizeof at;
    int on = 1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *s = (struct weal_serve){.fd = -1, .fn = fn, .ctx = ctx};
    s->connections = calloc(WEAL_SERVE_CONNECTIONS, sizeof *s->connections);
    if (!s->connections) return WEAL_ERR_NO_MEMORY;
    for (unsigned i = 0; i < WEAL_SERVE_CONNECTIONS; i++) s->connections[i].fd = -1;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd >= 0) setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(s->fd, 64) != 0 || getsockname(s->fd, (struct sockaddr *)&at, &n) != 0) {
        weal_serve_stop(s);
        return WEAL_ERR_IO;
    }
    s->port = ntohs(at.sin_port);
    return WEAL_OK;
}

static void hang_up(struct weal_serve_connection *c) {
    close(c->fd);
    c->fd = -1;
    sodium_memzero(c->buf, c->n); /* evidence and tokens do not linger */
    c->n = 0;
}

void weal_serve_stop(struct weal_serve *s) {
    for (unsigned i = 0; s->connections && i < WEAL_SERVE_CONNECTIONS; i++) {
        if (s->connections[i].fd >= 0) hang_up(&s->connections[i]);
    }
    free(s->connections);
    s->connections = NULL;
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
}

void weal_serve_error(struct weal_serve_answer *out, const char *name, const char *sentence) {
    out->error = name;
    out->sentence = sentence;
}

bool weal_serve_bytes(const json_t *object, const char *name, uint8_t *out, size_t n) {
    const json_t *text = json_object_get(object, name);
    return text && json_string_length(text) == 2 * n &&
           weal_hex_read(json_string_value(text), 2 * n, out, n);
}

json_t *weal_serve_hex(const uint8_t *bytes, size_t n) {
    char *text = malloc(2 * n + 1);
    if (!text) return NULL;
    struct weal_wr w = weal_wr(text, 2 * n);
    weal_wr_hex(&w, bytes, n);
    json_t *out = json_stringn(text, 2 * n);
    free(text);
    return out;
}

/* ---- answering ---- */

/* The text of the answer to a body; NULL without memory. */
static char *answer_text(struct weal_serve *s, const char *body, size_t n) {
    struct weal_serve_answer a = {0};
    json_t *q = json_loadb(body, n, JSON_REJECT_DUPLICATES, NULL), *root;
    const char *method = json_string_value(json_object_get(q, "method"));
    json_t *id = json_object_get(q, "id");
    if (method)
        s->fn(s->ctx, method, json_object_get(q, "params"), &a);
    else
        weal_serve_error(&a, "rpc_request", "the body is not a JSON-RPC request");
    if (!a.result && !a.error) weal_serve_error(&a, "internal", "no memory for an answer");
    if (a.error) {
        json_decref(a.result);
        root = json_pack("{s:s, s:O?, s:{s:i, s:s, s:{s:s}}}", "jsonrpc", "2.0", "id", id, "error",
                         "code", -32000, "message", a.sentence, "data", "name", a.error);
    } else {
        root = json_pack("{s:s, s:O?, s:o}", "jsonrpc", "2.0", "id", id, "result", a.result);
    }
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    json_decref(q);
    return text;
}

/* Sends all of it within the idle limit; answers are short and fit a socket's buffer. */
static bool send_all(int fd, const char *p, size_t n) {
    while (n != 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

static bool respond(struct weal_serve_connection *c, const char *status, const char *body) {
    char head[192];
    size_t n = strlen(body);
    int h = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                     "Cache-Control: no-store\r\n\r\n",
                     status, n);
    return send_all(c->fd, head, (size_t)h) && send_all(c->fd, body, n);
}

/* Length of the body a head announces; SIZE_MAX when the head is not one we take. */
static size_t body_length(const char *head) {
    static const char name[] = "content-length:";
    if (strncmp(head, "POST ", 5) != 0) return SIZE_MAX;
    for (const char *p = strstr(head, "\r\n"); p && p[2] != '\r'; p = strstr(p + 2, "\r\n")) {
        if (strncasecmp(p + 2, name, sizeof name - 1) != 0) continue;
        const char *d = p + 2 + sizeof name - 1;
        size_t n = 0;
        while (*d == ' ') d++;
        if (*d < '0' || *d > '9') return SIZE_MAX;
        for (; *d >= '0' && *d <= '9'; d++) {
            n = 10 * n + (size_t)(*d - '0');
            if (n > WEAL_SERVE_REQUEST_MAX) return SIZE_MAX;
        }
        return n;
    }
    return SIZE_MAX;
}

/* Answers the whole requests in the buffer; false: hang up. */
static bool answer_all(struct weal_serve *s, struct weal_serve_connection *c) {
    for (;;) {
        c->buf[c->n] = 0;
        char *end = strstr(c->buf, "\r\n\r\n");
        if (!end) return c->n < WEAL_SERVE_REQUEST_MAX;
        size_t head = (size_t)(end - c->buf) + 4, body = body_length(c->buf);
        if (body > WEAL_SERVE_REQUEST_MAX - head) {
            (void)respond(c, "400 Bad Request", "{}");
            return false;
        }
        if (c->n - head < body) return true;
        char *text = answer_text(s, c->buf + head, body);
        bool good = text && respond(c, "200 OK", text);
        free(text);
        if (!good) return false;
        size_t left = c->n - head - body;
        memmove(c->buf, c->buf + head + body, left);
        sodium_memzero(c->buf + left, c->n - left);
        c->n = left;
        c->since_ms = clock_ms();
    }
}

static void read_more(struct weal_serve *s, struct weal_serve_connection *c) {
    ssize_t k = recv(c->fd, c->buf + c->n, WEAL_SERVE_REQUEST_MAX - c->n, 0);
    if (k < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (k > 0) c->n += (size_t)k;
    if (k <= 0 || !answer_all(s, c)) hang_up(c);
}

static void take_new(struct weal_serve *s) {
    int on = 1, fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    for (unsigned i = 0; i < WEAL_SERVE_CONNECTIONS; i++) {
        struct weal_serve_connection *c = &s->connections[i];
        if (c->fd >= 0) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        c->fd = fd;
        c->n = 0;
        c->since_ms = clock_ms();
        return;
    }
    close(fd); /* full: somebody's idle time will end */
}

void weal_serve_turn(struct weal_serve *s, unsigned wait_ms) {
    struct pollfd p[WEAL_SERVE_CONNECTIONS + 1];
    for (unsigned i = 0; i < WEAL_SERVE_CONNECTIONS; i++) {
        p[i] = (struct pollfd){s->connections[i].fd, POLLIN, 0};
    }
    p[WEAL_SERVE_CONNECTIONS] = (struct pollfd){s->fd, POLLIN, 0};
    if (poll(p, WEAL_SERVE_CONNECTIONS + 1, (int)wait_ms) < 0) return;
    uint64_t now = clock_ms();
    for (unsigned i = 0; i < WEAL_SERVE_CONNECTIONS; i++) {
        struct weal_serve_connection *c = &s->connections[i];
        if (c->fd < 0) continue;
        if (p[i].revents != 0)
            read_more(s, c);
        else if (now - c->since_ms > WEAL_SERVE_IDLE_MS)
            hang_up(c);
    }
    if (p[WEAL_SERVE_CONNECTIONS].revents != 0) take_new(s);
}

/* ---- secrets ---- */

void weal_secret_fresh(uint8_t x[32]) {
    uint8_t wide[64];
    do {
        randombytes_buf(wide, sizeof wide);
    } while (!weal_secret_reduce(x, wide));
    sodium_memzero(wide, sizeof wide);
}

enum weal_err weal_file_settle(const char *path) {
    char dir[1100];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof dir) return WEAL_ERR_INVALID;
    memcpy(dir, path, n);
    dir[n] = 0;
    int fd = open(n == 0 ? slash ? "/" : "." : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return WEAL_ERR_IO;
    bool good = fsync(fd) == 0;
    return close(fd) == 0 && good ? WEAL_OK : WEAL_ERR_IO;
}

static enum weal_err wipe(int fd) {
    static const uint8_t zero[4096];
    off_t n = lseek(fd, 0, SEEK_END);
    bool good = n >= 0;
    for (off_t at = 0; good && at < n;) {
        size_t part = n - at < (off_t)sizeof zero ? (size_t)(n - at) : sizeof zero;
        ssize_t k = pwrite(fd, zero, part, at);
        good = k > 0;
        at += k;
    }
    good = good && fdatasync(fd) == 0;
    return close(fd) == 0 && good ? WEAL_OK : WEAL_ERR_IO;
}

enum weal_err weal_file_destroy(const char *path) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? WEAL_OK : WEAL_ERR_IO;
    if (unlink(path) != 0 && errno != ENOENT) {
        close(fd);
        return WEAL_ERR_IO;
    }
    enum weal_err e = wipe(fd);
    return e == WEAL_OK ? weal_file_settle(path) : e;
}

enum weal_err weal_file_replace(const char *from, const char *path) {
    int old = open(path, O_WRONLY | O_CLOEXEC);
    if (old < 0 && errno != ENOENT) return WEAL_ERR_IO;
    enum weal_err e = rename(from, path) == 0 ? weal_file_settle(path)
                      : errno == ENOENT       ? WEAL_ERR_NOT_FOUND
                                              : WEAL_ERR_IO;
    if (old < 0) return e;
    if (e == WEAL_OK) return wipe(old); /* the new one stands: the old may go */
    close(old);
    return e;
}

enum weal_err weal_file_keep(const char *path, const void *bytes, size_t n) {
    char tmp[1100];
    if (snprintf(tmp, sizeof tmp, "%s.new", path) >= (int)sizeof tmp) return WEAL_ERR_INVALID;
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return WEAL_ERR_IO;
    bool good = write(fd, bytes, n) == (ssize_t)n && fdatasync(fd) == 0;
    good = close(fd) == 0 && good;
    return good ? weal_file_replace(tmp, path) : WEAL_ERR_IO;
}

enum weal_err weal_file_read(const char *path, void *bytes, size_t n) {
    uint8_t more;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? WEAL_ERR_NOT_FOUND : WEAL_ERR_IO;
    bool good = read(fd, bytes, n) == (ssize_t)n && read(fd, &more, 1) == 0;
    close(fd);
    return good ? WEAL_OK : WEAL_ERR_CORRUPT;
}
