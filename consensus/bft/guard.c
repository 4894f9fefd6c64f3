/* SPDX-License-Identifier: ISC */
/* The signing guard: one record, two functions. */
#include "consensus/bft/guard.h"

#include "consensus/light/cert.h"

static int phase(uint8_t kind) {
    return kind == 0 ? 0 : kind == WEAL_VOTE_NOTARIZE ? 1 : 2;
}

static bool same_block(const struct weal_guard_record *g, const struct weal_vote *v) {
    return g->parent_view == v->parent_view && memcmp(g->digest, v->digest, 32) == 0;
}

enum weal_verdict weal_guard_check(const struct weal_guard_record *g, const struct weal_vote *v) {
    if (v->kind < WEAL_VOTE_NOTARIZE || v->kind > WEAL_VOTE_FINALIZE) return WEAL_V_VOTE_KIND;
    if (v->view < 1 || v->parent_view >= v->view) return WEAL_V_VOTE_SUBJECT;
    if (g->kind == 0 || v->term > g->term) return WEAL_ACCEPT;
    if (v->term < g->term) return WEAL_V_GUARD_LOWER;
    if (v->view < g->view)
        return v->kind == WEAL_VOTE_NULLIFY && v->view > g->finalize_view ? WEAL_ACCEPT
                                                                          : WEAL_V_GUARD_LOWER;
    if (v->view > g->view) return WEAL_ACCEPT;
    if (phase(v->kind) < phase(g->kind)) return WEAL_V_GUARD_LOWER;
    if (phase(v->kind) == phase(g->kind))
        return v->kind == g->kind && same_block(g, v) ? WEAL_ACCEPT : WEAL_V_GUARD_CONFLICT;
    if (v->kind == WEAL_VOTE_FINALIZE && !same_block(g, v)) return WEAL_V_GUARD_FINALIZE_OTHER;
    return WEAL_ACCEPT;
}

enum weal_verdict weal_guard_take(struct weal_guard_record *g, const struct weal_vote *v) {
    enum weal_verdict why = weal_guard_check(g, v);
    if (why != WEAL_ACCEPT) return why;
    if (g->kind != 0 && v->term == g->term && v->view < g->view) return WEAL_ACCEPT;
    if (v->term != g->term) g->finalize_view = 0;
    if (v->kind == WEAL_VOTE_FINALIZE) g->finalize_view = v->view;
    g->term = v->term;
    g->view = v->view;
    g->kind = v->kind;
    g->parent_view = v->parent_view;
    memcpy(g->digest, v->digest, 32);
    return WEAL_ACCEPT;
}
