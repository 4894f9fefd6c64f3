/* SPDX-License-Identifier: ISC */
/* Keys of the sets of tags and nullifiers, shared by the modules that show them. */
#ifndef WEAL_CONSENSUS_MOD_TAGS_H
#define WEAL_CONSENSUS_MOD_TAGS_H

#include "consensus/mod/module.h"

static inline struct weal_key weal_tag_key(struct weal_scope s, const uint8_t tag[32]) {
    struct weal_key k = weal_key(WEAL_T_TAG);
    weal_key_u8(&k, (uint8_t)s.kind);
    weal_key_u32(&k, s.number);
    weal_key_u8(&k, s.n);
    weal_key_32(&k, tag);
    return k;
}

/* Drops records of a table under prefix whose next u32 of the key is below `limit`; at most a fixed
 * number a call. False when some are left. */
bool weal_sweep(struct weal_ctx *c, struct weal_key prefix, uint64_t limit);

#endif
