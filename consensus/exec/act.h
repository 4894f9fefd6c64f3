/* SPDX-License-Identifier: ISC */
/* One transaction in a context: what arrival, blocks and proposals have in common.
 * Private to consensus/exec. */
#ifndef WEAL_CONSENSUS_EXEC_ACT_H
#define WEAL_CONSENSUS_EXEC_ACT_H

#include "consensus/mod/module.h"

/* What account acts share. */
struct weal_payer {
    const uint8_t *from, *sig;
    uint64_t nonce, fee, valid_until;
    enum weal_asset asset; /* of the fee */
    unsigned signatures;
};
/* False for acts of other authority. */
bool weal_payer_of(const struct weal_tx *tx, struct weal_payer *out);
/* What a transaction of this size must pay in this block. */
uint64_t weal_fee_due(const struct weal_ctx *c, size_t bytes, unsigned signatures);

/* A transaction decoded and named: what stays the same in every state. */
struct weal_act_tx {
    struct weal_tx tx;
    struct weal_bytes bytes;
    const struct weal_act *act;
    struct weal_payer payer;
    bool pays;
};
/* Decodes, checks form, fills kind, lane, sizes, reserves of info. */
enum weal_verdict weal_act_open(struct weal_act_tx *t, struct weal_bytes bytes,
                                struct weal_tx_info *info);

/* May it be in this block at all? Cheap checks, then signature and proofs (to the batch). On
 * acceptance of an account act c->sender holds the account with the fee taken and the nonce used,
 * in hand; *effect says why it will do nothing but that, or 0. */
enum weal_verdict weal_act_admit(struct weal_ctx *c, const struct weal_act_tx *t,
                                 const uint8_t id[32], enum weal_verdict *effect);
/* Executes what was admitted; *code is its receipt. A refusal makes the block invalid. */
enum weal_verdict weal_act_execute(struct weal_ctx *c, const struct weal_act_tx *t,
                                   enum weal_verdict effect, enum weal_verdict *code);

#endif
