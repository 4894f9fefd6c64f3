/* SPDX-License-Identifier: ISC */
/* The simulator: many nodes of the very same agreement code in one process, in virtual time, from
 * one seed. world.c owns time and events; net.c the links; disk.c what a node keeps over a crash;
 * node.c the shell around one agreement machine; adversary.c what Byzantine ones do instead;
 * check.c the invariants, looked at after every event. Nothing here reads a clock or another source
 * of chance than the seed, so the same seed gives the same transcript hash. */
#ifndef WEAL_TESTS_SIM_SIM_H
#define WEAL_TESTS_SIM_SIM_H

#include "consensus/bft/bft.h"
#include "consensus/bft/guard.h"
#include "tests/sim/run.h"

enum {
    SIM_NODES_MAX = 40,
    SIM_ENTERED_MAX = 1024,
    SIM_TERMS_MAX = 256,
    SIM_QUESTIONS_MAX = 96,
    SIM_TRACE_MAX = 256,
    SIM_SUBJECTS_MAX = 6,
};

/* What a Byzantine node does; several at once are possible. */
enum sim_trick {
    TRICK_SILENT = 1,        /* sends nothing, for stretches of time */
    TRICK_EQUIVOCATE = 2,    /* two proposals in one view, each to a half */
    TRICK_DOUBLE_VOTE = 4,   /* contradicting votes of every kind */
    TRICK_WITHHOLD = 8,      /* keeps bodies from all, or from the next leader */
    TRICK_INVALID = 16,      /* builds blocks that do not hold */
    TRICK_VOTE_INVALID = 32, /* votes for everything, unseen */
    TRICK_GARBAGE = 64,      /* broken bytes, broken certificates, replays, wrong terms */
    TRICK_NULLER = 128,      /* nullifies every view as well */
    TRICK_TWIN = 256,        /* the same key runs on two machines, both with honest code */
    TRICK_STALE = 512,       /* proposes on an old parent, over views that were not nullified */
    TRICK_ALL = 1023,
};

/* The menu of faults of one seed; probabilities in millionths. */
struct sim_faults {
    uint32_t latency_min_us, latency_max_us; /* one way */
    uint32_t slow_ppm, slow_us;              /* heavy tail */
    uint32_t loss_ppm, twice_ppm;
    uint32_t partition_every_ms, partition_for_ms; /* 0: none */
    bool one_way;
    uint32_t crash_ppm;          /* per effect performed */
    uint32_t crash_all_every_ms; /* all nodes at once; 0: never */
    uint32_t down_ms;            /* longest time down */
    uint32_t wipe_ppm;           /* per crash: the log is lost */
    uint32_t sync_min_us, sync_max_us;
    uint32_t exec_max_us;   /* execution of a block */
    uint32_t skew_ms;       /* clocks differ by up to this */
    uint32_t jump_every_ms; /* clocks jump; 0: never */
    uint32_t later_ppm;     /* a shell answers "later" although it could */
    uint32_t idle_ppm;      /* no transactions pending */
    uint32_t compact_ppm;   /* the log is rewritten, per turn */
};

/* Kinds of faults, to be left out one by one when a breach is made small. */
enum sim_fault_kind {
    FAULT_LOSS,
    FAULT_TWICE,
    FAULT_SLOW,
    FAULT_LATER,
    FAULT_IDLE,
    FAULT_CRASH,
    FAULT_CRASH_ALL,
    FAULT_COMPACT,
    FAULT_WIPE,
    FAULT_PARTITION,
    FAULT_JUMP,
    FAULT_SKEW,
    FAULT_LATENCY, /* the last three are of the menu: never counted */
    FAULT_SYNC,
    FAULT_EXEC,
    FAULT_KINDS
};

/* Runs one seed. Prints to stderr only on a breach or when verbose. */
void sim_run(const struct sim_options *o, struct sim_result *out);
extern const struct sim_kind sim_bft;

/* ---- inside ---- */

struct sim_msg {
    unsigned refs;
    uint8_t type;
    uint32_t arg; /* block, or term */
    size_t n;
    uint8_t bytes[];
};
enum { MSG_BFT, MSG_BODY, MSG_WANT_BODY, MSG_WANT_TERM };

enum sim_event_kind {
    EVENT_MSG,
    EVENT_TIMER,
    EVENT_SYNCED,
    EVENT_EXECUTED,
    EVENT_RESTART,
    EVENT_PARTITION,
    EVENT_CRASH_ALL,
    EVENT_JUMP,
    EVENT_WATCH,
};
struct sim_event {
    uint64_t at, seq; /* microseconds; order of equal times */
    uint16_t node, from;
    uint8_t kind;
    uint32_t gen; /* of the node when it was made: stale ones are dropped */
    uint64_t arg;
    struct sim_msg *msg;
};

/* A block as the world knows it. */
struct sim_block {
    uint8_t id[32], state_root[32];
    uint8_t header[WEAL_HEADER_SIZE_MAX];
    size_t header_n;
    uint32_t parent; /* index */
    uint32_t term;
    uint64_t height;
    bool bad; /* its state root is not what execution gives */
    uint16_t creator;
};

/* What survives a crash. */
struct sim_disk {
    uint8_t *log;
    size_t n, synced, cap;
    uint64_t applied; /* height that the database holds */
    bool lost;        /* the log is gone, and no new one has begun */
    bool marked;      /* compacted: what is below mark may go once mark_height is applied */
    size_t mark;
    uint64_t mark_height;
    bool begun; /* some log was ever synced here */
};

struct sim_question {
    uint8_t kind; /* WEAL_BFT_VERIFY, CERTIFY */
    uint64_t view;
    uint32_t block;
    uint64_t due_us;
};

/* An effect that waits for the sync of its turn. */
struct sim_held {
    uint8_t kind;
    uint32_t peer;
    uint64_t view;
    uint8_t digest[32], to[16];
    struct sim_msg *msg;
};

enum { HAS = 1, DURABLE = 2, EXECUTED = 4 };

/* Votes of one validator in one view that one node was given, to see that contradictions are told.
 */
enum { SIM_GIVEN_VIEWS = 64, SIM_GIVEN_VOTES = 5 };
struct sim_given {
    uint32_t term;
    uint64_t view;
    uint8_t n;
    bool told;
    struct {
        uint8_t kind;
        uint64_t parent_view;
        uint8_t digest[32];
    } vote[SIM_GIVEN_VOTES];
};

struct sim_node {
    uint16_t id, key; /* twins share a key */
    unsigned tricks;  /* 0: honest */
    bool up, syncing;
    uint32_t gen;
    struct weal_bft *bft;
    void *mem;
    uint32_t term;
    struct weal_guard_record guard;
    struct sim_disk disk;
    uint8_t *blocks; /* HAS | DURABLE | EXECUTED, by block */
    uint64_t *wanted_us;
    uint32_t *finals; /* block by height */
    uint64_t applied;
    uint32_t target; /* final block still to be applied */
    struct sim_question questions[SIM_QUESTIONS_MAX];
    unsigned questions_n;
    struct sim_event *inbox;
    size_t inbox_n, inbox_cap;
    struct sim_held *held;
    size_t held_n, held_cap;
    struct sim_event local[64]; /* answers within the turn */
    struct weal_vote signs[64];
    unsigned signs_n;
    uint64_t timer_ms;
    int64_t skew_ms;
    uint64_t helped_us[SIM_NODES_MAX], asked_term_us;
    bool over;
    struct sim_msg *term_cert[SIM_TERMS_MAX];
    /* for the checkers */
    uint64_t seen_view, seen_final, entered_us, seen_null;
    uint32_t seen_term;
    uint64_t silent_until_us;
    uint64_t started_us, lacking_us;   /* lacking: a certified block was not executed here */
    struct sim_given *given;           /* SIM_GIVEN_VIEWS by validators */
    struct weal_guard_record released; /* highest vote that ever left this disk */
};

struct sim_subject {
    uint64_t parent_view, weight;
    uint8_t digest[32];
    uint64_t signers[2];
};
struct sim_view {
    uint64_t null_signers[2], null_weight;
    uint8_t subjects_n[2];
    struct sim_subject subject[2][SIM_SUBJECTS_MAX]; /* notarize, finalize */
    bool notarized, finalized, nullified;
    uint8_t notarized_as, finalized_as;
    /* honest votes: to see that they never contradict each other */
    uint64_t did[3][2];
    uint8_t (*honest)[2][40]; /* by validator: parent view and digest of notarize, finalize */
};

struct sim_term {
    struct weal_set set;
    uint16_t leaders[WEAL_LEADER_SLOTS];
    uint16_t key_of[WEAL_SET_MAX];    /* validator -> key */
    uint16_t index_of[SIM_NODES_MAX]; /* key -> validator */
    uint8_t set_hash[32];
    uint64_t quorum;
    struct sim_view *views;
    size_t views_n;
    uint64_t high_view;
};

struct sim_trace {
    uint64_t at;
    uint16_t node, from;
    uint8_t kind;
    uint64_t a, b;
    uint32_t term;
};

struct sim_world {
    struct sim_options o;
    struct sim_faults f;
    struct sim_result *out;
    uint64_t rng, now_us, seq, transcript;
    unsigned nodes_n, keys_n;
    struct sim_node *nodes;
    uint8_t chain[32], secret[SIM_NODES_MAX][32], account[SIM_NODES_MAX][32];
    bool key_byzantine[SIM_NODES_MAX];
    unsigned fragile; /* the one key whose machine may lose its log; UINT_MAX: none */
    bool real, healed;
    uint64_t healed_us, healed_height;
    /* when the first honest node came into a view, the latest of them in a ring: for V2 */
    struct {
        uint64_t at_us, view;
        uint32_t term;
    } entered[SIM_ENTERED_MAX];
    uint64_t entered_n;
    struct weal_bft_config config;
    uint64_t term_blocks;
    struct sim_term *terms[SIM_TERMS_MAX];
    struct sim_event *heap;
    size_t heap_n, heap_cap;
    struct sim_block *blocks;
    uint32_t blocks_n, blocks_cap;
    uint32_t *index; /* open hash of ids */
    uint32_t index_n;
    uint32_t *finals; /* block by height, of the whole network */
    uint64_t finals_n;
    uint8_t side[SIM_NODES_MAX];
    bool parted;
    struct sim_trace trace[SIM_TRACE_MAX];
    uint64_t trace_n;
    struct weal_bft_effects fx;
    struct weal_sig_cache *cache;
    struct sim_msg *old[64]; /* for replays */
    unsigned old_n;
};

/* world.c */
uint64_t sim_random(struct sim_world *w);
uint64_t sim_below(struct sim_world *w, uint64_t n);
bool sim_chance(struct sim_world *w, uint32_t ppm);
/* A fault of this kind by chance, or one that is due: does it happen? */
bool sim_fault(struct sim_world *w, enum sim_fault_kind kind, uint16_t node, uint32_t ppm);
bool sim_fault_due(struct sim_world *w, enum sim_fault_kind kind, uint16_t node);
void sim_at(struct sim_world *w, uint64_t at_us, struct sim_event e);
struct sim_term *sim_term(struct sim_world *w, uint32_t term);
uint32_t sim_block_find(const struct sim_world *w,
                        const uint8_t id[32]); /* 0: unknown or genesis */
uint32_t sim_block_add(struct sim_world *w, const struct sim_block *b);
void sim_mix(struct sim_world *w, uint64_t x);
void sim_mix_bytes(struct sim_world *w, const uint8_t *p, size_t n);
void sim_note(struct sim_world *w, uint16_t node, uint16_t from, uint8_t kind, uint32_t term,
              uint64_t a, uint64_t b);
void sim_breach(struct sim_world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_state_root(uint8_t out[32], const uint8_t parent[32], const uint8_t tx_root[32]);

/* net.c */
struct sim_msg *sim_msg_new(uint8_t type, uint32_t arg, const uint8_t *bytes, size_t n);
void sim_msg_drop(struct sim_msg *m);
void sim_send(struct sim_world *w, uint16_t from, uint16_t to, struct sim_msg *m);
void sim_broadcast(struct sim_world *w, uint16_t from, struct sim_msg *m);
bool sim_sign(struct sim_world *w, struct weal_vote *v, uint16_t key);
bool sim_vote_valid(struct sim_world *w, uint32_t term, const struct weal_vote *v);
bool sim_cert_valid(struct sim_world *w, uint32_t term, const struct weal_certificate *x);
bool sim_proposal_valid(struct sim_world *w, uint32_t term, const struct weal_proposal *p);

/* picture.c; w->o.picture may be NULL */
void sim_draw_message(struct sim_world *w, uint16_t from, uint16_t to, const struct sim_msg *m,
                      uint64_t arrives_us); /* 0: lost */
void sim_draw_mark(struct sim_world *w, uint16_t node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* disk.c */
void sim_disk_append(struct sim_disk *d, struct weal_bytes record);
void sim_disk_sync(struct sim_disk *d);
bool sim_disk_crash(struct sim_world *w, struct sim_disk *d);
void sim_disk_prune(struct sim_disk *d);
bool sim_disk_next(const struct sim_disk *d, size_t *at, struct weal_bytes *record);

/* node.c */
void node_start(struct sim_world *w, struct sim_node *s);
void node_event(struct sim_world *w, struct sim_node *s, const struct sim_event *e);
void node_crash(struct sim_world *w, struct sim_node *s);
void node_free(struct sim_node *s);
void node_blocks_grow(struct sim_world *w, struct sim_node *s, uint32_t cap);

/* adversary.c */
bool trick_send(struct sim_world *w, struct sim_node *s, struct sim_held *h);
void trick_tick(struct sim_world *w, struct sim_node *s);

/* check.c */
void check_vote(struct sim_world *w, uint16_t key, const struct weal_vote *v, bool honest);
void check_final(struct sim_world *w, struct sim_node *s, uint64_t height, uint32_t block);
void check_certificate(struct sim_world *w, struct sim_node *s, const struct weal_certificate *x);
void check_given(struct sim_world *w, struct sim_node *s, const struct weal_vote *v);
void check_evidence(struct sim_world *w, struct sim_node *s, struct weal_bytes e);
void check_node(struct sim_world *w, struct sim_node *s);
void check_together(struct sim_world *w);
void check_release(struct sim_world *w, struct sim_node *s, const struct weal_vote *v);
void check_free(struct sim_world *w);

#endif
