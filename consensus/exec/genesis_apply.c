/* SPDX-License-Identifier: ISC */
/* The first state. */
#include "consensus/exec/genesis_apply.h"

#include "consensus/mod/seat_int.h"

static void put_validators(struct weal_ctx *c, const struct weal_genesis *g,
                           const uint8_t chain_id[32]) {
    uint64_t bonds[WEAL_SET_MAX] = {0}, weights[WEAL_SET_MAX];
    struct weal_set set = {.n = g->validators_n};
    struct weal_st_term t = {.first = 1, .members_n = g->validators_n};
    for (unsigned i = 0; i < g->validators_n; i++) bonds[i] = g->validators[i].bond;
    weal_set_weights(bonds, weights, g->validators_n);
    for (unsigned i = 0; i < g->validators_n; i++) {
        const struct weal_genesis_validator *v = &g->validators[i];
        struct weal_st_seat none = {0}, s = {.lapse = v->lapse, .bond = v->bond};
        memcpy(s.account, v->account, 32);
        weal_seat_put(c, v->seat, &none, &s);
        struct weal_key k = weal_key_of32(WEAL_T_SEAT_REF, v->account);
        struct weal_st_seat_ref ref;
        memcpy(ref.seat, v->seat, 32);
        weal_seat_ref_store(c, &k, &ref);
        c->tally.supply[WEAL_ASSET_IT].minted += v->bond; /* the sum fits: money_check */
        memcpy(set.v[i].account, v->account, 32);
        memcpy(set.v[i].seat, v->seat, 32);
        set.v[i].weight = weights[i];
        memcpy(t.members[i].account, v->account, 32);
        memcpy(t.members[i].seat, v->seat, 32);
        t.members[i].weight = weights[i];
    }
    weal_set_hash(t.set_hash, &set);
    memcpy(t.beacon, chain_id, 32);
    struct weal_key k = weal_term_key(0);
    weal_term_store(c, &k, &t);
}

static void put_registries(struct weal_ctx *c, const struct weal_genesis *g) {
    struct weal_key k = weal_key(WEAL_T_QUORUM);
    struct weal_st_quorum q = {.t = g->t, .n = g->attestors_n};
    memcpy(q.voprf, g->voprf, 32);
    memcpy(q.pilot, g->pilot, 32);
    weal_quorum_store(c, &k, &q);
    for (uint16_t i = 0; i < g->attestors_n; i++) {
        struct weal_st_attestor a = {.name = g->attestors[i].name, .active = 1};
        memcpy(a.key, g->attestors[i].key, 32);
        memcpy(a.share, g->attestors[i].share, 32);
        k = weal_key(WEAL_T_ATTESTOR);
        weal_key_u16(&k, i);
        weal_attestor_store(c, &k, &a);
    }
    for (uint16_t i = 0; i < g->modules_n; i++) {
        struct weal_st_module m = {.name = g->modules[i].name,
                                   .category = g->modules[i].category,
                                   .epoch_max = g->modules[i].epoch_max,
                                   .active = 1};
        memcpy(m.key, g->modules[i].key, 32);
        k = weal_key(WEAL_T_MODULE);
        weal_key_u16(&k, i);
        weal_module_store(c, &k, &m);
    }
    for (unsigned i = 0; i < g->upgrades_n; i++) {
        k = weal_key_of64(WEAL_T_UPGRADE, g->upgrades[i].height);
        weal_upgrade_store(c, &k, &(struct weal_st_upgrade){.version = g->upgrades[i].version});
    }
}

static enum weal_verdict put_grants(struct weal_ctx *c, const struct weal_genesis *g) {
    for (unsigned i = 0; i < g->grants_n; i++) {
        enum weal_verdict v = weal_supply_mint(c, WEAL_ASSET_IT, g->grants[i].micro);
        if (v == WEAL_ACCEPT) {
            v = weal_acct_credit(c, g->grants[i].account, WEAL_ASSET_IT, g->grants[i].micro);
        }
        if (v != WEAL_ACCEPT) return v;
    }
    return WEAL_ACCEPT;
}

enum weal_verdict weal_genesis_apply(struct weal_draft *draft, struct weal_bytes bytes,
                                     enum weal_err *err) {
    struct weal_genesis g;
    const char *name;
    uint8_t id[32];
    *err = WEAL_OK;
    if (!weal_genesis_decode(&g, bytes)) return WEAL_V_ENCODING;
    enum weal_verdict v = weal_genesis_check(&g, &name);
    if (v != WEAL_ACCEPT) return v;
    weal_genesis_chain_id(id, bytes);
    struct weal_ctx c = {.d = draft, .now_ms = g.time_ms};
    struct weal_st_params params;
    weal_genesis_params_record(&params, &g);
    struct weal_key k = weal_key(WEAL_T_PARAMS);
    weal_params_store(&c, &k, &params);
    bool whole;
    weal_genesis_params(&c.p, &g, &whole);
    c.chain =
        (struct weal_st_chain){.time_ms = g.time_ms, .genesis_ms = g.time_ms, .version = g.version};
    memcpy(c.chain.beacon, id, 32);
    weal_genesis_lineage(c.chain.lineage, &g, id);
    put_validators(&c, &g, id);
    put_registries(&c, &g);
    v = put_grants(&c, &g);
    weal_ctx_close(&c);
    *err = c.err;
    return c.err == WEAL_OK ? v : WEAL_V_BLOCK_STATE;
}
