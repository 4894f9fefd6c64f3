/* SPDX-License-Identifier: ISC */
/* Each file has two images: what the process sees, and what is on the platter. Writes go to the
 * first and are listed; sync copies what is listed to the second; a power cut makes the first equal
 * to the second, after some of the listed sectors got there by chance. */
#include "storage/file_mem.h"

#include "crypto/base/bug.h"

struct image {
    uint8_t *p;
    uint64_t n, cap;
};
struct dirty {
    struct dirty *next;
    uint64_t at, n;
};
struct node {
    struct node *next;
    char name[WEAL_FILE_NAME_MAX + 1];         /* empty: removed */
    char durable_name[WEAL_FILE_NAME_MAX + 1]; /* empty: not in the directory on the platter */
    struct image now, durable;
    struct dirty *dirty;
    bool resized, locked;
};
struct mem_file {
    struct weal_file base;
    struct mem_file *next;
    struct node *node;
    bool lock;
};
struct mem_disk {
    struct weal_disk base;
    struct weal_mem mem;
    struct weal_disk_mem_faults faults;
    struct node *nodes;
    struct mem_file *open;
    uint64_t rng, syncs;
};

static struct mem_disk *of_disk(struct weal_disk *d) {
    return (struct mem_disk *)d;
}
static struct mem_file *of_file(struct weal_file *f) {
    return (struct mem_file *)f;
}

static uint64_t rng(struct mem_disk *d) {
    d->rng ^= d->rng << 13;
    d->rng ^= d->rng >> 7;
    d->rng ^= d->rng << 17;
    return d->rng >> 11;
}

/* ---- faults ---- */

static enum weal_err count_down(struct mem_disk *d, uint64_t *in) {
    if (*in == 0) return WEAL_OK;
    if (*in > 1) {
        --*in;
        return WEAL_OK;
    }
    if (!d->faults.sticky) *in = 0;
    return d->faults.error != WEAL_OK ? d->faults.error : WEAL_ERR_IO;
}

static enum weal_err fault(struct mem_disk *d, uint64_t *kind) {
    enum weal_err e = count_down(d, &d->faults.any_in);
    return e == WEAL_OK && kind ? count_down(d, kind) : e;
}

/* ---- images ---- */

static enum weal_err image_size(struct mem_disk *d, struct image *i, uint64_t n) {
    if (n > i->cap) {
        uint64_t cap = i->cap * 2 > n ? i->cap * 2 : n;
        uint8_t *p = d->mem.take(d->mem.ctx, cap);
        if (!p) return WEAL_ERR_NO_MEMORY;
        if (i->n != 0) memcpy(p, i->p, i->n);
        d->mem.give(d->mem.ctx, i->p);
        i->p = p;
        i->cap = cap;
    }
    if (n > i->n) memset(i->p + i->n, 0, n - i->n);
    i->n = n;
    return WEAL_OK;
}

static void dirty_drop(struct mem_disk *d, struct node *n) {
    while (n->dirty) {
        struct dirty *next = n->dirty->next;
        d->mem.give(d->mem.ctx, n->dirty);
        n->dirty = next;
    }
    n->resized = false;
}

/* [at, at + n) of what the process sees reaches the platter. */
static enum weal_err persist(struct mem_disk *d, struct node *f, uint64_t at, uint64_t n) {
    if (at >= f->now.n) return WEAL_OK;
    if (n > f->now.n - at) n = f->now.n - at;
    if (at + n > f->durable.n) {
        enum weal_err e = image_size(d, &f->durable, at + n);
        if (e != WEAL_OK) return e;
    }
    if (n != 0) memcpy(f->durable.p + at, f->now.p + at, n);
    return WEAL_OK;
}

/* ---- names ---- */

static struct node *find(struct mem_disk *d, const char *name) {
    for (struct node *n = d->nodes; n; n = n->next) {
        if (strcmp(n->name, name) == 0) return n;
    }
    return NULL;
}

static void node_free(struct mem_disk *d, struct node *n) {
    dirty_drop(d, n);
    d->mem.give(d->mem.ctx, n->now.p);
    d->mem.give(d->mem.ctx, n->durable.p);
    d->mem.give(d->mem.ctx, n);
}

static bool is_open(const struct mem_disk *d, const struct node *n) {
    for (const struct mem_file *f = d->open; f; f = f->next) {
        if (f->node == n) return true;
    }
    return false;
}

/* Forgets files that are in no directory and in nobody's hands. */
static void sweep(struct mem_disk *d) {
    for (struct node **link = &d->nodes; *link;) {
        struct node *n = *link;
        if (n->name[0] == 0 && n->durable_name[0] == 0 && !is_open(d, n)) {
            *link = n->next;
            node_free(d, n);
        } else {
            link = &n->next;
        }
    }
}

/* ---- operations ---- */

static enum weal_err mem_open(struct weal_disk *base, const char *name, bool create,
                              struct weal_file **out) {
    struct mem_disk *d = of_disk(base);
    size_t n = strlen(name);
    WEAL_ASSERT(n != 0 && n <= WEAL_FILE_NAME_MAX);
    enum weal_err e = fault(d, NULL);
    if (e != WEAL_OK) return e;
    struct node *node = find(d, name);
    if (!node && !create) return WEAL_ERR_NOT_FOUND;
    struct mem_file *f = d->mem.take(d->mem.ctx, sizeof *f);
    if (!f) return WEAL_ERR_NO_MEMORY;
    if (!node) {
        node = d->mem.take(d->mem.ctx, sizeof *node);
        if (!node) {
            d->mem.give(d->mem.ctx, f);
            return WEAL_ERR_NO_MEMORY;
        }
        *node = (struct node){.next = d->nodes};
        memcpy(node->name, name, n + 1);
        d->nodes = node;
    }
    *f = (struct mem_file){.base.disk = base, .next = d->open, .node = node};
    d->open = f;
    *out = &f->base;
    return WEAL_OK;
}

static void mem_close(struct weal_file *base) {
    struct mem_disk *d = of_disk(base->disk);
    struct mem_file **link = &d->open;
    while (*link != of_file(base)) link = &(*link)->next;
    *link = of_file(base)->next;
    if (of_file(base)->lock) of_file(base)->node->locked = false;
    d->mem.give(d->mem.ctx, base);
    sweep(d);
}

static enum weal_err mem_size(struct weal_file *f, uint64_t *out) {
    *out = of_file(f)->node->now.n;
    return WEAL_OK;
}

static enum weal_err mem_read(struct weal_file *base, uint64_t at, void *out, size_t n,
                              size_t *got) {
    struct mem_disk *d = of_disk(base->disk);
    const struct image *i = &of_file(base)->node->now;
    enum weal_err e = fault(d, &d->faults.read_in);
    if (e != WEAL_OK) return e;
    if (at >= i->n) {
        n = 0;
    } else if (n > i->n - at) {
        n = (size_t)(i->n - at);
    }
    if (n != 0) memcpy(out, i->p + at, n);
    *got = n;
    return WEAL_OK;
}

static uint64_t used(const struct mem_disk *d) {
    uint64_t sum = 0;
    for (const struct node *n = d->nodes; n; n = n->next) sum += n->now.n;
    return sum;
}

static enum weal_err mem_write(struct weal_file *base, uint64_t at, const void *from, size_t n) {
    struct mem_disk *d = of_disk(base->disk);
    struct node *f = of_file(base)->node;
    enum weal_err failed = fault(d, &d->faults.write_in), e;
    if (failed != WEAL_OK) n = (size_t)(rng(d) % (n + 1)); /* some of it gets there */
    if (at + n > f->now.n) {
        uint64_t more = at + n - f->now.n;
        if (d->faults.capacity != 0 && used(d) + more > d->faults.capacity) {
            return WEAL_ERR_NO_SPACE;
        }
        e = image_size(d, &f->now, at + n);
        if (e != WEAL_OK) return e;
    }
    struct dirty *mark = d->mem.take(d->mem.ctx, sizeof *mark);
    if (!mark) return WEAL_ERR_NO_MEMORY;
    *mark = (struct dirty){f->dirty, at, n};
    f->dirty = mark;
    if (n != 0) memcpy(f->now.p + at, from, n);
    return failed;
}

static enum weal_err mem_resize(struct weal_file *base, uint64_t size) {
    struct mem_disk *d = of_disk(base->disk);
    struct node *f = of_file(base)->node;
    enum weal_err e = fault(d, &d->faults.write_in);
    if (e != WEAL_OK) return e;
    if (size > f->now.n && d->faults.capacity != 0 &&
        used(d) + (size - f->now.n) > d->faults.capacity) {
        return WEAL_ERR_NO_SPACE;
    }
    f->resized = true;
    return image_size(d, &f->now, size);
}

static enum weal_err mem_sync(struct weal_file *base) {
    struct mem_disk *d = of_disk(base->disk);
    struct node *f = of_file(base)->node;
    d->syncs++;
    enum weal_err e = fault(d, &d->faults.sync_in);
    if (e == WEAL_OK && (f->resized || f->now.n != f->durable.n)) {
        e = image_size(d, &f->durable, f->now.n);
        if (e == WEAL_OK) e = persist(d, f, 0, f->now.n);
    }
    for (const struct dirty *m = f->dirty; m && e == WEAL_OK; m = m->next) {
        e = persist(d, f, m->at, m->n);
    }
    dirty_drop(d, f);
    return e;
}

static enum weal_err mem_remove(struct weal_disk *base, const char *name) {
    struct mem_disk *d = of_disk(base);
    enum weal_err e = fault(d, NULL);
    if (e != WEAL_OK) return e;
    struct node *n = find(d, name);
    if (!n) return WEAL_ERR_NOT_FOUND;
    n->name[0] = 0;
    sweep(d);
    return WEAL_OK;
}

static enum weal_err mem_rename(struct weal_disk *base, const char *from, const char *to) {
    struct mem_disk *d = of_disk(base);
    WEAL_ASSERT(to[0] != 0 && strlen(to) <= WEAL_FILE_NAME_MAX);
    enum weal_err e = fault(d, NULL);
    if (e != WEAL_OK) return e;
    struct node *n = find(d, from), *old = find(d, to);
    if (!n) return WEAL_ERR_NOT_FOUND;
    if (old && old != n) old->name[0] = 0;
    memcpy(n->name, to, strlen(to) + 1);
    sweep(d);
    return WEAL_OK;
}

static enum weal_err mem_list(struct weal_disk *base, void (*each)(void *ctx, const char *name),
                              void *ctx) {
    struct mem_disk *d = of_disk(base);
    enum weal_err e = fault(d, NULL);
    if (e != WEAL_OK) return e;
    for (const struct node *n = d->nodes; n; n = n->next) {
        if (n->name[0] != 0) each(ctx, n->name);
    }
    return WEAL_OK;
}

static enum weal_err mem_sync_names(struct weal_disk *base) {
    struct mem_disk *d = of_disk(base);
    enum weal_err e = fault(d, &d->faults.sync_in);
    if (e != WEAL_OK) return e;
    for (struct node *n = d->nodes; n; n = n->next)
        memcpy(n->durable_name, n->name, sizeof n->name);
    sweep(d);
    return WEAL_OK;
}

static enum weal_err mem_lock(struct weal_disk *base, const char *name, struct weal_file **out) {
    enum weal_err e = mem_open(base, name, true, out);
    if (e != WEAL_OK) return e;
    struct mem_file *f = of_file(*out);
    if (f->node->locked) {
        mem_close(*out);
        *out = NULL;
        return WEAL_ERR_LOCKED;
    }
    f->node->locked = f->lock = true;
    return WEAL_OK;
}

/* ---- the world outside ---- */

struct weal_disk_mem_faults *weal_disk_mem_faults(struct weal_disk *d) {
    return &of_disk(d)->faults;
}

uint64_t weal_disk_mem_syncs(const struct weal_disk *d) {
    return ((const struct mem_disk *)d)->syncs;
}

bool weal_disk_mem_rot(struct weal_disk *base, const char *name, uint64_t at, uint8_t bits) {
    struct node *n = find(of_disk(base), name);
    if (!n || at >= n->now.n) return false;
    n->now.p[at] ^= bits;
    if (at < n->durable.n) n->durable.p[at] ^= bits;
    return true;
}

/* Some of the sectors that were written but not synced got to the platter. */
static void keep_some(struct mem_disk *d, struct node *n) {
    for (const struct dirty *m = n->dirty; m; m = m->next) {
        uint64_t at = m->at - m->at % WEAL_DISK_SECTOR;
        for (; at < m->at + m->n; at += WEAL_DISK_SECTOR) {
            if (rng(d) & 1) (void)persist(d, n, at, WEAL_DISK_SECTOR);
        }
    }
}

static void cut_name(struct mem_disk *d, struct node *n, enum weal_disk_mem_cut cut) {
    if (cut == WEAL_DISK_LOSE_NONE || (cut == WEAL_DISK_LOSE_SOME && (rng(d) & 1))) {
        memcpy(n->durable_name, n->name, sizeof n->name);
        for (struct node *other = d->nodes; other && n->name[0] != 0; other = other->next) {
            if (other != n && strcmp(other->durable_name, n->name) == 0) other->durable_name[0] = 0;
        }
    }
}

void weal_disk_mem_power_cut(struct weal_disk *base, enum weal_disk_mem_cut cut) {
    struct mem_disk *d = of_disk(base);
    d->faults = (struct weal_disk_mem_faults){0};
    while (d->open) mem_close(&d->open->base);
    for (struct node *n = d->nodes; n; n = n->next) {
        if (cut == WEAL_DISK_LOSE_SOME) keep_some(d, n);
        if (cut == WEAL_DISK_LOSE_NONE) {
            (void)image_size(d, &n->durable, n->now.n);
            (void)persist(d, n, 0, n->now.n);
        }
        cut_name(d, n, cut);
        dirty_drop(d, n);
    }
    for (struct node *n = d->nodes; n; n = n->next) {
        memcpy(n->name, n->durable_name, sizeof n->name);
        (void)image_size(d, &n->now, n->durable.n);
        if (n->now.n != 0) memcpy(n->now.p, n->durable.p, n->now.n);
    }
    sweep(d);
}

void weal_disk_mem_free(struct weal_disk *base) {
    struct mem_disk *d = of_disk(base);
    while (d->open) mem_close(&d->open->base);
    while (d->nodes) {
        struct node *next = d->nodes->next;
        node_free(d, d->nodes);
        d->nodes = next;
    }
    d->mem.give(d->mem.ctx, d);
}

enum weal_err weal_disk_mem_new(const struct weal_mem *mem, uint64_t seed, struct weal_disk **out) {
    static const struct weal_disk_ops ops = {
        .open = mem_open,
        .close = mem_close,
        .size = mem_size,
        .read = mem_read,
        .write = mem_write,
        .resize = mem_resize,
        .sync = mem_sync,
        .remove = mem_remove,
        .rename = mem_rename,
        .list = mem_list,
        .sync_names = mem_sync_names,
        .lock = mem_lock,
    };
    struct mem_disk *d = mem->take(mem->ctx, sizeof *d);
    if (!d) return WEAL_ERR_NO_MEMORY;
    *d = (struct mem_disk){.base.ops = &ops, .mem = *mem, .rng = seed | 1};
    *out = &d->base;
    return WEAL_OK;
}
