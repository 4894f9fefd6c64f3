/* SPDX-License-Identifier: ISC */
/* weal: the wallet. Options, then a command that reads like a sentence; the commands are in
 * cmd_*.c. */
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "wallet/app.h"
#include "wallet/egress.h"
#include "wallet/place.h"
#include "wallet/psa.h"

static const struct {
    const char *name, *arguments, *what;
    weal_command *run;
} commands[] = {
    {"create", "", "make a wallet: 24 words to write down, and an address", weal_cmd_create},
    {"restore", "", "make the wallet again from its 24 words", weal_cmd_restore},
    {"address", "", "print the address others pay to", weal_cmd_address},
    {"balance", "[ADDRESS]", "what you (or an address) have, proven", weal_cmd_balance},
    {"accounts", "[new]", "all your accounts and what they have; or one more", weal_cmd_accounts},
    {"history", "[again] [FROM [TO]]", "what you paid and received, read from all blocks",
     weal_cmd_history},
    {"pay", "ADDRESS AMOUNT [IBC|IT]", "pay (or a request: weal:...), and wait until it is final",
     weal_cmd_pay},
    {"request", "AMOUNT [IBC|IT]", "a payment request as a link and a QR code", weal_cmd_request},
    {"enrol", "EVIDENCE ATTESTORS", "enter your human key: attestors see your evidence",
     weal_cmd_enrol},
    {"visit", "MODULE HOST:PORT [MEMO]", "at a value module: take a token for what you did",
     weal_cmd_visit},
    {"receipts", "", "your activities and the incomes paid for them", weal_cmd_receipts},
    {"claim", "", "go on with every receipt until all incomes due are paid", weal_cmd_claim},
    {"auto", "[SECONDS]", "the same by itself, until stopped", weal_cmd_auto},
    {"journal", "", "what your agent did, and when", weal_cmd_journal},
    {"egress", "", "everything this wallet ever said to others", weal_cmd_egress},
    {"policy", "[claim yes|no] [delay SECONDS]", "what your agent may do by itself",
     weal_cmd_policy},
    {"seat", "KEYFILE [lease | bond IT | return]",
     "a validator's seat: look, lease, bond, ask back", weal_cmd_seat},
    {"status", "", "this wallet, its chain and its node", weal_cmd_status},
    {"tx", "ID", "what became of a transaction, proven", weal_cmd_tx},
    {"receipt", "ID", "a proof of a payment, to be kept or given away", weal_cmd_receipt},
    {"check", "FILE", "is such a receipt true?", weal_cmd_check},
    {"explain", "[NAME]", "what a refusal means, or all of them", weal_cmd_explain},
    {"verify", "", "check the node from the genesis to its newest block", weal_cmd_verify},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(FILE *out) {
    fputs("weal: a wallet that believes no node\n\nweal [OPTIONS] COMMAND\n\n", out);
    for (unsigned i = 0; i < COMMANDS; i++) {
        char left[48];
        snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].arguments);
        fprintf(out, "  %-30s %s\n", left, commands[i].what);
    }
    fputs("\n"
          "  --wallet FILE          default ~/.weal/wallet.json, or $WEAL_WALLET\n"
          "  --node ADDRESS:PORT    a node's RPC; default 127.0.0.1:7655, or $WEAL_NODE; an IPv6 "
          "address in [ ]\n"
          "  --password-file FILE   first line is the password; else it is asked for\n"
          "  --words-file FILE      restore: the 24 words; else they are typed\n"
          "  --chain ID             create, restore: refuse any other chain\n"
          "  --light                create, restore: a cheap password hash, for tests only\n"
          "  --yes                  pay: do not ask\n"
          "  --no-wait              pay: do not wait until final; claim: one turn only\n"
          "  --account NAME         pay, balance, address, request, history, accounts: this one,\n"
          "                         as weal accounts names it\n"
          "  --valid BLOCKS         pay: void when no block took it for so long; default 600\n"
          "  --again                pay: also when the same was begun before and is on its way\n"
          "  --limit N              history: so many lines; default 100\n"
          "  --now                  visit, claim: no random delays; times can then be compared\n"
          "  --max-age SECONDS      exit 6 when the newest block is older; else warned after 600\n"
          "  --checkpoint H:HASH    begin at this final block, which you trust\n"
          "  --from-genesis         walk every term again, whatever was verified before\n"
          "  --json                 one JSON object on standard output, errors too\n"
          "  --help\n\n"
          "Exit codes: 0 done, 1 refused, 2 usage, 3 no answer from the node, 4 the node's answer\n"
          "did not verify, 5 the wallet's file or password, 6 true but older than --max-age.\n"
          "Errors carry a stable name.\n",
          out);
}

enum {
    O_WALLET = 256,
    O_NODE,
    O_PASSWORD,
    O_WORDS,
    O_CHAIN,
    O_LIGHT,
    O_YES,
    O_NO_WAIT,
    O_JSON,
    O_MAX_AGE,
    O_CHECKPOINT,
    O_FROM_GENESIS,
    O_NOW,
    O_ACCOUNT,
    O_AGAIN,
    O_LIMIT,
    O_VALID
};

static const char *node_set(struct weal_app *a, const char *text) {
    struct weal_place at;
    const char *why = weal_place_read(&at, text, strlen(text), 7655);
    if (why) return why;
    memcpy(a->host, at.host, sizeof a->host);
    a->port = at.port;
    return NULL;
}

static bool age_set(struct weal_app *a, const char *text) {
    char *end;
    unsigned long s = *text >= '1' && *text <= '9' ? strtoul(text, &end, 10) : 0;
    if (s == 0 || s > 31536000 || *end != 0) return false;
    a->max_age_ms = s * UINT64_C(1000);
    return true;
}

static bool number_set(uint64_t *out, const char *text, uint64_t most) {
    char *end;
    *out = *text >= '1' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    return *out != 0 && *out <= most && *end == 0;
}
static int limits(const struct weal_app *a) {
    return -1 - weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage",
                              "--limit takes 1 to 1000000 lines, --valid 1 to 100000 blocks");
}

/* Returns the index of the command in argv, or an exit code below 0 after saying why: -1 - code. */
static int options(struct weal_app *a, int argc, char **argv) {
    static const struct option list[] = {{"wallet", 1, NULL, O_WALLET},
                                         {"node", 1, NULL, O_NODE},
                                         {"password-file", 1, NULL, O_PASSWORD},
                                         {"words-file", 1, NULL, O_WORDS},
                                         {"chain", 1, NULL, O_CHAIN},
                                         {"light", 0, NULL, O_LIGHT},
                                         {"yes", 0, NULL, O_YES},
                                         {"no-wait", 0, NULL, O_NO_WAIT},
                                         {"json", 0, NULL, O_JSON},
                                         {"max-age", 1, NULL, O_MAX_AGE},
                                         {"checkpoint", 1, NULL, O_CHECKPOINT},
                                         {"from-genesis", 0, NULL, O_FROM_GENESIS},
                                         {"now", 0, NULL, O_NOW},
                                         {"account", 1, NULL, O_ACCOUNT},
                                         {"again", 0, NULL, O_AGAIN},
                                         {"limit", 1, NULL, O_LIMIT},
                                         {"valid", 1, NULL, O_VALID},
                                         {"help", 0, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    const char *node = getenv("WEAL_NODE"), *max_age = NULL;
    uint64_t n;
    for (int o; (o = getopt_long(argc, argv, "h", list, NULL)) != -1;) {
        switch (o) {
        case O_WALLET:
            a->path = optarg;
            break;
        case O_NODE:
            node = optarg;
            break;
        case O_PASSWORD:
            a->password_file = optarg;
            break;
        case O_WORDS:
            a->words_file = optarg;
            break;
        case O_CHAIN:
            a->chain = optarg;
            break;
        case O_LIGHT:
            a->light = true;
            break;
        case O_YES:
            a->yes = true;
            break;
        case O_NO_WAIT:
            a->no_wait = true;
            break;
        case O_JSON:
            a->json = true;
            break;
        case O_MAX_AGE:
            max_age = optarg;
            break;
        case O_CHECKPOINT:
            a->checkpoint = optarg;
            break;
        case O_FROM_GENESIS:
            a->from_genesis = true;
            break;
        case O_NOW:
            a->hurry = true;
            break;
        case O_ACCOUNT:
            a->from = optarg;
            break;
        case O_AGAIN:
            a->again = true;
            break;
        case O_LIMIT:
            if (!number_set(&n, optarg, 1000000)) return limits(a);
            a->limit = (size_t)n;
            break;
        case O_VALID:
            if (!number_set(&a->valid, optarg, 100000)) return limits(a);
            break;
        case 'h':
            help(stdout);
            return -1;
        default:
            return -1 - WEAL_EXIT_USAGE;
        }
    }
    const char *why = node_set(a, node && *node ? node : "127.0.0.1:7655");
    if (why) {
        return -1 - weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage",
                                  "--node takes HOST:PORT, as 127.0.0.1:7655 or [::1]:7655: %s",
                                  why);
    }
    if (max_age && !age_set(a, max_age)) {
        return -1 - weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage",
                                  "--max-age takes seconds, from 1 to 31536000");
    }
    if (optind < argc) return optind;
    help(stderr);
    return -1 - WEAL_EXIT_USAGE;
}

static bool default_path(struct weal_app *a) {
    const char *home = getenv("HOME");
    if (a->path && *a->path) return true;
    if (!home || asprintf(&a->default_path, "%s/.weal/wallet.json", home) < 0) return false;
    a->path = a->default_path;
    return true;
}

int main(int argc, char **argv) {
    static struct weal_app app;
    int code = WEAL_EXIT_USAGE;
    app.path = getenv("WEAL_WALLET");
    if (sodium_init() < 0) return WEAL_EXIT_REFUSED;
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int at = options(&app, argc, argv);
    if (at < 0) return -1 - at;
    if (!default_path(&app)) {
        return weal_app_fail(&app, WEAL_EXIT_USAGE, "wallet-usage", "no $HOME; use --wallet");
    }
    char *folder = weal_psa_folder(app.path);
    if (folder) weal_egress_begin(folder);
    free(folder);
    weal_wallet_rpc_init(&app.rpc, app.host, app.port);
    unsigned i = 0;
    while (i < COMMANDS && strcmp(commands[i].name, argv[at]) != 0) i++;
    if (i < COMMANDS) {
        code = commands[i].run(&app, argc - at - 1, argv + at + 1);
    } else {
        weal_app_fail(&app, WEAL_EXIT_USAGE, "wallet-usage",
                      "there is no command %s; weal --help lists them", argv[at]);
    }
    weal_wallet_rpc_release(&app.rpc);
    free(app.default_path);
    return code;
}
