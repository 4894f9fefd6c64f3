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

static void layout(struct weal_batch *b, struct cut *c) {
    uint32_t n = b->proofs_max;
    b->own_max = n * BATCH_OWN_MEAN + 64;
    b->sums_max = n * WEAL_RING_MAX + WEAL_RING_PLACES_LIMIT;
    b->terms_max = b->own_max + b->sums_max + SHARED_COUNT + BATCH_SCOPES;
    b->msm_n = weal_msm_footprint(b->terms_max);
    for (b->buckets_mask = 64; b->buckets_mask < 2 * n;) b->buckets_mask *= 2;
    b->proofs = cut(c, n * sizeof *b->proofs);
    b->rings = cut(c, n * sizeof *b->rings);
    b->buckets = cut(c, b->buckets_mask * sizeof *b->buckets);
    b->own_bytes = cut(c, b->own_max * sizeof *b->own_bytes);
    b->own = cut(c, b->own_max * sizeof *b->own);
    b->own_status = cut(c, b->own_max);
    b->own_scalars = cut(c, b->own_max * sizeof *b->own_scalars);
    b->sums = cut(c, b->sums_max * sizeof *b->sums);
    b->ring_points = cut(c, b->sums_max * sizeof *b->ring_points);
    b->weights = cut(c, n * sizeof *b->weights);
    b->term_scalars = cut(c, b->terms_max * sizeof *b->term_scalars);
    b->term_points = cut(c, b->terms_max * sizeof *b->term_points);
    b->msm_mem = cut(c, b->msm_n);
    b->buckets_mask -= 1;
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
    in[SHARED_G] = weal_ring_g;
    in[SHARED_F] = g->f;
    in[SHARED_H] = g->h;
    in[SHARED_V] = g->v;
    for (int i = 0; i < WEAL_GENERATORS; i++) {
        in[SHARED_GU + i] = g->gu[i];
        in[SHARED_GV + i] = g->gv[i];
    }
    WEAL_ASSERT(weal_points_decode_var(b->shared, status, in, SHARED_COUNT));
}

struct weal_batch *weal_batch_init(void *mem, const struct weal_batch_limits *limits) {
    uintptr_t at = ((uintptr_t)mem + 63) & ~(uintptr_t)63;
    struct weal_batch *b = (struct weal_batch *)at;
    memset(b, 0, sizeof *b);
    b->proofs_max = limits->proofs_max;
    layout(b, &(struct cut){(uint8_t *)at, sizeof *b});
    decode_shared(b);
    weal_batch_reset(b);
    return b;
}

void weal_batch_reset(struct weal_batch *b) {
    b->n = b->own_n = b->rings_n = b->sums_n = 0;
    b->verified = false;
    memset(b->buckets, 0xff, (b->buckets_mask + (size_t)1) * sizeof *b->buckets);
    for (int i = 0; i < BATCH_SCOPES; i++) b->scopes[i].used = false;
}

/* ---- scopes ---- */

static uint64_t scope_hash(struct weal_bytes chain, uint8_t shape, struct weal_bytes scope) {
    uint64_t h = 1469598103934665603u ^ shape;
    for (size_t i = 0; i < chain.n; i++) h = (h ^ chain.p[i]) * 1099511628211u;
    for (size_t i = 0; i < scope.n; i++) h = (h ^ scope.p[i]) * 1099511628211u;
    return h | 1;
}

static bool scope_is(const struct batch_scope *s, uint64_t hash, struct weal_bytes chain,
                     uint8_t shape, struct weal_bytes scope) {
    return s->hash == hash && s->shape == shape && s->chain_n == chain.n && s->scope_n == scope.n &&
           memcmp(s->text, chain.p, chain.n) == 0 &&
           memcmp(s->text + chain.n, scope.p, scope.n) == 0;
}

/* The place of a scope, made if need be; BATCH_NONE when the batch uses BATCH_SCOPES others. */
static uint32_t scope_get(struct weal_batch *b, struct weal_bytes chain, uint8_t shape,
                          struct weal_bytes scope) {
    uint64_t hash = scope_hash(chain, shape, scope);
    uint32_t i = (uint32_t)(hash >> 32) % BATCH_SCOPES, first_free = BATCH_NONE;
    for (uint32_t k = 0; k < BATCH_SCOPES; k++, i = (i + 1) % BATCH_SCOPES) {
        struct batch_scope *s = &b->scopes[i];
        if (s->hash == 0) {
            if (first_free == BATCH_NONE) first_free = i;
            break;
        }
        if (scope_is(s, hash, chain, shape, scope)) {
            s->used = true;
            return i;
        }
        if (!s->used && first_free == BATCH_NONE && k >= 8) first_free = i;
    }
    if (first_free == BATCH_NONE) return BATCH_NONE;
    struct batch_scope *s = &b->scopes[first_free];
    const uint8_t *in[1] = {s->base};
    uint8_t status;
    *s = (struct batch_scope){.hash = hash,
                              .chain_n = (uint8_t)chain.n,
                              .shape = shape,
                              .scope_n = (uint16_t)scope.n,
                              .used = true};
    memcpy(s->text, chain.p, chain.n);
    memcpy(s->text + chain.n, scope.p, scope.n);
    weal_scope_base(s->base, chain, shape, scope);
    weal_points_decode_var(&s->point, &status, in, 1);
    return first_free;
}

/* ---- rings ---- */

static uint32_t ring_bucket(const struct weal_batch *b, const void *p, uint32_t r) {
    uint64_t h = ((uint64_t)(uintptr_t)p + r) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 40) & b->buckets_mask;
}

/* Decodes the keys of a ring that came without points. */
static void ring_decode(struct weal_batch *b, struct batch_ring *ring) {
    const uint8_t *in[WEAL_RING_PLACES_LIMIT];
    uint8_t status[WEAL_RING_PLACES_LIMIT];
    for (uint32_t i = 0; i < ring->r; i++) in[i] = ring->keys + 32 * (size_t)i;
    ring->points = b->ring_points + ring->sums;
    if (weal_points_decode_var(b->ring_points + ring->sums, status, in, ring->r)) return;
    for (uint32_t i = 0; i < ring->r && ring->bad == WEAL_ACCEPT; i++) {
        if (status[i] == WEAL_POINT_IDENTITY)
            ring->bad = WEAL_V_IDENTITY;
        else if (status[i] == WEAL_POINT_BAD)
            ring->bad = WEAL_V_POINT;
    }
}

/* Rings are the same when their decompressed points are the same memory. */
static uint32_t ring_get(struct weal_batch *b, const struct weal_ring_statement *s) {
    const void *name = s->points ? (const void *)s->points : (const void *)s->keys;
    uint32_t *bucket = &b->buckets[ring_bucket(b, name, s->r)];
    for (uint32_t i = *bucket; i != BATCH_NONE; i = b->rings[i].next) {
        const struct batch_ring *k = &b->rings[i];
        if (k->r != s->r) continue;
        if (s->points ? k->points == s->points : k->keys == s->keys) return i;
    }
    if (b->rings_n == b->proofs_max || b->sums_max - b->sums_n < s->r) return BATCH_NONE;
    struct batch_ring *k = &b->rings[b->rings_n];
    *k = (struct batch_ring){.keys = s->keys,
                             .points = s->points,
                             .r = s->r,
                             .next = *bucket,
                             .sums = b->sums_n,
                             .scope = BATCH_NONE};
    if (!s->points) ring_decode(b, k);
    b->sums_n += s->r;
    *bucket = b->rings_n;
    return b->rings_n++;
}

/* ---- adding ---- */

/* D, by the ring's kept midstate when the last statement over it had the same scope. */
static void ring_digest(struct weal_batch *b, struct batch_ring *ring, uint32_t scope,
                        const struct weal_ring_statement *s, uint8_t d[64]) {
    struct weal_transcript t;
    bool kept = ring->scope == scope && ring->shape == s->shape && ring->n == s->n &&
                ring->m == s->m && ring->keys == s->keys;
    if (!kept) {
        weal_ring_digest_begin(&ring->midstate, s, b->scopes[scope].base);
        ring->scope = scope; /* names chain, shape and scope */
        ring->shape = s->shape;
        ring->n = s->n;
        ring->m = s->m;
        ring->keys = s->keys;
    }
    t = ring->midstate;
    weal_ring_digest_end(&t, d, s);
}

static void proof_key(struct batch_proof *p, struct weal_bytes proof) {
    struct weal_bytes parts[2] = {{p->d, 64}, proof};
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

enum weal_verdict weal_batch_add_ring(struct weal_batch *b, uint32_t item,
                                      const struct weal_ring_statement *s,
                                      struct weal_bytes proof) {
    uint16_t n = s->n == 0 && s->m == 0 ? WEAL_RING_N : s->n;
    uint16_t m = s->n == 0 && s->m == 0 ? WEAL_RING_M : s->m;
    uint8_t wide[64];
    WEAL_ASSERT(!b->verified);
    enum weal_verdict v = weal_ring_statement_check(s);
    if (v != WEAL_ACCEPT) return v;
    unsigned tags = s->shape == WEAL_RING_NOTE ? 2 : 1;
    v = weal_point_form_check(s->tag);
    if (v == WEAL_ACCEPT && tags == 2) v = weal_point_form_check(s->nullifier);
    if (v != WEAL_ACCEPT) return v;
    if (proof.n != weal_ring_proof_bytes(n, m, s->shape)) return WEAL_V_LENGTH;
    size_t points = 2 + (size_t)m + (size_t)m * tags;
    v = forms_check(proof.p, points);
    if (v == WEAL_ACCEPT) v = scalars_check(proof.p + 32 * points, proof.n / 32 - points);
    if (v != WEAL_ACCEPT) return v;
    if (b->n == b->proofs_max || b->own_max - b->own_n < points + tags) return WEAL_V_BATCH_FULL;
    uint32_t scope = scope_get(b, s->chain, s->shape, s->scope), ring = ring_get(b, s);
    if (scope == BATCH_NONE || ring == BATCH_NONE) return WEAL_V_BATCH_FULL;
    if (b->rings[ring].bad != WEAL_ACCEPT) return b->rings[ring].bad;

    struct batch_proof *p = &b->proofs[b->n];
    *p = (struct batch_proof){.proof = proof.p,
                              .pub = {s->tag, s->nullifier},
                              .item = item,
                              .ring = ring,
                              .scope = scope,
                              .own = b->own_n,
                              .n = n,
                              .m = m,
                              .shape = s->shape,
                              .equations = (uint8_t)(2 + tags)};
    ring_digest(b, &b->rings[ring], scope, s, p->d);
    proof_key(p, proof);
    weal_ring_challenge(wide, s, p->d, proof.p);
    weal_scalar_reduce64_var(&p->xi, wide);
    if (weal_scalar_is_zero_var(&p->xi)) return WEAL_V_CHALLENGE;
    own_add(b, p, s->tag);
    if (tags == 2) own_add(b, p, s->nullifier);
    for (size_t i = 0; i < points; i++) own_add(b, p, proof.p + 32 * i);
    b->own_n += p->own_n;
    b->n++;
    return WEAL_ACCEPT;
}

enum weal_verdict weal_batch_add_linear(struct weal_batch *b, uint32_t item,
                                        const struct weal_linear_statement *s,
                                        struct weal_bytes proof) {
    bool tagged = s->kind >= WEAL_LINEAR_TAGSIG;
    unsigned rows = s->kind >= WEAL_LINEAR_REFUND ? 2 : 1;
    uint8_t wide[64];
    static const uint8_t none[32];
    WEAL_ASSERT(!b->verified);
    /* what each kind speaks of, in the order of its terms: see eval.c */
    const uint8_t *pub[2] = {s->kind == WEAL_LINEAR_POP    ? s->key
                             : s->kind == WEAL_LINEAR_MINT ? s->note
                                                           : s->tag,
                             s->kind == WEAL_LINEAR_MINT     ? s->key
                             : s->kind == WEAL_LINEAR_REFUND ? s->note
                             : s->kind == WEAL_LINEAR_OWNTAG ? s->key
                                                             : NULL};
    enum weal_verdict v = weal_linear_statement_check(s);
    for (int i = 0; i < 2 && v == WEAL_ACCEPT; i++) {
        if (pub[i]) v = weal_point_form_check(pub[i]);
    }
    if (v != WEAL_ACCEPT) return v;
    if (proof.n != weal_linear_proof_bytes(s->kind)) return WEAL_V_LENGTH;
    v = forms_check(proof.p, rows);
    if (v == WEAL_ACCEPT) v = scalars_check(proof.p + 32 * rows, proof.n / 32 - rows);
    if (v != WEAL_ACCEPT) return v;
    if (b->n == b->proofs_max || b->own_max - b->own_n < 4) return WEAL_V_BATCH_FULL;
    uint32_t scope = tagged ? scope_get(b, s->chain, s->shape, s->scope) : BATCH_NONE;
    if (tagged && scope == BATCH_NONE) return WEAL_V_BATCH_FULL;

    struct batch_proof *p = &b->proofs[b->n];
    *p = (struct batch_proof){.proof = proof.p,
                              .pub = {pub[0], pub[1]},
                              .item = item,
                              .ring = BATCH_NONE,
                              .scope = scope,
                              .own = b->own_n,
                              .linear = (uint8_t)(s->kind + 1),
                              .equations = (uint8_t)rows};
    weal_linear_digest(p->d, s, tagged ? b->scopes[scope].base : none);
    proof_key(p, proof);
    weal_linear_challenge(wide, s->kind, p->d, proof.p);
    weal_scalar_reduce64_var(&p->xi, wide);
    if (weal_scalar_is_zero_var(&p->xi)) return WEAL_V_CHALLENGE;
    for (int i = 0; i < 2; i++) {
        if (pub[i]) own_add(b, p, pub[i]);
    }
    for (unsigned e = 0; e < rows; e++) own_add(b, p, proof.p + 32 * e);
    b->own_n += p->own_n;
    b->n++;
    return WEAL_ACCEPT;
}

void weal_batch_last_key(const struct weal_batch *b, uint8_t key[32]) {
    WEAL_ASSERT(b->n != 0);
    memcpy(key, b->proofs[b->n - 1].key, 32);
}

void weal_batch_drop_last(struct weal_batch *b) {
    WEAL_ASSERT(b->n != 0 && !b->verified);
    b->own_n = b->proofs[--b->n].own;
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
    crypto_stream_chacha20(b->weights[0], (unsigned long long)b->n * 64, nonce, seed);
    sodium_memzero(seed, sizeof seed);
    for (uint32_t i = 0; i < b->n; i++) {
        for (unsigned e = 0; e < BATCH_EQUATIONS; e++) {
            uint8_t any = 0;
            for (unsigned k = 0; k < 16; k++) any |= b->weights[i][16 * e + k];
            b->weights[i][16 * e] |= any == 0; /* never zero */
        }
    }
}

static void decode_own(struct weal_batch *b) {
    if (weal_points_decode_var(b->own, b->own_status, b->own_bytes, b->own_n)) return;
    for (uint32_t i = 0; i < b->n; i++) {
        struct batch_proof *p = &b->proofs[i];
        for (uint32_t k = 0; k < p->own_n && p->verdict == WEAL_ACCEPT; k++) {
            uint8_t status = b->own_status[p->own + k];
            if (status == WEAL_POINT_IDENTITY)
                p->verdict = WEAL_V_IDENTITY;
            else if (status == WEAL_POINT_BAD)
                p->verdict = WEAL_V_POINT;
        }
    }
}

/* Which equation of a single proof fails: the first in the order of the specification. */
static enum weal_verdict culprit(struct weal_batch *b, uint32_t i) {
    static const enum weal_verdict ring[] = {WEAL_V_EQ_COMMIT, WEAL_V_EQ_KEY, WEAL_V_EQ_TAG0,
                                             WEAL_V_EQ_TAG1};
    static const enum weal_verdict row[] = {WEAL_V_EQ_ROW0, WEAL_V_EQ_ROW1};
    for (unsigned e = 0; e < b->proofs[i].equations; e++) {
        if (!batch_eval(b, i, i + 1, 1u << e)) return b->proofs[i].linear ? row[e] : ring[e];
    }
    return WEAL_ACCEPT;
}

bool weal_batch_verify(struct weal_batch *b, const uint8_t random[32]) {
    WEAL_ASSERT(!b->verified);
    b->verified = true;
    if (b->n == 0) return true;
    decode_own(b);
    weights_draw(b, random);
    bool good = true;
    for (uint32_t i = 0; i < b->n; i++) good &= b->proofs[i].verdict == WEAL_ACCEPT;
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
