/* SPDX-License-Identifier: ISC */
/* Private to crypto/sig: what the vector code is given. */
#ifndef WEAL_CRYPTO_SIG_MANY_INT_H
#define WEAL_CRYPTO_SIG_MANY_INT_H

#include <sodium.h>

#include "crypto/sig/sig.h"

enum { SIG_GROUP = 64 };

/* Signatures that are to hold together. Numbers are four words of 64 bits, least first. */
struct sig_group {
    size_t n;                      /* at most SIG_GROUP */
    uint64_t rx[SIG_GROUP][4];     /* x of R, below p */
    uint64_t px[SIG_GROUP][4];     /* x of P, below p */
    uint64_t weight[SIG_GROUP][4]; /* a, below 2^128 */
    uint64_t k[SIG_GROUP][4];      /* a e mod n */
    uint64_t sum[2][4];            /* x and y of (sum of a s) G */
};

/* Whether every x is that of a point, and with the even points R and P the sum of a R + k P over
 * the group is the point `sum`. Places from n on to the next multiple of 8 are overwritten. */
bool sig_group_holds_ifma(struct sig_group *g);

/* Of many.c. True: all n hold, 1 to SIG_GROUP. False: some do not, or this processor can't say. */
bool sig_group_var(const struct weal_sig_item *item, size_t n);

/* Of sig.c. A tagged hash begun: SHA256(tag) twice is in it. */
void sig_tag_begin(crypto_hash_sha256_state *st, const char *tag);
/* x and y of k G, big endian; false when k is 0 or not below the group order. */
bool sig_base_mul(uint8_t xy[64], const uint8_t k[32]);

#endif
