/* SPDX-License-Identifier: ISC */
/* The canonical genesis: its rules, its chain id. The first state is exec/genesis_apply.h's.
 * Pure; any thread. */
#ifndef WEAL_CONSENSUS_GENESIS_H
#define WEAL_CONSENSUS_GENESIS_H

#include "consensus/gen/genesis_gen.h"
#include "consensus/params.h"
#include "crypto/base/verdict.h"

enum { WEAL_GENESIS_FORM = 1 };

/* Decodes canonical bytes; VAR fields view them. False when they are no genesis. */
bool weal_genesis_decode(struct weal_genesis *out, struct weal_bytes bytes);

/* The chain id; also the id of block 0, which has no header, and the first beacon. */
void weal_genesis_chain_id(uint8_t id[32], struct weal_bytes bytes);
/* The chain id inside ring proofs: the lineage's, or the chain's own. */
void weal_genesis_lineage(uint8_t id[32], const struct weal_genesis *g, const uint8_t chain_id[32]);

/* The parameters, as a struct (*whole is false unless all are there, in order), as the state keeps
 * them, and from a struct. */
void weal_genesis_params(struct weal_params *out, const struct weal_genesis *g, bool *whole);
void weal_genesis_params_record(struct weal_st_params *out, const struct weal_genesis *g);
void weal_genesis_params_set(struct weal_genesis *g, const struct weal_params *p);

/* Every rule of a genesis; *name says which parameter, for genesis-param. */
WEAL_MUST_USE enum weal_verdict weal_genesis_check(const struct weal_genesis *g, const char **name);

#endif
