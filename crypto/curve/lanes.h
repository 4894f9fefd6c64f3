/* SPDX-License-Identifier: ISC */
/* Points in FE_LANES lanes: the formulas of all back ends, written once. Include one fe_*.h before.
 *
 * Twisted Edwards, a = -1, extended coordinates: Hisil, Wong, Carter, Dawson, ASIACRYPT 2008,
 * sections 3.1 and 3.3. Complete on this curve: no case is special. Names of intermediates are the
 * paper's; products take (first, second) in the order that the bounds of avx2 ask for. */
#ifndef WEAL_CRYPTO_CURVE_LANES_H
#define WEAL_CRYPTO_CURVE_LANES_H

/* x, y, z: products. t: product. */
struct ext {
    fe x, y, z, t;
};
/* y + x, y - x, 2dxy of an affine point. */
struct affine {
    fe a, b, c;
};
/* y + x, y - x, 2z, 2dt; all carried. */
struct cached {
    fe a, b, z2, c;
};

static const struct weal_fe fe_d = {
    {0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
static const struct weal_fe fe_2d = {
    {0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};
static const struct weal_fe fe_1_over_d = {
    {0x0f276cdc9f843, 0x3084f2a85c4bc, 0x6e73d982d775a, 0x721958b108a66, 0x40907ed214d5c}};
static const struct weal_fe fe_sqrtm1 = {
    {0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};

FE_FN struct ext ext_identity(void) {
    return (struct ext){fe_small(0), fe_small(1), fe_small(1), fe_small(0)};
}

/* The last steps that additions share: X = EF, Y = GH, Z = FG, T = EH. D is 2 Z1 Z2. */
FE_FN struct ext ext_finish(fe A, fe B, fe C, fe D) {
    fe E = fe_red(fe_sub(B, A)), F = fe_red(fe_sub(D, C));
    fe G = fe_red(fe_add(D, C)), H = fe_red(fe_add(B, A));
    return (struct ext){fe_mul(F, E), fe_mul(G, H), fe_mul(F, G), fe_mul(E, H)};
}

/* p + q, 7 multiplications */
FE_FN struct ext ext_add_affine(struct ext p, struct affine q) {
    fe A = fe_mul(fe_red(fe_sub(p.y, p.x)), q.b);
    fe B = fe_mul(fe_red(fe_add(p.y, p.x)), q.a);
    fe C = fe_mul(fe_red(p.t), q.c);
    return ext_finish(A, B, C, fe_add(p.z, p.z));
}

/* p + q, 8 multiplications */
FE_FN struct ext ext_add_cached(struct ext p, struct cached q) {
    fe A = fe_mul(fe_red(fe_sub(p.y, p.x)), q.b);
    fe B = fe_mul(fe_red(fe_add(p.y, p.x)), q.a);
    fe C = fe_mul(fe_red(p.t), q.c);
    fe D = fe_mul(fe_red(p.z), q.z2);
    return ext_finish(A, B, C, D);
}

/* 2p, 4 squarings and 4 multiplications; E, F, G, H of the paper with all signs turned. */
FE_FN struct ext ext_double(struct ext p) {
    fe A = fe_sqr(fe_red(p.x)), B = fe_sqr(fe_red(p.y)), ZZ = fe_sqr(fe_red(p.z));
    fe S = fe_sqr(fe_red(fe_add(p.x, p.y)));
    fe H = fe_add(A, B);
    fe E = fe_red3(fe_sub(H, S));
    fe G = fe_sub(A, B);
    fe F = fe_red(fe_add(fe_add(ZZ, ZZ), G));
    H = fe_red(H), G = fe_red(G);
    return (struct ext){fe_mul(F, E), fe_mul(G, H), fe_mul(F, G), fe_mul(E, H)};
}

/* An affine point as (2x : 2y : 2 : 2xy), 1 multiplication. */
FE_FN struct ext ext_from_affine(struct affine q) {
    return (struct ext){fe_carry(fe_sub(q.a, q.b)), fe_carry(fe_add(q.a, q.b)), fe_small(2),
                        fe_mul(fe_broadcast(&fe_1_over_d), q.c)};
}

/* 1 multiplication */
FE_FN struct cached ext_to_cached(struct ext p) {
    return (struct cached){fe_carry(fe_add(p.y, p.x)), fe_carry(fe_sub(p.y, p.x)),
                           fe_carry(fe_add(p.z, p.z)),
                           fe_carry(fe_mul(fe_red(p.t), fe_broadcast(&fe_2d)))};
}

/* Negates the lanes in mask. */
FE_FN struct cached cached_neg_if(unsigned mask, struct cached q) {
    return (struct cached){fe_sel(mask, q.b, q.a), fe_sel(mask, q.a, q.b), q.z2,
                           fe_neg_if(mask, q.c)};
}

FE_FN struct cached cached_load(const uint64_t *const *row) {
    fe v[4];
    fe_rows_load(v, row);
    return (struct cached){v[0], v[1], v[2], v[3]};
}
FE_FN void cached_store(uint64_t *const *row, struct cached q) {
    const fe v[4] = {q.a, q.b, q.z2, q.c};
    fe_rows_store(row, v);
}

/* Lane i: the 96-byte form at p[i], negated where mask says so: the two sums change places, which
 * costs an address and no instruction. */
FE_FN struct affine affine_load(const uint8_t *const *p, unsigned mask) {
    const uint8_t *pa[FE_LANES], *pb[FE_LANES];
    for (int i = 0; i < FE_LANES; i++) {
        size_t swap = (mask >> i & 1) * 32;
        pa[i] = p[i] + swap;
        pb[i] = p[i] + (32 - swap);
    }
    return (struct affine){fe_load(pa, 0), fe_load(pb, 0), fe_neg_if(mask, fe_load(p, 64))};
}

#endif
