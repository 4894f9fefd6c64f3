/* SPDX-License-Identifier: ISC */
/* The Schnorr-type provers (SPEC.md, section 7): rows of one form, secrets x_k shared by the rows.
 * Constant time in the secrets. */
#include "crypto/ring/prove_int.h"

/* What each row multiplies by what: base of secret k in row e, NULL where it has none. */
struct rows {
    unsigned rows, secrets;
    const uint8_t *base[2][2]; /* [row][secret] */
    const uint8_t *image[2];
};

static void rows_of(struct rows *r, const struct weal_linear_statement *s, const uint8_t base[32]) {
    const struct weal_generators *g = weal_generators();
    *r = (struct rows){.rows = 1, .secrets = 1};
    switch (s->kind) {
    case WEAL_LINEAR_POP:
        r->base[0][0] = weal_ring_g;
        r->image[0] = s->key;
        break;
    case WEAL_LINEAR_MINT: /* image K - P: checked apart */
        r->base[0][0] = g->h;
        break;
    case WEAL_LINEAR_TAGSIG:
        r->base[0][0] = base;
        r->image[0] = s->tag;
        break;
    case WEAL_LINEAR_REFUND:
        *r = (struct rows){2, 2, {{base, NULL}, {weal_ring_g, g->h}}, {s->tag, s->note}};
        break;
    case WEAL_LINEAR_OWNTAG:
        *r = (struct rows){2, 1, {{weal_ring_g, NULL}, {base, NULL}}, {s->key, s->tag}};
        break;
    case WEAL_LINEAR_KINDS:
        break;
    }
}

static void row_sum(uint8_t out[32], const struct rows *r, unsigned e, const secret_scalar *s) {
    memset(out, 0, 32);
    for (unsigned k = 0; k < r->secrets; k++) {
        if (r->base[e][k]) secret_addmul(out, &s[k], r->base[e][k]);
    }
}

static bool point_good(const uint8_t p[32]) {
    return weal_point_form_check(p) == WEAL_ACCEPT && crypto_core_ristretto255_is_valid_point(p);
}

static bool witness_fits(const struct rows *r, const struct weal_linear_statement *s,
                         const secret_scalar *x) {
    uint8_t sum[32], image[32];
    int bad = 0;
    for (unsigned k = 0; k < r->secrets; k++) bad |= !weal_secret_valid(x[k].b);
    for (unsigned e = 0; e < r->rows; e++) {
        row_sum(sum, r, e, x);
        if (r->image[e])
            memcpy(image, r->image[e], 32);
        else if (!point_good(s->note) || !point_good(s->key) ||
                 crypto_core_ristretto255_sub(image, s->note, s->key) != 0)
            bad = 1;
        bad |= sodium_memcmp(sum, image, 32) != 0;
    }
    sodium_memzero(sum, sizeof sum);
    SECRET_DECLASSIFY(&bad, sizeof bad);
    return !bad;
}

enum weal_verdict weal_linear_prove(uint8_t *proof, const struct weal_linear_statement *s,
                                    const uint8_t (*secrets)[32], const uint8_t random[32]) {
    uint8_t base[32] = {0}, d[64], wide[64], secret[64];
    struct secret_nonces nonces;
    struct rows r;
    secret_scalar x[2], k[2], c, t;
    enum weal_verdict v = weal_linear_statement_check(s);
    if (v != WEAL_ACCEPT) return v;
    if (s->kind >= WEAL_LINEAR_TAGSIG) weal_scope_base(base, s->chain, s->shape, s->scope);
    rows_of(&r, s, base);
    for (unsigned i = 0; i < r.secrets; i++) {
        memcpy(x[i].b, secrets[i], 32);
        memcpy(secret + 32 * i, secrets[i], 32);
    }
    if (!witness_fits(&r, s, x)) return WEAL_V_PROVER_WITNESS;
    weal_linear_digest(d, s, base);
    secret_nonces_init(&nonces, secret, 32 * (size_t)r.secrets, d, random);
    for (unsigned i = 0; i < r.secrets; i++) secret_nonce(&k[i], &nonces, "k", i);
    for (unsigned e = 0; e < r.rows; e++) row_sum(proof + 32 * e, &r, e, k);
    weal_linear_challenge(wide, s->kind, d, proof);
    crypto_core_ristretto255_scalar_reduce(c.b, wide);
    SECRET_DECLASSIFY(proof, 32 * (size_t)r.rows);
    SECRET_DECLASSIFY(&c, sizeof c);
    bool good = !weal_is_zero32(c.b);
    for (unsigned e = 0; e < r.rows; e++) good &= !weal_is_zero32(proof + 32 * (size_t)e);
    for (unsigned i = 0; i < r.secrets; i++) {
        secret_mul(&t, &c, &x[i]);
        crypto_core_ristretto255_scalar_add(proof + 32 * (r.rows + i), k[i].b, t.b);
    }
    sodium_memzero(&nonces, sizeof nonces);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(x, sizeof x);
    sodium_memzero(k, sizeof k);
    sodium_memzero(&t, sizeof t);
    if (!good) sodium_memzero(proof, weal_linear_proof_bytes(s->kind));
    return good ? WEAL_ACCEPT : WEAL_V_IDENTITY;
}
