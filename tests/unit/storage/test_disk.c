/* SPDX-License-Identifier: ISC */
/* The log, the block files and the database on real files, used as the daemon uses them: whatever
 * answers with an error is closed and opened again. What was answered with OK is then there, of a
 * batch that was not nothing is. By itself nothing fails here; tests/preload/nth.py makes one call
 * of the run fail and asks that this test passes all the same, whichever it was. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "storage/block.h"
#include "storage/kv_lmdb.h"
#include "storage/wal.h"
#include "tests/support/dir.h"
#include "tests/support/mem.h"
#include "tests/support/rng.h"

enum { ROUNDS = 60, KEYS = 64, PART_MAX = 3000, FAILURES_MAX = 2, BUF = 1 << 16 };

static unsigned failures; /* a write in two pieces fails twice: short, then for want of room */

static bool fails(enum weal_err e) {
    if (e == WEAL_OK) return false;
    if (!getenv("WEAL_NTH_AT")) fail_msg("%s", weal_err_name(e));
    if (e != WEAL_ERR_IO && e != WEAL_ERR_NO_SPACE && e != WEAL_ERR_NO_MEMORY) {
        fail_msg("the machine failed, not %s", weal_err_name(e));
    }
    if (++failures > FAILURES_MAX) fail_msg("%s, and nothing fails any more", weal_err_name(e));
    return true;
}

/* Bytes that follow from a number. */
static struct weal_bytes part(uint64_t number, uint8_t buf[PART_MAX]) {
    uint64_t r = number;
    size_t n = 1 + test_below(&r, number % 5 == 0 ? PART_MAX : 200);
    for (size_t i = 0; i < n; i++) buf[i] = (uint8_t)test_rng(&r);
    return weal_bytes(buf, n);
}

struct place {
    char dir[TEST_DIR_MAX];
    struct test_mem mem;
    struct weal_disk *disk;
};
static void place_open(struct place *p) {
    failures = 0;
    test_dir_make(p->dir);
    test_mem_init(&p->mem);
    while (fails(weal_disk_posix_open(p->dir, &p->disk))) continue;
}
static void place_close(struct place *p) {
    weal_disk_posix_close(p->disk);
    assert_int_equal(p->mem.alive, 0);
    test_dir_remove(p->dir);
}

/* ---- the log ---- */

static enum weal_err see(void *ctx, const struct weal_wal_entry *r) {
    uint64_t *last = ctx;
    static uint8_t want[PART_MAX];
    assert_int_equal(r->lsn, *last + 1);
    assert_true(weal_bytes_equal_var(r->data, part(r->lsn, want)));
    *last = r->lsn;
    return WEAL_OK;
}

static struct weal_wal *wal_open(struct place *p, uint64_t synced, uint64_t *last) {
    const struct weal_wal_config c = {.disk = p->disk,
                                      .mem = p->mem.mem,
                                      .instance = "instance of test",
                                      .segment_bytes = WEAL_WAL_SEGMENT_MIN};
    struct weal_wal *wal = NULL;
    enum weal_err e;
    do {
        *last = 0;
        e = weal_wal_open(&c, see, last, &wal);
        if (e == WEAL_ERR_NOT_FOUND) {
            assert_int_equal(synced, 0);
            e = weal_wal_create(&c, &wal);
        }
    } while (fails(e));
    assert_true(*last >= synced);
    return wal;
}

static void the_log_keeps_what_it_synced(void **state) {
    (void)state;
    static uint8_t buf[PART_MAX];
    struct place p;
    uint64_t synced = 0, last, lsn = 0;
    place_open(&p);
    struct weal_wal *wal = wal_open(&p, 0, &last);
    for (uint64_t next = last + 1; next <= 5 * ROUNDS;) {
        enum weal_err e = weal_wal_append(wal, 1, part(next, buf), &lsn);
        if (e == WEAL_OK) assert_int_equal(lsn, next++);
        if (e == WEAL_OK && next % 5 == 0) {
            e = weal_wal_sync(wal);
            if (e == WEAL_OK) synced = next - 1;
        }
        if (fails(e) || next % 60 == 0) { /* or a restart for no reason */
            weal_wal_close(wal);
            wal = wal_open(&p, synced, &last);
            next = last + 1;
        }
    }
    weal_wal_close(wal);
    place_close(&p);
}

/* ---- block files ---- */

static void id_of(uint64_t height, uint8_t id[32]) {
    for (int i = 0; i < 32; i++) id[i] = (uint8_t)test_rng(&height);
}

static void block_check(struct place *p, struct weal_blocks *b, uint64_t h, bool body, bool cert) {
    static uint8_t buf[BUF], want[PART_MAX];
    struct weal_block_where where;
    struct weal_block_read got;
    uint8_t id[32];
    enum weal_err e;
    id_of(h, id);
    e = weal_blocks_find(b, id, &where);
    if (e == WEAL_ERR_NOT_FOUND) {
        assert_false(body || cert);
        return;
    }
    assert_int_equal(e, WEAL_OK);
    assert_true((!body || where.body.size != 0) && (!cert || where.cert.size != 0));
    if (where.body.size == 0) return;
    while (fails(weal_block_read(p->disk, &where, buf, sizeof buf, &got))) continue;
    assert_true(weal_bytes_equal_var(got.header, part(3 * h, want)));
    assert_true(weal_bytes_equal_var(got.body, part(3 * h + 1, want)));
    if (where.cert.size != 0) assert_true(weal_bytes_equal_var(got.cert, part(3 * h + 2, want)));
}

static struct weal_blocks *blocks_open(struct place *p, uint64_t bodies, uint64_t certs) {
    const struct weal_blocks_config c = {
        .disk = p->disk, .mem = p->mem.mem, .segment_bytes = 30000, .recent_max = 4 * ROUNDS};
    const struct weal_block_place none = {0};
    struct weal_blocks *b = NULL;
    while (fails(weal_blocks_open(&c, UINT64_MAX, none, &b))) continue;
    for (uint64_t h = 1; h <= bodies + 3; h++) block_check(p, b, h, h <= bodies, h <= certs);
    return b;
}

static enum weal_err block_put(struct weal_blocks *b, uint64_t h) {
    static uint8_t header[PART_MAX], body[PART_MAX];
    uint8_t id[32];
    id_of(h, id);
    enum weal_err e = weal_blocks_put(b, h, id, part(3 * h, header), part(3 * h + 1, body));
    if (e != WEAL_OK || h < 3) return e;
    id_of(h - 2, id); /* a certificate follows two blocks later */
    return weal_blocks_put_cert(b, h - 2, id, part(3 * (h - 2) + 2, body));
}

static void blocks_keep_what_they_synced(void **state) {
    (void)state;
    struct place p;
    uint64_t safe = 0;
    place_open(&p);
    struct weal_blocks *b = blocks_open(&p, 0, 0);
    for (uint64_t h = 1; h <= 2 * ROUNDS;) {
        enum weal_err e = block_put(b, h++);
        if (e == WEAL_OK && h % 3 == 0) {
            e = weal_blocks_sync(b);
            if (e == WEAL_OK) safe = h - 1;
        }
        if (fails(e) || h % 42 == 0) {
            weal_blocks_close(b);
            b = blocks_open(&p, safe, safe < 2 ? 0 : safe - 2);
            h = safe + 1;
        }
    }
    weal_blocks_close(b);
    place_close(&p);
}

/* ---- the database ---- */

static struct weal_bytes key_of(unsigned k, uint8_t buf[8]) {
    for (unsigned i = 0; i < 1 + k % 8; i++) buf[i] = (uint8_t)(k * 7 + i);
    return weal_bytes(buf, 1 + k % 8);
}

static void kv_check(struct weal_kv *kv, const uint64_t now[KEYS]) {
    static uint8_t want[PART_MAX];
    struct weal_kv_snap *s;
    struct weal_bytes value;
    uint8_t kb[8];
    while (fails(weal_kv_snap_open(kv, &s))) continue;
    for (unsigned k = 0; k < KEYS; k++) {
        enum weal_err e = weal_kv_get(s, WEAL_KV_STATE, key_of(k, kb), &value);
        assert_int_equal(e, now[k] == 0 ? WEAL_ERR_NOT_FOUND : WEAL_OK);
        if (e == WEAL_OK) assert_true(weal_bytes_equal_var(value, part(now[k], want)));
    }
    weal_kv_snap_close(s);
}

static struct weal_kv *kv_open(struct place *p, const uint64_t now[KEYS]) {
    const struct weal_kv_lmdb_config c = {.dir = p->dir, .map_bytes = 16 << 20};
    struct weal_kv *kv = NULL;
    while (fails(weal_kv_lmdb_open(&c, &kv))) continue;
    kv_check(kv, now);
    return kv;
}

/* Some keys written, some removed; next becomes what a commit would leave. */
static enum weal_err kv_batch(struct weal_kv *kv, uint64_t round, uint64_t next[KEYS]) {
    static uint8_t buf[PART_MAX];
    uint64_t r = round;
    uint8_t kb[8];
    enum weal_err e = weal_kv_batch_begin(kv);
    if (e != WEAL_OK) return e;
    for (int i = 0; i < 8 && e == WEAL_OK; i++) {
        unsigned k = (unsigned)test_below(&r, KEYS);
        next[k] = test_below(&r, 4) == 0 ? 0 : 8 * round + (uint64_t)i;
        if (next[k] == 0)
            e = weal_kv_del(kv, WEAL_KV_STATE, key_of(k, kb));
        else
            e = weal_kv_put(kv, WEAL_KV_STATE, key_of(k, kb), part(next[k], buf), false);
    }
    if (e == WEAL_OK) return weal_kv_commit(kv);
    weal_kv_abandon(kv);
    return e;
}

static void a_batch_is_there_wholly_or_not_at_all(void **state) {
    (void)state;
    struct place p;
    uint64_t now[KEYS] = {0}, next[KEYS];
    place_open(&p);
    struct weal_kv *kv = kv_open(&p, now);
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        memcpy(next, now, sizeof now);
        enum weal_err e = kv_batch(kv, round, next);
        if (e == WEAL_OK) {
            memcpy(now, next, sizeof now);
            kv_check(kv, now);
        }
        if (fails(e) || round % 20 == 0) {
            weal_kv_close(kv);
            kv = kv_open(&p, now);
        }
    }
    weal_kv_close(kv);
    place_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_keeps_what_it_synced),
        cmocka_unit_test(blocks_keep_what_they_synced),
        cmocka_unit_test(a_batch_is_there_wholly_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
