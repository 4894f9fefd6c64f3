/* SPDX-License-Identifier: ISC */
/* Roots over the transactions and receipts of a block: a binary Merkle tree over the list, its
 * shape given by the count alone (RFC 6962's: the left subtree is the largest power of two below).
 *   leaf = H(0x00 | item)   node = H(0x01 | left | right)   top of no items: 32 zero bytes
 * with H = BLAKE2b-256 under "weal/body". An item is a transaction's id, or for receipts the id and
 * then the verdict's stable name. The root hashed with the count: H(0x02 | count u32 | top). */
#ifndef WEAL_CONSENSUS_LIGHT_ROOTS_H
#define WEAL_CONSENSUS_LIGHT_ROOTS_H

#include "crypto/base/bytes.h"

/* A root being made, item by item. */
struct weal_roots {
    uint8_t peak[32][32]; /* complete subtrees of 2^k leaves waiting for a sibling */
    uint32_t count;
};
void weal_roots_init(struct weal_roots *r);
void weal_roots_add(struct weal_roots *r, struct weal_bytes item);
void weal_roots_final(const struct weal_roots *r, uint8_t root[32]);

/* ---- that one item stands at an index of a list with this root ---- */
enum { WEAL_ROOTS_PATH_MAX = 32 };
void weal_roots_leaf(uint8_t leaf[32], struct weal_bytes item);
/* Siblings from the leaf up, for index < count; leaves are overwritten. Returns how many. */
unsigned weal_roots_path(uint8_t path[WEAL_ROOTS_PATH_MAX][32], uint8_t (*leaves)[32],
                         uint32_t count, uint32_t index);
/* True when item at index of count items leads to the root by exactly these n siblings. */
bool weal_roots_check(const uint8_t root[32], uint32_t count, uint32_t index,
                      struct weal_bytes item, const uint8_t (*path)[32], unsigned n);

#endif
