/* SPDX-License-Identifier: ISC */
/* The one draw function: leader tables, cohorts, panels and juries are all dealt by it, from the
 * beacon and a purpose string, so that nobody can choose a draw and everybody can repeat it.
 *
 *   u64 number k = first 8 bytes, little-endian, of
 *     hash64("draw", frame("beacon", beacon), frame("purpose", purpose), frame("counter", u64 k))
 *   below(n): the next numbers, skipping those not under floor(2^64 / n) * n, modulo n
 *   shuffle:  Fisher-Yates from the end: for i = n-1 .. 1 swap i with below(i + 1)
 *
 * hash64 is that of crypto/hash. One purpose string is used once per beacon; it names the draw and
 * what it is for ("leader/<term>", "cohort/<pool>/<window>"). Pure; any thread; variable time, as
 * all of it is public. */
#ifndef WEAL_CONSENSUS_DRAW_H
#define WEAL_CONSENSUS_DRAW_H

#include "crypto/hash/hash.h"

/* A stream of draws. Copyable; nothing to release. */
struct weal_draw {
    struct weal_transcript head; /* beacon and purpose hashed already */
    uint64_t counter;            /* number of the next u64 */
};

/* Starts at counter 0. purpose is at most 255 bytes, not empty. */
void weal_draw_init(struct weal_draw *d, const uint8_t beacon[32], struct weal_bytes purpose);

/* The next 64 bits. */
uint64_t weal_draw_u64_var(struct weal_draw *d);

/* Uniform in 0 .. bound-1; bound is at least 1 (1 consumes nothing). */
uint64_t weal_draw_below_var(struct weal_draw *d, uint64_t bound);

/* Shuffles count elements of size bytes each (size 1..256) in place. */
void weal_draw_shuffle_var(struct weal_draw *d, void *elements, size_t count, size_t size);

#endif
