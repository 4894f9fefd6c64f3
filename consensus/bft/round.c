/* SPDX-License-Identifier: ISC */
/* The ring of rounds: ballots, their weights, and certificates taken apart into them. */
#include "consensus/bft/bft_int.h"

#include "crypto/sig/sig.h"

size_t bft_cert_size(uint16_t validators) {
    return (size_t)WEAL_CERTIFICATE_SIZE_MAX - (size_t)(WEAL_SET_MAX - validators) * WEAL_SIG_BYTES;
}

struct round *bft_round_get(const struct weal_bft *b, uint64_t view) {
    struct round *r = &b->ring[view % WEAL_BFT_WINDOW];
    return view != 0 && r->view == view ? r : NULL;
}

/* That of the ring, or the one beyond it: the parent of a proposal, of a view that the ring has
 * left behind, which this node did not know when it was the present one. It is there to be
 * certified and built upon; nothing is voted for in it, and what else comes of its view is not put
 * into it. */
struct round *bft_round_known(const struct weal_bft *b, uint64_t view) {
    struct round *r = bft_round_get(b, view), *old = &b->ring[WEAL_BFT_WINDOW];
    return !r && view != 0 && old->view == view ? old : r;
}

/* A view leaves the ring: of it is remembered only that it was nullified. */
static void round_evict(struct weal_bft *b, const struct round *r) {
    if (r->view == 0 || !(r->held & bit(WEAL_VOTE_NULLIFY))) return;
    if (b->gap_last != 0 && r->view == b->gap_last + 1) {
        b->gap_last = r->view;
    } else if (r->view > b->gap_last) {
        b->gap_first = b->gap_last = r->view;
    }
}

/* The round of a view, made empty if it is not there; NULL when the ring has moved past the view,
 * or when the view would push out the present one and that is not wanted. */
struct round *bft_round_claim(struct weal_bft *b, uint64_t view, bool over_present) {
    struct round *r = &b->ring[view % WEAL_BFT_WINDOW];
    if (view == 0 || r->view > view) return NULL;
    if (r->view == view) return r;
    if (r->view == b->view && b->view != 0 && !over_present) return NULL;
    round_evict(b, r);
    struct ballot *ballots = r->ballots;
    memset(r, 0, sizeof *r);
    memset(ballots, 0, sizeof *ballots * b->n);
    r->ballots = ballots;
    r->view = view;
    return r;
}

bool bft_view_nullified(const struct weal_bft *b, uint64_t view) {
    const struct round *r = bft_round_get(b, view);
    if (r && (r->held & bit(WEAL_VOTE_NULLIFY))) return true;
    return b->gap_last != 0 && view >= b->gap_first && view <= b->gap_last;
}

void bft_vote_from_ballot(const struct weal_bft *b, const struct round *r, uint16_t signer,
                          uint8_t kind, struct weal_vote *v) {
    const struct ballot *x = &r->ballots[signer];
    *v = (struct weal_vote){.kind = kind, .term = b->term, .view = r->view, .signer = signer};
    if (kind != WEAL_VOTE_NULLIFY) {
        const struct subject *s = &x->subject[kind == WEAL_VOTE_FINALIZE];
        v->parent_view = s->parent_view;
        memcpy(v->digest, s->digest, 32);
    }
    memcpy(v->signature, x->signature[kind - 1], 64);
}

/* Looks for what v contradicts among the signer's other votes here. */
static void find_evidence(struct weal_bft *b, struct turn *t, struct round *r,
                          const struct weal_vote *v) {
    struct ballot *x = &r->ballots[v->signer];
    for (uint8_t kind = WEAL_VOTE_NOTARIZE; kind <= WEAL_VOTE_FINALIZE; kind++) {
        if (!(x->has & bit(kind))) continue;
        struct weal_vote other;
        bft_vote_from_ballot(b, r, v->signer, kind, &other);
        uint8_t offence = weal_evidence_kind(v, &other);
        if (offence == 0) continue;
        if (v->signer == leader_of(b, r->view) && offence == 1) r->slot = SLOT_EQUIVOCATED;
        if (v->signer == b->self || (x->told & bit(offence)) || !t->fx) continue;
        x->told |= bit(offence);
        bft_emit_evidence(t, v, &other, offence);
    }
}

/* Puts a verified vote into its ballot. True when it is new and counts. A vote that contradicts one
 * held does not replace it, but for the one that came in a certificate: that one has a quorum. */
bool bft_ballot_put(struct weal_bft *b, struct turn *t, struct round *r, const struct weal_vote *v,
                    bool from_certificate) {
    struct ballot *x = &r->ballots[v->signer];
    const struct subject s = {v->parent_view, {0}};
    struct subject mine = s;
    memcpy(mine.digest, v->digest, 32);
    struct subject *slot = &x->subject[v->kind == WEAL_VOTE_FINALIZE];
    bool had = (x->has & bit(v->kind)) != 0;
    if (had && (v->kind == WEAL_VOTE_NULLIFY || subject_equal(slot, &mine))) return false;
    find_evidence(b, t, r, v);
    if (had && !from_certificate) return false;
    if (v->kind != WEAL_VOTE_NULLIFY) *slot = mine;
    memcpy(x->signature[v->kind - 1], v->signature, 64);
    x->has |= bit(v->kind);
    bft_heard(b, t, v->signer);
    if (v->kind == WEAL_VOTE_NULLIFY && v->signer == leader_of(b, r->view))
        r->leader_nullified = true;
    return true;
}

static bool ballot_matches(const struct ballot *x, uint8_t kind, const struct subject *s) {
    if (!(x->has & bit(kind))) return false;
    return kind == WEAL_VOTE_NULLIFY || subject_equal(&x->subject[kind == WEAL_VOTE_FINALIZE], s);
}

/* Weight of the votes of this kind for s (ignored in a nullify). */
uint64_t bft_ballot_weight(const struct weal_bft *b, const struct round *r, uint8_t kind,
                           const struct subject *s) {
    uint64_t sum = 0;
    for (uint16_t i = 0; i < b->n; i++)
        if (ballot_matches(&r->ballots[i], kind, s)) sum += b->weight[i];
    return sum;
}

/* Puts the certificate of a round together; its signatures go to 64 * n bytes at signatures. */
bool bft_cert_of_round(const struct weal_bft *b, const struct round *r, uint8_t kind,
                       struct weal_certificate *x, uint8_t *signatures) {
    if (!(r->held & bit(kind))) return false;
    *x = (struct weal_certificate){.kind = kind, .term = b->term, .view = r->view};
    const struct subject *s = kind == WEAL_VOTE_FINALIZE ? &r->finalized : &r->notarized;
    if (kind != WEAL_VOTE_NULLIFY) {
        x->parent_view = s->parent_view;
        memcpy(x->digest, s->digest, 32);
    }
    size_t at = 0;
    for (uint16_t i = 0; i < b->n; i++) {
        if (!ballot_matches(&r->ballots[i], kind, s)) continue;
        x->signers[i / 8] |= (uint8_t)(1u << (i % 8));
        memcpy(signatures + at, r->ballots[i].signature[kind - 1], WEAL_SIG_BYTES);
        at += WEAL_SIG_BYTES;
    }
    x->signatures = weal_bytes(signatures, at);
    return true;
}

void bft_cert_pin(struct pinned *p, const struct weal_certificate *x) {
    p->view = x->view;
    p->kind = x->kind;
    p->subject.parent_view = x->parent_view;
    memcpy(p->subject.digest, x->digest, 32);
    memcpy(p->signers, x->signers, sizeof p->signers);
    memcpy(p->signatures, x->signatures.p, x->signatures.n);
    p->count = (uint16_t)(x->signatures.n / WEAL_SIG_BYTES);
}

bool bft_cert_pinned(const struct pinned *p, uint32_t term, struct weal_certificate *x) {
    if (p->kind == 0) return false;
    *x = (struct weal_certificate){
        .kind = p->kind, .term = term, .view = p->view, .parent_view = p->subject.parent_view};
    memcpy(x->digest, p->subject.digest, 32);
    memcpy(x->signers, p->signers, sizeof x->signers);
    x->signatures = weal_bytes(p->signatures, (size_t)p->count * WEAL_SIG_BYTES);
    return true;
}

/* The certificate of a view, from the ring or from what is kept apart. */
bool bft_cert_of_view(const struct weal_bft *b, uint8_t kind, uint64_t view,
                      struct weal_certificate *x, uint8_t *signatures) {
    const struct round *r = bft_round_get(b, view);
    if (r && bft_cert_of_round(b, r, kind, x, signatures)) return true;
    const struct pinned *pins[] = {&b->final, &b->floor};
    for (int i = 0; i < 2; i++)
        if (pins[i]->kind == kind && pins[i]->view == view)
            return bft_cert_pinned(pins[i], b->term, x);
    return false;
}
