/* SPDX-License-Identifier: ISC */
/* What an attestor does when asked: it sees a person's evidence, answers the blinded question of
 * which the handle is made, and signs the record once it has seen for itself that the handle is
 * this evidence's. Nothing of the evidence is kept. What is kept, on the disk and before a
 * signature leaves: which key was signed for which handle, so that one evidence does not get two
 * keys signed while the first is on its way; and the share of the common VOPRF key.
 *
 * One secret makes all keys of an attestor: crypto_kdf with context "attestor", 1 signing (64 bytes
 * reduced to a ristretto255 scalar), 2 Ed25519 seed, 3 box key
 * like 1 (the last two for the ceremony).
 *
 * Blocking; one thread. */
#ifndef WEAL_WALLET_SERVICE_ATTESTOR_H
#define WEAL_WALLET_SERVICE_ATTESTOR_H

#include "wallet/enrol.h"
#include "wallet/service/dkg.h"
#include "wallet/service/serve.h"

struct weal_attestor {
    char dir[512];
    uint8_t secret[32];             /* signing */
    uint8_t key[32];                /* its public half */
    uint8_t sign[64], sign_key[32]; /* Ed25519 */
    uint8_t box[32], box_key[32];   /* ristretto255 */
    uint16_t index;                 /* in the registry; after attestor_open */
    bool has_share;                 /* else it signs, and does not evaluate */
    uint8_t share[32];              /* of renewal quorum.renewals */
    struct weal_look look;
    struct weal_quorum quorum;
    int log; /* handle and key of what was signed */
    struct weal_attestor_signed {
        uint8_t handle[32], key[32];
        uint8_t until[8]; /* height, little-endian: after it the signature is worth nothing */
    } * signed_for;       /* heap, as in the log */
    size_t signed_n, signed_cap;
    uint64_t bucket, bucket_ms; /* rate limit */
};

/* Makes the secret in dir (created); IO when there is one. */
WEAL_MUST_USE enum weal_err weal_attestor_make(const char *dir);
/* Reads the secret and derives the keys. */
WEAL_MUST_USE enum weal_err weal_attestor_read(struct weal_attestor *a, const char *dir);
/* Reads log and registry, finds itself in it, and its share (attestor_look). NOT_FOUND: no attestor
 * of this chain. */
WEAL_MUST_USE enum weal_err weal_attestor_open(struct weal_attestor *a,
                                               struct weal_wallet_rpc *node);
/* Looks whether shares have been renewed, and takes the one in force from the disk (renewal.h); a
 * failure leaves what was. CORRUPT: share.key is not of this chain; BUSY: the node is behind. */
WEAL_MUST_USE enum weal_err weal_attestor_look(struct weal_attestor *a);
void weal_attestor_release(struct weal_attestor *a);
/* Signs what its operator has decided: the transaction's signing hash. */
bool weal_attestor_pop(struct weal_attestor *a, uint8_t pop[64], const uint8_t hash[32]);
/* The methods evaluate and sign, sealed (sealed.h); a weal_serve_fn. */
void weal_attestor_answer(void *attestor, const char *method, const json_t *params,
                          struct weal_serve_answer *out);

#endif
