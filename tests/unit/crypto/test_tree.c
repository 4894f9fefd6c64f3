/* SPDX-License-Identifier: ISC */
/* Tree hashing against the plain recursion, and the classic lies about absence. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "crypto/tree/hash4.h"
#include "crypto/tree/tree.h"
#include "tests/support/rng.h"
#include "tests/support/shadow.h"

/* Computed by a Python program of ten lines from SPEC.md. */
#define ROOT_OF_THREE "d09d5bf3dca29578aad02b6f1c9fe6c3eb2691a2cdc49bbffbdd7fe4ebdc1056"

static int by_key(const void *a, const void *b) {
    return memcmp(a, b, 32);
}

/* Random leaves, some of them sharing long prefixes, as an attacker would grind them. */
static size_t random_leaves(struct weal_tree_leaf *leaf, size_t n, uint64_t *rng) {
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 32; k += 8) {
            weal_put_be64(leaf[i].key + k, test_rng(rng));
            weal_put_be64(leaf[i].value + k, test_rng(rng));
        }
        if (i != 0 && test_below(rng, 3) == 0) {
            size_t bits = test_below(rng, 256);
            memcpy(leaf[i].key, leaf[test_below(rng, i)].key, 32);
            leaf[i].key[bits / 8] ^= (uint8_t)(0x80 >> bits % 8);
        }
    }
    qsort(leaf, n, sizeof *leaf, by_key);
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        if (out == 0 || memcmp(leaf[out - 1].key, leaf[i].key, 32) != 0) leaf[out++] = leaf[i];
    }
    return out;
}

static void roots_equal_the_recursion(void **state) {
    (void)state;
    static struct weal_tree_leaf leaf[300];
    uint64_t rng = 1;
    for (int round = 0; round < 400; round++) {
        struct weal_tree_node got;
        uint8_t want[32];
        size_t n = random_leaves(leaf, test_below(&rng, round < 200 ? 6 : 300), &rng);
        weal_tree_of_leaves(&got, leaf, n, 0);
        shadow_root(want, leaf, n);
        assert_memory_equal(got.hash, want, 32);
        assert_int_equal(got.kind, n == 0   ? WEAL_TREE_EMPTY
                                   : n == 1 ? WEAL_TREE_LEAF
                                            : WEAL_TREE_INNER);
    }
}

/* The lanes are the plain hash, alone and in every number of jobs. */
static void lanes_equal_the_plain_hash(void **state) {
    (void)state;
    uint8_t in[WEAL_TREE_LANES][WEAL_TREE_INPUT], got[9][32], want[9][32];
    uint8_t *out[WEAL_TREE_LANES] = {got[0], got[1], got[2], got[3]};
    uint8_t *plain[WEAL_TREE_LANES] = {want[0], want[1], want[2], want[3]};
    uint64_t rng = 5;
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < WEAL_TREE_LANES * WEAL_TREE_INPUT; i++) {
            in[i / WEAL_TREE_INPUT][i % WEAL_TREE_INPUT] = (uint8_t)test_rng(&rng);
        }
        weal_tree_hash4_plain(plain, (const uint8_t(*)[WEAL_TREE_INPUT])in);
#ifdef __x86_64__
        if (__builtin_cpu_supports("avx2")) {
            weal_tree_hash4_avx2(out, (const uint8_t(*)[WEAL_TREE_INPUT])in);
            assert_memory_equal(got, want, 4 * 32);
        }
#endif
        struct weal_tree_jobs jobs = {.count = 0};
        uint64_t n = test_below(&rng, 10);
        for (uint64_t i = 0; i < n; i++) {
            uint8_t *from = in[i % WEAL_TREE_LANES];
            weal_tree_leaf_hash(want[i], from, from + 32);
            weal_tree_jobs_add(&jobs, got[i], WEAL_TREE_TAG_LEAF, from, from + 32);
        }
        weal_tree_jobs_flush(&jobs);
        if (n) assert_memory_equal(got, want, n * 32);
    }
    (void)out;
}

/* The root does not depend on how the set came to be: known once, known for ever. */
static void root_is_the_written_one(void **state) {
    (void)state;
    struct shadow s = {0};
    struct weal_tree_leaf leaf[3];
    struct weal_tree_node top;
    uint8_t want[32];
    static const char *const key[3] = {"\1alice", "\1bob", "\2parameter"};
    for (int i = 0; i < 3; i++) {
        weal_tree_key(leaf[i].key, weal_bytes(key[i], strlen(key[i])));
        weal_tree_value(leaf[i].value, weal_bytes(key[2 - i], strlen(key[2 - i])));
        shadow_put(&s, weal_bytes(key[i], strlen(key[i])),
                   weal_bytes(key[2 - i], strlen(key[2 - i])));
    }
    qsort(leaf, 3, sizeof *leaf, by_key);
    weal_tree_of_leaves(&top, leaf, 3, 0);
    shadow_map_root(want, &s);
    assert_memory_equal(top.hash, want, 32);
    assert_true(weal_hex_read(ROOT_OF_THREE, 64, want, 32));
    assert_memory_equal(top.hash, want, 32);
    shadow_free(&s);
}

/* Bytes of a proof, put together by hand. */
static struct weal_bytes proof_of(uint8_t *buf, uint8_t end, uint16_t depth, const uint8_t *bitmap,
                                  uint8_t (*sibling)[32], size_t count,
                                  const struct weal_tree_leaf *other) {
    struct weal_wr w = weal_wr(buf, WEAL_TREE_PROOF_MAX);
    weal_wr_u8(&w, end);
    weal_wr_u16(&w, depth);
    weal_wr_copy(&w, bitmap, (depth + 7u) / 8);
    for (size_t i = 0; i < count; i++) weal_wr_copy(&w, sibling[i], 32);
    if (other) {
        weal_wr_copy(&w, other->key, 32);
        weal_wr_copy(&w, other->value, 32);
    }
    return weal_wr_done(&w);
}

/* A key that is there can't be shown absent by a leaf from elsewhere, by itself, or by nothing. */
static void absence_cannot_be_faked(void **state) {
    (void)state;
    static uint8_t buf[WEAL_TREE_PROOF_MAX];
    struct weal_tree_leaf leaf[2], *a = NULL, *b = NULL;
    struct weal_tree_node root;
    struct weal_bytes key[2], value = WEAL_BYTES_LIT("v");
    uint8_t name[2][5] = {"\1k000", "\1k000"};
    /* two keys that part at the first bit */
    do {
        name[1][4]++;
        for (int i = 0; i < 2; i++) {
            key[i] = WEAL_BYTES(name[i]);
            weal_tree_key(leaf[i].key, key[i]);
            weal_tree_value(leaf[i].value, value);
        }
    } while (weal_tree_common(leaf[0].key, leaf[1].key) != 0);
    a = &leaf[0];
    b = &leaf[1];
    struct weal_bytes key_a = key[0];
    uint8_t sibling[1][32], one = 0x80, none = 0;
    weal_tree_leaf_hash(sibling[0], b->key, b->value);
    struct weal_tree_leaf sorted[2] = {*a, *b};
    qsort(sorted, 2, sizeof *sorted, by_key);
    weal_tree_of_leaves(&root, sorted, 2, 0);
    struct weal_bytes honest = proof_of(buf, WEAL_TREE_END_SELF, 1, &one, sibling, 1, NULL);
    assert_int_equal(weal_tree_check_present(root.hash, key_a, value, honest), WEAL_ACCEPT);
    assert_int_equal(weal_tree_check_absent(root.hash, key_a, honest), WEAL_V_TREE_PATH);
    /* the true neighbour, said to stand where a stands: it does not share a's first bit */
    uint8_t sibling_a[1][32];
    weal_tree_leaf_hash(sibling_a[0], a->key, a->value);
    struct weal_bytes p = proof_of(buf, WEAL_TREE_END_OTHER, 1, &one, sibling_a, 1, b);
    assert_int_equal(weal_tree_check_absent(root.hash, key_a, p), WEAL_V_TREE_PATH);
    /* a itself, called another */
    p = proof_of(buf, WEAL_TREE_END_OTHER, 1, &one, sibling, 1, a);
    assert_int_equal(weal_tree_check_absent(root.hash, key_a, p), WEAL_V_TREE_PATH);
    /* nothing where a stands */
    p = proof_of(buf, WEAL_TREE_END_EMPTY, 1, &one, sibling, 1, NULL);
    assert_int_equal(weal_tree_check_absent(root.hash, key_a, p), WEAL_V_TREE_ROOT);
    /* an empty tree */
    p = proof_of(buf, WEAL_TREE_END_EMPTY, 0, &none, sibling, 0, NULL);
    assert_int_equal(weal_tree_check_absent(root.hash, key_a, p), WEAL_V_TREE_ROOT);
    uint8_t zeros[32] = {0};
    assert_int_equal(weal_tree_check_absent(zeros, key_a, p), WEAL_ACCEPT);
    /* the root passed off as a leaf's place: an inner node is no leaf */
    p = proof_of(buf, WEAL_TREE_END_SELF, 0, &none, sibling, 0, NULL);
    assert_int_equal(weal_tree_check_present(root.hash, key_a, value, p), WEAL_V_TREE_ROOT);
}

/* One encoding for one proof. */
static void other_encodings_are_refused(void **state) {
    (void)state;
    static uint8_t buf[WEAL_TREE_PROOF_MAX + 1];
    uint8_t sibling[2][32] = {{1}, {0}}, bits;
    uint8_t root[32] = {0};
    struct weal_bytes key = WEAL_BYTES_LIT("\1k"), p;
    bits = 0x80; /* an explicit sibling of zeros */
    p = proof_of(buf, WEAL_TREE_END_EMPTY, 1, &bits, sibling + 1, 1, NULL);
    assert_int_equal(weal_tree_check_absent(root, key, p), WEAL_V_TREE_FORM);
    bits = 0xc0; /* a bit past the depth */
    p = proof_of(buf, WEAL_TREE_END_EMPTY, 1, &bits, sibling, 1, NULL);
    assert_int_equal(weal_tree_check_absent(root, key, p), WEAL_V_TREE_FORM);
    bits = 0x80; /* the last level has no sibling: the end would stand higher */
    p = proof_of(buf, WEAL_TREE_END_EMPTY, 2, &bits, sibling, 1, NULL);
    assert_int_equal(weal_tree_check_absent(root, key, p), WEAL_V_TREE_FORM);
    p = proof_of(buf, WEAL_TREE_END_EMPTY, 1, &bits, sibling, 1, NULL);
    assert_int_equal(weal_tree_check_absent(root, key, p), WEAL_V_TREE_ROOT);
    p.n++; /* something behind it */
    assert_int_equal(weal_tree_check_absent(root, key, p), WEAL_V_TREE_FORM);
    p.n -= 2;
    assert_int_equal(weal_tree_check_absent(root, key, p), WEAL_V_TREE_FORM);
    buf[0] = 3; /* an unknown end */
    assert_int_equal(weal_tree_check_absent(root, key, p), WEAL_V_TREE_FORM);
    assert_int_equal(weal_tree_check_absent(root, key, weal_bytes(NULL, 0)), WEAL_V_TREE_FORM);
    weal_put_le16(buf + 1, 257);
    buf[0] = 1;
    assert_int_equal(weal_tree_check_absent(root, key, weal_bytes(buf, 40)), WEAL_V_TREE_FORM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_equal_the_recursion),   cmocka_unit_test(lanes_equal_the_plain_hash),
        cmocka_unit_test(root_is_the_written_one),     cmocka_unit_test(absence_cannot_be_faked),
        cmocka_unit_test(other_encodings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
