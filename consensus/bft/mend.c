/* SPDX-License-Identifier: ISC */
/* Rule B where memory ends. Certificates of nullified views are kept for a while, and after a long
 * time without finality, with restarts in it, every node may know of some stretch nothing at all:
 * nobody could show that a parent below it may be built upon. But a view needs no keeping of
 * certificates to stay ruled out: whoever has voted to finalize nothing from it on can say so again
 * at any time, by the same vote as then. So at a standstill a validator that is asked for views of
 * which it holds nothing signs a nullify for them, however old, above its last finalize vote; the
 * guard lets it, as in views left behind no other vote can follow. (Who did finalize there holds a
 * block to build on instead.)
 *
 * In the ring such votes are like all others. Of views that left it, one stretch at a time is
 * counted here, beside the known one (gap_first..gap_last), and then joined to it. */
#include "consensus/bft/bft_int.h"

/* What is missing at `view`, and nothing below `low`, is asked for and, beyond the ring, counted:
 * from the known stretch upward where that lies below, else downward from view. */
void bft_mend_fetch(struct weal_bft *b, struct turn *t, uint64_t low, uint64_t view,
                    uint16_t hint) {
    uint64_t first = view >= WEAL_BFT_MEND ? view - WEAL_BFT_MEND + 1 : 1;
    if (b->gap_last >= low && b->gap_last < view) first = b->gap_last + 1;
    if (first < low) first = low;
    if (b->mend_first != first) memset(b->mend, 0, sizeof b->mend);
    b->mend_first = first;
    b->mend_last = view;
    bft_fetch(b, t, first, view, hint);
    bft_mend_answer(b, t, first, view);
}

static bool mended(const struct weal_bft *b, uint64_t view) {
    if (view < b->mend_first || view > b->mend_last || view - b->mend_first >= WEAL_BFT_MEND)
        return false;
    uint64_t weight = 0;
    for (uint16_t i = 0; i < b->n; i++)
        if (weal_signers_has(b->mend[view - b->mend_first], i)) weight += b->weight[i];
    return weight >= b->quorum;
}

/* Joins what has a quorum to the known stretch, or makes it that when there is none of use. */
static void join(struct weal_bft *b) {
    if (b->gap_last <= b->final.view) {
        if (!mended(b, b->mend_last)) return;
        b->gap_first = b->gap_last = b->mend_last;
    }
    while (mended(b, b->gap_last + 1)) b->gap_last++;
    while (b->gap_first > b->final.view + 1 &&
           (mended(b, b->gap_first - 1) || bft_view_nullified(b, b->gap_first - 1)))
        b->gap_first--;
}

/* A nullify of a view that the ring has left behind. */
void bft_mend_vote(struct weal_bft *b, const struct weal_vote *v) {
    if (v->kind != WEAL_VOTE_NULLIFY || v->view < b->mend_first || v->view > b->mend_last ||
        v->view - b->mend_first >= WEAL_BFT_MEND)
        return;
    b->mend[v->view - b->mend_first][v->signer / 8] |= (uint8_t)(1u << (v->signer % 8));
    join(b);
}

void bft_mend_certificate(struct weal_bft *b, const struct weal_certificate *x) {
    struct weal_vote v = {.kind = x->kind, .view = x->view};
    for (v.signer = 0; v.signer < b->n; v.signer++)
        if (weal_signers_has(x->signers, v.signer)) bft_mend_vote(b, &v);
}

/* Never again a finalize vote of this key in that view or above it, up to the present one. */
static bool never_finalized(const struct weal_bft *b, const struct round *r, uint64_t view) {
    if (b->guard.term == b->term && view <= b->guard.finalize_view) return false;
    return !r || r->my[WEAL_VOTE_FINALIZE] == NOT_ASKED;
}

/* Nullifies for views of first..last, long left, that are said to be missing and are not held here
 * either. Seldom, and only at a standstill: a request costs its sender nothing. */
void bft_mend_answer(struct weal_bft *b, struct turn *t, uint64_t first, uint64_t last) {
    if (b->still_windows == 0 || t->now < b->mend_at || !bft_may_vote(b, t)) return;
    b->mend_at = t->now + b->config.retry_ms;
    if (first <= b->final.view) first = b->final.view + 1;
    for (uint64_t u = first; u <= last && u < b->view && u - first < WEAL_BFT_MEND; u++) {
        struct round *r = bft_round_claim(b, u, false);
        if (r && ((r->held & bit(WEAL_VOTE_NULLIFY)) || !never_finalized(b, r, u))) continue;
        if (r && r->my[WEAL_VOTE_NULLIFY] == YES) bft_resend_own(b, t, r);
        if (r) bft_sign_vote(b, t, r, WEAL_VOTE_NULLIFY);
        if (r) continue;
        struct weal_vote v = {
            .kind = WEAL_VOTE_NULLIFY, .term = b->term, .view = u, .signer = b->self};
        if (!never_finalized(b, NULL, u) || weal_guard_take(&b->guard, &v) != WEAL_ACCEPT) continue;
        b->votes_signed++;
        bft_emit(t, WEAL_BFT_SIGN)->u.vote = v;
    }
}

/* Our own, of a view beyond the ring. */
void bft_mend_signed(struct weal_bft *b, struct turn *t, const struct weal_vote *v) {
    struct weal_wal_record rec = {.r_kind = WEAL_WAL_RECORD_VOTE};
    struct weal_bft_message m = {.m_kind = WEAL_BFT_MESSAGE_VOTE};
    if (v->view >= b->view || !never_finalized(b, NULL, v->view)) return; /* nobody asked for it */
    rec.r.vote = m.m.vote = *v;
    bft_emit_record(t, &rec);
    bft_emit_message(t, WEAL_BFT_BROADCAST, 0, &m);
    bft_mend_vote(b, v);
}
