/* SPDX-License-Identifier: ISC */
/* Quorums of attestors: t for an ordinary act, 2t for a grave one. */
#include "consensus/mod/attest.h"

#include "crypto/oprf/threshold.h"

bool weal_quorum_get(struct weal_ctx *c, struct weal_st_quorum *out) {
    struct weal_key k = weal_key(WEAL_T_QUORUM);
    return weal_quorum_load(c, &k, out);
}

static bool attestor_get(struct weal_ctx *c, uint16_t index, struct weal_st_attestor *out) {
    struct weal_key k = weal_key(WEAL_T_ATTESTOR);
    weal_key_u16(&k, index);
    return index < 64 && weal_attestor_load(c, &k, out) && out->active == 1;
}

enum weal_verdict weal_attest_check(struct weal_ctx *c, const struct weal_tx_attest *list,
                                    unsigned n, bool grave, uint64_t without, uint64_t *mask) {
    struct weal_st_quorum q;
    if (!weal_quorum_get(c, &q)) return WEAL_V_ATTEST_UNKNOWN;
    if (n < (grave ? 2u * q.t : q.t)) return WEAL_V_ATTEST_COUNT;
    *mask = 0;
    for (unsigned i = 0; i < n; i++) {
        struct weal_st_attestor a;
        if (i > 0 && list[i].attestor <= list[i - 1].attestor) return WEAL_V_ATTEST_ORDER;
        if (!attestor_get(c, list[i].attestor, &a)) return WEAL_V_ATTEST_UNKNOWN;
        uint64_t bit = UINT64_C(1) << list[i].attestor;
        if (without & bit) return WEAL_V_ATTEST_SAME;
        *mask |= bit;
    }
    return WEAL_ACCEPT;
}

enum weal_verdict weal_attest_prove(struct weal_ctx *c, const struct weal_tx_attest *list,
                                    unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        struct weal_st_attestor a;
        if (!attestor_get(c, list[i].attestor, &a)) return WEAL_V_ATTEST_UNKNOWN;
        enum weal_verdict v = weal_prove_pop(c, a.key, WEAL_ROLE_ATTESTOR, list[i].pop);
        if (v != WEAL_ACCEPT) return v;
    }
    return WEAL_ACCEPT;
}

/* ---- attestor.renew ---- */

enum weal_verdict weal_attest_renew_form(const struct weal_tx *tx) {
    const struct weal_attestor_renew *r = &tx->act.attestor_renew;
    for (unsigned k = 0; k < r->points_n; k++) {
        if (!weal_point_valid(r->points[k].point)) return WEAL_V_ATTEST_POINTS;
    }
    return WEAL_ACCEPT;
}

void weal_attest_renew_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    static const uint8_t one_at_a_time[32] = "weal/attestor.renew";
    (void)tx;
    weal_reserve(info, one_at_a_time);
}

enum weal_verdict weal_attest_renew_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_attestor_renew *r = &tx->act.attestor_renew;
    struct weal_st_quorum q;
    uint64_t mask;
    if (!weal_quorum_get(c, &q)) return WEAL_V_ATTEST_UNKNOWN;
    if (r->serial != q.renewals + 1) return WEAL_V_ATTEST_SERIAL;
    if (r->points_n + 1 != q.t) return WEAL_V_ATTEST_POINTS;
    return weal_attest_check(c, r->attests, r->attests_n, true, 0, &mask);
}

enum weal_verdict weal_attest_renew_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_attestor_renew *r = &tx->act.attestor_renew;
    return weal_attest_prove(c, r->attests, r->attests_n);
}

enum weal_verdict weal_attest_renew_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_attestor_renew *r = &tx->act.attestor_renew;
    struct weal_dealing polynomial = {.t = r->points_n + 1u};
    struct weal_st_quorum q;
    if (!weal_quorum_get(c, &q)) return WEAL_V_ATTEST_UNKNOWN;
    memcpy(polynomial.point[0], q.voprf, 32);
    for (unsigned k = 0; k < r->points_n; k++) {
        memcpy(polynomial.point[k + 1], r->points[k].point, 32);
    }
    for (uint16_t i = 0; i < q.n; i++) {
        struct weal_key k = weal_key(WEAL_T_ATTESTOR);
        struct weal_st_attestor a;
        uint8_t name[48];
        weal_key_u16(&k, i);
        if (!weal_attestor_load(c, &k, &a)) return WEAL_V_ATTEST_UNKNOWN;
        WEAL_ASSERT(a.name.n <= sizeof name);
        memcpy(name, a.name.p, a.name.n); /* it outlives the write */
        a.name.p = name;
        weal_share_commitment(a.share, &polynomial, i + 1u);
        weal_attestor_store(c, &k, &a);
    }
    struct weal_key k = weal_key(WEAL_T_QUORUM);
    q.renewals++;
    weal_quorum_store(c, &k, &q);
    return WEAL_ACCEPT;
}
