/* SPDX-License-Identifier: ISC */
/* What agreement costs a node, without network, disk or execution: n machines pass each other their
 * messages in memory. Steps alone (decoding included), and what verifying adds per view: once with
 * a cold signature cache for every certificate, once with the cache a node has. --json, --quick. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "consensus/bft/bft.h"
#include "crypto/sig/sig.h"

static bool json;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void show(const char *what, unsigned n, double value, const char *unit) {
    if (json)
        printf("{\"bench\":\"bft\",\"what\":\"%s\",\"validators\":%u,\"value\":%.3f,\"unit\":"
               "\"%s\"}\n",
               what, n, value, unit);
    else
        printf("%-36s %3u validators %12.2f %s\n", what, n, value, unit);
}

struct machine {
    void *mem;
    struct weal_bft *bft;
};
struct message {
    uint16_t from;
    size_t n;
    uint8_t *p;
};

static struct weal_set set;
static uint16_t leaders[WEAL_LEADER_SLOTS];
static struct machine *m;
static struct weal_bft_effects fx;
static struct message queue[1 << 16];
static unsigned head, tail;
static uint64_t now, steps, finals;
static uint8_t last_header[WEAL_HEADER_SIZE_MAX];

static void step(uint16_t at, const struct weal_bft_event *e);

static void built(uint16_t at, const struct weal_bft_effect *x) {
    struct weal_header h = {.version = 1,
                            .height = x->u.build.parent.height + 1,
                            .view = x->u.build.view,
                            .parent_view = x->u.build.parent_view,
                            .time_ms = x->u.build.parent.time_ms + 1,
                            .proposer = x->u.build.proposer};
    memcpy(h.parent, x->u.build.parent.id, 32);
    memcpy(h.justification_hash, x->u.build.justification_hash, 32);
    struct weal_wr w = weal_wr(last_header, sizeof last_header);
    weal_header_put(&w, &h);
    struct weal_bft_event a = {.kind = WEAL_BFT_BUILT};
    a.u.block.view = h.view;
    a.u.block.header = weal_wr_done(&w);
    step(at, &a);
}

static void step(uint16_t at, const struct weal_bft_event *e) {
    struct weal_bft_effect todo[8];
    unsigned todo_n = 0;
    weal_bft_effects_reset(&fx);
    steps++;
    weal_bft_step(m[at].bft, e, now, 1000000 + now, &fx);
    for (size_t i = 0; i < fx.n; i++) {
        const struct weal_bft_effect *x = &fx.e[i];
        if (x->kind == WEAL_BFT_BROADCAST && tail - head < (1 << 16)) {
            struct message *q = &queue[tail++ % (1 << 16)];
            q->p = realloc(q->p, x->bytes.n);
            q->n = x->bytes.n;
            q->from = at;
            memcpy(q->p, x->bytes.p, x->bytes.n);
        }
        if (x->kind == WEAL_BFT_DELIVER && at == 0) finals++;
        if ((x->kind == WEAL_BFT_SIGN || x->kind == WEAL_BFT_BUILD || x->kind == WEAL_BFT_VERIFY ||
             x->kind == WEAL_BFT_CERTIFY) &&
            todo_n < 8)
            todo[todo_n++] = *x;
    }
    for (unsigned i = 0; i < todo_n; i++) {
        struct weal_bft_event a = {.kind = WEAL_BFT_SIGNED};
        if (todo[i].kind == WEAL_BFT_BUILD) {
            built(at, &todo[i]);
            continue;
        }
        if (todo[i].kind == WEAL_BFT_SIGN) {
            a.u.vote = &todo[i].u.vote;
        } else {
            a.kind = todo[i].kind == WEAL_BFT_VERIFY ? WEAL_BFT_VERIFIED : WEAL_BFT_CERTIFIED;
            a.u.block.view = todo[i].u.block.view;
            memcpy(a.u.block.digest, todo[i].u.block.digest, 32);
            a.u.block.header = weal_bytes(last_header, sizeof last_header);
        }
        step(at, &a);
    }
}

static void deliver(const struct message *q, uint16_t n) {
    for (uint16_t to = 0; to < n; to++) {
        struct weal_bft_message x;
        struct weal_rd r = weal_rd(weal_bytes(q->p, q->n));
        struct weal_bft_event e = {.peer = q->from};
        if (to == q->from) continue;
        weal_bft_message_get(&r, &x);
        e.kind = x.m_kind == WEAL_BFT_MESSAGE_VOTE          ? WEAL_BFT_VOTE
                 : x.m_kind == WEAL_BFT_MESSAGE_CERTIFICATE ? WEAL_BFT_CERT
                                                            : WEAL_BFT_PROPOSAL;
        if (e.kind == WEAL_BFT_VOTE) e.u.vote = &x.m.vote;
        if (e.kind == WEAL_BFT_CERT) e.u.cert = &x.m.certificate;
        if (e.kind == WEAL_BFT_PROPOSAL) e.u.proposal = &x.m.proposal;
        step(to, &e);
    }
}

static void bench_steps(uint16_t n, unsigned views) {
    struct weal_bft_config config;
    weal_bft_config_bench(&config);
    config.behind_ms = UINT32_MAX;
    set.n = n;
    for (uint16_t i = 0; i < n; i++) {
        memset(&set.v[i], 0, sizeof set.v[i]);
        set.v[i].account[0] = set.v[i].seat[0] = (uint8_t)(i + 1);
        set.v[i].weight = 1;
    }
    if (weal_set_check(&set) != WEAL_ACCEPT) abort();
    for (unsigned i = 0; i < WEAL_LEADER_SLOTS; i++) leaders[i] = (uint16_t)(i % n);
    m = calloc(n, sizeof *m);
    fx.cap = WEAL_BFT_EFFECTS_MAX;
    fx.e = realloc(fx.e, fx.cap * sizeof *fx.e);
    fx.buf_cap = weal_bft_effects_bytes(n);
    fx.buf = realloc(fx.buf, fx.buf_cap);
    now = 1000, steps = finals = head = tail = 0;
    for (uint16_t i = 0; i < n; i++) {
        struct weal_bft_term t = {
            .set = &set, .self = i, .leaders = leaders, .last_height = UINT64_MAX / 2};
        m[i].mem = aligned_alloc(64, (weal_bft_footprint(n) + 63) / 64 * 64);
        m[i].bft = weal_bft_init(m[i].mem, n, &config);
        weal_bft_begin(m[i].bft, &t, WEAL_BFT_LOG_FRESH);
        struct weal_bft_event e = {.kind = WEAL_BFT_START};
        step(i, &e);
    }
    double start = now_s();
    while (finals < views && head != tail) deliver(&queue[head++ % (1 << 16)], n);
    double took = now_s() - start;
    show("step: a view on one node", n, took / (double)finals / n * 1e6, "us");
    show("step: one event", n, took / (double)steps * 1e9, "ns");
    show("memory", n, (double)weal_bft_footprint(n) / 1e6, "MB");
    for (uint16_t i = 0; i < n; i++) free(m[i].mem);
    free(m);
}

static void bench_verify(uint16_t n, unsigned rounds) {
    static struct weal_sig_cache cache;
    static uint8_t secret[WEAL_SET_MAX][32], sigs[WEAL_SET_MAX * 64], chain[32];
    set.n = n;
    for (uint16_t i = 0; i < n; i++) {
        secret[i][31] = (uint8_t)(i + 1);
        if (!weal_sig_public(set.v[i].account, secret[i])) abort();
    }
    if (weal_set_check(&set) != WEAL_ACCEPT) abort();
    struct weal_certificate x = {.kind = WEAL_VOTE_FINALIZE, .view = 9, .parent_view = 8};
    uint64_t quorum = weal_set_quorum(set.total);
    for (uint16_t i = 0; i < quorum; i++) {
        struct weal_vote v = {.kind = x.kind, .view = 9, .parent_view = 8, .signer = i};
        if (!weal_vote_sign(&v, chain, secret[i])) abort();
        memcpy(sigs + 64 * i, v.signature, 64);
        x.signers[i / 8] |= (uint8_t)(1u << (i % 8));
    }
    x.signatures = weal_bytes(sigs, 64 * quorum);
    struct weal_cert_context cold = {chain, 0, &set, NULL}, warm = {chain, 0, &set, &cache};
    double start = now_s();
    for (unsigned i = 0; i < rounds; i++)
        if (weal_cert_verify_var(&cold, &x) != WEAL_ACCEPT) abort();
    show("certificate verified", n, (now_s() - start) / rounds * 1e6, "us");
    if (weal_cert_verify_var(&warm, &x) != WEAL_ACCEPT) abort();
    start = now_s();
    for (unsigned i = 0; i < rounds * 20; i++)
        if (weal_cert_verify_var(&warm, &x) != WEAL_ACCEPT) abort();
    show("certificate verified, cached", n, (now_s() - start) / (rounds * 20) * 1e6, "us");
}

int main(int argc, char **argv) {
    bool quick = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) json = true;
        if (strcmp(argv[i], "--quick") == 0) quick = true;
    }
    static const uint16_t sizes[] = {4, 7, 32, 100};
    for (unsigned i = 0; i < 4; i++) {
        unsigned cost = sizes[i] * sizes[i];
        bench_steps(sizes[i], (quick ? 20000 : 400000) / cost + 20);
        bench_verify(sizes[i], (quick ? 400 : 4000) / sizes[i] + 5);
    }
    return 0;
}
