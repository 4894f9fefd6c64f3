/* SPDX-License-Identifier: ISC */
/* Private to crypto/msm: a multiplication laid out in the caller's memory, and the entries of the
 * back ends.
 *
 * Digits. A scalar is taken as s or l - s, whichever is smaller, with a sign. Let B be one more
 * than the length of the longest of them, cut into windows of width w_k at offsets o_k, h_k =
 * 2^(w_k - 1) and K the sum of h_k 2^(o_k). The digits of s are those of s + K, each less h_k: they
 * lie in
 * [-h_k, h_k - 1], and no carry runs from one to the next. The top window is read with one bit
 * more: there s contributes less than h (s < 2^(B-1)), K contributes h and the carry at most 1, so
 * its digit is at most h. So every digit is between -h_k and h_k, and h_k buckets hold them. */
#ifndef WEAL_CRYPTO_MSM_MSM_INT_H
#define WEAL_CRYPTO_MSM_MSM_INT_H

#include "crypto/base/bytes.h"
#include "crypto/curve/curve_int.h"
#include "crypto/msm/msm.h"

enum {
    MSM_WINDOWS_MAX = 127, /* widths are at least 2 */
    MSM_WIDTH_MAX = 11,    /* 1024 buckets a window: 1.3 MB of them */
    MSM_LANES_MAX = 8,
    MSM_ROW_WORDS = 20,   /* one point in a bucket or table */
    MSM_STRAUS_WIDTH = 4, /* a table holds P .. 8P */
    MSM_STRAUS_MAX = 128, /* points; more are never better served by tables */
    MSM_FIXED_WIDTH = 8,  /* twice the tables': every second window is a fixed base's */
    MSM_FIXED_ROWS = 128,
    MSM_SCALAR_BYTES = 32
};

struct msm_job {
    size_t n;
    unsigned windows;
    uint16_t offset[MSM_WINDOWS_MAX + 1]; /* of window k; [windows] is B */
    const uint8_t *digits;                /* n times s + K, little-endian; bit 255: negative */
    const uint8_t **point;                /* n forms, then the identity's */
    uint16_t *group;                      /* n times MSM_LANES_MAX digits, of the windows at work */
    uint32_t *next;                       /* n + 1: the entry below this one in its bucket */
    uint64_t *slot;                       /* a bucket each: how many points << 32, the top entry */
    uint32_t *order;                      /* a bucket each */
    uint64_t *rows;                       /* buckets, or tables */
    struct weal_point *sums;              /* the result: one for each window */
    const struct weal_point96 *fixed;     /* multiples of fixed bases, instead of points */
};

/* A digit in job->group: its size, and its sign (the scalar's counted in) above. */
enum { MSM_NEGATIVE = 1 << 15 };

/* The digit of scalar i in window k. */
static inline uint16_t msm_digit(const struct msm_job *job, size_t i, unsigned k) {
    const uint8_t *s = job->digits + i * MSM_SCALAR_BYTES;
    unsigned at = job->offset[k], width = job->offset[k + 1] - at;
    unsigned read = width + (k + 1 == job->windows);
    /* up to 12 bits from any of 8 places in a byte; the memory has 8 bytes more than scalars */
    uint64_t w = weal_le64(s + (at >> 3)) >> (at & 7);
    int d = (int)(w & ((UINT64_C(1) << read) - 1)) - (int)(1U << (width - 1));
    unsigned neg = (unsigned)(s[31] >> 7) ^ (unsigned)(d < 0);
    return (uint16_t)((unsigned)(d < 0 ? -d : d) | neg << 15);
}

/* out = sum over k of 2^(offset k) sums[k]; the other levels do it in msm.c. */
void weal_msm_join_ifma(struct weal_point *out, const struct msm_job *job);

/* Fill job->sums. */
void weal_msm_straus_u64(const struct msm_job *job);
void weal_msm_straus_avx2(const struct msm_job *job);
void weal_msm_straus_ifma(const struct msm_job *job);
void weal_msm_fixed_u64(const struct msm_job *job);
void weal_msm_fixed_avx2(const struct msm_job *job);
void weal_msm_fixed_ifma(const struct msm_job *job);
void weal_msm_buckets_u64(const struct msm_job *job);
void weal_msm_buckets_avx2(const struct msm_job *job);
void weal_msm_buckets_ifma(const struct msm_job *job);

#endif
