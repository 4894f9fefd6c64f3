/* SPDX-License-Identifier: ISC */
/* Accounts: transfers, fees, nonces, limits, failing, and a twin that keeps the books beside.
 * Rows, T-22. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "consensus/mod/module.h"
#include "tests/support/chain.h"

static struct chain *c;
static struct chain_tx t, u, *one[2] = {&t, &u};
static uint8_t alice[32], alice_key[32], bob[32], bob_key[32];

static int setup(void **state) {
    (void)state;
    c = chain_new(NULL);
    chain_account(c, alice, alice_key);
    chain_account(c, bob, bob_key);
    chain_transfer(c, &t, c->faucet_secret, alice_key, WEAL_ASSET_IT, 10000000);
    chain_block(c, one, 1, 50);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    assert_true(chain_conserved(c));
    chain_free(c);
    return 0;
}
static enum weal_verdict try(void) {
    return chain_try(c, &t, NULL);
}
static uint64_t it(const uint8_t key[32]) {
    return chain_balance(c, key, WEAL_ASSET_IT);
}

/* Makes the last body look large, so that fees are due. */
static void load(void) {
    struct chain_tx *big = calloc(1200, sizeof *big), **list = calloc(1200, sizeof *list);
    uint64_t nonce = chain_nonce(c, c->faucet);
    for (unsigned i = 0; i < 1200; i++) {
        uint8_t s[32], k[32];
        chain_account(c, s, k);
        chain_transfer(c, &big[i], c->faucet_secret, k, WEAL_ASSET_IT, 100000);
        struct weal_transfer *x = &big[i].tx.act.transfer;
        x->nonce = ++nonce;
        for (x->outputs_n = 0; x->outputs_n < 16; x->outputs_n++) {
            chain_account(c, s, x->outputs[x->outputs_n].to);
            x->outputs[x->outputs_n].amount = 100000;
        }
        chain_sign(c, &big[i], c->faucet_secret);
        list[i] = &big[i];
    }
    chain_block(c, list, 1200, 50);
    assert_true(c->body_n > c->p.block_bytes_max / 4);
    free(big);
    free(list);
}

static void a_transfer_moves_what_it_says(void **state) {
    (void)state;
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 4000000);
    struct weal_tx_info info;
    assert_int_equal(chain_try(c, &t, &info), WEAL_ACCEPT);
    assert_int_equal(info.lane, WEAL_EXEC_FEE);
    assert_int_equal(info.nonce, 1);
    assert_int_equal(info.account_nonce, 0);
    assert_int_equal(info.proofs, 0);
    assert_memory_equal(info.sender, alice_key, 32);
    chain_block(c, one, 1, 50);
    assert_int_equal(it(alice_key), 6000000);
    assert_int_equal(it(bob_key), 4000000);
    assert_int_equal(c->receipts[0].code, WEAL_ACCEPT);
    assert_memory_equal(c->receipts[0].id, info.id, 32);
}

static void t_22_no_transaction_knows_two_assets(void **state) {
    (void)state;
    /* by construction: a transfer names one asset, its fee is in it; every other account act is in
     * IT alone and none of them has an asset field */
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IBC, 1000000);
    assert_int_equal(try(),
                     WEAL_V_TX_FEE_UNPAID); /* IT neither pays for IBC nor stands in for it */
    for (unsigned asset = 0; asset < 256; asset++) {
        if (asset == WEAL_ASSET_IT || asset == WEAL_ASSET_IBC) continue;
        t.tx.act.transfer.asset = (uint8_t)asset;
        chain_sign(c, &t, alice);
        assert_int_equal(try(), WEAL_V_TRANSFER_ASSET);
    }
    assert_int_equal(sizeof(struct weal_tx_output) - offsetof(struct weal_tx_output, amount), 8);
}

static void x_05_the_conversion_matrix_is_closed(void **state) {
    (void)state;
    struct weal_st_supply ibc;
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 4000000);
    chain_block(c, one, 1, 50);
    chain_supply(c, WEAL_ASSET_IBC, &ibc);
    assert_int_equal(ibc.minted + ibc.burned + ibc.stored, 0);
}

static void x_09_every_form_is_refused_by_name(void **state) {
    (void)state;
    struct weal_transfer *x = &t.tx.act.transfer;
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 1000000);
    x->outputs_n = 0;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TRANSFER_OUTPUTS);
    x->outputs_n = 2;
    x->outputs[1] = x->outputs[0];
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TRANSFER_SELF);
    memcpy(x->outputs[1].to, alice_key, 32);
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TRANSFER_SELF);
    memcpy(x->outputs[1].to, c->faucet, 32);
    x->outputs[1].amount = 0;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TRANSFER_AMOUNT);
    x->outputs[1].amount = UINT64_MAX;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TRANSFER_AMOUNT);
    x->outputs_n = 1;
    x->fee = UINT64_MAX;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TRANSFER_AMOUNT);
    x->fee = 20000000;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TX_FEE_UNPAID);
    x->fee = 9500000;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TRANSFER_BALANCE);
    x->fee = 0;
    x->valid_until = c->height;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TX_EXPIRED);
    x->valid_until = c->height + 1 + c->p.valid_blocks_max;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_ACCEPT);
    x->valid_until++;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TX_VALID_FAR);
    x->valid_until = c->height + 5;
    x->nonce = 64;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_ACCEPT); /* 64 ahead may wait */
    x->nonce = 65;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TX_NONCE_GAP);
    x->nonce = 0;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TX_NONCE_USED);
    x->nonce = 1;
    chain_sign(c, &t, bob);
    assert_int_equal(try(), WEAL_V_TX_SIGNATURE);
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_ACCEPT);
    t.b[0] = 2;
    assert_int_equal(try(), WEAL_V_TX_VERSION);
    t.b[0] = 1;
    t.b[2] = 0x7f;
    assert_int_equal(try(), WEAL_V_ENCODING);
    t.b[2] = 0x01;
    t.n--;
    assert_int_equal(try(), WEAL_V_ENCODING);
    t.n += 2;
    assert_int_equal(try(), WEAL_V_ENCODING);
    t.n = 0;
    assert_int_equal(try(), WEAL_V_ENCODING);
}

static void a_signature_is_for_one_chain(void **state) {
    (void)state;
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 1000000);
    uint8_t id[32];
    memcpy(id, c->id, 32);
    c->id[0] ^= 1;
    chain_sign(c, &t, alice);
    c->id[0] ^= 1;
    assert_int_equal(try(), WEAL_V_TX_SIGNATURE);
}

static void a_nonce_is_used_once(void **state) {
    (void)state;
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 1000000);
    chain_block(c, one, 1, 50);
    assert_int_equal(try(), WEAL_V_TX_NONCE_USED);
    /* in a block a gap is refused too */
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 1000000);
    t.tx.act.transfer.nonce++;
    chain_sign(c, &t, alice);
    uint8_t body[1024];
    struct weal_header h;
    chain_header(c, &h, 50);
    size_t n = chain_body(body, sizeof body, one, 1);
    assert_int_equal(chain_execute(c, &h, weal_bytes(body, n)), WEAL_V_TX_NONCE_GAP);
}

static void small_amounts_make_no_accounts(void **state) {
    (void)state;
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 99999);
    assert_int_equal(try(), WEAL_ACCEPT); /* seen when it is executed: it pays and does nothing */
    chain_block(c, one, 1, 50);
    assert_int_equal(c->receipts[0].code, WEAL_V_TRANSFER_SMALL);
    assert_int_equal(it(alice_key), 10000000);
    assert_int_equal(it(bob_key), 0);
    assert_int_equal(chain_nonce(c, alice_key), 1);
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 100000);
    chain_block(c, one, 1, 50);
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 1); /* once there, any amount */
    chain_block(c, one, 1, 50);
    assert_int_equal(it(bob_key), 100001);
}

static void dust_is_burned(void **state) {
    (void)state;
    struct weal_st_supply before, after;
    chain_supply(c, WEAL_ASSET_IT, &before);
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 10000000 - 99999);
    chain_block(c, one, 1, 50);
    chain_supply(c, WEAL_ASSET_IT, &after);
    assert_int_equal(it(alice_key), 0);
    assert_int_equal(after.burned - before.burned, 99999);
}

static void g_x_5_fees_are_due_when_blocks_fill(void **state) {
    (void)state;
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 1000000);
    assert_int_equal(try(), WEAL_ACCEPT); /* free while the last body is small */
    load();
    assert_int_equal(try(), WEAL_V_TX_FEE_LOW);
    uint64_t due = t.n * 10 + 1000;
    t.tx.act.transfer.fee = due - 1;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_V_TX_FEE_LOW);
    t.tx.act.transfer.fee = due;
    chain_sign(c, &t, alice);
    assert_int_equal(try(), WEAL_ACCEPT);
    struct weal_st_supply before, after;
    chain_supply(c, WEAL_ASSET_IT, &before);
    chain_block(c, one, 1, 50);
    chain_supply(c, WEAL_ASSET_IT, &after);
    assert_int_equal(after.burned - before.burned, due - due / 2);
    const uint8_t *proposer = c->genesis.validators[c->header.proposer].account;
    assert_int_equal(it(proposer), due / 2);
    assert_int_equal(it(alice_key), 10000000 - 1000000 - due);
}

static void a_failing_one_pays_and_changes_nothing_else(void **state) {
    (void)state;
    uint8_t other[32], other_key[32];
    chain_account(c, other, other_key);
    /* two outputs, the second too small: the first is undone */
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 1000000);
    struct weal_transfer *x = &t.tx.act.transfer;
    x->outputs_n = 2;
    memcpy(x->outputs[1].to, other_key, 32);
    x->outputs[1].amount = 5;
    x->fee = 7000;
    chain_sign(c, &t, alice);
    struct weal_st_supply before, after;
    chain_supply(c, WEAL_ASSET_IT, &before);
    chain_block(c, one, 1, 50);
    chain_supply(c, WEAL_ASSET_IT, &after);
    assert_int_equal(c->receipts[0].code, WEAL_V_TRANSFER_SMALL);
    assert_int_equal(it(alice_key), 10000000 - 7000);
    assert_int_equal(it(bob_key), 0);
    assert_int_equal(chain_nonce(c, alice_key), 1);
    assert_int_equal(after.burned - before.burned, 3500);
    assert_true(chain_conserved(c));
}

static void spending_twice_in_a_block_fails_the_second(void **state) {
    (void)state;
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 6000000);
    chain_transfer(c, &u, alice, bob_key, WEAL_ASSET_IT, 6000000);
    u.tx.act.transfer.nonce++;
    chain_sign(c, &u, alice);
    chain_block(c, one, 2, 50);
    assert_int_equal(c->receipts[0].code, WEAL_ACCEPT);
    assert_int_equal(c->receipts[1].code, WEAL_V_TRANSFER_BALANCE);
    assert_int_equal(it(bob_key), 6000000);
}

static void unknown_senders_cannot_fail_for_free(void **state) {
    (void)state;
    chain_transfer(c, &t, bob, alice_key, WEAL_ASSET_IT, 1000000);
    assert_int_equal(try(), WEAL_V_TX_FEE_UNPAID);
    uint8_t body[1024];
    struct weal_header h;
    chain_header(c, &h, 50);
    size_t n = chain_body(body, sizeof body, one, 1);
    assert_int_equal(chain_execute(c, &h, weal_bytes(body, n)), WEAL_V_TX_FEE_UNPAID);
}

static void emptied_accounts_are_removed_when_nothing_can_be_repeated(void **state) {
    (void)state;
    struct weal_params p;
    weal_params_preset(&p, WEAL_PRESET_DEVNET);
    p.valid_blocks_max = 40;
    chain_free(c);
    c = chain_new(&(struct chain_options){.params = &p});
    chain_transfer(c, &t, c->faucet_secret, alice_key, WEAL_ASSET_IT, 1000000);
    t.tx.act.transfer.valid_until = c->height + 20;
    chain_sign(c, &t, c->faucet_secret);
    chain_block(c, one, 1, 50);
    chain_transfer(c, &t, alice, bob_key, WEAL_ASSET_IT, 1000000);
    t.tx.act.transfer.valid_until = c->height + 41;
    chain_sign(c, &t, alice);
    chain_block(c, one, 1, 50);
    assert_int_equal(chain_nonce(c, alice_key), 1);
    chain_blocks(c, 40, 50);
    assert_int_equal(chain_nonce(c, alice_key), 1);
    chain_blocks(c, 1, 50);
    assert_int_equal(chain_nonce(c, alice_key), 0); /* gone */
    assert_int_equal(try(), WEAL_V_TX_EXPIRED);     /* and its transaction too */
}

static void x_07_amounts_do_not_overflow(void **state) {
    (void)state;
    static _Alignas(64) uint8_t mem[1 << 17];
    struct weal_draft d;
    struct weal_ctx x;
    struct weal_acct a;
    chain_look(c, &x, &d, mem, sizeof mem);
    weal_acct_load(&x, alice_key, &a);
    assert_int_equal(weal_acct_add(&x, &a, WEAL_ASSET_IT, UINT64_MAX), WEAL_V_BALANCE_OVERFLOW);
    assert_int_equal(weal_supply_mint(&x, WEAL_ASSET_IT, UINT64_MAX), WEAL_V_BALANCE_OVERFLOW);
    weal_acct_load(&x, bob_key, &a);
    for (unsigned k = 8; k > 0; k--) { /* in any order they end up sorted */
        assert_int_equal(weal_acct_add(&x, &a, (enum weal_asset)(10 + k), 1), WEAL_ACCEPT);
    }
    for (unsigned i = 1; i < 8; i++) {
        assert_true(a.a.balances[i - 1].asset < a.a.balances[i].asset);
    }
    assert_int_equal(weal_acct_add(&x, &a, WEAL_ASSET_IT, 1), WEAL_V_BALANCE_FULL);
}

/* ---- the twin ---- */

enum { TWIN = 12 };
static struct {
    uint8_t secret[32], key[32];
    uint64_t it, nonce;
} twin[TWIN];
static uint64_t twin_burned;

/* What the rules say, in the plainest words. */
static enum weal_verdict twin_transfer(unsigned from, unsigned to, uint64_t amount, uint64_t fee) {
    twin[from].nonce++;
    twin[from].it -= fee;
    twin_burned += fee - fee / 2;
    if (twin[from].it < amount) return WEAL_V_TRANSFER_BALANCE;
    if (twin[to].it == 0 && amount < 100000) return WEAL_V_TRANSFER_SMALL;
    twin[from].it -= amount;
    twin[to].it += amount;
    if (twin[from].it < 100000) {
        twin_burned += twin[from].it;
        twin[from].it = 0;
    }
    return WEAL_ACCEPT;
}

static void x_07_a_twin_keeps_the_same_books(void **state) {
    (void)state;
    struct chain_tx *txs = calloc(64, sizeof *txs), *list[64];
    enum weal_verdict expect[64];
    uint64_t r = 12345;
    struct weal_st_supply start, end;
    for (unsigned i = 0; i < TWIN; i++) {
        chain_account(c, twin[i].secret, twin[i].key);
        twin[i].nonce = 0;
        twin[i].it = 2000000;
        chain_transfer(c, &t, c->faucet_secret, twin[i].key, WEAL_ASSET_IT, 2000000);
        chain_block(c, one, 1, 50);
    }
    chain_supply(c, WEAL_ASSET_IT, &start);
    twin_burned = 0;
    unsigned codes[3] = {0};
    for (unsigned round = 0; round < 30; round++) {
        unsigned n = 0;
        for (unsigned tries = 0; n < 64 && tries < 1000; tries++) {
            r = r * 6364136223846793005u + 1442695040888963407u;
            unsigned from = (unsigned)(r >> 33) % TWIN, to = (unsigned)(r >> 45) % TWIN;
            uint64_t amount = 1 + (r >> 20) % ((r >> 60) < 3 ? 300000 : 3000000);
            uint64_t fee = (r >> 40) % 3000;
            if (from == to || twin[from].it <= fee) continue;
            struct chain_tx *x = &txs[n];
            chain_transfer(c, x, twin[from].secret, twin[to].key, WEAL_ASSET_IT, amount);
            x->tx.act.transfer.nonce = twin[from].nonce + 1;
            x->tx.act.transfer.fee = fee;
            chain_sign(c, x, twin[from].secret);
            expect[n] = twin_transfer(from, to, amount, fee);
            list[n] = x;
            n++;
        }
        chain_block(c, list, n, 50);
        for (unsigned i = 0; i < n; i++) {
            assert_int_equal(c->receipts[i].code, expect[i]);
            codes[expect[i] == WEAL_ACCEPT ? 0 : expect[i] == WEAL_V_TRANSFER_SMALL ? 1 : 2]++;
        }
        for (unsigned i = 0; i < TWIN; i++) {
            assert_int_equal(it(twin[i].key), twin[i].it);
            if (twin[i].it != 0) assert_int_equal(chain_nonce(c, twin[i].key), twin[i].nonce);
        }
    }
    assert_true(codes[0] > 100 && codes[1] > 0 && codes[2] > 10);
    chain_supply(c, WEAL_ASSET_IT, &end);
    assert_int_equal(end.burned - start.burned, twin_burned);
    assert_int_equal(end.minted, start.minted);
    free(txs);
}

/* Signatures looked at ahead: of each whether it holds, and of all whether any does not. */
static void signatures_ahead(void **state) {
    (void)state;
    enum { N = 70 };
    static struct chain_tx all[N];
    struct weal_tx_signed s[N];
    for (int i = 0; i < N; i++) {
        chain_transfer(c, &all[i], c->faucet_secret, alice_key, WEAL_ASSET_IT, 1 + (uint64_t)i);
        s[i].tx = weal_bytes(all[i].b, all[i].n);
    }
    assert_true(weal_txs_signed_var(c->id, s, 0));
    assert_true(weal_txs_signed_var(c->id, s, N));
    for (int i = 0; i < N; i++) {
        uint8_t id[32];
        weal_tx_id(id, s[i].tx);
        assert_true(s[i].good);
        assert_memory_equal(s[i].id, id, 32);
    }
    all[66].b[all[66].n - 1] ^= 1; /* the signature's end */
    s[67].tx.n--;                  /* can't be read */
    assert_false(weal_txs_signed_var(c->id, s, N));
    for (int i = 0; i < N; i++) assert_int_equal(s[i].good, i != 66 && i != 67);
    assert_true(weal_txs_signed_var(c->id, s, 66));
    assert_false(weal_txs_signed_var(c->id, s + 67, 1));
    assert_false(weal_txs_signed_var(alice_key, s, 1)); /* for another chain */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_transfer_moves_what_it_says),
        TEST(t_22_no_transaction_knows_two_assets),
        TEST(x_05_the_conversion_matrix_is_closed),
        TEST(x_09_every_form_is_refused_by_name),
        TEST(a_signature_is_for_one_chain),
        TEST(signatures_ahead),
        TEST(a_nonce_is_used_once),
        TEST(small_amounts_make_no_accounts),
        TEST(dust_is_burned),
        TEST(g_x_5_fees_are_due_when_blocks_fill),
        TEST(a_failing_one_pays_and_changes_nothing_else),
        TEST(spending_twice_in_a_block_fails_the_second),
        TEST(unknown_senders_cannot_fail_for_free),
        TEST(emptied_accounts_are_removed_when_nothing_can_be_repeated),
        TEST(x_07_amounts_do_not_overflow),
        TEST(x_07_a_twin_keeps_the_same_books),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
