/* SPDX-License-Identifier: ISC */
/* Sealed records in a folder beside the wallet's file: what the personal agent remembers. Each
 * record is a file of its own, replaced as a whole (written beside, synced, renamed, folder
 * synced), so that a crash at any instant leaves the old record or the new one, and the others
 * untouched.
 *
 * A file is XChaCha20-Poly1305 under a key that follows from the wallet's seed, with the chain and
 * the file's name as what is authenticated beside it: no file can be moved to another's place.
 * Names are keyed hashes and lengths are rounded up to 4096 bytes, so who reads the folder learns
 * how many records there are and when they were written, nothing else. An old copy of a file put
 * back is not noticed here; what follows from old records is safe because the chain refuses a
 * second time.
 *
 * One process at a time (a lock in the folder), one thread an object. */
#ifndef WEAL_WALLET_SAFE_H
#define WEAL_WALLET_SAFE_H

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

enum { WEAL_SAFE_RECORD_MAX = 1 << 16 };

struct weal_safe {
    char *folder; /* owned */
    int lock;
    uint8_t key[32], chain[32];
};

/* Opens the folder, made if it is not there, and locks it. LOCKED: another process has it; IO;
 * NO_MEMORY. key comes from weal_keys_safe. */
WEAL_MUST_USE enum weal_err weal_safe_open(struct weal_safe *s, const char *folder,
                                           const uint8_t key[32], const uint8_t chain[32]);
/* Unlocks and wipes; an object of zeros is let be. */
void weal_safe_close(struct weal_safe *s);

/* Makes record what is kept under name. INVALID: longer than WEAL_SAFE_RECORD_MAX; IO, NO_SPACE,
 * NO_MEMORY: the old record is still there, or, when only the folder could not be synced (IO), the
 * new one. */
WEAL_MUST_USE enum weal_err weal_safe_put(const struct weal_safe *s, const char *name,
                                          struct weal_bytes record);
/* The record of this name into out (WEAL_SAFE_RECORD_MAX bytes). NOT_FOUND, IO, CORRUPT (altered,
 * or of another wallet). */
WEAL_MUST_USE enum weal_err weal_safe_get(const struct weal_safe *s, const char *name, uint8_t *out,
                                          size_t *n);
WEAL_MUST_USE enum weal_err weal_safe_remove(const struct weal_safe *s, const char *name);

/* Calls fn for every record, in no order; stops when it does not return OK. An altered file is
 * CORRUPT. Bytes are only valid during the call. */
typedef enum weal_err weal_safe_fn(void *ctx, struct weal_bytes record);
WEAL_MUST_USE enum weal_err weal_safe_each(const struct weal_safe *s, weal_safe_fn *fn, void *ctx);

#endif
