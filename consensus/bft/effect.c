/* SPDX-License-Identifier: ISC */
/* Giving out effects: every message and record is encoded into the caller's buffer. */
#include "consensus/bft/bft_int.h"

/* Effects that one step may give for evidence; the rest waits for another sighting. */
enum { EVIDENCE_A_STEP = 64 };

struct weal_bft_effect *bft_emit(struct turn *t, enum weal_bft_effect_kind kind) {
    if (!t->fx) return &t->dropped; /* replay runs the same code and nothing leaves */
    WEAL_ASSERT(t->fx->n < t->fx->cap);
    struct weal_bft_effect *e = &t->fx->e[t->fx->n++];
    memset(e, 0, sizeof *e);
    e->kind = kind;
    return e;
}

static struct weal_wr writer(const struct turn *t) {
    return weal_wr(t->fx->buf + t->fx->buf_n, t->fx->buf_cap - t->fx->buf_n);
}

static void emit_written(struct turn *t, enum weal_bft_effect_kind kind, uint32_t peer,
                         const struct weal_wr *w) {
    WEAL_ASSERT(!w->failed); /* the caller promised room, and we made the record */
    struct weal_bft_effect *e = bft_emit(t, kind);
    e->bytes = weal_wr_done(w);
    e->u.peer = peer;
    t->fx->buf_n += w->n;
}

void bft_emit_record(struct turn *t, const struct weal_wal_record *r) {
    if (!t->fx) return;
    struct weal_wr w = writer(t);
    weal_wal_record_put(&w, r);
    emit_written(t, WEAL_BFT_APPEND, 0, &w);
}

void bft_emit_message(struct turn *t, enum weal_bft_effect_kind kind, uint32_t peer,
                      const struct weal_bft_message *m) {
    if (!t->fx) return;
    struct weal_wr w = writer(t);
    weal_bft_message_put(&w, m);
    emit_written(t, kind, peer, &w);
}

/* A certificate as a message, as a record (APPEND) or bare (DELIVER and the like). */
void bft_emit_certificate(struct turn *t, enum weal_bft_effect_kind kind, uint32_t peer,
                          const struct weal_certificate *x) {
    if (!t->fx) return;
    struct weal_wr w = writer(t);
    if (kind == WEAL_BFT_APPEND)
        weal_wr_u16(&w, WEAL_WAL_RECORD_CERTIFICATE);
    else if (kind == WEAL_BFT_BROADCAST || kind == WEAL_BFT_SEND)
        weal_wr_u16(&w, WEAL_BFT_MESSAGE_CERTIFICATE);
    weal_certificate_put(&w, x);
    emit_written(t, kind, peer, &w);
}

void bft_emit_alarm(struct weal_bft *b, struct turn *t, enum weal_bft_alarm alarm) {
    bool stops = alarm == WEAL_BFT_ALARM_NOTARIZED_INVALID ||
                 alarm == WEAL_BFT_ALARM_FINAL_CONFLICT || alarm == WEAL_BFT_ALARM_OWN_KEY;
    if (stops && b->alarm == alarm) return; /* said already */
    if (stops && b->alarm == WEAL_BFT_ALARM_NONE) b->alarm = alarm;
    bft_emit(t, WEAL_BFT_ALARM)->u.alarm = alarm;
}

void bft_emit_evidence(struct turn *t, const struct weal_vote *one, const struct weal_vote *two,
                       uint8_t kind) {
    if (!t->fx || t->evidence >= EVIDENCE_A_STEP) return;
    t->evidence++;
    struct weal_evidence e = {.kind = kind, .votes_n = 2};
    bool in_order = one->kind <= two->kind;
    e.votes[0] = in_order ? *one : *two;
    e.votes[1] = in_order ? *two : *one;
    struct weal_wr w = writer(t);
    weal_evidence_put(&w, &e);
    emit_written(t, WEAL_BFT_EVIDENCE, 0, &w);
}

void bft_append_term(const struct weal_bft *b, struct turn *t) {
    struct weal_wal_record r = {.r_kind = WEAL_WAL_RECORD_WAL_TERM};
    struct weal_wal_term *x = &r.r.wal_term;
    x->term = b->term;
    memcpy(x->digest, b->boundary.id, 32);
    memcpy(x->parent, b->boundary.parent, 32);
    x->height = b->boundary.height;
    x->header_view = b->boundary.view;
    x->time_ms = b->boundary.time_ms;
    x->listen_until_ms = b->listen_until_ms;
    bft_emit_record(t, &r);
}
