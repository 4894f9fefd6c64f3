/* SPDX-License-Identifier: ISC */
/* The wallet's file: JSON that says which chain the wallet belongs to and what its first account
 * is, and the seed sealed under a password. Argon2id (crypto_pwhash) makes a key of the password,
 * XChaCha20-Poly1305 seals; everything that stands in the clear is authenticated with it, so that a
 * wallet cannot be moved to another chain or given another address unnoticed once it is opened.
 * Written whole, synced and renamed; an existing wallet is never overwritten. */
#ifndef WEAL_WALLET_VAULT_H
#define WEAL_WALLET_VAULT_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

enum {
    WEAL_VAULT_SEALED = 32 + 16, /* seed and its tag */
    WEAL_VAULT_PREFIX = 17       /* a chain's address prefix and a 0 */
};

struct weal_vault_file {
    uint8_t chain[32];
    char prefix[WEAL_VAULT_PREFIX];
    uint8_t account[32];  /* public key of account 0 */
    uint64_t ops, memory; /* of Argon2id; memory in bytes */
    uint8_t salt[16], nonce[24], sealed[WEAL_VAULT_SEALED];
};

/* What Argon2id costs; light is for tests. */
enum weal_vault_cost { WEAL_VAULT_NORMAL, WEAL_VAULT_LIGHT };

/* Seals; chain, prefix and account were set by the caller, the rest is filled here with fresh
 * randomness. NO_MEMORY when Argon2id gets none. */
WEAL_MUST_USE enum weal_err weal_vault_seal(struct weal_vault_file *f, const uint8_t seed[32],
                                            struct weal_bytes password, enum weal_vault_cost cost);
/* CRYPTO: the password is not the one, or the file was altered. */
WEAL_MUST_USE enum weal_err weal_vault_open(uint8_t seed[32], const struct weal_vault_file *f,
                                            struct weal_bytes password);

/* INVALID: a file is already there. */
WEAL_MUST_USE enum weal_err weal_vault_write(const char *path, const struct weal_vault_file *f);
/* Puts these bytes in the place of whatever lies at path: beside it, synced, renamed. IO, NO_SPACE,
 * NO_MEMORY; the old file stays then, or, when only its folder could not be synced (IO), the new.
 */
WEAL_MUST_USE enum weal_err weal_vault_replace(const char *path, struct weal_bytes bytes);
/* The file's text. CORRUPT (not a wallet's form), VERSION. */
WEAL_MUST_USE enum weal_err weal_vault_parse(struct weal_bytes text, struct weal_vault_file *f);
/* NOT_FOUND, IO, CORRUPT, VERSION. */
WEAL_MUST_USE enum weal_err weal_vault_read(const char *path, struct weal_vault_file *f);

#endif
