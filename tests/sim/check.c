/* SPDX-License-Identifier: ISC */
/* The invariants of consensus/SPEC.md, looked at by one who sees everything: all votes that ever
 * left a node, all blocks that any node called final. */
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "tests/sim/sim.h"

static struct sim_view *view_at(struct sim_world *w, uint32_t term, uint64_t view) {
    struct sim_term *t = sim_term(w, term);
    if (view > 1u << 20) return NULL;
    if (view >= t->views_n) {
        size_t n = view * 2 + 64;
        t->views = realloc(t->views, n * sizeof *t->views);
        memset(t->views + t->views_n, 0, (n - t->views_n) * sizeof *t->views);
        t->views_n = n;
    }
    return &t->views[view];
}

void check_free(struct sim_world *w) {
    for (unsigned i = 0; i < SIM_TERMS_MAX; i++) {
        if (!w->terms[i]) continue;
        for (size_t v = 0; v < w->terms[i]->views_n; v++) free(w->terms[i]->views[v].honest);
        free(w->terms[i]->views);
    }
}

static bool mark(uint64_t bits[2], uint16_t i) {
    bool had = (bits[i / 64] >> (i % 64) & 1) != 0;
    bits[i / 64] |= UINT64_C(1) << (i % 64);
    return !had;
}

/* I7, L4: what one honest key ever let out never contradicts itself, and never goes back to
 * notarize. */
static void check_honest(struct sim_world *w, struct sim_view *x, uint16_t key,
                         const struct weal_vote *v) {
    struct sim_term *t = sim_term(w, v->term);
    unsigned kind = v->kind - 1u;
    uint8_t subject[40];
    weal_put_le64(subject, v->parent_view);
    memcpy(subject + 8, v->digest, 32);
    if (!x->honest) x->honest = calloc(t->set.n, sizeof *x->honest);
    bool had[3];
    for (unsigned k = 0; k < 3; k++) had[k] = (x->did[k][v->signer / 64] >> (v->signer % 64) & 1);
    uint8_t(*mine)[40] = x->honest[v->signer];
    const char *broken = NULL;
    if (kind == 0 && had[0] && memcmp(mine[0], subject, 40) != 0) broken = "notarizes twice";
    if (kind == 2 && had[2] && memcmp(mine[1], subject, 40) != 0) broken = "finalizes twice";
    if (kind == 2 && had[1]) broken = "finalizes after nullify";
    if (kind == 1 && had[2]) broken = "nullifies after finalize";
    if (kind == 2 && had[0] && memcmp(mine[0], subject, 40) != 0)
        broken = "finalizes another than it notarized";
    if (kind == 0 && had[2] && memcmp(mine[1], subject, 40) != 0)
        broken = "notarizes another than it finalized";
    if (kind == 0 && had[1] && !had[0]) broken = "notarizes after nullify";
    if (broken)
        sim_breach(w, "I7/L4: honest key %u %s in term %u view %llu", key, broken, v->term,
                   (unsigned long long)v->view);
    mark(x->did[kind], v->signer);
    if (kind == 0) memcpy(mine[0], subject, 40);
    if (kind == 2) memcpy(mine[1], subject, 40);
}

/* I6: the parent of a notarized proposal is notarized, and every view between is nullified. */
static void check_ancestry(struct sim_world *w, const struct weal_vote *v) {
    struct sim_view *p = v->parent_view == 0 ? NULL : view_at(w, v->term, v->parent_view);
    if (v->parent_view != 0 && !p->notarized)
        sim_breach(w, "I6: term %u view %llu is notarized on view %llu, which is not", v->term,
                   (unsigned long long)v->view, (unsigned long long)v->parent_view);
    for (uint64_t u = v->parent_view + 1; u < v->view && !w->out->breach; u++)
        if (!view_at(w, v->term, u)->nullified)
            sim_breach(w, "I6: term %u view %llu is notarized over view %llu, not nullified",
                       v->term, (unsigned long long)v->view, (unsigned long long)u);
    uint32_t block = sim_block_find(w, v->digest);
    if (block == UINT32_MAX) {
        sim_breach(w, "I6: a block nobody made is notarized in view %llu",
                   (unsigned long long)v->view);
        return;
    }
    if (w->blocks[block].bad) sim_breach(w, "I9: an invalid block is notarized");
    if (p) {
        const uint8_t *parent = p->subject[0][p->notarized_as].digest;
        if (memcmp(parent, v->digest, 32) != 0 &&
            memcmp(parent, w->blocks[w->blocks[block].parent].id, 32) != 0)
            sim_breach(w, "I6: the block of view %llu stands on another than its parent view's",
                       (unsigned long long)v->view);
    }
}

/* A subject has got a quorum of all votes that ever left: I3, I4, I5. */
static void check_quorum(struct sim_world *w, struct sim_view *x, const struct weal_vote *v,
                         uint8_t as) {
    unsigned long long at = v->view;
    if (v->kind == WEAL_VOTE_NULLIFY) {
        if (!x->nullified) w->out->nullified++;
        x->nullified = true;
    }
    if (v->kind == WEAL_VOTE_NOTARIZE) {
        if (x->notarized && x->notarized_as != as)
            sim_breach(w, "I4: two proposals have a notarization in term %u view %llu", v->term,
                       at);
        if (x->notarized) return;
        x->notarized = true;
        x->notarized_as = as;
        check_ancestry(w, v);
    }
    if (v->kind == WEAL_VOTE_FINALIZE) {
        if (x->finalized && x->finalized_as != as)
            sim_breach(w, "I1: two proposals have a finalization in term %u view %llu", v->term,
                       at);
        x->finalized = true;
        x->finalized_as = as;
        const struct sim_subject *f = &x->subject[1][as], *n = &x->subject[0][x->notarized_as];
        if (!x->notarized || f->parent_view != n->parent_view ||
            memcmp(f->digest, n->digest, 32) != 0)
            sim_breach(w, "I5: a finalization without its notarization in term %u view %llu",
                       v->term, at);
    }
    if (x->finalized && x->nullified)
        sim_breach(w, "I3: term %u view %llu is both finalized and nullified", v->term, at);
}

/* A vote left a node. */
void check_vote(struct sim_world *w, uint16_t key, const struct weal_vote *v, bool honest) {
    struct sim_term *t = sim_term(w, v->term);
    struct sim_view *x = view_at(w, v->term, v->view);
    if (!x || v->signer >= t->set.n) return;
    if (honest && v->view > t->high_view) t->high_view = v->view;
    if (honest) check_honest(w, x, key, v);
    uint64_t weight = t->set.v[v->signer].weight;
    if (v->kind == WEAL_VOTE_NULLIFY) {
        if (mark(x->null_signers, v->signer)) x->null_weight += weight;
        if (x->null_weight >= t->quorum) check_quorum(w, x, v, 0);
        return;
    }
    unsigned k = v->kind == WEAL_VOTE_FINALIZE;
    uint8_t as = 0;
    for (; as < x->subjects_n[k]; as++)
        if (x->subject[k][as].parent_view == v->parent_view &&
            memcmp(x->subject[k][as].digest, v->digest, 32) == 0)
            break;
    if (as == SIM_SUBJECTS_MAX) return;
    struct sim_subject *s = &x->subject[k][as];
    if (as == x->subjects_n[k]) {
        x->subjects_n[k]++;
        *s = (struct sim_subject){.parent_view = v->parent_view};
        memcpy(s->digest, v->digest, 32);
    }
    if (mark(s->signers, v->signer)) s->weight += weight;
    if (s->weight >= t->quorum) check_quorum(w, x, v, as);
}

/* I1, I2, I9, L7: a node has applied this block at this height. */
void check_final(struct sim_world *w, struct sim_node *s, uint64_t height, uint32_t block) {
    const struct sim_block *b = &w->blocks[block];
    sim_note(w, s->id, 0, 81, s->term, height, weal_le64(b->id));
    sim_draw_mark(w, s->id, "final %llu %02x%02x", (unsigned long long)height, b->id[0], b->id[1]);
    if (s->tricks & TRICK_VOTE_INVALID) return;
    if (b->height != height) sim_breach(w, "L7: node %u applies out of order", s->id);
    if (height < w->finals_n + 1 && height != 0 && height <= w->finals_n) {
        if (w->finals[height] != block)
            sim_breach(w, "I1: two final blocks at height %llu", (unsigned long long)height);
        return;
    }
    if (w->finals[height - 1] != b->parent)
        sim_breach(w, "I2: final height %llu does not stand on the one before",
                   (unsigned long long)height);
    w->finals[height] = block;
    w->finals_n = height;
}

/* I8: what an honest node sends as a certificate is one. Votes leave in certificates too: one that
 * a crash kept from being sent alone may be in the log, counted, and go out in here. */
void check_certificate(struct sim_world *w, struct sim_node *s, const struct weal_certificate *x) {
    if (!sim_cert_valid(w, x->term, x)) {
        if (s->tricks == 0)
            sim_breach(w,
                       "I8: node %u sends a certificate that does not verify (kind %u view %llu)",
                       s->id, x->kind, (unsigned long long)x->view);
        return;
    }
    struct sim_term *t = sim_term(w, x->term);
    for (uint16_t i = 0; i < t->set.n; i++) {
        if (!weal_signers_has(x->signers, i)) continue;
        struct weal_vote v = {.kind = x->kind,
                              .term = x->term,
                              .view = x->view,
                              .parent_view = x->parent_view,
                              .signer = i};
        memcpy(v.digest, x->digest, 32);
        check_vote(w, t->key_of[i], &v, !w->key_byzantine[t->key_of[i]]);
    }
}

/* I7, the other half: of two contradicting votes that an honest node was given and admits, it makes
 * evidence. Called after the step that took v, for votes that came alone. */
void check_given(struct sim_world *w, struct sim_node *s, const struct weal_vote *v) {
    size_t at = (v->view % SIM_GIVEN_VIEWS) * WEAL_SET_MAX + v->signer;
    if (!s->given) s->given = calloc(SIM_GIVEN_VIEWS * WEAL_SET_MAX, sizeof *s->given);
    struct sim_given *g = &s->given[at];
    if (g->view > v->view && g->term == v->term) return;
    if (g->view != v->view || g->term != v->term)
        *g = (struct sim_given){.term = v->term, .view = v->view};
    for (uint8_t i = 0; i < g->n && !g->told; i++) {
        struct weal_vote other = {.kind = g->vote[i].kind,
                                  .term = v->term,
                                  .view = v->view,
                                  .parent_view = g->vote[i].parent_view,
                                  .signer = v->signer};
        memcpy(other.digest, g->vote[i].digest, 32);
        if (weal_evidence_kind(v, &other) != 0)
            sim_breach(w, "I7: node %u was given a contradiction of %u in view %llu and is silent",
                       s->id, v->signer, (unsigned long long)v->view);
    }
    if (g->n == SIM_GIVEN_VOTES) return;
    g->vote[g->n].kind = v->kind;
    g->vote[g->n].parent_view = v->parent_view;
    memcpy(g->vote[g->n++].digest, v->digest, 32);
}

/* I7: evidence verifies and names only the Byzantine. */
void check_evidence(struct sim_world *w, struct sim_node *s, struct weal_bytes bytes) {
    struct weal_evidence e;
    struct weal_rd r = weal_rd(bytes);
    weal_evidence_get(&r, &e);
    if (!weal_rd_done(&r) || e.votes_n != 2 ||
        weal_evidence_kind(&e.votes[0], &e.votes[1]) != e.kind ||
        !sim_vote_valid(w, e.votes[0].term, &e.votes[0]) ||
        !sim_vote_valid(w, e.votes[1].term, &e.votes[1])) {
        sim_breach(w, "I7: node %u gives evidence that does not verify", s->id);
        return;
    }
    const struct weal_vote *v = &e.votes[0];
    if (!s->given) s->given = calloc(SIM_GIVEN_VIEWS * WEAL_SET_MAX, sizeof *s->given);
    struct sim_given *g = &s->given[(v->view % SIM_GIVEN_VIEWS) * WEAL_SET_MAX + v->signer];
    if (g->term != v->term || g->view < v->view)
        *g = (struct sim_given){.term = v->term, .view = v->view};
    if (g->view == v->view) g->told = true;
    uint16_t key = sim_term(w, e.votes[0].term)->key_of[e.votes[0].signer];
    if (!w->key_byzantine[key]) sim_breach(w, "I7: evidence against the honest key %u", key);
}

static int phase(uint8_t kind) {
    return kind == WEAL_VOTE_NOTARIZE ? 1 : 2;
}

/* L1, L2: the log holds a vote when it leaves, and votes leave in order. */
void check_release(struct sim_world *w, struct sim_node *s, const struct weal_vote *v) {
    if (s->tricks != 0) return;
    struct weal_guard_record *g = &s->released;
    bool later = v->term > g->term || (v->term == g->term && v->view > g->view) ||
                 (v->term == g->term && v->view == g->view && phase(v->kind) > phase(g->kind));
    if (!later) return; /* resent: check_vote has seen it */
    *g = (struct weal_guard_record){.term = v->term, .view = v->view, .kind = v->kind};
    size_t at = 0;
    struct weal_bytes rec;
    struct sim_disk synced = s->disk;
    synced.n = synced.synced;
    bool found = false;
    if (sim_below(w, 8) != 0) return; /* reading the log is dear: one in eight */
    while (!found && sim_disk_next(&synced, &at, &rec)) {
        struct weal_wal_record x;
        struct weal_rd r = weal_rd(rec);
        if (rec.n < 2 || weal_le16(rec.p) != WEAL_WAL_RECORD_VOTE) continue;
        weal_wal_record_get(&r, &x);
        found = weal_rd_done(&r) && x.r.vote.kind == v->kind && x.r.vote.view == v->view &&
                x.r.vote.term == v->term && memcmp(x.r.vote.digest, v->digest, 32) == 0;
    }
    if (!found) sim_breach(w, "L2: node %u lets out a vote that its log does not hold", s->id);
    if (v->kind == WEAL_VOTE_FINALIZE) {
        uint32_t b = sim_block_find(w, v->digest);
        if (b == UINT32_MAX || !(s->blocks[b] & DURABLE))
            sim_breach(w, "L2: node %u finalizes a block whose body is not durable", s->id);
    }
}

/* ---- V2 ---- */

static void first_in_view(struct sim_world *w, uint32_t term, uint64_t view) {
    if (w->entered_n != 0) {
        uint64_t last = (w->entered_n - 1) % SIM_ENTERED_MAX;
        if (term < w->entered[last].term) return;
        if (term == w->entered[last].term && view <= w->entered[last].view) return;
    }
    uint64_t at = w->entered_n++ % SIM_ENTERED_MAX;
    w->entered[at].at_us = w->now_us;
    w->entered[at].term = term;
    w->entered[at].view = view;
}

/* How long a view may have an honest node before all honest nodes are in it or beyond: two
 * messages, each behind a sync, and a retry; what is executed in between counts once. */
static uint64_t together_us(const struct sim_world *w) {
    return 2 * ((uint64_t)w->f.latency_max_us + w->f.sync_max_us) + w->f.exec_max_us +
           w->config.retry_ms * UINT64_C(1000);
}

/* V2: after healing and once every node has had the time to give up the view it was left in, all
 * honest nodes of a term are in one view within 2 delta + t_r. */
void check_together(struct sim_world *w) {
    uint64_t least = together_us(w), settled = w->config.backoff_cap_ms * UINT64_C(1000) + least;
    if (!w->healed || w->now_us < w->healed_us + settled + least) return;
    uint64_t n = w->entered_n, oldest = n > SIM_ENTERED_MAX ? n - SIM_ENTERED_MAX : 0;
    while (n > oldest && w->entered[(n - 1) % SIM_ENTERED_MAX].at_us + least > w->now_us) n--;
    if (n == oldest) return;
    uint64_t at = (n - 1) % SIM_ENTERED_MAX;
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct sim_node *s = &w->nodes[i];
        for (unsigned k = 0; k < s->questions_n; k++)
            if (s->questions[k].kind == WEAL_BFT_CERTIFY) s->lacking_us = w->now_us;
        if (s->tricks != 0 || !s->up || s->started_us + settled + least > w->now_us) continue;
        /* who is no validator follows finality; who came late into the term was told nothing of
         * it and waits for a timeout; who had to find a body counts from there */
        struct weal_bft_status st;
        if (s->seen_term != w->entered[at].term || s->seen_view >= w->entered[at].view) continue;
        weal_bft_status(s->bft, &st);
        if (st.self == WEAL_SET_NOBODY) continue;
        if (s->seen_view <= 1 && s->entered_us + settled > w->now_us) continue;
        if (s->lacking_us + least > w->now_us) continue;
        sim_breach(w, "V2: node %u is in view %llu, %llu ms after another came to %llu", i,
                   (unsigned long long)s->seen_view,
                   (unsigned long long)(w->now_us - w->entered[at].at_us) / 1000,
                   (unsigned long long)w->entered[at].view);
    }
}

/* L1, V5, after every step. */
void check_node(struct sim_world *w, struct sim_node *s) {
    struct weal_bft_status st;
    if (s->tricks != 0) return;
    weal_bft_status(s->bft, &st);
    if (st.term != s->seen_term) {
        if (st.term < s->seen_term && s->started_us != w->now_us)
            sim_breach(w, "L1: node %u goes back a term", s->id);
        s->seen_term = st.term;
        s->seen_view = s->seen_final = s->seen_null = 0;
    }
    if (st.view < s->seen_view || st.final_view < s->seen_final)
        sim_breach(w, "L1: node %u goes back from view %llu to %llu", s->id,
                   (unsigned long long)s->seen_view, (unsigned long long)st.view);
    if (st.view != s->seen_view) {
        /* left by nullification: V5 */
        bool by_null = st.nullified_in_row > s->seen_null;
        uint64_t least = w->config.view_floor_ms * UINT64_C(1000) - 1000;
        if (by_null && s->seen_view != 0 && w->now_us - s->entered_us < least)
            sim_breach(w, "V5: node %u leaves view %llu by nullification after %llu us", s->id,
                       (unsigned long long)s->seen_view,
                       (unsigned long long)(w->now_us - s->entered_us));
        s->entered_us = w->now_us;
        first_in_view(w, st.term, st.view);
        sim_note(w, s->id, 0, 80, st.term, st.view, 0);
        sim_draw_mark(w, s->id, "view %llu", (unsigned long long)st.view);
    }
    s->seen_null = st.nullified_in_row;
    s->seen_view = st.view;
    s->seen_final = st.final_view;
}
