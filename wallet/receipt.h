/* SPDX-License-Identifier: ISC */
/* A payment's receipt as a document of its own: the transaction, its code, the path to the receipt
 * root of its block, that block's header, and the certificate that makes it final (of the block or
 * of a descendant, with the headers between). Whoever knows the validators of that term can check
 * it, years later and without a node that still has the block.
 *
 * JSON: {"weal_receipt": 1, "chain", "height", "header", "links": [headers], "certificate", "tx",
 * "code", "index", "count", "path": [hashes]}; bytes as hex. */
#ifndef WEAL_WALLET_RECEIPT_H
#define WEAL_WALLET_RECEIPT_H

#include "wallet/trust.h"

struct weal_receipt_doc {
    uint8_t chain[32], id[32];
    uint64_t height, time_ms;
    uint32_t term;
    char code[64];
    struct weal_tx tx;   /* views bytes */
    uint8_t bytes[4096]; /* of the transaction */
};

/* Makes the document of a transaction in the final block of this height, checking everything on the
 * way; *out is a new reference. */
enum weal_trust_result weal_receipt_make(struct weal_trust *t, uint64_t height,
                                         const uint8_t id[32], json_t **out);

/* Reads a document and checks all but its finality: form, links, path, transaction. False: name and
 * sentence in t->name and t->sentence say why. */
bool weal_receipt_read(struct weal_trust *t, const json_t *doc, struct weal_receipt_doc *out);
/* That it is final: l is a light client of the document's term, at or before it. */
enum weal_verdict weal_receipt_final(const json_t *doc, struct weal_light *l);

#endif
