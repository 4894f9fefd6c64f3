/* SPDX-License-Identifier: ISC */
/* The queue of hash jobs, and the choice of its back end. */
#include "crypto/tree/hash4.h"

#include "crypto/hash/hash.h"

void weal_tree_hash4_plain(uint8_t *const out[WEAL_TREE_LANES],
                           const uint8_t in[WEAL_TREE_LANES][WEAL_TREE_INPUT]) {
    for (int i = 0; i < WEAL_TREE_LANES; i++) {
        weal_hash256_one(out[i], WEAL_TAG_STATE, weal_bytes(in[i], WEAL_TREE_INPUT));
    }
}

void weal_tree_jobs_flush(struct weal_tree_jobs *j) {
#ifdef __x86_64__
    /* two lanes of four already pay */
    if (j->count >= 2 && __builtin_cpu_supports("avx2")) {
        uint8_t unused[32];
        for (unsigned i = j->count; i < WEAL_TREE_LANES; i++) {
            j->out[i] = unused;
            memset(j->in[i], 0, WEAL_TREE_INPUT);
        }
        weal_tree_hash4_avx2(j->out, (const uint8_t(*)[WEAL_TREE_INPUT])j->in);
        j->count = 0;
        return;
    }
#endif
    for (unsigned i = 0; i < j->count; i++) {
        weal_hash256_one(j->out[i], WEAL_TAG_STATE, weal_bytes(j->in[i], WEAL_TREE_INPUT));
    }
    j->count = 0;
}
