/* SPDX-License-Identifier: ISC */
/* Threads taking jobs from two lanes under one lock; finished jobs go back by a list and one wakeup
 * of the loop for however many there are. */
#include "node/io/pool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/base/bug.h"
#include "node/io/thread.h"

enum { LANES = 2, THREADS_MAX = 64 };

struct lane {
    struct weal_job *first, *last;
    uint32_t n;
};

struct worker {
    struct weal_pool *pool;
    unsigned index;
    int nice;
    pthread_t thread;
};

struct weal_pool {
    uv_async_t wake;
    pthread_mutex_t lock; /* over lanes, finished, stopping */
    pthread_cond_t work;
    struct lane lane[LANES], finished;
    uint32_t queue_max;
    bool stopping;
    unsigned threads;
    struct worker worker[THREADS_MAX];
};

static void push(struct lane *l, struct weal_job *job) {
    job->next = NULL;
    if (l->last) {
        l->last->next = job;
    } else {
        l->first = job;
    }
    l->last = job;
    l->n++;
}

static struct weal_job *pop(struct lane *l) {
    struct weal_job *job = l->first;
    if (!job) return NULL;
    l->first = job->next;
    if (!l->first) l->last = NULL;
    l->n--;
    return job;
}

static void *run(void *arg) {
    struct worker *w = (struct worker *)arg;
    struct weal_pool *p = w->pool;
    weal_thread_stand_back(w->nice);
    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct weal_job *job = pop(&p->lane[0]);
        if (!job) job = pop(&p->lane[1]);
        if (!job) {
            if (p->stopping) break;
            pthread_cond_wait(&p->work, &p->lock);
            continue;
        }
        pthread_mutex_unlock(&p->lock);
        job->work(job, w->index);
        pthread_mutex_lock(&p->lock);
        push(&p->finished, job);
        uv_async_send(&p->wake); /* libuv folds repeated wakeups into one */
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void drain(struct weal_pool *p) {
    pthread_mutex_lock(&p->lock);
    struct lane got = p->finished;
    p->finished = (struct lane){NULL, NULL, 0};
    pthread_mutex_unlock(&p->lock);
    for (struct weal_job *job; (job = pop(&got));) {
        if (job->done) job->done(job);
    }
}

static void on_wake(uv_async_t *h) {
    drain((struct weal_pool *)h->data);
}

static void on_closed(uv_handle_t *h) {
    free(h->data);
}

static void join(struct weal_pool *p) {
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->threads; i++) pthread_join(p->worker[i].thread, NULL);
}

enum weal_err weal_pool_new(struct weal_pool **out, uv_loop_t *loop, unsigned threads,
                            uint32_t queue_max, int nice, const char *name) {
    *out = NULL;
    if (threads == 0 || threads > THREADS_MAX || queue_max == 0) return WEAL_ERR_INVALID;
    struct weal_pool *p = (struct weal_pool *)calloc(1, sizeof *p);
    if (!p) return WEAL_ERR_NO_MEMORY;
    if (uv_async_init(loop, &p->wake, on_wake) != 0) {
        free(p);
        return WEAL_ERR_NO_MEMORY;
    }
    p->wake.data = p;
    p->queue_max = queue_max;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    for (unsigned i = 0; i < threads; i++) {
        char title[16];
        struct worker *w = &p->worker[i];
        w->pool = p;
        w->index = i;
        w->nice = nice;
        if (pthread_create(&w->thread, NULL, run, w) != 0) {
            weal_pool_free(p);
            return WEAL_ERR_NO_MEMORY;
        }
        p->threads++;
        snprintf(title, sizeof title, "%.12s%u", name, i);
        (void)pthread_setname_np(w->thread, title);
    }
    *out = p;
    return WEAL_OK;
}

enum weal_err weal_pool_submit(struct weal_pool *p, struct weal_job *job, bool urgent) {
    enum weal_err err = WEAL_ERR_BUSY;
    pthread_mutex_lock(&p->lock);
    struct lane *l = &p->lane[urgent ? 0 : 1];
    if (l->n < p->queue_max) {
        push(l, job);
        pthread_cond_signal(&p->work);
        err = WEAL_OK;
    }
    pthread_mutex_unlock(&p->lock);
    return err;
}

uint32_t weal_pool_waiting(struct weal_pool *p) {
    pthread_mutex_lock(&p->lock);
    uint32_t n = p->lane[0].n + p->lane[1].n;
    pthread_mutex_unlock(&p->lock);
    return n;
}

unsigned weal_pool_threads(const struct weal_pool *p) {
    return p->threads;
}

void weal_pool_free(struct weal_pool *p) {
    join(p);
    /* a done() may submit again; nobody works any more, so do it here */
    for (;;) {
        drain(p);
        struct weal_job *job = pop(&p->lane[0]);
        if (!job) job = pop(&p->lane[1]);
        if (!job) break;
        job->work(job, 0);
        push(&p->finished, job);
    }
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    uv_close((uv_handle_t *)&p->wake, on_closed);
}
