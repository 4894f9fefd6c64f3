/* SPDX-License-Identifier: ISC */
/* What ledger modules see of the world while a transaction or block is looked at: the block's time
 * and height, parameters, typed access to the tables, counters that are written once at the end of
 * the block, the queue of deadlines, and the proofs to be gathered.
 *
 * Records are read and written by value; VAR fields of a record that was read view memory that
 * holds until the record's key is written again: copy what must outlive that.
 * A failure of storage sticks in err and ends the block with BLOCK_STATE: callers needn't look.
 * Private to consensus/exec and consensus/mod. */
#ifndef WEAL_CONSENSUS_EXEC_CTX_H
#define WEAL_CONSENSUS_EXEC_CTX_H

#include "consensus/exec/exec.h"

/* ---- keys ---- */
struct weal_key {
    uint8_t b[112];
    size_t n;
};
enum weal_table {
#define T(ID, byte, name, key, record) WEAL_T_##ID = byte,
#include "consensus/exec/tables.def"
#undef T
};
struct weal_key weal_key(enum weal_table t);
void weal_key_u8(struct weal_key *k, uint8_t v);
void weal_key_u16(struct weal_key *k, uint16_t v);
void weal_key_u32(struct weal_key *k, uint32_t v);
void weal_key_u64(struct weal_key *k, uint64_t v);
void weal_key_32(struct weal_key *k, const uint8_t v[32]);
void weal_key_path(struct weal_key *k, struct weal_bytes jurisdiction);
/* The common ones. */
struct weal_key weal_key_of32(enum weal_table t, const uint8_t v[32]);
struct weal_key weal_key_of64(enum weal_table t, uint64_t v);
static inline struct weal_bytes weal_key_bytes(const struct weal_key *k) {
    return (struct weal_bytes){k->b, k->n};
}

/* ---- the context ---- */

/* An account in hand: its record brought to the present, and what is stored of it. */
struct weal_acct {
    struct weal_st_account a;
    uint64_t stored[WEAL_ASSETS]; /* amounts in the state */
    uint64_t melted;              /* micro-IBC of demurrage since */
    bool exists;
};

/* Counters a failing transaction must undo along with its writes. */
struct weal_tally {
    struct weal_st_supply supply[WEAL_ASSETS];
    struct weal_st_epoch stats;
    uint64_t cohorts, deadlines;
    uint64_t reward; /* micro-IT for the proposer */
};

/* Items of the batch besides transactions; "nobody" is none. */
#define WEAL_EXEC_NOBODY UINT64_MAX
#define WEAL_EXEC_HEADER UINT32_MAX

struct weal_ctx {
    struct weal_exec *x;
    struct weal_draft *d;
    struct weal_params p;
    struct weal_st_chain chain; /* as after the parent; this block's at its end */
    struct weal_tally tally;
    uint64_t height, now_ms;
    uint32_t epoch, step, term;
    enum weal_err err;
    /* the transaction in hand */
    const struct weal_tx *tx;
    uint8_t id[32], hash[32];
    uint32_t item;
    uint32_t proofs;         /* appended for it */
    struct weal_acct sender; /* account acts */
    bool checking;           /* on arrival: nonces may be ahead */
    bool known_only;         /* proposing: what the cache does not know is refused */
    uint64_t culprit;        /* of a proof that failed; WEAL_EXEC_NOBODY */
};

/* Reads params and chain record and places the context in a block of that height and time. False
 * when the state is no chain's. */
bool weal_ctx_open(struct weal_ctx *c, struct weal_exec *x, struct weal_draft *d, uint64_t height,
                   uint64_t now_ms);
/* Writes counters and chain record back. */
void weal_ctx_close(struct weal_ctx *c);

struct weal_ctx_mark {
    struct weal_draft_mark draft;
    struct weal_tally tally;
};
struct weal_ctx_mark weal_ctx_mark(const struct weal_ctx *c);
void weal_ctx_rewind(struct weal_ctx *c, const struct weal_ctx_mark *m);

/* ---- time ---- */
static inline uint32_t weal_epoch_at(const struct weal_params *p, uint64_t genesis_ms, uint64_t t) {
    return t < genesis_ms ? 0 : (uint32_t)((t - genesis_ms) / p->epoch_ms);
}
/* Block time of the start of an epoch. */
static inline uint64_t weal_epoch_start(const struct weal_params *p, uint64_t genesis_ms,
                                        uint64_t epoch) {
    return genesis_ms + epoch * p->epoch_ms;
}
/* Term of a height >= 1; terms count from 0 and end at multiples of term_blocks. */
static inline uint32_t weal_term_at(const struct weal_params *p, uint64_t height) {
    return height == 0 ? 0 : (uint32_t)((height - 1) / p->term_blocks);
}
/* Proleptic Gregorian calendar, UTC: year of a time, and the time at which a day of it begins. */
uint32_t weal_year_of(uint64_t ms);
uint64_t weal_date_ms(uint32_t year, unsigned month, unsigned day);

/* ---- tables, one line each in tables.def ----
 * load: false when there is none (out is then all zero). store, drop: stick errors in c->err. */
#define T(ID, byte, name, key, record)                                                             \
    bool weal_##name##_load(struct weal_ctx *c, const struct weal_key *k,                          \
                            struct weal_##record *out);                                            \
    void weal_##name##_store(struct weal_ctx *c, const struct weal_key *k,                         \
                             const struct weal_##record *x);
#include "consensus/exec/tables.def"
#undef T
bool weal_has(struct weal_ctx *c, const struct weal_key *k);
void weal_drop(struct weal_ctx *c, const struct weal_key *k);
/* Next key under prefix after `after` (may be the same object as the last result; empty: first). */
bool weal_next(struct weal_ctx *c, const struct weal_key *prefix, struct weal_key *after,
               struct weal_bytes *value);

/* ---- deadlines ---- */
enum weal_deadline {
#define D(ID, number, module, what) WEAL_D_##ID = number,
#include "consensus/exec/deadlines.def"
#undef D
};
enum weal_clock {
    WEAL_CLOCK_HEIGHT = 0, /* soon, and somebody waits for it: counts as pending */
    WEAL_CLOCK_TIME = 1,
    WEAL_CLOCK_LATER = 2, /* a height nobody waits for */
};
void weal_deadline_add(struct weal_ctx *c, enum weal_clock clock, uint64_t due,
                       enum weal_deadline kind, struct weal_bytes what);
/* Works off what is due, at most WEAL_EXEC_DEADLINES_MAX. */
void weal_deadlines_run(struct weal_ctx *c);

/* True when the queue's first deadline of this clock is due. at_any: any at all. */
bool weal_deadline_waits(struct weal_ctx *c, enum weal_clock clock, bool at_any);

/* ---- proofs: appended to the batch unless the cache knows them; a verdict when they can't be ----
 */
void weal_proofs_begin(struct weal_ctx *c);
/* Verifies what was gathered; false names the item of a proof that does not hold. */
bool weal_proofs_verify(struct weal_ctx *c, uint32_t *culprit);
enum weal_verdict weal_prove_pop(struct weal_ctx *c, const uint8_t key[32], const char *role,
                                 const uint8_t proof[64]);
enum weal_verdict weal_prove_ring(struct weal_ctx *c, uint64_t cohort, uint16_t version,
                                  const struct weal_st_ring *ring, struct weal_scope scope,
                                  const uint8_t tag[32], const uint8_t *nullifier,
                                  struct weal_bytes proof);
enum weal_verdict weal_prove_refund(struct weal_ctx *c, struct weal_scope scope,
                                    const uint8_t tag[32], const uint8_t note[32],
                                    const uint8_t proof[128]);
/* The header's beacon, under the item WEAL_EXEC_HEADER; moves the chain's beacon on. */
enum weal_verdict weal_prove_beacon(struct weal_ctx *c, const struct weal_header *h,
                                    const uint8_t seat[32]);
/* The decompressed points of a ring, as derived records. */
void weal_ring_points_store(struct weal_ctx *c, uint64_t cohort, uint16_t version,
                            const struct weal_st_ring *ring);
void weal_ring_points_drop(struct weal_ctx *c, uint64_t cohort, uint16_t version);
/* True when bytes are a canonical point and not the identity. */
bool weal_point_valid(const uint8_t key[32]);

#endif
