/* SPDX-License-Identifier: ISC */
/* Changing the tree by copying the pages above what changed, and walking it for a proof. Changes
 * come sorted, so one pass from left to right touches each page once; the pages on the way down
 * form a stack, as in a sorted insertion into any trie. */
#include "storage/tree_int.h"

#include "crypto/base/bug.h"
#include "crypto/tree/hash4.h"

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

/* The pages from the root down to where the pass is. A page that is done is not hashed at once: it
 * is listed by its level, and when the pass is over the levels are hashed from the deepest up, many
 * pages of one level together. The list costs nothing: each entry is the place (parent and slot)
 * that waits for the hash, and the link to the next stands in those very bytes. */
struct path {
    struct weal_tree_pool *pool;
    unsigned open;
    struct {
        uint32_t page; /* a copy of our own, hung into the copy below it */
        unsigned depth;
    } stack[WEAL_TREE_LEVELS];
    struct place {
        uint32_t page, slot; /* page 0: the end */
    } wait[WEAL_TREE_LEVELS];
};

static uint8_t join_kind(uint8_t left, uint8_t right) {
    if (right == WEAL_TREE_EMPTY && left != WEAL_TREE_INNER) return left;
    if (left == WEAL_TREE_EMPTY && right != WEAL_TREE_INNER) return right;
    return WEAL_TREE_INNER;
}

static void place_set(struct weal_tree_page *page, unsigned slot, const struct weal_tree_ref *r) {
    memcpy(page->hash[slot], r->node.hash, 32);
    page->kind[slot] = r->node.kind;
    page->child[slot] = r->page;
}

/* Ends the top page, which hangs in the page below it where key points. One that is left with one
 * leaf or none goes away (such a node needs no hashing); of any other only the kind is set yet. */
static void path_close(struct path *p, const uint8_t key[32]) {
    uint32_t no = p->stack[--p->open].page;
    const struct weal_tree_page *page = weal_tree_page(p->pool, no);
    WEAL_ASSERT(p->open != 0);
    uint32_t below_no = p->stack[p->open - 1].page;
    struct weal_tree_page *below = weal_tree_page(p->pool, below_no);
    unsigned slot = weal_tree_slot(key, p->stack[p->open - 1].depth);
    uint8_t kind =
        join_kind(join_kind(page->kind[0], page->kind[1]), join_kind(page->kind[2], page->kind[3]));
    if (kind != WEAL_TREE_INNER) {
        struct weal_tree_ref r = {.page = 0};
        weal_tree_page_node(page, &r.node);
        weal_tree_page_unref(p->pool, no);
        place_set(below, slot, &r);
        return;
    }
    struct place *wait = &p->wait[p->stack[p->open].depth / 2];
    below->kind[slot] = kind;
    weal_put_le32(below->hash[slot], wait->page);
    weal_put_le32(below->hash[slot] + 4, wait->slot);
    *wait = (struct place){below_no, slot};
}

enum { TOGETHER = 32 };

/* Hashes up to TOGETHER waiting pages of one level into their places; returns where to go on. */
static struct place hash_some(struct weal_tree_pool *pool, struct place at) {
    struct weal_tree_node child[4], half[TOGETHER][2], node[TOGETHER];
    struct weal_tree_page *below[TOGETHER];
    uint32_t slot[TOGETHER];
    struct weal_tree_jobs jobs = {.count = 0};
    unsigned n = 0;
    for (; n < TOGETHER && at.page != 0; n++) {
        below[n] = weal_tree_page(pool, at.page);
        slot[n] = at.slot;
        const struct weal_tree_page *page = weal_tree_page(pool, below[n]->child[at.slot]);
        at.page = weal_le32(below[n]->hash[slot[n]]);
        at.slot = weal_le32(below[n]->hash[slot[n]] + 4);
        for (int i = 0; i < 4; i++) {
            memcpy(child[i].hash, page->hash[i], 32);
            child[i].kind = page->kind[i];
        }
        weal_tree_jobs_join(&jobs, &half[n][0], &child[0], &child[1]);
        weal_tree_jobs_join(&jobs, &half[n][1], &child[2], &child[3]);
    }
    weal_tree_jobs_flush(&jobs);
    for (unsigned i = 0; i < n; i++) {
        weal_tree_jobs_join(&jobs, &node[i], &half[i][0], &half[i][1]);
    }
    weal_tree_jobs_flush(&jobs);
    for (unsigned i = 0; i < n; i++) memcpy(below[i]->hash[slot[i]], node[i].hash, 32);
    return at;
}

/* The pass is over: hashes all that waits, then the root. A root left with one leaf or none is no
 * page any more. */
static void path_finish(struct path *p, struct weal_tree_ref *out) {
    for (unsigned level = WEAL_TREE_LEVELS; level-- != 0;) {
        struct place at = p->wait[level];
        while (at.page != 0) at = hash_some(p->pool, at);
    }
    *out = (struct weal_tree_ref){.page = p->stack[0].page};
    weal_tree_page_node(weal_tree_page(p->pool, out->page), &out->node);
    if (out->node.kind != WEAL_TREE_INNER) {
        weal_tree_page_unref(p->pool, out->page);
        out->page = 0;
    }
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
    place_set(page, slot, &r);
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
    while (p.open > 1) path_close(&p, changes[count - 1].key);
    path_finish(&p, out);
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
