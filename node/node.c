/* SPDX-License-Identifier: ISC */
/* The host of node/core/host.h on libuv. A turn is one iteration of the loop: sockets and timers
 * give the core what has come, the prepare handle ends the turn before the loop sleeps, and the
 * network flushes after it in the same phase. */
#include "node/node.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "consensus/genesis.h"
#include "crypto/ring/ring.h"
#include "crypto/sig/sig.h"
#include "node/damaged.h"
#include "node/io/thread.h"
#include "storage/kv_lmdb.h"

struct weal_node {
    struct weal_node_config cfg;
    uv_loop_t *loop;
    struct weal_core *core;
    struct weal_api *api;
    uv_async_t submitted;
    struct weal_net *net;
    struct weal_net_addr *peers; /* of cfg, its own copy */
    struct weal_pool *pool;      /* one thread: the applier */
    struct weal_pool *crowd;     /* as many as there are processors: work of the core's */
    struct weal_kv *kv;
    struct weal_disk *disk, *root; /* log and block files; the data directory itself */
    struct weal_file *lock;
    struct weal_node_keys *keys; /* locked pages; NULL: none */
    uint8_t account[32], chain_id[32], identity[32], salt[16];
    uint64_t peers_ms; /* loop time of the last list of peers for other threads */

    uv_timer_t wake;
    uv_prepare_t turn;
    bool dirty, stopping, failed, wake_armed;

    struct weal_job apply;
    const struct weal_host_apply *apply_job;
    enum weal_err apply_result;

    unsigned closing;
    void (*done)(void *ctx);
    void *done_ctx;
};

static uint64_t wall_ms(void) {
    uv_timeval64_t t;
    uv_gettimeofday(&t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_usec / 1000;
}
/* The loop's own time is rounded to milliseconds at the start of an iteration: as good as any. */
static void clock_now(struct weal_node *n) {
    weal_core_clock(n->core, uv_now(n->loop), wall_ms());
    n->dirty = true;
}

/* ---- the core's host ---- */

static void host_send(void *ctx, uint64_t peer, unsigned type, struct weal_bytes bytes) {
    struct weal_node *n = ctx;
    if (n->net) weal_net_send(n->net, peer, type, bytes);
}
static void host_broadcast(void *ctx, unsigned type, struct weal_bytes bytes,
                           enum weal_host_audience to) {
    struct weal_node *n = ctx;
    enum weal_net_audience who = to == WEAL_HOST_ALL ? WEAL_NET_ALL : WEAL_NET_VALIDATORS;
    if (n->net) weal_net_broadcast(n->net, type, bytes, who, 0);
}
static uint64_t host_peer_of(void *ctx, const uint8_t validator[32]) {
    struct weal_node *n = ctx;
    return n->net ? weal_net_validator(n->net, validator) : 0;
}
static void host_blame(void *ctx, uint64_t peer, enum weal_verdict why) {
    struct weal_node *n = ctx;
    if (n->net) weal_net_blame(n->net, peer, why);
}
static void host_head(void *ctx, uint64_t height, const uint8_t id[32]) {
    struct weal_node *n = ctx;
    if (n->net) weal_net_head(n->net, height, id);
}
static bool host_sign(void *ctx, struct weal_vote *v) {
    struct weal_node *n = ctx;
    return n->keys && weal_vote_sign(v, n->chain_id, n->keys->account);
}
static bool host_owntag(void *ctx, const uint8_t lineage[32], struct weal_bytes scope,
                        struct weal_bytes message, uint8_t tag[32], uint8_t proof[96]) {
    struct weal_node *n = ctx;
    uint8_t random[32], seat[32];
    if (!n->keys || !weal_human_key(seat, n->keys->seat)) return false;
    struct weal_bytes chain = weal_bytes(lineage, 32);
    if (!weal_tag(tag, n->keys->seat, chain, WEAL_RING_HUMAN, scope)) return false;
    struct weal_linear_statement s = {.kind = WEAL_LINEAR_OWNTAG,
                                      .chain = chain,
                                      .message = message,
                                      .shape = WEAL_RING_HUMAN,
                                      .scope = scope,
                                      .tag = tag,
                                      .key = seat};
    randombytes_buf(random, sizeof random);
    enum weal_verdict v = weal_linear_prove(proof, &s, (const uint8_t(*)[32])n->keys->seat, random);
    sodium_memzero(random, sizeof random);
    return v == WEAL_ACCEPT;
}
static void host_random(void *ctx, uint8_t *out, size_t bytes) {
    (void)ctx;
    randombytes_buf(out, bytes);
}

static void on_wake(uv_timer_t *t) {
    struct weal_node *n = t->data;
    n->wake_armed = false;
    clock_now(n);
    weal_core_wake(n->core);
}
static void host_wake_at(void *ctx, uint64_t at) {
    struct weal_node *n = ctx;
    if (n->stopping) return;
    uint64_t now = uv_now(n->loop);
    if (at == UINT64_MAX)
        uv_timer_stop(&n->wake);
    else
        uv_timer_start(&n->wake, on_wake, at > now ? at - now : 0, 0);
}

static void apply_work(struct weal_job *job, unsigned worker) {
    struct weal_node *n = (struct weal_node *)((char *)job - offsetof(struct weal_node, apply));
    (void)worker;
    weal_thread_disk_last(); /* votes wait for their own few bytes to be on the disk, not for these
                              */
    n->apply_result = weal_apply(n->kv, n->apply_job->blocks, n->apply_job->n);
}
static void apply_done(struct weal_job *job) {
    struct weal_node *n = (struct weal_node *)((char *)job - offsetof(struct weal_node, apply));
    clock_now(n);
    n->apply_job = NULL;
    weal_core_applied(n->core, n->apply_result);
}
static void host_apply(void *ctx, const struct weal_host_apply *job) {
    struct weal_node *n = ctx;
    n->apply_job = job;
    n->apply = (struct weal_job){.work = apply_work, .done = apply_done};
    /* one job at a time in a queue of more: it can't be full */
    enum weal_err e = weal_pool_submit(n->pool, &n->apply, false);
    WEAL_ASSERT(e == WEAL_OK);
}

/* ---- work of the core's ---- */

enum { CROWD_MAX = 16, CROWD_QUEUE = 4096 };

struct crowd_job {
    struct weal_job job; /* first */
    struct weal_node *node;
    struct weal_host_work *work;
};

static void crowd_work(struct weal_job *job, unsigned worker) {
    struct weal_host_work *w = ((struct crowd_job *)job)->work;
    (void)worker;
    w->run(w);
}
static void crowd_done(struct weal_job *job) {
    struct crowd_job *j = (struct crowd_job *)job;
    clock_now(j->node);
    weal_core_worked(j->node->core, j->work);
    free(j);
}
static bool host_work(void *ctx, struct weal_host_work *w) {
    struct weal_node *n = ctx;
    if (n->stopping || !n->crowd) return false;
    struct crowd_job *j = malloc(sizeof *j);
    if (!j) return false;
    *j = (struct crowd_job){{.work = crowd_work, .done = crowd_done}, n, w};
    if (weal_pool_submit(n->crowd, &j->job, false) == WEAL_OK) return true;
    free(j);
    return false;
}
static unsigned crowd_size(void) {
    unsigned n = uv_available_parallelism();
    return n < 1 ? 1 : n > CROWD_MAX ? CROWD_MAX : n;
}

static void host_final(void *ctx, const struct weal_chain_block *b) {
    struct weal_node *n = ctx;
    if (n->api) weal_api_final(n->api, b, wall_ms());
}
/* The list of peers for other threads, at most twice a second. */
static void peers_publish(struct weal_node *n) {
    static struct weal_api_peer list[WEAL_API_PEERS_MAX]; /* loop thread only */
    static struct weal_peers_banned bans[WEAL_P2P_BANS_MAX];
    uint64_t id[WEAL_API_PEERS_MAX], now = uv_now(n->loop);
    size_t count = 0;
    if (!n->net || (n->peers_ms != 0 && now - n->peers_ms < 500)) return;
    n->peers_ms = now | 1;
    uint32_t open = weal_net_peers(n->net, id, WEAL_API_PEERS_MAX);
    for (uint32_t i = 0; i < open && i < WEAL_API_PEERS_MAX; i++) {
        struct weal_api_peer *p = &list[count];
        if (!weal_net_peer_get(n->net, id[i], &p->is)) continue;
        if (!weal_net_stats_get(n->net, id[i], &p->stats)) continue;
        p->connected_ms = now > p->stats.since_ms ? now - p->stats.since_ms : 0;
        count++;
    }
    weal_api_peers_set(n->api, list, count);
    weal_api_bans_set(n->api, bans, weal_net_bans(n->net, bans, WEAL_P2P_BANS_MAX), now);
}

static void host_changed(void *ctx) {
    struct weal_node *n = ctx;
    peers_publish(n);
    weal_api_publish(n->api, n->core, n->net ? weal_net_peers(n->net, NULL, 0) : 0, wall_ms());
}
static void host_log(void *ctx, enum weal_host_level level, const char *event, const char *text) {
    struct weal_node *n = ctx;
    n->cfg.log(n->cfg.ctx, level, event, text);
}

/* ---- the loop ---- */

/* From any thread: a submission waits. */
static void submit_wake(void *ctx) {
    uv_async_send(&((struct weal_node *)ctx)->submitted);
}
static void on_submitted(uv_async_t *h) {
    struct weal_node *n = h->data;
    if (n->stopping || n->failed) return;
    clock_now(n);
    weal_api_pump(n->api, n->core);
}

static void on_turn(uv_prepare_t *p) {
    struct weal_node *n = p->data;
    if (!n->dirty || n->failed || n->stopping) return;
    n->dirty = false;
    enum weal_err e = weal_core_turn(n->core);
    if (e == WEAL_OK) return;
    n->failed = true;
    if (n->cfg.failed) n->cfg.failed(n->cfg.ctx, e);
}

static void on_peer_up(void *ctx, const struct weal_net_peer *peer) {
    struct weal_node *n = ctx;
    clock_now(n);
    weal_core_peer_up(n->core, peer->id, peer->is.short_salt, peer->is.head_height);
}
static void on_peer_down(void *ctx, uint64_t peer, enum weal_verdict why) {
    struct weal_node *n = ctx;
    (void)why;
    if (n->stopping) return;
    clock_now(n);
    weal_core_peer_down(n->core, peer);
}
static void on_message(void *ctx, uint64_t peer, unsigned type, struct weal_bytes bytes) {
    struct weal_node *n = ctx;
    if (n->stopping || n->failed) return;
    clock_now(n);
    weal_core_message(n->core, peer, type, bytes);
}
static void on_trace(void *ctx, uint64_t peer, const char *what, enum weal_verdict why) {
    struct weal_node *n = ctx;
    char text[128];
    snprintf(text, sizeof text, "peer=%llu why=%s", (unsigned long long)peer,
             weal_verdict_name(why));
    n->cfg.log(n->cfg.ctx, WEAL_HOST_DEBUG, what, text);
}
static bool prove_role(void *ctx, const uint8_t digest[32], uint8_t sig[64]) {
    struct weal_node *n = ctx;
    return n->keys && weal_sig_sign(sig, digest, n->keys->account);
}

/* ---- opening ---- */

static void *take(void *ctx, size_t n) {
    (void)ctx;
    return malloc(n);
}
static void give(void *ctx, void *p) {
    (void)ctx;
    free(p);
}

/* A small file in the data directory itself, outside the log's folder, made durable at once. */
static enum weal_err note_write(struct weal_disk *root, const char *name, const void *p, size_t n) {
    struct weal_file *f;
    enum weal_err e = weal_file_open(root, name, true, &f);
    if (e != WEAL_OK) return e;
    e = weal_file_write(f, 0, p, n);
    if (e == WEAL_OK) e = weal_file_sync(f);
    if (e == WEAL_OK) e = weal_file_sync_names(root);
    weal_file_close(f);
    return e;
}
static size_t note_read(struct weal_disk *root, const char *name, void *p, size_t n) {
    struct weal_file *f;
    size_t got = 0;
    if (weal_file_open(root, name, false, &f) != WEAL_OK) return 0;
    if (weal_file_read(f, 0, p, n, &got) != WEAL_OK) got = 0;
    weal_file_close(f);
    return got;
}

static bool host_began(void *ctx) {
    struct weal_node *n = ctx;
    return note_write(n->root, "began", "1\n", 2) == WEAL_OK;
}

/* The data directory's own id: made once, so that a log carried here from elsewhere is noticed. */
static enum weal_err instance_read(struct weal_node *n, uint8_t instance[16], bool *fresh) {
    char began[2];
    *fresh = note_read(n->root, "began", began, sizeof began) == 0;
    if (note_read(n->root, "instance", instance, 16) == 16) return WEAL_OK;
    randombytes_buf(instance, 16);
    return note_write(n->root, "instance", instance, 16);
}

static enum weal_err storage_open(struct weal_node *n) {
    char dir[512];
    struct weal_kv_lmdb_config kc = {
        .dir = dir, .map_bytes = n->cfg.map_bytes, .damaged = weal_damaged_exit};
    snprintf(dir, sizeof dir, "%s/blocks", n->cfg.datadir);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) return WEAL_ERR_IO;
    enum weal_err e = weal_disk_posix_open(n->cfg.datadir, &n->root);
    if (e == WEAL_OK) e = weal_file_lock(n->root, "lock", &n->lock);
    if (e == WEAL_OK) e = weal_disk_posix_open(dir, &n->disk);
    if (e != WEAL_OK) return e;
    snprintf(dir, sizeof dir, "%s/chain", n->cfg.datadir);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) return WEAL_ERR_IO;
    e = weal_file_sync_names(n->root); /* of the two folders */
    if (e != WEAL_OK) return e;
    return weal_kv_lmdb_open(&kc, &n->kv);
}

static enum weal_err keys_take(struct weal_node *n) {
    if (!n->cfg.keys) return WEAL_OK;
    n->keys = sodium_malloc(sizeof *n->keys);
    if (!n->keys) return WEAL_ERR_NO_MEMORY;
    *n->keys = *n->cfg.keys;
    return weal_sig_public(n->account, n->keys->account) ? WEAL_OK : WEAL_ERR_CRYPTO;
}

static enum weal_err core_open(struct weal_node *n) {
    struct weal_core_config cc = {.pace = n->cfg.pace,
                                  .mempool = n->cfg.mempool,
                                  .sync_behind = n->cfg.sync_behind,
                                  .disk = n->disk,
                                  .mem = {NULL, take, give},
                                  .kv = n->kv,
                                  .wal_segment_bytes = n->cfg.wal_segment_bytes,
                                  .genesis = n->cfg.genesis};
    cc.host = (struct weal_host){.ctx = n,
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
                                 .final = host_final,
                                 .changed = host_changed,
                                 .log = host_log};
    memcpy(cc.chain_id, n->chain_id, 32);
    memcpy(cc.account, n->account, 32);
    memcpy(cc.gossip_salt, n->salt, 16);
    randombytes_buf(cc.seed, sizeof cc.seed);
    enum weal_err e = instance_read(n, cc.instance, &cc.log_may_be_new);
    if (e == WEAL_OK) e = weal_core_new(&cc, uv_now(n->loop), wall_ms(), &n->core);
    if (e != WEAL_OK) return e;
    n->api = weal_api_new(weal_core_store(n->core), n->kv, n->disk, n->chain_id, n->cfg.genesis);
    if (!n->api) return WEAL_ERR_NO_MEMORY;
    weal_api_on_submit(n->api, submit_wake, n);
    weal_api_publish(n->api, n->core, 0, wall_ms());
    return WEAL_OK;
}

static enum weal_err net_open(struct weal_node *n) {
    struct weal_net_config nc = {.agent = n->cfg.agent,
                                 .roles = 1,
                                 .listen = n->cfg.listen,
                                 .listening = n->cfg.listening,
                                 .pex = n->cfg.pex,
                                 .peers_max = n->cfg.peers_max,
                                 .outbound = n->cfg.outbound,
                                 .ban_ms = n->cfg.ban_ms};
    struct weal_net_callbacks cb = {n, on_peer_up, on_peer_down, on_message, NULL, on_trace};
    memcpy(nc.chain, n->chain_id, 32);
    memcpy(nc.identity_secret, n->cfg.identity_secret, 32);
    memcpy(nc.short_salt, n->salt, 16);
    if (n->keys) {
        nc.prove = prove_role;
        nc.prove_ctx = n;
        memcpy(nc.validator, n->account, 32);
    }
    enum weal_err e = weal_net_start(&n->net, n->loop, &nc, &cb);
    sodium_memzero(&nc, sizeof nc);
    for (size_t i = 0; e == WEAL_OK && i < n->cfg.peers_n; i++) {
        e = weal_net_keep(n->net, &n->cfg.peers[i], NULL);
    }
    return e;
}

static void close_all(struct weal_node *n) {
    weal_api_free(n->api);
    weal_core_free(n->core);
    if (n->kv) n->kv->ops->close(n->kv);
    weal_file_close(n->lock);
    if (n->disk) weal_disk_posix_close(n->disk);
    if (n->root) weal_disk_posix_close(n->root);
    sodium_free(n->keys);
    sodium_memzero(n->cfg.identity_secret, 32);
    free(n->peers);
    free(n);
}

enum weal_err weal_node_new(const struct weal_node_config *c, uv_loop_t *loop,
                            struct weal_node **out) {
    struct weal_node *n = calloc(1, sizeof *n);
    *out = NULL;
    if (!n) return WEAL_ERR_NO_MEMORY;
    n->cfg = *c;
    n->loop = loop;
    n->peers = malloc((c->peers_n + 1) * sizeof *n->peers);
    if (!n->peers) {
        free(n);
        return WEAL_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < c->peers_n; i++) n->peers[i] = c->peers[i];
    n->cfg.peers = n->peers;
    uv_update_time(loop);
    weal_genesis_chain_id(n->chain_id, c->genesis);
    randombytes_buf(n->salt, sizeof n->salt);
    enum weal_err e = keys_take(n);
    if (e == WEAL_OK) e = storage_open(n);
    if (e == WEAL_OK) e = core_open(n);
    if (e == WEAL_OK) e = weal_pool_new(&n->pool, loop, 1, 16, WEAL_THREAD_BACK, "apply");
    if (e == WEAL_OK) {
        e = weal_pool_new(&n->crowd, loop, crowd_size(), CROWD_QUEUE, WEAL_THREAD_BACK, "work");
        if (e != WEAL_OK) weal_pool_free(n->pool);
    }
    if (e != WEAL_OK) {
        close_all(n);
        return e;
    }
    uv_timer_init(loop, &n->wake);
    n->wake.data = n;
    uv_async_init(loop, &n->submitted, on_submitted);
    n->submitted.data = n;
    *out = n;
    return WEAL_OK;
}

enum weal_err weal_node_start(struct weal_node *n) {
    enum weal_err e = net_open(n);
    if (e != WEAL_OK) {
        n->net = NULL;
        return e;
    }
    uv_prepare_init(n->loop, &n->turn);
    n->turn.data = n;
    uv_prepare_start(&n->turn, on_turn); /* after the network's: libuv runs the later one first */
    clock_now(n);
    weal_core_start(n->core);
    return WEAL_OK;
}

void weal_node_hold(struct weal_node *n, bool no_votes, bool no_transactions) {
    clock_now(n);
    weal_core_hold(n->core, no_votes, no_transactions);
}

/* ---- closing ---- */

static void closed(struct weal_node *n) {
    if (--n->closing != 0) return;
    void (*done)(void *) = n->done;
    void *ctx = n->done_ctx;
    close_all(n);
    if (done) done(ctx);
}
static void on_closed(uv_handle_t *h) {
    closed(h->data);
}
static void on_net_stopped(void *ctx) {
    closed(ctx);
}

void weal_node_stop(struct weal_node *n, void (*done)(void *ctx), void *ctx) {
    n->stopping = true;
    n->done = done;
    n->done_ctx = ctx;
    n->closing = 1;
    uv_timer_stop(&n->wake);
    weal_pool_free(n->crowd); /* these finish what was given to them and tell the core */
    weal_pool_free(n->pool);
    n->closing += 2;
    uv_close((uv_handle_t *)&n->wake, on_closed);
    uv_close((uv_handle_t *)&n->submitted, on_closed);
    if (n->net) {
        uv_prepare_stop(&n->turn);
        n->closing += 2;
        uv_close((uv_handle_t *)&n->turn, on_closed);
        weal_net_stop(n->net, on_net_stopped, n);
    }
    closed(n);
}

struct weal_core *weal_node_core(struct weal_node *n) {
    return n->core;
}
struct weal_api *weal_node_api(struct weal_node *n) {
    return n->api;
}
struct weal_net *weal_node_net(struct weal_node *n) {
    return n->net;
}
struct weal_kv *weal_node_kv(struct weal_node *n) {
    return n->kv;
}
struct weal_disk *weal_node_disk(struct weal_node *n) {
    return n->disk;
}
const uint8_t *weal_node_chain_id(const struct weal_node *n) {
    return n->chain_id;
}
