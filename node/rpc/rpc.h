/* SPDX-License-Identifier: ISC */
/* JSON-RPC 2.0 (HTTP and WebSocket), the dashboard, /metrics, /livez and /readyz, on a thread and a
 * loop of their own. Reads the published snapshots of node/core/api.h and nothing else, so that no
 * flood of questions delays a vote. server.c is the transport (libwebsockets), dispatch.c turns
 * text into calls, methods*.c answer them. */
#ifndef WEAL_NODE_RPC_RPC_H
#define WEAL_NODE_RPC_RPC_H

#include <jansson.h>

#include "node/core/api.h"
#include "node/rpc/limits.h"

enum {
    WEAL_RPC_BODY_MAX = 1 << 20, /* bytes of one request */
    WEAL_RPC_BATCH_MAX = 100,
    WEAL_RPC_DEPTH_MAX = 16, /* objects and arrays in each other */
    WEAL_RPC_RANGE_MAX = 1000,
    WEAL_RPC_RANGE_BYTES = 1 << 20,
};

/* JSON-RPC's numbers; ours carry a stable name in data.name. */
enum weal_rpc_code {
    WEAL_RPC_PARSE = -32700,
    WEAL_RPC_REQUEST = -32600,
    WEAL_RPC_METHOD = -32601,
    WEAL_RPC_PARAMS = -32602,
    WEAL_RPC_INTERNAL = -32603,
    WEAL_RPC_REFUSED = -32000, /* data.name: a verdict */
    WEAL_RPC_NOT_FOUND = -32001,
    WEAL_RPC_DENIED = -32002,
    WEAL_RPC_BUSY = -32003,
    WEAL_RPC_LIMITED = -32004, /* data.retry_ms, for a rate: when to ask again */
};

struct weal_rpc_config {
    struct weal_api *api;
    const char *host;   /* "127.0.0.1" */
    uint16_t port;      /* 0: any */
    const char *cookie; /* 64 hex digits that give the admin role */
    const char *agent;
    struct weal_rpc_bounds bounds;
    void (*stop)(void *ctx); /* node.stop was called; any thread */
    void *ctx;
    /* Prometheus text into w; the server's thread, whose limits they are */
    void (*metrics)(void *ctx, const struct weal_rpc_limits *limits, struct weal_wr *w);
    /* NULL when ready to serve, else why not; any thread */
    const char *(*ready)(void *ctx);
};

struct weal_rpc;

/* Starts the thread. IO: the port is taken. */
WEAL_MUST_USE enum weal_err weal_rpc_start(const struct weal_rpc_config *c, struct weal_rpc **out);
uint16_t weal_rpc_port(const struct weal_rpc *r);
void weal_rpc_stop(struct weal_rpc *r); /* joins the thread, frees */

/* ---- dispatch: text in, text out; used by the server, the fuzzer and tests ---- */

/* One request's way back. reply takes ownership of text (malloc), which is NULL when nothing is to
 * be answered (notifications only). Called on any thread, exactly once. */
struct weal_rpc_call {
    struct weal_api *api;
    const struct weal_rpc_config *cfg;
    bool admin;
    /* Who asks, and when; NULL: without limits, as the admin role is. */
    struct weal_rpc_limits *limits;
    struct weal_rpc_client *client;
    uint64_t now_ms;
    /* The status after each final block from now on, or no more; false: limits forbid it. NULL: not
     * a WebSocket. Called within weal_rpc_dispatch. */
    bool (*subscribe)(struct weal_rpc_call *call, bool on);
    void (*reply)(struct weal_rpc_call *call, char *text, size_t n);
    void *ctx;
};
void weal_rpc_dispatch(struct weal_rpc_call *call, const char *text, size_t n);

/* The status object that node.status answers and subscribers get; malloc, NULL: none yet. */
char *weal_rpc_status(struct weal_api *api, const struct weal_rpc_config *cfg);

/* The page: web/page.c. */
extern const unsigned char weal_web_page[];
size_t weal_web_page_size(void);

#endif
