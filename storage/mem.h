/* SPDX-License-Identifier: ISC */
/* Where storage gets memory that outlives a call: overlays, pages of the tree, the in-memory twins.
 * The shell hands in malloc and free, a test hands in an allocator whose n-th request fails. Called
 * on the thread that owns the object in question. */
#ifndef WEAL_STORAGE_MEM_H
#define WEAL_STORAGE_MEM_H

#include <stddef.h>

struct weal_mem {
    void *ctx;
    /* n bytes aligned for any type, not cleared; NULL when there are none. */
    void *(*take)(void *ctx, size_t n);
    /* Gives back what take gave; p may be NULL. */
    void (*give)(void *ctx, void *p);
};

#endif
