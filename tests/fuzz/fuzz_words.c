/* SPDX-License-Identifier: ISC */
/* Recovery words as people type them: what is read has one form, and that form reads as the same.
 */
#include <stddef.h>
#include <stdint.h>

#include "crypto/base/bug.h"
#include "wallet/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[512], form[WEAL_WORDS_TEXT], same[WEAL_WORDS_TEXT];
    uint8_t seed[32], again[32];
    unsigned at = 0;
    if (size >= sizeof text) return 0;
    memcpy(text, data, size);
    text[size] = 0;
    enum weal_words_result r = weal_words_read(seed, text, &at);
    WEAL_ASSERT(r != WEAL_WORDS_UNKNOWN || (at >= 1 && at <= WEAL_WORDS));
    if (r == WEAL_WORDS_OK) {
        weal_words_write(form, seed);
        WEAL_ASSERT(weal_words_read(again, form, &at) == WEAL_WORDS_OK);
        WEAL_ASSERT(memcmp(seed, again, 32) == 0);
    }
    if (size >= 32) { /* any seed has words, which give it back */
        weal_words_write(form, data);
        WEAL_ASSERT(weal_words_read(again, form, &at) == WEAL_WORDS_OK);
        WEAL_ASSERT(memcmp(data, again, 32) == 0);
        weal_words_write(same, again);
        WEAL_ASSERT(strcmp(form, same) == 0);
    }
    return 0;
}
