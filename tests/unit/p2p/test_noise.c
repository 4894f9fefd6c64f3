/* SPDX-License-Identifier: ISC */
/* Noise against the public vectors (tests/vectors/noise), and against a hostile wire: every byte
 * of every message matters, and a refused message changes nothing. */
#include "tests/unit/unit.h"

#include <jansson.h>

#include "p2p/noise.h"

struct pair {
    struct weal_noise a, b;
};

static void pair_init(struct pair *p, const char *prologue_a, const char *prologue_b) {
    uint8_t sa[32], sb[32], ea[32], eb[32];
    memset(sa, 1, 32), memset(sb, 2, 32), memset(ea, 3, 32), memset(eb, 4, 32);
    assert_true(weal_noise_init(&p->a, true, weal_bytes(prologue_a, strlen(prologue_a)), sa, ea));
    assert_true(weal_noise_init(&p->b, false, weal_bytes(prologue_b, strlen(prologue_b)), sb, eb));
}

static struct weal_bytes hex(json_t *o, const char *key, uint8_t *buf) {
    const char *s = json_string_value(json_object_get(o, key));
    assert_non_null(s);
    assert_true(weal_hex_read(s, strlen(s), buf, strlen(s) / 2));
    return weal_bytes(buf, strlen(s) / 2);
}

static void public_vectors(void **state) {
    (void)state;
    json_t *root = json_load_file("tests/vectors/noise/xx_25519_chachapoly_sha256.json", 0, NULL);
    assert_non_null(root);
    json_t *v, *m;
    size_t i, j;
    json_array_foreach(json_object_get(root, "vectors"), i, v) {
        uint8_t pro[64], s[32], e[32], payload[256], want[256], got[256], plain[256], hash[2][32];
        struct weal_noise side[2];
        struct weal_noise_cipher send[2], recv[2];
        struct weal_bytes p = hex(v, "init_prologue", pro);
        hex(v, "init_static", s), hex(v, "init_ephemeral", e);
        assert_true(weal_noise_init(&side[0], true, p, s, e));
        p = hex(v, "resp_prologue", pro);
        hex(v, "resp_static", s), hex(v, "resp_ephemeral", e);
        assert_true(weal_noise_init(&side[1], false, p, s, e));
        json_array_foreach(json_object_get(v, "messages"), j, m) {
            struct weal_bytes pay = hex(m, "payload", payload), c = hex(m, "ciphertext", want);
            size_t from = j % 2, n = 0;
            if (j < 3) {
                struct weal_wr w = weal_wr(got, sizeof got);
                assert_true(weal_noise_write(&side[from], pay, &w));
                assert_int_equal(w.n, c.n);
                assert_memory_equal(got, c.p, c.n);
                assert_true(weal_noise_read(&side[!from], c, plain, sizeof plain, &n));
            } else {
                if (j == 3) {
                    for (int k = 0; k < 2; k++) {
                        weal_noise_split(&side[k], &send[k], &recv[k], hash[k]);
                    }
                    assert_memory_equal(hash[0], hash[1], 32);
                }
                assert_true(weal_noise_seal(&send[from], weal_bytes(NULL, 0), pay.p, pay.n, got));
                assert_memory_equal(got, c.p, c.n);
                assert_true(weal_noise_open(&recv[!from], weal_bytes(NULL, 0), c.p, c.n, plain));
                n = c.n - WEAL_NOISE_TAG;
            }
            assert_int_equal(n, pay.n);
            assert_memory_equal(plain, pay.p, pay.n);
        }
        assert_int_equal(j, 6);
    }
    assert_int_equal(i, 1);
    json_decref(root);
}

/* Runs the handshake; flips bit `bit` of message `which` (none when bit < 0). Returns how many
 * messages were read. */
static int run(struct pair *p, int which, int bit, size_t sizes[3]) {
    uint8_t wire[256], plain[256];
    size_t n;
    for (int i = 0; i < 3; i++) {
        struct weal_noise *from = i % 2 ? &p->b : &p->a, *to = i % 2 ? &p->a : &p->b;
        struct weal_wr w = weal_wr(wire, sizeof wire);
        assert_true(weal_noise_write(from, WEAL_BYTES_LIT("payload"), &w));
        if (sizes) sizes[i] = w.n;
        if (i == which && bit >= 0) wire[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct weal_noise before = *to;
        if (!weal_noise_read(to, weal_wr_done(&w), plain, sizeof plain, &n)) {
            assert_memory_equal(&before, to, sizeof before); /* commits last */
            return i;
        }
        assert_int_equal(n, 7);
    }
    return 3;
}

static void tampering_at_each_bit_is_refused(void **state) {
    (void)state;
    struct pair p;
    size_t sizes[3];
    pair_init(&p, "weal", "weal");
    assert_int_equal(run(&p, 0, -1, sizes), 3);
    for (int which = 0; which < 3; which++) {
        for (int bit = 0; bit < (int)sizes[which] * 8; bit++) {
            pair_init(&p, "weal", "weal");
            int read = run(&p, which, bit, NULL);
            /* message 1 is in the clear: the change shows when message 2 does not authenticate; the
             * top bit of an X25519 key is ignored by the curve, but not by the hash */
            assert_true(read <= (which == 0 ? 1 : which));
        }
    }
}

static void truncated_and_extended_messages_are_refused(void **state) {
    (void)state;
    struct pair p;
    uint8_t wire[256], plain[512];
    size_t n;
    pair_init(&p, "weal", "weal");
    struct weal_wr w = weal_wr(wire, sizeof wire);
    assert_true(weal_noise_write(&p.a, WEAL_BYTES_LIT("x"), &w));
    for (size_t cut = 0; cut < 32; cut++) {
        assert_false(weal_noise_read(&p.b, weal_bytes(wire, cut), plain, sizeof plain, &n));
    }
    assert_true(weal_noise_read(&p.b, weal_wr_done(&w), plain, sizeof plain, &n));
    w = weal_wr(wire, sizeof wire);
    assert_true(weal_noise_write(&p.b, WEAL_BYTES_LIT("y"), &w));
    for (size_t cut = 0; cut < w.n; cut++) {
        assert_false(weal_noise_read(&p.a, weal_bytes(wire, cut), plain, sizeof plain, &n));
    }
    wire[w.n] = 0;
    assert_false(weal_noise_read(&p.a, weal_bytes(wire, w.n + 1), plain, sizeof plain, &n));
    assert_true(weal_noise_read(&p.a, weal_wr_done(&w), plain, sizeof plain, &n));
}

static void another_prologue_is_refused(void **state) {
    (void)state;
    struct pair p;
    pair_init(&p, "weal chain A", "weal chain B");
    assert_int_equal(run(&p, 0, -1, NULL), 1);
}

static void turns_are_kept(void **state) {
    (void)state;
    struct pair p;
    uint8_t wire[256], plain[256];
    size_t n;
    pair_init(&p, "weal", "weal");
    struct weal_wr w = weal_wr(wire, sizeof wire);
    assert_false(weal_noise_write(&p.b, WEAL_BYTES_LIT(""), &w));
    assert_int_equal(w.n, 0);
    assert_true(weal_noise_write(&p.a, WEAL_BYTES_LIT(""), &w));
    assert_false(weal_noise_write(&p.a, WEAL_BYTES_LIT(""), &w));
    assert_false(weal_noise_read(&p.a, weal_wr_done(&w), plain, sizeof plain, &n));
}

static void keys_of_low_order_are_refused(void **state) {
    (void)state;
    struct pair p;
    uint8_t wire[256] = {0}, plain[256]; /* e = 0: of order 4 */
    size_t n;
    pair_init(&p, "weal", "weal");
    assert_true(weal_noise_read(&p.b, weal_bytes(wire, 32), plain, sizeof plain, &n));
    struct weal_wr w = weal_wr(wire, sizeof wire);
    assert_false(weal_noise_write(&p.b, WEAL_BYTES_LIT(""), &w));
}

static void transport_order_replay_and_rekey(void **state) {
    (void)state;
    struct pair p;
    struct weal_noise_cipher as, ar, bs, br, saved;
    uint8_t h1[32], h2[32], one[32], two[32], plain[32];
    struct weal_bytes no = weal_bytes(NULL, 0);
    pair_init(&p, "weal", "weal");
    assert_int_equal(run(&p, 0, -1, NULL), 3);
    weal_noise_split(&p.a, &as, &ar, h1);
    weal_noise_split(&p.b, &bs, &br, h2);
    assert_memory_equal(h1, h2, 32);
    uint8_t zeros[sizeof p.a] = {0};
    assert_memory_equal(&p.a, zeros, sizeof p.a); /* wiped */
    assert_true(weal_noise_seal(&as, no, (const uint8_t *)"one", 3, one));
    assert_true(weal_noise_seal(&as, no, (const uint8_t *)"two", 3, two));
    assert_false(weal_noise_open(&br, no, two, 19, plain)); /* out of order */
    assert_true(weal_noise_open(&br, no, one, 19, plain));
    assert_false(weal_noise_open(&br, no, one, 19, plain)); /* replayed */
    assert_false(weal_noise_open(&br, WEAL_BYTES_LIT("ad"), two, 19, plain));
    assert_true(weal_noise_open(&br, no, two, 19, plain));
    saved = br;
    weal_noise_rekey(&as);
    assert_true(weal_noise_seal(&as, no, (const uint8_t *)"six", 3, one));
    assert_false(weal_noise_open(&saved, no, one, 19, plain));
    weal_noise_rekey(&br);
    assert_true(weal_noise_open(&br, no, one, 19, plain));
    as.nonce = UINT64_MAX;
    assert_false(weal_noise_seal(&as, no, (const uint8_t *)"end", 3, one));
    assert_true(weal_noise_seal(&bs, no, NULL, 0, one)); /* the other direction */
    assert_true(weal_noise_open(&ar, no, one, 16, plain));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_vectors),
        cmocka_unit_test(tampering_at_each_bit_is_refused),
        cmocka_unit_test(truncated_and_extended_messages_are_refused),
        cmocka_unit_test(another_prologue_is_refused),
        cmocka_unit_test(turns_are_kept),
        cmocka_unit_test(keys_of_low_order_are_refused),
        cmocka_unit_test(transport_order_replay_and_rekey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
