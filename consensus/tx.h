/* SPDX-License-Identifier: ISC */
/* What a transaction's parts are called and signed as: ids, signing hashes, role strings, scopes.
 * Shared by the ledger, wallets, attestors and modules, so that a string has one spelling in one
 * place. Pure; any thread. */
#ifndef WEAL_CONSENSUS_TX_H
#define WEAL_CONSENSUS_TX_H

#include "consensus/gen/tx_gen.h"

enum weal_asset { WEAL_ASSET_IT = 1, WEAL_ASSET_IBC = 2, WEAL_ASSETS = 3 /* size of a table */ };

enum { WEAL_TX_VERSION = 1 };

/* id = BLAKE2b-256 "weal/tx-id" of all bytes. */
void weal_tx_id(uint8_t id[32], struct weal_bytes tx);

/* BLAKE2b-256 "weal/tx-sign" of the chain id and the bytes before the authority. The chain id is
 * the chain's own here (of its genesis), not the lineage's. */
void weal_tx_signing_hash(uint8_t hash[32], const uint8_t chain_id[32], const struct weal_tx *tx);

/* Decodes a whole transaction; false when it is not canonical or of another version. VAR fields
 * view the bytes. */
bool weal_tx_decode(struct weal_tx *tx, struct weal_bytes bytes);

/* ---- roles: what a pop signs is the role string and then the signing hash ---- */
#define WEAL_ROLE_KEY "weal/role/key"           /* the key that is being registered */
#define WEAL_ROLE_OLD_KEY "weal/role/old-key"   /* the key that is being replaced */
#define WEAL_ROLE_ATTESTOR "weal/role/attestor" /* an attestor, for any human.* act */
#define WEAL_ROLE_MODULE "weal/role/module"     /* a value module */
#define WEAL_ROLE_SEAT "weal/role/seat"         /* a validator seat's key */
enum { WEAL_ROLE_MESSAGE_MAX = 64 };
/* Writes role and hash; returns the length, at most WEAL_ROLE_MESSAGE_MAX. */
size_t weal_role_message(uint8_t out[WEAL_ROLE_MESSAGE_MAX], const char *role,
                         const uint8_t hash[32]);

/* ---- scopes of ring proofs: decimals without leading zeros ---- */
enum weal_scope_kind {
    WEAL_SCOPE_ACTIVITY = 1,       /* activity/<epoch>/<n>, shape HUMAN */
    WEAL_SCOPE_INCOME = 2,         /* income/<epoch>, shape NOTE */
    WEAL_SCOPE_FACE_VALIDATOR = 3, /* face/validator/<year>, shape HUMAN */
};
/* A scope as data: the key of its tags in the table TAG is kind, number, n, tag. */
struct weal_scope {
    enum weal_scope_kind kind;
    uint32_t number; /* epoch or year */
    uint8_t n;       /* activity: 1 or 2; else 0 */
};
enum { WEAL_SCOPE_TEXT_MAX = 64 };
/* The scope string, not terminated; returns its length. */
size_t weal_scope_text(uint8_t out[WEAL_SCOPE_TEXT_MAX], struct weal_scope s);
/* "beacon/<term>/<view>", shape HUMAN: the scope of a header's owntag. */
size_t weal_scope_beacon(uint8_t out[WEAL_SCOPE_TEXT_MAX], uint32_t term, uint64_t view);

/* ---- jurisdictions: parts of 1..8 characters A-Z 0-9 joined by '-', 2..24 in all ---- */
bool weal_jurisdiction_valid(struct weal_bytes path);
/* True when a is b or a whole-part prefix of b: CA and CA-ON are prefixes of CA-ON-TOR. */
bool weal_jurisdiction_prefix(struct weal_bytes a, struct weal_bytes b);

/* ---- the allow-list of a pilot: leaves are hashes of human keys ---- */
void weal_pilot_leaf(uint8_t leaf[32], const uint8_t key[32]);
void weal_pilot_node(uint8_t node[32], const uint8_t left[32], const uint8_t right[32]);

#endif
