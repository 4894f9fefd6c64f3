/* SPDX-License-Identifier: ISC */
/* The twin of kv_lmdb in memory, with a plan of faults: the simulator's and the tests' database.
 * Snapshots are kept apart by versions; single-threaded; memory from the caller. */
#ifndef WEAL_STORAGE_KV_MEM_H
#define WEAL_STORAGE_KV_MEM_H

#include "storage/kv.h"
#include "storage/mem.h"

/* Counts down at each operation of its kind; the one that reaches zero fails, with IO or what error
 * says, and so do all after it when sticky. 0: never. */
struct weal_kv_mem_faults {
    uint64_t read_in;   /* get, seek, step */
    uint64_t write_in;  /* put, del */
    uint64_t commit_in; /* nothing of the batch is kept */
    uint64_t lost_in;   /* commit returns an error, yet the batch is there after a power cut */
    enum weal_err error;
    bool sticky;
};

WEAL_MUST_USE enum weal_err weal_kv_mem_new(const struct weal_mem *mem, struct weal_kv **out);
/* The plan, to be set and read; counters run from the call on. */
struct weal_kv_mem_faults *weal_kv_mem_faults(struct weal_kv *kv);
/* What a power cut leaves: the open batch is gone, faults are cleared, all snapshots must have been
 * closed before. */
void weal_kv_mem_power_cut(struct weal_kv *kv);

#endif
