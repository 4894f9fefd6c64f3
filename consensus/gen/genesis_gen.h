/* SPDX-License-Identifier: ISC */
/* Generated from consensus/genesis.schema; do not edit. */
#ifndef WEAL_GEN_GENESIS_H
#define WEAL_GEN_GENESIS_H

#include "crypto/base/bytes.h"

/* One parameter */
struct weal_genesis_param {
    uint16_t id; /* its number in consensus/params.def */
    uint64_t value; /* in the unit named there */
};

/* A founding validator; its bond is minted */
struct weal_genesis_validator {
    uint8_t account[32]; /* BIP340 key that signs votes */
    uint8_t seat[32]; /* seat key, a ristretto255 point */
    uint64_t bond; /* micro-IT */
    uint64_t lapse; /* height at which the seat lapses unless a face leases it */
};

/* IT granted to an account */
struct weal_genesis_grant {
    uint8_t account[32]; /* receiving account */
    uint64_t micro; /* micro-IT, above 0 */
};

/* An attestor */
struct weal_genesis_attestor {
    uint8_t key[32]; /* signing key, a ristretto255 point */
    uint8_t share[32]; /* commitment of its VOPRF share */
    struct weal_bytes name; /* what people call it, ASCII; at most 48 bytes, borrowed */
};

/* A value module */
struct weal_genesis_module {
    uint8_t key[32]; /* signing key, a ristretto255 point */
    struct weal_bytes category; /* health, education, community, ...; at most 24 bytes, borrowed */
    struct weal_bytes name; /* what people call it, ASCII; at most 48 bytes, borrowed */
    uint32_t epoch_max; /* notes it may witness in one epoch */
};

/* An upgrade by height */
struct weal_genesis_upgrade {
    uint64_t height; /* first height of the new version */
    uint32_t version; /* protocol version from there on */
};

/* A chain's beginning */
struct weal_genesis {
    uint16_t form; /* 1 */
    uint32_t version; /* protocol version of the first block */
    uint64_t time_ms; /* time of height 0, ms since 1970; epochs and steps count from it */
    struct weal_bytes name; /* what people call the chain; [a-z0-9-]; at most 32 bytes, borrowed */
    struct weal_bytes prefix; /* prefix of its addresses; [a-z0-9]; at most 16 bytes, borrowed */
    uint8_t lineage[32]; /* chain id of the lineage's first genesis; zero: this one */
    uint16_t params_n;
    struct weal_genesis_param params[64]; /* every parameter, ascending by number */
    uint16_t validators_n;
    struct weal_genesis_validator validators[128]; /* ascending by seat key */
    uint16_t grants_n;
    struct weal_genesis_grant grants[256]; /* ascending by account */
    uint16_t t; /* attestors needed for an ordinary act */
    uint8_t voprf[32]; /* the attestors' common VOPRF public key */
    uint8_t pilot[32]; /* root of the pilot's allow-list; zero: everybody may enrol */
    uint16_t attestors_n;
    struct weal_genesis_attestor attestors[64]; /* numbered from 0 in this order; at least 2t + 1 */
    uint16_t modules_n;
    struct weal_genesis_module modules[64]; /* numbered from 0 in this order */
    uint16_t upgrades_n;
    struct weal_genesis_upgrade upgrades[16]; /* ascending by height and version */
};

enum {
    WEAL_GENESIS_PARAM_ID = 0,
    WEAL_GENESIS_PARAM_SIZE_MAX = 10,
    WEAL_GENESIS_VALIDATOR_ID = 0,
    WEAL_GENESIS_VALIDATOR_SIZE_MAX = 80,
    WEAL_GENESIS_GRANT_ID = 0,
    WEAL_GENESIS_GRANT_SIZE_MAX = 40,
    WEAL_GENESIS_ATTESTOR_ID = 0,
    WEAL_GENESIS_ATTESTOR_SIZE_MAX = 114,
    WEAL_GENESIS_MODULE_ID = 0,
    WEAL_GENESIS_MODULE_SIZE_MAX = 112,
    WEAL_GENESIS_UPGRADE_ID = 0,
    WEAL_GENESIS_UPGRADE_SIZE_MAX = 12,
    WEAL_GENESIS_ID = 0x0001,
    WEAL_GENESIS_SIZE_MAX = 35952,
};

/* put writes the canonical encoding; get accepts nothing else (VAR fields view the
 * input); json writes an object, bytes as hex, u64 as decimal strings;
 * put_signed stops before the authority. A cursor that fails stays failed. */
void weal_genesis_param_put(struct weal_wr *w, const struct weal_genesis_param *x);
void weal_genesis_param_get(struct weal_rd *r, struct weal_genesis_param *x);
void weal_genesis_param_json(struct weal_wr *w, const struct weal_genesis_param *x);
void weal_genesis_validator_put(struct weal_wr *w, const struct weal_genesis_validator *x);
void weal_genesis_validator_get(struct weal_rd *r, struct weal_genesis_validator *x);
void weal_genesis_validator_json(struct weal_wr *w, const struct weal_genesis_validator *x);
void weal_genesis_grant_put(struct weal_wr *w, const struct weal_genesis_grant *x);
void weal_genesis_grant_get(struct weal_rd *r, struct weal_genesis_grant *x);
void weal_genesis_grant_json(struct weal_wr *w, const struct weal_genesis_grant *x);
void weal_genesis_attestor_put(struct weal_wr *w, const struct weal_genesis_attestor *x);
void weal_genesis_attestor_get(struct weal_rd *r, struct weal_genesis_attestor *x);
void weal_genesis_attestor_json(struct weal_wr *w, const struct weal_genesis_attestor *x);
void weal_genesis_module_put(struct weal_wr *w, const struct weal_genesis_module *x);
void weal_genesis_module_get(struct weal_rd *r, struct weal_genesis_module *x);
void weal_genesis_module_json(struct weal_wr *w, const struct weal_genesis_module *x);
void weal_genesis_upgrade_put(struct weal_wr *w, const struct weal_genesis_upgrade *x);
void weal_genesis_upgrade_get(struct weal_rd *r, struct weal_genesis_upgrade *x);
void weal_genesis_upgrade_json(struct weal_wr *w, const struct weal_genesis_upgrade *x);
void weal_genesis_put(struct weal_wr *w, const struct weal_genesis *x);
void weal_genesis_get(struct weal_rd *r, struct weal_genesis *x);
void weal_genesis_json(struct weal_wr *w, const struct weal_genesis *x);

/* The fuzz law: 0 when the bytes are no such record, 1 when put(get(b)) == b, -1 when not. */
int weal_genesis_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch);
enum { WEAL_GENESIS_RECORDS = 7 };

#endif
