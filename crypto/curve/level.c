/* SPDX-License-Identifier: ISC */
/* Which back end runs: asked of the processor once, kept in one atomic word. */
#include "crypto/curve/curve.h"

#include <stdatomic.h>

#include "crypto/curve/curve_int.h"

static atomic_int level_now = -1; /* -1: not yet asked; racing first calls find the same answer */

static bool level_has(enum weal_curve_level level) {
    switch (level) {
    case WEAL_CURVE_U64:
        return true;
#if WEAL_CURVE_X86
    case WEAL_CURVE_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    case WEAL_CURVE_IFMA:
        return level_has(WEAL_CURVE_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512ifma");
#else
    case WEAL_CURVE_AVX2:
    case WEAL_CURVE_IFMA:
        return false;
#endif
    case WEAL_CURVE_LEVELS:
        break;
    }
    return false;
}

enum weal_curve_level weal_curve_level(void) {
    int now = atomic_load_explicit(&level_now, memory_order_relaxed);
    if (now >= 0) return (enum weal_curve_level)now;
#if WEAL_CURVE_X86
    __builtin_cpu_init();
#endif
    enum weal_curve_level best = WEAL_CURVE_IFMA;
    while (!level_has(best)) best--;
    atomic_store_explicit(&level_now, (int)best, memory_order_relaxed);
    return best;
}

bool weal_curve_level_force(enum weal_curve_level level) {
    if (!level_has(level)) return false;
    atomic_store_explicit(&level_now, (int)level, memory_order_relaxed);
    return true;
}

const char *weal_curve_level_name(enum weal_curve_level level) {
    switch (level) {
    case WEAL_CURVE_U64:
        return "u64";
    case WEAL_CURVE_AVX2:
        return "avx2";
    case WEAL_CURVE_IFMA:
        return "ifma";
    case WEAL_CURVE_LEVELS:
        break;
    }
    return "?";
}
