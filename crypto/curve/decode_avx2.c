/* SPDX-License-Identifier: ISC */
/* Decoding, avx2 back end: compiled with vector flags, entered only where the processor has them.
 */
#include "crypto/curve/curve_int.h"

#if defined(__x86_64__)
#include "crypto/curve/fe_avx2.h"

#include "crypto/curve/decode.h"

void weal_decode_avx2(struct weal_point96 *out, uint8_t *status, const uint8_t *const *in,
                      size_t n) {
    decode_all(out, status, in, n);
}
#endif
