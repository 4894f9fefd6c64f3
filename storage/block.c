/* SPDX-License-Identifier: ISC */
/* Writing block segments and knowing where the recent blocks lie. A record is written at once and
 * counts as durable when a sync that began after it has ended well. The index in memory is a table
 * with open addressing, rebuilt when old blocks are forgotten. */
#include "crypto/base/bug.h"
#include "storage/block_int.h"

enum { RECENT = 1 << 18, HEIGHTS = 4096, ROOM_STEP = 4 << 20, FIRST_MASK = 1023 };
enum { RECORD_MAX = WEAL_BLOCK_RECORD_HEAD + WEAL_BLOCK_HEADER_MAX + WEAL_BLOCK_BODY_MAX + 8 };
static const uint64_t segment_default = 64 << 20;

struct recent {
    struct weal_block_where where;
    uint64_t body_put; /* number of the write; 0: no body */
    bool used;
};
struct weal_blocks {
    struct weal_blocks_config c;
    struct weal_file *file; /* the last segment */
    uint32_t segment;
    uint64_t at;           /* end of its records */
    uint64_t room;         /* its length: what lies behind the records is zeros */
    uint64_t puts, synced; /* writes done; writes durable */
    bool new_name;         /* a segment's name is not durable yet */
    bool failed;
    struct recent *table;
    uint32_t mask, count;
    uint64_t from; /* what to index at open; see indexed() */
};

/* ---- index ---- */

static struct recent *slot_of(const struct weal_blocks *b, const uint8_t id[32]) {
    /* ids are hashes; their first bytes are as good as any */
    for (uint32_t at = weal_le32(id) & b->mask;; at = (at + 1) & b->mask) {
        struct recent *r = &b->table[at];
        if (!r->used || memcmp(r->where.id, id, 32) == 0) return r;
    }
}

static enum weal_err table_grow(struct weal_blocks *b) {
    struct recent *old = b->table;
    uint32_t old_n = old ? b->mask + 1 : 0, n = old ? 2 * old_n : FIRST_MASK + 1;
    struct recent *table = b->c.mem.take(b->c.mem.ctx, n * sizeof *table);
    if (!table) return WEAL_ERR_NO_MEMORY;
    memset(table, 0, n * sizeof *table);
    b->table = table;
    b->mask = n - 1;
    for (uint32_t i = 0; i < old_n; i++) {
        if (old[i].used) *slot_of(b, old[i].where.id) = old[i];
    }
    b->c.mem.give(b->c.mem.ctx, old);
    return WEAL_OK;
}

/* What it is when index_add gives NULL. */
static enum weal_err no_room(const struct weal_blocks *b) {
    return b->count == b->c.recent_max ? WEAL_ERR_FULL : WEAL_ERR_NO_MEMORY;
}

static struct recent *index_add(struct weal_blocks *b, const uint8_t id[32], uint64_t height) {
    struct recent *r = slot_of(b, id);
    if (r->used) return r;
    if (b->count == b->c.recent_max) return NULL;
    if (2 * b->count > b->mask) {
        if (table_grow(b) != WEAL_OK) return NULL;
        r = slot_of(b, id);
    }
    *r = (struct recent){.used = true, .where.height = height};
    memcpy(r->where.id, id, 32);
    b->count++;
    return r;
}

enum weal_err weal_blocks_find(const struct weal_blocks *b, const uint8_t id[32],
                               struct weal_block_where *out) {
    const struct recent *r = slot_of(b, id);
    if (!r->used) return WEAL_ERR_NOT_FOUND;
    *out = r->where;
    return WEAL_OK;
}

enum weal_err weal_blocks_next_certified(const struct weal_blocks *b, uint64_t height,
                                         struct weal_block_where *out) {
    enum weal_err e = WEAL_ERR_NOT_FOUND;
    for (uint32_t i = 0; i <= b->mask; i++) {
        const struct weal_block_where *w = &b->table[i].where;
        if (!b->table[i].used || w->body.size == 0 || w->cert.size == 0 || w->height <= height ||
            (e == WEAL_OK && w->height >= out->height))
            continue;
        *out = *w;
        e = WEAL_OK;
    }
    return e;
}

bool weal_blocks_durable(const struct weal_blocks *b, const uint8_t id[32]) {
    const struct recent *r = slot_of(b, id);
    return r->used && r->body_put != 0 && r->body_put <= b->synced;
}

/* Takes entries out one by one, closing the gap each leaves, as open addressing asks. */
void weal_blocks_forget(struct weal_blocks *b, uint64_t height) {
    for (uint32_t i = 0; i <= b->mask;) {
        struct recent *r = &b->table[i];
        if (!r->used || (int64_t)(r->where.height - height) > 0) {
            i++;
            continue;
        }
        r->used = false;
        b->count--;
        uint32_t gap = i;
        for (uint32_t at = (i + 1) & b->mask; b->table[at].used; at = (at + 1) & b->mask) {
            uint32_t home = weal_le32(b->table[at].where.id) & b->mask;
            if (((at - home) & b->mask) < ((at - gap) & b->mask)) continue;
            b->table[gap] = b->table[at];
            b->table[at].used = false;
            gap = at;
        }
        /* what moved here, from further on, is looked at too; what wrapped round already was */
    }
}

/* ---- writing ---- */

static enum weal_err fail(struct weal_blocks *b, enum weal_err e) {
    if (e != WEAL_OK) b->failed = true;
    return e;
}

static enum weal_err segment_begin(struct weal_blocks *b, uint32_t segment) {
    char name[WEAL_FILE_NAME_MAX + 1];
    struct weal_file *f;
    weal_block_segment_name(name, segment);
    enum weal_err e = weal_file_open(b->c.disk, name, true, &f);
    if (e != WEAL_OK) return e;
    e = weal_file_write(f, 0, WEAL_BLOCK_MAGIC, WEAL_BLOCK_FILE_HEAD);
    if (e != WEAL_OK) {
        weal_file_close(f);
        return e;
    }
    weal_file_close(b->file);
    b->file = f;
    b->segment = segment;
    b->at = b->room = WEAL_BLOCK_FILE_HEAD;
    b->new_name = true;
    return WEAL_OK;
}

enum weal_err weal_blocks_sync(struct weal_blocks *b) {
    if (b->failed) return WEAL_ERR_IO;
    if (b->puts == b->synced && !b->new_name) return WEAL_OK;
    enum weal_err e = weal_file_sync(b->file);
    if (e == WEAL_OK && b->new_name) e = weal_file_sync_names(b->c.disk);
    if (e != WEAL_OK) return fail(b, e);
    b->new_name = false;
    b->synced = b->puts;
    return WEAL_OK;
}

/* Takes room from the disk in steps: a sync that need not write the file's new length is a third
 * faster, and a full disk shows before anything is written. */
static enum weal_err room_make(struct weal_blocks *b, uint64_t total) {
    uint64_t end = b->at + total, want = (end + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
    if (end <= b->room) return WEAL_OK;
    if (want > b->c.segment_bytes) want = end > b->c.segment_bytes ? end : b->c.segment_bytes;
    enum weal_err e = weal_file_resize(b->file, want);
    if (e == WEAL_OK) b->room = want;
    return e;
}

/* A segment is whole and durable before the next one begins: only the last can be torn. */
static enum weal_err segment_end(struct weal_blocks *b) {
    enum weal_err e = weal_file_resize(b->file, b->at);
    if (e == WEAL_OK && b->puts == b->synced) e = weal_file_sync(b->file);
    return e == WEAL_OK ? weal_blocks_sync(b) : e;
}

static enum weal_err write_record(struct weal_blocks *b, uint32_t kind, uint64_t height,
                                  const uint8_t id[32], struct weal_bytes header,
                                  struct weal_bytes data, struct weal_block_place *place) {
    uint8_t head[WEAL_BLOCK_RECORD_HEAD];
    enum weal_err e = WEAL_OK;
    if (b->failed) return WEAL_ERR_IO;
    uint64_t total = weal_block_head_put(head, b->segment, kind, height, id, header, data);
    if (b->at > WEAL_BLOCK_FILE_HEAD && b->at + total > b->c.segment_bytes) {
        e = segment_end(b);
        if (e == WEAL_OK) e = segment_begin(b, b->segment + 1);
        if (e != WEAL_OK) return fail(b, e);
        weal_block_head_put(head, b->segment, kind, height, id, header, data);
    }
    e = room_make(b, total);
    if (e == WEAL_OK) e = weal_block_record_write(b->file, b->at, head, header, data);
    if (e != WEAL_OK) {
        /* no trace is left, so that a full disk can be survived; other errors end the writing */
        enum weal_err undo = weal_file_resize(b->file, b->at);
        if (e != WEAL_ERR_NO_SPACE || undo != WEAL_OK) b->failed = true;
        b->room = b->at;
        return e;
    }
    *place = (struct weal_block_place){b->segment, (uint32_t)total, b->at};
    b->at += total;
    b->puts++;
    return WEAL_OK;
}

enum weal_err weal_blocks_put(struct weal_blocks *b, uint64_t height, const uint8_t id[32],
                              struct weal_bytes header, struct weal_bytes body) {
    if (header.n > WEAL_BLOCK_HEADER_MAX || body.n > WEAL_BLOCK_BODY_MAX) return WEAL_ERR_INVALID;
    bool known = slot_of(b, id)->used;
    struct recent *r = index_add(b, id, height);
    if (!r) return no_room(b);
    if (r->body_put != 0) return WEAL_OK;
    enum weal_err e =
        write_record(b, WEAL_BLOCK_KIND_BODY, height, id, header, body, &r->where.body);
    if (e == WEAL_OK) {
        r->body_put = b->puts;
    } else if (!known) {
        r->used = false; /* the newest of its row: nothing hangs on it */
        b->count--;
    }
    return e;
}

enum weal_err weal_blocks_put_cert(struct weal_blocks *b, uint64_t height, const uint8_t id[32],
                                   struct weal_bytes cert) {
    if (cert.n > WEAL_BLOCK_CERT_MAX) return WEAL_ERR_INVALID;
    bool known = slot_of(b, id)->used;
    struct recent *r = index_add(b, id, height);
    if (!r) return no_room(b);
    if (r->where.cert.size != 0) return WEAL_OK;
    enum weal_err e = write_record(b, WEAL_BLOCK_KIND_CERT, height, id, weal_bytes(NULL, 0), cert,
                                   &r->where.cert);
    if (e != WEAL_OK && !known) {
        r->used = false;
        b->count--;
    }
    return e;
}

/* ---- opening ---- */

static enum weal_err indexed(void *ctx, const struct weal_block_head *head,
                             struct weal_block_place place) {
    struct weal_blocks *b = ctx;
    /* signed: from may be NO_HEIGHT, which is one below 0. What is far above, as above an older
     * copy of the database, comes from peers when its turn comes */
    int64_t above = (int64_t)(head->height - b->from);
    if (above <= 0 || above > HEIGHTS) return WEAL_OK;
    struct recent *r = index_add(b, head->id, head->height);
    if (!r) return no_room(b) == WEAL_ERR_FULL ? WEAL_OK : WEAL_ERR_NO_MEMORY;
    if (head->kind == WEAL_BLOCK_KIND_CERT) {
        r->where.cert = place;
    } else {
        r->where.body = place;
        r->body_put = ++b->puts;
    }
    return WEAL_OK;
}

static enum weal_err segment_open(struct weal_blocks *b, uint32_t segment, bool last,
                                  uint64_t keep) {
    char name[WEAL_FILE_NAME_MAX + 1];
    struct weal_block_scan scan;
    struct weal_file *f;
    uint64_t size;
    weal_block_segment_name(name, segment);
    enum weal_err e = weal_file_open(b->c.disk, name, false, &f);
    if (e != WEAL_OK) return e;
    e = weal_block_walk(f, segment, indexed, b, &scan);
    if (e == WEAL_OK) e = weal_file_size(f, &size);
    if (e != WEAL_OK || !last) {
        weal_file_close(f);
        return e;
    }
    uint64_t end = scan.end > keep ? scan.end : keep;
    if (size != end) e = weal_file_resize(f, end);
    if (e == WEAL_OK) e = weal_file_write(f, 0, WEAL_BLOCK_MAGIC, WEAL_BLOCK_FILE_HEAD);
    /* what was found may never have been synced */
    if (e == WEAL_OK) e = weal_file_sync(f);
    if (e == WEAL_OK) e = weal_file_sync_names(b->c.disk);
    if (e != WEAL_OK) {
        weal_file_close(f);
        return e;
    }
    b->file = f;
    b->segment = segment;
    b->at = b->room = end;
    return WEAL_OK;
}

static enum weal_err open_all(struct weal_blocks *b, struct weal_block_place hint) {
    uint32_t least, count;
    enum weal_err e = weal_block_segments(b->c.disk, &least, &count);
    if (e != WEAL_OK) return e;
    if (count == 0) return segment_begin(b, 1);
    /* the hint comes from the database, whose bytes rot: no file grows to what it dreams of */
    bool sane = hint.size != 0 && hint.size <= RECORD_MAX && hint.at < b->c.segment_bytes;
    /* one segment more: bodies do not always arrive in the order of their heights */
    uint32_t from = hint.size != 0 && hint.segment > least ? hint.segment - 1 : least;
    if (from > least + count - 1) from = least + count - 1;
    for (uint32_t s = from; e == WEAL_OK && s - least < count; s++) {
        /* what the database counts on is never written over, be it damaged: it can be mended */
        uint64_t keep = s == hint.segment && sane ? hint.at + hint.size : 0;
        e = segment_open(b, s, s - least == count - 1, keep);
    }
    b->synced = b->puts;
    return e;
}

enum weal_err weal_blocks_open(const struct weal_blocks_config *c, uint64_t from,
                               struct weal_block_place hint, struct weal_blocks **out) {
    struct weal_blocks *b = c->mem.take(c->mem.ctx, sizeof *b);
    if (!b) return WEAL_ERR_NO_MEMORY;
    *b = (struct weal_blocks){.c = *c, .from = from};
    if (b->c.segment_bytes == 0) b->c.segment_bytes = segment_default;
    if (b->c.recent_max == 0) b->c.recent_max = RECENT;
    enum weal_err e = table_grow(b);
    if (e == WEAL_OK) e = open_all(b, hint);
    if (e != WEAL_OK) {
        weal_blocks_close(b);
        return e;
    }
    *out = b;
    return WEAL_OK;
}

void weal_blocks_close(struct weal_blocks *b) {
    if (!b) return;
    if (b->room > b->at && !b->failed) (void)!weal_file_resize(b->file, b->at);
    weal_file_close(b->file);
    b->c.mem.give(b->c.mem.ctx, b->table);
    b->c.mem.give(b->c.mem.ctx, b);
}

/* ---- the database's index ---- */

static void place_put(struct weal_wr *w, struct weal_block_place p) {
    weal_wr_u32(w, p.segment);
    weal_wr_u32(w, p.size);
    weal_wr_u64(w, p.at);
}

static struct weal_block_place place_get(struct weal_rd *r) {
    struct weal_block_place p;
    p.segment = weal_rd_u32(r);
    p.size = weal_rd_u32(r);
    p.at = weal_rd_u64(r);
    return p;
}

void weal_block_index_put(uint8_t out[WEAL_BLOCK_INDEX_BYTES],
                          const struct weal_block_where *where) {
    struct weal_wr w = weal_wr(out, WEAL_BLOCK_INDEX_BYTES);
    weal_wr_copy(&w, where->id, 32);
    place_put(&w, where->body);
    place_put(&w, where->cert);
    WEAL_ASSERT(!w.failed && w.n == WEAL_BLOCK_INDEX_BYTES);
}

enum weal_err weal_block_index_get(struct weal_kv_snap *s, uint64_t height,
                                   struct weal_block_where *out) {
    uint8_t key[8];
    struct weal_bytes value;
    weal_put_be64(key, height);
    enum weal_err e = weal_kv_get(s, WEAL_KV_BLOCK, WEAL_BYTES(key), &value);
    if (e != WEAL_OK) return e;
    struct weal_rd r = weal_rd(value);
    out->height = height;
    weal_rd_copy(&r, out->id, 32);
    out->body = place_get(&r);
    out->cert = place_get(&r);
    return weal_rd_done(&r) ? WEAL_OK : WEAL_ERR_CORRUPT;
}

enum weal_err weal_block_index_get_id(struct weal_kv_snap *s, const uint8_t id[32],
                                      struct weal_block_where *out) {
    struct weal_bytes value;
    enum weal_err e = weal_kv_get(s, WEAL_KV_BLOCK_ID, weal_bytes(id, 32), &value);
    if (e != WEAL_OK) return e;
    if (value.n != 8) return WEAL_ERR_CORRUPT;
    e = weal_block_index_get(s, weal_be64(value.p), out);
    if (e == WEAL_OK && memcmp(out->id, id, 32) != 0) return WEAL_ERR_CORRUPT;
    return e;
}
