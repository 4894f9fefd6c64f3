/* SPDX-License-Identifier: ISC */
/* The transport: libwebsockets on a libuv loop of this thread. One session a connection (a
 * WebSocket's many messages, an HTTP connection's requests one after the other). Answers may come
 * from the core's thread: they are queued under a mutex and written on this one. */
#include <libwebsockets.h>
#include <malloc.h>
#include <stdlib.h>
#include <uv.h>

#include "node/io/thread.h"
#include "node/rpc/rpc.h"

enum {
    METRICS_MAX = 1 << 18,
    /* A connection that has this much in work or unread is not read from until there is less. */
    OPEN_MAX = 64,
    UNREAD_MAX = 1 << 20,
    /* and a subscriber with this many messages unread misses some */
    UNREAD_NOTES_MAX = 8,
    RPC_NICE = 10,
    STOP_WAIT_MS = 500, /* for the last answers to leave */
};

struct message {
    struct message *next;
    char *text; /* malloc */
    size_t n, sent;
};

struct session {
    struct lws *wsi;
    uint64_t id;
    struct weal_rpc_client *client; /* of the socket, which lives longer */
    bool websocket, admin, subscribed, close, paused;
    char *in; /* body or message so far */
    size_t in_n, in_cap;
    struct message *out, *out_last;
    size_t out_bytes;
    unsigned out_n, open; /* open: calls not answered yet */
    bool headers_sent;
    bool answered; /* whole, and in the list of those */
    struct session *next_answered;
    bool at_once; /* whoever asks now also writes: waiting for the socket costs four system calls */
    const char *type;         /* of an HTTP answer */
    unsigned status, retry_s; /* retry_s: Retry-After, 0: none */
    struct session *next;
};

/* An answer on its way to this thread. */
struct done {
    uint64_t session;
    char *text;
    size_t n;
    struct done *next;
};

struct weal_rpc {
    struct weal_rpc_config cfg;
    uv_loop_t loop;
    uv_thread_t thread, self; /* self: as the thread names itself */
    uv_async_t wake;
    uv_timer_t last; /* stopping: until the last answers have left */
    uv_mutex_t lock;
    struct done *done_first, *done_last; /* under lock */
    bool stop, published;                /* under lock */
    uint64_t deadline;
    struct lws_context *lws;
    struct session *sessions;
    struct session *answered; /* HTTP requests to be ended when the library has let go of them */
    uv_check_t after;
    uv_prepare_t before;
    uint64_t next_id;
    struct weal_rpc_limits limits;
    unsigned subscribers;
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

/* A WebSocket with much in work or unread is not read from until there is less. (The library
 * does not write to an HTTP connection that it does not read from; those have one request at a
 * time, see on_body_end.) */
static void session_pace(struct session *s) {
    bool busy = s->websocket && (s->open >= OPEN_MAX || s->out_bytes >= UNREAD_MAX);
    if (busy == s->paused) return;
    s->paused = busy;
    lws_rx_flow_control(s->wsi, !busy);
}

static void session_push(struct session *s, char *text, size_t n) {
    struct message *m = malloc(sizeof *m);
    if (!m) { /* it goes */
        free(text);
        s->close = true;
    } else {
        *m = (struct message){NULL, text, n, 0};
        if (s->out_last)
            s->out_last->next = m;
        else
            s->out = m;
        s->out_last = m;
        s->out_n++;
        s->out_bytes += n;
    }
    if (!s->at_once) lws_callback_on_writable(s->wsi);
}

static void session_pop(struct session *s) {
    struct message *m = s->out;
    s->out = m->next;
    if (!s->out) s->out_last = NULL;
    s->out_n--;
    s->out_bytes -= m->n;
    free(m->text);
    free(m);
}

static void http_answer(struct session *s, unsigned status, const char *type, const void *body,
                        size_t n);

/* On this thread: an answer for a session; takes text. */
static void deliver(struct session *s, char *text, size_t n) {
    s->open--;
    if (text)
        session_push(s, text, n);
    else if (!s->websocket)
        http_answer(s, 204, "application/json", "", 0);
    session_pace(s);
}

static struct session *session_find(struct weal_rpc *r, uint64_t id) {
    struct session *s = r->sessions;
    while (s && s->id != id) s = s->next;
    return s;
}

static void on_reply(struct weal_rpc_call *call, char *text, size_t n) {
    struct box *b = (struct box *)call;
    struct weal_rpc *r = b->rpc;
    uv_thread_t self = uv_thread_self();
    if (uv_thread_equal(&self, &r->self)) { /* most are answered at once */
        struct session *s = session_find(r, b->session);
        if (s)
            deliver(s, text, n);
        else
            free(text);
        free(b);
        return;
    }
    struct done *d = malloc(sizeof *d);
    if (!d) { /* the connection waits and times out */
        free(text);
        free(b);
        return;
    }
    *d = (struct done){b->session, text, n, NULL};
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

static bool on_subscribe(struct weal_rpc_call *call, bool on) {
    struct box *b = (struct box *)call;
    struct weal_rpc *r = b->rpc;
    struct session *s = session_find(r, b->session);
    if (!s || s->subscribed == on) return true;
    if (on && !weal_rpc_limits_subscribe(&r->limits, s->client)) return false;
    if (!on) weal_rpc_limits_unsubscribe(&r->limits, s->client);
    s->subscribed = on;
    r->subscribers += on ? 1 : -1U;
    return true;
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
                                     .limits = &r->limits,
                                     .client = s->client,
                                     .now_ms = uv_now(&r->loop),
                                     .subscribe = s->websocket ? on_subscribe : NULL,
                                     .reply = on_reply};
    b->rpc = r;
    b->session = s->id;
    s->open++;
    weal_rpc_dispatch(&b->call, s->in, s->in_n);
    s->in_n = 0;
    session_pace(s);
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
    if (n != 0) memcpy(s->in + s->in_n, p, n);
    s->in_n += n;
    return true;
}

/* ---- sessions ---- */

static struct session *session_new(struct weal_rpc *r, struct lws *wsi) {
    struct session *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->wsi = wsi;
    s->client = lws_get_opaque_user_data(wsi);
    s->id = ++r->next_id;
    s->next = r->sessions;
    r->sessions = s;
    return s;
}

static void session_free(struct weal_rpc *r, struct session *s) {
    for (struct session **p = &r->sessions; *p; p = &(*p)->next) {
        if (*p != s) continue;
        *p = s->next;
        break;
    }
    for (struct session **p = &r->answered; *p; p = &(*p)->next_answered) {
        if (*p != s) continue;
        *p = s->next_answered;
        break;
    }
    while (s->out) session_pop(s);
    if (s->subscribed) {
        weal_rpc_limits_unsubscribe(&r->limits, s->client);
        r->subscribers--;
    }
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

static void http_answer(struct session *s, unsigned status, const char *type, const void *body,
                        size_t n) {
    char *copy = malloc(n + 1);
    if (copy && n != 0) memcpy(copy, body, n);
    s->status = status;
    s->type = type;
    session_push(s, copy, copy ? n : 0);
}

static void http_get(struct weal_rpc *r, struct session *s, const char *path) {
    if (strcmp(path, "/") == 0) {
        http_answer(s, 200, "text/html; charset=utf-8", weal_web_page, weal_web_page_size());
    } else if (strcmp(path, "/livez") == 0) {
        http_answer(s, 200, "text/plain", "ok\n", 3);
    } else if (strcmp(path, "/readyz") == 0) {
        const char *why = r->cfg.ready ? r->cfg.ready(r->cfg.ctx) : NULL;
        const char *text = why ? why : "ok";
        http_answer(s, why ? 503 : 200, "text/plain", text, strlen(text));
    } else if (strcmp(path, "/metrics") == 0 && r->cfg.metrics) {
        uint8_t *buf = malloc(METRICS_MAX);
        struct weal_wr w = weal_wr(buf, buf ? METRICS_MAX : 0);
        if (buf) r->cfg.metrics(r->cfg.ctx, &r->limits, &w);
        http_answer(s, 200, "text/plain; version=0.0.4", buf, w.n);
        free(buf);
    } else {
        http_answer(s, 404, "text/plain", "not found\n", 10);
    }
}

/* 429 with the limit and when to come back. */
static void http_limited(struct weal_rpc *r, struct session *s, enum weal_rpc_limit which,
                         uint64_t wait_ms) {
    char sentence[WEAL_RPC_LIMIT_TEXT], text[WEAL_RPC_LIMIT_TEXT + 32];
    static const char *const name[WEAL_RPC_LIMITS] = {"rpc-rate", "rpc-connections",
                                                      "rpc-subscriptions"};
    weal_rpc_limits_say(&r->limits, which, wait_ms, sentence);
    int n = snprintf(text, sizeof text, "%s: %s\n", name[which], sentence);
    s->retry_s = (unsigned)(wait_ms / 1000 + 1);
    s->close = true;
    http_answer(s, 429, "text/plain", text, (size_t)n);
}

/* Headers for a body of n bytes, written to at. */
static int http_headers(struct session *s, size_t n, uint8_t **at, uint8_t *end) {
    static const char policy[] = "default-src 'self'; style-src 'unsafe-inline'; script-src "
                                 "'unsafe-inline'; connect-src 'self' ws: wss:";
    if (lws_add_http_common_headers(s->wsi, s->status, s->type, n, at, end)) return -1;
    if (lws_add_http_header_by_name(s->wsi, (const uint8_t *)"content-security-policy:",
                                    (const uint8_t *)policy, sizeof policy - 1, at, end)) {
        return -1;
    }
    if (lws_add_http_header_by_name(
            s->wsi, (const uint8_t *)"cache-control:", (const uint8_t *)"no-store", 8, at, end)) {
        return -1;
    }
    if (s->retry_s != 0) {
        char text[16];
        int len = snprintf(text, sizeof text, "%u", s->retry_s);
        if (lws_add_http_header_by_name(
                s->wsi, (const uint8_t *)"retry-after:", (const uint8_t *)text, len, at, end)) {
            return -1;
        }
    }
    return lws_finalize_http_header(s->wsi, at, end) ? -1 : 0;
}

/* Headers and the first part of the body leave in one piece: most answers are that one. */
static int http_write(struct weal_rpc *r, struct session *s) {
    enum { HEADERS = 1024, CHUNK = 16384 };
    static _Thread_local uint8_t buf[LWS_PRE + HEADERS + CHUNK];
    uint8_t *start = buf + LWS_PRE, *at = start;
    struct message *m = s->out;
    if (!m) return s->close ? -1 : 0;
    if (!s->headers_sent && http_headers(s, m->n, &at, start + HEADERS) != 0) return -1;
    s->headers_sent = true;
    size_t n = m->n - m->sent < CHUNK ? m->n - m->sent : CHUNK;
    bool last = m->sent + n == m->n;
    if (n != 0) memcpy(at, m->text + m->sent, n);
    n += (size_t)(at - start);
    if (lws_write(s->wsi, start, n, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < (int)n) {
        return -1;
    }
    m->sent += n - (size_t)(at - start);
    if (!last) {
        lws_callback_on_writable(s->wsi);
        return 0;
    }
    while (s->out) session_pop(s);
    s->headers_sent = false;
    if (s->close) return -1; /* what it still sends is not read */
    if (!s->at_once) return lws_http_transaction_completed(s->wsi) ? -1 : 0;
    s->answered = true;
    s->next_answered = r->answered;
    r->answered = s;
    return 0;
}

/* Ends the requests that were answered inside the library's own reading of them: there it would
 * look for the next request in bytes it has already counted as read, and never return. */
static void requests_end(struct weal_rpc *r) {
    while (r->answered) {
        struct session *s = r->answered;
        r->answered = s->next_answered;
        s->answered = false;
        if (lws_http_transaction_completed(s->wsi)) {
            lws_set_timeout(s->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
        }
    }
}
static void on_after(uv_check_t *h) {
    requests_end(h->data);
}
static void on_before(uv_prepare_t *h) {
    requests_end(h->data);
}

static int on_http(struct weal_rpc *r, struct lws *wsi, struct session **ps, const char *path) {
    if (!*ps) *ps = session_new(r, wsi);
    struct session *s = *ps;
    if (!s) return -1;
    s->admin = is_admin(r, wsi);
    s->in_n = 0;
    s->headers_sent = false;
    bool get = lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) != 0;
    uint64_t wait_ms;
    if (!s->admin && weal_rpc_limits_crowded(&r->limits, s->client)) {
        weal_rpc_limits_refused(&r->limits, WEAL_RPC_LIMIT_CONNECTIONS);
        http_limited(r, s, WEAL_RPC_LIMIT_CONNECTIONS, 0);
    } else if (get && !s->admin &&
               (wait_ms = weal_rpc_limits_take(&r->limits, s->client, 0, uv_now(&r->loop))) != 0) {
        http_limited(r, s, WEAL_RPC_LIMIT_RATE, wait_ms);
    } else if (get) {
        http_get(r, s, path);
    } else if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) == 0) {
        s->close = true;
        http_answer(s, 405, "text/plain", "GET or POST\n", 12);
    } else if (strcmp(path, "/") != 0) {
        s->close = true;
        http_answer(s, 404, "text/plain", "requests go to /\n", 17);
    } else if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) == 0) {
        s->close = true;
        http_answer(s, 411, "text/plain", "a request has a Content-Length\n", 31);
    }
    return 0;
}

/* Does this part of a body come from where the library reads sockets to (a buffer in its context)?
 * Elsewhere it keeps what came together with the request before. When it parses a request with a
 * body there, version 4.1 takes the head for the body, frees both, and reads on in them: such a
 * connection is closed at the first of these bytes. */
static bool just_read(struct lws *wsi, const void *part) {
    void *context = lws_get_context(wsi);
    uintptr_t at = (uintptr_t)part, first = (uintptr_t)context;
    return at >= first && at - first < malloc_usable_size(context);
}

/* A client that sends more before it has its answer makes the library report the same end of body
 * again and again, and this thread would do nothing else: it is closed. HTTP/1.1 allows that, and
 * who wants many calls at once has batches and WebSocket. */
static int on_body_end(struct weal_rpc *r, struct session *s) {
    if (s->open != 0 || s->out_n != 0 || s->answered) return -1;
    s->status = 200;
    s->type = "application/json";
    s->at_once = true;
    dispatch(r, s);
    int end = s->out ? http_write(r, s) : s->close ? -1 : 0;
    s->at_once = false;
    return end;
}

/* ---- sockets and whose they are ---- */

static uint32_t address_of(const struct sockaddr_storage *a) {
    return a->ss_family == AF_INET ? ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) : 0;
}

static void on_socket(struct weal_rpc *r, struct lws *wsi) {
    struct sockaddr_storage a = {0};
    socklen_t n = sizeof a;
    (void)getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&a, &n);
    lws_set_opaque_user_data(wsi,
                             weal_rpc_limits_open(&r->limits, address_of(&a), uv_now(&r->loop)));
}

static void on_socket_gone(struct weal_rpc *r, struct lws *wsi) {
    struct weal_rpc_client *c = lws_get_opaque_user_data(wsi);
    if (c) weal_rpc_limits_close(&r->limits, c);
    lws_set_opaque_user_data(wsi, NULL);
}

/* A WebSocket that is one too many is told so before it is one. */
static int on_upgrade(struct weal_rpc *r, struct lws *wsi) {
    char sentence[WEAL_RPC_LIMIT_TEXT];
    if (is_admin(r, wsi) || !weal_rpc_limits_crowded(&r->limits, lws_get_opaque_user_data(wsi))) {
        return 0;
    }
    weal_rpc_limits_refused(&r->limits, WEAL_RPC_LIMIT_CONNECTIONS);
    weal_rpc_limits_say(&r->limits, WEAL_RPC_LIMIT_CONNECTIONS, 0, sentence);
    (void)lws_return_http_status(wsi, 429, sentence);
    return -1;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len) {
    struct session **ps = user;
    struct weal_rpc *r = lws_context_user(lws_get_context(wsi));
    switch ((int)reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION: {
        const struct lws_filter_network_conn_args *from = user;
        return weal_rpc_limits_admit(&r->limits, address_of(&from->cli_addr)) ? 0 : -1;
    }
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        on_socket(r, wsi);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        on_socket_gone(r, wsi);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: /* not to HTTP/2 */
        return strcasecmp(in, "websocket") == 0 ? 0 : -1;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return on_upgrade(r, wsi);
    case LWS_CALLBACK_HTTP:
        return on_http(r, wsi, ps, in);
    case LWS_CALLBACK_HTTP_BODY:
        if (len != 0 && !just_read(wsi, in)) return -1;
        if (*ps && !(*ps)->close && !in_append(*ps, in, len)) {
            http_answer(*ps, 413, "text/plain", "a request has at most 1 MiB\n", 28);
            (*ps)->close = true;
        }
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return *ps && !(*ps)->close ? on_body_end(r, *ps) : 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return *ps ? http_write(r, *ps) : 0;
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_CLOSED:
        if (ps && *ps) session_free(r, *ps);
        if (ps) *ps = NULL;
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
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
        struct message *m = s->out;
        if (s->close) return -1;
        if (!m) return 0;
        uint8_t *buf = malloc(LWS_PRE + m->n);
        if (!buf) return -1;
        memcpy(buf + LWS_PRE, m->text, m->n);
        int sent = lws_write(wsi, buf + LWS_PRE, m->n, LWS_WRITE_TEXT);
        bool whole = sent >= (int)m->n;
        free(buf);
        session_pop(s);
        if (!whole) return -1;
        session_pace(s);
        if (s->out_n != 0) lws_callback_on_writable(wsi);
        return 0;
    }
    default: /* the library's list grows */
        return 0;
    }
}

/* ---- this thread ---- */

static void status_push(struct weal_rpc *r) {
    static const char form[] = "{\"jsonrpc\":\"2.0\",\"method\":\"subscription\",\"params\":"
                               "{\"topic\":\"status\",\"result\":%s}}";
    char *status = weal_rpc_status(r->cfg.api, &r->cfg);
    size_t cap = sizeof form + (status ? strlen(status) : 4);
    char *text = malloc(cap);
    if (text) snprintf(text, cap, form, status ? status : "null");
    free(status);
    for (struct session *s = r->sessions; s && text; s = s->next) {
        if (!s->subscribed || s->out_n >= UNREAD_NOTES_MAX) continue; /* slow ones miss some */
        char *copy = strdup(text);
        if (copy) session_push(s, copy, strlen(copy));
    }
    free(text);
}

static void on_last(uv_timer_t *t) {
    struct weal_rpc *r = t->data;
    bool waiting = false;
    for (struct session *s = r->sessions; s; s = s->next) waiting |= s->out_n != 0 || s->open != 0;
    if (!waiting || uv_now(&r->loop) >= r->deadline) uv_stop(&r->loop);
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
        struct session *s = session_find(r, d->session);
        if (s)
            deliver(s, d->text, d->n);
        else
            free(d->text);
        free(d);
        d = next;
    }
    if (published && r->subscribers != 0) status_push(r);
    if (stop && !uv_is_active((uv_handle_t *)&r->last)) {
        r->deadline = uv_now(&r->loop) + STOP_WAIT_MS;
        uv_timer_start(&r->last, on_last, 0, 5);
    }
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
    r->self = uv_thread_self();
    /* callers wait before votes do, where there are not processors for both */
    weal_thread_stand_back(RPC_NICE);
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
    uv_close((uv_handle_t *)&r->after, NULL);
    uv_close((uv_handle_t *)&r->before, NULL);
    uv_close((uv_handle_t *)&r->wake, NULL);
    uv_close((uv_handle_t *)&r->last, NULL);
    for (int i = 0; i < 100 && uv_run(&r->loop, UV_RUN_NOWAIT); i++) uv_sleep(1);
    lws_context_destroy(r->lws); /* the second call ends what the loop had to close */
    uv_run(&r->loop, UV_RUN_NOWAIT);
    uv_loop_close(&r->loop);
}

/* The library shares a taken port with whoever has it, and each would get some of the calls: asked
 * beforehand without sharing. */
static bool port_free(const char *host, uint16_t port) {
    struct sockaddr_in at;
    int on = 1, fd;
    if (port == 0 || uv_ip4_addr(host, port, &at) != 0) return true; /* the library will say */
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool is_free = bind(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return is_free;
}

enum weal_err weal_rpc_start(const struct weal_rpc_config *cfg, struct weal_rpc **out) {
    struct weal_rpc *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r) return WEAL_ERR_NO_MEMORY;
    if (!port_free(cfg->host, cfg->port)) {
        free(r);
        return WEAL_ERR_IO;
    }
    r->cfg = *cfg;
    weal_rpc_limits_init(&r->limits, &cfg->bounds);
    snprintf(r->cookie, sizeof r->cookie, "%s", cfg->cookie);
    uv_mutex_init(&r->lock);
    uv_sem_init(&r->ready, 0);
    uv_loop_init(&r->loop);
    uv_async_init(&r->loop, &r->wake, on_wake);
    r->wake.data = r;
    uv_timer_init(&r->loop, &r->last);
    r->last.data = r;
    uv_check_init(&r->loop, &r->after);
    uv_prepare_init(&r->loop, &r->before);
    r->after.data = r->before.data = r;
    uv_check_start(&r->after, on_after);
    uv_prepare_start(&r->before, on_before);
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
