/* SPDX-License-Identifier: ISC */
/* Records held against the state's root. Reading a record asks the database alone, whose pages have
 * no sums; a rotten one would be believed, and what is built on it be refused by everybody. The
 * tree was made from the leaves and compared with the committed root when the store was opened. */
#include "consensus/exec/ctx.h"
#include "crypto/tree/tree.h"

struct weal_bytes weal_exec_key(uint8_t out[WEAL_EXEC_KEY_MAX], enum weal_exec_record record,
                                uint32_t term) {
    struct weal_key k = weal_key(record == WEAL_EXEC_PARAMS  ? WEAL_T_PARAMS
                                 : record == WEAL_EXEC_CHAIN ? WEAL_T_CHAIN
                                                             : WEAL_T_TERM);
    if (record == WEAL_EXEC_TERM) weal_key_u32(&k, term);
    WEAL_ASSERT(k.n <= WEAL_EXEC_KEY_MAX);
    memcpy(out, k.b, k.n);
    return weal_bytes(out, k.n);
}

static enum weal_err prove(const struct weal_view *at, struct weal_bytes key,
                           uint8_t buf[WEAL_TREE_PROOF_MAX], struct weal_bytes *proof,
                           bool *present) {
    struct weal_wr w = weal_wr(buf, WEAL_TREE_PROOF_MAX);
    enum weal_err e = weal_view_prove(at, key, &w, present);
    if (e == WEAL_OK) *proof = weal_wr_done(&w);
    return e;
}

static bool proved(const struct weal_view *at, struct weal_bytes key, struct weal_bytes value,
                   struct weal_bytes proof) {
    return weal_tree_check_present(weal_state_root(at->state), key, value, proof) == WEAL_ACCEPT;
}

enum weal_err weal_exec_whole(const struct weal_view *at, struct weal_bytes key) {
    uint8_t buf[WEAL_TREE_PROOF_MAX];
    struct weal_bytes value, proof;
    bool present;
    enum weal_err e = prove(at, key, buf, &proof, &present);
    if (e != WEAL_OK) return e;
    e = weal_view_get(at, key, &value);
    if (e == WEAL_ERR_NOT_FOUND && !present) return e;
    if (e == WEAL_OK && present && proved(at, key, value, proof)) return WEAL_OK;
    return e == WEAL_OK || e == WEAL_ERR_NOT_FOUND ? WEAL_ERR_CORRUPT : e;
}

bool weal_exec_would_be(const struct weal_view *at, struct weal_bytes key,
                        struct weal_bytes value) {
    uint8_t buf[WEAL_TREE_PROOF_MAX];
    struct weal_bytes proof;
    bool present;
    return prove(at, key, buf, &proof, &present) == WEAL_OK && present &&
           proved(at, key, value, proof);
}

bool weal_exec_one_bit(const struct weal_view *at, struct weal_bytes key, uint8_t *value,
                       size_t n) {
    uint8_t buf[WEAL_TREE_PROOF_MAX];
    struct weal_bytes proof;
    bool present;
    if (prove(at, key, buf, &proof, &present) != WEAL_OK || !present) return false;
    for (size_t i = 0; i < 8 * n; i++) {
        uint8_t bit = (uint8_t)(1u << i % 8);
        value[i / 8] ^= bit;
        if (proved(at, key, weal_bytes(value, n), proof)) return true;
        value[i / 8] ^= bit;
    }
    return false;
}
