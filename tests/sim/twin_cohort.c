/* SPDX-License-Identifier: ISC */
/* The twin's pools, windows, dealings and cohorts: everybody who waits is in one list, everybody
 * who was dealt in one list of rings. */
#include <stdio.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "crypto/hash/hash.h"
#include "tests/sim/twin.h"

enum { FULL = 256, FEWEST = 11, MOST = 16 };

unsigned twin_pool(struct twin *w, enum twin_kind kind, struct weal_bytes path) {
    for (unsigned i = 0; i < w->pools_n; i++) {
        const struct twin_pool *p = &w->pools[i];
        if (p->kind == kind && p->path.n == path.n && memcmp(p->path.text, path.p, path.n) == 0)
            return i;
    }
    WEAL_ASSERT(w->pools_n < TWIN_POOLS);
    struct twin_pool *p = &w->pools[w->pools_n];
    p->kind = kind;
    p->path.n = (uint8_t)path.n;
    memcpy(p->path.text, path.p, path.n);
    return w->pools_n++;
}

/* ---- windows ---- */

static struct twin_window *window_of(struct twin *w, unsigned pool, uint64_t number) {
    for (unsigned i = 0; i < w->windows_n; i++)
        if (w->windows[i].pool == pool && w->windows[i].number == number) return &w->windows[i];
    WEAL_ASSERT(w->windows_n < TWIN_WINDOWS);
    w->windows[w->windows_n] = (struct twin_window){.pool = pool, .number = number};
    return &w->windows[w->windows_n++];
}

static unsigned waiting_in(const struct twin *w, unsigned pool, uint64_t window) {
    unsigned n = 0;
    for (unsigned i = 0; i < w->waiting_n; i++)
        n += w->waiting[i].pool == pool && w->waiting[i].window == window;
    return n;
}

static bool owner_in(const struct twin *w, unsigned pool, uint64_t window,
                     const uint8_t owner[32]) {
    for (unsigned i = 0; i < w->waiting_n; i++)
        if (w->waiting[i].pool == pool && w->waiting[i].window == window &&
            memcmp(w->waiting[i].owner, owner, 32) == 0)
            return true;
    return false;
}

const struct twin_waiting *twin_waits(const struct twin *w, enum twin_kind kind,
                                      const uint8_t key[32]) {
    for (unsigned i = 0; i < w->waiting_n; i++)
        if (w->pools[w->waiting[i].pool].kind == kind && memcmp(w->waiting[i].key, key, 32) == 0)
            return &w->waiting[i];
    return NULL;
}

/* Starts the open window's timer; closes it when it is full, or its time is over and it has enough;
 * and then the next. */
static void look_at(struct twin *w, unsigned pool) {
    for (;;) {
        struct twin_pool *p = &w->pools[pool];
        struct twin_window *x = window_of(w, pool, p->open);
        unsigned n = waiting_in(w, pool, p->open);
        if (n > 0 && x->timer == 0) {
            x->timer =
                w->now + (p->kind == TWIN_HUMANS ? w->p.window_human_ms : w->p.window_activity_ms);
            struct twin_event *e = twin_event(w, 1, x->timer, ON_WINDOW, NULL);
            e->a = pool;
            e->b = p->open;
        }
        bool over = x->timer != 0 && w->now >= x->timer;
        if (n < FULL && !(over && n >= FEWEST)) return;
        x->closed = w->height;
        struct twin_event *e = twin_event(w, 0, w->height + w->p.deal_delay, ON_DEAL, NULL);
        e->a = pool;
        e->b = p->open++;
    }
}

void twin_enter(struct twin *w, struct twin_waiting e) {
    struct twin_pool *p = &w->pools[e.pool];
    e.window = p->open;
    while (waiting_in(w, e.pool, e.window) >= FULL || owner_in(w, e.pool, e.window, e.owner))
        e.window++;
    e.number = p->entries++;
    WEAL_ASSERT(w->waiting_n < TWIN_WAITING);
    w->waiting[w->waiting_n++] = e;
    if (e.window == p->open) look_at(w, e.pool);
}

void twin_unwait(struct twin *w, unsigned at) {
    w->waiting_n--;
    memmove(&w->waiting[at], &w->waiting[at + 1], (w->waiting_n - at) * sizeof *w->waiting);
}

bool twin_closed(const struct twin *w, unsigned pool, uint64_t window) {
    return window < w->pools[pool].open;
}

void twin_window_due(struct twin *w, unsigned pool, uint64_t window) {
    if (w->pools[pool].open == window) look_at(w, pool);
}

/* ---- dealing ---- */

/* The next number of a draw (consensus/draw.h, in words), below n. */
static uint64_t draw(const uint8_t beacon[32], const char *purpose, uint64_t *counter, uint64_t n) {
    for (;;) {
        struct weal_transcript t;
        uint8_t number[8], out[64];
        weal_put_le64(number, (*counter)++);
        weal_transcript_init(&t, "draw");
        weal_transcript_frame(&t, "beacon", beacon, 32);
        weal_transcript_frame(&t, "purpose", purpose, strlen(purpose));
        weal_transcript_frame(&t, "counter", number, 8);
        weal_transcript_final(&t, out);
        uint64_t x = weal_le64(out);
        if (x < UINT64_MAX - UINT64_MAX % n) return x % n; /* n is small: no number is refused */
    }
}

static void sort_by_key(struct twin_waiting *hand, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = i + 1; j < n; j++)
            if (memcmp(hand[j].key, hand[i].key, 32) < 0) {
                struct twin_waiting held = hand[i];
                hand[i] = hand[j];
                hand[j] = held;
            }
}

static void shuffle(struct twin *w, struct twin_waiting *hand, unsigned n, unsigned pool,
                    uint64_t window) {
    char purpose[80];
    uint64_t counter = 0;
    const struct twin_pool *p = &w->pools[pool];
    snprintf(purpose, sizeof purpose, "cohort/%u/%.*s/%llu", (unsigned)p->kind, (int)p->path.n,
             (const char *)p->path.text, (unsigned long long)window);
    for (unsigned i = n; i-- > 1;) {
        uint64_t j = draw(w->beacon, purpose, &counter, i + 1);
        struct twin_waiting held = hand[i];
        hand[i] = hand[j];
        hand[j] = held;
    }
}

static struct twin_ring *new_ring(struct twin *w, uint64_t cohort, unsigned version) {
    WEAL_ASSERT(w->rings_n < TWIN_RINGS);
    w->rings[w->rings_n] = (struct twin_ring){.cohort = cohort, .version = version};
    return &w->rings[w->rings_n++];
}

static void new_cohort(struct twin *w, unsigned pool, uint64_t closed,
                       const struct twin_waiting *hand, unsigned n) {
    WEAL_ASSERT(w->cohorts_n < TWIN_COHORTS);
    struct twin_cohort *c = &w->cohorts[w->cohorts_n++];
    struct twin_ring *r = new_ring(w, w->cohorts_n, 1);
    *c = (struct twin_cohort){
        .pool = pool, .version = 1, .dealt = w->height, .epoch = twin_epoch(w)};
    c->usable = closed + w->p.usable_delay;
    if (c->usable < w->height + w->p.usable_delay - w->p.deal_delay)
        c->usable = w->height + w->p.usable_delay - w->p.deal_delay;
    r->n = n;
    for (unsigned i = 0; i < n; i++) {
        memcpy(r->keys[i], hand[i].key, 32);
        if (w->pools[pool].kind == TWIN_NOTES) {
            twin_note_dealt(w, hand[i].key, w->cohorts_n);
            continue;
        }
        struct twin_person *h = twin_person_of(w, hand[i].key);
        h->place = TWIN_DEALT;
        h->cohort = w->cohorts_n;
        if (h->lease_year > c->lease_year) c->lease_year = h->lease_year;
    }
}

void twin_deal_due(struct twin *w, unsigned pool, uint64_t window) {
    static struct twin_waiting hand[FULL]; /* large; one thread */
    unsigned n = 0, dealt, rings;
    struct twin_window *x = window_of(w, pool, window);
    for (unsigned i = 0; i < w->waiting_n;) {
        if (w->waiting[i].pool == pool && w->waiting[i].window == window) {
            hand[n++] = w->waiting[i];
            twin_unwait(w, i);
        } else {
            i++;
        }
    }
    x->dealt = true;
    sort_by_key(hand, n);
    shuffle(w, hand, n, pool, window);
    if (n < FEWEST)
        dealt = 0;
    else if (n > MOST && n < 2 * FEWEST)
        dealt = MOST;
    else
        dealt = n;
    rings = dealt / MOST + (dealt % MOST != 0);
    for (unsigned i = 0, at = 0; i < rings; i++) {
        unsigned size = dealt / rings + (i < dealt % rings ? 1 : 0);
        new_cohort(w, pool, x->closed, hand + at, size);
        at += size;
    }
    for (unsigned i = dealt; i < n; i++) twin_enter(w, hand[i]);
}

/* ---- leaving ---- */

const struct twin_ring *twin_ring(const struct twin *w, uint64_t cohort, unsigned version) {
    for (unsigned i = 0; i < w->rings_n; i++)
        if (w->rings[i].cohort == cohort && w->rings[i].version == version) return &w->rings[i];
    return NULL;
}

bool twin_ring_gone(const struct twin *w, const struct twin_ring *r) {
    return r->until != 0 && w->now > r->until;
}

static void leave_cohort(struct twin *w, uint64_t cohort, const uint8_t key[32]) {
    struct twin_cohort *c = &w->cohorts[cohort - 1];
    struct twin_ring *old = NULL, *r;
    if (c->dissolved) return;
    for (unsigned i = 0; i < w->rings_n; i++)
        if (w->rings[i].cohort == cohort && w->rings[i].version == c->version) old = &w->rings[i];
    old->until = w->now + w->p.cohort_grace_ms;
    if (old->n == FEWEST) { /* too few are left: they all wait again */
        c->dissolved = true;
        for (unsigned i = 0; i < old->n; i++)
            if (memcmp(old->keys[i], key, 32) != 0)
                twin_person_enter(w, twin_person_of(w, old->keys[i]));
        return;
    }
    r = new_ring(w, cohort, ++c->version);
    for (unsigned i = 0; i < old->n; i++)
        if (memcmp(old->keys[i], key, 32) != 0) memcpy(r->keys[r->n++], old->keys[i], 32);
}

void twin_leave(struct twin *w, struct twin_person *h) {
    enum twin_place place = h->place;
    uint64_t cohort = h->cohort;
    h->place = TWIN_NOWHERE;
    h->cohort = 0;
    if (place == TWIN_WAITS) {
        for (unsigned i = 0; i < w->waiting_n; i++)
            if (w->pools[w->waiting[i].pool].kind == TWIN_HUMANS &&
                memcmp(w->waiting[i].key, h->key, 32) == 0) {
                twin_unwait(w, i);
                break;
            }
    } else if (place == TWIN_DEALT) {
        leave_cohort(w, cohort, h->key);
    }
}
