/* SPDX-License-Identifier: ISC */
/* What messages and answers do: rules N (its end), C, S, F and A, and the making of votes. */
#include "consensus/bft/bft_int.h"

bool bft_may_vote(const struct weal_bft *b, const struct turn *t) {
    return t->fx && b->started && b->self != WEAL_SET_NOBODY && !b->over && !b->listen &&
           !b->held && b->alarm == WEAL_BFT_ALARM_NONE && t->now >= b->vote_from_ms;
}

/* ---- headers ---- */

/* Decodes a header and names its block; false when it is none. */
bool bft_header_parse(struct weal_bytes encoded, struct weal_header *h,
                      struct weal_bft_block *out) {
    struct weal_rd rd = weal_rd(encoded);
    weal_header_get(&rd, h);
    if (!weal_rd_done(&rd)) return false;
    weal_header_id(out->id, encoded);
    memcpy(out->parent, h->parent, 32);
    out->height = h->height;
    out->view = h->view;
    out->time_ms = h->time_ms;
    return true;
}

bool bft_header_read(struct round *r, struct weal_bytes encoded, struct weal_header *h) {
    if (encoded.n > sizeof r->header || !bft_header_parse(encoded, h, &r->block)) return false;
    memcpy(r->header, encoded.p, encoded.n);
    r->header_n = (uint16_t)encoded.n;
    return true;
}

static bool header_is(const struct round *r, const struct subject *s) {
    return r->header_n != 0 && memcmp(r->block.id, s->digest, 32) == 0;
}

/* ---- votes ---- */

/* Asks for the signature of a vote of this kind in r's view. The guard's mirror is asked first, so
 * that no path of this file can even request what the guard would refuse. */
void bft_sign_vote(struct weal_bft *b, struct turn *t, struct round *r, uint8_t kind) {
    struct weal_vote v = {.kind = kind, .term = b->term, .view = r->view, .signer = b->self};
    const struct subject *s = kind == WEAL_VOTE_NOTARIZE ? &r->proposal : &r->notarized;
    if (kind != WEAL_VOTE_NULLIFY) {
        v.parent_view = s->parent_view;
        memcpy(v.digest, s->digest, 32);
    }
    if (r->my[kind] != NOT_ASKED || weal_guard_take(&b->guard, &v) != WEAL_ACCEPT) return;
    r->my[kind] = ASKED;
    if (kind == WEAL_VOTE_NOTARIZE) r->my_notarize = *s;
    b->votes_signed++;
    bft_emit(t, WEAL_BFT_SIGN)->u.vote = v;
}

/* Rule C, success: finalize, unless this node gave the view up, saw its leader equivocate, or has
 * notarized another proposal in it. */
static void vote_finalize(struct weal_bft *b, struct turn *t, struct round *r) {
    if (!bft_may_vote(b, t) || r->view <= b->final.view) return;
    if (!(r->held & bit(WEAL_VOTE_NOTARIZE)) || r->slot == SLOT_EQUIVOCATED) return;
    if (r->my[WEAL_VOTE_NULLIFY] != NOT_ASKED) return;
    if (r->my[WEAL_VOTE_NOTARIZE] != NOT_ASKED && !subject_equal(&r->my_notarize, &r->notarized))
        return;
    bft_sign_vote(b, t, r, WEAL_VOTE_FINALIZE);
}

/* A vote under our key that we did not make: somebody else has the key. */
static bool own_key_elsewhere(struct weal_bft *b, struct turn *t, const struct round *r,
                              const struct weal_vote *v) {
    if (v->signer != b->self || !t->fx || b->listen || v->view <= b->final.view) return false;
    /* of what lies further back than the log reaches we cannot tell */
    if (!b->log_covers || b->guard.term > b->term) return false;
    uint64_t now = b->guard.term == b->term && b->guard.view > b->view ? b->guard.view : b->view;
    if (v->view + WEAL_BFT_WINDOW <= now) return false;
    const struct ballot *x = &r->ballots[b->self];
    if (r->my[v->kind] == YES && (x->has & bit(v->kind)) != 0 &&
        memcmp(x->signature[v->kind - 1], v->signature, 64) == 0)
        return false;
    bft_emit_alarm(b, t, WEAL_BFT_ALARM_OWN_KEY);
    return true;
}

/* ---- certificates ---- */

void bft_final_known(struct weal_bft *b, struct turn *t) {
    const struct round *r = bft_round_get(b, b->final.view);
    if (b->final.known || !r || r->certify != YES || !header_is(r, &b->final.subject)) return;
    b->final.known = true;
    b->final.block = r->block;
    memcpy(b->final.header, r->header, r->header_n);
    b->final.header_n = r->header_n;
    if (r->block.height > b->final_height) b->final_height = r->block.height;
    if (r->block.height != b->last_height || b->over) return;
    b->over = true;
    struct weal_certificate x;
    if (bft_cert_pinned(&b->final, b->term, &x)) {
        bft_emit_certificate(t, WEAL_BFT_TERM_OVER, 0, &x);
        struct weal_bft_effect *e = t->fx ? &t->fx->e[t->fx->n - 1] : &t->dropped;
        e->u.deliver.view = x.view;
        memcpy(e->u.deliver.digest, x.digest, 32);
    }
}

/* The block of r's notarization (or finalization) was executed here and holds. */
void bft_mark_certified(struct weal_bft *b, struct turn *t, struct round *r) {
    r->certify = YES;
    struct weal_wal_record rec = {.r_kind = WEAL_WAL_RECORD_WAL_CERTIFIED};
    rec.r.wal_certified.view = r->view;
    rec.r.wal_certified.header = weal_bytes(r->header, r->header_n);
    bft_emit_record(t, &rec);
    if (r->view > b->floor.view || (r->view == b->floor.view && !b->floor.known)) {
        struct weal_certificate x;
        uint8_t signatures[WEAL_SET_MAX * 64];
        if (bft_cert_of_round(b, r, WEAL_VOTE_NOTARIZE, &x, signatures) ||
            bft_cert_of_round(b, r, WEAL_VOTE_FINALIZE, &x, signatures)) {
            bft_cert_pin(&b->floor, &x);
            b->floor.known = true;
            b->floor.block = r->block;
            memcpy(b->floor.header, r->header, r->header_n);
            b->floor.header_n = r->header_n;
        }
    }
    vote_finalize(b, t, r);
    if (r->view + 1 > b->enter_now) b->enter_now = r->view + 1;
    if (r->view == b->final.view) bft_final_known(b, t);
}

/* Takes block and header of s from the round or pin it was certified in: a re-proposal. */
static bool certified_before(struct weal_bft *b, struct round *r, const struct subject *s) {
    const struct round *p = bft_round_get(b, s->parent_view);
    const struct pinned *pins[] = {&b->floor, &b->final};
    if (p && p->certify == YES && header_is(p, s)) {
        r->block = p->block;
        memcpy(r->header, p->header, p->header_n);
        r->header_n = p->header_n;
        return true;
    }
    for (int i = 0; i < 2; i++) {
        if (!pins[i]->known || pins[i]->view != s->parent_view || pins[i]->header_n == 0 ||
            memcmp(pins[i]->block.id, s->digest, 32) != 0)
            continue;
        r->block = pins[i]->block;
        memcpy(r->header, pins[i]->header, pins[i]->header_n);
        r->header_n = pins[i]->header_n;
        return true;
    }
    return false;
}

/* Rule C: finds out whether the block that r's certificate names holds. Done regardless of what
 * this node voted, and once. */
void bft_certify(struct weal_bft *b, struct turn *t, struct round *r) {
    bool final = (r->held & bit(WEAL_VOTE_FINALIZE)) != 0;
    if (r->certify != NOT_ASKED || r->view < b->final.view) return;
    if (b->self == WEAL_SET_NOBODY && !final) return; /* who does not vote follows finality */
    const struct subject *s = final ? &r->finalized : &r->notarized;
    if ((r->verify == YES && subject_equal(&r->proposal, s) && header_is(r, s)) ||
        certified_before(b, r, s)) {
        bft_mark_certified(b, t, r);
        return;
    }
    r->certify = ASKED;
    struct weal_bft_effect *e = bft_emit(t, WEAL_BFT_CERTIFY);
    e->u.block.view = r->view;
    e->u.block.parent_view = s->parent_view;
    memcpy(e->u.block.digest, s->digest, 32);
    e->u.block.leader = leader_of(b, r->view);
}

static void publish(struct turn *t, const struct weal_certificate *x) {
    bft_emit_certificate(t, WEAL_BFT_APPEND, 0, x);
    bft_emit_certificate(t, WEAL_BFT_BROADCAST, 0, x);
}

/* Rule F. The round may have no room: then the next one will. */
static void hold_finalization(struct weal_bft *b, struct turn *t, struct round *r,
                              const struct weal_certificate *x) {
    if (x->view <= b->final.view) {
        bool other = x->view == b->final.view && b->final.kind != 0 &&
                     memcmp(x->digest, b->final.subject.digest, 32) != 0;
        if (other) bft_emit_alarm(b, t, WEAL_BFT_ALARM_FINAL_CONFLICT);
        return;
    }
    if (bft_view_nullified(b, x->view)) bft_emit_alarm(b, t, WEAL_BFT_ALARM_FINAL_CONFLICT);
    publish(t, x);
    b->finalized++;
    bft_cert_pin(&b->final, x);
    b->final.known = false;
    b->nullified_in_row = 0;
    memset(b->back, 0, sizeof b->back);
    b->still_windows = 0;
    b->still_cursor = 0;
    b->standstill_at = t->now + b->config.standstill_ms;
    if (x->view + 1 > b->enter_now) b->enter_now = x->view + 1;
    bft_emit_certificate(t, WEAL_BFT_DELIVER, 0, x);
    struct weal_bft_effect *e = t->fx ? &t->fx->e[t->fx->n - 1] : &t->dropped;
    e->u.deliver.view = x->view;
    memcpy(e->u.deliver.digest, x->digest, 32);
    if (r && r->certify == YES)
        bft_final_known(b, t);
    else if (r)
        bft_certify(b, t, r);
}

/* A certificate exists: rules C, S, F. r is NULL when the ring has no room for its view. */
static void hold(struct weal_bft *b, struct turn *t, struct round *r,
                 const struct weal_certificate *x) {
    if (r) {
        r->held |= bit(x->kind);
        struct subject *s = x->kind == WEAL_VOTE_FINALIZE ? &r->finalized : &r->notarized;
        if (x->kind != WEAL_VOTE_NULLIFY) {
            s->parent_view = x->parent_view;
            memcpy(s->digest, x->digest, 32);
        }
    }
    if (x->kind == WEAL_VOTE_FINALIZE) {
        hold_finalization(b, t, r, x);
        return;
    }
    if (x->view <= b->final.view) {
        if (x->kind == WEAL_VOTE_NULLIFY && x->view == b->final.view && b->final.kind != 0)
            bft_emit_alarm(b, t, WEAL_BFT_ALARM_FINAL_CONFLICT);
        return;
    }
    publish(t, x);
    if (x->kind == WEAL_VOTE_NULLIFY) {
        b->nullified++;
        if (x->view + 1 > b->enter_null) b->enter_null = x->view + 1;
    } else {
        b->notarized++;
        bft_certify(b, t, r);
    }
}

static void tally(struct weal_bft *b, struct turn *t, struct round *r, const struct weal_vote *v) {
    struct subject s = {v->parent_view, {0}};
    memcpy(s.digest, v->digest, 32);
    if ((r->held & bit(v->kind)) || bft_ballot_weight(b, r, v->kind, &s) < b->quorum) return;
    /* the flag and the subject first: the certificate is read back from the ballots */
    r->held |= bit(v->kind);
    if (v->kind == WEAL_VOTE_NOTARIZE) r->notarized = s;
    if (v->kind == WEAL_VOTE_FINALIZE) r->finalized = s;
    struct weal_certificate x;
    uint8_t signatures[WEAL_SET_MAX * 64];
    if (bft_cert_of_round(b, r, v->kind, &x, signatures)) hold(b, t, r, &x);
}

/* Rule A. */
static bool vote_admitted(const struct weal_bft *b, uint64_t view) {
    return view <= b->view + 1 && view + WEAL_BFT_RETENTION > b->final.view;
}

void bft_take_vote(struct weal_bft *b, struct turn *t, const struct weal_vote *v) {
    if (v->term != b->term || v->signer >= b->n || v->kind < WEAL_VOTE_NOTARIZE ||
        v->kind > WEAL_VOTE_FINALIZE || !vote_admitted(b, v->view))
        return;
    struct round *r = bft_round_claim(b, v->view, false);
    if (!r) bft_mend_vote(b, v);
    if (!r || own_key_elsewhere(b, t, r, v)) return;
    if (bft_ballot_put(b, t, r, v, false)) tally(b, t, r, v);
}

void bft_take_certificate(struct weal_bft *b, struct turn *t, const struct weal_certificate *x) {
    if (x->term != b->term || x->kind < WEAL_VOTE_NOTARIZE || x->kind > WEAL_VOTE_FINALIZE ||
        x->view + WEAL_BFT_RETENTION <= b->final.view || x->view == 0)
        return;
    /* a finalization above ends the present view: its round may go */
    bool ends = x->kind == WEAL_VOTE_FINALIZE && x->view > b->view;
    struct round *r = bft_round_claim(b, x->view, ends);
    if (!r && x->kind == WEAL_VOTE_NOTARIZE) return; /* it will come again, or a later one */
    if (!r && x->kind == WEAL_VOTE_NULLIFY) bft_mend_certificate(b, x);
    /* of a view that nothing is kept of, a nullification that moves nothing is not news: passed on,
     * it would come back from everybody, for ever */
    if (!r && x->kind == WEAL_VOTE_NULLIFY && (x->view < b->view || x->view < b->enter_null))
        return;
    const uint8_t *sig = x->signatures.p;
    for (uint16_t i = 0; r && i < b->n; i++) {
        if (!weal_signers_has(x->signers, i)) continue;
        struct weal_vote v = {.kind = x->kind,
                              .term = x->term,
                              .view = x->view,
                              .parent_view = x->parent_view,
                              .signer = i};
        memcpy(v.digest, x->digest, 32);
        memcpy(v.signature, sig, 64);
        sig += 64;
        own_key_elsewhere(b, t, r, &v);
        bft_ballot_put(b, t, r, &v, true);
    }
    if (r && (r->held & bit(x->kind))) {
        if (x->kind == WEAL_VOTE_FINALIZE && memcmp(r->finalized.digest, x->digest, 32) != 0)
            bft_emit_alarm(b, t, WEAL_BFT_ALARM_FINAL_CONFLICT);
        return;
    }
    hold(b, t, r, x);
}

/* ---- proposals ---- */

static void log_seen(struct turn *t, const struct round *r, const struct weal_vote *v) {
    struct weal_wal_record rec = {.r_kind = WEAL_WAL_RECORD_WAL_SEEN};
    struct weal_wal_seen *s = &rec.r.wal_seen;
    s->view = v->view;
    s->parent_view = v->parent_view;
    memcpy(s->digest, v->digest, 32);
    s->signer = v->signer;
    memcpy(s->signature, v->signature, 64);
    s->header = weal_bytes(r->header, r->header_n);
    bft_emit_record(t, &rec);
}

/* The notarized parent that a leader builds on, if its view has left the ring and was not known
 * here: a round for it there will never be again, and without this parent no proposal could be
 * voted for. One at a time; the next proposal brings it again. */
static void take_old_parent(struct weal_bft *b, struct turn *t, const struct weal_certificate *x) {
    struct round *r = &b->ring[WEAL_BFT_WINDOW];
    struct subject s = {x->parent_view, {0}};
    memcpy(s.digest, x->digest, 32);
    bool passed = b->ring[x->view % WEAL_BFT_WINDOW].view > x->view;
    if (x->kind != WEAL_VOTE_NOTARIZE || x->term != b->term || x->view <= b->final.view ||
        !passed || (b->floor.known && b->floor.view == x->view) ||
        (r->view == x->view && subject_equal(&r->notarized, &s)))
        return;
    struct ballot *ballots = r->ballots;
    memset(r, 0, sizeof *r);
    memset(ballots, 0, sizeof *ballots * b->n);
    r->ballots = ballots;
    r->view = x->view;
    r->held = bit(WEAL_VOTE_NOTARIZE);
    r->notarized = s;
    r->my[WEAL_VOTE_NULLIFY] = YES; /* given up long ago, if not by that vote */
    const uint8_t *sig = x->signatures.p;
    for (uint16_t i = 0; i < b->n; i++) {
        if (!weal_signers_has(x->signers, i)) continue;
        ballots[i].has = bit(WEAL_VOTE_NOTARIZE);
        ballots[i].subject[0] = s;
        memcpy(ballots[i].signature[WEAL_VOTE_NOTARIZE - 1], sig, 64);
        sig += 64;
    }
    bft_certify(b, t, r);
}

/* The leader's proposal for the present view or the next; its justification may first move us. */
void bft_take_proposal(struct weal_bft *b, struct turn *t, const struct weal_proposal *p) {
    struct weal_justification j;
    struct weal_rd rd = weal_rd(p->justification);
    if (p->term != b->term || p->signer >= b->n || p->view == 0) return;
    weal_justification_get(&rd, &j);
    if (!weal_rd_done(&rd)) return;
    if (j.parent_has) bft_take_certificate(b, t, &j.parent);
    for (uint16_t i = 0; i < j.gaps_n; i++) bft_take_certificate(b, t, &j.gaps[i]);
    if (p->signer != leader_of(b, p->view) || p->view <= b->final.view) return;
    const struct round *before = bft_round_get(b, p->view - 1);
    if (p->view > b->view + 1 && !(before && before->held)) return;
    if (j.parent_has) take_old_parent(b, t, &j.parent);
    struct round *r = bft_round_claim(b, p->view, false);
    struct weal_vote v = {.kind = WEAL_VOTE_NOTARIZE,
                          .term = p->term,
                          .view = p->view,
                          .parent_view = p->parent_view,
                          .signer = p->signer};
    memcpy(v.digest, p->digest, 32);
    memcpy(v.signature, p->signature, 64);
    if (!r || own_key_elsewhere(b, t, r, &v)) return;
    bool fresh = bft_ballot_put(b, t, r, &v, false);
    struct subject s = {p->parent_view, {0}};
    memcpy(s.digest, p->digest, 32);
    struct weal_header h;
    struct weal_bft_block block;
    if (r->slot == SLOT_EMPTY && r->certify != YES && bft_header_parse(p->header, &h, &block) &&
        memcmp(block.id, p->digest, 32) == 0 && bft_header_read(r, p->header, &h)) {
        r->slot = SLOT_KNOWN;
        r->proposal = s;
        r->justified = bft_justification_fits(p, &j, &r->block);
        log_seen(t, r, &v);
    }
    if (fresh) tally(b, t, r, &v);
}

/* ---- answers ---- */

void bft_take_signed(struct weal_bft *b, struct turn *t, const struct weal_vote *v, bool refused) {
    if (v->term != b->term || v->signer != b->self || v->kind < WEAL_VOTE_NOTARIZE ||
        v->kind > WEAL_VOTE_FINALIZE)
        return;
    struct round *r = bft_round_get(b, v->view);
    if (refused) {
        bft_emit_alarm(b, t, WEAL_BFT_ALARM_SIGN_REFUSED);
        return;
    }
    if (!r && v->kind == WEAL_VOTE_NULLIFY) bft_mend_signed(b, t, v);
    if (!r || r->my[v->kind] != ASKED) return;
    r->my[v->kind] = YES;
    /* the vote before the proposal that holds it: a log cut between the two must not bring back a
     * signature that the guard does not know */
    struct weal_wal_record rec = {.r_kind = WEAL_WAL_RECORD_VOTE};
    rec.r.vote = *v;
    bft_emit_record(t, &rec);
    if (v->kind == WEAL_VOTE_NOTARIZE && r->mine) log_seen(t, r, v);
    if (v->kind == WEAL_VOTE_NOTARIZE && r->mine) {
        bft_send_proposal(b, t, r, v);
    } else {
        struct weal_bft_message m = {.m_kind = WEAL_BFT_MESSAGE_VOTE};
        m.m.vote = *v;
        bft_emit_message(t, WEAL_BFT_BROADCAST, 0, &m);
    }
    if (bft_ballot_put(b, t, r, v, false)) tally(b, t, r, v);
}

void bft_take_verified(struct weal_bft *b, struct turn *t, const struct weal_bft_event *e) {
    struct round *r = bft_round_get(b, e->u.block.view);
    if (!r || r->verify != ASKED || memcmp(r->proposal.digest, e->u.block.digest, 32) != 0) return;
    switch (e->u.block.answer) {
    case WEAL_BFT_OK:
        r->verify = YES;
        /* certification may be under way for it already, and is answered by this */
        if ((r->held & bit(WEAL_VOTE_NOTARIZE)) && r->certify != YES &&
            subject_equal(&r->proposal, &r->notarized) && header_is(r, &r->notarized))
            bft_mark_certified(b, t, r);
        break;
    case WEAL_BFT_INVALID:
        r->verify = NO;
        break;
    case WEAL_BFT_LATER:
        r->verify = NOT_ASKED;
        b->later_at = t->now + b->config.fetch_timeout_ms;
        break;
    }
}

void bft_take_certified(struct weal_bft *b, struct turn *t, const struct weal_bft_event *e) {
    struct round *r = bft_round_known(b, e->u.block.view);
    if (!r || r->certify != ASKED) return;
    bool final = (r->held & bit(WEAL_VOTE_FINALIZE)) != 0;
    const struct subject *s = final ? &r->finalized : &r->notarized;
    if (memcmp(s->digest, e->u.block.digest, 32) != 0) return;
    if (e->u.block.answer == WEAL_BFT_LATER) {
        r->certify = NOT_ASKED;
        b->later_at = t->now + b->config.fetch_timeout_ms;
        return;
    }
    struct weal_header h;
    struct weal_bft_block block;
    bool holds =
        e->u.block.answer == WEAL_BFT_OK && bft_header_parse(e->u.block.header, &h, &block) &&
        memcmp(block.id, s->digest, 32) == 0 && h.term == b->term && h.height <= b->last_height &&
        h.view <= r->view && (h.view < r->view || h.parent_view == s->parent_view) &&
        bft_header_read(r, e->u.block.header, &h);
    if (!holds) {
        r->certify = NO;
        bft_emit_alarm(b, t, WEAL_BFT_ALARM_NOTARIZED_INVALID);
        return;
    }
    bft_mark_certified(b, t, r);
    /* The block of other views, too, before this one and after: a block is proposed again at a
     * term's end, each of its views was asked about, and the host may keep one question a block. */
    uint64_t from = r->view > WEAL_BFT_WINDOW ? r->view - WEAL_BFT_WINDOW : 1;
    for (uint64_t u = from; u <= b->view + 1 && u < r->view + WEAL_BFT_WINDOW; u++) {
        struct round *again = bft_round_get(b, u);
        if (!again || again->certify != ASKED || u < h.view) continue;
        const struct subject *x =
            (again->held & bit(WEAL_VOTE_FINALIZE)) != 0 ? &again->finalized : &again->notarized;
        if (memcmp(x->digest, r->block.id, 32) != 0 ||
            (u == h.view && x->parent_view != h.parent_view) ||
            !bft_header_read(again, e->u.block.header, &h))
            continue;
        bft_mark_certified(b, t, again);
    }
}
