/* SPDX-License-Identifier: ISC */
/* The write set of a block in the making: a log of writes with a hash table (point reads) and a
 * skip list (order) over its keys. Undoing is popping the log from its end, which restores both
 * exactly, because the last key put in is the first one taken out. */
#include "crypto/base/bug.h"
#include "storage/state_int.h"

enum { SLOTS_FIRST = 256 };

/* The table has room for all writes from the start, but uses, and clears, only what it needs: most
 * blocks are small. */
enum weal_err weal_draft_init(struct weal_draft *d, const struct weal_view *parent,
                              struct weal_arena *arena, uint32_t writes_max) {
    uint32_t slots = SLOTS_FIRST;
    if (writes_max == 0 || writes_max > 1u << 28) return WEAL_ERR_INVALID;
    while (slots < 2 * writes_max) slots *= 2;
    *d = (struct weal_draft){.parent = *parent,
                             .arena = arena,
                             .entries_max = writes_max,
                             .slots_mask = SLOTS_FIRST - 1};
    d->slots = WEAL_ARENA_NEW(arena, uint32_t, slots);
    d->entries = WEAL_ARENA_NEW(arena, struct weal_draft_entry, writes_max);
    if (!d->slots || !d->entries) return WEAL_ERR_FULL;
    memset(d->slots, 0, SLOTS_FIRST * sizeof *d->slots);
    for (int i = 0; i < WEAL_DRAFT_LEVELS; i++) d->head[i] = WEAL_DRAFT_NONE;
    return WEAL_OK;
}

static struct weal_bytes entry_key(const struct weal_draft_entry *e) {
    return (struct weal_bytes){e->key, e->key_n};
}

/* ---- table ---- */

/* The slot where the key's first write stands, or the free one where it would. */
static uint32_t *slot_of(const struct weal_draft *d, uint64_t hash, enum weal_space space,
                         struct weal_bytes key) {
    for (uint32_t at = (uint32_t)hash & d->slots_mask;; at = (at + 1) & d->slots_mask) {
        if (d->slots[at] == 0) return &d->slots[at];
        const struct weal_draft_entry *e = &d->entries[d->slots[at] - 1];
        if (e->hash == hash && e->space == space && weal_bytes_equal_var(entry_key(e), key)) {
            return &d->slots[at];
        }
    }
}

/* Doubles the table. Keys go in again in the order they came, so that the last one in can still be
 * taken out by clearing its slot. */
static void table_grow(struct weal_draft *d) {
    uint32_t slots = 2 * (d->slots_mask + 1);
    memset(d->slots, 0, slots * sizeof *d->slots);
    d->slots_mask = slots - 1;
    for (uint32_t i = 0; i < d->count; i++) {
        const struct weal_draft_entry *e = &d->entries[i];
        if (e->first != i) continue;
        *slot_of(d, e->hash, (enum weal_space)e->space, entry_key(e)) = i + 1;
    }
}

/* ---- skip list ---- */

/* Negative when entry a stands before (space, key). */
static int entry_order(const struct weal_draft_entry *a, enum weal_space space,
                       struct weal_bytes key) {
    int c = (int)a->space - (int)space;
    return c != 0 ? c : weal_bytes_compare_var(entry_key(a), key);
}

/* For each level the link that leads to the first entry not before (space, key), or not up to it.
 */
static void links_to(const struct weal_draft *d, enum weal_space space, struct weal_bytes key,
                     bool strictly, uint32_t *link[WEAL_DRAFT_LEVELS]) {
    uint32_t *row = (uint32_t *)d->head;
    for (int level = WEAL_DRAFT_LEVELS - 1; level >= 0; level--) {
        while (row[level] != WEAL_DRAFT_NONE) {
            struct weal_draft_entry *e = &d->entries[row[level]];
            int c = entry_order(e, space, key);
            if (c > 0 || (c == 0 && !strictly)) break;
            row = e->next;
        }
        link[level] = &row[level];
    }
}

static void list_insert(struct weal_draft *d, uint32_t at) {
    struct weal_draft_entry *e = &d->entries[at];
    uint32_t *link[WEAL_DRAFT_LEVELS];
    links_to(d, e->space, entry_key(e), false, link);
    /* one in four goes a level higher, by bits of the keyed hash that the table does not use */
    uint64_t bits = e->hash >> 40;
    e->level = 1;
    while (e->level < WEAL_DRAFT_LEVELS && (bits & 3) == 0) {
        e->level++;
        bits >>= 2;
    }
    for (int level = 0; level < e->level; level++) {
        e->next[level] = *link[level];
        *link[level] = at;
    }
}

static void list_remove(struct weal_draft *d, uint32_t at) {
    struct weal_draft_entry *e = &d->entries[at];
    uint32_t *link[WEAL_DRAFT_LEVELS];
    links_to(d, e->space, entry_key(e), false, link);
    for (int level = 0; level < e->level; level++) {
        WEAL_ASSERT(*link[level] == at);
        *link[level] = e->next[level];
    }
}

uint32_t weal_draft_seek(const struct weal_draft *d, enum weal_space space, struct weal_bytes key,
                         bool strictly) {
    uint32_t *link[WEAL_DRAFT_LEVELS];
    links_to(d, space, key, strictly, link);
    uint32_t at = *link[0];
    return at != WEAL_DRAFT_NONE && d->entries[at].space == space ? at : WEAL_DRAFT_NONE;
}

/* ---- writing ---- */

static enum weal_err draft_write(struct weal_draft *d, enum weal_space space, struct weal_bytes key,
                                 struct weal_bytes value, bool removed) {
    if (!weal_key_ok(key) || value.n > WEAL_STATE_VALUE_MAX) return WEAL_ERR_INVALID;
    if (d->count == d->entries_max) return WEAL_ERR_FULL;
    uint64_t hash = weal_store_hash(d->parent.state->store, space, key);
    if (2 * (d->keys + 1) > d->slots_mask + 1) table_grow(d);
    uint32_t *slot = slot_of(d, hash, space, key);
    uint32_t at = d->count;
    struct weal_draft_entry *e = &d->entries[at];
    size_t before = weal_arena_mark(d->arena);
    struct weal_bytes kept_key, kept = weal_arena_copy(d->arena, value);
    if (*slot != 0) {
        kept_key = entry_key(&d->entries[*slot - 1]);
    } else {
        kept_key = weal_arena_copy(d->arena, key);
    }
    if (!kept.p || !kept_key.p) {
        weal_arena_rewind(d->arena, before);
        return WEAL_ERR_FULL;
    }
    *e = (struct weal_draft_entry){.key = kept_key.p,
                                   .value = kept.p,
                                   .hash = hash,
                                   .value_n = (uint32_t)kept.n,
                                   .first = at,
                                   .older = WEAL_DRAFT_NONE,
                                   .newest = at,
                                   .key_n = (uint8_t)key.n,
                                   .space = (uint8_t)space,
                                   .removed = removed};
    if (*slot != 0) {
        struct weal_draft_entry *first = &d->entries[*slot - 1];
        e->first = *slot - 1;
        e->older = first->newest;
        first->newest = at;
    } else {
        *slot = at + 1;
        list_insert(d, at);
        d->keys++;
    }
    d->count++;
    return WEAL_OK;
}

enum weal_err weal_draft_put(struct weal_draft *d, struct weal_bytes key, struct weal_bytes value) {
    return draft_write(d, WEAL_SPACE_STATE, key, value, false);
}

enum weal_err weal_draft_del(struct weal_draft *d, struct weal_bytes key) {
    return draft_write(d, WEAL_SPACE_STATE, key, weal_bytes(NULL, 0), true);
}

enum weal_err weal_draft_put_derived(struct weal_draft *d, struct weal_bytes key,
                                     struct weal_bytes value) {
    return draft_write(d, WEAL_SPACE_DERIVED, key, value, false);
}

enum weal_err weal_draft_del_derived(struct weal_draft *d, struct weal_bytes key) {
    return draft_write(d, WEAL_SPACE_DERIVED, key, weal_bytes(NULL, 0), true);
}

struct weal_draft_mark weal_draft_mark(const struct weal_draft *d) {
    return (struct weal_draft_mark){d->count, weal_arena_mark(d->arena)};
}

void weal_draft_rewind(struct weal_draft *d, struct weal_draft_mark mark) {
    WEAL_ASSERT(mark.writes <= d->count);
    while (d->count > mark.writes) {
        uint32_t at = d->count - 1;
        struct weal_draft_entry *e = &d->entries[at];
        if (e->first == at) {
            list_remove(d, at);
            *slot_of(d, e->hash, e->space, entry_key(e)) = 0;
            d->keys--;
        } else {
            d->entries[e->first].newest = e->older;
        }
        d->count--;
    }
    weal_arena_rewind(d->arena, mark.arena);
}

/* ---- reading ---- */

static enum weal_err draft_find(const struct weal_draft *d, enum weal_space space,
                                struct weal_bytes key, struct weal_bytes *value) {
    if (!weal_key_ok(key)) return WEAL_ERR_INVALID;
    uint64_t hash = weal_store_hash(d->parent.state->store, space, key);
    uint32_t slot = *slot_of(d, hash, space, key);
    if (slot == 0) return weal_view_find(&d->parent, space, key, value);
    const struct weal_draft_entry *e = &d->entries[d->entries[slot - 1].newest];
    if (e->removed) return WEAL_ERR_NOT_FOUND;
    *value = (struct weal_bytes){e->value, e->value_n};
    return WEAL_OK;
}

enum weal_err weal_draft_get(const struct weal_draft *d, struct weal_bytes key,
                             struct weal_bytes *value) {
    return draft_find(d, WEAL_SPACE_STATE, key, value);
}

enum weal_err weal_draft_get_derived(const struct weal_draft *d, struct weal_bytes key,
                                     struct weal_bytes *value) {
    return draft_find(d, WEAL_SPACE_DERIVED, key, value);
}

enum weal_err weal_draft_next(const struct weal_draft *d, struct weal_bytes prefix,
                              struct weal_bytes after, struct weal_bytes *key,
                              struct weal_bytes *value) {
    if (prefix.n > WEAL_STATE_KEY_MAX || after.n > WEAL_STATE_KEY_MAX) return WEAL_ERR_INVALID;
    bool strictly = after.n != 0 && weal_bytes_compare_var(after, prefix) >= 0;
    struct weal_bytes from = strictly ? after : prefix, below_key = {0}, below = {0};
    uint32_t at = weal_draft_seek(d, WEAL_SPACE_STATE, from, strictly);
    enum weal_err e = weal_view_next(&d->parent, prefix, after, &below_key, &below);
    for (;;) {
        if (e != WEAL_OK && e != WEAL_ERR_NOT_FOUND) return e;
        const struct weal_draft_entry *own = NULL;
        if (at != WEAL_DRAFT_NONE && d->entries[at].space == WEAL_SPACE_STATE &&
            weal_key_has(entry_key(&d->entries[at]), prefix)) {
            own = &d->entries[at];
        }
        int c = -1;
        if (!own && e == WEAL_ERR_NOT_FOUND) return e;
        if (!own) c = 1;
        if (own && e == WEAL_OK) c = weal_bytes_compare_var(entry_key(own), below_key);
        if (c > 0) {
            *key = below_key;
            *value = below;
            return WEAL_OK;
        }
        const struct weal_draft_entry *newest = &d->entries[own->newest];
        if (!newest->removed) {
            *key = entry_key(own);
            *value = (struct weal_bytes){newest->value, newest->value_n};
            return WEAL_OK;
        }
        at = own->next[0];
        if (c == 0) e = weal_view_next(&d->parent, prefix, below_key, &below_key, &below);
    }
}
