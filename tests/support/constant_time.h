/* SPDX-License-Identifier: ISC */
/* Constant-time tests: what is marked as secret is memory that valgrind takes for undefined, so a
 * branch or an address that depends on it is an error. A test includes the sources it judges,
 * compiled with the marks of crypto/ring/secret.h (WEAL_CONSTANT_TIME_TEST). Errors inside
 * libsodium are suppressed: its group operations are constant time by its own word.
 *
 * Started without valgrind the test starts itself under it, and once more with a branch on a secret
 * that must be found; a sanitizer build can't be run so, and checks results only. */
#ifndef WEAL_TESTS_SUPPORT_CONSTANT_TIME_H
#define WEAL_TESTS_SUPPORT_CONSTANT_TIME_H

#include <stdbool.h>
#include <valgrind/memcheck.h>

#define CT_SECRET(p, n) (void)VALGRIND_MAKE_MEM_UNDEFINED((p), (n))
#define CT_PUBLIC(p, n) (void)VALGRIND_MAKE_MEM_DEFINED((p), (n))

/* Counts a failure and prints it. */
void ct_expect(bool holds, const char *what);
/* The program's main: runs body; its exit code. */
int ct_main(int argc, char **argv, void (*body)(void));

#endif
