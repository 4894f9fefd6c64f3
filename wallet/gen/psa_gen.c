/* SPDX-License-Identifier: ISC */
/* Generated from wallet/psa.schema; do not edit. */
#include "wallet/gen/psa_gen.h"

void weal_psa_event_put(struct weal_wr *w, const struct weal_psa_event *x) {
    weal_wr_u8(w, x->what);
    weal_wr_u64(w, x->time_ms);
}

void weal_psa_event_get(struct weal_rd *r, struct weal_psa_event *x) {
    x->what = weal_rd_u8(r);
    x->time_ms = weal_rd_u64(r);
}

void weal_psa_event_json(struct weal_wr *w, const struct weal_psa_event *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"what\":");
    weal_wr_dec(w, x->what);
    weal_wr_text(w, ",\"time_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->time_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_psa_receipt_put(struct weal_wr *w, const struct weal_psa_receipt *x) {
    weal_wr_u32(w, x->epoch);
    weal_wr_u8(w, x->n);
    weal_wr_u16(w, x->module);
    weal_wr_u8(w, x->state);
    if (x->host.n > 63) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->host.n);
    weal_wr_bytes(w, x->host);
    weal_wr_u16(w, x->port);
    if (x->memo.n > 1024) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->memo.n);
    weal_wr_bytes(w, x->memo);
    weal_wr_copy(w, x->serial, 32);
    weal_wr_copy(w, x->blind, 32);
    weal_wr_copy(w, x->token, 64);
    weal_wr_u64(w, x->due_ms);
    if (x->act.n > 4096) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->act.n);
    weal_wr_bytes(w, x->act);
    weal_wr_copy(w, x->act_id, 32);
    weal_wr_u64(w, x->act_height);
    weal_wr_u32(w, x->claim_epoch);
    weal_wr_u8(w, x->attempt);
    if (x->claim.n > 4096) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->claim.n);
    weal_wr_bytes(w, x->claim);
    weal_wr_copy(w, x->claim_id, 32);
    weal_wr_copy(w, x->to, 32);
    weal_wr_u64(w, x->claim_height);
    if (x->why.n > 63) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->why.n);
    weal_wr_bytes(w, x->why);
    if (x->events_n > 32) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->events_n);
    for (uint16_t i = 0; !w->failed && i < x->events_n; i++) {
        weal_psa_event_put(w, &x->events[i]);
    }
}

void weal_psa_receipt_get(struct weal_rd *r, struct weal_psa_receipt *x) {
    x->epoch = weal_rd_u32(r);
    x->n = weal_rd_u8(r);
    x->module = weal_rd_u16(r);
    x->state = weal_rd_u8(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 63) weal_rd_fail(r);
        x->host = weal_rd_view(r, n);
    }
    x->port = weal_rd_u16(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 1024) weal_rd_fail(r);
        x->memo = weal_rd_view(r, n);
    }
    weal_rd_copy(r, x->serial, 32);
    weal_rd_copy(r, x->blind, 32);
    weal_rd_copy(r, x->token, 64);
    x->due_ms = weal_rd_u64(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 4096) weal_rd_fail(r);
        x->act = weal_rd_view(r, n);
    }
    weal_rd_copy(r, x->act_id, 32);
    x->act_height = weal_rd_u64(r);
    x->claim_epoch = weal_rd_u32(r);
    x->attempt = weal_rd_u8(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 4096) weal_rd_fail(r);
        x->claim = weal_rd_view(r, n);
    }
    weal_rd_copy(r, x->claim_id, 32);
    weal_rd_copy(r, x->to, 32);
    x->claim_height = weal_rd_u64(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 63) weal_rd_fail(r);
        x->why = weal_rd_view(r, n);
    }
    x->events_n = weal_rd_u16(r);
    if (x->events_n > 32) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->events_n; i++) {
        weal_psa_event_get(r, &x->events[i]);
    }
}

void weal_psa_receipt_json(struct weal_wr *w, const struct weal_psa_receipt *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"epoch\":");
    weal_wr_dec(w, x->epoch);
    weal_wr_text(w, ",\"n\":");
    weal_wr_dec(w, x->n);
    weal_wr_text(w, ",\"module\":");
    weal_wr_dec(w, x->module);
    weal_wr_text(w, ",\"state\":");
    weal_wr_dec(w, x->state);
    weal_wr_text(w, ",\"host\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->host.p, x->host.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"port\":");
    weal_wr_dec(w, x->port);
    weal_wr_text(w, ",\"memo\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->memo.p, x->memo.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"serial\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->serial, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"blind\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->blind, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"token\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->token, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"due_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->due_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"act\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->act.p, x->act.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"act_id\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->act_id, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"act_height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->act_height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"claim_epoch\":");
    weal_wr_dec(w, x->claim_epoch);
    weal_wr_text(w, ",\"attempt\":");
    weal_wr_dec(w, x->attempt);
    weal_wr_text(w, ",\"claim\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->claim.p, x->claim.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"claim_id\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->claim_id, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"to\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->to, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"claim_height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->claim_height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"why\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->why.p, x->why.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"events\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->events_n && i < 32; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_psa_event_json(w, &x->events[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_psa_policy_put(struct weal_wr *w, const struct weal_psa_policy *x) {
    weal_wr_u8(w, x->claim);
    weal_wr_u32(w, x->delay_s);
}

void weal_psa_policy_get(struct weal_rd *r, struct weal_psa_policy *x) {
    x->claim = weal_rd_u8(r);
    x->delay_s = weal_rd_u32(r);
}

void weal_psa_policy_json(struct weal_wr *w, const struct weal_psa_policy *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"claim\":");
    weal_wr_dec(w, x->claim);
    weal_wr_text(w, ",\"delay_s\":");
    weal_wr_dec(w, x->delay_s);
    weal_wr_text(w, "}");
}

void weal_psa_enrolment_put(struct weal_wr *w, const struct weal_psa_enrolment *x) {
    if (x->act.n > 4096) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->act.n);
    weal_wr_bytes(w, x->act);
    weal_wr_u64(w, x->valid_until);
}

void weal_psa_enrolment_get(struct weal_rd *r, struct weal_psa_enrolment *x) {
    {
        size_t n = weal_rd_u16(r);
        if (n > 4096) weal_rd_fail(r);
        x->act = weal_rd_view(r, n);
    }
    x->valid_until = weal_rd_u64(r);
}

void weal_psa_enrolment_json(struct weal_wr *w, const struct weal_psa_enrolment *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"act\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->act.p, x->act.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"valid_until\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->valid_until);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

int weal_psa_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch) {
    struct weal_rd r = weal_rd(b);
    scratch->n = 0;
    scratch->failed = false;
    switch (record) {
    case 0: {
        static _Thread_local struct weal_psa_event x;
        weal_psa_event_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_psa_event_put(scratch, &x);
        break;
    }
    case 1: {
        static _Thread_local struct weal_psa_receipt x;
        weal_psa_receipt_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_psa_receipt_put(scratch, &x);
        break;
    }
    case 2: {
        static _Thread_local struct weal_psa_policy x;
        weal_psa_policy_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_psa_policy_put(scratch, &x);
        break;
    }
    case 3: {
        static _Thread_local struct weal_psa_enrolment x;
        weal_psa_enrolment_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_psa_enrolment_put(scratch, &x);
        break;
    }
    default:
        return 0;
    }
    return weal_bytes_equal_var(weal_wr_done(scratch), b) && !scratch->failed ? 1 : -1;
}
