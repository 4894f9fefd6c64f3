/* SPDX-License-Identifier: ISC */
/* Accounts: balances with demurrage, supply counters, transfers.
 * Invariant: every change of a stored balance passes weal_acct_store, which counts it; creating and
 * destroying are counted by mint and burn; so minted - burned - stored = 0 says that nothing was
 * created or lost outside its rule. Transfers move one asset: no code path knows two (T-22). */
#include "consensus/mod/module.h"

/* ---- demurrage ---- */

/* What is left of an amount after the steps: one floor(b * keep / 10^6) a step, in two parts so
 * that nothing overflows. */
static uint64_t melt(const struct weal_params *p, uint64_t b, uint32_t from, uint32_t to) {
    uint64_t keep = 1000000 - p->demurrage_ppm;
    for (; from < to && b != 0; from++) {
        b = b / 1000000 * keep + b % 1000000 * keep / 1000000;
    }
    return b;
}

static struct weal_st_balance *find(struct weal_st_account *a, enum weal_asset asset) {
    for (unsigned i = 0; i < a->balances_n; i++) {
        if (a->balances[i].asset == asset) return &a->balances[i];
    }
    return NULL;
}
static void remove_at(struct weal_st_account *a, const struct weal_st_balance *b) {
    unsigned i = (unsigned)(b - a->balances);
    a->balances_n--;
    memmove(&a->balances[i], &a->balances[i + 1], (a->balances_n - i) * sizeof a->balances[0]);
}

void weal_acct_load(struct weal_ctx *c, const uint8_t key[32], struct weal_acct *out) {
    struct weal_key k = weal_key_of32(WEAL_T_ACCOUNT, key);
    memset(out->stored, 0, sizeof out->stored);
    out->melted = 0;
    out->exists = weal_account_load(c, &k, &out->a);
    for (unsigned i = 0; i < out->a.balances_n; i++) {
        const struct weal_st_balance *b = &out->a.balances[i];
        if (b->asset < WEAL_ASSETS) out->stored[b->asset] = b->micro;
    }
    struct weal_st_balance *b = find(&out->a, WEAL_ASSET_IBC);
    if (b && b->step < c->step) {
        uint64_t left = melt(&c->p, b->micro, b->step, c->step);
        out->melted = b->micro - left;
        b->micro = left;
        b->step = c->step;
        if (left == 0) remove_at(&out->a, b);
    }
}

uint64_t weal_acct_balance(const struct weal_acct *a, enum weal_asset asset) {
    for (unsigned i = 0; i < a->a.balances_n; i++) {
        if (a->a.balances[i].asset == asset) return a->a.balances[i].micro;
    }
    return 0;
}

enum weal_verdict weal_acct_add(struct weal_ctx *c, struct weal_acct *a, enum weal_asset asset,
                                uint64_t micro) {
    if (micro == 0) return WEAL_ACCEPT;
    struct weal_st_balance *b = find(&a->a, asset);
    if (b) {
        return __builtin_add_overflow(b->micro, micro, &b->micro) ? WEAL_V_BALANCE_OVERFLOW
                                                                  : WEAL_ACCEPT;
    }
    if (a->a.balances_n == 8) return WEAL_V_BALANCE_FULL;
    unsigned i = a->a.balances_n++;
    for (; i > 0 && a->a.balances[i - 1].asset > asset; i--) {
        a->a.balances[i] = a->a.balances[i - 1];
    }
    uint32_t step = asset == WEAL_ASSET_IBC ? c->step : 0;
    a->a.balances[i] = (struct weal_st_balance){(uint8_t)asset, step, micro};
    return WEAL_ACCEPT;
}

bool weal_acct_take(struct weal_acct *a, enum weal_asset asset, uint64_t micro) {
    if (micro == 0) return true;
    struct weal_st_balance *b = find(&a->a, asset);
    if (!b || b->micro < micro) return false;
    b->micro -= micro;
    if (b->micro == 0) remove_at(&a->a, b);
    return true;
}

void weal_acct_store(struct weal_ctx *c, const uint8_t key[32], struct weal_acct *a) {
    uint64_t had = 0;
    for (unsigned asset = 1; asset < WEAL_ASSETS; asset++) {
        had |= a->stored[asset];
        weal_supply_hold(c, (enum weal_asset)asset, a->stored[asset],
                         weal_acct_balance(a, (enum weal_asset)asset));
    }
    weal_supply_burn(c, WEAL_ASSET_IBC, a->melted);
    struct weal_key k = weal_key_of32(WEAL_T_ACCOUNT, key);
    weal_account_store(c, &k, &a->a);
    if (a->a.balances_n == 0 && had != 0) {
        /* kept until none of its transactions can come back, then removed if still empty */
        uint8_t what[40];
        memcpy(what, key, 32);
        weal_put_le64(what + 32, a->a.nonce);
        weal_deadline_add(c, WEAL_CLOCK_LATER, c->height + c->p.valid_blocks_max + 1,
                          WEAL_D_EMPTIED, WEAL_BYTES(what));
    }
}

enum weal_verdict weal_acct_credit(struct weal_ctx *c, const uint8_t key[32], enum weal_asset asset,
                                   uint64_t micro) {
    struct weal_acct a;
    weal_acct_load(c, key, &a);
    enum weal_verdict v = weal_acct_add(c, &a, asset, micro);
    if (v == WEAL_ACCEPT) weal_acct_store(c, key, &a);
    return v;
}

void weal_acct_dust(struct weal_ctx *c, struct weal_acct *a, enum weal_asset asset) {
    uint64_t left = weal_acct_balance(a, asset);
    if (left == 0 || left >= c->p.account_min_micro) return;
    bool taken = weal_acct_take(a, asset, left);
    WEAL_ASSERT(taken);
    weal_supply_burn(c, asset, left);
}

/* ---- supply ---- */

enum weal_verdict weal_supply_mint(struct weal_ctx *c, enum weal_asset asset, uint64_t micro) {
    struct weal_st_supply *s = &c->tally.supply[asset];
    return __builtin_add_overflow(s->minted, micro, &s->minted) ? WEAL_V_BALANCE_OVERFLOW
                                                                : WEAL_ACCEPT;
}
void weal_supply_burn(struct weal_ctx *c, enum weal_asset asset, uint64_t micro) {
    c->tally.supply[asset].burned += micro; /* at most what was minted */
}
void weal_supply_hold(struct weal_ctx *c, enum weal_asset asset, uint64_t before, uint64_t after) {
    c->tally.supply[asset].stored += after - before; /* modulo 2^64: the sum is never negative */
}

/* ---- transfer ---- */

static enum weal_verdict transfer_form(const struct weal_tx *tx) {
    const struct weal_transfer *t = &tx->act.transfer;
    uint64_t sum = t->fee;
    if (t->asset != WEAL_ASSET_IT && t->asset != WEAL_ASSET_IBC) return WEAL_V_TRANSFER_ASSET;
    if (t->outputs_n == 0) return WEAL_V_TRANSFER_OUTPUTS;
    for (unsigned i = 0; i < t->outputs_n; i++) {
        const struct weal_tx_output *o = &t->outputs[i];
        if (o->amount == 0 || __builtin_add_overflow(sum, o->amount, &sum)) {
            return WEAL_V_TRANSFER_AMOUNT;
        }
        if (memcmp(o->to, t->from, 32) == 0) return WEAL_V_TRANSFER_SELF;
        for (unsigned j = 0; j < i; j++) {
            if (memcmp(o->to, t->outputs[j].to, 32) == 0) return WEAL_V_TRANSFER_SELF;
        }
    }
    return WEAL_ACCEPT;
}

static enum weal_verdict transfer_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_transfer *t = &tx->act.transfer;
    uint64_t sum = 0; /* no overflow: form */
    for (unsigned i = 0; i < t->outputs_n; i++) sum += t->outputs[i].amount;
    uint64_t have = weal_acct_balance(&c->sender, (enum weal_asset)t->asset);
    return have < sum ? WEAL_V_TRANSFER_BALANCE : WEAL_ACCEPT; /* the fee is taken already */
}

static enum weal_verdict transfer_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_transfer *t = &tx->act.transfer;
    enum weal_asset asset = (enum weal_asset)t->asset;
    for (unsigned i = 0; i < t->outputs_n; i++) {
        const struct weal_tx_output *o = &t->outputs[i];
        struct weal_acct to;
        weal_acct_load(c, o->to, &to);
        if (weal_acct_balance(&to, asset) == 0 && o->amount < c->p.account_min_micro) {
            return WEAL_V_TRANSFER_SMALL;
        }
        if (!weal_acct_take(&c->sender, asset, o->amount)) return WEAL_V_TRANSFER_BALANCE;
        enum weal_verdict v = weal_acct_add(c, &to, asset, o->amount);
        if (v != WEAL_ACCEPT) return v;
        weal_acct_store(c, o->to, &to);
        if (asset == WEAL_ASSET_IBC) c->tally.stats.moved += o->amount;
    }
    weal_acct_dust(c, &c->sender, asset);
    return WEAL_ACCEPT;
}

/* ---- hooks ---- */

static void due(struct weal_ctx *c, enum weal_deadline kind, struct weal_bytes what) {
    (void)kind;
    if (what.n != 40) return;
    struct weal_key k = weal_key_of32(WEAL_T_ACCOUNT, what.p);
    struct weal_st_account a;
    if (weal_account_load(c, &k, &a) && a.balances_n == 0 && a.nonce == weal_le64(what.p + 32)) {
        weal_drop(c, &k);
    }
}

static uint64_t stored(struct weal_ctx *c, enum weal_asset asset) {
    struct weal_key prefix = weal_key(WEAL_T_ACCOUNT), k = prefix;
    struct weal_bytes v;
    uint64_t sum = 0;
    while (weal_next(c, &prefix, &k, &v)) {
        struct weal_st_account a;
        struct weal_rd r = weal_rd(v);
        weal_st_account_get(&r, &a);
        const struct weal_st_balance *b = find(&a, asset);
        if (b) sum += b->micro;
    }
    return sum;
}

static const struct weal_act ACTS[] = {
    {
        .kind = WEAL_TX_TRANSFER,
        .lane = WEAL_EXEC_FEE,
        .name = "transfer",
        .ties = "accounts only; no ring",
        .form = transfer_form,
        .check = transfer_check,
        .apply = transfer_apply,
    },
};
const struct weal_mod weal_mod_account = {
    .name = "account",
    .acts = ACTS,
    .acts_n = sizeof ACTS / sizeof *ACTS,
    .due = due,
    .stored = stored,
};
