/* SPDX-License-Identifier: ISC */
/* Queues, precedence and sealing on one side; opening, budgets and reassembly on the other. */
#include "p2p/frame.h"

#include <sodium.h>

#include "crypto/base/bug.h"

enum { CONTINUED = 0x80 };

/* ---- token buckets ---- */

static void bucket_init(struct weal_frame_bucket *b, int64_t per_second, int64_t burst,
                        uint64_t now_ms) {
    *b = (struct weal_frame_bucket){burst, burst, per_second, now_ms, 0};
}

static void bucket_fill(struct weal_frame_bucket *b, uint64_t now_ms) {
    if (now_ms <= b->at_ms) return;
    uint64_t ms = now_ms - b->at_ms;
    b->at_ms = now_ms;
    if (ms > 60000) ms = 60000; /* longer than any bucket takes to fill */
    uint64_t gained = ms * (uint64_t)b->per_second + b->rest;
    b->rest = gained % 1000;
    b->tokens += (int64_t)(gained / 1000);
    if (b->tokens > b->burst) b->tokens = b->burst;
}

/* Milliseconds until it is in credit again. */
static uint32_t bucket_wait(const struct weal_frame_bucket *b) {
    if (b->tokens > 0) return 0;
    return (uint32_t)(-b->tokens * 1000 / b->per_second + 1);
}

static const struct {
    uint32_t msgs, bytes;
    int32_t rate, burst;
} budget[WEAL_P2P_CLASSES] = {
#define BUDGET(c)                                                                                  \
    [WEAL_P2P_CLASS_##c] = {WEAL_P2P_QUEUE_##c##_MSGS, WEAL_P2P_QUEUE_##c##_BYTES,                 \
                            WEAL_P2P_RATE_##c, WEAL_P2P_BURST_##c}
    BUDGET(VOTE), BUDGET(BODY), BUDGET(REQUEST), BUDGET(TX), BUDGET(PEX),
#undef BUDGET
};

/* ---- sending ---- */

size_t weal_frame_out_footprint(void) {
    size_t n = 0;
    for (int c = 0; c < WEAL_P2P_CLASSES; c++) {
        n += budget[c].msgs * sizeof(struct weal_frame_item);
    }
    return n;
}

void weal_frame_out_init(struct weal_frame_out *o, const struct weal_noise_cipher *cipher,
                         const struct weal_frame_host *host, void *mem, uint64_t now_ms) {
    memset(o, 0, sizeof *o);
    o->cipher = *cipher;
    o->host = host;
    struct weal_frame_item *at = (struct weal_frame_item *)mem;
    for (int c = 0; c < WEAL_P2P_CLASSES; c++) {
        struct weal_frame_queue *q = &o->queue[c];
        q->ring = at;
        q->cap = budget[c].msgs;
        q->bytes_cap = budget[c].bytes;
        /* an eighth below the receiver's budget, so that its clock may differ from ours */
        bucket_init(&q->pace, budget[c].rate / 8 * 7, budget[c].burst / 8 * 7, now_ms);
        at += q->cap;
    }
}

enum weal_err weal_frame_send(struct weal_frame_out *o, unsigned type, struct weal_bytes msg,
                              void *token) {
    const struct weal_p2p_type_info *info = weal_p2p_type_info(type);
    if (!info->name || msg.n > info->cap) return WEAL_ERR_INVALID;
    if (o->dead) return WEAL_ERR_CLOSED;
    struct weal_frame_queue *q = &o->queue[info->cls];
    /* one message always fits an empty queue, whatever the byte limit */
    if (q->count == q->cap || (q->count != 0 && q->bytes_cap - q->bytes < msg.n)) {
        q->dropped_msgs++;
        return WEAL_ERR_FULL;
    }
    q->ring[(q->head + q->count++) % q->cap] =
        (struct weal_frame_item){msg.p, token, (uint32_t)msg.n, (uint8_t)type};
    q->bytes += (uint32_t)msg.n;
    return WEAL_OK;
}

size_t weal_frame_waiting(const struct weal_frame_out *o) {
    size_t n = 0;
    for (int c = 0; c < WEAL_P2P_CLASSES; c++) {
        n += o->queue[c].bytes + (size_t)o->queue[c].count * WEAL_P2P_PIECE_HEAD;
    }
    return n;
}

/* The class whose turn it is, or -1. Votes are never paced: a late vote costs more than a burst. */
static int pick(struct weal_frame_out *o, uint64_t now_ms) {
    int best = -1, starved = -1;
    uint32_t wait = 0;
    for (int c = 0; c < WEAL_P2P_CLASSES; c++) {
        struct weal_frame_queue *q = &o->queue[c];
        if (q->count == 0) continue;
        if (c != WEAL_P2P_CLASS_VOTE) {
            bucket_fill(&q->pace, now_ms);
            uint32_t w = bucket_wait(&q->pace);
            if (w != 0) {
                if (wait == 0 || w < wait) wait = w;
                continue;
            }
        }
        if (best < 0) best = c;
        if (starved < 0 && q->passed_over >= WEAL_P2P_PASSED_OVER_MAX) starved = c;
    }
    o->wait_ms = best < 0 ? wait : 0;
    return starved >= 0 ? starved : best;
}

static void pop(struct weal_frame_out *o, struct weal_frame_queue *q) {
    struct weal_frame_item *it = &q->ring[q->head];
    q->head = (q->head + 1) % q->cap;
    q->count--;
    q->sent = 0;
    q->sent_msgs++;
    if (o->host->release) o->host->release(o->host->ctx, it->token);
}

/* Appends one piece of class c; false when the record has no useful room left. */
static bool put_piece(struct weal_frame_out *o, int c, struct weal_wr *w) {
    struct weal_frame_queue *q = &o->queue[c];
    const struct weal_frame_item *it = &q->ring[q->head];
    bool first = q->sent == 0;
    uint32_t left = it->n - q->sent;
    size_t head = WEAL_P2P_PIECE_HEAD + (first ? WEAL_P2P_PIECE_TOTAL : 0), room = w->cap - w->n;
    /* a piece of less than 64 bytes is not worth its head, unless it ends the message */
    if (room < head + (left < 64 ? left : 64)) return false;
    uint32_t n = left < room - head ? left : (uint32_t)(room - head);
    weal_wr_u8(w, first ? it->type : (uint8_t)(CONTINUED | c));
    weal_wr_u16(w, (uint16_t)n);
    if (first) weal_wr_u32(w, it->n);
    weal_wr_copy(w, it->p + q->sent, n);
    q->sent += n;
    q->bytes -= n;
    q->sent_bytes += n;
    q->pace.tokens -= (int64_t)n + (first ? WEAL_P2P_MESSAGE_PRICE : 0);
    q->passed_over = 0;
    for (int d = c + 1; d < WEAL_P2P_CLASSES; d++) {
        if (o->queue[d].count != 0) o->queue[d].passed_over++;
    }
    if (q->sent == it->n) pop(o, q);
    return true;
}

static size_t put_record(struct weal_frame_out *o, uint8_t *out, uint64_t now_ms) {
    struct weal_wr w = weal_wr(out + WEAL_P2P_RECORD_HEAD, WEAL_P2P_RECORD_PLAIN_MAX);
    for (int c; (c = pick(o, now_ms)) >= 0;) {
        if (!put_piece(o, c, &w)) break;
    }
    if (w.n == 0) return 0;
    weal_put_le16(out, (uint16_t)(w.n + WEAL_P2P_RECORD_TAG));
    if (!weal_noise_seal(&o->cipher, weal_bytes(out, WEAL_P2P_RECORD_HEAD), w.p, w.n, w.p)) {
        o->dead = true;
        return 0;
    }
    if (++o->records == WEAL_P2P_REKEY_RECORDS) {
        weal_noise_rekey(&o->cipher);
        o->records = 0;
    }
    return WEAL_P2P_RECORD_HEAD + w.n + WEAL_P2P_RECORD_TAG;
}

size_t weal_frame_pull(struct weal_frame_out *o, uint8_t *out, size_t cap, uint64_t now_ms) {
    size_t n = 0;
    while (!o->dead && cap - n >= WEAL_P2P_RECORD_MAX) {
        size_t one = put_record(o, out + n, now_ms);
        if (one == 0) break;
        n += one;
    }
    return n;
}

void weal_frame_out_close(struct weal_frame_out *o) {
    o->dead = true;
    for (int c = 0; c < WEAL_P2P_CLASSES; c++) {
        struct weal_frame_queue *q = &o->queue[c];
        while (q->count != 0) {
            q->dropped_msgs++;
            q->sent_msgs--;
            pop(o, q);
        }
        q->bytes = 0;
    }
    sodium_memzero(&o->cipher, sizeof o->cipher);
}

/* ---- receiving ---- */

void weal_frame_in_init(struct weal_frame_in *i, const struct weal_noise_cipher *cipher,
                        const struct weal_frame_host *host, uint64_t now_ms) {
    memset(i, 0, sizeof *i);
    i->cipher = *cipher;
    i->host = host;
    for (int c = 0; c < WEAL_P2P_CLASSES; c++) {
        bucket_init(&i->bucket[c], budget[c].rate, budget[c].burst, now_ms);
    }
}

static enum weal_frame_got refuse(struct weal_frame_in *i, struct weal_frame_msg *out,
                                  enum weal_verdict why) {
    i->dead = true;
    i->pieces.n = 0;
    out->verdict = why;
    return WEAL_FRAME_REFUSED;
}

static void open_drop(struct weal_frame_in *i, struct weal_frame_open *m) {
    if (m->p) i->host->give(i->host->ctx, m->p, m->cap);
    memset(m, 0, sizeof *m);
}

/* Makes room for all of the message; false when the host has none. */
static bool open_grow(struct weal_frame_in *i, struct weal_frame_open *m, uint32_t cap) {
    uint8_t *p = i->host->take(i->host->ctx, cap);
    if (!p) return false;
    if (m->p) {
        memcpy(p, m->p, m->n);
        i->host->give(i->host->ctx, m->p, m->cap);
    }
    m->p = p;
    m->cap = cap;
    return true;
}

/* Adds bytes to an open message; MESSAGE when it is whole, MORE when not yet. */
static enum weal_frame_got open_add(struct weal_frame_in *i, struct weal_frame_open *m,
                                    struct weal_bytes b, struct weal_frame_msg *out) {
    if (m->cap - m->n < b.n && !open_grow(i, m, m->total)) {
        open_drop(i, m);
        return refuse(i, out, WEAL_V_P2P_MEMORY);
    }
    memcpy(m->p + m->n, b.p, b.n);
    m->n += (uint32_t)b.n;
    if (m->n < m->total) return WEAL_FRAME_MORE;
    out->type = m->type;
    out->bytes = weal_bytes(m->p, m->n);
    i->done = m->p;
    i->done_n = m->cap;
    memset(m, 0, sizeof *m);
    return WEAL_FRAME_MESSAGE;
}

static void charge(struct weal_frame_in *i, int c, size_t n, bool first) {
    i->bucket[c].tokens -= (int64_t)n + (first ? WEAL_P2P_MESSAGE_PRICE : 0);
    i->got_bytes[c] += n;
    if (first) i->got_msgs[c]++;
}

static enum weal_frame_got first_piece(struct weal_frame_in *i, struct weal_rd *r, uint8_t type,
                                       uint64_t now_ms, struct weal_frame_msg *out) {
    const struct weal_p2p_type_info *info = weal_p2p_type_info(type);
    uint16_t n = weal_rd_u16(r);
    uint32_t total = weal_rd_u32(r);
    struct weal_bytes b = weal_rd_view(r, n);
    if (!info->name) return refuse(i, out, WEAL_V_P2P_TYPE);
    if (total > info->cap) return refuse(i, out, WEAL_V_P2P_CAP);
    struct weal_frame_open *m = &i->open[info->cls];
    if (r->failed || n > total || (n == 0 && total != 0) || m->p) {
        return refuse(i, out, WEAL_V_P2P_PIECE);
    }
    charge(i, (int)info->cls, n, true);
    if (n == total) { /* whole: delivered where it lies */
        out->type = type;
        out->bytes = b;
        return WEAL_FRAME_MESSAGE;
    }
    *m = (struct weal_frame_open){NULL, 0, total, 0, type, now_ms};
    uint32_t cap = total < WEAL_P2P_REASSEMBLY_FIRST ? total : WEAL_P2P_REASSEMBLY_FIRST;
    if (!open_grow(i, m, cap)) return refuse(i, out, WEAL_V_P2P_MEMORY);
    return open_add(i, m, b, out);
}

static enum weal_frame_got next_piece(struct weal_frame_in *i, uint64_t now_ms,
                                      struct weal_frame_msg *out) {
    struct weal_rd r = weal_rd(i->pieces);
    enum weal_frame_got got;
    uint8_t head = weal_rd_u8(&r);
    if (head < CONTINUED) {
        got = first_piece(i, &r, head, now_ms, out);
    } else {
        unsigned c = head & 0x7f;
        uint16_t n = weal_rd_u16(&r);
        struct weal_bytes b = weal_rd_view(&r, n);
        if (r.failed || n == 0 || c >= WEAL_P2P_CLASSES || !i->open[c].p ||
            n > i->open[c].total - i->open[c].n) {
            return refuse(i, out, WEAL_V_P2P_PIECE);
        }
        charge(i, (int)c, n, false);
        got = open_add(i, &i->open[c], b, out);
    }
    if (got != WEAL_FRAME_REFUSED) i->pieces = weal_bytes(r.p, r.n);
    return got;
}

/* Opens the next record. */
static enum weal_frame_got next_record(struct weal_frame_in *i, uint8_t *in, size_t n, size_t *used,
                                       struct weal_frame_msg *out) {
    if (n < WEAL_P2P_RECORD_HEAD) return WEAL_FRAME_MORE;
    size_t len = weal_le16(in);
    if (len <= WEAL_P2P_RECORD_TAG || len > WEAL_P2P_RECORD_PLAIN_MAX + WEAL_P2P_RECORD_TAG) {
        return refuse(i, out, WEAL_V_P2P_RECORD_LENGTH);
    }
    if (n - WEAL_P2P_RECORD_HEAD < len) return WEAL_FRAME_MORE;
    uint8_t *body = in + WEAL_P2P_RECORD_HEAD;
    if (!weal_noise_open(&i->cipher, weal_bytes(in, WEAL_P2P_RECORD_HEAD), body, len, body)) {
        return refuse(i, out, WEAL_V_P2P_DECRYPT);
    }
    if (++i->records == WEAL_P2P_REKEY_RECORDS) {
        weal_noise_rekey(&i->cipher);
        i->records = 0;
    }
    *used += WEAL_P2P_RECORD_HEAD + len;
    i->pieces = weal_bytes(body, len - WEAL_P2P_RECORD_TAG);
    return WEAL_FRAME_MESSAGE;
}

enum weal_frame_got weal_frame_read(struct weal_frame_in *i, uint8_t *in, size_t n, size_t *used,
                                    uint64_t now_ms, struct weal_frame_msg *out) {
    *used = 0;
    *out = (struct weal_frame_msg){0};
    if (i->done) {
        i->host->give(i->host->ctx, i->done, i->done_n);
        i->done = NULL;
    }
    if (i->dead) return refuse(i, out, WEAL_V_P2P_CLOSED);
    for (;;) {
        while (i->pieces.n != 0) {
            enum weal_frame_got got = next_piece(i, now_ms, out);
            if (got != WEAL_FRAME_MORE) return got;
        }
        for (int c = 0; c < WEAL_P2P_CLASSES; c++) {
            bucket_fill(&i->bucket[c], now_ms);
            uint32_t wait = bucket_wait(&i->bucket[c]);
            if (wait > out->wait_ms) out->wait_ms = wait;
        }
        if (out->wait_ms != 0) return WEAL_FRAME_WAIT;
        enum weal_frame_got got = next_record(i, in + *used, n - *used, used, out);
        if (got != WEAL_FRAME_MESSAGE) return got;
    }
}

uint64_t weal_frame_oldest(const struct weal_frame_in *i) {
    uint64_t oldest = UINT64_MAX;
    for (int c = 0; c < WEAL_P2P_CLASSES; c++) {
        const struct weal_frame_open *m = &i->open[c];
        if (m->p && m->since_ms < oldest) oldest = m->since_ms;
    }
    return oldest;
}

void weal_frame_in_close(struct weal_frame_in *i) {
    i->dead = true;
    i->pieces.n = 0;
    if (i->done) i->host->give(i->host->ctx, i->done, i->done_n);
    i->done = NULL;
    for (int c = 0; c < WEAL_P2P_CLASSES; c++) open_drop(i, &i->open[c]);
    sodium_memzero(&i->cipher, sizeof i->cipher);
}
