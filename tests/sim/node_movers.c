/* SPDX-License-Identifier: ISC */
#include "tests/sim/node_movers.h"

#include <stdlib.h>

#include "consensus/mod/module.h"
#include "crypto/base/bug.h"

enum {
    AGAIN_MS = 4000,
    VALID = 200,
    IT = 1000000,
    POOR = 60 * IT,
    SPARE = 20 * IT,
    LOOK = 1 << 16
};
_Alignas(64) static uint8_t mem[LOOK]; /* one thread */

struct mover {
    unsigned validator;
    uint64_t bond;        /* by what became final */
    uint64_t next_height; /* thinks again then */
    bool waits;
    uint64_t sent_ms;
    struct chain_tx tx;
};

struct movers {
    struct node_world *w;
    uint64_t first_tag;
    unsigned n;
    struct mover m[WEAL_SET_MAX];
};

struct movers *movers_new(struct node_world *w, uint64_t first_tag) {
    struct chain *c = people_chain(w);
    struct movers *m = calloc(1, sizeof *m);
    WEAL_ASSERT(m);
    /* in long terms some sit through one from end to end, and are found silent when switched off */
    uint64_t first = c->p.term_blocks * (c->p.term_blocks > 200 ? 3 : 1);
    m->w = w;
    m->first_tag = first_tag;
    for (unsigned i = 0; i < c->validators; i++) {
        if (!people_may_leave(w, i)) continue;
        m->m[m->n++] = (struct mover){.validator = i,
                                      .bond = c->genesis.validators[i].bond,
                                      .next_height = people_below(w, first)};
    }
    if (m->n != 0) return m;
    free(m);
    return NULL;
}

void movers_free(struct movers *m) {
    free(m);
}

static const uint8_t *account(const struct movers *m, const struct mover *o) {
    return people_chain(m->w)->genesis.validators[o->validator].account;
}

static struct weal_st_seat seat(const struct movers *m, const struct mover *o) {
    struct chain *c = people_chain(m->w);
    struct weal_draft d;
    struct weal_ctx ctx;
    struct weal_st_seat s;
    chain_look(c, &ctx, &d, mem, sizeof mem);
    struct weal_key k = weal_key_of32(WEAL_T_SEAT, c->genesis.validators[o->validator].seat);
    bool there = weal_seat_load(&ctx, &k, &s);
    WEAL_ASSERT(there);
    return s;
}

const uint8_t *movers_poor(const struct movers *m) {
    for (unsigned i = 0; m && i < m->n; i++) {
        const uint8_t *key = account(m, &m->m[i]);
        if (chain_balance(people_chain(m->w), key, WEAL_ASSET_IT) < POOR) return key;
    }
    return NULL;
}

/* ---- acts ---- */

#define MAKE(field, number)                                                                        \
    do {                                                                                           \
        t->tx.act_kind = (number);                                                                 \
        memcpy(t->tx.act.field.from, account(m, o), 32);                                           \
        t->tx.act.field.nonce = chain_nonce(c, account(m, o)) + 1;                                 \
        t->tx.act.field.valid_until = c->height + VALID;                                           \
    } while (0)

static void submit(struct movers *m, struct mover *o, uint64_t now_ms) {
    o->sent_ms = now_ms;
    people_submit(m->w, (unsigned)people_below(m->w, 16), 0, weal_bytes(o->tx.b, o->tx.n),
                  m->first_tag + (uint64_t)(o - m->m));
}

/* What to do next: out while in, in while out, and now and then what is refused. */
static void act(struct movers *m, struct mover *o, uint64_t now_ms) {
    struct chain *c = people_chain(m->w);
    struct chain_tx *t = &o->tx;
    struct weal_st_seat s = seat(m, o);
    uint64_t least = c->p.bond_min_micro, some = 1 + people_below(m->w, SPARE);
    bool wrong = people_below(m->w, 8) == 0;
    memset(&t->tx, 0, sizeof t->tx);
    t->tx.version = WEAL_TX_VERSION;
    if (s.silent != wrong) {
        MAKE(seat_return, WEAL_TX_SEAT_RETURN);
    } else if (s.bond < least) {
        MAKE(seat_bond, WEAL_TX_SEAT_BOND);
        t->tx.act.seat_bond.amount = wrong ? UINT64_MAX - some : least - s.bond + some;
    } else {
        MAKE(seat_unbond, WEAL_TX_SEAT_UNBOND);
        t->tx.act.seat_unbond.amount = wrong ? s.bond + some : s.bond - least + some;
    }
    chain_sign(c, t, c->account_secret[o->validator]);
    o->waits = true;
    submit(m, o, now_ms);
}

void movers_wake(struct movers *m, uint64_t now_ms) {
    struct chain *c = people_chain(m->w);
    for (unsigned i = 0; i < m->n; i++) {
        struct mover *o = &m->m[i];
        if (!o->waits) {
            if (c->height < o->next_height) continue;
            o->next_height = c->height + 4 + people_below(m->w, c->p.term_blocks * 3 / 2);
            if (chain_balance(c, account(m, o), WEAL_ASSET_IT) >= POOR / 2) act(m, o, now_ms);
        } else if (now_ms > o->sent_ms + AGAIN_MS) {
            submit(m, o, now_ms);
        }
    }
}

/* A refusal may come from a node that is behind, and another may have taken it: what is next has
 * the same nonce then, and one of the two becomes final. */
void movers_answer(struct movers *m, uint64_t tag, enum weal_verdict v) {
    if (!m || tag < m->first_tag || tag >= m->first_tag + m->n) return;
    if (v == WEAL_V_TX_SIGNATURE || v == WEAL_V_ENCODING)
        people_breach(m->w, "a good act of a seat is refused: %s", weal_verdict_name(v));
    if (v != WEAL_ACCEPT && v != PEOPLE_NO_ANSWER && v != WEAL_V_POOL_KNOWN)
        m->m[tag - m->first_tag].waits = false;
}

void movers_final(struct movers *m, const struct people_block *b) {
    static struct weal_tx tx; /* one thread */
    for (uint32_t k = 0; m && k < b->txs_n; k++) {
        struct weal_tx_info info;
        if (weal_tx_info(b->txs[k].bytes, &info) != WEAL_ACCEPT) continue;
        for (unsigned i = 0; i < m->n; i++) {
            struct mover *o = &m->m[i];
            if (memcmp(account(m, o), info.sender, 32) != 0) continue;
            o->waits = false;
            if (b->txs[k].code != WEAL_ACCEPT || !weal_tx_decode(&tx, b->txs[k].bytes)) continue;
            if (tx.act_kind == WEAL_TX_SEAT_BOND) o->bond += tx.act.seat_bond.amount;
            if (tx.act_kind == WEAL_TX_SEAT_UNBOND) o->bond -= tx.act.seat_unbond.amount;
        }
    }
    for (unsigned i = 0; m && i < m->n; i++)
        if (m->m[i].waits && b->head->height > m->m[i].tx.tx.act.seat_bond.valid_until)
            m->m[i].waits = false;
}

void movers_check(struct movers *m) {
    for (unsigned i = 0; m && i < m->n; i++) {
        struct weal_st_seat s = seat(m, &m->m[i]);
        if (s.bond != m->m[i].bond)
            people_breach(m->w, "the bond of validator %u is %llu, not %llu", m->m[i].validator,
                          (unsigned long long)s.bond, (unsigned long long)m->m[i].bond);
        if (s.removed) people_breach(m->w, "honest validator %u lost its seat", m->m[i].validator);
    }
}
