/* SPDX-License-Identifier: ISC */
/* The chain of the fuzz corpora. */
#include "tests/support/chain_seeds.h"

#include <stdlib.h>

#include "crypto/sig/sig.h"

enum { CROWD = 12 };
static struct chain_person people[CROWD];

struct chain *chain_of_seeds(void) {
    static struct chain_tx txs[CROWD], *list[CROWD];
    struct chain *c = chain_new(&(struct chain_options){.once = true});
    for (unsigned i = 0; i < CROWD; i++) list[i] = &txs[i];
    chain_populate(c, people, CROWD);
    chain_until_epoch(c, chain_epoch(c) + 1);
    uint32_t epoch = chain_epoch(c);
    chain_module_key(c, &txs[0], epoch);
    chain_block(c, list, 1, 50);
    chain_module_key(c, &txs[0], epoch + 1);
    chain_block(c, list, 1, 50);
    for (unsigned i = 0; i < CROWD; i++) chain_activity(c, &txs[i], &people[i], epoch, 1);
    chain_block(c, list, CROWD, 50);
    chain_blocks(c, 1, c->p.window_activity_ms);
    chain_blocks(c, 81, 50);
    chain_until_epoch(c, epoch + 1);
    return c;
}

static void frame(struct chain_tx *t, uint16_t kind) {
    memset(&t->tx, 0, sizeof t->tx);
    t->tx.version = WEAL_TX_VERSION;
    t->tx.act_kind = kind;
}

static void seat_act(struct chain *c, struct chain_tx *t, uint16_t kind) {
    frame(t, kind);
    const uint8_t *from = c->genesis.validators[0].account;
    if (kind == WEAL_TX_SEAT_UNBOND) {
        struct weal_seat_unbond *x = &t->tx.act.seat_unbond;
        memcpy(x->from, from, 32);
        x->nonce = 1;
        x->valid_until = c->height + 500;
        x->amount = 5;
    } else {
        struct weal_seat_bond *x = &t->tx.act.seat_bond;
        memcpy(x->from, c->faucet, 32);
        x->nonce = chain_nonce(c, c->faucet) + 1;
        x->valid_until = c->height + 500;
        x->amount = 5;
    }
    chain_sign(c, t, kind == WEAL_TX_SEAT_UNBOND ? c->account_secret[0] : c->faucet_secret);
}

static void attested(struct chain *c, struct chain_tx *t, uint16_t kind) {
    uint8_t hash[32];
    frame(t, kind);
    if (kind == WEAL_TX_HUMAN_SUSPEND) {
        struct weal_human_suspend *x = &t->tx.act.human_suspend;
        memcpy(x->key, people[1].key, 32);
        x->serial = 1;
        chain_hash(c, t, hash);
        x->attests_n = chain_attest(c, x->attests, hash, 0, CHAIN_T);
    } else {
        struct weal_human_revoke *x = &t->tx.act.human_revoke;
        memcpy(x->key, people[2].key, 32);
        x->serial = 1;
        x->reason = 5;
        chain_hash(c, t, hash);
        x->attests_n = chain_attest(c, x->attests, hash, 0, 2 * CHAIN_T);
    }
    chain_encode(t);
}

static void rotate(struct chain *c, struct chain_tx *t) {
    uint8_t hash[32], x[32];
    frame(t, WEAL_TX_HUMAN_ROTATE);
    struct weal_human_rotate *r = &t->tx.act.human_rotate;
    memcpy(r->old_key, people[3].key, 32);
    chain_secret(c, x);
    (void)weal_human_key(r->new_key, x);
    r->pool = WEAL_BYTES_LIT("CA");
    r->serial = 1;
    r->old_has = true;
    chain_hash(c, t, hash);
    chain_pop(c, r->pop, x, WEAL_ROLE_KEY, hash);
    chain_pop(c, r->old.pop, people[3].x, WEAL_ROLE_OLD_KEY, hash);
    r->attests_n = chain_attest(c, r->attests, hash, 0, CHAIN_T);
    chain_encode(t);
}

bool chain_seed(struct chain *c, unsigned k, struct chain_tx *t, const char **name) {
    static const char *const names[] = {"transfer", "enrol",  "activity", "claim",  "module-key",
                                        "suspend",  "revoke", "rotate",   "unbond", "bond"};
    if (k >= sizeof names / sizeof *names) return false;
    *name = names[k];
    struct chain_person newcomer, actor = people[0], claimer = people[4];
    uint32_t epoch = chain_epoch(c);
    switch (k) {
    case 0:
        chain_transfer(c, t, c->faucet_secret, people[0].key, WEAL_ASSET_IT, 1000000);
        break;
    case 1:
        chain_person(c, &newcomer);
        chain_enrol(c, t, &newcomer, "CA-ON-TOR");
        break;
    case 2:
        return chain_activity(c, t, &actor, epoch, 2);
    case 3:
        return chain_claim(c, t, &claimer, epoch - 1);
    case 4:
        chain_module_key(c, t, epoch + 2);
        break;
    case 5:
        attested(c, t, WEAL_TX_HUMAN_SUSPEND);
        break;
    case 6:
        attested(c, t, WEAL_TX_HUMAN_REVOKE);
        break;
    case 7:
        rotate(c, t);
        break;
    case 8:
        seat_act(c, t, WEAL_TX_SEAT_UNBOND);
        break;
    case 9:
        seat_act(c, t, WEAL_TX_SEAT_BOND);
        break;
    }
    return true;
}
