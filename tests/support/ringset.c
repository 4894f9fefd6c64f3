/* SPDX-License-Identifier: ISC */
#include "tests/support/ringset.h"

#include <pthread.h>
#include <stdlib.h>

static const char chain_id[] = "ringset-chain";
static const char scope_text[] = "income/7";

void ringset_bytes(struct ringset_rng *rng, void *out, size_t n) {
    uint8_t *p = out, block[64];
    while (n > 0) {
        uint8_t in[16];
        size_t take = n < 64 ? n : 64;
        weal_put_le64(in, rng->seed);
        weal_put_le64(in + 8, rng->count++);
        crypto_hash_sha512(block, in, sizeof in);
        memcpy(p, block, take);
        p += take;
        n -= take;
    }
}

uint32_t ringset_below(struct ringset_rng *rng, uint32_t n) {
    uint8_t b[8];
    ringset_bytes(rng, b, 8);
    return (uint32_t)(weal_le64(b) % n);
}

void ringset_scalar(struct ringset_rng *rng, uint8_t x[32]) {
    uint8_t wide[64];
    do ringset_bytes(rng, wide, 64);
    while (!weal_secret_reduce(x, wide));
}

void ringset_point(struct ringset_rng *rng, uint8_t p[32]) {
    uint8_t wide[64];
    ringset_bytes(rng, wide, 64);
    crypto_core_ristretto255_from_hash(p, wide);
}

static void members_make(struct ringset *set, struct ringset_rng *rng) {
    struct weal_bytes chain = WEAL_BYTES_LIT(chain_id), scope = WEAL_BYTES_LIT(scope_text);
    for (uint32_t i = 0; i < set->proofs; i++) {
        uint8_t(*ring)[32] = set->keys + i / set->per * set->r, *key = ring[i % set->per];
        ringset_scalar(rng, set->secrets[i][0]);
        ringset_scalar(rng, set->secrets[i][1]);
        ringset_bytes(rng, set->messages[i], 32);
        bool ok = set->shape == WEAL_RING_HUMAN
                      ? weal_human_key(key, set->secrets[i][0])
                      : weal_note_key(key, set->secrets[i][0], set->secrets[i][1]);
        ok &= weal_tag(set->tags[i], set->secrets[i][0], chain, set->shape, scope);
        ok &= weal_nullifier(set->nullifiers[i], set->secrets[i][1]);
        WEAL_ASSERT(ok);
        set->statements[i] = (struct weal_ring_statement){
            .n = set->n,
            .m = set->m,
            .shape = set->shape,
            .chain = chain,
            .scope = scope,
            .message = weal_bytes(set->messages[i], 32),
            .keys = ring[0],
            .points = set->points + i / set->per * set->r,
            .r = set->r,
            .tag = set->tags[i],
            .nullifier = set->shape == WEAL_RING_NOTE ? set->nullifiers[i] : NULL,
        };
    }
    for (uint32_t i = 0; i < set->rings; i++) {
        for (uint32_t k = set->per; k < set->r; k++) ringset_point(rng, set->keys[i * set->r + k]);
    }
}

static void points_make(struct ringset *set) {
    uint32_t n = set->rings * set->r;
    const uint8_t **in = calloc(n, sizeof *in);
    uint8_t *status = calloc(n, 1);
    WEAL_ASSERT(in && status);
    for (uint32_t i = 0; i < n; i++) in[i] = set->keys[i];
    WEAL_ASSERT(weal_points_decode_var(set->points, status, in, n));
    free(in);
    free(status);
}

struct share {
    struct ringset *set;
    uint32_t from, to;
    uint64_t seed;
};

static void *prove_share(void *arg) {
    struct share *sh = arg;
    struct ringset *set = sh->set;
    for (uint32_t i = sh->from; i < sh->to; i++) {
        struct ringset_rng rng = {sh->seed ^ 0x5eed, UINT64_C(1) << 40 | i};
        uint8_t random[32];
        ringset_bytes(&rng, random, 32);
        WEAL_ASSERT(weal_ring_prove(set->proof + i * set->proof_n, &set->statements[i],
                                    i % set->per, (const uint8_t(*)[32])set->secrets[i],
                                    random) == WEAL_ACCEPT);
    }
    return NULL;
}

void ringset_make(struct ringset *set, uint8_t shape, uint16_t n, uint16_t m, uint32_t r,
                  uint32_t rings, uint32_t per, uint64_t seed) {
    struct ringset_rng rng = {seed, 0};
    *set = (struct ringset){
        .rings = rings, .r = r, .per = per, .proofs = rings * per, .n = n, .m = m, .shape = shape};
    size_t count = set->proofs, keys = (size_t)rings * r;
    set->proof_n = weal_ring_proof_bytes(n, m, shape);
    set->secrets = calloc(count, sizeof *set->secrets);
    set->keys = calloc(keys, 32);
    set->points = calloc(keys, sizeof *set->points);
    set->tags = calloc(count, 32);
    set->nullifiers = calloc(count, 32);
    set->messages = calloc(count, 32);
    set->proof = calloc(count, set->proof_n);
    set->statements = calloc(count, sizeof *set->statements);
    WEAL_ASSERT(set->secrets && set->keys && set->points && set->tags && set->nullifiers &&
                set->messages && set->proof && set->statements);
    members_make(set, &rng);
    points_make(set);

    uint32_t end = set->proofs, half = end / 2;
    struct share a = {set, 0, half, seed}, b = {set, half, end, seed};
    pthread_t thread;
    bool other = pthread_create(&thread, NULL, prove_share, &b) == 0;
    prove_share(&a);
    if (other)
        pthread_join(thread, NULL);
    else
        prove_share(&b);
}

void ringset_free(struct ringset *set) {
    free(set->secrets);
    free(set->keys);
    free(set->points);
    free(set->tags);
    free(set->nullifiers);
    free(set->messages);
    free(set->proof);
    free(set->statements);
    *set = (struct ringset){0};
}
