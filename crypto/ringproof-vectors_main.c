/* SPDX-License-Identifier: ISC */
/* ringproof-vectors FILE...: runs vector files (format ringproof-vectors-1, crypto/ring/SPEC.md,
 * section 13) through every back end of the curve, the single check, the batch verifier and, where
 * a witness is given, the prover. One line for each case that disagrees; exit 0 when none does, 1
 * when one does, 2 when a file can't be read. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/batch/batch.h"
#include "crypto/msm/msm.h"

enum { PROOFS = 1024, BUF = 1 << 17 };

static json_t *cases;
static struct weal_batch *batch;
static unsigned disagreements, checks;
static const char *file_name;

/* A pool for decoded fields, emptied before each case (or each batch case). */
static uint8_t pool[16 << 20];
static size_t pool_n;

static struct weal_bytes bytes_of(const json_t *hex) {
    const char *text = json_string_value(hex);
    size_t n = text ? strlen(text) / 2 : 0;
    uint8_t *p = pool + pool_n;
    if (!text || n > sizeof pool / 2 - pool_n || !weal_hex_read(text, strlen(text), p, n)) {
        return weal_bytes(NULL, 0);
    }
    pool_n += (n + 63) & ~(size_t)63;
    return weal_bytes(p, n);
}
/* Exactly n bytes; zeros when the field is absent or has another length. */
static const uint8_t *exact(const json_t *hex, size_t n) {
    static const uint8_t zeros[64];
    struct weal_bytes b = bytes_of(hex);
    return b.n == n ? b.p : zeros;
}
static const char *type_of(const json_t *c) {
    const char *type = json_string_value(json_object_get(c, "type"));
    return type ? type : "";
}

static struct weal_bytes field(const json_t *o, const char *name) {
    return bytes_of(json_object_get(o, name));
}
static uint64_t number(const json_t *o, const char *name) {
    return (uint64_t)json_integer_value(json_object_get(o, name));
}

static void expect(const json_t *c, bool holds, const char *what) {
    checks++;
    if (holds) return;
    disagreements++;
    const char *id = json_string_value(json_object_get(c, "id"));
    printf("%s: %s: %s (back end %s)\n", file_name, id ? id : "?", what,
           weal_curve_level_name(weal_curve_level()));
}

static bool same(struct weal_bytes a, const uint8_t *b, size_t n) {
    return weal_bytes_equal_var(a, weal_bytes(b, n));
}

/* ---- proofs ---- */

static const char *const linear_types[] = {"pop", "mint", "tagsig", "refund", "owntag"};

static int linear_kind(const char *type) {
    for (int i = 0; i < WEAL_LINEAR_KINDS; i++) {
        if (strcmp(type, linear_types[i]) == 0) return i;
    }
    return -1;
}

/* Points of other lengths than 32 can't be passed on: what the format calls E_LENGTH or E_POINT. */
static const uint8_t *point_of(struct weal_bytes b, bool *bad) {
    if (b.n != 32) *bad = true;
    return b.n == 32 ? b.p : NULL;
}

struct subject {
    bool linear, bad; /* bad: refused before it can be stated */
    struct weal_ring_statement ring;
    struct weal_linear_statement lin;
    struct weal_bytes proof;
};

static void subject_ring(struct subject *s, const json_t *in) {
    const json_t *keys = json_object_get(in, "ring"), *tags = json_object_get(in, "tags");
    size_t r = json_array_size(keys);
    uint8_t *all = pool + pool_n;
    if (r > 65536) { /* no (n, m) has so many places */
        s->bad = true;
        return;
    }
    uint64_t n = number(in, "n"), m = number(in, "m"), shape = number(in, "shape");
    pool_n += (32 * r + 63) & ~(size_t)63;
    for (size_t i = 0; i < r; i++) {
        struct weal_bytes k = bytes_of(json_array_get(keys, i));
        if (k.n != 32)
            s->bad = true;
        else
            memcpy(all + 32 * i, k.p, 32);
    }
    if (n > 65535 || m > 65535 || shape > 255 || (n == 0 && m == 0)) s->bad = true;
    s->ring = (struct weal_ring_statement){.n = (uint16_t)n,
                                           .m = (uint16_t)m,
                                           .shape = (uint8_t)shape,
                                           .chain = field(in, "chain_id"),
                                           .scope = field(in, "scope"),
                                           .message = field(in, "message"),
                                           .keys = all,
                                           .r = (uint32_t)r};
    if (json_array_size(tags) < 1 || json_array_size(tags) > 2) {
        s->bad = true;
        return;
    }
    s->ring.tag = point_of(bytes_of(json_array_get(tags, 0)), &s->bad);
    if (json_array_size(tags) == 2) {
        s->ring.nullifier = point_of(bytes_of(json_array_get(tags, 1)), &s->bad);
    }
}

static void subject_linear(struct subject *s, const json_t *in, int kind) {
    bool tagged = kind >= WEAL_LINEAR_TAGSIG;
    uint64_t shape = number(in, "shape");
    s->linear = true;
    s->lin = (struct weal_linear_statement){.kind = (enum weal_linear_kind)kind,
                                            .chain = field(in, "chain_id"),
                                            .message = field(in, "message"),
                                            .scope = field(in, "scope"),
                                            .shape = (uint8_t)shape};
    if (tagged && shape > 255) s->bad = true;
    bool needs_key =
        kind == WEAL_LINEAR_POP || kind == WEAL_LINEAR_MINT || kind == WEAL_LINEAR_OWNTAG;
    bool needs_note = kind == WEAL_LINEAR_MINT || kind == WEAL_LINEAR_REFUND;
    if (tagged) s->lin.tag = point_of(field(in, "T"), &s->bad);
    if (needs_key) s->lin.key = point_of(field(in, "P"), &s->bad);
    if (needs_note) s->lin.note = point_of(field(in, "K"), &s->bad);
}

static void subject_of(struct subject *s, const json_t *c) {
    const char *type = type_of(c);
    const json_t *in = json_object_get(c, "input");
    *s = (struct subject){0};
    if (strcmp(type, "ring") == 0)
        subject_ring(s, in);
    else
        subject_linear(s, in, linear_kind(type));
    s->proof = field(c, "proof");
}

static enum weal_verdict add(const struct subject *s, uint32_t item) {
    if (s->bad) return WEAL_V_LENGTH;
    return s->linear ? weal_batch_add_linear(batch, item, &s->lin, s->proof)
                     : weal_batch_add_ring(batch, item, &s->ring, s->proof);
}

/* E_EQ_KEY is proof-eq-key. Which other check refuses first is nobody's business. */
static bool reason_fits(const json_t *c, enum weal_verdict v) {
    const char *reason = json_string_value(json_object_get(c, "reason"));
    const char *name = weal_verdict_name(v);
    if (!reason || strncmp(reason, "E_EQ_", 5) != 0) return true;
    if (strncmp(name, "proof-eq-", 9) != 0 || strlen(name) - 9 != strlen(reason) - 5) return false;
    for (reason += 5, name += 9; *reason != 0; reason++, name++) {
        if ((*reason | 0x20) != *name && *reason != *name) return false;
    }
    return true;
}

static void run_proof(const json_t *c, bool valid) {
    static const uint8_t random[32] = {7};
    struct subject s;
    subject_of(&s, c);
    weal_batch_reset(batch);
    enum weal_verdict v = add(&s, 0);
    if (v == WEAL_ACCEPT) {
        bool all = weal_batch_verify(batch, random);
        v = weal_batch_result(batch, 0);
        expect(c, all == (v == WEAL_ACCEPT), "batch and verdict differ");
    }
    expect(c, (v == WEAL_ACCEPT) == valid, weal_verdict_name(v));
    if (!valid) expect(c, reason_fits(c, v), weal_verdict_name(v));
    const json_t *w = json_object_get(c, "witness");
    if (!valid || !w) return;
    uint8_t secrets[2][32] = {{0}}, made[WEAL_RING_PROOF_LIMIT];
    const json_t *xs = json_object_get(w, "secrets");
    for (size_t i = 0; i < json_array_size(xs) && i < 2; i++) {
        memcpy(secrets[i], exact(json_array_get(xs, i), 32), 32);
    }
    const uint8_t *rnd = exact(json_object_get(w, "random"), 32);
    v = s.linear ? weal_linear_prove(made, &s.lin, (const uint8_t(*)[32])secrets, rnd)
                 : weal_ring_prove(made, &s.ring, (uint32_t)number(w, "index"),
                                   (const uint8_t(*)[32])secrets, rnd);
    expect(c, v == WEAL_ACCEPT, "the prover refuses");
    expect(c, same(s.proof, made, s.proof.n), "the prover gives other bytes");
}

static const json_t *by_id(const char *id) {
    size_t i;
    json_t *c;
    json_array_foreach(cases, i, c) {
        const char *name = json_string_value(json_object_get(c, "id"));
        if (id && name && strcmp(name, id) == 0) return c;
    }
    return NULL;
}

static void run_batch(const json_t *c) {
    const json_t *members = json_object_get(c, "members"), *bad = json_object_get(c, "bad");
    size_t n = json_array_size(members);
    bool is_bad[PROOFS] = {false}, refused[PROOFS] = {false}, any = false;
    static const uint8_t random[32] = {9};
    weal_batch_reset(batch);
    for (size_t i = 0; i < json_array_size(bad); i++) {
        is_bad[json_integer_value(json_array_get(bad, i)) % PROOFS] = true;
        any = true;
    }
    bool named_all = true;
    for (size_t i = 0; i < n && i < PROOFS; i++) {
        struct subject s;
        const json_t *m = by_id(json_string_value(json_array_get(members, i)));
        if (!m || (strcmp(type_of(m), "ring") != 0 && linear_kind(type_of(m)) < 0)) {
            expect(c, false, "names a case that is not there, or no proof");
            return;
        }
        subject_of(&s, m);
        refused[i] = add(&s, (uint32_t)i) != WEAL_ACCEPT;
    }
    bool good = weal_batch_verify(batch, random);
    for (uint32_t k = 0; k < weal_batch_count(batch); k++) {
        if (weal_batch_result(batch, k) != WEAL_ACCEPT) refused[weal_batch_item(batch, k)] = true;
    }
    for (size_t i = 0; i < n && i < PROOFS; i++) named_all &= refused[i] == is_bad[i];
    expect(c, named_all, "other culprits are named");
    expect(c, any || good, "a good batch fails");
}

/* ---- the small types ---- */

static bool decode1(struct weal_point96 *out, struct weal_bytes b) {
    const uint8_t *in[1] = {b.p};
    uint8_t status = WEAL_POINT_BAD;
    if (b.n == 32) weal_points_decode_var(out, &status, in, 1);
    return status == WEAL_POINT_OK;
}

static void run_multiple(const json_t *c) {
    struct weal_scalar s;
    struct weal_point p;
    const struct weal_point96 *g = weal_point96_base();
    uint8_t out[32];
    const uint8_t *scalar = exact(json_object_get(c, "scalar"), 32);
    expect(c, weal_scalar_decode_var(&s, scalar), "the scalar is refused");
    size_t n = weal_msm_footprint(1);
    void *mem = malloc(n);
    weal_msm_var(&p, &s, &g, 1, mem, n);
    free(mem);
    weal_point_encode_var(out, &p);
    expect(c, same(field(c, "point"), out, 32), "another multiple");
}

static void name_copy(char name[256], struct weal_bytes b) {
    memset(name, 0, 256);
    if (b.n != 0) memcpy(name, b.p, b.n < 255 ? b.n : 255);
}

static void run_hash(const json_t *c) {
    const json_t *frames = json_object_get(c, "frames");
    struct weal_bytes domain = field(c, "domain");
    char name[256];
    struct weal_transcript t;
    uint8_t out[64], point[32], enc[32];
    struct weal_scalar s;
    name_copy(name, domain);
    weal_transcript_init(&t, name);
    for (size_t i = 0; i < json_array_size(frames); i++) {
        const json_t *f = json_array_get(frames, i);
        struct weal_bytes label = bytes_of(json_array_get(f, 0)),
                          data = bytes_of(json_array_get(f, 1));
        name_copy(name, label);
        weal_transcript_frame(&t, name, data.p, data.n);
    }
    weal_transcript_final(&t, out);
    expect(c, same(field(c, "out"), out, 64), "another hash");
    weal_scalar_reduce64_var(&s, out);
    weal_scalar_encode(enc, &s);
    expect(c, same(field(c, "scalar"), enc, 32), "another scalar");
    crypto_core_ristretto255_from_hash(point, out);
    expect(c, same(field(c, "point"), point, 32), "another point");
}

static void run_tag(const json_t *c) {
    uint8_t base[32], key[32], tag[32], s[2][32] = {{0}};
    const json_t *xs = json_object_get(c, "secrets"), *tags = json_object_get(c, "tags");
    struct weal_bytes chain = field(c, "chain_id"), scope = field(c, "scope");
    uint8_t shape = (uint8_t)number(c, "shape");
    for (size_t i = 0; i < json_array_size(xs) && i < 2; i++) {
        memcpy(s[i], exact(json_array_get(xs, i), 32), 32);
    }
    weal_scope_base(base, chain, shape, scope);
    expect(c, same(field(c, "scope_base"), base, 32), "another scope base");
    bool ok = shape == WEAL_RING_HUMAN ? weal_human_key(key, s[0]) : weal_note_key(key, s[0], s[1]);
    expect(c, ok && same(field(c, "key"), key, 32), "another key");
    ok = weal_tag(tag, s[0], chain, shape, scope);
    expect(c, ok && same(bytes_of(json_array_get(tags, 0)), tag, 32), "another tag");
    if (shape != WEAL_RING_NOTE) return;
    ok = weal_nullifier(tag, s[1]);
    expect(c, ok && same(bytes_of(json_array_get(tags, 1)), tag, 32), "another nullifier");
}

static void run_beacon(const json_t *c, bool valid) {
    struct weal_bytes previous = field(c, "previous"), tag = field(c, "tag");
    struct weal_point96 p;
    uint8_t next[32];
    bool ok = previous.n == 32 && decode1(&p, tag);
    expect(c, ok == valid, "beacon");
    if (!ok || !valid) return;
    weal_beacon_next(next, previous.p, tag.p);
    expect(c, same(field(c, "next"), next, 32), "another beacon");
}

static void run_case(const json_t *c) {
    const char *type = type_of(c);
    bool valid = json_is_true(json_object_get(c, "valid"));
    struct weal_scalar s;
    uint8_t out[32];
    pool_n = 0;
    if (strcmp(type, "ring") == 0 || linear_kind(type) >= 0) {
        run_proof(c, valid);
    } else if (strcmp(type, "batch") == 0) {
        run_batch(c);
    } else if (strcmp(type, "multiple") == 0) {
        run_multiple(c);
    } else if (strcmp(type, "from_uniform") == 0) {
        crypto_core_ristretto255_from_hash(out, exact(json_object_get(c, "bytes"), 64));
        expect(c, same(field(c, "point"), out, 32), "another point");
    } else if (strcmp(type, "decode_point") == 0) {
        struct weal_point96 p;
        expect(c, decode1(&p, field(c, "bytes")) == valid, "decode_point");
    } else if (strcmp(type, "decode_scalar") == 0) {
        struct weal_bytes b = field(c, "bytes");
        expect(c, (b.n == 32 && weal_scalar_decode_var(&s, b.p)) == valid, "decode_scalar");
    } else if (strcmp(type, "scalar_reduce") == 0) {
        weal_scalar_reduce64_var(&s, exact(json_object_get(c, "bytes"), 64));
        weal_scalar_encode(out, &s);
        expect(c, same(field(c, "scalar"), out, 32), "another scalar");
    } else if (strcmp(type, "hash64") == 0) {
        run_hash(c);
    } else if (strcmp(type, "tag") == 0) {
        run_tag(c);
    } else if (strcmp(type, "beacon") == 0) {
        run_beacon(c, valid);
    } else {
        expect(c, false, "unknown type");
    }
}

static bool run_file(const char *path) {
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *c;
    const char *format = json_string_value(json_object_get(root, "format"));
    file_name = path;
    if (!root || !format || strcmp(format, "ringproof-vectors-1") != 0) {
        fprintf(stderr, "%s: %s\n", path, root ? "not of format ringproof-vectors-1" : error.text);
        json_decref(root);
        return false;
    }
    cases = json_object_get(root, "cases");
    for (unsigned level = 0; level < WEAL_CURVE_LEVELS; level++) {
        size_t i;
        if (!weal_curve_level_force((enum weal_curve_level)level)) continue;
        json_array_foreach(cases, i, c) run_case(c);
    }
    json_decref(root);
    return true;
}

int main(int argc, char **argv) {
    struct weal_batch_limits limits = {PROOFS};
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        printf(
            "usage: ringproof-vectors FILE...\n"
            "Runs files of the format ringproof-vectors-1 through every back end, the batch\n"
            "verifier and the prover. A line for each case that disagrees; exit 1 if any does.\n");
        return argc < 2 ? 2 : 0;
    }
    if (sodium_init() < 0) return 2;
    void *mem = malloc(weal_batch_footprint(&limits));
    if (!mem) return 2;
    batch = weal_batch_init(mem, &limits);
    bool read = true;
    for (int i = 1; i < argc; i++) read &= run_file(argv[i]);
    printf("%u checks, %u disagreements\n", checks, disagreements);
    free(mem);
    return !read ? 2 : disagreements != 0;
}
