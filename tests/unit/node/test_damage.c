/* SPDX-License-Identifier: ISC */
/* Bytes that rot under a node, in the database and in the block files, where they could end it or
 * make it believe what is not so: what a term stands on. Whole nodes on disks in memory. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "storage/block_int.h"
#include "tests/support/nodes.h"

enum { TERM_BLOCKS = 600, VICTIM = 3 };

/* ---- spoiling ---- */

static struct weal_block_where where_of(struct nodes *w, uint32_t node, uint64_t height) {
    struct weal_kv_snap *snap;
    struct weal_block_where where;
    assert_int_equal(weal_kv_snap_open(w->node[node].kv, &snap), WEAL_OK);
    assert_int_equal(weal_block_index_get(snap, height, &where), WEAL_OK);
    weal_kv_snap_close(snap);
    return where;
}

static void place_rot(struct nodes *w, uint32_t node, struct weal_block_place place, uint64_t at) {
    char name[16];
    snprintf(name, sizeof name, "blk-%08x", place.segment);
    assert_true(weal_disk_mem_rot(w->node[node].disk, name, place.at + at, 0x10));
}

static bool whole(struct nodes *w, uint32_t node, uint64_t height) {
    struct weal_block_where where = where_of(w, node, height);
    struct weal_block_read read;
    size_t n = (size_t)where.body.size + where.cert.size;
    void *buf = malloc(n);
    enum weal_err e = weal_block_read(w->node[node].disk, &where, buf, n, &read);
    free(buf);
    return e == WEAL_OK;
}

struct record {
    uint8_t key[WEAL_EXEC_KEY_MAX], value[WEAL_ST_TERM_SIZE_MAX];
    size_t key_n, n;
};

static void record_read(struct nodes *w, enum weal_exec_record record, uint32_t term,
                        struct record *r) {
    struct weal_kv_snap *snap;
    struct weal_bytes value;
    r->key_n = weal_exec_key(r->key, record, term).n;
    assert_int_equal(weal_kv_snap_open(w->node[VICTIM].kv, &snap), WEAL_OK);
    assert_int_equal(weal_kv_get(snap, WEAL_KV_STATE, weal_bytes(r->key, r->key_n), &value),
                     WEAL_OK);
    assert_true(value.n <= sizeof r->value);
    memcpy(r->value, value.p, value.n);
    r->n = value.n;
    weal_kv_snap_close(snap);
}

/* Writes the record as it stands in r, or removes it, past everything that would know better. */
static void record_force(struct nodes *w, const struct record *r) {
    struct weal_kv *kv = w->node[VICTIM].kv;
    struct weal_bytes key = weal_bytes(r->key, r->key_n);
    assert_int_equal(weal_kv_batch_begin(kv), WEAL_OK);
    assert_int_equal(r->n != 0
                         ? weal_kv_put(kv, WEAL_KV_STATE, key, weal_bytes(r->value, r->n), false)
                         : weal_kv_del(kv, WEAL_KV_STATE, key),
                     WEAL_OK);
    assert_int_equal(weal_kv_commit(kv), WEAL_OK);
}

static bool record_is(struct nodes *w, enum weal_exec_record record, uint32_t term,
                      const struct record *r) {
    struct record now;
    record_read(w, record, term, &now);
    return now.n == r->n && memcmp(now.value, r->value, r->n) == 0;
}

/* ---- running ---- */

static void watch(struct nodes *w, const char *event) {
    w->watch = event;
    w->node[VICTIM].watched = 0;
}

/* The victim is back, whole, and its vote is needed. */
static void expect_well(struct nodes *w) {
    assert_int_equal(nodes_restart(w, VICTIM), WEAL_OK);
    nodes_kill(w, 0, WEAL_DISK_LOSE_NONE);
    uint64_t top = nodes_height(w, 1);
    assert_true(nodes_reach(w, top + 3, 60000));
    assert_int_equal(nodes_restart(w, 0), WEAL_OK);
    nodes_run(w, 1000);
    nodes_agree(w);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(w->node[i].blamed, 0);
    nodes_kill(w, VICTIM, WEAL_DISK_LOSE_NONE);
}

static void expect_refused(struct nodes *w, const char *text) {
    watch(w, "record-damaged");
    assert_int_equal(nodes_restart(w, VICTIM), WEAL_ERR_CORRUPT);
    assert_true(w->node[VICTIM].watched != 0);
    assert_non_null(strstr(w->node[VICTIM].watched_text, text));
}

/* Four nodes in term 1, whose boundary is in the database; the victim is down. */
static struct nodes *in_term_one(void) {
    struct nodes *w = nodes_new(4, 4, 1);
    w->verbose = getenv("VERBOSE") != NULL;
    assert_true(nodes_reach(w, TERM_BLOCKS + 15, 1200000));
    nodes_kill(w, VICTIM, WEAL_DISK_LOSE_NONE);
    return w;
}

static void a_boundary_rots(struct nodes *w) {
    static const uint64_t at[] = {0, 70, 200}; /* the record's head, the header, behind it */
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        place_rot(w, VICTIM, where_of(w, VICTIM, TERM_BLOCKS).body, at[i]);
        assert_false(whole(w, VICTIM, TERM_BLOCKS));
        watch(w, "block-mended");
        expect_well(w);
        assert_int_equal(w->node[VICTIM].watched, 1);
        assert_true(whole(w, VICTIM, TERM_BLOCKS));
    }
}

static void a_term_record_rots(struct nodes *w) {
    struct record good, bad;
    record_read(w, WEAL_EXEC_TERM, 1, &good);
    for (size_t i = 0; i < 5; i++) {
        /* a set hash, the beacon, the first height, a member's key; and all of it */
        static const size_t at[] = {10, 40, 66, 100};
        bad = good;
        if (i < 4)
            bad.value[at[i]] ^= 0x10;
        else
            bad.n = 0;
        record_force(w, &bad);
        watch(w, "record-mended");
        expect_well(w);
        assert_int_equal(w->node[VICTIM].watched, 1);
        assert_true(record_is(w, WEAL_EXEC_TERM, 1, &good));
    }
}

/* The beacon follows from blocks; where one of them can't be read it is lost, and the node says
 * what is, instead of following leaders of its own. */
static void a_beacon_without_its_blocks(struct nodes *w) {
    struct record good, bad;
    record_read(w, WEAL_EXEC_TERM, 1, &good);
    bad = good;
    bad.value[40] ^= 1;
    record_force(w, &bad);
    place_rot(w, VICTIM, where_of(w, VICTIM, 300).body, 90);
    expect_refused(w, "record=term term=1");
    place_rot(w, VICTIM, where_of(w, VICTIM, 300).body, 90);
    watch(w, "record-mended");
    expect_well(w);
    assert_true(record_is(w, WEAL_EXEC_TERM, 1, &good));
}

static void others_are_named(struct nodes *w) {
    static const struct {
        enum weal_exec_record record;
        const char *text;
    } t[] = {{WEAL_EXEC_PARAMS, "record=params"}, {WEAL_EXEC_CHAIN, "record=chain"}};
    for (size_t i = 0; i < 2; i++) {
        struct record good, bad;
        record_read(w, t[i].record, 0, &good);
        bad = good;
        bad.value[12] ^= 1;
        record_force(w, &bad);
        expect_refused(w, t[i].text);
        record_force(w, &good);
        expect_well(w);
    }
}

static void what_a_term_stands_on(void **state) {
    (void)state;
    struct nodes *w = in_term_one();
    a_boundary_rots(w);
    a_term_record_rots(w);
    a_beacon_without_its_blocks(w);
    others_are_named(w);
    nodes_free(w);
}

/* ---- a boundary that is final and not yet in the database ---- */

struct sought {
    uint64_t height;
    struct weal_block_place place;
};

static enum weal_err seek_body(void *ctx, const struct weal_block_head *head,
                               struct weal_block_place place) {
    struct sought *s = ctx;
    if (head->kind == WEAL_BLOCK_KIND_BODY && head->height == s->height) s->place = place;
    return WEAL_OK;
}

static struct weal_block_place body_in_files(struct nodes *w, uint32_t node, uint64_t height) {
    struct sought s = {.height = height};
    struct weal_block_scan scan;
    struct weal_file *f;
    assert_int_equal(weal_file_open(w->node[node].disk, "blk-00000001", false, &f), WEAL_OK);
    assert_int_equal(weal_block_walk(f, 1, seek_body, &s, &scan), WEAL_OK);
    weal_file_close(f);
    assert_true(s.place.size != 0);
    return s.place;
}

/* The log says what is final in the next term, and what it stands on can't be read: the node takes
 * up where it can, gets the rest from its peers, and goes into the term behind them. */
static void a_boundary_rots_before_it_is_applied(void **state) {
    (void)state;
    struct nodes *w = nodes_new(4, 4, 1);
    w->verbose = getenv("VERBOSE") != NULL;
    assert_true(nodes_reach(w, TERM_BLOCKS - 10, 1200000));
    nodes_run(w, 100);
    w->apply_ms = 1000000000;
    assert_true(nodes_reach(w, TERM_BLOCKS + 10, 60000));
    for (uint32_t i = 0; i < 4; i++) nodes_kill(w, i, WEAL_DISK_LOSE_NONE);
    w->apply_ms = 0;
    place_rot(w, VICTIM, body_in_files(w, VICTIM, TERM_BLOCKS), 80);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(nodes_restart(w, i), WEAL_OK);
    assert_true(nodes_height(w, VICTIM) < TERM_BLOCKS);
    assert_true(nodes_reach(w, TERM_BLOCKS + 20, 60000));
    nodes_run(w, 1000);
    nodes_agree(w);
    assert_true(whole(w, VICTIM, TERM_BLOCKS));
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(w->node[i].blamed, 0);
    nodes_free(w);
}

int main(void) {
    if (getenv("ONLY")) cmocka_set_test_filter(getenv("ONLY"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_term_stands_on),
        cmocka_unit_test(a_boundary_rots_before_it_is_applied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
