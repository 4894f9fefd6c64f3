/* SPDX-License-Identifier: ISC */
/* The log on a disk that loses, tears, rots and fails: what was synced is always there, in order;
 * what was not is a prefix; damage to what was synced is named. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "storage/crc32c.h"
#include "storage/file_mem.h"
#include "storage/wal.h"
#include "tests/support/mem.h"
#include "tests/support/rng.h"

enum { RECORDS = 4096, SEGMENT = WEAL_WAL_SEGMENT_MIN };

struct world {
    struct test_mem mem;
    struct weal_disk *disk;
    struct weal_wal_config c;
    uint64_t rng;
};
/* What replay showed. */
struct seen {
    uint64_t first, last;
};

static void world_open(struct world *w, uint64_t seed) {
    *w = (struct world){.rng = seed};
    test_mem_init(&w->mem);
    assert_int_equal(weal_disk_mem_new(&w->mem.mem, seed, &w->disk), WEAL_OK);
    w->c = (struct weal_wal_config){.disk = w->disk,
                                    .mem = w->mem.mem,
                                    .instance = "instance of test",
                                    .segment_bytes = SEGMENT};
}

static void world_close(struct world *w) {
    weal_disk_mem_free(w->disk);
    assert_int_equal(w->mem.alive, 0);
}

/* A record's contents follow from its number, so replay can check them. */
static struct weal_bytes contents(uint64_t lsn, uint8_t buf[4096], uint16_t *kind) {
    uint64_t r = lsn * 77;
    size_t n = test_below(&r, lsn % 7 == 0 ? 4000 : 300);
    for (size_t i = 0; i < n; i++) buf[i] = (uint8_t)test_rng(&r);
    *kind = (uint16_t)test_rng(&r);
    return weal_bytes(buf, n);
}

static enum weal_err see(void *ctx, const struct weal_wal_entry *r) {
    struct seen *s = ctx;
    uint8_t buf[4096];
    uint16_t kind;
    struct weal_bytes want = contents(r->lsn, buf, &kind);
    assert_true(weal_bytes_equal_var(r->data, want));
    assert_int_equal(r->kind, kind);
    if (s->first == 0) s->first = r->lsn;
    if (s->last != 0) assert_int_equal(r->lsn, s->last + 1);
    s->last = r->lsn;
    return WEAL_OK;
}

static enum weal_err append(struct weal_wal *w, uint64_t expect) {
    uint8_t buf[4096];
    uint16_t kind;
    uint64_t lsn = 0;
    struct weal_bytes data = contents(expect, buf, &kind);
    enum weal_err e = weal_wal_append(w, kind, data, &lsn);
    if (e == WEAL_OK) assert_int_equal(lsn, expect);
    return e;
}

static uint64_t next_lsn(const struct weal_wal *w) {
    struct weal_wal_stat st;
    weal_wal_stat(w, &st);
    return st.next_lsn;
}

static void sum_matches_the_rfc(void **state) {
    (void)state;
    uint8_t zeros[32] = {0}, ones[32], up[32];
    memset(ones, 0xff, 32);
    for (int i = 0; i < 32; i++) up[i] = (uint8_t)i;
    assert_int_equal(weal_crc32c(0, WEAL_BYTES(zeros)), 0x8a9136aa); /* RFC 3720 B.4 */
    assert_int_equal(weal_crc32c(0, WEAL_BYTES(ones)), 0x62a8ab43);
    assert_int_equal(weal_crc32c(0, WEAL_BYTES(up)), 0x46dd794e);
    for (size_t n = 0; n <= 32; n++) {
        assert_int_equal(weal_crc32c(7, weal_bytes(up, n)),
                         weal_crc32c_portable(7, weal_bytes(up, n)));
    }
    assert_int_equal(weal_crc32c(weal_crc32c(0, weal_bytes(up, 11)), weal_bytes(up + 11, 21)),
                     0x46dd794e);
}

static void one_sync_makes_a_turn_durable(void **state) {
    (void)state;
    struct world w;
    struct weal_wal *wal;
    struct seen s = {0};
    world_open(&w, 1);
    assert_int_equal(weal_wal_open(&w.c, see, &s, &wal), WEAL_ERR_NOT_FOUND);
    assert_int_equal(weal_wal_create(&w.c, &wal), WEAL_OK);
    uint64_t before = weal_disk_mem_syncs(w.disk);
    for (uint64_t lsn = 1; lsn <= 20; lsn++) {
        assert_int_equal(append(wal, lsn), WEAL_OK);
        if (lsn % 4 == 0) assert_int_equal(weal_wal_sync(wal), WEAL_OK);
    }
    assert_int_equal(weal_wal_sync(wal), WEAL_OK); /* nothing new: nothing to do */
    assert_int_equal(weal_disk_mem_syncs(w.disk) - before, 5);
    assert_int_equal(weal_wal_synced(wal), 20);
    weal_wal_close(wal);
    weal_disk_mem_power_cut(w.disk, WEAL_DISK_LOSE_ALL);
    assert_int_equal(weal_wal_create(&w.c, &wal), WEAL_ERR_INVALID);
    assert_int_equal(weal_wal_open(&w.c, see, &s, &wal), WEAL_OK);
    assert_int_equal(s.last, 20);
    weal_wal_close(wal);
    struct weal_wal_config other = w.c;
    other.instance[0] ^= 1;
    assert_int_equal(weal_wal_open(&other, see, &s, &wal), WEAL_ERR_INVALID);
    world_close(&w);
}

/* Power is cut again and again, between and within turns. */
static void what_was_synced_survives_power_cuts(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct world w;
        struct weal_wal *wal;
        uint64_t synced = 0, pruned = 1;
        world_open(&w, seed);
        assert_int_equal(weal_wal_create(&w.c, &wal), WEAL_OK);
        for (int crash = 0; crash < 40; crash++) {
            for (uint64_t turn = test_below(&w.rng, 30); turn > 0; turn--) {
                for (uint64_t k = test_below(&w.rng, 6); k > 0; k--) {
                    assert_int_equal(append(wal, next_lsn(wal)), WEAL_OK);
                }
                if (test_below(&w.rng, 20) == 0) {
                    struct weal_wal_ticket t; /* appends go on, into the next segment even */
                    assert_int_equal(weal_wal_sync_begin(wal, &t), WEAL_OK);
                    for (uint64_t k = test_below(&w.rng, 60); k > 0; k--) {
                        assert_int_equal(append(wal, next_lsn(wal)), WEAL_OK);
                    }
                    assert_int_equal(weal_wal_sync_end(wal, &t, weal_wal_sync_run(&t)), WEAL_OK);
                    assert_true(weal_wal_synced(wal) >= t.lsn);
                } else if (turn != 1 || test_below(&w.rng, 2)) {
                    assert_int_equal(weal_wal_sync(wal), WEAL_OK);
                }
                if (weal_wal_synced(wal) > synced) synced = weal_wal_synced(wal);
            }
            if (test_below(&w.rng, 5) == 0 && synced > 50) {
                pruned = synced - 50;
                assert_int_equal(weal_wal_prune(wal, pruned), WEAL_OK);
            }
            uint64_t appended = next_lsn(wal) - 1;
            struct seen s = {0};
            weal_wal_close(wal);
            weal_disk_mem_power_cut(w.disk, (enum weal_disk_mem_cut)test_below(&w.rng, 3));
            assert_int_equal(weal_wal_open(&w.c, see, &s, &wal), WEAL_OK);
            assert_true(s.last >= synced && s.last <= appended);
            assert_true(s.first <= pruned);
            assert_int_equal(next_lsn(wal), s.last + 1);
            synced = s.last;
        }
        struct weal_wal_stat st;
        weal_wal_stat(wal, &st);
        assert_true(st.segments > 1 || st.first_lsn > 1);
        weal_wal_close(wal);
        world_close(&w);
    }
}

/* The n-th call of the disk fails, for every n: never is a synced record missing after it. */
static void every_failing_call_is_survived(void **state) {
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct world w;
        struct weal_wal *wal = NULL;
        world_open(&w, n);
        *weal_disk_mem_faults(w.disk) = (struct weal_disk_mem_faults){
            .any_in = n, .error = n % 3 == 0 ? WEAL_ERR_NO_SPACE : WEAL_ERR_IO, .sticky = n % 2};
        enum weal_err e = weal_wal_create(&w.c, &wal);
        uint64_t synced = 0, appended = 0;
        for (uint64_t lsn = 1; e == WEAL_OK && lsn <= 300; lsn++) {
            e = append(wal, lsn);
            if (e != WEAL_OK) break;
            appended = lsn;
            if (lsn % 10 == 0) e = weal_wal_sync(wal);
            if (e == WEAL_OK && lsn % 100 == 0) e = weal_wal_prune(wal, lsn - 40);
            synced = weal_wal_synced(wal);
        }
        bool done = e == WEAL_OK;
        if (wal && !done) { /* failed stays failed */
            uint64_t lsn;
            assert_int_not_equal(weal_wal_append(wal, 1, weal_bytes(NULL, 0), &lsn), WEAL_OK);
            assert_int_not_equal(weal_wal_sync(wal), WEAL_OK);
        }
        weal_wal_close(wal);
        weal_disk_mem_power_cut(w.disk, WEAL_DISK_LOSE_SOME);
        struct seen s = {0};
        e = weal_wal_open(&w.c, see, &s, &wal);
        if (e == WEAL_ERR_NOT_FOUND) {
            assert_int_equal(synced, 0);
        } else {
            assert_int_equal(e, WEAL_OK);
            assert_true(s.last >= synced && s.last <= appended);
            weal_wal_close(wal);
        }
        world_close(&w);
        if (done) break;
    }
}

static uint8_t *copy_segment(struct world *w, const char *name, size_t *n) {
    struct weal_file *f;
    uint64_t size;
    assert_int_equal(weal_file_open(w->disk, name, false, &f), WEAL_OK);
    assert_int_equal(weal_file_size(f, &size), WEAL_OK);
    uint8_t *p = malloc(size);
    assert_int_equal(weal_file_read(f, 0, p, size, n), WEAL_OK);
    weal_file_close(f);
    return p;
}

static void write_segment(struct world *w, const char *name, const uint8_t *p, size_t n) {
    struct weal_file *f;
    assert_int_equal(weal_file_open(w->disk, name, true, &f), WEAL_OK);
    assert_int_equal(weal_file_resize(f, n), WEAL_OK);
    assert_int_equal(weal_file_write(f, 0, p, n), WEAL_OK);
    weal_file_close(f);
    weal_disk_mem_power_cut(w->disk, WEAL_DISK_LOSE_NONE);
}

/* Cut at every byte: a prefix is replayed, and the log goes on from there. Flipped at every byte:
 * never is anything wrong replayed, and what a later record vouches for is found missing. */
static void cut_and_rotten_at_every_byte(void **state) {
    (void)state;
    static const char name[] = "wal-0000000000000001";
    struct world w;
    struct weal_wal *wal;
    world_open(&w, 3);
    assert_int_equal(weal_wal_create(&w.c, &wal), WEAL_OK);
    size_t end[16] = {64}; /* where each record ends */
    for (uint64_t lsn = 1; lsn <= 12; lsn++) {
        uint8_t buf[4096];
        uint16_t kind;
        assert_int_equal(append(wal, lsn), WEAL_OK);
        end[lsn] = end[lsn - 1] + ((32 + contents(lsn, buf, &kind).n + 7) & ~(size_t)7);
        if (lsn % 2 == 0) assert_int_equal(weal_wal_sync(wal), WEAL_OK);
    }
    weal_wal_close(wal);
    size_t n;
    uint8_t *whole = copy_segment(&w, name, &n), *torn = malloc(n);
    for (size_t cut = 64; cut <= end[12]; cut++) {
        memcpy(torn, whole, n);
        memset(torn + cut, 0, n - cut);
        write_segment(&w, name, torn, n);
        struct seen s = {0};
        assert_int_equal(weal_wal_open(&w.c, see, &s, &wal), WEAL_OK);
        /* trailing zeros of a record may be cut without a loss */
        assert_true(s.last == 12 || end[s.last + 1] > cut);
        assert_true(end[s.last] <= cut || whole[end[s.last] - 1] == 0);
        assert_int_equal(append(wal, s.last + 1), WEAL_OK);
        assert_int_equal(weal_wal_sync(wal), WEAL_OK);
        weal_wal_close(wal);
        struct seen again = {0};
        assert_int_equal(weal_wal_open(&w.c, see, &again, &wal), WEAL_OK);
        assert_int_equal(again.last, s.last + 1);
        weal_wal_close(wal);
    }
    for (size_t at = 0; at < end[12]; at++) {
        memcpy(torn, whole, n);
        torn[at] ^= 0x10;
        write_segment(&w, name, torn, n);
        struct seen s = {0};
        enum weal_err e = weal_wal_open(&w.c, see, &s, &wal);
        if (at < end[10]) {
            /* records 11 and 12 say that 10 was durable; padding carries nothing */
            bool padding = e == WEAL_OK && s.last == 12;
            assert_true(padding || e == WEAL_ERR_CORRUPT || (at < 64 && e != WEAL_OK));
        } else if (at < end[11]) {
            assert_true(e == WEAL_OK); /* of one turn: as if it had never been synced */
        }
        if (e == WEAL_OK) weal_wal_close(wal);
    }
    free(whole);
    free(torn);
    world_close(&w);
}

static void a_missing_segment_is_corrupt(void **state) {
    (void)state;
    struct world w;
    struct weal_wal *wal;
    struct weal_wal_stat st;
    world_open(&w, 5);
    assert_int_equal(weal_wal_create(&w.c, &wal), WEAL_OK);
    do {
        assert_int_equal(append(wal, next_lsn(wal)), WEAL_OK);
        weal_wal_stat(wal, &st);
    } while (st.segments < 4);
    assert_int_equal(weal_wal_sync(wal), WEAL_OK);
    weal_wal_close(wal);
    assert_int_equal(weal_file_remove(w.disk, "wal-0000000000000002"), WEAL_OK);
    struct seen s = {0};
    assert_int_equal(weal_wal_open(&w.c, see, &s, &wal), WEAL_ERR_CORRUPT);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sum_matches_the_rfc),
        cmocka_unit_test(one_sync_makes_a_turn_durable),
        cmocka_unit_test(what_was_synced_survives_power_cuts),
        cmocka_unit_test(every_failing_call_is_survived),
        cmocka_unit_test(cut_and_rotten_at_every_byte),
        cmocka_unit_test(a_missing_segment_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
