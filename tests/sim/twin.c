/* SPDX-License-Identifier: ISC */
/* The twin's clockwork: accounts, what they pay and transfer, the list of what falls due, blocks.
 */
#include "tests/sim/twin.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "crypto/ring/ring.h"

enum { IT = 1, IBC = 2 };

struct twin *twin_new(const struct weal_params *p, uint64_t genesis_ms, const uint8_t chain[32],
                      uint32_t module_max) {
    struct twin *w = calloc(1, sizeof *w);
    WEAL_ASSERT(w);
    w->p = *p;
    w->module_max = module_max;
    w->genesis_ms = w->now = genesis_ms;
    memcpy(w->beacon, chain, 32);
    return w;
}

void twin_free(struct twin *w) {
    free(w);
}

/* ---- accounts ---- */

const struct twin_account *twin_find(const struct twin *w, const uint8_t key[32]) {
    for (unsigned i = 0; i < w->accounts_n; i++)
        if (memcmp(w->accounts[i].key, key, 32) == 0) return &w->accounts[i];
    return NULL;
}

struct twin_account *twin_account(struct twin *w, const uint8_t key[32]) {
    for (unsigned i = 0; i < w->accounts_n; i++)
        if (memcmp(w->accounts[i].key, key, 32) == 0) return &w->accounts[i];
    WEAL_ASSERT(w->accounts_n < TWIN_ACCOUNTS);
    struct twin_account *a = &w->accounts[w->accounts_n++];
    memcpy(a->key, key, 32);
    return a;
}

void twin_grant(struct twin *w, const uint8_t key[32], uint64_t micro) {
    struct twin_account *a = twin_account(w, key);
    a->exists = true;
    a->it += micro;
    w->supply[IT].minted += micro;
}

static uint64_t step_at(const struct twin *w, uint64_t now) {
    return (now - w->genesis_ms) / w->p.demurrage_step_ms;
}

static uint64_t ibc_at(const struct twin *w, const struct twin_account *a, uint64_t now) {
    uint64_t left = a->ibc;
    for (uint64_t s = a->step; s < step_at(w, now); s++) /* amounts here are far below 2^44 */
        left = left * (1000000 - w->p.demurrage_ppm) / 1000000;
    return left;
}

uint64_t twin_stored(const struct twin *w, unsigned asset) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < w->seats_n && asset == IT; i++)
        sum += w->seats[i].bond + w->seats[i].unbonding;
    for (unsigned i = 0; i < w->accounts_n; i++)
        sum += asset == IT ? w->accounts[i].it : w->accounts[i].ibc;
    return sum;
}

/* The account as it is now: what melted is burned. */
static void refresh(struct twin *w, struct twin_account *a) {
    uint64_t left = ibc_at(w, a, w->now);
    w->supply[IBC].burned += a->ibc - left;
    a->ibc = left;
    a->step = step_at(w, w->now);
}

/* After a change: `had` says whether it held anything before. */
static void written(struct twin *w, struct twin_account *a, bool had) {
    a->exists = true;
    if (had && a->it == 0 && a->ibc == 0)
        twin_event(w, 2, w->height + w->p.valid_blocks_max + 1, ON_EMPTIED, a->key)->a = a->nonce;
}

static bool holds(const struct twin_account *a) {
    return a->it != 0 || a->ibc != 0;
}

/* ---- transfers ---- */

static enum weal_verdict transfer_form(const struct weal_transfer *t) {
    if (t->asset != IT && t->asset != IBC) return WEAL_V_TRANSFER_ASSET;
    if (t->outputs_n < 1 || t->outputs_n > 16) return WEAL_V_TRANSFER_OUTPUTS;
    uint64_t sum = t->fee;
    for (unsigned i = 0; i < t->outputs_n; i++) {
        if (t->outputs[i].amount == 0 || UINT64_MAX - sum < t->outputs[i].amount)
            return WEAL_V_TRANSFER_AMOUNT;
        sum += t->outputs[i].amount;
        if (memcmp(t->outputs[i].to, t->from, 32) == 0) return WEAL_V_TRANSFER_SELF;
        for (unsigned j = 0; j < i; j++)
            if (memcmp(t->outputs[i].to, t->outputs[j].to, 32) == 0) return WEAL_V_TRANSFER_SELF;
    }
    return WEAL_ACCEPT;
}

static uint64_t sum_of(const struct weal_transfer *t) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < t->outputs_n; i++) sum += t->outputs[i].amount;
    return sum;
}

uint64_t twin_balance(const struct twin *w, const uint8_t key[32], unsigned asset) {
    const struct twin_account *a = twin_find(w, key);
    if (!a) return 0;
    return asset == IT ? a->it : ibc_at(w, a, w->now);
}

static uint64_t *purse(struct twin_account *a, unsigned asset) {
    return asset == IT ? &a->it : &a->ibc;
}

/* Of the fee's asset, behind the fee. */
static enum weal_verdict transfer_check(const struct weal_transfer *t, uint64_t have) {
    return have < sum_of(t) ? WEAL_V_TRANSFER_BALANCE : WEAL_ACCEPT;
}

static enum weal_verdict transfer_apply(struct twin *w, const struct weal_transfer *t,
                                        struct twin_account *from) {
    uint64_t *mine = purse(from, t->asset);
    for (unsigned i = 0; i < t->outputs_n; i++)
        if (t->outputs[i].amount < w->p.account_min_micro &&
            twin_balance(w, t->outputs[i].to, t->asset) == 0)
            return WEAL_V_TRANSFER_SMALL;
    for (unsigned i = 0; i < t->outputs_n; i++) {
        twin_receive(w, t->outputs[i].to, t->asset, t->outputs[i].amount);
        *mine -= t->outputs[i].amount;
    }
    if (*mine < w->p.account_min_micro) {
        w->supply[t->asset].burned += *mine;
        *mine = 0;
    }
    if (t->asset == IBC) twin_moved(w, sum_of(t));
    return WEAL_ACCEPT;
}

void twin_receive(struct twin *w, const uint8_t key[32], unsigned asset, uint64_t micro) {
    struct twin_account *a = twin_account(w, key);
    refresh(w, a);
    *purse(a, asset) += micro;
    a->exists = true;
}

/* ---- acts that an account pays for ---- */

struct payer {
    const uint8_t *from;
    uint64_t nonce, fee, valid;
    unsigned asset, signatures;
};

static bool payer_of(const struct weal_tx *tx, struct payer *p) {
#define PAYS(act_, asset_, signatures_)                                                            \
    *p = (struct payer){                                                                           \
        tx->act.act_.from, tx->act.act_.nonce, tx->act.act_.fee, tx->act.act_.valid_until, asset_, \
        signatures_};                                                                              \
    return true
    switch (tx->act_kind) {
    case WEAL_TX_TRANSFER:
        PAYS(transfer, tx->act.transfer.asset, 1);
    case WEAL_TX_SEAT_BIND:
        PAYS(seat_bind, IT, 2);
    case WEAL_TX_SEAT_BOND:
        PAYS(seat_bond, IT, 1);
    case WEAL_TX_SEAT_UNBOND:
        PAYS(seat_unbond, IT, 1);
    case WEAL_TX_SEAT_RETURN:
        PAYS(seat_return, IT, 1);
    default:
        return false;
    }
#undef PAYS
}

/* May it be in the block, and pay? */
static enum weal_verdict payer_admit(const struct twin *w, const struct payer *p, size_t bytes) {
    const struct twin_account *a = twin_find(w, p->from);
    uint64_t last = a ? a->nonce : 0, have = twin_balance(w, p->from, p->asset);
    bool free = w->parent_bytes < w->p.block_bytes_max / 4;
    uint64_t due = free ? 0 : bytes * w->p.fee_byte_micro + p->signatures * w->p.fee_sig_micro;
    if (p->valid < w->height) return WEAL_V_TX_EXPIRED;
    if (p->valid > w->height + w->p.valid_blocks_max) return WEAL_V_TX_VALID_FAR;
    if (p->fee < due) return WEAL_V_TX_FEE_LOW;
    if (p->nonce <= last) return WEAL_V_TX_NONCE_USED;
    if (p->nonce > last + (w->arrival ? 64 : 1)) return WEAL_V_TX_NONCE_GAP;
    return have == 0 || have < p->fee ? WEAL_V_TX_FEE_UNPAID : WEAL_ACCEPT;
}

/* What speaks against its effect, before anything is done. */
static enum weal_verdict effect_check(const struct twin *w, const struct weal_tx *tx,
                                      const struct payer *p) {
    uint64_t have = twin_balance(w, p->from, p->asset) - p->fee;
    if (tx->act_kind == WEAL_TX_TRANSFER) return transfer_check(&tx->act.transfer, have);
    return twin_seat_check(w, tx, have);
}

static enum weal_verdict paid_admit(const struct twin *w, const struct weal_tx *tx,
                                    const struct payer *p, struct twin_told told) {
    enum weal_verdict v = payer_admit(w, p, told.bytes);
    if (v != WEAL_ACCEPT) return v;
    enum weal_verdict effect = effect_check(w, tx, p);
    if (w->arrival && effect != WEAL_ACCEPT) return effect;
    if (!told.signature) return WEAL_V_TX_SIGNATURE;
    return effect == WEAL_ACCEPT && !told.proofs ? WEAL_V_TX_PROOF : WEAL_ACCEPT;
}

/* It pays and counts whatever its effect. */
static enum weal_verdict paid_apply(struct twin *w, const struct weal_tx *tx,
                                    const struct payer *p) {
    enum weal_verdict v = effect_check(w, tx, p);
    struct twin_account *from = twin_account(w, p->from);
    bool had = holds(from);
    refresh(w, from);
    *purse(from, p->asset) -= p->fee;
    from->nonce = p->nonce;
    uint64_t share = p->asset == IT ? p->fee / 2 : 0;
    w->reward += share;
    w->supply[p->asset].burned += p->fee - share;
    if (v == WEAL_ACCEPT && tx->act_kind == WEAL_TX_TRANSFER)
        v = transfer_apply(w, &tx->act.transfer, from);
    else if (v == WEAL_ACCEPT)
        twin_seat_apply(w, tx, from);
    written(w, from, had);
    return v;
}

/* ---- time ---- */

uint32_t twin_epoch(const struct twin *w) {
    return (uint32_t)((w->now - w->genesis_ms) / w->p.epoch_ms);
}

struct twin_event *twin_event(struct twin *w, unsigned clock, uint64_t due,
                              enum twin_event_kind kind, const uint8_t *key) {
    WEAL_ASSERT(w->events_n < TWIN_EVENTS);
    struct twin_event *e = &w->events[w->events_n++];
    *e = (struct twin_event){.clock = clock, .due = due, .number = w->events_made++, .kind = kind};
    if (key) memcpy(e->key, key, 32);
    return e;
}

static void emptied(struct twin *w, const struct twin_event *e) {
    struct twin_account *a = twin_account(w, e->key);
    if (a->exists && !holds(a) && a->nonce == e->a) {
        a->exists = false;
        a->nonce = 0;
    }
}

static void happens(struct twin *w, const struct twin_event *e) {
    if (e->kind == ON_EMPTIED)
        emptied(w, e);
    else if (e->kind == ON_WINDOW)
        twin_window_due(w, (unsigned)e->a, e->b);
    else if (e->kind == ON_DEAL)
        twin_deal_due(w, (unsigned)e->a, e->b);
    else if (e->kind == ON_EPOCH)
        twin_epoch_due(w);
    else if (e->kind == ON_UNBOND)
        twin_seat_due(w, e->key, e->a);
    else
        twin_people_due(w, e);
}

/* Everything due, first by clock, then by time, then by age; what that adds is due at once. At most
 * 512 a block, a dealing counts as 32. */
static void work_off(struct twin *w) {
    int left = 512;
    for (unsigned clock = 0; clock < 3; clock++) {
        uint64_t now = clock == 1 ? w->now : w->height;
        while (left > 0) {
            unsigned best = UINT32_MAX;
            for (unsigned i = 0; i < w->events_n; i++) {
                const struct twin_event *e = &w->events[i];
                if (e->clock != clock || e->due > now) continue;
                if (best != UINT32_MAX &&
                    (e->due > w->events[best].due ||
                     (e->due == w->events[best].due && e->number > w->events[best].number)))
                    continue;
                best = i;
            }
            if (best == UINT32_MAX) break;
            struct twin_event e = w->events[best];
            w->events[best] = w->events[--w->events_n];
            happens(w, &e);
            left -= e.kind == ON_DEAL ? 32 : 1;
        }
    }
}

/* ---- blocks ---- */

void twin_begin(struct twin *w, uint64_t height, uint64_t time_ms, const uint8_t beacon_tag[32]) {
    uint32_t epoch = twin_epoch(w);
    if (w->height != 0 && time_ms - w->now > w->p.stop_ms) {
        WEAL_ASSERT(w->stops_n < TWIN_STOPS);
        w->stops[w->stops_n++] = (struct twin_stop){w->now, time_ms};
        w->stopped += time_ms - w->now;
    }
    weal_beacon_next(w->beacon, w->beacon, beacon_tag);
    w->height = height;
    w->now = time_ms;
    w->reward = 0;
    if (twin_epoch(w) != epoch) twin_event(w, 1, w->now, ON_EPOCH, NULL);
    work_off(w);
}

static bool of_people(const struct weal_tx *tx) {
    return tx->act_kind >= WEAL_TX_HUMAN_ENROL && tx->act_kind <= WEAL_TX_HUMAN_MOVE;
}
static bool of_income(const struct weal_tx *tx) {
    return tx->act_kind >= WEAL_TX_ACTIVITY && tx->act_kind <= WEAL_TX_INCOME_CLAIM;
}

enum weal_verdict twin_form(const struct weal_tx *tx) {
    if (tx->version != 1) return WEAL_V_TX_VERSION;
    if (tx->act_kind == WEAL_TX_TRANSFER) return transfer_form(&tx->act.transfer);
    if (of_people(tx)) return twin_people_form(tx);
    if (tx->act_kind == WEAL_TX_ATTESTOR_RENEW) return twin_renewal_form(tx);
    return of_income(tx) ? twin_income_form(tx) : twin_seat_form(tx);
}

static enum weal_verdict admit(struct twin *w, const struct weal_tx *tx, struct twin_told told) {
    struct payer p;
    enum weal_verdict v = twin_form(tx);
    if (v != WEAL_ACCEPT) return v;
    if (payer_of(tx, &p)) return paid_admit(w, tx, &p, told);
    if (of_people(tx))
        v = twin_people_check(w, tx, told.point);
    else if (of_income(tx))
        v = twin_income_check(w, tx, told.point);
    else if (tx->act_kind == WEAL_TX_ATTESTOR_RENEW)
        v = twin_renewal_check(w, tx);
    else
        v = twin_seat_check(w, tx, 0);
    if (v != WEAL_ACCEPT || told.proofs) return v;
    if (tx->act_kind == WEAL_TX_SEAT_LEASE && !told.point) return WEAL_V_POINT;
    return tx->act_kind == WEAL_TX_EVIDENCE_TX ? WEAL_V_EVIDENCE_INVALID : WEAL_V_TX_PROOF;
}

enum weal_verdict twin_arrival(struct twin *w, const struct weal_tx *tx, struct twin_told told) {
    w->height++;
    w->now++;
    w->arrival = true;
    enum weal_verdict v = admit(w, tx, told);
    w->arrival = false;
    w->now--;
    w->height--;
    return v;
}

enum weal_verdict twin_execute(struct twin *w, const struct weal_tx *tx, struct twin_told told,
                               enum weal_verdict *receipt) {
    struct payer p;
    enum weal_verdict v = admit(w, tx, told);
    *receipt = WEAL_ACCEPT;
    if (v != WEAL_ACCEPT) return v;
    if (payer_of(tx, &p))
        *receipt = paid_apply(w, tx, &p);
    else if (of_people(tx))
        twin_people_apply(w, tx);
    else if (of_income(tx))
        twin_income_apply(w, tx);
    else if (tx->act_kind == WEAL_TX_ATTESTOR_RENEW)
        twin_renewal_apply(w, tx);
    else
        twin_seat_apply(w, tx, NULL);
    return v;
}

void twin_end(struct twin *w, unsigned proposer, size_t body) {
    const struct twin_term *t = &w->terms[twin_term_now(w)];
    WEAL_ASSERT(t->fixed && proposer < t->n);
    w->parent_bytes = body;
    if (w->reward != 0) twin_receive(w, t->members[proposer].account, IT, w->reward);
    twin_seat_end(w, proposer);
}
