/* SPDX-License-Identifier: ISC */
/* Memory for storage in tests: malloc, counted, whose n-th request can be made to fail. */
#ifndef WEAL_TESTS_SUPPORT_MEM_H
#define WEAL_TESTS_SUPPORT_MEM_H

#include <stdint.h>

#include "storage/mem.h"

struct test_mem {
    struct weal_mem mem;
    uint64_t fail_in; /* 0: never; else counts down, the one that reaches zero fails */
    int64_t alive;    /* pieces not given back */
};
void test_mem_init(struct test_mem *m);

#endif
