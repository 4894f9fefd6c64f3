/* SPDX-License-Identifier: ISC */
#include "wallet/uri.h"

#include <string.h>
#include <strings.h>

#include "wallet/app.h"

enum { VALUE_MAX = 128 };

static int digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Takes %41 as A; false when it ends too early, gives a 0, or is too long. */
static bool plain(char out[VALUE_MAX], const char *text, size_t n) {
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= n || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return false;
            c = (char)(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        }
        if (c == 0 || k + 1 == VALUE_MAX) return false;
        out[k++] = c;
    }
    out[k] = 0;
    return true;
}

static bool is(const char *name, size_t n, const char *word) {
    return n == strlen(word) && strncasecmp(name, word, n) == 0;
}

static bool part_read(struct weal_uri *u, const char *name, size_t n, const char *value) {
    if (is(name, n, "amount")) return u->micro == 0 && weal_amount_read(&u->micro, value);
    if (is(name, n, "asset")) return u->asset == 0 && weal_asset_read(&u->asset, value);
    if (is(name, n, "label")) {
        size_t k = 0;
        for (const char *p = value; *p && k + 1 < sizeof u->label; p++) {
            if ((unsigned char)*p >= 0x20 && *p != 0x7f) u->label[k++] = *p;
        }
        u->label[k] = 0;
        return true;
    }
    return n < 4 || strncasecmp(name, "req-", 4) != 0;
}

bool weal_uri_read(struct weal_uri *u, const char *text) {
    char value[VALUE_MAX];
    memset(u, 0, sizeof *u);
    if (strncasecmp(text, "weal:", 5) == 0) text += 5;
    size_t n = strcspn(text, "?");
    if (n == 0 || n >= sizeof u->address) return false;
    memcpy(u->address, text, n);
    text += n;
    while (*text == '?' || *text == '&') {
        text++;
        size_t whole = strcspn(text, "&"), name = strcspn(text, "=&");
        size_t from = name < whole ? name + 1 : whole;
        if (whole != 0 &&
            (!plain(value, text + from, whole - from) || !part_read(u, text, name, value))) {
            return false;
        }
        text += whole;
    }
    return *text == 0;
}
