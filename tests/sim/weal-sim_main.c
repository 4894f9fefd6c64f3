/* SPDX-License-Identifier: ISC */
/* weal-sim: runs seeds of the simulator from the command line. */
#include <argp.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/book_world.h"
#include "tests/sim/node_world.h"
#include "tests/sim/sim.h"

enum { KEEP_MAX = 4096, SHRINK_RUNS = 400, PICTURE = 150 };

struct arguments {
    struct sim_options o;
    uint64_t seeds;
    bool json, again, quiet, node, book; /* neither: the agreement alone */
    const char *people;
    const char *tricks; /* their names depend on the world */
    unsigned shrink;    /* runs; 0: not asked for */
    const char *svg, *state, *without, *without_tricks;
    uint32_t keep[KEEP_MAX];
};

enum { O_WITHOUT = 256, O_WITHOUT_TRICKS, O_KEEP, O_SHRINK, O_SVG, O_STATE, O_PEOPLE, O_TERMS };

static const struct argp_option options[] = {
    {"seed", 's', "N", 0, "First seed (default 1)", 0},
    {"seeds", 'k', "K", 0, "How many seeds, counting up (default 1)", 0},
    {"world", 'w', "WHICH", 0,
     "bft: the agreement alone (default); node: whole nodes over storage and mempool; book: whom "
     "nodes are connected with",
     0},
    {"views", 'v', "V", 0, "Views of a seed (default 200)", 0},
    {"nodes", 'n', "N", 0, "Validators, 4 to 30 (default: by the seed)", 0},
    {"byzantine", 'b', "N", 0, "Byzantine validators, under a third (default: by the seed)", 0},
    {"tricks", 't', "LIST", 0,
     "What they do, comma-separated; bft: silent equivocate double withhold invalid vote-invalid "
     "garbage nuller twin stale all; node: silent garbage flood lie withhold replay double stuff "
     "twin restore deaf invalid all; book: false own mangle absurd fill churn mute offend masks "
     "all "
     "(default: by the seed)",
     0},
    {"people", O_PEOPLE, "NAME", 0,
     "Who uses the network of whole nodes: payers, ledger, people (default: by the seed)", 0},
    {"terms", O_TERMS, "WHICH", 0,
     "Of whole nodes: short and with sets that change, long, or mixed: short in 1 of 4 seeds "
     "(default)",
     0},
    {"calm", 'c', 0, 0, "No faults; every view must be finalized", 0},
    {"signatures", 'S', "WHICH", 0, "oracle, real, or mixed: real in 1 of 50 seeds (default)", 0},
    {"again", 'a', 0, 0, "Run every seed twice and compare the transcripts", 0},
    {"json", 'j', 0, 0, "One JSON object a seed", 0},
    {"quiet", 'q', 0, 0, "Only breaches and the last line", 0},
    {"shrink", O_SHRINK, "RUNS", OPTION_ARG_OPTIONAL,
     "On a breach look for a smaller world that breaches alike, in so many runs (default 400)", 0},
    {"svg", O_SVG, "FILE", 0, "On a breach draw the last messages before it", 0},
    {"state", O_STATE, "FILE", 0, "Remember there which seed is next, and begin there", 0},
    {"without", O_WITHOUT, "LIST", 0,
     "Leave out kinds of faults; bft: loss twice slow later idle crash crash-all compact wipe "
     "partition jump skew latency sync exec; node: loss twice slow reorder reset partition stall "
     "crash crash-write crash-all eio full apply wipe rot jump away skew latency sync bandwidth "
     "drought work terms; book: loss cut partition restart book latency seedless",
     0},
    {"without-tricks", O_WITHOUT_TRICKS, "LIST", 0, "Leave out tricks", 0},
    {"keep", O_KEEP, "NUMBERS", 0, "Only faults with these numbers happen, as 3,7-9; - for none",
     0},
    {"verbose", 'V', 0, 0, "On a breach print the whole trace kept", 0},
    {0},
};

struct trick_name {
    const char *name;
    unsigned bit;
};

static unsigned tricks(const char *list, const struct arguments *a, struct argp_state *state) {
    static const struct trick_name in_node[] = {{"silent", NW_SILENT},
                                                {"garbage", NW_GARBAGE},
                                                {"flood", NW_FLOOD},
                                                {"lie", NW_LIE},
                                                {"withhold", NW_WITHHOLD},
                                                {"replay", NW_REPLAY},
                                                {"double", NW_DOUBLE},
                                                {"stuff", NW_STUFF},
                                                {"twin", NW_TWIN},
                                                {"restore", NW_RESTORE},
                                                {"deaf", NW_DEAF},
                                                {"invalid", NW_INVALID},
                                                {"all", NW_TRICK_ALL & ~(unsigned)NW_SILENT}};
    static const struct trick_name in_bft[] = {{"silent", TRICK_SILENT},
                                               {"equivocate", TRICK_EQUIVOCATE},
                                               {"double", TRICK_DOUBLE_VOTE},
                                               {"withhold", TRICK_WITHHOLD},
                                               {"invalid", TRICK_INVALID},
                                               {"vote-invalid", TRICK_VOTE_INVALID},
                                               {"garbage", TRICK_GARBAGE},
                                               {"nuller", TRICK_NULLER},
                                               {"twin", TRICK_TWIN},
                                               {"stale", TRICK_STALE},
                                               {"all", TRICK_ALL & ~(unsigned)TRICK_SILENT}};
    static const struct trick_name in_book[] = {
        {"false", BW_FALSE}, {"own", BW_OWN},      {"mangle", BW_MANGLE}, {"absurd", BW_ABSURD},
        {"fill", BW_FILL},   {"churn", BW_CHURN},  {"mute", BW_MUTE},     {"offend", BW_OFFEND},
        {"masks", BW_MASKS}, {"all", BW_TRICK_ALL}};
    const struct trick_name *known = a->book ? in_book : a->node ? in_node : in_bft;
    size_t known_n = sizeof in_bft / sizeof *in_bft;
    if (a->node) known_n = sizeof in_node / sizeof *in_node;
    if (a->book) known_n = sizeof in_book / sizeof *in_book;
    unsigned out = 0;
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", list);
    for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
        unsigned bit = 0;
        for (size_t i = 0; i < known_n; i++)
            if (strcmp(p, known[i].name) == 0) bit = known[i].bit;
        if (bit == 0) argp_error(state, "unknown trick '%s'", p);
        out |= bit;
    }
    return out;
}

static const struct sim_kind *world(const struct arguments *a) {
    return a->book ? &bw_kind_of_world : a->node ? &nw_kind_of_world : &sim_bft;
}

static uint64_t number(const char *text, uint64_t low, uint64_t high, struct argp_state *state) {
    char *end;
    unsigned long long x = strtoull(text, &end, 0);
    if (*text == 0 || *end != 0 || x < low || x > high)
        argp_error(state, "'%s' is not a number from %llu to %llu", text, (unsigned long long)low,
                   (unsigned long long)high);
    return x;
}

static void keep(const char *list, struct arguments *a, struct argp_state *state) {
    char *end;
    a->o.keep = a->keep;
    for (a->o.keep_n = 0; *list && strcmp(list, "-") != 0; list = end + (*end == ',')) {
        unsigned long n = strtoul(list, &end, 10), last = n;
        if (end == list) argp_error(state, "'%s' is no list", list);
        if (*end == '-') last = strtoul(end + 1, &end, 10);
        for (; n <= last; n++) {
            if (a->o.keep_n == KEEP_MAX) argp_error(state, "more than %d numbers", (int)KEEP_MAX);
            a->keep[a->o.keep_n++] = (uint32_t)n;
        }
    }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case 's':
        a->o.seed = number(arg, 0, UINT64_MAX, state);
        break;
    case 'k':
        a->seeds = number(arg, 1, UINT32_MAX, state);
        break;
    case 'v':
        a->o.views = number(arg, 1, 1000000, state);
        break;
    case 'n':
        a->o.nodes = (unsigned)number(arg, 4, 30, state);
        break;
    case 'b':
        a->o.byzantine = (unsigned)number(arg, 0, 9, state);
        break;
    case 't':
        a->tricks = arg;
        break;
    case 'w':
        a->node = strcmp(arg, "node") == 0;
        a->book = strcmp(arg, "book") == 0;
        if (!a->node && !a->book && strcmp(arg, "bft") != 0)
            argp_error(state, "no world '%s'", arg);
        break;
    case 'c':
        a->o.calm = true;
        break;
    case 'S':
        a->o.real_signatures = strcmp(arg, "real") == 0 ? 1 : strcmp(arg, "oracle") == 0 ? 0 : -1;
        break;
    case 'a':
        a->again = true;
        break;
    case 'j':
        a->json = true;
        break;
    case 'q':
        a->quiet = true;
        break;
    case O_SHRINK:
        a->shrink = arg ? (unsigned)number(arg, 1, 1000000, state) : SHRINK_RUNS;
        break;
    case O_SVG:
        a->svg = arg;
        break;
    case O_PEOPLE:
        if (!nw_people_known(arg)) argp_error(state, "no population '%s'", arg);
        a->people = arg;
        break;
    case O_TERMS:
        a->o.short_terms = strcmp(arg, "short") == 0 ? 1 : strcmp(arg, "long") == 0 ? 0 : -1;
        break;
    case O_STATE:
        a->state = arg;
        break;
    case O_WITHOUT:
        a->without = arg;
        break;
    case O_WITHOUT_TRICKS:
        a->without_tricks = arg;
        break;
    case O_KEEP:
        keep(arg, a, state);
        break;
    case 'V':
        a->o.verbose = true;
        break;
    case ARGP_KEY_ARG:
        argp_usage(state);
        break;
    case ARGP_KEY_END:
        if (a->without && !sim_faults_read(world(a), a->without, &a->o.without))
            argp_error(state, "unknown fault in '%s'", a->without);
        if (a->without_tricks) a->o.without_tricks = tricks(a->without_tricks, a, state);
        if (a->tricks) a->o.tricks = tricks(a->tricks, a, state);
        if (a->node && a->o.nodes > NW_KEYS_MAX)
            argp_error(state, "whole nodes: at most %d validators", (int)NW_KEYS_MAX);
        if (a->node && a->o.byzantine != UINT_MAX && a->o.byzantine > 3)
            argp_error(state, "whole nodes: at most 3 Byzantine ones, a tenth of the weight each");
        if (!a->book && a->o.byzantine != UINT_MAX &&
            a->o.byzantine * 3 >= (a->o.nodes ? a->o.nodes : 4))
            argp_error(state, "Byzantine validators must be fewer than a third of --nodes");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const struct arguments *a, uint64_t seed, const struct sim_result *r) {
    if (a->json)
        printf("{\"seed\":%llu,\"ok\":%s,\"views\":%llu,\"heights\":%llu,\"terms\":%llu,"
               "\"nullified\":%llu,\"messages\":%llu,\"crashes\":%llu,\"evidence\":%llu,"
               "\"events\":%llu,\"virtual_ms\":%llu,\"transcript\":\"%016llx\"}\n",
               (unsigned long long)seed, r->breach ? "false" : "true", (unsigned long long)r->views,
               (unsigned long long)r->heights, (unsigned long long)r->terms,
               (unsigned long long)r->nullified, (unsigned long long)r->messages,
               (unsigned long long)r->crashes, (unsigned long long)r->evidence,
               (unsigned long long)r->events, (unsigned long long)r->virtual_ms,
               (unsigned long long)r->transcript);
    else if (!a->quiet)
        printf("seed %-6llu %s  views %-5llu final %-5llu terms %-3llu nullified %-4llu crashes "
               "%-4llu evidence %-4llu %6llu s  %016llx\n",
               (unsigned long long)seed, r->breach ? "BREACH" : "ok", (unsigned long long)r->views,
               (unsigned long long)r->heights, (unsigned long long)r->terms,
               (unsigned long long)r->nullified, (unsigned long long)r->crashes,
               (unsigned long long)r->evidence, (unsigned long long)(r->virtual_ms / 1000),
               (unsigned long long)r->transcript);
    fflush(stdout);
}

/* The smaller world, in words and as a command. */
static void shrunk_print(const struct sim_kind *kind, const struct sim_shrunk *s) {
    fprintf(stderr, "shrunk in %u runs, to %u of %u faults: %s\n", s->runs, s->o.keep_n, s->faults,
            s->r.what);
    fprintf(stderr, "  weal-sim%s --seed %llu --views %llu",
            kind == &nw_kind_of_world   ? " --world node"
            : kind == &bw_kind_of_world ? " --world book"
                                        : "",
            (unsigned long long)s->o.seed, (unsigned long long)s->o.views);
    if (s->o.people) fprintf(stderr, " --people %s", s->o.people);
    if (s->o.nodes) fprintf(stderr, " --nodes %u", s->o.nodes);
    if (s->o.short_terms >= 0) fprintf(stderr, " --terms %s", s->o.short_terms ? "short" : "long");
    if (s->o.byzantine != UINT_MAX) fprintf(stderr, " --byzantine %u", s->o.byzantine);
    if (s->o.without) fputs(" --without ", stderr);
    for (unsigned k = 0, any = 0; k < kind->faults_n; k++) {
        if (s->o.without >> k & 1) fprintf(stderr, "%s%s", any++ ? "," : "", kind->faults[k]);
    }
    fprintf(stderr, " --keep %s", s->o.keep_n == 0 ? "-" : "");
    for (uint32_t i = 0, k; i < s->o.keep_n; i = k) {
        for (k = i + 1; k < s->o.keep_n && s->o.keep[k] == s->o.keep[k - 1] + 1;) k++;
        fprintf(stderr, "%s%u", i ? "," : "", s->o.keep[i]);
        if (k - i > 1) fprintf(stderr, "-%u", s->o.keep[k - 1]);
    }
    if (s->o.without_tricks) fprintf(stderr, "   (and without tricks %u)", s->o.without_tricks);
    fputc('\n', stderr);
}

/* What is made of a breach. */
static void breached(const struct arguments *a, const struct sim_options *o) {
    const struct sim_kind *kind = world(a);
    struct sim_shrunk s = {.o = *o};
    if (a->shrink != 0) {
        sim_shrink(kind, o, a->shrink, &s);
        shrunk_print(kind, &s);
    }
    if (a->svg) {
        struct sim_result r;
        char title[400];
        s.o.picture = sim_picture_new();
        s.o.silent = a->shrink == 0;
        kind->run(&s.o, &r);
        snprintf(title, sizeof title, "seed %llu: %s", (unsigned long long)o->seed, r.what);
        if (sim_picture_write(s.o.picture, a->svg, title, PICTURE))
            fprintf(stderr, "drawn: %s\n", a->svg);
        sim_picture_free(s.o.picture);
    }
    sim_shrunk_free(&s);
}

/* The next seed of a run that goes on over many calls. */
static uint64_t state_read(const struct arguments *a) {
    unsigned long long next = a->o.seed;
    FILE *f = a->state ? fopen(a->state, "r") : NULL;
    if (f && fscanf(f, "%llu", &next) != 1) next = a->o.seed;
    if (f) fclose(f);
    return next;
}
static void state_write(const struct arguments *a, uint64_t next) {
    FILE *f = a->state ? fopen(a->state, "w") : NULL;
    if (f) fprintf(f, "%llu\n", (unsigned long long)next);
    if (f) fclose(f);
}

/* Whole nodes: 4 to 13 of them, and who only follows. */
static void report_node(const struct arguments *a, uint64_t seed, const struct nw_result *r) {
#define N(x) ((unsigned long long)r->x)
    if (a->json)
        printf("{\"world\":\"node\",\"seed\":%llu,\"ok\":%s,\"views\":%llu,\"heights\":%llu,"
               "\"term\":%llu,\"messages\":%llu,\"crashes\":%llu,\"blamed\":%llu,\"txs\":%llu,"
               "\"refused\":%llu,\"foretold\":%llu,\"sets\":%llu,\"silenced\":%llu,\"weights\":%"
               "llu,\"invented\":%llu,\"evidence\":%"
               "llu,\"syncs\":%llu,"
               "\"events\":%llu,\"virtual_ms\":%llu,"
               "\"transcript\":\"%016llx\"}\n",
               (unsigned long long)seed, r->breach ? "false" : "true", N(views), N(heights),
               N(terms), N(messages), N(crashes), N(blamed), N(txs), N(refused), N(foretold),
               N(sets), N(silenced), N(weights), N(invented), N(evidence), N(syncs), N(events),
               N(virtual_ms), N(transcript));
    else if (!a->quiet)
        printf("seed %-6llu %s  views %-5llu final %-5llu term %-2llu sets %-2llu crashes %-4llu "
               "blamed %-5llu "
               "txs %-5llu refused %-5llu foretold %-5llu %6llu s  %016llx\n",
               (unsigned long long)seed, r->breach ? "BREACH" : "ok", N(views), N(heights),
               N(terms), N(sets), N(crashes), N(blamed), N(txs), N(refused), N(foretold),
               N(virtual_ms) / 1000, N(transcript));
#undef N
    fflush(stdout);
}

static bool run_node(const struct arguments *a, uint64_t seed, uint64_t *views) {
    struct sim_options o = a->o;
    o.seed = seed;
    o.people = a->people;
    struct nw_result r, again;
    nw_run(&o, &r);
    if (a->again && !r.breach) {
        nw_run(&o, &again);
        if (again.transcript != r.transcript) {
            fprintf(stderr, "BREACH seed %llu: two runs differ\n", (unsigned long long)seed);
            r.breach = true;
        }
    }
    *views += r.views;
    report_node(a, seed, &r);
    if (r.breach) breached(a, &o);
    return r.breach;
}

/* Address books: no views, but virtual seconds. */
static void report_book(const struct arguments *a, uint64_t seed, const struct bw_result *r) {
#define N(x) ((unsigned long long)r->x)
    if (a->json)
        printf("{\"world\":\"book\",\"seed\":%llu,\"ok\":%s,\"nodes\":%u,\"adversaries\":%u,"
               "\"groups\":%u,\"seconds\":%llu,\"dials\":%llu,\"refused\":%llu,\"told\":%llu,"
               "\"bans\":%llu,\"restarts\":%llu,\"evicted\":%llu,\"reached_ms\":%llu,"
               "\"found_ms\":%llu,\"transcript\":\"%016llx\"}\n",
               (unsigned long long)seed, r->breach ? "false" : "true", r->nodes, r->foes, r->groups,
               N(seconds), N(dials), N(refused), N(told), N(bans), N(restarts), N(evicted),
               N(reached_ms), N(found_ms), N(transcript));
    else if (!a->quiet)
        printf(
            "seed %-6llu %s  nodes %-2u against %-3u in %-2u groups, dials %-6llu refused %-6llu "
            "told %-7llu bans %-4llu restarts %-4llu evicted %-5llu reached %3llu s found %4llu "
            "s  %016llx\n",
            (unsigned long long)seed, r->breach ? "BREACH" : "ok", r->nodes, r->foes, r->groups,
            N(dials), N(refused), N(told), N(bans), N(restarts), N(evicted), N(reached_ms) / 1000,
            N(found_ms) / 1000, N(transcript));
#undef N
    fflush(stdout);
}

static bool run_book(const struct arguments *a, uint64_t seed, uint64_t *seconds_run) {
    struct sim_options o = a->o;
    o.seed = seed;
    struct bw_result r, again;
    bw_run(&o, &r);
    if (a->again && !r.breach) {
        bw_run(&o, &again);
        if (again.transcript != r.transcript) {
            fprintf(stderr, "BREACH seed %llu: two runs differ\n", (unsigned long long)seed);
            r.breach = true;
        }
    }
    *seconds_run += r.seconds;
    report_book(a, seed, &r);
    if (r.breach) breached(a, &o);
    return r.breach;
}

static bool run_bft(const struct arguments *a, uint64_t seed, uint64_t *views) {
    struct sim_result r, again;
    struct sim_options o = a->o;
    o.seed = seed;
    sim_run(&o, &r);
    if (a->again && !r.breach) {
        sim_run(&o, &again);
        if (again.transcript != r.transcript) {
            fprintf(stderr, "BREACH seed %llu: two runs differ\n", (unsigned long long)seed);
            r.breach = true;
        }
    }
    *views += r.views;
    report(a, seed, &r);
    if (r.breach) breached(a, &o);
    return r.breach;
}

int main(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse,
        NULL,
        "Simulates a network of validators from one seed and checks every invariant of the "
        "agreement.\vExit status: 0 all seeds hold, 1 a breach (its seed and last events are "
        "printed), 64 usage.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {.o = {.seed = 1,
                                .views = 200,
                                .byzantine = UINT_MAX,
                                .real_signatures = -1,
                                .short_terms = -1},
                          .seeds = 1};
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    /* nodes start again and again: their memory is not given back to the system in between, which
     * took more time than the agreement */
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    uint64_t bad = 0, views = 0;
    double start = seconds();
    a.o.seed = state_read(&a);
    for (uint64_t i = 0; i < a.seeds; i++) {
        uint64_t seed = a.o.seed + i;
        bad += a.book   ? run_book(&a, seed, &views)
               : a.node ? run_node(&a, seed, &views)
                        : run_bft(&a, seed, &views);
        state_write(&a, seed + 1);
    }
    double took = seconds() - start;
    const char *unit = a.book ? "virtual seconds" : "views";
    fprintf(stderr, "%llu seeds, %llu breaches, %llu %s in %.1f s: %.0f %s an hour\n",
            (unsigned long long)a.seeds, (unsigned long long)bad, (unsigned long long)views, unit,
            took, (double)views / took * 3600, unit);
    return bad != 0;
}
