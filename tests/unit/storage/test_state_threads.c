/* SPDX-License-Identifier: ISC */
/* The threads that storage is made for, on the real database: an owner that seals, an applier that
 * commits, readers that read and prove the newest published state. Every answer must be the one of
 * the height asked, whatever the others do meanwhile. Run it under PROFILE=tsan as well. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "crypto/tree/tree.h"
#include "storage/apply.h"
#include "storage/kv_lmdb.h"
#include "tests/support/dir.h"
#include "tests/support/mem.h"
#include "tests/support/rng.h"

enum { HEIGHTS = 300, KEYS = 64, QUEUE = 16, READERS = 2, ARENA = 1 << 20 };

struct shared {
    struct weal_kv *kv;
    struct weal_store *store;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct weal_state *tip;          /* published, with a reference */
    struct weal_state *queue[QUEUE]; /* finalized, not applied; each with a reference */
    unsigned first, count;
    bool done;
    atomic_uint answers, stale;
};

static struct weal_state *published(struct shared *s) {
    pthread_mutex_lock(&s->lock);
    struct weal_state *tip = weal_state_ref(s->tip);
    pthread_mutex_unlock(&s->lock);
    return tip;
}

static bool is_done(struct shared *s) {
    pthread_mutex_lock(&s->lock);
    bool done = s->done;
    pthread_mutex_unlock(&s->lock);
    return done;
}

static void *applier(void *arg) {
    struct shared *s = arg;
    for (;;) {
        struct weal_apply_block block[QUEUE];
        pthread_mutex_lock(&s->lock);
        while (s->count == 0 && !s->done) pthread_cond_wait(&s->moved, &s->lock);
        unsigned n = s->count;
        for (unsigned i = 0; i < n; i++) {
            block[i] = (struct weal_apply_block){.state = s->queue[(s->first + i) % QUEUE]};
        }
        pthread_mutex_unlock(&s->lock);
        if (n == 0) return NULL;
        if (weal_apply(s->kv, block, n) != WEAL_OK) abort();
        pthread_mutex_lock(&s->lock);
        for (unsigned i = 0; i < n; i++) weal_state_unref(s->queue[(s->first + i) % QUEUE]);
        s->first += n;
        s->count -= n;
        pthread_cond_broadcast(&s->moved);
        pthread_mutex_unlock(&s->lock);
    }
}

/* In the state of height h, key k holds the last height <= h that wrote it: all with h % KEYS == k,
 * and every seventh height removes the key before its own. */
static bool expected(uint64_t h, uint64_t k, uint64_t *value) {
    for (uint64_t at = h; at + 1 != 0 && h - at <= 2 * KEYS; at--) {
        if (at % KEYS == k) {
            *value = at;
            return true;
        }
        if (at % 7 == 0 && (at + KEYS - 1) % KEYS == k) return false;
    }
    return false;
}

static void ask(struct shared *s, const struct weal_view *v, uint64_t *rng) {
    uint8_t key[9] = {1}, want[8], proof[WEAL_TREE_PROOF_MAX];
    struct weal_bytes got;
    uint64_t k = test_below(rng, KEYS), value = 0, h = weal_state_height(v->state);
    struct weal_wr w = weal_wr(proof, sizeof proof);
    bool present, there = expected(h, k, &value);
    weal_put_be64(key + 1, k);
    weal_put_be64(want, value);
    enum weal_err e = weal_view_get(v, WEAL_BYTES(key), &got);
    if (e != (there ? WEAL_OK : WEAL_ERR_NOT_FOUND)) abort();
    if (there && !weal_bytes_equal_var(got, WEAL_BYTES(want))) abort();
    if (weal_view_prove(v, WEAL_BYTES(key), &w, &present) != WEAL_OK || present != there) abort();
    const uint8_t *root = weal_state_root(v->state);
    if (there && weal_tree_check_present(root, WEAL_BYTES(key), WEAL_BYTES(want),
                                         weal_wr_done(&w)) != WEAL_ACCEPT) {
        abort();
    }
    if (!there && weal_tree_check_absent(root, WEAL_BYTES(key), weal_wr_done(&w)) != WEAL_ACCEPT) {
        abort();
    }
    atomic_fetch_add(&s->answers, 1);
}

static void *reader(void *arg) {
    struct shared *s = arg;
    struct weal_reader r;
    uint64_t rng = 3;
    if (weal_reader_open(&r, s->store) != WEAL_OK) abort();
    while (!is_done(s)) {
        struct weal_view v;
        struct weal_state *tip = published(s);
        enum weal_err e = weal_view_open(&v, tip, &r);
        if (e == WEAL_ERR_STALE) {
            atomic_fetch_add(&s->stale, 1);
            if (weal_reader_refresh(&r) != WEAL_OK) abort();
        } else if (e != WEAL_OK) {
            abort();
        } else {
            for (int i = 0; i < 5; i++) ask(s, &v, &rng);
            if (test_below(&rng, 4) == 0 && weal_reader_refresh(&r) != WEAL_OK) abort();
        }
        weal_state_unref(tip);
    }
    weal_reader_close(&r);
    return NULL;
}

static struct weal_state *grow(struct weal_state *tip, struct weal_reader *r, void *mem) {
    struct weal_view v;
    struct weal_draft d;
    struct weal_arena arena;
    struct weal_state *next;
    uint64_t h = weal_state_height(tip) + 1;
    uint8_t key[9] = {1}, value[8];
    weal_arena_init(&arena, mem, ARENA);
    assert_int_equal(weal_view_open(&v, tip, r), WEAL_OK);
    assert_int_equal(weal_draft_init(&d, &v, &arena, 600), WEAL_OK);
    if (h % 7 == 0) {
        weal_put_be64(key + 1, (h + KEYS - 1) % KEYS);
        assert_int_equal(weal_draft_del(&d, WEAL_BYTES(key)), WEAL_OK);
    }
    weal_put_be64(key + 1, h % KEYS);
    weal_put_be64(value, h);
    assert_int_equal(weal_draft_put(&d, WEAL_BYTES(key), WEAL_BYTES(value)), WEAL_OK);
    key[0] = 2; /* others, so that there are pages to share and copy */
    for (uint64_t i = 0; i < 100; i++) {
        weal_put_be64(key + 1, h * 50 + i);
        assert_int_equal(weal_draft_put(&d, WEAL_BYTES(key), WEAL_BYTES(value)), WEAL_OK);
    }
    assert_int_equal(weal_draft_seal(&d, &next), WEAL_OK);
    return next;
}

/* Publishes the state, then gives it to the applier: in this order, so that the newest published
 * state is never behind the database. */
static void hand_over(struct shared *s, struct weal_state *next) {
    pthread_mutex_lock(&s->lock);
    weal_state_unref(s->tip);
    s->tip = weal_state_ref(next);
    while (s->count == QUEUE) pthread_cond_wait(&s->moved, &s->lock);
    s->queue[(s->first + s->count++) % QUEUE] = weal_state_ref(next);
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
}

static void readers_applier_and_owner_together(void **state) {
    (void)state;
    static struct shared s;
    char dir[TEST_DIR_MAX];
    struct test_mem mem;
    struct weal_reader own;
    struct weal_state *tip;
    pthread_t thread[READERS + 1];
    void *arena = malloc(ARENA);
    test_dir_make(dir);
    test_mem_init(&mem);
    const struct weal_kv_lmdb_config lc = {.dir = dir, .map_bytes = 256 << 20};
    assert_int_equal(weal_kv_lmdb_open(&lc, &s.kv), WEAL_OK);
    const struct weal_store_config sc = {.kv = s.kv, .mem = mem.mem, .pages = 1 << 16};
    assert_int_equal(weal_store_open(&sc, &s.store, &tip), WEAL_OK);
    assert_int_equal(weal_reader_open(&own, s.store), WEAL_OK);
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.moved, NULL);
    s.tip = weal_state_ref(tip);
    pthread_create(&thread[0], NULL, applier, &s);
    for (int i = 1; i <= READERS; i++) pthread_create(&thread[i], NULL, reader, &s);
    for (int h = 0; h < HEIGHTS; h++) {
        struct weal_state *next = grow(tip, &own, arena);
        weal_state_unref(tip);
        tip = next;
        weal_store_finalized(s.store, weal_state_height(tip));
        hand_over(&s, tip);
        assert_int_equal(weal_reader_refresh(&own), WEAL_OK);
    }
    pthread_mutex_lock(&s.lock);
    while (s.count != 0) pthread_cond_wait(&s.moved, &s.lock);
    s.done = true;
    pthread_cond_broadcast(&s.moved);
    pthread_mutex_unlock(&s.lock);
    for (int i = 0; i <= READERS; i++) pthread_join(thread[i], NULL);
    assert_true(atomic_load(&s.answers) > 0);
    weal_state_unref(s.tip);
    weal_state_unref(tip);
    weal_reader_close(&own);
    weal_store_close(s.store); /* asserts that every page and overlay came back */
    weal_kv_close(s.kv);
    assert_int_equal(mem.alive, 0);
    free(arena);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_applier_and_owner_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
