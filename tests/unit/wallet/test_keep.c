/* SPDX-License-Identifier: ISC */
/* The wallet's file and its safe, when the disk fails: what was answered with OK is there, what was
 * not is the old or the new, whole, and the next try succeeds. By itself nothing fails here;
 * tests/preload/nth.py makes one call of the run fail and asks that this test passes all the same.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/dir.h"
#include "wallet/safe.h"
#include "wallet/vault.h"

enum { ROUNDS = 12, FAILURES_MAX = 2 };

static unsigned failures; /* a write in two pieces fails twice: short, then for want of room */

static bool fails(enum weal_err e) {
    if (e == WEAL_OK) return false;
    if (!getenv("WEAL_NTH_AT")) fail_msg("%s", weal_err_name(e));
    if (e != WEAL_ERR_IO && e != WEAL_ERR_NO_SPACE && e != WEAL_ERR_NO_MEMORY) {
        fail_msg("the machine failed, not %s", weal_err_name(e));
    }
    if (++failures > FAILURES_MAX) fail_msg("%s, and nothing fails any more", weal_err_name(e));
    return true;
}

static void a_record_is_the_old_or_the_new(void **state) {
    (void)state;
    static const uint8_t key[32] = {7}, chain[32] = {8};
    static uint8_t record[5000], got[WEAL_SAFE_RECORD_MAX];
    char dir[TEST_DIR_MAX];
    struct weal_safe s = {0};
    uint8_t now = 0; /* the number of the record that is there; 0: none */
    size_t n;
    failures = 0;
    test_dir_make(dir);
    while (fails(weal_safe_open(&s, dir, key, chain))) continue;
    for (uint8_t round = 1; round <= ROUNDS;) {
        memset(record, round, sizeof record);
        size_t want = round % 3 == 0 ? sizeof record : 100;
        bool bad = fails(weal_safe_put(&s, "a", weal_bytes(record, want)));
        if (bad) { /* as a wallet that is started again */
            weal_safe_close(&s);
            while (fails(weal_safe_open(&s, dir, key, chain))) continue;
        }
        enum weal_err e;
        while ((e = weal_safe_get(&s, "a", got, &n)) != WEAL_ERR_NOT_FOUND && fails(e)) continue;
        uint8_t is = e == WEAL_OK ? got[0] : 0;
        assert_true(is == round || (bad && is == now));
        for (size_t i = 0; is != 0 && i < n; i++) assert_int_equal(got[i], is);
        if (is != 0) assert_int_equal(n, is % 3 == 0 ? sizeof record : 100);
        now = is;
        if (!bad) round++;
    }
    weal_safe_close(&s);
    test_dir_remove(dir);
}

static void a_wallet_is_made_wholly_or_not_at_all(void **state) {
    (void)state;
    static const uint8_t seed[32] = {9};
    char dir[TEST_DIR_MAX], path[TEST_DIR_MAX + 32];
    struct weal_vault_file f = {.prefix = "weal"}, g;
    uint8_t got[32];
    failures = 0;
    test_dir_make(dir);
    while (fails(weal_vault_seal(&f, seed, WEAL_BYTES_LIT("word"), WEAL_VAULT_LIGHT))) continue;
    for (int round = 0; round < ROUNDS; round++) {
        enum weal_err e;
        snprintf(path, sizeof path, "%s/wallet%d", dir, round);
        bool bad = fails(weal_vault_write(path, &f));
        while ((e = weal_vault_read(path, &g)) != WEAL_ERR_NOT_FOUND && fails(e)) continue;
        if (e == WEAL_ERR_NOT_FOUND) {
            assert_true(bad);
            round--; /* again */
            continue;
        }
        assert_int_equal(weal_vault_open(got, &g, WEAL_BYTES_LIT("word")), WEAL_OK);
        assert_memory_equal(got, seed, 32);
    }
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_the_old_or_the_new),
        cmocka_unit_test(a_wallet_is_made_wholly_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
