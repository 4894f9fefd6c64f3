/* SPDX-License-Identifier: ISC */
/* Personalised BLAKE2b-256 and framed SHA-512, both libsodium's. */
#include "crypto/hash/hash.h"

#include "crypto/base/bug.h"

void weal_hash256(uint8_t out[32], const char *tag, const struct weal_bytes *parts, size_t count) {
    crypto_generichash_blake2b_state st;
    uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    static const uint8_t salt[crypto_generichash_blake2b_SALTBYTES] = {0};
    size_t n = strlen(tag);
    WEAL_ASSERT(n <= sizeof personal);
    memcpy(personal, tag, n);
    crypto_generichash_blake2b_init_salt_personal(&st, NULL, 0, 32, salt, personal);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].n != 0) crypto_generichash_blake2b_update(&st, parts[i].p, parts[i].n);
    }
    crypto_generichash_blake2b_final(&st, out, 32);
}

void weal_hash256_one(uint8_t out[32], const char *tag, struct weal_bytes data) {
    weal_hash256(out, tag, &data, 1);
}

void weal_transcript_init(struct weal_transcript *t, const char *domain) {
    crypto_hash_sha512_init(&t->sha);
    weal_transcript_frame(t, "ringproof-v1", domain, strlen(domain));
}

void weal_transcript_open(struct weal_transcript *t, const char *label, size_t n) {
    uint8_t head[1 + 255 + 4];
    size_t l = strlen(label);
    WEAL_ASSERT(l <= 255 && n <= UINT32_MAX);
    head[0] = (uint8_t)l;
    memcpy(head + 1, label, l);
    weal_put_le32(head + 1 + l, (uint32_t)n);
    crypto_hash_sha512_update(&t->sha, head, 1 + l + 4);
}

void weal_transcript_more(struct weal_transcript *t, const void *data, size_t n) {
    if (n != 0) crypto_hash_sha512_update(&t->sha, (const uint8_t *)data, n);
}

void weal_transcript_frame(struct weal_transcript *t, const char *label, const void *data,
                           size_t n) {
    weal_transcript_open(t, label, n);
    weal_transcript_more(t, data, n);
}

void weal_transcript_frame_u32(struct weal_transcript *t, const char *label, uint32_t v) {
    uint8_t b[4];
    weal_put_le32(b, v);
    weal_transcript_frame(t, label, b, sizeof b);
}

void weal_transcript_final(struct weal_transcript *t, uint8_t out[64]) {
    crypto_hash_sha512_final(&t->sha, out);
}
