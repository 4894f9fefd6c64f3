/* SPDX-License-Identifier: ISC */
/* The ceremony of attestors: honest ones end with one key and shares of it, whatever up to t - 1
 * others do. Messages are carried by hand, so that each can be lost, changed or doubled. */
#include "tests/unit/unit.h"

#include <sodium.h>
#include <stdlib.h>

#include "crypto/hash/hash.h"
#include "crypto/ring/ring.h"
#include "wallet/service/dkg.h"

enum { N = 5, T = 2 };

static struct weal_dkg_roster roster;
static uint8_t sign[N][64], box[N][32];
static struct weal_dkg *member[N];

/* How the carrier treats a message; false: lost. */
typedef bool carry(struct weal_dkg_message *m, uint32_t from, uint32_t to);

static uint8_t seeds[N][WEAL_DKG_RANDOM];

static void roster_make(void) {
    memset(&roster, 0, sizeof roster);
    randombytes_buf(roster.nonce, sizeof roster.nonce);
    roster.n = N;
    roster.t = T;
    for (uint32_t i = 0; i < N; i++) {
        uint8_t wide[64];
        crypto_sign_keypair(roster.member[i].sign, sign[i]);
        randombytes_buf(wide, sizeof wide);
        assert_true(weal_secret_reduce(box[i], wide));
        assert_true(weal_human_key(roster.member[i].box, box[i]));
    }
}

static enum weal_verdict member_make(uint32_t i, const uint8_t *share) {
    member[i] = calloc(1, sizeof *member[i]);
    randombytes_buf(seeds[i], sizeof seeds[i]);
    return weal_dkg_init(member[i], &roster, i + 1, sign[i], box[i], share, seeds[i]);
}

static void begin(void) {
    roster_make();
    for (uint32_t i = 0; i < N; i++) assert_int_equal(member_make(i, NULL), WEAL_ACCEPT);
}

static void done(void) {
    for (uint32_t i = 0; i < N; i++) {
        weal_dkg_release(member[i]);
        free(member[i]);
    }
}

static bool faithful(struct weal_dkg_message *m, uint32_t from, uint32_t to) {
    (void)m;
    (void)from;
    (void)to;
    return true;
}

static void deliver(uint32_t to, uint32_t from, carry *how) {
    for (unsigned p = 0; p < WEAL_DKG_PHASES; p++) {
        struct weal_dkg_message m;
        struct weal_bytes b = weal_dkg_said(member[from], (enum weal_dkg_phase)p, from);
        if (b.n == 0) continue;
        memcpy(m.bytes, b.p, b.n);
        m.n = (uint16_t)b.n;
        if (!how(&m, from, to)) continue;
        (void)!weal_dkg_take(member[to], weal_bytes(m.bytes, m.n));
    }
}

/* Rounds of everybody to everybody, in an order of the round's own; silent ones close phases. */
static void ceremony(carry *how, bool close) {
    for (unsigned round = 0; round < 12; round++) {
        for (uint32_t k = 0; k < N; k++) {
            uint32_t i = (k * 3 + round) % N;
            weal_dkg_step(member[i], close && round % 2 == 1);
        }
        for (uint32_t k = 0; k < N * N; k++) {
            uint32_t from = (k * 7 + round) % N, to = (k / N + k * 2) % N;
            if (from != to) deliver(to, from, how);
        }
        for (uint32_t to = 0; to < N; to++)
            for (uint32_t from = 0; from < N; from++)
                if (from != to) deliver(to, from, how);
    }
}

/* Any t of those evaluate one element alike, and it is the key's evaluation. */
static void key_works(uint32_t honest) {
    static const uint32_t pairs[][2] = {{1, 2}, {2, 3}, {1, 4}, {3, 4}, {4, 5}, {1, 5}};
    uint8_t blind[32], blinded[1][32], wide[64], first[64], output[64];
    const struct weal_bytes input = WEAL_BYTES_LIT("a passport");
    bool any = false;
    randombytes_buf(wide, sizeof wide);
    assert_true(weal_secret_reduce(blind, wide));
    assert_int_equal(weal_oprf_blind(blinded[0], input, blind), WEAL_ACCEPT);
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        uint8_t answers[T][32], whole[32];
        if (!(honest >> (pairs[k][0] - 1) & 1) || !(honest >> (pairs[k][1] - 1) & 1)) continue;
        for (unsigned j = 0; j < T; j++) {
            const struct weal_dkg *d = member[pairs[k][j] - 1];
            uint8_t commitment[32], nonce[32], proof[64], out[1][32];
            weal_share_commitment(commitment, &d->key, pairs[k][j]);
            randombytes_buf(wide, sizeof wide);
            assert_true(weal_secret_reduce(nonce, wide));
            assert_int_equal(weal_oprf_evaluate(out, proof, (const uint8_t(*)[32])blinded, 1,
                                                d->share, commitment, nonce),
                             WEAL_ACCEPT);
            assert_int_equal(weal_oprf_check((const uint8_t(*)[32])blinded,
                                             (const uint8_t(*)[32])out, 1, commitment, proof),
                             WEAL_ACCEPT);
            memcpy(answers[j], out[0], 32);
        }
        assert_int_equal(weal_oprf_combine(whole, pairs[k], (const uint8_t(*)[32])answers, T),
                         WEAL_ACCEPT);
        assert_int_equal(weal_oprf_finalize(output, input, blind, whole), WEAL_ACCEPT);
        if (any) assert_memory_equal(output, first, 64);
        memcpy(first, output, 64);
        any = true;
    }
    assert_true(any);
}

static void agree(uint32_t honest, uint32_t qualified) {
    const struct weal_dkg *first = NULL;
    for (uint32_t i = 0; i < N; i++) {
        if (!(honest >> i & 1)) continue;
        assert_int_equal(member[i]->state, WEAL_DKG_DONE);
        assert_int_equal(member[i]->qualified, qualified);
        if (first) {
            assert_memory_equal(member[i]->key.point, first->key.point, T * 32);
            assert_memory_not_equal(member[i]->share, first->share, 32);
        }
        if (!first) first = member[i];
    }
}

static void g_cc_6_attestors_make_their_key_without_a_dealer(void **state) {
    (void)state;
    begin();
    ceremony(faithful, false);
    agree(0x1f, 0x1f);
    key_works(0x1f);
    done();
}

/* ---- what others may do ---- */

static bool silent_3(struct weal_dkg_message *m, uint32_t from, uint32_t to) {
    (void)m;
    (void)to;
    return from != 2;
}
static void a_silent_member_is_left_out(void **state) {
    (void)state;
    begin();
    ceremony(silent_3, true);
    agree(0x1b, 0x1b);
    key_works(0x1b);
    done();
}

/* A member signs anew what it changed. */
static void sign_again(struct weal_dkg_message *m, uint32_t from) {
    uint8_t hash[32];
    struct weal_bytes parts[] = {WEAL_BYTES(member[from]->session),
                                 weal_bytes(m->bytes, (size_t)m->n - 64)};
    weal_hash256(hash, "weal/dkg", parts, 2);
    crypto_sign_detached(m->bytes + m->n - 64, NULL, hash, 32, sign[from]);
}

/* Member 2 spoils the share it seals for member 4, who shows it to all: 2 is out. */
static bool bad_box(struct weal_dkg_message *m, uint32_t from, uint32_t to) {
    (void)to;
    if (from != 1 || m->bytes[0] != WEAL_DKG_DEAL) return true;
    m->bytes[WEAL_DKG_HEAD + T * 32 + 3 * WEAL_DKG_SEALED + 30] ^= 1;
    sign_again(m, from);
    return true;
}
/* Its own copy must be the one the others have. */
static void same_at_home(carry *how, uint32_t from, enum weal_dkg_phase p) {
    struct weal_dkg_message *own = &member[from]->said[p][from];
    if (own->n != 0) (void)how(own, from, 0);
}
static void a_bad_share_is_shown_and_its_dealer_left_out(void **state) {
    (void)state;
    begin();
    for (uint32_t i = 0; i < N; i++) weal_dkg_step(member[i], false);
    for (uint32_t to = 0; to < N; to++)
        for (uint32_t from = 0; from < N; from++)
            if (from != to) deliver(to, from, faithful);
    weal_dkg_step(member[1], false); /* deals */
    same_at_home(bad_box, 1, WEAL_DKG_DEAL);
    ceremony(faithful, false);
    agree(0x1f, 0x1d);
    struct weal_bytes said = weal_dkg_said(member[0], WEAL_DKG_COMPLAIN, 3);
    assert_int_equal(weal_le32(said.p + WEAL_DKG_HEAD), 1u << 1);
    key_works(0x1f);
    done();
}

/* Another dealing than its hash promised. */
static bool other_dealing(struct weal_dkg_message *m, uint32_t from, uint32_t to) {
    (void)to;
    if (from != 4 || m->bytes[0] != WEAL_DKG_HASH) return true;
    m->bytes[WEAL_DKG_HEAD] ^= 1;
    sign_again(m, from);
    return true;
}
static void a_dealing_that_was_not_promised_is_left_out(void **state) {
    (void)state;
    begin();
    weal_dkg_step(member[4], false);
    same_at_home(other_dealing, 4, WEAL_DKG_HASH);
    ceremony(faithful, false);
    agree(0x0f, 0x0f);
    key_works(0x0f);
    done();
}

/* A false complaint changes nothing, with no proof, another's, or the true one. */
static enum { NO_PROOF, OF_ANOTHER, TRUE_PROOF } with;
static bool false_complaint(struct weal_dkg_message *m, uint32_t from, uint32_t to) {
    (void)to;
    if (from != 0 || m->bytes[0] != WEAL_DKG_COMPLAIN) return true;
    uint8_t point[1][32], *proof = m->bytes + WEAL_DKG_HEAD + 8 + 3 * WEAL_DKG_OPENED;
    const uint8_t *of = roster.member[with == TRUE_PROOF ? 3 : 2].box;
    weal_put_le32(m->bytes + WEAL_DKG_HEAD, 1u << 3);
    weal_put_le32(m->bytes + WEAL_DKG_HEAD + 4, 1u << 4); /* and one alone does not hear another */
    if (with != NO_PROOF) {
        assert_int_equal(weal_oprf_evaluate(point, proof + 32, (const uint8_t(*)[32])of, 1, box[0],
                                            roster.member[0].box, member[0]->open_nonce[0]),
                         WEAL_ACCEPT);
        memcpy(proof, point[0], 32);
    }
    sign_again(m, from);
    return true;
}
static void a_false_complaint_gains_nothing(void **state) {
    (void)state;
    for (with = NO_PROOF; with <= TRUE_PROOF; with++) {
        begin();
        for (int round = 0; round < 4 && member[0]->said[WEAL_DKG_COMPLAIN][0].n == 0; round++) {
            for (uint32_t i = 0; i < N; i++) weal_dkg_step(member[i], false);
            if (member[0]->said[WEAL_DKG_COMPLAIN][0].n != 0) break;
            for (uint32_t to = 0; to < N; to++)
                for (uint32_t from = 0; from < N; from++)
                    if (from != to) deliver(to, from, faithful);
        }
        same_at_home(false_complaint, 0, WEAL_DKG_COMPLAIN);
        ceremony(faithful, false);
        agree(0x1f, 0x1f);
        key_works(0x1f);
        done();
    }
}

/* Member 2 shows its dealing, with a bad share for member 4, only when complaints are over: nobody
 * may end with a share that is none. */
static bool late_2 = true;
static bool late_deal(struct weal_dkg_message *m, uint32_t from, uint32_t to) {
    (void)to;
    return !(late_2 && from == 1 && m->bytes[0] == WEAL_DKG_DEAL);
}
static void a_late_bad_share_is_not_taken(void **state) {
    (void)state;
    begin();
    for (unsigned k = 0; k < 12; k++) {
        bool complained = member[3]->said[WEAL_DKG_COMPLAIN][3].n != 0;
        for (uint32_t i = 0; i < N; i++) {
            if (!complained || !late_2) weal_dkg_step(member[i], k % 2 == 1);
            if (i == 1 && k == 1) same_at_home(bad_box, 1, WEAL_DKG_DEAL);
        }
        if (complained) late_2 = false;
        for (uint32_t to = 0; to < N; to++)
            for (uint32_t from = 0; from < N; from++)
                if (from != to) deliver(to, from, late_deal);
    }
    assert_int_not_equal(member[3]->said[WEAL_DKG_DEAL][1].n, 0);
    /* all had said that it was not here: it is out */
    agree(0x1d, 0x1d);
    for (uint32_t i = 0; i < N; i++) {
        if (i == 1) continue;
        assert_int_equal(weal_dealing_share_check(&member[i]->key, i + 1, member[i]->share),
                         WEAL_ACCEPT);
    }
    key_works(0x1d);
    done();
}

/* Two dealings under one signature key: exposed as soon as somebody has both. */
static bool two_hashes(struct weal_dkg_message *m, uint32_t from, uint32_t to) {
    if (from != 2 || m->bytes[0] != WEAL_DKG_HASH || to < 3) return true;
    m->bytes[WEAL_DKG_HEAD] ^= 1;
    sign_again(m, from);
    return true;
}
static void an_equivocating_member_is_named(void **state) {
    (void)state;
    begin();
    ceremony(two_hashes, false);
    /* everybody asks everybody for all they have */
    for (uint32_t a = 0; a < N; a++) {
        for (uint32_t b = 0; b < N; b++) {
            struct weal_bytes said = weal_dkg_said(member[b], WEAL_DKG_HASH, 2);
            if (a != b && said.n != 0) (void)!weal_dkg_take(member[a], said);
        }
    }
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(member[i]->state, WEAL_DKG_EQUIVOCATED);
        assert_int_equal(member[i]->culprit, 3);
    }
    done();
}

static void what_was_heard_differently_ends_without_a_key(void **state) {
    (void)state;
    begin();
    for (uint32_t i = 0; i < N; i++) weal_dkg_step(member[i], false);
    /* member 1 closes the phase before member 5's message arrives there; the others have it */
    for (uint32_t to = 0; to < N; to++)
        for (uint32_t from = 0; from < N; from++)
            if (from != to && !(to == 0 && from == 4)) deliver(to, from, faithful);
    for (unsigned k = 0; k < WEAL_DKG_PHASES * 2; k++) {
        for (uint32_t i = 0; i < N; i++) weal_dkg_step(member[i], true);
        for (uint32_t to = 0; to < N; to++)
            for (uint32_t from = 0; from < N; from++)
                if (from != to && !(to == 0 && from == 4)) deliver(to, from, faithful);
    }
    assert_int_equal(member[0]->state, WEAL_DKG_DIFFERS);
    done();
}

static void garbage_is_dropped(void **state) {
    (void)state;
    begin();
    uint8_t junk[WEAL_DKG_MESSAGE_MAX + 8];
    weal_dkg_step(member[0], false);
    struct weal_bytes good = weal_dkg_said(member[0], WEAL_DKG_HASH, 0);
    for (unsigned k = 0; k < 3000; k++) {
        size_t n = randombytes_uniform(sizeof junk);
        randombytes_buf(junk, n);
        if (k % 2 != 0) {
            n = good.n;
            memcpy(junk, good.p, n);
            junk[randombytes_uniform((uint32_t)n)] ^= (uint8_t)(1 + randombytes_uniform(255));
        }
        assert_int_not_equal(weal_dkg_take(member[1], weal_bytes(junk, n)), WEAL_ACCEPT);
    }
    assert_int_equal(member[1]->said[WEAL_DKG_HASH][0].n, 0);
    ceremony(faithful, false);
    agree(0x1f, 0x1f);
    done();
}

/* ---- renewal ---- */

static uint8_t present[N][32]; /* shares of a key made before */

/* The members of a finished ceremony renew their shares; without: bits of those who lost theirs. */
static void begin_renewal(uint32_t without) {
    struct weal_dealing key = member[0]->key;
    for (uint32_t i = 0; i < N; i++) memcpy(present[i], member[i]->share, 32);
    done();
    roster_make();
    roster.renewal = true;
    roster.of[0] = 1;
    memcpy(roster.key, key.point[0], 32);
    for (uint32_t i = 0; i < N; i++) weal_share_commitment(roster.prior[i], &key, i + 1);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(member_make(i, without >> i & 1 ? NULL : present[i]), WEAL_ACCEPT);
    }
}
static void renewed(uint32_t qualified) {
    agree(0x1f, qualified);
    assert_memory_equal(member[0]->key.point[0], roster.key, 32);
    for (uint32_t i = 0; i < N; i++) {
        assert_memory_not_equal(member[i]->share, present[i], 32);
        assert_int_equal(weal_dealing_share_check(&member[i]->key, i + 1, member[i]->share),
                         WEAL_ACCEPT);
        /* old and new never make an answer together unseen */
        assert_int_equal(weal_dealing_share_check(&member[i]->key, i + 1, present[i]),
                         WEAL_V_OPRF_SHARE);
    }
    key_works(0x1f);
}

static void cc_26_renewed_shares_are_of_the_same_key(void **state) {
    (void)state;
    begin();
    ceremony(faithful, false);
    for (int again = 0; again < 3; again++) {
        begin_renewal(0);
        ceremony(faithful, false);
        renewed(0x1f);
    }
    done();
}

static void who_lost_its_share_gets_one(void **state) {
    (void)state;
    begin();
    ceremony(faithful, false);
    begin_renewal(1u << 2 | 1u << 4);
    ceremony(faithful, false); /* nobody waits for the time to be up */
    renewed(0x0b);
    begin_renewal(0x1e); /* one share is fewer than t */
    ceremony(faithful, false);
    for (uint32_t i = 0; i < N; i++) assert_int_equal(member[i]->state, WEAL_DKG_TOO_FEW);
    done();
}

static void a_renewal_of_another_secret_is_left_out(void **state) {
    (void)state;
    begin();
    ceremony(faithful, false);
    begin_renewal(0);
    member[1]->coefficient[0][0] ^= 1;
    ceremony(faithful, false);
    renewed(0x1d);
    done();
    uint8_t other[32];
    memcpy(other, present[1], 32);
    other[0] ^= 1;
    assert_int_equal(member_make(0, other), WEAL_V_OPRF_SHARE);
    weal_dkg_release(member[0]);
    free(member[0]);
}

static void messages_of_another_renewal_are_dropped(void **state) {
    struct weal_dkg_message old;
    (void)state;
    begin();
    ceremony(faithful, false);
    begin_renewal(0);
    weal_dkg_step(member[1], false);
    old = member[1]->said[WEAL_DKG_HASH][1];
    roster.of[0]++; /* the same members, nonce and keys: the next renewal */
    weal_dkg_release(member[0]);
    assert_int_equal(weal_dkg_init(member[0], &roster, 1, sign[0], box[0], present[0], seeds[0]),
                     WEAL_ACCEPT);
    assert_int_equal(weal_dkg_take(member[0], weal_bytes(old.bytes, old.n)), WEAL_V_OPRF_SHARE);
    done();
}

/* A member is made again of what it had on its disk, after each of its words. */
static void a_member_that_dies_goes_on(void **state) {
    (void)state;
    begin();
    ceremony(faithful, false);
    for (unsigned p = 0; p < WEAL_DKG_PHASES; p++) {
        begin_renewal(0);
        for (unsigned round = 0; round < 12; round++) {
            for (uint32_t i = 0; i < N; i++) weal_dkg_step(member[i], false);
            if (round == p) {
                struct weal_dkg *d = calloc(1, sizeof *d);
                assert_int_equal(
                    weal_dkg_init(d, &roster, 3, sign[2], box[2], present[2], seeds[2]),
                    WEAL_ACCEPT);
                for (unsigned q = 0; q < WEAL_DKG_PHASES; q++) {
                    for (uint32_t i = 0; i < N; i++) {
                        struct weal_bytes b = weal_dkg_said(member[2], (enum weal_dkg_phase)q, i);
                        if (b.n != 0) assert_int_equal(weal_dkg_take(d, b), WEAL_ACCEPT);
                    }
                }
                weal_dkg_release(member[2]);
                free(member[2]);
                member[2] = d;
                weal_dkg_step(d, false);
            }
            for (uint32_t to = 0; to < N; to++)
                for (uint32_t from = 0; from < N; from++)
                    if (from != to) deliver(to, from, faithful);
        }
        renewed(0x1f);
    }
    done();
}

static void rosters_have_limits(void **state) {
    (void)state;
    uint8_t random[WEAL_DKG_RANDOM];
    begin();
    struct weal_dkg *d = calloc(1, sizeof *d);
    struct weal_dkg_roster r = roster;
    randombytes_buf(random, sizeof random);
    r.t = 3; /* five are fewer than 2t + 1 */
    assert_int_equal(weal_dkg_init(d, &r, 1, sign[0], box[0], NULL, random), WEAL_V_LENGTH);
    r = roster;
    assert_int_equal(weal_dkg_init(d, &r, 6, sign[0], box[0], NULL, random), WEAL_V_LENGTH);
    assert_int_equal(weal_dkg_init(d, &r, 2, sign[0], box[0], NULL, random), WEAL_V_LENGTH);
    r.t = 0;
    assert_int_equal(weal_dkg_init(d, &r, 1, sign[0], box[0], NULL, random), WEAL_V_LENGTH);
    r = roster;
    memset(r.member[3].box, 0xff, 32);
    assert_int_equal(weal_dkg_init(d, &r, 1, sign[0], box[0], NULL, random), WEAL_V_POINT);
    free(d);
    done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g_cc_6_attestors_make_their_key_without_a_dealer),
        cmocka_unit_test(a_silent_member_is_left_out),
        cmocka_unit_test(a_bad_share_is_shown_and_its_dealer_left_out),
        cmocka_unit_test(a_dealing_that_was_not_promised_is_left_out),
        cmocka_unit_test(a_false_complaint_gains_nothing),
        cmocka_unit_test(a_late_bad_share_is_not_taken),
        cmocka_unit_test(an_equivocating_member_is_named),
        cmocka_unit_test(what_was_heard_differently_ends_without_a_key),
        cmocka_unit_test(garbage_is_dropped),
        cmocka_unit_test(cc_26_renewed_shares_are_of_the_same_key),
        cmocka_unit_test(who_lost_its_share_gets_one),
        cmocka_unit_test(a_renewal_of_another_secret_is_left_out),
        cmocka_unit_test(messages_of_another_renewal_are_dropped),
        cmocka_unit_test(a_member_that_dies_goes_on),
        cmocka_unit_test(rosters_have_limits),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
