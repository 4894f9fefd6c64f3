/* SPDX-License-Identifier: ISC */
/* A bad machine beneath a good program: a library for LD_PRELOAD, used by the functional tests
 * only.
 *
 * Power loss. Everything that changes a file or a name under WEAL_FAULTS_DIR is written, with what
 * was there before, into the journal WEAL_FAULTS_JOURNAL before it is done; so is every sync, after
 * it (none is really made; WEAL_FAULTS_SYNC_US says how long one takes at most). When the process
 * has been killed, tests/functional/powerloss.py takes back what was never synced, or parts of it.
 * LMDB writes by pwrite/pwritev, syncs by fdatasync and its meta page by O_DSYNC; its lock file is
 * not kept over a start and is not recorded.
 *
 * Disk and clock. WEAL_FAULTS_CONTROL names a file of three int64 that the test may change while
 * the process runs: nanoseconds added to the wall clock (the monotonic one is left alone), the free
 * bytes that statvfs tells (-1: the truth), and whether what lengthens a file fails with ENOSPC.
 *
 * System calls are made directly, so that nothing depends on the order of libraries. One lock. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))

enum op { WRITE = 1, CUT, SYNC, CREATE, RENAME, UNLINK, NAMES, DURABLE };

struct record { /* and behind it old bytes, new bytes, names */
    uint32_t magic, op;
    uint64_t seq, ino;
    int64_t at;
    uint64_t size; /* of the file before */
    uint32_t old_n, new_n, names_n, zero;
};

struct control {
    int64_t clock_ns, free_bytes, full;
};

enum { MAGIC = 0x57454a4c, INODES_MAX = 65536 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char dir[PATH_MAX], journal_path[PATH_MAX];
static size_t dir_n;
static int journal = -1;
static uint64_t seq;
static unsigned sync_us; /* how long a sync takes, at most */
static ino_t inodes[INODES_MAX];
static unsigned inodes_n;
static const struct control none = {0, -1, 0};
static const volatile struct control *control = &none;
static int (*next_clock_gettime)(clockid_t, struct timespec *);
static int (*next_statvfs)(const char *, struct statvfs *);

__attribute__((constructor)) static void begin(void) {
    const char *d = getenv("WEAL_FAULTS_DIR"), *j = getenv("WEAL_FAULTS_JOURNAL");
    const char *c = getenv("WEAL_FAULTS_CONTROL");
    *(void **)&next_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    *(void **)&next_statvfs = dlsym(RTLD_NEXT, "statvfs");
    const char *s = getenv("WEAL_FAULTS_SYNC_US");
    if (s) sync_us = (unsigned)atoi(s);
    if (d && realpath(d, dir)) dir_n = strlen(dir);
    if (j) {
        snprintf(journal_path, sizeof journal_path, "%s", j);
        int fd = (int)syscall(SYS_openat, AT_FDCWD, j, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (fd >= 0) journal = fcntl(fd, F_DUPFD_CLOEXEC, 700);
        if (fd >= 0) syscall(SYS_close, fd);
    }
    int fd = c ? (int)syscall(SYS_openat, AT_FDCWD, c, O_RDONLY | O_CLOEXEC, 0) : -1;
    if (fd >= 0) {
        void *p = mmap(NULL, sizeof *control, PROT_READ, MAP_SHARED, fd, 0);
        if (p != MAP_FAILED) control = p;
        syscall(SYS_close, fd);
    }
}

/* ---- the journal ---- */

static void note(enum op op, struct record *r, const void *old, const void *new,
                 const char *names) {
    r->magic = MAGIC;
    r->op = op;
    r->seq = ++seq;
    struct iovec v[] = {{r, sizeof *r},
                        {(void *)(uintptr_t)old, r->old_n},
                        {(void *)(uintptr_t) new, r->new_n},
                        {(void *)(uintptr_t)names, r->names_n}};
    syscall(SYS_writev, journal, v, 4);
}

static bool is_ours(const char *path) {
    const char *name = strrchr(path, '/');
    return dir_n != 0 && strncmp(path, dir, dir_n) == 0 && path[dir_n] == '/' && name &&
           strcmp(name, "/lock.mdb") != 0 && strcmp(name, "/lock") != 0;
}
static bool known(ino_t ino) {
    for (unsigned i = inodes_n; i-- > 0;) {
        if (inodes[i] == ino) return true;
    }
    return false;
}
/* The state of a followed file behind fd. */
static bool followed(int fd, struct stat *st) {
    if (dir_n == 0 || fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) return false;
    pthread_mutex_lock(&lock);
    bool yes = known(st->st_ino);
    pthread_mutex_unlock(&lock);
    return yes;
}
static bool path_of_fd(int fd, char out[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    out[n < 0 ? 0 : n] = 0;
    return n > 0;
}
static bool path_at(int at, const char *name, char out[PATH_MAX]) {
    char base[PATH_MAX];
    if (name[0] == '/') return snprintf(out, PATH_MAX, "%s", name) < PATH_MAX;
    if (at == AT_FDCWD ? !getcwd(base, sizeof base) : !path_of_fd(at, base)) return false;
    return snprintf(out, PATH_MAX, "%s/%s", base, name) < PATH_MAX;
}

/* ---- contents ---- */

/* One write, recorded and done under the lock. */
static ssize_t record_write(int fd, const struct stat *st, const void *p, size_t n, off_t at) {
    if (control->full && at + (off_t)n > st->st_size) {
        errno = ENOSPC;
        return -1;
    }
    if (journal < 0) return syscall(SYS_pwrite64, fd, p, n, at);
    struct record r = {.ino = st->st_ino, .at = at, .new_n = (uint32_t)n};
    struct stat now;
    void *old = malloc(n + 1);
    char own[PATH_MAX];
    bool durable = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
    if (!old) return -1;
    pthread_mutex_lock(&lock);
    fstat(fd, &now);
    r.size = (uint64_t)now.st_size;
    /* the descriptor may be write-only: read through another */
    int reader = fd;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
        snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
        reader = (int)syscall(SYS_openat, AT_FDCWD, own, O_RDONLY | O_CLOEXEC, 0);
    }
    long got = syscall(SYS_pread64, reader, old, n, at);
    r.old_n = got < 0 ? 0 : (uint32_t)got;
    if (reader != fd) syscall(SYS_close, reader);
    note(WRITE, &r, old, p, NULL);
    uint64_t mine = r.seq;
    ssize_t rc = syscall(SYS_pwrite64, fd, p, n, at);
    if (durable) {
        struct record d = {.ino = st->st_ino, .at = (int64_t)mine};
        note(DURABLE, &d, NULL, NULL, NULL);
    }
    pthread_mutex_unlock(&lock);
    free(old);
    return rc;
}

SHOWN ssize_t pwrite(int fd, const void *p, size_t n, off_t at) {
    struct stat st;
    if (!followed(fd, &st)) return syscall(SYS_pwrite64, fd, p, n, at);
    return record_write(fd, &st, p, n, at);
}
SHOWN ssize_t pwrite64(int fd, const void *p, size_t n, off_t at) {
    return pwrite(fd, p, n, at);
}
SHOWN ssize_t pwritev(int fd, const struct iovec *v, int k, off_t at) {
    struct stat st;
    ssize_t all = 0;
    if (!followed(fd, &st)) return syscall(SYS_pwritev, fd, v, k, at, 0);
    for (int i = 0; i < k; i++) {
        ssize_t rc = record_write(fd, &st, v[i].iov_base, v[i].iov_len, at + all);
        if (rc < 0) return all > 0 ? all : rc;
        all += rc;
    }
    return all;
}
SHOWN ssize_t pwritev64(int fd, const struct iovec *v, int k, off_t at) {
    return pwritev(fd, v, k, at);
}
SHOWN ssize_t write(int fd, const void *p, size_t n) {
    struct stat st;
    if (!followed(fd, &st)) return syscall(SYS_write, fd, p, n);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t rc = record_write(fd, &st, p, n, at);
    if (rc > 0) lseek(fd, at + rc, SEEK_SET);
    return rc;
}
SHOWN ssize_t writev(int fd, const struct iovec *v, int k) {
    struct stat st;
    ssize_t all = 0;
    if (!followed(fd, &st)) return syscall(SYS_writev, fd, v, k);
    for (int i = 0; i < k; i++) {
        ssize_t rc = write(fd, v[i].iov_base, v[i].iov_len);
        if (rc < 0) return all > 0 ? all : rc;
        all += rc;
    }
    return all;
}
SHOWN int ftruncate(int fd, off_t size) {
    struct stat st;
    if (!followed(fd, &st) || journal < 0) return (int)syscall(SYS_ftruncate, fd, size);
    if (control->full && size > st.st_size) {
        errno = ENOSPC;
        return -1;
    }
    struct record r = {.ino = st.st_ino, .at = size, .size = (uint64_t)st.st_size};
    size_t n = st.st_size > size ? (size_t)(st.st_size - size) : 0;
    void *old = malloc(n + 1);
    if (!old) return -1;
    pthread_mutex_lock(&lock);
    long got = n ? syscall(SYS_pread64, fd, old, n, size) : 0;
    r.old_n = got < 0 ? 0 : (uint32_t)got;
    note(CUT, &r, old, NULL, NULL);
    int rc = (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_unlock(&lock);
    free(old);
    return rc;
}
SHOWN int ftruncate64(int fd, off_t size) {
    return ftruncate(fd, size);
}

/* ---- syncs: noted, not made ---- */

static int sync_of(int fd) {
    char path[PATH_MAX];
    struct stat st;
    if (fstat(fd, &st) != 0) return -1;
    if (journal < 0) return (int)syscall(SYS_fdatasync, fd);
    pthread_mutex_lock(&lock);
    uint64_t before = seq; /* what comes while it lasts is not covered by it */
    pthread_mutex_unlock(&lock);
    if (sync_us) usleep((unsigned)rand() % sync_us);
    pthread_mutex_lock(&lock);
    if (S_ISDIR(st.st_mode) && path_of_fd(fd, path)) {
        struct record r = {.at = (int64_t)before, .names_n = (uint32_t)strlen(path) + 1};
        note(NAMES, &r, NULL, NULL, path);
    } else if (known(st.st_ino)) {
        struct record r = {.ino = st.st_ino, .at = (int64_t)before};
        note(SYNC, &r, NULL, NULL, NULL);
    }
    pthread_mutex_unlock(&lock);
    return 0;
}
SHOWN int fdatasync(int fd) {
    return sync_of(fd);
}
SHOWN int fsync(int fd) {
    return sync_of(fd);
}

/* ---- names ---- */

static int open_any(int at, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    struct stat st;
    bool writes = (flags & O_ACCMODE) != O_RDONLY;
    if (dir_n == 0 || !writes || (flags & O_DIRECTORY) || !path_at(at, name, path) ||
        !is_ours(path)) {
        return (int)syscall(SYS_openat, at, name, flags, mode);
    }
    pthread_mutex_lock(&lock);
    bool is_new = (flags & O_CREAT) && faccessat(at, name, F_OK, 0) != 0;
    if (is_new && journal >= 0) {
        struct record r = {.names_n = (uint32_t)strlen(path) + 1};
        note(CREATE, &r, NULL, NULL, path);
    }
    int fd = (int)syscall(SYS_openat, at, name, flags & ~O_TRUNC, mode);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !known(st.st_ino) &&
        inodes_n < INODES_MAX) {
        inodes[inodes_n++] = st.st_ino;
    }
    pthread_mutex_unlock(&lock);
    if (fd >= 0 && (flags & O_TRUNC) && !is_new && ftruncate(fd, 0) != 0) return -1;
    return fd;
}

static mode_t mode_of(int flags, va_list ap) {
    return flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? va_arg(ap, mode_t) : 0;
}
#define OPEN(name, ...)                                                                            \
    va_list ap;                                                                                    \
    va_start(ap, flags);                                                                           \
    mode_t mode = mode_of(flags, ap);                                                              \
    va_end(ap);                                                                                    \
    return open_any(__VA_ARGS__, name, flags, mode)

SHOWN int open(const char *name, int flags, ...) {
    OPEN(name, AT_FDCWD);
}
SHOWN int open64(const char *name, int flags, ...) {
    OPEN(name, AT_FDCWD);
}
SHOWN int openat(int at, const char *name, int flags, ...) {
    OPEN(name, at);
}
SHOWN int openat64(int at, const char *name, int flags, ...) {
    OPEN(name, at);
}
/* what fortified calls of a constant mode become */
int __open_2(const char *name, int flags);
int __openat_2(int at, const char *name, int flags);
SHOWN int __open_2(const char *name, int flags) {
    return open_any(AT_FDCWD, name, flags, 0);
}
SHOWN int __openat_2(int at, const char *name, int flags) {
    return open_any(at, name, flags, 0);
}

/* What a name stood for is kept under a second one, so that it can be given back. */
static void keep(const char *path, uint64_t number) {
    char to[PATH_MAX];
    if (snprintf(to, sizeof to, "%s.%llu", journal_path, (unsigned long long)number) < PATH_MAX)
        syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, to, 0);
}

SHOWN int renameat(int from_at, const char *from, int to_at, const char *to) {
    char names[2 * PATH_MAX], second[PATH_MAX];
    if (journal >= 0 && path_at(from_at, from, names) && path_at(to_at, to, second) &&
        is_ours(names)) {
        size_t a = strlen(names) + 1, b = strlen(second) + 1;
        memcpy(names + a, second, b);
        struct record r = {.names_n = (uint32_t)(a + b)};
        pthread_mutex_lock(&lock);
        keep(second, seq + 1);
        note(RENAME, &r, NULL, NULL, names);
        int rc = (int)syscall(SYS_renameat, from_at, from, to_at, to);
        pthread_mutex_unlock(&lock);
        return rc;
    }
    return (int)syscall(SYS_renameat, from_at, from, to_at, to);
}
SHOWN int rename(const char *from, const char *to) {
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}
SHOWN int unlinkat(int at, const char *name, int flags) {
    char path[PATH_MAX];
    if (journal >= 0 && !(flags & AT_REMOVEDIR) && path_at(at, name, path) && is_ours(path)) {
        struct record r = {.names_n = (uint32_t)strlen(path) + 1};
        pthread_mutex_lock(&lock);
        keep(path, seq + 1);
        note(UNLINK, &r, NULL, NULL, path);
        int rc = (int)syscall(SYS_unlinkat, at, name, flags);
        pthread_mutex_unlock(&lock);
        return rc;
    }
    return (int)syscall(SYS_unlinkat, at, name, flags);
}
SHOWN int unlink(const char *name) {
    return unlinkat(AT_FDCWD, name, 0);
}

/* ---- disk and clock ---- */

SHOWN int statvfs(const char *path, struct statvfs *out) {
    int rc = next_statvfs ? next_statvfs(path, out) : -1;
    if (rc == 0 && control->free_bytes >= 0)
        out->f_bavail = (fsblkcnt_t)((uint64_t)control->free_bytes / out->f_frsize);
    return rc;
}
SHOWN int statvfs64(const char *path, struct statvfs64 *out) {
    return statvfs(path, (struct statvfs *)out); /* the same on 64-bit Linux */
}
SHOWN int clock_gettime(clockid_t id, struct timespec *out) {
    int rc =
        next_clock_gettime ? next_clock_gettime(id, out) : (int)syscall(SYS_clock_gettime, id, out);
    if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        int64_t ns = out->tv_nsec + control->clock_ns % 1000000000;
        out->tv_sec += control->clock_ns / 1000000000 + (ns >= 1000000000) - (ns < 0);
        out->tv_nsec = ns < 0 ? ns + 1000000000 : ns >= 1000000000 ? ns - 1000000000 : ns;
    }
    return rc;
}
SHOWN int gettimeofday(struct timeval *out, void *zone) {
    struct timespec ts;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &ts) != 0) return -1;
    *out = (struct timeval){ts.tv_sec, ts.tv_nsec / 1000};
    return 0;
}
SHOWN time_t time(time_t *out) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    if (out) *out = ts.tv_sec;
    return ts.tv_sec;
}
