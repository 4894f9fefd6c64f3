/* SPDX-License-Identifier: ISC */
/* Bases nobody knows a relation between: hashed to the group by libsodium (SPEC.md, section 4). */
#include "crypto/ring/ring.h"

#include <sodium.h>

const uint8_t weal_ring_g[32] = {0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9,
                                 0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82,
                                 0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76};

void weal_generator(uint8_t out[32], const char *name, uint32_t index) {
    struct weal_transcript t;
    uint8_t wide[64];
    weal_transcript_init(&t, "generator");
    weal_transcript_frame(&t, "name", name, strlen(name));
    weal_transcript_frame_u32(&t, "index", index);
    weal_transcript_final(&t, wide);
    crypto_core_ristretto255_from_hash(out, wide);
}

void weal_scope_base(uint8_t out[32], struct weal_bytes chain, uint8_t shape,
                     struct weal_bytes scope) {
    struct weal_transcript t;
    uint8_t wide[64];
    weal_transcript_init(&t, "scope-base");
    weal_transcript_frame(&t, "chain", chain.p, chain.n);
    weal_transcript_frame(&t, "shape", &shape, 1);
    weal_transcript_frame(&t, "scope", scope.p, scope.n);
    weal_transcript_final(&t, wide);
    crypto_core_ristretto255_from_hash(out, wide);
}
