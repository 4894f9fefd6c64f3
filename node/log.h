/* SPDX-License-Identifier: ISC */
/* The daemon's log: one line an event, key=value or JSON, to standard error or a file. A line is
 * one write to a file opened for appending, so that lines of several writers never mix, and
 * weal_log_reopen changes the file under its descriptor at one moment: a line is either in the
 * file that was moved away or in the new one, whole, on whatever thread it is written. */
#ifndef WEAL_NODE_LOG_H
#define WEAL_NODE_LOG_H

#include <stdbool.h>

#include "crypto/base/err.h"
#include "node/core/host.h"

struct weal_log {
    int fd;
    const char *path; /* borrowed; empty: standard error */
    enum weal_host_level least;
    bool json;
};

/* level and format as the configuration has them. IO: errno says why the file can't be opened. */
WEAL_MUST_USE enum weal_err weal_log_open(struct weal_log *l, const char *path, const char *level,
                                          const char *format);
/* Closes the file and opens the one that has its name now, made if missing. IO (errno): the old
 * one is kept. Nothing to do for standard error. */
WEAL_MUST_USE enum weal_err weal_log_reopen(struct weal_log *l);
/* Any thread. */
void weal_log_line(const struct weal_log *l, enum weal_host_level level, const char *event,
                   const char *text);

#endif
