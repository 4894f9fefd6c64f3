/* SPDX-License-Identifier: ISC */
/* Several cores (node/core) in one process: virtual time, messages with a delay, database and disk
 * in memory with their faults. The same object code as the daemon's, without sockets; for tests
 * that kill and restart nodes thousands of times faster than real ones. Deterministic. */
#ifndef WEAL_TESTS_SUPPORT_NODES_H
#define WEAL_TESTS_SUPPORT_NODES_H

#include "node/core/core.h"
#include "storage/file_mem.h"
#include "tests/support/chain.h"
#include "tests/support/mem.h"

enum { NODES_MAX = 8, NODES_WORK_MAX = 32 };

struct nodes_mail {
    uint64_t at, order;
    uint32_t from, to;
    unsigned type;
    uint8_t *bytes;
    size_t n;
};

struct nodes;
struct nodes_one {
    struct nodes *all;
    uint32_t index;
    struct weal_core *core; /* NULL: down */
    struct weal_kv *kv;
    struct weal_disk *disk;
    uint8_t instance[16];
    bool began; /* the host's memory of a log that has begun */
    uint64_t wake, apply_at;
    const struct weal_host_apply *job;
    struct weal_host_work *work[NODES_WORK_MAX]; /* under way, each until its time */
    uint64_t work_at[NODES_WORK_MAX];
    uint32_t work_n, worked; /* worked: ever */
    uint64_t head;           /* as last told to peers */
    uint64_t random;
    bool cut_off; /* hears and says nothing */
    uint32_t blamed;
    enum weal_verdict why;  /* of the last blame */
    uint64_t blocks_of;     /* the peer it last asked for blocks */
    uint32_t watched;       /* events of the name that is watched */
    char watched_text[160]; /* of the last */
};

struct nodes {
    struct chain *chain; /* genesis and secrets */
    uint32_t n, validators;
    uint64_t now, latency_ms, order;
    uint64_t loss_ppm, random;
    unsigned lost_type;       /* no message of this type arrives; 0: all do */
    uint32_t heartbeat_ms;    /* of nodes started from now on; 0: 50 */
    uint32_t compact_records; /* the same; 0: the core's own */
    uint32_t segment_bytes;   /* of the log, the same; 0: 1 MiB */
    uint32_t backoff_cap_ms;  /* the same; 0: the daemon's */
    uint32_t apply_ms;        /* how long the applier takes; 0: 7 */
    struct nodes_one node[NODES_MAX];
    struct nodes_mail *mail;
    size_t mail_n, mail_cap;
    bool no_work; /* hosts without threads: no work is taken */
    bool verbose;
    const char *watch; /* name of an event to be counted; errors are then printed no more */
    struct test_mem heap;
};

/* n nodes, the first `validators` of which vote. */
struct nodes *nodes_new(uint32_t n, uint32_t validators, uint64_t latency_ms);
void nodes_free(struct nodes *w);
void nodes_run(struct nodes *w, uint64_t ms);
/* Runs until every live node has this height final, at most ms; false when not. */
bool nodes_reach(struct nodes *w, uint64_t height, uint64_t ms);
uint64_t nodes_height(const struct nodes *w, uint32_t i);
/* Ends a node; what was not synced goes as `cut` says. */
void nodes_kill(struct nodes *w, uint32_t i, enum weal_disk_mem_cut cut);
enum weal_err nodes_restart(struct nodes *w, uint32_t i);
/* A transaction from a client of node i; the verdict after the turn. */
enum weal_verdict nodes_submit(struct nodes *w, uint32_t i, struct weal_bytes tx);
/* Every live node's final states agree at the lowest common height; asserts. */
void nodes_agree(struct nodes *w);

#endif
