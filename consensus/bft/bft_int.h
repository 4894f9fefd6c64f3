/* SPDX-License-Identifier: ISC */
/* The machine's inside, shared by the files of this folder only.
 *
 * A ring of WEAL_BFT_WINDOW rounds holds what is known of the views around the present one. A
 * view's certificates are not stored as such: their signatures are put into the ballots of their
 * signers, so that a certificate is a flag, its subject, and the ballots that match it. That bounds
 * memory, and a contradiction hidden in a certificate is found where every other is.
 *
 * Only the present view's round is safe from being overwritten. What must outlast the ring is kept
 * apart: the last finalization, the highest certified block (the floor), which views between
 * were nullified (gap_first..gap_last), and one round of a view that left the ring and that a
 * proposal builds on (rules.c, take_old_parent). */
#ifndef WEAL_CONSENSUS_BFT_BFT_INT_H
#define WEAL_CONSENSUS_BFT_BFT_INT_H

#include "consensus/bft/bft.h"
#include "consensus/bft/guard.h"
#include "crypto/base/bug.h"

#define NEVER UINT64_MAX
/* Views beyond the ring that are asked for, and answered, at once. */
enum { WEAL_BFT_MEND = WEAL_BFT_ANSWER_MAX };
/* The ring's rounds, and one for a view beyond it: bft_round_known. */
enum { BFT_ROUNDS = WEAL_BFT_WINDOW + 1 };

/* What a vote speaks of, beside kind and view; zeros in a nullify. */
struct subject {
    uint64_t parent_view;
    uint8_t digest[32];
};

/* One validator's votes in one view. */
struct ballot {
    uint8_t has;               /* bit k: the vote of kind k is here */
    uint8_t told;              /* bit k: evidence of kind k was given */
    struct subject subject[2]; /* notarize, finalize */
    uint8_t signature[3][64];  /* by kind - 1 */
};

enum slot { SLOT_EMPTY, SLOT_KNOWN, SLOT_EQUIVOCATED };
/* How far a question that somebody else answers has come. */
enum asked { NOT_ASKED, ASKED, YES, NO };

struct round {
    uint64_t view; /* 0: unused */
    struct ballot *ballots;
    enum slot slot; /* of the leader's proposal */
    bool justified; /* the proposal carried what it must */
    bool mine;      /* proposed by this node since its start */
    struct subject proposal;
    enum asked verify;  /* of the proposal's block, by all rules */
    enum asked certify; /* of the notarized block */
    bool leader_nullified;
    uint8_t held;                /* bit k: the certificate of kind k exists here */
    struct subject notarized;    /* when held */
    struct subject finalized;    /* when held */
    enum asked my[4];            /* own votes by kind: ASKED to sign, YES signed */
    struct subject my_notarize;  /* when my[NOTARIZE] */
    struct weal_bft_block block; /* of the header below */
    uint8_t header[WEAL_HEADER_SIZE_MAX];
    uint16_t header_n; /* 0: no header; its block is the proposal's or the notarized one */
};

/* A certificate, header and block kept apart from the ring. */
struct pinned {
    uint64_t view;
    uint8_t kind; /* 0: no certificate (a term's boundary block) */
    struct subject subject;
    uint8_t signers[16];
    uint8_t *signatures; /* room for all validators */
    uint16_t count;
    bool known; /* block and header are filled */
    struct weal_bft_block block;
    uint8_t header[WEAL_HEADER_SIZE_MAX];
    uint16_t header_n;
};

struct weal_bft {
    struct weal_bft_config config;
    uint16_t validators_max;

    /* the term */
    uint32_t term;
    uint16_t n, self;
    uint64_t weight[WEAL_SET_MAX], total, quorum;
    uint16_t leaders[WEAL_LEADER_SLOTS];
    struct weal_bft_block boundary; /* view 0 */
    uint64_t last_height;

    /* standing */
    enum weal_bft_log log;
    bool started, over, listen; /* listen: no vote in this term */
    uint64_t listen_until_ms;   /* wall: no vote in a term whose boundary block is older; 0: free */
    bool log_names_term;        /* the log's last records are this term's */
    bool log_begun;             /* replay met the beginning of some term */
    bool log_covers;            /* the log has this term from its beginning, or in short */
    uint32_t log_term;          /* highest term the log names */
    enum weal_bft_alarm alarm;
    bool held; /* from outside: nothing is signed */
    uint64_t vote_from_ms;
    struct weal_guard_record guard; /* mirror of the signer's */

    /* views */
    uint64_t view, entered_ms;
    uint64_t enter_now, enter_null;  /* views opened, at once or after the least duration */
    uint64_t gap_first, gap_last;    /* views that left the ring and were nullified; 0, 0: none */
    uint64_t mend_first, mend_last;  /* the stretch that is being mended; 0, 0: none */
    uint8_t mend[WEAL_BFT_MEND][16]; /* who will never finalize each of its views */
    struct pinned final, floor;
    uint64_t final_height; /* highest known height that is final */

    /* deadlines, NEVER when unset */
    uint64_t leader_at, advance_at, retry_at, propose_at, fetch_at, later_at, standstill_at;
    uint64_t mend_at;  /* no late nullify before */
    uint64_t timer_at; /* last one given out */
    uint64_t heard_ms[WEAL_SET_MAX];
    uint8_t back[16]; /* who ended the back-off by being heard again, since the last finalization */
    uint32_t nullified_in_row, still_windows;
    uint64_t still_cursor;
    bool pending;

    /* the proposal being made */
    enum asked build;
    uint64_t build_parent_view;
    struct weal_bft_block build_parent;
    uint8_t build_hash[32];
    uint8_t *justification; /* encoded, of the present view's proposal */
    size_t justification_n, justification_cap;

    struct round *ring;
    uint64_t votes_signed, notarized, nullified, finalized;
};

/* What a step works with. fx NULL: replaying, nothing goes out. */
struct turn {
    uint64_t now, wall;
    struct weal_bft_effects *fx;
    unsigned evidence;              /* given in this step */
    struct weal_bft_effect dropped; /* written to when replaying */
};

static inline bool subject_equal(const struct subject *a, const struct subject *b) {
    return a->parent_view == b->parent_view && memcmp(a->digest, b->digest, 32) == 0;
}
static inline uint8_t bit(uint8_t kind) {
    return (uint8_t)(1u << kind);
}
static inline uint16_t leader_of(const struct weal_bft *b, uint64_t view) {
    return b->leaders[view % WEAL_LEADER_SLOTS];
}

/* round.c: the ring, ballots, certificates */
struct round *bft_round_get(const struct weal_bft *b, uint64_t view);
struct round *bft_round_known(const struct weal_bft *b, uint64_t view);
struct round *bft_round_claim(struct weal_bft *b, uint64_t view, bool over_present);
bool bft_view_nullified(const struct weal_bft *b, uint64_t view);
bool bft_ballot_put(struct weal_bft *b, struct turn *t, struct round *r, const struct weal_vote *v,
                    bool from_certificate);
uint64_t bft_ballot_weight(const struct weal_bft *b, const struct round *r, uint8_t kind,
                           const struct subject *s);
bool bft_cert_of_round(const struct weal_bft *b, const struct round *r, uint8_t kind,
                       struct weal_certificate *x, uint8_t *signatures);
bool bft_cert_of_view(const struct weal_bft *b, uint8_t kind, uint64_t view,
                      struct weal_certificate *x, uint8_t *signatures);
void bft_cert_pin(struct pinned *p, const struct weal_certificate *x);
bool bft_cert_pinned(const struct pinned *p, uint32_t term, struct weal_certificate *x);
size_t bft_cert_size(uint16_t validators);

/* effect.c: giving out effects */
struct weal_bft_effect *bft_emit(struct turn *t, enum weal_bft_effect_kind kind);
void bft_emit_record(struct turn *t, const struct weal_wal_record *r);
void bft_emit_message(struct turn *t, enum weal_bft_effect_kind kind, uint32_t peer,
                      const struct weal_bft_message *m);
void bft_emit_certificate(struct turn *t, enum weal_bft_effect_kind kind, uint32_t peer,
                          const struct weal_certificate *x);
void bft_emit_alarm(struct weal_bft *b, struct turn *t, enum weal_bft_alarm alarm);
void bft_emit_evidence(struct turn *t, const struct weal_vote *one, const struct weal_vote *two,
                       uint8_t kind);
void bft_append_term(const struct weal_bft *b, struct turn *t);

/* rules.c: what certificates, votes and answers do */
bool bft_may_vote(const struct weal_bft *b, const struct turn *t);
void bft_sign_vote(struct weal_bft *b, struct turn *t, struct round *r, uint8_t kind);
void bft_take_vote(struct weal_bft *b, struct turn *t, const struct weal_vote *v);
void bft_take_certificate(struct weal_bft *b, struct turn *t, const struct weal_certificate *x);
void bft_take_proposal(struct weal_bft *b, struct turn *t, const struct weal_proposal *p);
void bft_take_signed(struct weal_bft *b, struct turn *t, const struct weal_vote *v, bool refused);
void bft_take_verified(struct weal_bft *b, struct turn *t, const struct weal_bft_event *e);
void bft_take_certified(struct weal_bft *b, struct turn *t, const struct weal_bft_event *e);
void bft_certify(struct weal_bft *b, struct turn *t, struct round *r);
void bft_mark_certified(struct weal_bft *b, struct turn *t, struct round *r);
bool bft_header_read(struct round *r, struct weal_bytes encoded, struct weal_header *h);
bool bft_header_parse(struct weal_bytes encoded, struct weal_header *h, struct weal_bft_block *out);
void bft_final_known(struct weal_bft *b, struct turn *t);

/* mend.c: nullifications that nobody holds any more */
void bft_mend_fetch(struct weal_bft *b, struct turn *t, uint64_t low, uint64_t view, uint16_t hint);
void bft_mend_vote(struct weal_bft *b, const struct weal_vote *v);
void bft_mend_certificate(struct weal_bft *b, const struct weal_certificate *x);
void bft_mend_answer(struct weal_bft *b, struct turn *t, uint64_t first, uint64_t last);
void bft_mend_signed(struct weal_bft *b, struct turn *t, const struct weal_vote *v);

/* replay.c: a log read back, and rewritten */
void bft_deliver_again(struct weal_bft *b, struct turn *t);
void bft_compact(const struct weal_bft *b, struct turn *t);

/* propose.c: being the leader, judging one */
void bft_propose(struct weal_bft *b, struct turn *t);
void bft_take_built(struct weal_bft *b, struct turn *t, const struct weal_bft_event *e);
enum fit { FIT_GOOD, FIT_BAD, FIT_WAIT };
enum fit bft_proposal_fit(struct weal_bft *b, struct turn *t, const struct round *r);
bool bft_justification_fits(const struct weal_proposal *p, const struct weal_justification *j,
                            const struct weal_bft_block *block);
void bft_fetch(struct weal_bft *b, struct turn *t, uint64_t first, uint64_t last, uint16_t hint);
void bft_send_proposal(struct weal_bft *b, struct turn *t, struct round *r,
                       const struct weal_vote *v);

/* pump.c: what follows from the state and the time */
void bft_pump(struct weal_bft *b, struct turn *t);
void bft_heard(struct weal_bft *b, const struct turn *t, uint16_t signer);
void bft_resend_own(struct weal_bft *b, struct turn *t, const struct round *r);
void bft_answer_request(struct weal_bft *b, struct turn *t, uint32_t peer,
                        const struct weal_cert_request *q);
void bft_vote_from_ballot(const struct weal_bft *b, const struct round *r, uint16_t signer,
                          uint8_t kind, struct weal_vote *v);

#endif
