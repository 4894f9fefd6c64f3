/* SPDX-License-Identifier: ISC */
/* A sequence of acts and blocks as the input says: every block is proposed and then executed on a
 * second draft to the same root, and after each the stored amounts are what the counters say. Acts
 * are built with good signatures from a small cast, so that they get past the door; what they ask
 * for is the input's. In all but one of sixteen inputs an oracle answers for signatures and proofs:
 * what they are made of has targets of its own. */
#include <stdlib.h>

#include "tests/sim/oracle.h"
#include "tests/support/chain.h"

enum { CAST = 8, QUEUE = 24, STEPS_MAX = 64 };

struct play {
    struct chain *c;
    uint8_t secret[CAST][32], key[CAST][32];
    struct chain_person person[CAST];
    struct chain_tx txs[QUEUE], *list[QUEUE];
    unsigned n;
};

static void attested(struct play *p, uint16_t kind, unsigned who, uint32_t serial, unsigned n) {
    struct chain_tx *t = &p->txs[p->n];
    uint8_t hash[32];
    memset(&t->tx, 0, sizeof t->tx);
    t->tx.version = 1;
    t->tx.act_kind = kind;
    struct weal_tx_attest *list = NULL;
    uint16_t *count = NULL;
    switch (kind) {
    case WEAL_TX_HUMAN_STRIKE:
        memcpy(t->tx.act.human_strike.key, p->person[who].key, 32);
        t->tx.act.human_strike.serial = serial;
        t->tx.act.human_strike.reason = 1;
        list = t->tx.act.human_strike.attests;
        count = &t->tx.act.human_strike.attests_n;
        break;
    case WEAL_TX_HUMAN_SUSPEND:
        memcpy(t->tx.act.human_suspend.key, p->person[who].key, 32);
        t->tx.act.human_suspend.serial = serial;
        list = t->tx.act.human_suspend.attests;
        count = &t->tx.act.human_suspend.attests_n;
        break;
    default:
        t->tx.act_kind = WEAL_TX_HUMAN_REVOKE;
        memcpy(t->tx.act.human_revoke.key, p->person[who].key, 32);
        t->tx.act.human_revoke.serial = serial;
        t->tx.act.human_revoke.reason = 1;
        list = t->tx.act.human_revoke.attests;
        count = &t->tx.act.human_revoke.attests_n;
        break;
    }
    chain_hash(p->c, t, hash);
    *count = chain_attest(p->c, list, hash, 0, n);
    chain_encode(t);
}

static void step(struct play *p, uint8_t op) {
    struct chain_tx *t = &p->txs[p->n];
    unsigned who = op >> 4 & 7, other = (who + 1 + (op & 3)) % CAST;
    switch (op % 10) {
    case 0:
        chain_transfer(p->c, t, p->c->faucet_secret, p->key[who], WEAL_ASSET_IT,
                       op & 64 ? 50000 : 3000000);
        break;
    case 1:
        chain_enrol(p->c, t, &p->person[who], op & 128 ? "CA" : "CA-ON");
        break;
    case 2:
        chain_transfer(p->c, t, p->secret[who], p->key[other], WEAL_ASSET_IT, 1u << (op >> 3));
        t->tx.act.transfer.fee = op;
        chain_sign(p->c, t, p->secret[who]);
        break;
    case 3:
        attested(p, WEAL_TX_HUMAN_STRIKE, who, 1, 2);
        break;
    case 4:
        attested(p, WEAL_TX_HUMAN_SUSPEND, who, 1 + (op & 1), 2);
        break;
    case 5:
        attested(p, WEAL_TX_HUMAN_REVOKE, who, 1 + (op & 1), 4);
        break;
    case 6:
        chain_module_key(p->c, t, chain_epoch(p->c) + (op >> 5));
        break;
    case 7:
        if (!chain_activity(p->c, t, &p->person[who], chain_epoch(p->c), 1 + (op & 1))) return;
        break;
    case 8:
        if (!chain_claim(p->c, t, &p->person[who], chain_epoch(p->c) - 1)) return;
        break;
    default:
        chain_transfer(p->c, t, p->secret[who], p->key[other], WEAL_ASSET_IBC, op);
        break;
    }
    p->n++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static struct play p;
    if (n % 16 != 15) oracle_on();
    p.c = chain_new(NULL);
    p.n = 0;
    for (unsigned i = 0; i < CAST; i++) {
        chain_account(p.c, p.secret[i], p.key[i]);
        chain_person(p.c, &p.person[i]);
    }
    for (unsigned i = 0; i < QUEUE; i++) p.list[i] = &p.txs[i];
    for (size_t i = 0; i < n && i < STEPS_MAX; i++) {
        bool block = data[i] % 8 == 0 || p.n == QUEUE;
        if (!block) step(&p, data[i]);
        if (!block) continue;
        static const uint64_t wait[] = {50, 5000, 30000, 700000};
        p.c->quiet = true;
        chain_propose(p.c, p.list, p.n, wait[data[i] >> 6]);
        p.n = 0;
        WEAL_ASSERT(chain_conserved(p.c));
    }
    chain_free(p.c);
    oracle_off();
    return 0;
}
