/* SPDX-License-Identifier: ISC */
/* Block files on a disk that loses, tears and rots: a synced block is read back as it was, a torn
 * one is not there, a rotten one is named. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "storage/block.h"
#include "storage/file_mem.h"
#include "tests/support/mem.h"
#include "tests/support/rng.h"

enum { BLOCKS = 400, BUF = 1 << 16 };

struct world {
    struct test_mem mem;
    struct weal_disk *disk;
    struct weal_blocks_config c;
    struct weal_blocks *b;
    uint64_t rng;
    bool body[BLOCKS], cert[BLOCKS], safe_body[BLOCKS], safe_cert[BLOCKS];
    uint8_t *buf;
};

static void id_of(uint64_t height, uint8_t id[32]) {
    uint64_t r = height;
    for (int i = 0; i < 32; i++) id[i] = (uint8_t)test_rng(&r);
}

static struct weal_bytes part_of(uint64_t height, int part, uint8_t *buf) {
    uint64_t r = height * 3 + (uint64_t)part;
    size_t n = test_below(&r, part == 1 ? 3000 : 300);
    for (size_t i = 0; i < n; i++) buf[i] = (uint8_t)test_rng(&r);
    return weal_bytes(buf, n);
}

static void world_open(struct world *w, uint64_t seed) {
    *w = (struct world){.rng = seed, .buf = malloc(BUF)};
    test_mem_init(&w->mem);
    assert_int_equal(weal_disk_mem_new(&w->mem.mem, seed, &w->disk), WEAL_OK);
    w->c = (struct weal_blocks_config){
        .disk = w->disk, .mem = w->mem.mem, .segment_bytes = 60000, .recent_max = BLOCKS};
    const struct weal_block_place none = {0};
    assert_int_equal(weal_blocks_open(&w->c, UINT64_MAX, none, &w->b), WEAL_OK);
}

static void world_close(struct world *w) {
    weal_blocks_close(w->b);
    weal_disk_mem_free(w->disk);
    free(w->buf);
    assert_int_equal(w->mem.alive, 0);
}

static enum weal_err put(struct world *w, uint64_t h, bool cert) {
    static uint8_t header[4096], body[4096];
    uint8_t id[32];
    id_of(h, id);
    if (cert) return weal_blocks_put_cert(w->b, h, id, part_of(h, 2, body));
    return weal_blocks_put(w->b, h, id, part_of(h, 0, header), part_of(h, 1, body));
}

/* Whether the block reads back; what reads back must be right. */
static enum weal_err check(struct world *w, uint64_t h, bool *body, bool *cert) {
    static uint8_t want[4096];
    struct weal_block_where where;
    struct weal_block_read got;
    uint8_t id[32];
    *body = *cert = false;
    id_of(h, id);
    enum weal_err e = weal_blocks_find(w->b, id, &where);
    if (e != WEAL_OK) return e;
    assert_int_equal(where.height, h);
    *cert = where.cert.size != 0;
    e = weal_block_read(w->disk, &where, w->buf, BUF, &got);
    if (e != WEAL_OK) return e;
    *body = true;
    assert_true(weal_bytes_equal_var(got.header, part_of(h, 0, want)));
    assert_true(weal_bytes_equal_var(got.body, part_of(h, 1, want)));
    if (*cert) assert_true(weal_bytes_equal_var(got.cert, part_of(h, 2, want)));
    assert_int_equal(weal_block_read(w->disk, &where, w->buf, where.body.size - 1, &got),
                     WEAL_ERR_FULL);
    return WEAL_OK;
}

static void synced(struct world *w) {
    memcpy(w->safe_body, w->body, sizeof w->body);
    memcpy(w->safe_cert, w->cert, sizeof w->cert);
}

static void synced_blocks_survive_power_cuts(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct world w;
        world_open(&w, seed);
        for (int crash = 0; crash < 12; crash++) {
            for (uint64_t k = test_below(&w.rng, 40); k > 0; k--) {
                uint64_t h = test_below(&w.rng, BLOCKS);
                bool cert = test_below(&w.rng, 2);
                uint8_t id[32];
                assert_int_equal(put(&w, h, cert), WEAL_OK);
                *(cert ? &w.cert[h] : &w.body[h]) = true;
                if (test_below(&w.rng, 3) == 0) {
                    assert_int_equal(weal_blocks_sync(w.b), WEAL_OK);
                    synced(&w);
                }
                id_of(h, id);
                if (w.safe_body[h]) assert_true(weal_blocks_durable(w.b, id));
                if (!w.body[h]) assert_false(weal_blocks_durable(w.b, id));
            }
            weal_blocks_close(w.b);
            weal_disk_mem_power_cut(w.disk, (enum weal_disk_mem_cut)test_below(&w.rng, 3));
            const struct weal_block_place none = {0};
            assert_int_equal(weal_blocks_open(&w.c, UINT64_MAX, none, &w.b), WEAL_OK);
            for (uint64_t h = 0; h < BLOCKS; h++) {
                bool body, cert;
                enum weal_err e = check(&w, h, &body, &cert);
                assert_true(e == WEAL_OK || e == WEAL_ERR_NOT_FOUND);
                assert_true(body >= w.safe_body[h] && body <= w.body[h]);
                assert_true(cert >= w.safe_cert[h] && cert <= w.cert[h]);
                w.body[h] = body;
                w.cert[h] = cert;
            }
            synced(&w);
        }
        world_close(&w);
    }
}

static void rot_is_named_and_stays_alone(void **state) {
    (void)state;
    struct world w;
    bool body, cert;
    world_open(&w, 9);
    for (uint64_t h = 0; h < 8; h++) assert_int_equal(put(&w, h, false), WEAL_OK);
    assert_int_equal(weal_blocks_sync(w.b), WEAL_OK);
    uint8_t id[32];
    struct weal_block_where where;
    id_of(3, id);
    assert_int_equal(weal_blocks_find(w.b, id, &where), WEAL_OK);
    for (uint64_t at = 0; at < where.body.size; at++) {
        assert_true(weal_disk_mem_rot(w.disk, "blk-00000001", where.body.at + at, 4));
        assert_int_equal(check(&w, 3, &body, &cert), WEAL_ERR_CORRUPT);
        if (at % 16 == 0) { /* others are found behind it at a restart */
            weal_blocks_close(w.b);
            const struct weal_block_place none = {0};
            assert_int_equal(weal_blocks_open(&w.c, UINT64_MAX, none, &w.b), WEAL_OK);
            for (uint64_t h = 0; h < 8; h++) {
                enum weal_err e = check(&w, h, &body, &cert);
                assert_int_equal(e, h == 3 ? WEAL_ERR_NOT_FOUND : WEAL_OK);
            }
        }
        assert_true(weal_disk_mem_rot(w.disk, "blk-00000001", where.body.at + at, 4));
        if (at % 16 == 0) {
            weal_blocks_close(w.b);
            const struct weal_block_place none = {0};
            assert_int_equal(weal_blocks_open(&w.c, UINT64_MAX, none, &w.b), WEAL_OK);
        }
    }
    world_close(&w);
}

static enum weal_err mend(struct world *w, const struct weal_block_where *where, uint64_t h) {
    static uint8_t header[4096], body[4096];
    struct weal_block_mending m;
    bool done = false;
    enum weal_err e = weal_block_mend_body(&m, where, part_of(h, 0, header), part_of(h, 1, body));
    while (e == WEAL_OK && !done) e = weal_block_mend_step(w->disk, &m, 1, &done);
    return e;
}

/* A rotten body comes back at its old place, byte for byte; nothing whole is ever written over, and
 * the end of the file, which the database counts on, is kept for it. */
static void rot_is_mended_in_its_place(void **state) {
    (void)state;
    struct world w;
    bool body, cert;
    struct weal_block_where mid, last, other;
    uint8_t id[32];
    world_open(&w, 10);
    for (uint64_t h = 0; h < 8; h++) assert_int_equal(put(&w, h, false), WEAL_OK);
    assert_int_equal(weal_blocks_sync(w.b), WEAL_OK);
    id_of(3, id);
    assert_int_equal(weal_blocks_find(w.b, id, &mid), WEAL_OK);
    id_of(7, id);
    assert_int_equal(weal_blocks_find(w.b, id, &last), WEAL_OK);
    assert_int_equal(mend(&w, &mid, 3), WEAL_ERR_CORRUPT); /* it is whole */
    assert_true(weal_disk_mem_rot(w.disk, "blk-00000001", mid.body.at, 1));
    assert_true(weal_disk_mem_rot(w.disk, "blk-00000001", last.body.at + 70, 1));
    assert_int_equal(check(&w, 3, &body, &cert), WEAL_ERR_CORRUPT);
    assert_int_equal(mend(&w, &mid, 4), WEAL_ERR_CORRUPT); /* not what stood there */
    assert_int_equal(mend(&w, &mid, 3), WEAL_OK);
    assert_int_equal(check(&w, 3, &body, &cert), WEAL_OK);
    weal_blocks_close(w.b);
    assert_int_equal(weal_blocks_open(&w.c, UINT64_MAX, last.body, &w.b), WEAL_OK);
    assert_int_equal(put(&w, 8, false), WEAL_OK); /* behind the damaged one */
    assert_int_equal(mend(&w, &last, 7), WEAL_OK);
    weal_blocks_close(w.b);
    const struct weal_block_place none = {0};
    assert_int_equal(weal_blocks_open(&w.c, UINT64_MAX, none, &w.b), WEAL_OK);
    for (uint64_t h = 0; h < 9; h++) assert_int_equal(check(&w, h, &body, &cert), WEAL_OK);
    /* cut off at open, since nobody counted on it, and written over: its place is another's */
    id_of(8, id);
    assert_int_equal(weal_blocks_find(w.b, id, &other), WEAL_OK);
    assert_true(weal_disk_mem_rot(w.disk, "blk-00000001", other.body.at + 70, 1));
    weal_blocks_close(w.b);
    assert_int_equal(weal_blocks_open(&w.c, UINT64_MAX, none, &w.b), WEAL_OK);
    assert_int_equal(put(&w, 9, false), WEAL_OK);
    assert_int_equal(mend(&w, &other, 8), WEAL_ERR_CORRUPT);
    assert_int_equal(check(&w, 9, &body, &cert), WEAL_OK);
    /* nor is a place believed that no record can have: the file would grow to it */
    const struct weal_block_place far = {1, 500, (uint64_t)1 << 40};
    weal_blocks_close(w.b);
    weal_disk_mem_faults(w.disk)->capacity = 1 << 20;
    assert_int_equal(weal_blocks_open(&w.c, UINT64_MAX, far, &w.b), WEAL_OK);
    assert_int_equal(check(&w, 9, &body, &cert), WEAL_OK);
    world_close(&w);
}

/* Before something is written into a segment all of it up to there is looked through, a bounded
 * piece a step: a node has votes to answer meanwhile. Certificates come back too. */
static void mending_is_done_in_pieces(void **state) {
    (void)state;
    enum { PIECE = 4096, RECORD_MAX = 64 + 300 + 3000 + 8 };
    struct world w;
    struct weal_block_where where;
    struct weal_block_mending m;
    static uint8_t buf[4096];
    bool body, cert, done = false;
    uint8_t id[32];
    uint32_t steps = 0;
    world_open(&w, 12);
    for (uint64_t h = 0; h < 30; h++) {
        assert_int_equal(put(&w, h, false), WEAL_OK);
        assert_int_equal(put(&w, h, true), WEAL_OK);
    }
    assert_int_equal(weal_blocks_sync(w.b), WEAL_OK);
    id_of(24, id);
    assert_int_equal(weal_blocks_find(w.b, id, &where), WEAL_OK);
    assert_int_equal(where.cert.segment, 1);
    /* what is damaged before it slows the walk, and does not end it */
    assert_true(weal_disk_mem_rot(w.disk, "blk-00000001", 100, 1));
    assert_true(weal_disk_mem_rot(w.disk, "blk-00000001", where.cert.at + 33, 1));
    assert_int_equal(check(&w, 24, &body, &cert), WEAL_ERR_CORRUPT);
    assert_int_equal(weal_block_mend_cert(&m, &where, part_of(23, 2, buf)), WEAL_ERR_CORRUPT);
    assert_int_equal(weal_block_mend_cert(&m, &where, part_of(24, 2, buf)), WEAL_OK);
    while (!done) {
        uint64_t before = m.at;
        assert_int_equal(weal_block_mend_step(w.disk, &m, PIECE, &done), WEAL_OK);
        assert_true(m.at > before && m.at - before <= PIECE + RECORD_MAX);
        steps++;
    }
    assert_true(steps >= where.cert.at / (PIECE + RECORD_MAX));
    assert_int_equal(check(&w, 24, &body, &cert), WEAL_OK);
    assert_true(cert);
    world_close(&w);
}

static void every_failing_call_is_survived(void **state) {
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct world w;
        world_open(&w, n);
        *weal_disk_mem_faults(w.disk) = (struct weal_disk_mem_faults){
            .any_in = n, .error = n % 2 ? WEAL_ERR_NO_SPACE : WEAL_ERR_IO};
        bool failed = false;
        for (uint64_t h = 0; h < 60; h++) {
            for (int cert = 0; cert < 2; cert++) {
                enum weal_err e = put(&w, h, cert);
                if (e == WEAL_OK) *(cert ? &w.cert[h] : &w.body[h]) = true;
                if (e != WEAL_OK) failed = true;
            }
            if (weal_blocks_sync(w.b) == WEAL_OK) {
                synced(&w);
            } else {
                failed = true;
            }
        }
        weal_blocks_close(w.b);
        weal_disk_mem_power_cut(w.disk, WEAL_DISK_LOSE_SOME);
        const struct weal_block_place none = {0};
        assert_int_equal(weal_blocks_open(&w.c, UINT64_MAX, none, &w.b), WEAL_OK);
        for (uint64_t h = 0; h < 60; h++) {
            bool body, cert;
            enum weal_err e = check(&w, h, &body, &cert);
            assert_true(e == WEAL_OK || e == WEAL_ERR_NOT_FOUND);
            assert_true(body >= w.safe_body[h] && cert >= w.safe_cert[h]);
        }
        world_close(&w);
        if (!failed) break;
    }
}

static void forgetting_keeps_the_others(void **state) {
    (void)state;
    struct world w;
    world_open(&w, 4);
    for (uint64_t h = 0; h < BLOCKS; h++) assert_int_equal(put(&w, h, false), WEAL_OK);
    uint8_t id[32] = {1};
    assert_int_equal(weal_blocks_put(w.b, 1, id, weal_bytes(NULL, 0), weal_bytes(NULL, 0)),
                     WEAL_ERR_FULL);
    for (uint64_t floor = 0; floor < BLOCKS; floor += 37) {
        weal_blocks_forget(w.b, floor);
        for (uint64_t h = 0; h < BLOCKS; h++) {
            bool body, cert;
            assert_int_equal(check(&w, h, &body, &cert), h <= floor ? WEAL_ERR_NOT_FOUND : WEAL_OK);
        }
    }
    world_close(&w);
}

static void id_of_two(uint64_t height, uint64_t fork, uint8_t id[32]) {
    id_of(height * 100000 + fork, id);
}
static enum weal_err found(struct world *w, uint64_t height, uint64_t fork) {
    struct weal_block_where where;
    uint8_t id[32];
    id_of_two(height, fork, id);
    return weal_blocks_find(w->b, id, &where);
}
static void put_empty(struct world *w, uint64_t height, uint64_t fork) {
    uint8_t id[32];
    id_of_two(height, fork, id);
    assert_int_equal(weal_blocks_put(w->b, height, id, weal_bytes(NULL, 0), weal_bytes(NULL, 0)),
                     WEAL_OK);
}
static void reopen(struct world *w, uint64_t from) {
    const struct weal_block_place none = {0};
    weal_blocks_close(w->b);
    assert_int_equal(weal_blocks_open(&w->c, from, none, &w->b), WEAL_OK);
}

/* Views given up for days leave thousands of blocks of a few heights above the last applied one;
 * an older copy of the database leaves thousands of heights. Neither stops a node, nor its start.
 */
static void thousands_above_the_applied_height_are_no_end(void **state) {
    (void)state;
    enum { FORKS = 6000, ROW = 9000, KEPT = 4096 };
    struct world w;
    world_open(&w, 6);
    w.c.recent_max = 0; /* what a node has */
    w.c.segment_bytes = 0;
    reopen(&w, UINT64_MAX);
    for (uint64_t k = 0; k < FORKS; k++) put_empty(&w, 8 + k % 3, k);
    reopen(&w, 7);
    for (uint64_t k = 0; k < FORKS; k++) assert_int_equal(found(&w, 8 + k % 3, k), WEAL_OK);
    for (uint64_t h = 11; h < ROW; h++) put_empty(&w, h, 0);
    assert_int_equal(found(&w, ROW - 1, 0), WEAL_OK);
    reopen(&w, 10);
    for (uint64_t h = 11; h < ROW; h++) {
        assert_int_equal(found(&w, h, 0), h <= 10 + KEPT ? WEAL_OK : WEAL_ERR_NOT_FOUND);
    }
    put_empty(&w, ROW - 1, 0); /* as if it came from a peer */
    assert_int_equal(found(&w, ROW - 1, 0), WEAL_OK);
    weal_blocks_forget(w.b, ROW);
    assert_int_equal(found(&w, 11, 0), WEAL_ERR_NOT_FOUND);
    world_close(&w);
}

/* What is certified above a height, from the lowest: bodies alone and certificates alone are not.
 */
static void certified_blocks_are_found_in_order(void **state) {
    (void)state;
    struct world w;
    struct weal_block_where where;
    world_open(&w, 5);
    for (uint64_t h = BLOCKS; h-- > 0;) {
        if (h % 5 != 4) assert_int_equal(put(&w, h, false), WEAL_OK);
        if (h % 3 == 1) assert_int_equal(put(&w, h, true), WEAL_OK);
    }
    for (uint64_t from = 0; from < BLOCKS; from++) {
        uint64_t h = from + 1;
        while (h < BLOCKS && (h % 3 != 1 || h % 5 == 4)) h++;
        enum weal_err e = weal_blocks_next_certified(w.b, from, &where);
        assert_int_equal(e, h < BLOCKS ? WEAL_OK : WEAL_ERR_NOT_FOUND);
        if (e == WEAL_OK) assert_int_equal(where.height, h);
    }
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synced_blocks_survive_power_cuts),
        cmocka_unit_test(rot_is_named_and_stays_alone),
        cmocka_unit_test(rot_is_mended_in_its_place),
        cmocka_unit_test(mending_is_done_in_pieces),
        cmocka_unit_test(every_failing_call_is_survived),
        cmocka_unit_test(forgetting_keeps_the_others),
        cmocka_unit_test(thousands_above_the_applied_height_are_no_end),
        cmocka_unit_test(certified_blocks_are_found_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
