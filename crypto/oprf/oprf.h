/* SPDX-License-Identifier: ISC */
/* Verifiable oblivious pseudorandom function: RFC 9497, mode VOPRF, ristretto255-SHA512. A client
 * gets F(key, input) from a holder of the key who learns nothing about input, with a proof (DLEQ)
 * that the key is the published one. Value modules issue their visit tokens with it; attestors make
 * handles with the threshold form (threshold.h).
 *
 * Keys and blinds are secret scalars: above 0, below the order (weal_secret_reduce, ring.h). What
 * touches them goes to libsodium and is constant time in them; inputs may be secret too, only their
 * lengths show. Randomness is an argument. Pure; any thread. */
#ifndef WEAL_CRYPTO_OPRF_OPRF_H
#define WEAL_CRYPTO_OPRF_OPRF_H

#include "crypto/base/bug.h"
#include "crypto/base/bytes.h"
#include "crypto/base/verdict.h"

enum {
    WEAL_OPRF_INPUT_MAX = 65535, /* bytes, RFC 9497 section 1.2 */
    WEAL_OPRF_OUTPUT_BYTES = 64,
    WEAL_OPRF_PROOF_BYTES = 64, /* challenge c, response s */
    WEAL_OPRF_BATCH_MAX = 64    /* blinded elements under one proof */
};

/* Section 3.2.1. A key from 32 secret bytes and a public name of at most 65535 bytes; the same from
 * the same. LENGTH: info is too long; SCALAR: no key in 256 tries (cannot be met). */
WEAL_MUST_USE enum weal_verdict weal_oprf_key_derive(uint8_t key[32], uint8_t public_key[32],
                                                     const uint8_t seed[32],
                                                     struct weal_bytes info);

/* Section 3.3.2, client: blinded = blind * HashToGroup(input). blind is fresh and uniform, and is
 * kept for weal_oprf_finalize. LENGTH, SCALAR (blind), IDENTITY (input hashes to it). */
WEAL_MUST_USE enum weal_verdict weal_oprf_blind(uint8_t blinded[32], struct weal_bytes input,
                                                const uint8_t blind[32]);

/* Server: evaluated[i] = key * blinded[i], 1 <= n <= WEAL_OPRF_BATCH_MAX, and one proof for all.
 * nonce is a fresh uniform secret scalar, used once: two proofs with one nonce give the key away.
 * Refuses points that are not canonical, or the identity; then out and proof are zero. */
WEAL_MUST_USE enum weal_verdict weal_oprf_evaluate(uint8_t (*evaluated)[32], uint8_t proof[64],
                                                   const uint8_t (*blinded)[32], size_t n,
                                                   const uint8_t key[32],
                                                   const uint8_t public_key[32],
                                                   const uint8_t nonce[32]);

/* Client: do all answers come from the key behind public_key? Sees public data only.
 * LENGTH (n), IDENTITY, POINT, SCALAR, OPRF_PROOF. */
WEAL_MUST_USE enum weal_verdict weal_oprf_check(const uint8_t (*blinded)[32],
                                                const uint8_t (*evaluated)[32], size_t n,
                                                const uint8_t public_key[32],
                                                const uint8_t proof[64]);

/* Client, after weal_oprf_check: output = F(key, input). LENGTH, SCALAR, IDENTITY, POINT. */
WEAL_MUST_USE enum weal_verdict weal_oprf_finalize(uint8_t output[64], struct weal_bytes input,
                                                   const uint8_t blind[32],
                                                   const uint8_t evaluated[32]);

/* Section 3.3.1 Evaluate, holder of the key: the same output without a client, by which a token is
 * recognised when it is redeemed. Compare in constant time (sodium_memcmp). */
WEAL_MUST_USE enum weal_verdict weal_oprf_output(uint8_t output[64], struct weal_bytes input,
                                                 const uint8_t key[32]);

#endif
