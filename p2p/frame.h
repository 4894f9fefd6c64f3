/* SPDX-License-Identifier: ISC */
/* Messages in classes over one encrypted stream.
 *
 * A message is cut into pieces; pieces are packed into records of at most 16 KiB, each sealed by
 * one AEAD call. Every class has at most one message open at a time, so a vote slips between two
 * pieces of a body. The receiver sees a message's type and total length in its first piece and
 * refuses it by cap before any memory is taken for it.
 *
 *     record  u16 n, then n bytes: sealed pieces and the tag (the two length bytes are
 *             authenticated too); 17 <= n <= 16,400
 *     piece   u8 type, u16 n, u32 total, n bytes      first piece of a message, n <= total
 *             u8 0x80 | class, u16 n, n bytes         further piece, n > 0
 *
 * Sending: strict precedence of classes, but a waiting class that has been passed over by 32
 * pieces gets one, so none starves. Bytes are sealed only when the socket takes them: what waits,
 * waits unsealed and can still be overtaken. Receiving: a token bucket a class; a peer that sends
 * more than its budget is read more slowly, nothing is lost and nobody is blamed.
 * Pure; memory for long messages is borrowed from the host. */
#ifndef WEAL_P2P_FRAME_H
#define WEAL_P2P_FRAME_H

#include "crypto/base/err.h"
#include "crypto/base/verdict.h"
#include "p2p/msg.h"
#include "p2p/noise.h"

/* What the owner lends. Called only from within calls on the frame that holds it. */
struct weal_frame_host {
    void *ctx;
    /* n bytes for a message under reassembly; NULL when the host's budget for it is spent. */
    uint8_t *(*take)(void *ctx, size_t n);
    void (*give)(void *ctx, uint8_t *p, size_t n);
    /* A queued message has been sent whole, or dropped: its bytes are the owner's again. */
    void (*release)(void *ctx, void *token);
};

/* A token bucket. Filled by the clock, emptied by traffic; may be overdrawn by one message. */
struct weal_frame_bucket {
    int64_t tokens; /* bytes; negative: overdrawn */
    int64_t burst, per_second;
    uint64_t at_ms; /* when tokens was last brought up to date */
    uint64_t rest;  /* thousandths of a token left over */
};

/* ---- sending ---- */

struct weal_frame_item {
    const uint8_t *p;
    void *token;
    uint32_t n;
    uint8_t type;
};

struct weal_frame_queue {
    struct weal_frame_item *ring;
    uint32_t cap, head, count; /* messages */
    uint32_t bytes, bytes_cap; /* waiting, without what has been sent of the first */
    uint32_t sent;             /* of the first message */
    uint32_t passed_over;
    struct weal_frame_bucket pace;                /* what the receiver's budget lets us send */
    uint64_t sent_bytes, sent_msgs, dropped_msgs; /* since the start */
};

struct weal_frame_out {
    struct weal_noise_cipher cipher;
    const struct weal_frame_host *host;
    struct weal_frame_queue queue[WEAL_P2P_CLASSES];
    uint32_t records; /* under the present key */
    uint32_t wait_ms; /* after a pull that gave nothing though messages wait: try again then */
    bool dead;        /* nonces spent, or closed */
};

size_t weal_frame_out_footprint(void); /* bytes of ring memory */
/* mem: weal_frame_out_footprint() bytes, 16-aligned, kept while o lives. */
void weal_frame_out_init(struct weal_frame_out *o, const struct weal_noise_cipher *cipher,
                         const struct weal_frame_host *host, void *mem, uint64_t now_ms);
/* Queues a message; msg is borrowed until release(token). WEAL_ERR_FULL when its class's queue is
 * at a limit, WEAL_ERR_INVALID when no such type or above its cap: then it is not borrowed. */
WEAL_MUST_USE enum weal_err weal_frame_send(struct weal_frame_out *o, unsigned type,
                                            struct weal_bytes msg, void *token);
/* Bytes waiting in all queues. */
size_t weal_frame_waiting(const struct weal_frame_out *o);
/* Seals what is most urgent into out, whole records only, as many as cap allows; returns the bytes
 * written. 0 when nothing waits, cap is below WEAL_P2P_RECORD_MAX, or all that waits is ahead of
 * its receiver's budget (o->wait_ms). */
size_t weal_frame_pull(struct weal_frame_out *o, uint8_t *out, size_t cap, uint64_t now_ms);
/* Drops everything queued (release is called for each) and wipes the key. */
void weal_frame_out_close(struct weal_frame_out *o);

/* ---- receiving ---- */

/* A message under reassembly. Memory for all of it is taken once a quarter MiB has come, so that an
 * announced length alone pins little. */
struct weal_frame_open {
    uint8_t *p; /* NULL: no message open */
    uint32_t n, total, cap;
    uint8_t type;
    uint64_t since_ms;
};

struct weal_frame_in {
    struct weal_noise_cipher cipher;
    const struct weal_frame_host *host;
    struct weal_frame_bucket bucket[WEAL_P2P_CLASSES];
    struct weal_frame_open open[WEAL_P2P_CLASSES];
    struct weal_bytes pieces; /* of the present record, not yet looked at */
    uint8_t *done;            /* finished message to give back at the next call */
    uint32_t done_n;
    uint32_t records;
    bool dead;
    uint64_t got_bytes[WEAL_P2P_CLASSES], got_msgs[WEAL_P2P_CLASSES];
};

enum weal_frame_got {
    WEAL_FRAME_MORE,    /* needs more bytes; *used of those given are done with */
    WEAL_FRAME_MESSAGE, /* out->type and out->bytes, valid until the next call */
    WEAL_FRAME_WAIT,    /* a budget is overdrawn: read on in out->wait_ms */
    WEAL_FRAME_REFUSED  /* out->verdict; the stream is dead */
};

struct weal_frame_msg {
    unsigned type;
    struct weal_bytes bytes;
    uint32_t wait_ms;
    enum weal_verdict verdict;
};

void weal_frame_in_init(struct weal_frame_in *i, const struct weal_noise_cipher *cipher,
                        const struct weal_frame_host *host, uint64_t now_ms);
/* Reads from the n bytes at in, decrypting in place; bytes counted in *used must not be given
 * again, and in must stay where it is until a call returns MORE or WAIT. Call until MORE, WAIT or
 * REFUSED. Refusals: p2p-record-length, p2p-decrypt, p2p-piece, p2p-type, p2p-cap. p2p-memory is
 * our own shortage, no fault of the peer's. */
enum weal_frame_got weal_frame_read(struct weal_frame_in *i, uint8_t *in, size_t n, size_t *used,
                                    uint64_t now_ms, struct weal_frame_msg *out);
/* When the oldest message under reassembly began; UINT64_MAX: none is. */
uint64_t weal_frame_oldest(const struct weal_frame_in *i);
/* Gives all borrowed memory back and wipes the key. */
void weal_frame_in_close(struct weal_frame_in *i);

#endif
