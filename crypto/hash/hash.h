/* SPDX-License-Identifier: ISC */
/* Hashes. Everything on the chain that is an id, root or signed digest is BLAKE2b-256 under a
 * 16-byte personalisation, so that no hash of one purpose can be shown for another; ring proofs
 * and draws use SHA-512 over frames (crypto/ring/SPEC.md, section 3); BIP340 brings its own tagged
 * SHA-256. Constant time in the data, not in lengths. Pure; any thread. */
#ifndef WEAL_CRYPTO_HASH_HASH_H
#define WEAL_CRYPTO_HASH_HASH_H

#include <sodium.h>

#include "crypto/base/bytes.h"

enum { WEAL_HASH_BYTES = 32 };

/* Personalisations, zero-padded to 16 bytes. One purpose, one name. */
#define WEAL_TAG_TX_ID "weal/tx-id"       /* all bytes of a transaction */
#define WEAL_TAG_TX_SIGN "weal/tx-sign"   /* chain id, then the bytes before the authority */
#define WEAL_TAG_HEADER "weal/header"     /* canonical header */
#define WEAL_TAG_BODY "weal/body"         /* leaves of transaction and receipt roots */
#define WEAL_TAG_CHAIN "weal/chain"       /* canonical genesis */
#define WEAL_TAG_SET "weal/validators"    /* a validator set */
#define WEAL_TAG_JUSTIFY "weal/justify"   /* the justification of a proposal */
#define WEAL_TAG_BEACON_MSG "weal/beacon" /* what a beacon's owntag signs */
#define WEAL_TAG_DEALING "weal/dealing"   /* commitments of a shared key, before they open */
#define WEAL_TAG_STATE "weal/state"       /* state tree, leaves and nodes */

/* out = BLAKE2b-256 of the parts in order, personalised by tag (at most 16 characters).
 * Parts are not framed: give fixed lengths, or length-prefix what varies. */
void weal_hash256(uint8_t out[32], const char *tag, const struct weal_bytes *parts, size_t count);
void weal_hash256_one(uint8_t out[32], const char *tag, struct weal_bytes data);

/* SHA-512 over frames: u8(len label) || label || u32(len data) || data. The first frame is always
 * ("ringproof-v1", domain). States can be copied, so common prefixes are hashed once. */
struct weal_transcript {
    crypto_hash_sha512_state sha;
};
void weal_transcript_init(struct weal_transcript *t, const char *domain);
void weal_transcript_frame(struct weal_transcript *t, const char *label, const void *data,
                           size_t n);
void weal_transcript_frame_u32(struct weal_transcript *t, const char *label, uint32_t v);
/* Opens a frame of n bytes whose data follow by weal_transcript_more, in pieces. */
void weal_transcript_open(struct weal_transcript *t, const char *label, size_t n);
void weal_transcript_more(struct weal_transcript *t, const void *data, size_t n);
/* Ends the transcript; wipe out if it is secret. */
void weal_transcript_final(struct weal_transcript *t, uint8_t out[64]);

#endif
