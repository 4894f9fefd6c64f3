/* SPDX-License-Identifier: ISC */
/* Payments of the population `ledger`: good ones, and every way in which one can be refused. */
#include "crypto/base/bug.h"
#include "tests/sim/node_ledger.h"

enum { PATIENCE_MS = 5000, BURST = 24 };

void ledger_pay_begin(struct ledger *x) {
    memcpy(x->purse[0].secret, x->c->faucet_secret, 32);
    memcpy(x->purse[0].key, x->c->faucet, 32);
    for (unsigned i = 1; i < LEDGER_PURSES; i++)
        chain_account(x->c, x->purse[i].secret, x->purse[i].key);
}

/* The nonce to use next: behind those that are on their way, unless these seem lost. */
static uint64_t next_nonce(struct ledger *x, struct ledger_purse *p, uint64_t now_ms) {
    const struct twin_account *a = twin_find(x->twin, p->key);
    uint64_t nonce = a ? a->nonce : 0;
    if (nonce != p->seen || p->sent < nonce) {
        p->seen = nonce;
        p->since_ms = now_ms;
        if (p->sent < nonce) p->sent = nonce;
    } else if (now_ms > p->since_ms + PATIENCE_MS) {
        p->since_ms = now_ms;
        p->sent = nonce;
    }
    return p->sent + 1;
}

/* What it pays in: income, unless it has nothing of it. */
static uint8_t asset_of(const struct ledger *x, const struct ledger_purse *p) {
    return twin_balance(x->twin, p->key, WEAL_ASSET_IBC) != 0 ? WEAL_ASSET_IBC : WEAL_ASSET_IT;
}

/* The account of a claim takes the place of a purse. */
static void new_purse(struct ledger *x) {
    struct ledger_claim *c = &x->claim[people_below(x->w, x->claims_n)];
    if (c->taken || twin_balance(x->twin, c->account, WEAL_ASSET_IBC) == 0) return;
    struct ledger_purse *p = &x->purse[1 + people_below(x->w, LEDGER_PURSES - 1)];
    *p = (struct ledger_purse){0};
    memcpy(p->secret, c->secret, 32);
    memcpy(p->key, c->account, 32);
    c->taken = true;
}

/* A payment of i that nothing speaks against; not yet signed. */
static void plain(struct ledger *x, struct chain_tx *t, unsigned i, uint64_t now_ms) {
    struct ledger_purse *p = &x->purse[i];
    uint64_t have = twin_balance(x->twin, p->key, asset_of(x, p));
    *t = (struct chain_tx){.tx = {.version = WEAL_TX_VERSION, .act_kind = WEAL_TX_TRANSFER}};
    struct weal_transfer *y = &t->tx.act.transfer;
    y->asset = asset_of(x, p);
    memcpy(y->from, p->key, 32);
    y->nonce = next_nonce(x, p, now_ms);
    y->fee = people_below(x->w, 3) == 0 ? 0 : 5000 + people_below(x->w, 20001);
    y->valid_until = x->twin->height + 1 + people_below(x->w, x->c->p.valid_blocks_max);
    y->outputs_n = 1;
    memcpy(y->outputs[0].to,
           x->purse[(i + 1 + people_below(x->w, LEDGER_PURSES - 1)) % LEDGER_PURSES].key, 32);
    y->outputs[0].amount = i == 0 ? 5000000 + people_below(x->w, 5000000)
                                  : x->c->p.account_min_micro + people_below(x->w, have / 8 + 1);
}

static void send(struct ledger *x, struct chain_tx *t, unsigned i, const char *what) {
    chain_sign(x->c, t, x->purse[i].secret);
    ledger_submit(x, t, true, what);
}

void ledger_fund(struct ledger *x, const uint8_t account[32], uint64_t micro, uint64_t now_ms) {
    static struct chain_tx t; /* large; one thread */
    plain(x, &t, 0, now_ms);
    memcpy(t.tx.act.transfer.outputs[0].to, account, 32);
    t.tx.act.transfer.outputs[0].amount = micro;
    x->purse[0].sent = t.tx.act.transfer.nonce;
    send(x, &t, 0, "a payment to a validator");
}

/* To several at once; a burst of them fills a quarter of a block, and the next one asks for fees.
 */
static void to_many(struct ledger *x, struct chain_tx *t, unsigned i, uint64_t now_ms, unsigned n) {
    for (unsigned k = 0; k < n; k++) {
        uint8_t secret[32];
        plain(x, t, i, now_ms);
        struct weal_transfer *y = &t->tx.act.transfer;
        y->outputs_n = (uint16_t)(1 + people_below(x->w, 16));
        if (n > 1) y->outputs_n = 16;
        for (unsigned o = 0; o < y->outputs_n; o++) {
            memcpy(y->outputs[o].to, x->purse[(i + 1 + o) % LEDGER_PURSES].key, 32);
            if (o >= LEDGER_PURSES - 1) chain_account(x->c, secret, y->outputs[o].to);
            y->outputs[o].amount = x->c->p.account_min_micro + people_below(x->w, 50000);
        }
        if (n > 1 && y->fee == 0) y->fee = 12000;
        x->purse[i].sent = y->nonce;
        send(x, t, i, "a payment to many");
    }
}

/* What is changed of a good payment, and what it is then called. */
static const char *spoil(struct ledger *x, struct weal_transfer *y, uint64_t have) {
    uint64_t min = x->c->p.account_min_micro;
    uint8_t secret[32];
    switch (people_below(x->w, 17)) {
    case 0:
        y->nonce = people_below(x->w, y->nonce);
        return "a payment with a used nonce";
    case 1:
        y->nonce += 1 + people_below(x->w, 100);
        return "a payment with a nonce too high";
    case 2:
        y->outputs[0].amount = have + 1 - (y->fee < have ? y->fee : have);
        return "a payment of one more than there is";
    case 3:
        y->valid_until = people_below(x->w, x->twin->height + 2);
        return "a payment that has expired";
    case 4:
        y->valid_until = x->twin->height + x->c->p.valid_blocks_max + people_below(x->w, 4);
        return "a payment valid too far ahead";
    case 5:
        y->fee = people_below(x->w, 2500);
        return "a payment with a low fee";
    case 6:
        chain_account(x->c, secret, y->outputs[0].to);
        y->outputs[0].amount = people_below(x->w, 2 * min);
        return "a small payment to a new account";
    case 7:
        if (have > y->fee + min) y->outputs[0].amount = have - y->fee - people_below(x->w, 2 * min);
        return "a payment that leaves dust";
    case 8:
        memcpy(y->outputs[0].to, y->from, 32);
        return "a payment to oneself";
    case 9:
        y->outputs_n = 2;
        y->outputs[1] = y->outputs[0];
        return "a payment to one twice";
    case 10:
        y->outputs[0].amount = 0;
        return "a payment of nothing";
    case 11:
        y->outputs[0].amount = UINT64_MAX - people_below(x->w, 3);
        return "a payment of everything there could be";
    case 12:
        y->outputs_n = 0;
        return "a payment to nobody";
    case 13:
        y->asset = (uint8_t)(people_below(x->w, 4) * 3);
        return "a payment of no asset";
    case 14:
        y->asset = y->asset == WEAL_ASSET_IT ? WEAL_ASSET_IBC : WEAL_ASSET_IT;
        return "a payment of the other asset";
    case 15:
        y->fee = have + people_below(x->w, 2);
        return "a fee of all there is";
    default:
        y->outputs[0].amount = have > y->fee ? have - y->fee : 1;
        return "a payment of all there is";
    }
}

/* Two that are good each, and together more than there is: the second pays and fails. */
static void twice(struct ledger *x, struct chain_tx *t, unsigned i, uint64_t now_ms,
                  uint64_t have) {
    for (unsigned k = 0; k < 2; k++) {
        plain(x, t, i, now_ms);
        t->tx.act.transfer.outputs[0].amount = have / 2 + 1 + have / 4;
        x->purse[i].sent = t->tx.act.transfer.nonce;
        send(x, t, i, "one of two payments too much");
    }
}

static void forged(struct ledger *x, struct chain_tx *t, unsigned i) {
    unsigned other = (i + 1) % LEDGER_PURSES;
    if (people_below(x->w, 2)) {
        chain_sign(x->c, t, x->purse[other].secret);
    } else {
        chain_sign(x->c, t, x->purse[i].secret);
        t->tx.act.transfer.sig[people_below(x->w, 64)] ^= (uint8_t)(1u << people_below(x->w, 8));
        chain_encode(t);
    }
    ledger_submit(x, t, false, "a payment with a wrong signature");
}

void ledger_pay(struct ledger *x, uint64_t now_ms) {
    static struct chain_tx t; /* large; one thread */
    if (x->claims_n != 0) new_purse(x);
    unsigned i = people_below(x->w, 4) == 0 ? 0 : (unsigned)people_below(x->w, LEDGER_PURSES);
    uint64_t have = twin_balance(x->twin, x->purse[i].key, asset_of(x, &x->purse[i]));
    uint64_t dice = people_below(x->w, 32);
    if (dice == 0 && i == 0 && x->twin->accounts_n < TWIN_ACCOUNTS / 2) {
        to_many(x, &t, i, now_ms, BURST);
    } else if (dice < 3 && have > 2000000) {
        to_many(x, &t, i, now_ms, 1);
    } else if (dice < 5 && i != 0 && have > 10000) {
        twice(x, &t, i, now_ms, have);
    } else if (dice < 8) {
        plain(x, &t, i, now_ms);
        forged(x, &t, i);
    } else if (dice < 18) {
        plain(x, &t, i, now_ms);
        send(x, &t, i, spoil(x, &t.tx.act.transfer, have));
    } else {
        plain(x, &t, i, now_ms);
        x->purse[i].sent = t.tx.act.transfer.nonce;
        send(x, &t, i, "a payment");
    }
}
