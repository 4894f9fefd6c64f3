/* SPDX-License-Identifier: ISC */
/* The tables of validators against the twin: after every block the records of the present term and
 * of the next one, and whole tables of seats, accounts' seats, presence and offences. */
#include "consensus/light/set.h"
#include "consensus/mod/module.h"
#include "tests/sim/node_ledger.h"

enum { LOOK = 1 << 20 };
_Alignas(64) static uint8_t mem[LOOK]; /* one thread */

/* ---- terms ---- */

static void set_hash(uint8_t out[32], const struct twin_term *t) {
    static struct weal_set set; /* large; one thread */
    set.n = (uint16_t)t->n;
    for (unsigned i = 0; i < t->n; i++) {
        memcpy(set.v[i].account, t->members[i].account, 32);
        memcpy(set.v[i].seat, t->members[i].seat, 32);
        set.v[i].weight = t->members[i].weight;
    }
    weal_set_hash(out, &set);
}

/* The name of the first field that differs; NULL: none. */
static const char *term_differs(const struct weal_st_term *r, const struct twin_term *t) {
    uint8_t hash[32];
    if (r->first != t->first) return "first height";
    if (r->end_ms != t->end) return "end";
    if (memcmp(r->beacon, t->beacon, 32) != 0) return "beacon";
    if (r->members_n != t->n) return "number of members";
    for (unsigned i = 0; i < t->n; i++) {
        if (memcmp(r->members[i].seat, t->members[i].seat, 32) != 0) return "members' seats";
        if (memcmp(r->members[i].account, t->members[i].account, 32) != 0)
            return "members' accounts";
        if (r->members[i].weight != t->members[i].weight) return "weights";
    }
    set_hash(hash, t);
    return memcmp(r->set_hash, hash, 32) != 0 ? "set hash" : NULL;
}

static void compare_term(struct ledger *x, struct weal_ctx *c, uint32_t term) {
    static struct weal_st_term r; /* large; one thread */
    struct weal_key k = weal_key(WEAL_T_TERM);
    const struct twin_term *t = twin_term(x->twin, term);
    weal_key_u32(&k, term);
    bool known = weal_term_load(c, &k, &r);
    const char *what = known != (t != NULL) ? "existence" : known ? term_differs(&r, t) : NULL;
    if (what)
        people_breach(x->w, "term %u differs from the twin's in its %s after block %llu", term,
                      what, (unsigned long long)x->twin->height);
}

void ledger_terms(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    uint32_t now = twin_term_now(x->twin);
    chain_look(x->c, &c, &d, mem, sizeof mem);
    if (now > 0) compare_term(x, &c, now - 1);
    compare_term(x, &c, now);
    compare_term(x, &c, now + 1);
}

/* ---- seats ---- */

static const char *seat_differs(const struct weal_st_seat *r, const struct twin_seat *t) {
    static const uint8_t nobody[32];
    if (memcmp(r->account, t->bound ? t->account : nobody, 32) != 0) return "account";
    if (r->lease_from_ms != t->from || r->lease_until_ms != t->until) return "lease";
    if (r->lapse != t->lapse) return "lapse";
    if (r->bond != t->bond) return "bond";
    if (r->unbonding != t->unbonding) return "unbonding";
    if (r->unbondings != t->unbondings) return "unbondings";
    if (r->silent != t->silent) return "silence";
    return r->removed != t->removed ? "removal" : NULL;
}

static void compare_seats(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    unsigned n = 0, bound = 0, expected = 0;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(WEAL_T_SEAT), k = prefix;
    for (; weal_next(&c, &prefix, &k, &v); n++) {
        struct weal_st_seat r;
        struct weal_rd rd = weal_rd(v);
        weal_st_seat_get(&rd, &r);
        const struct twin_seat *t = twin_seat(x->twin, k.b + 1);
        const char *what = t ? seat_differs(&r, t) : "existence";
        char id[13];
        ledger_short(id, k.b + 1);
        if (what) people_breach(x->w, "seat %s differs from the twin's in its %s", id, what);
    }
    prefix = k = weal_key(WEAL_T_SEAT_REF);
    for (; weal_next(&c, &prefix, &k, &v); bound++) {
        struct weal_st_seat_ref r;
        struct weal_rd rd = weal_rd(v);
        weal_st_seat_ref_get(&rd, &r);
        const struct twin_seat *t = twin_seat_of(x->twin, k.b + 1);
        if (!t || memcmp(t->key, r.seat, 32) != 0)
            people_breach(x->w, "the seat of an account is not the twin's");
    }
    for (unsigned i = 0; i < x->twin->seats_n; i++) expected += x->twin->seats[i].bound;
    if (n != x->twin->seats_n || bound != expected)
        people_breach(x->w, "there are %u seats, %u bound; the twin has %u and %u", n, bound,
                      x->twin->seats_n, expected);
}

static void compare_presence(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    unsigned n = 0, expected = 0;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(WEAL_T_PRESENCE), k = prefix;
    for (; weal_next(&c, &prefix, &k, &v); n++) {
        struct weal_st_presence r;
        struct weal_rd rd = weal_rd(v);
        weal_st_presence_get(&rd, &r);
        const struct twin_seat *t = twin_seat(x->twin, k.b + 1);
        if (!t || !t->proposed || r.term != t->term || r.blocks != t->blocks)
            people_breach(x->w, "a seat proposed %u blocks of term %u; for the twin %u of %u",
                          r.blocks, r.term, t ? t->blocks : 0, t ? t->term : 0);
    }
    for (unsigned i = 0; i < x->twin->seats_n; i++) expected += x->twin->seats[i].proposed;
    if (n != expected) people_breach(x->w, "%u seats proposed; for the twin %u", n, expected);
}

static const struct twin_offence *offence_of(const struct twin *w, uint32_t term,
                                             const uint8_t account[32]) {
    for (unsigned i = 0; i < w->offences_n; i++)
        if (w->offences[i].term == term && memcmp(w->offences[i].account, account, 32) == 0)
            return &w->offences[i];
    return NULL;
}

static void compare_offences(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    unsigned n = 0;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(WEAL_T_OFFENCE), k = prefix;
    for (; weal_next(&c, &prefix, &k, &v); n++) {
        struct weal_st_offence r;
        struct weal_rd rd = weal_rd(v);
        weal_st_offence_get(&rd, &r);
        const struct twin_offence *o = offence_of(x->twin, weal_be32(k.b + 1), k.b + 5);
        if (!o || r.kind != o->kind || r.height != o->height || r.slashed != o->slashed)
            people_breach(x->w, "an offence in term %u is not the twin's", weal_be32(k.b + 1));
    }
    if (n != x->twin->offences_n)
        people_breach(x->w, "there are %u offences; the twin has %u", n, x->twin->offences_n);
}

void ledger_seats(struct ledger *x) {
    compare_seats(x);
    compare_presence(x);
    compare_offences(x);
    people_foretold(x->w, x->twin->seats_n + x->twin->offences_n);
}
