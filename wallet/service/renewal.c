/* SPDX-License-Identifier: ISC */
#include "wallet/service/renewal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "crypto/hash/hash.h"
#include "crypto/ring/ring.h"
#include "wallet/service/serve.h"

enum {
    PATH = 600,
    SHARE_FILE = 32 + 4,
    SESSION_HEAD = 8 + 32 + 12 + 32 + WEAL_DKG_N_MAX * 32 + WEAL_DKG_RANDOM,
    SESSION_MAX = SESSION_HEAD + WEAL_DKG_PHASES * WEAL_DKG_N_MAX * (2 + WEAL_DKG_MESSAGE_MAX)
};
static const char MAGIC[8] = {'w', 'e', 'a', 'l', 'R', 'N', '0', '1'};

static bool path_of(char out[PATH], const char *dir, const char *name) {
    return snprintf(out, PATH, "%s/%s", dir, name) < PATH;
}
static bool session_path(char out[PATH], const char *dir, const char *begin,
                         const uint8_t nonce[32], const char *end) {
    char name[64], hex[17];
    sodium_bin2hex(hex, sizeof hex, nonce, 8);
    snprintf(name, sizeof name, "%s%s%s", begin, hex, end);
    return path_of(out, dir, name);
}

/* ---- shares ---- */

static enum weal_err share_write(const char *path, const uint8_t share[32], uint32_t number) {
    uint8_t file[SHARE_FILE];
    memcpy(file, share, 32);
    weal_put_le32(file + 32, number);
    enum weal_err e = weal_file_keep(path, file, sizeof file);
    sodium_memzero(file, sizeof file);
    return e;
}

static enum weal_err share_read(const char *path, uint8_t share[32], uint32_t *number) {
    uint8_t file[SHARE_FILE];
    enum weal_err e = weal_file_read(path, file, sizeof file);
    memcpy(share, file, 32);
    *number = weal_le32(file + 32);
    sodium_memzero(file, sizeof file);
    return e;
}

static bool share_is(const uint8_t share[32], const uint8_t commitment[32]) {
    uint8_t own[32];
    return weal_human_key(own, share) && memcmp(own, commitment, 32) == 0;
}

enum weal_err weal_share_keep(const char *dir, const uint8_t share[32]) {
    char path[PATH];
    return path_of(path, dir, "share.key") ? share_write(path, share, 0) : WEAL_ERR_INVALID;
}

/* ---- what lies in the folder ---- */

enum file_kind { FILE_OTHER, FILE_SHARE, FILE_SESSION };

static bool named(const char *name, const char *begin, const char *end) {
    size_t n = strlen(name), a = strlen(begin), b = strlen(end);
    return n == a + 16 + b && strncmp(name, begin, a) == 0 && strcmp(name + n - b, end) == 0;
}

/* left: also what a crash left half written. */
static enum file_kind kind_of(const char *name, bool left) {
    if (named(name, "share-", ".key") || (left && named(name, "share-", ".key.new")))
        return FILE_SHARE;
    return named(name, "session-", "") || (left && named(name, "session-", ".new")) ? FILE_SESSION
                                                                                    : FILE_OTHER;
}

static bool number_of(const char *path, enum file_kind kind, uint32_t *number) {
    uint8_t head[8 + 32 + 4], share[32];
    if (kind == FILE_SHARE) {
        bool whole = share_read(path, share, number) == WEAL_OK;
        sodium_memzero(share, sizeof share);
        return whole;
    }
    FILE *f = fopen(path, "rb");
    bool good = f && fread(head, sizeof head, 1, f) == 1 && memcmp(head, MAGIC, 8) == 0;
    if (f) fclose(f);
    if (good) *number = weal_le32(head + 40);
    return good;
}

/* A waiting share of this renewal and commitment. NOT_FOUND. */
static enum weal_err waiting(const char *dir, const uint8_t commitment[32], uint32_t renewals,
                             char found[PATH], uint8_t share[32]) {
    struct dirent *at;
    uint32_t number;
    DIR *d = opendir(dir);
    bool is = false;
    if (!d) return WEAL_ERR_IO;
    while (!is && (at = readdir(d)) != NULL) {
        is = kind_of(at->d_name, false) == FILE_SHARE && path_of(found, dir, at->d_name) &&
             share_read(found, share, &number) == WEAL_OK && number == renewals &&
             share_is(share, commitment);
    }
    closedir(d);
    return is ? WEAL_OK : WEAL_ERR_NOT_FOUND;
}

/* Goes over the files of one kind that are of renewals up to this one; destroys them or counts
 * only. */
static enum weal_err sweep(const char *dir, enum file_kind kind, uint32_t renewals, bool destroy,
                           unsigned *count) {
    struct dirent *at;
    char path[PATH];
    uint32_t number;
    DIR *d = opendir(dir);
    enum weal_err e = WEAL_OK;
    *count = 0;
    if (!d) return WEAL_ERR_IO;
    while ((at = readdir(d)) != NULL) {
        if (kind_of(at->d_name, true) != kind || !path_of(path, dir, at->d_name) ||
            !number_of(path, kind, &number) || number > renewals) {
            continue;
        }
        ++*count;
        if (destroy && weal_file_destroy(path) != WEAL_OK) e = WEAL_ERR_IO;
    }
    closedir(d);
    return e;
}

/* Nothing of renewals up to this one is left when it is done. The box key goes before the session
 * it is of, so a crash in the middle is made good at the next start, which comes here again. */
static enum weal_err tidy(const char *dir, uint32_t renewals) {
    char box[PATH];
    unsigned n;
    if (!path_of(box, dir, "renewal.box")) return WEAL_ERR_INVALID;
    enum weal_err e = sweep(dir, FILE_SHARE, renewals, true, &n);
    if (e == WEAL_OK) e = sweep(dir, FILE_SESSION, renewals, false, &n);
    if (e == WEAL_OK && n != 0) e = weal_file_destroy(box);
    return e == WEAL_OK ? sweep(dir, FILE_SESSION, renewals, true, &n) : e;
}

static enum weal_err choose(const char *dir, const uint8_t commitment[32], uint32_t renewals,
                            uint8_t share[32]) {
    char path[PATH], from[PATH];
    uint32_t number = 0;
    if (!path_of(path, dir, "share.key")) return WEAL_ERR_INVALID;
    enum weal_err here = share_read(path, share, &number);
    if (here != WEAL_OK && here != WEAL_ERR_NOT_FOUND) return here;
    if (here == WEAL_OK && share_is(share, commitment)) {
        /* a successor of the chain counts its renewals from 0 */
        enum weal_err e = number == renewals ? WEAL_OK : share_write(path, share, renewals);
        return e == WEAL_OK ? tidy(dir, renewals) : e;
    }
    if (here == WEAL_OK && number > renewals) return WEAL_ERR_BUSY;
    if (here == WEAL_OK && number == renewals) return WEAL_ERR_CORRUPT;
    enum weal_err e = waiting(dir, commitment, renewals, from, share);
    if (e == WEAL_OK) e = weal_file_replace(from, path);
    if (e != WEAL_ERR_NOT_FOUND) return e == WEAL_OK ? tidy(dir, renewals) : e;
    sodium_memzero(share, 32);
    e = weal_file_destroy(path); /* of a renewal that is over */
    return e == WEAL_OK ? WEAL_ERR_NOT_FOUND : e;
}

enum weal_err weal_share_choose(const char *dir, const uint8_t commitment[32], uint32_t renewals,
                                uint8_t share[32]) {
    /* one process of this attestor at a time: what one puts in its place another must not destroy
     */
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        if (fd >= 0) close(fd);
        return WEAL_ERR_IO;
    }
    enum weal_err e = choose(dir, commitment, renewals, share);
    close(fd);
    return e;
}

/* ---- a renewal under way ---- */

enum weal_err weal_renewal_box(const char *dir, bool make, uint8_t secret[32], uint8_t box[32]) {
    char path[PATH];
    if (!path_of(path, dir, "renewal.box")) return WEAL_ERR_INVALID;
    enum weal_err e = weal_file_read(path, secret, 32);
    if (e == WEAL_ERR_NOT_FOUND && make) {
        weal_secret_fresh(secret);
        e = weal_file_keep(path, secret, 32);
    }
    if (e == WEAL_OK && !weal_human_key(box, secret)) e = WEAL_ERR_CORRUPT;
    return e;
}

/* The whole file in buf (SESSION_MAX); its length, 0 when it is none of ours. NOT_FOUND. */
static enum weal_err session_read(const struct weal_renewal *r, uint8_t *buf, size_t *n) {
    char path[PATH];
    if (!session_path(path, r->dir, "session-", r->roster.nonce, "")) return WEAL_ERR_INVALID;
    FILE *f = fopen(path, "rb");
    if (!f) return WEAL_ERR_NOT_FOUND;
    *n = fread(buf, 1, SESSION_MAX, f);
    bool good = !ferror(f) && feof(f);
    fclose(f);
    return good && *n >= SESSION_HEAD && memcmp(buf, MAGIC, 8) == 0 &&
                   memcmp(buf + 8, r->roster.nonce, 32) == 0
               ? WEAL_OK
               : WEAL_ERR_CORRUPT;
}

static enum weal_err head_take(struct weal_renewal *r, struct weal_bytes file) {
    struct weal_rd rd = weal_rd(file);
    (void)weal_rd_view(&rd, 40);
    r->number = weal_rd_u32(&rd);
    uint32_t n = weal_rd_u32(&rd), t = weal_rd_u32(&rd);
    weal_rd_copy(&rd, r->roster.key, 32);
    weal_rd_copy(&rd, r->roster.prior, sizeof r->roster.prior);
    weal_rd_copy(&rd, r->random, sizeof r->random);
    return n == r->roster.n && t == r->roster.t ? WEAL_OK : WEAL_ERR_INVALID;
}

static void of_make(struct weal_renewal *r, const uint8_t chain_id[32]) {
    uint8_t number[4];
    weal_put_le32(number, r->number);
    struct weal_bytes parts[] = {weal_bytes(chain_id, 32), WEAL_BYTES(number)};
    weal_hash256(r->roster.of, "weal/renewal", parts, 2);
}

enum weal_err weal_renewal_begin(struct weal_renewal *r, const char *dir,
                                 const struct weal_dkg_roster *roster,
                                 const struct weal_quorum *quorum, const uint8_t chain_id[32]) {
    uint8_t *file = malloc(SESSION_MAX);
    size_t n = 0;
    memset(r, 0, sizeof *r);
    if (!file) return WEAL_ERR_NO_MEMORY;
    snprintf(r->dir, sizeof r->dir, "%s", dir);
    r->roster = *roster;
    r->roster.renewal = true;
    r->number = quorum->renewals + 1;
    memcpy(r->roster.key, quorum->voprf, 32);
    for (uint32_t i = 0; i < roster->n && i < quorum->n; i++) {
        memcpy(r->roster.prior[i], quorum->member[i].share, 32);
    }
    enum weal_err e = session_read(r, file, &n);
    bool fresh = e == WEAL_ERR_NOT_FOUND;
    if (e == WEAL_OK) e = head_take(r, weal_bytes(file, n));
    sodium_memzero(file, n);
    free(file);
    if (e == WEAL_OK && r->number != quorum->renewals && r->number != quorum->renewals + 1) {
        return WEAL_ERR_INVALID;
    }
    of_make(r, chain_id);
    if (!fresh) return e;
    randombytes_buf(r->random, sizeof r->random);
    return weal_renewal_save(r, NULL);
}

/* d NULL: nothing was said yet. */
enum weal_err weal_renewal_save(void *ctx, const struct weal_dkg *d) {
    const struct weal_renewal *r = ctx;
    char path[PATH];
    uint8_t *file = malloc(SESSION_MAX);
    if (!file) return WEAL_ERR_NO_MEMORY;
    struct weal_wr w = weal_wr(file, SESSION_MAX);
    weal_wr_copy(&w, MAGIC, 8);
    weal_wr_bytes(&w, WEAL_BYTES(r->roster.nonce));
    weal_wr_u32(&w, r->number);
    weal_wr_u32(&w, r->roster.n);
    weal_wr_u32(&w, r->roster.t);
    weal_wr_bytes(&w, WEAL_BYTES(r->roster.key));
    weal_wr_bytes(&w, weal_bytes(r->roster.prior, sizeof r->roster.prior));
    weal_wr_bytes(&w, WEAL_BYTES(r->random));
    for (unsigned p = 0; d && p < WEAL_DKG_PHASES; p++) {
        for (uint32_t i = 0; i < d->roster.n; i++) {
            struct weal_bytes said = weal_dkg_said(d, (enum weal_dkg_phase)p, i);
            if (said.n == 0) continue;
            weal_wr_u16(&w, (uint16_t)said.n);
            weal_wr_bytes(&w, said);
        }
    }
    WEAL_ASSERT(!w.failed); /* SESSION_MAX holds all that can be said */
    struct weal_bytes all = weal_wr_done(&w);
    enum weal_err e = session_path(path, r->dir, "session-", r->roster.nonce, "")
                          ? weal_file_keep(path, all.p, all.n)
                          : WEAL_ERR_INVALID;
    sodium_memzero(file, all.n);
    free(file);
    return e;
}

enum weal_err weal_renewal_restore(const struct weal_renewal *r, struct weal_dkg *d) {
    uint8_t *file = malloc(SESSION_MAX);
    size_t n = 0;
    if (!file) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = session_read(r, file, &n);
    struct weal_rd rd = weal_rd(weal_bytes(file, e == WEAL_OK ? n : 0));
    if (e == WEAL_OK) (void)weal_rd_view(&rd, SESSION_HEAD);
    while (e == WEAL_OK && rd.n != 0) {
        struct weal_bytes said = weal_rd_view(&rd, weal_rd_u16(&rd));
        if (rd.failed || weal_dkg_take(d, said) != WEAL_ACCEPT) e = WEAL_ERR_CORRUPT;
    }
    sodium_memzero(file, n);
    free(file);
    return e;
}

enum weal_err weal_renewal_stage(const struct weal_renewal *r, const struct weal_dkg *d) {
    char path[PATH];
    return session_path(path, r->dir, "share-", r->roster.nonce, ".key")
               ? share_write(path, d->share, r->number)
               : WEAL_ERR_INVALID;
}

void weal_renewal_release(struct weal_renewal *r) {
    sodium_memzero(r, sizeof *r);
}
