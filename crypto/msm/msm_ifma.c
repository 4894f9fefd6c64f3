/* SPDX-License-Identifier: ISC */
/* Multi-scalar multiplication, back end ifma. */
#include "crypto/msm/msm_int.h"

#if defined(__x86_64__)
#include "crypto/curve/fe_ifma.h"

/* Eight windows of one scalar at once: the word a window begins in and the next, shifted together.
 */
static void digits_group(const struct msm_job *job, unsigned k) {
    uint64_t word[8] = {0}, shift[8] = {0}, mask[8] = {0}, half[8] = {0};
    for (unsigned j = 0; j < 8 && k + j < job->windows; j++) {
        unsigned at = job->offset[k + j], width = job->offset[k + j + 1] - at;
        word[j] = at / 64;
        shift[j] = at % 64;
        mask[j] = (UINT64_C(1) << (width + (k + j + 1 == job->windows))) - 1;
        half[j] = UINT64_C(1) << (width - 1);
    }
    const __m512i from = _mm512_loadu_si512(word), and_next = _mm512_add_epi64(from, fe_all(1));
    const __m512i right = _mm512_loadu_si512(shift), left = _mm512_sub_epi64(fe_all(64), right);
    const __m512i keep = _mm512_loadu_si512(mask), less = _mm512_loadu_si512(half);
    for (size_t i = 0; i < job->n; i++) {
        const uint8_t *b = job->digits + i * MSM_SCALAR_BYTES;
        __m512i s = _mm512_zextsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)b));
        __m512i lo = _mm512_srlv_epi64(_mm512_permutexvar_epi64(from, s), right);
        __m512i hi = _mm512_sllv_epi64(_mm512_permutexvar_epi64(and_next, s), left);
        __m512i d = _mm512_sub_epi64(_mm512_and_si512(_mm512_or_si512(lo, hi), keep), less);
        __mmask8 negative = (__mmask8)(_mm512_movepi64_mask(d) ^ -(b[31] >> 7));
        d = _mm512_abs_epi64(d);
        d = _mm512_mask_or_epi64(d, negative, d, fe_all(MSM_NEGATIVE));
        _mm_storeu_si128((__m128i *)(void *)(job->group + 8 * i), _mm512_cvtepi64_epi16(d));
    }
}

#include "crypto/msm/msm_lanes.h"

void weal_msm_straus_ifma(const struct msm_job *job) {
    straus(job);
}

void weal_msm_fixed_ifma(const struct msm_job *job) {
    fixed(job);
}

void weal_msm_buckets_ifma(const struct msm_job *job) {
    buckets(job);
}
#endif
