/* SPDX-License-Identifier: ISC */
/* Batch verification (crypto/ring/SPEC.md, section 8): the equations of many proofs, each times a
 * fresh random weight, are one multi-scalar multiplication; shared generators, scope bases and ring
 * keys merge their scalars; the sum is the identity, or the batch is halved until the culprits are
 * alone and the equation that fails is named. A batch and a single check always agree.
 *
 * Adding checks form, hashes and keeps pointers: statement keys and points, tags and proof bytes
 * are BORROWED until the verification or the reset; chain, scope and message only for the call.
 * Proofs of one ring whose `points` are the same memory share it. Verifying decodes, multiplies and
 * sets a verdict per proof.
 *
 * Variable time, public data. Pure: memory is the caller's, bounded by its limits (under 8 MB for
 * 1024 ring proofs). One thread per batch; batches share nothing. */
#ifndef WEAL_CRYPTO_BATCH_BATCH_H
#define WEAL_CRYPTO_BATCH_BATCH_H

#include "crypto/ring/ring.h"

struct weal_batch_limits {
    uint32_t proofs_max; /* 1..65536, ring and linear together */
};

struct weal_batch;

size_t weal_batch_footprint(const struct weal_batch_limits *limits);
/* mem: 64-byte aligned or not; weal_batch_footprint bytes. */
struct weal_batch *weal_batch_init(void *mem, const struct weal_batch_limits *limits);
void weal_batch_reset(struct weal_batch *b); /* forgets the proofs, keeps cached scope bases */

/* Each appends one proof under the caller's item number (several proofs may have the same); a
 * verdict other than ACCEPT means it was refused and not appended. BATCH_FULL at the limit. */
WEAL_MUST_USE enum weal_verdict weal_batch_add_ring(struct weal_batch *b, uint32_t item,
                                                    const struct weal_ring_statement *s,
                                                    struct weal_bytes proof);
WEAL_MUST_USE enum weal_verdict weal_batch_add_linear(struct weal_batch *b, uint32_t item,
                                                      const struct weal_linear_statement *s,
                                                      struct weal_bytes proof);
/* Hash of (statement digest, proof) of the last proof appended: the key of caches of verified
 * proofs. */
void weal_batch_last_key(const struct weal_batch *b, uint8_t key[32]);
/* Takes the last proof back: it was verified before. */
void weal_batch_drop_last(struct weal_batch *b);

uint32_t weal_batch_count(const struct weal_batch *b);

/* Verifies everything appended; true when all hold. random: 32 bytes nobody could know when the
 * proofs were made. May be called once after each reset; results stay until the reset. */
bool weal_batch_verify(struct weal_batch *b, const uint8_t random[32]);
/* Of proof i < count: its item, its verdict, its cache key. */
uint32_t weal_batch_item(const struct weal_batch *b, uint32_t i);
enum weal_verdict weal_batch_result(const struct weal_batch *b, uint32_t i);
void weal_batch_key(const struct weal_batch *b, uint32_t i, uint8_t key[32]);

#endif
