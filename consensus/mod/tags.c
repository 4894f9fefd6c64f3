/* SPDX-License-Identifier: ISC */
/* Sets that expire are dropped on schedule, a bounded number of records a block. */
#include "consensus/mod/tags.h"

enum { SWEEP_MAX = 1024 };

bool weal_sweep(struct weal_ctx *c, struct weal_key prefix, uint64_t limit) {
    struct weal_key k = prefix;
    struct weal_bytes v;
    for (unsigned n = 0; n < SWEEP_MAX; n++) {
        if (!weal_next(c, &prefix, &k, &v) || k.n < prefix.n + 4) return true;
        if (weal_be32(k.b + prefix.n) >= limit) return true;
        weal_drop(c, &k);
    }
    return false;
}
