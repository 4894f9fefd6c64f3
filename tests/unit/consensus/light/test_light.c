/* SPDX-License-Identifier: ISC */
/* A wallet follows three terms of real certificates, and a lying node gets a name for each lie. */
#include "tests/unit/unit.h"

#include "consensus/light/light.h"
#include "crypto/sig/sig.h"
#include "crypto/tree/tree.h"

enum { TERM = 10 };
static uint8_t secret[8][32], chain[32] = {0xc4}, genesis_id[32] = {1}, genesis_root[32] = {2};
static struct weal_set sets[3];

static int setup(void **state) {
    (void)state;
    for (uint8_t t = 0; t < 3; t++) {
        sets[t].n = 4;
        for (uint8_t i = 0; i < 4; i++) {
            uint8_t key = (uint8_t)(i + t); /* one validator leaves, one comes, each term */
            secret[key][31] = (uint8_t)(key + 1);
            assert_true(weal_sig_public(sets[t].v[i].account, secret[key]));
            sets[t].v[i].seat[0] = i;
            sets[t].v[i].weight = 1;
        }
        assert_int_equal(weal_set_check(&sets[t]), WEAL_ACCEPT);
    }
    return 0;
}

struct block {
    struct weal_header h;
    uint8_t bytes[WEAL_HEADER_SIZE_MAX], id[32], sigs[4 * 64];
    struct weal_bytes encoded;
    struct weal_certificate cert;
};

static void seal(struct block *b, uint32_t signers_term) {
    struct weal_wr w = weal_wr(b->bytes, sizeof b->bytes);
    weal_header_put(&w, &b->h);
    b->encoded = weal_wr_done(&w);
    weal_header_id(b->id, b->encoded);
    b->cert = (struct weal_certificate){.kind = WEAL_VOTE_FINALIZE,
                                        .term = b->h.term,
                                        .view = b->h.view,
                                        .parent_view = b->h.parent_view,
                                        .signers = {0x0f},
                                        .signatures = WEAL_BYTES(b->sigs)};
    memcpy(b->cert.digest, b->id, 32);
    for (uint16_t i = 0; i < 4; i++) {
        struct weal_vote v = {.kind = WEAL_VOTE_FINALIZE,
                              .term = b->h.term,
                              .view = b->h.view,
                              .parent_view = b->h.parent_view,
                              .signer = i};
        memcpy(v.digest, b->id, 32);
        assert_true(weal_vote_sign(&v, chain, secret[i + signers_term]));
        memcpy(b->sigs + 64 * i, v.signature, 64);
    }
}

static void make(struct block *b, uint64_t height) {
    uint32_t term = (uint32_t)((height - 1) / TERM);
    memset(b, 0, sizeof *b);
    b->h = (struct weal_header){.version = 1,
                                .term = term,
                                .height = height,
                                .view = (height - 1) % TERM + 1,
                                .parent_view = (height - 1) % TERM,
                                .time_ms = 1000 * height};
    memcpy(b->h.chain, chain, 32);
    memset(b->h.state_root, (int)height, 32);
    weal_set_hash(b->h.set_hash, &sets[term]);
    if (height % TERM == 0 && term < 2) weal_set_hash(b->h.next_set_hash, &sets[term + 1]);
    seal(b, term);
}

static void start(struct weal_light *l) {
    assert_int_equal(weal_light_init(l, chain, TERM, &sets[0], NULL, genesis_id, genesis_root),
                     WEAL_ACCEPT);
}

static enum weal_verdict take(struct weal_light *l, const struct block *b) {
    return weal_light_header_var(l, b->encoded, &b->cert, NULL);
}

static void follows_the_chain_of_sets(void **state) {
    (void)state;
    struct weal_light l;
    struct block b;
    start(&l);
    static const uint64_t heights[] = {3, 7, 10, 15, 20, 21, 29};
    for (size_t i = 0; i < sizeof heights / sizeof *heights; i++) {
        make(&b, heights[i]);
        if (b.h.term != l.term) {
            assert_int_equal(take(&l, &b), WEAL_V_LIGHT_TERM);
            assert_int_equal(weal_light_next_term(&l, &sets[b.h.term]), WEAL_ACCEPT);
        }
        assert_int_equal(take(&l, &b), WEAL_ACCEPT);
        assert_int_equal(l.height, heights[i]);
        assert_memory_equal(l.state_root, b.h.state_root, 32);
    }
    /* from a checkpoint in the middle as well */
    struct weal_light from;
    make(&b, 15);
    assert_int_equal(weal_light_init(&from, chain, TERM, &sets[1], &b.h, NULL, NULL), WEAL_ACCEPT);
    make(&b, 20);
    assert_int_equal(take(&from, &b), WEAL_ACCEPT);
    assert_int_equal(weal_light_next_term(&from, &sets[2]), WEAL_ACCEPT);
}

static void lies_are_named(void **state) {
    (void)state;
    struct weal_light l;
    struct block b;
    start(&l);
    make(&b, 5);
    assert_int_equal(take(&l, &b), WEAL_ACCEPT);
    make(&b, 5);
    assert_int_equal(take(&l, &b), WEAL_V_LIGHT_HEIGHT);
    make(&b, 4);
    assert_int_equal(take(&l, &b), WEAL_V_LIGHT_HEIGHT);
    make(&b, 8), b.h.chain[0] ^= 1, seal(&b, 0);
    assert_int_equal(take(&l, &b), WEAL_V_LIGHT_CHAIN);
    make(&b, 8), b.h.time_ms = 5000, seal(&b, 0);
    assert_int_equal(take(&l, &b), WEAL_V_LIGHT_TIME);
    make(&b, 8), b.h.set_hash[4] ^= 1, seal(&b, 0);
    assert_int_equal(take(&l, &b), WEAL_V_SET_HASH);
    make(&b, 8), b.h.height = 18, seal(&b, 0); /* beyond the term */
    assert_int_equal(take(&l, &b), WEAL_V_LIGHT_HEIGHT);
    make(&b, 8), b.cert.digest[0] ^= 1;
    assert_int_equal(take(&l, &b), WEAL_V_LIGHT_CERTIFICATE);
    make(&b, 8), b.cert.kind = WEAL_VOTE_NOTARIZE; /* notarized is not final */
    assert_int_equal(take(&l, &b), WEAL_V_LIGHT_CERTIFICATE);
    make(&b, 8), b.cert.signers[0] = 3, b.cert.signatures.n = 128;
    assert_int_equal(take(&l, &b), WEAL_V_CERT_QUORUM);
    make(&b, 8), seal(&b, 1); /* signed by the next term's set */
    assert_int_equal(take(&l, &b), WEAL_V_VOTE_SIGNATURE);
    make(&b, 8), b.encoded.n--;
    assert_int_equal(take(&l, &b), WEAL_V_ENCODING);
    assert_int_equal(weal_light_next_term(&l, &sets[1]), WEAL_V_LIGHT_NO_NEXT);
    assert_int_equal(l.height, 5); /* nothing moved it */
    make(&b, 10);
    assert_int_equal(take(&l, &b), WEAL_ACCEPT);
    make(&b, 11), b.h.term = 0, weal_set_hash(b.h.set_hash, &sets[0]), seal(&b, 0);
    assert_int_equal(take(&l, &b), WEAL_V_LIGHT_HEIGHT); /* the old set goes on signing */
    struct weal_set wrong = sets[1];
    wrong.v[0].weight = 2;
    assert_int_equal(weal_light_next_term(&l, &wrong), WEAL_V_SET_HASH);
    wrong = sets[1], wrong.v[1].seat[0] = 0;
    assert_int_equal(weal_light_next_term(&l, &wrong), WEAL_V_SET_ORDER);
    assert_int_equal(weal_light_next_term(&l, &sets[1]), WEAL_ACCEPT);
}

/* A re-proposal finalizes a block of an earlier view: the certificate's view may be higher. */
static void a_reproposed_block_is_accepted(void **state) {
    (void)state;
    struct weal_light l;
    struct block b;
    start(&l);
    make(&b, 5);
    b.cert.view = 7;
    b.cert.parent_view = 6;
    for (uint16_t i = 0; i < 4; i++) {
        struct weal_vote v = {.kind = WEAL_VOTE_FINALIZE, .view = 7, .parent_view = 6, .signer = i};
        memcpy(v.digest, b.id, 32);
        assert_true(weal_vote_sign(&v, chain, secret[i]));
        memcpy(b.sigs + 64 * i, v.signature, 64);
    }
    assert_int_equal(take(&l, &b), WEAL_ACCEPT);
}

/* a record is proved present, or absent, against an accepted header. */
static void x_12_records_are_proved_against_a_header(void **state) {
    (void)state;
    struct weal_light l;
    struct block b;
    struct weal_tree_leaf leaf;
    struct weal_tree_node root;
    struct weal_bytes key = WEAL_BYTES_LIT("k"), value = WEAL_BYTES_LIT("v");
    weal_tree_key(leaf.key, key);
    weal_tree_value(leaf.value, value);
    weal_tree_of_leaves(&root, &leaf, 1, 0);
    start(&l);
    make(&b, 5);
    memcpy(b.h.state_root, root.hash, 32);
    seal(&b, 0);
    assert_int_equal(take(&l, &b), WEAL_ACCEPT);
    uint8_t buf[WEAL_TREE_PROOF_MAX];
    struct weal_tree_path path = {.depth = 0, .end = WEAL_TREE_END_SELF};
    struct weal_wr w = weal_wr(buf, sizeof buf);
    weal_tree_path_put(&w, &path);
    assert_int_equal(weal_light_present_var(&l, key, value, weal_wr_done(&w)), WEAL_ACCEPT);
    assert_int_not_equal(weal_light_present_var(&l, key, WEAL_BYTES_LIT("w"), weal_wr_done(&w)),
                         WEAL_ACCEPT);
    path.end = WEAL_TREE_END_OTHER;
    memcpy(path.other_key, leaf.key, 32);
    memcpy(path.other_value, leaf.value, 32);
    w = weal_wr(buf, sizeof buf);
    weal_tree_path_put(&w, &path);
    assert_int_equal(weal_light_absent_var(&l, WEAL_BYTES_LIT("q"), weal_wr_done(&w)), WEAL_ACCEPT);
    assert_int_not_equal(weal_light_absent_var(&l, key, weal_wr_done(&w)), WEAL_ACCEPT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_chain_of_sets),
        cmocka_unit_test(lies_are_named),
        cmocka_unit_test(a_reproposed_block_is_accepted),
        cmocka_unit_test(x_12_records_are_proved_against_a_header),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
