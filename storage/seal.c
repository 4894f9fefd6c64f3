/* SPDX-License-Identifier: ISC */
/* From a draft to a state: the write set is copied in order into one piece of memory (the overlay),
 * its leaves change the parent's tree, and the new state lists its overlay before those of its
 * parent that the database lacks. */
#include "crypto/base/bug.h"
#include "storage/state_int.h"

/* How much the overlay of a draft takes, and where its parts stand in it. */
struct layout {
    uint32_t writes, leaves, slots;
    size_t writes_at, leaves_at, leads_at, slots_at, bytes_at, total;
};

static size_t aligned(size_t n) {
    return (n + 15) & ~(size_t)15;
}

static bool overlay_plan(const struct weal_draft *d, struct layout *l) {
    size_t bytes = 0;
    *l = (struct layout){.slots = 16};
    for (uint32_t at = d->head[0]; at != WEAL_DRAFT_NONE; at = d->entries[at].next[0]) {
        const struct weal_draft_entry *e = &d->entries[d->entries[at].newest];
        l->writes++;
        if (e->space == WEAL_SPACE_STATE) l->leaves++;
        bytes += e->key_n + (size_t)e->value_n;
    }
    if (bytes > UINT32_MAX) return false;
    while (l->slots < 2 * l->writes) l->slots *= 2;
    l->writes_at = aligned(sizeof(struct weal_overlay));
    l->leaves_at = aligned(l->writes_at + l->writes * sizeof(struct weal_write));
    l->leads_at = aligned(l->leaves_at + l->leaves * sizeof(struct weal_tree_leaf));
    l->slots_at = aligned(l->leads_at + l->leaves * sizeof(uint64_t));
    l->bytes_at = aligned(l->slots_at + l->slots * sizeof(uint64_t));
    l->total = l->bytes_at + bytes;
    return true;
}

/* Heap sort: no memory, no recursion, no bad input. */
static void leaves_sort(struct weal_tree_leaf *leaf, size_t n) {
    for (size_t start = n / 2, end = n; end > 1;) {
        struct weal_tree_leaf moving;
        if (start > 0) {
            moving = leaf[--start];
        } else {
            moving = leaf[--end];
            leaf[end] = leaf[0];
        }
        size_t hole = start;
        for (size_t child; (child = 2 * hole + 1) < end; hole = child) {
            if (child + 1 < end && memcmp(leaf[child].key, leaf[child + 1].key, 32) < 0) child++;
            if (memcmp(moving.key, leaf[child].key, 32) >= 0) break;
            leaf[hole] = leaf[child];
        }
        leaf[hole] = moving;
    }
}

static void overlay_fill(const struct weal_draft *d, const struct layout *l,
                         struct weal_overlay *o) {
    uint8_t *mem = (uint8_t *)o;
    struct weal_write *writes = (struct weal_write *)(mem + l->writes_at);
    struct weal_tree_leaf *leaves = (struct weal_tree_leaf *)(mem + l->leaves_at);
    uint64_t *leads = (uint64_t *)(mem + l->leads_at), *slots = (uint64_t *)(mem + l->slots_at);
    uint8_t *bytes = mem + l->bytes_at;
    uint32_t i = 0, leaf = 0, used = 0;
    memset(slots, 0, l->slots * sizeof *slots);
    for (uint32_t at = d->head[0]; at != WEAL_DRAFT_NONE; at = d->entries[at].next[0], i++) {
        const struct weal_draft_entry *e = &d->entries[d->entries[at].newest];
        writes[i] = (struct weal_write){.key_at = used,
                                        .value_at = used + e->key_n,
                                        .value_n = e->value_n,
                                        .key_n = e->key_n,
                                        .space = e->space,
                                        .removed = e->removed};
        memcpy(bytes + used, e->key, e->key_n);
        used += e->key_n;
        if (e->value_n != 0) memcpy(bytes + used, e->value, e->value_n);
        used += e->value_n;
        uint32_t slot = (uint32_t)e->hash & (l->slots - 1);
        while (slots[slot] != 0) slot = (slot + 1) & (l->slots - 1);
        slots[slot] = (e->hash >> 32 << 32) | (i + 1);
        if (e->space != WEAL_SPACE_STATE) continue;
        struct weal_tree_leaf *f = &leaves[leaf++];
        weal_tree_key(f->key, (struct weal_bytes){e->key, e->key_n});
        if (e->removed) {
            memset(f->value, 0, 32);
        } else {
            weal_tree_value(f->value, (struct weal_bytes){e->value, e->value_n});
        }
    }
    leaves_sort(leaves, l->leaves);
    for (leaf = 0; leaf < l->leaves; leaf++) leads[leaf] = weal_be64(leaves[leaf].key);
    *o = (struct weal_overlay){.height = d->parent.state->height + 1,
                               .refs = 1,
                               .write_count = l->writes,
                               .leaf_count = l->leaves,
                               .slots_mask = l->slots - 1,
                               .footprint = l->total,
                               .writes = writes,
                               .leaves = leaves,
                               .leads = leads,
                               .slots = slots,
                               .bytes = bytes};
}

/* The limits on how far the chain may run ahead of finality and of the database. */
static enum weal_err depth_check(const struct weal_draft *d) {
    const struct weal_store *store = d->parent.state->store;
    uint64_t height = d->parent.state->height + 1;
    if (weal_height_gap(height, store->finalized) > WEAL_STATE_UNFINAL_MAX) {
        return WEAL_ERR_UNFINAL_DEPTH;
    }
    if (weal_height_gap(store->finalized, d->parent.reader->height) > WEAL_STATE_UNAPPLIED_MAX ||
        d->parent.overlays >= WEAL_STATE_OVERLAYS_MAX) {
        return WEAL_ERR_UNAPPLIED_DEPTH;
    }
    return WEAL_OK;
}

static void state_make(struct weal_state *s, const struct weal_view *parent,
                       struct weal_overlay *own, const struct weal_tree_ref *tree) {
    struct weal_store *store = parent->state->store;
    *s = (struct weal_state){.store = store, .height = own->height, .tree = *tree};
    atomic_init(&s->refs, 1);
    memcpy(own->root, tree->node.hash, 32);
    s->overlay[s->count++] = own;
    for (uint32_t i = 0; i < parent->overlays; i++) {
        s->overlay[s->count] = parent->state->overlay[i];
        s->overlay[s->count++]->refs++;
    }
    store->states++;
}

enum weal_err weal_draft_seal(struct weal_draft *d, struct weal_state **out) {
    struct weal_store *store = d->parent.state->store;
    struct weal_view parent = d->parent;
    struct weal_overlay *own = NULL;
    struct weal_state *s = NULL;
    struct layout l;
    weal_store_reap(store);
    enum weal_err e = depth_check(d);
    if (e != WEAL_OK) return e;
    if (!overlay_plan(d, &l)) return WEAL_ERR_FULL;
    size_t state_n = sizeof *s + (parent.overlays + 1) * sizeof s->overlay[0];
    e = weal_store_take(store, l.total, (void **)&own);
    if (e != WEAL_OK) return e;
    overlay_fill(d, &l, own);
    e = weal_store_take(store, state_n, (void **)&s);
    if (e == WEAL_OK) {
        const struct weal_tree_source source = {&parent, weal_view_scan};
        struct weal_tree_ref tree;
        e = weal_tree_change(&store->pool, &parent.state->tree, &source, own->leaves,
                             own->leaf_count, &tree);
        if (e == WEAL_OK) {
            state_make(s, &parent, own, &tree);
            *out = s;
            return WEAL_OK;
        }
        weal_store_give(store, s, state_n);
    }
    weal_overlay_unref(store, own);
    return e;
}
