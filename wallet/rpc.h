/* SPDX-License-Identifier: ISC */
/* A JSON-RPC client over one kept HTTP connection. Blocking, with a time limit; one thread an
 * object. What a node answers is not believed here: who needs to checks proofs. */
#ifndef WEAL_WALLET_RPC_H
#define WEAL_WALLET_RPC_H

#include <jansson.h>

#include "crypto/base/bytes.h"
#include "crypto/base/err.h"

struct weal_wallet_rpc {
    char host[64];
    uint16_t port;
    int fd; /* -1: not connected */
    unsigned timeout_ms;
    char *buf;
    size_t cap;
    uint64_t id;
    const char *method; /* of the call under way, for who lists what is said (wallet/egress.h) */
    char error[64];     /* stable name of the last error answer */
    char sentence[256]; /* and its sentence */
};

/* host: an IPv4 or IPv6 address or a name (place.h). Connects at the first call. */
void weal_wallet_rpc_init(struct weal_wallet_rpc *r, const char *host, uint16_t port);
void weal_wallet_rpc_release(struct weal_wallet_rpc *r);

/* Calls method; params is consumed (NULL: none). On OK *result is a new reference. INVALID: the
 * node answered with an error (r->error); a node that says when to ask again (rpc-rate) is asked
 * again then, within the time limit; CLOSED, TIMEOUT, CORRUPT: no usable answer. */
WEAL_MUST_USE enum weal_err weal_wallet_rpc_call(struct weal_wallet_rpc *r, const char *method,
                                                 json_t *params, json_t **result);

/* Posts text (one request, or a batch of at most 100) and parses the answer whole: *answer is a new
 * reference on OK. For who speaks JSON-RPC itself; errors inside the answer are not looked at. */
WEAL_MUST_USE enum weal_err weal_wallet_rpc_post(struct weal_wallet_rpc *r, const char *text,
                                                 json_t **answer);

/* The bytes of a hex string, at most cap; 0 when it is none. */
size_t weal_wallet_hex(const json_t *text, uint8_t *out, size_t cap);

#endif
