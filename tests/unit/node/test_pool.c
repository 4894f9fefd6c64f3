/* SPDX-License-Identifier: ISC */
/* The worker pool: every job is done once, urgent ones first, the queue has a bound, freeing
 * finishes what was submitted. */
#include "tests/unit/unit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/io/pool.h"

struct square {
    struct weal_job job;
    uint64_t in, out;
    unsigned worker;
    bool urgent;
};

static uint64_t sum;
static unsigned finished, order[64];
static atomic_bool gate;

static void work(struct weal_job *job, unsigned worker) {
    struct square *s = (struct square *)job;
    s->out = s->in * s->in;
    s->worker = worker;
}
static void done(struct weal_job *job) {
    struct square *s = (struct square *)job;
    sum += s->out;
    if (finished < 64) order[finished] = (unsigned)s->in;
    finished++;
}
static void work_gate(struct weal_job *job, unsigned worker) {
    (void)job, (void)worker;
    while (!gate) usleep(100);
}

static void jobs_are_done_once(void **state) {
    (void)state;
    uv_loop_t loop;
    struct weal_pool *pool;
    static struct square s[1000];
    uv_loop_init(&loop);
    assert_int_equal(weal_pool_new(&pool, &loop, 3, 1000, 0, "test"), WEAL_OK);
    sum = finished = 0;
    for (unsigned i = 0; i < 1000; i++) {
        s[i] = (struct square){{work, done, NULL}, i, 0, 0, false};
        assert_int_equal(weal_pool_submit(pool, &s[i].job, i % 2), WEAL_OK);
    }
    while (finished < 1000) uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(sum, 999ull * 1000 * 1999 / 6);
    for (unsigned i = 0; i < 1000; i++) assert_true(s[i].worker < 3);
    weal_pool_free(pool);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void urgent_first_bounded_and_drained(void **state) {
    (void)state;
    uv_loop_t loop;
    struct weal_pool *pool;
    static struct square s[8], extra;
    struct weal_job blocker = {work_gate, NULL, NULL};
    uv_loop_init(&loop);
    assert_int_equal(weal_pool_new(&pool, &loop, 1, 4, 5, "test"), WEAL_OK);
    sum = finished = 0;
    gate = false;
    assert_int_equal(weal_pool_submit(pool, &blocker, true), WEAL_OK);
    while (weal_pool_waiting(pool) != 0) usleep(100);
    for (unsigned i = 0; i < 8; i++) {
        s[i] = (struct square){{work, done, NULL}, i, 0, 0, i >= 4};
        assert_int_equal(weal_pool_submit(pool, &s[i].job, s[i].urgent), WEAL_OK);
    }
    extra = s[0];
    assert_int_equal(weal_pool_submit(pool, &extra.job, false), WEAL_ERR_BUSY);
    assert_int_equal(weal_pool_submit(pool, &extra.job, true), WEAL_ERR_BUSY);
    assert_int_equal(weal_pool_waiting(pool), 8);
    gate = true;
    weal_pool_free(pool); /* finishes everything */
    assert_int_equal(finished, 8);
    for (unsigned i = 0; i < 8; i++) assert_int_equal(order[i], (i + 4) % 8);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_done_once),
        cmocka_unit_test(urgent_first_bounded_and_drained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
