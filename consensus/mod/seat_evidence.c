/* SPDX-License-Identifier: ISC */
/* What two conflicting votes cost: 5 % of bond and unbonding, the weight, the seat. Once a term and
 * validator, so that evidence carries no fee and still cannot be repeated. The votes are their own
 * authority: whoever hands them in changes nothing. */
#include "consensus/light/cert.h"
#include "consensus/mod/seat_int.h"

static bool decode(const struct weal_tx *tx, struct weal_evidence *e) {
    struct weal_rd r = weal_rd(tx->act.evidence_tx.evidence);
    weal_evidence_get(&r, e);
    return weal_rd_done(&r) && e->votes_n == 2;
}

enum weal_verdict weal_evidence_form(const struct weal_tx *tx) {
    struct weal_evidence e;
    return decode(tx, &e) ? WEAL_ACCEPT : WEAL_V_EVIDENCE_FORM;
}

void weal_evidence_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    struct weal_evidence e;
    if (!decode(tx, &e)) return;
    uint8_t what[32] = "evidence";
    weal_put_le32(what + 16, e.votes[0].term);
    weal_put_le16(what + 20, e.votes[0].signer);
    weal_reserve(info, what);
}

/* The term's set and the member accused. */
static enum weal_verdict accused(struct weal_ctx *c, const struct weal_evidence *e,
                                 struct weal_set *set, struct weal_validator *who) {
    uint32_t term = e->votes[0].term;
    struct weal_key k = weal_term_key(term);
    struct weal_st_term t;
    if (term > c->term || !weal_term_load(c, &k, &t)) return WEAL_V_EVIDENCE_TERM;
    if (term < c->term && c->now_ms > t.end_ms + c->p.evidence_age_ms) return WEAL_V_EVIDENCE_TERM;
    if (!weal_seat_set(c, term, set)) return WEAL_V_EVIDENCE_TERM;
    if (e->votes[0].signer >= set->n) return WEAL_V_EVIDENCE_INVALID;
    *who = set->v[e->votes[0].signer];
    return WEAL_ACCEPT;
}

static struct weal_key offence_key(uint32_t term, const uint8_t account[32]) {
    struct weal_key k = weal_key(WEAL_T_OFFENCE);
    weal_key_u32(&k, term);
    weal_key_32(&k, account);
    return k;
}

enum weal_verdict weal_evidence_check(struct weal_ctx *c, const struct weal_tx *tx) {
    struct weal_evidence e;
    struct weal_set set;
    struct weal_validator who;
    if (!decode(tx, &e)) return WEAL_V_EVIDENCE_FORM;
    enum weal_verdict v = accused(c, &e, &set, &who);
    if (v != WEAL_ACCEPT) return v;
    struct weal_key k = offence_key(e.votes[0].term, who.account);
    return weal_has(c, &k) ? WEAL_V_EVIDENCE_KNOWN : WEAL_ACCEPT;
}

enum weal_verdict weal_evidence_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    struct weal_evidence e;
    struct weal_set set;
    struct weal_validator who;
    if (!decode(tx, &e)) return WEAL_V_EVIDENCE_FORM;
    enum weal_verdict v = accused(c, &e, &set, &who);
    if (v != WEAL_ACCEPT) return v;
    struct weal_cert_context ctx = {c->x->chain_id, e.votes[0].term, &set, NULL};
    v = weal_evidence_verify_var(&ctx, &e);
    return v == WEAL_ACCEPT ? WEAL_ACCEPT : WEAL_V_EVIDENCE_INVALID;
}

enum weal_verdict weal_evidence_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    struct weal_evidence e;
    struct weal_set set;
    struct weal_validator who;
    if (!decode(tx, &e)) return WEAL_V_EVIDENCE_FORM;
    enum weal_verdict v = accused(c, &e, &set, &who);
    if (v != WEAL_ACCEPT) return v;
    struct weal_st_seat before, s;
    struct weal_st_offence o = {.kind = e.kind, .height = c->height};
    if (weal_seat_get(c, who.seat, &before)) {
        s = before;
        uint64_t from_bond =
            s.bond / 1000000 * c->p.slash_ppm + s.bond % 1000000 * c->p.slash_ppm / 1000000;
        uint64_t from_rest = s.unbonding / 1000000 * c->p.slash_ppm +
                             s.unbonding % 1000000 * c->p.slash_ppm / 1000000;
        s.bond -= from_bond;
        s.unbonding -= from_rest;
        s.removed = 1;
        o.slashed = from_bond + from_rest;
        weal_seat_put(c, who.seat, &before, &s);
        weal_supply_burn(c, WEAL_ASSET_IT, o.slashed);
    }
    struct weal_key k = offence_key(e.votes[0].term, who.account);
    weal_offence_store(c, &k, &o);
    return WEAL_ACCEPT;
}
