/* SPDX-License-Identifier: ISC */
/* fsck on a good store, then on one damaged in each way it looks for: every damage is found and
 * named, and a good store has no finding. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "storage/file_mem.h"
#include "storage/fsck.h"
#include "storage/kv_mem.h"
#include "tests/support/mem.h"

static int heights = 6, certificate_each = 1; /* blocks of a world, and who has one */

struct world {
    struct test_mem mem;
    struct weal_kv *kv;
    struct weal_disk *blocks, *wal;
    char said[4096]; /* findings, one a line */
};

static void note(void *ctx, bool bad, const char *text) {
    struct world *w = ctx;
    if (!bad) return;
    strncat(w->said, text, sizeof w->said - strlen(w->said) - 2);
    strcat(w->said, "\n");
}

static void id_of(uint64_t h, uint8_t id[32]) {
    memset(id, 0, 32);
    weal_put_le64(id, h + 1);
}

static void block_up(struct world *w, struct weal_blocks *b, struct weal_store *store,
                     struct weal_reader *r, struct weal_state **tip, struct weal_arena *arena) {
    struct weal_view v;
    struct weal_draft d;
    struct weal_state *next;
    struct weal_block_where where;
    uint64_t h = weal_state_height(*tip) + 1;
    uint8_t key[9] = {1}, id[32], index[WEAL_BLOCK_INDEX_BYTES];
    weal_arena_rewind(arena, 0);
    assert_int_equal(weal_view_open(&v, *tip, r), WEAL_OK);
    assert_int_equal(weal_draft_init(&d, &v, arena, 100), WEAL_OK);
    for (uint64_t i = 0; i < 50; i++) {
        weal_put_be64(key + 1, h * 40 + i);
        assert_int_equal(weal_draft_put(&d, WEAL_BYTES(key), WEAL_BYTES(key)), WEAL_OK);
    }
    assert_int_equal(weal_draft_seal(&d, &next), WEAL_OK);
    weal_state_unref(*tip);
    *tip = next;
    id_of(h, id);
    assert_int_equal(weal_blocks_put(b, h, id, WEAL_BYTES_LIT("header"), WEAL_BYTES_LIT("body")),
                     WEAL_OK);
    if (h % certificate_each == 0) {
        assert_int_equal(weal_blocks_put_cert(b, h, id, WEAL_BYTES_LIT("certificate")), WEAL_OK);
    }
    assert_int_equal(weal_blocks_sync(b), WEAL_OK);
    assert_int_equal(weal_blocks_find(b, id, &where), WEAL_OK);
    weal_block_index_put(index, &where);
    weal_put_be64(key, h);
    const struct weal_apply_extra extra = {WEAL_KV_BLOCK, weal_bytes(key, 8), WEAL_BYTES(index)};
    struct weal_apply_block block = {.state = next, .extra = &extra, .extra_count = 1};
    memcpy(block.id, id, 32);
    weal_store_finalized(store, h);
    assert_int_equal(weal_apply(w->kv, &block, 1), WEAL_OK);
    assert_int_equal(weal_reader_refresh(r), WEAL_OK);
}

static struct weal_wal_config wal_config(struct world *w) {
    return (struct weal_wal_config){.disk = w->wal,
                                    .mem = w->mem.mem,
                                    .instance = "fsck's instance",
                                    .segment_bytes = WEAL_WAL_SEGMENT_MIN};
}

static void world_up(struct world *w) {
    struct weal_store *store;
    struct weal_reader r;
    struct weal_state *tip;
    struct weal_arena arena;
    struct weal_blocks *b;
    struct weal_wal *wal;
    uint64_t lsn;
    enum { ARENA = 1 << 18 };
    void *mem = malloc(ARENA);
    *w = (struct world){0};
    test_mem_init(&w->mem);
    assert_int_equal(weal_kv_mem_new(&w->mem.mem, &w->kv), WEAL_OK);
    assert_int_equal(weal_disk_mem_new(&w->mem.mem, 1, &w->blocks), WEAL_OK);
    assert_int_equal(weal_disk_mem_new(&w->mem.mem, 2, &w->wal), WEAL_OK);
    const struct weal_store_config sc = {.kv = w->kv, .mem = w->mem.mem, .pages = 1 << 16};
    const struct weal_blocks_config bc = {
        .disk = w->blocks, .mem = w->mem.mem, .segment_bytes = 700};
    const struct weal_block_place none = {0};
    assert_int_equal(weal_store_open(&sc, &store, &tip), WEAL_OK);
    assert_int_equal(weal_reader_open(&r, store), WEAL_OK);
    assert_int_equal(weal_blocks_open(&bc, WEAL_STATE_NO_HEIGHT, none, &b), WEAL_OK);
    weal_arena_init(&arena, mem, ARENA);
    for (int h = 0; h < heights; h++) block_up(w, b, store, &r, &tip, &arena);
    weal_state_unref(tip);
    weal_reader_close(&r);
    weal_store_close(store);
    weal_blocks_close(b);
    free(mem);
    struct weal_wal_config wc = wal_config(w);
    assert_int_equal(weal_wal_create(&wc, &wal), WEAL_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(weal_wal_append(wal, 1, WEAL_BYTES_LIT("record"), &lsn), WEAL_OK);
        assert_int_equal(weal_wal_sync(wal), WEAL_OK);
    }
    weal_wal_close(wal);
}

/* Runs fsck, expects a finding that begins so (NULL: none at all), and ends the world. */
static void expect(struct world *w, const char *finding) {
    uint64_t findings;
    struct weal_fsck_config c = {.kv = w->kv,
                                 .blocks = w->blocks,
                                 .wal = w->wal,
                                 .mem = w->mem.mem,
                                 .report = note,
                                 .ctx = w};
    memcpy(c.instance, wal_config(w).instance, sizeof c.instance);
    enum weal_err e = weal_fsck(&c, &findings);
    assert_int_equal(e, finding ? WEAL_ERR_CORRUPT : WEAL_OK);
    assert_int_equal(findings != 0, finding != NULL);
    if (finding && !strstr(w->said, finding)) fail_msg("%s is not in:\n%s", finding, w->said);
    if (!finding) assert_string_equal(w->said, "");
    weal_kv_close(w->kv);
    weal_disk_mem_free(w->blocks);
    weal_disk_mem_free(w->wal);
    assert_int_equal(w->mem.alive, 0);
}

static void write_one(struct world *w, enum weal_kv_table t, struct weal_bytes key,
                      struct weal_bytes value, bool removed) {
    assert_int_equal(weal_kv_batch_begin(w->kv), WEAL_OK);
    assert_int_equal(
        removed ? weal_kv_del(w->kv, t, key) : weal_kv_put(w->kv, t, key, value, false), WEAL_OK);
    assert_int_equal(weal_kv_commit(w->kv), WEAL_OK);
}

/* The first key of a table. */
static struct weal_bytes first_key(struct world *w, enum weal_kv_table t, uint8_t buf[64]) {
    struct weal_kv_snap *s;
    struct weal_bytes key, value;
    assert_int_equal(weal_kv_snap_open(w->kv, &s), WEAL_OK);
    assert_int_equal(weal_kv_seek(s, t, weal_bytes(NULL, 0), &key, &value), WEAL_OK);
    memcpy(buf, key.p, key.n);
    weal_kv_snap_close(s);
    return weal_bytes(buf, key.n);
}

static void a_good_store_has_no_finding(void **state) {
    (void)state;
    struct world w;
    world_up(&w);
    expect(&w, NULL);
}

/* A certificate makes all ancestors final; but never more of them than may be unfinalized. */
static void a_descendant_may_certify(void **state) {
    (void)state;
    struct world w;
    int usual = heights;
    certificate_each = 3;
    world_up(&w);
    expect(&w, NULL);
    heights = WEAL_STATE_UNFINAL_MAX + 3;
    certificate_each = 1000;
    world_up(&w);
    expect(&w, "blocks: too many in a row without a certificate");
    heights = usual;
    certificate_each = 1;
}

static void every_damage_is_found(void **state) {
    (void)state;
    struct world w;
    uint8_t buf[64];
    const struct weal_bytes wrong = WEAL_BYTES_LIT("0123456789abcdef0123456789abcdef");
    world_up(&w);
    write_one(&w, WEAL_KV_STATE, first_key(&w, WEAL_KV_STATE, buf), wrong, false);
    expect(&w, "state: a value is not the one of its leaf: key 01");
    world_up(&w);
    write_one(&w, WEAL_KV_STATE, first_key(&w, WEAL_KV_STATE, buf), wrong, true);
    expect(&w, "state: leaves without a value");
    world_up(&w);
    write_one(&w, WEAL_KV_LEAF, first_key(&w, WEAL_KV_LEAF, buf), wrong, true);
    expect(&w, "state: a value has no leaf");
    world_up(&w);
    write_one(&w, WEAL_KV_LEAF, first_key(&w, WEAL_KV_LEAF, buf), wrong, false);
    expect(&w, "state: the leaves do not lead to the root");
    world_up(&w);
    write_one(&w, WEAL_KV_LEAF, first_key(&w, WEAL_KV_LEAF, buf), weal_bytes("x", 1), false);
    expect(&w, "state: a leaf has a wrong length");
    world_up(&w);
    write_one(&w, WEAL_KV_META, first_key(&w, WEAL_KV_META, buf), weal_bytes("\1\0\0\0", 4), false);
    expect(&w, "state: the record of the applied block is damaged");
    world_up(&w);
    weal_put_be64(buf, 3);
    write_one(&w, WEAL_KV_BLOCK, weal_bytes(buf, 8), wrong, true);
    expect(&w, "blocks: the index has no good record of height: 3");
    world_up(&w);
    assert_true(weal_disk_mem_rot(w.blocks, "blk-00000001", 80, 1));
    expect(&w, "blocks: missing or damaged at height: 0");
    world_up(&w);
    assert_true(weal_disk_mem_rot(w.wal, "wal-0000000000000001", 110, 1));
    expect(&w, "log: a synced record is damaged, lsn: 2");
    world_up(&w);
    assert_true(weal_disk_mem_rot(w.wal, "wal-0000000000000001", 9, 1));
    expect(&w, "log: damaged head of segment: 1");
    world_up(&w);
    assert_int_equal(weal_file_remove(w.wal, "wal-0000000000000001"), WEAL_OK);
    expect(&w, "log: there is none");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_store_has_no_finding),
        cmocka_unit_test(a_descendant_may_certify),
        cmocka_unit_test(every_damage_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
