/* SPDX-License-Identifier: ISC */
/* Roots over lists. */
#include "consensus/light/roots.h"

#include "crypto/base/bug.h"
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

void weal_roots_leaf(uint8_t leaf[32], struct weal_bytes item) {
    hash(leaf, 0, item, weal_bytes(NULL, 0));
}

/* Level by level: pairs are joined, a last one without a sibling moves up as it is. */
unsigned weal_roots_path(uint8_t path[WEAL_ROOTS_PATH_MAX][32], uint8_t (*leaves)[32],
                         uint32_t count, uint32_t index) {
    unsigned n = 0;
    WEAL_ASSERT(index < count);
    for (; count > 1; count = count / 2 + count % 2, index /= 2) {
        if ((index ^ 1) < count) memcpy(path[n++], leaves[index ^ 1], 32);
        for (uint32_t i = 0; i < count; i += 2) {
            if (i + 1 < count) {
                hash(leaves[i / 2], 1, weal_bytes(leaves[i], 32), weal_bytes(leaves[i + 1], 32));
            } else {
                memmove(leaves[i / 2], leaves[i], 32);
            }
        }
    }
    return n;
}

bool weal_roots_check(const uint8_t root[32], uint32_t count, uint32_t index,
                      struct weal_bytes item, const uint8_t (*path)[32], unsigned n) {
    uint8_t at[32], number[4], top[32];
    unsigned used = 0;
    if (index >= count) return false;
    weal_put_le32(number, count);
    weal_roots_leaf(at, item);
    for (; count > 1; count = count / 2 + count % 2, index /= 2) {
        if ((index ^ 1) >= count) continue;
        if (used == n) return false;
        struct weal_bytes own = WEAL_BYTES(at), other = weal_bytes(path[used++], 32);
        hash(at, 1, index & 1 ? other : own, index & 1 ? own : other);
    }
    hash(top, 2, WEAL_BYTES(number), WEAL_BYTES(at));
    return used == n && memcmp(top, root, 32) == 0;
}
