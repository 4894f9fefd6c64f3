/* SPDX-License-Identifier: ISC */
/* A link fed by a stranger before and after the handshake.
 *   first byte, bit 0: the link dials; bit 1: the handshake is done honestly first, and the input's
 *   bytes are sealed as the peer's records, so that what lies behind authentication is reached.
 * The rest comes in slices of 1..64 bytes, lengths drawn from the input itself. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "p2p/link.h"

static size_t lent;
static uint8_t *take(void *ctx, size_t n) {
    (void)ctx;
    lent += n;
    return malloc(n);
}
static void give(void *ctx, uint8_t *p, size_t n) {
    (void)ctx;
    lent -= n;
    free(p);
}

static struct weal_link_config cfg[2];
static void *mem[2];

static struct weal_link *link_new(int i, bool initiator) {
    uint8_t eph[32], head[32] = {0};
    memset(eph, 3 + i, 32);
    memset(cfg[i].identity_secret, 1 + i, 32);
    WEAL_ASSERT(weal_noise_keypair(cfg[i].identity, cfg[i].identity_secret));
    cfg[i].version = 1;
    cfg[i].host = (struct weal_frame_host){NULL, take, give, NULL};
    if (!mem[i]) mem[i] = malloc(weal_link_footprint());
    return weal_link_init(mem[i], &cfg[i], initiator, NULL, eph, 0, head, 0);
}

/* Reads all of buf, in slices; returns false when the link is dead. */
static bool feed(struct weal_link *l, uint8_t *buf, size_t n, size_t slice) {
    size_t at = 0, have = 0;
    uint64_t now = 0;
    for (;;) {
        struct weal_frame_msg m;
        size_t used;
        enum weal_link_got got = weal_link_read(l, buf + at, have - at, &used, now, &m);
        WEAL_ASSERT(used <= have - at);
        at += used;
        if (got == WEAL_LINK_REFUSED) return false;
        if (got == WEAL_LINK_WAIT) now += m.wait_ms;
        if (got == WEAL_LINK_MESSAGE) {
            WEAL_ASSERT(l->state == WEAL_LINK_OPEN);
            const struct weal_p2p_type_info *info = weal_p2p_type_info(m.type);
            WEAL_ASSERT(info->name && m.bytes.n <= info->cap);
            uint8_t sum = 0; /* touch every byte, for the sanitizer */
            for (size_t i = 0; i < m.bytes.n; i++) sum ^= m.bytes.p[i];
            (void)sum;
        }
        if (got != WEAL_LINK_MORE) continue;
        if (have == n) return true;
        have += slice < n - have ? slice : n - have;
    }
}

static void exchange(struct weal_link *a, struct weal_link *b) {
    static uint8_t buf[4 * WEAL_P2P_RECORD_MAX];
    size_t n, m;
    do {
        n = weal_link_pull(a, buf, sizeof buf, 0);
        if (n != 0) WEAL_ASSERT(feed(b, buf, n, n));
        m = weal_link_pull(b, buf, sizeof buf, 0);
        if (m != 0) WEAL_ASSERT(feed(a, buf, m, m));
    } while (n + m != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static uint8_t buf[1 << 18];
    if (n < 2 || n > WEAL_P2P_RECORD_PLAIN_MAX) return 0;
    bool initiator = data[0] & 1, shaken = data[0] & 2;
    size_t slice = 1 + data[1] % 64;
    struct weal_link *l = link_new(0, initiator), *peer = link_new(1, !initiator);
    data += 2, n -= 2;
    if (shaken) {
        exchange(initiator ? l : peer, initiator ? peer : l);
        WEAL_ASSERT(l->state == WEAL_LINK_OPEN && peer->state == WEAL_LINK_OPEN);
        if (n != 0) {
            weal_put_le16(buf, (uint16_t)(n + 16));
            WEAL_ASSERT(weal_noise_seal(&peer->out.cipher, weal_bytes(buf, 2), data, n, buf + 2));
            feed(l, buf, n + 18, slice * 300);
        }
    } else {
        memcpy(buf, data, n);
        bool alive = feed(l, buf, n, slice);
        WEAL_ASSERT(l->state != WEAL_LINK_OPEN); /* nobody gets in without keys */
        (void)alive;
    }
    (void)weal_link_tick(l, 5000);
    (void)weal_link_pull(l, buf, sizeof buf, 5000);
    weal_link_close(l);
    weal_link_close(peer);
    WEAL_ASSERT(lent == 0);
    return 0;
}
