/* SPDX-License-Identifier: ISC */
/* Agreement: Simplex, as a pure state machine. One call, weal_bft_step: an event and the time go
 * in, effects come out; no clock, no I/O, no heap, no signature. The same object code runs in the
 * daemon, in the simulator and in the fuzzer. Rules: consensus/SPEC.md; names E P N C S F T A B R
 * W.
 *
 * What it knows: views, subjects, certificates, and of a block its id and five header fields. What
 * it does not: bodies, execution, sockets. Blocks and their ancestry are the caller's tree; bft
 * speaks of blocks by id.
 *
 * THE LAW OF EFFECTS. Effects are performed in their order, with one rule: SEND, BROADCAST,
 * FORWARD, DELIVER, TERM_END and EVIDENCE only after everything that any earlier APPEND gave is
 * durable, and every body that was built, verified or certified before as well. So a turn is: step
 * as often as there are events; append; one sync; then release. The others (SIGN, TIMER, BUILD,
 * VERIFY, CERTIFY, FETCH, ALARM) may be acted upon at once. Nothing waits inside the core for the
 * sync.
 *
 * Flow of a block:
 *   leader:  BUILD -> [execute, store body] -> BUILT -> SIGN notarize -> SIGNED -> APPEND,
 * BROADCAST others:  PROPOSAL -> VERIFY -> [execute, store body] -> VERIFIED -> SIGN notarize ->
 * SIGNED -> ... all:     2/3 notarize -> BROADCAST certificate; CERTIFY unless verified here ->
 * CERTIFIED -> SIGN finalize -> SIGNED -> ...; 2/3 finalize -> DELIVER Every request (BUILD,
 * VERIFY, CERTIFY, SIGN) is answered by its event, now or later, in any order except that SIGNED
 * answers come in the order of the SIGN effects. Answers out of date are ignored.
 *
 * Memory: weal_bft_footprint() bytes given at init, nothing else. Thread: one at a time. Nothing
 * here is secret. Foreign bytes never reach an assertion. */
#ifndef WEAL_CONSENSUS_BFT_BFT_H
#define WEAL_CONSENSUS_BFT_BFT_H

#include "consensus/light/cert.h"
#include "consensus/light/set.h"
#include "crypto/base/err.h"

enum {
    WEAL_BFT_WINDOW = 256,   /* views kept, a power of two */
    WEAL_BFT_RETENTION = 64, /* views below the last final one whose votes are still taken */
    WEAL_BFT_DEPTH = 64,     /* unfinalized blocks above the last final one */
    WEAL_BFT_GAPS_MAX = 64,  /* nullifications a proposal carries */
    WEAL_BFT_EFFECTS_MAX = 1280,
    WEAL_BFT_ANSWER_MAX = 16, /* certificates answered to one request, or resent at once */
};

/* ---- configuration ---- */

enum weal_bft_forward {
    WEAL_BFT_FORWARD_NONE,
    WEAL_BFT_FORWARD_SILENT_LEADER, /* to the next leader, if its vote was not seen (default) */
    WEAL_BFT_FORWARD_SILENT_VOTERS, /* to all whose vote was not seen */
};

/* All times in milliseconds. weal_bft_config_lan() and _wan() fill the defaults. */
struct weal_bft_config {
    uint32_t leader_timeout_ms;  /* t_l: proposal, from entry; more than heartbeat */
    uint32_t advance_timeout_ms; /* t_a: certified notarization, from entry; more than t_l */
    uint32_t retry_ms;           /* t_r */
    uint32_t skip_timeout_ms;    /* a leader silent this long is not waited for; 0: never skip */
    uint32_t fetch_timeout_ms;
    uint32_t standstill_ms;       /* T_s */
    uint32_t skip_cap_ms;         /* the skip timeout grows to this without finality */
    uint32_t backoff_cap_ms;      /* t_l and t_a grow to this without finality */
    uint32_t view_floor_ms;       /* least duration of a view left by nullification */
    uint32_t min_interval_ms;     /* pace with transactions pending */
    uint32_t heartbeat_ms;        /* pace without */
    uint32_t ahead_ms, behind_ms; /* header time against the voter's clock */
    enum weal_bft_forward forward;
};
void weal_bft_config_lan(struct weal_bft_config *c);
void weal_bft_config_wan(struct weal_bft_config *c);
void weal_bft_config_bench(struct weal_bft_config *c); /* LAN without pace */

/* What bft knows of a block. */
struct weal_bft_block {
    uint8_t id[32];
    uint8_t parent[32];
    uint64_t height;
    uint64_t view; /* header's: of the first proposal; 0 for a term's floor */
    uint64_t time_ms;
};

/* A term: copied where needed, nothing is kept borrowed. */
struct weal_bft_term {
    uint32_t term;
    const struct weal_set *set;     /* passed weal_set_check */
    uint16_t self;                  /* own index, or WEAL_SET_NOBODY: follow only */
    const uint16_t *leaders;        /* WEAL_LEADER_SLOTS, from weal_set_leaders */
    struct weal_bft_block boundary; /* last block of the term before, or genesis: view 0 here */
    uint64_t last_height;           /* this term's boundary height */
};

/* ---- events ---- */

enum weal_bft_event_kind {
    WEAL_BFT_START,        /* once, after init, term and replay */
    WEAL_BFT_TERM,         /* the term's last block is applied; here is the next term */
    WEAL_BFT_VOTE,         /* verified: weal_vote_verify_var accepted it */
    WEAL_BFT_CERT,         /* verified: weal_cert_verify_var */
    WEAL_BFT_PROPOSAL,     /* verified: weal_proposal_verify_var */
    WEAL_BFT_REQUEST,      /* a peer asks for certificates */
    WEAL_BFT_BUILT,        /* answer to BUILD */
    WEAL_BFT_BUILD_FAILED, /* answer to BUILD */
    WEAL_BFT_VERIFIED,     /* answer to VERIFY */
    WEAL_BFT_CERTIFIED,    /* answer to CERTIFY */
    WEAL_BFT_SIGNED,       /* answer to SIGN */
    WEAL_BFT_PENDING,      /* transactions, or deadlines of the state, wait (or no longer) */
    WEAL_BFT_TIMER,        /* the time asked for by TIMER has come */
    WEAL_BFT_FLOOR,   /* catch-up: a finalized block of this term, executed or installed here */
    WEAL_BFT_COMPACT, /* write a fresh head for the log; older records may then go */
    WEAL_BFT_HOLD,    /* from outside, at any time: vote no more (held), or vote again */
};

enum weal_bft_answer {
    WEAL_BFT_OK,
    WEAL_BFT_INVALID, /* for ever: the block breaks a rule */
    WEAL_BFT_LATER,   /* not now (parent or body missing): bft will ask again */
};

struct weal_bft_event {
    enum weal_bft_event_kind kind;
    uint32_t peer; /* VOTE, CERT, PROPOSAL, REQUEST: whence; returned in SEND; 0 unknown */
    union {
        const struct weal_bft_term *term;        /* TERM */
        const struct weal_vote *vote;            /* VOTE, SIGNED */
        const struct weal_certificate *cert;     /* CERT */
        const struct weal_proposal *proposal;    /* PROPOSAL */
        const struct weal_cert_request *request; /* REQUEST */
        struct {
            uint64_t view;
            uint8_t digest[32];          /* VERIFIED, CERTIFIED: as asked; BUILT: unused */
            enum weal_bft_answer answer; /* VERIFIED, CERTIFIED */
            struct weal_bytes header;    /* BUILT, CERTIFIED with OK: encoded header */
        } block;
        struct {
            const struct weal_certificate *cert; /* a verified finalization */
            struct weal_bytes header;            /* of its block */
        } floor;
        bool pending;
        bool held; /* HOLD */
    } u;
    bool refused; /* SIGNED: the guard or the signer refused; u.vote is the unsigned one */
};

/* ---- effects ---- */

enum weal_bft_effect_kind {
    WEAL_BFT_APPEND,    /* bytes: a wal_record for the log */
    WEAL_BFT_SIGN,      /* vote: guard it, sign it, answer SIGNED */
    WEAL_BFT_BROADCAST, /* bytes: a bft_message to all validators */
    WEAL_BFT_SEND,      /* bytes: to peer, which asked */
    WEAL_BFT_TIMER_SET, /* at_ms: the one timer; replaces the former; UINT64_MAX: none */
    WEAL_BFT_BUILD,     /* build: make a block on parent, store its body, answer BUILT */
    WEAL_BFT_VERIFY,    /* block: execute the proposal's block, all rules; answer VERIFIED */
    WEAL_BFT_CERTIFY,   /* block: as VERIFY without anything subjective; fetch what is missing */
    WEAL_BFT_FETCH,     /* fetch: ask peers for certificates; answers arrive as CERT */
    WEAL_BFT_FORWARD,   /* forward: push a body to those who seem to lack it */
    WEAL_BFT_DELIVER,   /* deliver: this block, and all its ancestors, are final */
    WEAL_BFT_TERM_OVER, /* deliver: as DELIVER was; the term's last block is final: give TERM */
    WEAL_BFT_EVIDENCE,  /* bytes: an evidence record with two valid votes */
    WEAL_BFT_ALARM,     /* alarm: for the operator; voting stops where said */
};

enum weal_bft_alarm {
    WEAL_BFT_ALARM_NONE,
    WEAL_BFT_ALARM_NOTARIZED_INVALID, /* 2/3 signed what does not hold here: voting stops */
    WEAL_BFT_ALARM_FINAL_CONFLICT,    /* two finalizations contradict: voting stops */
    WEAL_BFT_ALARM_OWN_KEY,           /* this key votes elsewhere: voting stops */
    WEAL_BFT_ALARM_SIGN_REFUSED,      /* the guard or signer said no */
    WEAL_BFT_ALARM_BUILT_WRONG,       /* BUILT gave a header that does not fit its BUILD */
};

struct weal_bft_effect {
    enum weal_bft_effect_kind kind;
    struct weal_bytes bytes; /* in the effects' buffer: valid until the next reset of it */
    union {
        struct weal_vote vote; /* signature zero */
        uint32_t peer;
        uint64_t at_ms;
        struct {
            uint64_t view, parent_view;
            struct weal_bft_block parent;
            uint16_t proposer;
            uint8_t justification_hash[32];
        } build;
        struct {
            uint64_t view, parent_view;
            uint8_t digest[32];
            uint16_t leader; /* a peer that should have the body */
        } block;             /* VERIFY: bytes is the encoded header */
        struct {
            uint64_t first, last;
            uint16_t hint; /* validator to ask first, or WEAL_SET_NOBODY */
        } fetch;
        struct {
            uint8_t digest[32];
            uint8_t to[16]; /* bitmap of validators */
        } forward;
        struct {
            uint64_t view;
            uint8_t digest[32];
        } deliver; /* bytes: the encoded finalization certificate */
        enum weal_bft_alarm alarm;
    } u;
};

/* Effects of one or more steps, in the caller's memory. */
struct weal_bft_effects {
    struct weal_bft_effect *e;
    size_t n, cap;
    uint8_t *buf;
    size_t buf_n, buf_cap;
};
/* Room that one step of any event needs at most, for a set of n validators. */
size_t weal_bft_effects_bytes(uint16_t validators);
static inline void weal_bft_effects_reset(struct weal_bft_effects *fx) {
    fx->n = 0;
    fx->buf_n = 0;
}

/* ---- the machine ---- */

struct weal_bft;

/* Bytes of memory for sets of at most this many validators (<= WEAL_SET_MAX); 16-byte aligned. */
size_t weal_bft_footprint(uint16_t validators_max);

/* Makes a machine in mem. Then: weal_bft_replay for every record of the log (none on a fresh node),
 * or weal_bft_begin where the log names no term; then step with START. */
struct weal_bft *weal_bft_init(void *mem, uint16_t validators_max,
                               const struct weal_bft_config *config);

/* How voting begins; a property of the data directory, found by the caller. FRESH and LOST have to
 * be remembered (in the lock file) until what START appends is durable. */
enum weal_bft_log {
    WEAL_BFT_LOG_FRESH, /* a new chain at height 0: vote at once. An emptied data directory looks
                           the same: give LOST when the chain is known to run already */
    WEAL_BFT_LOG_WHOLE, /* the log was replayed to its end: listen for one t_l, then vote. An empty
                           one counts as lost */
    WEAL_BFT_LOG_LOST,  /* missing, holed or another's: no vote in any term that began before now */
};
/* Sets the term in which the node stands, before replay and START. Records of other terms in the
 * log are passed over. */
void weal_bft_begin(struct weal_bft *b, const struct weal_bft_term *term, enum weal_bft_log log);

/* Takes one record of the log, in order; before START. CORRUPT when it does not decode. */
enum weal_err weal_bft_replay(struct weal_bft *b, struct weal_bytes record) WEAL_MUST_USE;
/* The signing guard's record after replay: what the signer starts from. */
const struct weal_guard_record *weal_bft_guard(const struct weal_bft *b);

/* now_ms is monotonic (any origin), wall_ms the wall clock; both never read inside. Appends
 * effects; the caller gives room for WEAL_BFT_EFFECTS_MAX and weal_bft_effects_bytes(n). */
void weal_bft_step(struct weal_bft *b, const struct weal_bft_event *event, uint64_t now_ms,
                   uint64_t wall_ms, struct weal_bft_effects *fx);

/* ---- looking in ---- */

struct weal_bft_status {
    uint32_t term;
    uint32_t log_term; /* highest term the replayed log names */
    uint64_t view, final_view, final_height, floor_view;
    uint16_t leader, self;
    bool voting;               /* false: follows, listens, or has stopped */
    bool term_over;            /* the boundary block is final */
    bool held, log_lost;       /* told not to vote; no vote before the next term */
    enum weal_bft_alarm alarm; /* why voting stopped */
    uint64_t votes_signed, notarized, nullified, finalized; /* counters */
    uint64_t nullified_in_row;
};
void weal_bft_status(const struct weal_bft *b, struct weal_bft_status *out);
const char *weal_bft_alarm_name(enum weal_bft_alarm alarm);
/* A stable name for why a validator does not vote; NULL when it does, or is none. */
const char *weal_bft_mute_name(const struct weal_bft_status *s);
/* Writes the certificate of this kind held for a view, if any. */
bool weal_bft_certificate(const struct weal_bft *b, uint8_t kind, uint64_t view, struct weal_wr *w);
/* Weight of each kind of vote in the current view, for operators. */
void weal_bft_tally(const struct weal_bft *b, uint64_t weight[3]);

#endif
