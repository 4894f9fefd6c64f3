/* SPDX-License-Identifier: ISC */
/* What proofs of a batch have in common: tag bases and rings. Both are found by content, so that
 * neither an address used twice nor a ring standing in two places can mislead. */
#include "crypto/batch/batch_int.h"

/* ---- scopes ---- */

/* What stands for (chain, scope) in a place: the bytes, or their hash when they are long. */
static uint8_t scope_text(uint8_t text[BATCH_TEXT], struct weal_bytes chain,
                          struct weal_bytes scope) {
    if (chain.n + scope.n <= BATCH_TEXT - 1) {
        memcpy(text, chain.p, chain.n);
        memcpy(text + chain.n, scope.p, scope.n);
        return (uint8_t)(chain.n + scope.n);
    }
    struct weal_bytes parts[2] = {chain, scope};
    weal_hash256(text, "weal/scope", parts, 2); /* chain_n tells the two apart */
    return BATCH_TEXT;                          /* no text of that length is kept as it is */
}

static uint64_t text_hash(const uint8_t *text, size_t n, uint8_t shape) {
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ shape; /* FNV-1a */
    for (size_t i = 0; i < n; i++) h = (h ^ text[i]) * UINT64_C(0x100000001b3);
    return h | 1;
}

static void scope_make(struct batch_scope *s, struct weal_bytes chain, struct weal_bytes scope) {
    const uint8_t *in[1] = {s->base};
    uint8_t status;
    weal_scope_base(s->base, chain, s->shape, scope);
    weal_points_decode_var(&s->point, &status, in, 1);
}

uint32_t batch_scope_get(struct weal_batch *b, struct weal_bytes chain, uint8_t shape,
                         struct weal_bytes scope) {
    uint8_t text[BATCH_TEXT];
    uint8_t text_n = scope_text(text, chain, scope);
    size_t kept = text_n == BATCH_TEXT ? 32 : text_n;
    uint64_t hash = text_hash(text, kept, shape);
    uint32_t mask = b->scopes_max - 1, free_at = BATCH_NONE;
    /* Places fill from the hash on. One that has no user may be taken over, by the first that finds
     * nothing in the eight places where it would look. */
    for (uint32_t k = 0; k <= mask; k++) {
        uint32_t i = ((uint32_t)(hash >> 32) + k) & mask;
        struct batch_scope *s = &b->scopes[i];
        if (s->hash == hash && s->shape == shape && s->chain_n == chain.n && s->text_n == text_n &&
            memcmp(s->text, text, kept) == 0) {
            s->used++;
            return i;
        }
        if (free_at == BATCH_NONE && s->used == 0) free_at = i;
        if (s->hash == 0 || (k >= 8 && free_at != BATCH_NONE)) break;
    }
    if (free_at == BATCH_NONE) return BATCH_NONE;
    struct batch_scope *s = &b->scopes[free_at];
    s->hash = hash;
    s->shape = shape;
    s->chain_n = (uint8_t)chain.n;
    s->text_n = text_n;
    s->used = 1;
    s->serial = ++b->serial;
    memcpy(s->text, text, kept);
    scope_make(s, chain, scope);
    return free_at;
}

void batch_scope_drop(struct weal_batch *b, uint32_t scope) {
    if (scope != BATCH_NONE) b->scopes[scope].used--;
}

/* ---- rings ---- */

static uint32_t ring_bucket(const struct weal_batch *b, const uint8_t *keys, uint32_t r) {
    uint64_t h = (weal_le64(keys) ^ weal_le64(keys + 32 * (size_t)(r - 1)) ^ r) *
                 UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32) & b->buckets_mask;
}

/* Decodes the keys of a ring that came without points. */
static void ring_decode(struct weal_batch *b, struct batch_ring *ring) {
    const uint8_t *in[WEAL_RING_PLACES_LIMIT];
    uint8_t status[WEAL_RING_PLACES_LIMIT];
    struct weal_point96 *out = b->ring_points + b->points_n;
    for (uint32_t i = 0; i < ring->r; i++) in[i] = b->keys[ring->keys + i];
    ring->points = out;
    ring->own_points = true;
    b->points_n += ring->r;
    if (weal_points_decode_var(out, status, in, ring->r)) return;
    for (uint32_t i = 0; i < ring->r && ring->bad == WEAL_ACCEPT; i++) {
        if (status[i] == WEAL_POINT_IDENTITY) ring->bad = WEAL_V_IDENTITY;
        if (status[i] == WEAL_POINT_BAD) ring->bad = WEAL_V_POINT;
    }
}

uint32_t batch_ring_get(struct weal_batch *b, const struct weal_ring_statement *s) {
    uint32_t *bucket = &b->buckets[ring_bucket(b, s->keys, s->r)];
    for (uint32_t i = *bucket; i != BATCH_NONE; i = b->rings[i].next) {
        struct batch_ring *k = &b->rings[i];
        if (k->r != s->r || memcmp(b->keys[k->keys], s->keys, 32 * (size_t)s->r) != 0) continue;
        if (s->points && !k->own_points) k->points = s->points; /* the newest loan lasts longest */
        k->proofs++;
        return i;
    }
    if (b->rings_n == b->proofs_max || b->keys_max - b->keys_n < s->r) return BATCH_NONE;
    if (!s->points && b->points_max - b->points_n < s->r) return BATCH_NONE;
    struct batch_ring *k = &b->rings[b->rings_n];
    k->points = s->points;
    k->r = s->r;
    k->next = *bucket;
    k->keys = b->keys_n;
    k->proofs = 1;
    k->scope = 0;
    k->shape = 0; /* no midstates yet */
    k->own_points = false;
    memcpy(b->keys[k->keys], s->keys, 32 * (size_t)s->r);
    k->bad = weal_ring_keys_check(s->keys, s->r);
    if (!s->points) ring_decode(b, k);
    b->keys_n += s->r;
    *bucket = b->rings_n;
    return b->rings_n++;
}

void batch_ring_drop(struct weal_batch *b, uint32_t ring) {
    struct batch_ring *k = ring == BATCH_NONE ? NULL : &b->rings[ring];
    if (!k || --k->proofs != 0 || ring + 1 != b->rings_n) return;
    b->buckets[ring_bucket(b, b->keys[k->keys], k->r)] = k->next; /* the newest is its head */
    b->keys_n -= k->r;
    if (k->own_points) b->points_n -= k->r;
    b->rings_n--;
}

void batch_ring_digest(struct weal_batch *b, uint32_t ring, uint32_t scope,
                       const struct weal_ring_statement *s, uint8_t d[64]) {
    struct batch_ring *k = &b->rings[ring];
    bool ringed = k->shape == s->shape && k->n == s->n && k->m == s->m &&
                  k->chain_n == s->chain.n && memcmp(k->chain, s->chain.p, s->chain.n) == 0;
    if (!ringed) {
        weal_ring_digest_begin(&k->ringed, s);
        k->shape = s->shape;
        k->n = s->n;
        k->m = s->m;
        k->chain_n = (uint8_t)s->chain.n;
        memcpy(k->chain, s->chain.p, s->chain.n);
    }
    if (!ringed || k->scope != b->scopes[scope].serial) {
        k->scoped = k->ringed;
        weal_ring_digest_scope(&k->scoped, s, b->scopes[scope].base);
        k->scope = b->scopes[scope].serial;
    }
    struct weal_transcript t = k->scoped;
    weal_ring_digest_end(&t, d, s);
}
