/* SPDX-License-Identifier: ISC */
/* weald: configuration, keys, the node on its loop, RPC on another thread, a clean end. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "crypto/ring/ring.h"
#include "crypto/sig/sig.h"
#include "node/config/config.h"
#include "node/damaged.h"
#include "node/fsck_cmd.h"
#include "node/genesis/genesis_json.h"
#include "node/io/signals.h"
#include "node/io/thread.h"
#include "node/log.h"
#include "node/metrics/metrics.h"
#include "node/node.h"
#include "node/rpc/rpc.h"

#define AGENT "weald/1"

/* Exit codes: the manual lists them. */
enum { EXIT_USAGE = 2, EXIT_CONFIG = 3, EXIT_DATA = 4, EXIT_DISK = 75 };

struct app {
    struct weal_config cfg;
    uv_loop_t loop;
    struct weal_node *node;
    struct weal_rpc *rpc;
    struct weal_signals signals;
    uv_async_t stop;
    uv_timer_t disk;
    struct weal_log log;
    int exit_code;
    bool stopping, low, no_votes, begun, no_room;
    const char *not_ready;
};

/* ---- log ---- */

static void log_line(void *ctx, enum weal_host_level level, const char *event, const char *text) {
    struct app *a = ctx;
    weal_log_line(&a->log, level, event, text);
}
/* SIGHUP waits from before the log is opened until on_hup can be called: reading a long log at the
 * start takes a while, and a rotation meanwhile is neither the end nor missed. */
static void hup_hold(bool held) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(held ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}
/* SIGHUP: the file was moved away (logrotate). */
static void on_hup(void *ctx) {
    struct app *a = ctx;
    if (weal_log_reopen(&a->log) == WEAL_OK)
        log_line(a, WEAL_HOST_INFO, "log-opened", a->cfg.node_log_file);
    else
        log_line(a, WEAL_HOST_ERROR, "log-not-opened", strerror(errno));
}

/* ---- files ---- */

static bool hex_file_read(const char *path, uint8_t *out, size_t n) {
    char text[512];
    FILE *f = fopen(path, "r");
    size_t len = f ? fread(text, 1, sizeof text, f) : 0;
    if (f) fclose(f);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' ')) len--;
    bool ok = weal_hex_read(text, len, out, n);
    sodium_memzero(text, sizeof text);
    return ok;
}

/* Written beside and renamed, so that a half-written secret never has the name. */
static bool hex_file_write(const char *path, const uint8_t *b, size_t n) {
    char text[512], tmp[WEAL_CONFIG_TEXT_MAX + 64];
    struct weal_wr w = weal_wr(text, sizeof text);
    weal_wr_hex(&w, b, n);
    weal_wr_text(&w, "\n");
    snprintf(tmp, sizeof tmp, "%s.new", path);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, text, w.n) == (ssize_t)w.n && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    ok = ok && rename(tmp, path) == 0;
    sodium_memzero(text, sizeof text);
    return ok;
}

/* weald keygen FILE: a validator's secrets; prints what genesis wants of it. */
static int keygen(const char *path) {
    uint8_t secrets[64], wide[64], account[32], seat[32];
    char hex[2][65] = {"", ""};
    struct stat st;
    if (stat(path, &st) == 0) {
        fprintf(stderr, "weald: %s is there already and is not overwritten\n", path);
        return EXIT_USAGE;
    }
    do {
        randombytes_buf(secrets, 32);
    } while (!weal_sig_public(account, secrets));
    do {
        randombytes_buf(wide, sizeof wide);
    } while (!weal_secret_reduce(secrets + 32, wide));
    bool ok = weal_human_key(seat, secrets + 32) && hex_file_write(path, secrets, sizeof secrets);
    sodium_memzero(secrets, sizeof secrets);
    sodium_memzero(wide, sizeof wide);
    if (!ok) {
        fprintf(stderr, "weald: %s: %s\n", path, strerror(errno));
        return EXIT_DATA;
    }
    for (int i = 0; i < 2; i++) {
        struct weal_wr w = weal_wr(hex[i], 64);
        weal_wr_hex(&w, i ? seat : account, 32);
    }
    printf("{\"account\": \"%s\", \"seat\": \"%s\"}\n", hex[0], hex[1]);
    return 0;
}

/* Read by the RPC thread. */
static void ready_set(struct app *a, const char *why) {
    __atomic_store_n(&a->not_ready, why, __ATOMIC_RELAXED);
}

/* ---- ends ---- */

static void on_stopped(void *ctx) {
    struct app *a = ctx;
    uv_close((uv_handle_t *)&a->stop, NULL);
    uv_close((uv_handle_t *)&a->disk, NULL);
    weal_signals_stop(&a->signals);
}
static void stop_now(struct app *a) {
    if (a->stopping) return;
    a->stopping = true;
    log_line(a, WEAL_HOST_INFO, "stopping", "");
    weal_rpc_stop(a->rpc);
    a->rpc = NULL;
    weal_node_stop(a->node, on_stopped, a);
}
static void on_stop(uv_async_t *h) {
    stop_now(h->data);
}
static void stop_any_thread(void *ctx) {
    uv_async_send(&((struct app *)ctx)->stop);
}
static void on_signal(void *ctx, int number) {
    (void)number;
    stop_now(ctx);
}
/* Where the state that a block was executed on was damaged, a good final block looks invalid. */
static const char *advice(enum weal_err e) {
    return e == WEAL_ERR_CORRUPT || e == WEAL_ERR_HALTED ? "; " WEAL_DAMAGED_ADVICE : "";
}
static void on_failed(void *ctx, enum weal_err e) {
    struct app *a = ctx;
    fprintf(stderr, "weald: %s: %s%s\n", a->cfg.node_datadir, weal_err_text(e), advice(e));
    ready_set(a, weal_err_text(e));
    a->exit_code = e == WEAL_ERR_NO_SPACE || e == WEAL_ERR_IO ? EXIT_DISK : EXIT_DATA;
    uv_async_send(&a->stop);
}

/* ---- the disk ---- */

/* Below this there may be no room for a step of the block files, a segment of the log and a commit.
 * A node that starts so only answers: following would end it, over and over, by EXIT_DISK. */
enum { ROOM_MIB = 16 };

static void begin(struct app *a, uint64_t mib) {
    if (mib < ROOM_MIB) {
        if (!a->no_room) log_line(a, WEAL_HOST_ERROR, "disk-full-reading-only", "");
        a->no_room = true;
        return;
    }
    if (a->no_room) log_line(a, WEAL_HOST_INFO, "disk-has-room-again", "");
    a->no_room = false;
    a->begun = true;
    enum weal_err e = weal_node_start(a->node);
    if (e == WEAL_OK) return;
    fprintf(stderr, "weald: %s: %s\n", a->cfg.network_listen, weal_err_text(e));
    a->exit_code = e == WEAL_ERR_NO_SPACE || e == WEAL_ERR_IO ? EXIT_DISK : EXIT_DATA;
    uv_async_send(&a->stop);
}

static void on_disk(uv_timer_t *t) {
    struct app *a = t->data;
    struct statvfs v;
    char text[128];
    if (a->stopping) return;
    bool known = statvfs(a->cfg.node_datadir, &v) == 0;
    if (!known && a->begun) return;
    uint64_t mib = known ? (uint64_t)v.f_bavail * v.f_frsize >> 20 : UINT64_MAX;
    bool no_tx = mib < a->cfg.disk_stop_accepting_mib, no_vote = mib < a->cfg.disk_stop_voting_mib;
    snprintf(text, sizeof text, "free_mib=%llu", (unsigned long long)mib);
    if (mib < a->cfg.disk_warn_mib && !a->low) log_line(a, WEAL_HOST_WARN, "disk-low", text);
    if (no_vote && !a->no_votes) log_line(a, WEAL_HOST_ERROR, "disk-full-not-voting", text);
    if (!no_vote && a->no_votes) log_line(a, WEAL_HOST_INFO, "disk-votes-again", text);
    a->low = mib < a->cfg.disk_warn_mib;
    a->no_votes = no_vote;
    weal_node_hold(a->node, no_vote, no_tx);
    if (!a->begun) begin(a, mib);
    ready_set(a, a->no_room ? "disk full: only answers"
                 : no_vote  ? "disk nearly full: not voting"
                 : no_tx    ? "disk nearly full: takes no transactions"
                            : NULL);
}

/* ---- what RPC asks, on its thread ---- */

static const char *ready(void *ctx) {
    struct app *a = ctx;
    const char *why = __atomic_load_n(&a->not_ready, __ATOMIC_RELAXED);
    struct weal_api_snapshot *s = weal_api_snapshot(weal_node_api(a->node));
    if (!why && s && s->core.needs_version != 0)
        why = "an upgrade is next whose protocol version this program does not know";
    if (!why && s && s->core.syncing) why = "catching up";
    if (!why && s && s->core.halted) why = "halted";
    weal_api_snapshot_unref(s);
    return why;
}
static void metrics(void *ctx, const struct weal_rpc_limits *limits, struct weal_wr *w) {
    struct app *a = ctx;
    weal_metrics_write(weal_node_api(a->node), limits, w);
}

/* ---- starting ---- */

static bool peers_read(struct app *a, struct weal_net_addr *out, size_t cap, size_t *n) {
    char list[WEAL_CONFIG_TEXT_MAX], *save = NULL;
    snprintf(list, sizeof list, "%s", a->cfg.network_peers);
    *n = 0;
    for (char *p = strtok_r(list, ", ", &save); p; p = strtok_r(NULL, ", ", &save)) {
        if (*n == cap || !weal_net_addr_read(p, &out[*n])) {
            fprintf(stderr, "weald: network.peers: %s is no address:port\n", p);
            return false;
        }
        ++*n;
    }
    return true;
}

static void pace_fill(const struct app *a, const struct weal_genesis_text *g,
                      struct weal_bft_config *pace) {
    struct weal_genesis *genesis = malloc(sizeof *genesis);
    struct weal_params p = {.block_interval_ms = 100};
    bool whole;
    if (genesis && weal_genesis_decode(genesis, weal_bytes(g->bytes, g->n))) {
        weal_genesis_params(&p, genesis, &whole);
    }
    free(genesis);
    if (strcmp(a->cfg.pace_network, "bench") == 0) {
        weal_bft_config_bench(pace);
        return;
    }
    if (strcmp(a->cfg.pace_network, "wan") == 0)
        weal_bft_config_wan(pace);
    else
        weal_bft_config_lan(pace);
    pace->min_interval_ms =
        (uint32_t)(a->cfg.pace_min_interval_ms ? a->cfg.pace_min_interval_ms : p.block_interval_ms);
    if (a->cfg.pace_heartbeat_ms) pace->heartbeat_ms = (uint32_t)a->cfg.pace_heartbeat_ms;
    if (a->cfg.pace_skip_timeout_ms) pace->skip_timeout_ms = (uint32_t)a->cfg.pace_skip_timeout_ms;
}

static int node_open(struct app *a, const struct weal_genesis_text *g) {
    struct weal_net_addr peers[64];
    struct weal_node_keys keys;
    char path[WEAL_CONFIG_TEXT_MAX + 32];
    const struct weal_config *c = &a->cfg;
    struct weal_node_config nc = {.datadir = c->node_datadir,
                                  .genesis = {g->bytes, g->n},
                                  .agent = AGENT,
                                  .listening = c->network_listen[0] != 0,
                                  .pex = c->network_pex != 0,
                                  .peers = peers,
                                  .peers_max = (uint32_t)c->network_peers_max,
                                  .outbound = (uint32_t)c->network_outbound,
                                  .ban_ms = c->network_ban_s * UINT64_C(1000),
                                  .mempool = {(uint32_t)c->mempool_entries_max,
                                              c->mempool_bytes_max,
                                              (uint32_t)c->mempool_per_peer_max},
                                  .map_bytes = c->storage_map_gib << 30,
                                  .wal_segment_bytes = (uint32_t)c->storage_wal_segment_mib << 20,
                                  .sync_behind = (uint32_t)c->storage_sync_behind,
                                  .ctx = a,
                                  .log = log_line,
                                  .failed = on_failed};
    if (!peers_read(a, peers, 64, &nc.peers_n)) return EXIT_CONFIG;
    if (nc.listening && !weal_net_addr_read(c->network_listen, &nc.listen)) {
        fprintf(stderr, "weald: network.listen: %s is no address:port\n", c->network_listen);
        return EXIT_CONFIG;
    }
    if (c->node_validator_key[0] != 0) {
        if (!hex_file_read(c->node_validator_key, (uint8_t *)&keys, sizeof keys)) {
            fprintf(stderr, "weald: %s: not 128 hex digits\n", c->node_validator_key);
            return EXIT_CONFIG;
        }
        nc.keys = &keys;
    }
    snprintf(path, sizeof path, "%s/peer.key", c->node_datadir);
    if (!hex_file_read(path, nc.identity_secret, 32)) {
        randombytes_buf(nc.identity_secret, 32);
        if (!hex_file_write(path, nc.identity_secret, 32)) {
            fprintf(stderr, "weald: %s: %s\n", path, strerror(errno));
            return EXIT_DATA;
        }
    }
    pace_fill(a, g, &nc.pace);
    enum weal_err e = weal_node_new(&nc, &a->loop, &a->node);
    sodium_memzero(&keys, sizeof keys);
    sodium_memzero(nc.identity_secret, 32);
    if (e == WEAL_OK) return 0;
    fprintf(stderr, "weald: %s: %s%s\n", c->node_datadir, weal_err_text(e), advice(e));
    return e == WEAL_ERR_NO_SPACE || e == WEAL_ERR_IO ? EXIT_DISK : EXIT_DATA;
}

/* A data directory belongs to one chain for ever: DATADIR/chain.id says which. */
static int chain_claim(const struct app *a, const struct weal_genesis_text *g) {
    char path[WEAL_CONFIG_TEXT_MAX + 32];
    uint8_t id[32];
    snprintf(path, sizeof path, "%s/chain.id", a->cfg.node_datadir);
    if (access(path, F_OK) == 0) {
        if (hex_file_read(path, id, 32) && memcmp(id, g->chain_id, 32) == 0) return 0;
        fprintf(stderr, "weald: %s: of another chain than %s; give each chain its own\n",
                a->cfg.node_datadir, a->cfg.node_genesis);
        return EXIT_DATA;
    }
    if (hex_file_write(path, g->chain_id, 32)) return 0;
    fprintf(stderr, "weald: %s: %s\n", path, strerror(errno));
    return errno == ENOSPC ? EXIT_DISK : EXIT_DATA;
}

static int rpc_open(struct app *a) {
    uint8_t secret[32];
    char cookie[80] = "", path[WEAL_CONFIG_TEXT_MAX + 32];
    struct weal_wr w = weal_wr(cookie, 64);
    struct weal_rpc_config rc = {
        .api = weal_node_api(a->node),
        .host = a->cfg.rpc_host,
        .port = (uint16_t)a->cfg.rpc_port,
        .cookie = cookie,
        .agent = AGENT,
        .bounds = {.rate = (uint32_t)a->cfg.rpc_rate,
                   .connections = (uint32_t)a->cfg.rpc_connections,
                   .subscriptions = (uint32_t)a->cfg.rpc_subscriptions,
                   .connections_each = (uint32_t)a->cfg.rpc_connections_each,
                   .subscriptions_each = (uint32_t)a->cfg.rpc_subscriptions_each,
                   .limit_local = a->cfg.rpc_limit_local != 0},
        .stop = stop_any_thread,
        .ctx = a,
        .metrics = metrics,
        .ready = ready};
    randombytes_buf(secret, sizeof secret);
    weal_wr_hex(&w, secret, 32);
    snprintf(path, sizeof path, "%s/.cookie", a->cfg.node_datadir);
    if (!hex_file_write(path, secret, 32)) { /* on a full disk it serves those who need none */
        int why = errno;
        fprintf(stderr, "weald: %s: %s\n", path, strerror(why));
        if (why != ENOSPC) return EXIT_DATA;
    }
    enum weal_err e = weal_rpc_start(&rc, &a->rpc);
    if (e != WEAL_OK) {
        fprintf(stderr, "weald: rpc: cannot listen on %s:%llu\n", a->cfg.rpc_host,
                (unsigned long long)a->cfg.rpc_port);
        return EXIT_CONFIG;
    }
    snprintf(path, sizeof path, "url=http://%s:%u/", a->cfg.rpc_host, weal_rpc_port(a->rpc));
    log_line(a, WEAL_HOST_INFO, "rpc", path);
    return 0;
}

static int run(struct app *a) {
    struct weal_genesis_text g;
    if (a->cfg.node_datadir[0] == 0 || a->cfg.node_genesis[0] == 0) {
        fprintf(stderr, "weald: node.datadir and node.genesis must be given; see --help\n");
        return EXIT_CONFIG;
    }
    if (mkdir(a->cfg.node_datadir, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "weald: %s: %s\n", a->cfg.node_datadir, strerror(errno));
        return EXIT_DATA;
    }
    if (weal_genesis_from_file(&g, a->cfg.node_genesis) != WEAL_OK) {
        fprintf(stderr, "weald: %s: %s\n", a->cfg.node_genesis, g.why);
        return EXIT_CONFIG;
    }
    uv_loop_init(&a->loop);
    uv_async_init(&a->loop, &a->stop, on_stop);
    a->stop.data = a;
    uv_timer_init(&a->loop, &a->disk);
    a->disk.data = a;
    int rc = chain_claim(a, &g);
    if (rc == 0) rc = node_open(a, &g);
    if (rc == 0) on_disk(&a->disk);
    if (rc == 0) rc = a->exit_code;
    if (rc == 0) rc = rpc_open(a);
    if (rc != 0) return rc;
    if (weal_signals_start(&a->signals, &a->loop, on_signal, on_hup, a) != WEAL_OK)
        return EXIT_DATA;
    hup_hold(false);
    uv_timer_start(&a->disk, on_disk, 2000, 2000);
    log_line(a, WEAL_HOST_INFO, "started", AGENT);
    weal_thread_come_first();
    uv_run(&a->loop, UV_RUN_DEFAULT);
    uv_loop_close(&a->loop);
    free(g.bytes);
    log_line(a, WEAL_HOST_INFO, "stopped", "");
    return a->exit_code;
}

static void help(void) {
    printf(
        "usage: weald [--config=FILE] [--section.key=value ...]\n"
        "       weald keygen FILE            makes a validator's secrets, prints its public keys\n"
        "       weald fsck DATADIR           says what is damaged in it\n"
        "       weald --check-config | --print-config | --version | --help\n\n"
        "Keys, in a file, as WEAL_SECTION_KEY in the environment, or here:\n");
    weal_config_help(stdout);
    printf("\nExit codes: 0 clean, 2 usage, 3 configuration, 4 data, 75 disk full or failing.\n");
}

static int options(struct app *a, int argc, char **argv, bool *check, bool *print) {
    char why[4096] = "", name[128];
    enum weal_err e = WEAL_OK;
    for (int i = 1; i < argc && e == WEAL_OK; i++) {
        if (strncmp(argv[i], "--config=", 9) == 0) {
            e = weal_config_file(&a->cfg, argv[i] + 9, why, sizeof why);
        }
    }
    if (e == WEAL_OK) e = weal_config_env(&a->cfg, environ, why, sizeof why);
    for (int i = 1; i < argc && e == WEAL_OK; i++) {
        const char *eq = strchr(argv[i], '=');
        if (strncmp(argv[i], "--config=", 9) == 0) continue;
        if (strcmp(argv[i], "--check-config") == 0)
            *check = true;
        else if (strcmp(argv[i], "--print-config") == 0)
            *print = true;
        else if (strncmp(argv[i], "--", 2) == 0 && eq && (size_t)(eq - argv[i]) < sizeof name) {
            snprintf(name, sizeof name, "%.*s", (int)(eq - argv[i] - 2), argv[i] + 2);
            e = weal_config_set(&a->cfg, name, eq + 1, why, sizeof why);
        } else {
            fprintf(stderr, "weald: %s: unknown; see --help\n", argv[i]);
            return EXIT_USAGE;
        }
    }
    if (e == WEAL_OK) return 0;
    for (char *line = strtok(why, "\n"); line; line = strtok(NULL, "\n")) {
        fprintf(stderr, "weald: %s\n", line);
    }
    return EXIT_CONFIG;
}

int main(int argc, char **argv) {
    static struct app a;
    bool check = false, print = false;
    if (sodium_init() < 0) return EXIT_DATA;
    if (argc == 3 && strcmp(argv[1], "keygen") == 0) return keygen(argv[2]);
    if (argc == 3 && strcmp(argv[1], "fsck") == 0) return weal_fsck_command(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) return help(), 0;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) return printf(AGENT "\n"), 0;
    weal_config_defaults(&a.cfg);
    int rc = options(&a, argc, argv, &check, &print);
    if (rc != 0) return rc;
    if (print) return weal_config_print(&a.cfg, stdout), 0;
    if (check) return printf("the configuration is good\n"), 0;
    hup_hold(true);
    if (weal_log_open(&a.log, a.cfg.node_log_file, a.cfg.node_log_level, a.cfg.node_log_format) !=
        WEAL_OK) {
        fprintf(stderr, "weald: node.log_file: %s: %s\n", a.cfg.node_log_file, strerror(errno));
        return EXIT_CONFIG;
    }
    return run(&a);
}
