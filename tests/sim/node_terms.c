/* SPDX-License-Identifier: ISC */
/* Who sits in which term: read from the chain beside the nodes when the next set is fixed, and what
 * must hold of it. Every node of a term has the term's set, and knows its own place; a vote is
 * signed only under a place of one's own; who sits in a term that began and ended after healing,
 * and was there from its first block, has voted in it; who proposed nothing when it had turns
 * enough is out of the next set; evidence that the ledger took names only Byzantine keys. */
#include <stdlib.h>

#include "consensus/light/set.h"
#include "consensus/mod/module.h"
#include "crypto/base/bug.h"
#include "tests/sim/node_world.h"

enum { LOOK = 1 << 16, LONG = 100, LOG_LOST_US = 11000000 };
_Alignas(64) static uint8_t mem[LOOK]; /* one thread */

static unsigned key_of(const struct node_world *w, const uint8_t account[32]) {
    unsigned key = 0;
    while (key < w->keys_n && memcmp(w->account[key], account, 32) != 0) key++;
    return key < w->keys_n ? key : NW_KEYS_MAX;
}

/* Reads the record of a term, and writes down who sits in it. */
static void learn(struct node_world *w, uint32_t number) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_set set;
    WEAL_ASSERT(number == w->terms_n);
    chain_look(w->chain, &c, &d, mem, sizeof mem);
    if (!weal_seat_set(&c, number, &set)) {
        nw_breach(w, "no set of term %u is fixed in time", number);
        return;
    }
    if (w->terms_n == w->terms_cap) {
        w->terms_cap = w->terms_cap * 2 + 8;
        w->terms = realloc(w->terms, w->terms_cap * sizeof *w->terms);
        WEAL_ASSERT(w->terms);
    }
    struct nw_term *t = &w->terms[w->terms_n++];
    *t = (struct nw_term){.n = set.n, .total = set.total};
    weal_set_hash(t->hash, &set);
    for (unsigned i = 0; i < set.n && i < NW_KEYS_MAX; i++) {
        unsigned key = key_of(w, set.v[i].account);
        t->key[i] = (uint8_t)key;
        t->weight[i] = set.v[i].weight;
        if (key == NW_KEYS_MAX)
            nw_breach(w, "a stranger sits in term %u", number);
        else
            t->sits |= 1u << key;
    }
    if (number != 0 && t->sits != t[-1].sits) w->out->sets++;
    uint64_t different = 0;
    for (unsigned i = 0; i < t->n; i++) {
        bool first = true;
        for (unsigned k = 0; k < i; k++) first = first && t->weight[k] != t->weight[i];
        different += first;
    }
    if (different > w->out->weights) w->out->weights = different;
}

uint16_t nw_term_place(const struct node_world *w, uint32_t term, unsigned key) {
    if (term >= w->terms_n || key >= NW_KEYS_MAX) return WEAL_SET_NOBODY;
    const struct nw_term *t = &w->terms[term];
    for (uint16_t i = 0; i < t->n; i++)
        if (t->key[i] == key) return i;
    return WEAL_SET_NOBODY;
}

/* ---- the network's final blocks ---- */

/* Who was there from the term's first block on, and is still, and in the term. Who may have lost
 * its log waits for a term whose boundary is more than ten seconds after that, by the clock that it
 * had then. */
static unsigned there(const struct node_world *w, const struct nw_term *t, uint64_t first) {
    unsigned keys = 0;
    for (unsigned i = 0; i < w->nodes_n; i++) {
        const struct nw_node *o = &w->node[i];
        uint64_t since = o->started_us;
        if (i == w->fragile) since += LOG_LOST_US + w->drawn.jump_ms * UINT64_C(1000);
        if (o->key == NW_KEYS_MAX || !o->core || since >= t->began_us) continue;
        if (nw_honest(o) && o->final + 1 >= first) keys |= 1u << o->key;
    }
    return keys;
}

static void have_voted(struct node_world *w, uint32_t number) {
    struct nw_term *t = &w->terms[number];
    if (!w->healed || t->began_us < w->healed_us + nw_settled_us(w)) return;
    w->out->whole_terms++;
    unsigned mute = t->sits & t->there & ~t->voted;
    for (unsigned key = 0; key < w->keys_n; key++)
        if (mute >> key & 1)
            nw_breach(w, "validator %u sat in term %u from beginning to end, and did not vote", key,
                      number);
}

void nw_terms_begin(struct node_world *w) {
    learn(w, 0);
    w->terms[0].began_us = w->now_us;
}

/* Does anything but silence speak against this validator's seat in the next set? */
static bool fit(const struct node_world *w, struct weal_ctx *c, unsigned key) {
    struct weal_st_seat s;
    struct weal_key k = weal_key_of32(WEAL_T_SEAT, w->chain->genesis.validators[key].seat);
    if (!weal_seat_load(c, &k, &s) || s.removed || s.silent || s.bond < c->p.bond_min_micro)
        return false;
    return (s.lapse != 0 && c->height < s.lapse) ||
           (c->now_ms >= s.lease_from_ms && c->now_ms < s.lease_until_ms);
}

/* Who proposed nothing though 32 turns were to be expected is out of the next set, when there are
 * four without it: else the old one goes on. */
static void silent_are_out(struct node_world *w, uint32_t number, uint64_t blocks) {
    const struct nw_term *t = &w->terms[number];
    struct weal_draft d;
    struct weal_ctx c;
    unsigned others = 0;
    chain_look(w->chain, &c, &d, mem, sizeof mem);
    for (unsigned i = 0; i < t->n; i++) others += t->proposed[i] != 0 && fit(w, &c, t->key[i]);
    if (others < 4) return;
    for (unsigned i = 0; i < t->n; i++) {
        if (t->proposed[i] != 0 || t->weight[i] * blocks < 32 * t->total) continue;
        w->out->silenced++;
        if (t[1].sits >> t->key[i] & 1)
            nw_breach(w, "validator %u proposed nothing in term %u, and sits in the next",
                      t->key[i], number);
    }
}

void nw_terms_final(struct node_world *w, const struct weal_header *h) {
    uint64_t height = h->height;
    uint64_t blocks = w->chain->p.term_blocks, freeze = w->chain->p.freeze_blocks;
    uint32_t term = (uint32_t)((height - 1) / blocks);
    uint64_t first = term * blocks + 1, nth = height - first + 1;
    if (h->proposer < NW_KEYS_MAX) w->terms[term].proposed[h->proposer]++;
    if (nth == blocks - freeze) {
        learn(w, term + 1);
        if (!w->over) silent_are_out(w, term, nth);
    }
    if (w->over) return;
    struct nw_term *t = &w->terms[term];
    if (nth == blocks / 2) t->there = there(w, t, first);
    if (nth != blocks) return;
    have_voted(w, term);
    w->terms[term + 1].began_us = w->now_us;
}

/* A whole term has been since healing, where terms are short: until then the run goes on. */
bool nw_terms_done(const struct node_world *w) {
    return w->f.term_blocks == 0 || w->f.term_blocks > LONG || w->upgrade != 0 ||
           w->out->whole_terms != 0;
}

void nw_check_evidence(struct node_world *w, struct weal_bytes bytes) {
    static struct weal_tx tx; /* one thread */
    struct weal_evidence e;
    if (!weal_tx_decode(&tx, bytes) || tx.act_kind != WEAL_TX_EVIDENCE_TX) return;
    struct weal_rd rd = weal_rd(tx.act.evidence_tx.evidence);
    weal_evidence_get(&rd, &e);
    if (!weal_rd_done(&rd) || e.votes_n == 0 || e.votes[0].term >= w->terms_n) {
        nw_breach(w, "evidence that is none is final");
        return;
    }
    const struct nw_term *t = &w->terms[e.votes[0].term];
    unsigned key = e.votes[0].signer < t->n ? t->key[e.votes[0].signer] : NW_KEYS_MAX;
    if (key == NW_KEYS_MAX || !w->byzantine[key])
        nw_breach(w, "evidence of term %u accuses honest validator %u", e.votes[0].term, key);
    w->out->evidence++;
}

/* ---- one node ---- */

void nw_check_sign(struct nw_node *o, const struct weal_vote *v) {
    struct node_world *w = o->w;
    if (!nw_honest(o) || w->over) return;
    const struct weal_set *own = weal_core_set(o->core);
    bool known = v->term < w->terms_n;
    if (known ? nw_term_place(w, v->term, o->key) != v->signer
              : v->signer >= own->n || key_of(w, own->v[v->signer].account) != o->key)
        nw_breach(w, "node %u signs as number %u of term %u", o->id, v->signer, v->term);
}

void nw_check_set(struct nw_node *o, uint32_t term, uint16_t self) {
    struct node_world *w = o->w;
    uint8_t hash[32];
    if (o->seen_set == term + UINT64_C(1)) return;
    if (term >= w->terms_n) {
        nw_breach(w, "node %u is in term %u, whose set is not fixed", o->id, term);
        return;
    }
    o->seen_set = term + UINT64_C(1);
    weal_set_hash(hash, weal_core_set(o->core));
    if (memcmp(hash, w->terms[term].hash, 32) != 0)
        nw_breach(w, "node %u has another set in term %u", o->id, term);
    else if (self != nw_term_place(w, term, o->key))
        nw_breach(w, "node %u takes itself for number %u of term %u", o->id, self, term);
}
