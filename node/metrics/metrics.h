/* SPDX-License-Identifier: ISC */
/* Prometheus text of what the newest snapshot and the server's limits say. The
 * server's thread. */
#ifndef WEAL_NODE_METRICS_METRICS_H
#define WEAL_NODE_METRICS_METRICS_H

#include "node/core/api.h"
#include "node/rpc/limits.h"

void weal_metrics_write(struct weal_api *api, const struct weal_rpc_limits *rpc, struct weal_wr *w);

#endif
