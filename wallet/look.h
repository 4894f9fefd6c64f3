/* SPDX-License-Identifier: ISC */
/* What a wallet knows of the chain: where it stands, and every cohort. Cohorts are only ever asked
 * for in ranges, all of them, so that no node learns whose key it is that asks. */
#ifndef WEAL_WALLET_LOOK_H
#define WEAL_WALLET_LOOK_H

#include "wallet/act.h"
#include "wallet/rpc.h"

struct weal_look_cohort {
    uint64_t id, usable;
    uint8_t kind; /* 1 humans, 2 activity notes */
    uint32_t epoch;
    bool dissolved;
    char jurisdiction[25];
    struct weal_act_ring ring; /* newest version */
};

struct weal_look {
    struct weal_wallet_rpc *rpc; /* kept */
    struct weal_act_chain chain;
    struct weal_st_chain at;
    uint64_t epoch_ms, window_ms, claim_epochs;
    struct weal_look_cohort *cohorts; /* heap, rising by id */
    size_t cohorts_n, cohorts_cap;
};

/* Reads the chain's identity and parameters. */
WEAL_MUST_USE enum weal_err weal_look_init(struct weal_look *l, struct weal_wallet_rpc *rpc);
void weal_look_release(struct weal_look *l);
/* Where the chain stands now, and the cohorts dealt since the last time. */
WEAL_MUST_USE enum weal_err weal_look_refresh(struct weal_look *l);
/* The newest usable cohort of this kind that holds the key, or NULL. */
const struct weal_look_cohort *weal_look_cohort(const struct weal_look *l, uint8_t kind,
                                                const uint8_t key[32]);
uint32_t weal_look_epoch(const struct weal_look *l);

/* One record of the state by table byte and key; NOT_FOUND. value must hold 65536 bytes. */
WEAL_MUST_USE enum weal_err weal_look_record(struct weal_look *l, uint8_t table,
                                             struct weal_bytes key, uint8_t *value, size_t *n);

#endif
