/* SPDX-License-Identifier: ISC */
/* Multi-scalar multiplication, back end avx2. */
#include "crypto/msm/msm_int.h"

#if defined(__x86_64__)
#include "crypto/curve/fe_avx2.h"

#include "crypto/msm/msm_lanes.h"

void weal_msm_straus_avx2(const struct msm_job *job) {
    straus(job);
}

void weal_msm_buckets_avx2(const struct msm_job *job) {
    buckets(job);
}
#endif
