/* SPDX-License-Identifier: ISC */
/* The rule by which a document becomes one string, with four lines of input as its fields: the
 * string is made of what it allows, and is its own normal form. */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/base/bug.h"
#include "crypto/base/bytes.h"
#include "wallet/service/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[1024], out[WEAL_EVIDENCE_MAX], again[WEAL_EVIDENCE_MAX], *field[5] = {0};
    if (size >= sizeof text) return 0;
    memcpy(text, data, size);
    text[size] = 0;
    char *at = text;
    for (int i = 0; i < 4; i++) {
        field[i] = at;
        at += strcspn(at, "\n");
        if (*at) *at++ = 0;
    }
    struct weal_document d = {field[0], field[1], field[2], field[3]};
    size_t n = weal_evidence_text(out, &d);
    if (n == 0) return 0;
    WEAL_ASSERT(n < WEAL_EVIDENCE_MAX && strlen(out) == n);
    for (size_t i = 0; i < n; i++) {
        bool good = islower((unsigned char)out[i]) || isdigit((unsigned char)out[i]) ||
                    out[i] == '|' || out[i] == '-';
        WEAL_ASSERT(good);
    }
    /* its own fields give the same string */
    char copy[WEAL_EVIDENCE_MAX], *part[5] = {0};
    memcpy(copy, out, n + 1);
    at = copy;
    for (int i = 0; i < 5; i++) {
        part[i] = at;
        at += strcspn(at, "|");
        WEAL_ASSERT(*at == '|' || i == 4);
        if (*at) *at++ = 0;
    }
    struct weal_document same = {part[1], part[2], part[3], part[4]};
    WEAL_ASSERT(weal_evidence_text(again, &same) == n && strcmp(out, again) == 0);
    return 0;
}
