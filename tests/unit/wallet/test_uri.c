/* SPDX-License-Identifier: ISC */
/* Payment requests: what is read, and what is not one. */
#include "tests/unit/unit.h"

#include "consensus/gen/state_gen.h"
#include "wallet/uri.h"

static void reads_requests(void **state) {
    (void)state;
    struct weal_uri u;
    assert_true(weal_uri_read(&u, "weal:tweal1abc?amount=1.5&asset=IT&label=caf%C3%A9%20x"));
    assert_string_equal(u.address, "tweal1abc");
    assert_int_equal(u.micro, 1500000);
    assert_int_equal(u.asset, 1);
    assert_string_equal(u.label, "caf\xc3\xa9 x");
    assert_true(weal_uri_read(&u, "tweal1abc"));
    assert_int_equal(u.micro, 0);
    assert_true(weal_uri_read(&u, "WEAL:tweal1abc?&AMOUNT=2&unknown=3"));
    assert_int_equal(u.micro, 2000000);
    assert_true(weal_uri_read(&u, "weal:tweal1abc?label=a%07b")); /* what isn't printable goes */
    assert_string_equal(u.label, "ab");
}

static void refuses_others(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "weal:",
        "weal:?amount=1",
        "weal:a?amount=0",
        "weal:a?amount=-1",
        "weal:a?amount=1&amount=1",
        "weal:a?amount=",
        "weal:a?asset=gold",
        "weal:a?asset=IT&asset=IT",
        "weal:a?label=%4",
        "weal:a?label=%zz",
        "weal:a?label=%00",
        "weal:a?req-vault=1",
        "weal:a?amount=99999999999999999999",
    };
    struct weal_uri u;
    char longer[256];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(weal_uri_read(&u, bad[i]));
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    assert_false(weal_uri_read(&u, longer));
    memcpy(longer, "weal:a?label=", 13);
    assert_false(weal_uri_read(&u, longer));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_requests),
        cmocka_unit_test(refuses_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
