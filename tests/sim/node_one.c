/* SPDX-License-Identifier: ISC */
/* The shell around one core: what the daemon's threads, sockets and clock do, in virtual time.
 * What arrives waits for the node's next turn; a turn takes as long as its syncs, and what it
 * releases leaves after them. Death comes at an effect (a message, a delivery, a promise to the
 * host) or in the middle of a write: from there on nothing leaves and nothing reaches the disk. */
#include <stdio.h>
#include <stdlib.h>

#include "consensus/light/cert.h"
#include "crypto/base/bug.h"
#include "crypto/sig/sig.h"
#include "p2p/gen/msg_gen.h"
#include "p2p/msg.h"
#include "tests/sim/node_world.h"

static uint64_t node_now_ms(const struct nw_node *o) {
    return o->w->now_us / 1000;
}
static uint64_t node_wall_ms(const struct nw_node *o) {
    return people_wall_ms(o->w) + (uint64_t)o->skew_ms;
}

static void die(struct nw_node *o) {
    struct weal_disk_mem_faults *f = weal_disk_mem_faults(o->mem_disk);
    o->dying = true;
    f->any_in = 1;
    f->sticky = true;
}

bool nw_effect(struct nw_node *o) {
    if (!o->dying && !o->w->healed && nw_fault(o->w, NW_F_CRASH, o->id, o->w->f.crash_ppm)) die(o);
    return !o->dying;
}

/* ---- host ---- */

static void leave(struct nw_node *o, uint16_t to, struct nw_mail *m) {
    struct weal_bytes b = weal_bytes(m->bytes, m->n);
    if (!nw_effect(o)) return;
    nw_mix(o->w, (uint64_t)o->id << 32 | (uint64_t)to << 16 | m->type);
    nw_mix_bytes(o->w, b.p, b.n);
    nw_check_send(o, m->type, b);
    if (!nw_honest(o) && nw_trick_send(o, to, m->type, b)) return;
    nw_send(o->w, o->id, to, m);
}

static void host_send(void *ctx, uint64_t peer, unsigned type, struct weal_bytes b) {
    struct nw_node *o = ctx;
    if (peer == NW_ASKER) {
        nw_check_served(o, type, b);
        return;
    }
    WEAL_ASSERT(peer >= 1 && peer <= o->w->nodes_n);
    struct nw_mail *m = nw_mail_new(type, b);
    leave(o, (uint16_t)(peer - 1), m);
    nw_mail_drop(m);
}

static void host_broadcast(void *ctx, unsigned type, struct weal_bytes b,
                           enum weal_host_audience to) {
    struct nw_node *o = ctx;
    struct nw_mail *m = nw_mail_new(type, b);
    for (uint16_t i = 0; i < o->w->nodes_n; i++) {
        if (i == o->id || !nw_linked(o->w, o->id, i)) continue;
        if (to == WEAL_HOST_VALIDATORS && o->w->node[i].key == NW_KEYS_MAX) continue;
        leave(o, i, m);
    }
    nw_mail_drop(m);
}

static uint64_t host_peer_of(void *ctx, const uint8_t validator[32]) {
    struct nw_node *o = ctx;
    for (uint16_t i = 0; i < o->w->nodes_n; i++) {
        uint16_t key = o->w->node[i].key;
        if (key == NW_KEYS_MAX || memcmp(o->w->account[key], validator, 32) != 0) continue;
        if (i != o->id && nw_linked(o->w, o->id, i)) return i + 1u;
    }
    return 0;
}

static void host_blame(void *ctx, uint64_t peer, enum weal_verdict why) {
    struct nw_node *o = ctx;
    if (o->dying) return;
    o->w->out->blamed++;
    nw_note(o->w, o->id, (uint16_t)(peer - 1), 201, 0, 0, weal_verdict_name(why));
    nw_check_blame(o, (uint16_t)(peer - 1), why);
}

static void host_head(void *ctx, uint64_t height, const uint8_t id[32]) {
    struct nw_node *o = ctx;
    uint8_t buf[64];
    struct weal_p2p_head m = {.height = height};
    struct weal_wr wr = weal_wr(buf, sizeof buf);
    if (o->dying) return;
    memcpy(m.id, id, 32);
    weal_p2p_head_put(&wr, &m);
    o->head = height;
    host_broadcast(o, WEAL_P2P_HEAD, weal_wr_done(&wr), WEAL_HOST_ALL);
}

static bool host_sign(void *ctx, struct weal_vote *v) {
    struct nw_node *o = ctx;
    if (o->key == NW_KEYS_MAX) return false;
    nw_check_sign(o, v);
    nw_note(o->w, o->id, o->id, (uint8_t)(210 + v->kind), v->view, weal_le32(v->digest), "");
    return weal_vote_sign(v, o->w->chain->id, o->w->chain->account_secret[o->key]);
}

static bool host_owntag(void *ctx, const uint8_t lineage[32], struct weal_bytes scope,
                        struct weal_bytes message, uint8_t tag[32], uint8_t proof[96]) {
    struct nw_node *o = ctx;
    uint8_t seat[32], random[32] = {1};
    if (o->key == NW_KEYS_MAX) return false;
    const uint8_t *secret = o->w->chain->seat_secret[o->key];
    struct weal_bytes chain = weal_bytes(lineage, 32);
    if (!weal_human_key(seat, secret) || !weal_tag(tag, secret, chain, WEAL_RING_HUMAN, scope))
        return false;
    struct weal_linear_statement s = {.kind = WEAL_LINEAR_OWNTAG,
                                      .chain = chain,
                                      .message = message,
                                      .shape = WEAL_RING_HUMAN,
                                      .scope = scope,
                                      .tag = tag,
                                      .key = seat};
    return weal_linear_prove(proof, &s, (const uint8_t(*)[32])secret, random) == WEAL_ACCEPT;
}

static bool host_began(void *ctx) {
    struct nw_node *o = ctx;
    if (!nw_effect(o)) return false;
    o->began = true;
    (void)nw_effect(o);
    return true;
}

static void host_random(void *ctx, uint8_t *out, size_t n) {
    struct nw_node *o = ctx;
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)(nw_random(o->w) >> 32);
}

static void turn_at(struct nw_node *o, uint64_t at) {
    if (at < o->busy_until) at = o->busy_until;
    if (at < o->stalled_until) at = o->stalled_until;
    if (at < o->w->now_us) at = o->w->now_us;
    if (at >= o->turn_at) return;
    o->turn_at = at;
    nw_at(o->w, at, (struct nw_event){.kind = NW_TURN, .node = o->id, .gen = o->gen});
}

static void host_wake_at(void *ctx, uint64_t at) {
    struct nw_node *o = ctx;
    o->wake_ms = at;
}

static void host_apply(void *ctx, const struct weal_host_apply *job) {
    struct nw_node *o = ctx;
    if (o->dying) return;
    o->job = job;
    nw_at(o->w, o->w->now_us + 500 + nw_below(o->w, o->w->f.apply_max_us + 1),
          (struct nw_event){.kind = NW_APPLIED, .node = o->id, .gen = o->gen});
}

static bool host_work(void *ctx, struct weal_host_work *work) {
    struct nw_node *o = ctx;
    if (o->dying || o->w->f.no_work || o->works >= 32) return false;
    if (o->works == o->work_cap) {
        o->work_cap = 32;
        o->work = realloc(o->work, o->work_cap * sizeof *o->work);
        WEAL_ASSERT(o->work);
    }
    o->work[o->works++] = work;
    nw_at(o->w, o->w->now_us + 100 + nw_below(o->w, o->w->f.work_max_us + 1),
          (struct nw_event){.kind = NW_WORKED, .node = o->id, .gen = o->gen, .work = work});
    return true;
}

static void host_final(void *ctx, const struct weal_chain_block *b) {
    struct nw_node *o = ctx;
    if (!nw_effect(o)) return;
    nw_check_final(o, b);
}

static void host_changed(void *ctx) {
    (void)ctx;
}

static void host_log(void *ctx, enum weal_host_level level, const char *event, const char *text) {
    struct nw_node *o = ctx;
    char line[160];
    snprintf(line, sizeof line, "%s %s", event, text);
    nw_note(o->w, o->id, o->id, 200, level, 0, line);
    if (o->w->o.verbose)
        fprintf(stderr, "%10.3f n%u %s\n", (double)o->w->now_us / 1e6, o->id, line);
}

/* ---- start ---- */

static struct weal_core_config config_of(struct nw_node *o) {
    struct node_world *w = o->w;
    struct weal_core_config c = {.mempool = {10000, 16 << 20, 0},
                                 .sync_behind = 4,
                                 .disk = &o->disk.disk,
                                 .mem = o->heap.mem,
                                 .kv = o->kv,
                                 .log_may_be_new = !o->began,
                                 .wal_segment_bytes = 1 << 17,
                                 .compact_records = w->o.seed % 3 ? 400 : 0,
                                 .pace = w->pace,
                                 .genesis = {w->chain->genesis_bytes, w->chain->genesis_n}};
    c.host = (struct weal_host){.ctx = o,
                                .send = host_send,
                                .broadcast = host_broadcast,
                                .peer_of = host_peer_of,
                                .blame = host_blame,
                                .head = host_head,
                                .sign = host_sign,
                                .owntag = host_owntag,
                                .began = host_began,
                                .random = host_random,
                                .wake_at = host_wake_at,
                                .apply = host_apply,
                                .work = host_work,
                                .final = host_final,
                                .changed = host_changed,
                                .log = host_log};
    memcpy(c.chain_id, w->chain->id, 32);
    memcpy(c.instance, o->instance, 16);
    if (o->key != NW_KEYS_MAX) memcpy(c.account, w->account[o->key], 32);
    weal_put_le64(c.seed, nw_random(w));
    c.gossip_salt[0] = (uint8_t)(o->id + 1);
    return c;
}

static void restart_later(struct nw_node *o, uint64_t after_us) {
    nw_at(o->w, o->w->now_us + after_us,
          (struct nw_event){.kind = NW_RESTART, .node = o->id, .gen = o->gen});
}

void nw_start(struct nw_node *o) {
    struct node_world *w = o->w;
    struct weal_core_config c = config_of(o);
    WEAL_ASSERT(!o->core);
    o->gen++;
    o->dying = o->halted = false;
    o->turn_at = o->wake_ms = NW_NEVER;
    o->busy_until = o->stalled_until = 0;
    o->job = NULL;
    o->started_us = w->now_us;
    o->disk.dirty_log = o->disk.dirty_blocks = 0;
    nw_note(w, o->id, o->id, NW_RESTART, 0, 0, "");
    w->out->restarts++;
    enum weal_err e = weal_core_new(&c, node_now_ms(o), node_wall_ms(o), &o->core);
    if (e != WEAL_OK) {
        o->core = NULL;
        o->died_of = e;
        /* what the operator does with a directory that is beyond repair: a new one */
        bool broken = o->id == w->fragile || !nw_honest(o);
        if (!broken || ++o->starts_refused > 3) {
            nw_breach(w, "node %u does not start: %s", o->id, weal_err_name(e));
            return;
        }
        nw_note(w, o->id, o->id, 203, (uint64_t)e, 0, "does not start: gets a new directory");
        weal_disk_mem_power_cut(o->mem_disk, WEAL_DISK_LOSE_NONE);
        nw_storage_free(o);
        nw_storage_new(o);
        o->promised = o->final = 0;
        restart_later(o, 1000);
        return;
    }
    nw_check_started(o);
    weal_core_clock(o->core, node_now_ms(o), node_wall_ms(o));
    o->in_turn = true;
    weal_core_start(o->core);
    o->in_turn = false;
    for (uint16_t i = 0; i < w->nodes_n; i++) nw_link_up(w, o->id, i);
    turn_at(o, w->now_us);
}

/* ---- death ---- */

void nw_lost(struct node_world *w, struct nw_submission *s) {
    static const uint8_t nothing[32];
    s->busy = false;
    if (s->people && w->people->answer)
        w->people->answer(w->people_ctx, s->tag, nothing, PEOPLE_NO_ANSWER);
}

void nw_crash(struct nw_node *o, enum weal_disk_mem_cut cut) {
    struct node_world *w = o->w;
    if (!o->core) return;
    nw_note(w, o->id, o->id, 202, cut, o->final, weal_err_name(o->died_of));
    if (!o->dying) die(o);
    /* an apply that was under way is lost, or was made: both must be fine */
    if (o->job && nw_below(w, 2)) {
        enum weal_err e = weal_apply(o->kv, o->job->blocks, o->job->n);
        WEAL_ASSERT(e == WEAL_OK || w->f.apply_fail_ppm != 0);
    }
    o->job = NULL;
    o->in_turn = true;
    while (o->works != 0) {
        struct weal_host_work *work = o->work[--o->works];
        work->run(work);
        weal_core_worked(o->core, work);
    }
    o->in_turn = false;
    weal_core_free(o->core);
    o->core = NULL;
    o->gen++;
    o->turn_at = o->wake_ms = NW_NEVER;
    weal_kv_mem_power_cut(o->kv);
    weal_disk_mem_power_cut(o->mem_disk, cut);
    for (size_t i = 0; i < o->inbox_n; i++) nw_mail_drop(o->inbox[i].mail);
    o->inbox_n = o->inbox_bytes = 0;
    for (uint16_t i = 0; i < w->nodes_n; i++) nw_link_down(w, o->id, i);
    for (size_t i = 0; i < w->submissions_n; i++) {
        struct nw_submission *s = w->submissions[i];
        if (!s->busy || s->node != o) continue;
        nw_lost(w, s);
    }
    w->out->crashes++;
}

/* What happens to a disk between death and restart. */
static void misfortune(struct nw_node *o) {
    struct node_world *w = o->w;
    if (w->healed) return;
    if (!nw_honest(o) && (o->tricks & NW_RESTORE)) {
        if (!o->backup.kv || nw_below(w, 4) == 0) {
            nw_backup_take(o);
        } else if (nw_below(w, 2) == 0 && nw_backup_restore(o)) {
            nw_note(w, o->id, o->id, 203, 0, 0, "is put back to an old backup");
            o->promised = o->final = 0;
        }
        return;
    }
    if (o->id != w->fragile) return;
    if (nw_fault(w, NW_F_WIPE, o->id, w->f.wipe_ppm)) {
        /* the host remembers that the log has begun: it stands outside of what is lost */
        nw_note(w, o->id, o->id, 203, 0, 0, "loses its disk");
        nw_storage_free(o);
        nw_storage_new(o);
        o->promised = o->final = 0;
    } else if (nw_fault(w, NW_F_ROT, o->id, w->f.rot_ppm)) {
        if (nw_rot(o)) o->promised = o->final = 0;
    }
}

static void dead(struct nw_node *o) {
    struct node_world *w = o->w;
    enum weal_disk_mem_cut cut = (enum weal_disk_mem_cut)nw_below(w, 3);
    nw_crash(o, cut);
    misfortune(o);
    restart_later(o, w->healed ? 1000 : 1000 + nw_below(w, (uint64_t)w->f.down_ms * 1000 + 1));
}

/* ---- turns ---- */

void nw_arrive(struct nw_node *o, struct nw_event *e) {
    struct node_world *w = o->w;
    if (e->mail && o->inbox_bytes + e->mail->n > NW_INBOX_BYTES_MAX) {
        nw_mail_drop(e->mail);
        return;
    }
    if (o->inbox_n == o->inbox_cap) {
        o->inbox_cap = o->inbox_cap ? 2 * o->inbox_cap : 32;
        o->inbox = realloc(o->inbox, o->inbox_cap * sizeof *o->inbox);
        WEAL_ASSERT(o->inbox);
    }
    o->inbox[o->inbox_n++] = *e;
    if (e->mail) o->inbox_bytes += e->mail->n;
    turn_at(o, w->now_us);
}

static void submitted(void *ctx, const uint8_t id[32], enum weal_verdict v) {
    struct nw_submission *s = ctx;
    struct node_world *w = s->node->w;
    if (!s->busy) return;
    s->busy = false;
    if (v != WEAL_ACCEPT) w->out->refused++;
    if (s->node->dying) v = PEOPLE_NO_ANSWER;
    uint64_t height = weal_chain_final_height(weal_core_chain(s->node->core));
    w->answer_height = height == s->height ? height : PEOPLE_SEVERAL;
    if (s->people && w->people->answer) w->people->answer(w->people_ctx, s->tag, id, v);
}

static void take(struct nw_node *o, struct nw_event *e) {
    struct node_world *w = o->w;
    uint8_t salt[16] = {(uint8_t)(e->from + 1)};
    switch (e->kind) {
    case NW_MAIL:
        if (e->link == w->link[e->from][o->id])
            weal_core_message(o->core, e->from + 1u, e->mail->type,
                              weal_bytes(e->mail->bytes, e->mail->n));
        break;
    case NW_LINK_UP:
        o->knows[e->from] = e->link;
        weal_core_peer_up(o->core, e->from + 1u, salt, e->arg);
        break;
    case NW_LINK_DOWN:
        o->knows[e->from] = e->link;
        weal_core_peer_down(o->core, e->from + 1u);
        break;
    case NW_WORKED:
        for (unsigned i = 0; i < o->works; i++) {
            if (o->work[i] != e->work) continue;
            o->work[i] = o->work[--o->works];
            e->work->run(e->work);
            weal_core_worked(o->core, e->work);
            break;
        }
        break;
    case NW_APPLIED: {
        if (!o->job) break;
        if (!w->healed && nw_fault(w, NW_F_APPLY, o->id, w->f.apply_fail_ppm)) {
            struct weal_kv_mem_faults *f = weal_kv_mem_faults(o->kv);
            *(nw_below(w, 2) ? &f->commit_in : &f->lost_in) = 1;
        }
        enum weal_err err = weal_apply(o->kv, o->job->blocks, o->job->n);
        o->job = NULL;
        weal_core_applied(o->core, err);
        break;
    }
    case NW_SUBMIT: {
        struct nw_submission *s = w->submissions[e->arg];
        s->height = weal_chain_final_height(weal_core_chain(o->core));
        weal_core_submit(o->core, weal_bytes(e->mail->bytes, e->mail->n), submitted, s);
        break;
    }
    default:
        WEAL_ASSERT(false);
    }
}

void nw_turn(struct nw_node *o) {
    struct node_world *w = o->w;
    if (w->now_us < o->busy_until || w->now_us < o->stalled_until) {
        o->turn_at = NW_NEVER;
        turn_at(o, w->now_us);
        return;
    }
    o->turn_at = NW_NEVER;
    o->in_turn = true;
    o->disk.syncs = 0;
    weal_core_clock(o->core, node_now_ms(o), node_wall_ms(o));
    for (size_t i = 0; i < o->inbox_n; i++) {
        if (!o->dying && !w->over) take(o, &o->inbox[i]);
        nw_mail_drop(o->inbox[i].mail);
    }
    o->inbox_n = o->inbox_bytes = 0;
    if (!o->dying && o->wake_ms <= node_now_ms(o)) {
        o->wake_ms = NW_NEVER;
        weal_core_wake(o->core);
    }
    enum weal_err e = o->dying ? WEAL_ERR_IO : weal_core_turn(o->core);
    o->in_turn = false;
    w->out->syncs += o->disk.syncs;
    if (e != WEAL_OK || o->dying) {
        o->died_of = e;
        dead(o);
        return;
    }
    uint64_t took = 20;
    for (uint32_t i = 0; i < o->disk.syncs; i++)
        took += w->f.sync_min_us + nw_below(w, w->f.sync_max_us - w->f.sync_min_us + 1);
    o->busy_until = w->now_us + took;
    nw_check_node(o);
    if (o->inbox_n != 0) turn_at(o, o->busy_until);
    if (o->wake_ms != NW_NEVER) turn_at(o, o->wake_ms * 1000);
}
