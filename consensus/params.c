/* SPDX-License-Identifier: ISC */
/* Parameters: presets, names, ranges and the state record, all from params.def. */
#include "consensus/params.h"

struct row {
    struct weal_param_doc doc;
    size_t at; /* offset in struct weal_params */
};
static const struct row ROWS[] = {
#define P(id, number, name, main, devnet, least, most, doc)                                        \
    {{number, #name, doc, main, devnet, least, most}, offsetof(struct weal_params, name)},
#include "consensus/params.def"
#undef P
};
enum { ROWS_N = sizeof ROWS / sizeof *ROWS };

static uint64_t value_of(const struct weal_params *p, const struct row *r) {
    uint64_t v;
    memcpy(&v, (const uint8_t *)p + r->at, sizeof v);
    return v;
}
static void value_set(struct weal_params *p, const struct row *r, uint64_t v) {
    memcpy((uint8_t *)p + r->at, &v, sizeof v);
}

void weal_params_preset(struct weal_params *p, enum weal_preset preset) {
    for (unsigned i = 0; i < ROWS_N; i++) {
        const struct weal_param_doc *d = &ROWS[i].doc;
        value_set(p, &ROWS[i], preset == WEAL_PRESET_MAIN ? d->main : d->devnet);
    }
}

static const struct row *find(const char *name) {
    for (unsigned i = 0; i < ROWS_N; i++) {
        if (strcmp(ROWS[i].doc.name, name) == 0) return &ROWS[i];
    }
    return NULL;
}

bool weal_params_set(struct weal_params *p, const char *name, uint64_t value) {
    const struct row *r = find(name);
    if (r) value_set(p, r, value);
    return r != NULL;
}

bool weal_params_get(const struct weal_params *p, const char *name, uint64_t *value) {
    const struct row *r = find(name);
    if (r) *value = value_of(p, r);
    return r != NULL;
}

enum weal_verdict weal_params_check(const struct weal_params *p, const char **name) {
    for (unsigned i = 0; i < ROWS_N; i++) {
        uint64_t v = value_of(p, &ROWS[i]);
        *name = ROWS[i].doc.name;
        if (v < ROWS[i].doc.least || v > ROWS[i].doc.most) return WEAL_V_GENESIS_PARAM;
    }
    *name = "renewal_ms";
    if (p->renewal_ms > p->validity_ms) return WEAL_V_GENESIS_PARAM;
    *name = "evidence_age_ms";
    if (p->evidence_age_ms > p->unbonding_ms) return WEAL_V_GENESIS_PARAM;
    *name = NULL;
    return WEAL_ACCEPT;
}

void weal_params_to_record(struct weal_st_params *out, const struct weal_params *p) {
    out->values_n = ROWS_N;
    for (unsigned i = 0; i < ROWS_N; i++) {
        out->values[i] = (struct weal_st_param){ROWS[i].doc.number, value_of(p, &ROWS[i])};
    }
}

bool weal_params_from_record(struct weal_params *out, const struct weal_st_params *r) {
    if (r->values_n != ROWS_N) return false;
    for (unsigned i = 0; i < ROWS_N; i++) {
        if (r->values[i].id != ROWS[i].doc.number) return false;
        value_set(out, &ROWS[i], r->values[i].value);
    }
    return true;
}

bool weal_params_doc(unsigned k, struct weal_param_doc *out) {
    if (k >= ROWS_N) return false;
    *out = ROWS[k].doc;
    return true;
}
