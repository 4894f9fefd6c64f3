/* SPDX-License-Identifier: ISC */
/* Many signatures at once against one by one, which is libsecp256k1's word: over the published
 * vectors, over points that meet in the formulas, over everything that can be wrong in a group. On
 * a processor without the vector code both sides are the same, and only the interface is tested. */
#include "tests/unit/unit.h"

#include "crypto/curve/curve.h"
#include "crypto/sig/many_int.h"
#include "crypto/sig/sig.h"
#include "tests/support/fp_check.h"
#include "tests/support/rng.h"

enum { MAX = 2 * SIG_GROUP + 9, VECTORS = 64 };

struct signature {
    uint8_t sig[64], digest[32], pub[32];
    bool good;
};

static struct signature vector[VECTORS];
static size_t vectors;

static void fill(uint8_t *out, size_t n, uint64_t *rng) {
    for (size_t i = 0; i < n; i += 8) weal_put_le64(out + i, test_rng(rng));
}

static void sign(struct signature *s, uint64_t *rng) {
    uint8_t secret[32];
    fill(secret, 32, rng);
    fill(s->digest, 32, rng);
    assert_true(weal_sig_public(s->pub, secret));
    assert_true(weal_sig_sign(s->sig, s->digest, secret));
    s->good = true;
}

/* Verifies the first n; each verdict must be `good`, which must be what one by one says. */
static void agree(const struct signature *s, size_t n) {
    struct weal_sig_item item[MAX] = {{0}};
    bool ok[MAX], all = true;
    for (size_t i = 0; i < n; i++) {
        item[i] = (struct weal_sig_item){s[i].sig, s[i].digest, s[i].pub};
        assert_int_equal(weal_sig_verify_var(s[i].sig, s[i].digest, s[i].pub), s[i].good);
        all &= s[i].good;
        ok[i] = !s[i].good;
    }
    assert_int_equal(weal_sig_verify_many_var(ok, item, n), all);
    for (size_t i = 0; i < n; i++) assert_int_equal(ok[i], s[i].good);
    /* and what the group says before anybody is asked one by one */
    if (n != 0 && n <= SIG_GROUP)
        assert_int_equal(sig_group_var(item, n), all && weal_curve_level() == WEAL_CURVE_IFMA);
}

static int vectors_read(void **state) {
    (void)state;
    FILE *f = fopen("tests/vectors/bip340.txt", "r");
    char line[512], pub[65], digest[65], sig[129];
    int good;
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (line[0] == '#') continue;
        assert_true(vectors < VECTORS);
        struct signature *s = &vector[vectors++];
        assert_int_equal(sscanf(line, "%64s %64s %128s %d", pub, digest, sig, &good), 4);
        assert_true(weal_hex_read(pub, 64, s->pub, 32));
        assert_true(weal_hex_read(digest, 64, s->digest, 32));
        assert_true(weal_hex_read(sig, 128, s->sig, 64));
        s->good = good != 0;
    }
    fclose(f);
    assert_int_equal(vectors, 15 + 24);
    return 0;
}

static void published_vectors(void **state) {
    (void)state;
    agree(vector, vectors);
    for (size_t i = 0; i < vectors; i++) { /* each among as many good ones as fill a vector */
        struct signature s[8];
        for (size_t k = 0; k < 8; k++) s[k] = vector[k % 5];
        s[i % 8] = vector[i];
        agree(s, 8);
    }
}

/* Nonces and secrets 1 to 8: equal points, and points that are in each other's tables. Without a
 * bad one among them, so that the vector code's word is the last. */
static void points_that_meet(void **state) {
    (void)state;
    for (size_t n = 1; n <= 24; n++) agree(vector + 15, n);
    struct signature s[MAX];
    for (size_t i = 0; i < MAX; i++) s[i] = vector[15]; /* R = P, and all the same */
    for (size_t n = 1; n <= MAX; n += 7) agree(s, n);
}

static void all_sizes(void **state) {
    (void)state;
    struct signature s[MAX];
    uint64_t rng = 1;
    for (size_t i = 0; i < MAX; i++) sign(&s[i], &rng);
    for (size_t n = 0; n <= MAX; n++) agree(s, n);
}

/* Every kind of wrong, in every place of groups of several sizes. */
static void one_that_is_wrong(void **state) {
    (void)state;
    static const size_t size[] = {4, 8, 9, SIG_GROUP, SIG_GROUP + 5};
    struct signature s[MAX];
    uint64_t rng = 2;
    for (size_t i = 0; i < MAX; i++) sign(&s[i], &rng);
    for (size_t k = 0; k < sizeof size / sizeof *size; k++) {
        for (size_t i = 0; i < size[k]; i++) {
            const struct signature was = s[i];
            uint8_t *where[] = {s[i].sig, s[i].sig + 32, s[i].digest, s[i].pub};
            where[test_below(&rng, 4)][test_below(&rng, 32)] ^= (uint8_t)(1 << test_below(&rng, 8));
            s[i].good = false;
            agree(s, size[k]);
            s[i] = was;
        }
    }
    /* two whose errors would cancel without weights: s of one more, s of the other less */
    s[0].sig[63]++;
    s[1].sig[63]--;
    s[0].good = s[1].good = false;
    agree(s, 16);
}

/* The vector code itself, without anybody behind it to ask: wrong sums are refused, right ones
 * hold. */
static void the_equation(void **state) {
    (void)state;
    enum weal_curve_level now = weal_curve_level();
    if (!weal_curve_level_force(WEAL_CURVE_IFMA)) skip();
    weal_curve_level_force(now);
    /* a = 1, k = 0: the sum of the R is R when there is one, and G is 1 G */
    static struct sig_group g;
    uint8_t one[32] = {0}, two[32] = {0}, xy[64];
    one[31] = 1, two[31] = 2;
    assert_true(sig_base_mul(xy, one));
    g.n = 1;
    for (int i = 0; i < 4; i++) {
        g.rx[0][i] = g.px[0][i] = g.sum[0][i] = weal_be64(xy + 24 - 8 * i);
        g.sum[1][i] = weal_be64(xy + 56 - 8 * i);
    }
    g.weight[0][0] = 1;
    assert_true(sig_group_holds_ifma(&g)); /* G is even */
    g.k[0][0] = 1;
    assert_false(sig_group_holds_ifma(&g));
    assert_true(sig_base_mul(xy, two));
    for (int i = 0; i < 4; i++) {
        g.sum[0][i] = weal_be64(xy + 24 - 8 * i);
        g.sum[1][i] = weal_be64(xy + 56 - 8 * i);
    }
    assert_true(sig_group_holds_ifma(&g)); /* G + G */
    g.sum[1][0] ^= 1;
    assert_false(sig_group_holds_ifma(&g));
    g.sum[1][0] ^= 1;
    g.k[0][0] = 0xbfd25e8cd0364140, g.k[0][1] = 0xbaaedce6af48a03b; /* -1: nothing is left */
    g.k[0][2] = 0xfffffffffffffffe, g.k[0][3] = UINT64_MAX;
    assert_false(sig_group_holds_ifma(&g));
    g.rx[0][0] = 5, g.rx[0][1] = g.rx[0][2] = g.rx[0][3] = 0; /* 5 is no x */
    assert_false(sig_group_holds_ifma(&g));
}

static void the_field(void **state) {
    (void)state;
    enum weal_curve_level now = weal_curve_level();
    if (!weal_curve_level_force(WEAL_CURVE_IFMA)) skip();
    weal_curve_level_force(now);
#ifdef WEAL_PARANOID
    assert_int_equal(fp_check_ifma(1, 500), 0);
#else
    assert_int_equal(fp_check_ifma(1, 10000), 0);
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_field),         cmocka_unit_test(the_equation),
        cmocka_unit_test(published_vectors), cmocka_unit_test(points_that_meet),
        cmocka_unit_test(all_sizes),         cmocka_unit_test(one_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, vectors_read, NULL);
}
