/* SPDX-License-Identifier: ISC */
/* Proofs of the state tree: one encoding each (SPEC.md), so a proof that checks is the only bytes
 * that say it. Soundness rests on the hash alone: the checker rebuilds the path from the leaf up,
 * and what it needs to know of the tree's shape is enforced by the prefix check. */
#include "crypto/tree/tree.h"

#include "crypto/hash/hash.h"

/* end u8 | depth u16 | bitmap, ceil(depth/8) bytes, first level first, high bit first |
 * 32 bytes per set bit, root first | other key hash, other value hash when end is OTHER */
void weal_tree_path_put(struct weal_wr *w, const struct weal_tree_path *path) {
    weal_wr_u8(w, path->end);
    weal_wr_u16(w, path->depth);
    for (unsigned i = 0; i < path->depth; i += 8) {
        uint8_t bits = 0;
        for (unsigned k = i; k < i + 8 && k < path->depth; k++) {
            if (!weal_is_zero32(path->siblings[k])) bits |= (uint8_t)(0x80u >> (k - i));
        }
        weal_wr_u8(w, bits);
    }
    for (unsigned i = 0; i < path->depth; i++) {
        if (!weal_is_zero32(path->siblings[i])) weal_wr_copy(w, path->siblings[i], 32);
    }
    if (path->end == WEAL_TREE_END_OTHER) {
        weal_wr_copy(w, path->other_key, 32);
        weal_wr_copy(w, path->other_value, 32);
    }
}

/* A proof as it lies in foreign bytes. */
struct view {
    uint8_t end;
    unsigned depth, count; /* levels; siblings that are not empty */
    const uint8_t *bitmap, *siblings, *other;
};

static bool bitmap_bit(const struct view *v, unsigned level) {
    return v->bitmap[level / 8] >> (7 - level % 8) & 1;
}

static bool parse(struct view *v, struct weal_bytes proof) {
    struct weal_rd r = weal_rd(proof);
    v->end = weal_rd_u8(&r);
    v->depth = weal_rd_u16(&r);
    if (r.failed || v->end > WEAL_TREE_END_OTHER || v->depth > WEAL_TREE_DEPTH) return false;
    v->bitmap = weal_rd_take(&r, (v->depth + 7) / 8);
    if (!v->bitmap) return false;
    v->count = 0;
    for (unsigned i = 0; i < (v->depth + 7) / 8 * 8; i++) {
        if (!bitmap_bit(v, i)) continue;
        if (i >= v->depth) return false;
        v->count++;
    }
    v->siblings = weal_rd_take(&r, 32 * (size_t)v->count);
    v->other = v->end == WEAL_TREE_END_OTHER ? weal_rd_take(&r, 64) : NULL;
    if (!weal_rd_done(&r)) return false;
    for (unsigned i = 0; i < v->count; i++) {
        if (weal_is_zero32(v->siblings + 32 * (size_t)i)) return false;
    }
    /* a lone leaf, and an empty place, would stand higher up */
    return v->depth == 0 || bitmap_bit(v, v->depth - 1);
}

/* From the end of the path up to the root. The hashing is that of inner nodes only: on a real path
 * every level above the end is one. */
static enum weal_verdict climb(const struct view *v, const uint8_t root[32],
                               const uint8_t key_hash[32], const struct weal_tree_node *end) {
    struct weal_tree_node at = *end, sibling;
    unsigned used = v->count;
    for (unsigned level = v->depth; level-- != 0;) {
        sibling.kind = WEAL_TREE_INNER;
        if (bitmap_bit(v, level)) {
            memcpy(sibling.hash, v->siblings + 32 * (size_t)--used, 32);
        } else {
            memset(sibling.hash, 0, 32);
        }
        if (weal_tree_bit(key_hash, level)) {
            weal_tree_join(&at, &sibling, &at);
        } else {
            weal_tree_join(&at, &at, &sibling);
        }
    }
    return memcmp(at.hash, root, 32) == 0 ? WEAL_ACCEPT : WEAL_V_TREE_ROOT;
}

enum weal_verdict weal_tree_check_present(const uint8_t root[32], struct weal_bytes key,
                                          struct weal_bytes value, struct weal_bytes proof) {
    struct view v;
    uint8_t key_hash[32], value_hash[32];
    struct weal_tree_node leaf = {{0}, WEAL_TREE_LEAF};
    if (!parse(&v, proof)) return WEAL_V_TREE_FORM;
    if (v.end != WEAL_TREE_END_SELF) return WEAL_V_TREE_PATH;
    weal_tree_key(key_hash, key);
    weal_tree_value(value_hash, value);
    weal_tree_leaf_hash(leaf.hash, key_hash, value_hash);
    return climb(&v, root, key_hash, &leaf);
}

enum weal_verdict weal_tree_check_absent(const uint8_t root[32], struct weal_bytes key,
                                         struct weal_bytes proof) {
    struct view v;
    uint8_t key_hash[32];
    struct weal_tree_node end = {{0}, WEAL_TREE_EMPTY};
    if (!parse(&v, proof)) return WEAL_V_TREE_FORM;
    if (v.end == WEAL_TREE_END_SELF) return WEAL_V_TREE_PATH;
    weal_tree_key(key_hash, key);
    if (v.end == WEAL_TREE_END_OTHER) {
        /* the leaf found instead must be another one, and stand where the key would */
        unsigned common = weal_tree_common(key_hash, v.other);
        if (common == WEAL_TREE_DEPTH || common < v.depth) return WEAL_V_TREE_PATH;
        weal_tree_leaf_hash(end.hash, v.other, v.other + 32);
        end.kind = WEAL_TREE_LEAF;
    }
    return climb(&v, root, key_hash, &end);
}
