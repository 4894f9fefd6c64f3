/* SPDX-License-Identifier: ISC */
/* BIP340 signatures, good ones changed in any bytes: many at once says of each what one by one,
 * libsecp256k1's word, says; and a group that holds before anybody is asked one by one holds. The
 * first byte is how many; then come changes, four bytes each: which, where, by what, how often. */
#include <sodium.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "crypto/sig/many_int.h"

enum { MOST = 24, SIZE = 64 + 32 + 32 };

static uint8_t good[MOST][SIZE]; /* signature, digest, key */

static void prepare(void) {
    for (uint8_t i = 0; i < MOST; i++) {
        uint8_t secret[32] = {0};
        secret[31] = (uint8_t)(1 + i / 2); /* some keys twice */
        memset(good[i] + 64, i % 5, 32);   /* some digests, and so signatures, too */
        WEAL_ASSERT(weal_sig_public(good[i] + 96, secret));
        WEAL_ASSERT(weal_sig_sign(good[i], good[i] + 64, secret));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    if (sodium_init() < 0 || n == 0) return 0;
    if (good[0][0] == 0 && good[0][1] == 0) prepare();
    uint8_t all[MOST][SIZE];
    struct weal_sig_item item[MOST];
    bool ok[MOST], hold = true;
    size_t count = data[0] % (MOST + 1);
    memcpy(all, good, sizeof all);
    for (const uint8_t *p = data + 1; p + 4 <= data + n && count != 0; p += 4) {
        uint8_t *s = all[p[0] % count];
        for (unsigned k = 0; k <= p[3] % 32; k++) s[(p[1] + k) % SIZE] ^= p[2];
        if (p[3] >= 128) memcpy(s, good[p[2] % MOST], 32u << (p[3] & 1)); /* another's R, or all */
    }
    for (size_t i = 0; i < count; i++)
        item[i] = (struct weal_sig_item){all[i], all[i] + 64, all[i] + 96};
    bool said = weal_sig_verify_many_var(ok, item, count);
    for (size_t i = 0; i < count; i++) {
        WEAL_ASSERT(ok[i] == weal_sig_verify_var(item[i].sig, item[i].digest, item[i].pub));
        hold = hold && ok[i];
    }
    WEAL_ASSERT(said == hold);
    if (count != 0 && sig_group_var(item, count)) WEAL_ASSERT(hold);
    return 0;
}
