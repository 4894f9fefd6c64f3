/* SPDX-License-Identifier: ISC */
#include "tests/sim/oracle.h"

#include <stdlib.h>

#include "crypto/base/bug.h"
#include "crypto/batch/batch_int.h"
#include "crypto/hash/hash.h"
#include "crypto/msm/msm.h"
#include "crypto/sig/sig.h"

enum { PUBLICS = 1024, PROOFS = 1 << 18 };

/* The names the linker gives to the wrapped functions and to the real ones. The latter are weak:
 * programs that are not linked with --wrap never come here. */
#define WRAPPED(result, name, ...)                                                                 \
    result __real_##name(__VA_ARGS__) __attribute__((weak));                                       \
    result __wrap_##name(__VA_ARGS__)
WRAPPED(bool, weal_sig_sign, uint8_t sig[64], const uint8_t digest[32], const uint8_t secret[32]);
WRAPPED(bool, weal_sig_verify_var, const uint8_t sig[64], const uint8_t digest[32],
        const uint8_t pub[32]);
WRAPPED(bool, weal_sig_verify_many_var, bool *ok, const struct weal_sig_item *item, size_t n);
WRAPPED(bool, weal_batch_verify, struct weal_batch *b, const uint8_t random[32]);
WRAPPED(enum weal_verdict, weal_ring_prove, uint8_t *proof, const struct weal_ring_statement *s,
        uint32_t index, const uint8_t (*secrets)[32], const uint8_t random[32]);
WRAPPED(enum weal_verdict, weal_linear_prove, uint8_t *proof, const struct weal_linear_statement *s,
        const uint8_t (*secrets)[32], const uint8_t random[32]);
WRAPPED(void, weal_msm_table_init, struct weal_msm_table *t, const struct weal_point96 *bases,
        size_t n, void *mem, size_t mem_n);

static struct {
    bool on;
    uint64_t answers;
    struct {
        bool used;
        uint8_t secret[32], public[32];
    } key[PUBLICS];
    /* Keys of proofs that hold, open addressing. */
    uint8_t (*proof)[32];
    uint32_t proofs_n;
    struct weal_batch *batch; /* of one proof, to learn its key */
    void *batch_mem;
} oracle;

void oracle_on(void) {
    oracle_off();
    oracle.proof = calloc(PROOFS, 32);
    WEAL_ASSERT(oracle.proof);
    const struct weal_batch_limits one = {.proofs_max = 1};
    oracle.batch_mem = malloc(weal_batch_footprint(&one));
    WEAL_ASSERT(oracle.batch_mem);
    oracle.batch = weal_batch_init(oracle.batch_mem, &one);
    oracle.on = true;
}

void oracle_off(void) {
    free(oracle.proof);
    free(oracle.batch_mem);
    memset(&oracle, 0, sizeof oracle);
}

uint64_t oracle_answers(void) {
    return oracle.answers;
}

/* ---- tables ---- */

/* A node that starts makes the table of the same bases as every other: one is made, for all. */
void __wrap_weal_msm_table_init(struct weal_msm_table *t, const struct weal_point96 *bases,
                                size_t n, void *mem, size_t mem_n) {
    static struct weal_point96 made_of[WEAL_MSM_FIXED_MAX];
    static struct weal_msm_table made; /* kept until the process ends */
    size_t bytes = n * sizeof *bases;
    if (made.n == 0) {
        size_t footprint = weal_msm_table_footprint(n);
        void *kept = malloc(footprint);
        WEAL_ASSERT(kept);
        memcpy(made_of, bases, bytes);
        __real_weal_msm_table_init(&made, bases, n, kept, footprint);
    }
    if (made.n == n && memcmp(made_of, bases, bytes) == 0)
        *t = made;
    else
        __real_weal_msm_table_init(t, bases, n, mem, mem_n);
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

bool __wrap_weal_sig_verify_many_var(bool *ok, const struct weal_sig_item *item, size_t n) {
    if (!oracle.on) return __real_weal_sig_verify_many_var(ok, item, n);
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        ok[i] = __wrap_weal_sig_verify_var(item[i].sig, item[i].digest, item[i].pub);
        all &= ok[i];
    }
    return all;
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
    WEAL_ASSERT(oracle.proofs_n < PROOFS / 4 * 3); /* none is forgotten: it would be refused */
    oracle.proofs_n += !known(key);
    memcpy(place(key), key, 32);
}

/* Bytes that read as points and then scalars, and that nobody else makes. */
static void look_like(uint8_t *proof, size_t points, size_t scalars, const uint8_t random[32]) {
    for (size_t i = 0; i < points + scalars; i++) {
        uint8_t number[8], *b = proof + 32 * i;
        weal_put_le64(number, i);
        const struct weal_bytes parts[] = {weal_bytes(random, 32), WEAL_BYTES(number)};
        weal_hash256(b, "sim/proof", parts, 2);
        b[31] &= i < points ? 0x7f : 0x0f;
        if (i < points) b[0] &= 0xfe;
    }
}

/* What is in the batch was just made, from the right secrets. */
static enum weal_verdict made(enum weal_verdict v) {
    uint8_t key[32];
    if (v == WEAL_ACCEPT) {
        weal_batch_last_key(oracle.batch, key);
        remember(key);
    }
    weal_batch_reset(oracle.batch);
    return v;
}

static bool same(const uint8_t *a, const uint8_t b[32]) {
    return memcmp(a, b, 32) == 0;
}

enum weal_verdict __wrap_weal_ring_prove(uint8_t *proof, const struct weal_ring_statement *s,
                                         uint32_t index, const uint8_t (*secrets)[32],
                                         const uint8_t random[32]) {
    uint8_t key[32], tag[32], nullifier[32];
    bool note = s->shape == WEAL_RING_NOTE;
    bool fits = oracle.on && s->n == 0 && s->m == 0 && index < s->r &&
                weal_tag(tag, secrets[0], s->chain, s->shape, s->scope) && same(s->tag, tag);
    if (fits && note)
        fits = weal_note_key(key, secrets[0], secrets[1]) &&
               weal_nullifier(nullifier, secrets[1]) && same(s->nullifier, nullifier);
    else if (fits)
        fits = weal_human_key(key, secrets[0]);
    if (!fits || !same(s->keys + 32 * (size_t)index, key))
        return __real_weal_ring_prove(proof, s, index, secrets, random);
    size_t scalars = WEAL_RING_M * (WEAL_RING_N - 1) + (note ? 3 : 2);
    size_t bytes = weal_ring_bytes(s->shape);
    look_like(proof, bytes / 32 - scalars, scalars, random);
    return made(weal_batch_add_ring(oracle.batch, 0, s, weal_bytes(proof, bytes)));
}

enum weal_verdict __wrap_weal_linear_prove(uint8_t *proof, const struct weal_linear_statement *s,
                                           const uint8_t (*secrets)[32], const uint8_t random[32]) {
    uint8_t key[32], tag[32];
    bool tagged = s->kind == WEAL_LINEAR_REFUND || s->kind == WEAL_LINEAR_OWNTAG, fits = oracle.on;
    if (fits && tagged)
        fits = weal_tag(tag, secrets[0], s->chain, s->shape, s->scope) && same(s->tag, tag);
    if (fits && s->kind == WEAL_LINEAR_REFUND)
        fits = weal_note_key(key, secrets[0], secrets[1]) && same(s->note, key);
    else if (fits && (s->kind == WEAL_LINEAR_POP || s->kind == WEAL_LINEAR_OWNTAG))
        fits = weal_human_key(key, secrets[0]) && same(s->key, key);
    else
        fits = false;
    if (!fits) return __real_weal_linear_prove(proof, s, secrets, random);
    size_t bytes = weal_linear_proof_bytes(s->kind), points = tagged ? 2 : 1;
    look_like(proof, points, bytes / 32 - points, random);
    return made(weal_batch_add_linear(oracle.batch, 0, s, weal_bytes(proof, bytes)));
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
    if (!oracle.on) return good;
    good = true; /* what the oracle made holds by its word; the rest was verified */
    for (uint32_t i = 0; i < b->n; i++) {
        if (known(b->proofs[i].key)) b->proofs[i].verdict = WEAL_ACCEPT;
        if (b->proofs[i].verdict == WEAL_ACCEPT)
            remember(b->proofs[i].key);
        else
            good = false;
    }
    return good;
}
