/* SPDX-License-Identifier: ISC */
/* A growing hash table from 32-byte keys to u32, keyed by SipHash so that nobody can choose
 * collisions. Linear probing, deletion by shifting back, load at most one half. Heap memory. */
#ifndef WEAL_NODE_MEMPOOL_IDTABLE_H
#define WEAL_NODE_MEMPOOL_IDTABLE_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

#define WEAL_IDTABLE_NONE UINT32_MAX /* "no such key"; never a value */

struct weal_idtable_slot {
    uint8_t key[32];
    uint32_t value;
};
struct weal_idtable {
    struct weal_idtable_slot *slots;
    uint32_t cap; /* a power of two, or 0 */
    uint32_t n;
    uint8_t hash_key[16];
};

void weal_idtable_init(struct weal_idtable *t, const uint8_t hash_key[16]);
void weal_idtable_release(struct weal_idtable *t);
uint32_t weal_idtable_get(const struct weal_idtable *t, const uint8_t key[32]);
/* Sets or replaces; value must not be WEAL_IDTABLE_NONE. NO_MEMORY leaves the table as it was. */
WEAL_MUST_USE enum weal_err weal_idtable_put(struct weal_idtable *t, const uint8_t key[32],
                                             uint32_t value);
void weal_idtable_del(struct weal_idtable *t, const uint8_t key[32]);

#endif
