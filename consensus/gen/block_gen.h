/* SPDX-License-Identifier: ISC */
/* Generated from consensus/block.schema; do not edit. */
#ifndef WEAL_GEN_BLOCK_H
#define WEAL_GEN_BLOCK_H

#include "crypto/base/bytes.h"

/* The head of a block; its id is BLAKE2b-256 over this encoding */
struct weal_header {
    uint16_t version; /* rules the block follows */
    uint8_t chain[32]; /* chain id */
    uint32_t term; /* period of one validator set */
    uint64_t height; /* the first block after genesis has 1 */
    uint64_t view; /* view in which the block was first proposed */
    uint64_t parent_view; /* view of the parent's proposal */
    uint8_t parent[32]; /* id of the parent */
    uint64_t time_ms; /* milliseconds since 1970, later than the parent's */
    uint16_t proposer; /* index of the leader in the validator set */
    uint8_t beacon_tag[32]; /* tag of the proposer's seat key for scope beacon/term/view */
    uint8_t beacon_proof[96]; /* owntag proof of that tag */
    uint8_t tx_root[32]; /* root over the transactions */
    uint8_t receipt_root[32]; /* root over the receipts */
    uint8_t state_root[32]; /* root of the state after this block */
    uint8_t set_hash[32]; /* validator set of this term */
    uint8_t next_set_hash[32]; /* validator set of the next term, as far as known */
    uint8_t justification_hash[32]; /* what the proposal carried to justify its parent */
};

/* A validator's signed vote */
struct weal_vote {
    uint8_t kind; /* 1 notarize, 2 nullify, 3 finalize */
    uint32_t term; /* term */
    uint64_t view; /* view */
    uint64_t parent_view; /* view of the parent's proposal; 0 in a nullify */
    uint8_t digest[32]; /* block id; zeros in a nullify */
    uint16_t signer; /* index in the validator set */
    uint8_t signature[64]; /* BIP340 over the tagged digest weal/vote/(kind) */
};

/* Votes of one subject by more than two thirds of the weight */
struct weal_certificate {
    uint8_t kind; /* 1 notarization, 2 nullification, 3 finalization */
    uint32_t term; /* term */
    uint64_t view; /* view */
    uint64_t parent_view; /* view of the parent's proposal; 0 in a nullification */
    uint8_t digest[32]; /* block id; zeros in a nullification */
    uint8_t signers[16]; /* bit i of byte i / 8: validator i has signed */
    struct weal_bytes signatures; /* 64 bytes a signer, in the order of their indices; at most 8192 bytes, borrowed */
};

/* Why a proposal may stand on its parent */
struct weal_justification {
    bool parent_has;
    struct weal_certificate parent; /* notarization or finalization of the parent; none for view 0 */
    uint16_t gaps_n;
    struct weal_certificate gaps[64]; /* nullifications of the last views between, rising */
};

/* The leader's notarize vote, with the header and the justification */
struct weal_proposal {
    uint32_t term; /* term */
    uint64_t view; /* view */
    uint64_t parent_view; /* view of the parent's proposal */
    uint8_t digest[32]; /* block id; the parent's in a re-proposal */
    uint16_t signer; /* index of the leader in the validator set */
    uint8_t signature[64]; /* the leader's notarize vote */
    struct weal_bytes header; /* encoded header of the block; at most 1024 bytes, borrowed */
    struct weal_bytes justification; /* encoded justification; the header commits to its hash; at most 560000 bytes, borrowed */
};

/* Asks a peer for the certificates of some views */
struct weal_cert_request {
    uint32_t term; /* term */
    uint64_t first; /* first view wanted */
    uint64_t last; /* last view wanted */
};

/* What the agreement sends to other nodes */
struct weal_bft_message {
    uint16_t m_kind; /* vote, certificate, proposal or request */
    union {
        struct weal_vote vote; /* 1 */
        struct weal_certificate certificate; /* 2 */
        struct weal_proposal proposal; /* 3 */
        struct weal_cert_request cert_request; /* 4 */
    } m;
};

/* Two votes of one validator that an honest one never signs both */
struct weal_evidence {
    uint8_t kind; /* 1 notarize twice, 2 finalize twice, 3 nullify and finalize, 4 notarize one and finalize another */
    uint16_t votes_n;
    struct weal_vote votes[2]; /* both, the one with the lower kind first */
};

/* All that a signer must remember to never contradict itself */
struct weal_guard_record {
    uint32_t term; /* term of the last vote */
    uint64_t view; /* view of the last vote */
    uint8_t kind; /* 0 none yet, 1 notarize, 2 nullify, 3 finalize */
    uint64_t parent_view; /* parent view of the last vote */
    uint8_t digest[32]; /* block id of the last vote */
    uint64_t finalize_view; /* highest view of the term with a finalize vote; 0 none */
};

/* Log: the first proposal seen in a view */
struct weal_wal_seen {
    uint64_t view; /* view */
    uint64_t parent_view; /* view of the parent's proposal */
    uint8_t digest[32]; /* block id */
    uint16_t signer; /* the leader */
    uint8_t signature[64]; /* the leader's notarize vote */
    struct weal_bytes header; /* encoded header; at most 1024 bytes, borrowed */
};

/* Log: a notarized or finalized block was executed here and holds */
struct weal_wal_certified {
    uint64_t view; /* view of the proposal */
    struct weal_bytes header; /* encoded header; at most 1024 bytes, borrowed */
};

/* Log: these views were nullified; their certificates are no longer kept */
struct weal_wal_gap {
    uint64_t first; /* first view */
    uint64_t last; /* last view */
};

/* Log: a term began */
struct weal_wal_term {
    uint32_t term; /* term */
    uint8_t digest[32]; /* id of the block it stands on: the boundary of the term before */
    uint8_t parent[32]; /* its parent */
    uint64_t height; /* its height */
    uint64_t header_view; /* its view of first proposal */
    uint64_t time_ms; /* its time */
    uint64_t listen_until_ms; /* no vote in a term that began before this wall time; 0 if free */
};

/* A record of the agreement in the write-ahead log */
struct weal_wal_record {
    uint16_t r_kind; /* what happened */
    union {
        struct weal_vote vote; /* 1 */
        struct weal_certificate certificate; /* 2 */
        struct weal_wal_seen wal_seen; /* 3 */
        struct weal_wal_certified wal_certified; /* 4 */
        struct weal_wal_term wal_term; /* 5 */
        struct weal_guard_record guard_record; /* 6 */
        struct weal_wal_gap wal_gap; /* 7 */
    } r;
};

enum {
    WEAL_HEADER_ID = 0x0101,
    WEAL_HEADER_SIZE_MAX = 424,
    WEAL_VOTE_ID = 0x0102,
    WEAL_VOTE_SIZE_MAX = 119,
    WEAL_CERTIFICATE_ID = 0x0103,
    WEAL_CERTIFICATE_SIZE_MAX = 8263,
    WEAL_JUSTIFICATION_ID = 0x0104,
    WEAL_JUSTIFICATION_SIZE_MAX = 537098,
    WEAL_PROPOSAL_ID = 0x0105,
    WEAL_PROPOSAL_SIZE_MAX = 561148,
    WEAL_CERT_REQUEST_ID = 0x0106,
    WEAL_CERT_REQUEST_SIZE_MAX = 20,
    WEAL_BFT_MESSAGE_ID = 0x0107,
    WEAL_BFT_MESSAGE_SIZE_MAX = 561150,
    WEAL_EVIDENCE_ID = 0x0108,
    WEAL_EVIDENCE_SIZE_MAX = 241,
    WEAL_GUARD_RECORD_ID = 0x0109,
    WEAL_GUARD_RECORD_SIZE_MAX = 61,
    WEAL_WAL_SEEN_ID = 0x0110,
    WEAL_WAL_SEEN_SIZE_MAX = 1140,
    WEAL_WAL_CERTIFIED_ID = 0x0111,
    WEAL_WAL_CERTIFIED_SIZE_MAX = 1034,
    WEAL_WAL_GAP_ID = 0x0113,
    WEAL_WAL_GAP_SIZE_MAX = 16,
    WEAL_WAL_TERM_ID = 0x0112,
    WEAL_WAL_TERM_SIZE_MAX = 100,
    WEAL_WAL_RECORD_ID = 0x0113,
    WEAL_WAL_RECORD_SIZE_MAX = 8265,
    WEAL_BFT_MESSAGE_VOTE = 1,
    WEAL_BFT_MESSAGE_CERTIFICATE = 2,
    WEAL_BFT_MESSAGE_PROPOSAL = 3,
    WEAL_BFT_MESSAGE_CERT_REQUEST = 4,
    WEAL_WAL_RECORD_VOTE = 1,
    WEAL_WAL_RECORD_CERTIFICATE = 2,
    WEAL_WAL_RECORD_WAL_SEEN = 3,
    WEAL_WAL_RECORD_WAL_CERTIFIED = 4,
    WEAL_WAL_RECORD_WAL_TERM = 5,
    WEAL_WAL_RECORD_GUARD_RECORD = 6,
    WEAL_WAL_RECORD_WAL_GAP = 7,
};

/* put writes the canonical encoding; get accepts nothing else (VAR fields view the
 * input); json writes an object, bytes as hex, u64 as decimal strings;
 * put_signed stops before the authority. A cursor that fails stays failed. */
void weal_header_put(struct weal_wr *w, const struct weal_header *x);
void weal_header_get(struct weal_rd *r, struct weal_header *x);
void weal_header_json(struct weal_wr *w, const struct weal_header *x);
void weal_vote_put(struct weal_wr *w, const struct weal_vote *x);
void weal_vote_put_signed(struct weal_wr *w, const struct weal_vote *x);
void weal_vote_get(struct weal_rd *r, struct weal_vote *x);
void weal_vote_json(struct weal_wr *w, const struct weal_vote *x);
void weal_certificate_put(struct weal_wr *w, const struct weal_certificate *x);
void weal_certificate_get(struct weal_rd *r, struct weal_certificate *x);
void weal_certificate_json(struct weal_wr *w, const struct weal_certificate *x);
void weal_justification_put(struct weal_wr *w, const struct weal_justification *x);
void weal_justification_get(struct weal_rd *r, struct weal_justification *x);
void weal_justification_json(struct weal_wr *w, const struct weal_justification *x);
void weal_proposal_put(struct weal_wr *w, const struct weal_proposal *x);
void weal_proposal_get(struct weal_rd *r, struct weal_proposal *x);
void weal_proposal_json(struct weal_wr *w, const struct weal_proposal *x);
void weal_cert_request_put(struct weal_wr *w, const struct weal_cert_request *x);
void weal_cert_request_get(struct weal_rd *r, struct weal_cert_request *x);
void weal_cert_request_json(struct weal_wr *w, const struct weal_cert_request *x);
void weal_bft_message_put(struct weal_wr *w, const struct weal_bft_message *x);
void weal_bft_message_get(struct weal_rd *r, struct weal_bft_message *x);
void weal_bft_message_json(struct weal_wr *w, const struct weal_bft_message *x);
void weal_evidence_put(struct weal_wr *w, const struct weal_evidence *x);
void weal_evidence_get(struct weal_rd *r, struct weal_evidence *x);
void weal_evidence_json(struct weal_wr *w, const struct weal_evidence *x);
void weal_guard_record_put(struct weal_wr *w, const struct weal_guard_record *x);
void weal_guard_record_get(struct weal_rd *r, struct weal_guard_record *x);
void weal_guard_record_json(struct weal_wr *w, const struct weal_guard_record *x);
void weal_wal_seen_put(struct weal_wr *w, const struct weal_wal_seen *x);
void weal_wal_seen_get(struct weal_rd *r, struct weal_wal_seen *x);
void weal_wal_seen_json(struct weal_wr *w, const struct weal_wal_seen *x);
void weal_wal_certified_put(struct weal_wr *w, const struct weal_wal_certified *x);
void weal_wal_certified_get(struct weal_rd *r, struct weal_wal_certified *x);
void weal_wal_certified_json(struct weal_wr *w, const struct weal_wal_certified *x);
void weal_wal_gap_put(struct weal_wr *w, const struct weal_wal_gap *x);
void weal_wal_gap_get(struct weal_rd *r, struct weal_wal_gap *x);
void weal_wal_gap_json(struct weal_wr *w, const struct weal_wal_gap *x);
void weal_wal_term_put(struct weal_wr *w, const struct weal_wal_term *x);
void weal_wal_term_get(struct weal_rd *r, struct weal_wal_term *x);
void weal_wal_term_json(struct weal_wr *w, const struct weal_wal_term *x);
void weal_wal_record_put(struct weal_wr *w, const struct weal_wal_record *x);
void weal_wal_record_get(struct weal_rd *r, struct weal_wal_record *x);
void weal_wal_record_json(struct weal_wr *w, const struct weal_wal_record *x);

/* The fuzz law: 0 when the bytes are no such record, 1 when put(get(b)) == b, -1 when not. */
int weal_block_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch);
enum { WEAL_BLOCK_RECORDS = 14 };

#endif
