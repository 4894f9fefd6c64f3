/* SPDX-License-Identifier: ISC */
/* Bytes that rot under a node, in the database and in the block files, where they could end it or
 * make it believe what is not so: what a term stands on. Whole nodes on disks in memory. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "consensus/light/cert.h"
#include "crypto/sig/sig.h"
#include "p2p/gen/msg_gen.h"
#include "p2p/msg.h"
#include "p2p/sync.h"
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

/* The victim is back, whole, and its vote is needed. Somebody reads this height. */
static void expect_well_reading(struct nodes *w, uint64_t height) {
    assert_int_equal(nodes_restart(w, VICTIM), WEAL_OK);
    if (height != 0) weal_core_unread(w->node[VICTIM].core, height);
    nodes_kill(w, 0, WEAL_DISK_LOSE_NONE);
    uint64_t top = nodes_height(w, 1);
    assert_true(nodes_reach(w, top + 3, 60000));
    assert_int_equal(nodes_restart(w, 0), WEAL_OK);
    nodes_run(w, 1000);
    nodes_agree(w);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(w->node[i].blamed, 0);
    nodes_kill(w, VICTIM, WEAL_DISK_LOSE_NONE);
}

static void expect_well(struct nodes *w) {
    expect_well_reading(w, 0);
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
    nodes_run(w, 1000);
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

/* Offsets in the record of a term, whose members are 72 bytes each. */
enum { SET_HASH = 0, BEACON = 32, FIRST = 64, MEMBERS = 82, MEMBER = 72, SEAT = 32, WEIGHT = 64 };

static void a_term_record_rots(struct nodes *w) {
    static const struct {
        size_t at, n; /* turned over; n 0: the record is gone */
        uint8_t bits;
    } t[] = {{SET_HASH, 32, 0x55},
             {BEACON, 32, 0x55},
             {FIRST, 8, 0x55},
             {MEMBERS, 32, 0x55},
             {MEMBERS + MEMBER + SEAT, 32, 0x55},
             {MEMBERS + WEIGHT, 8, 0x55},
             {MEMBERS + WEIGHT, 1, 0x04},
             {0, 120, 0x81},
             {0, 0, 0}};
    struct record good, bad;
    record_read(w, WEAL_EXEC_TERM, 1, &good);
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        bad = good;
        for (size_t k = 0; k < t[i].n; k++) bad.value[t[i].at + k] ^= t[i].bits;
        if (t[i].n == 0) bad.n = 0;
        record_force(w, &bad);
        watch(w, "record-mended");
        assert_int_equal(nodes_restart(w, VICTIM), WEAL_OK);
        assert_int_equal(w->node[VICTIM].watched, 1);
        assert_true(record_is(w, WEAL_EXEC_TERM, 1, &good));
        nodes_kill(w, VICTIM, WEAL_DISK_LOSE_NONE);
    }
    expect_well(w);
}

/* The beacon follows from blocks; where one of them can't be read it is lost, and the node says
 * what is, instead of following leaders of its own. */
static void a_beacon_without_its_blocks(struct nodes *w) {
    struct record good, bad;
    record_read(w, WEAL_EXEC_TERM, 1, &good);
    bad = good;
    bad.value[BEACON + 3] ^= 3;
    record_force(w, &bad);
    place_rot(w, VICTIM, where_of(w, VICTIM, 300).body, 90);
    expect_refused(w, "record=term term=1");
    place_rot(w, VICTIM, where_of(w, VICTIM, 300).body, 90);
    /* a header that is whole in a record that isn't will do */
    place_rot(w, VICTIM, where_of(w, VICTIM, 300).body, 4);
    place_rot(w, VICTIM, where_of(w, VICTIM, TERM_BLOCKS).body, 0);
    watch(w, "record-mended");
    expect_well(w);
    assert_int_equal(w->node[VICTIM].watched, 1);
    assert_true(record_is(w, WEAL_EXEC_TERM, 1, &good));
    assert_true(whole(w, VICTIM, 300) && whole(w, VICTIM, TERM_BLOCKS));
}

/* What follows from nothing else comes back from one wrong bit, and is named otherwise. */
static void others_are_named(struct nodes *w) {
    static const struct {
        enum weal_exec_record record;
        const char *text;
    } t[] = {{WEAL_EXEC_PARAMS, "record=params"}, {WEAL_EXEC_CHAIN, "record=chain"}};
    for (size_t i = 0; i < 2; i++) {
        struct record good, bad;
        record_read(w, t[i].record, 0, &good);
        bad = good;
        bad.value[12] ^= 3;
        record_force(w, &bad);
        expect_refused(w, t[i].text);
        bad.value[12] ^= 1; /* one bit is left */
        record_force(w, &bad);
        watch(w, "record-mended");
        expect_well(w);
        assert_int_equal(w->node[VICTIM].watched, 1);
    }
}

/* ---- certificates ---- */

/* A block at or below `from` whose certificate all nodes have. */
static uint64_t certified(struct nodes *w, uint64_t from) {
    for (uint64_t h = from; h > 0; h--) {
        bool all = true;
        for (uint32_t i = 0; i < 4; i++) all &= where_of(w, i, h).cert.size != 0;
        if (all) return h;
    }
    fail();
    return 0;
}

static void cert_rot(struct nodes *w, uint32_t node, uint64_t height) {
    place_rot(w, node, where_of(w, node, height).cert, 150);
    assert_false(whole(w, node, height));
}

/* Of the present term and of a past one; with its body too, and then both come back. */
static void certificates_rot(struct nodes *w) {
    uint64_t past = certified(w, 300), present = certified(w, TERM_BLOCKS + 10);
    cert_rot(w, VICTIM, past);
    cert_rot(w, VICTIM, present);
    place_rot(w, VICTIM, where_of(w, VICTIM, past).body, 77);
    watch(w, "certificate-mended");
    expect_well_reading(w, past); /* the other is met by the slow look */
    assert_int_equal(w->node[VICTIM].watched, 2);
    assert_true(whole(w, VICTIM, past) && whole(w, VICTIM, present));
}

static void a_certificate_nobody_has(struct nodes *w) {
    uint64_t h = certified(w, 200);
    struct weal_block_where first = where_of(w, 1, h);
    for (uint32_t i = 0; i < 4; i++) cert_rot(w, i, h);
    watch(w, "certificate-not-mended");
    expect_well_reading(w, h);
    assert_int_equal(w->node[VICTIM].watched, 1);
    assert_non_null(strstr(w->node[VICTIM].watched_text, "no-peer-has-one"));
    /* one has it again: found at the next start */
    place_rot(w, 1, first.cert, 150);
    watch(w, "certificate-mended");
    expect_well_reading(w, h);
    assert_int_equal(w->node[VICTIM].watched, 1);
    assert_true(whole(w, VICTIM, h));
}

/* A finalization of the block by the first n validators, signed anew. */
static struct weal_bytes signed_by(struct nodes *w, const struct weal_certificate *like, uint32_t n,
                                   uint8_t *buf, size_t cap) {
    static uint8_t sigs[4 * 64];
    struct weal_certificate x = *like;
    const struct weal_set *set = weal_core_set(w->node[1].core);
    memset(x.signers, 0, sizeof x.signers);
    for (uint16_t i = 0; i < n; i++) {
        struct weal_vote v = {.kind = x.kind,
                              .term = x.term,
                              .view = x.view,
                              .parent_view = x.parent_view,
                              .signer = i};
        memcpy(v.digest, x.digest, 32);
        for (uint32_t k = 0; k < 4; k++) {
            uint8_t pub[32];
            assert_true(weal_sig_public(pub, w->chain->account_secret[k]));
            if (memcmp(pub, set->v[i].account, 32) != 0) continue;
            assert_true(weal_vote_sign(&v, w->chain->id, w->chain->account_secret[k]));
        }
        memcpy(sigs + 64 * i, v.signature, 64);
        x.signers[0] |= (uint8_t)(1u << i);
    }
    x.signatures = weal_bytes(sigs, 64 * n);
    struct weal_wr wr = weal_wr(buf, cap);
    weal_certificate_put(&wr, &x);
    return weal_wr_done(&wr);
}

static void answer(struct nodes *w, uint64_t height, struct weal_bytes header,
                   struct weal_bytes cert) {
    static struct weal_p2p_blocks m;
    static uint8_t bytes[8192];
    m = (struct weal_p2p_blocks){
        .request = WEAL_SYNC_REQUEST_END, .from = height, .head_height = height, .blocks_n = 1};
    m.blocks[0] = (struct weal_p2p_block){.header = header, .cert = cert};
    struct weal_wr wr = weal_wr(bytes, sizeof bytes);
    weal_p2p_blocks_put(&wr, &m);
    for (int k = 0; k < 1000 && w->node[VICTIM].blocks_of == 0; k++) nodes_run(w, 1);
    assert_true(w->node[VICTIM].blocks_of != 0);
    weal_core_message(w->node[VICTIM].core, w->node[VICTIM].blocks_of, WEAL_P2P_BLOCKS,
                      weal_wr_done(&wr));
    w->node[VICTIM].blocks_of = 0;
}

/* What peers answer is held against the set; what is longer than the room gives up signatures, what
 * is shorter is not for it. */
static void answers_are_checked(struct nodes *w) {
    uint64_t h = certified(w, 400), other = certified(w, 399);
    struct weal_block_where where = where_of(w, VICTIM, h), beside = where_of(w, VICTIM, other);
    struct weal_block_read read, read2;
    static uint8_t buf[8192], buf2[8192], made[2048];
    struct weal_certificate like;
    assert_int_equal(weal_block_read(w->node[VICTIM].disk, &where, buf, sizeof buf, &read),
                     WEAL_OK);
    assert_int_equal(weal_block_read(w->node[VICTIM].disk, &beside, buf2, sizeof buf2, &read2),
                     WEAL_OK);
    struct weal_rd rd = weal_rd(read.cert);
    weal_certificate_get(&rd, &like);
    assert_true(weal_rd_done(&rd) && like.signatures.n == 3 * 64);
    cert_rot(w, VICTIM, h);
    w->lost_type = WEAL_P2P_BLOCKS;
    watch(w, "certificate-damaged");
    assert_int_equal(nodes_restart(w, VICTIM), WEAL_OK);
    struct nodes_one *v = &w->node[VICTIM];
    v->blocks_of = 0;
    weal_core_unread(v->core, h);
    assert_int_equal(v->watched, 1);
    answer(w, h, read2.header, read2.cert); /* another block: of no use, and no proof of a lie */
    assert_int_equal(v->blamed, 0);
    answer(w, h, read.header, read2.cert);
    assert_int_equal(v->blamed, 1);
    assert_int_equal(v->why, WEAL_V_SYNC_CERTIFICATE);
    answer(w, h, read.header, signed_by(w, &like, 2, made, sizeof made));
    assert_int_equal(v->blamed, 2);
    assert_int_equal(v->why, WEAL_V_CERT_QUORUM);
    struct weal_bytes forged = signed_by(w, &like, 3, made, sizeof made);
    made[forged.n - 1] ^= 1;
    answer(w, h, read.header, forged);
    assert_int_equal(v->blamed, 3);
    assert_int_equal(v->why, WEAL_V_VOTE_SIGNATURE);
    nodes_run(w, 50);
    assert_false(whole(w, VICTIM, h));
    watch(w, "certificate-mended");
    answer(w, h, read.header, signed_by(w, &like, 4, made, sizeof made));
    nodes_run(w, 300);
    assert_int_equal(v->watched, 1);
    assert_int_equal(v->blamed, 3);
    assert_true(whole(w, VICTIM, h));
    for (int k = 0; k < 9; k++) { /* more answers than there were questions */
        v->blocks_of = 1;
        answer(w, h, read.header, read.cert);
    }
    assert_int_equal(v->why, WEAL_V_P2P_UNASKED);
    v->blamed = 0;
    w->lost_type = 0;
    nodes_kill(w, VICTIM, WEAL_DISK_LOSE_NONE);
}

/* ---- */

static void what_a_term_stands_on(void **state) {
    (void)state;
    struct nodes *w = in_term_one();
    a_boundary_rots(w);
    a_term_record_rots(w);
    a_beacon_without_its_blocks(w);
    others_are_named(w);
    nodes_free(w);
}

static void certificates_come_back(void **state) {
    (void)state;
    struct nodes *w = in_term_one();
    certificates_rot(w);
    a_certificate_nobody_has(w);
    answers_are_checked(w);
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
        cmocka_unit_test(certificates_come_back),
        cmocka_unit_test(a_boundary_rots_before_it_is_applied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
