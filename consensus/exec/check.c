/* SPDX-License-Identifier: ISC */
/* Transactions on arrival, and the questions the node asks of a state. */
#include "consensus/exec/act.h"

#include "crypto/sig/sig.h"

enum { CHECK_WRITES = 8 };

/* A context for reading a state as the next block's. */
static bool peek(struct weal_ctx *c, struct weal_exec *x, struct weal_draft *d,
                 struct weal_arena *arena, const struct weal_view *at, uint64_t now_ms) {
    if (weal_draft_init(d, at, arena, CHECK_WRITES) != WEAL_OK) return false;
    struct weal_st_chain chain;
    struct weal_ctx probe = {.d = d};
    struct weal_key k = weal_key(WEAL_T_CHAIN);
    if (!weal_chain_load(&probe, &k, &chain)) return false;
    uint64_t now = now_ms > chain.time_ms ? now_ms : chain.time_ms + 1;
    return weal_ctx_open(c, x, d, chain.height + 1, now);
}

enum weal_verdict weal_tx_info(struct weal_bytes tx, struct weal_tx_info *info) {
    struct weal_act_tx t;
    return weal_act_open(&t, tx, info);
}

/* The signatures of up to MANY transactions, and whose they are. */
enum { MANY = 64 };
struct signatures {
    size_t n;
    struct weal_tx_signed *of[MANY];
    uint8_t sig[MANY][64], hash[MANY][32], from[MANY][32];
};

/* False: it can't be read. */
static bool signatures_add(struct signatures *s, const uint8_t chain_id[32],
                           struct weal_tx_signed *t) {
    struct weal_act_tx act;
    struct weal_tx_info info;
    t->good = false;
    if (weal_act_open(&act, t->tx, &info) != WEAL_ACCEPT) return false;
    if (!act.pays) return true;
    memcpy(t->id, info.id, 32);
    memcpy(s->sig[s->n], act.payer.sig, 64);
    memcpy(s->from[s->n], act.payer.from, 32);
    weal_tx_signing_hash(s->hash[s->n], chain_id, &act.tx);
    s->of[s->n++] = t;
    return true;
}

static bool signatures_verify(struct signatures *s) {
    struct weal_sig_item item[MANY];
    bool good[MANY];
    for (size_t i = 0; i < s->n; i++)
        item[i] = (struct weal_sig_item){s->sig[i], s->hash[i], s->from[i]};
    bool all = weal_sig_verify_many_var(good, item, s->n);
    for (size_t i = 0; i < s->n; i++) s->of[i]->good = good[i];
    s->n = 0;
    return all;
}

bool weal_txs_signed_var(const uint8_t chain_id[32], struct weal_tx_signed *t, size_t n) {
    struct signatures s;
    bool all = true;
    s.n = 0;
    for (size_t i = 0; i < n; i++) {
        all &= signatures_add(&s, chain_id, &t[i]);
        if (s.n == MANY || i == n - 1) all &= signatures_verify(&s);
    }
    return all;
}

enum weal_verdict weal_tx_check(struct weal_exec *x, const struct weal_view *at,
                                struct weal_bytes tx, uint32_t item, struct weal_tx_info *info) {
    struct weal_act_tx t;
    struct weal_arena arena;
    struct weal_draft d;
    struct weal_ctx c;
    enum weal_verdict effect, v = weal_act_open(&t, tx, info);
    if (v != WEAL_ACCEPT) return v;
    weal_arena_init(&arena, x->scratch, WEAL_EXEC_SCRATCH);
    if (!peek(&c, x, &d, &arena, at, 0)) return WEAL_V_BLOCK_STATE;
    c.checking = true;
    c.item = item;
    v = weal_act_admit(&c, &t, info->id, &effect);
    info->account_nonce = t.pays ? c.sender.a.nonce : 0;
    info->proofs = c.proofs;
    return c.err == WEAL_OK ? v : WEAL_V_BLOCK_STATE;
}

/* ---- questions ---- */

enum { PEEK_BYTES = 32768 };

bool weal_exec_pending(const struct weal_view *at, uint64_t now_ms) {
    _Alignas(16) uint8_t mem[PEEK_BYTES];
    struct weal_arena arena;
    struct weal_draft d;
    struct weal_ctx c;
    weal_arena_init(&arena, mem, sizeof mem);
    if (!peek(&c, NULL, &d, &arena, at, now_ms)) return false;
    return weal_deadline_waits(&c, WEAL_CLOCK_HEIGHT, true) ||
           weal_deadline_waits(&c, WEAL_CLOCK_TIME, false);
}

/* One record of a view, decoded by get; false when missing or unreadable. */
#define READ(at, key, record, out)                                                                 \
    do {                                                                                           \
        struct weal_key k_ = (key);                                                                \
        struct weal_bytes v_;                                                                      \
        if (weal_view_get(at, weal_key_bytes(&k_), &v_) != WEAL_OK) return false;                  \
        struct weal_rd r_ = weal_rd(v_);                                                           \
        weal_##record##_get(&r_, out);                                                             \
        if (!weal_rd_done(&r_)) return false;                                                      \
    } while (0)

bool weal_exec_params(const struct weal_view *at, struct weal_params *out) {
    struct weal_st_params r;
    READ(at, weal_key(WEAL_T_PARAMS), st_params, &r);
    return weal_params_from_record(out, &r);
}

bool weal_exec_chain(const struct weal_view *at, struct weal_st_chain *out) {
    READ(at, weal_key(WEAL_T_CHAIN), st_chain, out);
    return true;
}

bool weal_exec_term(const struct weal_view *at, uint32_t term, struct weal_st_term *out) {
    struct weal_key k = weal_key(WEAL_T_TERM);
    weal_key_u32(&k, term);
    READ(at, k, st_term, out);
    return true;
}

static bool upgrade_at(const struct weal_view *at, uint64_t height, struct weal_st_upgrade *out) {
    READ(at, weal_key_of64(WEAL_T_UPGRADE, height), st_upgrade, out);
    return true;
}

bool weal_exec_too_old(const struct weal_view *at, uint64_t height, uint32_t *version) {
    struct weal_st_upgrade u;
    struct weal_st_chain chain;
    if (!weal_exec_chain(at, &chain)) return false;
    *version = upgrade_at(at, height, &u) ? u.version : chain.version;
    return *version > WEAL_PROTOCOL_VERSION;
}
