/* SPDX-License-Identifier: ISC */
/* A node that a wallet can ask, without the node: it answers JSON-RPC on a socket of 127.0.0.1, in
 * a thread, from a chain in memory (chain.h), with real headers, certificates, proofs and
 * transactions. A test may alter any answer before it leaves. The chain may only be advanced while
 * no call is open. Aborts on what should not happen. */
#ifndef WEAL_TESTS_SUPPORT_ANSWERS_H
#define WEAL_TESTS_SUPPORT_ANSWERS_H

#include <jansson.h>
#include <pthread.h>

#include "tests/support/chain.h"

enum { ANSWERS_BLOCKS = 2048, ANSWERS_TXS = 4 };

struct answers_block {
    struct weal_header head;
    uint8_t id[32], bytes[WEAL_HEADER_SIZE_MAX];
    size_t n;
    struct chain_tx txs[ANSWERS_TXS];
    enum weal_verdict code[ANSWERS_TXS];
    unsigned txs_n;
    bool bare; /* has no certificate of its own */
};

struct answers {
    struct chain *c;
    struct answers_block *block[ANSWERS_BLOCKS]; /* by height */
    /* alters the result of a call, or NULL */
    void (*lie)(struct answers *a, const char *method, json_t *params, json_t *result);
    uint16_t port;
    int fd;
    pthread_t thread;
};

struct answers *answers_new(struct chain *c);
void answers_free(struct answers *a);
/* One more block, 50 ms after the last. */
void answers_block(struct answers *a, struct chain_tx *const *txs, unsigned n, bool bare);

/* The finalization of a block by the first `signers` of its term's set, of this kind; as hex. */
json_t *answers_certificate(struct answers *a, uint64_t height, unsigned signers, uint8_t kind);
json_t *answers_hex(const uint8_t *p, size_t n);
/* The honest result of a call; NULL: no such thing. */
json_t *answers_result(struct answers *a, const char *method, json_t *params);

#endif
