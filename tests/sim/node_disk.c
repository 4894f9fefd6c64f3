/* SPDX-License-Identifier: ISC */
/* What a node keeps: its memory, counted; a disk that stands before the one in memory
 * (storage/file_mem.c), to know what is not synced yet and to die in the middle of a write; copies
 * of all of it for nodes that are put back to an old backup. */
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "tests/sim/node_world.h"

/* ---- memory, counted ---- */

static void *heap_take(void *ctx, size_t n) {
    struct nw_heap *h = ctx;
    uint64_t *p = malloc(n + 16);
    if (!p) return NULL;
    p[0] = n;
    h->bytes += n;
    h->pieces++;
    if (h->bytes > h->top) h->top = h->bytes;
    return p + 2;
}

static void heap_give(void *ctx, void *p) {
    struct nw_heap *h = ctx;
    if (!p) return;
    uint64_t *q = (uint64_t *)p - 2;
    h->bytes -= q[0];
    h->pieces--;
    free(q);
}

void nw_heap_init(struct nw_heap *h) {
    *h = (struct nw_heap){.mem = {h, heap_take, heap_give}};
}

/* ---- the disk in front ---- */

struct front_file {
    struct weal_file file; /* first */
    struct weal_file *below;
    uint32_t *dirty; /* of its kind */
};

static struct nw_disk *front(struct weal_disk *d) {
    return (struct nw_disk *)d;
}
static struct weal_file *below(struct weal_file *f) {
    return ((struct front_file *)f)->below;
}
/* A write or resize: may be the node's last. What it leaves is up to the disk below. */
static void touched(struct weal_file *f) {
    struct nw_disk *d = front(f->disk);
    struct nw_node *o = d->node;
    ++*((struct front_file *)f)->dirty;
    if (!o->w->healed && o->core && !o->dying &&
        nw_fault(o->w, NW_F_CRASH_WRITE, o->id, o->w->f.crash_write_ppm)) {
        o->dying = true;
        struct weal_disk_mem_faults *faults = weal_disk_mem_faults(d->below);
        faults->any_in = 1; /* this very one: a part of it is written */
        faults->sticky = true;
    }
}

static struct weal_file *wrap(struct nw_disk *d, const char *name, struct weal_file *b) {
    struct front_file *f = malloc(sizeof *f);
    WEAL_ASSERT(f);
    f->file.disk = &d->disk;
    f->below = b;
    f->dirty = strncmp(name, "wal", 3) == 0 ? &d->dirty_log : &d->dirty_blocks;
    return &f->file;
}
static enum weal_err front_open(struct weal_disk *base, const char *name, bool create,
                                struct weal_file **out) {
    struct weal_file *b;
    enum weal_err e = weal_file_open(front(base)->below, name, create, &b);
    if (e == WEAL_OK) *out = wrap(front(base), name, b);
    return e;
}
static enum weal_err front_lock(struct weal_disk *base, const char *name, struct weal_file **out) {
    struct weal_file *b;
    enum weal_err e = weal_file_lock(front(base)->below, name, &b);
    if (e == WEAL_OK) *out = wrap(front(base), name, b);
    return e;
}
static void front_close(struct weal_file *f) {
    weal_file_close(below(f));
    free(f);
}
static enum weal_err front_size(struct weal_file *f, uint64_t *out) {
    return weal_file_size(below(f), out);
}
static enum weal_err front_read(struct weal_file *f, uint64_t at, void *out, size_t n,
                                size_t *got) {
    return weal_file_read(below(f), at, out, n, got);
}
static enum weal_err front_write(struct weal_file *f, uint64_t at, const void *from, size_t n) {
    touched(f);
    front(f->disk)->bytes += n;
    return weal_file_write(below(f), at, from, n);
}
static enum weal_err front_resize(struct weal_file *f, uint64_t size) {
    touched(f);
    return weal_file_resize(below(f), size);
}
static enum weal_err front_sync(struct weal_file *f) {
    struct nw_disk *d = front(f->disk);
    struct node_world *w = d->node->w;
    struct weal_disk_mem_faults *faults = weal_disk_mem_faults(d->below);
    d->syncs++;
    if (!w->healed && d->node->core && !d->node->dying) {
        if (nw_fault(w, NW_F_EIO, d->node->id, w->f.eio_ppm)) faults->sync_in = 1;
        if (nw_fault(w, NW_F_FULL, d->node->id, w->f.full_ppm)) {
            faults->error = WEAL_ERR_NO_SPACE;
            faults->write_in = 1 + nw_below(w, 20);
            faults->sticky = true;
        }
    }
    enum weal_err e = weal_file_sync(below(f));
    if (e == WEAL_OK) *((struct front_file *)f)->dirty = 0;
    return e;
}
static enum weal_err front_remove(struct weal_disk *d, const char *name) {
    return weal_file_remove(front(d)->below, name);
}
static enum weal_err front_rename(struct weal_disk *d, const char *from, const char *to) {
    return weal_file_rename(front(d)->below, from, to);
}
static enum weal_err front_list(struct weal_disk *d, void (*each)(void *ctx, const char *name),
                                void *ctx) {
    return weal_file_list(front(d)->below, each, ctx);
}
static enum weal_err front_sync_names(struct weal_disk *d) {
    return weal_file_sync_names(front(d)->below);
}

void nw_disk_init(struct nw_node *o) {
    static const struct weal_disk_ops ops = {
        .open = front_open,
        .close = front_close,
        .size = front_size,
        .read = front_read,
        .write = front_write,
        .resize = front_resize,
        .sync = front_sync,
        .remove = front_remove,
        .rename = front_rename,
        .list = front_list,
        .sync_names = front_sync_names,
        .lock = front_lock,
    };
    o->disk = (struct nw_disk){.disk = {&ops}, .below = o->mem_disk, .node = o};
}

/* ---- all of it, and copies ---- */

void nw_storage_new(struct nw_node *o) {
    struct node_world *w = o->w;
    enum weal_err e = weal_kv_mem_new(&o->heap.mem, &o->kv);
    WEAL_ASSERT(e == WEAL_OK);
    e = weal_disk_mem_new(&o->heap.mem, nw_random(w), &o->mem_disk);
    WEAL_ASSERT(e == WEAL_OK);
    weal_put_le64(o->instance, nw_random(w));
    weal_put_le64(o->instance + 8, nw_random(w));
    nw_disk_init(o);
}

void nw_storage_free(struct nw_node *o) {
    weal_kv_close(o->kv);
    if (o->mem_disk) weal_disk_mem_free(o->mem_disk);
    o->kv = NULL;
    o->mem_disk = NULL;
}

static struct weal_kv *kv_copy(struct nw_node *o, struct weal_kv *from) {
    struct weal_kv *to;
    struct weal_kv_snap *s;
    enum weal_err e = weal_kv_mem_new(&o->heap.mem, &to);
    WEAL_ASSERT(e == WEAL_OK);
    e = weal_kv_snap_open(from, &s);
    WEAL_ASSERT(e == WEAL_OK);
    e = weal_kv_batch_begin(to);
    WEAL_ASSERT(e == WEAL_OK);
    for (int t = 0; t < WEAL_KV_TABLE_COUNT; t++) {
        struct weal_bytes k, v, none = {NULL, 0};
        for (e = weal_kv_seek(s, (enum weal_kv_table)t, none, &k, &v); e == WEAL_OK;
             e = weal_kv_step(s, (enum weal_kv_table)t, &k, &v)) {
            enum weal_err put = weal_kv_put(to, (enum weal_kv_table)t, k, v, true);
            WEAL_ASSERT(put == WEAL_OK);
        }
    }
    e = weal_kv_commit(to);
    WEAL_ASSERT(e == WEAL_OK);
    weal_kv_snap_close(s);
    return to;
}

struct file_copy {
    struct weal_disk *from, *to;
};
static void file_each(void *ctx, const char *name) {
    struct file_copy *c = ctx;
    struct weal_file *from, *to;
    uint64_t size = 0;
    enum weal_err e = weal_file_open(c->from, name, false, &from);
    WEAL_ASSERT(e == WEAL_OK);
    e = weal_file_open(c->to, name, true, &to);
    WEAL_ASSERT(e == WEAL_OK);
    e = weal_file_size(from, &size);
    WEAL_ASSERT(e == WEAL_OK);
    uint8_t *bytes = malloc(size + 1);
    size_t got = 0;
    WEAL_ASSERT(bytes);
    e = weal_file_read(from, 0, bytes, size, &got);
    WEAL_ASSERT(e == WEAL_OK && got == size);
    e = size == 0 ? WEAL_OK : weal_file_write(to, 0, bytes, size);
    WEAL_ASSERT(e == WEAL_OK);
    e = weal_file_sync(to);
    WEAL_ASSERT(e == WEAL_OK);
    free(bytes);
    weal_file_close(from);
    weal_file_close(to);
}
static struct weal_disk *disk_copy(struct nw_node *o, struct weal_disk *from) {
    struct file_copy c = {.from = from};
    enum weal_err e = weal_disk_mem_new(&o->heap.mem, nw_random(o->w), &c.to);
    WEAL_ASSERT(e == WEAL_OK);
    e = weal_file_list(from, file_each, &c);
    WEAL_ASSERT(e == WEAL_OK);
    e = weal_file_sync_names(c.to);
    WEAL_ASSERT(e == WEAL_OK);
    return c.to;
}

void nw_backup_free(struct nw_backup *b) {
    weal_kv_close(b->kv);
    if (b->disk) weal_disk_mem_free(b->disk);
    *b = (struct nw_backup){0};
}

/* Of a node that is down. */
void nw_backup_take(struct nw_node *o) {
    nw_backup_free(&o->backup);
    o->backup.kv = kv_copy(o, o->kv);
    o->backup.disk = disk_copy(o, o->mem_disk);
    o->backup.began = o->began;
    memcpy(o->backup.instance, o->instance, sizeof o->instance);
}

bool nw_backup_restore(struct nw_node *o) {
    if (!o->backup.kv) return false;
    nw_storage_free(o);
    o->kv = kv_copy(o, o->backup.kv);
    o->mem_disk = disk_copy(o, o->backup.disk);
    o->began = o->backup.began;
    memcpy(o->instance, o->backup.instance, sizeof o->instance);
    nw_disk_init(o);
    return true;
}

/* ---- rot ---- */

struct pick {
    struct node_world *w;
    uint64_t seen;
    char name[WEAL_FILE_NAME_MAX + 1];
};
static void pick_each(void *ctx, const char *name) {
    struct pick *p = ctx;
    if (nw_below(p->w, ++p->seen) == 0) memcpy(p->name, name, strlen(name) + 1);
}

bool nw_rot(struct nw_node *o) {
    struct pick p = {.w = o->w};
    struct weal_file *f;
    uint64_t size = 0;
    if (weal_file_list(o->mem_disk, pick_each, &p) != WEAL_OK || p.seen == 0) return false;
    if (weal_file_open(o->mem_disk, p.name, false, &f) != WEAL_OK) return false;
    enum weal_err e = weal_file_size(f, &size);
    weal_file_close(f);
    if (e != WEAL_OK || size == 0) return false;
    uint64_t at = nw_below(o->w, size < 65536 ? size : 65536);
    nw_note(o->w, o->id, o->id, NW_KINDS, at, size, p.name);
    return weal_disk_mem_rot(o->mem_disk, p.name, at, (uint8_t)(1 + nw_below(o->w, 255)));
}
