/* SPDX-License-Identifier: ISC */
/* One commit for up to 64 blocks: their sorted write sets are merged, the newest write of a key
 * wins, and keys go into the database in order, so that each of its pages is touched once. */
#include "storage/apply.h"

#include "storage/applied_int.h"
#include "storage/state_int.h"

/* The write sets of the blocks, newest first, and how far each has been taken. */
struct merge {
    const struct weal_overlay *overlay[WEAL_APPLY_BLOCKS_MAX];
    uint32_t at[WEAL_APPLY_BLOCKS_MAX];
    size_t count;
};

static int write_order(const struct weal_overlay *a, uint32_t i, const struct weal_overlay *b,
                       uint32_t k) {
    int c = (int)a->writes[i].space - (int)b->writes[k].space;
    return c != 0 ? c : weal_bytes_compare_var(weal_write_key(a, i), weal_write_key(b, k));
}

static enum weal_err put_writes(struct weal_kv *kv, struct merge *m) {
    memset(m->at, 0, sizeof m->at);
    for (;;) {
        size_t best = m->count;
        for (size_t i = 0; i < m->count; i++) {
            if (m->at[i] == m->overlay[i]->write_count) continue;
            if (best == m->count ||
                write_order(m->overlay[i], m->at[i], m->overlay[best], m->at[best]) < 0) {
                best = i;
            }
        }
        if (best == m->count) return WEAL_OK;
        const struct weal_overlay *o = m->overlay[best];
        uint32_t at = m->at[best];
        const struct weal_write *w = &o->writes[at];
        enum weal_kv_table table = weal_space_table((enum weal_space)w->space);
        enum weal_err e = w->removed ? weal_kv_del(kv, table, weal_write_key(o, at))
                                     : weal_kv_put(kv, table, weal_write_key(o, at),
                                                   weal_write_value(o, at), false);
        if (e != WEAL_OK) return e;
        for (size_t i = m->count; i-- > best;) {
            if (m->at[i] != m->overlay[i]->write_count &&
                write_order(m->overlay[i], m->at[i], o, at) == 0) {
                m->at[i]++;
            }
        }
    }
}

static enum weal_err put_leaves(struct weal_kv *kv, struct merge *m) {
    memset(m->at, 0, sizeof m->at);
    for (;;) {
        const struct weal_tree_leaf *best = NULL;
        for (size_t i = 0; i < m->count; i++) {
            if (m->at[i] == m->overlay[i]->leaf_count) continue;
            const struct weal_tree_leaf *leaf = &m->overlay[i]->leaves[m->at[i]];
            if (!best || memcmp(leaf->key, best->key, 32) < 0) best = leaf;
        }
        if (!best) return WEAL_OK;
        struct weal_bytes key = WEAL_BYTES(best->key);
        enum weal_err e = weal_is_zero32(best->value)
                              ? weal_kv_del(kv, WEAL_KV_LEAF, key)
                              : weal_kv_put(kv, WEAL_KV_LEAF, key, WEAL_BYTES(best->value), false);
        if (e != WEAL_OK) return e;
        for (size_t i = 0; i < m->count; i++) {
            const struct weal_overlay *o = m->overlay[i];
            if (m->at[i] != o->leaf_count && memcmp(o->leaves[m->at[i]].key, best->key, 32) == 0) {
                m->at[i]++;
            }
        }
    }
}

static enum weal_err put_extras(struct weal_kv *kv, const struct weal_apply_block *block) {
    for (size_t i = 0; i < block->extra_count; i++) {
        const struct weal_apply_extra *x = &block->extra[i];
        if (x->table != WEAL_KV_BLOCK && x->table != WEAL_KV_BLOCK_ID && x->table != WEAL_KV_TX &&
            x->table != WEAL_KV_NODE) {
            return WEAL_ERR_INVALID;
        }
        enum weal_err e = weal_kv_put(kv, x->table, x->key, x->value, false);
        if (e != WEAL_OK) return e;
    }
    return WEAL_OK;
}

/* Whether the blocks follow what is applied, each upon the one before. */
static bool in_order(const struct weal_apply_block *blocks, size_t n,
                     const struct weal_applied *applied) {
    uint64_t height = applied->height;
    const uint8_t *root = applied->root;
    for (size_t i = 0; i < n; i++) {
        const struct weal_state *s = blocks[i].state;
        if (s->height != ++height || s->count == 0) return false;
        if (i != 0 && s->count == 1) return false;
        if (s->count > 1 && memcmp(s->overlay[1]->root, root, 32) != 0) return false;
        root = s->tree.node.hash;
    }
    return true;
}

static enum weal_err put_all(struct weal_kv *kv, const struct weal_apply_block *blocks, size_t n) {
    struct merge m = {.count = n};
    for (size_t i = 0; i < n; i++) m.overlay[i] = blocks[n - 1 - i].state->overlay[0];
    enum weal_err e = put_writes(kv, &m);
    if (e == WEAL_OK) e = put_leaves(kv, &m);
    for (size_t i = 0; i < n && e == WEAL_OK; i++) e = put_extras(kv, &blocks[i]);
    if (e != WEAL_OK) return e;
    const struct weal_apply_block *last = &blocks[n - 1];
    struct weal_applied applied = {.height = last->state->height};
    memcpy(applied.root, last->state->tree.node.hash, 32);
    memcpy(applied.id, last->id, 32);
    return weal_applied_write(kv, &applied);
}

enum weal_err weal_apply(struct weal_kv *kv, const struct weal_apply_block *blocks, size_t n) {
    struct weal_kv_snap *snap;
    struct weal_applied applied;
    if (n == 0 || n > WEAL_APPLY_BLOCKS_MAX) return WEAL_ERR_INVALID;
    enum weal_err e = weal_kv_snap_open(kv, &snap);
    if (e != WEAL_OK) return e;
    e = weal_applied_read(snap, &applied);
    weal_kv_snap_close(snap);
    if (e != WEAL_OK) return e;
    if (!in_order(blocks, n, &applied)) return WEAL_ERR_INVALID;
    e = weal_kv_batch_begin(kv);
    if (e != WEAL_OK) return e;
    e = put_all(kv, blocks, n);
    if (e == WEAL_OK) return weal_kv_commit(kv);
    weal_kv_abandon(kv);
    return e;
}
