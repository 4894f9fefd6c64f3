/* SPDX-License-Identifier: ISC */
/* What the tests have seen happen, by name: refusals (crypto/base/verdict.def). Each name is
 * appended once a process to the file $WEAL_HITS, which contrib/hits.sh holds against the lists;
 * without the variable nothing is written. One thread. */
#ifndef WEAL_TESTS_SUPPORT_HITS_H
#define WEAL_TESTS_SUPPORT_HITS_H

/* name: a static string of the list. */
void test_hit(const char *name);

#endif
