/* SPDX-License-Identifier: ISC */
/* The fuzz law of every record of p2p/msg.schema: what decodes encodes to the same bytes, and its
 * JSON form never runs past its buffer. First byte: the record. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "p2p/gen/msg_gen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static uint8_t scratch[1 << 20];
    if (n == 0 || n > sizeof scratch) return 0;
    struct weal_wr w = weal_wr(scratch, sizeof scratch);
    int law = weal_msg_roundtrip(data[0] % WEAL_MSG_RECORDS, weal_bytes(data + 1, n - 1), &w);
    WEAL_ASSERT(law >= 0);
    static struct weal_p2p_hello hello;
    struct weal_rd r = weal_rd(weal_bytes(data + 1, n - 1));
    weal_p2p_hello_get(&r, &hello);
    if (weal_rd_done(&r)) {
        char json[2048];
        struct weal_wr j = weal_wr(json, sizeof json);
        weal_p2p_hello_json(&j, &hello);
        WEAL_ASSERT(!j.failed);
    }
    return 0;
}
