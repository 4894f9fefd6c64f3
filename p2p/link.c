/* SPDX-License-Identifier: ISC */
/* One connection as a state machine: shaking, greeting, open, dead. */
#include "p2p/link.h"

#include <sodium.h>

#include "crypto/base/bug.h"
#include "crypto/sig/sig.h"

static const uint8_t magic[4] = {'W', 'E', 'A', 'L'};
enum {
    OFFER_BYTES = 4 + 2 + 32, /* magic, version, chain: the payload of message 1 */
    REFUSAL_BYTES = 2,        /* shorter than any handshake message */
    Q_HELLO = 1,
    Q_PING = 2,
    Q_PONG = 4,
    Q_REJECT = 8
};

/* Codes of a refusal record. */
static const struct {
    uint16_t code;
    enum weal_verdict why;
} refusals[] = {
    {1, WEAL_V_P2P_VERSION}, {2, WEAL_V_P2P_CHAIN}, {3, WEAL_V_P2P_FULL}, {4, WEAL_V_P2P_BANNED}};

static void offer(uint8_t out[OFFER_BYTES], const struct weal_link_config *cfg) {
    memcpy(out, magic, 4);
    weal_put_le16(out + 4, cfg->version);
    memcpy(out + 6, cfg->chain, 32);
}

void weal_link_role_digest(uint8_t out[32], const uint8_t session[32], uint8_t side,
                           const uint8_t identity[32]) {
    const struct weal_bytes parts[] = {weal_bytes(session, 32), weal_bytes(&side, 1),
                                       weal_bytes(identity, 32)};
    weal_sig_digest(out, "weal/p2p/role", parts, 3);
}

/* ---- beginning ---- */

static void link_release(void *ctx, void *token) {
    struct weal_link *l = (struct weal_link *)ctx;
    if (token == l->hello) {
        l->queued &= ~(uint32_t)Q_HELLO;
    } else if (token == l->ping) {
        l->queued &= ~(uint32_t)Q_PING;
    } else if (token == l->pong) {
        l->queued &= ~(uint32_t)Q_PONG;
    } else if (token == l->reject) {
        l->queued &= ~(uint32_t)Q_REJECT;
    } else if (l->cfg->host.release) {
        l->cfg->host.release(l->cfg->host.ctx, token);
    }
}
static uint8_t *link_take(void *ctx, size_t n) {
    const struct weal_frame_host *h = &((struct weal_link *)ctx)->cfg->host;
    return h->take(h->ctx, n);
}
static void link_give(void *ctx, uint8_t *p, size_t n) {
    const struct weal_frame_host *h = &((struct weal_link *)ctx)->cfg->host;
    h->give(h->ctx, p, n);
}

/* Writes the next handshake message, if it is our turn, behind its length. */
static bool shake(struct weal_link *l, struct weal_bytes payload) {
    struct weal_wr w = weal_wr(l->pending + l->pending_n, sizeof l->pending - l->pending_n);
    uint8_t *len = weal_wr_take(&w, 2);
    if (!len || !weal_noise_write(&l->noise, payload, &w)) return false;
    weal_put_le16(len, (uint16_t)(w.n - 2));
    l->pending_n += (uint32_t)w.n;
    return true;
}

size_t weal_link_footprint(void) {
    return (sizeof(struct weal_link) + 15) / 16 * 16 + weal_frame_out_footprint();
}

struct weal_link *weal_link_init(void *mem, const struct weal_link_config *cfg, bool initiator,
                                 const uint8_t *expect, uint8_t ephemeral[32], uint64_t head_height,
                                 const uint8_t head_id[32], uint64_t now_ms) {
    struct weal_link *l = (struct weal_link *)mem;
    uint8_t offered[OFFER_BYTES];
    memset(l, 0, sizeof *l);
    l->cfg = cfg;
    l->initiator = initiator;
    l->host = (struct weal_frame_host){l, link_take, link_give, link_release};
    l->rings = (uint8_t *)mem + (sizeof *l + 15) / 16 * 16;
    l->expects = expect != NULL;
    if (expect) memcpy(l->expect, expect, 32);
    l->head_height = head_height;
    memcpy(l->head_id, head_id, 32);
    l->started_ms = l->heard_ms = l->moved_ms = now_ms;
    offer(offered, cfg);
    bool ok =
        weal_noise_init(&l->noise, initiator, WEAL_BYTES(offered), cfg->identity_secret, ephemeral);
    sodium_memzero(ephemeral, 32);
    if (ok && initiator) ok = shake(l, WEAL_BYTES(offered));
    if (!ok) l->state = WEAL_LINK_DEAD;
    return l;
}

/* ---- after the handshake ---- */

static void put_hello(struct weal_link *l) {
    const struct weal_link_config *cfg = l->cfg;
    struct weal_p2p_hello h = {.version = cfg->version,
                               .roles = cfg->roles,
                               .listen_port = cfg->listen_port,
                               .head_height = l->head_height,
                               .agent = weal_bytes(cfg->agent, strlen(cfg->agent))};
    memcpy(h.chain, cfg->chain, 32);
    memcpy(h.head_id, l->head_id, 32);
    memcpy(h.short_salt, cfg->short_salt, 16);
    if (cfg->prove) {
        uint8_t digest[32];
        weal_link_role_digest(digest, l->session, !l->initiator, cfg->identity);
        h.role_has = cfg->prove(cfg->prove_ctx, digest, h.role.sig);
        memcpy(h.role.validator, cfg->validator, 32);
    }
    struct weal_wr w = weal_wr(l->hello, sizeof l->hello);
    weal_p2p_hello_put(&w, &h);
    WEAL_ASSERT(!w.failed);
    l->queued |= Q_HELLO;
    WEAL_ASSERT(weal_frame_send(&l->out, WEAL_P2P_HELLO, weal_wr_done(&w), l->hello) == WEAL_OK);
}

static void begin_frames(struct weal_link *l, uint64_t now_ms) {
    struct weal_noise_cipher send, recv;
    memcpy(l->peer.identity, l->noise.rs, 32);
    weal_noise_split(&l->noise, &send, &recv, l->session);
    weal_frame_out_init(&l->out, &send, &l->host, l->rings, now_ms);
    weal_frame_in_init(&l->in, &recv, &l->host, now_ms);
    sodium_memzero(&send, sizeof send);
    sodium_memzero(&recv, sizeof recv);
    l->framed = true;
    l->state = WEAL_LINK_GREETING;
    put_hello(l);
}

static enum weal_link_got refuse(struct weal_link *l, struct weal_frame_msg *out,
                                 enum weal_verdict why) {
    weal_link_reject(l, why);
    l->state = WEAL_LINK_DEAD;
    out->verdict = why;
    return WEAL_LINK_REFUSED;
}

static enum weal_verdict told_why(struct weal_bytes refusal) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        if (refusals[i].code == weal_le16(refusal.p)) return refusals[i].why;
    }
    return WEAL_V_P2P_REFUSED;
}

/* The peer closes, and says why: kept for who looks, believed by nobody. */
static enum weal_verdict on_reject(struct weal_link *l, const struct weal_frame_msg *msg) {
    struct weal_p2p_reject m;
    struct weal_rd r = weal_rd(msg->bytes);
    weal_p2p_reject_get(&r, &m);
    if (weal_rd_done(&r) && m.reason.n < sizeof l->reason) {
        for (size_t i = 0; i < m.reason.n; i++) {
            char c = (char)m.reason.p[i];
            l->reason[i] = c > ' ' && c < 0x7f ? c : '?';
        }
    }
    return WEAL_V_P2P_REFUSED;
}

/* What message 1 offers in the clear: named reasons before any mathematics. */
static enum weal_verdict check_offer(const struct weal_link *l, struct weal_bytes msg) {
    uint8_t ours[OFFER_BYTES];
    offer(ours, l->cfg);
    if (msg.n != WEAL_NOISE_MSG1 + OFFER_BYTES) return WEAL_V_P2P_MAGIC;
    const uint8_t *theirs = msg.p + WEAL_NOISE_MSG1;
    if (memcmp(theirs, ours, 4) != 0) return WEAL_V_P2P_MAGIC;
    if (memcmp(theirs + 4, ours + 4, 2) != 0) return WEAL_V_P2P_VERSION;
    if (memcmp(theirs + 6, ours + 6, 32) != 0) return WEAL_V_P2P_CHAIN;
    return WEAL_ACCEPT;
}

static enum weal_verdict on_handshake(struct weal_link *l, struct weal_bytes msg, uint64_t now_ms) {
    uint8_t payload[WEAL_P2P_HANDSHAKE_MAX];
    size_t payload_n;
    if (msg.n == REFUSAL_BYTES && l->initiator) return told_why(msg);
    if (l->noise.step == 0) {
        enum weal_verdict v = check_offer(l, msg);
        if (v != WEAL_ACCEPT) return v;
    }
    if (!weal_noise_read(&l->noise, msg, payload, sizeof payload, &payload_n)) {
        return WEAL_V_P2P_HANDSHAKE;
    }
    if (l->noise.step > 1 && payload_n != 0) return WEAL_V_P2P_HANDSHAKE;
    if (l->noise.step > 1) { /* the peer's static key is known and authenticated */
        if (memcmp(l->noise.rs, l->noise.s_public, 32) == 0) return WEAL_V_P2P_SELF;
        if (l->expects && memcmp(l->noise.rs, l->expect, 32) != 0) return WEAL_V_P2P_IDENTITY;
    }
    if (!weal_noise_over(&l->noise) && !shake(l, weal_bytes(NULL, 0))) return WEAL_V_P2P_HANDSHAKE;
    if (weal_noise_over(&l->noise)) begin_frames(l, now_ms);
    return WEAL_ACCEPT;
}

static enum weal_verdict on_hello(struct weal_link *l, const struct weal_frame_msg *msg) {
    struct weal_p2p_hello h;
    struct weal_rd r = weal_rd(msg->bytes);
    if (msg->type == WEAL_P2P_REJECT) return on_reject(l, msg);
    if (msg->type != WEAL_P2P_HELLO) return WEAL_V_P2P_HELLO;
    weal_p2p_hello_get(&r, &h);
    if (!weal_rd_done(&r)) return WEAL_V_P2P_HELLO;
    if (h.version != l->cfg->version) return WEAL_V_P2P_VERSION;
    if (memcmp(h.chain, l->cfg->chain, 32) != 0) return WEAL_V_P2P_CHAIN;
    for (size_t i = 0; i < h.agent.n; i++) {
        if (h.agent.p[i] < 0x20 || h.agent.p[i] > 0x7e) return WEAL_V_P2P_HELLO;
    }
    if (h.role_has) {
        uint8_t digest[32];
        weal_link_role_digest(digest, l->session, l->initiator, l->peer.identity);
        if (!weal_sig_verify_var(h.role.sig, digest, h.role.validator)) return WEAL_V_P2P_ROLE;
        memcpy(l->peer.validator, h.role.validator, 32);
    }
    l->peer.is_validator = h.role_has;
    l->peer.roles = h.roles;
    l->peer.listen_port = h.listen_port;
    l->peer.head_height = h.head_height;
    memcpy(l->peer.head_id, h.head_id, 32);
    memcpy(l->peer.short_salt, h.short_salt, 16);
    if (h.agent.n != 0) memcpy(l->peer.agent, h.agent.p, h.agent.n);
    l->peer.agent[h.agent.n] = 0;
    l->state = WEAL_LINK_OPEN;
    return WEAL_ACCEPT;
}

/* ---- open ---- */

static void send_own(struct weal_link *l, unsigned type, uint32_t bit, uint8_t *buf, size_t n) {
    if (l->queued & bit) return;
    if (weal_frame_send(&l->out, type, weal_bytes(buf, n), buf) == WEAL_OK) l->queued |= bit;
}

static enum weal_verdict on_ping(struct weal_link *l, const struct weal_frame_msg *msg,
                                 uint64_t now_ms) {
    if (msg->bytes.n != 8) return WEAL_V_P2P_PING;
    if (msg->type == WEAL_P2P_PING) {
        /* one pong at a time: who pings faster than it listens gets fewer answers */
        if (!(l->queued & Q_PONG)) memcpy(l->pong, msg->bytes.p, 8);
        send_own(l, WEAL_P2P_PONG, Q_PONG, l->pong, 8);
        return WEAL_ACCEPT;
    }
    if (!l->ping_out || weal_le64(msg->bytes.p) != l->ping_nonce) return WEAL_V_P2P_PING;
    l->ping_out = false;
    uint32_t ms = (uint32_t)(now_ms - l->ping_ms);
    if (ms == 0) ms = 1;
    l->rtt_ms = l->rtt_ms == 0 ? ms : (7 * l->rtt_ms + ms + 4) / 8;
    return WEAL_ACCEPT;
}

/* Deals with what is the link's own; true when the message is for the owner. */
static bool for_owner(struct weal_link *l, const struct weal_frame_msg *msg, uint64_t now_ms,
                      enum weal_verdict *v) {
    *v = WEAL_ACCEPT;
    switch (msg->type) {
    case WEAL_P2P_HELLO:
        *v = WEAL_V_P2P_HELLO;
        return false;
    case WEAL_P2P_PING:
    case WEAL_P2P_PONG:
        *v = on_ping(l, msg, now_ms);
        return false;
    case WEAL_P2P_REJECT:
        *v = on_reject(l, msg);
        return false;
    default:
        if (l->cfg->votes_from_validators_only && !l->peer.is_validator &&
            weal_p2p_type_info(msg->type)->flags & WEAL_P2P_FLAG_VALIDATOR) {
            l->dropped_votes++;
            return false;
        }
        return true;
    }
}

static enum weal_link_got read_handshake(struct weal_link *l, uint8_t *in, size_t n, size_t *used,
                                         uint64_t now_ms, struct weal_frame_msg *out) {
    if (n < 2) return WEAL_LINK_MORE;
    size_t len = weal_le16(in);
    if (len > WEAL_P2P_HANDSHAKE_MAX - 2 || len < REFUSAL_BYTES) {
        return refuse(l, out, l->noise.step == 0 ? WEAL_V_P2P_MAGIC : WEAL_V_P2P_HANDSHAKE);
    }
    if (n - 2 < len) return WEAL_LINK_MORE;
    *used += 2 + len;
    enum weal_verdict v = on_handshake(l, weal_bytes(in + 2, len), now_ms);
    return v == WEAL_ACCEPT ? WEAL_LINK_MESSAGE : refuse(l, out, v);
}

enum weal_link_got weal_link_read(struct weal_link *l, uint8_t *in, size_t n, size_t *used,
                                  uint64_t now_ms, struct weal_frame_msg *out) {
    *used = 0;
    *out = (struct weal_frame_msg){0};
    if (n != 0) l->heard_ms = now_ms;
    while (l->state == WEAL_LINK_SHAKING) {
        enum weal_link_got got = read_handshake(l, in + *used, n - *used, used, now_ms, out);
        if (got != WEAL_LINK_MESSAGE) return got;
    }
    if (l->state == WEAL_LINK_DEAD) return refuse(l, out, WEAL_V_P2P_CLOSED);
    for (;;) {
        size_t some;
        enum weal_frame_got got =
            weal_frame_read(&l->in, in + *used, n - *used, &some, now_ms, out);
        *used += some;
        enum weal_verdict v = WEAL_ACCEPT;
        switch (got) {
        case WEAL_FRAME_MORE:
            return WEAL_LINK_MORE;
        case WEAL_FRAME_WAIT:
            return WEAL_LINK_WAIT;
        case WEAL_FRAME_REFUSED:
            return refuse(l, out, out->verdict);
        case WEAL_FRAME_MESSAGE:
            if (l->state == WEAL_LINK_GREETING) {
                v = on_hello(l, out);
                if (v == WEAL_ACCEPT) return WEAL_LINK_UP;
            } else if (for_owner(l, out, now_ms, &v)) {
                return WEAL_LINK_MESSAGE;
            }
            if (v != WEAL_ACCEPT) return refuse(l, out, v);
        }
    }
}

enum weal_err weal_link_send(struct weal_link *l, unsigned type, struct weal_bytes msg,
                             void *token) {
    if (l->state != WEAL_LINK_OPEN) return WEAL_ERR_CLOSED;
    return weal_frame_send(&l->out, type, msg, token);
}

size_t weal_link_pull(struct weal_link *l, uint8_t *out, size_t cap, uint64_t now_ms) {
    size_t n = 0;
    if (cap < WEAL_P2P_RECORD_MAX) return 0;
    if (l->pending_sent < l->pending_n) {
        n = l->pending_n - l->pending_sent;
        memcpy(out, l->pending + l->pending_sent, n);
        l->pending_sent = l->pending_n = 0;
    }
    if (l->framed) n += weal_frame_pull(&l->out, out + n, cap - n, now_ms);
    if (n != 0) l->moved_ms = now_ms;
    return n;
}

uint32_t weal_link_wait(const struct weal_link *l) {
    return l->framed ? l->out.wait_ms : 0;
}

/* Before the handshake is over the reason goes in the clear: a hint, and only a few are worth one.
 */
static void put_refusal(struct weal_link *l, enum weal_verdict why) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        if (refusals[i].why != why || sizeof l->pending - l->pending_n < 2 + REFUSAL_BYTES)
            continue;
        weal_put_le16(l->pending + l->pending_n, REFUSAL_BYTES);
        weal_put_le16(l->pending + l->pending_n + 2, refusals[i].code);
        l->pending_n += 2 + REFUSAL_BYTES;
    }
}

void weal_link_reject(struct weal_link *l, enum weal_verdict why) {
    if (l->state == WEAL_LINK_SHAKING) put_refusal(l, why);
    if (!l->framed || l->queued & Q_REJECT) return;
    const char *name = weal_verdict_name(why);
    struct weal_p2p_reject r = {.reason = weal_bytes(name, strlen(name))};
    struct weal_wr w = weal_wr(l->reject, sizeof l->reject);
    weal_p2p_reject_put(&w, &r);
    if (!w.failed) send_own(l, WEAL_P2P_REJECT, Q_REJECT, l->reject, w.n);
}

enum weal_verdict weal_link_tick(struct weal_link *l, uint64_t now_ms) {
    if (l->state < WEAL_LINK_OPEN) {
        return now_ms - l->started_ms > WEAL_P2P_HANDSHAKE_MS ? WEAL_V_P2P_TIMEOUT : WEAL_ACCEPT;
    }
    if (l->state == WEAL_LINK_DEAD) return WEAL_V_P2P_CLOSED;
    if (now_ms - l->heard_ms > WEAL_P2P_SILENCE_MS) return WEAL_V_P2P_SILENT;
    uint64_t oldest = weal_frame_oldest(&l->in);
    if (oldest != UINT64_MAX && now_ms - oldest > WEAL_P2P_STALL_MS) return WEAL_V_P2P_STALLED;
    if (weal_frame_waiting(&l->out) == 0) l->moved_ms = now_ms;
    if (now_ms - l->moved_ms > WEAL_P2P_STALL_MS) return WEAL_V_P2P_STALLED;
    if (!l->ping_out && now_ms - l->ping_ms >= WEAL_P2P_PING_MS) {
        l->ping_nonce++;
        l->ping_ms = now_ms;
        weal_put_le64(l->ping, l->ping_nonce);
        send_own(l, WEAL_P2P_PING, Q_PING, l->ping, 8);
        l->ping_out = true;
    }
    return WEAL_ACCEPT;
}

void weal_link_close(struct weal_link *l) {
    if (l->framed) {
        weal_frame_out_close(&l->out);
        weal_frame_in_close(&l->in);
    }
    l->framed = false;
    l->state = WEAL_LINK_DEAD;
    weal_noise_wipe(&l->noise);
    sodium_memzero(l->session, sizeof l->session);
}
