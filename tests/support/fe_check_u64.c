/* SPDX-License-Identifier: ISC */
/* fe_u64.h, looked at on its own. */
#include "tests/support/fe_check.h"

#if 1
#include "crypto/curve/fe_u64.h"

/* bounds on limbs: first and second factor, subtrahend, what a carry takes */
#define CHECK_A_EVEN ((UINT64_C(1) << 54) - 1)
#define CHECK_B_EVEN ((UINT64_C(1) << 54) - 1)
#define CHECK_S_EVEN ((UINT64_C(1) << 53) - 76)
#define CHECK_W ((UINT64_C(1) << 63) - 1)
#define CHECK_A_ODD CHECK_A_EVEN
#define CHECK_B_ODD CHECK_B_EVEN
#define CHECK_S_ODD CHECK_S_EVEN
#include "tests/support/fe_check_body.h"

uint64_t fe_check_u64(uint64_t seed, unsigned rounds) {
    return check_all(seed, rounds);
}
uint64_t fe_work_u64(enum fe_work what, unsigned count, unsigned *lanes) {
    return work(what, count, lanes);
}
#else
uint64_t fe_check_u64(uint64_t seed, unsigned rounds) {
    (void)seed, (void)rounds;
    return UINT64_MAX;
}
uint64_t fe_work_u64(enum fe_work what, unsigned count, unsigned *lanes) {
    (void)what, (void)count, *lanes = 1;
    return 0;
}
#endif
