/* SPDX-License-Identifier: ISC */
/* From weighted equations to one multi-scalar multiplication. Every equation is written as
 * "sum = 0"; terms of shared points add up in shared_sum, scopes and ring sums, terms of a proof's
 * own points stand alone. Weights enter early (the product tree of p_i starts from the key weight),
 * which keeps the scalar work small. */
#include "crypto/batch/batch_int.h"

typedef struct weal_scalar sc;

static void load(sc *out, const uint8_t *b) {
    bool ok = weal_scalar_decode_var(out, b);
    WEAL_ASSERT(ok); /* checked when the proof was added */
}
static void sub_mul(sc *sum, const sc *a, const sc *b) {
    sc t;
    weal_scalar_mul_var(&t, a, b);
    weal_scalar_sub_var(sum, sum, &t);
}
static void add_mul(sc *sum, const sc *a, const sc *b) {
    weal_scalar_muladd_var(sum, a, b, sum);
}

/* A + xi B - Com(f, f (xi - f); zA), times w. own: A, B. */
static void commit_terms(struct weal_batch *b, const struct batch_proof *p, const sc *w,
                         const sc *f, const uint8_t *za, sc *own) {
    sc t, u, z;
    own[0] = *w;
    weal_scalar_mul_var(&own[1], w, &p->xi);
    load(&z, za);
    sub_mul(&b->shared_sum[SHARED_F], w, &z);
    for (unsigned i = 0; i < (unsigned)p->n * p->m; i++) {
        weal_scalar_mul_var(&t, w, &f[i]);
        weal_scalar_sub_var(&b->shared_sum[SHARED_GU + i], &b->shared_sum[SHARED_GU + i], &t);
        weal_scalar_sub_var(&u, &p->xi, &f[i]);
        sub_mul(&b->shared_sum[SHARED_GV + i], &t, &u);
    }
}

/* sum p_i K_i, times w: padding places add to the last real key. */
static void ring_terms(struct weal_batch *b, const struct batch_proof *p, const sc *w,
                       const sc *f) {
    const struct batch_ring *ring = &b->rings[p->ring];
    sc tree[WEAL_RING_PLACES_LIMIT];
    uint32_t count = 1;
    tree[0] = *w;
    for (unsigned j = 0; j < p->m; j++) {
        for (uint32_t d = p->n; d-- > 0;) {
            for (uint32_t i = 0; i < count; i++) {
                weal_scalar_mul_var(&tree[i + count * d], &tree[i], &f[j * p->n + d]);
            }
        }
        count *= p->n;
    }
    sc *sums = b->sums + ring->keys;
    for (uint32_t i = 0; i < count; i++) {
        sc *s = &sums[i < ring->r ? i : ring->r - 1];
        weal_scalar_add_var(s, s, &tree[i]);
    }
}

/* Own points of a ring proof: T, [S], A, B, X.., Y0.., [Y1..]; own[i] is the scalar of the i-th. */
static void ring_proof_terms(struct weal_batch *b, const struct batch_proof *p, const sc *w,
                             sc *own) {
    unsigned tags = p->shape == WEAL_RING_NOTE ? 2 : 1, m = p->m, n = p->n;
    const uint8_t *words = p->proof + 32 * (size_t)(2 + m + m * tags);
    const uint8_t *za = words + 32 * (size_t)(m * (n - 1)), *z = za + 32;
    sc f[16], power, t, *x = own + tags + 2, *y = x + m;
    for (unsigned j = 0; j < m; j++) {
        sc *row = f + (size_t)j * n;
        row[0] = p->xi;
        for (unsigned i = 1; i < n; i++, words += 32) {
            load(&row[i], words);
            weal_scalar_sub_var(&row[0], &row[0], &row[i]);
        }
    }
    commit_terms(b, p, &w[0], f, za, own + tags);
    ring_terms(b, p, &w[1], f);

    /* powers of xi, folded into each weight */
    weal_scalar_neg_var(&power, &w[1]);
    for (unsigned j = 0; j < m; j++) {
        x[j] = power;
        if (j + 1 < m) weal_scalar_mul_var(&power, &power, &p->xi);
    }
    load(&t, z);
    sub_mul(&b->shared_sum[SHARED_G], &w[1], &t);
    sub_mul(&b->scopes[p->scope].sum, &w[2], &t);
    if (tags == 2) {
        load(&t, z + 32);
        sub_mul(&b->shared_sum[SHARED_H], &w[1], &t);
        sub_mul(&b->shared_sum[SHARED_V], &w[3], &t);
    }
    for (unsigned k = 0; k < tags; k++) {
        power = w[2 + k];
        for (unsigned j = 0; j < m; j++) {
            weal_scalar_neg_var(&y[k * m + j], &power);
            weal_scalar_mul_var(&power, &power, &p->xi);
        }
        own[k] = power; /* w xi^m T */
    }
}

/* Own points of a linear proof: the statement's, as linear_points in batch.c orders them, then R_0,
 * [R_1]. */
static void linear_terms(struct weal_batch *b, const struct batch_proof *p, const sc *w, sc *own) {
    enum weal_linear_kind kind = (enum weal_linear_kind)(p->linear - 1);
    unsigned rows = p->equations, pubs = (unsigned)p->own_n - rows;
    sc *r = own + pubs, z0, z1 = {{0}}, wc0, wc1;
    load(&z0, p->proof + 32 * (size_t)rows);
    if (kind == WEAL_LINEAR_REFUND) load(&z1, p->proof + 96);
    for (unsigned e = 0; e < rows; e++) weal_scalar_neg_var(&r[e], &w[e]);
    weal_scalar_mul_var(&wc0, &w[0], &p->xi);
    weal_scalar_mul_var(&wc1, &w[1], &p->xi);
    sc *scope = p->scope == BATCH_NONE ? NULL : &b->scopes[p->scope].sum;
    switch (kind) {
    case WEAL_LINEAR_POP: /* z G - R - c P */
        add_mul(&b->shared_sum[SHARED_G], &w[0], &z0);
        weal_scalar_neg_var(&own[0], &wc0);
        break;
    case WEAL_LINEAR_MINT: /* z H - R - c K + c P */
        add_mul(&b->shared_sum[SHARED_H], &w[0], &z0);
        weal_scalar_neg_var(&own[0], &wc0);
        own[1] = wc0;
        break;
    case WEAL_LINEAR_TAGSIG: /* z U - R - c T */
        add_mul(scope, &w[0], &z0);
        weal_scalar_neg_var(&own[0], &wc0);
        break;
    case WEAL_LINEAR_REFUND: /* z_x U - R_0 - c T;  z_x G + z_t H - R_1 - c K */
        add_mul(scope, &w[0], &z0);
        weal_scalar_neg_var(&own[0], &wc0);
        add_mul(&b->shared_sum[SHARED_G], &w[1], &z0);
        add_mul(&b->shared_sum[SHARED_H], &w[1], &z1);
        weal_scalar_neg_var(&own[1], &wc1);
        break;
    case WEAL_LINEAR_OWNTAG: /* z G - R_0 - c P;  z U - R_1 - c T.  pub: T, P */
        add_mul(&b->shared_sum[SHARED_G], &w[0], &z0);
        weal_scalar_neg_var(&own[1], &wc0);
        add_mul(scope, &w[1], &z0);
        weal_scalar_neg_var(&own[0], &wc1);
        break;
    case WEAL_LINEAR_KINDS:
        break;
    }
}

static void sums_clear(struct weal_batch *b) {
    memset(b->shared_sum, 0, sizeof b->shared_sum);
    memset(b->sums, 0, b->keys_n * sizeof *b->sums);
    for (uint32_t i = 0; i < b->scopes_max; i++) {
        if (b->scopes[i].used != 0) memset(&b->scopes[i].sum, 0, sizeof b->scopes[i].sum);
    }
}

static uint32_t term(struct weal_batch *b, uint32_t at, const sc *s, const struct weal_point96 *p) {
    if (weal_scalar_is_zero_var(s)) return at;
    b->term_scalars[at] = *s;
    b->term_points[at] = p;
    return at + 1;
}

/* The terms of points that proofs share, behind the n of their own. */
static uint32_t shared_terms(struct weal_batch *b, uint32_t n) {
    for (uint32_t i = 0; i < b->scopes_max; i++) {
        if (b->scopes[i].used != 0) n = term(b, n, &b->scopes[i].sum, &b->scopes[i].point);
    }
    for (uint32_t i = 0; i < b->rings_n; i++) {
        const struct batch_ring *ring = &b->rings[i];
        for (uint32_t k = 0; k < ring->r; k++) {
            n = term(b, n, &b->sums[ring->keys + k], &ring->points[k]);
        }
    }
    for (int i = FIXED_GENERATORS; i < WEAL_GENERATORS; i++) { /* of other sizes than the chain's */
        n = term(b, n, &b->shared_sum[SHARED_GU + i], &b->shared[SHARED_GU + i]);
        n = term(b, n, &b->shared_sum[SHARED_GV + i], &b->shared[SHARED_GV + i]);
    }
    /* the chain's own come last, all of them: they have tables */
    for (int i = 0; i < FIXED_COUNT; i++, n++) {
        int at = batch_fixed(i);
        b->term_scalars[n] = b->shared_sum[at];
        b->term_points[n] = &b->shared[at];
    }
    return n;
}

bool batch_eval(struct weal_batch *b, uint32_t lo, uint32_t hi, unsigned mask) {
    struct weal_point sum;
    uint32_t n = 0;
    sums_clear(b);
    for (uint32_t i = lo; i < hi; i++) {
        const struct batch_proof *p = &b->proofs[i];
        sc w[BATCH_EQUATIONS] = {{{0}}};
        if (p->verdict != WEAL_ACCEPT) continue;
        for (unsigned e = 0; e < p->equations; e++) {
            if ((mask >> e & 1) != 0) weal_scalar_from128(&w[e], b->weights[i] + 16 * (size_t)e);
        }
        if (p->linear)
            linear_terms(b, p, w, b->term_scalars + n);
        else
            ring_proof_terms(b, p, w, b->term_scalars + n);
        for (uint32_t k = 0; k < p->own_n; k++) b->term_points[n++] = &b->own[p->own + k];
    }
    n = shared_terms(b, n);
    WEAL_ASSERT(n <= b->terms_max);
    weal_msm_table_var(&sum, b->term_scalars, b->term_points, n, &b->table, b->msm_mem, b->msm_n);
    return weal_point_is_identity_var(&sum);
}
