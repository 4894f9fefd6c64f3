/* SPDX-License-Identifier: ISC */
/* Joining the windows' sums with AVX-512 IFMA. Some 250 doublings follow one another here, so lanes
 * cannot be different points: they are the coordinates X, Y, Z, T of one (lanes 4 to 7 idle), as in
 * Hisil, Wong, Carter, Dawson 2008, section 4: four multiplications at once, two steps a doubling.
 */
#include "crypto/msm/msm_int.h"

#if defined(__x86_64__)
#include "crypto/curve/fe_ifma.h"

#include "crypto/curve/lanes.h"

/* lanes i0, i1, i2, i3 of a to 0, 1, 2, 3; those outside mask become 0 */
#define PERM(a, i0, i1, i2, i3) perm(a, (i0) | (i1) << 2 | (i2) << 4 | (i3) << 6, 15)
#define PERM_MASK(a, i0, i1, i2, i3, mask) perm(a, (i0) | (i1) << 2 | (i2) << 4 | (i3) << 6, mask)
#define perm(a, how, mask)                                                                         \
    ((fe){{_mm512_maskz_permutex_epi64(mask, (a).l[0], how),                                       \
           _mm512_maskz_permutex_epi64(mask, (a).l[1], how),                                       \
           _mm512_maskz_permutex_epi64(mask, (a).l[2], how),                                       \
           _mm512_maskz_permutex_epi64(mask, (a).l[3], how),                                       \
           _mm512_maskz_permutex_epi64(mask, (a).l[4], how)}})

/* a - b in the lanes of mask, a + b in the others */
FE_FN fe sub_or_add(unsigned mask, fe a, fe b) {
    return fe_sel(mask, fe_sub(a, b), fe_add(a, b));
}

/* E, F, G, H in lanes 0 to 3 to the coordinates EF, GH, FG, EH */
FE_FN fe finish(fe u) {
    u = fe_carry(u);
    return fe_mul(PERM(u, 1, 2, 1, 0), PERM(u, 0, 3, 2, 3));
}

/* ext_double of lanes.h; p and result: products */
FE_FN fe point_double(fe p) {
    fe q = fe_add(PERM(p, 0, 1, 2, 0), PERM_MASK(p, 1, 1, 1, 1, 8)); /* X, Y, Z, X + Y */
    fe s = fe_sqr(fe_carry(q));
    fe z = PERM_MASK(s, 2, 2, 2, 2, 2);
    /* A + B - S, 2 ZZ + A - B, A - B, A + B */
    fe u = sub_or_add(6, PERM(s, 0, 0, 0, 0), PERM(s, 1, 1, 1, 1));
    u = fe_add(u, fe_add(z, z));
    return finish(sub_or_add(1, u, PERM_MASK(s, 3, 3, 3, 3, 1)));
}

/* Y - X, Y + X, T, Z, carried */
FE_FN fe point_split(fe p) {
    return fe_carry(sub_or_add(1, PERM(p, 1, 1, 3, 2), PERM_MASK(p, 0, 0, 0, 0, 3)));
}

/* ext_add_cached of lanes.h; q: point_split of the other times 1, 1, 2d, 2 */
FE_FN fe point_add(fe p, fe q) {
    fe v = fe_mul(point_split(p), fe_carry(q)); /* A, B, C, D */
    return finish(sub_or_add(3, PERM(v, 1, 3, 3, 1), PERM(v, 0, 2, 2, 0)));
}

FE_FN fe point_load(const struct weal_point *p) {
    fe o;
    for (int i = 0; i < 5; i++)
        o.l[i] =
            _mm512_zextsi256_si512(_mm256_setr_epi64x((long long)p->x.l[i], (long long)p->y.l[i],
                                                      (long long)p->z.l[i], (long long)p->t.l[i]));
    return o;
}

void weal_msm_join_ifma(struct weal_point *out, const struct msm_job *job) {
    fe factor; /* 1, 1, 2d, 2 */
    for (int i = 0; i < 5; i++)
        factor.l[i] =
            _mm512_setr_epi64(i == 0, i == 0, (long long)fe_2d.l[i], 2 * (i == 0), 0, 0, 0, 0);
    fe sum = point_load(&job->sums[job->windows - 1]);
    for (unsigned k = job->windows - 1; k-- > 0;) {
        fe term = fe_mul(point_split(point_load(&job->sums[k])), factor);
        for (unsigned i = job->offset[k]; i < job->offset[k + 1]; i++) sum = point_double(sum);
        sum = point_add(sum, term);
    }
    sum = fe_carry(sum);
    for (int i = 0; i < 5; i++) {
        uint64_t lane[8];
        _mm512_storeu_si512(lane, sum.l[i]);
        out->x.l[i] = lane[0], out->y.l[i] = lane[1], out->z.l[i] = lane[2], out->t.l[i] = lane[3];
    }
}
#endif
