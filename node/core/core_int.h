/* SPDX-License-Identifier: ISC */
/* Private to node/core: the machine's insides, shared by core.c (turns and effects), boot.c,
 * agree.c (agreement and blocks), term.c (terms), txs.c (transactions) and catchup.c (block sync).
 */
#ifndef WEAL_NODE_CORE_CORE_INT_H
#define WEAL_NODE_CORE_CORE_INT_H

#include "consensus/bft/guard.h"
#include "node/core/core.h"
#include "node/core/seen.h"
#include "p2p/gossip.h"
#include "p2p/msg.h"
#include "p2p/sync.h"
#include "storage/wal.h"

enum {
    CORE_WAL_BFT = 1,         /* kind of the agreement's records in the log */
    CORE_WANTS_MAX = 128,     /* blocks asked for */
    CORE_CERT_WANTS_MAX = 8,  /* damaged certificates */
    CORE_WANT_WAIT_MS = 20,   /* a pushed body has this long before it is asked for */
    CORE_WANT_AGAIN_MS = 150, /* then somebody else is asked */
    CORE_TX_BATCH = 128,      /* transactions checked at once */
    CORE_CHECKS_MAX = 4,      /* such batches whose signatures are with workers */
    CORE_TX_QUEUE = 16384,    /* waiting to be checked */
    CORE_TX_QUEUE_BYTES = 16 << 20,
    CORE_TX_WAIT_MS = 5,       /* a batch begins no later than this after its first */
    CORE_HEAD_AGAIN_MS = 5000, /* our head is told again when nothing became final for so long */
    CORE_SYNC_WAIT_MS = 10,    /* certificates in the block files: synced with what comes by then */
    CORE_APPLY_WAIT_MS = 500,  /* final blocks gather for one commit of the database, */
    CORE_APPLY_BLOCKS = 32,    /* until there are so many, */
    CORE_APPLY_BYTES = 4 << 20,   /* or the states in memory have this size, */
    CORE_APPLY_LITTLE = 64 << 10, /* or less than this, where it is not worth while */
    CORE_PEERS_MAX = 256,
    CORE_COMPACT_RECORDS = 20000, /* unless the configuration says otherwise */
    CORE_MSG_MAX = 4 << 20,       /* the largest message made here */
};

/* A question of the agreement that waits for a block. */
struct core_want {
    uint8_t id[32];
    bool verify, certify; /* which answers are due; neither: a parent, or a final block */
    bool mend;            /* applied, and damaged in its file */
    uint64_t verify_view, certify_view;
    uint16_t leader;  /* asked first */
    uint32_t asked;   /* times */
    uint64_t next_ms; /* when to ask again */
    bool used;
};

/* A certificate that is damaged in its file, and asked of peers. */
enum core_cert_state { CERT_NONE, CERT_ASKED, CERT_WRITTEN, CERT_GIVEN_UP };
struct core_cert_want {
    enum core_cert_state state; /* WRITTEN: it is about to be */
    struct weal_block_where where;
    uint32_t asked; /* peers */
    bool unfit;     /* one came that is not as long */
    uint64_t next_ms;
};

/* Work that follows from effects, in order. Bytes are owned by the entry. */
enum core_todo_kind { TODO_SIGNED, TODO_BUILD, TODO_VERIFY, TODO_CERTIFY, TODO_TERM };
struct core_todo {
    enum core_todo_kind kind;
    struct weal_vote vote;
    bool refused;
    struct weal_bft_effect effect; /* BUILD, VERIFY, CERTIFY */
};

/* An effect that waits for the sync. */
struct core_held {
    struct weal_bft_effect effect;
    size_t at, n; /* its bytes in held_bytes */
};

/* A transaction that waits for its check. */
struct core_tx {
    uint8_t *bytes; /* owned */
    uint32_t n;
    uint64_t peer;
    weal_core_submitted *done;
    void *ctx;
};

struct weal_core {
    struct weal_core_config cfg;
    struct weal_host host;
    uint64_t now_ms, wall_ms;

    /* storage */
    struct weal_wal *wal;
    struct weal_blocks *blocks;
    struct weal_store *store;
    struct weal_chain *chain;
    uint64_t wal_records;                 /* since the log was last written in short */
    uint64_t compact_lsn, compact_height; /* what is below the lsn may go when the database has the
                                           * height; 0: nothing waits */
    bool applying, log_new;               /* log_new: began is still to be called */
    struct weal_host_apply job;           /* while applying */

    /* agreement */
    void *bft_mem;
    struct weal_bft *bft;
    struct weal_guard_record guard;
    struct weal_bft_effects fx;
    struct weal_set set;
    uint16_t leaders[WEAL_LEADER_SLOTS];
    struct weal_bft_term term;
    struct weal_cert_context certs;
    struct weal_sig_cache sig_cache;
    uint8_t lineage[32];
    uint64_t term_blocks;
    uint64_t bft_wake_ms;
    uint64_t apply_at_ms; /* when what waits is applied, however little; UINT64_MAX: nothing does */
    bool pending_told, pending_stale;
    uint64_t pending_again_ms, head_again_ms;

    struct core_todo *todo; /* ring, grows */
    uint32_t todo_head, todo_n, todo_cap;
    struct core_todo todo_lost; /* pushed without memory: never run */
    struct core_held *held;
    uint32_t held_n, held_cap;
    uint8_t *held_bytes;
    size_t held_bytes_n, held_bytes_cap;
    struct core_want wants[CORE_WANTS_MAX];
    uint8_t late_id[32]; /* final, but its block is not here yet */
    struct weal_bytes late_cert;

    /* executing */
    struct weal_exec exec, exec_tx;
    void *batch_mem, *batch_tx_mem;
    uint8_t *scratch, *scratch_tx, *keep, *keep_tx;
    struct weal_seen seen; /* proofs and signatures that were verified */

    /* transactions */
    struct weal_mempool *mempool;
    void *gossip_mem;
    struct weal_gossip *gossip;
    struct core_tx txq[CORE_TX_QUEUE];
    uint32_t txq_head, txq_n;
    uint64_t txq_bytes, txq_due_ms;
    struct core_check *checks; /* batches under way, oldest first */
    uint32_t checks_n;
    uint8_t check_id[32]; /* of the transaction that is being checked */
    bool check_put_off;   /* its signature is left to a worker */

    /* block sync */
    void *sync_mem;
    struct weal_sync *sync;
    uint64_t peers[CORE_PEERS_MAX];
    uint32_t peers_n;
    struct weal_sync_effect *sync_fx; /* worked off after the step that gave them */
    uint32_t sync_fx_n, sync_fx_cap;
    bool sync_busy;
    struct core_answer *answers;     /* all there are */
    struct core_answer *sync_answer; /* to be verified next; NULL: none */
    uint32_t sync_range;
    bool sync_paused; /* until the applier has made room */

    struct core_mending *mending; /* what is being written again in its file; NULL: nothing */
    struct core_cert_want cert_wants[CORE_CERT_WANTS_MAX];
    uint8_t cert_owed[CORE_PEERS_MAX]; /* answers, by the place in peers */
    uint64_t scrub_height, scrub_ms;   /* the next block of the slow look, and when; 0: done */

    uint8_t *msg;           /* CORE_MSG_MAX bytes for messages being made */
    uint64_t looked_height; /* whose next version was looked at, and one; 0: none was */
    bool hold_votes, hold_txs, started, changed;
    enum weal_err failed; /* the disk has failed: nothing leaves any more */
    struct weal_core_stat stat;
};

/* core.c */
void core_log(struct weal_core *c, enum weal_host_level level, const char *event,
              const char *format, ...) __attribute__((format(printf, 4, 5)));
void core_step(struct weal_core *c, const struct weal_bft_event *event);
enum weal_err core_make_durable(struct weal_core *c);
struct core_todo *core_todo_push(struct weal_core *c, enum core_todo_kind kind);
/* Whether the block of this height, built on this state, needs a program of a later version: then
 * it says so and stops voting. */
void core_version_look(struct weal_core *c, struct weal_state *state, uint64_t height);
/* Whether b was refused for being of a protocol version that this program does not know. */
bool core_too_new(struct weal_core *c, const struct weal_chain_block *b);
void core_fail(struct weal_core *c, enum weal_err e, const char *where);
/* A limit that is met now and not for ever: the applier is behind, a buffer is full. */
static inline bool core_passes(enum weal_err e) {
    return e == WEAL_ERR_FULL || e == WEAL_ERR_BUSY || e == WEAL_ERR_UNFINAL_DEPTH ||
           e == WEAL_ERR_UNAPPLIED_DEPTH;
}

/* term.c */
bool core_term_load(struct weal_core *c, uint32_t term); /* from the last final state */
void core_term_over(struct weal_core *c);
/* The set of the present term or a past one, as the last final state proves it. */
bool core_term_set(struct weal_core *c, uint32_t term, struct weal_set *set);
/* Before anything is built on the database's state: what a start must be sure of is held against
 * its root, and the records of the terms around it are written again where they have rotted and it
 * can be said what they were. CORRUPT, and the log names the record: it can't. The applier is idle.
 */
WEAL_MUST_USE enum weal_err core_records_mend(struct weal_core *c, struct weal_state *base);

/* agree.c */
void core_todo_run(struct weal_core *c, const struct core_todo *t);
void core_wants_try(struct weal_core *c); /* answers what can be answered now */
void core_deliver(struct weal_core *c, const uint8_t digest[32], struct weal_bytes cert);
void core_agree_message(struct weal_core *c, uint64_t peer, unsigned type, struct weal_bytes bytes);
void core_send_bft(struct weal_core *c, const struct weal_bft_effect *e, struct weal_bytes bytes);
void core_forward(struct weal_core *c, const struct weal_bft_effect *e);
struct core_want *core_want_slot(struct weal_core *c, const uint8_t id[32]);
void core_wants_wake(struct weal_core *c);
uint64_t core_wants_next(const struct weal_core *c);
/* Finality without agreement's help: a block of the chain, executed, with its certificate. */
enum weal_err core_finalize(struct weal_core *c, struct weal_chain_block *b,
                            struct weal_bytes cert);
void core_floor(struct weal_core *c, struct weal_bytes cert, struct weal_bytes header);
bool core_send_body(struct weal_core *c, uint64_t peer, const struct weal_chain_block *b,
                    uint8_t why);

/* txs.c */
void core_tx_queue(struct weal_core *c, struct weal_bytes tx, uint64_t peer,
                   weal_core_submitted *done, void *ctx);
void core_txs_wake(struct weal_core *c);
uint64_t
core_txs_next(const struct weal_core *c); /* when it wants to be woken; UINT64_MAX: never */
void core_txs_free(struct weal_core *c);
bool core_check_known(void *ctx, const uint8_t key[32]); /* struct weal_exec_cache: known */
void core_pool_tx(struct weal_mempool_tx *out, const struct weal_tx_info *info,
                  struct weal_bytes bytes, uint64_t origin);
void core_tx_message(struct weal_core *c, uint64_t peer, unsigned type, struct weal_bytes bytes);
void core_gossip(struct weal_core *c, const struct weal_gossip_event *event);
void core_txs_final(struct weal_core *c, const struct weal_chain_block *b);
struct weal_exec_source core_source(struct weal_core *c, struct weal_chain_block *parent);
/* After a finalization: some of what waits in the human lane is checked again on the new final
 * state, and dropped when it would be refused on arrival now. Time rules such acts out without any
 * other act taking their tags; whoever holds a tag keeps its owner from trying again. */
void core_txs_again(struct weal_core *c);
bool core_txs_pending(struct weal_core *c);

/* mend.c */
/* Reads a block; a damaged certificate is as none. *buf is the caller's to free. Any thread. */
enum weal_err core_file_read(struct weal_disk *disk, const struct weal_block_where *where,
                             void **buf, struct weal_block_read *read);
/* The same for a block of the database; what of it is damaged is asked of peers. */
bool core_applied_read(struct weal_core *c, const struct weal_block_where *where, void **buf,
                       struct weal_block_read *read);
/* A peer's answer to w, whose block is to be mended. */
void core_mend(struct weal_core *c, struct core_want *w, uint64_t peer,
               const struct weal_p2p_body *m);
void core_mend_lost(struct weal_core *c, const uint8_t id[32]); /* nobody answered */
void core_mend_look(struct weal_core *c, uint64_t height);      /* somebody could not read it */
/* Begins to write a body, or a certificate, where it was; copies it. CORRUPT: it does not fit
 * there; BUSY: another is being written. Goes on in core_mend_wake. */
enum weal_err core_mending_begin(struct weal_core *c, const struct weal_block_where *where,
                                 bool cert, struct weal_bytes header, struct weal_bytes data);
void core_mend_wake(struct weal_core *c);
uint64_t core_mend_next(const struct weal_core *c);
void core_mend_free(struct weal_core *c);

/* mend_cert.c */
bool core_cert_missing(const struct weal_block_where *where, const struct weal_block_read *read);
void core_cert_damaged(struct weal_core *c, const struct weal_block_where *where);
/* A peer's answer to a question asked there: its number is not below WEAL_SYNC_REQUEST_END. */
void core_cert_answer(struct weal_core *c, uint64_t peer, const struct weal_p2p_blocks *m);
void core_cert_mended(struct weal_core *c, const struct weal_block_where *where, enum weal_err e);
bool core_certs_missing(const struct weal_core *c); /* some are asked for, or being written */
void core_certs_wake(struct weal_core *c);
uint64_t core_certs_next(const struct weal_core *c);

/* catchup.c */
void core_sync(struct weal_core *c, const struct weal_sync_event *event);
void core_catchup_message(struct weal_core *c, uint64_t peer, unsigned type,
                          struct weal_bytes bytes);
/* Tells peers the last final block; and the sync core, too. */
void core_head_tell(struct weal_core *c);
void core_our_head(struct weal_core *c);
/* Once a turn: executes the next range whose signatures have been looked at. */
void core_catchup_run(struct weal_core *c);
bool core_catchup_ready(const struct weal_core *c); /* it would do something now */
void core_catchup_free(struct weal_core *c);

/* ahead.c: weal_chain_execute, with the block's signatures verified together before. */
WEAL_MUST_USE enum weal_err core_execute(struct weal_core *c, struct weal_chain_block *b,
                                         enum weal_verdict *why);

/* boot.c */
bool core_load_line(struct weal_core *c, const uint8_t id[32]);
enum weal_err core_redo_line(struct weal_core *c, struct weal_chain_block *b);
enum weal_err core_log_shorten(struct weal_core *c);
void core_floor_raise(struct weal_core *c);

#endif
