/* SPDX-License-Identifier: ISC */
/* Coset members by their definition: (x, y), (-x, -y), (iy, ix), (-iy, -ix). */
#include "tests/support/curve_help.h"

#include "crypto/curve/fe_u64.h"

#include "crypto/curve/lanes.h"

struct weal_point96 curve_coset(const struct weal_point96 *p, int k) {
    const uint8_t *in = p->b;
    struct weal_point96 out;
    uint8_t *b = out.b;
    fe plus = fe_load(&in, 0), minus = fe_load(&in, 32), xy = fe_load(&in, 64);
    if (k >= 2) { /* the sum times i, the difference times -i, the product turned */
        plus = fe_mul(plus, fe_sqrtm1);
        minus = fe_sub(fe_small(0), fe_mul(minus, fe_sqrtm1));
        xy = fe_sub(fe_small(0), xy);
    }
    if (k % 2 == 1) {
        plus = fe_sub(fe_small(0), fe_carry(plus));
        minus = fe_sub(fe_small(0), fe_carry(minus));
    }
    fe_store(&b, 0, plus);
    fe_store(&b, 32, minus);
    fe_store(&b, 64, xy);
    return out;
}

void curve_each_level(void (*f)(void *arg), void *arg) {
    enum weal_curve_level best = WEAL_CURVE_U64;
    for (enum weal_curve_level level = WEAL_CURVE_U64; level < WEAL_CURVE_LEVELS; level++) {
        if (!weal_curve_level_force(level)) continue;
        best = level;
        f(arg);
    }
    weal_curve_level_force(best);
}
