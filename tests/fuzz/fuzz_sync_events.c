/* SPDX-License-Identifier: ISC */
/* Block sync under any sequence of events, four bytes each: kind, peer, two of argument. The host
 * here owns answers like a real one; the oracle: every token is released once, verification goes
 * one at a time and in order, buffers stay within bounds, an honest answer is never blamed. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "p2p/sync.h"

enum { TOKENS = 256, ASKS = 256, PEERS = 8 };

static struct token {
    uint64_t from, peer;
    uint32_t count;
    bool live, fair;
} tokens[TOKENS];
static struct {
    uint64_t peer, from;
    uint32_t request, count;
} asks[ASKS];
static uint32_t asks_n, live;
static struct token *verifying;
static uint32_t range;
static uint64_t height;
static bool unfair[PEERS + 1]; /* has it ever sent what it was not asked for */
static bool lied[PEERS + 1];

static void emit(void *ctx, const struct weal_sync_effect *e) {
    struct token *t = (struct token *)e->token;
    (void)ctx;
    switch (e->kind) {
    case WEAL_SYNC_ASK:
        WEAL_ASSERT(e->count >= 1 && e->count <= WEAL_P2P_SYNC_BLOCKS && e->height > 0);
        asks[asks_n % ASKS].peer = e->peer;
        asks[asks_n % ASKS].from = e->height;
        asks[asks_n % ASKS].request = e->request;
        asks[asks_n++ % ASKS].count = e->count;
        break;
    case WEAL_SYNC_VERIFY:
        WEAL_ASSERT(!verifying && t->live);
        WEAL_ASSERT(e->height == t->from && e->count == t->count && e->height <= height + 1);
        verifying = t;
        range = e->range;
        break;
    case WEAL_SYNC_RELEASE:
        WEAL_ASSERT(t->live);
        t->live = false;
        live--;
        if (t == verifying) verifying = NULL;
        break;
    case WEAL_SYNC_BLAME:
        WEAL_ASSERT(unfair[e->peer] || lied[e->peer]);
        break;
    case WEAL_SYNC_CAUGHT_UP:
        break;
    }
}

static struct token *token_new(void) {
    for (int i = 0; i < TOKENS; i++) {
        if (!tokens[i].live) {
            tokens[i] = (struct token){.live = true};
            live++;
            return &tokens[i];
        }
    }
    WEAL_ASSERT(!"more tokens than ranges"); /* the core holds at most one a range */
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static void *mem;
    struct weal_sync_limits limits = {.peers_max = PEERS - 1, .range_count = 8, .behind_min = 1};
    if (n > 1 << 14) return 0;
    if (!mem) mem = malloc(weal_sync_footprint(&limits));
    struct weal_sync *s = weal_sync_init(mem, &limits, 0);
    uint64_t now = 0;
    memset(tokens, 0, sizeof tokens);
    memset(unfair, 0, sizeof unfair);
    memset(lied, 0, sizeof lied);
    asks_n = live = 0;
    verifying = NULL;
    height = 0;
    for (size_t i = 0; i + 4 <= n; i += 4) {
        struct weal_sync_event ev = {.kind = WEAL_SYNC_TICK, .peer = 1 + data[i + 1] % PEERS};
        uint32_t arg = (uint32_t)(data[i + 2] | data[i + 3] << 8);
        now += data[i] >> 4;
        switch (data[i] % 9) {
        case 0:
            ev.kind = WEAL_SYNC_PEER_HEAD;
            ev.height = arg;
            break;
        case 1:
            ev.kind = WEAL_SYNC_PEER_DOWN; /* numbers are not used again: what it owed is gone */
            for (int k = 0; k < ASKS; k++) {
                if (asks[k].peer == ev.peer) asks[k].peer = 0;
            }
            break;
        case 2:
            ev.kind = WEAL_SYNC_OUR_HEAD;
            ev.height = height += arg % 20;
            break;
        case 3:
        case 4: /* a fair answer to something asked lately */
            if (asks_n == 0) break;
            uint32_t k = asks_n > 32 ? asks_n - 1 - arg % 32 : arg % asks_n;
            if (asks[k % ASKS].peer == 0) break;
            ev.kind = WEAL_SYNC_BLOCKS;
            ev.peer = asks[k % ASKS].peer;
            ev.request = asks[k % ASKS].request;
            ev.height = asks[k % ASKS].from;
            ev.count = 1 + data[i + 1] % asks[k % ASKS].count;
            ev.head = ev.height + ev.count;
            asks[k % ASKS].peer = 0;
            break;
        case 5: /* anything at all */
            ev.kind = WEAL_SYNC_BLOCKS;
            ev.request = arg;
            ev.height = data[i + 3];
            ev.count = data[i + 2];
            ev.head = arg;
            unfair[ev.peer] = true;
            break;
        case 6:
        case 7:
            ev.kind = verifying ? WEAL_SYNC_VERIFIED : WEAL_SYNC_TICK;
            ev.range = range;
            if (verifying) {
                ev.height = verifying->from + verifying->count - 1;
                if (ev.height > height) height = ev.height;
            }
            break;
        default:
            ev.kind = verifying ? arg & 1 ? WEAL_SYNC_INVALID : WEAL_SYNC_FAILED : WEAL_SYNC_TICK;
            ev.range = range;
            ev.verdict = WEAL_V_P2P_INVALID;
            if (ev.kind == WEAL_SYNC_INVALID) lied[verifying->peer] = true;
            if (ev.kind == WEAL_SYNC_FAILED) verifying = NULL;
            now += arg;
        }
        if (ev.kind == WEAL_SYNC_BLOCKS) {
            struct token *t = token_new();
            t->from = ev.height;
            t->count = ev.count;
            t->peer = ev.peer;
            ev.token = t;
            ev.bytes = 1000;
        }
        weal_sync_step(s, &ev, now, emit, NULL);
        struct weal_sync_stats st;
        weal_sync_stats_get(s, &st);
        WEAL_ASSERT(st.height == height);
        WEAL_ASSERT(live == st.waiting && st.buffered_bytes == 1000 * live);
        WEAL_ASSERT(st.in_flight + st.waiting <= WEAL_P2P_SYNC_RANGES);
    }
    return 0;
}
