/* SPDX-License-Identifier: ISC */
/* The twin's validators: seats, their leases and bonds, sets and terms, silence, evidence. Who has
 * a seat, who may sit next and whose turn was missed is searched in one array each time. */
#include <string.h>

#include "consensus/gen/block_gen.h"
#include "crypto/base/bug.h"
#include "tests/sim/twin.h"

enum { UNBONDINGS = 16, TURNS = 32, FEWEST = 4, CAPPED = 10, IT = 1 };

/* ---- the calendar, from 1970 year by year ---- */

static bool leap(uint32_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

uint64_t twin_date(uint32_t year, unsigned month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t sum = 0;
    for (uint32_t y = 1970; y < year; y++) sum += leap(y) ? 366 : 365;
    for (unsigned m = 1; m < month; m++) sum += days[m - 1] + (m == 2 && leap(year) ? 1u : 0u);
    return sum * 86400000;
}

uint32_t twin_year(uint64_t ms) {
    uint32_t year = 1970;
    while (twin_date(year + 1, 1) <= ms) year++;
    return year;
}

/* ---- reading ---- */

static struct twin_seat *find(struct twin *w, const uint8_t key[32]) {
    for (unsigned i = 0; i < w->seats_n; i++)
        if (memcmp(w->seats[i].key, key, 32) == 0) return &w->seats[i];
    return NULL;
}

const struct twin_seat *twin_seat(const struct twin *w, const uint8_t key[32]) {
    for (unsigned i = 0; i < w->seats_n; i++)
        if (memcmp(w->seats[i].key, key, 32) == 0) return &w->seats[i];
    return NULL;
}

const struct twin_seat *twin_seat_of(const struct twin *w, const uint8_t account[32]) {
    for (unsigned i = 0; i < w->seats_n; i++)
        if (w->seats[i].bound && memcmp(w->seats[i].account, account, 32) == 0) return &w->seats[i];
    return NULL;
}

static struct twin_seat *bound_to(struct twin *w, const uint8_t account[32]) {
    for (unsigned i = 0; i < w->seats_n; i++)
        if (w->seats[i].bound && memcmp(w->seats[i].account, account, 32) == 0) return &w->seats[i];
    WEAL_ASSERT(false);
}

const struct twin_term *twin_term(const struct twin *w, uint32_t term) {
    return term < TWIN_TERMS && w->terms[term].fixed ? &w->terms[term] : NULL;
}

uint32_t twin_term_now(const struct twin *w) {
    return w->height == 0 ? 0 : (uint32_t)((w->height - 1) / w->p.term_blocks);
}

/* ---- sets ---- */

static struct twin_seat *new_seat(struct twin *w, const uint8_t key[32]) {
    WEAL_ASSERT(w->seats_n < TWIN_SEATS);
    struct twin_seat *s = &w->seats[w->seats_n++];
    *s = (struct twin_seat){0};
    memcpy(s->key, key, 32);
    return s;
}

/* 10 c <= sum min(b, c): whichever j seats are counted as c and the others as their bond, the sum
 * is no less than with the j largest; so c is the least of (sum of all others) / (10 - j). */
void twin_weights(const uint64_t *bonds, uint64_t *weights, unsigned n) {
    uint64_t cap = UINT64_MAX, sorted[TWIN_SEATS] = {0};
    WEAL_ASSERT(n <= TWIN_SEATS);
    for (unsigned i = 0; i < n; i++) {
        unsigned at = i;
        for (; at > 0 && sorted[at - 1] > bonds[i]; at--) sorted[at] = sorted[at - 1];
        sorted[at] = bonds[i];
    }
    for (unsigned j = 0; j < CAPPED && n >= CAPPED; j++) {
        uint64_t others = 0; /* bonds here are far below 2^50 */
        for (unsigned i = 0; i < n - j; i++) others += sorted[i];
        if (others / (CAPPED - j) < cap) cap = others / (CAPPED - j);
    }
    for (unsigned i = 0; i < n; i++) {
        weights[i] = bonds[i] < cap ? bonds[i] : cap;
        if (n < CAPPED || weights[i] == 0) weights[i] = 1;
    }
}

/* These seats, ordered by their keys, with their weights. */
static void compose(struct twin_term *t, const struct twin_seat *const *seats, unsigned n) {
    const struct twin_seat *sorted[TWIN_SEATS];
    uint64_t bonds[TWIN_SEATS] = {0}, weights[TWIN_SEATS];
    for (unsigned i = 0; i < n; i++) {
        unsigned at = i;
        for (; at > 0 && memcmp(sorted[at - 1]->key, seats[i]->key, 32) > 0; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = seats[i];
    }
    for (unsigned i = 0; i < n; i++) bonds[i] = sorted[i]->bond;
    twin_weights(bonds, weights, n);
    t->n = n;
    for (unsigned i = 0; i < n; i++) {
        memcpy(t->members[i].account, sorted[i]->account, 32);
        memcpy(t->members[i].seat, sorted[i]->key, 32);
        t->members[i].weight = weights[i];
    }
}

void twin_found(struct twin *w, const uint8_t account[32], const uint8_t seat[32], uint64_t bond,
                uint64_t lapse) {
    struct twin_seat *s = new_seat(w, seat);
    memcpy(s->account, account, 32);
    s->bound = true;
    s->bond = bond;
    s->lapse = lapse;
    w->supply[IT].minted += bond;
}

void twin_founded(struct twin *w) {
    const struct twin_seat *all[TWIN_SEATS];
    for (unsigned i = 0; i < w->seats_n; i++) all[i] = &w->seats[i];
    compose(&w->terms[0], all, w->seats_n);
    w->terms[0].fixed = true;
    w->terms[0].first = 1;
    memcpy(w->terms[0].beacon, w->beacon, 32);
}

/* In a set by lease, or founding and not lapsed. */
static bool held(const struct twin *w, const struct twin_seat *s) {
    return w->height < s->lapse || (s->from <= w->now && w->now < s->until);
}

static bool missed_its_turns(const struct twin *w, const struct twin_seat *s) {
    const struct twin_term *t = &w->terms[twin_term_now(w)];
    uint64_t total = 0, mine = 0, blocks = w->height + 1 - t->first;
    for (unsigned i = 0; i < t->n; i++) {
        total += t->members[i].weight;
        if (memcmp(t->members[i].seat, s->key, 32) == 0) mine = t->members[i].weight;
    }
    if (mine == 0 || mine * blocks < TURNS * total) return false; /* far below 2^64 here */
    return !s->proposed || s->term != twin_term_now(w);
}

static void fix_next(struct twin *w) {
    uint32_t now = twin_term_now(w);
    const struct twin_seat *next[TWIN_SEATS];
    unsigned n = 0;
    for (unsigned i = 0; i < w->seats_n; i++) {
        struct twin_seat *s = &w->seats[i];
        if (s->removed || !s->bound) continue;
        if (missed_its_turns(w, s)) s->silent = true;
        if (!s->silent && held(w, s) && s->bond >= w->p.bond_min_micro) next[n++] = s;
    }
    WEAL_ASSERT(now + 1 < TWIN_TERMS);
    struct twin_term *t = &w->terms[now + 1];
    if (n < FEWEST)
        *t = w->terms[now]; /* the old set goes on */
    else
        compose(t, next, n);
    memset(t->beacon, 0, 32);
    t->fixed = true;
    t->end = 0;
    t->first = (now + UINT64_C(1)) * w->p.term_blocks + 1;
}

void twin_seat_end(struct twin *w, unsigned proposer) {
    uint32_t now = twin_term_now(w);
    struct twin_term *t = &w->terms[now];
    uint64_t blocks = w->height + 1 - t->first; /* of this term, with this one */
    WEAL_ASSERT(proposer < t->n);
    struct twin_seat *s = find(w, t->members[proposer].seat);
    if (!s->proposed || s->term != now) s->blocks = 0;
    s->proposed = true;
    s->term = now;
    s->blocks++;
    if (blocks == w->p.term_blocks - w->p.freeze_blocks) fix_next(w);
    if (blocks != w->p.term_blocks) return;
    t->end = w->now;
    memcpy(w->terms[now + 1].beacon, w->beacon, 32);
}

/* ---- leases ---- */

static enum weal_verdict lease_check(const struct twin *w, const struct weal_seat_lease *x) {
    uint32_t year = twin_year(w->now);
    const struct twin_cohort *c;
    if (x->year != year && !(x->year == year + 1 && w->now >= twin_date(year, 12)))
        return WEAL_V_SEAT_YEAR;
    if (twin_tag(w, TWIN_FACE, x->year, 0, x->tag)) return WEAL_V_SEAT_TAG_SHOWN;
    if (twin_person(w, x->seat)) return WEAL_V_HUMAN_KEY_KNOWN;
    if (twin_note(w, x->seat)) return WEAL_V_HUMAN_KEY_NOTE;
    const struct twin_seat *s = twin_seat(w, x->seat);
    if (s && s->removed) return WEAL_V_SEAT_REMOVED;
    if (s && s->until >= twin_date(x->year + 1u, 2)) return WEAL_V_SEAT_LEASED;
    enum weal_verdict v = twin_ring_check(w, TWIN_HUMANS, x->cohort, x->version, &c);
    if (v != WEAL_ACCEPT) return v;
    return c->lease_year > x->year ? WEAL_V_SEAT_YOUNG_KEY : WEAL_ACCEPT;
}

static void lease_apply(struct twin *w, const struct weal_seat_lease *x) {
    struct twin_seat *s = find(w, x->seat);
    uint64_t first = twin_date(x->year, 1);
    twin_show(w, TWIN_FACE, x->year, 0, x->tag, x->cohort);
    if (!s) s = new_seat(w, x->seat);
    bool runs_on = s->until >= first || w->height < s->lapse;
    if (!runs_on) s->from = w->now > first ? w->now : first;
    s->until = twin_date(x->year + 1u, 2);
    s->lapse = 0;
}

/* ---- bonds ---- */

static enum weal_verdict bind_check(const struct twin *w, const struct weal_seat_bind *x) {
    const struct twin_seat *s = twin_seat(w, x->seat);
    if (!s) return WEAL_V_SEAT_UNKNOWN;
    if (s->removed) return WEAL_V_SEAT_REMOVED;
    return s->bound || twin_seat_of(w, x->from) ? WEAL_V_SEAT_BOUND : WEAL_ACCEPT;
}

static enum weal_verdict bond_check(const struct twin *w, const struct weal_seat_bond *x,
                                    uint64_t have) {
    const struct twin_seat *s = twin_seat_of(w, x->from);
    if (!s) return WEAL_V_SEAT_NONE;
    if (s->removed) return WEAL_V_SEAT_REMOVED;
    if (x->amount == 0 || x->amount > UINT64_MAX - s->bond) return WEAL_V_SEAT_BOND;
    return x->amount > have ? WEAL_V_SEAT_BALANCE : WEAL_ACCEPT;
}

static enum weal_verdict unbond_check(const struct twin *w, const struct weal_seat_unbond *x) {
    const struct twin_seat *s = twin_seat_of(w, x->from);
    if (!s) return WEAL_V_SEAT_NONE;
    if (x->amount == 0 || x->amount > s->bond) return WEAL_V_SEAT_BOND;
    return s->unbondings >= UNBONDINGS ? WEAL_V_SEAT_UNBONDINGS : WEAL_ACCEPT;
}

static enum weal_verdict return_check(const struct twin *w, const struct weal_seat_return *x) {
    const struct twin_seat *s = twin_seat_of(w, x->from);
    if (!s) return WEAL_V_SEAT_NONE;
    if (s->removed) return WEAL_V_SEAT_REMOVED;
    return s->silent ? WEAL_ACCEPT : WEAL_V_SEAT_NOT_SILENT;
}

static void bond_apply(struct twin *w, uint64_t amount, struct twin_account *from) {
    bound_to(w, from->key)->bond += amount;
    from->it -= amount;
    if (from->it >= w->p.account_min_micro) return;
    w->supply[IT].burned += from->it;
    from->it = 0;
}

static void unbond_apply(struct twin *w, uint64_t amount, const uint8_t from[32]) {
    struct twin_seat *s = bound_to(w, from);
    s->bond -= amount;
    s->unbonding += amount;
    s->unbondings++;
    twin_event(w, 1, w->now + w->p.unbonding_ms, ON_UNBOND, s->key)->a = amount;
}

/* Evidence takes from all that is on the way out together: who comes last gets what is left. */
void twin_seat_due(struct twin *w, const uint8_t seat[32], uint64_t micro) {
    struct twin_seat *s = find(w, seat);
    if (micro > s->unbonding) micro = s->unbonding;
    s->unbonding -= micro;
    s->unbondings--;
    if (micro != 0) twin_receive(w, s->account, IT, micro);
}

/* ---- evidence ---- */

static bool decode(const struct weal_tx *tx, struct weal_evidence *e) {
    struct weal_rd rd = weal_rd(tx->act.evidence_tx.evidence);
    weal_evidence_get(&rd, e);
    return weal_rd_done(&rd) && e->votes_n == 2;
}

/* Who is accused; NULL: nobody in that set. */
static const struct twin_member *accused(const struct twin *w, const struct weal_evidence *e) {
    const struct twin_term *t = twin_term(w, e->votes[0].term);
    return t && e->votes[0].signer < t->n ? &t->members[e->votes[0].signer] : NULL;
}

static enum weal_verdict evidence_check(const struct twin *w, const struct weal_tx *tx) {
    struct weal_evidence e;
    bool whole = decode(tx, &e);
    WEAL_ASSERT(whole); /* by its form */
    uint32_t term = e.votes[0].term, now = twin_term_now(w);
    const struct twin_term *t = twin_term(w, term);
    if (!t || term > now) return WEAL_V_EVIDENCE_TERM;
    if (term < now && w->now > t->end + w->p.evidence_age_ms) return WEAL_V_EVIDENCE_TERM;
    const struct twin_member *m = accused(w, &e);
    if (!m) return WEAL_V_EVIDENCE_INVALID;
    for (unsigned i = 0; i < w->offences_n; i++)
        if (w->offences[i].term == term && memcmp(w->offences[i].account, m->account, 32) == 0)
            return WEAL_V_EVIDENCE_KNOWN;
    return WEAL_ACCEPT;
}

static uint64_t part(const struct twin *w, uint64_t micro) {
    return micro * w->p.slash_ppm / 1000000; /* bonds here are far below 2^44 */
}

static void evidence_apply(struct twin *w, const struct weal_tx *tx) {
    struct weal_evidence e;
    bool whole = decode(tx, &e);
    WEAL_ASSERT(whole && w->offences_n < TWIN_OFFENCES);
    const struct twin_member *m = accused(w, &e);
    struct twin_seat *s = find(w, m->seat);
    struct twin_offence *o = &w->offences[w->offences_n++];
    uint64_t bond = part(w, s->bond), unbonding = part(w, s->unbonding);
    *o = (struct twin_offence){
        .term = e.votes[0].term, .kind = e.kind, .height = w->height, .slashed = bond + unbonding};
    memcpy(o->account, m->account, 32);
    s->bond -= bond;
    s->unbonding -= unbonding;
    s->removed = true;
    w->supply[IT].burned += bond + unbonding;
}

/* ---- all of them ---- */

enum weal_verdict twin_seat_form(const struct weal_tx *tx) {
    struct weal_evidence e;
    if (tx->act_kind != WEAL_TX_EVIDENCE_TX) return WEAL_ACCEPT;
    return decode(tx, &e) ? WEAL_ACCEPT : WEAL_V_EVIDENCE_FORM;
}

enum weal_verdict twin_seat_check(const struct twin *w, const struct weal_tx *tx, uint64_t have) {
    switch (tx->act_kind) {
    case WEAL_TX_SEAT_LEASE:
        return lease_check(w, &tx->act.seat_lease);
    case WEAL_TX_SEAT_BIND:
        return bind_check(w, &tx->act.seat_bind);
    case WEAL_TX_SEAT_BOND:
        return bond_check(w, &tx->act.seat_bond, have);
    case WEAL_TX_SEAT_UNBOND:
        return unbond_check(w, &tx->act.seat_unbond);
    case WEAL_TX_SEAT_RETURN:
        return return_check(w, &tx->act.seat_return);
    case WEAL_TX_EVIDENCE_TX:
        return evidence_check(w, tx);
    default:
        WEAL_ASSERT(false);
    }
}

void twin_seat_apply(struct twin *w, const struct weal_tx *tx, struct twin_account *from) {
    struct twin_seat *s;
    switch (tx->act_kind) {
    case WEAL_TX_SEAT_LEASE:
        lease_apply(w, &tx->act.seat_lease);
        break;
    case WEAL_TX_SEAT_BIND:
        s = find(w, tx->act.seat_bind.seat);
        s->bound = true;
        memcpy(s->account, from->key, 32);
        break;
    case WEAL_TX_SEAT_BOND:
        bond_apply(w, tx->act.seat_bond.amount, from);
        break;
    case WEAL_TX_SEAT_UNBOND:
        unbond_apply(w, tx->act.seat_unbond.amount, from->key);
        break;
    case WEAL_TX_SEAT_RETURN:
        bound_to(w, from->key)->silent = false;
        break;
    case WEAL_TX_EVIDENCE_TX:
        evidence_apply(w, tx);
        break;
    default:
        WEAL_ASSERT(false);
    }
}
