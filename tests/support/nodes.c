/* SPDX-License-Identifier: ISC */
#include "tests/support/nodes.h"

#include <stdio.h>
#include <stdlib.h>

#include "consensus/light/cert.h"
#include "crypto/sig/sig.h"
#include "p2p/gen/msg_gen.h"
#include "p2p/msg.h"

static uint64_t next_random(uint64_t *s) {
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

/* ---- mail ---- */

static void post(struct nodes *w, uint32_t from, uint32_t to, unsigned type, struct weal_bytes b) {
    if (w->node[from].cut_off || w->node[to].cut_off) return;
    if (next_random(&w->random) % 1000000 < w->loss_ppm) return;
    if (w->lost_type != 0 && type == w->lost_type) return;
    if (w->mail_n == w->mail_cap) {
        w->mail_cap = w->mail_cap ? 2 * w->mail_cap : 64;
        w->mail = realloc(w->mail, w->mail_cap * sizeof *w->mail);
    }
    uint8_t *copy = malloc(b.n + 1);
    memcpy(copy, b.p, b.n);
    w->mail[w->mail_n++] =
        (struct nodes_mail){w->now + w->latency_ms, w->order++, from, to, type, copy, b.n};
}

/* ---- host ---- */

static void host_send(void *ctx, uint64_t peer, unsigned type, struct weal_bytes b) {
    struct nodes_one *o = ctx;
    WEAL_ASSERT(peer >= 1 && peer <= o->all->n);
    if (type == WEAL_P2P_BLOCK_GET) o->blocks_of = peer;
    post(o->all, o->index, (uint32_t)peer - 1, type, b);
}
static void host_broadcast(void *ctx, unsigned type, struct weal_bytes b,
                           enum weal_host_audience to) {
    struct nodes_one *o = ctx;
    uint32_t n = to == WEAL_HOST_ALL ? o->all->n : o->all->validators;
    for (uint32_t i = 0; i < n; i++) {
        if (i != o->index) post(o->all, o->index, i, type, b);
    }
}
static uint64_t host_peer_of(void *ctx, const uint8_t validator[32]) {
    struct nodes_one *o = ctx;
    uint8_t pub[32];
    for (uint32_t i = 0; i < o->all->validators; i++) {
        WEAL_ASSERT(weal_sig_public(pub, o->all->chain->account_secret[i]));
        if (memcmp(pub, validator, 32) == 0) return i == o->index ? 0 : i + 1;
    }
    return 0;
}
static void host_blame(void *ctx, uint64_t peer, enum weal_verdict why) {
    struct nodes_one *o = ctx;
    o->blamed++;
    o->why = why;
    if (o->all->verbose)
        printf("%u blames %u: %s\n", o->index, (unsigned)peer - 1, weal_verdict_name(why));
}
static void host_head(void *ctx, uint64_t height, const uint8_t id[32]) {
    struct nodes_one *o = ctx;
    uint8_t buf[64];
    struct weal_p2p_head m = {.height = height};
    struct weal_wr wr = weal_wr(buf, sizeof buf);
    memcpy(m.id, id, 32);
    weal_p2p_head_put(&wr, &m);
    host_broadcast(ctx, WEAL_P2P_HEAD, weal_wr_done(&wr), WEAL_HOST_ALL);
    o->head = height;
}
static bool host_sign(void *ctx, struct weal_vote *v) {
    struct nodes_one *o = ctx;
    return o->index < o->all->validators &&
           weal_vote_sign(v, o->all->chain->id, o->all->chain->account_secret[o->index]);
}
static bool host_owntag(void *ctx, const uint8_t lineage[32], struct weal_bytes scope,
                        struct weal_bytes message, uint8_t tag[32], uint8_t proof[96]) {
    struct nodes_one *o = ctx;
    const uint8_t *secret = o->all->chain->seat_secret[o->index];
    uint8_t seat[32], random[32] = {1};
    struct weal_bytes chain = weal_bytes(lineage, 32);
    if (!weal_human_key(seat, secret) || !weal_tag(tag, secret, chain, WEAL_RING_HUMAN, scope)) {
        return false;
    }
    struct weal_linear_statement s = {.kind = WEAL_LINEAR_OWNTAG,
                                      .chain = chain,
                                      .message = message,
                                      .shape = WEAL_RING_HUMAN,
                                      .scope = scope,
                                      .tag = tag,
                                      .key = seat};
    return weal_linear_prove(proof, &s, (const uint8_t(*)[32])secret, random) == WEAL_ACCEPT;
}
static bool host_began(void *ctx) {
    ((struct nodes_one *)ctx)->began = true;
    return true;
}
static void host_random(void *ctx, uint8_t *out, size_t n) {
    struct nodes_one *o = ctx;
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)(next_random(&o->random) >> 32);
}
static void host_wake_at(void *ctx, uint64_t at) {
    ((struct nodes_one *)ctx)->wake = at;
}
static void host_apply(void *ctx, const struct weal_host_apply *job) {
    struct nodes_one *o = ctx;
    o->job = job;
    o->apply_at = o->all->now + (o->all->apply_ms ? o->all->apply_ms : 7);
}
static bool host_work(void *ctx, struct weal_host_work *w) {
    struct nodes_one *o = ctx;
    if (o->work_n == NODES_WORK_MAX || o->all->no_work) return false;
    o->work[o->work_n] = w;
    o->work_at[o->work_n++] = o->all->now + 1 + next_random(&o->random) % 20;
    return true;
}
/* Hands back what is done by now. */
static bool works_end(struct nodes_one *o, uint64_t now) {
    bool any = false;
    for (uint32_t i = 0; i < o->work_n;) {
        struct weal_host_work *w = o->work[i];
        if (o->work_at[i] > now) {
            i++;
            continue;
        }
        o->work[i] = o->work[--o->work_n];
        o->work_at[i] = o->work_at[o->work_n];
        w->run(w);
        weal_core_worked(o->core, w);
        o->worked++;
        any = true;
        i = 0; /* it may have given more */
    }
    return any;
}
static void host_changed(void *ctx) {
    (void)ctx;
}
static void host_log(void *ctx, enum weal_host_level level, const char *event, const char *text) {
    struct nodes_one *o = ctx;
    if (o->all->watch && strcmp(event, o->all->watch) == 0) {
        o->watched++;
        snprintf(o->watched_text, sizeof o->watched_text, "%s", text);
    }
    if (o->all->verbose || (level >= WEAL_HOST_ERROR && !o->all->watch)) {
        printf("%8llu %u %s %s\n", (unsigned long long)o->all->now, o->index, event, text);
    }
}

/* ---- nodes ---- */

enum { EPOCH0 = 1000 }; /* virtual milliseconds at genesis */

static uint64_t wall(const struct nodes *w) {
    return w->chain->genesis.time_ms + w->now - EPOCH0;
}

enum weal_err nodes_restart(struct nodes *w, uint32_t i) {
    struct nodes_one *o = &w->node[i];
    struct weal_core_config c = {.mempool = {10000, 16 << 20, 0},
                                 .sync_behind = 4,
                                 .disk = o->disk,
                                 .mem = w->heap.mem,
                                 .kv = o->kv,
                                 .log_may_be_new = !o->began,
                                 .wal_segment_bytes = w->segment_bytes ? w->segment_bytes : 1 << 20,
                                 .compact_records = w->compact_records,
                                 .genesis = {w->chain->genesis_bytes, w->chain->genesis_n}};
    c.host = (struct weal_host){.ctx = o,
                                .send = host_send,
                                .broadcast = host_broadcast,
                                .peer_of = host_peer_of,
                                .blame = host_blame,
                                .head = host_head,
                                .sign = host_sign,
                                .owntag = host_owntag,
                                .began = host_began,
                                .random = host_random,
                                .wake_at = host_wake_at,
                                .apply = host_apply,
                                .work = host_work,
                                .changed = host_changed,
                                .log = host_log};
    weal_bft_config_lan(&c.pace);
    c.pace.min_interval_ms = 50;
    c.pace.heartbeat_ms = w->heartbeat_ms ? w->heartbeat_ms : 50;
    c.pace.skip_timeout_ms = 2000;
    if (w->backoff_cap_ms) c.pace.backoff_cap_ms = w->backoff_cap_ms;
    memcpy(c.chain_id, w->chain->id, 32);
    memcpy(c.instance, o->instance, 16);
    if (i < w->validators) {
        WEAL_ASSERT(weal_sig_public(c.account, w->chain->account_secret[i]));
    }
    c.seed[0] = c.gossip_salt[0] = (uint8_t)(i + 1);
    o->wake = o->apply_at = UINT64_MAX;
    o->job = NULL;
    o->head = 0;
    enum weal_err e = weal_core_new(&c, w->now, wall(w), &o->core);
    if (e != WEAL_OK) return e;
    weal_core_clock(o->core, w->now, wall(w));
    weal_core_start(o->core);
    for (uint32_t k = 0; k < w->n; k++) {
        struct nodes_one *p = &w->node[k];
        uint8_t salt[16] = {(uint8_t)(k + 1)}, mine[16] = {(uint8_t)(i + 1)};
        if (k == i || !p->core) continue;
        weal_core_peer_up(o->core, k + 1, salt, p->head);
        weal_core_peer_up(p->core, i + 1, mine, o->head);
    }
    return weal_core_turn(o->core);
}

void nodes_kill(struct nodes *w, uint32_t i, enum weal_disk_mem_cut cut) {
    struct nodes_one *o = &w->node[i];
    if (!o->core) return;
    /* an apply that was under way is lost, or was made: both must be fine */
    if (o->job && next_random(&w->random) % 2) {
        enum weal_err e = weal_apply(o->kv, o->job->blocks, o->job->n);
        WEAL_ASSERT(e == WEAL_OK);
    }
    o->job = NULL;
    works_end(o, UINT64_MAX);
    weal_core_free(o->core);
    o->core = NULL;
    o->wake = o->apply_at = UINT64_MAX;
    weal_disk_mem_power_cut(o->disk, cut);
    for (uint32_t k = 0; k < w->n; k++) {
        if (k != i && w->node[k].core) weal_core_peer_down(w->node[k].core, i + 1);
    }
    for (size_t m = 0; m < w->mail_n;) {
        if (w->mail[m].to == i || w->mail[m].from == i) {
            free(w->mail[m].bytes);
            w->mail[m] = w->mail[--w->mail_n];
        } else {
            m++;
        }
    }
}

struct nodes *nodes_new(uint32_t n, uint32_t validators, uint64_t latency_ms) {
    struct nodes *w = calloc(1, sizeof *w);
    struct chain_options o = {.validators = validators};
    test_mem_init(&w->heap);
    w->chain = chain_new(&o);
    w->n = n;
    w->validators = validators;
    w->now = EPOCH0;
    w->latency_ms = latency_ms;
    w->random = 88172645463325252u;
    for (uint32_t i = 0; i < n; i++) {
        struct nodes_one *x = &w->node[i];
        x->all = w;
        x->index = i;
        x->random = 1234567 + i;
        x->instance[0] = (uint8_t)(i + 1);
        enum weal_err e = weal_kv_mem_new(&w->heap.mem, &x->kv);
        WEAL_ASSERT(e == WEAL_OK);
        e = weal_disk_mem_new(&w->heap.mem, i + 1, &x->disk);
        WEAL_ASSERT(e == WEAL_OK);
    }
    for (uint32_t i = 0; i < n; i++) {
        enum weal_err e = nodes_restart(w, i);
        WEAL_ASSERT(e == WEAL_OK);
    }
    return w;
}

void nodes_free(struct nodes *w) {
    for (uint32_t i = 0; i < w->n; i++) {
        if (w->node[i].core) works_end(&w->node[i], UINT64_MAX);
        weal_core_free(w->node[i].core);
        w->node[i].kv->ops->close(w->node[i].kv);
        weal_disk_mem_free(w->node[i].disk);
    }
    for (size_t m = 0; m < w->mail_n; m++) free(w->mail[m].bytes);
    free(w->mail);
    chain_free(w->chain);
    free(w);
}

uint64_t nodes_height(const struct nodes *w, uint32_t i) {
    struct weal_core_stat s;
    if (!w->node[i].core) return 0;
    weal_core_stat(w->node[i].core, &s);
    return s.final_height;
}

/* ---- time ---- */

static void turn(struct nodes *w, struct nodes_one *o) {
    (void)w;
    enum weal_err e = weal_core_turn(o->core);
    WEAL_ASSERT(e == WEAL_OK);
}

static void step(struct nodes *w) {
    for (uint32_t i = 0; i < w->n; i++) {
        struct nodes_one *o = &w->node[i];
        bool any = false;
        if (!o->core) continue;
        weal_core_clock(o->core, w->now, wall(w));
        /* in the order of posting, as one connection would give them */
        for (;;) {
            size_t best = SIZE_MAX;
            for (size_t m = 0; m < w->mail_n; m++) {
                if (w->mail[m].to != i || w->mail[m].at > w->now) continue;
                if (best == SIZE_MAX || w->mail[m].order < w->mail[best].order) best = m;
            }
            if (best == SIZE_MAX) break;
            struct nodes_mail mail = w->mail[best];
            w->mail[best] = w->mail[--w->mail_n];
            weal_core_message(o->core, mail.from + 1, mail.type, weal_bytes(mail.bytes, mail.n));
            free(mail.bytes);
            any = true;
        }
        any |= works_end(o, w->now);
        if (o->apply_at <= w->now) {
            o->apply_at = UINT64_MAX;
            enum weal_err e = weal_apply(o->kv, o->job->blocks, o->job->n);
            o->job = NULL;
            weal_core_applied(o->core, e);
            any = true;
        }
        if (o->wake <= w->now) {
            o->wake = UINT64_MAX;
            weal_core_wake(o->core);
            any = true;
        }
        if (any) turn(w, o);
    }
    w->now++;
}

void nodes_run(struct nodes *w, uint64_t ms) {
    for (uint64_t end = w->now + ms; w->now < end;) step(w);
}

bool nodes_reach(struct nodes *w, uint64_t height, uint64_t ms) {
    for (uint64_t end = w->now + ms; w->now < end;) {
        bool all = true;
        for (uint32_t i = 0; i < w->n; i++) {
            if (w->node[i].core && nodes_height(w, i) < height) all = false;
        }
        if (all) return true;
        step(w);
    }
    return false;
}

static void submitted(void *ctx, const uint8_t id[32], enum weal_verdict v) {
    (void)id;
    *(enum weal_verdict *)ctx = v;
}

enum weal_verdict nodes_submit(struct nodes *w, uint32_t i, struct weal_bytes tx) {
    enum weal_verdict v = WEAL_V_COUNT;
    weal_core_submit(w->node[i].core, tx, submitted, &v);
    for (int k = 0; k < 50 && v == WEAL_V_COUNT; k++) {
        turn(w, &w->node[i]);
        step(w);
    }
    return v;
}

void nodes_agree(struct nodes *w) {
    uint64_t low = UINT64_MAX;
    for (uint32_t i = 0; i < w->n; i++) {
        if (w->node[i].core && nodes_height(w, i) < low) low = nodes_height(w, i);
    }
    uint8_t root[32], id[32];
    bool have = false;
    for (uint32_t i = 0; i < w->n; i++) {
        if (!w->node[i].core) continue;
        struct weal_chain *c = weal_core_chain(w->node[i].core);
        struct weal_chain_block *b = weal_chain_final(c);
        while (b && b->head.height > low) b = b->parent;
        if (!b || b->head.height != low) continue; /* applied already: compared by others */
        if (have)
            WEAL_ASSERT(memcmp(root, b->head.state_root, 32) == 0 && memcmp(id, b->id, 32) == 0);
        memcpy(root, b->head.state_root, 32);
        memcpy(id, b->id, 32);
        have = true;
    }
}
