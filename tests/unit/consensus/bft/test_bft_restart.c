/* SPDX-License-Identifier: ISC */
/* Restarts, logs, lost logs, terms, the depth limit and who only follows; see test_bft.c for the
 * rig and the names of issues. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "tests/support/bft_rig.h"

enum { N = WEAL_VOTE_NOTARIZE, S = WEAL_VOTE_NULLIFY, F = WEAL_VOTE_FINALIZE };
enum { OTHERS_OF_0 = 0xe, OTHERS_OF_3 = 0x7, ALL = 0xf };

static struct rig r;

static void begin_quiet(uint16_t self) {
    rig_init(&r, 4, self, NULL);
    rig_start(&r, WEAL_BFT_LOG_FRESH);
}

static void begin(uint16_t self) {
    rig_init(&r, 4, self, NULL);
    r.auto_answer = r.auto_build = true;
    rig_start(&r, WEAL_BFT_LOG_FRESH);
}

static int done(void **state) {
    (void)state;
    rig_free(&r);
    return 0;
}

/* The leader of `view` proposes on parent, everybody else notarizes: the machine finalizes it. */
static struct rig_block round_trip(uint64_t view, uint64_t parent_view,
                                   const struct rig_block *parent) {
    struct rig_block b;
    rig_block(&r, &b, view, parent_view, parent, (uint8_t)view);
    rig_proposal(&r, &b, view, parent_view, parent);
    rig_cert(&r, N, view, parent_view, b.b.id, 0xf & ~(1u << r.self));
    return b;
}

/* ---- restarts ---- */

/* c#4275: all crash after their nullify; each brings its own back, and the view is left. */
static void own_nullify_counts_after_a_restart(void **state) {
    (void)state;
    begin(0);
    while (!rig_sent(&r, S, 1, NULL)) rig_time(&r, 20);
    rig_restart(&r, WEAL_BFT_LOG_WHOLE);
    assert_int_equal(rig_view(&r), 1);
    assert_true(rig_sent(&r, S, 1, NULL)); /* to the others again */
    assert_int_equal(rig_count(&r, WEAL_BFT_SIGN), 0);
    rig_vote(&r, S, 1, 0, NULL, 1);
    rig_vote(&r, S, 1, 0, NULL, 2);
    rig_time(&r, 60);
    assert_int_equal(rig_view(&r), 2);
}

/* c#2797: what was seen of the leader is seen after a restart. */
static void a_seen_proposal_is_remembered(void **state) {
    (void)state;
    begin(0);
    r.auto_answer = false;
    struct rig_block a, b;
    rig_block(&r, &a, 1, 0, &r.genesis, 1);
    rig_block(&r, &b, 1, 0, &r.genesis, 2);
    rig_proposal(&r, &a, 1, 0, &r.genesis); /* not voted for: verification is open */
    rig_restart(&r, WEAL_BFT_LOG_WHOLE);
    assert_non_null(rig_find(&r, WEAL_BFT_VERIFY)); /* and the question is open again */
    rig_proposal(&r, &b, 1, 0, &r.genesis);
    assert_int_equal(rig_count(&r, WEAL_BFT_EVIDENCE), 1);
}

/* a#280, L3: after a restart no vote contradicts one that left. */
static void votes_are_kept_over_a_restart(void **state) {
    (void)state;
    begin(0);
    struct rig_block a, b;
    rig_block(&r, &a, 1, 0, &r.genesis, 1);
    rig_block(&r, &b, 1, 0, &r.genesis, 2);
    rig_proposal(&r, &a, 1, 0, &r.genesis);
    assert_true(rig_sent(&r, N, 1, NULL));
    rig_restart(&r, WEAL_BFT_LOG_WHOLE);
    rig_time(&r, 1300); /* past the listening */
    struct weal_vote v;
    rig_cert(&r, N, 1, 0, b.b.id, OTHERS_OF_0); /* (three of four lie) */
    assert_false(rig_sent(&r, F, 1, &v));
}

static void listens_before_it_votes(void **state) {
    (void)state;
    begin(0);
    struct rig_block one = round_trip(1, 0, &r.genesis), two;
    rig_restart(&r, WEAL_BFT_LOG_WHOLE);
    assert_int_equal(rig_view(&r), 2);
    rig_block(&r, &two, 2, 1, &one, 1);
    rig_proposal(&r, &two, 2, 1, &one);
    assert_false(rig_sent(&r, N, 2, NULL)); /* verified, not voted for */
    rig_time(&r, 1100);
    assert_false(rig_sent(&r, N, 2, NULL));
    rig_time(&r, 150);
    assert_true(rig_sent(&r, N, 2, NULL) || rig_sent(&r, S, 2, NULL));
}

/* The same key on another machine: seen in a vote, in a proposal, in a certificate. */
static void own_key_elsewhere_stops_voting(void **state) {
    (void)state;
    uint8_t p[32];
    memset(p, 1, 32);
    for (int what = 0; what < 3; what++) {
        begin_quiet(1);
        struct rig_block b;
        rig_block(&r, &b, 1, 0, &r.genesis, 1);
        if (what == 0) rig_vote(&r, S, 1, 0, NULL, 1);
        if (what == 1) rig_proposal(&r, &b, 1, 0, &r.genesis);
        if (what == 2) rig_cert(&r, N, 1, 0, p, ALL);
        assert_true(rig_alarm(&r, WEAL_BFT_ALARM_OWN_KEY));
        rig_time(&r, 3000);
        assert_int_equal(rig_count(&r, WEAL_BFT_SIGN), 0);
        if (what < 2) rig_free(&r);
    }
}

static void own_votes_coming_back_are_no_alarm(void **state) {
    (void)state;
    begin(0);
    struct rig_block one = round_trip(1, 0, &r.genesis);
    rig_cert(&r, N, 1, 0, one.b.id, ALL);
    rig_vote(&r, F, 1, 0, one.b.id, 0);
    assert_int_equal(rig_count(&r, WEAL_BFT_ALARM), 0);
    rig_restart(&r, WEAL_BFT_LOG_WHOLE);
    rig_cert(&r, N, 1, 0, one.b.id, ALL);
    assert_int_equal(rig_count(&r, WEAL_BFT_ALARM), 0);
}

static struct weal_bft_event next_term_event(struct weal_bft_term *t, const struct rig_block *b) {
    *t = (struct weal_bft_term){.term = r.term + 1,
                                .set = &r.set,
                                .self = r.self,
                                .leaders = r.leaders,
                                .boundary = b->b,
                                .last_height = 2000};
    struct weal_bft_event e = {.kind = WEAL_BFT_TERM};
    e.u.term = t;
    return e;
}

/* A lost log: no vote in this term, nor in one that began before the loss. */
static void a_lost_log_does_not_vote(void **state) {
    (void)state;
    begin(0);
    r.last_height = 1;
    rig_restart(&r, WEAL_BFT_LOG_LOST);
    rig_time(&r, 8000);
    assert_int_equal(rig_count(&r, WEAL_BFT_SIGN), 0);
    assert_false(rig_status(&r).voting);
    rig_restart(&r, WEAL_BFT_LOG_WHOLE); /* the new log says so too */
    rig_time(&r, 8000);
    assert_int_equal(rig_count(&r, WEAL_BFT_SIGN), 0);
    struct rig_block b;
    struct weal_bft_term t;
    rig_block(&r, &b, 3, 2, &r.genesis, 1);
    b.b.time_ms -= 60000;
    rig_cert(&r, F, 3, 2, b.b.id, OTHERS_OF_0);
    assert_true(rig_status(&r).term_over);
    struct weal_bft_event e = next_term_event(&t, &b);
    rig_event(&r, &e);
    assert_int_equal(rig_status(&r).term, 1);
    assert_false(rig_status(&r).voting); /* that boundary is older than the loss */
}

/* ---- terms ---- */

/* t#1020, #2243: a term's last block can only be proposed again; final, it ends the term, which is
 * found again after a restart. */
static void boundary_and_next_term(void **state) {
    (void)state;
    rig_init(&r, 4, 0, NULL);
    r.last_height = 2;
    r.auto_answer = r.auto_build = true;
    rig_start(&r, WEAL_BFT_LOG_FRESH);
    struct rig_block one = round_trip(1, 0, &r.genesis), two = round_trip(2, 1, &one), three;
    assert_int_equal(rig_view(&r), 3);
    rig_block(&r, &three, 3, 2, &two, 3);
    rig_proposal(&r, &three, 3, 2, &two);
    assert_false(rig_sent(&r, N, 3, NULL)); /* height 3 of 2 */
    assert_true(rig_sent(&r, S, 3, NULL));
    rig_cert(&r, S, 3, 0, NULL, ALL);
    rig_time(&r, 150); /* we lead 4: the block again, at once */
    struct weal_vote v;
    assert_int_equal(rig_count(&r, WEAL_BFT_BUILD), 0);
    assert_true(rig_sent(&r, N, 4, &v));
    assert_memory_equal(v.digest, two.b.id, 32);
    rig_cert(&r, N, 4, 2, two.b.id, OTHERS_OF_0);
    assert_null(rig_find(&r, WEAL_BFT_CERTIFY)); /* known already */
    assert_true(rig_sent(&r, F, 4, NULL));
    rig_cert(&r, F, 4, 2, two.b.id, OTHERS_OF_0);
    assert_non_null(rig_find(&r, WEAL_BFT_TERM_OVER));
    assert_true(rig_status(&r).term_over);
    rig_time(&r, 5000);
    assert_int_equal(rig_count(&r, WEAL_BFT_SIGN), 0); /* nothing more in this term */
    rig_restart(&r, WEAL_BFT_LOG_WHOLE);
    assert_non_null(rig_find(&r, WEAL_BFT_TERM_OVER)); /* said again */
    struct weal_bft_term t;
    struct weal_bft_event e = next_term_event(&t, &two);
    rig_event(&r, &e);
    assert_int_equal(rig_status(&r).term, 1);
    assert_int_equal(rig_view(&r), 1);
    assert_int_equal(rig_status(&r).final_height, 2);
    /* votes of the old term are nothing here */
    rig_vote(&r, S, 1, 0, NULL, 1);
    assert_int_equal(rig_count(&r, WEAL_BFT_BROADCAST), 0);
}

static void reproposal_of_another_is_accepted(void **state) {
    (void)state;
    rig_init(&r, 4, 0, NULL);
    r.last_height = 1;
    r.auto_answer = true;
    rig_start(&r, WEAL_BFT_LOG_FRESH);
    struct rig_block one = round_trip(1, 0, &r.genesis);
    rig_proposal(&r, &one, 2, 1, &one);
    assert_true(rig_sent(&r, N, 2, NULL));
    assert_null(rig_find(&r, WEAL_BFT_VERIFY)); /* no new block to execute */
    rig_cert(&r, N, 2, 1, one.b.id, OTHERS_OF_0);
    rig_proposal(&r, &one, 3, 2, &one); /* and again on the re-proposal */
    assert_true(rig_sent(&r, N, 3, NULL));
}

/* Who keeps one question a block answers only the last view that it was asked about: the view that
 * is final may be the one before. */
static void one_answer_serves_every_view_of_a_boundary_block(void **state) {
    (void)state;
    struct rig_block one;
    rig_init(&r, 4, 0, NULL);
    r.last_height = 1;
    rig_start(&r, WEAL_BFT_LOG_FRESH);
    rig_block(&r, &one, 1, 0, &r.genesis, 1); /* its proposal never comes */
    rig_cert(&r, N, 1, 0, one.b.id, OTHERS_OF_0);
    assert_int_equal(rig_find(&r, WEAL_BFT_CERTIFY)->u.block.view, 1);
    rig_cert(&r, F, 1, 0, one.b.id, OTHERS_OF_0);
    rig_cert(&r, N, 2, 1, one.b.id, OTHERS_OF_0);
    assert_int_equal(rig_find(&r, WEAL_BFT_CERTIFY)->u.block.view, 2);
    assert_false(rig_status(&r).term_over);
    rig_answer(&r, WEAL_BFT_CERTIFIED, 2, &one, WEAL_BFT_OK);
    assert_true(rig_status(&r).term_over);
    assert_int_equal(rig_status(&r).final_height, 1);
}

/* Depth: 64 unfinalized blocks, then only re-proposals until something is final. */
static void depth_limit(void **state) {
    (void)state;
    begin(0);
    rig_pending(&r, true);
    struct rig_block last = r.genesis, next;
    uint64_t v = 1;
    for (; v <= WEAL_BFT_DEPTH; v++) {
        if (v % 4 == 0) { /* our own */
            struct weal_vote mine;
            while (!rig_sent(&r, N, v, &mine)) rig_time(&r, 20);
            for (size_t i = 0; i < r.made_n; i++)
                if (memcmp(r.made[i].b.id, mine.digest, 32) == 0) last = r.made[i];
            rig_cert(&r, N, v, v - 1, last.b.id, OTHERS_OF_0);
        } else {
            rig_time(&r, 20);
            last = round_trip(v, v - 1, &last);
        }
        assert_int_equal(rig_view(&r), v + 1);
    }
    assert_int_equal(last.b.height, 64);
    rig_block(&r, &next, v, v - 1, &last, 5);
    rig_proposal(&r, &next, v, v - 1, &last);
    assert_false(rig_sent(&r, N, v, NULL)); /* not now; not refused either */
    assert_false(rig_sent(&r, S, v, NULL));
    rig_cert(&r, F, 10, 9, r.made[9].b.id, OTHERS_OF_0);
    assert_true(rig_sent(&r, N, v, NULL)); /* ten are final now: there is room */
}

static void conflicting_finalizations_stop_voting(void **state) {
    (void)state;
    begin(0);
    uint8_t p[32], q[32];
    memset(p, 1, 32);
    memset(q, 2, 32);
    r.auto_answer = false;
    rig_cert(&r, F, 1, 0, p, OTHERS_OF_0);
    rig_cert(&r, F, 1, 0, q, OTHERS_OF_0);
    assert_true(rig_alarm(&r, WEAL_BFT_ALARM_FINAL_CONFLICT));
    assert_false(rig_status(&r).voting);
}

/* ---- signing, following, the log ---- */

static void a_refused_signature_is_an_alarm(void **state) {
    (void)state;
    begin(0);
    r.keeps_signs = true;
    while (!rig_find(&r, WEAL_BFT_SIGN)) rig_time(&r, 20);
    struct weal_vote v = rig_find(&r, WEAL_BFT_SIGN)->u.vote;
    struct weal_bft_event e = {.kind = WEAL_BFT_SIGNED, .refused = true};
    e.u.vote = &v;
    rig_event(&r, &e);
    assert_true(rig_alarm(&r, WEAL_BFT_ALARM_SIGN_REFUSED));
    assert_int_equal(rig_count(&r, WEAL_BFT_BROADCAST), 0);
    e.refused = false; /* a vote nobody asked for */
    v.view = 9;
    rig_event(&r, &e);
    assert_int_equal(rig_count(&r, WEAL_BFT_BROADCAST), 0);
}

static void who_does_not_vote_follows(void **state) {
    (void)state;
    begin(WEAL_SET_NOBODY);
    struct rig_block b;
    rig_block(&r, &b, 1, 0, &r.genesis, 1);
    rig_proposal(&r, &b, 1, 0, &r.genesis);
    assert_null(rig_find(&r, WEAL_BFT_VERIFY));
    rig_cert(&r, N, 1, 0, b.b.id, ALL);
    assert_null(rig_find(&r, WEAL_BFT_CERTIFY));
    rig_cert(&r, F, 1, 0, b.b.id, ALL);
    assert_non_null(rig_find(&r, WEAL_BFT_DELIVER));
    assert_int_equal(rig_status(&r).final_height, 1);
    rig_time(&r, 20000);
    assert_int_equal(rig_count(&r, WEAL_BFT_SIGN) + rig_count(&r, WEAL_BFT_BROADCAST), 0);
}

static void compacting_keeps_what_counts(void **state) {
    (void)state;
    begin(0);
    struct rig_block one = round_trip(1, 0, &r.genesis);
    rig_cert(&r, F, 1, 0, one.b.id, OTHERS_OF_0);
    struct rig_block two = round_trip(2, 1, &one);
    while (!rig_sent(&r, S, 3, NULL)) rig_time(&r, 20);
    struct weal_bft_status before = rig_status(&r);
    size_t old = r.log_n;
    struct weal_bft_event e = {.kind = WEAL_BFT_COMPACT};
    rig_event(&r, &e);
    assert_true(r.log_n > old);
    for (size_t i = 0; i < old; i++) free(r.log[i].p);
    memmove(r.log, r.log + old, (r.log_n - old) * sizeof *r.log);
    r.log_n -= old;
    rig_restart(&r, WEAL_BFT_LOG_WHOLE);
    struct weal_bft_status after = rig_status(&r);
    assert_int_equal(after.view, before.view);
    assert_int_equal(after.final_view, 1);
    assert_int_equal(after.final_height, 1);
    assert_int_equal(after.floor_view, 2);
    assert_int_equal(r.guard.view, 3);
    assert_int_equal(r.guard.kind, S);
    assert_true(rig_sent(&r, S, 3, NULL));
    (void)two;
}

/* A network whose validators were all restarted after hundreds of views without finality builds on
 * the block it left: a log written in short names it, and what was nullified above it. */
static void compacting_after_an_outage_keeps_the_parent(void **state) {
    (void)state;
    for (uint64_t views = 60; views <= 600; views += 180) {
        begin(0);
        struct rig_block one = round_trip(1, 0, &r.genesis);
        rig_cert(&r, F, 1, 0, one.b.id, OTHERS_OF_0);
        assert_int_equal(rig_status(&r).final_height, 1);
        uint64_t v = 2;
        while (v < 2 + views || r.leaders[(v + 1) % 4] != 0) {
            rig_cert(&r, S, v++, 0, NULL, OTHERS_OF_0);
            rig_time(&r, 60);
        }
        size_t old = r.log_n;
        struct weal_bft_event e = {.kind = WEAL_BFT_COMPACT};
        rig_event(&r, &e);
        for (size_t i = 0; i < old; i++) free(r.log[i].p);
        memmove(r.log, r.log + old, (r.log_n - old) * sizeof *r.log);
        r.log_n -= old;
        r.auto_answer = false; /* a host that has applied the block keeps no header of it */
        rig_restart(&r, WEAL_BFT_LOG_WHOLE);
        assert_int_equal(rig_status(&r).final_view, 1);
        assert_int_equal(rig_status(&r).final_height, 1);
        memset(&r.build, 0, sizeof r.build);
        for (int i = 0; i < 8 && r.build.u.build.view == 0; i++) { /* until it leads */
            rig_time(&r, 3000);
            rig_cert(&r, S, rig_view(&r), 0, NULL, OTHERS_OF_0);
        }
        assert_int_equal(r.build.u.build.parent_view, 1);
        assert_int_equal(r.build.u.build.parent.height, 1);
        rig_free(&r);
    }
    begin(0);
}

/* Timeouts grown while somebody was away do not outlast the absence; nor can one who comes and goes
 * keep them small. */
static void who_is_back_ends_the_back_off(void **state) {
    (void)state;
    begin(1);
    uint64_t view = 0;
    for (int i = 0; i < 60000 && rig_status(&r).nullified_in_row < 8; i++) {
        rig_time(&r, 50);
        view = rig_view(&r);
        if (!rig_sent(&r, S, view, NULL)) continue;
        rig_vote(&r, S, view, 0, NULL, 0); /* validator 3 is away */
        rig_vote(&r, S, view, 0, NULL, 2);
    }
    assert_int_equal(rig_status(&r).nullified_in_row, 8);
    view = rig_view(&r);
    rig_vote(&r, S, view + 1, 0, NULL, 3);
    assert_int_equal(rig_status(&r).nullified_in_row, 0);
    uint64_t began = r.now;
    while (!rig_sent(&r, S, view, NULL)) rig_time(&r, 50);
    assert_true(r.now - began <= r.config.advance_timeout_ms + 100);
    /* away and back again before anything is final: once was enough */
    for (int i = 0; i < 60000 && rig_status(&r).nullified_in_row < 8; i++) {
        rig_time(&r, 50);
        view = rig_view(&r);
        if (!rig_sent(&r, S, view, NULL)) continue;
        rig_vote(&r, S, view, 0, NULL, 0);
        rig_vote(&r, S, view, 0, NULL, 2);
    }
    rig_vote(&r, S, rig_view(&r) + 1, 0, NULL, 3);
    assert_int_equal(rig_status(&r).nullified_in_row, 8);
}

/* ---- views that nobody remembers (mend.c) ---- */

static void stand_still(void) {
    uint64_t until = r.now + r.config.standstill_ms + 1000;
    while (r.now < until) rig_time(&r, 100);
}

/* All certificates of a long time are lost: the next leader still finds its parent, by votes that
 * the others sign again, and carries the last 64 nullifications. */
static void a_stretch_that_nobody_holds_is_mended(void **state) {
    (void)state;
    begin(0);
    r.auto_build = false;
    rig_cert(&r, S, 399, 0, NULL, OTHERS_OF_0);
    rig_time(&r, 60);
    assert_int_equal(rig_view(&r), 400);
    stand_still();
    uint64_t counted = 0, beyond = 0, quiet = 0;
    for (int i = 0; i < 2000 && r.build.kind != WEAL_BFT_BUILD; i++) {
        rig_time(&r, 20);
        const struct weal_bft_effect *f = rig_find(&r, WEAL_BFT_FETCH);
        quiet = f ? 0 : quiet + 1;
        if (!f && (rig_status(&r).leader != 0 || quiet > 15)) /* not our turn, or given up */
            rig_cert(&r, S, rig_view(&r), 0, NULL, OTHERS_OF_0);
        if (!f) continue;
        uint64_t first = f->u.fetch.first, last = f->u.fetch.last;
        assert_int_equal(f->u.fetch.hint, WEAL_SET_NOBODY);
        for (uint64_t u = first; u <= last && u < first + 16; u++, counted++) {
            beyond += u + WEAL_BFT_WINDOW <= rig_view(&r);
            rig_vote(&r, S, u, 0, NULL, 1);
            rig_vote(&r, S, u, 0, NULL, 1); /* one counts once */
            rig_vote(&r, S, u, 0, NULL, 2);
            rig_vote(&r, S, u, 0, NULL, 3);
        }
    }
    assert_int_equal(r.build.kind, WEAL_BFT_BUILD);
    assert_int_equal(r.build.u.build.parent_view, 0);
    assert_true(beyond > 100 && counted >= 398);
    assert_true(rig_status(&r).voting);
}

static void ask_for(uint64_t first, uint64_t last) {
    struct weal_cert_request q = {.term = 0, .first = first, .last = last};
    struct weal_bft_event e = {.kind = WEAL_BFT_REQUEST, .peer = 7};
    e.u.request = &q;
    rig_event(&r, &e);
}

/* Who finalized in a view signs no nullify for it or below it, and nobody does without need. */
static void late_nullifies_contradict_nothing(void **state) {
    (void)state;
    begin(0);
    struct rig_block b = r.genesis;
    for (uint64_t v = 1; v <= 3; v++) b = round_trip(v, v - 1, &b);
    assert_int_equal(r.guard.finalize_view, 3);
    /* the slots of views 2..20 are taken by later ones */
    for (uint64_t v = 258; v <= 276; v++) rig_cert(&r, S, v, 0, NULL, OTHERS_OF_0);
    rig_time(&r, 60);
    ask_for(1, 16);
    assert_int_equal(rig_count(&r, WEAL_BFT_SIGN), 0); /* no standstill */
    stand_still();
    struct weal_guard_record before = r.guard;
    ask_for(1, 16);
    assert_false(rig_sent(&r, S, 1, NULL) || rig_sent(&r, S, 2, NULL) || rig_sent(&r, S, 3, NULL));
    for (uint64_t v = 4; v <= 16; v++) assert_true(rig_sent(&r, S, v, NULL));
    assert_memory_equal(&before, &r.guard, sizeof before);
    assert_true(rig_find(&r, WEAL_BFT_APPEND)); /* in the log before it leaves */
    ask_for(17, 32);
    assert_int_equal(rig_count(&r, WEAL_BFT_SIGN), 0); /* not at once again */
    /* its own votes coming back, after a restart with a log in short, are no alarm */
    rig_event(&r, &(struct weal_bft_event){.kind = WEAL_BFT_COMPACT});
    rig_restart(&r, WEAL_BFT_LOG_WHOLE);
    for (uint64_t v = 4; v <= 16; v++) rig_cert(&r, S, v, 0, NULL, ALL);
    assert_false(rig_alarm(&r, WEAL_BFT_ALARM_OWN_KEY));
    assert_int_equal(r.guard.finalize_view, 3);
}

/* A node was away when a block was notarized upon which everybody builds, and its view has left the
 * ring: the proposal brings its certificate, or no vote would ever come from here. */
static void a_parent_beyond_the_ring_is_taken_from_a_proposal(void **state) {
    (void)state;
    begin(3);
    struct rig_block parent, b;
    rig_block(&r, &parent, 1, 0, &r.genesis, 1);
    for (uint64_t v = 2; v <= 300; v++) {
        rig_cert(&r, S, v, 0, NULL, OTHERS_OF_3);
        rig_time(&r, 60);
    }
    assert_int_equal(rig_view(&r), 301);
    rig_cert(&r, N, 1, 0, parent.b.id, OTHERS_OF_3); /* alone it is of no use */
    assert_int_equal(rig_status(&r).floor_view, 0);
    rig_block(&r, &b, 301, 1, &parent, 2);
    rig_proposal(&r, &b, 301, 1, &parent);
    assert_true(rig_sent(&r, N, 301, NULL));
    assert_false(rig_sent(&r, F, 1, NULL)); /* given up long ago */
    assert_int_equal(rig_status(&r).floor_view, 1);
    assert_false(rig_find(&r, WEAL_BFT_FETCH));
    /* and now it can be built upon from here, too */
    for (uint64_t v = 301; v <= 302; v++) {
        rig_cert(&r, S, v, 0, NULL, OTHERS_OF_3);
        rig_time(&r, 60);
    }
    rig_time(&r, 1000);
    assert_int_equal(r.build.kind, WEAL_BFT_BUILD);
    assert_int_equal(r.build.u.build.parent_view, 1);
}

/* Replay takes every prefix of a log, and refuses bytes that are no record. */
static void every_prefix_of_a_log_replays(void **state) {
    (void)state;
    begin(0);
    struct rig_block b = r.genesis;
    for (uint64_t v = 1; v < 4; v++) b = round_trip(v, v - 1, &b);
    rig_cert(&r, F, 2, 1, r.made[1].b.id, OTHERS_OF_0);
    size_t all = r.log_n;
    for (size_t n = 0; n <= all; n++) {
        struct rig copy = r;
        uint8_t *mem = r.mem;
        copy.log_n = n;
        copy.mem = mem;
        rig_start(&copy, WEAL_BFT_LOG_WHOLE);
        for (size_t i = n; i < copy.log_n; i++) free(copy.log[i].p);
        assert_true(rig_status(&copy).view >= 1);
    }
    struct weal_bft_term t = {.set = &r.set,
                              .self = 0,
                              .leaders = r.leaders,
                              .boundary = r.genesis.b,
                              .last_height = 1000};
    r.bft = weal_bft_init(r.mem, 4, &r.config);
    weal_bft_begin(r.bft, &t, WEAL_BFT_LOG_WHOLE);
    assert_int_equal(weal_bft_replay(r.bft, WEAL_BYTES_LIT("\x01\x00garbage")), WEAL_ERR_CORRUPT);
    assert_int_equal(weal_bft_replay(r.bft, weal_bytes(r.log[0].p, r.log[0].n - 1)),
                     WEAL_ERR_CORRUPT);
}

#define T(f) cmocka_unit_test_teardown(f, done)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(own_nullify_counts_after_a_restart),
        T(a_seen_proposal_is_remembered),
        T(votes_are_kept_over_a_restart),
        T(listens_before_it_votes),
        T(own_key_elsewhere_stops_voting),
        T(own_votes_coming_back_are_no_alarm),
        T(a_lost_log_does_not_vote),
        T(boundary_and_next_term),
        T(one_answer_serves_every_view_of_a_boundary_block),
        T(reproposal_of_another_is_accepted),
        T(depth_limit),
        T(conflicting_finalizations_stop_voting),
        T(a_refused_signature_is_an_alarm),
        T(who_does_not_vote_follows),
        T(compacting_keeps_what_counts),
        T(compacting_after_an_outage_keeps_the_parent),
        T(who_is_back_ends_the_back_off),
        T(a_stretch_that_nobody_holds_is_mended),
        T(late_nullifies_contradict_nothing),
        T(a_parent_beyond_the_ring_is_taken_from_a_proposal),
        T(every_prefix_of_a_log_replays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
