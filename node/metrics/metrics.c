/* SPDX-License-Identifier: ISC */
#include "node/metrics/metrics.h"

static void one(struct weal_wr *w, const char *name, const char *type, const char *help,
                uint64_t value) {
    weal_wr_text(w, "# HELP ");
    weal_wr_text(w, name);
    weal_wr_text(w, " ");
    weal_wr_text(w, help);
    weal_wr_text(w, "\n# TYPE ");
    weal_wr_text(w, name);
    weal_wr_text(w, " ");
    weal_wr_text(w, type);
    weal_wr_text(w, "\n");
    weal_wr_text(w, name);
    weal_wr_text(w, " ");
    weal_wr_dec(w, value);
    weal_wr_text(w, "\n");
}

void weal_metrics_write(struct weal_api *api, struct weal_wr *w) {
    struct weal_api_snapshot *s = weal_api_snapshot(api);
    if (!s) return;
#define METRIC(name, type, help, value) one(w, name, type, help, (uint64_t)(value));
#include "node/metrics/metrics.def"
#undef METRIC
    weal_api_snapshot_unref(s);
}
