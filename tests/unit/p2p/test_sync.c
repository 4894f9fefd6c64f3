/* SPDX-License-Identifier: ISC */
/* Block sync against a small world: peers with latencies and characters, a verifier that knows the
 * truth, many seeds. Blocks are named by their heights; a lie is a wrong token. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "p2p/sync.h"

enum { PEERS = 6, HEAD = 5000, QUEUE = 4096 };
enum character { HONEST, SLOW, LIAR, STALLER, SHORT, BOASTER, WRONG };

struct answer { /* the host's buffer */
    uint64_t peer, from;
    uint32_t count;
    bool lie, live;
};

struct mail {
    uint64_t at_ms;
    struct weal_sync_event ev;
};

struct world {
    struct weal_sync *s;
    enum character who[PEERS + 1];
    struct mail queue[QUEUE];
    uint32_t n;
    uint64_t now, height, rng;
    uint32_t tokens, verifying, blamed[PEERS + 1], caught_up;
    enum weal_verdict why[PEERS + 1]; /* of the last blame */
    uint64_t max_buffered;
    struct answer *verify;
    uint32_t verify_range;
    bool (*certified)(uint64_t height); /* NULL: every block has a certificate of its own */
};

static uint32_t draw(struct world *w, uint32_t n) {
    w->rng ^= w->rng << 13;
    w->rng ^= w->rng >> 7;
    w->rng ^= w->rng << 17;
    return (uint32_t)((w->rng >> 11) % n);
}

static void post(struct world *w, uint64_t after_ms, struct weal_sync_event ev) {
    assert_true(w->n < QUEUE);
    w->queue[w->n++] = (struct mail){w->now + after_ms, ev};
}

static void answer(struct world *w, const struct weal_sync_effect *e) {
    enum character c = w->who[e->peer];
    if (c == STALLER) return;
    uint32_t count = e->count;
    uint64_t have = e->height > HEAD ? 0 : HEAD - e->height + 1;
    if (count > have) count = (uint32_t)have;
    if (c == SHORT && count > 1) count = 1 + draw(w, count);
    if (c == BOASTER) count = 0;
    /* an answer ends at its last certificate */
    while (count > 0 && w->certified && !w->certified(e->height + count - 1)) count--;
    struct answer *a = calloc(1, sizeof *a);
    *a = (struct answer){e->peer, e->height, count, c == LIAR && draw(w, 3) == 0, true};
    w->tokens++;
    uint64_t ms = 5 + draw(w, 40) + (c == SLOW ? 3000 + draw(w, 4000) : 0);
    post(w, ms,
         (struct weal_sync_event){.kind = WEAL_SYNC_BLOCKS,
                                  .peer = e->peer,
                                  .request = e->request,
                                  .height = c == WRONG ? e->height + 1 : e->height,
                                  .count = count,
                                  .head = c == BOASTER ? HEAD * 10 : HEAD,
                                  .bytes = count * 10000,
                                  .token = a});
}

static void on_effect(void *ctx, const struct weal_sync_effect *e) {
    struct world *w = ctx;
    struct answer *a = e->token;
    switch (e->kind) {
    case WEAL_SYNC_ASK:
        assert_true(e->count >= 1 && e->count <= WEAL_P2P_SYNC_BLOCKS);
        answer(w, e);
        break;
    case WEAL_SYNC_VERIFY: {
        assert_null(w->verify); /* one at a time */
        assert_true(e->height <= w->height + 1);
        assert_int_equal(e->height, a->from);
        assert_int_equal(e->count, a->count);
        w->verify = a;
        w->verify_range = e->range;
        struct weal_sync_event v = {.kind = WEAL_SYNC_VERIFIED,
                                    .range = e->range,
                                    .height = a->from + a->count - 1,
                                    .verdict = WEAL_V_P2P_INVALID};
        if (a->lie) {
            v.kind = WEAL_SYNC_INVALID;
        } else if (draw(w, 20) == 0) { /* busy: a part of it, or nothing, went in */
            v.kind = WEAL_SYNC_FAILED;
            v.height = a->from - 1 + draw(w, a->count);
        }
        post(w, 1 + draw(w, 10), v);
        break;
    }
    case WEAL_SYNC_RELEASE:
        assert_true(a->live);
        if (w->verify == a) w->verify = NULL;
        free(a);
        w->tokens--;
        break;
    case WEAL_SYNC_BLAME:
        w->blamed[e->peer]++;
        w->why[e->peer] = e->verdict;
        break;
    case WEAL_SYNC_CAUGHT_UP:
        w->caught_up++;
        break;
    }
}

static void feed(struct world *w, struct weal_sync_event ev) {
    struct weal_sync_stats st;
    if (ev.kind == WEAL_SYNC_FAILED) w->verify = NULL; /* may be shown again */
    if (ev.kind == WEAL_SYNC_VERIFIED || ev.kind == WEAL_SYNC_FAILED) {
        w->height = ev.height > w->height ? ev.height : w->height;
    }
    weal_sync_step(w->s, &ev, w->now, on_effect, w);
    weal_sync_stats_get(w->s, &st);
    if (st.buffered_bytes > w->max_buffered) w->max_buffered = st.buffered_bytes;
}

/* The next thing to happen; false when nothing will. */
static bool turn(struct world *w) {
    uint32_t first = w->n;
    for (uint32_t i = 0; i < w->n; i++) {
        if (first == w->n || w->queue[i].at_ms < w->queue[first].at_ms) first = i;
    }
    uint64_t wake = weal_sync_wake(w->s);
    if (first == w->n && wake == UINT64_MAX) return false;
    if (first == w->n || wake < w->queue[first].at_ms) {
        w->now = wake > w->now ? wake : w->now;
        feed(w, (struct weal_sync_event){.kind = WEAL_SYNC_TICK});
    } else {
        struct mail m = w->queue[first];
        w->queue[first] = w->queue[--w->n];
        w->now = m.at_ms;
        feed(w, m.ev);
    }
    return true;
}

static struct world *world_new(uint64_t seed) {
    struct world *w = calloc(1, sizeof *w);
    struct weal_sync_limits limits = {.peers_max = 8, .range_count = 16, .behind_min = 1};
    w->rng = seed * 2654435761u + 88172645463325252u;
    w->s = weal_sync_init(malloc(weal_sync_footprint(&limits)), &limits, 0);
    return w;
}
static void meet(struct world *w, uint32_t peer, enum character c) {
    w->who[peer] = c;
    feed(w, (struct weal_sync_event){.kind = WEAL_SYNC_PEER_HEAD,
                                     .peer = peer,
                                     .height = c == BOASTER ? HEAD * 10 : HEAD});
}
static void world_free(struct world *w) {
    for (uint32_t i = 0; i < w->n; i++) {
        if (w->queue[i].ev.kind == WEAL_SYNC_BLOCKS) {
            free(w->queue[i].ev.token);
            w->tokens--;
        }
    }
    free(w->s);
    free(w);
}

static uint64_t run(struct world *w, uint64_t limit_ms) {
    while (w->height < HEAD && w->now < limit_ms && turn(w)) {
    }
    return w->now;
}

static void honest_peers_share_the_work(void **state) {
    (void)state;
    struct world *w = world_new(1);
    for (uint32_t p = 1; p <= 4; p++) meet(w, p, HONEST);
    uint64_t ms = run(w, 600000);
    assert_int_equal(w->height, HEAD);
    assert_true(ms < 20000);
    while (w->caught_up == 0 && turn(w)) {
    }
    assert_int_equal(w->caught_up, 1);
    for (uint32_t p = 1; p <= PEERS; p++) assert_int_equal(w->blamed[p], 0);
    world_free(w);
}

/* One of several lies: it is blamed, nobody else is, and the chain is complete. */
static void a_liar_is_found_and_only_the_liar(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct world *w = world_new(seed);
        uint32_t liar = 1 + draw(w, 4);
        for (uint32_t p = 1; p <= 4; p++) meet(w, p, p == liar ? LIAR : HONEST);
        run(w, 600000);
        assert_int_equal(w->height, HEAD);
        for (uint32_t p = 1; p <= 4; p++) {
            if (p != liar) assert_int_equal(w->blamed[p], 0);
        }
        assert_true(w->blamed[liar] >= 1);
        assert_int_equal(w->why[liar], WEAL_V_P2P_INVALID);
        world_free(w);
    }
}

static void slow_stalling_short_boasting_peers_are_not_blamed(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct world *w = world_new(seed);
        meet(w, 1, HONEST);
        meet(w, 2, (enum character[]){SLOW, STALLER, SHORT, BOASTER}[draw(w, 4)]);
        meet(w, 3, (enum character[]){SLOW, STALLER, SHORT, BOASTER}[draw(w, 4)]);
        if (draw(w, 2)) meet(w, 4, STALLER);
        uint64_t ms = run(w, 3600000);
        assert_int_equal(w->height, HEAD);
        assert_true(ms < 400000);
        for (uint32_t p = 1; p <= 4; p++) assert_int_equal(w->blamed[p], 0);
        assert_true(w->max_buffered <= WEAL_P2P_SYNC_BUFFER);
        world_free(w);
    }
}

/* Finality comes in jumps: no certificate at the ends of ranges, or hardly any. */
static bool not_at_ends(uint64_t h) {
    return h % 16 != 0 || h == HEAD;
}
static bool only_before_ends(uint64_t h) {
    return h % 16 == 15 || h == HEAD;
}
static bool every_sixty_fourth(uint64_t h) {
    return h % 64 == 17 || h == HEAD;
}
static bool in_bursts(uint64_t h) {
    return (h / 500) % 2 == 0 || h % 61 == 0 || h == HEAD;
}
static void blocks_without_certificates_are_passed(void **state) {
    (void)state;
    bool (*const kinds[])(uint64_t) = {not_at_ends, only_before_ends, every_sixty_fourth,
                                       in_bursts};
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct world *w = world_new(seed);
        w->certified = kinds[seed % 4];
        for (uint32_t p = 1; p <= 3; p++) meet(w, p, HONEST);
        meet(w, 4, (enum character[]){HONEST, LIAR, SHORT, STALLER}[draw(w, 4)]);
        uint64_t ms = run(w, 600000);
        assert_int_equal(w->height, HEAD);
        assert_true(ms < 60000);
        for (uint32_t p = 1; p <= 3; p++) assert_int_equal(w->blamed[p], 0);
        world_free(w);
    }
}

/* Answers that do not fit the question are against the protocol. */
static void a_wrong_answer_is_blamed(void **state) {
    (void)state;
    struct world *w = world_new(3);
    meet(w, 1, HONEST);
    meet(w, 2, WRONG);
    run(w, 600000);
    assert_int_equal(w->height, HEAD);
    assert_true(w->blamed[2] > 0);
    assert_int_equal(w->why[2], WEAL_V_P2P_BLOCKS);
    assert_int_equal(w->blamed[1], 0);
    world_free(w);
}

static void unasked_blocks_are_blamed_and_released(void **state) {
    (void)state;
    struct world *w = world_new(4);
    feed(w, (struct weal_sync_event){.kind = WEAL_SYNC_PEER_HEAD, .peer = 1, .height = 0});
    struct answer *a = calloc(1, sizeof *a);
    *a = (struct answer){.live = true};
    w->tokens++;
    feed(w, (struct weal_sync_event){
                .kind = WEAL_SYNC_BLOCKS, .peer = 1, .request = 7, .height = 1, .token = a});
    assert_int_equal(w->blamed[1], 1);
    assert_int_equal(w->why[1], WEAL_V_P2P_UNASKED);
    assert_int_equal(w->tokens, 0);
    world_free(w);
}

/* Peers come and go at random moments; our head moves by other ways too. */
static void churn_ends_well(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct world *w = world_new(seed);
        meet(w, 1, HONEST);
        for (int i = 0; w->height < HEAD && i < 200000 && turn(w); i++) {
            if (draw(w, 40) != 0) continue;
            uint32_t p = 1 + draw(w, PEERS);
            switch (draw(w, 3)) {
            case 0:
                feed(w, (struct weal_sync_event){.kind = WEAL_SYNC_PEER_DOWN, .peer = p});
                meet(w, 1 + draw(w, PEERS), HONEST);
                break;
            case 1:
                meet(w, p, (enum character[]){HONEST, SLOW, STALLER, SHORT}[draw(w, 4)]);
                break;
            default:
                w->height += draw(w, 3);
                feed(w, (struct weal_sync_event){.kind = WEAL_SYNC_OUR_HEAD, .height = w->height});
            }
            if (w->who[1] != HONEST) meet(w, 1, HONEST);
        }
        assert_true(w->height >= HEAD);
        world_free(w);
    }
}

/* One block behind: the agreement brings it, as a rule; if it doesn't, it is asked for. */
static void count_asks(void *ctx, const struct weal_sync_effect *e) {
    *(uint32_t *)ctx += e->kind == WEAL_SYNC_ASK;
}
static void a_little_behind_for_long(void **state) {
    (void)state;
    struct weal_sync_limits limits = {.peers_max = 2, .range_count = 16, .behind_min = 4};
    void *mem = calloc(1, weal_sync_footprint(&limits));
    struct weal_sync *s = weal_sync_init(mem, &limits, 10);
    struct weal_sync_event head = {.kind = WEAL_SYNC_PEER_HEAD, .peer = 7, .height = 11},
                           ours = {.kind = WEAL_SYNC_OUR_HEAD, .height = 11},
                           tick = {.kind = WEAL_SYNC_TICK};
    uint32_t asks = 0;
    weal_sync_step(s, &head, 1000, count_asks, &asks);
    assert_int_equal(weal_sync_wake(s), 1000 + WEAL_SYNC_LITTLE_MS);
    weal_sync_step(s, &ours, 2000, count_asks, &asks); /* it came */
    assert_true(weal_sync_wake(s) == UINT64_MAX);
    head.height = 12;
    weal_sync_step(s, &head, 3000, count_asks, &asks);
    weal_sync_step(s, &tick, 2999 + WEAL_SYNC_LITTLE_MS, count_asks, &asks);
    assert_int_equal(asks, 0);
    weal_sync_step(s, &tick, 3000 + WEAL_SYNC_LITTLE_MS, count_asks, &asks);
    assert_int_equal(asks, 1);
    free(mem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_peers_share_the_work),
        cmocka_unit_test(a_liar_is_found_and_only_the_liar),
        cmocka_unit_test(slow_stalling_short_boasting_peers_are_not_blamed),
        cmocka_unit_test(blocks_without_certificates_are_passed),
        cmocka_unit_test(a_wrong_answer_is_blamed),
        cmocka_unit_test(unasked_blocks_are_blamed_and_released),
        cmocka_unit_test(churn_ends_well),
        cmocka_unit_test(a_little_behind_for_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
