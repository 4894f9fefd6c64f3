/* SPDX-License-Identifier: ISC */
#include "tests/unit/unit.h"
#include "wallet/service/evidence.h"

#include <string.h>

static void evidence_spellings_of_one_document_are_one_string(void **state) {
    static const char *const born[] = {
        "1990-02-03", "1990/02/03",   "1990.2.3",        "19900203",    "3.2.1990",
        "03.02.1990", " 1990-02-03 ", "3 February 1990", "Feb 3, 1990", "FEB 03 1990"};
    (void)state;
    for (size_t i = 0; i < sizeof born / sizeof *born; i++) {
        char text[WEAL_EVIDENCE_MAX];
        struct weal_document e = {i % 2 ? "CA" : "ca", i % 2 ? "Pass-Port" : "passport",
                                  i % 2 ? "ab 12-34" : "AB1234<<", born[i]};
        assert_int_not_equal(weal_evidence_text(text, &e), 0);
        assert_string_equal(text, "weal-evidence-1|ca|passport|ab1234|1990-02-03");
    }
}

static void evidence_that_cannot_be_read_is_refused(void **state) {
    static const char *const born[] = {"03/02/1990",  "03-02-1990",  "1990-02-30",   "1900-02-29",
                                       "1990-13-01",  "90-02-03",    "1990-02",      "",
                                       "1990-02-03x", "Foo 3, 1990", "1990-02-03-04"};
    char text[WEAL_EVIDENCE_MAX], wide[WEAL_EVIDENCE_FIELD_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof born / sizeof *born; i++) {
        struct weal_document e = {"ca", "passport", "1", born[i]};
        assert_int_equal(weal_evidence_text(text, &e), 0);
    }
    memset(wide, 'a', sizeof wide);
    wide[sizeof wide - 1] = 0;
    struct weal_document bad[] = {
        {"ca", "passport", wide, "1990-02-03"},       {"ca", "passport", " - ", "1990-02-03"},
        {"ca", "passport", NULL, "1990-02-03"},       {"ca", "pass\tport", "1", "1990-02-03"},
        {"c\xc3\xa4", "passport", "1", "1990-02-03"}, {"ca", "passport", "1", NULL}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(weal_evidence_text(text, &bad[i]), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_spellings_of_one_document_are_one_string),
        cmocka_unit_test(evidence_that_cannot_be_read_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
