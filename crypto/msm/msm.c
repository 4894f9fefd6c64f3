/* SPDX-License-Identifier: ISC */
/* Choosing method and windows, laying a job out in the caller's memory, joining the windows' sums.
 */
#include "crypto/msm/msm.h"

#include "crypto/msm/msm_int.h"

/* l and (l - 1) / 2 */
static const uint64_t ell[4] = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};
static const uint64_t ell_half[4] = {0x2c09318d2e7ae9f6, 0x0a6f7cef517bce6b, 0, 0x0800000000000000};

enum { ALIGN = 64 };

/* ---- the plan ---- */

/* Few points never gain by many buckets, so that their memory is bounded by fewer. */
static unsigned width_max(size_t n) {
    return n < 1024 ? 9 : MSM_WIDTH_MAX;
}

struct plan {
    bool straus;
    unsigned width;
};

/* In field multiplications of one lane, times 16. Straus: a table of 8 costs 8 x 8 + 1, a digit 8.
 * Buckets: a digit costs 7 and its place in a list, a bucket 17 + 2 and its transposes, counted for
 * all lanes of a group of windows. */
static struct plan plan_choose(size_t n, size_t fixed, unsigned bits) {
    static const struct {
        unsigned lanes, digit, bucket, straus_digit, straus_table;
    } cost[WEAL_CURVE_LEVELS] = {
        [WEAL_CURVE_U64] = {1, 118, 210, 130, 1200},
        [WEAL_CURVE_AVX2] = {4, 130, 400, 140, 1300},
        [WEAL_CURVE_IFMA] = {8, 150, 350, 145, 1400},
    };
    enum weal_curve_level level = weal_curve_level();
    unsigned lanes = cost[level].lanes;
    struct plan best = {false, 0};
    uint64_t least = UINT64_MAX;
    for (unsigned width = 2; width <= width_max(n); width++) {
        unsigned windows = (bits + width - 1) / width;
        unsigned rounded = (windows + lanes - 1) / lanes * lanes;
        uint64_t c = (uint64_t)windows * n * cost[level].digit +
                     (uint64_t)rounded * cost[level].bucket * (UINT64_C(1) << (width - 1));
        if (c < least) least = c, best = (struct plan){false, width};
    }
    unsigned windows = (bits + MSM_STRAUS_WIDTH - 1) / MSM_STRAUS_WIDTH;
    uint64_t digits = (uint64_t)(windows + lanes - 1) / lanes * lanes;
    uint64_t c = (n - fixed) * (digits * cost[level].straus_digit + cost[level].straus_table) +
                 fixed * (digits / 2 * cost[level].digit);
    if (n - fixed <= MSM_STRAUS_MAX && c < least) best = (struct plan){true, MSM_STRAUS_WIDTH};
    return best;
}

/* Windows as equal as they can be, none wider than width, together bits. */
static void plan_windows(struct msm_job *job, unsigned bits, unsigned width) {
    job->windows = (bits + width - 1) / width;
    unsigned narrow = bits / job->windows, wide = bits % job->windows;
    job->offset[0] = 0;
    for (unsigned k = 0; k < job->windows; k++)
        job->offset[k + 1] = (uint16_t)(job->offset[k] + narrow + (k < wide));
}

/* Windows of exactly this width from the lowest bit up; the last one takes what is left. Those of a
 * fixed base, twice as wide, then begin where every second one begins. */
static void plan_aligned(struct msm_job *job, unsigned bits, unsigned width) {
    job->windows = (bits + width - 1) / width;
    for (unsigned k = 0; k < job->windows; k++) job->offset[k] = (uint16_t)(k * width);
    job->offset[job->windows] = (uint16_t)bits;
}

/* ---- memory ---- */

static size_t round_up(size_t n) {
    return (n + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
}

static size_t rows_size(size_t n) {
    size_t buckets = ((size_t)1 << (width_max(n) - 1)) * MSM_LANES_MAX;
    size_t tables = (n < MSM_STRAUS_MAX ? n : MSM_STRAUS_MAX) << (MSM_STRAUS_WIDTH - 1);
    return (buckets > tables ? buckets : tables) * MSM_ROW_WORDS * sizeof(uint64_t);
}

enum { BUCKETS_MAX = 1 << (MSM_WIDTH_MAX - 1) };

size_t weal_msm_footprint(size_t n) {
    WEAL_ASSERT(n <= WEAL_MSM_POINTS_MAX);
    return ALIGN + round_up(n * MSM_SCALAR_BYTES + 8) + round_up((n + 1) * sizeof(uint8_t *)) +
           round_up(n * MSM_LANES_MAX * sizeof(uint16_t)) + round_up((n + 1) * sizeof(uint32_t)) +
           BUCKETS_MAX * (sizeof(uint64_t) + sizeof(uint32_t)) +
           round_up(MSM_WINDOWS_MAX * sizeof(struct weal_point)) + rows_size(n);
}

static void *carve(uint8_t **at, size_t n) {
    void *p = *at;
    *at += round_up(n);
    return p;
}

static uint8_t *lay_out(struct msm_job *job, size_t n, void *mem) {
    uintptr_t skew = (uintptr_t)mem & (ALIGN - 1);
    uint8_t *at = (uint8_t *)mem + (skew == 0 ? 0 : ALIGN - skew);
    uint8_t *digits = carve(&at, n * MSM_SCALAR_BYTES + 8);
    job->n = n;
    job->digits = digits;
    job->point = carve(&at, (n + 1) * sizeof(uint8_t *));
    job->group = carve(&at, n * MSM_LANES_MAX * sizeof(uint16_t));
    job->next = carve(&at, (n + 1) * sizeof(uint32_t));
    job->slot = carve(&at, BUCKETS_MAX * sizeof(uint64_t));
    job->order = carve(&at, BUCKETS_MAX * sizeof(uint32_t));
    job->sums = carve(&at, MSM_WINDOWS_MAX * sizeof(struct weal_point));
    job->rows = carve(&at, rows_size(n));
    return digits;
}

/* ---- digits ---- */

static bool above(const uint64_t a[4], const uint64_t b[4]) {
    for (int i = 3; i >= 0; i--)
        if (a[i] != b[i]) return a[i] > b[i];
    return false;
}

/* digits = min(s, l - s) with its sign in bit 255; returns the length of the longest, in bits */
static unsigned digits_sign(uint8_t *digits, const struct weal_scalar *s, size_t n) {
    uint64_t any[4] = {0};
    for (size_t i = 0; i < n; i++, digits += MSM_SCALAR_BYTES) {
        uint64_t w[4] = {s[i].w[0], s[i].w[1], s[i].w[2], s[i].w[3]};
        uint64_t negative = above(w, ell_half);
        if (negative) {
            WEAL_PARANOID_ASSERT(above(ell, w));
            uint64_t borrow = 0;
            for (int k = 0; k < 4; k++) {
                uint64_t t = ell[k] - borrow;
                borrow = (uint64_t)(ell[k] < borrow) | (uint64_t)(t < w[k]);
                w[k] = t - w[k];
            }
        }
        for (int k = 0; k < 4; k++) any[k] |= w[k];
        w[3] |= negative << 63;
        for (int k = 0; k < 4; k++) weal_put_le64(digits + 8 * k, w[k]);
    }
    for (int k = 3; k >= 0; k--)
        if (any[k] != 0) return (unsigned)(64 * k + 64 - __builtin_clzll(any[k]));
    return 0;
}

/* Adds K to each; bit 255 stays, as s + K < 2^254. */
static void digits_shift(uint8_t *digits, const struct msm_job *job) {
    uint64_t K[4] = {0};
    for (unsigned k = 0; k < job->windows; k++) {
        unsigned bit = job->offset[k + 1] - 1U;
        K[bit >> 6] |= UINT64_C(1) << (bit & 63);
    }
    for (size_t i = 0; i < job->n; i++, digits += MSM_SCALAR_BYTES) {
        uint64_t carry = 0;
        for (int k = 0; k < 4; k++) {
            uint64_t t = weal_le64(digits + 8 * k), sum = t + K[k], more = sum + carry;
            carry = (uint64_t)(sum < t) | (uint64_t)(more < sum);
            weal_put_le64(digits + 8 * k, more);
        }
    }
}

/* ---- the multiplication ---- */

typedef void method(const struct msm_job *job);
struct methods {
    method *straus, *fixed, *buckets;
};
static const struct methods *methods(void) {
    static const struct methods all[WEAL_CURVE_LEVELS] = {
        [WEAL_CURVE_U64] = {weal_msm_straus_u64, weal_msm_fixed_u64, weal_msm_buckets_u64},
#if WEAL_CURVE_X86
        [WEAL_CURVE_AVX2] = {weal_msm_straus_avx2, weal_msm_fixed_avx2, weal_msm_buckets_avx2},
        [WEAL_CURVE_IFMA] = {weal_msm_straus_ifma, weal_msm_fixed_ifma, weal_msm_buckets_ifma},
#endif
    };
    return &all[weal_curve_level()];
}

/* sum over k of 2^(offset k) sums[k], by Horner's rule */
static void join(struct weal_point *out, const struct msm_job *job) {
    struct weal_point sum = job->sums[job->windows - 1];
    for (unsigned k = job->windows - 1; k-- > 0;) {
        for (unsigned i = job->offset[k]; i < job->offset[k + 1]; i++)
            weal_point_double(&sum, &sum);
        weal_point_add(&sum, &sum, &job->sums[k]);
    }
    *out = sum;
}

static void join_level(struct weal_point *out, const struct msm_job *job) {
#if WEAL_CURVE_X86
    if (weal_curve_level() == WEAL_CURVE_IFMA) {
        weal_msm_join_ifma(out, job);
        return;
    }
#endif
    join(out, job);
}

static const struct weal_point96 identity = {{[0] = 1, [32] = 1}};

/* The bases from `job->n` on have a table: their sums join those of every second window. */
static void run_fixed(struct msm_job *job, const struct weal_msm_table *t, uint8_t *digits,
                      unsigned bits) {
    struct msm_job f = *job;
    const uint8_t *none = identity.b;
    f.n = t->n;
    f.digits = digits + job->n * MSM_SCALAR_BYTES;
    f.point = &none;
    f.fixed = t->multiples;
    f.sums = (struct weal_point *)(void *)job->slot; /* the buckets' memory, not in use */
    _Static_assert(BUCKETS_MAX * sizeof(uint64_t) >= 32 * sizeof(struct weal_point), "room");
    plan_aligned(&f, bits, MSM_FIXED_WIDTH);
    digits_shift(digits + job->n * MSM_SCALAR_BYTES, &f);
    methods()->fixed(&f);
    for (unsigned k = 0; k < f.windows; k++) {
        weal_point_add(&job->sums[2 * k], &job->sums[2 * k], &f.sums[k]);
    }
}

static void multiply(struct weal_point *out, const struct weal_scalar *scalars,
                     const struct weal_point96 *const *points, size_t n,
                     const struct weal_msm_table *t, void *mem, size_t mem_n) {
    WEAL_ASSERT(n <= WEAL_MSM_POINTS_MAX && mem_n >= weal_msm_footprint(n));
    struct msm_job job;
    size_t fixed = t ? t->n : 0;
    uint8_t *digits = lay_out(&job, n, mem);
    unsigned bits = digits_sign(digits, scalars, n) + 1;
    if (bits == 1) {
        weal_point_identity(out);
        return;
    }
    struct plan plan = plan_choose(n, fixed, bits);
    if (!plan.straus) fixed = 0;
    job.n = n - fixed;
    if (fixed != 0)
        plan_aligned(&job, bits, plan.width);
    else
        plan_windows(&job, bits, plan.width);
    digits_shift(digits, &job);
    for (size_t i = 0; i < job.n; i++) job.point[i] = points[i]->b;
    job.point[job.n] = identity.b;
    if (plan.straus)
        methods()->straus(&job);
    else
        methods()->buckets(&job);
    if (fixed != 0) run_fixed(&job, t, digits, bits);
    join_level(out, &job);
}

void weal_msm_var(struct weal_point *out, const struct weal_scalar *scalars,
                  const struct weal_point96 *const *points, size_t n, void *mem, size_t mem_n) {
    multiply(out, scalars, points, n, NULL, mem, mem_n);
}

void weal_msm_table_var(struct weal_point *out, const struct weal_scalar *scalars,
                        const struct weal_point96 *const *points, size_t n,
                        const struct weal_msm_table *t, void *mem, size_t mem_n) {
    WEAL_ASSERT(t->n <= n);
    multiply(out, scalars, points, n, t, mem, mem_n);
}

/* ---- tables ---- */

size_t weal_msm_table_footprint(size_t n) {
    WEAL_ASSERT(n > 0 && n <= WEAL_MSM_FIXED_MAX);
    return n * MSM_FIXED_ROWS * sizeof(struct weal_point96);
}

void weal_msm_table_init(struct weal_msm_table *t, const struct weal_point96 *bases, size_t n,
                         void *mem, size_t mem_n) {
    struct weal_point96 *rows = mem;
    struct weal_point p[MSM_FIXED_ROWS], base;
    struct weal_fe scratch[MSM_FIXED_ROWS];
    WEAL_ASSERT(mem_n >= weal_msm_table_footprint(n));
    for (size_t i = 0; i < n; i++) {
        weal_point_from96(&base, &bases[i]);
        p[0] = base;
        for (size_t d = 1; d < MSM_FIXED_ROWS; d++) weal_point_add(&p[d], &p[d - 1], &base);
        weal_points_to96_var(rows + i * MSM_FIXED_ROWS, p, MSM_FIXED_ROWS, scratch);
    }
    *t = (struct weal_msm_table){rows, n};
}
