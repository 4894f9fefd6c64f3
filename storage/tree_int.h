/* SPDX-License-Identifier: ISC */
/* The upper part of the state tree in memory, private to storage/.
 *
 * A page covers two levels below a prefix: four children, each a subtree's node and, if that
 * subtree has more than WEAL_TREE_BUCKET leaves, a page of its own; a child without a page is a
 * bucket, whose leaves are read from overlays and database when needed. Pages are immutable once a
 * state points at them and shared by counting references, so each state has its whole tree and
 * changing one leaf copies the pages above it (some ten at 10 million records). Where pages stand
 * is no part of the root: a rebuilt tree may have other pages and has the same root.
 *
 * Pages are taken and released on the owner thread; any thread that holds a state may read them. */
#ifndef WEAL_STORAGE_TREE_INT_H
#define WEAL_STORAGE_TREE_INT_H

#include "crypto/tree/tree.h"
#include "storage/mem.h"
#include "crypto/base/err.h"

enum {
    WEAL_TREE_BUCKET = 16, /* the most leaves a bucket holds */
    WEAL_TREE_CHUNK = 1024,
    WEAL_TREE_LEVELS = WEAL_TREE_DEPTH / 2,
};

struct weal_tree_page {
    uint8_t hash[4][32];
    uint32_t child[4]; /* page number, 0: a bucket */
    uint32_t refs;
    uint8_t kind[4];
};

/* A subtree: its node, and its page or 0. */
struct weal_tree_ref {
    struct weal_tree_node node;
    uint32_t page;
};

struct weal_tree_pool {
    struct weal_mem mem;
    struct weal_tree_page **chunk; /* directory of fixed size, so that readers need no lock */
    uint32_t chunks_max, chunks, used, alive, free; /* free: head of a list through child[0] */
};

WEAL_MUST_USE enum weal_err weal_tree_pool_init(struct weal_tree_pool *p,
                                                const struct weal_mem *mem, uint32_t pages_max);
void weal_tree_pool_release(struct weal_tree_pool *p);
static inline struct weal_tree_page *weal_tree_page(const struct weal_tree_pool *p, uint32_t no) {
    return &p->chunk[no / WEAL_TREE_CHUNK][no % WEAL_TREE_CHUNK];
}
/* An empty page with one reference; 0 when the limit is reached or memory is short. */
uint32_t weal_tree_page_take(struct weal_tree_pool *p);
/* One more page that is equal to no, with one reference of its own. */
uint32_t weal_tree_page_copy(struct weal_tree_pool *p, uint32_t no);
void weal_tree_page_ref(struct weal_tree_pool *p, uint32_t no); /* 0 is fine */
void weal_tree_page_unref(struct weal_tree_pool *p, uint32_t no);
void weal_tree_page_node(const struct weal_tree_page *page, struct weal_tree_node *out);

/* ---- making a subtree from its leaves, in order, one by one ---- */

struct weal_tree_builder {
    struct weal_tree_pool *pool;
    unsigned depth; /* of the subtree */
    unsigned open;  /* pages on the stack */
    unsigned count; /* leaves in the bucket at hand */
    bool failed;    /* out of pages */
    struct {
        uint32_t page;
        unsigned depth;
    } stack[WEAL_TREE_LEVELS];
    struct weal_tree_leaf bucket[WEAL_TREE_BUCKET + 1];
};
void weal_tree_build(struct weal_tree_builder *b, struct weal_tree_pool *pool, unsigned depth);
/* Keys strictly ascend and agree in the first depth bits. */
void weal_tree_build_add(struct weal_tree_builder *b, const struct weal_tree_leaf *leaf);
/* Ends it, giving one reference of the page to the caller; FULL when pages ran out. */
WEAL_MUST_USE enum weal_err weal_tree_build_end(struct weal_tree_builder *b,
                                                struct weal_tree_ref *out);

/* ---- changing a tree, walking it ---- */

/* Where the leaves of buckets come from: the state before the change. scan calls each for every
 * leaf, in order, whose key agrees with prefix in its first depth bits. */
struct weal_tree_source {
    void *ctx;
    enum weal_err (*scan)(void *ctx, const uint8_t prefix[32], unsigned depth,
                          void (*each)(void *arg, const struct weal_tree_leaf *leaf), void *arg);
};

/* out = old with the changes (sorted and distinct by key; zero value: removed) made; old stays. The
 * caller gets one reference of out's page. After an error nothing is held. */
WEAL_MUST_USE enum weal_err weal_tree_change(struct weal_tree_pool *pool,
                                             const struct weal_tree_ref *old,
                                             const struct weal_tree_source *source,
                                             const struct weal_tree_leaf *changes, size_t count,
                                             struct weal_tree_ref *out);
/* The path to key_hash in the tree; CORRUPT when the source's leaves are not the tree's. */
WEAL_MUST_USE enum weal_err weal_tree_walk(const struct weal_tree_pool *pool,
                                           const struct weal_tree_ref *tree,
                                           const struct weal_tree_source *source,
                                           const uint8_t key_hash[32], struct weal_tree_path *path);

/* The two bits of key at depth (even): which child of a page. */
static inline unsigned weal_tree_slot(const uint8_t key[32], unsigned depth) {
    return key[depth / 8] >> (6 - depth % 8) & 3u;
}

#endif
