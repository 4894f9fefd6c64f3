/* SPDX-License-Identifier: ISC */
/* The real disk: one directory held open, files relative to it, so that nothing depends on the
 * working directory. EINTR is retried; a short write is continued; everything else is reported. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/file.h"

enum { FILE_MODE = 0600 };

struct posix_disk {
    struct weal_disk base;
    int fd;
};
struct posix_file {
    struct weal_file base;
    int fd;
};

static int dir_of(struct weal_disk *d) {
    return ((struct posix_disk *)d)->fd;
}
static int fd_of(struct weal_file *f) {
    return ((struct posix_file *)f)->fd;
}

static enum weal_err err_of(int e) {
    switch (e) {
    case ENOENT:
        return WEAL_ERR_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return WEAL_ERR_NO_SPACE;
    case ENOMEM:
        return WEAL_ERR_NO_MEMORY;
    case EWOULDBLOCK:
        return WEAL_ERR_LOCKED;
    default:
        return WEAL_ERR_IO;
    }
}

static enum weal_err posix_open(struct weal_disk *d, const char *name, bool create,
                                struct weal_file **out) {
    struct posix_file *f = malloc(sizeof *f);
    if (!f) return WEAL_ERR_NO_MEMORY;
    f->base.disk = d;
    do {
        f->fd = openat(dir_of(d), name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0),
                       FILE_MODE);
    } while (f->fd < 0 && errno == EINTR);
    if (f->fd < 0) {
        enum weal_err e = err_of(errno);
        free(f);
        return e;
    }
    *out = &f->base;
    return WEAL_OK;
}

static void posix_close(struct weal_file *f) {
    close(fd_of(f));
    free(f);
}

static enum weal_err posix_size(struct weal_file *f, uint64_t *out) {
    struct stat st;
    if (fstat(fd_of(f), &st) != 0) return err_of(errno);
    *out = (uint64_t)st.st_size;
    return WEAL_OK;
}

static enum weal_err posix_read(struct weal_file *f, uint64_t at, void *out, size_t n,
                                size_t *got) {
    size_t done = 0;
    while (done < n) {
        ssize_t k = pread(fd_of(f), (uint8_t *)out + done, n - done, (off_t)(at + done));
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return err_of(errno);
        if (k == 0) break;
        done += (size_t)k;
    }
    *got = done;
    return WEAL_OK;
}

static enum weal_err posix_write(struct weal_file *f, uint64_t at, const void *from, size_t n) {
    size_t done = 0;
    while (done < n) {
        ssize_t k = pwrite(fd_of(f), (const uint8_t *)from + done, n - done, (off_t)(at + done));
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return err_of(k < 0 ? errno : EIO);
        done += (size_t)k;
    }
    return WEAL_OK;
}

/* New space is written, not only reserved: a first write into reserved blocks would cost a journal
 * commit at its fdatasync. */
static enum weal_err posix_resize(struct weal_file *f, uint64_t size) {
    static const uint8_t zeros[65536];
    uint64_t now;
    enum weal_err e = posix_size(f, &now);
    if (e != WEAL_OK) return e;
    if (size <= now) return ftruncate(fd_of(f), (off_t)size) == 0 ? WEAL_OK : err_of(errno);
    for (uint64_t at = now; at < size && e == WEAL_OK;) {
        size_t n = size - at < sizeof zeros ? (size_t)(size - at) : sizeof zeros;
        e = posix_write(f, at, zeros, n);
        at += n;
    }
    if (e != WEAL_OK && ftruncate(fd_of(f), (off_t)now) != 0) return err_of(errno);
    return e;
}

static enum weal_err posix_sync(struct weal_file *f) {
    /* not repeated on any error: after a failed sync the pages may be marked clean */
    return fdatasync(fd_of(f)) == 0 ? WEAL_OK : WEAL_ERR_IO;
}

static enum weal_err posix_remove(struct weal_disk *d, const char *name) {
    return unlinkat(dir_of(d), name, 0) == 0 ? WEAL_OK : err_of(errno);
}

static enum weal_err posix_rename(struct weal_disk *d, const char *from, const char *to) {
    return renameat(dir_of(d), from, dir_of(d), to) == 0 ? WEAL_OK : err_of(errno);
}

static enum weal_err posix_list(struct weal_disk *d, void (*each)(void *ctx, const char *name),
                                void *ctx) {
    int fd = openat(dir_of(d), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        enum weal_err e = err_of(errno);
        if (fd >= 0) close(fd);
        return e;
    }
    errno = 0;
    for (struct dirent *e; (e = readdir(dir)); errno = 0) {
        struct stat st;
        if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
            each(ctx, e->d_name);
        }
    }
    enum weal_err e = errno == 0 ? WEAL_OK : err_of(errno);
    closedir(dir);
    return e;
}

static enum weal_err posix_sync_names(struct weal_disk *d) {
    return fsync(dir_of(d)) == 0 ? WEAL_OK : WEAL_ERR_IO;
}

static enum weal_err posix_lock(struct weal_disk *d, const char *name, struct weal_file **out) {
    enum weal_err e = posix_open(d, name, true, out);
    if (e != WEAL_OK) return e;
    if (flock(fd_of(*out), LOCK_EX | LOCK_NB) == 0) return WEAL_OK;
    e = err_of(errno);
    posix_close(*out);
    *out = NULL;
    return e;
}

enum weal_err weal_disk_posix_open(const char *dir, struct weal_disk **out) {
    static const struct weal_disk_ops ops = {
        .open = posix_open,
        .close = posix_close,
        .size = posix_size,
        .read = posix_read,
        .write = posix_write,
        .resize = posix_resize,
        .sync = posix_sync,
        .remove = posix_remove,
        .rename = posix_rename,
        .list = posix_list,
        .sync_names = posix_sync_names,
        .lock = posix_lock,
    };
    struct posix_disk *d = malloc(sizeof *d);
    if (!d) return WEAL_ERR_NO_MEMORY;
    d->base.ops = &ops;
    d->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0) {
        enum weal_err e = err_of(errno);
        free(d);
        return e;
    }
    *out = &d->base;
    return WEAL_OK;
}

void weal_disk_posix_close(struct weal_disk *d) {
    if (!d) return;
    close(dir_of(d));
    free(d);
}
