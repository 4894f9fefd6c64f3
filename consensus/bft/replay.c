/* SPDX-License-Identifier: ISC */
/* A log read back after a restart, and rewritten in short. */
#include "consensus/bft/bft_int.h"

static void replay_vote(struct weal_bft *b, struct turn *t, const struct weal_vote *v) {
    /* the guard's record counts whatever the term */
    struct weal_guard_record seen = b->guard;
    if (weal_guard_take(&seen, v) == WEAL_ACCEPT) b->guard = seen;
    if (v->term != b->term || !b->log_names_term || v->signer != b->self || v->signer >= b->n ||
        v->kind < WEAL_VOTE_NOTARIZE || v->kind > WEAL_VOTE_FINALIZE)
        return;
    struct round *r = bft_round_claim(b, v->view, v->view > b->view);
    if (!r) return;
    if (v->view > b->view) b->view = v->view;
    r->my[v->kind] = YES;
    if (v->kind == WEAL_VOTE_NOTARIZE) {
        r->my_notarize.parent_view = v->parent_view;
        memcpy(r->my_notarize.digest, v->digest, 32);
    }
    if (bft_ballot_put(b, t, r, v, false) && v->kind == WEAL_VOTE_NOTARIZE &&
        leader_of(b, v->view) == b->self)
        r->mine = true; /* never propose a second time in this view */
}

static void replay_seen(struct weal_bft *b, struct turn *t, const struct weal_wal_seen *s) {
    struct weal_vote v = {.kind = WEAL_VOTE_NOTARIZE,
                          .term = b->term,
                          .view = s->view,
                          .parent_view = s->parent_view,
                          .signer = s->signer};
    struct round *r = s->signer < b->n && s->signer == leader_of(b, s->view)
                          ? bft_round_claim(b, s->view, false)
                          : NULL;
    struct weal_header h;
    if (!r || r->slot != SLOT_EMPTY) return;
    memcpy(v.digest, s->digest, 32);
    memcpy(v.signature, s->signature, 64);
    bft_ballot_put(b, t, r, &v, false);
    if (r->slot != SLOT_EMPTY || r->certify == YES || !bft_header_read(r, s->header, &h)) return;
    r->slot = SLOT_KNOWN;
    r->proposal.parent_view = s->parent_view;
    memcpy(r->proposal.digest, s->digest, 32);
    r->justified = true; /* or it would have to come again to be voted for */
}

static void replay_certified(struct weal_bft *b, struct turn *t,
                             const struct weal_wal_certified *c) {
    struct round *r = bft_round_get(b, c->view);
    struct weal_header h;
    struct weal_bft_block block;
    if (!r || r->certify == YES || !(r->held & (bit(WEAL_VOTE_NOTARIZE) | bit(WEAL_VOTE_FINALIZE))))
        return;
    bool final = (r->held & bit(WEAL_VOTE_FINALIZE)) != 0;
    const struct subject *s = final ? &r->finalized : &r->notarized;
    if (!bft_header_parse(c->header, &h, &block) || memcmp(block.id, s->digest, 32) != 0 ||
        !bft_header_read(r, c->header, &h))
        return;
    bft_mark_certified(b, t, r);
}

enum weal_err weal_bft_replay(struct weal_bft *b, struct weal_bytes record) {
    struct weal_wal_record rec;
    struct weal_rd rd = weal_rd(record);
    struct turn t = {.fx = NULL};
    WEAL_ASSERT(!b->started);
    weal_wal_record_get(&rd, &rec);
    if (!weal_rd_done(&rd)) return WEAL_ERR_CORRUPT;
    switch (rec.r_kind) {
    case WEAL_WAL_RECORD_VOTE:
        replay_vote(b, &t, &rec.r.vote);
        break;
    case WEAL_WAL_RECORD_CERTIFICATE:
        if (b->log_names_term) bft_take_certificate(b, &t, &rec.r.certificate);
        break;
    case WEAL_WAL_RECORD_WAL_SEEN:
        if (b->log_names_term) replay_seen(b, &t, &rec.r.wal_seen);
        break;
    case WEAL_WAL_RECORD_WAL_CERTIFIED:
        if (b->log_names_term) replay_certified(b, &t, &rec.r.wal_certified);
        break;
    case WEAL_WAL_RECORD_WAL_TERM:
        /* seen and certified records name no term: they belong to the last one named */
        b->log_names_term = rec.r.wal_term.term == b->term &&
                            memcmp(rec.r.wal_term.digest, b->boundary.id, 32) == 0;
        b->log_begun = true;
        if (b->log_names_term) b->log_covers = true;
        if (rec.r.wal_term.listen_until_ms > b->listen_until_ms)
            b->listen_until_ms = rec.r.wal_term.listen_until_ms;
        b->listen = b->boundary.time_ms < b->listen_until_ms;
        if (rec.r.wal_term.term > b->log_term) b->log_term = rec.r.wal_term.term;
        break;
    case WEAL_WAL_RECORD_WAL_GAP:
        if (b->log_names_term && rec.r.wal_gap.first <= rec.r.wal_gap.last) {
            b->gap_first = rec.r.wal_gap.first;
            b->gap_last = rec.r.wal_gap.last;
        }
        break;
    case WEAL_WAL_RECORD_GUARD_RECORD: {
        const struct weal_guard_record *g = &rec.r.guard_record;
        struct weal_vote v = {
            .kind = g->kind, .term = g->term, .view = g->view, .parent_view = g->parent_view};
        bool lower = g->term == b->guard.term && g->view < b->guard.view;
        memcpy(v.digest, g->digest, 32);
        if (g->kind != 0 && !lower && weal_guard_check(&b->guard, &v) == WEAL_ACCEPT) b->guard = *g;
        break;
    }
    default:
        return WEAL_ERR_CORRUPT;
    }
    return WEAL_OK;
}

/* After a restart the caller hears of the last final block again. */
void bft_deliver_again(struct weal_bft *b, struct turn *t) {
    struct weal_certificate x;
    if (!bft_cert_pinned(&b->final, b->term, &x)) return;
    enum weal_bft_effect_kind kinds[] = {WEAL_BFT_DELIVER, WEAL_BFT_TERM_OVER};
    for (int i = 0; i < (b->over ? 2 : 1); i++) {
        bft_emit_certificate(t, kinds[i], 0, &x);
        struct weal_bft_effect *e = &t->fx->e[t->fx->n - 1];
        e->u.deliver.view = x.view;
        memcpy(e->u.deliver.digest, x.digest, 32);
    }
}

static void compact_round(const struct weal_bft *b, struct turn *t, const struct round *r) {
    struct weal_certificate x;
    uint8_t signatures[WEAL_SET_MAX * 64];
    struct weal_wal_record rec;
    uint16_t leader = leader_of(b, r->view);
    if (r->slot != SLOT_EMPTY && r->header_n != 0 &&
        (r->ballots[leader].has & bit(WEAL_VOTE_NOTARIZE)) &&
        memcmp(r->block.id, r->proposal.digest, 32) == 0) {
        struct weal_vote v;
        bft_vote_from_ballot(b, r, leader, WEAL_VOTE_NOTARIZE, &v);
        rec.r_kind = WEAL_WAL_RECORD_WAL_SEEN;
        rec.r.wal_seen =
            (struct weal_wal_seen){.view = r->view, .parent_view = v.parent_view, .signer = leader};
        memcpy(rec.r.wal_seen.digest, v.digest, 32);
        memcpy(rec.r.wal_seen.signature, v.signature, 64);
        rec.r.wal_seen.header = weal_bytes(r->header, r->header_n);
        if (memcmp(v.digest, r->proposal.digest, 32) == 0) bft_emit_record(t, &rec);
    }
    for (uint8_t kind = WEAL_VOTE_NOTARIZE; kind <= WEAL_VOTE_FINALIZE; kind++)
        if (bft_cert_of_round(b, r, kind, &x, signatures))
            bft_emit_certificate(t, WEAL_BFT_APPEND, 0, &x);
    if (r->certify == YES) {
        rec.r_kind = WEAL_WAL_RECORD_WAL_CERTIFIED;
        rec.r.wal_certified = (struct weal_wal_certified){.view = r->view};
        rec.r.wal_certified.header = weal_bytes(r->header, r->header_n);
        bft_emit_record(t, &rec);
    }
}

/* Own votes of a view: who knows them can tell that nobody else uses the key. */
static void compact_own(const struct weal_bft *b, struct turn *t, const struct round *r) {
    struct weal_wal_record rec = {.r_kind = WEAL_WAL_RECORD_VOTE};
    for (uint8_t kind = WEAL_VOTE_NOTARIZE; kind <= WEAL_VOTE_FINALIZE; kind++) {
        if (b->self == WEAL_SET_NOBODY || r->my[kind] != YES ||
            !(r->ballots[b->self].has & bit(kind)))
            continue;
        bft_vote_from_ballot(b, r, b->self, kind, &rec.r.vote);
        bft_emit_record(t, &rec);
    }
}

/* That the views below the first one kept were nullified, down to the next block one could build
 * on. Nobody keeps so many certificates; a network that was restarted after a long time without
 * finality could not show itself any parent. */
static void compact_gap(const struct weal_bft *b, struct turn *t, uint64_t first) {
    struct weal_wal_record rec = {.r_kind = WEAL_WAL_RECORD_WAL_GAP};
    uint64_t low = first;
    while (low > b->final.view + 1 && bft_view_nullified(b, low - 1))
        low = b->gap_last != 0 && low - 1 <= b->gap_last && low > b->gap_first &&
                      b->gap_first > b->final.view
                  ? b->gap_first
                  : low - 1;
    if (low == first) return;
    rec.r.wal_gap = (struct weal_wal_gap){.first = low, .last = first - 1};
    bft_emit_record(t, &rec);
}

/* A block kept apart whose round is not written: one could not propose on it after a restart, and
 * the host would not be asked for it again. */
static void compact_pinned(const struct weal_bft *b, struct turn *t, const struct pinned *p) {
    struct weal_wal_record rec = {.r_kind = WEAL_WAL_RECORD_WAL_CERTIFIED};
    struct weal_certificate x;
    if (!bft_cert_pinned(p, b->term, &x)) return;
    bft_emit_certificate(t, WEAL_BFT_APPEND, 0, &x);
    if (!p->known || p->header_n == 0) return;
    rec.r.wal_certified.view = p->view;
    rec.r.wal_certified.header = weal_bytes(p->header, p->header_n);
    bft_emit_record(t, &rec);
}

/* Writes what a replay needs from here on. Bounded: at most WEAL_BFT_RETENTION rounds from the last
 * final one upward, of older ones that they were nullified, and the blocks kept apart; and own
 * votes of the whole window. */
void bft_compact(const struct weal_bft *b, struct turn *t) {
    struct weal_wal_record rec = {.r_kind = WEAL_WAL_RECORD_GUARD_RECORD};
    if (b->log_term > b->term) return; /* records of a later term are still to be replayed */
    bft_append_term(b, t);
    rec.r.guard_record = b->guard;
    bft_emit_record(t, &rec);
    compact_pinned(b, t, &b->final);
    if (b->floor.view > b->final.view) compact_pinned(b, t, &b->floor);
    uint64_t recent = b->view > WEAL_BFT_RETENTION ? b->view - WEAL_BFT_RETENTION : 1;
    uint64_t first = b->final.view > recent ? b->final.view : recent;
    compact_gap(b, t, first);
    for (uint64_t u = first; u <= b->view + 1; u++) {
        const struct round *r = bft_round_get(b, u);
        if (r) compact_round(b, t, r);
    }
    uint64_t oldest = b->view > WEAL_BFT_WINDOW ? b->view - WEAL_BFT_WINDOW + 1 : 1;
    for (uint64_t u = b->final.view >= oldest ? b->final.view + 1 : oldest; u <= b->view; u++) {
        const struct round *r = bft_round_get(b, u);
        if (r) compact_own(b, t, r);
    }
}
