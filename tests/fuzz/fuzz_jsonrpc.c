/* SPDX-License-Identifier: ISC */
/* Any bytes as a request to a node that has published nothing yet, as admin over WebSocket and as
 * anybody over HTTP: one answer, which is JSON with an error by name, a result, or a batch of them;
 * or none to notifications. Submissions wait in the queue of a core that never comes for them, so
 * theirs may be missing. */
#include <stdlib.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "node/rpc/rpc.h"
#include "storage/kv_mem.h"
#include "tests/support/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static unsigned answers;

static void one(const json_t *a) {
    const json_t *e = json_object_get(a, "error");
    WEAL_ASSERT(json_is_object(a) && json_object_get(a, "id"));
    WEAL_ASSERT(!e != !json_object_get(a, "result"));
    if (e) {
        WEAL_ASSERT(json_integer_value(json_object_get(e, "code")) < 0);
        WEAL_ASSERT(json_string_value(json_object_get(json_object_get(e, "data"), "name")));
    }
}

static void on_reply(struct weal_rpc_call *call, char *text, size_t n) {
    (void)call;
    answers++;
    if (!text) return;
    json_t *j = json_loadb(text, n, 0, NULL);
    WEAL_ASSERT(j);
    if (!json_is_array(j)) one(j);
    for (size_t i = 0; i < json_array_size(j); i++) one(json_array_get(j, i));
    json_decref(j);
    free(text);
}
static bool subscribe(struct weal_rpc_call *call, bool on) {
    (void)call;
    return !on;
}
static void nothing(void *ctx) {
    (void)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static const uint8_t chain[32] = {1};
    static struct weal_kv *kv;
    static struct test_mem mem;
    static struct weal_api *api;
    static struct weal_rpc_config cfg;
    static struct weal_rpc_limits limits;
    static struct weal_rpc_client *client;
    if (!api) {
        test_mem_init(&mem);
        WEAL_ASSERT(weal_kv_mem_new(&mem.mem, &kv) == WEAL_OK);
        api = weal_api_new(NULL, kv, NULL, chain, weal_bytes(chain, 32));
        WEAL_ASSERT(api);
        weal_api_on_submit(api, nothing, NULL);
        cfg = (struct weal_rpc_config){.api = api, .stop = nothing};
        weal_rpc_limits_init(&limits,
                             &(struct weal_rpc_bounds){.connections = 1, .connections_each = 1});
        client = weal_rpc_limits_open(&limits, 0x0a000001, 0);
    }
    /* a submission is kept with its request: it would only fill memory here */
    if (n > WEAL_RPC_BODY_MAX || memmem(data, n, "tx.submit", 9)) return 0;
    for (int admin = 0; admin < 2; admin++) {
        struct weal_rpc_call call = {.api = api,
                                     .cfg = &cfg,
                                     .admin = admin,
                                     .limits = &limits,
                                     .client = client,
                                     .subscribe = admin ? subscribe : NULL,
                                     .reply = on_reply};
        answers = 0;
        weal_rpc_dispatch(&call, (const char *)data, n);
        WEAL_ASSERT(answers == 1);
    }
    return 0;
}
