/* SPDX-License-Identifier: ISC */
/* Terms: who votes, who leads, and the block all of it stands on. What is read here is believed by
 * the whole agreement, so each record is held against the state's root before it is used, and what
 * has rotted is made again where that can be done: one bit by trying each, the beacon from the
 * headers of the term before, members from a neighbouring term. Only what the root confirms is
 * written. A start does that before it executes anything; a running node that meets such damage
 * ends, and is started again. */
#include "node/core/core_int.h"

#include <stdlib.h>

#include "consensus/light/cert.h"
#include "crypto/ring/ring.h"

/* ---- the block before a term ---- */

/* The header alone, out of a damaged record: most of a record is body, and the id says whether what
 * stands there is the header. */
static bool header_peek(struct weal_core *c, const struct weal_block_where *where,
                        struct weal_header *out) {
    uint8_t buf[WEAL_HEADER_SIZE_MAX], id[32];
    size_t n;
    if (weal_block_peek(c->cfg.disk, where, buf, sizeof buf, &n) != WEAL_OK) return false;
    struct weal_rd rd = weal_rd(weal_bytes(buf, n));
    weal_header_get(&rd, out);
    if (rd.failed) return false;
    weal_header_id(id, weal_bytes(buf, n - rd.n));
    return memcmp(id, where->id, 32) == 0;
}

static bool header_read(struct weal_core *c, struct weal_kv_snap *snap, uint64_t height,
                        struct weal_block_where *where, struct weal_header *out) {
    struct weal_block_read read;
    void *buf;
    if (weal_block_index_get(snap, height, where) != WEAL_OK) return false;
    if (!core_applied_read(c, where, &buf, &read)) return header_peek(c, where, out);
    struct weal_rd rd = weal_rd(read.header);
    weal_header_get(&rd, out);
    free(buf);
    return weal_rd_done(&rd);
}

/* The id at this height, if both tables of the index say it: their pages have no sums. */
static bool id_read(struct weal_kv_snap *snap, uint64_t height, uint8_t id[32]) {
    struct weal_block_where by_height, by_id;
    if (weal_block_index_get(snap, height, &by_height) != WEAL_OK ||
        weal_block_index_get_id(snap, by_height.id, &by_id) != WEAL_OK || by_id.height != height)
        return false;
    memcpy(id, by_height.id, 32);
    return true;
}

static enum weal_err term_read(struct weal_core *c, const struct weal_view *at, uint32_t term,
                               struct weal_st_term *st) {
    uint8_t key[WEAL_EXEC_KEY_MAX];
    enum weal_err e = weal_exec_whole(at, weal_exec_key(key, WEAL_EXEC_TERM, term));
    if (e == WEAL_OK && !weal_exec_term(at, term, st)) e = WEAL_ERR_CORRUPT;
    if (e != WEAL_OK) {
        core_log(c, WEAL_HOST_ERROR, "record-damaged", "record=term term=%u error=%s", term,
                 weal_err_name(e));
    }
    return e;
}

/* A damaged boundary is asked of peers like any block, but there are no peers yet when a start
 * needs it. All the agreement wants of it is written elsewhere too. */
static bool boundary_without(struct weal_core *c, struct weal_kv_snap *snap,
                             const struct weal_view *at, uint32_t term, struct weal_bft_block *out,
                             struct weal_st_term *before) {
    if (term == 0 || !id_read(snap, out->height, out->id) ||
        !id_read(snap, out->height - 1, out->parent) ||
        term_read(c, at, term - 1, before) != WEAL_OK || before->end_ms == 0)
        return false;
    out->time_ms = before->end_ms;
    core_log(c, WEAL_HOST_WARN, "boundary-from-records", "height=%llu",
             (unsigned long long)out->height);
    return true;
}

static bool boundary_read(struct weal_core *c, const struct weal_view *at, uint32_t term,
                          uint64_t height, struct weal_bft_block *out) {
    *out = (struct weal_bft_block){.height = height};
    if (height == 0) {
        memcpy(out->id, c->cfg.chain_id, 32);
        return true;
    }
    struct weal_chain_block *b = weal_chain_final(c->chain);
    while (b && b->head.height > height) b = b->parent;
    if (b && b->head.height == height) {
        memcpy(out->id, b->id, 32);
        memcpy(out->parent, b->head.parent, 32);
        out->time_ms = b->head.time_ms;
        return true;
    }
    struct weal_kv_snap *snap;
    struct weal_block_where where;
    struct weal_header h;
    if (weal_kv_snap_open(c->cfg.kv, &snap) != WEAL_OK) return false;
    bool ok = header_read(c, snap, height, &where, &h);
    if (ok) {
        memcpy(out->id, where.id, 32);
        memcpy(out->parent, h.parent, 32);
        out->time_ms = h.time_ms;
    } else {
        struct weal_st_term *before = malloc(sizeof *before);
        ok = before && boundary_without(c, snap, at, term, out, before);
        free(before);
    }
    weal_kv_snap_close(snap);
    return ok;
}

/* ---- the present term ---- */

static void set_take(struct weal_set *set, const struct weal_st_term *st) {
    set->n = st->members_n;
    for (uint16_t i = 0; i < st->members_n; i++) {
        memcpy(set->v[i].account, st->members[i].account, 32);
        memcpy(set->v[i].seat, st->members[i].seat, 32);
        set->v[i].weight = st->members[i].weight;
    }
}

bool core_term_load(struct weal_core *c, uint32_t term) {
    struct weal_view at;
    struct weal_st_term *st = malloc(sizeof *st);
    bool ok = st && weal_chain_look(c->chain, weal_chain_final_state(c->chain), &at) == WEAL_OK &&
              term_read(c, &at, term, st) == WEAL_OK;
    if (ok) {
        set_take(&c->set, st);
        ok = weal_set_check(&c->set) == WEAL_ACCEPT &&
             boundary_read(c, &at, term, st->first - 1, &c->term.boundary);
    }
    if (ok) {
        weal_set_leaders(c->leaders, &c->set, term, st->beacon);
        c->term.term = term;
        c->term.set = &c->set;
        c->term.leaders = c->leaders;
        c->term.self = weal_is_zero32(c->cfg.account) ? (uint16_t)WEAL_SET_NOBODY
                                                      : weal_set_find_var(&c->set, c->cfg.account);
        c->term.last_height = ((st->first - 1) / c->term_blocks + 1) * c->term_blocks;
        c->certs = (struct weal_cert_context){c->cfg.chain_id, term, &c->set, &c->sig_cache};
        core_log(c, WEAL_HOST_INFO, "term", "term=%u validators=%u self=%d last_height=%llu", term,
                 c->set.n, c->term.self == WEAL_SET_NOBODY ? -1 : c->term.self,
                 (unsigned long long)c->term.last_height);
    }
    free(st);
    return ok;
}

bool core_term_set(struct weal_core *c, uint32_t term, struct weal_set *set) {
    struct weal_view at;
    struct weal_st_term *st = malloc(sizeof *st);
    bool ok = st && weal_chain_look(c->chain, weal_chain_final_state(c->chain), &at) == WEAL_OK &&
              term_read(c, &at, term, st) == WEAL_OK;
    if (ok) {
        set_take(set, st);
        ok = weal_set_check(set) == WEAL_ACCEPT;
    }
    free(st);
    return ok;
}

void core_term_over(struct weal_core *c) {
    if (weal_chain_final_height(c->chain) < c->term.last_height) return;
    if (!core_term_load(c, c->term.term + 1)) {
        core_fail(c, WEAL_ERR_CORRUPT, "term");
        return;
    }
    core_step(c, &(struct weal_bft_event){.kind = WEAL_BFT_TERM, .u.term = &c->term});
}

/* ---- what has rotted, made again ---- */

struct mender {
    struct weal_core *c;
    struct weal_view at;
    struct weal_kv_snap *snap;
    uint64_t height, term_blocks;
    struct weal_st_term rec, near; /* the one to be made again; a neighbour of it */
    struct weal_set set;
    uint8_t bytes[WEAL_ST_TERM_SIZE_MAX];
};

static bool near_read(struct mender *m, uint32_t term) {
    uint8_t key[WEAL_EXEC_KEY_MAX];
    return weal_exec_whole(&m->at, weal_exec_key(key, WEAL_EXEC_TERM, term)) == WEAL_OK &&
           weal_exec_term(&m->at, term, &m->near);
}

/* The beacon at the term's start: that of the term before, moved on by its headers. */
static bool beacon_again(struct mender *m, uint32_t term, uint8_t beacon[32]) {
    uint64_t last = term * m->term_blocks;
    memset(beacon, 0, 32);
    if (m->height < last) return true; /* it has not begun */
    memcpy(beacon, m->c->cfg.chain_id, 32);
    if (term == 0) return true;
    if (term > 1) {
        if (!near_read(m, term - 1)) return false;
        memcpy(beacon, m->near.beacon, 32);
    }
    for (uint64_t h = last - m->term_blocks + 1; h <= last; h++) {
        struct weal_block_where where;
        struct weal_header head;
        if (!header_read(m->c, m->snap, h, &where, &head)) return false;
        weal_beacon_next(beacon, beacon, head.beacon_tag);
    }
    return true;
}

static bool end_again(struct mender *m, uint32_t term, uint64_t *end_ms) {
    struct weal_block_where where;
    struct weal_header head;
    uint64_t last = (term + (uint64_t)1) * m->term_blocks;
    *end_ms = 0;
    if (m->height < last) return true;
    if (!header_read(m->c, m->snap, last, &where, &head)) return false;
    *end_ms = head.time_ms;
    return true;
}

static bool put(struct mender *m, struct weal_bytes key, struct weal_bytes value) {
    struct weal_kv *kv = m->c->cfg.kv;
    if (weal_kv_batch_begin(kv) != WEAL_OK) return false;
    if (weal_kv_put(kv, WEAL_KV_STATE, key, value, false) != WEAL_OK) {
        weal_kv_abandon(kv);
        return false;
    }
    return weal_kv_commit(kv) == WEAL_OK;
}

static bool put_if_right(struct mender *m, struct weal_bytes key) {
    struct weal_wr w = weal_wr(m->bytes, sizeof m->bytes);
    set_take(&m->set, &m->rec);
    weal_set_hash(m->rec.set_hash, &m->set);
    weal_st_term_put(&w, &m->rec);
    return !w.failed && weal_exec_would_be(&m->at, key, weal_wr_done(&w)) &&
           put(m, key, weal_wr_done(&w));
}

/* Takes the keys of those members who sat in the neighbouring term too; weights change oftener. */
static void keys_take(struct mender *m) {
    for (uint16_t i = 0; i < m->rec.members_n; i++) {
        struct weal_st_member *to = &m->rec.members[i];
        for (uint16_t k = 0; k < m->near.members_n; k++) {
            const struct weal_st_member *from = &m->near.members[k];
            if (memcmp(to->seat, from->seat, 32) != 0 &&
                memcmp(to->account, from->account, 32) != 0)
                continue;
            memcpy(to->seat, from->seat, 32);
            memcpy(to->account, from->account, 32);
        }
    }
}

enum { OWN, OWN_KEYS_BEFORE, BEFORE, OWN_KEYS_AFTER, AFTER, GUESSES };

/* Whose members they may have been: its own, or those of the term before or after, or its own with
 * the keys of those. */
static bool members_guess(struct mender *m, uint32_t term, int guess) {
    bool after = guess == OWN_KEYS_AFTER || guess == AFTER;
    if (guess != OWN) {
        if ((term == 0 && !after) || !near_read(m, after ? term + 1 : term - 1)) return false;
    }
    if (guess == BEFORE || guess == AFTER) {
        m->rec = m->near;
        return true;
    }
    if (!weal_exec_term(&m->at, term, &m->rec)) return false;
    if (guess != OWN) keys_take(m);
    return true;
}

/* Whether the record of this term stands in the database as the root says, afterwards. */
static bool term_again(struct mender *m, struct weal_bytes key, uint32_t term) {
    uint8_t beacon[32];
    uint64_t end_ms;
    bool has_beacon = beacon_again(m, term, beacon), has_end = end_again(m, term, &end_ms);
    for (int guess = OWN; guess < GUESSES; guess++) {
        if (!members_guess(m, term, guess)) continue;
        m->rec.first = term * m->term_blocks + 1;
        if (has_beacon) memcpy(m->rec.beacon, beacon, 32);
        if (has_end) m->rec.end_ms = end_ms;
        if (put_if_right(m, key)) return true;
    }
    return false;
}

static bool one_bit_again(struct mender *m, struct weal_bytes key) {
    struct weal_bytes value;
    if (weal_view_get(&m->at, key, &value) != WEAL_OK || value.n > sizeof m->bytes) return false;
    memcpy(m->bytes, value.p, value.n);
    return weal_exec_one_bit(&m->at, key, m->bytes, value.n) &&
           put(m, key, weal_bytes(m->bytes, value.n));
}

/* Afterwards the record is whole, or the log says that it can't be made so. */
static enum weal_err record_mend(struct mender *m, enum weal_exec_record record, uint32_t term) {
    static const char *const name[] = {
        [WEAL_EXEC_PARAMS] = "params", [WEAL_EXEC_CHAIN] = "chain", [WEAL_EXEC_TERM] = "term"};
    uint8_t key_bytes[WEAL_EXEC_KEY_MAX];
    struct weal_bytes key = weal_exec_key(key_bytes, record, term);
    enum weal_err e = weal_exec_whole(&m->at, key);
    if (e == WEAL_ERR_NOT_FOUND && record == WEAL_EXEC_TERM) return WEAL_OK;
    if (e != WEAL_ERR_CORRUPT) return e == WEAL_ERR_NOT_FOUND ? WEAL_ERR_CORRUPT : e;
    bool again = one_bit_again(m, key) || (record == WEAL_EXEC_TERM && term_again(m, key, term));
    core_log(m->c, again ? WEAL_HOST_WARN : WEAL_HOST_ERROR,
             again ? "record-mended" : "record-damaged", "record=%s term=%u", name[record], term);
    return again ? weal_reader_refresh(m->at.reader) : e;
}

static enum weal_err records_mend(struct mender *m) {
    struct weal_params params;
    struct weal_st_chain chain;
    enum weal_err e = record_mend(m, WEAL_EXEC_PARAMS, 0);
    if (e == WEAL_OK) e = record_mend(m, WEAL_EXEC_CHAIN, 0);
    if (e != WEAL_OK) return e;
    if (!weal_exec_params(&m->at, &params) || !weal_exec_chain(&m->at, &chain))
        return WEAL_ERR_CORRUPT;
    m->height = chain.height;
    m->term_blocks = params.term_blocks;
    for (uint32_t t = chain.term == 0 ? 0 : chain.term - 1; e == WEAL_OK && t <= chain.term + 1;
         t++) {
        e = record_mend(m, WEAL_EXEC_TERM, t);
    }
    return e;
}

enum weal_err core_records_mend(struct weal_core *c, struct weal_state *base) {
    struct mender *m = calloc(1, sizeof *m);
    struct weal_reader reader;
    if (!m) return WEAL_ERR_NO_MEMORY;
    m->c = c;
    enum weal_err e = weal_reader_open(&reader, c->store);
    if (e == WEAL_OK) {
        e = weal_view_open(&m->at, base, &reader);
        if (e == WEAL_OK) e = weal_kv_snap_open(c->cfg.kv, &m->snap);
        if (e == WEAL_OK) e = records_mend(m);
        weal_kv_snap_close(m->snap);
        weal_reader_close(&reader);
    }
    free(m);
    return e;
}
