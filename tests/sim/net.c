/* SPDX-License-Identifier: ISC */
/* Links: delay, loss, repetition, partitions; and the signatures of what travels on them. In most
 * seeds an oracle stands for BIP340: a signature is the digest and the digest masked by the key,
 * which adversaries do not forge for others; one seed in fifty signs and verifies for real. */
#include <stdlib.h>

#include "crypto/hash/hash.h"
#include "tests/sim/sim.h"

struct sim_msg *sim_msg_new(uint8_t type, uint32_t arg, const uint8_t *bytes, size_t n) {
    struct sim_msg *m = malloc(sizeof *m + n);
    *m = (struct sim_msg){1, type, arg, n};
    if (n != 0) memcpy(m->bytes, bytes, n);
    return m;
}

void sim_msg_drop(struct sim_msg *m) {
    if (m && --m->refs == 0) free(m);
}

static bool blocked(const struct sim_world *w, uint16_t from, uint16_t to) {
    if (!w->parted || w->side[from] == w->side[to]) return false;
    return !w->f.one_way || w->side[from] == 0;
}

void sim_send(struct sim_world *w, uint16_t from, uint16_t to, struct sim_msg *m) {
    if (from == to) return;
    if (blocked(w, from, to) || sim_fault(w, FAULT_LOSS, from, w->f.loss_ppm)) {
        sim_draw_message(w, from, to, m, 0);
        return;
    }
    int copies = sim_fault(w, FAULT_TWICE, from, w->f.twice_ppm) ? 2 : 1;
    while (copies-- > 0) {
        uint64_t delay =
            w->f.latency_min_us + sim_below(w, w->f.latency_max_us - w->f.latency_min_us + 1);
        if (sim_fault(w, FAULT_SLOW, from, w->f.slow_ppm)) delay += sim_below(w, w->f.slow_us + 1);
        sim_draw_message(w, from, to, m, w->now_us + delay);
        m->refs++;
        sim_at(w, w->now_us + delay,
               (struct sim_event){.kind = EVENT_MSG, .node = to, .from = from, .msg = m});
        w->out->messages++;
    }
}

void sim_broadcast(struct sim_world *w, uint16_t from, struct sim_msg *m) {
    for (uint16_t i = 0; i < w->nodes_n; i++) sim_send(w, from, i, m);
}

static void oracle(const struct sim_world *w, uint8_t sig[64], const uint8_t digest[32],
                   uint16_t key) {
    memcpy(sig, digest, 32);
    for (int i = 0; i < 32; i++) sig[32 + i] = digest[i] ^ w->account[key][i];
}

bool sim_sign(struct sim_world *w, struct weal_vote *v, uint16_t key) {
    if (w->real) return weal_vote_sign(v, w->chain, w->secret[key]);
    uint8_t digest[32];
    weal_vote_digest(digest, w->chain, v->kind, v->term, v->view, v->parent_view, v->digest);
    oracle(w, v->signature, digest, key);
    return true;
}

/* With the oracle, everything but the curve is done as weal_vote_verify_var does it. */
bool sim_vote_valid(struct sim_world *w, uint32_t term, const struct weal_vote *v) {
    struct sim_term *t = sim_term(w, term);
    if (w->real) {
        const struct weal_cert_context c = {w->chain, term, &t->set, w->cache};
        return weal_vote_verify_var(&c, v) == WEAL_ACCEPT;
    }
    if (v->kind < 1 || v->kind > 3 || v->term != term || v->signer >= t->set.n || v->view < 1 ||
        v->parent_view >= v->view || v->view >= UINT64_MAX / 2)
        return false;
    if (v->kind == WEAL_VOTE_NULLIFY && (v->parent_view != 0 || !weal_is_zero32(v->digest)))
        return false;
    uint8_t digest[32], sig[64];
    weal_vote_digest(digest, w->chain, v->kind, v->term, v->view, v->parent_view, v->digest);
    oracle(w, sig, digest, t->key_of[v->signer]);
    return memcmp(sig, v->signature, 64) == 0;
}

bool sim_cert_valid(struct sim_world *w, uint32_t term, const struct weal_certificate *x) {
    struct sim_term *t = sim_term(w, term);
    if (w->real) {
        const struct weal_cert_context c = {w->chain, term, &t->set, w->cache};
        return weal_cert_verify_var(&c, x) == WEAL_ACCEPT;
    }
    if (x->kind < 1 || x->kind > 3 || x->term != term || x->view < 1 || x->parent_view >= x->view ||
        x->view >= UINT64_MAX / 2)
        return false;
    uint8_t digest[32], sig[64];
    uint64_t weight = 0;
    size_t at = 0;
    weal_vote_digest(digest, w->chain, x->kind, x->term, x->view, x->parent_view, x->digest);
    for (uint16_t i = 0; i < WEAL_SET_MAX; i++) {
        if (!weal_signers_has(x->signers, i)) continue;
        if (i >= t->set.n || x->signatures.n < at + 64) return false;
        oracle(w, sig, digest, t->key_of[i]);
        if (memcmp(sig, x->signatures.p + at, 64) != 0) return false;
        at += 64;
        weight += t->set.v[i].weight;
    }
    return at == x->signatures.n && weight >= t->quorum;
}

bool sim_proposal_valid(struct sim_world *w, uint32_t term, const struct weal_proposal *p) {
    struct sim_term *t = sim_term(w, term);
    if (w->real) {
        const struct weal_cert_context c = {w->chain, term, &t->set, w->cache};
        return weal_proposal_verify_var(&c, p) == WEAL_ACCEPT;
    }
    struct weal_vote v = {.kind = WEAL_VOTE_NOTARIZE,
                          .term = p->term,
                          .view = p->view,
                          .parent_view = p->parent_view,
                          .signer = p->signer};
    memcpy(v.digest, p->digest, 32);
    memcpy(v.signature, p->signature, 64);
    struct weal_justification j;
    struct weal_rd r = weal_rd(p->justification);
    weal_justification_get(&r, &j);
    if (!weal_rd_done(&r) || !sim_vote_valid(w, term, &v)) return false;
    if (j.parent_has && (j.parent.kind == WEAL_VOTE_NULLIFY || !sim_cert_valid(w, term, &j.parent)))
        return false;
    for (uint16_t i = 0; i < j.gaps_n; i++)
        if (j.gaps[i].kind != WEAL_VOTE_NULLIFY || !sim_cert_valid(w, term, &j.gaps[i]))
            return false;
    return true;
}
