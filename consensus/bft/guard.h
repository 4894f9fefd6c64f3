/* SPDX-License-Identifier: ISC */
/* The signing guard: one record that stands between every path of the agreement and the key.
 * Votes are ordered by (term, view, phase); phase 1 is notarize, phase 2 nullify or finalize. An
 * honest node's votes never go back in that order and differ only when they move forward, so one
 * record suffices to never sign two votes that contradict each other:
 *   - lower than the record: refused, but for a nullify above the highest finalize vote of the
 * term: nothing else can follow in that view, so it contradicts nothing (rule B asks for it);
 *   - equal: only the very same vote (signing is deterministic, so it is the same bytes);
 *   - finalize(p) over a notarize record of the same view: only for the same p.
 * The record lives where the signatures are made (in the write-ahead log beside the vote, or in a
 * remote signer) and must be durable before a signature leaves. Pure; not thread-safe. */
#ifndef WEAL_CONSENSUS_BFT_GUARD_H
#define WEAL_CONSENSUS_BFT_GUARD_H

#include "consensus/gen/block_gen.h"
#include "crypto/base/verdict.h"

/* Accepts a vote that may be signed: WEAL_V_GUARD_LOWER, WEAL_V_GUARD_CONFLICT (equal place,
 * another vote), WEAL_V_GUARD_FINALIZE_OTHER, WEAL_V_VOTE_KIND, _SUBJECT. A record of kind 0 allows
 * all. */
enum weal_verdict weal_guard_check(const struct weal_guard_record *g, const struct weal_vote *v);

/* Accepts as above and then moves the record to v, or leaves it where it is for a lower nullify.
 * The only way to change a record. */
enum weal_verdict weal_guard_take(struct weal_guard_record *g, const struct weal_vote *v);

#endif
