/* SPDX-License-Identifier: ISC */
/* What the worlds share: the options and the outcome of a run, making a breach small (shrink.c),
 * and drawing it (picture.c). */
#ifndef WEAL_TESTS_SIM_RUN_H
#define WEAL_TESTS_SIM_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/base/bytes.h"

struct sim_picture;

struct sim_options {
    uint64_t seed;
    uint64_t views;      /* of the whole run */
    unsigned nodes;      /* 0: by seed */
    unsigned byzantine;  /* nodes; UINT_MAX: by seed */
    unsigned tricks;     /* bits, by world; 0: by seed */
    bool calm;           /* no faults at all: every view must be finalized */
    int real_signatures; /* 0 no, 1 yes, -1: one seed in 50 */
    int short_terms;     /* of whole nodes: 0 no, 1 yes, -1: one seed in four */
    bool verbose;
    /* for shrinking: the world is the seed's but for what is left out here */
    uint32_t without;        /* bits of fault kinds */
    unsigned without_tricks; /* bits of tricks */
    const uint32_t *keep;    /* only faults with these numbers happen, rising; NULL: all */
    uint32_t keep_n;
    bool believed;               /* Byzantine nodes count as honest in I7: a breach for tests */
    bool silent;                 /* prints nothing on a breach */
    const char *people;          /* of whole nodes: a population by name; NULL: by the seed */
    struct sim_picture *picture; /* what passes is drawn here; or NULL */
};

struct sim_result {
    bool breach;
    char what[256];
    uint32_t faults; /* that were due, whether or not they were let happen */
    unsigned tricks; /* drawn, of all nodes */
    uint64_t transcript;
    uint64_t views, heights, terms, messages, crashes, evidence, nullified, events, virtual_ms;
};

/* ---- shrink.c: the smallest world that still breaches in the same way ---- */

/* A world as shrinking sees it: this one, or that of whole nodes (node_world.h). */
struct sim_kind {
    void (*run)(const struct sim_options *o, struct sim_result *out);
    const char *const *faults; /* words, by number */
    unsigned faults_n, tricks; /* tricks: all bits */
};
struct sim_shrunk {
    struct sim_options o; /* o.keep is the struct's own */
    struct sim_result r;
    uint32_t *keep;  /* heap */
    uint32_t faults; /* let happen in the seed's own run */
    unsigned runs;
};
/* o breaches. Tries at most `runs` other worlds. */
void sim_shrink(const struct sim_kind *kind, const struct sim_options *o, unsigned runs,
                struct sim_shrunk *out);
void sim_shrunk_free(struct sim_shrunk *s);
/* Bits of a list such as "loss,crash"; false: an unknown word. */
bool sim_faults_read(const struct sim_kind *kind, const char *list, uint32_t *out);
/* Is number one of these, which rise? */
bool sim_kept(const uint32_t *keep, uint32_t n, uint32_t number);

/* ---- picture.c: messages and marks, and how they are drawn ---- */

enum { SIM_PICTURE_TEXT = 40 };
struct sim_picture *sim_picture_new(void);
void sim_picture_free(struct sim_picture *p);
/* p may be NULL: then nothing is drawn. arrives_us 0: lost. */
void sim_picture_message(struct sim_picture *p, uint64_t now_us, uint64_t arrives_us, uint16_t from,
                         uint16_t to, const char *text);
void sim_picture_mark(struct sim_picture *p, uint64_t now_us, uint16_t node, const char *text);
/* A message of the agreement in words; text has SIM_PICTURE_TEXT bytes. */
void sim_picture_words(char *text, struct weal_bytes bft_message);
/* The last `most` messages before the end as SVG: a lifeline a node, time downwards. */
bool sim_picture_write(const struct sim_picture *p, const char *path, const char *title,
                       unsigned most);

#endif
