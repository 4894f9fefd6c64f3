/* SPDX-License-Identifier: ISC */
/* A damaged record is written again at its old place: the index stays true, and afterwards nothing
 * tells the file from one that was never damaged. */
#include "storage/block_int.h"

static enum weal_err begin(struct weal_block_mending *m, uint32_t kind,
                           const struct weal_block_where *where, struct weal_bytes header,
                           struct weal_bytes data) {
    _Static_assert(sizeof m->head == WEAL_BLOCK_RECORD_HEAD, "a head");
    *m = (struct weal_block_mending){.place =
                                         kind == WEAL_BLOCK_KIND_CERT ? where->cert : where->body,
                                     .header = header,
                                     .data = data};
    uint64_t size = weal_block_head_put(m->head, m->place.segment, kind, where->height, where->id,
                                        header, data);
    return size == m->place.size ? WEAL_OK : WEAL_ERR_CORRUPT;
}

enum weal_err weal_block_mend_body(struct weal_block_mending *m,
                                   const struct weal_block_where *where, struct weal_bytes header,
                                   struct weal_bytes body) {
    if (header.n > WEAL_BLOCK_HEADER_MAX || body.n > WEAL_BLOCK_BODY_MAX) return WEAL_ERR_CORRUPT;
    return begin(m, WEAL_BLOCK_KIND_BODY, where, header, body);
}

enum weal_err weal_block_mend_cert(struct weal_block_mending *m,
                                   const struct weal_block_where *where, struct weal_bytes cert) {
    if (cert.n > WEAL_BLOCK_CERT_MAX) return WEAL_ERR_CORRUPT;
    return begin(m, WEAL_BLOCK_KIND_CERT, where, weal_bytes(NULL, 0), cert);
}

static enum weal_err record_seen(void *ctx, const struct weal_block_head *head,
                                 struct weal_block_place place) {
    struct weal_block_mending *m = ctx;
    (void)head;
    m->taken |=
        m->place.at < place.at + place.size && place.at < m->place.at + (uint64_t)m->place.size;
    return WEAL_OK;
}

enum weal_err weal_block_mend_step(struct weal_disk *disk, struct weal_block_mending *m,
                                   uint64_t bytes, bool *done) {
    char name[WEAL_FILE_NAME_MAX + 1];
    struct weal_file *f;
    uint64_t end = m->place.at + m->place.size;
    *done = false;
    weal_block_segment_name(name, m->place.segment);
    enum weal_err e = weal_file_open(disk, name, false, &f);
    if (e != WEAL_OK) return e;
    e = weal_block_walk_some(f, m->place.segment, record_seen, m, end, bytes, &m->at);
    if (e == WEAL_OK && m->taken) e = WEAL_ERR_CORRUPT;
    if (e == WEAL_OK && m->at >= end) {
        e = weal_block_record_write(f, m->place.at, m->head, m->header, m->data);
        if (e == WEAL_OK) e = weal_file_sync(f);
        *done = e == WEAL_OK;
    }
    weal_file_close(f);
    return e;
}
