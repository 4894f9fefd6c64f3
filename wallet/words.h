/* SPDX-License-Identifier: ISC */
/* Recovery words: 32 bytes as 24 English words, the last of which holds a checksum of 8 bits
 * (BIP39: SHA-256). The bytes themselves are the wallet's seed; BIP39's PBKDF2 step and its
 * passphrase are left out, because 256 random bits need no stretching. The list is words.txt, as
 * published with BIP39. Looking words up takes variable time; on the owner's device only. */
#ifndef WEAL_WALLET_WORDS_H
#define WEAL_WALLET_WORDS_H

#include "crypto/base/bytes.h"

enum {
    WEAL_WORDS = 24,
    WEAL_WORDS_LIST = 2048,
    WEAL_WORDS_TEXT = WEAL_WORDS * 9 /* at most 8 letters and a space or the end */
};

/* The words joined by single spaces, ended by 0. */
void weal_words_write(char text[WEAL_WORDS_TEXT], const uint8_t seed[32]);

/* What weal_words_read found. */
enum weal_words_result {
    WEAL_WORDS_OK,
    WEAL_WORDS_COUNT,   /* not 24 words */
    WEAL_WORDS_UNKNOWN, /* *at is the first word that is not in the list, counted from 1 */
    WEAL_WORDS_CHECKSUM /* all known, but they do not belong together */
};
/* Words in lower or upper case, separated by white space; four letters suffice for any word. */
enum weal_words_result weal_words_read(uint8_t seed[32], const char *text, unsigned *at);

#endif
