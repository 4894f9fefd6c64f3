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
    case WEAL_DKG_COMPLAIN:
        return 4;
    case WEAL_DKG_ANSWER: /* a share for each member; zeros for those who did not complain */
        return (size_t)d->roster.n * 32;
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
    struct weal_bytes parts[2 + WEAL_DKG_N_MAX];
    size_t n = 0;
    weal_put_le32(numbers, d->roster.n);
    weal_put_le32(numbers + 4, d->roster.t);
    numbers[8] = d->roster.renewal;
    parts[n++] = WEAL_BYTES(d->roster.nonce);
    parts[n++] = WEAL_BYTES(numbers);
    for (uint32_t i = 0; i < d->roster.n; i++) {
        parts[n++] = weal_bytes((const uint8_t *)&d->roster.member[i], sizeof d->roster.member[i]);
    }
    weal_hash256(d->session, "weal/dkg/session", parts, n);
}

static bool dealing_own(struct weal_dkg *d, struct weal_dealing *out) {
    return weal_dealing_make(out, (const uint8_t(*)[32])d->coefficient, d->roster.t,
                             d->roster.renewal) == WEAL_ACCEPT;
}

enum weal_verdict weal_dkg_init(struct weal_dkg *d, const struct weal_dkg_roster *roster,
                                uint32_t self, const uint8_t sign[64], const uint8_t box[32],
                                const uint8_t random[WEAL_DKG_RANDOM]) {
    uint8_t of_box[32];
    memset(d, 0, sizeof *d);
    if (roster->t < 1 || roster->t > WEAL_DKG_T_MAX || roster->n > WEAL_DKG_N_MAX ||
        roster->n < 2 * roster->t + 1 || self < 1 || self > roster->n) {
        return WEAL_V_LENGTH;
    }
    d->roster = *roster;
    d->self = self;
    memcpy(d->sign, sign, 64);
    memcpy(d->box, box, 32);
    if (crypto_scalarmult_base(of_box, box) != 0 ||
        memcmp(of_box, roster->member[self - 1].box, 32) != 0 ||
        memcmp(sign + 32, roster->member[self - 1].sign, 32) != 0) {
        return WEAL_V_LENGTH;
    }
    session_make(d);
    for (uint32_t k = 0; k < roster->t; k++) {
        if (k == 0 && roster->renewal) continue; /* zero */
        if (!weal_secret_reduce(d->coefficient[k], random + k * 64)) return WEAL_V_SCALAR;
    }
    memcpy(d->deal_random, random + WEAL_DKG_T_MAX * 64, sizeof d->deal_random);
    return WEAL_ACCEPT;
}

void weal_dkg_release(struct weal_dkg *d) {
    sodium_memzero(d, sizeof *d);
}

static void say_hash(struct weal_dkg *d) {
    struct weal_dealing own;
    uint8_t hash[32];
    if (!dealing_own(d, &own)) return;
    weal_dealing_hash(hash, &own, WEAL_BYTES(d->session));
    say(d, WEAL_DKG_HASH, hash);
}

static void say_deal(struct weal_dkg *d) {
    struct weal_dealing own;
    uint8_t body[WEAL_DKG_BODY_MAX], share[32];
    size_t n = 0;
    if (!dealing_own(d, &own)) return;
    for (uint32_t k = 0; k < d->roster.t; k++, n += 32) memcpy(body + n, own.point[k], 32);
    for (uint32_t j = 1; j <= d->roster.n; j++, n += WEAL_DKG_SEALED) {
        weal_dealing_share(share, (const uint8_t(*)[32])d->coefficient, d->roster.t, j);
        memcpy(body + n, d->deal_random[j - 1], 24);
        /* a box key that is no point leaves its owner without a share: it will complain */
        if (crypto_box_easy(body + n + 24, share, 32, body + n, d->roster.member[j - 1].box,
                            d->box) != 0) {
            memset(body + n + 24, 0, WEAL_DKG_SEALED - 24);
        }
    }
    sodium_memzero(share, sizeof share);
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
           weal_dealing_check(out, d->roster.t, d->roster.renewal) == WEAL_ACCEPT;
}

/* The share that was sealed for this member, if it fits. */
static bool share_sealed(const struct weal_dkg *d, uint32_t from, const struct weal_dealing *of,
                         uint8_t share[32]) {
    const uint8_t *p = body_of(d, WEAL_DKG_DEAL, from).p + (size_t)d->roster.t * 32 +
                       (size_t)(d->self - 1) * WEAL_DKG_SEALED;
    return crypto_box_open_easy(share, p + 24, WEAL_DKG_SEALED - 24, p, d->roster.member[from].box,
                                d->box) == 0 &&
           weal_dealing_share_check(of, d->self, share) == WEAL_ACCEPT;
}

static void say_complaints(struct weal_dkg *d) {
    struct weal_dealing of;
    uint8_t share[32], body[4];
    uint32_t bad = 0;
    for (uint32_t i = 0; i < d->roster.n; i++) {
        /* one that is not here yet is complained about too: who deals late answers to everybody
         * who could not look */
        if (!dealing_of(d, i, &of) || !share_sealed(d, i, &of, share)) bad |= 1u << i;
    }
    sodium_memzero(share, sizeof share);
    weal_put_le32(body, bad);
    say(d, WEAL_DKG_COMPLAIN, body);
}

/* Did member `by` complain about member `of`? */
static bool complains(const struct weal_dkg *d, uint32_t by, uint32_t of) {
    struct weal_bytes b = body_of(d, WEAL_DKG_COMPLAIN, by);
    return b.n == 4 && (weal_le32(b.p) >> of & 1) != 0;
}

static void say_answers(struct weal_dkg *d) {
    uint8_t body[WEAL_DKG_N_MAX * 32] = {0};
    for (uint32_t j = 1; j <= d->roster.n; j++) {
        if (!complains(d, j - 1, d->self - 1)) continue;
        weal_dealing_share(body + (size_t)(j - 1) * 32, (const uint8_t(*)[32])d->coefficient,
                           d->roster.t, j);
    }
    say(d, WEAL_DKG_ANSWER, body);
}

/* ---- the end ---- */

/* A dealer whom everybody who heard what we heard takes in. */
static bool qualifies(const struct weal_dkg *d, uint32_t from, struct weal_dealing *of) {
    struct weal_bytes answer = body_of(d, WEAL_DKG_ANSWER, from);
    if (!dealing_of(d, from, of)) return false;
    for (uint32_t by = 0; by < d->roster.n; by++) {
        if (!complains(d, by, from)) continue;
        if (answer.n == 0 ||
            weal_dealing_share_check(of, by + 1, answer.p + (size_t)by * 32) != WEAL_ACCEPT) {
            return false;
        }
    }
    return true;
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

static void finish(struct weal_dkg *d) {
    struct weal_dealing of;
    uint8_t hash[32], share[32];
    bool first = true;
    uint32_t heard = 0, count = 0;
    transcript(d, hash);
    for (uint32_t i = 0; i < d->roster.n; i++) {
        struct weal_bytes b = body_of(d, WEAL_DKG_CONFIRM, i);
        if (b.n == 0) continue;
        heard++;
        if (memcmp(b.p, hash, 32) != 0) {
            end(d, WEAL_DKG_DIFFERS, i + 1);
            return;
        }
    }
    d->qualified = 0;
    memset(d->share, 0, sizeof d->share);
    for (uint32_t i = 0; i < d->roster.n; i++) {
        if (!qualifies(d, i, &of)) continue;
        if (!share_sealed(d, i, &of, share)) {
            struct weal_bytes answer = body_of(d, WEAL_DKG_ANSWER, i);
            if (!complains(d, d->self - 1, i) || answer.n == 0) {
                /* its dealing came when complaints were over: nobody answers for the share */
                memset(d->share, 0, sizeof d->share);
                end(d, WEAL_DKG_DIFFERS, i + 1);
                return;
            }
            /* we complained, and the answer fits */
            memcpy(share, answer.p + (size_t)(d->self - 1) * 32, 32);
        }
        weal_share_add(d->share, share);
        if (first)
            d->key = of;
        else
            weal_dealing_add(&d->key, &of);
        first = false;
        d->qualified |= 1u << i;
        count++;
    }
    sodium_memzero(share, sizeof share);
    /* t dealers hold an honest one; and a key of which fewer than 2t know would be none for grave
     * acts, so as many must have heard the same */
    bool enough = count >= d->roster.t && heard >= 2 * d->roster.t;
    end(d, enough ? WEAL_DKG_DONE : WEAL_DKG_TOO_FEW, 0);
}

bool weal_dkg_step(struct weal_dkg *d, bool time_up) {
    static void (*const speak[])(struct weal_dkg *) = {say_hash, say_deal, say_complaints,
                                                       say_answers, say_confirm};
    bool changed = false;
    while (d->state == WEAL_DKG_RUNNING) {
        const struct weal_dkg_message *own = &d->said[d->phase][d->self - 1];
        if (own->n == 0) {
            speak[d->phase](d);
            changed = true;
        }
        bool all = true;
        for (uint32_t i = 0; i < d->roster.n; i++) all &= d->said[d->phase][i].n != 0;
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
