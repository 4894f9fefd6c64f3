/* SPDX-License-Identifier: ISC */
#include "tests/unit/unit.h"

#include "crypto/hash/hash.h"
#include "crypto/sig/sig.h"

/* BIP340 test vector 0: secret 3, message 0, auxiliary 0. */
static void bip340_vector_0(void **state) {
    (void)state;
    uint8_t secret[32] = {0}, digest[32] = {0}, pub[32], sig[64], want[64];
    secret[31] = 3;
    assert_true(weal_sig_public(pub, secret));
    assert_true(weal_sig_sign(sig, digest, secret));
    assert_true(weal_hex_read("E907831F80848D1069A5371B402410364BDF1C5F8307B0084C55F1CE2DCA8215"
                              "25F66A4A85EA8B71E482A74F382D2CE5EBEEE8FDB2172F477DF4900D310536C0",
                              128, want, 64));
    assert_memory_equal(sig, want, 64);
    assert_true(weal_sig_verify_var(sig, digest, pub));
    for (int i = 0; i < 64; i++) {
        sig[i] ^= 1;
        assert_false(weal_sig_verify_var(sig, digest, pub));
        sig[i] ^= 1;
    }
    digest[0] = 1;
    assert_false(weal_sig_verify_var(sig, digest, pub));
}

static void bad_secrets_are_refused(void **state) {
    (void)state;
    uint8_t zero[32] = {0}, big[32], pub[32], sig[64];
    memset(big, 0xff, sizeof big);
    assert_false(weal_sig_public(pub, zero));
    assert_false(weal_sig_public(pub, big));
    assert_false(weal_sig_sign(sig, zero, big));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bip340_vector_0),
        cmocka_unit_test(bad_secrets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
