/* SPDX-License-Identifier: ISC */
/* Records, pieces, precedence, budgets. Two ends share keys and pass bytes by hand. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "p2p/frame.h"

struct end {
    struct weal_frame_out out;
    struct weal_frame_in in;
    void *mem;
    struct weal_frame_host host;
    size_t lent, lent_max, takes, budget;
    uint32_t released;
};

static uint8_t *take(void *ctx, size_t n) {
    struct end *e = ctx;
    e->takes++;
    if (e->lent + n > e->budget) return NULL;
    e->lent += n;
    if (e->lent > e->lent_max) e->lent_max = e->lent;
    return malloc(n);
}
static void give(void *ctx, uint8_t *p, size_t n) {
    ((struct end *)ctx)->lent -= n;
    free(p);
}
static void release(void *ctx, void *token) {
    (void)token;
    ((struct end *)ctx)->released++;
}

static void end_init(struct end *e) {
    struct weal_noise_cipher c;
    memset(e, 0, sizeof *e);
    memset(&c, 0, sizeof c);
    memset(c.key, 5, 32);
    e->host = (struct weal_frame_host){e, take, give, release};
    e->budget = 1 << 30;
    e->mem = malloc(weal_frame_out_footprint());
    weal_frame_out_init(&e->out, &c, &e->host, e->mem, 0);
    weal_frame_in_init(&e->in, &c, &e->host, 0);
}
static void end_close(struct end *e) {
    weal_frame_out_close(&e->out);
    weal_frame_in_close(&e->in);
    assert_int_equal(e->lent, 0);
    free(e->mem);
}

/* Reads everything in buf; returns the verdict of a refusal, collects the types of messages. */
static enum weal_verdict drain(struct end *e, uint8_t *buf, size_t n, uint64_t now, unsigned *types,
                               uint32_t *count) {
    size_t at = 0, used;
    struct weal_frame_msg m;
    for (;;) {
        enum weal_frame_got got = weal_frame_read(&e->in, buf + at, n - at, &used, now, &m);
        at += used;
        if (got == WEAL_FRAME_REFUSED) return m.verdict;
        if (got != WEAL_FRAME_MESSAGE) return WEAL_ACCEPT;
        if (types) types[*count] = m.type;
        if (count) ++*count;
    }
}

/* A plaintext of the tester's making, sealed as the peer would. */
static enum weal_verdict read_plain(struct end *e, struct weal_bytes plain) {
    static uint8_t rec[WEAL_P2P_RECORD_MAX];
    weal_put_le16(rec, (uint16_t)(plain.n + 16));
    memcpy(rec + 2, plain.p, plain.n);
    assert_true(weal_noise_seal(&e->out.cipher, weal_bytes(rec, 2), rec + 2, plain.n, rec + 2));
    return drain(e, rec, plain.n + 18, 0, NULL, NULL);
}

static void messages_arrive_whole_in_any_slices(void **state) {
    (void)state;
    struct end a, b;
    static uint8_t body[300000], wire[1 << 20];
    end_init(&a), end_init(&b);
    for (size_t i = 0; i < sizeof body; i++) body[i] = (uint8_t)(i * 7 + i / 256);
    const size_t sizes[] = {0, 1, 63, 64, 65, 16377, 16378, 40000, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_BODY, weal_bytes(body, sizes[i]), &a),
                         WEAL_OK);
    }
    size_t n = weal_frame_pull(&a.out, wire, sizeof wire, 0);
    assert_int_equal(a.released, sizeof sizes / sizeof *sizes);
    assert_int_equal(weal_frame_waiting(&a.out), 0);
    /* bytes come in slices of 1, 2, 3, ... */
    size_t have = 0, at = 0, got_n = 0;
    for (size_t slice = 1; at < n || have < n; slice = slice % 5000 + 1) {
        struct weal_frame_msg m;
        size_t used;
        have = have + slice < n ? have + slice : n;
        for (;;) {
            enum weal_frame_got got = weal_frame_read(&b.in, wire + at, have - at, &used, 0, &m);
            at += used;
            assert_true(got == WEAL_FRAME_MORE || got == WEAL_FRAME_MESSAGE);
            if (got == WEAL_FRAME_MORE) break;
            assert_int_equal(m.type, WEAL_P2P_BODY);
            assert_int_equal(m.bytes.n, sizes[got_n]);
            assert_memory_equal(m.bytes.p, body, m.bytes.n);
            got_n++;
        }
    }
    assert_int_equal(got_n, sizeof sizes / sizeof *sizes);
    end_close(&a), end_close(&b);
}

/* A vote queued behind 2 MiB of body leaves with the next record. */
static void a_vote_overtakes_a_body(void **state) {
    (void)state;
    struct end a, b;
    static uint8_t body[2 << 20], vote[130], wire[4 << 20];
    unsigned types[16];
    uint32_t count = 0;
    end_init(&a), end_init(&b);
    assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_BODY, WEAL_BYTES(body), NULL), WEAL_OK);
    size_t n = weal_frame_pull(&a.out, wire, 4 * WEAL_P2P_RECORD_MAX, 0); /* under way */
    assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_TX_GET, WEAL_BYTES(vote), NULL), WEAL_OK);
    assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_VOTE, WEAL_BYTES(vote), NULL), WEAL_OK);
    size_t one = weal_frame_pull(&a.out, wire + n, WEAL_P2P_RECORD_MAX, 0);
    assert_int_equal(drain(&b, wire, n + one, 0, types, &count), WEAL_ACCEPT);
    assert_int_equal(count, 1);
    assert_int_equal(types[0], WEAL_P2P_VOTE);
    n = weal_frame_pull(&a.out, wire, sizeof wire, 0);
    assert_int_equal(drain(&b, wire, n, 0, types, &count), WEAL_ACCEPT);
    assert_int_equal(count, 3);
    /* the transactions' turn came after 32 pieces of body, though the body was not through */
    assert_int_equal(types[1], WEAL_P2P_TX_GET);
    assert_int_equal(types[2], WEAL_P2P_BODY);
    end_close(&a), end_close(&b);
}

/* Classes come in order, and none starves for ever behind a stream of more urgent ones. */
static void no_class_starves(void **state) {
    (void)state;
    struct end a, b;
    static uint8_t vote[480], wire[WEAL_P2P_RECORD_MAX];
    end_init(&a), end_init(&b);
    unsigned types[4096];
    uint32_t count = 0, records = 0;
    assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_PEX, WEAL_BYTES(vote), NULL), WEAL_OK);
    for (bool done = false; !done && records < 100; records++) {
        while (a.out.queue[0].count < 200) {
            assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_VOTE, WEAL_BYTES(vote), NULL),
                             WEAL_OK);
        }
        count = 0;
        size_t n = weal_frame_pull(&a.out, wire, sizeof wire, 0);
        assert_int_equal(drain(&b, wire, n, 0, types, &count), WEAL_ACCEPT);
        for (uint32_t i = 0; i < count; i++) done |= types[i] == WEAL_P2P_PEX;
    }
    assert_true(records <= 2);
    end_close(&a), end_close(&b);
}

static void queues_have_limits(void **state) {
    (void)state;
    struct end a;
    static uint8_t big[WEAL_P2P_CAP_BODY + 1];
    end_init(&a);
    assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_BODY, WEAL_BYTES(big), NULL),
                     WEAL_ERR_INVALID);
    assert_int_equal(weal_frame_send(&a.out, 99, weal_bytes(big, 1), NULL), WEAL_ERR_INVALID);
    uint32_t sent = 0;
    while (weal_frame_send(&a.out, WEAL_P2P_BODY, weal_bytes(big, 1 << 20), NULL) == WEAL_OK) {
        sent++;
    }
    assert_int_equal(sent, WEAL_P2P_QUEUE_BODY_BYTES >> 20);
    /* a vote still has its place */
    assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_VOTE, weal_bytes(big, 100), NULL), WEAL_OK);
    sent = 1;
    while (weal_frame_send(&a.out, WEAL_P2P_VOTE, weal_bytes(big, 100), NULL) == WEAL_OK) sent++;
    assert_int_equal(sent, WEAL_P2P_QUEUE_VOTE_MSGS);
    end_close(&a);
}

/* A message announced above its type's cap is refused before a byte is taken for it. */
static void oversized_messages_are_refused_before_allocation(void **state) {
    (void)state;
    for (unsigned type = 1; type < 128; type++) {
        const struct weal_p2p_type_info *info = weal_p2p_type_info(type);
        if (!info->name) continue;
        struct end e;
        uint8_t plain[64];
        end_init(&e);
        struct weal_wr w = weal_wr(plain, sizeof plain);
        weal_wr_u8(&w, (uint8_t)type);
        weal_wr_u16(&w, 1);
        weal_wr_u32(&w, info->cap + 1);
        weal_wr_u8(&w, 0);
        assert_int_equal(read_plain(&e, weal_wr_done(&w)), WEAL_V_P2P_CAP);
        assert_int_equal(e.takes, 0);
        end_close(&e);
    }
}

/* Only announcing a large message pins little. */
static void announced_lengths_pin_little(void **state) {
    (void)state;
    struct end e;
    uint8_t plain[64];
    end_init(&e);
    struct weal_wr w = weal_wr(plain, sizeof plain);
    weal_wr_u8(&w, WEAL_P2P_BLOCKS);
    weal_wr_u16(&w, 1);
    weal_wr_u32(&w, WEAL_P2P_CAP_BLOCKS);
    weal_wr_u8(&w, 0);
    assert_int_equal(read_plain(&e, weal_wr_done(&w)), WEAL_ACCEPT);
    assert_true(e.lent <= WEAL_P2P_REASSEMBLY_FIRST);
    assert_true(weal_frame_oldest(&e.in) == 0);
    end_close(&e);
    end_init(&e); /* and our own shortage is said to be ours */
    e.budget = 1000;
    assert_int_equal(read_plain(&e, weal_wr_done(&w)), WEAL_V_P2P_MEMORY);
    end_close(&e);
}

static void malformed_pieces_are_refused(void **state) {
    (void)state;
    static const struct {
        uint8_t plain[16];
        uint8_t n;
        enum weal_verdict want;
    } bad[] = {
        {{99, 0, 0, 0, 0, 0, 0}, 7, WEAL_V_P2P_TYPE},
        {{0, 0, 0, 0, 0, 0, 0}, 7, WEAL_V_P2P_TYPE},
        {{16}, 1, WEAL_V_P2P_PIECE},
        {{16, 1, 0, 1, 0, 0, 0}, 7, WEAL_V_P2P_PIECE},       /* a byte is missing */
        {{16, 2, 0, 1, 0, 0, 0, 5, 5}, 9, WEAL_V_P2P_PIECE}, /* longer than its message */
        {{16, 0, 0, 1, 0, 0, 0}, 7, WEAL_V_P2P_PIECE},       /* an empty beginning */
        {{0x80, 1, 0, 5}, 4, WEAL_V_P2P_PIECE},              /* nothing to continue */
        {{0x85, 1, 0, 5}, 4, WEAL_V_P2P_PIECE},              /* no such class */
        {{0xff, 0, 0}, 3, WEAL_V_P2P_PIECE},
        {{16, 1, 0, 2, 0, 0, 0, 5, 16, 1, 0, 1, 0, 0, 0, 5}, 16, WEAL_V_P2P_PIECE}, /* two open */
        {{16, 1, 0, 2, 0, 0, 0, 5, 0x80, 2, 0, 5, 5}, 13, WEAL_V_P2P_PIECE}, /* too long an end */
        {{16, 1, 0, 2, 0, 0, 0, 5, 0x80, 0, 0}, 11, WEAL_V_P2P_PIECE},       /* an empty piece */
        {{16, 1, 0, 2, 0, 0, 0, 5, 0x80, 1, 0, 5}, 12, WEAL_ACCEPT},
        {{16, 0, 0, 0, 0, 0, 0}, 7, WEAL_ACCEPT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct end e;
        end_init(&e);
        assert_int_equal(read_plain(&e, weal_bytes(bad[i].plain, bad[i].n)), bad[i].want);
        end_close(&e);
    }
}

static void records_are_checked(void **state) {
    (void)state;
    struct end a, b;
    static uint8_t wire[WEAL_P2P_RECORD_MAX], vote[100];
    for (int bit = 0; bit < (2 + 16 + 107) * 8; bit++) {
        end_init(&a), end_init(&b);
        assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_VOTE, WEAL_BYTES(vote), NULL), WEAL_OK);
        size_t n = weal_frame_pull(&a.out, wire, sizeof wire, 0);
        assert_int_equal(n, 2 + 16 + 107);
        wire[bit / 8] ^= (uint8_t)(1 << bit % 8);
        uint32_t count = 0;
        enum weal_verdict v = drain(&b, wire, sizeof wire, 0, NULL, &count);
        if (v != WEAL_V_P2P_RECORD_LENGTH || bit >= 16) assert_int_equal(v, WEAL_V_P2P_DECRYPT);
        assert_int_equal(count, 0);
        assert_int_equal(drain(&b, wire, n, 0, NULL, NULL), WEAL_V_P2P_CLOSED); /* dead for good */
        end_close(&a), end_close(&b);
    }
    for (unsigned len = 0; len < 65536; len += len < 20 || len > 16380 ? 1 : 1000) {
        if (len > 16500 && len < 65500) continue;
        uint8_t head[2] = {(uint8_t)len, (uint8_t)(len >> 8)};
        end_init(&a);
        bool ok = len >= 17 && len <= 16400;
        assert_int_equal(drain(&a, head, 2, 0, NULL, NULL),
                         ok ? WEAL_ACCEPT : WEAL_V_P2P_RECORD_LENGTH);
        end_close(&a);
    }
}

/* A peer beyond its budget is read more slowly; nothing is lost. */
static void budgets_slow_down_floods(void **state) {
    (void)state;
    struct end a, b;
    static uint8_t pex[16384], wire[1 << 20];
    uint32_t count = 0;
    end_init(&a), end_init(&b);
    size_t n = 0;
    for (int i = 0; i < 32; i++) { /* 512 KiB of addresses; the budget is 16 KiB a second */
        a.out.queue[WEAL_P2P_CLASS_PEX].pace.tokens = 1 << 20; /* a sender without manners */
        assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_PEX, WEAL_BYTES(pex), NULL), WEAL_OK);
        n += weal_frame_pull(&a.out, wire + n, sizeof wire - n, 0);
    }
    uint64_t now = 0;
    size_t at = 0, used;
    struct weal_frame_msg m;
    while (count < 32) {
        enum weal_frame_got got = weal_frame_read(&b.in, wire + at, n - at, &used, now, &m);
        at += used;
        count += got == WEAL_FRAME_MESSAGE;
        assert_true(got == WEAL_FRAME_MESSAGE || got == WEAL_FRAME_WAIT);
        if (got == WEAL_FRAME_WAIT) now += m.wait_ms;
    }
    assert_in_range(now, 20000, 30000); /* (512 - 128) KiB at 16 KiB a second */
    /* a sender with manners never makes the receiver wait */
    end_close(&a), end_close(&b);
    end_init(&a), end_init(&b);
    now = 0;
    count = 0;
    for (int sent = 0; count < 16;) {
        if (sent < 16) {
            sent += weal_frame_send(&a.out, WEAL_P2P_PEX, WEAL_BYTES(pex), NULL) == WEAL_OK;
        }
        n = weal_frame_pull(&a.out, wire, sizeof wire, now);
        if (n == 0 && a.out.wait_ms != 0) now += a.out.wait_ms;
        for (at = 0;;) {
            enum weal_frame_got got = weal_frame_read(&b.in, wire + at, n - at, &used, now, &m);
            at += used;
            assert_true(got != WEAL_FRAME_WAIT && got != WEAL_FRAME_REFUSED);
            if (got == WEAL_FRAME_MORE) break;
            count++;
        }
    }
    assert_true(now > 5000);
    end_close(&a), end_close(&b);
}

/* Both directions change keys together, many times. */
static void rekeying_is_in_step(void **state) {
    (void)state;
    struct end a, b;
    static uint8_t wire[WEAL_P2P_RECORD_MAX], vote[10];
    uint32_t count = 0;
    uint8_t first[32];
    end_init(&a), end_init(&b);
    memcpy(first, a.out.cipher.key, 32);
    for (uint32_t i = 0; i < 3 * WEAL_P2P_REKEY_RECORDS + 5; i++) {
        assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_VOTE, WEAL_BYTES(vote), NULL), WEAL_OK);
        size_t n = weal_frame_pull(&a.out, wire, sizeof wire, i);
        assert_int_equal(drain(&b, wire, n, i, NULL, &count), WEAL_ACCEPT);
    }
    assert_int_equal(count, 3 * WEAL_P2P_REKEY_RECORDS + 5);
    assert_memory_not_equal(first, a.out.cipher.key, 32);
    assert_memory_equal(a.out.cipher.key, b.in.cipher.key, 32);
    end_close(&a), end_close(&b);
}

static void closing_gives_everything_back(void **state) {
    (void)state;
    struct end a, b;
    static uint8_t body[1 << 20], wire[1 << 19];
    end_init(&a), end_init(&b);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weal_frame_send(&a.out, WEAL_P2P_BODY, WEAL_BYTES(body), &a), WEAL_OK);
    }
    size_t n = weal_frame_pull(&a.out, wire, sizeof wire, 0);
    assert_int_equal(drain(&b, wire, n, 0, NULL, NULL), WEAL_ACCEPT);
    assert_true(b.lent > 0);
    end_close(&b);
    end_close(&a);
    assert_int_equal(a.released, 3);
    uint8_t zeros[sizeof a.out.cipher] = {0};
    assert_memory_equal(&a.out.cipher, zeros, sizeof zeros);
    assert_memory_equal(&b.in.cipher, zeros, sizeof zeros);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_arrive_whole_in_any_slices),
        cmocka_unit_test(a_vote_overtakes_a_body),
        cmocka_unit_test(no_class_starves),
        cmocka_unit_test(queues_have_limits),
        cmocka_unit_test(oversized_messages_are_refused_before_allocation),
        cmocka_unit_test(announced_lengths_pin_little),
        cmocka_unit_test(malformed_pieces_are_refused),
        cmocka_unit_test(records_are_checked),
        cmocka_unit_test(budgets_slow_down_floods),
        cmocka_unit_test(rekeying_is_in_step),
        cmocka_unit_test(closing_gives_everything_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
