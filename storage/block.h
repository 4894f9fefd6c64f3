/* SPDX-License-Identifier: ISC */
/* Block bodies and certificates in append-only segment files, outside the database (large values
 * fragment it). A body is stored, with its header, when it arrives, and synced before a vote to
 * finalize it leaves; its certificate follows when there is one. Where a record lies is kept in
 * memory for blocks above the applied height and in the database's BLOCK table below it.
 *
 * A torn tail is cut off at open, though nothing of what the hint's end says the database counts
 * on; damage before it is CORRUPT for that record when it is read, reported by fsck, and can be
 * mended by whoever has the same body from elsewhere. Owner thread; reads from other threads
 * through weal_block_read, which takes no owner state but the disk. */
#ifndef WEAL_STORAGE_BLOCK_H
#define WEAL_STORAGE_BLOCK_H

#include "storage/file.h"
#include "storage/kv.h"
#include "storage/mem.h"

enum {
    WEAL_BLOCK_HEADER_MAX = 4096,
    WEAL_BLOCK_BODY_MAX = 8 << 20,
    WEAL_BLOCK_CERT_MAX = 65536,
    WEAL_BLOCK_PLACE_BYTES = 16,
    WEAL_BLOCK_INDEX_BYTES = 32 + 2 * WEAL_BLOCK_PLACE_BYTES,
};

struct weal_blocks;

/* Where a record lies; size 0: nowhere. */
struct weal_block_place {
    uint32_t segment;
    uint32_t size; /* the whole record */
    uint64_t at;
};
/* What is known of a block by id or height. */
struct weal_block_where {
    uint8_t id[32];
    uint64_t height;
    struct weal_block_place body, cert;
};
struct weal_blocks_config {
    struct weal_disk *disk;
    struct weal_mem mem;
    uint64_t segment_bytes; /* a new file beyond this; 0: 64 MiB */
    uint32_t recent_max;    /* blocks indexed in memory, at most; 0: 2^18 */
};

/* Opens the files, creating the first, cuts a torn tail and indexes every record of the 4096
 * heights above from (NO_HEIGHT: from 0), starting one segment before the hint's (size 0: at the
 * first). The hint is the last place of the block at height from. */
WEAL_MUST_USE enum weal_err weal_blocks_open(const struct weal_blocks_config *c, uint64_t from,
                                             struct weal_block_place hint,
                                             struct weal_blocks **out);
void weal_blocks_close(struct weal_blocks *b);

/* Appends header and body, or does nothing when id is there already. Written at once, durable after
 * the next sync. FULL when recent_max blocks are indexed. */
WEAL_MUST_USE enum weal_err weal_blocks_put(struct weal_blocks *b, uint64_t height,
                                            const uint8_t id[32], struct weal_bytes header,
                                            struct weal_bytes body);
WEAL_MUST_USE enum weal_err weal_blocks_put_cert(struct weal_blocks *b, uint64_t height,
                                                 const uint8_t id[32], struct weal_bytes cert);
/* One fdatasync when something was put since the last; the directory too after a new segment. After
 * IO the files stay failed: stop and restart. */
WEAL_MUST_USE enum weal_err weal_blocks_sync(struct weal_blocks *b);
/* True when the body of id is durable. */
bool weal_blocks_durable(const struct weal_blocks *b, const uint8_t id[32]);

/* Looks among the recent ones. NOT_FOUND. */
WEAL_MUST_USE enum weal_err weal_blocks_find(const struct weal_blocks *b, const uint8_t id[32],
                                             struct weal_block_where *out);
/* The lowest of the recent ones above height that have body and certificate. NOT_FOUND. */
WEAL_MUST_USE enum weal_err weal_blocks_next_certified(const struct weal_blocks *b, uint64_t height,
                                                       struct weal_block_where *out);
/* Drops blocks at or below height from memory: they are in the database, or abandoned. */
void weal_blocks_forget(struct weal_blocks *b, uint64_t height);

/* The record of the BLOCK table (key be64 height, see storage/apply.h), and its reading. */
void weal_block_index_put(uint8_t out[WEAL_BLOCK_INDEX_BYTES],
                          const struct weal_block_where *where);
WEAL_MUST_USE enum weal_err weal_block_index_get(struct weal_kv_snap *s, uint64_t height,
                                                 struct weal_block_where *out);
WEAL_MUST_USE enum weal_err weal_block_index_get_id(struct weal_kv_snap *s, const uint8_t id[32],
                                                    struct weal_block_where *out);

/* Reads a block into buf, checking sums and id; header, body and cert (empty if there is none yet)
 * point into it. FULL: needs where->body.size + where->cert.size bytes. Any thread. */
struct weal_block_read {
    struct weal_bytes header, body, cert;
};
WEAL_MUST_USE enum weal_err weal_block_read(struct weal_disk *disk,
                                            const struct weal_block_where *where, void *buf,
                                            size_t n, struct weal_block_read *out);
/* The bytes where the header of a body's record stands, n of them or as many as there are, checked
 * by nothing: what the rest of the record does not vouch for any more may still hash to its id. Any
 * thread. */
WEAL_MUST_USE enum weal_err weal_block_peek(struct weal_disk *disk,
                                            const struct weal_block_where *where, void *buf,
                                            size_t n, size_t *got);

/* Writes a body or certificate that weal_block_read called CORRUPT once more where it was. Of a
 * body id says what it must be, byte for byte; any valid certificate that is as long will do: the
 * caller has compared or verified. Nothing whole is ever written over, so the segment is looked
 * through up to there first, a piece at each step: a step ends with the record that fills `bytes`.
 * Owner thread. */
struct weal_block_mending {
    struct weal_block_place place;
    struct weal_bytes header, data; /* borrowed until the end */
    uint8_t head[64];
    uint64_t at; /* looked through so far */
    bool taken;  /* a whole record stands there */
};
/* CORRUPT: the place is not one for it: too long, or too short. */
WEAL_MUST_USE enum weal_err weal_block_mend_body(struct weal_block_mending *m,
                                                 const struct weal_block_where *where,
                                                 struct weal_bytes header, struct weal_bytes body);
WEAL_MUST_USE enum weal_err weal_block_mend_cert(struct weal_block_mending *m,
                                                 const struct weal_block_where *where,
                                                 struct weal_bytes cert);
/* OK and *done: written and synced. CORRUPT, and nothing is written: another whole record stands
 * there, or this one does (a torn tail was cut and written over, or somebody was faster). */
WEAL_MUST_USE enum weal_err weal_block_mend_step(struct weal_disk *disk,
                                                 struct weal_block_mending *m, uint64_t bytes,
                                                 bool *done);

#endif
