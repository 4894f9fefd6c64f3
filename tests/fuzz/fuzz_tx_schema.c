/* SPDX-License-Identifier: ISC */
/* The law of codecs, put(get(x)) == x, for the schemas of the ledger: transactions, state records,
 * genesis. First byte: which schema; second: which record. */
#include <stdlib.h>

#include "consensus/gen/genesis_gen.h"
#include "consensus/gen/state_gen.h"
#include "consensus/gen/tx_gen.h"
#include "crypto/base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static uint8_t buf[1 << 17];
    if (n < 2 || n > sizeof buf) return 0;
    struct weal_bytes b = weal_bytes(data + 2, n - 2);
    struct weal_wr w = weal_wr(buf, sizeof buf);
    int law = 0;
    switch (data[0] % 3) {
    case 0:
        law = weal_tx_roundtrip(data[1] % WEAL_TX_RECORDS, b, &w);
        break;
    case 1:
        law = weal_state_roundtrip(data[1] % WEAL_STATE_RECORDS, b, &w);
        break;
    case 2:
        law = weal_genesis_roundtrip(data[1] % WEAL_GENESIS_RECORDS, b, &w);
        break;
    }
    WEAL_ASSERT(law >= 0);
    return 0;
}
