/* SPDX-License-Identifier: ISC */
/* Addresses: BIP350's vectors for bech32m, and ours. */
#include "tests/unit/unit.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "wallet/address.h"

static void bip350_valid(void **state) {
    (void)state;
    static const char *const valid[] = {
        "A1LQFN3A",
        "a1lqfn3a",
        "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg"
        "6",
        "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
        "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr"
        "8",
        "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
        "?1v759aa"};
    for (unsigned i = 0; i < sizeof valid / sizeof *valid; i++) {
        char prefix[WEAL_ADDRESS_TEXT], again[WEAL_ADDRESS_TEXT], lower[WEAL_ADDRESS_TEXT];
        uint8_t five[WEAL_BECH32M_MAX];
        size_t n;
        assert_true(weal_bech32m_read(valid[i], prefix, five, &n));
        assert_true(weal_bech32m_write(again, prefix, five, n));
        for (size_t k = 0; k <= strlen(valid[i]); k++) lower[k] = (char)tolower(valid[i][k]);
        assert_string_equal(again, lower);
    }
}

static void bip350_invalid(void **state) {
    (void)state;
    static const char *const invalid[] = {"\x20"
                                          "1xj0phk",
                                          "\x7f"
                                          "1g6xzxy",
                                          "\x80"
                                          "1vctc34",
                                          "an84characterslonghumanreadablepartthatcontainsthetheexc"
                                          "ludedcharactersbioandnumber11d6pts4",
                                          "qyrz8wqd2c9m",
                                          "1qyrz8wqd2c9m",
                                          "y1b0jsk6g",
                                          "lt1igcx5c0",
                                          "in1muywd",
                                          "mm1crxm3i",
                                          "au1s5cgom",
                                          "M1VUXWEZ",
                                          "16plkw9",
                                          "1p2gdwpf",
                                          "a12uel5l" /* bech32, not bech32m */};
    for (unsigned i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        char prefix[WEAL_ADDRESS_TEXT];
        uint8_t five[WEAL_BECH32M_MAX];
        size_t n;
        assert_false(weal_bech32m_read(invalid[i], prefix, five, &n));
    }
}

/* BIP350's segwit v1 address of this program, under prefix bc. */
static void thirty_two_bytes_as_bip350(void **state) {
    (void)state;
    uint8_t key[32], back[32];
    char text[WEAL_ADDRESS_TEXT];
    sodium_hex2bin(key, 32, "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 64,
                   NULL, NULL, NULL);
    assert_true(weal_address_write(text, "bc", key));
    assert_string_equal(text, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0");
    assert_int_equal(weal_address_read(back, "bc", text), WEAL_ADDRESS_OK);
    assert_memory_equal(key, back, 32);
}

static void refusals(void **state) {
    (void)state;
    uint8_t key[32], back[32];
    char text[WEAL_ADDRESS_TEXT];
    for (int i = 0; i < 32; i++) key[i] = (uint8_t)(7 * i);
    assert_true(weal_address_write(text, "dweal", key));
    assert_int_equal(weal_address_read(back, "weal", text), WEAL_ADDRESS_PREFIX);
    for (size_t i = 6; i < strlen(text); i++) { /* any one wrong letter is noticed */
        char was = text[i];
        text[i] = was == 'q' ? 'p' : 'q';
        assert_int_equal(weal_address_read(back, "dweal", text), WEAL_ADDRESS_FORM);
        text[i] = was;
    }
    /* BIP350: padding that is not zero; another version */
    assert_int_equal(
        weal_address_read(back, "tb",
                          "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j"),
        WEAL_ADDRESS_FORM);
    assert_int_equal(weal_address_read(back, "bc", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"),
                     WEAL_ADDRESS_FORM);
    assert_false(weal_address_write(text, "aprefixthatistoolongforanaddressof32bytes", key));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bip350_valid), cmocka_unit_test(bip350_invalid),
        cmocka_unit_test(thirty_two_bytes_as_bip350), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
