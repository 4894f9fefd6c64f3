/* SPDX-License-Identifier: ISC */
/* Roots over lists. */
#include "consensus/exec/roots.h"

#include "crypto/hash/hash.h"

static void hash(uint8_t out[32], uint8_t kind, struct weal_bytes a, struct weal_bytes b) {
    struct weal_bytes parts[3] = {{&kind, 1}, a, b};
    weal_hash256(out, WEAL_TAG_BODY, parts, 3);
}

void weal_roots_init(struct weal_roots *r) {
    r->count = 0;
}

void weal_roots_add(struct weal_roots *r, struct weal_bytes item) {
    uint8_t at[32];
    unsigned level = 0;
    hash(at, 0, item, weal_bytes(NULL, 0));
    for (uint32_t n = r->count; n & 1; n >>= 1, level++) {
        hash(at, 1, weal_bytes(r->peak[level], 32), weal_bytes(at, 32));
    }
    memcpy(r->peak[level], at, 32);
    r->count++;
}

void weal_roots_final(const struct weal_roots *r, uint8_t root[32]) {
    uint8_t top[32] = {0}, count[4];
    bool any = false;
    for (unsigned level = 0; level < 32; level++) {
        if (!(r->count >> level & 1)) continue;
        if (any) {
            hash(top, 1, weal_bytes(r->peak[level], 32), weal_bytes(top, 32));
        } else {
            memcpy(top, r->peak[level], 32);
        }
        any = true;
    }
    weal_put_le32(count, r->count);
    hash(root, 2, WEAL_BYTES(count), WEAL_BYTES(top));
}
