/* SPDX-License-Identifier: ISC */
#include "wallet/service/sealed.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wallet/service/serve.h"

enum { STEP = 1024, TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES };

void weal_sealed_release(struct weal_sealed *s) {
    sodium_memzero(s, sizeof *s);
}

/* Both keys, from what the two sides share. */
static bool keys_make(struct weal_sealed *s, const uint8_t ephemeral[32], const uint8_t key[32],
                      const uint8_t scalar[32], const uint8_t point[32]) {
    static const uint8_t personal[16] = "weal/sealed";
    uint8_t in[96], out[64];
    memcpy(in, ephemeral, 32);
    memcpy(in + 32, key, 32);
    bool good = crypto_scalarmult_ristretto255(in + 64, scalar, point) == 0 &&
                crypto_generichash_blake2b_salt_personal(out, 64, in, sizeof in, NULL, 0, NULL,
                                                         personal) == 0;
    if (good) {
        memcpy(s->question, out, 32);
        memcpy(s->answer, out + 32, 32);
    }
    sodium_memzero(in, sizeof in);
    sodium_memzero(out, sizeof out);
    return good;
}

/* base64 of the sealed text, as a JSON string. */
static json_t *seal(const uint8_t key[32], const char *text) {
    static const uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    size_t n = strlen(text), padded = (n + STEP) / STEP * STEP;
    size_t coded = sodium_base64_encoded_len(padded + TAG, sodium_base64_VARIANT_ORIGINAL);
    uint8_t *plain = malloc(padded), *box = malloc(padded + TAG);
    char *out = malloc(coded);
    json_t *made = NULL;
    if (plain && box && out) {
        memcpy(plain, text, n);
        memset(plain + n, ' ', padded - n);
        crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, plain, padded, NULL, 0, NULL, nonce,
                                                   key);
        sodium_memzero(plain, padded);
        sodium_bin2base64(out, coded, box, padded + TAG, sodium_base64_VARIANT_ORIGINAL);
        made = json_string(out);
    }
    free(plain);
    free(box);
    free(out);
    return made;
}

/* The JSON object in a sealed text; NULL when it is none under this key. */
static json_t *unseal(const uint8_t key[32], const json_t *text) {
    static const uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    size_t n = json_string_length(text), got = 0;
    uint8_t *box = text && n <= WEAL_SERVE_REQUEST_MAX ? malloc(n + 1) : NULL;
    json_t *out = NULL;
    if (box &&
        sodium_base642bin(box, n, json_string_value(text), n, NULL, &got, NULL,
                          sodium_base64_VARIANT_ORIGINAL) == 0 &&
        got > TAG &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(box, NULL, NULL, box, got, NULL, 0, nonce,
                                                   key) == 0) {
        out = json_loadb((const char *)box, got - TAG, JSON_REJECT_DUPLICATES, NULL);
    }
    if (box) sodium_memzero(box, n);
    free(box);
    if (json_is_object(out)) return out;
    json_decref(out);
    return NULL;
}

json_t *weal_sealed_question(struct weal_sealed *s, const uint8_t key[32], const char *text) {
    uint8_t scalar[32], ephemeral[32];
    weal_secret_fresh(scalar);
    json_t *box = crypto_scalarmult_ristretto255_base(ephemeral, scalar) == 0 &&
                          keys_make(s, ephemeral, key, scalar, key)
                      ? seal(s->question, text)
                      : NULL;
    sodium_memzero(scalar, sizeof scalar);
    return box ? json_pack("{s:o, s:o}", "ephemeral", weal_serve_hex(ephemeral, 32), "box", box)
               : NULL;
}

json_t *weal_sealed_open(struct weal_sealed *s, const uint8_t secret[32], const uint8_t key[32],
                         const json_t *params) {
    uint8_t ephemeral[32];
    if (!weal_serve_bytes(params, "ephemeral", ephemeral, 32) ||
        !keys_make(s, ephemeral, key, secret, ephemeral))
        return NULL;
    return unseal(s->question, json_object_get(params, "box"));
}

json_t *weal_sealed_answer(const struct weal_sealed *s, const char *text) {
    json_t *box = seal(s->answer, text);
    return box ? json_pack("{s:o}", "box", box) : NULL;
}

json_t *weal_sealed_read(const struct weal_sealed *s, const json_t *result) {
    return unseal(s->answer, json_object_get(result, "box"));
}

/* What an answer says: its result, or the name and sentence of why not. */
static enum weal_err result_of(struct weal_wallet_rpc *r, const json_t *answer, json_t **result) {
    const json_t *error = json_object_get(answer, "error");
    const char *name = json_string_value(json_object_get(error, "name"));
    const char *sentence = json_string_value(json_object_get(error, "sentence"));
    if (name && sentence) {
        snprintf(r->error, sizeof r->error, "%s", name);
        snprintf(r->sentence, sizeof r->sentence, "%s", sentence);
        return WEAL_ERR_INVALID;
    }
    *result = json_incref(json_object_get(answer, "result"));
    return *result ? WEAL_OK : WEAL_ERR_CORRUPT;
}

enum weal_err weal_sealed_call(struct weal_wallet_rpc *r, const uint8_t key[32], const char *method,
                               json_t *params, json_t **result) {
    struct weal_sealed s;
    json_t *whole = json_pack("{s:s, s:o}", "method", method, "params", params), *outer = NULL;
    char *text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;
    json_t *question = text ? weal_sealed_question(&s, key, text) : NULL;
    json_decref(whole);
    if (text) sodium_memzero(text, strlen(text));
    free(text);
    *result = NULL;
    if (!question) return text ? WEAL_ERR_CORRUPT : WEAL_ERR_NO_MEMORY;
    enum weal_err e = weal_wallet_rpc_call(r, "sealed", question, &outer);
    if (e == WEAL_OK) {
        json_t *answer = weal_sealed_read(&s, outer);
        e = answer ? result_of(r, answer, result) : WEAL_ERR_CORRUPT;
        json_decref(answer);
        json_decref(outer);
    }
    weal_sealed_release(&s);
    return e;
}
