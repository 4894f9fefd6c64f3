/* SPDX-License-Identifier: ISC */
#include "wallet/egress.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wallet/keys.h"
#include "wallet/vault.h"

enum { LINE = 128, SEALED = LINE + crypto_box_SEALBYTES };

static struct {
    int fd; /* of the list; 0: not begun */
    uint8_t key[crypto_box_PUBLICKEYBYTES];
} list;

static char *path_of(const char *folder, const char *file) {
    char *path;
    return asprintf(&path, "%s/%s", folder, file) < 0 ? NULL : path;
}

enum weal_err weal_egress_make(const char *folder, const uint8_t seed[32]) {
    uint8_t wide[32], secret[crypto_box_SECRETKEYBYTES], key[crypto_box_PUBLICKEYBYTES];
    char *path = path_of(folder, "egress.key");
    if (!path) return WEAL_ERR_NO_MEMORY;
    enum weal_err e = mkdir(folder, 0700) == 0 || errno == EEXIST ? WEAL_OK : WEAL_ERR_IO;
    if (e == WEAL_OK && access(path, F_OK) != 0) {
        weal_keys_egress(wide, seed);
        crypto_box_seed_keypair(key, secret, wide);
        e = weal_vault_replace(path, WEAL_BYTES(key));
        sodium_memzero(wide, sizeof wide);
        sodium_memzero(secret, sizeof secret);
    }
    free(path);
    return e;
}

void weal_egress_begin(const char *folder) {
    char *key = path_of(folder, "egress.key"), *path = path_of(folder, "egress");
    int fd = key ? open(key, O_RDONLY | O_CLOEXEC) : -1;
    bool whole = fd >= 0 && read(fd, list.key, sizeof list.key) == (ssize_t)sizeof list.key;
    if (fd >= 0) close(fd);
    list.fd = 0;
    if (whole && path) {
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        list.fd = fd > 0 ? fd : -1; /* -1: there should be a list, and cannot be */
    }
    free(key);
    free(path);
}

bool weal_egress_tell(const char *host, uint16_t port, const char *method) {
    uint8_t line[LINE] = {0}, sealed[SEALED];
    struct timespec ts;
    if (list.fd == 0) return true;
    clock_gettime(CLOCK_REALTIME, &ts);
    weal_put_le64(line, (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
    snprintf((char *)line + 8, LINE - 8, "%s:%u %s", host, port, method);
    return list.fd > 0 && crypto_box_seal(sealed, line, LINE, list.key) == 0 &&
           write(list.fd, sealed, SEALED) == SEALED;
}

enum weal_err weal_egress_read(const char *folder, const uint8_t seed[32], weal_egress_fn *fn,
                               void *ctx) {
    uint8_t wide[32], secret[crypto_box_SECRETKEYBYTES], key[crypto_box_PUBLICKEYBYTES];
    uint8_t sealed[SEALED], line[LINE];
    char *path = path_of(folder, "egress");
    FILE *in = path ? fopen(path, "rbe") : NULL;
    enum weal_err e = WEAL_OK;
    free(path);
    if (!in) return errno == ENOENT ? WEAL_OK : WEAL_ERR_IO;
    weal_keys_egress(wide, seed);
    crypto_box_seed_keypair(key, secret, wide);
    while (e == WEAL_OK && fread(sealed, 1, SEALED, in) == SEALED) {
        if (crypto_box_seal_open(line, sealed, SEALED, key, secret) != 0) {
            e = WEAL_ERR_CORRUPT;
        } else {
            line[LINE - 1] = 0;
            fn(ctx, weal_le64(line), (const char *)line + 8);
        }
    }
    sodium_memzero(wide, sizeof wide);
    sodium_memzero(secret, sizeof secret);
    fclose(in);
    return e;
}
