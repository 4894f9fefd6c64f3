/* SPDX-License-Identifier: ISC */
/* Digests and checks of votes, certificates, proposals and evidence. */
#include "consensus/light/cert.h"

#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"
#include "crypto/sig/sig.h"

void weal_header_id(uint8_t out[32], struct weal_bytes encoded) {
    weal_hash256_one(out, WEAL_TAG_HEADER, encoded);
}

void weal_justification_hash(uint8_t out[32], struct weal_bytes encoded) {
    weal_hash256_one(out, WEAL_TAG_JUSTIFY, encoded);
}

void weal_vote_digest(uint8_t out[32], const uint8_t chain[32], uint8_t kind, uint32_t term,
                      uint64_t view, uint64_t parent_view, const uint8_t digest[32]) {
    static const char *const tag[] = {"weal/vote/notarize", "weal/vote/nullify",
                                      "weal/vote/finalize"};
    WEAL_ASSERT(kind >= WEAL_VOTE_NOTARIZE && kind <= WEAL_VOTE_FINALIZE);
    uint8_t subject[4 + 8 + 8];
    weal_put_le32(subject, term);
    weal_put_le64(subject + 4, view);
    weal_put_le64(subject + 12, parent_view);
    const struct weal_bytes parts[] = {weal_bytes(chain, 32), WEAL_BYTES(subject),
                                       weal_bytes(digest, 32)};
    weal_sig_digest(out, tag[kind - 1], parts, 3);
}

static void digest_of(uint8_t out[32], const uint8_t chain[32], const struct weal_vote *v) {
    weal_vote_digest(out, chain, v->kind, v->term, v->view, v->parent_view, v->digest);
}

bool weal_vote_sign(struct weal_vote *v, const uint8_t chain[32], const uint8_t secret[32]) {
    uint8_t digest[32];
    digest_of(digest, chain, v);
    return weal_sig_sign(v->signature, digest, secret);
}

/* The cache's entry for (key, digest, signature) is a hash over all three: a hit under any other
 * combination would be a collision of BLAKE2b-256. */
static bool verify_cached(struct weal_sig_cache *cache, const uint8_t sig[64],
                          const uint8_t digest[32], const uint8_t key[32]) {
    if (!cache) return weal_sig_verify_var(sig, digest, key);
    uint8_t id[32];
    const struct weal_bytes parts[] = {weal_bytes(key, 32), weal_bytes(digest, 32),
                                       weal_bytes(sig, 64)};
    weal_hash256(id, "weal/sig-cache", parts, 3);
    uint8_t *entry = cache->entry[weal_le32(id) % WEAL_SIG_CACHE_SLOTS];
    if (memcmp(entry, id, 32) == 0) {
        cache->hits++;
        return true;
    }
    cache->misses++;
    if (!weal_sig_verify_var(sig, digest, key)) return false;
    memcpy(entry, id, 32);
    return true;
}

/* Form of what a vote or certificate speaks of. */
static enum weal_verdict subject_check(uint32_t want_term, uint8_t kind, uint32_t term,
                                       uint64_t view, uint64_t parent_view,
                                       const uint8_t digest[32]) {
    if (kind < WEAL_VOTE_NOTARIZE || kind > WEAL_VOTE_FINALIZE) return WEAL_V_VOTE_KIND;
    if (term != want_term) return WEAL_V_VOTE_TERM;
    if (view < 1 || parent_view >= view || view >= UINT64_MAX / 2) return WEAL_V_VOTE_SUBJECT;
    if (kind == WEAL_VOTE_NULLIFY && (parent_view != 0 || !weal_is_zero32(digest)))
        return WEAL_V_VOTE_SUBJECT;
    return WEAL_ACCEPT;
}

enum weal_verdict weal_vote_verify_var(const struct weal_cert_context *c,
                                       const struct weal_vote *v) {
    enum weal_verdict why =
        subject_check(c->term, v->kind, v->term, v->view, v->parent_view, v->digest);
    if (why != WEAL_ACCEPT) return why;
    if (v->signer >= c->set->n) return WEAL_V_VOTE_SIGNER;
    uint8_t digest[32];
    digest_of(digest, c->chain, v);
    return verify_cached(c->cache, v->signature, digest, c->set->v[v->signer].account)
               ? WEAL_ACCEPT
               : WEAL_V_VOTE_SIGNATURE;
}

enum weal_verdict weal_cert_verify_var(const struct weal_cert_context *c,
                                       const struct weal_certificate *x) {
    enum weal_verdict why =
        subject_check(c->term, x->kind, x->term, x->view, x->parent_view, x->digest);
    if (why != WEAL_ACCEPT) return why;
    uint64_t weight = 0;
    size_t count = 0;
    for (uint16_t i = 0; i < WEAL_SET_MAX; i++) {
        if (!weal_signers_has(x->signers, i)) continue;
        if (i >= c->set->n) return WEAL_V_CERT_SIGNERS;
        weight += c->set->v[i].weight;
        count++;
    }
    if (x->signatures.n != count * WEAL_SIG_BYTES) return WEAL_V_CERT_SIGNERS;
    if (weight < weal_set_quorum(c->set->total)) return WEAL_V_CERT_QUORUM;
    uint8_t digest[32];
    weal_vote_digest(digest, c->chain, x->kind, x->term, x->view, x->parent_view, x->digest);
    const uint8_t *sig = x->signatures.p;
    for (uint16_t i = 0; i < c->set->n; i++) {
        if (!weal_signers_has(x->signers, i)) continue;
        if (!verify_cached(c->cache, sig, digest, c->set->v[i].account))
            return WEAL_V_VOTE_SIGNATURE;
        sig += WEAL_SIG_BYTES;
    }
    return WEAL_ACCEPT;
}

enum weal_verdict weal_proposal_verify_var(const struct weal_cert_context *c,
                                           const struct weal_proposal *p) {
    struct weal_vote v = {.kind = WEAL_VOTE_NOTARIZE,
                          .term = p->term,
                          .view = p->view,
                          .parent_view = p->parent_view,
                          .signer = p->signer};
    memcpy(v.digest, p->digest, 32);
    memcpy(v.signature, p->signature, 64);
    enum weal_verdict why = weal_vote_verify_var(c, &v);
    if (why != WEAL_ACCEPT) return why;
    struct weal_justification j;
    struct weal_rd r = weal_rd(p->justification);
    weal_justification_get(&r, &j);
    if (!weal_rd_done(&r)) return WEAL_V_PROPOSAL_JUSTIFICATION;
    if (j.parent_has) {
        if (j.parent.kind == WEAL_VOTE_NULLIFY) return WEAL_V_PROPOSAL_JUSTIFICATION;
        if ((why = weal_cert_verify_var(c, &j.parent)) != WEAL_ACCEPT) return why;
    }
    for (uint16_t i = 0; i < j.gaps_n; i++) {
        if (j.gaps[i].kind != WEAL_VOTE_NULLIFY) return WEAL_V_PROPOSAL_JUSTIFICATION;
        if ((why = weal_cert_verify_var(c, &j.gaps[i])) != WEAL_ACCEPT) return why;
    }
    return WEAL_ACCEPT;
}

uint8_t weal_evidence_kind(const struct weal_vote *a, const struct weal_vote *b) {
    if (a->signer != b->signer || a->term != b->term || a->view != b->view) return 0;
    bool same = a->parent_view == b->parent_view && memcmp(a->digest, b->digest, 32) == 0;
    uint8_t low = a->kind < b->kind ? a->kind : b->kind;
    uint8_t high = a->kind < b->kind ? b->kind : a->kind;
    if (low == WEAL_VOTE_NOTARIZE && high == WEAL_VOTE_NOTARIZE) return same ? 0 : 1;
    if (low == WEAL_VOTE_FINALIZE && high == WEAL_VOTE_FINALIZE) return same ? 0 : 2;
    if (low == WEAL_VOTE_NULLIFY && high == WEAL_VOTE_FINALIZE) return 3;
    if (low == WEAL_VOTE_NOTARIZE && high == WEAL_VOTE_FINALIZE) return same ? 0 : 4;
    return 0; /* notarize then nullify is what a timeout looks like */
}

enum weal_verdict weal_evidence_verify_var(const struct weal_cert_context *c,
                                           const struct weal_evidence *e) {
    if (e->votes_n != 2 || e->votes[0].kind > e->votes[1].kind) return WEAL_V_EVIDENCE_PAIR;
    uint8_t kind = weal_evidence_kind(&e->votes[0], &e->votes[1]);
    if (kind == 0 || kind != e->kind) return WEAL_V_EVIDENCE_PAIR;
    enum weal_verdict why = weal_vote_verify_var(c, &e->votes[0]);
    return why != WEAL_ACCEPT ? why : weal_vote_verify_var(c, &e->votes[1]);
}
