/* SPDX-License-Identifier: ISC */
/* Generated from consensus/state.schema; do not edit. */
#include "consensus/gen/state_gen.h"

void weal_st_balance_put(struct weal_wr *w, const struct weal_st_balance *x) {
    weal_wr_u8(w, x->asset);
    weal_wr_u32(w, x->step);
    weal_wr_u64(w, x->micro);
}

void weal_st_balance_get(struct weal_rd *r, struct weal_st_balance *x) {
    x->asset = weal_rd_u8(r);
    x->step = weal_rd_u32(r);
    x->micro = weal_rd_u64(r);
}

void weal_st_balance_json(struct weal_wr *w, const struct weal_st_balance *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"asset\":");
    weal_wr_dec(w, x->asset);
    weal_wr_text(w, ",\"step\":");
    weal_wr_dec(w, x->step);
    weal_wr_text(w, ",\"micro\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->micro);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_handle_ref_put(struct weal_wr *w, const struct weal_st_handle_ref *x) {
    weal_wr_copy(w, x->handle, 32);
    weal_wr_u16(w, x->suffix);
}

void weal_st_handle_ref_get(struct weal_rd *r, struct weal_st_handle_ref *x) {
    weal_rd_copy(r, x->handle, 32);
    x->suffix = weal_rd_u16(r);
}

void weal_st_handle_ref_json(struct weal_wr *w, const struct weal_st_handle_ref *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"handle\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->handle, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"suffix\":");
    weal_wr_dec(w, x->suffix);
    weal_wr_text(w, "}");
}

void weal_st_key32_put(struct weal_wr *w, const struct weal_st_key32 *x) {
    weal_wr_copy(w, x->key, 32);
}

void weal_st_key32_get(struct weal_rd *r, struct weal_st_key32 *x) {
    weal_rd_copy(r, x->key, 32);
}

void weal_st_key32_json(struct weal_wr *w, const struct weal_st_key32 *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_member_put(struct weal_wr *w, const struct weal_st_member *x) {
    weal_wr_copy(w, x->account, 32);
    weal_wr_copy(w, x->seat, 32);
    weal_wr_u64(w, x->weight);
}

void weal_st_member_get(struct weal_rd *r, struct weal_st_member *x) {
    weal_rd_copy(r, x->account, 32);
    weal_rd_copy(r, x->seat, 32);
    x->weight = weal_rd_u64(r);
}

void weal_st_member_json(struct weal_wr *w, const struct weal_st_member *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"account\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->account, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"seat\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->seat, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"weight\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->weight);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_param_put(struct weal_wr *w, const struct weal_st_param *x) {
    weal_wr_u16(w, x->id);
    weal_wr_u64(w, x->value);
}

void weal_st_param_get(struct weal_rd *r, struct weal_st_param *x) {
    x->id = weal_rd_u16(r);
    x->value = weal_rd_u64(r);
}

void weal_st_param_json(struct weal_wr *w, const struct weal_st_param *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"id\":");
    weal_wr_dec(w, x->id);
    weal_wr_text(w, ",\"value\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->value);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_pool_id_put(struct weal_wr *w, const struct weal_st_pool_id *x) {
    weal_wr_u8(w, x->kind);
    if (x->jurisdiction.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->jurisdiction.n);
    weal_wr_bytes(w, x->jurisdiction);
}

void weal_st_pool_id_get(struct weal_rd *r, struct weal_st_pool_id *x) {
    x->kind = weal_rd_u8(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->jurisdiction = weal_rd_view(r, n);
    }
}

void weal_st_pool_id_json(struct weal_wr *w, const struct weal_st_pool_id *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"jurisdiction\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->jurisdiction.p, x->jurisdiction.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_account_put(struct weal_wr *w, const struct weal_st_account *x) {
    weal_wr_u64(w, x->nonce);
    if (x->balances_n > 8) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->balances_n);
    for (uint16_t i = 0; !w->failed && i < x->balances_n; i++) {
        weal_st_balance_put(w, &x->balances[i]);
    }
}

void weal_st_account_get(struct weal_rd *r, struct weal_st_account *x) {
    x->nonce = weal_rd_u64(r);
    x->balances_n = weal_rd_u16(r);
    if (x->balances_n > 8) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->balances_n; i++) {
        weal_st_balance_get(r, &x->balances[i]);
    }
}

void weal_st_account_json(struct weal_wr *w, const struct weal_st_account *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"nonce\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->nonce);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"balances\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->balances_n && i < 8; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_st_balance_json(w, &x->balances[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_st_supply_put(struct weal_wr *w, const struct weal_st_supply *x) {
    weal_wr_u64(w, x->minted);
    weal_wr_u64(w, x->burned);
    weal_wr_u64(w, x->stored);
}

void weal_st_supply_get(struct weal_rd *r, struct weal_st_supply *x) {
    x->minted = weal_rd_u64(r);
    x->burned = weal_rd_u64(r);
    x->stored = weal_rd_u64(r);
}

void weal_st_supply_json(struct weal_wr *w, const struct weal_st_supply *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"minted\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->minted);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"burned\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->burned);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"stored\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->stored);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_human_put(struct weal_wr *w, const struct weal_st_human *x) {
    weal_wr_u8(w, x->status);
    weal_wr_u8(w, x->place);
    weal_wr_u32(w, x->serial);
    if (x->jurisdiction.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->jurisdiction.n);
    weal_wr_bytes(w, x->jurisdiction);
    if (x->pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->pool.n);
    weal_wr_bytes(w, x->pool);
    weal_wr_u64(w, x->enrolled_ms);
    weal_wr_u64(w, x->challenge_ms);
    weal_wr_u64(w, x->valid_ms);
    weal_wr_u64(w, x->hold_ms);
    weal_wr_u64(w, x->suspended_ms);
    weal_wr_u64(w, x->revoke_ms);
    weal_wr_u64(w, x->revokers);
    weal_wr_u64(w, x->window);
    weal_wr_u64(w, x->entry);
    weal_wr_u16(w, x->lease_year);
    weal_wr_u64(w, x->move_ms);
    if (x->to_jurisdiction.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->to_jurisdiction.n);
    weal_wr_bytes(w, x->to_jurisdiction);
    if (x->to_pool.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->to_pool.n);
    weal_wr_bytes(w, x->to_pool);
    weal_wr_copy(w, x->successor, 32);
    if (x->handles_n > 4) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->handles_n);
    for (uint16_t i = 0; !w->failed && i < x->handles_n; i++) {
        weal_st_handle_ref_put(w, &x->handles[i]);
    }
}

void weal_st_human_get(struct weal_rd *r, struct weal_st_human *x) {
    x->status = weal_rd_u8(r);
    x->place = weal_rd_u8(r);
    x->serial = weal_rd_u32(r);
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
    x->enrolled_ms = weal_rd_u64(r);
    x->challenge_ms = weal_rd_u64(r);
    x->valid_ms = weal_rd_u64(r);
    x->hold_ms = weal_rd_u64(r);
    x->suspended_ms = weal_rd_u64(r);
    x->revoke_ms = weal_rd_u64(r);
    x->revokers = weal_rd_u64(r);
    x->window = weal_rd_u64(r);
    x->entry = weal_rd_u64(r);
    x->lease_year = weal_rd_u16(r);
    x->move_ms = weal_rd_u64(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->to_jurisdiction = weal_rd_view(r, n);
    }
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->to_pool = weal_rd_view(r, n);
    }
    weal_rd_copy(r, x->successor, 32);
    x->handles_n = weal_rd_u16(r);
    if (x->handles_n > 4) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->handles_n; i++) {
        weal_st_handle_ref_get(r, &x->handles[i]);
    }
}

void weal_st_human_json(struct weal_wr *w, const struct weal_st_human *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"status\":");
    weal_wr_dec(w, x->status);
    weal_wr_text(w, ",\"place\":");
    weal_wr_dec(w, x->place);
    weal_wr_text(w, ",\"serial\":");
    weal_wr_dec(w, x->serial);
    weal_wr_text(w, ",\"jurisdiction\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->jurisdiction.p, x->jurisdiction.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pool\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pool.p, x->pool.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"enrolled_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->enrolled_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"challenge_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->challenge_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"valid_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->valid_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"hold_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->hold_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"suspended_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->suspended_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"revoke_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->revoke_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"revokers\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->revokers);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"window\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->window);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"entry\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->entry);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"lease_year\":");
    weal_wr_dec(w, x->lease_year);
    weal_wr_text(w, ",\"move_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->move_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"to_jurisdiction\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->to_jurisdiction.p, x->to_jurisdiction.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"to_pool\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->to_pool.p, x->to_pool.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"successor\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->successor, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"handles\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->handles_n && i < 4; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_st_handle_ref_json(w, &x->handles[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_st_handle_put(struct weal_wr *w, const struct weal_st_handle *x) {
    weal_wr_copy(w, x->key, 32);
}

void weal_st_handle_get(struct weal_rd *r, struct weal_st_handle *x) {
    weal_rd_copy(r, x->key, 32);
}

void weal_st_handle_json(struct weal_wr *w, const struct weal_st_handle *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_tag_put(struct weal_wr *w, const struct weal_st_tag *x) {
    weal_wr_u64(w, x->cohort);
    weal_wr_u8(w, x->lapsed);
}

void weal_st_tag_get(struct weal_rd *r, struct weal_st_tag *x) {
    x->cohort = weal_rd_u64(r);
    x->lapsed = weal_rd_u8(r);
}

void weal_st_tag_json(struct weal_wr *w, const struct weal_st_tag *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"cohort\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->cohort);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"lapsed\":");
    weal_wr_dec(w, x->lapsed);
    weal_wr_text(w, "}");
}

void weal_st_nullifier_put(struct weal_wr *w, const struct weal_st_nullifier *x) {
    weal_wr_u64(w, x->height);
}

void weal_st_nullifier_get(struct weal_rd *r, struct weal_st_nullifier *x) {
    x->height = weal_rd_u64(r);
}

void weal_st_nullifier_json(struct weal_wr *w, const struct weal_st_nullifier *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_note_put(struct weal_wr *w, const struct weal_st_note *x) {
    weal_wr_u8(w, x->kind);
    weal_wr_u32(w, x->epoch);
    weal_wr_u64(w, x->cohort);
}

void weal_st_note_get(struct weal_rd *r, struct weal_st_note *x) {
    x->kind = weal_rd_u8(r);
    x->epoch = weal_rd_u32(r);
    x->cohort = weal_rd_u64(r);
}

void weal_st_note_json(struct weal_wr *w, const struct weal_st_note *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"epoch\":");
    weal_wr_dec(w, x->epoch);
    weal_wr_text(w, ",\"cohort\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->cohort);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_pool_put(struct weal_wr *w, const struct weal_st_pool *x) {
    weal_wr_u64(w, x->open);
    weal_wr_u64(w, x->entries);
    weal_wr_u64(w, x->waiting);
}

void weal_st_pool_get(struct weal_rd *r, struct weal_st_pool *x) {
    x->open = weal_rd_u64(r);
    x->entries = weal_rd_u64(r);
    x->waiting = weal_rd_u64(r);
}

void weal_st_pool_json(struct weal_wr *w, const struct weal_st_pool *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"open\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->open);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"entries\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->entries);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"waiting\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->waiting);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_window_put(struct weal_wr *w, const struct weal_st_window *x) {
    weal_wr_u16(w, x->count);
    weal_wr_u64(w, x->timer_ms);
    weal_wr_u64(w, x->closed);
}

void weal_st_window_get(struct weal_rd *r, struct weal_st_window *x) {
    x->count = weal_rd_u16(r);
    x->timer_ms = weal_rd_u64(r);
    x->closed = weal_rd_u64(r);
}

void weal_st_window_json(struct weal_wr *w, const struct weal_st_window *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"count\":");
    weal_wr_dec(w, x->count);
    weal_wr_text(w, ",\"timer_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->timer_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"closed\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->closed);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_entry_put(struct weal_wr *w, const struct weal_st_entry *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_copy(w, x->owner, 32);
    weal_wr_copy(w, x->tag, 32);
    weal_wr_u32(w, x->epoch);
    weal_wr_u8(w, x->n);
    weal_wr_u32(w, x->last);
}

void weal_st_entry_get(struct weal_rd *r, struct weal_st_entry *x) {
    weal_rd_copy(r, x->key, 32);
    weal_rd_copy(r, x->owner, 32);
    weal_rd_copy(r, x->tag, 32);
    x->epoch = weal_rd_u32(r);
    x->n = weal_rd_u8(r);
    x->last = weal_rd_u32(r);
}

void weal_st_entry_json(struct weal_wr *w, const struct weal_st_entry *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"key\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->key, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"owner\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->owner, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"tag\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->tag, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"epoch\":");
    weal_wr_dec(w, x->epoch);
    weal_wr_text(w, ",\"n\":");
    weal_wr_dec(w, x->n);
    weal_wr_text(w, ",\"last\":");
    weal_wr_dec(w, x->last);
    weal_wr_text(w, "}");
}

void weal_st_owner_put(struct weal_wr *w, const struct weal_st_owner *x) {
    weal_wr_u64(w, x->entry);
}

void weal_st_owner_get(struct weal_rd *r, struct weal_st_owner *x) {
    x->entry = weal_rd_u64(r);
}

void weal_st_owner_json(struct weal_wr *w, const struct weal_st_owner *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"entry\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->entry);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_cohort_put(struct weal_wr *w, const struct weal_st_cohort *x) {
    weal_wr_u8(w, x->kind);
    if (x->jurisdiction.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->jurisdiction.n);
    weal_wr_bytes(w, x->jurisdiction);
    weal_wr_u16(w, x->version);
    weal_wr_u8(w, x->dissolved);
    weal_wr_u64(w, x->dealt);
    weal_wr_u64(w, x->usable);
    weal_wr_u32(w, x->epoch);
    weal_wr_u16(w, x->lease_year);
}

void weal_st_cohort_get(struct weal_rd *r, struct weal_st_cohort *x) {
    x->kind = weal_rd_u8(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 24) weal_rd_fail(r);
        x->jurisdiction = weal_rd_view(r, n);
    }
    x->version = weal_rd_u16(r);
    x->dissolved = weal_rd_u8(r);
    x->dealt = weal_rd_u64(r);
    x->usable = weal_rd_u64(r);
    x->epoch = weal_rd_u32(r);
    x->lease_year = weal_rd_u16(r);
}

void weal_st_cohort_json(struct weal_wr *w, const struct weal_st_cohort *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"jurisdiction\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->jurisdiction.p, x->jurisdiction.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, ",\"dissolved\":");
    weal_wr_dec(w, x->dissolved);
    weal_wr_text(w, ",\"dealt\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->dealt);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"usable\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->usable);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"epoch\":");
    weal_wr_dec(w, x->epoch);
    weal_wr_text(w, ",\"lease_year\":");
    weal_wr_dec(w, x->lease_year);
    weal_wr_text(w, "}");
}

void weal_st_ring_put(struct weal_wr *w, const struct weal_st_ring *x) {
    weal_wr_u64(w, x->until_ms);
    if (x->keys_n > 16) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->keys_n);
    for (uint16_t i = 0; !w->failed && i < x->keys_n; i++) {
        weal_st_key32_put(w, &x->keys[i]);
    }
}

void weal_st_ring_get(struct weal_rd *r, struct weal_st_ring *x) {
    x->until_ms = weal_rd_u64(r);
    x->keys_n = weal_rd_u16(r);
    if (x->keys_n > 16) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->keys_n; i++) {
        weal_st_key32_get(r, &x->keys[i]);
    }
}

void weal_st_ring_json(struct weal_wr *w, const struct weal_st_ring *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"until_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->until_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"keys\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->keys_n && i < 16; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_st_key32_json(w, &x->keys[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_st_deadline_put(struct weal_wr *w, const struct weal_st_deadline *x) {
    weal_wr_u16(w, x->kind);
    if (x->what.n > 120) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->what.n);
    weal_wr_bytes(w, x->what);
}

void weal_st_deadline_get(struct weal_rd *r, struct weal_st_deadline *x) {
    x->kind = weal_rd_u16(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 120) weal_rd_fail(r);
        x->what = weal_rd_view(r, n);
    }
}

void weal_st_deadline_json(struct weal_wr *w, const struct weal_st_deadline *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"what\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->what.p, x->what.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_attestor_put(struct weal_wr *w, const struct weal_st_attestor *x) {
    weal_wr_copy(w, x->key, 32);
    weal_wr_copy(w, x->share, 32);
    if (x->name.n > 48) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->name.n);
    weal_wr_bytes(w, x->name);
    weal_wr_u8(w, x->active);
}

void weal_st_attestor_get(struct weal_rd *r, struct weal_st_attestor *x) {
    weal_rd_copy(r, x->key, 32);
    weal_rd_copy(r, x->share, 32);
    {
        size_t n = weal_rd_u16(r);
        if (n > 48) weal_rd_fail(r);
        x->name = weal_rd_view(r, n);
    }
    x->active = weal_rd_u8(r);
}

void weal_st_attestor_json(struct weal_wr *w, const struct weal_st_attestor *x) {
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
    weal_wr_text(w, ",\"active\":");
    weal_wr_dec(w, x->active);
    weal_wr_text(w, "}");
}

void weal_st_quorum_put(struct weal_wr *w, const struct weal_st_quorum *x) {
    weal_wr_u16(w, x->t);
    weal_wr_u16(w, x->n);
    weal_wr_copy(w, x->voprf, 32);
    weal_wr_copy(w, x->pilot, 32);
    weal_wr_u32(w, x->renewals);
}

void weal_st_quorum_get(struct weal_rd *r, struct weal_st_quorum *x) {
    x->t = weal_rd_u16(r);
    x->n = weal_rd_u16(r);
    weal_rd_copy(r, x->voprf, 32);
    weal_rd_copy(r, x->pilot, 32);
    x->renewals = weal_rd_u32(r);
}

void weal_st_quorum_json(struct weal_wr *w, const struct weal_st_quorum *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"t\":");
    weal_wr_dec(w, x->t);
    weal_wr_text(w, ",\"n\":");
    weal_wr_dec(w, x->n);
    weal_wr_text(w, ",\"voprf\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->voprf, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"pilot\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->pilot, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"renewals\":");
    weal_wr_dec(w, x->renewals);
    weal_wr_text(w, "}");
}

void weal_st_module_put(struct weal_wr *w, const struct weal_st_module *x) {
    weal_wr_copy(w, x->key, 32);
    if (x->category.n > 24) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->category.n);
    weal_wr_bytes(w, x->category);
    if (x->name.n > 48) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->name.n);
    weal_wr_bytes(w, x->name);
    weal_wr_u32(w, x->epoch_max);
    weal_wr_u8(w, x->active);
}

void weal_st_module_get(struct weal_rd *r, struct weal_st_module *x) {
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
    x->active = weal_rd_u8(r);
}

void weal_st_module_json(struct weal_wr *w, const struct weal_st_module *x) {
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
    weal_wr_text(w, ",\"active\":");
    weal_wr_dec(w, x->active);
    weal_wr_text(w, "}");
}

void weal_st_module_epoch_put(struct weal_wr *w, const struct weal_st_module_epoch *x) {
    weal_wr_copy(w, x->voprf, 32);
    weal_wr_u32(w, x->witnessed);
}

void weal_st_module_epoch_get(struct weal_rd *r, struct weal_st_module_epoch *x) {
    weal_rd_copy(r, x->voprf, 32);
    x->witnessed = weal_rd_u32(r);
}

void weal_st_module_epoch_json(struct weal_wr *w, const struct weal_st_module_epoch *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"voprf\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->voprf, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"witnessed\":");
    weal_wr_dec(w, x->witnessed);
    weal_wr_text(w, "}");
}

void weal_st_seat_put(struct weal_wr *w, const struct weal_st_seat *x) {
    weal_wr_copy(w, x->account, 32);
    weal_wr_u64(w, x->lease_from_ms);
    weal_wr_u64(w, x->lease_until_ms);
    weal_wr_u64(w, x->lapse);
    weal_wr_u64(w, x->bond);
    weal_wr_u64(w, x->unbonding);
    weal_wr_u16(w, x->unbondings);
    weal_wr_u8(w, x->silent);
    weal_wr_u8(w, x->removed);
}

void weal_st_seat_get(struct weal_rd *r, struct weal_st_seat *x) {
    weal_rd_copy(r, x->account, 32);
    x->lease_from_ms = weal_rd_u64(r);
    x->lease_until_ms = weal_rd_u64(r);
    x->lapse = weal_rd_u64(r);
    x->bond = weal_rd_u64(r);
    x->unbonding = weal_rd_u64(r);
    x->unbondings = weal_rd_u16(r);
    x->silent = weal_rd_u8(r);
    x->removed = weal_rd_u8(r);
}

void weal_st_seat_json(struct weal_wr *w, const struct weal_st_seat *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"account\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->account, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"lease_from_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->lease_from_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"lease_until_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->lease_until_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"lapse\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->lapse);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"bond\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->bond);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"unbonding\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->unbonding);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"unbondings\":");
    weal_wr_dec(w, x->unbondings);
    weal_wr_text(w, ",\"silent\":");
    weal_wr_dec(w, x->silent);
    weal_wr_text(w, ",\"removed\":");
    weal_wr_dec(w, x->removed);
    weal_wr_text(w, "}");
}

void weal_st_seat_ref_put(struct weal_wr *w, const struct weal_st_seat_ref *x) {
    weal_wr_copy(w, x->seat, 32);
}

void weal_st_seat_ref_get(struct weal_rd *r, struct weal_st_seat_ref *x) {
    weal_rd_copy(r, x->seat, 32);
}

void weal_st_seat_ref_json(struct weal_wr *w, const struct weal_st_seat_ref *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"seat\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->seat, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_term_put(struct weal_wr *w, const struct weal_st_term *x) {
    weal_wr_copy(w, x->set_hash, 32);
    weal_wr_copy(w, x->beacon, 32);
    weal_wr_u64(w, x->first);
    weal_wr_u64(w, x->end_ms);
    if (x->members_n > 128) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->members_n);
    for (uint16_t i = 0; !w->failed && i < x->members_n; i++) {
        weal_st_member_put(w, &x->members[i]);
    }
}

void weal_st_term_get(struct weal_rd *r, struct weal_st_term *x) {
    weal_rd_copy(r, x->set_hash, 32);
    weal_rd_copy(r, x->beacon, 32);
    x->first = weal_rd_u64(r);
    x->end_ms = weal_rd_u64(r);
    x->members_n = weal_rd_u16(r);
    if (x->members_n > 128) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->members_n; i++) {
        weal_st_member_get(r, &x->members[i]);
    }
}

void weal_st_term_json(struct weal_wr *w, const struct weal_st_term *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"set_hash\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->set_hash, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"beacon\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->beacon, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"first\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->first);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"end_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->end_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"members\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->members_n && i < 128; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_st_member_json(w, &x->members[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_st_presence_put(struct weal_wr *w, const struct weal_st_presence *x) {
    weal_wr_u32(w, x->term);
    weal_wr_u32(w, x->blocks);
}

void weal_st_presence_get(struct weal_rd *r, struct weal_st_presence *x) {
    x->term = weal_rd_u32(r);
    x->blocks = weal_rd_u32(r);
}

void weal_st_presence_json(struct weal_wr *w, const struct weal_st_presence *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"term\":");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, ",\"blocks\":");
    weal_wr_dec(w, x->blocks);
    weal_wr_text(w, "}");
}

void weal_st_offence_put(struct weal_wr *w, const struct weal_st_offence *x) {
    weal_wr_u8(w, x->kind);
    weal_wr_u64(w, x->height);
    weal_wr_u64(w, x->slashed);
}

void weal_st_offence_get(struct weal_rd *r, struct weal_st_offence *x) {
    x->kind = weal_rd_u8(r);
    x->height = weal_rd_u64(r);
    x->slashed = weal_rd_u64(r);
}

void weal_st_offence_json(struct weal_wr *w, const struct weal_st_offence *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"slashed\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->slashed);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_chain_put(struct weal_wr *w, const struct weal_st_chain *x) {
    weal_wr_u64(w, x->height);
    weal_wr_u64(w, x->time_ms);
    weal_wr_u64(w, x->genesis_ms);
    weal_wr_u32(w, x->term);
    weal_wr_u32(w, x->body_bytes);
    weal_wr_u64(w, x->cohorts);
    weal_wr_u64(w, x->deadlines);
    weal_wr_u64(w, x->stopped_ms);
    weal_wr_u32(w, x->version);
    weal_wr_copy(w, x->beacon, 32);
    weal_wr_copy(w, x->lineage, 32);
}

void weal_st_chain_get(struct weal_rd *r, struct weal_st_chain *x) {
    x->height = weal_rd_u64(r);
    x->time_ms = weal_rd_u64(r);
    x->genesis_ms = weal_rd_u64(r);
    x->term = weal_rd_u32(r);
    x->body_bytes = weal_rd_u32(r);
    x->cohorts = weal_rd_u64(r);
    x->deadlines = weal_rd_u64(r);
    x->stopped_ms = weal_rd_u64(r);
    x->version = weal_rd_u32(r);
    weal_rd_copy(r, x->beacon, 32);
    weal_rd_copy(r, x->lineage, 32);
}

void weal_st_chain_json(struct weal_wr *w, const struct weal_st_chain *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"time_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->time_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"genesis_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->genesis_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"term\":");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, ",\"body_bytes\":");
    weal_wr_dec(w, x->body_bytes);
    weal_wr_text(w, ",\"cohorts\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->cohorts);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"deadlines\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->deadlines);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"stopped_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->stopped_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, ",\"beacon\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->beacon, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"lineage\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->lineage, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_epoch_put(struct weal_wr *w, const struct weal_st_epoch *x) {
    weal_wr_u64(w, x->claims);
    weal_wr_u64(w, x->issued);
    weal_wr_u64(w, x->moved);
    weal_wr_u64(w, x->notes);
    weal_wr_u64(w, x->stopped_ms);
}

void weal_st_epoch_get(struct weal_rd *r, struct weal_st_epoch *x) {
    x->claims = weal_rd_u64(r);
    x->issued = weal_rd_u64(r);
    x->moved = weal_rd_u64(r);
    x->notes = weal_rd_u64(r);
    x->stopped_ms = weal_rd_u64(r);
}

void weal_st_epoch_json(struct weal_wr *w, const struct weal_st_epoch *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"claims\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->claims);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"issued\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->issued);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"moved\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->moved);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"notes\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->notes);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"stopped_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->stopped_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_st_params_put(struct weal_wr *w, const struct weal_st_params *x) {
    if (x->values_n > 64) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->values_n);
    for (uint16_t i = 0; !w->failed && i < x->values_n; i++) {
        weal_st_param_put(w, &x->values[i]);
    }
}

void weal_st_params_get(struct weal_rd *r, struct weal_st_params *x) {
    x->values_n = weal_rd_u16(r);
    if (x->values_n > 64) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->values_n; i++) {
        weal_st_param_get(r, &x->values[i]);
    }
}

void weal_st_params_json(struct weal_wr *w, const struct weal_st_params *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"values\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->values_n && i < 64; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_st_param_json(w, &x->values[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_st_upgrade_put(struct weal_wr *w, const struct weal_st_upgrade *x) {
    weal_wr_u32(w, x->version);
}

void weal_st_upgrade_get(struct weal_rd *r, struct weal_st_upgrade *x) {
    x->version = weal_rd_u32(r);
}

void weal_st_upgrade_json(struct weal_wr *w, const struct weal_st_upgrade *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, "}");
}

int weal_state_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch) {
    struct weal_rd r = weal_rd(b);
    scratch->n = 0;
    scratch->failed = false;
    switch (record) {
    case 0: {
        static _Thread_local struct weal_st_balance x;
        weal_st_balance_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_balance_put(scratch, &x);
        break;
    }
    case 1: {
        static _Thread_local struct weal_st_handle_ref x;
        weal_st_handle_ref_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_handle_ref_put(scratch, &x);
        break;
    }
    case 2: {
        static _Thread_local struct weal_st_key32 x;
        weal_st_key32_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_key32_put(scratch, &x);
        break;
    }
    case 3: {
        static _Thread_local struct weal_st_member x;
        weal_st_member_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_member_put(scratch, &x);
        break;
    }
    case 4: {
        static _Thread_local struct weal_st_param x;
        weal_st_param_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_param_put(scratch, &x);
        break;
    }
    case 5: {
        static _Thread_local struct weal_st_pool_id x;
        weal_st_pool_id_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_pool_id_put(scratch, &x);
        break;
    }
    case 6: {
        static _Thread_local struct weal_st_account x;
        weal_st_account_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_account_put(scratch, &x);
        break;
    }
    case 7: {
        static _Thread_local struct weal_st_supply x;
        weal_st_supply_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_supply_put(scratch, &x);
        break;
    }
    case 8: {
        static _Thread_local struct weal_st_human x;
        weal_st_human_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_human_put(scratch, &x);
        break;
    }
    case 9: {
        static _Thread_local struct weal_st_handle x;
        weal_st_handle_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_handle_put(scratch, &x);
        break;
    }
    case 10: {
        static _Thread_local struct weal_st_tag x;
        weal_st_tag_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_tag_put(scratch, &x);
        break;
    }
    case 11: {
        static _Thread_local struct weal_st_nullifier x;
        weal_st_nullifier_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_nullifier_put(scratch, &x);
        break;
    }
    case 12: {
        static _Thread_local struct weal_st_note x;
        weal_st_note_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_note_put(scratch, &x);
        break;
    }
    case 13: {
        static _Thread_local struct weal_st_pool x;
        weal_st_pool_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_pool_put(scratch, &x);
        break;
    }
    case 14: {
        static _Thread_local struct weal_st_window x;
        weal_st_window_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_window_put(scratch, &x);
        break;
    }
    case 15: {
        static _Thread_local struct weal_st_entry x;
        weal_st_entry_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_entry_put(scratch, &x);
        break;
    }
    case 16: {
        static _Thread_local struct weal_st_owner x;
        weal_st_owner_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_owner_put(scratch, &x);
        break;
    }
    case 17: {
        static _Thread_local struct weal_st_cohort x;
        weal_st_cohort_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_cohort_put(scratch, &x);
        break;
    }
    case 18: {
        static _Thread_local struct weal_st_ring x;
        weal_st_ring_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_ring_put(scratch, &x);
        break;
    }
    case 19: {
        static _Thread_local struct weal_st_deadline x;
        weal_st_deadline_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_deadline_put(scratch, &x);
        break;
    }
    case 20: {
        static _Thread_local struct weal_st_attestor x;
        weal_st_attestor_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_attestor_put(scratch, &x);
        break;
    }
    case 21: {
        static _Thread_local struct weal_st_quorum x;
        weal_st_quorum_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_quorum_put(scratch, &x);
        break;
    }
    case 22: {
        static _Thread_local struct weal_st_module x;
        weal_st_module_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_module_put(scratch, &x);
        break;
    }
    case 23: {
        static _Thread_local struct weal_st_module_epoch x;
        weal_st_module_epoch_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_module_epoch_put(scratch, &x);
        break;
    }
    case 24: {
        static _Thread_local struct weal_st_seat x;
        weal_st_seat_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_seat_put(scratch, &x);
        break;
    }
    case 25: {
        static _Thread_local struct weal_st_seat_ref x;
        weal_st_seat_ref_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_seat_ref_put(scratch, &x);
        break;
    }
    case 26: {
        static _Thread_local struct weal_st_term x;
        weal_st_term_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_term_put(scratch, &x);
        break;
    }
    case 27: {
        static _Thread_local struct weal_st_presence x;
        weal_st_presence_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_presence_put(scratch, &x);
        break;
    }
    case 28: {
        static _Thread_local struct weal_st_offence x;
        weal_st_offence_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_offence_put(scratch, &x);
        break;
    }
    case 29: {
        static _Thread_local struct weal_st_chain x;
        weal_st_chain_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_chain_put(scratch, &x);
        break;
    }
    case 30: {
        static _Thread_local struct weal_st_epoch x;
        weal_st_epoch_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_epoch_put(scratch, &x);
        break;
    }
    case 31: {
        static _Thread_local struct weal_st_params x;
        weal_st_params_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_params_put(scratch, &x);
        break;
    }
    case 32: {
        static _Thread_local struct weal_st_upgrade x;
        weal_st_upgrade_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_st_upgrade_put(scratch, &x);
        break;
    }
    default:
        return 0;
    }
    return weal_bytes_equal_var(weal_wr_done(scratch), b) && !scratch->failed ? 1 : -1;
}
