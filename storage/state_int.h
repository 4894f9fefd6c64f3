/* SPDX-License-Identifier: ISC */
/* What store, state, view, draft and applier share, private to storage/. */
#ifndef WEAL_STORAGE_STATE_INT_H
#define WEAL_STORAGE_STATE_INT_H

#include <stdatomic.h>

#include "storage/state.h"
#include "storage/tree_int.h"

/* Two spaces of keys in one write set: under the root, and derived. */
enum weal_space { WEAL_SPACE_STATE, WEAL_SPACE_DERIVED };

static inline enum weal_kv_table weal_space_table(enum weal_space s) {
    return s == WEAL_SPACE_STATE ? WEAL_KV_STATE : WEAL_KV_DERIVED;
}

/* ---- overlay: the write set of one block, immutable, in one piece of memory ---- */

struct weal_write {
    uint32_t key_at, value_at; /* into bytes */
    uint32_t value_n;
    uint8_t key_n;
    uint8_t space; /* enum weal_space */
    uint8_t removed;
};
struct weal_overlay {
    uint64_t height;
    uint8_t root[32];
    uint32_t refs; /* owner thread */
    uint32_t write_count, leaf_count, slots_mask;
    size_t footprint;
    const struct weal_write *writes;     /* sorted by space, then key */
    const struct weal_tree_leaf *leaves; /* sorted by key hash */
    const uint64_t *leads;               /* first eight bytes of each leaf's key */
    const uint64_t *slots; /* open addressing: upper half of the key's hash | index + 1 */
    const uint8_t *bytes;
};

static inline struct weal_bytes weal_write_key(const struct weal_overlay *o, uint32_t i) {
    return (struct weal_bytes){o->bytes + o->writes[i].key_at, o->writes[i].key_n};
}
static inline struct weal_bytes weal_write_value(const struct weal_overlay *o, uint32_t i) {
    return (struct weal_bytes){o->bytes + o->writes[i].value_at, o->writes[i].value_n};
}
/* The write of a key, by weal_store_hash of it; NULL when the overlay has none. */
const struct weal_write *weal_overlay_find(const struct weal_overlay *o, uint64_t hash,
                                           enum weal_space space, struct weal_bytes key);
/* Index of the first write of the space whose key is after (strictly, or not) the given one;
 * write_count when there is none. */
uint32_t weal_overlay_seek(const struct weal_overlay *o, enum weal_space space,
                           struct weal_bytes key, bool strictly);
/* The leaves that agree with prefix in depth bits: [*from, *to). */
void weal_overlay_leaves(const struct weal_overlay *o, const uint8_t prefix[32], unsigned depth,
                         uint32_t *from, uint32_t *to);

/* ---- store and state ---- */

struct weal_state {
    atomic_uint refs;
    struct weal_store *store;
    struct weal_state *next_dead;
    uint64_t height;
    struct weal_tree_ref tree;
    uint32_t count;                 /* overlays, newest first: heights height, height - 1, ... */
    struct weal_overlay *overlay[]; /* down to one above what was applied at seal */
};

struct weal_store {
    struct weal_store_config config;
    struct weal_tree_pool pool;
    _Atomic(struct weal_state *) dead; /* states nobody refers to, to be freed by the owner */
    uint64_t finalized;
    uint64_t overlay_bytes;
    uint32_t states;
};

/* Keyed hash of a key, for tables in memory. */
uint64_t weal_store_hash(const struct weal_store *store, enum weal_space space,
                         struct weal_bytes key);
/* Takes memory within the store's limit; FULL or NO_MEMORY. */
WEAL_MUST_USE enum weal_err weal_store_take(struct weal_store *store, size_t n, void **out);
void weal_store_give(struct weal_store *store, void *p, size_t n);
void weal_overlay_unref(struct weal_store *store, struct weal_overlay *o);

/* ---- views ---- */

WEAL_MUST_USE enum weal_err weal_view_find(const struct weal_view *v, enum weal_space space,
                                           struct weal_bytes key, struct weal_bytes *value);
/* The leaves of the viewed state, for tree_int.h; ctx is the view. */
WEAL_MUST_USE enum weal_err
weal_view_scan(void *view, const uint8_t prefix[32], unsigned depth,
               void (*each)(void *arg, const struct weal_tree_leaf *leaf), void *arg);
/* Heights count from NO_HEIGHT = -1, so that genesis is a step like any other. */
static inline int64_t weal_height_gap(uint64_t above, uint64_t below) {
    return (int64_t)(above - below);
}

/* ---- draft ---- */

enum { WEAL_DRAFT_LEVELS = 8 };
#define WEAL_DRAFT_NONE UINT32_MAX

/* One write in the log of a draft. The first write of a key stands in table and skip list for all
 * of them and knows the newest; each knows the one it hid. */
struct weal_draft_entry {
    const uint8_t *key, *value;
    uint64_t hash;
    uint32_t value_n;
    uint32_t first, older, newest; /* newest: kept in the first only */
    uint32_t next[WEAL_DRAFT_LEVELS];
    uint8_t key_n, space, removed, level;
};

/* The first write of the smallest key of the space that is after the given one, or DRAFT_NONE. */
uint32_t weal_draft_seek(const struct weal_draft *d, enum weal_space space, struct weal_bytes key,
                         bool strictly);

static inline bool weal_key_ok(struct weal_bytes key) {
    return key.n != 0 && key.n <= WEAL_STATE_KEY_MAX;
}
static inline bool weal_key_has(struct weal_bytes key, struct weal_bytes prefix) {
    return key.n >= prefix.n && (prefix.n == 0 || memcmp(key.p, prefix.p, prefix.n) == 0);
}

#endif
