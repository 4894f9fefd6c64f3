/* SPDX-License-Identifier: ISC */
/* A state seen through a reader: the overlays the reader lacks, newest first, then the database.
 * Nothing here changes anything but the snapshot's cursors. */
#include "storage/state_int.h"

enum weal_err weal_view_open(struct weal_view *v, const struct weal_state *s,
                             struct weal_reader *r) {
    int64_t gap = weal_height_gap(s->height, r->height);
    if (gap < 0 || gap > (int64_t)s->count) return WEAL_ERR_STALE;
    /* the block the database holds must be the one this state builds on */
    const uint8_t *root = NULL;
    if (gap < (int64_t)s->count) {
        root = s->overlay[gap]->root;
    } else if (gap == 0) {
        root = s->tree.node.hash;
    }
    if (root && memcmp(root, r->root, 32) != 0) return WEAL_ERR_STALE;
    *v = (struct weal_view){s, r, (uint32_t)gap};
    return WEAL_OK;
}

enum weal_err weal_view_find(const struct weal_view *v, enum weal_space space,
                             struct weal_bytes key, struct weal_bytes *value) {
    if (!weal_key_ok(key)) return WEAL_ERR_INVALID;
    const struct weal_state *s = v->state;
    uint64_t hash = v->overlays != 0 ? weal_store_hash(s->store, space, key) : 0;
    for (uint32_t i = 0; i < v->overlays; i++) {
        const struct weal_overlay *o = s->overlay[i];
        const struct weal_write *w = weal_overlay_find(o, hash, space, key);
        if (!w) continue;
        if (w->removed) return WEAL_ERR_NOT_FOUND;
        *value = weal_write_value(o, (uint32_t)(w - o->writes));
        return WEAL_OK;
    }
    return weal_kv_get(v->reader->snap, weal_space_table(space), key, value);
}

enum weal_err weal_view_get(const struct weal_view *v, struct weal_bytes key,
                            struct weal_bytes *value) {
    return weal_view_find(v, WEAL_SPACE_STATE, key, value);
}

enum weal_err weal_view_get_derived(const struct weal_view *v, struct weal_bytes key,
                                    struct weal_bytes *value) {
    return weal_view_find(v, WEAL_SPACE_DERIVED, key, value);
}

/* ---- ranges ---- */

/* The database's part of a range scan. */
struct db_range {
    struct weal_bytes key, value;
    bool here;
};

static enum weal_err db_take(struct db_range *db, enum weal_err e, struct weal_bytes prefix) {
    db->here = e == WEAL_OK && weal_key_has(db->key, prefix);
    return e == WEAL_ERR_NOT_FOUND ? WEAL_OK : e;
}

static enum weal_err db_seek(struct db_range *db, struct weal_kv_snap *snap,
                             struct weal_bytes prefix, struct weal_bytes from, bool strictly) {
    uint8_t after[WEAL_STATE_KEY_MAX + 1];
    if (strictly) {
        /* the next key in byte order is this one and a zero */
        memcpy(after, from.p, from.n);
        after[from.n] = 0;
        from = weal_bytes(after, from.n + 1);
    }
    return db_take(db, weal_kv_seek(snap, WEAL_KV_STATE, from, &db->key, &db->value), prefix);
}

enum weal_err weal_view_next(const struct weal_view *v, struct weal_bytes prefix,
                             struct weal_bytes after, struct weal_bytes *key,
                             struct weal_bytes *value) {
    uint32_t at[WEAL_STATE_OVERLAYS_MAX];
    struct weal_overlay *const *overlay = v->state->overlay;
    struct db_range db;
    if (prefix.n > WEAL_STATE_KEY_MAX || after.n > WEAL_STATE_KEY_MAX) return WEAL_ERR_INVALID;
    bool strictly = after.n != 0 && weal_bytes_compare_var(after, prefix) >= 0;
    struct weal_bytes from = strictly ? after : prefix;
    for (uint32_t i = 0; i < v->overlays; i++) {
        at[i] = weal_overlay_seek(overlay[i], WEAL_SPACE_STATE, from, strictly);
    }
    enum weal_err e = db_seek(&db, v->reader->snap, prefix, from, strictly);
    while (e == WEAL_OK) {
        /* the smallest key; of equal ones the newest */
        uint32_t best = UINT32_MAX;
        struct weal_bytes least = db.key;
        for (uint32_t i = 0; i < v->overlays; i++) {
            if (at[i] == overlay[i]->write_count) continue;
            struct weal_bytes k = weal_write_key(overlay[i], at[i]);
            if (overlay[i]->writes[at[i]].space != WEAL_SPACE_STATE || !weal_key_has(k, prefix)) {
                at[i] = overlay[i]->write_count;
                continue;
            }
            if (best == UINT32_MAX && !db.here) {
                least = k;
                best = i;
                continue;
            }
            int c = weal_bytes_compare_var(k, least);
            if (c < 0 || (c == 0 && best == UINT32_MAX)) {
                least = k;
                best = i;
            }
        }
        if (best == UINT32_MAX && !db.here) return WEAL_ERR_NOT_FOUND;
        *key = least;
        if (best == UINT32_MAX) {
            *value = db.value;
            return WEAL_OK;
        }
        if (!overlay[best]->writes[at[best]].removed) {
            *value = weal_write_value(overlay[best], at[best]);
            return WEAL_OK;
        }
        /* a removed key: past it everywhere */
        for (uint32_t i = 0; i < v->overlays; i++) {
            if (at[i] != overlay[i]->write_count &&
                weal_bytes_equal_var(weal_write_key(overlay[i], at[i]), least)) {
                at[i]++;
            }
        }
        if (db.here && weal_bytes_equal_var(db.key, least)) {
            e = db_take(&db, weal_kv_step(v->reader->snap, WEAL_KV_STATE, &db.key, &db.value),
                        prefix);
        }
    }
    return e;
}

/* ---- leaves and proofs ---- */

/* The database's part of a scan of leaves. */
struct db_leaves {
    struct weal_tree_leaf leaf;
    bool here;
};

static enum weal_err leaf_take(struct db_leaves *db, enum weal_err e, struct weal_bytes key,
                               struct weal_bytes value, const uint8_t prefix[32], unsigned depth) {
    db->here = false;
    if (e == WEAL_ERR_NOT_FOUND) return WEAL_OK;
    if (e != WEAL_OK) return e;
    if (key.n != 32 || value.n != 32) return WEAL_ERR_CORRUPT;
    memcpy(db->leaf.key, key.p, 32);
    memcpy(db->leaf.value, value.p, 32);
    db->here = weal_tree_common(db->leaf.key, prefix) >= depth;
    return WEAL_OK;
}

static enum weal_err leaf_seek(struct db_leaves *db, struct weal_kv_snap *snap,
                               const uint8_t prefix[32], unsigned depth) {
    uint8_t from[32] = {0};
    struct weal_bytes key, value;
    memcpy(from, prefix, (depth + 7) / 8);
    if (depth % 8 != 0) from[depth / 8] &= (uint8_t)(0xff00u >> depth % 8);
    enum weal_err e = weal_kv_seek(snap, WEAL_KV_LEAF, WEAL_BYTES(from), &key, &value);
    return leaf_take(db, e, key, value, prefix, depth);
}

static enum weal_err leaf_step(struct db_leaves *db, struct weal_kv_snap *snap,
                               const uint8_t prefix[32], unsigned depth) {
    struct weal_bytes key, value;
    enum weal_err e = weal_kv_step(snap, WEAL_KV_LEAF, &key, &value);
    return leaf_take(db, e, key, value, prefix, depth);
}

struct run {
    const struct weal_tree_leaf *at, *end;
};

enum weal_err weal_view_scan(void *view, const uint8_t prefix[32], unsigned depth,
                             void (*each)(void *arg, const struct weal_tree_leaf *leaf),
                             void *arg) {
    const struct weal_view *v = view;
    struct run run[WEAL_STATE_OVERLAYS_MAX];
    struct db_leaves db;
    uint32_t runs = 0;
    for (uint32_t i = 0; i < v->overlays; i++) {
        const struct weal_overlay *o = v->state->overlay[i];
        uint32_t from, to;
        weal_overlay_leaves(o, prefix, depth, &from, &to);
        if (from != to) run[runs++] = (struct run){o->leaves + from, o->leaves + to};
    }
    enum weal_err e = leaf_seek(&db, v->reader->snap, prefix, depth);
    while (e == WEAL_OK) {
        struct weal_tree_leaf least;
        const struct weal_tree_leaf *best = NULL;
        for (uint32_t i = 0; i < runs; i++) {
            if (run[i].at == run[i].end) continue;
            if (!best || memcmp(run[i].at->key, best->key, 32) < 0) best = run[i].at;
        }
        if (db.here && (!best || memcmp(db.leaf.key, best->key, 32) < 0)) best = &db.leaf;
        if (!best) return WEAL_OK;
        least = *best;
        for (uint32_t i = 0; i < runs; i++) {
            if (run[i].at != run[i].end && memcmp(run[i].at->key, least.key, 32) == 0) run[i].at++;
        }
        if (!weal_is_zero32(least.value)) each(arg, &least);
        if (db.here && memcmp(db.leaf.key, least.key, 32) == 0) {
            e = leaf_step(&db, v->reader->snap, prefix, depth);
        }
    }
    return e;
}

enum weal_err weal_view_prove(const struct weal_view *v, struct weal_bytes key, struct weal_wr *w,
                              bool *present) {
    struct weal_tree_path path;
    struct weal_view at = *v;
    uint8_t key_hash[32];
    if (!weal_key_ok(key)) return WEAL_ERR_INVALID;
    weal_tree_key(key_hash, key);
    const struct weal_tree_source source = {&at, weal_view_scan};
    enum weal_err e =
        weal_tree_walk(&v->state->store->pool, &v->state->tree, &source, key_hash, &path);
    if (e != WEAL_OK) return e;
    *present = path.end == WEAL_TREE_END_SELF;
    weal_tree_path_put(w, &path);
    return w->failed ? WEAL_ERR_FULL : WEAL_OK;
}
