/* SPDX-License-Identifier: ISC */
/* Multi-scalar multiplication over ristretto255: sum of s_i P_i for public data, VARIABLE TIME.
 *
 * Few points: interleaved windows with a table per point (Straus 1964). Many: the bucket method
 * with signed digits (Pippenger 1976; Bernstein, Doumen, Lange, Oosterwijk 2012), eight buckets to
 * a vector. Which of the two, and how wide the windows are, follows from n and the longest scalar
 * and was set by the bench (README.md). Short scalars, and such as l minus a short one, cost in
 * proportion to their length. Points that occur twice are not merged: crypto/batch does that.
 *
 * Pure; no heap: the caller gives the memory, and how much is a function of n alone.
 * Any thread; calls share nothing. */
#ifndef WEAL_CRYPTO_MSM_MSM_H
#define WEAL_CRYPTO_MSM_MSM_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/curve/curve.h"
#include "crypto/curve/scalar.h"

/* More points are a bug of the caller (asserted): a batch of 1024 proofs has under 2^15. */
enum { WEAL_MSM_POINTS_MAX = 1 << 20 };

/* Bytes of memory that n points need, whatever the level; not more than 2.5 MB + 64 n. Grows with
 * n, so memory for n serves every smaller number. */
size_t weal_msm_footprint(size_t n);

/* out = sum over i < n of scalars[i] * *points[i]; the identity when n is 0. Points are read in
 * place, as often as there are windows, and may repeat. mem: any alignment, at least
 * weal_msm_footprint(n) bytes (asserted), undefined before and after; it holds nothing between
 * calls. Compressed points go through weal_points_decode_var first, extended ones through
 * weal_points_to96_var. */
void weal_msm_var(struct weal_point *out, const struct weal_scalar *scalars,
                  const struct weal_point96 *const *points, size_t n, void *mem, size_t mem_n);

/* ---- fixed bases ----
 * The multiples P .. 128 P of bases that recur (the generators), in 96-byte form: with few points
 * their digits are twice as wide as the others' and no table of theirs is built; with many they are
 * points like others. 12 KiB a base. */
enum { WEAL_MSM_FIXED_MAX = 64 };

struct weal_msm_table {
    const struct weal_point96 *multiples; /* base i, times d: [128 i + d - 1] */
    size_t n;
};
/* Bytes for the table of n bases, 0 < n <= WEAL_MSM_FIXED_MAX. */
size_t weal_msm_table_footprint(size_t n);
/* Fills mem, which must stay as long as the table; some 20 us a base. */
void weal_msm_table_init(struct weal_msm_table *t, const struct weal_point96 *bases, size_t n,
                         void *mem, size_t mem_n);
/* As weal_msm_var, where the last t->n of the n points are the table's bases, in its order. */
void weal_msm_table_var(struct weal_point *out, const struct weal_scalar *scalars,
                        const struct weal_point96 *const *points, size_t n,
                        const struct weal_msm_table *t, void *mem, size_t mem_n);

#endif
