/* SPDX-License-Identifier: ISC */
/* The tree of blocks on its own: branches that arrive late, while others are being applied. */
#include "tests/unit/unit.h"

#include "consensus/light/cert.h"
#include "node/core/chain.h"
#include "storage/file_mem.h"
#include "tests/support/chain.h"
#include "tests/support/mem.h"

struct rig {
    struct chain *f; /* genesis, secrets, database */
    struct test_mem mem;
    struct weal_disk *disk;
    struct weal_blocks *blocks;
    struct weal_chain *chain;
    uint64_t view;
};

static bool no_tx(void *ctx, enum weal_exec_lane lane, struct weal_bytes *tx) {
    (void)ctx;
    (void)lane;
    (void)tx;
    return false;
}
static void no_drop(void *ctx, const uint8_t id[32], enum weal_verdict why) {
    (void)ctx;
    (void)id;
    (void)why;
    fail();
}

static void rig_open(struct rig *r) {
    struct weal_block_place hint = {0};
    *r = (struct rig){.f = chain_new(NULL)};
    struct chain *f = r->f; /* the genesis into the database, as a node does it */
    assert_int_equal(weal_apply(f->kv, f->unapplied, f->unapplied_n), WEAL_OK);
    while (f->unapplied_n > 0) {
        weal_state_unref((struct weal_state *)(uintptr_t)f->unapplied[--f->unapplied_n].state);
    }
    test_mem_init(&r->mem);
    assert_int_equal(weal_disk_mem_new(&r->mem.mem, 1, &r->disk), WEAL_OK);
    struct weal_blocks_config bc = {.disk = r->disk, .mem = r->mem.mem};
    assert_int_equal(weal_blocks_open(&bc, 0, hint, &r->blocks), WEAL_OK);
    struct weal_chain_config cc = {.kv = r->f->kv,
                                   .blocks = r->blocks,
                                   .store = r->f->store,
                                   .base = weal_state_ref(r->f->tip),
                                   .exec = &r->f->exec,
                                   .body_bytes_max = 1 << 20};
    memcpy(cc.base_id, r->f->id, 32);
    r->chain = weal_chain_new(&cc);
    assert_non_null(r->chain);
}

static void rig_close(struct rig *r) {
    weal_chain_free(r->chain);
    weal_blocks_close(r->blocks);
    weal_disk_mem_free(r->disk);
    chain_free(r->f);
    assert_int_equal(r->mem.alive, 0);
}

/* An empty block on parent, executed or only known (a header as it would arrive). */
static struct weal_chain_block *grow(struct rig *r, struct weal_chain_block *parent) {
    const struct weal_exec_source source = {no_tx, no_drop, NULL};
    struct weal_chain_block *b = NULL;
    struct weal_header head;
    enum weal_verdict why;
    struct chain was = *r->f, *f = r->f;
    if (parent) { /* the fixture stands on the parent for as long as it makes a header */
        f->tip = parent->state;
        memcpy(f->tip_id, parent->id, 32);
        f->height = parent->head.height;
        f->time_ms = parent->head.time_ms;
    }
    f->view = r->view++;
    assert_int_equal(weal_reader_refresh(&f->reader), WEAL_OK);
    chain_header(f, &head, 1000);
    head.parent_view = parent ? parent->head.view : 0;
    f->tip = was.tip;
    memcpy(f->tip_id, was.tip_id, 32);
    f->height = was.height;
    f->time_ms = was.time_ms;
    f->view = was.view;
    assert_int_equal(weal_chain_build(r->chain, parent, &head, &source, &b, &why), WEAL_OK);
    assert_int_equal(why, WEAL_ACCEPT);
    return b;
}

static void count(void *ctx, struct weal_chain_block *b) {
    (void)b;
    ++*(unsigned *)ctx;
}

static void finalize(struct rig *r, struct weal_chain_block *b, unsigned expected) {
    unsigned n = 0;
    assert_int_equal(weal_chain_finalize(r->chain, b, weal_bytes(NULL, 0), count, &n), WEAL_OK);
    assert_int_equal(n, expected);
    weal_chain_synced(r->chain);
}

static void apply(struct rig *r, unsigned expected) {
    struct weal_apply_block job[WEAL_APPLY_BLOCKS_MAX];
    size_t n;
    assert_true(weal_chain_apply_job(r->chain, job, &n));
    assert_int_equal(n, expected);
    enum weal_err e = weal_apply(r->f->kv, job, n);
    assert_int_equal(e, WEAL_OK);
    weal_chain_applied(r->chain, e);
}

/* A branch that finality has ruled out arrives (a slow peer, a Byzantine leader) between the
 * finality of its parent and the end of the job that applies it: the parent goes, and nothing may
 * look at it through its child. */
static void a_late_branch_outlives_its_parent(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r);
    struct weal_chain_block *a = grow(&r, NULL), *b = grow(&r, a), *c = grow(&r, b);
    finalize(&r, c, 3);
    struct weal_chain_block *late = grow(&r, a), *later = grow(&r, late), *on = grow(&r, c);
    uint8_t gone[2][32], kept[32];
    memcpy(gone[0], late->id, 32);
    memcpy(gone[1], later->id, 32);
    memcpy(kept, on->id, 32);
    apply(&r, 3);
    assert_false(weal_chain_ready(r.chain, late));
    assert_true(weal_chain_ready(r.chain, on));
    finalize(&r, on, 1);
    assert_null(weal_chain_find(r.chain, gone[0]));
    assert_null(weal_chain_find(r.chain, gone[1]));
    assert_non_null(weal_chain_find(r.chain, kept));
    apply(&r, 1);
    assert_int_equal(weal_chain_applied_height(r.chain), 4);
    rig_close(&r);
}

/* What arrives is refused when it is not what it came as, and when there is no room for what nobody
 * asked for. */
static void what_arrives_is_looked_at(void **state) {
    (void)state;
    struct rig r;
    uint8_t id[32], header[WEAL_CHAIN_HEADER_MAX];
    const struct weal_bytes none = {0};
    struct weal_chain_block *b;
    rig_open(&r);
    struct weal_header head = grow(&r, NULL)->head;
    for (uint64_t i = 0; i <= WEAL_CHAIN_BLOCKS_MAX; i++) {
        head.view = 1000 + i;
        struct weal_wr w = weal_wr(header, sizeof header);
        weal_header_put(&w, &head);
        weal_header_id(id, weal_wr_done(&w));
        bool last = i == WEAL_CHAIN_BLOCKS_MAX;
        enum weal_verdict v = weal_chain_add(r.chain, id, weal_wr_done(&w), none, !last, &b);
        assert_int_equal(v, last ? WEAL_V_CHAIN_FULL : WEAL_ACCEPT);
        id[31] ^= 1;
        assert_int_equal(weal_chain_add(r.chain, id, weal_wr_done(&w), none, true, &b),
                         WEAL_V_BLOCK_ID);
    }
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_arrives_is_looked_at),
        cmocka_unit_test(a_late_branch_outlives_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
