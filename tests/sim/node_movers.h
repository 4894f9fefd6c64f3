/* SPDX-License-Identifier: ISC */
/* Validators of the population `payers` that leave the set and come back: those that may
 * (people_may_leave). They unbond what keeps them in it, bond again, ask back when their seat was
 * found silent, and try what must be refused. A part of that population, not one of its own. */
#ifndef WEAL_TESTS_SIM_NODE_MOVERS_H
#define WEAL_TESTS_SIM_NODE_MOVERS_H

#include "tests/sim/people.h"

struct movers;
/* NULL: nobody may leave. Tags from first_tag on are theirs. */
struct movers *movers_new(struct node_world *w, uint64_t first_tag);
void movers_free(struct movers *m);
void movers_wake(struct movers *m, uint64_t now_ms);
void movers_answer(struct movers *m, uint64_t tag, enum weal_verdict v);
void movers_final(struct movers *m, const struct people_block *b);
/* Every bond is what they made it, and no seat is lost. */
void movers_check(struct movers *m);
/* The account of one that needs money; NULL: none. */
const uint8_t *movers_poor(const struct movers *m);

#endif
