/* SPDX-License-Identifier: ISC */
/* A wallet against a node that lies, in every answer it gives: the genesis, headers, certificates,
 * records, sets of later terms, receipts, ranges of blocks. What is true is taken; each lie is
 * refused by its name. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/answers.h"
#include "wallet/receipt.h"
#include "wallet/trust.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
};
enum { TERM = 256, PAID_AT = 5, BARE_AT = 7, HEAD = 3 * TERM + 12, LATE_AT = 3 * TERM + 2 };

static struct answers *a;
static struct weal_wallet_rpc rpc;
static struct weal_trust t;
static struct chain_tx early, late, failing;
static uint8_t early_id[32], late_id[32], failing_id[32], shop_secret[32], shop[32];

static void id_of(uint8_t id[32], const struct chain_tx *x) {
    weal_tx_id(id, weal_bytes(x->b, x->n));
}

/* Three whole terms and some blocks; a payment in the first term and two in the fourth, of which
 * one failed; some blocks without a certificate of their own. */
static int setup(void **state) {
    (void)state;
    struct weal_params p;
    struct chain_options o = {.params = &p, .once = true};
    struct chain_tx *one[1] = {&early}, *two[2] = {&late, &failing};
    weal_params_preset(&p, WEAL_PRESET_DEVNET);
    p.term_blocks = TERM;
    struct chain *c = chain_new(&o);
    a = answers_new(c);
    chain_account(c, shop_secret, shop);
    while (c->height + 1 < HEAD) {
        uint64_t h = c->height + 1;
        if (h == PAID_AT) {
            chain_transfer(c, &early, c->faucet_secret, shop, WEAL_ASSET_IT, 5000000);
            answers_block(a, one, 1, false);
        } else if (h == LATE_AT) {
            chain_transfer(c, &late, c->faucet_secret, shop, WEAL_ASSET_IT, 7000000);
            chain_transfer(c, &failing, shop_secret, c->faucet, WEAL_ASSET_IT, 900000000);
            answers_block(a, two, 2, false);
        } else {
            answers_block(a, NULL, 0, h == BARE_AT || h == BARE_AT + 1);
        }
    }
    id_of(early_id, &early);
    id_of(late_id, &late);
    id_of(failing_id, &failing);
    weal_wallet_rpc_init(&rpc, "127.0.0.1", a->port);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    struct chain *c = a->c;
    weal_wallet_rpc_release(&rpc);
    answers_free(a);
    chain_free(c);
    return 0;
}

static void open_honest(void) {
    a->lie = NULL;
    assert_int_equal(weal_trust_open(&t, &rpc, a->c->id), WEAL_TRUST_OK);
}
static void caught(enum weal_trust_result r, const char *name) {
    a->lie = NULL;
    assert_string_equal(t.name, name);
    assert_int_equal(r, WEAL_TRUST_LIE);
}

/* ---- ways to alter ---- */

static const char *lie_method, *lie_field;
static json_int_t lie_height; /* 0: any */
static long lie_at;           /* the hex digit flipped; from the end when below 0 */

static bool meant(const char *method, const json_t *params) {
    json_int_t h = json_integer_value(json_object_get(params, "height"));
    return strcmp(method, lie_method) == 0 && (lie_height == 0 || lie_height == h);
}
static void flip(struct answers *x, const char *method, json_t *params, json_t *result) {
    (void)x;
    const char *text = json_string_value(json_object_get(result, lie_field));
    if (!meant(method, params) || !text) return;
    char *copy = strdup(text);
    assert_non_null(copy);
    size_t at = lie_at < 0 ? strlen(copy) - (size_t)-lie_at : (size_t)lie_at;
    copy[at] = copy[at] == '0' ? '1' : '0';
    json_object_set_new(result, lie_field, json_string(copy));
    free(copy);
}
static void lie_flip(const char *method, json_int_t height, const char *field, long at) {
    lie_method = method;
    lie_height = height;
    lie_field = field;
    lie_at = at;
    a->lie = flip;
}
static unsigned cert_signers;
static uint8_t cert_kind;
static json_int_t cert_of;
static void certificate(struct answers *x, const char *method, json_t *params, json_t *result) {
    if (!meant(method, params)) return;
    json_t *cert = cert_of == 0
                       ? json_null()
                       : answers_certificate(x, (uint64_t)cert_of, cert_signers, cert_kind);
    json_object_set_new(result, "certificate", cert);
}
static enum weal_trust_result with_certificate(json_int_t of, unsigned signers, uint8_t kind) {
    open_honest();
    lie_method = "chain.header";
    lie_height = 20;
    cert_of = of;
    cert_signers = signers;
    cert_kind = kind;
    a->lie = certificate;
    return weal_trust_header(&t, 20);
}
static json_int_t swap_with;
static void swap(struct answers *x, const char *method, json_t *params, json_t *result) {
    if (!meant(method, params)) return;
    json_t *other = json_pack("{s:I}", "height", swap_with);
    json_t *got = answers_result(x, method, other);
    json_object_update(result, got);
    json_decref(got);
    json_decref(other);
}

/* ---- the truth ---- */

static void what_is_true_is_taken(void **state) {
    (void)state;
    static uint8_t value[65536];
    uint8_t key[33] = {TABLE_ACCOUNT};
    char code[64];
    size_t n;
    bool present;
    open_honest();
    assert_int_equal(weal_trust_header(&t, HEAD - 1), WEAL_TRUST_OK);
    assert_int_equal(t.base.term, 3);
    assert_int_equal(weal_trust_header(&t, BARE_AT), WEAL_TRUST_OK); /* by a descendant's */
    assert_memory_equal(t.at.id, a->block[BARE_AT]->id, 32);
    assert_int_equal(t.base.term, 3); /* looking back loses nothing */
    assert_int_equal(weal_trust_receipt(&t, PAID_AT, early_id, code), WEAL_TRUST_OK);
    assert_string_equal(code, "accept");
    assert_int_equal(weal_trust_receipt(&t, LATE_AT, failing_id, code), WEAL_TRUST_OK);
    assert_string_not_equal(code, "accept");
    memcpy(key + 1, shop, 32);
    assert_int_equal(weal_trust_record(&t, WEAL_BYTES(key), value, &n, &present), WEAL_TRUST_OK);
    assert_true(present);
    key[5] ^= 1;
    assert_int_equal(weal_trust_record(&t, WEAL_BYTES(key), value, &n, &present), WEAL_TRUST_OK);
    assert_false(present);
}

/* ---- the genesis ---- */

static void another_genesis(void **state) {
    (void)state;
    for (long at = 0; at < 400; at += 37) {
        lie_flip("chain.genesis", 0, "genesis", at);
        assert_int_equal(weal_trust_open(&t, &rpc, a->c->id), WEAL_TRUST_CHAIN);
        assert_string_equal(t.name, "wallet-other-chain");
    }
    lie_flip("chain.genesis", 0, "genesis", 3); /* its form, and nobody told the wallet the chain */
    caught(weal_trust_open(&t, &rpc, NULL), "encoding");
}

/* ---- headers and certificates ---- */

static void every_part_of_a_header_is_signed(void **state) {
    (void)state;
    const struct answers_block *b = a->block[20];
    for (size_t at = 0; at < 2 * b->n; at += 11) {
        open_honest();
        lie_flip("chain.header", 20, "header", (long)at);
        assert_int_not_equal(weal_trust_header(&t, 20), WEAL_TRUST_OK);
        assert_int_not_equal(t.at.height, 20);
    }
    open_honest();
    lie_flip("chain.header", 20, "header", -1); /* the justification's hash: nothing reads it */
    caught(weal_trust_header(&t, 20), "light-certificate");
    open_honest();
    lie_method = "chain.header";
    lie_height = 20;
    swap_with = 21;
    a->lie = swap;
    caught(weal_trust_header(&t, 20), "light-height");
}

static void certificates_that_prove_nothing(void **state) {
    (void)state;
    assert_int_equal(with_certificate(20, 3, WEAL_VOTE_FINALIZE), WEAL_TRUST_OK);
    caught(with_certificate(20, 2, WEAL_VOTE_FINALIZE), "cert-quorum");
    caught(with_certificate(20, 4, WEAL_VOTE_NOTARIZE), "light-certificate");
    caught(with_certificate(21, 4, WEAL_VOTE_FINALIZE), "light-certificate");
    caught(with_certificate(HEAD - 1, 4, WEAL_VOTE_FINALIZE), "light-certificate");
    open_honest();
    lie_flip("chain.header", 20, "certificate", -1);
    caught(weal_trust_header(&t, 20), "vote-signature");
    open_honest();
    lie_flip("chain.header", 0, "header", 170); /* no block leads to one with a certificate */
    assert_int_not_equal(weal_trust_header(&t, BARE_AT), WEAL_TRUST_OK);
    open_honest();
    lie_method = "chain.header";
    lie_height = 0;
    cert_of = 0;
    a->lie = certificate; /* none anywhere */
    caught(weal_trust_header(&t, 20), "light-certificate");
}

/* ---- records ---- */

static void deny(struct answers *x, const char *method, json_t *params, json_t *result) {
    (void)x;
    (void)params;
    if (strcmp(method, "state.get") == 0) json_object_set_new(result, "present", json_false());
}
static void older(struct answers *x, const char *method, json_t *params, json_t *result) {
    (void)x;
    (void)params;
    if (strcmp(method, "state.get") == 0)
        json_object_set_new(result, "height", json_integer(HEAD - 2));
}
static void forget(struct answers *x, const char *method, json_t *params, json_t *result) {
    (void)x;
    (void)params;
    if (strcmp(method, "state.get") == 0) json_object_clear(result);
}
static enum weal_trust_result record(void) {
    static uint8_t value[65536];
    uint8_t key[33] = {TABLE_ACCOUNT};
    size_t n;
    bool present;
    memcpy(key + 1, a->c->faucet, 32);
    return weal_trust_record(&t, WEAL_BYTES(key), value, &n, &present);
}
static void records_that_are_not_so(void **state) {
    (void)state;
    open_honest();
    assert_int_equal(weal_trust_header(&t, HEAD - 1), WEAL_TRUST_OK); /* the terms are walked */
    lie_flip("state.get", 0, "value", -1);
    caught(record(), "tree-proof-root");
    lie_flip("state.get", 0, "proof", -1);
    assert_int_equal(record(), WEAL_TRUST_LIE);
    a->lie = deny;
    assert_int_equal(record(), WEAL_TRUST_LIE);
    a->lie = older; /* the proof of a state under another header */
    caught(record(), "tree-proof-root");
    a->lie = forget;
    assert_int_equal(record(), WEAL_TRUST_NODE);
    assert_string_equal(t.name, "wallet-no-block");
    a->lie = NULL;
    assert_int_equal(record(), WEAL_TRUST_OK);
}

/* ---- terms ---- */

static void sets_of_later_terms(void **state) {
    (void)state;
    static const long at[] = {-1, -20, -40, -100, -170};
    for (unsigned i = 0; i < sizeof at / sizeof *at; i++) {
        open_honest();
        lie_flip("state.get", 0, "value", at[i]);
        assert_int_equal(weal_trust_header(&t, TERM + 3), WEAL_TRUST_LIE);
        assert_int_equal(t.base.term, 0);
    }
    /* the block that fixes a set, altered or not final */
    open_honest();
    lie_flip("chain.header", TERM, "header", -70);
    caught(weal_trust_header(&t, TERM + 3), "light-certificate");
    open_honest();
    lie_method = "chain.header";
    lie_height = TERM;
    cert_of = TERM;
    cert_signers = 2;
    cert_kind = WEAL_VOTE_FINALIZE;
    a->lie = certificate;
    caught(weal_trust_header(&t, 2 * TERM + 3), "cert-quorum");
    /* a header of a term shown for one of another */
    open_honest();
    lie_method = "chain.header";
    lie_height = TERM + 3;
    swap_with = 3;
    a->lie = swap;
    caught(weal_trust_header(&t, TERM + 3), "light-height");
}

static void checkpoints(void **state) {
    (void)state;
    struct weal_light saved;
    uint8_t wrong[32];
    open_honest();
    assert_int_equal(weal_trust_header(&t, HEAD - 1), WEAL_TRUST_OK);
    saved = t.base;
    open_honest();
    assert_int_equal(weal_trust_resume(&t, &saved, false), WEAL_TRUST_OK);
    assert_int_equal(weal_trust_header(&t, HEAD - 1), WEAL_TRUST_OK);
    assert_int_equal(t.headers, 1);                             /* nothing is walked again */
    assert_int_equal(weal_trust_header(&t, 20), WEAL_TRUST_OK); /* what lies before: by a walk */
    open_honest();
    saved.id[3] ^= 1;
    caught(weal_trust_resume(&t, &saved, false), "wallet-checkpoint");
    saved.height = HEAD + 100;
    assert_int_equal(weal_trust_resume(&t, &saved, false), WEAL_TRUST_NODE);
    assert_string_equal(t.name, "node-behind");
    open_honest();
    assert_int_equal(weal_trust_checkpoint(&t, TERM + 9, a->block[TERM + 9]->id), WEAL_TRUST_OK);
    assert_int_equal(weal_trust_header(&t, HEAD - 1), WEAL_TRUST_OK);
    assert_int_equal(weal_trust_header(&t, TERM + 3), WEAL_TRUST_OK); /* of its term, before it */
    open_honest();
    memset(wrong, 4, 32);
    caught(weal_trust_checkpoint(&t, TERM + 9, wrong), "wallet-checkpoint");
    lie_flip("state.get", 0, "value", -1);
    assert_int_equal(weal_trust_checkpoint(&t, TERM + 9, a->block[TERM + 9]->id), WEAL_TRUST_LIE);
}

/* ---- receipts and ranges of blocks ---- */

static const char *txs_what;
static json_int_t txs_at;
static void txs(struct answers *x, const char *method, json_t *params, json_t *result) {
    (void)x;
    json_t *list = json_object_get(result, "transactions");
    json_int_t h = json_integer_value(json_object_get(params, "height"));
    if (strcmp(method, "chain.block") != 0 || h != txs_at || !list) return;
    json_t *last = json_array_get(list, json_array_size(list) - 1);
    if (strcmp(txs_what, "fail") == 0) json_object_set_new(last, "code", json_string("tx-expired"));
    if (strcmp(txs_what, "good") == 0) json_object_set_new(last, "code", json_string(""));
    if (strcmp(txs_what, "spell") == 0) {
        json_object_set_new(json_array_get(list, 0), "code", json_string("accept"));
    }
    if (strcmp(txs_what, "drop") == 0) json_array_remove(list, 0);
    if (strcmp(txs_what, "twice") == 0) json_array_append(list, last);
    if (strcmp(txs_what, "turn") == 0 && json_array_size(list) == 2) {
        json_array_append(list, json_array_get(list, 0));
        json_array_remove(list, 0);
    }
}
struct heard {
    unsigned n, failed;
    uint64_t last;
};
static void hear(void *ctx, const struct weal_header *h, const uint8_t id[32], struct weal_bytes tx,
                 const char *code) {
    struct heard *x = ctx;
    (void)id;
    assert_true(tx.n != 0 && h->height >= x->last);
    x->n++;
    x->failed += *code != 0;
    x->last = h->height;
}
static enum weal_trust_result range(struct heard *x) {
    *x = (struct heard){0};
    return weal_trust_blocks(&t, LATE_AT - 1, 5, hear, x);
}

static void receipts_that_are_not_so(void **state) {
    (void)state;
    static const char *const ways[] = {"good", "drop", "twice", "turn"};
    struct heard x;
    char code[64];
    txs_at = LATE_AT;
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
        open_honest();
        txs_what = ways[i];
        a->lie = txs;
        caught(weal_trust_receipt(&t, LATE_AT, late_id, code), "wallet-receipt-root");
        a->lie = txs;
        caught(range(&x), "wallet-receipt-root");
        assert_int_equal(x.n, 0);
    }
    txs_at = PAID_AT;
    txs_what = "fail";
    a->lie = txs;
    caught(weal_trust_receipt(&t, PAID_AT, early_id, code), "wallet-receipt-root");
    caught(weal_trust_receipt(&t, PAID_AT, late_id, code), "wallet-receipt-absent");
    lie_method = "chain.block";
    lie_height = PAID_AT;
    swap_with = LATE_AT;
    a->lie = swap;
    caught(weal_trust_receipt(&t, PAID_AT, late_id, code), "wallet-receipt-root");
}

/* "accept" and "" lead to the same root: a payment must not look failed by how it is spelled. */
static void a_range_of_blocks(void **state) {
    (void)state;
    struct heard x;
    open_honest();
    assert_int_equal(range(&x), WEAL_TRUST_OK);
    assert_true(x.n == 2 && x.failed == 1 && x.last == LATE_AT);
    txs_at = LATE_AT;
    txs_what = "spell";
    a->lie = txs;
    assert_int_equal(range(&x), WEAL_TRUST_OK);
    assert_true(x.n == 2 && x.failed == 1);
    lie_method = "chain.block";
    lie_height = LATE_AT + 1;
    swap_with = LATE_AT + 2;
    a->lie = swap;
    caught(range(&x), "wallet-links");
    lie_flip("chain.block", LATE_AT, "header", -1);
    caught(range(&x), "wallet-links");
    lie_flip("chain.block", LATE_AT + 3, "header", -1); /* the last: links, but is not the final */
    caught(range(&x), "wallet-links");
    assert_int_equal(x.n, 0);
}

/* ---- receipts as documents ---- */

static void a_document_of_an_earlier_term(void **state) {
    (void)state;
    static const char *const fields[] = {"header", "certificate", "tx"};
    static struct weal_receipt_doc d;
    struct weal_light l;
    json_t *doc;
    open_honest();
    assert_int_equal(weal_trust_header(&t, HEAD - 1), WEAL_TRUST_OK); /* base: the fourth term */
    assert_int_equal(weal_receipt_make(&t, PAID_AT, early_id, &doc), WEAL_TRUST_OK);
    assert_true(weal_receipt_read(&t, doc, &d));
    assert_memory_equal(d.id, early_id, 32);
    assert_int_equal(d.term, 0);
    assert_int_equal(weal_trust_term(&t, d.term, &l), WEAL_TRUST_OK);
    assert_int_equal(weal_receipt_final(doc, &l), WEAL_ACCEPT);
    l = t.base; /* the validators of another term prove nothing about it */
    assert_int_equal(weal_receipt_final(doc, &l), WEAL_V_LIGHT_TERM);
    for (unsigned i = 0; i < 3; i++) {
        const char *text = json_string_value(json_object_get(doc, fields[i]));
        for (size_t at = 0; at < strlen(text); at += 41) {
            json_t *bad = json_deep_copy(doc);
            char *copy = strdup(text);
            copy[at] = copy[at] == '0' ? '1' : '0';
            json_object_set_new(bad, fields[i], json_string(copy));
            bool ok = weal_receipt_read(&t, bad, &d);
            assert_int_equal(weal_trust_term(&t, 0, &l), WEAL_TRUST_OK);
            assert_false(ok && weal_receipt_final(bad, &l) == WEAL_ACCEPT);
            free(copy);
            json_decref(bad);
        }
    }
    json_object_set_new(doc, "code", json_string("tx-expired"));
    assert_false(weal_receipt_read(&t, doc, &d));
    json_decref(doc);
    assert_int_equal(weal_receipt_make(&t, LATE_AT, failing_id, &doc), WEAL_TRUST_OK);
    assert_true(weal_receipt_read(&t, doc, &d) && strcmp(d.code, "accept") != 0);
    assert_int_equal(weal_trust_term(&t, d.term, &l), WEAL_TRUST_OK);
    assert_int_equal(weal_receipt_final(doc, &l), WEAL_ACCEPT);
    json_decref(doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_true_is_taken),
        cmocka_unit_test(another_genesis),
        cmocka_unit_test(every_part_of_a_header_is_signed),
        cmocka_unit_test(certificates_that_prove_nothing),
        cmocka_unit_test(records_that_are_not_so),
        cmocka_unit_test(sets_of_later_terms),
        cmocka_unit_test(checkpoints),
        cmocka_unit_test(receipts_that_are_not_so),
        cmocka_unit_test(a_range_of_blocks),
        cmocka_unit_test(a_document_of_an_earlier_term),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
