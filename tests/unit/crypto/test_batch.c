/* SPDX-License-Identifier: ISC */
/* crypto/batch on every back end: good batches pass, whatever is bad is named, alone and in
 * company; single verdicts agree with plain libsodium. The specification's vectors run through
 * ringproof-vectors (tests/functional/test_ringproof.py). */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdlib.h>

#include "crypto/batch/batch.h"
#include "crypto/curve/curve.h"
#include "crypto/curve/scalar.h"
#include "tests/support/baseline.h"
#include "tests/support/ringset.h"

enum { BIG = 1024, LINEAR_EACH = 4, LINEARS = LINEAR_EACH * WEAL_LINEAR_KINDS };

static struct ringset humans, notes, wide; /* (4,2) with 13 keys, (4,2), (16,1) */
static struct weal_batch *batch;
static void *batch_mem;
static const uint8_t random32[32] = {42};

static struct {
    struct weal_linear_statement s[LINEARS];
    uint8_t keys[LINEARS][32], notes[LINEARS][32], tags[LINEARS][32], proofs[LINEARS][128];
} lin;

static struct weal_bytes lin_proof(uint32_t i) {
    return weal_bytes(lin.proofs[i], weal_linear_proof_bytes(lin.s[i].kind));
}

static void linear_make(void) {
    struct ringset_rng rng = {5, 0};
    struct weal_bytes chain = WEAL_BYTES_LIT("chain"), scope = WEAL_BYTES_LIT("bill/1");
    for (uint32_t i = 0; i < LINEARS; i++) {
        uint8_t x[2][32], random[32];
        enum weal_linear_kind kind = (enum weal_linear_kind)(i / LINEAR_EACH);
        uint8_t shape = (uint8_t)(1 + i % 2);
        ringset_scalar(&rng, x[0]);
        ringset_scalar(&rng, x[1]);
        ringset_bytes(&rng, random, 32);
        assert_true(weal_human_key(lin.keys[i], x[0]));
        assert_true(weal_note_key(lin.notes[i], x[0], x[1]));
        assert_true(weal_tag(lin.tags[i], x[0], chain, shape, scope));
        lin.s[i] = (struct weal_linear_statement){.kind = kind,
                                                  .chain = chain,
                                                  .message = WEAL_BYTES_LIT("message"),
                                                  .shape = shape,
                                                  .scope = scope,
                                                  .tag = lin.tags[i],
                                                  .key = lin.keys[i],
                                                  .note = lin.notes[i]};
        const uint8_t(*secrets)[32] = (const uint8_t(*)[32])x + (kind == WEAL_LINEAR_MINT);
        assert_int_equal(weal_linear_prove(lin.proofs[i], &lin.s[i], secrets, random), WEAL_ACCEPT);
    }
}

static int setup(void **state) {
    struct weal_batch_limits limits = {BIG};
    (void)state;
    if (sodium_init() < 0) return -1;
    ringset_make(&humans, WEAL_RING_HUMAN, 4, 2, 13, 3, 4, 1);
    ringset_make(&notes, WEAL_RING_NOTE, 4, 2, 16, 3, 4, 2);
    ringset_make(&wide, WEAL_RING_HUMAN, 16, 1, 11, 1, 2, 3);
    linear_make();
    batch_mem = malloc(weal_batch_footprint(&limits) + 1);
    batch = weal_batch_init((uint8_t *)batch_mem + 1, &limits); /* no alignment is asked for */
    return 0;
}
static int teardown(void **state) {
    (void)state;
    ringset_free(&humans);
    ringset_free(&notes);
    ringset_free(&wide);
    free(batch_mem);
    return 0;
}

static enum weal_verdict single(const struct weal_ring_statement *s, struct weal_bytes proof) {
    weal_batch_reset(batch);
    enum weal_verdict v = weal_batch_add_ring(batch, 0, s, proof);
    if (v != WEAL_ACCEPT) return v;
    bool good = weal_batch_verify(batch, random32);
    v = weal_batch_result(batch, 0);
    assert_true(good == (v == WEAL_ACCEPT));
    return v;
}
static enum weal_verdict single_linear(const struct weal_linear_statement *s,
                                       struct weal_bytes proof) {
    weal_batch_reset(batch);
    enum weal_verdict v = weal_batch_add_linear(batch, 0, s, proof);
    if (v != WEAL_ACCEPT) return v;
    (void)weal_batch_verify(batch, random32);
    return weal_batch_result(batch, 0);
}

/* ---- a batch of everything, with items that may be replaced ---- */

enum { HUMANS = 12, NOTES = 12, WIDES = 2, ALL = HUMANS + NOTES + WIDES + LINEARS };
struct job {
    const struct weal_ring_statement *ring;
    const struct weal_linear_statement *linear;
    struct weal_bytes proof;
};
static struct job job_of(uint32_t i) {
    if (i < HUMANS) return (struct job){&humans.statements[i], NULL, ringset_proof(&humans, i)};
    i -= HUMANS;
    if (i < NOTES) return (struct job){&notes.statements[i], NULL, ringset_proof(&notes, i)};
    i -= NOTES;
    if (i < WIDES) return (struct job){&wide.statements[i], NULL, ringset_proof(&wide, i)};
    i -= WIDES;
    return (struct job){NULL, &lin.s[i], lin_proof(i)};
}
static enum weal_verdict job_add(uint32_t item, struct job j) {
    return j.ring ? weal_batch_add_ring(batch, item, j.ring, j.proof)
                  : weal_batch_add_linear(batch, item, j.linear, j.proof);
}

/* Verifies all jobs but those replaced; true when just the items in bad[] are named. */
static void expect_bad(const struct job *jobs, const bool *bad) {
    bool any = false, refused[ALL] = {false};
    weal_batch_reset(batch);
    for (uint32_t i = 0; i < ALL; i++) {
        any |= bad[i];
        refused[i] = job_add(i, jobs[i]) != WEAL_ACCEPT;
    }
    bool good = weal_batch_verify(batch, random32);
    for (uint32_t k = 0; k < weal_batch_count(batch); k++) {
        if (weal_batch_result(batch, k) != WEAL_ACCEPT) {
            refused[weal_batch_item(batch, k)] = true;
            assert_false(good);
        }
    }
    if (!any) assert_true(good);
    for (uint32_t i = 0; i < ALL; i++) assert_int_equal(refused[i], bad[i]);
}

static void good_batches_pass_on_every_back_end(void **state) {
    struct job jobs[ALL];
    bool bad[ALL] = {false};
    (void)state;
    for (uint32_t i = 0; i < ALL; i++) jobs[i] = job_of(i);
    for (int level = 0; level < WEAL_CURVE_LEVELS; level++) {
        if (!weal_curve_level_force((enum weal_curve_level)level)) continue;
        expect_bad(jobs, bad);
        for (uint32_t i = 0; i < HUMANS; i++) {
            struct weal_ring_statement s = humans.statements[i];
            assert_int_equal(single(&s, ringset_proof(&humans, i)), WEAL_ACCEPT);
            s.points = NULL; /* the batch decodes the ring itself */
            assert_int_equal(single(&s, ringset_proof(&humans, i)), WEAL_ACCEPT);
        }
        for (uint32_t i = 0; i < LINEARS; i++) {
            assert_int_equal(single_linear(&lin.s[i], lin_proof(i)), WEAL_ACCEPT);
        }
    }
    weal_batch_reset(batch);
    assert_true(weal_batch_verify(batch, random32)); /* of nothing */
}

/* ---- bad ones at every place ---- */

/* Adds delta to scalar word w: the equations that use it fail, everything else stays. */
static void word_add(uint8_t *proof, size_t w, int delta) {
    struct weal_scalar s, d;
    assert_true(weal_scalar_decode_var(&s, proof + 32 * w));
    weal_scalar_from_u64(&d, (uint64_t)(delta < 0 ? -delta : delta));
    if (delta < 0)
        weal_scalar_sub_var(&s, &s, &d);
    else
        weal_scalar_add_var(&s, &s, &d);
    weal_scalar_encode(proof + 32 * w, &s);
}

static void one_bad_proof_at_every_place_is_named(void **state) {
    (void)state;
    for (int level = 0; level < WEAL_CURVE_LEVELS; level++) {
        if (!weal_curve_level_force((enum weal_curve_level)level)) continue;
        for (uint32_t i = 0; i < ALL; i++) {
            struct job jobs[ALL];
            bool bad[ALL] = {false};
            uint8_t proof[WEAL_RING_PROOF_LIMIT];
            for (uint32_t k = 0; k < ALL; k++) jobs[k] = job_of(k);
            memcpy(proof, jobs[i].proof.p, jobs[i].proof.n);
            jobs[i].proof.p = proof;
            bad[i] = true;
            word_add(proof, jobs[i].proof.n / 32 - 1, 1); /* an equation fails */
            expect_bad(jobs, bad);
            memcpy(proof, job_of(i).proof.p, jobs[i].proof.n);
            proof[1] ^= 4; /* a point that decodes or not; never the right one */
            expect_bad(jobs, bad);
            memcpy(proof, job_of(i).proof.p, jobs[i].proof.n);
            memset(proof, 0, 32); /* the identity */
            expect_bad(jobs, bad);
        }
    }
}

static void many_bad_proofs_are_all_named(void **state) {
    struct job jobs[ALL];
    bool bad[ALL];
    static uint8_t proofs[ALL][WEAL_RING_PROOF_LIMIT];
    struct ringset_rng rng = {77, 0};
    (void)state;
    for (int round = 0; round < 12; round++) {
        for (uint32_t i = 0; i < ALL; i++) {
            jobs[i] = job_of(i);
            bad[i] = round == 0 || ringset_below(&rng, 6) == 0;
            if (!bad[i]) continue;
            memcpy(proofs[i], jobs[i].proof.p, jobs[i].proof.n);
            word_add(proofs[i], jobs[i].proof.n / 32 - 1, 3);
            jobs[i].proof.p = proofs[i];
        }
        expect_bad(jobs, bad);
    }
}

/* Errors that would cancel if two proofs shared a weight: zA up by 1 in one, down by 1 in the
 * other, both multiply F; and z up and down in two pops, both multiply G. */
static void errors_that_cancel_are_named(void **state) {
    struct job jobs[ALL];
    bool bad[ALL] = {false};
    uint8_t a[WEAL_RING_PROOF_LIMIT], b[WEAL_RING_PROOF_LIMIT], c[64], d[64];
    size_t za = humans.proof_n / 32 - 2;
    (void)state;
    for (uint32_t i = 0; i < ALL; i++) jobs[i] = job_of(i);
    memcpy(a, jobs[0].proof.p, humans.proof_n);
    memcpy(b, jobs[5].proof.p, humans.proof_n);
    memcpy(c, lin.proofs[0], 64);
    memcpy(d, lin.proofs[1], 64);
    word_add(a, za, 1);
    word_add(b, za, -1);
    word_add(c, 1, 1);
    word_add(d, 1, -1);
    jobs[0].proof.p = a;
    jobs[5].proof.p = b;
    jobs[ALL - LINEARS].proof.p = c;
    jobs[ALL - LINEARS + 1].proof.p = d;
    bad[0] = bad[5] = bad[ALL - LINEARS] = bad[ALL - LINEARS + 1] = true;
    expect_bad(jobs, bad);
}

/* ---- which equation ---- */

static void the_failing_equation_is_named(void **state) {
    uint8_t p[WEAL_RING_PROOF_LIMIT];
    size_t words = notes.proof_n / 32;
    const struct {
        size_t word;
        enum weal_verdict v;
    } cases[] = {
        {words - 3, WEAL_V_EQ_COMMIT}, {words - 2, WEAL_V_EQ_KEY}, {2 + 2 + 4, WEAL_V_EQ_COMMIT}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(p, ringset_proof(&notes, 1).p, notes.proof_n);
        word_add(p, cases[i].word, 1);
        assert_int_equal(single(&notes.statements[1], weal_bytes(p, notes.proof_n)), cases[i].v);
    }
    /* rows of an owntag: R_0 and R_1 are hashed, z serves both rows */
    uint32_t own = WEAL_LINEAR_OWNTAG * LINEAR_EACH;
    memcpy(p, lin.proofs[own], 96);
    word_add(p, 2, 1);
    assert_int_equal(single_linear(&lin.s[own], weal_bytes(p, 96)), WEAL_V_EQ_ROW0);
    /* refund: z_t is in the second row only */
    uint32_t refund = WEAL_LINEAR_REFUND * LINEAR_EACH;
    memcpy(p, lin.proofs[refund], 128);
    word_add(p, 3, 1);
    assert_int_equal(single_linear(&lin.s[refund], weal_bytes(p, 128)), WEAL_V_EQ_ROW1);
}

/* ---- mutations ---- */

static bool is_equation(enum weal_verdict v) {
    return v >= WEAL_V_EQ_COMMIT && v <= WEAL_V_EQ_ROW1;
}

/* Every bit of every byte counts: one of each byte, drawn; every eighth is shown to libsodium. */
static void every_changed_byte_of_a_proof_is_refused(void **state) {
    const struct ringset *sets[] = {&humans, &notes, &wide};
    struct ringset_rng rng = {9, 0};
    (void)state;
    for (int k = 0; k < 3; k++) {
        const struct ringset *set = sets[k];
        uint8_t p[WEAL_RING_PROOF_LIMIT];
        for (size_t i = 0; i < set->proof_n; i++) {
            memcpy(p, ringset_proof(set, 1).p, set->proof_n);
            p[i] ^= (uint8_t)(1u << ringset_below(&rng, 8));
            enum weal_verdict v = single(&set->statements[1], weal_bytes(p, set->proof_n));
            assert_int_not_equal(v, WEAL_ACCEPT);
            if (i % 8 != 0) continue;
            enum weal_verdict w =
                baseline_ring_verify(&set->statements[1], weal_bytes(p, set->proof_n));
            assert_int_not_equal(w, WEAL_ACCEPT);
            assert_int_equal(is_equation(v), is_equation(w));
            if (is_equation(w)) assert_int_equal(v, w);
        }
        assert_int_equal(single(&set->statements[1], weal_bytes(p, set->proof_n - 32)),
                         WEAL_V_LENGTH);
        assert_int_equal(single(&set->statements[1], weal_bytes(p, set->proof_n - 1)),
                         WEAL_V_LENGTH);
        assert_int_equal(single(&set->statements[1], weal_bytes(p, 0)), WEAL_V_LENGTH);
        assert_int_equal(baseline_ring_verify(&set->statements[1], ringset_proof(set, 1)),
                         WEAL_ACCEPT);
    }
}

static void every_changed_byte_of_a_linear_proof_is_refused(void **state) {
    (void)state;
    for (uint32_t k = 0; k < LINEARS; k += LINEAR_EACH) {
        struct weal_bytes good = lin_proof(k);
        uint8_t p[128];
        for (size_t i = 0; i < good.n; i++) {
            memcpy(p, good.p, good.n);
            p[i] ^= (uint8_t)(1u << i % 8);
            assert_int_not_equal(single_linear(&lin.s[k], weal_bytes(p, good.n)), WEAL_ACCEPT);
        }
        assert_int_equal(single_linear(&lin.s[k], weal_bytes(p, good.n - 1)), WEAL_V_LENGTH);
    }
}

static void every_part_of_a_statement_is_bound(void **state) {
    const struct weal_ring_statement *good = &notes.statements[2];
    struct weal_bytes proof = ringset_proof(&notes, 2);
    struct weal_ring_statement s;
    uint8_t keys[16 * 32], b[64], tag[32], nullifier[32];
    (void)state;
#define REFUSED() assert_int_not_equal(single(&s, proof), WEAL_ACCEPT)
#define CHANGED(field)                                                                             \
    for (size_t i = 0; i < good->field.n; i++) {                                                   \
        s = *good;                                                                                 \
        memcpy(b, s.field.p, s.field.n);                                                           \
        b[i] ^= 1;                                                                                 \
        s.field.p = b;                                                                             \
        REFUSED();                                                                                 \
    }
    CHANGED(chain)
    CHANGED(scope)
    CHANGED(message)
#undef CHANGED
    s = *good, s.message.n--;
    REFUSED();
    s = *good, s.scope.n--;
    REFUSED();
    s = *good, s.chain.n--;
    REFUSED();
    s = *good, s.r--; /* a ring without its last key */
    REFUSED();
    s = *good, s.n = 16, s.m = 1;
    assert_int_equal(single(&s, proof), WEAL_V_LENGTH);
    s = *good, s.shape = WEAL_RING_HUMAN;
    assert_int_equal(single(&s, proof), WEAL_V_SHAPE);
    s = *good, s.tag = good->nullifier, s.nullifier = good->tag;
    REFUSED();
    for (int i = 0; i < 32; i++) {
        memcpy(tag, good->tag, 32);
        memcpy(nullifier, good->nullifier, 32);
        s = *good, s.tag = tag, s.nullifier = nullifier;
        tag[i] ^= 0x20;
        REFUSED();
        tag[i] ^= 0x20, nullifier[i] ^= 0x20;
        REFUSED();
    }
    memcpy(keys, good->keys, sizeof keys);
    s = *good, s.keys = keys, s.points = NULL;
    assert_int_equal(single(&s, proof), WEAL_ACCEPT);
    memcpy(keys, good->keys + 32, 32);
    memcpy(keys + 32, good->keys, 32); /* two keys change places */
    REFUSED();
    memcpy(keys, keys + 64, 32);
    assert_int_equal(single(&s, proof), WEAL_V_RING_DUPLICATE);
    memset(keys, 0, 32);
    assert_int_equal(single(&s, proof), WEAL_V_IDENTITY);
    memset(keys, 0xff, 32);
    assert_int_equal(single(&s, proof), WEAL_V_POINT);
#undef REFUSED
}

static void contexts_out_of_range_are_refused(void **state) {
    static const uint8_t zeros[65536];
    struct weal_bytes proof = ringset_proof(&humans, 0);
    struct weal_ring_statement s = humans.statements[0];
    struct weal_linear_statement l = lin.s[WEAL_LINEAR_TAGSIG * LINEAR_EACH];
    (void)state;
    s.chain.n = 0;
    assert_int_equal(single(&s, proof), WEAL_V_CONTEXT);
    s.chain = weal_bytes(zeros, 65);
    assert_int_equal(single(&s, proof), WEAL_V_CONTEXT);
    s = humans.statements[0], s.scope = weal_bytes(zeros, 257);
    assert_int_equal(single(&s, proof), WEAL_V_CONTEXT);
    s = humans.statements[0], s.scope.n = 0;
    assert_int_equal(single(&s, proof), WEAL_V_CONTEXT);
    s = humans.statements[0], s.message = weal_bytes(zeros, 65536);
    assert_int_equal(single(&s, proof), WEAL_V_CONTEXT);
    s = humans.statements[0], s.r = 10;
    assert_int_equal(single(&s, proof), WEAL_V_RING_SIZE);
    s.r = 17;
    assert_int_equal(single(&s, proof), WEAL_V_RING_SIZE);
    s = humans.statements[0], s.shape = 3;
    assert_int_equal(single(&s, proof), WEAL_V_SHAPE);
    s = humans.statements[0], s.n = 1;
    assert_int_equal(single(&s, proof), WEAL_V_PARAMS);
    s.n = 65535, s.m = 65535;
    assert_int_equal(single(&s, proof), WEAL_V_PARAMS);
    l.scope.n = 0;
    assert_int_equal(single_linear(&l, lin_proof(WEAL_LINEAR_TAGSIG * LINEAR_EACH)),
                     WEAL_V_CONTEXT);
    l = lin.s[WEAL_LINEAR_MINT * LINEAR_EACH], l.note = l.key;
    assert_int_equal(single_linear(&l, lin_proof(WEAL_LINEAR_MINT * LINEAR_EACH)),
                     WEAL_V_NOTE_IS_KEY);
}

/* ---- the batch as a container ---- */

static void rings_are_named_by_their_keys_not_their_address(void **state) {
    static uint8_t keys[13][32];
    static struct weal_point96 points[13];
    struct weal_ring_statement s;
    (void)state;
    weal_batch_reset(batch);
    for (uint32_t ring = 0; ring < 3; ring++) { /* three rings at one address, one after another */
        s = humans.statements[ring * 4];
        memcpy(keys, s.keys, sizeof keys);
        memcpy(points, s.points, sizeof points);
        s.keys = keys[0];
        s.points = points;
        assert_int_equal(weal_batch_add_ring(batch, ring, &s, ringset_proof(&humans, ring * 4)),
                         WEAL_ACCEPT);
        if (ring < 2) weal_batch_drop_last(batch);
    }
    assert_true(weal_batch_verify(batch, random32));
}

static void scopes_do_not_limit_a_batch(void **state) {
    static uint8_t tags[400][32], proofs[400][64], texts[400][300];
    struct ringset_rng rng = {3, 0};
    uint8_t x[1][32];
    (void)state;
    ringset_scalar(&rng, x[0]);
    for (int round = 0; round < 2; round++) { /* the second meets the places of the first */
        weal_batch_reset(batch);
        for (uint32_t i = 0; i < 400; i++) {
            struct weal_linear_statement s = {
                .kind = WEAL_LINEAR_TAGSIG,
                .chain = WEAL_BYTES_LIT("chain"),
                .shape = 1,
                .tag = tags[i],
                .scope = weal_bytes(texts[i], i % 3 == 0 ? 256 : 4 + i % 120),
            };
            weal_put_le32(texts[i], i + 1000 * (uint32_t)round);
            assert_true(weal_tag(tags[i], x[0], s.chain, 1, s.scope));
            assert_int_equal(weal_linear_prove(proofs[i], &s, (const uint8_t(*)[32])x, x[0]),
                             WEAL_ACCEPT);
            assert_int_equal(weal_batch_add_linear(batch, i, &s, weal_bytes(proofs[i], 64)),
                             WEAL_ACCEPT);
        }
        assert_true(weal_batch_verify(batch, random32));
    }
}

static void a_batch_has_the_limit_it_was_given(void **state) {
    struct weal_batch_limits limits = {3};
    void *mem = malloc(weal_batch_footprint(&limits));
    struct weal_batch *small = weal_batch_init(mem, &limits);
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(weal_batch_add_ring(small, i, &notes.statements[4 * (i % 3)],
                                             ringset_proof(&notes, 4 * (i % 3))),
                         i < 3 ? WEAL_ACCEPT : WEAL_V_BATCH_FULL);
    }
    assert_true(weal_batch_verify(small, random32));
    free(mem);
    limits.proofs_max = BIG;
    assert_true(weal_batch_footprint(&limits) < 8000000);
}

static void keys_of_caches_differ_by_statement_and_proof(void **state) {
    uint8_t a[32], b[32], p[WEAL_RING_PROOF_LIMIT];
    struct weal_ring_statement s = humans.statements[0];
    (void)state;
    weal_batch_reset(batch);
    assert_int_equal(weal_batch_add_ring(batch, 0, &s, ringset_proof(&humans, 0)), WEAL_ACCEPT);
    weal_batch_last_key(batch, a);
    assert_int_equal(weal_batch_add_ring(batch, 1, &s, ringset_proof(&humans, 0)), WEAL_ACCEPT);
    weal_batch_last_key(batch, b);
    assert_memory_equal(a, b, 32);
    for (size_t w = 0; w < humans.proof_n / 32; w++) {
        memcpy(p, ringset_proof(&humans, 0).p, humans.proof_n);
        memcpy(p + 32 * w, ringset_proof(&humans, 1).p + 32 * w, 32);
        assert_int_equal(weal_batch_add_ring(batch, 2, &s, weal_bytes(p, humans.proof_n)),
                         WEAL_ACCEPT);
        weal_batch_last_key(batch, b);
        assert_memory_not_equal(a, b, 32);
        weal_batch_drop_last(batch);
    }
    s.message.n--;
    assert_int_equal(weal_batch_add_ring(batch, 2, &s, ringset_proof(&humans, 0)), WEAL_ACCEPT);
    weal_batch_last_key(batch, b);
    assert_memory_not_equal(a, b, 32);
    weal_batch_drop_last(batch);
    assert_int_equal(weal_batch_count(batch), 2);
    assert_true(weal_batch_verify(batch, random32));
}

/* Dropping takes back points that were decoded already, and rings that only the dropped one had. */
static void dropped_proofs_leave_nothing_behind(void **state) {
    struct job bad;
    uint8_t proof[WEAL_RING_PROOF_LIMIT];
    (void)state;
    weal_batch_reset(batch);
    for (uint32_t i = 0; i < ALL; i++) {
        bad = job_of(ALL - 1 - i);
        memcpy(proof, bad.proof.p, bad.proof.n);
        word_add(proof, bad.proof.n / 32 - 1, 1);
        bad.proof.p = proof;
        assert_int_equal(job_add(1000, bad), WEAL_ACCEPT);
        weal_batch_drop_last(batch);
        assert_int_equal(job_add(i, job_of(i)), WEAL_ACCEPT);
    }
    assert_int_equal(weal_batch_count(batch), ALL);
    assert_true(weal_batch_verify(batch, random32));
    for (uint32_t i = 0; i < ALL; i++) assert_int_equal(weal_batch_item(batch, i), i);
}

/* ---- threads ---- */

static void *verify_thread(void *arg) {
    struct weal_batch_limits limits = {HUMANS};
    void *mem = malloc(weal_batch_footprint(&limits));
    struct weal_batch *b = weal_batch_init(mem, &limits);
    bool *good = arg;
    *good = true;
    for (int round = 0; round < 8; round++) {
        weal_batch_reset(b);
        for (uint32_t i = 0; i < HUMANS; i++) {
            *good &= weal_batch_add_ring(b, i, &humans.statements[i], ringset_proof(&humans, i)) ==
                     WEAL_ACCEPT;
        }
        *good &= weal_batch_verify(b, random32);
    }
    free(mem);
    return NULL;
}

static void batches_of_two_threads_share_nothing(void **state) {
    pthread_t threads[2];
    bool good[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, verify_thread, &good[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_true(good[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_batches_pass_on_every_back_end),
        cmocka_unit_test(one_bad_proof_at_every_place_is_named),
        cmocka_unit_test(many_bad_proofs_are_all_named),
        cmocka_unit_test(errors_that_cancel_are_named),
        cmocka_unit_test(the_failing_equation_is_named),
        cmocka_unit_test(every_changed_byte_of_a_proof_is_refused),
        cmocka_unit_test(every_changed_byte_of_a_linear_proof_is_refused),
        cmocka_unit_test(every_part_of_a_statement_is_bound),
        cmocka_unit_test(contexts_out_of_range_are_refused),
        cmocka_unit_test(rings_are_named_by_their_keys_not_their_address),
        cmocka_unit_test(scopes_do_not_limit_a_batch),
        cmocka_unit_test(a_batch_has_the_limit_it_was_given),
        cmocka_unit_test(keys_of_caches_differ_by_statement_and_proof),
        cmocka_unit_test(dropped_proofs_leave_nothing_behind),
        cmocka_unit_test(batches_of_two_threads_share_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
