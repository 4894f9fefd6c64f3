/* SPDX-License-Identifier: ISC */
/* LMDB behind kv.h; the only user of lmdb.h. Options and why: MDB_NOTLS, a snapshot is an object,
 * not a thread; no MDB_WRITEMAP, for a full disk would be SIGBUS; no MDB_NOSYNC or NOMETASYNC, a
 * commit that returned is on the disk; a sparse map set once, since resizing it live is where
 * others crashed; MDB_NORDAHEAD once the file outgrows memory. Named tables keep plain byte order.
 */
#include "storage/kv_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "crypto/base/bug.h"
#include "storage/kv_fault.h"

enum { READERS = 256, FILE_MODE = 0600 };
static const uint64_t map_default = (uint64_t)256 << 30;

struct snap {
    struct weal_kv_snap base;
    MDB_txn *txn;
    MDB_cursor *cursor[WEAL_KV_TABLE_COUNT];   /* opened at first use */
    bool stale[WEAL_KV_TABLE_COUNT];           /* to be renewed after a refresh */
    struct weal_bytes at[WEAL_KV_TABLE_COUNT]; /* the key under each cursor */
};
struct lmdb_kv {
    struct weal_kv base;
    MDB_env *env;
    MDB_dbi dbi[WEAL_KV_TABLE_COUNT];
    MDB_txn *batch;
};

static const char *const table_name[] = {
#define X(id, name, doc) name,
    WEAL_KV_TABLES(X)
#undef X
};

static struct lmdb_kv *of_kv(struct weal_kv *kv) {
    return (struct lmdb_kv *)kv;
}
static struct snap *of_snap(struct weal_kv_snap *s) {
    return (struct snap *)s;
}

static enum weal_err err_of(int rc) {
    switch (rc) {
    case MDB_SUCCESS:
        return WEAL_OK;
    case MDB_NOTFOUND:
        return WEAL_ERR_NOT_FOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
        return WEAL_ERR_FULL;
    case MDB_READERS_FULL:
        return WEAL_ERR_BUSY;
    case MDB_VERSION_MISMATCH:
        return WEAL_ERR_VERSION;
    case MDB_BAD_TXN: /* what a transaction that met damage answers from then on */
    case MDB_CORRUPTED:
    case MDB_INCOMPATIBLE: /* a record marked as what we never write */
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
        return WEAL_ERR_CORRUPT;
    case MDB_BAD_VALSIZE:
    case MDB_KEYEXIST:
    case EINVAL:
        return WEAL_ERR_INVALID;
    case ENOENT:
        return WEAL_ERR_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
        return WEAL_ERR_NO_SPACE;
    case ENOMEM:
        return WEAL_ERR_NO_MEMORY;
    case EAGAIN:
    case EBUSY:
        return WEAL_ERR_LOCKED;
    case MDB_PANIC: /* a head could not be written: the disk's fault, and nothing is damaged */
    default:
        return WEAL_ERR_IO;
    }
}

/* Every call of LMDB that touches pages: a fault in it is the database's. */
#define GUARDED(table, call) (weal_kv_fault_enter(table), left(call))
static int left(int rc) {
    weal_kv_fault_leave();
    return rc;
}

static MDB_val val(struct weal_bytes b) {
    return (MDB_val){b.n, (void *)b.p};
}
static struct weal_bytes bytes(const MDB_val *v) {
    return weal_bytes(v->mv_data, v->mv_size);
}

/* ---- reading ---- */

static enum weal_err lmdb_snap_open(struct weal_kv *base, struct weal_kv_snap **out) {
    struct snap *s = calloc(1, sizeof *s);
    if (!s) return WEAL_ERR_NO_MEMORY;
    s->base.kv = base;
    enum weal_err e =
        err_of(GUARDED(NULL, mdb_txn_begin(of_kv(base)->env, NULL, MDB_RDONLY, &s->txn)));
    if (e != WEAL_OK) {
        free(s);
        return e;
    }
    *out = &s->base;
    return WEAL_OK;
}

static enum weal_err lmdb_snap_refresh(struct weal_kv_snap *base) {
    struct snap *s = of_snap(base);
    mdb_txn_reset(s->txn);
    for (int t = 0; t < WEAL_KV_TABLE_COUNT; t++) {
        s->stale[t] = true;
        s->at[t] = weal_bytes(NULL, 0);
    }
    return err_of(GUARDED(NULL, mdb_txn_renew(s->txn)));
}

static void lmdb_snap_close(struct weal_kv_snap *base) {
    struct snap *s = of_snap(base);
    for (int t = 0; t < WEAL_KV_TABLE_COUNT; t++) {
        if (s->cursor[t]) mdb_cursor_close(s->cursor[t]);
    }
    mdb_txn_abort(s->txn);
    free(s);
}

/* Lengths that no batch of ours can have put there are a damaged page's. */
static enum weal_err key_of(const MDB_val *k, struct weal_bytes *out) {
    *out = bytes(k);
    return out->n == 0 || out->n > WEAL_KV_KEY_MAX ? WEAL_ERR_CORRUPT : WEAL_OK;
}
static enum weal_err value_of(const MDB_val *v, struct weal_bytes *out) {
    *out = bytes(v);
    return out->n > WEAL_KV_VALUE_MAX ? WEAL_ERR_CORRUPT : WEAL_OK;
}

static enum weal_err lmdb_get(struct weal_kv_snap *base, enum weal_kv_table t,
                              struct weal_bytes key, struct weal_bytes *value) {
    struct lmdb_kv *kv = of_kv(base->kv);
    MDB_val k = val(key), v;
    int rc = GUARDED(table_name[t], mdb_get(of_snap(base)->txn, kv->dbi[t], &k, &v));
    return rc == 0 ? value_of(&v, value) : err_of(rc);
}

static enum weal_err cursor(struct snap *s, enum weal_kv_table t, MDB_cursor **out) {
    struct lmdb_kv *kv = of_kv(s->base.kv);
    int rc = 0;
    if (!s->cursor[t]) {
        rc = GUARDED(table_name[t], mdb_cursor_open(s->txn, kv->dbi[t], &s->cursor[t]));
    } else if (s->stale[t]) {
        rc = GUARDED(table_name[t], mdb_cursor_renew(s->txn, s->cursor[t]));
    }
    s->stale[t] = false;
    *out = s->cursor[t];
    return err_of(rc);
}

static enum weal_err moved(struct snap *s, enum weal_kv_table t, MDB_cursor_op op, MDB_val *k,
                           struct weal_bytes *key, struct weal_bytes *value) {
    MDB_cursor *c;
    MDB_val v;
    enum weal_err e = cursor(s, t, &c);
    if (e != WEAL_OK) return e;
    int rc = GUARDED(table_name[t], mdb_cursor_get(c, k, &v, op));
    if (rc != 0) return err_of(rc);
    e = key_of(k, key);
    return e == WEAL_OK ? value_of(&v, value) : e;
}

static enum weal_err lmdb_seek(struct weal_kv_snap *base, enum weal_kv_table t,
                               struct weal_bytes from, struct weal_bytes *key,
                               struct weal_bytes *value) {
    struct snap *s = of_snap(base);
    MDB_val k = val(from);
    enum weal_err e = moved(s, t, from.n == 0 ? MDB_FIRST : MDB_SET_RANGE, &k, key, value);
    if (e == WEAL_OK && weal_bytes_compare_var(*key, from) < 0) e = WEAL_ERR_CORRUPT;
    if (e == WEAL_OK) s->at[t] = *key;
    return e;
}

/* Keys rise from step to step, which also ends a walk through pages that lead in a circle. */
static enum weal_err lmdb_step(struct weal_kv_snap *base, enum weal_kv_table t,
                               struct weal_bytes *key, struct weal_bytes *value) {
    struct snap *s = of_snap(base);
    MDB_val k;
    enum weal_err e = moved(s, t, MDB_NEXT, &k, key, value);
    if (e == WEAL_OK && weal_bytes_compare_var(s->at[t], *key) >= 0) e = WEAL_ERR_CORRUPT;
    if (e == WEAL_OK) s->at[t] = *key;
    return e;
}

static enum weal_err lmdb_count(struct weal_kv_snap *base, enum weal_kv_table t, uint64_t *out) {
    struct lmdb_kv *kv = of_kv(base->kv);
    MDB_stat st;
    int rc = GUARDED(table_name[t], mdb_stat(of_snap(base)->txn, kv->dbi[t], &st));
    if (rc == 0) *out = st.ms_entries;
    return err_of(rc);
}

/* ---- writing ---- */

static enum weal_err lmdb_batch_begin(struct weal_kv *base) {
    struct lmdb_kv *kv = of_kv(base);
    WEAL_ASSERT(!kv->batch);
    return err_of(GUARDED(NULL, mdb_txn_begin(kv->env, NULL, 0, &kv->batch)));
}

static enum weal_err lmdb_put(struct weal_kv *base, enum weal_kv_table t, struct weal_bytes key,
                              struct weal_bytes value, bool append) {
    struct lmdb_kv *kv = of_kv(base);
    MDB_val k = val(key), v = val(value);
    if (value.n > WEAL_KV_VALUE_MAX) return WEAL_ERR_INVALID;
    unsigned flags = append ? MDB_APPEND : 0;
    return err_of(GUARDED(table_name[t], mdb_put(kv->batch, kv->dbi[t], &k, &v, flags)));
}

static enum weal_err lmdb_del(struct weal_kv *base, enum weal_kv_table t, struct weal_bytes key) {
    struct lmdb_kv *kv = of_kv(base);
    MDB_val k = val(key);
    int rc = GUARDED(table_name[t], mdb_del(kv->batch, kv->dbi[t], &k, NULL));
    return rc == MDB_NOTFOUND ? WEAL_OK : err_of(rc);
}

static enum weal_err lmdb_commit(struct weal_kv *base) {
    struct lmdb_kv *kv = of_kv(base);
    MDB_txn *batch = kv->batch;
    kv->batch = NULL;
    return err_of(GUARDED(NULL, mdb_txn_commit(batch)));
}

static void lmdb_abandon(struct weal_kv *base) {
    struct lmdb_kv *kv = of_kv(base);
    weal_kv_fault_enter(NULL);
    if (kv->batch) mdb_txn_abort(kv->batch);
    weal_kv_fault_leave();
    kv->batch = NULL;
}

static void lmdb_close(struct weal_kv *base) {
    struct lmdb_kv *kv = of_kv(base);
    lmdb_abandon(base);
    mdb_env_close(kv->env);
    free(kv);
}

/* ---- opening ---- */

/* Locks and shared maps do not hold between machines. */
static bool is_remote(const char *dir) {
    static const unsigned long remote[] = {0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997};
    struct statfs fs;
    if (statfs(dir, &fs) != 0) return false;
    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++) {
        if (((unsigned long)fs.f_type & 0xffffffffUL) == remote[i]) return true;
    }
    return false;
}

static bool outgrows_memory(const char *dir) {
    char path[4096];
    struct stat st;
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    int n = snprintf(path, sizeof path, "%s/data.mdb", dir);
    if (n < 0 || (size_t)n >= sizeof path || pages <= 0 || size <= 0) return false;
    return stat(path, &st) == 0 && (uint64_t)st.st_size > (uint64_t)pages * (uint64_t)size / 2;
}

static int open_tables(struct lmdb_kv *kv, bool read_only) {
    MDB_txn *txn;
    int rc = mdb_txn_begin(kv->env, NULL, read_only ? MDB_RDONLY : 0, &txn);
    if (rc != 0) return rc;
    for (int t = 0; t < WEAL_KV_TABLE_COUNT && rc == 0; t++) {
        rc = mdb_dbi_open(txn, table_name[t], read_only ? 0 : MDB_CREATE, &kv->dbi[t]);
    }
    if (rc == 0) return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc; /* whoever made the database made them all */
}

/* LMDB makes its file and the two pages of a new one's head without syncing either; the log beside
 * it would outlive a power cut that takes the name. */
static int make_durable(struct lmdb_kv *kv, const char *dir) {
    int rc = mdb_env_sync(kv->env, 1);
    int fd = rc == 0 ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (rc == 0 && (fd < 0 || fsync(fd) != 0)) rc = errno;
    if (fd >= 0) close(fd);
    return rc;
}

static int open_env(struct lmdb_kv *kv, const struct weal_kv_lmdb_config *c) {
    unsigned flags = MDB_NOTLS;
    if (c->read_only) flags |= MDB_RDONLY;
#ifdef MDB_PREVSNAPSHOT
    if (c->previous) flags |= MDB_PREVSNAPSHOT;
#else
    if (c->previous) return EINVAL;
#endif
    if (outgrows_memory(c->dir)) flags |= MDB_NORDAHEAD;
    int rc = mdb_env_set_mapsize(kv->env, c->map_bytes ? c->map_bytes : map_default);
    if (rc == 0) rc = mdb_env_set_maxreaders(kv->env, c->readers_max ? c->readers_max : READERS);
    if (rc == 0) rc = mdb_env_set_maxdbs(kv->env, WEAL_KV_TABLE_COUNT);
    if (rc == 0) rc = GUARDED(NULL, mdb_env_open(kv->env, c->dir, flags, FILE_MODE));
    if (rc == 0) rc = GUARDED(NULL, open_tables(kv, c->read_only));
    if (rc == 0 && !c->read_only) rc = make_durable(kv, c->dir);
    return rc;
}

enum weal_err weal_kv_lmdb_open(const struct weal_kv_lmdb_config *c, struct weal_kv **out) {
    static const struct weal_kv_ops ops = {
        .snap_open = lmdb_snap_open,
        .snap_refresh = lmdb_snap_refresh,
        .snap_close = lmdb_snap_close,
        .get = lmdb_get,
        .seek = lmdb_seek,
        .step = lmdb_step,
        .count = lmdb_count,
        .batch_begin = lmdb_batch_begin,
        .put = lmdb_put,
        .del = lmdb_del,
        .commit = lmdb_commit,
        .abandon = lmdb_abandon,
        .close = lmdb_close,
    };
    char path[PATH_MAX];
    if (is_remote(c->dir)) return WEAL_ERR_INVALID;
    struct lmdb_kv *kv = calloc(1, sizeof *kv);
    if (!kv) return WEAL_ERR_NO_MEMORY;
    kv->base.ops = &ops;
    snprintf(path, sizeof path, "%s/data.mdb", c->dir);
    if (c->damaged) weal_kv_fault_watch(path, c->damaged);
    bool fresh = !c->read_only && access(path, F_OK) != 0 && errno == ENOENT;
    int rc = mdb_env_create(&kv->env);
    if (rc == 0) {
        rc = open_env(kv, c);
        if (rc != 0) mdb_env_close(kv->env);
        /* half a head would be damage to the next start; nothing was ever in it */
        if (rc != 0 && fresh) (void)unlink(path);
    }
    if (rc != 0) {
        free(kv);
        return err_of(rc);
    }
    *out = &kv->base;
    return WEAL_OK;
}

/* ---- figures and copies ---- */

static int lag_line(const char *line, void *ctx) {
    unsigned long long pid, thread, txn;
    uint64_t *oldest = ctx;
    if (sscanf(line, "%llu %llx %llu", &pid, &thread, &txn) == 3 && txn < *oldest) *oldest = txn;
    return 0;
}

enum weal_err weal_kv_lmdb_stat(struct weal_kv *base, struct weal_kv_lmdb_stat *out) {
    struct lmdb_kv *kv = of_kv(base);
    MDB_envinfo info;
    MDB_stat st;
    int rc = mdb_reader_check(kv->env, NULL);
    if (rc == 0) rc = mdb_env_info(kv->env, &info);
    if (rc == 0) rc = mdb_env_stat(kv->env, &st);
    if (rc != 0) return err_of(rc);
    uint64_t oldest = info.me_last_txnid;
    if (mdb_reader_list(kv->env, lag_line, &oldest) < 0) return WEAL_ERR_IO;
    *out = (struct weal_kv_lmdb_stat){
        .map_bytes = info.me_mapsize,
        .used_bytes = (info.me_last_pgno + 1) * (uint64_t)st.ms_psize,
        .last_txn = info.me_last_txnid,
        .oldest_reader_lag = info.me_last_txnid - oldest,
        .readers = info.me_numreaders,
    };
    return WEAL_OK;
}

enum weal_err weal_kv_lmdb_backup(struct weal_kv *kv, const char *dir) {
    struct lmdb_kv *l = of_kv(kv);
    return err_of(GUARDED(NULL, mdb_env_copy2(l->env, dir, MDB_CP_COMPACT)));
}

/* ---- pages ---- */

/* Which pages are free: LMDB's own table 0, a number of a transaction -> how many, which. */
static int free_pages(MDB_txn *txn, uint8_t *seen, size_t pages, size_t *count) {
    MDB_cursor *c;
    MDB_val k, v;
    int rc = mdb_cursor_open(txn, 0, &c);
    if (rc != 0) return rc;
    while ((rc = mdb_cursor_get(c, &k, &v, MDB_NEXT)) == 0) {
        size_t n = 0, no = 0;
        const uint8_t *p = v.mv_data;
        if (k.mv_size == sizeof n && v.mv_size >= sizeof n) memcpy(&n, p, sizeof n);
        if (k.mv_size != sizeof n || n >= pages || v.mv_size < (n + 1) * sizeof n) break;
        size_t i = 0;
        for (; i < n; i++) {
            memcpy(&no, p + (i + 1) * sizeof no, sizeof no);
            if (no < 2 || no >= pages || (seen[no / 8] >> no % 8 & 1) != 0) break;
            seen[no / 8] = (uint8_t)(seen[no / 8] | 1 << no % 8);
        }
        if (i < n) break;
        *count += n;
    }
    mdb_cursor_close(c);
    return rc == MDB_NOTFOUND ? 0 : rc == 0 ? MDB_CORRUPTED : rc;
}

/* Two heads, then each page once: free or some table's. */
static int pages_add_up(struct lmdb_kv *kv, MDB_txn *txn, size_t pages, size_t sum) {
    int rc = 0;
    sum += 2;
    for (int t = -2; rc == 0 && t < WEAL_KV_TABLE_COUNT; t++) {
        MDB_stat st;
        rc = mdb_stat(txn, t < 0 ? (MDB_dbi)(t + 2) : kv->dbi[t], &st);
        if (rc == 0) sum += st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages;
    }
    return rc != 0 ? rc : sum == pages ? 0 : MDB_CORRUPTED;
}

enum weal_err weal_kv_lmdb_check(struct weal_kv *base) {
    struct lmdb_kv *kv = of_kv(base);
    MDB_envinfo info;
    MDB_txn *txn;
    size_t sum = 0;
    int rc = GUARDED(NULL, mdb_txn_begin(kv->env, NULL, MDB_RDONLY, &txn));
    if (rc != 0) return err_of(rc);
    mdb_env_info(kv->env, &info);
    size_t pages = info.me_last_pgno + 1;
    uint8_t *seen = calloc(1, pages / 8 + 1);
    if (!seen) rc = ENOMEM;
    if (rc == 0) rc = GUARDED("of free pages", free_pages(txn, seen, pages, &sum));
    if (rc == 0) rc = GUARDED(NULL, pages_add_up(kv, txn, pages, sum));
    free(seen);
    mdb_txn_abort(txn);
    return err_of(rc);
}
