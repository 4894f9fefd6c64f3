/* SPDX-License-Identifier: ISC */
/* Seats of validators. Founders bond, unbond and ask back; where the world lets a validator leave
 * the set, its bond falls under the least one and comes again. People lease seats by ring proof,
 * bind them to accounts and bond less than the least bond, for no node stands behind their seats.
 * They try everything twice, too much, for others, in wrong years, with wrong proofs.
 *
 * What must hold of a bond holds whatever becomes final, and when: an act that could change it the
 * wrong way has the account's next nonce and is measured against the bond as it is, which only an
 * act with that nonce can change. The second of two bonds at once is an eighth of the least bond at
 * most, and nobody bonds at all over a half of it: three quarters are never passed. */
#include "crypto/base/bug.h"
#include "tests/sim/node_ledger.h"

enum { AGAIN_MS = 3000, BURST = 18 };

void ledger_seats_begin(struct ledger *x) {
    const struct weal_genesis *g = &x->c->genesis;
    x->founders = g->validators_n;
    for (unsigned i = 0; i < x->founders; i++) {
        struct ledger_seat *s = &x->seat[i];
        memcpy(s->x, x->c->seat_secret[i], 32);
        memcpy(s->key, g->validators[i].seat, 32);
        memcpy(s->secret, x->c->account_secret[i], 32);
        memcpy(s->account, g->validators[i].account, 32);
        s->free = people_may_leave(x->w, i);
    }
    x->holders = x->founders;
    if (!x->peopled) return;
    for (; x->holders < x->founders + LEDGER_SEATS; x->holders++) {
        struct ledger_seat *s = &x->seat[x->holders];
        chain_secret(x->c, s->x);
        bool made = weal_human_key(s->key, s->x);
        WEAL_ASSERT(made);
        chain_account(x->c, s->secret, s->account);
    }
}

static bool founder(const struct ledger *x, const struct ledger_seat *s) {
    return s < &x->seat[x->founders];
}

static struct ledger_seat *some(struct ledger *x) {
    return &x->seat[people_below(x->w, x->holders)];
}

/* Who was found silent, which is seldom, comes to ask back. */
static struct ledger_seat *some_silent(struct ledger *x) {
    for (unsigned i = 0; i < x->founders; i++) {
        const struct twin_seat *seat = twin_seat(x->twin, x->seat[i].key);
        if (seat && seat->silent && people_below(x->w, 4) == 0) return &x->seat[i];
    }
    return some(x);
}

/* ---- leases ---- */

/* A lease by p over its cohort, not sealed yet. */
static bool plain_lease(struct ledger *x, struct chain_tx *t, const struct chain_person *p,
                        const struct ledger_seat *s, struct weal_st_ring *ring) {
    *t = (struct chain_tx){.tx = {.version = WEAL_TX_VERSION, .act_kind = WEAL_TX_SEAT_LEASE}};
    struct weal_seat_lease *y = &t->tx.act.seat_lease;
    y->year = (uint16_t)twin_year(x->twin->now + 1);
    memcpy(y->seat, s->key, 32);
    return chain_human_cohort(x->c, p->key, &y->cohort, &y->version, ring);
}

/* tag: another's; NULL: p's own. */
static void seal_lease(struct ledger *x, struct chain_tx *t, const struct chain_person *p,
                       const struct weal_st_ring *ring, const uint8_t *tag,
                       const uint8_t seat_x[32]) {
    static uint8_t proof[WEAL_RING_PROOF_LIMIT]; /* borrowed by t for the encoding */
    struct weal_seat_lease *y = &t->tx.act.seat_lease;
    struct weal_scope scope = {WEAL_SCOPE_FACE_VALIDATOR, y->year, 0};
    uint8_t text[WEAL_SCOPE_TEXT_MAX], hash[32];
    bool good = weal_tag(y->tag, p->x, WEAL_BYTES(x->c->lineage), WEAL_RING_HUMAN,
                         weal_bytes(text, weal_scope_text(text, scope)));
    WEAL_ASSERT(good);
    good = chain_ring_prove(x->c, t, proof, ring, scope, p->key, (const uint8_t(*)[32])p->x, y->tag,
                            NULL);
    WEAL_ASSERT(good);
    if (tag) memcpy(y->tag, tag, 32);
    y->proof = weal_bytes(proof, WEAL_RING_HUMAN_BYTES);
    chain_hash(x->c, t, hash);
    chain_pop(x->c, y->pop, seat_x, WEAL_ROLE_SEAT, hash);
    chain_encode(t);
}

static const struct chain_person *some_member(struct ledger *x) {
    unsigned from = (unsigned)people_below(x->w, LEDGER_PEOPLE);
    for (unsigned i = 0; x->peopled && i < LEDGER_PEOPLE; i++) {
        const struct ledger_person *p = &x->person[(from + i) % LEDGER_PEOPLE];
        const struct twin_person *h = twin_person(x->twin, p->p.key);
        if (h && h->place == TWIN_DEALT) return &p->p;
    }
    return NULL;
}

/* A founder's seat may pass to a face; but where founding seats lapse, those that are leased would
 * be left alone. */
static bool leasable(const struct ledger *x, const struct ledger_seat *s) {
    return !founder(x, s) || s->free || x->c->genesis.validators[0].lapse > 1000000;
}

/* A tag that was shown for a seat, if there is one. */
static const uint8_t *shown_tag(const struct ledger *x, const uint8_t *otherwise) {
    for (unsigned i = 0; i < x->twin->tags_n; i++)
        if (x->twin->tags[i].scope == TWIN_FACE) return x->twin->tags[i].tag;
    return otherwise;
}

static bool bad_lease(struct ledger *x, struct chain_tx *t, const struct chain_person *p,
                      struct ledger_seat *s) {
    struct weal_seat_lease *y = &t->tx.act.seat_lease;
    struct weal_st_ring ring;
    const uint8_t *seat_x = s->x, *tag = NULL;
    const char *what = "a lease of the year before or the next";
    bool proofs = true, point = true;
    if (!plain_lease(x, t, p, s, &ring)) return false;
    uint64_t cohort = y->cohort, version = y->version;
    switch (people_below(x->w, 8)) {
    case 0:
        y->year = (uint16_t)(y->year + people_below(x->w, 3) - 1);
        break;
    case 1:
        memcpy(y->seat, p->key, 32);
        seat_x = p->x;
        what = "a lease of a person's key";
        break;
    case 2:
        if (x->notes_n == 0) return false;
        memcpy(y->seat, x->note[people_below(x->w, x->notes_n)].p.note, 32);
        proofs = false;
        what = "a lease of a note's key";
        break;
    case 3:
        y->version = (uint16_t)(y->version + people_below(x->w, 3) - 1);
        proofs = y->version == version;
        what = "a lease over another version";
        break;
    case 4:
        y->cohort = people_below(x->w, x->twin->cohorts_n + 2);
        proofs = y->cohort == cohort;
        what = "a lease over another cohort";
        break;
    case 5:
        tag = shown_tag(x, p->key);
        proofs = false;
        what = "a lease with another's tag";
        break;
    case 6:
        seat_x = p->x;
        proofs = false;
        what = "a lease without the seat's secret";
        break;
    default:
        memset(y->seat, 0xff, 32);
        point = proofs = false;
        what = "a lease of what is no key";
    }
    if (!leasable(x, s)) return false;
    seal_lease(x, t, p, &ring, tag, seat_x);
    ledger_submit_as(x, t, (struct twin_told){.proofs = proofs, .point = point}, what);
    return true;
}

static bool lease(struct ledger *x, struct chain_tx *t, struct ledger_seat *s, uint64_t now_ms) {
    const struct chain_person *p = some_member(x);
    struct weal_st_ring ring;
    if (!p) return false;
    if (people_below(x->w, 4) == 0) return bad_lease(x, t, p, s);
    if (s->sent_ms != 0 && now_ms < s->sent_ms + AGAIN_MS) return false;
    if (!plain_lease(x, t, p, s, &ring)) return false;
    bool december = x->twin->now >= twin_date(t->tx.act.seat_lease.year, 12);
    if (people_below(x->w, december ? 2 : 12) == 0) t->tx.act.seat_lease.year++;
    if (!leasable(x, s)) return false;
    s->sent_ms = now_ms;
    seal_lease(x, t, p, &ring, NULL, s->x);
    ledger_submit(x, t, true, "a lease");
    return true;
}

/* ---- acts of an account ---- */

/* The next act of s's account, neither measured nor signed. */
static void plain(struct ledger *x, struct chain_tx *t, const struct ledger_seat *s, uint16_t kind,
                  uint64_t ahead) {
    const struct twin_account *a = twin_find(x->twin, s->account);
    uint64_t nonce = (a ? a->nonce : 0) + 1 + ahead;
    uint64_t fee = people_below(x->w, 3) == 0 ? 0 : 6000 + people_below(x->w, 20001);
    uint64_t valid = x->twin->height + 1 + people_below(x->w, x->c->p.valid_blocks_max);
    *t = (struct chain_tx){.tx = {.version = WEAL_TX_VERSION, .act_kind = kind}};
#define FRAME(act_)                                                                                \
    memcpy(t->tx.act.act_.from, s->account, 32);                                                   \
    t->tx.act.act_.nonce = nonce;                                                                  \
    t->tx.act.act_.fee = fee;                                                                      \
    t->tx.act.act_.valid_until = valid
    switch (kind) {
    case WEAL_TX_SEAT_BIND:
        FRAME(seat_bind);
        break;
    case WEAL_TX_SEAT_BOND:
        FRAME(seat_bond);
        break;
    case WEAL_TX_SEAT_UNBOND:
        FRAME(seat_unbond);
        break;
    case WEAL_TX_SEAT_RETURN:
        FRAME(seat_return);
        break;
    default:
        WEAL_ASSERT(kind == WEAL_TX_TRANSFER);
        FRAME(transfer);
    }
#undef FRAME
}

static void send(struct ledger *x, struct chain_tx *t, const struct ledger_seat *s,
                 const char *what) {
    bool forged = people_below(x->w, 24) == 0;
    chain_sign(x->c, t, forged ? x->purse[0].secret : s->secret);
    ledger_submit_as(x, t, (struct twin_told){.signature = !forged, .proofs = true, .point = true},
                     what);
}

/* Whoever has no seat bonds, unbonds, asks back. */
static void without_a_seat(struct ledger *x, struct chain_tx *t) {
    static const uint16_t kind[] = {WEAL_TX_SEAT_BOND, WEAL_TX_SEAT_UNBOND, WEAL_TX_SEAT_RETURN};
    struct ledger_seat s = {0};
    const struct ledger_purse *p = &x->purse[people_below(x->w, LEDGER_PURSES)];
    memcpy(s.secret, p->secret, 32);
    memcpy(s.account, p->key, 32);
    plain(x, t, &s, kind[people_below(x->w, 3)], 0);
    send(x, t, &s, "an act on a seat by whoever has none");
}

/* ---- binding ---- */

static void bind(struct ledger *x, struct chain_tx *t, const struct ledger_seat *s,
                 const struct ledger_seat *seat, uint64_t ahead, const char *what) {
    uint8_t hash[32];
    bool pop = people_below(x->w, 12) != 0;
    plain(x, t, s, WEAL_TX_SEAT_BIND, ahead);
    memcpy(t->tx.act.seat_bind.seat, seat->key, 32);
    chain_hash(x->c, t, hash);
    chain_pop(x->c, t->tx.act.seat_bind.pop, pop ? seat->x : x->c->module_secret, WEAL_ROLE_SEAT,
              hash);
    chain_sign(x->c, t, s->secret);
    ledger_submit_as(x, t, (struct twin_told){.signature = true, .proofs = pop, .point = true},
                     what);
}

/* To its own seat; to another's; two at once, to two seats, or by two accounts to one. */
static void bindings(struct ledger *x, struct chain_tx *t, const struct ledger_seat *s) {
    const struct ledger_seat *other = some(x);
    switch (people_below(x->w, 8)) {
    case 0:
        bind(x, t, s, other, 0, "a binding to another seat");
        break;
    case 1:
        bind(x, t, s, s, 0, "one of two bindings of an account");
        bind(x, t, s, other, 1, "one of two bindings of an account");
        break;
    case 2:
        bind(x, t, s, s, 0, "one of two bindings of a seat");
        bind(x, t, other, s, 0, "one of two bindings of a seat");
        break;
    default:
        bind(x, t, s, s, 0, "a binding");
    }
}

/* ---- bonds ---- */

static uint64_t less(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* More than there is, nothing, or more than can be counted: refused whenever it comes. */
static uint64_t too_much(struct ledger *x, uint64_t bond) {
    static const uint64_t much[] = {0, UINT64_MAX, UINT64_C(1) << 62};
    uint64_t dice = people_below(x->w, 4);
    return dice == 3 ? UINT64_MAX - bond + people_below(x->w, 2) : much[dice];
}

static void bond(struct ledger *x, struct chain_tx *t, const struct ledger_seat *s,
                 const struct twin_seat *seat) {
    uint64_t have = twin_balance(x->twin, s->account, WEAL_ASSET_IT), half = UINT64_MAX / 2;
    if (!founder(x, s)) half = x->c->p.bond_min_micro / 2;
    if (people_below(x->w, 6) == 0) {
        plain(x, t, s, WEAL_TX_SEAT_BOND, 0);
        t->tx.act.seat_bond.amount = too_much(x, seat->bond);
        send(x, t, s, "a bond of what cannot be");
        return;
    }
    if (seat->bond >= half || have == 0) return;
    uint64_t most = half - seat->bond, dice = people_below(x->w, 8);
    if (dice < 2) { /* together more than there is */
        for (unsigned k = 0; k < 2; k++) {
            plain(x, t, s, WEAL_TX_SEAT_BOND, k);
            t->tx.act.seat_bond.amount = less(have / 2 + have / 4 + 1, less(most, half / 4));
            send(x, t, s, "one of two bonds at once");
        }
        return;
    }
    plain(x, t, s, WEAL_TX_SEAT_BOND, 0);
    uint64_t amount = 1 + people_below(x->w, have), fee = t->tx.act.seat_bond.fee;
    if (dice == 2) amount = have + 1 - less(have, fee); /* one more than there is */
    if (dice == 3 && have > fee) amount = have - fee;   /* all there is */
    if (dice == 4 && have > fee + x->c->p.account_min_micro)
        amount = have - fee - people_below(x->w, x->c->p.account_min_micro); /* but dust */
    t->tx.act.seat_bond.amount = less(amount, most);
    send(x, t, s, "a bond");
}

/* Many small ones, more than may be on their way; or two that are too much together. */
static void unbond_many(struct ledger *x, struct chain_tx *t, const struct ledger_seat *s,
                        const struct twin_seat *seat) {
    bool two = people_below(x->w, 2) == 0;
    for (unsigned k = 0; k < (two ? 2u : BURST); k++) {
        plain(x, t, s, WEAL_TX_SEAT_UNBOND, k);
        t->tx.act.seat_unbond.amount =
            two ? seat->bond / 2 + 1 : 1 + people_below(x->w, seat->bond / 32 + 1);
        chain_sign(x->c, t, s->secret);
        ledger_submit(x, t, true,
                      two ? "one of two unbondings too much" : "one of many unbondings");
    }
}

static void unbond(struct ledger *x, struct chain_tx *t, const struct ledger_seat *s,
                   const struct twin_seat *seat) {
    uint64_t dice = people_below(x->w, 8), least = x->c->p.bond_min_micro;
    bool any = s->free || !founder(x, s);
    if (dice < 2 && any && seat->bond != 0) {
        unbond_many(x, t, s, seat);
        return;
    }
    plain(x, t, s, WEAL_TX_SEAT_UNBOND, 0);
    if (dice == 2) {
        t->tx.act.seat_unbond.amount = people_below(x->w, 2) ? seat->bond + 1 : too_much(x, 0);
        send(x, t, s, "an unbonding of what is not bonded");
        return;
    }
    uint64_t most = any ? seat->bond : seat->bond > least ? seat->bond - least : 0;
    if (seat->removed) most = seat->bond;
    if (most == 0) return;
    t->tx.act.seat_unbond.amount = people_below(x->w, 4) == 0 ? most : 1 + people_below(x->w, most);
    send(x, t, s, "an unbonding");
}

/* The account is emptied, and its record goes; what was unbonded makes it again. */
static void give_away(struct ledger *x, struct chain_tx *t, const struct ledger_seat *s) {
    uint64_t have = twin_balance(x->twin, s->account, WEAL_ASSET_IT);
    plain(x, t, s, WEAL_TX_TRANSFER, 0);
    struct weal_transfer *y = &t->tx.act.transfer;
    if (have <= y->fee) return;
    y->asset = WEAL_ASSET_IT;
    y->outputs_n = 1;
    memcpy(y->outputs[0].to, x->purse[0].key, 32);
    y->outputs[0].amount = have - y->fee;
    send(x, t, s, "all that a validator has");
}

/* ---- all of them ---- */

static void seat_act(struct ledger *x, struct chain_tx *t, const struct ledger_seat *s,
                     const struct twin_seat *seat) {
    uint64_t dice = people_below(x->w, 16);
    bool under = seat->bond < x->c->p.bond_min_micro;
    if (dice == 0) {
        bindings(x, t, s);
    } else if (dice == 1) {
        give_away(x, t, s);
    } else if (dice == 2 || (seat->silent && dice < 6)) {
        plain(x, t, s, WEAL_TX_SEAT_RETURN, 0);
        send(x, t, s, "a seat that asks back");
    } else if (dice < 9 || (founder(x, s) && under && dice < 14)) {
        bond(x, t, s, seat);
    } else {
        unbond(x, t, s, seat);
    }
}

bool ledger_seat(struct ledger *x, uint64_t now_ms) {
    static struct chain_tx t; /* large; one thread */
    struct ledger_seat *s = some_silent(x);
    uint64_t dice = people_below(x->w, 16);
    if (dice == 0) {
        without_a_seat(x, &t);
        return true;
    }
    if (dice < 3) return ledger_evidence(x, &t);
    if (dice < 6 || !twin_seat(x->twin, s->key)) {
        if (lease(x, &t, s, now_ms)) return true;
        if (dice < 6) s = &x->seat[people_below(x->w, x->founders)];
    }
    uint64_t have = twin_balance(x->twin, s->account, WEAL_ASSET_IT);
    const struct twin_seat *seat = twin_seat_of(x->twin, s->account);
    if (have < 50000 || people_below(x->w, 8) == 0) {
        ledger_fund(x, s->account, 1000000 + people_below(x->w, x->c->p.bond_min_micro), now_ms);
    } else if (seat) {
        seat_act(x, &t, s, seat);
    } else {
        bindings(x, &t, s);
    }
    return true;
}
