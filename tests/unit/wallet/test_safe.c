/* SPDX-License-Identifier: ISC */
/* The agent's records on the disk: kept whole, read back, and noticed when altered, moved, or of
 * another wallet. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/dir.h"
#include "wallet/keys.h"
#include "wallet/safe.h"

static const uint8_t seed[32] = {7}, chain[32] = {9};

static struct weal_safe open_at(const char *dir, uint8_t who) {
    struct weal_safe s;
    uint8_t key[32], other[32] = {who};
    weal_keys_safe(key, who == 0 ? seed : other);
    assert_int_equal(weal_safe_open(&s, dir, key, chain), WEAL_OK);
    return s;
}

/* The k-th file of the folder that is a record. */
static void path_at(char out[512], const char *dir, int k) {
    struct dirent **list;
    int n = scandir(dir, &list, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (strlen(list[i]->d_name) == 32 && k-- == 0)
            snprintf(out, 512, "%s/%s", dir, list[i]->d_name);
        free(list[i]);
    }
    free(list);
}

static enum weal_err count(void *ctx, struct weal_bytes record) {
    unsigned *n = ctx;
    *n += 1;
    return record.n == 0 ? WEAL_ERR_INVALID : WEAL_OK;
}

static void keeps_and_reads_back(void **state) {
    (void)state;
    static uint8_t big[WEAL_SAFE_RECORD_MAX + 1], got[WEAL_SAFE_RECORD_MAX];
    char dir[TEST_DIR_MAX];
    size_t n;
    unsigned records = 0;
    test_dir_make(dir);
    struct weal_safe s = open_at(dir, 0);
    memset(big, 5, sizeof big);
    assert_int_equal(weal_safe_get(&s, "a", got, &n), WEAL_ERR_NOT_FOUND);
    assert_int_equal(weal_safe_put(&s, "a", WEAL_BYTES_LIT("one")), WEAL_OK);
    assert_int_equal(weal_safe_put(&s, "a", WEAL_BYTES_LIT("two!")), WEAL_OK);
    assert_int_equal(weal_safe_put(&s, "b", weal_bytes(big, WEAL_SAFE_RECORD_MAX)), WEAL_OK);
    assert_int_equal(weal_safe_put(&s, "c", WEAL_BYTES(big)), WEAL_ERR_INVALID);
    assert_int_equal(weal_safe_get(&s, "a", got, &n), WEAL_OK);
    assert_int_equal(n, 4);
    assert_memory_equal(got, "two!", 4);
    assert_int_equal(weal_safe_get(&s, "b", got, &n), WEAL_OK);
    assert_int_equal(n, WEAL_SAFE_RECORD_MAX);
    assert_memory_equal(got, big, n);
    assert_int_equal(weal_safe_each(&s, count, &records), WEAL_OK);
    assert_int_equal(records, 2);
    assert_int_equal(weal_safe_remove(&s, "a"), WEAL_OK);
    assert_int_equal(weal_safe_remove(&s, "a"), WEAL_ERR_NOT_FOUND);
    weal_safe_close(&s);
    weal_safe_close(&s);
    test_dir_remove(dir);
}

static void one_process_at_a_time(void **state) {
    (void)state;
    char dir[TEST_DIR_MAX];
    uint8_t key[32];
    struct weal_safe second;
    test_dir_make(dir);
    struct weal_safe s = open_at(dir, 0);
    weal_keys_safe(key, seed);
    assert_int_equal(weal_safe_open(&second, dir, key, chain), WEAL_ERR_LOCKED);
    weal_safe_close(&s);
    s = open_at(dir, 0);
    weal_safe_close(&s);
    test_dir_remove(dir);
}

/* A byte of the file changed, at any place. */
static void every_change_is_noticed(void **state) {
    (void)state;
    static uint8_t got[WEAL_SAFE_RECORD_MAX];
    char dir[TEST_DIR_MAX], path[512];
    size_t n;
    test_dir_make(dir);
    struct weal_safe s = open_at(dir, 0);
    assert_int_equal(weal_safe_put(&s, "a", WEAL_BYTES_LIT("one")), WEAL_OK);
    path_at(path, dir, 0);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    for (off_t at = 0; at < st.st_size; at += 13) {
        int fd = open(path, O_RDWR);
        uint8_t was, is;
        assert_int_equal(pread(fd, &was, 1, at), 1);
        is = was ^ 1;
        assert_int_equal(pwrite(fd, &is, 1, at), 1);
        assert_int_equal(weal_safe_get(&s, "a", got, &n), WEAL_ERR_CORRUPT);
        assert_int_equal(pwrite(fd, &was, 1, at), 1);
        close(fd);
    }
    assert_int_equal(weal_safe_get(&s, "a", got, &n), WEAL_OK);
    assert_int_equal(truncate(path, st.st_size - 1), 0);
    assert_int_equal(weal_safe_get(&s, "a", got, &n), WEAL_ERR_CORRUPT);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(weal_safe_get(&s, "a", got, &n), WEAL_ERR_CORRUPT);
    weal_safe_close(&s);
    test_dir_remove(dir);
}

static void no_file_takes_anothers_place(void **state) {
    (void)state;
    static uint8_t got[WEAL_SAFE_RECORD_MAX];
    char dir[TEST_DIR_MAX], a[512], b[512];
    size_t n;
    unsigned records = 0;
    test_dir_make(dir);
    struct weal_safe s = open_at(dir, 0);
    assert_int_equal(weal_safe_put(&s, "a", WEAL_BYTES_LIT("one")), WEAL_OK);
    assert_int_equal(weal_safe_put(&s, "b", WEAL_BYTES_LIT("two")), WEAL_OK);
    path_at(a, dir, 0);
    path_at(b, dir, 1);
    assert_int_equal(rename(a, b), 0);
    bool first = weal_safe_get(&s, "a", got, &n) == WEAL_ERR_NOT_FOUND;
    assert_int_equal(weal_safe_get(&s, first ? "b" : "a", got, &n), WEAL_ERR_CORRUPT);
    assert_int_equal(weal_safe_each(&s, count, &records), WEAL_ERR_CORRUPT);
    weal_safe_close(&s);
    /* another wallet's key opens nothing, and does not even find it by name */
    s = open_at(dir, 1);
    assert_int_equal(weal_safe_get(&s, "a", got, &n), WEAL_ERR_NOT_FOUND);
    assert_int_equal(weal_safe_each(&s, count, &records), WEAL_ERR_CORRUPT);
    weal_safe_close(&s);
    test_dir_remove(dir);
}

/* What a crash left beside is swept when the folder is opened; the record before it stands. */
static void half_written_files_go(void **state) {
    (void)state;
    static uint8_t got[WEAL_SAFE_RECORD_MAX];
    char dir[TEST_DIR_MAX], path[512], half[600];
    size_t n;
    test_dir_make(dir);
    struct weal_safe s = open_at(dir, 0);
    assert_int_equal(weal_safe_put(&s, "a", WEAL_BYTES_LIT("one")), WEAL_OK);
    path_at(path, dir, 0);
    weal_safe_close(&s);
    snprintf(half, sizeof half, "%s.new.123", path);
    FILE *f = fopen(half, "w");
    fputs("half", f);
    fclose(f);
    s = open_at(dir, 0);
    assert_int_equal(access(half, F_OK), -1);
    assert_int_equal(weal_safe_get(&s, "a", got, &n), WEAL_OK);
    assert_memory_equal(got, "one", 3);
    weal_safe_close(&s);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_and_reads_back),    cmocka_unit_test(one_process_at_a_time),
        cmocka_unit_test(every_change_is_noticed), cmocka_unit_test(no_file_takes_anothers_place),
        cmocka_unit_test(half_written_files_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
