/* SPDX-License-Identifier: ISC */
/* Names seen, each written once. Tests of several processes append to one file: a line a write. */
#include "tests/support/hits.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NAMES_MAX = 1024 };

void test_hit(const char *name) {
    static const char *seen[NAMES_MAX];
    static int seen_n, fd = -1;
    const char *path = getenv("WEAL_HITS");
    char line[80];
    if (!path) return;
    for (int i = 0; i < seen_n; i++) {
        if (seen[i] == name) return;
    }
    if (fd < 0) fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int n = snprintf(line, sizeof line, "%s\n", name);
    if (fd < 0 || n < 0 || (size_t)n >= sizeof line || seen_n == NAMES_MAX ||
        write(fd, line, (size_t)n) != n) {
        perror(path);
        abort(); /* the list would say that something is not tested */
    }
    seen[seen_n++] = name;
}
