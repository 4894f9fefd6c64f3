/* SPDX-License-Identifier: ISC */
#include "node/fsck_cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/damaged.h"
#include "storage/fsck.h"
#include "storage/kv_lmdb.h"

enum { FINDINGS = 4, UNABLE = 75 };

static void report(void *ctx, bool bad, const char *text) {
    (void)ctx;
    printf("%s%s\n", bad ? "WRONG  " : "", text);
    fflush(stdout);
}
static void *take(void *ctx, size_t n) {
    (void)ctx;
    return malloc(n);
}
static void give(void *ctx, void *p) {
    (void)ctx;
    free(p);
}

int weal_fsck_command(const char *datadir) {
    char dir[4096];
    struct weal_disk *disk = NULL, *root = NULL;
    struct weal_file *lock = NULL, *f;
    struct weal_kv_lmdb_config kc = {.dir = dir, .read_only = true, .damaged = weal_damaged_exit};
    struct weal_fsck_config c = {.mem = {NULL, take, give}, .report = report};
    uint64_t findings = 0;
    size_t got = 0;
    snprintf(dir, sizeof dir, "%s/blocks", datadir);
    enum weal_err e = weal_disk_posix_open(datadir, &root);
    if (e == WEAL_OK) e = weal_file_lock(root, "lock", &lock);
    if (e == WEAL_OK) e = weal_disk_posix_open(dir, &disk);
    if (e == WEAL_OK) e = weal_file_open(root, "instance", false, &f);
    if (e == WEAL_OK) {
        e = weal_file_read(f, 0, c.instance, sizeof c.instance, &got);
        weal_file_close(f);
    }
    snprintf(dir, sizeof dir, "%s/chain", datadir);
    if (e == WEAL_OK) e = weal_kv_lmdb_open(&kc, &c.kv);
    if (e == WEAL_ERR_CORRUPT) {
        findings++;
        report(NULL, true,
               "state: the database does not open: its head or first pages are damaged");
    }
    if (e == WEAL_OK) {
        uint64_t more = 0;
        c.blocks = c.wal = disk;
        e = weal_kv_lmdb_check(c.kv);
        if (e == WEAL_ERR_CORRUPT) {
            findings++;
            report(NULL, true, "database: its list of free pages is damaged");
        }
        if (e == WEAL_OK || e == WEAL_ERR_CORRUPT) e = weal_fsck(&c, &more);
        findings += more;
        if (e == WEAL_OK && findings != 0) e = WEAL_ERR_CORRUPT;
        c.kv->ops->close(c.kv);
    }
    weal_file_close(lock);
    weal_disk_posix_close(disk);
    weal_disk_posix_close(root);
    if (e == WEAL_OK)
        printf("nothing is wrong in %s\n", datadir);
    else if (e == WEAL_ERR_CORRUPT)
        printf("%llu findings\n", (unsigned long long)findings);
    else
        fprintf(stderr, "weald: %s: %s\n", datadir, weal_err_text(e));
    return e == WEAL_OK ? 0 : e == WEAL_ERR_CORRUPT ? FINDINGS : UNABLE;
}
