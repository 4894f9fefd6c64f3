/* SPDX-License-Identifier: ISC */
/* The state tree said once more, in the plainest way: a map as a sorted array and a root by
 * recursion over the definition. What crypto/tree and storage/ compute must agree with it. */
#ifndef WEAL_TESTS_SUPPORT_SHADOW_H
#define WEAL_TESTS_SUPPORT_SHADOW_H

#include "crypto/tree/tree.h"

/* The root of n leaves, sorted by key. */
void shadow_root(uint8_t out[32], const struct weal_tree_leaf *leaf, size_t n);

/* A map from key to value, copied at will. */
struct shadow_pair {
    uint8_t key[64], value[64];
    size_t key_n, value_n;
};
struct shadow {
    struct shadow_pair *pair; /* sorted by key */
    size_t n, cap;
};
void shadow_copy(struct shadow *out, const struct shadow *from);
void shadow_free(struct shadow *s);
struct shadow_pair *shadow_find(const struct shadow *s, struct weal_bytes key);
void shadow_put(struct shadow *s, struct weal_bytes key, struct weal_bytes value);
void shadow_del(struct shadow *s, struct weal_bytes key);
/* The first pair with prefix after `after`. */
struct shadow_pair *shadow_next(const struct shadow *s, struct weal_bytes prefix,
                                struct weal_bytes after);
void shadow_map_root(uint8_t out[32], const struct shadow *s);

#endif
