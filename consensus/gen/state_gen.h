/* SPDX-License-Identifier: ISC */
/* Generated from consensus/state.schema; do not edit. */
#ifndef WEAL_GEN_STATE_H
#define WEAL_GEN_STATE_H

#include "crypto/base/bytes.h"

/* One asset's balance of an account */
struct weal_st_balance {
    uint8_t asset; /* 1 IT, 2 IBC; ascending in a list */
    uint32_t step; /* demurrage step the amount was last brought to; 0 without demurrage */
    uint64_t micro; /* amount, above 0 */
};

/* A handle and its suffix */
struct weal_st_handle_ref {
    uint8_t handle[32]; /* VOPRF output */
    uint16_t suffix; /* 0 but for people with equal evidence */
};

/* A ring key */
struct weal_st_key32 {
    uint8_t key[32]; /* ristretto255 encoding */
};

/* One validator of a term's set, in the order of seat keys */
struct weal_st_member {
    uint8_t account[32]; /* BIP340 key that signs votes */
    uint8_t seat[32]; /* seat key, shows the beacon's tags */
    uint64_t weight; /* voting weight */
};

/* One parameter */
struct weal_st_param {
    uint16_t id; /* its number in consensus/params.def */
    uint64_t value; /* in the unit named there */
};

/* A dealing pool */
struct weal_st_pool_id {
    uint8_t kind; /* 1 humans, 2 activity notes */
    struct weal_bytes jurisdiction; /* path of the pool; at most 24 bytes, borrowed */
};

/* An account */
struct weal_st_account {
    uint64_t nonce; /* of its last transaction; 0 before the first */
    uint16_t balances_n;
    struct weal_st_balance balances[8]; /* balances above 0 */
};

/* Counters of one asset; minted - burned = stored in every block */
struct weal_st_supply {
    uint64_t minted; /* ever created */
    uint64_t burned; /* ever destroyed */
    uint64_t stored; /* sum of stored balances, bonds and unbonding amounts */
};

/* A human key's record */
struct weal_st_human {
    uint8_t status; /* 1 challenge, 2 live, 3 suspended, 4 struck, 5 rotated, 6 revoked, 7 expired */
    uint8_t place; /* 0 in no pool, 1 waiting, 2 dealt, 3 held until hold_ms */
    uint32_t serial; /* acts of attestors on this record */
    struct weal_bytes jurisdiction; /* verified path; at most 24 bytes, borrowed */
    struct weal_bytes pool; /* pool it is dealt in; at most 24 bytes, borrowed */
    uint64_t enrolled_ms; /* block time of the enrolment */
    uint64_t challenge_ms; /* end of the challenge window */
    uint64_t valid_ms; /* end of validity; the grace follows */
    uint64_t hold_ms; /* not dealt before this time */
    uint64_t suspended_ms; /* end of the suspension */
    uint64_t revoke_ms; /* when an announced revocation takes effect */
    uint64_t revokers; /* bit i: attestor i signed the revocation */
    uint64_t window; /* waiting: number of the pool's window */
    uint64_t entry; /* waiting: number of the entry; dealt: the cohort */
    uint16_t lease_year; /* first year for which it may lease faces */
    uint64_t move_ms; /* when an announced move takes effect */
    struct weal_bytes to_jurisdiction; /* where to; at most 24 bytes, borrowed */
    struct weal_bytes to_pool; /* pool there; at most 24 bytes, borrowed */
    uint8_t successor[32]; /* rotated: the new key; else zero */
    uint16_t handles_n;
    struct weal_st_handle_ref handles[4]; /* handles held */
};

/* A handle in use */
struct weal_st_handle {
    uint8_t key[32]; /* human key that holds it */
};

/* A tag shown in a scope */
struct weal_st_tag {
    uint64_t cohort; /* cohort it was proved in */
    uint8_t lapsed; /* 1 when its note was removed undealt: it may be shown once more */
};

/* A spent note */
struct weal_st_nullifier {
    uint64_t height; /* block that spent it */
};

/* A note key, unique for ever */
struct weal_st_note {
    uint8_t kind; /* 2 activity */
    uint32_t epoch; /* epoch of its token */
    uint64_t cohort; /* cohort it was dealt into; 0 before */
};

/* A dealing pool */
struct weal_st_pool {
    uint64_t open; /* number of the open window */
    uint64_t entries; /* entries ever made; the next entry's number */
    uint64_t waiting; /* keys waiting, all windows */
};

/* A window of a pool */
struct weal_st_window {
    uint16_t count; /* keys in it, at most one per visible owner, at most 256 */
    uint64_t timer_ms; /* when its timer ends; 0 before it is open with a key */
    uint64_t closed; /* height in which it closed; 0 while open */
};

/* A key waiting in a window */
struct weal_st_entry {
    uint8_t key[32]; /* ring key */
    uint8_t owner[32]; /* mark of the visible owner */
    uint8_t tag[32]; /* activity notes: the tag under which it was made; else zero */
    uint32_t epoch; /* activity notes: epoch of the token */
    uint8_t n; /* activity notes: 1 or 2 */
    uint32_t last; /* activity notes: last epoch in which it waits; then it lapses */
};

/* An owner's place in a window */
struct weal_st_owner {
    uint64_t entry; /* number of the entry */
};

/* A cohort: what all its versions share */
struct weal_st_cohort {
    uint8_t kind; /* 1 humans, 2 activity notes */
    struct weal_bytes jurisdiction; /* its pool; at most 24 bytes, borrowed */
    uint16_t version; /* newest version */
    uint8_t dissolved; /* 1 when under 11 keys were left */
    uint64_t dealt; /* height of the dealing */
    uint64_t usable; /* first height at which proofs over it are accepted */
    uint32_t epoch; /* epoch of the dealing */
    uint16_t lease_year; /* first year for which its keys may lease faces */
};

/* One version of a cohort: the ring */
struct weal_st_ring {
    uint64_t until_ms; /* accepted until this block time; 0 while newest */
    uint16_t keys_n;
    struct weal_st_key32 keys[16]; /* 11..16 keys, in ring order */
};

/* Something due at a time or height */
struct weal_st_deadline {
    uint16_t kind; /* consensus/exec/deadlines.def */
    struct weal_bytes what; /* what it is about, in the form its kind says; at most 120 bytes, borrowed */
};

/* An attestor */
struct weal_st_attestor {
    uint8_t key[32]; /* signing key, a ristretto255 point */
    uint8_t share[32]; /* commitment of its VOPRF share: share . G */
    struct weal_bytes name; /* what people call it, ASCII; at most 48 bytes, borrowed */
    uint8_t active; /* 1 while its signatures count */
};

/* The attestors' quorum and common VOPRF key */
struct weal_st_quorum {
    uint16_t t; /* needed for an ordinary act; twice as many for a grave one */
    uint16_t n; /* attestors in the registry; at least 2t + 1 */
    uint8_t voprf[32]; /* group VOPRF public key */
    uint8_t pilot[32]; /* root of the pilot's allow-list; zero: everybody may enrol */
    uint32_t renewals; /* how often the shares were renewed; the key never is */
};

/* A value module */
struct weal_st_module {
    uint8_t key[32]; /* signing key, a ristretto255 point */
    struct weal_bytes category; /* health, education, community, ...; at most 24 bytes, borrowed */
    struct weal_bytes name; /* what people call it, ASCII; at most 48 bytes, borrowed */
    uint32_t epoch_max; /* notes it may witness in one epoch */
    uint8_t active; /* 1 while its signatures count */
};

/* A value module in one epoch */
struct weal_st_module_epoch {
    uint8_t voprf[32]; /* VOPRF public key of the epoch */
    uint32_t witnessed; /* notes witnessed with tokens of the epoch */
};

/* A validator seat */
struct weal_st_seat {
    uint8_t account[32]; /* account bound to it; zero before */
    uint64_t lease_from_ms; /* start of the lease; 0 for a founding seat */
    uint64_t lease_until_ms; /* end of the lease; 0 for a founding seat */
    uint64_t lapse; /* founding seat: height at which it lapses; else 0 */
    uint64_t bond; /* micro-IT that count */
    uint64_t unbonding; /* micro-IT on the way out */
    uint16_t unbondings; /* amounts on the way out, at most 16 */
    uint8_t silent; /* 1 when it proposed nothing in a whole term; no weight until it asks back */
    uint8_t removed; /* 1 when it was slashed: never again in a set */
};

/* The seat of an account */
struct weal_st_seat_ref {
    uint8_t seat[32]; /* seat key */
};

/* A term and its validator set */
struct weal_st_term {
    uint8_t set_hash[32]; /* hash over account key, seat key, weight of every member */
    uint8_t beacon[32]; /* beacon at the term's start; zero before it starts */
    uint64_t first; /* height of its first block */
    uint64_t end_ms; /* time of its last block; 0 before */
    uint16_t members_n;
    struct weal_st_member members[128]; /* in the order of seat keys */
};

/* How often a seat has proposed lately */
struct weal_st_presence {
    uint32_t term; /* term counted in */
    uint32_t blocks; /* blocks of that term it has proposed */
};

/* Evidence that was accepted */
struct weal_st_offence {
    uint8_t kind; /* kind of the first evidence in this term */
    uint64_t height; /* block that carried it */
    uint64_t slashed; /* micro-IT burned */
};

/* Where the chain stands */
struct weal_st_chain {
    uint64_t height; /* of the last block */
    uint64_t time_ms; /* of the last block */
    uint64_t genesis_ms; /* of genesis; epochs and steps count from here */
    uint32_t term; /* current term */
    uint32_t body_bytes; /* size of the last body; under a quarter of the maximum: no fees */
    uint64_t cohorts; /* number of the next cohort */
    uint64_t deadlines; /* number of the next deadline */
    uint64_t stopped_ms; /* sum of all stops: gaps over ten minutes between blocks */
    uint32_t version; /* protocol version in force */
    uint8_t beacon[32]; /* of the last block */
    uint8_t lineage[32]; /* chain id inside ring proofs: that of the lineage's first genesis */
};

/* What an epoch saw, in public numbers */
struct weal_st_epoch {
    uint64_t claims; /* income claims included during it */
    uint64_t issued; /* micro-IBC they minted */
    uint64_t moved; /* micro-IBC that transfers moved */
    uint64_t notes; /* activity notes made */
    uint64_t stopped_ms; /* sum of all stops before its start */
};

/* All parameters */
struct weal_st_params {
    uint16_t values_n;
    struct weal_st_param values[64]; /* ascending by number */
};

/* An upgrade by height */
struct weal_st_upgrade {
    uint32_t version; /* protocol version from that height on */
};

enum {
    WEAL_ST_BALANCE_ID = 0,
    WEAL_ST_BALANCE_SIZE_MAX = 13,
    WEAL_ST_HANDLE_REF_ID = 0,
    WEAL_ST_HANDLE_REF_SIZE_MAX = 34,
    WEAL_ST_KEY32_ID = 0,
    WEAL_ST_KEY32_SIZE_MAX = 32,
    WEAL_ST_MEMBER_ID = 0,
    WEAL_ST_MEMBER_SIZE_MAX = 72,
    WEAL_ST_PARAM_ID = 0,
    WEAL_ST_PARAM_SIZE_MAX = 10,
    WEAL_ST_POOL_ID_ID = 0,
    WEAL_ST_POOL_ID_SIZE_MAX = 27,
    WEAL_ST_ACCOUNT_ID = 0x1001,
    WEAL_ST_ACCOUNT_SIZE_MAX = 114,
    WEAL_ST_SUPPLY_ID = 0x1002,
    WEAL_ST_SUPPLY_SIZE_MAX = 24,
    WEAL_ST_HUMAN_ID = 0x1101,
    WEAL_ST_HUMAN_SIZE_MAX = 362,
    WEAL_ST_HANDLE_ID = 0x1102,
    WEAL_ST_HANDLE_SIZE_MAX = 32,
    WEAL_ST_TAG_ID = 0x1201,
    WEAL_ST_TAG_SIZE_MAX = 9,
    WEAL_ST_NULLIFIER_ID = 0x1202,
    WEAL_ST_NULLIFIER_SIZE_MAX = 8,
    WEAL_ST_NOTE_ID = 0x1203,
    WEAL_ST_NOTE_SIZE_MAX = 13,
    WEAL_ST_POOL_ID = 0x1301,
    WEAL_ST_POOL_SIZE_MAX = 24,
    WEAL_ST_WINDOW_ID = 0x1302,
    WEAL_ST_WINDOW_SIZE_MAX = 18,
    WEAL_ST_ENTRY_ID = 0x1303,
    WEAL_ST_ENTRY_SIZE_MAX = 105,
    WEAL_ST_OWNER_ID = 0x1304,
    WEAL_ST_OWNER_SIZE_MAX = 8,
    WEAL_ST_COHORT_ID = 0x1305,
    WEAL_ST_COHORT_SIZE_MAX = 52,
    WEAL_ST_RING_ID = 0x1306,
    WEAL_ST_RING_SIZE_MAX = 522,
    WEAL_ST_DEADLINE_ID = 0x1307,
    WEAL_ST_DEADLINE_SIZE_MAX = 124,
    WEAL_ST_ATTESTOR_ID = 0x1401,
    WEAL_ST_ATTESTOR_SIZE_MAX = 115,
    WEAL_ST_QUORUM_ID = 0x1402,
    WEAL_ST_QUORUM_SIZE_MAX = 72,
    WEAL_ST_MODULE_ID = 0x1403,
    WEAL_ST_MODULE_SIZE_MAX = 113,
    WEAL_ST_MODULE_EPOCH_ID = 0x1404,
    WEAL_ST_MODULE_EPOCH_SIZE_MAX = 36,
    WEAL_ST_SEAT_ID = 0x1501,
    WEAL_ST_SEAT_SIZE_MAX = 76,
    WEAL_ST_SEAT_REF_ID = 0x1502,
    WEAL_ST_SEAT_REF_SIZE_MAX = 32,
    WEAL_ST_TERM_ID = 0x1503,
    WEAL_ST_TERM_SIZE_MAX = 9298,
    WEAL_ST_PRESENCE_ID = 0x1505,
    WEAL_ST_PRESENCE_SIZE_MAX = 8,
    WEAL_ST_OFFENCE_ID = 0x1504,
    WEAL_ST_OFFENCE_SIZE_MAX = 17,
    WEAL_ST_CHAIN_ID = 0x1601,
    WEAL_ST_CHAIN_SIZE_MAX = 124,
    WEAL_ST_EPOCH_ID = 0x1604,
    WEAL_ST_EPOCH_SIZE_MAX = 40,
    WEAL_ST_PARAMS_ID = 0x1602,
    WEAL_ST_PARAMS_SIZE_MAX = 642,
    WEAL_ST_UPGRADE_ID = 0x1603,
    WEAL_ST_UPGRADE_SIZE_MAX = 4,
};

/* put writes the canonical encoding; get accepts nothing else (VAR fields view the
 * input); json writes an object, bytes as hex, u64 as decimal strings;
 * put_signed stops before the authority. A cursor that fails stays failed. */
void weal_st_balance_put(struct weal_wr *w, const struct weal_st_balance *x);
void weal_st_balance_get(struct weal_rd *r, struct weal_st_balance *x);
void weal_st_balance_json(struct weal_wr *w, const struct weal_st_balance *x);
void weal_st_handle_ref_put(struct weal_wr *w, const struct weal_st_handle_ref *x);
void weal_st_handle_ref_get(struct weal_rd *r, struct weal_st_handle_ref *x);
void weal_st_handle_ref_json(struct weal_wr *w, const struct weal_st_handle_ref *x);
void weal_st_key32_put(struct weal_wr *w, const struct weal_st_key32 *x);
void weal_st_key32_get(struct weal_rd *r, struct weal_st_key32 *x);
void weal_st_key32_json(struct weal_wr *w, const struct weal_st_key32 *x);
void weal_st_member_put(struct weal_wr *w, const struct weal_st_member *x);
void weal_st_member_get(struct weal_rd *r, struct weal_st_member *x);
void weal_st_member_json(struct weal_wr *w, const struct weal_st_member *x);
void weal_st_param_put(struct weal_wr *w, const struct weal_st_param *x);
void weal_st_param_get(struct weal_rd *r, struct weal_st_param *x);
void weal_st_param_json(struct weal_wr *w, const struct weal_st_param *x);
void weal_st_pool_id_put(struct weal_wr *w, const struct weal_st_pool_id *x);
void weal_st_pool_id_get(struct weal_rd *r, struct weal_st_pool_id *x);
void weal_st_pool_id_json(struct weal_wr *w, const struct weal_st_pool_id *x);
void weal_st_account_put(struct weal_wr *w, const struct weal_st_account *x);
void weal_st_account_get(struct weal_rd *r, struct weal_st_account *x);
void weal_st_account_json(struct weal_wr *w, const struct weal_st_account *x);
void weal_st_supply_put(struct weal_wr *w, const struct weal_st_supply *x);
void weal_st_supply_get(struct weal_rd *r, struct weal_st_supply *x);
void weal_st_supply_json(struct weal_wr *w, const struct weal_st_supply *x);
void weal_st_human_put(struct weal_wr *w, const struct weal_st_human *x);
void weal_st_human_get(struct weal_rd *r, struct weal_st_human *x);
void weal_st_human_json(struct weal_wr *w, const struct weal_st_human *x);
void weal_st_handle_put(struct weal_wr *w, const struct weal_st_handle *x);
void weal_st_handle_get(struct weal_rd *r, struct weal_st_handle *x);
void weal_st_handle_json(struct weal_wr *w, const struct weal_st_handle *x);
void weal_st_tag_put(struct weal_wr *w, const struct weal_st_tag *x);
void weal_st_tag_get(struct weal_rd *r, struct weal_st_tag *x);
void weal_st_tag_json(struct weal_wr *w, const struct weal_st_tag *x);
void weal_st_nullifier_put(struct weal_wr *w, const struct weal_st_nullifier *x);
void weal_st_nullifier_get(struct weal_rd *r, struct weal_st_nullifier *x);
void weal_st_nullifier_json(struct weal_wr *w, const struct weal_st_nullifier *x);
void weal_st_note_put(struct weal_wr *w, const struct weal_st_note *x);
void weal_st_note_get(struct weal_rd *r, struct weal_st_note *x);
void weal_st_note_json(struct weal_wr *w, const struct weal_st_note *x);
void weal_st_pool_put(struct weal_wr *w, const struct weal_st_pool *x);
void weal_st_pool_get(struct weal_rd *r, struct weal_st_pool *x);
void weal_st_pool_json(struct weal_wr *w, const struct weal_st_pool *x);
void weal_st_window_put(struct weal_wr *w, const struct weal_st_window *x);
void weal_st_window_get(struct weal_rd *r, struct weal_st_window *x);
void weal_st_window_json(struct weal_wr *w, const struct weal_st_window *x);
void weal_st_entry_put(struct weal_wr *w, const struct weal_st_entry *x);
void weal_st_entry_get(struct weal_rd *r, struct weal_st_entry *x);
void weal_st_entry_json(struct weal_wr *w, const struct weal_st_entry *x);
void weal_st_owner_put(struct weal_wr *w, const struct weal_st_owner *x);
void weal_st_owner_get(struct weal_rd *r, struct weal_st_owner *x);
void weal_st_owner_json(struct weal_wr *w, const struct weal_st_owner *x);
void weal_st_cohort_put(struct weal_wr *w, const struct weal_st_cohort *x);
void weal_st_cohort_get(struct weal_rd *r, struct weal_st_cohort *x);
void weal_st_cohort_json(struct weal_wr *w, const struct weal_st_cohort *x);
void weal_st_ring_put(struct weal_wr *w, const struct weal_st_ring *x);
void weal_st_ring_get(struct weal_rd *r, struct weal_st_ring *x);
void weal_st_ring_json(struct weal_wr *w, const struct weal_st_ring *x);
void weal_st_deadline_put(struct weal_wr *w, const struct weal_st_deadline *x);
void weal_st_deadline_get(struct weal_rd *r, struct weal_st_deadline *x);
void weal_st_deadline_json(struct weal_wr *w, const struct weal_st_deadline *x);
void weal_st_attestor_put(struct weal_wr *w, const struct weal_st_attestor *x);
void weal_st_attestor_get(struct weal_rd *r, struct weal_st_attestor *x);
void weal_st_attestor_json(struct weal_wr *w, const struct weal_st_attestor *x);
void weal_st_quorum_put(struct weal_wr *w, const struct weal_st_quorum *x);
void weal_st_quorum_get(struct weal_rd *r, struct weal_st_quorum *x);
void weal_st_quorum_json(struct weal_wr *w, const struct weal_st_quorum *x);
void weal_st_module_put(struct weal_wr *w, const struct weal_st_module *x);
void weal_st_module_get(struct weal_rd *r, struct weal_st_module *x);
void weal_st_module_json(struct weal_wr *w, const struct weal_st_module *x);
void weal_st_module_epoch_put(struct weal_wr *w, const struct weal_st_module_epoch *x);
void weal_st_module_epoch_get(struct weal_rd *r, struct weal_st_module_epoch *x);
void weal_st_module_epoch_json(struct weal_wr *w, const struct weal_st_module_epoch *x);
void weal_st_seat_put(struct weal_wr *w, const struct weal_st_seat *x);
void weal_st_seat_get(struct weal_rd *r, struct weal_st_seat *x);
void weal_st_seat_json(struct weal_wr *w, const struct weal_st_seat *x);
void weal_st_seat_ref_put(struct weal_wr *w, const struct weal_st_seat_ref *x);
void weal_st_seat_ref_get(struct weal_rd *r, struct weal_st_seat_ref *x);
void weal_st_seat_ref_json(struct weal_wr *w, const struct weal_st_seat_ref *x);
void weal_st_term_put(struct weal_wr *w, const struct weal_st_term *x);
void weal_st_term_get(struct weal_rd *r, struct weal_st_term *x);
void weal_st_term_json(struct weal_wr *w, const struct weal_st_term *x);
void weal_st_presence_put(struct weal_wr *w, const struct weal_st_presence *x);
void weal_st_presence_get(struct weal_rd *r, struct weal_st_presence *x);
void weal_st_presence_json(struct weal_wr *w, const struct weal_st_presence *x);
void weal_st_offence_put(struct weal_wr *w, const struct weal_st_offence *x);
void weal_st_offence_get(struct weal_rd *r, struct weal_st_offence *x);
void weal_st_offence_json(struct weal_wr *w, const struct weal_st_offence *x);
void weal_st_chain_put(struct weal_wr *w, const struct weal_st_chain *x);
void weal_st_chain_get(struct weal_rd *r, struct weal_st_chain *x);
void weal_st_chain_json(struct weal_wr *w, const struct weal_st_chain *x);
void weal_st_epoch_put(struct weal_wr *w, const struct weal_st_epoch *x);
void weal_st_epoch_get(struct weal_rd *r, struct weal_st_epoch *x);
void weal_st_epoch_json(struct weal_wr *w, const struct weal_st_epoch *x);
void weal_st_params_put(struct weal_wr *w, const struct weal_st_params *x);
void weal_st_params_get(struct weal_rd *r, struct weal_st_params *x);
void weal_st_params_json(struct weal_wr *w, const struct weal_st_params *x);
void weal_st_upgrade_put(struct weal_wr *w, const struct weal_st_upgrade *x);
void weal_st_upgrade_get(struct weal_rd *r, struct weal_st_upgrade *x);
void weal_st_upgrade_json(struct weal_wr *w, const struct weal_st_upgrade *x);

/* The fuzz law: 0 when the bytes are no such record, 1 when put(get(b)) == b, -1 when not. */
int weal_state_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch);
enum { WEAL_STATE_RECORDS = 33 };

#endif
