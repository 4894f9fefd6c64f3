/* SPDX-License-Identifier: ISC */
/* The attestors' ceremony under any order of events, four bytes each: what, who, whom, argument;
 * with one byte more it is a renewal. Of five members one does and signs what the input says.
 * Oracle: whoever of the honest ends with a key has a share that fits it, and all who end with one
 * have the same. */
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"
#include "crypto/ring/ring.h"
#include "wallet/service/dkg.h"

enum { N = 5, T = 2, EVIL = 4, EVENTS_MAX = 400 };

static struct weal_dkg member[N];
static struct weal_dkg_roster roster;
static uint8_t sign[N][64], box[N][32];

/* A renewal is of a key whose polynomial is known here; member 2 has lost its share. */
static void renewal(uint8_t share[N][32]) {
    uint8_t coefficient[T][32], wide[64] = {7};
    struct weal_dealing key;
    for (uint32_t k = 0; k < T; k++, wide[1]++) {
        WEAL_ASSERT(weal_secret_reduce(coefficient[k], wide));
    }
    WEAL_ASSERT(weal_dealing_make(&key, (const uint8_t(*)[32])coefficient, T) == WEAL_ACCEPT);
    roster.renewal = true;
    memcpy(roster.key, key.point[0], 32);
    for (uint32_t i = 0; i < N; i++) {
        weal_dealing_share(share[i], (const uint8_t(*)[32])coefficient, T, i + 1);
        weal_share_commitment(roster.prior[i], &key, i + 1);
    }
}

static void world(bool renews) {
    static uint8_t random[N][WEAL_DKG_RANDOM], share[N][32];
    uint8_t seed[32] = {0};
    WEAL_ASSERT(sodium_init() >= 0);
    roster = (struct weal_dkg_roster){.n = N, .t = T};
    for (uint8_t i = 0; i < N; i++) {
        uint8_t wide[64];
        seed[0] = i;
        crypto_sign_seed_keypair(roster.member[i].sign, sign[i], seed);
        crypto_hash_sha512(wide, seed, sizeof seed);
        WEAL_ASSERT(weal_secret_reduce(box[i], wide) &&
                    weal_human_key(roster.member[i].box, box[i]));
        randombytes_buf_deterministic(random[i], sizeof random[i], seed);
    }
    if (renews) renewal(share);
    for (uint32_t i = 0; i < N; i++) {
        enum weal_verdict v = weal_dkg_init(&member[i], &roster, i + 1, sign[i], box[i],
                                            renews && i != 2 ? share[i] : NULL, random[i]);
        WEAL_ASSERT(v == WEAL_ACCEPT);
    }
}

/* Any message of this phase that `from` was given or made; the evil one's may be altered first. */
static void carry(uint32_t by, uint32_t to, enum weal_dkg_phase p, uint32_t from, uint8_t spoil,
                  uint8_t at) {
    struct weal_dkg_message m;
    struct weal_bytes b = weal_dkg_said(&member[by], p, from);
    if (b.n == 0) return;
    memcpy(m.bytes, b.p, b.n);
    if (spoil != 0) {
        m.bytes[WEAL_DKG_HEAD + (size_t)at * 5 % (b.n - WEAL_DKG_HEAD - 64)] ^= spoil;
        if (from == EVIL) {
            uint8_t hash[32];
            struct weal_bytes parts[] = {WEAL_BYTES(member[EVIL].session),
                                         weal_bytes(m.bytes, b.n - 64)};
            weal_hash256(hash, "weal/dkg", parts, 2);
            crypto_sign_detached(m.bytes + b.n - 64, NULL, hash, 32, sign[EVIL]);
        }
    }
    enum weal_verdict v = weal_dkg_take(&member[to], weal_bytes(m.bytes, b.n));
    WEAL_ASSERT(spoil == 0 || from == EVIL || v != WEAL_ACCEPT);
}

static void oracle(void) {
    const struct weal_dkg *first = NULL;
    for (uint32_t i = 0; i < EVIL; i++) {
        const struct weal_dkg *d = &member[i];
        WEAL_ASSERT(d->state != WEAL_DKG_EQUIVOCATED || d->culprit == EVIL + 1);
        if (d->state != WEAL_DKG_DONE) continue;
        WEAL_ASSERT(weal_dealing_share_check(&d->key, i + 1, d->share) == WEAL_ACCEPT);
        WEAL_ASSERT(!roster.renewal || memcmp(d->key.point[0], roster.key, 32) == 0);
        /* confirmed to each other: one key */
        if (first && first->said[WEAL_DKG_CONFIRM][i].n != 0)
            WEAL_ASSERT(memcmp(first->key.point, d->key.point, sizeof d->key.point[0] * T) == 0);
        first = d;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    world(size % 4 == 1);
    for (unsigned k = 0; k < EVENTS_MAX && size >= 4; k++, data += 4, size -= 4) {
        uint32_t by = data[1] % N, to = data[2] % N;
        enum weal_dkg_phase p = (enum weal_dkg_phase)(data[3] % WEAL_DKG_PHASES);
        switch (data[0] % 8) {
        case 0:
            weal_dkg_step(&member[by], false);
            break;
        case 1: /* everybody goes on */
            for (uint32_t i = 0; i < N; i++) weal_dkg_step(&member[i], false);
            break;
        case 2: /* everybody hears by */
            for (uint32_t i = 0; i < N; i++)
                if (i != by) carry(by, i, p, by, 0, 0);
            break;
        case 3: /* everybody hears everybody */
            for (uint32_t i = 0; i < N * N; i++)
                if (i / N != i % N) carry(i / N, i % N, p, i / N, 0, 0);
            break;
        case 4:
            carry(by, to, p, data[3] / 8 % N, 0, 0);
            break;
        case 5: /* the evil one says something else */
            carry(EVIL, to, p, EVIL, data[1] | 1, data[3]);
            break;
        case 6:
            weal_dkg_step(&member[by], true);
            break;
        case 7: { /* bytes of no one */
            size_t n = size - 4 < data[3] ? size - 4 : data[3];
            enum weal_verdict v = weal_dkg_take(&member[to], weal_bytes(data + 4, n));
            WEAL_ASSERT(v != WEAL_ACCEPT);
            break;
        }
        }
    }
    oracle();
    return 0;
}
