/* SPDX-License-Identifier: ISC */
#include "node/metrics/metrics.h"

static void head(struct weal_wr *w, const char *name, const char *type, const char *help) {
    weal_wr_text(w, "# HELP ");
    weal_wr_text(w, name);
    weal_wr_text(w, " ");
    weal_wr_text(w, help);
    weal_wr_text(w, "\n# TYPE ");
    weal_wr_text(w, name);
    weal_wr_text(w, " ");
    weal_wr_text(w, type);
    weal_wr_text(w, "\n");
}

static void value(struct weal_wr *w, const char *name, const char *label, uint64_t v) {
    weal_wr_text(w, name);
    weal_wr_text(w, label);
    weal_wr_text(w, " ");
    weal_wr_dec(w, v);
    weal_wr_text(w, "\n");
}

/* Prometheus' histogram: buckets add up; the last has no bound. Milliseconds. */
static void finality(struct weal_wr *w, const struct weal_core_stat *s) {
    static const uint32_t bound[] = WEAL_CORE_LATENCY_BOUNDS;
    uint64_t sum = 0;
    head(w, "weal_finality_milliseconds", "histogram",
         "time from a block's header to its finality here");
    for (uint32_t i = 0; i < WEAL_CORE_LATENCY_BUCKETS; i++) {
        sum += s->finality_in[i];
        weal_wr_text(w, "weal_finality_milliseconds_bucket{le=\"");
        if (i + 1 < WEAL_CORE_LATENCY_BUCKETS)
            weal_wr_dec(w, bound[i]);
        else
            weal_wr_text(w, "+Inf");
        value(w, "\"}", "", sum);
    }
    value(w, "weal_finality_milliseconds", "_sum", s->finality_us_sum / 1000);
    value(w, "weal_finality_milliseconds", "_count", s->finality_n);
}

void weal_metrics_write(struct weal_api *api, const struct weal_rpc_limits *rpc,
                        struct weal_wr *w) {
    struct weal_api_snapshot *s = weal_api_snapshot(api);
    if (!s) return;
#define METRIC(name, type, help, of)                                                               \
    head(w, name, type, help);                                                                     \
    value(w, name, "", (uint64_t)(of));
#include "node/metrics/metrics.def"
#undef METRIC
    finality(w, &s->core);
    weal_api_snapshot_unref(s);
}
