/* SPDX-License-Identifier: ISC */
/* The genesis file: JSON for people, canonical bytes for the chain. Form, with everything but
 * validators and attestors optional:
 *
 *   { "name": "devnet", "prefix": "dweal", "preset": "main" | "devnet",
 *     "version": 1, "time_ms": "1767225600000", "lineage": "<64 hex>",
 *     "params": { "<name in consensus/params.def>": 30000, ... },
 *     "validators": [ { "account": "<hex>", "seat": "<hex>", "bond_micro": "1000000000",
 *                       "lapse": "36000000" } ],
 *     "grants": [ { "account": "<hex>", "micro": "5000000000" } ],
 *     "attestors": { "t": 2, "voprf": "<hex>",
 *                    "list": [ { "name": "...", "key": "<hex>", "share": "<hex>" } ] },
 *     "pilot": "<hex>",
 *     "modules": [ { "name": "...", "category": "health", "key": "<hex>", "epoch_max": 100000 } ],
 *     "upgrades": [ { "height": "1000000", "version": 2 } ] }
 *
 * Integers may be numbers or decimal strings. Unknown members are refused, so that a misspelt one
 * is not silently the default. Validators and grants may stand in any order. Heap memory. */
#ifndef WEAL_NODE_GENESIS_GENESIS_JSON_H
#define WEAL_NODE_GENESIS_GENESIS_JSON_H

#include "consensus/genesis.h"
#include "crypto/base/err.h"

struct weal_genesis_text {
    uint8_t *bytes; /* canonical; free() */
    size_t n;
    uint8_t chain_id[32];
    char why[256]; /* on an error: what is wrong and where */
};

/* INVALID with a sentence in why; NO_MEMORY. On success the genesis passed weal_genesis_check. */
WEAL_MUST_USE enum weal_err weal_genesis_from_json(struct weal_genesis_text *out, const char *text,
                                                   size_t n);
/* The same from a file. IO when it cannot be read. */
WEAL_MUST_USE enum weal_err weal_genesis_from_file(struct weal_genesis_text *out, const char *path);

/* Canonical bytes back to the JSON form, all parameters written out; free(). NULL when the bytes
 * are no genesis or memory is out. */
char *weal_genesis_to_json(struct weal_bytes bytes);

#endif
