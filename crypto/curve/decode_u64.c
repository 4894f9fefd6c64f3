/* SPDX-License-Identifier: ISC */
/* Decoding, portable back end. */
#include "crypto/curve/curve_int.h"

#include "crypto/curve/fe_u64.h"

#include "crypto/curve/decode.h"

void weal_decode_u64(struct weal_point96 *out, uint8_t *status, const uint8_t *const *in,
                     size_t n) {
    decode_all(out, status, in, n);
}
