/* SPDX-License-Identifier: ISC */
/* A bump allocator over the caller's memory, with mark and rewind: what blocks execute in.
 * Not thread-safe; memory is not cleared. */
#ifndef WEAL_CRYPTO_BASE_ARENA_H
#define WEAL_CRYPTO_BASE_ARENA_H

#include "crypto/base/bytes.h"

struct weal_arena {
    uint8_t *p;
    size_t cap;
    size_t n;    /* bytes in use */
    size_t peak; /* the most that was ever in use */
};

static inline void weal_arena_init(struct weal_arena *a, void *mem, size_t cap) {
    *a = (struct weal_arena){(uint8_t *)mem, cap, 0, 0};
}
/* n bytes aligned to align (a power of two, at most the alignment of mem), or NULL when full. */
static inline void *weal_arena_alloc(struct weal_arena *a, size_t n, size_t align) {
    size_t at = (a->n + align - 1) & ~(align - 1);
    if (at > a->cap || a->cap - at < n) return NULL;
    a->n = at + n;
    if (a->n > a->peak) a->peak = a->n;
    return a->p + at;
}
#define WEAL_ARENA_NEW(a, type, count)                                                             \
    ((type *)weal_arena_alloc((a), sizeof(type) * (size_t)(count), _Alignof(type)))

/* A copy of b in the arena; .p is NULL when the arena is full and b is not empty. */
static inline struct weal_bytes weal_arena_copy(struct weal_arena *a, struct weal_bytes b) {
    uint8_t *p = (uint8_t *)weal_arena_alloc(a, b.n, 1);
    if (p && b.n != 0) memcpy(p, b.p, b.n);
    return (struct weal_bytes){p, p ? b.n : 0};
}
static inline size_t weal_arena_mark(const struct weal_arena *a) {
    return a->n;
}
static inline void weal_arena_rewind(struct weal_arena *a, size_t mark) {
    a->n = mark;
}

#endif
