/* SPDX-License-Identifier: ISC */
/* The methods in FE_LANES lanes, written once, compiled by each back end. Private.
 *
 * Straus: the lanes are FE_LANES neighbouring windows of one point, so no doubling happens here;
 * the table of a point is shared by all of them.
 *
 * Buckets: the lanes are FE_LANES buckets of one window with nearly equally many points, so the
 * sums stay in registers and only points are loaded (96 bytes each, transposed), never buckets. A
 * lane whose bucket is exhausted adds the identity. Buckets are then read back with the lanes being
 * windows, for the weighted sum by running totals.
 *
 * Before this file a back end defines digits_group(job, k): job->group[FE_LANES i + j] is the digit
 * of scalar i in window k + j, 0 where there is no such window. */
#ifndef WEAL_CRYPTO_MSM_MSM_LANES_H
#define WEAL_CRYPTO_MSM_MSM_LANES_H

#include "crypto/curve/lanes.h"
#include "crypto/msm/msm_int.h"

/* Windows first .. first + FE_LANES - 1, as far as there are so many. */
static void sums_put(const struct msm_job *job, unsigned first, struct ext p) {
    uint8_t bytes[4][FE_LANES][32], *at[FE_LANES];
    const fe v[4] = {p.x, p.y, p.z, p.t};
    for (int c = 0; c < 4; c++) {
        for (int j = 0; j < FE_LANES; j++) at[j] = bytes[c][j];
        fe_store(at, 0, v[c]);
    }
    for (unsigned j = 0; j < FE_LANES && first + j < job->windows; j++) {
        struct weal_point *out = &job->sums[first + j];
        struct weal_fe *o[4] = {&out->x, &out->y, &out->z, &out->t};
        for (int c = 0; c < 4; c++) {
            const uint8_t *b = bytes[c][j];
            uint64_t w0 = weal_le64(b), w1 = weal_le64(b + 8), w2 = weal_le64(b + 16),
                     w3 = weal_le64(b + 24);
            const uint64_t m = (UINT64_C(1) << 51) - 1;
            *o[c] = (struct weal_fe){{w0 & m, (w0 >> 51 | w1 << 13) & m, (w1 >> 38 | w2 << 26) & m,
                                      (w2 >> 25 | w3 << 39) & m, w3 >> 12}};
        }
    }
}

/* ---- Straus ---- */

enum { TABLE = 1 << (MSM_STRAUS_WIDTH - 1) };

/* rows[(i TABLE + d - 1) 20]: d times point i */
static void straus_tables(const struct msm_job *job) {
    uint64_t spare[MSM_ROW_WORDS], *row[FE_LANES];
    for (size_t i = 0; i < job->n; i += FE_LANES) {
        const uint8_t *p[FE_LANES];
        for (size_t j = 0; j < FE_LANES; j++) p[j] = job->point[i + j < job->n ? i + j : job->n];
        struct affine one = affine_load(p, 0);
        struct ext sum = ext_from_affine(one);
        for (size_t d = 1; d <= TABLE; d++) {
            for (size_t j = 0; j < FE_LANES; j++)
                row[j] =
                    i + j < job->n ? job->rows + ((i + j) * TABLE + d - 1) * MSM_ROW_WORDS : spare;
            cached_store(row, ext_to_cached(sum));
            if (d < TABLE) sum = ext_add_affine(sum, one);
        }
    }
}

static void straus(const struct msm_job *job) {
    uint64_t zero[FE_LANES][MSM_ROW_WORDS], *row[FE_LANES];
    for (int j = 0; j < FE_LANES; j++) row[j] = zero[j];
    cached_store(row, ext_to_cached(ext_identity()));
    straus_tables(job);
    for (unsigned k = 0; k < job->windows; k += FE_LANES) {
        struct ext sum = ext_identity();
        digits_group(job, k);
        for (size_t i = 0; i < job->n; i++) {
            const uint64_t *from[FE_LANES];
            unsigned negative = 0, any = 0; /* short scalars have no digits up here */
            for (unsigned j = 0; j < FE_LANES; j++) {
                unsigned digit = job->group[i * FE_LANES + j], d = digit & (MSM_NEGATIVE - 1);
                from[j] = d == 0 ? zero[j] : job->rows + (i * TABLE + d - 1) * MSM_ROW_WORDS;
                negative |= digit >> 15 << j;
                any |= d;
            }
            if (any != 0) sum = ext_add_cached(sum, cached_neg_if(negative, cached_load(from)));
        }
        sums_put(job, k, sum);
    }
}

/* Fixed bases: the same lanes, wider windows, and tables that were there before. */
static void fixed(const struct msm_job *job) {
    const uint8_t *identity = job->point[0];
    for (unsigned k = 0; k < job->windows; k += FE_LANES) {
        struct ext sum = ext_identity();
        digits_group(job, k);
        for (size_t i = 0; i < job->n; i++) {
            const uint8_t *from[FE_LANES];
            unsigned negative = 0, any = 0;
            for (unsigned j = 0; j < FE_LANES; j++) {
                unsigned digit = job->group[i * FE_LANES + j], d = digit & (MSM_NEGATIVE - 1);
                from[j] = d == 0 ? identity : job->fixed[i * MSM_FIXED_ROWS + d - 1].b;
                negative |= digit >> 15 << j;
                any |= d;
            }
            if (any != 0) sum = ext_add_affine(sum, affine_load(from, negative));
        }
        sums_put(job, k, sum);
    }
}

/* ---- buckets ---- */

/* Threads every point with a digit in window k + j onto its bucket's list. An entry is 2 i + sign;
 * the list ends in 2 n, the identity, whose next is itself. */
static void buckets_fill(const struct msm_job *job, unsigned j, unsigned buckets) {
    const uint32_t end = (uint32_t)(2 * job->n);
    const uint16_t *digit = job->group + j;
    for (unsigned b = 0; b < buckets; b++) job->slot[b] = end;
    job->next[job->n] = end;
    for (uint32_t i = 0; i < job->n; i++, digit += FE_LANES) {
        unsigned d = *digit & (MSM_NEGATIVE - 1);
        if (d == 0) continue;
        uint64_t slot = job->slot[d - 1];
        job->next[i] = (uint32_t)slot;
        job->slot[d - 1] = ((slot >> 32) + 1) << 32 | (2 * i + (*digit >> 15));
    }
}

/* order: the buckets, fullest first; those with more than 255 points count as equally full. */
static void buckets_sort(const struct msm_job *job, unsigned buckets) {
    uint32_t start[257] = {0};
    for (unsigned b = 0; b < buckets; b++) {
        uint64_t c = job->slot[b] >> 32;
        start[256 - (c < 255 ? c : 255)]++;
    }
    for (unsigned c = 1; c < 257; c++) start[c] += start[c - 1];
    for (unsigned b = 0; b < buckets; b++) {
        uint64_t c = job->slot[b] >> 32;
        job->order[start[255 - (c < 255 ? c : 255)]++] = b;
    }
}

/* The next point of each lane's list, and the list moved on. */
FE_FN struct affine buckets_next(const struct msm_job *job, uint32_t at[FE_LANES]) {
    const uint8_t *p[FE_LANES];
    unsigned negative = 0;
    for (int j = 0; j < FE_LANES; j++) {
        p[j] = job->point[at[j] >> 1];
        negative |= (at[j] & 1) << j;
        at[j] = job->next[at[j] >> 1];
    }
    for (int j = 0; j < FE_LANES; j++) { /* the ones after these */
        const uint8_t *soon = job->point[at[j] >> 1];
        __builtin_prefetch(soon);
        __builtin_prefetch(soon + 64);
    }
    return affine_load(p, negative);
}

/* Sums the buckets order[g ..] into the rows of lane `lane`. */
static void buckets_sum(const struct msm_job *job, unsigned g, unsigned buckets, unsigned lane) {
    uint32_t at[FE_LANES], most = 0;
    uint64_t spare[MSM_ROW_WORDS], *row[FE_LANES];
    for (unsigned j = 0; j < FE_LANES; j++) {
        bool is = g + j < buckets;
        uint32_t b = is ? job->order[g + j] : 0;
        at[j] = is ? (uint32_t)job->slot[b] : (uint32_t)(2 * job->n);
        row[j] = is ? job->rows + ((size_t)b * FE_LANES + lane) * MSM_ROW_WORDS : spare;
        if (is && job->slot[b] >> 32 > most) most = (uint32_t)(job->slot[b] >> 32);
    }
    struct ext sum = ext_identity();
    if (most > 0) sum = ext_from_affine(buckets_next(job, at));
    for (uint32_t step = 1; step < most; step++) sum = ext_add_affine(sum, buckets_next(job, at));
    cached_store(row, ext_to_cached(sum));
}

/* sum over b of (b + 1) times bucket b, the lanes being windows */
static struct ext buckets_weigh(const struct msm_job *job, unsigned buckets) {
    struct ext run = ext_identity(), total = ext_identity();
    for (unsigned b = buckets; b-- > 0;) {
        const uint64_t *row[FE_LANES];
        for (unsigned j = 0; j < FE_LANES; j++)
            row[j] = job->rows + ((size_t)b * FE_LANES + j) * MSM_ROW_WORDS;
        run = ext_add_cached(run, cached_load(row));
        total = ext_add_cached(total, ext_to_cached(run));
    }
    return total;
}

static void buckets(const struct msm_job *job) {
    for (unsigned k = 0; k < job->windows; k += FE_LANES) {
        unsigned most = 0;
        for (unsigned j = 0; j < FE_LANES && k + j < job->windows; j++) {
            unsigned width = (unsigned)(job->offset[k + j + 1] - job->offset[k + j]);
            if (1U << (width - 1) > most) most = 1U << (width - 1);
        }
        digits_group(job, k);
        for (unsigned j = 0; j < FE_LANES; j++) {
            /* lanes without a window are summed over empty lists: identities */
            unsigned here = 0;
            if (k + j < job->windows) {
                here = 1U << (job->offset[k + j + 1] - job->offset[k + j] - 1);
                buckets_fill(job, j, here);
            }
            for (unsigned b = here; b < most; b++) job->slot[b] = 2 * job->n;
            buckets_sort(job, most);
            for (unsigned g = 0; g < most; g += FE_LANES) buckets_sum(job, g, most, j);
        }
        sums_put(job, k, buckets_weigh(job, most));
    }
}

#endif
