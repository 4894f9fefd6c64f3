/* SPDX-License-Identifier: ISC */
/* The world of address books: whom nodes are connected with when others want to choose that for
 * them. Each honest node is the daemon's own p2p/peers core with its book, its save file and its
 * codec of addresses; around it stand what node/io/net.c does with them (dials, handshakes, closes,
 * questions once in a while), links, and adversaries who own addresses in several networks: they
 * fill books and inbound places, answer dials and then say nothing, lie about addresses, come and
 * go, offend. Agreement and blocks are reduced to one number: the head, made by the first nodes
 * each second and told along connections between honest nodes. A node is eclipsed when it does not
 * hear of it.
 *
 * Order of a run: trouble (partitions, lost dials, cut links, restarts, lost books), in which one
 * newcomer starts; healing, after which adversaries go on; then every honest node with one honest
 * address given by its operator must stay near the head, from REACH_MS on, and every other that
 * ever reached an honest one must find back by its book alone within FIND_MS.
 *
 * book_world.c: time, chance, the run. book_node.c: connections and the shell around a core.
 * book_foe.c: adversaries. book_check.c: what must hold. */
#ifndef WEAL_TESTS_SIM_BOOK_WORLD_H
#define WEAL_TESTS_SIM_BOOK_WORLD_H

#include "p2p/gen/msg_gen.h"
#include "p2p/peers.h"
#include "tests/sim/run.h"

enum {
    BW_NODES_MAX = 20,
    BW_FOES_MAX = 320, /* addresses of adversaries */
    BW_GROUPS_MAX = 16,
    BW_CONNS_MAX = 2048,
    BW_KEPT_MAX = 4,
    BW_TRACE_MAX = 400,
    BW_BANS_MAX = 8192,

    BW_REACH_MS = 180 * 1000,
    BW_FIND_MS = 40 * 60 * 1000,
    BW_STAY_MS = 10 * 60 * 1000,
    BW_LAG_MS = 60 * 1000,
};

/* What adversaries do; several at once are possible. */
enum bw_trick {
    BW_FALSE = 1,    /* tells addresses where nobody is */
    BW_OWN = 2,      /* tells its own addresses */
    BW_MANGLE = 4,   /* tells honest addresses with other identities, itself at honest ones */
    BW_ABSURD = 8,   /* addresses that nobody may dial: loopback, broadcast, the victim's own */
    BW_FILL = 16,    /* takes every inbound place it gets, at many nodes */
    BW_CHURN = 32,   /* comes and goes quickly */
    BW_MUTE = 64,    /* sometimes answers a dial and never finishes the handshake */
    BW_OFFEND = 128, /* answers nobody asked for, and bytes that are none */
    BW_MASKS = 256,  /* another identity at each connection, or one for all addresses */
    BW_TRICK_ALL = 511,
};

enum bw_fault {
    BW_F_LOSS,      /* a dial gets no answer */
    BW_F_CUT,       /* an adversary on the path drops a link between honest nodes */
    BW_F_PARTITION, /* two sides, one another's silence */
    BW_F_RESTART,   /* of one node, with its book as last saved */
    BW_F_BOOK,      /* which is lost, or cut short */
    BW_F_LATENCY,   /* of the menu from here on */
    BW_F_SEEDLESS,  /* nodes whose operators named nobody, or who name nobody after a restart */
    BW_FAULTS
};

struct bw_result {
    bool breach;
    char what[256];
    uint32_t faults;
    unsigned tricks;
    uint64_t transcript, seconds, dials, refused, pex, told, bans, restarts, evicted, events,
        reached_ms, found_ms; /* the longest after healing */
    unsigned nodes, foes, groups;
};

void bw_run(const struct sim_options *o, struct bw_result *out);
extern const struct sim_kind bw_kind_of_world;

/* ---- inside ---- */

enum bw_kind {
    BW_TICK,
    BW_ARRIVE, /* a dial reaches its listener */
    BW_UP,     /* handshake and hello are done, at both ends */
    BW_DOWN,   /* side, arg: why */
    BW_ASK,    /* pex_get reaches side */
    BW_ANSWER, /* pex reaches side */
    BW_START,
    BW_FOE,
    BW_WATCH,
};

struct bw_mail {
    size_t n;
    uint8_t bytes[];
};

struct bw_event {
    uint64_t at, seq; /* virtual milliseconds; order of equal times */
    uint8_t kind, side;
    uint16_t node;
    uint32_t conn, gen;
    uint64_t arg;
    struct bw_mail *mail; /* owned */
};

/* Two ends: 0 dialled, 1 listened. party: an honest node, or nodes_n and more: an address of the
 * adversaries. id: the core's number, 0 at an adversary's or when gone. */
struct bw_conn {
    bool used, up, lost;
    uint32_t gen;
    uint16_t party[2];
    uint64_t id[2];
    bool gone[2];
    struct weal_peers_addr from;
    uint8_t wanted[32];
    bool has_wanted, asked[2], mask;
    uint8_t mask_identity[32];
    uint64_t answered_ms[2], up_ms, silent_ms; /* answered_ms: by the end of this number */
};

struct bw_node {
    struct bw_world *w;
    uint16_t id;
    bool up, named; /* named: its operator named an honest node that listens */
    struct weal_peers_addr addr;
    uint8_t identity[32];
    struct weal_peers *peers; /* in mem */
    void *mem;
    uint16_t kept[BW_KEPT_MAX];
    uint8_t kept_n;
    struct weal_peers_limits limits;
    uint8_t saved[WEAL_PEERS_BOOK_MAX];
    size_t saved_n;
    uint64_t head, start_ms;
    bool reached_honest;
    struct weal_peers_effect fx[1024];
    uint32_t fx_n, working, accepting; /* accepting: index of the connection */
    uint64_t lagging_since;
    /* accepted lately, by group, for the checker */
    struct {
        uint32_t group;
        uint64_t at_ms;
    } came[256];
    uint32_t came_n;
    struct weal_peers_addr anchor[WEAL_P2P_ANCHORS]; /* not dialled since the start */
    unsigned anchors_n;
    uint64_t offences; /* that earned somebody a bad name here */
};

struct bw_foe {
    struct weal_peers_addr addr;
    uint8_t identity[32];
};

struct bw_trace {
    uint64_t at;
    uint16_t node, other;
    char text[64];
};

/* Bans as the checker counts them. */
struct bw_ban {
    uint16_t node;
    uint8_t key[32];
    uint64_t until_ms, offences;
    uint32_t times;
};

struct bw_world {
    struct sim_options o;
    struct bw_result *out;
    uint64_t rng, now_ms, seq, transcript;
    unsigned nodes_n, foes_n, groups_n, makers_n;
    struct bw_node node[BW_NODES_MAX];
    struct bw_foe foe[BW_FOES_MAX];
    struct bw_conn conn[BW_CONNS_MAX];
    uint32_t conns_top;
    unsigned tricks;
    uint32_t loss_ppm, cut_ppm, restart_ppm, book_ppm;
    uint32_t latency_min_ms, latency_max_ms, tick_ms;
    uint32_t partition_every_s, partition_for_s;
    uint64_t partition_at, partition_end;
    uint8_t side[BW_NODES_MAX];
    bool parted, healed, over, seedless;
    uint64_t heal_ms, healed_at;
    uint16_t newcomer;
    struct bw_event *queue;
    size_t queue_n, queue_cap;
    struct bw_trace trace[BW_TRACE_MAX];
    uint64_t trace_n;
    struct bw_ban ban[BW_BANS_MAX];
    unsigned bans_n;
};

/* book_world.c */
uint64_t bw_below(struct bw_world *w, uint64_t n);
bool bw_fault(struct bw_world *w, enum bw_fault kind, uint16_t node, uint32_t ppm);
bool bw_fault_due(struct bw_world *w, enum bw_fault kind, uint16_t node);
void bw_at(struct bw_world *w, uint64_t at_ms, struct bw_event e);
void bw_mix(struct bw_world *w, uint64_t x);
void bw_note(struct bw_world *w, uint16_t node, uint16_t other, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void bw_breach(struct bw_world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct bw_mail *bw_mail_new(struct weal_bytes bytes);
static inline bool bw_honest(const struct bw_world *w, uint16_t party) {
    return party < w->nodes_n;
}
/* Who listens there; UINT16_MAX: nobody. */
uint16_t bw_party_at(const struct bw_world *w, const struct weal_peers_addr *a);
const struct weal_peers_addr *bw_addr(const struct bw_world *w, uint16_t party);

/* book_node.c */
void bw_node_start(struct bw_node *o);
void bw_node_stop(struct bw_node *o);
void bw_step(struct bw_node *o, const struct weal_peers_event *e);
void bw_conn_event(struct bw_world *w, const struct bw_event *e);
/* An end lets go: it is told now, the other later. */
void bw_close(struct bw_world *w, uint32_t conn, unsigned side, enum weal_verdict why);
/* Dials a node from an adversary's address. */
void bw_foe_dial(struct bw_world *w, uint16_t foe, uint16_t node);
void bw_tell(struct bw_world *w, uint32_t conn, unsigned to, enum bw_kind kind,
             struct bw_mail *mail);
uint64_t bw_latency(struct bw_world *w);

/* book_foe.c */
void bw_foe_tick(struct bw_world *w);
void bw_foe_asked(struct bw_world *w, uint32_t conn, unsigned side); /* a question for addresses */
/* The group of the adversary who made up this address; UINT_MAX: it is not made up. */
unsigned bw_made_up_by(const struct weal_peers_addr *a);

/* book_check.c */
void bw_check_started(struct bw_node *o);
void bw_check_step(struct bw_node *o);
void bw_check_admitted(struct bw_node *o, const struct weal_peers_addr *from);
void bw_check_turned_away(struct bw_node *o, const struct weal_peers_addr *from,
                          enum weal_verdict why);
void bw_check_dial(struct bw_node *o, const struct weal_peers_effect *e);
void bw_check_close(struct bw_node *o, const struct bw_conn *c, unsigned side,
                    enum weal_verdict why);
void bw_check_offence(struct bw_node *o, const struct bw_conn *c, unsigned side);
void bw_check_answer(struct bw_node *o, const struct weal_p2p_pex *pex);
void bw_check_book(struct bw_node *o);
void bw_check_heads(struct bw_world *w);
bool bw_check_done(const struct bw_world *w);

#endif
