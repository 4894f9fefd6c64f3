/* SPDX-License-Identifier: ISC */
/* BIP340 signatures of accounts, miners and validators. The only header whose implementation
 * includes secp256k1.h. Messages are 32-byte digests that already carry their domain. */
#ifndef WEAL_CRYPTO_SIG_SIG_H
#define WEAL_CRYPTO_SIG_SIG_H

#include "crypto/base/bytes.h"

enum { WEAL_SIG_SECRET = 32, WEAL_SIG_PUBLIC = 32, WEAL_SIG_BYTES = 64 };

/* Makes the x-only public key; false when the secret is 0 or not below the group order.
 * Constant time. */
bool weal_sig_public(uint8_t pub[32], const uint8_t secret[32]);

/* Signs deterministically (the auxiliary input is fixed to zeros: one digest, one signature, so a
 * repeated vote is the same bytes). False as above. Constant time. */
bool weal_sig_sign(uint8_t sig[64], const uint8_t digest[32], const uint8_t secret[32]);

/* True iff sig is pub's on digest. Variable time; about 28 us. Any thread. */
bool weal_sig_verify_var(const uint8_t sig[64], const uint8_t digest[32], const uint8_t pub[32]);

/* The same of n signatures: ok[i] is what weal_sig_verify_var says of item[i], and true is returned
 * iff all hold; none of n = 0 fails. In groups of 64 a good one costs a fifth where the processor
 * has AVX-512 IFMA; a group with a bad one costs a fifth more than one by one. Takes 150 KB of
 * stack. */
struct weal_sig_item {
    const uint8_t *sig, *digest, *pub; /* 64, 32, 32 bytes; borrowed */
};
bool weal_sig_verify_many_var(bool *ok, const struct weal_sig_item *item, size_t n);

/* BIP340 tagged hash of the parts: SHA256(SHA256(tag) || SHA256(tag) || parts). */
void weal_sig_digest(uint8_t out[32], const char *tag, const struct weal_bytes *parts,
                     size_t count);

#endif
