/* SPDX-License-Identifier: ISC */
/* A log segment with any bytes in it: replay gives records in order or an error, and what it gave
 * once, cut to size, it gives again, and can be appended to. The input stands at the beginning of a
 * segment of the smallest length, the rest of which is zero. */
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "storage/file_mem.h"
#include "storage/wal.h"
#include "tests/support/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct seen {
    uint64_t count, last;
};

static enum weal_err see(void *ctx, const struct weal_wal_entry *r) {
    struct seen *s = ctx;
    WEAL_ASSERT(s->count == 0 || r->lsn == s->last + 1);
    uint8_t sum = 0; /* every byte is there to be read */
    for (size_t i = 0; i < r->data.n; i++) sum ^= r->data.p[i];
    s->count += 1 + (sum & 0u);
    s->last = r->lsn;
    return WEAL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct test_mem mem;
    struct weal_disk *disk;
    struct weal_file *f;
    struct weal_wal *w;
    struct seen first = {0}, again = {0};
    if (n > WEAL_WAL_SEGMENT_MIN) return 0;
    test_mem_init(&mem);
    WEAL_ASSERT(weal_disk_mem_new(&mem.mem, 1, &disk) == WEAL_OK);
    WEAL_ASSERT(weal_file_open(disk, "wal-0000000000000001", true, &f) == WEAL_OK);
    WEAL_ASSERT(weal_file_resize(f, WEAL_WAL_SEGMENT_MIN) == WEAL_OK);
    WEAL_ASSERT(weal_file_write(f, 0, data, n) == WEAL_OK);
    weal_file_close(f);
    const struct weal_wal_config c = {.disk = disk,
                                      .mem = mem.mem,
                                      .instance = "instance of test",
                                      .segment_bytes = WEAL_WAL_SEGMENT_MIN};
    if (weal_wal_open(&c, see, &first, &w) == WEAL_OK) {
        uint64_t lsn;
        enum weal_err e = weal_wal_append(w, 7, weal_bytes("more", 4), &lsn);
        if (e == WEAL_OK) e = weal_wal_sync(w);
        WEAL_ASSERT(e == WEAL_OK);
        weal_wal_close(w);
        WEAL_ASSERT(weal_wal_open(&c, see, &again, &w) == WEAL_OK);
        WEAL_ASSERT(again.count == first.count + 1);
        weal_wal_close(w);
    }
    weal_disk_mem_free(disk);
    WEAL_ASSERT(mem.alive == 0);
    return 0;
}
