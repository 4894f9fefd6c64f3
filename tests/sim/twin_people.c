/* SPDX-License-Identifier: ISC */
/* The twin's registry of people: one array of records. Which handle is taken is not kept anywhere,
 * it is looked up in the records. */
#include <limits.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "tests/sim/twin.h"

/* ---- paths ---- */

bool twin_path_good(struct weal_bytes path) {
    unsigned in_part = 0;
    if (path.n < 2 || path.n > 24) return false;
    for (size_t i = 0; i <= path.n; i++) {
        if (i == path.n || path.p[i] == '-') {
            if (in_part < 1 || in_part > 8) return false;
            in_part = 0;
        } else if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", path.p[i]) && path.p[i] != 0) {
            in_part++;
        } else {
            return false;
        }
    }
    return true;
}

bool twin_path_within(const uint8_t *a, size_t a_n, struct weal_bytes b) {
    if (a_n == b.n) return memcmp(a, b.p, a_n) == 0;
    return a_n < b.n && memcmp(a, b.p, a_n) == 0 && b.p[a_n] == '-';
}

static struct twin_path path_of(struct weal_bytes b) {
    struct twin_path p = {.n = (uint8_t)b.n};
    memcpy(p.text, b.p, b.n);
    return p;
}

static enum weal_verdict paths_form(struct weal_bytes home, struct weal_bytes pool) {
    if (!twin_path_good(home)) return WEAL_V_HUMAN_JURISDICTION;
    if (!twin_path_good(pool) || !twin_path_within(pool.p, pool.n, home)) return WEAL_V_HUMAN_POOL;
    return WEAL_ACCEPT;
}

/* ---- records ---- */

struct twin_person *twin_person_of(struct twin *w, const uint8_t key[32]) {
    for (unsigned i = 0; i < w->people_n; i++)
        if (memcmp(w->people[i].key, key, 32) == 0) return &w->people[i];
    return NULL;
}

const struct twin_person *twin_person(const struct twin *w, const uint8_t key[32]) {
    for (unsigned i = 0; i < w->people_n; i++)
        if (memcmp(w->people[i].key, key, 32) == 0) return &w->people[i];
    return NULL;
}

static struct twin_person *new_person(struct twin *w, const uint8_t key[32]) {
    WEAL_ASSERT(w->people_n < TWIN_PEOPLE);
    struct twin_person *h = &w->people[w->people_n++];
    *h = (struct twin_person){.status = TWIN_CHALLENGE};
    memcpy(h->key, key, 32);
    return h;
}

/* Somebody who is not struck, and has not passed it on, holds it. */
static bool handle_taken(const struct twin *w, const uint8_t handle[32], unsigned suffix) {
    for (unsigned i = 0; i < w->people_n; i++) {
        const struct twin_person *h = &w->people[i];
        if (h->status == TWIN_STRUCK || h->status == TWIN_ROTATED) continue;
        for (unsigned k = 0; k < h->handles_n; k++)
            if (h->handles[k].suffix == suffix && memcmp(h->handles[k].handle, handle, 32) == 0)
                return true;
    }
    return false;
}

static enum weal_verdict new_key(const struct twin *w, const uint8_t key[32], bool point) {
    if (twin_person(w, key)) return WEAL_V_HUMAN_KEY_KNOWN;
    if (twin_note(w, key)) return WEAL_V_HUMAN_KEY_NOTE;
    if (twin_seat(w, key)) return WEAL_V_HUMAN_KEY_KNOWN;
    return point ? WEAL_ACCEPT : WEAL_V_HUMAN_KEY;
}

void twin_person_enter(struct twin *w, struct twin_person *h) {
    struct twin_waiting e = {.pool =
                                 twin_pool(w, TWIN_HUMANS, weal_bytes(h->pool.text, h->pool.n))};
    memcpy(e.key, h->key, 32);
    memcpy(e.owner, h->key, 32);
    h->place = TWIN_WAITS;
    twin_enter(w, e);
}

/* ---- enrolment ---- */

static enum weal_verdict enrol_form(const struct weal_human_enrol *e) {
    if (e->handles_n < 1) return WEAL_V_HUMAN_HANDLES;
    for (unsigned i = 1; i < e->handles_n; i++)
        if (memcmp(e->handles[i - 1].handle, e->handles[i].handle, 32) >= 0)
            return WEAL_V_HUMAN_HANDLES;
    return paths_form(e->jurisdiction, e->pool);
}

static enum weal_verdict enrol_check(const struct twin *w, const struct weal_human_enrol *e,
                                     bool point) {
    unsigned needed = w->t;
    if (e->valid_until < w->height) return WEAL_V_TX_EXPIRED;
    if (e->valid_until > w->height + w->p.valid_blocks_max) return WEAL_V_TX_VALID_FAR;
    enum weal_verdict v = new_key(w, e->key, point);
    if (v != WEAL_ACCEPT) return v;
    for (unsigned i = 0; i < e->handles_n; i++) {
        const struct weal_tx_handle *h = &e->handles[i];
        if (handle_taken(w, h->handle, h->suffix)) return WEAL_V_HUMAN_HANDLE_KNOWN;
        if (h->suffix == 0) continue;
        needed = 2 * w->t;
        if (!handle_taken(w, h->handle, h->suffix - 1u)) return WEAL_V_HUMAN_SUFFIX;
    }
    if (e->invite_has) return WEAL_V_PILOT_OVER; /* no pilot in these networks */
    return twin_attested(w, e->attests, e->attests_n, needed, 0);
}

static void enrol_apply(struct twin *w, const struct weal_human_enrol *e) {
    struct twin_person *h = new_person(w, e->key);
    h->enrolled = w->now;
    h->challenge = w->now + w->p.challenge_ms;
    h->valid = w->now + w->p.validity_ms;
    h->home = path_of(e->jurisdiction);
    h->pool = path_of(e->pool);
    h->handles_n = e->handles_n;
    for (unsigned i = 0; i < e->handles_n; i++) {
        memcpy(h->handles[i].handle, e->handles[i].handle, 32);
        h->handles[i].suffix = e->handles[i].suffix;
    }
    twin_event(w, 1, h->challenge, ON_CHALLENGE, h->key)->a = w->stopped;
    twin_event(w, 1, h->valid + w->p.renewal_grace_ms, ON_EXPIRY, h->key);
}

/* ---- acts on a record ---- */

#define ONE(status) (1u << TWIN_##status)

/* The record, if it is in one of these states and this is the next act on it. */
static enum weal_verdict act_on(const struct twin *w, const uint8_t key[32], uint32_t serial,
                                unsigned states, const struct twin_person **h) {
    *h = twin_person(w, key);
    if (!*h) return WEAL_V_HUMAN_UNKNOWN;
    if ((states & 1u << (*h)->status) == 0) return WEAL_V_HUMAN_STATUS;
    return serial == (*h)->serial + 1 ? WEAL_ACCEPT : WEAL_V_HUMAN_SERIAL;
}

static enum weal_verdict strike_check(const struct twin *w, const struct weal_human_strike *s) {
    const struct twin_person *h;
    enum weal_verdict v = act_on(w, s->key, s->serial, UINT_MAX, &h);
    if (v != WEAL_ACCEPT) return v;
    if (h->status != TWIN_CHALLENGE) return WEAL_V_HUMAN_CHALLENGE_OVER;
    return twin_attested(w, s->attests, s->attests_n, w->t, 0);
}

static enum weal_verdict rotate_check(const struct twin *w, const struct weal_human_rotate *r,
                                      bool point) {
    const struct twin_person *h;
    enum weal_verdict v = act_on(w, r->old_key, r->serial,
                                 ONE(LIVE) | ONE(SUSPENDED) | ONE(REVOKED) | ONE(EXPIRED), &h);
    if (v == WEAL_ACCEPT) v = new_key(w, r->new_key, point);
    if (v != WEAL_ACCEPT) return v;
    if (!twin_path_within(r->pool.p, r->pool.n, weal_bytes(h->home.text, h->home.n)))
        return WEAL_V_HUMAN_POOL;
    bool grave = !r->old_has || h->status == TWIN_REVOKED;
    return twin_attested(w, r->attests, r->attests_n, grave ? 2 * w->t : w->t, 0);
}

static void rotate_apply(struct twin *w, const struct weal_human_rotate *r) {
    struct twin_person *new = new_person(w, r->new_key);
    struct twin_person *old = twin_person_of(w, r->old_key);
    bool over = old->status == TWIN_REVOKED || old->status == TWIN_EXPIRED;
    *new = *old;
    memcpy(new->key, r->new_key, 32);
    new->pool = path_of(r->pool);
    new->status = TWIN_LIVE;
    new->place = TWIN_HELD;
    new->serial = 0;
    new->cohort = 0;
    new->hold = w->genesis_ms + (twin_epoch(w) + w->p.rotation_epochs) * w->p.epoch_ms;
    new->lease_year = twin_year(w->now) + 1;
    if (over) new->valid = w->now + w->p.validity_ms;
    old->status = TWIN_ROTATED;
    old->serial++;
    old->revoke = old->move = 0;
    memcpy(old->successor, r->new_key, 32);
    twin_leave(w, old);
    twin_event(w, 1, new->hold, ON_HOLD, new->key);
    twin_event(w, 1, new->valid + w->p.renewal_grace_ms, ON_EXPIRY, new->key);
    if (new->revoke != 0) twin_event(w, 1, new->revoke, ON_REVOCATION, new->key);
    if (new->move != 0) twin_event(w, 1, new->move, ON_MOVE, new->key);
}

static enum weal_verdict revoke_check(const struct twin *w, const struct weal_human_revoke *r) {
    const struct twin_person *h;
    enum weal_verdict v = act_on(w, r->key, r->serial, ONE(LIVE) | ONE(SUSPENDED), &h);
    if (v != WEAL_ACCEPT) return v;
    if (h->revoke != 0) return WEAL_V_HUMAN_STATUS;
    return twin_attested(w, r->attests, r->attests_n, 2 * w->t, 0);
}

static void revoke_apply(struct twin *w, const struct weal_human_revoke *r) {
    struct twin_person *h = twin_person_of(w, r->key);
    h->serial++;
    h->revoke = w->now + w->p.revocation_delay_ms;
    h->revokers = 0;
    for (unsigned i = 0; i < r->attests_n; i++)
        h->revokers |= UINT64_C(1) << r->attests[i].attestor;
    twin_event(w, 1, h->revoke, ON_REVOCATION, h->key);
}

static enum weal_verdict withdraw_check(const struct twin *w, const struct weal_human_withdraw *x) {
    const struct twin_person *h;
    enum weal_verdict v = act_on(w, x->key, x->serial, ONE(LIVE) | ONE(SUSPENDED), &h);
    if (v != WEAL_ACCEPT) return v;
    if (h->revoke == 0) return WEAL_V_HUMAN_STATUS;
    return twin_attested(w, x->attests, x->attests_n, w->t, h->revokers);
}

static enum weal_verdict renew_check(const struct twin *w, const struct weal_human_renew *r) {
    const struct twin_person *h;
    enum weal_verdict v = act_on(w, r->key, r->serial, ONE(LIVE) | ONE(SUSPENDED), &h);
    if (v != WEAL_ACCEPT) return v;
    if (h->valid > w->now + w->p.renewal_ms) return WEAL_V_HUMAN_RENEWAL_EARLY;
    return twin_attested(w, r->attests, r->attests_n, w->t, 0);
}

static enum weal_verdict move_check(const struct twin *w, const struct weal_human_move *m) {
    const struct twin_person *h;
    enum weal_verdict v = act_on(w, m->key, m->serial, ONE(LIVE), &h);
    if (v != WEAL_ACCEPT) return v;
    if (h->move != 0) return WEAL_V_HUMAN_COOL_DOWN;
    return twin_attested(w, m->attests, m->attests_n, w->t, 0);
}

static void move_apply(struct twin *w, const struct weal_human_move *m) {
    struct twin_person *h = twin_person_of(w, m->key);
    h->serial++;
    h->move = w->now + w->p.cool_down_ms;
    h->next_home = path_of(m->jurisdiction);
    h->next_pool = path_of(m->pool);
    twin_event(w, 1, h->move, ON_MOVE, h->key);
}

/* ---- all of them ---- */

enum weal_verdict twin_people_form(const struct weal_tx *tx) {
    switch (tx->act_kind) {
    case WEAL_TX_HUMAN_ENROL:
        return enrol_form(&tx->act.human_enrol);
    case WEAL_TX_HUMAN_STRIKE:
        return tx->act.human_strike.reason < 1 || tx->act.human_strike.reason > 4
                   ? WEAL_V_HUMAN_REASON
                   : WEAL_ACCEPT;
    case WEAL_TX_HUMAN_ROTATE:
        if (memcmp(tx->act.human_rotate.old_key, tx->act.human_rotate.new_key, 32) == 0)
            return WEAL_V_HUMAN_ROTATE_SAME;
        return twin_path_good(tx->act.human_rotate.pool) ? WEAL_ACCEPT : WEAL_V_HUMAN_POOL;
    case WEAL_TX_HUMAN_REVOKE:
        return tx->act.human_revoke.reason < 1 || tx->act.human_revoke.reason > 6
                   ? WEAL_V_HUMAN_REASON
                   : WEAL_ACCEPT;
    case WEAL_TX_HUMAN_MOVE:
        return paths_form(tx->act.human_move.jurisdiction, tx->act.human_move.pool);
    default:
        return WEAL_ACCEPT;
    }
}

enum weal_verdict twin_people_check(const struct twin *w, const struct weal_tx *tx, bool point) {
    const struct twin_person *h;
    enum weal_verdict v;
    switch (tx->act_kind) {
    case WEAL_TX_HUMAN_ENROL:
        return enrol_check(w, &tx->act.human_enrol, point);
    case WEAL_TX_HUMAN_STRIKE:
        return strike_check(w, &tx->act.human_strike);
    case WEAL_TX_HUMAN_ROTATE:
        return rotate_check(w, &tx->act.human_rotate, point);
    case WEAL_TX_HUMAN_SUSPEND: {
        const struct weal_human_suspend *s = &tx->act.human_suspend;
        v = act_on(w, s->key, s->serial, ONE(LIVE), &h);
        return v != WEAL_ACCEPT ? v : twin_attested(w, s->attests, s->attests_n, w->t, 0);
    }
    case WEAL_TX_HUMAN_REVOKE:
        return revoke_check(w, &tx->act.human_revoke);
    case WEAL_TX_HUMAN_WITHDRAW:
        return withdraw_check(w, &tx->act.human_withdraw);
    case WEAL_TX_HUMAN_RENEW:
        return renew_check(w, &tx->act.human_renew);
    case WEAL_TX_HUMAN_MOVE:
        return move_check(w, &tx->act.human_move);
    default:
        WEAL_ASSERT(false);
    }
}

void twin_people_apply(struct twin *w, const struct weal_tx *tx) {
    struct twin_person *h;
    switch (tx->act_kind) {
    case WEAL_TX_HUMAN_ENROL:
        enrol_apply(w, &tx->act.human_enrol);
        break;
    case WEAL_TX_HUMAN_STRIKE:
        h = twin_person_of(w, tx->act.human_strike.key);
        h->status = TWIN_STRUCK;
        h->serial++;
        break;
    case WEAL_TX_HUMAN_ROTATE:
        rotate_apply(w, &tx->act.human_rotate);
        break;
    case WEAL_TX_HUMAN_SUSPEND:
        h = twin_person_of(w, tx->act.human_suspend.key);
        h->status = TWIN_SUSPENDED;
        h->serial++;
        h->suspended = w->now + w->p.suspension_ms;
        twin_leave(w, h);
        twin_event(w, 1, h->suspended, ON_SUSPENSION, h->key);
        break;
    case WEAL_TX_HUMAN_REVOKE:
        revoke_apply(w, &tx->act.human_revoke);
        break;
    case WEAL_TX_HUMAN_WITHDRAW:
        h = twin_person_of(w, tx->act.human_withdraw.key);
        h->serial++;
        h->revoke = h->revokers = 0;
        break;
    case WEAL_TX_HUMAN_RENEW:
        h = twin_person_of(w, tx->act.human_renew.key);
        h->serial++;
        h->valid += w->p.validity_ms;
        twin_event(w, 1, h->valid + w->p.renewal_grace_ms, ON_EXPIRY, h->key);
        break;
    case WEAL_TX_HUMAN_MOVE:
        move_apply(w, &tx->act.human_move);
        break;
    default:
        WEAL_ASSERT(false);
    }
}

/* ---- time ---- */

static void challenge_over(struct twin *w, struct twin_person *h, uint64_t stopped_then) {
    if (w->stopped > stopped_then) { /* who could object may have been kept from it */
        h->challenge += w->stopped - stopped_then;
        twin_event(w, 1, h->challenge, ON_CHALLENGE, h->key)->a = w->stopped;
        return;
    }
    h->status = TWIN_LIVE;
    twin_person_enter(w, h);
}

static void hold_over(struct twin *w, struct twin_person *h) {
    if (h->status == TWIN_LIVE && h->place == TWIN_HELD && w->now >= h->hold)
        twin_person_enter(w, h);
}

static void suspension_over(struct twin *w, struct twin_person *h) {
    if (h->status != TWIN_SUSPENDED || w->now < h->suspended) return;
    h->status = TWIN_LIVE;
    if (w->now >= h->hold) {
        twin_person_enter(w, h);
    } else {
        h->place = TWIN_HELD;
        twin_event(w, 1, h->hold, ON_HOLD, h->key);
    }
}

static void ends_as(struct twin *w, struct twin_person *h, enum twin_status status) {
    h->status = status;
    h->revoke = h->move = 0;
    twin_leave(w, h);
}

static void moves(struct twin *w, struct twin_person *h) {
    bool placed = h->place == TWIN_WAITS || h->place == TWIN_DEALT;
    h->move = 0;
    if (placed) twin_leave(w, h);
    h->home = h->next_home;
    h->pool = h->next_pool;
    if (placed) twin_person_enter(w, h);
}

void twin_people_due(struct twin *w, const struct twin_event *e) {
    struct twin_person *h = twin_person_of(w, e->key);
    bool member = h->status == TWIN_LIVE || h->status == TWIN_SUSPENDED;
    switch (e->kind) {
    case ON_CHALLENGE:
        if (h->status == TWIN_CHALLENGE) challenge_over(w, h, e->a);
        break;
    case ON_HOLD:
        hold_over(w, h);
        break;
    case ON_SUSPENSION:
        suspension_over(w, h);
        break;
    case ON_REVOCATION:
        if (member && h->revoke != 0 && w->now >= h->revoke) ends_as(w, h, TWIN_REVOKED);
        break;
    case ON_EXPIRY:
        if (member && w->now >= h->valid + w->p.renewal_grace_ms) ends_as(w, h, TWIN_EXPIRED);
        break;
    case ON_MOVE:
        if (member && h->move != 0 && w->now >= h->move) moves(w, h);
        break;
    case ON_EMPTIED:
    case ON_WINDOW:
    case ON_DEAL:
    case ON_EPOCH:
    case ON_UNBOND:
    default:
        WEAL_ASSERT(false);
    }
}
