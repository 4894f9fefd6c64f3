/* SPDX-License-Identifier: ISC */
/* Any strings of 32 bytes: every back end says the same of each and gives the same form; libsodium
 * agrees (its gaps closed: bit 255, the identity); what was accepted encodes to itself. */
#include <sodium.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "crypto/curve/curve.h"
#include "tests/support/curve_help.h"

enum { MOST = 40 };

struct run {
    const uint8_t *in[MOST];
    size_t n;
    bool have;
    uint8_t status[MOST];
    struct weal_point96 out[MOST];
};

static void decode(void *arg) {
    struct run *r = arg;
    uint8_t status[MOST] = {0};
    struct weal_point96 out[MOST];
    memset(out, 0, sizeof out);
    bool all = weal_points_decode_var(out, status, r->in, r->n);
    for (size_t i = 0; i < r->n; i++) all = all && status[i] == WEAL_POINT_OK;
    if (r->have) {
        WEAL_ASSERT(memcmp(status, r->status, r->n) == 0);
        WEAL_ASSERT(memcmp(out, r->out, r->n * sizeof *out) == 0);
    }
    r->have = true;
    memcpy(r->status, status, sizeof status);
    memcpy(r->out, out, sizeof out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    if (sodium_init() < 0) return 0;
    struct run r = {.n = n / 32 < MOST ? n / 32 : MOST};
    for (size_t i = 0; i < r.n; i++) r.in[i] = data + 32 * i;
    curve_each_level(decode, &r);
    for (size_t i = 0; i < r.n; i++) {
        const uint8_t *b = r.in[i];
        bool zero = sodium_is_zero(b, 32);
        bool good = !zero && !(b[31] & 0x80) && crypto_core_ristretto255_is_valid_point(b) == 1;
        WEAL_ASSERT((r.status[i] == WEAL_POINT_OK) == good);
        WEAL_ASSERT((r.status[i] == WEAL_POINT_IDENTITY) == zero);
        uint8_t back[32];
        weal_point96_encode_var(back, &r.out[i]);
        if (good || zero) WEAL_ASSERT(memcmp(back, b, 32) == 0);
    }
    return 0;
}
