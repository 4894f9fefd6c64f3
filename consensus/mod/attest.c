/* SPDX-License-Identifier: ISC */
/* Quorums of attestors: t for an ordinary act, 2t for a grave one. */
#include "consensus/mod/attest.h"

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
