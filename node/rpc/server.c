/* SPDX-License-Identifier: ISC */
/* The transport: libwebsockets on a libuv loop of this thread. One session a connection (a
 * WebSocket's many messages, an HTTP connection's requests one after the other). Answers may come
 * from the core's thread: they are queued under a mutex and written on this one. */
#include <libwebsockets.h>
#include <stdlib.h>
#include <uv.h>

#include "node/rpc/rpc.h"

enum { OUT_MAX = 16, METRICS_MAX = 1 << 18 };

struct message {
    char *text; /* malloc */
    size_t n, sent;
};

struct session {
    struct lws *wsi;
    uint64_t id;
    bool websocket, admin, subscribed, close;
    char *in; /* body or message so far */
    size_t in_n, in_cap;
    struct message out[OUT_MAX];
    unsigned out_n, open; /* open: calls not answered yet */
    bool headers_sent;
    const char *type; /* of an HTTP answer */
    unsigned status;
    struct session *next;
};

/* An answer on its way to this thread. */
struct done {
    uint64_t session;
    char *text;
    size_t n;
    bool subscribed;
    struct done *next;
};

struct weal_rpc {
    struct weal_rpc_config cfg;
    uv_loop_t loop;
    uv_thread_t thread;
    uv_async_t wake;
    uv_mutex_t lock;
    struct done *done_first, *done_last; /* under lock */
    bool stop, published;                /* under lock */
    struct lws_context *lws;
    struct session *sessions;
    uint64_t next_id;
    unsigned count, subscribers;
    uint16_t port;
    char cookie[80];
    uv_sem_t ready;
    enum weal_err started;
};

struct box {
    struct weal_rpc_call call;
    struct weal_rpc *rpc;
    uint64_t session;
};

/* ---- answers ---- */

static void on_reply(struct weal_rpc_call *call, char *text, size_t n) {
    struct box *b = (struct box *)call;
    struct weal_rpc *r = b->rpc;
    struct done *d = malloc(sizeof *d);
    if (!d) { /* the connection waits and times out */
        free(text);
        free(b);
        return;
    }
    *d = (struct done){b->session, text, n, call->subscribe_status, NULL};
    free(b);
    uv_mutex_lock(&r->lock);
    if (r->done_last)
        r->done_last->next = d;
    else
        r->done_first = d;
    r->done_last = d;
    uv_mutex_unlock(&r->lock);
    uv_async_send(&r->wake);
}

static void session_push(struct weal_rpc *r, struct session *s, char *text, size_t n) {
    if (s->out_n == OUT_MAX) { /* does not read: it goes */
        free(text);
        s->close = true;
    } else {
        s->out[s->out_n++] = (struct message){text, n, 0};
    }
    (void)r;
    lws_callback_on_writable(s->wsi);
}

static void dispatch(struct weal_rpc *r, struct session *s) {
    struct box *b = calloc(1, sizeof *b);
    if (!b) {
        s->close = true;
        return;
    }
    b->call = (struct weal_rpc_call){.api = r->cfg.api,
                                     .cfg = &r->cfg,
                                     .admin = s->admin,
                                     .websocket = s->websocket,
                                     .reply = on_reply};
    b->rpc = r;
    b->session = s->id;
    s->open++;
    weal_rpc_dispatch(&b->call, s->in, s->in_n);
    s->in_n = 0;
}

static bool in_append(struct session *s, const void *p, size_t n) {
    if (n > WEAL_RPC_BODY_MAX - s->in_n) return false;
    if (s->in_cap - s->in_n < n) {
        size_t cap = s->in_cap * 2 + n + 512;
        char *grown = realloc(s->in, cap);
        if (!grown) return false;
        s->in = grown;
        s->in_cap = cap;
    }
    memcpy(s->in + s->in_n, p, n);
    s->in_n += n;
    return true;
}

/* ---- sessions ---- */

static struct session *session_new(struct weal_rpc *r, struct lws *wsi) {
    struct session *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->wsi = wsi;
    s->id = ++r->next_id;
    s->next = r->sessions;
    r->sessions = s;
    r->count++;
    return s;
}

static void session_free(struct weal_rpc *r, struct session *s) {
    for (struct session **p = &r->sessions; *p; p = &(*p)->next) {
        if (*p != s) continue;
        *p = s->next;
        break;
    }
    for (unsigned i = 0; i < s->out_n; i++) free(s->out[i].text);
    if (s->subscribed) r->subscribers--;
    r->count--;
    free(s->in);
    free(s);
}

/* "Authorization: Bearer <cookie>" gives the admin role; compared in constant time. */
static bool is_admin(struct weal_rpc *r, struct lws *wsi) {
    char value[128];
    int n = lws_hdr_copy(wsi, value, sizeof value, WSI_TOKEN_HTTP_AUTHORIZATION);
    size_t want = strlen(r->cookie);
    return n > 7 && (size_t)n - 7 == want && strncmp(value, "Bearer ", 7) == 0 &&
           sodium_memcmp(value + 7, r->cookie, want) == 0;
}

/* ---- HTTP ---- */

static void http_answer(struct weal_rpc *r, struct session *s, unsigned status, const char *type,
                        const void *body, size_t n) {
    char *copy = malloc(n + 1);
    if (copy && n != 0) memcpy(copy, body, n);
    s->status = status;
    s->type = type;
    session_push(r, s, copy, copy ? n : 0);
}

static void http_get(struct weal_rpc *r, struct session *s, const char *path) {
    if (strcmp(path, "/") == 0) {
        http_answer(r, s, 200, "text/html; charset=utf-8", weal_web_page, weal_web_page_size());
    } else if (strcmp(path, "/livez") == 0) {
        http_answer(r, s, 200, "text/plain", "ok\n", 3);
    } else if (strcmp(path, "/readyz") == 0) {
        const char *why = r->cfg.ready ? r->cfg.ready(r->cfg.ctx) : NULL;
        const char *text = why ? why : "ok";
        http_answer(r, s, why ? 503 : 200, "text/plain", text, strlen(text));
    } else if (strcmp(path, "/metrics") == 0 && r->cfg.metrics) {
        uint8_t *buf = malloc(METRICS_MAX);
        struct weal_wr w = weal_wr(buf, buf ? METRICS_MAX : 0);
        if (buf) r->cfg.metrics(r->cfg.ctx, &w);
        http_answer(r, s, 200, "text/plain; version=0.0.4", buf, w.n);
        free(buf);
    } else {
        http_answer(r, s, 404, "text/plain", "not found\n", 10);
    }
}

static int http_headers(struct session *s, size_t n) {
    uint8_t buf[LWS_PRE + 1024], *at = buf + LWS_PRE, *start = at, *end = buf + sizeof buf - 1;
    static const char policy[] = "default-src 'self'; style-src 'unsafe-inline'; script-src "
                                 "'unsafe-inline'; connect-src 'self' ws: wss:";
    if (lws_add_http_common_headers(s->wsi, s->status, s->type, n, &at, end)) return -1;
    if (lws_add_http_header_by_name(s->wsi, (const uint8_t *)"content-security-policy:",
                                    (const uint8_t *)policy, sizeof policy - 1, &at, end)) {
        return -1;
    }
    if (lws_add_http_header_by_name(
            s->wsi, (const uint8_t *)"cache-control:", (const uint8_t *)"no-store", 8, &at, end)) {
        return -1;
    }
    return lws_finalize_write_http_header(s->wsi, start, &at, end) ? -1 : 0;
}

static int http_write(struct session *s) {
    enum { CHUNK = 16384 };
    static _Thread_local uint8_t buf[LWS_PRE + CHUNK];
    if (s->out_n == 0) return 0;
    struct message *m = &s->out[0];
    if (!s->headers_sent) {
        s->headers_sent = true;
        if (http_headers(s, m->n) != 0) return -1;
        lws_callback_on_writable(s->wsi);
        return 0;
    }
    size_t n = m->n - m->sent < CHUNK ? m->n - m->sent : CHUNK;
    bool last = m->sent + n == m->n;
    if (n != 0) memcpy(buf + LWS_PRE, m->text + m->sent, n);
    if (lws_write(s->wsi, buf + LWS_PRE, n, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
        (int)n) {
        return -1;
    }
    m->sent += n;
    if (!last) {
        lws_callback_on_writable(s->wsi);
        return 0;
    }
    free(m->text);
    s->out_n = 0;
    s->headers_sent = false;
    return lws_http_transaction_completed(s->wsi) ? -1 : 0;
}

static int on_http(struct weal_rpc *r, struct lws *wsi, struct session **ps, const char *path) {
    if (!*ps) *ps = session_new(r, wsi);
    struct session *s = *ps;
    if (!s) return -1;
    s->admin = is_admin(r, wsi);
    s->in_n = 0;
    s->headers_sent = false;
    if (r->count > WEAL_RPC_CONNECTIONS_MAX) {
        http_answer(r, s, 503, "text/plain", "too many connections\n", 21);
    } else if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) == 0) {
        http_get(r, s, path);
    }
    return 0;
}

static int on_body_end(struct weal_rpc *r, struct session *s) {
    s->status = 200;
    s->type = "application/json";
    dispatch(r, s);
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len) {
    struct session **ps = user;
    struct weal_rpc *r = lws_context_user(lws_get_context(wsi));
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP:
        return on_http(r, wsi, ps, in);
    case LWS_CALLBACK_HTTP_BODY:
        if (*ps && !in_append(*ps, in, len)) {
            http_answer(r, *ps, 413, "text/plain", "a request has at most 1 MiB\n", 28);
            (*ps)->close = true;
        }
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return *ps && !(*ps)->close ? on_body_end(r, *ps) : 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return *ps ? http_write(*ps) : 0;
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_CLOSED:
        if (ps && *ps) session_free(r, *ps);
        if (ps) *ps = NULL;
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
        if (r->count >= WEAL_RPC_CONNECTIONS_MAX) return -1;
        *ps = session_new(r, wsi);
        if (!*ps) return -1;
        (*ps)->websocket = true;
        (*ps)->admin = is_admin(r, wsi);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        if (!*ps || !in_append(*ps, in, len)) return -1;
        if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) dispatch(r, *ps);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE: {
        struct session *s = *ps;
        if (!s) return 0;
        if (s->close) return -1;
        if (s->out_n == 0) return 0;
        struct message m = s->out[0];
        uint8_t *buf = malloc(LWS_PRE + m.n);
        if (!buf) return -1;
        memcpy(buf + LWS_PRE, m.text, m.n);
        int sent = lws_write(wsi, buf + LWS_PRE, m.n, LWS_WRITE_TEXT);
        free(buf);
        free(m.text);
        memmove(&s->out[0], &s->out[1], --s->out_n * sizeof m);
        if (sent < (int)m.n) return -1;
        if (s->out_n != 0) lws_callback_on_writable(wsi);
        return 0;
    }
    default: /* the library's list grows */
        return 0;
    }
}

/* ---- this thread ---- */

static void status_push(struct weal_rpc *r) {
    json_t *status = weal_rpc_status(r->cfg.api, &r->cfg);
    json_t *note = json_pack("{s:s, s:s, s:{s:s, s:o}}", "jsonrpc", "2.0", "method", "subscription",
                             "params", "topic", "status", "result", status ? status : json_null());
    char *text = json_dumps(note, JSON_COMPACT);
    json_decref(note);
    for (struct session *s = r->sessions; s && text; s = s->next) {
        if (!s->subscribed || s->out_n >= OUT_MAX / 2) continue; /* slow ones miss some */
        char *copy = strdup(text);
        if (copy) session_push(r, s, copy, strlen(copy));
    }
    free(text);
}

static void on_wake(uv_async_t *h) {
    struct weal_rpc *r = h->data;
    uv_mutex_lock(&r->lock);
    struct done *d = r->done_first;
    bool stop = r->stop, published = r->published;
    r->done_first = r->done_last = NULL;
    r->published = false;
    uv_mutex_unlock(&r->lock);
    while (d) {
        struct done *next = d->next;
        struct session *s = r->sessions;
        while (s && s->id != d->session) s = s->next;
        if (s) s->open--;
        if (s && d->subscribed && !s->subscribed && r->subscribers < WEAL_RPC_SUBSCRIBERS_MAX) {
            s->subscribed = true;
            r->subscribers++;
        }
        if (s && d->text)
            session_push(r, s, d->text, d->n);
        else if (s && !s->websocket)
            http_answer(r, s, 204, "application/json", "", 0);
        else
            free(d->text);
        free(d);
        d = next;
    }
    if (published && r->subscribers != 0) status_push(r);
    if (stop) uv_stop(&r->loop);
}

static void on_publish(void *ctx) {
    struct weal_rpc *r = ctx;
    uv_mutex_lock(&r->lock);
    bool wake = !r->published;
    r->published = true;
    uv_mutex_unlock(&r->lock);
    if (wake) uv_async_send(&r->wake);
}

static void serve(void *arg) {
    struct weal_rpc *r = arg;
    static const struct lws_protocols protocols[] = {
        {"weal", callback, sizeof(struct session *), 65536, 0, NULL, 0},
        {NULL, NULL, 0, 0, 0, NULL, 0}};
    void *loops[1] = {&r->loop};
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof info);
    lws_set_log_level(0, NULL);
    info.port = r->cfg.port;
    info.iface = r->cfg.host;
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DISABLE_IPV6;
    info.foreign_loops = loops;
    info.user = r;
    info.gid = -1;
    info.uid = -1;
    info.keepalive_timeout = 60;
    info.timeout_secs = 30;
    info.pt_serv_buf_size = 65536;
    r->lws = lws_create_context(&info);
    r->started = r->lws ? WEAL_OK : WEAL_ERR_IO;
    if (r->lws) {
        struct lws_vhost *v = lws_get_vhost_by_name(r->lws, "default");
        r->port = (uint16_t)(v ? lws_get_vhost_listen_port(v) : r->cfg.port);
    }
    uv_sem_post(&r->ready);
    if (!r->lws) return;
    uv_run(&r->loop, UV_RUN_DEFAULT);
    lws_context_destroy(r->lws);
    uv_close((uv_handle_t *)&r->wake, NULL);
    for (int i = 0; i < 100 && uv_run(&r->loop, UV_RUN_NOWAIT); i++) uv_sleep(1);
    lws_context_destroy(r->lws); /* the second call ends what the loop had to close */
}

enum weal_err weal_rpc_start(const struct weal_rpc_config *cfg, struct weal_rpc **out) {
    struct weal_rpc *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r) return WEAL_ERR_NO_MEMORY;
    r->cfg = *cfg;
    snprintf(r->cookie, sizeof r->cookie, "%s", cfg->cookie);
    uv_mutex_init(&r->lock);
    uv_sem_init(&r->ready, 0);
    uv_loop_init(&r->loop);
    uv_async_init(&r->loop, &r->wake, on_wake);
    r->wake.data = r;
    if (uv_thread_create(&r->thread, serve, r) != 0) {
        free(r);
        return WEAL_ERR_NO_MEMORY;
    }
    uv_sem_wait(&r->ready);
    if (r->started != WEAL_OK) {
        enum weal_err e = r->started;
        uv_thread_join(&r->thread);
        free(r);
        return e;
    }
    weal_api_on_publish(cfg->api, on_publish, r);
    *out = r;
    return WEAL_OK;
}

uint16_t weal_rpc_port(const struct weal_rpc *r) {
    return r->port;
}

void weal_rpc_stop(struct weal_rpc *r) {
    if (!r) return;
    weal_api_on_publish(r->cfg.api, NULL, NULL);
    uv_mutex_lock(&r->lock);
    r->stop = true;
    uv_mutex_unlock(&r->lock);
    uv_async_send(&r->wake);
    uv_thread_join(&r->thread);
    while (r->sessions) session_free(r, r->sessions);
    while (r->done_first) {
        struct done *d = r->done_first;
        r->done_first = d->next;
        free(d->text);
        free(d);
    }
    uv_sem_destroy(&r->ready);
    uv_mutex_destroy(&r->lock);
    free(r);
}
