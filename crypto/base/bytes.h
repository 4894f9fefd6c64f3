/* SPDX-License-Identifier: ISC */
/* Borrowed byte strings, fixed-order integer loads and stores, and the two cursors every codec
 * uses. Wire integers are little-endian; database keys are big-endian, because LMDB sorts bytes. A
 * cursor that has failed stays failed and yields zeros, so a decoder checks once, at its end. */
#ifndef WEAL_CRYPTO_BASE_BYTES_H
#define WEAL_CRYPTO_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* n bytes at p, owned by somebody else; p may be NULL when n is 0. */
struct weal_bytes {
    const uint8_t *p;
    size_t n;
};

#define WEAL_BYTES(array) ((struct weal_bytes){(array), sizeof(array)})
#define WEAL_BYTES_LIT(text) ((struct weal_bytes){(const uint8_t *)(text), sizeof(text) - 1})

static inline struct weal_bytes weal_bytes(const void *p, size_t n) {
    return (struct weal_bytes){(const uint8_t *)p, n};
}

/* Variable time: for public data only. */
static inline bool weal_bytes_equal_var(struct weal_bytes a, struct weal_bytes b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Byte order, then length: the order of LMDB and of every sorted list on the chain. Variable time.
 */
static inline int weal_bytes_compare_var(struct weal_bytes a, struct weal_bytes b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static inline bool weal_is_zero32(const uint8_t b[32]) {
    uint8_t any = 0;
    for (int i = 0; i < 32; i++) any |= b[i];
    return any == 0;
}

static inline uint16_t weal_le16(const uint8_t *b) {
    return (uint16_t)(b[0] | (uint16_t)b[1] << 8);
}
static inline uint32_t weal_le32(const uint8_t *b) {
    return (uint32_t)weal_le16(b) | (uint32_t)weal_le16(b + 2) << 16;
}
static inline uint64_t weal_le64(const uint8_t *b) {
    return (uint64_t)weal_le32(b) | (uint64_t)weal_le32(b + 4) << 32;
}
static inline void weal_put_le16(uint8_t *b, uint16_t v) {
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}
static inline void weal_put_le32(uint8_t *b, uint32_t v) {
    weal_put_le16(b, (uint16_t)v);
    weal_put_le16(b + 2, (uint16_t)(v >> 16));
}
static inline void weal_put_le64(uint8_t *b, uint64_t v) {
    weal_put_le32(b, (uint32_t)v);
    weal_put_le32(b + 4, (uint32_t)(v >> 32));
}
static inline uint32_t weal_be32(const uint8_t *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
static inline uint64_t weal_be64(const uint8_t *b) {
    return (uint64_t)weal_be32(b) << 32 | weal_be32(b + 4);
}
static inline void weal_put_be32(uint8_t *b, uint32_t v) {
    for (int i = 0; i < 4; i++) b[i] = (uint8_t)(v >> (24 - 8 * i));
}
static inline void weal_put_be64(uint8_t *b, uint64_t v) {
    weal_put_be32(b, (uint32_t)(v >> 32));
    weal_put_be32(b + 4, (uint32_t)v);
}

/* ---- reading ---- */

/* Reads forward over borrowed bytes. Once failed, every read fails and returns zero or NULL. */
struct weal_rd {
    const uint8_t *p;
    size_t n;
    bool failed;
};

static inline struct weal_rd weal_rd(struct weal_bytes b) {
    return (struct weal_rd){b.p, b.n, false};
}
/* The next n bytes in place, or NULL. Lengths are compared by subtraction, so nothing overflows. */
static inline const uint8_t *weal_rd_take(struct weal_rd *r, size_t n) {
    if (r->failed || r->n < n) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *at = r->p;
    if (n != 0) r->p += n;
    r->n -= n;
    return at;
}
static inline uint8_t weal_rd_u8(struct weal_rd *r) {
    const uint8_t *b = weal_rd_take(r, 1);
    return b ? b[0] : 0;
}
static inline uint16_t weal_rd_u16(struct weal_rd *r) {
    const uint8_t *b = weal_rd_take(r, 2);
    return b ? weal_le16(b) : 0;
}
static inline uint32_t weal_rd_u32(struct weal_rd *r) {
    const uint8_t *b = weal_rd_take(r, 4);
    return b ? weal_le32(b) : 0;
}
static inline uint64_t weal_rd_u64(struct weal_rd *r) {
    const uint8_t *b = weal_rd_take(r, 8);
    return b ? weal_le64(b) : 0;
}
static inline void weal_rd_copy(struct weal_rd *r, void *out, size_t n) {
    const uint8_t *b = weal_rd_take(r, n);
    if (b && n != 0) memcpy(out, b, n);
}
static inline struct weal_bytes weal_rd_view(struct weal_rd *r, size_t n) {
    const uint8_t *b = weal_rd_take(r, n);
    return (struct weal_bytes){b, b ? n : 0};
}
static inline void weal_rd_fail(struct weal_rd *r) {
    r->failed = true;
}
/* True when everything was read and nothing is left over: the only way to accept an encoding. */
static inline bool weal_rd_done(const struct weal_rd *r) {
    return !r->failed && r->n == 0;
}

/* ---- writing ---- */

/* Writes forward into the caller's buffer. Once failed, every write is dropped. */
struct weal_wr {
    uint8_t *p;
    size_t cap;
    size_t n; /* bytes written */
    bool failed;
};

static inline struct weal_wr weal_wr(void *p, size_t cap) {
    return (struct weal_wr){(uint8_t *)p, cap, 0, false};
}
static inline uint8_t *weal_wr_take(struct weal_wr *w, size_t n) {
    if (w->failed || w->cap - w->n < n) {
        w->failed = true;
        return NULL;
    }
    uint8_t *at = w->p + w->n;
    w->n += n;
    return at;
}
static inline void weal_wr_u8(struct weal_wr *w, uint8_t v) {
    uint8_t *b = weal_wr_take(w, 1);
    if (b) b[0] = v;
}
static inline void weal_wr_u16(struct weal_wr *w, uint16_t v) {
    uint8_t *b = weal_wr_take(w, 2);
    if (b) weal_put_le16(b, v);
}
static inline void weal_wr_u32(struct weal_wr *w, uint32_t v) {
    uint8_t *b = weal_wr_take(w, 4);
    if (b) weal_put_le32(b, v);
}
static inline void weal_wr_u64(struct weal_wr *w, uint64_t v) {
    uint8_t *b = weal_wr_take(w, 8);
    if (b) weal_put_le64(b, v);
}
static inline void weal_wr_copy(struct weal_wr *w, const void *from, size_t n) {
    uint8_t *b = weal_wr_take(w, n);
    if (b && n != 0) memcpy(b, from, n);
}
static inline void weal_wr_bytes(struct weal_wr *w, struct weal_bytes b) {
    weal_wr_copy(w, b.p, b.n);
}
static inline void weal_wr_fail(struct weal_wr *w) {
    w->failed = true;
}
static inline struct weal_bytes weal_wr_done(const struct weal_wr *w) {
    return (struct weal_bytes){w->p, w->failed ? 0 : w->n};
}

/* Text forms, for JSON and logs. */
void weal_wr_text(struct weal_wr *w, const char *text);              /* as it is */
void weal_wr_dec(struct weal_wr *w, uint64_t v);                     /* decimal digits */
void weal_wr_hex(struct weal_wr *w, const uint8_t *bytes, size_t n); /* lower-case hex */

/* Reads exactly 2n hex digits, either case; false leaves out undefined. Variable time. */
bool weal_hex_read(const char *text, size_t text_n, uint8_t *out, size_t n);

#endif
