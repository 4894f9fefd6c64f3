/* SPDX-License-Identifier: ISC */
#include "tests/support/baseline.h"

#include "tests/support/ringset.h"

/* ---- LSAG ---- */

static void lsag_hash_point(uint8_t out[32], const uint8_t key[32]) {
    uint8_t wide[64];
    crypto_hash_sha512(wide, key, 32);
    crypto_core_ristretto255_from_hash(out, wide);
}

/* c' = H(message, ring, image, L, R) */
static void lsag_step(uint8_t c[32], const struct lsag *l, const uint8_t L[32],
                      const uint8_t R[32]) {
    crypto_hash_sha512_state st;
    uint8_t wide[64];
    crypto_hash_sha512_init(&st);
    crypto_hash_sha512_update(&st, l->message, 32);
    crypto_hash_sha512_update(&st, l->keys[0], sizeof l->keys);
    crypto_hash_sha512_update(&st, l->image, 32);
    crypto_hash_sha512_update(&st, L, 32);
    crypto_hash_sha512_update(&st, R, 32);
    crypto_hash_sha512_final(&st, wide);
    crypto_core_ristretto255_scalar_reduce(c, wide);
}

/* L = s G + c P, R = s Hp(P) + c I: four multiplications, one hash to the group, two additions */
static bool lsag_row(uint8_t c[32], const struct lsag *l, const uint8_t key[32],
                     const uint8_t s[32]) {
    uint8_t a[32], b[32], hp[32], L[32], R[32];
    lsag_hash_point(hp, key);
    bool ok = crypto_scalarmult_ristretto255_base(a, s) == 0 &&
              crypto_scalarmult_ristretto255(b, c, key) == 0 &&
              crypto_core_ristretto255_add(L, a, b) == 0 &&
              crypto_scalarmult_ristretto255(a, s, hp) == 0 &&
              crypto_scalarmult_ristretto255(b, c, l->image) == 0 &&
              crypto_core_ristretto255_add(R, a, b) == 0;
    lsag_step(c, l, L, R);
    return ok;
}

bool lsag_verify(const struct lsag *l) {
    uint8_t c[32];
    memcpy(c, l->signature, 32);
    for (int i = 0; i < LSAG_RING; i++) {
        if (!lsag_row(c, l, l->keys[i], l->signature + 32 * (i + 1))) return false;
    }
    return memcmp(c, l->signature, 32) == 0;
}

bool lsag_make(struct lsag *l, uint32_t index, uint64_t seed) {
    struct ringset_rng rng = {seed, 0};
    uint8_t x[32], k[32], hp[32], L[32], R[32], c[32], t[32];
    for (uint32_t i = 0; i < LSAG_RING; i++) {
        ringset_point(&rng, l->keys[i]);
        ringset_scalar(&rng, l->signature + 32 * (i + 1));
    }
    ringset_scalar(&rng, x);
    ringset_scalar(&rng, k);
    ringset_bytes(&rng, l->message, 32);
    bool ok = crypto_scalarmult_ristretto255_base(l->keys[index], x) == 0;
    lsag_hash_point(hp, l->keys[index]);
    ok &= crypto_scalarmult_ristretto255(l->image, x, hp) == 0;
    ok &= crypto_scalarmult_ristretto255_base(L, k) == 0;
    ok &= crypto_scalarmult_ristretto255(R, k, hp) == 0;
    lsag_step(c, l, L, R);
    for (uint32_t j = 1; j <= LSAG_RING; j++) {
        uint32_t i = (index + j) % LSAG_RING;
        if (i == 0) memcpy(l->signature, c, 32);
        if (i == index) break;
        ok &= lsag_row(c, l, l->keys[i], l->signature + 32 * (i + 1));
    }
    crypto_core_ristretto255_scalar_mul(t, c, x); /* s = k - c x closes the ring */
    crypto_core_ristretto255_scalar_sub(l->signature + 32 * (index + 1), k, t);
    return ok;
}

/* ---- ring proofs ---- */

/* sum += s p; a product that is the identity is written as zeros and reported by -1 */
static void addmul(uint8_t sum[32], const uint8_t s[32], const uint8_t p[32]) {
    uint8_t t[32];
    (void)!crypto_scalarmult_ristretto255(t, s, p);
    (void)!crypto_core_ristretto255_add(sum, sum, t);
}
static void submul(uint8_t sum[32], const uint8_t s[32], const uint8_t p[32]) {
    uint8_t n[32];
    crypto_core_ristretto255_scalar_negate(n, s);
    addmul(sum, n, p);
}

static enum weal_verdict points_check(const uint8_t *p, size_t n) {
    for (size_t i = 0; i < n; i++, p += 32) {
        enum weal_verdict v = weal_point_form_check(p);
        if (v != WEAL_ACCEPT) return v;
        if (!crypto_core_ristretto255_is_valid_point(p)) return WEAL_V_POINT;
    }
    return WEAL_ACCEPT;
}

static enum weal_verdict scalars_check(const uint8_t *s, size_t n) {
    for (size_t i = 0; i < n; i++, s += 32) {
        if (!weal_is_zero32(s) && !weal_secret_valid(s)) return WEAL_V_SCALAR;
    }
    return WEAL_ACCEPT;
}

struct open_proof {
    unsigned n, m, tags, places;
    const uint8_t *A, *B, *x, *y, *za, *z;
    uint8_t f[16][32], xi[32], power[9][32]; /* powers of xi */
};

static bool commit_holds(const struct open_proof *o) {
    const struct weal_generators *g = weal_generators();
    uint8_t sum[32], t[32], u[32];
    memcpy(sum, o->A, 32);
    addmul(sum, o->xi, o->B);
    submul(sum, o->za, g->f);
    for (unsigned i = 0; i < o->n * o->m; i++) {
        submul(sum, o->f[i], g->gu[i]);
        crypto_core_ristretto255_scalar_sub(t, o->xi, o->f[i]);
        crypto_core_ristretto255_scalar_mul(u, o->f[i], t);
        submul(sum, u, g->gv[i]);
    }
    return weal_is_zero32(sum);
}

static bool key_holds(const struct open_proof *o, const struct weal_ring_statement *s) {
    uint8_t sum[32] = {0}, p[32], last[32] = {0};
    for (unsigned i = 0; i < o->places; i++) {
        memset(p, 0, 32);
        p[0] = 1;
        for (unsigned j = 0, rest = i; j < o->m; j++, rest /= o->n) {
            crypto_core_ristretto255_scalar_mul(p, p, o->f[j * o->n + rest % o->n]);
        }
        if (i + 1 < s->r)
            addmul(sum, p, s->keys + 32 * (size_t)i);
        else
            crypto_core_ristretto255_scalar_add(last, last, p);
    }
    addmul(sum, last, s->keys + 32 * (size_t)(s->r - 1));
    for (unsigned j = 0; j < o->m; j++) submul(sum, o->power[j], o->x + 32 * j);
    submul(sum, o->z, weal_ring_g);
    if (o->tags == 2) submul(sum, o->z + 32, weal_generators()->h);
    return weal_is_zero32(sum);
}

static bool tag_holds(const struct open_proof *o, unsigned k, const uint8_t *base,
                      const uint8_t *tag) {
    uint8_t sum[32] = {0};
    addmul(sum, o->power[o->m], tag);
    for (unsigned j = 0; j < o->m; j++) submul(sum, o->power[j], o->y + 32 * (k * o->m + j));
    submul(sum, o->z + 32 * k, base);
    return weal_is_zero32(sum);
}

static void proof_open(struct open_proof *o, const uint8_t *proof) {
    const uint8_t *f = proof + 32 * (2 + o->m + o->m * o->tags);
    o->A = proof, o->B = proof + 32, o->x = proof + 64, o->y = o->x + 32 * o->m;
    for (unsigned j = 0; j < o->m; j++) {
        uint8_t *first = o->f[j * o->n];
        memcpy(first, o->xi, 32);
        for (unsigned i = 1; i < o->n; i++, f += 32) {
            memcpy(o->f[j * o->n + i], f, 32);
            crypto_core_ristretto255_scalar_sub(first, first, f);
        }
    }
    o->za = f, o->z = f + 32;
    memset(o->power[0], 0, 32);
    o->power[0][0] = 1;
    for (unsigned j = 0; j < o->m; j++) {
        crypto_core_ristretto255_scalar_mul(o->power[j + 1], o->power[j], o->xi);
    }
}

enum weal_verdict baseline_ring_verify(const struct weal_ring_statement *s,
                                       struct weal_bytes proof) {
    struct open_proof o = {.n = s->n ? s->n : WEAL_RING_N, .m = s->m ? s->m : WEAL_RING_M};
    uint8_t base[32], d[64], wide[64];
    enum weal_verdict v = weal_ring_statement_check(s);
    if (v == WEAL_ACCEPT) v = points_check(s->keys, s->r);
    if (v == WEAL_ACCEPT) v = points_check(s->tag, 1);
    if (v == WEAL_ACCEPT && s->nullifier) v = points_check(s->nullifier, 1);
    if (v != WEAL_ACCEPT) return v;
    o.tags = s->nullifier ? 2 : 1;
    if (proof.n != weal_ring_proof_bytes((uint16_t)o.n, (uint16_t)o.m, s->shape)) {
        return WEAL_V_LENGTH;
    }
    size_t points = 2 + o.m + o.m * o.tags;
    v = points_check(proof.p, points);
    if (v == WEAL_ACCEPT) v = scalars_check(proof.p + 32 * points, proof.n / 32 - points);
    if (v != WEAL_ACCEPT) return v;
    weal_scope_base(base, s->chain, s->shape, s->scope);
    weal_ring_digest(d, s, base);
    weal_ring_challenge(wide, s, d, proof.p);
    crypto_core_ristretto255_scalar_reduce(o.xi, wide);
    if (weal_is_zero32(o.xi)) return WEAL_V_CHALLENGE;
    o.places = 1;
    for (unsigned j = 0; j < o.m; j++) o.places *= o.n;
    proof_open(&o, proof.p);
    if (!commit_holds(&o)) return WEAL_V_EQ_COMMIT;
    if (!key_holds(&o, s)) return WEAL_V_EQ_KEY;
    if (!tag_holds(&o, 0, base, s->tag)) return WEAL_V_EQ_TAG0;
    if (o.tags == 2 && !tag_holds(&o, 1, weal_generators()->v, s->nullifier)) {
        return WEAL_V_EQ_TAG1;
    }
    return WEAL_ACCEPT;
}
