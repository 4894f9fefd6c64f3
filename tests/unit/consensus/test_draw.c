/* SPDX-License-Identifier: ISC */
/* The draw function and the leader table against vectors that tests/model/draw.py made. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consensus/draw.h"
#include "consensus/light/set.h"
#include "crypto/hash/hash.h"

struct line {
    char *word[200];
    unsigned n;
    uint8_t beacon[32];
};

static bool next_line(FILE *f, char *buf, size_t cap, struct line *l) {
    while (fgets(buf, (int)cap, f)) {
        l->n = 0;
        char *save = NULL;
        for (char *p = strtok_r(buf, " \n", &save); p && l->n < 200;
             p = strtok_r(NULL, " \n", &save))
            l->word[l->n++] = p;
        if (l->n < 2 || l->word[0][0] == '#') continue;
        assert_true(weal_hex_read(l->word[1], strlen(l->word[1]), l->beacon, 32));
        return true;
    }
    return false;
}

static uint64_t number(const char *s) {
    return strtoull(s, NULL, 10);
}

static struct weal_bytes text(const char *s) {
    return weal_bytes(s, strlen(s));
}

static void leaders_line(const struct line *l) {
    struct weal_set set = {.n = (uint16_t)number(l->word[3])};
    uint16_t table[WEAL_LEADER_SLOTS];
    for (uint16_t i = 0; i < set.n; i++) {
        set.v[i].weight = number(l->word[4 + i]);
        set.v[i].account[0] = set.v[i].seat[0] = (uint8_t)(i + 1);
    }
    assert_int_equal(weal_set_check(&set), WEAL_ACCEPT);
    weal_set_leaders(table, &set, (uint32_t)number(l->word[2]), l->beacon);
    uint8_t flat[2 * WEAL_LEADER_SLOTS], digest[32], want[32];
    for (unsigned i = 0; i < WEAL_LEADER_SLOTS; i++) weal_put_le16(flat + 2 * i, table[i]);
    crypto_hash_sha256(digest, flat, sizeof flat);
    assert_true(weal_hex_read(l->word[4 + set.n], 64, want, 32));
    for (unsigned i = 0; i < 16; i++) assert_int_equal(table[i], number(l->word[5 + set.n + i]));
    assert_memory_equal(digest, want, 32);
}

static void vectors_of_the_model(void **state) {
    (void)state;
    static char buf[16384];
    unsigned seen[4] = {0};
    struct line l;
    FILE *f = fopen("tests/vectors/draw.txt", "r");
    assert_non_null(f);
    while (next_line(f, buf, sizeof buf, &l)) {
        struct weal_draw d;
        if (strcmp(l.word[0], "u64") == 0) {
            weal_draw_init(&d, l.beacon, text(l.word[2]));
            for (unsigned i = 3; i < l.n; i++)
                assert_true(weal_draw_u64_var(&d) == number(l.word[i]));
            seen[0]++;
        } else if (strcmp(l.word[0], "below") == 0) {
            weal_draw_init(&d, l.beacon, text(l.word[2]));
            for (unsigned i = 4; i < l.n; i++)
                assert_true(weal_draw_below_var(&d, number(l.word[3])) == number(l.word[i]));
            seen[1]++;
        } else if (strcmp(l.word[0], "shuffle") == 0) {
            uint32_t things[64];
            size_t n = number(l.word[3]);
            for (uint32_t i = 0; i < n; i++) things[i] = i;
            weal_draw_init(&d, l.beacon, text(l.word[2]));
            weal_draw_shuffle_var(&d, things, n, sizeof *things);
            for (size_t i = 0; i < n; i++) assert_true(things[i] == number(l.word[4 + i]));
            seen[2]++;
        } else if (strcmp(l.word[0], "leaders") == 0) {
            leaders_line(&l);
            seen[3]++;
        } else {
            fail_msg("unknown vector %s", l.word[0]);
        }
    }
    fclose(f);
    assert_true(seen[0] >= 3 && seen[1] >= 9 && seen[2] >= 5 && seen[3] >= 6);
}

/* Chi-square of 16 bins over 16,000 draws; the bound is far out, the beacon fixed. */
static void draws_are_even(void **state) {
    (void)state;
    uint8_t beacon[32] = {1};
    unsigned bin[16] = {0};
    struct weal_draw d;
    weal_draw_init(&d, beacon, WEAL_BYTES_LIT("even"));
    for (int i = 0; i < 16000; i++) bin[weal_draw_below_var(&d, 16)]++;
    unsigned chi = 0; /* times 1000 */
    for (int i = 0; i < 16; i++) {
        int off = (int)bin[i] - 1000;
        chi += (unsigned)(off * off);
    }
    assert_true(chi < 45000);
}

static void purposes_and_beacons_part_the_draws(void **state) {
    (void)state;
    uint8_t one[32] = {1}, two[32] = {2};
    struct weal_draw a, b, c;
    weal_draw_init(&a, one, WEAL_BYTES_LIT("x"));
    weal_draw_init(&b, one, WEAL_BYTES_LIT("y"));
    weal_draw_init(&c, two, WEAL_BYTES_LIT("x"));
    uint64_t x = weal_draw_u64_var(&a);
    assert_true(x != weal_draw_u64_var(&b) && x != weal_draw_u64_var(&c));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_model),
        cmocka_unit_test(draws_are_even),
        cmocka_unit_test(purposes_and_beacons_part_the_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
