/* SPDX-License-Identifier: ISC */
#include "node/damaged.h"

#include <string.h>
#include <unistd.h>

enum { EXIT_DATA = 4 };

static size_t add(char *to, size_t n, size_t cap, const char *text) {
    size_t len = strlen(text);
    if (len > cap - n) len = cap - n;
    memcpy(to + n, text, len);
    return n + len;
}

void weal_damaged_exit(const char *file, const char *table) {
    char text[2048];
    size_t n = add(text, 0, sizeof text, "weald: the database is damaged, or its disk fails: ");
    n = add(text, n, sizeof text, file);
    if (table) {
        n = add(text, n, sizeof text, ", table ");
        n = add(text, n, sizeof text, table);
    }
    n = add(text, n, sizeof text, "; " WEAL_DAMAGED_ADVICE "\n");
    ssize_t written = write(STDERR_FILENO, text, n); /* nobody is left to tell of an error */
    (void)written;
    _exit(EXIT_DATA);
}
