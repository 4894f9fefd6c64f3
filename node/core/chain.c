/* SPDX-License-Identifier: ISC */
/* The tree of blocks. Blocks are found by id through a small hash table and walked through one
 * list; both are bounded, so a plain walk is fast enough where abandoned branches are cut. */
#include "node/core/chain.h"

#include <stdlib.h>

#include "consensus/light/roots.h"
#include "consensus/light/cert.h"

enum { BUCKETS = 2048, TX_VALUE = 12 + 32 };

struct weal_chain {
    struct weal_chain_config cfg;
    struct weal_chain_block *bucket[BUCKETS];
    struct weal_chain_block *first, *last; /* in order of arrival */
    uint32_t count;
    uint64_t body_bytes;

    struct weal_reader reader;
    struct weal_state *base;
    uint8_t base_id[32];
    uint64_t base_height;
    struct weal_chain_block *final; /* NULL: the base */
    uint64_t synced;                /* its height when the block files were last synced */

    struct weal_arena arena;
    void *arena_mem;
    struct weal_draft draft;
    struct weal_receipt *receipts; /* scratch */

    /* the job that is out */
    struct weal_chain_block *job[WEAL_APPLY_BLOCKS_MAX];
    struct weal_apply_extra *job_extra[WEAL_APPLY_BLOCKS_MAX];
    uint8_t *job_bytes[WEAL_APPLY_BLOCKS_MAX];
    size_t job_n;
};

/* ---- the table ---- */

static struct weal_chain_block **slot(struct weal_chain *c, const uint8_t id[32]) {
    struct weal_chain_block **p = &c->bucket[weal_le32(id) % BUCKETS];
    while (*p && memcmp((*p)->id, id, 32) != 0) p = &(*p)->hash_next;
    return p;
}

struct weal_chain_block *weal_chain_find(struct weal_chain *c, const uint8_t id[32]) {
    return *slot(c, id);
}

static void block_free(struct weal_chain_block *b) {
    weal_state_unref(b->state);
    free((void *)(uintptr_t)b->header.p);
    free((void *)(uintptr_t)b->body.p);
    free((void *)(uintptr_t)b->cert.p);
    free(b->receipts);
    free(b);
}

/* Takes b out. Its children stay without a parent: also one that came late, on a branch that was
 * ruled out already. */
static void block_drop(struct weal_chain *c, struct weal_chain_block *b) {
    for (struct weal_chain_block *k = c->first; k; k = k->next) {
        if (k->parent == b) k->parent = NULL;
    }
    *slot(c, b->id) = b->hash_next;
    if (b->prev)
        b->prev->next = b->next;
    else
        c->first = b->next;
    if (b->next)
        b->next->prev = b->prev;
    else
        c->last = b->prev;
    c->count--;
    c->body_bytes -= b->body.n;
    block_free(b);
}

static struct weal_bytes copy(struct weal_bytes b) {
    uint8_t *p = malloc(b.n + (b.n == 0));
    if (p && b.n != 0) memcpy(p, b.p, b.n);
    return (struct weal_bytes){p, p ? b.n : 0};
}

struct weal_chain *weal_chain_new(const struct weal_chain_config *cfg) {
    struct weal_chain *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->cfg = *cfg;
    c->base = cfg->base;
    c->base_height = weal_state_height(cfg->base);
    memcpy(c->base_id, cfg->base_id, 32);
    c->arena_mem = malloc(WEAL_CHAIN_ARENA);
    c->receipts = malloc(WEAL_EXEC_TXS_MAX * sizeof *c->receipts);
    if (!c->arena_mem || !c->receipts || weal_reader_open(&c->reader, cfg->store) != WEAL_OK) {
        free(c->arena_mem);
        free(c->receipts);
        free(c);
        return NULL;
    }
    weal_arena_init(&c->arena, c->arena_mem, WEAL_CHAIN_ARENA);
    return c;
}

static void job_release(struct weal_chain *c) {
    for (size_t i = 0; i < c->job_n; i++) {
        free(c->job_extra[i]);
        free(c->job_bytes[i]);
    }
    c->job_n = 0;
}

void weal_chain_free(struct weal_chain *c) {
    if (!c) return;
    job_release(c);
    while (c->first) block_drop(c, c->first);
    weal_reader_close(&c->reader);
    weal_state_unref(c->base);
    free(c->arena_mem);
    free(c->receipts);
    free(c);
}

/* ---- adding ---- */

/* The state a block stands on; NULL when it is not here. */
static struct weal_state *parent_state(const struct weal_chain *c,
                                       const struct weal_chain_block *b) {
    if (b->parent) return b->parent->state;
    return memcmp(b->head.parent, c->base_id, 32) == 0 ? c->base : NULL;
}

bool weal_chain_ready(const struct weal_chain *c, const struct weal_chain_block *b) {
    return parent_state(c, b) != NULL;
}

static bool is_abandoned(const struct weal_chain *c, const struct weal_chain_block *b) {
    return !b->final && b->head.height <= weal_chain_final_height(c);
}

/* Makes room by dropping the oldest block nobody asked for and nobody stands on. */
static bool make_room(struct weal_chain *c, size_t bytes) {
    while (c->count >= WEAL_CHAIN_BLOCKS_MAX || c->body_bytes + bytes > c->cfg.body_bytes_max) {
        struct weal_chain_block *b = c->first;
        while (b && (b->wanted || b->final || b->status == WEAL_CHAIN_EXECUTED)) b = b->next;
        if (!b) return false;
        block_drop(c, b);
    }
    return true;
}

static bool body_fits(const struct weal_header *head, struct weal_bytes body) {
    struct weal_body_iter it = weal_body_iter(body);
    struct weal_roots roots;
    struct weal_bytes tx;
    uint8_t id[32], root[32];
    weal_roots_init(&roots);
    while (weal_body_next(&it, &tx)) {
        if (roots.count == WEAL_EXEC_TXS_MAX) return false;
        weal_tx_id(id, tx);
        weal_roots_add(&roots, WEAL_BYTES(id));
    }
    weal_roots_final(&roots, root);
    return !it.bad && memcmp(root, head->tx_root, 32) == 0;
}

enum weal_verdict weal_chain_block_check(const uint8_t id[32], struct weal_bytes header,
                                         struct weal_bytes body, struct weal_header *head) {
    uint8_t real[32];
    struct weal_rd rd = weal_rd(header);
    if (header.n > WEAL_CHAIN_HEADER_MAX) return WEAL_V_ENCODING;
    weal_header_get(&rd, head);
    if (!weal_rd_done(&rd)) return WEAL_V_ENCODING;
    weal_header_id(real, header);
    if (memcmp(real, id, 32) != 0) return WEAL_V_BLOCK_ID;
    /* a wrong body under a right id must not make the id look invalid */
    return body_fits(head, body) ? WEAL_ACCEPT : WEAL_V_BLOCK_TX_ROOT;
}

enum weal_verdict weal_chain_add(struct weal_chain *c, const uint8_t id[32],
                                 struct weal_bytes header, struct weal_bytes body, bool wanted,
                                 struct weal_chain_block **out) {
    struct weal_chain_block *b = weal_chain_find(c, id);
    *out = b;
    if (b) {
        b->wanted |= wanted;
        return WEAL_ACCEPT;
    }
    struct weal_header head;
    enum weal_verdict v = weal_chain_block_check(id, header, body, &head);
    if (v != WEAL_ACCEPT) return v;
    bool room = make_room(c, body.n);
    if (!room && !wanted) return WEAL_V_CHAIN_FULL;
    b = calloc(1, sizeof *b);
    if (!b) return WEAL_V_CHAIN_FULL;
    memcpy(b->id, id, 32);
    b->head = head;
    b->wanted = wanted;
    b->header = copy(header);
    b->body = copy(body);
    if (!b->header.p || !b->body.p) {
        block_free(b);
        return WEAL_V_CHAIN_FULL;
    }
    b->parent = weal_chain_find(c, head.parent);
    for (struct weal_chain_block *k = c->first; k; k = k->next) {
        if (memcmp(k->head.parent, id, 32) == 0) k->parent = b;
    }
    *slot(c, id) = b;
    b->prev = c->last;
    if (c->last)
        c->last->next = b;
    else
        c->first = b;
    c->last = b;
    c->count++;
    c->body_bytes += body.n;
    *out = b;
    return WEAL_ACCEPT;
}

/* ---- executing ---- */

static enum weal_err draft_over(struct weal_chain *c, struct weal_state *s, size_t body,
                                struct weal_view *view) {
    enum weal_err e = weal_view_open(view, s, &c->reader);
    if (e != WEAL_OK) return e;
    weal_arena_rewind(&c->arena, 0);
    return weal_draft_init(&c->draft, view, &c->arena, WEAL_EXEC_WRITES(body));
}

/* Keeps the result of an execution with the block, and the block on disk. */
static enum weal_err keep(struct weal_chain *c, struct weal_chain_block *b) {
    struct weal_state *state = b->result.state;
    enum weal_err e = weal_blocks_put(c->cfg.blocks, b->head.height, b->id, b->header, b->body);
    b->result.state = NULL;
    b->receipts_n = b->result.txs;
    if (e == WEAL_OK && b->receipts_n != 0) {
        b->receipts = malloc(b->receipts_n * sizeof *b->receipts);
        if (!b->receipts)
            e = WEAL_ERR_NO_MEMORY;
        else
            memcpy(b->receipts, c->receipts, b->receipts_n * sizeof *b->receipts);
    }
    if (e != WEAL_OK) {
        weal_state_unref(state);
        return e;
    }
    b->state = state;
    b->status = WEAL_CHAIN_EXECUTED;
    return WEAL_OK;
}

/* What a failure of execution is: the block's (WEAL_OK, *why says it) or the machine's. */
static enum weal_err machine_error(enum weal_verdict why, const struct weal_exec_result *r) {
    if (why != WEAL_V_BLOCK_STATE) return WEAL_OK;
    return r->err != WEAL_OK ? r->err : WEAL_ERR_CORRUPT;
}

enum weal_err weal_chain_execute(struct weal_chain *c, struct weal_chain_block *b,
                                 enum weal_verdict *why) {
    *why = b->why;
    if (b->status != WEAL_CHAIN_KNOWN) return WEAL_OK;
    struct weal_view view;
    enum weal_err e = draft_over(c, parent_state(c, b), b->body.n, &view);
    if (e != WEAL_OK) return e;
    *why = weal_exec_block(c->cfg.exec, &c->draft, &b->head, b->body, c->receipts,
                           WEAL_EXEC_TXS_MAX, &b->result);
    e = machine_error(*why, &b->result);
    if (e != WEAL_OK) return e;
    if (*why != WEAL_ACCEPT) {
        b->why = *why;
        b->status = WEAL_CHAIN_INVALID;
        return WEAL_OK;
    }
    return keep(c, b);
}

enum weal_err weal_chain_build(struct weal_chain *c, struct weal_chain_block *parent,
                               struct weal_header *head, const struct weal_exec_source *source,
                               struct weal_chain_block **out, enum weal_verdict *why) {
    struct weal_view view;
    struct weal_exec_result result = {0};
    uint8_t id[32], header[WEAL_CHAIN_HEADER_MAX];
    size_t body_n = 0, cap = WEAL_BLOCK_BODY_MAX / 2;
    enum weal_err e = draft_over(c, parent ? parent->state : c->base, cap, &view);
    if (e != WEAL_OK) return e;
    uint8_t *body = malloc(cap);
    if (!body) return WEAL_ERR_NO_MEMORY;
    *why = weal_exec_propose(c->cfg.exec, &c->draft, head, source, body, cap, &body_n, c->receipts,
                             WEAL_EXEC_TXS_MAX, &result);
    e = machine_error(*why, &result);
    if (*why != WEAL_ACCEPT) {
        free(body);
        return e;
    }
    struct weal_wr w = weal_wr(header, sizeof header);
    weal_header_put(&w, head);
    WEAL_ASSERT(!w.failed);
    weal_header_id(id, weal_wr_done(&w));
    *why = weal_chain_add(c, id, weal_wr_done(&w), weal_bytes(body, body_n), true, out);
    free(body);
    if (*why != WEAL_ACCEPT) {
        weal_state_unref(result.state);
        return WEAL_OK;
    }
    (*out)->result = result;
    return keep(c, *out);
}

/* ---- finality ---- */

struct weal_chain_block *weal_chain_final(const struct weal_chain *c) {
    return c->final;
}
uint64_t weal_chain_final_height(const struct weal_chain *c) {
    return c->final ? c->final->head.height : c->base_height;
}
const uint8_t *weal_chain_final_id(const struct weal_chain *c) {
    return c->final ? c->final->id : c->base_id;
}
struct weal_state *weal_chain_final_state(const struct weal_chain *c) {
    return c->final ? c->final->state : c->base;
}

/* Drops every block that something final has ruled out. A block whose parent goes, goes too: its
 * height is larger, so it is looked at again until nothing changes. */
static void cut_abandoned(struct weal_chain *c) {
    bool again = true;
    while (again) {
        again = false;
        for (struct weal_chain_block *b = c->first, *next; b; b = next) {
            next = b->next;
            bool orphan = !b->final && b->status == WEAL_CHAIN_EXECUTED && !parent_state(c, b);
            if (!is_abandoned(c, b) && !orphan) continue;
            block_drop(c, b);
            again = true;
        }
    }
}

enum weal_err weal_chain_finalize(struct weal_chain *c, struct weal_chain_block *b,
                                  struct weal_bytes cert, weal_chain_each *each, void *ctx) {
    uint64_t from = weal_chain_final_height(c);
    if (b->head.height < from || b->final) return WEAL_OK;
    struct weal_chain_block *line[WEAL_STATE_OVERLAYS_MAX];
    size_t n = 0;
    for (struct weal_chain_block *k = b; k && !k->final; k = k->parent) {
        WEAL_ASSERT(n < WEAL_STATE_OVERLAYS_MAX && k->status == WEAL_CHAIN_EXECUTED);
        line[n++] = k;
    }
    /* the line must stand on what was final: two finalized branches would be a broken quorum */
    const uint8_t *under = line[n - 1]->head.parent;
    if (memcmp(under, weal_chain_final_id(c), 32) != 0) return WEAL_ERR_CORRUPT;
    if (cert.n != 0) {
        b->cert = copy(cert);
        if (!b->cert.p) return WEAL_ERR_NO_MEMORY;
        enum weal_err e = weal_blocks_put_cert(c->cfg.blocks, b->head.height, b->id, cert);
        if (e != WEAL_OK) return e;
    }
    while (n-- > 0) {
        line[n]->final = true;
        c->final = line[n];
        each(ctx, line[n]);
    }
    weal_store_finalized(c->cfg.store, b->head.height);
    cut_abandoned(c);
    return WEAL_OK;
}

/* ---- applying ---- */

/* What is written beside the state: where the block lies, its height by id, its transactions. */
static enum weal_err extras(struct weal_chain *c, size_t i, struct weal_apply_block *out) {
    const struct weal_chain_block *b = c->job[i];
    size_t n = 2 + (size_t)b->receipts_n;
    struct weal_apply_extra *x = malloc(n * sizeof *x);
    uint8_t *bytes = malloc(8 + WEAL_BLOCK_INDEX_BYTES + (size_t)b->receipts_n * TX_VALUE + 1);
    struct weal_block_where where;
    c->job_extra[i] = x;
    c->job_bytes[i] = bytes;
    if (!x || !bytes) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = weal_blocks_find(c->cfg.blocks, b->id, &where);
    if (e != WEAL_OK) return e;
    uint8_t *index = bytes + 8, *value = index + WEAL_BLOCK_INDEX_BYTES;
    weal_put_be64(bytes, b->head.height);
    weal_block_index_put(index, &where);
    x[0] = (struct weal_apply_extra){WEAL_KV_BLOCK, {bytes, 8}, {index, WEAL_BLOCK_INDEX_BYTES}};
    x[1] = (struct weal_apply_extra){WEAL_KV_BLOCK_ID, {b->id, 32}, {bytes, 8}};
    for (uint32_t k = 0; k < b->receipts_n; k++, value += TX_VALUE) {
        weal_put_be64(value, b->head.height);
        weal_put_be32(value + 8, k);
        /* the name of the code: numbers change between builds. Nothing: it did what it says */
        const char *name =
            b->receipts[k].code == WEAL_ACCEPT ? "" : weal_verdict_name(b->receipts[k].code);
        size_t name_n = strlen(name) < TX_VALUE - 12 ? strlen(name) : TX_VALUE - 12;
        memcpy(value + 12, name, name_n);
        x[2 + k] =
            (struct weal_apply_extra){WEAL_KV_TX, {b->receipts[k].id, 32}, {value, 12 + name_n}};
    }
    *out = (struct weal_apply_block){.state = b->state, .extra = x, .extra_count = n};
    memcpy(out->id, b->id, 32);
    return WEAL_OK;
}

void weal_chain_synced(struct weal_chain *c) {
    c->synced = weal_chain_final_height(c);
}

bool weal_chain_unsynced(const struct weal_chain *c) {
    return c->synced < weal_chain_final_height(c);
}

bool weal_chain_apply_job(struct weal_chain *c, struct weal_apply_block *blocks, size_t *n) {
    *n = 0;
    if (c->job_n != 0 || !c->final) return false;
    /* final blocks from the oldest: the child of the base first */
    size_t depth = 0;
    struct weal_chain_block *b = c->final, *line[WEAL_STATE_OVERLAYS_MAX];
    while (b && b->head.height > c->synced) b = b->parent;
    for (; b && depth < WEAL_STATE_OVERLAYS_MAX; b = b->parent) line[depth++] = b;
    while (depth > 0 && c->job_n < WEAL_APPLY_BLOCKS_MAX) {
        c->job[c->job_n] = line[--depth];
        c->job_n++;
        if (extras(c, c->job_n - 1, &blocks[c->job_n - 1]) != WEAL_OK) {
            job_release(c);
            return false;
        }
    }
    *n = c->job_n;
    return c->job_n != 0;
}

void weal_chain_applied(struct weal_chain *c, enum weal_err result) {
    size_t n = c->job_n;
    if (n == 0) return;
    job_release(c);
    if (result != WEAL_OK) return;
    struct weal_chain_block *top = c->job[n - 1];
    weal_state_unref(c->base);
    c->base = weal_state_ref(top->state);
    c->base_height = top->head.height;
    memcpy(c->base_id, top->id, 32);
    if (c->final == top) c->final = NULL;
    for (size_t i = n; i-- > 0;) block_drop(c, c->job[i]);
    weal_blocks_forget(c->cfg.blocks, c->base_height);
    /* an older snapshot would keep pages of the database from being used again */
    enum weal_err e = weal_reader_refresh(&c->reader);
    WEAL_ASSERT(e == WEAL_OK || e == WEAL_ERR_IO || e == WEAL_ERR_CORRUPT);
    weal_store_reap(c->cfg.store);
}

uint64_t weal_chain_applied_height(const struct weal_chain *c) {
    return c->base_height;
}
const uint8_t *weal_chain_applied_id(const struct weal_chain *c) {
    return c->base_id;
}

/* ---- looking ---- */

enum weal_err weal_chain_look(struct weal_chain *c, struct weal_state *state,
                              struct weal_view *out) {
    return weal_view_open(out, state, &c->reader);
}
