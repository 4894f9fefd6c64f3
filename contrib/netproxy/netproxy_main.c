/* SPDX-License-Identifier: ISC */
/* netproxy: a user-space network between peers, for tests and benches that need delay, jitter, a
 * thin pipe or a partition without privileges. Each link listens on one address and forwards to
 * another; what is read is held for the one-way delay and then written, in order.
 *
 *   netproxy [--delay MS] [--jitter MS] [--rate BYTES/S] LISTEN=TARGET...
 *
 * Commands on standard input, a line each: "cut N" ("cut N 1": only what the dialling side says,
 * "cut N 2": only what it would hear), "heal N", "drop N" (close its connections),
 * "delay N MS", "jitter N MS", "rate N BYTES", "stats", "quit"; N is a link's number from 1, or
 * "all". Answers "ok" or "error: ...". A cut link accepts and delivers nothing but keeps its
 * connections, as a partition does. Prints "link N PORT" for each and then "ready". End of input
 * ends nothing; SIGTERM does. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/io/net.h"

enum { LINKS_MAX = 256, HELD_MAX = 16 << 20, CHUNK = 65536 };

struct chunk {
    struct chunk *next;
    uint64_t due_us;
    size_t n;
    uv_write_t write;
    struct half *half;
    uint8_t bytes[];
};

/* One direction of one connection. */
struct half {
    struct pipe *pipe;
    uv_tcp_t tcp; /* the socket bytes are read from */
    struct half *other;
    uv_timer_t timer;
    struct chunk *first, *last;
    size_t held, writing;
    uint64_t last_due_us;
    bool reading, ended, shut;
};

struct pipe {
    struct link *link;
    struct half half[2]; /* 0: client, 1: server */
    uv_connect_t connect;
    int handles;
    bool closing;
    struct pipe *next;
};

struct link {
    unsigned number;
    uv_tcp_t listener;
    struct weal_net_addr listen, target;
    uint64_t delay_us, jitter_us, rate;
    unsigned cut; /* bit k: of half[k] nothing is delivered */
    struct pipe *pipes;
    uint64_t bytes, connections;
};

static uv_loop_t loop;
static struct link links[LINKS_MAX];
static unsigned links_n;
static uint64_t rng = 88172645463325252u;

static uint64_t now_us(void) {
    return uv_hrtime() / 1000;
}
static uint64_t draw(uint64_t n) {
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return n == 0 ? 0 : rng % n;
}

/* ---- closing ---- */

static void on_pipe_closed(uv_handle_t *h) {
    struct pipe *p = (struct pipe *)h->data;
    if (--p->handles != 0) return;
    for (int i = 0; i < 2; i++) {
        for (struct chunk *c = p->half[i].first, *next; c; c = next) {
            next = c->next;
            free(c);
        }
    }
    struct pipe **at = &p->link->pipes;
    while (*at != p) at = &(*at)->next;
    *at = p->next;
    free(p);
}
static void pipe_close(struct pipe *p) {
    if (p->closing) return;
    p->closing = true;
    for (int i = 0; i < 2; i++) {
        p->half[i].timer.data = p->half[i].tcp.data = p;
        uv_close((uv_handle_t *)&p->half[i].timer, on_pipe_closed);
        uv_close((uv_handle_t *)&p->half[i].tcp, on_pipe_closed);
    }
}

/* ---- forwarding ---- */

static void pump(struct half *h);
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf);
static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *buf) {
    (void)h, (void)want;
    struct chunk *c = (struct chunk *)malloc(sizeof *c + CHUNK);
    *buf = c ? uv_buf_init((char *)c->bytes, CHUNK) : uv_buf_init(NULL, 0);
}
static void reading(struct half *h, bool on) {
    if (h->pipe->closing || h->reading == on || h->ended) return;
    h->reading = on;
    if (on) {
        uv_read_start((uv_stream_t *)&h->tcp, on_alloc, on_read);
    } else {
        uv_read_stop((uv_stream_t *)&h->tcp);
    }
}
static void on_timer(uv_timer_t *t) {
    pump((struct half *)t->data);
}
static void on_written(uv_write_t *w, int status) {
    struct chunk *c = (struct chunk *)w->data;
    struct half *h = c->half;
    h->writing -= c->n;
    free(c);
    if (status < 0) {
        pipe_close(h->pipe);
    } else if (!h->pipe->closing) {
        pump(h);
    }
}
static void on_shutdown(uv_shutdown_t *req, int status) {
    (void)status;
    free(req);
}

/* Writes what is due, arms the timer for what is not, reads on while little is held. */
static void pump(struct half *h) {
    struct pipe *p = h->pipe;
    const struct link *l = p->link;
    uint64_t now = now_us();
    bool cut = (l->cut >> (h == &p->half[1]) & 1) != 0;
    if (p->closing) return;
    while (!cut && h->first && h->first->due_us <= now && h->writing < HELD_MAX) {
        struct chunk *c = h->first;
        h->first = c->next;
        if (!h->first) h->last = NULL;
        h->held -= c->n;
        h->writing += c->n;
        c->write.data = c;
        uv_buf_t b = uv_buf_init((char *)c->bytes, (unsigned)c->n);
        if (uv_write(&c->write, (uv_stream_t *)&h->other->tcp, &b, 1, on_written) != 0) {
            free(c);
            pipe_close(p);
            return;
        }
    }
    if (!cut && h->first && h->first->due_us > now) {
        uint64_t ms = (h->first->due_us - now + 999) / 1000;
        uv_timer_start(&h->timer, on_timer, ms, 0);
    }
    if (!h->first && h->ended && !h->shut && !cut) {
        h->shut = true;
        uv_shutdown_t *req = (uv_shutdown_t *)malloc(sizeof *req);
        if (!req || uv_shutdown(req, (uv_stream_t *)&h->other->tcp, on_shutdown) != 0) free(req);
        if (h->other->shut || h->other->ended) pipe_close(p);
        return;
    }
    reading(h, h->held + h->writing < HELD_MAX);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
    struct half *h = (struct half *)s->data;
    struct chunk *c =
        buf->base ? (struct chunk *)(void *)(buf->base - offsetof(struct chunk, bytes)) : NULL;
    if (n <= 0) {
        free(c);
        if (n == 0) return;
        h->ended = true;
        h->reading = false;
        if (n != UV_EOF) {
            pipe_close(h->pipe);
        } else {
            pump(h);
        }
        return;
    }
    struct link *l = h->pipe->link;
    struct chunk *small = (struct chunk *)realloc(c, sizeof *c + (size_t)n);
    c = small ? small : c;
    c->next = NULL;
    c->n = (size_t)n;
    c->half = h;
    c->due_us = now_us() + l->delay_us + draw(l->jitter_us);
    if (c->due_us < h->last_due_us) c->due_us = h->last_due_us; /* order stays */
    if (l->rate != 0) {
        uint64_t free_at = h->last_due_us > now_us() ? h->last_due_us : now_us();
        uint64_t took = c->n * 1000000 / l->rate;
        if (c->due_us < free_at + took) c->due_us = free_at + took;
    }
    h->last_due_us = c->due_us;
    if (h->last) {
        h->last->next = c;
    } else {
        h->first = c;
    }
    h->last = c;
    h->held += c->n;
    l->bytes += c->n;
    pump(h);
}

/* ---- connecting ---- */

static void on_connected(uv_connect_t *req, int status) {
    struct pipe *p = (struct pipe *)req->data;
    if (p->closing) return;
    if (status < 0) {
        pipe_close(p);
        return;
    }
    uv_tcp_nodelay(&p->half[1].tcp, 1);
    pump(&p->half[0]);
    pump(&p->half[1]);
}

static void sockaddr_of(const struct weal_net_addr *a, struct sockaddr_storage *out) {
    char text[WEAL_NET_ADDR_TEXT];
    weal_net_addr_text(a, text);
    *strrchr(text, ':') = 0;
    if (text[0] == '[') {
        *strchr(text, ']') = 0;
        uv_ip6_addr(text + 1, a->port, (struct sockaddr_in6 *)out);
    } else {
        uv_ip4_addr(text, a->port, (struct sockaddr_in *)out);
    }
}

static void on_connection(uv_stream_t *s, int status) {
    struct link *l = (struct link *)s->data;
    struct pipe *p = status < 0 ? NULL : (struct pipe *)calloc(1, sizeof *p);
    if (!p) return;
    p->link = l;
    p->next = l->pipes;
    l->pipes = p;
    l->connections++;
    p->handles = 4;
    for (int i = 0; i < 2; i++) {
        struct half *h = &p->half[i];
        h->pipe = p;
        h->other = &p->half[!i];
        uv_tcp_init(&loop, &h->tcp);
        uv_timer_init(&loop, &h->timer);
        h->tcp.data = h->timer.data = h;
    }
    p->connect.data = p;
    struct sockaddr_storage to;
    sockaddr_of(&l->target, &to);
    if (uv_accept(s, (uv_stream_t *)&p->half[0].tcp) != 0 ||
        uv_tcp_connect(&p->connect, &p->half[1].tcp, (const struct sockaddr *)&to, on_connected) !=
            0) {
        pipe_close(p);
        return;
    }
    uv_tcp_nodelay(&p->half[0].tcp, 1);
}

static bool link_start(struct link *l, const char *spec) {
    char text[128];
    const char *eq = strchr(spec, '=');
    if (!eq || (size_t)(eq - spec) >= sizeof text) return false;
    memcpy(text, spec, (size_t)(eq - spec));
    text[eq - spec] = 0;
    if (!weal_net_addr_read(text, &l->listen) || !weal_net_addr_read(eq + 1, &l->target)) {
        return false;
    }
    struct sockaddr_storage at;
    int at_n = sizeof at;
    sockaddr_of(&l->listen, &at);
    uv_tcp_init(&loop, &l->listener);
    l->listener.data = l;
    if (uv_tcp_bind(&l->listener, (const struct sockaddr *)&at, 0) != 0 ||
        uv_listen((uv_stream_t *)&l->listener, 128, on_connection) != 0 ||
        uv_tcp_getsockname(&l->listener, (struct sockaddr *)&at, &at_n) != 0) {
        return false;
    }
    printf("link %u %u\n", l->number, ntohs(((struct sockaddr_in *)&at)->sin_port));
    return true;
}

/* ---- commands ---- */

static void each_pipe(struct link *l, bool close) {
    for (struct pipe *p = l->pipes; p; p = p->next) {
        if (close) {
            pipe_close(p);
        } else {
            pump(&p->half[0]);
            pump(&p->half[1]);
        }
    }
}

static bool apply(struct link *l, const char *verb, uint64_t value) {
    if (strcmp(verb, "cut") == 0) {
        if (value > 2) return false;
        l->cut |= value == 0 ? 3U : (unsigned)value;
    } else if (strcmp(verb, "heal") == 0) {
        l->cut = 0;
        each_pipe(l, false);
    } else if (strcmp(verb, "drop") == 0) {
        each_pipe(l, true);
    } else if (strcmp(verb, "delay") == 0) {
        l->delay_us = value * 1000;
    } else if (strcmp(verb, "jitter") == 0) {
        l->jitter_us = value * 1000;
    } else if (strcmp(verb, "rate") == 0) {
        l->rate = value;
    } else {
        return false;
    }
    return true;
}

static void command(char *line) {
    char verb[16], which[16];
    unsigned long long value = 0;
    int n = sscanf(line, "%15s %15s %llu", verb, which, &value);
    if (n == 1 && strcmp(verb, "quit") == 0) exit(0);
    if (n == 1 && strcmp(verb, "stats") == 0) {
        for (unsigned i = 0; i < links_n; i++) {
            printf("link %u bytes %llu connections %llu\n", i + 1,
                   (unsigned long long)links[i].bytes, (unsigned long long)links[i].connections);
        }
        puts("ok");
        fflush(stdout);
        return;
    }
    bool ok = n >= 2, all = ok && strcmp(which, "all") == 0;
    unsigned long number = ok && !all ? strtoul(which, NULL, 10) : 0;
    if (ok && !all && (number == 0 || number > links_n)) ok = false;
    for (unsigned i = 0; ok && i < links_n; i++) {
        if (all || number == i + 1) ok = apply(&links[i], verb, value);
    }
    puts(ok ? "ok" : "error: no such command or link");
    fflush(stdout);
}

static char line[256];
static size_t line_n;
static void on_input(uv_poll_t *h, int status, int events) {
    char buf[256];
    (void)events;
    ssize_t n = status < 0 ? 0 : read(0, buf, sizeof buf);
    if (n <= 0) {
        uv_poll_stop(h);
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (buf[i] != '\n' && line_n < sizeof line - 1) {
            line[line_n++] = buf[i];
        } else {
            line[line_n] = 0;
            line_n = 0;
            command(line);
        }
    }
}

static const char usage[] =
    "usage: netproxy [--delay MS] [--jitter MS] [--rate BYTES/S] LISTEN=TARGET...\n"
    "options hold for the links after them; commands come on standard input, a line each\n";

int main(int argc, char **argv) {
    uint64_t delay = 0, jitter = 0, rate = 0;
    uv_loop_init(&loop);
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        uint64_t *option = strcmp(argv[i], "--delay") == 0    ? &delay
                           : strcmp(argv[i], "--jitter") == 0 ? &jitter
                           : strcmp(argv[i], "--rate") == 0   ? &rate
                                                              : NULL;
        if (option && i + 1 < argc) {
            *option = strtoull(argv[++i], NULL, 10);
            continue;
        }
        struct link *l = &links[links_n];
        l->number = links_n + 1;
        l->delay_us = delay * 1000;
        l->jitter_us = jitter * 1000;
        l->rate = rate;
        if (option || links_n == LINKS_MAX || !link_start(l, argv[i])) {
            fprintf(stderr, "netproxy: cannot start %s\n%s", argv[i], usage);
            return 2;
        }
        links_n++;
    }
    puts("ready");
    fflush(stdout);
    uv_poll_t input;
    if (uv_poll_init(&loop, &input, 0) == 0) uv_poll_start(&input, UV_READABLE, on_input);
    uv_run(&loop, UV_RUN_DEFAULT);
    return 0;
}
