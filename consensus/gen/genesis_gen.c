/* SPDX-License-Identifier: ISC */
/* Generated from consensus/genesis.schema; do not edit. */
#include "consensus/gen/genesis_gen.h"

void weal_genesis_param_put(struct weal_wr *w, const struct weal_genesis_param *x) {
    weal_wr_u16(w, x->id);
    weal_wr_u64(w, x->value);
}

void weal_genesis_param_get(struct weal_rd *r, struct weal_genesis_param *x) {
    x->id = weal_rd_u16(r);
    x->value = weal_rd_u64(r);
}

void weal_genesis_param_json(struct weal_wr *w, const struct weal_genesis_param *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"id\":");
    weal_wr_dec(w, x->id);
    weal_wr_text(w, ",\"value\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->value);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_genesis_validator_put(struct weal_wr *w, const struct weal_genesis_validator *x) {
    weal_wr_copy(w, x->account, 32);
    weal_wr_copy(w, x->seat, 32);
    weal_wr_u64(w, x->bond);
    weal_wr_u64(w, x->lapse);
}

void weal_genesis_validator_get(struct weal_rd *r, struct weal_genesis_validator *x) {
    weal_rd_copy(r, x->account, 32);
    weal_rd_copy(r, x->seat, 32);
    x->bond = weal_rd_u64(r);
    x->lapse = weal_rd_u64(r);
}

void weal_genesis_validator_json(struct weal_wr *w, const struct weal_genesis_validator *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"account\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->account, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"seat\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->seat, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"bond\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->bond);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"lapse\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->lapse);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_genesis_grant_put(struct weal_wr *w, const struct weal_genesis_grant *x) {
    weal_wr_copy(w, x->account, 32);
    weal_wr_u64(w, x->micro);
}

void weal_genesis_grant_get(struct weal_rd *r, struct weal_genesis_grant *x) {
    weal_rd_copy(r, x->account, 32);
    x->micro = weal_rd_u64(r);
}

void weal_genesis_grant_json(struct weal_wr *w, const struct weal_genesis_grant *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"account\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->account, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"micro\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->micro);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_genesis_attestor_put(struct weal_wr *w, const struct weal_genesis_attestor *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_copy(w, x->share, 32);
    if (x->name.n > 48) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->name.n);
    weal_wr_bytes(w, x->name);
}

void weal_genesis_attestor_get(struct weal_rd *r, struct weal_genesis_attestor *x) {
    weal_rd_copy(r, x->key, 32);
    weal_rd_copy(r, x->share, 32);
    {
        size_t n = weal_rd_u16(r);
        if (n > 48) weal_rd_fail(r);
        x->name = weal_rd_view(r, n);
    }
}

void weal_genesis_attestor_json(struct weal_wr *w, const struct weal_genesis_attestor *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"share\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->share, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"name\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->name.p, x->name.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_genesis_module_put(struct weal_wr *w, const struct weal_genesis_module *x) {
    weal_wr_copy(w, x->key, 32);
    if (x->category.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->category.n);
    weal_wr_bytes(w, x->category);
    if (x->name.n > 48) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->name.n);
    weal_wr_bytes(w, x->name);
    weal_wr_u32(w, x->epoch_max);
}

void weal_genesis_module_get(struct weal_rd *r, struct weal_genesis_module *x) {
    weal_rd_copy(r, x->key, 32);
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->category = weal_rd_view(r, n);
    }
    {
        size_t n = weal_rd_u16(r);
        if (n > 48) weal_rd_fail(r);
        x->name = weal_rd_view(r, n);
    }
    x->epoch_max = weal_rd_u32(r);
}

void weal_genesis_module_json(struct weal_wr *w, const struct weal_genesis_module *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"category\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->category.p, x->category.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"name\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->name.p, x->name.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"epoch_max\":");
    weal_wr_dec(w, x->epoch_max);
    weal_wr_text(w, "}");
}

void weal_genesis_upgrade_put(struct weal_wr *w, const struct weal_genesis_upgrade *x) {
    weal_wr_u64(w, x->height);
    weal_wr_u32(w, x->version);
}

void weal_genesis_upgrade_get(struct weal_rd *r, struct weal_genesis_upgrade *x) {
    x->height = weal_rd_u64(r);
    x->version = weal_rd_u32(r);
}

void weal_genesis_upgrade_json(struct weal_wr *w, const struct weal_genesis_upgrade *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, "}");
}

void weal_genesis_put(struct weal_wr *w, const struct weal_genesis *x) {
    weal_wr_u16(w, x->form);
    weal_wr_u32(w, x->version);
    weal_wr_u64(w, x->time_ms);
    if (x->name.n > 32) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->name.n);
    weal_wr_bytes(w, x->name);
    if (x->prefix.n > 16) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->prefix.n);
    weal_wr_bytes(w, x->prefix);
    weal_wr_copy(w, x->lineage, 32);
    if (x->params_n > 64) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->params_n);
    for (uint16_t i = 0; !w->failed && i < x->params_n; i++) {
        weal_genesis_param_put(w, &x->params[i]);
    }
    if (x->validators_n > 128) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->validators_n);
    for (uint16_t i = 0; !w->failed && i < x->validators_n; i++) {
        weal_genesis_validator_put(w, &x->validators[i]);
    }
    if (x->grants_n > 256) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->grants_n);
    for (uint16_t i = 0; !w->failed && i < x->grants_n; i++) {
        weal_genesis_grant_put(w, &x->grants[i]);
    }
    weal_wr_u16(w, x->t);
    weal_wr_copy(w, x->voprf, 32);
    weal_wr_copy(w, x->pilot, 32);
    if (x->attestors_n > 64) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attestors_n);
    for (uint16_t i = 0; !w->failed && i < x->attestors_n; i++) {
        weal_genesis_attestor_put(w, &x->attestors[i]);
    }
    if (x->modules_n > 64) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->modules_n);
    for (uint16_t i = 0; !w->failed && i < x->modules_n; i++) {
        weal_genesis_module_put(w, &x->modules[i]);
    }
    if (x->upgrades_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->upgrades_n);
    for (uint16_t i = 0; !w->failed && i < x->upgrades_n; i++) {
        weal_genesis_upgrade_put(w, &x->upgrades[i]);
    }
}

void weal_genesis_get(struct weal_rd *r, struct weal_genesis *x) {
    x->form = weal_rd_u16(r);
    x->version = weal_rd_u32(r);
    x->time_ms = weal_rd_u64(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 32) weal_rd_fail(r);
        x->name = weal_rd_view(r, n);
    }
    {
        size_t n = weal_rd_u16(r);
        if (n > 16) weal_rd_fail(r);
        x->prefix = weal_rd_view(r, n);
    }
    weal_rd_copy(r, x->lineage, 32);
    x->params_n = weal_rd_u16(r);
    if (x->params_n > 64) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->params_n; i++) {
        weal_genesis_param_get(r, &x->params[i]);
    }
    x->validators_n = weal_rd_u16(r);
    if (x->validators_n > 128) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->validators_n; i++) {
        weal_genesis_validator_get(r, &x->validators[i]);
    }
    x->grants_n = weal_rd_u16(r);
    if (x->grants_n > 256) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->grants_n; i++) {
        weal_genesis_grant_get(r, &x->grants[i]);
    }
    x->t = weal_rd_u16(r);
    weal_rd_copy(r, x->voprf, 32);
    weal_rd_copy(r, x->pilot, 32);
    x->attestors_n = weal_rd_u16(r);
    if (x->attestors_n > 64) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attestors_n; i++) {
        weal_genesis_attestor_get(r, &x->attestors[i]);
    }
    x->modules_n = weal_rd_u16(r);
    if (x->modules_n > 64) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->modules_n; i++) {
        weal_genesis_module_get(r, &x->modules[i]);
    }
    x->upgrades_n = weal_rd_u16(r);
    if (x->upgrades_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->upgrades_n; i++) {
        weal_genesis_upgrade_get(r, &x->upgrades[i]);
    }
}

void weal_genesis_json(struct weal_wr *w, const struct weal_genesis *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"form\":");
    weal_wr_dec(w, x->form);
    weal_wr_text(w, ",\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, ",\"time_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->time_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"name\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->name.p, x->name.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"prefix\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->prefix.p, x->prefix.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"lineage\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->lineage, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"params\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->params_n && i < 64; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_genesis_param_json(w, &x->params[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, ",\"validators\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->validators_n && i < 128; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_genesis_validator_json(w, &x->validators[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, ",\"grants\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->grants_n && i < 256; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_genesis_grant_json(w, &x->grants[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, ",\"t\":");
    weal_wr_dec(w, x->t);
    weal_wr_text(w, ",\"voprf\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->voprf, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pilot\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pilot, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"attestors\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attestors_n && i < 64; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_genesis_attestor_json(w, &x->attestors[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, ",\"modules\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->modules_n && i < 64; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_genesis_module_json(w, &x->modules[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, ",\"upgrades\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->upgrades_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_genesis_upgrade_json(w, &x->upgrades[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

int weal_genesis_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch) {
    struct weal_rd r = weal_rd(b);
    scratch->n = 0;
    scratch->failed = false;
    switch (record) {
    case 0: {
        static _Thread_local struct weal_genesis_param x;
        weal_genesis_param_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_genesis_param_put(scratch, &x);
        break;
    }
    case 1: {
        static _Thread_local struct weal_genesis_validator x;
        weal_genesis_validator_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_genesis_validator_put(scratch, &x);
        break;
    }
    case 2: {
        static _Thread_local struct weal_genesis_grant x;
        weal_genesis_grant_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_genesis_grant_put(scratch, &x);
        break;
    }
    case 3: {
        static _Thread_local struct weal_genesis_attestor x;
        weal_genesis_attestor_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_genesis_attestor_put(scratch, &x);
        break;
    }
    case 4: {
        static _Thread_local struct weal_genesis_module x;
        weal_genesis_module_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_genesis_module_put(scratch, &x);
        break;
    }
    case 5: {
        static _Thread_local struct weal_genesis_upgrade x;
        weal_genesis_upgrade_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_genesis_upgrade_put(scratch, &x);
        break;
    }
    case 6: {
        static _Thread_local struct weal_genesis x;
        weal_genesis_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_genesis_put(scratch, &x);
        break;
    }
    default:
        return 0;
    }
    return weal_bytes_equal_var(weal_wr_done(scratch), b) && !scratch->failed ? 1 : -1;
}
