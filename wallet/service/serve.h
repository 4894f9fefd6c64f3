/* SPDX-License-Identifier: ISC */
/* The small server of an attestor or a value module: JSON-RPC 2.0 over HTTP/1.1 (POST), one thread,
 * poll. It is bounded in connections, bytes and time, so that a stranger costs a slot for some
 * seconds and nothing else. It speaks plain HTTP and listens on one address: TLS is a reverse
 * proxy's part.
 *
 * Also here, because both services need it: secrets kept in files of their owner only. */
#ifndef WEAL_WALLET_SERVICE_SERVE_H
#define WEAL_WALLET_SERVICE_SERVE_H

#include <jansson.h>
#include <poll.h>

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

enum {
    WEAL_SERVE_CONNECTIONS = 64,
    WEAL_SERVE_REQUEST_MAX = 32768, /* bytes, head and body */
    WEAL_SERVE_IDLE_MS = 10000 /* a connection that says nothing whole for this long is closed */
};

/* What a method gives back: a result (owned), or a name and a sentence, both literals. */
struct weal_serve_answer {
    json_t *result;
    const char *error, *sentence;
};

typedef void weal_serve_fn(void *ctx, const char *method, const json_t *params,
                           struct weal_serve_answer *out);

struct weal_serve_connection {
    int fd; /* -1: free */
    uint64_t since_ms;
    size_t n;
    char buf[WEAL_SERVE_REQUEST_MAX + 1];
};

struct weal_serve {
    int fd;
    uint16_t port;
    weal_serve_fn *fn;
    void *ctx;
    struct weal_serve_connection *connections; /* heap */
};

/* Listens on 127.0.0.1:port (0: any; then s->port says which). IO: the port is taken. */
WEAL_MUST_USE enum weal_err weal_serve_start(struct weal_serve *s, uint16_t port, weal_serve_fn *fn,
                                             void *ctx);
/* Waits up to wait_ms for something to do and does it. */
void weal_serve_turn(struct weal_serve *s, unsigned wait_ms);
void weal_serve_stop(struct weal_serve *s);

/* An error answer. */
void weal_serve_error(struct weal_serve_answer *out, const char *name, const char *sentence);
/* The n bytes of the hex field name of an object; false unless it is exactly that. */
bool weal_serve_bytes(const json_t *object, const char *name, uint8_t *out, size_t n);
/* A hex string. */
json_t *weal_serve_hex(const uint8_t *bytes, size_t n);

/* A fresh uniform secret scalar from the system's randomness. */
void weal_secret_fresh(uint8_t x[32]);
/* Writes a file as a whole (temporary file, fdatasync, weal_file_replace), mode 0600: a crash
 * leaves the old or the new. */
WEAL_MUST_USE enum weal_err weal_file_keep(const char *path, const void *bytes, size_t n);
/* What happened to the names in path's folder is on the disk. */
WEAL_MUST_USE enum weal_err weal_file_settle(const char *path);
/* Takes a file away, or puts another in its place, and then overwrites what it had with zeros: as
 * good as the medium lets (flash and copying file systems may keep it; the disk should be
 * encrypted). destroy: one that is not there is done already; replace: NOT_FOUND when from is not
 * there, and then nothing has changed. */
WEAL_MUST_USE enum weal_err weal_file_destroy(const char *path);
WEAL_MUST_USE enum weal_err weal_file_replace(const char *from, const char *path);
/* Reads exactly n bytes; NOT_FOUND, CORRUPT (other length). */
WEAL_MUST_USE enum weal_err weal_file_read(const char *path, void *bytes, size_t n);

#endif
