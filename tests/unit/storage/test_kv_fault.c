/* SPDX-License-Identifier: ISC */
/* A database with damaged pages, read and written in processes of their own: each ends with the
 * named code or goes on by errors, none by a signal, none never. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/kv_lmdb.h"
#include "tests/support/dir.h"
#include "tests/support/rng.h"

enum { DAMAGED = 44, REFUSED = 45, RECORDS = 3000, PAGE = 4096, CASES = 60 };

static void damaged(const char *file, const char *table) {
    (void)file;
    (void)table;
    _exit(DAMAGED);
}

static void key_make(uint8_t key[32], uint32_t i) {
    uint64_t rng = i;
    for (int k = 0; k < 32; k++) key[k] = (uint8_t)test_rng(&rng);
}

/* Some batches of values, a few longer than a page. */
static enum weal_err fill(struct weal_kv *kv, uint32_t from, uint32_t to) {
    static uint8_t value[9000];
    enum weal_err e = weal_kv_batch_begin(kv);
    for (uint32_t i = from; i < to && e == WEAL_OK; i++) {
        uint8_t key[32];
        key_make(key, i % RECORDS);
        memset(value, (int)i, sizeof value);
        struct weal_bytes v = weal_bytes(value, i % 97 == 0 ? sizeof value : 40 + i % 50);
        e = weal_kv_put(kv, i & 1 ? WEAL_KV_STATE : WEAL_KV_LEAF, WEAL_BYTES(key), v, false);
        if (e == WEAL_OK && i % 5 == 0) {
            key_make(key, (i * 7) % RECORDS);
            e = weal_kv_del(kv, WEAL_KV_STATE, WEAL_BYTES(key));
        }
    }
    if (e == WEAL_OK) return weal_kv_commit(kv);
    weal_kv_abandon(kv);
    return e;
}

static enum weal_err read_all(struct weal_kv *kv, uint64_t *sum) {
    struct weal_kv_snap *s;
    enum weal_err e = weal_kv_snap_open(kv, &s);
    if (e != WEAL_OK) return e;
    for (int t = 0; t < WEAL_KV_TABLE_COUNT; t++) {
        struct weal_bytes key, value;
        e = weal_kv_seek(s, (enum weal_kv_table)t, weal_bytes(NULL, 0), &key, &value);
        for (; e == WEAL_OK; e = weal_kv_step(s, (enum weal_kv_table)t, &key, &value)) {
            for (size_t i = 0; i < value.n; i++) *sum += value.p[i];
        }
        if (e != WEAL_ERR_NOT_FOUND) break;
    }
    weal_kv_snap_close(s);
    return e == WEAL_ERR_NOT_FOUND ? WEAL_OK : e;
}

/* The child: everything a node does with a database. */
static int use(const char *dir) {
    const struct weal_kv_lmdb_config c = {.dir = dir, .map_bytes = 64 << 20, .damaged = damaged};
    struct weal_kv *kv;
    uint64_t sum = 0;
    alarm(20); /* a circle of pages would be a signal, too */
    enum weal_err e = weal_kv_lmdb_open(&c, &kv);
    if (e != WEAL_OK) return REFUSED;
    enum weal_err bad = read_all(kv, &sum);
    for (uint32_t i = 0; i < 2 && e == WEAL_OK; i++) e = fill(kv, i * 900, i * 900 + 900);
    if (e == WEAL_OK) e = read_all(kv, &sum);
    weal_kv_close(kv);
    return bad != WEAL_OK || e != WEAL_OK ? REFUSED : 0;
}

static void spoil(const char *path, uint64_t *rng) {
    struct stat st;
    uint8_t page[PAGE];
    assert_int_equal(stat(path, &st), 0);
    uint64_t pages = (uint64_t)st.st_size / PAGE, kind = test_below(rng, 4);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    for (uint64_t n = 1 + test_below(rng, 12); n > 0; n--) {
        off_t at = (off_t)((2 + test_below(rng, pages - 2)) * PAGE);
        size_t skip = kind == 1 ? 10 : 0; /* leave the page's number and kind */
        for (size_t i = 0; i < PAGE; i++) page[i] = (uint8_t)test_rng(rng);
        if (kind == 2) { /* another page in this one's place */
            off_t other = (off_t)((2 + test_below(rng, pages - 2)) * PAGE);
            assert_int_equal(pread(fd, page, PAGE, other), PAGE);
        }
        size_t n_bytes = kind == 1 ? 40 : PAGE;
        assert_int_equal(pwrite(fd, page, n_bytes, at + (off_t)skip), (ssize_t)n_bytes);
    }
    if (kind == 3) assert_int_equal(ftruncate(fd, (off_t)((2 + test_below(rng, pages)) * PAGE)), 0);
    close(fd);
}

static void file_copy(const char *from, const char *to) {
    static uint8_t all[4 << 20];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(in >= 0 && out >= 0);
    ssize_t n = read(in, all, sizeof all);
    assert_true(n > 0 && (size_t)n < sizeof all);
    assert_int_equal(write(out, all, (size_t)n), n);
    close(in);
    close(out);
}

/* The address sanitizer sees what LMDB reads astray before any signal comes of it. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

static void damaged_pages_never_end_in_a_signal(void **state) {
    (void)state;
#ifdef SANITIZED
    skip();
#endif
    char dir[TEST_DIR_MAX], path[TEST_DIR_MAX + 16], whole[TEST_DIR_MAX + 16];
    const struct weal_kv_lmdb_config c = {.dir = dir, .map_bytes = 64 << 20};
    struct weal_kv *kv;
    uint64_t rng = 1;
    int ended[256] = {0};
    test_dir_make(dir);
    snprintf(path, sizeof path, "%s/data.mdb", dir);
    snprintf(whole, sizeof whole, "%s/whole", dir);
    assert_int_equal(weal_kv_lmdb_open(&c, &kv), WEAL_OK);
    for (uint32_t i = 0; i < 2 * RECORDS; i += 500) assert_int_equal(fill(kv, i, i + 500), 0);
    assert_int_equal(weal_kv_lmdb_check(kv), WEAL_OK);
    weal_kv_close(kv);
    file_copy(path, whole);
    for (int i = 0; i < CASES; i++) {
        int status;
        file_copy(whole, path);
        spoil(path, &rng);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            if (!freopen("/dev/null", "w", stderr)) _exit(1); /* what LMDB says of itself */
            _exit(use(dir));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFEXITED(status)) fail_msg("case %d: signal %d", i, WTERMSIG(status));
        int code = WEXITSTATUS(status);
        if (code != 0 && code != DAMAGED && code != REFUSED) fail_msg("case %d: %d", i, code);
        ended[code]++;
    }
    print_message("unnoticed %d, error %d, fault %d\n", ended[0], ended[REFUSED], ended[DAMAGED]);
    assert_true(ended[REFUSED] > 0 && ended[DAMAGED] > 0);
    test_dir_remove(dir);
}

/* A fault that is none of the database's keeps what it was: the signal. */
static void other_faults_stay_what_they_are(void **state) {
    (void)state;
    char dir[TEST_DIR_MAX];
    test_dir_make(dir);
    for (int kind = 0; kind < 2; kind++) {
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            const struct weal_kv_lmdb_config c = {.dir = dir, .damaged = damaged};
            struct weal_kv *kv;
            signal(SIGSEGV, SIG_DFL);
            signal(SIGABRT, SIG_DFL);
            if (weal_kv_lmdb_open(&c, &kv) != WEAL_OK) _exit(1);
            if (kind == 0) raise(SIGSEGV);
            abort();
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), kind == 0 ? SIGSEGV : SIGABRT);
    }
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_pages_never_end_in_a_signal),
        cmocka_unit_test(other_faults_stay_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
