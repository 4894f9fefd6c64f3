/* SPDX-License-Identifier: ISC */
/* What state costs at ten million records (--quick: one million): root of 2,000 inserts, commit,
 * proofs, memory of the upper tree, restart; and what this disk's fdatasync costs in the same run,
 * to read the rest by. usage: bench_state [--json] [--quick] [--cpu] [--keys N] [--dir D]
 * [--only seal,read,proofs,commit]; --cpu counts the processor's time of this process instead of
 * the clock's, for busy machines; a folder given by --dir is kept, and a set it holds already is
 * used as it is. Every bar is said with its verdict. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "consensus/gen/block_gen.h"
#include "consensus/light/cert.h"
#include "consensus/light/light.h"
#include "crypto/base/bug.h"
#include "crypto/sig/sig.h"
#include "crypto/tree/tree.h"
#include "storage/apply.h"
#include "storage/file.h"
#include "storage/kv_lmdb.h"
#include "storage/wal.h"
#include "tests/support/dir.h"
#include "tests/support/mem.h"
#include "tests/support/rng.h"

enum { BATCH = 250000, INSERTS = 2000, ROUNDS = 30, GROUP = 10000, PROOFS = 20000 };

static bool json, cpu;
static const char *only; /* parts, with commas; NULL: all */

static bool asked(const char *part) {
    return !only || strstr(only, part);
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* at_most: the bar, where there is one; else 0. */
static void say(const char *name, double value, const char *unit, double at_most) {
    bool pass = at_most == 0 || value <= at_most;

    printf(json ? "{\"bench\":\"state\",\"name\":\"%s\",\"value\":%.4f,\"unit\":\"%s\""
                : "%-50s %12.3f %-8s",
           name, value, unit);
    if (at_most != 0) {
        printf(json ? ",\"bar\":%g,\"pass\":%s" : " <= %g: %s", at_most,
               json   ? pass ? "true" : "false"
               : pass ? "pass"
                      : "MISSED");
    }
    printf(json ? "}\n" : "\n");
    fflush(stdout);
}

static int by_double(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double quantile(double *v, size_t n, double q) {
    qsort(v, n, sizeof *v, by_double);
    size_t i = (size_t)(q * (double)n);
    return v[i < n ? i : n - 1];
}

static void must(enum weal_err e, const char *what) {
    if (e == WEAL_OK) return;
    fprintf(stderr, "%s: %s\n", what, weal_err_name(e));
    exit(1);
}

/* ---- the set: accounts with 33-byte keys in order, 40-byte values ---- */

static size_t key_of(uint64_t i, uint64_t count, uint8_t key[33]) {
    uint64_t r = i;
    key[0] = 1;
    weal_put_be64(key + 1, i * (UINT64_MAX / count));
    for (int k = 9; k < 33; k += 8) weal_put_be64(key + k, test_rng(&r));
    return 33;
}

static int by_key(const void *a, const void *b) {
    return memcmp(a, b, 32);
}

/* Spreads the leaves over 65,536 bins by their first bytes, then sorts each: linear, near enough.
 */
static struct weal_tree_leaf *leaves_sorted(struct weal_tree_leaf *leaf, uint64_t count) {
    static size_t start[65537];
    struct weal_tree_leaf *out = malloc(count * sizeof *out);
    for (uint64_t i = 0; i < count; i++) start[(leaf[i].key[0] << 8 | leaf[i].key[1]) + 1]++;
    for (int b = 0; b < 65536; b++) start[b + 1] += start[b];
    for (uint64_t i = 0; i < count; i++)
        out[start[leaf[i].key[0] << 8 | leaf[i].key[1]]++] = leaf[i];
    for (int b = 65535; b > 0; b--) start[b] = start[b - 1];
    start[0] = 0;
    for (int b = 0; b < 65536; b++) {
        qsort(out + start[b], (b == 65535 ? count : start[b + 1]) - start[b], sizeof *out, by_key);
    }
    free(leaf);
    return out;
}

static void load(struct weal_kv *kv, uint64_t count) {
    struct weal_tree_leaf *leaf = malloc(count * sizeof *leaf);
    uint8_t key[33], value[40] = {0}, root[32];
    for (uint64_t i = 0; i < count; i++) {
        struct weal_bytes k = weal_bytes(key, key_of(i, count, key));
        weal_put_le64(value, i);
        weal_tree_key(leaf[i].key, k);
        weal_tree_value(leaf[i].value, WEAL_BYTES(value));
        if (i % BATCH == 0) must(weal_kv_batch_begin(kv), "begin");
        must(weal_kv_put(kv, WEAL_KV_STATE, k, WEAL_BYTES(value), true), "put");
        if (i % BATCH == BATCH - 1 || i == count - 1) must(weal_kv_commit(kv), "commit");
    }
    leaf = leaves_sorted(leaf, count);
    for (uint64_t i = 0; i < count; i++) {
        if (i % BATCH == 0) must(weal_kv_batch_begin(kv), "begin");
        must(
            weal_kv_put(kv, WEAL_KV_LEAF, WEAL_BYTES(leaf[i].key), WEAL_BYTES(leaf[i].value), true),
            "put");
        if (i % BATCH == BATCH - 1 || i == count - 1) must(weal_kv_commit(kv), "commit");
    }
    struct weal_tree_node top;
    weal_tree_of_leaves(&top, leaf, count, 0);
    memcpy(root, top.hash, 32);
    free(leaf);
    must(weal_kv_batch_begin(kv), "begin");
    must(weal_applied_seed(kv, 0, root, (const uint8_t[32]){0}), "seed");
    must(weal_kv_commit(kv), "commit");
}

static bool loaded(struct weal_kv *kv) {
    struct weal_kv_snap *snap;
    struct weal_applied applied;
    must(weal_kv_snap_open(kv, &snap), "snapshot");
    must(weal_applied_read(snap, &applied), "applied");
    weal_kv_snap_close(snap);
    return applied.height != WEAL_STATE_NO_HEIGHT;
}

/* ---- what is measured ---- */

static void bench_fdatasync(const char *dir) {
    enum { N = 300 };
    static double took[N];
    struct test_mem mem;
    struct weal_disk *disk;
    struct weal_wal *wal;
    uint8_t data[400] = {1};
    char wal_dir[TEST_DIR_MAX + 8];
    snprintf(wal_dir, sizeof wal_dir, "%s/wal", dir);
    test_dir_remove(wal_dir); /* of a run that was stopped */
    mkdir(wal_dir, 0700);
    test_mem_init(&mem);
    must(weal_disk_posix_open(wal_dir, &disk), "disk");
    struct weal_wal_config c = {.disk = disk, .mem = mem.mem};
    must(weal_wal_create(&c, &wal), "wal");
    for (int i = 0; i < N; i++) {
        uint64_t lsn;
        double t = now_ms();
        must(weal_wal_append(wal, 1, WEAL_BYTES(data), &lsn), "append");
        must(weal_wal_sync(wal), "sync");
        took[i] = now_ms() - t;
    }
    say("WAL append 400 B and fdatasync, median", quantile(took, N, 0.5), "ms", 0);
    say("WAL append 400 B and fdatasync, 99 %", quantile(took, N, 0.99), "ms", 0);
    weal_wal_close(wal);
    weal_disk_posix_close(disk);
    test_dir_remove(wal_dir);
}

struct bench {
    struct test_mem mem;
    struct weal_kv *kv;
    struct weal_store *store;
    struct weal_reader reader;
    struct weal_state *tip;
    struct weal_arena arena;
    uint64_t count, rng;
};

/* A block on the tip that inserts new random keys, or overwrites random records; returns the time
 * of the seal. */
static double grow(struct bench *b, uint32_t inserts, bool overwrite, double *draft_ms) {
    struct weal_view v;
    struct weal_draft d;
    struct weal_state *next;
    double t0 = now_ms();
    weal_arena_rewind(&b->arena, 0);
    must(weal_view_open(&v, b->tip, &b->reader), "view");
    must(weal_draft_init(&d, &v, &b->arena, inserts), "draft");
    for (uint32_t i = 0; i < inserts; i++) {
        uint8_t key[33] = {1}, value[40] = {2};
        for (int k = 1; k < 33; k += 8) weal_put_be64(key + k, test_rng(&b->rng));
        if (overwrite) key_of(test_below(&b->rng, b->count), b->count, key);
        weal_put_le64(value + 8, test_rng(&b->rng));
        must(weal_draft_put(&d, WEAL_BYTES(key), WEAL_BYTES(value)), "put");
    }
    double t1 = now_ms();
    must(weal_draft_seal(&d, &next), "seal");
    double t2 = now_ms();
    weal_state_unref(b->tip);
    b->tip = next;
    *draft_ms = t1 - t0;
    return t2 - t1;
}

static double apply_tip(struct bench *b) {
    struct weal_apply_block block = {.state = b->tip};
    double t = now_ms();
    must(weal_apply(b->kv, &block, 1), "apply");
    t = now_ms() - t;
    weal_store_finalized(b->store, weal_state_height(b->tip));
    must(weal_reader_refresh(&b->reader), "refresh");
    return t;
}

static void bench_seal(struct bench *b) {
    static double seal[ROUNDS], draft[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        seal[i] = grow(b, INSERTS, false, &draft[i]);
        apply_tip(b);
    }
    say("root of 2,000 inserts, median", quantile(seal, ROUNDS, 0.5), "ms", 20);
    say("root of 2,000 inserts, worst", quantile(seal, ROUNDS, 1), "ms", 0);
    say("writing them into the draft, median", quantile(draft, ROUNDS, 0.5), "ms", 0);
    for (int i = 0; i < ROUNDS; i++) seal[i] = grow(b, INSERTS, false, &draft[i]);
    double last[5];
    for (int i = 0; i < 5; i++) last[i] = seal[ROUNDS - 5 + i];
    say("the same over 25 to 29 overlays, median", quantile(last, 5, 0.5), "ms", 0);
    struct weal_store_stat st;
    weal_store_stat(b->store, &st);
    say("memory of 30 such overlays", (double)st.overlay_bytes / 1e6, "MB", 0);
}

static void bench_read(struct bench *b) {
    struct weal_view v;
    struct weal_bytes value;
    uint8_t key[33];
    must(weal_view_open(&v, b->tip, &b->reader), "view");
    double t = now_ms();
    for (int i = 0; i < PROOFS; i++) {
        key_of(test_below(&b->rng, b->count), b->count, key);
        must(weal_view_get(&v, WEAL_BYTES(key), &value), "get");
    }
    say("read of a record through 30 overlays", (now_ms() - t) * 1e3 / PROOFS, "us", 0);
}

static void bench_proofs(struct bench *b) {
    static double size[PROOFS], absent[PROOFS];
    static uint8_t buf[WEAL_TREE_PROOF_MAX];
    struct weal_view v;
    double make = 0, check = 0;
    must(weal_view_open(&v, b->tip, &b->reader), "view");
    for (int i = 0; i < PROOFS; i++) {
        uint8_t key[33];
        bool present;
        struct weal_bytes value;
        struct weal_bytes k = weal_bytes(key, key_of(test_below(&b->rng, b->count), b->count, key));
        struct weal_wr w = weal_wr(buf, sizeof buf);
        must(weal_view_get(&v, k, &value), "get");
        double t = now_ms();
        must(weal_view_prove(&v, k, &w, &present), "prove");
        make += now_ms() - t;
        size[i] = (double)w.n;
        t = now_ms();
        WEAL_ASSERT(present && weal_tree_check_present(weal_state_root(b->tip), k, value,
                                                       weal_wr_done(&w)) == 0);
        check += now_ms() - t;
        key[20] ^= 1;
        w = weal_wr(buf, sizeof buf);
        must(weal_view_prove(&v, k, &w, &present), "prove");
        WEAL_ASSERT(!present &&
                    weal_tree_check_absent(weal_state_root(b->tip), k, weal_wr_done(&w)) == 0);
        absent[i] = (double)w.n;
    }
    say("proof of presence, median", quantile(size, PROOFS, 0.5), "bytes", 0);
    say("proof of presence, 99.9 %", quantile(size, PROOFS, 0.999), "bytes", 0);
    say("proof of absence, median", quantile(absent, PROOFS, 0.5), "bytes", 0);
    say("proof of absence, 99.9 %", quantile(absent, PROOFS, 0.999), "bytes", 0);
    say("making a proof", make * 1e3 / PROOFS, "us", 0);
    say("checking a proof", check * 1e3 / PROOFS, "us", 1000);
}

/* ---- what a wallet gets: header, certificate and proof ---- */

struct whole {
    struct weal_set set;
    uint8_t secret[4][32], header[WEAL_HEADER_SIZE_MAX], sigs[3 * 64], cert[512];
    size_t header_n, cert_n;
    struct weal_certificate c;
};

/* A block of four validators on this state, final by the first three that answered. */
static void whole_make(struct whole *x, const struct weal_state *s) {
    struct weal_header h = {.version = 1, .height = 1, .view = 1, .time_ms = 1};
    uint8_t id[32];
    x->set.n = 4;
    for (uint8_t i = 0; i < 4; i++) {
        x->secret[i][31] = (uint8_t)(i + 1);
        WEAL_ASSERT(weal_sig_public(x->set.v[i].account, x->secret[i]));
        x->set.v[i].seat[0] = i;
        x->set.v[i].weight = 1;
    }
    WEAL_ASSERT(weal_set_check(&x->set) == WEAL_ACCEPT);
    weal_set_hash(h.set_hash, &x->set);
    memcpy(h.state_root, weal_state_root(s), 32);
    struct weal_wr w = weal_wr(x->header, sizeof x->header);
    weal_header_put(&w, &h);
    x->header_n = w.n;
    weal_header_id(id, weal_wr_done(&w));
    x->c = (struct weal_certificate){
        .kind = WEAL_VOTE_FINALIZE, .view = 1, .signers = {7}, .signatures = WEAL_BYTES(x->sigs)};
    memcpy(x->c.digest, id, 32);
    for (uint16_t i = 0; i < 3; i++) {
        struct weal_vote v = {.kind = WEAL_VOTE_FINALIZE, .view = 1, .signer = i};
        memcpy(v.digest, id, 32);
        WEAL_ASSERT(weal_vote_sign(&v, h.chain, x->secret[i]));
        memcpy(x->sigs + 64 * i, v.signature, 64);
    }
    w = weal_wr(x->cert, sizeof x->cert);
    weal_certificate_put(&w, &x->c);
    x->cert_n = w.n;
}

/* As a wallet does it: from a checkpoint over the header to a record. */
static double whole_check(const struct whole *x, struct weal_bytes key, struct weal_bytes value,
                          struct weal_bytes proof) {
    static const uint8_t chain[32], id[32] = {1};
    struct weal_light l;
    WEAL_ASSERT(weal_light_init(&l, chain, 1000, &x->set, NULL, id, id) == WEAL_ACCEPT);
    double t = now_ms();
    struct weal_certificate c;
    struct weal_rd rd = weal_rd(weal_bytes(x->cert, x->cert_n));
    weal_certificate_get(&rd, &c);
    WEAL_ASSERT(weal_rd_done(&rd) &&
                weal_light_header_var(&l, weal_bytes(x->header, x->header_n), &c, NULL) ==
                    WEAL_ACCEPT &&
                weal_light_present_var(&l, key, value, proof) == WEAL_ACCEPT);
    return now_ms() - t;
}

static void bench_whole(struct bench *b) {
    enum { N = 2000 };
    static double size[PROOFS], took[N];
    static uint8_t buf[WEAL_TREE_PROOF_MAX];
    static struct whole x;
    struct weal_view v;
    whole_make(&x, b->tip);
    must(weal_view_open(&v, b->tip, &b->reader), "view");
    for (int i = 0; i < PROOFS; i++) {
        uint8_t key[33];
        bool present;
        struct weal_bytes value;
        struct weal_bytes k = weal_bytes(key, key_of(test_below(&b->rng, b->count), b->count, key));
        struct weal_wr w = weal_wr(buf, sizeof buf);
        must(weal_view_get(&v, k, &value), "get");
        must(weal_view_prove(&v, k, &w, &present), "prove");
        size[i] = (double)(x.header_n + x.cert_n + w.n);
        if (i < N) took[i] = whole_check(&x, k, value, weal_wr_done(&w)) * 1e3;
    }
    say("header and certificate of three signatures", (double)(x.header_n + x.cert_n), "bytes", 0);
    say("header, certificate and proof, median", quantile(size, PROOFS, 0.5), "bytes", 1500);
    say("header, certificate and proof, 99.9 %", quantile(size, PROOFS, 0.999), "bytes", 1800);
    say("checking all of it, median", quantile(took, N, 0.5), "us", 1000);
    say("checking all of it, 99 %", quantile(took, N, 0.99), "us", 1000);
}

/* Inserts are dearer than they will be in life: the loader leaves every page full, so each splits
 * one. */
static void bench_commit(struct bench *b, bool overwrite) {
    enum { GROUPS = 6 };
    static double took[GROUPS];
    double draft;
    for (int i = 0; i < GROUPS; i++) {
        grow(b, GROUP, overwrite, &draft);
        took[i] = apply_tip(b) * 1e3 / GROUP;
    }
    say(overwrite ? "commit of an overwrite, groups of 10,000, median"
                  : "commit of an insert, groups of 10,000, median",
        quantile(took, GROUPS, 0.5), "us", 20);
    say(overwrite ? "commit of an overwrite, worst" : "commit of an insert, worst",
        quantile(took, GROUPS, 1), "us", 0);
}

static void store_open(struct bench *b, const char *what) {
    struct weal_store_config c = {.kv = b->kv, .mem = b->mem.mem, .seed = {1}};
    double t = now_ms();
    must(weal_store_open(&c, &b->store, &b->tip), "open");
    say(what, (now_ms() - t) / 1e3, "s", b->count <= 1000000 ? 3 : 0);
    must(weal_reader_open(&b->reader, b->store), "reader");
}

static void store_close(struct bench *b) {
    weal_state_unref(b->tip);
    weal_reader_close(&b->reader);
    weal_store_close(b->store);
}

static void run(const char *dir, uint64_t count) {
    struct bench b = {.count = count, .rng = 7};
    struct weal_store_stat st;
    enum { ARENA = 8 << 20 };
    void *arena = malloc(ARENA);
    test_mem_init(&b.mem);
    weal_arena_init(&b.arena, arena, ARENA);
    const struct weal_kv_lmdb_config c = {.dir = dir};
    must(weal_kv_lmdb_open(&c, &b.kv), "lmdb");
    double t = now_ms();
    if (!loaded(b.kv)) load(b.kv, count);
    say("records", (double)count, "", 0);
    say("loading them", (now_ms() - t) / 1e3, "s", 0);
    bench_fdatasync(dir);
    store_open(&b, "opening: tree from its leaves");
    weal_store_stat(b.store, &st);
    say("memory of the upper tree", (double)st.page_bytes / 1e6, "MB", 64);
    if (asked("seal")) bench_seal(&b);
    if (asked("read")) bench_read(&b);
    if (asked("proofs")) bench_proofs(&b);
    if (asked("proofs")) bench_whole(&b);
    store_close(&b); /* what was not applied is gone, as after a crash */
    store_open(&b, "opening again");
    if (asked("commit")) bench_commit(&b, true);
    if (asked("commit")) bench_commit(&b, false);
    store_close(&b);
    weal_kv_close(b.kv);
    free(arena);
}

int main(int argc, char **argv) {
    if (sodium_init() < 0) return 1;
    uint64_t count = 10000000;
    char dir[TEST_DIR_MAX] = "";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) json = true;
        if (strcmp(argv[i], "--cpu") == 0) cpu = true;
        if (strcmp(argv[i], "--quick") == 0) count = 1000000;
        if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) only = argv[++i];
        if (strcmp(argv[i], "--keys") == 0 && i + 1 < argc) count = strtoull(argv[++i], NULL, 10);
        if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) {
            snprintf(dir, sizeof dir, "%s", argv[++i]);
        }
    }
    bool own = dir[0] == 0;
    if (own) test_dir_make(dir);
    run(dir, count);
    if (own) test_dir_remove(dir);
    return 0;
}
