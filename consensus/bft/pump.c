/* SPDX-License-Identifier: ISC */
/* What follows from the state and the time alone: entering views (E), deadlines (T), proposing (P),
 * notarizing (N), resending (T, R), answering (B). Called after every event; it asks what holds now
 * and not what has changed, so that no order of events can be forgotten. */
#include "consensus/bft/bft_int.h"

/* x grown by half for every nullified view in a row, to the cap. Rounded down. */
static uint64_t backed_off(const struct weal_bft *b, uint32_t x) {
    uint64_t y = x;
    for (uint32_t i = 0; i < b->nullified_in_row && y < b->config.backoff_cap_ms; i++)
        y += y / 2 + 1;
    return y < b->config.backoff_cap_ms ? y : b->config.backoff_cap_ms;
}

/* A new vote of this validator. Timeouts have grown because views failed; when somebody is back who
 * was not heard for a while, what failed them may be over, and nobody shall wait a minute to find
 * out. Each may do so once until the next finalization, or a few could keep the timeouts from ever
 * fitting a slow network. */
void bft_heard(struct weal_bft *b, const struct turn *t, uint16_t signer) {
    if (t->now <= b->heard_ms[signer]) return;
    bool back = b->config.skip_timeout_ms != 0 && signer != b->self &&
                t->now - b->heard_ms[signer] >= b->config.skip_timeout_ms;
    b->heard_ms[signer] = t->now;
    if (!back || b->nullified_in_row == 0 || weal_signers_has(b->back, signer)) return;
    b->back[signer / 8] |= (uint8_t)(1u << (signer % 8));
    b->nullified_in_row = 0;
    uint64_t leader_at = t->now + b->config.leader_timeout_ms;
    uint64_t advance_at = t->now + b->config.advance_timeout_ms;
    if (b->leader_at != NEVER && b->leader_at > leader_at) b->leader_at = leader_at;
    if (b->advance_at != NEVER && b->advance_at > advance_at) b->advance_at = advance_at;
}

/* Rule E: the leader was silent while a quorum of the others and this node was not. */
static bool skip_leader(const struct weal_bft *b, uint64_t now) {
    uint64_t skip = b->config.skip_timeout_ms;
    uint16_t leader = leader_of(b, b->view);
    if (skip == 0 || leader == b->self || b->self == WEAL_SET_NOBODY) return false;
    for (uint32_t i = 0; i < b->still_windows && skip < b->config.skip_cap_ms; i++) skip *= 2;
    if (skip > b->config.skip_cap_ms) skip = b->config.skip_cap_ms;
    if (now - b->heard_ms[leader] < skip) return false;
    uint64_t active = 0;
    for (uint16_t i = 0; i < b->n; i++)
        if (i == b->self || now - b->heard_ms[i] < skip) active += b->weight[i];
    return active >= b->quorum;
}

/* Rule W: who has shown no vote for the block we leave behind may lack its body. */
static void forward_body(const struct weal_bft *b, struct turn *t) {
    const struct round *r = b->view > 1 ? bft_round_get(b, b->view - 1) : NULL;
    if (!r || r->certify != YES || b->self == WEAL_SET_NOBODY ||
        b->config.forward == WEAL_BFT_FORWARD_NONE)
        return;
    uint8_t to[16] = {0};
    bool any = false;
    for (uint16_t i = 0; i < b->n; i++) {
        const struct ballot *x = &r->ballots[i];
        bool seen = (x->has & bit(WEAL_VOTE_NOTARIZE)) != 0 &&
                    memcmp(x->subject[0].digest, r->block.id, 32) == 0;
        bool wanted =
            b->config.forward == WEAL_BFT_FORWARD_SILENT_VOTERS || i == leader_of(b, b->view);
        if (seen || !wanted || i == b->self || i == leader_of(b, r->view)) continue;
        to[i / 8] |= (uint8_t)(1u << (i % 8));
        any = true;
    }
    if (!any) return;
    struct weal_bft_effect *e = bft_emit(t, WEAL_BFT_FORWARD);
    memcpy(e->u.forward.digest, r->block.id, 32);
    memcpy(e->u.forward.to, to, 16);
}

static void enter(struct weal_bft *b, struct turn *t, uint64_t view) {
    b->view = view;
    b->entered_ms = t->now;
    bft_round_claim(b, view, true);
    bool skip = skip_leader(b, t->now);
    b->leader_at = t->now + (skip ? 0 : backed_off(b, b->config.leader_timeout_ms));
    b->advance_at = t->now + (skip ? 0 : backed_off(b, b->config.advance_timeout_ms));
    b->retry_at = NEVER;
    b->fetch_at = 0;
    b->build = NOT_ASKED;
    b->justification_n = 0;
    forward_body(b, t);
}

/* Rules C, S, F: into the highest view that is open. Leaving by nullification takes a view's least
 * duration, so that a network without leaders does not spin. */
static bool advance(struct weal_bft *b, struct turn *t) {
    if (b->enter_now > b->view) {
        enter(b, t, b->enter_now);
        return true;
    }
    if (b->enter_null > b->view && t->now >= b->entered_ms + b->config.view_floor_ms) {
        b->nullified_in_row++;
        enter(b, t, b->enter_null);
        return true;
    }
    return false;
}

/* Rule T. */
static void nullify(struct weal_bft *b, struct turn *t, struct round *r) {
    if (!bft_may_vote(b, t) || r->my[WEAL_VOTE_NULLIFY] != NOT_ASKED ||
        r->my[WEAL_VOTE_FINALIZE] != NOT_ASKED)
        return;
    bft_sign_vote(b, t, r, WEAL_VOTE_NULLIFY);
    b->retry_at = t->now + b->config.retry_ms;
}

/* Rule N, as far as it can go now; false when the proposal will never do. */
static bool notarize(struct weal_bft *b, struct turn *t, struct round *r) {
    if (r->slot != SLOT_KNOWN || r->my[WEAL_VOTE_NOTARIZE] != NOT_ASKED || r->mine ||
        b->self == WEAL_SET_NOBODY)
        return true;
    if (r->verify == NO) return false;
    if (r->certify == YES) return true;
    switch (bft_proposal_fit(b, t, r)) {
    case FIT_WAIT:
        return true;
    case FIT_BAD:
        return false;
    case FIT_GOOD:
        break;
    }
    bool repeat = r->block.view < r->view;
    if (repeat) r->verify = YES; /* its block is certified already */
    if (r->verify == NOT_ASKED) {
        if (t->now < b->later_at && b->later_at != NEVER) return true;
        r->verify = ASKED;
        struct weal_bft_effect *e = bft_emit(t, WEAL_BFT_VERIFY);
        e->u.block.view = r->view;
        e->u.block.parent_view = r->proposal.parent_view;
        memcpy(e->u.block.digest, r->proposal.digest, 32);
        e->u.block.leader = leader_of(b, r->view);
        e->bytes = weal_bytes(r->header, r->header_n);
    }
    if (r->verify == YES && bft_may_vote(b, t) && r->my[WEAL_VOTE_NULLIFY] == NOT_ASKED) {
        bft_sign_vote(b, t, r, WEAL_VOTE_NOTARIZE);
        b->leader_at = NEVER;
    }
    return true;
}

/* ---- resending ---- */

void bft_resend_own(struct weal_bft *b, struct turn *t, const struct round *r) {
    if (b->self == WEAL_SET_NOBODY) return;
    for (uint8_t kind = WEAL_VOTE_NOTARIZE; kind <= WEAL_VOTE_FINALIZE; kind++) {
        if (r->my[kind] != YES || !(r->ballots[b->self].has & bit(kind))) continue;
        struct weal_bft_message m = {.m_kind = WEAL_BFT_MESSAGE_VOTE};
        bft_vote_from_ballot(b, r, b->self, kind, &m.m.vote);
        bft_emit_message(t, WEAL_BFT_BROADCAST, 0, &m);
    }
}

/* The best certificate that opened the present view. */
static void resend_entry(struct weal_bft *b, struct turn *t) {
    static const uint8_t order[] = {WEAL_VOTE_FINALIZE, WEAL_VOTE_NULLIFY, WEAL_VOTE_NOTARIZE};
    struct weal_certificate x;
    uint8_t signatures[WEAL_SET_MAX * 64];
    for (int i = 0; i < 3; i++) {
        if (b->view < 2 || !bft_cert_of_view(b, order[i], b->view - 1, &x, signatures)) continue;
        bft_emit_certificate(t, WEAL_BFT_BROADCAST, 0, &x);
        return;
    }
}

/* Rule R: what peers may lack since the last finalization, a bounded piece at a time. */
static void resend_standing(struct weal_bft *b, struct turn *t) {
    struct weal_certificate x;
    uint8_t signatures[WEAL_SET_MAX * 64];
    if (b->self == WEAL_SET_NOBODY) return;
    if (bft_cert_pinned(&b->final, b->term, &x)) bft_emit_certificate(t, WEAL_BFT_BROADCAST, 0, &x);
    uint64_t oldest = b->view > WEAL_BFT_WINDOW ? b->view - WEAL_BFT_WINDOW : 0;
    uint64_t low = b->final.view > oldest ? b->final.view : oldest;
    if (b->still_cursor <= low || b->still_cursor > b->view) b->still_cursor = low + 1;
    for (int sent = 0; sent < WEAL_BFT_ANSWER_MAX && b->still_cursor <= b->view;
         b->still_cursor++) {
        const struct round *r = bft_round_get(b, b->still_cursor);
        if (!r) continue;
        for (uint8_t kind = WEAL_VOTE_NOTARIZE; kind <= WEAL_VOTE_NULLIFY; kind++) {
            if (!bft_cert_of_round(b, r, kind, &x, signatures)) continue;
            bft_emit_certificate(t, WEAL_BFT_BROADCAST, 0, &x);
            sent++;
        }
        bft_resend_own(b, t, r);
        sent++;
    }
}

/* Rule B, the answering side: only what is settled here. */
void bft_answer_request(struct weal_bft *b, struct turn *t, uint32_t peer,
                        const struct weal_cert_request *q) {
    struct weal_certificate x;
    uint8_t signatures[WEAL_SET_MAX * 64];
    if (q->term != b->term || q->first == 0 || q->last < q->first) return;
    int sent = 0;
    if (q->first <= b->final.view && bft_cert_pinned(&b->final, b->term, &x)) {
        bft_emit_certificate(t, WEAL_BFT_SEND, peer, &x);
        sent++;
    }
    uint64_t first = q->first > b->final.view ? q->first : b->final.view + 1;
    uint64_t last = q->last < b->view ? q->last : b->view;
    for (uint64_t u = first; u <= last && sent < WEAL_BFT_ANSWER_MAX && u - first < WEAL_BFT_WINDOW;
         u++) {
        const struct round *r = bft_round_get(b, u);
        bool settled = r ? r->certify == YES : true;
        for (uint8_t kind = WEAL_VOTE_NOTARIZE; kind <= WEAL_VOTE_NULLIFY; kind++) {
            if (kind == WEAL_VOTE_NOTARIZE && !settled) continue;
            if (!bft_cert_of_view(b, kind, u, &x, signatures)) continue;
            bft_emit_certificate(t, WEAL_BFT_SEND, peer, &x);
            sent++;
        }
    }
    bft_mend_answer(b, t, first, last);
}

/* ---- deadlines ---- */

/* Questions answered by "later" are asked again; at a standstill those never answered, too. */
static void ask_again(struct weal_bft *b, struct turn *t, bool unanswered) {
    b->later_at = NEVER;
    for (size_t i = 0; i < BFT_ROUNDS; i++) {
        struct round *r = &b->ring[i];
        if (r->certify == ASKED && unanswered) r->certify = NOT_ASKED;
        uint8_t holds = bit(WEAL_VOTE_NOTARIZE) | bit(WEAL_VOTE_FINALIZE);
        if (r->view != 0 && (r->held & holds) && r->certify == NOT_ASKED) bft_certify(b, t, r);
    }
}

static void deadlines(struct weal_bft *b, struct turn *t) {
    struct round *r = bft_round_get(b, b->view);
    if (t->now >= b->later_at) ask_again(b, t, false);
    if (t->now >= b->standstill_at) {
        resend_standing(b, t);
        ask_again(b, t, true);
        if (b->still_windows < 16) b->still_windows++;
        b->standstill_at = t->now + b->config.standstill_ms;
    }
    if (!r) return;
    bool due = t->now >= b->leader_at || t->now >= b->advance_at || r->leader_nullified;
    if (due && bft_may_vote(b, t)) {
        nullify(b, t, r);
        b->leader_at = b->advance_at = NEVER;
    }
    if (t->now >= b->retry_at) {
        bft_resend_own(b, t, r);
        resend_entry(b, t);
        b->retry_at = t->now + b->config.retry_ms;
    }
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static void set_timer(struct weal_bft *b, struct turn *t, bool waits_for_fetch) {
    const struct round *r = bft_round_get(b, b->view);
    uint64_t at = least(b->standstill_at, least(b->later_at, least(b->propose_at, b->retry_at)));
    bool undecided = r && r->my[WEAL_VOTE_NULLIFY] == NOT_ASKED;
    bool voter =
        b->self != WEAL_SET_NOBODY && !b->listen && !b->held && b->alarm == WEAL_BFT_ALARM_NONE;
    if (undecided && voter)
        at = least(at,
                   t->now < b->vote_from_ms ? b->vote_from_ms : least(b->leader_at, b->advance_at));
    if (b->enter_null > b->view) at = least(at, b->entered_ms + b->config.view_floor_ms);
    if (waits_for_fetch) at = least(at, b->fetch_at);
    if (at <= t->now && at != NEVER) at = t->now + 1; /* never a loop without time */
    if (at == b->timer_at) return;
    b->timer_at = at;
    bft_emit(t, WEAL_BFT_TIMER_SET)->u.at_ms = at;
}

void bft_pump(struct weal_bft *b, struct turn *t) {
    if (!b->started || b->over) return;
    do {
        struct round *r = bft_round_get(b, b->view);
        if (!r) continue;
        bft_propose(b, t);
        bool bad = !notarize(b, t, r) || b->build == NO;
        if (bad) nullify(b, t, r);
    } while (advance(b, t));
    deadlines(b, t);
    set_timer(b, t, t->now < b->fetch_at && b->fetch_at != 0);
}
