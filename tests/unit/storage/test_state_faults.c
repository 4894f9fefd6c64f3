/* SPDX-License-Identifier: ISC */
/* State when things go wrong: the n-th read, write or request for memory fails, limits are reached,
 * the process is killed. An error changes nothing; what was committed opens again, whole. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/apply.h"
#include "storage/fsck.h"
#include "storage/kv_lmdb.h"
#include "storage/kv_mem.h"
#include "tests/support/dir.h"
#include "tests/support/mem.h"
#include "tests/support/rng.h"

enum { ARENA = 1 << 20 };

struct world {
    struct test_mem mem;
    struct weal_kv *kv;
    struct weal_store *store;
    struct weal_reader reader;
    struct weal_state *tip;
    void *arena;
    uint64_t overlay_bytes;
    uint32_t pages;
};

static enum weal_err store_up(struct world *w) {
    struct weal_store_config c = {.kv = w->kv,
                                  .mem = w->mem.mem,
                                  .overlay_bytes = w->overlay_bytes,
                                  .pages = w->pages ? w->pages : 1 << 16};
    enum weal_err e = weal_store_open(&c, &w->store, &w->tip);
    if (e != WEAL_OK) return e;
    e = weal_reader_open(&w->reader, w->store);
    if (e == WEAL_OK) return e;
    weal_state_unref(w->tip);
    weal_store_close(w->store);
    w->store = NULL;
    return e;
}

static void store_down(struct world *w) {
    if (!w->store) return;
    weal_state_unref(w->tip);
    weal_reader_close(&w->reader);
    weal_store_close(w->store);
    w->store = NULL;
}

static void world_up(struct world *w) {
    *w = (struct world){.arena = malloc(ARENA)};
    test_mem_init(&w->mem);
    assert_int_equal(weal_kv_mem_new(&w->mem.mem, &w->kv), WEAL_OK);
}

static void world_down(struct world *w) {
    w->mem.fail_in = 0;
    store_down(w);
    weal_kv_close(w->kv);
    free(w->arena);
    assert_int_equal(w->mem.alive, 0);
}

/* Block h overwrites some records, adds some, removes some: all follow from h. */
static enum weal_err grow(struct world *w, unsigned writes) {
    struct weal_view v;
    struct weal_draft d;
    struct weal_arena arena;
    struct weal_state *next;
    uint64_t h = weal_state_height(w->tip) + 1, rng = h + 100;
    weal_arena_init(&arena, w->arena, ARENA);
    enum weal_err e = weal_view_open(&v, w->tip, &w->reader);
    if (e == WEAL_OK) e = weal_draft_init(&d, &v, &arena, writes + 1);
    for (unsigned i = 0; e == WEAL_OK && i < writes; i++) {
        uint8_t key[5] = {1}, value[8];
        weal_put_be32(key + 1, (uint32_t)test_below(&rng, 5 * writes));
        weal_put_be64(value, h);
        e = test_below(&rng, 4) ? weal_draft_put(&d, WEAL_BYTES(key), WEAL_BYTES(value))
                                : weal_draft_del(&d, WEAL_BYTES(key));
    }
    if (e == WEAL_OK) e = weal_draft_seal(&d, &next);
    if (e != WEAL_OK) return e;
    weal_state_unref(w->tip);
    w->tip = next;
    return WEAL_OK;
}

static enum weal_err apply_tip(struct world *w) {
    struct weal_apply_block block = {.state = w->tip, .id = {7}};
    enum weal_err e = weal_apply(w->kv, &block, 1);
    if (e != WEAL_OK) return e;
    weal_store_finalized(w->store, weal_state_height(w->tip));
    return weal_reader_refresh(&w->reader);
}

/* Roots of the heights 0.. when nothing fails. */
static void true_roots(uint8_t (*root)[32], unsigned n, unsigned writes) {
    struct world w;
    world_up(&w);
    assert_int_equal(store_up(&w), WEAL_OK);
    for (unsigned h = 0; h < n; h++) {
        assert_int_equal(grow(&w, writes), WEAL_OK);
        assert_int_equal(apply_tip(&w), WEAL_OK);
        memcpy(root[h], weal_state_root(w.tip), 32);
    }
    world_down(&w);
}

static void no_memory_changes_nothing(void **state) {
    (void)state;
    static uint8_t root[6][32];
    true_roots(root, 6, 60);
    for (uint64_t n = 1;; n++) {
        struct world w;
        bool failed = false;
        world_up(&w);
        w.mem.fail_in = n;
        while (store_up(&w) != WEAL_OK) failed = true;
        for (unsigned h = 0; h < 6;) {
            enum weal_err e = grow(&w, 60);
            if (e == WEAL_OK) e = apply_tip(&w);
            while (e == WEAL_ERR_NO_MEMORY || e == WEAL_ERR_FULL || e == WEAL_ERR_INVALID) {
                failed = true; /* again: the state is as it was */
                e = weal_state_height(w.tip) == h ? apply_tip(&w) : grow(&w, 60);
                if (e == WEAL_OK && w.reader.height != h) e = apply_tip(&w);
            }
            assert_int_equal(e, WEAL_OK);
            assert_memory_equal(weal_state_root(w.tip), root[h], 32);
            h++;
        }
        world_down(&w);
        if (!failed) break;
    }
}

/* Every read and write of the database fails once; a failed commit ends the process. */
static void every_failing_call_is_survived(void **state) {
    (void)state;
    static uint8_t root[6][32];
    true_roots(root, 6, 60);
    for (int kind = 0; kind < 4; kind++) {
        for (uint64_t n = 1;; n += kind == 0 ? 7 : 1) {
            struct world w;
            bool failed = false;
            world_up(&w);
            struct weal_kv_mem_faults *f = weal_kv_mem_faults(w.kv);
            f->sticky = true;
            *(kind == 0   ? &f->read_in
              : kind == 1 ? &f->write_in
              : kind == 2 ? &f->commit_in
                          : &f->lost_in) = n;
            enum weal_err e = store_up(&w);
            for (unsigned h = 0; e == WEAL_OK && h < 6; h++) {
                e = grow(&w, 60);
                if (e == WEAL_OK) e = apply_tip(&w);
            }
            if (e != WEAL_OK) { /* the process ends and starts again */
                failed = true;
                store_down(&w);
                weal_kv_mem_power_cut(w.kv);
                assert_int_equal(store_up(&w), WEAL_OK);
            }
            uint64_t h = weal_state_height(w.tip);
            if (h != WEAL_STATE_NO_HEIGHT) assert_memory_equal(weal_state_root(w.tip), root[h], 32);
            for (h++; h < 6; h++) {
                assert_int_equal(grow(&w, 60), WEAL_OK);
                assert_int_equal(apply_tip(&w), WEAL_OK);
                assert_memory_equal(weal_state_root(w.tip), root[h], 32);
            }
            world_down(&w);
            if (!failed) break;
        }
    }
}

static void limits_have_names(void **state) {
    (void)state;
    struct world w;
    world_up(&w);
    assert_int_equal(store_up(&w), WEAL_OK);
    struct weal_state *first = NULL;
    for (unsigned h = 0; h < WEAL_STATE_UNFINAL_MAX; h++) {
        assert_int_equal(grow(&w, 5), WEAL_OK);
        if (h == 0) first = weal_state_ref(w.tip);
    }
    assert_int_equal(grow(&w, 5), WEAL_ERR_UNFINAL_DEPTH);
    weal_store_finalized(w.store, weal_state_height(first));
    assert_int_equal(grow(&w, 5), WEAL_OK);
    assert_int_equal(grow(&w, 5), WEAL_ERR_UNFINAL_DEPTH);
    enum weal_err e = WEAL_OK;
    while (e == WEAL_OK) {
        weal_store_finalized(w.store, weal_state_height(w.tip));
        e = grow(&w, 5);
    }
    assert_int_equal(e, WEAL_ERR_UNAPPLIED_DEPTH);
    assert_int_equal(weal_state_height(w.tip), WEAL_STATE_UNAPPLIED_MAX);
    /* blocks out of order are refused, and nothing is written */
    struct weal_apply_block block = {.state = w.tip};
    assert_int_equal(weal_apply(w.kv, &block, 1), WEAL_ERR_INVALID);
    block.state = first;
    assert_int_equal(weal_apply(w.kv, &block, 1), WEAL_OK);
    assert_int_equal(weal_apply(w.kv, &block, 1), WEAL_ERR_INVALID);
    assert_int_equal(weal_reader_refresh(&w.reader), WEAL_OK);
    assert_int_equal(grow(&w, 5), WEAL_OK);
    weal_state_unref(first);
    world_down(&w);
    /* bytes, pages, writes, key and value lengths */
    world_up(&w);
    w.overlay_bytes = 20000;
    assert_int_equal(store_up(&w), WEAL_OK);
    for (e = WEAL_OK; e == WEAL_OK;) e = grow(&w, 50);
    assert_int_equal(e, WEAL_ERR_FULL);
    world_down(&w);
    world_up(&w);
    w.pages = 100;
    assert_int_equal(store_up(&w), WEAL_OK);
    for (e = WEAL_OK; e == WEAL_OK;) e = grow(&w, 5000);
    assert_int_equal(e, WEAL_ERR_FULL);
    world_down(&w);
    world_up(&w);
    assert_int_equal(store_up(&w), WEAL_OK);
    struct weal_view v;
    struct weal_draft d;
    struct weal_arena arena;
    static uint8_t big[WEAL_STATE_VALUE_MAX + 1];
    struct weal_bytes key = WEAL_BYTES_LIT("\1k");
    weal_arena_init(&arena, w.arena, ARENA);
    assert_int_equal(weal_view_open(&v, w.tip, &w.reader), WEAL_OK);
    assert_int_equal(weal_draft_init(&d, &v, &arena, 2), WEAL_OK);
    assert_int_equal(weal_draft_put(&d, key, WEAL_BYTES(big)), WEAL_ERR_INVALID);
    assert_int_equal(weal_draft_put(&d, weal_bytes(big, 201), key), WEAL_ERR_INVALID);
    assert_int_equal(weal_draft_put(&d, weal_bytes(big, 0), key), WEAL_ERR_INVALID);
    assert_int_equal(weal_draft_put(&d, key, weal_bytes(big, WEAL_STATE_VALUE_MAX)), WEAL_OK);
    assert_int_equal(weal_draft_put(&d, weal_bytes(big, 200), key), WEAL_OK);
    assert_int_equal(weal_draft_put(&d, key, key), WEAL_ERR_FULL);
    world_down(&w);
}

/* Derived records follow their blocks but not the root. */
static void derived_records_stand_outside_the_root(void **state) {
    (void)state;
    struct world w;
    struct weal_view v;
    struct weal_draft d;
    struct weal_arena arena;
    struct weal_bytes key = WEAL_BYTES_LIT("\1k"), got;
    world_up(&w);
    assert_int_equal(store_up(&w), WEAL_OK);
    weal_arena_init(&arena, w.arena, ARENA);
    assert_int_equal(weal_view_open(&v, w.tip, &w.reader), WEAL_OK);
    assert_int_equal(weal_draft_init(&d, &v, &arena, 9), WEAL_OK);
    assert_int_equal(weal_draft_put_derived(&d, key, WEAL_BYTES_LIT("points")), WEAL_OK);
    assert_int_equal(weal_draft_get_derived(&d, key, &got), WEAL_OK);
    assert_int_equal(weal_draft_get(&d, key, &got), WEAL_ERR_NOT_FOUND);
    struct weal_bytes none = {0}, k;
    assert_int_equal(weal_draft_next(&d, none, none, &k, &got), WEAL_ERR_NOT_FOUND);
    struct weal_state *next;
    assert_int_equal(weal_draft_seal(&d, &next), WEAL_OK);
    assert_memory_equal(weal_state_root(next), weal_state_root(w.tip), 32);
    weal_state_unref(w.tip);
    w.tip = next;
    for (int applied = 0; applied < 2; applied++) {
        assert_int_equal(weal_view_open(&v, w.tip, &w.reader), WEAL_OK);
        assert_int_equal(weal_view_get_derived(&v, key, &got), WEAL_OK);
        assert_true(weal_bytes_equal_var(got, WEAL_BYTES_LIT("points")));
        assert_int_equal(weal_view_get(&v, key, &got), WEAL_ERR_NOT_FOUND);
        assert_int_equal(apply_tip(&w), applied ? WEAL_ERR_INVALID : WEAL_OK);
    }
    world_down(&w);
}

/* A child writes and applies blocks as fast as it can and tells each height once it is committed;
 * the parent kills it at a random moment and opens what it left. */
static void child(const char *dir, int tell) {
    struct world w = {.arena = malloc(ARENA)};
    const struct weal_kv_lmdb_config c = {.dir = dir, .map_bytes = 256 << 20};
    test_mem_init(&w.mem);
    if (weal_kv_lmdb_open(&c, &w.kv) != WEAL_OK || store_up(&w) != WEAL_OK) _exit(1);
    for (;;) {
        if (grow(&w, 200) != WEAL_OK || apply_tip(&w) != WEAL_OK) _exit(1);
        uint64_t h = weal_state_height(w.tip);
        if (write(tell, &h, sizeof h) != sizeof h) _exit(1);
    }
}

static void killed_at_any_moment(void **state) {
    (void)state;
    enum { KILLS = 25 };
    char dir[TEST_DIR_MAX];
    uint64_t rng = 1, least = WEAL_STATE_NO_HEIGHT;
    test_dir_make(dir);
    for (int i = 0; i < KILLS; i++) {
        int fd[2];
        uint64_t h;
        assert_int_equal(pipe(fd), 0);
        pid_t pid = fork();
        if (pid == 0) {
            close(fd[0]);
            child(dir, fd[1]);
        }
        close(fd[1]);
        /* every other child has committed something, however slow the machine */
        if (i % 2 != 0) assert_int_equal(read(fd[0], &least, sizeof least), sizeof least);
        usleep((useconds_t)(5000 + test_below(&rng, 40000)));
        assert_int_equal(kill(pid, SIGKILL), 0);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        while (read(fd[0], &h, sizeof h) == sizeof h) least = h;
        close(fd[0]);
        struct world w = {0};
        const struct weal_kv_lmdb_config c = {.dir = dir, .map_bytes = 256 << 20};
        test_mem_init(&w.mem);
        assert_int_equal(weal_kv_lmdb_open(&c, &w.kv), WEAL_OK);
        assert_int_equal(store_up(&w), WEAL_OK); /* root equals what was committed */
        assert_true((int64_t)(weal_state_height(w.tip) - least) >= 0);
        uint64_t findings;
        const struct weal_fsck_config fc = {.kv = w.kv, .mem = w.mem.mem};
        assert_int_equal(weal_fsck(&fc, &findings), WEAL_OK);
        store_down(&w);
        weal_kv_close(w.kv);
        assert_int_equal(w.mem.alive, 0);
    }
    assert_true(least != WEAL_STATE_NO_HEIGHT && least > 10);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_changes_nothing),
        cmocka_unit_test(every_failing_call_is_survived),
        cmocka_unit_test(limits_have_names),
        cmocka_unit_test(derived_records_stand_outside_the_root),
        cmocka_unit_test(killed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
