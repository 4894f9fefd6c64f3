/* SPDX-License-Identifier: ISC */
/* Schnorr-type proofs bent by foreign bytes. First byte: kind; the rest is laid over proof, tag,
 * key and note by exclusive or. On every back end, alone and after a good proof, the verdict is the
 * same one, and only what is unchanged where it counts is accepted. */
#include <stdlib.h>

#include "crypto/batch/batch.h"
#include "crypto/curve/curve.h"
#include "tests/support/ringset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PROOF = 0, TAG = 128, KEY = 160, NOTE = 192, ALL = 224 };
static uint8_t good[WEAL_LINEAR_KINDS][ALL];
static struct weal_batch *batch;

static struct weal_linear_statement statement(unsigned kind, const uint8_t *all) {
    return (struct weal_linear_statement){.kind = (enum weal_linear_kind)kind,
                                          .chain = WEAL_BYTES_LIT("fuzz"),
                                          .message = WEAL_BYTES_LIT("message"),
                                          .shape = WEAL_RING_HUMAN,
                                          .scope = WEAL_BYTES_LIT("bill/7"),
                                          .tag = all + TAG,
                                          .key = all + KEY,
                                          .note = all + NOTE};
}

static void start(void) {
    static const struct weal_batch_limits limits = {4};
    struct ringset_rng rng = {8, 0};
    uint8_t x[2][32];
    WEAL_ASSERT(sodium_init() >= 0);
    ringset_scalar(&rng, x[0]);
    ringset_scalar(&rng, x[1]);
    for (unsigned k = 0; k < WEAL_LINEAR_KINDS; k++) {
        struct weal_linear_statement s = statement(k, good[k]);
        bool ok = weal_human_key(good[k] + KEY, x[0]) &&
                  weal_note_key(good[k] + NOTE, x[0], x[1]) &&
                  weal_tag(good[k] + TAG, x[0], s.chain, s.shape, s.scope);
        WEAL_ASSERT(ok);
        const uint8_t(*secrets)[32] = (const uint8_t(*)[32])x + (k == WEAL_LINEAR_MINT);
        WEAL_ASSERT(weal_linear_prove(good[k], &s, secrets, x[1]) == WEAL_ACCEPT);
    }
    batch = weal_batch_init(malloc(weal_batch_footprint(&limits)), &limits);
}

static enum weal_verdict verdict(unsigned kind, const uint8_t *all, bool after) {
    static const uint8_t random[32] = {3};
    size_t n = weal_linear_proof_bytes((enum weal_linear_kind)kind);
    struct weal_linear_statement s = statement(kind, all), g = statement(kind, good[kind]);
    weal_batch_reset(batch);
    if (after) {
        WEAL_ASSERT(weal_batch_add_linear(batch, 0, &g, weal_bytes(good[kind], n)) == WEAL_ACCEPT);
    }
    enum weal_verdict v = weal_batch_add_linear(batch, 1, &s, weal_bytes(all, n));
    bool in = v == WEAL_ACCEPT, holds = weal_batch_verify(batch, random);
    if (in) v = weal_batch_result(batch, after);
    if (after) WEAL_ASSERT(weal_batch_result(batch, 0) == WEAL_ACCEPT);
    WEAL_ASSERT(holds == (!in || v == WEAL_ACCEPT));
    return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t all[ALL];
    if (!batch) start();
    if (size < 1) return 0;
    unsigned kind = data[0] % WEAL_LINEAR_KINDS;
    memcpy(all, good[kind], ALL);
    for (size_t i = 1; i < size; i++) all[(i - 1) % ALL] ^= data[i];
    size_t n = weal_linear_proof_bytes((enum weal_linear_kind)kind);
    bool tag = kind >= WEAL_LINEAR_TAGSIG;
    bool key = kind != WEAL_LINEAR_TAGSIG && kind != WEAL_LINEAR_REFUND;
    bool note = kind == WEAL_LINEAR_MINT || kind == WEAL_LINEAR_REFUND;
    bool same = memcmp(all, good[kind], n) == 0 &&
                (!tag || memcmp(all + TAG, good[kind] + TAG, 32) == 0) &&
                (!key || memcmp(all + KEY, good[kind] + KEY, 32) == 0) &&
                (!note || memcmp(all + NOTE, good[kind] + NOTE, 32) == 0);
    for (int level = 0; level < WEAL_CURVE_LEVELS; level++) {
        if (!weal_curve_level_force((enum weal_curve_level)level)) continue;
        enum weal_verdict v = verdict(kind, all, false);
        WEAL_ASSERT((v == WEAL_ACCEPT) == same);
        WEAL_ASSERT(verdict(kind, all, true) == v);
    }
    return 0;
}
