/* SPDX-License-Identifier: ISC */
/* Four hashes of the state tree at once, private to the tree and to storage/: leaves of a bucket
 * and nodes of one level do not wait for each other, and four lanes of AVX2 hash them in little
 * more than the time of one. Without AVX2 it is four plain hashes. Public data only. */
#ifndef WEAL_CRYPTO_TREE_HASH4_H
#define WEAL_CRYPTO_TREE_HASH4_H

#include "crypto/tree/tree.h"

enum { WEAL_TREE_LANES = 4, WEAL_TREE_INPUT = 65, WEAL_TREE_TAG_LEAF = 0, WEAL_TREE_TAG_NODE = 1 };

/* Jobs gather until there are four; flush does the rest. What a job writes is there only after
 * that, and its inputs are copied when it is given. */
struct weal_tree_jobs {
    uint8_t in[WEAL_TREE_LANES][WEAL_TREE_INPUT];
    uint8_t *out[WEAL_TREE_LANES];
    unsigned count;
};
void weal_tree_jobs_flush(struct weal_tree_jobs *j);
static inline void weal_tree_jobs_add(struct weal_tree_jobs *j, uint8_t out[32], uint8_t tag,
                                      const uint8_t a[32], const uint8_t b[32]) {
    uint8_t *in = j->in[j->count];
    in[0] = tag;
    memcpy(in + 1, a, 32);
    memcpy(in + 33, b, 32);
    j->out[j->count++] = out;
    if (j->count == WEAL_TREE_LANES) weal_tree_jobs_flush(j);
}
/* As weal_tree_join, but the hash, if there is one to make, is a job. The kind is set at once; out
 * is neither left nor right. */
static inline void weal_tree_jobs_join(struct weal_tree_jobs *j, struct weal_tree_node *out,
                                       const struct weal_tree_node *left,
                                       const struct weal_tree_node *right) {
    if (right->kind == WEAL_TREE_EMPTY && left->kind != WEAL_TREE_INNER) {
        *out = *left;
    } else if (left->kind == WEAL_TREE_EMPTY && right->kind != WEAL_TREE_INNER) {
        *out = *right;
    } else {
        out->kind = WEAL_TREE_INNER;
        weal_tree_jobs_add(j, out->hash, WEAL_TREE_TAG_NODE, left->hash, right->hash);
    }
}

/* The back ends: BLAKE2b-256 under WEAL_TAG_STATE of four inputs. */
void weal_tree_hash4_plain(uint8_t *const out[WEAL_TREE_LANES],
                           const uint8_t in[WEAL_TREE_LANES][WEAL_TREE_INPUT]);
void weal_tree_hash4_avx2(uint8_t *const out[WEAL_TREE_LANES],
                          const uint8_t in[WEAL_TREE_LANES][WEAL_TREE_INPUT]);

#endif
