/* SPDX-License-Identifier: ISC */
/* Following finalized headers from a trusted checkpoint. */
#include "consensus/light/light.h"

#include "crypto/base/bug.h"
#include "crypto/tree/tree.h"

static void move_to(struct weal_light *l, const struct weal_header *h, const uint8_t id[32]) {
    l->height = h->height;
    l->time_ms = h->time_ms;
    memcpy(l->id, id, 32);
    memcpy(l->state_root, h->state_root, 32);
    memcpy(l->next_set_hash, h->next_set_hash, 32);
}

enum weal_verdict weal_light_init(struct weal_light *l, const uint8_t chain[32],
                                  uint64_t term_blocks, const struct weal_set *set,
                                  const struct weal_header *header, const uint8_t genesis_id[32],
                                  const uint8_t genesis_root[32]) {
    WEAL_ASSERT(term_blocks >= 1);
    memset(l, 0, sizeof *l);
    l->set = *set;
    enum weal_verdict why = weal_set_check(&l->set);
    if (why != WEAL_ACCEPT) return why;
    memcpy(l->chain, chain, 32);
    l->term_blocks = term_blocks;
    if (!header) {
        WEAL_ASSERT(genesis_id && genesis_root);
        memcpy(l->id, genesis_id, 32);
        memcpy(l->state_root, genesis_root, 32);
        return WEAL_ACCEPT;
    }
    uint8_t hash[32], encoded[WEAL_HEADER_SIZE_MAX], id[32];
    weal_set_hash(hash, &l->set);
    if (memcmp(hash, header->set_hash, 32) != 0) return WEAL_V_SET_HASH;
    if (memcmp(header->chain, chain, 32) != 0) return WEAL_V_LIGHT_CHAIN;
    struct weal_wr w = weal_wr(encoded, sizeof encoded);
    weal_header_put(&w, header);
    weal_header_id(id, weal_wr_done(&w));
    l->term = header->term;
    move_to(l, header, id);
    return WEAL_ACCEPT;
}

/* Last height of the term that height h lies in; 0 is the block before the first term. */
static uint64_t term_end(const struct weal_light *l, uint64_t h) {
    uint64_t terms = h / l->term_blocks + (h % l->term_blocks != 0);
    return terms > UINT64_MAX / l->term_blocks ? UINT64_MAX : terms * l->term_blocks;
}

enum weal_verdict weal_light_header_var(struct weal_light *l, struct weal_bytes encoded_header,
                                        const struct weal_certificate *finalization,
                                        struct weal_sig_cache *cache) {
    struct weal_header h;
    struct weal_rd r = weal_rd(encoded_header);
    weal_header_get(&r, &h);
    if (!weal_rd_done(&r)) return WEAL_V_ENCODING;
    if (memcmp(h.chain, l->chain, 32) != 0) return WEAL_V_LIGHT_CHAIN;
    if (h.term != l->term) return WEAL_V_LIGHT_TERM;
    /* at a boundary the set held is already spent until weal_light_next_term */
    bool fresh = l->height % l->term_blocks == 0;
    bool spent = fresh && !weal_is_zero32(l->next_set_hash);
    if (h.height <= l->height || spent || h.height > term_end(l, l->height + 1))
        return WEAL_V_LIGHT_HEIGHT;
    if (h.time_ms <= l->time_ms) return WEAL_V_LIGHT_TIME;
    uint8_t set_hash[32], id[32];
    weal_set_hash(set_hash, &l->set);
    if (memcmp(set_hash, h.set_hash, 32) != 0) return WEAL_V_SET_HASH;
    weal_header_id(id, encoded_header);
    /* header.view is at most the certificate's: a re-proposal finalizes an older block */
    if (finalization->kind != WEAL_VOTE_FINALIZE || memcmp(finalization->digest, id, 32) != 0 ||
        finalization->view < h.view)
        return WEAL_V_LIGHT_CERTIFICATE;
    const struct weal_cert_context c = {l->chain, l->term, &l->set, cache};
    enum weal_verdict why = weal_cert_verify_var(&c, finalization);
    if (why != WEAL_ACCEPT) return why;
    move_to(l, &h, id);
    return WEAL_ACCEPT;
}

enum weal_verdict weal_light_next_term(struct weal_light *l, const struct weal_set *next) {
    struct weal_set set = *next;
    uint8_t hash[32];
    if (l->height == 0 || l->height % l->term_blocks != 0 || weal_is_zero32(l->next_set_hash))
        return WEAL_V_LIGHT_NO_NEXT;
    enum weal_verdict why = weal_set_check(&set);
    if (why != WEAL_ACCEPT) return why;
    weal_set_hash(hash, &set);
    if (memcmp(hash, l->next_set_hash, 32) != 0) return WEAL_V_SET_HASH;
    l->set = set;
    l->term++;
    memset(l->next_set_hash, 0, 32); /* that of the next boundary isn't known yet */
    return WEAL_ACCEPT;
}

enum weal_verdict weal_light_present_var(const struct weal_light *l, struct weal_bytes key,
                                         struct weal_bytes value, struct weal_bytes proof) {
    return weal_tree_check_present(l->state_root, key, value, proof);
}

enum weal_verdict weal_light_absent_var(const struct weal_light *l, struct weal_bytes key,
                                        struct weal_bytes proof) {
    return weal_tree_check_absent(l->state_root, key, proof);
}
