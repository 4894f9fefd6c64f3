/* SPDX-License-Identifier: ISC */
#include "node/mempool/idtable.h"

#include <sodium.h>
#include <stdlib.h>

void weal_idtable_init(struct weal_idtable *t, const uint8_t hash_key[16]) {
    *t = (struct weal_idtable){0};
    memcpy(t->hash_key, hash_key, 16);
}

void weal_idtable_release(struct weal_idtable *t) {
    free(t->slots);
    t->slots = NULL;
    t->cap = t->n = 0;
}

static uint32_t home(const struct weal_idtable *t, const uint8_t key[32]) {
    uint8_t h[8];
    crypto_shorthash(h, key, 32, t->hash_key);
    return weal_le32(h) & (t->cap - 1);
}

/* The slot of key, or the empty one where it would go. cap is not 0. */
static uint32_t find(const struct weal_idtable *t, const uint8_t key[32]) {
    uint32_t i = home(t, key);
    while (t->slots[i].value != WEAL_IDTABLE_NONE && memcmp(t->slots[i].key, key, 32) != 0) {
        i = (i + 1) & (t->cap - 1);
    }
    return i;
}

uint32_t weal_idtable_get(const struct weal_idtable *t, const uint8_t key[32]) {
    return t->cap == 0 ? WEAL_IDTABLE_NONE : t->slots[find(t, key)].value;
}

static enum weal_err grow(struct weal_idtable *t) {
    struct weal_idtable old = *t;
    uint32_t cap = old.cap == 0 ? 64 : old.cap * 2;
    struct weal_idtable_slot *slots = malloc((size_t)cap * sizeof *slots);
    if (!slots) return WEAL_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < cap; i++) slots[i].value = WEAL_IDTABLE_NONE;
    t->slots = slots;
    t->cap = cap;
    for (uint32_t i = 0; i < old.cap; i++) {
        if (old.slots[i].value != WEAL_IDTABLE_NONE)
            slots[find(t, old.slots[i].key)] = old.slots[i];
    }
    free(old.slots);
    return WEAL_OK;
}

enum weal_err weal_idtable_put(struct weal_idtable *t, const uint8_t key[32], uint32_t value) {
    WEAL_ASSERT(value != WEAL_IDTABLE_NONE);
    if (t->n >= t->cap / 2) {
        enum weal_err e = grow(t);
        if (e != WEAL_OK) return e;
    }
    struct weal_idtable_slot *s = &t->slots[find(t, key)];
    t->n += s->value == WEAL_IDTABLE_NONE;
    memcpy(s->key, key, 32);
    s->value = value;
    return WEAL_OK;
}

void weal_idtable_del(struct weal_idtable *t, const uint8_t key[32]) {
    if (t->cap == 0) return;
    uint32_t mask = t->cap - 1, hole = find(t, key);
    if (t->slots[hole].value == WEAL_IDTABLE_NONE) return;
    t->n--;
    /* move back every follower whose home is not between the hole and itself */
    for (uint32_t i = (hole + 1) & mask; t->slots[i].value != WEAL_IDTABLE_NONE;
         i = (i + 1) & mask) {
        uint32_t h = home(t, t->slots[i].key);
        if (((i - h) & mask) >= ((i - hole) & mask)) {
            t->slots[hole] = t->slots[i];
            hole = i;
        }
    }
    t->slots[hole].value = WEAL_IDTABLE_NONE;
}
