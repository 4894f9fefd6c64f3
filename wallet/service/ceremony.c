/* SPDX-License-Identifier: ISC */
#include "wallet/service/ceremony.h"

#include <stdlib.h>
#include <time.h>

enum { POLL_MS = 100, CALL_MS = 1000 };

static uint64_t clock_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- roster ---- */

static bool address_read(struct weal_ceremony_place *p, const char *text) {
    const char *colon = text ? strrchr(text, ':') : NULL;
    size_t n = colon ? (size_t)(colon - text) : 0;
    unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;
    if (n == 0 || n >= sizeof p->host || port == 0 || port > 65535) return false;
    memcpy(p->host, text, n);
    p->host[n] = 0;
    p->port = (uint16_t)port;
    return true;
}

uint32_t weal_ceremony_roster(const json_t *text, const uint8_t key[32],
                              struct weal_dkg_roster *roster,
                              struct weal_ceremony_place places[WEAL_DKG_N_MAX], const char **why) {
    const json_t *members = json_object_get(text, "members");
    json_int_t t = json_integer_value(json_object_get(text, "t"));
    size_t n = json_array_size(members);
    uint32_t self = 0;
    memset(roster, 0, sizeof *roster);
    *why = "members are 3 to 16, and at least 2t + 1 for t above 0";
    if (t < 1 || t > WEAL_DKG_T_MAX || n > WEAL_DKG_N_MAX || n < 2 * (size_t)t + 1) return 0;
    *why = "session is 64 hex digits";
    if (!weal_serve_bytes(text, "session", roster->nonce, 32)) return 0;
    roster->n = (uint32_t)n;
    roster->t = (uint32_t)t;
    roster->renewal = json_is_true(json_object_get(text, "renewal"));
    *why = "a member has key, sign and box (64 hex digits each) and address HOST:PORT";
    for (uint32_t i = 0; i < roster->n; i++) {
        const json_t *m = json_array_get(members, i);
        uint8_t of[32];
        if (!weal_serve_bytes(m, "key", of, 32) ||
            !weal_serve_bytes(m, "sign", roster->member[i].sign, 32) ||
            !weal_serve_bytes(m, "box", roster->member[i].box, 32) ||
            !address_read(&places[i], json_string_value(json_object_get(m, "address")))) {
            return 0;
        }
        if (memcmp(of, key, 32) == 0) self = i + 1;
    }
    *why = "no member has this attestor's key";
    return self;
}

/* ---- talking ---- */

struct talk {
    struct weal_dkg *d;
    bool served[WEAL_DKG_N_MAX]; /* has all of ours: it said so */
};

static json_t *all_said(const struct weal_dkg *d) {
    json_t *list = json_array();
    for (unsigned p = 0; p < WEAL_DKG_PHASES; p++) {
        for (uint32_t i = 0; i < d->roster.n; i++) {
            struct weal_bytes b = weal_dkg_said(d, (enum weal_dkg_phase)p, i);
            if (b.n != 0) json_array_append_new(list, weal_serve_hex(b.p, b.n));
        }
    }
    return list;
}

static void answer(void *ctx, const char *method, const json_t *params,
                   struct weal_serve_answer *out) {
    struct talk *t = ctx;
    json_int_t from = json_integer_value(json_object_get(params, "from"));
    if (strcmp(method, "dkg.said") != 0) {
        weal_serve_error(out, "rpc_method", "the method is dkg.said");
        return;
    }
    if (from >= 1 && from <= (json_int_t)t->d->roster.n &&
        json_is_true(json_object_get(params, "over"))) {
        t->served[from - 1] = true; /* only how long we stay: nothing hangs on it */
    }
    out->result = json_pack("{s:o}", "said", all_said(t->d));
}

/* Asks one member for all it has; true when it answered. */
static bool ask(struct weal_dkg *d, struct weal_wallet_rpc *rpc) {
    static uint8_t bytes[WEAL_DKG_MESSAGE_MAX];
    json_t *r;
    if (weal_wallet_rpc_call(
            rpc, "dkg.said",
            json_pack("{s:i, s:b}", "from", (int)d->self, "over", d->state != WEAL_DKG_RUNNING),
            &r) != WEAL_OK) {
        return false;
    }
    const json_t *list = json_object_get(r, "said");
    for (size_t k = 0; k < json_array_size(list) && k < WEAL_DKG_PHASES * WEAL_DKG_N_MAX; k++) {
        size_t n = weal_wallet_hex(json_array_get(list, k), bytes, sizeof bytes);
        if (n != 0) (void)!weal_dkg_take(d, weal_bytes(bytes, n));
    }
    json_decref(r);
    return true;
}

enum weal_err weal_ceremony_run(struct weal_dkg *d, const struct weal_ceremony_place *places,
                                uint16_t port, unsigned phase_ms) {
    struct weal_serve serve;
    struct talk talk = {.d = d};
    struct weal_wallet_rpc rpc[WEAL_DKG_N_MAX];
    enum weal_err e = weal_serve_start(&serve, port, answer, &talk);
    if (e != WEAL_OK) return e;
    for (uint32_t i = 0; i < d->roster.n; i++) {
        weal_wallet_rpc_init(&rpc[i], places[i].host, places[i].port);
        rpc[i].timeout_ms = CALL_MS;
    }
    enum weal_dkg_phase phase = d->phase;
    uint64_t since = clock_ms(), next = 0;
    for (bool over = false; !over;) {
        uint64_t now = clock_ms();
        bool running = d->state == WEAL_DKG_RUNNING;
        if (weal_dkg_step(d, running && now - since >= phase_ms)) next = now;
        if (d->phase != phase || running != (d->state == WEAL_DKG_RUNNING)) {
            phase = d->phase;
            since = now;
        }
        weal_serve_turn(&serve, 20);
        if (now < next) continue;
        next = now + POLL_MS;
        bool all = d->state != WEAL_DKG_RUNNING;
        for (uint32_t i = 0; i < d->roster.n; i++) {
            if (i + 1 == d->self) continue;
            ask(d, &rpc[i]);
            weal_serve_turn(&serve, 0);
            all &= talk.served[i];
        }
        over = d->state != WEAL_DKG_RUNNING && (all || clock_ms() - since >= phase_ms);
    }
    for (uint32_t i = 0; i < d->roster.n; i++) weal_wallet_rpc_release(&rpc[i]);
    weal_serve_stop(&serve);
    return WEAL_OK;
}
