/* SPDX-License-Identifier: ISC */
/* The shell around one agreement machine: what node/core and node/io are in the daemon, made of
 * arrays. A turn is: take what has arrived, step, append, sync; then release. Blocks are executed
 * by hashing; a body is possession of a block's number. */
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"
#include "tests/sim/sim.h"

#define UNKNOWN UINT32_MAX

static void step(struct sim_world *w, struct sim_node *s, const struct weal_bft_event *e);
static void apply(struct sim_world *w, struct sim_node *s);

static uint64_t now_ms(const struct sim_world *w) {
    return w->now_us / 1000;
}
static uint64_t wall_ms(const struct sim_world *w, const struct sim_node *s) {
    return (uint64_t)((int64_t)(UINT64_C(1700000000000) + now_ms(w)) + s->skew_ms);
}

void node_blocks_grow(struct sim_world *w, struct sim_node *s, uint32_t cap) {
    uint32_t had = w->blocks_cap;
    s->blocks = realloc(s->blocks, cap);
    s->wanted_us = realloc(s->wanted_us, cap * sizeof *s->wanted_us);
    s->finals = realloc(s->finals, cap * sizeof *s->finals);
    memset(s->blocks + had, 0, cap - had);
    memset(s->wanted_us + had, 0, (cap - had) * sizeof *s->wanted_us);
    memset(s->finals + had, 0, (cap - had) * sizeof *s->finals);
}

/* ---- blocks ---- */

static void want(struct sim_world *w, struct sim_node *s, uint32_t block) {
    if (s->wanted_us[block] != 0 && w->now_us - s->wanted_us[block] < 150000) return;
    s->wanted_us[block] = w->now_us + 1;
    struct sim_msg *m = sim_msg_new(MSG_WANT_BODY, block, NULL, 0);
    for (int i = 0; i < 2; i++) sim_send(w, s->id, (uint16_t)sim_below(w, w->nodes_n), m);
    sim_msg_drop(m);
}

/* Executes a block and what it stands on, as far as bodies are here. */
static enum weal_bft_answer execute(struct sim_world *w, struct sim_node *s, uint32_t block) {
    while (!(s->blocks[block] & EXECUTED)) {
        uint32_t c = block;
        for (;;) {
            if (!(s->blocks[c] & HAS)) {
                want(w, s, c);
                return WEAL_BFT_LATER;
            }
            if (s->blocks[w->blocks[c].parent] & EXECUTED) break;
            c = w->blocks[c].parent;
        }
        const struct sim_block *x = &w->blocks[c];
        struct weal_header h;
        struct weal_rd r = weal_rd(weal_bytes(x->header, x->header_n));
        weal_header_get(&r, &h);
        uint8_t root[32];
        sim_state_root(root, w->blocks[x->parent].state_root, h.tx_root);
        bool honest_view = memcmp(root, h.state_root, 32) == 0;
        if (!honest_view && !(s->tricks & TRICK_VOTE_INVALID)) return WEAL_BFT_INVALID;
        s->blocks[c] |= EXECUTED;
    }
    return WEAL_BFT_OK;
}

static void answer(struct sim_world *w, struct sim_node *s, const struct sim_question *q,
                   enum weal_bft_answer a) {
    const struct sim_block *x = &w->blocks[q->block];
    struct weal_bft_event e = {.kind = q->kind == WEAL_BFT_VERIFY ? WEAL_BFT_VERIFIED
                                                                  : WEAL_BFT_CERTIFIED};
    e.u.block.view = q->view;
    memcpy(e.u.block.digest, x->id, 32);
    e.u.block.answer = a;
    e.u.block.header = weal_bytes(x->header, x->header_n);
    sim_note(w, s->id, 0, (uint8_t)(e.kind + 100), s->term, q->view, a);
    step(w, s, &e);
}

/* Answers what can be answered. */
static void questions(struct sim_world *w, struct sim_node *s) {
    uint32_t gen = s->gen;
    for (unsigned i = 0; i < s->questions_n && s->gen == gen && s->up;) {
        struct sim_question q = s->questions[i];
        if (q.due_us > w->now_us) {
            i++;
            continue;
        }
        enum weal_bft_answer a = execute(w, s, q.block);
        if (a == WEAL_BFT_LATER && !sim_fault(w, FAULT_LATER, s->id, w->f.later_ppm)) {
            s->questions[i].due_us = w->now_us + 100000;
            sim_at(w, s->questions[i].due_us,
                   (struct sim_event){.kind = EVENT_EXECUTED, .node = s->id, .gen = s->gen});
            i++;
            continue;
        }
        s->questions[i] = s->questions[--s->questions_n];
        answer(w, s, &q, a);
    }
    if (s->up && s->gen == gen) apply(w, s);
}

static void ask(struct sim_world *w, struct sim_node *s, const struct weal_bft_effect *e) {
    uint32_t block = sim_block_find(w, e->u.block.digest);
    if (block == UNKNOWN || s->questions_n == SIM_QUESTIONS_MAX) return;
    struct sim_question q = {(uint8_t)e->kind, e->u.block.view, block,
                             w->now_us + 1 + sim_below(w, w->f.exec_max_us + 1)};
    s->questions[s->questions_n++] = q;
    sim_at(w, q.due_us, (struct sim_event){.kind = EVENT_EXECUTED, .node = s->id, .gen = s->gen});
}

/* BUILD: makes a header with real bytes; the body is a random transactions root. */
static void build(struct sim_world *w, struct sim_node *s, const struct weal_bft_effect *e) {
    struct weal_bft_event a = {.kind = WEAL_BFT_BUILD_FAILED};
    uint32_t parent = sim_block_find(w, e->u.build.parent.id);
    a.u.block.view = e->u.build.view;
    struct sim_block x = {.parent = parent, .term = s->term, .creator = s->key};
    if (parent == UNKNOWN || execute(w, s, parent) != WEAL_BFT_OK) {
        step(w, s, &a);
        return;
    }
    struct weal_header h = {.version = 1,
                            .term = s->term,
                            .height = e->u.build.parent.height + 1,
                            .view = e->u.build.view,
                            .parent_view = e->u.build.parent_view,
                            .time_ms = wall_ms(w, s),
                            .proposer = e->u.build.proposer};
    if (h.time_ms <= e->u.build.parent.time_ms) h.time_ms = e->u.build.parent.time_ms + 1;
    memcpy(h.chain, w->chain, 32);
    memcpy(h.parent, e->u.build.parent.id, 32);
    memcpy(h.justification_hash, e->u.build.justification_hash, 32);
    memcpy(h.set_hash, sim_term(w, s->term)->set_hash, 32);
    memcpy(h.next_set_hash, sim_term(w, s->term + 1)->set_hash, 32);
    for (int i = 0; i < 4; i++) weal_put_le64(h.tx_root + 8 * i, sim_random(w));
    sim_state_root(h.state_root, w->blocks[parent].state_root, h.tx_root);
    x.bad = (s->tricks & TRICK_INVALID) && sim_below(w, 2) == 0;
    if (x.bad) h.state_root[0] ^= 1;
    struct weal_wr wr = weal_wr(x.header, sizeof x.header);
    weal_header_put(&wr, &h);
    x.header_n = wr.n;
    x.height = h.height;
    memcpy(x.state_root, h.state_root, 32);
    weal_header_id(x.id, weal_wr_done(&wr));
    uint32_t block = sim_block_add(w, &x);
    s->blocks[block] |= HAS | EXECUTED;
    bool keeps = (s->tricks & TRICK_WITHHOLD) && sim_below(w, 3) != 0;
    struct sim_msg *m = sim_msg_new(MSG_BODY, block, NULL, 0);
    for (uint16_t i = 0; i < w->nodes_n; i++)
        if (!keeps || sim_below(w, 4) == 0) sim_send(w, s->id, i, m);
    sim_msg_drop(m);
    a.kind = WEAL_BFT_BUILT;
    a.u.block.header = weal_bytes(x.header, x.header_n);
    step(w, s, &a);
}

/* ---- terms ---- */

static void term_fill(struct sim_world *w, const struct sim_node *s, uint32_t term,
                      struct weal_bft_term *t) {
    struct sim_term *x = sim_term(w, term);
    uint64_t boundary = term * w->term_blocks;
    const struct sim_block *at = &w->blocks[s->finals[boundary]];
    *t = (struct weal_bft_term){.term = term,
                                .set = &x->set,
                                .self = x->index_of[s->key],
                                .leaders = x->leaders,
                                .last_height = boundary + w->term_blocks};
    memcpy(t->boundary.id, at->id, 32);
    memcpy(t->boundary.parent, w->blocks[at->parent].id, 32);
    t->boundary.height = boundary;
    t->boundary.time_ms = UINT64_C(1700000000000) - 1;
    struct weal_header h;
    struct weal_rd r = weal_rd(weal_bytes(at->header, at->header_n));
    weal_header_get(&r, &h);
    if (at->header_n != 0) t->boundary.time_ms = h.time_ms;
}

static void replay_and_start(struct sim_world *w, struct sim_node *s, uint32_t term,
                             enum weal_bft_log log) {
    struct weal_bft_term t;
    term_fill(w, s, term, &t);
    s->term = term;
    s->over = false;
    s->questions_n = 0;
    s->timer_ms = UINT64_MAX;
    weal_bft_begin(s->bft, &t, log);
    size_t at = 0;
    struct weal_bytes r;
    while (sim_disk_next(&s->disk, &at, &r))
        if (weal_bft_replay(s->bft, r) != WEAL_OK) sim_breach(w, "node %u: log corrupt", s->id);
    s->guard = *weal_bft_guard(s->bft);
    struct weal_bft_event e = {.kind = WEAL_BFT_START};
    step(w, s, &e);
    e = (struct weal_bft_event){.kind = WEAL_BFT_PENDING};
    e.u.pending = !sim_fault(w, FAULT_IDLE, s->id, w->f.idle_ppm);
    if (s->up) step(w, s, &e);
}

/* The term's last block is applied: into the next one, by the log if it knows more than we. */
static void next_term(struct sim_world *w, struct sim_node *s) {
    struct weal_bft_status st;
    weal_bft_status(s->bft, &st);
    if (st.log_term > s->term) {
        replay_and_start(w, s, s->term + 1, WEAL_BFT_LOG_WHOLE);
        return;
    }
    struct weal_bft_term t;
    term_fill(w, s, s->term + 1, &t);
    s->term++;
    s->over = false;
    s->questions_n = 0;
    struct weal_bft_event e = {.kind = WEAL_BFT_TERM};
    e.u.term = &t;
    step(w, s, &e);
}

/* Takes final blocks over as far as they can be executed. */
static void apply(struct sim_world *w, struct sim_node *s) {
    if (s->target != UNKNOWN && w->blocks[s->target].height > s->applied &&
        execute(w, s, s->target) == WEAL_BFT_OK) {
        uint32_t b = s->target;
        for (; w->blocks[b].height > s->applied; b = w->blocks[b].parent)
            s->finals[w->blocks[b].height] = b;
        if (b != s->finals[s->applied])
            sim_breach(w, "I2: node %u: final height %llu does not stand on its final parent",
                       s->id, (unsigned long long)s->applied);
        while (s->applied < w->blocks[s->target].height) {
            s->applied++;
            check_final(w, s, s->applied, s->finals[s->applied]);
        }
    }
    if (s->over && s->applied == (s->term + 1) * w->term_blocks) next_term(w, s);
}

/* ---- effects ---- */

static void hold(struct sim_node *s, struct sim_held h) {
    if (s->held_n == s->held_cap) {
        s->held_cap = s->held_cap * 2 + 16;
        s->held = realloc(s->held, s->held_cap * sizeof *s->held);
    }
    s->held[s->held_n++] = h;
}

static void effect(struct sim_world *w, struct sim_node *s, const struct weal_bft_effect *e) {
    sim_mix(w, (uint64_t)e->kind << 32 | s->id);
    sim_mix_bytes(w, e->bytes.p, e->bytes.n);
    struct sim_held h = {.kind = (uint8_t)e->kind};
    switch (e->kind) {
    case WEAL_BFT_APPEND:
        sim_disk_append(&s->disk, e->bytes);
        break;
    case WEAL_BFT_SIGN:
        if (s->signs_n < 64) s->signs[s->signs_n++] = e->u.vote;
        break;
    case WEAL_BFT_BROADCAST:
    case WEAL_BFT_SEND:
        h.peer = e->u.peer;
        h.msg = sim_msg_new(MSG_BFT, 0, e->bytes.p, e->bytes.n);
        hold(s, h);
        break;
    case WEAL_BFT_TIMER_SET:
        s->timer_ms = e->u.at_ms;
        if (e->u.at_ms != UINT64_MAX) {
            uint64_t at = e->u.at_ms * 1000;
            sim_at(w, at > w->now_us ? at : w->now_us + 1,
                   (struct sim_event){
                       .kind = EVENT_TIMER, .node = s->id, .gen = s->gen, .arg = e->u.at_ms});
        }
        break;
    case WEAL_BFT_BUILD:
        break; /* after the loop: it steps again */
    case WEAL_BFT_VERIFY:
    case WEAL_BFT_CERTIFY:
        ask(w, s, e);
        break;
    case WEAL_BFT_FETCH: {
        struct weal_bft_message m = {.m_kind = WEAL_BFT_MESSAGE_CERT_REQUEST};
        m.m.cert_request = (struct weal_cert_request){s->term, e->u.fetch.first, e->u.fetch.last};
        uint8_t buf[64];
        struct weal_wr wr = weal_wr(buf, sizeof buf);
        weal_bft_message_put(&wr, &m);
        struct sim_msg *x = sim_msg_new(MSG_BFT, 0, buf, wr.n);
        for (int i = 0; i < 3; i++) sim_send(w, s->id, (uint16_t)sim_below(w, w->nodes_n), x);
        sim_msg_drop(x);
        break;
    }
    case WEAL_BFT_FORWARD:
        memcpy(h.digest, e->u.forward.digest, 32);
        memcpy(h.to, e->u.forward.to, 16);
        hold(s, h);
        break;
    case WEAL_BFT_DELIVER:
    case WEAL_BFT_TERM_OVER:
        h.view = e->u.deliver.view;
        memcpy(h.digest, e->u.deliver.digest, 32);
        h.msg = sim_msg_new(MSG_BFT, s->term, e->bytes.p, e->bytes.n);
        hold(s, h);
        break;
    case WEAL_BFT_EVIDENCE:
        w->out->evidence++;
        check_evidence(w, s, e->bytes);
        break;
    case WEAL_BFT_ALARM:
        sim_note(w, s->id, 0, 90, s->term, (uint64_t)e->u.alarm, 0);
        if (s->tricks == 0) sim_breach(w, "node %u raised alarm %d", s->id, (int)e->u.alarm);
        break;
    }
}

static void step_once(struct sim_world *w, struct sim_node *s, const struct weal_bft_event *e,
                      struct weal_bft_effect *to_build, bool *builds) {
    weal_bft_effects_reset(&w->fx);
    w->out->events++;
    weal_bft_step(s->bft, e, now_ms(w), wall_ms(w, s), &w->fx);
    for (size_t i = 0; i < w->fx.n; i++) {
        if (!w->healed && sim_fault(w, FAULT_CRASH, s->id, w->f.crash_ppm)) {
            node_crash(w, s);
            return;
        }
        if (w->fx.e[i].kind == WEAL_BFT_BUILD) {
            *to_build = w->fx.e[i];
            *builds = true;
        }
        effect(w, s, &w->fx.e[i]);
    }
    check_node(w, s);
}

/* Steps, then answers what the step asked for at once. */
static void step(struct sim_world *w, struct sim_node *s, const struct weal_bft_event *e) {
    struct weal_bft_effect to_build;
    bool builds = false;
    uint32_t gen = s->gen;
    if (!s->up) return;
    step_once(w, s, e, &to_build, &builds);
    while (s->up && s->gen == gen && s->signs_n != 0) {
        struct weal_vote v = s->signs[0];
        memmove(s->signs, s->signs + 1, --s->signs_n * sizeof *s->signs);
        struct weal_bft_event a = {.kind = WEAL_BFT_SIGNED};
        a.refused = s->tricks == 0 && weal_guard_take(&s->guard, &v) != WEAL_ACCEPT;
        if (!a.refused) a.refused = !sim_sign(w, &v, s->key);
        a.u.vote = &v;
        sim_note(w, s->id, 0, (uint8_t)(70 + v.kind), v.term, v.view, weal_le64(v.digest));
        step_once(w, s, &a, &to_build, &builds);
    }
    if (builds && s->up && s->gen == gen) build(w, s, &to_build);
}

/* ---- messages ---- */

static void help_behind(struct sim_world *w, struct sim_node *s, uint16_t peer, uint32_t term) {
    if (term >= SIM_TERMS_MAX || !s->term_cert[term]) return;
    if (s->helped_us[peer] != 0 && w->now_us - s->helped_us[peer] < 50000) return;
    s->helped_us[peer] = w->now_us + 1;
    sim_send(w, s->id, peer, s->term_cert[term]);
}

static void behind(struct sim_world *w, struct sim_node *s, uint16_t peer) {
    if (s->asked_term_us != 0 && w->now_us - s->asked_term_us < 100000) return;
    s->asked_term_us = w->now_us + 1;
    struct sim_msg *m = sim_msg_new(MSG_WANT_TERM, s->term, NULL, 0);
    sim_send(w, s->id, peer, m);
    sim_msg_drop(m);
}

static void bft_message(struct sim_world *w, struct sim_node *s, uint16_t from,
                        const struct sim_msg *m) {
    struct weal_bft_message x;
    struct weal_rd r = weal_rd(weal_bytes(m->bytes, m->n));
    struct weal_bft_event e = {.peer = from};
    weal_bft_message_get(&r, &x);
    if (!weal_rd_done(&r)) return;
    uint32_t term = 0;
    bool valid = false;
    switch (x.m_kind) {
    case WEAL_BFT_MESSAGE_VOTE:
        term = x.m.vote.term;
        e.kind = WEAL_BFT_VOTE;
        e.u.vote = &x.m.vote;
        valid = term == s->term && sim_vote_valid(w, term, &x.m.vote);
        break;
    case WEAL_BFT_MESSAGE_CERTIFICATE:
        term = x.m.certificate.term;
        e.kind = WEAL_BFT_CERT;
        e.u.cert = &x.m.certificate;
        valid = term == s->term && sim_cert_valid(w, term, &x.m.certificate);
        break;
    case WEAL_BFT_MESSAGE_PROPOSAL:
        term = x.m.proposal.term;
        e.kind = WEAL_BFT_PROPOSAL;
        e.u.proposal = &x.m.proposal;
        valid = term == s->term && sim_proposal_valid(w, term, &x.m.proposal);
        break;
    case WEAL_BFT_MESSAGE_CERT_REQUEST:
        term = x.m.cert_request.term;
        e.kind = WEAL_BFT_REQUEST;
        e.u.request = &x.m.cert_request;
        valid = term == s->term;
        break;
    }
    if (term < s->term) help_behind(w, s, from, term);
    if (term > s->term && term < SIM_TERMS_MAX) behind(w, s, from);
    if (!valid) return;
    struct weal_bft_status before;
    weal_bft_status(s->bft, &before);
    uint32_t gen = s->gen;
    step(w, s, &e);
    if (x.m_kind != WEAL_BFT_MESSAGE_VOTE || s->tricks != 0 || s->gen != gen) return;
    const struct weal_vote *v = &x.m.vote;
    if (v->view <= before.view + 1 && v->view + WEAL_BFT_RETENTION > before.final_view &&
        v->view + SIM_GIVEN_VIEWS > before.view && v->signer != before.self)
        check_given(w, s, v);
}

static void body_asked(struct sim_world *w, struct sim_node *s, uint16_t from, uint32_t block) {
    if ((s->tricks & TRICK_WITHHOLD) && sim_below(w, 4) != 0) return;
    /* a run of blocks is answered at once, newest first */
    for (int i = 0; i < 16 && block != 0 && (s->blocks[block] & HAS); i++) {
        struct sim_msg *m = sim_msg_new(MSG_BODY, block, NULL, 0);
        sim_send(w, s->id, from, m);
        sim_msg_drop(m);
        block = w->blocks[block].parent;
    }
}

static void take(struct sim_world *w, struct sim_node *s, const struct sim_event *e) {
    struct weal_bft_event x = {.kind = WEAL_BFT_TIMER};
    switch (e->kind) {
    case EVENT_TIMER:
        if (e->arg != s->timer_ms) return;
        step(w, s, &x);
        return;
    case EVENT_EXECUTED:
        questions(w, s);
        return;
    case EVENT_MSG:
        break;
    default:
        return;
    }
    switch (e->msg->type) {
    case MSG_BFT:
        bft_message(w, s, e->from, e->msg);
        break;
    case MSG_BODY:
        if (s->blocks[e->msg->arg] & HAS) return;
        s->blocks[e->msg->arg] |= HAS;
        questions(w, s);
        break;
    case MSG_WANT_BODY:
        body_asked(w, s, e->from, e->msg->arg);
        break;
    case MSG_WANT_TERM:
        help_behind(w, s, e->from, e->msg->arg);
        break;
    }
}

/* ---- turns ---- */

static void release(struct sim_world *w, struct sim_node *s, struct sim_held *h) {
    if (h->msg && (h->kind == WEAL_BFT_BROADCAST || h->kind == WEAL_BFT_SEND)) {
        struct weal_bft_message m;
        struct weal_rd r = weal_rd(weal_bytes(h->msg->bytes, h->msg->n));
        weal_bft_message_get(&r, &m);
        struct weal_vote v = m.m.vote;
        if (m.m_kind == WEAL_BFT_MESSAGE_PROPOSAL) {
            v = (struct weal_vote){.kind = WEAL_VOTE_NOTARIZE,
                                   .term = m.m.proposal.term,
                                   .view = m.m.proposal.view,
                                   .parent_view = m.m.proposal.parent_view,
                                   .signer = m.m.proposal.signer};
            memcpy(v.digest, m.m.proposal.digest, 32);
        }
        if (m.m_kind == WEAL_BFT_MESSAGE_CERTIFICATE) check_certificate(w, s, &m.m.certificate);
        if (m.m_kind == WEAL_BFT_MESSAGE_PROPOSAL) {
            struct weal_justification j;
            struct weal_rd rj = weal_rd(m.m.proposal.justification);
            weal_justification_get(&rj, &j);
            if (j.parent_has) check_certificate(w, s, &j.parent);
            for (uint16_t i = 0; i < j.gaps_n; i++) check_certificate(w, s, &j.gaps[i]);
        }
        if (m.m_kind == WEAL_BFT_MESSAGE_PROPOSAL || m.m_kind == WEAL_BFT_MESSAGE_VOTE) {
            check_vote(w, s->key, &v, s->tricks == 0 || w->o.believed);
            check_release(w, s, &v);
        }
    }
    if (s->tricks != 0 && trick_send(w, s, h)) return;
    uint32_t block;
    switch (h->kind) {
    case WEAL_BFT_BROADCAST:
        sim_broadcast(w, s->id, h->msg);
        break;
    case WEAL_BFT_SEND:
        sim_send(w, s->id, (uint16_t)h->peer, h->msg);
        break;
    case WEAL_BFT_FORWARD:
        block = sim_block_find(w, h->digest);
        if (block == UNKNOWN || !(s->blocks[block] & HAS)) break;
        struct sim_msg *m = sim_msg_new(MSG_BODY, block, NULL, 0);
        for (uint16_t i = 0; i < w->nodes_n; i++) {
            uint16_t v = sim_term(w, s->term)->index_of[w->nodes[i].key];
            if (v != WEAL_SET_NOBODY && (h->to[v / 8] >> (v % 8) & 1)) sim_send(w, s->id, i, m);
        }
        sim_msg_drop(m);
        break;
    case WEAL_BFT_DELIVER:
        block = sim_block_find(w, h->digest);
        if (block != UNKNOWN &&
            (s->target == UNKNOWN || w->blocks[block].height > w->blocks[s->target].height))
            s->target = block;
        apply(w, s);
        break;
    case WEAL_BFT_TERM_OVER: {
        uint32_t term = h->msg->arg;
        if (!s->term_cert[term]) {
            /* as a message: what a node left behind is helped with */
            struct sim_msg *c = sim_msg_new(MSG_BFT, term, NULL, 0);
            c = realloc(c, sizeof *c + h->msg->n + 2);
            c->n = h->msg->n + 2;
            weal_put_le16(c->bytes, WEAL_BFT_MESSAGE_CERTIFICATE);
            memcpy(c->bytes + 2, h->msg->bytes, h->msg->n);
            s->term_cert[term] = c;
        }
        if (term == s->term) s->over = true;
        apply(w, s);
        break;
    }
    default:
        break;
    }
}

static void sync_later(struct sim_world *w, struct sim_node *s) {
    if (s->syncing || !s->up || (s->disk.n == s->disk.synced && s->held_n == 0)) return;
    s->syncing = true;
    uint64_t span = w->f.sync_max_us - w->f.sync_min_us + 1;
    sim_at(w, w->now_us + w->f.sync_min_us + sim_below(w, span),
           (struct sim_event){.kind = EVENT_SYNCED, .node = s->id, .gen = s->gen});
}

static void synced(struct sim_world *w, struct sim_node *s) {
    uint32_t gen = s->gen;
    s->syncing = false;
    sim_disk_sync(&s->disk);
    s->disk.begun = true;
    s->disk.lost = false;
    for (uint32_t i = 0; i < w->blocks_n; i++)
        if ((s->blocks[i] & (HAS | DURABLE)) == HAS) s->blocks[i] |= DURABLE;
    uint64_t lag = sim_below(w, 8);
    if (s->applied > lag && s->applied - lag > s->disk.applied) s->disk.applied = s->applied - lag;
    sim_disk_prune(&s->disk);
    /* the list may grow while it is worked off: what is added waits for the next sync */
    size_t n = s->held_n;
    struct sim_held *held = s->held;
    s->held = NULL;
    s->held_n = s->held_cap = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->gen == gen && s->up && !w->healed &&
            sim_fault(w, FAULT_CRASH, s->id, w->f.crash_ppm))
            node_crash(w, s);
        if (s->gen == gen && s->up) release(w, s, &held[i]);
        sim_msg_drop(held[i].msg);
    }
    free(held);
    if (!s->up || s->gen != gen) return;
    size_t inbox_n = s->inbox_n;
    struct sim_event *inbox = s->inbox;
    s->inbox = NULL;
    s->inbox_n = s->inbox_cap = 0;
    for (size_t i = 0; i < inbox_n; i++) {
        if (s->up && s->gen == gen) take(w, s, &inbox[i]);
        sim_msg_drop(inbox[i].msg);
    }
    free(inbox);
    if (s->up && s->gen == gen && sim_fault(w, FAULT_COMPACT, s->id, w->f.compact_ppm) &&
        s->tricks == 0) {
        struct weal_bft_event e = {.kind = WEAL_BFT_COMPACT};
        struct weal_bft_status st;
        weal_bft_status(s->bft, &st);
        if (!s->disk.marked && s->disk.n == s->disk.synced && st.log_term <= st.term) {
            s->disk.marked = true;
            s->disk.mark = s->disk.n;
            s->disk.mark_height = s->applied;
            step(w, s, &e);
        }
    }
    sync_later(w, s);
}

void node_event(struct sim_world *w, struct sim_node *s, const struct sim_event *e) {
    if (e->kind == EVENT_RESTART) {
        if (!s->up) node_start(w, s);
        return;
    }
    if (!s->up || (e->kind != EVENT_MSG && e->gen != s->gen)) return;
    if (e->kind == EVENT_SYNCED) {
        synced(w, s);
        return;
    }
    if (s->syncing) {
        if (s->inbox_n == s->inbox_cap) {
            s->inbox_cap = s->inbox_cap * 2 + 16;
            s->inbox = realloc(s->inbox, s->inbox_cap * sizeof *s->inbox);
        }
        s->inbox[s->inbox_n++] = *e;
        if (e->msg) e->msg->refs++;
        return;
    }
    take(w, s, e);
    if (s->up && s->tricks != 0) trick_tick(w, s);
    sync_later(w, s);
}

/* ---- life and death ---- */

void node_start(struct sim_world *w, struct sim_node *s) {
    s->up = true;
    s->gen++;
    s->started_us = w->now_us;
    s->applied = s->disk.applied;
    s->disk.marked = false; /* whether the short form is whole is not known */
    s->target = UNKNOWN;
    s->signs_n = s->questions_n = 0;
    s->syncing = false;
    for (uint32_t i = 0; i < w->blocks_n; i++) s->blocks[i] &= (uint8_t)~EXECUTED;
    for (uint64_t h = 0; h <= s->applied; h++) s->blocks[s->finals[h]] |= HAS | DURABLE | EXECUTED;
    memset(s->wanted_us, 0, w->blocks_cap * sizeof *s->wanted_us);
    if (s->given) memset(s->given, 0, SIM_GIVEN_VIEWS * WEAL_SET_MAX * sizeof *s->given);
    s->seen_view = s->seen_final = s->seen_null = 0;
    s->bft = weal_bft_init(s->mem, SIM_NODES_MAX, &w->config);
    enum weal_bft_log log = WEAL_BFT_LOG_WHOLE;
    if (!s->disk.begun) log = WEAL_BFT_LOG_FRESH;
    if (s->disk.lost) log = WEAL_BFT_LOG_LOST;
    replay_and_start(w, s, (uint32_t)(s->applied / w->term_blocks), log);
    sync_later(w, s);
}

void node_crash(struct sim_world *w, struct sim_node *s) {
    if (!s->up) return;
    w->out->crashes++;
    sim_note(w, s->id, 0, 91, s->term, s->disk.n - s->disk.synced, 0);
    sim_draw_mark(w, s->id, "crashes");
    s->up = false;
    s->gen++;
    for (size_t i = 0; i < s->held_n; i++) sim_msg_drop(s->held[i].msg);
    for (size_t i = 0; i < s->inbox_n; i++) sim_msg_drop(s->inbox[i].msg);
    s->held_n = s->inbox_n = 0;
    bool bodies = sim_disk_crash(w, &s->disk);
    for (uint32_t i = 0; i < w->blocks_n; i++)
        if ((s->blocks[i] & (HAS | DURABLE)) == HAS) s->blocks[i] = bodies ? HAS | DURABLE : 0;
    if (s->key == w->fragile && sim_fault(w, FAULT_WIPE, s->id, w->f.wipe_ppm)) {
        s->disk.n = s->disk.synced = 0;
        s->disk.lost = true;
        if (sim_below(w, 2) == 0) { /* all of the disk, not only the log */
            s->disk.applied = 0;
            memset(s->blocks, 0, w->blocks_n);
        }
        sim_note(w, s->id, 0, 92, s->term, s->disk.applied, 0);
    }
    sim_at(w, w->now_us + 1000 + sim_below(w, w->f.down_ms + 1) * 1000,
           (struct sim_event){.kind = EVENT_RESTART, .node = s->id});
}

void node_free(struct sim_node *s) {
    for (size_t i = 0; i < s->held_n; i++) sim_msg_drop(s->held[i].msg);
    for (size_t i = 0; i < s->inbox_n; i++) sim_msg_drop(s->inbox[i].msg);
    for (unsigned i = 0; i < SIM_TERMS_MAX; i++) sim_msg_drop(s->term_cert[i]);
    free(s->held);
    free(s->given);
    free(s->inbox);
    free(s->disk.log);
    free(s->blocks);
    free(s->wanted_us);
    free(s->finals);
    free(s->mem);
}
