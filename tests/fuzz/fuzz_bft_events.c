/* SPDX-License-Identifier: ISC */
/* Any sequence of events, restarts and lost tails of the log against one agreement machine. The
 * input plays network, disk, executor and three validators at once and may break every assumption
 * (even two thirds may lie). What must hold all the same: no assertion; own votes that left never
 * make an evidence pair, never lie ahead of the view, and are in the log before they leave; views
 * and finality never go back but by a restart; what one step gives fits the room promised. */
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "tests/support/bft_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { VOTES_MAX = 512, VIEWS = 12 };

struct player {
    struct rig r;
    struct weal_vote left[VOTES_MAX];
    size_t left_n;
    uint64_t view, final_view;
    uint8_t ids[4][32];
    struct rig_block blocks[VIEWS][2]; /* a few that fit on each other */
    const uint8_t *p, *end;
};

static uint8_t take(struct player *x) {
    return x->p < x->end ? *x->p++ : 0;
}

static void left(struct player *x, const struct weal_vote *v) {
    for (size_t i = 0; i < x->left_n; i++) WEAL_ASSERT(weal_evidence_kind(&x->left[i], v) == 0);
    if (x->left_n < VOTES_MAX) x->left[x->left_n++] = *v;
}

static void look(struct player *x, bool restarted) {
    struct weal_bft_status s = rig_status(&x->r);
    WEAL_ASSERT(restarted || (s.view >= x->view && s.final_view >= x->final_view));
    x->view = s.view;
    x->final_view = s.final_view;
    for (size_t i = 0; i < x->r.out_n; i++) {
        const struct weal_bft_effect *e = &x->r.out[i];
        WEAL_ASSERT(!(e->kind == WEAL_BFT_ALARM && e->u.alarm == WEAL_BFT_ALARM_SIGN_REFUSED));
        if (e->kind == WEAL_BFT_SIGN) WEAL_ASSERT(e->u.vote.view <= s.view);
        if (e->kind != WEAL_BFT_BROADCAST) continue;
        struct weal_bft_message m;
        struct weal_rd rd = weal_rd(e->bytes);
        weal_bft_message_get(&rd, &m);
        WEAL_ASSERT(weal_rd_done(&rd));
        if (m.m_kind == WEAL_BFT_MESSAGE_VOTE) left(x, &m.m.vote);
        if (m.m_kind == WEAL_BFT_MESSAGE_PROPOSAL) {
            struct weal_vote v = {.kind = WEAL_VOTE_NOTARIZE,
                                  .term = m.m.proposal.term,
                                  .view = m.m.proposal.view,
                                  .signer = m.m.proposal.signer,
                                  .parent_view = m.m.proposal.parent_view};
            memcpy(v.digest, m.m.proposal.digest, 32);
            left(x, &v);
        }
    }
}

static uint64_t some_view(struct player *x) {
    uint8_t b = take(x);
    uint64_t view = x->view;
    if (b < 128) return view + b % 3 > 1 ? view + b % 3 - 1 : 1;
    if (b < 224) return 1 + b % (VIEWS - 1);
    return view + (uint64_t)(b - 223) * 67;
}

static const uint8_t *some_id(struct player *x, uint64_t view) {
    uint8_t b = take(x);
    if (view < VIEWS && b < 200) return x->blocks[view][b % 2].b.id;
    return x->ids[b % 4];
}

static uint64_t some_parent(struct player *x, uint64_t view) {
    uint8_t b = take(x);
    return b < 160 || view <= b % 8 ? view - 1 : view - 1 - b % 8;
}

static void act(struct player *x) {
    struct rig *r = &x->r;
    uint8_t op = take(x);
    uint64_t view = some_view(x), parent = some_parent(x, view);
    uint8_t kind = (uint8_t)(1 + op / 16 % 3);
    bool restarted = false;
    struct weal_bft_event e = {.peer = op};
    switch (op % 12) {
    case 0:
    case 1:
        rig_vote(r, kind, view, parent, some_id(x, view), (uint16_t)(1 + take(x) % 3));
        break;
    case 2:
    case 3:
        rig_cert(r, kind, view, parent, some_id(x, view), 0xe);
        break;
    case 4:
    case 5: {
        uint64_t at = view < VIEWS ? view : 1;
        const struct rig_block *on =
            parent == 0 || parent >= VIEWS ? &r->genesis : &x->blocks[parent][0];
        rig_proposal(r, &x->blocks[at][take(x) % 2], view, parent, on);
        break;
    }
    case 6:
        rig_time(r, 1 + take(x) * 8u);
        break;
    case 7: {
        uint8_t how = take(x);
        uint64_t at = view < VIEWS ? view : 1;
        rig_answer(r, how & 4 ? WEAL_BFT_VERIFIED : WEAL_BFT_CERTIFIED, view,
                   &x->blocks[at][how / 8 % 2],
                   how & 2   ? WEAL_BFT_OK
                   : how & 1 ? WEAL_BFT_LATER
                             : WEAL_BFT_INVALID);
        break;
    }
    case 8: { /* a crash: what was appended since the last look may be gone, what left is not */
        rig_restart(r, WEAL_BFT_LOG_WHOLE);
        restarted = true;
        break;
    }
    case 9:
        rig_pending(r, take(x) & 1);
        break;
    case 10: {
        struct weal_cert_request q = {take(x) % 2, view, view + take(x)};
        e.kind = WEAL_BFT_REQUEST;
        e.u.request = &q;
        rig_event(r, &e);
        break;
    }
    default:
        e.kind = take(x) % 2 ? WEAL_BFT_COMPACT : WEAL_BFT_BUILD_FAILED;
        e.u.block.view = view;
        rig_event(r, &e);
        break;
    }
    look(x, restarted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct player *x = calloc(1, sizeof *x);
    x->p = data;
    x->end = data + n;
    uint8_t first = take(x);
    rig_init(&x->r, 4, 0, NULL);
    x->r.last_height = first & 1 ? 3 : 1000;
    x->r.auto_build = first & 2;
    x->r.auto_answer = first & 4;
    for (unsigned i = 0; i < 4; i++) memset(x->ids[i], (int)(i + 1), 32);
    for (unsigned v = 1; v < VIEWS; v++)
        for (unsigned k = 0; k < 2; k++)
            rig_block(&x->r, &x->blocks[v][k], v, v - 1,
                      v == 1 ? &x->r.genesis : &x->blocks[v - 1][0], (uint8_t)k);
    rig_start(&x->r, WEAL_BFT_LOG_FRESH);
    look(x, true);
    for (int i = 0; i < 200 && x->p < x->end; i++) act(x);
    rig_free(&x->r);
    free(x);
    return 0;
}
