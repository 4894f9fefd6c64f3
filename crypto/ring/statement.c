/* SPDX-License-Identifier: ISC */
/* Statements: what may be stated, its digest D, the challenge. Frames and their order: SPEC.md,
 * sections 3, 5, 6 and 7. Everything an equation could be solved for is hashed. */
#include "crypto/ring/ring.h"

static const char *const linear_name[WEAL_LINEAR_KINDS][2] = {
    [WEAL_LINEAR_POP] = {"pop-statement", "pop-challenge"},
    [WEAL_LINEAR_MINT] = {"mint-statement", "mint-challenge"},
    [WEAL_LINEAR_TAGSIG] = {"tagsig-statement", "tagsig-challenge"},
    [WEAL_LINEAR_REFUND] = {"refund-statement", "refund-challenge"},
    [WEAL_LINEAR_OWNTAG] = {"owntag-statement", "owntag-challenge"},
};

static uint16_t n_of(const struct weal_ring_statement *s) {
    return s->n == 0 && s->m == 0 ? WEAL_RING_N : s->n;
}
static uint16_t m_of(const struct weal_ring_statement *s) {
    return s->n == 0 && s->m == 0 ? WEAL_RING_M : s->m;
}
static unsigned tags_of(uint8_t shape) {
    return shape == WEAL_RING_NOTE ? 2 : 1;
}

size_t weal_ring_proof_bytes(uint16_t n, uint16_t m, uint8_t shape) {
    size_t tags = tags_of(shape);
    return 32 * (2 + (size_t)m + tags * m + (size_t)m * (n - 1u) + 1 + tags);
}

size_t weal_linear_proof_bytes(enum weal_linear_kind kind) {
    return kind == WEAL_LINEAR_REFUND ? 128 : kind == WEAL_LINEAR_OWNTAG ? 96 : 64;
}

enum weal_verdict weal_point_form_check(const uint8_t b[32]) {
    if ((b[31] & 0x80) != 0) return WEAL_V_POINT;
    return weal_is_zero32(b) ? WEAL_V_IDENTITY : WEAL_ACCEPT;
}

static bool context_ok(struct weal_bytes chain, struct weal_bytes message) {
    return chain.n >= 1 && chain.n <= 64 && message.n <= 65535;
}
static bool scope_ok(struct weal_bytes scope) {
    return scope.n >= 1 && scope.n <= 256;
}
static bool shape_ok(uint8_t shape) {
    return shape == WEAL_RING_HUMAN || shape == WEAL_RING_NOTE;
}

enum weal_verdict weal_ring_form_check(const struct weal_ring_statement *s) {
    uint32_t n = n_of(s), m = m_of(s), places = 1;
    if (!context_ok(s->chain, s->message) || !scope_ok(s->scope)) return WEAL_V_CONTEXT;
    if (n < 2 || n > WEAL_RING_N_LIMIT || m < 1 || m > WEAL_RING_M_LIMIT || n * m > 16) {
        return WEAL_V_PARAMS;
    }
    for (uint32_t j = 0; j < m; j++) places *= n;
    if (places > WEAL_RING_PLACES_LIMIT) return WEAL_V_PARAMS;
    if (!shape_ok(s->shape) || (s->shape == WEAL_RING_NOTE) != (s->nullifier != NULL)) {
        return WEAL_V_SHAPE;
    }
    if (s->r < 2 * places / 3 + 1 || s->r > places) return WEAL_V_RING_SIZE;
    return WEAL_ACCEPT;
}

enum weal_verdict weal_ring_keys_check(const uint8_t *keys, uint32_t r) {
    for (uint32_t i = 1; i < r; i++) {
        const uint8_t *key = keys + 32 * (size_t)i;
        uint64_t head = weal_le64(key);
        for (uint32_t k = 0; k < i; k++) {
            const uint8_t *other = keys + 32 * (size_t)k;
            if (weal_le64(other) == head && memcmp(other, key, 32) == 0) {
                return WEAL_V_RING_DUPLICATE;
            }
        }
    }
    return WEAL_ACCEPT;
}

enum weal_verdict weal_ring_statement_check(const struct weal_ring_statement *s) {
    enum weal_verdict v = weal_ring_form_check(s);
    return v == WEAL_ACCEPT ? weal_ring_keys_check(s->keys, s->r) : v;
}

enum weal_verdict weal_linear_statement_check(const struct weal_linear_statement *s) {
    bool tagged = s->kind >= WEAL_LINEAR_TAGSIG;
    if (!context_ok(s->chain, s->message) || (tagged && !scope_ok(s->scope))) {
        return WEAL_V_CONTEXT;
    }
    if (tagged && !shape_ok(s->shape)) return WEAL_V_SHAPE;
    if (s->kind == WEAL_LINEAR_MINT && memcmp(s->key, s->note, 32) == 0) {
        return WEAL_V_NOTE_IS_KEY;
    }
    return WEAL_ACCEPT;
}

/* ---- digests ---- */

static void frame_u8(struct weal_transcript *t, const char *label, uint8_t v) {
    weal_transcript_frame(t, label, &v, 1);
}

void weal_ring_digest_begin(struct weal_transcript *t, const struct weal_ring_statement *s) {
    uint8_t params[8];
    weal_put_le32(params, n_of(s));
    weal_put_le32(params + 4, m_of(s));
    weal_transcript_init(t, "ring-statement");
    weal_transcript_frame(t, "chain", s->chain.p, s->chain.n);
    weal_transcript_frame(t, "params", params, sizeof params);
    frame_u8(t, "shape", s->shape);
    weal_transcript_open(t, "key-bases", s->shape == WEAL_RING_NOTE ? 64 : 32);
    weal_transcript_more(t, weal_ring_g, 32);
    if (s->shape == WEAL_RING_NOTE) weal_transcript_more(t, weal_generators()->h, 32);
    weal_transcript_frame(t, "ring", s->keys, 32 * (size_t)s->r);
}

void weal_ring_digest_scope(struct weal_transcript *t, const struct weal_ring_statement *s,
                            const uint8_t base[32]) {
    weal_transcript_frame(t, "tag-scope", s->scope.p, s->scope.n);
    frame_u8(t, "tag-witness", 0);
    weal_transcript_frame(t, "tag-base", base, 32);
}

void weal_ring_digest_end(struct weal_transcript *t, uint8_t d[64],
                          const struct weal_ring_statement *s) {
    weal_transcript_frame(t, "tag", s->tag, 32);
    if (s->shape == WEAL_RING_NOTE) {
        weal_transcript_frame(t, "tag-scope", NULL, 0);
        frame_u8(t, "tag-witness", 1);
        weal_transcript_frame(t, "tag-base", weal_generators()->v, 32);
        weal_transcript_frame(t, "tag", s->nullifier, 32);
    }
    weal_transcript_frame(t, "message", s->message.p, s->message.n);
    weal_transcript_final(t, d);
}

void weal_ring_digest(uint8_t d[64], const struct weal_ring_statement *s, const uint8_t base[32]) {
    struct weal_transcript t;
    weal_ring_digest_begin(&t, s);
    weal_ring_digest_scope(&t, s, base);
    weal_ring_digest_end(&t, d, s);
}

void weal_linear_digest(uint8_t d[64], const struct weal_linear_statement *s,
                        const uint8_t base[32]) {
    struct weal_transcript t;
    weal_transcript_init(&t, linear_name[s->kind][0]);
    weal_transcript_frame(&t, "chain", s->chain.p, s->chain.n);
    if (s->kind >= WEAL_LINEAR_TAGSIG) {
        frame_u8(&t, "shape", s->shape);
        weal_transcript_frame(&t, "tag-scope", s->scope.p, s->scope.n);
        weal_transcript_frame(&t, "tag-base", base, 32);
        weal_transcript_frame(&t, "tag", s->tag, 32);
    }
    if (s->kind == WEAL_LINEAR_POP || s->kind == WEAL_LINEAR_MINT ||
        s->kind == WEAL_LINEAR_OWNTAG) {
        weal_transcript_frame(&t, "P", s->key, 32);
    }
    if (s->kind == WEAL_LINEAR_MINT || s->kind == WEAL_LINEAR_REFUND) {
        weal_transcript_frame(&t, "K", s->note, 32);
    }
    weal_transcript_frame(&t, "message", s->message.p, s->message.n);
    weal_transcript_final(&t, d);
}

/* ---- challenges ---- */

void weal_ring_challenge(uint8_t xi[64], const struct weal_ring_statement *s, const uint8_t d[64],
                         const uint8_t *proof) {
    size_t m = m_of(s), tags = tags_of(s->shape);
    struct weal_transcript t;
    weal_transcript_init(&t, "ring-challenge");
    weal_transcript_frame(&t, "statement", d, 64);
    weal_transcript_frame(&t, "A", proof, 32);
    weal_transcript_frame(&t, "B", proof + 32, 32);
    weal_transcript_frame(&t, "X", proof + 64, 32 * m);
    weal_transcript_frame(&t, "Y", proof + 64 + 32 * m, 32 * m * tags);
    weal_transcript_final(&t, xi);
}

void weal_linear_challenge(uint8_t c[64], enum weal_linear_kind kind, const uint8_t d[64],
                           const uint8_t *proof) {
    struct weal_transcript t;
    weal_transcript_init(&t, linear_name[kind][1]);
    weal_transcript_frame(&t, "statement", d, 64);
    weal_transcript_frame(&t, "R", proof, kind >= WEAL_LINEAR_REFUND ? 64 : 32);
    weal_transcript_final(&t, c);
}

void weal_beacon_next(uint8_t next[32], const uint8_t previous[32], const uint8_t tag[32]) {
    struct weal_transcript t;
    uint8_t wide[64];
    weal_transcript_init(&t, "beacon");
    weal_transcript_frame(&t, "previous", previous, 32);
    weal_transcript_frame(&t, "tag", tag, 32);
    weal_transcript_final(&t, wide);
    memcpy(next, wide, 32);
}
