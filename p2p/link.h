/* SPDX-License-Identifier: ISC */
/* One connection, from the first byte to the last: Noise handshake, hello, role proof, frames,
 * pings, silences. Bytes in, bytes out, messages out; no socket, no clock.
 *
 * Handshake message 1 carries in the clear a magic, the protocol version and the chain id, so that
 * a stranger is told politely why not (a refusal record), and the prologue binds the same, so that
 * nobody can change them on the way. The first message of both sides under encryption is hello;
 * a validator's hello holds a BIP340 signature by its validator key over the handshake hash, its
 * side and its static key: who runs this connection, for this session only. */
#ifndef WEAL_P2P_LINK_H
#define WEAL_P2P_LINK_H

#include "p2p/frame.h"
#include "p2p/gen/msg_gen.h"

/* Shared by all links of a node; borrowed while they live. */
struct weal_link_config {
    uint8_t chain[32];
    uint8_t identity_secret[32], identity[32]; /* static key pair */
    uint8_t short_salt[16];                    /* secret random, one a start */
    uint32_t roles;
    uint16_t listen_port;
    char agent[WEAL_P2P_USER_AGENT_MAX + 1];
    /* a validator's: signs a 32-byte digest (weal_link_role_digest); NULL: not a validator.
     * Returning false means no proof in this session. */
    bool (*prove)(void *ctx, const uint8_t digest[32], uint8_t sig[64]);
    void *prove_ctx;
    uint8_t validator[32];
    struct weal_frame_host host;
    bool votes_from_validators_only; /* drop, unread, what msg.def marks VALIDATOR from others */
    uint16_t version;                /* WEAL_P2P_VERSION, but in tests */
};

/* What is known of the other side once the link is open. */
struct weal_link_peer {
    uint8_t identity[32];
    uint8_t validator[32];
    bool is_validator; /* validator is proven */
    uint32_t roles;
    uint16_t listen_port;
    uint64_t head_height;
    uint8_t head_id[32];
    uint8_t short_salt[16];
    char agent[WEAL_P2P_USER_AGENT_MAX + 1]; /* printable ASCII */
};

enum weal_link_state {
    WEAL_LINK_SHAKING,  /* handshake */
    WEAL_LINK_GREETING, /* encrypted; the peer's hello is awaited */
    WEAL_LINK_OPEN,
    WEAL_LINK_DEAD
};

struct weal_link {
    const struct weal_link_config *cfg;
    enum weal_link_state state;
    bool initiator, expects;
    uint8_t expect[32]; /* identity the dialler wants */
    struct weal_noise noise;
    uint8_t session[32];                     /* handshake hash */
    uint8_t pending[WEAL_P2P_HANDSHAKE_MAX]; /* handshake bytes to send */
    uint32_t pending_n, pending_sent;
    struct weal_frame_in in;
    struct weal_frame_out out;
    struct weal_frame_host host; /* ours: tells our own messages from the owner's */
    struct weal_link_peer peer;
    uint64_t head_height;
    uint8_t head_id[32];
    uint8_t hello[WEAL_P2P_CAP_HELLO], ping[8], pong[8], reject[WEAL_P2P_CAP_REJECT];
    uint32_t queued; /* which of these four are in a queue, one bit each */
    uint64_t started_ms, heard_ms, moved_ms, ping_ms;
    uint64_t ping_nonce;
    bool ping_out;
    uint32_t rtt_ms;        /* smoothed, at least 1; 0: not measured */
    char reason[97];        /* why the peer closed, as it says: printable, unproven; "" */
    uint64_t dropped_votes; /* see votes_from_validators_only */
    void *rings;
    bool framed; /* in and out are in use */
};

size_t weal_link_footprint(void); /* bytes, 16-aligned, for one link with its queues */

/* mem: weal_link_footprint() bytes. expect: the identity dialled, or NULL. ephemeral: 32 fresh
 * random bytes, wiped from the caller's place. head: our last finalized block, for hello. */
struct weal_link *weal_link_init(void *mem, const struct weal_link_config *cfg, bool initiator,
                                 const uint8_t *expect, uint8_t ephemeral[32], uint64_t head_height,
                                 const uint8_t head_id[32], uint64_t now_ms);

enum weal_link_got {
    WEAL_LINK_MORE,    /* needs more bytes */
    WEAL_LINK_UP,      /* the link has just opened: l->peer */
    WEAL_LINK_MESSAGE, /* out->type, out->bytes, valid until the next call */
    WEAL_LINK_WAIT,    /* read on in out->wait_ms */
    WEAL_LINK_REFUSED  /* out->verdict; send what weal_link_pull still gives, then close */
};

/* As weal_frame_read. Answers pings itself. Refusals beside the frame's: p2p-magic, p2p-version,
 * p2p-chain, p2p-handshake, p2p-identity, p2p-hello, p2p-role, p2p-refused, p2p-self, p2p-ping. A
 * peer that refuses us before the handshake is over gives its reason unauthenticated: a hint. */
enum weal_link_got weal_link_read(struct weal_link *l, uint8_t *in, size_t n, size_t *used,
                                  uint64_t now_ms, struct weal_frame_msg *out);

/* Queues a message on an open link; see weal_frame_send. WEAL_ERR_CLOSED when it is not open. */
WEAL_MUST_USE enum weal_err weal_link_send(struct weal_link *l, unsigned type,
                                           struct weal_bytes msg, void *token);

/* The next bytes for the socket; 0 when there are none or cap is below WEAL_P2P_RECORD_MAX. */
size_t weal_link_pull(struct weal_link *l, uint8_t *out, size_t cap, uint64_t now_ms);

/* To be called about once a second: pings, and the verdict of a link that should be closed
 * (p2p-timeout, p2p-silent, p2p-stalled), else WEAL_ACCEPT. */
enum weal_verdict weal_link_tick(struct weal_link *l, uint64_t now_ms);

/* Tells the peer why it will be closed, as well as that can be done; pull once more, then close. */
void weal_link_reject(struct weal_link *l, enum weal_verdict why);

/* Milliseconds after which a pull may give bytes again though the last gave none; 0: no need. */
uint32_t weal_link_wait(const struct weal_link *l);

/* Releases everything queued or borrowed and wipes all keys. */
void weal_link_close(struct weal_link *l);

/* What a validator signs to prove its role. side: 0 the dialler's, 1 the listener's. */
void weal_link_role_digest(uint8_t out[32], const uint8_t session[32], uint8_t side,
                           const uint8_t identity[32]);

#endif
