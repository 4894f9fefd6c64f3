/* SPDX-License-Identifier: ISC */
/* Evidence that is handed in by anybody: votes that contradict nothing, that nobody signed, of
 * nobody, of terms to come; and true ones of Byzantine validators, again and again. */
#include "consensus/light/cert.h"
#include "crypto/base/bug.h"
#include "tests/sim/node_ledger.h"

/* The vote of the founder whose account this is. */
static struct weal_vote vote(struct ledger *x, const struct twin_term *t, uint32_t term,
                             unsigned signer, uint8_t kind, uint64_t view) {
    struct weal_vote v = {.kind = kind, .term = term, .view = view, .signer = (uint16_t)signer};
    const uint8_t *secret = x->c->module_secret;
    if (kind != WEAL_VOTE_NULLIFY) chain_random(x->c, v.digest);
    if (kind != WEAL_VOTE_NULLIFY) v.parent_view = view - 1;
    for (unsigned i = 0; t && i < x->founders; i++)
        if (memcmp(t->members[signer].account, x->seat[i].account, 32) == 0)
            secret = x->seat[i].secret;
    bool made = weal_vote_sign(&v, x->c->id, secret);
    WEAL_ASSERT(made);
    return v;
}

/* Evidence that is final names only who is Byzantine: the world looks at that. */
static bool may_be_blamed(const struct ledger *x, const uint8_t account[32]) {
    for (unsigned i = 0; i < x->founders; i++)
        if (memcmp(x->seat[i].account, account, 32) == 0) return x->w->byzantine[i];
    return false;
}

/* Two votes as an honest validator would not sign them. */
static void contradiction(struct ledger *x, struct weal_evidence *e, const struct twin_term *t,
                          uint32_t term, unsigned signer) {
    static const uint8_t kinds[4][2] = {{WEAL_VOTE_NOTARIZE, WEAL_VOTE_NOTARIZE},
                                        {WEAL_VOTE_FINALIZE, WEAL_VOTE_FINALIZE},
                                        {WEAL_VOTE_NULLIFY, WEAL_VOTE_FINALIZE},
                                        {WEAL_VOTE_NOTARIZE, WEAL_VOTE_FINALIZE}};
    uint64_t view = 1 + people_below(x->w, 1000), kind = people_below(x->w, 4);
    *e = (struct weal_evidence){.kind = (uint8_t)(kind + 1), .votes_n = 2};
    for (unsigned i = 0; i < 2; i++) e->votes[i] = vote(x, t, term, signer, kinds[kind][i], view);
}

/* Makes it wrong in one way; its name. */
static const char *spoil(struct ledger *x, struct weal_evidence *e, const struct twin_term *t) {
    struct weal_vote *a = &e->votes[0], *b = &e->votes[1];
    switch (people_below(x->w, 8)) {
    case 0:
        *b = *a;
        return "one vote twice as evidence";
    case 1:
        *b = vote(x, t, b->term, b->signer, b->kind, b->view + 1);
        return "evidence of two views";
    case 2:
        b->signature[people_below(x->w, 64)] ^= 1;
        return "evidence that nobody signed";
    case 3:
        a->signer = b->signer = (uint16_t)(t->n + people_below(x->w, 3));
        return "evidence of nobody";
    case 4:
        a->term = b->term = a->term + 1 + (uint32_t)people_below(x->w, 2);
        return "evidence of a term to come";
    case 5:
        e->kind = (uint8_t)(1 + e->kind % 4);
        return "evidence of another kind";
    case 6: /* what a timeout looks like */
        *a = vote(x, t, b->term, b->signer, WEAL_VOTE_NOTARIZE, b->view);
        *b = vote(x, t, b->term, b->signer, WEAL_VOTE_NULLIFY, b->view);
        e->kind = 1;
        return "a notarize and a nullify as evidence";
    default:
        b->signer = (uint16_t)((b->signer + 1) % t->n);
        return "evidence of two validators";
    }
}

bool ledger_evidence(struct ledger *x, struct chain_tx *t) {
    static uint8_t bytes[WEAL_EVIDENCE_SIZE_MAX];
    uint32_t now = twin_term_now(x->twin), term = now;
    if (now > 0 && people_below(x->w, 3) == 0) term = now - (uint32_t)people_below(x->w, 3) % now;
    const struct twin_term *set = twin_term(x->twin, term);
    unsigned signer = (unsigned)people_below(x->w, set->n);
    bool real = people_below(x->w, 4) == 0 && may_be_blamed(x, set->members[signer].account);
    const char *what = "evidence";
    struct weal_evidence e;
    contradiction(x, &e, set, term, signer);
    if (!real) what = spoil(x, &e, set);
    struct weal_wr w = weal_wr(bytes, sizeof bytes);
    weal_evidence_put(&w, &e);
    *t = (struct chain_tx){.tx = {.version = WEAL_TX_VERSION, .act_kind = WEAL_TX_EVIDENCE_TX}};
    t->tx.act.evidence_tx.evidence = weal_wr_done(&w);
    if (people_below(x->w, 16) == 0) {
        t->tx.act.evidence_tx.evidence.n--;
        what = "evidence cut short";
    }
    chain_encode(t);
    ledger_submit(x, t, real, what);
    return true;
}
