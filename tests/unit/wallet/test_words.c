/* SPDX-License-Identifier: ISC */
/* The recovery words: vectors of BIP39, the list's hash, slips of the pen. */
#include "tests/unit/unit.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "wallet/words.h"

static const struct {
    uint8_t byte; /* the entropy is this byte, 32 times */
    const char *words;
} vectors[] = {
    {0x00, "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
           "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
           "abandon abandon abandon art"},
    {0x7f, "legal winner thank year wave sausage worth useful legal winner thank year wave "
           "sausage worth useful legal winner thank year wave sausage worth title"},
    {0x80, "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd "
           "amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless"},
    {0xff, "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo "
           "zoo zoo vote"},
};

static void bip39_vectors(void **state) {
    (void)state;
    for (unsigned i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t seed[32], back[32];
        char text[WEAL_WORDS_TEXT];
        unsigned at;
        memset(seed, vectors[i].byte, 32);
        weal_words_write(text, seed);
        assert_string_equal(text, vectors[i].words);
        assert_int_equal(weal_words_read(back, text, &at), WEAL_WORDS_OK);
        assert_memory_equal(seed, back, 32);
    }
}

static void list_is_the_published_one(void **state) {
    (void)state;
    static char list[20000];
    uint8_t hash[32];
    char hex[65];
    FILE *f = fopen("wallet/words.txt", "rb");
    assert_non_null(f);
    size_t n = fread(list, 1, sizeof list, f);
    fclose(f);
    crypto_hash_sha256(hash, (const uint8_t *)list, n);
    sodium_bin2hex(hex, sizeof hex, hash, 32);
    assert_string_equal(hex, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
}

static void random_round_trips(void **state) {
    (void)state;
    for (int i = 0; i < 200; i++) {
        uint8_t seed[32], back[32];
        char text[WEAL_WORDS_TEXT];
        unsigned at;
        randombytes_buf(seed, sizeof seed);
        weal_words_write(text, seed);
        assert_int_equal(weal_words_read(back, text, &at), WEAL_WORDS_OK);
        assert_memory_equal(seed, back, 32);
    }
}

static void slips_are_named(void **state) {
    (void)state;
    uint8_t seed[32];
    char text[WEAL_WORDS_TEXT + 64];
    unsigned at;
    snprintf(text, sizeof text, "  %s\n", vectors[1].words);
    memcpy(text + 2, "LEGAL", 5);
    assert_int_equal(weal_words_read(seed, text, &at), WEAL_WORDS_OK);
    assert_int_equal(weal_words_read(seed, "lega winn", &at), WEAL_WORDS_COUNT);
    assert_int_equal(weal_words_read(seed, "", &at), WEAL_WORDS_COUNT);
    snprintf(text, sizeof text, "%s zoo", vectors[1].words);
    assert_int_equal(weal_words_read(seed, text, &at), WEAL_WORDS_COUNT);
    snprintf(text, sizeof text, "%s", vectors[1].words);
    text[6] = 'x'; /* xinner */
    assert_int_equal(weal_words_read(seed, text, &at), WEAL_WORDS_UNKNOWN);
    assert_int_equal(at, 2);
    snprintf(text, sizeof text, "%s", vectors[3].words);
    memcpy(strstr(text, "vote"), "zoo", 4);
    assert_int_equal(weal_words_read(seed, text, &at), WEAL_WORDS_CHECKSUM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bip39_vectors), cmocka_unit_test(list_is_the_published_one),
        cmocka_unit_test(random_round_trips), cmocka_unit_test(slips_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
