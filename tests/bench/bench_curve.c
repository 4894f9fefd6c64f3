/* SPDX-License-Identifier: ISC */
/* Field, scalars, decoding and multi-scalar multiplication at every level, with libsodium's group
 * operations in the same run to divide by. Times are of this thread's processor time, of many short
 * runs; ratios are of medians (a virtual machine's clock makes min unreliable). --json: one object
 * a line; --quick: fewer runs. */
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/curve/curve.h"
#include "crypto/curve/scalar.h"
#include "crypto/msm/msm.h"
#include "crypto/sig/sig.h"
#include "tests/support/fe_check.h"

enum { POINTS = 8192, RUNS_MAX = 200 };

static bool json, quick;
static double sodium_mul_ns; /* one crypto_scalarmult_ristretto255, the unit of the ratios */

static uint8_t enc[POINTS][32], status[POINTS];
static const uint8_t *enc_at[POINTS];
static struct weal_point96 forms[POINTS];
static const struct weal_point96 *form_at[POINTS];
static struct weal_scalar scalars[POINTS], shorts[POINTS];
static void *mem;
static size_t mem_n;

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Runs f(arg) for about `budget_ms`, at least 5 times; prints nanoseconds divided by `items`. */
static double measure(const char *name, const char *backend, size_t batch, double items,
                      void (*f)(void *), void *arg) {
    static double t[RUNS_MAX];
    int runs = 0;
    double budget = quick ? 15e6 : 120e6, spent = 0;
    f(arg);
    while (runs < RUNS_MAX && (runs < 5 || spent < budget)) {
        double start = now_ns();
        f(arg);
        t[runs] = now_ns() - start;
        spent += t[runs];
        t[runs++] /= items;
    }
    qsort(t, (size_t)runs, sizeof *t, by_value);
    double median = t[runs / 2], ratio = sodium_mul_ns / median;
    if (json)
        printf("{\"name\":\"%s\",\"backend\":\"%s\",\"batch\":%zu,\"threads\":1,\"unit\":\"ns\","
               "\"median\":%.2f,\"min\":%.2f,\"max\":%.2f,\"runs\":%d}\n",
               name, backend, batch, median, t[0], t[runs - 1], runs);
    else if (sodium_mul_ns > 0)
        printf("%-14s %-7s %6zu %11.2f %11.2f %11.2f %9.1f\n", name, backend, batch, median, t[0],
               t[runs - 1], ratio);
    else
        printf("%-14s %-7s %6zu %11.2f %11.2f %11.2f\n", name, backend, batch, median, t[0],
               t[runs - 1]);
    return median;
}

/* ---- what is measured ---- */

static void sodium_mul(void *arg) {
    (void)arg;
    uint8_t s[32], out[32];
    for (int i = 0; i < 8; i++) {
        weal_scalar_encode(s, &scalars[i]);
        if (crypto_scalarmult_ristretto255(out, s, enc[i]) != 0) abort();
    }
}
static void sodium_decode(void *arg) {
    (void)arg;
    for (int i = 0; i < 32; i++)
        if (crypto_core_ristretto255_is_valid_point(enc[i]) != 1) abort();
}
static void sodium_scalar_mul(void *arg) {
    (void)arg;
    uint8_t a[32], b[32];
    weal_scalar_encode(a, &scalars[0]);
    weal_scalar_encode(b, &scalars[1]);
    for (int i = 0; i < 256; i++) crypto_core_ristretto255_scalar_mul(a, a, b);
    if (a[31] & 0x80) abort();
}
static void scalar_mul(void *arg) {
    (void)arg;
    struct weal_scalar a = scalars[0];
    for (int i = 0; i < 256; i++) weal_scalar_mul_var(&a, &a, &scalars[i]);
    if (a.w[3] >> 63) abort();
}
static void scalar_reduce(void *arg) {
    (void)arg;
    struct weal_scalar a;
    for (int i = 0; i < 256; i++) weal_scalar_reduce64_var(&a, enc[2 * i]);
    if (a.w[3] >> 63) abort();
}

struct field_work {
    uint64_t (*f)(enum fe_work, unsigned, unsigned *);
    enum fe_work what;
};
static void field(void *arg) {
    const struct field_work *w = arg;
    unsigned lanes;
    if (w->f(w->what, 4000, &lanes) == 1) putchar(' '); /* never, but the compiler cannot know */
}

static void decode(void *arg) {
    weal_points_decode_var(forms, status, enc_at, *(size_t *)arg);
}
static void multiply(void *arg) {
    struct weal_point r;
    weal_msm_var(&r, scalars, form_at, *(size_t *)arg, mem, mem_n);
}
static void multiply_short(void *arg) {
    struct weal_point r;
    weal_msm_var(&r, shorts, form_at, *(size_t *)arg, mem, mem_n);
}

static void prepare(void) {
    mem_n = weal_msm_footprint(POINTS);
    mem = malloc(mem_n);
    for (int i = 0; i < POINTS; i++) {
        uint8_t h[64];
        randombytes_buf_deterministic(h, 64, (const uint8_t[32]){(uint8_t)i, (uint8_t)(i >> 8)});
        crypto_core_ristretto255_from_hash(enc[i], h);
        weal_scalar_reduce64_var(&scalars[i], h);
        weal_scalar_from128(&shorts[i], h);
        enc_at[i] = enc[i];
        form_at[i] = &forms[i];
    }
}

static void bench_level(enum weal_curve_level level) {
    static uint64_t (*const work[WEAL_CURVE_LEVELS])(enum fe_work, unsigned, unsigned *) = {
        fe_work_u64, fe_work_avx2, fe_work_ifma};
    static const char *const names[] = {"fe-mul-chain", "fe-sqr-chain", "fe-mul", "fe-sqr"};
    const char *name = weal_curve_level_name(level);
    unsigned lanes;
    work[level](FE_WORK_MUL, 4, &lanes);
    for (int k = 0; k < 4; k++) {
        struct field_work w = {work[level], (enum fe_work)k};
        measure(names[k], name, lanes, 4000.0 * lanes, field, &w);
    }
    static const size_t decodes[] = {7, 16, 256, 4096};
    for (size_t i = 0; i < sizeof decodes / sizeof *decodes; i++) {
        size_t n = decodes[i];
        measure("decode", name, n, (double)n, decode, &n);
    }
    static const size_t sizes[] = {1,   8,   16,  26,   42,   64,   96,  128,
                                   192, 256, 512, 1024, 2048, 4096, 8192};
    weal_points_decode_var(forms, status, enc_at, POINTS);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        if (quick && n > 4096) continue;
        measure("msm", name, n, (double)n, multiply, &n);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        if (n == 42 || n == 4096) measure("msm-128-bit", name, n, (double)n, multiply_short, &n);
    }
}

/* ---- BIP340 ---- */

enum { SIGNATURES = 256 };
static uint8_t sigs[SIGNATURES][64], digests[SIGNATURES][32], keys[SIGNATURES][32];

static void sig_one(void *arg) {
    (void)arg;
    for (int i = 0; i < 16; i++)
        if (!weal_sig_verify_var(sigs[i], digests[i], keys[i])) abort();
}
static void sig_many(void *arg) {
    size_t n = *(const size_t *)arg;
    struct weal_sig_item item[SIGNATURES];
    bool ok[SIGNATURES];
    for (size_t i = 0; i < n; i++) item[i] = (struct weal_sig_item){sigs[i], digests[i], keys[i]};
    if (!weal_sig_verify_many_var(ok, item, n)) abort();
}

static void bench_signatures(void) {
    for (int i = 0; i < SIGNATURES; i++) {
        uint8_t secret[32];
        weal_scalar_encode(secret, &scalars[i]);
        weal_scalar_encode(digests[i], &scalars[i + 1]);
        if (!weal_sig_public(keys[i], secret) || !weal_sig_sign(sigs[i], digests[i], secret))
            abort();
    }
    double one = measure("bip340-verify", "secp256k1", 1, 16, sig_one, NULL);
    for (size_t n = 4; n <= SIGNATURES; n *= 4) {
        double many = measure("bip340-verify", weal_curve_level_name(weal_curve_level()), n,
                              (double)n, sig_many, &n);
        if (!json) printf("%36s one by one costs %.1f times as much\n", "", one / many);
    }
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        json = json || strcmp(argv[i], "--json") == 0;
        quick = quick || strcmp(argv[i], "--quick") == 0;
    }
    if (sodium_init() < 0) return 1;
    prepare();
    if (!json)
        printf("%-14s %-7s %6s %11s %11s %11s %9s\n", "ns per item", "", "batch", "median", "min",
               "max", "x sodium");
    sodium_mul_ns = measure("mul-point", "sodium", 1, 8, sodium_mul, NULL);
    measure("decode", "sodium", 1, 32, sodium_decode, NULL);
    measure("scalar-mul", "sodium", 1, 256, sodium_scalar_mul, NULL);
    measure("scalar-mul", "u64", 1, 256, scalar_mul, NULL);
    measure("scalar-reduce", "u64", 1, 256, scalar_reduce, NULL);
    bench_signatures();
    for (enum weal_curve_level level = WEAL_CURVE_U64; level < WEAL_CURVE_LEVELS; level++)
        if (weal_curve_level_force(level)) bench_level(level);
    free(mem);
    return 0;
}
