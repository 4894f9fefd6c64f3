/* SPDX-License-Identifier: ISC */
/* Which threads go first when processors are short: the one that votes. All others stand back. */
#ifndef WEAL_NODE_IO_THREAD_H
#define WEAL_NODE_IO_THREAD_H

#include <sys/resource.h>
#include <unistd.h>

enum { WEAL_THREAD_BACK = 5 };

/* The calling thread stands this far back, 0..19 as nice(1). On Linux threads have priorities of
 * their own; where it is not allowed all stand equal, which is slower and no harm. */
static inline void weal_thread_stand_back(int nice) {
    if (nice != 0) (void)setpriority(PRIO_PROCESS, (id_t)gettid(), nice);
}

#endif
