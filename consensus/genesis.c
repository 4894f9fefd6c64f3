/* SPDX-License-Identifier: ISC */
/* Genesis: form and rules. */
#include "consensus/genesis.h"

#include "consensus/exec/ctx.h"
#include "crypto/hash/hash.h"

bool weal_genesis_decode(struct weal_genesis *out, struct weal_bytes bytes) {
    struct weal_rd r = weal_rd(bytes);
    weal_genesis_get(&r, out);
    return weal_rd_done(&r) && out->form == WEAL_GENESIS_FORM;
}

void weal_genesis_chain_id(uint8_t id[32], struct weal_bytes bytes) {
    weal_hash256_one(id, WEAL_TAG_CHAIN, bytes);
}
void weal_genesis_lineage(uint8_t id[32], const struct weal_genesis *g,
                          const uint8_t chain_id[32]) {
    memcpy(id, weal_is_zero32(g->lineage) ? chain_id : g->lineage, 32);
}

/* ---- parameters: the same list as the state's ---- */

void weal_genesis_params_record(struct weal_st_params *out, const struct weal_genesis *g) {
    out->values_n = g->params_n;
    for (unsigned i = 0; i < g->params_n; i++) {
        out->values[i] = (struct weal_st_param){g->params[i].id, g->params[i].value};
    }
}
void weal_genesis_params(struct weal_params *out, const struct weal_genesis *g, bool *whole) {
    struct weal_st_params r;
    weal_genesis_params_record(&r, g);
    *whole = weal_params_from_record(out, &r);
}
void weal_genesis_params_set(struct weal_genesis *g, const struct weal_params *p) {
    struct weal_st_params r;
    weal_params_to_record(&r, p);
    g->params_n = r.values_n;
    for (unsigned i = 0; i < r.values_n; i++) {
        g->params[i] = (struct weal_genesis_param){r.values[i].id, r.values[i].value};
    }
}

/* ---- rules ---- */

static bool text_ok(struct weal_bytes t, bool dash, size_t least) {
    for (size_t i = 0; i < t.n; i++) {
        uint8_t c = t.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (dash && c == '-');
        if (!ok) return false;
    }
    return t.n >= least;
}
static bool printable(struct weal_bytes t) {
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] < 0x20 || t.p[i] > 0x7e) return false;
    }
    return t.n != 0;
}

static enum weal_verdict validators_check(const struct weal_genesis *g) {
    if (g->validators_n == 0) return WEAL_V_GENESIS_VALIDATORS;
    for (unsigned i = 0; i < g->validators_n; i++) {
        const struct weal_genesis_validator *v = &g->validators[i];
        if (!weal_point_valid(v->seat) || v->lapse == 0) return WEAL_V_GENESIS_VALIDATORS;
        if (i > 0 && memcmp(g->validators[i - 1].seat, v->seat, 32) >= 0) {
            return WEAL_V_GENESIS_VALIDATORS;
        }
        for (unsigned j = 0; j < i; j++) {
            if (memcmp(g->validators[j].account, v->account, 32) == 0) {
                return WEAL_V_GENESIS_VALIDATORS;
            }
        }
    }
    return WEAL_ACCEPT;
}

static enum weal_verdict attestors_check(const struct weal_genesis *g) {
    if (g->t == 0 || g->attestors_n < 2u * g->t + 1) return WEAL_V_GENESIS_ATTESTORS;
    if (!weal_point_valid(g->voprf)) return WEAL_V_GENESIS_ATTESTORS;
    for (unsigned i = 0; i < g->attestors_n; i++) {
        const struct weal_genesis_attestor *a = &g->attestors[i];
        bool ok = weal_point_valid(a->key) && weal_point_valid(a->share) && printable(a->name);
        for (unsigned j = 0; j < i; j++) {
            ok = ok && memcmp(g->attestors[j].key, a->key, 32) != 0;
        }
        if (!ok) return WEAL_V_GENESIS_ATTESTORS;
    }
    return WEAL_ACCEPT;
}

static enum weal_verdict modules_check(const struct weal_genesis *g) {
    for (unsigned i = 0; i < g->modules_n; i++) {
        const struct weal_genesis_module *m = &g->modules[i];
        bool ok = weal_point_valid(m->key) && printable(m->name) && text_ok(m->category, true, 1);
        if (!ok) return WEAL_V_GENESIS_MODULES;
    }
    return WEAL_ACCEPT;
}

static enum weal_verdict money_check(const struct weal_genesis *g) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < g->validators_n; i++) {
        if (__builtin_add_overflow(sum, g->validators[i].bond, &sum)) {
            return WEAL_V_GENESIS_ACCOUNTS;
        }
    }
    for (unsigned i = 0; i < g->grants_n; i++) {
        const struct weal_genesis_grant *x = &g->grants[i];
        if (x->micro == 0 || __builtin_add_overflow(sum, x->micro, &sum)) {
            return WEAL_V_GENESIS_ACCOUNTS;
        }
        if (i > 0 && memcmp(g->grants[i - 1].account, x->account, 32) >= 0) {
            return WEAL_V_GENESIS_ACCOUNTS;
        }
    }
    return WEAL_ACCEPT;
}

static enum weal_verdict upgrades_check(const struct weal_genesis *g) {
    uint64_t height = 1;
    uint32_t version = g->version;
    for (unsigned i = 0; i < g->upgrades_n; i++) {
        const struct weal_genesis_upgrade *u = &g->upgrades[i];
        if (u->height <= height || u->version <= version) return WEAL_V_GENESIS_UPGRADES;
        height = u->height;
        version = u->version;
    }
    return g->version == 0 ? WEAL_V_GENESIS_UPGRADES : WEAL_ACCEPT;
}

enum weal_verdict weal_genesis_check(const struct weal_genesis *g, const char **name) {
    struct weal_params p;
    bool whole;
    *name = "params";
    weal_genesis_params(&p, g, &whole);
    if (!whole) return WEAL_V_GENESIS_PARAM;
    enum weal_verdict v = weal_params_check(&p, name);
    if (v != WEAL_ACCEPT) return v;
    *name = "name";
    if (!text_ok(g->name, true, 1) || !text_ok(g->prefix, false, 1)) return WEAL_V_GENESIS_PARAM;
    *name = NULL;
    v = validators_check(g);
    if (v == WEAL_ACCEPT) v = attestors_check(g);
    if (v == WEAL_ACCEPT) v = modules_check(g);
    if (v == WEAL_ACCEPT) v = money_check(g);
    return v == WEAL_ACCEPT ? upgrades_check(g) : v;
}
