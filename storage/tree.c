/* SPDX-License-Identifier: ISC */
/* Changing the tree by copying the pages above what changed, and walking it for a proof. Changes
 * come sorted, so one pass from left to right touches each page once; the pages on the way down
 * form a stack, as in a sorted insertion into any trie. */
#include "storage/tree_int.h"

#include "crypto/base/bug.h"

/* ---- a bucket made anew: its old leaves merged with the changes to it ---- */

struct merge {
    struct weal_tree_builder builder;
    const struct weal_tree_leaf *change, *end;
};

static void merge_change(struct merge *m) {
    if (!weal_is_zero32(m->change->value)) weal_tree_build_add(&m->builder, m->change);
    m->change++;
}

static void merge_leaf(void *arg, const struct weal_tree_leaf *leaf) {
    struct merge *m = arg;
    int order = 1;
    while (m->change < m->end && (order = memcmp(m->change->key, leaf->key, 32)) < 0) {
        merge_change(m);
    }
    if (m->change < m->end && order == 0) {
        merge_change(m);
    } else {
        weal_tree_build_add(&m->builder, leaf);
    }
}

static enum weal_err rebuild(struct weal_tree_pool *pool, const struct weal_tree_source *source,
                             bool was_empty, unsigned depth, const struct weal_tree_leaf *changes,
                             size_t count, struct weal_tree_ref *out) {
    struct merge m;
    m.change = changes;
    m.end = changes + count;
    weal_tree_build(&m.builder, pool, depth);
    enum weal_err e = WEAL_OK;
    if (!was_empty) e = source->scan(source->ctx, changes[0].key, depth, merge_leaf, &m);
    while (m.change < m.end) merge_change(&m);
    enum weal_err built = weal_tree_build_end(&m.builder, out);
    if (e != WEAL_OK && built == WEAL_OK) weal_tree_page_unref(pool, out->page);
    return e != WEAL_OK ? e : built;
}

/* ---- change ---- */

struct path {
    struct weal_tree_pool *pool;
    unsigned open;
    struct {
        uint32_t page; /* a copy of our own, hung into the copy below it */
        unsigned depth;
    } stack[WEAL_TREE_LEVELS];
};

/* Ends the top page and writes its node into the page below, where key points. A page that is left
 * with one leaf or none goes away. */
static struct weal_tree_ref path_close(struct path *p, const uint8_t key[32]) {
    struct weal_tree_ref r = {.page = p->stack[--p->open].page};
    weal_tree_page_node(weal_tree_page(p->pool, r.page), &r.node);
    if (r.node.kind != WEAL_TREE_INNER) {
        weal_tree_page_unref(p->pool, r.page);
        r.page = 0;
    }
    if (p->open != 0) {
        struct weal_tree_page *below = weal_tree_page(p->pool, p->stack[p->open - 1].page);
        unsigned slot = weal_tree_slot(key, p->stack[p->open - 1].depth);
        memcpy(below->hash[slot], r.node.hash, 32);
        below->kind[slot] = r.node.kind;
        below->child[slot] = r.page;
    }
    return r;
}

/* Closes the pages that hold the key done but not the next one. */
static void path_leave(struct path *p, const uint8_t done[32], const uint8_t next[32]) {
    unsigned common = weal_tree_common(done, next);
    while (p->open > 1 && common < p->stack[p->open - 1].depth) path_close(p, done);
}

/* Goes down into the page at slot: a copy takes its place. */
static enum weal_err path_down(struct path *p, unsigned slot) {
    unsigned depth = p->stack[p->open - 1].depth;
    uint32_t parent = p->stack[p->open - 1].page;
    uint32_t old = weal_tree_page(p->pool, parent)->child[slot];
    uint32_t copy = weal_tree_page_copy(p->pool, old);
    if (copy == 0) return WEAL_ERR_FULL;
    weal_tree_page(p->pool, parent)->child[slot] = copy;
    weal_tree_page_unref(p->pool, old);
    WEAL_ASSERT(p->open < WEAL_TREE_LEVELS);
    p->stack[p->open].page = copy;
    p->stack[p->open++].depth = depth + 2;
    return WEAL_OK;
}

/* Rebuilds the bucket at slot from the changes that fall into it; *used says how many. */
static enum weal_err path_bucket(struct path *p, const struct weal_tree_source *source,
                                 unsigned slot, const struct weal_tree_leaf *changes, size_t count,
                                 size_t *used) {
    unsigned depth = p->stack[p->open - 1].depth + 2;
    struct weal_tree_page *page = weal_tree_page(p->pool, p->stack[p->open - 1].page);
    struct weal_tree_ref r;
    size_t n = 1;
    while (n < count && weal_tree_common(changes[0].key, changes[n].key) >= depth) n++;
    enum weal_err e =
        rebuild(p->pool, source, page->kind[slot] == WEAL_TREE_EMPTY, depth, changes, n, &r);
    if (e != WEAL_OK) return e;
    memcpy(page->hash[slot], r.node.hash, 32);
    page->kind[slot] = r.node.kind;
    page->child[slot] = r.page;
    *used = n;
    return WEAL_OK;
}

enum weal_err weal_tree_change(struct weal_tree_pool *pool, const struct weal_tree_ref *old,
                               const struct weal_tree_source *source,
                               const struct weal_tree_leaf *changes, size_t count,
                               struct weal_tree_ref *out) {
    struct path p = {.pool = pool, .open = 1};
    if (count == 0) {
        weal_tree_page_ref(pool, old->page);
        *out = *old;
        return WEAL_OK;
    }
    if (old->page == 0) {
        return rebuild(pool, source, old->node.kind == WEAL_TREE_EMPTY, 0, changes, count, out);
    }
    uint32_t root = weal_tree_page_copy(pool, old->page);
    if (root == 0) return WEAL_ERR_FULL;
    p.stack[0].page = root;
    p.stack[0].depth = 0;
    for (size_t i = 0; i < count;) {
        const uint8_t *key = changes[i].key;
        enum weal_err e;
        unsigned slot = weal_tree_slot(key, p.stack[p.open - 1].depth);
        if (weal_tree_page(pool, p.stack[p.open - 1].page)->child[slot] != 0) {
            e = path_down(&p, slot);
        } else {
            size_t used = 0;
            e = path_bucket(&p, source, slot, changes + i, count - i, &used);
            i += used;
            if (e == WEAL_OK && i < count) path_leave(&p, key, changes[i].key);
        }
        if (e != WEAL_OK) {
            weal_tree_page_unref(pool, root);
            return e;
        }
    }
    while (p.open != 0) *out = path_close(&p, changes[count - 1].key);
    return WEAL_OK;
}

/* ---- walk ---- */

struct gather {
    struct weal_tree_leaf leaf[WEAL_TREE_BUCKET];
    size_t count; /* may exceed the array: then the leaves are not the tree's */
};

static void gather_leaf(void *arg, const struct weal_tree_leaf *leaf) {
    struct gather *g = arg;
    if (g->count < WEAL_TREE_BUCKET) g->leaf[g->count] = *leaf;
    g->count++;
}

/* From the bucket that the pages end in down to one leaf or none. */
static enum weal_err walk_bucket(const struct weal_tree_source *source,
                                 const struct weal_tree_node *at, const uint8_t key_hash[32],
                                 struct weal_tree_path *path) {
    struct gather g = {.count = 0};
    struct weal_tree_node check;
    enum weal_err e = source->scan(source->ctx, key_hash, path->depth, gather_leaf, &g);
    if (e != WEAL_OK) return e;
    if (g.count > WEAL_TREE_BUCKET) return WEAL_ERR_CORRUPT;
    weal_tree_of_leaves(&check, g.leaf, g.count, path->depth);
    if (check.kind != at->kind || memcmp(check.hash, at->hash, 32) != 0) return WEAL_ERR_CORRUPT;
    const struct weal_tree_leaf *leaf = g.leaf;
    size_t n = g.count;
    while (n > 1) {
        size_t left = 0;
        unsigned depth = path->depth;
        while (left < n && !weal_tree_bit(leaf[left].key, depth)) left++;
        bool right = weal_tree_bit(key_hash, depth);
        weal_tree_of_leaves(&check, right ? leaf : leaf + left, right ? left : n - left, depth + 1);
        memcpy(path->siblings[path->depth++], check.hash, 32);
        if (right) leaf += left;
        n = right ? n - left : left;
    }
    path->end = WEAL_TREE_END_EMPTY;
    if (n == 1) {
        path->end = WEAL_TREE_END_SELF;
        if (memcmp(leaf->key, key_hash, 32) != 0) {
            path->end = WEAL_TREE_END_OTHER;
            memcpy(path->other_key, leaf->key, 32);
            memcpy(path->other_value, leaf->value, 32);
        }
    }
    return WEAL_OK;
}

enum weal_err weal_tree_walk(const struct weal_tree_pool *pool, const struct weal_tree_ref *tree,
                             const struct weal_tree_source *source, const uint8_t key_hash[32],
                             struct weal_tree_path *path) {
    struct weal_tree_node at = tree->node, half[2], child[4];
    path->depth = 0;
    for (uint32_t no = tree->page; no != 0;) {
        const struct weal_tree_page *page = weal_tree_page(pool, no);
        unsigned slot = weal_tree_slot(key_hash, path->depth);
        for (int i = 0; i < 4; i++) {
            memcpy(child[i].hash, page->hash[i], 32);
            child[i].kind = page->kind[i];
        }
        weal_tree_join(&half[0], &child[0], &child[1]);
        weal_tree_join(&half[1], &child[2], &child[3]);
        memcpy(path->siblings[path->depth++], half[1 - slot / 2].hash, 32);
        at = half[slot / 2];
        if (at.kind != WEAL_TREE_INNER) break;
        memcpy(path->siblings[path->depth++], child[slot ^ 1].hash, 32);
        at = child[slot];
        no = page->child[slot];
    }
    return walk_bucket(source, &at, key_hash, path);
}
