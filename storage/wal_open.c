/* SPDX-License-Identifier: ISC */
/* Replaying the log. What tells a torn tail from damage: every record carries the lsn that was
 * durable when it was appended. If the record missing at a gap is at or below the durable lsn of
 * any record behind the gap, it had been synced, its effects may have left, and the log is corrupt;
 * if not, the gap belongs to a turn that never finished, and all of it is cut off. */
#include "crypto/base/bug.h"
#include "storage/wal_int.h"

/* A record at p of at most n bytes with a right sum. */
static bool record_get(const uint8_t *p, size_t n, uint32_t seed, struct weal_wal_entry *out,
                       uint64_t *durable, size_t *total) {
    if (n < WEAL_WAL_RECORD_HEAD) return false;
    uint32_t size = weal_le32(p + 4);
    if (size > WEAL_WAL_RECORD_MAX || n - WEAL_WAL_RECORD_HEAD < size) return false;
    *total = weal_wal_record_bytes(size);
    if (*total > n || weal_le16(p + 26) != 0 || weal_le32(p + 28) != 0) return false;
    out->lsn = weal_le64(p + 8);
    *durable = weal_le64(p + 16);
    out->kind = weal_le16(p + 24);
    out->data = weal_bytes(p + WEAL_WAL_RECORD_HEAD, size);
    if (out->lsn == 0 || *durable >= out->lsn) return false;
    return weal_le32(p) ==
           weal_crc32c(seed, weal_bytes(p + 4, WEAL_WAL_RECORD_HEAD - 4 + (size_t)size));
}

enum weal_err weal_wal_walk(struct weal_bytes segment, uint32_t seed, weal_wal_replay replay,
                            void *ctx, struct weal_wal_walk *walk) {
    struct weal_wal_entry r;
    uint64_t durable;
    size_t at = WEAL_WAL_HEAD, total;
    while (at < segment.n &&
           record_get(segment.p + at, segment.n - at, seed, &r, &durable, &total) &&
           r.lsn == walk->next_lsn) {
        enum weal_err e = replay ? replay(ctx, &r) : WEAL_OK;
        if (e != WEAL_OK) return e;
        at += total;
        walk->next_lsn++;
    }
    walk->end = at;
    walk->dirt = segment.n;
    while (walk->dirt > at && segment.p[walk->dirt - 1] == 0) walk->dirt--;
    walk->hole = false;
    for (; at < walk->dirt; at += 8) {
        /* a lsn far ahead is no record of this segment: each takes 32 bytes */
        if (segment.n - at < WEAL_WAL_RECORD_HEAD) break;
        uint64_t ahead = weal_le64(segment.p + at + 8) - walk->next_lsn;
        if (ahead > segment.n / WEAL_WAL_RECORD_HEAD) continue;
        if (!record_get(segment.p + at, segment.n - at, seed, &r, &durable, &total)) continue;
        if (durable >= walk->next_lsn) walk->hole = true;
    }
    return WEAL_OK;
}

enum weal_err weal_wal_head_get(struct weal_bytes segment, const struct weal_wal_config *c,
                                uint64_t seq, uint64_t *first_lsn) {
    uint8_t want[WEAL_WAL_HEAD];
    if (segment.n < WEAL_WAL_HEAD || weal_le32(segment.p + WEAL_WAL_HEAD - 4) !=
                                         weal_crc32c(0, weal_bytes(segment.p, WEAL_WAL_HEAD - 4))) {
        return WEAL_ERR_CORRUPT;
    }
    if (memcmp(segment.p, WEAL_WAL_MAGIC, 8) != 0) return WEAL_ERR_CORRUPT;
    if (weal_le32(segment.p + 8) != WEAL_WAL_VERSION) return WEAL_ERR_VERSION;
    *first_lsn = weal_le64(segment.p + 24);
    /* the length is the segment's own, the configured one may have changed since */
    struct weal_wal_config own = *c;
    own.segment_bytes = weal_le32(segment.p + 12);
    weal_wal_head_put(want, &own, seq, *first_lsn);
    if (own.segment_bytes != segment.n) return WEAL_ERR_CORRUPT;
    return memcmp(want, segment.p, WEAL_WAL_HEAD) == 0 ? WEAL_OK : WEAL_ERR_INVALID;
}

/* ---- which segments there are ---- */

struct names {
    uint64_t least, most, count;
};

static void name_note(void *ctx, const char *name) {
    struct names *n = ctx;
    uint8_t be[8];
    if (strlen(name) != 20 || memcmp(name, "wal-", 4) != 0) return;
    if (!weal_hex_read(name + 4, 16, be, sizeof be)) return;
    uint64_t seq = weal_be64(be);
    if (n->count == 0 || seq < n->least) n->least = seq;
    if (n->count == 0 || seq > n->most) n->most = seq;
    n->count++;
}

enum weal_err weal_wal_any(struct weal_disk *d, bool *exists) {
    struct names n = {0};
    enum weal_err e = weal_file_list(d, name_note, &n);
    *exists = n.count != 0;
    return e;
}

/* ---- opening ---- */

static enum weal_err read_all(struct weal_wal *w, struct weal_file *f, uint8_t **out, size_t *n) {
    uint64_t size;
    enum weal_err e = weal_file_size(f, &size);
    if (e != WEAL_OK) return e;
    if (size < WEAL_WAL_HEAD || size > WEAL_WAL_SEGMENT_MAX) return WEAL_ERR_CORRUPT;
    *out = w->c.mem.take(w->c.mem.ctx, (size_t)size);
    if (!*out) return WEAL_ERR_NO_MEMORY;
    e = weal_file_read(f, 0, *out, (size_t)size, n);
    if (e == WEAL_OK && *n != size) e = WEAL_ERR_CORRUPT;
    if (e != WEAL_OK) w->c.mem.give(w->c.mem.ctx, *out);
    return e;
}

/* Zeros what stands behind the last whole record, so that none of it can pass for a record that
 * follows new ones. */
static enum weal_err cut_tail(struct weal_wal *w, struct weal_file *f, uint8_t *segment,
                              const struct weal_wal_walk *walk) {
    size_t n = walk->dirt - walk->end;
    if (n == 0) return WEAL_OK;
    memset(segment + walk->end, 0, n);
    enum weal_err e = weal_file_write(f, walk->end, segment + walk->end, n);
    if (e == WEAL_OK) e = weal_file_sync(f);
    w->stat.cut_bytes = n;
    return e;
}

static enum weal_err segment_replay(struct weal_wal *w, uint64_t seq, bool last,
                                    weal_wal_replay replay, void *ctx) {
    char name[WEAL_FILE_NAME_MAX + 1];
    struct weal_file *f;
    uint8_t *segment = NULL;
    size_t n = 0;
    uint64_t first_lsn = 0;
    weal_wal_segment_name(name, seq);
    enum weal_err e = weal_file_open(w->c.disk, name, false, &f);
    if (e == WEAL_ERR_NOT_FOUND) return WEAL_ERR_CORRUPT; /* a gap in the row */
    if (e != WEAL_OK) return e;
    e = read_all(w, f, &segment, &n);
    if (e != WEAL_OK) {
        weal_file_close(f);
        return e;
    }
    struct weal_bytes bytes = weal_bytes(segment, n);
    struct weal_wal_walk walk = {0};
    e = weal_wal_head_get(bytes, &w->c, seq, &first_lsn);
    /* the segment before ended, durably, where this one begins */
    if (e == WEAL_OK && w->segment_count != 0 && first_lsn != w->next_lsn) e = WEAL_ERR_CORRUPT;
    if (e == WEAL_OK) e = weal_wal_segment_add(w, seq, first_lsn);
    if (e == WEAL_OK) {
        walk.next_lsn = w->next_lsn = first_lsn;
        e = weal_wal_walk(bytes, weal_wal_seed(&w->c, seq), replay, ctx, &walk);
        w->next_lsn = walk.next_lsn;
    }
    if (e == WEAL_OK && walk.hole) e = WEAL_ERR_CORRUPT;
    if (e == WEAL_OK && last) e = cut_tail(w, f, segment, &walk);
    w->c.mem.give(w->c.mem.ctx, segment);
    if (e != WEAL_OK || !last) {
        weal_file_close(f);
        return e;
    }
    w->file = f;
    w->at = walk.end;
    w->c.segment_bytes = (uint32_t)n; /* a log keeps the length it was made with */
    w->seed = weal_wal_seed(&w->c, seq);
    return WEAL_OK;
}

enum weal_err weal_wal_open(const struct weal_wal_config *c, weal_wal_replay replay, void *ctx,
                            struct weal_wal **out) {
    struct names names = {0};
    struct weal_wal *w;
    enum weal_err e = weal_file_list(c->disk, name_note, &names);
    if (e != WEAL_OK) return e;
    if (names.count == 0) return WEAL_ERR_NOT_FOUND;
    if (names.most - names.least != names.count - 1) return WEAL_ERR_CORRUPT;
    e = weal_wal_make(c, &w);
    if (e != WEAL_OK) return e;
    for (uint64_t seq = names.least; e == WEAL_OK && seq <= names.most; seq++) {
        e = segment_replay(w, seq, seq == names.most, replay, ctx);
    }
    if (e != WEAL_OK) {
        weal_wal_close(w);
        return e;
    }
    w->synced = w->next_lsn - 1;
    *out = w;
    return WEAL_OK;
}
