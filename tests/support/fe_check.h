/* SPDX-License-Identifier: ISC */
/* The field of one back end against plain arithmetic on bytes, over operands at the edges of their
 * bounds. Compiled once for each back end, with its flags; call only what the processor has. */
#ifndef WEAL_TESTS_SUPPORT_FE_CHECK_H
#define WEAL_TESTS_SUPPORT_FE_CHECK_H

#include <stdint.h>

/* Each returns how many results were wrong in so many rounds of every operation. */
uint64_t fe_check_u64(uint64_t seed, unsigned rounds);
uint64_t fe_check_avx2(uint64_t seed, unsigned rounds);
uint64_t fe_check_ifma(uint64_t seed, unsigned rounds);

/* Nanoseconds are the caller's: chains of so many dependent multiplications or squarings, and of
 * independent ones in fours; *lanes elements are worked on at once. */
enum fe_work { FE_WORK_MUL, FE_WORK_SQR, FE_WORK_MUL4, FE_WORK_SQR4 };
uint64_t fe_work_u64(enum fe_work what, unsigned count, unsigned *lanes);
uint64_t fe_work_avx2(enum fe_work what, unsigned count, unsigned *lanes);
uint64_t fe_work_ifma(enum fe_work what, unsigned count, unsigned *lanes);

#endif
