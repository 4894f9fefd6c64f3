/* SPDX-License-Identifier: ISC */
/* crypto/oprf: the RFC's vectors byte for byte; refusals; any t of n holders answer as the key that
 * nobody has, wrong shares and answers are known by name, renewal keeps the key. */
#include "tests/unit/unit.h"

#include <sodium.h>
#include <stdio.h>

#include "crypto/hash/hash.h"
#include "crypto/oprf/threshold.h"
#include "crypto/ring/ring.h"

enum { N = 5, T = 2 };

static void scalar_of(uint8_t out[32], const char *name, uint32_t i) {
    uint8_t wide[64];
    struct weal_transcript t;
    weal_transcript_init(&t, "oprf-test");
    weal_transcript_frame(&t, "name", name, strlen(name));
    weal_transcript_frame_u32(&t, "index", i);
    weal_transcript_final(&t, wide);
    assert_true(weal_secret_reduce(out, wide));
}

/* ---- vectors ---- */

struct values {
    uint8_t b[2][64];
    size_t n[2], count;
};

static void next(FILE *f, const char *name, struct values *v) {
    char line[1024], *at, *comma;
    do {
        assert_non_null(fgets(line, sizeof line, f));
    } while (line[0] == '#');
    line[strcspn(line, "\n")] = 0;
    at = strchr(line, ' ');
    assert_non_null(at);
    *at++ = 0;
    assert_string_equal(line, name);
    for (v->count = 0; at; at = comma ? comma + 1 : NULL, v->count++) {
        comma = strchr(at, ',');
        size_t digits = comma ? (size_t)(comma - at) : strlen(at);
        assert_true(v->count < 2 && digits / 2 <= 64);
        v->n[v->count] = digits / 2;
        assert_true(weal_hex_read(at, digits, v->b[v->count], digits / 2));
    }
}

static void pack(uint8_t (*out)[32], const struct values *v) {
    for (size_t i = 0; i < v->count; i++) memcpy(out[i], v->b[i], 32);
}

static void rfc9497_vectors_hold_byte_for_byte(void **state) {
    FILE *f = fopen("tests/vectors/rfc9497_voprf.txt", "r");
    struct values a, b, input, blind, blinded, evaluated, nonce, proof, output;
    uint8_t key[32], public_key[32], out[64], got_proof[64], points[2][32], got[2][32];
    (void)state;
    assert_non_null(f);
    next(f, "seed", &a);
    next(f, "info", &b);
    assert_int_equal(weal_oprf_key_derive(key, public_key, a.b[0], weal_bytes(b.b[0], b.n[0])),
                     WEAL_ACCEPT);
    next(f, "key", &a);
    next(f, "public", &b);
    assert_memory_equal(key, a.b[0], 32);
    assert_memory_equal(public_key, b.b[0], 32);
    for (int k = 0; k < 3; k++) {
        next(f, "input", &input);
        next(f, "blind", &blind);
        next(f, "blinded", &blinded);
        next(f, "evaluated", &evaluated);
        next(f, "nonce", &nonce);
        next(f, "proof", &proof);
        next(f, "output", &output);
        for (size_t i = 0; i < input.count; i++) {
            const struct weal_bytes in = weal_bytes(input.b[i], input.n[i]);
            assert_int_equal(weal_oprf_blind(out, in, blind.b[i]), WEAL_ACCEPT);
            assert_memory_equal(out, blinded.b[i], 32);
            assert_int_equal(weal_oprf_finalize(out, in, blind.b[i], evaluated.b[i]), WEAL_ACCEPT);
            assert_memory_equal(out, output.b[i], 64);
            assert_int_equal(weal_oprf_output(out, in, key), WEAL_ACCEPT);
            assert_memory_equal(out, output.b[i], 64);
        }
        pack(points, &blinded);
        assert_int_equal(weal_oprf_evaluate(got, got_proof, (const uint8_t(*)[32])points,
                                            input.count, key, public_key, nonce.b[0]),
                         WEAL_ACCEPT);
        for (size_t i = 0; i < input.count; i++) assert_memory_equal(got[i], evaluated.b[i], 32);
        assert_memory_equal(got_proof, proof.b[0], 64);
        assert_int_equal(weal_oprf_check((const uint8_t(*)[32])points, (const uint8_t(*)[32])got,
                                         input.count, public_key, got_proof),
                         WEAL_ACCEPT);
    }
    fclose(f);
}

/* ---- refusals ---- */

static void a_proof_is_for_these_points_and_this_key_only(void **state) {
    uint8_t key[32], public_key[32], nonce[32], blind[32], in[2][32], out[2][32], proof[64];
    uint8_t other[32], saved;
    (void)state;
    scalar_of(key, "key", 0);
    scalar_of(nonce, "nonce", 0);
    assert_true(weal_human_key(public_key, key));
    for (uint32_t i = 0; i < 2; i++) {
        scalar_of(blind, "blind", i);
        assert_int_equal(weal_oprf_blind(in[i], WEAL_BYTES_LIT("visit"), blind), WEAL_ACCEPT);
    }
#define CHECK()                                                                                    \
    weal_oprf_check((const uint8_t(*)[32])in, (const uint8_t(*)[32])out, 2, public_key, proof)
    assert_int_equal(
        weal_oprf_evaluate(out, proof, (const uint8_t(*)[32])in, 2, key, public_key, nonce),
        WEAL_ACCEPT);
    assert_int_equal(CHECK(), WEAL_ACCEPT);
    for (size_t i = 0; i < 64; i++) { /* any bit of the proof */
        saved = proof[i];
        proof[i] ^= 1;
        assert_int_not_equal(CHECK(), WEAL_ACCEPT);
        proof[i] = saved;
    }
    memcpy(other, out[0], 32); /* answers exchanged */
    memcpy(out[0], out[1], 32);
    memcpy(out[1], other, 32);
    assert_int_equal(CHECK(), WEAL_V_OPRF_PROOF);
    memcpy(out[1], out[0], 32);
    memcpy(out[0], other, 32);
    assert_int_equal(CHECK(), WEAL_ACCEPT);
    scalar_of(other, "key", 1); /* another key for one visitor */
    assert_true(weal_human_key(public_key, other));
    assert_int_equal(CHECK(), WEAL_V_OPRF_PROOF);
#undef CHECK
}

static void odd_points_and_scalars_are_refused(void **state) {
    uint8_t key[32], public_key[32], nonce[32], in[1][32], out[1][32], proof[64], bytes[64];
    static const uint8_t zero[32];
    (void)state;
    scalar_of(key, "key", 0);
    scalar_of(nonce, "nonce", 0);
    assert_true(weal_human_key(public_key, key));
    assert_int_equal(weal_oprf_blind(in[0], WEAL_BYTES_LIT("x"), zero), WEAL_V_SCALAR);
    assert_int_equal(weal_oprf_blind(in[0], WEAL_BYTES_LIT("x"), key), WEAL_ACCEPT);
    in[0][31] |= 0x80; /* libsodium 1.0.18 would take it */
#define EVAL() weal_oprf_evaluate(out, proof, (const uint8_t(*)[32])in, 1, key, public_key, nonce)
    assert_int_equal(EVAL(), WEAL_V_POINT);
    assert_true(weal_is_zero32(proof));
    memset(in[0], 0, 32);
    assert_int_equal(EVAL(), WEAL_V_IDENTITY);
    memset(in[0], 0xff, 32);
    assert_int_equal(EVAL(), WEAL_V_POINT);
    assert_int_equal(weal_oprf_finalize(bytes, WEAL_BYTES_LIT("x"), key, zero), WEAL_V_IDENTITY);
    assert_int_equal(
        weal_oprf_evaluate(out, proof, (const uint8_t(*)[32])in, 0, key, public_key, nonce),
        WEAL_V_LENGTH);
#undef EVAL
}

/* ---- threshold ---- */

struct holders {
    uint8_t coefficient[N][T][32]; /* of each dealer */
    struct weal_dealing dealing[N], sum;
    uint8_t share[N][32];
};

/* Dealers deal to all; every share is checked against its dealing, then weighted and added up.
 * Of a new key all are dealers; old: three renew its shares. */
static void deal(struct holders *h, const char *name, const struct holders *old) {
    static const uint32_t all[N] = {1, 2, 3, 4, 5}, three[] = {5, 2, 4};
    const uint32_t *dealers = old ? three : all, n = old ? 3 : N;
    uint8_t share[32], weight[32] = {1};
    memset(h->share, 0, sizeof h->share);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t d = dealers[i] - 1;
        for (uint32_t k = 0; k < T; k++) scalar_of(h->coefficient[d][k], name, d * T + k);
        if (old) memcpy(h->coefficient[d][0], old->share[d], 32);
        const uint8_t(*c)[32] = (const uint8_t(*)[32])h->coefficient[d];
        assert_int_equal(weal_dealing_make(&h->dealing[d], c, T), WEAL_ACCEPT);
        assert_int_equal(weal_dealing_check(&h->dealing[d], T), WEAL_ACCEPT);
        assert_int_equal(weal_dealing_check(&h->dealing[d], T + 1), WEAL_V_LENGTH);
        if (old) weal_share_weight(weight, dealers, n, i);
        for (uint32_t j = 1; j <= N; j++) {
            weal_dealing_share(share, c, T, j);
            assert_int_equal(weal_dealing_share_check(&h->dealing[d], j, share), WEAL_ACCEPT);
            assert_int_equal(weal_dealing_share_check(&h->dealing[d], j % N + 1, share),
                             WEAL_V_OPRF_SHARE);
            weal_share_scale(share, weight);
            weal_share_add(h->share[j - 1], share);
        }
        struct weal_dealing weighted = h->dealing[d];
        weal_dealing_scale(&weighted, weight);
        if (i == 0)
            h->sum = weighted;
        else
            weal_dealing_add(&h->sum, &weighted);
    }
    for (uint32_t j = 1; j <= N; j++) {
        assert_int_equal(weal_dealing_share_check(&h->sum, j, h->share[j - 1]), WEAL_ACCEPT);
    }
}

/* The handle that holders a and b make of the evidence; each answer is checked by itself. */
static void handle_by(uint8_t handle[64], const struct holders *h, uint32_t a, uint32_t b,
                      const char *blind_name) {
    const struct weal_bytes evidence = WEAL_BYTES_LIT("ca|passport|ab123456");
    const uint32_t who[T] = {a, b};
    uint8_t blind[32], in[1][32], answer[T][32], proof[64], commitment[32], nonce[32], all[32];
    scalar_of(blind, blind_name, a * N + b);
    assert_int_equal(weal_oprf_blind(in[0], evidence, blind), WEAL_ACCEPT);
    for (uint32_t i = 0; i < T; i++) {
        scalar_of(nonce, blind_name, 1000 + who[i]);
        weal_share_commitment(commitment, &h->sum, who[i]);
        assert_int_equal(weal_oprf_evaluate(&answer[i], proof, (const uint8_t(*)[32])in, 1,
                                            h->share[who[i] - 1], commitment, nonce),
                         WEAL_ACCEPT);
        assert_int_equal(weal_oprf_check((const uint8_t(*)[32])in,
                                         (const uint8_t(*)[32]) & answer[i], 1, commitment, proof),
                         WEAL_ACCEPT);
        weal_share_commitment(commitment, &h->sum, who[i] % N + 1); /* not another's answer */
        assert_int_equal(weal_oprf_check((const uint8_t(*)[32])in,
                                         (const uint8_t(*)[32]) & answer[i], 1, commitment, proof),
                         WEAL_V_OPRF_PROOF);
    }
    assert_int_equal(weal_oprf_combine(all, who, (const uint8_t(*)[32])answer, T), WEAL_ACCEPT);
    assert_int_equal(weal_oprf_finalize(handle, evidence, blind, all), WEAL_ACCEPT);
}

static void any_two_of_five_make_the_same_handle(void **state) {
    static struct holders h;
    uint8_t first[64], handle[64], key[32] = {0};
    (void)state;
    deal(&h, "deal", NULL);
    handle_by(first, &h, 1, 2, "blind");
    for (uint32_t a = 1; a <= N; a++) {
        for (uint32_t b = 1; b <= N; b++) {
            if (a == b) continue;
            handle_by(handle, &h, a, b, "blind");
            assert_memory_equal(handle, first, 64);
        }
    }
    /* It is the function under the sum of the dealt secrets, which nobody ever had. */
    for (uint32_t d = 0; d < N; d++) weal_share_add(key, h.coefficient[d][0]);
    assert_int_equal(weal_oprf_output(handle, WEAL_BYTES_LIT("ca|passport|ab123456"), key),
                     WEAL_ACCEPT);
    assert_memory_equal(handle, first, 64);
}

static void renewal_changes_all_shares_and_not_the_key(void **state) {
    static struct holders h, renewed;
    uint8_t before[64], after[64], commitment[32];
    (void)state;
    deal(&h, "deal", NULL);
    handle_by(before, &h, 1, 2, "blind");
    deal(&renewed, "renew", &h);
    assert_memory_equal(h.sum.point[0], renewed.sum.point[0], 32);
    for (uint32_t j = 1; j <= N; j++) {
        assert_memory_not_equal(h.share[j - 1], renewed.share[j - 1], 32);
        /* a dealer's secret is the share that all know the commitment of */
        weal_share_commitment(commitment, &h.sum, j);
        if (j == 2 || j > 3) assert_memory_equal(renewed.dealing[j - 1].point[0], commitment, 32);
        /* an old share is of no use beside new ones */
        assert_int_equal(weal_dealing_share_check(&renewed.sum, j, h.share[j - 1]),
                         WEAL_V_OPRF_SHARE);
    }
    handle_by(after, &renewed, 4, 3, "blind"); /* 1 and 3 did not deal */
    assert_memory_equal(before, after, 64);
    handle_by(after, &renewed, 1, 3, "blind");
    assert_memory_equal(before, after, 64);
}

static void combining_wants_distinct_holders_in_range(void **state) {
    static struct holders h;
    uint8_t answer[T][32], out[32];
    uint32_t who[T] = {1, 1};
    (void)state;
    deal(&h, "deal", NULL);
    memcpy(answer[0], h.sum.point[0], 32);
    memcpy(answer[1], h.sum.point[1], 32);
    const uint8_t(*a)[32] = (const uint8_t(*)[32])answer;
    assert_int_equal(weal_oprf_combine(out, who, a, T), WEAL_V_LENGTH);
    who[1] = 0;
    assert_int_equal(weal_oprf_combine(out, who, a, T), WEAL_V_LENGTH);
    who[1] = WEAL_SHARE_N_MAX + 1;
    assert_int_equal(weal_oprf_combine(out, who, a, T), WEAL_V_LENGTH);
    who[1] = 2;
    assert_int_equal(weal_oprf_combine(out, who, a, WEAL_SHARE_T_MAX + 1), WEAL_V_LENGTH);
    assert_int_equal(weal_oprf_combine(out, who, a, T), WEAL_ACCEPT);
    memset(answer[1], 0, 32);
    assert_int_equal(weal_oprf_combine(out, who, a, T), WEAL_V_IDENTITY);
}

static void a_dealing_is_bound_before_it_is_opened(void **state) {
    static struct holders h;
    uint8_t one[32], two[32];
    (void)state;
    deal(&h, "deal", NULL);
    weal_dealing_hash(one, &h.dealing[0], WEAL_BYTES_LIT("session 1"));
    weal_dealing_hash(two, &h.dealing[0], WEAL_BYTES_LIT("session 2"));
    assert_memory_not_equal(one, two, 32);
    weal_dealing_hash(two, &h.dealing[1], WEAL_BYTES_LIT("session 1"));
    assert_memory_not_equal(one, two, 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc9497_vectors_hold_byte_for_byte),
        cmocka_unit_test(a_proof_is_for_these_points_and_this_key_only),
        cmocka_unit_test(odd_points_and_scalars_are_refused),
        cmocka_unit_test(any_two_of_five_make_the_same_handle),
        cmocka_unit_test(renewal_changes_all_shares_and_not_the_key),
        cmocka_unit_test(combining_wants_distinct_holders_in_range),
        cmocka_unit_test(a_dealing_is_bound_before_it_is_opened),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
