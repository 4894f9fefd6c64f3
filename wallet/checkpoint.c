/* SPDX-License-Identifier: ISC */
#include "wallet/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wallet/vault.h"

#define MARK "weal/checkpoint/1"

size_t weal_checkpoint_put(uint8_t *out, const struct weal_light *l) {
    struct weal_wr w = weal_wr(out, WEAL_CHECKPOINT_MAX - 32);
    weal_wr_text(&w, MARK);
    weal_wr_copy(&w, l->chain, 32);
    weal_wr_u64(&w, l->term_blocks);
    weal_wr_u32(&w, l->term);
    weal_wr_u64(&w, l->height);
    weal_wr_u64(&w, l->time_ms);
    weal_wr_copy(&w, l->id, 32);
    weal_wr_copy(&w, l->state_root, 32);
    weal_wr_u16(&w, l->set.n);
    for (unsigned i = 0; i < l->set.n; i++) {
        weal_wr_copy(&w, l->set.v[i].account, 32);
        weal_wr_copy(&w, l->set.v[i].seat, 32);
        weal_wr_u64(&w, l->set.v[i].weight);
    }
    if (w.failed) return 0;
    crypto_generichash_blake2b(out + w.n, 32, out, w.n, NULL, 0);
    return w.n + 32;
}

static void copy(struct weal_rd *r, uint8_t *out, size_t n) {
    const uint8_t *p = weal_rd_take(r, n);
    if (p) memcpy(out, p, n);
}

bool weal_checkpoint_get(struct weal_light *l, struct weal_bytes bytes, const uint8_t chain[32],
                         uint64_t term_blocks) {
    uint8_t sum[32];
    memset(l, 0, sizeof *l);
    if (bytes.n < 32) return false;
    crypto_generichash_blake2b(sum, 32, bytes.p, bytes.n - 32, NULL, 0);
    if (memcmp(sum, bytes.p + bytes.n - 32, 32) != 0) return false;
    struct weal_rd r = weal_rd(weal_bytes(bytes.p, bytes.n - 32));
    const uint8_t *mark = weal_rd_take(&r, sizeof MARK - 1);
    if (!mark || memcmp(mark, MARK, sizeof MARK - 1) != 0) return false;
    copy(&r, l->chain, 32);
    l->term_blocks = weal_rd_u64(&r);
    l->term = weal_rd_u32(&r);
    l->height = weal_rd_u64(&r);
    l->time_ms = weal_rd_u64(&r);
    copy(&r, l->id, 32);
    copy(&r, l->state_root, 32);
    l->set.n = weal_rd_u16(&r);
    if (l->set.n > WEAL_SET_MAX) return false;
    for (unsigned i = 0; i < l->set.n; i++) {
        copy(&r, l->set.v[i].account, 32);
        copy(&r, l->set.v[i].seat, 32);
        l->set.v[i].weight = weal_rd_u64(&r);
    }
    if (term_blocks == 0) term_blocks = l->term_blocks;
    return weal_rd_done(&r) && term_blocks != 0 && memcmp(l->chain, chain, 32) == 0 &&
           l->term_blocks == term_blocks && l->term != 0 && l->height / term_blocks == l->term &&
           l->height % term_blocks == 0 && weal_set_check(&l->set) == WEAL_ACCEPT;
}

/* ---- the file ---- */

bool weal_checkpoint_read(const char *wallet, struct weal_light *l, const uint8_t chain[32],
                          uint64_t term_blocks) {
    char *path = NULL;
    memset(l, 0, sizeof *l);
    if (asprintf(&path, "%s.checkpoint", wallet) < 0) return false;
    FILE *in = fopen(path, "rbe");
    uint8_t *bytes = malloc(WEAL_CHECKPOINT_MAX);
    size_t n = in && bytes ? fread(bytes, 1, WEAL_CHECKPOINT_MAX, in) : 0;
    bool ok = n != 0 && weal_checkpoint_get(l, weal_bytes(bytes, n), chain, term_blocks);
    if (in) fclose(in);
    free(bytes);
    free(path);
    if (!ok) memset(l, 0, sizeof *l);
    return ok;
}

enum weal_err weal_checkpoint_write(const char *wallet, const struct weal_light *l) {
    char *path = NULL;
    uint8_t *bytes = malloc(WEAL_CHECKPOINT_MAX);
    enum weal_err e = WEAL_ERR_NO_MEMORY;
    if (bytes && asprintf(&path, "%s.checkpoint", wallet) > 0) {
        size_t n = weal_checkpoint_put(bytes, l);
        e = n != 0 ? weal_vault_replace(path, weal_bytes(bytes, n)) : WEAL_ERR_FULL;
    }
    free(path);
    free(bytes);
    return e;
}
