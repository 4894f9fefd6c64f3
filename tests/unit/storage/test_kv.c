/* SPDX-License-Identifier: ISC */
/* Both databases against an obvious map, and against each other: batches, abandoned batches, old
 * snapshots, ranges. Then the faults of the twin. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "storage/kv_lmdb.h"
#include "storage/kv_mem.h"
#include "tests/support/dir.h"
#include "tests/support/mem.h"
#include "tests/support/rng.h"
#include "tests/support/shadow.h"

static struct weal_bytes random_key(uint64_t *rng, uint8_t buf[64]) {
    uint64_t n = test_below(rng, 400);
    size_t len = 1 + n % 9;
    for (size_t i = 0; i < len; i++) buf[i] = (uint8_t)(n * 31 >> i);
    buf[0] = (uint8_t)n;
    return weal_bytes(buf, len);
}

static void check_snap(struct weal_kv_snap *s, enum weal_kv_table t, const struct shadow *map,
                       uint64_t *rng) {
    struct weal_bytes key, value;
    uint64_t count;
    uint8_t buf[64];
    assert_int_equal(weal_kv_count(s, t, &count), WEAL_OK);
    assert_int_equal(count, map->n);
    for (int i = 0; i < 20; i++) {
        struct weal_bytes k = random_key(rng, buf);
        const struct shadow_pair *want = shadow_find(map, k);
        enum weal_err e = weal_kv_get(s, t, k, &value);
        assert_int_equal(e, want ? WEAL_OK : WEAL_ERR_NOT_FOUND);
        if (want) {
            assert_int_equal(value.n, want->value_n);
            assert_memory_equal(value.p, want->value, want->value_n);
        }
    }
    struct weal_bytes from = test_below(rng, 3) ? random_key(rng, buf) : weal_bytes(NULL, 0);
    enum weal_err e = weal_kv_seek(s, t, from, &key, &value);
    size_t i = 0;
    while (i < map->n && from.n != 0 &&
           weal_bytes_compare_var(weal_bytes(map->pair[i].key, map->pair[i].key_n), from) < 0) {
        i++;
    }
    for (; i < map->n; i++, e = weal_kv_step(s, t, &key, &value)) {
        assert_int_equal(e, WEAL_OK);
        assert_true(weal_bytes_equal_var(key, weal_bytes(map->pair[i].key, map->pair[i].key_n)));
        assert_true(
            weal_bytes_equal_var(value, weal_bytes(map->pair[i].value, map->pair[i].value_n)));
    }
    assert_int_equal(e, WEAL_ERR_NOT_FOUND);
}

static void run(struct weal_kv *kv, uint64_t seed) {
    static const enum weal_kv_table table[2] = {WEAL_KV_STATE, WEAL_KV_LEAF};
    struct shadow map[2] = {{0}}, old[2] = {{0}};
    struct weal_kv_snap *now, *before;
    uint64_t rng = seed;
    assert_int_equal(weal_kv_snap_open(kv, &now), WEAL_OK);
    assert_int_equal(weal_kv_snap_open(kv, &before), WEAL_OK);
    for (int round = 0; round < 60; round++) {
        struct shadow next[2];
        for (int t = 0; t < 2; t++) shadow_copy(&next[t], &map[t]);
        assert_int_equal(weal_kv_batch_begin(kv), WEAL_OK);
        for (uint64_t k = test_below(&rng, 60); k > 0; k--) {
            uint8_t buf[64], val[64];
            int t = (int)test_below(&rng, 2);
            struct weal_bytes key = random_key(&rng, buf);
            if (test_below(&rng, 3) == 0) {
                assert_int_equal(weal_kv_del(kv, table[t], key), WEAL_OK);
                shadow_del(&next[t], key);
            } else {
                size_t n = test_below(&rng, 64);
                for (size_t i = 0; i < n; i++) val[i] = (uint8_t)test_rng(&rng);
                assert_int_equal(weal_kv_put(kv, table[t], key, weal_bytes(val, n), false),
                                 WEAL_OK);
                shadow_put(&next[t], key, weal_bytes(val, n));
            }
        }
        bool keep = test_below(&rng, 4) != 0;
        if (keep) {
            assert_int_equal(weal_kv_commit(kv), WEAL_OK);
        } else {
            weal_kv_abandon(kv);
        }
        for (int t = 0; t < 2; t++) {
            check_snap(now, table[t], &map[t], &rng); /* not refreshed yet: the old contents */
            check_snap(before, table[t], &old[t], &rng);
            if (keep) shadow_free(&map[t]);
            if (!keep) shadow_free(&next[t]);
            if (keep) map[t] = next[t];
        }
        assert_int_equal(weal_kv_snap_refresh(now), WEAL_OK);
        for (int t = 0; t < 2; t++) check_snap(now, table[t], &map[t], &rng);
        if (test_below(&rng, 10) == 0) {
            assert_int_equal(weal_kv_snap_refresh(before), WEAL_OK);
            for (int t = 0; t < 2; t++) {
                shadow_free(&old[t]);
                shadow_copy(&old[t], &map[t]);
            }
        }
    }
    weal_kv_snap_close(now);
    weal_kv_snap_close(before);
    for (int t = 0; t < 2; t++) {
        shadow_free(&map[t]);
        shadow_free(&old[t]);
    }
}

static void the_twin_equals_the_map(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct test_mem mem;
        struct weal_kv *kv;
        test_mem_init(&mem);
        assert_int_equal(weal_kv_mem_new(&mem.mem, &kv), WEAL_OK);
        run(kv, seed);
        weal_kv_close(kv);
        assert_int_equal(mem.alive, 0);
    }
}

static void lmdb_equals_the_map(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        char dir[TEST_DIR_MAX];
        struct weal_kv *kv;
        struct weal_kv_lmdb_stat st;
        test_dir_make(dir);
        const struct weal_kv_lmdb_config c = {.dir = dir, .map_bytes = 64 << 20};
        assert_int_equal(weal_kv_lmdb_open(&c, &kv), WEAL_OK);
        run(kv, seed);
        assert_int_equal(weal_kv_lmdb_stat(kv, &st), WEAL_OK);
        assert_int_equal(st.oldest_reader_lag, 0);
        assert_true(st.last_txn > 0 && st.used_bytes < st.map_bytes);
        weal_kv_close(kv);
        assert_int_equal(weal_kv_lmdb_open(&c, &kv), WEAL_OK); /* and it opens again */
        weal_kv_close(kv);
        test_dir_remove(dir);
    }
}

/* A map that is full is FULL, and what was committed before is there. */
static void a_full_map_is_named(void **state) {
    (void)state;
    char dir[TEST_DIR_MAX];
    struct weal_kv *kv;
    struct weal_kv_snap *s;
    struct weal_bytes got;
    static uint8_t big[4000];
    test_dir_make(dir);
    const struct weal_kv_lmdb_config c = {.dir = dir, .map_bytes = 1 << 20};
    assert_int_equal(weal_kv_lmdb_open(&c, &kv), WEAL_OK);
    enum weal_err e = WEAL_OK;
    uint32_t last = 0;
    for (uint32_t i = 0; e == WEAL_OK && i < 1000; i++) {
        uint8_t key[4];
        weal_put_be32(key, i);
        assert_int_equal(weal_kv_batch_begin(kv), WEAL_OK);
        e = weal_kv_put(kv, WEAL_KV_STATE, WEAL_BYTES(key), WEAL_BYTES(big), true);
        if (e == WEAL_OK) {
            e = weal_kv_commit(kv);
        } else {
            weal_kv_abandon(kv);
        }
        if (e == WEAL_OK) last = i;
    }
    assert_int_equal(e, WEAL_ERR_FULL);
    assert_true(last > 10);
    uint8_t key[4];
    weal_put_be32(key, last);
    assert_int_equal(weal_kv_snap_open(kv, &s), WEAL_OK);
    assert_int_equal(weal_kv_get(s, WEAL_KV_STATE, WEAL_BYTES(key), &got), WEAL_OK);
    weal_put_be32(key, last + 1);
    assert_int_equal(weal_kv_get(s, WEAL_KV_STATE, WEAL_BYTES(key), &got), WEAL_ERR_NOT_FOUND);
    weal_kv_snap_close(s);
    weal_kv_close(kv);
    test_dir_remove(dir);
}

static bool has(struct weal_kv *kv, const char *key) {
    struct weal_kv_snap *s;
    struct weal_bytes v;
    assert_int_equal(weal_kv_snap_open(kv, &s), WEAL_OK);
    enum weal_err e = weal_kv_get(s, WEAL_KV_META, weal_bytes(key, strlen(key)), &v);
    weal_kv_snap_close(s);
    return e == WEAL_OK;
}

static enum weal_err put_one(struct weal_kv *kv, const char *key) {
    enum weal_err e = weal_kv_batch_begin(kv);
    if (e != WEAL_OK) return e;
    e = weal_kv_put(kv, WEAL_KV_META, weal_bytes(key, strlen(key)), weal_bytes("v", 1), false);
    if (e == WEAL_OK) return weal_kv_commit(kv);
    weal_kv_abandon(kv);
    return e;
}

static void the_twin_fails_as_told(void **state) {
    (void)state;
    struct test_mem mem;
    struct weal_kv *kv;
    struct weal_kv_mem_faults *f;
    test_mem_init(&mem);
    assert_int_equal(weal_kv_mem_new(&mem.mem, &kv), WEAL_OK);
    f = weal_kv_mem_faults(kv);
    assert_int_equal(put_one(kv, "a"), WEAL_OK);
    f->write_in = 1;
    f->error = WEAL_ERR_NO_SPACE;
    assert_int_equal(put_one(kv, "b"), WEAL_ERR_NO_SPACE);
    assert_int_equal(put_one(kv, "b"), WEAL_OK);
    f->commit_in = 1;
    f->error = WEAL_ERR_IO;
    assert_int_equal(put_one(kv, "c"), WEAL_ERR_IO);
    assert_int_equal(put_one(kv, "d"), WEAL_ERR_IO); /* nothing is written after that */
    weal_kv_mem_power_cut(kv);
    assert_true(has(kv, "a") && has(kv, "b") && !has(kv, "c") && !has(kv, "d"));
    f->lost_in = 1;
    assert_int_equal(put_one(kv, "e"), WEAL_ERR_IO);
    assert_false(has(kv, "e"));
    weal_kv_mem_power_cut(kv);
    assert_true(has(kv, "e"));
    weal_kv_close(kv);
    assert_int_equal(mem.alive, 0);
}

/* The disk fills up while the database is made: once there is room again, it is made again. */
static void a_creation_cut_short_is_made_again(void **state) {
    (void)state;
    char dir[TEST_DIR_MAX], path[TEST_DIR_MAX + 16];
    struct weal_kv *kv = NULL;
    struct rlimit whole, little;
    test_dir_make(dir);
    const struct weal_kv_lmdb_config c = {.dir = dir, .map_bytes = 1 << 20};
    assert_int_equal(weal_kv_lmdb_open(&c, &kv), WEAL_OK); /* for the file of its locks */
    weal_kv_close(kv);
    snprintf(path, sizeof path, "%s/data.mdb", dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t room = 0; room <= 8192; room += 4096) {
        little = (struct rlimit){room, whole.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
        enum weal_err e = weal_kv_lmdb_open(&c, &kv);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
        if (e != WEAL_ERR_NO_SPACE && e != WEAL_ERR_IO) fail_msg("%s", weal_err_name(e));
    }
    signal(SIGXFSZ, old);
    assert_int_equal(weal_kv_lmdb_open(&c, &kv), WEAL_OK);
    weal_kv_close(kv);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_twin_equals_the_map),
        cmocka_unit_test(lmdb_equals_the_map),
        cmocka_unit_test(a_full_map_is_named),
        cmocka_unit_test(the_twin_fails_as_told),
        cmocka_unit_test(a_creation_cut_short_is_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
