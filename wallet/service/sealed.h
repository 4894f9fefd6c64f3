/* SPDX-License-Identifier: ISC */
/* Questions that only the attestor asked can read, and answers that only the asker can: evidence is
 * nobody's business on the way. The attestor's key is the one in the chain's registry, so there is
 * nothing else to trust or to look up.
 *
 * ECIES over ristretto255: e is a fresh scalar, E = e*G goes along, and BLAKE2b-512, personalised
 * "weal/sealed", of E, the attestor's key A and e*A makes two keys: one seals the question, one the
 * answer (XChaCha20-Poly1305, each key used once, nonce zero). The same secret signs (Schnorr):
 * both together stay secure in a group of prime order (Degabriele, Lehmann, Paterson, Smart,
 * Strefler, "On the Joint Security of Encryption and Signature in EMV", CT-RSA 2012). Texts are
 * filled with spaces to a multiple of 1024 bytes, so that lengths say little. Who asks stays
 * unnamed, and an answer proves that the attestor gave it.
 *
 * On the wire: method "sealed", params {"ephemeral": 64 hex, "box": base64} of the text
 * {"method", "params"}; the result is {"box": base64} of {"result"} or {"error": {"name",
 * "sentence"}}. A sealed question that does not open is refused in the clear.
 *
 * Constant time in the secrets (libsodium). Objects are one question's and hold its keys: wipe
 * them with weal_sealed_release. */
#ifndef WEAL_WALLET_SERVICE_SEALED_H
#define WEAL_WALLET_SERVICE_SEALED_H

#include <jansson.h>

#include "wallet/rpc.h"

struct weal_sealed {
    uint8_t question[32], answer[32];
};
void weal_sealed_release(struct weal_sealed *s);

/* As weal_wallet_rpc_call, through a sealed question to the owner of key. CORRUPT: the answer is
 * not the owner's, or key is no point. */
WEAL_MUST_USE enum weal_err weal_sealed_call(struct weal_wallet_rpc *r, const uint8_t key[32],
                                             const char *method, json_t *params, json_t **result);

/* The params of a "sealed" call for this text, a JSON object; takes the keys for its answer. NULL:
 * key is no point, or no memory. */
json_t *weal_sealed_question(struct weal_sealed *s, const uint8_t key[32], const char *text);
/* The other side: what was asked (a new reference), or NULL when it does not open. key is
 * secret*G. */
json_t *weal_sealed_open(struct weal_sealed *s, const uint8_t secret[32], const uint8_t key[32],
                         const json_t *params);
/* The result of the "sealed" call that holds this text; NULL without memory. */
json_t *weal_sealed_answer(const struct weal_sealed *s, const char *text);
/* The answer read (a new reference), or NULL when it was not made with these keys. */
json_t *weal_sealed_read(const struct weal_sealed *s, const json_t *result);

#endif
