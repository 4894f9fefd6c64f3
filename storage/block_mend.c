/* SPDX-License-Identifier: ISC */
/* A damaged body is written again at its old place: the index stays true, and afterwards nothing
 * tells the file from one that was never damaged. */
#include "storage/block_int.h"

struct beside {
    struct weal_block_place place;
    bool taken;
};

static enum weal_err record_seen(void *ctx, const struct weal_block_head *head,
                                 struct weal_block_place place) {
    struct beside *b = ctx;
    (void)head;
    b->taken |= place.at < b->place.at + b->place.size && b->place.at < place.at + place.size;
    return WEAL_OK;
}

enum weal_err weal_block_mend(struct weal_disk *disk, const struct weal_block_where *where,
                              struct weal_bytes header, struct weal_bytes body) {
    uint8_t head[WEAL_BLOCK_RECORD_HEAD];
    char name[WEAL_FILE_NAME_MAX + 1];
    struct weal_block_scan scan;
    struct weal_file *f;
    struct beside b = {.place = where->body};
    if (header.n > WEAL_BLOCK_HEADER_MAX || body.n > WEAL_BLOCK_BODY_MAX) return WEAL_ERR_CORRUPT;
    if (weal_block_head_put(head, b.place.segment, WEAL_BLOCK_KIND_BODY, where->height, where->id,
                            header, body) != b.place.size)
        return WEAL_ERR_CORRUPT;
    weal_block_segment_name(name, b.place.segment);
    enum weal_err e = weal_file_open(disk, name, false, &f);
    if (e != WEAL_OK) return e;
    e = weal_block_walk(f, b.place.segment, record_seen, &b, &scan);
    if (e == WEAL_OK && b.taken) e = WEAL_ERR_CORRUPT;
    if (e == WEAL_OK) e = weal_block_record_write(f, b.place.at, head, header, body);
    if (e == WEAL_OK) e = weal_file_sync(f);
    weal_file_close(f);
    return e;
}
