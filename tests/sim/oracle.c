/* SPDX-License-Identifier: ISC */
#include "tests/sim/oracle.h"

#include <stdlib.h>

#include "crypto/base/bug.h"
#include "crypto/batch/batch_int.h"
#include "crypto/hash/hash.h"
#include "crypto/sig/sig.h"

enum { PUBLICS = 1024, PROOFS = 1 << 16 };

/* The names the linker gives to the wrapped functions and to the real ones. The latter are weak:
 * programs that are not linked with --wrap never come here. */
#define WRAPPED(result, name, ...)                                                                 \
    result __real_##name(__VA_ARGS__) __attribute__((weak));                                       \
    result __wrap_##name(__VA_ARGS__)
WRAPPED(bool, weal_sig_sign, uint8_t sig[64], const uint8_t digest[32], const uint8_t secret[32]);
WRAPPED(bool, weal_sig_verify_var, const uint8_t sig[64], const uint8_t digest[32],
        const uint8_t pub[32]);
WRAPPED(bool, weal_batch_verify, struct weal_batch *b, const uint8_t random[32]);

static struct {
    bool on;
    uint64_t answers;
    struct {
        bool used;
        uint8_t secret[32], public[32];
    } key[PUBLICS];
    /* Keys of proofs that held, open addressing; emptied when three quarters full. */
    uint8_t (*proof)[32];
    uint32_t proofs_n;
} oracle;

void oracle_on(void) {
    oracle_off();
    oracle.proof = calloc(PROOFS, 32);
    WEAL_ASSERT(oracle.proof);
    oracle.on = true;
}

void oracle_off(void) {
    free(oracle.proof);
    memset(&oracle, 0, sizeof oracle);
}

uint64_t oracle_answers(void) {
    return oracle.answers;
}

/* ---- signatures ---- */

static void signature(uint8_t sig[64], const uint8_t digest[32], const uint8_t public[32]) {
    const struct weal_bytes parts[] = {weal_bytes(public, 32), weal_bytes(digest, 32)};
    weal_hash256(sig, "sim/oracle", parts, 2);
    memcpy(sig + 32, public, 32);
}

bool __wrap_weal_sig_sign(uint8_t sig[64], const uint8_t digest[32], const uint8_t secret[32]) {
    if (!oracle.on) return __real_weal_sig_sign(sig, digest, secret);
    uint32_t at = weal_le32(secret) % PUBLICS;
    if (!oracle.key[at].used || memcmp(oracle.key[at].secret, secret, 32) != 0) {
        if (!weal_sig_public(oracle.key[at].public, secret)) return false;
        memcpy(oracle.key[at].secret, secret, 32);
        oracle.key[at].used = true;
    }
    signature(sig, digest, oracle.key[at].public);
    return true;
}

bool __wrap_weal_sig_verify_var(const uint8_t sig[64], const uint8_t digest[32],
                                const uint8_t pub[32]) {
    if (!oracle.on) return __real_weal_sig_verify_var(sig, digest, pub);
    uint8_t want[64];
    oracle.answers++;
    signature(want, digest, pub);
    return memcmp(sig, want, 64) == 0;
}

/* ---- proofs ---- */

/* Where a key stands, or the empty place it would take. */
static uint8_t *place(const uint8_t key[32]) {
    static const uint8_t empty[32];
    for (uint32_t at = weal_le32(key) % PROOFS;; at = (at + 1) % PROOFS)
        if (memcmp(oracle.proof[at], key, 32) == 0 || memcmp(oracle.proof[at], empty, 32) == 0)
            return oracle.proof[at];
}

static bool known(const uint8_t key[32]) {
    return memcmp(place(key), key, 32) == 0;
}

static void remember(const uint8_t key[32]) {
    if (oracle.proofs_n >= PROOFS / 4 * 3) {
        memset(oracle.proof, 0, (size_t)PROOFS * 32);
        oracle.proofs_n = 0;
    }
    oracle.proofs_n += !known(key);
    memcpy(place(key), key, 32);
}

bool __wrap_weal_batch_verify(struct weal_batch *b, const uint8_t random[32]) {
    bool all = oracle.on;
    for (uint32_t i = 0; i < b->n && all; i++) all = known(b->proofs[i].key);
    if (all) {
        oracle.answers += b->n;
        for (uint32_t i = 0; i < b->n; i++) b->proofs[i].verdict = WEAL_ACCEPT;
        b->verified = true;
        return true;
    }
    bool good = __real_weal_batch_verify(b, random);
    for (uint32_t i = 0; i < b->n && oracle.on; i++)
        if (b->proofs[i].verdict == WEAL_ACCEPT) remember(b->proofs[i].key);
    return good;
}
