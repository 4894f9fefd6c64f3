/* SPDX-License-Identifier: ISC */
/* Every secret of a wallet follows from its 32-byte seed:
 *
 *   wide(purpose, index, try) = BLAKE2b-512, key = seed,
 *                               over "weal/derive/1" || 0 || purpose || 0 || index u64 || try u8
 *
 * in little-endian, where try counts from 0 until the result can be used (it nearly always can):
 *
 *   "account"  index          the first 32 bytes, a secp256k1 secret
 *   "human"    rotation       64 bytes reduced to a ristretto255 scalar
 *   "note"     epoch * 256+n  likewise: the secret t of an activity note
 *   "income"   epoch * 256+k  as account: where the income of the epoch goes, k-th try
 *   "safe"     0              the first 32 bytes: seals the agent's records (wallet/safe.h)
 *   "egress"   0              likewise: the list of what was said to others (wallet/egress.h)
 *
 * Secrets are wiped by whoever holds them. Time depends on the seed only by retries, whose chance
 * is under 2^-127. */
#ifndef WEAL_WALLET_KEYS_H
#define WEAL_WALLET_KEYS_H

#include "crypto/base/bytes.h"

/* secret and its x-only public key; public may be NULL. */
void weal_keys_account(uint8_t secret[32], uint8_t public_key[32], const uint8_t seed[32],
                       uint64_t index);
void weal_keys_human(uint8_t x[32], const uint8_t seed[32], uint64_t rotation);
void weal_keys_note(uint8_t t[32], const uint8_t seed[32], uint32_t epoch, uint8_t n);
/* Where the income of an epoch is paid to: fresh, since an epoch is claimed once, and found again
 * from the seed alone. attempt counts destinations that others had made before. */
void weal_keys_income(uint8_t secret[32], uint8_t public_key[32], const uint8_t seed[32],
                      uint32_t epoch, uint8_t attempt);
void weal_keys_egress(uint8_t key[32], const uint8_t seed[32]);
void weal_keys_safe(uint8_t key[32], const uint8_t seed[32]);

#endif
