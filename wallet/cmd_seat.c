/* SPDX-License-Identifier: ISC */
/* weal seat: a validator's seat from the device of the person behind it. KEYFILE holds the secrets
 * of the validator's account and seat (weald keygen). Leasing shows a human's ring proof and the
 * seat's key, and nothing ties the two to a person; the rest is signed by the account, from its own
 * IT.
 *
 * Every command says what should be true in the end and looks, with proofs, what is true already:
 * so it may be repeated after any interruption, and does only what is missing. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/sig/sig.h"
#include "wallet/app_agent.h"
#include "wallet/service/serve.h"

enum {
#define T(ID, byte, name, key, record) TABLE_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
    POLL_MS = 200,
    PATIENCE_MS = 120000,
    VALID_BLOCKS = 600
};

struct seat {
    uint8_t secret[64]; /* account's, seat's */
    uint8_t account[32], key[32];
    struct weal_st_seat at; /* proven; zero when there is none */
};

static int usage(const struct weal_app *a) {
    return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage",
                         "say: weal seat KEYFILE, or weal seat KEYFILE lease, bond IT, or return; "
                         "weald keygen KEYFILE makes the file");
}

static bool keys_read(const char *path, struct seat *s) {
    char text[160];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text, f) : 0;
    if (f) fclose(f);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' ')) n--;
    bool ok = weal_hex_read(text, n, s->secret, 64) && weal_sig_public(s->account, s->secret) &&
              weal_human_key(s->key, s->secret + 32);
    sodium_memzero(text, sizeof text);
    return ok;
}

/* The seat's record under the newest header. */
static int look(struct weal_app *a, struct seat *s) {
    static uint8_t value[65536];
    uint8_t key[33] = {TABLE_SEAT};
    size_t n = 0;
    bool present = false;
    memcpy(key + 1, s->key, 32);
    enum weal_trust_result r = weal_trust_record(&a->trust, WEAL_BYTES(key), value, &n, &present);
    if (r != WEAL_TRUST_OK) return weal_app_fail_trust(a, r);
    memset(&s->at, 0, sizeof s->at);
    struct weal_rd rd = weal_rd(weal_bytes(value, n));
    if (present) weal_st_seat_get(&rd, &s->at);
    return !present || weal_rd_done(&rd) ? 0 : weal_app_fail_trust(a, WEAL_TRUST_LIE);
}

/* ---- telling ---- */

static void date_write(char out[16], uint64_t ms) {
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(out, 16, "%Y-%m-%d", &tm);
}

static int show(struct weal_app *a, const struct seat *s) {
    struct weal_app_account x;
    char bond[WEAL_AMOUNT_TEXT], out[WEAL_AMOUNT_TEXT], have[WEAL_AMOUNT_TEXT],
        least[WEAL_AMOUNT_TEXT];
    char address[WEAL_ADDRESS_TEXT], until[16] = "";
    int code = weal_app_account(a, s->account, &x);
    if (code != 0) return code;
    bool enough = s->at.bond >= a->trust.params.bond_min_micro;
    weal_amount_write(bond, s->at.bond);
    weal_amount_write(out, s->at.unbonding);
    weal_amount_write(have, x.micro[WEAL_ASSET_IT]);
    weal_amount_write(least, a->trust.params.bond_min_micro);
    weal_address_write(address, a->file.prefix, s->account);
    if (s->at.lease_until_ms != 0) date_write(until, s->at.lease_until_ms);
    const char *next = s->at.removed                                   ? "removed"
                       : s->at.lapse == 0 && s->at.lease_until_ms == 0 ? "lease"
                       : !enough                                       ? "bond"
                       : s->at.silent                                  ? "return"
                                                                       : "none";
    if (a->json) {
        return weal_app_json(
            json_pack("{s:o, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:b}", "seat",
                      weal_app_hex(s->key, 32), "account", address, "leased_until", until, "bound",
                      memcmp(s->at.account, s->account, 32) == 0, "bond", bond, "bond_min", least,
                      "unbonding", out, "balance", have, "silent", s->at.silent, "removed",
                      s->at.removed, "next", next, "verified", 1));
    }
    printf("Seat of account\n  %s\nwhich has %s IT.\n", address, have);
    if (s->at.removed) {
        puts("It was removed after evidence of two votes in one view, and never votes again.");
    } else if (strcmp(next, "lease") == 0) {
        puts("Not leased: weal seat KEYFILE lease");
    } else {
        if (until[0] != 0) printf("Leased until %s. ", until);
        printf("Bond %s IT, %s on the way out; at least %s count.\n", bond, out, least);
        if (strcmp(next, "bond") == 0) printf("Next: weal seat KEYFILE bond %s\n", least);
        if (s->at.silent) puts("It was silent for a term: weal seat KEYFILE return");
        if (strcmp(next, "none") == 0) {
            puts("With this it is in the set of the next term that is fixed, and stays in it.");
        }
    }
    return 0;
}

/* ---- sending ---- */

/* What became of it, as far as the node says: 0 and the height when it is final. */
static int fate(struct weal_app *a, const uint8_t id[32], uint64_t *height) {
    json_t *o;
    *height = 0;
    if (weal_wallet_rpc_call(&a->rpc, "tx.status", json_pack("{s:o}", "id", weal_app_hex(id, 32)),
                             &o) != WEAL_OK)
        return weal_app_fail(a, WEAL_EXIT_NODE, "wallet-node", "the node does not answer");
    const char *status = json_string_value(json_object_get(o, "status"));
    const char *why = json_string_value(json_object_get(o, "code"));
    int code = 0;
    if (status && strcmp(status, "final") == 0)
        *height = (uint64_t)json_integer_value(json_object_get(o, "height"));
    if (status && strcmp(status, "refused") == 0)
        code = weal_app_fail(a, WEAL_EXIT_REFUSED, why ? why : "refused", "the node refused it");
    json_decref(o);
    return code;
}

/* Sends the act and waits until its receipt proves that it did what it says; then looks again. */
static int perform(struct weal_app *a, struct seat *s, const struct weal_act *act) {
    json_t *o, *bytes = weal_serve_hex(act->bytes, act->n);
    uint64_t begin = weal_app_now_ms(), height = 0;
    char said[64];
    enum weal_err e =
        weal_wallet_rpc_call(&a->rpc, "tx.submit", json_pack("{s:o}", "tx", bytes), &o);
    if (e == WEAL_ERR_INVALID)
        return weal_app_fail(a, WEAL_EXIT_REFUSED, a->rpc.error, "%s", a->rpc.sentence);
    if (e != WEAL_OK)
        return weal_app_fail(a, WEAL_EXIT_NODE, "wallet-node", "the node does not answer");
    json_decref(o);
    while (height == 0) {
        int code = fate(a, act->id, &height);
        if (code != 0) return code;
        if (weal_app_now_ms() - begin > PATIENCE_MS) {
            return weal_app_fail(a, WEAL_EXIT_NODE, "wallet-not-final",
                                 "not final yet; say the same again to go on");
        }
        struct timespec ts = {0, POLL_MS * 1000000};
        if (height == 0) nanosleep(&ts, NULL);
    }
    enum weal_trust_result r = weal_trust_receipt(&a->trust, height, act->id, said);
    if (r != WEAL_TRUST_OK) return weal_app_fail_trust(a, r);
    if (strcmp(said, weal_verdict_name(WEAL_ACCEPT)) != 0) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, said,
                             "it failed in block %llu (weal explain %s); its fee is spent",
                             (unsigned long long)height, said);
    }
    return look(a, s);
}

static bool is_bound(const struct seat *s) {
    return memcmp(s->at.account, s->account, 32) == 0;
}

/* ---- what is asked ---- */

static uint64_t date_ms(int year, int month) { /* its first day */
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 1};
    return (uint64_t)timegm(&tm) * 1000;
}

/* For the year that the chain's clock shows; in December for the next one when this one is had. */
static int lease(struct weal_app *a, struct seat *s) {
    static struct weal_act act;
    const struct weal_act_ring *ring;
    struct weal_psa psa;
    struct weal_look at;
    uint8_t random[64];
    time_t now = (time_t)(a->trust.at.time_ms / 1000);
    struct tm tm;
    gmtime_r(&now, &tm);
    int year = tm.tm_year + 1900;
    /* a lease of year y runs to 31 January of y + 1 */
    if (s->at.lease_until_ms >= date_ms(year + 1, 2)) {
        bool next = a->trust.at.time_ms >= date_ms(year, 12);
        if (!next || s->at.lease_until_ms >= date_ms(year + 2, 2)) return 0;
        year++;
    }
    int code = weal_app_agent(a, &psa, &at);
    if (code != 0) return code;
    randombytes_buf(random, sizeof random);
    enum weal_err e = weal_psa_ring(&psa, &ring);
    if (e != WEAL_OK) {
        code = weal_app_fail(a, e == WEAL_ERR_CORRUPT ? WEAL_EXIT_LIE : WEAL_EXIT_REFUSED, psa.name,
                             "%s", psa.sentence);
    } else if (weal_act_seat_lease(&act, &a->trust.chain, psa.x, (uint16_t)year, ring,
                                   s->secret + 32, random) != WEAL_ACCEPT) {
        code = weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "the lease could not be made");
    }
    sodium_memzero(random, sizeof random);
    weal_psa_close(&psa);
    weal_look_release(&at);
    return code == 0 ? perform(a, s, &act) : code;
}

/* One act signed by the account: made once to learn its size, then with the fee that asks for. */
static int say(struct weal_app *a, struct seat *s, uint16_t kind, uint64_t amount) {
    static struct weal_act act;
    struct weal_app_account x;
    uint8_t random[32];
    int code = weal_app_account(a, s->account, &x);
    if (code != 0) return code;
    if (!x.exists) {
        return weal_app_fail(a, WEAL_EXIT_REFUSED, "wallet-no-account",
                             "the seat's account has nothing yet: pay IT to it first (weal seat "
                             "KEYFILE shows its address)");
    }
    randombytes_buf(random, sizeof random);
    struct weal_act_seat v = {.nonce = x.nonce + 1,
                              .valid_until = a->trust.at.height + VALID_BLOCKS,
                              .amount = amount,
                              .seat = s->secret + 32,
                              .random = random};
    enum weal_verdict e = weal_act_seat(&act, &a->trust.chain, kind, s->secret, &v);
    v.fee = weal_app_fee(a, act.n);
    if (e == WEAL_ACCEPT && v.fee != 0)
        e = weal_act_seat(&act, &a->trust.chain, kind, s->secret, &v);
    sodium_memzero(random, sizeof random);
    if (e != WEAL_ACCEPT)
        return weal_app_fail(a, WEAL_EXIT_WALLET, "wallet-record", "%s", weal_verdict_name(e));
    return perform(a, s, &act);
}

/* Binds the seat to its account if that was not done, then brings the bond to this amount. */
static int bond(struct weal_app *a, struct seat *s, uint64_t micro) {
    int code = is_bound(s) ? 0 : say(a, s, WEAL_TX_SEAT_BIND, 0);
    if (code != 0 || s->at.bond == micro) return code;
    return micro > s->at.bond ? say(a, s, WEAL_TX_SEAT_BOND, micro - s->at.bond)
                              : say(a, s, WEAL_TX_SEAT_UNBOND, s->at.bond - micro);
}

int weal_cmd_seat(struct weal_app *a, int argc, char **argv) {
    struct seat s = {0};
    uint64_t micro = 0;
    const char *what = argc > 1 ? argv[1] : "";
    bool to_bond = argc == 3 && strcmp(what, "bond") == 0;
    if (argc < 1 || argc > 3 || (argc == 3) != to_bond ||
        (argc == 2 && strcmp(what, "lease") != 0 && strcmp(what, "return") != 0))
        return usage(a);
    if (to_bond && strcmp(argv[2], "0") != 0 && !weal_amount_read(&micro, argv[2])) {
        return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-usage",
                             "a bond is an amount of IT with at most six decimal places, or 0");
    }
    if (!keys_read(argv[0], &s)) {
        sodium_memzero(&s, sizeof s);
        return weal_app_fail(a, WEAL_EXIT_USAGE, "wallet-keyfile",
                             "%s does not hold a validator's two secrets (weald keygen)", argv[0]);
    }
    int code = weal_app_file(a);
    if (code == 0) code = weal_app_trust(a);
    if (code == 0) code = look(a, &s);
    if (code == 0 && s.at.removed && argc > 1 && !to_bond) {
        code = weal_app_fail(a, WEAL_EXIT_REFUSED, "seat-removed",
                             "evidence was brought against this seat; it never votes again");
    }
    if (code == 0 && strcmp(what, "lease") == 0) code = lease(a, &s);
    if (code == 0 && to_bond) code = bond(a, &s, micro);
    if (code == 0 && strcmp(what, "return") == 0)
        code = s.at.silent ? say(a, &s, WEAL_TX_SEAT_RETURN, 0) : 0;
    if (code == 0) code = show(a, &s);
    sodium_memzero(&s, sizeof s);
    return code == 0 ? weal_app_fresh(a) : code;
}
