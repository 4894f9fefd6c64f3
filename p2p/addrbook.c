/* SPDX-License-Identifier: ISC */
#include "p2p/addrbook.h"

void weal_addrbook_init(struct weal_addrbook *b, uint64_t seed) {
    memset(b, 0, sizeof *b);
    b->rng = seed | 1;
}

/* xorshift64*: for spreading load and choices nobody gains by guessing. */
uint32_t weal_addrbook_draw(struct weal_addrbook *b, uint32_t n) {
    b->rng ^= b->rng >> 12;
    b->rng ^= b->rng << 25;
    b->rng ^= b->rng >> 27;
    return (uint32_t)(((b->rng * 2685821657736338717u) >> 32) * n >> 32);
}

static bool is_ipv4(const uint8_t ip[16]) {
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(ip, prefix, 12) == 0;
}

uint32_t weal_addrbook_group(const uint8_t ip[16]) {
    if (is_ipv4(ip)) return 0xffff0000u | (uint32_t)ip[12] << 8 | ip[13];
    return weal_be32(ip);
}

bool weal_addrbook_loopback(const uint8_t ip[16]) {
    static const uint8_t one[16] = {[15] = 1};
    return is_ipv4(ip) ? ip[12] == 127 : memcmp(ip, one, 16) == 0;
}

bool weal_addrbook_usable(const struct weal_peers_addr *a) {
    static const uint8_t zeros[16];
    if (a->port == 0 || memcmp(a->ip, zeros, 16) == 0) return false;
    if (is_ipv4(a->ip)) return a->ip[12] != 0 && a->ip[12] < 224;
    return a->ip[0] != 0xff && a->ip[0] != 0;
}

bool weal_addrbook_same(const struct weal_peers_addr *a, const struct weal_peers_addr *b) {
    return a->port == b->port && memcmp(a->ip, b->ip, 16) == 0;
}

struct weal_addrbook_entry *weal_addrbook_find(struct weal_addrbook *b,
                                               const struct weal_peers_addr *a) {
    for (uint32_t i = 0; i < WEAL_P2P_ADDRS_MAX; i++) {
        if (b->entry[i].used && weal_addrbook_same(&b->entry[i].is.addr, a)) return &b->entry[i];
    }
    return NULL;
}

bool weal_addrbook_add(struct weal_addrbook *b, const struct weal_peers_known *k, uint32_t source) {
    struct weal_addrbook_entry *e = weal_addrbook_find(b, &k->addr), *free = NULL;
    if (e || !(weal_addrbook_usable(&k->addr) || weal_addrbook_loopback(k->addr.ip))) return false;
    if (k->addr.port == 0) return false;
    uint32_t from_source = 0;
    for (uint32_t i = 0; i < WEAL_P2P_ADDRS_MAX; i++) {
        e = &b->entry[i];
        if (!e->used) {
            if (!free) free = e;
        } else if (e->source == source && !e->tried) {
            from_source++;
        }
    }
    if (from_source >= WEAL_P2P_ADDRS_GROUP_MAX) return false;
    if (!free) { /* one at random makes room, if it was never reached */
        free = &b->entry[weal_addrbook_draw(b, WEAL_P2P_ADDRS_MAX)];
        if (free->tried) return false;
    }
    *free = (struct weal_addrbook_entry){.is = *k, .source = source, .used = true};
    return true;
}
