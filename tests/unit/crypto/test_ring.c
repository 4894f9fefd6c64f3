/* SPDX-License-Identifier: ISC */
/* crypto/ring: generators, digests, provers. Bytes are compared with the reference by
 * tests/functional/test_ringproof.py. */
#include "tests/unit/unit.h"

#include "crypto/ring/ring.h"
#include "tests/support/baseline.h"
#include "tests/support/ringset.h"

static void generators_are_what_their_names_hash_to(void **state) {
    const struct weal_generators *g = weal_generators();
    uint8_t p[32];
    (void)state;
    weal_generator(p, "F", 0);
    assert_memory_equal(p, g->f, 32);
    weal_generator(p, "H", 0);
    assert_memory_equal(p, g->h, 32);
    weal_generator(p, "V", 0);
    assert_memory_equal(p, g->v, 32);
    for (uint32_t i = 0; i < WEAL_GENERATORS; i++) {
        weal_generator(p, "Gu", i);
        assert_memory_equal(p, g->gu[i], 32);
        weal_generator(p, "Gv", i);
        assert_memory_equal(p, g->gv[i], 32);
    }
    static const uint8_t one[32] = {1};
    assert_int_equal(crypto_scalarmult_ristretto255_base(p, one), 0);
    assert_memory_equal(p, weal_ring_g, 32);
}

static void sizes_are_those_of_the_specification(void **state) {
    (void)state;
    assert_int_equal(weal_ring_proof_bytes(16, 1, 1), 672);
    assert_int_equal(weal_ring_proof_bytes(4, 2, 1), 448);
    assert_int_equal(weal_ring_proof_bytes(16, 1, 2), 736);
    assert_int_equal(weal_ring_proof_bytes(4, 2, 2), 544);
    assert_int_equal(weal_ring_proof_bytes(2, 7, 2), WEAL_RING_PROOF_LIMIT);
    assert_int_equal(weal_ring_proof_bytes(WEAL_RING_N, WEAL_RING_M, 1), WEAL_RING_HUMAN_BYTES);
    assert_int_equal(weal_ring_proof_bytes(WEAL_RING_N, WEAL_RING_M, 2), WEAL_RING_NOTE_BYTES);
}

static void secrets_are_above_zero_and_below_the_order(void **state) {
    uint8_t x[32] = {0};
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    (void)state;
    assert_false(weal_secret_valid(x));
    x[0] = 1;
    assert_true(weal_secret_valid(x));
    memcpy(x, order, 32);
    assert_false(weal_secret_valid(x));
    x[0]--;
    assert_true(weal_secret_valid(x));
    x[0] += 2;
    assert_false(weal_secret_valid(x));
    memset(x, 0xff, 32);
    assert_false(weal_secret_valid(x));
    assert_false(weal_human_key(x, order));
    assert_false(weal_nullifier(x, order));
}

/* Every place of a ring, both shapes, several parameters: plain libsodium finds the proof good. */
static void proofs_of_every_place_hold(void **state) {
    static const struct {
        uint16_t n, m;
        uint32_t r, per;
    } cases[] = {{4, 2, 16, 16}, {4, 2, 11, 11}, {16, 1, 13, 13}, {2, 4, 12, 12}, {2, 7, 86, 2}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        for (uint8_t shape = 1; shape <= 2; shape++) {
            struct ringset set;
            ringset_make(&set, shape, cases[k].n, cases[k].m, cases[k].r, 1, cases[k].per, k);
            for (uint32_t i = 0; i < set.proofs; i += k == 0 ? 1 : 5) {
                assert_int_equal(baseline_ring_verify(&set.statements[i], ringset_proof(&set, i)),
                                 WEAL_ACCEPT);
            }
            ringset_free(&set);
        }
    }
}

static void a_false_witness_is_refused(void **state) {
    struct ringset set;
    uint8_t proof[WEAL_RING_PROOF_LIMIT], x[2][32], other[32];
    const uint8_t(*xs)[32] = (const uint8_t(*)[32])x;
    static const uint8_t random[32];
    (void)state;
    ringset_make(&set, WEAL_RING_NOTE, 4, 2, 12, 1, 2, 9);
    struct weal_ring_statement s = set.statements[0];
    memcpy(x, set.secrets[0], sizeof x);
    assert_int_equal(weal_ring_prove(proof, &s, 0, xs, random), WEAL_ACCEPT);
    assert_int_equal(weal_ring_prove(proof, &s, 1, xs, random), WEAL_V_PROVER_WITNESS);
    assert_int_equal(weal_ring_prove(proof, &s, 12, xs, random), WEAL_V_PROVER_WITNESS);
    assert_int_equal(weal_ring_prove(proof, &s, UINT32_MAX, xs, random), WEAL_V_PROVER_WITNESS);
    s.tag = set.tags[1];
    assert_int_equal(weal_ring_prove(proof, &s, 0, xs, random), WEAL_V_PROVER_WITNESS);
    s = set.statements[0], s.nullifier = set.nullifiers[1];
    assert_int_equal(weal_ring_prove(proof, &s, 0, xs, random), WEAL_V_PROVER_WITNESS);
    s = set.statements[0];
    memset(x[1], 0, 32);
    assert_int_equal(weal_ring_prove(proof, &s, 0, xs, random), WEAL_V_PROVER_WITNESS);
    memcpy(x, set.secrets[1], sizeof x);
    assert_int_equal(weal_ring_prove(proof, &s, 0, xs, random), WEAL_V_PROVER_WITNESS);
    /* a ring with a bad key: with bit 255, which libsodium does not mind */
    uint8_t keys[12][32];
    memcpy(keys, s.keys, sizeof keys);
    keys[5][31] |= 0x80;
    s.keys = keys[0];
    memcpy(x, set.secrets[0], sizeof x);
    assert_int_equal(weal_ring_prove(proof, &s, 0, xs, random), WEAL_V_POINT);
    /* linear: the key of another secret */
    struct weal_linear_statement l = {
        .kind = WEAL_LINEAR_POP, .chain = WEAL_BYTES_LIT("c"), .key = other};
    assert_true(weal_human_key(other, set.secrets[1][0]));
    assert_int_equal(weal_linear_prove(proof, &l, xs, random), WEAL_V_PROVER_WITNESS);
    ringset_free(&set);
}

/* Same inputs, same proof; new randomness or another message changes every word but none repeats.
 */
static void nonces_are_hedged(void **state) {
    struct ringset set;
    uint8_t p[4][WEAL_RING_PROOF_LIMIT], random[32] = {0};
    (void)state;
    ringset_make(&set, WEAL_RING_HUMAN, 4, 2, 16, 1, 1, 4);
    struct weal_ring_statement s = set.statements[0];
    const uint8_t(*x)[32] = (const uint8_t(*)[32])set.secrets[0];
    for (int i = 0; i < 4; i++) {
        random[5] = i == 2;
        if (i == 3) s.message = WEAL_BYTES_LIT("another");
        assert_int_equal(weal_ring_prove(p[i], &s, 0, x, random), WEAL_ACCEPT);
    }
    assert_memory_equal(p[0], p[1], set.proof_n);
    for (size_t a = 0; a < set.proof_n; a += 32) {
        for (size_t b = 0; b < set.proof_n; b += 32) {
            assert_memory_not_equal(p[0] + a, p[2] + b, 32);
            assert_memory_not_equal(p[0] + a, p[3] + b, 32);
        }
    }
    ringset_free(&set);
}

static void tags_depend_on_chain_shape_and_scope(void **state) {
    struct ringset_rng rng = {1, 0};
    struct weal_bytes a = WEAL_BYTES_LIT("a"), b = WEAL_BYTES_LIT("b");
    uint8_t x[32], t[5][32];
    (void)state;
    ringset_scalar(&rng, x);
    assert_true(weal_tag(t[0], x, a, 1, a));
    assert_true(weal_tag(t[1], x, b, 1, a));
    assert_true(weal_tag(t[2], x, a, 2, a));
    assert_true(weal_tag(t[3], x, a, 1, b));
    assert_true(weal_tag(t[4], x, a, 1, a));
    assert_memory_equal(t[0], t[4], 32);
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < i; k++) assert_memory_not_equal(t[i], t[k], 32);
    }
}

static void digests_in_steps_are_digests(void **state) {
    struct ringset set;
    struct weal_transcript t;
    uint8_t base[32], whole[64], steps[64];
    (void)state;
    ringset_make(&set, WEAL_RING_NOTE, 4, 2, 13, 1, 1, 5);
    const struct weal_ring_statement *s = &set.statements[0];
    weal_scope_base(base, s->chain, s->shape, s->scope);
    weal_ring_digest(whole, s, base);
    weal_ring_digest_begin(&t, s);
    weal_ring_digest_scope(&t, s, base);
    weal_ring_digest_end(&t, steps, s);
    assert_memory_equal(whole, steps, 64);
    ringset_free(&set);
}

/* The yardstick of the bench is a signature that works and can fail. */
static void lsag_of_the_bench_is_real(void **state) {
    struct lsag l;
    (void)state;
    for (uint32_t i = 0; i < LSAG_RING; i += 5) {
        assert_true(lsag_make(&l, i, i));
        assert_true(lsag_verify(&l));
        l.message[0] ^= 1;
        assert_false(lsag_verify(&l));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generators_are_what_their_names_hash_to),
        cmocka_unit_test(sizes_are_those_of_the_specification),
        cmocka_unit_test(secrets_are_above_zero_and_below_the_order),
        cmocka_unit_test(proofs_of_every_place_hold),
        cmocka_unit_test(a_false_witness_is_refused),
        cmocka_unit_test(nonces_are_hedged),
        cmocka_unit_test(tags_depend_on_chain_shape_and_scope),
        cmocka_unit_test(digests_in_steps_are_digests),
        cmocka_unit_test(lsag_of_the_bench_is_real),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
