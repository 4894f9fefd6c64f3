/* SPDX-License-Identifier: ISC */
/* Blocks: header rules, begin, transactions, end; verifying one and building one are the same walk
 * with another source of transactions. */
#include "consensus/exec/act.h"
#include "consensus/light/roots.h"
#include "consensus/light/set.h"
#include "crypto/hash/hash.h"

/* ---- bodies ---- */

struct weal_body_iter weal_body_iter(struct weal_bytes body) {
    return (struct weal_body_iter){weal_rd(body), false};
}
bool weal_body_next(struct weal_body_iter *it, struct weal_bytes *tx) {
    if (it->bad || it->rd.n == 0) return false;
    uint32_t n = weal_rd_u32(&it->rd);
    *tx = weal_rd_view(&it->rd, n);
    it->bad = it->rd.failed || n == 0;
    return !it->bad;
}

/* ---- a block in execution ---- */

struct run {
    struct weal_ctx c;
    struct weal_set set;
    struct weal_roots txs, codes;
    struct weal_receipt *receipts;
    uint32_t receipts_max, n;
    uint32_t version;
};

void weal_exec_beacon_message(uint8_t out[32], const uint8_t chain_id[32], uint32_t term,
                              uint64_t view, const uint8_t parent_id[32]) {
    uint8_t num[12];
    weal_put_le32(num, term);
    weal_put_le64(num + 4, view);
    struct weal_bytes parts[3] = {{chain_id, 32}, WEAL_BYTES(num), {parent_id, 32}};
    weal_hash256(out, WEAL_TAG_BEACON_MSG, parts, 3);
}

/* fill: where a proposer's header gets the version in force; NULL to check it. */
static enum weal_verdict header_check(struct run *r, const struct weal_header *h,
                                      struct weal_header *fill) {
    struct weal_ctx *c = &r->c;
    struct weal_key k = weal_key_of64(WEAL_T_UPGRADE, c->height);
    struct weal_st_upgrade u;
    r->version = weal_upgrade_load(c, &k, &u) ? u.version : c->chain.version;
    if (r->version > WEAL_PROTOCOL_VERSION) return WEAL_V_BLOCK_TOO_NEW;
    if (fill) fill->version = (uint16_t)r->version;
    if (h->version != r->version) return WEAL_V_BLOCK_VERSION;
    if (memcmp(h->chain, c->x->chain_id, 32) != 0) return WEAL_V_BLOCK_CHAIN;
    if (h->height != c->chain.height + 1) return WEAL_V_BLOCK_HEIGHT;
    if (h->term != c->term) return WEAL_V_BLOCK_TERM;
    if (h->time_ms <= c->chain.time_ms) return WEAL_V_BLOCK_TIME;
    if (!weal_seat_set(c, c->term, &r->set)) return WEAL_V_BLOCK_STATE;
    if (h->proposer >= r->set.n) return WEAL_V_BLOCK_PROPOSER;
    return weal_prove_beacon(c, h, r->set.v[h->proposer].seat);
}

/* ---- begin ---- */

static void note_stop(struct weal_ctx *c) {
    uint64_t gap = c->now_ms - c->chain.time_ms;
    if (c->chain.height != 0 && gap > c->p.stop_ms) c->chain.stopped_ms += gap;
}

/* Records of the epochs that begin with this block, with the stops before their start: what lies
 * of a stop after the start of an epoch counts for that epoch. */
static void note_epochs(struct weal_ctx *c, uint64_t stopped_before) {
    uint32_t from = weal_epoch_at(&c->p, c->chain.genesis_ms, c->chain.time_ms);
    uint64_t stop = c->chain.stopped_ms - stopped_before;
    enum { BACK_MAX = 256 };
    uint32_t e = c->epoch - from > BACK_MAX ? c->epoch - BACK_MAX : from + 1;
    for (; e <= c->epoch; e++) {
        uint64_t start = weal_epoch_start(&c->p, c->chain.genesis_ms, e);
        struct weal_st_epoch r = {.stopped_ms = stopped_before};
        if (stop != 0) r.stopped_ms += start - c->chain.time_ms;
        struct weal_key k = weal_key(WEAL_T_EPOCH);
        weal_key_u32(&k, e);
        weal_epoch_store(c, &k, &r);
        if (e == c->epoch) c->tally.stats = r;
    }
    for (unsigned m = 0; weal_mods[m]; m++) {
        if (c->epoch != from && weal_mods[m]->epoch) weal_mods[m]->epoch(c, from);
    }
}

static void begin(struct run *r) {
    struct weal_ctx *c = &r->c;
    uint64_t stopped = c->chain.stopped_ms;
    note_stop(c);
    note_epochs(c, stopped);
    weal_deadlines_run(c);
}

static enum weal_verdict start(struct run *r, struct weal_exec *x, struct weal_draft *draft,
                               const struct weal_header *h, struct weal_header *fill,
                               struct weal_receipt *receipts, uint32_t receipts_max) {
    memset(&r->c, 0, sizeof r->c);
    r->receipts = receipts;
    r->receipts_max = receipts_max;
    r->n = 0;
    weal_roots_init(&r->txs);
    weal_roots_init(&r->codes);
    if (!weal_ctx_open(&r->c, x, draft, h->height, h->time_ms)) return WEAL_V_BLOCK_STATE;
    weal_proofs_begin(&r->c);
    enum weal_verdict v = header_check(r, h, fill);
    if (v != WEAL_ACCEPT) return v;
    begin(r);
    return WEAL_ACCEPT;
}

/* ---- transactions ---- */

static enum weal_verdict run_tx(struct run *r, struct weal_bytes bytes, struct weal_tx_info *info) {
    struct weal_act_tx t;
    enum weal_verdict effect, code, v;
    if (r->n == r->receipts_max || r->n == WEAL_EXEC_TXS_MAX) return WEAL_V_BLOCK_FULL;
    v = weal_act_open(&t, bytes, info);
    if (v != WEAL_ACCEPT) return v;
    r->c.item = r->n;
    v = weal_act_admit(&r->c, &t, info->id, &effect);
    if (v != WEAL_ACCEPT) return v;
    struct weal_ctx_mark mark = weal_ctx_mark(&r->c);
    v = weal_act_execute(&r->c, &t, effect, &code);
    if (v != WEAL_ACCEPT) {
        weal_ctx_rewind(&r->c, &mark);
        return v;
    }
    struct weal_receipt *out = &r->receipts[r->n++];
    memcpy(out->id, info->id, 32);
    out->code = code;
    uint8_t leaf[32 + 64];
    const char *name = weal_verdict_name(code);
    struct weal_wr w = weal_wr(leaf, sizeof leaf);
    weal_wr_copy(&w, info->id, 32);
    weal_wr_text(&w, name);
    weal_roots_add(&r->txs, weal_bytes(info->id, 32));
    weal_roots_add(&r->codes, weal_wr_done(&w));
    return WEAL_ACCEPT;
}

/* ---- end ---- */

static void pay_proposer(struct run *r, const struct weal_header *h) {
    struct weal_ctx *c = &r->c;
    uint64_t reward = c->tally.reward;
    if (reward == 0) return;
    const uint8_t *account = r->set.v[h->proposer].account;
    if (weal_acct_credit(c, account, WEAL_ASSET_IT, reward) != WEAL_ACCEPT) {
        weal_supply_burn(c, WEAL_ASSET_IT, reward);
    }
}

static bool conserved(const struct weal_ctx *c) {
    for (unsigned a = 1; a < WEAL_ASSETS; a++) {
        const struct weal_st_supply *s = &c->tally.supply[a];
        if (s->burned > s->minted || s->minted - s->burned != s->stored) return false;
    }
    return true;
}

static void set_hashes(struct weal_ctx *c, struct weal_exec_result *out) {
    struct weal_st_term t;
    for (unsigned next = 0; next <= 1; next++) {
        struct weal_key k = weal_key(WEAL_T_TERM);
        weal_key_u32(&k, c->term + next);
        uint8_t *to = next ? out->next_set_hash : out->set_hash;
        memset(to, 0, 32);
        if (weal_term_load(c, &k, &t)) memcpy(to, t.set_hash, 32);
    }
}

static enum weal_verdict finish(struct run *r, const struct weal_header *h, size_t body_n,
                                struct weal_exec_result *out) {
    struct weal_ctx *c = &r->c;
    pay_proposer(r, h);
    for (unsigned m = 0; weal_mods[m]; m++) {
        if (weal_mods[m]->end) weal_mods[m]->end(c, h);
    }
    if (!conserved(c)) return WEAL_V_BLOCK_CONSERVATION;
    c->chain.height = c->height;
    c->chain.time_ms = c->now_ms;
    c->chain.term = c->term;
    c->chain.body_bytes = (uint32_t)body_n;
    c->chain.version = r->version;
    weal_ctx_close(c);
    set_hashes(c, out);
    weal_roots_final(&r->txs, out->tx_root);
    weal_roots_final(&r->codes, out->receipt_root);
    out->txs = r->n;
    out->term_ends = c->height % c->p.term_blocks == 0;
    if (c->err != WEAL_OK) return WEAL_V_BLOCK_STATE;
    c->err = weal_draft_seal(c->d, &out->state);
    if (c->err != WEAL_OK) return WEAL_V_BLOCK_STATE;
    memcpy(out->state_root, weal_state_root(out->state), 32);
    return WEAL_ACCEPT;
}

static enum weal_verdict give_up(struct run *r, enum weal_verdict v, struct weal_exec_result *out) {
    weal_state_unref(out->state);
    out->state = NULL;
    out->err = r->c.err;
    return r->c.err != WEAL_OK ? WEAL_V_BLOCK_STATE : v;
}

/* ---- the two ways ---- */

static enum weal_verdict proofs_check(struct run *r, struct weal_exec_result *out) {
    if (weal_proofs_verify(&r->c, &out->culprit)) return WEAL_ACCEPT;
    return out->culprit == WEAL_EXEC_HEADER ? WEAL_V_BLOCK_BEACON : WEAL_V_TX_PROOF;
}

static enum weal_verdict roots_check(const struct weal_header *h,
                                     const struct weal_exec_result *out) {
    if (memcmp(h->set_hash, out->set_hash, 32) != 0) return WEAL_V_BLOCK_SET;
    if (memcmp(h->next_set_hash, out->next_set_hash, 32) != 0) return WEAL_V_BLOCK_SET;
    if (memcmp(h->receipt_root, out->receipt_root, 32) != 0) return WEAL_V_BLOCK_RECEIPT_ROOT;
    if (memcmp(h->state_root, out->state_root, 32) != 0) return WEAL_V_BLOCK_STATE_ROOT;
    return WEAL_ACCEPT;
}

enum weal_verdict weal_exec_block(struct weal_exec *x, struct weal_draft *draft,
                                  const struct weal_header *header, struct weal_bytes body,
                                  struct weal_receipt *receipts, uint32_t receipts_max,
                                  struct weal_exec_result *out) {
    struct run r;
    memset(out, 0, sizeof *out);
    out->culprit = UINT32_MAX;
    enum weal_verdict v = start(&r, x, draft, header, NULL, receipts, receipts_max);
    if (v != WEAL_ACCEPT) return give_up(&r, v, out);
    if (body.n > r.c.p.block_bytes_max) return give_up(&r, WEAL_V_BLOCK_SIZE, out);
    struct weal_body_iter it = weal_body_iter(body);
    struct weal_bytes tx;
    while (weal_body_next(&it, &tx)) {
        struct weal_tx_info info;
        v = run_tx(&r, tx, &info);
        if (v != WEAL_ACCEPT) {
            out->culprit = r.n;
            return give_up(&r, v, out);
        }
    }
    if (it.bad) return give_up(&r, WEAL_V_BLOCK_BODY, out);
    uint8_t root[32];
    weal_roots_final(&r.txs, root);
    if (memcmp(root, header->tx_root, 32) != 0) return give_up(&r, WEAL_V_BLOCK_TX_ROOT, out);
    v = proofs_check(&r, out);
    if (v != WEAL_ACCEPT) return give_up(&r, v, out);
    v = finish(&r, header, body.n, out);
    if (v == WEAL_ACCEPT) v = roots_check(header, out);
    return v == WEAL_ACCEPT ? v : give_up(&r, v, out);
}

/* Fills the body from one lane up to limit bytes; one that did not fit is kept for later. */
static void fill(struct run *r, const struct weal_exec_source *source, enum weal_exec_lane lane,
                 struct weal_wr *body, size_t limit, struct weal_bytes *kept) {
    while (r->c.err == WEAL_OK) {
        struct weal_bytes tx = *kept;
        *kept = weal_bytes(NULL, 0);
        if (!tx.p && !source->next(source->ctx, lane, &tx)) return;
        if (tx.n > limit || body->n + 4 > limit - tx.n) {
            if (!kept->p) *kept = tx;
            return;
        }
        struct weal_tx_info info;
        enum weal_verdict v = run_tx(r, tx, &info);
        if (v == WEAL_ACCEPT) {
            weal_wr_u32(body, (uint32_t)tx.n);
            weal_wr_bytes(body, tx);
        } else if (v == WEAL_V_BLOCK_FULL) {
            return;
        } else if (source->drop) {
            source->drop(source->ctx, info.id, v);
        }
    }
}

enum weal_verdict weal_exec_propose(struct weal_exec *x, struct weal_draft *draft,
                                    struct weal_header *header,
                                    const struct weal_exec_source *source, uint8_t *body,
                                    size_t cap, size_t *body_n, struct weal_receipt *receipts,
                                    uint32_t receipts_max, struct weal_exec_result *out) {
    struct run r;
    memset(out, 0, sizeof *out);
    out->culprit = UINT32_MAX;
    enum weal_verdict v = start(&r, x, draft, header, header, receipts, receipts_max);
    if (v != WEAL_ACCEPT) return give_up(&r, v, out);
    size_t max = cap < r.c.p.block_bytes_max ? cap : (size_t)r.c.p.block_bytes_max;
    struct weal_wr w = weal_wr(body, max);
    struct weal_bytes human = {NULL, 0}, fee = {NULL, 0};
    r.c.known_only = true;
    fill(&r, source, WEAL_EXEC_HUMAN, &w, max / 2, &human);
    fill(&r, source, WEAL_EXEC_FEE, &w, max, &fee);
    fill(&r, source, WEAL_EXEC_HUMAN, &w, max, &human);
    *body_n = w.n;
    v = proofs_check(&r, out); /* the beacon */
    if (v != WEAL_ACCEPT) return give_up(&r, v, out);
    v = finish(&r, header, w.n, out);
    if (v != WEAL_ACCEPT) return give_up(&r, v, out);
    memcpy(header->tx_root, out->tx_root, 32);
    memcpy(header->receipt_root, out->receipt_root, 32);
    memcpy(header->state_root, out->state_root, 32);
    memcpy(header->set_hash, out->set_hash, 32);
    memcpy(header->next_set_hash, out->next_set_hash, 32);
    return WEAL_ACCEPT;
}
