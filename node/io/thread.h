/* SPDX-License-Identifier: ISC */
/* Which threads go first when processors are short: the one that votes. All others stand back. */
#ifndef WEAL_NODE_IO_THREAD_H
#define WEAL_NODE_IO_THREAD_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WEAL_THREAD_BACK = 5 };

/* The calling thread stands this far back, 0..19 as nice(1). On Linux threads have priorities of
 * their own; where it is not allowed all stand equal, which is slower and no harm. */
static inline void weal_thread_stand_back(int nice) {
    if (nice != 0) (void)setpriority(PRIO_PROCESS, (id_t)gettid(), nice);
}

/* What the calling thread reads and writes goes after what others want of the disk. The schedulers
 * that know it (mq-deadline, BFQ) let it wait for seconds at most; the others don't mind. */
static inline void weal_thread_disk_last(void) {
    enum { WHO_PROCESS = 1, CLASS_IDLE = 3, CLASS_SHIFT = 13 };
    (void)syscall(SYS_ioprio_set, WHO_PROCESS, 0, CLASS_IDLE << CLASS_SHIFT);
}

/* The calling thread, when it wakes, need not wait for another's slice to end (some milliseconds):
 * it asks for short slices of its own, which Linux 6.12 and later let go first (EEVDF). Earlier
 * ones let who has slept go first anyway, and don't mind. Threads made afterwards inherit it. */
static inline void weal_thread_come_first(void) {
    struct { /* sched_attr of sched_setattr(2); linux/sched/types.h collides with sched.h */
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } a;
    if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) != 0) return;
    a.runtime = 100 * 1000; /* ns; the least there is */
    (void)syscall(SYS_sched_setattr, 0, &a, 0);
}

#endif
