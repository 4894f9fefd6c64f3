/* SPDX-License-Identifier: ISC */
/* Generated from consensus/tx.schema; do not edit. */
#include "consensus/gen/tx_gen.h"

void weal_tx_output_put(struct weal_wr *w, const struct weal_tx_output *x) {
    weal_wr_copy(w, x->to, 32);
    weal_wr_u64(w, x->amount);
}

void weal_tx_output_get(struct weal_rd *r, struct weal_tx_output *x) {
    weal_rd_copy(r, x->to, 32);
    x->amount = weal_rd_u64(r);
}

void weal_tx_output_json(struct weal_wr *w, const struct weal_tx_output *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"to\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->to, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"amount\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->amount);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_tx_handle_put(struct weal_wr *w, const struct weal_tx_handle *x) {
    weal_wr_copy(w, x->handle, 32);
    weal_wr_u16(w, x->suffix);
}

void weal_tx_handle_get(struct weal_rd *r, struct weal_tx_handle *x) {
    weal_rd_copy(r, x->handle, 32);
    x->suffix = weal_rd_u16(r);
}

void weal_tx_handle_json(struct weal_wr *w, const struct weal_tx_handle *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"handle\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->handle, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"suffix\":");
    weal_wr_dec(w, x->suffix);
    weal_wr_text(w, "}");
}

void weal_tx_attest_put(struct weal_wr *w, const struct weal_tx_attest *x) {
    weal_wr_u16(w, x->attestor);
    weal_wr_copy(w, x->pop, 64);
}

void weal_tx_attest_get(struct weal_rd *r, struct weal_tx_attest *x) {
    x->attestor = weal_rd_u16(r);
    weal_rd_copy(r, x->pop, 64);
}

void weal_tx_attest_json(struct weal_wr *w, const struct weal_tx_attest *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"attestor\":");
    weal_wr_dec(w, x->attestor);
    weal_wr_text(w, ",\"pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_tx_point_put(struct weal_wr *w, const struct weal_tx_point *x) {
    weal_wr_copy(w, x->point, 32);
}

void weal_tx_point_get(struct weal_rd *r, struct weal_tx_point *x) {
    weal_rd_copy(r, x->point, 32);
}

void weal_tx_point_json(struct weal_wr *w, const struct weal_tx_point *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"point\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->point, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_tx_path_put(struct weal_wr *w, const struct weal_tx_path *x) {
    weal_wr_copy(w, x->hash, 32);
    weal_wr_u8(w, x->right);
}

void weal_tx_path_get(struct weal_rd *r, struct weal_tx_path *x) {
    weal_rd_copy(r, x->hash, 32);
    x->right = weal_rd_u8(r);
}

void weal_tx_path_json(struct weal_wr *w, const struct weal_tx_path *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"hash\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->hash, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"right\":");
    weal_wr_dec(w, x->right);
    weal_wr_text(w, "}");
}

void weal_tx_invite_put(struct weal_wr *w, const struct weal_tx_invite *x) {
    if (x->path_n > 32) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->path_n);
    for (uint16_t i = 0; !w->failed && i < x->path_n; i++) {
        weal_tx_path_put(w, &x->path[i]);
    }
}

void weal_tx_invite_get(struct weal_rd *r, struct weal_tx_invite *x) {
    x->path_n = weal_rd_u16(r);
    if (x->path_n > 32) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->path_n; i++) {
        weal_tx_path_get(r, &x->path[i]);
    }
}

void weal_tx_invite_json(struct weal_wr *w, const struct weal_tx_invite *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"path\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->path_n && i < 32; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_path_json(w, &x->path[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_tx_old_pop_put(struct weal_wr *w, const struct weal_tx_old_pop *x) {
    weal_wr_copy(w, x->pop, 64);
}

void weal_tx_old_pop_get(struct weal_rd *r, struct weal_tx_old_pop *x) {
    weal_rd_copy(r, x->pop, 64);
}

void weal_tx_old_pop_json(struct weal_wr *w, const struct weal_tx_old_pop *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_transfer_put(struct weal_wr *w, const struct weal_transfer *x) {
    weal_wr_u8(w, x->asset);
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
    if (x->outputs_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->outputs_n);
    for (uint16_t i = 0; !w->failed && i < x->outputs_n; i++) {
        weal_tx_output_put(w, &x->outputs[i]);
    }
    weal_wr_copy(w, x->sig, 64);
}

void weal_transfer_put_signed(struct weal_wr *w, const struct weal_transfer *x) {
    weal_wr_u8(w, x->asset);
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
    if (x->outputs_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->outputs_n);
    for (uint16_t i = 0; !w->failed && i < x->outputs_n; i++) {
        weal_tx_output_put(w, &x->outputs[i]);
    }
}

void weal_transfer_get(struct weal_rd *r, struct weal_transfer *x) {
    x->asset = weal_rd_u8(r);
    weal_rd_copy(r, x->from, 32);
    x->nonce = weal_rd_u64(r);
    x->fee = weal_rd_u64(r);
    x->valid_until = weal_rd_u64(r);
    x->outputs_n = weal_rd_u16(r);
    if (x->outputs_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->outputs_n; i++) {
        weal_tx_output_get(r, &x->outputs[i]);
    }
    weal_rd_copy(r, x->sig, 64);
}

void weal_transfer_json(struct weal_wr *w, const struct weal_transfer *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"asset\":");
    weal_wr_dec(w, x->asset);
    weal_wr_text(w, ",\"from\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->from, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"nonce\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->nonce);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"fee\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->fee);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"valid_until\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->valid_until);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"outputs\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->outputs_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_output_json(w, &x->outputs[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, ",\"sig\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->sig, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_human_enrol_put(struct weal_wr *w, const struct weal_human_enrol *x) {
    weal_wr_copy(w, x->key, 32);
    if (x->handles_n > 4) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->handles_n);
    for (uint16_t i = 0; !w->failed && i < x->handles_n; i++) {
        weal_tx_handle_put(w, &x->handles[i]);
    }
    if (x->jurisdiction.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->jurisdiction.n);
    weal_wr_bytes(w, x->jurisdiction);
    if (x->pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->pool.n);
    weal_wr_bytes(w, x->pool);
    weal_wr_u64(w, x->valid_until);
    weal_wr_u8(w, x->invite_has);
    if (x->invite_has) weal_tx_invite_put(w, &x->invite);
    weal_wr_copy(w, x->pop, 64);
    if (x->attests_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attests_n);
    for (uint16_t i = 0; !w->failed && i < x->attests_n; i++) {
        weal_tx_attest_put(w, &x->attests[i]);
    }
}

void weal_human_enrol_put_signed(struct weal_wr *w, const struct weal_human_enrol *x) {
    weal_wr_copy(w, x->key, 32);
    if (x->handles_n > 4) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->handles_n);
    for (uint16_t i = 0; !w->failed && i < x->handles_n; i++) {
        weal_tx_handle_put(w, &x->handles[i]);
    }
    if (x->jurisdiction.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->jurisdiction.n);
    weal_wr_bytes(w, x->jurisdiction);
    if (x->pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->pool.n);
    weal_wr_bytes(w, x->pool);
    weal_wr_u64(w, x->valid_until);
    weal_wr_u8(w, x->invite_has);
    if (x->invite_has) weal_tx_invite_put(w, &x->invite);
}

void weal_human_enrol_get(struct weal_rd *r, struct weal_human_enrol *x) {
    weal_rd_copy(r, x->key, 32);
    x->handles_n = weal_rd_u16(r);
    if (x->handles_n > 4) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->handles_n; i++) {
        weal_tx_handle_get(r, &x->handles[i]);
    }
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->jurisdiction = weal_rd_view(r, n);
    }
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->pool = weal_rd_view(r, n);
    }
    x->valid_until = weal_rd_u64(r);
    {
        uint8_t has = weal_rd_u8(r);
        if (has > 1) weal_rd_fail(r);
        x->invite_has = has == 1;
    }
    if (x->invite_has) weal_tx_invite_get(r, &x->invite);
    weal_rd_copy(r, x->pop, 64);
    x->attests_n = weal_rd_u16(r);
    if (x->attests_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attests_n; i++) {
        weal_tx_attest_get(r, &x->attests[i]);
    }
}

void weal_human_enrol_json(struct weal_wr *w, const struct weal_human_enrol *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"handles\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->handles_n && i < 4; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_handle_json(w, &x->handles[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, ",\"jurisdiction\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->jurisdiction.p, x->jurisdiction.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pool\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pool.p, x->pool.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"valid_until\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->valid_until);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"invite\":");
    if (x->invite_has) {
        weal_tx_invite_json(w, &x->invite);
    } else {
        weal_wr_text(w, "null");
    }
    weal_wr_text(w, ",\"pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"attests\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attests_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_attest_json(w, &x->attests[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_human_strike_put(struct weal_wr *w, const struct weal_human_strike *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u8(w, x->reason);
    weal_wr_u32(w, x->serial);
    if (x->attests_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attests_n);
    for (uint16_t i = 0; !w->failed && i < x->attests_n; i++) {
        weal_tx_attest_put(w, &x->attests[i]);
    }
}

void weal_human_strike_put_signed(struct weal_wr *w, const struct weal_human_strike *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u8(w, x->reason);
    weal_wr_u32(w, x->serial);
}

void weal_human_strike_get(struct weal_rd *r, struct weal_human_strike *x) {
    weal_rd_copy(r, x->key, 32);
    x->reason = weal_rd_u8(r);
    x->serial = weal_rd_u32(r);
    x->attests_n = weal_rd_u16(r);
    if (x->attests_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attests_n; i++) {
        weal_tx_attest_get(r, &x->attests[i]);
    }
}

void weal_human_strike_json(struct weal_wr *w, const struct weal_human_strike *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"reason\":");
    weal_wr_dec(w, x->reason);
    weal_wr_text(w, ",\"serial\":");
    weal_wr_dec(w, x->serial);
    weal_wr_text(w, ",\"attests\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attests_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_attest_json(w, &x->attests[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_human_rotate_put(struct weal_wr *w, const struct weal_human_rotate *x) {
    weal_wr_copy(w, x->old_key, 32);
    weal_wr_copy(w, x->new_key, 32);
    if (x->pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->pool.n);
    weal_wr_bytes(w, x->pool);
    weal_wr_u32(w, x->serial);
    weal_wr_copy(w, x->pop, 64);
    weal_wr_u8(w, x->old_has);
    if (x->old_has) weal_tx_old_pop_put(w, &x->old);
    if (x->attests_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attests_n);
    for (uint16_t i = 0; !w->failed && i < x->attests_n; i++) {
        weal_tx_attest_put(w, &x->attests[i]);
    }
}

void weal_human_rotate_put_signed(struct weal_wr *w, const struct weal_human_rotate *x) {
    weal_wr_copy(w, x->old_key, 32);
    weal_wr_copy(w, x->new_key, 32);
    if (x->pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->pool.n);
    weal_wr_bytes(w, x->pool);
    weal_wr_u32(w, x->serial);
}

void weal_human_rotate_get(struct weal_rd *r, struct weal_human_rotate *x) {
    weal_rd_copy(r, x->old_key, 32);
    weal_rd_copy(r, x->new_key, 32);
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->pool = weal_rd_view(r, n);
    }
    x->serial = weal_rd_u32(r);
    weal_rd_copy(r, x->pop, 64);
    {
        uint8_t has = weal_rd_u8(r);
        if (has > 1) weal_rd_fail(r);
        x->old_has = has == 1;
    }
    if (x->old_has) weal_tx_old_pop_get(r, &x->old);
    x->attests_n = weal_rd_u16(r);
    if (x->attests_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attests_n; i++) {
        weal_tx_attest_get(r, &x->attests[i]);
    }
}

void weal_human_rotate_json(struct weal_wr *w, const struct weal_human_rotate *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"old_key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->old_key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"new_key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->new_key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pool\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pool.p, x->pool.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"serial\":");
    weal_wr_dec(w, x->serial);
    weal_wr_text(w, ",\"pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"old\":");
    if (x->old_has) {
        weal_tx_old_pop_json(w, &x->old);
    } else {
        weal_wr_text(w, "null");
    }
    weal_wr_text(w, ",\"attests\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attests_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_attest_json(w, &x->attests[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_human_suspend_put(struct weal_wr *w, const struct weal_human_suspend *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u32(w, x->serial);
    if (x->attests_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attests_n);
    for (uint16_t i = 0; !w->failed && i < x->attests_n; i++) {
        weal_tx_attest_put(w, &x->attests[i]);
    }
}

void weal_human_suspend_put_signed(struct weal_wr *w, const struct weal_human_suspend *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u32(w, x->serial);
}

void weal_human_suspend_get(struct weal_rd *r, struct weal_human_suspend *x) {
    weal_rd_copy(r, x->key, 32);
    x->serial = weal_rd_u32(r);
    x->attests_n = weal_rd_u16(r);
    if (x->attests_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attests_n; i++) {
        weal_tx_attest_get(r, &x->attests[i]);
    }
}

void weal_human_suspend_json(struct weal_wr *w, const struct weal_human_suspend *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"serial\":");
    weal_wr_dec(w, x->serial);
    weal_wr_text(w, ",\"attests\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attests_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_attest_json(w, &x->attests[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_human_revoke_put(struct weal_wr *w, const struct weal_human_revoke *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u8(w, x->reason);
    weal_wr_u32(w, x->serial);
    if (x->attests_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attests_n);
    for (uint16_t i = 0; !w->failed && i < x->attests_n; i++) {
        weal_tx_attest_put(w, &x->attests[i]);
    }
}

void weal_human_revoke_put_signed(struct weal_wr *w, const struct weal_human_revoke *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u8(w, x->reason);
    weal_wr_u32(w, x->serial);
}

void weal_human_revoke_get(struct weal_rd *r, struct weal_human_revoke *x) {
    weal_rd_copy(r, x->key, 32);
    x->reason = weal_rd_u8(r);
    x->serial = weal_rd_u32(r);
    x->attests_n = weal_rd_u16(r);
    if (x->attests_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attests_n; i++) {
        weal_tx_attest_get(r, &x->attests[i]);
    }
}

void weal_human_revoke_json(struct weal_wr *w, const struct weal_human_revoke *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"reason\":");
    weal_wr_dec(w, x->reason);
    weal_wr_text(w, ",\"serial\":");
    weal_wr_dec(w, x->serial);
    weal_wr_text(w, ",\"attests\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attests_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_attest_json(w, &x->attests[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_human_withdraw_put(struct weal_wr *w, const struct weal_human_withdraw *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u32(w, x->serial);
    if (x->attests_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attests_n);
    for (uint16_t i = 0; !w->failed && i < x->attests_n; i++) {
        weal_tx_attest_put(w, &x->attests[i]);
    }
}

void weal_human_withdraw_put_signed(struct weal_wr *w, const struct weal_human_withdraw *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u32(w, x->serial);
}

void weal_human_withdraw_get(struct weal_rd *r, struct weal_human_withdraw *x) {
    weal_rd_copy(r, x->key, 32);
    x->serial = weal_rd_u32(r);
    x->attests_n = weal_rd_u16(r);
    if (x->attests_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attests_n; i++) {
        weal_tx_attest_get(r, &x->attests[i]);
    }
}

void weal_human_withdraw_json(struct weal_wr *w, const struct weal_human_withdraw *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"serial\":");
    weal_wr_dec(w, x->serial);
    weal_wr_text(w, ",\"attests\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attests_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_attest_json(w, &x->attests[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_human_renew_put(struct weal_wr *w, const struct weal_human_renew *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u32(w, x->serial);
    weal_wr_copy(w, x->pop, 64);
    if (x->attests_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attests_n);
    for (uint16_t i = 0; !w->failed && i < x->attests_n; i++) {
        weal_tx_attest_put(w, &x->attests[i]);
    }
}

void weal_human_renew_put_signed(struct weal_wr *w, const struct weal_human_renew *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_u32(w, x->serial);
}

void weal_human_renew_get(struct weal_rd *r, struct weal_human_renew *x) {
    weal_rd_copy(r, x->key, 32);
    x->serial = weal_rd_u32(r);
    weal_rd_copy(r, x->pop, 64);
    x->attests_n = weal_rd_u16(r);
    if (x->attests_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attests_n; i++) {
        weal_tx_attest_get(r, &x->attests[i]);
    }
}

void weal_human_renew_json(struct weal_wr *w, const struct weal_human_renew *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"serial\":");
    weal_wr_dec(w, x->serial);
    weal_wr_text(w, ",\"pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"attests\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attests_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_attest_json(w, &x->attests[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_human_move_put(struct weal_wr *w, const struct weal_human_move *x) {
    weal_wr_copy(w, x->key, 32);
    if (x->jurisdiction.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->jurisdiction.n);
    weal_wr_bytes(w, x->jurisdiction);
    if (x->pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->pool.n);
    weal_wr_bytes(w, x->pool);
    weal_wr_u32(w, x->serial);
    weal_wr_copy(w, x->pop, 64);
    if (x->attests_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attests_n);
    for (uint16_t i = 0; !w->failed && i < x->attests_n; i++) {
        weal_tx_attest_put(w, &x->attests[i]);
    }
}

void weal_human_move_put_signed(struct weal_wr *w, const struct weal_human_move *x) {
    weal_wr_copy(w, x->key, 32);
    if (x->jurisdiction.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->jurisdiction.n);
    weal_wr_bytes(w, x->jurisdiction);
    if (x->pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->pool.n);
    weal_wr_bytes(w, x->pool);
    weal_wr_u32(w, x->serial);
}

void weal_human_move_get(struct weal_rd *r, struct weal_human_move *x) {
    weal_rd_copy(r, x->key, 32);
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->jurisdiction = weal_rd_view(r, n);
    }
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->pool = weal_rd_view(r, n);
    }
    x->serial = weal_rd_u32(r);
    weal_rd_copy(r, x->pop, 64);
    x->attests_n = weal_rd_u16(r);
    if (x->attests_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attests_n; i++) {
        weal_tx_attest_get(r, &x->attests[i]);
    }
}

void weal_human_move_json(struct weal_wr *w, const struct weal_human_move *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"jurisdiction\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->jurisdiction.p, x->jurisdiction.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pool\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pool.p, x->pool.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"serial\":");
    weal_wr_dec(w, x->serial);
    weal_wr_text(w, ",\"pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"attests\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attests_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_attest_json(w, &x->attests[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_attestor_renew_put(struct weal_wr *w, const struct weal_attestor_renew *x) {
    weal_wr_u32(w, x->serial);
    if (x->points_n > 7) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->points_n);
    for (uint16_t i = 0; !w->failed && i < x->points_n; i++) {
        weal_tx_point_put(w, &x->points[i]);
    }
    if (x->attests_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->attests_n);
    for (uint16_t i = 0; !w->failed && i < x->attests_n; i++) {
        weal_tx_attest_put(w, &x->attests[i]);
    }
}

void weal_attestor_renew_put_signed(struct weal_wr *w, const struct weal_attestor_renew *x) {
    weal_wr_u32(w, x->serial);
    if (x->points_n > 7) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->points_n);
    for (uint16_t i = 0; !w->failed && i < x->points_n; i++) {
        weal_tx_point_put(w, &x->points[i]);
    }
}

void weal_attestor_renew_get(struct weal_rd *r, struct weal_attestor_renew *x) {
    x->serial = weal_rd_u32(r);
    x->points_n = weal_rd_u16(r);
    if (x->points_n > 7) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->points_n; i++) {
        weal_tx_point_get(r, &x->points[i]);
    }
    x->attests_n = weal_rd_u16(r);
    if (x->attests_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->attests_n; i++) {
        weal_tx_attest_get(r, &x->attests[i]);
    }
}

void weal_attestor_renew_json(struct weal_wr *w, const struct weal_attestor_renew *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"serial\":");
    weal_wr_dec(w, x->serial);
    weal_wr_text(w, ",\"points\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->points_n && i < 7; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_point_json(w, &x->points[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, ",\"attests\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->attests_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_tx_attest_json(w, &x->attests[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_activity_put(struct weal_wr *w, const struct weal_activity *x) {
    weal_wr_u32(w, x->epoch);
    weal_wr_u8(w, x->n);
    weal_wr_u64(w, x->cohort);
    weal_wr_u16(w, x->version);
    weal_wr_copy(w, x->tag, 32);
    weal_wr_copy(w, x->note, 32);
    if (x->pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->pool.n);
    weal_wr_bytes(w, x->pool);
    weal_wr_u16(w, x->module);
    if (x->proof.n > 736) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->proof.n);
    weal_wr_bytes(w, x->proof);
    weal_wr_copy(w, x->refund, 128);
    weal_wr_copy(w, x->module_pop, 64);
}

void weal_activity_put_signed(struct weal_wr *w, const struct weal_activity *x) {
    weal_wr_u32(w, x->epoch);
    weal_wr_u8(w, x->n);
    weal_wr_u64(w, x->cohort);
    weal_wr_u16(w, x->version);
    weal_wr_copy(w, x->tag, 32);
    weal_wr_copy(w, x->note, 32);
    if (x->pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->pool.n);
    weal_wr_bytes(w, x->pool);
    weal_wr_u16(w, x->module);
}

void weal_activity_get(struct weal_rd *r, struct weal_activity *x) {
    x->epoch = weal_rd_u32(r);
    x->n = weal_rd_u8(r);
    x->cohort = weal_rd_u64(r);
    x->version = weal_rd_u16(r);
    weal_rd_copy(r, x->tag, 32);
    weal_rd_copy(r, x->note, 32);
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->pool = weal_rd_view(r, n);
    }
    x->module = weal_rd_u16(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 736) weal_rd_fail(r);
        x->proof = weal_rd_view(r, n);
    }
    weal_rd_copy(r, x->refund, 128);
    weal_rd_copy(r, x->module_pop, 64);
}

void weal_activity_json(struct weal_wr *w, const struct weal_activity *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"epoch\":");
    weal_wr_dec(w, x->epoch);
    weal_wr_text(w, ",\"n\":");
    weal_wr_dec(w, x->n);
    weal_wr_text(w, ",\"cohort\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->cohort);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, ",\"tag\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->tag, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"note\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->note, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pool\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pool.p, x->pool.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"module\":");
    weal_wr_dec(w, x->module);
    weal_wr_text(w, ",\"proof\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->proof.p, x->proof.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"refund\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->refund, 128);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"module_pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->module_pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_module_key_put(struct weal_wr *w, const struct weal_module_key *x) {
    weal_wr_u16(w, x->module);
    weal_wr_u32(w, x->epoch);
    weal_wr_copy(w, x->key, 32);
    weal_wr_copy(w, x->pop, 64);
}

void weal_module_key_put_signed(struct weal_wr *w, const struct weal_module_key *x) {
    weal_wr_u16(w, x->module);
    weal_wr_u32(w, x->epoch);
    weal_wr_copy(w, x->key, 32);
}

void weal_module_key_get(struct weal_rd *r, struct weal_module_key *x) {
    x->module = weal_rd_u16(r);
    x->epoch = weal_rd_u32(r);
    weal_rd_copy(r, x->key, 32);
    weal_rd_copy(r, x->pop, 64);
}

void weal_module_key_json(struct weal_wr *w, const struct weal_module_key *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"module\":");
    weal_wr_dec(w, x->module);
    weal_wr_text(w, ",\"epoch\":");
    weal_wr_dec(w, x->epoch);
    weal_wr_text(w, ",\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_income_claim_put(struct weal_wr *w, const struct weal_income_claim *x) {
    weal_wr_u32(w, x->epoch);
    weal_wr_u64(w, x->cohort);
    weal_wr_u16(w, x->version);
    weal_wr_copy(w, x->tag, 32);
    weal_wr_copy(w, x->nullifier, 32);
    weal_wr_copy(w, x->to, 32);
    if (x->proof.n > 736) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->proof.n);
    weal_wr_bytes(w, x->proof);
}

void weal_income_claim_put_signed(struct weal_wr *w, const struct weal_income_claim *x) {
    weal_wr_u32(w, x->epoch);
    weal_wr_u64(w, x->cohort);
    weal_wr_u16(w, x->version);
    weal_wr_copy(w, x->tag, 32);
    weal_wr_copy(w, x->nullifier, 32);
    weal_wr_copy(w, x->to, 32);
}

void weal_income_claim_get(struct weal_rd *r, struct weal_income_claim *x) {
    x->epoch = weal_rd_u32(r);
    x->cohort = weal_rd_u64(r);
    x->version = weal_rd_u16(r);
    weal_rd_copy(r, x->tag, 32);
    weal_rd_copy(r, x->nullifier, 32);
    weal_rd_copy(r, x->to, 32);
    {
        size_t n = weal_rd_u16(r);
        if (n > 736) weal_rd_fail(r);
        x->proof = weal_rd_view(r, n);
    }
}

void weal_income_claim_json(struct weal_wr *w, const struct weal_income_claim *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"epoch\":");
    weal_wr_dec(w, x->epoch);
    weal_wr_text(w, ",\"cohort\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->cohort);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, ",\"tag\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->tag, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"nullifier\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->nullifier, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"to\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->to, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"proof\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->proof.p, x->proof.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_seat_lease_put(struct weal_wr *w, const struct weal_seat_lease *x) {
    weal_wr_u16(w, x->year);
    weal_wr_u64(w, x->cohort);
    weal_wr_u16(w, x->version);
    weal_wr_copy(w, x->tag, 32);
    weal_wr_copy(w, x->seat, 32);
    if (x->proof.n > 736) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->proof.n);
    weal_wr_bytes(w, x->proof);
    weal_wr_copy(w, x->pop, 64);
}

void weal_seat_lease_put_signed(struct weal_wr *w, const struct weal_seat_lease *x) {
    weal_wr_u16(w, x->year);
    weal_wr_u64(w, x->cohort);
    weal_wr_u16(w, x->version);
    weal_wr_copy(w, x->tag, 32);
    weal_wr_copy(w, x->seat, 32);
}

void weal_seat_lease_get(struct weal_rd *r, struct weal_seat_lease *x) {
    x->year = weal_rd_u16(r);
    x->cohort = weal_rd_u64(r);
    x->version = weal_rd_u16(r);
    weal_rd_copy(r, x->tag, 32);
    weal_rd_copy(r, x->seat, 32);
    {
        size_t n = weal_rd_u16(r);
        if (n > 736) weal_rd_fail(r);
        x->proof = weal_rd_view(r, n);
    }
    weal_rd_copy(r, x->pop, 64);
}

void weal_seat_lease_json(struct weal_wr *w, const struct weal_seat_lease *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"year\":");
    weal_wr_dec(w, x->year);
    weal_wr_text(w, ",\"cohort\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->cohort);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, ",\"tag\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->tag, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"seat\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->seat, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"proof\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->proof.p, x->proof.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_seat_bind_put(struct weal_wr *w, const struct weal_seat_bind *x) {
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
    weal_wr_copy(w, x->seat, 32);
    weal_wr_copy(w, x->pop, 64);
    weal_wr_copy(w, x->sig, 64);
}

void weal_seat_bind_put_signed(struct weal_wr *w, const struct weal_seat_bind *x) {
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
    weal_wr_copy(w, x->seat, 32);
}

void weal_seat_bind_get(struct weal_rd *r, struct weal_seat_bind *x) {
    weal_rd_copy(r, x->from, 32);
    x->nonce = weal_rd_u64(r);
    x->fee = weal_rd_u64(r);
    x->valid_until = weal_rd_u64(r);
    weal_rd_copy(r, x->seat, 32);
    weal_rd_copy(r, x->pop, 64);
    weal_rd_copy(r, x->sig, 64);
}

void weal_seat_bind_json(struct weal_wr *w, const struct weal_seat_bind *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"from\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->from, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"nonce\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->nonce);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"fee\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->fee);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"valid_until\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->valid_until);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"seat\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->seat, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pop\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pop, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"sig\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->sig, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_seat_bond_put(struct weal_wr *w, const struct weal_seat_bond *x) {
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
    weal_wr_u64(w, x->amount);
    weal_wr_copy(w, x->sig, 64);
}

void weal_seat_bond_put_signed(struct weal_wr *w, const struct weal_seat_bond *x) {
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
    weal_wr_u64(w, x->amount);
}

void weal_seat_bond_get(struct weal_rd *r, struct weal_seat_bond *x) {
    weal_rd_copy(r, x->from, 32);
    x->nonce = weal_rd_u64(r);
    x->fee = weal_rd_u64(r);
    x->valid_until = weal_rd_u64(r);
    x->amount = weal_rd_u64(r);
    weal_rd_copy(r, x->sig, 64);
}

void weal_seat_bond_json(struct weal_wr *w, const struct weal_seat_bond *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"from\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->from, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"nonce\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->nonce);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"fee\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->fee);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"valid_until\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->valid_until);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"amount\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->amount);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"sig\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->sig, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_seat_unbond_put(struct weal_wr *w, const struct weal_seat_unbond *x) {
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
    weal_wr_u64(w, x->amount);
    weal_wr_copy(w, x->sig, 64);
}

void weal_seat_unbond_put_signed(struct weal_wr *w, const struct weal_seat_unbond *x) {
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
    weal_wr_u64(w, x->amount);
}

void weal_seat_unbond_get(struct weal_rd *r, struct weal_seat_unbond *x) {
    weal_rd_copy(r, x->from, 32);
    x->nonce = weal_rd_u64(r);
    x->fee = weal_rd_u64(r);
    x->valid_until = weal_rd_u64(r);
    x->amount = weal_rd_u64(r);
    weal_rd_copy(r, x->sig, 64);
}

void weal_seat_unbond_json(struct weal_wr *w, const struct weal_seat_unbond *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"from\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->from, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"nonce\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->nonce);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"fee\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->fee);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"valid_until\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->valid_until);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"amount\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->amount);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"sig\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->sig, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_seat_return_put(struct weal_wr *w, const struct weal_seat_return *x) {
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
    weal_wr_copy(w, x->sig, 64);
}

void weal_seat_return_put_signed(struct weal_wr *w, const struct weal_seat_return *x) {
    weal_wr_copy(w, x->from, 32);
    weal_wr_u64(w, x->nonce);
    weal_wr_u64(w, x->fee);
    weal_wr_u64(w, x->valid_until);
}

void weal_seat_return_get(struct weal_rd *r, struct weal_seat_return *x) {
    weal_rd_copy(r, x->from, 32);
    x->nonce = weal_rd_u64(r);
    x->fee = weal_rd_u64(r);
    x->valid_until = weal_rd_u64(r);
    weal_rd_copy(r, x->sig, 64);
}

void weal_seat_return_json(struct weal_wr *w, const struct weal_seat_return *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"from\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->from, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"nonce\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->nonce);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"fee\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->fee);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"valid_until\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->valid_until);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"sig\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->sig, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_evidence_tx_put(struct weal_wr *w, const struct weal_evidence_tx *x) {
    if (x->evidence.n > 1024) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->evidence.n);
    weal_wr_bytes(w, x->evidence);
}

void weal_evidence_tx_get(struct weal_rd *r, struct weal_evidence_tx *x) {
    {
        size_t n = weal_rd_u16(r);
        if (n > 1024) weal_rd_fail(r);
        x->evidence = weal_rd_view(r, n);
    }
}

void weal_evidence_tx_json(struct weal_wr *w, const struct weal_evidence_tx *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"evidence\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->evidence.p, x->evidence.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_tx_put(struct weal_wr *w, const struct weal_tx *x) {
    weal_wr_u8(w, x->version);
    weal_wr_u16(w, x->act_kind);
    switch (x->act_kind) {
    case 0x0101:
        weal_transfer_put(w, &x->act.transfer);
        break;
    case 0x0201:
        weal_human_enrol_put(w, &x->act.human_enrol);
        break;
    case 0x0202:
        weal_human_strike_put(w, &x->act.human_strike);
        break;
    case 0x0203:
        weal_human_rotate_put(w, &x->act.human_rotate);
        break;
    case 0x0204:
        weal_human_suspend_put(w, &x->act.human_suspend);
        break;
    case 0x0205:
        weal_human_revoke_put(w, &x->act.human_revoke);
        break;
    case 0x0206:
        weal_human_withdraw_put(w, &x->act.human_withdraw);
        break;
    case 0x0207:
        weal_human_renew_put(w, &x->act.human_renew);
        break;
    case 0x0208:
        weal_human_move_put(w, &x->act.human_move);
        break;
    case 0x0209:
        weal_attestor_renew_put(w, &x->act.attestor_renew);
        break;
    case 0x0301:
        weal_activity_put(w, &x->act.activity);
        break;
    case 0x0302:
        weal_module_key_put(w, &x->act.module_key);
        break;
    case 0x0303:
        weal_income_claim_put(w, &x->act.income_claim);
        break;
    case 0x0401:
        weal_seat_lease_put(w, &x->act.seat_lease);
        break;
    case 0x0402:
        weal_seat_bind_put(w, &x->act.seat_bind);
        break;
    case 0x0403:
        weal_seat_bond_put(w, &x->act.seat_bond);
        break;
    case 0x0404:
        weal_seat_unbond_put(w, &x->act.seat_unbond);
        break;
    case 0x0405:
        weal_seat_return_put(w, &x->act.seat_return);
        break;
    case 0x0406:
        weal_evidence_tx_put(w, &x->act.evidence_tx);
        break;
    default:
        weal_wr_fail(w);
    }
}

void weal_tx_put_signed(struct weal_wr *w, const struct weal_tx *x) {
    weal_wr_u8(w, x->version);
    weal_wr_u16(w, x->act_kind);
    switch (x->act_kind) {
    case 0x0101:
        weal_transfer_put_signed(w, &x->act.transfer);
        break;
    case 0x0201:
        weal_human_enrol_put_signed(w, &x->act.human_enrol);
        break;
    case 0x0202:
        weal_human_strike_put_signed(w, &x->act.human_strike);
        break;
    case 0x0203:
        weal_human_rotate_put_signed(w, &x->act.human_rotate);
        break;
    case 0x0204:
        weal_human_suspend_put_signed(w, &x->act.human_suspend);
        break;
    case 0x0205:
        weal_human_revoke_put_signed(w, &x->act.human_revoke);
        break;
    case 0x0206:
        weal_human_withdraw_put_signed(w, &x->act.human_withdraw);
        break;
    case 0x0207:
        weal_human_renew_put_signed(w, &x->act.human_renew);
        break;
    case 0x0208:
        weal_human_move_put_signed(w, &x->act.human_move);
        break;
    case 0x0209:
        weal_attestor_renew_put_signed(w, &x->act.attestor_renew);
        break;
    case 0x0301:
        weal_activity_put_signed(w, &x->act.activity);
        break;
    case 0x0302:
        weal_module_key_put_signed(w, &x->act.module_key);
        break;
    case 0x0303:
        weal_income_claim_put_signed(w, &x->act.income_claim);
        break;
    case 0x0401:
        weal_seat_lease_put_signed(w, &x->act.seat_lease);
        break;
    case 0x0402:
        weal_seat_bind_put_signed(w, &x->act.seat_bind);
        break;
    case 0x0403:
        weal_seat_bond_put_signed(w, &x->act.seat_bond);
        break;
    case 0x0404:
        weal_seat_unbond_put_signed(w, &x->act.seat_unbond);
        break;
    case 0x0405:
        weal_seat_return_put_signed(w, &x->act.seat_return);
        break;
    case 0x0406:
        weal_evidence_tx_put(w, &x->act.evidence_tx);
        break;
    default:
        weal_wr_fail(w);
    }
}

void weal_tx_get(struct weal_rd *r, struct weal_tx *x) {
    x->version = weal_rd_u8(r);
    x->act_kind = weal_rd_u16(r);
    switch (x->act_kind) {
    case 0x0101:
        weal_transfer_get(r, &x->act.transfer);
        break;
    case 0x0201:
        weal_human_enrol_get(r, &x->act.human_enrol);
        break;
    case 0x0202:
        weal_human_strike_get(r, &x->act.human_strike);
        break;
    case 0x0203:
        weal_human_rotate_get(r, &x->act.human_rotate);
        break;
    case 0x0204:
        weal_human_suspend_get(r, &x->act.human_suspend);
        break;
    case 0x0205:
        weal_human_revoke_get(r, &x->act.human_revoke);
        break;
    case 0x0206:
        weal_human_withdraw_get(r, &x->act.human_withdraw);
        break;
    case 0x0207:
        weal_human_renew_get(r, &x->act.human_renew);
        break;
    case 0x0208:
        weal_human_move_get(r, &x->act.human_move);
        break;
    case 0x0209:
        weal_attestor_renew_get(r, &x->act.attestor_renew);
        break;
    case 0x0301:
        weal_activity_get(r, &x->act.activity);
        break;
    case 0x0302:
        weal_module_key_get(r, &x->act.module_key);
        break;
    case 0x0303:
        weal_income_claim_get(r, &x->act.income_claim);
        break;
    case 0x0401:
        weal_seat_lease_get(r, &x->act.seat_lease);
        break;
    case 0x0402:
        weal_seat_bind_get(r, &x->act.seat_bind);
        break;
    case 0x0403:
        weal_seat_bond_get(r, &x->act.seat_bond);
        break;
    case 0x0404:
        weal_seat_unbond_get(r, &x->act.seat_unbond);
        break;
    case 0x0405:
        weal_seat_return_get(r, &x->act.seat_return);
        break;
    case 0x0406:
        weal_evidence_tx_get(r, &x->act.evidence_tx);
        break;
    default:
        weal_rd_fail(r);
    }
}

void weal_tx_json(struct weal_wr *w, const struct weal_tx *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, ",\"act_kind\":");
    switch (x->act_kind) {
    case 0x0101:
        weal_wr_text(w, "\"transfer\",\"act\":");
        weal_transfer_json(w, &x->act.transfer);
        break;
    case 0x0201:
        weal_wr_text(w, "\"human_enrol\",\"act\":");
        weal_human_enrol_json(w, &x->act.human_enrol);
        break;
    case 0x0202:
        weal_wr_text(w, "\"human_strike\",\"act\":");
        weal_human_strike_json(w, &x->act.human_strike);
        break;
    case 0x0203:
        weal_wr_text(w, "\"human_rotate\",\"act\":");
        weal_human_rotate_json(w, &x->act.human_rotate);
        break;
    case 0x0204:
        weal_wr_text(w, "\"human_suspend\",\"act\":");
        weal_human_suspend_json(w, &x->act.human_suspend);
        break;
    case 0x0205:
        weal_wr_text(w, "\"human_revoke\",\"act\":");
        weal_human_revoke_json(w, &x->act.human_revoke);
        break;
    case 0x0206:
        weal_wr_text(w, "\"human_withdraw\",\"act\":");
        weal_human_withdraw_json(w, &x->act.human_withdraw);
        break;
    case 0x0207:
        weal_wr_text(w, "\"human_renew\",\"act\":");
        weal_human_renew_json(w, &x->act.human_renew);
        break;
    case 0x0208:
        weal_wr_text(w, "\"human_move\",\"act\":");
        weal_human_move_json(w, &x->act.human_move);
        break;
    case 0x0209:
        weal_wr_text(w, "\"attestor_renew\",\"act\":");
        weal_attestor_renew_json(w, &x->act.attestor_renew);
        break;
    case 0x0301:
        weal_wr_text(w, "\"activity\",\"act\":");
        weal_activity_json(w, &x->act.activity);
        break;
    case 0x0302:
        weal_wr_text(w, "\"module_key\",\"act\":");
        weal_module_key_json(w, &x->act.module_key);
        break;
    case 0x0303:
        weal_wr_text(w, "\"income_claim\",\"act\":");
        weal_income_claim_json(w, &x->act.income_claim);
        break;
    case 0x0401:
        weal_wr_text(w, "\"seat_lease\",\"act\":");
        weal_seat_lease_json(w, &x->act.seat_lease);
        break;
    case 0x0402:
        weal_wr_text(w, "\"seat_bind\",\"act\":");
        weal_seat_bind_json(w, &x->act.seat_bind);
        break;
    case 0x0403:
        weal_wr_text(w, "\"seat_bond\",\"act\":");
        weal_seat_bond_json(w, &x->act.seat_bond);
        break;
    case 0x0404:
        weal_wr_text(w, "\"seat_unbond\",\"act\":");
        weal_seat_unbond_json(w, &x->act.seat_unbond);
        break;
    case 0x0405:
        weal_wr_text(w, "\"seat_return\",\"act\":");
        weal_seat_return_json(w, &x->act.seat_return);
        break;
    case 0x0406:
        weal_wr_text(w, "\"evidence_tx\",\"act\":");
        weal_evidence_tx_json(w, &x->act.evidence_tx);
        break;
    default:
        weal_wr_text(w, "null");
    }
    weal_wr_text(w, "}");
}

int weal_tx_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch) {
    struct weal_rd r = weal_rd(b);
    scratch->n = 0;
    scratch->failed = false;
    switch (record) {
    case 0: {
        static _Thread_local struct weal_tx_output x;
        weal_tx_output_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_tx_output_put(scratch, &x);
        break;
    }
    case 1: {
        static _Thread_local struct weal_tx_handle x;
        weal_tx_handle_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_tx_handle_put(scratch, &x);
        break;
    }
    case 2: {
        static _Thread_local struct weal_tx_attest x;
        weal_tx_attest_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_tx_attest_put(scratch, &x);
        break;
    }
    case 3: {
        static _Thread_local struct weal_tx_point x;
        weal_tx_point_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_tx_point_put(scratch, &x);
        break;
    }
    case 4: {
        static _Thread_local struct weal_tx_path x;
        weal_tx_path_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_tx_path_put(scratch, &x);
        break;
    }
    case 5: {
        static _Thread_local struct weal_tx_invite x;
        weal_tx_invite_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_tx_invite_put(scratch, &x);
        break;
    }
    case 6: {
        static _Thread_local struct weal_tx_old_pop x;
        weal_tx_old_pop_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_tx_old_pop_put(scratch, &x);
        break;
    }
    case 7: {
        static _Thread_local struct weal_transfer x;
        weal_transfer_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_transfer_put(scratch, &x);
        break;
    }
    case 8: {
        static _Thread_local struct weal_human_enrol x;
        weal_human_enrol_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_human_enrol_put(scratch, &x);
        break;
    }
    case 9: {
        static _Thread_local struct weal_human_strike x;
        weal_human_strike_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_human_strike_put(scratch, &x);
        break;
    }
    case 10: {
        static _Thread_local struct weal_human_rotate x;
        weal_human_rotate_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_human_rotate_put(scratch, &x);
        break;
    }
    case 11: {
        static _Thread_local struct weal_human_suspend x;
        weal_human_suspend_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_human_suspend_put(scratch, &x);
        break;
    }
    case 12: {
        static _Thread_local struct weal_human_revoke x;
        weal_human_revoke_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_human_revoke_put(scratch, &x);
        break;
    }
    case 13: {
        static _Thread_local struct weal_human_withdraw x;
        weal_human_withdraw_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_human_withdraw_put(scratch, &x);
        break;
    }
    case 14: {
        static _Thread_local struct weal_human_renew x;
        weal_human_renew_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_human_renew_put(scratch, &x);
        break;
    }
    case 15: {
        static _Thread_local struct weal_human_move x;
        weal_human_move_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_human_move_put(scratch, &x);
        break;
    }
    case 16: {
        static _Thread_local struct weal_attestor_renew x;
        weal_attestor_renew_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_attestor_renew_put(scratch, &x);
        break;
    }
    case 17: {
        static _Thread_local struct weal_activity x;
        weal_activity_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_activity_put(scratch, &x);
        break;
    }
    case 18: {
        static _Thread_local struct weal_module_key x;
        weal_module_key_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_module_key_put(scratch, &x);
        break;
    }
    case 19: {
        static _Thread_local struct weal_income_claim x;
        weal_income_claim_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_income_claim_put(scratch, &x);
        break;
    }
    case 20: {
        static _Thread_local struct weal_seat_lease x;
        weal_seat_lease_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_seat_lease_put(scratch, &x);
        break;
    }
    case 21: {
        static _Thread_local struct weal_seat_bind x;
        weal_seat_bind_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_seat_bind_put(scratch, &x);
        break;
    }
    case 22: {
        static _Thread_local struct weal_seat_bond x;
        weal_seat_bond_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_seat_bond_put(scratch, &x);
        break;
    }
    case 23: {
        static _Thread_local struct weal_seat_unbond x;
        weal_seat_unbond_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_seat_unbond_put(scratch, &x);
        break;
    }
    case 24: {
        static _Thread_local struct weal_seat_return x;
        weal_seat_return_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_seat_return_put(scratch, &x);
        break;
    }
    case 25: {
        static _Thread_local struct weal_evidence_tx x;
        weal_evidence_tx_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_evidence_tx_put(scratch, &x);
        break;
    }
    case 26: {
        static _Thread_local struct weal_tx x;
        weal_tx_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_tx_put(scratch, &x);
        break;
    }
    default:
        return 0;
    }
    return weal_bytes_equal_var(weal_wr_done(scratch), b) && !scratch->failed ? 1 : -1;
}
