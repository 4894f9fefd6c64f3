/* SPDX-License-Identifier: ISC */
/* Draws from the beacon; see draw.h for the definition. */
#include "consensus/draw.h"

#include "crypto/base/bug.h"

void weal_draw_init(struct weal_draw *d, const uint8_t beacon[32], struct weal_bytes purpose) {
    WEAL_ASSERT(purpose.n >= 1 && purpose.n <= 255);
    weal_transcript_init(&d->head, "draw");
    weal_transcript_frame(&d->head, "beacon", beacon, 32);
    weal_transcript_frame(&d->head, "purpose", purpose.p, purpose.n);
    d->counter = 0;
}

uint64_t weal_draw_u64_var(struct weal_draw *d) {
    struct weal_transcript t = d->head;
    uint8_t counter[8], out[64];
    weal_put_le64(counter, d->counter++);
    weal_transcript_frame(&t, "counter", counter, sizeof counter);
    weal_transcript_final(&t, out);
    return weal_le64(out);
}

uint64_t weal_draw_below_var(struct weal_draw *d, uint64_t bound) {
    WEAL_ASSERT(bound >= 1);
    if (bound == 1) return 0;
    /* 2^64 mod bound, without 128 bits: numbers in the last, incomplete stretch are skipped */
    uint64_t rest = (UINT64_MAX % bound + 1) % bound;
    for (;;) {
        uint64_t x = weal_draw_u64_var(d);
        if (x <= UINT64_MAX - rest) return x % bound;
    }
}

void weal_draw_shuffle_var(struct weal_draw *d, void *elements, size_t count, size_t size) {
    uint8_t *e = (uint8_t *)elements, held[256];
    WEAL_ASSERT(size >= 1 && size <= sizeof held);
    for (size_t i = count; i-- > 1;) {
        size_t j = (size_t)weal_draw_below_var(d, (uint64_t)i + 1);
        memcpy(held, e + i * size, size);
        memmove(e + i * size, e + j * size, size);
        memcpy(e + j * size, held, size);
    }
}
