/* SPDX-License-Identifier: ISC */
/* Folders of tests: made by mkdtemp, emptied one level deep. */
#include "tests/support/dir.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void test_dir_make(char out[TEST_DIR_MAX]) {
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(out, TEST_DIR_MAX, "%s/weal-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (n < 0 || n >= TEST_DIR_MAX || !mkdtemp(out)) {
        perror("mkdtemp");
        exit(1);
    }
}

void test_dir_remove(const char *dir) {
    DIR *d = opendir(dir);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        char path[2 * TEST_DIR_MAX + 256];
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (e->d_name[0] != '.') unlink(path);
    }
    closedir(d);
    rmdir(dir);
}
