/* SPDX-License-Identifier: ISC */
/* Random walks through the formal model (tests/formal/simplex_exact.pml), replayed against the
 * machine: three honest validators, each a machine of its own, are given what the walk says, and
 * after every step must have signed exactly what the model signed.
 *
 * tests/vectors/simplex_walks.txt: "walk VIEWS BYZ", then for each step "@node action view
 * proposal", followed by "+node kind view proposal" for each vote of it. A proposal of view v is 1
 * + 2 * parent view + variant; BYZ has a bit for each view that validator 3, the Byzantine one,
 * leads.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/bft_rig.h"

enum { N = WEAL_VOTE_NOTARIZE, S = WEAL_VOTE_NULLIFY, F = WEAL_VOTE_FINALIZE };
enum { HONEST = 3, BYZANTINE = 3, VIEWS_MAX = 15, PROPOSALS = 2 * VIEWS_MAX + 1 };

static struct rig nodes[HONEST];
static struct rig_block blocks[VIEWS_MAX + 1][PROPOSALS + 1];
static bool is_made[VIEWS_MAX + 1][PROPOSALS + 1];
static unsigned notarizers[VIEWS_MAX + 1][PROPOSALS + 1], nullifiers[VIEWS_MAX + 1],
    finalizers[VIEWS_MAX + 1];
static unsigned notarized[VIEWS_MAX + 1]; /* the proposal of the view, 0 none */
static struct {                           /* what the Byzantine leader's block commits to */
    uint8_t bytes[16384];
    size_t n;
} justified[VIEWS_MAX + 1][PROPOSALS + 1];

static unsigned parent_of(unsigned p) {
    return (p - 1) / 2;
}
static const struct rig_block *block_at(unsigned view) { /* the notarized one */
    return view == 0 ? &nodes[0].genesis : &blocks[view][notarized[view]];
}
static unsigned honest_votes(unsigned bits) {
    return (bits & 1) + (bits >> 1 & 1) + (bits >> 2 & 1);
}

static void walk_begin(unsigned byz) {
    memset(is_made, 0, sizeof is_made);
    memset(notarizers, 0, sizeof notarizers);
    memset(nullifiers, 0, sizeof nullifiers);
    memset(finalizers, 0, sizeof finalizers);
    memset(notarized, 0, sizeof notarized);
    for (uint16_t i = 0; i < HONEST; i++) {
        struct rig *r = &nodes[i];
        rig_init(r, 4, i, NULL);
        r->auto_answer = true;
        /* time is the walk's: nothing is due before it says so */
        r->config.leader_timeout_ms = 5000;
        r->config.advance_timeout_ms = 6000;
        r->config.skip_timeout_ms = 0;
        r->config.heartbeat_ms = 4000;
        r->config.min_interval_ms = 0;
        r->wall_skew = -100000000; /* a parent is never old enough, but with transactions */
        r->config.ahead_ms = r->config.behind_ms = 1u << 30;
        for (unsigned v = 1; v < WEAL_LEADER_SLOTS; v++) {
            r->leaders[v] = (uint16_t)(v - 1) % 3;
            if (v <= VIEWS_MAX && (byz >> (v - 1) & 1)) r->leaders[v] = BYZANTINE;
        }
        rig_start(r, WEAL_BFT_LOG_FRESH);
    }
}

static void walk_end(void) {
    for (unsigned i = 0; i < HONEST; i++) rig_free(&nodes[i]);
}

/* What is known by everybody who answers for blocks. */
static void block_keep(unsigned view, unsigned p, const struct rig_block *b) {
    blocks[view][p] = *b;
    is_made[view][p] = true;
    for (unsigned i = 0; i < HONEST; i++) nodes[i].made[nodes[i].made_n++] = *b;
}

/* ---- the Byzantine leader ---- */

static void byzantine_justify(unsigned view, unsigned p) {
    static struct weal_justification j;
    static uint8_t sigs[VIEWS_MAX + 1][4 * 64];
    unsigned pv = parent_of(p);
    memset(&j, 0, sizeof j);
    j.parent_has = pv != 0;
    if (pv != 0) {
        rig_cert_fill(&nodes[0], &j.parent, sigs[0], N, pv, parent_of(notarized[pv]),
                      block_at(pv)->b.id, notarizers[pv][notarized[pv]] | 1u << BYZANTINE);
    }
    for (unsigned u = pv + 1; u < view; u++) {
        rig_cert_fill(&nodes[0], &j.gaps[j.gaps_n], sigs[u], S, u, 0, NULL,
                      nullifiers[u] | 1u << BYZANTINE);
        j.gaps_n++;
    }
    struct weal_wr w = weal_wr(justified[view][p].bytes, sizeof justified[view][p].bytes);
    weal_justification_put(&w, &j);
    assert_false(w.failed);
    justified[view][p].n = w.n;
}

static void byzantine_block(unsigned view, unsigned p) {
    const struct rig_block *parent = block_at(parent_of(p));
    struct weal_header h = {.version = 1,
                            .height = parent->b.height + 1,
                            .view = view,
                            .parent_view = parent_of(p),
                            .proposer = BYZANTINE,
                            .time_ms = parent->b.time_ms + 1};
    struct rig_block b;
    memset(&b, 0, sizeof b);
    byzantine_justify(view, p);
    memcpy(h.parent, parent->b.id, 32);
    memset(h.tx_root, (int)p, 32); /* the variant */
    weal_justification_hash(h.justification_hash,
                            weal_bytes(justified[view][p].bytes, justified[view][p].n));
    struct weal_wr w = weal_wr(b.header, sizeof b.header);
    weal_header_put(&w, &h);
    b.header_n = w.n;
    weal_header_id(b.b.id, weal_wr_done(&w));
    memcpy(b.b.parent, h.parent, 32);
    b.b.height = h.height;
    b.b.view = view;
    b.b.time_ms = h.time_ms;
    block_keep(view, p, &b);
}

/* ---- steps ---- */

static struct { /* an honest leader's proposal, as it went out */
    uint8_t bytes[WEAL_JUSTIFICATION_SIZE_MAX + WEAL_HEADER_SIZE_MAX + 512];
    size_t n;
} sent[VIEWS_MAX + 1];

static void step_propose(struct rig *r, unsigned view, unsigned p) {
    rig_pending(r, true);
    rig_build(r);
    for (size_t i = 0; i < r->out_n; i++) {
        struct weal_bft_message m;
        struct weal_rd rd = weal_rd(r->out[i].bytes);
        if (r->out[i].kind != WEAL_BFT_BROADCAST) continue;
        weal_bft_message_get(&rd, &m);
        if (m.m_kind != WEAL_BFT_MESSAGE_PROPOSAL) continue;
        assert_int_equal(m.m.proposal.view, view);
        assert_int_equal(m.m.proposal.parent_view, parent_of(p));
        assert_true(r->out[i].bytes.n <= sizeof sent[view].bytes);
        memcpy(sent[view].bytes, r->out[i].bytes.p, r->out[i].bytes.n);
        sent[view].n = r->out[i].bytes.n;
        for (size_t k = 0; k < r->made_n; k++) {
            if (memcmp(r->made[k].b.id, m.m.proposal.digest, 32) != 0) continue;
            struct rig_block b = r->made[k];
            block_keep(view, p, &b);
            return;
        }
    }
    fail_msg("no proposal of view %u", view);
}

static void step_take(struct rig *r, unsigned view, unsigned p) {
    struct weal_bft_event e = {.kind = WEAL_BFT_PROPOSAL};
    struct weal_bft_message m;
    if (r->leaders[view] != BYZANTINE) {
        struct weal_rd rd = weal_rd(weal_bytes(sent[view].bytes, sent[view].n));
        weal_bft_message_get(&rd, &m);
        e.u.proposal = &m.m.proposal;
        rig_event(r, &e);
        return;
    }
    if (!is_made[view][p]) byzantine_block(view, p);
    struct weal_proposal x = {.view = view, .parent_view = parent_of(p), .signer = BYZANTINE};
    struct weal_certificate c; /* for the mark of its signature */
    memcpy(x.digest, blocks[view][p].b.id, 32);
    rig_cert_fill(r, &c, x.signature, N, view, parent_of(p), x.digest, 1u << BYZANTINE);
    x.header = weal_bytes(blocks[view][p].header, blocks[view][p].header_n);
    x.justification = weal_bytes(justified[view][p].bytes, justified[view][p].n);
    e.u.proposal = &x;
    rig_event(r, &e);
}

static void step_nullify(struct rig *r, unsigned view) {
    for (unsigned k = 0; k < 2000; k++) {
        rig_time(r, 100);
        if (rig_sent(r, S, view, NULL)) return;
    }
    fail_msg("no nullify of view %u", view);
}

static void step_certificate(struct rig *r, uint8_t kind, unsigned view) {
    unsigned p = notarized[view];
    unsigned who = kind == S   ? nullifiers[view]
                   : kind == F ? finalizers[view]
                               : notarizers[view][p];
    assert_true(honest_votes(who) >= 2);
    /* a view left by nullification has lasted a while: then nothing happens between */
    if (kind == S) rig_time(r, 60);
    rig_cert(r, kind, view, kind == S ? 0 : parent_of(p), kind == S ? NULL : block_at(view)->b.id,
             who | 1u << BYZANTINE);
    if (rig_view(r) <= view)
        fail_msg("certificate %u of view %u leaves view %lu", kind, view, rig_view(r));
}

static void vote_expected(struct rig *r, unsigned node, const char *kind, unsigned view,
                          unsigned p) {
    struct weal_vote v;
    uint8_t k = kind[0] == 'f' ? F : kind[2] == 't' ? N : S;
    if (!rig_sent(r, k, view, &v)) fail_msg("node %u did not %s view %u", node, kind, view);
    if (k != S) assert_memory_equal(v.digest, blocks[view][p].b.id, 32);
    if (k == S) nullifiers[view] |= 1u << node;
    if (k == F) finalizers[view] |= 1u << node;
    if (k == N) notarizers[view][p] |= 1u << node;
    if (k == N && honest_votes(notarizers[view][p]) == 2) notarized[view] = p;
}

static void step(struct rig *r, const char *action, unsigned view, unsigned p) {
    rig_pending(r, false); /* leaders propose when the walk says so */
    if (strcmp(action, "nullify") == 0)
        step_nullify(r, view);
    else if (strcmp(action, "propose") == 0)
        step_propose(r, view, p);
    else if (strcmp(action, "take_proposal") == 0)
        step_take(r, view, p);
    else
        step_certificate(r, action[0] == 'f' ? F : action[1] == 'o' ? N : S, view);
}

static void walks_of_the_model(void **state) {
    (void)state;
    FILE *f = fopen("tests/vectors/simplex_walks.txt", "r");
    unsigned walks = 0, steps = 0, votes = 0, views, byz, node, view, p, left = 0;
    char line[128], word[32];
    bool open = false;
    struct rig *r = NULL;
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (line[0] != '+' && left != 0)
            fail_msg("%u votes more than the model, before %s", left, line);
        if (sscanf(line, "walk %u %u", &views, &byz) == 2) {
            if (open) walk_end();
            assert_true(views <= VIEWS_MAX);
            walk_begin(byz);
            open = true;
            walks++;
        } else if (sscanf(line, "@%u %31s %u %u", &node, word, &view, &p) == 4) {
            assert_true(open && node < HONEST && view >= 1 && view <= views && p <= 2 * view);
            r = &nodes[node];
            step(r, word, view, p);
            left = (unsigned)rig_count(r, WEAL_BFT_SIGN); /* new votes, not those sent again */
            steps++;
        } else if (sscanf(line, "+%u %31s %u %u", &node, word, &view, &p) == 4) {
            if (left == 0)
                fail_msg("walk %u step %u: the model votes, the machine not: %s", walks, steps,
                         line);
            assert_true(r == &nodes[node]);
            vote_expected(r, node, word, view, p);
            left--;
            votes++;
        }
    }
    if (open) walk_end();
    fclose(f);
    print_message("%u walks, %u steps, %u votes\n", walks, steps, votes);
    assert_true(walks >= 50 && votes >= 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(walks_of_the_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
