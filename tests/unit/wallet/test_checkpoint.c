/* SPDX-License-Identifier: ISC */
/* The kept checkpoint: comes back as it was, and anything damaged or foreign is as none. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wallet/checkpoint.h"

enum { TERM_BLOCKS = 500 };

static void make(struct weal_light *l) {
    memset(l, 0, sizeof *l);
    memset(l->chain, 7, 32);
    memset(l->id, 8, 32);
    memset(l->state_root, 9, 32);
    l->term = 3;
    l->term_blocks = TERM_BLOCKS;
    l->height = 3 * TERM_BLOCKS;
    l->time_ms = 123456;
    l->set.n = 4;
    for (unsigned i = 0; i < 4; i++) {
        memset(l->set.v[i].account, (int)(i + 1), 32);
        memset(l->set.v[i].seat, (int)(i + 40), 32);
        l->set.v[i].weight = i + 1;
    }
    assert_int_equal(weal_set_check(&l->set), WEAL_ACCEPT);
}

static bool get(struct weal_light *l, const uint8_t *p, size_t n, const struct weal_light *like) {
    return weal_checkpoint_get(l, weal_bytes(p, n), like->chain, TERM_BLOCKS);
}

static void round_trips(void **state) {
    (void)state;
    struct weal_light l, got;
    static uint8_t bytes[WEAL_CHECKPOINT_MAX];
    make(&l);
    size_t n = weal_checkpoint_put(bytes, &l);
    assert_true(n != 0 && get(&got, bytes, n, &l));
    assert_int_equal(got.height, l.height);
    assert_int_equal(got.set.total, l.set.total);
    assert_memory_equal(got.id, l.id, 32);
    uint8_t a[32], b[32];
    weal_set_hash(a, &l.set);
    weal_set_hash(b, &got.set);
    assert_memory_equal(a, b, 32);
}

static void every_damage_is_as_none(void **state) {
    (void)state;
    struct weal_light l, got;
    static uint8_t bytes[WEAL_CHECKPOINT_MAX];
    make(&l);
    size_t n = weal_checkpoint_put(bytes, &l);
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= 1;
        assert_false(get(&got, bytes, n, &l));
        bytes[i] ^= 1;
        assert_false(get(&got, bytes, i, &l));
    }
    assert_true(get(&got, bytes, n, &l));
}

static void of_another_chain_or_place_is_as_none(void **state) {
    (void)state;
    struct weal_light l, got, other;
    static uint8_t bytes[WEAL_CHECKPOINT_MAX];
    make(&l);
    other = l;
    other.chain[0]++;
    size_t n = weal_checkpoint_put(bytes, &l);
    assert_false(get(&got, bytes, n, &other));
    assert_false(weal_checkpoint_get(&got, weal_bytes(bytes, n), l.chain, TERM_BLOCKS + 1));
    l.height++; /* not where a term starts */
    n = weal_checkpoint_put(bytes, &l);
    assert_false(get(&got, bytes, n, &l));
}

static void the_file_is_replaced_whole(void **state) {
    (void)state;
    struct weal_light l, got;
    char folder[] = "/tmp/weal-checkpoint-XXXXXX", wallet[64], path[96];
    make(&l);
    assert_non_null(mkdtemp(folder));
    snprintf(wallet, sizeof wallet, "%s/w", folder);
    snprintf(path, sizeof path, "%s.checkpoint", wallet);
    assert_false(weal_checkpoint_read(wallet, &got, l.chain, TERM_BLOCKS));
    assert_int_equal(weal_checkpoint_write(wallet, &l), WEAL_OK);
    l.term++;
    l.height += TERM_BLOCKS;
    assert_int_equal(weal_checkpoint_write(wallet, &l), WEAL_OK);
    assert_true(weal_checkpoint_read(wallet, &got, l.chain, TERM_BLOCKS));
    assert_int_equal(got.term, 4);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(round_trips),
                                       cmocka_unit_test(every_damage_is_as_none),
                                       cmocka_unit_test(of_another_chain_or_place_is_as_none),
                                       cmocka_unit_test(the_file_is_replaced_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
