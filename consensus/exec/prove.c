/* SPDX-License-Identifier: ISC */
/* Proofs: from transactions to the batch. The batch borrows what it is given, so keys and tags are
 * copied to x->keep; ring keys and their decompressed points are read in place from the state.
 * When batch or keep is full while a block is executed, what was gathered is verified first. */
#include "consensus/mod/module.h"
#include "crypto/curve/curve.h"
#include "crypto/hash/hash.h"

enum { RING_KEYS_AT = 8 + 2 }; /* offset of the keys in an encoded st_ring */

void weal_exec_reset(struct weal_exec *x) {
    weal_batch_reset(x->batch);
    weal_arena_rewind(&x->keep, 0);
}

bool weal_exec_verify(struct weal_exec *x) {
    uint8_t random[32], draw[8];
    weal_put_le64(draw, x->draws++);
    struct weal_bytes parts[2] = {WEAL_BYTES(x->random), WEAL_BYTES(draw)};
    weal_hash256(random, "weal/batch", parts, 2);
    bool good = weal_batch_count(x->batch) == 0 || weal_batch_verify(x->batch, random);
    for (uint32_t i = 0; x->cache.note && i < weal_batch_count(x->batch); i++) {
        uint8_t key[32];
        if (weal_batch_result(x->batch, i) != WEAL_ACCEPT) continue;
        weal_batch_key(x->batch, i, key);
        x->cache.note(x->cache.ctx, key);
    }
    return good;
}

void weal_proofs_begin(struct weal_ctx *c) {
    c->culprit = WEAL_EXEC_NOBODY;
    weal_exec_reset(c->x);
}

bool weal_proofs_verify(struct weal_ctx *c, uint32_t *culprit) {
    if (c->culprit == WEAL_EXEC_NOBODY && !weal_exec_verify(c->x)) {
        for (uint32_t i = weal_batch_count(c->x->batch); i-- > 0;) {
            if (weal_batch_result(c->x->batch, i) != WEAL_ACCEPT) {
                c->culprit = weal_batch_item(c->x->batch, i);
            }
        }
    }
    weal_exec_reset(c->x);
    *culprit = (uint32_t)c->culprit;
    return c->culprit == WEAL_EXEC_NOBODY;
}

/* Copies n bytes to where the batch may borrow them. */
static const uint8_t *keep(struct weal_ctx *c, const uint8_t *p, size_t n) {
    if (!p) return NULL;
    struct weal_bytes b = weal_arena_copy(&c->x->keep, weal_bytes(p, n));
    return b.p;
}

/* Room for one more proof; in a block, room is made. */
static bool room(struct weal_ctx *c) {
    uint32_t culprit;
    if (c->x->keep.cap - c->x->keep.n >= WEAL_EXEC_KEEP) return true;
    if (c->checking) return false;
    (void)weal_proofs_verify(c, &culprit);
    return true;
}

/* After an append: drops what was verified before. */
static enum weal_verdict appended(struct weal_ctx *c, size_t mark) {
    const struct weal_exec_cache *m = &c->x->cache;
    uint8_t key[32];
    if (m->known) {
        weal_batch_last_key(c->x->batch, key);
        if (m->known(m->ctx, key)) {
            weal_batch_drop_last(c->x->batch);
            weal_arena_rewind(&c->x->keep, mark);
            return WEAL_ACCEPT;
        }
    }
    if (c->known_only) {
        weal_batch_drop_last(c->x->batch);
        weal_arena_rewind(&c->x->keep, mark);
        return m->known ? WEAL_V_TX_PROOF : WEAL_ACCEPT;
    }
    c->proofs++;
    return WEAL_ACCEPT;
}

static enum weal_verdict add_linear(struct weal_ctx *c, struct weal_linear_statement *s,
                                    struct weal_bytes proof) {
    if (!room(c)) return WEAL_V_BATCH_FULL;
    for (unsigned tries = 0;; tries++) {
        size_t mark = weal_arena_mark(&c->x->keep);
        struct weal_linear_statement kept = *s;
        kept.key = keep(c, s->key, 32);
        kept.tag = keep(c, s->tag, 32);
        kept.note = keep(c, s->note, 32);
        struct weal_bytes p = weal_bytes(keep(c, proof.p, proof.n), proof.n);
        enum weal_verdict v = weal_batch_add_linear(c->x->batch, c->item, &kept, p);
        if (v == WEAL_ACCEPT) return appended(c, mark);
        weal_arena_rewind(&c->x->keep, mark);
        if (v != WEAL_V_BATCH_FULL || c->checking || tries != 0) return v;
        uint32_t culprit;
        (void)weal_proofs_verify(c, &culprit);
    }
}

enum weal_verdict weal_prove_pop(struct weal_ctx *c, const uint8_t key[32], const char *role,
                                 const uint8_t proof[64]) {
    uint8_t message[WEAL_ROLE_MESSAGE_MAX];
    struct weal_linear_statement s = {
        .kind = WEAL_LINEAR_POP,
        .chain = WEAL_BYTES(c->chain.lineage),
        .message = weal_bytes(message, weal_role_message(message, role, c->hash)),
        .key = key,
    };
    return add_linear(c, &s, weal_bytes(proof, 64));
}

enum weal_verdict weal_prove_refund(struct weal_ctx *c, struct weal_scope scope,
                                    const uint8_t tag[32], const uint8_t note[32],
                                    const uint8_t proof[128]) {
    uint8_t text[WEAL_SCOPE_TEXT_MAX];
    struct weal_linear_statement s = {
        .kind = WEAL_LINEAR_REFUND,
        .chain = WEAL_BYTES(c->chain.lineage),
        .message = WEAL_BYTES(c->hash),
        .shape = WEAL_RING_HUMAN,
        .scope = weal_bytes(text, weal_scope_text(text, scope)),
        .tag = tag,
        .note = note,
    };
    return add_linear(c, &s, weal_bytes(proof, 128));
}

static struct weal_key ring_key(uint64_t cohort, uint16_t version) {
    struct weal_key k = weal_key_of64(WEAL_T_RING, cohort);
    weal_key_u16(&k, version);
    return k;
}

enum weal_verdict weal_prove_ring(struct weal_ctx *c, uint64_t cohort, uint16_t version,
                                  const struct weal_st_ring *ring, struct weal_scope scope,
                                  const uint8_t tag[32], const uint8_t *nullifier,
                                  struct weal_bytes proof) {
    uint8_t text[WEAL_SCOPE_TEXT_MAX];
    struct weal_key k = ring_key(cohort, version);
    struct weal_bytes record, points = {NULL, 0};
    enum weal_err e = weal_draft_get(c->d, weal_key_bytes(&k), &record);
    if (e == WEAL_OK) e = weal_draft_get_derived(c->d, weal_key_bytes(&k), &points);
    if (e == WEAL_OK && points.n != ring->keys_n * sizeof(struct weal_point96)) {
        e = WEAL_ERR_CORRUPT;
    }
    if (e != WEAL_OK) {
        c->err = e;
        return WEAL_V_BLOCK_STATE;
    }
    struct weal_ring_statement s = {
        .shape = nullifier ? WEAL_RING_NOTE : WEAL_RING_HUMAN,
        .chain = WEAL_BYTES(c->chain.lineage),
        .scope = weal_bytes(text, weal_scope_text(text, scope)),
        .message = WEAL_BYTES(c->hash),
        .keys = record.p + RING_KEYS_AT,
        .points = (const struct weal_point96 *)(const void *)points.p,
        .r = ring->keys_n,
    };
    if (!room(c)) return WEAL_V_BATCH_FULL;
    for (unsigned tries = 0;; tries++) {
        size_t mark = weal_arena_mark(&c->x->keep);
        s.tag = keep(c, tag, 32);
        s.nullifier = keep(c, nullifier, 32);
        enum weal_verdict v = weal_batch_add_ring(c->x->batch, c->item, &s, proof);
        if (v == WEAL_ACCEPT) return appended(c, mark);
        weal_arena_rewind(&c->x->keep, mark);
        if (v != WEAL_V_BATCH_FULL || c->checking || tries != 0) return v;
        uint32_t culprit;
        (void)weal_proofs_verify(c, &culprit);
    }
}

enum weal_verdict weal_prove_beacon(struct weal_ctx *c, const struct weal_header *h,
                                    const uint8_t seat[32]) {
    uint8_t text[WEAL_SCOPE_TEXT_MAX], message[32];
    weal_exec_beacon_message(message, c->x->chain_id, h->term, h->view, h->parent);
    struct weal_linear_statement s = {
        .kind = WEAL_LINEAR_OWNTAG,
        .chain = WEAL_BYTES(c->chain.lineage),
        .message = WEAL_BYTES(message),
        .shape = WEAL_RING_HUMAN,
        .scope = weal_bytes(text, weal_scope_beacon(text, h->term, h->view)),
        .tag = h->beacon_tag,
        .key = seat,
    };
    c->item = WEAL_EXEC_HEADER;
    if (add_linear(c, &s, WEAL_BYTES(h->beacon_proof)) != WEAL_ACCEPT) return WEAL_V_BLOCK_BEACON;
    weal_beacon_next(c->chain.beacon, c->chain.beacon, h->beacon_tag);
    return WEAL_ACCEPT;
}

/* ---- decompressed points ---- */

void weal_ring_points_store(struct weal_ctx *c, uint64_t cohort, uint16_t version,
                            const struct weal_st_ring *ring) {
    struct weal_point96 points[16];
    uint8_t status[16];
    const uint8_t *in[16];
    for (unsigned i = 0; i < ring->keys_n; i++) in[i] = ring->keys[i].key;
    bool all = weal_points_decode_var(points, status, in, ring->keys_n);
    WEAL_ASSERT(all); /* keys were decoded when they were registered */
    struct weal_key k = ring_key(cohort, version);
    enum weal_err e = weal_draft_put_derived(
        c->d, weal_key_bytes(&k), weal_bytes(points, ring->keys_n * sizeof(struct weal_point96)));
    if (e != WEAL_OK && c->err == WEAL_OK) c->err = e;
}

void weal_ring_points_drop(struct weal_ctx *c, uint64_t cohort, uint16_t version) {
    struct weal_key k = ring_key(cohort, version);
    enum weal_err e = weal_draft_del_derived(c->d, weal_key_bytes(&k));
    if (e != WEAL_OK && c->err == WEAL_OK) c->err = e;
}

bool weal_point_valid(const uint8_t key[32]) {
    struct weal_point96 out;
    uint8_t status;
    const uint8_t *in[1] = {key};
    return weal_points_decode_var(&out, &status, in, 1);
}
