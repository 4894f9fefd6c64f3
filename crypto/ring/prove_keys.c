/* SPDX-License-Identifier: ISC */
/* Keys, tags and nonces of secrets. Constant time; libsodium only. */
#include "crypto/ring/prove_int.h"

bool weal_secret_valid(const uint8_t x[32]) {
    /* l, little-endian; the comparison runs over all bytes whatever they are */
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    unsigned borrow = 0, any = 0;
    for (int i = 0; i < 32; i++) {
        borrow = ((unsigned)x[i] - order[i] - borrow) >> 8 & 1;
        any |= x[i];
    }
    return borrow == 1 && any != 0;
}

bool weal_secret_reduce(uint8_t x[32], const uint8_t wide[64]) {
    crypto_core_ristretto255_scalar_reduce(x, wide);
    return weal_secret_valid(x);
}

bool weal_human_key(uint8_t key[32], const uint8_t x[32]) {
    if (!weal_secret_valid(x)) return false;
    return crypto_scalarmult_ristretto255_base(key, x) == 0;
}

bool weal_note_key(uint8_t key[32], const uint8_t x[32], const uint8_t t[32]) {
    uint8_t a[32], b[32];
    bool ok = weal_secret_valid(x) && weal_secret_valid(t) &&
              crypto_scalarmult_ristretto255_base(a, x) == 0 &&
              crypto_scalarmult_ristretto255(b, t, weal_generators()->h) == 0 &&
              crypto_core_ristretto255_add(key, a, b) == 0;
    sodium_memzero(a, sizeof a);
    sodium_memzero(b, sizeof b);
    return ok;
}

bool weal_tag(uint8_t tag[32], const uint8_t x[32], struct weal_bytes chain, uint8_t shape,
              struct weal_bytes scope) {
    uint8_t base[32];
    weal_scope_base(base, chain, shape, scope);
    return weal_secret_valid(x) && crypto_scalarmult_ristretto255(tag, x, base) == 0;
}

bool weal_nullifier(uint8_t out[32], const uint8_t t[32]) {
    return weal_secret_valid(t) &&
           crypto_scalarmult_ristretto255(out, t, weal_generators()->v) == 0;
}

void secret_nonces_init(struct secret_nonces *s, const uint8_t *secret, size_t secret_n,
                        const uint8_t d[64], const uint8_t random[32]) {
    struct weal_transcript t;
    weal_transcript_init(&t, "nonce-seed");
    weal_transcript_frame(&t, "secret", secret, secret_n);
    weal_transcript_frame(&t, "statement", d, 64);
    weal_transcript_frame(&t, "random", random, 32);
    weal_transcript_final(&t, s->seed);
    sodium_memzero(&t, sizeof t);
}

void secret_nonce(secret_scalar *out, const struct secret_nonces *s, const char *label,
                  uint32_t index) {
    struct weal_transcript t;
    uint8_t wide[64];
    weal_transcript_init(&t, "nonce");
    weal_transcript_frame(&t, "seed", s->seed, sizeof s->seed);
    weal_transcript_frame(&t, "label", label, strlen(label));
    weal_transcript_frame_u32(&t, "index", index);
    weal_transcript_final(&t, wide);
    crypto_core_ristretto255_scalar_reduce(out->b, wide);
    sodium_memzero(&t, sizeof t);
    sodium_memzero(wide, sizeof wide);
}
