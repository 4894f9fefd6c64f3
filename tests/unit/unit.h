/* SPDX-License-Identifier: ISC */
/* What every unit test includes first: cmocka wants these four before itself.
 *
 * A refusal that a test asserts is noted (tests/support/hits.h): assert_int_equal sees it by its
 * type, in whichever of its two. A test that compares by itself says unit_seen(verdict). */
#ifndef WEAL_TESTS_UNIT_UNIT_H
#define WEAL_TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/base/verdict.h"
#include "tests/support/hits.h"

static inline enum weal_verdict unit_seen(enum weal_verdict v) {
    if (v != WEAL_ACCEPT) test_hit(weal_verdict_name(v));
    return v;
}
static inline void unit_verdicts_equal(LargestIntegralType a, LargestIntegralType b,
                                       const char *file, int line) {
    _assert_int_equal(a, b, file, line);
    unit_seen((enum weal_verdict)a);
}

/* An enum is compatible with an integer type, and so is any other enum, but no two of them. */
enum unit_other { UNIT_OTHER };
#define UNIT_IS_VERDICT(x)                                                                         \
    (_Generic((x), enum weal_verdict : 1, default : 0) &&                                          \
     _Generic((x), enum unit_other : 0, default : 1))
#undef assert_int_equal
#define assert_int_equal(a, b)                                                                     \
    (UNIT_IS_VERDICT(a) || UNIT_IS_VERDICT(b) ? unit_verdicts_equal : _assert_int_equal)(          \
        cast_to_largest_integral_type(a), cast_to_largest_integral_type(b), __FILE__, __LINE__)

#endif
