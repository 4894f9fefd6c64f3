/* SPDX-License-Identifier: ISC */
/* Generated from wallet/psa.schema; do not edit. */
#ifndef WEAL_GEN_PSA_H
#define WEAL_GEN_PSA_H

#include "crypto/base/bytes.h"

/* One thing that happened to a receipt */
struct weal_psa_event {
    uint8_t what; /* wallet/psa.h, enum weal_psa_what */
    uint64_t time_ms; /* this device's clock, ms since 1970 */
};

/* An activity, from the visit to the income paid for it */
struct weal_psa_receipt {
    uint32_t epoch; /* epoch of the token */
    uint8_t n; /* 1, or 2 for the second of the epoch */
    uint16_t module; /* index of the value module */
    uint8_t state; /* wallet/psa.h, enum weal_psa_state */
    struct weal_bytes host; /* where the module answers, an address or a name; at most 63 bytes, borrowed */
    uint16_t port; /* and its port */
    struct weal_bytes memo; /* what was done, in the owner's words; never leaves the device; at most 1024 bytes, borrowed */
    uint8_t serial[32]; /* what the token is of */
    uint8_t blind[32]; /* hides the serial from the module; zeros once the token is there */
    uint8_t token[64]; /* the module's VOPRF output for the serial */
    uint64_t due_ms; /* the next step is not done before; 0: not chosen */
    struct weal_bytes act; /* the transaction human.activity, as it is sent; at most 4096 bytes, borrowed */
    uint8_t act_id[32]; /* its id */
    uint64_t act_height; /* block it became final in; 0: not known */
    uint32_t claim_epoch; /* epoch claimed */
    uint8_t attempt; /* of the destination: others can take one by paying to it first */
    struct weal_bytes claim; /* the transaction income.claim, as it is sent; at most 4096 bytes, borrowed */
    uint8_t claim_id[32]; /* its id */
    uint8_t to[32]; /* account the income goes to */
    uint64_t claim_height; /* block it became final in; 0: not known */
    struct weal_bytes why; /* stable name of what went wrong last; at most 63 bytes, borrowed */
    uint16_t events_n;
    struct weal_psa_event events[32]; /* oldest first; the last place is the newest event */
};

/* What the agent may do by itself */
struct weal_psa_policy {
    uint8_t claim; /* 0: claims nothing unless told; 1: claims what is due */
    uint32_t delay_s; /* acts are put off by a random time up to this; 0: the chain's */
};

/* The enrolment, kept until the record is on the chain */
struct weal_psa_enrolment {
    struct weal_bytes act; /* the transaction human.enrol, as it is sent; at most 4096 bytes, borrowed */
    uint64_t valid_until; /* height after which it is void */
};

enum {
    WEAL_PSA_EVENT_ID = 0,
    WEAL_PSA_EVENT_SIZE_MAX = 9,
    WEAL_PSA_RECEIPT_ID = 1,
    WEAL_PSA_RECEIPT_SIZE_MAX = 9905,
    WEAL_PSA_POLICY_ID = 2,
    WEAL_PSA_POLICY_SIZE_MAX = 5,
    WEAL_PSA_ENROLMENT_ID = 3,
    WEAL_PSA_ENROLMENT_SIZE_MAX = 4106,
};

/* put writes the canonical encoding; get accepts nothing else (VAR fields view the
 * input); json writes an object, bytes as hex, u64 as decimal strings;
 * put_signed stops before the authority. A cursor that fails stays failed. */
void weal_psa_event_put(struct weal_wr *w, const struct weal_psa_event *x);
void weal_psa_event_get(struct weal_rd *r, struct weal_psa_event *x);
void weal_psa_event_json(struct weal_wr *w, const struct weal_psa_event *x);
void weal_psa_receipt_put(struct weal_wr *w, const struct weal_psa_receipt *x);
void weal_psa_receipt_get(struct weal_rd *r, struct weal_psa_receipt *x);
void weal_psa_receipt_json(struct weal_wr *w, const struct weal_psa_receipt *x);
void weal_psa_policy_put(struct weal_wr *w, const struct weal_psa_policy *x);
void weal_psa_policy_get(struct weal_rd *r, struct weal_psa_policy *x);
void weal_psa_policy_json(struct weal_wr *w, const struct weal_psa_policy *x);
void weal_psa_enrolment_put(struct weal_wr *w, const struct weal_psa_enrolment *x);
void weal_psa_enrolment_get(struct weal_rd *r, struct weal_psa_enrolment *x);
void weal_psa_enrolment_json(struct weal_wr *w, const struct weal_psa_enrolment *x);

/* The fuzz law: 0 when the bytes are no such record, 1 when put(get(b)) == b, -1 when not. */
int weal_psa_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch);
enum { WEAL_PSA_RECORDS = 4 };

#endif
