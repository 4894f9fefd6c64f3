/* SPDX-License-Identifier: ISC */
/* A transaction's way: form, admission, effect. The rule of failing: an account act that was
 * admitted pays and counts whatever its effect; anything else takes effect or cannot be in a block.
 */
#include "consensus/exec/act.h"

#include "crypto/sig/sig.h"

bool weal_payer_of(const struct weal_tx *tx, struct weal_payer *out) {
#define PAYER(field, asset_, sigs)                                                                 \
    *out = (struct weal_payer){tx->act.field.from,                                                 \
                               tx->act.field.sig,                                                  \
                               tx->act.field.nonce,                                                \
                               tx->act.field.fee,                                                  \
                               tx->act.field.valid_until,                                          \
                               asset_,                                                             \
                               sigs};                                                              \
    return true
    switch (tx->act_kind) {
    case WEAL_TX_TRANSFER:
        PAYER(transfer, (enum weal_asset)tx->act.transfer.asset, 1);
    case WEAL_TX_SEAT_BIND:
        PAYER(seat_bind, WEAL_ASSET_IT, 2);
    case WEAL_TX_SEAT_BOND:
        PAYER(seat_bond, WEAL_ASSET_IT, 1);
    case WEAL_TX_SEAT_UNBOND:
        PAYER(seat_unbond, WEAL_ASSET_IT, 1);
    case WEAL_TX_SEAT_RETURN:
        PAYER(seat_return, WEAL_ASSET_IT, 1);
    default:
        return false;
    }
#undef PAYER
}

uint64_t weal_fee_due(const struct weal_ctx *c, size_t bytes, unsigned signatures) {
    if (c->chain.body_bytes < c->p.block_bytes_max / 4) return 0;
    return bytes * c->p.fee_byte_micro + signatures * c->p.fee_sig_micro;
}

enum weal_verdict weal_act_open(struct weal_act_tx *t, struct weal_bytes bytes,
                                struct weal_tx_info *info) {
    memset(info, 0, sizeof *info);
    weal_tx_id(info->id, bytes);
    info->valid_until = UINT64_MAX;
    if (bytes.n > WEAL_TX_SIZE_MAX) return WEAL_V_ENCODING;
    if (bytes.n != 0 && bytes.p[0] != WEAL_TX_VERSION) return WEAL_V_TX_VERSION;
    if (!weal_tx_decode(&t->tx, bytes)) return WEAL_V_ENCODING;
    t->bytes = bytes;
    t->act = weal_act_find(t->tx.act_kind);
    WEAL_ASSERT(t->act); /* the codec knows no other kinds */
    t->pays = weal_payer_of(&t->tx, &t->payer);
    info->kind = t->tx.act_kind;
    info->lane = t->act->lane;
    info->bytes = (uint32_t)bytes.n;
    if (t->pays) {
        memcpy(info->sender, t->payer.from, 32);
        info->nonce = t->payer.nonce;
        info->fee = t->payer.fee;
        info->valid_until = t->payer.valid_until;
        uint64_t thousand;
        bool fits = !__builtin_mul_overflow(info->fee, UINT64_C(1000), &thousand);
        info->fee_rate = fits ? thousand / bytes.n : UINT64_MAX / bytes.n;
    }
    if (t->act->form) {
        enum weal_verdict v = t->act->form(&t->tx);
        if (v != WEAL_ACCEPT) return v;
    }
    if (t->act->reserve) t->act->reserve(&t->tx, info);
    return WEAL_ACCEPT;
}

/* ---- account acts ---- */

static enum weal_verdict payer_check(struct weal_ctx *c, const struct weal_act_tx *t) {
    const struct weal_payer *p = &t->payer;
    if (c->height > p->valid_until) return WEAL_V_TX_EXPIRED;
    if (p->valid_until - c->height > c->p.valid_blocks_max) return WEAL_V_TX_VALID_FAR;
    if (p->fee < weal_fee_due(c, t->bytes.n, p->signatures)) return WEAL_V_TX_FEE_LOW;
    weal_acct_load(c, p->from, &c->sender);
    uint64_t last = c->sender.a.nonce;
    if (p->nonce <= last) return WEAL_V_TX_NONCE_USED;
    if (p->nonce - last > (c->checking ? WEAL_EXEC_NONCES_AHEAD : 1)) return WEAL_V_TX_NONCE_GAP;
    /* an account without any of the asset cannot even fail for free */
    if (weal_acct_balance(&c->sender, p->asset) == 0) return WEAL_V_TX_FEE_UNPAID;
    return weal_acct_take(&c->sender, p->asset, p->fee) ? WEAL_ACCEPT : WEAL_V_TX_FEE_UNPAID;
}

static enum weal_verdict payer_signature(struct weal_ctx *c, const struct weal_act_tx *t) {
    const struct weal_exec_cache *m = &c->x->cache;
    if (m->known && m->known(m->ctx, c->id)) return WEAL_ACCEPT;
    if (c->known_only) return m->known ? WEAL_V_TX_SIGNATURE : WEAL_ACCEPT;
    if (!weal_sig_verify_var(t->payer.sig, c->hash, t->payer.from)) return WEAL_V_TX_SIGNATURE;
    if (m->note) m->note(m->ctx, c->id);
    return WEAL_ACCEPT;
}

/* Half of a fee in IT is burned, the odd micro-unit with it, half is the proposer's; a fee in IBC
 * is burned whole. */
static void share_fee(struct weal_ctx *c, const struct weal_payer *p) {
    uint64_t reward = p->asset == WEAL_ASSET_IT ? p->fee / 2 : 0;
    c->tally.reward += reward;
    weal_supply_burn(c, p->asset, p->fee - reward);
}

/* ---- the way ---- */

enum weal_verdict weal_act_admit(struct weal_ctx *c, const struct weal_act_tx *t,
                                 const uint8_t id[32], enum weal_verdict *effect) {
    enum weal_verdict v;
    *effect = WEAL_ACCEPT;
    c->tx = &t->tx;
    c->proofs = 0;
    memcpy(c->id, id, 32);
    if (t->pays) {
        v = payer_check(c, t);
        if (v != WEAL_ACCEPT) return v;
    }
    if (t->act->check) {
        v = t->act->check(c, &t->tx);
        if (v != WEAL_ACCEPT && (!t->pays || c->checking)) return v;
        *effect = v;
    }
    /* what costs: only now */
    weal_tx_signing_hash(c->hash, c->x->chain_id, &t->tx);
    if (t->pays) {
        v = payer_signature(c, t);
        if (v != WEAL_ACCEPT) return v;
    }
    return t->act->prove && *effect == WEAL_ACCEPT ? t->act->prove(c, &t->tx) : WEAL_ACCEPT;
}

enum weal_verdict weal_act_execute(struct weal_ctx *c, const struct weal_act_tx *t,
                                   enum weal_verdict effect, enum weal_verdict *code) {
    struct weal_acct paid = {.exists = false};
    struct weal_ctx_mark mark = {0};
    *code = effect;
    if (t->pays) {
        share_fee(c, &t->payer);
        c->sender.a.nonce = t->payer.nonce;
        paid = c->sender;
        mark = weal_ctx_mark(c);
    }
    if (effect == WEAL_ACCEPT) {
        enum weal_verdict v = t->act->apply(c, &t->tx);
        if (v != WEAL_ACCEPT && !t->pays) return v;
        if (v != WEAL_ACCEPT) {
            weal_ctx_rewind(c, &mark);
            c->sender = paid;
            *code = v;
        }
    }
    if (t->pays) weal_acct_store(c, t->payer.from, &c->sender);
    return c->err == WEAL_OK ? WEAL_ACCEPT : WEAL_V_BLOCK_STATE;
}
