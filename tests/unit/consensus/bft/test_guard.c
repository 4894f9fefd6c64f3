/* SPDX-License-Identifier: ISC */
/* The guard, over every pair of small votes: what it lets pass in a row never is an evidence pair.
 */
#include "tests/unit/unit.h"

#include "consensus/bft/guard.h"
#include "consensus/light/cert.h"

static struct weal_vote vote(uint8_t kind, uint32_t term, uint64_t view, uint8_t block) {
    struct weal_vote v = {.kind = kind, .term = term, .view = view};
    if (kind != WEAL_VOTE_NULLIFY) {
        v.parent_view = view - 1;
        memset(v.digest, block, 32);
    }
    return v;
}

static enum weal_verdict after(struct weal_vote first, struct weal_vote second) {
    struct weal_guard_record g = {0};
    assert_int_equal(weal_guard_take(&g, &first), WEAL_ACCEPT);
    return weal_guard_check(&g, &second);
}

enum { N = WEAL_VOTE_NOTARIZE, S = WEAL_VOTE_NULLIFY, F = WEAL_VOTE_FINALIZE };

static void rows(void **state) {
    (void)state;
    /* same view */
    assert_int_equal(after(vote(N, 1, 5, 1), vote(N, 1, 5, 1)), WEAL_ACCEPT);
    assert_int_equal(after(vote(N, 1, 5, 1), vote(N, 1, 5, 2)), WEAL_V_GUARD_CONFLICT);
    assert_int_equal(after(vote(N, 1, 5, 1), vote(S, 1, 5, 0)), WEAL_ACCEPT);
    assert_int_equal(after(vote(N, 1, 5, 1), vote(F, 1, 5, 1)), WEAL_ACCEPT);
    assert_int_equal(after(vote(N, 1, 5, 1), vote(F, 1, 5, 2)), WEAL_V_GUARD_FINALIZE_OTHER);
    assert_int_equal(after(vote(S, 1, 5, 0), vote(N, 1, 5, 1)), WEAL_V_GUARD_LOWER);
    assert_int_equal(after(vote(S, 1, 5, 0), vote(S, 1, 5, 0)), WEAL_ACCEPT);
    assert_int_equal(after(vote(S, 1, 5, 0), vote(F, 1, 5, 1)), WEAL_V_GUARD_CONFLICT);
    assert_int_equal(after(vote(F, 1, 5, 1), vote(S, 1, 5, 0)), WEAL_V_GUARD_CONFLICT);
    assert_int_equal(after(vote(F, 1, 5, 1), vote(F, 1, 5, 1)), WEAL_ACCEPT);
    assert_int_equal(after(vote(F, 1, 5, 1), vote(F, 1, 5, 2)), WEAL_V_GUARD_CONFLICT);
    assert_int_equal(after(vote(F, 1, 5, 1), vote(N, 1, 5, 1)), WEAL_V_GUARD_LOWER);
    /* other views and terms */
    assert_int_equal(after(vote(N, 1, 5, 1), vote(F, 1, 4, 1)), WEAL_V_GUARD_LOWER);
    assert_int_equal(after(vote(S, 1, 5, 0), vote(N, 1, 6, 1)), WEAL_ACCEPT);
    assert_int_equal(after(vote(F, 1, 5, 1), vote(F, 1, 6, 2)), WEAL_ACCEPT);
    assert_int_equal(after(vote(F, 1, 5, 1), vote(N, 2, 1, 2)), WEAL_ACCEPT);
    assert_int_equal(after(vote(F, 2, 1, 1), vote(N, 1, 9, 2)), WEAL_V_GUARD_LOWER);
    /* a nullify of a view long left */
    assert_int_equal(after(vote(N, 1, 5, 1), vote(S, 1, 4, 0)), WEAL_ACCEPT);
    assert_int_equal(after(vote(S, 1, 5, 0), vote(S, 1, 4, 0)), WEAL_ACCEPT);
    assert_int_equal(after(vote(F, 1, 5, 1), vote(S, 1, 4, 0)), WEAL_V_GUARD_LOWER);
    assert_int_equal(after(vote(N, 2, 5, 1), vote(S, 1, 4, 0)), WEAL_V_GUARD_LOWER);
    /* a parent view is part of the subject */
    struct weal_vote moved = vote(N, 1, 5, 1);
    moved.parent_view = 2;
    assert_int_equal(after(vote(N, 1, 5, 1), moved), WEAL_V_GUARD_CONFLICT);
}

static void malformed_votes_are_refused(void **state) {
    (void)state;
    struct weal_guard_record g = {0};
    struct weal_vote v = vote(N, 1, 5, 1);
    v.kind = 0;
    assert_int_equal(weal_guard_take(&g, &v), WEAL_V_VOTE_KIND);
    v.kind = 4;
    assert_int_equal(weal_guard_take(&g, &v), WEAL_V_VOTE_KIND);
    v = vote(N, 1, 5, 1);
    v.parent_view = 5;
    assert_int_equal(weal_guard_take(&g, &v), WEAL_V_VOTE_SUBJECT);
    assert_int_equal(g.kind, 0); /* nothing was taken */
}

/* Every sequence of three out of all small votes: whatever passes holds no evidence pair. */
static void no_sequence_makes_evidence(void **state) {
    (void)state;
    struct weal_vote all[24];
    unsigned n = 0;
    for (uint32_t term = 0; term < 2; term++)
        for (uint64_t view = 1; view < 3; view++)
            for (uint8_t kind = N; kind <= F; kind++)
                for (uint8_t block = 1; block <= (kind == S ? 1 : 2); block++)
                    all[n++] = vote(kind, term, view, block);
    assert_int_equal(n, 20);
    unsigned long passed = 0;
    for (unsigned i = 0; i < n * n * n * n; i++) {
        const struct weal_vote *seq[4] = {&all[i % n], &all[i / n % n], &all[i / n / n % n],
                                          &all[i / n / n / n]};
        struct weal_guard_record g = {0};
        const struct weal_vote *signed_[4];
        unsigned m = 0;
        for (int k = 0; k < 4; k++)
            if (weal_guard_take(&g, seq[k]) == WEAL_ACCEPT) signed_[m++] = seq[k];
        for (unsigned a = 0; a < m; a++)
            for (unsigned b = a + 1; b < m; b++)
                assert_int_equal(weal_evidence_kind(signed_[a], signed_[b]), 0);
        passed += m;
    }
    assert_true(passed > n * n * n * n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(malformed_votes_are_refused),
        cmocka_unit_test(no_sequence_makes_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
