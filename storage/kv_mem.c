/* SPDX-License-Identifier: ISC */
/* The in-memory twin of the database. Each table is a skip list of keys; each key has its versions,
 * newest first, stamped with the commit that made them; a snapshot sees those up to its own stamp.
 * A batch takes all its memory while it is written, so that a commit either was told to fail or
 * can't. */
#include "storage/kv_mem.h"

#include "crypto/base/bug.h"

enum { LEVELS = 12 };

struct version {
    struct version *older;
    uint64_t at;
    size_t n;
    bool removed;
    uint8_t data[];
};
struct entry {
    struct version *newest;
    struct entry *next[LEVELS];
    uint8_t level;
    size_t n;
    uint8_t key[];
};
/* One write of the batch. entry is spare if the key turns out to be there. */
struct op {
    struct op *next;
    enum weal_kv_table table;
    struct entry *entry;
    struct version *version;
};
struct snap {
    struct weal_kv_snap base;
    struct snap *next;
    uint64_t at;
    uint64_t count[WEAL_KV_TABLE_COUNT];
    struct entry *cursor[WEAL_KV_TABLE_COUNT];
};
struct mem_kv {
    struct weal_kv base;
    struct weal_mem mem;
    struct weal_kv_mem_faults faults;
    struct snap *snaps;
    uint64_t commits, rng;
    bool open, failed, lost; /* a batch is open; no more writes; its batch survives a power cut */
    struct op *first, **last;
    uint64_t count[WEAL_KV_TABLE_COUNT];
    struct entry *head[WEAL_KV_TABLE_COUNT][LEVELS];
};

static struct mem_kv *of_kv(struct weal_kv *kv) {
    return (struct mem_kv *)kv;
}
static struct snap *of_snap(struct weal_kv_snap *s) {
    return (struct snap *)s;
}

/* ---- faults ---- */

static enum weal_err fault(struct mem_kv *kv, uint64_t *in) {
    if (*in == 0) return WEAL_OK;
    if (*in > 1) {
        --*in;
        return WEAL_OK;
    }
    if (!kv->faults.sticky) *in = 0;
    return kv->faults.error != WEAL_OK ? kv->faults.error : WEAL_ERR_IO;
}

struct weal_kv_mem_faults *weal_kv_mem_faults(struct weal_kv *kv) {
    return &of_kv(kv)->faults;
}

/* ---- the sorted map ---- */

static int entry_order(const struct entry *e, struct weal_bytes key) {
    return weal_bytes_compare_var((struct weal_bytes){e->key, e->n}, key);
}

static void links_to(struct mem_kv *kv, enum weal_kv_table t, struct weal_bytes key,
                     struct entry **link[LEVELS]) {
    struct entry **row = kv->head[t];
    for (int level = LEVELS - 1; level >= 0; level--) {
        while (row[level] && entry_order(row[level], key) < 0) row = row[level]->next;
        link[level] = &row[level];
    }
}

static void entry_insert(struct mem_kv *kv, struct entry **link[LEVELS], struct entry *e) {
    kv->rng ^= kv->rng << 13; /* xorshift64; the shape of a skip list is no secret */
    kv->rng ^= kv->rng >> 7;
    kv->rng ^= kv->rng << 17;
    uint64_t bits = kv->rng;
    for (e->level = 1; e->level < LEVELS && (bits & 3) == 0; e->level++) bits >>= 2;
    for (int level = 0; level < e->level; level++) {
        e->next[level] = *link[level];
        *link[level] = e;
    }
}

static const struct version *version_at(const struct entry *e, uint64_t at) {
    const struct version *v = e->newest;
    while (v && v->at > at) v = v->older;
    return v && !v->removed ? v : NULL;
}

/* Drops versions that no snapshot can see any more. */
static void entry_trim(struct mem_kv *kv, struct entry *e) {
    uint64_t oldest = kv->commits;
    for (const struct snap *s = kv->snaps; s; s = s->next) {
        if (s->at < oldest) oldest = s->at;
    }
    struct version *v = e->newest;
    while (v && v->at > oldest) v = v->older;
    if (!v) return;
    struct version *old = v->older;
    v->older = NULL;
    while (old) {
        struct version *next = old->older;
        kv->mem.give(kv->mem.ctx, old);
        old = next;
    }
}

/* ---- reading ---- */

static enum weal_err mem_snap_refresh(struct weal_kv_snap *base) {
    struct snap *s = of_snap(base);
    struct mem_kv *kv = of_kv(base->kv);
    s->at = kv->commits;
    memcpy(s->count, kv->count, sizeof s->count);
    memset(s->cursor, 0, sizeof s->cursor);
    return WEAL_OK;
}

static enum weal_err mem_snap_open(struct weal_kv *base, struct weal_kv_snap **out) {
    struct mem_kv *kv = of_kv(base);
    struct snap *s = kv->mem.take(kv->mem.ctx, sizeof *s);
    if (!s) return WEAL_ERR_NO_MEMORY;
    *s = (struct snap){.base.kv = base, .next = kv->snaps};
    kv->snaps = s;
    *out = &s->base;
    return mem_snap_refresh(&s->base);
}

static void mem_snap_close(struct weal_kv_snap *base) {
    struct mem_kv *kv = of_kv(base->kv);
    struct snap **link = &kv->snaps;
    while (*link != of_snap(base)) link = &(*link)->next;
    *link = of_snap(base)->next;
    kv->mem.give(kv->mem.ctx, base);
}

static enum weal_err mem_get(struct weal_kv_snap *base, enum weal_kv_table t, struct weal_bytes key,
                             struct weal_bytes *value) {
    struct mem_kv *kv = of_kv(base->kv);
    struct entry **link[LEVELS];
    enum weal_err e = fault(kv, &kv->faults.read_in);
    if (e != WEAL_OK) return e;
    links_to(kv, t, key, link);
    struct entry *at = *link[0];
    if (!at || entry_order(at, key) != 0) return WEAL_ERR_NOT_FOUND;
    const struct version *v = version_at(at, of_snap(base)->at);
    if (!v) return WEAL_ERR_NOT_FOUND;
    *value = (struct weal_bytes){v->data, v->n};
    return WEAL_OK;
}

/* Puts the cursor on the first entry from e on that the snapshot sees. */
static enum weal_err land(struct snap *s, enum weal_kv_table t, struct entry *e,
                          struct weal_bytes *key, struct weal_bytes *value) {
    const struct version *v = NULL;
    while (e && !(v = version_at(e, s->at))) e = e->next[0];
    if (!e) return WEAL_ERR_NOT_FOUND;
    s->cursor[t] = e;
    *key = (struct weal_bytes){e->key, e->n};
    *value = (struct weal_bytes){v->data, v->n};
    return WEAL_OK;
}

static enum weal_err mem_seek(struct weal_kv_snap *base, enum weal_kv_table t,
                              struct weal_bytes from, struct weal_bytes *key,
                              struct weal_bytes *value) {
    struct mem_kv *kv = of_kv(base->kv);
    struct entry **link[LEVELS];
    enum weal_err e = fault(kv, &kv->faults.read_in);
    if (e != WEAL_OK) return e;
    links_to(kv, t, from, link);
    return land(of_snap(base), t, *link[0], key, value);
}

static enum weal_err mem_step(struct weal_kv_snap *base, enum weal_kv_table t,
                              struct weal_bytes *key, struct weal_bytes *value) {
    struct mem_kv *kv = of_kv(base->kv);
    struct snap *s = of_snap(base);
    enum weal_err e = fault(kv, &kv->faults.read_in);
    if (e != WEAL_OK) return e;
    WEAL_ASSERT(s->cursor[t]);
    return land(s, t, s->cursor[t]->next[0], key, value);
}

static enum weal_err mem_count(struct weal_kv_snap *base, enum weal_kv_table t, uint64_t *out) {
    *out = of_snap(base)->count[t];
    return WEAL_OK;
}

/* ---- writing ---- */

static void ops_drop(struct mem_kv *kv) {
    for (struct op *op = kv->first; op;) {
        struct op *next = op->next;
        kv->mem.give(kv->mem.ctx, op->entry);
        kv->mem.give(kv->mem.ctx, op->version);
        kv->mem.give(kv->mem.ctx, op);
        op = next;
    }
    kv->first = NULL;
    kv->last = &kv->first;
}

static enum weal_err mem_batch_begin(struct weal_kv *base) {
    struct mem_kv *kv = of_kv(base);
    WEAL_ASSERT(!kv->open);
    if (kv->failed) return WEAL_ERR_IO;
    kv->open = true;
    return WEAL_OK;
}

static enum weal_err batch_add(struct mem_kv *kv, enum weal_kv_table t, struct weal_bytes key,
                               struct weal_bytes value, bool removed) {
    WEAL_ASSERT(kv->open);
    if (key.n == 0 || key.n > WEAL_KV_KEY_MAX || value.n > WEAL_KV_VALUE_MAX) {
        return WEAL_ERR_INVALID;
    }
    enum weal_err e = fault(kv, &kv->faults.write_in);
    if (e != WEAL_OK) return e;
    struct op *op = kv->mem.take(kv->mem.ctx, sizeof *op);
    struct entry *entry = kv->mem.take(kv->mem.ctx, sizeof *entry + key.n);
    struct version *version = kv->mem.take(kv->mem.ctx, sizeof *version + value.n);
    if (!op || !entry || !version) {
        kv->mem.give(kv->mem.ctx, op);
        kv->mem.give(kv->mem.ctx, entry);
        kv->mem.give(kv->mem.ctx, version);
        return WEAL_ERR_NO_MEMORY;
    }
    *entry = (struct entry){.n = key.n};
    memcpy(entry->key, key.p, key.n);
    *version = (struct version){.n = value.n, .removed = removed};
    if (value.n != 0) memcpy(version->data, value.p, value.n);
    *op = (struct op){.table = t, .entry = entry, .version = version};
    *kv->last = op;
    kv->last = &op->next;
    return WEAL_OK;
}

static enum weal_err mem_put(struct weal_kv *kv, enum weal_kv_table t, struct weal_bytes key,
                             struct weal_bytes value, bool append) {
    (void)append;
    return batch_add(of_kv(kv), t, key, value, false);
}

static enum weal_err mem_del(struct weal_kv *kv, enum weal_kv_table t, struct weal_bytes key) {
    return batch_add(of_kv(kv), t, key, weal_bytes(NULL, 0), true);
}

static void ops_do(struct mem_kv *kv) {
    kv->commits++;
    for (struct op *op = kv->first; op; op = op->next) {
        struct entry **link[LEVELS];
        struct weal_bytes key = {op->entry->key, op->entry->n};
        links_to(kv, op->table, key, link);
        struct entry *e = *link[0];
        if (!e || entry_order(e, key) != 0) {
            if (op->version->removed) continue;
            e = op->entry;
            op->entry = NULL;
            entry_insert(kv, link, e);
        }
        bool was = e->newest && !e->newest->removed;
        if (was && op->version->removed) kv->count[op->table]--;
        if (!was && !op->version->removed) kv->count[op->table]++;
        op->version->at = kv->commits;
        op->version->older = e->newest;
        e->newest = op->version;
        op->version = NULL;
        entry_trim(kv, e);
    }
    ops_drop(kv);
}

static enum weal_err mem_commit(struct weal_kv *base) {
    struct mem_kv *kv = of_kv(base);
    WEAL_ASSERT(kv->open);
    kv->open = false;
    enum weal_err e = fault(kv, &kv->faults.commit_in);
    if (e != WEAL_OK) {
        kv->failed = e == WEAL_ERR_IO;
        ops_drop(kv);
        return e;
    }
    e = fault(kv, &kv->faults.lost_in);
    if (e != WEAL_OK) {
        kv->failed = kv->lost = true;
        return WEAL_ERR_IO;
    }
    ops_do(kv);
    return WEAL_OK;
}

static void mem_abandon(struct weal_kv *base) {
    of_kv(base)->open = false;
    ops_drop(of_kv(base));
}

void weal_kv_mem_power_cut(struct weal_kv *base) {
    struct mem_kv *kv = of_kv(base);
    WEAL_ASSERT(!kv->snaps);
    if (kv->lost) ops_do(kv);
    ops_drop(kv);
    kv->open = kv->failed = kv->lost = false;
    kv->faults = (struct weal_kv_mem_faults){0};
}

static void mem_close(struct weal_kv *base) {
    struct mem_kv *kv = of_kv(base);
    WEAL_ASSERT(!kv->snaps);
    ops_drop(kv);
    for (int t = 0; t < WEAL_KV_TABLE_COUNT; t++) {
        for (struct entry *e = kv->head[t][0]; e;) {
            struct entry *next = e->next[0];
            for (struct version *v = e->newest; v;) {
                struct version *older = v->older;
                kv->mem.give(kv->mem.ctx, v);
                v = older;
            }
            kv->mem.give(kv->mem.ctx, e);
            e = next;
        }
    }
    kv->mem.give(kv->mem.ctx, kv);
}

enum weal_err weal_kv_mem_new(const struct weal_mem *mem, struct weal_kv **out) {
    static const struct weal_kv_ops ops = {
        .snap_open = mem_snap_open,
        .snap_refresh = mem_snap_refresh,
        .snap_close = mem_snap_close,
        .get = mem_get,
        .seek = mem_seek,
        .step = mem_step,
        .count = mem_count,
        .batch_begin = mem_batch_begin,
        .put = mem_put,
        .del = mem_del,
        .commit = mem_commit,
        .abandon = mem_abandon,
        .close = mem_close,
    };
    struct mem_kv *kv = mem->take(mem->ctx, sizeof *kv);
    if (!kv) return WEAL_ERR_NO_MEMORY;
    *kv = (struct mem_kv){.base.ops = &ops, .mem = *mem, .rng = 0x9e3779b97f4a7c15u};
    kv->last = &kv->first;
    *out = &kv->base;
    return WEAL_OK;
}
