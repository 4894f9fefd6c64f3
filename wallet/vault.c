/* SPDX-License-Identifier: ISC */
#include "wallet/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wallet/rpc.h"

enum { FORM = 1, OPS_MAX = 64, TEXT_MAX = 4096 };
#define MEMORY_MAX (UINT64_C(4) << 30) /* a file may not ask for more */

/* What is authenticated beside the seed. */
static struct weal_bytes clear_part(uint8_t out[160], const struct weal_vault_file *f) {
    struct weal_wr w = weal_wr(out, 160);
    weal_wr_text(&w, "weal/wallet/1");
    weal_wr_copy(&w, f->chain, 32);
    weal_wr_copy(&w, f->prefix, sizeof f->prefix);
    weal_wr_copy(&w, f->account, 32);
    weal_wr_u64(&w, f->ops);
    weal_wr_u64(&w, f->memory);
    weal_wr_copy(&w, f->salt, sizeof f->salt);
    return weal_wr_done(&w);
}

static bool stretch(uint8_t key[32], const struct weal_vault_file *f, struct weal_bytes password) {
    return crypto_pwhash(key, 32, (const char *)password.p, password.n, f->salt, f->ops,
                         (size_t)f->memory, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

enum weal_err weal_vault_seal(struct weal_vault_file *f, const uint8_t seed[32],
                              struct weal_bytes password, enum weal_vault_cost cost) {
    uint8_t key[32], clear[160];
    bool light = cost == WEAL_VAULT_LIGHT;
    f->ops = light ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_MODERATE;
    f->memory = light ? crypto_pwhash_MEMLIMIT_MIN : crypto_pwhash_MEMLIMIT_MODERATE;
    randombytes_buf(f->salt, sizeof f->salt);
    randombytes_buf(f->nonce, sizeof f->nonce);
    if (!stretch(key, f, password)) return WEAL_ERR_NO_MEMORY;
    struct weal_bytes ad = clear_part(clear, f);
    crypto_aead_xchacha20poly1305_ietf_encrypt(f->sealed, NULL, seed, 32, ad.p, ad.n, NULL,
                                               f->nonce, key);
    sodium_memzero(key, sizeof key);
    return WEAL_OK;
}

enum weal_err weal_vault_open(uint8_t seed[32], const struct weal_vault_file *f,
                              struct weal_bytes password) {
    uint8_t key[32], clear[160];
    if (!stretch(key, f, password)) return WEAL_ERR_NO_MEMORY;
    struct weal_bytes ad = clear_part(clear, f);
    int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
        seed, NULL, NULL, f->sealed, sizeof f->sealed, ad.p, ad.n, f->nonce, key);
    sodium_memzero(key, sizeof key);
    return bad == 0 ? WEAL_OK : WEAL_ERR_CRYPTO;
}

/* ---- the file ---- */

static json_t *hex_json(const uint8_t *p, size_t n) {
    char text[2 * WEAL_VAULT_SEALED + 1];
    sodium_bin2hex(text, sizeof text, p, n);
    return json_string(text);
}

static char *to_text(const struct weal_vault_file *f) {
    json_t *o = json_pack(
        "{s:i, s:o, s:s, s:o, s:s, s:I, s:I, s:o, s:o, s:o}", "weal_wallet", FORM, "chain",
        hex_json(f->chain, 32), "prefix", f->prefix, "account", hex_json(f->account, 32), "kdf",
        "argon2id13", "ops", (json_int_t)f->ops, "memory", (json_int_t)f->memory, "salt",
        hex_json(f->salt, sizeof f->salt), "nonce", hex_json(f->nonce, sizeof f->nonce), "sealed",
        hex_json(f->sealed, sizeof f->sealed));
    char *text = json_dumps(o, JSON_INDENT(2));
    json_decref(o);
    return text;
}

static enum weal_err write_synced(int fd, const void *bytes, size_t n) {
    const uint8_t *p = bytes;
    while (n != 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return errno == ENOSPC ? WEAL_ERR_NO_SPACE : WEAL_ERR_IO;
        p += k;
        n -= (size_t)k;
    }
    return fsync(fd) == 0 ? WEAL_OK : WEAL_ERR_IO;
}

static enum weal_err sync_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    enum weal_err e = fd >= 0 && fsync(fd) == 0 ? WEAL_OK : WEAL_ERR_IO;
    if (fd >= 0) close(fd);
    free(folder);
    return e;
}

enum weal_err weal_vault_write(const char *path, const struct weal_vault_file *f) {
    char *text = to_text(f), *beside = NULL;
    enum weal_err e = WEAL_ERR_NO_MEMORY;
    if (text && asprintf(&beside, "%s.new.%ld", path, (long)getpid()) > 0) {
        int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        e = fd >= 0 ? write_synced(fd, text, strlen(text)) : WEAL_ERR_IO;
        if (fd >= 0) close(fd);
        /* a link, unlike a rename, fails where a wallet lies already */
        if (e == WEAL_OK && link(beside, path) != 0) {
            e = errno == EEXIST ? WEAL_ERR_INVALID : WEAL_ERR_IO;
        }
        if (fd >= 0) unlink(beside);
        if (e == WEAL_OK) e = sync_folder(path);
    }
    free(beside);
    free(text);
    return e;
}

enum weal_err weal_vault_replace(const char *path, struct weal_bytes bytes) {
    char *beside = NULL;
    if (asprintf(&beside, "%s.new.%ld", path, (long)getpid()) < 0) return WEAL_ERR_NO_MEMORY;
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    enum weal_err e = fd >= 0 ? write_synced(fd, bytes.p, bytes.n) : WEAL_ERR_IO;
    if (fd >= 0) close(fd);
    if (e == WEAL_OK && rename(beside, path) != 0) e = WEAL_ERR_IO;
    if (e == WEAL_OK) e = sync_folder(path);
    if (e != WEAL_OK && fd >= 0) unlink(beside);
    free(beside);
    return e;
}

static bool hex_member(json_t *o, const char *name, uint8_t *out, size_t n) {
    return weal_wallet_hex(json_object_get(o, name), out, n) == n;
}

static enum weal_err from_json(json_t *o, struct weal_vault_file *f) {
    if (!json_is_integer(json_object_get(o, "weal_wallet"))) return WEAL_ERR_CORRUPT;
    if (json_integer_value(json_object_get(o, "weal_wallet")) != FORM) return WEAL_ERR_VERSION;
    const char *prefix = json_string_value(json_object_get(o, "prefix"));
    const char *kdf = json_string_value(json_object_get(o, "kdf"));
    json_int_t ops = json_integer_value(json_object_get(o, "ops"));
    json_int_t memory = json_integer_value(json_object_get(o, "memory"));
    if (!prefix || strlen(prefix) >= sizeof f->prefix || !kdf || strcmp(kdf, "argon2id13") != 0 ||
        ops < 1 || ops > OPS_MAX || memory < (json_int_t)crypto_pwhash_MEMLIMIT_MIN ||
        (uint64_t)memory > MEMORY_MAX || !hex_member(o, "chain", f->chain, 32) ||
        !hex_member(o, "account", f->account, 32) ||
        !hex_member(o, "salt", f->salt, sizeof f->salt) ||
        !hex_member(o, "nonce", f->nonce, sizeof f->nonce) ||
        !hex_member(o, "sealed", f->sealed, sizeof f->sealed)) {
        return WEAL_ERR_CORRUPT;
    }
    memcpy(f->prefix, prefix, strlen(prefix));
    f->ops = (uint64_t)ops;
    f->memory = (uint64_t)memory;
    return WEAL_OK;
}

enum weal_err weal_vault_parse(struct weal_bytes text, struct weal_vault_file *f) {
    memset(f, 0, sizeof *f);
    json_t *o = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    enum weal_err e = o ? from_json(o, f) : WEAL_ERR_CORRUPT;
    json_decref(o);
    return e;
}

enum weal_err weal_vault_read(const char *path, struct weal_vault_file *f) {
    char text[TEXT_MAX];
    memset(f, 0, sizeof *f);
    FILE *in = fopen(path, "rbe");
    if (!in) return errno == ENOENT ? WEAL_ERR_NOT_FOUND : WEAL_ERR_IO;
    size_t n = fread(text, 1, sizeof text, in);
    bool failed = ferror(in) != 0;
    fclose(in);
    return failed ? WEAL_ERR_IO : weal_vault_parse(weal_bytes(text, n), f);
}
