/* SPDX-License-Identifier: ISC */
/* Addresses as text. */
#include <stdio.h>
#include <stdlib.h>

#include "node/io/net_int.h"

static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool weal_net_addr_read(const char *text, struct weal_net_addr *out) {
    char host[64];
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || (size_t)(colon - text) >= sizeof host) return false;
    size_t n = (size_t)(colon - text);
    memcpy(host, text, n);
    host[n] = 0;
    uint32_t port = 0;
    for (const char *p = colon + 1; *p; p++) {
        if (*p < '0' || *p > '9' || p - colon > 5) return false;
        port = port * 10 + (uint32_t)(*p - '0');
    }
    if (colon[1] == 0 || port > 65535) return false;
    memset(out, 0, sizeof *out);
    out->port = (uint16_t)port;
    if (host[0] == '[') {
        if (host[n - 1] != ']') return false;
        host[n - 1] = 0;
        return uv_inet_pton(AF_INET6, host + 1, out->ip) == 0;
    }
    memcpy(out->ip, v4_prefix, sizeof v4_prefix);
    return uv_inet_pton(AF_INET, host, out->ip + 12) == 0;
}

void weal_net_addr_text(const struct weal_net_addr *a, char out[WEAL_NET_ADDR_TEXT]) {
    char host[48];
    if (memcmp(a->ip, v4_prefix, sizeof v4_prefix) == 0) {
        uv_inet_ntop(AF_INET, a->ip + 12, host, sizeof host);
        snprintf(out, WEAL_NET_ADDR_TEXT, "%s:%u", host, a->port);
    } else {
        uv_inet_ntop(AF_INET6, a->ip, host, sizeof host);
        snprintf(out, WEAL_NET_ADDR_TEXT, "[%s]:%u", host, a->port);
    }
}

void net_sockaddr(const struct weal_net_addr *a, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (memcmp(a->ip, v4_prefix, sizeof v4_prefix) == 0) {
        struct sockaddr_in *in = (struct sockaddr_in *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(a->port);
        memcpy(&in->sin_addr, a->ip + 12, 4);
    } else {
        struct sockaddr_in6 *in = (struct sockaddr_in6 *)out;
        in->sin6_family = AF_INET6;
        in->sin6_port = htons(a->port);
        memcpy(&in->sin6_addr, a->ip, 16);
    }
}
