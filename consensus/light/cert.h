/* SPDX-License-Identifier: ISC */
/* Votes and certificates: what is signed, and how it is checked. Used by the node before anything
 * reaches the agreement, and by wallets. A vote's digest is the BIP340 tagged hash, under
 * "weal/vote/notarize", "weal/vote/nullify" or "weal/vote/finalize", of
 *   chain id (32) || term u32 || view u64 || parent_view u64 || block id (32)
 * in little-endian; a nullify has zeros for the last two. Pure; variable time (all of it public).
 */
#ifndef WEAL_CONSENSUS_LIGHT_CERT_H
#define WEAL_CONSENSUS_LIGHT_CERT_H

#include "consensus/gen/block_gen.h"
#include "consensus/light/set.h"

enum weal_vote_kind { WEAL_VOTE_NOTARIZE = 1, WEAL_VOTE_NULLIFY = 2, WEAL_VOTE_FINALIZE = 3 };

/* A memory of signatures that verified, bound to the whole of (key, digest, signature). It only
 * saves work: a lost or overwritten entry is verified again. Not thread-safe: one per thread. */
enum { WEAL_SIG_CACHE_SLOTS = 4096 };
struct weal_sig_cache {
    uint8_t entry[WEAL_SIG_CACHE_SLOTS][32]; /* zeros: empty */
    uint64_t hits, misses;
};

/* What everything is checked against: one term of one chain. All borrowed. */
struct weal_cert_context {
    const uint8_t *chain; /* 32 bytes */
    uint32_t term;
    const struct weal_set *set;   /* passed weal_set_check */
    struct weal_sig_cache *cache; /* or NULL */
};

/* Id of a block: BLAKE2b-256 ("weal/header") over its encoded header. */
void weal_header_id(uint8_t out[32], struct weal_bytes encoded);
/* Hash that a header commits to: BLAKE2b-256 ("weal/justify") over the encoded justification. */
void weal_justification_hash(uint8_t out[32], struct weal_bytes encoded);

/* The digest that is signed; kind is 1..3. */
void weal_vote_digest(uint8_t out[32], const uint8_t chain[32], uint8_t kind, uint32_t term,
                      uint64_t view, uint64_t parent_view, const uint8_t digest[32]);

/* Signs v in place (its signature field); false when the secret is no key. Constant time in the
 * secret. The guard (bft/guard.h) must have allowed it: nothing here remembers. */
bool weal_vote_sign(struct weal_vote *v, const uint8_t chain[32], const uint8_t secret[32]);

/* Accepts a vote of a member of the set on a well-formed subject of this term: known kind,
 * view >= 1, parent_view < view, a nullify with zeros, a valid signature. */
enum weal_verdict weal_vote_verify_var(const struct weal_cert_context *c,
                                       const struct weal_vote *v);

/* As above, and: signers within the set, as many signatures as signers, more than two thirds of
 * the weight, every signature valid. */
enum weal_verdict weal_cert_verify_var(const struct weal_cert_context *c,
                                       const struct weal_certificate *x);

/* Checks the leader's vote and every certificate of the justification (of this term and decodable).
 * Whether the justification suffices is the agreement's to judge. */
enum weal_verdict weal_proposal_verify_var(const struct weal_cert_context *c,
                                           const struct weal_proposal *p);

/* Both votes verify and are a pair of the kind named: same signer, term and view, different
 * subjects; the table is in consensus/SPEC.md. */
enum weal_verdict weal_evidence_verify_var(const struct weal_cert_context *c,
                                           const struct weal_evidence *e);
/* The kind (1..4) of a pair of votes, in either order, or 0 when an honest validator may have
 * signed both. Looks at subjects only. */
uint8_t weal_evidence_kind(const struct weal_vote *a, const struct weal_vote *b);

/* Bits of a signer bitmap. */
static inline bool weal_signers_has(const uint8_t signers[16], uint16_t i) {
    return (signers[i / 8] >> (i % 8) & 1) != 0;
}

#endif
