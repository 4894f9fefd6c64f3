/* SPDX-License-Identifier: ISC */
/* The database on disk: LMDB behind kv.h. One open per directory and process; default sync, so a
 * commit is durable when it returns; no MDB_WRITEMAP (a full disk would be SIGBUS); MDB_NOTLS, so
 * that snapshots may change threads; a preset sparse map that is never resized live. */
#ifndef WEAL_STORAGE_KV_LMDB_H
#define WEAL_STORAGE_KV_LMDB_H

#include "storage/kv.h"

struct weal_kv_lmdb_config {
    const char *dir;      /* an existing directory */
    uint64_t map_bytes;   /* address space, not disk; 0: 256 GiB */
    uint32_t readers_max; /* snapshots open at once; 0: 256 */
    bool previous;        /* open the root before the last one (weald fsck --previous) */
    bool read_only;       /* for tools beside a running node */
};
struct weal_kv_lmdb_stat {
    uint64_t map_bytes, used_bytes; /* address space; pages ever used */
    uint64_t last_txn;              /* number of the last commit */
    uint64_t oldest_reader_lag;     /* commits since the oldest open snapshot was taken */
    uint32_t readers;
};

WEAL_MUST_USE enum weal_err weal_kv_lmdb_open(const struct weal_kv_lmdb_config *c,
                                              struct weal_kv **out);
/* Figures for metrics and alarms; also clears slots of readers that died. Any thread. */
WEAL_MUST_USE enum weal_err weal_kv_lmdb_stat(struct weal_kv *kv, struct weal_kv_lmdb_stat *out);
/* A compacted copy into an empty directory; a long reader: run it when quiet. */
WEAL_MUST_USE enum weal_err weal_kv_lmdb_backup(struct weal_kv *kv, const char *dir);

#endif
