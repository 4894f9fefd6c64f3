/* SPDX-License-Identifier: ISC */
#include "wallet/words.h"

#include <ctype.h>
#include <sodium.h>

__asm__(".section .rodata\n"
        ".local weal_words_list\n"
        "weal_words_list:\n"
        ".incbin \"wallet/words.txt\"\n"
        ".byte 0\n"
        ".previous\n");
extern const char weal_words_list[] __attribute__((visibility("hidden")));

/* The index-th word of the list and its length; every line ends with a newline. */
static const char *word_at(unsigned index, size_t *n) {
    const char *p = weal_words_list;
    for (; index != 0; index--) p = strchr(p, '\n') + 1;
    *n = (size_t)(strchr(p, '\n') - p);
    return p;
}

/* Index of a word in lower case, or of its first four letters; WEAL_WORDS_LIST when there is none.
 */
static unsigned word_find(const char *word, size_t n) {
    const char *p = weal_words_list;
    for (unsigned i = 0; i < WEAL_WORDS_LIST; i++) {
        size_t m = (size_t)(strchr(p, '\n') - p);
        if ((n == m || (n == 4 && m > 4)) && memcmp(p, word, n) == 0) return i;
        p += m + 1;
    }
    return WEAL_WORDS_LIST;
}

void weal_words_write(char text[WEAL_WORDS_TEXT], const uint8_t seed[32]) {
    uint8_t bits[64]; /* seed, then the hash whose first byte is the checksum */
    memcpy(bits, seed, 32);
    crypto_hash_sha256(bits + 32, seed, 32);
    char *out = text;
    for (unsigned w = 0; w < WEAL_WORDS; w++) {
        unsigned index = 0;
        for (unsigned b = w * 11; b < w * 11 + 11; b++) {
            index = index << 1 | (bits[b / 8] >> (7 - b % 8) & 1u);
        }
        size_t n;
        const char *word = word_at(index, &n);
        memcpy(out, word, n);
        out += n;
        *out++ = w + 1 < WEAL_WORDS ? ' ' : 0;
    }
    sodium_memzero(bits, sizeof bits);
}

enum weal_words_result weal_words_read(uint8_t seed[32], const char *text, unsigned *at) {
    uint8_t bits[33] = {0}, sum[32];
    enum weal_words_result result = WEAL_WORDS_OK;
    unsigned count = 0;
    *at = 0;
    for (const char *p = text;;) {
        char word[9];
        size_t n = 0;
        while (isspace((unsigned char)*p)) p++;
        if (*p == 0) break;
        for (; *p != 0 && !isspace((unsigned char)*p); p++) {
            if (n < sizeof word) word[n] = (char)tolower((unsigned char)*p);
            n++;
        }
        if (count++ >= WEAL_WORDS) continue;
        unsigned index = n <= 8 ? word_find(word, n) : WEAL_WORDS_LIST;
        sodium_memzero(word, sizeof word);
        if (index == WEAL_WORDS_LIST) {
            if (*at == 0) *at = count;
            continue;
        }
        for (unsigned i = 0; i < 11; i++) {
            unsigned b = (count - 1) * 11 + i;
            bits[b / 8] |= (uint8_t)((index >> (10 - i) & 1u) << (7 - b % 8));
        }
    }
    crypto_hash_sha256(sum, bits, 32);
    if (count != WEAL_WORDS) {
        result = WEAL_WORDS_COUNT;
    } else if (*at != 0) {
        result = WEAL_WORDS_UNKNOWN;
    } else if (sum[0] != bits[32]) {
        result = WEAL_WORDS_CHECKSUM;
    } else {
        memcpy(seed, bits, 32);
    }
    sodium_memzero(bits, sizeof bits);
    sodium_memzero(sum, sizeof sum);
    return result;
}
