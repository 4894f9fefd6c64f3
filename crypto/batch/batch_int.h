/* SPDX-License-Identifier: ISC */
/* Private to crypto/batch: how a batch lies in memory. batch.c collects, eval.c weighs and
 * multiplies. */
#ifndef WEAL_CRYPTO_BATCH_BATCH_INT_H
#define WEAL_CRYPTO_BATCH_BATCH_INT_H

#include "crypto/batch/batch.h"
#include "crypto/msm/msm.h"

enum {
    BATCH_SCOPES = 256,    /* distinct scopes of one batch, and the cache across batches */
    BATCH_OWN_MEAN = 12,   /* points of its own a proof has, on average at most */
    BATCH_EQUATIONS = 4,   /* of one proof, at most */
    BATCH_SCOPE_MAX = 256, /* bytes */
    BATCH_NONE = UINT32_MAX,
};

/* A scope base: hashed once, kept from batch to batch. */
struct batch_scope {
    uint64_t hash; /* of chain, shape, scope; 0: free */
    uint8_t chain_n, shape;
    uint16_t scope_n;
    bool used; /* in this batch */
    uint8_t text[64 + BATCH_SCOPE_MAX];
    uint8_t base[32];
    struct weal_point96 point;
    struct weal_scalar sum;
};

struct batch_ring {
    const uint8_t *keys;
    const struct weal_point96 *points; /* the ledger's, or decoded here */
    uint32_t r, next;                  /* next: of the same hash bucket */
    uint32_t sums;                     /* index of its r scalars */
    uint32_t scope;                    /* whose midstate is kept; BATCH_NONE */
    uint8_t shape;
    uint16_t n, m;
    struct weal_bytes chain; /* identifies the midstate; compared by content */
    struct weal_transcript midstate;
    enum weal_verdict bad; /* of its keys, when decoded here */
};

struct batch_proof {
    uint8_t d[64], key[32];
    const uint8_t *proof;
    const uint8_t *pub[2]; /* ring: T, S. linear: see row terms in eval.c */
    uint32_t item, ring, scope;
    uint32_t own, own_n; /* its points: index, count */
    uint16_t n, m;
    uint8_t linear; /* kind + 1; 0: a ring proof */
    uint8_t shape;
    uint8_t equations;
    enum weal_verdict verdict;
    struct weal_scalar xi; /* challenge */
};

/* Points every batch shares, in this order; scopes and rings follow them. */
enum batch_shared {
    SHARED_G,
    SHARED_F,
    SHARED_H,
    SHARED_V,
    SHARED_GU,
    SHARED_GV = SHARED_GU + WEAL_GENERATORS,
    SHARED_COUNT = SHARED_GV + WEAL_GENERATORS
};

struct weal_batch {
    uint32_t proofs_max, own_max, sums_max;
    uint32_t n, own_n, rings_n, sums_n, buckets_mask;
    bool verified;

    struct batch_proof *proofs;
    struct batch_ring *rings;
    uint32_t *buckets;
    const uint8_t **own_bytes; /* encodings */
    struct weal_point96 *own;  /* decoded */
    uint8_t *own_status;
    struct weal_scalar *own_scalars;
    struct weal_scalar *sums;         /* of ring keys */
    struct weal_point96 *ring_points; /* decoded here, parallel to sums */
    uint8_t (*weights)[64];

    struct weal_point96 shared[SHARED_COUNT];
    struct weal_scalar shared_sum[SHARED_COUNT];
    struct batch_scope scopes[BATCH_SCOPES];

    /* the multiplication */
    struct weal_scalar *term_scalars;
    const struct weal_point96 **term_points;
    uint32_t terms_max;
    void *msm_mem;
    size_t msm_n;
};

/* True when equations `mask` (bit e: equation e) of the accepted proofs in [lo, hi) sum to the
 * identity under the batch's weights. */
bool batch_eval(struct weal_batch *b, uint32_t lo, uint32_t hi, unsigned mask);

#endif
