/* SPDX-License-Identifier: ISC */
/* The file operations that the WAL and the block segments stand on: a struct of functions, so that
 * the simulator can put a faulty disk beneath the same code. file_posix.c is the real one;
 * file_mem.c forgets what was not synced, tears sectors, flips bits and fails at the n-th call.
 *
 * A disk is one directory; names have no slash and at most 63 characters. Files are written by
 * position. Durable means: contents by sync, a name (created, renamed, removed) by sync_names.
 * Errors: NOT_FOUND, NO_SPACE, IO, LOCKED. After IO from sync the contents are unknown: the caller
 * stops, restarts and replays, never tries again. */
#ifndef WEAL_STORAGE_FILE_H
#define WEAL_STORAGE_FILE_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

enum { WEAL_FILE_NAME_MAX = 63 };

struct weal_disk;
struct weal_file;

struct weal_disk_ops {
    enum weal_err (*open)(struct weal_disk *d, const char *name, bool create,
                          struct weal_file **out);
    void (*close)(struct weal_file *f);
    enum weal_err (*size)(struct weal_file *f, uint64_t *out);
    enum weal_err (*read)(struct weal_file *f, uint64_t at, void *out, size_t n, size_t *got);
    enum weal_err (*write)(struct weal_file *f, uint64_t at, const void *from, size_t n);
    enum weal_err (*resize)(struct weal_file *f, uint64_t size);
    enum weal_err (*sync)(struct weal_file *f);
    enum weal_err (*remove)(struct weal_disk *d, const char *name);
    enum weal_err (*rename)(struct weal_disk *d, const char *from, const char *to);
    enum weal_err (*list)(struct weal_disk *d, void (*each)(void *ctx, const char *name),
                          void *ctx);
    enum weal_err (*sync_names)(struct weal_disk *d);
    enum weal_err (*lock)(struct weal_disk *d, const char *name, struct weal_file **out);
};
/* First member of every kind of disk and file. */
struct weal_disk {
    const struct weal_disk_ops *ops;
};
struct weal_file {
    struct weal_disk *disk;
};

static inline WEAL_MUST_USE enum weal_err weal_file_open(struct weal_disk *d, const char *name,
                                                         bool create, struct weal_file **out) {
    return d->ops->open(d, name, create, out);
}
static inline void weal_file_close(struct weal_file *f) {
    if (f) f->disk->ops->close(f);
}
static inline WEAL_MUST_USE enum weal_err weal_file_size(struct weal_file *f, uint64_t *out) {
    return f->disk->ops->size(f, out);
}
/* Reads up to n bytes; fewer only at the end of the file. */
static inline WEAL_MUST_USE enum weal_err weal_file_read(struct weal_file *f, uint64_t at,
                                                         void *out, size_t n, size_t *got) {
    return f->disk->ops->read(f, at, out, n, got);
}
/* Writes all or fails; the file grows as needed. */
static inline WEAL_MUST_USE enum weal_err weal_file_write(struct weal_file *f, uint64_t at,
                                                          const void *from, size_t n) {
    return f->disk->ops->write(f, at, from, n);
}
/* Cuts, or lengthens by zeros that take their place on the disk now (no NO_SPACE later). */
static inline WEAL_MUST_USE enum weal_err weal_file_resize(struct weal_file *f, uint64_t size) {
    return f->disk->ops->resize(f, size);
}
/* fdatasync. May run on another thread than reads and writes of the same file. */
static inline WEAL_MUST_USE enum weal_err weal_file_sync(struct weal_file *f) {
    return f->disk->ops->sync(f);
}
static inline WEAL_MUST_USE enum weal_err weal_file_remove(struct weal_disk *d, const char *name) {
    return d->ops->remove(d, name);
}
static inline WEAL_MUST_USE enum weal_err weal_file_rename(struct weal_disk *d, const char *from,
                                                           const char *to) {
    return d->ops->rename(d, from, to);
}
/* Calls each for every file, in no order; each must not change the directory. */
static inline WEAL_MUST_USE enum weal_err
weal_file_list(struct weal_disk *d, void (*each)(void *ctx, const char *name), void *ctx) {
    return d->ops->list(d, each, ctx);
}
static inline WEAL_MUST_USE enum weal_err weal_file_sync_names(struct weal_disk *d) {
    return d->ops->sync_names(d);
}
/* Opens (creating) and locks a file against other processes until it is closed; LOCKED. */
static inline WEAL_MUST_USE enum weal_err weal_file_lock(struct weal_disk *d, const char *name,
                                                         struct weal_file **out) {
    return d->ops->lock(d, name, out);
}

/* The real disk: an existing directory. */
WEAL_MUST_USE enum weal_err weal_disk_posix_open(const char *dir, struct weal_disk **out);
void weal_disk_posix_close(struct weal_disk *d);

#endif
