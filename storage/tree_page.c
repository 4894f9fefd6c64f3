/* SPDX-License-Identifier: ISC */
/* Pages of the tree: a pool in chunks that never move, counted references, and the builder that
 * turns a sorted stream of leaves into pages. */
#include "storage/tree_int.h"

#include "crypto/base/bug.h"

enum weal_err weal_tree_pool_init(struct weal_tree_pool *p, const struct weal_mem *mem,
                                  uint32_t pages_max) {
    uint32_t chunks = pages_max / WEAL_TREE_CHUNK + 1;
    *p = (struct weal_tree_pool){.mem = *mem, .chunks_max = chunks, .used = 1};
    p->chunk = mem->take(mem->ctx, chunks * sizeof *p->chunk);
    if (!p->chunk) return WEAL_ERR_NO_MEMORY;
    memset(p->chunk, 0, chunks * sizeof *p->chunk);
    return WEAL_OK;
}

void weal_tree_pool_release(struct weal_tree_pool *p) {
    for (uint32_t i = 0; i < p->chunks; i++) p->mem.give(p->mem.ctx, p->chunk[i]);
    p->mem.give(p->mem.ctx, p->chunk);
    *p = (struct weal_tree_pool){.mem = p->mem};
}

uint32_t weal_tree_page_take(struct weal_tree_pool *p) {
    uint32_t no = p->free;
    if (no != 0) {
        p->free = weal_tree_page(p, no)->child[0];
    } else {
        if (p->used / WEAL_TREE_CHUNK == p->chunks) {
            if (p->chunks == p->chunks_max) return 0;
            p->chunk[p->chunks] =
                p->mem.take(p->mem.ctx, WEAL_TREE_CHUNK * sizeof(struct weal_tree_page));
            if (!p->chunk[p->chunks]) return 0;
            p->chunks++;
        }
        no = p->used++;
    }
    *weal_tree_page(p, no) = (struct weal_tree_page){.refs = 1};
    p->alive++;
    return no;
}

uint32_t weal_tree_page_copy(struct weal_tree_pool *p, uint32_t no) {
    uint32_t copy = weal_tree_page_take(p);
    if (copy == 0) return 0;
    struct weal_tree_page *page = weal_tree_page(p, copy);
    *page = *weal_tree_page(p, no);
    page->refs = 1;
    for (int i = 0; i < 4; i++) weal_tree_page_ref(p, page->child[i]);
    return copy;
}

void weal_tree_page_ref(struct weal_tree_pool *p, uint32_t no) {
    if (no == 0) return;
    struct weal_tree_page *page = weal_tree_page(p, no);
    WEAL_ASSERT(page->refs != 0 && page->refs != UINT32_MAX);
    page->refs++;
}

/* Releases what hangs below, too: the pages to visit are listed through the pages themselves
 * (hash[0] of a dead page holds the next), so it takes no memory and no recursion. */
void weal_tree_page_unref(struct weal_tree_pool *p, uint32_t no) {
    uint32_t dead = 0;
    if (no == 0) return;
    WEAL_ASSERT(weal_tree_page(p, no)->refs != 0);
    if (--weal_tree_page(p, no)->refs == 0) dead = no;
    while (dead != 0) {
        struct weal_tree_page *page = weal_tree_page(p, dead);
        uint32_t next = no == dead ? 0 : weal_le32(page->hash[0]);
        for (int i = 0; i < 4; i++) {
            uint32_t child = page->child[i];
            if (child == 0) continue;
            struct weal_tree_page *below = weal_tree_page(p, child);
            WEAL_ASSERT(below->refs != 0);
            if (--below->refs != 0) continue;
            weal_put_le32(below->hash[0], next);
            next = child;
        }
        page->child[0] = p->free;
        p->free = dead;
        p->alive--;
        dead = next;
    }
}

void weal_tree_page_node(const struct weal_tree_page *page, struct weal_tree_node *out) {
    struct weal_tree_node child[4];
    for (int i = 0; i < 4; i++) {
        memcpy(child[i].hash, page->hash[i], 32);
        child[i].kind = page->kind[i];
    }
    weal_tree_join(&child[0], &child[0], &child[1]);
    weal_tree_join(&child[2], &child[2], &child[3]);
    weal_tree_join(out, &child[0], &child[2]);
}

/* ---- builder ---- */

void weal_tree_build(struct weal_tree_builder *b, struct weal_tree_pool *pool, unsigned depth) {
    b->pool = pool;
    b->depth = depth;
    b->open = 0;
    b->count = 0;
    b->failed = false;
}

/* The depth of the bucket at hand. */
static unsigned bucket_depth(const struct weal_tree_builder *b) {
    return b->open == 0 ? b->depth : b->stack[b->open - 1].depth + 2;
}

static void page_set(struct weal_tree_page *page, unsigned slot, const struct weal_tree_ref *r) {
    memcpy(page->hash[slot], r->node.hash, 32);
    page->kind[slot] = r->node.kind;
    page->child[slot] = r->page;
}

/* Puts leaves [from, to) of the bucket, which share the slot below the top page, into that slot. */
static void flush(struct weal_tree_builder *b, unsigned from, unsigned to) {
    struct weal_tree_ref r = {.page = 0};
    unsigned depth = b->stack[b->open - 1].depth;
    weal_tree_of_leaves(&r.node, b->bucket + from, to - from, depth + 2);
    page_set(weal_tree_page(b->pool, b->stack[b->open - 1].page),
             weal_tree_slot(b->bucket[from].key, depth), &r);
}

/* Ends the top page and hangs it into the one below it, where key points; or gives it out. */
static void close_top(struct weal_tree_builder *b, const uint8_t key[32],
                      struct weal_tree_ref *out) {
    struct weal_tree_ref r = {.page = b->stack[--b->open].page};
    weal_tree_page_node(weal_tree_page(b->pool, r.page), &r.node);
    if (b->open == 0) {
        *out = r;
    } else {
        unsigned depth = b->stack[b->open - 1].depth;
        page_set(weal_tree_page(b->pool, b->stack[b->open - 1].page), weal_tree_slot(key, depth),
                 &r);
    }
}

/* The bucket is over-full: a page takes its place, whose last used slot is the new bucket. */
static void split(struct weal_tree_builder *b) {
    uint32_t page = weal_tree_page_take(b->pool);
    unsigned depth = bucket_depth(b), from = 0;
    if (page == 0) {
        b->failed = true;
        return;
    }
    WEAL_ASSERT(b->open < WEAL_TREE_LEVELS);
    b->stack[b->open].page = page;
    b->stack[b->open++].depth = depth;
    for (unsigned i = 1; i < b->count; i++) {
        if (weal_tree_slot(b->bucket[i].key, depth) == weal_tree_slot(b->bucket[from].key, depth))
            continue;
        flush(b, from, i);
        from = i;
    }
    b->count -= from;
    memmove(b->bucket, b->bucket + from, b->count * sizeof b->bucket[0]);
}

void weal_tree_build_add(struct weal_tree_builder *b, const struct weal_tree_leaf *leaf) {
    if (b->failed) return;
    if (b->count != 0 && b->open != 0) {
        uint8_t last[32];
        memcpy(last, b->bucket[b->count - 1].key, 32);
        unsigned common = weal_tree_common(last, leaf->key);
        if (common < bucket_depth(b)) {
            flush(b, 0, b->count);
            b->count = 0;
            /* the first page has the whole subtree's prefix and stays */
            while (b->open > 1 && common < b->stack[b->open - 1].depth) close_top(b, last, NULL);
        }
    }
    b->bucket[b->count++] = *leaf;
    while (!b->failed && b->count > WEAL_TREE_BUCKET) split(b);
}

enum weal_err weal_tree_build_end(struct weal_tree_builder *b, struct weal_tree_ref *out) {
    *out = (struct weal_tree_ref){.page = 0};
    if (b->failed) {
        while (b->open != 0) weal_tree_page_unref(b->pool, b->stack[--b->open].page);
        return WEAL_ERR_FULL;
    }
    if (b->open == 0) {
        weal_tree_of_leaves(&out->node, b->bucket, b->count, b->depth);
        return WEAL_OK;
    }
    uint8_t last[32];
    memcpy(last, b->bucket[b->count - 1].key, 32);
    flush(b, 0, b->count);
    while (b->open != 0) close_top(b, last, out);
    return WEAL_OK;
}
