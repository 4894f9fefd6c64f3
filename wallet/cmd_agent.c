/* SPDX-License-Identifier: ISC */
/* weal visit, receipts, claim, auto, journal, policy: the personal agent's commands. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "wallet/app_agent.h"
#include "wallet/egress.h"
#include "wallet/keys.h"
#include "wallet/place.h"

enum { POLL_MS = 300, LOCK_TRIES = 30, AUTO_MS = 2000 };

static int usage(const struct weal_app *a, const char *sentence) {
    return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage", "%s", sentence);
}
static void pause_ms(unsigned ms) {
    struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&ts, NULL);
}

/* ---- opening ---- */

/* Another command may be at the records for a moment. */
static int open_records(struct weal_app *a, struct weal_psa *p, const uint8_t seed[32],
                        struct weal_look *look) {
    char *folder = weal_psa_folder(a->path);
    enum weal_err e = folder ? WEAL_ERR_LOCKED : WEAL_ERR_NO_MEMORY;
    for (int k = 0; e == WEAL_ERR_LOCKED && k < LOCK_TRIES; k++) {
        if (k != 0) pause_ms(POLL_MS);
        e = weal_psa_open(p, folder, seed, look, &a->trust);
    }
    int code = 0;
    if (e == WEAL_ERR_LOCKED) {
        code = weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-busy",
                             "another weal is at %s; try again when it is done", folder);
    } else if (e != WEAL_OK) {
        code = weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s: %s", folder ? folder : "",
                             weal_err_text(e));
    }
    free(folder);
    return code;
}

static int look_open(struct weal_app *a, struct weal_look *look) {
    if (weal_look_init(look, &a->rpc) != WEAL_OK) {
        return weal_app_fail(a, WEAL_EXIT_NODE, "wallet-node", "the node does not answer");
    }
    if (memcmp(look->chain.id, a->trust.chain.id, 32) != 0) {
        return weal_app_fail(a, WEAL_EXIT_LIE, "wallet-chain", "the node is of another chain");
    }
    look->chain = a->trust.chain;
    return 0;
}

int weal_app_agent(struct weal_app *a, struct weal_psa *p, struct weal_look *look) {
    uint8_t seed[32];
    int code = look_open(a, look);
    if (code == 0) code = weal_app_seed(a, seed);
    if (code != 0) return code;
    code = open_records(a, p, seed, look);
    sodium_memzero(seed, sizeof seed);
    if (code != 0) weal_look_release(look);
    return code;
}

/* File, chain and agent, for a command that has no other need. */
static int agent_open(struct weal_app *a, struct weal_psa *p, struct weal_look *look) {
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_trust(a);
    return code == 0 ? weal_app_agent(a, p, look) : code;
}

static void agent_close(struct weal_app *a, struct weal_psa *p, struct weal_look *look) {
    weal_psa_close(p);
    weal_look_release(look);
    weal_app_trust_keep(a);
}

/* What the agent tells, a line each; the same line is not said twice in a row. */
static void say(void *ctx, const struct weal_psa_receipt *r, bool signing, const char *text) {
    static char last[256];
    const struct weal_app *a = ctx;
    char at[32];
    time_t now = time(NULL);
    struct tm tm;
    if (strcmp(last, text) == 0) return;
    snprintf(last, sizeof last, "%s", text);
    if (a->json) return;
    strftime(at, sizeof at, "%H:%M:%S", localtime_r(&now, &tm));
    fprintf(stdout, "%s  receipt %lu/%u  %s%s\n", at, (unsigned long)r->epoch, r->n,
            signing ? "signs: " : "", text);
}

/* ---- looking ---- */

static const char *text_of(struct weal_bytes b, char *out, size_t cap) {
    size_t n = b.n < cap - 1 ? b.n : cap - 1;
    if (n != 0) memcpy(out, b.p, n);
    out[n] = 0;
    return out;
}

static json_t *receipt_json(const struct weal_app *a, const struct weal_psa_receipt *r) {
    char memo[1025], why[64], to[WEAL_ADDRESS_TEXT];
    json_t *o = json_pack("{s:I, s:i, s:i, s:s, s:s}", "epoch", (json_int_t)r->epoch, "n", r->n,
                          "module", r->module, "state", weal_psa_state_words(r->state), "memo",
                          text_of(r->memo, memo, sizeof memo));
    if (r->why.n != 0) {
        json_object_set_new(o, "why", json_string(text_of(r->why, why, sizeof why)));
    }
    if (r->due_ms != 0) {
        json_object_set_new(o, "due_ms", json_integer((json_int_t)r->due_ms));
    }
    if (r->act_height != 0) {
        json_object_set_new(o, "activity", weal_app_hex(r->act_id, 32));
        json_object_set_new(o, "activity_height", json_integer((json_int_t)r->act_height));
    }
    if (r->state == WEAL_PSA_CLAIM || r->state == WEAL_PSA_PAID) {
        weal_address_write(to, a->file.prefix, r->to);
        json_object_set_new(o, "claim", weal_app_hex(r->claim_id, 32));
        json_object_set_new(o, "claim_epoch", json_integer((json_int_t)r->claim_epoch));
        json_object_set_new(o, "claim_height", json_integer((json_int_t)r->claim_height));
        json_object_set_new(o, "to", json_string(to));
    }
    return o;
}

static int receipts_json(const struct weal_app *a, const struct weal_psa *p) {
    json_t *list = json_array();
    for (size_t i = 0; i < p->n; i++) {
        json_array_append_new(list, receipt_json(a, &p->receipts[i].r));
    }
    return weal_app_json(json_pack("{s:o}", "receipts", list));
}

static void receipts_text(const struct weal_app *a, const struct weal_psa *p) {
    char memo[1025], why[64], to[WEAL_ADDRESS_TEXT];
    if (p->n == 0) {
        puts("No receipts yet. At a value module say: weal visit MODULE HOST:PORT");
        return;
    }
    puts("epoch  module  state                 what you did");
    for (size_t i = 0; i < p->n; i++) {
        const struct weal_psa_receipt *r = &p->receipts[i].r;
        printf("%3lu/%u  %6u  %-20s  %s\n", (unsigned long)r->epoch, r->n, r->module,
               weal_psa_state_words(r->state), text_of(r->memo, memo, sizeof memo));
        if (r->state == WEAL_PSA_PAID) {
            weal_address_write(to, a->file.prefix, r->to);
            printf("       income of epoch %lu, block %llu, to %s\n", (unsigned long)r->claim_epoch,
                   (unsigned long long)r->claim_height, to);
        }
        if (r->why.n != 0) printf("       %s\n", text_of(r->why, why, sizeof why));
    }
}

int weal_cmd_receipts(struct weal_app *a, int argc, char **argv) {
    (void)argv;
    struct weal_psa p;
    struct weal_look look;
    if (argc != 0) return usage(a, "weal receipts takes no argument");
    int code = agent_open(a, &p, &look);
    if (code != 0) return code;
    if (a->json)
        receipts_json(a, &p);
    else
        receipts_text(a, &p);
    agent_close(a, &p, &look);
    return 0;
}

struct entry {
    uint64_t time_ms;
    const struct weal_psa_receipt *r;
    uint8_t what;
};

static int by_time(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    return (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
}

static json_t *entry_json(const struct entry *e) {
    return json_pack("{s:I, s:I, s:i, s:s}", "time_ms", (json_int_t)e->time_ms, "epoch",
                     (json_int_t)e->r->epoch, "n", e->r->n, "what", weal_psa_what_words(e->what));
}

static void entry_text(const struct entry *e) {
    char at[32];
    time_t s = (time_t)(e->time_ms / 1000);
    struct tm tm;
    strftime(at, sizeof at, "%Y-%m-%d %H:%M:%S", localtime_r(&s, &tm));
    printf("%s  receipt %lu/%u  %s\n", at, (unsigned long)e->r->epoch, e->r->n,
           weal_psa_what_words(e->what));
}

int weal_cmd_journal(struct weal_app *a, int argc, char **argv) {
    (void)argv;
    struct weal_psa p;
    struct weal_look look;
    if (argc != 0) return usage(a, "weal journal takes no argument");
    int code = agent_open(a, &p, &look);
    if (code != 0) return code;
    size_t n = 0, cap = p.n * (sizeof p.receipts->r.events / sizeof *p.receipts->r.events);
    struct entry *list = calloc(cap + 1, sizeof *list);
    json_t *out = json_array();
    for (size_t i = 0; list && i < p.n; i++) {
        const struct weal_psa_receipt *r = &p.receipts[i].r;
        for (uint16_t k = 0; k < r->events_n; k++) {
            list[n++] = (struct entry){r->events[k].time_ms, r, r->events[k].what};
        }
    }
    if (list) qsort(list, n, sizeof *list, by_time);
    for (size_t i = 0; i < n; i++) {
        if (a->json)
            json_array_append_new(out, entry_json(&list[i]));
        else
            entry_text(&list[i]);
    }
    if (a->json) weal_app_json(json_pack("{s:O}", "journal", out));
    json_decref(out);
    free(list);
    agent_close(a, &p, &look);
    return 0;
}

/* ---- acting ---- */

int weal_cmd_visit(struct weal_app *a, int argc, char **argv) {
    struct weal_psa p;
    struct weal_look look;
    const struct weal_psa_receipt *r;
    struct weal_place at;
    char *end;
    unsigned long module = argc >= 1 ? strtoul(argv[0], &end, 10) : 0;
    if (argc < 2 || argc > 3 || end == argv[0] || *end != 0 || module > UINT16_MAX) {
        return usage(a, "say: weal visit MODULE HOST:PORT [MEMO], MODULE its number on the chain");
    }
    const char *why = weal_place_read(&at, argv[1], strlen(argv[1]), 0);
    if (why) return usage(a, why);
    int code = agent_open(a, &p, &look);
    if (code != 0) return code;
    p.hurry = a->hurry;
    p.say = say;
    p.ctx = a;
    if (weal_look_refresh(&look) != WEAL_OK) {
        code = weal_app_fail(a, WEAL_EXIT_NODE, "wallet-node", "the node does not answer");
    }
    if (code == 0) {
        enum weal_err e = weal_psa_visit(&p, (uint16_t)module, at.host, at.port,
                                         argc == 3 ? argv[2] : "", weal_app_now_ms(), &r);
        if (e == WEAL_OK && a->json) {
            weal_app_json(receipt_json(a, r));
        } else if (e == WEAL_OK) {
            printf("A token for epoch %lu lies sealed beside your wallet; the module cannot tell "
                   "it from others.\nGo on with: weal claim, or leave it to: weal auto\n",
                   (unsigned long)r->epoch);
        } else {
            bool refused = e == WEAL_ERR_INVALID;
            code = weal_app_fail(a, refused ? WEAL_EXIT_REFUSED : WEAL_EXIT_NODE, p.name, "%s",
                                 p.sentence);
        }
    }
    agent_close(a, &p, &look);
    return code;
}

static volatile sig_atomic_t stopping;
static void on_signal(int s) {
    (void)s;
    stopping = 1;
}

/* One turn with fresh eyes. 0, or an exit code; a node that does not answer is waited for. */
static int turn(struct weal_app *a, struct weal_psa *p, unsigned *moving, unsigned *waiting) {
    *moving = *waiting = 1;
    if (weal_look_refresh(p->look) != WEAL_OK) return 0;
    if (weal_psa_turn(p, weal_app_now_ms(), moving, waiting) == WEAL_OK) return 0;
    return weal_app_fail(a, WEAL_EXIT_WALLET, p->name, "%s", p->sentence);
}

int weal_cmd_claim(struct weal_app *a, int argc, char **argv) {
    (void)argv;
    struct weal_psa p;
    struct weal_look look;
    unsigned moving, waiting;
    if (argc != 0) return usage(a, "weal claim takes no argument");
    int code = agent_open(a, &p, &look);
    if (code != 0) return code;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    p.hurry = a->hurry;
    p.policy.claim = 1; /* the owner says so, here and now */
    p.say = say;
    p.ctx = a;
    do {
        code = turn(a, &p, &moving, &waiting);
        if (code != 0 || moving == 0 || a->no_wait) break;
        pause_ms(POLL_MS);
    } while (!stopping);
    if (code == 0 && a->json) receipts_json(a, &p);
    if (code == 0 && !a->json) receipts_text(a, &p);
    agent_close(a, &p, &look);
    return code;
}

/* The records are only held for a turn at a time, so that visits can be made meanwhile. */
int weal_cmd_auto(struct weal_app *a, int argc, char **argv) {
    struct weal_psa p;
    struct weal_look look;
    uint8_t seed[32];
    char *end;
    unsigned moving, waiting;
    unsigned long seconds = argc == 1 ? strtoul(argv[0], &end, 10) : 0;
    if (argc > 1 || (argc == 1 && (end == argv[0] || *end != 0 || seconds > 31536000))) {
        return usage(a, "say: weal auto [SECONDS]");
    }
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_trust(a);
    if (code == 0) code = look_open(a, &look);
    if (code == 0) code = weal_app_seed(a, seed);
    if (code != 0) return code;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (!a->json)
        puts("Your agent is awake; Ctrl-C puts it to sleep, and nothing is lost by that.");
    uint64_t begin = weal_app_now_ms();
    while (!stopping && code == 0) {
        code = open_records(a, &p, seed, &look);
        if (code != 0) break;
        p.hurry = a->hurry;
        p.say = say;
        p.ctx = a;
        code = turn(a, &p, &moving, &waiting);
        weal_psa_close(&p);
        if (seconds != 0 && weal_app_now_ms() - begin >= seconds * 1000) break;
        pause_ms(AUTO_MS);
    }
    sodium_memzero(seed, sizeof seed);
    weal_look_release(&look);
    weal_app_trust_keep(a);
    return code;
}

struct told { /* the same question again and again is one line */
    const struct weal_app *a;
    json_t *list;
    char text[128];
    uint64_t first_ms, count;
};

static void told_flush(struct told *t) {
    char at[32];
    time_t s = (time_t)(t->first_ms / 1000);
    struct tm tm;
    if (t->count == 0) return;
    if (t->a->json) {
        json_array_append_new(t->list,
                              json_pack("{s:I, s:s, s:I}", "time_ms", (json_int_t)t->first_ms,
                                        "asked", t->text, "times", (json_int_t)t->count));
    } else {
        strftime(at, sizeof at, "%Y-%m-%d %H:%M:%S", localtime_r(&s, &tm));
        printf("%s  %s", at, t->text);
        if (t->count > 1) printf("  (%llu times)", (unsigned long long)t->count);
        putchar('\n');
    }
    t->count = 0;
}

static void told_line(void *ctx, uint64_t time_ms, const char *text) {
    struct told *t = ctx;
    if (t->count == 0 || strcmp(t->text, text) != 0) {
        told_flush(t);
        snprintf(t->text, sizeof t->text, "%s", text);
        t->first_ms = time_ms;
    }
    t->count++;
}

/* Needs no node. */
int weal_cmd_egress(struct weal_app *a, int argc, char **argv) {
    (void)argv;
    uint8_t seed[32];
    struct told t = {.a = a};
    if (argc != 0) return usage(a, "weal egress takes no argument");
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_seed(a, seed);
    if (code != 0) return code;
    char *folder = weal_psa_folder(a->path);
    t.list = json_array();
    enum weal_err e = folder ? weal_egress_read(folder, seed, told_line, &t) : WEAL_ERR_NO_MEMORY;
    sodium_memzero(seed, sizeof seed);
    told_flush(&t);
    if (e != WEAL_OK) {
        code = weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s: %s", folder ? folder : "",
                             weal_err_text(e));
    } else if (a->json) {
        weal_app_json(json_pack("{s:O}", "egress", t.list));
    }
    json_decref(t.list);
    free(folder);
    return code;
}

int weal_cmd_policy(struct weal_app *a, int argc, char **argv) {
    struct weal_psa p;
    struct weal_look look;
    int code = agent_open(a, &p, &look);
    if (code != 0) return code;
    struct weal_psa_policy v = p.policy;
    for (int i = 0; i < argc && code == 0; i += 2) {
        const char *to = i + 1 < argc ? argv[i + 1] : "";
        char *end = NULL;
        unsigned long s = strtoul(to, &end, 10);
        if (strcmp(argv[i], "claim") == 0 && (strcmp(to, "yes") == 0 || strcmp(to, "no") == 0)) {
            v.claim = *to == 'y';
        } else if (strcmp(argv[i], "delay") == 0 && end != to && *end == 0 && s <= 604800) {
            v.delay_s = (uint32_t)s;
        } else {
            code = usage(a, "say: weal policy [claim yes|no] [delay SECONDS], a week at most; "
                            "delay 0 is the chain's");
        }
    }
    if (code == 0 && argc != 0) {
        enum weal_err e = weal_psa_policy_set(&p, &v);
        if (e != WEAL_OK) {
            code = weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_err_text(e));
        }
    }
    uint64_t delay = v.delay_s != 0 ? v.delay_s : look.window_ms / 1000;
    if (code == 0 && a->json) {
        weal_app_json(json_pack("{s:b, s:I}", "claim", v.claim != 0, "delay_s", (json_int_t)delay));
    } else if (code == 0) {
        printf("Your agent %s. Every act is put off by a random time of up to %llu s.\n",
               v.claim ? "claims incomes by itself" : "claims nothing unless you say weal claim",
               (unsigned long long)delay);
    }
    agent_close(a, &p, &look);
    return code;
}
