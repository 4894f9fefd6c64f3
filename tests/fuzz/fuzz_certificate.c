/* SPDX-License-Identifier: ISC */
/* Messages between validators against a real set: whatever weal_*_verify_var accepts is counted
 * again here, slowly and without its cache. Input: an encoded bft_message, or after a byte 0xee an
 * evidence. */
#include "consensus/light/cert.h"
#include "crypto/base/bug.h"
#include "crypto/sig/sig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct weal_set set;
static uint8_t chain[32] = {0xc4};
static struct weal_sig_cache cache;

static void setup(void) {
    if (set.n != 0) return;
    for (uint8_t i = 0; i < 4; i++) {
        uint8_t secret[32] = {0};
        secret[31] = (uint8_t)(i + 1);
        WEAL_ASSERT(weal_sig_public(set.v[i].account, secret));
        set.v[i].seat[0] = i;
        set.v[i].weight = 1;
    }
    set.n = 4;
    WEAL_ASSERT(weal_set_check(&set) == WEAL_ACCEPT);
}

static bool signed_by(uint16_t signer, const uint8_t *sig, uint8_t kind, uint32_t term,
                      uint64_t view, uint64_t parent_view, const uint8_t *digest) {
    uint8_t d[32];
    weal_vote_digest(d, chain, kind, term, view, parent_view, digest);
    return weal_sig_verify_var(sig, d, set.v[signer].account);
}

static void certificate_holds(const struct weal_certificate *x) {
    size_t signers = 0;
    WEAL_ASSERT(x->kind >= 1 && x->kind <= 3 && x->parent_view < x->view);
    for (uint16_t i = 0; i < 128; i++) {
        if (!weal_signers_has(x->signers, i)) continue;
        WEAL_ASSERT(i < 4 && x->signatures.n >= 64 * (signers + 1));
        WEAL_ASSERT(signed_by(i, x->signatures.p + 64 * signers, x->kind, x->term, x->view,
                              x->parent_view, x->digest));
        signers++;
    }
    WEAL_ASSERT(signers >= 3 && x->signatures.n == 64 * signers);
}

static void message(struct weal_bytes b, const struct weal_cert_context *c) {
    struct weal_bft_message m;
    struct weal_rd r = weal_rd(b);
    weal_bft_message_get(&r, &m);
    if (!weal_rd_done(&r)) return;
    struct weal_cert_context cold = *c;
    cold.cache = NULL;
    switch (m.m_kind) {
    case WEAL_BFT_MESSAGE_VOTE: {
        enum weal_verdict v = weal_vote_verify_var(c, &m.m.vote);
        WEAL_ASSERT(v == weal_vote_verify_var(&cold, &m.m.vote));
        if (v == WEAL_ACCEPT)
            WEAL_ASSERT(signed_by(m.m.vote.signer, m.m.vote.signature, m.m.vote.kind, m.m.vote.term,
                                  m.m.vote.view, m.m.vote.parent_view, m.m.vote.digest));
        break;
    }
    case WEAL_BFT_MESSAGE_CERTIFICATE: {
        enum weal_verdict v = weal_cert_verify_var(c, &m.m.certificate);
        WEAL_ASSERT(v == weal_cert_verify_var(&cold, &m.m.certificate));
        if (v == WEAL_ACCEPT) certificate_holds(&m.m.certificate);
        break;
    }
    case WEAL_BFT_MESSAGE_PROPOSAL: {
        static struct weal_justification j;
        if (weal_proposal_verify_var(c, &m.m.proposal) != WEAL_ACCEPT) return;
        r = weal_rd(m.m.proposal.justification);
        weal_justification_get(&r, &j);
        WEAL_ASSERT(weal_rd_done(&r));
        if (j.parent_has) certificate_holds(&j.parent);
        for (uint16_t i = 0; i < j.gaps_n; i++) certificate_holds(&j.gaps[i]);
        break;
    }
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    setup();
    const struct weal_cert_context c = {chain, 3, &set, &cache};
    if (n > 0 && data[0] == 0xee) {
        struct weal_evidence e;
        struct weal_rd r = weal_rd(weal_bytes(data + 1, n - 1));
        weal_evidence_get(&r, &e);
        if (!weal_rd_done(&r) || weal_evidence_verify_var(&c, &e) != WEAL_ACCEPT) return 0;
        WEAL_ASSERT(e.votes[0].signer == e.votes[1].signer && e.votes[0].view == e.votes[1].view);
        WEAL_ASSERT(!(e.votes[0].kind == WEAL_VOTE_NOTARIZE &&
                      e.votes[1].kind == WEAL_VOTE_NULLIFY)); /* what a timeout looks like */
        return 0;
    }
    message(weal_bytes(data, n), &c);
    return 0;
}
