/* SPDX-License-Identifier: ISC */
/* What time and cohorts do to a human's record: the end of the challenge, of a hold, a suspension,
 * a revocation's delay, the validity; being dealt and sent back to waiting.
 * Every deadline only reminds: the record says what is so. */
#include "consensus/mod/human_int.h"

/* ---- the record ---- */

void weal_human_path(struct weal_human *h, unsigned which, struct weal_bytes path) {
    struct weal_bytes *f[4] = {&h->r.jurisdiction, &h->r.pool, &h->r.to_jurisdiction,
                               &h->r.to_pool};
    WEAL_ASSERT(which < 4 && path.n <= sizeof h->paths[0]);
    if (path.n != 0) memmove(h->paths[which], path.p, path.n);
    *f[which] = weal_bytes(h->paths[which], path.n);
}

bool weal_human_get(struct weal_ctx *c, const uint8_t key[32], struct weal_human *h) {
    struct weal_key k = weal_key_of32(WEAL_T_HUMAN, key);
    memcpy(h->key, key, 32);
    if (!weal_human_load(c, &k, &h->r)) return false;
    weal_human_path(h, 0, h->r.jurisdiction);
    weal_human_path(h, 1, h->r.pool);
    weal_human_path(h, 2, h->r.to_jurisdiction);
    weal_human_path(h, 3, h->r.to_pool);
    return true;
}
void weal_human_put(struct weal_ctx *c, const struct weal_human *h) {
    struct weal_key k = weal_key_of32(WEAL_T_HUMAN, h->key);
    weal_human_store(c, &k, &h->r);
}

struct weal_key weal_handle_key(const uint8_t handle[32], uint16_t suffix) {
    struct weal_key k = weal_key_of32(WEAL_T_HANDLE, handle);
    weal_key_u16(&k, suffix);
    return k;
}

void weal_human_remind(struct weal_ctx *c, const struct weal_human *h, enum weal_deadline kind,
                       uint64_t at_ms) {
    weal_deadline_add(c, WEAL_CLOCK_TIME, at_ms, kind, weal_bytes(h->key, 32));
}

/* ---- pools and cohorts ---- */

static struct weal_pool_ref pool_of(const struct weal_human *h) {
    return (struct weal_pool_ref){WEAL_POOL_HUMANS, h->r.pool};
}

void weal_human_enter(struct weal_ctx *c, struct weal_human *h) {
    struct weal_st_entry e = {0};
    memcpy(e.key, h->key, 32);
    memcpy(e.owner, h->key, 32);
    h->r.place = WEAL_PLACE_WAITING;
    weal_pool_enter(c, pool_of(h), &e, &h->r.window, &h->r.entry);
}

void weal_human_leave(struct weal_ctx *c, struct weal_human *h) {
    uint64_t window = h->r.window, entry = h->r.entry;
    uint8_t place = h->r.place;
    h->r.place = WEAL_PLACE_NONE;
    h->r.window = h->r.entry = 0;
    /* stored first: the cohort may be dissolved and ask for the records of the others */
    weal_human_put(c, h);
    if (place == WEAL_PLACE_WAITING) weal_pool_leave(c, pool_of(h), window, entry);
    if (place == WEAL_PLACE_DEALT) weal_cohort_leave(c, entry, h->key);
}

uint16_t weal_human_dealt(struct weal_ctx *c, const struct weal_st_entry *e, uint64_t cohort) {
    struct weal_human h;
    if (!weal_human_get(c, e->key, &h)) return 0;
    h.r.place = WEAL_PLACE_DEALT;
    h.r.window = 0;
    h.r.entry = cohort;
    weal_human_put(c, &h);
    return h.r.lease_year;
}

void weal_human_waits(struct weal_ctx *c, const uint8_t key[32], uint64_t window, uint64_t entry) {
    struct weal_human h;
    if (!weal_human_get(c, key, &h)) return;
    h.r.place = WEAL_PLACE_WAITING;
    h.r.window = window;
    h.r.entry = entry;
    weal_human_put(c, &h);
}

void weal_human_homeless(struct weal_ctx *c, const uint8_t key[32]) {
    struct weal_human h;
    if (!weal_human_get(c, key, &h)) return;
    weal_human_enter(c, &h);
    weal_human_put(c, &h);
}

/* ---- deadlines ---- */

/* A stop of the chain within the challenge window extends it: a humane deadline. */
static void challenge_over(struct weal_ctx *c, struct weal_human *h, uint64_t stopped_then) {
    if (h->r.status != WEAL_HUMAN_CHALLENGE) return;
    uint64_t stops = c->chain.stopped_ms - stopped_then;
    if (stops != 0) {
        uint8_t what[40];
        memcpy(what, h->key, 32);
        weal_put_le64(what + 32, c->chain.stopped_ms);
        h->r.challenge_ms += stops;
        weal_human_put(c, h);
        weal_deadline_add(c, WEAL_CLOCK_TIME, h->r.challenge_ms, WEAL_D_CHALLENGE,
                          WEAL_BYTES(what));
        return;
    }
    h->r.status = WEAL_HUMAN_LIVE;
    weal_human_enter(c, h);
    weal_human_put(c, h);
}

static bool is_member(const struct weal_human *h) {
    return h->r.status == WEAL_HUMAN_LIVE || h->r.status == WEAL_HUMAN_SUSPENDED;
}

static void end_with(struct weal_ctx *c, struct weal_human *h, enum weal_human_status status) {
    h->r.status = (uint8_t)status;
    h->r.revoke_ms = 0;
    h->r.move_ms = 0;
    weal_human_leave(c, h);
}

static void move_now(struct weal_ctx *c, struct weal_human *h) {
    bool placed = h->r.place == WEAL_PLACE_WAITING || h->r.place == WEAL_PLACE_DEALT;
    h->r.move_ms = 0;
    if (placed) weal_human_leave(c, h);
    weal_human_path(h, 0, h->r.to_jurisdiction);
    weal_human_path(h, 1, h->r.to_pool);
    weal_human_path(h, 2, weal_bytes(NULL, 0));
    weal_human_path(h, 3, weal_bytes(NULL, 0));
    if (placed) weal_human_enter(c, h);
    weal_human_put(c, h);
}

void weal_human_due(struct weal_ctx *c, enum weal_deadline kind, struct weal_bytes what) {
    struct weal_human h;
    if (what.n < 32 || !weal_human_get(c, what.p, &h)) return;
    uint64_t now = c->now_ms;
    if (kind == WEAL_D_CHALLENGE && what.n == 40) challenge_over(c, &h, weal_le64(what.p + 32));
    if (kind == WEAL_D_HOLD && h.r.place == WEAL_PLACE_HELD && is_member(&h) &&
        now >= h.r.hold_ms) {
        if (h.r.status == WEAL_HUMAN_LIVE) weal_human_enter(c, &h);
        weal_human_put(c, &h);
    }
    if (kind == WEAL_D_SUSPENSION && h.r.status == WEAL_HUMAN_SUSPENDED &&
        now >= h.r.suspended_ms) {
        h.r.status = WEAL_HUMAN_LIVE;
        if (now >= h.r.hold_ms) {
            weal_human_enter(c, &h);
        } else {
            h.r.place = WEAL_PLACE_HELD;
            weal_human_remind(c, &h, WEAL_D_HOLD, h.r.hold_ms);
        }
        weal_human_put(c, &h);
    }
    if (kind == WEAL_D_REVOCATION && is_member(&h) && h.r.revoke_ms != 0 && now >= h.r.revoke_ms) {
        end_with(c, &h, WEAL_HUMAN_REVOKED);
    }
    if (kind == WEAL_D_EXPIRY && is_member(&h) && now >= h.r.valid_ms + c->p.renewal_grace_ms) {
        end_with(c, &h, WEAL_HUMAN_EXPIRED);
    }
    if (kind == WEAL_D_MOVE && is_member(&h) && h.r.move_ms != 0 && now >= h.r.move_ms) {
        move_now(c, &h);
    }
}
