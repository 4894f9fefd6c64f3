/* SPDX-License-Identifier: ISC */
/* Multi-scalar multiplication, back end ifma. */
#include "crypto/msm/msm_int.h"

#if defined(__x86_64__)
#include "crypto/curve/fe_ifma.h"

#include "crypto/msm/msm_lanes.h"

void weal_msm_straus_ifma(const struct msm_job *job) {
    straus(job);
}

void weal_msm_buckets_ifma(const struct msm_job *job) {
    buckets(job);
}
#endif
