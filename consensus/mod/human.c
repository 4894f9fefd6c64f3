/* SPDX-License-Identifier: ISC */
/* The registry of humans: enrolment, strike, rotation, suspension, revocation, renewal, move.
 * Invariants: a key is registered once, ever; a (handle, suffix) points to exactly one record that
 * is not struck; every act of attestors counts up the record's serial, so none can be repeated.
 * No name, document or biometric is in here: handles are outputs of a threshold VOPRF. */
#include "consensus/mod/attest.h"
#include "consensus/mod/human_int.h"

/* ---- shared checks ---- */

static enum weal_verdict paths_form(struct weal_bytes jurisdiction, struct weal_bytes pool) {
    if (!weal_jurisdiction_valid(jurisdiction)) return WEAL_V_HUMAN_JURISDICTION;
    if (!weal_jurisdiction_valid(pool) || !weal_jurisdiction_prefix(pool, jurisdiction)) {
        return WEAL_V_HUMAN_POOL;
    }
    return WEAL_ACCEPT;
}

static enum weal_verdict key_fresh(struct weal_ctx *c, const uint8_t key[32]) {
    struct weal_key k = weal_key_of32(WEAL_T_HUMAN, key);
    if (weal_has(c, &k)) return WEAL_V_HUMAN_KEY_KNOWN;
    k = weal_key_of32(WEAL_T_NOTE, key);
    if (weal_has(c, &k)) return WEAL_V_HUMAN_KEY_NOTE;
    k = weal_key_of32(WEAL_T_SEAT, key);
    if (weal_has(c, &k)) return WEAL_V_HUMAN_KEY_KNOWN;
    return weal_point_valid(key) ? WEAL_ACCEPT : WEAL_V_HUMAN_KEY;
}

/* Record, serial and status of an act on an existing record; statuses is a bit mask. */
static enum weal_verdict on_record(struct weal_ctx *c, const uint8_t key[32], uint32_t serial,
                                   unsigned statuses, struct weal_human *h) {
    if (!weal_human_get(c, key, h)) return WEAL_V_HUMAN_UNKNOWN;
    if (!(statuses >> h->r.status & 1u)) return WEAL_V_HUMAN_STATUS;
    return serial == h->r.serial + 1 ? WEAL_ACCEPT : WEAL_V_HUMAN_SERIAL;
}
#define IS(status) (1u << WEAL_HUMAN_##status)

/* ---- enrol ---- */

static enum weal_verdict enrol_form(const struct weal_tx *tx) {
    const struct weal_human_enrol *e = &tx->act.human_enrol;
    if (e->handles_n == 0) return WEAL_V_HUMAN_HANDLES;
    for (unsigned i = 1; i < e->handles_n; i++) {
        if (memcmp(e->handles[i - 1].handle, e->handles[i].handle, 32) >= 0) {
            return WEAL_V_HUMAN_HANDLES;
        }
    }
    for (unsigned i = 0; e->invite_has && i < e->invite.path_n; i++) {
        if (e->invite.path[i].right > 1) return WEAL_V_ENCODING;
    }
    return paths_form(e->jurisdiction, e->pool);
}

static void enrol_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    const struct weal_human_enrol *e = &tx->act.human_enrol;
    info->valid_until = e->valid_until;
    weal_reserve(info, e->key);
    for (unsigned i = 0; i < e->handles_n; i++) weal_reserve(info, e->handles[i].handle);
}

static enum weal_verdict pilot_check(struct weal_ctx *c, const struct weal_human_enrol *e) {
    struct weal_st_quorum q;
    if (!weal_quorum_get(c, &q)) return WEAL_V_ATTEST_UNKNOWN;
    if (weal_is_zero32(q.pilot)) return e->invite_has ? WEAL_V_PILOT_OVER : WEAL_ACCEPT;
    if (!e->invite_has) return WEAL_V_PILOT_INVITE;
    uint8_t at[32];
    weal_pilot_leaf(at, e->key);
    for (unsigned i = 0; i < e->invite.path_n; i++) {
        const struct weal_tx_path *s = &e->invite.path[i];
        uint8_t up[32];
        weal_pilot_node(up, s->right ? at : s->hash, s->right ? s->hash : at);
        memcpy(at, up, 32);
    }
    return memcmp(at, q.pilot, 32) == 0 ? WEAL_ACCEPT : WEAL_V_PILOT_INVITE;
}

static enum weal_verdict enrol_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_enrol *e = &tx->act.human_enrol;
    bool grave = false;
    if (c->height > e->valid_until) return WEAL_V_TX_EXPIRED;
    if (e->valid_until - c->height > c->p.valid_blocks_max) return WEAL_V_TX_VALID_FAR;
    enum weal_verdict v = key_fresh(c, e->key);
    if (v != WEAL_ACCEPT) return v;
    for (unsigned i = 0; i < e->handles_n; i++) {
        const struct weal_tx_handle *h = &e->handles[i];
        struct weal_key k = weal_handle_key(h->handle, h->suffix);
        if (weal_has(c, &k)) return WEAL_V_HUMAN_HANDLE_KNOWN;
        if (h->suffix == 0) continue;
        grave = true;
        k = weal_handle_key(h->handle, (uint16_t)(h->suffix - 1));
        if (!weal_has(c, &k)) return WEAL_V_HUMAN_SUFFIX;
    }
    v = pilot_check(c, e);
    if (v != WEAL_ACCEPT) return v;
    uint64_t mask;
    return weal_attest_check(c, e->attests, e->attests_n, grave, 0, &mask);
}

static enum weal_verdict enrol_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_enrol *e = &tx->act.human_enrol;
    enum weal_verdict v = weal_prove_pop(c, e->key, WEAL_ROLE_KEY, e->pop);
    return v != WEAL_ACCEPT ? v : weal_attest_prove(c, e->attests, e->attests_n);
}

static enum weal_verdict enrol_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_enrol *e = &tx->act.human_enrol;
    struct weal_human h = {.r = {
                               .status = WEAL_HUMAN_CHALLENGE,
                               .enrolled_ms = c->now_ms,
                               .challenge_ms = c->now_ms + c->p.challenge_ms,
                               .valid_ms = c->now_ms + c->p.validity_ms,
                           }};
    memcpy(h.key, e->key, 32);
    weal_human_path(&h, 0, e->jurisdiction);
    weal_human_path(&h, 1, e->pool);
    h.r.handles_n = e->handles_n;
    for (unsigned i = 0; i < e->handles_n; i++) {
        memcpy(h.r.handles[i].handle, e->handles[i].handle, 32);
        h.r.handles[i].suffix = e->handles[i].suffix;
        struct weal_key k = weal_handle_key(e->handles[i].handle, e->handles[i].suffix);
        struct weal_st_handle r;
        memcpy(r.key, e->key, 32);
        weal_handle_store(c, &k, &r);
    }
    weal_human_put(c, &h);
    uint8_t what[40];
    memcpy(what, h.key, 32);
    weal_put_le64(what + 32, c->chain.stopped_ms);
    weal_deadline_add(c, WEAL_CLOCK_TIME, h.r.challenge_ms, WEAL_D_CHALLENGE, WEAL_BYTES(what));
    weal_human_remind(c, &h, WEAL_D_EXPIRY, h.r.valid_ms + c->p.renewal_grace_ms);
    return WEAL_ACCEPT;
}

/* ---- strike ---- */

static void drop_handles(struct weal_ctx *c, const struct weal_human *h) {
    for (unsigned i = 0; i < h->r.handles_n; i++) {
        struct weal_key k = weal_handle_key(h->r.handles[i].handle, h->r.handles[i].suffix);
        weal_drop(c, &k);
    }
}

static enum weal_verdict strike_form(const struct weal_tx *tx) {
    uint8_t reason = tx->act.human_strike.reason;
    return reason >= 1 && reason <= 4 ? WEAL_ACCEPT : WEAL_V_HUMAN_REASON;
}
static void strike_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.human_strike.key);
}
static enum weal_verdict strike_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_strike *s = &tx->act.human_strike;
    struct weal_human h;
    enum weal_verdict v = on_record(c, s->key, s->serial, ~0u, &h);
    if (v != WEAL_ACCEPT) return v;
    if (h.r.status != WEAL_HUMAN_CHALLENGE) return WEAL_V_HUMAN_CHALLENGE_OVER;
    uint64_t mask;
    return weal_attest_check(c, s->attests, s->attests_n, false, 0, &mask);
}
static enum weal_verdict strike_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    return weal_attest_prove(c, tx->act.human_strike.attests, tx->act.human_strike.attests_n);
}
static enum weal_verdict strike_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    struct weal_human h;
    if (!weal_human_get(c, tx->act.human_strike.key, &h)) return WEAL_V_HUMAN_UNKNOWN;
    h.r.status = WEAL_HUMAN_STRUCK;
    h.r.serial++;
    drop_handles(c, &h);
    weal_human_put(c, &h);
    return WEAL_ACCEPT;
}

/* ---- rotate ---- */

static enum weal_verdict rotate_form(const struct weal_tx *tx) {
    const struct weal_human_rotate *r = &tx->act.human_rotate;
    if (memcmp(r->old_key, r->new_key, 32) == 0) return WEAL_V_HUMAN_ROTATE_SAME;
    return weal_jurisdiction_valid(r->pool) ? WEAL_ACCEPT : WEAL_V_HUMAN_POOL;
}
static void rotate_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.human_rotate.old_key);
    weal_reserve(info, tx->act.human_rotate.new_key);
}
static enum weal_verdict rotate_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_rotate *r = &tx->act.human_rotate;
    struct weal_human h;
    enum weal_verdict v = on_record(c, r->old_key, r->serial,
                                    IS(LIVE) | IS(SUSPENDED) | IS(REVOKED) | IS(EXPIRED), &h);
    if (v == WEAL_ACCEPT) v = key_fresh(c, r->new_key);
    if (v != WEAL_ACCEPT) return v;
    if (!weal_jurisdiction_prefix(r->pool, h.r.jurisdiction)) return WEAL_V_HUMAN_POOL;
    bool grave = !r->old_has || h.r.status == WEAL_HUMAN_REVOKED;
    uint64_t mask;
    return weal_attest_check(c, r->attests, r->attests_n, grave, 0, &mask);
}
static enum weal_verdict rotate_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_rotate *r = &tx->act.human_rotate;
    enum weal_verdict v = weal_prove_pop(c, r->new_key, WEAL_ROLE_KEY, r->pop);
    if (v == WEAL_ACCEPT && r->old_has) {
        v = weal_prove_pop(c, r->old_key, WEAL_ROLE_OLD_KEY, r->old.pop);
    }
    return v != WEAL_ACCEPT ? v : weal_attest_prove(c, r->attests, r->attests_n);
}
static enum weal_verdict rotate_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_rotate *r = &tx->act.human_rotate;
    struct weal_human old, new;
    if (!weal_human_get(c, r->old_key, &old)) return WEAL_V_HUMAN_UNKNOWN;
    new = old; /* evidence, place of living and an announced revocation go with the person */
    memcpy(new.key, r->new_key, 32);
    weal_human_path(&new, 0, old.r.jurisdiction);
    weal_human_path(&new, 1, r->pool);
    weal_human_path(&new, 2, old.r.to_jurisdiction);
    weal_human_path(&new, 3, old.r.to_pool);
    bool lapsed = old.r.status == WEAL_HUMAN_REVOKED || old.r.status == WEAL_HUMAN_EXPIRED;
    new.r.status = WEAL_HUMAN_LIVE;
    new.r.place = WEAL_PLACE_HELD;
    new.r.serial = 0;
    new.r.window = new.r.entry = 0;
    new.r.suspended_ms = 0;
    new.r.hold_ms = weal_epoch_start(&c->p, c->chain.genesis_ms, c->epoch + c->p.rotation_epochs);
    new.r.lease_year = (uint16_t)(weal_year_of(c->now_ms) + 1);
    if (lapsed) new.r.valid_ms = c->now_ms + c->p.validity_ms;
    old.r.status = WEAL_HUMAN_ROTATED;
    old.r.serial++;
    old.r.revoke_ms = old.r.move_ms = 0;
    memcpy(old.r.successor, r->new_key, 32);
    weal_human_leave(c, &old);
    for (unsigned i = 0; i < new.r.handles_n; i++) {
        struct weal_key k = weal_handle_key(new.r.handles[i].handle, new.r.handles[i].suffix);
        struct weal_st_handle ref;
        memcpy(ref.key, r->new_key, 32);
        weal_handle_store(c, &k, &ref);
    }
    weal_human_put(c, &new);
    weal_human_remind(c, &new, WEAL_D_HOLD, new.r.hold_ms);
    weal_human_remind(c, &new, WEAL_D_EXPIRY, new.r.valid_ms + c->p.renewal_grace_ms);
    if (new.r.revoke_ms != 0) weal_human_remind(c, &new, WEAL_D_REVOCATION, new.r.revoke_ms);
    if (new.r.move_ms != 0) weal_human_remind(c, &new, WEAL_D_MOVE, new.r.move_ms);
    return WEAL_ACCEPT;
}

/* ---- suspend ---- */

static void suspend_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.human_suspend.key);
}
static enum weal_verdict suspend_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_suspend *s = &tx->act.human_suspend;
    struct weal_human h;
    enum weal_verdict v = on_record(c, s->key, s->serial, IS(LIVE), &h);
    if (v != WEAL_ACCEPT) return v;
    uint64_t mask;
    return weal_attest_check(c, s->attests, s->attests_n, false, 0, &mask);
}
static enum weal_verdict suspend_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    return weal_attest_prove(c, tx->act.human_suspend.attests, tx->act.human_suspend.attests_n);
}
static enum weal_verdict suspend_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    struct weal_human h;
    if (!weal_human_get(c, tx->act.human_suspend.key, &h)) return WEAL_V_HUMAN_UNKNOWN;
    h.r.status = WEAL_HUMAN_SUSPENDED;
    h.r.serial++;
    h.r.suspended_ms = c->now_ms + c->p.suspension_ms;
    weal_human_leave(c, &h);
    weal_human_remind(c, &h, WEAL_D_SUSPENSION, h.r.suspended_ms);
    return WEAL_ACCEPT;
}

/* ---- revoke, withdraw ---- */

static enum weal_verdict revoke_form(const struct weal_tx *tx) {
    uint8_t reason = tx->act.human_revoke.reason;
    return reason >= 1 && reason <= 6 ? WEAL_ACCEPT : WEAL_V_HUMAN_REASON;
}
static void revoke_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.human_revoke.key);
}
static enum weal_verdict revoke_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_revoke *r = &tx->act.human_revoke;
    struct weal_human h;
    enum weal_verdict v = on_record(c, r->key, r->serial, IS(LIVE) | IS(SUSPENDED), &h);
    if (v != WEAL_ACCEPT) return v;
    if (h.r.revoke_ms != 0) return WEAL_V_HUMAN_STATUS;
    uint64_t mask;
    return weal_attest_check(c, r->attests, r->attests_n, true, 0, &mask);
}
static enum weal_verdict revoke_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    return weal_attest_prove(c, tx->act.human_revoke.attests, tx->act.human_revoke.attests_n);
}
static enum weal_verdict revoke_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_revoke *r = &tx->act.human_revoke;
    struct weal_human h;
    if (!weal_human_get(c, r->key, &h)) return WEAL_V_HUMAN_UNKNOWN;
    h.r.serial++;
    h.r.revoke_ms = c->now_ms + c->p.revocation_delay_ms;
    h.r.revokers = 0;
    for (unsigned i = 0; i < r->attests_n; i++) {
        h.r.revokers |= UINT64_C(1) << r->attests[i].attestor;
    }
    weal_human_put(c, &h);
    weal_human_remind(c, &h, WEAL_D_REVOCATION, h.r.revoke_ms);
    return WEAL_ACCEPT;
}

static void withdraw_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.human_withdraw.key);
}
static enum weal_verdict withdraw_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_withdraw *w = &tx->act.human_withdraw;
    struct weal_human h;
    enum weal_verdict v = on_record(c, w->key, w->serial, IS(LIVE) | IS(SUSPENDED), &h);
    if (v != WEAL_ACCEPT) return v;
    if (h.r.revoke_ms == 0) return WEAL_V_HUMAN_STATUS;
    uint64_t mask;
    return weal_attest_check(c, w->attests, w->attests_n, false, h.r.revokers, &mask);
}
static enum weal_verdict withdraw_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    return weal_attest_prove(c, tx->act.human_withdraw.attests, tx->act.human_withdraw.attests_n);
}
static enum weal_verdict withdraw_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    struct weal_human h;
    if (!weal_human_get(c, tx->act.human_withdraw.key, &h)) return WEAL_V_HUMAN_UNKNOWN;
    h.r.serial++;
    h.r.revoke_ms = 0;
    h.r.revokers = 0;
    weal_human_put(c, &h);
    return WEAL_ACCEPT;
}

/* ---- renew ---- */

static void renew_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.human_renew.key);
}
static enum weal_verdict renew_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_renew *r = &tx->act.human_renew;
    struct weal_human h;
    enum weal_verdict v = on_record(c, r->key, r->serial, IS(LIVE) | IS(SUSPENDED), &h);
    if (v != WEAL_ACCEPT) return v;
    if (c->now_ms + c->p.renewal_ms < h.r.valid_ms) return WEAL_V_HUMAN_RENEWAL_EARLY;
    uint64_t mask;
    return weal_attest_check(c, r->attests, r->attests_n, false, 0, &mask);
}
static enum weal_verdict renew_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_renew *r = &tx->act.human_renew;
    enum weal_verdict v = weal_prove_pop(c, r->key, WEAL_ROLE_KEY, r->pop);
    return v != WEAL_ACCEPT ? v : weal_attest_prove(c, r->attests, r->attests_n);
}
static enum weal_verdict renew_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    struct weal_human h;
    if (!weal_human_get(c, tx->act.human_renew.key, &h)) return WEAL_V_HUMAN_UNKNOWN;
    h.r.serial++;
    h.r.valid_ms += c->p.validity_ms; /* from the end of the validity, not from today */
    weal_human_put(c, &h);
    weal_human_remind(c, &h, WEAL_D_EXPIRY, h.r.valid_ms + c->p.renewal_grace_ms);
    return WEAL_ACCEPT;
}

/* ---- move ---- */

static enum weal_verdict move_form(const struct weal_tx *tx) {
    return paths_form(tx->act.human_move.jurisdiction, tx->act.human_move.pool);
}
static void move_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.human_move.key);
}
static enum weal_verdict move_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_move *m = &tx->act.human_move;
    struct weal_human h;
    enum weal_verdict v = on_record(c, m->key, m->serial, IS(LIVE), &h);
    if (v != WEAL_ACCEPT) return v;
    if (h.r.move_ms != 0) return WEAL_V_HUMAN_COOL_DOWN;
    uint64_t mask;
    return weal_attest_check(c, m->attests, m->attests_n, false, 0, &mask);
}
static enum weal_verdict move_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_move *m = &tx->act.human_move;
    enum weal_verdict v = weal_prove_pop(c, m->key, WEAL_ROLE_KEY, m->pop);
    return v != WEAL_ACCEPT ? v : weal_attest_prove(c, m->attests, m->attests_n);
}
static enum weal_verdict move_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_human_move *m = &tx->act.human_move;
    struct weal_human h;
    if (!weal_human_get(c, m->key, &h)) return WEAL_V_HUMAN_UNKNOWN;
    h.r.serial++;
    h.r.move_ms = c->now_ms + c->p.cool_down_ms;
    weal_human_path(&h, 2, m->jurisdiction);
    weal_human_path(&h, 3, m->pool);
    weal_human_put(c, &h);
    weal_human_remind(c, &h, WEAL_D_MOVE, h.r.move_ms);
    return WEAL_ACCEPT;
}

#define ACT(KIND, title, tie, stem, form_fn)                                                       \
    {                                                                                              \
        WEAL_TX_HUMAN_##KIND, WEAL_EXEC_HUMAN, title, WEAL_RING_NONE, NULL, tie, form_fn,          \
            stem##_reserve, stem##_check, stem##_prove, stem##_apply                               \
    }
static const struct weal_act ACTS[] = {
    ACT(ENROL, "human.enrol", "public by design: key, handles, jurisdiction; no ring", enrol,
        enrol_form),
    ACT(STRIKE, "human.strike", "public record; no ring", strike, strike_form),
    ACT(ROTATE, "human.rotate", "public record; no ring; the new key is dealt six epochs later",
        rotate, rotate_form),
    ACT(SUSPEND, "human.suspend", "public record; no ring", suspend, NULL),
    ACT(REVOKE, "human.revoke", "public record; no ring", revoke, revoke_form),
    ACT(WITHDRAW, "human.withdraw", "public record; no ring", withdraw, NULL),
    ACT(RENEW, "human.renew", "public record; no ring", renew, NULL),
    ACT(MOVE, "human.move", "public record; no ring", move, move_form),
    {WEAL_TX_ATTESTOR_RENEW, WEAL_EXEC_HUMAN, "attestor.renew", WEAL_RING_NONE, NULL,
     "commitments of shares; names no person", weal_attest_renew_form, weal_attest_renew_reserve,
     weal_attest_renew_check, weal_attest_renew_prove, weal_attest_renew_apply},
};
const struct weal_mod weal_mod_human = {
    .name = "human",
    .acts = ACTS,
    .acts_n = sizeof ACTS / sizeof *ACTS,
    .due = weal_human_due,
};
