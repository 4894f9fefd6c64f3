/* SPDX-License-Identifier: ISC */
#include "node/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {"debug", "info", "warn", "error"};

static int file_open(const char *path) {
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

enum weal_err weal_log_open(struct weal_log *l, const char *path, const char *level,
                            const char *format) {
    *l = (struct weal_log){.fd = STDERR_FILENO, .path = path, .json = strcmp(format, "json") == 0};
    for (int i = 0; i < 4; i++) {
        if (strcmp(level, names[i]) == 0) l->least = (enum weal_host_level)i;
    }
    if (path[0] == 0) return WEAL_OK;
    l->fd = file_open(path);
    return l->fd < 0 ? WEAL_ERR_IO : WEAL_OK;
}

enum weal_err weal_log_reopen(struct weal_log *l) {
    if (l->path[0] == 0) return WEAL_OK;
    int fd = file_open(l->path);
    if (fd < 0) return WEAL_ERR_IO;
    bool ok = dup3(fd, l->fd, O_CLOEXEC) >= 0; /* the old file is closed by this */
    close(fd);
    return ok ? WEAL_OK : WEAL_ERR_IO;
}

void weal_log_line(const struct weal_log *l, enum weal_host_level level, const char *event,
                   const char *text) {
    struct timespec ts;
    struct tm tm;
    char when[40], line[2048], *json = NULL;
    int n;
    if (level < l->least) return;
    clock_gettime(CLOCK_REALTIME, &ts);
    gmtime_r(&ts.tv_sec, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    if (l->json) {
        json_t *j =
            json_pack("{s:s, s:s, s:s}", "level", names[level], "event", event, "text", text);
        json = j ? json_dumps(j, JSON_COMPACT) : NULL;
        json_decref(j);
        n = snprintf(line, sizeof line, "{\"time\":\"%s.%03ldZ\",%s\n", when, ts.tv_nsec / 1000000,
                     json ? json + 1 : "}");
        free(json);
    } else {
        n = snprintf(line, sizeof line, "%s.%03ldZ %-5s %s%s%s\n", when, ts.tv_nsec / 1000000,
                     names[level], event, text[0] ? " " : "", text);
    }
    if (n < 0) return;
    if ((size_t)n >= sizeof line) { /* cut, but a line */
        n = sizeof line - 1;
        line[n - 1] = '\n';
    }
    /* a log that can't be written is no reason to stop */
    if (write(l->fd, line, (size_t)n) < 0) return;
}
