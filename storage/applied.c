/* SPDX-License-Identifier: ISC */
/* The one record in which the database says which block it holds. It is written in the commit that
 * writes the block, so the two never disagree. */
#include "storage/apply.h"

#include "storage/applied_int.h"

enum { FORMAT = 1 };

static const uint8_t applied_key[] = "applied";

enum weal_err weal_applied_read(struct weal_kv_snap *s, struct weal_applied *out) {
    struct weal_bytes value;
    *out = (struct weal_applied){.height = WEAL_STATE_NO_HEIGHT};
    enum weal_err e = weal_kv_get(s, WEAL_KV_META, weal_bytes(applied_key, 7), &value);
    if (e == WEAL_ERR_NOT_FOUND) return WEAL_OK;
    if (e != WEAL_OK) return e;
    struct weal_rd r = weal_rd(value);
    uint32_t format = weal_rd_u32(&r);
    if (!r.failed && format != FORMAT) return WEAL_ERR_VERSION;
    out->height = weal_rd_u64(&r);
    weal_rd_copy(&r, out->root, 32);
    weal_rd_copy(&r, out->id, 32);
    if (!weal_rd_done(&r)) return WEAL_ERR_CORRUPT;
    return weal_kv_count(s, WEAL_KV_LEAF, &out->leaves);
}

enum weal_err weal_applied_write(struct weal_kv *kv, const struct weal_applied *a) {
    uint8_t buf[4 + 8 + 64];
    struct weal_wr w = weal_wr(buf, sizeof buf);
    weal_wr_u32(&w, FORMAT);
    weal_wr_u64(&w, a->height);
    weal_wr_copy(&w, a->root, 32);
    weal_wr_copy(&w, a->id, 32);
    return weal_kv_put(kv, WEAL_KV_META, weal_bytes(applied_key, 7), weal_wr_done(&w), false);
}

enum weal_err weal_applied_seed(struct weal_kv *kv, uint64_t height, const uint8_t root[32],
                                const uint8_t id[32]) {
    struct weal_applied a = {.height = height};
    memcpy(a.root, root, 32);
    memcpy(a.id, id, 32);
    return weal_applied_write(kv, &a);
}
