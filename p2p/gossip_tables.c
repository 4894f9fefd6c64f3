/* SPDX-License-Identifier: ISC */
#include "p2p/gossip_int.h"

/* Peers know our salt and may choose ids; they don't know the key that spreads them here. */
static uint32_t spread(uint64_t id, uint64_t key, uint32_t slots) {
    uint64_t x = (id ^ key) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 29) * (key | 1);
    return (uint32_t)(x >> 32) & (slots - 1);
}

/* ---- wants ---- */

struct gossip_want *gossip_want_find(struct gossip_wants *t, uint64_t id) {
    for (uint32_t i = spread(id, t->key, GOSSIP_WANT_SLOTS);; i = (i + 1) % GOSSIP_WANT_SLOTS) {
        if (t->slot[i].id == id) return &t->slot[i];
        if (t->slot[i].id == 0) return NULL;
    }
}

struct gossip_want *gossip_want_add(struct gossip_wants *t, uint64_t id) {
    if (t->n >= WEAL_P2P_FETCHES_MAX) return NULL;
    uint32_t i = spread(id, t->key, GOSSIP_WANT_SLOTS);
    while (t->slot[i].id != 0) i = (i + 1) % GOSSIP_WANT_SLOTS;
    t->slot[i] = (struct gossip_want){.id = id};
    t->n++;
    return &t->slot[i];
}

/* Closes the gap, so that no probe stops short. */
void gossip_want_drop(struct gossip_wants *t, struct gossip_want *w) {
    uint32_t hole = (uint32_t)(w - t->slot);
    t->n--;
    for (uint32_t i = hole;;) {
        i = (i + 1) % GOSSIP_WANT_SLOTS;
        if (t->slot[i].id == 0) break;
        uint32_t home = spread(t->slot[i].id, t->key, GOSSIP_WANT_SLOTS);
        uint32_t from_home = (i - home) % GOSSIP_WANT_SLOTS;
        uint32_t from_hole = (i - hole) % GOSSIP_WANT_SLOTS;
        if (from_home < from_hole) continue;
        t->slot[hole] = t->slot[i];
        hole = i;
    }
    t->slot[hole].id = 0;
}

/* ---- known ---- */

static uint32_t known_at(const struct gossip_known *k, uint32_t gen, uint64_t id) {
    uint32_t i = spread(id, k->key, GOSSIP_KNOWN_SLOTS);
    while (k->slot[gen][i] != id && k->slot[gen][i] != 0) i = (i + 1) % GOSSIP_KNOWN_SLOTS;
    return i;
}

bool gossip_known_has(const struct gossip_known *k, uint64_t id) {
    return k->slot[0][known_at(k, 0, id)] == id || k->slot[1][known_at(k, 1, id)] == id;
}

void gossip_known_add(struct gossip_known *k, uint64_t id) {
    if (gossip_known_has(k, id)) return;
    if (k->n[k->now] == WEAL_P2P_KNOWN_IDS) {
        k->now = !k->now;
        k->n[k->now] = 0;
        memset(k->slot[k->now], 0, sizeof k->slot[0]);
    }
    k->slot[k->now][known_at(k, k->now, id)] = id;
    k->n[k->now]++;
}

void gossip_known_drop(struct gossip_known *k, uint64_t id) {
    for (uint32_t gen = 0; gen < 2; gen++) {
        uint32_t i = known_at(k, gen, id);
        if (k->slot[gen][i] == id)
            k->slot[gen][i] = 1; /* still counted: the table stays half full */
    }
}

/* ---- sent ---- */

void gossip_sent_add(struct gossip_sents *t, uint64_t id, uint32_t ref) {
    uint32_t set = (uint32_t)(id % GOSSIP_SENT_SETS);
    t->slot[set][t->turn[set]] = (struct gossip_sent){id, ref, 0};
    t->turn[set] = (uint8_t)((t->turn[set] + 1) % GOSSIP_SENT_WAYS);
}

struct gossip_sent *gossip_sent_find(struct gossip_sents *t, uint64_t id) {
    struct gossip_sent *set = t->slot[id % GOSSIP_SENT_SETS];
    for (int i = 0; i < GOSSIP_SENT_WAYS; i++) {
        if (set[i].id == id) return &set[i];
    }
    return NULL;
}
