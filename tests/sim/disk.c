/* SPDX-License-Identifier: ISC */
/* The log of one node: records behind a length, synced up to a point; a crash keeps a random part
 * of what was not, cut anywhere. Bodies are durable before the log is written, as in node/core: a
 * crash that keeps anything of the log's tail keeps all bodies. Checksums are the storage engine's
 * and not simulated: a torn record is known by its missing bytes. */
#include <stdlib.h>

#include "tests/sim/sim.h"

void sim_disk_append(struct sim_disk *d, struct weal_bytes record) {
    if (d->n + record.n + 4 > d->cap) {
        d->cap = (d->n + record.n + 4) * 2;
        d->log = realloc(d->log, d->cap);
    }
    weal_put_le32(d->log + d->n, (uint32_t)record.n);
    memcpy(d->log + d->n + 4, record.p, record.n);
    d->n += record.n + 4;
}

void sim_disk_sync(struct sim_disk *d) {
    d->synced = d->n;
}

/* Lets go of what a compaction made superfluous. A start reads from the log which blocks above the
 * database are final, and those of a term before are in the old part only: it stays until the
 * database holds them. */
void sim_disk_prune(struct sim_disk *d) {
    if (!d->marked || d->applied < d->mark_height) return;
    memmove(d->log, d->log + d->mark, d->n - d->mark);
    d->n -= d->mark;
    d->synced -= d->mark;
    d->marked = false;
}

bool sim_disk_next(const struct sim_disk *d, size_t *at, struct weal_bytes *record) {
    if (d->n - *at < 4) return false;
    size_t n = weal_le32(d->log + *at);
    if (d->n - *at - 4 < n) return false;
    *record = weal_bytes(d->log + *at + 4, n);
    *at += n + 4;
    return true;
}

/* True when the end of the log was being written. */
bool sim_disk_crash(struct sim_world *w, struct sim_disk *d) {
    size_t synced = d->synced;
    d->n = d->synced + sim_below(w, d->n - d->synced + 1);
    /* a torn tail is cut back to the last whole record, as the log's replay does */
    size_t at = 0;
    struct weal_bytes r;
    while (sim_disk_next(d, &at, &r)) {
    }
    d->n = d->synced = at;
    return at > synced;
}
