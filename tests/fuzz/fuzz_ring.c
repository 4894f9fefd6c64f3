/* SPDX-License-Identifier: ISC */
/* Ring proofs bent by foreign bytes. First byte: shape and which proof; the rest is laid over the
 * proof by exclusive or, from an offset (two bytes) on, and then over the tag. Whatever comes of
 * it, alone and between good proofs, on every back end, the verdict is the same one, the good ones
 * hold, and only the unchanged proof is accepted. A proof of a length of its own is the fourth
 * kind. */
#include <stdlib.h>

#include "crypto/batch/batch.h"
#include "crypto/curve/curve.h"
#include "tests/support/ringset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ringset sets[2];
static struct weal_batch *batch;

static void start(void) {
    static const struct weal_batch_limits limits = {8};
    WEAL_ASSERT(sodium_init() >= 0);
    ringset_make(&sets[0], WEAL_RING_HUMAN, WEAL_RING_N, WEAL_RING_M, 12, 1, 4, 1);
    ringset_make(&sets[1], WEAL_RING_NOTE, WEAL_RING_N, WEAL_RING_M, 16, 1, 4, 2);
    batch = weal_batch_init(malloc(weal_batch_footprint(&limits)), &limits);
}

/* The verdict of the bent proof; around: between two good ones. */
static enum weal_verdict verdict(const struct weal_ring_statement *s, struct weal_bytes proof,
                                 bool around, const struct ringset *set) {
    static const uint8_t random[32] = {1};
    weal_batch_reset(batch);
    uint32_t at = 0;
    if (around) {
        WEAL_ASSERT(weal_batch_add_ring(batch, 0, &set->statements[2], ringset_proof(set, 2)) ==
                    WEAL_ACCEPT);
        at = 1;
    }
    enum weal_verdict v = weal_batch_add_ring(batch, 1, s, proof);
    bool in = v == WEAL_ACCEPT;
    if (around) {
        WEAL_ASSERT(weal_batch_add_ring(batch, 2, &set->statements[3], ringset_proof(set, 3)) ==
                    WEAL_ACCEPT);
    }
    bool good = weal_batch_verify(batch, random);
    if (in) v = weal_batch_result(batch, at);
    WEAL_ASSERT(good == (!in || v == WEAL_ACCEPT));
    for (uint32_t i = 0; i < weal_batch_count(batch); i++) {
        if (!in || i != at) WEAL_ASSERT(weal_batch_result(batch, i) == WEAL_ACCEPT);
    }
    return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t proof[WEAL_RING_PROOF_LIMIT + 64], tag[32];
    if (!batch) start();
    if (size < 3) return 0;
    const struct ringset *set = &sets[data[0] & 1];
    uint32_t which = data[0] >> 1 & 1;
    struct weal_ring_statement s = set->statements[which];
    size_t at = weal_le16(data + 1), n = set->proof_n;
    bool changed = false;
    data += 3, size -= 3;
    memcpy(proof, ringset_proof(set, which).p, n);
    memcpy(tag, s.tag, 32);
    s.tag = tag;
    if (at >= 0x8000) { /* bytes as they come */
        n = size < sizeof proof ? size : sizeof proof;
        if (n > 0) memcpy(proof, data, n);
        changed = true;
    } else {
        for (size_t i = 0; i < size; i++) {
            size_t place = (at + i) % (n + 32);
            *(place < n ? &proof[place] : &tag[place - n]) ^= data[i];
        }
        changed = memcmp(proof, ringset_proof(set, which).p, n) != 0 ||
                  memcmp(tag, set->statements[which].tag, 32) != 0;
    }
    enum weal_verdict first = WEAL_ACCEPT;
    bool have = false;
    for (int level = 0; level < WEAL_CURVE_LEVELS; level++) {
        if (!weal_curve_level_force((enum weal_curve_level)level)) continue;
        for (int around = 0; around < 2; around++) {
            enum weal_verdict v = verdict(&s, weal_bytes(proof, n), around != 0, set);
            WEAL_ASSERT(!have || v == first);
            first = v;
            have = true;
        }
    }
    if (at < 0x8000) WEAL_ASSERT((first == WEAL_ACCEPT) == !changed);
    return 0;
}
