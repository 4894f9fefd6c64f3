/* SPDX-License-Identifier: ISC */
/* Ranges live in a list ordered by height; a gap between two is cut into new ones. The lowest range
 * is the one everything waits for, so it is the one that is asked twice when it is late.
 * An answer ends where a certificate of finality is, which not every block has of its own. What an
 * answer leaves of its range may hold none, so a gap is asked for as a whole range, over into what
 * follows; and an empty answer makes its range longer. No 64 blocks are without a certificate. */
#include "p2p/sync.h"

#include <string.h>

#include "p2p/msg.h"

enum range_state { WAITING, ASKED, RECEIVED, VERIFYING };

struct ask {
    uint64_t peer; /* 0: nobody */
    uint32_t request;
    uint64_t at_ms;
};

struct range {
    uint32_t id;
    enum range_state state;
    uint64_t from;
    uint32_t count;
    struct ask ask[2]; /* the second when the first is late */
    uint64_t giver;    /* who answered */
    void *token;
    uint32_t bytes;
    uint64_t not_before_ms; /* asked or verified */
    uint32_t failed;        /* times the verifier could not say */
};

struct peer {
    uint64_t id; /* 0: free */
    uint64_t head;
    uint32_t in_flight;
    uint32_t owed;         /* asked and not yet answered, given up or not */
    uint64_t cool_ms;      /* not asked before */
    uint64_t ms_per_range; /* smoothed; 0: not measured */
    bool liar;
};

struct weal_sync {
    struct weal_sync_limits limits;
    struct range range[WEAL_P2P_SYNC_RANGES]; /* by height */
    uint32_t n;
    uint64_t height;
    uint32_t next_id, next_request;
    uint64_t wake_ms;
    bool busy;                             /* behind, and told nobody otherwise */
    uint64_t little_height, little_due_ms; /* a little behind at this height, until then; 0: not */
    struct weal_sync_stats stats;
    uint64_t now_ms;
    weal_sync_emit *emit;
    void *ctx;
    struct peer peer[];
};

static struct peer *peer_find(struct weal_sync *s, uint64_t id) {
    for (uint32_t i = 0; id != 0 && i < s->limits.peers_max; i++) {
        if (s->peer[i].id == id) return &s->peer[i];
    }
    return NULL;
}

static uint64_t best_head(const struct weal_sync *s) {
    uint64_t best = 0;
    for (uint32_t i = 0; i < s->limits.peers_max; i++) {
        const struct peer *p = &s->peer[i];
        if (p->id != 0 && !p->liar && p->head > best) best = p->head;
    }
    return best;
}

static void release(struct weal_sync *s, void *token) {
    struct weal_sync_effect e = {.kind = WEAL_SYNC_RELEASE, .token = token};
    s->emit(s->ctx, &e);
}

static void blame(struct weal_sync *s, uint64_t peer, enum weal_verdict why) {
    struct weal_sync_effect e = {.kind = WEAL_SYNC_BLAME, .peer = peer, .verdict = why};
    s->emit(s->ctx, &e);
}

/* ---- ranges ---- */

static void range_insert(struct weal_sync *s, uint32_t at, uint64_t from, uint32_t count) {
    memmove(&s->range[at + 1], &s->range[at], (s->n - at) * sizeof *s->range);
    s->n++;
    s->range[at] = (struct range){.id = ++s->next_id, .from = from, .count = count};
}

/* At least this many blocks are asked for, where there are so many. */
static void range_widen(const struct weal_sync *s, struct range *r, uint32_t count) {
    uint64_t best = best_head(s), have = best < r->from ? 0 : best - r->from + 1;
    if (count > WEAL_P2P_SYNC_BLOCKS) count = WEAL_P2P_SYNC_BLOCKS;
    if (count > have) count = (uint32_t)have;
    if (count > r->count) r->count = count;
}

/* The peers asked about r are no longer expected to answer in time. */
static void range_let_go(struct weal_sync *s, struct range *r) {
    for (int k = 0; k < 2; k++) {
        struct peer *p = peer_find(s, r->ask[k].peer);
        if (p && p->in_flight != 0) p->in_flight--;
        r->ask[k].peer = 0;
    }
}

static void range_reset(struct weal_sync *s, struct range *r) {
    range_let_go(s, r);
    if (r->token) release(s, r->token);
    if (r->token) s->stats.buffered_bytes -= r->bytes;
    r->token = NULL;
    r->bytes = 0;
    r->giver = 0;
    r->failed = 0;
    r->state = WAITING;
    range_widen(s, r, s->limits.range_count); /* an answer may have cut it short */
}

static void range_remove(struct weal_sync *s, uint32_t at) {
    range_reset(s, &s->range[at]);
    memmove(&s->range[at], &s->range[at + 1], (s->n - at - 1) * sizeof *s->range);
    s->n--;
}

/* Cuts what is missing between our height and the best head, lowest first. */
static void cut(struct weal_sync *s) {
    uint64_t best = best_head(s), from = s->height + 1;
    for (uint32_t i = 0; s->n < WEAL_P2P_SYNC_RANGES && from <= best; i++) {
        uint64_t end = i < s->n ? s->range[i].from : best + 1;
        if (from < end) {
            range_insert(s, i, from, 1);
            range_widen(s, &s->range[i], s->limits.range_count);
        } else if (i >= s->n) {
            break;
        }
        uint64_t after = s->range[i].from + s->range[i].count;
        if (after > from) from = after;
    }
}

/* ---- asking ---- */

/* Who would finish a further range soonest; not `but`. */
static struct peer *choose(struct weal_sync *s, const struct range *r, uint64_t but) {
    struct peer *best = NULL;
    uint64_t best_ms = UINT64_MAX;
    for (uint32_t i = 0; i < s->limits.peers_max; i++) {
        struct peer *p = &s->peer[i];
        if (p->id == 0 || p->id == but || p->liar || p->head < r->from) continue;
        if (s->now_ms < p->cool_ms || p->in_flight >= WEAL_P2P_SYNC_PEER_RANGES) continue;
        uint64_t ms = (p->in_flight + 1) * (p->ms_per_range != 0 ? p->ms_per_range : 1);
        if (ms < best_ms) {
            best = p;
            best_ms = ms;
        }
    }
    return best;
}

static bool ask(struct weal_sync *s, struct range *r, int k, uint64_t but) {
    struct peer *p = choose(s, r, but);
    if (!p) return false;
    p->in_flight++;
    p->owed++;
    r->state = ASKED;
    s->next_request = (s->next_request + 1) % WEAL_SYNC_REQUEST_END;
    r->ask[k] = (struct ask){p->id, s->next_request, s->now_ms};
    s->stats.asked++;
    struct weal_sync_effect e = {.kind = WEAL_SYNC_ASK,
                                 .peer = p->id,
                                 .request = r->ask[k].request,
                                 .height = r->from,
                                 .count = r->count};
    s->emit(s->ctx, &e);
    return true;
}

/* Bytes that may still come for what is asked are counted at their most. */
static bool room(const struct weal_sync *s) {
    uint64_t most = s->stats.buffered_bytes;
    for (uint32_t i = 0; i < s->n; i++) {
        for (int k = 0; k < 2; k++) {
            if (s->range[i].ask[k].peer != 0) most += WEAL_P2P_CAP_BLOCKS;
        }
    }
    return most + WEAL_P2P_CAP_BLOCKS <= WEAL_P2P_SYNC_BUFFER;
}

static void late(struct weal_sync *s, struct range *r, int k) {
    struct peer *p = peer_find(s, r->ask[k].peer);
    if (p) {
        if (p->in_flight != 0) p->in_flight--;
        p->cool_ms = s->now_ms + WEAL_P2P_SYNC_COOL_MS;
        p->ms_per_range = p->ms_per_range / 2 + WEAL_P2P_SYNC_MS / 2;
    }
    r->ask[k].peer = 0;
    s->stats.late++;
}

static void assign(struct weal_sync *s) {
    bool lowest = true;
    for (uint32_t i = 0; i < s->n; i++) {
        struct range *r = &s->range[i];
        if (r->state == RECEIVED || r->state == VERIFYING) continue;
        for (int k = 0; k < 2 && r->state == ASKED; k++) {
            if (r->ask[k].peer != 0 && s->now_ms - r->ask[k].at_ms >= WEAL_P2P_SYNC_MS) {
                late(s, r, k);
            }
        }
        if (r->state == ASKED && r->ask[0].peer == 0 && r->ask[1].peer == 0) r->state = WAITING;
        if (r->state == WAITING && s->now_ms >= r->not_before_ms && (lowest || room(s))) {
            ask(s, r, 0, 0);
        }
        /* everything waits for the lowest: a second peer is asked when the first is slow */
        if (lowest && r->state == ASKED) {
            int idle = r->ask[0].peer == 0 ? 0 : 1;
            const struct ask *other = &r->ask[!idle];
            if (r->ask[idle].peer == 0 && s->now_ms - other->at_ms >= WEAL_P2P_SYNC_STALL_MS) {
                ask(s, r, idle, other->peer);
            }
        }
        lowest = false;
    }
}

/* ---- verifying ---- */

static void verify(struct weal_sync *s) {
    if (s->n == 0) return;
    struct range *r = &s->range[0];
    if (r->state != RECEIVED || r->from > s->height + 1 || s->now_ms < r->not_before_ms) return;
    r->state = VERIFYING;
    struct weal_sync_effect e = {.kind = WEAL_SYNC_VERIFY,
                                 .peer = r->giver,
                                 .range = r->id,
                                 .height = r->from,
                                 .count = r->count,
                                 .token = r->token};
    s->emit(s->ctx, &e);
}

static uint32_t range_by_id(const struct weal_sync *s, uint32_t id) {
    uint32_t i = 0;
    while (i < s->n && s->range[i].id != id) i++;
    return i;
}

/* Everything the liar gave and nobody has verified yet is asked of others. */
static void on_invalid(struct weal_sync *s, uint32_t at, enum weal_verdict why) {
    uint64_t liar = s->range[at].giver;
    struct peer *p = peer_find(s, liar);
    if (p) p->liar = true;
    s->stats.lies++;
    blame(s, liar, why);
    for (uint32_t i = 0; i < s->n; i++) {
        struct range *r = &s->range[i];
        if (r->giver == liar) range_reset(s, r);
        for (int k = 0; k < 2; k++) {
            if (r->state == ASKED && r->ask[k].peer == liar) r->ask[k].peer = 0;
        }
    }
}

/* The verifier is busy, or the answer proves too little: tried again, then asked of somebody else.
 */
static void on_failed(struct weal_sync *s, struct range *r, uint64_t height) {
    if (height > s->height) { /* part of it went in */
        s->height = height;
        r->failed = 0;
    }
    if (++r->failed < WEAL_P2P_SYNC_FAILED_MAX) {
        r->state = RECEIVED;
        r->not_before_ms = s->now_ms + (r->failed < 5 ? 50 * r->failed : 250);
        return;
    }
    struct peer *p = peer_find(s, r->giver);
    if (p) p->cool_ms = s->now_ms + WEAL_P2P_SYNC_COOL_MS;
    range_reset(s, r);
}

static void on_verdict(struct weal_sync *s, const struct weal_sync_event *ev) {
    uint32_t at = range_by_id(s, ev->range);
    if (at == s->n || s->range[at].state != VERIFYING) return;
    switch ((int)ev->kind) {
    case WEAL_SYNC_VERIFIED:
        if (ev->height > s->height) s->height = ev->height;
        range_remove(s, at);
        break;
    case WEAL_SYNC_INVALID:
        on_invalid(s, at, ev->verdict);
        break;
    default:
        on_failed(s, &s->range[at], ev->height);
    }
}

/* ---- answers ---- */

static void measure(struct weal_sync *s, struct peer *p, const struct ask *a) {
    uint64_t ms = s->now_ms - a->at_ms + 1;
    p->ms_per_range = p->ms_per_range == 0 ? ms : (3 * p->ms_per_range + ms) / 4;
}

static void on_blocks(struct weal_sync *s, const struct weal_sync_event *ev) {
    struct peer *p = peer_find(s, ev->peer);
    struct range *r = NULL;
    int k = 0;
    for (uint32_t i = 0; i < s->n && !r; i++) {
        for (k = 0; k < 2; k++) {
            const struct ask *a = &s->range[i].ask[k];
            if (a->peer == ev->peer && a->request == ev->request && s->range[i].state == ASKED) {
                r = &s->range[i];
                break;
            }
        }
    }
    s->stats.answered++;
    if (p && ev->head > p->head) p->head = ev->head;
    if (!p || p->owed == 0) {
        if (p) blame(s, p->id, WEAL_V_P2P_UNASKED);
        release(s, ev->token);
        return;
    }
    p->owed--;
    if (!r) { /* late: somebody else was faster */
        release(s, ev->token);
        return;
    }
    struct ask answered = r->ask[k];
    r->ask[k].peer = 0;
    if (p->in_flight != 0) p->in_flight--;
    if (ev->height != r->from || ev->count > r->count) {
        blame(s, p->id, WEAL_V_P2P_BLOCKS);
        p->cool_ms = s->now_ms + WEAL_P2P_SYNC_COOL_MS;
        release(s, ev->token);
        return;
    }
    if (ev->count == 0) {
        if (p->head >= r->from && ev->head < r->from) p->head = ev->head;
        if (r->count < WEAL_P2P_SYNC_BLOCKS && ev->head >= r->from + r->count) {
            range_widen(s, r, 2 * r->count); /* no certificate in it, perhaps */
        } else { /* it has pruned them, or boasted: neither can be proven */
            p->cool_ms = s->now_ms + WEAL_P2P_SYNC_COOL_MS;
        }
        release(s, ev->token);
        return;
    }
    measure(s, p, &answered);
    range_let_go(s, r); /* the other, if one was asked too */
    r->state = RECEIVED;
    r->count = ev->count; /* the rest becomes a gap, and is cut anew */
    r->giver = p->id;
    r->token = ev->token;
    r->bytes = ev->bytes;
    s->stats.buffered_bytes += ev->bytes;
}

/* ---- peers and heads ---- */

static void on_peer_head(struct weal_sync *s, const struct weal_sync_event *ev) {
    struct peer *p = peer_find(s, ev->peer);
    for (uint32_t i = 0; !p && i < s->limits.peers_max; i++) {
        if (s->peer[i].id == 0) {
            p = &s->peer[i];
            *p = (struct peer){.id = ev->peer};
        }
    }
    if (p) p->head = ev->height;
}

static void on_peer_down(struct weal_sync *s, uint64_t id) {
    struct peer *p = peer_find(s, id);
    if (p) p->id = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        for (int k = 0; k < 2; k++) {
            if (s->range[i].ask[k].peer == id) s->range[i].ask[k].peer = 0;
        }
    }
}

static void on_our_head(struct weal_sync *s, uint64_t height) {
    if (height > s->height) s->height = height;
}

/* What is here by other ways needs no range; what is being verified is left to its end. */
static void drop_behind(struct weal_sync *s) {
    for (uint32_t i = 0; i < s->n;) {
        const struct range *r = &s->range[i];
        if (r->state != VERIFYING && r->from + r->count - 1 <= s->height) {
            range_remove(s, i);
        } else {
            i++;
        }
    }
}

/* Behind by enough; or by little, and for long: what the agreement should have brought is asked
 * for, too. Who misses the last block of a term hears no more of that term from those who have it.
 */
static bool lags(struct weal_sync *s, uint64_t best) {
    if (best >= s->height + s->limits.behind_min) return true;
    if (best <= s->height) {
        s->little_due_ms = 0;
    } else if (s->little_due_ms == 0 || s->little_height != s->height) {
        s->little_height = s->height;
        s->little_due_ms = s->now_ms + WEAL_SYNC_LITTLE_MS;
    }
    return s->little_due_ms != 0 && s->now_ms >= s->little_due_ms;
}

static void progress(struct weal_sync *s) {
    uint64_t best = best_head(s);
    drop_behind(s);
    if (s->n != 0 || lags(s, best)) {
        s->busy = true;
        cut(s);
        assign(s);
        verify(s);
    }
    if (s->busy && s->n == 0 && best <= s->height) {
        s->busy = false;
        struct weal_sync_effect e = {.kind = WEAL_SYNC_CAUGHT_UP, .height = s->height};
        s->emit(s->ctx, &e);
    }
    s->wake_ms = s->little_due_ms > s->now_ms ? s->little_due_ms : UINT64_MAX;
    if (s->n != 0) s->wake_ms = s->now_ms + (s->range[0].failed != 0 ? 50 : 250);
}

void weal_sync_step(struct weal_sync *s, const struct weal_sync_event *ev, uint64_t now_ms,
                    weal_sync_emit *emit, void *ctx) {
    s->now_ms = now_ms;
    s->emit = emit;
    s->ctx = ctx;
    switch (ev->kind) {
    case WEAL_SYNC_OUR_HEAD:
        on_our_head(s, ev->height);
        break;
    case WEAL_SYNC_PEER_HEAD:
        on_peer_head(s, ev);
        break;
    case WEAL_SYNC_PEER_DOWN:
        on_peer_down(s, ev->peer);
        break;
    case WEAL_SYNC_BLOCKS:
        on_blocks(s, ev);
        break;
    case WEAL_SYNC_VERIFIED:
    case WEAL_SYNC_INVALID:
    case WEAL_SYNC_FAILED:
        on_verdict(s, ev);
        break;
    case WEAL_SYNC_TICK:
        break;
    }
    progress(s);
}

uint64_t weal_sync_wake(const struct weal_sync *s) {
    return s->wake_ms;
}

size_t weal_sync_footprint(const struct weal_sync_limits *limits) {
    return sizeof(struct weal_sync) + limits->peers_max * sizeof(struct peer);
}

struct weal_sync *weal_sync_init(void *mem, const struct weal_sync_limits *limits,
                                 uint64_t height) {
    struct weal_sync *s = (struct weal_sync *)mem;
    memset(s, 0, weal_sync_footprint(limits));
    s->limits = *limits;
    if (s->limits.range_count == 0 || s->limits.range_count > WEAL_P2P_SYNC_BLOCKS) {
        s->limits.range_count = WEAL_P2P_SYNC_BLOCKS;
    }
    if (s->limits.behind_min == 0) s->limits.behind_min = 1;
    s->height = height;
    s->wake_ms = UINT64_MAX;
    return s;
}

void weal_sync_stats_get(const struct weal_sync *s, struct weal_sync_stats *out) {
    *out = s->stats;
    out->height = s->height;
    out->best = best_head(s);
    for (uint32_t i = 0; i < s->n; i++) {
        out->in_flight += s->range[i].state == ASKED;
        out->waiting += s->range[i].state == RECEIVED || s->range[i].state == VERIFYING;
    }
    for (uint32_t i = 0; i < s->limits.peers_max; i++) out->peers += s->peer[i].id != 0;
}
