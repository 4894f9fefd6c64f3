/* SPDX-License-Identifier: ISC */
/* The genesis file: JSON to canonical bytes and back, and what it refuses. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto/ring/ring.h"
#include "node/genesis/genesis_json.h"

static char *hex_of(unsigned secret) {
    static char out[8][65];
    static unsigned k;
    char *o = out[k = (k + 1) % 8];
    uint8_t x[32] = {0}, key[32];
    x[0] = (uint8_t)secret;
    assert_true(weal_human_key(key, x));
    struct weal_wr w = weal_wr(o, 64);
    weal_wr_hex(&w, key, 32);
    o[64] = 0;
    return o;
}

/* A good file, with room for one change: every "what" becomes "to". */
static char *file(const char *what, const char *to) {
    static char text[16384], changed[16384];
    int n = snprintf(text, sizeof text,
                     "{\"name\":\"test\",\"prefix\":\"tw\",\"preset\":\"devnet\",\"time_ms\":"
                     "\"1767225600000\",\"params\":{\"epoch_ms\":60000},\"validators\":[");
    for (unsigned i = 0; i < 4; i++) {
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "%s{\"account\":\"%064x\",\"seat\":\"%s\",\"bond_micro\":\"1000000000\","
                      "\"lapse\":360000}",
                      i ? "," : "", i + 1, hex_of(10 + i));
    }
    n += snprintf(text + n, sizeof text - (size_t)n,
                  "],\"grants\":[{\"account\":\"%064x\",\"micro\":5}],\"attestors\":{\"t\":1,"
                  "\"voprf\":\"%s\",\"list\":[",
                  9, hex_of(3));
    for (unsigned i = 0; i < 3; i++) {
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "%s{\"name\":\"a%u\",\"key\":\"%s\",\"share\":\"%s\"}", i ? "," : "", i,
                      hex_of(30 + i), hex_of(40 + i));
    }
    n += snprintf(text + n, sizeof text - (size_t)n,
                  "]},\"modules\":[{\"name\":\"m\",\"category\":\"health\",\"key\":\"%s\","
                  "\"epoch_max\":10}],\"upgrades\":[{\"height\":100,\"version\":2}]}",
                  hex_of(50));
    if (!what) return text;
    char *at = strstr(text, what);
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(what));
    return changed;
}

static void there_and_back(void **state) {
    (void)state;
    struct weal_genesis_text a, b;
    const char *text = file(NULL, NULL);
    assert_int_equal(weal_genesis_from_json(&a, text, strlen(text)), WEAL_OK);
    struct weal_genesis *g = malloc(sizeof *g);
    assert_true(weal_genesis_decode(g, weal_bytes(a.bytes, a.n)));
    struct weal_params p;
    bool whole;
    weal_genesis_params(&p, g, &whole);
    assert_true(whole);
    assert_int_equal(p.epoch_ms, 60000);    /* the file's */
    assert_int_equal(p.challenge_ms, 5000); /* the preset's */
    for (unsigned i = 1; i < 4; i++) {
        assert_true(memcmp(g->validators[i - 1].seat, g->validators[i].seat, 32) < 0);
    }
    char *back = weal_genesis_to_json(weal_bytes(a.bytes, a.n));
    assert_non_null(back);
    assert_int_equal(weal_genesis_from_json(&b, back, strlen(back)), WEAL_OK);
    assert_memory_equal(a.chain_id, b.chain_id, 32);
    free(back);
    free(g);
    free(a.bytes);
    free(b.bytes);
}

static void refusals_name_the_place(void **state) {
    (void)state;
    static const struct {
        const char *what, *to, *why;
    } bad[] = {
        {"\"epoch_ms\":60000", "\"epoch_ms\":5", "epoch_ms"},
        {"\"epoch_ms\":60000", "\"epoch_m\":60000", "epoch_m is no parameter"},
        {"\"lapse\":360000", "\"laps\":360000", "laps is no member"},
        {"\"preset\":\"devnet\"", "\"preset\":\"dev\"", "preset"},
        {"\"t\":1", "\"t\":2", "2t + 1"},
        {"\"name\":\"test\"", "\"name\":\"Test\"", "name"},
        {"\"version\":2", "\"version\":1", "upgrades"},
        {"\"micro\":5", "\"micro\":0", "grants"},
        {"\"micro\":5", "\"micro\":-5", "integer"},
        {"\"micro\":5", "\"micro\":\"18446744073709551616\"", "integer"},
        {"\"time_ms\"", "\"time\"", "time is no member"},
        {"\"category\":\"health\"", "\"category\":\"\"", "module"},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct weal_genesis_text t;
        const char *text = file(bad[i].what, bad[i].to);
        assert_int_equal(weal_genesis_from_json(&t, text, strlen(text)), WEAL_ERR_INVALID);
        if (!strstr(t.why, bad[i].why)) fail_msg("%s -> %s", bad[i].to, t.why);
        assert_null(t.bytes);
    }
    struct weal_genesis_text t;
    assert_int_equal(weal_genesis_from_json(&t, "{", 1), WEAL_ERR_INVALID);
    assert_int_equal(weal_genesis_from_file(&t, "/nonexistent"), WEAL_ERR_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(refusals_name_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
