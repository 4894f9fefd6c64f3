/* SPDX-License-Identifier: ISC */
/* Private to crypto/batch: how a batch lies in memory. batch.c cuts the memory, adds proofs and
 * finds culprits; lookup.c finds scopes and rings met before; eval.c weighs and multiplies. */
#ifndef WEAL_CRYPTO_BATCH_BATCH_INT_H
#define WEAL_CRYPTO_BATCH_BATCH_INT_H

#include "crypto/batch/batch.h"
#include "crypto/curve/curve.h"
#include "crypto/curve/scalar.h"
#include "crypto/msm/msm.h"

enum {
    BATCH_OWN = 4 + 3 * WEAL_RING_M, /* points of its own the largest proof of the chain has */
    BATCH_EQUATIONS = 4,             /* of one proof, at most */
    BATCH_TEXT = 120,                /* chain and scope up to here are kept, longer ones hashed */
    BATCH_DECODE = 64,               /* own points are decoded as soon as so many wait */
};
#define BATCH_NONE UINT32_MAX

/* A tag base: hashed once, kept from batch to batch. */
struct batch_scope {
    uint8_t shape, chain_n, text_n;
    uint32_t used;   /* by so many proofs of this batch; places of none are taken over */
    uint64_t hash;   /* 0: free */
    uint64_t serial; /* of this content in this place */
    uint8_t text[BATCH_TEXT];
    uint8_t base[32];
    struct weal_point96 point;
    struct weal_scalar sum;
};

/* A ring: the keys themselves name it, wherever they stand. */
struct batch_ring {
    const struct weal_point96 *points; /* as given last, or decoded here */
    uint32_t r, next;                  /* next: of the same bucket */
    uint32_t keys;                     /* index of its r keys and scalars */
    uint32_t proofs;
    uint64_t scope; /* serial of the one in `scoped`; 0 when there is none */
    uint16_t n, m;  /* of both midstates */
    uint8_t shape, chain_n;
    bool own_points;
    enum weal_verdict bad;                 /* of its keys */
    uint8_t chain[64];                     /* of both midstates */
    struct weal_transcript ringed, scoped; /* D as far as the ring; as far as the tag base */
};

struct batch_proof {
    uint8_t key[32];
    const uint8_t *proof;
    uint32_t item, ring, scope;
    uint32_t own; /* index of its points; their number is own_n */
    uint8_t own_n, n, m, shape;
    uint8_t linear; /* kind + 1; 0: a ring proof */
    uint8_t equations;
    enum weal_verdict verdict;
    struct weal_scalar xi; /* challenge */
};

/* Points every batch shares, in this order. */
enum batch_shared {
    SHARED_G,
    SHARED_F,
    SHARED_H,
    SHARED_V,
    SHARED_GU,
    SHARED_GV = SHARED_GU + WEAL_GENERATORS,
    SHARED_COUNT = SHARED_GV + WEAL_GENERATORS
};

/* Those of them with a table for small batches: what the chain's own (n, m) uses. */
enum {
    FIXED_GENERATORS = WEAL_RING_N * WEAL_RING_M,
    FIXED_COUNT = SHARED_GU + 2 * FIXED_GENERATORS
};
/* Which shared point the i-th with a table is. */
static inline int batch_fixed(int i) {
    int beyond = i - SHARED_GU - FIXED_GENERATORS;
    return beyond < 0 ? i : SHARED_GV + beyond;
}

struct weal_batch {
    uint32_t proofs_max, own_max, keys_max, points_max, scopes_max, terms_max;
    uint32_t n, own_n, decoded_n, rings_n, keys_n, points_n;
    uint32_t buckets_mask;
    uint64_t serial;
    bool verified;

    struct batch_proof *proofs;
    struct batch_ring *rings;
    uint32_t *buckets;
    struct batch_scope *scopes;
    const uint8_t **own_bytes; /* encodings */
    struct weal_point96 *own;  /* decoded, as far as decoded_n */
    uint8_t *own_status;
    uint8_t (*keys)[32];              /* of the rings */
    struct weal_scalar *sums;         /* of the rings, parallel to keys */
    struct weal_point96 *ring_points; /* of rings that came without */
    uint8_t (*weights)[16 * BATCH_EQUATIONS];

    struct weal_point96 shared[SHARED_COUNT];
    struct weal_msm_table table; /* of them */
    void *table_mem;
    struct weal_scalar shared_sum[SHARED_COUNT];

    /* the multiplication */
    struct weal_scalar *term_scalars;
    const struct weal_point96 **term_points;
    void *msm_mem;
    size_t msm_n;
};

/* The place of a scope, made if need be; BATCH_NONE when all places are in use. Counts a user. */
uint32_t batch_scope_get(struct weal_batch *b, struct weal_bytes chain, uint8_t shape,
                         struct weal_bytes scope);
/* The place of a ring, made if need be; BATCH_NONE when there is no room. Counts a user. */
uint32_t batch_ring_get(struct weal_batch *b, const struct weal_ring_statement *s);
/* One user less; the newest ring goes when none is left. */
void batch_scope_drop(struct weal_batch *b, uint32_t scope);
void batch_ring_drop(struct weal_batch *b, uint32_t ring);
/* D, by the midstates kept with the ring. */
void batch_ring_digest(struct weal_batch *b, uint32_t ring, uint32_t scope,
                       const struct weal_ring_statement *s, uint8_t d[64]);

/* True when equations `mask` (bit e: equation e) of the accepted proofs in [lo, hi) sum to the
 * identity under the batch's weights. */
bool batch_eval(struct weal_batch *b, uint32_t lo, uint32_t hi, unsigned mask);

#endif
