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

/* Whether a secret is one may be known: it always is, and the caller asked. */
static bool valid(const uint8_t x[32]) {
    bool ok = weal_secret_valid(x);
    SECRET_DECLASSIFY(&ok, sizeof ok);
    return ok;
}

bool weal_secret_reduce(uint8_t x[32], const uint8_t wide[64]) {
    crypto_core_ristretto255_scalar_reduce(x, wide);
    return valid(x);
}

/* x B for a base that is no secret; the result is a public key or a tag. */
static bool public_multiple(uint8_t out[32], const uint8_t x[32], const uint8_t *base) {
    if (!valid(x)) return false;
    int bad = base ? crypto_scalarmult_ristretto255(out, x, base)
                   : crypto_scalarmult_ristretto255_base(out, x);
    SECRET_DECLASSIFY(out, 32);
    SECRET_DECLASSIFY(&bad, sizeof bad);
    return bad == 0;
}

bool weal_human_key(uint8_t key[32], const uint8_t x[32]) {
    return public_multiple(key, x, NULL);
}

bool weal_note_key(uint8_t key[32], const uint8_t x[32], const uint8_t t[32]) {
    secret_scalar note;
    if (!valid(x) || !valid(t)) return false;
    memcpy(note.b, t, 32);
    memset(key, 0, 32);
    (void)!crypto_scalarmult_ristretto255_base(key, x);
    secret_addmul(key, &note, weal_generators()->h);
    sodium_memzero(&note, sizeof note);
    SECRET_DECLASSIFY(key, 32);
    return !weal_is_zero32(key);
}

bool weal_tag(uint8_t tag[32], const uint8_t x[32], struct weal_bytes chain, uint8_t shape,
              struct weal_bytes scope) {
    uint8_t base[32];
    weal_scope_base(base, chain, shape, scope);
    return public_multiple(tag, x, base);
}

bool weal_nullifier(uint8_t out[32], const uint8_t t[32]) {
    return public_multiple(out, t, weal_generators()->v);
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
