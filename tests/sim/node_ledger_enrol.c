/* SPDX-License-Identifier: ISC */
/* Enrolments of the population `people`: everybody once, and every way in which one can be refused:
 * too few attestors, two faces of one person, a struck record's enrolment again, foreign spellings,
 * what is no key; strikes; people who move on. */
#include "crypto/base/bug.h"
#include "tests/sim/node_ledger.h"

enum { AGAIN_MS = 6000 };

void ledger_people_begin(struct ledger *x) {
    for (unsigned i = 0; i < LEDGER_PEOPLE; i++) chain_person(x->c, &x->person[i].p);
}

static struct weal_bytes text(const char *s) {
    return weal_bytes(s, strlen(s));
}

/* An enrolment of p that nothing speaks against; sealed by chain_enrol_seal. */
static struct weal_human_enrol *plain(struct ledger *x, struct chain_tx *t,
                                      const struct chain_person *p) {
    static const char *const home[] = {"CA-ON-TOR", "CA-ON", "CA", "CA-QC-MTL"};
    chain_enrol(x->c, t, p, "CA");
    struct weal_human_enrol *e = &t->tx.act.human_enrol;
    e->jurisdiction = text(home[people_below(x->w, 4)]);
    e->valid_until = x->twin->height + 1 + people_below(x->w, x->c->p.valid_blocks_max);
    return e;
}

static void enrol(struct ledger *x, struct chain_tx *t, struct ledger_person *p, uint64_t now_ms) {
    p->sent_ms = now_ms;
    plain(x, t, &p->p);
    chain_enrol_seal(x->c, t, &p->p, CHAIN_T + (unsigned)people_below(x->w, 4));
    ledger_submit(x, t, true, "an enrolment");
}

/* The same person, with the same evidence, after a strike. */
static void new_key(struct ledger *x, struct ledger_person *p) {
    uint8_t handle[32];
    memcpy(handle, p->p.handle, 32);
    chain_person(x->c, &p->p);
    memcpy(p->p.handle, handle, 32);
    p->sent_ms = 0;
}

/* ---- cheats ---- */

/* Not a spelling of a jurisdiction, or not of a pool above it. */
static void spelling(struct ledger *x, struct weal_human_enrol *e) {
    static const char *const bad[] = {
        "ca", "C", "", "CA-", "-CA", "CA--ON", "CA-on", "CA-ABCDEFGHI", "CA ON", "CA-O"};
    struct weal_bytes b = text(bad[people_below(x->w, 10)]);
    if (people_below(x->w, 3) == 0)
        e->jurisdiction = e->pool = b;
    else
        e->pool = b;
}

/* Somebody new with a handle of somebody who is known: a second face. */
static const char *second_face(struct ledger *x, struct weal_human_enrol *e, unsigned *attestors) {
    const struct twin_person *h = &x->twin->people[people_below(x->w, x->twin->people_n)];
    unsigned at = (unsigned)people_below(x->w, h->handles_n);
    memcpy(e->handles[0].handle, h->handles[at].handle, 32);
    switch (people_below(x->w, 4)) {
    case 0:
        e->handles[0].suffix = (uint16_t)(1 + people_below(x->w, 2));
        return "an enrolment with equal evidence";
    case 1:
        e->handles[0].suffix = (uint16_t)(1 + people_below(x->w, 2));
        *attestors = 2 * CHAIN_T + (unsigned)people_below(x->w, 2);
        return "an enrolment with equal evidence and many attestors";
    default:
        return "a second face";
    }
}

static const char *handles(struct ledger *x, struct weal_human_enrol *e) {
    unsigned n = (unsigned)people_below(x->w, 4);
    e->handles_n = (uint16_t)n;
    for (unsigned i = 1; i < n; i++) {
        e->handles[i] = e->handles[i - 1];
        unsigned more = (unsigned)people_below(x->w, 3); /* 0: the same twice */
        e->handles[i].handle[0] = (uint8_t)(e->handles[i].handle[0] + more);
    }
    return "an enrolment with several handles";
}

/* What is changed before it is sealed; attestors: how many seal it. */
static const char *spoil(struct ledger *x, struct weal_human_enrol *e, unsigned *attestors) {
    switch (people_below(x->w, 9)) {
    case 0:
        *attestors = (unsigned)people_below(x->w, CHAIN_T);
        return "an enrolment with too few attestors";
    case 1:
    case 2:
        if (x->twin->people_n == 0) break;
        return second_face(x, e, attestors);
    case 3:
    case 4:
        spelling(x, e);
        return "an enrolment in a foreign spelling";
    case 5:
        return handles(x, e);
    case 6:
        e->valid_until = people_below(x->w, x->twin->height + 2);
        return "an enrolment that has expired";
    case 7:
        e->valid_until = x->twin->height + x->c->p.valid_blocks_max + people_below(x->w, 4);
        return "an enrolment valid too far ahead";
    default:
        e->invite_has = 1;
        break;
    }
    return "an enrolment with an invitation";
}

/* What is changed after it is sealed: the proofs don't hold any more, but it reads well. */
static const char *forge(struct ledger *x, struct chain_tx *t, const struct chain_person *p) {
    struct weal_human_enrol *e = &t->tx.act.human_enrol;
    uint8_t hash[32];
    chain_hash(x->c, t, hash);
    switch (people_below(x->w, 5)) {
    case 0:
        chain_pop(x->c, e->attests[0].pop, p->x, WEAL_ROLE_ATTESTOR, hash);
        return "an enrolment with a forged attestor";
    case 1:
        chain_pop(x->c, e->attests[1].pop, x->c->attestor_secret[1], WEAL_ROLE_KEY, hash);
        return "an enrolment with an attestor in another role";
    case 2:
        chain_pop(x->c, e->pop, x->c->attestor_secret[0], WEAL_ROLE_KEY, hash);
        return "an enrolment without the key's secret";
    case 3: {
        struct weal_tx_attest first = e->attests[0];
        e->attests[0] = e->attests[1];
        e->attests[1] = first;
        return "an enrolment with attestors in disorder";
    }
    default:
        e->attests[1].attestor = (uint16_t)(x->c->attestors + people_below(x->w, 100));
        return "an enrolment with an attestor whom nobody knows";
    }
}

static void cheat(struct ledger *x, struct chain_tx *t) {
    struct chain_person p;
    unsigned attestors = CHAIN_T;
    bool proofs = true, point = true;
    const char *what = "an enrolment of a known key";
    chain_person(x->c, &p);
    uint64_t dice = people_below(x->w, 12);
    if (dice == 0) { /* who is known already, or waits to be */
        p = x->person[people_below(x->w, LEDGER_PEOPLE)].p;
    } else if (dice == 1) {
        unsigned seat = (unsigned)people_below(x->w, x->c->validators);
        memcpy(p.x, x->c->seat_secret[seat], 32);
        memcpy(p.key, x->c->genesis.validators[seat].seat, 32);
        what = "an enrolment of a seat's key";
    } else if (dice == 2) {
        memset(p.key, 0xff, 32);
        p.key[people_below(x->w, 32)] ^= 1;
        point = false;
        what = "an enrolment of what is no key";
    }
    struct weal_human_enrol *e = plain(x, t, &p);
    if (dice > 4) what = spoil(x, e, &attestors);
    chain_enrol_seal(x->c, t, &p, attestors);
    if (dice == 3 || dice == 4) {
        proofs = false;
        what = forge(x, t, &p);
        chain_encode(t);
    }
    ledger_submit_as(x, t, (struct twin_told){.proofs = proofs, .point = point}, what);
}

/* ---- strikes ---- */

static void strike(struct ledger *x, struct chain_tx *t) {
    const struct twin_person *h = &x->twin->people[people_below(x->w, x->twin->people_n)];
    uint8_t hash[32];
    unsigned n = CHAIN_T, first = (unsigned)people_below(x->w, x->c->attestors - CHAIN_T + 1);
    *t = (struct chain_tx){.tx = {.version = WEAL_TX_VERSION, .act_kind = WEAL_TX_HUMAN_STRIKE}};
    struct weal_human_strike *s = &t->tx.act.human_strike;
    memcpy(s->key, h->key, 32);
    s->reason = (uint8_t)(1 + people_below(x->w, 4));
    s->serial = h->serial + 1;
    switch (people_below(x->w, 8)) {
    case 0:
        s->serial += (uint32_t)people_below(x->w, 3) - 1;
        break;
    case 1:
        s->reason = (uint8_t)(people_below(x->w, 2) * 5);
        break;
    case 2:
        chain_random(x->c, s->key);
        break;
    case 3:
        n = 1;
        break;
    default:
        break;
    }
    chain_hash(x->c, t, hash);
    s->attests_n = chain_attest(x->c, s->attests, hash, first, n);
    chain_encode(t);
    ledger_submit(x, t, true, "a strike");
}

/* What somebody submitted once, again. */
static void replay(struct ledger *x) {
    const struct ledger_try *y = &x->tries[people_below(x->w, x->tries_n)];
    static struct chain_tx t; /* large; one thread */
    t.n = y->n;
    memcpy(t.b, y->bytes, y->n);
    ledger_submit_as(x, &t, y->told, "what was submitted before");
}

bool ledger_enrol(struct ledger *x, uint64_t now_ms) {
    static struct chain_tx t; /* large; one thread */
    struct ledger_person *next = NULL;
    for (unsigned i = 0; i < LEDGER_PEOPLE && !next; i++) {
        struct ledger_person *p = &x->person[i];
        const struct twin_person *h = twin_person(x->twin, p->p.key);
        if (h && h->status == TWIN_STRUCK)
            new_key(x, p);
        else if (h)
            continue;
        if (p->sent_ms == 0 || now_ms > p->sent_ms + AGAIN_MS) next = p;
    }
    uint64_t dice = people_below(x->w, 16);
    if (dice < 3) {
        cheat(x, &t);
    } else if (dice == 3 && x->twin->people_n > 0) {
        strike(x, &t);
    } else if (dice == 4 && x->tries_n > 0) {
        replay(x);
    } else if (next) {
        enrol(x, &t, next, now_ms);
    } else {
        return false;
    }
    return true;
}
