/* SPDX-License-Identifier: ISC */
/* weal-module: a value module (a clinic, a school, a club). It publishes a VOPRF key for every
 * epoch, gives a token at each visit without seeing it, and later signs one activity for each token
 * that comes back. What it signs it cannot link to the visit: the token was blind when it was
 * given.
 *
 *   weal-module keys DIR NAME CATEGORY    makes its secret; prints its part of a genesis
 *   weal-module run DIR PORT INDEX NODE   serves on 127.0.0.1:PORT; NODE is the RPC port of a node
 *
 * Methods (JSON-RPC):
 *   visit   {epoch, blinded}              -> {key, evaluated, proof}
 *   redeem  {epoch, serial, token, tx}    -> {pop}
 *
 * Invariants: a token is on the disk as redeemed, with the signing hash it was redeemed for, before
 * the signature leaves; asked again for the same hash it signs again (the answer was lost), for
 * another one it refuses. The epochs' keys derive from the one secret, so nothing else can be lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crypto/hash/hash.h"
#include "crypto/oprf/oprf.h"
#include "wallet/look.h"
#include "wallet/service/serve.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    EPOCHS = 8,            /* epochs whose tokens are taken back */
    TABLE = 1 << 16,       /* places for redeemed tokens of an epoch; half of them are used */
    VISITS_A_SECOND = 200, /* tokens given, on the average */
    VISITS_BURST = 1000
};

struct redeemed { /* also the record of the file */
    uint8_t serial[32], hash[32];
    uint8_t epoch[4]; /* little-endian */
};

struct epoch {
    bool is, published;
    uint32_t epoch;
    uint8_t secret[32], key[32];
    struct redeemed *table; /* open addressing by the first serial bytes; heap */
    bool *used;
    unsigned n;
};

static struct module {
    uint8_t secret[32];
    uint16_t index;
    struct epoch epochs[EPOCHS];
    int log; /* of redeemed tokens */
    uint64_t bucket, bucket_ms;
    struct weal_wallet_rpc rpc;
    struct weal_look look;
} module;

static volatile sig_atomic_t stopping;
static void on_signal(int s) {
    (void)s;
    stopping = 1;
}

static uint64_t clock_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- epochs and what was redeemed in them ---- */

static struct epoch *epoch_open(uint32_t epoch) {
    struct epoch *e = &module.epochs[epoch % EPOCHS];
    char info[64];
    if (e->is && e->epoch == epoch) return e;
    if (e->is && e->epoch > epoch) return NULL; /* long over */
    int n = snprintf(info, sizeof info, "weal module epoch %u", epoch);
    struct redeemed *table = e->table ? e->table : calloc(TABLE, sizeof *table);
    bool *used = e->used ? e->used : calloc(TABLE, sizeof *used);
    *e = (struct epoch){.epoch = epoch, .table = table, .used = used};
    if (!table || !used ||
        weal_oprf_key_derive(e->secret, e->key, module.secret, weal_bytes(info, (size_t)n)) !=
            WEAL_ACCEPT) {
        return NULL;
    }
    memset(used, 0, TABLE * sizeof *used);
    e->is = true;
    return e;
}

/* The epoch, if it is one the chain is in or was in lately. */
static struct epoch *epoch_find(uint32_t epoch) {
    struct epoch *e = &module.epochs[epoch % EPOCHS];
    return e->is && e->epoch == epoch && e->published ? e : NULL;
}

/* Where this serial is, or could be put. */
static size_t place(const struct epoch *e, const uint8_t serial[32]) {
    uint8_t mixed[32];
    crypto_generichash(mixed, 32, serial, 32, module.secret, 32); /* nobody chooses the places */
    size_t i = ((size_t)mixed[0] | (size_t)mixed[1] << 8) % TABLE;
    while (e->used[i] && memcmp(e->table[i].serial, serial, 32) != 0) i = (i + 1) % TABLE;
    return i;
}

static bool redeemed_load(const char *path) {
    struct redeemed r;
    off_t whole = 0;
    module.log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (module.log < 0) return false;
    while (read(module.log, &r, sizeof r) == sizeof r) {
        struct weal_rd rd = weal_rd(weal_bytes(r.epoch, 4));
        struct epoch *e = epoch_open(weal_rd_u32(&rd));
        whole += (off_t)sizeof r;
        if (!e) continue;
        size_t at = place(e, r.serial);
        e->n += !e->used[at];
        e->used[at] = true;
        e->table[at] = r;
    }
    /* a torn record was never answered */
    return ftruncate(module.log, whole) == 0 && lseek(module.log, whole, SEEK_SET) == whole;
}

/* ---- methods ---- */

static bool epoch_param(const json_t *params, uint32_t *epoch) {
    const json_t *v = json_object_get(params, "epoch");
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > UINT32_MAX)
        return false;
    *epoch = (uint32_t)json_integer_value(v);
    return true;
}

static bool visit_allowed(void) {
    uint64_t now = clock_ms(), more = (now - module.bucket_ms) * VISITS_A_SECOND / 1000;
    if (more != 0) {
        module.bucket = module.bucket + more < VISITS_BURST ? module.bucket + more : VISITS_BURST;
        module.bucket_ms = now;
    }
    return module.bucket != 0 && module.bucket--;
}

static void visit(const json_t *params, struct weal_serve_answer *out) {
    uint8_t blinded[1][32], evaluated[1][32], proof[64], nonce[32];
    uint32_t epoch;
    if (!epoch_param(params, &epoch) || !weal_serve_bytes(params, "blinded", blinded[0], 32)) {
        weal_serve_error(out, "module_params", "visit wants epoch and blinded (32 bytes, hex)");
        return;
    }
    const struct epoch *e = epoch_find(epoch);
    if (!e) {
        weal_serve_error(out, "module_epoch", "no key of this module is published for the epoch");
        return;
    }
    if (!visit_allowed()) {
        weal_serve_error(out, "module_rate", "too many visits at once; come again in a second");
        return;
    }
    weal_secret_fresh(nonce);
    if (weal_oprf_evaluate(evaluated, proof, (const uint8_t(*)[32])blinded, 1, e->secret, e->key,
                           nonce) == WEAL_ACCEPT) {
        out->result =
            json_pack("{s:o, s:o, s:o}", "key", weal_serve_hex(e->key, 32), "evaluated",
                      weal_serve_hex(evaluated[0], 32), "proof", weal_serve_hex(proof, 64));
    } else {
        weal_serve_error(out, "module_blinded", "blinded is not a point, or is the identity");
    }
    sodium_memzero(nonce, sizeof nonce);
}

/* Marks the token, on the disk first. False with an error answered. */
static bool redeem_mark(struct epoch *e, const uint8_t serial[32], const uint8_t hash[32],
                        struct weal_serve_answer *out) {
    struct redeemed r;
    size_t at = place(e, serial);
    if (e->used[at]) {
        if (memcmp(e->table[at].hash, hash, 32) == 0) return true;
        weal_serve_error(out, "module_redeemed", "this token was redeemed for another activity");
        return false;
    }
    if (e->n >= TABLE / 2) {
        weal_serve_error(out, "module_full", "the module has redeemed all it can in this epoch");
        return false;
    }
    struct weal_wr w = weal_wr(r.epoch, 4);
    weal_wr_u32(&w, e->epoch);
    memcpy(r.serial, serial, 32);
    memcpy(r.hash, hash, 32);
    if (write(module.log, &r, sizeof r) != sizeof r || fdatasync(module.log) != 0) {
        fprintf(stderr, "the file of redeemed tokens cannot be written; stopping\n");
        stopping = 1; /* what is on the disk is not known any more */
        weal_serve_error(out, "module_disk", "the module cannot write its file");
        return false;
    }
    e->used[at] = true;
    e->table[at] = r;
    e->n++;
    return true;
}

static void redeem(const json_t *params, struct weal_serve_answer *out) {
    static struct weal_tx tx;
    uint8_t serial[32], token[64], mine[64], bytes[4096], hash[32], random[32], pop[64];
    uint32_t epoch;
    size_t n = weal_wallet_hex(json_object_get(params, "tx"), bytes, sizeof bytes);
    if (!epoch_param(params, &epoch) || !weal_serve_bytes(params, "serial", serial, 32) ||
        !weal_serve_bytes(params, "token", token, 64) || n == 0) {
        weal_serve_error(out, "module_params", "redeem wants epoch, serial, token and tx");
        return;
    }
    struct epoch *e = epoch_find(epoch);
    if (!e || weal_oprf_output(mine, weal_bytes(serial, 32), e->secret) != WEAL_ACCEPT ||
        sodium_memcmp(mine, token, 64) != 0) {
        weal_serve_error(out, "module_token", "this is no token of the module for the epoch");
        return;
    }
    if (!weal_tx_decode(&tx, weal_bytes(bytes, n)) || tx.act_kind != WEAL_TX_ACTIVITY ||
        tx.act.activity.module != module.index || tx.act.activity.epoch != epoch) {
        weal_serve_error(out, "module_tx", "tx is no activity of this module in the token's epoch");
        return;
    }
    weal_tx_signing_hash(hash, module.look.chain.id, &tx);
    if (!redeem_mark(e, serial, hash, out)) return;
    randombytes_buf(random, sizeof random);
    if (weal_act_pop(pop, &module.look.chain, module.secret, WEAL_ROLE_MODULE, hash, random) ==
        WEAL_ACCEPT) {
        out->result = json_pack("{s:o}", "pop", weal_serve_hex(pop, 64));
    }
    sodium_memzero(random, sizeof random);
}

static void answer(void *ctx, const char *method, const json_t *params,
                   struct weal_serve_answer *out) {
    (void)ctx;
    if (strcmp(method, "visit") == 0)
        visit(params, out);
    else if (strcmp(method, "redeem") == 0)
        redeem(params, out);
    else
        weal_serve_error(out, "rpc_method", "the methods are visit and redeem");
}

/* ---- the keys of the epochs ---- */

static void publish(const struct epoch *e) {
    static struct weal_act a;
    uint8_t hash[32], random[32];
    char *hex;
    json_t *result;
    memset(&a, 0, sizeof a);
    a.tx.version = WEAL_TX_VERSION;
    a.tx.act_kind = WEAL_TX_MODULE_KEY;
    a.tx.act.module_key.module = module.index;
    a.tx.act.module_key.epoch = e->epoch;
    memcpy(a.tx.act.module_key.key, e->key, 32);
    weal_act_hash(hash, &module.look.chain, &a);
    randombytes_buf(random, sizeof random);
    if (weal_act_pop(a.tx.act.module_key.pop, &module.look.chain, module.secret, WEAL_ROLE_MODULE,
                     hash, random) != WEAL_ACCEPT ||
        !weal_act_seal(&a) || !(hex = malloc(2 * a.n + 1))) {
        return;
    }
    struct weal_wr w = weal_wr(hex, 2 * a.n);
    weal_wr_hex(&w, a.bytes, a.n);
    enum weal_err err = weal_wallet_rpc_call(&module.rpc, "tx.submit",
                                             json_pack("{s:s#}", "tx", hex, (int)w.n), &result);
    free(hex);
    if (err == WEAL_OK) json_decref(result);
    /* whatever came of it, the chain will tell */
}

/* Has the chain this key for the epoch? */
static bool is_published(const struct epoch *e) {
    static uint8_t value[65536];
    uint8_t key[6] = {(uint8_t)(module.index >> 8), (uint8_t)module.index};
    size_t n;
    weal_put_be32(key + 2, e->epoch);
    return weal_look_record(&module.look, TABLE_MODULE_EPOCH, WEAL_BYTES(key), value, &n) ==
               WEAL_OK &&
           n >= 32 && memcmp(value, e->key, 32) == 0;
}

/* Tokens are taken back in their epoch and in the next, after a restart as well. A key counts as
 * published when the chain shows it, and is sent again until then. */
static void epochs_keep(void) {
    if (weal_look_refresh(&module.look) != WEAL_OK) return;
    uint32_t now = weal_look_epoch(&module.look);
    for (uint32_t k = now == 0 ? 0 : now - 1; k <= now + 1; k++) {
        struct epoch *e = epoch_open(k);
        if (!e || e->published) continue;
        e->published = is_published(e);
        if (!e->published && k >= now) publish(e);
    }
}

/* ---- program ---- */

static int keys(const char *dir, const char *name, const char *category) {
    char path[1024], text[65] = "";
    uint8_t key[32];
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) return perror(dir), 1;
    if (snprintf(path, sizeof path, "%s/module.key", dir) >= (int)sizeof path) return 2;
    weal_secret_fresh(module.secret);
    if (weal_file_keep(path, module.secret, 32) != WEAL_OK) return perror(path), 1;
    if (!weal_human_key(key, module.secret)) return 1;
    struct weal_wr w = weal_wr(text, 64);
    weal_wr_hex(&w, key, 32);
    json_t *out = json_pack("{s:s, s:s, s:s}", "name", name, "category", category, "key", text);
    json_dumpf(out, stdout, JSON_COMPACT);
    puts("");
    json_decref(out);
    return 0;
}

static int run(const char *dir, uint16_t port, uint16_t index, uint16_t node) {
    char path[1024], log[1024];
    static struct weal_serve serve;
    if (snprintf(path, sizeof path, "%s/module.key", dir) >= (int)sizeof path ||
        snprintf(log, sizeof log, "%s/redeemed", dir) >= (int)sizeof log) {
        return 2;
    }
    if (weal_file_read(path, module.secret, 32) != WEAL_OK) return perror(path), 1;
    if (!redeemed_load(log)) return perror(log), 1;
    module.index = index;
    module.bucket = VISITS_BURST;
    module.bucket_ms = clock_ms();
    weal_wallet_rpc_init(&module.rpc, "127.0.0.1", node);
    while (!stopping && weal_look_init(&module.look, &module.rpc) != WEAL_OK) usleep(200000);
    if (stopping) return 0;
    epochs_keep();
    if (weal_serve_start(&serve, port, answer, NULL) != WEAL_OK) return perror("listen"), 1;
    printf("module %u serves on 127.0.0.1:%u\n", index, serve.port);
    fflush(stdout);
    for (uint64_t kept = clock_ms(); !stopping;) {
        weal_serve_turn(&serve, 100);
        if (clock_ms() - kept < 500) continue;
        epochs_keep();
        kept = clock_ms();
    }
    weal_serve_stop(&serve);
    sodium_memzero(&module.secret, sizeof module.secret);
    return 0;
}

int main(int argc, char **argv) {
    if (sodium_init() < 0) return 1;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (argc == 5 && strcmp(argv[1], "keys") == 0) return keys(argv[2], argv[3], argv[4]);
    if (argc == 6 && strcmp(argv[1], "run") == 0) {
        return run(argv[2], (uint16_t)atoi(argv[3]), (uint16_t)atoi(argv[4]),
                   (uint16_t)atoi(argv[5]));
    }
    fprintf(stderr, "usage: weal-module keys DIR NAME CATEGORY | run DIR PORT INDEX NODE\n");
    return 2;
}
