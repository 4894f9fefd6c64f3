/* SPDX-License-Identifier: ISC */
/* How many bytes have been read from a TCP socket, asked of the kernel: those that arrived less
 * those that still wait. The transport library tells nobody; server.c has to know whether a request
 * came with the one before it. Linux; any thread. */
#ifndef WEAL_NODE_RPC_TAKEN_H
#define WEAL_NODE_RPC_TAKEN_H

#include <stdint.h>

/* Bytes may arrive while the kernel is asked: so many at least, and at most. A failure is 0 and
 * UINT64_MAX. */
uint64_t weal_rpc_taken_least(int fd);
uint64_t weal_rpc_taken_most(int fd);

#endif
