/* SPDX-License-Identifier: ISC */
/* Generated from consensus/tx.schema; do not edit. */
#ifndef WEAL_GEN_TX_H
#define WEAL_GEN_TX_H

#include "crypto/base/bytes.h"

/* One output of a transfer */
struct weal_tx_output {
    uint8_t to[32]; /* receiving account, an x-only secp256k1 key */
    uint64_t amount; /* micro-units of the transfer's asset; at least 1 */
};

/* A handle: the threshold VOPRF's output for one normalised piece of evidence */
struct weal_tx_handle {
    uint8_t handle[32]; /* first 32 bytes of the VOPRF output */
    uint16_t suffix; /* 0; above 0 for people with equal evidence, by 2t attestors */
};

/* One attestor's signature */
struct weal_tx_attest {
    uint16_t attestor; /* index in the registry; ascending in a list */
    uint8_t pop[64]; /* pop of the attestor's key over the role string and the signing hash */
};

/* One commitment of a polynomial */
struct weal_tx_point {
    uint8_t point[32]; /* a ristretto255 point */
};

/* One sibling on the way to the pilot's allow-list root */
struct weal_tx_path {
    uint8_t hash[32]; /* sibling, from the leaf upwards */
    uint8_t right; /* 1 when the sibling stands to the right, else 0 */
};

/* Proof that the key is on the pilot's allow-list */
struct weal_tx_invite {
    uint16_t path_n;
    struct weal_tx_path path[32]; /* siblings; the leaf is the hash of the key */
};

/* The old key's own agreement to its rotation */
struct weal_tx_old_pop {
    uint8_t pop[64]; /* pop of the old key over the role string and the signing hash */
};

/* Moves one asset from an account to others; never two assets at once */
struct weal_transfer {
    uint8_t asset; /* 1 IT, 2 IBC */
    uint8_t from[32]; /* paying account */
    uint64_t nonce; /* the account's last nonce and one */
    uint64_t fee; /* micro-units of the same asset */
    uint64_t valid_until; /* last height at which it may be included */
    uint16_t outputs_n;
    struct weal_tx_output outputs[16]; /* 1..16 outputs */
    uint8_t sig[64]; /* BIP340 by from */
};

/* Enters a human key, with the handles of its owner's evidence */
struct weal_human_enrol {
    uint8_t key[32]; /* P, a ristretto255 point never registered before */
    uint16_t handles_n;
    struct weal_tx_handle handles[4]; /* 1..4 handles, one per nationality held, ascending */
    struct weal_bytes jurisdiction; /* verified path such as CA-ON-TOR, or a shorter prefix of it; at most 24 bytes, borrowed */
    struct weal_bytes pool; /* pool to be dealt in: the jurisdiction or a prefix of it; at most 24 bytes, borrowed */
    uint64_t valid_until; /* last height at which it may be included */
    bool invite_has;
    struct weal_tx_invite invite; /* present while the pilot's allow-list stands */
    uint8_t pop[64]; /* pop of key over the role string and the signing hash */
    uint16_t attests_n;
    struct weal_tx_attest attests[16]; /* t attestors; 2t where a suffix is above 0 */
};

/* Strikes a record within its challenge window; its handles are free again */
struct weal_human_strike {
    uint8_t key[32]; /* the record's key */
    uint8_t reason; /* 1 double, 2 not a person, 3 evidence, 4 error */
    uint32_t serial; /* the record's count of acts and one */
    uint16_t attests_n;
    struct weal_tx_attest attests[16]; /* t attestors */
};

/* Replaces a lost, rented or stolen key */
struct weal_human_rotate {
    uint8_t old_key[32]; /* the record's key */
    uint8_t new_key[32]; /* a point never registered before */
    struct weal_bytes pool; /* pool of the new key: the jurisdiction or a prefix of it; at most 24 bytes, borrowed */
    uint32_t serial; /* the record's count of acts and one */
    uint8_t pop[64]; /* pop of the new key over the role string and the signing hash */
    bool old_has;
    struct weal_tx_old_pop old; /* with it t attestors are enough, else 2t */
    uint16_t attests_n;
    struct weal_tx_attest attests[16]; /* t or 2t attestors */
};

/* Takes a key out of its cohort for a while */
struct weal_human_suspend {
    uint8_t key[32]; /* the record's key */
    uint32_t serial; /* the record's count of acts and one */
    uint16_t attests_n;
    struct weal_tx_attest attests[16]; /* t attestors */
};

/* Announces the end of a record; effective after a delay */
struct weal_human_revoke {
    uint8_t key[32]; /* the record's key */
    uint8_t reason; /* 1 double, 2 not a person, 3 evidence, 4 error, 5 death, 6 own wish */
    uint32_t serial; /* the record's count of acts and one */
    uint16_t attests_n;
    struct weal_tx_attest attests[16]; /* 2t attestors */
};

/* Withdraws a revocation that is not yet effective */
struct weal_human_withdraw {
    uint8_t key[32]; /* the record's key */
    uint32_t serial; /* the record's count of acts and one */
    uint16_t attests_n;
    struct weal_tx_attest attests[16]; /* t attestors, none of those who revoked */
};

/* Renews a record in the last part of its validity or in the grace after it */
struct weal_human_renew {
    uint8_t key[32]; /* the record's key */
    uint32_t serial; /* the record's count of acts and one */
    uint8_t pop[64]; /* pop of key over the role string and the signing hash */
    uint16_t attests_n;
    struct weal_tx_attest attests[16]; /* t attestors */
};

/* Enters a person's new jurisdiction; the key is dealt there after a cool-down */
struct weal_human_move {
    uint8_t key[32]; /* the record's key */
    struct weal_bytes jurisdiction; /* the new verified path; at most 24 bytes, borrowed */
    struct weal_bytes pool; /* pool to be dealt in: the jurisdiction or a prefix of it; at most 24 bytes, borrowed */
    uint32_t serial; /* the record's count of acts and one */
    uint8_t pop[64]; /* pop of key over the role string and the signing hash */
    uint16_t attests_n;
    struct weal_tx_attest attests[16]; /* t attestors */
};

/* attestor.renew: renewed shares of the attestors' key come into force, all at once */
struct weal_attestor_renew {
    uint32_t serial; /* the quorum's count of renewals and one */
    uint16_t points_n;
    struct weal_tx_point points[7]; /* commitments 1 to t - 1 of the new shares' polynomial; 0 is the common key, which stays */
    uint16_t attests_n;
    struct weal_tx_attest attests[16]; /* 2t attestors, each with its new share on its disk */
};

/* human.activity: a witnessed act becomes an activity note */
struct weal_activity {
    uint32_t epoch; /* the token's epoch */
    uint8_t n; /* 1 or 2: first or second note of the epoch */
    uint64_t cohort; /* human cohort the proof is over */
    uint16_t version; /* version of that cohort */
    uint8_t tag[32]; /* tag in the scope activity/<epoch>/<n> */
    uint8_t note[32]; /* K = x G + t H */
    struct weal_bytes pool; /* pool of the note: the cohort's jurisdiction or a prefix of it; at most 24 bytes, borrowed */
    uint16_t module; /* value module that redeemed the token */
    struct weal_bytes proof; /* ring proof, shape HUMAN, message: the signing hash; at most 736 bytes, borrowed */
    uint8_t refund[128]; /* refund proof of tag and note, message: the signing hash */
    uint8_t module_pop[64]; /* pop of the module's key over the role string and the signing hash */
};

/* A value module publishes its VOPRF key of an epoch */
struct weal_module_key {
    uint16_t module; /* index in the registry */
    uint32_t epoch; /* this epoch or one of the next four */
    uint8_t key[32]; /* VOPRF public key */
    uint8_t pop[64]; /* pop of the module's key over the role string and the signing hash */
};

/* income.claim: basic income of an epoch, for an activity note */
struct weal_income_claim {
    uint32_t epoch; /* an ended epoch, one of the last four */
    uint64_t cohort; /* activity cohort the proof is over */
    uint16_t version; /* version of that cohort */
    uint8_t tag[32]; /* tag in the scope income/<epoch> */
    uint8_t nullifier[32]; /* S = t V of the note, spent by this claim */
    uint8_t to[32]; /* fresh account that receives the income */
    struct weal_bytes proof; /* ring proof, shape NOTE, message: the signing hash; at most 736 bytes, borrowed */
};

/* Leases a validator seat for a year, by ring proof */
struct weal_seat_lease {
    uint16_t year; /* calendar year, UTC */
    uint64_t cohort; /* human cohort the proof is over */
    uint16_t version; /* version of that cohort */
    uint8_t tag[32]; /* tag in the scope face/validator/<year> */
    uint8_t seat[32]; /* seat key, a ristretto255 point */
    struct weal_bytes proof; /* ring proof, shape HUMAN, message: the signing hash; at most 736 bytes, borrowed */
    uint8_t pop[64]; /* pop of the seat key over the role string and the signing hash */
};

/* Binds a leased seat to an account, signed by both keys */
struct weal_seat_bind {
    uint8_t from[32]; /* the validator's account; votes are signed with its key */
    uint64_t nonce; /* the account's last nonce and one */
    uint64_t fee; /* micro-IT */
    uint64_t valid_until; /* last height at which it may be included */
    uint8_t seat[32]; /* the leased seat's key */
    uint8_t pop[64]; /* pop of the seat key over the role string and the signing hash */
    uint8_t sig[64]; /* BIP340 by from */
};

/* Adds to the bond of the account's seat */
struct weal_seat_bond {
    uint8_t from[32]; /* the seat's account */
    uint64_t nonce; /* the account's last nonce and one */
    uint64_t fee; /* micro-IT */
    uint64_t valid_until; /* last height at which it may be included */
    uint64_t amount; /* micro-IT; at least 1 */
    uint8_t sig[64]; /* BIP340 by from */
};

/* Takes from the bond; paid out after the unbonding time */
struct weal_seat_unbond {
    uint8_t from[32]; /* the seat's account */
    uint64_t nonce; /* the account's last nonce and one */
    uint64_t fee; /* micro-IT */
    uint64_t valid_until; /* last height at which it may be included */
    uint64_t amount; /* micro-IT; at least 1 */
    uint8_t sig[64]; /* BIP340 by from */
};

/* A silent seat asks back: it has weight again from the next term */
struct weal_seat_return {
    uint8_t from[32]; /* the seat's account */
    uint64_t nonce; /* the account's last nonce and one */
    uint64_t fee; /* micro-IT */
    uint64_t valid_until; /* last height at which it may be included */
    uint8_t sig[64]; /* BIP340 by from */
};

/* Two conflicting votes of one validator; they are their own authority */
struct weal_evidence_tx {
    struct weal_bytes evidence; /* evidence of consensus/block.schema, canonical; at most 1024 bytes, borrowed */
};

/* A transaction */
struct weal_tx {
    uint8_t version; /* 1 */
    uint16_t act_kind; /* what it does */
    union {
        struct weal_transfer transfer; /* 0x0101 */
        struct weal_human_enrol human_enrol; /* 0x0201 */
        struct weal_human_strike human_strike; /* 0x0202 */
        struct weal_human_rotate human_rotate; /* 0x0203 */
        struct weal_human_suspend human_suspend; /* 0x0204 */
        struct weal_human_revoke human_revoke; /* 0x0205 */
        struct weal_human_withdraw human_withdraw; /* 0x0206 */
        struct weal_human_renew human_renew; /* 0x0207 */
        struct weal_human_move human_move; /* 0x0208 */
        struct weal_attestor_renew attestor_renew; /* 0x0209 */
        struct weal_activity activity; /* 0x0301 */
        struct weal_module_key module_key; /* 0x0302 */
        struct weal_income_claim income_claim; /* 0x0303 */
        struct weal_seat_lease seat_lease; /* 0x0401 */
        struct weal_seat_bind seat_bind; /* 0x0402 */
        struct weal_seat_bond seat_bond; /* 0x0403 */
        struct weal_seat_unbond seat_unbond; /* 0x0404 */
        struct weal_seat_return seat_return; /* 0x0405 */
        struct weal_evidence_tx evidence_tx; /* 0x0406 */
    } act;
};

enum {
    WEAL_TX_OUTPUT_ID = 0,
    WEAL_TX_OUTPUT_SIZE_MAX = 40,
    WEAL_TX_HANDLE_ID = 0,
    WEAL_TX_HANDLE_SIZE_MAX = 34,
    WEAL_TX_ATTEST_ID = 0,
    WEAL_TX_ATTEST_SIZE_MAX = 66,
    WEAL_TX_POINT_ID = 0,
    WEAL_TX_POINT_SIZE_MAX = 32,
    WEAL_TX_PATH_ID = 0,
    WEAL_TX_PATH_SIZE_MAX = 33,
    WEAL_TX_INVITE_ID = 0,
    WEAL_TX_INVITE_SIZE_MAX = 1058,
    WEAL_TX_OLD_POP_ID = 0,
    WEAL_TX_OLD_POP_SIZE_MAX = 64,
    WEAL_TRANSFER_ID = 0x0101,
    WEAL_TRANSFER_SIZE_MAX = 763,
    WEAL_HUMAN_ENROL_ID = 0x0201,
    WEAL_HUMAN_ENROL_SIZE_MAX = 2411,
    WEAL_HUMAN_STRIKE_ID = 0x0202,
    WEAL_HUMAN_STRIKE_SIZE_MAX = 1095,
    WEAL_HUMAN_ROTATE_ID = 0x0203,
    WEAL_HUMAN_ROTATE_SIZE_MAX = 1281,
    WEAL_HUMAN_SUSPEND_ID = 0x0204,
    WEAL_HUMAN_SUSPEND_SIZE_MAX = 1094,
    WEAL_HUMAN_REVOKE_ID = 0x0205,
    WEAL_HUMAN_REVOKE_SIZE_MAX = 1095,
    WEAL_HUMAN_WITHDRAW_ID = 0x0206,
    WEAL_HUMAN_WITHDRAW_SIZE_MAX = 1094,
    WEAL_HUMAN_RENEW_ID = 0x0207,
    WEAL_HUMAN_RENEW_SIZE_MAX = 1158,
    WEAL_HUMAN_MOVE_ID = 0x0208,
    WEAL_HUMAN_MOVE_SIZE_MAX = 1210,
    WEAL_ATTESTOR_RENEW_ID = 0x0209,
    WEAL_ATTESTOR_RENEW_SIZE_MAX = 1288,
    WEAL_ACTIVITY_ID = 0x0301,
    WEAL_ACTIVITY_SIZE_MAX = 1037,
    WEAL_MODULE_KEY_ID = 0x0302,
    WEAL_MODULE_KEY_SIZE_MAX = 102,
    WEAL_INCOME_CLAIM_ID = 0x0303,
    WEAL_INCOME_CLAIM_SIZE_MAX = 848,
    WEAL_SEAT_LEASE_ID = 0x0401,
    WEAL_SEAT_LEASE_SIZE_MAX = 878,
    WEAL_SEAT_BIND_ID = 0x0402,
    WEAL_SEAT_BIND_SIZE_MAX = 216,
    WEAL_SEAT_BOND_ID = 0x0403,
    WEAL_SEAT_BOND_SIZE_MAX = 128,
    WEAL_SEAT_UNBOND_ID = 0x0404,
    WEAL_SEAT_UNBOND_SIZE_MAX = 128,
    WEAL_SEAT_RETURN_ID = 0x0405,
    WEAL_SEAT_RETURN_SIZE_MAX = 120,
    WEAL_EVIDENCE_TX_ID = 0x0406,
    WEAL_EVIDENCE_TX_SIZE_MAX = 1026,
    WEAL_TX_ID = 0x0100,
    WEAL_TX_SIZE_MAX = 2414,
    WEAL_TX_TRANSFER = 0x0101,
    WEAL_TX_HUMAN_ENROL = 0x0201,
    WEAL_TX_HUMAN_STRIKE = 0x0202,
    WEAL_TX_HUMAN_ROTATE = 0x0203,
    WEAL_TX_HUMAN_SUSPEND = 0x0204,
    WEAL_TX_HUMAN_REVOKE = 0x0205,
    WEAL_TX_HUMAN_WITHDRAW = 0x0206,
    WEAL_TX_HUMAN_RENEW = 0x0207,
    WEAL_TX_HUMAN_MOVE = 0x0208,
    WEAL_TX_ATTESTOR_RENEW = 0x0209,
    WEAL_TX_ACTIVITY = 0x0301,
    WEAL_TX_MODULE_KEY = 0x0302,
    WEAL_TX_INCOME_CLAIM = 0x0303,
    WEAL_TX_SEAT_LEASE = 0x0401,
    WEAL_TX_SEAT_BIND = 0x0402,
    WEAL_TX_SEAT_BOND = 0x0403,
    WEAL_TX_SEAT_UNBOND = 0x0404,
    WEAL_TX_SEAT_RETURN = 0x0405,
    WEAL_TX_EVIDENCE_TX = 0x0406,
};

/* put writes the canonical encoding; get accepts nothing else (VAR fields view the
 * input); json writes an object, bytes as hex, u64 as decimal strings;
 * put_signed stops before the authority. A cursor that fails stays failed. */
void weal_tx_output_put(struct weal_wr *w, const struct weal_tx_output *x);
void weal_tx_output_get(struct weal_rd *r, struct weal_tx_output *x);
void weal_tx_output_json(struct weal_wr *w, const struct weal_tx_output *x);
void weal_tx_handle_put(struct weal_wr *w, const struct weal_tx_handle *x);
void weal_tx_handle_get(struct weal_rd *r, struct weal_tx_handle *x);
void weal_tx_handle_json(struct weal_wr *w, const struct weal_tx_handle *x);
void weal_tx_attest_put(struct weal_wr *w, const struct weal_tx_attest *x);
void weal_tx_attest_get(struct weal_rd *r, struct weal_tx_attest *x);
void weal_tx_attest_json(struct weal_wr *w, const struct weal_tx_attest *x);
void weal_tx_point_put(struct weal_wr *w, const struct weal_tx_point *x);
void weal_tx_point_get(struct weal_rd *r, struct weal_tx_point *x);
void weal_tx_point_json(struct weal_wr *w, const struct weal_tx_point *x);
void weal_tx_path_put(struct weal_wr *w, const struct weal_tx_path *x);
void weal_tx_path_get(struct weal_rd *r, struct weal_tx_path *x);
void weal_tx_path_json(struct weal_wr *w, const struct weal_tx_path *x);
void weal_tx_invite_put(struct weal_wr *w, const struct weal_tx_invite *x);
void weal_tx_invite_get(struct weal_rd *r, struct weal_tx_invite *x);
void weal_tx_invite_json(struct weal_wr *w, const struct weal_tx_invite *x);
void weal_tx_old_pop_put(struct weal_wr *w, const struct weal_tx_old_pop *x);
void weal_tx_old_pop_get(struct weal_rd *r, struct weal_tx_old_pop *x);
void weal_tx_old_pop_json(struct weal_wr *w, const struct weal_tx_old_pop *x);
void weal_transfer_put(struct weal_wr *w, const struct weal_transfer *x);
void weal_transfer_put_signed(struct weal_wr *w, const struct weal_transfer *x);
void weal_transfer_get(struct weal_rd *r, struct weal_transfer *x);
void weal_transfer_json(struct weal_wr *w, const struct weal_transfer *x);
void weal_human_enrol_put(struct weal_wr *w, const struct weal_human_enrol *x);
void weal_human_enrol_put_signed(struct weal_wr *w, const struct weal_human_enrol *x);
void weal_human_enrol_get(struct weal_rd *r, struct weal_human_enrol *x);
void weal_human_enrol_json(struct weal_wr *w, const struct weal_human_enrol *x);
void weal_human_strike_put(struct weal_wr *w, const struct weal_human_strike *x);
void weal_human_strike_put_signed(struct weal_wr *w, const struct weal_human_strike *x);
void weal_human_strike_get(struct weal_rd *r, struct weal_human_strike *x);
void weal_human_strike_json(struct weal_wr *w, const struct weal_human_strike *x);
void weal_human_rotate_put(struct weal_wr *w, const struct weal_human_rotate *x);
void weal_human_rotate_put_signed(struct weal_wr *w, const struct weal_human_rotate *x);
void weal_human_rotate_get(struct weal_rd *r, struct weal_human_rotate *x);
void weal_human_rotate_json(struct weal_wr *w, const struct weal_human_rotate *x);
void weal_human_suspend_put(struct weal_wr *w, const struct weal_human_suspend *x);
void weal_human_suspend_put_signed(struct weal_wr *w, const struct weal_human_suspend *x);
void weal_human_suspend_get(struct weal_rd *r, struct weal_human_suspend *x);
void weal_human_suspend_json(struct weal_wr *w, const struct weal_human_suspend *x);
void weal_human_revoke_put(struct weal_wr *w, const struct weal_human_revoke *x);
void weal_human_revoke_put_signed(struct weal_wr *w, const struct weal_human_revoke *x);
void weal_human_revoke_get(struct weal_rd *r, struct weal_human_revoke *x);
void weal_human_revoke_json(struct weal_wr *w, const struct weal_human_revoke *x);
void weal_human_withdraw_put(struct weal_wr *w, const struct weal_human_withdraw *x);
void weal_human_withdraw_put_signed(struct weal_wr *w, const struct weal_human_withdraw *x);
void weal_human_withdraw_get(struct weal_rd *r, struct weal_human_withdraw *x);
void weal_human_withdraw_json(struct weal_wr *w, const struct weal_human_withdraw *x);
void weal_human_renew_put(struct weal_wr *w, const struct weal_human_renew *x);
void weal_human_renew_put_signed(struct weal_wr *w, const struct weal_human_renew *x);
void weal_human_renew_get(struct weal_rd *r, struct weal_human_renew *x);
void weal_human_renew_json(struct weal_wr *w, const struct weal_human_renew *x);
void weal_human_move_put(struct weal_wr *w, const struct weal_human_move *x);
void weal_human_move_put_signed(struct weal_wr *w, const struct weal_human_move *x);
void weal_human_move_get(struct weal_rd *r, struct weal_human_move *x);
void weal_human_move_json(struct weal_wr *w, const struct weal_human_move *x);
void weal_attestor_renew_put(struct weal_wr *w, const struct weal_attestor_renew *x);
void weal_attestor_renew_put_signed(struct weal_wr *w, const struct weal_attestor_renew *x);
void weal_attestor_renew_get(struct weal_rd *r, struct weal_attestor_renew *x);
void weal_attestor_renew_json(struct weal_wr *w, const struct weal_attestor_renew *x);
void weal_activity_put(struct weal_wr *w, const struct weal_activity *x);
void weal_activity_put_signed(struct weal_wr *w, const struct weal_activity *x);
void weal_activity_get(struct weal_rd *r, struct weal_activity *x);
void weal_activity_json(struct weal_wr *w, const struct weal_activity *x);
void weal_module_key_put(struct weal_wr *w, const struct weal_module_key *x);
void weal_module_key_put_signed(struct weal_wr *w, const struct weal_module_key *x);
void weal_module_key_get(struct weal_rd *r, struct weal_module_key *x);
void weal_module_key_json(struct weal_wr *w, const struct weal_module_key *x);
void weal_income_claim_put(struct weal_wr *w, const struct weal_income_claim *x);
void weal_income_claim_put_signed(struct weal_wr *w, const struct weal_income_claim *x);
void weal_income_claim_get(struct weal_rd *r, struct weal_income_claim *x);
void weal_income_claim_json(struct weal_wr *w, const struct weal_income_claim *x);
void weal_seat_lease_put(struct weal_wr *w, const struct weal_seat_lease *x);
void weal_seat_lease_put_signed(struct weal_wr *w, const struct weal_seat_lease *x);
void weal_seat_lease_get(struct weal_rd *r, struct weal_seat_lease *x);
void weal_seat_lease_json(struct weal_wr *w, const struct weal_seat_lease *x);
void weal_seat_bind_put(struct weal_wr *w, const struct weal_seat_bind *x);
void weal_seat_bind_put_signed(struct weal_wr *w, const struct weal_seat_bind *x);
void weal_seat_bind_get(struct weal_rd *r, struct weal_seat_bind *x);
void weal_seat_bind_json(struct weal_wr *w, const struct weal_seat_bind *x);
void weal_seat_bond_put(struct weal_wr *w, const struct weal_seat_bond *x);
void weal_seat_bond_put_signed(struct weal_wr *w, const struct weal_seat_bond *x);
void weal_seat_bond_get(struct weal_rd *r, struct weal_seat_bond *x);
void weal_seat_bond_json(struct weal_wr *w, const struct weal_seat_bond *x);
void weal_seat_unbond_put(struct weal_wr *w, const struct weal_seat_unbond *x);
void weal_seat_unbond_put_signed(struct weal_wr *w, const struct weal_seat_unbond *x);
void weal_seat_unbond_get(struct weal_rd *r, struct weal_seat_unbond *x);
void weal_seat_unbond_json(struct weal_wr *w, const struct weal_seat_unbond *x);
void weal_seat_return_put(struct weal_wr *w, const struct weal_seat_return *x);
void weal_seat_return_put_signed(struct weal_wr *w, const struct weal_seat_return *x);
void weal_seat_return_get(struct weal_rd *r, struct weal_seat_return *x);
void weal_seat_return_json(struct weal_wr *w, const struct weal_seat_return *x);
void weal_evidence_tx_put(struct weal_wr *w, const struct weal_evidence_tx *x);
void weal_evidence_tx_get(struct weal_rd *r, struct weal_evidence_tx *x);
void weal_evidence_tx_json(struct weal_wr *w, const struct weal_evidence_tx *x);
void weal_tx_put(struct weal_wr *w, const struct weal_tx *x);
void weal_tx_put_signed(struct weal_wr *w, const struct weal_tx *x);
void weal_tx_get(struct weal_rd *r, struct weal_tx *x);
void weal_tx_json(struct weal_wr *w, const struct weal_tx *x);

/* The fuzz law: 0 when the bytes are no such record, 1 when put(get(b)) == b, -1 when not. */
int weal_tx_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch);
enum { WEAL_TX_RECORDS = 27 };

#endif
