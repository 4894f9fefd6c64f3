/* SPDX-License-Identifier: ISC */
#include "wallet/receipt.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "consensus/light/roots.h"
#include "wallet/service/serve.h"

enum { LINKS_MAX = 64, LEAVES_MAX = 1 << 20 };

static bool no(struct weal_trust *t, const char *sentence) {
    snprintf(t->name, sizeof t->name, "receipt-form");
    snprintf(t->sentence, sizeof t->sentence, "%s", sentence);
    return false;
}

static json_t *hex(const uint8_t *p, size_t n) {
    char *text = malloc(2 * n + 1);
    if (!text) return NULL;
    sodium_bin2hex(text, 2 * n + 1, p, n);
    json_t *o = json_string(text);
    free(text);
    return o;
}

static bool header_read(const json_t *text, struct weal_header *h, uint8_t id[32]) {
    uint8_t bytes[WEAL_HEADER_SIZE_MAX];
    size_t n = weal_wallet_hex(text, bytes, sizeof bytes);
    struct weal_rd rd = weal_rd(weal_bytes(bytes, n));
    weal_header_get(&rd, h);
    weal_header_id(id, weal_bytes(bytes, n));
    return weal_rd_done(&rd);
}

/* The item of the receipt list: the id, then the code's name. */
static struct weal_bytes item_of(uint8_t out[96], const uint8_t id[32], const char *code) {
    struct weal_wr w = weal_wr(out, 96);
    weal_wr_copy(&w, id, 32);
    weal_wr_text(&w, *code ? code : weal_verdict_name(WEAL_ACCEPT));
    return weal_wr_done(&w);
}

/* ---- making ---- */

static enum weal_trust_result node_fail(struct weal_trust *t, const char *sentence) {
    snprintf(t->name, sizeof t->name, "wallet-node");
    snprintf(t->sentence, sizeof t->sentence, "%s", sentence);
    return WEAL_TRUST_NODE;
}

/* Transaction, code, index, count and path, from the block's list. */
static bool list_take(json_t *doc, const json_t *list, const uint8_t id[32]) {
    size_t n = json_array_size(list), at = SIZE_MAX;
    uint8_t(*leaves)[32] = calloc(n + 1, sizeof *leaves), path[WEAL_ROOTS_PATH_MAX][32], item[96];
    json_t *hashes = json_array();
    if (!leaves || n > LEAVES_MAX) {
        free(leaves);
        json_decref(hashes);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        const char *code = json_string_value(json_object_get(o, "code"));
        uint8_t its[32] = {0};
        (void)weal_wallet_hex(json_object_get(o, "id"), its, 32);
        weal_roots_leaf(leaves[i], item_of(item, its, code && strlen(code) < 60 ? code : ""));
        if (memcmp(its, id, 32) != 0) continue;
        at = i;
        json_object_set(doc, "tx", json_object_get(o, "bytes"));
        json_object_set_new(doc, "code", json_string(code && *code ? code : "accept"));
    }
    if (at != SIZE_MAX) {
        unsigned k = weal_roots_path(path, leaves, (uint32_t)n, (uint32_t)at);
        for (unsigned i = 0; i < k; i++) json_array_append_new(hashes, hex(path[i], 32));
        json_object_set_new(doc, "index", json_integer((json_int_t)at));
        json_object_set_new(doc, "count", json_integer((json_int_t)n));
    }
    json_object_set_new(doc, "path", hashes);
    free(leaves);
    return at != SIZE_MAX;
}

/* Headers after the block's, up to the first that has a certificate, and that. */
static bool links_take(json_t *doc, struct weal_trust *t, json_t *block, uint64_t height) {
    json_t *links = json_array(), *at = json_incref(block);
    bool ok = true;
    for (uint64_t h = height + 1; ok && !json_string_value(json_object_get(at, "certificate"));
         h++) {
        json_decref(at);
        at = NULL;
        ok = h - height < LINKS_MAX &&
             weal_wallet_rpc_call(t->rpc, "chain.header",
                                  json_pack("{s:I}", "height", (json_int_t)h), &at) == WEAL_OK;
        if (ok) json_array_append(links, json_object_get(at, "header"));
    }
    if (ok) json_object_set(doc, "certificate", json_object_get(at, "certificate"));
    json_object_set_new(doc, "links", links);
    json_decref(at);
    return ok;
}

enum weal_trust_result weal_receipt_make(struct weal_trust *t, uint64_t height,
                                         const uint8_t id[32], json_t **out) {
    char code[64];
    json_t *block;
    *out = NULL;
    enum weal_trust_result r = weal_trust_receipt(t, height, id, code);
    if (r != WEAL_TRUST_OK) return r;
    if (weal_wallet_rpc_call(t->rpc, "chain.block",
                             json_pack("{s:I}", "height", (json_int_t)height), &block) != WEAL_OK) {
        return node_fail(t, "the node does not answer");
    }
    json_t *doc = json_pack("{s:i, s:o, s:I}", "weal_receipt", 1, "chain", hex(t->chain.id, 32),
                            "height", (json_int_t)height);
    json_object_set(doc, "header", json_object_get(block, "header"));
    bool ok = list_take(doc, json_object_get(block, "transactions"), id) &&
              links_take(doc, t, block, height);
    json_decref(block);
    static struct weal_receipt_doc check;
    if (ok && weal_receipt_read(t, doc, &check)) {
        *out = doc;
        return WEAL_TRUST_OK;
    }
    json_decref(doc);
    return node_fail(t, "the node gave no whole block for the receipt");
}

/* ---- checking ---- */

static bool path_check(const json_t *doc, const struct weal_header *h, const uint8_t id[32],
                       const char *code) {
    const json_t *path = json_object_get(doc, "path"), *x;
    uint8_t hashes[WEAL_ROOTS_PATH_MAX][32], item[96];
    json_int_t index = json_integer_value(json_object_get(doc, "index"));
    json_int_t count = json_integer_value(json_object_get(doc, "count"));
    size_t i, n = json_array_size(path);
    if (n > WEAL_ROOTS_PATH_MAX || index < 0 || count < 1 || count > UINT32_MAX || index >= count)
        return false;
    json_array_foreach(path, i, x) {
        if (weal_wallet_hex(x, hashes[i], 32) != 32) return false;
    }
    return weal_roots_check(h->receipt_root, (uint32_t)count, (uint32_t)index,
                            item_of(item, id, code), (const uint8_t(*)[32])hashes, (unsigned)n);
}

bool weal_receipt_read(struct weal_trust *t, const json_t *doc, struct weal_receipt_doc *out) {
    struct weal_header h, next;
    uint8_t id[32], at[32];
    const char *code = json_string_value(json_object_get(doc, "code"));
    const json_t *links = json_object_get(doc, "links"), *x;
    size_t i, n = weal_wallet_hex(json_object_get(doc, "tx"), out->bytes, sizeof out->bytes);
    if (json_integer_value(json_object_get(doc, "weal_receipt")) != 1)
        return no(t, "this is no receipt of form 1");
    if (weal_wallet_hex(json_object_get(doc, "chain"), out->chain, 32) != 32 ||
        !header_read(json_object_get(doc, "header"), &h, at) || !code || strlen(code) > 60 ||
        n == 0 || !weal_tx_decode(&out->tx, weal_bytes(out->bytes, n)))
        return no(t, "a part of the receipt is missing or broken");
    weal_tx_id(id, weal_bytes(out->bytes, n));
    if (!path_check(doc, &h, id, code))
        return no(t, "the transaction and its code do not lead to the block's receipt root");
    if (json_array_size(links) >= LINKS_MAX) return no(t, "too many headers");
    json_array_foreach(links, i, x) {
        if (!header_read(x, &next, id) || memcmp(next.parent, at, 32) != 0 || next.term != h.term)
            return no(t, "the headers do not link");
        memcpy(at, id, 32);
    }
    weal_tx_id(out->id, weal_bytes(out->bytes, n));
    out->height = h.height;
    out->time_ms = h.time_ms;
    out->term = h.term;
    snprintf(out->code, sizeof out->code, "%s", code);
    return true;
}

enum weal_verdict weal_receipt_final(const json_t *doc, struct weal_light *l) {
    const json_t *links = json_object_get(doc, "links");
    size_t many = json_array_size(links);
    uint8_t header[WEAL_HEADER_SIZE_MAX], cert[WEAL_CERTIFICATE_SIZE_MAX];
    struct weal_certificate c;
    const json_t *last = many ? json_array_get(links, many - 1) : json_object_get(doc, "header");
    size_t n = weal_wallet_hex(last, header, sizeof header);
    size_t cert_n = weal_wallet_hex(json_object_get(doc, "certificate"), cert, sizeof cert);
    struct weal_rd rd = weal_rd(weal_bytes(cert, cert_n));
    weal_certificate_get(&rd, &c);
    if (!weal_rd_done(&rd)) return WEAL_V_ENCODING;
    return weal_light_header_var(l, weal_bytes(header, n), &c, NULL);
}
