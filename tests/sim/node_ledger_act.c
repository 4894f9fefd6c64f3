/* SPDX-License-Identifier: ISC */
/* Activity and income of the population `people`: a module publishes its keys, whoever is in a
 * cohort acts, whose note was dealt claims; and they try a tag twice, a note twice, foreign tags
 * and notes, a forged module, wrong epochs, versions and cohorts, two claims of one epoch, one note
 * for two claims, a claim to an account that is known. */
#include "crypto/base/bug.h"
#include "tests/sim/node_ledger.h"

enum { AGAIN_MS = 4000 };

static uint32_t epoch_now(const struct ledger *x) {
    return twin_epoch(x->twin);
}

/* One of the last epochs, this one, or the next. */
static uint32_t some_epoch(struct ledger *x, unsigned back) {
    uint32_t e = epoch_now(x) + 1, less = (uint32_t)people_below(x->w, back + 2);
    return e > less ? e - less : 0;
}

/* ---- the module ---- */

static bool module_key(struct ledger *x, struct chain_tx *t, uint64_t now_ms) {
    uint32_t e = epoch_now(x);
    bool again = x->key_sent_ms == 0 || now_ms > x->key_sent_ms + AGAIN_MS;
    if (twin_module_key(x->twin, e)) e++; /* in good time */
    if (!twin_module_key(x->twin, e) && again) {
        x->key_sent_ms = now_ms;
        chain_module_key(x->c, t, e);
        ledger_submit(x, t, true, "a module's key");
        return true;
    }
    if (people_below(x->w, 40) != 0) return false;
    uint8_t hash[32];
    bool proofs = true, point = true;
    chain_module_key(x->c, t, e + (uint32_t)people_below(x->w, 6));
    struct weal_module_key *m = &t->tx.act.module_key;
    uint64_t dice = people_below(x->w, 4);
    if (dice == 0) m->module = (uint16_t)(1 + people_below(x->w, 3));
    if (dice == 1) m->epoch = e > 0 ? e - 1 : 0;
    if (dice == 2) memset(m->key, 0xff, 32);
    point = dice != 2;
    proofs = dice != 3;
    chain_hash(x->c, t, hash);
    chain_pop(x->c, m->pop, proofs ? x->c->module_secret : x->c->attestor_secret[0],
              WEAL_ROLE_MODULE, hash);
    chain_encode(t);
    ledger_submit_as(x, t, (struct twin_told){.proofs = proofs, .point = point},
                     "a module's key out of order");
    return true;
}

/* ---- activity ---- */

static struct chain_person *some_member(struct ledger *x) {
    unsigned from = (unsigned)people_below(x->w, LEDGER_PEOPLE);
    for (unsigned i = 0; i < LEDGER_PEOPLE; i++) {
        struct ledger_person *p = &x->person[(from + i) % LEDGER_PEOPLE];
        const struct twin_person *h = twin_person(x->twin, p->p.key);
        if (h && h->place == TWIN_DEALT) return &p->p;
    }
    return NULL;
}

static const struct ledger_note *some_note(struct ledger *x) {
    return &x->note[people_below(x->w, x->notes_n)];
}

/* What is changed before it is sealed. False: the proofs will not hold. */
static bool spoil_activity(struct ledger *x, struct weal_activity *a, struct chain_person *p,
                           const char **what) {
    static const char *const pool[] = {"CA-ON", "C", "ca", "US", "CA-"};
    switch (people_below(x->w, 7)) {
    case 0:
    case 1: {
        const char *s = pool[people_below(x->w, 5)];
        a->pool = weal_bytes(s, strlen(s));
        *what = "an act in a foreign pool";
        return true;
    }
    case 2:
        a->module = (uint16_t)(1 + people_below(x->w, 3));
        *what = "an act of a module that nobody knows";
        return true;
    case 3:
        a->version = (uint16_t)(a->version + people_below(x->w, 3) - 1);
        *what = "an act over another version";
        return a->version == x->twin->cohorts[a->cohort - 1].version;
    case 4: {
        uint64_t mine = a->cohort;
        a->cohort = people_below(x->w, x->twin->cohorts_n + 2);
        *what = "an act over another cohort";
        return a->cohort == mine;
    }
    case 5:
    case 6:
        for (unsigned i = 0; i < x->notes_n; i++) {
            const struct chain_person *old = &x->note[i].p;
            if (memcmp(old->key, p->key, 32) != 0) continue;
            memcpy(p->t, old->t, 32);
            memcpy(p->note, old->note, 32);
            memcpy(a->note, old->note, 32);
        }
        *what = "a note a second time";
        return true;
    default:
        if (x->notes_n != 0) memcpy(a->tag, some_note(x)->p.tag, 32);
        *what = "an act with another's tag";
        return memcmp(a->tag, p->tag, 32) == 0;
    }
}

/* What is changed after it was sealed: nothing holds any more. */
static const char *forge_activity(struct ledger *x, struct weal_activity *a) {
    uint8_t hash[32];
    switch (people_below(x->w, 3)) {
    case 0:
        chain_random(x->c, hash);
        chain_pop(x->c, a->module_pop, x->c->attestor_secret[0], WEAL_ROLE_MODULE, hash);
        return "an act with a forged module";
    case 1:
        if (x->notes_n != 0) memcpy(a->note, some_note(x)->p.note, 32);
        return "an act with another's note";
    default:
        a->epoch ^= 1;
        return "an act for another epoch than was proved";
    }
}

static bool act(struct ledger *x, struct chain_tx *t) {
    const struct chain_person *who = some_member(x);
    uint64_t dice = people_below(x->w, 16);
    if (!who || x->notes_n == LEDGER_NOTES) return false;
    struct chain_person p = *who;
    const char *what = "an act";
    bool proofs = true;
    uint32_t epoch = dice == 0 ? some_epoch(x, 5) : epoch_now(x);
    if (dice > 12 && epoch > 0) epoch--;
    uint8_t n = (uint8_t)(1 + people_below(x->w, 2));
    if (dice == 4 && people_below(x->w, 4) == 0) n = (uint8_t)(people_below(x->w, 2) * 3);
    if (!chain_activity(x->c, t, &p, epoch, n)) return false;
    struct weal_activity *a = &t->tx.act.activity;
    if (dice == 1 || dice == 2) {
        proofs = spoil_activity(x, a, &p, &what);
        chain_activity_seal(x->c, t, &p);
    } else if (dice == 3) {
        proofs = false;
        what = forge_activity(x, a);
        chain_encode(t);
    } else if (n != 1 && n != 2) {
        what = "a third act of an epoch";
    } else {
        x->note[x->notes_n++] = (struct ledger_note){.p = p};
    }
    ledger_submit(x, t, proofs, what);
    return true;
}

/* ---- claims ---- */

/* A note that was dealt, can be used and wasn't; or, seldom, any. */
static struct ledger_note *note_to_claim(struct ledger *x, uint64_t now_ms) {
    unsigned from = (unsigned)people_below(x->w, x->notes_n);
    bool any = people_below(x->w, 12) == 0;
    for (unsigned i = 0; i < x->notes_n; i++) {
        struct ledger_note *y = &x->note[(from + i) % x->notes_n];
        const struct twin_note *n = twin_note(x->twin, y->p.note);
        uint8_t nullifier[32];
        if (!n || n->cohort == 0) continue;
        if (any) return y;
        if (y->sent_ms != 0 && now_ms < y->sent_ms + AGAIN_MS) continue;
        if (x->twin->height + 1 < x->twin->cohorts[n->cohort - 1].usable) continue;
        bool made = weal_nullifier(nullifier, y->p.t);
        WEAL_ASSERT(made);
        if (!twin_spent(x->twin, nullifier)) return y;
    }
    return NULL;
}

/* Changes a claim and seals it again where that can be; false: its proof does not hold. */
static bool spoil_claim(struct ledger *x, struct chain_tx *t, const struct chain_person *p,
                        const char **what) {
    struct weal_income_claim *y = &t->tx.act.income_claim, was = *y;
    bool holds = true;
    switch (people_below(x->w, 6)) {
    case 0:
        memcpy(y->to, x->purse[people_below(x->w, LEDGER_PURSES)].key, 32);
        *what = "a claim to an account that may be known";
        break;
    case 1:
        y->version = (uint16_t)(y->version + people_below(x->w, 3) - 1);
        holds = y->version == was.version;
        *what = "a claim over another version";
        break;
    case 2:
        y->cohort = people_below(x->w, x->twin->cohorts_n + 2);
        holds = y->cohort == was.cohort;
        *what = "a claim over another cohort";
        break;
    case 3:
        memcpy(y->tag, some_note(x)->p.tag, 32);
        chain_encode(t);
        *what = "a claim with another's tag";
        return false;
    case 4:
        if (!weal_nullifier(y->nullifier, some_note(x)->p.t)) WEAL_ASSERT(false);
        chain_encode(t);
        *what = "a claim with another's nullifier";
        return memcmp(y->nullifier, was.nullifier, 32) == 0;
    default:
        memcpy(y->to, x->purse[0].key, 32);
        chain_encode(t);
        *what = "a claim turned to another account";
        return false;
    }
    chain_claim_seal(x->c, t, p);
    return holds;
}

static void remember_claim(struct ledger *x, const struct chain_person *p) {
    if (x->claims_n == LEDGER_CLAIMS) return;
    struct ledger_claim *c = &x->claim[x->claims_n++];
    memcpy(c->secret, p->account_secret, 32);
    memcpy(c->account, p->account, 32);
}

static bool claim(struct ledger *x, struct chain_tx *t, uint64_t now_ms) {
    if (x->notes_n == 0) return false;
    struct ledger_note *y = note_to_claim(x, now_ms);
    if (!y) return false;
    uint64_t dice = people_below(x->w, 16);
    uint32_t now = epoch_now(x), dealt;
    dealt = x->twin->cohorts[twin_note(x->twin, y->p.note)->cohort - 1].epoch;
    uint32_t epoch = dealt < now ? dealt : now - (now > 0);
    if (dice < 4) epoch = some_epoch(x, (unsigned)x->c->p.claim_epochs + 2);
    if (dice >= 4 && dice < 10 && epoch > 0 && twin_claimable(x->twin, epoch - 1)) epoch--;
    if (dice >= 4 && !twin_claimable(x->twin, epoch)) return false;
    y->sent_ms = now_ms;
    if (!chain_claim(x->c, t, &y->p, epoch)) return false;
    const char *what = "a claim";
    if (dice == 15) {
        bool proofs = spoil_claim(x, t, &y->p, &what);
        ledger_submit(x, t, proofs, what);
        return true;
    }
    ledger_submit(x, t, true, what);
    remember_claim(x, &y->p);
    if (dice < 12) return true;
    /* the same note, or the same epoch, elsewhere at the same time */
    struct ledger_note *other = people_below(x->w, 2) ? y : note_to_claim(x, now_ms);
    uint32_t e = other == y ? epoch - (epoch > 0) : epoch;
    if (other && chain_claim(x->c, t, &other->p, e)) {
        ledger_submit(x, t, true, "a claim at the same time");
        remember_claim(x, &other->p);
    }
    return true;
}

bool ledger_act(struct ledger *x, uint64_t now_ms) {
    static struct chain_tx t; /* large; one thread */
    if (!some_member(x)) return false;
    if (module_key(x, &t, now_ms)) return true;
    return people_below(x->w, 3) == 0 ? claim(x, &t, now_ms) || act(x, &t) : act(x, &t);
}
