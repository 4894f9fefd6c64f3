/* SPDX-License-Identifier: ISC */
/* Any bytes as a configuration file: refused with file, line and key, or values that, printed and
 * read again, are the same. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/base/bug.h"
#include "node/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void file_of(char path[64], const void *p, size_t n, int *fd) {
    *fd = memfd_create("config", 0);
    WEAL_ASSERT(*fd >= 0);
    WEAL_ASSERT(n == 0 || write(*fd, p, n) == (ssize_t)n);
    snprintf(path, 64, "/proc/self/fd/%d", *fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static struct weal_config c, again;
    char path[64], why[512], *text = NULL;
    size_t text_n;
    int fd;
    weal_config_defaults(&c);
    weal_config_defaults(&again);
    file_of(path, data, n, &fd);
    enum weal_err e = weal_config_file(&c, path, why, sizeof why);
    close(fd);
    if (e != WEAL_OK) {
        WEAL_ASSERT(e == WEAL_ERR_INVALID && strstr(why, ", line "));
        return 0;
    }
    FILE *f = open_memstream(&text, &text_n);
    WEAL_ASSERT(f);
    weal_config_print(&c, f);
    fclose(f);
    file_of(path, text, text_n, &fd);
    WEAL_ASSERT(weal_config_file(&again, path, why, sizeof why) == WEAL_OK);
    WEAL_ASSERT(memcmp(&c, &again, sizeof c) == 0);
    close(fd);
    free(text);
    return 0;
}
