/* SPDX-License-Identifier: ISC */
/* fe_avx2.h, looked at on its own. */
#include "tests/support/fe_check.h"

#if defined(__AVX2__)
#include "crypto/curve/fe_avx2.h"

/* bounds on limbs: first and second factor, subtrahend, what a carry takes */
#define CHECK_A_EVEN FE_A_EVEN
#define CHECK_A_ODD FE_A_ODD
#define CHECK_B_EVEN FE_B_EVEN
#define CHECK_B_ODD FE_B_ODD
#define CHECK_S_EVEN ((1 << 27) - 38)
#define CHECK_S_ODD ((1 << 26) - 2)
#define CHECK_W ((UINT64_C(1) << 31) - 1)
#include "tests/support/fe_check_body.h"

uint64_t fe_check_avx2(uint64_t seed, unsigned rounds) {
    return check_all(seed, rounds);
}
uint64_t fe_work_avx2(enum fe_work what, unsigned count, unsigned *lanes) {
    return work(what, count, lanes);
}
#else
uint64_t fe_check_avx2(uint64_t seed, unsigned rounds) {
    (void)seed, (void)rounds;
    return UINT64_MAX;
}
uint64_t fe_work_avx2(enum fe_work what, unsigned count, unsigned *lanes) {
    (void)what, (void)count, *lanes = 1;
    return 0;
}
#endif
