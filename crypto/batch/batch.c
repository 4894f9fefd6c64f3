/* SPDX-License-Identifier: ISC */
/* Collecting proofs, and finding the culprits. Memory is cut from the caller's block once. */
#include "crypto/batch/batch_int.h"

#include <sodium.h>

/* ---- memory ---- */

struct cut {
    uint8_t *p; /* NULL: only measuring */
    size_t n;
};
static void *cut(struct cut *c, size_t bytes) {
    size_t at = (c->n + 63) & ~(size_t)63;
    c->n = at + bytes;
    return c->p ? c->p + at : NULL;
}

static uint32_t power_of_two(uint32_t at_least) {
    uint32_t p = 64;
    while (p < at_least) p *= 2;
    return p;
}

/* Room for proofs_max proofs of the chain's sizes, each with a ring and a scope of its own; for a
 * quarter as many rings that come without points. */
static void layout(struct weal_batch *b, struct cut *c) {
    uint32_t n = b->proofs_max, buckets = power_of_two(2 * n);
    b->own_max = n * BATCH_OWN + 64;
    b->keys_max = n * WEAL_RING_MAX + WEAL_RING_PLACES_LIMIT;
    b->points_max = n * WEAL_RING_MAX / 4 + WEAL_RING_PLACES_LIMIT;
    b->scopes_max = power_of_two(n);
    b->terms_max = b->own_max + b->keys_max + SHARED_COUNT + b->scopes_max;
    b->buckets_mask = buckets - 1;
    b->msm_n = weal_msm_footprint(b->terms_max);
    b->proofs = cut(c, n * sizeof *b->proofs);
    b->rings = cut(c, n * sizeof *b->rings);
    b->buckets = cut(c, buckets * sizeof *b->buckets);
    b->scopes = cut(c, b->scopes_max * sizeof *b->scopes);
    b->own_bytes = cut(c, b->own_max * sizeof *b->own_bytes);
    b->own = cut(c, b->own_max * sizeof *b->own);
    b->own_status = cut(c, b->own_max);
    b->keys = cut(c, b->keys_max * sizeof *b->keys);
    b->sums = cut(c, b->keys_max * sizeof *b->sums);
    b->ring_points = cut(c, b->points_max * sizeof *b->ring_points);
    b->weights = cut(c, n * sizeof *b->weights);
    b->term_scalars = cut(c, b->terms_max * sizeof *b->term_scalars);
    b->term_points = cut(c, b->terms_max * sizeof *b->term_points);
    b->msm_mem = cut(c, b->msm_n);
    b->table_mem = cut(c, weal_msm_table_footprint(FIXED_COUNT));
}

size_t weal_batch_footprint(const struct weal_batch_limits *limits) {
    struct weal_batch b = {.proofs_max = limits->proofs_max};
    struct cut c = {NULL, sizeof b};
    WEAL_ASSERT(limits->proofs_max >= 1 && limits->proofs_max <= 65536);
    layout(&b, &c);
    return c.n + 64;
}

static void decode_shared(struct weal_batch *b) {
    const struct weal_generators *g = weal_generators();
    const uint8_t *in[SHARED_COUNT];
    uint8_t status[SHARED_COUNT];
    struct weal_point96 fixed[FIXED_COUNT];
    in[SHARED_G] = weal_ring_g;
    in[SHARED_F] = g->f;
    in[SHARED_H] = g->h;
    in[SHARED_V] = g->v;
    for (int i = 0; i < WEAL_GENERATORS; i++) {
        in[SHARED_GU + i] = g->gu[i];
        in[SHARED_GV + i] = g->gv[i];
    }
    WEAL_ASSERT(weal_points_decode_var(b->shared, status, in, SHARED_COUNT));
    for (int i = 0; i < FIXED_COUNT; i++) fixed[i] = b->shared[batch_fixed(i)];
    weal_msm_table_init(&b->table, fixed, FIXED_COUNT, b->table_mem,
                        weal_msm_table_footprint(FIXED_COUNT));
}

struct weal_batch *weal_batch_init(void *mem, const struct weal_batch_limits *limits) {
    uintptr_t at = ((uintptr_t)mem + 63) & ~(uintptr_t)63;
    struct weal_batch *b = (struct weal_batch *)at;
    memset(b, 0, sizeof *b);
    b->proofs_max = limits->proofs_max;
    layout(b, &(struct cut){(uint8_t *)at, sizeof *b});
    memset(b->scopes, 0, b->scopes_max * sizeof *b->scopes);
    decode_shared(b);
    weal_batch_reset(b);
    return b;
}

void weal_batch_reset(struct weal_batch *b) {
    b->n = b->own_n = b->decoded_n = b->rings_n = b->keys_n = b->points_n = 0;
    b->verified = false;
    memset(b->buckets, 0xff, (b->buckets_mask + (size_t)1) * sizeof *b->buckets);
    for (uint32_t i = 0; i < b->scopes_max; i++) b->scopes[i].used = 0;
}

/* ---- adding ---- */

/* Key of caches: the challenge's hash stands for D and for the points of the first move. */
static void proof_key(struct batch_proof *p, const uint8_t wide[64], struct weal_bytes answers) {
    struct weal_bytes parts[2] = {{wide, 64}, answers};
    weal_hash256(p->key, "weal/proof", parts, 2);
}

static enum weal_verdict scalars_check(const uint8_t *s, size_t count) {
    struct weal_scalar out;
    for (size_t i = 0; i < count; i++) {
        if (!weal_scalar_decode_var(&out, s + 32 * i)) return WEAL_V_SCALAR;
    }
    return WEAL_ACCEPT;
}

static enum weal_verdict forms_check(const uint8_t *points, size_t count) {
    for (size_t i = 0; i < count; i++) {
        enum weal_verdict v = weal_point_form_check(points + 32 * i);
        if (v != WEAL_ACCEPT) return v;
    }
    return WEAL_ACCEPT;
}

static void own_add(struct weal_batch *b, struct batch_proof *p, const uint8_t *bytes) {
    b->own_bytes[p->own + p->own_n++] = bytes;
}

/* Decodes the points of proofs that wait for it, up to `to`. */
static void decode_own(struct weal_batch *b, uint32_t to) {
    uint32_t from = b->decoded_n;
    if (from < to) {
        weal_points_decode_var(b->own + from, b->own_status + from, b->own_bytes + from, to - from);
    }
    b->decoded_n = to;
}

/* The proof that was written behind the last one becomes part of the batch. */
static enum weal_verdict append(struct weal_batch *b, struct batch_proof *p) {
    b->own_n += p->own_n;
    b->n++;
    if (b->own_n - b->decoded_n >= BATCH_DECODE) decode_own(b, b->own_n & ~(uint32_t)15);
    return WEAL_ACCEPT;
}

/* Checks of form, cheapest first: what needs neither hash nor group. */
static enum weal_verdict ring_check(const struct weal_ring_statement *s, unsigned n, unsigned m,
                                    struct weal_bytes proof) {
    unsigned tags = s->shape == WEAL_RING_NOTE ? 2 : 1;
    size_t points = 2 + (size_t)m + (size_t)m * tags;
    enum weal_verdict v = weal_point_form_check(s->tag);
    if (v == WEAL_ACCEPT && tags == 2) v = weal_point_form_check(s->nullifier);
    if (v != WEAL_ACCEPT) return v;
    if (proof.n != weal_ring_proof_bytes((uint16_t)n, (uint16_t)m, s->shape)) return WEAL_V_LENGTH;
    v = forms_check(proof.p, points);
    return v != WEAL_ACCEPT ? v : scalars_check(proof.p + 32 * points, proof.n / 32 - points);
}

enum weal_verdict weal_batch_add_ring(struct weal_batch *b, uint32_t item,
                                      const struct weal_ring_statement *s,
                                      struct weal_bytes proof) {
    unsigned n = s->n == 0 && s->m == 0 ? WEAL_RING_N : s->n;
    unsigned m = s->n == 0 && s->m == 0 ? WEAL_RING_M : s->m;
    uint8_t d[64], wide[64];
    WEAL_ASSERT(!b->verified);
    enum weal_verdict v = weal_ring_form_check(s);
    if (v == WEAL_ACCEPT) v = ring_check(s, n, m, proof);
    if (v != WEAL_ACCEPT) return v;
    unsigned tags = s->shape == WEAL_RING_NOTE ? 2 : 1, points = 2 + m + m * tags;
    if (b->n == b->proofs_max || b->own_max - b->own_n < points + tags) return WEAL_V_BATCH_FULL;
    uint32_t ring = batch_ring_get(b, s);
    uint32_t scope = batch_scope_get(b, s->chain, s->shape, s->scope);
    if (ring == BATCH_NONE || scope == BATCH_NONE)
        v = WEAL_V_BATCH_FULL;
    else
        v = b->rings[ring].bad;

    struct batch_proof *p = &b->proofs[b->n];
    *p = (struct batch_proof){.proof = proof.p,
                              .item = item,
                              .ring = ring,
                              .scope = scope,
                              .own = b->own_n,
                              .n = (uint8_t)n,
                              .m = (uint8_t)m,
                              .shape = s->shape,
                              .equations = (uint8_t)(2 + tags)};
    if (v == WEAL_ACCEPT) {
        batch_ring_digest(b, ring, scope, s, d);
        weal_ring_challenge(wide, s, d, proof.p);
        weal_scalar_reduce64_var(&p->xi, wide);
        if (weal_scalar_is_zero_var(&p->xi)) v = WEAL_V_CHALLENGE;
    }
    if (v != WEAL_ACCEPT) {
        batch_ring_drop(b, ring);
        batch_scope_drop(b, scope);
        return v;
    }
    proof_key(p, wide, weal_bytes(proof.p + 32 * (size_t)points, proof.n - 32 * (size_t)points));
    own_add(b, p, s->tag);
    if (tags == 2) own_add(b, p, s->nullifier);
    for (size_t i = 0; i < points; i++) own_add(b, p, proof.p + 32 * i);
    return append(b, p);
}

/* The points a linear statement speaks of, in the order of its terms in eval.c. */
static void linear_points(const uint8_t *pub[2], const struct weal_linear_statement *s) {
    pub[0] = pub[1] = NULL;
    switch (s->kind) {
    case WEAL_LINEAR_POP:
        pub[0] = s->key;
        break;
    case WEAL_LINEAR_MINT:
        pub[0] = s->note, pub[1] = s->key;
        break;
    case WEAL_LINEAR_TAGSIG:
        pub[0] = s->tag;
        break;
    case WEAL_LINEAR_REFUND:
        pub[0] = s->tag, pub[1] = s->note;
        break;
    case WEAL_LINEAR_OWNTAG:
        pub[0] = s->tag, pub[1] = s->key;
        break;
    case WEAL_LINEAR_KINDS:
        break;
    }
}

static enum weal_verdict linear_check(const struct weal_linear_statement *s,
                                      const uint8_t *const pub[2], unsigned rows,
                                      struct weal_bytes proof) {
    enum weal_verdict v = weal_linear_statement_check(s);
    for (int i = 0; i < 2 && v == WEAL_ACCEPT; i++) {
        if (pub[i]) v = weal_point_form_check(pub[i]);
    }
    if (v != WEAL_ACCEPT) return v;
    if (proof.n != weal_linear_proof_bytes(s->kind)) return WEAL_V_LENGTH;
    v = forms_check(proof.p, rows);
    return v != WEAL_ACCEPT ? v : scalars_check(proof.p + 32 * (size_t)rows, proof.n / 32 - rows);
}

enum weal_verdict weal_batch_add_linear(struct weal_batch *b, uint32_t item,
                                        const struct weal_linear_statement *s,
                                        struct weal_bytes proof) {
    static const uint8_t none[32];
    bool tagged = s->kind >= WEAL_LINEAR_TAGSIG;
    unsigned rows = s->kind >= WEAL_LINEAR_REFUND ? 2 : 1;
    uint8_t d[64], wide[64];
    const uint8_t *pub[2];
    WEAL_ASSERT(!b->verified);
    linear_points(pub, s);
    enum weal_verdict v = linear_check(s, pub, rows, proof);
    if (v != WEAL_ACCEPT) return v;
    if (b->n == b->proofs_max || b->own_max - b->own_n < 4) return WEAL_V_BATCH_FULL;
    uint32_t scope = tagged ? batch_scope_get(b, s->chain, s->shape, s->scope) : BATCH_NONE;
    if (tagged && scope == BATCH_NONE) return WEAL_V_BATCH_FULL;

    struct batch_proof *p = &b->proofs[b->n];
    *p = (struct batch_proof){.proof = proof.p,
                              .item = item,
                              .ring = BATCH_NONE,
                              .scope = scope,
                              .own = b->own_n,
                              .linear = (uint8_t)(s->kind + 1),
                              .equations = (uint8_t)rows};
    weal_linear_digest(d, s, tagged ? b->scopes[scope].base : none);
    weal_linear_challenge(wide, s->kind, d, proof.p);
    weal_scalar_reduce64_var(&p->xi, wide);
    if (weal_scalar_is_zero_var(&p->xi)) {
        batch_scope_drop(b, scope);
        return WEAL_V_CHALLENGE;
    }
    proof_key(p, wide, weal_bytes(proof.p + 32 * (size_t)rows, proof.n - 32 * (size_t)rows));
    for (int i = 0; i < 2; i++) {
        if (pub[i]) own_add(b, p, pub[i]);
    }
    for (unsigned e = 0; e < rows; e++) own_add(b, p, proof.p + 32 * (size_t)e);
    return append(b, p);
}

void weal_batch_last_key(const struct weal_batch *b, uint8_t key[32]) {
    WEAL_ASSERT(b->n != 0);
    memcpy(key, b->proofs[b->n - 1].key, 32);
}

void weal_batch_drop_last(struct weal_batch *b) {
    WEAL_ASSERT(b->n != 0 && !b->verified);
    const struct batch_proof *p = &b->proofs[--b->n];
    b->own_n = p->own;
    if (b->decoded_n > b->own_n) b->decoded_n = b->own_n;
    batch_ring_drop(b, p->ring);
    batch_scope_drop(b, p->scope);
}

/* ---- verifying ---- */

/* 64 pseudorandom bytes a proof, four weights: the ChaCha20 stream under a key that commits to the
 * random bytes and to everything in the batch, so that neither a weak random source nor a chosen
 * batch helps an attacker. */
static void weights_draw(struct weal_batch *b, const uint8_t random[32]) {
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {0};
    crypto_generichash_blake2b_state st;
    uint8_t seed[32], salt[16] = {0}, personal[16] = "weal/batch-seed";
    crypto_generichash_blake2b_init_salt_personal(&st, NULL, 0, 32, salt, personal);
    crypto_generichash_blake2b_update(&st, random, 32);
    for (uint32_t i = 0; i < b->n; i++) {
        crypto_generichash_blake2b_update(&st, b->proofs[i].key, 32);
    }
    crypto_generichash_blake2b_final(&st, seed, 32);
    crypto_stream_chacha20(b->weights[0], (unsigned long long)b->n * sizeof *b->weights, nonce,
                           seed);
    sodium_memzero(seed, sizeof seed);
    for (uint32_t i = 0; i < b->n; i++) {
        for (unsigned e = 0; e < BATCH_EQUATIONS; e++) {
            uint8_t any = 0;
            for (unsigned k = 0; k < 16; k++) any |= b->weights[i][16 * e + k];
            b->weights[i][16 * e] |= any == 0; /* never zero */
        }
    }
}

/* A proof with a point that does not decode takes no further part. */
static bool points_judge(struct weal_batch *b) {
    bool good = true;
    for (uint32_t i = 0; i < b->n; i++) {
        struct batch_proof *p = &b->proofs[i];
        for (uint32_t k = 0; k < p->own_n && p->verdict == WEAL_ACCEPT; k++) {
            uint8_t status = b->own_status[p->own + k];
            if (status == WEAL_POINT_IDENTITY) p->verdict = WEAL_V_IDENTITY;
            if (status == WEAL_POINT_BAD) p->verdict = WEAL_V_POINT;
        }
        good &= p->verdict == WEAL_ACCEPT;
    }
    return good;
}

/* Which equation of a single proof fails: the first in the order of the specification. */
static enum weal_verdict culprit(struct weal_batch *b, uint32_t i) {
    static const enum weal_verdict ring[] = {WEAL_V_EQ_COMMIT, WEAL_V_EQ_KEY, WEAL_V_EQ_TAG0,
                                             WEAL_V_EQ_TAG1};
    static const enum weal_verdict row[] = {WEAL_V_EQ_ROW0, WEAL_V_EQ_ROW1};
    unsigned e = 0;
    while (e < b->proofs[i].equations && batch_eval(b, i, i + 1, 1u << e)) e++;
    WEAL_ASSERT(e < b->proofs[i].equations); /* a sum that fails has an equation that fails */
    return b->proofs[i].linear ? row[e] : ring[e];
}

bool weal_batch_verify(struct weal_batch *b, const uint8_t random[32]) {
    WEAL_ASSERT(!b->verified);
    b->verified = true;
    if (b->n == 0) return true;
    decode_own(b, b->own_n);
    weights_draw(b, random);
    bool good = points_judge(b);
    if (batch_eval(b, 0, b->n, ~0u)) return good;
    /* halves that fail are halved again; the stack holds at most one half a level */
    struct {
        uint32_t lo, hi;
    } stack[40];
    int depth = 0;
    stack[depth].lo = 0;
    stack[depth++].hi = b->n;
    while (depth > 0) {
        uint32_t lo = stack[--depth].lo, hi = stack[depth].hi;
        if (hi - lo == 1) {
            if (b->proofs[lo].verdict == WEAL_ACCEPT) b->proofs[lo].verdict = culprit(b, lo);
            continue;
        }
        uint32_t mid = lo + (hi - lo) / 2;
        bool left = batch_eval(b, lo, mid, ~0u);
        /* the whole fails, so if the left half holds the right one does not */
        bool right = left ? false : batch_eval(b, mid, hi, ~0u);
        if (!right) {
            stack[depth].lo = mid;
            stack[depth++].hi = hi;
        }
        if (!left) {
            stack[depth].lo = lo;
            stack[depth++].hi = mid;
        }
    }
    return false;
}

uint32_t weal_batch_count(const struct weal_batch *b) {
    return b->n;
}
uint32_t weal_batch_item(const struct weal_batch *b, uint32_t i) {
    WEAL_ASSERT(i < b->n);
    return b->proofs[i].item;
}
enum weal_verdict weal_batch_result(const struct weal_batch *b, uint32_t i) {
    WEAL_ASSERT(i < b->n && b->verified);
    return b->proofs[i].verdict;
}
void weal_batch_key(const struct weal_batch *b, uint32_t i, uint8_t key[32]) {
    WEAL_ASSERT(i < b->n);
    memcpy(key, b->proofs[i].key, 32);
}
