/* SPDX-License-Identifier: ISC */
/* weal-people: a population for the local network. Every person has secrets of their own and acts
 * through RPC at random moments: enrols, has activities witnessed, claims income by ring proof to a
 * fresh account, pays others. Transactions, proofs and rules are the real ones.
 *
 * The health module is a process of its own (wallet/weal-module_main.c): people fetch tokens from
 * it blindly, check its proofs against the key the chain has, and redeem them.
 *
 * Attestors and the health module are processes of their own (wallet/weal-attestor_main.c,
 * wallet/weal-module_main.c): people show their evidence to two of the five and get a handle and
 * signatures; they fetch tokens from the module blindly, check its proofs against the key the chain
 * has, and redeem them.
 *
 *   weal-people run PORT[,PORT...] MODULEPORT HOST:PORT[,...] [N]    lets N people (48) live
 * with nodes' RPC ports, the module's, and the attestors' addresses in the registry's order. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crypto/hash/hash.h"
#include "crypto/oprf/oprf.h"
#include "crypto/sig/sig.h"
#include "wallet/enrol.h"
#include "wallet/service/serve.h"

enum {
    NODES = 16,
    PEOPLE = 4096,
    ACCOUNT_TABLE = 0x10,
    MODULE_EPOCH_TABLE = 0x53,
    FRESH_ACCOUNTS = 32
};

struct waiting { /* a transaction that was sent and is not final */
    uint8_t id[32];
    uint64_t until_ms; /* then it is forgotten, and made again */
    bool is;
};

struct person {
    uint8_t x[32], key[32];
    char passport[24];
    uint64_t ready_ms; /* when the next act may be done */
    struct waiting wait;
    bool asked, enrolled, has_note, claiming, paying;
    bool account_made;            /* for the claim under way: made again, it goes to the same one */
    uint32_t visited, note_epoch; /* epoch of the last note and one */
    uint8_t t[32], note[32];
    struct {
        uint8_t secret[32], key[32];
        uint64_t nonce;
    } account[FRESH_ACCOUNTS]; /* one for each claim; not merged */
    unsigned accounts;
    uint64_t paid_micro;
};

static struct person people[PEOPLE];
static unsigned people_n = 48;
static struct weal_wallet_rpc rpcs[NODES];
static unsigned rpcs_n;
static struct weal_look look;
static uint64_t start_ms;
static struct { unsigned enrolled, acts, claims, payments, refused; } count;
static struct weal_wallet_rpc module; /* the module's process */
static struct weal_enrol attestors;   /* the way to theirs */

static uint64_t now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}
static void secret_new(uint8_t x[32]) {
    uint8_t wide[64];
    do {
        randombytes_buf(wide, sizeof wide);
    } while (!weal_secret_reduce(x, wide));
    sodium_memzero(wide, sizeof wide);
}
static uint64_t some_ms(uint64_t most) {
    return most == 0 ? 0 : randombytes_uniform((uint32_t)most);
}

/* ---- sending ---- */

static bool send_act(struct person *p, const struct weal_act *a, unsigned node) {
    char *hex = malloc(2 * a->n + 1);
    struct weal_wr w = weal_wr(hex, 2 * a->n);
    struct weal_wallet_rpc *rpc = &rpcs[node % rpcs_n];
    json_t *result;
    weal_wr_hex(&w, a->bytes, a->n);
    enum weal_err e =
        weal_wallet_rpc_call(rpc, "tx.submit", json_pack("{s:s#}", "tx", hex, (int)w.n), &result);
    free(hex);
    if (e == WEAL_OK) {
        json_decref(result);
        if (p) {
            p->wait.is = true;
            p->wait.until_ms = now_ms() + 20000;
            memcpy(p->wait.id, a->id, 32);
        }
        return true;
    }
    count.refused++;
    if (getenv("WEAL_PEOPLE_VERBOSE")) {
        printf("refused: %s %s\n", e == WEAL_ERR_INVALID ? rpc->error : weal_err_name(e),
               e == WEAL_ERR_INVALID ? rpc->sentence : "");
    }
    if (p) p->ready_ms = now_ms() + 1000;
    return false;
}

/* True once the transaction that waits is final. */
static bool is_final(struct person *p, unsigned node) {
    char hex[65] = "";
    struct weal_wr w = weal_wr(hex, 64);
    json_t *result;
    bool final = false;
    weal_wr_hex(&w, p->wait.id, 32);
    if (weal_wallet_rpc_call(&rpcs[node % rpcs_n], "tx.status", json_pack("{s:s}", "id", hex),
                             &result) == WEAL_OK) {
        const char *status = json_string_value(json_object_get(result, "status"));
        final = status && strcmp(status, "final") == 0;
        json_decref(result);
    }
    if (final || now_ms() > p->wait.until_ms) p->wait.is = false;
    return final;
}

/* ---- acts ---- */

static void enrol(struct person *p, unsigned i) {
    static struct weal_act a;
    const struct weal_document evidence = {"CA", "passport", p->passport, "1990-02-03"};
    enum weal_err e =
        weal_enrol_act(&attestors, &evidence, p->x, "CA-ON-TOR", look.at.height + 2000, &a);
    if (e == WEAL_OK) {
        send_act(p, &a, i);
        return;
    }
    p->ready_ms = now_ms() + 1000;
    if (getenv("WEAL_PEOPLE_VERBOSE")) {
        printf("not enrolled: %s %s\n", attestors.name, attestors.sentence);
    }
}

/* Is this the key the chain has for the module (0) in the epoch? Asked once an epoch. */
static bool key_published(const uint8_t key[32], uint32_t epoch) {
    static struct {
        bool is;
        uint32_t epoch;
        uint8_t key[32];
    } known;
    static uint8_t value[65536];
    uint8_t k[6];
    size_t n;
    if (!known.is || known.epoch != epoch) {
        struct weal_wr w = weal_wr(k, sizeof k); /* module u16, epoch u32; big-endian */
        for (int i = 0; i < 2; i++) weal_wr_u8(&w, 0);
        for (int i = 24; i >= 0; i -= 8) weal_wr_u8(&w, (uint8_t)(epoch >> i));
        if (weal_look_record(&look, MODULE_EPOCH_TABLE, WEAL_BYTES(k), value, &n) != WEAL_OK ||
            n < 32) {
            return false;
        }
        memcpy(known.key, value, 32);
        known.epoch = epoch;
        known.is = true;
    }
    return memcmp(known.key, key, 32) == 0;
}

/* A call of the module's; the result, or NULL. */
static json_t *module_call(const char *method, json_t *params) {
    json_t *result;
    enum weal_err e = weal_wallet_rpc_call(&module, method, params, &result);
    if (e == WEAL_OK) return result;
    if (getenv("WEAL_PEOPLE_VERBOSE")) {
        printf("module: %s %s\n", method, e == WEAL_ERR_INVALID ? module.error : weal_err_name(e));
    }
    return NULL;
}

/* At the visit: a token of the module's key of the epoch, of bytes only the visitor knows. */
static bool token_get(uint8_t token[64], const uint8_t serial[32], uint32_t epoch) {
    const struct weal_bytes in = weal_bytes(serial, 32);
    uint8_t blind[32], blinded[1][32], answer[1][32], key[32], proof[64];
    secret_new(blind);
    if (weal_oprf_blind(blinded[0], in, blind) != WEAL_ACCEPT) return false;
    json_t *r = module_call("visit", json_pack("{s:I, s:o}", "epoch", (json_int_t)epoch, "blinded",
                                               weal_serve_hex(blinded[0], 32)));
    bool good = r && weal_serve_bytes(r, "key", key, 32) &&
                weal_serve_bytes(r, "evaluated", answer[0], 32) &&
                weal_serve_bytes(r, "proof", proof, 64) && key_published(key, epoch) &&
                weal_oprf_check((const uint8_t(*)[32])blinded, (const uint8_t(*)[32])answer, 1, key,
                                proof) == WEAL_ACCEPT &&
                weal_oprf_finalize(token, in, blind, answer[0]) == WEAL_ACCEPT;
    json_decref(r);
    sodium_memzero(blind, sizeof blind);
    return good;
}

/* Later: the module takes the token back, once, and signs the activity for it. */
static bool token_redeem(uint8_t pop[64], const uint8_t token[64], const uint8_t serial[32],
                         uint32_t epoch, const struct weal_act *a) {
    json_t *r = module_call("redeem", json_pack("{s:I, s:o, s:o, s:o}", "epoch", (json_int_t)epoch,
                                                "serial", weal_serve_hex(serial, 32), "token",
                                                weal_serve_hex(token, 64), "tx",
                                                weal_serve_hex(a->bytes, a->n)));
    bool good = r && weal_serve_bytes(r, "pop", pop, 64);
    json_decref(r);
    return good;
}

static void visit(struct person *p, unsigned i, const struct weal_look_cohort *cohort,
                  uint32_t epoch) {
    static struct weal_act a;
    uint8_t random[64], serial[32], token[64];
    randombytes_buf(random, sizeof random);
    randombytes_buf(serial, sizeof serial);
    if (!token_get(token, serial, epoch)) return;
    secret_new(p->t);
    if (!weal_note_key(p->note, p->x, p->t) ||
        weal_act_activity(&a, &look.chain, p->x, p->t, epoch, 1, &cohort->ring, "CA", 0, random) !=
            WEAL_ACCEPT) {
        return;
    }
    if (!token_redeem(a.tx.act.activity.module_pop, token, serial, epoch, &a) || !weal_act_seal(&a))
        return;
    if (send_act(p, &a, i)) {
        p->visited = epoch + 1;
        p->note_epoch = epoch;
        p->has_note = true;
    }
}

static void claim(struct person *p, unsigned i, const struct weal_look_cohort *cohort) {
    static struct weal_act a;
    uint8_t random[32];
    unsigned k = p->accounts % FRESH_ACCOUNTS;
    while (!p->account_made) {
        randombytes_buf(p->account[k].secret, 32);
        p->account_made = weal_sig_public(p->account[k].key, p->account[k].secret);
        p->account[k].nonce = 0;
    }
    randombytes_buf(random, sizeof random);
    if (weal_act_claim(&a, &look.chain, p->x, p->t, p->note_epoch, &cohort->ring, p->account[k].key,
                       random) == WEAL_ACCEPT &&
        send_act(p, &a, i)) {
        p->claiming = true;
    }
}

static void pay(struct person *p, unsigned i) {
    static struct weal_act a;
    struct person *to = &people[randombytes_uniform(people_n)];
    if (to == p || to->accounts == 0) return;
    unsigned from =
        randombytes_uniform(p->accounts < FRESH_ACCOUNTS ? p->accounts : FRESH_ACCOUNTS);
    unsigned at = (to->accounts - 1) % FRESH_ACCOUNTS;
    uint64_t micro = (1 + randombytes_uniform(9)) * 1000000;
    if (weal_act_transfer(&a, &look.chain, p->account[from].secret, p->account[from].nonce + 1,
                          WEAL_ASSET_IBC, to->account[at].key, micro, 0,
                          look.at.height + 200) == WEAL_ACCEPT &&
        send_act(p, &a, i)) {
        p->account[from].nonce++;
        p->paying = true;
        p->paid_micro += micro;
    }
}

/* One look at a person: what waits is asked about, what is due is done. */
static void live(struct person *p, unsigned i) {
    uint64_t now = now_ms();
    uint32_t epoch = weal_look_epoch(&look);
    const struct weal_look_cohort *human = weal_look_cohort(&look, 1, p->key);
    if (human && !p->enrolled) {
        p->enrolled = true;
        count.enrolled++;
        p->ready_ms = now + some_ms(look.window_ms / 2);
    }
    if (p->wait.is) {
        if (!is_final(p, i)) return;
        p->ready_ms = now + some_ms(look.window_ms);
        p->asked = true;
        if (p->claiming) {
            if (count.claims++ == 0) {
                printf("first income paid %.1f s after the start\n",
                       (double)(now - start_ms) / 1000);
            }
            p->claiming = p->has_note = p->account_made = false;
            p->accounts++;
        } else if (p->paying) {
            p->paying = false;
            count.payments++;
        } else if (p->has_note) {
            count.acts++;
        }
        return;
    }
    p->claiming = p->paying = false;
    if (now < p->ready_ms) return;
    if (!p->asked) {
        enrol(p, i);
        return;
    }
    if (!human) return; /* challenge, window, dealing */
    if (p->has_note) {
        const struct weal_look_cohort *notes = weal_look_cohort(&look, 2, p->note);
        bool over = epoch > p->note_epoch + look.claim_epochs;
        if (over)
            p->has_note = false; /* nothing can be claimed with it any more */
        else if (notes && epoch > p->note_epoch)
            claim(p, i, notes);
        else if (p->accounts != 0)
            pay(p, i);
        return;
    }
    if (p->visited <= epoch)
        visit(p, i, human, epoch);
    else if (p->accounts != 0)
        pay(p, i);
}

static void report(void) {
    printf("height %llu  epoch %u  people %u  acts %u  incomes %u (%u IBC)  payments %u\n",
           (unsigned long long)look.at.height, weal_look_epoch(&look), count.enrolled, count.acts,
           count.claims, count.claims * 168, count.payments);
    fflush(stdout);
}

static int run(const char *ports, uint16_t module_port, const char *addresses, unsigned n) {
    char list[256], *save = NULL;
    snprintf(list, sizeof list, "%s", ports);
    for (char *p = strtok_r(list, ",", &save); p && rpcs_n < NODES;
         p = strtok_r(NULL, ",", &save)) {
        weal_wallet_rpc_init(&rpcs[rpcs_n++], "127.0.0.1", (uint16_t)atoi(p));
    }
    weal_wallet_rpc_init(&module, "127.0.0.1", module_port);
    people_n = n;
    start_ms = now_ms();
    while (weal_look_init(&look, &rpcs[0]) != WEAL_OK) {
        if (now_ms() - start_ms > 30000) return fprintf(stderr, "no node answers\n"), 1;
        usleep(200000);
    }
    while (weal_enrol_open(&attestors, &look.chain, weal_enrol_look, &look, addresses) != WEAL_OK) {
        if (now_ms() - start_ms > 30000) return fprintf(stderr, "no attestors on the chain\n"), 1;
        usleep(200000);
    }
    printf("%u people, %u attestors of whom %u are needed\n", n, attestors.quorum.n,
           attestors.quorum.t);
    for (unsigned i = 0; i < n; i++) {
        struct person *p = &people[i];
        secret_new(p->x);
        if (!weal_human_key(p->key, p->x)) return 1;
        /* people of another run are others */
        snprintf(p->passport, sizeof p->passport, "%08X%08X", randombytes_random(),
                 randombytes_random());
        p->ready_ms = start_ms + some_ms(2000);
    }
    for (uint64_t told = 0;; usleep(250000)) {
        if (weal_look_refresh(&look) != WEAL_OK) {
            if (rpcs_n > 1) { /* ask another node */
                look.rpc = &rpcs[randombytes_uniform(rpcs_n)];
            }
            continue;
        }
        for (unsigned i = 0; i < n; i++) live(&people[i], i);
        if (now_ms() - told >= 5000) {
            told = now_ms();
            report();
        }
    }
}

int main(int argc, char **argv) {
    if (sodium_init() < 0) return 1;
    if ((argc == 5 || argc == 6) && strcmp(argv[1], "run") == 0) {
        long n = argc == 6 ? strtol(argv[5], NULL, 10) : 48;
        if (n >= 1 && n <= PEOPLE)
            return run(argv[2], (uint16_t)atoi(argv[3]), argv[4], (unsigned)n);
    }
    fprintf(stderr, "usage: weal-people run PORT[,PORT...] MODULEPORT HOST:PORT[,...] [1..4096]\n");
    return 2;
}
