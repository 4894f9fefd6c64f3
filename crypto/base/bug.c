/* SPDX-License-Identifier: ISC */
/* Where a broken invariant ends the process: one place for a breakpoint, nothing is cleaned up, so
 * what is on disk stays what was synced. */
#include "crypto/base/bug.h"

#include <assert.h>

void weal_bug(const char *expression, const char *file, int line) {
    __assert_fail(expression, file, (unsigned)line, "invariant");
}
