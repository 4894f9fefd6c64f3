/* SPDX-License-Identifier: ISC */
/* Looking at everything that is stored, against everything else that says the same. Each check goes
 * on after a finding, so that one report shows the whole damage. */
#include "storage/fsck.h"

#include "crypto/tree/tree.h"
#include "storage/block_int.h"
#include "storage/tree_int.h"
#include "storage/wal_int.h"

struct fsck {
    const struct weal_fsck_config *c;
    struct weal_kv_snap *snap; /* for walks */
    struct weal_kv_snap *side; /* for single reads; damage ends neither the other's use */
    struct weal_applied applied;
    uint64_t findings;
    uint64_t bare, bare_all; /* blocks without a certificate of their own: in a row, all */
};

/* ---- reporting ---- */

static struct weal_wr line(char buf[256]) {
    return weal_wr(buf, 255);
}

static void say(struct fsck *f, bool bad, struct weal_wr *w) {
    w->p[w->n] = 0;
    if (bad) f->findings++;
    if (f->c->report) f->c->report(f->c->ctx, bad, (const char *)w->p);
}

static void say_text(struct fsck *f, bool bad, const char *text) {
    char buf[256];
    struct weal_wr w = line(buf);
    weal_wr_text(&w, text);
    say(f, bad, &w);
}

static void say_count(struct fsck *f, bool bad, const char *text, uint64_t n) {
    char buf[256];
    struct weal_wr w = line(buf);
    weal_wr_text(&w, text);
    weal_wr_text(&w, ": ");
    weal_wr_dec(&w, n);
    say(f, bad, &w);
}

static void say_key(struct fsck *f, const char *text, struct weal_bytes key) {
    char buf[256];
    struct weal_wr w = line(buf);
    weal_wr_text(&w, text);
    weal_wr_text(&w, ": key ");
    weal_wr_hex(&w, key.p, key.n < 80 ? key.n : 80);
    say(f, true, &w);
}

/* The database can't be read on where it is damaged: a finding, and the next check, with a snapshot
 * that has met no damage yet. */
static enum weal_err end_of_table(struct fsck *f, enum weal_err e, const char *text) {
    if (e == WEAL_ERR_NOT_FOUND) return WEAL_OK;
    if (e != WEAL_ERR_CORRUPT) return e;
    say_text(f, true, text);
    return weal_kv_snap_refresh(f->snap);
}

/* ---- state ---- */

static enum weal_err check_values(struct fsck *f) {
    struct weal_bytes key, value, leaf;
    uint64_t values = 0, leaves = 0;
    enum weal_err e = weal_kv_seek(f->snap, WEAL_KV_STATE, weal_bytes(NULL, 0), &key, &value);
    for (; e == WEAL_OK; e = weal_kv_step(f->snap, WEAL_KV_STATE, &key, &value)) {
        uint8_t key_hash[32], value_hash[32];
        weal_tree_key(key_hash, key);
        weal_tree_value(value_hash, value);
        values++;
        e = weal_kv_get(f->side, WEAL_KV_LEAF, WEAL_BYTES(key_hash), &leaf);
        if (e == WEAL_ERR_NOT_FOUND) {
            say_key(f, "state: a value has no leaf", key);
        } else if (e == WEAL_ERR_CORRUPT) {
            say_key(f, "state: the leaf of a value cannot be read", key);
            e = weal_kv_snap_refresh(f->side);
            if (e != WEAL_OK) return e;
        } else if (e != WEAL_OK) {
            return e;
        } else if (!weal_bytes_equal_var(leaf, WEAL_BYTES(value_hash))) {
            say_key(f, "state: a value is not the one of its leaf", key);
        }
    }
    e = end_of_table(f, e, "state: the table of values cannot be read to its end");
    if (e != WEAL_OK) return e;
    e = weal_kv_count(f->snap, WEAL_KV_LEAF, &leaves);
    if (e != WEAL_OK) return e;
    if (leaves != values) say_count(f, true, "state: leaves without a value, or more", leaves);
    say_count(f, false, "state: values checked against their leaves", values);
    return WEAL_OK;
}

static enum weal_err check_root(struct fsck *f) {
    struct weal_tree_pool pool;
    struct weal_tree_builder b;
    struct weal_tree_ref top;
    struct weal_bytes key, value;
    enum weal_err e = weal_tree_pool_init(&pool, &f->c->mem, UINT32_C(1) << 26);
    if (e != WEAL_OK) return e;
    weal_tree_build(&b, &pool, 0);
    e = weal_kv_seek(f->snap, WEAL_KV_LEAF, weal_bytes(NULL, 0), &key, &value);
    for (; e == WEAL_OK; e = weal_kv_step(f->snap, WEAL_KV_LEAF, &key, &value)) {
        struct weal_tree_leaf leaf;
        if (key.n != 32 || value.n != 32) {
            say_key(f, "state: a leaf has a wrong length", key);
            continue;
        }
        memcpy(leaf.key, key.p, 32);
        memcpy(leaf.value, value.p, 32);
        weal_tree_build_add(&b, &leaf);
    }
    enum weal_err built = weal_tree_build_end(&b, &top);
    weal_tree_pool_release(&pool);
    e = end_of_table(f, e, "state: the table of leaves cannot be read to its end");
    if (e != WEAL_OK) return e;
    if (built != WEAL_OK) return built;
    if (memcmp(top.node.hash, f->applied.root, 32) != 0) {
        say_text(f, true, "state: the leaves do not lead to the root that was committed");
    } else {
        say_text(f, false, "state: the leaves lead to the root that was committed");
    }
    return WEAL_OK;
}

/* ---- tables nothing else reads through ---- */

static enum weal_err check_table(struct fsck *f, enum weal_kv_table t, const char *name) {
    struct weal_bytes key, value;
    uint64_t records = 0, count = 0;
    char buf[256];
    struct weal_wr w = line(buf);
    enum weal_err e = weal_kv_seek(f->snap, t, weal_bytes(NULL, 0), &key, &value);
    for (; e == WEAL_OK; e = weal_kv_step(f->snap, t, &key, &value)) records++;
    bool whole = e == WEAL_ERR_NOT_FOUND;
    if (!whole && e != WEAL_ERR_CORRUPT) return e;
    e = whole ? weal_kv_count(f->snap, t, &count) : weal_kv_snap_refresh(f->snap);
    if (e != WEAL_OK || (whole && count == records)) return e;
    weal_wr_text(&w, "database: a damaged table, ");
    weal_wr_text(&w, name);
    weal_wr_text(&w, ", readable records ");
    weal_wr_dec(&w, records);
    say(f, true, &w);
    return WEAL_OK;
}

static enum weal_err check_tables(struct fsck *f) {
    static const char *const name[] = {
#define X(id, name, doc) name,
        WEAL_KV_TABLES(X)
#undef X
    };
    enum weal_err e = WEAL_OK;
    for (int t = 0; t < WEAL_KV_TABLE_COUNT && e == WEAL_OK; t++) {
        e = check_table(f, (enum weal_kv_table)t, name[t]);
    }
    return e;
}

/* ---- blocks ---- */

static enum weal_err check_block(struct fsck *f, uint64_t height, uint8_t **buf, size_t *cap) {
    struct weal_block_where where;
    struct weal_block_read got;
    enum weal_err e = weal_block_index_get(f->side, height, &where);
    if (e == WEAL_ERR_NOT_FOUND || e == WEAL_ERR_CORRUPT) {
        say_count(f, true, "blocks: the index has no good record of height", height);
        return weal_kv_snap_refresh(f->side);
    }
    if (e != WEAL_OK) return e;
    if (height == f->applied.height && memcmp(where.id, f->applied.id, 32) != 0) {
        say_count(f, true, "blocks: the applied block is another one than at height", height);
    }
    size_t n = (size_t)where.body.size + where.cert.size;
    if (n > *cap) {
        f->c->mem.give(f->c->mem.ctx, *buf);
        *cap = 0;
        *buf = f->c->mem.take(f->c->mem.ctx, n);
        if (!*buf) return WEAL_ERR_NO_MEMORY;
        *cap = n;
    }
    e = weal_block_read(f->c->blocks, &where, *buf, *cap, &got);
    if (e == WEAL_ERR_CORRUPT || e == WEAL_ERR_NOT_FOUND) {
        say_count(f, true, "blocks: missing or damaged at height", height);
        return WEAL_OK;
    }
    if (e != WEAL_OK) return e;
    /* a block without a certificate of its own is final by that of a descendant, not far above */
    f->bare = got.cert.n == 0 ? f->bare + 1 : 0;
    f->bare_all += got.cert.n == 0;
    if (f->bare == WEAL_STATE_UNFINAL_MAX + 1) {
        say_count(f, true, "blocks: too many in a row without a certificate, to height", height);
    }
    return WEAL_OK;
}

/* Heights from the lowest that is indexed (older ones may have been pruned) to the applied one. */
static enum weal_err check_blocks(struct fsck *f) {
    struct weal_bytes key, value;
    uint8_t *buf = NULL;
    size_t cap = 0;
    if (!f->c->blocks) return WEAL_OK;
    enum weal_err e = weal_kv_seek(f->snap, WEAL_KV_BLOCK, weal_bytes(NULL, 0), &key, &value);
    if (e == WEAL_OK && key.n != 8) {
        say_key(f, "blocks: the index has a key of another length", key);
        return WEAL_OK;
    }
    if (e != WEAL_OK) return end_of_table(f, e, "blocks: the index cannot be read");
    uint64_t first = weal_be64(key.p), h = first, count = 0;
    e = weal_kv_count(f->snap, WEAL_KV_BLOCK, &count);
    uint64_t span = f->applied.height - first;
    if (e == WEAL_OK && (f->applied.height < first || span > count)) {
        say_count(f, true, "blocks: heights are missing in the index, which begins at", first);
        span = count;
    }
    for (; e == WEAL_OK && h - first <= span; h++) {
        e = check_block(f, h, &buf, &cap);
    }
    f->c->mem.give(f->c->mem.ctx, buf);
    if (e != WEAL_OK) return e;
    say_count(f, false, "blocks: read back", h - first);
    if (f->bare_all != 0) say_count(f, false, "blocks: final by a descendant", f->bare_all);
    return WEAL_OK;
}

static enum weal_err block_seen(void *ctx, const struct weal_block_head *head,
                                struct weal_block_place place) {
    (void)head;
    (void)place;
    ++*(uint64_t *)ctx;
    return WEAL_OK;
}

static enum weal_err check_segments(struct fsck *f) {
    uint32_t least, count;
    uint64_t records = 0;
    if (!f->c->blocks) return WEAL_OK;
    enum weal_err e = weal_block_segments(f->c->blocks, &least, &count);
    if (e == WEAL_ERR_CORRUPT) say_text(f, true, "blocks: a segment file is missing");
    if (e != WEAL_OK) return e == WEAL_ERR_CORRUPT ? WEAL_OK : e;
    for (uint32_t i = 0; i < count; i++) {
        char name[WEAL_FILE_NAME_MAX + 1];
        struct weal_block_scan scan;
        struct weal_file *file;
        weal_block_segment_name(name, least + i);
        e = weal_file_open(f->c->blocks, name, false, &file);
        if (e != WEAL_OK) return e;
        e = weal_block_walk(file, least + i, block_seen, &records, &scan);
        weal_file_close(file);
        if (e != WEAL_OK) return e;
        /* no finding: a block of the database among them was named above, and a later one is
         * fetched again */
        if (scan.damaged != 0)
            say_count(f, false, "blocks: bytes of no record in segment", least + i);
        if (scan.dirt > scan.end) {
            bool bad = i + 1 < count;
            say_count(f, bad, bad ? "blocks: an old segment is torn" : "blocks: torn tail, bytes",
                      bad ? least + i : scan.dirt - scan.end);
        }
    }
    say_count(f, false, "blocks: whole records in the segments", records);
    return WEAL_OK;
}

/* ---- log ---- */

struct log_end {
    uint64_t records, next_lsn;
};

static enum weal_err record_seen(void *ctx, const struct weal_wal_entry *record) {
    struct log_end *end = ctx;
    end->records++;
    end->next_lsn = record->lsn + 1;
    return WEAL_OK;
}

/* One segment, read whole; what is wrong with it is said. */
static enum weal_err check_log_segment(struct fsck *f, uint64_t seq, bool first, bool last,
                                       struct log_end *end) {
    char name[WEAL_FILE_NAME_MAX + 1];
    struct weal_file *file;
    uint64_t size, first_lsn = 0;
    struct weal_wal_config c = {.disk = f->c->wal, .mem = f->c->mem};
    memcpy(c.instance, f->c->instance, sizeof c.instance);
    weal_wal_segment_name(name, seq);
    enum weal_err e = weal_file_open(f->c->wal, name, false, &file);
    if (e != WEAL_OK) return e;
    e = weal_file_size(file, &size);
    if (e == WEAL_OK && size > WEAL_WAL_SEGMENT_MAX) e = WEAL_ERR_CORRUPT;
    uint8_t *buf = e == WEAL_OK ? f->c->mem.take(f->c->mem.ctx, (size_t)size + 1) : NULL;
    if (e == WEAL_OK && !buf) e = WEAL_ERR_NO_MEMORY;
    size_t got = 0;
    if (e == WEAL_OK) e = weal_file_read(file, 0, buf, (size_t)size, &got);
    weal_file_close(file);
    struct weal_wal_walk walk = {0};
    if (e == WEAL_OK) e = weal_wal_head_get(weal_bytes(buf, got), &c, seq, &first_lsn);
    if (e == WEAL_OK) {
        if (!first && first_lsn != end->next_lsn) {
            say_count(f, true, "log: records are missing before segment", seq);
        }
        walk.next_lsn = end->next_lsn = first_lsn;
        e = weal_wal_walk(weal_bytes(buf, got), weal_wal_seed(&c, seq), record_seen, end, &walk);
        end->next_lsn = walk.next_lsn;
        if (walk.hole) say_count(f, true, "log: a synced record is damaged, lsn", walk.next_lsn);
        if (!walk.hole && walk.dirt > walk.end && last) {
            say_count(f, false, "log: torn tail, bytes", walk.dirt - walk.end);
        }
    }
    f->c->mem.give(f->c->mem.ctx, buf);
    return e;
}

struct log_row {
    uint64_t least, most, count;
};

static void log_name(void *ctx, const char *name) {
    struct log_row *r = ctx;
    uint8_t be[8];
    if (strlen(name) != 20 || memcmp(name, "wal-", 4) != 0) return;
    if (!weal_hex_read(name + 4, 16, be, sizeof be)) return;
    uint64_t seq = weal_be64(be);
    if (r->count == 0 || seq < r->least) r->least = seq;
    if (r->count == 0 || seq > r->most) r->most = seq;
    r->count++;
}

static enum weal_err check_log(struct fsck *f) {
    struct log_row row = {0};
    struct log_end end = {0};
    if (!f->c->wal) return WEAL_OK;
    enum weal_err e = weal_file_list(f->c->wal, log_name, &row);
    if (e != WEAL_OK) return e;
    if (row.count == 0) {
        say_text(f, true, "log: there is none; the node will not vote before the next term");
        return WEAL_OK;
    }
    if (row.most - row.least != row.count - 1) say_text(f, true, "log: a segment is missing");
    bool first = true;
    for (uint64_t seq = row.least; seq - row.least <= row.most - row.least; seq++) {
        e = check_log_segment(f, seq, first, seq == row.most, &end);
        if (e == WEAL_ERR_NOT_FOUND) continue;
        if (e == WEAL_ERR_CORRUPT) say_count(f, true, "log: damaged head of segment", seq);
        if (e == WEAL_ERR_INVALID) say_count(f, true, "log: of another instance, segment", seq);
        if (e == WEAL_ERR_VERSION) say_count(f, true, "log: of another version, segment", seq);
        if (e != WEAL_OK && e != WEAL_ERR_CORRUPT && e != WEAL_ERR_INVALID &&
            e != WEAL_ERR_VERSION) {
            return e;
        }
        first = e != WEAL_OK;
    }
    say_count(f, false, "log: whole records", end.records);
    return WEAL_OK;
}

static enum weal_err check_database(struct fsck *f) {
    enum weal_err e = weal_applied_read(f->snap, &f->applied);
    if (e == WEAL_ERR_CORRUPT) {
        say_text(f, true, "state: the record of the applied block is damaged");
        f->applied = (struct weal_applied){.height = WEAL_STATE_NO_HEIGHT};
        e = weal_kv_snap_refresh(f->snap);
    } else if (e == WEAL_OK && f->applied.height == WEAL_STATE_NO_HEIGHT) {
        say_text(f, false, "state: empty, no block is applied");
    } else if (e == WEAL_OK) {
        say_count(f, false, "state: applied height", f->applied.height);
    }
    if (e == WEAL_OK) e = check_values(f);
    if (e == WEAL_OK) e = check_root(f);
    if (e == WEAL_OK) e = check_tables(f);
    if (e == WEAL_OK) e = check_blocks(f);
    return e;
}

enum weal_err weal_fsck(const struct weal_fsck_config *c, uint64_t *findings) {
    struct fsck f = {.c = c};
    *findings = 0;
    enum weal_err e = weal_kv_snap_open(c->kv, &f.snap);
    if (e == WEAL_OK) e = weal_kv_snap_open(c->kv, &f.side);
    if (e == WEAL_OK) e = check_database(&f);
    weal_kv_snap_close(f.snap);
    weal_kv_snap_close(f.side);
    if (e == WEAL_ERR_CORRUPT) {
        say_text(&f, true, "state: the database cannot be read further");
        e = WEAL_OK;
    }
    if (e == WEAL_OK) e = check_segments(&f);
    if (e == WEAL_OK) e = check_log(&f);
    *findings = f.findings;
    return e != WEAL_OK ? e : f.findings != 0 ? WEAL_ERR_CORRUPT : WEAL_OK;
}
