/* SPDX-License-Identifier: ISC */
/* The write-ahead log: everything that must be on disk before an effect may leave, in one order,
 * with one fdatasync for all of a turn (README.md has the bytes).
 *
 * Records are numbered from 1 (lsn). append puts a record into a buffer; sync writes the buffer and
 * makes it durable; what it covers may then leave. A record that was never synced may be lost, or
 * half there, after a crash: replay cuts such a tail off. A damaged record that had been synced
 * (a later record says so) is CORRUPT: the caller does not vote. After any error of append or sync
 * the log stays failed: stop, restart, replay. One thread, but for the middle step of a split sync.
 */
#ifndef WEAL_STORAGE_WAL_H
#define WEAL_STORAGE_WAL_H

#include "storage/file.h"
#include "storage/mem.h"

enum {
    WEAL_WAL_INSTANCE_BYTES = 16,
    WEAL_WAL_RECORD_MAX = 1 << 20,
    WEAL_WAL_SEGMENT_MIN = 64 << 10, /* tests; nodes use 4 to 16 MiB */
    WEAL_WAL_SEGMENT_MAX = 64 << 20,
};

struct weal_wal;

struct weal_wal_entry {
    uint64_t lsn;
    uint16_t kind; /* the owner's */
    struct weal_bytes data;
};
/* Called for each record in order; what it returns, if not OK, ends the replay with it. */
typedef enum weal_err (*weal_wal_replay)(void *ctx, const struct weal_wal_entry *record);

struct weal_wal_config {
    struct weal_disk *disk;
    struct weal_mem mem;
    uint8_t instance[WEAL_WAL_INSTANCE_BYTES]; /* the data directory's; other logs are refused */
    uint32_t segment_bytes;                    /* 0: 4 MiB */
};
struct weal_wal_stat {
    uint64_t first_lsn, next_lsn, synced_lsn; /* oldest kept; next to be given; last durable */
    uint64_t segments, syncs, bytes;          /* files; fdatasyncs and bytes since open */
    uint64_t cut_bytes;                       /* torn tail cut off at open */
};

/* Opens the log, replays it and makes it ready to append. NOT_FOUND: there is no log (create makes
 * one); CORRUPT: a hole, damage, a missing segment; INVALID: a log of another instance; VERSION. */
WEAL_MUST_USE enum weal_err weal_wal_create(const struct weal_wal_config *c, struct weal_wal **out);
WEAL_MUST_USE enum weal_err weal_wal_open(const struct weal_wal_config *c, weal_wal_replay replay,
                                          void *ctx, struct weal_wal **out);
/* Does not sync. */
void weal_wal_close(struct weal_wal *w);

WEAL_MUST_USE enum weal_err weal_wal_append(struct weal_wal *w, uint16_t kind,
                                            struct weal_bytes data, uint64_t *lsn);
/* False: appending this many bytes ends the segment first, which makes all that was appended before
 * durable there and then. Who must have something else durable before that does it now. */
bool weal_wal_fits(const struct weal_wal *w, size_t n);
/* Everything appended is durable when this returns OK; no work if nothing was appended. */
WEAL_MUST_USE enum weal_err weal_wal_sync(struct weal_wal *w);
uint64_t weal_wal_synced(const struct weal_wal *w);

/* The same in three steps, for a sync thread: begin (owner) writes the buffer out, run (any thread)
 * is the fdatasync, end (owner) takes its result. One at a time; appends may go on meanwhile. */
struct weal_wal_ticket {
    struct weal_file *file; /* NULL: nothing to do */
    uint64_t lsn;
};
WEAL_MUST_USE enum weal_err weal_wal_sync_begin(struct weal_wal *w, struct weal_wal_ticket *t);
WEAL_MUST_USE enum weal_err weal_wal_sync_run(const struct weal_wal_ticket *t);
WEAL_MUST_USE enum weal_err weal_wal_sync_end(struct weal_wal *w, const struct weal_wal_ticket *t,
                                              enum weal_err result);

/* Removes whole segments that hold only records below floor; the current one stays. Whoever still
 * needs an older record appends and syncs it again first. */
WEAL_MUST_USE enum weal_err weal_wal_prune(struct weal_wal *w, uint64_t floor);
void weal_wal_stat(const struct weal_wal *w, struct weal_wal_stat *out);

#endif
