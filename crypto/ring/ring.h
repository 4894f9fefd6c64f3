/* SPDX-License-Identifier: ISC */
/* ringproof-v1 (SPEC.md in this folder): statements, their digests, and the prover's side.
 *
 *   ring proof   "the holder of one of these r keys says this message, and its tag for this scope
 *                is T" (shape HUMAN), "... and the nullifier of its note is S" (shape NOTE)
 *   linear       the Schnorr-type proofs pop, mint, tagsig, refund, owntag
 *
 * Proving touches secrets: it calls libsodium's constant-time group operations only, branches on
 * nothing secret, draws nonces from (secret, statement, 32 random bytes), wipes what it used, and
 * stands in objects of its own (prove*.c) that do not link crypto/curve. Verifying is
 * crypto/batch. Pure; any thread; no heap. Pointers are borrowed for the call. */
#ifndef WEAL_CRYPTO_RING_RING_H
#define WEAL_CRYPTO_RING_RING_H

#include "crypto/base/bytes.h"
#include "crypto/base/verdict.h"
#include "crypto/hash/hash.h"

/* The (n, m) of the chain: N = n^m places. For good. */
enum {
    WEAL_RING_N = 4,
    WEAL_RING_M = 2,
    WEAL_RING_MAX = 16, /* N */
    WEAL_RING_MIN = 11, /* floor(2N/3) + 1 */
    WEAL_RING_HUMAN_BYTES = 32 * (2 + 2 * WEAL_RING_M + WEAL_RING_M * (WEAL_RING_N - 1) + 2),
    WEAL_RING_NOTE_BYTES = 32 * (2 + 3 * WEAL_RING_M + WEAL_RING_M * (WEAL_RING_N - 1) + 3),
    /* what the code can do, for vectors and for choosing */
    WEAL_RING_N_LIMIT = 16,
    WEAL_RING_M_LIMIT = 8,
    WEAL_RING_PLACES_LIMIT = 128,
    WEAL_RING_PROOF_LIMIT = 1056,
};

enum weal_ring_shape { WEAL_RING_HUMAN = 1, WEAL_RING_NOTE = 2 };

struct weal_point96;

/* What a ring proof is about. */
struct weal_ring_statement {
    uint16_t n, m; /* 0, 0: the chain's */
    uint8_t shape;
    struct weal_bytes chain;           /* id inside proofs, 1..64 bytes */
    struct weal_bytes scope;           /* 1..256 bytes */
    struct weal_bytes message;         /* 0..65535 bytes */
    const uint8_t *keys;               /* r encodings of 32 bytes, one after the other */
    const struct weal_point96 *points; /* the same, decompressed; verifiers only; may be NULL */
    uint32_t r;
    const uint8_t *tag;       /* T, 32 bytes */
    const uint8_t *nullifier; /* S, 32 bytes; NOTE only, else NULL */
};

enum weal_linear_kind {
    WEAL_LINEAR_POP,
    WEAL_LINEAR_MINT,
    WEAL_LINEAR_TAGSIG,
    WEAL_LINEAR_REFUND,
    WEAL_LINEAR_OWNTAG,
    WEAL_LINEAR_KINDS
};
enum { WEAL_LINEAR_BYTES_MAX = 128 };

/* What a linear proof is about; fields that a kind does not use are ignored. */
struct weal_linear_statement {
    enum weal_linear_kind kind;
    struct weal_bytes chain, message;
    uint8_t shape;           /* of the tag: tagsig, refund, owntag */
    struct weal_bytes scope; /* of the tag */
    const uint8_t *tag;      /* T: tagsig, refund, owntag */
    const uint8_t *key;      /* P: pop, mint, owntag */
    const uint8_t *note;     /* K: mint, refund */
};

/* ---- sizes ---- */
size_t weal_ring_proof_bytes(uint16_t n, uint16_t m, uint8_t shape);
static inline size_t weal_ring_bytes(uint8_t shape) {
    return shape == WEAL_RING_HUMAN ? WEAL_RING_HUMAN_BYTES : WEAL_RING_NOTE_BYTES;
}
size_t weal_linear_proof_bytes(enum weal_linear_kind kind); /* 64, 96 or 128 */

/* ---- checks and digests, shared by both sides ---- */

/* Everything about a statement but its points: context, params, shape, ring size, and for a ring
 * also that its keys are distinct (which weal_ring_keys_check asks alone). */
WEAL_MUST_USE enum weal_verdict weal_ring_statement_check(const struct weal_ring_statement *s);
WEAL_MUST_USE enum weal_verdict weal_ring_form_check(const struct weal_ring_statement *s);
WEAL_MUST_USE enum weal_verdict weal_ring_keys_check(const uint8_t *keys, uint32_t r);
WEAL_MUST_USE enum weal_verdict weal_linear_statement_check(const struct weal_linear_statement *s);
/* A canonical encoding that is not the identity, as far as bytes tell: bit 255, zero. Decoding
 * tells the rest. */
WEAL_MUST_USE enum weal_verdict weal_point_form_check(const uint8_t b[32]);

/* D of a statement; base: the encoding of its U_scope (zeros where there is none). */
void weal_ring_digest(uint8_t d[64], const struct weal_ring_statement *s, const uint8_t base[32]);
void weal_linear_digest(uint8_t d[64], const struct weal_linear_statement *s,
                        const uint8_t base[32]);
/* The same in three steps, whose states verifiers keep: as far as the ring; as far as the tag base;
 * the rest. */
void weal_ring_digest_begin(struct weal_transcript *t, const struct weal_ring_statement *s);
void weal_ring_digest_scope(struct weal_transcript *t, const struct weal_ring_statement *s,
                            const uint8_t base[32]);
void weal_ring_digest_end(struct weal_transcript *t, uint8_t d[64],
                          const struct weal_ring_statement *s);
/* 64 bytes that reduce to the challenge. proof has its full length. */
void weal_ring_challenge(uint8_t xi[64], const struct weal_ring_statement *s, const uint8_t d[64],
                         const uint8_t *proof);
void weal_linear_challenge(uint8_t c[64], enum weal_linear_kind kind, const uint8_t d[64],
                           const uint8_t *proof);

/* ---- bases, as encodings (libsodium's map) ---- */
extern const uint8_t weal_ring_g[32];                                   /* G of RFC 9496 */
void weal_generator(uint8_t out[32], const char *name, uint32_t index); /* "F" "H" "V" "Gu" "Gv" */
void weal_scope_base(uint8_t out[32], struct weal_bytes chain, uint8_t shape,
                     struct weal_bytes scope);
/* The generators, compiled in; contrib/generators writes them and a test derives them again. Index
 * of Gu, Gv: j n + i. */
enum { WEAL_GENERATORS = 16 };
struct weal_generators {
    uint8_t f[32], h[32], v[32], gu[WEAL_GENERATORS][32], gv[WEAL_GENERATORS][32];
};
extern const struct weal_generators weal_generators_table;
static inline const struct weal_generators *weal_generators(void) {
    return &weal_generators_table;
}

/* ---- proving: constant time in index and secrets ---- */

/* secrets: x (HUMAN) or x, t (NOTE), below l and not 0; they must belong to key `index` and to the
 * tags. random: 32 fresh bytes. proof: weal_ring_proof_bytes. Refuses (PROVER_WITNESS) a witness
 * that does not fit, having looked at it in constant time. About 4 ms for the chain's sizes. */
WEAL_MUST_USE enum weal_verdict weal_ring_prove(uint8_t *proof, const struct weal_ring_statement *s,
                                                uint32_t index, const uint8_t (*secrets)[32],
                                                const uint8_t random[32]);
/* secrets: x; t for mint; x, t for refund. */
WEAL_MUST_USE enum weal_verdict weal_linear_prove(uint8_t *proof,
                                                  const struct weal_linear_statement *s,
                                                  const uint8_t (*secrets)[32],
                                                  const uint8_t random[32]);

/* Keys and tags of secrets; false when a secret is 0 or >= l. Constant time. */
bool weal_secret_valid(const uint8_t x[32]);
bool weal_human_key(uint8_t key[32], const uint8_t x[32]);                     /* x G */
bool weal_note_key(uint8_t key[32], const uint8_t x[32], const uint8_t t[32]); /* x G + t H */
bool weal_tag(uint8_t tag[32], const uint8_t x[32], struct weal_bytes chain, uint8_t shape,
              struct weal_bytes scope);                    /* x U_scope */
bool weal_nullifier(uint8_t out[32], const uint8_t t[32]); /* t V */
/* A secret scalar from 64 uniform bytes; false (about 2^-252) when it is 0. */
bool weal_secret_reduce(uint8_t x[32], const uint8_t wide[64]);

/* ---- the beacon ---- */
/* next = first 32 bytes of hash64("beacon", previous, tag). tag: checked already. */
void weal_beacon_next(uint8_t next[32], const uint8_t previous[32], const uint8_t tag[32]);

#endif
