/* SPDX-License-Identifier: ISC */
/* Scalars against libsodium, on random values and at the edges: 0, 1, l - 1, words of all ones. */
#include "tests/unit/unit.h"

#include <sodium.h>
#include <string.h>

#include "crypto/curve/scalar.h"

#ifdef WEAL_PARANOID
enum { ROUNDS = 20000 };
#else
enum { ROUNDS = 1000000 };
#endif

static const uint8_t ell[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};

/* The i-th of a series that mixes random values with edges; canonical. */
static struct weal_scalar any(int i, uint8_t bytes[32]) {
    uint8_t wide[64] = {0};
    struct weal_scalar s;
    randombytes_buf_deterministic(wide, 64, (const uint8_t[32]){(uint8_t)i, (uint8_t)(i >> 8), 7});
    switch (wide[63] % 8) {
    case 0:
        memset(wide, 0, 64), wide[0] = wide[1] % 3;
        break;
    case 1:
        memcpy(wide, ell, 32), memset(wide + 32, 0, 32), wide[0] -= 1 + i % 3;
        break;
    case 2:
        memset(wide + 16, 0, 48);
        break;
    case 3:
        memset(wide, 0xff, 31), memset(wide + 31, 0, 33);
        break;
    default:
        break;
    }
    crypto_core_ristretto255_scalar_reduce(bytes, wide);
    assert_true(weal_scalar_decode_var(&s, bytes));
    return s;
}

static void is(const struct weal_scalar *s, const uint8_t want[32]) {
    uint8_t got[32];
    weal_scalar_encode(got, s);
    assert_memory_equal(got, want, 32);
}

static void arithmetic_is_libsodiums(void **state) {
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t a[32], b[32], c[32], want[32];
        struct weal_scalar x = any(3 * i, a), y = any(3 * i + 1, b), z = any(3 * i + 2, c), r;
        crypto_core_ristretto255_scalar_mul(want, a, b);
        weal_scalar_mul_var(&r, &x, &y);
        is(&r, want);
        crypto_core_ristretto255_scalar_add(want, want, c);
        weal_scalar_muladd_var(&r, &x, &y, &z);
        is(&r, want);
        crypto_core_ristretto255_scalar_add(want, a, b);
        weal_scalar_add_var(&r, &x, &y);
        is(&r, want);
        crypto_core_ristretto255_scalar_sub(want, a, b);
        weal_scalar_sub_var(&r, &x, &y);
        is(&r, want);
        crypto_core_ristretto255_scalar_negate(want, a);
        weal_scalar_neg_var(&r, &x);
        is(&r, want);
        weal_scalar_mul_var(&x, &x, &x); /* output is both inputs */
        crypto_core_ristretto255_scalar_mul(want, a, a);
        is(&x, want);
        assert_int_equal(weal_scalar_is_zero_var(&y), sodium_is_zero(b, 32));
        assert_int_equal(weal_scalar_equal_var(&y, &z), memcmp(b, c, 32) == 0);
        if (i % 64 == 0 && !sodium_is_zero(b, 32)) {
            crypto_core_ristretto255_scalar_invert(want, b);
            weal_scalar_invert_var(&r, &y);
            is(&r, want);
        }
    }
}

static void reduction_is_libsodiums(void **state) {
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t wide[64], want[32];
        struct weal_scalar r;
        randombytes_buf_deterministic(wide, 64,
                                      (const uint8_t[32]){(uint8_t)i, (uint8_t)(i >> 8), 9});
        if (i % 4 == 0) memset(wide + i % 61, 0xff, (size_t)(64 - i % 61));
        if (i % 4 == 1) memset(wide, 0, (size_t)(i % 65));
        if (i % 4 == 2) memset(wide, 0xff, (size_t)(i % 65));
        crypto_core_ristretto255_scalar_reduce(want, wide);
        weal_scalar_reduce64_var(&r, wide);
        is(&r, want);
    }
}

static void only_canonical_scalars_decode(void **state) {
    (void)state;
    uint8_t b[32];
    struct weal_scalar s;
    memcpy(b, ell, 32);
    assert_false(weal_scalar_decode_var(&s, b));
    assert_true(weal_scalar_is_zero_var(&s));
    b[0]--;
    assert_true(weal_scalar_decode_var(&s, b));
    b[0] += 2;
    assert_false(weal_scalar_decode_var(&s, b));
    memset(b, 0, 32);
    assert_true(weal_scalar_decode_var(&s, b)); /* zero is a scalar */
    for (int bit = 253; bit < 256; bit++) {
        memset(b, 0, 32);
        b[bit / 8] = (uint8_t)(1 << bit % 8);
        assert_false(weal_scalar_decode_var(&s, b));
    }
    memset(b, 0xff, 32);
    assert_false(weal_scalar_decode_var(&s, b));
}

static void short_forms(void **state) {
    (void)state;
    uint8_t b[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct weal_scalar s;
    weal_scalar_from128(&s, b);
    is(&s, b);
    weal_scalar_from_u64(&s, 0x0807060504030201);
    memset(b + 8, 0, 24);
    is(&s, b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_is_libsodiums),
        cmocka_unit_test(reduction_is_libsodiums),
        cmocka_unit_test(only_canonical_scalars_decode),
        cmocka_unit_test(short_forms),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
