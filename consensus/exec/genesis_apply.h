/* SPDX-License-Identifier: ISC */
/* From the canonical genesis to the state at height 0. */
#ifndef WEAL_CONSENSUS_EXEC_GENESIS_APPLY_H
#define WEAL_CONSENSUS_EXEC_GENESIS_APPLY_H

#include "consensus/genesis.h"
#include "crypto/base/err.h"
#include "storage/state.h"

enum { WEAL_GENESIS_WRITES = 4096 };

/* Writes the state of height 0 into an empty draft over the empty state (WEAL_STATE_NO_HEIGHT), of
 * WEAL_GENESIS_WRITES writes; the caller seals it. bytes: the canonical genesis. Refusals as
 * check; block-state with *err for failures of storage. */
WEAL_MUST_USE enum weal_verdict weal_genesis_apply(struct weal_draft *draft,
                                                   struct weal_bytes bytes, enum weal_err *err);

#endif
