/* SPDX-License-Identifier: ISC */
/* Two uses of one input. First: the bytes are the plaintexts of records (u8 length, bytes), sealed
 * correctly: whatever a peer with the keys may say. Second: a script of sends, pulls and reads
 * between two ends, in which every message must arrive as it was sent, in the order of its class.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "p2p/frame.h"

static size_t lent;
static uint8_t *take(void *ctx, size_t n) {
    (void)ctx;
    if (lent + n > WEAL_P2P_REASSEMBLY_MAX) return NULL;
    lent += n;
    return malloc(n);
}
static void give(void *ctx, uint8_t *p, size_t n) {
    (void)ctx;
    lent -= n;
    free(p);
}
static uint32_t released;
static void release(void *ctx, void *token) {
    (void)ctx, (void)token;
    released++;
}

static struct weal_frame_out out;
static struct weal_frame_in in;
static const struct weal_frame_host host = {NULL, take, give, release};
static void *rings;

static void begin(void) {
    struct weal_noise_cipher c = {.nonce = 0};
    memset(c.key, 9, 32);
    if (!rings) rings = malloc(weal_frame_out_footprint());
    weal_frame_out_init(&out, &c, &host, rings, 0);
    weal_frame_in_init(&in, &c, &host, 0);
    released = 0;
}
static void end(void) {
    weal_frame_out_close(&out);
    weal_frame_in_close(&in);
    WEAL_ASSERT(lent == 0);
}

static void records(const uint8_t *data, size_t n) {
    static uint8_t rec[WEAL_P2P_RECORD_MAX];
    uint64_t now = 0;
    begin();
    for (size_t at = 0; at < n;) {
        size_t len = data[at++];
        if (len == 0 || len > n - at) break;
        weal_put_le16(rec, (uint16_t)(len + 16));
        WEAL_ASSERT(weal_noise_seal(&out.cipher, weal_bytes(rec, 2), data + at, len, rec + 2));
        at += len;
        size_t used, done = 0;
        struct weal_frame_msg m;
        enum weal_frame_got got;
        do {
            got = weal_frame_read(&in, rec + done, len + 18 - done, &used, now, &m);
            done += used;
            if (got == WEAL_FRAME_WAIT) now += m.wait_ms;
            if (got == WEAL_FRAME_MESSAGE) {
                WEAL_ASSERT(m.bytes.n <= weal_p2p_type_info(m.type)->cap);
            }
        } while (got == WEAL_FRAME_MESSAGE || got == WEAL_FRAME_WAIT);
        if (got == WEAL_FRAME_REFUSED) {
            WEAL_ASSERT(m.verdict != WEAL_ACCEPT);
            break;
        }
    }
    end();
}

enum { QUEUE = 512 };
static const uint8_t types[] = {WEAL_P2P_VOTE,     WEAL_P2P_CERT,    WEAL_P2P_BODY, WEAL_P2P_BLOCKS,
                                WEAL_P2P_VIEW_GET, WEAL_P2P_TX_DATA, WEAL_P2P_PEX};

static void script(const uint8_t *data, size_t n) {
    static uint8_t store[1 << 16], wire[1 << 20];
    static struct {
        uint8_t type;
        uint32_t size, from;
    } sent[WEAL_P2P_CLASSES][QUEUE];
    uint32_t head[WEAL_P2P_CLASSES] = {0}, tail[WEAL_P2P_CLASSES] = {0};
    size_t have = 0, at = 0;
    uint64_t now = 0;
    for (size_t i = 0; i < sizeof store; i++) store[i] = (uint8_t)(i * 31 + (i >> 8));
    begin();
    for (size_t i = 0; i + 3 < n + 200; i += 3) {
        bool more = i + 3 < n; /* then run dry */
        uint8_t op = more ? data[i] : 128;
        if (op < 128) {
            uint8_t type = types[op % sizeof types];
            const struct weal_p2p_type_info *info = weal_p2p_type_info(type);
            uint32_t size = (uint32_t)(data[i + 1] | data[i + 2] << 8);
            uint32_t from = data[i + 1];
            if (size > sizeof store - from) size = (uint32_t)(sizeof store - from);
            if (tail[info->cls] == QUEUE) continue;
            if (weal_frame_send(&out, type, weal_bytes(store + from, size), NULL) == WEAL_OK) {
                sent[info->cls][tail[info->cls]].type = type;
                sent[info->cls][tail[info->cls]].size = size;
                sent[info->cls][tail[info->cls]++].from = from;
            } else {
                WEAL_ASSERT(size > info->cap || out.queue[info->cls].count != 0);
            }
            continue;
        }
        if (at != 0) memmove(wire, wire + at, have - at), have -= at, at = 0;
        have += weal_frame_pull(&out, wire + have, sizeof wire - have, now);
        if (out.wait_ms != 0) now += out.wait_ms;
        for (;;) {
            struct weal_frame_msg m;
            size_t used;
            enum weal_frame_got got = weal_frame_read(&in, wire + at, have - at, &used, now, &m);
            at += used;
            WEAL_ASSERT(got != WEAL_FRAME_REFUSED);
            if (got == WEAL_FRAME_MORE) break;
            if (got == WEAL_FRAME_WAIT) {
                now += m.wait_ms;
                continue;
            }
            int c = (int)weal_p2p_type_info(m.type)->cls;
            WEAL_ASSERT(head[c] < tail[c]);
            WEAL_ASSERT(sent[c][head[c]].type == m.type && sent[c][head[c]].size == m.bytes.n);
            WEAL_ASSERT(m.bytes.n == 0 ||
                        memcmp(m.bytes.p, store + sent[c][head[c]].from, m.bytes.n) == 0);
            head[c]++;
        }
    }
    end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    if (n > 1 << 14) return 0;
    records(data, n);
    script(data, n);
    return 0;
}
