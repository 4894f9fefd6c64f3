/* SPDX-License-Identifier: ISC */
/* The methods that read the chain. Each takes the newest snapshot and lets it go. */
#include "node/rpc/methods.h"

#include <stdlib.h>

#include "consensus/genesis.h"
#include "crypto/tree/tree.h"

/* First bytes of the state's keys. */
enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
};

/* A snapshot and a view of its state, for one call. */
struct look {
    struct weal_api_snapshot *s;
    struct weal_reader reader;
    struct weal_view view;
    bool reading;
};

static void look_end(struct look *l) {
    if (l->reading) weal_reader_close(&l->reader);
    weal_api_snapshot_unref(l->s);
}

/* The applier may pass the snapshot between the two steps: then a newer one is taken. */
static bool look_begin(struct look *l, struct rpc_request *r) {
    for (int tries = 0; tries < 5; tries++) {
        *l = (struct look){.s = weal_api_snapshot(r->call->api)};
        if (!l->s) break;
        if (weal_reader_open(&l->reader, weal_api_store(r->call->api)) == WEAL_OK) {
            l->reading = true;
            if (weal_view_open(&l->view, l->s->state, &l->reader) == WEAL_OK) return true;
        }
        look_end(l);
    }
    rpc_error(r, WEAL_RPC_BUSY, "rpc-busy", "no state to read now; try again");
    return false;
}

/* ---- status ---- */

static json_t *status_json(const struct weal_api_snapshot *s, struct weal_api *api,
                           const struct weal_rpc_config *cfg, const char *why) {
    double latency = s->core.finality_n == 0
                         ? 0
                         : (double)s->core.finality_us_sum / (double)s->core.finality_n / 1000;
    json_t *j = json_pack(
        "{s:s, s:o, s:I, s:o, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:f, s:I, s:I, s:I, s:I, s:i, "
        "s:I, "
        "s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
        "agent", cfg->agent ? cfg->agent : "weald", "chain_id",
        rpc_hex_json(weal_api_chain_id(api), 32), "height", (json_int_t)s->height, "id",
        rpc_hex_json(s->id, 32), "time_ms", (json_int_t)s->tip_time_ms, "term",
        (json_int_t)s->bft.term, "view", (json_int_t)s->bft.view, "applied_height",
        (json_int_t)s->core.applied_height, "voting", s->bft.voting, "syncing", s->core.syncing,
        "ready", why == NULL, "finality_ms", latency, "blocks", (json_int_t)s->core.blocks_final,
        "transactions", (json_int_t)s->core.txs_final, "incomes", (json_int_t)s->core.incomes,
        "peers", (json_int_t)s->peers, "validators", (int)s->validators_n, "mempool_human",
        (json_int_t)s->pool.human, "mempool_fee", (json_int_t)s->pool.fee, "mempool_bytes",
        (json_int_t)s->pool.bytes, "started_ms", (json_int_t)s->started_ms, "now_ms",
        (json_int_t)s->published_ms, "wal_syncs", (json_int_t)s->core.wal_syncs, "self",
        (json_int_t)(s->bft.self == WEAL_SET_NOBODY ? -1 : (int)s->bft.self), "leader",
        (json_int_t)s->bft.leader);
    const char *mute = weal_bft_mute_name(&s->bft);
    if (mute) json_object_set_new(j, "not_voting", json_string(mute));
    if (why) json_object_set_new(j, "not_ready", json_string(why));
    return j;
}

/* The dearest part is to write it down, and many ask for the same: while the node is ready, it is
 * written once for each snapshot. */
char *weal_rpc_status(struct weal_api *api, const struct weal_rpc_config *cfg) {
    struct weal_api_snapshot *s = weal_api_snapshot(api);
    if (!s) return NULL;
    const char *why = cfg->ready ? cfg->ready(cfg->ctx) : NULL;
    const char *kept = why ? NULL : weal_api_snapshot_text(s);
    char *text = kept ? strdup(kept) : NULL;
    if (!kept) {
        json_t *j = status_json(s, api, cfg, why);
        text = j ? json_dumps(j, JSON_COMPACT) : NULL;
        json_decref(j);
        char *copy = text && !why ? strdup(text) : NULL;
        if (copy) weal_api_snapshot_keep(s, copy);
    }
    weal_api_snapshot_unref(s);
    return text;
}

void rpc_node_status(struct rpc_request *r) {
    r->text = weal_rpc_status(r->call->api, r->call->cfg);
    if (!r->text) rpc_error(r, WEAL_RPC_BUSY, "rpc-busy", "no status yet");
}

static json_t *peer_json(const struct weal_api_peer *p) {
    char addr[WEAL_NET_ADDR_TEXT];
    json_t *classes = json_object();
    weal_net_addr_text(&p->is.addr, addr);
    for (unsigned k = 0; k < WEAL_P2P_CLASSES; k++) {
        const struct weal_net_stats *t = &p->stats;
        json_object_set_new(classes, weal_p2p_class_name((enum weal_p2p_class)k),
                            json_pack("{s:I, s:I, s:I}", "sent_bytes", (json_int_t)t->sent_bytes[k],
                                      "got_bytes", (json_int_t)t->got_bytes[k], "dropped",
                                      (json_int_t)t->dropped_msgs[k]));
    }
    return json_pack("{s:s, s:s, s:b, s:b, s:s, s:I, s:i, s:I, s:I, s:I, s:o, s:o}", "address",
                     addr, "direction", p->is.inbound ? "in" : "out", "kept", p->is.persistent,
                     "validator", p->is.is.is_validator, "agent", p->is.is.agent, "height",
                     (json_int_t)p->is.is.head_height, "score", (int)p->stats.score, "latency_ms",
                     (json_int_t)p->stats.rtt_ms, "connected_ms", (json_int_t)p->connected_ms,
                     "waiting_bytes", (json_int_t)p->stats.waiting_bytes, "identity",
                     rpc_hex_json(p->is.is.identity, 32), "classes", classes);
}

void rpc_node_peers(struct rpc_request *r) {
    struct weal_api_peer *list = calloc(WEAL_API_PEERS_MAX, sizeof *list);
    size_t n = list ? weal_api_peers(r->call->api, list, WEAL_API_PEERS_MAX) : 0;
    r->result = json_array();
    for (size_t i = 0; i < n; i++) json_array_append_new(r->result, peer_json(&list[i]));
    free(list);
}

void rpc_node_bans(struct rpc_request *r) {
    struct weal_peers_banned *list = calloc(WEAL_P2P_BANS_MAX, sizeof *list);
    size_t n = list ? weal_api_bans(r->call->api, list, WEAL_P2P_BANS_MAX) : 0;
    r->result = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct weal_peers_banned *b = &list[i];
        char text[WEAL_NET_ADDR_TEXT];
        struct weal_net_addr at = {.port = 0};
        json_t *o =
            json_pack("{s:I, s:i}", "for_ms", (json_int_t)b->until_ms, "times", (int)b->times);
        memcpy(at.ip, b->key, 16);
        weal_net_addr_text(&at, text);
        if (b->is_address)
            json_object_set_new(o, "address", json_string(text));
        else
            json_object_set_new(o, "identity", rpc_hex_json(b->key, 32));
        json_array_append_new(r->result, o);
    }
    free(list);
}

void rpc_mempool_info(struct rpc_request *r) {
    struct weal_api_snapshot *s = weal_api_snapshot(r->call->api);
    if (!s) return;
    r->result =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "human", (json_int_t)s->pool.human,
                  "fee", (json_int_t)s->pool.fee, "bytes", (json_int_t)s->pool.bytes,
                  "fee_rate_min", (json_int_t)s->pool.fee_rate_min, "added",
                  (json_int_t)s->pool.added, "evicted", (json_int_t)s->pool.evicted, "replaced",
                  (json_int_t)s->pool.replaced, "expired", (json_int_t)s->pool.expired);
    weal_api_snapshot_unref(s);
}

/* ---- blocks ---- */

static json_t *header_json(const struct weal_api_block *b) {
    size_t cap = 16384;
    char *text = malloc(cap);
    struct weal_wr w = weal_wr(text, cap);
    weal_header_json(&w, &b->head);
    json_t *head = text && !w.failed ? json_loadb(text, w.n, 0, NULL) : NULL;
    free(text);
    json_t *j = json_pack("{s:I, s:o, s:o, s:o, s:o*}", "height", (json_int_t)b->height, "id",
                          rpc_hex_json(b->id, 32), "header", rpc_hex_json(b->header.p, b->header.n),
                          "certificate", rpc_hex_json(b->cert.p, b->cert.n), "fields", head);
    /* known of the latest blocks only */
    if (j && b->final_ms != 0) {
        json_object_set_new(j, "final_ms", json_integer((json_int_t)b->final_ms));
    }
    return j;
}

void rpc_chain_head(struct rpc_request *r) {
    struct weal_api_snapshot *s = weal_api_snapshot(r->call->api);
    struct weal_api_block *b = NULL;
    /* the newest final block that carries a certificate of its own */
    for (uint64_t h = s ? s->height : 0; h > 0 && (!b || b->cert.n == 0) && h + 64 > s->height;
         h--) {
        weal_api_block_unref(b);
        b = weal_api_block(r->call->api, h);
    }
    if (b)
        r->result = header_json(b);
    else if (s) {
        r->result =
            json_pack("{s:I, s:o}", "height", (json_int_t)s->height, "id", rpc_hex_json(s->id, 32));
    }
    weal_api_block_unref(b);
    weal_api_snapshot_unref(s);
}

static struct weal_api_block *block_param(struct rpc_request *r) {
    uint64_t height = (uint64_t)json_integer_value(r->params[0]);
    struct weal_api_block *b = height == 0 ? NULL : weal_api_block(r->call->api, height);
    if (!b) rpc_error(r, WEAL_RPC_NOT_FOUND, "rpc-not-found", "no final block of that height here");
    return b;
}

void rpc_chain_header(struct rpc_request *r) {
    struct weal_api_block *b = block_param(r);
    if (b) r->result = header_json(b);
    weal_api_block_unref(b);
}

void rpc_chain_block(struct rpc_request *r) {
    struct weal_api_block *b = block_param(r);
    if (!b) return;
    json_t *txs = json_array(), *o = header_json(b);
    struct weal_body_iter it = weal_body_iter(b->body);
    struct weal_bytes tx;
    struct weal_tx_info info;
    for (uint32_t i = 0; weal_body_next(&it, &tx); i++) {
        const char *code = i < b->receipts_n && b->receipts[i].code != WEAL_ACCEPT
                               ? weal_verdict_name(b->receipts[i].code)
                               : "";
        if (weal_tx_info(tx, &info) != WEAL_ACCEPT) continue;
        json_array_append_new(txs, json_pack("{s:o, s:i, s:s, s:o}", "id",
                                             rpc_hex_json(info.id, 32), "kind", (int)info.kind,
                                             "code", code, "bytes", rpc_hex_json(tx.p, tx.n)));
    }
    json_object_set_new(o, "transactions", txs);
    r->result = o;
    weal_api_block_unref(b);
}

void rpc_chain_validators(struct rpc_request *r) {
    struct weal_api_snapshot *s = weal_api_snapshot(r->call->api);
    r->result = json_array();
    for (uint16_t i = 0; s && i < s->validators_n; i++) {
        const struct weal_api_validator *v = &s->validators[i];
        json_array_append_new(
            r->result, json_pack("{s:o, s:o, s:I, s:I}", "account", rpc_hex_json(v->account, 32),
                                 "seat", rpc_hex_json(v->seat, 32), "weight", (json_int_t)v->weight,
                                 "proposed", (json_int_t)v->blocks));
    }
    weal_api_snapshot_unref(s);
}

void rpc_chain_params(struct rpc_request *r) {
    struct look l;
    struct weal_params p;
    struct weal_param_doc doc;
    if (!look_begin(&l, r)) return;
    if (weal_exec_params(&l.view, &p)) {
        r->result = json_object();
        for (unsigned k = 0; weal_params_doc(k, &doc); k++) {
            uint64_t v = 0;
            if (weal_params_get(&p, doc.name, &v)) {
                json_object_set_new(r->result, doc.name, json_integer((json_int_t)v));
            }
        }
    }
    look_end(&l);
}

void rpc_chain_genesis(struct rpc_request *r) {
    struct weal_bytes g = weal_api_genesis(r->call->api);
    r->result =
        json_pack("{s:o, s:o}", "chain_id", rpc_hex_json(weal_api_chain_id(r->call->api), 32),
                  "genesis", rpc_hex_json(g.p, g.n));
}

/* ---- state ---- */

void rpc_state_get(struct rpc_request *r) {
    uint8_t key[WEAL_STATE_KEY_MAX], *proof = malloc(WEAL_TREE_PROOF_MAX);
    size_t n;
    struct look l;
    if (!proof || !rpc_hex(r, 0, "key", key, sizeof key, &n, 1) || !look_begin(&l, r)) {
        free(proof);
        return;
    }
    struct weal_bytes value = {0};
    struct weal_wr w = weal_wr(proof, WEAL_TREE_PROOF_MAX);
    bool present = false;
    enum weal_err e = weal_view_get(&l.view, weal_bytes(key, n), &value);
    if (e == WEAL_OK || e == WEAL_ERR_NOT_FOUND) {
        e = weal_view_prove(&l.view, weal_bytes(key, n), &w, &present);
    }
    if (e == WEAL_OK) {
        r->result = json_pack("{s:I, s:o, s:o, s:b, s:o, s:o}", "height", (json_int_t)l.s->height,
                              "id", rpc_hex_json(l.s->id, 32), "root",
                              rpc_hex_json(weal_state_root(l.s->state), 32), "present", present,
                              "value", present ? rpc_hex_json(value.p, value.n) : json_null(),
                              "proof", rpc_hex_json(proof, w.n));
    } else {
        rpc_error(r, WEAL_RPC_INTERNAL, weal_err_name(e), weal_err_text(e));
    }
    look_end(&l);
    free(proof);
}

void rpc_state_range(struct rpc_request *r) {
    uint8_t prefix[WEAL_STATE_KEY_MAX], after[WEAL_STATE_KEY_MAX];
    size_t prefix_n, after_n = 0, bytes = 0;
    struct look l;
    json_int_t limit = r->params[2] ? json_integer_value(r->params[2]) : 100;
    if (!rpc_hex(r, 0, "prefix", prefix, sizeof prefix, &prefix_n, 1)) return;
    if (r->params[1] && !rpc_hex(r, 1, "after", after, sizeof after, &after_n, 0)) return;
    if (!look_begin(&l, r)) return;
    json_t *list = json_array();
    struct weal_bytes key, value;
    bool more = false;
    for (json_int_t i = 0;; i++) {
        enum weal_err e = weal_view_next(&l.view, weal_bytes(prefix, prefix_n),
                                         weal_bytes(after, after_n), &key, &value);
        if (e != WEAL_OK) break;
        if (i == limit || bytes > WEAL_RPC_RANGE_BYTES) {
            more = true;
            break;
        }
        json_array_append_new(
            list, json_pack("[o, o]", rpc_hex_json(key.p, key.n), rpc_hex_json(value.p, value.n)));
        bytes += key.n + value.n;
        memcpy(after, key.p, key.n);
        after_n = key.n;
    }
    r->result = json_pack("{s:I, s:o, s:b}", "height", (json_int_t)l.s->height, "records", list,
                          "more", more);
    look_end(&l);
}

/* ---- transactions ---- */

static void submitted(void *ctx, const uint8_t id[32], enum weal_verdict v) {
    struct rpc_request *r = ctx;
    if (v == WEAL_ACCEPT || v == WEAL_V_POOL_KNOWN) {
        r->result = json_pack("{s:o, s:s}", "id", rpc_hex_json(id, 32), "status", "pending");
    } else {
        rpc_refused(r, v);
    }
    rpc_settle(r);
}

void rpc_tx_submit(struct rpc_request *r) {
    size_t n, cap = 65535;
    uint8_t *tx = malloc(cap);
    if (tx && rpc_hex(r, 0, "tx", tx, cap, &n, 1)) {
        r->later = true;
        if (weal_api_submit(r->call->api, weal_bytes(tx, n), submitted, r) != WEAL_OK) {
            r->later = false;
            rpc_refused(r, WEAL_V_POOL_BUSY);
        }
    }
    free(tx);
}

void rpc_tx_status(struct rpc_request *r) {
    uint8_t id[32];
    size_t n;
    struct weal_api_tx tx;
    if (!rpc_hex(r, 0, "id", id, sizeof id, &n, 32)) return;
    if (weal_api_tx(r->call->api, id, &tx)) {
        r->result =
            json_pack("{s:s, s:I, s:I, s:s}", "status", "final", "height", (json_int_t)tx.height,
                      "position", (json_int_t)tx.position, "code", tx.code);
    } else {
        static const char *const text[] = {"unknown", "pending", "expired", "refused"};
        enum weal_verdict why;
        enum weal_api_standing is = weal_api_standing(r->call->api, id, &why);
        r->result = json_pack("{s:s}", "status", text[is]);
        if (is == WEAL_API_REFUSED) {
            json_object_set_new(r->result, "code", json_string(weal_verdict_name(why)));
        }
    }
}

void rpc_tx_fee(struct rpc_request *r) {
    json_int_t bytes = json_integer_value(r->params[0]);
    json_int_t sigs = r->params[1] ? json_integer_value(r->params[1]) : 1;
    struct look l;
    struct weal_params p;
    struct weal_st_chain chain;
    if (!look_begin(&l, r)) return;
    if (weal_exec_params(&l.view, &p) && weal_exec_chain(&l.view, &chain)) {
        uint64_t least = p.fee_byte_micro * (uint64_t)bytes + p.fee_sig_micro * (uint64_t)sigs;
        bool quiet = chain.body_bytes < p.block_bytes_max / 4 && l.s->pool.fee_rate_min == 0;
        r->result = json_pack("{s:o, s:o, s:b}", "least_micro", rpc_u64(quiet ? 0 : least),
                              "advised_micro", rpc_u64(least), "quiet", quiet);
    }
    look_end(&l);
}

/* ---- figures ---- */

void rpc_supply_info(struct rpc_request *r) {
    static const char *const name[WEAL_ASSETS] = {"", "IT", "IBC"};
    struct look l;
    if (!look_begin(&l, r)) return;
    r->result = json_array();
    for (uint8_t asset = 1; asset < WEAL_ASSETS; asset++) {
        uint8_t key[2] = {TABLE_SUPPLY, asset};
        struct weal_bytes value;
        struct weal_st_supply s = {0};
        if (weal_view_get(&l.view, WEAL_BYTES(key), &value) == WEAL_OK) {
            struct weal_rd rd = weal_rd(value);
            weal_st_supply_get(&rd, &s);
        }
        json_array_append_new(r->result,
                              json_pack("{s:s, s:o, s:o, s:o}", "asset", name[asset],
                                        "minted_micro", rpc_u64(s.minted), "burned_micro",
                                        rpc_u64(s.burned), "stored_micro", rpc_u64(s.stored)));
    }
    look_end(&l);
}

void rpc_stats_income(struct rpc_request *r) {
    struct look l;
    uint8_t table = TABLE_EPOCH, after[8];
    size_t after_n = 0;
    struct weal_bytes key, value;
    if (!look_begin(&l, r)) return;
    r->result = json_array();
    while (weal_view_next(&l.view, weal_bytes(&table, 1), weal_bytes(after, after_n), &key,
                          &value) == WEAL_OK &&
           key.n == 5) {
        struct weal_st_epoch e;
        struct weal_rd rd = weal_rd(value);
        weal_st_epoch_get(&rd, &e);
        memcpy(after, key.p, key.n);
        after_n = key.n;
        json_array_append_new(r->result, json_pack("{s:I, s:I, s:o, s:o, s:I}", "epoch",
                                                   (json_int_t)weal_be32(key.p + 1), "claims",
                                                   (json_int_t)e.claims, "issued_micro",
                                                   rpc_u64(e.issued), "moved_micro",
                                                   rpc_u64(e.moved), "notes", (json_int_t)e.notes));
        if (json_array_size(r->result) > 64) json_array_remove(r->result, 0);
    }
    look_end(&l);
}
