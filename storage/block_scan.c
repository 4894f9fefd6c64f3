/* SPDX-License-Identifier: ISC */
/* Reading block segments: one record by its place, or all of a file in turn. Lengths are checked
 * against their limits before anything is read by them. */
#include "storage/block_int.h"

enum { CHUNK = 16384 };

void weal_block_segment_name(char out[WEAL_FILE_NAME_MAX + 1], uint32_t segment) {
    uint8_t be[4];
    struct weal_wr w = weal_wr(out, WEAL_FILE_NAME_MAX);
    weal_put_be32(be, segment);
    weal_wr_text(&w, "blk-");
    weal_wr_hex(&w, be, sizeof be);
    out[w.n] = 0;
}

bool weal_block_head_get(struct weal_block_head *out, const uint8_t in[WEAL_BLOCK_RECORD_HEAD]) {
    if (weal_le32(in) != WEAL_BLOCK_RECORD_MAGIC || weal_le32(in + 20) != 0) return false;
    out->crc = weal_le32(in + 4);
    out->kind = weal_le32(in + 8);
    out->header_n = weal_le32(in + 12);
    out->data_n = weal_le32(in + 16);
    out->height = weal_le64(in + 24);
    memcpy(out->id, in + 32, 32);
    uint32_t data_max =
        out->kind == WEAL_BLOCK_KIND_BODY ? WEAL_BLOCK_BODY_MAX : WEAL_BLOCK_CERT_MAX;
    if (out->kind != WEAL_BLOCK_KIND_BODY && out->kind != WEAL_BLOCK_KIND_CERT) return false;
    if (out->header_n > WEAL_BLOCK_HEADER_MAX || out->data_n > data_max) return false;
    if (out->kind == WEAL_BLOCK_KIND_CERT && out->header_n != 0) return false;
    out->total =
        (WEAL_BLOCK_RECORD_HEAD + (uint64_t)out->header_n + out->data_n + 7) & ~(uint64_t)7;
    return true;
}

uint32_t weal_block_sum_begin(uint32_t segment, const uint8_t head[WEAL_BLOCK_RECORD_HEAD]) {
    uint8_t no[4];
    weal_put_le32(no, segment);
    return weal_crc32c(weal_crc32c(0, WEAL_BYTES(no)),
                       weal_bytes(head + 8, WEAL_BLOCK_RECORD_HEAD - 8));
}

uint64_t weal_block_head_put(uint8_t out[WEAL_BLOCK_RECORD_HEAD], uint32_t segment, uint32_t kind,
                             uint64_t height, const uint8_t id[32], struct weal_bytes header,
                             struct weal_bytes data) {
    static const uint8_t zeros[8];
    uint64_t size = WEAL_BLOCK_RECORD_HEAD + header.n + data.n, total = (size + 7) & ~(uint64_t)7;
    memset(out, 0, WEAL_BLOCK_RECORD_HEAD);
    weal_put_le32(out, WEAL_BLOCK_RECORD_MAGIC);
    weal_put_le32(out + 8, kind);
    weal_put_le32(out + 12, (uint32_t)header.n);
    weal_put_le32(out + 16, (uint32_t)data.n);
    weal_put_le64(out + 24, height);
    memcpy(out + 32, id, 32);
    uint32_t sum = weal_block_sum_begin(segment, out);
    sum = weal_crc32c(weal_crc32c(sum, header), data);
    sum = weal_crc32c(sum, weal_bytes(zeros, (size_t)(total - size)));
    weal_put_le32(out + 4, sum);
    return total;
}

enum weal_err weal_block_record_write(struct weal_file *f, uint64_t at,
                                      const uint8_t head[WEAL_BLOCK_RECORD_HEAD],
                                      struct weal_bytes header, struct weal_bytes data) {
    static const uint8_t zeros[8];
    size_t pad = (8 - (header.n + data.n) % 8) % 8;
    struct weal_bytes part[] = {weal_bytes(head, WEAL_BLOCK_RECORD_HEAD), header, data,
                                weal_bytes(zeros, pad)};
    enum weal_err e = WEAL_OK;
    for (size_t i = 0; i < sizeof part / sizeof *part && e == WEAL_OK; i++) {
        if (part[i].n != 0) e = weal_file_write(f, at, part[i].p, part[i].n);
        at += part[i].n;
    }
    return e;
}

/* ---- walking ---- */

/* Whether a whole record stands at `at`. */
static enum weal_err try_record(struct weal_file *f, uint32_t segment, uint64_t at, uint64_t size,
                                struct weal_block_head *head, bool *whole) {
    uint8_t buf[CHUNK];
    size_t got;
    *whole = false;
    head->total = 0;
    if (size - at < WEAL_BLOCK_RECORD_HEAD) return WEAL_OK;
    enum weal_err e = weal_file_read(f, at, buf, WEAL_BLOCK_RECORD_HEAD, &got);
    if (e != WEAL_OK) return e;
    if (got != WEAL_BLOCK_RECORD_HEAD || !weal_block_head_get(head, buf)) return WEAL_OK;
    if (head->total > size - at) return WEAL_OK;
    uint32_t sum = weal_block_sum_begin(segment, buf);
    for (uint64_t done = WEAL_BLOCK_RECORD_HEAD; done < head->total;) {
        size_t n = head->total - done < CHUNK ? (size_t)(head->total - done) : CHUNK;
        e = weal_file_read(f, at + done, buf, n, &got);
        if (e != WEAL_OK) return e;
        if (got != n) return WEAL_OK;
        sum = weal_crc32c(sum, weal_bytes(buf, n));
        done += n;
    }
    *whole = sum == head->crc;
    return WEAL_OK;
}

/* Room taken from the disk in advance: most of a young segment. */
static bool all_zero(const uint8_t *p, size_t n) {
    return n != 0 && p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* The next place at or after `at`, in steps of eight, where a record may begin; size if none. */
static enum weal_err next_magic(struct weal_file *f, uint64_t at, uint64_t size, uint64_t *out) {
    uint8_t buf[CHUNK];
    for (; at < size; at += CHUNK) {
        size_t got;
        enum weal_err e = weal_file_read(f, at, buf, CHUNK, &got);
        if (e != WEAL_OK) return e;
        if (all_zero(buf, got)) continue;
        for (size_t i = 0; i + 4 <= got; i += 8) {
            if (weal_le32(buf + i) == WEAL_BLOCK_RECORD_MAGIC) {
                *out = at + i;
                return WEAL_OK;
            }
        }
    }
    *out = size;
    return WEAL_OK;
}

/* Where what is not zero ends, from out->end on: behind it is room that was taken from the disk. */
static enum weal_err dirt_find(struct weal_file *f, uint64_t size, struct weal_block_scan *out) {
    uint8_t buf[CHUNK];
    out->dirt = out->end;
    for (uint64_t at = out->end; at < size; at += CHUNK) {
        size_t got;
        enum weal_err e = weal_file_read(f, at, buf, CHUNK, &got);
        if (e != WEAL_OK) return e;
        if (all_zero(buf, got)) continue;
        for (size_t i = got; i-- > 0;) {
            if (buf[i] == 0) continue;
            out->dirt = at + i + 1;
            break;
        }
    }
    return WEAL_OK;
}

enum weal_err weal_block_walk(struct weal_file *f, uint32_t segment, weal_block_each each,
                              void *ctx, struct weal_block_scan *out) {
    uint64_t size, at = WEAL_BLOCK_FILE_HEAD;
    *out = (struct weal_block_scan){.end = WEAL_BLOCK_FILE_HEAD};
    enum weal_err e = weal_file_size(f, &size);
    while (e == WEAL_OK && at < size) {
        struct weal_block_head head;
        bool whole;
        e = try_record(f, segment, at, size, &head, &whole);
        if (e != WEAL_OK) break;
        if (!whole) {
            e = next_magic(f, at + 8, size, &at);
            continue;
        }
        struct weal_block_place place = {segment, (uint32_t)head.total, at};
        e = each(ctx, &head, place);
        out->damaged += at - out->end;
        at += head.total;
        out->end = at;
    }
    return e == WEAL_OK ? dirt_find(f, size, out) : e;
}

enum weal_err weal_block_walk_some(struct weal_file *f, uint32_t segment, weal_block_each each,
                                   void *ctx, uint64_t end, uint64_t bytes, uint64_t *at) {
    uint64_t size, read = 0;
    enum weal_err e = weal_file_size(f, &size);
    if (*at < WEAL_BLOCK_FILE_HEAD) *at = WEAL_BLOCK_FILE_HEAD;
    while (e == WEAL_OK && *at < end && read < bytes) {
        struct weal_block_head head;
        bool whole = false;
        uint64_t from = *at;
        if (from >= size) { /* the file has been cut short: no record is behind */
            *at = end;
            break;
        }
        e = try_record(f, segment, from, size, &head, &whole);
        if (e != WEAL_OK) break;
        read += WEAL_BLOCK_RECORD_HEAD + head.total;
        if (whole) {
            struct weal_block_place place = {segment, (uint32_t)head.total, from};
            e = each(ctx, &head, place);
            *at = from + head.total;
            continue;
        }
        uint64_t stop = from + 8 + (bytes & ~(uint64_t)7);
        e = next_magic(f, from + 8, stop < size ? stop : size, at);
        read += *at - from;
    }
    return e;
}

struct row {
    uint32_t least, most, count;
};

static void name_note(void *ctx, const char *name) {
    struct row *r = ctx;
    uint8_t be[4];
    if (strlen(name) != 12 || memcmp(name, "blk-", 4) != 0) return;
    if (!weal_hex_read(name + 4, 8, be, sizeof be)) return;
    uint32_t no = weal_be32(be);
    if (r->count == 0 || no < r->least) r->least = no;
    if (r->count == 0 || no > r->most) r->most = no;
    r->count++;
}

enum weal_err weal_block_segments(struct weal_disk *d, uint32_t *least, uint32_t *count) {
    struct row r = {0};
    enum weal_err e = weal_file_list(d, name_note, &r);
    if (e != WEAL_OK) return e;
    *least = r.least;
    *count = r.count;
    return r.count != 0 && r.most - r.least != r.count - 1 ? WEAL_ERR_CORRUPT : WEAL_OK;
}

/* ---- one record ---- */

static enum weal_err read_place(struct weal_disk *disk, const struct weal_block_where *where,
                                struct weal_block_place place, uint32_t kind, uint8_t *buf,
                                struct weal_block_head *head) {
    char name[WEAL_FILE_NAME_MAX + 1];
    struct weal_file *f;
    size_t got;
    weal_block_segment_name(name, place.segment);
    enum weal_err e = weal_file_open(disk, name, false, &f);
    if (e != WEAL_OK) return e;
    e = weal_file_read(f, place.at, buf, place.size, &got);
    weal_file_close(f);
    if (e != WEAL_OK) return e;
    if (got != place.size || !weal_block_head_get(head, buf) || head->total != place.size) {
        return WEAL_ERR_CORRUPT;
    }
    uint32_t sum =
        weal_crc32c(weal_block_sum_begin(place.segment, buf),
                    weal_bytes(buf + WEAL_BLOCK_RECORD_HEAD, place.size - WEAL_BLOCK_RECORD_HEAD));
    if (sum != head->crc || head->kind != kind || head->height != where->height ||
        memcmp(head->id, where->id, 32) != 0) {
        return WEAL_ERR_CORRUPT;
    }
    return WEAL_OK;
}

enum weal_err weal_block_peek(struct weal_disk *disk, const struct weal_block_where *where,
                              void *buf, size_t n, size_t *got) {
    char name[WEAL_FILE_NAME_MAX + 1];
    struct weal_file *f;
    weal_block_segment_name(name, where->body.segment);
    enum weal_err e = weal_file_open(disk, name, false, &f);
    if (e != WEAL_OK) return e;
    e = weal_file_read(f, where->body.at + WEAL_BLOCK_RECORD_HEAD, buf, n, got);
    weal_file_close(f);
    return e;
}

enum weal_err weal_block_read(struct weal_disk *disk, const struct weal_block_where *where,
                              void *buf, size_t n, struct weal_block_read *out) {
    struct weal_block_head head;
    uint8_t *p = buf;
    enum weal_err e;
    *out = (struct weal_block_read){0};
    if (where->body.size < WEAL_BLOCK_RECORD_HEAD) return WEAL_ERR_NOT_FOUND;
    if (n < where->body.size || n - where->body.size < where->cert.size) return WEAL_ERR_FULL;
    e = read_place(disk, where, where->body, WEAL_BLOCK_KIND_BODY, p, &head);
    if (e != WEAL_OK) return e;
    out->header = weal_bytes(p + WEAL_BLOCK_RECORD_HEAD, head.header_n);
    out->body = weal_bytes(p + WEAL_BLOCK_RECORD_HEAD + head.header_n, head.data_n);
    if (where->cert.size < WEAL_BLOCK_RECORD_HEAD) return WEAL_OK;
    p += where->body.size;
    e = read_place(disk, where, where->cert, WEAL_BLOCK_KIND_CERT, p, &head);
    if (e == WEAL_OK) out->cert = weal_bytes(p + WEAL_BLOCK_RECORD_HEAD, head.data_n);
    return e;
}
