/* SPDX-License-Identifier: ISC */
#include "wallet/rpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wallet/egress.h"

enum { ANSWER_MAX = 16 << 20 };

void weal_wallet_rpc_init(struct weal_wallet_rpc *r, const char *host, uint16_t port) {
    *r = (struct weal_wallet_rpc){.port = port, .fd = -1, .timeout_ms = 10000};
    snprintf(r->host, sizeof r->host, "%s", host);
}

static void hang_up(struct weal_wallet_rpc *r) {
    if (r->fd >= 0) close(r->fd);
    r->fd = -1;
}

void weal_wallet_rpc_release(struct weal_wallet_rpc *r) {
    hang_up(r);
    free(r->buf);
    r->buf = NULL;
    r->cap = 0;
}

/* Connects within the time limit. */
static enum weal_err dial_one(struct weal_wallet_rpc *r, int family, const struct sockaddr *at,
                              socklen_t n) {
    int on = 1, failed = 0;
    socklen_t size = sizeof failed;
    r->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (r->fd < 0) return WEAL_ERR_IO;
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(r->fd, at, n) != 0 && errno != EINPROGRESS) failed = errno;
    struct pollfd p = {r->fd, POLLOUT, 0};
    bool late = failed == 0 && poll(&p, 1, (int)r->timeout_ms) <= 0;
    if (failed == 0 && !late) getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    int flags = fcntl(r->fd, F_GETFL);
    if (!late && failed == 0 && fcntl(r->fd, F_SETFL, flags & ~O_NONBLOCK) == 0) return WEAL_OK;
    hang_up(r);
    return late ? WEAL_ERR_TIMEOUT : WEAL_ERR_CLOSED;
}

/* A name is asked of the system's resolver, which is told of like every other question; its
 * addresses are tried in the order it gives. */
static enum weal_err dial_name(struct weal_wallet_rpc *r) {
    struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list;
    char port[8];
    enum weal_err e = WEAL_ERR_CLOSED;
    if (!weal_egress_tell(r->host, r->port, "name asked of the resolver")) return WEAL_ERR_IO;
    snprintf(port, sizeof port, "%u", r->port);
    if (getaddrinfo(r->host, port, &want, &list) != 0) return WEAL_ERR_CLOSED;
    for (const struct addrinfo *a = list; a && e != WEAL_OK; a = a->ai_next) {
        e = dial_one(r, a->ai_family, a->ai_addr, a->ai_addrlen);
    }
    freeaddrinfo(list);
    return e;
}

static enum weal_err dial(struct weal_wallet_rpc *r) {
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(r->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(r->port)};
    if (inet_pton(AF_INET, r->host, &v4.sin_addr) == 1)
        return dial_one(r, AF_INET, (struct sockaddr *)&v4, sizeof v4);
    if (inet_pton(AF_INET6, r->host, &v6.sin6_addr) == 1)
        return dial_one(r, AF_INET6, (struct sockaddr *)&v6, sizeof v6);
    return r->host[0] == 0 ? WEAL_ERR_INVALID : dial_name(r);
}

static enum weal_err send_all(struct weal_wallet_rpc *r, const char *p, size_t n) {
    while (n != 0) {
        ssize_t k = send(r->fd, p, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return WEAL_ERR_CLOSED;
        p += k;
        n -= (size_t)k;
    }
    return WEAL_OK;
}

static enum weal_err read_more(struct weal_wallet_rpc *r, size_t *n) {
    struct pollfd p = {r->fd, POLLIN, 0};
    if (r->cap - *n < 4096) {
        size_t cap = r->cap * 2 + 65536;
        char *grown = cap <= ANSWER_MAX ? realloc(r->buf, cap) : NULL;
        if (!grown) return WEAL_ERR_FULL;
        r->buf = grown;
        r->cap = cap;
    }
    if (poll(&p, 1, (int)r->timeout_ms) <= 0) return WEAL_ERR_TIMEOUT;
    ssize_t k = recv(r->fd, r->buf + *n, r->cap - *n - 1, 0);
    if (k <= 0) return WEAL_ERR_CLOSED;
    *n += (size_t)k;
    r->buf[*n] = 0;
    return WEAL_OK;
}

/* Value of a header, or NULL; the head ends with a blank line. */
static const char *header(const char *head, const char *name) {
    for (const char *p = strstr(head, "\r\n"); p && p[2] != '\r'; p = strstr(p + 2, "\r\n")) {
        if (strncasecmp(p + 2, name, strlen(name)) == 0) return p + 2 + strlen(name);
    }
    return NULL;
}

static enum weal_err read_answer(struct weal_wallet_rpc *r, json_t **root) {
    size_t n = 0, want = 0, head = 0;
    do {
        enum weal_err e = read_more(r, &n);
        if (e != WEAL_OK) return e;
        char *end = head == 0 ? strstr(r->buf, "\r\n\r\n") : NULL;
        if (end) {
            const char *length = header(r->buf, "content-length:");
            head = (size_t)(end - r->buf) + 4;
            want = length ? strtoul(length, NULL, 10) : 0;
            if (!length || want > ANSWER_MAX) return WEAL_ERR_CORRUPT;
        }
    } while (head == 0 || n - head < want);
    *root = json_loadb(r->buf + head, want, 0, NULL);
    return *root ? WEAL_OK : WEAL_ERR_CORRUPT;
}

static enum weal_err exchange(struct weal_wallet_rpc *r, const char *body, json_t **root) {
    char head[256];
    bool v6 = strchr(r->host, ':') != NULL;
    if (!weal_egress_tell(r->host, r->port, r->method ? r->method : "many questions at once")) {
        return WEAL_ERR_IO;
    }
    enum weal_err e = r->fd >= 0 ? WEAL_OK : dial(r);
    int n = snprintf(head, sizeof head,
                     "POST / HTTP/1.1\r\nHost: %s%s%s\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zu\r\n\r\n",
                     v6 ? "[" : "", r->host, v6 ? "]" : "", strlen(body));
    if (e == WEAL_OK) e = send_all(r, head, (size_t)n);
    if (e == WEAL_OK) e = send_all(r, body, strlen(body));
    if (e == WEAL_OK) e = read_answer(r, root);
    if (e != WEAL_OK) hang_up(r);
    return e;
}

enum weal_err weal_wallet_rpc_post(struct weal_wallet_rpc *r, const char *text, json_t **answer) {
    bool kept = r->fd >= 0;
    *answer = NULL;
    enum weal_err e = exchange(r, text, answer);
    if (e == WEAL_ERR_CLOSED && kept) e = exchange(r, text, answer); /* it had timed out there */
    return e;
}

/* A node that is asked too often says when to ask again: done, for as long in all as a call may
 * take. True: waited. */
static bool wait_as_told(const struct weal_wallet_rpc *r, const json_t *root, unsigned *waited_ms) {
    json_int_t ms = json_integer_value(
        json_object_get(json_object_get(json_object_get(root, "error"), "data"), "retry_ms"));
    if (ms <= 0 || ms > (json_int_t)(r->timeout_ms - *waited_ms)) return false;
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
    *waited_ms += (unsigned)ms;
    return true;
}

enum weal_err weal_wallet_rpc_call(struct weal_wallet_rpc *r, const char *method, json_t *params,
                                   json_t **result) {
    json_t *q = json_pack("{s:s, s:I, s:s, s:o*}", "jsonrpc", "2.0", "id", (json_int_t)++r->id,
                          "method", method, "params", params);
    char *body = q ? json_dumps(q, JSON_COMPACT) : NULL;
    json_t *root = NULL;
    json_decref(q);
    *result = NULL;
    if (!body) return WEAL_ERR_NO_MEMORY;
    unsigned waited_ms = 0;
    r->method = method;
    enum weal_err e = weal_wallet_rpc_post(r, body, &root);
    while (e == WEAL_OK && wait_as_told(r, root, &waited_ms)) {
        json_decref(root);
        e = weal_wallet_rpc_post(r, body, &root);
    }
    r->method = NULL;
    free(body);
    if (e != WEAL_OK) return e;
    json_t *error = json_object_get(root, "error");
    if (error) {
        const char *name =
            json_string_value(json_object_get(json_object_get(error, "data"), "name"));
        const char *text = json_string_value(json_object_get(error, "message"));
        snprintf(r->error, sizeof r->error, "%s", name ? name : "unnamed");
        snprintf(r->sentence, sizeof r->sentence, "%s", text ? text : "");
        e = WEAL_ERR_INVALID;
    } else {
        *result = json_incref(json_object_get(root, "result"));
        if (!*result) e = WEAL_ERR_CORRUPT;
    }
    json_decref(root);
    return e;
}

size_t weal_wallet_hex(const json_t *text, uint8_t *out, size_t cap) {
    size_t n = json_string_length(text) / 2;
    if (!text || n == 0 || n > cap) return 0;
    return weal_hex_read(json_string_value(text), json_string_length(text), out, n) ? n : 0;
}
