/* SPDX-License-Identifier: ISC */
/* Prometheus text of what the newest snapshot says. Any thread. */
#ifndef WEAL_NODE_METRICS_METRICS_H
#define WEAL_NODE_METRICS_METRICS_H

#include "node/core/api.h"

void weal_metrics_write(struct weal_api *api, struct weal_wr *w);

#endif
