/* SPDX-License-Identifier: ISC */
/* Blocks in the files that have gone bad since they were written: noticed when they are read, for
 * whomever, and by one slow look through all of them after each start, from the newest down; asked
 * of peers, whose answers must be what the id or the validators' signatures say; written again
 * where they were, one at a time and a piece a turn. Until then the node goes on without them: what
 * it can't read it doesn't serve, and a block's certificate is stood for by a later one's. The
 * certificates have a file of their own, mend_cert.c. */
#include "node/core/core_int.h"

#include <stdlib.h>

/* A tick of the slow look is on the voting thread: it ends with the block that fills a mebibyte. */
enum { SCRUB_BLOCKS = 8, SCRUB_BYTES = 1 << 20, SCRUB_EVERY_MS = 200 };
/* So is a piece of the segment that is looked through before something is written into it. */
enum { MEND_BYTES = 512 << 10, MEND_EVERY_MS = 5, MEND_LATER_MS = 1000 };

/* What is being written again: its bytes are kept until then. */
struct core_mending {
    struct weal_block_mending m;
    struct weal_block_where where;
    bool cert;
    uint64_t next_ms;
    uint8_t bytes[];
};

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
    if (e == WEAL_OK && core_cert_missing(where, read)) core_cert_damaged(c, where);
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

/* ---- writing again ---- */

enum weal_err core_mending_begin(struct weal_core *c, const struct weal_block_where *where,
                                 bool cert, struct weal_bytes header, struct weal_bytes data) {
    if (c->mending) return WEAL_ERR_BUSY;
    struct core_mending *n = malloc(sizeof *n + header.n + data.n);
    if (!n) return WEAL_ERR_NO_MEMORY;
    n->where = *where;
    n->cert = cert;
    n->next_ms = c->now_ms;
    if (header.n != 0) memcpy(n->bytes, header.p, header.n);
    memcpy(n->bytes + header.n, data.p, data.n);
    header = weal_bytes(n->bytes, header.n);
    data = weal_bytes(n->bytes + header.n, data.n);
    enum weal_err e = cert ? weal_block_mend_cert(&n->m, where, data)
                           : weal_block_mend_body(&n->m, where, header, data);
    if (e == WEAL_OK)
        c->mending = n;
    else
        free(n);
    return e;
}

static void mend_end(struct weal_core *c, const struct weal_block_where *where, enum weal_err e) {
    core_log(c, e == WEAL_OK ? WEAL_HOST_WARN : WEAL_HOST_ERROR,
             e == WEAL_OK ? "block-mended" : "block-not-mended", "height=%llu error=%s",
             (unsigned long long)where->height, weal_err_name(e));
    for (size_t i = 0; i < CORE_WANTS_MAX; i++) {
        struct core_want *w = &c->wants[i];
        if (!w->used || !w->mend || memcmp(w->id, where->id, 32) != 0) continue;
        w->mend = false;
        w->used = w->verify || w->certify;
        w->asked = 0; /* the agreement's question can be answered from the file now */
        w->next_ms = c->now_ms;
    }
    if (e == WEAL_OK) core_mend_look(c, where->height); /* its certificate may be gone too */
    core_wants_try(c);
}

static void mending_wake(struct weal_core *c) {
    struct core_mending *n = c->mending;
    bool done;
    if (!n || n->next_ms > c->now_ms) return;
    enum weal_err e = weal_block_mend_step(c->cfg.disk, &n->m, MEND_BYTES, &done);
    if (e == WEAL_OK && !done) {
        n->next_ms = c->now_ms + MEND_EVERY_MS;
        return;
    }
    c->mending = NULL;
    if (n->cert)
        core_cert_mended(c, &n->where, e);
    else
        mend_end(c, &n->where, e);
    free(n);
    if (e == WEAL_ERR_IO) core_fail(c, e, "mend");
}

void core_mend(struct weal_core *c, struct core_want *w, uint64_t peer,
               const struct weal_p2p_body *m) {
    struct weal_header head;
    struct weal_block_where where = {0};
    if (w->next_ms == UINT64_MAX) return; /* it is being written */
    enum weal_verdict v = weal_chain_block_check(m->id, m->header, m->body, &head);
    if (v != WEAL_ACCEPT) {
        c->host.blame(c->host.ctx, peer, v);
        return;
    }
    enum weal_err e = where_of(c, m->id, &where)
                          ? core_mending_begin(c, &where, false, m->header, m->body)
                          : WEAL_ERR_NOT_FOUND;
    w->next_ms = e == WEAL_OK ? UINT64_MAX : c->now_ms + MEND_LATER_MS;
    if (e == WEAL_OK || e == WEAL_ERR_BUSY || e == WEAL_ERR_NO_MEMORY) return;
    where.height = head.height;
    memcpy(where.id, m->id, 32);
    mend_end(c, &where, e);
}

void core_mend_free(struct weal_core *c) {
    free(c->mending);
}

/* ---- the slow look ---- */

static bool mending(const struct weal_core *c) {
    if (c->mending || core_certs_missing(c)) return true;
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
    if (core_applied_read(c, &where, &buf, &read)) free(buf);
    return bytes;
}

void core_mend_look(struct weal_core *c, uint64_t height) {
    struct weal_kv_snap *snap;
    if (weal_kv_snap_open(c->cfg.kv, &snap) != WEAL_OK) return;
    look(c, snap, height);
    weal_kv_snap_close(snap);
}

static void scrub_wake(struct weal_core *c) {
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

void core_mend_wake(struct weal_core *c) {
    mending_wake(c);
    core_certs_wake(c);
    scrub_wake(c);
}

uint64_t core_mend_next(const struct weal_core *c) {
    uint64_t at = c->scrub_height != 0 ? c->scrub_ms : UINT64_MAX, certs = core_certs_next(c);
    if (c->mending && c->mending->next_ms < at) at = c->mending->next_ms;
    return certs < at ? certs : at;
}
