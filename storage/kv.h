/* SPDX-License-Identifier: ISC */
/* The ordered key-value contract under the state: named tables, snapshots to read, one batch to
 * write. kv_lmdb.c keeps it on disk, kv_mem.c in memory with a plan of faults; everything above
 * sees only this header.
 *
 * Rules: keys are 1..511 bytes and sort by bytes (integers in keys are big-endian); values are up
 * to 64 KiB. A batch is one atomic, durable step: after WEAL_OK from commit it survives a power
 * cut, after anything else nothing of it is there. One batch at a time, from one thread. A snapshot
 * belongs to one thread at a time and sees what was committed when it was opened or refreshed; what
 * it returns points into the database and holds until it is refreshed or closed.
 * Errors: NOT_FOUND; FULL (map full: stop voting, restart with a larger one); NO_SPACE; IO and
 * CORRUPT, after which nothing more may be written by this process. */
#ifndef WEAL_STORAGE_KV_H
#define WEAL_STORAGE_KV_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

enum { WEAL_KV_KEY_MAX = 511, WEAL_KV_VALUE_MAX = 65536 };

/* Tables: X(id, name on disk, what it holds). The names are part of the format. */
#define WEAL_KV_TABLES(X)                                                                          \
    X(META, "meta", "format version, applied block, counters")                                     \
    X(STATE, "state", "state key -> value, in key order")                                          \
    X(LEAF, "leaf", "hashed state key -> leaf hash, in tree order")                                \
    X(DERIVED, "derived", "derived key -> value, outside the root")                                \
    X(BLOCK, "block", "be64 height -> block id and where header, body and certificate lie")        \
    X(BLOCK_ID, "block-id", "block id -> be64 height")                                             \
    X(TX, "tx", "transaction id -> height, position and code")                                     \
    X(NODE, "node", "what the node keeps for itself: peers, bans, schedules")

enum weal_kv_table {
#define X(id, name, doc) WEAL_KV_##id,
    WEAL_KV_TABLES(X)
#undef X
        WEAL_KV_TABLE_COUNT
};

struct weal_kv;      /* a database */
struct weal_kv_snap; /* a snapshot for reading */

struct weal_kv_ops {
    enum weal_err (*snap_open)(struct weal_kv *kv, struct weal_kv_snap **out);
    enum weal_err (*snap_refresh)(struct weal_kv_snap *s);
    void (*snap_close)(struct weal_kv_snap *s);
    enum weal_err (*get)(struct weal_kv_snap *s, enum weal_kv_table t, struct weal_bytes key,
                         struct weal_bytes *value);
    enum weal_err (*seek)(struct weal_kv_snap *s, enum weal_kv_table t, struct weal_bytes from,
                          struct weal_bytes *key, struct weal_bytes *value);
    enum weal_err (*step)(struct weal_kv_snap *s, enum weal_kv_table t, struct weal_bytes *key,
                          struct weal_bytes *value);
    enum weal_err (*count)(struct weal_kv_snap *s, enum weal_kv_table t, uint64_t *out);
    enum weal_err (*batch_begin)(struct weal_kv *kv);
    enum weal_err (*put)(struct weal_kv *kv, enum weal_kv_table t, struct weal_bytes key,
                         struct weal_bytes value, bool append);
    enum weal_err (*del)(struct weal_kv *kv, enum weal_kv_table t, struct weal_bytes key);
    enum weal_err (*commit)(struct weal_kv *kv);
    void (*abandon)(struct weal_kv *kv);
    void (*close)(struct weal_kv *kv);
};
/* First member of every back end's database and snapshot. */
struct weal_kv {
    const struct weal_kv_ops *ops;
};
struct weal_kv_snap {
    struct weal_kv *kv;
};

/* ---- reading ---- */

static inline WEAL_MUST_USE enum weal_err weal_kv_snap_open(struct weal_kv *kv,
                                                            struct weal_kv_snap **out) {
    return kv->ops->snap_open(kv, out);
}
/* Moves the snapshot to what is committed now; after an error it can only be closed. */
static inline WEAL_MUST_USE enum weal_err weal_kv_snap_refresh(struct weal_kv_snap *s) {
    return s->kv->ops->snap_refresh(s);
}
static inline void weal_kv_snap_close(struct weal_kv_snap *s) {
    if (s) s->kv->ops->snap_close(s);
}
static inline WEAL_MUST_USE enum weal_err weal_kv_get(struct weal_kv_snap *s, enum weal_kv_table t,
                                                      struct weal_bytes key,
                                                      struct weal_bytes *value) {
    return s->kv->ops->get(s, t, key, value);
}
/* The first record at or after from (which may be empty: the first of all), or NOT_FOUND. Sets the
 * one cursor this snapshot has for this table. */
static inline WEAL_MUST_USE enum weal_err weal_kv_seek(struct weal_kv_snap *s, enum weal_kv_table t,
                                                       struct weal_bytes from,
                                                       struct weal_bytes *key,
                                                       struct weal_bytes *value) {
    return s->kv->ops->seek(s, t, from, key, value);
}
/* The record after the one the last seek or step of this table gave, or NOT_FOUND. */
static inline WEAL_MUST_USE enum weal_err weal_kv_step(struct weal_kv_snap *s, enum weal_kv_table t,
                                                       struct weal_bytes *key,
                                                       struct weal_bytes *value) {
    return s->kv->ops->step(s, t, key, value);
}
static inline WEAL_MUST_USE enum weal_err weal_kv_count(struct weal_kv_snap *s,
                                                        enum weal_kv_table t, uint64_t *out) {
    return s->kv->ops->count(s, t, out);
}

/* ---- writing ---- */

static inline WEAL_MUST_USE enum weal_err weal_kv_batch_begin(struct weal_kv *kv) {
    return kv->ops->batch_begin(kv);
}
/* append: the caller swears that key is after every key of the table; faster, denser pages. */
static inline WEAL_MUST_USE enum weal_err weal_kv_put(struct weal_kv *kv, enum weal_kv_table t,
                                                      struct weal_bytes key,
                                                      struct weal_bytes value, bool append) {
    return kv->ops->put(kv, t, key, value, append);
}
/* Removing what is not there is no error. */
static inline WEAL_MUST_USE enum weal_err weal_kv_del(struct weal_kv *kv, enum weal_kv_table t,
                                                      struct weal_bytes key) {
    return kv->ops->del(kv, t, key);
}
/* Ends the batch, synced, or nothing of it. */
static inline WEAL_MUST_USE enum weal_err weal_kv_commit(struct weal_kv *kv) {
    return kv->ops->commit(kv);
}
static inline void weal_kv_abandon(struct weal_kv *kv) {
    kv->ops->abandon(kv);
}
/* All snapshots must be closed. */
static inline void weal_kv_close(struct weal_kv *kv) {
    if (kv) kv->ops->close(kv);
}

#endif
