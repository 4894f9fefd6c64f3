/* SPDX-License-Identifier: ISC */
#include "tests/support/constant_time.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(WEAL_COVERAGE)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static const char suppressions[] = "{\n  libsodium\n  Memcheck:Cond\n  obj:*libsodium*\n}\n"
                                   "{\n  libsodium\n  Memcheck:Value8\n  obj:*libsodium*\n}\n"
                                   "{\n  libsodium\n  Memcheck:Value4\n  obj:*libsodium*\n}\n"
                                   "{\n  libsodium\n  Memcheck:Value1\n  obj:*libsodium*\n}\n";

static int failures;
void ct_expect(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "FAIL: %s\n", what);
    failures++;
}

static int under_valgrind(const char *self) {
    /* the second run branches on a secret on purpose: if that passes, nothing was tested */
    static const char *const modes[] = {"--inside", "--canary 2>/dev/null >&2"};
    char dir[] = "/tmp/weal-ct-XXXXXX", command[8192];
    int bad = 0;
    if (!mkdtemp(dir)) return 1;
    snprintf(command, sizeof command, "%s/suppressions", dir);
    FILE *f = fopen(command, "w");
    bad |= !f || fputs(suppressions, f) < 0 || fclose(f) != 0;
    for (int i = 0; i < 2 && !bad; i++) {
        /* stripped: valgrind 3.19 stumbles over the debug information of clang 14 */
        snprintf(command, sizeof command,
                 "objcopy --strip-debug '%s' %s/test && "
                 "exec valgrind -q --error-exitcode=9 --suppressions=%s/suppressions %s/test %s",
                 self, dir, dir, dir, modes[i]);
        bad |= (system(command) == 0) != (i == 0);
    }
    snprintf(command, sizeof command, "rm -r %s", dir);
    return bad | (system(command) != 0);
}

static int canary(void) {
    uint8_t secret[32] = {3};
    static volatile int table[4] = {1, 2, 3, 4};
    CT_SECRET(secret, sizeof secret);
    return table[secret[0] & 3] == 77;
}

int ct_main(int argc, char **argv, void (*body)(void)) {
    if (sodium_init() < 0) return 1;
    if (!SANITIZED && !RUNNING_ON_VALGRIND && argc == 1) return under_valgrind(argv[0]);
    if (argc > 1 && strcmp(argv[1], "--canary") == 0) return canary();
    body();
    printf("%d failures\n", failures);
    return failures != 0;
}
