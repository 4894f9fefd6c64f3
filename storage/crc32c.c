/* SPDX-License-Identifier: ISC */
/* By the SSE4.2 instruction where there is one, by a table of 16 entries else: short code for the
 * few machines without. */
#include "storage/crc32c.h"

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

uint32_t weal_crc32c_portable(uint32_t crc, struct weal_bytes b) {
    static const uint32_t nibble[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    crc = ~crc;
    for (size_t i = 0; i < b.n; i++) {
        crc ^= b.p[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return ~crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, struct weal_bytes b) {
    uint64_t c = ~crc;
    size_t i = 0;
    for (; b.n - i >= 8; i += 8) c = _mm_crc32_u64(c, weal_le64(b.p + i));
    for (; i < b.n; i++) c = _mm_crc32_u8((uint32_t)c, b.p[i]);
    return ~(uint32_t)c;
}
#endif

uint32_t weal_crc32c(uint32_t crc, struct weal_bytes b) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(crc, b);
#endif
    return weal_crc32c_portable(crc, b);
}
