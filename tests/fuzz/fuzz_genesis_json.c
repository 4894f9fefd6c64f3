/* SPDX-License-Identifier: ISC */
/* Any text as a genesis file: refused with a sentence, or canonical bytes that pass the check, and
 * whose JSON form gives the same bytes again. */
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "node/genesis/genesis_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct weal_genesis_text g, again;
    if (weal_genesis_from_json(&g, (const char *)data, n) != WEAL_OK) {
        WEAL_ASSERT(g.why[0] != 0);
        return 0;
    }
    char *text = weal_genesis_to_json((struct weal_bytes){g.bytes, g.n});
    WEAL_ASSERT(text);
    WEAL_ASSERT(weal_genesis_from_json(&again, text, strlen(text)) == WEAL_OK);
    WEAL_ASSERT(again.n == g.n && memcmp(again.bytes, g.bytes, g.n) == 0);
    free(text);
    free(again.bytes);
    free(g.bytes);
    return 0;
}
