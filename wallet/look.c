/* SPDX-License-Identifier: ISC */
#include "wallet/look.h"

#include <stdlib.h>

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    VALUE_MAX = 65536,
    PAGE = 500
};

static json_t *hex(const uint8_t *b, size_t n) {
    char text[512];
    struct weal_wr w = weal_wr(text, sizeof text);
    weal_wr_hex(&w, b, n);
    return w.failed ? NULL : json_stringn(text, w.n);
}

enum weal_err weal_look_record(struct weal_look *l, uint8_t table, struct weal_bytes key,
                               uint8_t *value, size_t *n) {
    uint8_t full[200];
    json_t *result;
    if (key.n > sizeof full - 1) return WEAL_ERR_INVALID;
    full[0] = table;
    if (key.n != 0) memcpy(full + 1, key.p, key.n);
    enum weal_err e = weal_wallet_rpc_call(
        l->rpc, "state.get", json_pack("{s:o}", "key", hex(full, key.n + 1)), &result);
    if (e != WEAL_OK) return e;
    bool present = json_is_true(json_object_get(result, "present"));
    *n = present ? weal_wallet_hex(json_object_get(result, "value"), value, VALUE_MAX) : 0;
    json_decref(result);
    return !present ? WEAL_ERR_NOT_FOUND : *n == 0 ? WEAL_ERR_CORRUPT : WEAL_OK;
}

static enum weal_err at_read(struct weal_look *l) {
    uint8_t *value = malloc(VALUE_MAX);
    size_t n;
    if (!value) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = weal_look_record(l, TABLE_CHAIN, weal_bytes(NULL, 0), value, &n);
    if (e == WEAL_OK) {
        struct weal_rd rd = weal_rd(weal_bytes(value, n));
        weal_st_chain_get(&rd, &l->at);
        if (!weal_rd_done(&rd)) e = WEAL_ERR_CORRUPT;
    }
    free(value);
    return e;
}

enum weal_err weal_look_init(struct weal_look *l, struct weal_wallet_rpc *rpc) {
    json_t *result;
    memset(l, 0, sizeof *l);
    l->rpc = rpc;
    enum weal_err e = weal_wallet_rpc_call(rpc, "chain.genesis", NULL, &result);
    if (e != WEAL_OK) return e;
    if (weal_wallet_hex(json_object_get(result, "chain_id"), l->chain.id, 32) != 32) {
        e = WEAL_ERR_CORRUPT;
    }
    json_decref(result);
    if (e == WEAL_OK) e = weal_wallet_rpc_call(rpc, "chain.params", NULL, &result);
    if (e != WEAL_OK) return e;
    l->epoch_ms = (uint64_t)json_integer_value(json_object_get(result, "epoch_ms"));
    l->claim_epochs = (uint64_t)json_integer_value(json_object_get(result, "claim_epochs"));
    l->window_ms = (uint64_t)json_integer_value(json_object_get(result, "wallet_delay_ms"));
    json_decref(result);
    if (l->epoch_ms == 0) return WEAL_ERR_CORRUPT;
    e = at_read(l);
    memcpy(l->chain.lineage, l->at.lineage, 32);
    return e;
}

void weal_look_release(struct weal_look *l) {
    free(l->cohorts);
    l->cohorts = NULL;
    l->cohorts_n = l->cohorts_cap = 0;
}

uint32_t weal_look_epoch(const struct weal_look *l) {
    return (uint32_t)((l->at.time_ms - l->at.genesis_ms) / l->epoch_ms);
}

/* ---- cohorts ---- */

/* The cohort of this id, new at the end if it is beyond all others; NULL: no memory, or an id that
 * a truthful node would have told before. */
static struct weal_look_cohort *cohort_at(struct weal_look *l, uint64_t id) {
    size_t from = 0, to = l->cohorts_n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (l->cohorts[mid].id == id) return &l->cohorts[mid];
        if (l->cohorts[mid].id < id)
            from = mid + 1;
        else
            to = mid;
    }
    if (from != l->cohorts_n) return NULL;
    if (l->cohorts_n == l->cohorts_cap) {
        size_t cap = l->cohorts_cap * 2 + 16;
        struct weal_look_cohort *grown = realloc(l->cohorts, cap * sizeof *grown);
        if (!grown) return NULL;
        l->cohorts = grown;
        l->cohorts_cap = cap;
    }
    struct weal_look_cohort *k = &l->cohorts[l->cohorts_n++];
    *k = (struct weal_look_cohort){.id = id};
    return k;
}

static bool record_take(struct weal_look *l, struct weal_bytes key, struct weal_bytes value) {
    struct weal_rd kr = weal_rd(key), vr = weal_rd(value);
    uint8_t table = weal_rd_u8(&kr);
    const uint8_t *id = weal_rd_take(&kr, 8);
    struct weal_look_cohort *k = id ? cohort_at(l, weal_be64(id)) : NULL;
    if (!k) return false;
    if (table == TABLE_COHORT) {
        struct weal_st_cohort c;
        weal_st_cohort_get(&vr, &c);
        k->kind = c.kind;
        k->usable = c.usable;
        k->epoch = c.epoch;
        k->dissolved = c.dissolved != 0;
        if (c.jurisdiction.n < sizeof k->jurisdiction) {
            memset(k->jurisdiction, 0, sizeof k->jurisdiction);
            if (c.jurisdiction.n != 0) memcpy(k->jurisdiction, c.jurisdiction.p, c.jurisdiction.n);
        }
    } else {
        const uint8_t *version = weal_rd_take(&kr, 2);
        uint16_t v = version ? (uint16_t)(version[0] << 8 | version[1]) : 0;
        if (v < k->ring.version) return true;
        k->ring.cohort = k->id;
        k->ring.version = v;
        weal_st_ring_get(&vr, &k->ring.ring);
    }
    return weal_rd_done(&vr);
}

static bool after_all(const uint8_t *key, size_t n, const uint8_t *last, size_t last_n) {
    int c = memcmp(key, last, n < last_n ? n : last_n);
    return c > 0 || (c == 0 && n > last_n);
}

/* All records of a table, page by page; keys must rise, so that no node can keep us here. */
static enum weal_err table_read(struct weal_look *l, uint8_t table) {
    uint8_t key[256], *value = malloc(VALUE_MAX), after[256];
    size_t after_n = 0;
    enum weal_err e = value ? WEAL_OK : WEAL_ERR_NO_MEMORY;
    for (bool more = true; e == WEAL_OK && more;) {
        json_t *result, *params = json_pack("{s:o, s:i}", "prefix", hex(&table, 1), "limit", PAGE);
        if (after_n != 0) json_object_set_new(params, "after", hex(after, after_n));
        e = weal_wallet_rpc_call(l->rpc, "state.range", params, &result);
        if (e != WEAL_OK) break;
        json_t *records = json_object_get(result, "records"), *r;
        size_t i;
        json_array_foreach(records, i, r) {
            size_t kn = weal_wallet_hex(json_array_get(r, 0), key, sizeof key);
            size_t vn = weal_wallet_hex(json_array_get(r, 1), value, VALUE_MAX);
            if (kn == 0 || key[0] != table || !after_all(key, kn, after, after_n) ||
                !record_take(l, weal_bytes(key, kn), weal_bytes(value, vn))) {
                e = WEAL_ERR_CORRUPT;
                break;
            }
            memcpy(after, key, kn);
            after_n = kn;
        }
        more = json_is_true(json_object_get(result, "more")) && json_array_size(records) != 0;
        json_decref(result);
    }
    free(value);
    return e;
}

enum weal_err weal_look_refresh(struct weal_look *l) {
    enum weal_err e = at_read(l);
    if (e == WEAL_OK) e = table_read(l, TABLE_COHORT);
    if (e == WEAL_OK) e = table_read(l, TABLE_RING);
    return e;
}

const struct weal_look_cohort *weal_look_cohort(const struct weal_look *l, uint8_t kind,
                                                const uint8_t key[32]) {
    for (size_t i = l->cohorts_n; i-- > 0;) {
        const struct weal_look_cohort *k = &l->cohorts[i];
        if (k->kind != kind || k->dissolved || k->usable > l->at.height + 1) continue;
        for (uint16_t m = 0; m < k->ring.ring.keys_n; m++) {
            if (memcmp(k->ring.ring.keys[m].key, key, 32) == 0) return k;
        }
    }
    return NULL;
}
