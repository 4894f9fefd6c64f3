/* SPDX-License-Identifier: ISC */
/* A block segment with any bytes in it: opening finds whole records only, each reads back, and the
 * file can be written to afterwards. */
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "storage/block_int.h"
#include "storage/file_mem.h"
#include "tests/support/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct found {
    struct weal_disk *disk;
    struct weal_block_place last;
};

static enum weal_err each(void *ctx, const struct weal_block_head *head,
                          struct weal_block_place place) {
    struct found *found = ctx;
    struct weal_block_where where = {.height = head->height};
    struct weal_block_read got;
    WEAL_ASSERT(place.at >= found->last.at + found->last.size);
    found->last = place;
    if (head->kind != WEAL_BLOCK_KIND_BODY) return WEAL_OK;
    memcpy(where.id, head->id, 32);
    where.body = place;
    uint8_t *buf = malloc(place.size);
    WEAL_ASSERT(weal_block_read(found->disk, &where, buf, place.size, &got) == WEAL_OK);
    WEAL_ASSERT(got.header.n == head->header_n && got.body.n == head->data_n);
    free(buf);
    return WEAL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct test_mem mem;
    struct weal_disk *disk;
    struct weal_file *f;
    struct weal_blocks *b;
    struct weal_block_scan scan;
    struct weal_block_where where;
    uint8_t id[32] = {0xfe};
    if (n > 1 << 20) return 0;
    test_mem_init(&mem);
    WEAL_ASSERT(weal_disk_mem_new(&mem.mem, 1, &disk) == WEAL_OK);
    WEAL_ASSERT(weal_file_open(disk, "blk-00000001", true, &f) == WEAL_OK);
    WEAL_ASSERT(weal_file_write(f, 0, data, n) == WEAL_OK);
    struct found found = {.disk = disk};
    WEAL_ASSERT(weal_block_walk(f, 1, each, &found, &scan) == WEAL_OK);
    weal_file_close(f);
    const struct weal_blocks_config c = {.disk = disk, .mem = mem.mem, .recent_max = 64};
    const struct weal_block_place none = {0};
    enum weal_err e = weal_blocks_open(&c, UINT64_MAX, none, &b);
    WEAL_ASSERT(e == WEAL_OK || e == WEAL_ERR_FULL);
    if (e == WEAL_OK) {
        e = weal_blocks_put(b, 1, id, weal_bytes("h", 1), weal_bytes("body", 4));
        WEAL_ASSERT(e == WEAL_OK || e == WEAL_ERR_FULL);
        WEAL_ASSERT(weal_blocks_sync(b) == WEAL_OK);
        if (e == WEAL_OK) WEAL_ASSERT(weal_blocks_find(b, id, &where) == WEAL_OK);
        weal_blocks_close(b);
    }
    weal_disk_mem_free(disk);
    WEAL_ASSERT(mem.alive == 0);
    return 0;
}
