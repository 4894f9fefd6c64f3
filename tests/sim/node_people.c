/* SPDX-License-Identifier: ISC */
/* The list of populations, and the simplest one: accounts that pay each other, some of them with
 * payments that must be refused. Everything a payer was told is final must be in the tables, and
 * what is submitted after healing must become final. */
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "crypto/sig/sig.h"
#include "tests/sim/node_movers.h"
#include "tests/sim/node_world.h"

enum { PAYERS = 6, AGAIN_MS = 4000, PATIENCE_MS = 90000 };

struct payer {
    uint8_t secret[32], account[32];
    uint64_t nonce; /* last one seen in a final block */
    bool waits;
    uint8_t id[32];
    uint64_t since_ms, sent_ms, valid_until;
    struct chain_tx tx;
};

struct payers {
    struct node_world *w;
    struct payer p[PAYERS + 1]; /* the first is the faucet */
    uint64_t paid, told, pause_ms;
    struct movers *movers; /* NULL: none */
};

static void *begin(struct node_world *w, uint64_t seed) {
    (void)seed;
    struct payers *x = calloc(1, sizeof *x);
    struct chain *c = people_chain(w);
    WEAL_ASSERT(x);
    x->w = w;
    x->pause_ms = 20 + people_below(w, 800);
    memcpy(x->p[0].secret, c->faucet_secret, 32);
    memcpy(x->p[0].account, c->faucet, 32);
    for (unsigned i = 1; i <= PAYERS; i++) chain_account(c, x->p[i].secret, x->p[i].account);
    x->movers = movers_new(w, PAYERS + 2);
    return x;
}

static void end(void *ctx) {
    struct payers *x = ctx;
    movers_free(x->movers);
    free(ctx);
}

static void pay(struct payers *x, unsigned i, uint64_t now_ms) {
    struct node_world *w = x->w;
    struct chain *c = people_chain(w);
    struct payer *p = &x->p[i];
    struct weal_tx_info info;
    uint64_t amount = i == 0 ? 50000000 : 200000 + people_below(w, 100000);
    if (i != 0 && chain_balance(c, p->account, WEAL_ASSET_IT) < 2000000) return;
    const struct payer *to = &x->p[1 + (i + people_below(w, PAYERS - 1)) % PAYERS];
    const uint8_t *poor = i == 0 ? movers_poor(x->movers) : NULL;
    if (poor) amount = 200000000;
    chain_transfer(c, &p->tx, p->secret, poor ? poor : to->account, WEAL_ASSET_IT, amount);
    enum weal_verdict v = weal_tx_info(weal_bytes(p->tx.b, p->tx.n), &info);
    WEAL_ASSERT(v == WEAL_ACCEPT);
    memcpy(p->id, info.id, 32);
    p->waits = true;
    p->since_ms = p->sent_ms = now_ms;
    p->valid_until = info.valid_until;
    people_submit(w, (unsigned)people_below(w, 16), 0, weal_bytes(p->tx.b, p->tx.n), i);
    if (people_below(w, 8) != 0) return;
    /* the same nonce twice: at most one of them can become final */
    static struct chain_tx other;
    chain_transfer(c, &other, p->secret, to->account, WEAL_ASSET_IT, amount + 1);
    unsigned node = (unsigned)people_below(w, 16);
    uint64_t delay = people_below(w, 2000);
    people_submit(w, node, delay, weal_bytes(other.b, other.n), PAYERS + 1);
}

static uint64_t wake(void *ctx, uint64_t now_ms) {
    struct payers *x = ctx;
    struct node_world *w = x->w;
    for (unsigned i = 0; i <= PAYERS; i++) {
        struct payer *p = &x->p[i];
        if (!p->waits) {
            if (people_below(w, 4) == 0) pay(x, i, now_ms);
        } else if (now_ms > p->sent_ms + AGAIN_MS) {
            p->sent_ms = now_ms;
            people_submit(w, (unsigned)people_below(w, 16), 0, weal_bytes(p->tx.b, p->tx.n), i);
        }
    }
    if (x->movers) movers_wake(x->movers, now_ms);
    return now_ms + x->pause_ms;
}

static void answer(void *ctx, uint64_t tag, const uint8_t id[32], enum weal_verdict v) {
    struct payers *x = ctx;
    (void)id;
    x->told++;
    movers_answer(x->movers, tag, v);
    if (tag > PAYERS) return;
    if (v == WEAL_V_TX_SIGNATURE || v == WEAL_V_TX_PROOF || v == WEAL_V_ENCODING)
        people_breach(x->w, "a good payment is refused: %s", weal_verdict_name(v));
}

static void final(void *ctx, const struct people_block *b) {
    struct payers *x = ctx;
    movers_final(x->movers, b);
    for (uint32_t k = 0; k < b->txs_n; k++) {
        struct weal_tx_info info;
        enum weal_verdict v = weal_tx_info(b->txs[k].bytes, &info);
        if (v != WEAL_ACCEPT) people_breach(x->w, "a transaction of a final block is none");
        for (unsigned i = 0; i <= PAYERS; i++) {
            struct payer *p = &x->p[i];
            if (memcmp(p->account, info.sender, 32) != 0) continue;
            if (info.nonce != p->nonce + 1) people_breach(x->w, "a nonce is used twice or skipped");
            p->nonce = info.nonce;
            p->waits = false; /* this payment, or the other one with its nonce */
            x->paid++;
        }
    }
}

static void check(void *ctx) {
    struct payers *x = ctx;
    movers_check(x->movers);
    for (unsigned i = 0; i <= PAYERS; i++)
        if (chain_nonce(people_chain(x->w), x->p[i].account) != x->p[i].nonce)
            people_breach(x->w, "the nonce of payer %u is not the one of its last payment", i);
}

static const struct people payers = {
    .name = "payers",
    .begin = begin,
    .end = end,
    .wake = wake,
    .answer = answer,
    .final = final,
    .check = check,
};

extern const struct people people_ledger, people_people; /* node_ledger.c */
const struct people *const people_all[] = {&payers, &people_ledger, &people_people, NULL};
