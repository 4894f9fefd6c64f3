/* SPDX-License-Identifier: ISC */
/* The store: opening it (the tree is rebuilt from its leaves, which checks them), readers, and the
 * life of states. A state whose last reference goes away on any thread is put on a list without
 * locks, from which the owner frees it: pages and overlays are counted by the owner alone. */
#include <sodium.h>

#include "crypto/base/bug.h"
#include "storage/apply.h"
#include "storage/state_int.h"

enum { OVERLAY_BYTES = 128 << 20, PAGES = 2 << 20 };

uint64_t weal_store_hash(const struct weal_store *store, enum weal_space space,
                         struct weal_bytes key) {
    uint8_t out[crypto_shorthash_siphash24_BYTES];
    crypto_shorthash_siphash24(out, key.p, key.n, store->config.seed);
    return weal_le64(out) ^ (uint64_t)space * 0x9e3779b97f4a7c15u;
}

enum weal_err weal_store_take(struct weal_store *store, size_t n, void **out) {
    if (store->config.overlay_bytes - store->overlay_bytes < n) return WEAL_ERR_FULL;
    *out = store->config.mem.take(store->config.mem.ctx, n);
    if (!*out) return WEAL_ERR_NO_MEMORY;
    store->overlay_bytes += n;
    return WEAL_OK;
}

void weal_store_give(struct weal_store *store, void *p, size_t n) {
    if (!p) return;
    store->overlay_bytes -= n;
    store->config.mem.give(store->config.mem.ctx, p);
}

/* ---- opening ---- */

/* Feeds every leaf of the database to the builder. */
static enum weal_err rebuild(struct weal_store *store, struct weal_kv_snap *snap,
                             struct weal_tree_ref *out) {
    struct weal_tree_builder b;
    struct weal_bytes key, value;
    weal_tree_build(&b, &store->pool, 0);
    enum weal_err e = weal_kv_seek(snap, WEAL_KV_LEAF, weal_bytes(NULL, 0), &key, &value);
    for (; e == WEAL_OK; e = weal_kv_step(snap, WEAL_KV_LEAF, &key, &value)) {
        struct weal_tree_leaf leaf;
        if (key.n != 32 || value.n != 32) {
            e = WEAL_ERR_CORRUPT;
            break;
        }
        memcpy(leaf.key, key.p, 32);
        memcpy(leaf.value, value.p, 32);
        weal_tree_build_add(&b, &leaf);
    }
    if (e == WEAL_ERR_NOT_FOUND) e = WEAL_OK;
    enum weal_err built = weal_tree_build_end(&b, out);
    if (e != WEAL_OK && built == WEAL_OK) weal_tree_page_unref(&store->pool, out->page);
    return e != WEAL_OK ? e : built;
}

static enum weal_err open_base(struct weal_store *store, struct weal_kv_snap *snap,
                               struct weal_state **base) {
    struct weal_applied applied;
    struct weal_state *s = NULL;
    enum weal_err e = weal_applied_read(snap, &applied);
    if (e != WEAL_OK) return e;
    e = weal_store_take(store, sizeof *s, (void **)&s);
    if (e != WEAL_OK) return e;
    *s = (struct weal_state){.store = store, .height = applied.height};
    atomic_init(&s->refs, 1);
    e = rebuild(store, snap, &s->tree);
    if (e == WEAL_OK && memcmp(s->tree.node.hash, applied.root, 32) != 0) {
        weal_tree_page_unref(&store->pool, s->tree.page);
        e = WEAL_ERR_CORRUPT;
    }
    if (e != WEAL_OK) {
        weal_store_give(store, s, sizeof *s);
        return e;
    }
    store->states = 1;
    store->finalized = applied.height;
    *base = s;
    return WEAL_OK;
}

enum weal_err weal_store_open(const struct weal_store_config *config, struct weal_store **out,
                              struct weal_state **base) {
    const struct weal_mem *mem = &config->mem;
    struct weal_store *store = mem->take(mem->ctx, sizeof *store);
    if (!store) return WEAL_ERR_NO_MEMORY;
    *store = (struct weal_store){.config = *config};
    if (store->config.overlay_bytes == 0) store->config.overlay_bytes = OVERLAY_BYTES;
    if (store->config.pages == 0) store->config.pages = PAGES;
    atomic_init(&store->dead, NULL);
    struct weal_kv_snap *snap = NULL;
    enum weal_err e = weal_tree_pool_init(&store->pool, mem, store->config.pages);
    if (e == WEAL_OK) {
        e = weal_kv_snap_open(config->kv, &snap);
        if (e == WEAL_OK) e = open_base(store, snap, base);
        weal_kv_snap_close(snap);
        if (e != WEAL_OK) weal_tree_pool_release(&store->pool);
    }
    if (e != WEAL_OK) {
        mem->give(mem->ctx, store);
        return e;
    }
    *out = store;
    return WEAL_OK;
}

void weal_store_close(struct weal_store *store) {
    if (!store) return;
    weal_store_reap(store);
    WEAL_ASSERT(store->states == 0 && store->overlay_bytes == 0 && store->pool.alive == 0);
    weal_tree_pool_release(&store->pool);
    store->config.mem.give(store->config.mem.ctx, store);
}

void weal_store_finalized(struct weal_store *store, uint64_t height) {
    if (weal_height_gap(height, store->finalized) > 0) store->finalized = height;
}

void weal_store_stat(const struct weal_store *store, struct weal_store_stat *out) {
    *out = (struct weal_store_stat){
        .finalized = store->finalized,
        .overlay_bytes = store->overlay_bytes,
        .states = store->states,
        .pages = store->pool.alive,
        .page_bytes =
            (uint64_t)store->pool.chunks * WEAL_TREE_CHUNK * sizeof(struct weal_tree_page),
    };
}

/* ---- readers ---- */

static enum weal_err reader_look(struct weal_reader *r) {
    struct weal_applied applied;
    enum weal_err e = weal_applied_read(r->snap, &applied);
    if (e != WEAL_OK) return e;
    r->height = applied.height;
    memcpy(r->root, applied.root, 32);
    return WEAL_OK;
}

enum weal_err weal_reader_open(struct weal_reader *r, struct weal_store *store) {
    *r = (struct weal_reader){.store = store};
    enum weal_err e = weal_kv_snap_open(store->config.kv, &r->snap);
    if (e == WEAL_OK) e = reader_look(r);
    if (e != WEAL_OK) weal_reader_close(r);
    return e;
}

enum weal_err weal_reader_refresh(struct weal_reader *r) {
    enum weal_err e = weal_kv_snap_refresh(r->snap);
    return e == WEAL_OK ? reader_look(r) : e;
}

void weal_reader_close(struct weal_reader *r) {
    weal_kv_snap_close(r->snap);
    r->snap = NULL;
}

/* ---- states ---- */

struct weal_state *weal_state_ref(struct weal_state *s) {
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void weal_state_unref(struct weal_state *s) {
    if (!s) return;
    unsigned before = atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel);
    WEAL_ASSERT(before != 0);
    if (before != 1) return;
    struct weal_state *head = atomic_load_explicit(&s->store->dead, memory_order_relaxed);
    do {
        s->next_dead = head;
    } while (!atomic_compare_exchange_weak_explicit(&s->store->dead, &head, s, memory_order_release,
                                                    memory_order_relaxed));
}

void weal_overlay_unref(struct weal_store *store, struct weal_overlay *o) {
    if (--o->refs == 0) weal_store_give(store, o, o->footprint);
}

void weal_store_reap(struct weal_store *store) {
    struct weal_state *s = atomic_exchange_explicit(&store->dead, NULL, memory_order_acquire);
    while (s) {
        struct weal_state *next = s->next_dead;
        for (uint32_t i = 0; i < s->count; i++) weal_overlay_unref(store, s->overlay[i]);
        weal_tree_page_unref(&store->pool, s->tree.page);
        weal_store_give(store, s, sizeof *s + s->count * sizeof s->overlay[0]);
        store->states--;
        s = next;
    }
}

uint64_t weal_state_height(const struct weal_state *s) {
    return s->height;
}

const uint8_t *weal_state_root(const struct weal_state *s) {
    return s->tree.node.hash;
}
