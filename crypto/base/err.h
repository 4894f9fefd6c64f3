/* SPDX-License-Identifier: ISC */
/* Operating failures: what the machine, not a stranger, did wrong. 0 is OK; results must be used.
 * The list is the only place to add one; name and sentence derive from it. */
#ifndef WEAL_CRYPTO_BASE_ERR_H
#define WEAL_CRYPTO_BASE_ERR_H

#include "crypto/base/bug.h"

#define WEAL_ERR_LIST(X)                                                                           \
    X(OK, "ok", "no error")                                                                        \
    X(NOT_FOUND, "not-found", "no such record")                                                    \
    X(FULL, "full", "a buffer, map or queue has reached its declared limit")                       \
    X(NO_MEMORY, "no-memory", "the system gave no memory")                                         \
    X(NO_SPACE, "no-space", "the disk is full")                                                    \
    X(IO, "io", "the disk failed a read, write or sync")                                           \
    X(CORRUPT, "corrupt", "stored bytes do not match their checksum or form")                      \
    X(LOCKED, "locked", "another process holds the lock")                                          \
    X(VERSION, "version", "the stored format is of another version")                               \
    X(INVALID, "invalid", "an argument is outside its documented range")                           \
    X(BUSY, "busy", "a bounded worker is at its limit; try again")                                 \
    X(CLOSED, "closed", "the other side has gone")                                                 \
    X(TIMEOUT, "timeout", "no answer in time")                                                     \
    X(CRYPTO, "crypto", "a key, seal or signature does not fit")                                   \
    X(STALE, "stale", "the database has moved past this state; take the newest")                   \
    X(UNFINAL_DEPTH, "unfinal-depth", "64 blocks wait for finality; no further one may be built")  \
    X(UNAPPLIED_DEPTH, "unapplied-depth", "128 finalized blocks wait for the database")            \
    X(HALTED, "halted", "the node has stopped voting or accepting and says why in its log")

enum weal_err {
#define WEAL_ERR_ENUM(id, name, text) WEAL_ERR_##id,
    WEAL_ERR_LIST(WEAL_ERR_ENUM)
#undef WEAL_ERR_ENUM
        WEAL_ERR_COUNT
};
#define WEAL_OK WEAL_ERR_OK

/* Static strings, for any value. */
const char *weal_err_name(enum weal_err e);
const char *weal_err_text(enum weal_err e);

#endif
