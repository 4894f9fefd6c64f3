/* SPDX-License-Identifier: ISC */
/* A folder for one test under $TMPDIR or /tmp. */
#ifndef WEAL_TESTS_SUPPORT_DIR_H
#define WEAL_TESTS_SUPPORT_DIR_H

enum { TEST_DIR_MAX = 256 };
/* Makes a new folder and writes its path. Ends the process when it can't. */
void test_dir_make(char out[TEST_DIR_MAX]);
/* Removes the folder and the files in it. */
void test_dir_remove(const char *dir);

#endif
