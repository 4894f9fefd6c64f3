/* SPDX-License-Identifier: ISC */
/* Generated from wallet/purse.schema; do not edit. */
#include "wallet/gen/purse_gen.h"

void weal_purse_income_put(struct weal_wr *w, const struct weal_purse_income *x) {
    weal_wr_u32(w, x->epoch);
    weal_wr_u8(w, x->attempt);
}

void weal_purse_income_get(struct weal_rd *r, struct weal_purse_income *x) {
    x->epoch = weal_rd_u32(r);
    x->attempt = weal_rd_u8(r);
}

void weal_purse_income_json(struct weal_wr *w, const struct weal_purse_income *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"epoch\":");
    weal_wr_dec(w, x->epoch);
    weal_wr_text(w, ",\"attempt\":");
    weal_wr_dec(w, x->attempt);
    weal_wr_text(w, "}");
}

void weal_purse_accounts_put(struct weal_wr *w, const struct weal_purse_accounts *x) {
    weal_wr_u32(w, x->count);
    if (x->incomes_n > 4096) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->incomes_n);
    for (uint16_t i = 0; !w->failed && i < x->incomes_n; i++) {
        weal_purse_income_put(w, &x->incomes[i]);
    }
}

void weal_purse_accounts_get(struct weal_rd *r, struct weal_purse_accounts *x) {
    x->count = weal_rd_u32(r);
    x->incomes_n = weal_rd_u16(r);
    if (x->incomes_n > 4096) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->incomes_n; i++) {
        weal_purse_income_get(r, &x->incomes[i]);
    }
}

void weal_purse_accounts_json(struct weal_wr *w, const struct weal_purse_accounts *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"count\":");
    weal_wr_dec(w, x->count);
    weal_wr_text(w, ",\"incomes\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->incomes_n && i < 4096; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_purse_income_json(w, &x->incomes[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_purse_payment_put(struct weal_wr *w, const struct weal_purse_payment *x) {
    if (x->act.n > 4096) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->act.n);
    weal_wr_bytes(w, x->act);
    weal_wr_u64(w, x->made_ms);
    weal_wr_u64(w, x->height);
    if (x->code.n > 63) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->code.n);
    weal_wr_bytes(w, x->code);
}

void weal_purse_payment_get(struct weal_rd *r, struct weal_purse_payment *x) {
    {
        size_t n = weal_rd_u16(r);
        if (n > 4096) weal_rd_fail(r);
        x->act = weal_rd_view(r, n);
    }
    x->made_ms = weal_rd_u64(r);
    x->height = weal_rd_u64(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 63) weal_rd_fail(r);
        x->code = weal_rd_view(r, n);
    }
}

void weal_purse_payment_json(struct weal_wr *w, const struct weal_purse_payment *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"act\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->act.p, x->act.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"made_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->made_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"code\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->code.p, x->code.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_purse_entry_put(struct weal_wr *w, const struct weal_purse_entry *x) {
    weal_wr_u64(w, x->height);
    weal_wr_u64(w, x->time_ms);
    weal_wr_u8(w, x->kind);
    weal_wr_u8(w, x->asset);
    weal_wr_u64(w, x->micro);
    weal_wr_u64(w, x->fee);
    weal_wr_copy(w, x->mine, 32);
    weal_wr_copy(w, x->other, 32);
    weal_wr_copy(w, x->id, 32);
}

void weal_purse_entry_get(struct weal_rd *r, struct weal_purse_entry *x) {
    x->height = weal_rd_u64(r);
    x->time_ms = weal_rd_u64(r);
    x->kind = weal_rd_u8(r);
    x->asset = weal_rd_u8(r);
    x->micro = weal_rd_u64(r);
    x->fee = weal_rd_u64(r);
    weal_rd_copy(r, x->mine, 32);
    weal_rd_copy(r, x->other, 32);
    weal_rd_copy(r, x->id, 32);
}

void weal_purse_entry_json(struct weal_wr *w, const struct weal_purse_entry *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"time_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->time_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"asset\":");
    weal_wr_dec(w, x->asset);
    weal_wr_text(w, ",\"micro\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->micro);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"fee\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->fee);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"mine\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->mine, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"other\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->other, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"id\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->id, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_purse_page_put(struct weal_wr *w, const struct weal_purse_page *x) {
    if (x->entries_n > 256) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->entries_n);
    for (uint16_t i = 0; !w->failed && i < x->entries_n; i++) {
        weal_purse_entry_put(w, &x->entries[i]);
    }
}

void weal_purse_page_get(struct weal_rd *r, struct weal_purse_page *x) {
    x->entries_n = weal_rd_u16(r);
    if (x->entries_n > 256) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->entries_n; i++) {
        weal_purse_entry_get(r, &x->entries[i]);
    }
}

void weal_purse_page_json(struct weal_wr *w, const struct weal_purse_page *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"entries\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->entries_n && i < 256; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_purse_entry_json(w, &x->entries[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_purse_scan_put(struct weal_wr *w, const struct weal_purse_scan *x) {
    weal_wr_u64(w, x->height);
    weal_wr_u64(w, x->entries);
    weal_wr_u32(w, x->accounts);
}

void weal_purse_scan_get(struct weal_rd *r, struct weal_purse_scan *x) {
    x->height = weal_rd_u64(r);
    x->entries = weal_rd_u64(r);
    x->accounts = weal_rd_u32(r);
}

void weal_purse_scan_json(struct weal_wr *w, const struct weal_purse_scan *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"entries\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->entries);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"accounts\":");
    weal_wr_dec(w, x->accounts);
    weal_wr_text(w, "}");
}

int weal_purse_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch) {
    struct weal_rd r = weal_rd(b);
    scratch->n = 0;
    scratch->failed = false;
    switch (record) {
    case 0: {
        static _Thread_local struct weal_purse_income x;
        weal_purse_income_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_purse_income_put(scratch, &x);
        break;
    }
    case 1: {
        static _Thread_local struct weal_purse_accounts x;
        weal_purse_accounts_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_purse_accounts_put(scratch, &x);
        break;
    }
    case 2: {
        static _Thread_local struct weal_purse_payment x;
        weal_purse_payment_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_purse_payment_put(scratch, &x);
        break;
    }
    case 3: {
        static _Thread_local struct weal_purse_entry x;
        weal_purse_entry_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_purse_entry_put(scratch, &x);
        break;
    }
    case 4: {
        static _Thread_local struct weal_purse_page x;
        weal_purse_page_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_purse_page_put(scratch, &x);
        break;
    }
    case 5: {
        static _Thread_local struct weal_purse_scan x;
        weal_purse_scan_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_purse_scan_put(scratch, &x);
        break;
    }
    default:
        return 0;
    }
    return weal_bytes_equal_var(weal_wr_done(scratch), b) && !scratch->failed ? 1 : -1;
}
