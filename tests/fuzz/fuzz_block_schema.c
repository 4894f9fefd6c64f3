/* SPDX-License-Identifier: ISC */
/* The law of the schema for every record of consensus/block.schema: what decodes encodes back to
 * the same bytes, and its JSON is written without a failure of the codec. First byte: which record.
 */
#include "consensus/gen/block_gen.h"
#include "crypto/base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static uint8_t out[WEAL_BFT_MESSAGE_SIZE_MAX];
    if (n < 1) return 0;
    struct weal_wr scratch = weal_wr(out, sizeof out);
    struct weal_bytes b = weal_bytes(data + 1, n - 1);
    WEAL_ASSERT(weal_block_roundtrip(data[0] % WEAL_BLOCK_RECORDS, b, &scratch) != -1);
    if (data[0] % WEAL_BLOCK_RECORDS == 0) {
        struct weal_header h;
        struct weal_rd r = weal_rd(b);
        weal_header_get(&r, &h);
        scratch = weal_wr(out, sizeof out);
        if (weal_rd_done(&r)) weal_header_json(&scratch, &h);
        WEAL_ASSERT(!scratch.failed);
    }
    return 0;
}
