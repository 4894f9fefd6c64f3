/* SPDX-License-Identifier: ISC */
/* Addresses: bech32m (BIP350) of version 1 and the account's 32-byte key, under the chain's
 * prefix, so that an address of one chain is not paid on another and a slip of the pen is noticed.
 * Public data, variable time. */
#ifndef WEAL_WALLET_ADDRESS_H
#define WEAL_WALLET_ADDRESS_H

#include "crypto/base/bytes.h"

enum {
    WEAL_BECH32M_MAX = 90, /* characters of a bech32m text */
    WEAL_ADDRESS_TEXT = WEAL_BECH32M_MAX + 1,
    WEAL_ADDRESS_VERSION = 1
};

/* Writes prefix, '1', n five-bit values and the checksum; false when they do not fit 90. */
bool weal_bech32m_write(char text[WEAL_ADDRESS_TEXT], const char *prefix, const uint8_t *five,
                        size_t n);
/* Splits and checks; prefix comes out in lower case. False when it is no bech32m text. */
bool weal_bech32m_read(const char *text, char prefix[WEAL_ADDRESS_TEXT],
                       uint8_t five[WEAL_BECH32M_MAX], size_t *n);

bool weal_address_write(char text[WEAL_ADDRESS_TEXT], const char *prefix,
                        const uint8_t account[32]);
enum weal_address_result {
    WEAL_ADDRESS_OK,
    WEAL_ADDRESS_FORM,   /* no bech32m text of a version 1 key: mistyped */
    WEAL_ADDRESS_PREFIX, /* well-formed, but of another chain */
};
enum weal_address_result weal_address_read(uint8_t account[32], const char *prefix,
                                           const char *text);

#endif
