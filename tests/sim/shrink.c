/* SPDX-License-Identifier: ISC */
/* Making a breach small: whole kinds of faults are left out first, then tricks, then single faults
 * by halves (delta debugging, Zeller and Hildebrandt 2002). Another world counts when it breaches
 * in the same words, numbers aside. A fault's number is its place in the run, so leaving one out
 * can shift what comes after; what is kept is only ever a run that was seen to breach. */
#include <ctype.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

static const char *const words[FAULT_KINDS] = {
    "loss", "twice",     "slow", "later", "idle",    "crash", "crash-all", "compact",
    "wipe", "partition", "jump", "skew",  "latency", "sync",  "exec"};

const struct sim_kind sim_bft = {sim_run, words, FAULT_KINDS, TRICK_ALL};

bool sim_faults_read(const struct sim_kind *kind, const char *list, uint32_t *out) {
    *out = 0;
    while (*list) {
        size_t n = strcspn(list, ",");
        unsigned k = 0;
        while (k < kind->faults_n &&
               (strlen(kind->faults[k]) != n || strncmp(kind->faults[k], list, n) != 0))
            k++;
        if (k == kind->faults_n) return false;
        *out |= UINT32_C(1) << k;
        list += n + (list[n] == ',');
    }
    return true;
}

bool sim_kept(const uint32_t *keep, uint32_t n, uint32_t number) {
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (keep[mid] < number)
            low = mid + 1;
        else
            high = mid;
    }
    return low != n && keep[low] == number;
}

/* The words of two breaches without their numbers. */
static bool same(const char *a, const char *b) {
    for (;;) {
        while (isdigit((unsigned char)*a)) a++;
        while (isdigit((unsigned char)*b)) b++;
        if (*a != *b) return false;
        if (*a == 0) return true;
        a++;
        b++;
    }
}

struct shrinking {
    const struct sim_kind *kind;
    struct sim_shrunk *best;
    unsigned left;
};

/* Runs this world; when it breaches as before it becomes the best. */
static bool try(struct shrinking *s, const struct sim_options *o) {
    struct sim_result r;
    if (s->left == 0) return false;
    s->left--;
    s->best->runs++;
    s->kind->run(o, &r);
    if (!r.breach || !same(r.what, s->best->r.what)) return false;
    s->best->o = *o;
    s->best->r = r;
    return true;
}

static void menu(struct shrinking *s) {
    for (unsigned k = 0; k < s->kind->faults_n; k++) {
        struct sim_options o = s->best->o;
        o.without |= UINT32_C(1) << k;
        try(s, &o);
    }
    for (unsigned bit = 1; bit <= s->kind->tricks; bit <<= 1) {
        struct sim_options o = s->best->o;
        if (!(s->best->r.tricks & bit)) continue;
        o.without_tricks |= bit;
        try(s, &o);
    }
}

/* Keeps what is needed of the faults from..; the list shrinks as long as a half, a quarter, ... of
 * it can go. */
static void singles(struct shrinking *s) {
    uint32_t n = s->best->r.faults, parts = 2;
    uint32_t *now = malloc((n + 1) * sizeof *now), *less = malloc((n + 1) * sizeof *less);
    for (uint32_t i = 0; i < n; i++) now[i] = i;
    while (n != 0 && s->left != 0) {
        uint32_t step = (n + parts - 1) / parts;
        bool any = false;
        for (uint32_t from = 0; from < n && !any; from += step) {
            uint32_t k = 0;
            for (uint32_t i = 0; i < n; i++) {
                if (i < from || i >= from + step) less[k++] = now[i];
            }
            struct sim_options o = s->best->o;
            o.keep = less;
            o.keep_n = k;
            if (!try(s, &o)) continue;
            memcpy(now, less, k * sizeof *now);
            n = k;
            parts = parts > 2 ? parts - 1 : 2;
            any = true;
        }
        if (any) continue;
        if (step == 1) break;
        parts = parts * 2 < n ? parts * 2 : n;
    }
    free(less);
    s->best->keep = now;
    s->best->o.keep = now;
    s->best->o.keep_n = n;
}

void sim_shrink(const struct sim_kind *kind, const struct sim_options *o, unsigned runs,
                struct sim_shrunk *out) {
    *out = (struct sim_shrunk){.o = *o};
    out->o.silent = true;
    out->o.verbose = false;
    kind->run(&out->o, &out->r);
    out->faults = out->r.faults;
    struct shrinking s = {kind, out, runs};
    if (!out->r.breach) return;
    menu(&s);
    singles(&s);
}

void sim_shrunk_free(struct sim_shrunk *s) {
    free(s->keep);
    s->keep = NULL;
}
