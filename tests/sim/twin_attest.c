/* SPDX-License-Identifier: ISC */
/* The twin's attestors: who must sign, and renewed shares. Commitments are made by adding points,
 * as often as it takes. */
#include <string.h>

#include "crypto/base/bug.h"
#include "crypto/curve/curve.h"
#include "tests/sim/twin.h"

void twin_attestors(struct twin *w, unsigned t, unsigned n, const uint8_t voprf[32],
                    const uint8_t (*shares)[32]) {
    WEAL_ASSERT(n <= TWIN_ATTESTORS);
    w->t = t;
    w->attestors = n;
    memcpy(w->voprf, voprf, 32);
    memcpy(w->shares, shares, n * sizeof *shares);
}

enum weal_verdict twin_attested(const struct twin *w, const struct weal_tx_attest *list, unsigned n,
                                unsigned needed, uint64_t without) {
    if (n < needed) return WEAL_V_ATTEST_COUNT;
    for (unsigned i = 0; i < n; i++) {
        if (i > 0 && list[i].attestor <= list[i - 1].attestor) return WEAL_V_ATTEST_ORDER;
        if (list[i].attestor >= w->attestors) return WEAL_V_ATTEST_UNKNOWN;
        if (without >> list[i].attestor & 1) return WEAL_V_ATTEST_SAME;
    }
    return WEAL_ACCEPT;
}

/* ---- renewals ---- */

static bool decode(struct weal_point *out, const uint8_t b[32]) {
    struct weal_point96 p;
    uint8_t status;
    bool good = weal_points_decode_var(&p, &status, &b, 1);
    weal_point_from96(out, &p);
    return good;
}

/* P0 + j P1 + j^2 P2 + ...: the polynomial of these points at j. */
static void share_of(uint8_t out[32], const struct weal_point *points, unsigned n, unsigned j) {
    struct weal_point sum = points[0];
    unsigned times = 1;
    for (unsigned k = 1; k < n; k++) {
        times *= j;
        for (unsigned i = 0; i < times; i++) weal_point_add(&sum, &sum, &points[k]);
    }
    weal_point_encode_var(out, &sum);
}

enum weal_verdict twin_renewal_form(const struct weal_tx *tx) {
    const struct weal_attestor_renew *r = &tx->act.attestor_renew;
    struct weal_point p;
    for (unsigned k = 0; k < r->points_n; k++)
        if (!decode(&p, r->points[k].point)) return WEAL_V_ATTEST_POINTS;
    return WEAL_ACCEPT;
}

enum weal_verdict twin_renewal_check(const struct twin *w, const struct weal_tx *tx) {
    const struct weal_attestor_renew *r = &tx->act.attestor_renew;
    if (r->serial != w->renewals + 1) return WEAL_V_ATTEST_SERIAL;
    if (r->points_n != w->t - 1) return WEAL_V_ATTEST_POINTS;
    return twin_attested(w, r->attests, r->attests_n, 2 * w->t, 0);
}

void twin_renewal_apply(struct twin *w, const struct weal_tx *tx) {
    const struct weal_attestor_renew *r = &tx->act.attestor_renew;
    struct weal_point points[8];
    WEAL_ASSERT(r->points_n < 8);
    bool good = decode(&points[0], w->voprf);
    for (unsigned k = 0; k < r->points_n; k++) good &= decode(&points[k + 1], r->points[k].point);
    WEAL_ASSERT(good);
    for (unsigned i = 0; i < w->attestors; i++)
        share_of(w->shares[i], points, r->points_n + 1u, i + 1);
    w->renewals++;
}
