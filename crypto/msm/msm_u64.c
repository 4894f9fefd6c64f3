/* SPDX-License-Identifier: ISC */
/* Multi-scalar multiplication, back end u64. */
#include "crypto/msm/msm_int.h"

#include "crypto/curve/fe_u64.h"

#include "crypto/msm/msm_lanes.h"

void weal_msm_straus_u64(const struct msm_job *job) {
    straus(job);
}

void weal_msm_buckets_u64(const struct msm_job *job) {
    buckets(job);
}
