/* SPDX-License-Identifier: ISC */
/* CRC-32C (Castagnoli, RFC 3720 B.4): what tells a torn or rotten record from a whole one. Not a
 * defence against anybody: ids and roots are. */
#ifndef WEAL_STORAGE_CRC32C_H
#define WEAL_STORAGE_CRC32C_H

#include "crypto/base/bytes.h"

/* The sum of b after the bytes that gave crc; begin with 0. */
uint32_t weal_crc32c(uint32_t crc, struct weal_bytes b);
/* Without the processor's instruction, for tests. */
uint32_t weal_crc32c_portable(uint32_t crc, struct weal_bytes b);

#endif
