/* SPDX-License-Identifier: ISC */
/* The database on disk: LMDB behind kv.h. One open per directory and process; default sync, so a
 * commit is durable when it returns; no MDB_WRITEMAP (a full disk would be SIGBUS); MDB_NOTLS, so
 * that snapshots may change threads; a preset sparse map that is never resized live.
 *
 * LMDB sums up none of its pages. What can be told from a damaged one is CORRUPT: a length over
 * kv.h's limits, keys that do not rise. What makes LMDB itself fault ends the process through
 * damaged (kv_fault.h). Values changed within their length are for the state's tree to notice.
 * Not told: a damaged page count of a value longer than half a page (rare in our tables) that is
 * overwritten; LMDB then frees as many as it says, and the process runs out of memory. */
#ifndef WEAL_STORAGE_KV_LMDB_H
#define WEAL_STORAGE_KV_LMDB_H

#include "storage/kv.h"

struct weal_kv_lmdb_config {
    const char *dir;      /* an existing directory */
    uint64_t map_bytes;   /* address space, not disk; 0: 256 GiB */
    uint32_t readers_max; /* snapshots open at once; 0: 256 */
    bool previous;        /* open the root before the last one (weald fsck --previous) */
    bool read_only;       /* for tools beside a running node */
    /* A fault that is the database's: says so and ends the process; called in a signal handler.
     * NULL: such a fault kills as any other. */
    void (*damaged)(const char *file, const char *table);
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
/* Whether every page is free or a table's, none twice and none nobody's; CORRUPT when not. Reads
 * the list of free pages only, no table. */
WEAL_MUST_USE enum weal_err weal_kv_lmdb_check(struct weal_kv *kv);

#endif
