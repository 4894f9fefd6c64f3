/* SPDX-License-Identifier: ISC */
/* The good transactions behind the fuzz corpora: all but those that must fail are accepted, and
 * their encodings obey the law of codecs. With WEAL_SEEDS=tests/fuzz/corpus the corpora are written
 * anew: the one command for that after a change of schema or proof. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/support/chain_seeds.h"

static void save(const char *target, const char *name, int first, int second, const uint8_t *b,
                 size_t n) {
    const char *root = getenv("WEAL_SEEDS");
    char path[512];
    if (!root) return;
    snprintf(path, sizeof path, "%s/%s", root, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", root, target, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    if (first >= 0) fputc(first, f);
    if (second >= 0) fputc(second, f);
    fwrite(b, 1, n, f);
    fclose(f);
}

static void seeds(void **state) {
    (void)state;
    static uint8_t buf[1 << 16];
    static struct chain_tx t;
    const char *name;
    struct chain *c = chain_of_seeds();
    for (unsigned k = 0; chain_seed(c, k, &t, &name); k++) {
        enum weal_verdict v = chain_try(c, &t, NULL);
        if (strcmp(name, "unbond") == 0) { /* the validator's account holds nothing to fail with */
            assert_int_equal(v, WEAL_V_TX_FEE_UNPAID);
        } else if (strcmp(name, "bond") == 0) {
            assert_int_equal(v, WEAL_V_SEAT_NONE);
        } else {
            if (v != WEAL_ACCEPT) fail_msg("%s: %s", name, weal_verdict_name(v));
        }
        struct weal_wr w = weal_wr(buf, sizeof buf);
        unsigned record = WEAL_TX_RECORDS - 1; /* the envelope */
        assert_int_equal(weal_tx_roundtrip(record, weal_bytes(t.b, t.n), &w), 1);
        save("tx_check", name, -1, -1, t.b, t.n);
        save("tx_schema", name, 0, (int)record, t.b, t.n);
        if (t.tx.act_kind == WEAL_TX_TRANSFER) t.b[20] ^= 1;
        assert_true(t.tx.act_kind != WEAL_TX_TRANSFER || chain_try(c, &t, NULL) != WEAL_ACCEPT);
    }
    save("tx_schema", "genesis", 2, WEAL_GENESIS_RECORDS - 1, c->genesis_bytes, c->genesis_n);
    /* sequences: bytes are a program, see the target */
    static const uint8_t programs[][24] = {
        {0, 1, 2, 3, 40, 4, 5, 6, 41, 7, 8, 9, 42, 0, 0, 0, 43, 1, 1, 1, 44, 45, 46, 47},
        {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 41, 42, 42, 44, 44, 2, 2, 2, 42, 3, 3, 41},
        {0, 16, 32, 40, 48, 64, 80, 96, 40, 112, 128, 144, 40, 160, 176, 41, 192, 208, 224, 240},
    };
    for (unsigned i = 0; i < 3; i++) {
        char file[16];
        snprintf(file, sizeof file, "program%u", i);
        save("exec_sequence", file, -1, -1, programs[i], sizeof programs[i]);
    }
    chain_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(seeds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
