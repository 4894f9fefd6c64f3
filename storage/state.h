/* SPDX-License-Identifier: ISC */
/* The state after a block, finalized or not (README.md has the design and the attacks on it).
 *
 *   store   what one process holds: database, tree pages, limits
 *   reader  one thread's window into the database, at some applied height r
 *   state   immutable and reference-counted: height, root, tree, and the overlays (write sets) of
 *           the blocks above the height that was applied when it was sealed
 *   view    a state seen through a reader: overlays newest to oldest, then the database
 *   draft   the write set of a block in the making, over a view
 *
 * Looking through overlays again that the database already holds changes nothing, so a reader may
 * move forward under a state at any time; it may not be ahead of it (STALE).
 *
 * A key is a table byte and more, 1..200 bytes; a value at most 64 KiB. A second namespace of
 * *derived* records stands outside the root. Values are borrowed: they hold until the reader is
 * refreshed or closed, the state released, or, for the draft's own, until a rewind past their put
 * or the end of the arena. They may be unaligned.
 * Errors: NOT_FOUND; IO and CORRUPT from the database; FULL when a declared limit is reached;
 * INVALID for a key or value outside its limits. */
#ifndef WEAL_STORAGE_STATE_H
#define WEAL_STORAGE_STATE_H

#include "crypto/base/arena.h"
#include "crypto/base/err.h"
#include "storage/kv.h"
#include "storage/mem.h"

enum {
    WEAL_STATE_KEY_MAX = 200,
    WEAL_STATE_VALUE_MAX = 65536,
    WEAL_STATE_UNFINAL_MAX = 64,    /* D: blocks above the last finalized one */
    WEAL_STATE_UNAPPLIED_MAX = 128, /* finalized blocks the applier has not written */
    WEAL_STATE_OVERLAYS_MAX = WEAL_STATE_UNFINAL_MAX + WEAL_STATE_UNAPPLIED_MAX,
};
/* The height of the empty state before genesis; genesis is height 0 = this + 1. */
#define WEAL_STATE_NO_HEIGHT UINT64_MAX

struct weal_store;
struct weal_state;

/* ---- store ---- */

struct weal_store_config {
    struct weal_kv *kv;     /* kept until close, not owned */
    struct weal_mem mem;    /* used on the owner thread only */
    uint64_t overlay_bytes; /* limit over all overlays; 0: 128 MiB */
    uint32_t pages;         /* limit of tree pages, 152 bytes each; 0: 2 million */
    uint8_t seed[16];       /* random: keeps strangers from choosing hash-table collisions */
};
struct weal_store_stat {
    uint64_t finalized;     /* height, or NO_HEIGHT */
    uint64_t overlay_bytes; /* in use */
    uint32_t states, pages; /* alive */
    uint64_t page_bytes;    /* taken for pages, free ones included */
};

/* Opens the store over a database, rebuilding the tree from its leaves; *base is the state it holds
 * (NO_HEIGHT and a zero root when new), owned by the caller. CORRUPT when the leaves do not lead to
 * the root that was committed with them, VERSION for another format. The calling thread is the
 * owner: open, seal, release of the last reference, reap and close are its alone. */
WEAL_MUST_USE enum weal_err weal_store_open(const struct weal_store_config *config,
                                            struct weal_store **out, struct weal_state **base);
/* Every state, reader and draft must be gone. */
void weal_store_close(struct weal_store *store);
/* Tells which height is finalized (never going back); the depth limits count from it. */
void weal_store_finalized(struct weal_store *store, uint64_t height);
/* Frees states whose last reference another thread dropped. Cheap; also done by seal. */
void weal_store_reap(struct weal_store *store);
void weal_store_stat(const struct weal_store *store, struct weal_store_stat *out);

/* ---- readers: any thread, each its own ---- */

struct weal_reader {
    struct weal_store *store;
    struct weal_kv_snap *snap;
    uint64_t height; /* what the database held when the snapshot was taken */
    uint8_t root[32];
};
WEAL_MUST_USE enum weal_err weal_reader_open(struct weal_reader *r, struct weal_store *store);
/* Moves to what is applied now, so that old pages of the database can be used again: the owner does
 * it between blocks, others at least every two seconds. */
WEAL_MUST_USE enum weal_err weal_reader_refresh(struct weal_reader *r);
void weal_reader_close(struct weal_reader *r);

/* ---- states: references may be taken and dropped on any thread ---- */

struct weal_state *weal_state_ref(struct weal_state *s);
void weal_state_unref(struct weal_state *s); /* NULL is fine */
uint64_t weal_state_height(const struct weal_state *s);
const uint8_t *weal_state_root(const struct weal_state *s);

/* ---- views ---- */

struct weal_view {
    const struct weal_state *state; /* borrowed: the caller holds a reference */
    struct weal_reader *reader;     /* borrowed */
    uint32_t overlays;              /* how many of the state's overlays the reader lacks */
};
/* STALE: the database has gone past this state or along another branch (take the newest state), or
 * the reader is older than the state's first overlay (refresh it). */
WEAL_MUST_USE enum weal_err weal_view_open(struct weal_view *v, const struct weal_state *s,
                                           struct weal_reader *r);
WEAL_MUST_USE enum weal_err weal_view_get(const struct weal_view *v, struct weal_bytes key,
                                          struct weal_bytes *value);
WEAL_MUST_USE enum weal_err weal_view_get_derived(const struct weal_view *v, struct weal_bytes key,
                                                  struct weal_bytes *value);
/* The first record whose key starts with prefix and is after `after` (strictly; empty: from the
 * start of the prefix). NOT_FOUND at the end. after may be the key the last call gave. */
WEAL_MUST_USE enum weal_err weal_view_next(const struct weal_view *v, struct weal_bytes prefix,
                                           struct weal_bytes after, struct weal_bytes *key,
                                           struct weal_bytes *value);
/* Writes the proof that key is there, or is not, under the state's root (tree.h checks it); w needs
 * WEAL_TREE_PROOF_MAX at most, some 800 bytes usually. *present says which of the two. */
WEAL_MUST_USE enum weal_err weal_view_prove(const struct weal_view *v, struct weal_bytes key,
                                            struct weal_wr *w, bool *present);

/* ---- drafts ---- */

/* Where a draft stood; marks nest. */
struct weal_draft_mark {
    uint32_t writes;
    size_t arena;
};
struct weal_draft_entry;
struct weal_draft {
    struct weal_view parent;
    struct weal_arena *arena;
    struct weal_draft_entry *entries; /* the log of writes, oldest first */
    uint32_t *slots;                  /* open addressing: index + 1 of a key's newest write */
    uint32_t entries_max, slots_mask, count, keys;
    uint32_t head[8]; /* skip list over the keys, in order */
};

/* An empty draft over the parent view. Takes about 90 bytes for each of writes_max writes (an
 * overwrite counts again) from the arena at once, keys and values as they come; FULL when the arena
 * cannot give that. The view, state and reader stay as they are until the draft's end, which needs
 * no call: rewind the arena. */
WEAL_MUST_USE enum weal_err weal_draft_init(struct weal_draft *d, const struct weal_view *parent,
                                            struct weal_arena *arena, uint32_t writes_max);
WEAL_MUST_USE enum weal_err weal_draft_get(const struct weal_draft *d, struct weal_bytes key,
                                           struct weal_bytes *value);
WEAL_MUST_USE enum weal_err weal_draft_put(struct weal_draft *d, struct weal_bytes key,
                                           struct weal_bytes value);
/* Removing what is not there is no error. */
WEAL_MUST_USE enum weal_err weal_draft_del(struct weal_draft *d, struct weal_bytes key);
/* As weal_view_next, the draft's own writes merged in. Writes between two calls are seen. */
WEAL_MUST_USE enum weal_err weal_draft_next(const struct weal_draft *d, struct weal_bytes prefix,
                                            struct weal_bytes after, struct weal_bytes *key,
                                            struct weal_bytes *value);
WEAL_MUST_USE enum weal_err weal_draft_get_derived(const struct weal_draft *d,
                                                   struct weal_bytes key, struct weal_bytes *value);
WEAL_MUST_USE enum weal_err weal_draft_put_derived(struct weal_draft *d, struct weal_bytes key,
                                                   struct weal_bytes value);
WEAL_MUST_USE enum weal_err weal_draft_del_derived(struct weal_draft *d, struct weal_bytes key);

struct weal_draft_mark weal_draft_mark(const struct weal_draft *d);
/* Undoes every write since the mark and rewinds the arena to it: whatever the caller took from the
 * same arena since then is gone too. */
void weal_draft_rewind(struct weal_draft *d, struct weal_draft_mark mark);

/* Computes tree and root and makes the state one height above the parent; the draft stays as it is
 * (the root of the block is read off the state). Owner thread. Errors besides the database's:
 * UNFINAL_DEPTH, UNAPPLIED_DEPTH when the limits above are reached, FULL (overlay bytes or pages),
 * NO_MEMORY. After an error nothing has changed. */
WEAL_MUST_USE enum weal_err weal_draft_seal(struct weal_draft *d, struct weal_state **out);

#endif
