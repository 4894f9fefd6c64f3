/* SPDX-License-Identifier: ISC */
/* State against an obvious map: random blocks on random parents, forks abandoned, finalized blocks
 * applied whenever it falls out so, every read, range, root and proof compared. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "storage/apply.h"
#include "storage/kv_mem.h"
#include "storage/state.h"
#include "tests/support/mem.h"
#include "tests/support/rng.h"
#include "tests/support/shadow.h"

enum { NODES = 48, ARENA = 4 << 20, WRITES = 4096 };

static int same_forks;

/* A block of the test's own chain. */
struct node {
    struct weal_state *state; /* NULL: dropped or unused */
    struct shadow map;
    int parent;
};
struct world {
    struct test_mem mem;
    struct weal_kv *kv;
    struct weal_store *store;
    struct weal_reader reader;
    struct node node[NODES];
    int base; /* the node that is applied */
    uint64_t rng;
    uint8_t *arena_mem;
    unsigned keys; /* how many different keys there may be */
};

static void world_open(struct world *w, uint64_t seed, unsigned keys) {
    *w = (struct world){.rng = seed, .keys = keys};
    test_mem_init(&w->mem);
    w->arena_mem = malloc(ARENA);
    assert_int_equal(weal_kv_mem_new(&w->mem.mem, &w->kv), WEAL_OK);
    struct weal_store_config c = {.kv = w->kv, .mem = w->mem.mem, .pages = 1 << 20};
    memcpy(c.seed, &seed, sizeof seed);
    assert_int_equal(weal_store_open(&c, &w->store, &w->node[0].state), WEAL_OK);
    assert_int_equal(weal_reader_open(&w->reader, w->store), WEAL_OK);
}

static void node_drop(struct node *n) {
    weal_state_unref(n->state);
    shadow_free(&n->map);
    *n = (struct node){0};
}

static void world_close(struct world *w) {
    for (int i = 0; i < NODES; i++) node_drop(&w->node[i]);
    weal_reader_close(&w->reader);
    weal_store_close(w->store);
    weal_kv_close(w->kv);
    free(w->arena_mem);
    assert_int_equal(w->mem.alive, 0);
}

/* Keys of few tables and lengths, so that prefixes mean something. */
static struct weal_bytes random_key(struct world *w, uint8_t buf[64]) {
    uint64_t n = test_below(&w->rng, w->keys);
    buf[0] = (uint8_t)(1 + n % 3);
    size_t len = 1 + n % 5;
    for (size_t i = 1; i < len; i++) buf[i] = (uint8_t)(n >> 2 * i & 3);
    weal_put_be32(buf + len, (uint32_t)(n * 2654435761u));
    return weal_bytes(buf, len + 4);
}

static void check_equal(struct weal_bytes got, const uint8_t *want, size_t n) {
    assert_int_equal(got.n, n);
    if (n) assert_memory_equal(got.p, want, n);
}

static void check_proof(struct world *w, const struct weal_view *v, struct weal_bytes key,
                        const struct shadow_pair *want) {
    static uint8_t buf[WEAL_TREE_PROOF_MAX];
    struct weal_wr wr = weal_wr(buf, sizeof buf);
    const uint8_t *root = weal_state_root(v->state);
    bool present;
    assert_int_equal(weal_view_prove(v, key, &wr, &present), WEAL_OK);
    struct weal_bytes proof = weal_wr_done(&wr);
    assert_int_equal(present, want != NULL);
    if (want) {
        struct weal_bytes value = weal_bytes(want->value, want->value_n);
        assert_int_equal(weal_tree_check_present(root, key, value, proof), WEAL_ACCEPT);
        assert_int_equal(weal_tree_check_absent(root, key, proof), WEAL_V_TREE_PATH);
        assert_int_equal(weal_tree_check_present(root, key, WEAL_BYTES_LIT("another value"), proof),
                         WEAL_V_TREE_ROOT);
    } else {
        assert_int_equal(weal_tree_check_absent(root, key, proof), WEAL_ACCEPT);
        assert_int_not_equal(weal_tree_check_present(root, key, WEAL_BYTES_LIT(""), proof),
                             WEAL_ACCEPT);
    }
    if (proof.n > 3) { /* no changed byte passes */
        size_t at = test_below(&w->rng, proof.n);
        buf[at] ^= (uint8_t)(1 + test_below(&w->rng, 255));
        if (want) {
            assert_int_not_equal(
                weal_tree_check_present(root, key, weal_bytes(want->value, want->value_n), proof),
                WEAL_ACCEPT);
        } else {
            assert_int_not_equal(weal_tree_check_absent(root, key, proof), WEAL_ACCEPT);
        }
    }
}

static void check_state(struct world *w, const struct node *n) {
    struct weal_view v;
    uint8_t root[32], buf[64];
    struct weal_bytes value, key, after = {0};
    assert_int_equal(weal_view_open(&v, n->state, &w->reader), WEAL_OK);
    shadow_map_root(root, &n->map);
    assert_memory_equal(root, weal_state_root(n->state), 32);
    for (int i = 0; i < 30; i++) {
        key = random_key(w, buf);
        struct shadow_pair *want = shadow_find(&n->map, key);
        enum weal_err e = weal_view_get(&v, key, &value);
        assert_int_equal(e, want ? WEAL_OK : WEAL_ERR_NOT_FOUND);
        if (want) check_equal(value, want->value, want->value_n);
        check_proof(w, &v, key, want);
    }
    uint8_t prefix_buf[2] = {(uint8_t)(1 + test_below(&w->rng, 3)),
                             (uint8_t)test_below(&w->rng, 4)};
    struct weal_bytes prefix = weal_bytes(prefix_buf, test_below(&w->rng, 3));
    for (;;) {
        struct shadow_pair *want = shadow_next(&n->map, prefix, after);
        enum weal_err e = weal_view_next(&v, prefix, after, &key, &value);
        assert_int_equal(e, want ? WEAL_OK : WEAL_ERR_NOT_FOUND);
        if (!want) break;
        check_equal(key, want->key, want->key_n);
        check_equal(value, want->value, want->value_n);
        after = key;
    }
}

static void draft_op(struct world *w, struct weal_draft *d, struct shadow *map) {
    uint8_t buf[64], val[64];
    struct weal_bytes key = random_key(w, buf), got, got_key;
    uint64_t kind = test_below(&w->rng, 100);
    if (kind < 55) {
        size_t n = test_below(&w->rng, 40);
        for (size_t i = 0; i < n; i++) val[i] = (uint8_t)test_rng(&w->rng);
        assert_int_equal(weal_draft_put(d, key, weal_bytes(val, n)), WEAL_OK);
        shadow_put(map, key, weal_bytes(val, n));
    } else if (kind < 75) {
        assert_int_equal(weal_draft_del(d, key), WEAL_OK);
        shadow_del(map, key);
    } else if (kind < 90) {
        struct shadow_pair *want = shadow_find(map, key);
        enum weal_err e = weal_draft_get(d, key, &got);
        assert_int_equal(e, want ? WEAL_OK : WEAL_ERR_NOT_FOUND);
        if (want) check_equal(got, want->value, want->value_n);
    } else {
        struct weal_bytes prefix = weal_bytes(key.p, test_below(&w->rng, 3));
        struct weal_bytes after = test_below(&w->rng, 2) ? key : weal_bytes(NULL, 0);
        struct shadow_pair *want = shadow_next(map, prefix, after);
        enum weal_err e = weal_draft_next(d, prefix, after, &got_key, &got);
        assert_int_equal(e, want ? WEAL_OK : WEAL_ERR_NOT_FOUND);
        if (want) check_equal(got_key, want->key, want->key_n);
        if (want) check_equal(got, want->value, want->value_n);
    }
}

/* A block on parent: operations, some of them undone by rewinding to a mark. */
static int grow(struct world *w, int parent, unsigned ops) {
    int at = 0;
    while (at < NODES && w->node[at].state) at++;
    if (at == NODES) return -1;
    struct weal_arena arena;
    struct weal_view v;
    struct weal_draft d;
    struct node *n = &w->node[at];
    weal_arena_init(&arena, w->arena_mem, ARENA);
    assert_int_equal(weal_view_open(&v, w->node[parent].state, &w->reader), WEAL_OK);
    assert_int_equal(weal_draft_init(&d, &v, &arena, WRITES), WEAL_OK);
    shadow_copy(&n->map, &w->node[parent].map);
    n->parent = parent;
    for (unsigned i = 0; i < ops; i++) {
        if (test_below(&w->rng, 10) != 0) {
            draft_op(w, &d, &n->map);
            continue;
        }
        struct shadow saved;
        struct weal_draft_mark mark = weal_draft_mark(&d);
        shadow_copy(&saved, &n->map);
        for (uint64_t k = test_below(&w->rng, 12); k > 0; k--) draft_op(w, &d, &n->map);
        if (test_below(&w->rng, 2)) {
            weal_draft_rewind(&d, mark);
            shadow_free(&n->map);
            n->map = saved;
        } else {
            shadow_free(&saved);
        }
    }
    assert_int_equal(weal_draft_seal(&d, &n->state), WEAL_OK);
    assert_int_equal(weal_state_height(n->state), weal_state_height(w->node[parent].state) + 1);
    return at;
}

static bool descends(const struct world *w, int at, int from) {
    while (at != from && at != w->base) at = w->node[at].parent;
    return at == from;
}

/* Finalizes and applies the chain up to node `to`; everything that does not descend from it goes,
 * except that some abandoned states are looked at once more and must be found stale. */
static void apply(struct world *w, int to) {
    struct weal_apply_block block[WEAL_APPLY_BLOCKS_MAX];
    size_t n = 0;
    for (int at = to; at != w->base; at = w->node[at].parent) n++;
    if (n == 0 || n > WEAL_APPLY_BLOCKS_MAX) return;
    size_t i = n;
    for (int at = to; at != w->base; at = w->node[at].parent) {
        block[--i] = (struct weal_apply_block){.state = w->node[at].state};
        memcpy(block[i].id, weal_state_root(w->node[at].state), 32);
    }
    weal_store_finalized(w->store, weal_state_height(w->node[to].state));
    assert_int_equal(weal_apply(w->kv, block, n), WEAL_OK);
    /* states are read alike before and after the reader moves */
    for (int k = 0; k < NODES; k++) {
        if (w->node[k].state && descends(w, k, to) && test_below(&w->rng, 3) == 0) {
            check_state(w, &w->node[k]);
        }
    }
    assert_int_equal(weal_reader_refresh(&w->reader), WEAL_OK);
    bool keep[NODES];
    for (int k = 0; k < NODES; k++) keep[k] = w->node[k].state && descends(w, k, to);
    for (int k = 0; k < NODES; k++) {
        if (!w->node[k].state || keep[k]) continue;
        struct weal_view v;
        enum weal_err e = weal_view_open(&v, w->node[k].state, &w->reader);
        if (e == WEAL_OK) {
            /* a fork that wrote the same is the same state */
            check_state(w, &w->node[k]);
            same_forks++;
        } else {
            assert_int_equal(e, WEAL_ERR_STALE);
        }
        node_drop(&w->node[k]);
    }
    w->base = to;
}

static void run(uint64_t seed, unsigned keys, unsigned ops, int steps) {
    struct world w;
    world_open(&w, seed, keys);
    for (int step = 0; step < steps; step++) {
        int live[NODES], n = 0;
        for (int i = 0; i < NODES; i++) {
            if (w.node[i].state) live[n++] = i;
        }
        int at = live[test_below(&w.rng, (uint64_t)n)];
        if (test_below(&w.rng, 5) == 0 || n > NODES - 2) {
            apply(&w, at);
        } else {
            int made = grow(&w, at, (unsigned)test_below(&w.rng, ops));
            if (made >= 0) check_state(&w, &w.node[made]);
        }
        check_state(&w, &w.node[w.base]);
    }
    world_close(&w);
}

static void state_equals_the_map(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        run(seed, 40, 30, 120);    /* few keys: overwrites, tombstones, collapses */
        run(seed, 3000, 300, 120); /* pages split and go */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_equals_the_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
