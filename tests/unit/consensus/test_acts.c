/* SPDX-License-Identifier: ISC */
/* The table of all transaction types: each has one module, a lane, a ring or none, and what could
 * tie it; the rules of privacy are checked on it. Also roles, scopes, jurisdictions, parameters.
 * Rows CC-24, CC-26, X-02, X-03, X-08. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "consensus/mod/module.h"
#include "tests/support/chain.h"

/* ---- the table ---- */

static const uint16_t KINDS[] = {
    WEAL_TX_TRANSFER,      WEAL_TX_HUMAN_ENROL,  WEAL_TX_HUMAN_STRIKE,   WEAL_TX_HUMAN_ROTATE,
    WEAL_TX_HUMAN_SUSPEND, WEAL_TX_HUMAN_REVOKE, WEAL_TX_HUMAN_WITHDRAW, WEAL_TX_HUMAN_RENEW,
    WEAL_TX_HUMAN_MOVE,    WEAL_TX_ACTIVITY,     WEAL_TX_MODULE_KEY,     WEAL_TX_INCOME_CLAIM,
    WEAL_TX_SEAT_LEASE,    WEAL_TX_SEAT_BIND,    WEAL_TX_SEAT_BOND,      WEAL_TX_SEAT_UNBOND,
    WEAL_TX_SEAT_RETURN,   WEAL_TX_EVIDENCE_TX,  WEAL_TX_ATTESTOR_RENEW,
};
enum { KINDS_N = sizeof KINDS / sizeof *KINDS };

static void every_kind_has_one_act(void **state) {
    (void)state;
    unsigned n = 0;
    for (unsigned m = 0; weal_mods[m]; m++) n += weal_mods[m]->acts_n;
    assert_int_equal(n, KINDS_N);
    for (unsigned i = 0; i < KINDS_N; i++) {
        const struct weal_act *a = weal_act_find(KINDS[i]);
        assert_non_null(a);
        assert_non_null(a->name);
        assert_non_null(a->ties);
        assert_non_null(a->apply);
        for (unsigned k = 0; k < i; k++) {
            assert_true(weal_act_find(KINDS[k]) != a);
        }
    }
    /* the codec knows no kind that no module has */
    for (unsigned kind = 0; kind <= 0xffff; kind++) {
        uint8_t b[WEAL_TX_SIZE_MAX] = {1, (uint8_t)kind, (uint8_t)(kind >> 8)};
        struct weal_tx tx;
        struct weal_rd r = weal_rd(weal_bytes(b, 3));
        weal_tx_get(&r, &tx);
        if (weal_act_find((uint16_t)kind) == NULL) assert_true(r.failed);
    }
}

static void x_02_rings_carry_one_tag_and_stand_alone(void **state) {
    (void)state;
    printf("%-16s %-6s %-15s %-24s %s\n", "act", "lane", "ring over", "tag's scope", "ties");
    static const char *const over[] = {"-", "humans", "activity notes"};
    for (unsigned i = 0; i < KINDS_N; i++) {
        const struct weal_act *a = weal_act_find(KINDS[i]);
        printf("%-16s %-6s %-15s %-24s %s\n", a->name, a->lane == WEAL_EXEC_FEE ? "fee" : "human",
               over[a->ring], a->scope ? a->scope : "-", a->ties);
        /* a ring has a tag, and only a ring */
        assert_int_equal(a->ring != WEAL_RING_NONE, a->scope != NULL);
        /* no act with a ring is paid for or signed by an account */
        if (a->ring != WEAL_RING_NONE) assert_int_equal(a->lane, WEAL_EXEC_HUMAN);
        /* scopes of two acts never have the same form: their tags can't meet */
        for (unsigned k = 0; k < i; k++) {
            const struct weal_act *b = weal_act_find(KINDS[k]);
            if (a->scope && b->scope) assert_string_not_equal(a->scope, b->scope);
        }
    }
}

/* ---- strings ---- */

static void scopes_have_one_spelling(void **state) {
    (void)state;
    static const struct {
        struct weal_scope s;
        const char *text;
    } cases[] = {
        {{WEAL_SCOPE_ACTIVITY, 7, 1}, "activity/7/1"},
        {{WEAL_SCOPE_ACTIVITY, 10, 2}, "activity/10/2"},
        {{WEAL_SCOPE_INCOME, 0, 0}, "income/0"},
        {{WEAL_SCOPE_INCOME, 4294967295u, 0}, "income/4294967295"},
        {{WEAL_SCOPE_FACE_VALIDATOR, 2026, 0}, "face/validator/2026"},
    };
    uint8_t b[WEAL_SCOPE_TEXT_MAX];
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = weal_scope_text(b, cases[i].s);
        assert_int_equal(n, strlen(cases[i].text));
        assert_memory_equal(b, cases[i].text, n);
    }
    size_t n = weal_scope_beacon(b, 3, 1207);
    assert_int_equal(n, strlen("beacon/3/1207"));
    assert_memory_equal(b, "beacon/3/1207", n);
}

static void jurisdictions(void **state) {
    (void)state;
    static const char *const good[] = {"CA", "CA-ON", "CA-ON-TOR", "FR-75", "ABCDEFGH-2"};
    static const char *const bad[] = {"",
                                      "C",
                                      "ca",
                                      "CA-",
                                      "-CA",
                                      "CA--ON",
                                      "CA ON",
                                      "CA/ON",
                                      "ABCDEFGHI",
                                      "CA-\xc3\x89",
                                      "CA-ON-TOR-1234567-1234567"};
    for (unsigned i = 0; i < 5; i++) {
        assert_true(weal_jurisdiction_valid(weal_bytes(good[i], strlen(good[i]))));
    }
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(weal_jurisdiction_valid(weal_bytes(bad[i], strlen(bad[i]))));
    }
    struct weal_bytes tor = WEAL_BYTES_LIT("CA-ON-TOR");
    assert_true(weal_jurisdiction_prefix(WEAL_BYTES_LIT("CA"), tor));
    assert_true(weal_jurisdiction_prefix(WEAL_BYTES_LIT("CA-ON"), tor));
    assert_true(weal_jurisdiction_prefix(tor, tor));
    assert_false(weal_jurisdiction_prefix(WEAL_BYTES_LIT("CA-O"), tor));
    assert_false(weal_jurisdiction_prefix(WEAL_BYTES_LIT("ON"), tor));
    assert_false(weal_jurisdiction_prefix(tor, WEAL_BYTES_LIT("CA-ON")));
}

static void the_signed_bytes_are_a_prefix(void **state) {
    (void)state;
    struct chain *c = chain_new(NULL);
    struct chain_person p;
    struct chain_tx t;
    chain_person(c, &p);
    chain_enrol(c, &t, &p, "CA-ON-TOR");
    uint8_t b[WEAL_TX_SIZE_MAX];
    struct weal_wr w = weal_wr(b, sizeof b);
    weal_tx_put_signed(&w, &t.tx);
    assert_true(w.n < t.n);
    assert_memory_equal(b, t.b, w.n);
    chain_free(c);
}

/* ---- parameters ---- */

static void the_preset_table(void **state) {
    (void)state;
    struct weal_params m, d;
    const char *name;
    weal_params_preset(&m, WEAL_PRESET_MAIN);
    weal_params_preset(&d, WEAL_PRESET_DEVNET);
    assert_int_equal(weal_params_check(&m, &name), WEAL_ACCEPT);
    assert_int_equal(weal_params_check(&d, &name), WEAL_ACCEPT);
    uint64_t day = 86400000, s = 1000;
#define ROW(f, on_main, on_devnet)                                                                 \
    assert_int_equal(m.f, on_main);                                                                \
    assert_int_equal(d.f, on_devnet)
    ROW(epoch_ms, 7 * day, 30 * s);
    ROW(claim_epochs, 4, 4);
    ROW(window_human_ms, day, 5 * s);
    ROW(window_activity_ms, day, 5 * s);
    ROW(cohort_grace_ms, 22200 * s, 60 * s);
    ROW(term_blocks, 36000, 600);
    ROW(staging_ms, 6 * 3600 * s, 20 * s);
    ROW(demurrage_step_ms, 30 * day, 600 * s);
    ROW(block_bytes_max, 2 << 20, 2 << 20);
    ROW(challenge_ms, 7 * day, 5 * s);
    ROW(validity_ms, 365 * day, 365 * day);
    ROW(renewal_ms, 60 * day, 60 * day);
    ROW(renewal_grace_ms, 60 * day, 60 * day);
    ROW(window_policap_ms, 7 * day, 10 * s);
    ROW(suspension_ms, 7 * day, 30 * s);
    ROW(revocation_delay_ms, 7 * day, 30 * s);
    ROW(unbonding_ms, 14 * day, 60 * s);
    ROW(evidence_age_ms, 7 * day, 30 * s);
    ROW(wallet_delay_ms, 12 * 3600 * s, 5 * s);
    ROW(pob_challenge_ms, 72 * 3600 * s, 20 * s);
    ROW(late_marks_ms, 1800 * s, 10 * s);
#undef ROW
    assert_int_equal(m.income_micro, 168000000);
    assert_int_equal(m.fee_byte_micro, 10);
    assert_int_equal(m.fee_sig_micro, 1000);
    assert_int_equal(m.deal_delay, 16);
    assert_int_equal(m.usable_delay, 80);
    struct weal_st_params r;
    struct weal_params back;
    weal_params_to_record(&r, &m);
    assert_true(weal_params_from_record(&back, &r));
    assert_memory_equal(&back, &m, sizeof m);
    r.values[3].id++;
    assert_false(weal_params_from_record(&back, &r));
    d.claim_epochs = 0;
    assert_int_equal(weal_params_check(&d, &name), WEAL_V_GENESIS_PARAM);
    assert_string_equal(name, "claim_epochs");
    struct weal_param_doc doc;
    unsigned k = 0;
    for (uint16_t last = 0; weal_params_doc(k, &doc); k++, last = doc.number) {
        assert_true(doc.number > last); /* the record's order */
        assert_true(doc.main >= doc.least && doc.main <= doc.most);
        assert_true(doc.devnet >= doc.least && doc.devnet <= doc.most);
    }
    assert_true(k <= 64);
}

static void the_calendar(void **state) {
    (void)state;
    assert_int_equal(weal_date_ms(1970, 1, 1), 0);
    assert_int_equal(weal_date_ms(2000, 3, 1), 951868800000);
    assert_int_equal(weal_date_ms(2024, 2, 29), 1709164800000);
    assert_int_equal(weal_date_ms(2026, 1, 1), 1767225600000);
    for (uint32_t y = 1970; y < 2500; y++) {
        assert_int_equal(weal_year_of(weal_date_ms(y, 1, 1)), y);
        assert_int_equal(weal_year_of(weal_date_ms(y + 1, 1, 1) - 1), y);
    }
}

/* ---- X-08 ---- */

/* Every field of every transaction is a key, tag, hash, proof, number or a place: nothing has room
 * for a name or an answer. A new VAR field must be entered here, with its reason. */
static void x_08_no_personal_data_has_room(void **state) {
    (void)state;
    static const char *const lines[] = {
#define REC(r, id, doc)
#define INT(r, t, f, doc)
#define BYT(r, f, n, doc)
#define VAR(r, f, m, doc) #r "." #f,
#define ARR(r, s, f, m, doc)
#define OPT(r, s, f, doc)
#define ONE(r, f, doc)
#define CASE(r, f, tag, s)
#define ENDONE(r, f)
#define AUTH(r)
#define END(r)
#include "consensus/tx.schema"
    };
    static const char *const allowed[] = {
        "human_enrol.jurisdiction", "human_enrol.pool",   "human_rotate.pool",
        "human_move.jurisdiction",  "human_move.pool",    "activity.pool",
        "activity.proof",           "income_claim.proof", "seat_lease.proof",
        "evidence_tx.evidence",
    };
    for (unsigned i = 0; i < sizeof lines / sizeof *lines; i++) {
        bool known = false;
        for (unsigned k = 0; k < sizeof allowed / sizeof *allowed; k++) {
            known |= strcmp(lines[i], allowed[k]) == 0;
        }
        if (!known) fail_msg("%s has room for anything", lines[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_one_act),
        cmocka_unit_test(x_02_rings_carry_one_tag_and_stand_alone),
        cmocka_unit_test(scopes_have_one_spelling),
        cmocka_unit_test(jurisdictions),
        cmocka_unit_test(the_signed_bytes_are_a_prefix),
        cmocka_unit_test(the_preset_table),
        cmocka_unit_test(the_calendar),
        cmocka_unit_test(x_08_no_personal_data_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
