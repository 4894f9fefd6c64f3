/* SPDX-License-Identifier: ISC */
/* What must hold in the world of whole nodes, looked at when it could break. */
#include <stdlib.h>

#include "consensus/light/roots.h"
#include "consensus/light/set.h"
#include "crypto/base/bug.h"
#include "p2p/gen/msg_gen.h"
#include "p2p/msg.h"
#include "tests/sim/node_world.h"

enum {
    HEAP_BASE = 48 << 20,   /* bytes of storage's memory at height 0 */
    HEAP_HEIGHT = 48 << 10, /* and for each block: everything is kept, in memory here */
    HEAP_VIEW = 32 << 10,   /* and for each view, whose body is kept though nothing comes of it */
    APPLY_LAG_MAX = WEAL_STATE_OVERLAYS_MAX,
};

/* ---- finality ---- */

/* What a final header says, measured without the ledger's own looks at it: the root of its body,
 * the sets, the tag that only its proposer's seat has for this view, and a time no honest clock was
 * more than ahead_ms behind. */
static const char *false_header(struct node_world *w, const struct weal_chain_block *b) {
    const struct weal_header *h = &b->head;
    const struct nw_term *t = &w->terms[h->term];
    struct weal_roots codes;
    uint8_t root[32], tag[32], scope[WEAL_SCOPE_TEXT_MAX];
    if (!nw_body_root(b->body, root) || memcmp(root, h->tx_root, 32) != 0) return "transactions";
    weal_roots_init(&codes);
    for (uint32_t i = 0; i < w->chain->result.txs; i++) {
        const struct weal_receipt *r = &w->chain->receipts[i];
        uint8_t item[32 + 64];
        size_t name_n = strlen(weal_verdict_name(r->code));
        WEAL_ASSERT(name_n <= 64);
        memcpy(item, r->id, 32);
        memcpy(item + 32, weal_verdict_name(r->code), name_n);
        weal_roots_add(&codes, weal_bytes(item, 32 + name_n));
    }
    weal_roots_final(&codes, root);
    if (memcmp(root, h->receipt_root, 32) != 0) return "receipts";
    if (memcmp(t->hash, h->set_hash, 32) != 0) return "set";
    if (h->term + 1 < w->terms_n && memcmp(t[1].hash, h->next_set_hash, 32) != 0) return "next set";
    if (h->proposer >= t->n) return "proposer";
    size_t n = weal_scope_beacon(scope, h->term, h->view);
    if (!weal_tag(tag, w->chain->seat_secret[t->key[h->proposer]],
                  weal_bytes(w->chain->lineage, 32), WEAL_RING_HUMAN, weal_bytes(scope, n)) ||
        memcmp(tag, h->beacon_tag, 32) != 0)
        return "beacon";
    uint64_t off = w->drawn.jump_every_ms != 0 ? w->drawn.jump_ms : 0;
    if (off < w->drawn.skew_ms) off = w->drawn.skew_ms;
    if (h->time_ms > people_wall_ms(w) + off + w->pace.ahead_ms) return "time";
    return NULL;
}

/* The network's first block of a height: the chain beside the nodes executes it too. */
static void first_final(struct nw_node *o, const struct weal_chain_block *b) {
    struct node_world *w = o->w;
    struct chain *c = w->chain;
    if (w->finals_n + 1 >= w->finals_cap) {
        w->finals_cap = w->finals_cap * 2 + 256;
        w->finals = realloc(w->finals, w->finals_cap * sizeof *w->finals);
        WEAL_ASSERT(w->finals);
    }
    struct nw_final *f = &w->finals[++w->finals_n];
    memcpy(f->id, b->id, 32);
    memcpy(f->root, b->head.state_root, 32);
    enum weal_verdict v = chain_execute(c, &b->head, b->body);
    if (v != WEAL_ACCEPT) {
        nw_breach(w, "I9: final block %llu does not execute: %s",
                  (unsigned long long)b->head.height, weal_verdict_name(v));
        return;
    }
    if (memcmp(weal_state_root(c->tip), f->root, 32) != 0)
        nw_breach(w, "state root of final block %llu", (unsigned long long)b->head.height);
    if (memcmp(c->tip_id, b->id, 32) != 0)
        nw_breach(w, "id of final block %llu", (unsigned long long)b->head.height);
    w->out->txs += c->result.txs;
    nw_terms_final(w, &b->head);
    const char *what = false_header(w, b);
    if (what)
        nw_breach(w, "the header of final block %llu does not tell its %s",
                  (unsigned long long)b->head.height, what);
    struct people_tx *txs = calloc(c->result.txs + 1u, sizeof *txs);
    WEAL_ASSERT(txs);
    struct weal_body_iter it = weal_body_iter(b->body);
    struct weal_bytes bytes;
    uint32_t n = 0;
    for (; n < c->result.txs && weal_body_next(&it, &bytes); n++) {
        txs[n].bytes = bytes;
        txs[n].code = c->receipts[n].code;
        memcpy(txs[n].id, c->receipts[n].id, 32);
        if (txs[n].code == WEAL_ACCEPT) nw_check_evidence(w, bytes);
        if (b->receipts && n < b->receipts_n && b->receipts[n].code != txs[n].code)
            nw_breach(w, "receipts of block %llu differ", (unsigned long long)b->head.height);
    }
    struct people_block told = {.head = &b->head, .txs = txs, .txs_n = n};
    memcpy(told.id, b->id, 32);
    if (!w->over && w->people->final) w->people->final(w->people_ctx, &told);
    free(txs);
    if (w->finals_n % 64 == 0 && !chain_conserved(c))
        nw_breach(w, "an asset is not conserved at height %llu", (unsigned long long)w->finals_n);
}

static void compare(struct nw_node *o, uint64_t height, const uint8_t id[32],
                    const uint8_t root[32]) {
    const struct nw_final *f = &o->w->finals[height];
    if (memcmp(f->id, id, 32) != 0)
        nw_breach(o->w, "I1: node %u has another final block at height %llu", o->id,
                  (unsigned long long)height);
    else if (root && memcmp(f->root, root, 32) != 0)
        nw_breach(o->w, "I9: node %u has another state root at height %llu", o->id,
                  (unsigned long long)height);
}

void nw_check_final(struct nw_node *o, const struct weal_chain_block *b) {
    struct node_world *w = o->w;
    uint64_t h = b->head.height;
    if (w->over) return;
    nw_note(w, o->id, o->id, 204, h, weal_le32(b->id), "");
    nw_mix(w, h);
    if (h != o->final + 1) {
        nw_breach(w, "L7: node %u delivers height %llu after %llu", o->id, (unsigned long long)h,
                  (unsigned long long)o->final);
        return;
    }
    o->final = h;
    if (h == w->finals_n + 1)
        first_final(o, b);
    else if (h <= w->finals_n)
        compare(o, h, b->id, b->state ? weal_state_root(b->state) : NULL);
    else
        nw_breach(w, "height %llu is final before %llu", (unsigned long long)h,
                  (unsigned long long)w->finals_n + 1);
}

void nw_check_started(struct nw_node *o) {
    struct node_world *w = o->w;
    struct weal_core_stat s;
    weal_core_stat(o->core, &s);
    if (s.final_height < o->promised)
        nw_breach(w, "L: node %u had height %llu final and starts at %llu", o->id,
                  (unsigned long long)o->promised, (unsigned long long)s.final_height);
    /* made final by a log that was synced, by a node that died before it could tell */
    struct weal_chain_block *line[WEAL_STATE_OVERLAYS_MAX];
    size_t n = 0;
    struct weal_chain *chain = weal_core_chain(o->core);
    for (struct weal_chain_block *b = weal_chain_final(chain);
         b && b->head.height > w->finals_n && n < WEAL_STATE_OVERLAYS_MAX; b = b->parent)
        line[n++] = b;
    while (n-- > 0 && !w->over) {
        o->final = line[n]->head.height - 1;
        nw_check_final(o, line[n]);
    }
    o->final = s.final_height;
    if (o->final > w->finals_n) nw_breach(w, "node %u starts above every other", o->id);
    if (o->final != 0 && !w->over)
        compare(o, o->final, weal_chain_final_id(chain),
                weal_state_root(weal_chain_final_state(chain)));
    o->seen_term = o->seen_view = o->seen_set = 0;
}

/* ---- votes and durability ---- */

static struct nw_vote_seen *seen_place(struct node_world *w, const struct weal_vote *v,
                                       uint8_t key) {
    if (w->votes_n * 2 >= w->votes_cap) {
        struct nw_vote_seen *old = w->votes;
        uint32_t cap = w->votes_cap;
        w->votes_cap = cap ? 2 * cap : 4096;
        w->votes = calloc(w->votes_cap, sizeof *w->votes);
        WEAL_ASSERT(w->votes);
        w->votes_n = 0;
        for (uint32_t i = 0; i < cap; i++) {
            if (!old[i].used) continue;
            struct weal_vote same = {.kind = old[i].kind, .term = old[i].term, .view = old[i].view};
            *seen_place(w, &same, old[i].key) = old[i];
            w->votes_n++;
        }
        free(old);
    }
    uint64_t hash = (v->view * 4 + v->kind) * 8 + key + v->term * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t i = (uint32_t)(hash * UINT64_C(0xff51afd7ed558ccd) >> 32) % w->votes_cap;;
         i = (i + 1) % w->votes_cap) {
        struct nw_vote_seen *s = &w->votes[i];
        if (!s->used ||
            (s->view == v->view && s->term == v->term && s->key == key && s->kind == v->kind))
            return s;
    }
}

/* I7, L4: an honest key never contradicts itself, over crashes and lost logs. */
static void check_vote(struct nw_node *o, const struct weal_vote *v) {
    struct node_world *w = o->w;
    if (o->key == NW_KEYS_MAX || v->kind < 1 || v->kind > 3 || v->signer == WEAL_SET_NOBODY ||
        nw_term_place(w, v->term, o->key) != v->signer)
        return; /* another's, passed on */
    if (o->disk.dirty_log != 0)
        nw_breach(w, "L2: node %u sends a vote before its log is synced", o->id);
    struct nw_vote_seen *s = seen_place(w, v, (uint8_t)o->key);
    if (s->used) {
        if (memcmp(s->digest, v->digest, 32) != 0 || s->parent_view != v->parent_view)
            nw_breach(w, "I7: node %u votes twice, kind %u view %llu", o->id, v->kind,
                      (unsigned long long)v->view);
        return;
    }
    *s = (struct nw_vote_seen){.view = v->view,
                               .parent_view = v->parent_view,
                               .term = v->term,
                               .key = (uint8_t)o->key,
                               .kind = v->kind,
                               .used = 1};
    memcpy(s->digest, v->digest, 32);
    w->votes_n++;
    w->terms[v->term].voted |= 1u << o->key;
    if (v->kind == WEAL_VOTE_NOTARIZE) return;
    struct weal_vote other = *v;
    other.kind = v->kind == WEAL_VOTE_NULLIFY ? WEAL_VOTE_FINALIZE : WEAL_VOTE_NULLIFY;
    if (seen_place(w, &other, (uint8_t)o->key)->used)
        nw_breach(w, "I7: node %u nullifies and finalizes view %llu", o->id,
                  (unsigned long long)v->view);
}

void nw_check_send(struct nw_node *o, unsigned type, struct weal_bytes b) {
    const struct weal_p2p_type_info *info = weal_p2p_type_info(type);
    if (o->w->over) return;
    if (!info->name || b.n > info->cap)
        nw_breach(o->w, "node %u sends a message of type %u with %zu bytes", o->id, type, b.n);
    bool honest = nw_honest(o) || o->w->o.believed;
    if (!honest || (type != WEAL_P2P_VOTE && type != WEAL_P2P_PROPOSAL)) return;
    if (type == WEAL_P2P_PROPOSAL) {
        if (o->disk.dirty_log != 0)
            nw_breach(o->w, "L2: node %u proposes before its log is synced", o->id);
        return;
    }
    struct weal_p2p_vote m;
    struct weal_vote v;
    struct weal_rd rd = weal_rd(b);
    weal_p2p_vote_get(&rd, &m);
    if (!weal_rd_done(&rd)) {
        nw_breach(o->w, "node %u sends a vote that is none", o->id);
        return;
    }
    rd = weal_rd(m.vote);
    weal_vote_get(&rd, &v);
    check_vote(o, &v);
}

void nw_check_blame(struct nw_node *o, uint16_t from, enum weal_verdict why) {
    struct node_world *w = o->w;
    if (!nw_honest(o)) return;
    if (nw_honest(&w->node[from])) {
        /* connections keep order and repeat nothing; where the menu makes them, an answer may come
         * twice, or after its question was given up, and a question oftener than it may be asked */
        if ((why == WEAL_V_P2P_UNASKED || why == WEAL_V_P2P_FLOOD) && w->messy) return;
        nw_breach(w, "honest node %u blames honest node %u: %s", o->id, from,
                  weal_verdict_name(why));
        return;
    }
    if (nw_below(w, 4) != 0) return; /* the daemon's patience ends at some point */
    nw_link_down(w, o->id, from);
    nw_at(w, w->now_us + 500000,
          (struct nw_event){.kind = NW_LINK_UP, .node = o->id, .from = from, .arg = NW_NEVER});
}

/* ---- V2 ---- */

static void first_in_view(struct node_world *w, uint32_t term, uint64_t view) {
    if (w->entered_n != 0) {
        uint64_t last = (w->entered_n - 1) % NW_ENTERED_MAX;
        if (term < w->entered[last].term) return;
        if (term == w->entered[last].term && view <= w->entered[last].view) return;
    }
    uint64_t at = w->entered_n++ % NW_ENTERED_MAX;
    w->entered[at].at_us = w->now_us;
    w->entered[at].term = term;
    w->entered[at].view = view;
}

/* How long after the first honest node all are in its view: two messages, each behind a sync, work
 * and execution once, and a retry (check.c has the same for the agreement alone). */
static uint64_t together_us(const struct node_world *w) {
    return 2 * ((uint64_t)w->f.latency_max_us + w->f.sync_max_us) + w->f.work_max_us +
           w->f.apply_max_us + w->pace.retry_ms * UINT64_C(1000);
}
/* And how long after healing everybody has given up the view it was left in. */
uint64_t nw_settled_us(const struct node_world *w) {
    return w->pace.backoff_cap_ms * UINT64_C(1000) + 2 * together_us(w);
}

void nw_check_together(struct node_world *w) {
    uint64_t least = together_us(w), settled = nw_settled_us(w);
    uint64_t n = w->entered_n, oldest = n > NW_ENTERED_MAX ? n - NW_ENTERED_MAX : 0;
    if (!w->healed || w->now_us < w->healed_us + settled) return;
    if (w->upgrade != 0 && w->finals_n + 1 >= w->upgrade) return; /* nobody goes on */
    while (n > oldest && w->entered[(n - 1) % NW_ENTERED_MAX].at_us + least > w->now_us) n--;
    if (n == oldest) return;
    uint64_t at = (n - 1) % NW_ENTERED_MAX;
    for (unsigned i = 0; i < w->nodes_n; i++) {
        const struct nw_node *o = &w->node[i];
        struct weal_bft_status st;
        if (!nw_honest(o) || !o->core || o->started_us + settled > w->now_us) continue;
        weal_bft_status(weal_core_bft(o->core), &st);
        if (st.self == WEAL_SET_NOBODY || st.term != w->entered[at].term) continue;
        if (st.view >= w->entered[at].view) continue;
        if (st.view <= 1 && o->entered_us + settled > w->now_us) continue; /* came late into it */
        nw_breach(w, "V2: node %u is in view %llu, %llu ms after another came to %llu", i,
                  (unsigned long long)st.view,
                  (unsigned long long)(w->now_us - w->entered[at].at_us) / 1000,
                  (unsigned long long)w->entered[at].view);
    }
}

/* ---- a node between two turns ---- */

void nw_check_node(struct nw_node *o) {
    struct node_world *w = o->w;
    struct weal_core_stat s;
    struct weal_bft_status st;
    if (w->over) return;
    weal_core_stat(o->core, &s);
    weal_bft_status(weal_core_bft(o->core), &st);
    if (s.final_height != o->final)
        nw_breach(w, "node %u says height %llu is final and delivered %llu", o->id,
                  (unsigned long long)s.final_height, (unsigned long long)o->final);
    if (st.term < o->seen_term || (st.term == o->seen_term && st.view < o->seen_view))
        nw_breach(w, "L1: node %u goes back from view %llu of term %llu", o->id,
                  (unsigned long long)o->seen_view, (unsigned long long)o->seen_term);
    nw_check_set(o, st.term, st.self);
    if (st.term != o->seen_term || st.view != o->seen_view) {
        o->entered_us = w->now_us;
        if (nw_honest(o)) first_in_view(w, st.term, st.view);
    }
    o->seen_term = st.term;
    o->seen_view = st.view;
    if (!weal_chain_unsynced(weal_core_chain(o->core)) && o->final > o->promised)
        o->promised = o->final;
    if (nw_honest(o) && st.alarm != WEAL_BFT_ALARM_NONE)
        nw_breach(w, "node %u: alarm %s", o->id, weal_bft_alarm_name(st.alarm));
    if (w->upgrade != 0 && o->final >= w->upgrade)
        nw_breach(w, "node %u goes past an upgrade it does not know", o->id);
    if (s.apply_lag > APPLY_LAG_MAX)
        nw_breach(w, "node %u has %u blocks that are not applied", o->id, s.apply_lag);
    uint64_t bound = HEAP_BASE + HEAP_HEIGHT * (w->finals_n + 64) + HEAP_VIEW * st.view;
    if (o->backup.kv) bound *= 2;
    if (o->heap.bytes > bound)
        nw_breach(w, "node %u: storage holds %llu bytes at height %llu", o->id,
                  (unsigned long long)o->heap.bytes, (unsigned long long)w->finals_n);
}

/* ---- at the end ---- */

void nw_check_served(struct nw_node *o, unsigned type, struct weal_bytes b) {
    static struct weal_p2p_blocks m; /* some kilobytes; one thread */
    uint8_t id[32];
    struct weal_rd rd = weal_rd(b);
    if (type != WEAL_P2P_BLOCKS) return;
    weal_p2p_blocks_get(&rd, &m);
    o->served = weal_rd_done(&rd) && m.blocks_n != 0;
    for (uint16_t i = 0; o->served && i < m.blocks_n; i++) {
        weal_header_id(id, m.blocks[i].header);
        o->served = memcmp(id, o->w->finals[m.from + i].id, 32) == 0;
    }
}

/* In the set or not, every node gives its last blocks to a stranger. */
static void serves(struct nw_node *o) {
    uint8_t buf[WEAL_P2P_CAP_REQUEST];
    struct weal_wr wr = weal_wr(buf, sizeof buf);
    struct weal_p2p_block_get m = {
        .request = 1, .from = o->final > 40 ? o->final - 40 : 1, .count = WEAL_P2P_SYNC_BLOCKS};
    weal_p2p_block_get_put(&wr, &m);
    o->served = false;
    weal_core_message(o->core, NW_ASKER, WEAL_P2P_BLOCK_GET, weal_wr_done(&wr));
    if (!o->served) nw_breach(o->w, "node %u does not give its last blocks", o->id);
}

void nw_check_end(struct node_world *w) {
    for (unsigned i = 0; i < w->nodes_n; i++)
        if (w->node[i].core && nw_honest(&w->node[i]) && i != w->fragile) serves(&w->node[i]);
    if (!chain_conserved(w->chain)) nw_breach(w, "an asset is not conserved at the end");
    if (!w->over && w->people->check) w->people->check(w->people_ctx);
}
