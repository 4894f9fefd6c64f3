/* SPDX-License-Identifier: ISC */
/* What a seed of whole nodes is made of: who there is, which faults, which genesis. */
#include <limits.h>
#include <stdio.h>

#include "crypto/base/bug.h"
#include "crypto/sig/sig.h"
#include "tests/sim/node_world.h"
#include "tests/support/rng.h"

static uint32_t between(struct node_world *w, uint32_t a, uint32_t b) {
    return a + (uint32_t)nw_below(w, (uint64_t)b - a + 1);
}
static bool one_in(struct node_world *w, unsigned n) {
    return nw_below(w, n) == 0;
}

static void draw_faults(struct node_world *w) {
    struct nw_faults *f = &w->f;
    *f = (struct nw_faults){.latency_min_us = 200,
                            .latency_max_us = 2000,
                            .sync_min_us = 80,
                            .sync_max_us = 400,
                            .apply_max_us = 8000,
                            .work_max_us = 20000,
                            .down_ms = 3000};
    if (w->o.calm) return;
    if (one_in(w, 3)) f->latency_max_us = between(w, 5000, 150000);
    if (one_in(w, 4)) {
        f->slow_ppm = between(w, 1000, 60000);
        f->slow_us = between(w, 100000, 2000000);
    }
    if (one_in(w, 3)) f->loss_ppm = between(w, 1000, 100000);
    if (one_in(w, 4)) f->twice_ppm = between(w, 1000, 200000);
    if (one_in(w, 3)) f->reorder_ppm = between(w, 1000, 500000);
    if (one_in(w, 3)) f->reset_ppm = between(w, 100, 5000);
    if (one_in(w, 5)) f->link_bytes_ms = between(w, 20, 2000);
    if (one_in(w, 3)) {
        f->partition_every_ms = between(w, 2000, 20000);
        f->partition_for_ms = between(w, 500, 15000);
        f->one_way = one_in(w, 2);
        f->reset_at_partition = one_in(w, 2);
    }
    if (one_in(w, 4)) {
        f->stall_every_ms = between(w, 2000, 20000);
        f->stall_for_ms = between(w, 100, 8000);
    }
    if (one_in(w, 2)) f->crash_ppm = between(w, 50, 2000);
    if (one_in(w, 3)) f->crash_write_ppm = between(w, 50, 3000);
    if (one_in(w, 5)) f->crash_all_every_ms = between(w, 3000, 20000);
    f->down_ms = between(w, 1, 6000);
    if (one_in(w, 5)) f->eio_ppm = between(w, 50, 1000);
    if (one_in(w, 5)) f->full_ppm = between(w, 50, 1000);
    if (one_in(w, 5)) f->apply_fail_ppm = between(w, 100, 3000);
    if (one_in(w, 4)) f->sync_max_us = between(w, 500, 60000);
    if (one_in(w, 4)) f->apply_max_us = between(w, 8000, 1500000);
    if (one_in(w, 3)) f->skew_ms = between(w, 1, 300);
    if (one_in(w, 6)) {
        f->jump_every_ms = between(w, 5000, 30000);
        f->jump_ms = between(w, 100, 20000);
    }
    if (one_in(w, 12)) {
        f->drought = between(w, 20, 400);
        w->drought_from = between(w, 5, 150);
    }
    f->no_work = one_in(w, 5);
    f->wipe_ppm = one_in(w, 2) ? 300000 : 0;
    f->rot_ppm = one_in(w, 2) ? 300000 : 0;
}

static void draw_pace(struct node_world *w) {
    weal_bft_config_lan(&w->pace);
    w->pace.min_interval_ms = 50;
    w->pace.heartbeat_ms = between(w, 50, 400);
    w->pace.backoff_cap_ms = w->f.drought != 0 ? 1500 : 8000;
    w->pace.standstill_ms = 4000;
    w->pace.skip_timeout_ms = 2000;
    w->pace.skip_cap_ms = 20000;
    w->pace.forward = (enum weal_bft_forward)between(w, 0, 2);
}

const char *const nw_fault_words[NW_FAULTS] = {
    "loss",        "twice",     "slow",    "reorder", "reset",     "partition", "stall", "crash",
    "crash-write", "crash-all", "eio",     "full",    "apply",     "wipe",      "rot",   "jump",
    "away",        "skew",      "latency", "sync",    "bandwidth", "drought",   "work",  "terms"};

/* What shrinking leaves out of the menu; all else has been drawn by now, and stays. */
static void leave_out(struct node_world *w) {
    struct nw_faults *f = &w->f;
    uint32_t without = w->o.without;
    if (without >> NW_F_SKEW & 1) f->skew_ms = 0;
    if (without >> NW_F_LATENCY & 1) f->latency_max_us = 2000;
    if (without >> NW_F_SYNC & 1) f->sync_max_us = 400, f->apply_max_us = 8000;
    if (without >> NW_F_BANDWIDTH & 1) f->link_bytes_ms = 0;
    if (without >> NW_F_DROUGHT & 1) f->drought = 0;
    if (without >> NW_F_WORK & 1) f->no_work = false;
    if (without >> NW_F_TERMS & 1) f->term_blocks = f->freeze_blocks = 0;
}

/* ---- what joined the menu later, by draws of its own: older seeds are what they were ---- */

static uint64_t extra_below(struct node_world *w, uint64_t n) {
    return test_below(&w->extra_rng, n);
}

/* One seed of 32 has ten validators or more: then bonds give weights, none over a tenth. */
static void draw_crowd(struct node_world *w) {
    unsigned n = w->o.nodes;
    if (n == 0 && extra_below(w, 32) == 31)
        n = NW_FEW_MAX + 3 + (unsigned)extra_below(w, NW_KEYS_MAX - NW_FEW_MAX - 2);
    w->crowd = n > NW_FEW_MAX ? n : 0;
    for (unsigned i = 0; i < n; i++) w->bond[i] = 1000000000 * (1 + extra_below(w, 12));
}

/* ---- terms ---- */

static uint64_t terms_below(struct node_world *w, uint64_t n) {
    return test_below(&w->terms_rng, n);
}

/* Validators are at least
 * five then, or nobody could leave. */
static bool draw_terms(struct node_world *w) {
    bool short_terms = terms_below(w, 4) == 3;
    if (w->o.short_terms >= 0) short_terms = w->o.short_terms;
    if (!short_terms) return false;
    w->f.freeze_blocks = 8 + (uint32_t)terms_below(w, 25);
    w->f.term_blocks = w->f.freeze_blocks + 16 + (uint32_t)terms_below(w, 33);
    /* in some, who proposes nothing is found to be silent: that takes 32 turns (seat_set.c) */
    if (terms_below(w, 4) == 0) w->f.term_blocks += 33 * (w->crowd ? w->crowd : NW_FEW_MAX);
    w->f.away = !w->o.calm && terms_below(w, w->f.term_blocks > 200 ? 1 : 4) == 0;
    w->o.views += 2 * w->f.term_blocks;
    return true;
}

/* Some of the honest ones; without them faulty nodes are still under a third, and four stay. */
static void draw_mobile(struct node_world *w, unsigned bad) {
    unsigned n = w->keys_n, faulty = bad + (w->fragile < n), most = n > 4 ? n - 4 : 0;
    while (most != 0 && 3 * faulty >= n - most) most--;
    if (most == 0) return;
    unsigned left = terms_below(w, 4) == 0 ? 1 + (unsigned)terms_below(w, most) : most;
    while (left != 0) {
        unsigned key = bad + (unsigned)terms_below(w, n - bad);
        if (w->mobile[key] || key == w->fragile) continue;
        w->mobile[key] = true;
        left--;
    }
}

static unsigned draw_tricks(struct node_world *w) {
    unsigned t = w->o.tricks;
    if (t == 0) {
        t = 1u << nw_below(w, 11);
        if (one_in(w, 2)) t |= 1u << nw_below(w, 11);
        if (extra_below(w, 6) == 5) t |= NW_INVALID;
    }
    w->out->tricks |= t;
    return t & ~w->o.without_tricks;
}

static void draw_nodes(struct node_world *w, bool short_terms) {
    unsigned n = w->o.nodes != 0 ? w->o.nodes : (unsigned)nw_below(w, 4) + 4;
    if (w->crowd != 0) n = w->crowd;
    if (short_terms && n < 5 && w->o.nodes == 0) n = 5;
    unsigned most = short_terms ? (n - 2) / 3 : (n - 1) / 3, bad = w->o.byzantine;
    if (w->crowd != 0 && most > 3) most = 3; /* a tenth of the weight each */
    if (bad == UINT_MAX) bad = w->o.calm ? 0 : (unsigned)nw_below(w, most + 1);
    WEAL_ASSERT(bad <= (n - 1) / 3 && n <= NW_KEYS_MAX);
    w->keys_n = n;
    for (unsigned i = 0; i < n; i++) {
        struct nw_node *o = &w->node[w->nodes_n];
        o->key = (uint16_t)i;
        o->id = (uint16_t)w->nodes_n++;
        if (i < bad) o->tricks = draw_tricks(w);
        w->byzantine[i] = o->tricks != 0;
    }
    for (unsigned i = 0; i < bad; i++) {
        if (!(w->node[i].tricks & NW_TWIN)) continue;
        struct nw_node *o = &w->node[w->nodes_n];
        *o = (struct nw_node){.key = (uint16_t)i, .tricks = w->node[i].tricks};
        o->id = (uint16_t)w->nodes_n++;
    }
    w->fragile = UINT_MAX;
    if (!w->o.calm && w->nodes_n < NW_NODES_MAX && one_in(w, 2)) { /* who only follows */
        struct nw_node *o = &w->node[w->nodes_n];
        o->key = NW_KEYS_MAX;
        o->id = (uint16_t)w->nodes_n++;
        o->late = one_in(w, 2);
        w->fragile = o->id;
    } else if (!w->o.calm && bad < most && one_in(w, 2)) {
        /* a validator without its log is out until a term begins anew: a fault of the third */
        w->fragile = bad + (unsigned)nw_below(w, n - bad);
    }
    if (short_terms) draw_mobile(w, bad);
    if (w->o.without >> NW_F_TERMS & 1) memset(w->mobile, 0, sizeof w->mobile);
    for (unsigned i = 0; i < w->nodes_n; i++) {
        struct nw_node *o = &w->node[i];
        o->w = w;
        nw_heap_init(&o->heap);
        nw_storage_new(o);
        o->skew_ms = w->f.skew_ms == 0 ? 0 : (int64_t)nw_below(w, w->f.skew_ms + 1);
    }
}

/* A genesis must have terms of 256 blocks at least and a freeze of 128: with those hardly a set
 * would ever change here. The linker puts this in the place of weal_params_check (Makefile);
 * programs that are not linked so never come here. */
enum weal_verdict __real_weal_params_check(const struct weal_params *p, const char **name)
    __attribute__((weak));
enum weal_verdict __wrap_weal_params_check(const struct weal_params *p, const char **name);
enum weal_verdict __wrap_weal_params_check(const struct weal_params *p, const char **name) {
    struct weal_params as_if = *p;
    if (p->freeze_blocks < p->term_blocks && p->term_blocks < 256) as_if.term_blocks = 256;
    if (p->freeze_blocks < 128) as_if.freeze_blocks = 128;
    return __real_weal_params_check(&as_if, name);
}

static void make_chain(struct node_world *w) {
    struct chain_options o = {.validators = w->keys_n, .once = true};
    if (w->crowd != 0) o.bonds = w->bond;
    struct weal_params p;
    struct weal_genesis_upgrade upgrade = {0};
    weal_params_preset(&p, WEAL_PRESET_DEVNET);
    p.term_blocks = 256;
    if (w->f.term_blocks != 0) {
        p.term_blocks = w->f.term_blocks;
        p.freeze_blocks = w->f.freeze_blocks;
    }
    o.params = &p;
    if (!w->o.calm && one_in(w, 20)) {
        w->upgrade = 60 + nw_below(w, 60);
        upgrade.height = w->upgrade;
        upgrade.version = WEAL_PROTOCOL_VERSION + 1;
        o.upgrades = &upgrade;
        o.upgrades_n = 1;
    }
    if (w->people->genesis) w->people->genesis(&o, w->o.seed);
    w->chain = chain_new(&o);
    for (unsigned i = 0; i < w->keys_n; i++)
        WEAL_ASSERT(weal_sig_public(w->account[i], w->chain->account_secret[i]));
}

void nw_menu_draw(struct node_world *w) {
    draw_faults(w);
    draw_crowd(w);
    bool short_terms = draw_terms(w);
    leave_out(w);
    w->drawn = w->f;
    w->messy = w->f.twice_ppm != 0 || w->f.reorder_ppm != 0;
    draw_pace(w);
    draw_nodes(w, short_terms);
    make_chain(w);
}

/* The menu, in words; what is 0 is left out. */
void nw_menu_print(const struct node_world *w) {
    const struct nw_faults *f = &w->drawn;
    fprintf(stderr, "  %u validators, %u nodes%s%s:", w->keys_n, w->nodes_n,
            w->real ? ", real signatures" : "", w->healed ? ", healed" : "");
#define ITEM(name)                                                                                 \
    if (f->name != 0) fprintf(stderr, " " #name "=%u", (unsigned)f->name)
    ITEM(latency_max_us);
    ITEM(slow_ppm);
    ITEM(slow_us);
    ITEM(loss_ppm);
    ITEM(twice_ppm);
    ITEM(reorder_ppm);
    ITEM(reset_ppm);
    ITEM(link_bytes_ms);
    ITEM(partition_every_ms);
    ITEM(partition_for_ms);
    ITEM(one_way);
    ITEM(stall_every_ms);
    ITEM(crash_ppm);
    ITEM(crash_write_ppm);
    ITEM(crash_all_every_ms);
    ITEM(eio_ppm);
    ITEM(full_ppm);
    ITEM(apply_fail_ppm);
    ITEM(sync_max_us);
    ITEM(apply_max_us);
    ITEM(skew_ms);
    ITEM(jump_every_ms);
    ITEM(no_work);
    ITEM(drought);
    ITEM(term_blocks);
    ITEM(freeze_blocks);
    ITEM(away);
#undef ITEM
    fprintf(stderr, "\n");
    for (unsigned i = 0; i < w->nodes_n; i++) {
        const struct nw_node *o = &w->node[i];
        bool mobile = people_may_leave(w, o->key);
        if (o->tricks != 0 || i == w->fragile || o->key == NW_KEYS_MAX || mobile)
            fprintf(stderr, "  node %u: key %u, tricks %x%s%s%s\n", i, o->key, o->tricks,
                    i == w->fragile ? ", fragile" : "", o->late ? ", late" : "",
                    mobile ? ", may leave" : "");
    }
    if (w->crowd != 0) {
        fprintf(stderr, "  weights of term 0, of %llu:", (unsigned long long)w->terms[0].total);
        for (unsigned i = 0; i < w->terms[0].n; i++)
            fprintf(stderr, " %llu", (unsigned long long)w->terms[0].weight[i]);
        fprintf(stderr, "\n");
    }
}
