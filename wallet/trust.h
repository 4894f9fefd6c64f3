/* SPDX-License-Identifier: ISC */
/* What a wallet believes: nothing but what follows from the chain id it was made for. The genesis
 * must hash to that id and names the first validators; from them the sets of later terms follow by
 * the headers that committed to them, each header by its finalization certificate, and every record
 * by its proof under such a header. A node that answers anything else is caught, and the answer
 * says which check failed, by the stable name of the verdict.
 *
 * A node may still withhold: what it shows is true, but may be old. The time of the header is
 * therefore part of every answer. Blocking, one thread an object. */
#ifndef WEAL_WALLET_TRUST_H
#define WEAL_WALLET_TRUST_H

#include "consensus/genesis.h"
#include "consensus/light/light.h"
#include "wallet/act.h"
#include "wallet/rpc.h"

enum weal_trust_result {
    WEAL_TRUST_OK,
    WEAL_TRUST_NODE,   /* no usable answer: not reachable, not ready, or it refused */
    WEAL_TRUST_CHAIN,  /* the node is of another chain */
    WEAL_TRUST_LIE,    /* an answer does not follow from the genesis */
    WEAL_TRUST_MEMORY, /* this machine's fault */
};

struct weal_trust {
    struct weal_wallet_rpc *rpc; /* kept */
    struct weal_act_chain chain;
    struct weal_params params; /* of genesis */
    char prefix[17], name_of_chain[33];
    uint64_t genesis_ms;
    struct weal_light genesis; /* at the first term: where every walk can begin again */
    struct weal_light past;    /* at the start of an earlier term, for what lies before base */
    struct weal_light base;    /* at the start of the newest term reached, or a checkpoint */
    struct weal_light saved;   /* what an earlier run had verified; height 0: nothing */
    struct weal_light at;      /* at the header checked last */
    uint64_t headers;          /* headers whose certificates were checked */
    char name[64];             /* of the last failure: a stable name */
    char sentence[256];
};

/* Fetches the genesis and takes it when it hashes to chain, or whatever it is when chain is NULL
 * (the caller shows the id to the user). */
enum weal_trust_result weal_trust_open(struct weal_trust *t, struct weal_wallet_rpc *rpc,
                                       const uint8_t *chain);

/* Continues from what an earlier run verified (wallet/checkpoint.h), after weal_trust_open. A node
 * that shows another block at that height is lying or on a fork (LIE "wallet-checkpoint"); one that
 * has not come so far is behind (NODE "node-behind"). walk: begin at the genesis all the same; what
 * is reached there must agree with saved. */
enum weal_trust_result weal_trust_resume(struct weal_trust *t, const struct weal_light *saved,
                                         bool walk);

/* Begins at a final block the user vouches for: its header must hash to id and its set to the
 * header's. Later terms follow from it, earlier ones from the genesis. LIE "wallet-checkpoint". */
enum weal_trust_result weal_trust_checkpoint(struct weal_trust *t, uint64_t height,
                                             const uint8_t id[32]);

/* Fetches and checks the final header of a height: t->at is then that header. Blocks that carry no
 * certificate of their own are final by that of a descendant, whose headers link back. A header
 * before t->base is reached by a walk of its own from the genesis, which leaves base where it is.
 */
enum weal_trust_result weal_trust_header(struct weal_trust *t, uint64_t height);

/* The light client at the start of a term, for headers of it that come from elsewhere. */
enum weal_trust_result weal_trust_term(struct weal_trust *t, uint32_t term, struct weal_light *out);

/* A record of the state as of a final header (t->at), proven present or absent. value holds 65536
 * bytes. */
enum weal_trust_result weal_trust_record(struct weal_trust *t, struct weal_bytes key,
                                         uint8_t *value, size_t *n, bool *present);

/* That the transaction is in the block of this height, with the code it ended with ("accept" when
 * it did what it says): the list of the block leads to the receipt root of the proven header. */
enum weal_trust_result weal_trust_receipt(struct weal_trust *t, uint64_t height,
                                          const uint8_t id[32], char code[64]);

/* Blocks from..from+n-1 (n at most WEAL_TRUST_BLOCKS), whole: fn gets every transaction in order,
 * with its code ("" when it did what it says), after all of them were proven; bytes are borrowed.
 * Ends with t->at at the last one. Asking for all blocks tells the node nothing of what is looked
 * for. */
enum { WEAL_TRUST_BLOCKS = 100 };
typedef void weal_trust_tx(void *ctx, const struct weal_header *h, const uint8_t id[32],
                           struct weal_bytes tx, const char *code);
enum weal_trust_result weal_trust_blocks(struct weal_trust *t, uint64_t from, unsigned n,
                                         weal_trust_tx *fn, void *ctx);

#endif
