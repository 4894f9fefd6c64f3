/* SPDX-License-Identifier: ISC */
/* weal balance, weal status, weal tx, weal verify: looking at the chain without believing a node.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "wallet/app_agent.h"

static int usage(const struct weal_app *a, const char *sentence) {
    return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage", "%s", sentence);
}

static void proof_json(const struct weal_app *a, json_t *o) {
    const struct weal_light *l = &a->trust.at;
    json_object_set_new(o, "height", json_integer((json_int_t)l->height));
    json_object_set_new(o, "block", weal_app_hex(l->id, 32));
    json_object_set_new(o, "time_ms", json_integer((json_int_t)l->time_ms));
    json_object_set_new(o, "verified", json_true());
}

/* Of the newest block seen: with whether it is older than --max-age. */
static int newest_json(const struct weal_app *a, json_t *o) {
    proof_json(a, o);
    json_object_set_new(o, "stale", json_boolean(weal_app_stale(a)));
    json_object_set_new(o, "headers", json_integer((json_int_t)a->trust.headers));
    weal_app_json(o);
    return weal_app_fresh(a);
}

int weal_cmd_balance(struct weal_app *a, int argc, char **argv) {
    uint8_t key[32];
    char text[WEAL_AMOUNT_TEXT], address[WEAL_ADDRESS_TEXT], age[32];
    struct weal_app_account acct;
    if (argc > 1) return usage(a, "say: weal balance [ADDRESS]");
    int code = weal_app_file(a);
    if (code != 0) return code;
    code = argc == 1 ? weal_app_address(a, key, argv[0]) : weal_app_own(a, key);
    if (code == 0 && (argc == 1 || !a->from)) code = weal_app_trust(a);
    if (code == 0) code = weal_app_account(a, key, &acct);
    if (code != 0) return code;
    weal_address_write(address, a->file.prefix, key);
    if (a->json) {
        json_t *o = json_pack("{s:s, s:I}", "address", address, "nonce", (json_int_t)acct.nonce);
        for (uint8_t asset = 1; asset < WEAL_ASSETS; asset++) {
            weal_amount_write(text, acct.micro[asset]);
            json_object_set_new(o, weal_asset_name(asset), json_string(text));
        }
        return newest_json(a, o);
    }
    for (uint8_t asset = WEAL_ASSETS - 1; asset > 0; asset--) {
        weal_amount_write(text, acct.micro[asset]);
        printf("%16s %s\n", text, weal_asset_name(asset));
    }
    weal_app_age(age, a->trust.at.time_ms);
    printf("Proven as of block %llu, %s.\n", (unsigned long long)a->trust.at.height, age);
    return weal_app_fresh(a);
}

int weal_cmd_status(struct weal_app *a, int argc, char **argv) {
    (void)argv;
    char address[WEAL_ADDRESS_TEXT], age[32];
    struct weal_app_account acct;
    json_t *node = NULL;
    if (argc != 0) return usage(a, "weal status takes no argument");
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_trust(a);
    if (code == 0) code = weal_app_account(a, a->file.account, &acct);
    if (code != 0) return code;
    if (weal_wallet_rpc_call(&a->rpc, "node.status", NULL, &node) != WEAL_OK) node = NULL;
    weal_address_write(address, a->file.prefix, a->file.account);
    const char *agent = json_string_value(json_object_get(node, "agent"));
    json_int_t peers = json_integer_value(json_object_get(node, "peers"));
    if (a->json) {
        json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:I, s:s, s:I}", "wallet", a->path, "chain",
                              a->trust.name_of_chain, "chain_id", weal_app_hex(a->file.chain, 32),
                              "address", address, "term", (json_int_t)a->trust.at.term, "agent",
                              agent ? agent : "", "peers", peers);
        json_decref(node);
        return newest_json(a, o);
    }
    weal_app_age(age, a->trust.at.time_ms);
    printf("This wallet belongs to the chain %s; its address is\n  %s\n", a->trust.name_of_chain,
           address);
    printf("The newest block is %llu, of term %u, %s; verified against the genesis.\n",
           (unsigned long long)a->trust.at.height, a->trust.at.term, age);
    printf("The node at %s:%u runs %s and says it has %lld peers.\n", a->host, a->port,
           agent ? agent : "something unknown", (long long)peers);
    json_decref(node);
    return weal_app_fresh(a);
}

/* Needs neither wallet nor node: the list is in the program. */
int weal_cmd_explain(struct weal_app *a, int argc, char **argv) {
    bool found = false;
    json_t *list = json_array();
    for (int v = 1; v < WEAL_V_COUNT; v++) {
        const char *name = weal_verdict_name((enum weal_verdict)v);
        const char *sentence = weal_verdict_sentence((enum weal_verdict)v);
        const char *row = weal_verdict_row((enum weal_verdict)v);
        if (argc != 0 && strcmp(name, argv[0]) != 0) continue;
        found = true;
        if (!a->json) printf("%-28s %-6s %s\n", name, row, sentence);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "name", name, "row", row, "sentence", sentence));
    }
    if (a->json && found) return weal_app_json(json_pack("{s:o}", "refusals", list));
    json_decref(list);
    return found ? 0 : usage(a, "no refusal has that name; weal explain lists them all");
}

int weal_cmd_tx(struct weal_app *a, int argc, char **argv) {
    uint8_t id[32];
    char code_name[64];
    json_t *answer;
    if (argc != 1 || !weal_hex_read(argv[0], strlen(argv[0]), id, 32)) {
        return usage(a, "say: weal tx ID, the 64 hex digits that weal pay printed");
    }
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_trust(a);
    if (code != 0) return code;
    if (weal_wallet_rpc_call(&a->rpc, "tx.status", json_pack("{s:s}", "id", argv[0]), &answer) !=
        WEAL_OK) {
        return weal_app_fail(a, WEAL_EXIT_NODE, "wallet-node", "the node does not answer");
    }
    static const char *const said[][2] = {
        {"pending", "The node says it waits for a block."},
        {"expired", "The node says it left the queue without a block; it can be sent again."},
        {"refused", "The node says it refused it; weal explain tells why"},
        {"unknown", "The node does not know it."},
    };
    const char *status = json_string_value(json_object_get(answer, "status"));
    const char *why = json_string_value(json_object_get(answer, "code"));
    bool final = status && strcmp(status, "final") == 0;
    unsigned is = 0;
    while (is < 3 && !(status && strcmp(status, said[is][0]) == 0)) is++;
    json_int_t height = json_integer_value(json_object_get(answer, "height"));
    if (!final) {
        int rc = 0;
        if (a->json) {
            rc = weal_app_json(json_pack("{s:s, s:s, s:s*, s:b}", "id", argv[0], "status",
                                         said[is][0], "code", is == 2 ? why : NULL, "verified", 0));
        } else if (is == 2 && why) {
            printf("%s: %s\n", said[is][1], why);
        } else {
            puts(said[is][1]);
        }
        json_decref(answer);
        return rc;
    }
    json_decref(answer);
    enum weal_trust_result r = weal_trust_receipt(&a->trust, (uint64_t)height, id, code_name);
    if (r != WEAL_TRUST_OK) return weal_app_fail_trust(a, r);
    if (a->json) {
        json_t *o =
            json_pack("{s:s, s:s, s:s}", "id", argv[0], "status", "final", "code", code_name);
        proof_json(a, o);
        weal_app_trust_keep(a);
        return weal_app_json(o);
    }
    weal_app_trust_keep(a);
    bool did = strcmp(code_name, "accept") == 0;
    printf("It is final in block %lld and %s%s. Proven by the block's receipts.\n",
           (long long)height, did ? "did what it says" : "failed: ", did ? "" : code_name);
    return 0;
}

/* From the genesis to the newest block, then the own account and the head the node names. */
int weal_cmd_verify(struct weal_app *a, int argc, char **argv) {
    (void)argv;
    struct weal_app_account acct;
    json_t *head;
    char age[32];
    if (argc != 0) return usage(a, "weal verify takes no argument");
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_trust(a);
    if (code == 0) code = weal_app_account(a, a->file.account, &acct);
    if (code != 0) return code;
    if (weal_wallet_rpc_call(&a->rpc, "chain.head", NULL, &head) != WEAL_OK) {
        return weal_app_fail(a, WEAL_EXIT_NODE, "wallet-node", "the node does not answer");
    }
    json_int_t height = json_integer_value(json_object_get(head, "height"));
    uint8_t id[32] = {0};
    weal_wallet_hex(json_object_get(head, "id"), id, 32);
    json_decref(head);
    enum weal_trust_result r = weal_trust_header(&a->trust, height > 0 ? (uint64_t)height : 0);
    if (r != WEAL_TRUST_OK) return weal_app_fail_trust(a, r);
    if (memcmp(id, a->trust.at.id, 32) != 0) {
        return weal_app_fail(a, WEAL_EXIT_LIE, "wallet-head",
                             "the head the node names is not the block it shows at that height");
    }
    const struct weal_set *set = &a->trust.at.set;
    if (a->json) {
        json_t *o =
            json_pack("{s:I, s:i, s:I}", "term", (json_int_t)a->trust.at.term, "validators",
                      (int)set->n, "quorum_weight", (json_int_t)weal_set_quorum(set->total));
        return newest_json(a, o);
    }
    weal_app_age(age, a->trust.at.time_ms);
    printf("The genesis is the one this wallet was made for.\n"
           "From it (or the checkpoint kept since) follow the validator sets of %u terms, to the "
           "%u validators of today.\n"
           "Block %lld, of %s, is final by more than two thirds of them.\n"
           "Your account's record leads to that chain's state. This node told the truth.\n",
           a->trust.at.term + 1, set->n, (long long)height, age);
    return weal_app_fresh(a);
}
