/* SPDX-License-Identifier: ISC */
/* Any bytes as a transaction on arrival, against a chain with people, notes and seats: a verdict,
 * never a crash; and what is accepted on arrival executes in the next block. The chain is made from
 * one seed, so the corpus holds transactions whose signatures and proofs are good on it. */
#include <stdlib.h>

#include "tests/support/chain_seeds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static struct chain *c;
    static struct chain_tx t;
    struct weal_tx_info info;
    if (!c) c = chain_of_seeds();
    if (n > sizeof t.b) n = sizeof t.b;
    if (n != 0) memcpy(t.b, data, n);
    t.n = n;
    if (chain_try(c, &t, &info) != WEAL_ACCEPT) return 0;
    /* in a block, on a draft that is thrown away */
    struct chain_tx *one[1] = {&t};
    uint8_t body[WEAL_TX_SIZE_MAX + 4];
    struct weal_header h;
    uint64_t seed = c->seed;
    chain_header(c, &h, 1);
    size_t body_n = chain_body(body, sizeof body, one, 1);
    enum weal_verdict v = chain_execute(c, &h, weal_bytes(body, body_n));
    c->seed = seed;
    bool ahead = info.nonce > info.account_nonce + 1;
    WEAL_ASSERT(v == WEAL_V_BLOCK_TX_ROOT || (ahead && v == WEAL_V_TX_NONCE_GAP));
    return 0;
}
