/* SPDX-License-Identifier: ISC */
/* Enrolment through the agent: the finished act is kept before it is sent, and only that one is
 * sent again while it is valid. */
#include <stdio.h>
#include <stdlib.h>

#include "wallet/psa_int.h"
#include "wallet/service/serve.h"

enum { VALID_BLOCKS = 2000, RECORD_MAX = WEAL_PSA_ENROLMENT_SIZE_MAX + 1 };

/* The act kept, if it can still get in; views bytes. */
static bool kept(const struct weal_psa *p, uint8_t *bytes, uint64_t height,
                 struct weal_psa_enrolment *out) {
    size_t n;
    if (weal_safe_get(&p->safe, "enrolment", bytes, &n) != WEAL_OK) return false;
    struct weal_rd rd = weal_rd(weal_bytes(bytes, n));
    bool form = weal_rd_u8(&rd) == WEAL_PSA_ENROLMENT_ID;
    weal_psa_enrolment_get(&rd, out);
    return form && weal_rd_done(&rd) && out->valid_until > height;
}

static enum weal_err make(struct weal_psa *p, struct weal_enrol *attestors,
                          const struct weal_document *evidence, const char *jurisdiction,
                          uint64_t height, struct weal_act *a) {
    uint8_t record[RECORD_MAX];
    struct weal_psa_enrolment v = {.valid_until = height + VALID_BLOCKS};
    enum weal_err e = weal_enrol_act(attestors, evidence, p->x, jurisdiction, v.valid_until, a);
    if (e != WEAL_OK) return psa_fail(p, e, attestors->name, attestors->sentence);
    struct weal_wr w = weal_wr(record, sizeof record);
    v.act = weal_bytes(a->bytes, a->n);
    weal_wr_u8(&w, WEAL_PSA_ENROLMENT_ID);
    weal_psa_enrolment_put(&w, &v);
    e = w.failed ? WEAL_ERR_INVALID : weal_safe_put(&p->safe, "enrolment", weal_wr_done(&w));
    return e == WEAL_OK ? e : psa_fail(p, e, "wallet-record", weal_err_text(e));
}

enum weal_err weal_psa_enrol(struct weal_psa *p, struct weal_enrol *attestors,
                             const struct weal_document *evidence, const char *jurisdiction,
                             uint64_t height, uint8_t id[32]) {
    static struct weal_act a;
    struct weal_psa_enrolment v;
    struct weal_bytes act;
    struct weal_wallet_rpc *rpc = p->look->rpc;
    json_t *answer;
    uint8_t *bytes = malloc(WEAL_SAFE_RECORD_MAX);
    if (!bytes) return psa_fail(p, WEAL_ERR_NO_MEMORY, "no-memory", "the system gave no memory");
    enum weal_err e = WEAL_OK;
    if (kept(p, bytes, height, &v)) {
        act = v.act;
    } else {
        e = make(p, attestors, evidence, jurisdiction, height, &a);
        act = weal_bytes(a.bytes, a.n);
    }
    if (e == WEAL_OK) {
        weal_tx_id(id, act);
        e = weal_wallet_rpc_call(rpc, "tx.submit",
                                 json_pack("{s:o}", "tx", weal_serve_hex(act.p, act.n)), &answer);
        if (e == WEAL_OK) json_decref(answer);
        bool said = e == WEAL_ERR_INVALID;
        if (said && strcmp(rpc->error, "pool-known") == 0) {
            e = WEAL_OK;
        } else if (e != WEAL_OK) {
            /* refused by rule: this one will never get in, and the next call makes another */
            bool rule = said && strncmp(rpc->error, "pool-", 5) != 0;
            if (rule) (void)!weal_safe_remove(&p->safe, "enrolment");
            e = psa_fail(p, e, said ? rpc->error : "wallet-node",
                         said ? rpc->sentence : "the node does not answer");
        }
    }
    free(bytes);
    return e;
}
