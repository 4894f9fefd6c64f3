/* SPDX-License-Identifier: ISC */
/* Payment requests as links, after BIP21: weal:ADDRESS?amount=1.5&asset=IBC&label=... A bare
 * address is one too. Percent-encoding is read; what is not known is let be unless it begins with
 * req-. */
#ifndef WEAL_WALLET_URI_H
#define WEAL_WALLET_URI_H

#include "wallet/address.h"

struct weal_uri {
    char address[WEAL_ADDRESS_TEXT]; /* not checked */
    uint64_t micro;                  /* 0: not said */
    uint8_t asset;                   /* 0: not said */
    char label[65];                  /* printable, cut; "" */
};

/* False when it is no such link: a part twice, an amount or asset that is none, something required
 * that is not known, or too long. */
bool weal_uri_read(struct weal_uri *u, const char *text);

#endif
