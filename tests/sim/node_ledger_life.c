/* SPDX-License-Identifier: ISC */
/* What happens to a record in the population `people`: keys are rotated, records suspended, revoked
 * and renewed, people move; and attestors too few, the same twice, in vain, too early, or forged.
 * Whoever has lost a key by rotation, revocation or expiry tries to act with it. */
#include "crypto/base/bug.h"
#include "tests/sim/node_ledger.h"

/* An act on a record, before it is sealed. */
struct life {
    struct chain_tx *t;
    const struct twin_person *h; /* the record it is on */
    struct ledger_person *who;   /* whose it is; NULL: of a second face */
    const char *what;
    unsigned attestors;
    bool proofs;
};

static struct ledger_person *owner_of(struct ledger *x, const uint8_t key[32]) {
    for (unsigned i = 0; i < LEDGER_PEOPLE; i++)
        if (memcmp(x->person[i].p.key, key, 32) == 0) return &x->person[i];
    return NULL;
}

static uint32_t next_serial(struct ledger *x, const struct twin_person *h) {
    if (people_below(x->w, 12) == 0) return h->serial + (uint32_t)people_below(x->w, 3);
    return h->serial + 1;
}

static struct weal_bytes some_pool(struct ledger *x) {
    static const char *const pool[] = {"CA", "CA", "CA", "CA-ON", "US", "ca"};
    const char *s = pool[people_below(x->w, 6)];
    return weal_bytes(s, strlen(s));
}

static void seal_attests(struct ledger *x, struct life *l, struct weal_tx_attest *list, uint16_t *n,
                         const uint8_t hash[32]) {
    unsigned first = (unsigned)people_below(x->w, x->c->attestors - l->attestors + 1);
    *n = chain_attest(x->c, list, hash, first, l->attestors);
    if (people_below(x->w, 24) != 0 || l->attestors == 0) return;
    chain_pop(x->c, list[0].pop, x->c->module_secret, WEAL_ROLE_ATTESTOR, hash);
    l->proofs = false;
}

/* ---- rotation ---- */

/* The owner's, with the old key, or without it by twice as many attestors. */
static void rotate(struct ledger *x, struct life *l) {
    struct weal_human_rotate *r = &l->t->tx.act.human_rotate;
    struct ledger_person *p = l->who;
    uint8_t hash[32];
    chain_person(x->c, &p->next);
    memcpy(p->next.handle, p->p.handle, 32);
    l->t->tx.act_kind = WEAL_TX_HUMAN_ROTATE;
    l->what = "a rotation";
    memcpy(r->old_key, p->p.key, 32);
    memcpy(r->new_key, p->next.key, 32);
    r->pool = people_below(x->w, 6) == 0 ? some_pool(x) : WEAL_BYTES_LIT("CA");
    r->serial = next_serial(x, l->h);
    r->old_has = people_below(x->w, 2) == 0;
    l->attestors = r->old_has ? CHAIN_T : 2 * CHAIN_T;
    uint64_t dice = people_below(x->w, 16);
    if (dice == 0) memcpy(r->new_key, r->old_key, 32);
    if (dice == 1) memcpy(r->new_key, x->person[0].p.key, 32);
    if (dice == 2) l->attestors = (unsigned)people_below(x->w, 2 * CHAIN_T + 1);
    chain_hash(x->c, l->t, hash);
    chain_pop(x->c, r->pop, dice == 3 ? p->p.x : p->next.x, WEAL_ROLE_KEY, hash);
    chain_pop(x->c, r->old.pop, dice == 4 ? p->next.x : p->p.x, WEAL_ROLE_OLD_KEY, hash);
    if (dice < 2 || dice == 3 || (dice == 4 && r->old_has)) l->proofs = false;
    seal_attests(x, l, r->attests, &r->attests_n, hash);
}

/* ---- by attestors ---- */

static void suspend(struct ledger *x, struct life *l) {
    struct weal_human_suspend *s = &l->t->tx.act.human_suspend;
    uint8_t hash[32];
    l->t->tx.act_kind = WEAL_TX_HUMAN_SUSPEND;
    l->what = "a suspension";
    memcpy(s->key, l->h->key, 32);
    s->serial = next_serial(x, l->h);
    l->attestors = people_below(x->w, 8) == 0 ? 1 : CHAIN_T;
    chain_hash(x->c, l->t, hash);
    seal_attests(x, l, s->attests, &s->attests_n, hash);
}

static void revoke(struct ledger *x, struct life *l) {
    struct weal_human_revoke *r = &l->t->tx.act.human_revoke;
    uint8_t hash[32];
    l->t->tx.act_kind = WEAL_TX_HUMAN_REVOKE;
    l->what = "a revocation";
    memcpy(r->key, l->h->key, 32);
    r->serial = next_serial(x, l->h);
    r->reason = (uint8_t)people_below(x->w, 8);
    l->attestors = 2 * CHAIN_T - (people_below(x->w, 4) == 0);
    chain_hash(x->c, l->t, hash);
    seal_attests(x, l, r->attests, &r->attests_n, hash);
}

/* Half of the time by who did not revoke, as it should be; 2t revoked, so that this takes six. */
static void withdraw(struct ledger *x, struct life *l) {
    struct weal_human_withdraw *y = &l->t->tx.act.human_withdraw;
    uint8_t hash[32];
    l->t->tx.act_kind = WEAL_TX_HUMAN_WITHDRAW;
    l->what = "a withdrawal of a revocation";
    memcpy(y->key, l->h->key, 32);
    y->serial = next_serial(x, l->h);
    chain_hash(x->c, l->t, hash);
    l->attestors = (unsigned)people_below(x->w, CHAIN_T + 2);
    if (people_below(x->w, 2)) {
        seal_attests(x, l, y->attests, &y->attests_n, hash);
        return;
    }
    for (unsigned i = 0; i < x->c->attestors; i++)
        if ((l->h->revokers >> i & 1) == 0)
            y->attests_n += chain_attest(x->c, &y->attests[y->attests_n], hash, i, 1);
}

/* ---- by the owner and attestors ---- */

static void renew(struct ledger *x, struct life *l) {
    struct weal_human_renew *r = &l->t->tx.act.human_renew;
    uint8_t hash[32];
    bool forged = people_below(x->w, 12) == 0;
    l->t->tx.act_kind = WEAL_TX_HUMAN_RENEW;
    l->what = "a renewal";
    memcpy(r->key, l->h->key, 32);
    r->serial = next_serial(x, l->h);
    l->attestors = people_below(x->w, 8) == 0 ? 1 : CHAIN_T;
    chain_hash(x->c, l->t, hash);
    chain_pop(x->c, r->pop, forged ? x->c->module_secret : l->who->p.x, WEAL_ROLE_KEY, hash);
    if (forged) l->proofs = false;
    seal_attests(x, l, r->attests, &r->attests_n, hash);
}

static void move(struct ledger *x, struct life *l) {
    static const char *const home[] = {"CA-BC", "CA-ON", "CA", "US-NY"};
    struct weal_human_move *m = &l->t->tx.act.human_move;
    const char *to = home[people_below(x->w, 4)];
    uint8_t hash[32];
    l->t->tx.act_kind = WEAL_TX_HUMAN_MOVE;
    l->what = "a move";
    memcpy(m->key, l->h->key, 32);
    m->jurisdiction = weal_bytes(to, strlen(to));
    m->pool = people_below(x->w, 6) == 0 ? some_pool(x) : weal_bytes(to, 2);
    m->serial = next_serial(x, l->h);
    l->attestors = people_below(x->w, 8) == 0 ? 1 : CHAIN_T;
    chain_hash(x->c, l->t, hash);
    chain_pop(x->c, m->pop, l->who->p.x, WEAL_ROLE_KEY, hash);
    seal_attests(x, l, m->attests, &m->attests_n, hash);
}

/* ---- a key that is no more ---- */

/* An activity over this ring, in which p once was or is. */
static void act_over(struct ledger *x, struct chain_tx *t, struct chain_person *p,
                     const struct twin_ring *r) {
    static uint8_t proof[WEAL_RING_PROOF_LIMIT]; /* borrowed by t for the encoding */
    struct weal_activity *a = &t->tx.act.activity;
    struct weal_scope scope = {WEAL_SCOPE_ACTIVITY, twin_epoch(x->twin),
                               (uint8_t)(1 + people_below(x->w, 2))};
    uint8_t text[WEAL_SCOPE_TEXT_MAX], hash[32], random[32], secrets[2][32];
    struct weal_bytes lineage = WEAL_BYTES(x->c->lineage);
    struct weal_bytes where = weal_bytes(text, weal_scope_text(text, scope));
    struct weal_st_ring ring = {.keys_n = (uint16_t)r->n};
    for (unsigned i = 0; i < r->n; i++) memcpy(ring.keys[i].key, r->keys[i], 32);
    *t = (struct chain_tx){.tx = {.version = WEAL_TX_VERSION, .act_kind = WEAL_TX_ACTIVITY}};
    a->epoch = scope.number;
    a->n = scope.n;
    a->cohort = r->cohort;
    a->version = (uint16_t)r->version;
    a->pool = WEAL_BYTES_LIT("CA");
    chain_secret(x->c, p->t);
    bool good = weal_tag(a->tag, p->x, lineage, WEAL_RING_HUMAN, where) &&
                weal_note_key(a->note, p->x, p->t) &&
                chain_ring_prove(x->c, t, proof, &ring, scope, p->key, (const uint8_t(*)[32])p->x,
                                 a->tag, NULL);
    WEAL_ASSERT(good);
    a->proof = weal_bytes(proof, WEAL_RING_HUMAN_BYTES);
    chain_hash(x->c, t, hash);
    chain_random(x->c, random);
    memcpy(secrets[0], p->x, 32);
    memcpy(secrets[1], p->t, 32);
    struct weal_linear_statement s = {.kind = WEAL_LINEAR_REFUND,
                                      .chain = lineage,
                                      .message = WEAL_BYTES(hash),
                                      .shape = WEAL_RING_HUMAN,
                                      .scope = where,
                                      .tag = a->tag,
                                      .note = a->note};
    enum weal_verdict v = weal_linear_prove(a->refund, &s, (const uint8_t(*)[32])secrets, random);
    WEAL_ASSERT(v == WEAL_ACCEPT);
    chain_pop(x->c, a->module_pop, x->c->module_secret, WEAL_ROLE_MODULE, hash);
    chain_encode(t);
}

/* Somebody acts over some version of a cohort: the newest, one that still counts, or none any more.
 */
static bool old_key(struct ledger *x, struct chain_tx *t) {
    unsigned from = (unsigned)people_below(x->w, x->twin->rings_n + 1u);
    for (unsigned i = 0; i < x->twin->rings_n; i++) {
        const struct twin_ring *r = &x->twin->rings[(from + i) % x->twin->rings_n];
        if (x->twin->pools[x->twin->cohorts[r->cohort - 1].pool].kind != TWIN_HUMANS) continue;
        const uint8_t *key = r->keys[people_below(x->w, r->n)];
        struct chain_person *p = NULL;
        for (unsigned k = 0; k < LEDGER_PEOPLE; k++) {
            if (memcmp(x->person[k].p.key, key, 32) == 0) p = &x->person[k].p;
            if (memcmp(x->person[k].last.key, key, 32) == 0) p = &x->person[k].last;
        }
        if (!p) continue;
        act_over(x, t, p, r);
        ledger_submit(x, t, true, "an act over some version of a cohort");
        return true;
    }
    return false;
}

/* ---- all of them ---- */

/* Whose rotation is final has the new key from now on. */
static void new_keys(struct ledger *x) {
    for (unsigned i = 0; i < LEDGER_PEOPLE; i++) {
        struct ledger_person *p = &x->person[i];
        const struct twin_person *h = twin_person(x->twin, p->p.key);
        if (!h || h->status != TWIN_ROTATED || memcmp(h->successor, p->next.key, 32) != 0) continue;
        p->last = p->p;
        p->p = p->next;
    }
}

bool ledger_life(struct ledger *x) {
    static struct chain_tx t; /* large; one thread */
    if (x->twin->people_n == 0) return false;
    new_keys(x);
    uint64_t dice = people_below(x->w, 16);
    if (dice < 4) return old_key(x, &t);
    t = (struct chain_tx){.tx = {.version = WEAL_TX_VERSION}};
    const struct twin_person *h = &x->twin->people[people_below(x->w, x->twin->people_n)];
    bool enough = x->c->attestors >= 3 * CHAIN_T; /* for a withdrawal to succeed */
    for (unsigned i = 0; dice % (enough ? 2 : 4) == 0 && i < x->twin->people_n; i++)
        if (x->twin->people[i].revoke != 0) h = &x->twin->people[i];
    struct life l = {.t = &t, .h = h, .who = owner_of(x, h->key), .proofs = true};
    if (h->revoke != 0 && people_below(x->w, enough ? 2 : 3) == 0)
        withdraw(x, &l);
    else if (l.who && (dice < 7 || h->revoke != 0))
        rotate(x, &l);
    else if (l.who && dice < 11)
        renew(x, &l);
    else if (l.who && dice < 13)
        move(x, &l);
    else if (dice < 15)
        suspend(x, &l);
    else
        revoke(x, &l);
    chain_encode(&t);
    ledger_submit(x, &t, l.proofs, l.what);
    return true;
}
