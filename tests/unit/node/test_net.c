/* SPDX-License-Identifier: ISC */
/* The network on real sockets: two nodes, two loops, two threads, loopback. One side echoes. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "crypto/sig/sig.h"
#include "node/io/net.h"

struct node {
    uv_loop_t loop;
    struct weal_net *net;
    struct weal_net_config cfg;
    struct weal_net_callbacks cb;
    uv_async_t quit;
    uv_timer_t limit;
    pthread_t thread;
    uint64_t peer;
    uint8_t validator_secret[32];
    struct weal_net_peer up; /* the last to come up */
    atomic_int ups, downs, messages, failures;
    _Atomic enum weal_verdict why; /* of the last failure or end */
    size_t bytes;
    unsigned types[64];
    uint8_t hash[32]; /* of the last message */
    bool echo, book_saved;
    struct weal_net_stats stats;
};

static bool prove(void *ctx, const uint8_t digest[32], uint8_t sig[64]) {
    return weal_sig_sign(sig, digest, ((struct node *)ctx)->validator_secret);
}

static void on_up(void *ctx, const struct weal_net_peer *p) {
    struct node *n = ctx;
    n->up = *p;
    n->peer = p->id;
    n->ups++;
}
static void on_down(void *ctx, uint64_t peer, enum weal_verdict why) {
    struct node *n = ctx;
    (void)peer;
    n->why = why;
    n->downs++;
}
static void on_message(void *ctx, uint64_t peer, unsigned type, struct weal_bytes b) {
    struct node *n = ctx;
    if (n->messages < 64) n->types[n->messages] = type;
    crypto_hash_sha256(n->hash, b.p, b.n);
    n->bytes += b.n;
    n->messages++;
    if (n->echo) assert_int_equal(weal_net_send(n->net, peer, type, b), WEAL_OK);
}
static void on_trace(void *ctx, uint64_t peer, const char *what, enum weal_verdict why) {
    struct node *n = ctx;
    (void)peer;
    if (strcmp(what, "peer-failed") == 0) {
        n->why = why;
        n->failures++;
    }
}
static void on_save(void *ctx, struct weal_bytes book) {
    struct node *n = ctx;
    n->book_saved = book.n > 6;
}
static void on_quit(uv_async_t *h) {
    uv_stop(h->loop);
}
static void on_limit(uv_timer_t *h) {
    uv_stop(h->loop);
}

static void node_init(struct node *n, int which, bool validator) {
    memset(n, 0, sizeof *n);
    assert_int_equal(uv_loop_init(&n->loop), 0);
    uv_async_init(&n->loop, &n->quit, on_quit);
    uv_timer_init(&n->loop, &n->limit);
    n->quit.data = n->limit.data = n;
    memset(n->cfg.chain, 7, 32);
    memset(n->cfg.identity_secret, which, 32);
    n->cfg.agent = "test/1";
    n->cfg.listening = true;
    n->cfg.pex = true;
    assert_true(weal_net_addr_read("127.0.0.1:0", &n->cfg.listen));
    if (validator) {
        memset(n->validator_secret, which, 32);
        assert_true(weal_sig_public(n->cfg.validator, n->validator_secret));
        n->cfg.prove = prove;
        n->cfg.prove_ctx = n;
    }
    n->cb = (struct weal_net_callbacks){n, on_up, on_down, on_message, on_save, on_trace};
}
static void node_start(struct node *n) {
    assert_int_equal(weal_net_start(&n->net, &n->loop, &n->cfg, &n->cb), WEAL_OK);
}
static void stopped(void *ctx) {
    ((struct node *)ctx)->net = NULL;
}
static void node_stop(struct node *n) {
    weal_net_stop(n->net, stopped, n);
    uv_close((uv_handle_t *)&n->quit, NULL);
    uv_close((uv_handle_t *)&n->limit, NULL);
    uv_run(&n->loop, UV_RUN_DEFAULT);
    assert_null(n->net);
    assert_int_equal(uv_loop_close(&n->loop), 0);
}
static void *node_thread(void *arg) {
    uv_run(&((struct node *)arg)->loop, UV_RUN_DEFAULT);
    return NULL;
}
static void background(struct node *n) {
    assert_int_equal(pthread_create(&n->thread, NULL, node_thread, n), 0);
}
static void join(struct node *n) {
    uv_async_send(&n->quit);
    pthread_join(n->thread, NULL);
}
/* Runs n's loop until the counter reaches want, at most limit_ms. */
static bool run_until(struct node *n, atomic_int *counter, int want, uint64_t limit_ms) {
    uv_update_time(&n->loop);
    uint64_t end = uv_now(&n->loop) + limit_ms;
    uv_timer_start(&n->limit, on_limit, limit_ms, 0);
    while (*counter < want && uv_now(&n->loop) < end) uv_run(&n->loop, UV_RUN_ONCE);
    uv_timer_stop(&n->limit);
    return *counter >= want;
}

static void two_nodes_meet_prove_roles_and_talk(void **state) {
    (void)state;
    static struct node a, b;
    node_init(&a, 1, true);
    node_init(&b, 2, true);
    b.echo = true;
    node_start(&a);
    node_start(&b);
    struct weal_net_addr to = weal_net_listening(b.net);
    uint8_t want[32];
    memcpy(want, weal_net_identity(b.net), 32);
    background(&b);
    assert_int_equal(weal_net_keep(a.net, &to, want), WEAL_OK);
    assert_true(run_until(&a, &a.ups, 1, 5000));
    assert_memory_equal(a.up.is.identity, want, 32);
    assert_true(a.up.is.is_validator);
    assert_memory_equal(a.up.is.validator, b.cfg.validator, 32);
    assert_string_equal(a.up.is.agent, "test/1");
    assert_true(a.up.persistent);
    assert_false(a.up.inbound);
    assert_true(weal_net_validator(a.net, b.cfg.validator) == a.peer);
    assert_true(weal_net_validator(a.net, a.cfg.validator) == 0);

    /* a body of 2 MiB and a vote behind it: both come back, the vote first */
    static uint8_t body[2 << 20], vote[130];
    uint8_t hash[32];
    randombytes_buf(body, sizeof body);
    crypto_hash_sha256(hash, body, sizeof body);
    assert_int_equal(weal_net_send(a.net, a.peer, WEAL_P2P_BODY, WEAL_BYTES(body)), WEAL_OK);
    assert_int_equal(weal_net_send(a.net, a.peer, WEAL_P2P_VOTE, WEAL_BYTES(vote)), WEAL_OK);
    assert_true(run_until(&a, &a.messages, 2, 10000));
    assert_int_equal(a.types[0], WEAL_P2P_VOTE);
    assert_int_equal(a.types[1], WEAL_P2P_BODY);
    assert_memory_equal(a.hash, hash, 32);
    assert_int_equal(
        weal_net_broadcast(a.net, WEAL_P2P_VOTE, WEAL_BYTES(vote), WEAL_NET_VALIDATORS, 0), 1);
    assert_int_equal(weal_net_broadcast(a.net, WEAL_P2P_VOTE, WEAL_BYTES(vote), WEAL_NET_OTHERS, 0),
                     0);
    assert_true(run_until(&a, &a.messages, 3, 5000));
    assert_true(weal_net_stats_get(a.net, a.peer, &a.stats));
    assert_true(a.stats.sent_bytes[WEAL_P2P_CLASS_BODY] == sizeof body);
    assert_true(a.stats.got_bytes[WEAL_P2P_CLASS_BODY] == sizeof body);
    assert_true(a.book_saved);
    /* refused before anything is sent */
    static uint8_t big[WEAL_P2P_CAP_VOTE + 1];
    assert_int_equal(weal_net_send(a.net, a.peer, WEAL_P2P_VOTE, WEAL_BYTES(big)),
                     WEAL_ERR_INVALID);
    assert_int_equal(weal_net_send(a.net, 999, WEAL_P2P_VOTE, WEAL_BYTES(vote)),
                     WEAL_ERR_NOT_FOUND);
    /* it comes back after a disconnection */
    weal_net_disconnect(a.net, a.peer, WEAL_V_P2P_CLOSED);
    assert_true(run_until(&a, &a.downs, 1, 5000));
    assert_true(run_until(&a, &a.ups, 2, 8000));
    join(&b);
    node_stop(&a);
    node_stop(&b);
}

/* A node of another chain, another version, or another identity than the one dialled is refused by
 * name, on both sides as far as that can be. */
static void strangers_are_refused_by_name(void **state) {
    (void)state;
    static struct node a, b;
    node_init(&a, 1, false);
    node_init(&b, 2, false);
    memset(b.cfg.chain, 8, 32);
    node_start(&a);
    node_start(&b);
    struct weal_net_addr to = weal_net_listening(b.net);
    background(&b);
    assert_int_equal(weal_net_keep(a.net, &to, NULL), WEAL_OK);
    assert_true(run_until(&a, &a.failures, 1, 5000));
    assert_int_equal(a.why, WEAL_V_P2P_CHAIN);
    join(&b);
    assert_int_equal(b.why, WEAL_V_P2P_CHAIN);
    assert_int_equal(a.ups + b.ups, 0);
    node_stop(&a);
    node_stop(&b);

    node_init(&a, 1, false);
    node_init(&b, 2, false);
    node_start(&a);
    node_start(&b);
    to = weal_net_listening(b.net);
    uint8_t other[32];
    memset(other, 9, 32);
    background(&b);
    assert_int_equal(weal_net_keep(a.net, &to, other), WEAL_OK);
    assert_true(run_until(&a, &a.failures, 1, 5000));
    assert_int_equal(a.why, WEAL_V_P2P_IDENTITY);
    join(&b);
    assert_int_equal(a.ups + b.ups, 0);
    node_stop(&a);
    node_stop(&b);
}

/* Bytes that are no protocol at all: the node stays up and serves others. */
static void garbage_is_survived(void **state) {
    (void)state;
    static struct node a, b;
    node_init(&a, 1, false);
    node_init(&b, 2, false);
    node_start(&a);
    node_start(&b);
    struct weal_net_addr to = weal_net_listening(b.net);
    background(&b);
    for (int i = 0; i < 20; i++) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(to.port)};
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int s = socket(AF_INET, SOCK_STREAM, 0);
        uint8_t junk[4096];
        randombytes_buf(junk, sizeof junk);
        if (i == 0) memset(junk, 0, sizeof junk);
        if (i == 1) memcpy(junk, "GET / HTTP/1.1\r\n\r\n", 18);
        assert_int_equal(connect(s, (struct sockaddr *)&in, sizeof in), 0);
        (void)!write(s, junk, sizeof junk);
        close(s);
    }
    assert_int_equal(weal_net_keep(a.net, &to, NULL), WEAL_OK);
    assert_true(run_until(&a, &a.ups, 1, 5000));
    join(&b);
    assert_int_equal(b.ups, 1);
    node_stop(&a);
    node_stop(&b);
}

/* Each keeps the other: two connections cross, one stays, and it stays. */
static void crossing_dials_leave_one_connection(void **state) {
    (void)state;
    static struct node a, b;
    node_init(&a, 1, false);
    node_init(&b, 2, false);
    node_start(&a);
    node_start(&b);
    struct weal_net_addr to_a = weal_net_listening(a.net), to_b = weal_net_listening(b.net);
    assert_int_equal(weal_net_keep(b.net, &to_a, NULL), WEAL_OK);
    assert_int_equal(weal_net_keep(a.net, &to_b, NULL), WEAL_OK);
    background(&b);
    atomic_int never = 0;
    run_until(&a, &never, 1, 2500);
    join(&b);
    assert_int_equal(weal_net_peers(a.net, NULL, 0), 1);
    assert_int_equal(weal_net_peers(b.net, NULL, 0), 1);
    assert_int_equal(a.ups - a.downs, 1);
    assert_int_equal(b.ups - b.downs, 1);
    assert_true(a.ups <= 2 && b.ups <= 2);
    node_stop(&a);
    assert_int_equal(a.why, WEAL_V_P2P_SHUTDOWN);
    node_stop(&b);
}

/* A peer that stops reading costs its own queue and nothing else: the others get everything, votes
 * stay quick, memory is bounded. */
static void a_peer_that_does_not_read_delays_nobody(void **state) {
    (void)state;
    static struct node a, b, c;
    static uint8_t body[1 << 20], vote[100];
    node_init(&a, 1, false);
    node_init(&b, 2, false);
    node_init(&c, 3, false);
    node_start(&a);
    node_start(&b);
    node_start(&c);
    struct weal_net_addr to_b = weal_net_listening(b.net), to_c = weal_net_listening(c.net);
    background(&b);
    background(&c);
    assert_int_equal(weal_net_keep(a.net, &to_b, NULL), WEAL_OK);
    assert_true(run_until(&a, &a.ups, 1, 5000));
    uint64_t peer_b = a.peer;
    assert_int_equal(weal_net_keep(a.net, &to_c, NULL), WEAL_OK);
    assert_true(run_until(&a, &a.ups, 2, 5000));
    uint64_t peer_c = a.peer;
    join(&c); /* its loop stands still, its socket stays open */
    atomic_int never = 0;
    int got_b = 0, refused_c = 0;
    for (int i = 0; i < 80; i++) {
        assert_int_equal(weal_net_send(a.net, peer_b, WEAL_P2P_BODY, WEAL_BYTES(body)), WEAL_OK);
        got_b++;
        enum weal_err err = weal_net_send(a.net, peer_c, WEAL_P2P_BODY, WEAL_BYTES(body));
        assert_true(err == WEAL_OK || err == WEAL_ERR_FULL);
        refused_c += err == WEAL_ERR_FULL;
        run_until(&a, &never, 1, 10);
        for (int k = 0; b.messages < got_b - 20 && k < 2000; k++) run_until(&a, &never, 1, 5);
    }
    assert_true(refused_c > 0);
    assert_true(weal_net_stats_get(a.net, peer_c, &a.stats));
    assert_true(a.stats.waiting_bytes <= WEAL_P2P_QUEUE_BODY_BYTES + 1000);
    assert_true(a.stats.dropped_msgs[WEAL_P2P_CLASS_BODY] == (uint64_t)refused_c);
    assert_int_equal(weal_net_send(a.net, peer_b, WEAL_P2P_VOTE, WEAL_BYTES(vote)), WEAL_OK);
    assert_int_equal(weal_net_send(a.net, peer_c, WEAL_P2P_VOTE, WEAL_BYTES(vote)), WEAL_OK);
    for (int k = 0; b.messages < got_b + 1 && k < 2000; k++) run_until(&a, &never, 1, 5);
    assert_int_equal(b.messages, got_b + 1);
    background(&c); /* it wakes up and finds everything that was queued, the vote early */
    for (int k = 0; c.messages < 80 - refused_c + 1 && k < 4000; k++) {
        run_until(&a, &never, 1, 5);
    }
    join(&b);
    join(&c);
    assert_int_equal(c.messages, 80 - refused_c + 1);
    int at = 0;
    while (at < 64 && c.types[at] != WEAL_P2P_VOTE) at++;
    assert_true(at < 40); /* what the kernel had taken before was ahead of it, the queue was not */
    node_stop(&a);
    node_stop(&b);
    node_stop(&c);
}

/* Whoever is banned is closed and turned away with the reason, until the ban ends. */
static void the_operators_ban_is_felt(void **state) {
    (void)state;
    static struct node a, b;
    node_init(&a, 1, false);
    node_init(&b, 2, false);
    node_start(&a);
    node_start(&b);
    struct weal_net_addr to_a = weal_net_listening(a.net);
    assert_int_equal(weal_net_keep(b.net, &to_a, NULL), WEAL_OK);
    background(&b);
    assert_true(run_until(&a, &a.ups, 1, 5000));
    weal_net_ban(a.net, a.up.addr.ip, 2000);
    assert_true(run_until(&a, &a.downs, 1, 5000));
    assert_int_equal(a.why, WEAL_V_P2P_BANNED);
    assert_true(run_until(&a, &a.ups, 2, 15000));
    join(&b);
    assert_true(b.failures >= 1);
    node_stop(&a);
    node_stop(&b);
}

/* c knows b, b knows a: c learns of a from b and connects to it. */
static void addresses_are_passed_on(void **state) {
    (void)state;
    static struct node a, b, c;
    uint8_t book[6 + 55] = "WBK2";
    node_init(&a, 1, false);
    node_init(&b, 2, false);
    node_init(&c, 3, false);
    node_start(&a);
    struct weal_net_addr to_a = weal_net_listening(a.net);
    book[4] = 1; /* one address, not yet reached */
    memcpy(book + 6, to_a.ip, 16);
    weal_put_le16(book + 22, to_a.port);
    b.cfg.book = WEAL_BYTES(book);
    node_start(&b);
    node_start(&c);
    struct weal_net_addr to_b = weal_net_listening(b.net);
    background(&a);
    assert_true(run_until(&b, &b.ups, 1, 5000));
    background(&b);
    assert_int_equal(weal_net_keep(c.net, &to_b, NULL), WEAL_OK);
    assert_true(run_until(&c, &c.ups, 2, 8000));
    join(&a);
    join(&b);
    assert_memory_equal(c.up.is.identity, weal_net_identity(a.net), 32);
    node_stop(&a);
    node_stop(&b);
    node_stop(&c);
}

int main(void) {
    if (sodium_init() < 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_nodes_meet_prove_roles_and_talk),
        cmocka_unit_test(strangers_are_refused_by_name),
        cmocka_unit_test(garbage_is_survived),
        cmocka_unit_test(crossing_dials_leave_one_connection),
        cmocka_unit_test(a_peer_that_does_not_read_delays_nobody),
        cmocka_unit_test(the_operators_ban_is_felt),
        cmocka_unit_test(addresses_are_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
