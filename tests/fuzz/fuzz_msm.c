/* SPDX-License-Identifier: ISC */
/* Any scalars with points that are known multiples of G: every back end gives the one multiple of G
 * that libsodium gives. Input: groups of 34 bytes, which point (2) and scalar (32, reduced); a
 * leading byte repeats the whole so often. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "crypto/curve/scalar.h"
#include "crypto/msm/msm.h"
#include "tests/support/curve_help.h"

enum { POOL = 64, MOST = 700 };

static struct weal_point96 pool[POOL * 4]; /* [4 k + c]: k G, in representative c */

static void pool_make(void) {
    static struct weal_point p[POOL];
    static struct weal_fe scratch[POOL];
    struct weal_point base;
    weal_point_from96(&base, weal_point96_base());
    weal_point_identity(&p[0]);
    for (int i = 1; i < POOL; i++) weal_point_add(&p[i], &p[i - 1], &base);
    struct weal_point96 one[POOL];
    weal_points_to96_var(one, p, POOL, scratch);
    for (int i = 0; i < 4 * POOL; i++) pool[i] = curve_coset(&one[i / 4], i % 4);
}

static struct weal_scalar scalars[MOST];
static const struct weal_point96 *points[MOST];
static size_t count;

static void multiply(void *want) {
    size_t n = weal_msm_footprint(count);
    uint8_t *mem = malloc(n), got[32];
    struct weal_point r;
    if (!mem) return;
    weal_msm_var(&r, scalars, points, count, mem, n);
    free(mem);
    weal_point_encode_var(got, &r);
    WEAL_ASSERT(memcmp(got, want, 32) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static bool ready;
    if (sodium_init() < 0 || n == 0) return 0;
    if (!ready) pool_make();
    ready = true;
    struct weal_scalar sum = {{0}}, k;
    unsigned rounds = data[0] % 16 + 1u;
    count = 0;
    for (unsigned round = 0; round < rounds; round++)
        for (size_t at = 1; n - at >= 34 && count < MOST; at += 34) {
            uint8_t wide[64] = {0};
            unsigned which = (data[at] + round) % (4 * POOL);
            memcpy(wide, data + at + 2, 32);
            if (data[at + 1] & 1) memset(wide + 16, 0, 16);
            weal_scalar_reduce64_var(&scalars[count], wide);
            if (data[at + 1] & 2) weal_scalar_neg_var(&scalars[count], &scalars[count]);
            weal_scalar_from_u64(&k, which / 4);
            weal_scalar_muladd_var(&sum, &k, &scalars[count], &sum);
            points[count++] = &pool[which];
        }
    uint8_t log[32], want[32] = {0};
    weal_scalar_encode(log, &sum);
    if (!weal_scalar_is_zero_var(&sum)) crypto_scalarmult_ristretto255_base(want, log);
    curve_each_level(multiply, want);
    return 0;
}
