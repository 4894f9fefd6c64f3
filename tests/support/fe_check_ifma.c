/* SPDX-License-Identifier: ISC */
/* fe_ifma.h, looked at on its own. */
#include "tests/support/fe_check.h"

#if defined(__AVX512IFMA__)
#include "crypto/curve/fe_ifma.h"

/* bounds on limbs: first and second factor, subtrahend, what a carry takes */
#define CHECK_A_EVEN ((UINT64_C(1) << 52) - 1)
#define CHECK_B_EVEN ((UINT64_C(1) << 52) - 1)
#define CHECK_S_EVEN ((UINT64_C(1) << 61) - 1)
#define CHECK_W ((UINT64_C(1) << 63) - 1)
#define CHECK_A_ODD CHECK_A_EVEN
#define CHECK_B_ODD CHECK_B_EVEN
#define CHECK_S_ODD CHECK_S_EVEN
#include "tests/support/fe_check_body.h"

uint64_t fe_check_ifma(uint64_t seed, unsigned rounds) {
    return check_all(seed, rounds);
}
uint64_t fe_work_ifma(enum fe_work what, unsigned count, unsigned *lanes) {
    return work(what, count, lanes);
}
#else
uint64_t fe_check_ifma(uint64_t seed, unsigned rounds) {
    (void)seed, (void)rounds;
    return UINT64_MAX;
}
uint64_t fe_work_ifma(enum fe_work what, unsigned count, unsigned *lanes) {
    (void)what, (void)count, *lanes = 1;
    return 0;
}
#endif
