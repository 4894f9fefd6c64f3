/* SPDX-License-Identifier: ISC */
/* Hashes of the state tree. Every input is one short block of BLAKE2b, told apart by its first
 * byte, so that no key, value, leaf or node can be shown for another. */
#include "crypto/tree/tree.h"

#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"
#include "crypto/tree/hash4.h"

enum { TAG_LEAF = WEAL_TREE_TAG_LEAF, TAG_NODE = WEAL_TREE_TAG_NODE, TAG_KEY = 2, TAG_VALUE = 3 };

static void hash_pair(uint8_t out[32], uint8_t tag, const uint8_t a[32], const uint8_t b[32]) {
    uint8_t in[65];
    in[0] = tag;
    memcpy(in + 1, a, 32);
    memcpy(in + 33, b, 32);
    weal_hash256_one(out, WEAL_TAG_STATE, WEAL_BYTES(in));
}

static void hash_bytes(uint8_t out[32], uint8_t tag, struct weal_bytes data) {
    const struct weal_bytes parts[2] = {{&tag, 1}, data};
    weal_hash256(out, WEAL_TAG_STATE, parts, 2);
}

void weal_tree_key(uint8_t out[32], struct weal_bytes key) {
    hash_bytes(out, TAG_KEY, key);
}

void weal_tree_value(uint8_t out[32], struct weal_bytes value) {
    hash_bytes(out, TAG_VALUE, value);
}

void weal_tree_leaf_hash(uint8_t out[32], const uint8_t key_hash[32],
                         const uint8_t value_hash[32]) {
    hash_pair(out, TAG_LEAF, key_hash, value_hash);
}

void weal_tree_join(struct weal_tree_node *out, const struct weal_tree_node *left,
                    const struct weal_tree_node *right) {
    if (right->kind == WEAL_TREE_EMPTY && left->kind != WEAL_TREE_INNER) {
        *out = *left;
    } else if (left->kind == WEAL_TREE_EMPTY && right->kind != WEAL_TREE_INNER) {
        *out = *right;
    } else {
        hash_pair(out->hash, TAG_NODE, left->hash, right->hash);
        out->kind = WEAL_TREE_INNER;
    }
}

unsigned weal_tree_common(const uint8_t a[32], const uint8_t b[32]) {
    for (unsigned i = 0; i < 32; i += 8) {
        uint64_t x = weal_be64(a + i) ^ weal_be64(b + i);
        if (x != 0) return i * 8 + (unsigned)__builtin_clzll(x);
    }
    return WEAL_TREE_DEPTH;
}

/* Moves a subtree that stands at depth from up to depth to, past levels where it is alone. A leaf
 * or nothing stays what it is; an inner node is joined with nothing at each level. */
static void lift(struct weal_tree_node *n, const uint8_t key[32], unsigned from, unsigned to) {
    static const struct weal_tree_node none = {{0}, WEAL_TREE_EMPTY};
    if (n->kind != WEAL_TREE_INNER) return;
    while (from > to) {
        from--;
        if (weal_tree_bit(key, from)) {
            weal_tree_join(n, &none, n);
        } else {
            weal_tree_join(n, n, &none);
        }
    }
}

/* Hashes of up to four leaves together. */
static void leaf_hashes(uint8_t out[WEAL_TREE_LANES][32], const struct weal_tree_leaf *leaf,
                        size_t count) {
    struct weal_tree_jobs jobs = {.count = 0};
    for (size_t i = 0; i < count && i < WEAL_TREE_LANES; i++) {
        weal_tree_jobs_add(&jobs, out[i], TAG_LEAF, leaf[i].key, leaf[i].value);
    }
    weal_tree_jobs_flush(&jobs);
}

/* Few leaves, as in a bucket: level by level from the deepest fork up, so that the hashes of one
 * level, which do not wait for each other, share the lanes. A node alone at its level is joined
 * with nothing, if it is no leaf. */
enum { FEW = 32 };
static void of_few(struct weal_tree_node *out, const struct weal_tree_leaf *leaf, size_t count,
                   unsigned depth) {
    static const struct weal_tree_node none = {{0}, WEAL_TREE_EMPTY};
    struct weal_tree_node node[2][FEW];
    const uint8_t *key[FEW]; /* of one leaf under each node */
    unsigned fork[FEW];      /* depth where it parts from the next */
    struct weal_tree_jobs jobs = {.count = 0};
    unsigned level = depth, now = 0;
    for (size_t i = 0; i < count; i++) {
        node[0][i].kind = WEAL_TREE_LEAF;
        weal_tree_jobs_add(&jobs, node[0][i].hash, TAG_LEAF, leaf[i].key, leaf[i].value);
        key[i] = leaf[i].key;
        fork[i] = WEAL_TREE_DEPTH;
        if (i + 1 == count) break;
        fork[i] = weal_tree_common(leaf[i].key, leaf[i + 1].key);
        WEAL_ASSERT(fork[i] >= depth && fork[i] < WEAL_TREE_DEPTH);
        if (fork[i] >= level) level = fork[i] + 1;
    }
    weal_tree_jobs_flush(&jobs);
    while (level-- > depth) {
        const struct weal_tree_node *from = node[now];
        struct weal_tree_node *to = node[now ^= 1];
        size_t n = 0;
        for (size_t i = 0; i < count; i++, n++) {
            const uint8_t *k = key[i];
            if (fork[i] == level) {
                weal_tree_jobs_join(&jobs, &to[n], &from[i], &from[i + 1]);
                i++;
            } else if (from[i].kind != WEAL_TREE_INNER) {
                to[n] = from[i];
            } else {
                bool right = weal_tree_bit(k, level);
                weal_tree_jobs_join(&jobs, &to[n], right ? &none : &from[i],
                                    right ? &from[i] : &none);
            }
            key[n] = k;
            fork[n] = fork[i];
        }
        weal_tree_jobs_flush(&jobs);
        count = n;
    }
    WEAL_ASSERT(count == 1);
    *out = node[now][0];
}

/* One pass from left to right. The stack holds the finished left subtrees that wait for their right
 * sibling, each with the depth of the node that will join them; those depths grow upwards, so there
 * are at most 256. A new leaf that shares fewer bits with its neighbour than a waiting node is deep
 * closes that node. */
void weal_tree_of_leaves(struct weal_tree_node *out, const struct weal_tree_leaf *leaves,
                         size_t count, unsigned depth) {
    struct {
        struct weal_tree_node node;
        unsigned fork; /* depth of the node whose left child this is */
    } wait[WEAL_TREE_DEPTH];
    size_t waiting = 0;
    uint8_t hash[WEAL_TREE_LANES][32];
    if (count == 0) {
        *out = (struct weal_tree_node){{0}, WEAL_TREE_EMPTY};
        return;
    }
    if (count <= FEW) {
        of_few(out, leaves, count, depth);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *key = leaves[i].key;
        unsigned fork = depth; /* where the next leaf parts from this one */
        if (i + 1 < count) {
            fork = weal_tree_common(key, leaves[i + 1].key);
            WEAL_ASSERT(fork >= depth && fork < WEAL_TREE_DEPTH);
        }
        struct weal_tree_node at = {.kind = WEAL_TREE_LEAF};
        if (i % WEAL_TREE_LANES == 0) leaf_hashes(hash, leaves + i, count - i);
        memcpy(at.hash, hash[i % WEAL_TREE_LANES], 32);
        unsigned level = WEAL_TREE_DEPTH;
        bool last = i + 1 == count;
        while (waiting != 0 && (last || wait[waiting - 1].fork > fork)) {
            waiting--;
            lift(&at, key, level, wait[waiting].fork + 1);
            weal_tree_join(&at, &wait[waiting].node, &at);
            level = wait[waiting].fork;
        }
        lift(&at, key, level, last ? depth : fork + 1);
        if (last) {
            *out = at;
        } else {
            WEAL_ASSERT(waiting < WEAL_TREE_DEPTH);
            wait[waiting].node = at;
            wait[waiting++].fork = fork;
        }
    }
}
