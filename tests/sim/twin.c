/* SPDX-License-Identifier: ISC */
/* The twin's clockwork: accounts and transfers, bonds, the list of what falls due, blocks. */
#include "tests/sim/twin.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "crypto/ring/ring.h"

enum { IT = 1, IBC = 2 };

struct twin *twin_new(const struct weal_params *p, uint64_t genesis_ms, const uint8_t chain[32],
                      unsigned t, uint32_t module_max) {
    struct twin *w = calloc(1, sizeof *w);
    WEAL_ASSERT(w);
    w->p = *p;
    w->t = t;
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

void twin_bond(struct twin *w, const uint8_t account[32], const uint8_t seat[32], uint64_t micro) {
    WEAL_ASSERT(w->bonds_n < TWIN_BONDS);
    struct twin_bond *b = &w->bonds[w->bonds_n++];
    memcpy(b->account, account, 32);
    memcpy(b->seat, seat, 32);
    b->micro = micro;
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
    for (unsigned i = 0; i < w->bonds_n && asset == IT; i++) sum += w->bonds[i].micro;
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

/* May it be in the block, and pay? */
static enum weal_verdict transfer_admit(const struct twin *w, const struct weal_transfer *t,
                                        size_t bytes, bool signature) {
    const struct twin_account *a = twin_find(w, t->from);
    uint64_t last = a ? a->nonce : 0, have = twin_balance(w, t->from, t->asset);
    bool free = w->parent_bytes < w->p.block_bytes_max / 4;
    uint64_t due = free ? 0 : bytes * w->p.fee_byte_micro + w->p.fee_sig_micro;
    if (t->valid_until < w->height) return WEAL_V_TX_EXPIRED;
    if (t->valid_until > w->height + w->p.valid_blocks_max) return WEAL_V_TX_VALID_FAR;
    if (t->fee < due) return WEAL_V_TX_FEE_LOW;
    if (t->nonce <= last) return WEAL_V_TX_NONCE_USED;
    if (t->nonce > last + (w->arrival ? 64 : 1)) return WEAL_V_TX_NONCE_GAP;
    if (have == 0 || have < t->fee) return WEAL_V_TX_FEE_UNPAID;
    if (w->arrival && have - t->fee < sum_of(t)) return WEAL_V_TRANSFER_BALANCE;
    return signature ? WEAL_ACCEPT : WEAL_V_TX_SIGNATURE;
}

static uint64_t *purse(struct twin_account *a, unsigned asset) {
    return asset == IT ? &a->it : &a->ibc;
}

static enum weal_verdict transfer_apply(struct twin *w, const struct weal_transfer *t) {
    struct twin_account *from = twin_account(w, t->from);
    bool had = holds(from);
    refresh(w, from);
    uint64_t *mine = purse(from, t->asset);
    *mine -= t->fee;
    from->nonce = t->nonce;
    uint64_t share = t->asset == IT ? t->fee / 2 : 0;
    w->reward += share;
    w->supply[t->asset].burned += t->fee - share;
    enum weal_verdict v = *mine < sum_of(t) ? WEAL_V_TRANSFER_BALANCE : WEAL_ACCEPT;
    for (unsigned i = 0; i < t->outputs_n && v == WEAL_ACCEPT; i++)
        if (t->outputs[i].amount < w->p.account_min_micro &&
            twin_balance(w, t->outputs[i].to, t->asset) == 0)
            v = WEAL_V_TRANSFER_SMALL;
    for (unsigned i = 0; i < t->outputs_n && v == WEAL_ACCEPT; i++) {
        struct twin_account *to = twin_account(w, t->outputs[i].to);
        refresh(w, to);
        *purse(to, t->asset) += t->outputs[i].amount;
        *mine -= t->outputs[i].amount;
        to->exists = true;
    }
    if (v == WEAL_ACCEPT && *mine < w->p.account_min_micro) {
        w->supply[t->asset].burned += *mine;
        *mine = 0;
    }
    if (v == WEAL_ACCEPT && t->asset == IBC) twin_moved(w, sum_of(t));
    written(w, from, had);
    return v;
}

void twin_receive(struct twin *w, const uint8_t key[32], unsigned asset, uint64_t micro) {
    struct twin_account *a = twin_account(w, key);
    refresh(w, a);
    *purse(a, asset) += micro;
    a->exists = true;
}

/* ---- evidence ---- */

static bool known_offence(const struct twin *w, const struct twin_offence *o) {
    for (unsigned i = 0; i < w->offences_n; i++)
        if (w->offences[i].term == o->term && memcmp(w->offences[i].account, o->account, 32) == 0)
            return true;
    return false;
}

static void slash(struct twin *w, const struct twin_offence *o) {
    WEAL_ASSERT(w->offences_n < TWIN_OFFENCES);
    w->offences[w->offences_n++] = *o;
    for (unsigned i = 0; i < w->bonds_n; i++) {
        struct twin_bond *b = &w->bonds[i];
        if (memcmp(b->account, o->account, 32) != 0) continue;
        uint64_t part = b->micro * w->p.slash_ppm / 1000000; /* bonds here are far below 2^44 */
        b->micro -= part;
        w->supply[IT].burned += part;
    }
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
    switch (tx->act_kind) {
    case WEAL_TX_TRANSFER:
        return transfer_form(&tx->act.transfer);
    default:
        return of_people(tx) ? twin_people_form(tx) : twin_income_form(tx);
    }
}

static enum weal_verdict admit(struct twin *w, const struct weal_tx *tx, struct twin_told told) {
    enum weal_verdict v = twin_form(tx);
    if (v != WEAL_ACCEPT) return v;
    switch (tx->act_kind) {
    case WEAL_TX_TRANSFER:
        return transfer_admit(w, &tx->act.transfer, told.bytes, told.proofs);
    case WEAL_TX_EVIDENCE_TX:
        return known_offence(w, &told.whom) ? WEAL_V_EVIDENCE_KNOWN : WEAL_ACCEPT;
    default:
        WEAL_ASSERT(of_people(tx) || of_income(tx)); /* nobody here makes others */
        v = of_people(tx) ? twin_people_check(w, tx, told.point)
                          : twin_income_check(w, tx, told.point);
        if (v != WEAL_ACCEPT) return v;
        return told.proofs ? WEAL_ACCEPT : WEAL_V_TX_PROOF;
    }
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
    enum weal_verdict v = admit(w, tx, told);
    *receipt = WEAL_ACCEPT;
    if (v != WEAL_ACCEPT) return v;
    if (tx->act_kind == WEAL_TX_TRANSFER)
        *receipt = transfer_apply(w, &tx->act.transfer);
    else if (tx->act_kind == WEAL_TX_EVIDENCE_TX)
        slash(w, &told.whom);
    else if (of_people(tx))
        twin_people_apply(w, tx);
    else
        twin_income_apply(w, tx);
    return v;
}

void twin_end(struct twin *w, const uint8_t proposer[32], size_t body) {
    w->parent_bytes = body;
    if (w->reward != 0) twin_receive(w, proposer, IT, w->reward);
}
