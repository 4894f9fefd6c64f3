/* SPDX-License-Identifier: ISC */
/* One mutex, held for copies of pointers only. */
#include "node/core/api.h"

#include <stdlib.h>
#include <uv.h>

#include "node/core/core_int.h"
#include "node/mempool/idtable.h"

struct submission {
    uint8_t *bytes;
    size_t n;
    weal_core_submitted *done;
    void *ctx;
};

struct weal_api {
    uv_mutex_t lock;
    struct weal_store *store;
    struct weal_kv *kv;
    struct weal_disk *disk;
    uint8_t chain_id[32];
    struct weal_bytes genesis;
    uint64_t started_ms;

    struct weal_api_snapshot *now;
    struct weal_api_block *recent[WEAL_API_RECENT]; /* ring: by height */
    uint64_t proposed[WEAL_SET_MAX];

    struct submission queue[WEAL_API_SUBMIT_MAX];
    uint32_t queue_head, queue_n;
    void (*submit_wake)(void *);
    void *submit_ctx;
    void (*publish_wake)(void *);
    void *publish_ctx;
    /* submitted here and not final; in order, too, to be looked after one by one */
    struct weal_idtable waiting; /* id -> ASKED or TAKEN */
    uint8_t (*order)[32];
    uint32_t order_head, order_n;
    /* ended without a block, the oldest forgotten first: id -> verdict, WEAL_ACCEPT for expired */
    struct weal_idtable ended;
    uint8_t ended_id[WEAL_API_ENDED_MAX][32];
    uint32_t ended_at;

    struct weal_api_peer peer[WEAL_API_PEERS_MAX];
    size_t peers_n;
    struct weal_peers_banned ban[WEAL_P2P_BANS_MAX];
    size_t bans_n;
    uint64_t unread; /* atomic; the height of a block found damaged in its file; 0: none */
};

enum { ASKED = 1, TAKEN = 2, SWEEP = 256 };

/* A submission the core has and has not answered. */
struct asked {
    struct weal_api *api;
    struct weal_core *core;
    weal_core_submitted *done;
    void *ctx;
};

static struct weal_bytes copy(struct weal_bytes b) {
    uint8_t *p = malloc(b.n + 1);
    if (p && b.n != 0) memcpy(p, b.p, b.n);
    return (struct weal_bytes){p, p ? b.n : 0};
}

struct weal_api *weal_api_new(struct weal_store *store, struct weal_kv *kv, struct weal_disk *disk,
                              const uint8_t chain_id[32], struct weal_bytes genesis) {
    struct weal_api *a = calloc(1, sizeof *a);
    if (!a) return NULL;
    if (uv_mutex_init(&a->lock) != 0) {
        free(a);
        return NULL;
    }
    a->store = store;
    a->kv = kv;
    a->disk = disk;
    a->genesis = copy(genesis);
    memcpy(a->chain_id, chain_id, 32);
    weal_idtable_init(&a->waiting, chain_id);
    weal_idtable_init(&a->ended, chain_id);
    a->order = malloc((size_t)WEAL_API_WAITING_MAX * sizeof *a->order);
    if (!a->order || !a->genesis.p) {
        weal_api_free(a);
        return NULL;
    }
    return a;
}

void weal_api_free(struct weal_api *a) {
    if (!a) return;
    while (a->queue_n != 0) {
        free(a->queue[a->queue_head].bytes);
        a->queue_head = (a->queue_head + 1) % WEAL_API_SUBMIT_MAX;
        a->queue_n--;
    }
    weal_api_snapshot_unref(a->now);
    for (size_t i = 0; i < WEAL_API_RECENT; i++) weal_api_block_unref(a->recent[i]);
    weal_idtable_release(&a->waiting);
    weal_idtable_release(&a->ended);
    free(a->order);
    free((void *)(uintptr_t)a->genesis.p);
    uv_mutex_destroy(&a->lock);
    free(a);
}

/* ---- references ---- */

void weal_api_snapshot_unref(struct weal_api_snapshot *s) {
    if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) != 0) return;
    weal_state_unref(s->state);
    free(s->text);
    free(s);
}

void weal_api_block_unref(struct weal_api_block *b) {
    if (!b || __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) != 0) return;
    free((void *)(uintptr_t)b->header.p);
    free((void *)(uintptr_t)b->body.p);
    free((void *)(uintptr_t)b->cert.p);
    free(b->receipts);
    free(b);
}

const char *weal_api_snapshot_text(struct weal_api_snapshot *s) {
    return __atomic_load_n(&s->text, __ATOMIC_ACQUIRE);
}

void weal_api_snapshot_keep(struct weal_api_snapshot *s, char *text) {
    char *none = NULL;
    if (!__atomic_compare_exchange_n(&s->text, &none, text, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        free(text);
    }
}

struct weal_api_snapshot *weal_api_snapshot(struct weal_api *a) {
    uv_mutex_lock(&a->lock);
    struct weal_api_snapshot *s = a->now;
    if (s) __atomic_add_fetch(&s->refs, 1, __ATOMIC_ACQ_REL);
    uv_mutex_unlock(&a->lock);
    return s;
}

/* ---- what became of submissions; all under the lock ---- */

static void ended_put(struct weal_api *a, const uint8_t id[32], enum weal_verdict why) {
    if (weal_idtable_get(&a->ended, id) == WEAL_IDTABLE_NONE) {
        uint8_t *slot = a->ended_id[a->ended_at];
        a->ended_at = (a->ended_at + 1) % WEAL_API_ENDED_MAX;
        weal_idtable_del(&a->ended, slot);
        memcpy(slot, id, 32);
    }
    if (weal_idtable_put(&a->ended, id, why) != WEAL_OK) return; /* then it is unknown */
}

/* With no room the answer is given all the same, and tx.status says unknown until it is final. */
static void waiting_put(struct weal_api *a, const uint8_t id[32]) {
    weal_idtable_del(&a->ended, id);
    if (weal_idtable_get(&a->waiting, id) != WEAL_IDTABLE_NONE) return;
    if (a->order_n == WEAL_API_WAITING_MAX) return;
    if (weal_idtable_put(&a->waiting, id, ASKED) != WEAL_OK) return;
    memcpy(a->order[(a->order_head + a->order_n++) % WEAL_API_WAITING_MAX], id, 32);
}

/* Looks after the oldest: final and refused ones go, and so do those the mempool has let go. */
static void waiting_sweep(struct weal_api *a, const struct weal_mempool *pool) {
    for (uint32_t i = 0; i < SWEEP && a->order_n != 0; i++) {
        uint8_t id[32];
        memcpy(id, a->order[a->order_head], 32);
        a->order_head = (a->order_head + 1) % WEAL_API_WAITING_MAX;
        a->order_n--;
        uint32_t is = weal_idtable_get(&a->waiting, id);
        if (is == WEAL_IDTABLE_NONE) continue;
        if (is == TAKEN && !weal_mempool_get(pool, id).p) {
            weal_idtable_del(&a->waiting, id);
            ended_put(a, id, WEAL_ACCEPT);
            continue;
        }
        memcpy(a->order[(a->order_head + a->order_n++) % WEAL_API_WAITING_MAX], id, 32);
    }
}

/* On the core's thread. Another copy that is refused says nothing about the one in the pool. */
static void answered(void *ctx, const uint8_t id[32], enum weal_verdict v) {
    struct asked *q = ctx;
    struct weal_api *a = q->api;
    bool in_pool = weal_mempool_get(weal_core_mempool(q->core), id).p != NULL;
    uv_mutex_lock(&a->lock);
    if (in_pool && weal_idtable_get(&a->waiting, id) == ASKED) {
        if (weal_idtable_put(&a->waiting, id, TAKEN) != WEAL_OK) v = WEAL_V_POOL_BUSY;
    } else if (!in_pool && v != WEAL_ACCEPT) {
        weal_idtable_del(&a->waiting, id);
        ended_put(a, id, v);
    }
    uv_mutex_unlock(&a->lock);
    q->done(q->ctx, id, v);
    free(q);
}

/* ---- publishing ---- */

void weal_api_publish(struct weal_api *a, struct weal_core *c, uint32_t peers, uint64_t wall_ms) {
    struct weal_api_snapshot *s = calloc(1, sizeof *s);
    if (!s) return; /* the last one stays */
    struct weal_chain *chain = weal_core_chain(c);
    const struct weal_set *set = weal_core_set(c);
    uint64_t unread = __atomic_exchange_n(&a->unread, 0, __ATOMIC_RELAXED);
    if (unread != 0) weal_core_unread(c, unread);
    if (a->started_ms == 0) a->started_ms = wall_ms;
    s->refs = 1;
    s->height = weal_chain_final_height(chain);
    memcpy(s->id, weal_chain_final_id(chain), 32);
    s->state = weal_state_ref(weal_chain_final_state(chain));
    weal_bft_status(weal_core_bft(c), &s->bft);
    weal_core_stat(c, &s->core);
    s->pool = weal_mempool_info(weal_core_mempool(c));
    s->tip_time_ms = s->core.tip_time_ms;
    s->published_ms = wall_ms;
    s->started_ms = a->started_ms;
    s->peers = peers;
    s->validators_n = set->n;
    for (uint16_t i = 0; i < set->n; i++) {
        memcpy(s->validators[i].account, set->v[i].account, 32);
        memcpy(s->validators[i].seat, set->v[i].seat, 32);
        s->validators[i].weight = set->v[i].weight;
        s->validators[i].blocks = a->proposed[i];
    }
    uv_mutex_lock(&a->lock);
    struct weal_api_snapshot *old = a->now;
    a->now = s;
    waiting_sweep(a, weal_core_mempool(c));
    uv_mutex_unlock(&a->lock);
    weal_api_snapshot_unref(old);
    if (a->publish_wake) a->publish_wake(a->publish_ctx);
}

void weal_api_final(struct weal_api *a, const struct weal_chain_block *b, uint64_t wall_ms) {
    struct weal_api_block *x = calloc(1, sizeof *x);
    if (!x) return;
    x->refs = 1;
    x->height = b->head.height;
    x->head = b->head;
    x->final_ms = wall_ms;
    memcpy(x->id, b->id, 32);
    x->header = copy(b->header);
    x->body = copy(b->body);
    x->cert = copy(b->cert);
    x->receipts = malloc((b->receipts_n + 1) * sizeof *x->receipts);
    if (!x->header.p || !x->body.p || !x->cert.p || !x->receipts) {
        weal_api_block_unref(x);
        return;
    }
    if (b->receipts_n != 0) memcpy(x->receipts, b->receipts, b->receipts_n * sizeof *x->receipts);
    x->receipts_n = b->receipts_n;
    if (b->head.proposer < WEAL_SET_MAX) a->proposed[b->head.proposer]++;
    uv_mutex_lock(&a->lock);
    struct weal_api_block **at = &a->recent[x->height % WEAL_API_RECENT], *old = *at;
    *at = x;
    for (uint32_t i = 0; i < x->receipts_n; i++) weal_idtable_del(&a->waiting, x->receipts[i].id);
    uv_mutex_unlock(&a->lock);
    weal_api_block_unref(old);
}

/* ---- submissions ---- */

void weal_api_on_submit(struct weal_api *a, void (*wake)(void *ctx), void *ctx) {
    a->submit_wake = wake;
    a->submit_ctx = ctx;
}
void weal_api_on_publish(struct weal_api *a, void (*wake)(void *ctx), void *ctx) {
    a->publish_wake = wake;
    a->publish_ctx = ctx;
}

enum weal_err weal_api_submit(struct weal_api *a, struct weal_bytes tx, weal_core_submitted *done,
                              void *ctx) {
    struct weal_bytes mine = copy(tx);
    if (!mine.p) return WEAL_ERR_NO_MEMORY;
    uv_mutex_lock(&a->lock);
    bool full = a->queue_n == WEAL_API_SUBMIT_MAX;
    if (!full) {
        a->queue[(a->queue_head + a->queue_n++) % WEAL_API_SUBMIT_MAX] =
            (struct submission){(uint8_t *)(uintptr_t)mine.p, mine.n, done, ctx};
    }
    uv_mutex_unlock(&a->lock);
    if (full) {
        free((void *)(uintptr_t)mine.p);
        return WEAL_ERR_BUSY;
    }
    a->submit_wake(a->submit_ctx);
    return WEAL_OK;
}

void weal_api_pump(struct weal_api *a, struct weal_core *c) {
    for (;;) {
        struct submission s = {0};
        uv_mutex_lock(&a->lock);
        bool any = a->queue_n != 0;
        if (any) {
            s = a->queue[a->queue_head];
            a->queue_head = (a->queue_head + 1) % WEAL_API_SUBMIT_MAX;
            a->queue_n--;
            uint8_t id[32];
            weal_tx_id(id, weal_bytes(s.bytes, s.n));
            waiting_put(a, id);
        }
        uv_mutex_unlock(&a->lock);
        if (!any) return;
        struct asked *q = malloc(sizeof *q);
        if (q) {
            *q = (struct asked){a, c, s.done, s.ctx};
            weal_core_submit(c, weal_bytes(s.bytes, s.n), answered, q);
        } else {
            uint8_t id[32];
            weal_tx_id(id, weal_bytes(s.bytes, s.n));
            s.done(s.ctx, id, WEAL_V_POOL_BUSY);
        }
        free(s.bytes);
    }
}

enum weal_api_standing weal_api_standing(struct weal_api *a, const uint8_t id[32],
                                         enum weal_verdict *why) {
    uv_mutex_lock(&a->lock);
    bool waits = weal_idtable_get(&a->waiting, id) != WEAL_IDTABLE_NONE;
    uint32_t ended = weal_idtable_get(&a->ended, id);
    uv_mutex_unlock(&a->lock);
    *why = WEAL_ACCEPT;
    if (waits) return WEAL_API_PENDING;
    if (ended == WEAL_IDTABLE_NONE) return WEAL_API_UNKNOWN;
    *why = (enum weal_verdict)ended;
    return ended == WEAL_ACCEPT ? WEAL_API_EXPIRED : WEAL_API_REFUSED;
}

/* ---- peers ---- */

void weal_api_peers_set(struct weal_api *a, const struct weal_api_peer *list, size_t n) {
    if (n > WEAL_API_PEERS_MAX) n = WEAL_API_PEERS_MAX;
    uv_mutex_lock(&a->lock);
    if (n != 0) memcpy(a->peer, list, n * sizeof *list);
    a->peers_n = n;
    uv_mutex_unlock(&a->lock);
}
size_t weal_api_peers(struct weal_api *a, struct weal_api_peer *out, size_t cap) {
    uv_mutex_lock(&a->lock);
    size_t n = a->peers_n < cap ? a->peers_n : cap;
    if (n != 0) memcpy(out, a->peer, n * sizeof *out);
    uv_mutex_unlock(&a->lock);
    return n;
}

void weal_api_bans_set(struct weal_api *a, const struct weal_peers_banned *list, size_t n,
                       uint64_t now_ms) {
    if (n > WEAL_P2P_BANS_MAX) n = WEAL_P2P_BANS_MAX;
    uv_mutex_lock(&a->lock);
    for (size_t i = 0; i < n; i++) {
        a->ban[i] = list[i];
        a->ban[i].until_ms -= now_ms;
    }
    a->bans_n = n;
    uv_mutex_unlock(&a->lock);
}
size_t weal_api_bans(struct weal_api *a, struct weal_peers_banned *out, size_t cap) {
    uv_mutex_lock(&a->lock);
    size_t n = a->bans_n < cap || !out ? a->bans_n : cap;
    if (out && n != 0) memcpy(out, a->ban, n * sizeof *out);
    uv_mutex_unlock(&a->lock);
    return n;
}

/* ---- blocks and transactions ---- */

static struct weal_api_block *recent_ref(struct weal_api *a, uint64_t height) {
    uv_mutex_lock(&a->lock);
    struct weal_api_block *b = a->recent[height % WEAL_API_RECENT];
    if (b && b->height != height) b = NULL;
    if (b) __atomic_add_fetch(&b->refs, 1, __ATOMIC_ACQ_REL);
    uv_mutex_unlock(&a->lock);
    return b;
}

static void receipts_fill(struct weal_api *a, struct weal_kv_snap *snap, struct weal_api_block *b) {
    struct weal_body_iter it = weal_body_iter(b->body);
    struct weal_bytes tx, value;
    uint32_t cap = 0;
    (void)a;
    while (weal_body_next(&it, &tx)) {
        if (b->receipts_n == cap) {
            cap = cap ? 2 * cap : 16;
            struct weal_receipt *grown = realloc(b->receipts, cap * sizeof *grown);
            if (!grown) return;
            b->receipts = grown;
        }
        struct weal_receipt *r = &b->receipts[b->receipts_n++];
        r->code = WEAL_ACCEPT;
        weal_tx_id(r->id, tx);
        if (weal_kv_get(snap, WEAL_KV_TX, WEAL_BYTES(r->id), &value) != WEAL_OK) continue;
        for (int v = 1; value.n > 12 && v < WEAL_V_COUNT; v++) {
            const char *name = weal_verdict_name((enum weal_verdict)v);
            if (strlen(name) == value.n - 12 && memcmp(name, value.p + 12, value.n - 12) == 0) {
                r->code = (enum weal_verdict)v;
            }
        }
    }
}

static struct weal_api_block *stored(struct weal_api *a, struct weal_kv_snap *snap,
                                     const struct weal_block_where *where) {
    struct weal_block_read read;
    void *buf;
    struct weal_api_block *b = calloc(1, sizeof *b);
    enum weal_err e = b ? core_file_read(a->disk, where, &buf, &read) : WEAL_ERR_NO_MEMORY;
    if (e == WEAL_ERR_CORRUPT || (e == WEAL_OK && core_cert_missing(where, &read)))
        __atomic_store_n(&a->unread, where->height, __ATOMIC_RELAXED);
    if (e != WEAL_OK) {
        free(b);
        return NULL;
    }
    struct weal_rd rd = weal_rd(read.header);
    b->refs = 1;
    b->height = where->height;
    memcpy(b->id, where->id, 32);
    weal_header_get(&rd, &b->head);
    b->header = copy(read.header);
    b->body = copy(read.body);
    b->cert = copy(read.cert);
    free(buf);
    receipts_fill(a, snap, b);
    return b;
}

struct weal_api_block *weal_api_block(struct weal_api *a, uint64_t height) {
    struct weal_api_block *b = recent_ref(a, height);
    struct weal_block_where where;
    struct weal_kv_snap *snap;
    if (b || weal_kv_snap_open(a->kv, &snap) != WEAL_OK) return b;
    if (weal_block_index_get(snap, height, &where) == WEAL_OK) b = stored(a, snap, &where);
    weal_kv_snap_close(snap);
    return b;
}

struct weal_api_block *weal_api_block_by_id(struct weal_api *a, const uint8_t id[32]) {
    struct weal_api_block *b = NULL;
    struct weal_block_where where;
    struct weal_kv_snap *snap;
    uv_mutex_lock(&a->lock);
    for (size_t i = 0; i < WEAL_API_RECENT && !b; i++) {
        if (a->recent[i] && memcmp(a->recent[i]->id, id, 32) == 0) b = a->recent[i];
    }
    if (b) __atomic_add_fetch(&b->refs, 1, __ATOMIC_ACQ_REL);
    uv_mutex_unlock(&a->lock);
    if (b || weal_kv_snap_open(a->kv, &snap) != WEAL_OK) return b;
    if (weal_block_index_get_id(snap, id, &where) == WEAL_OK) b = stored(a, snap, &where);
    weal_kv_snap_close(snap);
    return b;
}

static bool tx_recent(struct weal_api *a, const uint8_t id[32], struct weal_api_tx *out) {
    bool found = false;
    uv_mutex_lock(&a->lock);
    for (size_t i = 0; i < WEAL_API_RECENT && !found; i++) {
        const struct weal_api_block *b = a->recent[i];
        for (uint32_t k = 0; b && k < b->receipts_n && !found; k++) {
            if (memcmp(b->receipts[k].id, id, 32) != 0) continue;
            const char *name = weal_verdict_name(b->receipts[k].code);
            *out = (struct weal_api_tx){b->height, k, ""};
            if (b->receipts[k].code != WEAL_ACCEPT) strncpy(out->code, name, sizeof out->code - 1);
            found = true;
        }
    }
    uv_mutex_unlock(&a->lock);
    return found;
}

bool weal_api_tx(struct weal_api *a, const uint8_t id[32], struct weal_api_tx *out) {
    struct weal_kv_snap *snap;
    struct weal_bytes value;
    bool found = false;
    if (weal_kv_snap_open(a->kv, &snap) == WEAL_OK) {
        if (weal_kv_get(snap, WEAL_KV_TX, weal_bytes(id, 32), &value) == WEAL_OK && value.n >= 12) {
            *out = (struct weal_api_tx){weal_be64(value.p), weal_be32(value.p + 8), ""};
            size_t n = value.n - 12 < sizeof out->code - 1 ? value.n - 12 : sizeof out->code - 1;
            memcpy(out->code, value.p + 12, n);
            found = true;
        }
        weal_kv_snap_close(snap);
    }
    return found || tx_recent(a, id, out);
}

struct weal_store *weal_api_store(struct weal_api *a) {
    return a->store;
}
const uint8_t *weal_api_chain_id(const struct weal_api *a) {
    return a->chain_id;
}
struct weal_bytes weal_api_genesis(const struct weal_api *a) {
    return a->genesis;
}
