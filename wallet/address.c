/* SPDX-License-Identifier: ISC */
#include "wallet/address.h"

#include <ctype.h>

enum { CHECKSUM = 6, CONSTANT = 0x2bc830a3, FIVES = 52 /* 32 bytes in groups of five bits */ };
static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t polymod(uint32_t sum, uint8_t value) {
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++) sum ^= (top >> i & 1) != 0 ? generator[i] : 0;
    return sum;
}

static uint32_t polymod_prefix(const char *prefix, size_t n) {
    uint32_t sum = 1;
    for (size_t i = 0; i < n; i++) sum = polymod(sum, (uint8_t)prefix[i] >> 5);
    sum = polymod(sum, 0);
    for (size_t i = 0; i < n; i++) sum = polymod(sum, (uint8_t)prefix[i] & 31);
    return sum;
}

bool weal_bech32m_write(char text[WEAL_ADDRESS_TEXT], const char *prefix, const uint8_t *five,
                        size_t n) {
    size_t p = strlen(prefix);
    if (p == 0 || p > WEAL_BECH32M_MAX || n > WEAL_BECH32M_MAX ||
        p + 1 + n + CHECKSUM > WEAL_BECH32M_MAX) {
        return false;
    }
    uint32_t sum = polymod_prefix(prefix, p);
    char *out = text + p;
    memcpy(text, prefix, p);
    *out++ = '1';
    for (size_t i = 0; i < n; i++) {
        sum = polymod(sum, five[i]);
        *out++ = letters[five[i] & 31];
    }
    for (unsigned i = 0; i < CHECKSUM; i++) sum = polymod(sum, 0);
    sum ^= CONSTANT;
    for (unsigned i = 0; i < CHECKSUM; i++) *out++ = letters[sum >> (25 - 5 * i) & 31];
    *out = 0;
    return true;
}

bool weal_bech32m_read(const char *text, char prefix[WEAL_ADDRESS_TEXT],
                       uint8_t five[WEAL_BECH32M_MAX], size_t *n) {
    size_t length = strnlen(text, WEAL_BECH32M_MAX + 1), split = 0;
    bool lower = false, upper = false;
    if (length > WEAL_BECH32M_MAX) return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 33 || text[i] > 126) return false;
        lower |= islower((unsigned char)text[i]) != 0;
        upper |= isupper((unsigned char)text[i]) != 0;
        if (text[i] == '1') split = i;
    }
    if ((lower && upper) || split == 0 || length - split - 1 < CHECKSUM) return false;
    for (size_t i = 0; i < split; i++) prefix[i] = (char)tolower((unsigned char)text[i]);
    prefix[split] = 0;
    uint32_t sum = polymod_prefix(prefix, split);
    size_t count = 0;
    for (size_t i = split + 1; i < length; i++) {
        const char *at = strchr(letters, tolower((unsigned char)text[i]));
        if (!at) return false;
        five[count] = (uint8_t)(at - letters);
        sum = polymod(sum, five[count++]);
    }
    *n = count - CHECKSUM;
    return sum == CONSTANT;
}

bool weal_address_write(char text[WEAL_ADDRESS_TEXT], const char *prefix,
                        const uint8_t account[32]) {
    uint8_t five[1 + FIVES] = {WEAL_ADDRESS_VERSION};
    for (unsigned b = 0; b < 256; b++) {
        if ((account[b / 8] >> (7 - b % 8) & 1) != 0) {
            five[1 + b / 5] |= (uint8_t)(1u << (4 - b % 5));
        }
    }
    return weal_bech32m_write(text, prefix, five, sizeof five);
}

enum weal_address_result weal_address_read(uint8_t account[32], const char *prefix,
                                           const char *text) {
    char found[WEAL_ADDRESS_TEXT];
    uint8_t five[WEAL_BECH32M_MAX];
    size_t n;
    if (!weal_bech32m_read(text, found, five, &n) || n != 1 + FIVES ||
        five[0] != WEAL_ADDRESS_VERSION || (five[FIVES] & 15) != 0) {
        return WEAL_ADDRESS_FORM; /* 52 groups are 260 bits: the last four are zero */
    }
    if (strcmp(found, prefix) != 0) return WEAL_ADDRESS_PREFIX;
    memset(account, 0, 32);
    for (unsigned b = 0; b < 256; b++) {
        if ((five[1 + b / 5] >> (4 - b % 5) & 1) != 0) {
            account[b / 8] |= (uint8_t)(1u << (7 - b % 8));
        }
    }
    return WEAL_ADDRESS_OK;
}
