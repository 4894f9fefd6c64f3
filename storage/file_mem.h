/* SPDX-License-Identifier: ISC */
/* A disk in memory that behaves as badly as a real one may: what was not synced can be lost in a
 * power cut, sector by sector and in any order; names too; calls fail when told to; bits rot. The
 * simulator runs the WAL and the block files on it. Single-threaded; memory from the caller. */
#ifndef WEAL_STORAGE_FILE_MEM_H
#define WEAL_STORAGE_FILE_MEM_H

#include "storage/file.h"
#include "storage/mem.h"

enum { WEAL_DISK_SECTOR = 512 };

/* Counts down at each call of its kind; the one that reaches zero fails with error (IO if unset),
 * and all after it when sticky. 0: never. A failed sync leaves what it should have written marked
 * clean and lost, as Linux does; a failed write leaves a part of it. */
struct weal_disk_mem_faults {
    uint64_t any_in, read_in, write_in, sync_in;
    enum weal_err error;
    bool sticky;
    uint64_t capacity; /* bytes of all files; beyond it NO_SPACE. 0: no limit */
};
enum weal_disk_mem_cut {
    WEAL_DISK_LOSE_ALL,  /* exactly what was synced remains */
    WEAL_DISK_LOSE_SOME, /* of the rest each sector and name is kept or lost at random */
    WEAL_DISK_LOSE_NONE, /* the process died, the machine did not */
};

WEAL_MUST_USE enum weal_err weal_disk_mem_new(const struct weal_mem *mem, uint64_t seed,
                                              struct weal_disk **out);
void weal_disk_mem_free(struct weal_disk *d);
struct weal_disk_mem_faults *weal_disk_mem_faults(struct weal_disk *d);
/* Closes every open file (their handles are dead), clears the faults and applies the cut. */
void weal_disk_mem_power_cut(struct weal_disk *d, enum weal_disk_mem_cut cut);
/* Flips bits of one byte, synced or not; false when there is no such byte. */
bool weal_disk_mem_rot(struct weal_disk *d, const char *name, uint64_t at, uint8_t bits);
/* Calls of sync so far. */
uint64_t weal_disk_mem_syncs(const struct weal_disk *d);

#endif
