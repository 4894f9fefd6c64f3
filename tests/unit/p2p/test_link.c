/* SPDX-License-Identifier: ISC */
/* Links: who may talk to whom, proofs of identity and role, and what a hostile wire can do. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/sig/sig.h"
#include "p2p/link.h"

struct side {
    struct weal_link_config cfg;
    struct weal_link *l;
    void *mem;
    uint8_t validator_secret[32];
    uint8_t in[1 << 17];
    size_t in_n;
    unsigned types[64];
    uint32_t messages;
    size_t last_n;
    bool up;
    enum weal_verdict why;
    bool lie; /* prove with another key than the one shown */
};

static uint8_t *take(void *ctx, size_t n) {
    (void)ctx;
    return malloc(n);
}
static void give(void *ctx, uint8_t *p, size_t n) {
    (void)ctx, (void)n;
    free(p);
}
static bool prove(void *ctx, const uint8_t digest[32], uint8_t sig[64]) {
    struct side *s = ctx;
    uint8_t other[32];
    memset(other, 77, 32);
    return weal_sig_sign(sig, digest, s->lie ? other : s->validator_secret);
}

static void side_init(struct side *s, int which, bool validator) {
    memset(s, 0, sizeof *s);
    memset(s->cfg.chain, 7, 32);
    memset(s->cfg.identity_secret, which, 32);
    assert_true(weal_noise_keypair(s->cfg.identity, s->cfg.identity_secret));
    memset(s->cfg.short_salt, which, 16);
    strcpy(s->cfg.agent, "test/1");
    s->cfg.version = WEAL_P2P_VERSION;
    s->cfg.listen_port = 1234;
    s->cfg.host = (struct weal_frame_host){s, take, give, NULL};
    s->mem = malloc(weal_link_footprint());
    if (validator) {
        memset(s->validator_secret, which, 32);
        assert_true(weal_sig_public(s->cfg.validator, s->validator_secret));
        s->cfg.prove = prove;
        s->cfg.prove_ctx = s;
    }
}
static void side_open(struct side *s, bool initiator, const uint8_t *expect) {
    uint8_t eph[32], head[32] = {9};
    memset(eph, s->cfg.identity[0] ^ 0x5a, 32);
    s->l = weal_link_init(s->mem, &s->cfg, initiator, expect, eph, 42, head, 0);
    assert_int_equal(eph[0], 0);
}
static void side_close(struct side *s) {
    weal_link_close(s->l);
    free(s->mem);
}

/* Lets s read what it has. */
static void side_read(struct side *s, uint64_t now) {
    size_t at = 0, used;
    struct weal_frame_msg m;
    for (;;) {
        enum weal_link_got got = weal_link_read(s->l, s->in + at, s->in_n - at, &used, now, &m);
        at += used;
        if (got == WEAL_LINK_UP) s->up = true;
        if (got == WEAL_LINK_MESSAGE) {
            s->last_n = m.bytes.n;
            if (s->messages < 64) s->types[s->messages] = m.type;
            s->messages++;
        }
        if (got == WEAL_LINK_REFUSED) s->why = m.verdict;
        if (got == WEAL_LINK_MORE || got == WEAL_LINK_WAIT || got == WEAL_LINK_REFUSED) break;
    }
    memmove(s->in, s->in + at, s->in_n - at);
    s->in_n -= at;
}

/* Everything a has to say goes to b; `flip`: the bit of the stream so far to change, or -1. */
static bool carry(struct side *a, struct side *b, uint64_t now, size_t *sofar, long flip) {
    size_t n = weal_link_pull(a->l, b->in + b->in_n, sizeof b->in - b->in_n, now);
    if (n == 0) return false;
    if (flip >= 0 && (size_t)flip / 8 >= *sofar && (size_t)flip / 8 < *sofar + n) {
        b->in[b->in_n + (size_t)flip / 8 - *sofar] ^= (uint8_t)(1 << flip % 8);
    }
    *sofar += n;
    b->in_n += n;
    if (b->why == WEAL_ACCEPT) side_read(b, now);
    return true;
}
/* Until neither has more to say; sizes: bytes that went each way. */
static void settle_counted(struct side *a, struct side *b, uint64_t now, long flip_ab, long flip_ba,
                           size_t sizes[2]) {
    sizes[0] = sizes[1] = 0;
    while ((int)carry(a, b, now, &sizes[0], flip_ab) | (int)carry(b, a, now, &sizes[1], flip_ba)) {
    }
}
static void settle(struct side *a, struct side *b, uint64_t now, long flip_ab, long flip_ba) {
    size_t sizes[2];
    settle_counted(a, b, now, flip_ab, flip_ba, sizes);
}

static void two_validators_prove_who_they_are(void **state) {
    (void)state;
    static struct side a, b;
    side_init(&a, 1, true), side_init(&b, 2, true);
    side_open(&a, true, b.cfg.identity), side_open(&b, false, NULL);
    settle(&a, &b, 0, -1, -1);
    assert_true(a.up && b.up);
    assert_memory_equal(a.l->peer.identity, b.cfg.identity, 32);
    assert_memory_equal(b.l->peer.identity, a.cfg.identity, 32);
    assert_true(a.l->peer.is_validator && b.l->peer.is_validator);
    assert_memory_equal(a.l->peer.validator, b.cfg.validator, 32);
    assert_memory_equal(b.l->peer.validator, a.cfg.validator, 32);
    assert_int_equal(a.l->peer.head_height, 42);
    assert_memory_equal(a.l->peer.short_salt, b.cfg.short_salt, 16);
    assert_string_equal(a.l->peer.agent, "test/1");
    assert_int_equal(weal_link_send(a.l, WEAL_P2P_VOTE, WEAL_BYTES_LIT("vote"), NULL), WEAL_OK);
    settle(&a, &b, 1, -1, -1);
    assert_int_equal(b.messages, 1);
    assert_int_equal(b.types[0], WEAL_P2P_VOTE);
    side_close(&a), side_close(&b);
}

/* Every bit that either side sends until both are open: if it changes, one of them never opens, and
 * nobody mistakes the peer for somebody else. */
static void tampering_with_any_bit_ends_the_link(void **state) {
    (void)state;
    static struct side a, b;
    size_t clean[2], sizes[2], shaken = 0;
    side_init(&a, 1, true), side_init(&b, 2, true);
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    settle_counted(&a, &b, 0, -1, -1, clean);
    assert_true(a.up && b.up);
    side_close(&a), side_close(&b);
    for (int dir = 0; dir < 2; dir++) {
        for (long bit = 0; bit < (long)clean[dir] * 8; bit += 3) {
            side_init(&a, 1, true), side_init(&b, 2, true);
            side_open(&a, true, NULL), side_open(&b, false, NULL);
            settle_counted(&a, &b, 0, dir == 0 ? bit : -1, dir == 1 ? bit : -1, sizes);
            assert_false(a.up && b.up);
            shaken += unit_seen(dir == 0 ? b.why : a.why) == WEAL_V_P2P_HANDSHAKE;
            side_close(&a), side_close(&b);
        }
    }
    assert_true(shaken > 0);
}

static void strangers_are_told_why(void **state) {
    (void)state;
    static struct side a, b;
    side_init(&a, 1, false), side_init(&b, 2, false);
    memset(b.cfg.chain, 8, 32);
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    settle(&a, &b, 0, -1, -1);
    assert_int_equal(a.why, WEAL_V_P2P_CHAIN);
    assert_int_equal(b.why, WEAL_V_P2P_CHAIN);
    side_close(&a), side_close(&b);

    side_init(&a, 1, false), side_init(&b, 2, false);
    a.cfg.version = 2;
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    settle(&a, &b, 0, -1, -1);
    assert_int_equal(a.why, WEAL_V_P2P_VERSION);
    assert_int_equal(b.why, WEAL_V_P2P_VERSION);
    side_close(&a), side_close(&b);

    side_init(&b, 2, false); /* no protocol of ours */
    side_open(&b, false, NULL);
    memcpy(b.in, "GET / HTTP/1.1\r\n", 16);
    b.in_n = 16;
    side_read(&b, 0);
    assert_int_equal(b.why, WEAL_V_P2P_MAGIC);
    side_close(&b);

    side_init(&a, 1, false), side_init(&b, 1, false); /* ourselves */
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    settle(&a, &b, 0, -1, -1);
    assert_int_equal(a.why, WEAL_V_P2P_SELF);
    side_close(&a), side_close(&b);

    side_init(&b, 2, false); /* no free place */
    side_init(&a, 1, false);
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    weal_link_reject(b.l, WEAL_V_P2P_FULL);
    settle(&a, &b, 0, -1, -1);
    assert_int_equal(a.why, WEAL_V_P2P_FULL);
    side_close(&a), side_close(&b);
}

/* A man in the middle holds one link with each side: its static key is its own, so who dialled an
 * identity sees another, and a role proof made for one session is void in the other. */
static void a_man_in_the_middle_is_seen(void **state) {
    (void)state;
    static struct side a, b, ma, mb;
    side_init(&a, 1, true), side_init(&b, 2, true);
    side_init(&ma, 3, false), side_init(&mb, 3, false);
    side_open(&a, true, b.cfg.identity), side_open(&ma, false, NULL);
    settle(&a, &ma, 0, -1, -1);
    assert_int_equal(a.why, WEAL_V_P2P_IDENTITY);
    assert_false(ma.up);
    side_close(&a), side_close(&ma);

    /* dialled without an identity, the middleman relays b's proof: it does not verify in a's
     * session */
    side_init(&a, 1, true), side_init(&ma, 3, false);
    side_open(&mb, true, NULL), side_open(&b, false, NULL);
    settle(&mb, &b, 0, -1, -1);
    assert_true(mb.up && mb.l->peer.is_validator);
    memcpy(ma.cfg.validator, b.cfg.validator, 32);
    ma.cfg.prove = prove; /* some signature; b's for this session cannot be had */
    ma.cfg.prove_ctx = &ma;
    ma.lie = true;
    side_open(&a, true, NULL), side_open(&ma, false, NULL);
    settle(&a, &ma, 0, -1, -1);
    assert_int_equal(a.why, WEAL_V_P2P_ROLE);
    side_close(&a), side_close(&ma), side_close(&mb), side_close(&b);

    /* and the digests differ by session, side and key, so no proof can be used elsewhere */
    uint8_t d[4][32], session[2][32] = {{1}, {2}};
    weal_link_role_digest(d[0], session[0], 0, a.cfg.identity);
    weal_link_role_digest(d[1], session[1], 0, a.cfg.identity);
    weal_link_role_digest(d[2], session[0], 1, a.cfg.identity);
    weal_link_role_digest(d[3], session[0], 0, b.cfg.identity);
    for (int i = 0; i < 4; i++) {
        for (int j = i + 1; j < 4; j++) assert_memory_not_equal(d[i], d[j], 32);
    }
}

static void hello_comes_first_and_once(void **state) {
    (void)state;
    static struct side a, b;
    uint8_t hello[WEAL_P2P_CAP_HELLO];
    side_init(&a, 1, false), side_init(&b, 2, false);
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    assert_int_equal(weal_link_send(a.l, WEAL_P2P_VOTE, WEAL_BYTES_LIT("x"), NULL),
                     WEAL_ERR_CLOSED);
    settle(&a, &b, 0, -1, -1);
    assert_true(a.up && b.up);
    memcpy(hello, a.l->hello, sizeof hello);
    assert_int_equal(weal_link_send(a.l, WEAL_P2P_HELLO, weal_bytes(hello, 160), NULL), WEAL_OK);
    settle(&a, &b, 0, -1, -1);
    assert_int_equal(b.why, WEAL_V_P2P_HELLO);
    side_close(&a), side_close(&b);

    side_init(&a, 1, false), side_init(&b, 2, false);
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    /* a says something else first: put it before the hello as only a modified node could */
    size_t n = weal_link_pull(a.l, b.in, sizeof b.in, 0);
    b.in_n = n;
    side_read(&b, 0);
    a.in_n = weal_link_pull(b.l, a.in, sizeof a.in, 0);
    side_read(&a, 0);
    assert_int_equal(a.l->state, WEAL_LINK_GREETING);
    a.l->out.queue[0].ring[0].type = WEAL_P2P_VOTE;
    b.in_n = weal_link_pull(a.l, b.in, sizeof b.in, 0);
    side_read(&b, 0);
    assert_int_equal(b.why, WEAL_V_P2P_HELLO);
    side_close(&a), side_close(&b);
}

static void pings_measure_and_silence_ends(void **state) {
    (void)state;
    static struct side a, b;
    side_init(&a, 1, false), side_init(&b, 2, false);
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    assert_int_equal(weal_link_tick(a.l, WEAL_P2P_HANDSHAKE_MS + 1), WEAL_V_P2P_TIMEOUT);
    settle(&a, &b, 10, -1, -1);
    assert_int_equal(weal_link_tick(a.l, 6000), WEAL_ACCEPT);
    size_t n = 0;
    assert_true(carry(&a, &b, 6020, &n, -1));
    assert_true(carry(&b, &a, 6040, &n, -1));
    assert_int_equal(a.l->rtt_ms, 40);
    assert_int_equal(weal_link_tick(b.l, 6041), WEAL_ACCEPT);
    assert_int_equal(weal_link_tick(b.l, 6041 + WEAL_P2P_SILENCE_MS), WEAL_V_P2P_SILENT);
    /* a pong nobody asked for */
    uint8_t pong[8] = {0};
    a.l->ping_out = false;
    assert_int_equal(weal_link_send(b.l, WEAL_P2P_PONG, WEAL_BYTES(pong), NULL), WEAL_OK);
    settle(&b, &a, 6050, -1, -1);
    assert_int_equal(a.why, WEAL_V_P2P_PING);
    assert_int_equal(b.why, WEAL_V_P2P_REFUSED);
    side_close(&a), side_close(&b);
}

/* A peer that stops taking bytes is let go of; one that never finishes a message too. */
static void stalled_peers_are_let_go_of(void **state) {
    (void)state;
    static struct side a, b;
    static uint8_t body[1 << 20];
    side_init(&a, 1, false), side_init(&b, 2, false);
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    settle(&a, &b, 0, -1, -1);
    assert_int_equal(weal_link_send(a.l, WEAL_P2P_BODY, WEAL_BYTES(body), NULL), WEAL_OK);
    size_t n = weal_link_pull(a.l, b.in, WEAL_P2P_RECORD_MAX, 100);
    b.in_n = n;
    side_read(&b, 100);
    a.l->heard_ms = b.l->heard_ms = WEAL_P2P_STALL_MS; /* pings go on */
    assert_int_equal(weal_link_tick(a.l, 100 + WEAL_P2P_STALL_MS - 1), WEAL_ACCEPT);
    assert_int_equal(weal_link_tick(a.l, 102 + WEAL_P2P_STALL_MS), WEAL_V_P2P_STALLED);
    assert_int_equal(weal_link_tick(b.l, 102 + WEAL_P2P_STALL_MS), WEAL_V_P2P_STALLED);
    side_close(&a), side_close(&b);
}

static void votes_of_others_can_be_kept_out(void **state) {
    (void)state;
    static struct side a, b;
    side_init(&a, 1, false), side_init(&b, 2, false);
    b.cfg.votes_from_validators_only = true;
    side_open(&a, true, NULL), side_open(&b, false, NULL);
    settle(&a, &b, 0, -1, -1);
    assert_int_equal(weal_link_send(a.l, WEAL_P2P_VOTE, WEAL_BYTES_LIT("x"), NULL), WEAL_OK);
    assert_int_equal(weal_link_send(a.l, WEAL_P2P_CERT, WEAL_BYTES_LIT("x"), NULL), WEAL_OK);
    settle(&a, &b, 0, -1, -1);
    assert_int_equal(b.messages, 1);
    assert_int_equal(b.types[0], WEAL_P2P_CERT);
    assert_int_equal(b.l->dropped_votes, 1);
    side_close(&a), side_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_validators_prove_who_they_are),
        cmocka_unit_test(tampering_with_any_bit_ends_the_link),
        cmocka_unit_test(strangers_are_told_why),
        cmocka_unit_test(a_man_in_the_middle_is_seen),
        cmocka_unit_test(hello_comes_first_and_once),
        cmocka_unit_test(pings_measure_and_silence_ends),
        cmocka_unit_test(stalled_peers_are_let_go_of),
        cmocka_unit_test(votes_of_others_can_be_kept_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
