/* SPDX-License-Identifier: ISC */
/* Points to test with: other members of a coset, and running a check at every level there is. */
#ifndef WEAL_TESTS_SUPPORT_CURVE_HELP_H
#define WEAL_TESTS_SUPPORT_CURVE_HELP_H

#include "crypto/curve/curve.h"

/* Member k (0..3) of the coset of p by E[4]: the same element in another Edwards point. */
struct weal_point96 curve_coset(const struct weal_point96 *p, int k);

/* Calls f(arg) with each level this machine has forced in turn, then goes back to the best. */
void curve_each_level(void (*f)(void *arg), void *arg);

#endif
