/* SPDX-License-Identifier: ISC */
/* The applier: writes finalized blocks into the database, up to 64 in one commit, off the voting
 * path. It only reads immutable overlays, so it may run on a thread of its own; one at a time, as
 * the database's one writer. */
#ifndef WEAL_STORAGE_APPLY_H
#define WEAL_STORAGE_APPLY_H

#include "storage/state.h"

enum { WEAL_APPLY_BLOCKS_MAX = 64 };

/* A record written along with a block, outside the state: block index, transaction index. */
struct weal_apply_extra {
    enum weal_kv_table table; /* BLOCK, BLOCK_ID, TX or NODE */
    struct weal_bytes key, value;
};
struct weal_apply_block {
    const struct weal_state *state; /* the caller holds a reference */
    uint8_t id[32];
    const struct weal_apply_extra *extra;
    size_t extra_count;
};
/* What the database says of itself. */
struct weal_applied {
    uint64_t height; /* NO_HEIGHT when empty */
    uint8_t root[32];
    uint8_t id[32];
    uint64_t leaves; /* records under the root */
};

/* Writes blocks[0..n), in order, the first one above what is applied, each the child of the one
 * before; write sets, derived records, extras, and height, root and id in one durable commit. An
 * error leaves the database as it was. INVALID when the blocks do not follow. Takes no memory. */
WEAL_MUST_USE enum weal_err weal_apply(struct weal_kv *kv, const struct weal_apply_block *blocks,
                                       size_t n);
/* In a batch of the caller's that loads a prepared state (genesis, snapshot, bench): says that the
 * STATE and LEAF records it wrote are the state at this height. Opening the store checks them. */
WEAL_MUST_USE enum weal_err weal_applied_seed(struct weal_kv *kv, uint64_t height,
                                              const uint8_t root[32], const uint8_t id[32]);
WEAL_MUST_USE enum weal_err weal_applied_read(struct weal_kv_snap *s, struct weal_applied *out);

#endif
