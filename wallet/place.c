/* SPDX-License-Identifier: ISC */
#include "wallet/place.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 1123: labels of letters, digits and hyphens, none at an end; the last has a letter, so no
 * number is taken for a name. */
static bool is_name(const char *s) {
    bool letter = false;
    for (size_t in_label = 0;; s++) {
        if (*s == '.' || *s == 0) {
            if (in_label == 0 || s[-1] == '-') return false;
            if (*s == 0) return letter;
            in_label = 0;
            letter = false;
            continue;
        }
        if (!is_digit(*s) && !is_letter(*s) && !(*s == '-' && in_label != 0)) return false;
        letter |= is_letter(*s);
        in_label++; /* 63 at most, as the whole is */
    }
}

/* Decimal, 1..65535, no zeros before it; 0: it is none. */
static uint16_t port_read(const char *p, size_t n) {
    uint32_t v = 0;
    if (n == 0 || n > 5 || p[0] == '0') return 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(p[i])) return 0;
        v = v * 10 + (uint32_t)(p[i] - '0');
    }
    return v <= 65535 ? (uint16_t)v : 0;
}

const char *weal_place_read(struct weal_place *out, const char *text, size_t n,
                            uint16_t otherwise) {
    struct weal_place p = {.port = otherwise};
    uint8_t ip[16];
    bool bracket = n != 0 && text[0] == '[';
    const char *end = bracket ? memchr(text, ']', n) : memchr(text, ':', n);
    if (bracket && !end) return "an IPv6 address stands in [ and ]";
    size_t host_n = end ? (size_t)(end - text) - bracket : n;
    const char *rest = end ? end + bracket : text + n;
    size_t rest_n = (size_t)(text + n - rest);
    if (host_n == 0 || host_n >= sizeof p.host) return "a host has 1 to 63 characters";
    memcpy(p.host, text + bracket, host_n);
    if (strlen(p.host) != host_n) return "a host has no zero byte in it";
    if (rest_n == 0 && otherwise == 0) return "a port is wanted, as :7000 after the host";
    if (rest_n != 0) {
        if (!bracket && memchr(rest + 1, ':', rest_n - 1))
            return "an IPv6 address stands in [ and ], as [::1]:7000";
        p.port = rest[0] == ':' ? port_read(rest + 1, rest_n - 1) : 0;
        if (p.port == 0) return "a port is a number from 1 to 65535";
    }
    if (bracket ? inet_pton(AF_INET6, p.host, ip) != 1
                : inet_pton(AF_INET, p.host, ip) != 1 && !is_name(p.host)) {
        return bracket ? "between [ and ] is no IPv6 address"
                       : "the host is neither an IPv4 address nor a name";
    }
    *out = p;
    return NULL;
}
