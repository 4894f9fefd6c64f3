/* SPDX-License-Identifier: ISC */
/* The group: RFC 9496 appendix A, libsodium, and the back ends against each other. */
#include "tests/unit/unit.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bytes.h"
#include "crypto/curve/curve.h"
#include "crypto/curve/scalar.h"
#include "tests/support/curve_help.h"

#ifdef WEAL_PARANOID
enum { MANY = 4000 };
#else
enum { MANY = 60000 };
#endif

static enum weal_point_status decode_one(struct weal_point96 *out, const uint8_t b[32]) {
    uint8_t status;
    bool ok = weal_points_decode_var(out, &status, &b, 1);
    assert_int_equal(ok, status == WEAL_POINT_OK);
    return (enum weal_point_status)status;
}

/* What RFC 9496 and the wire rule say, asked of libsodium with the gaps of 1.0.18 closed. */
static enum weal_point_status sodium_status(const uint8_t b[32]) {
    if (sodium_is_zero(b, 32)) return WEAL_POINT_IDENTITY;
    if (b[31] & 0x80) return WEAL_POINT_BAD;
    return crypto_core_ristretto255_is_valid_point(b) == 1 ? WEAL_POINT_OK : WEAL_POINT_BAD;
}

/* ---- RFC 9496 appendix A ---- */

static void rfc_line(const char *line) {
    uint8_t a[64], b[32], got[32];
    struct weal_point96 p;
    unsigned k;
    char first[130], second[70];
    if (sscanf(line, "multiple %u %69s", &k, first) == 2) {
        assert_true(weal_hex_read(first, strlen(first), a, 32));
        struct weal_point sum, base;
        weal_point_identity(&sum);
        weal_point_from96(&base, weal_point96_base());
        for (unsigned i = 0; i < k; i++) weal_point_add(&sum, &sum, &base);
        weal_point_encode_var(got, &sum);
        assert_memory_equal(got, a, 32);
        assert_int_equal(decode_one(&p, a), k == 0 ? WEAL_POINT_IDENTITY : WEAL_POINT_OK);
    } else if (sscanf(line, "bad %69s", first) == 1) {
        assert_true(weal_hex_read(first, strlen(first), a, 32));
        assert_int_equal(decode_one(&p, a), WEAL_POINT_BAD);
    } else if (sscanf(line, "map %129s %69s", first, second) == 2) {
        assert_true(weal_hex_read(first, strlen(first), a, 64));
        assert_true(weal_hex_read(second, strlen(second), b, 32));
        crypto_core_ristretto255_from_hash(got, a);
        assert_memory_equal(got, b, 32);
        assert_int_equal(decode_one(&p, got), WEAL_POINT_OK);
        weal_point96_encode_var(got, &p);
        assert_memory_equal(got, b, 32);
    } else
        assert_int_equal(line[0], '#');
}

static void rfc9496_at_level(void *arg) {
    FILE *f = fopen("tests/vectors/rfc9496.txt", "r");
    char line[300];
    assert_non_null(f);
    int *lines = arg;
    while (fgets(line, sizeof line, f)) rfc_line(line), ++*lines;
    fclose(f);
}
static void rfc9496_vectors(void **state) {
    (void)state;
    int lines = 0;
    curve_each_level(rfc9496_at_level, &lines);
    assert_true(lines >= 58);
}

/* ---- decoding ---- */

/* Good points, good points with one bit or byte changed, random strings, strings at the edges. */
static void strings(uint8_t (*s)[32], size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint8_t h[64];
        randombytes_buf_deterministic(h, 64, (const uint8_t[32]){(uint8_t)i, (uint8_t)(i >> 8), 1});
        crypto_core_ristretto255_from_hash(s[i], h);
        switch (i % 8) {
        case 0:
            s[i][h[0] % 32] ^= (uint8_t)(1 << h[1] % 8);
            break;
        case 1:
            memcpy(s[i], h, 32);
            break;
        case 2:
            memcpy(s[i], h, 32), s[i][0] &= 0xfe, s[i][31] &= 0x7f;
            break;
        case 3:
            memset(s[i], 0, 32), s[i][0] = h[0], s[i][1] = h[1] & 1;
            break;
        case 4:
            memset(s[i], 0xff, 32), s[i][0] = h[0], s[i][31] = h[1] & 1 ? 0x7f : 0xff;
            break;
        default:
            break;
        }
    }
    memset(s[n / 2], 0, 32);
    memset(s[n / 2 + 1], 0, 32), s[n / 2 + 1][31] = 0x80;
}

static uint8_t in_bytes[MANY][32], in_status[MANY];
static struct weal_point96 first_out[MANY];

static void decode_at_level(void *arg) {
    bool *have = arg;
    static struct weal_point96 out[MANY + 1];
    static uint8_t status[MANY + 1];
    const uint8_t *in[MANY];
    for (size_t i = 0; i < MANY; i++) in[i] = in_bytes[i];
    /* lengths that end inside a vector, and at its end; what follows stays untouched */
    for (size_t n = 0; n < MANY; n = n < 40 ? n + 1 : MANY) {
        memset(out, 0xa5, sizeof out);
        memset(status, 0xa5, sizeof status);
        size_t here = n == 40 ? MANY : n;
        weal_points_decode_var(out, status, in, here);
        assert_int_equal(out[here].b[0], 0xa5);
        assert_int_equal(status[here], 0xa5);
        for (size_t i = 0; i < here; i++) assert_int_equal(status[i], in_status[i]);
        if (here < MANY) {
            if (*have) assert_memory_equal(out, first_out, here * sizeof *out);
            continue;
        }
        if (*have) assert_memory_equal(out, first_out, MANY * sizeof *out);
        memcpy(first_out, out, sizeof first_out);
    }
    if (!*have) memcpy(first_out, out, sizeof first_out);
    *have = true;
}

static void decoding_is_strict_and_the_same_everywhere(void **state) {
    (void)state;
    bool have = false;
    int good = 0;
    strings(in_bytes, MANY);
    for (size_t i = 0; i < MANY; i++) {
        in_status[i] = (uint8_t)sodium_status(in_bytes[i]);
        good += in_status[i] == WEAL_POINT_OK;
    }
    assert_true(good > MANY / 3 && good < MANY);
    curve_each_level(decode_at_level, &have);
    struct weal_point96 identity;
    weal_point96_identity(&identity);
    for (size_t i = 0; i < MANY; i++) {
        uint8_t back[32];
        weal_point96_encode_var(back, &first_out[i]);
        if (in_status[i] == WEAL_POINT_OK)
            assert_memory_equal(back, in_bytes[i], 32);
        else
            assert_memory_equal(&first_out[i], &identity, sizeof identity);
    }
}

/* ---- the group ---- */

static struct weal_point96 point_of(unsigned seed, uint8_t enc[32]) {
    uint8_t h[64];
    struct weal_point96 p;
    randombytes_buf_deterministic(h, 64,
                                  (const uint8_t[32]){(uint8_t)seed, (uint8_t)(seed >> 8), 2});
    crypto_core_ristretto255_from_hash(enc, h);
    assert_int_equal(decode_one(&p, enc), WEAL_POINT_OK);
    return p;
}

static void encodes_to(const struct weal_point *p, const uint8_t want[32]) {
    uint8_t got[32];
    weal_point_encode_var(got, p);
    assert_memory_equal(got, want, 32);
}

static void sums_are_libsodiums_for_all_representatives(void **state) {
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        uint8_t ea[32], eb[32], sum[32], difference[32], twice[32];
        struct weal_point96 a96 = point_of(i, ea), b96 = point_of(i + 1000, eb);
        crypto_core_ristretto255_add(sum, ea, eb);
        crypto_core_ristretto255_sub(difference, ea, eb);
        crypto_core_ristretto255_add(twice, ea, ea);
        for (int k = 0; k < 16; k++) {
            struct weal_point96 ak = curve_coset(&a96, k / 4), bk = curve_coset(&b96, k % 4);
            struct weal_point a, b, r, s;
            weal_point_from96(&a, &ak);
            weal_point_from96(&b, &bk);
            encodes_to(&a, ea);
            weal_point_add(&r, &a, &b);
            encodes_to(&r, sum);
            weal_point_sub(&r, &a, &b);
            encodes_to(&r, difference);
            weal_point_neg(&s, &b);
            weal_point_add(&s, &s, &a); /* output is an input */
            assert_true(weal_point_equal_var(&r, &s));
            weal_point_add(&r, &a, &a);
            encodes_to(&r, twice);
            weal_point_double(&s, &a);
            assert_true(weal_point_equal_var(&r, &s));
            assert_false(weal_point_equal_var(&a, &b));
            assert_false(weal_point_equal_var(&a, &r));
            weal_point96_neg(&bk, &bk);
            weal_point_from96(&s, &bk);
            weal_point_sub(&s, &a, &s);
            encodes_to(&s, sum);
        }
    }
}

static void the_identity_is_a_coset(void **state) {
    (void)state;
    uint8_t e[32];
    struct weal_point96 p96 = point_of(7, e), zero96;
    weal_point96_identity(&zero96);
    static const uint8_t zeros[32];
    for (int k = 0; k < 4; k++) {
        struct weal_point96 moved = curve_coset(&p96, k), none = curve_coset(&zero96, k);
        struct weal_point a, b, r;
        weal_point_from96(&a, &p96);
        weal_point_from96(&b, &moved);
        weal_point_sub(&r, &a, &b); /* a four-torsion point */
        assert_true(weal_point_is_identity_var(&r));
        encodes_to(&r, zeros);
        weal_point_from96(&r, &none);
        assert_true(weal_point_is_identity_var(&r));
        assert_false(weal_point_is_identity_var(&b));
        weal_point_add(&r, &r, &a);
        encodes_to(&r, e);
    }
}

static void extended_points_become_decompressed_ones(void **state) {
    (void)state;
    enum { N = 37 };
    static struct weal_point p[N];
    static struct weal_point96 out[N];
    static struct weal_fe scratch[N];
    struct weal_point sum, base;
    weal_point_identity(&sum);
    weal_point_from96(&base, weal_point96_base());
    for (int i = 0; i < N; i++) {
        p[i] = sum;
        weal_point_add(&sum, &sum, &base);
    }
    weal_points_to96_var(out, p, N, scratch);
    weal_points_to96_var(out, p, 0, scratch);
    for (int i = 0; i < N; i++) {
        struct weal_point back;
        uint8_t e[32];
        weal_point_from96(&back, &out[i]);
        assert_true(weal_point_equal_var(&back, &p[i]));
        weal_point_encode_var(e, &p[i]);
        encodes_to(&back, e);
    }
}

static void the_generator_is_the_rfcs_and_as_decoding_gives_it(void **state) {
    (void)state;
    uint8_t one[32] = {1}, g[32];
    struct weal_point96 p;
    crypto_scalarmult_ristretto255_base(g, one);
    assert_int_equal(decode_one(&p, g), WEAL_POINT_OK);
    assert_memory_equal(&p, weal_point96_base(), sizeof p);
}

static void levels_have_names(void **state) {
    (void)state;
    assert_string_equal(weal_curve_level_name(WEAL_CURVE_U64), "u64");
    assert_string_equal(weal_curve_level_name(weal_curve_level()),
                        weal_curve_level_name(weal_curve_level()));
    assert_false(weal_curve_level_force(WEAL_CURVE_LEVELS));
    assert_true(weal_curve_level_force(WEAL_CURVE_U64));
    assert_int_equal(weal_curve_level(), WEAL_CURVE_U64);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc9496_vectors),
        cmocka_unit_test(decoding_is_strict_and_the_same_everywhere),
        cmocka_unit_test(sums_are_libsodiums_for_all_representatives),
        cmocka_unit_test(the_identity_is_a_coset),
        cmocka_unit_test(extended_points_become_decompressed_ones),
        cmocka_unit_test(the_generator_is_the_rfcs_and_as_decoding_gives_it),
        cmocka_unit_test(levels_have_names),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
