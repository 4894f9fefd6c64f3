/* SPDX-License-Identifier: ISC */
/* A counted malloc with a fault plan. */
#include "tests/support/mem.h"

#include <stdlib.h>

static void *take(void *ctx, size_t n) {
    struct test_mem *m = ctx;
    if (m->fail_in != 0 && --m->fail_in == 0) return NULL;
    void *p = malloc(n ? n : 1);
    if (p) m->alive++;
    return p;
}

static void give(void *ctx, void *p) {
    struct test_mem *m = ctx;
    if (!p) return;
    m->alive--;
    free(p);
}

void test_mem_init(struct test_mem *m) {
    *m = (struct test_mem){.mem = {m, take, give}};
}
