/* SPDX-License-Identifier: ISC */
/* Generated from p2p/msg.schema; do not edit. */
#ifndef WEAL_GEN_MSG_H
#define WEAL_GEN_MSG_H

#include "crypto/base/bytes.h"

/* proof that the holder of a validator key runs this end of this connection */
struct weal_p2p_role {
    uint8_t validator[32]; /* x-only validator key */
    uint8_t sig[64]; /* BIP340 by it over tag weal/p2p/role: handshake hash, side, static key */
};

/* first message of both sides */
struct weal_p2p_hello {
    uint16_t version; /* protocol version, as in the handshake */
    uint8_t chain[32]; /* chain id, as in the handshake */
    uint32_t roles; /* bit 0: keeps all blocks; bit 1: answers address questions */
    uint16_t listen_port; /* where this node accepts connections; 0: nowhere */
    uint64_t head_height; /* last finalized height */
    uint8_t head_id[32]; /* block id of it */
    uint8_t short_salt[16]; /* transaction ids announced to me are shortened with this */
    struct weal_bytes agent; /* program and version, printable ASCII; at most 64 bytes, borrowed */
    bool role_has;
    struct weal_p2p_role role; /* absent when the node is no validator or hides it */
};

/* answered by a pong with the same bytes */
struct weal_p2p_ping {
    uint64_t nonce; /* chosen by the asker */
};

/* why the sender is about to close; a hint, never a proof */
struct weal_p2p_reject {
    struct weal_bytes reason; /* stable name of the verdict; at most 96 bytes, borrowed */
};

/* the sender's last finalized block has moved; at most one a second */
struct weal_p2p_head {
    uint64_t height; /* last finalized height */
    uint8_t id[32]; /* block id of it */
};

/* one vote */
struct weal_p2p_vote {
    struct weal_bytes vote; /* encoded and signed vote; at most 480 bytes, borrowed */
};

/* one certificate */
struct weal_p2p_cert {
    struct weal_bytes cert; /* encoded certificate; at most 32000 bytes, borrowed */
};

/* a leader's proposal with its justification */
struct weal_p2p_proposal {
    struct weal_bytes proposal; /* encoded proposal: the leader's notarize vote, header, certificates; at most 1048000 bytes, borrowed */
};

/* a block's body, pushed, forwarded or asked for */
struct weal_p2p_body {
    uint8_t why; /* 0: pushed by its proposer; 1: forwarded; 2: answer to body_get */
    uint8_t id[32]; /* block id */
    struct weal_bytes header; /* canonical header; may be empty when why is 0, the proposal has it; at most 4096 bytes, borrowed */
    struct weal_bytes body; /* canonical body; at most 2162688 bytes, borrowed */
};

/* one finalized block; an answer may leave out certificates of all but its last */
struct weal_p2p_block {
    struct weal_bytes header; /* canonical header; at most 4096 bytes, borrowed */
    struct weal_bytes cert; /* finalization certificate of it or of a descendant in the same answer; at most 32000 bytes, borrowed */
    struct weal_bytes body; /* canonical body; at most 2162688 bytes, borrowed */
};

/* asks for finalized blocks by height */
struct weal_p2p_block_get {
    uint32_t request; /* chosen by the asker, repeated in the answer */
    uint64_t from; /* first height */
    uint16_t count; /* 1 to 64 */
};

/* finalized blocks from the height asked for, without gaps; may stop early */
struct weal_p2p_blocks {
    uint32_t request; /* of the question */
    uint64_t head_height; /* the sender's last finalized height */
    uint64_t from; /* first height; as asked */
    uint16_t blocks_n;
    struct weal_p2p_block blocks[64]; /* none when the sender does not have the first one */
};

/* asks for the body of a block that may not be final */
struct weal_p2p_body_get {
    uint8_t id[32]; /* block id; answered by body, or not at all */
};

/* asks for certificates of views (rule B) */
struct weal_p2p_view_get {
    uint64_t term; /* term */
    uint64_t from; /* first view */
    uint16_t count; /* 1 to 64 */
};

/* one certificate */
struct weal_p2p_view_cert {
    struct weal_bytes cert; /* notarization, nullification or finalization, or a finalization above; at most 32000 bytes, borrowed */
};

/* settled certificates for the views asked for, in any order */
struct weal_p2p_views {
    uint64_t term; /* term */
    uint64_t from; /* first view; as asked */
    uint16_t certs_n;
    struct weal_p2p_view_cert certs[64]; /* what the sender holds of them */
};

/* a transaction on offer */
struct weal_p2p_tx_id {
    uint8_t short_id[8]; /* SipHash-2-4 of the transaction id under the receiver's short_salt */
    uint32_t size; /* its length in bytes */
};

/* transactions the sender has verified */
struct weal_p2p_tx_announce {
    uint16_t ids_n;
    struct weal_p2p_tx_id ids[512]; /* 1 to 512 */
};

/* a wanted transaction */
struct weal_p2p_tx_want {
    uint8_t short_id[8]; /* as it was announced */
};

/* asks an announcer for transactions */
struct weal_p2p_tx_get {
    uint16_t ids_n;
    struct weal_p2p_tx_want ids[512]; /* 1 to 512, all announced by the one asked */
};

/* one transaction */
struct weal_p2p_tx_item {
    struct weal_bytes tx; /* canonical bytes; at most 65535 bytes, borrowed */
};

/* transactions asked for */
struct weal_p2p_tx_data {
    uint16_t txs_n;
    struct weal_p2p_tx_item txs[256]; /* 1 to 256 */
    uint16_t gone_n;
    struct weal_p2p_tx_want gone[256]; /* asked for and no longer here */
};

/* where a node was reached */
struct weal_p2p_addr {
    uint8_t ip[16]; /* IPv6, or IPv4 as ::ffff:a.b.c.d */
    uint16_t port; /* 1 to 65535 */
    uint8_t identity[32]; /* its static key; zeros: not known */
};

/* asks for addresses; at most one in 30 s */
struct weal_p2p_pex_get {
    uint16_t count; /* 1 to 64 */
};

/* addresses the sender has itself reached; never a validator's that hides */
struct weal_p2p_pex {
    uint16_t addrs_n;
    struct weal_p2p_addr addrs[64]; /* 0 to 64 */
};

enum {
    WEAL_P2P_ROLE_ID = 1,
    WEAL_P2P_ROLE_SIZE_MAX = 96,
    WEAL_P2P_HELLO_ID = 2,
    WEAL_P2P_HELLO_SIZE_MAX = 259,
    WEAL_P2P_PING_ID = 3,
    WEAL_P2P_PING_SIZE_MAX = 8,
    WEAL_P2P_REJECT_ID = 4,
    WEAL_P2P_REJECT_SIZE_MAX = 98,
    WEAL_P2P_HEAD_ID = 5,
    WEAL_P2P_HEAD_SIZE_MAX = 40,
    WEAL_P2P_VOTE_ID = 16,
    WEAL_P2P_VOTE_SIZE_MAX = 482,
    WEAL_P2P_CERT_ID = 17,
    WEAL_P2P_CERT_SIZE_MAX = 32002,
    WEAL_P2P_PROPOSAL_ID = 18,
    WEAL_P2P_PROPOSAL_SIZE_MAX = 1048004,
    WEAL_P2P_BODY_ID = 19,
    WEAL_P2P_BODY_SIZE_MAX = 2166823,
    WEAL_P2P_BLOCK_ID = 32,
    WEAL_P2P_BLOCK_SIZE_MAX = 2198792,
    WEAL_P2P_BLOCK_GET_ID = 33,
    WEAL_P2P_BLOCK_GET_SIZE_MAX = 14,
    WEAL_P2P_BLOCKS_ID = 34,
    WEAL_P2P_BLOCKS_SIZE_MAX = 140722710,
    WEAL_P2P_BODY_GET_ID = 35,
    WEAL_P2P_BODY_GET_SIZE_MAX = 32,
    WEAL_P2P_VIEW_GET_ID = 36,
    WEAL_P2P_VIEW_GET_SIZE_MAX = 18,
    WEAL_P2P_VIEW_CERT_ID = 37,
    WEAL_P2P_VIEW_CERT_SIZE_MAX = 32002,
    WEAL_P2P_VIEWS_ID = 38,
    WEAL_P2P_VIEWS_SIZE_MAX = 2048146,
    WEAL_P2P_TX_ID_ID = 48,
    WEAL_P2P_TX_ID_SIZE_MAX = 12,
    WEAL_P2P_TX_ANNOUNCE_ID = 49,
    WEAL_P2P_TX_ANNOUNCE_SIZE_MAX = 6146,
    WEAL_P2P_TX_WANT_ID = 50,
    WEAL_P2P_TX_WANT_SIZE_MAX = 8,
    WEAL_P2P_TX_GET_ID = 51,
    WEAL_P2P_TX_GET_SIZE_MAX = 4098,
    WEAL_P2P_TX_ITEM_ID = 52,
    WEAL_P2P_TX_ITEM_SIZE_MAX = 65537,
    WEAL_P2P_TX_DATA_ID = 53,
    WEAL_P2P_TX_DATA_SIZE_MAX = 16779524,
    WEAL_P2P_ADDR_ID = 64,
    WEAL_P2P_ADDR_SIZE_MAX = 50,
    WEAL_P2P_PEX_GET_ID = 65,
    WEAL_P2P_PEX_GET_SIZE_MAX = 2,
    WEAL_P2P_PEX_ID = 66,
    WEAL_P2P_PEX_SIZE_MAX = 3202,
};

/* put writes the canonical encoding; get accepts nothing else (VAR fields view the
 * input); json writes an object, bytes as hex, u64 as decimal strings;
 * put_signed stops before the authority. A cursor that fails stays failed. */
void weal_p2p_role_put(struct weal_wr *w, const struct weal_p2p_role *x);
void weal_p2p_role_get(struct weal_rd *r, struct weal_p2p_role *x);
void weal_p2p_role_json(struct weal_wr *w, const struct weal_p2p_role *x);
void weal_p2p_hello_put(struct weal_wr *w, const struct weal_p2p_hello *x);
void weal_p2p_hello_get(struct weal_rd *r, struct weal_p2p_hello *x);
void weal_p2p_hello_json(struct weal_wr *w, const struct weal_p2p_hello *x);
void weal_p2p_ping_put(struct weal_wr *w, const struct weal_p2p_ping *x);
void weal_p2p_ping_get(struct weal_rd *r, struct weal_p2p_ping *x);
void weal_p2p_ping_json(struct weal_wr *w, const struct weal_p2p_ping *x);
void weal_p2p_reject_put(struct weal_wr *w, const struct weal_p2p_reject *x);
void weal_p2p_reject_get(struct weal_rd *r, struct weal_p2p_reject *x);
void weal_p2p_reject_json(struct weal_wr *w, const struct weal_p2p_reject *x);
void weal_p2p_head_put(struct weal_wr *w, const struct weal_p2p_head *x);
void weal_p2p_head_get(struct weal_rd *r, struct weal_p2p_head *x);
void weal_p2p_head_json(struct weal_wr *w, const struct weal_p2p_head *x);
void weal_p2p_vote_put(struct weal_wr *w, const struct weal_p2p_vote *x);
void weal_p2p_vote_get(struct weal_rd *r, struct weal_p2p_vote *x);
void weal_p2p_vote_json(struct weal_wr *w, const struct weal_p2p_vote *x);
void weal_p2p_cert_put(struct weal_wr *w, const struct weal_p2p_cert *x);
void weal_p2p_cert_get(struct weal_rd *r, struct weal_p2p_cert *x);
void weal_p2p_cert_json(struct weal_wr *w, const struct weal_p2p_cert *x);
void weal_p2p_proposal_put(struct weal_wr *w, const struct weal_p2p_proposal *x);
void weal_p2p_proposal_get(struct weal_rd *r, struct weal_p2p_proposal *x);
void weal_p2p_proposal_json(struct weal_wr *w, const struct weal_p2p_proposal *x);
void weal_p2p_body_put(struct weal_wr *w, const struct weal_p2p_body *x);
void weal_p2p_body_get(struct weal_rd *r, struct weal_p2p_body *x);
void weal_p2p_body_json(struct weal_wr *w, const struct weal_p2p_body *x);
void weal_p2p_block_put(struct weal_wr *w, const struct weal_p2p_block *x);
void weal_p2p_block_get(struct weal_rd *r, struct weal_p2p_block *x);
void weal_p2p_block_json(struct weal_wr *w, const struct weal_p2p_block *x);
void weal_p2p_block_get_put(struct weal_wr *w, const struct weal_p2p_block_get *x);
void weal_p2p_block_get_get(struct weal_rd *r, struct weal_p2p_block_get *x);
void weal_p2p_block_get_json(struct weal_wr *w, const struct weal_p2p_block_get *x);
void weal_p2p_blocks_put(struct weal_wr *w, const struct weal_p2p_blocks *x);
void weal_p2p_blocks_get(struct weal_rd *r, struct weal_p2p_blocks *x);
void weal_p2p_blocks_json(struct weal_wr *w, const struct weal_p2p_blocks *x);
void weal_p2p_body_get_put(struct weal_wr *w, const struct weal_p2p_body_get *x);
void weal_p2p_body_get_get(struct weal_rd *r, struct weal_p2p_body_get *x);
void weal_p2p_body_get_json(struct weal_wr *w, const struct weal_p2p_body_get *x);
void weal_p2p_view_get_put(struct weal_wr *w, const struct weal_p2p_view_get *x);
void weal_p2p_view_get_get(struct weal_rd *r, struct weal_p2p_view_get *x);
void weal_p2p_view_get_json(struct weal_wr *w, const struct weal_p2p_view_get *x);
void weal_p2p_view_cert_put(struct weal_wr *w, const struct weal_p2p_view_cert *x);
void weal_p2p_view_cert_get(struct weal_rd *r, struct weal_p2p_view_cert *x);
void weal_p2p_view_cert_json(struct weal_wr *w, const struct weal_p2p_view_cert *x);
void weal_p2p_views_put(struct weal_wr *w, const struct weal_p2p_views *x);
void weal_p2p_views_get(struct weal_rd *r, struct weal_p2p_views *x);
void weal_p2p_views_json(struct weal_wr *w, const struct weal_p2p_views *x);
void weal_p2p_tx_id_put(struct weal_wr *w, const struct weal_p2p_tx_id *x);
void weal_p2p_tx_id_get(struct weal_rd *r, struct weal_p2p_tx_id *x);
void weal_p2p_tx_id_json(struct weal_wr *w, const struct weal_p2p_tx_id *x);
void weal_p2p_tx_announce_put(struct weal_wr *w, const struct weal_p2p_tx_announce *x);
void weal_p2p_tx_announce_get(struct weal_rd *r, struct weal_p2p_tx_announce *x);
void weal_p2p_tx_announce_json(struct weal_wr *w, const struct weal_p2p_tx_announce *x);
void weal_p2p_tx_want_put(struct weal_wr *w, const struct weal_p2p_tx_want *x);
void weal_p2p_tx_want_get(struct weal_rd *r, struct weal_p2p_tx_want *x);
void weal_p2p_tx_want_json(struct weal_wr *w, const struct weal_p2p_tx_want *x);
void weal_p2p_tx_get_put(struct weal_wr *w, const struct weal_p2p_tx_get *x);
void weal_p2p_tx_get_get(struct weal_rd *r, struct weal_p2p_tx_get *x);
void weal_p2p_tx_get_json(struct weal_wr *w, const struct weal_p2p_tx_get *x);
void weal_p2p_tx_item_put(struct weal_wr *w, const struct weal_p2p_tx_item *x);
void weal_p2p_tx_item_get(struct weal_rd *r, struct weal_p2p_tx_item *x);
void weal_p2p_tx_item_json(struct weal_wr *w, const struct weal_p2p_tx_item *x);
void weal_p2p_tx_data_put(struct weal_wr *w, const struct weal_p2p_tx_data *x);
void weal_p2p_tx_data_get(struct weal_rd *r, struct weal_p2p_tx_data *x);
void weal_p2p_tx_data_json(struct weal_wr *w, const struct weal_p2p_tx_data *x);
void weal_p2p_addr_put(struct weal_wr *w, const struct weal_p2p_addr *x);
void weal_p2p_addr_get(struct weal_rd *r, struct weal_p2p_addr *x);
void weal_p2p_addr_json(struct weal_wr *w, const struct weal_p2p_addr *x);
void weal_p2p_pex_get_put(struct weal_wr *w, const struct weal_p2p_pex_get *x);
void weal_p2p_pex_get_get(struct weal_rd *r, struct weal_p2p_pex_get *x);
void weal_p2p_pex_get_json(struct weal_wr *w, const struct weal_p2p_pex_get *x);
void weal_p2p_pex_put(struct weal_wr *w, const struct weal_p2p_pex *x);
void weal_p2p_pex_get(struct weal_rd *r, struct weal_p2p_pex *x);
void weal_p2p_pex_json(struct weal_wr *w, const struct weal_p2p_pex *x);

/* The fuzz law: 0 when the bytes are no such record, 1 when put(get(b)) == b, -1 when not. */
int weal_msg_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch);
enum { WEAL_MSG_RECORDS = 25 };

#endif
