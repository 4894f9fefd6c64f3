/* SPDX-License-Identifier: ISC */
/* The rules of agreement one by one, and each pitfall that other implementations paid for (issue
 * numbers are theirs: c commonware, a ava-labs Simplex, t tempo, ag agave). Four validators of
 * equal weight (quorum 3), leader(v) = v mod 4; the machine under test is one of them. */
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

/* ---- the happy path ---- */

static void happy_path(void **state) {
    (void)state;
    begin(0);
    struct rig_block b;
    struct weal_vote v;
    rig_block(&r, &b, 1, 0, &r.genesis, 1);
    rig_proposal(&r, &b, 1, 0, &r.genesis);
    assert_true(rig_sent(&r, N, 1, &v));
    assert_memory_equal(v.digest, b.b.id, 32);
    rig_vote(&r, N, 1, 0, b.b.id, 2);
    assert_true(rig_sent_cert(&r, N, 1)); /* leader, own, and this one */
    assert_true(rig_sent(&r, F, 1, &v));
    assert_int_equal(rig_view(&r), 2);
    rig_vote(&r, F, 1, 0, b.b.id, 1);
    rig_vote(&r, F, 1, 0, b.b.id, 2);
    assert_true(rig_sent_cert(&r, F, 1));
    assert_non_null(rig_find(&r, WEAL_BFT_DELIVER));
    assert_memory_equal(rig_find(&r, WEAL_BFT_DELIVER)->u.deliver.digest, b.b.id, 32);
    assert_int_equal(rig_status(&r).final_height, 1);
    assert_int_equal(rig_status(&r).final_view, 1);
}

/* The leader: builds at its pace, sends a proposal that carries parent and gaps. */
static void leader_proposes_with_justification(void **state) {
    (void)state;
    begin(3);
    r.auto_build = false;
    struct rig_block one = round_trip(1, 0, &r.genesis);
    rig_cert(&r, S, 2, 0, NULL, OTHERS_OF_3);
    rig_time(&r, 60); /* the least duration of a view left by nullification */
    assert_int_equal(rig_view(&r), 3);
    rig_time(&r, 1100); /* idle: heartbeat */
    const struct weal_bft_effect *e = rig_find(&r, WEAL_BFT_BUILD);
    assert_non_null(e);
    assert_int_equal(e->u.build.parent_view, 1);
    assert_memory_equal(e->u.build.parent.id, one.b.id, 32);
    uint8_t want[32];
    memcpy(want, e->u.build.justification_hash, 32);
    rig_free(&r);

    begin(3);
    one = round_trip(1, 0, &r.genesis);
    rig_cert(&r, S, 2, 0, NULL, OTHERS_OF_3);
    rig_pending(&r, true); /* with transactions: at once, the parent is old enough */
    rig_time(&r, 200);
    struct weal_bft_message m;
    bool found = false;
    for (size_t i = 0; i < r.out_n; i++) {
        struct weal_rd rd = weal_rd(r.out[i].bytes);
        if (r.out[i].kind != WEAL_BFT_BROADCAST) continue;
        weal_bft_message_get(&rd, &m);
        if (m.m_kind != WEAL_BFT_MESSAGE_PROPOSAL) continue;
        struct weal_justification j;
        rd = weal_rd(m.m.proposal.justification);
        weal_justification_get(&rd, &j);
        assert_true(weal_rd_done(&rd) && j.parent_has && j.gaps_n == 1);
        assert_int_equal(j.parent.view, 1);
        assert_int_equal(j.gaps[0].view, 2);
        uint8_t hash[32];
        weal_justification_hash(hash, m.m.proposal.justification);
        struct weal_header h;
        rd = weal_rd(m.m.proposal.header);
        weal_header_get(&rd, &h);
        assert_memory_equal(h.justification_hash, hash, 32);
        found = true;
    }
    assert_true(found);
}

static void failed_build_nullifies_at_once(void **state) {
    (void)state;
    begin_quiet(1);
    rig_pending(&r, true);
    rig_time(&r, 150);
    struct weal_bft_event e = {.kind = WEAL_BFT_BUILD_FAILED};
    e.u.block.view = 1;
    rig_event(&r, &e);
    assert_true(rig_sent(&r, S, 1, NULL));
}

/* c#4374: nothing leaves before its record is in the log. */
static void records_come_before_messages(void **state) {
    (void)state;
    begin(0);
    struct rig_block b;
    rig_block(&r, &b, 1, 0, &r.genesis, 1);
    rig_proposal(&r, &b, 1, 0, &r.genesis);
    bool logged = false;
    for (size_t i = 0; i < r.out_n; i++) {
        struct weal_rd rd = weal_rd(r.out[i].bytes);
        if (r.out[i].kind == WEAL_BFT_APPEND) {
            struct weal_wal_record rec;
            weal_wal_record_get(&rd, &rec);
            if (rec.r_kind == WEAL_WAL_RECORD_VOTE && rec.r.vote.signer == 0) logged = true;
        }
        if (r.out[i].kind == WEAL_BFT_BROADCAST) assert_true(logged);
    }
    assert_true(logged);
}

/* ---- rule N ---- */

static bool notarizes(const struct rig_block *b, uint64_t view, uint64_t pv,
                      const struct rig_block *parent) {
    rig_proposal(&r, b, view, pv, parent);
    return rig_sent(&r, N, view, NULL);
}

/* a#281: a parent without the nullifications between is never voted for; with them it is. */
static void gaps_must_be_nullified(void **state) {
    (void)state;
    begin(0);
    struct rig_block one = round_trip(1, 0, &r.genesis), b;
    /* view 2 was notarized only, and the leader of 3 pretends it was not there */
    struct rig_block two = round_trip(2, 1, &one);
    assert_int_equal(rig_view(&r), 3);
    rig_block(&r, &b, 3, 1, &one, 9);
    struct weal_proposal p = {.term = 0, .view = 3, .parent_view = 1, .signer = 3};
    memcpy(p.digest, b.b.id, 32);
    p.header = weal_bytes(b.header, b.header_n);
    uint8_t none[3] = {0, 0, 0};
    p.justification = WEAL_BYTES(none);
    struct weal_bft_event e = {.kind = WEAL_BFT_PROPOSAL};
    e.u.proposal = &p;
    rig_event(&r, &e);
    assert_false(rig_sent(&r, N, 3, NULL));
    assert_true(rig_sent(&r, S, 3, NULL)); /* a proposal that cannot be justified: rule T */
    (void)two;
}

/* ag#14267, c#4332: notarization and nullification of one view exist side by side. */
static void notarized_and_nullified_may_coexist(void **state) {
    (void)state;
    begin(0);
    struct rig_block one = round_trip(1, 0, &r.genesis), two, three;
    two = round_trip(2, 1, &one);
    /* others saw a nullification of 2 and build on 1: their proposal carries it */
    rig_block(&r, &three, 3, 1, &one, 7);
    assert_true(notarizes(&three, 3, 1, &one));
    assert_false(rig_alarm(&r, WEAL_BFT_ALARM_FINAL_CONFLICT));
    rig_cert(&r, N, 3, 1, three.b.id, OTHERS_OF_0);
    /* and another stands on 3 as usual */
    rig_vote(&r, F, 2, 1, two.b.id, 1); /* late finalize votes are welcome, and too few */
    assert_int_equal(rig_view(&r), 4);
}

static void bad_proposals_are_nullified_at_once(void **state) {
    (void)state;
    struct rig_block b;
    for (int what = 0; what < 6; what++) {
        begin(0);
        struct rig_block parent = r.genesis;
        if (what == 0) parent.b.height = 5;                       /* height */
        if (what == 1) memset(parent.b.id, 0x77, 32);             /* parent id */
        if (what == 2) r.now += 600;                              /* 600 ms ahead */
        if (what == 3) r.now -= 900, r.genesis.b.time_ms -= 9000; /* see below */
        if (what == 5) r.last_height = 0;
        rig_block(&r, &b, 1, 0, &parent, 1);
        if (what == 2) r.now -= 600;
        if (what == 3) r.now += 900, r.wall_skew = 2100; /* our clock 2.1 s later */
        r.auto_answer = what != 4;
        rig_proposal(&r, &b, 1, 0, &r.genesis);
        if (what == 4) rig_answer(&r, WEAL_BFT_VERIFIED, 1, &b, WEAL_BFT_INVALID);
        if (what == 5) { /* still good: last_height was 1000 at the start */
            assert_true(rig_sent(&r, N, 1, NULL));
        } else {
            assert_false(rig_sent(&r, N, 1, NULL));
            assert_true(rig_sent(&r, S, 1, NULL));
        }
        if (what < 5) rig_free(&r);
    }
}

static void only_the_leader_proposes(void **state) {
    (void)state;
    begin(0);
    struct rig_block b;
    rig_block(&r, &b, 1, 0, &r.genesis, 1);
    r.leaders[1] = 2; /* the rig speaks as 2, the machine knows 1 */
    rig_proposal(&r, &b, 1, 0, &r.genesis);
    assert_false(rig_sent(&r, N, 1, NULL));
    assert_null(rig_find(&r, WEAL_BFT_VERIFY));
}

/* c#4377: the leader comes from the table and the view, from nothing else. */
static void leader_is_the_tables(void **state) {
    (void)state;
    begin(0);
    for (uint64_t v = 1; v < 9; v++) {
        assert_int_equal(rig_view(&r), v);
        assert_int_equal(rig_status(&r).leader, v % 4);
        rig_cert(&r, S, v, 0, NULL, v % 2 ? 0x7 : 0xe);
        rig_time(&r, 60);
    }
}

/* c#2075, t#1579: an equivocating leader is a state, not a crash; nobody votes for either. */
static void equivocating_leader(void **state) {
    (void)state;
    begin(0);
    r.auto_answer = false;
    struct rig_block a, b;
    rig_block(&r, &a, 1, 0, &r.genesis, 1);
    rig_block(&r, &b, 1, 0, &r.genesis, 2);
    rig_proposal(&r, &a, 1, 0, &r.genesis);
    assert_non_null(rig_find(&r, WEAL_BFT_VERIFY));
    rig_proposal(&r, &b, 1, 0, &r.genesis);
    const struct weal_bft_effect *e = rig_find(&r, WEAL_BFT_EVIDENCE);
    assert_non_null(e);
    rig_answer(&r, WEAL_BFT_VERIFIED, 1, &a, WEAL_BFT_OK);
    assert_false(rig_sent(&r, N, 1, NULL));
    /* a notarization of one of them is followed, but not finalized by us */
    rig_cert(&r, N, 1, 0, b.b.id, OTHERS_OF_0);
    rig_answer(&r, WEAL_BFT_CERTIFIED, 1, &b, WEAL_BFT_OK);
    assert_int_equal(rig_view(&r), 2);
    assert_false(rig_sent(&r, F, 1, NULL));
}

/* ---- rule C ---- */

/* c#2695, #2697: after our own nullify the block is certified all the same; no finalize. */
static void certifies_after_own_nullify(void **state) {
    (void)state;
    begin(0);
    rig_time(&r, 1250);
    assert_true(rig_count(&r, WEAL_BFT_SIGN) == 1);
    struct rig_block b;
    rig_block(&r, &b, 1, 0, &r.genesis, 1);
    r.auto_answer = false;
    rig_cert(&r, N, 1, 0, b.b.id, OTHERS_OF_0);
    assert_non_null(rig_find(&r, WEAL_BFT_CERTIFY));
    assert_int_equal(rig_view(&r), 1);
    rig_answer(&r, WEAL_BFT_CERTIFIED, 1, &b, WEAL_BFT_OK);
    assert_int_equal(rig_view(&r), 2);
    assert_false(rig_sent(&r, F, 1, NULL));
}

/* A notarized block that does not hold means a bug here or too many faults: stop and say so. */
static void notarized_invalid_stops_voting(void **state) {
    (void)state;
    begin(0);
    r.auto_answer = false;
    struct rig_block b;
    rig_block(&r, &b, 1, 0, &r.genesis, 1);
    rig_cert(&r, N, 1, 0, b.b.id, OTHERS_OF_0);
    rig_answer(&r, WEAL_BFT_CERTIFIED, 1, &b, WEAL_BFT_INVALID);
    assert_true(rig_alarm(&r, WEAL_BFT_ALARM_NOTARIZED_INVALID));
    assert_false(rig_status(&r).voting);
    rig_time(&r, 5000);
    assert_int_equal(rig_count(&r, WEAL_BFT_SIGN), 0);
    assert_int_equal(rig_view(&r), 1); /* nor is it built on */
}

static void later_is_asked_again(void **state) {
    (void)state;
    begin(0);
    r.auto_answer = false;
    struct rig_block b;
    rig_block(&r, &b, 1, 0, &r.genesis, 1);
    rig_proposal(&r, &b, 1, 0, &r.genesis);
    rig_answer(&r, WEAL_BFT_VERIFIED, 1, &b, WEAL_BFT_LATER);
    assert_null(rig_find(&r, WEAL_BFT_VERIFY));
    rig_time(&r, 300);
    assert_int_equal(rig_count(&r, WEAL_BFT_VERIFY), 1);
    rig_cert(&r, N, 1, 0, b.b.id, OTHERS_OF_0);
    rig_answer(&r, WEAL_BFT_CERTIFIED, 1, &b, WEAL_BFT_LATER);
    rig_time(&r, 300);
    assert_int_equal(rig_count(&r, WEAL_BFT_CERTIFY), 1);
}

/* ---- rule T and time ---- */

/* c#4541: leaving by nullification takes 50 ms at least. */
static void view_floor(void **state) {
    (void)state;
    begin(0);
    rig_time(&r, 10);
    rig_cert(&r, S, 1, 0, NULL, ALL);
    assert_int_equal(rig_view(&r), 1);
    rig_time(&r, 35);
    assert_int_equal(rig_view(&r), 1);
    rig_time(&r, 10);
    assert_int_equal(rig_view(&r), 2);
}

/* a#486: one nullify a view; what is sent again is the same bytes, with the entry certificate. */
static void nullify_is_resent_not_remade(void **state) {
    (void)state;
    begin(0);
    round_trip(1, 0, &r.genesis);
    struct weal_vote first, again;
    rig_time(&r, 1220);
    assert_true(rig_sent(&r, S, 2, &first));
    rig_time(&r, 520);
    assert_true(rig_sent(&r, S, 2, &again));
    assert_memory_equal(first.signature, again.signature, 64);
    assert_int_equal(first.signer, again.signer);
    assert_true(rig_sent_cert(&r, N, 1));
    assert_int_equal(rig_count(&r, WEAL_BFT_SIGN), 0);
}

static void the_leaders_own_nullify_is_followed(void **state) {
    (void)state;
    begin(0);
    rig_vote(&r, S, 1, 0, NULL, 2);
    assert_false(rig_sent(&r, S, 1, NULL));
    rig_vote(&r, S, 1, 0, NULL, 1);
    assert_true(rig_sent(&r, S, 1, NULL));
}

/* Timeouts grow with every view lost in a row and are reset by finality. */
static void back_off(void **state) {
    (void)state;
    begin(0);
    r.config.skip_timeout_ms = 0;
    rig_free(&r);
    rig_init(&r, 4, 0, NULL);
    r.config.skip_timeout_ms = 0;
    r.auto_answer = true;
    rig_start(&r, WEAL_BFT_LOG_FRESH);
    uint64_t last = 0;
    for (uint64_t v = 1; v < 7; v++) {
        if (v % 4 == 0) r.auto_build = false; /* our own turn: build never comes */
        uint64_t start = r.now;
        while (!rig_sent(&r, S, v, NULL)) rig_time(&r, 20);
        uint64_t took = r.now - start;
        assert_true(took + 40 > last);
        if (v == 1) assert_in_range(took, 1190, 1260);
        if (v == 3) assert_in_range(took, 2650, 2780); /* 1200 * 1.5 * 1.5 */
        last = took;
        rig_cert(&r, S, v, 0, NULL, ALL);
        rig_time(&r, 60);
    }
    assert_int_equal(rig_status(&r).nullified_in_row, 6);
    struct rig_block b;
    rig_block(&r, &b, 7, 0, &r.genesis, 1);
    rig_proposal(&r, &b, 7, 0, &r.genesis);
    rig_cert(&r, N, 7, 0, b.b.id, OTHERS_OF_0);
    rig_cert(&r, F, 7, 0, b.b.id, OTHERS_OF_0);
    assert_int_equal(rig_status(&r).nullified_in_row, 0);
}

static void votes_of_all_but(uint16_t silent, uint64_t view) {
    for (uint16_t i = 0; i < 4; i++)
        if (i != silent && i != r.self) rig_vote(&r, S, view, 0, NULL, i);
}

/* a#299, #194: a leader that has been silent is not waited for; c#1233: only new, verified votes
 * count as signs of life; c#4541: with too few live nodes nobody is skipped. */
static void silent_leader_is_skipped(void **state) {
    (void)state;
    begin(0);
    r.auto_answer = true;
    /* 1 stays silent; 2 and 3 keep voting for over five seconds */
    for (uint64_t v = 1; v < 5; v++) {
        while (!rig_sent(&r, S, v, NULL)) rig_time(&r, 20);
        votes_of_all_but(1, v);
        rig_time(&r, 60);
    }
    assert_int_equal(rig_view(&r), 5); /* leader 1 */
    rig_time(&r, 5);
    assert_true(rig_sent(&r, S, 5, NULL) || rig_count(&r, WEAL_BFT_SIGN) == 0);
    struct weal_bft_status s = rig_status(&r);
    assert_int_equal(s.leader, 1);
    rig_vote(&r, S, 5, 0, NULL, 2);
    rig_vote(&r, S, 5, 0, NULL, 3);
    rig_time(&r, 60);
    assert_int_equal(rig_view(&r), 6); /* nullified at once: own vote was there */
}

static void skip_fails_open(void **state) {
    (void)state;
    begin(0);
    /* nobody but us is heard for long: certificates of old signatures move us on */
    rig_time(&r, 30000);
    rig_cert(&r, S, 1, 0, NULL, 0x7);
    rig_time(&r, 60);
    assert_int_equal(rig_view(&r), 2);
    rig_time(&r, 500);
    assert_false(rig_sent(&r, S, 2, NULL)); /* 3 is silent, but 2 leads and was heard in it */
}

/* ---- rules S, F, B, R ---- */

/* A joiner fast-forwards by any nullification or finalization. */
static void fast_forward(void **state) {
    (void)state;
    begin(0);
    rig_cert(&r, S, 5000, 0, NULL, ALL);
    rig_time(&r, 60);
    assert_int_equal(rig_view(&r), 5001);
    struct rig_block b;
    rig_block(&r, &b, 9000, 8999, &r.genesis, 3);
    rig_cert(&r, F, 9000, 8999, b.b.id, ALL);
    assert_int_equal(rig_view(&r), 9001);
    assert_int_equal(rig_status(&r).final_view, 9000);
    assert_non_null(rig_find(&r, WEAL_BFT_DELIVER));
    /* a view that shares the ring's place with the present one */
    rig_cert(&r, F, 9001 + WEAL_BFT_WINDOW, 9000, b.b.id, ALL);
    assert_int_equal(rig_view(&r), 9002 + WEAL_BFT_WINDOW);
}

/* c#3727: blocks came by another way; the floor is set and views go on above it. */
static void floor_can_be_set(void **state) {
    (void)state;
    begin(0);
    r.auto_answer = false;
    struct rig_block b;
    rig_block(&r, &b, 40, 39, &r.genesis, 3);
    struct weal_certificate x = {.kind = F, .view = 40, .parent_view = 39, .signers = {0x0e}};
    uint8_t sigs[192] = {0};
    memcpy(x.digest, b.b.id, 32);
    x.signatures = WEAL_BYTES(sigs);
    struct weal_bft_event e = {.kind = WEAL_BFT_FLOOR};
    e.u.floor.cert = &x;
    e.u.floor.header = weal_bytes(b.header, b.header_n);
    rig_event(&r, &e);
    assert_int_equal(rig_view(&r), 41);
    assert_int_equal(rig_status(&r).final_height, 1);
    rig_event(&r, &e); /* again: nothing */
    assert_int_equal(rig_status(&r).final_view, 40);
}

/* c#4289: a notarization whose block is not certified yet is not given to who asks. */
static void only_settled_certificates_are_answered(void **state) {
    (void)state;
    begin(0);
    r.auto_answer = false;
    struct rig_block b;
    struct weal_cert_request q = {0, 1, 3};
    struct weal_bft_event e = {.kind = WEAL_BFT_REQUEST, .peer = 77};
    e.u.request = &q;
    rig_block(&r, &b, 1, 0, &r.genesis, 1);
    rig_cert(&r, N, 1, 0, b.b.id, OTHERS_OF_0);
    rig_event(&r, &e);
    assert_int_equal(rig_count(&r, WEAL_BFT_SEND), 0);
    rig_answer(&r, WEAL_BFT_CERTIFIED, 1, &b, WEAL_BFT_OK);
    rig_event(&r, &e);
    assert_int_equal(rig_count(&r, WEAL_BFT_SEND), 1);
    assert_int_equal(rig_find(&r, WEAL_BFT_SEND)->u.peer, 77);
    rig_cert(&r, F, 1, 0, b.b.id, OTHERS_OF_0); /* settles all at or below */
    rig_event(&r, &e);
    assert_true(rig_sent_cert(&r, F, 1));
    q = (struct weal_cert_request){0, 1, UINT64_MAX}; /* a greedy one is answered in bounds */
    rig_event(&r, &e);
    assert_true(rig_count(&r, WEAL_BFT_SEND) <= 2 * WEAL_BFT_ANSWER_MAX);
}

static void missing_certificates_are_fetched(void **state) {
    (void)state;
    begin(3);
    rig_pending(&r, true);
    rig_cert(&r, S, 2, 0, NULL, OTHERS_OF_3); /* view 1 is unknown to us; we lead 3 */
    rig_time(&r, 80);
    assert_int_equal(rig_view(&r), 3);
    const struct weal_bft_effect *e = rig_find(&r, WEAL_BFT_FETCH);
    assert_non_null(e);
    assert_int_equal(e->u.fetch.first, 1);
    assert_false(rig_sent(&r, N, 3, NULL));
    rig_time(&r, 600); /* asked again, not in a flood */
    assert_in_range(rig_count(&r, WEAL_BFT_FETCH), 1, 4);
    rig_cert(&r, S, 1, 0, NULL, OTHERS_OF_3);
    assert_true(rig_sent(&r, N, 3, NULL));
}

/* Rule R: after ten seconds without finality, a bounded piece, again and again. */
static void standstill_is_bounded(void **state) {
    (void)state;
    begin(0);
    for (uint64_t v = 1; v <= 100; v++) {
        rig_cert(&r, S, v, 0, NULL, ALL);
        rig_time(&r, 51);
    }
    size_t most = 0;
    bool any = false;
    for (int i = 0; i < 400; i++) {
        rig_time(&r, 100);
        size_t n = 0;
        for (size_t k = 0; k < r.out_n; k++) {
            struct weal_bft_message m;
            struct weal_rd rd = weal_rd(r.out[k].bytes);
            if (r.out[k].kind != WEAL_BFT_BROADCAST) continue;
            weal_bft_message_get(&rd, &m);
            n += m.m_kind == WEAL_BFT_MESSAGE_CERTIFICATE;
        }
        if (n > most) most = n;
        any |= n > 4;
    }
    assert_true(any && most <= 2 * WEAL_BFT_ANSWER_MAX + 2);
}

/* c#2861: the body goes to the next leader if its vote for it was not seen. */
static void body_is_forwarded_to_a_silent_leader(void **state) {
    (void)state;
    begin(0);
    struct rig_block b;
    rig_block(&r, &b, 1, 0, &r.genesis, 1);
    rig_proposal(&r, &b, 1, 0, &r.genesis);
    rig_vote(&r, N, 1, 0, b.b.id, 3); /* 1, 0 and 3; 2 leads next and is silent */
    const struct weal_bft_effect *e = rig_find(&r, WEAL_BFT_FORWARD);
    assert_non_null(e);
    assert_int_equal(e->u.forward.to[0], 1u << 2);
    assert_memory_equal(e->u.forward.digest, b.b.id, 32);
}

/* ---- evidence ---- */

static void evidence_row_by_row(void **state) {
    (void)state;
    uint8_t p[32], q[32], zero[32] = {0};
    memset(p, 1, 32);
    memset(q, 2, 32);
    static const struct {
        uint8_t a, b, offence;
        bool other;
    } row[] = {{N, N, 1, true},  {F, F, 2, true},  {S, F, 3, false}, {F, S, 3, false},
               {N, F, 4, true},  {F, N, 4, true},  {N, S, 0, false}, {S, N, 0, false},
               {N, F, 0, false}, {N, N, 0, false}, {F, F, 0, false}, {S, S, 0, false}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        begin(0);
        rig_vote(&r, row[i].a, 1, 0, row[i].a == S ? zero : p, 2);
        assert_null(rig_find(&r, WEAL_BFT_EVIDENCE));
        rig_vote(&r, row[i].b, 1, 0, row[i].b == S ? zero : row[i].other ? q : p, 2);
        const struct weal_bft_effect *e = rig_find(&r, WEAL_BFT_EVIDENCE);
        assert_int_equal(e != NULL, row[i].offence != 0);
        if (e) {
            struct weal_evidence x;
            struct weal_rd rd = weal_rd(e->bytes);
            weal_evidence_get(&rd, &x);
            assert_true(weal_rd_done(&rd));
            assert_int_equal(x.kind, row[i].offence);
            assert_true(x.votes[0].kind <= x.votes[1].kind);
            assert_int_equal(weal_evidence_kind(&x.votes[0], &x.votes[1]), row[i].offence);
            rig_vote(&r, row[i].b, 1, 0, row[i].b == S ? zero : q, 2); /* said once */
            rig_vote(&r, row[i].a, 1, 0, row[i].a == S ? zero : p, 2);
        }
        if (i + 1 < sizeof row / sizeof *row) rig_free(&r);
    }
}

/* A contradiction that hides in a certificate is found too. */
static void evidence_inside_certificates(void **state) {
    (void)state;
    begin(0);
    uint8_t p[32], q[32];
    memset(p, 1, 32);
    memset(q, 2, 32);
    rig_vote(&r, N, 1, 0, p, 3);
    r.auto_answer = false;
    rig_cert(&r, N, 1, 0, q, OTHERS_OF_0);
    assert_int_equal(rig_count(&r, WEAL_BFT_EVIDENCE), 1);
}

#define T(f) cmocka_unit_test_teardown(f, done)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(happy_path),
        T(leader_proposes_with_justification),
        T(failed_build_nullifies_at_once),
        T(records_come_before_messages),
        T(gaps_must_be_nullified),
        T(notarized_and_nullified_may_coexist),
        T(bad_proposals_are_nullified_at_once),
        T(only_the_leader_proposes),
        T(leader_is_the_tables),
        T(equivocating_leader),
        T(certifies_after_own_nullify),
        T(notarized_invalid_stops_voting),
        T(later_is_asked_again),
        T(view_floor),
        T(nullify_is_resent_not_remade),
        T(the_leaders_own_nullify_is_followed),
        T(back_off),
        T(silent_leader_is_skipped),
        T(skip_fails_open),
        T(fast_forward),
        T(floor_can_be_set),
        T(only_settled_certificates_are_answered),
        T(missing_certificates_are_fetched),
        T(standstill_is_bounded),
        T(body_is_forwarded_to_a_silent_leader),
        T(evidence_row_by_row),
        T(evidence_inside_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
