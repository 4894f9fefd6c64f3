/* SPDX-License-Identifier: ISC */
/* The ledger once more, plain and slow: what consensus/LEDGER.md says, over arrays that are
 * searched from end to end, to predict every balance and every refusal. It shares with the ledger
 * the generated records, the parameters, the names of refusals and the hashes of crypto/, and no
 * line of consensus/exec or consensus/mod: an error would have to be made twice to hide. It takes
 * transactions decoded, and is told whether their signatures and proofs hold. Where LEDGER.md says
 * only what is refused, not which refusal comes first, the twin has the order that refusals have in
 * the daemon.
 * One thread; aborts when one of its arrays is full. */
#ifndef WEAL_TESTS_SIM_TWIN_H
#define WEAL_TESTS_SIM_TWIN_H

#include "consensus/gen/tx_gen.h"
#include "consensus/params.h"
#include "crypto/base/verdict.h"

enum {
    TWIN_ACCOUNTS = 16384,
    TWIN_SEATS = 128,
    TWIN_TERMS = 4096,
    TWIN_OFFENCES = 256,
    TWIN_EVENTS = 32768,
    TWIN_PEOPLE = 4096,
    TWIN_POOLS = 16,
    TWIN_WINDOWS = 4096,
    TWIN_WAITING = 16384,
    TWIN_COHORTS = 2048,
    TWIN_RINGS = 8192,
    TWIN_ATTESTORS = 8,
    TWIN_TAGS = 32768,
    TWIN_SHOWN = 32768,
    TWIN_STOPS = 4096,
    TWIN_EPOCHS = 4096,
};

struct twin_account {
    uint8_t key[32];
    bool exists;
    uint64_t nonce, it, ibc; /* ibc as it was at `step` */
    uint64_t step;
};
struct twin_supply {
    uint64_t minted, burned;
};

/* ---- people ---- */
struct twin_path {
    uint8_t n, text[24];
};
enum twin_status {
    TWIN_CHALLENGE = 1,
    TWIN_LIVE,
    TWIN_SUSPENDED,
    TWIN_STRUCK,
    TWIN_ROTATED,
    TWIN_REVOKED,
    TWIN_EXPIRED,
};
enum twin_place { TWIN_NOWHERE, TWIN_WAITS, TWIN_DEALT, TWIN_HELD };
struct twin_handle {
    uint8_t handle[32];
    unsigned suffix;
};
struct twin_person {
    uint8_t key[32], successor[32];
    enum twin_status status;
    enum twin_place place;
    uint32_t serial;
    struct twin_path home, pool, next_home, next_pool;
    uint64_t enrolled, challenge, valid, hold, suspended, revoke, revokers, move;
    uint64_t cohort; /* dealt */
    uint32_t lease_year;
    unsigned handles_n;
    struct twin_handle handles[4];
};

/* ---- cohorts ---- */
enum twin_kind { TWIN_HUMANS = 1, TWIN_NOTES = 2 };
struct twin_pool {
    enum twin_kind kind;
    struct twin_path path;
    uint64_t open, entries;
};
struct twin_window {
    unsigned pool;
    uint64_t number, timer, closed;
    bool dealt;
};
struct twin_waiting {
    unsigned pool;
    uint64_t window, number;
    uint8_t key[32], owner[32], tag[32]; /* tag: of a note */
    uint32_t epoch, last;
    unsigned n;
};
struct twin_ring {
    uint64_t cohort, until; /* until: 0 for the newest */
    unsigned version, n;
    uint8_t keys[16][32];
};
struct twin_cohort { /* its number is its place in the array and one */
    unsigned pool, version;
    bool dissolved;
    uint64_t dealt, usable;
    uint32_t epoch, lease_year;
};

/* ---- activity and income ---- */
enum twin_scope {
    TWIN_ACTIVITY = 1,
    TWIN_INCOME = 2,
    TWIN_FACE = 3
}; /* a face's epoch is a year */
struct twin_tag {
    enum twin_scope scope;
    uint32_t epoch;
    unsigned n;
    uint8_t tag[32];
    uint64_t cohort;
    bool lapsed;
};
struct twin_note { /* for ever */
    uint8_t key[32];
    uint32_t epoch;
    uint64_t cohort;
};
struct twin_spent {
    uint8_t nullifier[32];
    uint32_t dealt; /* epoch in which the note was dealt */
    uint64_t height;
};
struct twin_module_key {
    uint32_t epoch, witnessed;
};
struct twin_epoch_sum {
    uint64_t claims, notes, moved;
};
struct twin_stop {
    uint64_t from, to;
};

/* ---- validators ---- */
struct twin_seat {
    uint8_t key[32], account[32];
    bool bound, silent, removed;
    uint64_t from, until; /* of the lease; 0: never leased */
    uint64_t lapse;       /* of a founding seat that nobody leased yet; else 0 */
    uint64_t bond, unbonding;
    unsigned unbondings;
    bool proposed;   /* a block, ever */
    uint32_t term;   /* in which it proposed last */
    uint32_t blocks; /* of that term, proposed by it */
};
struct twin_member {
    uint8_t account[32], seat[32];
    uint64_t weight;
};
struct twin_term { /* its number is its place */
    bool fixed;
    uint8_t beacon[32];  /* at its start; zero before */
    uint64_t first, end; /* height of the first block; time of the last, 0 before */
    unsigned n;
    struct twin_member members[TWIN_SEATS];
};
struct twin_offence {
    uint8_t account[32];
    uint32_t term;
    unsigned kind;
    uint64_t height, slashed;
};

enum twin_event_kind {
    ON_EMPTIED,
    ON_CHALLENGE,
    ON_HOLD,
    ON_SUSPENSION,
    ON_REVOCATION,
    ON_EXPIRY,
    ON_MOVE,
    ON_WINDOW,
    ON_DEAL,
    ON_EPOCH,
    ON_UNBOND,
};
struct twin_event {
    unsigned clock; /* 0 height, 1 time, 2 height, after those of time */
    uint64_t due, number;
    enum twin_event_kind kind;
    uint8_t key[32]; /* account, person or seat */
    uint64_t a, b;   /* nonce; stops so far; pool and window; amount */
};

struct twin {
    struct weal_params p;
    uint64_t genesis_ms, height, now;
    uint64_t parent_bytes, reward, stopped;
    uint8_t beacon[32];
    bool arrival;
    unsigned t, attestors; /* attestors for an ordinary act, and all there are */
    uint32_t renewals;     /* of the attestors' shares */
    uint8_t voprf[32], shares[TWIN_ATTESTORS][32];
    unsigned accounts_n, seats_n, offences_n, events_n, people_n, pools_n, windows_n, waiting_n,
        cohorts_n, rings_n, tags_n, notes_n, spent_n, module_keys_n, stops_n;
    uint32_t module_max; /* notes the module may witness in an epoch */
    uint64_t events_made;
    struct twin_account accounts[TWIN_ACCOUNTS];
    struct twin_seat seats[TWIN_SEATS];
    struct twin_term terms[TWIN_TERMS];
    struct twin_offence offences[TWIN_OFFENCES];
    struct twin_supply supply[3];
    struct twin_event events[TWIN_EVENTS];
    struct twin_person people[TWIN_PEOPLE];
    struct twin_pool pools[TWIN_POOLS];
    struct twin_window windows[TWIN_WINDOWS];
    struct twin_waiting waiting[TWIN_WAITING];
    struct twin_cohort cohorts[TWIN_COHORTS];
    struct twin_ring rings[TWIN_RINGS];
    struct twin_tag tags[TWIN_TAGS];
    struct twin_note notes[TWIN_SHOWN];
    struct twin_spent spent[TWIN_SHOWN];
    struct twin_module_key module_keys[TWIN_EPOCHS];
    struct twin_epoch_sum epochs[TWIN_EPOCHS];
    struct twin_stop stops[TWIN_STOPS];
};

/* ---- what a driver calls ---- */
/* The state of genesis, without its grants, seats and attestors. */
struct twin *twin_new(const struct weal_params *p, uint64_t genesis_ms, const uint8_t chain[32],
                      uint32_t module_max);
void twin_free(struct twin *w);
void twin_grant(struct twin *w, const uint8_t key[32], uint64_t micro);
/* t of n sign an ordinary act; their key and the commitments of their shares. */
void twin_attestors(struct twin *w, unsigned t, unsigned n, const uint8_t voprf[32],
                    const uint8_t (*shares)[32]);
/* A founding seat, in the order of seat keys; when all are told, the first set is fixed. */
void twin_found(struct twin *w, const uint8_t account[32], const uint8_t seat[32], uint64_t bond,
                uint64_t lapse);
void twin_founded(struct twin *w);

/* What is said of a transaction beside its bytes. */
struct twin_told {
    size_t bytes;
    bool signature; /* of the account that pays */
    bool proofs;    /* all else that is signed and proved holds */
    bool point;     /* the key that it registers is one */
};

/* What a node says to this transaction on arrival, on the tip's state. */
enum weal_verdict twin_arrival(struct twin *w, const struct weal_tx *tx, struct twin_told told);
/* What is refused by the bytes alone, before any state. */
enum weal_verdict twin_form(const struct weal_tx *tx);

/* A block: begin, its transactions in order, end. twin_execute: why it cannot be in the block, or
 * ACCEPT and what it must say there. */
void twin_begin(struct twin *w, uint64_t height, uint64_t time_ms, const uint8_t beacon_tag[32]);
enum weal_verdict twin_execute(struct twin *w, const struct weal_tx *tx, struct twin_told told,
                               enum weal_verdict *receipt);
/* proposer: its place in the term's set. */
void twin_end(struct twin *w, unsigned proposer, size_t body);

/* ---- its tables ---- */
const struct twin_account *twin_find(const struct twin *w, const uint8_t key[32]);
/* Balance now; assets as in consensus/tx.h. */
uint64_t twin_balance(const struct twin *w, const uint8_t key[32], unsigned asset);
/* Stored balances and bonds, before demurrage not yet burned. */
uint64_t twin_stored(const struct twin *w, unsigned asset);

const struct twin_person *twin_person(const struct twin *w, const uint8_t key[32]);
/* The entry under which a key waits in a pool of this kind; NULL: it doesn't. */
const struct twin_waiting *twin_waits(const struct twin *w, enum twin_kind kind,
                                      const uint8_t key[32]);
/* A ring that proofs are accepted over, or that is dropped with the next block. */
const struct twin_ring *twin_ring(const struct twin *w, uint64_t cohort, unsigned version);
bool twin_ring_gone(const struct twin *w, const struct twin_ring *r);
const struct twin_tag *twin_tag(const struct twin *w, enum twin_scope scope, uint32_t epoch,
                                unsigned n, const uint8_t tag[32]);
const struct twin_note *twin_note(const struct twin *w, const uint8_t key[32]);
bool twin_spent(const struct twin *w, const uint8_t nullifier[32]);
const struct twin_module_key *twin_module_key(const struct twin *w, uint32_t epoch);
bool twin_claimable(const struct twin *w, uint32_t epoch);
uint32_t twin_epoch(const struct twin *w);
const struct twin_seat *twin_seat(const struct twin *w, const uint8_t key[32]);
/* The seat of an account; NULL: it has none. */
const struct twin_seat *twin_seat_of(const struct twin *w, const uint8_t account[32]);
/* NULL: not fixed yet. */
const struct twin_term *twin_term(const struct twin *w, uint32_t term);
uint32_t twin_term_now(const struct twin *w);
/* Of n seats with these bonds. */
void twin_weights(const uint64_t *bonds, uint64_t *weights, unsigned n);
uint32_t twin_year(uint64_t ms);
uint64_t twin_date(uint32_t year, unsigned month); /* its first day */

/* ---- between its parts ---- */
struct twin_account *twin_account(struct twin *w, const uint8_t key[32]); /* made when missing */
struct twin_event *twin_event(struct twin *w, unsigned clock, uint64_t due,
                              enum twin_event_kind kind, const uint8_t *key);
void twin_receive(struct twin *w, const uint8_t key[32], unsigned asset, uint64_t micro);

/* twin_attest.c */
/* Enough of them, each once, all of them known, none of `without`. */
enum weal_verdict twin_attested(const struct twin *w, const struct weal_tx_attest *list, unsigned n,
                                unsigned needed, uint64_t without);
enum weal_verdict twin_renewal_form(const struct weal_tx *tx);
enum weal_verdict twin_renewal_check(const struct twin *w, const struct weal_tx *tx);
void twin_renewal_apply(struct twin *w, const struct weal_tx *tx);

/* twin_people.c */
enum weal_verdict twin_people_form(const struct weal_tx *tx);
enum weal_verdict twin_people_check(const struct twin *w, const struct weal_tx *tx, bool point);
void twin_people_apply(struct twin *w, const struct weal_tx *tx);
void twin_people_due(struct twin *w, const struct twin_event *e);
bool twin_path_good(struct weal_bytes path);
bool twin_path_within(const uint8_t *a, size_t a_n,
                      struct weal_bytes b); /* a: b or what is above */
struct twin_person *twin_person_of(struct twin *w, const uint8_t key[32]);
void twin_person_enter(struct twin *w, struct twin_person *h);

/* twin_cohort.c */
unsigned twin_pool(struct twin *w, enum twin_kind kind, struct weal_bytes path);
/* What e has but for its window and number is the caller's. */
void twin_enter(struct twin *w, struct twin_waiting e);
void twin_unwait(struct twin *w, unsigned at);
void twin_leave(struct twin *w, struct twin_person *h);
void twin_window_due(struct twin *w, unsigned pool, uint64_t window);
void twin_deal_due(struct twin *w, unsigned pool, uint64_t window);
bool twin_closed(const struct twin *w, unsigned pool, uint64_t window);

/* twin_income.c */
enum weal_verdict twin_income_form(const struct weal_tx *tx);
enum weal_verdict twin_income_check(const struct twin *w, const struct weal_tx *tx, bool point);
void twin_income_apply(struct twin *w, const struct weal_tx *tx);
void twin_epoch_due(struct twin *w);
void twin_note_dealt(struct twin *w, const uint8_t key[32], uint64_t cohort);
void twin_moved(struct twin *w, uint64_t micro);
/* May a proof be over this version of this cohort now? */
enum weal_verdict twin_ring_check(const struct twin *w, enum twin_kind kind, uint64_t cohort,
                                  unsigned version, const struct twin_cohort **out);
void twin_show(struct twin *w, enum twin_scope scope, uint32_t epoch, unsigned n,
               const uint8_t tag[32], uint64_t cohort);

/* twin_seat.c */
enum weal_verdict twin_seat_form(const struct weal_tx *tx);
/* have: IT of the payer, behind the fee. */
enum weal_verdict twin_seat_check(const struct twin *w, const struct weal_tx *tx, uint64_t have);
/* from: who paid; NULL for a lease and evidence. */
void twin_seat_apply(struct twin *w, const struct weal_tx *tx, struct twin_account *from);
void twin_seat_due(struct twin *w, const uint8_t seat[32], uint64_t micro);
void twin_seat_end(struct twin *w, unsigned proposer);

#endif
