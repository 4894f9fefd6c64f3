/* SPDX-License-Identifier: ISC */
/* From text to calls and back: JSON-RPC 2.0 with batches. Foreign text meets jansson with a depth
 * limit and then the table made from methods.def; every error has a code, a stable name and a
 * sentence. */
#include <stdlib.h>

#include "node/rpc/methods.h"

struct param {
    const char *name, *type, *doc;
    int required;
    json_int_t least, most;
};
struct method {
    const char *name, *summary, *result;
    int admin;
    void (*run)(struct rpc_request *r);
    struct param params[4];
};

#define RPC_INT_MAX (1LL << 53)
#define PUBLIC 0
#define ADMIN 1
#define PARAM(name, type, required, least, most, doc)                                              \
    { name, type, doc, required, least, most }
#define NOTHING                                                                                    \
    { NULL, NULL, NULL, 0, 0, 0 }
#define PARAMS(...)                                                                                \
    { __VA_ARGS__ }
static const struct method methods[] = {
#define METHOD(id, name, role, summary, params, result)                                            \
    {name, summary, result, role, rpc_##id, params},
#include "node/rpc/methods.def"
#undef METHOD
};
enum { METHODS = sizeof methods / sizeof *methods };

/* One or more requests that are answered together. */
struct rpc_set {
    struct weal_rpc_call *call;
    bool batch;
    size_t n;
    int open; /* atomic: requests without an answer, and one for the dispatcher */
    struct rpc_request r[];
};

void rpc_error(struct rpc_request *r, int code, const char *name, const char *sentence) {
    json_decref(r->error);
    r->error = json_pack("{s:i, s:s, s:{s:s, s:s}}", "code", code, "message", sentence, "data",
                         "name", name, "sentence", sentence);
}
void rpc_refused(struct rpc_request *r, enum weal_verdict v) {
    rpc_error(r, WEAL_RPC_REFUSED, weal_verdict_name(v), weal_verdict_sentence(v));
    json_object_set_new(json_object_get(r->error, "data"), "row", json_string(weal_verdict_row(v)));
}
json_t *rpc_hex_json(const uint8_t *b, size_t n) {
    char *text = malloc(2 * n + 1);
    struct weal_wr w = weal_wr(text, 2 * n);
    weal_wr_hex(&w, b, n);
    json_t *j = text ? json_stringn(text, 2 * n) : NULL;
    free(text);
    return j;
}
json_t *rpc_u64(uint64_t v) {
    char text[24];
    struct weal_wr w = weal_wr(text, sizeof text);
    weal_wr_dec(&w, v);
    return json_stringn(text, w.n);
}
bool rpc_hex(struct rpc_request *r, unsigned param, const char *name, uint8_t *out, size_t cap,
             size_t *n, size_t least) {
    const char *text = json_string_value(r->params[param]);
    size_t len = json_string_length(r->params[param]);
    char sentence[128];
    *n = len / 2;
    if (text && *n >= least && *n <= cap && weal_hex_read(text, len, out, *n)) return true;
    snprintf(sentence, sizeof sentence, "%s is %zu to %zu bytes in hex", name, least, cap);
    rpc_error(r, WEAL_RPC_PARAMS, "rpc-params", sentence);
    return false;
}

/* ---- answering ---- */

/* An answer as it grows; without memory there is none. */
struct out {
    char *p;
    size_t n, cap;
    bool failed;
};

static void out_add(struct out *o, const char *p, size_t n) {
    if (!o->failed && o->cap - o->n < n) {
        size_t cap = o->cap * 2 + n + 256;
        char *grown = realloc(o->p, cap);
        o->failed = !grown;
        if (grown) {
            o->p = grown;
            o->cap = cap;
        }
    }
    if (o->failed) return;
    memcpy(o->p + o->n, p, n);
    o->n += n;
}
static void out_text(struct out *o, const char *text) {
    out_add(o, text, strlen(text));
}
static int out_dump(const char *p, size_t n, void *o) {
    out_add(o, p, n);
    return 0;
}
static void out_json(struct out *o, const json_t *j) {
    if (j)
        o->failed |= json_dump_callback(j, out_dump, o, JSON_COMPACT | JSON_ENCODE_ANY) != 0;
    else
        out_text(o, "null");
}

static void answer(struct out *o, const struct rpc_request *r) {
    out_text(o, "{\"jsonrpc\":\"2.0\",\"id\":");
    out_json(o, r->id);
    out_text(o, r->error ? ",\"error\":" : ",\"result\":");
    if (r->error || !r->text)
        out_json(o, r->error ? r->error : r->result);
    else
        out_text(o, r->text);
    out_add(o, "}", 1);
}

static void request_release(struct rpc_request *r) {
    for (unsigned k = 0; k < 4; k++) json_decref(r->params[k]);
    json_decref(r->id);
    json_decref(r->error);
    json_decref(r->result);
    free(r->text);
}

static void set_close(struct rpc_set *s) {
    if (__atomic_sub_fetch(&s->open, 1, __ATOMIC_ACQ_REL) != 0) return;
    struct out o = {.n = 0};
    for (size_t i = 0; i < s->n; i++) {
        struct rpc_request *r = &s->r[i];
        bool silent = r->id == NULL && !r->error;
        if (!silent) {
            if (s->batch) out_add(&o, o.n == 0 ? "[" : ",", 1);
            answer(&o, r);
        }
        request_release(r);
    }
    if (s->batch && o.n != 0) out_add(&o, "]", 1);
    if (o.failed || o.n == 0) {
        free(o.p);
        o = (struct out){.n = 0};
    }
    s->call->reply(s->call, o.p, o.n);
    free(s);
}

void rpc_settle(struct rpc_request *r) {
    set_close(r->set);
}

/* ---- parsing ---- */

static bool is_hex(const json_t *v) {
    const char *text = json_string_value(v);
    return strspn(text, "0123456789abcdefABCDEF") == json_string_length(v);
}

static bool param_fits(const json_t *v, const struct param *p) {
    bool hex = strcmp(p->type, "hex") == 0;
    json_int_t n;
    if (strcmp(p->type, "integer") == 0) {
        if (!json_is_integer(v)) return false;
        n = json_integer_value(v);
    } else {
        if (!json_is_string(v)) return false;
        n = (json_int_t)json_string_length(v);
        if (hex && (n % 2 != 0 || !is_hex(v))) return false;
        if (hex) n /= 2;
    }
    return n >= p->least && n <= p->most;
}

static bool params_take(struct rpc_request *r, const struct method *m, json_t *params) {
    char sentence[160];
    size_t given = 0, want = 0;
    for (unsigned k = 0; k < 4 && m->params[k].name; k++) {
        const struct param *p = &m->params[k];
        json_t *v =
            json_is_array(params) ? json_array_get(params, k) : json_object_get(params, p->name);
        want++;
        if (!v && !p->required) continue;
        if (v && param_fits(v, p)) {
            r->params[k] = json_incref(v);
            given++;
            continue;
        }
        snprintf(sentence, sizeof sentence, "%s: %s, %lld to %lld%s; %s", p->name, p->type,
                 (long long)p->least, (long long)p->most,
                 strcmp(p->type, "integer") == 0 ? "" : " bytes", p->doc);
        rpc_error(r, WEAL_RPC_PARAMS, "rpc-params", sentence);
        return false;
    }
    size_t n = json_is_array(params) ? json_array_size(params) : json_object_size(params);
    if (json_is_array(params) ? n > want : n > given) {
        rpc_error(r, WEAL_RPC_PARAMS, "rpc-params", "unknown parameter; see rpc.discover");
        return false;
    }
    return true;
}

/* Milliseconds until requests of this many bytes may be asked, or 0 and they are paid for. */
static uint64_t rate_take(struct weal_rpc_call *c, size_t bytes) {
    return c->limits && !c->admin ? weal_rpc_limits_take(c->limits, c->client, bytes, c->now_ms)
                                  : 0;
}

static void rate_refuse(struct rpc_request *r, uint64_t wait_ms) {
    char sentence[WEAL_RPC_LIMIT_TEXT];
    weal_rpc_limits_say(r->call->limits, WEAL_RPC_LIMIT_RATE, wait_ms, sentence);
    rpc_error(r, WEAL_RPC_LIMITED, "rpc-rate", sentence);
    json_object_set_new(json_object_get(r->error, "data"), "retry_ms",
                        json_integer((json_int_t)wait_ms));
}

static void id_take(struct rpc_request *r, const json_t *q) {
    json_t *id = json_object_get(q, "id");
    if (json_is_string(id) || json_is_number(id) || json_is_null(id)) r->id = json_incref(id);
}

static void run(struct rpc_request *r, json_t *q) {
    const char *version = json_string_value(json_object_get(q, "jsonrpc"));
    const char *name = json_string_value(json_object_get(q, "method"));
    json_t *params = json_object_get(q, "params"), *id = json_object_get(q, "id");
    id_take(r, q);
    if (!version || strcmp(version, "2.0") != 0 || !name || (id && !r->id) ||
        (params && !json_is_object(params) && !json_is_array(params))) {
        rpc_error(r, WEAL_RPC_REQUEST, "rpc-request",
                  "a request is {jsonrpc: \"2.0\", method, params, id}");
        return;
    }
    for (size_t i = 0; i < METHODS; i++) {
        const struct method *m = &methods[i];
        if (strcmp(m->name, name) != 0) continue;
        if (m->admin && !r->call->admin) {
            rpc_error(r, WEAL_RPC_DENIED, "rpc-denied", "this method needs the admin cookie");
        } else if (params_take(r, m, params)) {
            m->run(r);
        }
        return;
    }
    rpc_error(r, WEAL_RPC_METHOD, "rpc-method", "no such method; rpc.discover lists them");
}

/* Objects and arrays in each other, before a parser that calls itself sees them. */
static bool too_deep(const char *text, size_t n) {
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++depth > WEAL_RPC_DEPTH_MAX)
            return true;
        else if (!quoted && (c == ']' || c == '}') && depth != 0)
            depth--;
    }
    return false;
}

void weal_rpc_dispatch(struct weal_rpc_call *call, const char *text, size_t n) {
    json_error_t error;
    /* the first request is paid for with the whole text, which is not read when that is much */
    uint64_t wait_ms = rate_take(call, n);
    bool unread = wait_ms != 0 && n > WEAL_RPC_COST_BYTES;
    bool deep = !unread && too_deep(text, n);
    json_t *root = deep || unread ? NULL : json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    bool batch = json_is_array(root);
    size_t count = batch ? json_array_size(root) : 1;
    bool too_many = count > WEAL_RPC_BATCH_MAX, empty = batch && count == 0;
    if (too_many || empty) count = 1;
    struct rpc_set *s = calloc(1, sizeof *s + count * sizeof s->r[0]);
    if (!s) {
        json_decref(root);
        call->reply(call, NULL, 0);
        return;
    }
    s->call = call;
    s->batch = batch && !too_many && !empty;
    s->n = count;
    s->open = (int)count + 1;
    for (size_t i = 0; i < count; i++) {
        struct rpc_request *r = &s->r[i];
        r->call = call;
        r->set = s;
        json_t *q = batch ? json_array_get(root, i) : root;
        if (i != 0) wait_ms = rate_take(call, 0);
        if (wait_ms != 0) {
            id_take(r, q);
            rate_refuse(r, wait_ms);
        } else if (deep)
            rpc_error(r, WEAL_RPC_REQUEST, "rpc-depth", "a request nests at most 16 deep");
        else if (!root)
            rpc_error(r, WEAL_RPC_PARSE, "rpc-parse", error.text);
        else if (too_many)
            rpc_error(r, WEAL_RPC_REQUEST, "rpc-batch", "a batch has 1 to 100 requests");
        else if (empty)
            rpc_error(r, WEAL_RPC_REQUEST, "rpc-batch", "a batch has 1 to 100 requests");
        else
            run(r, q);
        if (!r->later) set_close(s);
    }
    json_decref(root);
    set_close(s);
}

/* ---- the list itself ---- */

static json_t *param_schema(const struct param *p) {
    if (strcmp(p->type, "integer") == 0) {
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", p->least, "maximum",
                         p->most);
    }
    bool hex = strcmp(p->type, "hex") == 0;
    json_t *j = json_pack("{s:s, s:I, s:I}", "type", "string", "minLength",
                          hex ? 2 * p->least : p->least, "maxLength", hex ? 2 * p->most : p->most);
    if (hex) json_object_set_new(j, "pattern", json_string("^([0-9a-fA-F]{2})*$"));
    return j;
}

void rpc_rpc_discover(struct rpc_request *r) {
    json_t *list = json_array();
    for (size_t i = 0; i < METHODS; i++) {
        const struct method *m = &methods[i];
        json_t *params = json_array();
        for (unsigned k = 0; k < 4 && m->params[k].name; k++) {
            const struct param *p = &m->params[k];
            json_array_append_new(params, json_pack("{s:s, s:s, s:b, s:o}", "name", p->name,
                                                    "summary", p->doc, "required", p->required,
                                                    "schema", param_schema(p)));
        }
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:{s:s, s:o}, s:s}", "name", m->name,
                                              "summary", m->summary, "params", params, "result",
                                              "name", "result", "schema", rpc_schema(m->result),
                                              "x-role", m->admin ? "admin" : "public"));
    }
    r->result = json_pack("{s:s, s:{s:s, s:s}, s:o}", "openrpc", "1.2.6", "info", "title", "weald",
                          "version", "1", "methods", list);
}

static void subscription(struct rpc_request *r, bool on) {
    const char *topic = json_string_value(r->params[0]);
    char sentence[WEAL_RPC_LIMIT_TEXT];
    if (!r->call->subscribe) {
        rpc_error(r, WEAL_RPC_REQUEST, "rpc-websocket", "subscriptions need a WebSocket");
    } else if (strcmp(topic, "status") != 0) {
        rpc_error(r, WEAL_RPC_PARAMS, "rpc-params", "topic: string, status");
    } else if (r->call->subscribe(r->call, on)) {
        r->result = json_pack("{s:s}", "topic", "status");
    } else {
        weal_rpc_limits_say(r->call->limits, WEAL_RPC_LIMIT_SUBSCRIPTIONS, 0, sentence);
        rpc_error(r, WEAL_RPC_LIMITED, "rpc-subscriptions", sentence);
    }
}
void rpc_subscribe(struct rpc_request *r) {
    subscription(r, true);
}
void rpc_unsubscribe(struct rpc_request *r) {
    subscription(r, false);
}

void rpc_node_stop(struct rpc_request *r) {
    r->result = json_pack("{s:b}", "stopping", 1);
    r->call->cfg->stop(r->call->cfg->ctx);
}

void rpc_explain(struct rpc_request *r) {
    const char *name = json_string_value(r->params[0]);
    for (int v = 1; v < WEAL_V_COUNT; v++) {
        if (strcmp(weal_verdict_name((enum weal_verdict)v), name) != 0) continue;
        r->result = json_pack("{s:s, s:s, s:s}", "name", name, "sentence",
                              weal_verdict_sentence((enum weal_verdict)v), "row",
                              weal_verdict_row((enum weal_verdict)v));
        return;
    }
    rpc_error(r, WEAL_RPC_NOT_FOUND, "rpc-not-found", "no refusal has that name");
}
