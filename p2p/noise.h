/* SPDX-License-Identifier: ISC */
/* Noise_XX_25519_ChaChaPoly_SHA256 (The Noise Protocol Framework, revision 34): three messages,
 *
 *     -> e            <- e, ee, s, es            -> s, se
 *
 * after which both sides hold each other's static key, two cipher states and a handshake hash that
 * names this session alone. SHA256, because libsodium has HMAC-SHA256 whole and public vectors
 * exist (tests/vectors/noise). A handshake function works on a copy and commits last, so that a
 * refused message changes nothing. All secrets pass through libsodium only, constant time; what is
 * spent is wiped. Pure: the ephemeral secret is an argument. Any thread, one at a time. */
#ifndef WEAL_P2P_NOISE_H
#define WEAL_P2P_NOISE_H

#include "crypto/base/bug.h"
#include "crypto/base/bytes.h"

enum {
    WEAL_NOISE_KEY = 32,
    WEAL_NOISE_HASH = 32,
    WEAL_NOISE_TAG = 16,
    /* what each handshake message adds to its payload */
    WEAL_NOISE_MSG1 = 32,
    WEAL_NOISE_MSG2 = 32 + 48 + 16,
    WEAL_NOISE_MSG3 = 48 + 16
};

/* One direction of an established session. Secret. */
struct weal_noise_cipher {
    uint8_t key[WEAL_NOISE_KEY];
    uint64_t nonce; /* of the next message; 2^64-1 is never used */
};

/* A handshake under way. Secret. */
struct weal_noise {
    uint8_t h[WEAL_NOISE_HASH], ck[WEAL_NOISE_KEY], k[WEAL_NOISE_KEY];
    uint64_t nonce; /* of k */
    uint8_t s_secret[32], s_public[32], e_secret[32], e_public[32];
    uint8_t rs[32], re[32]; /* the peer's static and ephemeral public keys, once read */
    bool keyed, initiator;
    uint8_t step; /* messages written or read, 0..3 */
};

/* False when a secret has no public key (never for 32 random bytes). */
WEAL_MUST_USE bool weal_noise_keypair(uint8_t pub[32], const uint8_t secret[32]);

/* Begins. e_secret: 32 fresh random bytes, never used again. The prologue must be equal on both
 * sides; it is not sent. */
WEAL_MUST_USE bool weal_noise_init(struct weal_noise *n, bool initiator, struct weal_bytes prologue,
                                   const uint8_t s_secret[32], const uint8_t e_secret[32]);

/* Whose turn it is to write; false when the handshake is over. */
bool weal_noise_writes_next(const struct weal_noise *n);
static inline bool weal_noise_over(const struct weal_noise *n) {
    return n->step == 3;
}

/* Appends the next message with this payload to w. False when w is too small, it is not our turn,
 * or the peer's key is of low order; then nothing has changed. */
WEAL_MUST_USE bool weal_noise_write(struct weal_noise *n, struct weal_bytes payload,
                                    struct weal_wr *w);

/* Reads the peer's next message and writes its payload to out (cap >= msg.n). False when it does
 * not authenticate, is too short, not the peer's turn, or holds a key of low order; then the
 * handshake has not changed and out is wiped. */
WEAL_MUST_USE bool weal_noise_read(struct weal_noise *n, struct weal_bytes msg, uint8_t *out,
                                   size_t cap, size_t *out_n);

/* After the third message: the two directions and the handshake hash; wipes n. */
void weal_noise_split(struct weal_noise *n, struct weal_noise_cipher *send,
                      struct weal_noise_cipher *recv, uint8_t hash[WEAL_NOISE_HASH]);

void weal_noise_wipe(struct weal_noise *n);

/* Encrypts plain_n bytes to out, which holds plain_n + WEAL_NOISE_TAG and may be plain itself.
 * False when the nonces are spent (2^64-1 messages without rekey). */
WEAL_MUST_USE bool weal_noise_seal(struct weal_noise_cipher *c, struct weal_bytes ad,
                                   const uint8_t *plain, size_t plain_n, uint8_t *out);

/* Decrypts sealed_n bytes to out, sealed_n - WEAL_NOISE_TAG bytes, which may be sealed itself.
 * False when they do not authenticate; then c has not changed. */
WEAL_MUST_USE bool weal_noise_open(struct weal_noise_cipher *c, struct weal_bytes ad,
                                   const uint8_t *sealed, size_t sealed_n, uint8_t *out);

/* REKEY of the specification (section 4.2): forward secrecy within a session. The nonce goes on. */
void weal_noise_rekey(struct weal_noise_cipher *c);

#endif
