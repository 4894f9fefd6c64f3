/* SPDX-License-Identifier: ISC */
/* What waits, beside the ledger: a pool may say that it has a transaction already, or another one
 * that rules it out, only if there is such a one: submitted, not yet final, and with proofs that
 * hold. Otherwise whoever sends a wrong proof could keep others from using their own tags. */
#include <string.h>

#include "tests/sim/node_ledger.h"

enum { VALUES = 6 };

struct values {
    unsigned n;
    uint8_t v[VALUES][32];
};

static void add(struct values *x, const uint8_t value[32]) {
    memcpy(x->v[x->n++], value, 32);
}

/* What nobody else can use once this is in a block: keys that are registered or whose record
 * changes, handles, tags, notes, nullifiers, accounts of income, a module's key of an epoch. */
static struct values used_up(const struct weal_tx *tx) {
    struct values x = {0};
    uint8_t epoch[32] = "epoch", renewal[32] = "renewal";
    switch (tx->act_kind) {
    case WEAL_TX_HUMAN_ENROL:
        add(&x, tx->act.human_enrol.key);
        for (unsigned i = 0; i < tx->act.human_enrol.handles_n && i < 4; i++)
            add(&x, tx->act.human_enrol.handles[i].handle);
        break;
    case WEAL_TX_HUMAN_STRIKE:
        add(&x, tx->act.human_strike.key);
        break;
    case WEAL_TX_HUMAN_ROTATE:
        add(&x, tx->act.human_rotate.old_key);
        add(&x, tx->act.human_rotate.new_key);
        break;
    case WEAL_TX_HUMAN_SUSPEND:
        add(&x, tx->act.human_suspend.key);
        break;
    case WEAL_TX_HUMAN_REVOKE:
        add(&x, tx->act.human_revoke.key);
        break;
    case WEAL_TX_HUMAN_WITHDRAW:
        add(&x, tx->act.human_withdraw.key);
        break;
    case WEAL_TX_HUMAN_RENEW:
        add(&x, tx->act.human_renew.key);
        break;
    case WEAL_TX_HUMAN_MOVE:
        add(&x, tx->act.human_move.key);
        break;
    case WEAL_TX_ACTIVITY:
        add(&x, tx->act.activity.tag);
        add(&x, tx->act.activity.note);
        break;
    case WEAL_TX_INCOME_CLAIM:
        add(&x, tx->act.income_claim.tag);
        add(&x, tx->act.income_claim.nullifier);
        add(&x, tx->act.income_claim.to);
        break;
    case WEAL_TX_SEAT_LEASE:
        add(&x, tx->act.seat_lease.tag);
        add(&x, tx->act.seat_lease.seat);
        break;
    case WEAL_TX_SEAT_BIND:
        add(&x, tx->act.seat_bind.seat);
        break;
    case WEAL_TX_ATTESTOR_RENEW:
        add(&x, renewal);
        break;
    case WEAL_TX_MODULE_KEY:
        weal_put_le16(epoch + 8, tx->act.module_key.module);
        weal_put_le32(epoch + 12, tx->act.module_key.epoch);
        add(&x, epoch);
        break;
    default:
        break;
    }
    return x;
}

static bool share(const struct values *a, const struct values *b) {
    for (unsigned i = 0; i < a->n; i++)
        for (unsigned k = 0; k < b->n; k++)
            if (memcmp(a->v[i], b->v[k], 32) == 0) return true;
    return false;
}

/* Can a pool on the state of this height hold y? What an account pays for may have become final
 * while its signature was at a worker: then it is there until a proposal or its own end drops it.
 */
static bool may_wait(const struct ledger_try *y, uint64_t height) {
    struct weal_tx tx;
    bool whole = weal_tx_decode(&tx, weal_bytes(y->bytes, y->n));
    bool paid = whole && (tx.act_kind == WEAL_TX_TRANSFER ||
                          (tx.act_kind >= WEAL_TX_SEAT_BIND && tx.act_kind <= WEAL_TX_SEAT_RETURN));
    if (!y->told.proofs || !y->told.point || (paid && !y->told.signature)) return false;
    return paid || y->final == 0 || height == PEOPLE_SEVERAL || y->final > height;
}

void ledger_pool_said(struct ledger *x, const struct ledger_try *y, const struct weal_tx *tx,
                      enum weal_verdict said) {
    uint64_t height = people_answer_height(x->w);
    struct values mine = used_up(tx);
    if (tx->act_kind == WEAL_TX_EVIDENCE_TX) return; /* nodes hand in such, too */
    people_foretold(x->w, 1);
    for (size_t i = 0; i < x->tries_n; i++) {
        const struct ledger_try *z = &x->tries[i];
        bool same = memcmp(z->id, y->id, 32) == 0;
        struct weal_tx other;
        if (z == y || same != (said == WEAL_V_POOL_KNOWN) || !may_wait(z, height)) continue;
        if (same) return;
        if (!weal_tx_decode(&other, weal_bytes(z->bytes, z->n))) continue;
        struct values theirs = used_up(&other);
        if (twin_form(&other) == WEAL_ACCEPT && share(&mine, &theirs)) return;
    }
    people_breach(x->w, "%s is answered with '%s' at height %llu, and nothing such can wait",
                  y->what, weal_verdict_name(said), (unsigned long long)x->twin->height);
}

void ledger_pool_final(struct ledger *x, const uint8_t id[32], uint64_t height) {
    for (size_t i = 0; i < x->tries_n; i++)
        if (x->tries[i].final == 0 && memcmp(x->tries[i].id, id, 32) == 0)
            x->tries[i].final = height;
}
