/* SPDX-License-Identifier: ISC */
/* The machine's frame: memory, terms, the step, and what can be seen from outside. */
#include "consensus/bft/bft_int.h"

#include "crypto/base/arena.h"

/* A lost log: how far clocks may differ between this host and the proposer of a boundary block. */
enum { LOST_MARGIN_MS = 10000 };

/* ---- configuration ---- */

void weal_bft_config_lan(struct weal_bft_config *c) {
    *c = (struct weal_bft_config){.leader_timeout_ms = 1200,
                                  .advance_timeout_ms = 1400,
                                  .retry_ms = 500,
                                  .skip_timeout_ms = 5000,
                                  .fetch_timeout_ms = 250,
                                  .standstill_ms = 10000,
                                  .skip_cap_ms = 100000,
                                  .backoff_cap_ms = 60000,
                                  .view_floor_ms = 50,
                                  .min_interval_ms = 100,
                                  .heartbeat_ms = 1000,
                                  .ahead_ms = 500,
                                  .behind_ms = 2000,
                                  .forward = WEAL_BFT_FORWARD_SILENT_LEADER};
}

void weal_bft_config_wan(struct weal_bft_config *c) {
    weal_bft_config_lan(c);
    c->leader_timeout_ms = 1500;
    c->advance_timeout_ms = 2000;
    c->retry_ms = 1000;
    c->fetch_timeout_ms = 1000;
}

void weal_bft_config_bench(struct weal_bft_config *c) {
    weal_bft_config_lan(c);
    c->min_interval_ms = 0;
    c->heartbeat_ms = 0;
}

/* ---- memory ---- */

/* Lays the machine out in a; with a NULL memory it only measures. */
static struct weal_bft *lay_out(struct weal_arena *a, uint16_t n) {
    struct weal_bft *b = (struct weal_bft *)weal_arena_alloc(a, sizeof *b, 16);
    struct round *ring = (struct round *)weal_arena_alloc(a, sizeof *ring * BFT_ROUNDS, 16);
    size_t ballots_n = sizeof(struct ballot) * n * BFT_ROUNDS;
    struct ballot *ballots = (struct ballot *)weal_arena_alloc(a, ballots_n, 16);
    size_t justification_n = bft_cert_size(n) * (WEAL_BFT_GAPS_MAX + 1) + 16;
    uint8_t *justification = (uint8_t *)weal_arena_alloc(a, justification_n, 1);
    uint8_t *pins = (uint8_t *)weal_arena_alloc(a, (size_t)n * 64 * 2, 1);
    if (!b || !ring || !ballots || !justification || !pins) return NULL;
    memset(b, 0, sizeof *b);
    memset(ring, 0, sizeof *ring * BFT_ROUNDS);
    memset(ballots, 0, ballots_n);
    b->ring = ring;
    for (size_t i = 0; i < BFT_ROUNDS; i++) ring[i].ballots = ballots + i * n;
    b->justification = justification;
    b->justification_cap = justification_n;
    b->final.signatures = pins;
    b->floor.signatures = pins + (size_t)n * 64;
    b->validators_max = n;
    return b;
}

size_t weal_bft_footprint(uint16_t n) {
    return sizeof(struct weal_bft) + sizeof(struct round) * BFT_ROUNDS +
           sizeof(struct ballot) * n * BFT_ROUNDS + bft_cert_size(n) * (WEAL_BFT_GAPS_MAX + 1) +
           16 + (size_t)n * 64 * 2 + 64; /* 64: alignment of the parts */
}

/* One step publishes at most a justification's certificates (append and broadcast each), a proposal
 * with as many, an answer or a standstill piece, evidence, and small change; compacting writes the
 * certificates of the retained views. */
size_t weal_bft_effects_bytes(uint16_t n) {
    return bft_cert_size(n) * 4 * (WEAL_BFT_RETENTION + 8) + 256 * 1024;
}

struct weal_bft *weal_bft_init(void *mem, uint16_t validators_max,
                               const struct weal_bft_config *config) {
    struct weal_arena a;
    WEAL_ASSERT(validators_max >= 1 && validators_max <= WEAL_SET_MAX);
    WEAL_ASSERT(config->leader_timeout_ms > config->heartbeat_ms &&
                config->advance_timeout_ms > config->leader_timeout_ms && config->retry_ms > 0);
    weal_arena_init(&a, mem, weal_bft_footprint(validators_max));
    struct weal_bft *b = lay_out(&a, validators_max);
    WEAL_ASSERT(b);
    b->config = *config;
    return b;
}

/* ---- terms ---- */

static void set_term(struct weal_bft *b, const struct weal_bft_term *t) {
    WEAL_ASSERT(t->set->n >= 1 && t->set->n <= b->validators_max && t->set->total > 0);
    WEAL_ASSERT(t->self == WEAL_SET_NOBODY || t->self < t->set->n);
    b->term = t->term;
    b->n = t->set->n;
    b->self = t->self;
    for (uint16_t i = 0; i < b->n; i++) b->weight[i] = t->set->v[i].weight;
    b->total = t->set->total;
    b->quorum = weal_set_quorum(b->total);
    memcpy(b->leaders, t->leaders, sizeof b->leaders);
    b->boundary = t->boundary;
    b->boundary.view = 0;
    b->last_height = t->last_height;
    for (size_t i = 0; i < BFT_ROUNDS; i++) {
        struct ballot *ballots = b->ring[i].ballots;
        memset(&b->ring[i], 0, sizeof b->ring[i]);
        memset(ballots, 0, sizeof *ballots * b->validators_max);
        b->ring[i].ballots = ballots;
    }
    struct pinned *pins[] = {&b->final, &b->floor};
    for (int i = 0; i < 2; i++) {
        uint8_t *signatures = pins[i]->signatures;
        memset(pins[i], 0, sizeof *pins[i]);
        pins[i]->signatures = signatures;
        pins[i]->known = true;
        pins[i]->block = b->boundary;
    }
    b->final_height = b->boundary.height;
    b->view = b->entered_ms = 0;
    b->enter_now = 1;
    b->enter_null = b->gap_first = b->gap_last = 0;
    b->mend_first = b->mend_last = b->mend_at = 0;
    b->over = b->log_names_term = b->log_covers = false;
    b->listen = b->boundary.time_ms < b->listen_until_ms;
    b->nullified_in_row = b->still_windows = 0;
    memset(b->back, 0, sizeof b->back);
    b->still_cursor = 0;
    b->build = NOT_ASKED;
    b->leader_at = b->advance_at = b->retry_at = b->propose_at = b->later_at = NEVER;
    b->standstill_at = b->timer_at = NEVER;
    b->fetch_at = 0;
}

void weal_bft_begin(struct weal_bft *b, const struct weal_bft_term *term, enum weal_bft_log log) {
    b->started = false;
    b->log = log;
    b->log_begun = false;
    set_term(b, term);
}

static void go(struct weal_bft *b, struct turn *t) {
    for (uint16_t i = 0; i < b->n; i++) b->heard_ms[i] = t->now;
    b->standstill_at = t->now + b->config.standstill_ms;
    b->started = true;
}

/* The host says so once the last block of the term before is final and executed, whether this
 * machine saw its finalization or block sync brought it. */
static void next_term(struct weal_bft *b, struct turn *t, const struct weal_bft_term *term) {
    if (!b->started || term->term <= b->term) return;
    set_term(b, term);
    b->log_covers = true;
    bft_append_term(b, t);
    go(b, t);
}

/* Questions that were open when the process ended are open again. So are those of blocks that the
 * log calls certified and that are not final: the log is not the body, and nothing may be proposed
 * again, built upon or finalized here before the host has said that it still holds it. The views
 * that such a block opened stay open. A floor that left the ring is too old to be in doubt. */
static void ask_anew(struct weal_bft *b) {
    for (size_t i = 0; i < WEAL_BFT_WINDOW; i++) {
        struct round *r = &b->ring[i];
        if (r->verify == ASKED) r->verify = NOT_ASKED;
        if (r->certify == ASKED || (r->certify == YES && r->view > b->final.view))
            r->certify = NOT_ASKED;
    }
    if (b->floor.view > b->final.view && bft_round_get(b, b->floor.view)) b->floor.known = false;
}

/* Notarizations above the last final block, the newest ones: the process may have ended between
 * writing one down, with its own vote in it, and sending it. Who hears the finalize vote that may
 * follow shall be able to know what it speaks of. */
static void tell_again(struct weal_bft *b, struct turn *t) {
    struct weal_certificate x;
    uint8_t signatures[WEAL_SET_MAX * 64];
    uint64_t low = b->view > WEAL_BFT_ANSWER_MAX ? b->view - WEAL_BFT_ANSWER_MAX : 0;
    if (b->self == WEAL_SET_NOBODY) return;
    for (uint64_t u = (b->final.view > low ? b->final.view : low) + 1; u <= b->view; u++) {
        const struct round *r = bft_round_get(b, u);
        if (r && bft_cert_of_round(b, r, WEAL_VOTE_NOTARIZE, &x, signatures))
            bft_emit_certificate(t, WEAL_BFT_BROADCAST, 0, &x);
    }
}

static void start(struct weal_bft *b, struct turn *t) {
    if (b->started) return;
    /* a log without a beginning is no log: the process may have died before it was written */
    if (b->log == WEAL_BFT_LOG_WHOLE && !b->log_begun) b->log = WEAL_BFT_LOG_LOST;
    if (b->log == WEAL_BFT_LOG_LOST) {
        /* what was voted for before the loss is unknown: only a term that begins after now is free
         */
        b->listen_until_ms = t->wall + LOST_MARGIN_MS;
        b->listen = true;
    }
    /* seen and certified records name no term: they belong to the last one named before them */
    if (!b->log_names_term || b->listen) bft_append_term(b, t);
    go(b, t);
    if (b->log == WEAL_BFT_LOG_FRESH) b->log_covers = true;
    if (b->log != WEAL_BFT_LOG_FRESH) b->vote_from_ms = t->now + b->config.leader_timeout_ms;
    ask_anew(b);
    bft_deliver_again(b, t);
    if (b->over) return;
    b->later_at = t->now; /* certify what was left open */
    uint64_t view = b->view > b->enter_now ? b->view : b->enter_now;
    if (b->enter_null > view) view = b->enter_null;
    b->view = view - 1;
    b->enter_now = view;
    tell_again(b, t);
    bft_pump(b, t);
    struct round *r = bft_round_get(b, b->view);
    if (r) bft_resend_own(b, t, r);
    if (r && r->my[WEAL_VOTE_NULLIFY] != NOT_ASKED) b->retry_at = t->now + b->config.retry_ms;
}

static void set_floor(struct weal_bft *b, struct turn *t, const struct weal_bft_event *e) {
    const struct weal_certificate *x = e->u.floor.cert;
    if (x->kind != WEAL_VOTE_FINALIZE) return;
    bft_take_certificate(b, t, x);
    if (b->final.view != x->view || b->final.known) return;
    struct weal_bft_event answer = {.kind = WEAL_BFT_CERTIFIED};
    answer.u.block.view = x->view;
    memcpy(answer.u.block.digest, x->digest, 32);
    answer.u.block.answer = WEAL_BFT_OK;
    answer.u.block.header = e->u.floor.header;
    bft_take_certified(b, t, &answer);
}

/* ---- the step ---- */

void weal_bft_step(struct weal_bft *b, const struct weal_bft_event *e, uint64_t now_ms,
                   uint64_t wall_ms, struct weal_bft_effects *fx) {
    struct turn t = {.now = now_ms, .wall = wall_ms, .fx = fx};
    if (e->kind == WEAL_BFT_HOLD) b->held = e->u.held;
    if (e->kind == WEAL_BFT_START) {
        start(b, &t);
        return;
    }
    if (!b->started) return;
    switch (e->kind) {
    case WEAL_BFT_START:
        break;
    case WEAL_BFT_TERM:
        next_term(b, &t, e->u.term);
        break;
    case WEAL_BFT_VOTE:
        bft_take_vote(b, &t, e->u.vote);
        break;
    case WEAL_BFT_CERT:
        bft_take_certificate(b, &t, e->u.cert);
        break;
    case WEAL_BFT_PROPOSAL:
        bft_take_proposal(b, &t, e->u.proposal);
        break;
    case WEAL_BFT_REQUEST:
        bft_answer_request(b, &t, e->peer, e->u.request);
        break;
    case WEAL_BFT_BUILT:
    case WEAL_BFT_BUILD_FAILED:
        bft_take_built(b, &t, e);
        break;
    case WEAL_BFT_VERIFIED:
        bft_take_verified(b, &t, e);
        break;
    case WEAL_BFT_CERTIFIED:
        bft_take_certified(b, &t, e);
        break;
    case WEAL_BFT_SIGNED:
        bft_take_signed(b, &t, e->u.vote, e->refused);
        break;
    case WEAL_BFT_PENDING:
        b->pending = e->u.pending;
        break;
    case WEAL_BFT_TIMER:
        b->timer_at = NEVER;
        break;
    case WEAL_BFT_FLOOR:
        set_floor(b, &t, e);
        break;
    case WEAL_BFT_COMPACT:
        bft_compact(b, &t);
        break;
    case WEAL_BFT_HOLD:
        break;
    }
    bft_pump(b, &t);
}

/* ---- looking in ---- */

const struct weal_guard_record *weal_bft_guard(const struct weal_bft *b) {
    return &b->guard;
}

void weal_bft_status(const struct weal_bft *b, struct weal_bft_status *out) {
    *out = (struct weal_bft_status){.term = b->term,
                                    .log_term = b->log_term,
                                    .view = b->view,
                                    .final_view = b->final.view,
                                    .final_height = b->final_height,
                                    .floor_view = b->floor.view > b->final.view ? b->floor.view
                                                                                : b->final.view,
                                    .leader = leader_of(b, b->view),
                                    .self = b->self,
                                    .term_over = b->over,
                                    .held = b->held,
                                    .log_lost = b->listen,
                                    .alarm = b->alarm,
                                    .votes_signed = b->votes_signed,
                                    .notarized = b->notarized,
                                    .nullified = b->nullified,
                                    .finalized = b->finalized,
                                    .nullified_in_row = b->nullified_in_row};
    out->voting = b->started && b->self != WEAL_SET_NOBODY && !b->over && !b->listen && !b->held &&
                  b->alarm == WEAL_BFT_ALARM_NONE;
}

const char *weal_bft_alarm_name(enum weal_bft_alarm alarm) {
    static const char *const name[] = {
        [WEAL_BFT_ALARM_NONE] = "none",
        [WEAL_BFT_ALARM_NOTARIZED_INVALID] = "notarized-invalid",
        [WEAL_BFT_ALARM_FINAL_CONFLICT] = "final-conflict",
        [WEAL_BFT_ALARM_OWN_KEY] = "own-key-votes-elsewhere",
        [WEAL_BFT_ALARM_SIGN_REFUSED] = "sign-refused",
        [WEAL_BFT_ALARM_BUILT_WRONG] = "built-wrong",
    };
    return name[alarm];
}

const char *weal_bft_mute_name(const struct weal_bft_status *s) {
    if (s->self == WEAL_SET_NOBODY) return NULL;
    if (s->alarm != WEAL_BFT_ALARM_NONE) return weal_bft_alarm_name(s->alarm);
    if (s->log_lost) return "log-lost";
    return s->held ? "held" : NULL;
}

bool weal_bft_certificate(const struct weal_bft *b, uint8_t kind, uint64_t view,
                          struct weal_wr *w) {
    struct weal_certificate x;
    uint8_t signatures[WEAL_SET_MAX * 64];
    if (!bft_cert_of_view(b, kind, view, &x, signatures)) return false;
    weal_certificate_put(w, &x);
    return !w->failed;
}

void weal_bft_tally(const struct weal_bft *b, uint64_t weight[3]) {
    const struct round *r = bft_round_get(b, b->view);
    for (int k = 0; k < 3; k++) {
        weight[k] = 0;
        for (uint16_t i = 0; r && i < b->n; i++)
            if (r->ballots[i].has & bit((uint8_t)(k + 1))) weight[k] += b->weight[i];
    }
}
