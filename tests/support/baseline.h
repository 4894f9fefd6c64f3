/* SPDX-License-Identifier: ISC */
/* What libsodium alone does, call by call: a linkable ring signature as deployed (LSAG: Liu, Wei,
 * Wong 2004, with the key image x Hp(P) of CryptoNote), and the verifier of this project's ring
 * proofs equation by equation. Yardsticks of the bench, and a second opinion for tests: nothing of
 * crypto/curve, crypto/msm or crypto/batch is called. */
#ifndef WEAL_TESTS_SUPPORT_BASELINE_H
#define WEAL_TESTS_SUPPORT_BASELINE_H

#include "crypto/ring/ring.h"

enum { LSAG_RING = 16, LSAG_BYTES = 32 * (1 + LSAG_RING) };

struct lsag {
    uint8_t keys[LSAG_RING][32], image[32], message[32], signature[LSAG_BYTES];
};
/* A signature by member `index` under a seed; false never happens but by 2^-250. */
bool lsag_make(struct lsag *l, uint32_t index, uint64_t seed);
bool lsag_verify(const struct lsag *l);

/* ACCEPT, or the first check in the order of SPEC.md section 6.4 that fails. */
enum weal_verdict baseline_ring_verify(const struct weal_ring_statement *s,
                                       struct weal_bytes proof);

#endif
