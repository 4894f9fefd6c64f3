/* SPDX-License-Identifier: ISC */
/* Validator seats: lease by ring proof, binding to an account, bonds, asking back.
 * Invariants: a human leases one seat a year (its tag); a seat is bound to one account for ever and
 * an account to one seat; bonds and unbonding amounts are counted as stored IT. */
#include "consensus/mod/seat_int.h"
#include "consensus/mod/tags.h"

enum { UNBONDINGS_MAX = 16 }; /* each is a deadline: nobody fills the queue with them */

bool weal_seat_get(struct weal_ctx *c, const uint8_t key[32], struct weal_st_seat *out) {
    struct weal_key k = weal_key_of32(WEAL_T_SEAT, key);
    return weal_seat_load(c, &k, out);
}
void weal_seat_put(struct weal_ctx *c, const uint8_t key[32], const struct weal_st_seat *before,
                   const struct weal_st_seat *after) {
    struct weal_key k = weal_key_of32(WEAL_T_SEAT, key);
    weal_supply_hold(c, WEAL_ASSET_IT, before->bond + before->unbonding,
                     after->bond + after->unbonding);
    weal_seat_store(c, &k, after);
}
bool weal_seat_holds(const struct weal_ctx *c, const struct weal_st_seat *s) {
    if (s->lapse != 0 && c->height < s->lapse) return true;
    return c->now_ms >= s->lease_from_ms && c->now_ms < s->lease_until_ms;
}

static bool seat_of(struct weal_ctx *c, const uint8_t account[32], uint8_t key[32],
                    struct weal_st_seat *out) {
    struct weal_key k = weal_key_of32(WEAL_T_SEAT_REF, account);
    struct weal_st_seat_ref ref;
    if (!weal_seat_ref_load(c, &k, &ref)) return false;
    memcpy(key, ref.seat, 32);
    return weal_seat_get(c, key, out);
}

/* ---- seat.lease ---- */

static struct weal_scope scope_of(const struct weal_seat_lease *x) {
    return (struct weal_scope){WEAL_SCOPE_FACE_VALIDATOR, x->year, 0};
}
static void lease_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.seat_lease.tag);
    weal_reserve(info, tx->act.seat_lease.seat);
}
static enum weal_verdict lease_ring(struct weal_ctx *c, const struct weal_seat_lease *x,
                                    struct weal_st_cohort *cohort, struct weal_st_ring *ring) {
    return weal_cohort_ring(c, WEAL_POOL_HUMANS, x->cohort, x->version, cohort, ring);
}
static bool year_open(const struct weal_ctx *c, uint16_t year) {
    uint32_t now = weal_year_of(c->now_ms);
    return year == now || (year == now + 1 && c->now_ms >= weal_date_ms(now, 12, 1));
}

static enum weal_verdict lease_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_seat_lease *x = &tx->act.seat_lease;
    if (!year_open(c, x->year)) return WEAL_V_SEAT_YEAR;
    struct weal_key k = weal_tag_key(scope_of(x), x->tag);
    if (weal_has(c, &k)) return WEAL_V_SEAT_TAG_SHOWN;
    k = weal_key_of32(WEAL_T_HUMAN, x->seat);
    if (weal_has(c, &k)) return WEAL_V_HUMAN_KEY_KNOWN;
    k = weal_key_of32(WEAL_T_NOTE, x->seat);
    if (weal_has(c, &k)) return WEAL_V_HUMAN_KEY_NOTE;
    struct weal_st_seat s;
    if (weal_seat_get(c, x->seat, &s)) {
        if (s.removed) return WEAL_V_SEAT_REMOVED;
        if (s.lease_until_ms > weal_date_ms(x->year + 1u, 1, 1)) return WEAL_V_SEAT_LEASED;
    }
    struct weal_st_cohort cohort;
    struct weal_st_ring ring;
    enum weal_verdict v = lease_ring(c, x, &cohort, &ring);
    if (v != WEAL_ACCEPT) return v;
    return cohort.lease_year > x->year ? WEAL_V_SEAT_YOUNG_KEY : WEAL_ACCEPT;
}
static enum weal_verdict lease_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_seat_lease *x = &tx->act.seat_lease;
    struct weal_st_cohort cohort;
    struct weal_st_ring ring;
    enum weal_verdict v = lease_ring(c, x, &cohort, &ring);
    if (v != WEAL_ACCEPT) return v;
    v = weal_prove_ring(c, x->cohort, x->version, &ring, scope_of(x), x->tag, NULL, x->proof);
    return v != WEAL_ACCEPT ? v : weal_prove_pop(c, x->seat, WEAL_ROLE_SEAT, x->pop);
}
static enum weal_verdict lease_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_seat_lease *x = &tx->act.seat_lease;
    struct weal_key k = weal_tag_key(scope_of(x), x->tag);
    weal_tag_store(c, &k, &(struct weal_st_tag){.cohort = x->cohort});
    struct weal_st_seat before, s;
    weal_seat_get(c, x->seat, &before);
    s = before;
    uint64_t from = weal_date_ms(x->year, 1, 1);
    bool founding = s.lapse != 0 && c->height < s.lapse;
    bool runs_on = s.lease_until_ms >= from || founding; /* no gap before the year begins */
    if (!runs_on) s.lease_from_ms = from > c->now_ms ? from : c->now_ms;
    s.lease_until_ms = weal_date_ms(x->year + 1u, 2, 1); /* to the end of 31 January */
    s.lapse = 0;                                         /* a founding seat is now held by a face */
    weal_seat_put(c, x->seat, &before, &s);
    return WEAL_ACCEPT;
}

/* ---- seat.bind ---- */

static void bind_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.seat_bind.seat);
}
static enum weal_verdict bind_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_seat_bind *x = &tx->act.seat_bind;
    struct weal_st_seat s;
    if (!weal_seat_get(c, x->seat, &s)) return WEAL_V_SEAT_UNKNOWN;
    if (s.removed) return WEAL_V_SEAT_REMOVED;
    struct weal_key k = weal_key_of32(WEAL_T_SEAT_REF, x->from);
    return !weal_is_zero32(s.account) || weal_has(c, &k) ? WEAL_V_SEAT_BOUND : WEAL_ACCEPT;
}
static enum weal_verdict bind_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    return weal_prove_pop(c, tx->act.seat_bind.seat, WEAL_ROLE_SEAT, tx->act.seat_bind.pop);
}
static enum weal_verdict bind_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_seat_bind *x = &tx->act.seat_bind;
    struct weal_st_seat before, s;
    if (!weal_seat_get(c, x->seat, &before)) return WEAL_V_SEAT_UNKNOWN;
    s = before;
    memcpy(s.account, x->from, 32);
    weal_seat_put(c, x->seat, &before, &s);
    struct weal_key k = weal_key_of32(WEAL_T_SEAT_REF, x->from);
    struct weal_st_seat_ref ref;
    memcpy(ref.seat, x->seat, 32);
    weal_seat_ref_store(c, &k, &ref);
    return WEAL_ACCEPT;
}

/* ---- seat.bond, seat.unbond, seat.return ---- */

static enum weal_verdict bond_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_seat_bond *x = &tx->act.seat_bond;
    struct weal_st_seat s;
    uint8_t key[32];
    uint64_t sum;
    if (!seat_of(c, x->from, key, &s)) return WEAL_V_SEAT_NONE;
    if (s.removed) return WEAL_V_SEAT_REMOVED;
    if (x->amount == 0 || __builtin_add_overflow(s.bond, x->amount, &sum)) return WEAL_V_SEAT_BOND;
    uint64_t have = weal_acct_balance(&c->sender, WEAL_ASSET_IT);
    return have < x->amount ? WEAL_V_SEAT_BALANCE : WEAL_ACCEPT;
}
static enum weal_verdict bond_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_seat_bond *x = &tx->act.seat_bond;
    struct weal_st_seat before, s;
    uint8_t key[32];
    if (!seat_of(c, x->from, key, &before)) return WEAL_V_SEAT_NONE;
    if (!weal_acct_take(&c->sender, WEAL_ASSET_IT, x->amount)) return WEAL_V_SEAT_BALANCE;
    s = before;
    s.bond += x->amount;
    weal_seat_put(c, key, &before, &s);
    weal_acct_dust(c, &c->sender, WEAL_ASSET_IT);
    return WEAL_ACCEPT;
}

static enum weal_verdict unbond_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_seat_unbond *x = &tx->act.seat_unbond;
    struct weal_st_seat s;
    uint8_t key[32];
    if (!seat_of(c, x->from, key, &s)) return WEAL_V_SEAT_NONE;
    if (x->amount == 0 || x->amount > s.bond) return WEAL_V_SEAT_BOND;
    return s.unbondings >= UNBONDINGS_MAX ? WEAL_V_SEAT_UNBONDINGS : WEAL_ACCEPT;
}
static enum weal_verdict unbond_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_seat_unbond *x = &tx->act.seat_unbond;
    struct weal_st_seat before, s;
    uint8_t key[32], what[40];
    if (!seat_of(c, x->from, key, &before)) return WEAL_V_SEAT_NONE;
    s = before;
    s.bond -= x->amount;
    s.unbonding += x->amount;
    s.unbondings++;
    weal_seat_put(c, key, &before, &s);
    memcpy(what, key, 32);
    weal_put_le64(what + 32, x->amount);
    weal_deadline_add(c, WEAL_CLOCK_TIME, c->now_ms + c->p.unbonding_ms, WEAL_D_UNBOND,
                      WEAL_BYTES(what));
    return WEAL_ACCEPT;
}

static enum weal_verdict return_check(struct weal_ctx *c, const struct weal_tx *tx) {
    struct weal_st_seat s;
    uint8_t key[32];
    if (!seat_of(c, tx->act.seat_return.from, key, &s)) return WEAL_V_SEAT_NONE;
    if (s.removed) return WEAL_V_SEAT_REMOVED;
    return s.silent ? WEAL_ACCEPT : WEAL_V_SEAT_NOT_SILENT;
}
static enum weal_verdict return_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    struct weal_st_seat before, s;
    uint8_t key[32];
    if (!seat_of(c, tx->act.seat_return.from, key, &before)) return WEAL_V_SEAT_NONE;
    s = before;
    s.silent = 0;
    weal_seat_put(c, key, &before, &s);
    return WEAL_ACCEPT;
}

/* ---- hooks ---- */

/* Pays out what was unbonded, less what evidence took meanwhile. */
static void due(struct weal_ctx *c, enum weal_deadline kind, struct weal_bytes what) {
    struct weal_st_seat before, s;
    if (kind != WEAL_D_UNBOND || what.n != 40 || !weal_seat_get(c, what.p, &before)) return;
    uint64_t amount = weal_le64(what.p + 32);
    s = before;
    if (amount > s.unbonding) amount = s.unbonding;
    /* nothing left makes no record: none would ever remove it */
    if (amount != 0 && weal_acct_credit(c, s.account, WEAL_ASSET_IT, amount) != WEAL_ACCEPT)
        return; /* stays unbonding */
    s.unbonding -= amount;
    s.unbondings--;
    weal_seat_put(c, what.p, &before, &s);
}

static uint64_t stored(struct weal_ctx *c, enum weal_asset asset) {
    struct weal_key prefix = weal_key(WEAL_T_SEAT), k = prefix;
    struct weal_bytes v;
    uint64_t sum = 0;
    while (asset == WEAL_ASSET_IT && weal_next(c, &prefix, &k, &v)) {
        struct weal_st_seat s;
        struct weal_rd r = weal_rd(v);
        weal_st_seat_get(&r, &s);
        sum += s.bond + s.unbonding;
    }
    return sum;
}

static const struct weal_act ACTS[] = {
    {
        .kind = WEAL_TX_SEAT_LEASE,
        .lane = WEAL_EXEC_HUMAN,
        .name = "seat.lease",
        .ring = WEAL_RING_HUMANS,
        .scope = "face/validator/<year>",
        .ties = "one ring proof; the seat key is a face of its own",
        .reserve = lease_reserve,
        .check = lease_check,
        .prove = lease_prove,
        .apply = lease_apply,
    },
    {
        .kind = WEAL_TX_SEAT_BIND,
        .lane = WEAL_EXEC_FEE,
        .name = "seat.bind",
        .ties = "account and seat are public; no ring in this transaction",
        .reserve = bind_reserve,
        .check = bind_check,
        .prove = bind_prove,
        .apply = bind_apply,
    },
    {
        .kind = WEAL_TX_SEAT_BOND,
        .lane = WEAL_EXEC_FEE,
        .name = "seat.bond",
        .ties = "accounts only; no ring",
        .check = bond_check,
        .apply = bond_apply,
    },
    {
        .kind = WEAL_TX_SEAT_UNBOND,
        .lane = WEAL_EXEC_FEE,
        .name = "seat.unbond",
        .ties = "accounts only; no ring",
        .check = unbond_check,
        .apply = unbond_apply,
    },
    {
        .kind = WEAL_TX_SEAT_RETURN,
        .lane = WEAL_EXEC_FEE,
        .name = "seat.return",
        .ties = "accounts only; no ring",
        .check = return_check,
        .apply = return_apply,
    },
    {
        .kind = WEAL_TX_EVIDENCE_TX,
        .lane = WEAL_EXEC_HUMAN,
        .name = "seat.evidence",
        .ties = "a validator's public votes; no ring",
        .form = weal_evidence_form,
        .reserve = weal_evidence_reserve,
        .check = weal_evidence_check,
        .prove = weal_evidence_prove,
        .apply = weal_evidence_apply,
    },
};
const struct weal_mod weal_mod_seat = {
    .name = "seat",
    .acts = ACTS,
    .acts_n = sizeof ACTS / sizeof *ACTS,
    .due = due,
    .end = weal_seat_end,
    .stored = stored,
};
