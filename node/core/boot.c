/* SPDX-License-Identifier: ISC */
/* From a data directory to a machine that stands where it stood: the database gives a height; the
 * log names what became final above it; those blocks are read from their files, executed again and
 * compared with their headers; then the agreement takes its own records. Nothing is guessed: a hole
 * in the log means no vote in this term, a state root that differs means no start at all. */
#include "node/core/core_int.h"

#include <stdlib.h>

#include "consensus/exec/genesis_apply.h"
#include "consensus/light/cert.h"

enum { FINALS_MAX = 4096, BATCH_PROOFS = 4096, TX_BATCH_PROOFS = 3 * CORE_TX_BATCH };

/* ---- genesis ---- */

static enum weal_err genesis_apply(struct weal_core *c, struct weal_state **base) {
    struct weal_reader reader;
    struct weal_view view;
    struct weal_draft draft;
    struct weal_arena arena;
    struct weal_state *state = NULL;
    size_t cap = 8 << 20;
    void *mem = malloc(cap);
    if (!mem) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = weal_reader_open(&reader, c->store);
    if (e != WEAL_OK) {
        free(mem);
        return e;
    }
    weal_arena_init(&arena, mem, cap);
    e = weal_view_open(&view, *base, &reader);
    if (e == WEAL_OK) e = weal_draft_init(&draft, &view, &arena, WEAL_GENESIS_WRITES);
    if (e == WEAL_OK) {
        enum weal_verdict v = weal_genesis_apply(&draft, c->cfg.genesis, &e);
        if (v != WEAL_ACCEPT) {
            core_log(c, WEAL_HOST_ERROR, "genesis-refused", "why=%s", weal_verdict_name(v));
            if (e == WEAL_OK) e = WEAL_ERR_INVALID;
        }
    }
    if (e == WEAL_OK) e = weal_draft_seal(&draft, &state);
    if (e == WEAL_OK) {
        struct weal_apply_block block = {.state = state};
        memcpy(block.id, c->cfg.chain_id, 32);
        weal_store_finalized(c->store, 0);
        e = weal_apply(c->cfg.kv, &block, 1);
    }
    weal_reader_close(&reader);
    free(mem);
    weal_state_unref(*base);
    *base = state;
    return e;
}

/* ---- what the log says is final ---- */

struct finals {
    struct {
        uint32_t term;
        uint64_t view;
        uint8_t digest[32];
        struct weal_bytes cert;
    } f[FINALS_MAX]; /* a ring: only the latest matter */
    uint64_t n;
};

static enum weal_err collect(void *ctx, const struct weal_wal_entry *r) {
    struct finals *all = ctx;
    struct weal_rd rd = weal_rd(r->data);
    if (r->kind != CORE_WAL_BFT) return WEAL_OK;
    if (weal_rd_u16(&rd) != WEAL_WAL_RECORD_CERTIFICATE) return WEAL_OK;
    struct weal_bytes bytes = weal_bytes(rd.p, rd.n);
    struct weal_certificate cert;
    weal_certificate_get(&rd, &cert);
    if (!weal_rd_done(&rd)) return WEAL_ERR_CORRUPT;
    if (cert.kind != WEAL_VOTE_FINALIZE) return WEAL_OK;
    size_t i = all->n++ % FINALS_MAX;
    free((void *)(uintptr_t)all->f[i].cert.p);
    uint8_t *copy = malloc(bytes.n + 1);
    if (!copy) return WEAL_ERR_NO_MEMORY;
    memcpy(copy, bytes.p, bytes.n);
    all->f[i].term = cert.term;
    all->f[i].view = cert.view;
    all->f[i].cert = weal_bytes(copy, bytes.n);
    memcpy(all->f[i].digest, cert.digest, 32);
    return WEAL_OK;
}

/* Brings a block and its missing ancestors from the files into the chain. */
bool core_load_line(struct weal_core *c, const uint8_t id[32]) {
    uint8_t want[32];
    memcpy(want, id, 32);
    for (int depth = 0; depth < WEAL_STATE_OVERLAYS_MAX; depth++) {
        struct weal_block_where where;
        struct weal_block_read read;
        struct weal_chain_block *b = weal_chain_find(c->chain, want);
        if (!b) {
            if (weal_blocks_find(c->blocks, want, &where) != WEAL_OK) return false;
            size_t n = (size_t)where.body.size + where.cert.size;
            void *buf = malloc(n + 1);
            bool ok =
                buf && weal_block_read(c->cfg.disk, &where, buf, n, &read) == WEAL_OK &&
                weal_chain_add(c->chain, want, read.header, read.body, true, &b) == WEAL_ACCEPT;
            free(buf);
            if (!ok) return false;
        }
        if (weal_chain_ready(c->chain, b)) return true;
        memcpy(want, b->head.parent, 32);
    }
    return false;
}

static void no_more(void *ctx, struct weal_chain_block *b) {
    struct weal_core *c = ctx;
    c->stat.tip_time_ms = b->head.time_ms;
}

/* Executes the line up to b again; its roots must be its headers'. */
enum weal_err core_redo_line(struct weal_core *c, struct weal_chain_block *b) {
    struct weal_chain_block *line[WEAL_STATE_OVERLAYS_MAX];
    size_t n = 0;
    for (struct weal_chain_block *k = b; k && k->status != WEAL_CHAIN_EXECUTED; k = k->parent) {
        if (n == WEAL_STATE_OVERLAYS_MAX) return WEAL_ERR_CORRUPT;
        line[n++] = k;
    }
    while (n-- > 0) {
        enum weal_verdict why;
        enum weal_err e = core_execute(c, line[n], &why);
        if (e != WEAL_OK) return e;
        if (core_too_new(c, line[n])) return WEAL_ERR_HALTED;
        if (why != WEAL_ACCEPT) {
            core_log(c, WEAL_HOST_ERROR, "replay-differs", "height=%llu why=%s",
                     (unsigned long long)line[n]->head.height, weal_verdict_name(why));
            return WEAL_ERR_CORRUPT;
        }
    }
    return WEAL_OK;
}

/* A boot with more final blocks than may wait for the applier: apply some here and now. */
static enum weal_err apply_now(struct weal_core *c) {
    enum weal_err e = weal_blocks_sync(c->blocks);
    weal_chain_synced(c->chain);
    while (e == WEAL_OK && weal_chain_apply_job(c->chain, c->job.blocks, &c->job.n)) {
        e = weal_apply(c->cfg.kv, c->job.blocks, c->job.n);
        weal_chain_applied(c->chain, e);
    }
    return e;
}

/* Makes the block and the line below it final again, if they are here. */
static enum weal_err redo_final(struct weal_core *c, const uint8_t id[32], struct weal_bytes cert) {
    if (!core_load_line(c, id)) return WEAL_OK; /* applied already, or its body was never here */
    struct weal_chain_block *b = weal_chain_find(c->chain, id);
    if (!b || b->final) return WEAL_OK;
    enum weal_err e = core_redo_line(c, b);
    if (e == WEAL_OK) e = weal_chain_finalize(c->chain, b, cert, no_more, c);
    uint64_t waiting = weal_chain_final_height(c->chain) - weal_chain_applied_height(c->chain);
    return e == WEAL_OK && waiting >= 32 ? apply_now(c) : e;
}

/* What block sync made final while the agreement knew a higher finality already is not in the log:
 * the certificates beside the blocks say it. */
static enum weal_err redo_synced(struct weal_core *c) {
    struct weal_block_where where;
    uint64_t height = weal_chain_final_height(c->chain);
    while (weal_blocks_next_certified(c->blocks, height, &where) == WEAL_OK) {
        struct weal_block_read read;
        size_t n = (size_t)where.body.size + where.cert.size;
        void *buf = malloc(n + 1);
        if (!buf) return WEAL_ERR_NO_MEMORY;
        enum weal_err e = weal_block_read(c->cfg.disk, &where, buf, n, &read);
        if (e == WEAL_OK) e = redo_final(c, where.id, read.cert);
        if (e == WEAL_ERR_CORRUPT && !weal_chain_find(c->chain, where.id)) e = WEAL_OK;
        free(buf);
        if (e != WEAL_OK) return e;
        height = where.height;
    }
    return WEAL_OK;
}

static enum weal_err redo(struct weal_core *c, struct finals *all) {
    uint64_t from = all->n > FINALS_MAX ? all->n - FINALS_MAX : 0;
    uint64_t start = weal_chain_final_height(c->chain);
    enum weal_err e = redo_synced(c);
    for (uint64_t k = from; e == WEAL_OK && k < all->n; k++)
        e = redo_final(c, all->f[k % FINALS_MAX].digest, all->f[k % FINALS_MAX].cert);
    if (e != WEAL_OK) return e;
    if (weal_chain_final_height(c->chain) != start) {
        core_log(c, WEAL_HOST_INFO, "replayed", "from=%llu to=%llu", (unsigned long long)start,
                 (unsigned long long)weal_chain_final_height(c->chain));
    }
    return WEAL_OK;
}

/* ---- the log ---- */

static enum weal_err bft_replay(void *ctx, const struct weal_wal_entry *r) {
    struct weal_core *c = ctx;
    c->wal_records++;
    return r->kind == CORE_WAL_BFT ? weal_bft_replay(c->bft, r->data) : WEAL_OK;
}

static void remove_old(void *ctx, const char *name) {
    struct weal_core *c = ctx;
    char to[WEAL_FILE_NAME_MAX + 1] = "lost-";
    if (strncmp(name, "wal", 3) != 0 || strlen(name) > WEAL_FILE_NAME_MAX - 5) return;
    strcat(to, name);
    if (weal_file_rename(c->cfg.disk, name, to) != WEAL_OK) {
        core_log(c, WEAL_HOST_ERROR, "log-set-aside", "file=%s error=rename", name);
    }
}

/* Opens the log twice: once for what is final, once for the agreement, between which the chain
 * catches up with it. */
static enum weal_err log_open(struct weal_core *c, struct weal_wal_config *wc, struct finals *all,
                              enum weal_bft_log *kind) {
    enum weal_err e = weal_wal_open(wc, collect, all, &c->wal);
    *kind = WEAL_BFT_LOG_WHOLE;
    if (e == WEAL_OK) {
        /* made by a start that ended before its first record was durable: nothing has left yet */
        struct weal_wal_stat st;
        weal_wal_stat(c->wal, &st);
        if (st.next_lsn == 1 && c->cfg.log_may_be_new) *kind = WEAL_BFT_LOG_FRESH;
        return WEAL_OK;
    }
    if (e != WEAL_ERR_NOT_FOUND && e != WEAL_ERR_CORRUPT && e != WEAL_ERR_INVALID) return e;
    *kind =
        e == WEAL_ERR_NOT_FOUND && c->cfg.log_may_be_new ? WEAL_BFT_LOG_FRESH : WEAL_BFT_LOG_LOST;
    if (*kind == WEAL_BFT_LOG_LOST) {
        core_log(c, WEAL_HOST_ERROR, "log-lost", "error=%s effect=no-votes-before-next-term",
                 weal_err_name(e));
    }
    if (e != WEAL_ERR_NOT_FOUND) {
        e = weal_file_list(c->cfg.disk, remove_old, c);
        if (e == WEAL_OK) e = weal_file_sync_names(c->cfg.disk);
        if (e != WEAL_OK) return e;
    }
    return weal_wal_create(wc, &c->wal);
}

/* Writes the agreement's state anew at the end of the log, and lets what is older go once it is of
 * no use. The short form holds the last finalization of the present term only; a start takes from
 * the log which blocks above the database's height are final. So the old part stays until the
 * database holds all that was final when the short form was written: without it, a network killed
 * as a whole early in a term could not prove its way out of the term before. */
enum weal_err core_log_shorten(struct weal_core *c) {
    uint32_t records_max = c->cfg.compact_records ? c->cfg.compact_records : CORE_COMPACT_RECORDS;
    struct weal_bft_status st;
    struct weal_wal_stat before;
    enum weal_err e = WEAL_OK;
    weal_bft_status(c->bft, &st);
    /* with records of a later term still to be replayed the agreement writes no short form */
    if (c->wal_records >= records_max && c->compact_lsn == 0 && st.log_term <= st.term) {
        weal_wal_stat(c->wal, &before);
        uint64_t height = weal_chain_final_height(c->chain);
        core_step(c, &(struct weal_bft_event){.kind = WEAL_BFT_COMPACT});
        e = core_make_durable(c);
        c->wal_records = 0;
        c->compact_lsn = before.next_lsn;
        c->compact_height = height;
    }
    if (e != WEAL_OK || c->compact_lsn == 0 ||
        weal_chain_applied_height(c->chain) < c->compact_height)
        return e;
    e = weal_wal_prune(c->wal, c->compact_lsn);
    c->compact_lsn = 0;
    return e;
}

/* ---- building the machine ---- */

static bool parts_new(struct weal_core *c) {
    struct weal_batch_limits blocks = {.proofs_max = BATCH_PROOFS};
    struct weal_batch_limits txs = {.proofs_max = TX_BATCH_PROOFS};
    struct weal_gossip_limits gl = {.peers_max = CORE_PEERS_MAX};
    struct weal_sync_limits sl = {
        .peers_max = CORE_PEERS_MAX, .range_count = 32, .behind_min = c->cfg.sync_behind};
    uint8_t salt[16];
    memcpy(salt, c->cfg.gossip_salt, 16);
    c->bft_mem = malloc(weal_bft_footprint(WEAL_SET_MAX));
    c->fx.cap = WEAL_BFT_EFFECTS_MAX;
    c->fx.buf_cap = weal_bft_effects_bytes(WEAL_SET_MAX);
    c->fx.e = malloc(c->fx.cap * sizeof *c->fx.e);
    c->fx.buf = malloc(c->fx.buf_cap);
    c->batch_mem = malloc(weal_batch_footprint(&blocks));
    c->batch_tx_mem = malloc(weal_batch_footprint(&txs));
    c->scratch = malloc(WEAL_EXEC_SCRATCH);
    c->scratch_tx = malloc(WEAL_EXEC_SCRATCH);
    c->keep = malloc((size_t)BATCH_PROOFS * WEAL_EXEC_KEEP);
    c->keep_tx = malloc((size_t)TX_BATCH_PROOFS * WEAL_EXEC_KEEP);
    c->mempool = weal_mempool_new(&c->cfg.mempool, c->cfg.seed);
    c->gossip_mem = malloc(weal_gossip_footprint(&gl));
    c->sync_mem = malloc(weal_sync_footprint(&sl));
    c->msg = malloc(CORE_MSG_MAX);
    if (!c->bft_mem || !c->fx.e || !c->fx.buf || !c->batch_mem || !c->batch_tx_mem || !c->scratch ||
        !c->scratch_tx || !c->keep || !c->keep_tx || !c->mempool || !c->gossip_mem ||
        !c->sync_mem || !c->msg) {
        return false;
    }
    weal_seen_init(&c->seen, c->cfg.seed, 1 << 16);
    c->bft = weal_bft_init(c->bft_mem, WEAL_SET_MAX, &c->cfg.pace);
    c->gossip = weal_gossip_init(c->gossip_mem, &gl, salt, c->cfg.seed);
    c->exec.batch = weal_batch_init(c->batch_mem, &blocks);
    c->exec_tx.batch = weal_batch_init(c->batch_tx_mem, &txs);
    c->exec.scratch = c->scratch;
    c->exec_tx.scratch = c->scratch_tx;
    weal_arena_init(&c->exec.keep, c->keep, (size_t)BATCH_PROOFS * WEAL_EXEC_KEEP);
    weal_arena_init(&c->exec_tx.keep, c->keep_tx, (size_t)TX_BATCH_PROOFS * WEAL_EXEC_KEEP);
    c->host.random(c->host.ctx, c->exec.random, sizeof c->exec.random);
    c->host.random(c->host.ctx, c->exec_tx.random, sizeof c->exec_tx.random);
    return true;
}

static bool seen_known(void *ctx, const uint8_t key[32]) {
    return weal_seen_has(&((struct weal_core *)ctx)->seen, key);
}
static void seen_note(void *ctx, const uint8_t key[32]) {
    weal_seen_add(&((struct weal_core *)ctx)->seen, key);
}

static enum weal_err storage_open(struct weal_core *c, struct weal_state **base,
                                  uint8_t base_id[32]) {
    struct weal_store_config sc = {.kv = c->cfg.kv, .mem = c->cfg.mem};
    struct weal_block_place hint = {0};
    struct weal_applied applied;
    struct weal_kv_snap *snap;
    memcpy(sc.seed, c->cfg.seed, 16);
    enum weal_err e = weal_store_open(&sc, &c->store, base);
    if (e != WEAL_OK) return e;
    if (weal_state_height(*base) == WEAL_STATE_NO_HEIGHT) {
        e = genesis_apply(c, base);
        if (e != WEAL_OK) return e;
    }
    weal_store_finalized(c->store, weal_state_height(*base));
    e = core_records_mend(c, *base);
    if (e == WEAL_OK) e = weal_kv_snap_open(c->cfg.kv, &snap);
    if (e != WEAL_OK) return e;
    struct weal_block_where where;
    e = weal_applied_read(snap, &applied);
    if (e == WEAL_OK && weal_block_index_get(snap, applied.height, &where) == WEAL_OK) {
        bool body_last =
            where.cert.size == 0 || where.cert.segment < where.body.segment ||
            (where.cert.segment == where.body.segment && where.cert.at < where.body.at);
        hint = body_last ? where.body : where.cert;
    }
    weal_kv_snap_close(snap);
    if (e != WEAL_OK) return e;
    memcpy(base_id, applied.id, 32);
    struct weal_blocks_config bc = {.disk = c->cfg.disk, .mem = c->cfg.mem};
    return weal_blocks_open(&bc, applied.height, hint, &c->blocks);
}

static enum weal_err chain_new(struct weal_core *c, struct weal_state *base,
                               const uint8_t base_id[32]) {
    struct weal_chain_config cc = {.kv = c->cfg.kv,
                                   .blocks = c->blocks,
                                   .store = c->store,
                                   .base = base,
                                   .exec = &c->exec,
                                   .body_bytes_max = 64 << 20};
    struct weal_params params;
    struct weal_st_chain st;
    struct weal_view at;
    memcpy(cc.base_id, base_id, 32);
    c->chain = weal_chain_new(&cc);
    if (!c->chain) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = weal_chain_look(c->chain, weal_chain_final_state(c->chain), &at);
    if (e != WEAL_OK) return e;
    if (!weal_exec_params(&at, &params) || !weal_exec_chain(&at, &st)) return WEAL_ERR_CORRUPT;
    c->term_blocks = params.term_blocks;
    memcpy(c->lineage, st.lineage, 32);
    return WEAL_OK;
}

static enum weal_err agreement_new(struct weal_core *c, struct weal_wal_config *wc,
                                   enum weal_bft_log kind) {
    struct weal_st_chain st;
    struct weal_view at;
    enum weal_err e = weal_chain_look(c->chain, weal_chain_final_state(c->chain), &at);
    if (e != WEAL_OK) return e;
    if (!weal_exec_chain(&at, &st)) return WEAL_ERR_CORRUPT;
    /* the last block of a term leads into the next one */
    bool over = st.height != 0 && st.height % c->term_blocks == 0;
    if (!core_term_load(c, st.term + (over ? 1 : 0))) return WEAL_ERR_CORRUPT;
    weal_bft_begin(c->bft, &c->term, kind);
    if (kind == WEAL_BFT_LOG_WHOLE) {
        weal_wal_close(c->wal);
        c->wal = NULL;
        e = weal_wal_open(wc, bft_replay, c, &c->wal);
        if (e != WEAL_OK) return e;
    }
    c->guard = *weal_bft_guard(c->bft);
    return WEAL_OK;
}

/* When the chain stands above what the log knows (a restored log, block sync before a crash). */
void core_floor_raise(struct weal_core *c) {
    struct weal_bft_status st;
    struct weal_chain_block *b = weal_chain_final(c->chain);
    weal_bft_status(c->bft, &st);
    while (b && b->cert.n == 0) b = b->parent;
    if (b && b->head.height > st.final_height) core_floor(c, b->cert, b->header);
}

enum weal_err weal_core_new(const struct weal_core_config *cfg, uint64_t now_ms, uint64_t wall_ms,
                            struct weal_core **out) {
    struct weal_core *c = calloc(1, sizeof *c);
    struct finals *all = calloc(1, sizeof *all);
    struct weal_state *base = NULL;
    uint8_t base_id[32];
    enum weal_bft_log kind = WEAL_BFT_LOG_LOST;
    enum weal_err e = WEAL_ERR_NO_MEMORY;
    *out = NULL;
    if (c && all) {
        c->cfg = *cfg;
        c->host = cfg->host;
        c->now_ms = now_ms;
        c->wall_ms = wall_ms;
        c->bft_wake_ms = c->apply_at_ms = UINT64_MAX;
        c->log_new = cfg->log_may_be_new;
        memcpy(c->exec.chain_id, cfg->chain_id, 32);
        memcpy(c->exec_tx.chain_id, cfg->chain_id, 32);
        c->exec.cache = (struct weal_exec_cache){seen_known, seen_note, c};
        c->exec_tx.cache = (struct weal_exec_cache){core_check_known, seen_note, c};
        if (parts_new(c)) e = WEAL_OK;
    }
    struct weal_wal_config wc = {
        .disk = cfg->disk, .mem = cfg->mem, .segment_bytes = cfg->wal_segment_bytes};
    memcpy(wc.instance, cfg->instance, sizeof wc.instance);
    if (e == WEAL_OK) e = storage_open(c, &base, base_id);
    if (e == WEAL_OK) e = chain_new(c, base, base_id);
    if (e == WEAL_OK) e = log_open(c, &wc, all, &kind);
    if (e == WEAL_OK) e = redo(c, all);
    if (e == WEAL_OK) e = agreement_new(c, &wc, kind);
    for (size_t i = 0; all && i < FINALS_MAX; i++) free((void *)(uintptr_t)all->f[i].cert.p);
    free(all);
    if (e == WEAL_OK) {
        struct weal_sync_limits sl = {
            .peers_max = CORE_PEERS_MAX, .range_count = 32, .behind_min = cfg->sync_behind};
        c->sync = weal_sync_init(c->sync_mem, &sl, weal_chain_final_height(c->chain));
        *out = c;
        return WEAL_OK;
    }
    if (c && !c->chain) weal_state_unref(base); /* nobody has taken it over */
    weal_core_free(c);
    return e;
}

void weal_core_free(struct weal_core *c) {
    if (!c) return;
    core_txs_free(c);
    core_catchup_free(c);
    core_mend_free(c);
    weal_chain_free(c->chain);
    if (c->blocks) weal_blocks_close(c->blocks);
    if (c->wal) weal_wal_close(c->wal);
    if (c->store) weal_store_close(c->store);
    weal_mempool_free(c->mempool);
    weal_seen_release(&c->seen);
    free((void *)(uintptr_t)c->late_cert.p);
    free(c->bft_mem);
    free(c->fx.e);
    free(c->fx.buf);
    free(c->batch_mem);
    free(c->batch_tx_mem);
    free(c->scratch);
    free(c->scratch_tx);
    free(c->keep);
    free(c->keep_tx);
    free(c->gossip_mem);
    free(c->sync_mem);
    free(c->sync_fx);
    free(c->msg);
    free(c->todo);
    free(c->held);
    free(c->held_bytes);
    free(c);
}
