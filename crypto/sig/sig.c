/* SPDX-License-Identifier: ISC */
/* BIP340 over libsecp256k1. One context for the process, made on first use and never changed: it
 * is not randomised, because cores take randomness as arguments; signing stays constant time. */
#include "crypto/sig/sig.h"

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>
#include <sodium.h>

#include "crypto/base/bug.h"
#include "crypto/sig/many_int.h"

/* The library's static context verifies and parses; making keys and signatures needs a created one.
 */
static const secp256k1_context *context(void) {
    static const secp256k1_context *made;
    const secp256k1_context *c = __atomic_load_n(&made, __ATOMIC_ACQUIRE);
    if (c) return c;
    secp256k1_context *fresh = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    const secp256k1_context *none = NULL;
    if (__atomic_compare_exchange_n(&made, &none, fresh, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        return fresh;
    }
    secp256k1_context_destroy(fresh);
    return none;
}

bool weal_sig_public(uint8_t pub[32], const uint8_t secret[32]) {
    secp256k1_keypair pair;
    secp256k1_xonly_pubkey x;
    bool ok = secp256k1_keypair_create(context(), &pair, secret) == 1 &&
              secp256k1_keypair_xonly_pub(context(), &x, NULL, &pair) == 1 &&
              secp256k1_xonly_pubkey_serialize(context(), pub, &x) == 1;
    sodium_memzero(&pair, sizeof pair);
    return ok;
}

bool weal_sig_sign(uint8_t sig[64], const uint8_t digest[32], const uint8_t secret[32]) {
    static const uint8_t zeros[32] = {0};
    secp256k1_keypair pair;
    bool ok = secp256k1_keypair_create(context(), &pair, secret) == 1 &&
              secp256k1_schnorrsig_sign32(context(), sig, digest, &pair, zeros) == 1;
    sodium_memzero(&pair, sizeof pair);
    return ok;
}

bool weal_sig_verify_var(const uint8_t sig[64], const uint8_t digest[32], const uint8_t pub[32]) {
    secp256k1_xonly_pubkey x;
    return secp256k1_xonly_pubkey_parse(secp256k1_context_static, &x, pub) == 1 &&
           secp256k1_schnorrsig_verify(secp256k1_context_static, sig, digest, 32, &x) == 1;
}

bool sig_base_mul(uint8_t xy[64], const uint8_t k[32]) {
    secp256k1_keypair pair;
    secp256k1_pubkey point;
    uint8_t bytes[65];
    size_t n = sizeof bytes;
    if (secp256k1_keypair_create(context(), &pair, k) != 1 ||
        secp256k1_keypair_pub(context(), &point, &pair) != 1 ||
        secp256k1_ec_pubkey_serialize(context(), bytes, &n, &point, SECP256K1_EC_UNCOMPRESSED) !=
            1) {
        return false;
    }
    memcpy(xy, bytes + 1, 64);
    return true;
}

void sig_tag_begin(crypto_hash_sha256_state *st, const char *tag) {
    uint8_t t[32];
    crypto_hash_sha256(t, (const uint8_t *)tag, strlen(tag));
    crypto_hash_sha256_init(st);
    crypto_hash_sha256_update(st, t, sizeof t);
    crypto_hash_sha256_update(st, t, sizeof t);
}

void weal_sig_digest(uint8_t out[32], const char *tag, const struct weal_bytes *parts,
                     size_t count) {
    crypto_hash_sha256_state st;
    sig_tag_begin(&st, tag);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].n != 0) crypto_hash_sha256_update(&st, parts[i].p, parts[i].n);
    }
    crypto_hash_sha256_final(&st, out);
}
