/* SPDX-License-Identifier: ISC */
/* Execution on one core, in memory: transfers between many live accounts, through arrival
 * (weal_tx_check, signature included) and into a block (root included; signatures known, as in a
 * node whose mempool saw them; the header's proof made and verified). --json one object a line;
 * --quick fewer accounts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/sig/sig.h"
#include "tests/support/chain.h"

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool json;
static void show(const char *what, double value, const char *unit) {
    if (json) {
        printf("{\"bench\":\"exec\",\"what\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", what, value,
               unit);
    } else {
        printf("%-44s %12.2f %s\n", what, value, unit);
    }
}

struct account {
    uint8_t secret[32], key[32];
};

/* Fills the accounts from the faucet, 16 outputs a transfer. */
static void fund(struct chain *c, struct account *a, unsigned n, struct chain_tx *txs,
                 struct chain_tx **list) {
    uint64_t nonce = chain_nonce(c, c->faucet);
    for (unsigned at = 0; at < n;) {
        unsigned k = 0;
        for (; k < 1000 && at < n; k++) {
            struct chain_tx *t = &txs[k];
            chain_transfer(c, t, c->faucet_secret, a[at].key, WEAL_ASSET_IT, 1000000);
            struct weal_transfer *x = &t->tx.act.transfer;
            x->nonce = ++nonce;
            x->outputs_n = 0;
            for (; x->outputs_n < 16 && at < n; at++) {
                memcpy(x->outputs[x->outputs_n].to, a[at].key, 32);
                x->outputs[x->outputs_n++].amount = 10000000;
            }
            x->fee = 0;
            chain_sign(c, t, c->faucet_secret);
        }
        chain_block(c, list, k, 50);
        chain_blocks(c, 1, 50); /* keeps the next one free of fees */
    }
}

int main(int argc, char **argv) {
    bool quick = false;
    for (int i = 1; i < argc; i++) {
        json |= strcmp(argv[i], "--json") == 0;
        quick |= strcmp(argv[i], "--quick") == 0;
    }
    unsigned accounts = quick ? 20000 : 100000, per = 4000, rounds = quick ? 3 : 10;
    struct chain_options o = {.once = true};
    struct chain *c = chain_new(&o);
    struct account *a = calloc(accounts, sizeof *a);
    struct chain_tx *txs = calloc(per, sizeof *txs), **list = calloc(per, sizeof *list);
    if (!a || !txs || !list) return 1;
    for (unsigned i = 0; i < accounts; i++) chain_account(c, a[i].secret, a[i].key);
    for (unsigned i = 0; i < per; i++) list[i] = &txs[i];
    fund(c, a, accounts, txs, list);
    double check = 0, propose = 0;
    uint64_t done = 0;
    for (unsigned r = 0; r < rounds; r++) {
        for (unsigned i = 0; i < per; i++) {
            unsigned from = (r * per + i) % accounts, to = (from * 7919u + 13u) % accounts;
            if (to == from) to = (to + 1) % accounts;
            chain_transfer(c, &txs[i], a[from].secret, a[to].key, WEAL_ASSET_IT, 1000);
            txs[i].tx.act.transfer.fee = 4000;
            chain_sign(c, &txs[i], a[from].secret);
        }
        double t0 = now_s();
        for (unsigned i = 0; i < per; i++) {
            if (chain_try(c, &txs[i], NULL) != WEAL_ACCEPT) return 1;
        }
        double t1 = now_s();
        size_t n = chain_propose(c, list, per, 50);
        double t2 = now_s();
        if (n != per) return 1;
        check += t1 - t0;
        propose += t2 - t1;
        done += per;
    }
    show("check on arrival, with BIP340", check / (double)done * 1e6, "us/tx");
    show("execute into a block, root included", propose / (double)done * 1e6, "us/tx");
    show("both, one core", (double)done / (check + propose), "tx/s");
    show("executing only, one core", (double)done / propose, "tx/s");
    chain_free(c);
    free(a);
    free(txs);
    free(list);
    return 0;
}
