/* SPDX-License-Identifier: ISC */
/* Blocks in the files that have gone bad since they were written: noticed when they are read, for
 * whomever, and by one slow look through all of them after each start, from the newest down; asked
 * of peers by id, which says whether an answer is true; written again where they were. Until then
 * the node goes on without them: what it can't read it doesn't serve. A damaged certificate is done
 * without; nothing says what its bytes were, and a later block's stands for it. */
#include "node/core/core_int.h"

#include <stdlib.h>

/* A tick of the slow look is on the voting thread: it ends with the block that fills a mebibyte. */
enum { SCRUB_BLOCKS = 8, SCRUB_BYTES = 1 << 20, SCRUB_EVERY_MS = 200 };

enum weal_err core_file_read(struct weal_disk *disk, const struct weal_block_where *where,
                             void **buf, struct weal_block_read *read) {
    struct weal_block_where bare = *where;
    size_t n = (size_t)where->body.size + where->cert.size;
    *buf = malloc(n + 1);
    if (!*buf) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = weal_block_read(disk, where, *buf, n, read);
    if (e == WEAL_ERR_CORRUPT && where->cert.size != 0) {
        bare.cert.size = 0;
        e = weal_block_read(disk, &bare, *buf, n, read);
    }
    if (e == WEAL_OK) return e;
    free(*buf);
    *buf = NULL;
    return e;
}

static void damaged(struct weal_core *c, const struct weal_block_where *where) {
    struct core_want *w = core_want_slot(c, where->id);
    if (w->mend) return;
    w->mend = true;
    core_log(c, WEAL_HOST_WARN, "block-damaged", "height=%llu segment=%u at=%llu",
             (unsigned long long)where->height, where->body.segment,
             (unsigned long long)where->body.at);
}

bool core_applied_read(struct weal_core *c, const struct weal_block_where *where, void **buf,
                       struct weal_block_read *read) {
    enum weal_err e = core_file_read(c->cfg.disk, where, buf, read);
    if (e == WEAL_ERR_CORRUPT) damaged(c, where);
    return e == WEAL_OK;
}

void core_mend_lost(struct weal_core *c, const uint8_t id[32]) {
    char hex[17] = "";
    struct weal_wr w = weal_wr(hex, sizeof hex - 1);
    weal_wr_hex(&w, id, 8);
    core_log(c, WEAL_HOST_ERROR, "block-not-mended", "id=%s error=no-peer-has-it", hex);
}

static bool where_of(struct weal_core *c, const uint8_t id[32], struct weal_block_where *where) {
    struct weal_kv_snap *snap;
    if (weal_kv_snap_open(c->cfg.kv, &snap) != WEAL_OK) return false;
    bool found = weal_block_index_get_id(snap, id, where) == WEAL_OK;
    weal_kv_snap_close(snap);
    return found;
}

void core_mend(struct weal_core *c, struct core_want *w, uint64_t peer,
               const struct weal_p2p_body *m) {
    struct weal_header head;
    struct weal_block_where where;
    enum weal_verdict v = weal_chain_block_check(m->id, m->header, m->body, &head);
    if (v != WEAL_ACCEPT) {
        c->host.blame(c->host.ctx, peer, v);
        return;
    }
    w->mend = false;
    w->used = w->verify || w->certify;
    w->asked = 0; /* the agreement's question can be answered from the file now */
    enum weal_err e = where_of(c, m->id, &where)
                          ? weal_block_mend(c->cfg.disk, &where, m->header, m->body)
                          : WEAL_ERR_NOT_FOUND;
    core_log(c, e == WEAL_OK ? WEAL_HOST_WARN : WEAL_HOST_ERROR,
             e == WEAL_OK ? "block-mended" : "block-not-mended", "height=%llu error=%s",
             (unsigned long long)head.height, weal_err_name(e));
    if (e == WEAL_ERR_IO) core_fail(c, e, "mend");
}

/* ---- the slow look ---- */

static bool mending(const struct weal_core *c) {
    for (size_t i = 0; i < CORE_WANTS_MAX; i++) {
        if (c->wants[i].used && c->wants[i].mend) return true;
    }
    return false;
}

/* Returns the bytes it read. */
static size_t look(struct weal_core *c, struct weal_kv_snap *snap, uint64_t height) {
    struct weal_block_where where;
    struct weal_block_read read;
    void *buf;
    if (weal_block_index_get(snap, height, &where) != WEAL_OK) {
        core_log(c, WEAL_HOST_ERROR, "block-not-indexed", "height=%llu",
                 (unsigned long long)height);
        return 0;
    }
    size_t bytes = (size_t)where.body.size + where.cert.size;
    if (!core_applied_read(c, &where, &buf, &read)) return bytes;
    if (where.cert.size != 0 && read.cert.n == 0) {
        core_log(c, WEAL_HOST_WARN, "certificate-damaged", "height=%llu",
                 (unsigned long long)height);
    }
    free(buf);
    return bytes;
}

void core_mend_look(struct weal_core *c, uint64_t height) {
    struct weal_kv_snap *snap;
    if (weal_kv_snap_open(c->cfg.kv, &snap) != WEAL_OK) return;
    look(c, snap, height);
    weal_kv_snap_close(snap);
}

void core_scrub_wake(struct weal_core *c) {
    struct weal_kv_snap *snap;
    if (c->scrub_height == 0 || c->scrub_ms > c->now_ms) return;
    c->scrub_ms = c->now_ms + SCRUB_EVERY_MS;
    if (weal_kv_snap_open(c->cfg.kv, &snap) != WEAL_OK) return;
    size_t bytes = 0;
    for (int i = 0; i < SCRUB_BLOCKS && bytes < SCRUB_BYTES; i++) {
        if (c->scrub_height == 0 || mending(c)) break;
        bytes += look(c, snap, c->scrub_height--);
    }
    if (c->scrub_height == 0) core_log(c, WEAL_HOST_INFO, "blocks-read-back", "down_to=1");
    weal_kv_snap_close(snap);
}

uint64_t core_scrub_next(const struct weal_core *c) {
    return c->scrub_height != 0 ? c->scrub_ms : UINT64_MAX;
}
