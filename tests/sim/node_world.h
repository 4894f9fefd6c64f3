/* SPDX-License-Identifier: ISC */
/* The world of whole nodes: several node/core machines, the daemon's own object code over storage
 * with its twins in memory, in one process, in virtual time, from one seed. What stands around them
 * is simulated: links (node_net.c), disk (node_disk.c), clock, threads and process (node_one.c),
 * users (people.h). node_world.c owns time, chance and the run, node_menu.c what a seed is made of;
 * node_trick.c what Byzantine nodes do; node_check.c what must hold at every event. The simpler
 * world beside it (sim.h) runs the agreement alone, a hundred times as fast.
 *
 * Order of a run: trouble until enough views have passed, healing, then every honest node must go
 * on, all are cut off from power at once, must stand where they stood, and go on again. */
#ifndef WEAL_TESTS_SIM_NODE_WORLD_H
#define WEAL_TESTS_SIM_NODE_WORLD_H

#include "node/core/core.h"
#include "storage/file_mem.h"
#include "tests/sim/people.h"
#include "tests/sim/run.h"

enum {
    NW_NODES_MAX = 18,
    NW_KEYS_MAX = 13,
    NW_FEW_MAX = 7, /* validators; in a crowd there are ten and more, and bonds give them weights */
    NW_TRACE_MAX = 400,
    NW_OLD_MAX = 64,
    NW_ENTERED_MAX = 1024,
    NW_STORM = 200000,             /* messages in a virtual second */
    NW_INBOX_BYTES_MAX = 64 << 20, /* more than that a link does not hold for a reader */
};
#define NW_NEVER UINT64_MAX
#define NW_ASKER (NW_NODES_MAX + UINT64_C(1)) /* a peer that asks at the end; no node is it */

/* What a Byzantine validator's node does; several at once are possible. The node runs the honest
 * code; this changes what leaves it or adds to it. */
enum nw_trick {
    NW_SILENT = 1,     /* sends nothing, for stretches of time */
    NW_GARBAGE = 2,    /* flips bytes of what it sends, cuts it short, makes some up */
    NW_FLOOD = 4,      /* bursts of questions, of every kind, and of noise */
    NW_LIE = 8,        /* block sync: false blocks, false certificates, false heights */
    NW_WITHHOLD = 16,  /* keeps bodies from everybody or from some */
    NW_REPLAY = 32,    /* sends again what it heard or said before */
    NW_DOUBLE = 64,    /* votes that contradict its own, nullifies every view */
    NW_STUFF = 128,    /* transactions with wrong proofs and signatures */
    NW_TWIN = 256,     /* the same keys on two machines */
    NW_RESTORE = 512,  /* is put back to an old backup of its whole disk */
    NW_DEAF = 1024,    /* never answers questions */
    NW_INVALID = 2048, /* false blocks, votes for those of its league, a clock that is wrong */
    NW_TRICK_ALL = 4095,
};

/* The menu of one seed; probabilities in millionths. */
struct nw_faults {
    uint32_t latency_min_us, latency_max_us, slow_ppm, slow_us; /* slow: a heavy tail */
    uint32_t loss_ppm, twice_ppm, reorder_ppm, reset_ppm; /* reset: the connection, per message */
    uint32_t link_bytes_ms;                               /* each way; 0: no limit */
    uint32_t partition_every_ms, partition_for_ms;        /* 0: none */
    bool one_way, reset_at_partition;
    uint32_t stall_every_ms, stall_for_ms; /* a node stands still */
    uint32_t crash_ppm, crash_write_ppm;   /* per effect, per write to the disk */
    uint32_t crash_all_every_ms, down_ms;
    uint32_t eio_ppm, full_ppm, apply_fail_ppm; /* per sync; per sync; per job */
    uint32_t wipe_ppm, rot_ppm;                 /* per crash of the fragile node */
    uint32_t sync_min_us, sync_max_us, apply_max_us, work_max_us;
    uint32_t skew_ms, jump_every_ms, jump_ms;
    bool no_work;                        /* hosts without threads */
    uint32_t term_blocks, freeze_blocks; /* short terms and a set that changes; 0: neither */
    bool away;                           /* who may leave is switched off for a term */
    uint32_t drought;                    /* so many views in a row no proposal arrives; 0: none */
};

/* What may go wrong, each with a word (node_menu.c). Those before SKEW happen one by one and are
 * numbered; the others are of the menu. */
enum nw_fault {
    NW_F_LOSS,
    NW_F_TWICE,
    NW_F_SLOW,
    NW_F_REORDER,
    NW_F_RESET,
    NW_F_PARTITION,
    NW_F_STALL,
    NW_F_CRASH,
    NW_F_CRASH_WRITE,
    NW_F_CRASH_ALL,
    NW_F_EIO,
    NW_F_FULL,
    NW_F_APPLY,
    NW_F_WIPE,
    NW_F_ROT,
    NW_F_JUMP,
    NW_F_AWAY,
    NW_F_SKEW,
    NW_F_LATENCY,
    NW_F_SYNC,
    NW_F_BANDWIDTH,
    NW_F_DROUGHT,
    NW_F_WORK,
    NW_F_TERMS,
    NW_FAULTS
};

struct nw_result {
    bool breach;
    char what[256];
    uint32_t faults; /* that were due, whether or not they were let happen */
    unsigned tricks; /* of all nodes */
    uint64_t transcript, views, heights, terms, messages, crashes, restarts, blamed, txs, refused,
        syncs, events, virtual_ms, caught_up, oracle, foretold, sets, silenced, whole_terms,
        evidence;
    uint64_t weights, invented; /* different weights in a set, at most; false blocks */
};

void nw_run(const struct sim_options *o, struct nw_result *out);
/* The same, as shrinking knows worlds. */
extern const struct sim_kind nw_kind_of_world;
bool nw_people_known(const char *name);

/* ---- inside ---- */

enum nw_kind {
    NW_MAIL,
    NW_TURN,
    NW_WORKED,
    NW_APPLIED,
    NW_RESTART,
    NW_LINK_UP,
    NW_LINK_DOWN,
    NW_PARTITION,
    NW_STALL,
    NW_CRASH_ALL,
    NW_JUMP,
    NW_TRICK_TICK,
    NW_PEOPLE,
    NW_SUBMIT,
    NW_WATCH,
    NW_KINDS
};

struct nw_mail {
    unsigned refs, type;
    size_t n;
    uint8_t bytes[];
};

struct nw_event {
    uint64_t at, seq; /* microseconds; order of equal times */
    uint8_t kind;
    uint16_t node, from;
    uint32_t gen;  /* of the node; stale ones are dropped */
    uint32_t link; /* incarnation of the connection */
    uint64_t arg;
    struct nw_mail *mail;
    struct weal_host_work *work;
};

/* A disk that stands before the one in memory: knows what is not synced, dies at a write. */
struct nw_disk {
    struct weal_disk disk; /* first */
    struct weal_disk *below;
    struct nw_node *node;
    uint32_t dirty_log, dirty_blocks; /* writes since the last sync of such a file */
    uint64_t bytes;                   /* written ever */
    uint32_t syncs;                   /* in this turn */
};

/* A copy of what a node keeps, for putting back later. */
struct nw_backup {
    struct weal_kv *kv;
    struct weal_disk *disk;
    bool began;
    uint8_t instance[16];
};

struct nw_heap {
    struct weal_mem mem; /* counted */
    uint64_t bytes, top, pieces;
};

struct nw_submission {
    uint64_t tag, height; /* height: final when the node took it */
    struct nw_node *node;
    bool people, busy; /* people: its answer is told; busy: it has none yet */
};

/* What leaves a Byzantine leader instead of its honest block. */
struct nw_false {
    uint8_t of[32], id[32]; /* the honest block's id, its own */
    uint8_t header[WEAL_HEADER_SIZE_MAX];
    uint8_t *body;
    size_t body_n;
    uint64_t believers; /* nodes that get it, bits */
};

struct nw_node {
    struct node_world *w;
    uint16_t id, key; /* key: whose secrets; NW_KEYS_MAX: none, an observer */
    unsigned tricks;  /* 0: honest */
    uint32_t gen;
    struct weal_core *core;            /* NULL: down */
    bool dying, in_turn, halted, late; /* late: a newcomer that starts when the others have begun */
    enum weal_err died_of;
    struct nw_heap heap;
    struct weal_kv *kv;
    struct weal_disk *mem_disk;
    struct nw_disk disk;
    uint8_t instance[16];
    bool began;
    struct nw_backup backup;
    /* what came in and waits for the turn */
    struct nw_event *inbox;
    size_t inbox_n, inbox_cap, inbox_bytes;
    uint64_t turn_at, busy_until, wake_ms, stalled_until;
    const struct weal_host_apply *job;
    unsigned works; /* taken and not handed back */
    struct weal_host_work **work;
    size_t work_cap;
    int64_t skew_ms;
    uint64_t silent_until;
    struct nw_false lie;
    uint32_t knows[NW_NODES_MAX]; /* the connection to each, as it has heard of it */
    /* for the checkers */
    uint64_t final, promised, head, started_us, began_height;
    uint64_t seen_term, seen_view, entered_us;
    uint64_t seen_set; /* the term whose set was looked at, and 1; 0: none since the start */
    unsigned starts_refused;
    bool served;                  /* answered whoever asks at the end */
    uint64_t away_until, away_us; /* switched off until this height, since; 0: not */
};

struct nw_final {
    uint8_t id[32], root[32];
};

/* Who sits in a term, bits by key; there: since its first block, halfway. */
struct nw_term {
    uint8_t hash[32], key[NW_KEYS_MAX];
    uint16_t n;
    uint64_t weight[NW_KEYS_MAX], total; /* by place */
    uint32_t proposed[NW_KEYS_MAX];      /* blocks, by place */
    unsigned sits, there, voted;
    uint64_t began_us;
};

struct nw_vote_seen {
    uint64_t view, parent_view;
    uint32_t term;
    uint8_t key, kind, used;
    uint8_t digest[32];
};

struct nw_trace {
    uint64_t at;
    uint16_t node, from;
    uint8_t kind;
    uint64_t a, b;
    char text[72];
};

struct node_world {
    struct sim_options o;
    struct nw_faults f, drawn; /* now; as the seed has it */
    struct nw_result *out;
    uint64_t rng, people_rng, terms_rng, extra_rng, now_us, seq, transcript, start_us;
    unsigned nodes_n, keys_n;
    struct nw_node node[NW_NODES_MAX];
    unsigned crowd;             /* validators, where they are ten and more; else 0 */
    uint64_t bond[NW_KEYS_MAX]; /* theirs, then */
    bool byzantine[NW_KEYS_MAX];
    bool mobile[NW_KEYS_MAX];       /* may leave the set: people_may_leave */
    unsigned fragile;               /* the node that may lose its disk */
    bool real, healed, over, messy; /* messy: links repeat or overtake */
    struct weal_bft_config pace;
    uint64_t upgrade; /* height before which all must stop; 0: none */
    struct chain *chain;
    uint8_t account[NW_KEYS_MAX][32];
    struct nw_event *queue;
    size_t queue_n, queue_cap;
    uint32_t link[NW_NODES_MAX][NW_NODES_MAX]; /* incarnation; odd: up */
    uint64_t link_free[NW_NODES_MAX][NW_NODES_MAX];
    uint64_t link_last[NW_NODES_MAX][NW_NODES_MAX]; /* arrival of the last, for order */
    uint8_t side[NW_NODES_MAX];
    bool parted;
    struct nw_final *finals; /* by height */
    uint64_t finals_n, finals_cap;
    struct nw_term *terms; /* those whose set is fixed */
    uint32_t terms_n, terms_cap;
    struct nw_vote_seen *votes;
    uint32_t votes_n, votes_cap;
    struct nw_trace trace[NW_TRACE_MAX];
    uint64_t trace_n;
    struct nw_mail *old[NW_OLD_MAX];
    unsigned old_n;
    const struct people *people;
    void *people_ctx;
    uint64_t answer_height;
    struct nw_submission **submissions;
    size_t submissions_n, submissions_cap;
    uint64_t healed_us, healed_height, healed_gap;
    uint64_t views, drought_from;
    uint64_t term_top, view_top, views_before; /* for counting views */
    bool stays;                                /* goes on after healing, for V2 */
    /* when the first honest node came into a view, the latest of them in a ring */
    struct {
        uint64_t at_us, view;
        uint32_t term;
    } entered[NW_ENTERED_MAX];
    uint64_t entered_n;
    struct {
        uint64_t since_us, messages;
    } sent; /* in this second */
};

/* node_world.c */
uint64_t nw_random(struct node_world *w);
uint64_t nw_below(struct node_world *w, uint64_t n);
/* Does a fault that comes with this probability happen now? Or one whose time has come? */
bool nw_fault(struct node_world *w, enum nw_fault kind, uint16_t node, uint32_t ppm);
bool nw_fault_due(struct node_world *w, enum nw_fault kind, uint16_t node);
void nw_at(struct node_world *w, uint64_t at_us, struct nw_event e);
void nw_mix(struct node_world *w, uint64_t x);
void nw_mix_bytes(struct node_world *w, const uint8_t *p, size_t n);
void nw_note(struct node_world *w, uint16_t node, uint16_t from, uint8_t kind, uint64_t a,
             uint64_t b, const char *text);
void nw_breach(struct node_world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline bool nw_honest(const struct nw_node *o) {
    return o->tricks == 0;
}

void nw_submit(struct node_world *w, uint16_t node, uint64_t at_us, struct weal_bytes tx,
               uint64_t tag, bool people);

/* node_menu.c */
extern const char *const nw_fault_words[NW_FAULTS];
void nw_menu_draw(struct node_world *w);
void nw_menu_print(const struct node_world *w); /* in words */

/* node_net.c */
struct nw_mail *nw_mail_new(unsigned type, struct weal_bytes bytes);
void nw_mail_drop(struct nw_mail *m);
void nw_send(struct node_world *w, uint16_t from, uint16_t to, struct nw_mail *m);
void nw_link_up(struct node_world *w, uint16_t a, uint16_t b);
void nw_link_down(struct node_world *w, uint16_t a, uint16_t b);
bool nw_linked(const struct node_world *w, uint16_t a, uint16_t b);

/* node_disk.c */
void nw_heap_init(struct nw_heap *h);
void nw_disk_init(struct nw_node *o);
void nw_storage_new(struct nw_node *o);
void nw_storage_free(struct nw_node *o);
void nw_backup_take(struct nw_node *o);
bool nw_backup_restore(struct nw_node *o);
void nw_backup_free(struct nw_backup *b);
/* Spoils one byte of one file. */
bool nw_rot(struct nw_node *o);

/* node_one.c */
void nw_start(struct nw_node *o);
void nw_crash(struct nw_node *o, enum weal_disk_mem_cut cut);
void nw_arrive(struct nw_node *o, struct nw_event *e);
void nw_turn(struct nw_node *o);
void nw_lost(struct node_world *w, struct nw_submission *s); /* nobody will answer */
bool nw_effect(struct nw_node *o); /* an effect boundary: false when the node is dead */

/* node_trick.c */
/* What leaves a Byzantine node: true when it has been dealt with. */
bool nw_trick_send(struct nw_node *o, uint16_t to, unsigned type, struct weal_bytes b);
void nw_trick_tick(struct nw_node *o);
void nw_trick_give(struct nw_node *o, uint16_t to, unsigned type, struct weal_bytes b);
void nw_trick_vote(struct nw_node *o, uint16_t to, struct weal_vote *v); /* signs it */

/* node_false.c: true when something else was sent */
bool nw_false_send(struct nw_node *o, uint16_t to, unsigned type, struct weal_bytes b);
/* The root over a body's transactions; false when some of it is none. */
bool nw_body_root(struct weal_bytes body, uint8_t root[32]);

/* node_terms.c */
void nw_terms_begin(struct node_world *w);
/* The network's first final block of a height has been executed. */
void nw_terms_final(struct node_world *w, const struct weal_header *h);
uint16_t nw_term_place(const struct node_world *w, uint32_t term, unsigned key);
bool nw_terms_done(const struct node_world *w);
void nw_check_evidence(struct node_world *w, struct weal_bytes tx); /* a final transaction */
void nw_check_sign(struct nw_node *o, const struct weal_vote *v);
/* A node, between two turns, is in this term as number self. */
void nw_check_set(struct nw_node *o, uint32_t term, uint16_t self);

/* node_check.c */
void nw_check_final(struct nw_node *o, const struct weal_chain_block *b);
void nw_check_started(struct nw_node *o);
void nw_check_send(struct nw_node *o, unsigned type, struct weal_bytes b);
void nw_check_blame(struct nw_node *o, uint16_t from, enum weal_verdict why);
void nw_check_node(struct nw_node *o);
void nw_check_together(struct node_world *w);
uint64_t nw_settled_us(const struct node_world *w);
void nw_check_served(struct nw_node *o, unsigned type, struct weal_bytes b);
void nw_check_end(struct node_world *w);

#endif
