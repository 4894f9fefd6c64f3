/* SPDX-License-Identifier: ISC */
/* Amounts of an asset in its smallest unit (micro, 10^-6; POLICAP milli, 10^-3). A struct, so that
 * no bare addition compiles; arithmetic reports overflow and must be checked. Every division names
 * its rounding. */
#ifndef WEAL_CRYPTO_BASE_AMOUNT_H
#define WEAL_CRYPTO_BASE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/base/bug.h"

struct weal_amount {
    uint64_t micro;
};

#define WEAL_AMOUNT(x) ((struct weal_amount){(x)})

static inline WEAL_MUST_USE bool weal_amount_add(struct weal_amount *out, struct weal_amount a,
                                                 struct weal_amount b) {
    return !__builtin_add_overflow(a.micro, b.micro, &out->micro);
}
static inline WEAL_MUST_USE bool weal_amount_sub(struct weal_amount *out, struct weal_amount a,
                                                 struct weal_amount b) {
    return !__builtin_sub_overflow(a.micro, b.micro, &out->micro);
}
/* floor(a * num / den); false when den is 0 or the result does not fit. */
static inline WEAL_MUST_USE bool weal_amount_muldiv_floor(struct weal_amount *out,
                                                          struct weal_amount a, uint64_t num,
                                                          uint64_t den) {
    if (den == 0) return false;
    unsigned __int128 r = (unsigned __int128)a.micro * num / den;
    out->micro = (uint64_t)r;
    return r >> 64 == 0;
}
static inline int weal_amount_compare(struct weal_amount a, struct weal_amount b) {
    return (a.micro > b.micro) - (a.micro < b.micro);
}

#endif
