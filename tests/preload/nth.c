/* SPDX-License-Identifier: ISC */
/* A machine that fails once: a library for LD_PRELOAD, driven by nth.py over the unit tests.
 *
 * WEAL_NTH_KIND says what is counted: alloc (malloc and its like, called by the program itself),
 * write (into regular files, by the program or its libraries), short (the same, but half of it is
 * written, the next write has no room), sync (fsync, fdatasync, msync). WEAL_NTH_AT=n makes the
 * n-th of them fail, once; 0 only counts. WEAL_NTH_OUT gets lines of hexadecimal addresses, those
 * of the program less its base: place N FRAME...    the N-th event is the first one from here
 *   failed N FRAME...   it was made to fail
 *   crash SIGNAL FRAME...
 *   total N             at a regular end
 * Signals that mean a crash keep our handler, whatever the test's own framework asks for: it would
 * call them a failed test. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))
#define HERE __builtin_frame_address(0)

enum kind { NONE, ALLOC, WRITE, SHORT, SYNC };
enum { FRAMES = 10, PLACES = 1 << 15 };

static enum kind kind;
static uint64_t at;
static _Atomic uint64_t count;
static _Atomic bool no_room; /* after a short write */
static uintptr_t base, text_end;
static int out = -1;
static atomic_flag busy = ATOMIC_FLAG_INIT;
static uint64_t places[PLACES];
static __thread bool inside; /* what we call ourselves is not counted */

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);

static int first_object(struct dl_phdr_info *info, size_t n, void *arg) {
    (void)n;
    (void)arg;
    base = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && base + p->p_vaddr + p->p_memsz > text_end)
            text_end = base + p->p_vaddr + p->p_memsz;
    }
    return 1; /* the program itself comes first */
}
static bool is_program(uintptr_t address) {
    return address >= base && address < text_end;
}

static void say(const char *what, uint64_t n, const uintptr_t *frames, int k) {
    char line[64 + 20 * FRAMES];
    int len = snprintf(line, 64, "%s %llu", what, (unsigned long long)n);
    for (int i = 0; i < k; i++) {
        uintptr_t a = is_program(frames[i]) ? frames[i] - base : 0; /* a library: unnamed */
        len += snprintf(line + len, 20, " %llx", (unsigned long long)a);
    }
    line[len++] = '\n';
    syscall(SYS_write, out, line, len);
}

/* Return addresses along the chain of frame pointers, which our code keeps. */
static int chain(const uintptr_t *fp, uintptr_t frames[FRAMES]) {
    int k = 0;
    while (k < FRAMES) {
        uintptr_t ret = fp[1], up = fp[0];
        if (!is_program(ret)) break;
        frames[k++] = ret;
        if (up <= (uintptr_t)fp || up - (uintptr_t)fp > (8 << 20) || up % 8 != 0) break;
        fp = (const uintptr_t *)up;
    }
    return k;
}

static int unwound(uintptr_t frames[FRAMES], int skip) {
    void *all[FRAMES + 8];
    int n = backtrace(all, FRAMES + skip), k = 0;
    for (int i = skip; i < n; i++) frames[k++] = (uintptr_t)all[i];
    return k;
}

/* Counts one event; whether it is the one to fail. */
static bool counted(const uintptr_t *frames, int k) {
    uint64_t n = atomic_fetch_add(&count, 1) + 1, hash = 1469598103934665603u;
    if (at != 0) {
        if (n == at) say("failed", n, frames, k);
        return n == at;
    }
    for (int i = 0; i < k; i++) hash = (hash ^ frames[i]) * 1099511628211u;
    while (atomic_flag_test_and_set(&busy)) continue;
    size_t i = hash % PLACES, steps = 0;
    while (places[i] != 0 && places[i] != hash && ++steps < PLACES) i = (i + 1) % PLACES;
    if (places[i] == 0) {
        places[i] = hash;
        say("place", n, frames, k);
    }
    atomic_flag_clear(&busy);
    return false;
}

static void crashed(int number, siginfo_t *info, void *context) {
    const ucontext_t *u = context;
    uintptr_t frames[FRAMES];
    (void)info;
    int k = 0;
#ifdef __x86_64__
    if (number != SIGABRT) frames[k++] = (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#else
    (void)u;
#endif
    uintptr_t rest[FRAMES];
    inside = true;
    int n = unwound(rest, 2);
    for (int i = 0; i < n && k < FRAMES; i++) frames[k++] = rest[i];
    say("crash", (uint64_t)number, frames, k); /* and the default is back: SA_RESETHAND */
    syscall(SYS_kill, getpid(), number);
    _exit(128 + number);
}
static bool is_crash(int number) {
    return number == SIGSEGV || number == SIGBUS || number == SIGABRT || number == SIGFPE ||
           number == SIGILL;
}
SHOWN __sighandler_t signal(int number, __sighandler_t handler) {
    if (is_crash(number) && out >= 0) return SIG_DFL;
    struct sigaction a = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    return sigaction(number, &a, &old) == 0 ? old.sa_handler : SIG_ERR;
}

static void find(void) {
    static atomic_flag once = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&once)) return;
    *(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&next_realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&next_calloc = dlsym(RTLD_NEXT, "calloc");
}

__attribute__((constructor)) static void begin(void) {
    const char *k = getenv("WEAL_NTH_KIND"), *n = getenv("WEAL_NTH_AT");
    const char *o = getenv("WEAL_NTH_OUT");
    static const char *const names[] = {"none", "alloc", "write", "short", "sync"};
    uintptr_t warm[FRAMES];
    find();
    unwound(warm, 1); /* the unwinder allocates at its first use */
    dl_iterate_phdr(first_object, NULL);
    int fd = o ? (int)syscall(SYS_openat, AT_FDCWD, o, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (fd < 0) return;
    out = fcntl(fd, F_DUPFD_CLOEXEC, 700);
    syscall(SYS_close, fd);
    at = n ? strtoull(n, NULL, 10) : 0;
    struct sigaction a = {.sa_sigaction = crashed, .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND)};
    for (int i = 1; i < 32; i++) {
        if (is_crash(i)) sigaction(i, &a, NULL);
    }
    for (int i = 1; k && i <= SYNC; i++) {
        if (strcmp(k, names[i]) == 0) kind = (enum kind)i;
    }
}
__attribute__((destructor)) static void end(void) {
    if (out >= 0) say("total", atomic_load(&count), NULL, 0);
}

/* ---- memory ---- */

static bool refused(const void *frame) {
    if (kind != ALLOC || inside) return false;
    uintptr_t frames[FRAMES];
    int k = chain(frame, frames);
    if (k == 0 || !counted(frames, k)) return false;
    errno = ENOMEM;
    return true;
}

/* dlsym may ask for memory before it can tell where that is */
static unsigned char early[4096];
static size_t early_n;

SHOWN void *malloc(size_t n) {
    if (!next_malloc) find();
    return refused(HERE) ? NULL : next_malloc(n);
}
SHOWN void *calloc(size_t n, size_t each) {
    if (!next_calloc) {
        find();
        if (!next_calloc) {
            size_t from = early_n;
            early_n += (n * each + 15) / 16 * 16;
            return early_n <= sizeof early ? early + from : NULL;
        }
    }
    return refused(HERE) ? NULL : next_calloc(n, each);
}
SHOWN void *realloc(void *p, size_t n) {
    return refused(HERE) ? NULL : next_realloc(p, n);
}
SHOWN char *strdup(const char *s) {
    size_t n = strlen(s) + 1;
    char *p = refused(HERE) ? NULL : next_malloc(n);
    return p ? memcpy(p, s, n) : NULL;
}
SHOWN char *strndup(const char *s, size_t most) {
    size_t n = strnlen(s, most);
    char *p = refused(HERE) ? NULL : next_malloc(n + 1);
    if (p) p[n] = 0;
    return p ? memcpy(p, s, n) : NULL;
}

/* ---- files ---- */

static bool event(enum kind a, enum kind b) {
    if ((kind != a && kind != b) || inside) return false;
    uintptr_t frames[FRAMES];
    inside = true;
    int k = unwound(frames, 3);
    bool yes = counted(frames, k);
    inside = false;
    return yes;
}
/* What a write of n bytes may do: n, less, or -1 with errno. */
static ssize_t allowed(int fd, size_t n) {
    struct stat st;
    if ((kind != WRITE && kind != SHORT) || inside || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        fd <= STDERR_FILENO) {
        return (ssize_t)n;
    }
    if (atomic_exchange(&no_room, false)) {
        errno = ENOSPC;
        return -1;
    }
    if (!event(WRITE, SHORT)) return (ssize_t)n;
    if (kind == SHORT && n > 1) {
        atomic_store(&no_room, true);
        return (ssize_t)(n / 2);
    }
    errno = EIO;
    return -1;
}
SHOWN ssize_t write(int fd, const void *p, size_t n) {
    ssize_t may = allowed(fd, n);
    return may < 0 ? -1 : syscall(SYS_write, fd, p, may);
}
SHOWN ssize_t pwrite(int fd, const void *p, size_t n, off_t where) {
    ssize_t may = allowed(fd, n);
    return may < 0 ? -1 : syscall(SYS_pwrite64, fd, p, may, where);
}
SHOWN ssize_t pwrite64(int fd, const void *p, size_t n, off_t where) {
    ssize_t may = allowed(fd, n);
    return may < 0 ? -1 : syscall(SYS_pwrite64, fd, p, may, where);
}
static size_t length(const struct iovec *v, int k) {
    size_t n = 0;
    for (int i = 0; i < k; i++) n += v[i].iov_len;
    return n;
}
/* The first bytes of a vector, when not all are to be written: one part after the other. */
static ssize_t part(int fd, const struct iovec *v, int k, size_t n, off_t where) {
    ssize_t done = 0;
    for (int i = 0; i < k && n > 0; i++) {
        size_t m = v[i].iov_len < n ? v[i].iov_len : n;
        ssize_t rc = where < 0 ? syscall(SYS_write, fd, v[i].iov_base, m)
                               : syscall(SYS_pwrite64, fd, v[i].iov_base, m, where + done);
        if (rc < 0) return done > 0 ? done : rc;
        done += rc;
        n -= m;
    }
    return done;
}
SHOWN ssize_t writev(int fd, const struct iovec *v, int k) {
    size_t n = length(v, k);
    ssize_t may = allowed(fd, n);
    if (may < 0) return -1;
    return (size_t)may < n ? part(fd, v, k, (size_t)may, -1) : syscall(SYS_writev, fd, v, k);
}
SHOWN ssize_t pwritev(int fd, const struct iovec *v, int k, off_t where) {
    size_t n = length(v, k);
    ssize_t may = allowed(fd, n);
    if (may < 0) return -1;
    return (size_t)may < n ? part(fd, v, k, (size_t)may, where)
                           : syscall(SYS_pwritev, fd, v, k, where, 0);
}
SHOWN ssize_t pwritev64(int fd, const struct iovec *v, int k, off_t where) {
    return pwritev(fd, v, k, where);
}

/* A sync that fails is told to be failed; nothing is lost by it. A good one is not really made. */
static int synced(void) {
    if (!event(SYNC, SYNC)) return 0;
    errno = EIO;
    return -1;
}
SHOWN int fsync(int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 ? synced() : -1;
}
SHOWN int fdatasync(int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 ? synced() : -1;
}
SHOWN int msync(void *p, size_t n, int flags) {
    (void)p;
    (void)n;
    (void)flags;
    return synced();
}
