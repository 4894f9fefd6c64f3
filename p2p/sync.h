/* SPDX-License-Identifier: ISC */
/* Block sync: the finalized chain from several peers at once, one of which may lie, stall or crawl.
 * The heights between ours and the best head are cut into ranges; each is asked of one peer, more
 * ranges of faster peers; a range that is late is asked of another as well; answers wait in order
 * and go to the host's verifier lowest first. Only the verifier's "invalid" blames a peer: what is
 * late, short or absent costs a peer its turn, never its good name.
 * Pure and bounded: WEAL_P2P_SYNC_RANGES ranges, WEAL_P2P_SYNC_BUFFER bytes. */
#ifndef WEAL_P2P_SYNC_H
#define WEAL_P2P_SYNC_H

#include "crypto/base/bytes.h"
#include "crypto/base/verdict.h"
#include "p2p/limits.h"

enum weal_sync_event_kind {
    WEAL_SYNC_OUR_HEAD,  /* height: everything up to it is here (also by other ways than sync) */
    WEAL_SYNC_PEER_HEAD, /* peer, height: new peer, or its head has moved */
    WEAL_SYNC_PEER_DOWN, /* peer */
    WEAL_SYNC_BLOCKS,   /* peer, request, height: first; count; head; bytes: size; token: the host's
                           buffer with the answer, kept until WEAL_SYNC_RELEASE */
    WEAL_SYNC_VERIFIED, /* range: all of it is good; height: the last one now here */
    WEAL_SYNC_INVALID,  /* range: verdict: provably invalid, its peer lied */
    WEAL_SYNC_FAILED,   /* range: could not be verified now, through no fault of the peer's; height:
                           as far as it went, or 0. Shown again soon; after a few times without
                           progress asked of another peer */
    WEAL_SYNC_TICK      /* at weal_sync_wake */
};

struct weal_sync_event {
    enum weal_sync_event_kind kind;
    uint64_t peer;
    uint32_t request, range;
    uint64_t height, head;
    uint32_t count, bytes;
    void *token;
    enum weal_verdict verdict;
};

enum weal_sync_effect_kind {
    WEAL_SYNC_ASK,      /* peer: block_get {request, height, count} */
    WEAL_SYNC_VERIFY,   /* range, token, height, count: in order of height, one at a time */
    WEAL_SYNC_RELEASE,  /* token is no longer needed */
    WEAL_SYNC_BLAME,    /* peer, verdict */
    WEAL_SYNC_CAUGHT_UP /* height: no peer is known to have more */
};

struct weal_sync_effect {
    enum weal_sync_effect_kind kind;
    uint64_t peer;
    uint32_t request, range;
    uint64_t height;
    uint32_t count;
    void *token;
    enum weal_verdict verdict;
};
typedef void weal_sync_emit(void *ctx, const struct weal_sync_effect *effect);

struct weal_sync_limits {
    uint32_t peers_max;   /* 1..1024 */
    uint32_t range_count; /* blocks a range at first, 1..WEAL_P2P_SYNC_BLOCKS; ranges may overlap */
    uint32_t behind_min;  /* starts when we are this many heights behind; 1: at once */
};
/* Numbers of questions are below this: those from here on are the host's own. */
#define WEAL_SYNC_REQUEST_END UINT32_C(0x80000000)
/* Starts also when we are fewer behind, and have not moved for so long. */
enum { WEAL_SYNC_LITTLE_MS = 3000 };

struct weal_sync;
size_t weal_sync_footprint(const struct weal_sync_limits *limits);
struct weal_sync *weal_sync_init(void *mem, const struct weal_sync_limits *limits, uint64_t height);
/* Effects are handed over during the step; emit must not call back into the core. */
void weal_sync_step(struct weal_sync *s, const struct weal_sync_event *event, uint64_t now_ms,
                    weal_sync_emit *emit, void *ctx);
uint64_t weal_sync_wake(const struct weal_sync *s); /* UINT64_MAX: nothing under way */

struct weal_sync_stats {
    uint64_t height, best; /* ours; the best head heard of */
    uint64_t asked, answered, late, lies, buffered_bytes;
    uint32_t in_flight, waiting, peers;
};
void weal_sync_stats_get(const struct weal_sync *s, struct weal_sync_stats *out);

#endif
