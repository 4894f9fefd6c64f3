/* SPDX-License-Identifier: ISC */
/* The state tree: a binary sparse Merkle tree over hashed keys whose root is a pure function of the
 * set of records. SPEC.md has the rules and the bytes of a proof; storage/ keeps the tree, the
 * wallet only checks. Everything here is pure and in variable time (public data); any thread.
 *
 *   key hash  k = H(0x02 | key)          value hash  v = H(0x03 | value)
 *   leaf        = H(0x00 | k | v)        inner node    = H(0x01 | left | right)
 *   an empty subtree is 32 zero bytes; a subtree with one leaf is that leaf
 * with H = BLAKE2b-256 under WEAL_TAG_STATE, bits of k from the most significant one down. */
#ifndef WEAL_CRYPTO_TREE_TREE_H
#define WEAL_CRYPTO_TREE_TREE_H

#include "crypto/base/bytes.h"
#include "crypto/base/verdict.h"

enum {
    WEAL_TREE_DEPTH = 256,
    /* form, depth, bitmap, siblings, other leaf */
    WEAL_TREE_PROOF_MAX = 3 + 32 + 32 * WEAL_TREE_DEPTH + 64,
};

/* What a subtree is: leaves are told from inner nodes, because a lone leaf moves up. */
enum weal_tree_kind { WEAL_TREE_EMPTY, WEAL_TREE_LEAF, WEAL_TREE_INNER };
struct weal_tree_node {
    uint8_t hash[32];
    uint8_t kind; /* enum weal_tree_kind */
};
struct weal_tree_leaf {
    uint8_t key[32];   /* key hash */
    uint8_t value[32]; /* value hash; zeros where a list of changes removes the key */
};

void weal_tree_key(uint8_t out[32], struct weal_bytes key);
void weal_tree_value(uint8_t out[32], struct weal_bytes value);
void weal_tree_leaf_hash(uint8_t out[32], const uint8_t key_hash[32], const uint8_t value_hash[32]);
/* The subtree above two sibling subtrees. out may be one of them. */
void weal_tree_join(struct weal_tree_node *out, const struct weal_tree_node *left,
                    const struct weal_tree_node *right);
/* The subtree of count leaves, sorted and distinct by key, that agree in their first depth bits. */
void weal_tree_of_leaves(struct weal_tree_node *out, const struct weal_tree_leaf *leaves,
                         size_t count, unsigned depth);

static inline unsigned weal_tree_bit(const uint8_t key_hash[32], unsigned depth) {
    return key_hash[depth / 8] >> (7 - depth % 8) & 1u;
}
/* How many leading bits two hashes share: 0..256. */
unsigned weal_tree_common(const uint8_t a[32], const uint8_t b[32]);

/* ---- proofs ---- */

/* Checks that key has this value, or has none, in the state with this root. The proof is foreign:
 * tree-proof-form for bytes that are no proof or not in its one encoding, tree-proof-path when it
 * speaks of another place, tree-proof-root when it does not lead to the root. */
enum weal_verdict weal_tree_check_present(const uint8_t root[32], struct weal_bytes key,
                                          struct weal_bytes value, struct weal_bytes proof);
enum weal_verdict weal_tree_check_absent(const uint8_t root[32], struct weal_bytes key,
                                         struct weal_bytes proof);

/* A proof being made, by storage/: siblings from the root down, then where the path ends. */
struct weal_tree_path {
    uint16_t depth; /* levels walked */
    uint8_t end;    /* enum weal_tree_end */
    uint8_t siblings[WEAL_TREE_DEPTH][32];
    uint8_t other_key[32]; /* key hash and value hash of the leaf found instead */
    uint8_t other_value[32];
};
enum weal_tree_end { WEAL_TREE_END_SELF, WEAL_TREE_END_EMPTY, WEAL_TREE_END_OTHER };
void weal_tree_path_put(struct weal_wr *w, const struct weal_tree_path *path);

#endif
