/* SPDX-License-Identifier: ISC */
/* What `weald fsck` checks: every value against its leaf, the leaves against the committed root,
 * applied height against the stored blocks, and the log. Changes nothing; the node must not run. */
#ifndef WEAL_STORAGE_FSCK_H
#define WEAL_STORAGE_FSCK_H

#include "storage/apply.h"
#include "storage/block.h"
#include "storage/wal.h"

/* A finding, or progress when bad is false. text holds for the call. */
typedef void (*weal_fsck_report)(void *ctx, bool bad, const char *text);

struct weal_fsck_config {
    struct weal_kv *kv;
    struct weal_disk *blocks; /* NULL: not looked at */
    struct weal_disk *wal;    /* NULL: not looked at */
    uint8_t instance[WEAL_WAL_INSTANCE_BYTES];
    struct weal_mem mem;
    weal_fsck_report report;
    void *ctx;
};
/* OK when nothing is wrong, CORRUPT when something is; other errors when it could not look. */
WEAL_MUST_USE enum weal_err weal_fsck(const struct weal_fsck_config *c, uint64_t *findings);

#endif
