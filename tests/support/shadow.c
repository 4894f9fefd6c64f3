/* SPDX-License-Identifier: ISC */
/* Slow and plain on purpose: one sorted array, full recomputation. */
#include "tests/support/shadow.h"

#include <stdlib.h>

#include "crypto/hash/hash.h"

static void hash2(uint8_t out[32], uint8_t tag, const uint8_t *a, const uint8_t *b) {
    const struct weal_bytes parts[] = {{&tag, 1}, {a, 32}, {b, 32}};
    weal_hash256(out, WEAL_TAG_STATE, parts, 3);
}

static void subtree(uint8_t out[32], const struct weal_tree_leaf *leaf, size_t n, unsigned depth) {
    uint8_t left[32], right[32];
    size_t k = 0;
    memset(out, 0, 32);
    if (n == 0) return;
    if (n == 1) {
        hash2(out, 0, leaf->key, leaf->value);
        return;
    }
    while (k < n && !(leaf[k].key[depth / 8] << depth % 8 & 0x80)) k++;
    subtree(left, leaf, k, depth + 1);
    subtree(right, leaf + k, n - k, depth + 1);
    hash2(out, 1, left, right);
}

void shadow_root(uint8_t out[32], const struct weal_tree_leaf *leaf, size_t n) {
    subtree(out, leaf, n, 0);
}

void shadow_copy(struct shadow *out, const struct shadow *from) {
    out->n = out->cap = from->n;
    out->pair = malloc((from->n + 1) * sizeof *out->pair);
    if (from->n) memcpy(out->pair, from->pair, from->n * sizeof *out->pair);
}

void shadow_free(struct shadow *s) {
    free(s->pair);
    *s = (struct shadow){0};
}

static struct weal_bytes key_of(const struct shadow_pair *p) {
    return (struct weal_bytes){p->key, p->key_n};
}

static size_t place(const struct shadow *s, struct weal_bytes key) {
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (weal_bytes_compare_var(key_of(&s->pair[mid]), key) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

struct shadow_pair *shadow_find(const struct shadow *s, struct weal_bytes key) {
    size_t i = place(s, key);
    return i < s->n && weal_bytes_equal_var(key_of(&s->pair[i]), key) ? &s->pair[i] : NULL;
}

void shadow_put(struct shadow *s, struct weal_bytes key, struct weal_bytes value) {
    size_t i = place(s, key);
    if (i == s->n || !weal_bytes_equal_var(key_of(&s->pair[i]), key)) {
        if (s->n == s->cap) {
            s->cap = s->cap * 2 + 16;
            s->pair = realloc(s->pair, s->cap * sizeof *s->pair);
        }
        memmove(s->pair + i + 1, s->pair + i, (s->n - i) * sizeof *s->pair);
        s->n++;
    }
    struct shadow_pair *p = &s->pair[i];
    memcpy(p->key, key.p, p->key_n = key.n);
    p->value_n = value.n;
    if (value.n) memcpy(p->value, value.p, value.n);
}

void shadow_del(struct shadow *s, struct weal_bytes key) {
    struct shadow_pair *p = shadow_find(s, key);
    if (!p) return;
    memmove(p, p + 1, (size_t)(s->pair + s->n - p - 1) * sizeof *p);
    s->n--;
}

struct shadow_pair *shadow_next(const struct shadow *s, struct weal_bytes prefix,
                                struct weal_bytes after) {
    for (size_t i = place(s, after.n == 0 ? prefix : after); i < s->n; i++) {
        struct weal_bytes k = key_of(&s->pair[i]);
        if (k.n >= prefix.n && prefix.n != 0 && memcmp(k.p, prefix.p, prefix.n) > 0) break;
        if (k.n < prefix.n || memcmp(k.p, prefix.p, prefix.n) != 0) continue;
        if (after.n == 0 || weal_bytes_compare_var(k, after) > 0) return &s->pair[i];
    }
    return NULL;
}

static int by_key(const void *a, const void *b) {
    return memcmp(a, b, 32);
}

void shadow_map_root(uint8_t out[32], const struct shadow *s) {
    struct weal_tree_leaf *leaf = malloc((s->n + 1) * sizeof *leaf);
    for (size_t i = 0; i < s->n; i++) {
        weal_tree_key(leaf[i].key, key_of(&s->pair[i]));
        weal_tree_value(leaf[i].value, weal_bytes(s->pair[i].value, s->pair[i].value_n));
    }
    qsort(leaf, s->n, sizeof *leaf, by_key);
    shadow_root(out, leaf, s->n);
    free(leaf);
}
