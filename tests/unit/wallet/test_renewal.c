/* SPDX-License-Identifier: ISC */
/* Shares on an attestor's disk: the chain says which is in force; a crash at any place leaves the
 * old or the new; nothing old stays behind. Row CC-26. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/ring/ring.h"
#include "tests/support/dir.h"
#include "wallet/service/renewal.h"
#include "wallet/service/serve.h"

enum { N = 5, T = 2 };
static char dir[TEST_DIR_MAX];
static uint8_t share[3][32], commitment[3][32]; /* of renewals 0, 1, 2 */
static const uint8_t chain_id[32] = {5};

static int setup(void **state) {
    (void)state;
    test_dir_make(dir);
    for (int i = 0; i < 3; i++) {
        weal_secret_fresh(share[i]);
        assert_true(weal_human_key(commitment[i], share[i]));
    }
    return 0;
}
static int teardown(void **state) {
    (void)state;
    test_dir_remove(dir);
    return 0;
}

static char *at(const char *name) {
    static char path[2][600];
    static int k;
    k ^= 1;
    snprintf(path[k], sizeof path[k], "%s/%s", dir, name);
    return path[k];
}
static bool there(const char *name) {
    return access(at(name), F_OK) == 0;
}
static unsigned files(void) {
    unsigned n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; (e = readdir(d)) != NULL;) n += e->d_name[0] != '.';
    closedir(d);
    return n;
}
static void choose(int number, enum weal_err want) {
    uint8_t got[32];
    assert_int_equal(weal_share_choose(dir, commitment[number], (uint32_t)number, got), want);
    if (want == WEAL_OK) assert_memory_equal(got, share[number], 32);
}

/* A renewal of the given session whose outcome is share[number]. */
static void stage(uint8_t session, int number) {
    struct weal_renewal r = {.number = (uint32_t)number};
    static struct weal_dkg d;
    snprintf(r.dir, sizeof r.dir, "%s", dir);
    memset(r.roster.nonce, session, 32);
    memcpy(d.share, share[number], 32);
    assert_int_equal(weal_renewal_save(&r, NULL), WEAL_OK);
    assert_int_equal(weal_renewal_stage(&r, &d), WEAL_OK);
}
static void box(void) {
    uint8_t secret[32], key[32];
    assert_int_equal(weal_renewal_box(dir, true, secret, key), WEAL_OK);
}

static void cc_26_the_chain_says_which_share_is_in_force(void **state) {
    (void)state;
    uint8_t old[36], zero[36] = {0};
    assert_int_equal(weal_share_keep(dir, share[0]), WEAL_OK);
    choose(0, WEAL_OK);
    box();
    stage(1, 1);
    weal_secret_fresh(share[1]); /* another session of the same renewal: either may win */
    assert_true(weal_human_key(commitment[1], share[1]));
    stage(2, 1);
    choose(0, WEAL_OK); /* not yet */
    assert_int_equal(files(), 6);
    assert_int_equal(link(at("share.key"), at("old")), 0);
    choose(1, WEAL_OK);
    choose(1, WEAL_OK);
    assert_int_equal(weal_file_read(at("old"), old, sizeof old), WEAL_OK);
    assert_memory_equal(old, zero, sizeof old); /* what was in the file is gone */
    assert_int_equal(files(), 2);
    assert_true(there("share.key"));
}

static void a_crash_in_the_middle_is_made_good(void **state) {
    (void)state;
    /* between the name and the rest: the next start tidies up */
    assert_int_equal(weal_share_keep(dir, share[0]), WEAL_OK);
    box();
    stage(1, 1);
    assert_int_equal(rename(at("share-0101010101010101.key"), at("share.key")), 0);
    choose(1, WEAL_OK);
    assert_int_equal(files(), 1);
    /* half written files of a crash: one of this renewal goes, one of the next stays */
    box();
    stage(2, 2);
    assert_int_equal(rename(at("session-0202020202020202"), at("session-0202020202020202.new")), 0);
    stage(3, 1);
    assert_int_equal(rename(at("share-0303030303030303.key"), at("share-0303030303030303.key.new")),
                     0);
    unlink(at("session-0303030303030303"));
    choose(1, WEAL_OK);
    assert_false(there("share-0303030303030303.key.new"));
    assert_true(there("session-0202020202020202.new"));
    assert_true(there("renewal.box")); /* it is of the next */
    choose(2, WEAL_OK);
    assert_int_equal(files(), 1);
}

static void a_share_is_missed_or_ahead_or_of_another_chain(void **state) {
    (void)state;
    choose(0, WEAL_ERR_NOT_FOUND);
    assert_int_equal(weal_share_keep(dir, share[0]), WEAL_OK);
    memcpy(commitment[0], commitment[2], 32);
    choose(0, WEAL_ERR_CORRUPT);
    assert_true(there("share.key"));
    choose(1, WEAL_ERR_NOT_FOUND); /* slept over it: the old one is worth nothing any more */
    assert_int_equal(files(), 0);
    stage(1, 1); /* it comes after all */
    choose(1, WEAL_OK);
    uint8_t got[32];
    assert_int_equal(weal_share_choose(dir, commitment[0], 0, got), WEAL_ERR_BUSY);
    assert_true(there("share.key")); /* a node that is behind destroys nothing */
    FILE *f = fopen(at("share.key"), "wb");
    fputs("short", f);
    fclose(f);
    choose(1, WEAL_ERR_CORRUPT);
    assert_true(there("share.key"));
}

static void a_successor_chain_counts_anew(void **state) {
    (void)state;
    uint8_t got[32];
    stage(1, 2);
    choose(2, WEAL_OK);
    assert_int_equal(weal_share_choose(dir, commitment[2], 0, got), WEAL_OK);
    stage(2, 1);
    choose(1, WEAL_OK);
    assert_int_equal(files(), 1);
}

static void world(struct weal_dkg_roster *roster, struct weal_quorum *q, uint8_t sign[64],
                  uint8_t secret[32]) {
    memset(roster, 0, sizeof *roster);
    memset(q, 0, sizeof *q);
    memset(roster->nonce, 9, 32);
    roster->n = q->n = N;
    roster->t = q->t = T;
    for (uint32_t i = 0; i < N; i++) {
        uint8_t other[64], x[32];
        crypto_sign_keypair(roster->member[i].sign, i == 0 ? sign : other);
        weal_secret_fresh(x);
        assert_true(weal_human_key(roster->member[i].box, x));
        if (i == 0) memcpy(secret, x, 32);
        memcpy(q->member[i].share, commitment[i % 3], 32);
    }
    memcpy(q->voprf, commitment[2], 32);
}

static void a_ceremony_goes_on_with_what_it_said(void **state) {
    (void)state;
    static struct weal_dkg d, e;
    static struct weal_renewal r, s;
    struct weal_dkg_roster roster;
    struct weal_quorum q;
    uint8_t sign[64], secret[32];
    world(&roster, &q, sign, secret);
    assert_int_equal(weal_renewal_begin(&r, dir, &roster, &q, chain_id), WEAL_OK);
    assert_int_equal(r.number, 1);
    assert_int_equal(weal_dkg_init(&d, &r.roster, 1, sign, secret, share[0], r.random),
                     WEAL_ACCEPT);
    weal_dkg_step(&d, true);
    assert_int_equal(weal_renewal_save(&r, &d), WEAL_OK);
    /* after a crash, and with the chain gone on: as it began */
    q.renewals = 1;
    memcpy(q.member[0].share, commitment[1], 32);
    assert_int_equal(weal_renewal_begin(&s, dir, &roster, &q, chain_id), WEAL_OK);
    assert_memory_equal(&s.roster, &r.roster, sizeof r.roster);
    assert_memory_equal(s.random, r.random, sizeof r.random);
    assert_int_equal(weal_dkg_init(&e, &s.roster, 1, sign, secret, NULL, s.random), WEAL_ACCEPT);
    assert_int_equal(weal_renewal_restore(&s, &e), WEAL_OK);
    for (unsigned p = 0; p <= WEAL_DKG_DEAL; p++) {
        struct weal_bytes a = weal_dkg_said(&d, (enum weal_dkg_phase)p, 0);
        struct weal_bytes b = weal_dkg_said(&e, (enum weal_dkg_phase)p, 0);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.p, b.p, a.n);
    }
    /* over, of other members, or damaged */
    q.renewals = 2;
    assert_int_equal(weal_renewal_begin(&s, dir, &roster, &q, chain_id), WEAL_ERR_INVALID);
    q.renewals = 0;
    roster.t = 1;
    assert_int_equal(weal_renewal_begin(&s, dir, &roster, &q, chain_id), WEAL_ERR_INVALID);
    roster.t = T;
    assert_int_equal(truncate(at("session-0909090909090909"), 700), 0);
    assert_int_equal(weal_renewal_begin(&s, dir, &roster, &q, chain_id), WEAL_ERR_CORRUPT);
    weal_dkg_release(&d);
    weal_dkg_release(&e);
}

static void a_box_key_is_made_once(void **state) {
    (void)state;
    uint8_t a[32], b[32], key[32];
    assert_int_equal(weal_renewal_box(dir, false, a, key), WEAL_ERR_NOT_FOUND);
    assert_int_equal(weal_renewal_box(dir, true, a, key), WEAL_OK);
    assert_int_equal(weal_renewal_box(dir, true, b, key), WEAL_OK);
    assert_memory_equal(a, b, 32);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(cc_26_the_chain_says_which_share_is_in_force),
        TEST(a_crash_in_the_middle_is_made_good),
        TEST(a_share_is_missed_or_ahead_or_of_another_chain),
        TEST(a_successor_chain_counts_anew),
        TEST(a_ceremony_goes_on_with_what_it_said),
        TEST(a_box_key_is_made_once),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
