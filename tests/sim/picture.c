/* SPDX-License-Identifier: ISC */
/* What passed before a breach, as a picture: a lifeline a node, time downwards, an arrow a message,
 * red and cut short when it was lost; crashes, views entered and blocks made final as marks. Time
 * is not to scale: each sending and arrival has a line of its own, or nothing could be read. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

enum { LINE = 12, COLUMN = 190, TOP = 64, LEFT = 110, TEXT = SIM_PICTURE_TEXT };

struct item {
    uint64_t at, arrives; /* us; arrives 0: lost; UINT64_MAX: a mark */
    uint16_t from, to;
    char text[TEXT];
};

struct sim_picture {
    struct item *items;
    size_t n, cap;
};

struct sim_picture *sim_picture_new(void) {
    return calloc(1, sizeof(struct sim_picture));
}
void sim_picture_free(struct sim_picture *p) {
    if (p) free(p->items);
    free(p);
}

static struct item *add(struct sim_picture *p) {
    if (p->n == p->cap) {
        p->cap = p->cap * 2 + 1024;
        p->items = realloc(p->items, p->cap * sizeof *p->items);
    }
    return &p->items[p->n++];
}

/* ---- recording ---- */

void sim_picture_message(struct sim_picture *p, uint64_t now_us, uint64_t arrives_us, uint16_t from,
                         uint16_t to, const char *text) {
    if (!p) return;
    struct item *i = add(p);
    *i = (struct item){now_us, arrives_us, from, to, ""};
    snprintf(i->text, TEXT, "%s", text);
}
void sim_picture_mark(struct sim_picture *p, uint64_t now_us, uint16_t node, const char *text) {
    sim_picture_message(p, now_us, UINT64_MAX, node, node, text);
}

void sim_picture_words(char *out, struct weal_bytes message) {
    static const char *const votes[] = {"?", "notarize", "nullify", "finalize"};
    struct weal_bft_message x;
    struct weal_rd r = weal_rd(message);
    weal_bft_message_get(&r, &x);
    if (!weal_rd_done(&r)) {
        snprintf(out, TEXT, "garbage");
    } else if (x.m_kind == WEAL_BFT_MESSAGE_PROPOSAL) {
        struct weal_header h;
        struct weal_rd v = weal_rd(x.m.proposal.header);
        weal_header_get(&v, &h);
        snprintf(out, TEXT, "proposal %llu height %llu", (unsigned long long)h.view,
                 (unsigned long long)h.height);
    } else if (x.m_kind == WEAL_BFT_MESSAGE_VOTE) {
        snprintf(out, TEXT, "%s %llu %02x%02x", votes[x.m.vote.kind & 3],
                 (unsigned long long)x.m.vote.view, x.m.vote.digest[0], x.m.vote.digest[1]);
    } else {
        snprintf(out, TEXT, "%s cert %llu", votes[x.m.certificate.kind & 3],
                 (unsigned long long)x.m.certificate.view);
    }
}

/* ---- of the world bft ---- */

void sim_draw_message(struct sim_world *w, uint16_t from, uint16_t to, const struct sim_msg *m,
                      uint64_t arrives_us) {
    char text[TEXT] = "";
    if (!w->o.picture) return;
    if (m->type == MSG_BODY) snprintf(text, TEXT, "body %u", m->arg);
    if (m->type == MSG_WANT_BODY) snprintf(text, TEXT, "wants body %u", m->arg);
    if (m->type == MSG_WANT_TERM) snprintf(text, TEXT, "wants end of term %u", m->arg);
    if (m->type == MSG_BFT) sim_picture_words(text, weal_bytes(m->bytes, m->n));
    sim_picture_message(w->o.picture, w->now_us, arrives_us, from, to, text);
}

void sim_draw_mark(struct sim_world *w, uint16_t node, const char *format, ...) {
    char text[TEXT];
    va_list args;
    if (!w->o.picture) return;
    va_start(args, format);
    vsnprintf(text, TEXT, format, args);
    va_end(args);
    sim_picture_mark(w->o.picture, w->now_us, node, text);
}

/* ---- drawing ---- */

/* Each sending, arrival and mark has a line of its own. */
struct moment {
    uint64_t at;
    size_t order;
    unsigned *y;
};

static int by_time(const void *a, const void *b) {
    const struct moment *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static void arrow(FILE *f, const struct item *i, unsigned y1, unsigned y2) {
    int x1 = LEFT + i->from * COLUMN, x2 = LEFT + i->to * COLUMN;
    bool lost = i->arrives == 0;
    if (lost) x2 = x1 + (x2 - x1) / 3;
    fprintf(f, "<line x1=\"%d\" y1=\"%u\" x2=\"%d\" y2=\"%u\" class=\"%s\"/>\n", x1, y1, x2, y2,
            lost ? "lost" : "sent");
    if (lost) fprintf(f, "<text x=\"%d\" y=\"%u\" class=\"cross\">x</text>\n", x2, y2 + 4);
    int side = i->to > i->from ? 1 : -1;
    fprintf(f, "<text x=\"%d\" y=\"%u\" class=\"label\" text-anchor=\"%s\">%s</text>\n",
            x1 + side * 8, y1 - 1, side > 0 ? "start" : "end", i->text);
}

static void head(FILE *f, const char *title, unsigned nodes, size_t lines) {
    unsigned width = LEFT * 2 + nodes * COLUMN, height = TOP + (unsigned)lines * LINE + 30;
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
            "font-family=\"sans-serif\">\n<style>.sent{stroke:#4a6fa5;marker-end:url(#a)}"
            ".lost{stroke:#c0392b;stroke-dasharray:4 3}.cross{fill:#c0392b;font-size:12px}"
            ".label{font-size:9px;fill:#333}.mark{font-size:10px;fill:#0b6e4f;font-weight:bold}"
            ".bad{fill:#c0392b}.time{font-size:9px;fill:#888}.life{stroke:#bbb}</style>\n"
            "<defs><marker id=\"a\" markerWidth=\"7\" markerHeight=\"6\" refX=\"7\" refY=\"3\" "
            "orient=\"auto\"><path d=\"M0,0 L7,3 L0,6 z\" fill=\"#4a6fa5\"/></marker></defs>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
            "<text x=\"10\" y=\"20\" font-size=\"14\">",
            width, height);
    for (const char *c = title; *c; c++) {
        if (*c == '<' || *c == '&')
            fprintf(f, "&#%d;", *c);
        else
            fputc(*c, f);
    }
    fputs("</text>\n", f);
    for (unsigned i = 0; i < nodes; i++) {
        unsigned x = LEFT + i * COLUMN;
        fprintf(f,
                "<text x=\"%u\" y=\"44\" font-size=\"12\" text-anchor=\"middle\">node %u</text>\n"
                "<line x1=\"%u\" y1=\"50\" x2=\"%u\" y2=\"%u\" class=\"life\"/>\n",
                x, i, x, x, height - 20);
    }
}

static void body(FILE *f, const struct item *items, size_t n, const unsigned (*y)[2]) {
    for (size_t k = 0; k < n; k++) {
        const struct item *i = &items[k];
        int x = LEFT + i->from * COLUMN;
        fprintf(f, "<text x=\"4\" y=\"%u\" class=\"time\">%.3f ms</text>\n", y[k][0] + 3,
                (double)i->at / 1000);
        if (i->arrives == UINT64_MAX) {
            bool bad = strstr(i->text, "crash") || strchr(i->text, '#');
            fprintf(f, "<circle cx=\"%d\" cy=\"%u\" r=\"3\" class=\"mark%s\"/>\n", x, y[k][0],
                    bad ? " bad" : "");
            fprintf(f, "<text x=\"%d\" y=\"%u\" class=\"mark%s\">%s</text>\n", x + 6, y[k][0] + 4,
                    bad ? " bad" : "", i->text);
        } else {
            arrow(f, i, y[k][0], i->arrives == 0 ? y[k][0] + LINE / 2 : y[k][1]);
        }
    }
}

/* Gives every item its lines; how many there are. */
static size_t lines_make(const struct item *items, size_t n, struct moment *moments,
                         unsigned (*y)[2]) {
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        moments[m++] = (struct moment){items[i].at, i, &y[i][0]};
        if (items[i].arrives != 0 && items[i].arrives != UINT64_MAX)
            moments[m++] = (struct moment){items[i].arrives, i, &y[i][1]};
    }
    qsort(moments, m, sizeof *moments, by_time);
    for (size_t i = 0; i < m; i++) *moments[i].y = TOP + (unsigned)i * LINE;
    return m;
}

bool sim_picture_write(const struct sim_picture *p, const char *path, const char *title,
                       unsigned most) {
    size_t first = p->n > most ? p->n - most : 0, n = p->n - first;
    const struct item *items = p->items + first;
    struct moment *moments = malloc((2 * n + 1) * sizeof *moments);
    unsigned(*y)[2] = calloc(n + 1, sizeof *y), nodes = 0;
    FILE *f = fopen(path, "w");
    bool ok = f && moments && y;
    for (size_t i = 0; ok && i < n; i++) {
        if (items[i].from >= nodes) nodes = items[i].from + 1u;
        if (items[i].to >= nodes) nodes = items[i].to + 1u;
    }
    if (ok) {
        head(f, title, nodes, lines_make(items, n, moments, y));
        body(f, items, n, (const unsigned(*)[2])y);
        fputs("</svg>\n", f);
    }
    free(moments);
    free(y);
    if (f) ok = fclose(f) == 0 && ok;
    return ok;
}
