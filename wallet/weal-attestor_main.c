/* SPDX-License-Identifier: ISC */
/* weal-attestor: one of those who see a person's evidence and sign the enrolment.
 *
 *   weal-attestor keys DIR NAME              makes its secret; prints its line of a roster
 *   weal-attestor dkg DIR ROSTER PORT [S]    takes part in making the common key, S seconds a phase
 *                                            at most (30); prints its part of a genesis
 *   weal-attestor run DIR PORT NODE          serves on 127.0.0.1:PORT; NODE is a node's RPC port
 *
 * What an operator decides is signed at the attestor's own desk, never by a request:
 *
 *   weal-attestor strike DIR NODE KEY REASON     a record in its challenge (t signatures)
 *   weal-attestor suspend DIR NODE KEY           (t)
 *   weal-attestor revoke DIR NODE KEY REASON     (2t)
 *   weal-attestor withdraw DIR NODE KEY          a revocation (t others)
 *       print one attestor's part as JSON
 *   weal-attestor send NODE PART...              puts parts (files) together and submits them
 *
 * Renewal of the shares, while run goes on serving (service/README.md):
 *
 *   weal-attestor ready DIR NAME                     makes a box key for it; prints its line of a
 *                                                    roster
 *   weal-attestor renew DIR ROSTER PORT NODE [S]     takes part; killed, it may be started again
 * with the same; prints its part of the act (2t), for send
 *
 * service/attestor.h says what is kept and what is not; service/dkg.h how the key is made. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wallet/service/attestor.h"
#include "wallet/service/ceremony.h"
#include "wallet/service/renewal.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    PARTS_MAX = 16,
    LOOK_MS = 1000 /* between two looks for a renewal */
};

static struct weal_attestor attestor;
static volatile sig_atomic_t stopping;
static void on_signal(int s) {
    (void)s;
    stopping = 1;
}

static int complain(const char *what, const char *why) {
    fprintf(stderr, "weal-attestor: %s: %s\n", what, why);
    return 1;
}

static void print(json_t *out) {
    json_dumpf(out, stdout, JSON_COMPACT);
    puts("");
    fflush(stdout);
    json_decref(out);
}

/* ---- before genesis ---- */

static int keys(const char *dir, const char *name) {
    enum weal_err e = weal_attestor_make(dir);
    if (e == WEAL_ERR_LOCKED) return complain(dir, "there is a secret already; it stays");
    if (e == WEAL_OK) e = weal_attestor_read(&attestor, dir);
    if (e != WEAL_OK) return complain(dir, weal_err_name(e));
    print(json_pack("{s:s, s:o, s:o, s:o}", "name", name, "key", weal_serve_hex(attestor.key, 32),
                    "sign", weal_serve_hex(attestor.sign_key, 32), "box",
                    weal_serve_hex(attestor.box_key, 32)));
    return 0;
}

static int no_outcome(const struct weal_dkg *d) {
    static const char *const names[] = {"running",
                                        "done",
                                        "signed two things in one phase",
                                        "heard something else, or dealt badly and too late",
                                        "fewer than t dealings were good, or fewer than 2t agree",
                                        "the commitments are not of the common key"};
    fprintf(stderr, "weal-attestor: the ceremony has no outcome: %s", names[d->state]);
    if (d->culprit != 0) fprintf(stderr, ": member %u", d->culprit);
    fputs("; do it again with a new session\n", stderr);
    return 1;
}

static int dkg(const char *dir, const char *path, uint16_t port, unsigned seconds) {
    static struct weal_dkg d;
    static struct weal_dkg_roster roster;
    static struct weal_ceremony_place places[WEAL_DKG_N_MAX];
    uint8_t random[WEAL_DKG_RANDOM], commitment[32];
    const char *why;
    json_error_t at;
    enum weal_err e = weal_attestor_read(&attestor, dir);
    if (e != WEAL_OK) return complain(dir, weal_err_name(e));
    json_t *text = json_load_file(path, 0, &at);
    if (!text) return complain(path, at.text);
    uint32_t self = weal_ceremony_roster(text, attestor.key, &roster, places, &why);
    if (self == 0) return complain(path, why);
    if (roster.renewal) return complain(path, "a renewal is made by the command renew");
    randombytes_buf(random, sizeof random);
    enum weal_verdict v =
        weal_dkg_init(&d, &roster, self, attestor.sign, attestor.box, NULL, random);
    sodium_memzero(random, sizeof random);
    if (v != WEAL_ACCEPT) return complain(path, "sign or box is not this attestor's");
    e = weal_ceremony_run(&d, places, port, seconds * 1000, NULL, NULL);
    if (e != WEAL_OK) return complain("port", weal_err_name(e));
    if (d.state != WEAL_DKG_DONE) return no_outcome(&d);
    e = weal_share_keep(dir, d.share);
    if (e != WEAL_OK) return complain(dir, weal_err_name(e));
    weal_share_commitment(commitment, &d.key, self);
    const json_t *me = json_array_get(json_object_get(text, "members"), self - 1);
    print(json_pack("{s:O, s:o, s:o, s:o, s:i}", "name", json_object_get(me, "name"), "key",
                    weal_serve_hex(attestor.key, 32), "share", weal_serve_hex(commitment, 32),
                    "voprf", weal_serve_hex(d.key.point[0], 32), "qualified", (int)d.qualified));
    weal_dkg_release(&d);
    json_decref(text);
    return 0;
}

/* ---- serving ---- */

static int open_on(const char *dir, struct weal_wallet_rpc *node, uint16_t port) {
    enum weal_err e = weal_attestor_read(&attestor, dir);
    if (e != WEAL_OK) return complain(dir, weal_err_name(e));
    weal_wallet_rpc_init(node, "127.0.0.1", port);
    do {
        e = weal_attestor_open(&attestor, node);
        if (e == WEAL_OK) return 0;
        if (e == WEAL_ERR_NOT_FOUND) return complain(dir, "not an attestor of the chain");
        if (e == WEAL_ERR_CORRUPT) return complain(dir, "the share is not the one the chain knows");
        weal_attestor_release(&attestor);
        e = weal_attestor_read(&attestor, dir);
        struct timespec a_while = {0, 200000000};
        nanosleep(&a_while, NULL);
    } while (!stopping && e == WEAL_OK);
    return 1;
}

static void tell_share(void) {
    if (attestor.has_share)
        printf("share of renewal %u in force\n", attestor.quorum.renewals);
    else
        printf("no share of renewal %u: signs, and does not evaluate until the next renewal\n",
               attestor.quorum.renewals);
    fflush(stdout);
}

static int run(const char *dir, uint16_t port, uint16_t node_port) {
    static struct weal_serve serve;
    static struct weal_wallet_rpc node;
    int bad = open_on(dir, &node, node_port);
    if (bad) return stopping ? 0 : bad;
    if (weal_serve_start(&serve, port, weal_attestor_answer, &attestor) != WEAL_OK) {
        return perror("listen"), 1;
    }
    printf("attestor %u serves on 127.0.0.1:%u\n", attestor.index, serve.port);
    tell_share();
    uint32_t told = attestor.quorum.renewals;
    bool had = attestor.has_share;
    for (unsigned turn = 0; !stopping; turn++) {
        weal_serve_turn(&serve, LOOK_MS / 5);
        if (turn % 5 == 4) (void)!weal_attestor_look(&attestor); /* the node may be away */
        if (told == attestor.quorum.renewals && had == attestor.has_share) continue;
        told = attestor.quorum.renewals;
        had = attestor.has_share;
        tell_share();
    }
    weal_serve_stop(&serve);
    weal_attestor_release(&attestor);
    return 0;
}

/* ---- an operator's acts ---- */

static bool record_serial(const uint8_t key[32], uint32_t *serial) {
    static uint8_t value[65536];
    struct weal_st_human h;
    size_t n;
    if (weal_look_record(&attestor.look, TABLE_HUMAN, weal_bytes(key, 32), value, &n) != WEAL_OK)
        return false;
    struct weal_rd rd = weal_rd(weal_bytes(value, n));
    weal_st_human_get(&rd, &h);
    *serial = h.serial + 1;
    return weal_rd_done(&rd);
}

static int act(const char *what, const char *dir, uint16_t node_port, const char *key_hex,
               const char *reason_text) {
    static struct weal_act a;
    static struct weal_wallet_rpc node;
    uint8_t key[32], hash[32], pop[64];
    uint32_t serial;
    uint8_t reason = (uint8_t)(reason_text ? atoi(reason_text) : 0);
    if (strlen(key_hex) != 64 || !weal_hex_read(key_hex, 64, key, 32))
        return complain("KEY", "64 hex digits are wanted");
    int bad = open_on(dir, &node, node_port);
    if (bad) return bad;
    if (!record_serial(key, &serial)) return complain("KEY", "the chain has no such record");
    a.tx.version = WEAL_TX_VERSION;
#define FILL(record)                                                                               \
    memcpy(a.tx.act.record.key, key, 32);                                                          \
    a.tx.act.record.serial = serial
    if (strcmp(what, "strike") == 0) {
        a.tx.act_kind = WEAL_TX_HUMAN_STRIKE;
        FILL(human_strike);
        a.tx.act.human_strike.reason = reason;
    } else if (strcmp(what, "suspend") == 0) {
        a.tx.act_kind = WEAL_TX_HUMAN_SUSPEND;
        FILL(human_suspend);
    } else if (strcmp(what, "revoke") == 0) {
        a.tx.act_kind = WEAL_TX_HUMAN_REVOKE;
        FILL(human_revoke);
        a.tx.act.human_revoke.reason = reason;
    } else {
        a.tx.act_kind = WEAL_TX_HUMAN_WITHDRAW;
        FILL(human_withdraw);
    }
#undef FILL
    weal_act_hash(hash, &attestor.look.chain, &a);
    if (!weal_act_seal(&a) || !weal_attestor_pop(&attestor, pop, hash)) {
        return complain(what, "the act cannot be encoded");
    }
    print(json_pack("{s:s, s:o, s:i, s:o}", "act", what, "tx", weal_serve_hex(a.bytes, a.n),
                    "attestor", (int)attestor.index, "pop", weal_serve_hex(pop, 64)));
    weal_attestor_release(&attestor);
    return 0;
}

/* ---- renewal ---- */

static int ready(const char *dir, const char *name) {
    uint8_t secret[32], box[32];
    enum weal_err e = weal_attestor_read(&attestor, dir);
    if (e == WEAL_OK) e = weal_renewal_box(dir, true, secret, box);
    sodium_memzero(secret, sizeof secret);
    if (e != WEAL_OK) return complain(dir, weal_err_name(e));
    print(json_pack("{s:s, s:o, s:o, s:o}", "name", name, "key", weal_serve_hex(attestor.key, 32),
                    "sign", weal_serve_hex(attestor.sign_key, 32), "box", weal_serve_hex(box, 32)));
    return 0;
}

/* The attestor's part of the act that puts the outcome in force: signed when its share is on the
 * disk. */
static bool part_print(const struct weal_renewal *r, const struct weal_dkg *d) {
    static struct weal_act a;
    struct weal_attestor_renew *act = &a.tx.act.attestor_renew;
    uint8_t hash[32], pop[64];
    memset(&a, 0, sizeof a);
    a.tx.version = WEAL_TX_VERSION;
    a.tx.act_kind = WEAL_TX_ATTESTOR_RENEW;
    act->serial = r->number;
    act->points_n = (uint16_t)(d->key.t - 1);
    for (uint32_t k = 1; k < d->key.t; k++) memcpy(act->points[k - 1].point, d->key.point[k], 32);
    weal_act_hash(hash, &attestor.look.chain, &a);
    if (!weal_act_seal(&a) || !weal_attestor_pop(&attestor, pop, hash)) return false;
    print(json_pack("{s:s, s:o, s:i, s:o, s:i}", "act", "renew", "tx", weal_serve_hex(a.bytes, a.n),
                    "attestor", (int)attestor.index, "pop", weal_serve_hex(pop, 64), "qualified",
                    (int)d->qualified));
    return true;
}

/* A weal_ceremony_keep: what was said, and the outcome at once, as others may take a while yet. */
static enum weal_err renew_keep(void *ctx, const struct weal_dkg *d) {
    enum weal_err e = weal_renewal_save(ctx, d);
    if (e != WEAL_OK || d->state != WEAL_DKG_DONE) return e;
    e = weal_renewal_stage(ctx, d);
    return e == WEAL_OK && !part_print(ctx, d) ? WEAL_ERR_INVALID : e;
}

/* Why a roster is not one of the chain's attestors; NULL: it is. */
static const char *roster_differs(const struct weal_dkg_roster *r,
                                  const struct weal_ceremony_place *places) {
    const struct weal_quorum *q = &attestor.quorum;
    if (!r->renewal) return "the roster says nothing of a renewal";
    if (r->n != q->n || r->t != q->t) return "t and the number of members are not the chain's";
    for (uint32_t i = 0; i < r->n; i++) {
        if (memcmp(places[i].key, q->member[i].key, 32) != 0)
            return "the members are not the chain's attestors in its order";
    }
    return NULL;
}

static enum weal_verdict renewal_machine(struct weal_dkg *d, const struct weal_renewal *r,
                                         uint32_t self, const uint8_t box[32]) {
    bool has = attestor.has_share && r->number == attestor.quorum.renewals + 1;
    return weal_dkg_init(d, &r->roster, self, attestor.sign, box, has ? attestor.share : NULL,
                         r->random);
}

static int renew(const char *dir, const char *path, uint16_t port, uint16_t node_port,
                 unsigned seconds) {
    static struct weal_dkg d;
    static struct weal_dkg_roster roster;
    static struct weal_renewal r;
    static struct weal_ceremony_place places[WEAL_DKG_N_MAX];
    static struct weal_wallet_rpc node;
    uint8_t secret[32], box[32];
    const char *why;
    json_error_t at;
    int bad = open_on(dir, &node, node_port);
    if (bad) return bad;
    json_t *text = json_load_file(path, 0, &at);
    if (!text) return complain(path, at.text);
    uint32_t self = weal_ceremony_roster(text, attestor.key, &roster, places, &why);
    json_decref(text);
    if (self == 0 || (why = roster_differs(&roster, places)) != NULL) return complain(path, why);
    if (weal_renewal_box(dir, false, secret, box) != WEAL_OK)
        return complain(dir, "there is no box key: say ready first");
    enum weal_err e =
        weal_renewal_begin(&r, dir, &roster, &attestor.quorum, attestor.look.chain.id);
    if (e == WEAL_ERR_INVALID) return complain(path, "this session was of a renewal that is over");
    if (e != WEAL_OK) return complain(dir, weal_err_name(e));
    if (renewal_machine(&d, &r, self, secret) != WEAL_ACCEPT)
        return complain(path, "sign or box is not this attestor's, or a member's box no key");
    sodium_memzero(secret, sizeof secret);
    e = weal_renewal_restore(&r, &d);
    if (e == WEAL_OK) e = weal_ceremony_run(&d, places, port, seconds * 1000, renew_keep, &r);
    if (e != WEAL_OK) return complain("ceremony", weal_err_name(e));
    int code = d.state == WEAL_DKG_DONE ? 0 : no_outcome(&d);
    weal_dkg_release(&d);
    weal_renewal_release(&r);
    weal_attestor_release(&attestor);
    return code;
}

/* The signatures of a decoded act, and their count. */
static struct weal_tx_attest *attests_of(struct weal_tx *tx, uint16_t **n) {
    switch (tx->act_kind) {
#define CASE_OF(KIND, record)                                                                      \
    case WEAL_TX_##KIND:                                                                           \
        *n = &tx->act.record.attests_n;                                                            \
        return tx->act.record.attests
        CASE_OF(HUMAN_STRIKE, human_strike);
        CASE_OF(HUMAN_SUSPEND, human_suspend);
        CASE_OF(HUMAN_REVOKE, human_revoke);
        CASE_OF(HUMAN_WITHDRAW, human_withdraw);
        CASE_OF(ATTESTOR_RENEW, attestor_renew);
#undef CASE_OF
    default: /* a number from a file */
        return NULL;
    }
}

static int send_parts(uint16_t node_port, int count, char **paths) {
    static struct weal_act a;
    static struct weal_wallet_rpc node;
    static uint8_t first[4096], bytes[4096];
    struct weal_tx_attest got[PARTS_MAX];
    size_t first_n = 0;
    json_error_t at;
    json_t *result;
    if (count > PARTS_MAX) return complain("parts", "at most 16");
    for (int i = 0; i < count; i++) {
        json_t *part = json_load_file(paths[i], 0, &at);
        if (!part) return complain(paths[i], at.text);
        size_t n = weal_wallet_hex(json_object_get(part, "tx"), bytes, sizeof bytes);
        if (i == 0) memcpy(first, bytes, first_n = n);
        json_int_t who = json_integer_value(json_object_get(part, "attestor"));
        if (n == 0 || n != first_n || memcmp(first, bytes, n) != 0)
            return complain(paths[i], "not a part of the same act as the first");
        if (who < 0 || who > 65535 || !weal_serve_bytes(part, "pop", got[i].pop, 64))
            return complain(paths[i], "attestor or pop is missing");
        got[i].attestor = (uint16_t)who;
        json_decref(part);
        /* ascending, as the chain wants them */
        for (int k = i; k > 0 && got[k].attestor < got[k - 1].attestor; k--) {
            struct weal_tx_attest swap = got[k];
            got[k] = got[k - 1];
            got[k - 1] = swap;
        }
    }
    uint16_t *n;
    if (!weal_tx_decode(&a.tx, weal_bytes(first, first_n))) return complain("tx", "not an act");
    struct weal_tx_attest *list = attests_of(&a.tx, &n);
    if (!list) return complain("tx", "not an act of attestors");
    memcpy(list, got, (size_t)count * sizeof *got);
    *n = (uint16_t)count;
    if (!weal_act_seal(&a)) return complain("tx", "the act cannot be encoded");
    weal_wallet_rpc_init(&node, "127.0.0.1", node_port);
    enum weal_err e = weal_wallet_rpc_call(
        &node, "tx.submit", json_pack("{s:o}", "tx", weal_serve_hex(a.bytes, a.n)), &result);
    if (e == WEAL_ERR_INVALID) return complain(node.error, node.sentence);
    if (e != WEAL_OK) return complain("node", weal_err_name(e));
    json_decref(result);
    print(json_pack("{s:o, s:i}", "id", weal_serve_hex(a.id, 32), "signatures", count));
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (sodium_init() < 0) return 1;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    if (argc == 4 && strcmp(what, "keys") == 0) return keys(argv[2], argv[3]);
    if ((argc == 5 || argc == 6) && strcmp(what, "dkg") == 0) {
        int seconds = argc == 6 ? atoi(argv[5]) : 30;
        if (seconds >= 1 && seconds <= 86400)
            return dkg(argv[2], argv[3], (uint16_t)atoi(argv[4]), (unsigned)seconds);
    }
    if (argc == 4 && strcmp(what, "ready") == 0) return ready(argv[2], argv[3]);
    if ((argc == 6 || argc == 7) && strcmp(what, "renew") == 0) {
        int seconds = argc == 7 ? atoi(argv[6]) : 30;
        if (seconds >= 1 && seconds <= 86400)
            return renew(argv[2], argv[3], (uint16_t)atoi(argv[4]), (uint16_t)atoi(argv[5]),
                         (unsigned)seconds);
    }
    if (argc == 5 && strcmp(what, "run") == 0)
        return run(argv[2], (uint16_t)atoi(argv[3]), (uint16_t)atoi(argv[4]));
    bool reasoned = strcmp(what, "strike") == 0 || strcmp(what, "revoke") == 0;
    bool plain = strcmp(what, "suspend") == 0 || strcmp(what, "withdraw") == 0;
    if ((reasoned && argc == 6) || (plain && argc == 5))
        return act(what, argv[2], (uint16_t)atoi(argv[3]), argv[4], reasoned ? argv[5] : NULL);
    if (argc >= 4 && strcmp(what, "send") == 0)
        return send_parts((uint16_t)atoi(argv[2]), argc - 3, argv + 3);
    bool help = argc == 2 && strcmp(what, "--help") == 0;
    fputs("usage: weal-attestor keys DIR NAME | dkg DIR ROSTER PORT [SECONDS] | run DIR PORT NODE\n"
          "       weal-attestor strike|revoke DIR NODE KEY REASON | suspend|withdraw DIR NODE KEY\n"
          "       weal-attestor ready DIR NAME | renew DIR ROSTER PORT NODE [SECONDS]\n"
          "       weal-attestor send NODE PART...\n",
          help ? stdout : stderr);
    return help ? 0 : 2;
}
