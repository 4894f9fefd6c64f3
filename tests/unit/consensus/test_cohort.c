/* SPDX-License-Identifier: ISC */
/* Cohorts by themselves, over thousands of random windows: what is dealt, how evenly, to whom; what
 * waits. Rules 7..9 and 15 of ringproof section 11, ledger section 1. Rows PO-144, PO-145. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "consensus/mod/module.h"
#include "tests/support/chain.h"

/* The module is driven directly, in a draft that is never sealed: keys are points, because dealing
 * decompresses them. */
static struct chain *c;
static struct weal_arena arena;
static struct weal_draft d;
static struct weal_ctx x;
enum { KEYS = 600, MEM = 64 << 20 };
static uint8_t keys[KEYS][32];
static void *mem;
static const struct weal_pool_ref POOL = {WEAL_POOL_ACTIVITY, {(const uint8_t *)"CA", 2}};

static int group_setup(void **state) {
    (void)state;
    c = chain_new(NULL);
    mem = malloc(MEM);
    for (unsigned i = 0; i < KEYS; i++) {
        uint8_t s[32];
        chain_secret(c, s);
        assert_true(weal_human_key(keys[i], s));
    }
    return mem == NULL;
}
static int group_teardown(void **state) {
    (void)state;
    chain_free(c);
    free(mem);
    return 0;
}
static int setup(void **state) {
    (void)state;
    struct weal_view v;
    weal_arena_init(&arena, mem, MEM);
    assert_int_equal(weal_view_open(&v, c->tip, &c->reader), WEAL_OK);
    assert_int_equal(weal_draft_init(&d, &v, &arena, 100000), WEAL_OK);
    assert_true(weal_ctx_open(&x, &c->exec, &d, 1, c->time_ms + 1));
    return 0;
}
static int teardown(void **state) {
    (void)state;
    return x.err != WEAL_OK;
}

/* A block passes: deadlines, then the test acts. The beacon changes as it would. */
static void tick(uint64_t ms) {
    x.height++;
    x.now_ms += ms;
    weal_hash256_one(x.chain.beacon, "test/beacon", WEAL_BYTES(x.chain.beacon));
    weal_deadlines_run(&x);
}

static void enter(unsigned key, const uint8_t owner[32]) {
    struct weal_st_entry e = {.last = 100};
    uint64_t window, entry;
    memcpy(e.key, keys[key], 32);
    memcpy(e.owner, owner, 32);
    weal_pool_enter(&x, POOL, &e, &window, &entry);
}

static bool ring_of(uint64_t cohort, struct weal_st_cohort *co, struct weal_st_ring *r) {
    struct weal_key k = weal_key_of64(WEAL_T_COHORT, cohort);
    if (!weal_cohort_load(&x, &k, co)) return false;
    k = weal_key_of64(WEAL_T_RING, cohort);
    weal_key_u16(&k, co->version);
    return weal_ring_load(&x, &k, r);
}
static uint64_t waiting(void) {
    struct weal_key k = weal_key(WEAL_T_POOL);
    weal_key_u8(&k, WEAL_POOL_ACTIVITY);
    weal_key_path(&k, POOL.jurisdiction);
    struct weal_st_pool p;
    weal_pool_load(&x, &k, &p);
    return p.waiting;
}
static unsigned entries(void) {
    struct weal_key prefix = weal_key(WEAL_T_ENTRY), k = prefix;
    struct weal_bytes v;
    unsigned n = 0;
    while (weal_next(&x, &prefix, &k, &v)) n++;
    return n;
}

/* n keys of n owners wait when the timer ends: how many are dealt, in which sizes? */
static void deal_of(unsigned n) {
    setup(NULL);
    uint64_t t = c->p.window_activity_ms;
    for (unsigned i = 0; i < n; i++) enter(i, keys[i]);
    tick(t - 1);
    tick(1);
    for (unsigned i = 0; i < 15; i++) tick(50);
    assert_int_equal(entries(), n); /* nothing before h+16 */
    tick(50);
    unsigned dealt = 0, cohorts = 0, least = 99, most = 0;
    uint8_t seen[KEYS] = {0};
    struct weal_st_cohort co;
    struct weal_st_ring r;
    for (uint64_t id = 1; ring_of(id, &co, &r); id++) {
        assert_int_equal(co.usable, co.dealt - 16 + 80);
        cohorts++;
        dealt += r.keys_n;
        if (r.keys_n < least) least = r.keys_n;
        if (r.keys_n > most) most = r.keys_n;
        for (unsigned i = 0; i < r.keys_n; i++) {
            unsigned at = 0;
            while (at < n && memcmp(keys[at], r.keys[i].key, 32) != 0) at++;
            assert_true(at < n);
            assert_false(seen[at]); /* no key in two cohorts, nor twice in one */
            seen[at] = 1;
        }
        struct weal_key k = weal_key_of64(WEAL_T_RING, id);
        weal_key_u16(&k, 1);
        struct weal_bytes points;
        assert_int_equal(weal_draft_get_derived(&d, weal_key_bytes(&k), &points), WEAL_OK);
        assert_int_equal(points.n, 96u * r.keys_n);
    }
    unsigned expect = n < 11 ? 0 : n <= 16 ? n : n <= 21 ? 16 : n;
    assert_int_equal(dealt, expect);
    assert_int_equal(cohorts, (expect + 15) / 16);
    assert_int_equal(waiting(), n - expect);
    assert_int_equal(entries(), n - expect);
    if (cohorts != 0) {
        assert_true(least >= 11 && most <= 16 && most - least <= 1); /* evenly */
    }
    assert_int_equal(x.err, WEAL_OK);
}

static void po_144_rings_hold_eleven_to_sixteen(void **state) {
    (void)state;
    for (unsigned n = 1; n <= 60; n++) deal_of(n);
    deal_of(175);
    deal_of(255);
}

static void a_full_window_closes_at_once(void **state) {
    (void)state;
    for (unsigned i = 0; i < 300; i++) enter(i, keys[i]);
    for (unsigned i = 0; i < 16; i++) tick(1);
    assert_int_equal(waiting(), 44); /* 256 dealt; the next window's timer runs */
    tick(c->p.window_activity_ms);
    for (unsigned i = 0; i < 16; i++) tick(1);
    assert_int_equal(waiting(), 0);
}

static void ten_wait_for_an_eleventh(void **state) {
    (void)state;
    for (unsigned i = 0; i < 10; i++) enter(i, keys[i]);
    for (unsigned i = 0; i < 50; i++) tick(c->p.window_activity_ms);
    assert_int_equal(waiting(), 10);
    enter(10, keys[10]); /* the timer is over: closes in this block */
    for (unsigned i = 0; i < 16; i++) tick(1);
    assert_int_equal(waiting(), 0);
}

static void one_owner_once_in_a_ring(void **state) {
    (void)state;
    /* thirty keys of three owners and eleven of others */
    for (unsigned i = 0; i < 30; i++) enter(i, keys[500 + i % 3]);
    for (unsigned i = 30; i < 41; i++) enter(i, keys[i]);
    unsigned dealt = 0;
    struct weal_st_cohort co;
    struct weal_st_ring r;
    tick(c->p.window_activity_ms);
    for (unsigned i = 0; i < 16; i++) tick(1);
    for (uint64_t id = 1; ring_of(id, &co, &r); id++) {
        unsigned of[3] = {0};
        for (unsigned i = 0; i < r.keys_n; i++) {
            for (unsigned k = 0; k < 30; k++) {
                if (memcmp(keys[k], r.keys[i].key, 32) == 0) of[k % 3]++;
            }
        }
        assert_true(of[0] <= 1 && of[1] <= 1 && of[2] <= 1);
        dealt += r.keys_n;
    }
    assert_int_equal(dealt, 14);
    assert_int_equal(waiting(), 27);
}

static void those_who_leave_before_the_dealing_are_not_dealt(void **state) {
    (void)state;
    uint64_t window[12], entry[12];
    for (unsigned i = 0; i < 12; i++) {
        struct weal_st_entry e = {.last = 100};
        memcpy(e.key, keys[i], 32);
        memcpy(e.owner, keys[i], 32);
        weal_pool_enter(&x, POOL, &e, &window[i], &entry[i]);
    }
    tick(c->p.window_activity_ms);
    weal_pool_leave(&x, POOL, window[3], entry[3]);
    weal_pool_leave(&x, POOL, window[3], entry[3]); /* twice is once */
    weal_pool_leave(&x, POOL, window[4], entry[4]);
    for (unsigned i = 0; i < 16; i++) tick(1);
    struct weal_st_cohort co;
    struct weal_st_ring r;
    assert_false(ring_of(1, &co, &r)); /* ten are left: under eleven */
    assert_int_equal(waiting(), 10);
    enter(20, keys[20]);
    tick(c->p.window_activity_ms);
    for (unsigned i = 0; i < 16; i++) tick(1);
    assert_true(ring_of(1, &co, &r));
    assert_int_equal(r.keys_n, 11);
}

static void the_beacon_decides_and_nothing_else(void **state) {
    (void)state;
    struct weal_st_ring first = {0}, again = {0}, other = {0};
    for (unsigned run = 0; run < 3; run++) {
        setup(NULL);
        memset(x.chain.beacon, run == 2, 32);
        for (unsigned i = 0; i < 40; i++) { /* another order of arrival */
            unsigned k = run == 0 ? i : 39 - i;
            enter(k, keys[k]);
        }
        tick(c->p.window_activity_ms);
        for (unsigned i = 0; i < 16; i++) tick(1);
        struct weal_st_cohort co;
        assert_true(ring_of(1, &co, run == 0 ? &first : run == 1 ? &again : &other));
    }
    assert_int_equal(first.keys_n, again.keys_n);
    assert_memory_equal(first.keys, again.keys, 32u * first.keys_n);
    assert_memory_not_equal(first.keys, other.keys, 32u * first.keys_n);
}

/* Random comings and goings: every key is in one place, windows hold what they say. */
static void a_thousand_random_steps_lose_nobody(void **state) {
    (void)state;
    uint64_t r = 99;
    unsigned in = 0;
    uint64_t window[KEYS], entry[KEYS];
    for (unsigned step = 0; step < 1000 && in < KEYS; step++) {
        r = r * 6364136223846793005u + 1442695040888963407u;
        unsigned n = (unsigned)(r >> 40) % 5;
        for (unsigned i = 0; i < n && in < KEYS; i++, in++) {
            struct weal_st_entry e = {.last = 100};
            memcpy(e.key, keys[in], 32);
            memcpy(e.owner, keys[(r >> 20) % 3 == 0 ? in / 2 : in], 32);
            weal_pool_enter(&x, POOL, &e, &window[in], &entry[in]);
        }
        tick((r >> 50) % 400);
        unsigned dealt = 0;
        struct weal_st_cohort co;
        struct weal_st_ring ring;
        for (uint64_t id = 1; ring_of(id, &co, &ring); id++) {
            assert_true(ring.keys_n >= 11 && ring.keys_n <= 16);
            dealt += ring.keys_n;
        }
        assert_int_equal(dealt + waiting(), in);
        if (step % 50 == 0) assert_int_equal(entries(), waiting());
    }
    assert_int_equal(in, KEYS);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(po_144_rings_hold_eleven_to_sixteen),
        TEST(a_full_window_closes_at_once),
        TEST(ten_wait_for_an_eleventh),
        TEST(one_owner_once_in_a_ring),
        TEST(those_who_leave_before_the_dealing_are_not_dealt),
        TEST(the_beacon_decides_and_nothing_else),
        TEST(a_thousand_random_steps_lose_nobody),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
