/* SPDX-License-Identifier: ISC */
/* Fills a node's database with accounts that nobody owns, so that a bench sees a state of a size
 * that would take an hour of transfers to reach.
 *
 *     weal-fill DATADIR COUNT
 *
 * The node must have been started once and be stopped, and stand at genesis. The records are the
 * same for the same count, so the nodes of a network that are all filled agree; one that is not is
 * of another chain from the next block on. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "consensus/gen/state_gen.h"
#include "crypto/hash/hash.h"
#include "crypto/tree/tree.h"
#include "storage/apply.h"
#include "storage/kv_lmdb.h"

enum { ACCOUNT = 0x10, BATCH = 250000 };

static void must(enum weal_err e, const char *what) {
    if (e == WEAL_OK) return;
    fprintf(stderr, "weal-fill: %s: %s\n", what, weal_err_name(e));
    exit(1);
}

static int by_key(const void *a, const void *b) {
    return memcmp(a, b, 32);
}

/* The leaves that are there; the array has room for more. */
static size_t leaves_read(struct weal_kv *kv, struct weal_tree_leaf *leaf, size_t max,
                          uint8_t id[32]) {
    struct weal_kv_snap *snap;
    struct weal_applied applied;
    struct weal_bytes key, value;
    size_t n = 0;
    must(weal_kv_snap_open(kv, &snap), "snapshot");
    must(weal_applied_read(snap, &applied), "applied");
    if (applied.height != 0) must(WEAL_ERR_INVALID, "the node must stand at genesis");
    memcpy(id, applied.id, 32);
    enum weal_err e = weal_kv_seek(snap, WEAL_KV_LEAF, weal_bytes(NULL, 0), &key, &value);
    for (; e == WEAL_OK && n < max; e = weal_kv_step(snap, WEAL_KV_LEAF, &key, &value), n++) {
        memcpy(leaf[n].key, key.p, 32);
        memcpy(leaf[n].value, value.p, 32);
    }
    if (e != WEAL_ERR_NOT_FOUND) must(WEAL_ERR_INVALID, "too much is there already");
    weal_kv_snap_close(snap);
    return n;
}

/* One account: its key rises with i, so that the table is written in order. */
static void account(uint64_t i, uint64_t count, uint8_t key[33], uint8_t *value, size_t *n) {
    struct weal_st_account a = {.nonce = i};
    struct weal_wr w = weal_wr(value, *n);
    uint8_t number[8];
    key[0] = ACCOUNT;
    weal_put_le64(number, i);
    weal_hash256_one(key + 1, "weal/bench", WEAL_BYTES(number));
    weal_put_be64(key + 1, i * (UINT64_MAX / count));
    weal_st_account_put(&w, &a);
    *n = w.n;
}

static void fill(struct weal_kv *kv, uint64_t count) {
    enum { GENESIS_MAX = 100000 };
    struct weal_tree_leaf *leaf = malloc((count + GENESIS_MAX) * sizeof *leaf);
    if (!leaf) must(WEAL_ERR_NO_MEMORY, "leaves");
    uint8_t id[32];
    size_t have = leaves_read(kv, leaf, GENESIS_MAX, id), all = have + count;
    for (uint64_t i = 0; i < count; i++) {
        uint8_t key[33], value[256];
        size_t n = sizeof value;
        account(i, count, key, value, &n);
        weal_tree_key(leaf[have + i].key, WEAL_BYTES(key));
        weal_tree_value(leaf[have + i].value, weal_bytes(value, n));
        if (i % BATCH == 0) must(weal_kv_batch_begin(kv), "begin");
        must(weal_kv_put(kv, WEAL_KV_STATE, WEAL_BYTES(key), weal_bytes(value, n), false), "put");
        if (i % BATCH == BATCH - 1 || i == count - 1) must(weal_kv_commit(kv), "commit");
    }
    qsort(leaf, all, sizeof *leaf, by_key);
    struct weal_tree_node top;
    weal_tree_of_leaves(&top, leaf, all, 0);
    must(weal_kv_batch_begin(kv), "begin");
    for (size_t i = 0; i < all; i++) {
        must(weal_kv_put(kv, WEAL_KV_LEAF, WEAL_BYTES(leaf[i].key), WEAL_BYTES(leaf[i].value),
                         false),
             "put");
    }
    must(weal_applied_seed(kv, 0, top.hash, id), "seed");
    must(weal_kv_commit(kv), "commit");
    free(leaf);
}

int main(int argc, char **argv) {
    char dir[4096];
    uint64_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    if (count == 0 || sodium_init() < 0) {
        fprintf(stderr, "usage: weal-fill DATADIR COUNT\n");
        return 2;
    }
    snprintf(dir, sizeof dir, "%s/chain", argv[1]);
    struct weal_kv_lmdb_config c = {.dir = dir};
    struct weal_kv *kv;
    must(weal_kv_lmdb_open(&c, &kv), dir);
    fill(kv, count);
    weal_kv_close(kv);
    printf("%" PRIu64 " accounts\n", count);
    return 0;
}
