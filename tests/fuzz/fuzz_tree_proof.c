/* SPDX-License-Identifier: ISC */
/* State proofs from strangers: the first 32 bytes are a root, then a key (length byte first), then
 * the proof. Nothing may break, and what is accepted must be the one encoding of what it says: a
 * proof of presence and one of absence never both hold. */
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "crypto/tree/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct weal_rd r = weal_rd(weal_bytes(data, n));
    const uint8_t *root = weal_rd_take(&r, 32);
    struct weal_bytes key = weal_rd_view(&r, weal_rd_u8(&r));
    struct weal_bytes value = weal_rd_view(&r, weal_rd_u8(&r));
    if (r.failed) return 0;
    struct weal_bytes proof = weal_bytes(r.p, r.n);
    bool present = weal_tree_check_present(root, key, value, proof) == WEAL_ACCEPT;
    bool absent = weal_tree_check_absent(root, key, proof) == WEAL_ACCEPT;
    WEAL_ASSERT(!(present && absent));
    if (!(present || absent) || proof.n == 0) return 0;
    uint8_t *longer = malloc(proof.n + 1);
    memcpy(longer, proof.p, proof.n);
    longer[proof.n] = 0;
    WEAL_ASSERT(weal_tree_check_present(root, key, value, weal_bytes(longer, proof.n + 1)) ==
                WEAL_V_TREE_FORM);
    WEAL_ASSERT(weal_tree_check_absent(root, key, weal_bytes(longer, proof.n - 1)) != WEAL_ACCEPT);
    free(longer);
    return 0;
}
