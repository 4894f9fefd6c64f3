/* SPDX-License-Identifier: ISC */
#include "tests/support/bft_rig.h"

#include <stdlib.h>

#include "crypto/base/bug.h"

static const uint64_t WALL = UINT64_C(1700000000000);

static void mark(uint8_t sig[64], uint8_t kind, uint16_t signer, uint64_t view) {
    memset(sig, 0x10 * kind + signer % 16, 64);
    weal_put_le64(sig, view);
}

void rig_init(struct rig *r, uint16_t n, uint16_t self, const uint64_t *weights) {
    memset(r, 0, sizeof *r);
    weal_bft_config_lan(&r->config);
    r->self = self;
    r->set.n = n;
    for (uint16_t i = 0; i < n; i++) {
        memset(r->set.v[i].account, i + 1, 32);
        memset(r->set.v[i].seat, i + 1, 32);
        r->set.v[i].weight = weights ? weights[i] : 1;
    }
    WEAL_ASSERT(weal_set_check(&r->set) == WEAL_ACCEPT);
    for (unsigned i = 0; i < WEAL_LEADER_SLOTS; i++) r->leaders[i] = (uint16_t)(i % n);
    r->last_height = 1000;
    memset(r->genesis.b.id, 0xee, 32);
    r->genesis.b.time_ms = WALL - 5000;
    r->now = 1000;
    r->mem = aligned_alloc(64, (weal_bft_footprint(n) + 63) / 64 * 64);
    r->fx.cap = WEAL_BFT_EFFECTS_MAX;
    r->fx.e = calloc(r->fx.cap, sizeof *r->fx.e);
    r->fx.buf_cap = weal_bft_effects_bytes(n);
    r->fx.buf = malloc(r->fx.buf_cap);
    r->out_buf = malloc(8 * r->fx.buf_cap);
}

void rig_free(struct rig *r) {
    for (size_t i = 0; i < r->log_n; i++) free(r->log[i].p);
    free(r->mem);
    free(r->fx.e);
    free(r->fx.buf);
    free(r->out_buf);
}

static void keep(struct rig *r, const struct weal_bft_effect *e) {
    if (r->out_n == WEAL_BFT_EFFECTS_MAX) return;
    struct weal_bft_effect *k = &r->out[r->out_n++];
    *k = *e;
    if (e->bytes.n != 0) {
        WEAL_ASSERT(r->out_buf_n + e->bytes.n <= 8 * r->fx.buf_cap);
        memcpy(r->out_buf + r->out_buf_n, e->bytes.p, e->bytes.n);
        k->bytes.p = r->out_buf + r->out_buf_n;
        r->out_buf_n += e->bytes.n;
    }
    if (e->kind == WEAL_BFT_APPEND && r->log_n < RIG_LOG_MAX) {
        r->log[r->log_n].p = malloc(e->bytes.n);
        r->log[r->log_n].n = e->bytes.n;
        memcpy(r->log[r->log_n++].p, e->bytes.p, e->bytes.n);
    }
}

static const struct rig_block *made(const struct rig *r, const uint8_t id[32]) {
    for (size_t i = 0; i < r->made_n; i++)
        if (memcmp(r->made[i].b.id, id, 32) == 0) return &r->made[i];
    return memcmp(r->genesis.b.id, id, 32) == 0 ? &r->genesis : NULL;
}

static void seal(struct rig *r, struct rig_block *b, const struct weal_header *h) {
    struct weal_wr w = weal_wr(b->header, sizeof b->header);
    weal_header_put(&w, h);
    b->header_n = w.n;
    weal_header_id(b->b.id, weal_wr_done(&w));
    memcpy(b->b.parent, h->parent, 32);
    b->b.height = h->height;
    b->b.view = h->view;
    b->b.time_ms = h->time_ms;
    if (r->made_n < sizeof r->made / sizeof *r->made) r->made[r->made_n++] = *b;
}

static void one_step(struct rig *r, const struct weal_bft_event *e);

static void answer_build(struct rig *r, const struct weal_bft_effect *x) {
    struct weal_header h = {.version = 1,
                            .term = r->term,
                            .height = x->u.build.parent.height + 1,
                            .view = x->u.build.view,
                            .parent_view = x->u.build.parent_view,
                            .proposer = x->u.build.proposer,
                            .time_ms = WALL + r->now};
    if (h.time_ms <= x->u.build.parent.time_ms) h.time_ms = x->u.build.parent.time_ms + 1;
    memcpy(h.parent, x->u.build.parent.id, 32);
    memcpy(h.justification_hash, x->u.build.justification_hash, 32);
    struct rig_block b = {0};
    seal(r, &b, &h);
    struct weal_bft_event a = {.kind = WEAL_BFT_BUILT};
    a.u.block.view = h.view;
    a.u.block.header = weal_bytes(b.header, b.header_n);
    one_step(r, &a);
}

static void one_step(struct rig *r, const struct weal_bft_event *e) {
    struct weal_bft_effect todo[32];
    size_t todo_n = 0;
    weal_bft_effects_reset(&r->fx);
    weal_bft_step(r->bft, e, r->now, (uint64_t)((int64_t)(WALL + r->now) + r->wall_skew), &r->fx);
    for (size_t i = 0; i < r->fx.n; i++) {
        const struct weal_bft_effect *x = &r->fx.e[i];
        keep(r, x);
        if (x->kind == WEAL_BFT_BUILD) r->build = *x;
        bool answers =
            (x->kind == WEAL_BFT_SIGN && !r->keeps_signs) ||
            (x->kind == WEAL_BFT_BUILD && r->auto_build) ||
            ((x->kind == WEAL_BFT_VERIFY || x->kind == WEAL_BFT_CERTIFY) && r->auto_answer);
        if (answers && todo_n < 32) todo[todo_n++] = *x;
    }
    for (size_t i = 0; i < todo_n; i++) {
        struct weal_bft_event a = {.kind = WEAL_BFT_SIGNED};
        if (todo[i].kind == WEAL_BFT_SIGN) {
            struct weal_vote v = todo[i].u.vote;
            a.refused = weal_guard_take(&r->guard, &v) != WEAL_ACCEPT;
            mark(v.signature, v.kind, v.signer, v.view);
            a.u.vote = &v;
            one_step(r, &a);
        } else if (todo[i].kind == WEAL_BFT_BUILD) {
            answer_build(r, &todo[i]);
        } else {
            const struct rig_block *b = made(r, todo[i].u.block.digest);
            if (!b) continue;
            a.kind = todo[i].kind == WEAL_BFT_VERIFY ? WEAL_BFT_VERIFIED : WEAL_BFT_CERTIFIED;
            a.u.block.view = todo[i].u.block.view;
            memcpy(a.u.block.digest, b->b.id, 32);
            a.u.block.answer = WEAL_BFT_OK;
            a.u.block.header = weal_bytes(b->header, b->header_n);
            one_step(r, &a);
        }
    }
}

void rig_event(struct rig *r, const struct weal_bft_event *e) {
    r->out_n = r->out_buf_n = 0;
    one_step(r, e);
}

void rig_build(struct rig *r) {
    r->out_n = r->out_buf_n = 0;
    answer_build(r, &r->build);
}

void rig_start(struct rig *r, enum weal_bft_log log) {
    struct weal_bft_term t = {.term = r->term,
                              .set = &r->set,
                              .self = r->self,
                              .leaders = r->leaders,
                              .boundary = r->genesis.b,
                              .last_height = r->last_height};
    r->bft = weal_bft_init(r->mem, r->set.n, &r->config);
    weal_bft_begin(r->bft, &t, log);
    for (size_t i = 0; i < r->log_n; i++)
        WEAL_ASSERT(weal_bft_replay(r->bft, weal_bytes(r->log[i].p, r->log[i].n)) == WEAL_OK);
    r->guard = *weal_bft_guard(r->bft);
    struct weal_bft_event e = {.kind = WEAL_BFT_START};
    rig_event(r, &e);
}

void rig_restart(struct rig *r, enum weal_bft_log log) {
    if (log == WEAL_BFT_LOG_LOST) {
        for (size_t i = 0; i < r->log_n; i++) free(r->log[i].p);
        r->log_n = 0;
    }
    r->now += 10;
    rig_start(r, log);
}

void rig_vote(struct rig *r, uint8_t kind, uint64_t view, uint64_t parent_view,
              const uint8_t digest[32], uint16_t signer) {
    struct weal_vote v = {.kind = kind, .term = r->term, .view = view, .signer = signer};
    if (kind != WEAL_VOTE_NULLIFY) {
        v.parent_view = parent_view;
        memcpy(v.digest, digest, 32);
    }
    mark(v.signature, kind, signer, view);
    struct weal_bft_event e = {.kind = WEAL_BFT_VOTE, .peer = signer};
    e.u.vote = &v;
    rig_event(r, &e);
}

void rig_cert_fill(const struct rig *r, struct weal_certificate *x, uint8_t *sigs, uint8_t kind,
                   uint64_t view, uint64_t parent_view, const uint8_t *digest, unsigned signers) {
    *x = (struct weal_certificate){.kind = kind, .term = r->term, .view = view};
    if (kind != WEAL_VOTE_NULLIFY) {
        x->parent_view = parent_view;
        memcpy(x->digest, digest, 32);
    }
    size_t n = 0;
    for (uint16_t i = 0; i < r->set.n; i++) {
        if (!(signers >> i & 1)) continue;
        x->signers[i / 8] |= (uint8_t)(1u << (i % 8));
        mark(sigs + n, kind, i, view);
        n += 64;
    }
    x->signatures = weal_bytes(sigs, n);
}

void rig_cert(struct rig *r, uint8_t kind, uint64_t view, uint64_t parent_view,
              const uint8_t digest[32], unsigned signers) {
    struct weal_certificate x;
    uint8_t sigs[WEAL_SET_MAX * 64];
    rig_cert_fill(r, &x, sigs, kind, view, parent_view, digest, signers);
    struct weal_bft_event e = {.kind = WEAL_BFT_CERT};
    e.u.cert = &x;
    rig_event(r, &e);
}

void rig_time(struct rig *r, uint64_t ms) {
    r->out_n = r->out_buf_n = 0;
    struct weal_bft_event e = {.kind = WEAL_BFT_TIMER};
    for (uint64_t i = 0; i < ms; i++) {
        r->now++;
        if (i % 5 == 0 || i + 1 == ms) one_step(r, &e);
    }
}

void rig_answer(struct rig *r, enum weal_bft_event_kind kind, uint64_t view,
                const struct rig_block *b, enum weal_bft_answer a) {
    struct weal_bft_event e = {.kind = kind};
    e.u.block.view = view;
    memcpy(e.u.block.digest, b->b.id, 32);
    e.u.block.answer = a;
    e.u.block.header = weal_bytes(b->header, b->header_n);
    rig_event(r, &e);
}

/* Signers 1..3 of four, or the first two thirds: never the machine's own vote by chance. */
static unsigned quorum_of(const struct rig *r) {
    unsigned bits = 0;
    uint64_t sum = 0;
    for (uint16_t i = r->set.n; i-- > 0 && sum < weal_set_quorum(r->set.total);) {
        if (i == r->self) continue;
        bits |= 1u << i;
        sum += r->set.v[i].weight;
    }
    return bits;
}

static size_t justification(const struct rig *r, uint8_t *buf, size_t cap, uint64_t view,
                            uint64_t parent_view, const uint8_t *parent_id) {
    static struct weal_justification j;
    static uint8_t sigs[WEAL_BFT_GAPS_MAX + 1][WEAL_SET_MAX * 64];
    memset(&j, 0, sizeof j);
    j.parent_has = parent_view != 0;
    if (j.parent_has)
        rig_cert_fill(r, &j.parent, sigs[0], WEAL_VOTE_NOTARIZE, parent_view,
                      parent_view > 0 ? parent_view - 1 : 0, parent_id, quorum_of(r));
    uint64_t gaps = view - parent_view - 1;
    if (gaps > WEAL_BFT_GAPS_MAX) gaps = WEAL_BFT_GAPS_MAX;
    j.gaps_n = (uint16_t)gaps;
    for (uint64_t i = 0; i < gaps; i++)
        rig_cert_fill(r, &j.gaps[i], sigs[i + 1], WEAL_VOTE_NULLIFY, view - gaps + i, 0, NULL,
                      quorum_of(r));
    struct weal_wr w = weal_wr(buf, cap);
    weal_justification_put(&w, &j);
    return w.n;
}

void rig_block(struct rig *r, struct rig_block *b, uint64_t view, uint64_t parent_view,
               const struct rig_block *parent, uint8_t mark_byte) {
    static uint8_t buf[WEAL_JUSTIFICATION_SIZE_MAX];
    struct weal_header h = {.version = 1,
                            .term = r->term,
                            .height = parent->b.height + 1,
                            .view = view,
                            .parent_view = parent_view,
                            .proposer = r->leaders[view % WEAL_LEADER_SLOTS],
                            .time_ms = WALL + r->now};
    if (h.time_ms <= parent->b.time_ms) h.time_ms = parent->b.time_ms + 1;
    memcpy(h.parent, parent->b.id, 32);
    memset(h.tx_root, mark_byte, 32);
    size_t n = justification(r, buf, sizeof buf, view, parent_view, parent->b.id);
    weal_justification_hash(h.justification_hash, weal_bytes(buf, n));
    memset(b, 0, sizeof *b);
    seal(r, b, &h);
}

void rig_proposal(struct rig *r, const struct rig_block *b, uint64_t view, uint64_t parent_view,
                  const struct rig_block *parent) {
    static uint8_t buf[WEAL_JUSTIFICATION_SIZE_MAX];
    uint16_t leader = r->leaders[view % WEAL_LEADER_SLOTS];
    struct weal_proposal p = {
        .term = r->term, .view = view, .parent_view = parent_view, .signer = leader};
    memcpy(p.digest, b->b.id, 32);
    mark(p.signature, WEAL_VOTE_NOTARIZE, leader, view);
    p.header = weal_bytes(b->header, b->header_n);
    size_t n = justification(r, buf, sizeof buf, view, parent_view, parent->b.id);
    p.justification = weal_bytes(buf, n);
    struct weal_bft_event e = {.kind = WEAL_BFT_PROPOSAL, .peer = leader};
    e.u.proposal = &p;
    rig_event(r, &e);
}

void rig_pending(struct rig *r, bool pending) {
    struct weal_bft_event e = {.kind = WEAL_BFT_PENDING};
    e.u.pending = pending;
    rig_event(r, &e);
}

const struct weal_bft_effect *rig_find(const struct rig *r, enum weal_bft_effect_kind kind) {
    for (size_t i = 0; i < r->out_n; i++)
        if (r->out[i].kind == kind) return &r->out[i];
    return NULL;
}

size_t rig_count(const struct rig *r, enum weal_bft_effect_kind kind) {
    size_t n = 0;
    for (size_t i = 0; i < r->out_n; i++) n += r->out[i].kind == kind;
    return n;
}

static bool message(const struct weal_bft_effect *e, struct weal_bft_message *m) {
    struct weal_rd rd = weal_rd(e->bytes);
    if (e->kind != WEAL_BFT_BROADCAST && e->kind != WEAL_BFT_SEND) return false;
    weal_bft_message_get(&rd, m);
    return weal_rd_done(&rd);
}

bool rig_sent(const struct rig *r, uint8_t kind, uint64_t view, struct weal_vote *v) {
    struct weal_bft_message m;
    for (size_t i = 0; i < r->out_n; i++) {
        if (!message(&r->out[i], &m)) continue;
        if (m.m_kind == WEAL_BFT_MESSAGE_VOTE && m.m.vote.kind == kind && m.m.vote.view == view) {
            if (v) *v = m.m.vote;
            return true;
        }
        if (m.m_kind == WEAL_BFT_MESSAGE_PROPOSAL && kind == WEAL_VOTE_NOTARIZE &&
            m.m.proposal.view == view) {
            if (v) memcpy(v->digest, m.m.proposal.digest, 32);
            return true;
        }
    }
    return false;
}

bool rig_sent_cert(const struct rig *r, uint8_t kind, uint64_t view) {
    struct weal_bft_message m;
    for (size_t i = 0; i < r->out_n; i++)
        if (message(&r->out[i], &m) && m.m_kind == WEAL_BFT_MESSAGE_CERTIFICATE &&
            m.m.certificate.kind == kind && m.m.certificate.view == view)
            return true;
    return false;
}

bool rig_alarm(const struct rig *r, enum weal_bft_alarm a) {
    for (size_t i = 0; i < r->out_n; i++)
        if (r->out[i].kind == WEAL_BFT_ALARM && r->out[i].u.alarm == a) return true;
    return false;
}

struct weal_bft_status rig_status(const struct rig *r) {
    struct weal_bft_status s;
    weal_bft_status(r->bft, &s);
    return s;
}

uint64_t rig_view(const struct rig *r) {
    return rig_status(r).view;
}
