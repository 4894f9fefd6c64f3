/* SPDX-License-Identifier: ISC */
#include "wallet/service/attestor.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crypto/ring/ring.h"
#include "wallet/service/renewal.h"
#include "wallet/service/sealed.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    SIGNED_MAX = 1 << 20,
    ASKED_A_SECOND = 50, /* questions, on the average: each is a person at a desk */
    ASKED_BURST = 500
};

/* ---- keys and files ---- */

static bool path_of(char out[600], const char *dir, const char *name) {
    return snprintf(out, 600, "%s/%s", dir, name) < 600;
}

enum weal_err weal_attestor_make(const char *dir) {
    char path[600];
    uint8_t seed[32];
    if (!path_of(path, dir, "attestor.key")) return WEAL_ERR_INVALID;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) return WEAL_ERR_IO;
    if (access(path, F_OK) == 0) return WEAL_ERR_LOCKED;
    randombytes_buf(seed, sizeof seed);
    enum weal_err e = weal_file_keep(path, seed, sizeof seed);
    sodium_memzero(seed, sizeof seed);
    return e;
}

enum weal_err weal_attestor_read(struct weal_attestor *a, const char *dir) {
    char path[600];
    uint8_t seed[32], wide[64], sub[32];
    memset(a, 0, sizeof *a);
    a->log = -1;
    if (!path_of(path, dir, "attestor.key")) return WEAL_ERR_INVALID;
    snprintf(a->dir, sizeof a->dir, "%s", dir);
    enum weal_err e = weal_file_read(path, seed, sizeof seed);
    if (e != WEAL_OK) return e;
    crypto_kdf_derive_from_key(wide, 64, 1, "attestor", seed);
    bool good = weal_secret_reduce(a->secret, wide) && weal_human_key(a->key, a->secret);
    crypto_kdf_derive_from_key(sub, 32, 2, "attestor", seed);
    crypto_sign_seed_keypair(a->sign_key, a->sign, sub);
    crypto_kdf_derive_from_key(wide, 64, 3, "attestor", seed);
    good = good && weal_secret_reduce(a->box, wide) && weal_human_key(a->box_key, a->box);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(wide, sizeof wide);
    sodium_memzero(sub, sizeof sub);
    return good ? WEAL_OK : WEAL_ERR_CORRUPT;
}

static enum weal_err log_open(struct weal_attestor *a) {
    char path[600];
    struct weal_attestor_signed s;
    off_t whole = 0;
    if (!path_of(path, a->dir, "signed")) return WEAL_ERR_INVALID;
    a->log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (a->log < 0) return WEAL_ERR_IO;
    while (a->signed_n < SIGNED_MAX && read(a->log, &s, sizeof s) == sizeof s) {
        if (a->signed_n == a->signed_cap) {
            size_t cap = a->signed_cap ? 2 * a->signed_cap : 64;
            void *grown = realloc(a->signed_for, cap * sizeof *a->signed_for);
            if (!grown) return WEAL_ERR_NO_MEMORY;
            a->signed_for = grown;
            a->signed_cap = cap;
        }
        a->signed_for[a->signed_n++] = s;
        whole += (off_t)sizeof s;
    }
    /* a torn record was of a signature that never left */
    bool good = ftruncate(a->log, whole) == 0 && lseek(a->log, whole, SEEK_SET) == whole;
    return good ? WEAL_OK : WEAL_ERR_IO;
}

enum weal_err weal_attestor_look(struct weal_attestor *a) {
    struct weal_quorum q;
    uint8_t share[32];
    uint32_t renewals;
    enum weal_err e = weal_quorum_renewals(&renewals, weal_enrol_look, &a->look);
    if (e != WEAL_OK) return e;
    if (a->has_share && renewals == a->quorum.renewals) return WEAL_OK;
    e = weal_quorum_read(&q, weal_enrol_look, &a->look);
    if (e != WEAL_OK) return e;
    e = weal_share_choose(a->dir, q.member[a->index].share, q.renewals, share);
    if (e == WEAL_OK || e == WEAL_ERR_NOT_FOUND) {
        a->quorum = q;
        a->has_share = e == WEAL_OK;
        memcpy(a->share, share, 32);
        e = WEAL_OK;
    }
    sodium_memzero(share, sizeof share);
    return e;
}

enum weal_err weal_attestor_open(struct weal_attestor *a, struct weal_wallet_rpc *node) {
    enum weal_err e = log_open(a);
    if (e == WEAL_OK) e = weal_look_init(&a->look, node);
    if (e == WEAL_OK) e = weal_quorum_read(&a->quorum, weal_enrol_look, &a->look);
    if (e != WEAL_OK) return e == WEAL_ERR_NOT_FOUND ? WEAL_ERR_CORRUPT : e;
    for (a->index = 0; a->index < a->quorum.n; a->index++) {
        if (memcmp(a->quorum.member[a->index].key, a->key, 32) == 0) break;
    }
    return a->index == a->quorum.n ? WEAL_ERR_NOT_FOUND : weal_attestor_look(a);
}

void weal_attestor_release(struct weal_attestor *a) {
    if (a->log >= 0) close(a->log);
    free(a->signed_for);
    weal_look_release(&a->look);
    sodium_memzero(a, sizeof *a);
    a->log = -1;
}

bool weal_attestor_pop(struct weal_attestor *a, uint8_t pop[64], const uint8_t hash[32]) {
    uint8_t random[32];
    randombytes_buf(random, sizeof random);
    bool good = weal_act_pop(pop, &a->look.chain, a->secret, WEAL_ROLE_ATTESTOR, hash, random) ==
                WEAL_ACCEPT;
    sodium_memzero(random, sizeof random);
    return good;
}

/* ---- what is asked ---- */

struct question {
    char text[WEAL_EVIDENCE_MAX];
    size_t n;
    uint8_t blind[32], blinded[1][32];
};

static const char *text_of(const json_t *object, const char *name) {
    const char *s = json_string_value(json_object_get(object, name));
    return s ? s : "";
}

/* Evidence and blind, by which the attestor makes the blinded element itself: so it is this
 * evidence's, and of nothing else. */
static bool question_read(const json_t *params, struct question *q, struct weal_serve_answer *out) {
    const json_t *v = json_object_get(params, "evidence");
    struct weal_document evidence = {text_of(v, "jurisdiction"), text_of(v, "kind"),
                                     text_of(v, "number"), text_of(v, "born")};
    q->n = weal_evidence_text(q->text, &evidence);
    if (q->n == 0) {
        weal_serve_error(out, "evidence-unreadable",
                         "evidence wants jurisdiction, kind, number (at most 64 characters each, "
                         "letters or digits in each) and born, such as 1990-02-03");
        return false;
    }
    if (!weal_serve_bytes(params, "blind", q->blind, 32) ||
        weal_oprf_blind(q->blinded[0], weal_bytes((const uint8_t *)q->text, q->n), q->blind) !=
            WEAL_ACCEPT) {
        weal_serve_error(out, "attestor-blind", "blind is 32 bytes of hex, a scalar above 0");
        return false;
    }
    return true;
}

/* Whoever asks says which renewal's commitments it has read: an answer of other shares would look
 * like a lie to it. Without the number: those before any renewal. */
static bool same_renewal(struct weal_attestor *a, const json_t *params,
                         struct weal_serve_answer *out) {
    json_int_t asked = json_integer_value(json_object_get(params, "renewals"));
    if (asked != (json_int_t)a->quorum.renewals) (void)!weal_attestor_look(a);
    if (asked == (json_int_t)a->quorum.renewals) return true;
    weal_serve_error(out, "attestor-renewal",
                     "shares were renewed, and you or this attestor's node have not seen it yet; "
                     "read the registry and ask again");
    return false;
}

static void evaluate(struct weal_attestor *a, const json_t *params, struct weal_serve_answer *out) {
    struct question q;
    uint8_t evaluated[1][32], proof[64], nonce[32];
    if (!same_renewal(a, params, out)) return;
    if (!a->has_share) {
        weal_serve_error(out, "attestor-no-share",
                         "this attestor missed a renewal and has no share until the next; others "
                         "have");
        return;
    }
    if (!question_read(params, &q, out)) return;
    weal_secret_fresh(nonce);
    if (weal_oprf_evaluate(evaluated, proof, (const uint8_t(*)[32])q.blinded, 1, a->share,
                           a->quorum.member[a->index].share, nonce) == WEAL_ACCEPT) {
        out->result =
            json_pack("{s:i, s:o, s:o}", "attestor", (int)a->index, "evaluated",
                      weal_serve_hex(evaluated[0], 32), "proof", weal_serve_hex(proof, 64));
    }
    sodium_memzero(nonce, sizeof nonce);
    sodium_memzero(&q, sizeof q);
}

/* The handle, from t answers of distinct attestors whose proofs hold. */
static bool handle_make(struct weal_attestor *a, const json_t *params, const struct question *q,
                        uint8_t handle[32], struct weal_serve_answer *out) {
    const json_t *list = json_object_get(params, "answers");
    uint32_t holders[WEAL_SHARE_T_MAX];
    uint8_t answers[WEAL_SHARE_T_MAX][32], proof[64], whole[32], output[64];
    uint16_t t = a->quorum.t;
    if (t > WEAL_SHARE_T_MAX || json_array_size(list) != t) {
        weal_serve_error(out, "attestor-answers", "answers are those of t attestors");
        return false;
    }
    for (uint16_t k = 0; k < t; k++) {
        const json_t *v = json_array_get(list, k), *who = json_object_get(v, "attestor");
        json_int_t i = json_is_integer(who) ? json_integer_value(who) : -1;
        if (i < 0 || i >= a->quorum.n || !weal_serve_bytes(v, "evaluated", answers[k], 32) ||
            !weal_serve_bytes(v, "proof", proof, 64) ||
            !weal_quorum_answer_good(&a->quorum, (uint16_t)i, q->blinded[0], answers[k], proof)) {
            weal_serve_error(out, "attestor-answers",
                             "an answer is not what its attestor's share "
                             "makes of the evidence");
            return false;
        }
        holders[k] = (uint32_t)i + 1;
    }
    if (weal_oprf_combine(whole, holders, (const uint8_t(*)[32])answers, t) != WEAL_ACCEPT ||
        weal_oprf_finalize(output, weal_bytes((const uint8_t *)q->text, q->n), q->blind, whole) !=
            WEAL_ACCEPT) {
        weal_serve_error(out, "attestor-answers", "the answers do not combine");
        return false;
    }
    memcpy(handle, output, 32);
    sodium_memzero(output, sizeof output);
    return true;
}

/* What was signed for the handle last, or NULL. */
static const struct weal_attestor_signed *last_signed(const struct weal_attestor *a,
                                                      const uint8_t handle[32]) {
    for (size_t i = a->signed_n; i-- > 0;) {
        if (memcmp(a->signed_for[i].handle, handle, 32) == 0) return &a->signed_for[i];
    }
    return NULL;
}

/* Is the handle free: on the chain, and among what was signed here? */
static bool handle_free(struct weal_attestor *a, const uint8_t handle[32], const uint8_t key[32],
                        struct weal_serve_answer *out) {
    static uint8_t value[65536];
    uint8_t at[34] = {0}; /* handle, suffix 0 */
    size_t n;
    memcpy(at, handle, 32);
    enum weal_err e = weal_look_record(&a->look, TABLE_HANDLE, WEAL_BYTES(at), value, &n);
    if (e == WEAL_OK) {
        weal_serve_error(out, "attestor-handle-known",
                         "a living record was enrolled with this evidence; a lost key is replaced "
                         "by a rotation");
        return false;
    }
    if (e != WEAL_ERR_NOT_FOUND) {
        weal_serve_error(out, "attestor-no-node", "the attestor's node does not answer");
        return false;
    }
    const struct weal_attestor_signed *s = last_signed(a, handle);
    if (!s || memcmp(s->key, key, 32) == 0) return true;
    if (weal_look_refresh(&a->look) == WEAL_OK && a->look.at.height > weal_le64(s->until)) {
        return true;
    }
    weal_serve_error(out, "attestor-other-key",
                     "another key was signed for this evidence and may be on its way; come again "
                     "when its time is over");
    return false;
}

static bool remember(struct weal_attestor *a, const uint8_t handle[32],
                     const struct weal_human_enrol *r, struct weal_serve_answer *out) {
    const struct weal_attestor_signed *last = last_signed(a, handle);
    struct weal_attestor_signed s;
    memcpy(s.handle, handle, 32);
    memcpy(s.key, r->key, 32);
    weal_put_le64(s.until, r->valid_until);
    if (last && memcmp(last->key, s.key, 32) == 0 && weal_le64(last->until) >= r->valid_until)
        return true;
    if (a->signed_n == a->signed_cap) {
        size_t cap = a->signed_cap ? 2 * a->signed_cap : 64;
        void *grown = cap <= SIGNED_MAX ? realloc(a->signed_for, cap * sizeof s) : NULL;
        if (grown) {
            a->signed_for = grown;
            a->signed_cap = cap;
        }
    }
    if (a->signed_n == a->signed_cap || write(a->log, &s, sizeof s) != (ssize_t)sizeof s ||
        fdatasync(a->log) != 0) {
        weal_serve_error(out, "attestor-disk", "the attestor cannot write its file");
        return false;
    }
    a->signed_for[a->signed_n++] = s;
    return true;
}

static void sign(struct weal_attestor *a, const json_t *params, struct weal_serve_answer *out) {
    static struct weal_tx tx;
    struct question q;
    uint8_t bytes[4096], handle[32], hash[32], pop[64];
    size_t n = weal_wallet_hex(json_object_get(params, "tx"), bytes, sizeof bytes);
    if (!same_renewal(a, params, out) || !question_read(params, &q, out)) return;
    bool good = handle_make(a, params, &q, handle, out);
    sodium_memzero(&q, sizeof q);
    if (!good) return;
    if (n == 0 || !weal_tx_decode(&tx, weal_bytes(bytes, n)) ||
        tx.act_kind != WEAL_TX_HUMAN_ENROL || tx.act.human_enrol.handles_n != 1 ||
        tx.act.human_enrol.handles[0].suffix != 0 ||
        memcmp(tx.act.human_enrol.handles[0].handle, handle, 32) != 0) {
        weal_serve_error(out, "attestor-tx",
                         "tx is an enrolment with one handle, that of the evidence");
        return;
    }
    const struct weal_human_enrol *r = &tx.act.human_enrol;
    if (!handle_free(a, handle, r->key, out) || !remember(a, handle, r, out)) return;
    weal_tx_signing_hash(hash, a->look.chain.id, &tx);
    if (weal_attestor_pop(a, pop, hash)) {
        out->result =
            json_pack("{s:i, s:o}", "attestor", (int)a->index, "pop", weal_serve_hex(pop, 64));
    }
}

static bool allowed(struct weal_attestor *a) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    uint64_t now = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
    uint64_t more = (now - a->bucket_ms) * ASKED_A_SECOND / 1000;
    if (more != 0) {
        a->bucket = a->bucket + more < ASKED_BURST ? a->bucket + more : ASKED_BURST;
        a->bucket_ms = now;
    }
    return a->bucket != 0 && a->bucket--;
}

/* A question once it is open; its answer goes back as it came, for the asker alone. */
static void answer_sealed(struct weal_attestor *a, const json_t *question,
                          const struct weal_sealed *keys, struct weal_serve_answer *out) {
    struct weal_serve_answer in = {0};
    const char *method = text_of(question, "method");
    const json_t *params = json_object_get(question, "params");
    if (strcmp(method, "evaluate") == 0)
        evaluate(a, params, &in);
    else if (strcmp(method, "sign") == 0)
        sign(a, params, &in);
    else
        weal_serve_error(&in, "rpc_method", "the methods are evaluate and sign");
    json_t *whole =
        in.result  ? json_pack("{s:o}", "result", in.result)
        : in.error ? json_pack("{s:{s:s, s:s}}", "error", "name", in.error, "sentence", in.sentence)
                   : NULL;
    char *text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;
    if (text) out->result = weal_sealed_answer(keys, text);
    json_decref(whole);
    free(text);
}

void weal_attestor_answer(void *ctx, const char *method, const json_t *params,
                          struct weal_serve_answer *out) {
    struct weal_attestor *a = ctx;
    struct weal_sealed keys;
    if (strcmp(method, "sealed") != 0) {
        weal_serve_error(out, "attestor-sealed",
                         "the method is sealed: evidence does not travel in the clear");
        return;
    }
    if (!allowed(a)) {
        weal_serve_error(out, "attestor-rate",
                         "too many questions at once; come again in a second");
        return;
    }
    json_t *question = weal_sealed_open(&keys, a->secret, a->key, params);
    if (question)
        answer_sealed(a, question, &keys, out);
    else
        weal_serve_error(out, "attestor-sealed",
                         "the question is not sealed to this attestor's key in the registry");
    json_decref(question);
    weal_sealed_release(&keys);
}
