/* SPDX-License-Identifier: ISC */
/* A message: phase u8, from u8 (0..n-1), body length u16, body, signature over the hash
 * ("weal/dkg") of session and all before it. Whatever follows from messages is computed anew from
 * those that are here, so no order of arrival can matter. */
#include "wallet/service/dkg.h"

#include <sodium.h>

#include "crypto/hash/hash.h"
#include "crypto/ring/ring.h"

static struct weal_bytes body_of(const struct weal_dkg *d, enum weal_dkg_phase p, uint32_t from) {
    const struct weal_dkg_message *m = &d->said[p][from];
    if (m->n == 0) return weal_bytes(NULL, 0);
    return weal_bytes(m->bytes + WEAL_DKG_HEAD, (size_t)m->n - WEAL_DKG_HEAD - 64);
}

struct weal_bytes weal_dkg_said(const struct weal_dkg *d, enum weal_dkg_phase p, uint32_t from) {
    if (p >= WEAL_DKG_PHASES || from >= d->roster.n) return weal_bytes(NULL, 0);
    return weal_bytes(d->said[p][from].bytes, d->said[p][from].n);
}

static size_t body_bytes(const struct weal_dkg *d, enum weal_dkg_phase p) {
    switch (p) {
    case WEAL_DKG_HASH:
    case WEAL_DKG_CONFIRM:
        return 32;
    case WEAL_DKG_DEAL:
        return (size_t)d->roster.t * 32 + (size_t)d->roster.n * WEAL_DKG_SEALED;
    case WEAL_DKG_COMPLAIN: /* bits: whom it has against, who is not here; then the proofs */
        return 8 + (size_t)d->roster.n * WEAL_DKG_OPENED;
    case WEAL_DKG_PHASES:
        break;
    }
    return 0;
}

/* ---- signing ---- */

static void digest(uint8_t out[32], const struct weal_dkg *d, const uint8_t *message, size_t n) {
    struct weal_bytes parts[] = {WEAL_BYTES(d->session), weal_bytes(message, n)};
    weal_hash256(out, "weal/dkg", parts, 2);
}

static void say(struct weal_dkg *d, enum weal_dkg_phase p, const uint8_t *body) {
    struct weal_dkg_message *m = &d->said[p][d->self - 1];
    size_t n = body_bytes(d, p);
    uint8_t hash[32];
    if (m->n != 0) return;
    m->bytes[0] = (uint8_t)p;
    m->bytes[1] = (uint8_t)(d->self - 1);
    weal_put_le16(m->bytes + 2, (uint16_t)n);
    memcpy(m->bytes + WEAL_DKG_HEAD, body, n);
    digest(hash, d, m->bytes, WEAL_DKG_HEAD + n);
    crypto_sign_detached(m->bytes + WEAL_DKG_HEAD + n, NULL, hash, sizeof hash, d->sign);
    m->n = (uint16_t)(WEAL_DKG_HEAD + n + 64);
}

enum weal_verdict weal_dkg_take(struct weal_dkg *d, struct weal_bytes b) {
    uint8_t hash[32];
    if (b.n < WEAL_DKG_HEAD + 64 || b.n > WEAL_DKG_MESSAGE_MAX || b.p[0] >= WEAL_DKG_PHASES ||
        b.p[1] >= d->roster.n) {
        return WEAL_V_ENCODING;
    }
    enum weal_dkg_phase p = (enum weal_dkg_phase)b.p[0];
    uint32_t from = b.p[1];
    size_t n = weal_le16(b.p + 2);
    if (n != body_bytes(d, p) || b.n != WEAL_DKG_HEAD + n + 64) return WEAL_V_ENCODING;
    struct weal_dkg_message *m = &d->said[p][from];
    if (m->n == b.n && memcmp(m->bytes, b.p, b.n) == 0) return WEAL_ACCEPT;
    digest(hash, d, b.p, WEAL_DKG_HEAD + n);
    if (crypto_sign_verify_detached(b.p + WEAL_DKG_HEAD + n, hash, sizeof hash,
                                    d->roster.member[from].sign) != 0) {
        return WEAL_V_OPRF_SHARE;
    }
    if (m->n == 0) {
        /* too late: we have said what we heard */
        if (p != WEAL_DKG_CONFIRM && d->said[WEAL_DKG_CONFIRM][d->self - 1].n != 0)
            return WEAL_ACCEPT;
        memcpy(m->bytes, b.p, b.n);
        m->n = (uint16_t)b.n;
    } else if (memcmp(m->bytes, b.p, WEAL_DKG_HEAD + n) != 0 && d->state != WEAL_DKG_DONE) {
        /* it also explains why others heard differently */
        d->state = WEAL_DKG_EQUIVOCATED;
        d->culprit = from + 1;
    }
    return WEAL_ACCEPT;
}

/* ---- dealing ---- */

static void session_make(struct weal_dkg *d) {
    uint8_t numbers[9];
    struct weal_bytes parts[5 + WEAL_DKG_N_MAX];
    size_t n = 0;
    weal_put_le32(numbers, d->roster.n);
    weal_put_le32(numbers + 4, d->roster.t);
    numbers[8] = d->roster.renewal;
    parts[n++] = WEAL_BYTES(d->roster.nonce);
    parts[n++] = WEAL_BYTES(numbers);
    parts[n++] = WEAL_BYTES(d->roster.of);
    parts[n++] = WEAL_BYTES(d->roster.key);
    parts[n++] = weal_bytes(d->roster.prior, (size_t)d->roster.n * 32);
    for (uint32_t i = 0; i < d->roster.n; i++) {
        parts[n++] = weal_bytes((const uint8_t *)&d->roster.member[i], sizeof d->roster.member[i]);
    }
    weal_hash256(d->session, "weal/dkg/session", parts, n);
}

static bool dealing_own(struct weal_dkg *d, struct weal_dealing *out) {
    return weal_dealing_make(out, (const uint8_t(*)[32])d->coefficient, d->roster.t) == WEAL_ACCEPT;
}

/* Roster and own keys, before anything is computed of them. */
static enum weal_verdict roster_check(const struct weal_dkg_roster *r, uint32_t self,
                                      const uint8_t sign[64], const uint8_t box[32]) {
    uint8_t of_box[32];
    if (r->t < 1 || r->t > WEAL_DKG_T_MAX || r->n > WEAL_DKG_N_MAX || r->n < 2 * r->t + 1 ||
        self < 1 || self > r->n || !weal_human_key(of_box, box) ||
        memcmp(of_box, r->member[self - 1].box, 32) != 0 ||
        memcmp(sign + 32, r->member[self - 1].sign, 32) != 0) {
        return WEAL_V_LENGTH;
    }
    for (uint32_t i = 0; i < r->n; i++) {
        enum weal_verdict v = weal_point_form_check(r->member[i].box);
        if (v != WEAL_ACCEPT) return v;
        if (!crypto_core_ristretto255_is_valid_point(r->member[i].box)) return WEAL_V_POINT;
    }
    return WEAL_ACCEPT;
}

enum weal_verdict weal_dkg_init(struct weal_dkg *d, const struct weal_dkg_roster *roster,
                                uint32_t self, const uint8_t sign[64], const uint8_t box[32],
                                const uint8_t *share, const uint8_t random[WEAL_DKG_RANDOM]) {
    memset(d, 0, sizeof *d);
    enum weal_verdict v = roster_check(roster, self, sign, box);
    if (v != WEAL_ACCEPT) return v;
    d->roster = *roster;
    d->self = self;
    memcpy(d->sign, sign, 64);
    memcpy(d->box, box, 32);
    session_make(d);
    for (uint32_t k = 0; k < roster->t; k++, random += 64) {
        if (!weal_secret_reduce(d->coefficient[k], random)) return WEAL_V_SCALAR;
    }
    random += (WEAL_DKG_T_MAX - roster->t) * 64;
    memcpy(d->deal_random, random, sizeof d->deal_random);
    random += sizeof d->deal_random;
    for (uint32_t i = 0; i < roster->n; i++, random += 64) {
        if (!weal_secret_reduce(d->open_nonce[i], random)) return WEAL_V_SCALAR;
    }
    d->deals = !roster->renewal || share != NULL;
    if (roster->renewal && share) {
        uint8_t commitment[32];
        memcpy(d->coefficient[0], share, 32);
        if (!weal_human_key(commitment, share) ||
            memcmp(commitment, roster->prior[self - 1], 32) != 0) {
            return WEAL_V_OPRF_SHARE;
        }
    }
    return WEAL_ACCEPT;
}

void weal_dkg_release(struct weal_dkg *d) {
    sodium_memzero(d, sizeof *d);
}

static void say_hash(struct weal_dkg *d) {
    struct weal_dealing own;
    uint8_t hash[32] = {0};
    if (d->deals) {
        if (!dealing_own(d, &own)) return;
        weal_dealing_hash(hash, &own, WEAL_BYTES(d->session));
    }
    say(d, WEAL_DKG_HASH, hash);
}

/* The key of the box from one to another, of the point that only these two can make. */
static void box_key(uint8_t out[32], const struct weal_dkg *d, const uint8_t point[32],
                    uint32_t from, uint32_t to) {
    const uint8_t who[2] = {(uint8_t)from, (uint8_t)to};
    struct weal_bytes parts[] = {WEAL_BYTES(d->session), weal_bytes(point, 32), WEAL_BYTES(who)};
    weal_hash256(out, "weal/dkg/box", parts, 3);
}

static void say_deal(struct weal_dkg *d) {
    struct weal_dealing own;
    uint8_t body[WEAL_DKG_BODY_MAX] = {0}, share[32], point[32], key[32];
    size_t n = 0;
    if (d->deals && !dealing_own(d, &own)) return;
    for (uint32_t k = 0; d->deals && k < d->roster.t; k++, n += 32) {
        memcpy(body + n, own.point[k], 32);
    }
    for (uint32_t j = 0; d->deals && j < d->roster.n; j++, n += WEAL_DKG_SEALED) {
        weal_dealing_share(share, (const uint8_t(*)[32])d->coefficient, d->roster.t, j + 1);
        /* box keys are points and not the identity (roster_check), so it does not fail */
        (void)!crypto_scalarmult_ristretto255(point, d->box, d->roster.member[j].box);
        box_key(key, d, point, d->self - 1, j);
        memcpy(body + n, d->deal_random[j], 24);
        crypto_secretbox_easy(body + n + 24, share, 32, body + n, key);
    }
    sodium_memzero(share, sizeof share);
    sodium_memzero(point, sizeof point);
    sodium_memzero(key, sizeof key);
    say(d, WEAL_DKG_DEAL, body);
}

/* The dealing of a member, if it is one and what was promised. */
static bool dealing_of(const struct weal_dkg *d, uint32_t from, struct weal_dealing *out) {
    struct weal_bytes promised = body_of(d, WEAL_DKG_HASH, from);
    struct weal_bytes deal = body_of(d, WEAL_DKG_DEAL, from);
    uint8_t hash[32];
    if (promised.n == 0 || deal.n == 0) return false;
    memset(out, 0, sizeof *out);
    out->t = d->roster.t;
    memcpy(out->point, deal.p, (size_t)d->roster.t * 32);
    weal_dealing_hash(hash, out, WEAL_BYTES(d->session));
    return memcmp(hash, promised.p, 32) == 0 &&
           weal_dealing_check(out, d->roster.t) == WEAL_ACCEPT &&
           (!d->roster.renewal || memcmp(out->point[0], d->roster.prior[from], 32) == 0);
}

/* The share that was sealed for a member, opened by the point of the two, if it fits. */
static bool share_open(const struct weal_dkg *d, uint32_t from, uint32_t to,
                       const struct weal_dealing *of, const uint8_t point[32], uint8_t share[32]) {
    const uint8_t *p =
        body_of(d, WEAL_DKG_DEAL, from).p + (size_t)d->roster.t * 32 + (size_t)to * WEAL_DKG_SEALED;
    uint8_t key[32];
    box_key(key, d, point, from, to);
    bool good = crypto_secretbox_open_easy(share, p + 24, WEAL_DKG_SEALED - 24, p, key) == 0 &&
                weal_dealing_share_check(of, to + 1, share) == WEAL_ACCEPT;
    sodium_memzero(key, sizeof key);
    return good;
}

static bool share_own(const struct weal_dkg *d, uint32_t from, const struct weal_dealing *of,
                      uint8_t share[32]) {
    uint8_t point[32];
    bool good = crypto_scalarmult_ristretto255(point, d->box, d->roster.member[from].box) == 0 &&
                share_open(d, from, d->self - 1, of, point, share);
    sodium_memzero(point, sizeof point);
    return good;
}

/* Did the member say that it does not deal? */
static bool abstains(const struct weal_dkg *d, uint32_t from) {
    struct weal_bytes promised = body_of(d, WEAL_DKG_HASH, from);
    return d->roster.renewal && promised.n == 32 && weal_is_zero32(promised.p);
}

static void say_complaints(struct weal_dkg *d) {
    struct weal_dealing of;
    uint8_t share[32], body[WEAL_DKG_BODY_MAX] = {0}, opened[1][32];
    uint32_t bad = 0, absent = 0;
    for (uint32_t i = 0; i < d->roster.n; i++) {
        uint8_t *proof = body + 8 + (size_t)i * WEAL_DKG_OPENED;
        if (abstains(d, i)) continue;
        if (!dealing_of(d, i, &of)) {
            absent |= 1u << i;
        } else if (!share_own(d, i, &of, share) &&
                   weal_oprf_evaluate(
                       opened, proof + 32, (const uint8_t(*)[32])d->roster.member[i].box, 1, d->box,
                       d->roster.member[d->self - 1].box, d->open_nonce[i]) == WEAL_ACCEPT) {
            bad |= 1u << i;
            memcpy(proof, opened[0], 32);
        }
    }
    sodium_memzero(share, sizeof share);
    weal_put_le32(body, bad);
    weal_put_le32(body + 4, absent);
    say(d, WEAL_DKG_COMPLAIN, body);
}

/* Did member `by` show that what `of` sealed for it does not fit? */
static bool proven(const struct weal_dkg *d, uint32_t by, uint32_t from,
                   const struct weal_dealing *of) {
    struct weal_bytes b = body_of(d, WEAL_DKG_COMPLAIN, by);
    uint8_t point[1][32], share[32];
    if (b.n == 0 || by == from || (weal_le32(b.p) >> from & 1) == 0) return false;
    const uint8_t *proof = b.p + 8 + (size_t)from * WEAL_DKG_OPENED;
    memcpy(point[0], proof, 32);
    return weal_oprf_check((const uint8_t(*)[32])d->roster.member[from].box,
                           (const uint8_t(*)[32])point, 1, d->roster.member[by].box,
                           proof + 32) == WEAL_ACCEPT &&
           !share_open(d, from, by, of, point[0], share);
}

/* ---- the end ---- */

/* A dealer whom everybody who heard what we heard takes in. */
static bool qualifies(const struct weal_dkg *d, uint32_t from, struct weal_dealing *of) {
    uint32_t absent = 0;
    if (!dealing_of(d, from, of)) return false;
    for (uint32_t by = 0; by < d->roster.n; by++) {
        struct weal_bytes b = body_of(d, WEAL_DKG_COMPLAIN, by);
        if (b.n != 0) absent += weal_le32(b.p + 4) >> from & 1;
        if (proven(d, by, from, of)) return false;
    }
    /* t are one honest member at least: fewer cannot leave anybody out by saying so */
    return absent < d->roster.t;
}

static void transcript(const struct weal_dkg *d, uint8_t out[32]) {
    struct weal_bytes parts[WEAL_DKG_CONFIRM * WEAL_DKG_N_MAX + 1];
    size_t n = 0;
    parts[n++] = WEAL_BYTES(d->session);
    for (uint32_t p = 0; p < WEAL_DKG_CONFIRM; p++) {
        for (uint32_t i = 0; i < d->roster.n; i++) {
            /* not the signature: it is not what was said. Lengths are fixed by phase, or zero */
            size_t said = d->said[p][i].n == 0 ? 0 : (size_t)d->said[p][i].n - 64;
            parts[n++] = weal_bytes(d->said[p][i].bytes, said);
        }
    }
    weal_hash256(out, "weal/dkg/heard", parts, n);
}

static void say_confirm(struct weal_dkg *d) {
    uint8_t hash[32];
    transcript(d, hash);
    say(d, WEAL_DKG_CONFIRM, hash);
}

static void end(struct weal_dkg *d, enum weal_dkg_state state, uint32_t culprit) {
    d->state = state;
    d->culprit = culprit;
}

/* Did enough hear the same? Ends the ceremony if not. */
static bool agreed(struct weal_dkg *d) {
    uint8_t hash[32];
    uint32_t same = 0, other = 0, culprit = 0;
    transcript(d, hash);
    for (uint32_t i = 0; i < d->roster.n; i++) {
        struct weal_bytes b = body_of(d, WEAL_DKG_CONFIRM, i);
        if (b.n == 0) continue;
        bool equal = memcmp(b.p, hash, 32) == 0;
        same += equal;
        other += !equal;
        if (!equal && culprit == 0) culprit = i + 1;
    }
    /* other words than ours, by more than can be dishonest: it may be us who missed something. And
     * a key of which fewer than 2t know would be none for grave acts */
    if (other >= d->roster.t && other != 0)
        end(d, WEAL_DKG_DIFFERS, culprit);
    else if (same < 2 * d->roster.t)
        end(d, WEAL_DKG_TOO_FEW, 0);
    return d->state == WEAL_DKG_RUNNING;
}

static void finish(struct weal_dkg *d) {
    struct weal_dealing of[WEAL_DKG_N_MAX];
    uint8_t share[32], weight[32] = {1};
    uint32_t who[WEAL_DKG_N_MAX], count = 0;
    if (!agreed(d)) return;
    d->qualified = 0;
    memset(d->share, 0, sizeof d->share);
    for (uint32_t i = 0; i < d->roster.n; i++) {
        if (!qualifies(d, i, &of[count])) continue;
        d->qualified |= 1u << i;
        who[count++] = i + 1;
    }
    for (uint32_t k = 0; k < count; k++) {
        if (!share_own(d, who[k] - 1, &of[k], share)) {
            /* its dealing came here when complaints were over */
            memset(d->share, 0, sizeof d->share);
            end(d, WEAL_DKG_DIFFERS, who[k]);
            return;
        }
        if (d->roster.renewal) weal_share_weight(weight, who, count, k);
        weal_share_scale(share, weight);
        weal_share_add(d->share, share);
        if (d->roster.renewal) weal_dealing_scale(&of[k], weight);
        if (k == 0)
            d->key = of[k];
        else
            weal_dealing_add(&d->key, &of[k]);
    }
    sodium_memzero(share, sizeof share);
    /* t dealers hold an honest one */
    if (count < d->roster.t)
        end(d, WEAL_DKG_TOO_FEW, 0);
    else if (d->roster.renewal && memcmp(d->key.point[0], d->roster.key, 32) != 0)
        end(d, WEAL_DKG_OTHER_KEY, 0);
    else
        end(d, WEAL_DKG_DONE, 0);
}

bool weal_dkg_step(struct weal_dkg *d, bool time_up) {
    static void (*const speak[])(struct weal_dkg *) = {say_hash, say_deal, say_complaints,
                                                       say_confirm};
    bool changed = false;
    while (d->state == WEAL_DKG_RUNNING) {
        const struct weal_dkg_message *own = &d->said[d->phase][d->self - 1];
        if (own->n == 0) {
            speak[d->phase](d);
            changed = true;
        }
        bool all = true;
        for (uint32_t i = 0; i < d->roster.n; i++) {
            /* who promised no dealing is not waited for when they are shown */
            bool cannot = d->phase == WEAL_DKG_DEAL && d->said[WEAL_DKG_HASH][i].n == 0;
            all &= cannot || d->said[d->phase][i].n != 0;
        }
        if (!all && !time_up) break;
        time_up = false; /* it was for this phase */
        changed = true;
        if (d->phase == WEAL_DKG_CONFIRM)
            finish(d);
        else
            d->phase++;
    }
    return changed;
}
