/* SPDX-License-Identifier: ISC */
/* Multi-scalar multiplication, back end u64. */
#include "crypto/msm/msm_int.h"

#include "crypto/curve/fe_u64.h"

static void digits_group(const struct msm_job *job, unsigned k) {
    for (size_t i = 0; i < job->n; i++)
        for (unsigned j = 0; j < FE_LANES; j++)
            job->group[i * FE_LANES + j] = k + j < job->windows ? msm_digit(job, i, k + j) : 0;
}

#include "crypto/msm/msm_lanes.h"

void weal_msm_straus_u64(const struct msm_job *job) {
    straus(job);
}

void weal_msm_fixed_u64(const struct msm_job *job) {
    fixed(job);
}

void weal_msm_buckets_u64(const struct msm_job *job) {
    buckets(job);
}
