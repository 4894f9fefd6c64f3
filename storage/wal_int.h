/* SPDX-License-Identifier: ISC */
/* The log's bytes and its object, for writing (wal.c), replaying (wal_open.c) and fsck. */
#ifndef WEAL_STORAGE_WAL_INT_H
#define WEAL_STORAGE_WAL_INT_H

#include "storage/crc32c.h"
#include "storage/wal.h"

enum { WEAL_WAL_HEAD = 64, WEAL_WAL_RECORD_HEAD = 32, WEAL_WAL_VERSION = 1 };
#define WEAL_WAL_MAGIC "WEALWAL1"
#define WEAL_WAL_SPARE "wal-spare"

struct weal_wal_segment {
    uint64_t seq, first_lsn;
};
struct weal_wal {
    struct weal_wal_config c;
    struct weal_file *file;    /* the last segment */
    struct weal_file *syncing; /* of a split sync under way */
    bool syncing_left;         /* the log has moved on from it */
    bool failed;
    uint32_t seed; /* of this segment's sums */
    uint64_t at;   /* where the buffer will be written */
    uint64_t next_lsn, synced;
    uint8_t *buffer;
    size_t buffer_n, buffer_cap;
    struct weal_wal_segment *segment; /* oldest first */
    size_t segment_count, segment_cap;
    struct weal_wal_stat stat;
};

static inline size_t weal_wal_record_bytes(size_t data_n) {
    return (WEAL_WAL_RECORD_HEAD + data_n + 7) & ~(size_t)7;
}
void weal_wal_segment_name(char out[WEAL_FILE_NAME_MAX + 1], uint64_t seq);
/* Sums begin with instance and number of the segment, so records of others never pass. */
uint32_t weal_wal_seed(const struct weal_wal_config *c, uint64_t seq);
void weal_wal_head_put(uint8_t out[WEAL_WAL_HEAD], const struct weal_wal_config *c, uint64_t seq,
                       uint64_t first_lsn);
WEAL_MUST_USE enum weal_err weal_wal_make(const struct weal_wal_config *c, struct weal_wal **out);
WEAL_MUST_USE enum weal_err weal_wal_segment_add(struct weal_wal *w, uint64_t seq,
                                                 uint64_t first_lsn);
/* Whether the disk has any segment. */
WEAL_MUST_USE enum weal_err weal_wal_any(struct weal_disk *d, bool *exists);

/* What a walk over the bytes of one segment found; pure, for replay, fsck and the fuzzer. */
struct weal_wal_walk {
    uint64_t next_lsn; /* in: expected; out: after the last whole record */
    size_t end;        /* where the whole records end */
    size_t dirt;       /* where the last byte that is not zero stands, + 1 (>= end) */
    bool hole;         /* a later record says that the one missing at end had been synced */
};
WEAL_MUST_USE enum weal_err weal_wal_walk(struct weal_bytes segment, uint32_t seed,
                                          weal_wal_replay replay, void *ctx,
                                          struct weal_wal_walk *walk);
/* Reads a segment's head: CORRUPT, VERSION, or INVALID for another instance or number. */
WEAL_MUST_USE enum weal_err weal_wal_head_get(struct weal_bytes segment,
                                              const struct weal_wal_config *c, uint64_t seq,
                                              uint64_t *first_lsn);

#endif
