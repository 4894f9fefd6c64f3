/* SPDX-License-Identifier: ISC */
/* What a wallet reads that others may have written: its own file, receipts, and the records of its
 * agent (after their seal). First byte: which. Nothing but a verdict comes of it, and records keep
 * the law put(get(x)) == x. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "wallet/gen/psa_gen.h"
#include "wallet/gen/purse_gen.h"
#include "wallet/receipt.h"
#include "wallet/vault.h"

static void receipt(struct weal_bytes b) {
    static struct weal_trust t;
    static struct weal_receipt_doc d;
    static struct weal_light l;
    json_t *doc = json_loadb((const char *)b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
    if (!doc) return;
    if (weal_receipt_read(&t, doc, &d)) {
        memset(&l, 0, sizeof l);
        l.term_blocks = 100;
        WEAL_ASSERT(weal_receipt_final(doc, &l) !=
                    WEAL_ACCEPT); /* nobody has signed for this set */
    }
    json_decref(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static uint8_t buf[1 << 17];
    struct weal_vault_file f;
    if (n < 2 || n > sizeof buf) return 0;
    struct weal_bytes b = weal_bytes(data + 1, n - 1);
    struct weal_wr w = weal_wr(buf, sizeof buf);
    switch (data[0] % 4) {
    case 0:
        if (weal_vault_parse(b, &f) == WEAL_OK)
            WEAL_ASSERT(f.ops >= 1 && f.memory <= UINT64_C(4) << 30);
        break;
    case 1:
        receipt(b);
        break;
    case 2:
        WEAL_ASSERT(
            weal_psa_roundtrip(b.p[0] % WEAL_PSA_RECORDS, weal_bytes(b.p + 1, b.n - 1), &w) >= 0);
        break;
    case 3:
        WEAL_ASSERT(weal_purse_roundtrip(b.p[0] % WEAL_PURSE_RECORDS, weal_bytes(b.p + 1, b.n - 1),
                                         &w) >= 0);
        break;
    }
    return 0;
}
