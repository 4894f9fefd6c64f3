/* SPDX-License-Identifier: ISC */
/* Whole blocks, in ranges: the last of a range is final by its certificate, and the headers link
 * the others to it; the transactions of each lead to the receipt root of its header. */
#include <stdio.h>
#include <stdlib.h>

#include "consensus/light/roots.h"
#include "wallet/trust.h"

static enum weal_trust_result fail(struct weal_trust *t, enum weal_trust_result r, const char *name,
                                   const char *sentence) {
    snprintf(t->name, sizeof t->name, "%s", name);
    snprintf(t->sentence, sizeof t->sentence, "%s", sentence);
    return r;
}

/* One request a height. */
static char *request(uint64_t from, unsigned n) {
    size_t cap = 128 * (size_t)n + 16, at = 0;
    char *text = malloc(cap);
    if (!text) return NULL;
    text[at++] = '[';
    for (unsigned i = 0; i < n; i++) {
        int k = snprintf(text + at, cap - at,
                         "%s{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"chain.block\","
                         "\"params\":{\"height\":%llu}}",
                         i == 0 ? "" : ",", i, (unsigned long long)(from + i));
        at += (size_t)k;
    }
    text[at++] = ']';
    text[at] = 0;
    return text;
}

/* The transactions of a block, given to fn (unless it is NULL) after they were found to lead to the
 * receipt root. */
static enum weal_trust_result contents(struct weal_trust *t, const json_t *block,
                                       const struct weal_header *h, weal_trust_tx *fn, void *ctx) {
    static const uint8_t no_bytes[1];
    const json_t *list = json_object_get(block, "transactions");
    struct weal_roots roots;
    uint8_t root[32], *bytes = malloc(WEAL_TX_SIZE_MAX);
    enum weal_trust_result r = WEAL_TRUST_OK;
    if (!bytes) return fail(t, WEAL_TRUST_MEMORY, "no-memory", "the system gave no memory");
    weal_roots_init(&roots);
    for (int pass = 0; pass < 2 && r == WEAL_TRUST_OK; pass++) {
        for (size_t i = 0; i < json_array_size(list) && r == WEAL_TRUST_OK; i++) {
            const json_t *o = json_array_get(list, i);
            const char *code = json_string_value(json_object_get(o, "code"));
            /* both spellings lead to the same root: fn hears one */
            if (!code || strcmp(code, weal_verdict_name(WEAL_ACCEPT)) == 0) code = "";
            size_t n = weal_wallet_hex(json_object_get(o, "bytes"), bytes, WEAL_TX_SIZE_MAX);
            uint8_t item[32 + 64];
            struct weal_wr w = weal_wr(item, sizeof item);
            weal_tx_id(item, weal_bytes(n ? bytes : no_bytes, n));
            w.n = 32;
            weal_wr_text(&w, *code ? code : weal_verdict_name(WEAL_ACCEPT));
            if (pass == 0) weal_roots_add(&roots, weal_wr_done(&w));
            if (pass == 1 && fn) fn(ctx, h, item, weal_bytes(bytes, n), code);
        }
        if (pass == 1) break;
        weal_roots_final(&roots, root);
        if (memcmp(root, h->receipt_root, 32) != 0) {
            r = fail(t, WEAL_TRUST_LIE, "wallet-receipt-root",
                     "the block's transactions and codes do not lead to its receipt root");
        }
    }
    free(bytes);
    return r;
}

struct link {
    uint8_t id[32];
    struct weal_header head;
};

static bool link_read(struct link *x, const json_t *block, uint64_t height) {
    uint8_t bytes[WEAL_HEADER_SIZE_MAX];
    size_t n = weal_wallet_hex(json_object_get(block, "header"), bytes, sizeof bytes);
    struct weal_rd rd = weal_rd(weal_bytes(bytes, n));
    weal_header_get(&rd, &x->head);
    weal_header_id(x->id, weal_bytes(bytes, n));
    return weal_rd_done(&rd) && x->head.height == height;
}

static enum weal_trust_result range_check(struct weal_trust *t, const json_t *blocks, uint64_t from,
                                          unsigned n, weal_trust_tx *fn, void *ctx) {
    struct link *links = calloc(n, sizeof *links);
    enum weal_trust_result r = WEAL_TRUST_OK;
    if (!links) return fail(t, WEAL_TRUST_MEMORY, "no-memory", "the system gave no memory");
    for (unsigned i = 0; i < n && r == WEAL_TRUST_OK; i++) {
        const json_t *block = json_object_get(json_array_get(blocks, i), "result");
        if (!block)
            r = fail(t, WEAL_TRUST_NODE, "rpc-not-found", "the node has not all blocks");
        else if (!link_read(&links[i], block, from + i) ||
                 (i != 0 && memcmp(links[i].head.parent, links[i - 1].id, 32) != 0))
            r = fail(t, WEAL_TRUST_LIE, "wallet-links", "the headers do not link");
    }
    if (r == WEAL_TRUST_OK) r = weal_trust_header(t, from + n - 1);
    if (r == WEAL_TRUST_OK && memcmp(t->at.id, links[n - 1].id, 32) != 0) {
        r = fail(t, WEAL_TRUST_LIE, "wallet-links", "the headers do not lead to the final one");
    }
    for (unsigned i = 0; i < n && r == WEAL_TRUST_OK; i++) {
        r = contents(t, json_object_get(json_array_get(blocks, i), "result"), &links[i].head, fn,
                     ctx);
    }
    free(links);
    return r;
}

enum weal_trust_result weal_trust_blocks(struct weal_trust *t, uint64_t from, unsigned n,
                                         weal_trust_tx *fn, void *ctx) {
    char *text = request(from, n);
    json_t *answer = NULL;
    if (!text) return fail(t, WEAL_TRUST_MEMORY, "no-memory", "the system gave no memory");
    enum weal_err e = weal_wallet_rpc_post(t->rpc, text, &answer);
    free(text);
    enum weal_trust_result r =
        e != WEAL_OK || json_array_size(answer) != n
            ? fail(t, WEAL_TRUST_NODE, "wallet-node", "the node does not answer")
            : range_check(t, answer, from, n, fn, ctx);
    json_decref(answer);
    return r;
}
