/* SPDX-License-Identifier: ISC */
/* Text forms of bytes and numbers. The cursors themselves are inline, in bytes.h. */
#include "crypto/base/bytes.h"

void weal_wr_text(struct weal_wr *w, const char *text) {
    weal_wr_copy(w, text, strlen(text));
}

void weal_wr_dec(struct weal_wr *w, uint64_t v) {
    uint8_t digits[20];
    size_t n = 0;
    do {
        digits[sizeof digits - ++n] = (uint8_t)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    weal_wr_copy(w, digits + sizeof digits - n, n);
}

void weal_wr_hex(struct weal_wr *w, const uint8_t *bytes, size_t n) {
    static const char digit[16] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        weal_wr_u8(w, (uint8_t)digit[bytes[i] >> 4]);
        weal_wr_u8(w, (uint8_t)digit[bytes[i] & 15]);
    }
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool weal_hex_read(const char *text, size_t text_n, uint8_t *out, size_t n) {
    if (text_n / 2 != n || text_n % 2 != 0) return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
