/* SPDX-License-Identifier: ISC */
/* bench_ring [--json] [--quick] [--params]: verification of ring proofs from proof bytes to verdict
 * (decoding, hashing, scalars, multiplication; ring points given decompressed), per proof, over
 * back ends, shapes, batch sizes, rings shared and not, one and two threads; the yardsticks of
 * plain libsodium in the same run; the other operations of crypto/ring and crypto/batch.
 *
 * With one thread time is that of the thread (CPU), so that a busy machine disturbs less; with two
 * it is the wall's, each thread having batches of its own. "Shared" means that all sixteen members
 * of each ring are in the batch as far as it reaches; "unshared" that no two proofs have a ring in
 * common. Figures are the median, least and most of several runs over different proofs.
 * --params adds the shape (16,1) beside the chain's. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/batch/batch.h"
#include "tests/support/baseline.h"
#include "tests/support/ringset.h"

enum { RUNS_MAX = 15, THREADS = 2 };

static bool json, quick, params;
static int runs = 9;
static struct lsag lsag[8];

static double now_us(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct row {
    const char *name, *backend, *shape;
    bool shared;
    unsigned batch, threads;
    const char *unit;
};

static void print_row(const struct row *r, double *v, int n) {
    qsort(v, (size_t)n, sizeof *v, by_value);
    double median = v[n / 2];
    if (json) {
        printf("{\"name\":\"%s\",\"backend\":\"%s\",\"shape\":\"%s\",\"ring_shared\":%s,"
               "\"batch\":%u,\"threads\":%u,\"unit\":\"%s\",\"median\":%.3f,\"min\":%.3f,"
               "\"max\":%.3f,\"runs\":%d}\n",
               r->name, r->backend, r->shape, r->shared ? "true" : "false", r->batch, r->threads,
               r->unit, median, v[0], v[n - 1], n);
    } else {
        printf("%-22s %-9s %-6s %-8s %5u %2u  %10.2f %10.2f %10.2f %s\n", r->name, r->backend,
               r->shape, r->shared ? "shared" : "unshared", r->batch, r->threads, median, v[0],
               v[n - 1], r->unit);
    }
    fflush(stdout);
}

/* ---- verification ---- */

struct job {
    const struct ringset *set;
    struct weal_batch *batch;
    uint32_t size, reps, from;

    double us;
};

static void *verify_job(void *arg) {
    struct job *j = arg;
    static const uint8_t random[32] = {1, 2, 3};
    uint32_t at = j->from;
    for (uint32_t k = 0; k < j->reps; k++) {
        weal_batch_reset(j->batch);
        for (uint32_t i = 0; i < j->size; i++, at = (at + 1) % j->set->proofs) {
            enum weal_verdict v = weal_batch_add_ring(j->batch, i, &j->set->statements[at],
                                                      ringset_proof(j->set, at));
            WEAL_ASSERT(v == WEAL_ACCEPT);
        }
        WEAL_ASSERT(weal_batch_verify(j->batch, random));
    }
    return NULL;
}

static double run_once(struct job *jobs, unsigned threads) {
    pthread_t other;
    clockid_t clock = threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
    double start = now_us(clock);
    if (threads == 2) WEAL_ASSERT(pthread_create(&other, NULL, verify_job, &jobs[1]) == 0);
    verify_job(&jobs[0]);
    if (threads == 2) pthread_join(other, NULL);
    return (now_us(clock) - start) / (double)(jobs[0].size * jobs[0].reps * threads);
}

static double lsag_once(void) {
    double start = now_us(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < 4; i++) WEAL_ASSERT(lsag_verify(&lsag[i]));
    return (now_us(CLOCK_THREAD_CPUTIME_ID) - start) / 4;
}

/* At 256 and one thread the LSAG of libsodium is timed between the runs, so that what else the
 * machine does weighs on both alike; the ratio is a row of its own. */
static void verify(const struct ringset *set, struct weal_batch *const *batch, struct row *row) {
    double v[RUNS_MAX], ratio[RUNS_MAX];
    struct job jobs[THREADS];
    bool compare = row->batch == 256 && row->threads == 1;
    uint32_t target = quick ? 256 : 512;
    uint32_t reps = row->batch >= target ? 1 : target / row->batch;
    for (int i = -1; i < runs; i++) { /* the first one warms up */
        for (unsigned t = 0; t < row->threads; t++) {
            jobs[t] = (struct job){.set = set,
                                   .batch = batch[t],
                                   .size = row->batch,
                                   .reps = reps,
                                   .from = (uint32_t)(i + 1) * 16 * 7 % set->proofs};
        }
        double lsag_us = compare ? lsag_once() : 0, us = run_once(jobs, row->threads);
        if (i < 0) continue;
        v[i] = us;
        ratio[i] = lsag_us / us;
    }
    print_row(row, v, runs);
    if (!compare) return;
    row->name = row->name[8] == '4' ? "LSAG-16/verify (4,2)" : "LSAG-16/verify (16,1)";
    row->unit = "times";
    print_row(row, ratio, runs);
}

static void verify_set(const struct ringset *set, struct weal_batch *const *batch) {
    static const unsigned sizes[] = {1, 4, 16, 64, 256, 1024};
    char name[32];
    snprintf(name, sizeof name, "verify (%u,%u)", set->n, set->m);
    for (int level = WEAL_CURVE_LEVELS - 1; level >= 0; level--) {
        if (!weal_curve_level_force((enum weal_curve_level)level)) continue;
        for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            if (sizes[k] > set->proofs) continue;
            for (unsigned threads = 1; threads <= THREADS; threads++) {
                if (threads == 2 && sizes[k] < 64) continue;
                struct row row = {name,
                                  weal_curve_level_name((enum weal_curve_level)level),
                                  set->shape == WEAL_RING_HUMAN ? "HUMAN" : "NOTE",
                                  set->per > 1,
                                  sizes[k],
                                  threads,
                                  "us/proof"};
                verify(set, batch, &row);
            }
        }
    }
}

static void verify_sets(uint8_t shape, uint16_t n, uint16_t m, struct weal_batch *const *batch) {
    uint32_t proofs = quick ? 256 : 1024;
    struct ringset set;
    ringset_make(&set, shape, n, m, 16, proofs, 1, 7); /* a ring a proof */
    verify_set(&set, batch);
    ringset_free(&set);
    ringset_make(&set, shape, n, m, 16, proofs / 16, 16, 8);
    verify_set(&set, batch);
    ringset_free(&set);
}

/* ---- yardsticks and other operations ---- */

typedef void op_fn(void *arg, uint32_t i);

static void operation(const char *name, const char *backend, const char *shape, unsigned batch,
                      uint32_t reps, op_fn *op, void *arg, const char *unit, double scale) {
    double v[RUNS_MAX];
    struct row row = {name, backend, shape, false, batch, 1, unit};
    op(arg, 0);
    for (int i = 0; i < runs; i++) {
        double start = now_us(CLOCK_THREAD_CPUTIME_ID);
        for (uint32_t k = 0; k < reps; k++) op(arg, (uint32_t)i * reps + k);
        v[i] = (now_us(CLOCK_THREAD_CPUTIME_ID) - start) / (double)reps / scale;
    }
    print_row(&row, v, runs);
}

static void op_lsag(void *arg, uint32_t i) {
    const struct lsag *l = arg;
    WEAL_ASSERT(lsag_verify(&l[i % 8]));
}

static void op_sodium_ring(void *arg, uint32_t i) {
    const struct ringset *set = arg;
    WEAL_ASSERT(baseline_ring_verify(&set->statements[i % 16], ringset_proof(set, i % 16)) ==
                WEAL_ACCEPT);
}

static void op_prove(void *arg, uint32_t i) {
    const struct ringset *set = arg;
    uint8_t proof[WEAL_RING_PROOF_LIMIT];
    WEAL_ASSERT(weal_ring_prove(proof, &set->statements[i % 16], i % 16,
                                (const uint8_t(*)[32])set->secrets[i % 16],
                                set->messages[0]) == WEAL_ACCEPT);
}

static void op_digest(void *arg, uint32_t i) {
    const struct ringset *set = arg;
    uint8_t d[64];
    weal_ring_digest(d, &set->statements[i % 16], weal_ring_g);
}

static void op_digest_end(void *arg, uint32_t i) {
    const struct ringset *set = arg;
    static struct weal_transcript begin;
    static bool made;
    struct weal_transcript t;
    uint8_t d[64];
    if (!made) {
        weal_ring_digest_begin(&begin, &set->statements[0]);
        weal_ring_digest_scope(&begin, &set->statements[0], weal_ring_g);
    }
    made = true;
    t = begin;
    weal_ring_digest_end(&t, d, &set->statements[i % 16]);
}

static void op_challenge(void *arg, uint32_t i) {
    const struct ringset *set = arg;
    uint8_t xi[64];
    weal_ring_challenge(xi, &set->statements[i % 16], set->messages[0],
                        ringset_proof(set, i % 16).p);
}

static void op_scope_base(void *arg, uint32_t i) {
    uint8_t base[32], scope[4];
    (void)arg;
    weal_put_le32(scope, i);
    weal_scope_base(base, WEAL_BYTES_LIT("bench"), WEAL_RING_HUMAN, WEAL_BYTES(scope));
}

static void operations(uint8_t shape) {
    const char *s = shape == WEAL_RING_HUMAN ? "HUMAN" : "NOTE";
    struct ringset set;
    ringset_make(&set, shape, WEAL_RING_N, WEAL_RING_M, 16, 1, 16, 9);
    operation("libsodium verify", "libsodium", s, 1, 8, op_sodium_ring, &set, "us/proof", 1);
    operation("prove", "libsodium", s, 1, 8, op_prove, &set, "ms/proof", 1e3);
    operation("statement digest", "libsodium", s, 1, 1024, op_digest, &set, "us", 1);
    operation("digest, prefix kept", "libsodium", s, 1, 1024, op_digest_end, &set, "us", 1);
    operation("challenge", "libsodium", s, 1, 1024, op_challenge, &set, "us", 1);
    ringset_free(&set);
}

/* ---- linear proofs ---- */

enum { LINEAR = 256 };
struct linear_set {
    enum weal_linear_kind kind;
    struct weal_batch *batch;
    struct weal_linear_statement statements[LINEAR];
    uint8_t keys[LINEAR][32], notes[LINEAR][32], tags[LINEAR][32], proofs[LINEAR][128];
};

static void op_linear(void *arg, uint32_t i) {
    struct linear_set *l = arg;
    static const uint8_t random[32] = {5};
    size_t n = weal_linear_proof_bytes(l->kind);
    (void)i;
    weal_batch_reset(l->batch);
    for (uint32_t k = 0; k < LINEAR; k++) {
        WEAL_ASSERT(weal_batch_add_linear(l->batch, k, &l->statements[k],
                                          weal_bytes(l->proofs[k], n)) == WEAL_ACCEPT);
    }
    WEAL_ASSERT(weal_batch_verify(l->batch, random));
}

static void linear(struct weal_batch *batch) {
    static const char *const names[] = {"pop", "mint", "tagsig", "refund", "owntag"};
    static struct linear_set l;
    struct ringset_rng rng = {11, 0};
    struct weal_bytes chain = WEAL_BYTES_LIT("bench"), scope = WEAL_BYTES_LIT("bill/7");
    l.batch = batch;
    for (unsigned kind = 0; kind < WEAL_LINEAR_KINDS; kind++) {
        l.kind = (enum weal_linear_kind)kind;
        for (uint32_t i = 0; i < LINEAR; i++) {
            uint8_t secrets[2][32], nonce[32];
            ringset_scalar(&rng, secrets[0]);
            ringset_scalar(&rng, secrets[1]);
            ringset_bytes(&rng, nonce, 32);
            bool ok = weal_human_key(l.keys[i], secrets[0]) &&
                      weal_note_key(l.notes[i], secrets[0], secrets[1]) &&
                      weal_tag(l.tags[i], secrets[0], chain, WEAL_RING_HUMAN, scope);
            WEAL_ASSERT(ok);
            l.statements[i] = (struct weal_linear_statement){.kind = l.kind,
                                                             .chain = chain,
                                                             .message = WEAL_BYTES_LIT("m"),
                                                             .shape = WEAL_RING_HUMAN,
                                                             .scope = scope,
                                                             .tag = l.tags[i],
                                                             .key = l.keys[i],
                                                             .note = l.notes[i]};
            const uint8_t(*x)[32] = (const uint8_t(*)[32])secrets;
            WEAL_ASSERT(weal_linear_prove(l.proofs[i], &l.statements[i],
                                          l.kind == WEAL_LINEAR_MINT ? x + 1 : x,
                                          nonce) == WEAL_ACCEPT);
        }
        for (int level = WEAL_CURVE_LEVELS - 1; level >= 0; level--) {
            if (!weal_curve_level_force((enum weal_curve_level)level)) continue;
            operation(names[kind], weal_curve_level_name((enum weal_curve_level)level), "-", LINEAR,
                      2, op_linear, &l, "us/proof", LINEAR);
        }
    }
}

int main(int argc, char **argv) {
    struct weal_batch_limits limits = {1024};
    struct weal_batch *batch[THREADS];
    for (int i = 1; i < argc; i++) {
        json |= strcmp(argv[i], "--json") == 0;
        quick |= strcmp(argv[i], "--quick") == 0;
        params |= strcmp(argv[i], "--params") == 0;
    }
    if (quick) runs = 3;
    WEAL_ASSERT(sodium_init() >= 0);
    for (int t = 0; t < THREADS; t++) {
        void *mem = malloc(weal_batch_footprint(&limits));
        WEAL_ASSERT(mem);
        batch[t] = weal_batch_init(mem, &limits);
    }
    if (!json) {
        printf("%-22s %-9s %-6s %-8s %5s %2s  %10s %10s %10s\n", "name", "backend", "shape",
               "rings", "batch", "th", "median", "min", "max");
    }
    for (uint32_t i = 0; i < 8; i++) WEAL_ASSERT(lsag_make(&lsag[i], i, i));
    operation("LSAG-16 verify", "libsodium", "-", 1, 8, op_lsag, lsag, "us/proof", 1);
    operation("scope base", "libsodium", "-", 1, 64, op_scope_base, NULL, "us", 1);
    operations(WEAL_RING_HUMAN);
    operations(WEAL_RING_NOTE);
    linear(batch[0]);
    verify_sets(WEAL_RING_HUMAN, WEAL_RING_N, WEAL_RING_M, batch);
    verify_sets(WEAL_RING_NOTE, WEAL_RING_N, WEAL_RING_M, batch);
    if (params) {
        verify_sets(WEAL_RING_HUMAN, 16, 1, batch);
        verify_sets(WEAL_RING_NOTE, 16, 1, batch);
    }
    if (!json) printf("memory of a batch of 1024: %zu bytes\n", weal_batch_footprint(&limits));
    return 0;
}
