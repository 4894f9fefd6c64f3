/* SPDX-License-Identifier: ISC */
/* Rule P, being the leader; and the judgement of rule N over another's proposal. */
#include "consensus/bft/bft_int.h"

/* The next lower view worth looking at: long stretches that left the ring are one step, but for the
 * blocks kept apart that lie in them. */
static uint64_t below(const struct weal_bft *b, uint64_t view) {
    if (b->gap_last == 0 || view <= b->gap_first || view > b->gap_last) return view - 1;
    uint64_t low = b->gap_first;
    if (b->floor.view > low && b->floor.view < view) low = b->floor.view;
    if (b->final.view > low && b->final.view < view) low = b->final.view;
    return low;
}

void bft_fetch(struct weal_bft *b, struct turn *t, uint64_t first, uint64_t last, uint16_t hint) {
    if (t->now < b->fetch_at) return;
    b->fetch_at = t->now + b->config.fetch_timeout_ms;
    struct weal_bft_effect *e = bft_emit(t, WEAL_BFT_FETCH);
    e->u.fetch.first = first;
    e->u.fetch.last = last;
    e->u.fetch.hint = b->still_windows == 0 ? hint : WEAL_SET_NOBODY; /* one may never answer */
}

/* A parent to build on, or to be judged as one. */
struct parent {
    uint64_t view;
    const struct weal_bft_block *block;
    const uint8_t *header; /* NULL for a term's boundary */
    uint16_t header_n;
};

/* Fills the parent at this view if it is final or certified here, and executed. */
static bool parent_at(const struct weal_bft *b, uint64_t view, struct parent *p) {
    const struct round *r = bft_round_known(b, view);
    p->view = view;
    if (view == b->final.view) {
        p->block = &b->final.block;
        p->header = b->final.header;
        p->header_n = b->final.header_n;
        return b->final.known;
    }
    if (r && r->certify == YES) {
        p->block = &r->block;
        p->header = r->header;
        p->header_n = r->header_n;
        return true;
    }
    p->block = &b->floor.block;
    p->header = b->floor.header;
    p->header_n = b->floor.header_n;
    return b->floor.known && view == b->floor.view;
}

/* find_parent of rule P; false when something is still missing. */
static bool parent_find(struct weal_bft *b, struct turn *t, struct parent *p) {
    for (uint64_t u = b->view - 1;; u = below(b, u)) {
        if (parent_at(b, u, p)) return true;
        if (u <= b->final.view) return false; /* final, but not executed yet */
        if (bft_view_nullified(b, u)) continue;
        const struct round *r = bft_round_get(b, u);
        if (!r || r->certify != ASKED) bft_mend_fetch(b, t, b->final.view + 1, u, WEAL_SET_NOBODY);
        return false;
    }
}

/* At a term's boundary and at the depth limit a block can only be proposed again. */
static bool must_repeat(const struct weal_bft *b, const struct weal_bft_block *parent) {
    return parent->height == b->last_height || parent->height >= b->final_height + WEAL_BFT_DEPTH;
}

/* Encodes why the present view may stand on parent_view; false when a part is not held. */
static bool justification_make(struct weal_bft *b, uint64_t parent_view) {
    struct weal_certificate x;
    uint8_t signatures[WEAL_SET_MAX * 64];
    struct weal_wr w = weal_wr(b->justification, b->justification_cap);
    weal_wr_u8(&w, parent_view != 0);
    if (parent_view != 0) {
        if (!bft_cert_of_view(b, WEAL_VOTE_FINALIZE, parent_view, &x, signatures) &&
            !bft_cert_of_view(b, WEAL_VOTE_NOTARIZE, parent_view, &x, signatures))
            return false;
        weal_certificate_put(&w, &x);
    }
    uint64_t gaps = b->view - parent_view - 1;
    if (gaps > WEAL_BFT_GAPS_MAX) gaps = WEAL_BFT_GAPS_MAX;
    weal_wr_u16(&w, (uint16_t)gaps);
    for (uint64_t u = b->view - gaps; u < b->view; u++) {
        if (!bft_cert_of_view(b, WEAL_VOTE_NULLIFY, u, &x, signatures)) return false;
        weal_certificate_put(&w, &x);
    }
    b->justification_n = w.n;
    return !w.failed;
}

static void repeat_parent(struct weal_bft *b, struct turn *t, struct round *r,
                          const struct parent *p) {
    r->slot = SLOT_KNOWN;
    r->proposal.parent_view = p->view;
    memcpy(r->proposal.digest, p->block->id, 32);
    r->block = *p->block;
    memcpy(r->header, p->header, p->header_n);
    r->header_n = p->header_n;
    r->verify = YES;
    r->justified = r->mine = true;
    b->build = YES;
    bft_sign_vote(b, t, r, WEAL_VOTE_NOTARIZE);
}

/* Rule P, as far as it can go now. */
void bft_propose(struct weal_bft *b, struct turn *t) {
    struct round *r = bft_round_get(b, b->view);
    struct parent p;
    b->propose_at = NEVER;
    if (!r || leader_of(b, b->view) != b->self || !bft_may_vote(b, t) || b->build != NOT_ASKED ||
        r->slot != SLOT_EMPTY || r->my[WEAL_VOTE_NOTARIZE] != NOT_ASKED ||
        r->my[WEAL_VOTE_NULLIFY] != NOT_ASKED || !parent_find(b, t, &p))
        return;
    bool repeat = must_repeat(b, p.block);
    uint64_t interval = b->pending || repeat ? b->config.min_interval_ms : b->config.heartbeat_ms;
    uint64_t due = p.block->time_ms + interval;
    uint64_t wait = due > t->wall ? due - t->wall : 0;
    uint64_t at = t->now + (wait < interval ? wait : interval);
    if (at > b->entered_ms + interval) at = b->entered_ms + interval;
    if (at > t->now) {
        b->propose_at = at;
        return;
    }
    if (!justification_make(b, p.view)) {
        bft_fetch(b, t, p.view != 0 ? p.view : 1, b->view - 1, WEAL_SET_NOBODY);
        return;
    }
    if (repeat) {
        if (p.header_n != 0) repeat_parent(b, t, r, &p);
        return;
    }
    b->build = ASKED;
    b->build_parent_view = p.view;
    b->build_parent = *p.block;
    weal_justification_hash(b->build_hash, weal_bytes(b->justification, b->justification_n));
    struct weal_bft_effect *e = bft_emit(t, WEAL_BFT_BUILD);
    e->u.build.view = b->view;
    e->u.build.parent_view = p.view;
    e->u.build.parent = *p.block;
    e->u.build.proposer = b->self;
    memcpy(e->u.build.justification_hash, b->build_hash, 32);
}

void bft_take_built(struct weal_bft *b, struct turn *t, const struct weal_bft_event *e) {
    struct round *r = bft_round_get(b, b->view);
    if (b->build != ASKED || e->u.block.view != b->view || !r) return;
    b->build = NO;
    if (e->kind == WEAL_BFT_BUILD_FAILED) return; /* rule T follows */
    struct weal_header h;
    struct weal_bft_block block;
    bool fits = bft_header_parse(e->u.block.header, &h, &block) && h.term == b->term &&
                h.view == b->view && h.parent_view == b->build_parent_view &&
                h.height == b->build_parent.height + 1 && h.proposer == b->self &&
                h.time_ms > b->build_parent.time_ms &&
                memcmp(h.parent, b->build_parent.id, 32) == 0 &&
                memcmp(h.justification_hash, b->build_hash, 32) == 0;
    if (!fits) {
        bft_emit_alarm(b, t, WEAL_BFT_ALARM_BUILT_WRONG);
        return;
    }
    b->build = YES;
    if (r->slot != SLOT_EMPTY || r->certify == YES || !bft_may_vote(b, t) ||
        !bft_header_read(r, e->u.block.header, &h))
        return;
    r->slot = SLOT_KNOWN;
    r->proposal.parent_view = h.parent_view;
    memcpy(r->proposal.digest, block.id, 32);
    r->verify = YES;
    r->justified = r->mine = true;
    if (r->my[WEAL_VOTE_NULLIFY] == NOT_ASKED) bft_sign_vote(b, t, r, WEAL_VOTE_NOTARIZE);
}

void bft_send_proposal(struct weal_bft *b, struct turn *t, struct round *r,
                       const struct weal_vote *v) {
    struct weal_bft_message m = {.m_kind = WEAL_BFT_MESSAGE_PROPOSAL};
    struct weal_proposal *p = &m.m.proposal;
    if (b->view != r->view) return; /* the justification was for this view; the log has the vote */
    p->term = v->term;
    p->view = v->view;
    p->parent_view = v->parent_view;
    memcpy(p->digest, v->digest, 32);
    p->signer = v->signer;
    memcpy(p->signature, v->signature, 64);
    p->header = weal_bytes(r->header, r->header_n);
    p->justification = weal_bytes(b->justification, b->justification_n);
    bft_emit_message(t, WEAL_BFT_BROADCAST, 0, &m);
}

/* A proposal carries its parent's certificate and the last nullifications between, all of them up
 * to the limit; a new block's header commits to the bytes. */
bool bft_justification_fits(const struct weal_proposal *p, const struct weal_justification *j,
                            const struct weal_bft_block *block) {
    if (j->parent_has != (p->parent_view != 0)) return false;
    const uint8_t *parent =
        memcmp(block->id, p->digest, 32) == 0 && block->view < p->view ? p->digest : block->parent;
    if (j->parent_has && (j->parent.view != p->parent_view || j->parent.kind == WEAL_VOTE_NULLIFY ||
                          memcmp(j->parent.digest, parent, 32) != 0))
        return false;
    uint64_t gaps = p->view - p->parent_view - 1;
    if (gaps > WEAL_BFT_GAPS_MAX) gaps = WEAL_BFT_GAPS_MAX;
    if (j->gaps_n != gaps) return false;
    for (uint16_t i = 0; i < j->gaps_n; i++)
        if (j->gaps[i].view != p->view - gaps + i || j->gaps[i].kind != WEAL_VOTE_NULLIFY)
            return false;
    if (block->view != p->view) return true;
    struct weal_header h;
    struct weal_bft_block again;
    uint8_t hash[32];
    weal_justification_hash(hash, p->justification);
    return bft_header_parse(p->header, &h, &again) && memcmp(hash, h.justification_hash, 32) == 0;
}

static enum fit new_block_fit(const struct weal_bft *b, const struct turn *t, const struct round *r,
                              const struct weal_bft_block *parent) {
    struct weal_header h;
    struct weal_bft_block block;
    if (!bft_header_parse(weal_bytes(r->header, r->header_n), &h, &block)) return FIT_BAD;
    if (h.term != b->term || h.view != r->view || h.parent_view != r->proposal.parent_view ||
        h.height != parent->height + 1 || h.proposer != leader_of(b, r->view) ||
        memcmp(h.parent, parent->id, 32) != 0 || h.time_ms <= parent->time_ms)
        return FIT_BAD;
    if (parent->height >= b->last_height) return FIT_BAD;
    /* a leader that knows more finality than we do is waited for */
    if (must_repeat(b, parent)) return FIT_WAIT;
    if (r->verify != NOT_ASKED) return FIT_GOOD; /* the clock was looked at once */
    if (h.time_ms > t->wall + b->config.ahead_ms || h.time_ms + b->config.behind_ms < t->wall)
        return FIT_BAD;
    return FIT_GOOD;
}

/* Rule N without the block's execution. */
enum fit bft_proposal_fit(struct weal_bft *b, struct turn *t, const struct round *r) {
    uint64_t pv = r->proposal.parent_view;
    struct parent p;
    if (!r->justified || pv < b->final.view) return FIT_BAD;
    if (!parent_at(b, pv, &p)) {
        const struct round *pr = bft_round_known(b, pv);
        if (pr && pr->certify == NO) return FIT_BAD;
        if (!pr || pr->certify == NOT_ASKED) bft_fetch(b, t, pv, pv, leader_of(b, r->view));
        return FIT_WAIT;
    }
    for (uint64_t u = r->view - 1; u > pv; u = below(b, u)) {
        if (bft_view_nullified(b, u)) continue;
        bft_mend_fetch(b, t, pv + 1, u, leader_of(b, r->view));
        return FIT_WAIT;
    }
    if (memcmp(r->proposal.digest, p.block->id, 32) == 0)
        return p.view == 0 ? FIT_BAD : FIT_GOOD; /* view 0 is final already */
    return new_block_fit(b, t, r, p.block);
}
