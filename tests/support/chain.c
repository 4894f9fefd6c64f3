/* SPDX-License-Identifier: ISC */
/* A chain in memory: setting up, blocks, reading. People are in chain_people.c. */
#include "tests/support/chain.h"

#include <stdio.h>
#include <stdlib.h>

#include "consensus/light/cert.h"
#include "consensus/mod/module.h"
#include "crypto/sig/sig.h"

#define MUST(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { PROOFS_MAX = 2048, ARENA = 96 << 20 };

static void *take(void *ctx, size_t n) {
    (void)ctx;
    return malloc(n);
}
static void give(void *ctx, void *p) {
    (void)ctx;
    free(p);
}
static const struct weal_mem HEAP = {NULL, take, give};

static void *need(size_t n) {
    void *p = malloc(n);
    MUST(p);
    return p;
}

/* ---- randomness ---- */

void chain_random(struct chain *c, uint8_t out[32]) {
    uint8_t n[8];
    weal_put_le64(n, c->seed++);
    weal_hash256_one(out, "test/random", WEAL_BYTES(n));
}
void chain_secret(struct chain *c, uint8_t out[32]) {
    uint8_t wide[64];
    chain_random(c, wide);
    chain_random(c, wide + 32);
    MUST(weal_secret_reduce(out, wide));
}
void chain_account(struct chain *c, uint8_t secret[32], uint8_t key[32]) {
    do {
        chain_random(c, secret);
    } while (!weal_sig_public(key, secret));
}

/* ---- genesis ---- */

static void genesis_validators(struct chain *c, const uint64_t *bonds, uint64_t lapse) {
    struct weal_genesis *g = &c->genesis;
    g->validators_n = (uint16_t)c->validators;
    for (unsigned i = 0; i < c->validators; i++) {
        struct weal_genesis_validator v = {.bond = bonds ? bonds[i] : 1000000000, .lapse = lapse};
        chain_account(c, c->account_secret[i], v.account);
        chain_secret(c, c->seat_secret[i]);
        MUST(weal_human_key(v.seat, c->seat_secret[i]));
        unsigned at = i; /* in the order of seat keys, secrets along */
        uint8_t as[32], ss[32];
        memcpy(as, c->account_secret[i], 32);
        memcpy(ss, c->seat_secret[i], 32);
        for (; at > 0 && memcmp(g->validators[at - 1].seat, v.seat, 32) > 0; at--) {
            g->validators[at] = g->validators[at - 1];
            memcpy(c->account_secret[at], c->account_secret[at - 1], 32);
            memcpy(c->seat_secret[at], c->seat_secret[at - 1], 32);
        }
        g->validators[at] = v;
        memcpy(c->account_secret[at], as, 32);
        memcpy(c->seat_secret[at], ss, 32);
    }
}

static void genesis_registries(struct chain *c, const struct chain_options *o) {
    struct weal_genesis *g = &c->genesis;
    uint8_t secret[32];
    g->t = CHAIN_T;
    g->attestors_n = (uint16_t)c->attestors;
    for (unsigned i = 0; i < c->attestors; i++) {
        chain_secret(c, c->attestor_secret[i]);
        MUST(weal_human_key(g->attestors[i].key, c->attestor_secret[i]));
        chain_secret(c, secret);
        MUST(weal_human_key(g->attestors[i].share, secret));
        g->attestors[i].name = WEAL_BYTES_LIT("attestor");
    }
    chain_secret(c, secret);
    MUST(weal_human_key(g->voprf, secret));
    if (o->pilot) memcpy(g->pilot, o->pilot, 32);
    chain_secret(c, c->module_secret);
    g->modules_n = 1;
    MUST(weal_human_key(g->modules[0].key, c->module_secret));
    g->modules[0].category = WEAL_BYTES_LIT("health");
    g->modules[0].name = WEAL_BYTES_LIT("a practice");
    g->modules[0].epoch_max = o->module_max ? o->module_max : 1000000;
    for (unsigned i = 0; i < o->upgrades_n; i++) g->upgrades[i] = o->upgrades[i];
    g->upgrades_n = (uint16_t)o->upgrades_n;
}

static void make_genesis(struct chain *c, const struct chain_options *o) {
    struct weal_genesis *g = &c->genesis;
    g->form = WEAL_GENESIS_FORM;
    g->version = 1;
    g->time_ms = o->time_ms ? o->time_ms : 1767225600000;
    g->name = WEAL_BYTES_LIT("test");
    g->prefix = WEAL_BYTES_LIT("tweal");
    weal_params_preset(&c->p, WEAL_PRESET_DEVNET);
    if (o->params) c->p = *o->params;
    weal_genesis_params_set(g, &c->p);
    genesis_validators(c, o->bonds, o->lapse ? o->lapse : 1000000000);
    chain_account(c, c->faucet_secret, c->faucet);
    g->grants_n = 1;
    memcpy(g->grants[0].account, c->faucet, 32);
    g->grants[0].micro = 1000000000000;
    genesis_registries(c, o);
    struct weal_wr w = weal_wr(c->genesis_bytes, sizeof c->genesis_bytes);
    weal_genesis_put(&w, g);
    MUST(!w.failed);
    c->genesis_n = w.n;
    weal_genesis_chain_id(c->id, weal_wr_done(&w));
    weal_genesis_lineage(c->lineage, g, c->id);
}

static void open_storage(struct chain *c) {
    struct weal_store_config config = {.mem = HEAP};
    struct weal_state *base;
    MUST(weal_kv_mem_new(&HEAP, &c->kv) == WEAL_OK);
    config.kv = c->kv;
    MUST(weal_store_open(&config, &c->store, &base) == WEAL_OK);
    MUST(weal_reader_open(&c->reader, c->store) == WEAL_OK);
    struct weal_view v;
    struct weal_arena a;
    struct weal_draft d;
    enum weal_err err;
    weal_arena_init(&a, c->arena_mem, c->arena_cap);
    MUST(weal_view_open(&v, base, &c->reader) == WEAL_OK);
    MUST(weal_draft_init(&d, &v, &a, WEAL_GENESIS_WRITES) == WEAL_OK);
    struct weal_bytes bytes = weal_bytes(c->genesis_bytes, c->genesis_n);
    MUST(weal_genesis_apply(&d, bytes, &err) == WEAL_ACCEPT);
    MUST(weal_draft_seal(&d, &c->tip) == WEAL_OK);
    weal_state_unref(base);
    weal_store_finalized(c->store, 0);
    c->unapplied[c->unapplied_n++] = (struct weal_apply_block){.state = weal_state_ref(c->tip)};
}

struct chain *chain_new(const struct chain_options *o) {
    static const struct chain_options none;
    struct chain *c = calloc(1, sizeof *c);
    MUST(c);
    if (!o) o = &none;
    c->seed = 1;
    c->once = o->once;
    c->receipts_max = CHAIN_TXS_MAX;
    c->validators = o->validators ? o->validators : CHAIN_VALIDATORS;
    c->attestors = o->attestors ? o->attestors : CHAIN_ATTESTORS;
    MUST(c->attestors <= CHAIN_ATTESTORS_MAX);
    make_genesis(c, o);
    c->arena_cap = ARENA;
    c->arena_mem = need(ARENA);
    c->arena2_mem = need(ARENA);
    c->scratch = need(WEAL_EXEC_SCRATCH);
    c->body = need(CHAIN_BODY_MAX);
    c->receipts = need(CHAIN_TXS_MAX * sizeof *c->receipts);
    struct weal_batch_limits limits = {.proofs_max = PROOFS_MAX};
    c->batch_mem = need(weal_batch_footprint(&limits));
    c->keep_mem = need((size_t)PROOFS_MAX * WEAL_EXEC_KEEP);
    memcpy(c->exec.chain_id, c->id, 32);
    c->exec.batch = weal_batch_init(c->batch_mem, &limits);
    weal_arena_init(&c->exec.keep, c->keep_mem, (size_t)PROOFS_MAX * WEAL_EXEC_KEEP);
    c->exec.scratch = c->scratch;
    chain_random(c, c->exec.random);
    open_storage(c);
    c->time_ms = c->genesis.time_ms;
    memcpy(c->tip_id, c->id, 32);
    return c;
}

void chain_free(struct chain *c) {
    if (!c) return;
    for (unsigned i = 0; i < c->unapplied_n; i++) {
        weal_state_unref((struct weal_state *)c->unapplied[i].state);
    }
    weal_state_unref(c->tip);
    weal_reader_close(&c->reader);
    weal_store_close(c->store);
    weal_kv_close(c->kv);
    free(c->batch_mem);
    free(c->keep_mem);
    free(c->scratch);
    free(c->arena_mem);
    free(c->arena2_mem);
    free(c->body);
    free(c->receipts);
    free(c);
}

/* ---- blocks ---- */

static void draft_open(struct chain *c, struct weal_view *v, struct weal_arena *a,
                       struct weal_draft *d, uint8_t *mem) {
    weal_arena_init(a, mem, c->arena_cap);
    MUST(weal_view_open(v, c->tip, &c->reader) == WEAL_OK);
    MUST(weal_draft_init(d, v, a, WEAL_EXEC_WRITES(CHAIN_BODY_MAX)) == WEAL_OK);
}

void chain_header(struct chain *c, struct weal_header *h, uint64_t dt_ms) {
    struct weal_view v;
    struct weal_st_term t;
    memset(h, 0, sizeof *h);
    MUST(weal_view_open(&v, c->tip, &c->reader) == WEAL_OK);
    uint32_t version;
    memcpy(h->chain, c->id, 32);
    h->height = c->height + 1;
    (void)weal_exec_too_old(&v, h->height, &version);
    h->version = (uint16_t)version;
    h->term = weal_term_at(&c->p, h->height);
    h->view = c->view + 1;
    h->parent_view = c->view;
    memcpy(h->parent, c->tip_id, 32);
    h->time_ms = c->time_ms + dt_ms;
    MUST(weal_exec_term(&v, h->term, &t));
    h->proposer = (uint16_t)(h->view % t.members_n);
    unsigned who = 0; /* secrets are in the order of the founding set */
    for (; who < c->validators; who++) {
        if (memcmp(c->genesis.validators[who].seat, t.members[h->proposer].seat, 32) == 0) break;
    }
    MUST(who < c->validators);
    uint8_t scope[WEAL_SCOPE_TEXT_MAX], message[32], random[32];
    struct weal_bytes text = weal_bytes(scope, weal_scope_beacon(scope, h->term, h->view));
    MUST(weal_tag(h->beacon_tag, c->seat_secret[who], WEAL_BYTES(c->lineage), WEAL_RING_HUMAN,
                  text));
    weal_exec_beacon_message(message, c->id, h->term, h->view, h->parent);
    struct weal_linear_statement s = {.kind = WEAL_LINEAR_OWNTAG,
                                      .chain = WEAL_BYTES(c->lineage),
                                      .message = WEAL_BYTES(message),
                                      .shape = WEAL_RING_HUMAN,
                                      .scope = text,
                                      .tag = h->beacon_tag,
                                      .key = t.members[h->proposer].seat};
    chain_random(c, random);
    MUST(weal_linear_prove(h->beacon_proof, &s, (const uint8_t(*)[32]) & c->seat_secret[who],
                           random) == WEAL_ACCEPT);
}

size_t chain_body(uint8_t *out, size_t cap, struct chain_tx *const *txs, size_t n) {
    struct weal_wr w = weal_wr(out, cap);
    for (size_t i = 0; i < n; i++) {
        weal_wr_u32(&w, (uint32_t)txs[i]->n);
        weal_wr_copy(&w, txs[i]->b, txs[i]->n);
    }
    MUST(!w.failed);
    return w.n;
}

/* Writes what is final, as the applier would. */
static void apply(struct chain *c) {
    MUST(weal_apply(c->kv, c->unapplied, c->unapplied_n) == WEAL_OK);
    for (unsigned i = 0; i < c->unapplied_n; i++) {
        weal_state_unref((struct weal_state *)c->unapplied[i].state);
    }
    c->unapplied_n = 0;
    MUST(weal_reader_refresh(&c->reader) == WEAL_OK);
}

static void advance(struct chain *c, const struct weal_header *h, struct weal_state *next) {
    uint8_t bytes[WEAL_HEADER_SIZE_MAX];
    struct weal_wr w = weal_wr(bytes, sizeof bytes);
    weal_header_put(&w, h);
    weal_header_id(c->tip_id, weal_wr_done(&w));
    c->header = *h;
    weal_state_unref(c->tip);
    c->tip = next;
    struct weal_apply_block *b = &c->unapplied[c->unapplied_n++];
    *b = (struct weal_apply_block){.state = weal_state_ref(next)};
    memcpy(b->id, c->tip_id, 32);
    c->height = h->height;
    c->time_ms = h->time_ms;
    c->view = h->view;
    weal_store_finalized(c->store, c->height);
    if (c->unapplied_n == CHAIN_UNAPPLIED) apply(c);
}

enum weal_verdict chain_execute(struct chain *c, const struct weal_header *h,
                                struct weal_bytes body) {
    struct weal_view v;
    struct weal_arena a;
    struct weal_draft d;
    draft_open(c, &v, &a, &d, c->arena2_mem);
    if (c->tamper) c->tamper(&d);
    enum weal_verdict verdict =
        weal_exec_block(&c->exec, &d, h, body, c->receipts, c->receipts_max, &c->result);
    if (verdict == WEAL_ACCEPT) advance(c, h, c->result.state);
    return verdict;
}

struct offer {
    struct chain_tx *const *txs;
    size_t n, at[2], dropped;
    enum weal_verdict why;
};
static bool offer_next(void *ctx, enum weal_exec_lane lane, struct weal_bytes *tx) {
    struct offer *o = ctx;
    while (o->at[lane] < o->n) {
        struct chain_tx *t = o->txs[o->at[lane]++];
        struct weal_tx_info info;
        enum weal_verdict v = weal_tx_info(weal_bytes(t->b, t->n), &info);
        if (v != WEAL_ACCEPT || info.lane != lane) continue;
        *tx = weal_bytes(t->b, t->n);
        return true;
    }
    return false;
}
static void offer_drop(void *ctx, const uint8_t id[32], enum weal_verdict why) {
    struct offer *o = ctx;
    (void)id;
    o->dropped++;
    o->why = why;
}

size_t chain_propose(struct chain *c, struct chain_tx *const *txs, size_t n, uint64_t dt_ms) {
    struct offer o = {.txs = txs, .n = n};
    struct weal_exec_source source = {offer_next, offer_drop, &o};
    struct weal_header h;
    struct weal_view v;
    struct weal_arena a;
    struct weal_draft d;
    chain_header(c, &h, dt_ms);
    draft_open(c, &v, &a, &d, c->arena_mem);
    enum weal_verdict verdict =
        weal_exec_propose(&c->exec, &d, &h, &source, c->body, CHAIN_BODY_MAX, &c->body_n,
                          c->receipts, CHAIN_TXS_MAX, &c->result);
    if (verdict != WEAL_ACCEPT || (o.dropped && !c->quiet)) {
        fprintf(stderr, "height %llu: %s; dropped %zu: %s\n", (unsigned long long)h.height,
                weal_verdict_name(verdict), o.dropped, weal_verdict_name(o.why));
    }
    MUST(verdict == WEAL_ACCEPT);
    size_t taken = c->result.txs;
    if (c->once) {
        advance(c, &h, c->result.state);
        return taken;
    }
    struct weal_state *proposed = c->result.state;
    verdict = chain_execute(c, &h, weal_bytes(c->body, c->body_n));
    if (verdict != WEAL_ACCEPT) fprintf(stderr, "executing: %s\n", weal_verdict_name(verdict));
    MUST(verdict == WEAL_ACCEPT);
    MUST(memcmp(weal_state_root(proposed), weal_state_root(c->tip), 32) == 0);
    weal_state_unref(proposed);
    return taken;
}

void chain_block(struct chain *c, struct chain_tx *const *txs, size_t n, uint64_t dt_ms) {
    MUST(chain_propose(c, txs, n, dt_ms) == n);
}
void chain_blocks(struct chain *c, unsigned n, uint64_t dt_ms) {
    for (unsigned i = 0; i < n; i++) chain_block(c, NULL, 0, dt_ms);
}

enum weal_verdict chain_try(struct chain *c, const struct chain_tx *t, struct weal_tx_info *info) {
    struct weal_view v;
    struct weal_tx_info own;
    MUST(weal_view_open(&v, c->tip, &c->reader) == WEAL_OK);
    weal_exec_reset(&c->exec);
    enum weal_verdict verdict =
        weal_tx_check(&c->exec, &v, weal_bytes(t->b, t->n), 7, info ? info : &own);
    c->verified = weal_batch_count(c->exec.batch);
    if (verdict != WEAL_ACCEPT) return verdict;
    return weal_exec_verify(&c->exec) ? WEAL_ACCEPT : WEAL_V_TX_PROOF;
}

/* ---- reading ---- */

void chain_look(struct chain *c, struct weal_ctx *ctx, struct weal_draft *d, void *mem, size_t n) {
    struct weal_arena *a = mem;
    struct weal_view v;
    MUST(n >= 65536);
    weal_arena_init(a, (uint8_t *)mem + 64, n - 64);
    MUST(weal_view_open(&v, c->tip, &c->reader) == WEAL_OK);
    MUST(weal_draft_init(d, &v, a, 8) == WEAL_OK);
    MUST(weal_ctx_open(ctx, &c->exec, d, c->height + 1, c->time_ms + 1));
}

#define LOOK                                                                                       \
    _Alignas(64) uint8_t mem[65536];                                                               \
    struct weal_draft d;                                                                           \
    struct weal_ctx ctx;                                                                           \
    chain_look(c, &ctx, &d, mem, sizeof mem)

uint64_t chain_balance(struct chain *c, const uint8_t account[32], enum weal_asset asset) {
    LOOK;
    struct weal_acct a;
    weal_acct_load(&ctx, account, &a);
    return weal_acct_balance(&a, asset);
}
uint64_t chain_nonce(struct chain *c, const uint8_t account[32]) {
    LOOK;
    struct weal_acct a;
    weal_acct_load(&ctx, account, &a);
    return a.a.nonce;
}
void chain_supply(struct chain *c, enum weal_asset asset, struct weal_st_supply *out) {
    LOOK;
    *out = ctx.tally.supply[asset];
}
bool chain_conserved(struct chain *c) {
    LOOK;
    for (unsigned a = 1; a < WEAL_ASSETS; a++) {
        uint64_t sum = 0;
        for (unsigned m = 0; weal_mods[m]; m++) {
            if (weal_mods[m]->stored) sum += weal_mods[m]->stored(&ctx, (enum weal_asset)a);
        }
        const struct weal_st_supply *s = &ctx.tally.supply[a];
        if (sum != s->stored || s->minted - s->burned != sum) return false;
    }
    return true;
}

uint32_t chain_epoch(const struct chain *c) {
    return weal_epoch_at(&c->p, c->genesis.time_ms, c->time_ms);
}
void chain_until_epoch(struct chain *c, uint32_t epoch) {
    uint64_t at = weal_epoch_start(&c->p, c->genesis.time_ms, epoch);
    if (at > c->time_ms) chain_blocks(c, 1, at - c->time_ms);
}

/* ---- signing ---- */

void chain_encode(struct chain_tx *t) {
    struct weal_wr w = weal_wr(t->b, sizeof t->b);
    weal_tx_put(&w, &t->tx);
    MUST(!w.failed);
    t->n = w.n;
}
void chain_hash(struct chain *c, const struct chain_tx *t, uint8_t hash[32]) {
    weal_tx_signing_hash(hash, c->id, &t->tx);
}
void chain_pop(struct chain *c, uint8_t out[64], const uint8_t secret[32], const char *role,
               const uint8_t hash[32]) {
    uint8_t message[WEAL_ROLE_MESSAGE_MAX], key[32], random[32];
    MUST(weal_human_key(key, secret));
    struct weal_linear_statement s = {
        .kind = WEAL_LINEAR_POP,
        .chain = WEAL_BYTES(c->lineage),
        .message = weal_bytes(message, weal_role_message(message, role, hash)),
        .key = key};
    chain_random(c, random);
    MUST(weal_linear_prove(out, &s, (const uint8_t(*)[32])secret, random) == WEAL_ACCEPT);
}

void chain_sign(struct chain *c, struct chain_tx *t, const uint8_t secret[32]) {
    uint8_t hash[32], *sig = NULL;
    chain_hash(c, t, hash);
    switch (t->tx.act_kind) {
    case WEAL_TX_TRANSFER:
        sig = t->tx.act.transfer.sig;
        break;
    case WEAL_TX_SEAT_BIND:
        sig = t->tx.act.seat_bind.sig;
        break;
    case WEAL_TX_SEAT_BOND:
        sig = t->tx.act.seat_bond.sig;
        break;
    case WEAL_TX_SEAT_UNBOND:
        sig = t->tx.act.seat_unbond.sig;
        break;
    case WEAL_TX_SEAT_RETURN:
        sig = t->tx.act.seat_return.sig;
        break;
    default:
        MUST(0);
    }
    MUST(weal_sig_sign(sig, hash, secret));
    chain_encode(t);
}

void chain_transfer(struct chain *c, struct chain_tx *t, const uint8_t secret[32],
                    const uint8_t to[32], enum weal_asset asset, uint64_t amount) {
    memset(&t->tx, 0, sizeof t->tx);
    t->tx.version = WEAL_TX_VERSION;
    t->tx.act_kind = WEAL_TX_TRANSFER;
    struct weal_transfer *x = &t->tx.act.transfer;
    x->asset = (uint8_t)asset;
    MUST(weal_sig_public(x->from, secret));
    x->nonce = chain_nonce(c, x->from) + 1;
    x->valid_until = c->height + 1000;
    x->outputs_n = 1;
    memcpy(x->outputs[0].to, to, 32);
    x->outputs[0].amount = amount;
    chain_sign(c, t, secret);
}
