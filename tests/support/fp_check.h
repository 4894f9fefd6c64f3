/* SPDX-License-Identifier: ISC */
/* crypto/sig/fp_ifma.h against schoolbook arithmetic on 32-bit digits, which shares nothing with
 * it, over operands at the edges of their bounds. Call only what the processor has. */
#ifndef WEAL_TESTS_SUPPORT_FP_CHECK_H
#define WEAL_TESTS_SUPPORT_FP_CHECK_H

#include <stdint.h>

/* How many results were wrong in so many rounds of every operation, in all lanes. */
uint64_t fp_check_ifma(uint64_t seed, unsigned rounds);

#endif
