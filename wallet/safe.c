/* SPDX-License-Identifier: ISC */
#include "wallet/safe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wallet/vault.h"

#define MARK "weal/safe/1"
enum {
    MARK_N = sizeof MARK - 1,
    NAME = 32, /* hex digits of a file's name */
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    STEP = 4096, /* sealed lengths are multiples of it */
    SEALED_MAX = WEAL_SAFE_RECORD_MAX + STEP,
    FILE_MAX = MARK_N + NONCE + SEALED_MAX + TAG
};

static void file_name(const struct weal_safe *s, char out[NAME + 1], const char *name) {
    uint8_t hash[NAME / 2];
    crypto_generichash_blake2b(hash, sizeof hash, (const uint8_t *)name, strlen(name), s->key, 32);
    sodium_bin2hex(out, NAME + 1, hash, sizeof hash);
}

static char *path_of(const struct weal_safe *s, const char *file) {
    char *path;
    return asprintf(&path, "%s/%s", s->folder, file) < 0 ? NULL : path;
}

/* What is authenticated beside the record. */
static struct weal_bytes beside(const struct weal_safe *s, uint8_t out[128], const char *file) {
    struct weal_wr w = weal_wr(out, 128);
    weal_wr_text(&w, MARK);
    weal_wr_copy(&w, s->chain, 32);
    weal_wr_text(&w, file);
    return weal_wr_done(&w);
}

/* ---- the folder ---- */

static bool is_record(const char *file) {
    return strlen(file) == NAME && strspn(file, "0123456789abcdef") == NAME;
}

/* What a crash left half-written. */
static void sweep(const struct weal_safe *s) {
    DIR *d = opendir(s->folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char *path = strstr(e->d_name, ".new.") ? path_of(s, e->d_name) : NULL;
        if (path) unlink(path);
        free(path);
    }
    if (d) closedir(d);
}

enum weal_err weal_safe_open(struct weal_safe *s, const char *folder, const uint8_t key[32],
                             const uint8_t chain[32]) {
    memset(s, 0, sizeof *s);
    s->lock = -1;
    s->folder = strdup(folder);
    memcpy(s->key, key, 32);
    memcpy(s->chain, chain, 32);
    char *path = s->folder ? path_of(s, "lock") : NULL;
    enum weal_err e = path ? WEAL_OK : WEAL_ERR_NO_MEMORY;
    if (e == WEAL_OK && mkdir(folder, 0700) != 0 && errno != EEXIST) e = WEAL_ERR_IO;
    if (e == WEAL_OK) {
        s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (s->lock < 0) e = WEAL_ERR_IO;
    }
    if (e == WEAL_OK && flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
        e = errno == EWOULDBLOCK ? WEAL_ERR_LOCKED : WEAL_ERR_IO;
    }
    free(path);
    if (e != WEAL_OK) {
        weal_safe_close(s);
        return e;
    }
    sweep(s);
    return WEAL_OK;
}

void weal_safe_close(struct weal_safe *s) {
    if (s->folder && s->lock >= 0) close(s->lock); /* and so unlocks */
    free(s->folder);
    sodium_memzero(s, sizeof *s);
    s->lock = -1;
}

/* ---- records ---- */

enum weal_err weal_safe_put(const struct weal_safe *s, const char *name, struct weal_bytes record) {
    char file[NAME + 1];
    uint8_t ad[128];
    if (record.n > WEAL_SAFE_RECORD_MAX) return WEAL_ERR_INVALID;
    size_t n = (4 + record.n + STEP - 1) / STEP * STEP;
    uint8_t *plain = calloc(1, n), *out = malloc(FILE_MAX);
    char *path = NULL;
    enum weal_err e = WEAL_ERR_NO_MEMORY;
    file_name(s, file, name);
    if (plain && out && (path = path_of(s, file))) {
        unsigned long long sealed;
        struct weal_bytes b = beside(s, ad, file);
        uint8_t *nonce = out + MARK_N;
        weal_put_le32(plain, (uint32_t)record.n);
        if (record.n != 0) memcpy(plain + 4, record.p, record.n);
        memcpy(out, MARK, MARK_N);
        randombytes_buf(nonce, NONCE);
        crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE, &sealed, plain, n, b.p, b.n, NULL,
                                                   nonce, s->key);
        e = weal_vault_replace(path, weal_bytes(out, MARK_N + NONCE + (size_t)sealed));
    }
    if (plain) sodium_memzero(plain, n);
    free(plain);
    free(out);
    free(path);
    return e;
}

/* The record in a file of the folder: out holds FILE_MAX bytes, *record views it. */
static enum weal_err read_file(const struct weal_safe *s, const char *file, uint8_t *out,
                               struct weal_bytes *record) {
    uint8_t ad[128];
    char *path = path_of(s, file);
    if (!path) return WEAL_ERR_NO_MEMORY;
    FILE *in = fopen(path, "rbe");
    free(path);
    if (!in) return errno == ENOENT ? WEAL_ERR_NOT_FOUND : WEAL_ERR_IO;
    size_t n = fread(out, 1, FILE_MAX, in);
    bool bad = ferror(in) != 0, more = !bad && n == FILE_MAX && fgetc(in) != EOF;
    fclose(in);
    if (bad) return WEAL_ERR_IO;
    if (more || n < MARK_N + NONCE + STEP + TAG || memcmp(out, MARK, MARK_N) != 0) {
        return WEAL_ERR_CORRUPT;
    }
    struct weal_bytes b = beside(s, ad, file);
    uint8_t *sealed = out + MARK_N + NONCE;
    unsigned long long plain;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, &plain, NULL, sealed, n - MARK_N - NONCE,
                                                   b.p, b.n, out + MARK_N, s->key) != 0) {
        return WEAL_ERR_CORRUPT;
    }
    uint32_t length = weal_le32(sealed);
    if (length > plain - 4 || length > WEAL_SAFE_RECORD_MAX) return WEAL_ERR_CORRUPT;
    *record = weal_bytes(sealed + 4, length);
    return WEAL_OK;
}

enum weal_err weal_safe_get(const struct weal_safe *s, const char *name, uint8_t *out, size_t *n) {
    char file[NAME + 1];
    struct weal_bytes record;
    uint8_t *buf = malloc(FILE_MAX);
    if (!buf) return WEAL_ERR_NO_MEMORY;
    file_name(s, file, name);
    enum weal_err e = read_file(s, file, buf, &record);
    if (e == WEAL_OK) {
        memcpy(out, record.p, record.n);
        *n = record.n;
    }
    sodium_memzero(buf, FILE_MAX);
    free(buf);
    return e;
}

enum weal_err weal_safe_remove(const struct weal_safe *s, const char *name) {
    char file[NAME + 1];
    file_name(s, file, name);
    char *path = path_of(s, file);
    if (!path) return WEAL_ERR_NO_MEMORY;
    int bad = unlink(path);
    free(path);
    return bad == 0 ? WEAL_OK : errno == ENOENT ? WEAL_ERR_NOT_FOUND : WEAL_ERR_IO;
}

enum weal_err weal_safe_each(const struct weal_safe *s, weal_safe_fn *fn, void *ctx) {
    uint8_t *buf = malloc(FILE_MAX);
    DIR *d = opendir(s->folder);
    enum weal_err e = !buf ? WEAL_ERR_NO_MEMORY : !d ? WEAL_ERR_IO : WEAL_OK;
    for (struct dirent *at; e == WEAL_OK && (at = readdir(d));) {
        struct weal_bytes record;
        if (!is_record(at->d_name)) continue;
        e = read_file(s, at->d_name, buf, &record);
        if (e == WEAL_OK) e = fn(ctx, record);
    }
    if (d) closedir(d);
    if (buf) sodium_memzero(buf, FILE_MAX);
    free(buf);
    return e;
}
