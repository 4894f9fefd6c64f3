/* SPDX-License-Identifier: ISC */
/* The VOPRF with its key shared among n holders, any t of whom can evaluate and fewer of whom learn
 * nothing; the key itself never exists anywhere. Holder j (1..n) has the share f(j) of a polynomial
 * of degree t - 1 that all n holders made together: each deals one of its own (Feldman's verifiable
 * sharing, FOCS 1987), and shares and commitments add up (Pedersen, EUROCRYPT 1991). In a renewal
 * t or more holders each deal their own share, and everybody takes the dealings' sum weighted as
 * for interpolation at 0: all shares change, the key does not, and a holder that had lost its share
 * has one again (Desmedt and Jajodia, 1997; Wong, Wang and Wing, 2002).
 *
 * An answer of holder j is weal_oprf_evaluate with its share, checked by weal_oprf_check against
 * the share's commitment, so a wrong answer is known by name; t good ones combine.
 *
 * Bound: a dealer who speaks last can bias the key's public half by choosing among dealings
 * (Gennaro et al., J. Cryptology 2007). Dealers therefore first show the hash of their commitments
 * (weal_dealing_hash) and open them when all hashes are there.
 *
 * Shares are secret and travel over private, authenticated channels, which is the caller's part.
 * Pure; any thread; constant time in coefficients and shares, not in indices and commitments. */
#ifndef WEAL_CRYPTO_OPRF_THRESHOLD_H
#define WEAL_CRYPTO_OPRF_THRESHOLD_H

#include "crypto/oprf/oprf.h"

enum { WEAL_SHARE_T_MAX = 32, WEAL_SHARE_N_MAX = 64 };

/* Commitments of one dealing, or of the sum of several: point k is a_k * G. Point 0 is the public
 * key; in a dealing that renews it is the commitment of the dealer's share, which the caller
 * compares. */
struct weal_dealing {
    uint32_t t; /* 1..WEAL_SHARE_T_MAX */
    uint8_t point[WEAL_SHARE_T_MAX][32];
};

/* Dealer: commitments to t coefficients, each a fresh uniform secret scalar, but in a renewal
 * coefficient 0 is the dealer's share. LENGTH (t), SCALAR. */
WEAL_MUST_USE enum weal_verdict weal_dealing_make(struct weal_dealing *out,
                                                  const uint8_t (*coefficients)[32], uint32_t t);
/* Dealer: the share for holder j, 1 <= j <= WEAL_SHARE_N_MAX. */
void weal_dealing_share(uint8_t share[32], const uint8_t (*coefficients)[32], uint32_t t,
                        uint32_t j);

/* What a dealer shows before it opens its commitments. Variable time. */
void weal_dealing_hash(uint8_t out[32], const struct weal_dealing *d, struct weal_bytes session);

/* Everyone: is this a dealing of threshold t? LENGTH, IDENTITY, POINT. Variable time. */
WEAL_MUST_USE enum weal_verdict weal_dealing_check(const struct weal_dealing *d, uint32_t t);
/* Holder j: is this the share that the (checked) dealing commits to? A dealer who is shown to have
 * sent another one is left out by all. SCALAR, OPRF_SHARE. */
WEAL_MUST_USE enum weal_verdict weal_dealing_share_check(const struct weal_dealing *d, uint32_t j,
                                                         const uint8_t share[32]);
/* sum += more, equal t: of dealings (to the commitments of the shared key) and of shares. */
void weal_dealing_add(struct weal_dealing *sum, const struct weal_dealing *more);
void weal_share_add(uint8_t sum[32], const uint8_t more[32]);
/* Renewal: the weight of holders[i] among n distinct ones when their polynomial is taken at 0, and
 * a dealing and a share of it times that weight. Weights are public. */
void weal_share_weight(uint8_t out[32], const uint32_t *holders, uint32_t n, uint32_t i);
void weal_dealing_scale(struct weal_dealing *d, const uint8_t weight[32]);
void weal_share_scale(uint8_t share[32], const uint8_t weight[32]);

/* The commitment share * G of holder j, from the (checked) commitments; what its answers are
 * checked against. Variable time. */
void weal_share_commitment(uint8_t out[32], const struct weal_dealing *d, uint32_t j);

/* Client: t checked answers of distinct holders to one blinded element make the answer of the key.
 * Answers are evaluated[i] by holder holders[i]. LENGTH (count, index outside 1..N_MAX, an index
 * twice), IDENTITY, POINT. Variable time: all is public. */
WEAL_MUST_USE enum weal_verdict weal_oprf_combine(uint8_t evaluated[32], const uint32_t *holders,
                                                  const uint8_t (*answers)[32], uint32_t t);

#endif
