/* SPDX-License-Identifier: ISC */
/* The ring prover (SPEC.md, sections 6.2 and 6.3). Secret: the index and its digits, x, t, every
 * nonce, every coefficient. No branch and no table index depends on them: the digits become masks,
 * every key is multiplied for every X. */
#include "crypto/ring/prove_int.h"

enum { PLACES = WEAL_RING_PLACES_LIMIT, M = WEAL_RING_M_LIMIT, NM = 16 };

struct work {
    uint32_t n, m, places, tags;
    uint8_t sigma[NM]; /* 0 or 1; j n + i */
    secret_scalar a[NM], rho[2][M], ra, rb, xi;
    secret_scalar p[PLACES][M + 1]; /* coefficients of p_i, the constant one first */
    secret_scalar x[2];
    struct secret_nonces nonces;
};

/* out = bit ? v : 0 */
static void masked(secret_scalar *out, const secret_scalar *v, uint8_t bit) {
    uint8_t mask = secret_mask(bit);
    for (int i = 0; i < 32; i++) out->b[i] = v->b[i] & mask;
}

/* The digits of the index, by repeated subtraction over all public values: division by n would run
 * in a time that depends on the index. */
static void digits(struct work *w, uint32_t index) {
    for (uint32_t i = 0; i < w->places; i++) {
        uint8_t hit = secret_equal(i, index);
        for (uint32_t j = 0, rest = i; j < w->m; j++, rest /= w->n) {
            w->sigma[j * w->n + rest % w->n] |= hit;
        }
    }
}

static void nonces_draw(struct work *w) {
    secret_nonce(&w->ra, &w->nonces, "rA", 0);
    secret_nonce(&w->rb, &w->nonces, "rB", 0);
    for (uint32_t j = 0; j < w->m; j++) {
        secret_scalar sum = {{0}};
        for (uint32_t i = 1; i < w->n; i++) {
            secret_nonce(&w->a[j * w->n + i], &w->nonces, "a", j * w->n + i);
            secret_add(&sum, &sum, &w->a[j * w->n + i]);
        }
        crypto_core_ristretto255_scalar_negate(w->a[j * w->n].b, sum.b);
        sodium_memzero(&sum, sizeof sum);
        for (uint32_t k = 0; k < w->tags; k++) {
            secret_nonce(&w->rho[k][j], &w->nonces, "rho", k * w->m + j);
        }
    }
}

/* sum += the one of n points whose bit is set: sigma picks Gu, no multiplication by 0 or 1. */
static void add_selected(uint8_t sum[32], const uint8_t (*points)[32], const uint8_t *bits,
                         uint32_t n) {
    uint8_t point[32] = {0};
    for (uint32_t i = 0; i < n; i++) {
        uint8_t mask = secret_mask(bits[i]);
        for (int k = 0; k < 32; k++) point[k] |= points[i][k] & mask;
    }
    (void)!crypto_core_ristretto255_add(sum, sum, point);
    sodium_memzero(point, sizeof point);
}

/* A = Com(a, -a^2; rA), B = Com(sigma, a (1 - 2 sigma); rB). */
static void commit(struct work *w, uint8_t *out_a, uint8_t *out_b) {
    const struct weal_generators *g = weal_generators();
    secret_scalar t, u;
    memset(out_a, 0, 32);
    memset(out_b, 0, 32);
    secret_addmul(out_a, &w->ra, g->f);
    secret_addmul(out_b, &w->rb, g->f);
    for (uint32_t j = 0; j < w->m; j++) {
        add_selected(out_b, g->gu + j * w->n, w->sigma + j * w->n, w->n);
    }
    for (uint32_t i = 0; i < w->n * w->m; i++) {
        secret_addmul(out_a, &w->a[i], g->gu[i]);
        secret_mul(&t, &w->a[i], &w->a[i]);
        crypto_core_ristretto255_scalar_negate(u.b, t.b);
        secret_addmul(out_a, &u, g->gv[i]);

        masked(&t, &w->a[i], w->sigma[i]); /* a - 2 sigma a = +-a */
        secret_sub(&u, &w->a[i], &t);
        secret_sub(&u, &u, &t);
        secret_addmul(out_b, &u, g->gv[i]);
    }
    sodium_memzero(&t, sizeof t);
    sodium_memzero(&u, sizeof u);
}

/* p_i(xi) = prod over j of (sigma[j][i_j] xi + a[j][i_j]), coefficient by coefficient. */
static void polynomials(struct work *w) {
    secret_scalar t, u;
    for (uint32_t i = 0; i < w->places; i++) {
        secret_scalar *p = w->p[i];
        memset(p, 0, sizeof w->p[i]);
        p[0].b[0] = 1;
        for (uint32_t j = 0, rest = i; j < w->m; j++, rest /= w->n) {
            uint32_t at = j * w->n + rest % w->n;
            for (uint32_t k = j + 1;; k--) {
                secret_mul(&t, &p[k], &w->a[at]);
                if (k == 0) {
                    p[0] = t;
                    break;
                }
                masked(&u, &p[k - 1], w->sigma[at]);
                secret_add(&p[k], &t, &u);
            }
        }
    }
    sodium_memzero(&t, sizeof t);
    sodium_memzero(&u, sizeof u);
}

/* X_j = sum_i p_{i,j} K_i + sum_k rho[k][j] B_k; padding places add to the last real key. Most
 * coefficients above the first are zero, and which ones tells the digits: libsodium branches on a
 * product that is the identity. So every scalar is shifted by a blind, and the blind times the sum
 * of the keys taken off again. */
static void announce_keys(struct work *w, const struct weal_ring_statement *s, uint32_t j,
                          const uint8_t keys_sum[32], uint8_t x[32]) {
    secret_scalar sum, blind, off;
    secret_nonce(&blind, &w->nonces, "blind", j); /* leaves no trace in the proof */
    crypto_core_ristretto255_scalar_negate(off.b, blind.b);
    memset(x, 0, 32);
    secret_addmul(x, &off, keys_sum);
    for (uint32_t i = 0; i < s->r; i++) {
        secret_add(&sum, &w->p[i][j], &blind);
        for (uint32_t k = s->r; i == s->r - 1 && k < w->places; k++) {
            secret_add(&sum, &sum, &w->p[k][j]);
        }
        secret_addmul(x, &sum, s->keys + 32 * (size_t)i);
    }
    sodium_memzero(&sum, sizeof sum);
    sodium_memzero(&blind, sizeof blind);
    sodium_memzero(&off, sizeof off);
}

/* Y_{tau,j} = rho[k(tau)][j] U_tau. */
static void announce(struct work *w, const struct weal_ring_statement *s, const uint8_t base[32],
                     uint8_t *xs, uint8_t *ys) {
    const struct weal_generators *g = weal_generators();
    uint8_t keys_sum[32] = {0};
    for (uint32_t i = 0; i < s->r; i++) {
        (void)!crypto_core_ristretto255_add(keys_sum, keys_sum, s->keys + 32 * (size_t)i);
    }
    for (uint32_t j = 0; j < w->m; j++) {
        uint8_t *x = xs + 32 * (size_t)j;
        announce_keys(w, s, j, keys_sum, x);
        secret_addmul_base(x, &w->rho[0][j]);
        if (w->tags == 2) secret_addmul(x, &w->rho[1][j], g->h);
        (void)!crypto_scalarmult_ristretto255(ys + 32 * (size_t)j, w->rho[0][j].b, base);
        if (w->tags == 2) {
            (void)!crypto_scalarmult_ristretto255(ys + 32 * (size_t)(w->m + j), w->rho[1][j].b,
                                                  g->v);
        }
    }
}

static void respond(struct work *w, uint8_t *f, uint8_t *za, uint8_t *z) {
    secret_scalar t, power[M + 1];
    memset(power, 0, sizeof power);
    power[0].b[0] = 1;
    for (uint32_t j = 1; j <= w->m; j++) secret_mul(&power[j], &power[j - 1], &w->xi);
    for (uint32_t j = 0; j < w->m; j++) {
        for (uint32_t i = 1; i < w->n; i++, f += 32) {
            masked(&t, &w->xi, w->sigma[j * w->n + i]);
            crypto_core_ristretto255_scalar_add(f, t.b, w->a[j * w->n + i].b);
        }
    }
    secret_mul(&t, &w->xi, &w->rb);
    crypto_core_ristretto255_scalar_add(za, w->ra.b, t.b);
    for (uint32_t k = 0; k < w->tags; k++) {
        secret_scalar sum;
        secret_mul(&sum, &w->x[k], &power[w->m]);
        for (uint32_t j = 0; j < w->m; j++) {
            secret_mul(&t, &w->rho[k][j], &power[j]);
            secret_sub(&sum, &sum, &t);
        }
        memcpy(z + 32 * k, sum.b, 32);
        sodium_memzero(&sum, sizeof sum);
    }
    sodium_memzero(&t, sizeof t);
}

/* Do the secrets belong to the key at the index and to the tags? All keys are looked at. */
static bool witness_fits(const struct weal_ring_statement *s, uint32_t index,
                         const uint8_t (*secrets)[32], const uint8_t base[32]) {
    const struct weal_generators *g = weal_generators();
    uint8_t key[32], term[32], found[32] = {0};
    int bad = !weal_secret_valid(secrets[0]);
    (void)!crypto_scalarmult_ristretto255_base(key, secrets[0]);
    (void)!crypto_scalarmult_ristretto255(term, secrets[0], base);
    bad |= sodium_memcmp(term, s->tag, 32) != 0;
    if (s->shape == WEAL_RING_NOTE) {
        bad |= !weal_secret_valid(secrets[1]);
        secret_addmul(key, (const secret_scalar *)secrets[1], g->h);
        (void)!crypto_scalarmult_ristretto255(term, secrets[1], g->v);
        bad |= sodium_memcmp(term, s->nullifier, 32) != 0;
    }
    for (uint32_t i = 0; i < s->r; i++) {
        uint8_t mask = secret_mask(secret_equal(i, index));
        for (int k = 0; k < 32; k++) found[k] |= s->keys[32 * (size_t)i + (size_t)k] & mask;
    }
    bad |= sodium_memcmp(found, key, 32) != 0;
    sodium_memzero(key, sizeof key);
    sodium_memzero(term, sizeof term);
    sodium_memzero(found, sizeof found);
    SECRET_DECLASSIFY(&bad, sizeof bad);
    return !bad;
}

static void seed_nonces(struct work *w, const uint8_t d[64], uint32_t index,
                        const uint8_t random[32]) {
    uint8_t secret[4 + 64];
    weal_put_le32(secret, index);
    for (uint32_t k = 0; k < w->tags; k++) memcpy(secret + 4 + 32 * k, w->x[k].b, 32);
    secret_nonces_init(&w->nonces, secret, 4 + 32 * (size_t)w->tags, d, random);
    sodium_memzero(secret, sizeof secret);
}

static bool points_good(const struct weal_ring_statement *s) {
    for (uint32_t i = 0; i < s->r; i++) {
        const uint8_t *k = s->keys + 32 * (size_t)i;
        if (weal_point_form_check(k) != WEAL_ACCEPT ||
            !crypto_core_ristretto255_is_valid_point(k)) {
            return false;
        }
    }
    return true;
}

/* The points of a first move are public once they are hashed. An identity among them, or a
 * challenge of zero, has a probability of about 2^-250: the proof would be refused, so it is not
 * given. */
static bool first_move_good(const uint8_t *proof, size_t points, const secret_scalar *xi) {
    SECRET_DECLASSIFY(proof, 32 * points);
    SECRET_DECLASSIFY(xi, sizeof *xi);
    bool good = !weal_is_zero32(xi->b);
    for (size_t i = 0; i < points; i++) good &= !weal_is_zero32(proof + 32 * i);
    return good;
}

enum weal_verdict weal_ring_prove(uint8_t *proof, const struct weal_ring_statement *s,
                                  uint32_t index, const uint8_t (*secrets)[32],
                                  const uint8_t random[32]) {
    uint8_t base[32], d[64], wide[64];
    enum weal_verdict v = weal_ring_statement_check(s);
    if (v != WEAL_ACCEPT) return v;
    if (!points_good(s)) return WEAL_V_POINT;
    weal_scope_base(base, s->chain, s->shape, s->scope);
    if (!witness_fits(s, index, secrets, base)) return WEAL_V_PROVER_WITNESS;

    struct work w = {.n = s->n == 0 ? WEAL_RING_N : s->n,
                     .m = s->n == 0 ? WEAL_RING_M : s->m,
                     .places = 1,
                     .tags = s->shape == WEAL_RING_NOTE ? 2 : 1};
    for (uint32_t j = 0; j < w.m; j++) w.places *= w.n;
    for (uint32_t k = 0; k < w.tags; k++) memcpy(w.x[k].b, secrets[k], 32);
    weal_ring_digest(d, s, base);
    seed_nonces(&w, d, index, random);
    digits(&w, index);
    nonces_draw(&w);

    size_t points = 2 + (size_t)w.m * (1 + w.tags);
    uint8_t *xs = proof + 64, *ys = xs + 32 * (size_t)w.m, *f = proof + 32 * points;
    uint8_t *za = f + 32 * (size_t)(w.m * (w.n - 1)), *z = za + 32;
    commit(&w, proof, proof + 32);
    polynomials(&w);
    announce(&w, s, base, xs, ys);
    weal_ring_challenge(wide, s, d, proof);
    crypto_core_ristretto255_scalar_reduce(w.xi.b, wide);
    bool good = first_move_good(proof, points, &w.xi);
    respond(&w, f, za, z);
    sodium_memzero(&w, sizeof w);
    if (!good)
        sodium_memzero(proof, weal_ring_proof_bytes(s->n ? s->n : WEAL_RING_N,
                                                    s->m ? s->m : WEAL_RING_M, s->shape));
    return good ? WEAL_ACCEPT : WEAL_V_IDENTITY;
}
