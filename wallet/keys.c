/* SPDX-License-Identifier: ISC */
#include "wallet/keys.h"

#include <sodium.h>

#include "crypto/ring/ring.h"
#include "crypto/sig/sig.h"

static void wide(uint8_t out[64], const uint8_t seed[32], const char *purpose, uint64_t index,
                 uint8_t attempt) {
    uint8_t message[64];
    struct weal_wr w = weal_wr(message, sizeof message);
    weal_wr_text(&w, "weal/derive/1");
    weal_wr_u8(&w, 0);
    weal_wr_text(&w, purpose);
    weal_wr_u8(&w, 0);
    weal_wr_u64(&w, index);
    weal_wr_u8(&w, attempt);
    crypto_generichash_blake2b(out, 64, message, w.n, seed, 32);
}

static void signing(uint8_t secret[32], uint8_t *public_key, const uint8_t seed[32],
                    const char *purpose, uint64_t index) {
    uint8_t bytes[64], key[32];
    uint8_t attempt = 0;
    do {
        wide(bytes, seed, purpose, index, attempt++);
    } while (!weal_sig_public(key, bytes));
    memcpy(secret, bytes, 32);
    if (public_key) memcpy(public_key, key, 32);
    sodium_memzero(bytes, sizeof bytes);
}

void weal_keys_account(uint8_t secret[32], uint8_t public_key[32], const uint8_t seed[32],
                       uint64_t index) {
    signing(secret, public_key, seed, "account", index);
}

void weal_keys_income(uint8_t secret[32], uint8_t public_key[32], const uint8_t seed[32],
                      uint32_t epoch, uint8_t attempt) {
    signing(secret, public_key, seed, "income", (uint64_t)epoch * 256 + attempt);
}

static void symmetric(uint8_t key[32], const uint8_t seed[32], const char *purpose) {
    uint8_t bytes[64];
    wide(bytes, seed, purpose, 0, 0);
    memcpy(key, bytes, 32);
    sodium_memzero(bytes, sizeof bytes);
}

void weal_keys_safe(uint8_t key[32], const uint8_t seed[32]) {
    symmetric(key, seed, "safe");
}

void weal_keys_egress(uint8_t key[32], const uint8_t seed[32]) {
    symmetric(key, seed, "egress");
}

static void scalar(uint8_t x[32], const uint8_t seed[32], const char *purpose, uint64_t index) {
    uint8_t bytes[64];
    uint8_t attempt = 0;
    do {
        wide(bytes, seed, purpose, index, attempt++);
    } while (!weal_secret_reduce(x, bytes));
    sodium_memzero(bytes, sizeof bytes);
}

void weal_keys_human(uint8_t x[32], const uint8_t seed[32], uint64_t rotation) {
    scalar(x, seed, "human", rotation);
}

void weal_keys_note(uint8_t t[32], const uint8_t seed[32], uint32_t epoch, uint8_t n) {
    scalar(t, seed, "note", (uint64_t)epoch * 256 + n);
}
