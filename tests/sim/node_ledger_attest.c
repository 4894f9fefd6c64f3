/* SPDX-License-Identifier: ISC */
/* Attestors of the population `people` renew their shares: as it should be, by too few, with a
 * serial that was or is to come, with points too few, too many, or none at all, with signatures for
 * other points; and what they signed is handed in again. */
#include "crypto/base/bug.h"
#include "tests/sim/node_ledger.h"

static void some_point(struct ledger *x, uint8_t out[32]) {
    uint8_t secret[32];
    chain_secret(x->c, secret);
    bool made = weal_human_key(out, secret);
    WEAL_ASSERT(made);
}

/* What is changed before it is signed; by how many. */
static const char *spoil(struct ledger *x, struct weal_attestor_renew *r, unsigned *signers) {
    switch (people_below(x->w, 5)) {
    case 0:
        *signers = (unsigned)people_below(x->w, 2 * CHAIN_T);
        return "a renewal of shares by too few";
    case 1:
        r->serial += (uint32_t)people_below(x->w, 4) - 1;
        return "a renewal of shares out of turn";
    case 2:
        r->points_n = (uint16_t)(people_below(x->w, 2) * CHAIN_T);
        if (r->points_n != 0) some_point(x, r->points[1].point);
        return "a renewal of shares of another threshold";
    case 3:
        memset(r->points[0].point, people_below(x->w, 2) ? 0xff : 0, 32);
        return "a renewal of shares with no point";
    default:
        memcpy(r->points[0].point, x->c->genesis.voprf, 32);
        return "a renewal of shares with the common key";
    }
}

bool ledger_renewal(struct ledger *x) {
    static struct chain_tx t; /* large; one thread */
    unsigned signers = 2 * CHAIN_T + (unsigned)people_below(x->w, 2);
    const char *what = "a renewal of shares";
    bool proofs = true;
    uint8_t hash[32];
    t = (struct chain_tx){.tx = {.version = WEAL_TX_VERSION, .act_kind = WEAL_TX_ATTESTOR_RENEW}};
    struct weal_attestor_renew *r = &t.tx.act.attestor_renew;
    r->serial = x->twin->renewals + 1;
    r->points_n = CHAIN_T - 1;
    some_point(x, r->points[0].point);
    uint64_t dice = people_below(x->w, 8);
    if (dice < 4) what = spoil(x, r, &signers);
    chain_hash(x->c, &t, hash);
    unsigned first = (unsigned)people_below(x->w, x->c->attestors - signers + 1);
    r->attests_n = chain_attest(x->c, r->attests, hash, first, signers);
    if (dice == 4) {
        some_point(x, r->points[0].point);
        proofs = false;
        what = "a renewal of shares that was signed for others";
    } else if (dice == 5) {
        r->attests[0].attestor = (uint16_t)(x->c->attestors + people_below(x->w, 3));
        what = "a renewal of shares by whom nobody knows";
    }
    chain_encode(&t);
    ledger_submit(x, &t, proofs, what);
    return true;
}

/* The registry of attestors against the twin's. */
void ledger_attestors(struct ledger *x) {
    static _Alignas(64) uint8_t mem[65536]; /* one thread */
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_st_quorum q;
    const struct twin *w = x->twin;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key k = weal_key(WEAL_T_QUORUM);
    if (!weal_quorum_load(&c, &k, &q) || q.t != w->t || q.n != w->attestors ||
        q.renewals != w->renewals || memcmp(q.voprf, w->voprf, 32) != 0)
        people_breach(x->w, "the quorum of attestors, renewed %u times, is not the twin's, %u",
                      q.renewals, w->renewals);
    for (uint16_t i = 0; i < w->attestors; i++) {
        struct weal_st_attestor a;
        k = weal_key(WEAL_T_ATTESTOR);
        weal_key_u16(&k, i);
        if (!weal_attestor_load(&c, &k, &a) || memcmp(a.share, w->shares[i], 32) != 0 ||
            memcmp(a.key, x->c->genesis.attestors[i].key, 32) != 0 || a.active != 1)
            people_breach(x->w, "attestor %u is not the twin's", i);
    }
}
