/* SPDX-License-Identifier: ISC */
/* The Noise Protocol Framework, revision 34, for the one pattern and suite in noise.h. Function
 * names in comments are the specification's. */
#include "p2p/noise.h"

#include <sodium.h>

#include "crypto/base/bug.h"

static const char protocol_name[] = "Noise_XX_25519_ChaChaPoly_SHA256"; /* 32 characters */
_Static_assert(sizeof protocol_name - 1 == WEAL_NOISE_HASH, "the name is h without hashing");

/* ---- symmetric state ---- */

static void mix_hash(struct weal_noise *n, const uint8_t *data, size_t len) {
    crypto_hash_sha256_state st;
    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, n->h, sizeof n->h);
    if (len != 0) crypto_hash_sha256_update(&st, data, len);
    crypto_hash_sha256_final(&st, n->h);
}

static void hmac(uint8_t out[32], const uint8_t key[32], const uint8_t *a, size_t a_n, uint8_t b,
                 bool with_b) {
    crypto_auth_hmacsha256_state st;
    crypto_auth_hmacsha256_init(&st, key, 32);
    if (a_n != 0) crypto_auth_hmacsha256_update(&st, a, a_n);
    if (with_b) crypto_auth_hmacsha256_update(&st, &b, 1);
    crypto_auth_hmacsha256_final(&st, out);
    sodium_memzero(&st, sizeof st);
}

/* HKDF with two outputs. out1 may be key. */
static void hkdf2(uint8_t out1[32], uint8_t out2[32], const uint8_t key[32], const uint8_t *ikm,
                  size_t ikm_n) {
    uint8_t temp[32], first[32];
    hmac(temp, key, ikm, ikm_n, 0, false);
    hmac(first, temp, NULL, 0, 1, true);
    hmac(out2, temp, first, sizeof first, 2, true);
    memcpy(out1, first, sizeof first);
    sodium_memzero(temp, sizeof temp);
    sodium_memzero(first, sizeof first);
}

/* MixKey(DH(secret, pub)). False for a key of low order. */
static bool mix_dh(struct weal_noise *n, const uint8_t secret[32], const uint8_t pub[32]) {
    uint8_t shared[32];
    bool ok = crypto_scalarmult_curve25519(shared, secret, pub) == 0;
    if (ok) {
        hkdf2(n->ck, n->k, n->ck, shared, sizeof shared);
        n->nonce = 0;
        n->keyed = true;
    }
    sodium_memzero(shared, sizeof shared);
    return ok;
}

static void nonce_bytes(uint8_t out[12], uint64_t nonce) {
    memset(out, 0, 4);
    weal_put_le64(out + 4, nonce);
}

static void seal(uint8_t *out, const uint8_t key[32], uint64_t nonce, struct weal_bytes ad,
                 const uint8_t *plain, size_t n) {
    uint8_t np[12];
    nonce_bytes(np, nonce);
    crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain, n, ad.p, ad.n, NULL, np, key);
}

static bool unseal(uint8_t *out, const uint8_t key[32], uint64_t nonce, struct weal_bytes ad,
                   const uint8_t *sealed, size_t n) {
    uint8_t np[12];
    nonce_bytes(np, nonce);
    return crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, n, ad.p, ad.n, np,
                                                     key) == 0;
}

/* EncryptAndHash. */
static bool encrypt_and_hash(struct weal_noise *n, const uint8_t *plain, size_t plain_n,
                             struct weal_wr *w) {
    size_t out_n = plain_n + (n->keyed ? WEAL_NOISE_TAG : 0);
    uint8_t *out = weal_wr_take(w, out_n);
    if (!out) return false;
    if (n->keyed) {
        seal(out, n->k, n->nonce++, WEAL_BYTES(n->h), plain, plain_n);
    } else if (plain_n != 0) {
        memcpy(out, plain, plain_n);
    }
    mix_hash(n, out, out_n);
    return true;
}

/* DecryptAndHash of the next sealed_n bytes. */
static bool decrypt_and_hash(struct weal_noise *n, struct weal_rd *r, size_t sealed_n,
                             uint8_t *out) {
    const uint8_t *sealed = weal_rd_take(r, sealed_n);
    if (!sealed) return false;
    if (n->keyed) {
        if (!unseal(out, n->k, n->nonce++, WEAL_BYTES(n->h), sealed, sealed_n)) return false;
    } else if (sealed_n != 0) {
        memcpy(out, sealed, sealed_n);
    }
    mix_hash(n, sealed, sealed_n);
    return true;
}

/* ---- handshake state ---- */

bool weal_noise_keypair(uint8_t pub[32], const uint8_t secret[32]) {
    return crypto_scalarmult_curve25519_base(pub, secret) == 0 && !weal_is_zero32(pub);
}

bool weal_noise_init(struct weal_noise *n, bool initiator, struct weal_bytes prologue,
                     const uint8_t s_secret[32], const uint8_t e_secret[32]) {
    memset(n, 0, sizeof *n);
    n->initiator = initiator;
    memcpy(n->h, protocol_name, sizeof n->h);
    memcpy(n->ck, protocol_name, sizeof n->ck);
    memcpy(n->s_secret, s_secret, 32);
    memcpy(n->e_secret, e_secret, 32);
    mix_hash(n, prologue.p, prologue.n);
    if (weal_noise_keypair(n->s_public, s_secret) && weal_noise_keypair(n->e_public, e_secret)) {
        return true;
    }
    weal_noise_wipe(n);
    return false;
}

bool weal_noise_writes_next(const struct weal_noise *n) {
    return n->step < 3 && (n->step % 2 == 0) == n->initiator;
}

/* The tokens of each message, seen by its writer. */
static bool write_tokens(struct weal_noise *n, struct weal_wr *w) {
    if (n->step < 2) { /* e */
        weal_wr_copy(w, n->e_public, 32);
        mix_hash(n, n->e_public, 32);
    }
    switch (n->step) {
    case 0:
        return true;
    case 1: /* ee, s, es */
        return mix_dh(n, n->e_secret, n->re) && encrypt_and_hash(n, n->s_public, 32, w) &&
               mix_dh(n, n->s_secret, n->re);
    default: /* s, se */
        return encrypt_and_hash(n, n->s_public, 32, w) && mix_dh(n, n->s_secret, n->re);
    }
}

/* The same, seen by its reader. */
static bool read_tokens(struct weal_noise *n, struct weal_rd *r) {
    if (n->step < 2) {
        weal_rd_copy(r, n->re, 32);
        if (r->failed) return false;
        mix_hash(n, n->re, 32);
    }
    switch (n->step) {
    case 0:
        return true;
    case 1:
        return mix_dh(n, n->e_secret, n->re) &&
               decrypt_and_hash(n, r, 32 + WEAL_NOISE_TAG, n->rs) && mix_dh(n, n->e_secret, n->rs);
    default:
        return decrypt_and_hash(n, r, 32 + WEAL_NOISE_TAG, n->rs) && mix_dh(n, n->e_secret, n->rs);
    }
}

bool weal_noise_write(struct weal_noise *n, struct weal_bytes payload, struct weal_wr *w) {
    if (!weal_noise_writes_next(n)) return false;
    struct weal_noise next = *n;
    struct weal_wr out = *w;
    bool ok = write_tokens(&next, &out) && encrypt_and_hash(&next, payload.p, payload.n, &out) &&
              !out.failed;
    if (ok) {
        next.step++;
        *n = next;
        *w = out;
    }
    weal_noise_wipe(&next);
    return ok;
}

bool weal_noise_read(struct weal_noise *n, struct weal_bytes msg, uint8_t *out, size_t cap,
                     size_t *out_n) {
    *out_n = 0;
    if (n->step >= 3 || weal_noise_writes_next(n) || cap < msg.n) return false;
    struct weal_noise next = *n;
    struct weal_rd r = weal_rd(msg);
    bool ok = read_tokens(&next, &r);
    size_t tag = next.keyed ? WEAL_NOISE_TAG : 0;
    ok = ok && r.n >= tag;
    size_t payload_n = ok ? r.n - tag : 0;
    ok = ok && decrypt_and_hash(&next, &r, r.n, out);
    if (ok) {
        next.step++;
        *n = next;
        *out_n = payload_n;
    } else {
        sodium_memzero(out, cap);
    }
    weal_noise_wipe(&next);
    return ok;
}

void weal_noise_split(struct weal_noise *n, struct weal_noise_cipher *send,
                      struct weal_noise_cipher *recv, uint8_t hash[WEAL_NOISE_HASH]) {
    uint8_t first[32], second[32];
    WEAL_ASSERT(weal_noise_over(n));
    hkdf2(first, second, n->ck, NULL, 0);
    send->nonce = recv->nonce = 0;
    memcpy(send->key, n->initiator ? first : second, 32);
    memcpy(recv->key, n->initiator ? second : first, 32);
    memcpy(hash, n->h, WEAL_NOISE_HASH);
    sodium_memzero(first, sizeof first);
    sodium_memzero(second, sizeof second);
    weal_noise_wipe(n);
}

void weal_noise_wipe(struct weal_noise *n) {
    sodium_memzero(n, sizeof *n);
}

/* ---- transport ---- */

bool weal_noise_seal(struct weal_noise_cipher *c, struct weal_bytes ad, const uint8_t *plain,
                     size_t plain_n, uint8_t *out) {
    if (c->nonce == UINT64_MAX) return false;
    seal(out, c->key, c->nonce++, ad, plain, plain_n);
    return true;
}

bool weal_noise_open(struct weal_noise_cipher *c, struct weal_bytes ad, const uint8_t *sealed,
                     size_t sealed_n, uint8_t *out) {
    if (c->nonce == UINT64_MAX || sealed_n < WEAL_NOISE_TAG) return false;
    if (!unseal(out, c->key, c->nonce, ad, sealed, sealed_n)) return false;
    c->nonce++;
    return true;
}

void weal_noise_rekey(struct weal_noise_cipher *c) {
    static const uint8_t zeros[32];
    uint8_t out[32 + WEAL_NOISE_TAG];
    seal(out, c->key, UINT64_MAX, weal_bytes(NULL, 0), zeros, sizeof zeros);
    memcpy(c->key, out, 32);
    sodium_memzero(out, sizeof out);
}
