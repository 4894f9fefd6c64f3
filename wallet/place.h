/* SPDX-License-Identifier: ISC */
/* Where a service listens, as a person writes it: 203.0.113.9:7000, [2001:db8::9]:7000,
 * attest.example.org:7000. The daemon's own addresses (node/io) are of peers, numbers only; here a
 * name may stand, which is looked up when it is called (rpc.h). */
#ifndef WEAL_WALLET_PLACE_H
#define WEAL_WALLET_PLACE_H

#include "crypto/base/bytes.h"

enum { WEAL_PLACE_HOST = 64 }; /* with the zero behind it */

struct weal_place {
    char host[WEAL_PLACE_HOST]; /* an IPv4 or IPv6 address, without brackets, or a name */
    uint16_t port;
};

/* Reads n characters of text. otherwise: the port if none stands there; 0: one must. NULL when it
 * is a place, else a sentence that says why not (then *out is not changed). Numbers that look like
 * an IPv4 address and are none are not names. */
const char *weal_place_read(struct weal_place *out, const char *text, size_t n, uint16_t otherwise);

#endif
