/* SPDX-License-Identifier: ISC */
#include "wallet/service/ceremony.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { POLL_MS = 50, CALL_MS = 5000 };

static uint64_t clock_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- roster ---- */

static bool address_read(struct weal_place *p, const json_t *text, const char **why) {
    const char *s = json_string_value(text);
    *why = s ? weal_place_read(p, s, json_string_length(text), 0)
             : "a member has an address HOST:PORT";
    return *why == NULL;
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
    for (uint32_t i = 0; i < roster->n; i++) {
        const json_t *m = json_array_get(members, i);
        if (!address_read(&places[i].at, json_object_get(m, "address"), why)) return 0;
        *why = "a member has key, sign and box, 64 hex digits each";
        if (!weal_serve_bytes(m, "key", places[i].key, 32) ||
            !weal_serve_bytes(m, "sign", roster->member[i].sign, 32) ||
            !weal_serve_bytes(m, "box", roster->member[i].box, 32)) {
            return 0;
        }
        if (memcmp(places[i].key, key, 32) == 0) self = i + 1;
    }
    *why = "no member has this attestor's key";
    return self;
}

/* ---- talking ---- */

/* Two threads: this one answers, the other asks; else members that ask each other in a ring would
 * all wait and none answer. */
struct talk {
    struct weal_dkg *d;
    const struct weal_ceremony_place *places;
    pthread_mutex_t lock;        /* over d, served, told and stop */
    bool served[WEAL_DKG_N_MAX]; /* has all of ours: it said so */
    bool told[WEAL_DKG_N_MAX];   /* answered us after we were over: it knows */
    bool stop;
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
    pthread_mutex_lock(&t->lock);
    if (from >= 1 && from <= (json_int_t)t->d->roster.n &&
        json_is_true(json_object_get(params, "over"))) {
        t->served[from - 1] = true; /* only how long we stay: nothing hangs on it */
    }
    out->result = json_pack("{s:o}", "said", all_said(t->d));
    pthread_mutex_unlock(&t->lock);
}

/* Asks member i for all it has. */
static void ask(struct talk *t, uint32_t i, struct weal_wallet_rpc *rpc) {
    uint8_t bytes[WEAL_DKG_MESSAGE_MAX];
    json_t *r;
    pthread_mutex_lock(&t->lock);
    bool over = t->d->state != WEAL_DKG_RUNNING;
    int self = (int)t->d->self;
    pthread_mutex_unlock(&t->lock);
    json_t *params = json_pack("{s:i, s:b}", "from", self, "over", over);
    if (weal_wallet_rpc_call(rpc, "dkg.said", params, &r) != WEAL_OK) return;
    const json_t *list = json_object_get(r, "said");
    pthread_mutex_lock(&t->lock);
    t->told[i] |= over;
    for (size_t k = 0; k < json_array_size(list) && k < WEAL_DKG_PHASES * WEAL_DKG_N_MAX; k++) {
        size_t n = weal_wallet_hex(json_array_get(list, k), bytes, sizeof bytes);
        if (n != 0) (void)!weal_dkg_take(t->d, weal_bytes(bytes, n));
    }
    pthread_mutex_unlock(&t->lock);
    json_decref(r);
}

static void *asking(void *ctx) {
    struct talk *t = ctx;
    struct weal_wallet_rpc rpc[WEAL_DKG_N_MAX];
    uint32_t n = t->d->roster.n;
    for (uint32_t i = 0; i < n; i++) {
        weal_wallet_rpc_init(&rpc[i], t->places[i].at.host, t->places[i].at.port);
        rpc[i].timeout_ms = CALL_MS;
    }
    for (bool stop = false; !stop;) {
        struct timespec a_while = {0, POLL_MS * 1000000};
        for (uint32_t i = 0; i < n; i++) {
            if (i + 1 != t->d->self) ask(t, i, &rpc[i]);
        }
        nanosleep(&a_while, NULL);
        pthread_mutex_lock(&t->lock);
        stop = t->stop;
        pthread_mutex_unlock(&t->lock);
    }
    for (uint32_t i = 0; i < n; i++) weal_wallet_rpc_release(&rpc[i]);
    return NULL;
}

enum weal_err weal_ceremony_run(struct weal_dkg *d, const struct weal_ceremony_place *places,
                                uint16_t port, unsigned phase_ms, weal_ceremony_keep *keep,
                                void *ctx) {
    struct weal_serve serve;
    struct talk talk = {.d = d, .places = places, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t asker;
    enum weal_err e = weal_serve_start(&serve, port, answer, &talk);
    if (e != WEAL_OK) return e;
    if (pthread_create(&asker, NULL, asking, &talk) != 0) {
        weal_serve_stop(&serve);
        return WEAL_ERR_NO_MEMORY;
    }
    enum weal_dkg_phase phase = d->phase;
    bool running = true;
    uint64_t since = clock_ms();
    for (bool over = false; !over;) {
        weal_serve_turn(&serve, 20);
        pthread_mutex_lock(&talk.lock);
        uint64_t now = clock_ms();
        /* under the lock: nobody hears it before it is kept */
        if (weal_dkg_step(d, running && now - since >= phase_ms) && keep) e = keep(ctx, d);
        if (d->phase != phase || running != (d->state == WEAL_DKG_RUNNING)) {
            phase = d->phase;
            running = d->state == WEAL_DKG_RUNNING;
            since = now;
        }
        bool all = !running;
        for (uint32_t i = 0; i < d->roster.n; i++) {
            all &= i + 1 == d->self || (talk.served[i] && talk.told[i]);
        }
        over = e != WEAL_OK || (!running && (all || now - since >= phase_ms));
        talk.stop = over;
        pthread_mutex_unlock(&talk.lock);
    }
    pthread_join(asker, NULL);
    weal_serve_stop(&serve);
    return e;
}
