/* SPDX-License-Identifier: ISC */
/* Basic income: a human claims an ended epoch once, with an activity note that pays once. The only
 * rule that mints IBC.
 * Invariants: IBC minted = claims x income; one tag a human and epoch; one nullifier a note. */
#include "consensus/mod/tags.h"

static struct weal_scope scope_of(const struct weal_income_claim *x) {
    return (struct weal_scope){WEAL_SCOPE_INCOME, x->epoch, 0};
}
static struct weal_key nullifier_key(uint32_t dealt, const uint8_t nullifier[32]) {
    struct weal_key k = weal_key(WEAL_T_NULLIFIER);
    weal_key_u8(&k, WEAL_POOL_ACTIVITY);
    weal_key_u32(&k, dealt);
    weal_key_32(&k, nullifier);
    return k;
}

bool weal_claimable(struct weal_ctx *c, uint32_t e) {
    if (e >= c->epoch) return false;
    uint64_t close =
        weal_epoch_start(&c->p, c->chain.genesis_ms, (uint64_t)e + 1 + c->p.claim_epochs);
    if (c->now_ms < close) return true;
    /* stops since the epoch's end extend it */
    struct weal_key k = weal_key(WEAL_T_EPOCH);
    weal_key_u32(&k, e + 1);
    struct weal_st_epoch next;
    if (!weal_epoch_load(c, &k, &next)) return false;
    return c->now_ms - close < c->chain.stopped_ms - next.stopped_ms;
}

static void claim_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.income_claim.tag);
    weal_reserve(info, tx->act.income_claim.nullifier);
    weal_reserve(info, tx->act.income_claim.to);
}

static enum weal_verdict claim_ring(struct weal_ctx *c, const struct weal_income_claim *x,
                                    struct weal_st_cohort *cohort, struct weal_st_ring *ring) {
    return weal_cohort_ring(c, WEAL_POOL_ACTIVITY, x->cohort, x->version, cohort, ring);
}

static enum weal_verdict claim_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_income_claim *x = &tx->act.income_claim;
    if (x->epoch >= c->epoch) return WEAL_V_CLAIM_NOT_ENDED;
    if (!weal_claimable(c, x->epoch)) return WEAL_V_CLAIM_LATE;
    struct weal_key k = weal_tag_key(scope_of(x), x->tag);
    if (weal_has(c, &k)) return WEAL_V_CLAIM_TAG_SHOWN;
    struct weal_st_cohort cohort;
    struct weal_st_ring ring;
    enum weal_verdict v = claim_ring(c, x, &cohort, &ring);
    if (v != WEAL_ACCEPT) return v;
    k = nullifier_key(cohort.epoch, x->nullifier);
    if (weal_has(c, &k)) return WEAL_V_CLAIM_NOTE_SPENT;
    if (cohort.epoch < x->epoch) return WEAL_V_CLAIM_NOTE_EARLY;
    k = weal_key_of32(WEAL_T_ACCOUNT, x->to);
    return weal_has(c, &k) ? WEAL_V_CLAIM_DESTINATION : WEAL_ACCEPT;
}

static enum weal_verdict claim_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_income_claim *x = &tx->act.income_claim;
    struct weal_st_cohort cohort;
    struct weal_st_ring ring;
    enum weal_verdict v = claim_ring(c, x, &cohort, &ring);
    if (v != WEAL_ACCEPT) return v;
    return weal_prove_ring(c, x->cohort, x->version, &ring, scope_of(x), x->tag, x->nullifier,
                           x->proof);
}

static enum weal_verdict claim_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_income_claim *x = &tx->act.income_claim;
    struct weal_st_cohort cohort;
    struct weal_st_ring ring;
    enum weal_verdict v = claim_ring(c, x, &cohort, &ring);
    if (v != WEAL_ACCEPT) return v;
    struct weal_key k = weal_tag_key(scope_of(x), x->tag);
    weal_tag_store(c, &k, &(struct weal_st_tag){.cohort = x->cohort});
    k = nullifier_key(cohort.epoch, x->nullifier);
    weal_nullifier_store(c, &k, &(struct weal_st_nullifier){.height = c->height});
    v = weal_supply_mint(c, WEAL_ASSET_IBC, c->p.income_micro);
    if (v == WEAL_ACCEPT) v = weal_acct_credit(c, x->to, WEAL_ASSET_IBC, c->p.income_micro);
    c->tally.stats.claims++;
    c->tally.stats.issued += c->p.income_micro;
    return v;
}

/* ---- time ---- */

/* A note dealt in epoch d can claim epochs up to d: once that is closed, its nullifier can go. */
static void due(struct weal_ctx *c, enum weal_deadline kind, struct weal_bytes what) {
    (void)what;
    if (kind != WEAL_D_SWEEP_NULLIFIERS) return;
    struct weal_key prefix = weal_key(WEAL_T_NULLIFIER);
    weal_key_u8(&prefix, WEAL_POOL_ACTIVITY);
    uint64_t limit = c->epoch > c->p.claim_epochs ? c->epoch - c->p.claim_epochs : 0;
    while (limit > 0 && weal_claimable(c, (uint32_t)limit - 1)) limit--;
    if (weal_sweep(c, prefix, limit)) return;
    weal_deadline_add(c, WEAL_CLOCK_TIME, c->now_ms + 1, WEAL_D_SWEEP_NULLIFIERS,
                      weal_bytes(NULL, 0));
}

static void epoch(struct weal_ctx *c, uint32_t from) {
    (void)from;
    weal_deadline_add(c, WEAL_CLOCK_TIME, c->now_ms, WEAL_D_SWEEP_NULLIFIERS, weal_bytes(NULL, 0));
}

static const struct weal_act ACTS[] = {
    {
        .kind = WEAL_TX_INCOME_CLAIM,
        .lane = WEAL_EXEC_HUMAN,
        .name = "income.claim",
        .ring = WEAL_RING_ACTIVITY_NOTES,
        .scope = "income/<epoch>",
        .ties = "one ring proof spending one note; the destination is a fresh account",
        .reserve = claim_reserve,
        .check = claim_check,
        .prove = claim_prove,
        .apply = claim_apply,
    },
};
const struct weal_mod weal_mod_income = {
    .name = "income",
    .acts = ACTS,
    .acts_n = sizeof ACTS / sizeof *ACTS,
    .due = due,
    .epoch = epoch,
};
