/* SPDX-License-Identifier: ISC */
/* The module contract. A module is one descriptor: its transactions, what it does when deadlines
 * fall due and at the end of a block, and what must always hold of its tables. Modules don't
 * include each other; what one offers to others is declared here, under its name.
 *
 * An act's life: form (bytes only) -> check (reads state, refuses) -> prove (gathers proofs) ->
 * apply (writes; cannot fail but for an overflow it names). An account act is besides that paid for
 * and signed: consensus/exec does it, once, for all of them. */
#ifndef WEAL_CONSENSUS_MOD_MODULE_H
#define WEAL_CONSENSUS_MOD_MODULE_H

#include "consensus/exec/ctx.h"

/* Over which keys an act's ring proof is, and what could tie it to another: the table of
 * ledger rule "one human, several unlinkable faces", checked by a test. */
enum weal_ring_over { WEAL_RING_NONE, WEAL_RING_HUMANS, WEAL_RING_ACTIVITY_NOTES };

struct weal_act {
    uint16_t kind; /* WEAL_TX_... */
    enum weal_exec_lane lane;
    const char *name;
    enum weal_ring_over ring;
    const char *scope; /* of the tag; NULL without a ring */
    const char *ties;  /* what else in the act names somebody; why it does not tie two rings */
    /* NULL stands for nothing to do. */
    enum weal_verdict (*form)(const struct weal_tx *tx);
    void (*reserve)(const struct weal_tx *tx, struct weal_tx_info *info);
    enum weal_verdict (*check)(struct weal_ctx *c, const struct weal_tx *tx);
    enum weal_verdict (*prove)(struct weal_ctx *c, const struct weal_tx *tx);
    enum weal_verdict (*apply)(struct weal_ctx *c, const struct weal_tx *tx);
};

struct weal_mod {
    const char *name;
    const struct weal_act *acts;
    unsigned acts_n;
    /* A deadline of this module is due. */
    void (*due)(struct weal_ctx *c, enum weal_deadline kind, struct weal_bytes what);
    /* A new epoch has begun (c->epoch); the last block was in epoch `from`. */
    void (*epoch)(struct weal_ctx *c, uint32_t from);
    /* The last thing of a block; proposer is the index in the set. */
    void (*end)(struct weal_ctx *c, const struct weal_header *h);
    /* Sum over the module's tables of what it stores of an asset; a full scan, for tests. */
    uint64_t (*stored)(struct weal_ctx *c, enum weal_asset asset);
};

extern const struct weal_mod weal_mod_account, weal_mod_human, weal_mod_cohort, weal_mod_activity,
    weal_mod_income, weal_mod_seat;
/* All of them, in the order in which hooks run; NULL at the end. */
extern const struct weal_mod *const weal_mods[];
const struct weal_act *weal_act_find(uint16_t kind);

void weal_reserve(struct weal_tx_info *info, const uint8_t value[32]);

/* ---- account: balances and supply ---- */
/* Reads an account and brings it to the present (demurrage). exists is false for a new one. */
void weal_acct_load(struct weal_ctx *c, const uint8_t key[32], struct weal_acct *out);
/* Writes it; counts what was stored before and after, and burns what melted. */
void weal_acct_store(struct weal_ctx *c, const uint8_t key[32], struct weal_acct *a);
uint64_t weal_acct_balance(const struct weal_acct *a, enum weal_asset asset);
/* In hand only. add: BALANCE_OVERFLOW, BALANCE_FULL. take: false when there is less. */
enum weal_verdict weal_acct_add(struct weal_ctx *c, struct weal_acct *a, enum weal_asset asset,
                                uint64_t micro);
bool weal_acct_take(struct weal_acct *a, enum weal_asset asset, uint64_t micro);
/* Load, add, store. */
enum weal_verdict weal_acct_credit(struct weal_ctx *c, const uint8_t key[32], enum weal_asset asset,
                                   uint64_t micro);
/* Supply counters; overflow is refused by mint. hold: micro-units that a module stores outside
 * accounts (bonds), as a difference. */
enum weal_verdict weal_supply_mint(struct weal_ctx *c, enum weal_asset asset, uint64_t micro);
void weal_supply_burn(struct weal_ctx *c, enum weal_asset asset, uint64_t micro);
void weal_supply_hold(struct weal_ctx *c, enum weal_asset asset, uint64_t before, uint64_t after);
/* What is left below the minimum is burned. */
void weal_acct_dust(struct weal_ctx *c, struct weal_acct *a, enum weal_asset asset);

/* ---- cohort: pools, windows, cohorts, versions ---- */
enum weal_pool_kind { WEAL_POOL_HUMANS = 1, WEAL_POOL_ACTIVITY = 2 };
struct weal_pool_ref {
    enum weal_pool_kind kind;
    struct weal_bytes jurisdiction;
};
/* Puts a key in the first window that has room and no other key of this owner. */
void weal_pool_enter(struct weal_ctx *c, struct weal_pool_ref pool, const struct weal_st_entry *e,
                     uint64_t *window, uint64_t *entry);
/* Takes it out again while it is undealt. */
void weal_pool_leave(struct weal_ctx *c, struct weal_pool_ref pool, uint64_t window,
                     uint64_t entry);
/* A key leaves its cohort: the next version is without it; under 11 the cohort is dissolved and the
 * others are handed back to their module. */
void weal_cohort_leave(struct weal_ctx *c, uint64_t cohort, const uint8_t key[32]);
/* The ring a proof is over, if proofs over it are accepted in this block. */
enum weal_verdict weal_cohort_ring(struct weal_ctx *c, enum weal_pool_kind kind, uint64_t cohort,
                                   uint16_t version, struct weal_st_cohort *out,
                                   struct weal_st_ring *ring);
/* What the module owning a kind of keys is told; implemented by human and activity. */
/* Dealt into a cohort; returns the first year for which the key may lease faces, 0: any. */
uint16_t weal_human_dealt(struct weal_ctx *c, const struct weal_st_entry *e, uint64_t cohort);
uint16_t weal_activity_dealt(struct weal_ctx *c, const struct weal_st_entry *e, uint64_t cohort);
/* Back to waiting: still undealt in another window (moved), or its cohort was dissolved. */
void weal_human_waits(struct weal_ctx *c, const uint8_t key[32], uint64_t window, uint64_t entry);
void weal_human_homeless(struct weal_ctx *c, const uint8_t key[32]);

/* ---- income: calendar of claims ---- */
/* True when epoch e has ended and can still be claimed; stops of the chain extend it. */
bool weal_claimable(struct weal_ctx *c, uint32_t e);

/* ---- seat: validator sets ---- */
struct weal_set;
/* The set of a term; false when it is not fixed. */
bool weal_seat_set(struct weal_ctx *c, uint32_t term, struct weal_set *out);

#endif
