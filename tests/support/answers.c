/* SPDX-License-Identifier: ISC */
#include "tests/support/answers.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "consensus/light/cert.h"
#include "crypto/tree/tree.h"

#define MUST(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { QUESTION_MAX = 1 << 16 };

json_t *answers_hex(const uint8_t *p, size_t n) {
    char *text = malloc(2 * n + 1);
    MUST(text);
    sodium_bin2hex(text, 2 * n + 1, p, n);
    json_t *o = json_string(text);
    free(text);
    return o;
}

/* ---- blocks ---- */

void answers_block(struct answers *a, struct chain_tx *const *txs, unsigned n, bool bare) {
    struct answers_block *b = calloc(1, sizeof *b);
    MUST(b && n <= ANSWERS_TXS && a->c->height + 1 < ANSWERS_BLOCKS);
    chain_block(a->c, txs, n, 50);
    b->head = a->c->header;
    memcpy(b->id, a->c->tip_id, 32);
    struct weal_wr w = weal_wr(b->bytes, sizeof b->bytes);
    weal_header_put(&w, &b->head);
    b->n = weal_wr_done(&w).n;
    b->bare = bare;
    struct weal_body_iter it = weal_body_iter(weal_bytes(a->c->body, a->c->body_n));
    struct weal_bytes tx;
    for (; weal_body_next(&it, &tx); b->txs_n++) { /* in the order of the body */
        MUST(b->txs_n < ANSWERS_TXS);
        memcpy(b->txs[b->txs_n].b, tx.p, tx.n);
        b->txs[b->txs_n].n = tx.n;
        b->code[b->txs_n] = a->c->receipts[b->txs_n].code;
    }
    a->block[b->head.height] = b;
}

json_t *answers_certificate(struct answers *a, uint64_t height, unsigned signers, uint8_t kind) {
    const struct answers_block *b = a->block[height];
    uint8_t sigs[WEAL_SET_MAX * 64], out[WEAL_CERTIFICATE_SIZE_MAX];
    struct weal_certificate x = {.kind = kind,
                                 .term = b->head.term,
                                 .view = b->head.view,
                                 .parent_view = b->head.parent_view};
    struct weal_vote v = {
        .kind = kind, .term = x.term, .view = x.view, .parent_view = x.parent_view};
    struct weal_view at;
    struct weal_st_term t;
    MUST(weal_view_open(&at, a->c->tip, &a->c->reader) == WEAL_OK);
    MUST(weal_exec_term(&at, x.term, &t));
    memcpy(x.digest, b->id, 32);
    memcpy(v.digest, b->id, 32);
    for (uint16_t i = 0; i < t.members_n && i < signers; i++) {
        unsigned who = 0; /* secrets are in the order of the founding set */
        while (memcmp(a->c->genesis.validators[who].account, t.members[i].account, 32) != 0) {
            MUST(++who < a->c->validators);
        }
        v.signer = i;
        MUST(weal_vote_sign(&v, a->c->id, a->c->account_secret[who]));
        x.signers[i / 8] |= (uint8_t)(1u << i % 8);
        memcpy(sigs + (size_t)i * 64, v.signature, 64);
        x.signatures = weal_bytes(sigs, (size_t)(i + 1) * 64);
    }
    struct weal_wr w = weal_wr(out, sizeof out);
    weal_certificate_put(&w, &x);
    MUST(!w.failed);
    return answers_hex(out, w.n);
}

/* ---- answers ---- */

static json_t *header_json(struct answers *a, const struct answers_block *b) {
    return json_pack(
        "{s:I, s:o, s:o, s:o}", "height", (json_int_t)b->head.height, "id", answers_hex(b->id, 32),
        "header", answers_hex(b->bytes, b->n), "certificate",
        b->bare ? json_null()
                : answers_certificate(a, b->head.height, WEAL_SET_MAX, WEAL_VOTE_FINALIZE));
}

static json_t *block_json(struct answers *a, const struct answers_block *b) {
    json_t *o = header_json(a, b), *list = json_array();
    for (unsigned i = 0; i < b->txs_n; i++) {
        struct weal_bytes tx = weal_bytes(b->txs[i].b, b->txs[i].n);
        struct weal_tx_info info;
        MUST(weal_tx_info(tx, &info) == WEAL_ACCEPT);
        const char *code = b->code[i] == WEAL_ACCEPT ? "" : weal_verdict_name(b->code[i]);
        json_array_append_new(list, json_pack("{s:o, s:s, s:o}", "id", answers_hex(info.id, 32),
                                              "code", code, "bytes", answers_hex(tx.p, tx.n)));
    }
    json_object_set_new(o, "transactions", list);
    return o;
}

static json_t *state_json(struct answers *a, const json_t *key_text) {
    static uint8_t proof[WEAL_TREE_PROOF_MAX];
    uint8_t key[WEAL_STATE_KEY_MAX];
    struct weal_view v;
    struct weal_bytes value = {0};
    bool present;
    size_t n = json_string_length(key_text) / 2;
    MUST(n <= sizeof key && weal_hex_read(json_string_value(key_text), 2 * n, key, n));
    MUST(weal_view_open(&v, a->c->tip, &a->c->reader) == WEAL_OK);
    struct weal_wr w = weal_wr(proof, sizeof proof);
    (void)!weal_view_get(&v, weal_bytes(key, n), &value);
    MUST(weal_view_prove(&v, weal_bytes(key, n), &w, &present) == WEAL_OK);
    return json_pack("{s:I, s:b, s:o, s:o}", "height", (json_int_t)a->c->height, "present", present,
                     "value", present ? answers_hex(value.p, value.n) : json_null(), "proof",
                     answers_hex(proof, w.n));
}

json_t *answers_result(struct answers *a, const char *method, json_t *params) {
    json_int_t h = json_integer_value(json_object_get(params, "height"));
    const struct answers_block *b = h > 0 && h < ANSWERS_BLOCKS ? a->block[h] : NULL;
    if (strcmp(method, "chain.genesis") == 0) {
        return json_pack("{s:o}", "genesis", answers_hex(a->c->genesis_bytes, a->c->genesis_n));
    }
    if (strcmp(method, "chain.header") == 0 && b) return header_json(a, b);
    if (strcmp(method, "chain.block") == 0 && b) return block_json(a, b);
    if (strcmp(method, "state.get") == 0) return state_json(a, json_object_get(params, "key"));
    return NULL;
}

static json_t *answer_one(struct answers *a, const json_t *q) {
    const char *method = json_string_value(json_object_get(q, "method"));
    json_t *params = json_object_get(q, "params");
    json_t *result = answers_result(a, method, params);
    if (result && a->lie) a->lie(a, method, params, result);
    if (result) return json_pack("{s:o}", "result", result);
    return json_pack("{s:{s:s, s:{s:s}}}", "error", "message", "no such thing here", "data", "name",
                     "rpc-not-found");
}

/* ---- the socket ---- */

/* One question of a connection; false: it is over. */
static bool serve_one(struct answers *a, int fd, char *buf) {
    size_t n = 0, head = 0, want = 0;
    do {
        ssize_t k = recv(fd, buf + n, QUESTION_MAX - n - 1, 0);
        if (k <= 0) return false;
        n += (size_t)k;
        buf[n] = 0;
        char *end = head ? NULL : strstr(buf, "\r\n\r\n"), *length = strstr(buf, "Content-Length:");
        if (end) {
            MUST(length);
            head = (size_t)(end - buf) + 4;
            want = strtoul(length + 15, NULL, 10);
        }
    } while (!head || n - head < want);
    json_t *q = json_loadb(buf + head, want, 0, NULL), *out, *x;
    size_t i;
    MUST(q);
    if (json_is_array(q)) {
        out = json_array();
        json_array_foreach(q, i, x) json_array_append_new(out, answer_one(a, x));
    } else {
        out = answer_one(a, q);
    }
    char *text = json_dumps(out, JSON_COMPACT);
    MUST(text);
    n = (size_t)snprintf(buf, QUESTION_MAX, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                         strlen(text));
    bool ok = send(fd, buf, n, MSG_NOSIGNAL) == (ssize_t)n &&
              send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
    free(text);
    json_decref(out);
    json_decref(q);
    return ok;
}

static void *serve(void *arg) {
    struct answers *a = arg;
    char *buf = malloc(QUESTION_MAX);
    MUST(buf);
    for (int fd, on = 1; (fd = accept(a->fd, NULL, NULL)) >= 0; close(fd)) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        while (serve_one(a, fd, buf)) continue;
    }
    free(buf);
    return NULL;
}

struct answers *answers_new(struct chain *c) {
    struct answers *a = calloc(1, sizeof *a);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    MUST(a);
    a->c = c;
    a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(a->fd >= 0 && bind(a->fd, (struct sockaddr *)&at, sizeof at) == 0);
    MUST(listen(a->fd, 8) == 0 && getsockname(a->fd, (struct sockaddr *)&at, &n) == 0);
    a->port = ntohs(at.sin_port);
    MUST(pthread_create(&a->thread, NULL, serve, a) == 0);
    return a;
}

/* Every client must have hung up before. */
void answers_free(struct answers *a) {
    shutdown(a->fd, SHUT_RDWR);
    pthread_join(a->thread, NULL);
    close(a->fd);
    for (unsigned i = 0; i < ANSWERS_BLOCKS; i++) free(a->block[i]);
    free(a);
}
