/* SPDX-License-Identifier: ISC */
/* Names and signing forms of transactions. */
#include "consensus/tx.h"

#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"

void weal_tx_id(uint8_t id[32], struct weal_bytes tx) {
    weal_hash256_one(id, WEAL_TAG_TX_ID, tx);
}

void weal_tx_signing_hash(uint8_t hash[32], const uint8_t chain_id[32], const struct weal_tx *tx) {
    uint8_t buf[WEAL_TX_SIZE_MAX];
    struct weal_wr w = weal_wr(buf, sizeof buf);
    weal_tx_put_signed(&w, tx);
    struct weal_bytes parts[2] = {{chain_id, 32}, weal_wr_done(&w)};
    weal_hash256(hash, WEAL_TAG_TX_SIGN, parts, 2);
}

bool weal_tx_decode(struct weal_tx *tx, struct weal_bytes bytes) {
    struct weal_rd r = weal_rd(bytes);
    weal_tx_get(&r, tx);
    return weal_rd_done(&r) && tx->version == WEAL_TX_VERSION;
}

size_t weal_role_message(uint8_t out[WEAL_ROLE_MESSAGE_MAX], const char *role,
                         const uint8_t hash[32]) {
    struct weal_wr w = weal_wr(out, WEAL_ROLE_MESSAGE_MAX);
    weal_wr_text(&w, role);
    weal_wr_copy(&w, hash, 32);
    WEAL_ASSERT(!w.failed);
    return w.n;
}

size_t weal_scope_text(uint8_t out[WEAL_SCOPE_TEXT_MAX], struct weal_scope s) {
    struct weal_wr w = weal_wr(out, WEAL_SCOPE_TEXT_MAX);
    switch (s.kind) {
    case WEAL_SCOPE_ACTIVITY:
        weal_wr_text(&w, "activity/");
        weal_wr_dec(&w, s.number);
        weal_wr_text(&w, "/");
        weal_wr_dec(&w, s.n);
        break;
    case WEAL_SCOPE_INCOME:
        weal_wr_text(&w, "income/");
        weal_wr_dec(&w, s.number);
        break;
    case WEAL_SCOPE_FACE_VALIDATOR:
        weal_wr_text(&w, "face/validator/");
        weal_wr_dec(&w, s.number);
        break;
    }
    return w.n;
}

size_t weal_scope_beacon(uint8_t out[WEAL_SCOPE_TEXT_MAX], uint32_t term, uint64_t view) {
    struct weal_wr w = weal_wr(out, WEAL_SCOPE_TEXT_MAX);
    weal_wr_text(&w, "beacon/");
    weal_wr_dec(&w, term);
    weal_wr_text(&w, "/");
    weal_wr_dec(&w, view);
    return w.n;
}

bool weal_jurisdiction_valid(struct weal_bytes path) {
    size_t part = 0;
    if (path.n < 2 || path.n > 24) return false;
    for (size_t i = 0; i < path.n; i++) {
        uint8_t c = path.p[i];
        if (c == '-') {
            if (part == 0) return false;
            part = 0;
            continue;
        }
        bool letter = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter || ++part > 8) return false;
    }
    return part != 0;
}

bool weal_jurisdiction_prefix(struct weal_bytes a, struct weal_bytes b) {
    if (a.n > b.n || memcmp(a.p, b.p, a.n) != 0) return false;
    return a.n == b.n || b.p[a.n] == '-';
}

void weal_pilot_leaf(uint8_t leaf[32], const uint8_t key[32]) {
    struct weal_bytes parts[2] = {WEAL_BYTES_LIT("leaf"), {key, 32}};
    weal_hash256(leaf, "weal/pilot", parts, 2);
}

void weal_pilot_node(uint8_t node[32], const uint8_t left[32], const uint8_t right[32]) {
    struct weal_bytes parts[3] = {WEAL_BYTES_LIT("node"), {left, 32}, {right, 32}};
    weal_hash256(node, "weal/pilot", parts, 3);
}
