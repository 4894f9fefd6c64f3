/* SPDX-License-Identifier: ISC */
/* The bytes of block segments, for writing, reading and fsck; private to storage/. */
#ifndef WEAL_STORAGE_BLOCK_INT_H
#define WEAL_STORAGE_BLOCK_INT_H

#include "storage/block.h"
#include "storage/crc32c.h"

#define WEAL_BLOCK_MAGIC "WEALBLK1"
enum {
    WEAL_BLOCK_FILE_HEAD = 8,
    WEAL_BLOCK_RECORD_HEAD = 64,
    WEAL_BLOCK_RECORD_MAGIC = 0x4b4c4257, /* "WBLK" */
};
enum weal_block_kind { WEAL_BLOCK_KIND_BODY = 1, WEAL_BLOCK_KIND_CERT = 2 };

/* The head of a record, checked for form but not yet by its sum. */
struct weal_block_head {
    uint32_t crc, kind, header_n, data_n;
    uint64_t height;
    uint8_t id[32];
    uint64_t total; /* bytes of the whole record */
};
bool weal_block_head_get(struct weal_block_head *out, const uint8_t in[WEAL_BLOCK_RECORD_HEAD]);
/* The head of the record of header and data, its sum included; returns the record's bytes. */
uint64_t weal_block_head_put(uint8_t out[WEAL_BLOCK_RECORD_HEAD], uint32_t segment, uint32_t kind,
                             uint64_t height, const uint8_t id[32], struct weal_bytes header,
                             struct weal_bytes data);
/* Writes such a record at a place of an open segment, zeros up to its end included. */
WEAL_MUST_USE enum weal_err weal_block_record_write(struct weal_file *f, uint64_t at,
                                                    const uint8_t head[WEAL_BLOCK_RECORD_HEAD],
                                                    struct weal_bytes header,
                                                    struct weal_bytes data);
/* The sum over everything after itself, begun with the segment's number. */
uint32_t weal_block_sum_begin(uint32_t segment, const uint8_t head[WEAL_BLOCK_RECORD_HEAD]);
void weal_block_segment_name(char out[WEAL_FILE_NAME_MAX + 1], uint32_t segment);

/* Walks the records of one segment; each whole one is shown. After damage the walk goes on at the
 * next whole record. */
struct weal_block_scan {
    uint64_t end;     /* after the last whole record */
    uint64_t dirt;    /* after the last byte that is not zero; at least end */
    uint64_t damaged; /* bytes skipped before end */
};
typedef enum weal_err (*weal_block_each)(void *ctx, const struct weal_block_head *head,
                                         struct weal_block_place place);
WEAL_MUST_USE enum weal_err weal_block_walk(struct weal_file *f, uint32_t segment,
                                            weal_block_each each, void *ctx,
                                            struct weal_block_scan *out);
/* A part of such a walk: the records that begin at *at (0: the first) or later and below end, until
 * about `bytes` have been read: it stops after the record that fills them. *at >= end: all seen. */
WEAL_MUST_USE enum weal_err weal_block_walk_some(struct weal_file *f, uint32_t segment,
                                                 weal_block_each each, void *ctx, uint64_t end,
                                                 uint64_t bytes, uint64_t *at);
/* The row of segments there is: [*least, *count of them); *count 0: none. CORRUPT for a gap. */
WEAL_MUST_USE enum weal_err weal_block_segments(struct weal_disk *d, uint32_t *least,
                                                uint32_t *count);

#endif
