/* SPDX-License-Identifier: ISC */
/* Payment requests as links: what is read stays within its limits, and the link made of it is read
 * as the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "crypto/base/bug.h"
#include "wallet/app.h"
#include "wallet/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[1024], amount[WEAL_AMOUNT_TEXT], link[512];
    struct weal_uri u, again;
    if (size >= sizeof text) return 0;
    memcpy(text, data, size);
    text[size] = 0;
    if (!weal_uri_read(&u, text)) return 0;
    size_t n = strlen(u.address);
    WEAL_ASSERT(n != 0 && n < sizeof u.address && strlen(u.label) < sizeof u.label);
    WEAL_ASSERT(u.asset < WEAL_ASSETS);
    if (u.micro == 0 || u.asset == 0) return 0;
    weal_amount_write(amount, u.micro);
    snprintf(link, sizeof link, "weal:%s?amount=%s&asset=%s", u.address, amount,
             weal_asset_name(u.asset));
    WEAL_ASSERT(weal_uri_read(&again, link));
    WEAL_ASSERT(again.micro == u.micro && again.asset == u.asset);
    WEAL_ASSERT(strcmp(again.address, u.address) == 0);
    return 0;
}
