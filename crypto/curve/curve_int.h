/* SPDX-License-Identifier: ISC */
/* Private to crypto/curve and crypto/msm: which back ends this build has, and their entries. */
#ifndef WEAL_CRYPTO_CURVE_CURVE_INT_H
#define WEAL_CRYPTO_CURVE_CURVE_INT_H

#include "crypto/curve/curve.h"

#if defined(__x86_64__)
#define WEAL_CURVE_X86 1
#else
#define WEAL_CURVE_X86 0
#endif

/* Fills out[i] for every i whose status[i] is OK on entry (in[i] is then below p and even), and
 * turns status[i] to BAD where there is no such element; other out[i] are undefined. */
void weal_decode_u64(struct weal_point96 *out, uint8_t *status, const uint8_t *const *in, size_t n);
void weal_decode_avx2(struct weal_point96 *out, uint8_t *status, const uint8_t *const *in,
                      size_t n);
void weal_decode_ifma(struct weal_point96 *out, uint8_t *status, const uint8_t *const *in,
                      size_t n);

#endif
