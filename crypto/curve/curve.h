/* SPDX-License-Identifier: ISC */
/* The group ristretto255 (RFC 9496) for public data: what verifiers compute with. Everything here
 * runs in VARIABLE TIME, which the suffix _var repeats at each place of use; provers, who hold
 * secrets, use libsodium and never this folder.
 *
 * One contract, three back ends: portable 64-bit, AVX2 (four lanes) and AVX-512 IFMA (eight lanes).
 * The fastest one that the processor has is chosen at the first call; results are the same byte for
 * byte, so nothing that is agreed upon depends on the processor.
 *
 * Pure; any thread; no heap. Pointers are borrowed for the call. Inputs and outputs need no
 * alignment beyond that of their C type; 32- and 96-byte forms need none.
 *
 * Read next: lanes.h (point formulas), fe_u64.h (the field), README.md (bounds and figures). */
#ifndef WEAL_CRYPTO_CURVE_CURVE_H
#define WEAL_CRYPTO_CURVE_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/base/bug.h"

/* ---- back ends ---- */

enum weal_curve_level {
    WEAL_CURVE_U64 = 0,  /* any machine with a 64 x 64 -> 128 bit product */
    WEAL_CURVE_AVX2 = 1, /* four lanes, limbs of 25.5 bits */
    WEAL_CURVE_IFMA = 2, /* eight lanes, limbs of 51 bits, 52-bit multiply-add */
    WEAL_CURVE_LEVELS
};

/* The level in use: the highest the processor and this build support, unless one was forced. */
enum weal_curve_level weal_curve_level(void);
/* For tests and benches: use this level from now on, in all threads. False, and nothing changes,
 * when processor or build lack it. Not to be called while another thread computes. */
bool weal_curve_level_force(enum weal_curve_level level);
/* "u64", "avx2", "ifma"; static string, for any value. */
const char *weal_curve_level_name(enum weal_curve_level level);

/* ---- points ---- */

/* An element of the field 2^255 - 19: the sum of l[i] 2^(51 i). Limb bounds: fe_u64.h. */
struct weal_fe {
    uint64_t l[5];
};

/* A point in extended twisted Edwards coordinates (Hisil, Wong, Carter, Dawson 2008):
 * x = X/Z, y = Y/Z, T = XY/Z, on -x^2 + y^2 = 1 + d x^2 y^2. Limbs carried (< 2^51 + 2^18).
 * It stands for the ristretto element of its coset by E[4]: compare by weal_point_equal_var only.
 */
struct weal_point {
    struct weal_fe x, y, z, t;
};

/* The decompressed form: y + x, y - x, 2dxy, each the canonical 32 little-endian bytes, in this
 * order. It is affine (Z = 1), costs no multiplication to read, and is what the ledger keeps beside
 * a ring key. The multiplication (crypto/msm) reads it in place. Bytes that are not the
 * decompressed form of a point give a meaningless sum and nothing worse: any 96 bytes are safe to
 * read, bit 255 of each coordinate is ignored. One element has four such forms;
 * weal_points_decode_var writes the one whose (x, y) RFC 9496 DECODE gives, so the form is a
 * function of the encoding. */
enum { WEAL_POINT96_BYTES = 96 };
struct weal_point96 {
    uint8_t b[96];
};

enum weal_point_status {
    WEAL_POINT_OK = 0,
    WEAL_POINT_IDENTITY = 1, /* 32 zero bytes: decodes, but the protocol refuses it on the wire */
    WEAL_POINT_BAD = 2       /* not an encoding: bit 255, >= p, odd, or no point of the group */
};

/* RFC 9496 section 4.3.1 for n encodings: in[i] are 32 bytes. out[i] and status[i] are filled for
 * every i; out[i] is the identity's form unless status[i] is WEAL_POINT_OK. Returns true when all
 * are WEAL_POINT_OK. Cheapest in multiples of 16. n may be 0. */
bool weal_points_decode_var(struct weal_point96 *out, uint8_t *status, const uint8_t *const *in,
                            size_t n);

/* RFC 9496 section 4.3.2: the 32-byte encoding of p's element. */
void weal_point_encode_var(uint8_t out[32], const struct weal_point *p);
/* The same for a decompressed form. */
void weal_point96_encode_var(uint8_t out[32], const struct weal_point96 *p);

/* RFC 9496 section 4.3.3: same element, X1 Y2 = Y1 X2 or Y1 Y2 = X1 X2. */
bool weal_point_equal_var(const struct weal_point *a, const struct weal_point *b);
/* The coset of the identity: X = 0 or Y = 0 (not: X = 0 and Y = Z). */
bool weal_point_is_identity_var(const struct weal_point *p);

void weal_point_identity(struct weal_point *out);
void weal_point96_identity(struct weal_point96 *out);
void weal_point_from96(struct weal_point *out, const struct weal_point96 *p);
/* Extended to decompressed, n at a time with one inversion (Montgomery's trick). scratch: n field
 * elements. No p[i].z may be 0 mod p, which holds for every point computed here. */
void weal_points_to96_var(struct weal_point96 *out, const struct weal_point *p, size_t n,
                          struct weal_fe *scratch);

/* Complete formulas; out may be an input. */
void weal_point_add(struct weal_point *out, const struct weal_point *a, const struct weal_point *b);
void weal_point_sub(struct weal_point *out, const struct weal_point *a, const struct weal_point *b);
void weal_point_double(struct weal_point *out, const struct weal_point *a);
void weal_point_neg(struct weal_point *out, const struct weal_point *a);
/* out = -p, as a decompressed form. */
void weal_point96_neg(struct weal_point96 *out, const struct weal_point96 *p);

/* The generator G of RFC 9496 section 4 (the Ed25519 base point). Static. */
const struct weal_point96 *weal_point96_base(void);

#endif
