/* SPDX-License-Identifier: ISC */
/* Addresses as people type them: what is read is written back as the same text in lower case; one
 * changed character is never another address. */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/base/bug.h"
#include "wallet/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[128], prefix[WEAL_ADDRESS_TEXT], again[WEAL_ADDRESS_TEXT], lower[128];
    uint8_t five[WEAL_BECH32M_MAX], account[32], other[32];
    size_t n;
    if (size >= sizeof text) return 0;
    memcpy(text, data, size);
    text[size] = 0;
    if (strlen(text) != size || !weal_bech32m_read(text, prefix, five, &n)) return 0;
    for (size_t i = 0; i <= size; i++) lower[i] = (char)tolower((unsigned char)text[i]);
    WEAL_ASSERT(weal_bech32m_write(again, prefix, five, n) && strcmp(again, lower) == 0);
    if (weal_address_read(account, prefix, text) != WEAL_ADDRESS_OK) return 0;
    WEAL_ASSERT(weal_address_write(again, prefix, account) && strcmp(again, lower) == 0);
    WEAL_ASSERT(weal_address_read(other, "elsewhere", text) == WEAL_ADDRESS_PREFIX);
    size_t at = size - 1 - data[0] % 32; /* within the data and checksum part */
    lower[at] = lower[at] == 'q' ? 'p' : 'q';
    WEAL_ASSERT(weal_address_read(other, prefix, lower) == WEAL_ADDRESS_FORM);
    return 0;
}
