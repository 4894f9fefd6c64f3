/* SPDX-License-Identifier: ISC */
/* The keystore: opens with its password only, notices every change, overwrites nothing; and keys
 * that follow from the seed. */
#include "tests/unit/unit.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/sig/sig.h"
#include "wallet/keys.h"
#include "wallet/vault.h"

#define PASSWORD WEAL_BYTES_LIT("correct horse")

static void make(struct weal_vault_file *f, uint8_t seed[32]) {
    uint8_t secret[32];
    memset(f, 0, sizeof *f);
    memset(f->chain, 3, 32);
    snprintf(f->prefix, sizeof f->prefix, "dweal");
    randombytes_buf(seed, 32);
    weal_keys_account(secret, f->account, seed, 0);
    assert_int_equal(weal_vault_seal(f, seed, PASSWORD, WEAL_VAULT_LIGHT), WEAL_OK);
}

static void opens_with_its_password_only(void **state) {
    (void)state;
    struct weal_vault_file f;
    uint8_t seed[32], got[32];
    make(&f, seed);
    assert_int_equal(weal_vault_open(got, &f, PASSWORD), WEAL_OK);
    assert_memory_equal(seed, got, 32);
    assert_int_equal(weal_vault_open(got, &f, WEAL_BYTES_LIT("correct horsf")), WEAL_ERR_CRYPTO);
    assert_int_equal(weal_vault_open(got, &f, WEAL_BYTES_LIT("")), WEAL_ERR_CRYPTO);
}

static void every_change_is_noticed(void **state) {
    (void)state;
    struct weal_vault_file f;
    uint8_t seed[32], got[32];
    make(&f, seed);
    uint8_t *const parts[] = {f.chain, (uint8_t *)f.prefix, f.account, f.salt, f.nonce, f.sealed};
    for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i][1] ^= 1;
        assert_int_equal(weal_vault_open(got, &f, PASSWORD), WEAL_ERR_CRYPTO);
        parts[i][1] ^= 1;
    }
    f.ops++;
    assert_int_equal(weal_vault_open(got, &f, PASSWORD), WEAL_ERR_CRYPTO);
}

static void file_round_trips_and_is_private(void **state) {
    (void)state;
    struct weal_vault_file f, g;
    uint8_t seed[32], got[32];
    struct stat st;
    char folder[] = "/tmp/weal-store-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/wallet.json", folder);
    make(&f, seed);
    assert_int_equal(weal_vault_read(path, &g), WEAL_ERR_NOT_FOUND);
    assert_int_equal(weal_vault_write(path, &f), WEAL_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(weal_vault_write(path, &f), WEAL_ERR_INVALID);
    assert_int_equal(weal_vault_read(path, &g), WEAL_OK);
    assert_int_equal(weal_vault_open(got, &g, PASSWORD), WEAL_OK);
    assert_memory_equal(seed, got, 32);
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(weal_vault_read(path, &g), WEAL_ERR_CORRUPT);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left */
}

/* Frozen: whoever restores from words must find the same keys for ever. */
static void derivation_is_frozen(void **state) {
    (void)state;
    uint8_t seed[32], secret[32], key[32], again[32], x[32], t[32];
    char hex[65];
    for (int i = 0; i < 32; i++) seed[i] = (uint8_t)i;
    weal_keys_account(secret, key, seed, 0);
    assert_true(weal_sig_public(again, secret));
    assert_memory_equal(key, again, 32);
    sodium_bin2hex(hex, sizeof hex, secret, 32);
    assert_string_equal(hex, "027c1447180fc1f1365482f682c72868cb74d8661e5434fd0b969ec05f35de85");
    weal_keys_human(x, seed, 0);
    sodium_bin2hex(hex, sizeof hex, x, 32);
    assert_string_equal(hex, "a45e713d2b69b92cd6c6223fb232264b89a6e5a571f3039990398ec2c3f4e409");
    weal_keys_note(t, seed, 5, 1);
    sodium_bin2hex(hex, sizeof hex, t, 32);
    assert_string_equal(hex, "03691ff2198c07d798dae59754bf0e47d870fac8d0dc450cc21d33f716e33804");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_with_its_password_only), cmocka_unit_test(every_change_is_noticed),
        cmocka_unit_test(file_round_trips_and_is_private), cmocka_unit_test(derivation_is_frozen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
