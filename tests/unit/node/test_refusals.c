/* SPDX-License-Identifier: ISC */
/* What a core refuses by itself: transactions it does not take, answers to block sync that lie. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "p2p/gen/msg_gen.h"
#include "p2p/limits.h"
#include "p2p/msg.h"
#include "tests/support/nodes.h"

static void answered(void *ctx, const uint8_t id[32], enum weal_verdict v) {
    (void)id;
    *(enum weal_verdict *)ctx = v;
}

static void transactions_that_are_not_taken(void **state) {
    (void)state;
    static uint8_t tx[WEAL_P2P_TX_MAX + 1];
    struct nodes *w = nodes_new(1, 1, 1);
    struct weal_core *c = w->node[0].core;
    enum weal_verdict v = WEAL_ACCEPT, first = WEAL_V_COUNT;
    weal_core_hold(c, false, true);
    assert_int_equal(nodes_submit(w, 0, weal_bytes(tx, 100)), WEAL_V_NODE_HOLDS);
    weal_core_hold(c, false, false);
    assert_int_equal(nodes_submit(w, 0, weal_bytes(tx, sizeof tx)), WEAL_V_ENCODING);
    /* more than the queue holds, before the core gets round to them */
    for (unsigned i = 0; i < 100000 && v == WEAL_ACCEPT; i++) {
        weal_put_le32(tx, i);
        weal_core_submit(c, weal_bytes(tx, WEAL_P2P_TX_MAX), answered, i == 0 ? &first : &v);
        assert_int_equal(first, WEAL_V_COUNT); /* waits */
        if (v == WEAL_V_COUNT) v = WEAL_ACCEPT;
    }
    assert_int_equal(v, WEAL_V_POOL_BUSY);
    nodes_run(w, 1000);
    assert_int_equal(first,
                     WEAL_V_ENCODING); /* it was looked at in the end, and is no transaction */
    assert_true(nodes_reach(w, 3, 60000));
    nodes_free(w);
}

/* Changes the next answer of block sync that is on its way to node i; false: there is none. */
static bool spoil(struct nodes *w, uint32_t i, bool (*change)(struct weal_p2p_blocks *)) {
    static struct weal_p2p_blocks m;
    static uint8_t out[WEAL_P2P_CAP_BLOCKS];
    for (size_t k = 0; k < w->mail_n; k++) {
        struct nodes_mail *mail = &w->mail[k];
        if (mail->to != i || mail->type != WEAL_P2P_BLOCKS) continue;
        struct weal_rd r = weal_rd(weal_bytes(mail->bytes, mail->n));
        weal_p2p_blocks_get(&r, &m);
        assert_true(weal_rd_done(&r));
        if (!change(&m)) continue;
        struct weal_wr wr = weal_wr(out, sizeof out);
        weal_p2p_blocks_put(&wr, &m);
        struct weal_bytes changed = weal_wr_done(&wr);
        uint8_t *bytes = malloc(changed.n);
        assert_non_null(bytes);
        memcpy(bytes, changed.p, changed.n);
        free(mail->bytes);
        mail->bytes = bytes;
        mail->n = changed.n;
        return true;
    }
    return false;
}

static bool leave_one_out(struct weal_p2p_blocks *m) {
    if (m->blocks_n < 3) return false;
    m->blocks_n--;
    memmove(&m->blocks[1], &m->blocks[2], (m->blocks_n - 1) * sizeof m->blocks[0]);
    return true;
}
static bool certificate_of_another(struct weal_p2p_blocks *m) {
    if (m->blocks_n < 3 || m->blocks[1].cert.n == 0) return false;
    m->blocks[0].cert = m->blocks[1].cert;
    return true;
}

static void lies_of_block_sync(void **state) {
    static const struct {
        bool (*change)(struct weal_p2p_blocks *);
        enum weal_verdict why;
    } lies[] = {{leave_one_out, WEAL_V_SYNC_LINK},
                {certificate_of_another, WEAL_V_SYNC_CERTIFICATE}};
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct nodes *w = nodes_new(5, 4, 2);
        bool lied = false;
        nodes_kill(w, 4, WEAL_DISK_LOSE_ALL);
        assert_true(nodes_reach(w, 80, 600000));
        assert_int_equal(nodes_restart(w, 4), WEAL_OK);
        for (int ms = 0; ms < 30000 && w->node[4].blamed == 0; ms++) {
            lied = lied || spoil(w, 4, lies[i].change);
            nodes_run(w, 1);
        }
        assert_true(lied);
        assert_int_equal(w->node[4].why, lies[i].why);
        assert_int_equal(w->node[4].blamed, 1);
        assert_true(nodes_reach(w, 90, 60000)); /* from the others */
        nodes_agree(w);
        nodes_free(w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transactions_that_are_not_taken),
        cmocka_unit_test(lies_of_block_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
