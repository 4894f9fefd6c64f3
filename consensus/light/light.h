/* SPDX-License-Identifier: ISC */
/* A light client: from one trusted checkpoint (a block id with the set of its term) to any later
 * header, by finalization certificates and the chain of validator-set hashes, and from a header to
 * any record of the state. Pure; for wallets and for nodes that catch up. Variable time. */
#ifndef WEAL_CONSENSUS_LIGHT_LIGHT_H
#define WEAL_CONSENSUS_LIGHT_LIGHT_H

#include "consensus/light/cert.h"

/* What is trusted: everything below follows from it. */
struct weal_light {
    uint8_t chain[32];
    uint32_t term;    /* term of the set */
    uint64_t height;  /* of the highest header accepted */
    uint64_t time_ms; /* its time */
    uint8_t id[32];   /* its id */
    uint8_t state_root[32];
    uint8_t next_set_hash[32]; /* set of the next term, once the boundary block was accepted */
    uint64_t term_blocks;      /* a term ends at multiples of this height */
    struct weal_set set;       /* set of `term` */
};

/* Begins at a checkpoint the user trusts: genesis (height 0) or any finalized header whose id and
 * set he got from a source of his choice. header is that of the checkpoint, or NULL for genesis
 * with genesis_id and genesis_root. Refuses a set that does not hash to the header's. */
enum weal_verdict weal_light_init(struct weal_light *l, const uint8_t chain[32],
                                  uint64_t term_blocks, const struct weal_set *set,
                                  const struct weal_header *header, const uint8_t genesis_id[32],
                                  const uint8_t genesis_root[32]);

/* Accepts a header of the current term that is final: the certificate is a finalization of its id
 * by the set, the header's set hash is the set's, heights and times do not go back. Headers between
 * may be left out. On acceptance l moves to it; at a boundary height the next set is fixed. */
enum weal_verdict weal_light_header_var(struct weal_light *l, struct weal_bytes encoded_header,
                                        const struct weal_certificate *finalization,
                                        struct weal_sig_cache *cache);

/* Checks a record of the state after the header accepted last: that key has this value, or has
 * none. Verdicts are those of crypto/tree (tree-proof-...). */
enum weal_verdict weal_light_present_var(const struct weal_light *l, struct weal_bytes key,
                                         struct weal_bytes value, struct weal_bytes proof);
enum weal_verdict weal_light_absent_var(const struct weal_light *l, struct weal_bytes key,
                                        struct weal_bytes proof);

/* Enters the next term with the set that the boundary header committed to. */
enum weal_verdict weal_light_next_term(struct weal_light *l, const struct weal_set *next);

#endif
