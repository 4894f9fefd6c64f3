/* SPDX-License-Identifier: ISC */
/* Private to node/rpc: the answerers of methods.def. */
#ifndef WEAL_NODE_RPC_METHODS_H
#define WEAL_NODE_RPC_METHODS_H

#include "node/rpc/rpc.h"

/* A request being answered. A method sets result, or an error by rpc_error, or (tx.submit) keeps
 * the request and settles it later. */
struct rpc_request {
    struct weal_rpc_call *call;
    json_t *id; /* NULL: a notification */
    json_t *params[4];
    json_t *result;
    char *text; /* the result as JSON, instead of result; malloc */
    json_t *error;
    bool later;
    struct rpc_set *set; /* the batch it belongs to */
};

void rpc_error(struct rpc_request *r, int code, const char *name, const char *sentence);
void rpc_refused(struct rpc_request *r, enum weal_verdict v);
/* A request that was kept has its result or error: the last of its batch sends the answer. */
void rpc_settle(struct rpc_request *r);

bool rpc_hex(struct rpc_request *r, unsigned param, const char *name, uint8_t *out, size_t cap,
             size_t *n, size_t least);
json_t *rpc_hex_json(const uint8_t *b, size_t n);
json_t *rpc_u64(uint64_t v); /* decimal string: amounts */
/* The JSON schema of a result as methods.def writes it; our own text, a slip aborts. */
json_t *rpc_schema(const char *text);

#define METHOD(id, name, role, summary, params, result) void rpc_##id(struct rpc_request *r);
#include "node/rpc/methods.def"
#undef METHOD

#endif
