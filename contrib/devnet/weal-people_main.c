/* SPDX-License-Identifier: ISC */
/* weal-people: a population for the local network. Every person has a wallet file and an agent's
 * records of their own (wallet/psa.h), in DIR/0000, DIR/0001, ...; whoever is started again with
 * the same DIR goes on with the same people, wherever they were killed. They act through RPC at
 * random moments: enrol, have an activity witnessed in every epoch, claim income by ring proof to
 * fresh accounts, pay others. Transactions, proofs and rules are the real ones.
 *
 * Attestors and the health module are processes of their own (wallet/weal-attestor_main.c,
 * wallet/weal-module_main.c): people show their evidence to two of the five and get a handle and
 * signatures; they fetch tokens from the module blindly, and redeem them.
 *
 *   weal-people run DIR PORT[,PORT...] MODULEPORT HOST:PORT[,...] [N]    lets N people (48) live
 * with nodes' RPC ports, the module's, and the attestors' addresses in the registry's order. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wallet/keys.h"
#include "wallet/psa.h"
#include "wallet/vault.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    NODES = 16,
    PEOPLE = 4096,
    HUMANS = 1,
    TURN_MS = 250,
    WAIT_MS = 20000, /* a payment not final by then is forgotten */
    RETRY_MS = 1000
};
#define PASSWORD "a person of the local network"

struct person {
    struct weal_psa psa;
    char passport[24];
    uint64_t ready_ms; /* when the next thing may be begun */
    bool enrolled;
    bool visited;
    uint32_t visit_epoch;
    size_t paid; /* incomes counted */
    size_t noted;
    bool paying;
    uint8_t payment[32];
    uint64_t until_ms;
};

static struct person people[PEOPLE];
static unsigned people_n = 48;
static struct weal_wallet_rpc rpcs[NODES];
static unsigned rpcs_n;
static struct weal_look look;
static struct weal_trust trust;
static uint64_t start_ms;
static bool verbose, begun_before;
static uint16_t module_port;
static struct { unsigned enrolled, acts, claims, payments, refused; } count;
static struct weal_enrol attestors; /* the way to theirs */

static uint64_t now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}
static uint64_t some_ms(uint64_t most) {
    return most == 0 ? 0 : randombytes_uniform((uint32_t)most);
}
static void say(void *ctx, const struct weal_psa_receipt *r, bool signing, const char *text) {
    (void)r;
    if (verbose) printf("%s: %s%s\n", (const char *)ctx, signing ? "signs " : "", text);
}

/* ---- coming to life ---- */

/* The wallet file of a folder, made if it is not there; and its seed. */
static bool keystore(const char *path, uint8_t seed[32]) {
    struct weal_vault_file f;
    const struct weal_bytes password = WEAL_BYTES_LIT(PASSWORD);
    uint8_t secret[32];
    enum weal_err e = weal_vault_read(path, &f);
    if (e == WEAL_OK) {
        begun_before = true;
        return memcmp(f.chain, look.chain.id, 32) == 0 &&
               weal_vault_open(seed, &f, password) == WEAL_OK;
    }
    if (e != WEAL_ERR_NOT_FOUND) return false;
    memset(&f, 0, sizeof f);
    memcpy(f.chain, look.chain.id, 32);
    memcpy(f.prefix, trust.prefix, sizeof f.prefix);
    randombytes_buf(seed, 32);
    weal_keys_account(secret, f.account, seed, 0);
    sodium_memzero(secret, sizeof secret);
    return weal_vault_seal(&f, seed, password, WEAL_VAULT_LIGHT) == WEAL_OK &&
           weal_vault_write(path, &f) == WEAL_OK;
}

static bool person_open(struct person *p, const char *dir, unsigned i) {
    static char names[PEOPLE][16];
    char path[1024];
    uint8_t seed[32], hash[8];
    int n = snprintf(path, sizeof path, "%s/%04u", dir, i);
    if (n < 0 || n > (int)sizeof path - 32) return false;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) return false;
    strcat(path, "/wallet.json");
    if (!keystore(path, seed)) return false;
    char *folder = weal_psa_folder(path);
    bool ok = folder && weal_psa_open(&p->psa, folder, seed, &look, &trust) == WEAL_OK;
    free(folder);
    /* a document of their own: people of another run are others */
    crypto_generichash(hash, sizeof hash, p->psa.key, 32, NULL, 0);
    sodium_bin2hex(p->passport, sizeof p->passport, hash, sizeof hash);
    snprintf(names[i], sizeof names[i], "person %u", i);
    p->psa.say = say;
    p->psa.ctx = names[i];
    p->ready_ms = start_ms + some_ms(2000);
    sodium_memzero(seed, sizeof seed);
    return ok;
}

/* ---- acts ---- */

static void enrol(struct person *p) {
    const struct weal_document evidence = {"CA", "passport", p->passport, "1990-02-03"};
    uint8_t id[32];
    enum weal_err e =
        weal_psa_enrol(&p->psa, &attestors, &evidence, "CA-ON-TOR", look.at.height, id);
    if (e == WEAL_OK) {
        p->ready_ms = now_ms() + WAIT_MS; /* then it is sent again */
        return;
    }
    p->ready_ms = now_ms() + RETRY_MS;
    if (verbose) printf("not enrolled: %s %s\n", p->psa.name, p->psa.sentence);
}

static void visit(struct person *p, uint32_t epoch) {
    const struct weal_psa_receipt *r;
    enum weal_err e =
        weal_psa_visit(&p->psa, 0, "127.0.0.1", module_port, "a check-up", now_ms(), &r);
    if (e == WEAL_OK) {
        p->visited = true;
        p->visit_epoch = epoch;
        return;
    }
    p->ready_ms = now_ms() + RETRY_MS;
    if (verbose) printf("visit: %s %s\n", p->psa.name, p->psa.sentence);
}

/* The n-th income paid, if it was. */
static const struct weal_psa_receipt *income(const struct person *p, unsigned n) {
    for (size_t i = 0; i < p->psa.n; i++) {
        const struct weal_psa_receipt *r = &p->psa.receipts[i].r;
        if (r->state == WEAL_PSA_PAID && n-- == 0) return r;
    }
    return NULL;
}

static bool nonce_of(const uint8_t key[32], uint64_t *nonce) {
    static uint8_t value[65536];
    struct weal_st_account s;
    size_t n;
    if (weal_look_record(&look, TABLE_ACCOUNT, weal_bytes(key, 32), value, &n) != WEAL_OK) {
        return false;
    }
    struct weal_rd rd = weal_rd(weal_bytes(value, n));
    weal_st_account_get(&rd, &s);
    *nonce = s.nonce;
    return weal_rd_done(&rd);
}

static bool submit(const struct weal_act *a, unsigned node) {
    struct weal_wallet_rpc *rpc = &rpcs[node % rpcs_n];
    char hex[2 * sizeof a->bytes + 1];
    json_t *result;
    sodium_bin2hex(hex, sizeof hex, a->bytes, a->n);
    enum weal_err e =
        weal_wallet_rpc_call(rpc, "tx.submit", json_pack("{s:s}", "tx", hex), &result);
    if (e == WEAL_OK) {
        json_decref(result);
        return true;
    }
    count.refused++;
    if (verbose) printf("refused: %s\n", e == WEAL_ERR_INVALID ? rpc->error : weal_err_name(e));
    return false;
}

static void pay(struct person *p, unsigned i) {
    static struct weal_act a;
    struct person *to = &people[randombytes_uniform(people_n)];
    if (to == p || to->paid == 0 || p->paid == 0) return;
    const struct weal_psa_receipt *from = income(p, randombytes_uniform((uint32_t)p->paid));
    const struct weal_psa_receipt *at = income(to, (unsigned)to->paid - 1);
    uint64_t nonce, micro = (1 + randombytes_uniform(9)) * UINT64_C(1000000);
    uint8_t secret[32], key[32];
    p->ready_ms = now_ms() + some_ms(look.window_ms);
    if (!from || !at || !nonce_of(from->to, &nonce)) return;
    weal_keys_income(secret, key, p->psa.seed, from->claim_epoch, from->attempt);
    if (weal_act_transfer(&a, &look.chain, secret, nonce + 1, WEAL_ASSET_IBC, at->to, micro, 0,
                          look.at.height + 200) == WEAL_ACCEPT &&
        submit(&a, i)) {
        memcpy(p->payment, a.id, 32);
        p->paying = true;
        p->until_ms = now_ms() + WAIT_MS;
    }
    sodium_memzero(secret, sizeof secret);
}

static void payment_follow(struct person *p, unsigned node) {
    char id[65];
    json_t *o;
    bool final = false;
    sodium_bin2hex(id, sizeof id, p->payment, 32);
    if (weal_wallet_rpc_call(&rpcs[node % rpcs_n], "tx.status", json_pack("{s:s}", "id", id), &o) ==
        WEAL_OK) {
        const char *status = json_string_value(json_object_get(o, "status"));
        final = status && strcmp(status, "final") == 0;
        json_decref(o);
    }
    if (!final && now_ms() < p->until_ms) return;
    count.payments += final;
    p->paying = false;
    p->ready_ms = now_ms() + some_ms(look.window_ms);
}

/* ---- living ---- */

/* What the agent's receipts say has happened. */
static void tally(struct person *p, uint32_t epoch) {
    size_t paid = 0, noted = 0;
    for (size_t i = 0; i < p->psa.n; i++) {
        const struct weal_psa_receipt *r = &p->psa.receipts[i].r;
        paid += r->state == WEAL_PSA_PAID;
        noted += r->state >= WEAL_PSA_NOTE && r->state <= WEAL_PSA_PAID;
        if (r->epoch == epoch && r->state >= WEAL_PSA_TOKEN) {
            p->visited = true;
            p->visit_epoch = epoch;
        }
    }
    if (count.claims == 0 && paid != 0 && !begun_before) {
        printf("first income paid %.1f s after the start\n", (double)(now_ms() - start_ms) / 1000);
    }
    count.claims += (unsigned)(paid - p->paid);
    if (noted > p->noted) count.acts += (unsigned)(noted - p->noted);
    p->paid = paid;
    p->noted = noted;
}

/* One look at a person: the agent goes on with what it has, and the person begins what is due. */
static bool live(struct person *p, unsigned i) {
    uint64_t now = now_ms();
    uint32_t epoch = weal_look_epoch(&look);
    unsigned moving, waiting;
    const struct weal_look_cohort *human = weal_look_cohort(&look, HUMANS, p->psa.key);
    if (human && !p->enrolled) {
        p->enrolled = true;
        count.enrolled++;
        p->ready_ms = now + some_ms(look.window_ms / 2);
    }
    enum weal_err e = weal_psa_turn(&p->psa, now, &moving, &waiting);
    if (e != WEAL_OK) {
        fprintf(stderr, "person %u: %s (%s)\n", i, p->psa.sentence, p->psa.name);
        return false;
    }
    tally(p, epoch);
    if (p->paying) {
        payment_follow(p, i);
        return true;
    }
    if (now < p->ready_ms) return true;
    if (!p->enrolled) {
        enrol(p);
    } else if (!p->visited || p->visit_epoch < epoch) {
        visit(p, epoch);
    } else {
        pay(p, i);
    }
    return true;
}

static void report(void) {
    printf("height %llu  epoch %u  people %u  acts %u  incomes %u (%u IBC)  payments %u\n",
           (unsigned long long)look.at.height, weal_look_epoch(&look), count.enrolled, count.acts,
           count.claims, count.claims * 168, count.payments);
    fflush(stdout);
}

/* The chain, as one of its nodes shows it; proven from the genesis on. */
static bool chain_open(void) {
    for (unsigned k = 0;; k++, usleep(200000)) {
        struct weal_wallet_rpc *rpc = &rpcs[k % rpcs_n];
        if (weal_look_init(&look, rpc) == WEAL_OK &&
            weal_trust_open(&trust, rpc, look.chain.id) == WEAL_TRUST_OK &&
            weal_trust_header(&trust, 1) == WEAL_TRUST_OK) {
            return true;
        }
        if (now_ms() - start_ms > 30000) return fprintf(stderr, "no node answers\n"), false;
    }
}

static int run(const char *dir, const char *ports, const char *addresses, unsigned n) {
    char list[256], *save = NULL;
    snprintf(list, sizeof list, "%s", ports);
    for (char *p = strtok_r(list, ",", &save); p && rpcs_n < NODES;
         p = strtok_r(NULL, ",", &save)) {
        weal_wallet_rpc_init(&rpcs[rpcs_n++], "127.0.0.1", (uint16_t)atoi(p));
    }
    people_n = n;
    start_ms = now_ms();
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) return perror(dir), 1;
    if (rpcs_n == 0 || !chain_open()) return 1;
    while (weal_enrol_open(&attestors, &look.chain, weal_enrol_look, &look, addresses) != WEAL_OK) {
        if (now_ms() - start_ms > 30000) return fprintf(stderr, "no attestors on the chain\n"), 1;
        usleep(200000);
    }
    printf("%u people, %u attestors of whom %u are needed\n", n, attestors.quorum.n,
           attestors.quorum.t);
    for (unsigned i = 0; i < n; i++) {
        if (!person_open(&people[i], dir, i)) {
            return fprintf(stderr, "%s/%04u is not a person of this chain\n", dir, i), 1;
        }
        tally(&people[i], 0);
    }
    for (uint64_t told = 0;; usleep(TURN_MS * 1000)) {
        if (weal_look_refresh(&look) != WEAL_OK) { /* ask another node */
            look.rpc = trust.rpc = &rpcs[randombytes_uniform(rpcs_n)];
            continue;
        }
        for (unsigned i = 0; i < n; i++) {
            if (!live(&people[i], i)) return 1;
        }
        if (now_ms() - told >= 5000) {
            told = now_ms();
            report();
        }
    }
}

int main(int argc, char **argv) {
    if (sodium_init() < 0) return 1;
    verbose = getenv("WEAL_PEOPLE_VERBOSE") != NULL;
    if ((argc == 6 || argc == 7) && strcmp(argv[1], "run") == 0) {
        long n = argc == 7 ? strtol(argv[6], NULL, 10) : 48;
        module_port = (uint16_t)atoi(argv[4]);
        if (n >= 1 && n <= PEOPLE) return run(argv[2], argv[3], argv[5], (unsigned)n);
    }
    fprintf(stderr,
            "usage: weal-people run DIR PORT[,PORT...] MODULEPORT HOST:PORT[,...] [1..4096]\n");
    return 2;
}
