/* SPDX-License-Identifier: ISC */
/* The chain of the fuzz corpora, always the same, and good transactions on it. */
#ifndef WEAL_TESTS_SUPPORT_CHAIN_SEEDS_H
#define WEAL_TESTS_SUPPORT_CHAIN_SEEDS_H

#include "tests/support/chain.h"

/* Twelve people dealt, their notes dealt and claimable, a funded account. */
struct chain *chain_of_seeds(void);
/* The k-th good transaction of that chain, one of every kind that can be made on it; false past
 * the last. name is static. */
bool chain_seed(struct chain *c, unsigned k, struct chain_tx *t, const char **name);

#endif
