/* SPDX-License-Identifier: ISC */
/* weal-load: load for a local network. Real transfers, signed here, sent by JSON-RPC batches over
 * connections of their own to every node; what is final is read back from the nodes. It is used by
 * network.py, which also looks at the processes.
 *
 *   weal-load grants SEED ACCOUNTS             prints the grants a genesis needs for it
 *   weal-load run SEED ACCOUNTS PORT[,PORT...] PHASE...
 *       funds the accounts by transfers of 16 outputs, then does the phases in turn. A phase is
 *       RATE:SECONDS; rate in transfers a second, 0: as fast as is accepted, N%: of what the first
 *       phase reached. One JSON object a line at every turn; "begin" and "end" frame what counts.
 *   weal-load status PORT[,PORT...] SECONDS [RATE]
 *       node.status calls a second, one a request and in batches of 100; with RATE only the first,
 *       and no more of them a second than that
 *
 * An account belongs to one thread, a thread to one connection and node: so nonces arrive in order.
 * Transfers are signed before a phase begins: signing is the wallets' work, not the network's. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "crypto/hash/hash.h"
#include "crypto/sig/sig.h"
#include "wallet/look.h"

enum {
    NODES = 16,
    THREADS = 8,
    BATCH = 100,
    OUTPUTS = 16,
    FANOUTS = 32,         /* transfers of one funder: below what may wait of one account */
    TX_BYTES = 320,       /* a transfer of one output is shorter */
    WINDOW = 12000,       /* sent and not final: more would only lengthen the queue */
    SAMPLES = 20000,      /* latencies kept of a phase */
    FLYING = 64,          /* samples that wait to be final */
    RATE_GUESS = 6000,    /* transfers a second signed for a phase without a rate */
    VALID_BLOCKS = 30000, /* how long a transfer stands */
    FUND_MICRO = 1000000, /* each account's */
    GRANT_MICRO = 2000000000,
    FEE_MICRO = 4000,
    FANOUT_FEE_MICRO = 14000
};

struct account {
    uint8_t secret[32], key[32];
    uint64_t nonce;
};

struct signed_tx {
    uint8_t bytes[TX_BYTES];
    uint8_t id[32];
    uint16_t n;
};

struct worker {
    pthread_t thread;
    unsigned index;
    struct weal_wallet_rpc rpc;
    struct signed_tx *queue; /* signed, in order; at..n not sent yet */
    size_t at, n, cap;
    uint32_t next;        /* account to sign for next */
    uint64_t share_micro; /* its part of the rate, transfers in a million seconds; 0: none */
    uint64_t sent, refused, retried;
    bool dry;
    char why[64]; /* name of the last refusal */
};

struct flight {
    uint8_t id[32];
    uint64_t sent_us;
    bool used;
};

static uint16_t ports[NODES];
static unsigned ports_n;
static struct account *accounts, *funders;
static uint32_t accounts_n, funders_n;
static struct weal_act_chain chain;
static uint64_t valid_until;
static struct worker workers[THREADS];
static _Atomic bool stop;
static _Atomic int64_t sent_all, final_all;
static pthread_mutex_t flying_lock = PTHREAD_MUTEX_INITIALIZER;
static struct flight flying[FLYING];
static uint32_t latencies[SAMPLES];
static size_t latencies_n;

static uint64_t now_us(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static _Noreturn void die(const char *what, const char *why) {
    fprintf(stderr, "weal-load: %s: %s\n", what, why);
    exit(1);
}

static void *must(void *p) {
    if (!p) die("memory", "none left");
    return p;
}

/* ---- accounts ---- */

static void account_make(struct account *a, const char *seed, const char *role, uint32_t i) {
    uint8_t le[4];
    struct weal_bytes parts[3] = {weal_bytes(seed, strlen(seed)), weal_bytes(role, strlen(role)),
                                  weal_bytes(le, 4)};
    weal_put_le32(le, i);
    weal_hash256(a->secret, "weal/load", parts, 3);
    if (!weal_sig_public(a->key, a->secret)) die("key", "not below the order");
}

static void funders_make(const char *seed) {
    funders_n = (accounts_n + OUTPUTS * FANOUTS - 1) / (OUTPUTS * FANOUTS);
    if (funders_n == 0 || funders_n > 256) die("ACCOUNTS", "1..131072");
    funders = must(calloc(funders_n, sizeof *funders));
    for (uint32_t i = 0; i < funders_n; i++) account_make(&funders[i], seed, "funder", i);
}

static int grants(const char *seed) {
    funders_make(seed);
    printf("[");
    for (uint32_t i = 0; i < funders_n; i++) {
        char text[65] = "";
        struct weal_wr w = weal_wr(text, 64);
        weal_wr_hex(&w, funders[i].key, 32);
        printf("%s{\"account\": \"%s\", \"micro\": \"%d\"}", i ? ", " : "", text, GRANT_MICRO);
    }
    printf("]\n");
    return 0;
}

/* ---- what the network says ---- */

static json_t *status(struct weal_wallet_rpc *rpc) {
    json_t *s = NULL;
    if (weal_wallet_rpc_call(rpc, "node.status", NULL, &s) != WEAL_OK) {
        die("node.status", "no answer");
    }
    return s;
}

static int64_t number(const json_t *o, const char *name) {
    return json_integer_value(json_object_get(o, name));
}

static int64_t transactions(struct weal_wallet_rpc *rpc) {
    json_t *s = status(rpc);
    int64_t n = number(s, "transactions");
    json_decref(s);
    return n;
}

/* ---- sending ---- */

static void sign_next(struct worker *w, struct weal_act *a) {
    struct account *from = &accounts[w->next];
    struct account *to = &accounts[(w->next + 1) % accounts_n];
    if (w->n == w->cap) {
        w->cap = w->cap * 2 + 1024;
        w->queue = must(realloc(w->queue, w->cap * sizeof *w->queue));
    }
    struct signed_tx *t = &w->queue[w->n++];
    if (weal_act_transfer(a, &chain, from->secret, ++from->nonce, WEAL_ASSET_IT, to->key, 1,
                          FEE_MICRO, valid_until) != WEAL_ACCEPT ||
        a->n > TX_BYTES) {
        die("transfer", "not built");
    }
    memcpy(t->bytes, a->bytes, a->n);
    memcpy(t->id, a->id, 32);
    t->n = (uint16_t)a->n;
    w->next += THREADS;
    if (w->next >= accounts_n) w->next = w->index;
}

/* Signs until `want` transfers wait. */
static void *sign_run(void *arg) {
    struct worker *w = arg;
    struct weal_act *a = must(malloc(sizeof *a));
    memmove(w->queue, w->queue + w->at, (w->n - w->at) * sizeof *w->queue);
    w->n -= w->at;
    w->at = 0;
    while (w->n < w->sent) sign_next(w, a); /* sent holds the number while nothing is sent */
    free(a);
    return NULL;
}

static void sample_start(const uint8_t id[32], uint64_t sent_us) {
    pthread_mutex_lock(&flying_lock);
    for (unsigned i = 0; i < FLYING; i++) {
        if (flying[i].used) continue;
        memcpy(flying[i].id, id, 32);
        flying[i].sent_us = sent_us;
        flying[i].used = true;
        break;
    }
    pthread_mutex_unlock(&flying_lock);
}

static char *batch_text(const struct signed_tx *t, size_t n) {
    size_t cap = 64 + n * (128 + 2 * TX_BYTES);
    char *text = must(malloc(cap));
    struct weal_wr w = weal_wr(text, cap - 1);
    weal_wr_copy(&w, "[", 1);
    for (size_t i = 0; i < n; i++) {
        char head[96];
        int k =
            snprintf(head, sizeof head,
                     "%s{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"tx.submit\",\"params\":[\"",
                     i ? "," : "", i);
        weal_wr_copy(&w, head, (size_t)k);
        weal_wr_hex(&w, t[i].bytes, t[i].n);
        weal_wr_copy(&w, "\"]}", 3);
    }
    weal_wr_copy(&w, "]", 1);
    if (w.failed) die("batch", "too long");
    text[w.n] = 0;
    return text;
}

/* Sends the next n; what the node was too busy for moves to the front again, in order. */
static void batch_send(struct worker *w, size_t n) {
    struct signed_tx *t = &w->queue[w->at];
    char *text = batch_text(t, n);
    json_t *answer, *one;
    uint64_t sent_us = now_us();
    size_t i, again = 0;
    bool busy[BATCH] = {false};
    sample_start(t[n / 2].id, sent_us);
    if (weal_wallet_rpc_post(&w->rpc, text, &answer) != WEAL_OK) die("tx.submit", "no answer");
    free(text);
    json_array_foreach(answer, i, one) {
        json_t *error = json_object_get(one, "error");
        int64_t id = number(one, "id");
        const char *name =
            json_string_value(json_object_get(json_object_get(error, "data"), "name"));
        if (!error || id < 0 || (size_t)id >= n) continue;
        bool wait = name && (strcmp(name, "pool-busy") == 0 || strcmp(name, "pool-full") == 0 ||
                             strcmp(name, "pool-origin-share") == 0);
        busy[id] = wait;
        again += wait;
        if (!wait) {
            w->refused++;
            snprintf(w->why, sizeof w->why, "%s", name ? name : "unnamed");
        }
    }
    json_decref(answer);
    /* those that wait are moved to the end of this piece, keeping their order */
    size_t to = n;
    for (size_t k = n; k-- > 0;) {
        if (busy[k]) {
            struct signed_tx keep = t[k];
            t[--to] = keep;
        }
    }
    w->at += n - again;
    w->sent += n - again;
    w->retried += again;
    atomic_fetch_add(&sent_all, (int64_t)(n - again));
    if (again != 0) usleep(20000);
}

static void *send_run(void *arg) {
    struct worker *w = arg;
    uint64_t begin = now_us();
    while (!atomic_load(&stop)) {
        size_t n = BATCH, left = w->n - w->at;
        if (atomic_load(&sent_all) - atomic_load(&final_all) > WINDOW) {
            usleep(2000);
            continue;
        }
        if (w->share_micro != 0) { /* what is due by now, in small batches */
            uint64_t due = (now_us() - begin) * w->share_micro / 1000000 / 1000000;
            n = due > w->sent ? (size_t)(due - w->sent) : 0;
            if (n == 0) {
                usleep(1000);
                continue;
            }
            if (n > BATCH) n = BATCH;
        }
        if (n > left) n = left;
        if (n == 0) {
            w->dry = true;
            break;
        }
        batch_send(w, n);
    }
    return NULL;
}

/* ---- latency ---- */

static bool answered_final(const json_t *one) {
    const char *s = json_string_value(json_object_get(json_object_get(one, "result"), "status"));
    return s && strcmp(s, "final") == 0;
}

static char *samples_text(unsigned slots[FLYING], unsigned *n) {
    char *text = must(malloc(FLYING * 192 + 16)), hex[65] = "";
    size_t at = 0;
    *n = 0;
    text[at++] = '[';
    pthread_mutex_lock(&flying_lock);
    for (unsigned i = 0; i < FLYING; i++) {
        if (!flying[i].used) continue;
        struct weal_wr w = weal_wr(hex, 64);
        weal_wr_hex(&w, flying[i].id, 32);
        at += (size_t)sprintf(
            text + at,
            "%s{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"tx.status\",\"params\":[\"%s\"]}",
            *n ? "," : "", i, hex);
        slots[(*n)++] = i;
    }
    pthread_mutex_unlock(&flying_lock);
    text[at++] = ']';
    text[at] = 0;
    return text;
}

/* Asks a node, other each time, which samples are final; every 20 ms how much is. */
static void *watch_run(void *arg) {
    static struct weal_wallet_rpc rpc[NODES];
    uint64_t asked_us = 0;
    (void)arg;
    for (unsigned i = 0; i < ports_n; i++) weal_wallet_rpc_init(&rpc[i], "127.0.0.1", ports[i]);
    for (unsigned turn = 0; !atomic_load(&stop); turn++) {
        unsigned slots[FLYING], n;
        size_t i;
        json_t *answer, *one;
        if (now_us() - asked_us > 20000) {
            asked_us = now_us();
            atomic_store(&final_all, transactions(&rpc[turn % ports_n]));
        }
        char *text = samples_text(slots, &n);
        if (n != 0 && weal_wallet_rpc_post(&rpc[turn % ports_n], text, &answer) == WEAL_OK) {
            uint64_t now = now_us();
            pthread_mutex_lock(&flying_lock);
            json_array_foreach(answer, i, one) {
                int64_t slot = number(one, "id");
                if (!answered_final(one) || slot < 0 || slot >= FLYING) continue;
                if (latencies_n < SAMPLES) {
                    latencies[latencies_n++] = (uint32_t)(now - flying[slot].sent_us);
                }
                flying[slot].used = false;
            }
            pthread_mutex_unlock(&flying_lock);
            json_decref(answer);
        }
        free(text);
        usleep(3000);
    }
    for (unsigned i = 0; i < ports_n; i++) weal_wallet_rpc_release(&rpc[i]);
    return NULL;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double latency_ms(unsigned permille) {
    if (latencies_n == 0) return 0;
    return latencies[(latencies_n - 1) * permille / 1000] / 1000.0;
}

/* ---- funding ---- */

static void fund(struct weal_wallet_rpc *rpc) {
    struct weal_act *a = must(malloc(sizeof *a));
    struct weal_tx_output out[OUTPUTS];
    int64_t before = transactions(rpc), want = 0;
    for (uint32_t i = 0; i < accounts_n; i += OUTPUTS, want++) {
        struct account *f = &funders[i / OUTPUTS % funders_n];
        uint16_t n = (uint16_t)(accounts_n - i < OUTPUTS ? accounts_n - i : OUTPUTS);
        for (uint16_t k = 0; k < n; k++) {
            memcpy(out[k].to, accounts[i + k].key, 32);
            out[k].amount = FUND_MICRO;
        }
        char *hex = must(calloc(1, 2 * sizeof a->bytes + 1));
        if (weal_act_pay(a, &chain, f->secret, ++f->nonce, WEAL_ASSET_IT, out, n, FANOUT_FEE_MICRO,
                         valid_until) != WEAL_ACCEPT) {
            die("funding", "not built");
        }
        struct weal_wr w = weal_wr(hex, 2 * a->n);
        weal_wr_hex(&w, a->bytes, a->n);
        json_t *result;
        if (weal_wallet_rpc_call(rpc, "tx.submit", json_pack("[s]", hex), &result) != WEAL_OK) {
            die("funding", rpc->error);
        }
        json_decref(result);
        free(hex);
    }
    for (int i = 0; transactions(rpc) - before < want; i++) {
        if (i == 6000) die("funding", "not final within a minute");
        usleep(10000);
    }
    free(a);
}

/* ---- phases ---- */

static void all_run(void *(*run)(void *)) {
    for (unsigned i = 0; i < THREADS; i++) {
        if (pthread_create(&workers[i].thread, NULL, run, &workers[i]) != 0) die("thread", "none");
    }
}
static void all_join(void) {
    for (unsigned i = 0; i < THREADS; i++) pthread_join(workers[i].thread, NULL);
}

static void say(const char *event, const char *phase) {
    printf("{\"event\": \"%s\", \"phase\": \"%s\"}\n", event, phase);
    fflush(stdout);
}

static void phase_sign(uint64_t rate, uint64_t seconds) {
    uint64_t want = (rate != 0 ? rate + rate / 20 : RATE_GUESS) * (seconds + 1) / THREADS + BATCH;
    for (unsigned i = 0; i < THREADS; i++) workers[i].sent = want;
    all_run(sign_run);
    all_join();
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].sent = workers[i].refused = workers[i].retried = 0;
        workers[i].share_micro = rate * 1000000 / THREADS;
        workers[i].dry = false;
    }
}

/* How many of some transfers of the phase became final with an effect, asked of the last node. */
static void sample_check(unsigned *asked, unsigned *good) {
    struct weal_wallet_rpc rpc;
    weal_wallet_rpc_init(&rpc, "127.0.0.1", ports[ports_n - 1]);
    *asked = *good = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        size_t step = workers[i].sent < 16 ? 1 : workers[i].sent / 16;
        for (size_t k = 0; k < 16 && k < workers[i].sent; k++) {
            char hex[65] = "";
            struct weal_wr w = weal_wr(hex, 64);
            json_t *r;
            weal_wr_hex(&w, workers[i].queue[workers[i].at - 1 - k * step].id, 32);
            if (weal_wallet_rpc_call(&rpc, "tx.status", json_pack("[s]", hex), &r) != WEAL_OK)
                continue;
            const char *s = json_string_value(json_object_get(r, "status"));
            const char *code = json_string_value(json_object_get(r, "code"));
            *good += s && strcmp(s, "final") == 0 && code && code[0] == 0;
            ++*asked;
            json_decref(r);
        }
    }
    weal_wallet_rpc_release(&rpc);
}

/* Returns transfers a second that became final. */
static double phase_run(struct weal_wallet_rpc *rpc, const char *name, uint64_t rate,
                        uint64_t seconds) {
    pthread_t watch;
    phase_sign(rate, seconds);
    json_t *s = status(rpc);
    int64_t before = number(s, "transactions");
    json_decref(s);
    atomic_store(&sent_all, before);
    atomic_store(&final_all, before);
    atomic_store(&stop, false);
    latencies_n = 0;
    memset(flying, 0, sizeof flying);
    say("begin", name);
    uint64_t begin = now_us();
    if (pthread_create(&watch, NULL, watch_run, NULL) != 0) die("thread", "none");
    all_run(send_run);
    usleep((useconds_t)(seconds * 1000000));
    int64_t done = transactions(rpc) - before;
    double took = (double)(now_us() - begin) / 1e6;
    say("end", name);
    atomic_store(&stop, true);
    all_join();
    pthread_join(watch, NULL);
    uint64_t sent = 0, refused = 0, retried = 0;
    bool dry = false;
    const char *why = "";
    for (unsigned i = 0; i < THREADS; i++) {
        sent += workers[i].sent;
        refused += workers[i].refused;
        retried += workers[i].retried;
        dry |= workers[i].dry;
        if (workers[i].refused) why = workers[i].why;
    }
    int64_t wait_for = before + (int64_t)(sent - refused), now = 0;
    uint64_t drain = now_us();
    while ((now = transactions(rpc)) < wait_for && now_us() - drain < 30000000) usleep(10000);
    double drained = (double)(now_us() - drain) / 1e6;
    usleep(300000); /* the other nodes, too */
    unsigned asked, good;
    sample_check(&asked, &good);
    qsort(latencies, latencies_n, sizeof *latencies, by_size);
    printf("{\"event\": \"result\", \"phase\": \"%s\", \"rate\": %llu, \"seconds\": %.2f, "
           "\"final\": %lld, \"per_second\": %.1f, \"sent\": %llu, \"refused\": %llu, "
           "\"why\": \"%s\", \"retried\": %llu, \"dry\": %s, \"lost\": %lld, \"drain_s\": %.2f, "
           "\"checked\": %u, \"with_effect\": %u, \"samples\": %zu, "
           "\"median_ms\": %.1f, \"p90_ms\": %.1f, \"p99_ms\": %.1f}\n",
           name, (unsigned long long)rate, took, (long long)done, (double)done / took,
           (unsigned long long)sent, (unsigned long long)refused, why, (unsigned long long)retried,
           dry ? "true" : "false", (long long)(wait_for > now ? wait_for - now : 0), drained, asked,
           good, latencies_n, latency_ms(500), latency_ms(900), latency_ms(990));
    fflush(stdout);
    return (double)done / took;
}

static int run(const char *seed, char **phases, int phases_n) {
    struct weal_wallet_rpc rpc;
    struct weal_look look;
    double first = 0;
    funders_make(seed);
    accounts = must(calloc(accounts_n, sizeof *accounts));
    for (uint32_t i = 0; i < accounts_n; i++) account_make(&accounts[i], seed, "account", i);
    weal_wallet_rpc_init(&rpc, "127.0.0.1", ports[0]);
    if (weal_look_init(&look, &rpc) != WEAL_OK) die("chain", "not readable");
    chain = look.chain;
    valid_until = look.at.height + VALID_BLOCKS;
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].index = workers[i].next = i;
        weal_wallet_rpc_init(&workers[i].rpc, "127.0.0.1", ports[i % ports_n]);
    }
    say("begin", "fund");
    fund(&rpc);
    say("end", "fund");
    for (int i = 0; i < phases_n; i++) {
        char *end;
        double rate = strtod(phases[i], &end);
        if (*end == '%') {
            rate = first * rate / 100;
            end++;
        }
        if (*end != ':' || rate < 0 || rate > 1e6) die(phases[i], "RATE:SECONDS");
        double got = phase_run(&rpc, phases[i], (uint64_t)rate, strtoull(end + 1, NULL, 10));
        if (i == 0) first = got;
    }
    for (unsigned i = 0; i < THREADS; i++) {
        weal_wallet_rpc_release(&workers[i].rpc);
        free(workers[i].queue);
    }
    weal_look_release(&look);
    weal_wallet_rpc_release(&rpc);
    return 0;
}

/* ---- calls ---- */

static void *call_run(void *arg) {
    struct worker *w = arg;
    size_t batch = w->at;
    char *text = must(malloc(batch * 80 + 16));
    size_t at = 0;
    if (batch > 1) text[at++] = '[';
    for (size_t i = 0; i < batch; i++) {
        at += (size_t)sprintf(text + at,
                              "%s{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"node.status\"}",
                              i ? "," : "", i);
    }
    if (batch > 1) text[at++] = ']';
    text[at] = 0;
    uint64_t begin = now_us();
    while (!atomic_load(&stop)) {
        json_t *answer;
        uint64_t due = w->share_micro != 0 ? begin + w->sent * 1000000000000u / w->share_micro : 0;
        uint64_t now = now_us();
        if (due > now) usleep((useconds_t)(due - now));
        if (weal_wallet_rpc_post(&w->rpc, text, &answer) != WEAL_OK)
            die("node.status", "no answer");
        w->sent += batch;
        json_decref(answer);
    }
    free(text);
    return NULL;
}

static int calls(uint64_t seconds, uint64_t rate) {
    static const size_t sizes[] = {1, BATCH};
    for (unsigned k = 0; k < (rate == 0 ? 2 : 1); k++) {
        uint64_t n = 0;
        char name[32];
        snprintf(name, sizeof name, "status-%zu", sizes[k]);
        atomic_store(&stop, false);
        for (unsigned i = 0; i < THREADS; i++) {
            workers[i] = (struct worker){
                .index = i, .at = sizes[k], .share_micro = rate * 1000000 / THREADS};
            weal_wallet_rpc_init(&workers[i].rpc, "127.0.0.1", ports[i % ports_n]);
        }
        say("begin", name);
        uint64_t begin = now_us();
        all_run(call_run);
        usleep((useconds_t)(seconds * 1000000));
        atomic_store(&stop, true);
        all_join();
        double took = (double)(now_us() - begin) / 1e6;
        say("end", name);
        for (unsigned i = 0; i < THREADS; i++) {
            n += workers[i].sent;
            weal_wallet_rpc_release(&workers[i].rpc);
        }
        printf("{\"event\": \"result\", \"phase\": \"%s\", \"calls_per_second\": %.0f}\n", name,
               (double)n / took);
        fflush(stdout);
    }
    return 0;
}

static void ports_read(const char *text) {
    while (ports_n < NODES) {
        char *end;
        unsigned long p = strtoul(text, &end, 10);
        if (p == 0 || p > 65535) die("PORT", "1..65535, with commas between");
        ports[ports_n++] = (uint16_t)p;
        if (*end != ',') return;
        text = end + 1;
    }
}

int main(int argc, char **argv) {
    if (sodium_init() < 0) return 1;
    if (argc == 4 && strcmp(argv[1], "grants") == 0) {
        accounts_n = (uint32_t)strtoul(argv[3], NULL, 10);
        return grants(argv[2]);
    }
    if (argc >= 6 && strcmp(argv[1], "run") == 0) {
        accounts_n = (uint32_t)strtoul(argv[3], NULL, 10);
        ports_read(argv[4]);
        return run(argv[2], argv + 5, argc - 5);
    }
    if ((argc == 4 || argc == 5) && strcmp(argv[1], "status") == 0) {
        ports_read(argv[2]);
        return calls(strtoull(argv[3], NULL, 10), argc == 5 ? strtoull(argv[4], NULL, 10) : 0);
    }
    fprintf(stderr, "weal-load grants SEED ACCOUNTS | run SEED ACCOUNTS PORT[,PORT...] "
                    "RATE:SECONDS... | status PORT[,PORT...] SECONDS [RATE]\n");
    return 2;
}
