/* SPDX-License-Identifier: ISC */
/* Writing the log: records gather in a buffer, one write and one fdatasync make a turn durable.
 * Segments have their full length from the start, zero-filled under another name and then renamed,
 * so a segment that has its name is whole, and syncing a record changes no metadata. Bytes: README.
 */
#include "storage/wal_int.h"

#include "crypto/base/bug.h"

enum { SEGMENT_BYTES = 4 << 20, BUFFER_FIRST = 64 << 10 };

void weal_wal_segment_name(char out[WEAL_FILE_NAME_MAX + 1], uint64_t seq) {
    uint8_t be[8];
    struct weal_wr w = weal_wr(out, WEAL_FILE_NAME_MAX);
    weal_put_be64(be, seq);
    weal_wr_text(&w, "wal-");
    weal_wr_hex(&w, be, sizeof be);
    out[w.n] = 0;
}

uint32_t weal_wal_seed(const struct weal_wal_config *c, uint64_t seq) {
    uint8_t in[WEAL_WAL_INSTANCE_BYTES + 8];
    memcpy(in, c->instance, WEAL_WAL_INSTANCE_BYTES);
    weal_put_le64(in + WEAL_WAL_INSTANCE_BYTES, seq);
    return weal_crc32c(0, WEAL_BYTES(in));
}

void weal_wal_head_put(uint8_t out[WEAL_WAL_HEAD], const struct weal_wal_config *c, uint64_t seq,
                       uint64_t first_lsn) {
    struct weal_wr w = weal_wr(out, WEAL_WAL_HEAD);
    memset(out, 0, WEAL_WAL_HEAD);
    weal_wr_text(&w, WEAL_WAL_MAGIC);
    weal_wr_u32(&w, WEAL_WAL_VERSION);
    weal_wr_u32(&w, c->segment_bytes);
    weal_wr_u64(&w, seq);
    weal_wr_u64(&w, first_lsn);
    weal_wr_copy(&w, c->instance, WEAL_WAL_INSTANCE_BYTES);
    weal_put_le32(out + WEAL_WAL_HEAD - 4, weal_crc32c(0, weal_bytes(out, WEAL_WAL_HEAD - 4)));
}

/* ---- segments ---- */

static enum weal_err fail(struct weal_wal *w, enum weal_err e) {
    if (e != WEAL_OK) w->failed = true;
    return e;
}

static enum weal_err segment_note(struct weal_wal *w, uint64_t seq, uint64_t first_lsn) {
    if (w->segment_count == w->segment_cap) {
        size_t cap = w->segment_cap * 2 + 8;
        struct weal_wal_segment *more = w->c.mem.take(w->c.mem.ctx, cap * sizeof *more);
        if (!more) return WEAL_ERR_NO_MEMORY;
        if (w->segment_count != 0) {
            memcpy(more, w->segment, w->segment_count * sizeof *more);
        }
        w->c.mem.give(w->c.mem.ctx, w->segment);
        w->segment = more;
        w->segment_cap = cap;
    }
    w->segment[w->segment_count++] = (struct weal_wal_segment){seq, first_lsn};
    return WEAL_OK;
}

enum weal_err weal_wal_segment_add(struct weal_wal *w, uint64_t seq, uint64_t first_lsn) {
    return segment_note(w, seq, first_lsn);
}

/* Lets go of the current file; one that a split sync still works on is closed when that ends. */
static void file_leave(struct weal_wal *w) {
    if (w->file && w->file == w->syncing) {
        w->syncing_left = true;
    } else {
        weal_file_close(w->file);
    }
    w->file = NULL;
}

/* The next segment becomes the current one. */
static enum weal_err segment_begin(struct weal_wal *w, uint64_t seq) {
    char name[WEAL_FILE_NAME_MAX + 1];
    uint8_t head[WEAL_WAL_HEAD];
    struct weal_file *f;
    uint64_t size;
    enum weal_err e = weal_file_open(w->c.disk, WEAL_WAL_SPARE, true, &f);
    if (e != WEAL_OK) return e;
    e = weal_file_size(f, &size);
    if (e == WEAL_OK && size != w->c.segment_bytes) e = weal_file_resize(f, w->c.segment_bytes);
    weal_wal_head_put(head, &w->c, seq, w->next_lsn);
    if (e == WEAL_OK) e = weal_file_write(f, 0, head, sizeof head);
    if (e == WEAL_OK) e = weal_file_sync(f);
    weal_wal_segment_name(name, seq);
    if (e == WEAL_OK) e = weal_file_rename(w->c.disk, WEAL_WAL_SPARE, name);
    if (e == WEAL_OK) e = weal_file_sync_names(w->c.disk);
    if (e == WEAL_OK) e = segment_note(w, seq, w->next_lsn);
    if (e != WEAL_OK) {
        weal_file_close(f);
        return e;
    }
    w->file = f;
    w->seed = weal_wal_seed(&w->c, seq);
    w->at = WEAL_WAL_HEAD;
    return WEAL_OK;
}

/* ---- appending ---- */

/* Writes the buffer out, without a sync. */
static enum weal_err flush(struct weal_wal *w) {
    if (w->buffer_n == 0) return WEAL_OK;
    enum weal_err e = weal_file_write(w->file, w->at, w->buffer, w->buffer_n);
    if (e != WEAL_OK) return e;
    w->at += w->buffer_n;
    w->stat.bytes += w->buffer_n;
    w->buffer_n = 0;
    return WEAL_OK;
}

/* Ends the segment: all of it is durable before the next one has a name, so that a gap can only be
 * at the very end of the log. */
static enum weal_err rotate(struct weal_wal *w) {
    enum weal_err e = flush(w);
    if (e == WEAL_OK) e = weal_file_sync(w->file);
    if (e != WEAL_OK) return e;
    w->stat.syncs++;
    w->synced = w->next_lsn - 1;
    uint64_t seq = w->segment[w->segment_count - 1].seq + 1;
    file_leave(w);
    return segment_begin(w, seq);
}

static enum weal_err buffer_room(struct weal_wal *w, size_t n) {
    if (w->buffer_cap - w->buffer_n >= n) return WEAL_OK;
    size_t cap = w->buffer_cap ? w->buffer_cap : BUFFER_FIRST;
    while (cap - w->buffer_n < n) cap *= 2;
    uint8_t *more = w->c.mem.take(w->c.mem.ctx, cap);
    if (!more) return WEAL_ERR_NO_MEMORY;
    if (w->buffer_n != 0) memcpy(more, w->buffer, w->buffer_n);
    w->c.mem.give(w->c.mem.ctx, w->buffer);
    w->buffer = more;
    w->buffer_cap = cap;
    return WEAL_OK;
}

static void record_put(struct weal_wal *w, uint16_t kind, struct weal_bytes data, size_t total) {
    uint8_t *at = w->buffer + w->buffer_n;
    memset(at, 0, WEAL_WAL_RECORD_HEAD);
    weal_put_le32(at + 4, (uint32_t)data.n);
    weal_put_le64(at + 8, w->next_lsn);
    weal_put_le64(at + 16, w->synced);
    weal_put_le16(at + 24, kind);
    if (data.n != 0) memcpy(at + WEAL_WAL_RECORD_HEAD, data.p, data.n);
    memset(at + WEAL_WAL_RECORD_HEAD + data.n, 0, total - WEAL_WAL_RECORD_HEAD - data.n);
    weal_put_le32(at, weal_crc32c(w->seed, weal_bytes(at + 4, WEAL_WAL_RECORD_HEAD - 4 + data.n)));
    w->buffer_n += total;
}

bool weal_wal_fits(const struct weal_wal *w, size_t n) {
    return w->c.segment_bytes - w->at - w->buffer_n >= weal_wal_record_bytes(n);
}

enum weal_err weal_wal_append(struct weal_wal *w, uint16_t kind, struct weal_bytes data,
                              uint64_t *lsn) {
    if (w->failed) return WEAL_ERR_IO;
    if (data.n > WEAL_WAL_RECORD_MAX) return WEAL_ERR_INVALID;
    size_t total = weal_wal_record_bytes(data.n);
    if (total > w->c.segment_bytes - WEAL_WAL_HEAD) return WEAL_ERR_INVALID;
    enum weal_err e;
    if (!weal_wal_fits(w, data.n)) {
        e = rotate(w);
        if (e != WEAL_OK) return fail(w, e);
    }
    e = buffer_room(w, total);
    if (e != WEAL_OK) return fail(w, e);
    record_put(w, kind, data, total);
    *lsn = w->next_lsn++;
    return WEAL_OK;
}

/* ---- syncing ---- */

enum weal_err weal_wal_sync_begin(struct weal_wal *w, struct weal_wal_ticket *t) {
    *t = (struct weal_wal_ticket){NULL, w->next_lsn - 1};
    if (w->failed) return WEAL_ERR_IO;
    WEAL_ASSERT(!w->syncing);
    if (t->lsn == w->synced) return WEAL_OK;
    enum weal_err e = flush(w);
    if (e != WEAL_OK) return fail(w, e);
    t->file = w->syncing = w->file;
    w->syncing_left = false;
    return WEAL_OK;
}

enum weal_err weal_wal_sync_run(const struct weal_wal_ticket *t) {
    return t->file ? weal_file_sync(t->file) : WEAL_OK;
}

enum weal_err weal_wal_sync_end(struct weal_wal *w, const struct weal_wal_ticket *t,
                                enum weal_err result) {
    if (!t->file) return result;
    if (w->syncing_left) weal_file_close(t->file);
    w->syncing = NULL;
    if (result != WEAL_OK) return fail(w, result);
    w->stat.syncs++;
    if (t->lsn > w->synced) w->synced = t->lsn;
    return WEAL_OK;
}

enum weal_err weal_wal_sync(struct weal_wal *w) {
    struct weal_wal_ticket t;
    enum weal_err e = weal_wal_sync_begin(w, &t);
    if (e != WEAL_OK) return e;
    return weal_wal_sync_end(w, &t, weal_wal_sync_run(&t));
}

uint64_t weal_wal_synced(const struct weal_wal *w) {
    return w->synced;
}

/* ---- life ---- */

enum weal_err weal_wal_make(const struct weal_wal_config *c, struct weal_wal **out) {
    struct weal_wal *w = c->mem.take(c->mem.ctx, sizeof *w);
    if (!w) return WEAL_ERR_NO_MEMORY;
    *w = (struct weal_wal){.c = *c, .next_lsn = 1};
    if (w->c.segment_bytes == 0) w->c.segment_bytes = SEGMENT_BYTES;
    WEAL_ASSERT(w->c.segment_bytes >= WEAL_WAL_SEGMENT_MIN &&
                w->c.segment_bytes <= WEAL_WAL_SEGMENT_MAX && w->c.segment_bytes % 8 == 0);
    *out = w;
    return WEAL_OK;
}

enum weal_err weal_wal_create(const struct weal_wal_config *c, struct weal_wal **out) {
    struct weal_wal *w;
    bool exists = false;
    enum weal_err e = weal_wal_any(c->disk, &exists);
    if (e != WEAL_OK) return e;
    if (exists) return WEAL_ERR_INVALID;
    e = weal_wal_make(c, &w);
    if (e != WEAL_OK) return e;
    e = segment_begin(w, 1);
    if (e != WEAL_OK) {
        weal_wal_close(w);
        return e;
    }
    *out = w;
    return WEAL_OK;
}

void weal_wal_close(struct weal_wal *w) {
    if (!w) return;
    WEAL_ASSERT(!w->syncing);
    weal_file_close(w->file);
    w->c.mem.give(w->c.mem.ctx, w->segment);
    w->c.mem.give(w->c.mem.ctx, w->buffer);
    w->c.mem.give(w->c.mem.ctx, w);
}

enum weal_err weal_wal_prune(struct weal_wal *w, uint64_t floor) {
    char name[WEAL_FILE_NAME_MAX + 1];
    size_t gone = 0;
    if (w->failed) return WEAL_ERR_IO;
    /* oldest first, so that a crash leaves an unbroken row */
    while (gone + 1 < w->segment_count && w->segment[gone + 1].first_lsn <= floor) {
        weal_wal_segment_name(name, w->segment[gone].seq);
        /* the last to go is kept to be used again; its records do not pass under another number */
        bool last = gone + 2 >= w->segment_count || w->segment[gone + 2].first_lsn > floor;
        enum weal_err e = last ? weal_file_rename(w->c.disk, name, WEAL_WAL_SPARE)
                               : weal_file_remove(w->c.disk, name);
        if (e == WEAL_OK) e = weal_file_sync_names(w->c.disk);
        if (e != WEAL_OK) return fail(w, e);
        gone++;
    }
    if (gone == 0) return WEAL_OK;
    w->segment_count -= gone;
    memmove(w->segment, w->segment + gone, w->segment_count * sizeof w->segment[0]);
    return WEAL_OK;
}

void weal_wal_stat(const struct weal_wal *w, struct weal_wal_stat *out) {
    *out = w->stat;
    out->first_lsn = w->segment[0].first_lsn;
    out->next_lsn = w->next_lsn;
    out->synced_lsn = w->synced;
    out->segments = w->segment_count;
}
