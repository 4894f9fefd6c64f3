/* SPDX-License-Identifier: ISC */
/* Votes, certificates, proposals and evidence with real BIP340 signatures. */
#include "tests/unit/unit.h"

#include "consensus/light/cert.h"
#include "crypto/sig/sig.h"

static struct weal_set set;
static uint8_t secret[7][32], chain[32] = {0xc4};
static struct weal_sig_cache cache;

static int setup(void **state) {
    (void)state;
    set.n = 7;
    for (uint8_t i = 0; i < 7; i++) {
        secret[i][31] = (uint8_t)(i + 1);
        assert_true(weal_sig_public(set.v[i].account, secret[i]));
        set.v[i].seat[0] = i;
        set.v[i].weight = i == 0 ? 3 : 1; /* total 9, quorum 7 */
    }
    assert_int_equal(weal_set_check(&set), WEAL_ACCEPT);
    return 0;
}

static struct weal_cert_context context(struct weal_sig_cache *c) {
    return (struct weal_cert_context){chain, 3, &set, c};
}

static struct weal_vote vote(uint8_t kind, uint64_t view, uint8_t block, uint16_t signer) {
    struct weal_vote v = {.kind = kind, .term = 3, .view = view, .signer = signer};
    if (kind != WEAL_VOTE_NULLIFY) {
        v.parent_view = view - 1;
        memset(v.digest, block, 32);
    }
    assert_true(weal_vote_sign(&v, chain, secret[signer]));
    return v;
}

static void cert(struct weal_certificate *x, uint8_t *sigs, uint8_t kind, uint64_t view,
                 uint8_t block, unsigned signers) {
    memset(x, 0, sizeof *x);
    struct weal_vote any = vote(kind, view, block, 0);
    *x = (struct weal_certificate){
        .kind = kind, .term = 3, .view = view, .parent_view = any.parent_view};
    memcpy(x->digest, any.digest, 32);
    size_t n = 0;
    for (uint16_t i = 0; i < 7; i++) {
        if (!(signers >> i & 1)) continue;
        struct weal_vote v = vote(kind, view, block, i);
        x->signers[0] |= (uint8_t)(1u << i);
        memcpy(sigs + n, v.signature, 64);
        n += 64;
    }
    x->signatures = weal_bytes(sigs, n);
}

/* One flip in any signed field, and the signature is void; kinds do not stand for each other. */
static void a_signature_binds_chain_term_kind_and_subject(void **state) {
    (void)state;
    struct weal_cert_context c = context(NULL);
    struct weal_vote v = vote(WEAL_VOTE_NOTARIZE, 9, 5, 2), w = v;
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_ACCEPT);
    w.kind = WEAL_VOTE_FINALIZE;
    assert_int_equal(weal_vote_verify_var(&c, &w), WEAL_V_VOTE_SIGNATURE);
    w = v, w.view++;
    assert_int_equal(weal_vote_verify_var(&c, &w), WEAL_V_VOTE_SIGNATURE);
    w = v, w.parent_view--;
    assert_int_equal(weal_vote_verify_var(&c, &w), WEAL_V_VOTE_SIGNATURE);
    w = v, w.digest[31] ^= 1;
    assert_int_equal(weal_vote_verify_var(&c, &w), WEAL_V_VOTE_SIGNATURE);
    w = v, w.signer = 3;
    assert_int_equal(weal_vote_verify_var(&c, &w), WEAL_V_VOTE_SIGNATURE);
    uint8_t other_chain[32] = {0xc5};
    struct weal_cert_context oc = c;
    oc.chain = other_chain;
    assert_int_equal(weal_vote_verify_var(&oc, &v), WEAL_V_VOTE_SIGNATURE);
    oc = c, oc.term = 4, w = v, w.term = 4;
    assert_int_equal(weal_vote_verify_var(&oc, &v), WEAL_V_VOTE_TERM);
    assert_int_equal(weal_vote_verify_var(&oc, &w), WEAL_V_VOTE_SIGNATURE);
    /* deterministic: a repeated vote is the same bytes */
    struct weal_vote again = vote(WEAL_VOTE_NOTARIZE, 9, 5, 2);
    assert_memory_equal(again.signature, v.signature, 64);
}

static void malformed_votes_are_named(void **state) {
    (void)state;
    struct weal_cert_context c = context(NULL);
    struct weal_vote v = vote(WEAL_VOTE_NULLIFY, 9, 0, 2);
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_ACCEPT);
    v.kind = 0;
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_V_VOTE_KIND);
    v.kind = WEAL_VOTE_NULLIFY, v.parent_view = 1;
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_V_VOTE_SUBJECT);
    v.parent_view = 0, v.digest[3] = 1;
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_V_VOTE_SUBJECT);
    v.digest[3] = 0, v.view = 0;
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_V_VOTE_SUBJECT);
    v.view = 9, v.signer = 7;
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_V_VOTE_SIGNER);
    v = vote(WEAL_VOTE_NOTARIZE, 9, 1, 2), v.parent_view = 9;
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_V_VOTE_SUBJECT);
}

static void certificates_need_more_than_two_thirds_of_the_weight(void **state) {
    (void)state;
    struct weal_certificate x;
    uint8_t sigs[7 * 64];
    struct weal_cert_context c = context(NULL);
    for (unsigned signers = 0; signers < 128; signers++) {
        unsigned weight = 0;
        for (unsigned i = 0; i < 7; i++) weight += (signers >> i & 1) * (i == 0 ? 3 : 1);
        cert(&x, sigs, WEAL_VOTE_FINALIZE, 4, 8, signers);
        assert_int_equal(weal_cert_verify_var(&c, &x),
                         weight >= 7 ? WEAL_ACCEPT : WEAL_V_CERT_QUORUM);
    }
    cert(&x, sigs, WEAL_VOTE_FINALIZE, 4, 8, 127);
    x.signers[0] = 0x7e; /* one signature more than signers */
    assert_int_equal(weal_cert_verify_var(&c, &x), WEAL_V_CERT_SIGNERS);
    x.signers[0] = 0xff; /* validator 7 does not exist */
    assert_int_equal(weal_cert_verify_var(&c, &x), WEAL_V_CERT_SIGNERS);
    x.signers[0] = 0x7f, x.signers[15] = 0x80;
    assert_int_equal(weal_cert_verify_var(&c, &x), WEAL_V_CERT_SIGNERS);
    x.signers[15] = 0, sigs[6 * 64] ^= 1;
    assert_int_equal(weal_cert_verify_var(&c, &x), WEAL_V_VOTE_SIGNATURE);
    /* the same signature in two places */
    memcpy(sigs + 6 * 64, sigs + 5 * 64, 64);
    assert_int_equal(weal_cert_verify_var(&c, &x), WEAL_V_VOTE_SIGNATURE);
}

/* ava-labs #555: what was verified for one tuple says nothing about another. */
static void cache_is_bound_to_the_whole_tuple(void **state) {
    (void)state;
    memset(&cache, 0, sizeof cache);
    struct weal_cert_context c = context(&cache);
    struct weal_vote v = vote(WEAL_VOTE_NOTARIZE, 9, 5, 2), w;
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_ACCEPT);
    assert_int_equal(cache.hits, 0);
    assert_int_equal(weal_vote_verify_var(&c, &v), WEAL_ACCEPT);
    assert_int_equal(cache.hits, 1);
    for (int what = 0; what < 5; what++) {
        w = v;
        if (what == 0) w.kind = WEAL_VOTE_FINALIZE;
        if (what == 1) w.view = 10;
        if (what == 2) w.digest[0] ^= 1;
        if (what == 3) w.signer = 3;
        if (what == 4) w.signature[63] ^= 1;
        assert_int_equal(weal_vote_verify_var(&c, &w), WEAL_V_VOTE_SIGNATURE);
        assert_int_equal(weal_vote_verify_var(&c, &w),
                         WEAL_V_VOTE_SIGNATURE); /* nor was that kept */
    }
    assert_int_equal(cache.hits, 1);
}

/* The table of consensus/SPEC.md, both orders of each pair. */
static void evidence_table(void **state) {
    (void)state;
    enum { N = WEAL_VOTE_NOTARIZE, S = WEAL_VOTE_NULLIFY, F = WEAL_VOTE_FINALIZE };
    static const struct {
        uint8_t kind_a, block_a, kind_b, block_b, offence;
    } row[] = {
        {N, 1, N, 2, 1}, {F, 1, F, 2, 2}, {S, 0, F, 1, 3}, {N, 1, F, 2, 4}, {N, 1, S, 0, 0},
        {N, 1, F, 1, 0}, {N, 1, N, 1, 0}, {S, 0, S, 0, 0}, {F, 1, F, 1, 0},
    };
    struct weal_cert_context c = context(NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct weal_vote a = vote(row[i].kind_a, 6, row[i].block_a, 1);
        struct weal_vote b = vote(row[i].kind_b, 6, row[i].block_b, 1);
        assert_int_equal(weal_evidence_kind(&a, &b), row[i].offence);
        assert_int_equal(weal_evidence_kind(&b, &a), row[i].offence);
        struct weal_evidence e = {.kind = row[i].offence, .votes_n = 2, .votes = {a, b}};
        assert_int_equal(weal_evidence_verify_var(&c, &e),
                         row[i].offence != 0 ? WEAL_ACCEPT : WEAL_V_EVIDENCE_PAIR);
        if (row[i].offence == 0) continue;
        e.kind = (uint8_t)(row[i].offence % 4 + 1);
        assert_int_equal(weal_evidence_verify_var(&c, &e), WEAL_V_EVIDENCE_PAIR);
        e.kind = row[i].offence;
        e.votes[1].signature[9] ^= 1; /* one bad signature accuses nobody */
        assert_int_equal(weal_evidence_verify_var(&c, &e), WEAL_V_VOTE_SIGNATURE);
        e.votes[1] = b;
        e.votes[0].signature[9] ^= 1;
        assert_int_equal(weal_evidence_verify_var(&c, &e), WEAL_V_VOTE_SIGNATURE);
        e.votes_n = 1;
        assert_int_equal(weal_evidence_verify_var(&c, &e), WEAL_V_EVIDENCE_PAIR);
    }
    /* only the parent view differs */
    struct weal_vote a = vote(N, 6, 1, 1), b = a;
    b.parent_view = 3;
    assert_true(weal_vote_sign(&b, chain, secret[1]));
    assert_int_equal(weal_evidence_kind(&a, &b), 1);
    /* other view, other signer, other term: nothing */
    b = vote(N, 7, 2, 1);
    assert_int_equal(weal_evidence_kind(&a, &b), 0);
    b = vote(N, 6, 2, 2);
    assert_int_equal(weal_evidence_kind(&a, &b), 0);
    b = vote(N, 6, 2, 1), b.term = 4;
    assert_int_equal(weal_evidence_kind(&a, &b), 0);
}

static void proposals_with_any_bad_certificate_are_refused(void **state) {
    (void)state;
    static struct weal_justification j;
    static uint8_t buf[WEAL_JUSTIFICATION_SIZE_MAX], sigs[3][7 * 64];
    struct weal_cert_context c = context(NULL);
    for (int what = 0; what < 6; what++) {
        memset(&j, 0, sizeof j);
        j.parent_has = true;
        cert(&j.parent, sigs[0], what == 1 ? WEAL_VOTE_NULLIFY : WEAL_VOTE_NOTARIZE, 4, 1, 127);
        j.gaps_n = 2;
        cert(&j.gaps[0], sigs[1], WEAL_VOTE_NULLIFY, 5, 0, what == 2 ? 6 : 127);
        cert(&j.gaps[1], sigs[2], what == 3 ? WEAL_VOTE_FINALIZE : WEAL_VOTE_NULLIFY, 6, 2, 127);
        if (what == 4) sigs[2][70] ^= 1;
        struct weal_wr w = weal_wr(buf, sizeof buf);
        weal_justification_put(&w, &j);
        struct weal_vote v = vote(WEAL_VOTE_NOTARIZE, 7, 9, 2);
        struct weal_proposal p = {.term = 3, .view = 7, .parent_view = v.parent_view, .signer = 2};
        memcpy(p.digest, v.digest, 32);
        memcpy(p.signature, v.signature, 64);
        p.justification = weal_bytes(buf, what == 5 ? w.n - 1 : w.n);
        static const enum weal_verdict want[] = {
            WEAL_ACCEPT,           WEAL_V_PROPOSAL_JUSTIFICATION,
            WEAL_V_CERT_QUORUM,    WEAL_V_PROPOSAL_JUSTIFICATION,
            WEAL_V_VOTE_SIGNATURE, WEAL_V_PROPOSAL_JUSTIFICATION};
        assert_int_equal(weal_proposal_verify_var(&c, &p), want[what]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_binds_chain_term_kind_and_subject),
        cmocka_unit_test(malformed_votes_are_named),
        cmocka_unit_test(certificates_need_more_than_two_thirds_of_the_weight),
        cmocka_unit_test(cache_is_bound_to_the_whole_tuple),
        cmocka_unit_test(evidence_table),
        cmocka_unit_test(proposals_with_any_bad_certificate_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
