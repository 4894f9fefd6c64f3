/* SPDX-License-Identifier: ISC */
/* weal enrol: a person becomes one of the chain's humans. The attestors' registry is read with
 * proofs; the record is shown to be on the chain before the command says so. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "wallet/app_agent.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    POLL_MS = 200,
    PATIENCE_MS = 120000
};

/* Records with their proofs, for weal_enrol. */
static enum weal_err proven(void *ctx, uint8_t table, struct weal_bytes key, uint8_t *value,
                            size_t *n) {
    struct weal_app *a = ctx;
    uint8_t full[64];
    bool present = false;
    if (key.n >= sizeof full) return WEAL_ERR_INVALID;
    full[0] = table;
    if (key.n != 0) memcpy(full + 1, key.p, key.n);
    if (weal_trust_record(&a->trust, weal_bytes(full, key.n + 1), value, n, &present) !=
        WEAL_TRUST_OK) {
        return WEAL_ERR_CORRUPT;
    }
    return present ? WEAL_OK : WEAL_ERR_NOT_FOUND;
}

static const char *text_of(const json_t *o, const char *name) {
    const char *s = json_string_value(json_object_get(o, name));
    return s ? s : "";
}

/* The record of the key, proven; NOT_FOUND while it is not there. */
static enum weal_err record_read(struct weal_app *a, const uint8_t key[32],
                                 struct weal_st_human *out) {
    static uint8_t value[65536];
    size_t n;
    enum weal_err e = proven(a, TABLE_HUMAN, weal_bytes(key, 32), value, &n);
    if (e != WEAL_OK) return e;
    struct weal_rd rd = weal_rd(weal_bytes(value, n));
    weal_st_human_get(&rd, out);
    return weal_rd_done(&rd) ? WEAL_OK : WEAL_ERR_CORRUPT;
}

static int follow(struct weal_app *a, const uint8_t key[32], const uint8_t id[32]) {
    struct weal_st_human h;
    uint64_t begin = weal_app_now_ms();
    enum weal_err e;
    while ((e = record_read(a, key, &h)) == WEAL_ERR_NOT_FOUND &&
           weal_app_now_ms() - begin < PATIENCE_MS) {
        struct timespec ts = {0, POLL_MS * 1000000};
        nanosleep(&ts, NULL);
    }
    if (e == WEAL_ERR_NOT_FOUND) {
        return weal_app_fail(a, WEAL_EXIT_NODE, "wallet-not-final",
                             "not final yet; it may still become so");
    }
    if (e != WEAL_OK) return weal_app_fail_trust(a, WEAL_TRUST_LIE);
    if (a->json) {
        return weal_app_json(json_pack("{s:o, s:o, s:s, s:I, s:b}", "id", weal_app_hex(id, 32),
                                       "key", weal_app_hex(key, 32), "status", "challenge",
                                       "challenge_ms", (json_int_t)h.challenge_ms, "verified", 1));
    }
    printf(
        "Enrolled, proven by the record in block %llu.\nUntil the challenge ends two attestors can "
        "strike it; then your key is dealt into a\ncohort of 11 to 16, and you can act without "
        "being seen among them.\n",
        (unsigned long long)a->trust.at.height);
    return 0;
}

static int refused(struct weal_app *a, const struct weal_psa *p, const struct weal_enrol *e,
                   enum weal_err err) {
    if (e->liar >= 0 && !a->json) {
        fprintf(stderr, "Attestor %d answered what its share does not make of your evidence.\n",
                e->liar);
    }
    return weal_app_fail(a, err == WEAL_ERR_INVALID ? WEAL_EXIT_REFUSED : WEAL_EXIT_NODE, p->name,
                         "%s", p->sentence);
}

/* Through the agent, so that what is sent was kept first. */
static int enrol(struct weal_app *a, const struct weal_document *evidence, const char *jurisdiction,
                 const char *addresses) {
    static struct weal_enrol e;
    static struct weal_look look;
    struct weal_psa psa;
    struct weal_st_human record;
    uint8_t key[32], id[32] = {0};
    int code = weal_app_agent(a, &psa, &look);
    if (code != 0) return code;
    memcpy(key, psa.key, 32);
    bool there = record_read(a, key, &record) == WEAL_OK; /* then there is nothing to send */
    enum weal_err err = weal_enrol_open(&e, &a->trust.chain, proven, a, addresses);
    if (err == WEAL_ERR_INVALID) {
        code = weal_app_fail(a, WEAL_EXIT_USAGE, e.name, "%s", e.sentence);
    } else if (err != WEAL_OK) {
        code = weal_app_fail(a, WEAL_EXIT_NODE, "wallet-no-attestors",
                             "the chain's registry of attestors cannot be read, or has none");
    } else if (!there) {
        err = weal_psa_enrol(&psa, &e, evidence, jurisdiction, a->trust.at.height, id);
        if (err != WEAL_OK) code = refused(a, &psa, &e, err);
    }
    weal_enrol_release(&e);
    weal_psa_close(&psa);
    weal_look_release(&look);
    return code == 0 ? follow(a, key, id) : code;
}

int weal_cmd_enrol(struct weal_app *a, int argc, char **argv) {
    json_error_t at;
    if (argc != 2) {
        return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage",
                             "say: weal enrol EVIDENCE.json HOST:PORT,HOST:PORT,... with the "
                             "attestors in the chain's order");
    }
    json_t *v = json_load_file(argv[0], 0, &at);
    if (!v) {
        return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-evidence",
                             "EVIDENCE is a JSON file with jurisdiction, kind, number, born and "
                             "residence: %s",
                             at.text);
    }
    struct weal_document evidence = {text_of(v, "jurisdiction"), text_of(v, "kind"),
                                     text_of(v, "number"), text_of(v, "born")};
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_trust(a);
    if (code == 0 && !a->json) {
        puts("This shows your evidence to the attestors who answer, and enters your human key into "
             "a\n"
             "public registry. What you do later is not tied to that key by anyone.");
    }
    if (code == 0) code = enrol(a, &evidence, text_of(v, "residence"), argv[1]);
    json_decref(v);
    return code;
}
