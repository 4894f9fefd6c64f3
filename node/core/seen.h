/* SPDX-License-Identifier: ISC */
/* What was verified lately: a bounded set of 32-byte keys in two generations. A key is remembered
 * for at least `half` and at most twice as many later ones. It only saves work: what is forgotten
 * is verified again. One thread. */
#ifndef WEAL_NODE_CORE_SEEN_H
#define WEAL_NODE_CORE_SEEN_H

#include "node/mempool/idtable.h"

struct weal_seen {
    struct weal_idtable young, old;
    uint32_t half;
};

static inline void weal_seen_init(struct weal_seen *s, const uint8_t key[16], uint32_t half) {
    weal_idtable_init(&s->young, key);
    weal_idtable_init(&s->old, key);
    s->half = half;
}
static inline void weal_seen_release(struct weal_seen *s) {
    weal_idtable_release(&s->young);
    weal_idtable_release(&s->old);
}
static inline bool weal_seen_has(const struct weal_seen *s, const uint8_t key[32]) {
    return weal_idtable_get(&s->young, key) != WEAL_IDTABLE_NONE ||
           weal_idtable_get(&s->old, key) != WEAL_IDTABLE_NONE;
}
static inline void weal_seen_add(struct weal_seen *s, const uint8_t key[32]) {
    if (s->young.n >= s->half) {
        struct weal_idtable t = s->old;
        s->old = s->young;
        s->young = t;
        for (uint32_t i = 0; i < t.cap; i++) t.slots[i].value = WEAL_IDTABLE_NONE;
        s->young.n = 0;
    }
    /* without memory the key is not remembered, which costs work and nothing else */
    if (weal_idtable_put(&s->young, key, 0) != WEAL_OK) return;
}

#endif
